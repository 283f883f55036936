/* foresee, paths: read-only places, files of others, programs that may not be executed, and what is not there at all. */
#include "watch_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>

enum { MAY_READ = 4, MAY_WRITE = 2, MAY_EXECUTE = 1 };

/* One path of one call. */
struct matter {
	const struct plan *plan;
	const struct watch_observed *observed;
	const struct watch_place *place;
	struct watch_needs *needs;
};

/* Masked in every container; what the kernel shows there is the host's. Source: runtime-spec config-linux.md, maskedPaths. */
static const char *const hidden_paths[] = {
	"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug",
	"/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware",
};

static bool is_hidden(const char *path)
{
	for (size_t i = 0; i < ARRAY_COUNT(hidden_paths); i++)
		if (path_is_within(path, hidden_paths[i]))
			return true;
	return false;
}

static bool is_of_kernel(const char *path)
{
	return path_is_within(path, "/proc") || path_is_within(path, "/sys");
}

static struct watch_need *add(const struct matter *matter, enum watch_need_kind kind)
{
	struct watch_need *need = foresee_add(matter->needs, matter->observed, kind, matter->place->path);

	need->is_mounted = watch_mount_of(matter->plan, matter->place->path) != NULL;
	return need;
}

static void refuse(struct watch_need *need, int error, const char *layer, const char *reason)
{
	need->is_granted = false;
	need->error = error;
	need->layer = layer;
	need->reason = reason;
}

static const char *owner_text(struct arena *arena, const char *what, const struct watch_owner *owner,
			      const struct watch_process *process)
{
	if (owner->uid == WATCH_ID_CALLER || owner->uid == WATCH_ID_NONE)
		return arena_printf(arena, "%s belongs to %s with mode %04o, and it runs as %" PRIu32 ":%" PRIu32, what,
				    owner->uid == WATCH_ID_CALLER ? "the caller" : "somebody whom the container has no id for", owner->mode & 07777,
				    process->uid, process->gid);
	return arena_printf(arena, "%s belongs to %" PRIu32 ":%" PRIu32 " with mode %04o, and it runs as %" PRIu32 ":%" PRIu32,
			    what, owner->uid, owner->gid, owner->mode & 07777, process->uid, process->gid);
}

static void refuse_owner(const struct matter *matter, struct watch_need *need, const char *what, const struct watch_owner *owner)
{
	struct arena *arena = matter->needs->arena;

	refuse(need, EACCES, "ownership", owner_text(arena, what, owner, &matter->observed->process));
	remedy_owner(arena, matter->plan, matter->observed, owner, need);
}

/* True: a directory on the way keeps the process out. */
static bool refuse_barrier(const struct matter *matter, enum watch_need_kind kind)
{
	if (matter->place->barrier == NULL)
		return false;
	refuse_owner(matter, add(matter, kind), matter->place->barrier, &matter->place->barrier_owner);
	return true;
}

/* ---- writing ---- */

static void refuse_read_only(const struct matter *matter, bool is_made_directory, struct watch_need *need)
{
	const struct plan_mount *mount = watch_mount_of(matter->plan, matter->place->path);

	if (is_of_kernel(matter->place->path)) {
		refuse(need, EROFS, "kernel files", "what the kernel shows there of the host is read-only");
		need->rule = "floor: mounts";
		return;
	}
	refuse(need, EROFS, mount != NULL ? "read-only mount" : "read-only root",
	       mount != NULL ? arena_printf(matter->needs->arena, "%s is mounted read-only", mount->target)
			     : "the root file system is read-only");
	if (mount != NULL)
		remedy_mount(matter->needs->arena, matter->plan, mount, need);
	else
		remedy_place(matter->needs->arena, matter->plan, matter->place, is_made_directory, need);
}

