/*
 * Would the runtime have to make something in the container's tree? It makes missing mount points and the working directory,
 * and the tree is a cache that others share, or somebody's own. The question is put to config.json, because the runtime obeys
 * that.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <jansson.h>

#include "launch_internal.h"

/* Another mount that comes before makes the place under it, in a file system of its own. */
static bool is_inside_another(const json_t *mounts, size_t index, const char *target)
{
	for (size_t i = 0; i < index; i++) {
		const char *other = json_string_value(json_object_get(json_array_get(mounts, i), "destination"));

		if (other && strcmp(other, target) != 0 && path_is_clean(other) && path_is_within(target, other))
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

/* The working directory may be a link: images have them, and the runtime follows it inside. Then the answer is the overlay. */
static bool working_directory_exists(const json_t *mounts, const json_t *config, int rootfs)
{
	const char *cwd = json_string_value(json_object_get(json_object_get(config, "process"), "cwd"));

	return cwd && (exists(rootfs, cwd) || is_inside_another(mounts, json_array_size(mounts), cwd));
}

static bool mounts_exist(const json_t *mounts, int rootfs)
{
	for (size_t i = 0; i < json_array_size(mounts); i++) {
		const char *target = json_string_value(json_object_get(json_array_get(mounts, i), "destination"));

		if (!target || (!is_inside_another(mounts, i, target) && !exists(rootfs, target)))
			return false;
	}
	return true;
}

bool targets_all_exist(const char *config_json, int rootfs)
{
	json_t *config = json_loads(config_json, JSON_REJECT_DUPLICATES, NULL);
	const json_t *mounts = json_object_get(config, "mounts");
	bool is_read_only = json_is_true(json_object_get(json_object_get(config, "root"), "readonly"));
	bool all = is_read_only && mounts_exist(mounts, rootfs) && working_directory_exists(mounts, config, rootfs);

	json_decref(config);
	return all;
}
