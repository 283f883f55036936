/*
 * Named volumes where no engine keeps them: <state_dir>/volumes/<name>/_data, as docker has it. What the image has at the mount
 * point is copied when the volume is made, and its directory's owner and mode are the volume's. Where the image has none, the
 * volume belongs to the container's user: nobody else could use it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "rootless.h"

#define DATA "_data"
#define WORKSHOP ".new" /* no volume's name begins with a point */

struct volumes {
	const struct container *container;
	int fd;
	const char *path;
};

static int fail(const struct volumes *volumes, const char *name, const char *why, struct error *err)
{
	return error_set(err, volumes->container->arena, ERROR_SYSTEM, "the volume %s cannot be made in %s: %s", name, volumes->path,
			 why);
}

/* The image's directory at the mount point, its links followed as if the tree were /; -1: there is none. */
static int open_in_image(const struct container *container, const char *target)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
	};
	CLOSE_FD int root = sources_open_rootfs(container->launch);

	return root < 0 ? -1 : (int)syscall(SYS_openat2, root, target + 1, &how, sizeof(how));
}

/* Only out of an image's tree, which nobody changes: in somebody's own directory links could be put under the copying. */
static int copy_content(const struct volumes *volumes, const char *name, int from, int to, struct error *err)
{
	struct arena *arena = volumes->container->arena;
	const char *argv[] = {
		"/bin/cp", "-a", "--", arena_printf(arena, "/proc/%d/fd/%d/.", (int)getpid(), from),
		arena_printf(arena, "/proc/%d/fd/%d/", (int)getpid(), to), NULL,
	};
	const struct spawn spawn = {.argv = argv};
	const char *said;
	int status;

	if (spawn_run(arena, &spawn, &status, &said, err) < 0)
		return -(int)err->kind;
	return status == 0 ? 0 : fail(volumes, name, arena_printf(arena, "cp said: %s", said), err);
}

static int fill(const struct volumes *volumes, const struct plan_mount *mount, int data, struct error *err)
{
	const struct container *container = volumes->container;
	const struct plan *plan = container->launch->plan;
	CLOSE_FD int from = open_in_image(container, mount->target);
	struct stat status = {
		.st_mode = 0755, .st_uid = user_namespace_uid(container->launch->facts, plan->uid),
		.st_gid = user_namespace_gid(container->launch->facts, plan->gid),
	};
	const bool is_image = plan->image.kind != IMAGE_ROOTFS;
	int result = 0;

	/* In a user namespace the owner of somebody's directory may be nobody: not an owner to hand on. */
	if (from >= 0 && (is_image || container->launch->facts->is_root) && fstat(from, &status) < 0)
		return fail(volumes, mount->source, strerror(errno), err);
	if (from >= 0 && !mount->is_nocopy && is_image)
		result = copy_content(volumes, mount->source, from, data, err);
	if (result < 0)
		return result;
	if (fchown(data, status.st_uid, status.st_gid) < 0 || fchmod(data, status.st_mode & 01777) < 0)
		return fail(volumes, mount->source, strerror(errno), err);
	return 0;
}

/* Made under a name of its own, and there at once: one that is killed leaves no half volume. */
static int make_volume(const struct volumes *volumes, const struct plan_mount *mount, struct error *err)
{
	CLOSE_FD int workshop = -1, data = -1;
	int result;

	(void)remove_tree(volumes->fd, WORKSHOP);
	if (mkdirat(volumes->fd, WORKSHOP, 0700) < 0)
		return fail(volumes, mount->source, strerror(errno), err);
	workshop = openat(volumes->fd, WORKSHOP, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (workshop < 0 || mkdirat(workshop, DATA, 0700) < 0)
		return fail(volumes, mount->source, strerror(errno), err);
	data = openat(workshop, DATA, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	result = data < 0 ? fail(volumes, mount->source, strerror(errno), err) : fill(volumes, mount, data, err);
	if (result == 0 && renameat(volumes->fd, WORKSHOP, volumes->fd, mount->source) < 0)
		result = fail(volumes, mount->source, strerror(errno), err);
	if (result < 0)
		(void)remove_tree(volumes->fd, WORKSHOP);
	return result;
}

static int open_volumes(const struct container *container, struct volumes *ret_volumes, struct error *err)
{
	struct arena *arena = container->arena;
	struct volumes volumes = {.container = container};

	if (container->launch->facts->state_dir == NULL)
		return error_set(err, arena, ERROR_MISSING, "there is no directory of yours for volumes: the account has no home");
	volumes.path = arena_printf(arena, "%s/volumes", container->launch->facts->state_dir);
	volumes.fd = descriptors_make_directory(arena, volumes.path, err);
	if (volumes.fd < 0)
		return -(int)err->kind;
	*ret_volumes = volumes;
	return 0;
}

int oci_volumes_make(const struct container *container, struct error *err)
{
	const struct plan *plan = container->launch->plan;
	struct volumes volumes = {.fd = -1};
	int result = 0;

	for (size_t i = 0; result == 0 && i < plan->mount_count; i++) {
		const struct plan_mount *mount = &plan->mounts[i];

		if (mount->type != PLAN_VOLUME)
			continue;
		if (volumes.fd < 0)
			result = open_volumes(container, &volumes, err);
		if (result == 0 && !bundle_name_is_sane(mount->source))
			result = error_set(err, container->arena, ERROR_USAGE, "%s cannot be the name of a volume", mount->source);
		/* Whoever comes second waits, and finds it. */
		if (result == 0)
			result = lock_take(container->arena, volumes.fd, LOCK_SECONDS_AT_WORK, err);
		if (result == 0 && faccessat(volumes.fd, mount->source, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
			result = make_volume(&volumes, mount, err);
	}
	descriptors_close(&volumes.fd);
	return result;
}

int oci_volumes_open(const struct container *container, const struct plan_mount *mount)
{
	const char *state_dir = container->launch->facts->state_dir;

	return state_dir == NULL ? -1 : descriptors_open_plain(arena_printf(container->arena, "%s/volumes/%s/" DATA, state_dir,
									     mount->source), O_PATH | O_DIRECTORY);
}
