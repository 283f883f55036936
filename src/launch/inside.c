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
static int open_or_make(int parent, const char *name, bool is_directory)
{
	int fd = open_one(parent, name);

	if (fd < 0 && errno == ENOENT && is_directory && (mkdirat(parent, name, 0755) == 0 || errno == EEXIST))
		fd = open_one(parent, name);
	return fd;
}

int inside_open(struct arena *arena, const char *around, const char *beneath, bool is_directory)
{
	int fd = descriptors_open_plain(around, O_PATH | O_DIRECTORY);
	char *rest = arena_strdup(arena, beneath);
	struct stat status;

	for (char *name = strsep(&rest, "/"); name && fd >= 0; name = strsep(&rest, "/")) {
		int next = *name ? open_or_make(fd, name, is_directory || rest) : -1;

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

bool inside_mount(int source, int target, bool is_read_only)
{
	struct mount_attr attributes = {
		.attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | (is_read_only ? MOUNT_ATTR_RDONLY : 0), .propagation = MS_PRIVATE,
	};
	CLOSE_FD int tree = open_tree(source, "", AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	return tree >= 0 && mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes, sizeof(attributes)) == 0 &&
	       move_mount(tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) == 0;
}
