/* apparmor: which profiles the kernel has, as it shows them to everybody. Source: security/apparmor/apparmorfs.c. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "host_internal.h"

#define PROFILES "/sys/kernel/security/apparmor/policy/profiles"

static int order_profiles(const void *left, const void *right)
{
	const struct host_apparmor_profile *a = left, *b = right;

	return strcmp(a->name, b->name);
}

/* Kernels since 6.8 have sha256 in the place of sha1, and one built without hashes neither. */
static bool read_profile(struct arena *arena, const char *directory, struct host_apparmor_profile *ret_profile)
{
	const char *name = host_read_text(arena, arena_printf(arena, "%s/name", directory));
	const char *mode = host_read_text(arena, arena_printf(arena, "%s/mode", directory));
	const char *digest = host_read_text(arena, arena_printf(arena, "%s/sha256", directory));

	if (name == NULL || mode == NULL)
		return false;
	*ret_profile = (struct host_apparmor_profile){ .name = name, .mode = mode, .digest = digest, .is_sha256 = digest != NULL };
	if (digest == NULL)
		ret_profile->digest = host_read_text(arena, arena_printf(arena, "%s/sha1", directory));
	return true;
}

int host_list_apparmor_in(struct arena *arena, const char *root, const char *prefix, struct host_apparmor_profiles *ret_profiles,
			  struct error *err)
{
	const char *path = arena_printf(arena, "%s" PROFILES, root);
	struct host_apparmor_profiles found = { NULL, 0 };
	const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (directory == NULL) {
		error_set(err, arena, ERROR_MISSING, "the kernel's list of AppArmor profiles cannot be read (%s: %s)", path, strerror(errno));
		err->remedy = "mount -t securityfs securityfs /sys/kernel/security";
		return -(int)err->kind;
	}
	/* Directories are called NAME.NUMBER, with what no file name takes left out: the name is in a file. */
	while ((entry = readdir(directory)) != NULL) {
		struct host_apparmor_profile profile;

		if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0 && entry->d_name[0] != '.' &&
		    read_profile(arena, arena_printf(arena, "%s/%s", path, entry->d_name), &profile))
			*vector_push(arena, found.items, found.count) = profile;
	}
	(void)closedir(directory);
	if (found.count > 1)
		qsort(found.items, found.count, sizeof(found.items[0]), order_profiles);
	*ret_profiles = found;
	return 0;
}

int host_list_apparmor(struct arena *arena, const char *prefix, struct host_apparmor_profiles *ret_profiles, struct error *err)
{
	return host_list_apparmor_in(arena, "", prefix, ret_profiles, err);
}

const struct host_apparmor_profile *host_find_apparmor(const struct host_apparmor_profiles *profiles, const char *name)
{
	for (size_t i = 0; i < profiles->count; i++)
		if (strcmp(profiles->items[i].name, name) == 0)
			return &profiles->items[i];
	return NULL;
}
