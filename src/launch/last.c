/* last: what is known of the last container of a person's that ended badly, in one small file that is replaced as a whole. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "launch_internal.h"

static const char *directory_of(struct arena *arena, const struct host_facts *facts)
{
	return facts->runtime_dir ? arena_printf(arena, "%s/last", facts->runtime_dir) : NULL;
}

static const char *name_of(struct arena *arena, const struct host_facts *facts)
{
	return arena_printf(arena, "%u.json", (unsigned)facts->caller_uid);
}

static int fail(struct arena *arena, const char *directory, struct error *err)
{
	return error_set(err, arena, ERROR_SYSTEM, "what is known of this end cannot be kept in %s: %s", directory, strerror(errno));
}

int launch_save_last(struct arena *arena, const struct host_facts *facts, const char *text, struct error *err)
{
	const char *path = directory_of(arena, facts), *name = name_of(arena, facts);
	const char *draft = arena_printf(arena, ".%s-%s", name, facts->nonce);
	CLOSE_FD int directory = -1;

	if (!path)
		return error_set(err, arena, ERROR_MISSING, "there is no directory for running containers (XDG_RUNTIME_DIR)");
	if (strlen(text) > LAUNCH_LAST_BYTES_MAX)
		return error_set(err, arena, ERROR_LIMIT, "what is known of this end is too long to be kept");
	directory = descriptors_make_directory(arena, path, err);
	if (directory < 0)
		return -(int)err->kind;
	/* Made anew (O_EXCL), so that nobody's link or file is written to; whoever reads sees the old one or the new one. */
	if (!descriptors_write_file(directory, draft, text, strlen(text)))
		return fail(arena, path, err);
	if (renameat(directory, draft, directory, name) == 0)
		return 0;
	(void)fail(arena, path, err);
	(void)unlinkat(directory, draft, 0);
	return -(int)err->kind;
}

int launch_open_last(struct arena *arena, const struct host_facts *facts, const char **ret_path, struct error *err)
{
	const char *directory = directory_of(arena, facts);
	struct stat status;
	int fd;

	*ret_path = directory ? arena_printf(arena, "%s/%s", directory, name_of(arena, facts)) : NULL;
	if (!directory)
		return -1;
	fd = open(*ret_path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return -1;
	if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
	    !(status.st_mode & (S_IWGRP | S_IWOTH)))
		return fd;
	(void)error_set(err, arena, ERROR_UNTRUSTED, "%s is not a plain file of hardrun's own, and nothing is told from it", *ret_path);
	err->remedy = arena_printf(arena, "look at it, then: rm %s", *ret_path);
	descriptors_close(&fd);
	return -1;
}

const char *launch_read_last(struct arena *arena, int fd)
{
	CLOSE_FD int held = fd;
	char *text = arena_alloc(arena, LAUNCH_LAST_BYTES_MAX + 2);
	size_t length = 0;
	ssize_t got = 1;

	while (got > 0 && length <= LAUNCH_LAST_BYTES_MAX) {
		got = read(held, text + length, LAUNCH_LAST_BYTES_MAX + 1 - length);
		if (got < 0 && errno != EINTR)
			return NULL;
		length += got > 0 ? (size_t)got : 0;
	}
	text[length] = '\0';
	return length <= LAUNCH_LAST_BYTES_MAX ? text : NULL;
}