static void refuse_full(const struct matter *matter, struct watch_need *need)
{
	const struct plan_mount *mount = watch_mount_of(matter->plan, matter->place->path);

	if (mount == NULL || mount->type != PLAN_TMPFS)
		return;
	need->kind = NEED_SPACE;
	need->subject = mount->target;
	need->amount = mount->size_bytes;
	refuse(need, ENOSPC, "tmpfs size",
	       arena_printf(matter->needs->arena, "its %s are in use", format_size(matter->needs->arena, mount->size_bytes)));
	remedy_tmpfs(matter->needs->arena, matter->plan, mount, mount->is_exec, mount->size_bytes * 4, need);
}

/* A place whose very directory is not there: a tmpfs would make it. */
static void refuse_nowhere(const struct matter *matter, struct watch_need *need)
{
	const struct watch_place *place = matter->place;

	refuse(need, ENOENT, "image", arena_printf(matter->needs->arena, "its directory is not there: %s is the nearest",
						   place->directory));
	need->rule = "the image";
	if (place->is_read_only && watch_mount_of(matter->plan, place->path) == NULL)
		remedy_place(matter->needs->arena, matter->plan, place, false, need);
}

/* ${is_new}: something is made or taken away in its directory, which must be writable itself. */
static void foresee_write(const struct matter *matter, bool is_new, bool is_made_directory)
{
	const struct watch_place *place = matter->place;
	const struct watch_process *process = &matter->observed->process;
	struct watch_need *need;

	if (refuse_barrier(matter, NEED_WRITE))
		return;
	need = add(matter, NEED_WRITE);
	if (is_new && !place->has_parent)
		refuse_nowhere(matter, need);
	else if (place->is_read_only)
		refuse_read_only(matter, is_made_directory, need);
	else if (place->is_full && is_new)
		refuse_full(matter, need);
	else if (is_new && !watch_may(process, &place->parent, true, MAY_WRITE | MAY_EXECUTE))
		refuse_owner(matter, need, place->directory, &place->parent);
	else if (!is_new && !watch_may(process, &place->self, place->is_directory, MAY_WRITE))
		refuse_owner(matter, need, place->path, &place->self);
}

/* ---- reading ---- */

static void foresee_read(const struct matter *matter)
{
	const struct watch_place *place = matter->place;
	struct watch_need *need;

	if (refuse_barrier(matter, NEED_READ))
		return;
	if (!place->exists) {
		need = add(matter, NEED_FILE);
		refuse(need, ENOENT, "image", "it is not there");
		need->rule = "the image";
		need->remedy.text = "put it into the image, or mount it there with --volume or defaults.volumes";
		return;
	}
	if (is_hidden(place->path)) {
		need = add(matter, NEED_HIDDEN);
		refuse(need, 0, "masked path", "what the kernel shows there is the host's, and is masked");
		need->rule = "floor: mounts";
		return;
	}
	need = add(matter, NEED_READ);
	if (!watch_may(&matter->observed->process, &place->self, place->is_directory, MAY_READ))
		refuse_owner(matter, need, place->path, &place->self);
}

static void foresee_enter(const struct matter *matter)
{
	const struct watch_place *place = matter->place;

	if (!place->exists)
		foresee_read(matter);
	else if (!refuse_barrier(matter, NEED_READ) && place->is_directory &&
		 !watch_may(&matter->observed->process, &place->self, true, MAY_EXECUTE))
		refuse_owner(matter, add(matter, NEED_READ), place->path, &place->self);
}

static void foresee_open(const struct matter *matter, uint64_t flags)
{
	const struct watch_place *place = matter->place;
	const bool is_written = watch_flags_write(flags);

	/* A masked file is /dev/null by another name. */
	if (place->exists && is_hidden(place->path) && !is_written) {
		foresee_read(matter);
		return;
	}
	/* Sockets, terminals and pipes are written to whatever their file system says. */
	if ((flags & O_PATH) != 0 || (place->exists && !place->is_regular && !place->is_directory))
		return;
	if (!is_written || (!place->exists && (flags & O_CREAT) == 0 && (flags & O_TMPFILE) != O_TMPFILE))
		foresee_read(matter);
	else if (place->exists && place->is_directory && (flags & O_TMPFILE) != O_TMPFILE)
		return; /* EISDIR, whatever is allowed */
	else if (!place->exists || (flags & (O_ACCMODE | O_TRUNC)) != 0)
		foresee_write(matter, !place->exists, false);
	else
		foresee_read(matter);
}

