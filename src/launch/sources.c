/* What was judged, held by a descriptor from then on, or found once more without links and compared. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>

#include "launch_internal.h"

/* A copy of the descriptor that is held, or a fresh one. */
static int open_held(const int *held, const char *path, int flags)
{
	if (held && *held >= 0)
		return fcntl(*held, F_DUPFD_CLOEXEC, 3);
	return descriptors_open_plain(path, O_PATH | flags);
}

int sources_open(const struct launch *launch, size_t index)
{
	const struct plan_mount *bind = &launch->plan->mounts[index];
	int fd = open_held(launch->source_fds ? &launch->source_fds[index] : NULL, bind->source, 0);
	struct stat status;

	if (fd < 0)
		return -1;
	if (fstat(fd, &status) == 0 && status.st_dev == bind->device && status.st_ino == bind->inode &&
	    S_ISDIR(status.st_mode) == bind->is_directory)
		return fd;
	(void)close(fd);
	errno = ESTALE;
	return -1;
}

/* An image's tree is ours and was judged by nobody; a --rootfs has facts. */
static bool is_as_judged(const struct launch *launch, const struct stat *status)
{
	const struct host_facts *facts = launch->facts;

	for (size_t i = 0; i < facts->path_count; i++) {
		const struct host_path *known = &facts->paths[i];

		if (known->resolved && strcmp(known->resolved, launch->plan->image_rootfs) == 0)
			return known->device == status->st_dev && known->inode == status->st_ino;
	}
	return true;
}

int sources_open_rootfs(const struct launch *launch)
{
	int fd = open_held(launch->rootfs_fd, launch->plan->image_rootfs, O_DIRECTORY);
	struct stat status;

	if (fd < 0)
		return -1;
	if (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode) && is_as_judged(launch, &status))
		return fd;
	(void)close(fd);
	errno = ESTALE;
	return -1;
}

size_t sources_kept(struct arena *arena, const struct launch *launch, int own, int **ret_keep)
{
	size_t count = launch->source_fds ? launch->plan->mount_count : 0;
	int *keep = arena_alloc(arena, (count + 3 + ACCOUNT_DESCRIPTORS) * sizeof(*keep));

	for (size_t i = 0; i < count; i++)
		keep[i] = launch->source_fds[i];
	keep[count] = launch->rootfs_fd ? *launch->rootfs_fd : -1;
	keep[count + 1] = own;
	keep[count + 2] = launch->profile_lock ? *launch->profile_lock : -1;
	account_descriptors(launch->account, keep + count + 3);
	*ret_keep = keep;
	return count + 3 + ACCOUNT_DESCRIPTORS;
}

/*
 * Only root may give the names in this directory another meaning. What a FUSE file system says of owners is the word of whoever
 * serves it.
 */
bool sources_is_fixed(int directory)
{
	struct statfs system;
	struct stat status;

	return directory >= 0 && fstat(directory, &status) == 0 && fstatfs(directory, &system) == 0 && status.st_uid == 0 &&
	       !(status.st_mode & (S_IWGRP | S_IWOTH)) && system.f_type != FUSE_SUPER_MAGIC;
}

bool sources_is_settled(struct arena *arena, const char *path)
{
	char *prefix = arena_strdup(arena, path);

	for (char *slash = strchr(prefix, '/'); slash; slash = strchr(slash + 1, '/')) {
		CLOSE_FD int directory = -1;

		*slash = '\0';
		directory = descriptors_open_plain(slash == prefix ? "/" : prefix, O_PATH | O_DIRECTORY);
		*slash = '/';
		if (!sources_is_fixed(directory))
			return false;
	}
	return path[0] == '/';
}

bool sources_is_of_root(struct arena *arena, const char *path)
{
	CLOSE_FD int fd = sources_is_settled(arena, path) ? descriptors_open_plain(path, O_PATH) : -1;

	return sources_is_fixed(fd);
}

bool sources_is_way_of_root(struct arena *arena, int tree, const char *target)
{
	char *prefix = arena_strdup(arena, target);

	for (char *slash = strchr(prefix, '/'); slash; slash = strchr(slash + 1, '/')) {
		CLOSE_FD int directory = -1;

		*slash = '\0';
		directory = descriptors_open_beneath(tree, slash == prefix ? "." : prefix + 1, O_PATH | O_DIRECTORY);
		*slash = '/';
		/* What is missing can be made only by whoever may write above it; where a link leads is a way of its own. */
		if (directory >= 0 && !sources_is_fixed(directory))
			return false;
	}
	return true;
}

static int refuse_way(struct arena *arena, const struct launch *launch, const char *way, struct error *err)
{
	(void)error_set(err, arena, ERROR_UNTRUSTED, "others than root can change the tree %s where %s is mounted in it or leads there",
			launch->plan->image_rootfs, string_printable(arena, way, 80));
	err->remedy = "use an image, or a tree whose directories belong to root and only root may write";
	return -(int)err->kind;
}

int sources_check_tree(struct arena *arena, const struct launch *launch, const struct string_list *ways, struct error *err)
{
	const struct string_list *const lists[] = {&launch->mount_targets, ways};
	CLOSE_FD int tree = -1;

	if (!launch->is_guarded || !launch->facts->is_root || launch->plan->image.kind != IMAGE_ROOTFS)
		return 0;
	tree = sources_open_rootfs(launch);
	for (size_t k = 0; tree >= 0 && k < ARRAY_COUNT(lists); k++)
		for (size_t i = 0; i < lists[k]->count; i++)
			if (!sources_is_way_of_root(arena, tree, lists[k]->items[i]))
				return refuse_way(arena, launch, lists[k]->items[i], err);
	return 0;
}
