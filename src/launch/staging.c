/*
 * Sources for an engine that looks paths up by itself, later and as root: each is bound from the descriptor that was judged onto
 * a place where only root can rename, and the engine is told that place. <runtime_dir>/stage/<id> is locked by whoever looks
 * after the container; a lock that can be taken, and no container left that was started from it, is the proof that it can go.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>

#include "launch_internal.h"

enum { LAYERS_MAX = 16, NOTE_BYTES_MAX = 8192, CID_LENGTH = 64 };

#define NOTE_FILE "engine" /* which, and for docker the socket: two lines */

static int fail(const struct staging *stage, struct error *err, const char *what, const char *name)
{
	int saved = errno;

	return error_set(err, stage->arena, ERROR_SYSTEM, "%s %s: %s", what, name, strerror(saved));
}

/* Makes the directory and takes its lock while no sweeper looks: to a sweeper an unlocked directory is a dead launch's. */
static int claim(struct staging *stage, struct error *err)
{
	CLOSE_FD int list_lock = lock_open(stage->arena, stage->base_fd, "stage.lock", LOCK_SECONDS, err);

	if (list_lock < 0)
		return -(int)err->kind;
	if (mkdirat(stage->list_fd, stage->id, 0700) < 0)
		return fail(stage, err, "no directory", stage->dir);
	stage->dir_fd = openat(stage->list_fd, stage->id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (stage->dir_fd >= 0 && flock(stage->dir_fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	return fail(stage, err, "no lock for", stage->dir);
}

static int note_engine(const struct staging *stage, const struct launch *launch, struct error *err)
{
	const char *socket = launch->facts->engine.docker_socket;
	const char *text = arena_printf(stage->arena, "%s\n%s\n", host_backend_name(launch->backend),
					launch->backend == BACKEND_DOCKER && socket ? socket : "");

	if (descriptors_write_file(stage->dir_fd, NOTE_FILE, text, strlen(text)))
		return 0;
	return fail(stage, err, "cannot write in", stage->dir);
}

int staging_make(struct staging *stage, struct arena *arena, const struct launch *launch, struct error *err)
{
	const char *runtime_dir = launch->facts->runtime_dir;
	int result;

	*stage = (struct staging){.arena = arena, .id = launch->facts->nonce, .base_fd = -1, .list_fd = -1, .dir_fd = -1};
	if (!runtime_dir || !stage->id)
		return error_set(err, arena, ERROR_MISSING, "there is no directory for what is handed to the engine");
	stage->dir = arena_printf(arena, "%s/stage/%s", runtime_dir, stage->id);
	stage->base_fd = descriptors_make_directory(arena, runtime_dir, err);
	if (stage->base_fd >= 0)
		stage->list_fd = descriptors_make_directory(arena, arena_printf(arena, "%s/stage", runtime_dir), err);
	result = stage->list_fd >= 0 ? claim(stage, err) : -(int)err->kind;
	if (result == 0)
		result = note_engine(stage, launch, err);
	if (result < 0)
		staging_discard(stage);
	return result;
}

const char *staging_place(const struct staging *stage, size_t index)
{
	return arena_printf(stage->arena, "%s/%zu", stage->dir, index);
}

/*
 * What is mounted below comes along, as docker has it. Private, because taking the stage away must not take away what is mounted
 * in the tree itself. A kernel before 5.12 cannot say it for the mounts below.
 */
static bool confine_tree(const char *place, bool is_read_only)
{
	struct mount_attr attributes = {
		.attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | (is_read_only ? MOUNT_ATTR_RDONLY : 0), .propagation = MS_PRIVATE,
	};
	unsigned long flags = MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV | (is_read_only ? MS_RDONLY : 0);

	if (mount_setattr(AT_FDCWD, place, AT_RECURSIVE | AT_SYMLINK_NOFOLLOW, &attributes, sizeof(attributes)) == 0)
		return true;
	return errno == ENOSYS && mount(NULL, place, NULL, MS_REC | MS_PRIVATE, NULL) == 0 && mount(NULL, place, NULL, flags, NULL) == 0;
}

static bool make_place(const char *place, bool is_directory)
{
	int made = is_directory ? mkdir(place, 0700) : open(place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (made >= 0 && !is_directory)
		(void)close(made);
	return made >= 0;
}

int staging_put(struct staging *stage, const struct launch *launch, size_t index, struct error *err)
{
	const struct plan_mount *bind = &launch->plan->mounts[index];
	const char *place = staging_place(stage, index);
	CLOSE_FD int fd = sources_open(launch, index);
	struct stat status;

	if (fd < 0)
		return fail(stage, err, errno == ESTALE ? "has been replaced since it was judged:" : "cannot open what is to be mounted,",
			    bind->source);
	if (!make_place(place, bind->is_directory))
		return fail(stage, err, "cannot make", place);
	stage->has_mounts = true;
	if (mount(arena_printf(stage->arena, "/proc/self/fd/%d", fd), place, NULL, MS_BIND | MS_REC, NULL) < 0 ||
	    !confine_tree(place, bind->is_read_only))
		return fail(stage, err, "cannot mount", bind->source);
	/* That the very thing is there, and not another: the promise of the whole file. */
	if (stat(place, &status) == 0 && status.st_dev == bind->device && status.st_ino == bind->inode)
		return 0;
	return error_set(err, stage->arena, ERROR_SYSTEM, "what is mounted on %s is not %s", place, bind->source);
}

int staging_put_inside(struct staging *stage, const struct launch *launch, size_t index, const struct staging_spot *spot,
		       struct error *err)
{
	const struct plan_mount *bind = &launch->plan->mounts[index];
	CLOSE_FD int source = sources_open(launch, index);
	CLOSE_FD int target = -1;

	if (source < 0)
		return fail(stage, err, errno == ESTALE ? "has been replaced since it was judged:" : "cannot open what is to be mounted,",
			    bind->source);
	target = inside_open(stage->arena, spot, bind->is_directory, !launch->is_guarded);
	if (target < 0) {
		(void)error_set(err, stage->arena, ERROR_UNSUPPORTED, "the mount at %s lies inside another mount, where there is no such %s to "
				"mount on, or a link on the way", bind->target, bind->is_directory ? "directory" : "file");
		err->remedy = "make it there first, or mount it elsewhere";
		return -(int)err->kind;
	}
	return inside_mount(source, target, bind->is_read_only) ? 0 : fail(stage, err, "cannot mount", bind->source);
}

/* Whatever is mounted on the entries of a stage, one layer after another. Never what is mounted elsewhere. */
static void unmount_all(struct arena *arena, const char *dir, int dir_fd)
{
	int copy = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;

	if (!stream && copy >= 0)
		(void)close(copy);
	while (stream && (entry = readdir(stream))) {
		const char *place = arena_printf(arena, "%s/%s", dir, entry->d_name);

		if (entry->d_name[0] == '.')
			continue;
		for (unsigned layer = 0; layer < LAYERS_MAX; layer++)
			if (mount(NULL, place, NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
			    umount2(place, MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
				break;
	}
	if (stream)
		(void)closedir(stream);
}

void staging_release(struct staging *stage)
{
	descriptors_close(&stage->dir_fd);
	descriptors_close(&stage->list_fd);
	descriptors_close(&stage->base_fd);
}

void staging_discard(struct staging *stage)
{
	if (stage->dir_fd >= 0) {
		unmount_all(stage->arena, stage->dir, stage->dir_fd);
		(void)remove_tree(stage->list_fd, stage->id);
	}
	staging_release(stage);
}

const char *staging_container_id(struct arena *arena, int dir)
{
	const char *id = descriptors_read_file(arena, dir, STAGING_CID_FILE, CID_LENGTH + 1);

	if (!id)
		return NULL;
	id = arena_strndup(arena, id, strcspn(id, "\n"));
	return strlen(id) == CID_LENGTH && strspn(id, "0123456789abcdef") == CID_LENGTH ? id : NULL;
}

/* ---- what others left behind ---- */

/* The socket of docker's daemon that a stage is for; NULL: it is podman's. */
static const char *socket_of(struct arena *arena, const char *note)
{
	static const char docker[] = "docker\n";
	const char *socket = note + strlen(docker);

	return strncmp(note, docker, strlen(docker)) == 0 ? arena_strndup(arena, socket, strcspn(socket, "\n")) : NULL;
}

/* Anything but a clear no means that it may be there. */
static bool may_exist_in_docker(struct arena *arena, const char *socket, const char *id)
{
	const char *target = arena_printf(arena, "/containers/%s/json", id);
	struct error ignored;
	char *body;
	int status;

	return host_http_get(arena, socket, target, &status, &body, &ignored) < 0 || status != 404;
}

static bool may_exist_in_podman(struct arena *arena, const struct host_facts *facts, const char *id)
{
	const char *argv[] = {facts->engine.programs[BACKEND_PODMAN], "--remote=false", "container", "exists", id, NULL};
	const struct spawn spawn = {.argv = argv};
	struct error ignored;
	const char *said;
	int status;

	return !argv[0] || spawn_run(arena, &spawn, &status, &said, &ignored) < 0 || status != 1;
}

static bool is_needed(struct arena *arena, const struct host_facts *facts, int dir, const char *stage_id)
{
	const char *note = descriptors_read_file(arena, dir, NOTE_FILE, NOTE_BYTES_MAX);
	const char *id = staging_container_id(arena, dir);
	const char *socket = note ? socket_of(arena, note) : NULL;

	if (socket && !look_discard(arena, socket, dir, stage_id))
		return true;
	/* Without an id there was no container yet; the client that would have made one has died with its hardrun. */
	if (!note || !id)
		return false;
	return socket ? may_exist_in_docker(arena, socket, id) : may_exist_in_podman(arena, facts, id);
}

/* The lock of a stage that nobody looks after any more; -1: somebody does. ${err}: the list is locked, and nobody can tell. */
static int take_abandoned(struct arena *arena, int base, int list, const char *id, struct error *err)
{
	CLOSE_FD int list_lock = lock_open(arena, base, "stage.lock", LOCK_SECONDS_SWEEPING, err);
	int dir = list_lock < 0 ? -1 : openat(list, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (dir >= 0 && flock(dir, LOCK_EX | LOCK_NB) < 0)
		descriptors_close(&dir);
	return dir;
}

/* A daemon may be slow to answer: only the one stage is locked meanwhile. */
static bool sweep_stage(struct arena *arena, const struct host_facts *facts, int base, int list, const char *id,
			struct error *err)
{
	CLOSE_FD int dir = take_abandoned(arena, base, list, id, err);

	if (dir < 0 || is_needed(arena, facts, dir, id))
		return false;
	unmount_all(arena, arena_printf(arena, "%s/stage/%s", facts->runtime_dir, id), dir);
	return remove_tree(list, id) == 0;
}

unsigned staging_sweep(struct arena *arena, const struct host_facts *facts)
{
	CLOSE_FD int base = facts->runtime_dir ? open(facts->runtime_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
	CLOSE_FD int list = base < 0 ? -1 : openat(base, "stage", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int copy = list < 0 ? -1 : openat(list, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = copy < 0 ? NULL : fdopendir(copy);
	struct error held = {0};
	struct dirent *entry;
	unsigned removed = 0;

	if (!stream)
		return 0;
	while (held.kind == 0 && (entry = readdir(stream)))
		if (entry->d_name[0] != '.' && sweep_stage(arena, facts, base, list, entry->d_name, &held))
			removed++;
	(void)closedir(stream);
	return removed;
}
