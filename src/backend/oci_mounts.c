/* The mounts of config.json. */
#include "backend_internal.h"

#include <inttypes.h>
#include <string.h>

struct base_mount { const char *target, *type, *source, *options; };

/*
 * What every container has. The cgroup file system is its own part only, and read-only: virtual machines and thread pools size
 * themselves by it, and without it they would take the host's memory for theirs. (On version 1 crun puts the hierarchies on a
 * tmpfs of 1 MiB that can be written, noexec and counted; making it read-only would, in crun 1.8, make the hierarchies writable.)
 * sysfs is read-only and shows the container's own network namespace.
 */
static const struct base_mount base_mounts[] = {
	{ "/proc", "proc", "proc", "nosuid,noexec,nodev" },
	{ "/dev", "tmpfs", "tmpfs", "nosuid,noexec,strictatime,mode=755,size=64k" },
	{ "/dev/pts", "devpts", "devpts", "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5" },
	{ "/sys", "sysfs", "sysfs", "nosuid,noexec,nodev,ro" },
	{ "/sys/fs/cgroup", "cgroup", "cgroup", "nosuid,noexec,nodev,relatime,ro" },
};

/* The target is noted for whoever asks whether the tree has it. */
static json_t *render_mount(const struct oci *oci, const char *target, const char *type, const char *source, const char *options)
{
	json_t *array = json_array();

	string_list_add(oci->arena, oci->targets, target);
	for (const char *word = options; *word != '\0';) {
		size_t length = strcspn(word, ",");

		json_array_append_new(array, json_stringn(word, length));
		word += length + (word[length] == ',');
	}
	return json_pack("{s:s, s:s, s:s, s:o}", "destination", target, "type", type, "source", source, "options", array);
}

static json_t *render_tmpfs(const struct oci *oci, const struct plan_mount *mount)
{
	return render_mount(oci, mount->target, "tmpfs", "tmpfs",
			    arena_printf(oci->arena, "nosuid,nodev,%s%s,size=%" PRId64 ",mode=%04o,uid=%" PRIu32 ",gid=%" PRIu32,
					 mount->is_exec ? "exec" : "noexec", mount->is_read_only ? ",ro" : "", mount->size_bytes,
					 mount->mode, mount->uid, mount->gid));
}

/* mount_setattr(2), which the recursive options need, came with Linux 5.12. */
static bool has_recursive_options(struct arena *arena, const struct host_facts *facts)
{
	const char *digits = "0123456789";
	const char *kernel = facts->kernel != NULL ? facts->kernel : "";
	size_t length = strspn(kernel, digits);
	uint64_t major, minor;

	if (kernel[length] != '.' || !parse_decimal(arena_strndup(arena, kernel, length), &major))
		return false;
	kernel += length + 1;
	if (!parse_decimal(arena_strndup(arena, kernel, strspn(kernel, digits)), &minor))
		return false;
	return major > 5 || (major == 5 && minor >= 12);
}

size_t backend_mount_around(struct arena *arena, const struct plan *plan, const struct host_facts *facts, size_t index)
{
	const struct plan_mount *mount = &plan->mounts[index];

	if (!facts->is_root || mount->type == PLAN_TMPFS || !has_recursive_options(arena, facts))
		return SIZE_MAX;
	for (size_t i = 0; i < index; i++) {
		const struct plan_mount *around = &plan->mounts[i];

		/* What is read-only is so with all that lies in it. */
		if (around->type != PLAN_TMPFS && path_is_within(mount->target, around->target))
			return around->is_read_only && !mount->is_read_only ? SIZE_MAX : i;
	}
	return SIZE_MAX;
}

static bool is_left_alone(const struct oci *oci)
{
	return !oci->facts->is_root && oci->plan->backend != BACKEND_CRUN;
}

/*
 * A bind brings along what is mounted below its source; plain ro and nosuid would leave those writable and set-id. Where the
 * kernel cannot do it recursively, only the judged file system is bound. Nothing is mounted below a file, and crun refuses to
 * set options recursively on one.
 */