/* ---- owners' rights ---- */

static void foresee_chown(const struct matter *matter, uint32_t uid, uint32_t gid)
{
	const struct watch_process *process = &matter->observed->process;
	const struct watch_owner *self = &matter->place->self;
	const bool is_to_own_group = process->uid == self->uid && (gid == UINT32_MAX || gid == process->gid);

	if (foresee_has(process, CAP_CHOWN) || ((uid == UINT32_MAX || uid == self->uid) && is_to_own_group))
		return;
	foresee_capability(matter->observed, "CAP_CHOWN", "giving files to others is for CAP_CHOWN", matter->needs);
}

static void foresee_change(const struct matter *matter, const struct watch_action *action)
{
	const struct watch_process *process = &matter->observed->process;
	const struct watch_place *place = matter->place;

	if (!place->exists) {
		foresee_read(matter);
		return;
	}
	if (place->is_read_only) {
		refuse_read_only(matter, false, add(matter, NEED_WRITE));
		return;
	}
	if (action->act == ACT_CHOWN)
		foresee_chown(matter, (uint32_t)matter->observed->call.arguments[action->value],
			      (uint32_t)matter->observed->call.arguments[action->value + 1]);
	else if (process->is_known && process->uid != place->self.uid && !foresee_has(process, CAP_FOWNER) &&
		 (action->value >= 0 || !watch_may(process, &place->self, place->is_directory, MAY_WRITE)))
		refuse_owner(matter, add(matter, NEED_WRITE), place->path, &place->self);
}

static void foresee_node(const struct matter *matter, uint64_t mode)
{
	if ((S_ISBLK(mode) || S_ISCHR(mode)) && !foresee_has(&matter->observed->process, CAP_MKNOD))
		foresee_capability(matter->observed, "CAP_MKNOD", "making devices is for CAP_MKNOD", matter->needs);
	else
		foresee_write(matter, true, false);
}

void foresee_path(const struct plan *plan, const struct watch_observed *observed, const struct watch_action *action,
		  struct watch_needs *needs)
{
	for (unsigned i = 0; i < action->operand_count; i++) {
		const struct matter matter = { plan, observed, &observed->places[i], needs };
		const bool is_directory = strncmp(action->call, "mkdir", 5) == 0;

		if (matter.place->path == NULL)
			continue;
		switch (action->act) {
		case ACT_OPEN:
			foresee_open(&matter, action->value >= 0 ? observed->call.arguments[action->value] : O_CREAT | O_WRONLY | O_TRUNC);
			break;
		case ACT_LOOK:
			if (!matter.place->exists)
				foresee_read(&matter);
			break;
		case ACT_ENTER:
			foresee_enter(&matter);
			break;
		case ACT_MAKE:
			if (!matter.place->exists)
				foresee_write(&matter, true, is_directory);
			break;
		case ACT_REMOVE:
			/* What cannot be written to is not searched first: do_unlinkat(), fs/namei.c. */
			if (matter.place->exists || i > 0 || (matter.place->has_parent && matter.place->is_read_only))
				foresee_write(&matter, true, false);
			break;
		case ACT_WRITE:
			if (matter.place->exists)
				foresee_write(&matter, false, false);
			break;
		case ACT_CHMOD:
		case ACT_CHOWN:
			foresee_change(&matter, action);
			break;
		case ACT_DEVICE:
			foresee_node(&matter, observed->call.arguments[action->value]);
			break;
		case ACT_EXECUTE:
		case ACT_BIND:
		case ACT_CONNECT:
		case ACT_SOCKET:
		case ACT_SETUID:
		case ACT_SETGID:
		case ACT_SETGROUPS:
		case ACT_PRIORITY:
		case ACT_LIMIT:
		case ACT_GUARDED:
			break;
		}
	}
}

