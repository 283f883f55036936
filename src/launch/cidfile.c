/*
 * The container id file: a new file of the person's, in the directory that was resolved, made with the person's rights. Whatever
 * links are put in the way meanwhile, nothing is written where the person could not.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "launch_internal.h"

/* The directory without a link on the way, and the new file in it. */
static bool open_new(struct cidfile *cidfile, const char *directory)
{
	cidfile->directory = descriptors_open_plain(directory, O_PATH | O_DIRECTORY);
	if (cidfile->directory >= 0)
		cidfile->fd = openat(cidfile->directory, cidfile->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	return cidfile->fd >= 0 && fchmod(cidfile->fd, 0644) == 0;
}

int cidfile_make(struct arena *arena, const struct host_facts *facts, const char *path, struct cidfile *ret_cidfile,
		 struct error *err)
{
	struct cidfile cidfile = CIDFILE_NONE;
	const char *slash = strrchr(path, '/');
	struct person before;
	bool is_made;

	if (!slash || !slash[1])
		return error_set(err, arena, ERROR_USAGE, "the container id file %s is not an absolute path", path);
	cidfile.facts = facts;
	cidfile.name = slash + 1;
	is_made = person_enter(arena, facts, &before);
	if (is_made) {
		is_made = open_new(&cidfile, slash == path ? "/" : arena_strndup(arena, path, (size_t)(slash - path)));
		person_leave(&before);
	}
	if (is_made) {
		*ret_cidfile = cidfile;
		return 0;
	}
	(void)error_set(err, arena, ERROR_SYSTEM, "the container id file %s cannot be made: %s", path, strerror(errno));
	if (errno == EEXIST)
		err->remedy = "remove it, or name another --cidfile";
	cidfile_close(&cidfile);
	return -(int)err->kind;
}

bool cidfile_write(const struct cidfile *cidfile, const char *id)
{
	return cidfile->fd < 0 || descriptors_write(cidfile->fd, id, strlen(id));
}

void cidfile_close(struct cidfile *cidfile)
{
	descriptors_close(&cidfile->fd);
	descriptors_close(&cidfile->directory);
}

/* By the name, but only while that is still ours; and with no more rights than whoever could put another there. */
void cidfile_remove(struct arena *arena, struct cidfile *cidfile)
{
	struct stat ours, there;
	struct person before;

	if (cidfile->fd >= 0 && fstat(cidfile->fd, &ours) == 0 &&
	    fstatat(cidfile->directory, cidfile->name, &there, AT_SYMLINK_NOFOLLOW) == 0 && ours.st_dev == there.st_dev &&
	    ours.st_ino == there.st_ino && person_enter(arena, cidfile->facts, &before)) {
		(void)unlinkat(cidfile->directory, cidfile->name, 0);
		person_leave(&before);
	}
	cidfile_close(cidfile);
}