static json_t *render_bind(const struct oci *oci, size_t index)
{
	const struct plan_mount *mount = &oci->plan->mounts[index];
	const char *source = backend_stage_path(oci->arena, oci->facts->runtime_dir, oci->plan->name, index);
	bool is_directory = mount->is_directory || mount->type == PLAN_VOLUME;
	bool is_recursive = is_directory && has_recursive_options(oci->arena, oci->facts);
	struct text options;

	/* An ordinary user's is staged with its options. runc leaves them alone, and takes what is locked for an error. */
	if (is_left_alone(oci))
		return render_mount(oci, mount->target, "bind", source, is_directory ? "rbind,rprivate" : "bind,rprivate");
	/* crun takes away whatever is not asked for. Added recursively, nothing collides with what is locked. */
	if (!oci->facts->is_root && is_recursive)
		return render_mount(oci, mount->target, "bind", source,
				    mount->is_read_only ? "rbind,rprivate,rnosuid,rnodev,rro" : "rbind,rprivate,rnosuid,rnodev");
	/* gVisor's kernel reads no option of parts of a mount; so is it staged for runsc. */
	if (oci->plan->is_sandboxed)
		return render_mount(oci, mount->target, "bind", source, mount->is_read_only ? "rbind,rprivate,ro" : "rbind,rprivate");
	text_init(&options, oci->arena);
	text_add(&options, is_recursive ? "rbind,rprivate,nosuid,nodev,rnosuid,rnodev" : "bind,rprivate,nosuid,nodev");
	if (mount->is_read_only)
		text_add(&options, is_recursive ? ",ro,rro" : ",ro");
	return render_mount(oci, mount->target, "bind", source, options.data);
}

/* The group of terminals, 5, unless the container's user namespace has no such group. */
static const char *options_of(const struct oci *oci, const struct base_mount *base)
{
	uint32_t outside;

	if (strcmp(base->type, "devpts") == 0 && !oci->facts->is_root && !host_map_id(&oci->facts->rootless->gids, 5, &outside))
		return "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620";
	return base->options;
}

static void add_ipc_mounts(const struct oci *oci, json_t *array)
{
	if (oci->plan->is_host_ipc) {
		const char *options = "rbind,rprivate,nosuid,noexec,nodev";

		json_array_append_new(array, render_mount(oci, "/dev/mqueue", "bind", "/dev/mqueue", options));
		json_array_append_new(array, render_mount(oci, "/dev/shm", "bind", "/dev/shm", options));
		return;
	}
	json_array_append_new(array, render_mount(oci, "/dev/mqueue", "mqueue", "mqueue", "nosuid,noexec,nodev"));
	json_array_append_new(array, render_mount(oci, "/dev/shm", "tmpfs", "shm",
						  arena_printf(oci->arena, "nosuid,noexec,nodev,mode=1777,size=%" PRId64,
							       oci->plan->shm_size)));
}

/* What the launch room puts into the container's directory. */
static json_t *render_own(const struct oci *oci, const char *name, const char *target)
{
	const char *directory = backend_container_dir(oci->arena, oci->facts->runtime_dir, oci->plan->name);

	return render_mount(oci, target, "bind", arena_printf(oci->arena, "%s/%s", directory, name),
			    is_left_alone(oci) ? "bind,rprivate" : "bind,rprivate,nosuid,nodev,noexec,ro");
}

json_t *oci_mounts(const struct oci *oci)
{
	json_t *array = json_array();

	for (size_t i = 0; i < ARRAY_COUNT(base_mounts); i++) {
		const struct base_mount *base = &base_mounts[i];

		json_array_append_new(array, render_mount(oci, base->target, base->type, base->source, options_of(oci, base)));
	}
	add_ipc_mounts(oci, array);
	for (size_t i = 0; i < oci->plan->mount_count; i++) {
		const struct plan_mount *mount = &oci->plan->mounts[i];

		if (backend_mount_around(oci->arena, oci->plan, oci->facts, i) == SIZE_MAX)
			json_array_append_new(array, mount->type == PLAN_TMPFS ? render_tmpfs(oci, mount) : render_bind(oci, i));
	}
	if (oci->plan->network == PLAN_NETWORK_ISOLATED) {
		json_array_append_new(array, render_own(oci, BACKEND_RESOLV_CONF, "/etc/resolv.conf"));
		json_array_append_new(array, render_own(oci, BACKEND_HOSTS, "/etc/hosts"));
	}
	if (backend_is_notified(oci->plan, oci->facts))
		json_array_append_new(array, render_own(oci, BACKEND_NOTIFY_NAME, BACKEND_NOTIFY_TARGET));
	if (oci->plan->secret_count > 0)
		json_array_append_new(array, render_own(oci, BACKEND_SECRETS_NAME, BACKEND_SECRETS_TARGET));
	return array;
}
