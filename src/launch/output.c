/* output: a file of the caller's own that is there whole or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "launch_internal.h"

static int fail(struct arena *arena, const struct launch_output *output, struct error *err)
{
	const int saved = errno;
	const int result = error_set(err, arena, saved == EEXIST ? ERROR_USAGE : ERROR_SYSTEM, "%s cannot be written: %s", output->path,
				     saved == EEXIST ? "it is there already" : strerror(saved));

	if (saved == EEXIST)
		err->remedy = "give another name, or --force to replace it";
	return result;
}

/* A name beside that of ${path}, which ends like it. */
static char *name_beside(struct arena *arena, const char *path, size_t *ret_suffix)
{
	const char *slash = strrchr(path, '/'), *base = slash != NULL ? slash + 1 : path, *dot = strrchr(base, '.');
	const char *suffix = dot != NULL ? dot : "";

	*ret_suffix = strlen(suffix);
	return arena_printf(arena, "%.*s.hardrun-XXXXXX%s", (int)(base - path), path, suffix);
}

int launch_write_beside(struct arena *arena, const struct launch_output *output, const char **ret_path, struct error *err)
{
	size_t suffix;
	char *path = name_beside(arena, output->path, &suffix);
	CLOSE_FD int fd = mkostemps(path, (int)suffix, O_CLOEXEC);

	if (fd < 0)
		return fail(arena, output, err);
	if (!descriptors_write(fd, output->text, strlen(output->text)) || fchmod(fd, 0644) < 0 || fsync(fd) < 0) {
		(void)fail(arena, output, err);
		(void)unlink(path);
		return -(int)err->kind;
	}
	*ret_path = path;
	return 0;
}

int launch_write_file(struct arena *arena, const struct launch_output *output, struct error *err)
{
	const char *beside;
	int result = launch_write_beside(arena, output, &beside, err);

	if (result < 0)
		return result;
	if (renameat2(AT_FDCWD, beside, AT_FDCWD, output->path, output->is_replacing ? 0 : RENAME_NOREPLACE) == 0)
		return 0;
	result = fail(arena, output, err);
	(void)unlink(beside);
	return result;
}

void launch_remove_file(const char *path)
{
	(void)unlink(path);
}

bool launch_has_file(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0;
}
