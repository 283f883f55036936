/*
 * Would the runtime have to make something in the container's tree? It makes missing mount points and the working directory,
 * and the tree is a cache that others share, or somebody's own.
 */
#include <fcntl.h>
#include <string.h>

#include "launch_internal.h"

/* One of the first ${count} mounts makes the place under it, in a file system of its own. */
static bool is_inside_another(const struct string_list *targets, size_t count, const char *target)
{
	for (size_t i = 0; i < count; i++) {
		const char *other = targets->items[i];

		if (strcmp(other, target) != 0 && path_is_clean(other) && path_is_within(target, other))
			return true;
	}
	return false;
}

static bool exists(int rootfs, const char *target)
{
	CLOSE_FD int fd = -1;

	if (!path_is_clean(target))
		return false;
	if (strcmp(target, "/") == 0)
		return true;
	fd = descriptors_open_beneath(rootfs, target + 1, O_PATH);
	return fd >= 0;
}

bool targets_all_exist(const struct launch *launch, int rootfs)
{
	const struct string_list *targets = &launch->mount_targets;
	const char *directory = launch->plan->working_dir;

	if (!launch->plan->is_read_only)
		return false;
	for (size_t i = 0; i < targets->count; i++) {
		if (!is_inside_another(targets, i, targets->items[i]) && !exists(rootfs, targets->items[i]))
			return false;
	}
	/* It may be a link: images have them, and the runtime follows it inside. Then the answer is the overlay. */
	return directory && (exists(rootfs, directory) || is_inside_another(targets, targets->count, directory));
}
