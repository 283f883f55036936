/*
 * A mount inside another one: engines and runtimes find its place by name, in a tree that the person may be changing, and follow
 * links there, to the container's /dev, say. Here it is found without links and mounted on what was found.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include "launch_internal.h"

static int open_one(int parent, const char *name)
{
	struct open_how how = {.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH};

	return (int)syscall(SYS_openat2, parent, name, &how, sizeof(how));
}

/* As a runtime does it, a directory that is missing is made. */
static int open_or_make(int parent, const char *name, bool may_make)
{
	int fd = open_one(parent, name);

	if (fd < 0 && errno == ENOENT && may_make && (mkdirat(parent, name, 0755) == 0 || errno == EEXIST))
		fd = open_one(parent, name);
	return fd;
}

/* From ${fd}, which it closes. */
static int descend(struct arena *arena, int fd, const char *beneath, bool is_directory, bool may_make)
{
	char *rest = arena_strdup(arena, beneath);
	struct stat status;

	for (char *name = strsep(&rest, "/"); name && fd >= 0; name = strsep(&rest, "/")) {
		int next = *name ? open_or_make(fd, name, may_make && (is_directory || rest)) : -1;

		if (!*name)
			continue;
		(void)close(fd);
		fd = next;
	}
	/* A link is found as such, and is no directory. */
	if (fd < 0 || (fstat(fd, &status) == 0 && !S_ISLNK(status.st_mode) && S_ISDIR(status.st_mode) == is_directory))
		return fd;
	(void)close(fd);
	errno = ENOTDIR;
	return -1;
}

int inside_open(struct arena *arena, const struct staging_spot *spot, bool is_directory, bool may_make)
{
	return descend(arena, descriptors_open_plain(spot->around, O_PATH | O_DIRECTORY), spot->beneath, is_directory, may_make);
}

int inside_find(struct arena *arena, int around, const char *beneath)
{
	return descend(arena, fcntl(around, F_DUPFD_CLOEXEC, 3), beneath, true, false);
}

/* The bind around, or NULL. */
static const struct plan_mount *bind_around(const struct plan *plan, size_t index)
{
	for (size_t i = 0; i < plan->mount_count; i++)
		if (i != index && plan->mounts[i].type == PLAN_BIND && path_is_within(plan->mounts[index].target, plan->mounts[i].target))
			return &plan->mounts[i];
	return NULL;
}

int inside_check(struct arena *arena, const struct launch *launch, struct error *err)
{
	const struct plan *plan = launch->plan;

	if (!launch->is_guarded || !launch->facts->is_root)
		return 0;
	for (size_t i = 0; i < plan->mount_count; i++) {
		const struct plan_mount *around = bind_around(plan, i);

		if (!around || backend_mount_around(arena, plan, launch->facts, i) != SIZE_MAX)
			continue;
		(void)error_set(err, arena, ERROR_UNSUPPORTED, "the mount at %s lies inside that at %s, and %s", plan->mounts[i].target,
				around->target, plan->mounts[i].type == PLAN_TMPFS ? "only a path of the host can be put there" :
				around->is_read_only ? "is not read-only like that" : "this kernel (before 5.12) cannot put it there safely");
		err->remedy = "mount it elsewhere";
		return -(int)err->kind;
	}
	return 0;
}

bool inside_mount(int source, int target, bool is_read_only)
{
	struct mount_attr attributes = {
		.attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | (is_read_only ? MOUNT_ATTR_RDONLY : 0), .propagation = MS_PRIVATE,
	};
	CLOSE_FD int tree = open_tree(source, "", AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	return tree >= 0 && mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes, sizeof(attributes)) == 0 &&
	       move_mount(tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) == 0;
}