void foresee_socket_file(const struct plan *plan, const struct watch_observed *observed, bool is_made, struct watch_needs *needs)
{
	const struct matter matter = { plan, observed, &observed->places[0], needs };

	if (matter.place->path == NULL)
		return;
	if (is_made && !matter.place->exists)
		foresee_write(&matter, true, false);
	else if (!is_made && !matter.place->exists)
		foresee_read(&matter);
	else if (!is_made && !watch_may(&observed->process, &matter.place->self, false, MAY_WRITE))
		refuse_owner(&matter, add(&matter, NEED_WRITE), matter.place->path, &matter.place->self);
}

/* ---- programs ---- */

static void refuse_noexec(const struct matter *matter, struct watch_need *need)
{
	const struct plan_mount *mount = watch_mount_of(matter->plan, matter->place->path);

	refuse(need, EACCES, "noexec", mount != NULL ? arena_printf(matter->needs->arena, "%s is mounted noexec", mount->target)
						     : "its file system is mounted noexec");
	need->rule = "floor: mounts";
	if (mount != NULL && mount->type == PLAN_TMPFS)
		remedy_tmpfs(matter->needs->arena, matter->plan, mount, true, mount->size_bytes, need);
}

/* It is executed all the same, and lacks what its bit would have given it. */
static void note_setuid(const struct matter *matter)
{
	const struct watch_owner *self = &matter->place->self;
	const struct watch_process *process = &matter->observed->process;
	const bool is_user = (self->mode & S_ISUID) != 0 && self->uid != process->uid;
	const bool is_group = (self->mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) && self->gid != process->gid;
	struct watch_need *need;

	if ((!is_user && !is_group) || !process->is_known || (!matter->plan->is_no_new_privileges && !matter->place->is_nosuid))
		return;
	need = add(matter, NEED_PRIVILEGE);
	refuse(need, 0, "no-new-privileges",
	       arena_printf(matter->needs->arena, "it would become %s %" PRIu32 ", and no program gains rights in a container",
				     is_user ? "user" : "group", is_user ? self->uid : self->gid));
	need->rule = "floor: no-new-privileges";
}

static void refuse_missing(const struct matter *matter, const char *reason)
{
	struct watch_need *need = add(matter, NEED_PROGRAM);

	refuse(need, ENOENT, "image", reason);
	need->rule = "the image";
	need->remedy.text = "put it into the image, or call what is there";
}

void foresee_program(const struct plan *plan, const struct watch_observed *observed, struct watch_needs *needs)
{
	const struct matter matter = { plan, observed, &observed->places[0], needs };
	const struct watch_place *place = matter.place;
	struct watch_need *need;

	if (place->path == NULL || refuse_barrier(&matter, NEED_EXECUTE))
		return;
	if (!place->exists || place->missing != NULL) {
		refuse_missing(&matter, !place->exists ? "it is not there"
						       : arena_printf(needs->arena, "what would execute it, %s, is not there", place->missing));
		return;
	}
	need = add(&matter, NEED_EXECUTE);
	if (place->is_directory) {
		refuse(need, EACCES, "image", "it is a directory");
		need->rule = "the image";
		need->remedy.text = "name a program in it";
	} else if (place->is_noexec) {
		refuse_noexec(&matter, need);
	} else if (!watch_may(&observed->process, &place->self, false, MAY_EXECUTE)) {
		refuse(need, EACCES, "permissions", arena_printf(needs->arena, "its mode is %04o, and it runs as %" PRIu32 ":%" PRIu32,
						  place->self.mode & 07777, observed->process.uid, observed->process.gid));
		need->rule = "the image";
		need->remedy.text = "make it executable (chmod a+x) where it comes from";
	} else {
		note_setuid(&matter);
	}
}
