/*
 * Removing a tree that may hold anything, without recursion and with three descriptors: directories found inside a directory
 * are renamed up beside it and taken in turn, so depth does not matter. Links are unlinked, never followed; a mount stops it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "launch_internal.h"

static bool is_dot(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static DIR *open_stream(int parent, const char *name)
{
	int fd = descriptors_open_beneath(parent, name, O_RDONLY | O_DIRECTORY);
	DIR *stream;

	if (fd < 0)
		return NULL;
	stream = fdopendir(fd);
	if (!stream)
		(void)close(fd);
	return stream;
}

struct removal {
	int top;
	uint64_t number; /* of the next name to try: none is tried twice */
};

/* Moves the directory ${name} of ${from} up to the top under a name that is free there. */
static int move_up(struct removal *removal, int from, const char *name)
{
	char fresh[32];

	do {
		(void)snprintf(fresh, sizeof(fresh), ".gone-%llu", (unsigned long long)removal->number++);
		if (renameat2(from, name, removal->top, fresh, 1 /* RENAME_NOREPLACE */) == 0)
			return 0;
	} while (errno == EEXIST);
	return -errno;
}

/* Empties the directory ${name} of the top: files go, directories move up. */
static int empty_into(struct removal *removal, const char *name)
{
	DIR *stream = open_stream(removal->top, name);
	struct dirent *entry;
	int result = 0;

	if (!stream)
		return -errno;
	while (result == 0 && (entry = readdir(stream))) {
		if (is_dot(entry->d_name) || unlinkat(dirfd(stream), entry->d_name, 0) == 0)
			continue;
		if (errno == EISDIR || errno == EPERM)
			result = unlinkat(dirfd(stream), entry->d_name, AT_REMOVEDIR) == 0 ? 0 :
				 move_up(removal, dirfd(stream), entry->d_name);
		else
			result = -errno;
	}
	(void)closedir(stream);
	return result;
}

/* One pass over the top; *ret_found says whether there was anything. */
static int empty_pass(struct removal *removal, bool *ret_found)
{
	int top = removal->top;
	DIR *stream = open_stream(top, ".");
	struct dirent *entry;
	int result = 0;

	*ret_found = false;
	if (!stream)
		return -errno;
	while (result == 0 && (entry = readdir(stream))) {
		if (is_dot(entry->d_name))
			continue;
		*ret_found = true;
		if (unlinkat(top, entry->d_name, 0) == 0 || errno == ENOENT)
			continue;
		if (errno != EISDIR && errno != EPERM) {
			result = -errno;
			break;
		}
		result = empty_into(removal, entry->d_name);
		if (result == 0 && unlinkat(top, entry->d_name, AT_REMOVEDIR) < 0)
			result = -errno;
	}
	(void)closedir(stream);
	return result;
}

int remove_tree(int parent, const char *name)
{
	CLOSE_FD int top = -1;
	struct removal removal;
	bool has_found = true;
	int result = 0;

	if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
		return 0;
	top = descriptors_open_beneath(parent, name, O_RDONLY | O_DIRECTORY);
	if (top < 0)
		return -errno;
	removal = (struct removal){.top = top};
	while (has_found && result == 0)
		result = empty_pass(&removal, &has_found);
	if (result == 0 && unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		result = -errno;
	return result;
}
