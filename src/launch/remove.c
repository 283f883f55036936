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

/* Moves the directory ${name} of ${from} up to ${top} under a name that is free there. */
static int move_up(int from, const char *name, int top)
{
	char fresh[32];

	for (unsigned number = 0; number < 1000000; number++) {
		(void)snprintf(fresh, sizeof(fresh), ".gone-%u", number);
		if (renameat2(from, name, top, fresh, 1 /* RENAME_NOREPLACE */) == 0)
			return 0;
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

/* Empties the directory ${name} of ${top}: files go, directories move up. */
static int empty_into(int top, const char *name)
{
	DIR *stream = open_stream(top, name);
	struct dirent *entry;
	int result = 0;

	if (!stream)
		return -errno;
	while (result == 0 && (entry = readdir(stream))) {
		if (is_dot(entry->d_name) || unlinkat(dirfd(stream), entry->d_name, 0) == 0)
			continue;
		if (errno == EISDIR || errno == EPERM)
			result = unlinkat(dirfd(stream), entry->d_name, AT_REMOVEDIR) == 0 ? 0 :
				 move_up(dirfd(stream), entry->d_name, top);
		else
			result = -errno;
	}
	(void)closedir(stream);
	return result;
}

/* One pass over ${top}; *ret_found says whether there was anything. */
static int empty_pass(int top, bool *ret_found)
{
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
		result = empty_into(top, entry->d_name);
		if (result == 0 && unlinkat(top, entry->d_name, AT_REMOVEDIR) < 0)
			result = -errno;
	}
	(void)closedir(stream);
	return result;
}

int remove_tree(int parent, const char *name)
{
	CLOSE_FD int top = -1;
	bool has_found = true;
	int result = 0;

	if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
		return 0;
	top = descriptors_open_beneath(parent, name, O_RDONLY | O_DIRECTORY);
	if (top < 0)
		return -errno;
	while (has_found && result == 0)
		result = empty_pass(top, &has_found);
	if (result == 0 && unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		result = -errno;
	return result;
}
