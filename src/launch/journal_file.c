/*
 * The record as a file. It is opened anew for every line, so that it may be renamed at any time; the lock keeps lines whole
 * between writers, and a line that does not fit is taken back.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "journal.h"
#include "launch_internal.h"

enum {
	SYSTEM_GID_MAX = 999,  /* groups of programs, not of people: login.defs(5) */
	GID_USERS = 100,       /* the exception */
	ROUNDS_MAX = 32,       /* of a file that is renamed each time it has been opened */
};

struct journal_file {
	struct arena *arena;
	struct error *err;
	const char *path;
	const char *name;  /* its last part */
	int directory, fd;
	bool is_trial;     /* nothing is made */
	bool is_missing;   /* of a trial: its directory is not there, and could be made in what is open */
};

static int fail(struct journal_file *file, const char *remedy, const char *message)
{
	int result = error_set(file->err, file->arena, ERROR_SYSTEM, "the record cannot be written: %s", message);

	file->err->remedy = remedy;
	return result;
}

static int fail_errno(struct journal_file *file, const char *path, int number)
{
	const char *remedy = NULL;

	if (number == ENOSPC || number == EDQUOT)
		remedy = arena_printf(file->arena, "make room where %s is", path);
	else if (number == EFBIG)
		remedy = "ulimit -f unlimited";
	else if (number == ENOENT || number == ENOTDIR)
		remedy = "make its directory, or name another file in record.path";
	else if (number == EROFS)
		remedy = "name a file on a disk that can be written in record.path";
	return fail(file, remedy, arena_printf(file->arena, "%s: %s", path, strerror(number)));
}

static bool is_of_people(gid_t gid)
{
	return gid == GID_USERS || gid > SYSTEM_GID_MAX;
}

/* A directory on the way: whoever may write to it could put another tree in place. Ubuntu's /var/log is its logger's group's. */
static int judge_ancestor(struct journal_file *file, const char *path, const struct stat *status)
{
	const bool is_sticky = (status->st_mode & S_ISVTX) != 0;
	const bool is_open = (status->st_mode & S_IWOTH) != 0 || ((status->st_mode & S_IWGRP) != 0 && is_of_people(status->st_gid));

	if (status->st_uid != 0 && status->st_uid != geteuid())
		return fail(file, "name a file below directories of root's in record.path",
			    arena_printf(file->arena, "%s, a directory on the way to it, belongs to uid %u", path, status->st_uid));
	if (is_open && !is_sticky)
		return fail(file, arena_printf(file->arena, "chmod go-w %s", shell_quote(file->arena, path)),
			    arena_printf(file->arena, "%s, a directory on the way to it, is writable by others", path));
	return 0;
}

/* The directory itself: nobody else may put anything into it. */
static int judge_directory(struct journal_file *file, const char *path, const struct stat *status)
{
	if (status->st_uid != geteuid() && status->st_uid != 0)
		return fail(file, arena_printf(file->arena, "chown %u %s", (unsigned)geteuid(), shell_quote(file->arena, path)),
			    arena_printf(file->arena, "its directory %s belongs to uid %u", path, status->st_uid));
	if ((status->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return fail(file, arena_printf(file->arena, "chmod go-w %s", shell_quote(file->arena, path)),
			    arena_printf(file->arena, "its directory %s is writable by others", path));
	return 0;
}

static int open_below(const struct journal_file *file, const char *name)
{
	return openat(file->directory, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* One step down, without following a link. Of the missing only the last directory is made. */
static int step_down(struct journal_file *file, const char *path, const char *name, bool is_last)
{
	struct stat status;
	int next = open_below(file, name);

	if (next < 0 && errno == ENOENT && is_last && file->is_trial) {
		file->is_missing = true;
		return 0;
	}
	if (next < 0 && errno == ENOENT && is_last && (mkdirat(file->directory, name, 0700) == 0 || errno == EEXIST))
		next = open_below(file, name);
	if (next < 0 && errno == ENOTDIR && fstatat(file->directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISLNK(status.st_mode))
		return fail(file, "name the file by its path without links in record.path",
			    arena_printf(file->arena, "%s is a symbolic link, and none is followed", path));
	if (next < 0)
		return fail_errno(file, path, errno);
	descriptors_close(&file->directory);
	file->directory = next;
	return 0;
}

static int open_directory(struct journal_file *file)
{
	const char *rest = file->path + 1;
	const char *path = "/";

	file->directory = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (;;) {
		const char *slash = strchr(rest, '/');
		struct stat status;
		int result;

		if (file->directory < 0 || fstat(file->directory, &status) < 0)
			return fail_errno(file, path, errno);
		result = slash != NULL ? judge_ancestor(file, path, &status) : judge_directory(file, path, &status);
		if (result < 0 || slash == NULL)
			return result;
		path = arena_strndup(file->arena, file->path, (size_t)(slash - file->path));
		result = step_down(file, path, arena_strndup(file->arena, rest, (size_t)(slash - rest)), strchr(slash + 1, '/') == NULL);
		if (result < 0 || file->is_missing)
			return result;
		rest = slash + 1;
	}
}

static int judge_file(struct journal_file *file, const struct stat *status)
{
	if (!S_ISREG(status->st_mode))
		return fail(file, "remove what is there", arena_printf(file->arena, "%s is no regular file", file->path));
	if (status->st_uid != geteuid())
		return fail(file, arena_printf(file->arena, "chown %u %s", (unsigned)geteuid(), shell_quote(file->arena, file->path)),
			    arena_printf(file->arena, "%s belongs to uid %u", file->path, status->st_uid));
	if ((status->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return fail(file, arena_printf(file->arena, "chmod go-w %s", shell_quote(file->arena, file->path)),
			    arena_printf(file->arena, "%s is writable by others", file->path));
	/* Who can open a file can lock it, and so hold up every launch. */
	if ((status->st_mode & S_IROTH) != 0)
		return fail(file, arena_printf(file->arena, "chmod o= %s", shell_quote(file->arena, file->path)),
			    arena_printf(file->arena, "%s is readable by everyone", file->path));
	return 0;
}

static int open_file(struct journal_file *file)
{
	/* O_NONBLOCK: something else than a file may stand there, and would have to be waited for. */
	const int creating = file->is_trial ? 0 : O_CREAT;
	struct stat status;

	file->fd = openat(file->directory, file->name, O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | creating,
			  0600);
	if (file->fd < 0 && errno == ELOOP)
		return fail(file, "remove it", arena_printf(file->arena, "%s is a symbolic link, and none is followed", file->path));
	if (file->fd < 0 || fstat(file->fd, &status) < 0)
		return fail_errno(file, file->path, errno);
	return judge_file(file, &status);
}

static int lock(struct journal_file *file)
{
	struct error held = {0};

	if (lock_take(file->arena, file->fd, LOCK_SECONDS, &held) == 0)
		return 0;
	return fail(file, held.remedy, held.message);
}

/* What was opened has been renamed meanwhile: the line belongs to the new file. */
static bool is_in_place(const struct journal_file *file)
{
	struct stat opened, named;

	return fstat(file->fd, &opened) == 0 && fstatat(file->directory, file->name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

static int open_and_lock(struct journal_file *file)
{
	for (unsigned round = 0; round < ROUNDS_MAX; round++) {
		int result;

		descriptors_close(&file->fd);
		result = open_file(file);
		if (result == 0)
			result = lock(file);
		if (result < 0)
			return result;
		if (is_in_place(file))
			return 0;
	}
	return fail(file, NULL, arena_printf(file->arena, "%s is renamed all the time", file->path));
}

/* A writer that was killed, or a disk that was full, may have left half a line: it shall not run into this one. */
static bool has_torn_end(const struct journal_file *file, off_t size)
{
	char last = '\n';

	return size > 0 && pread(file->fd, &last, 1, size - 1) == 1 && last != '\n';
}

/* Takes back what was written of a line that did not fit. What cannot be taken back (chattr +a) the next writer tells apart. */
static bool take_back(const struct journal_file *file, off_t size)
{
	struct stat status;

	return fstat(file->fd, &status) == 0 && (status.st_size <= size || ftruncate(file->fd, size) == 0);
}

static int append(struct journal_file *file, const struct record_line *line)
{
	struct stat status;
	const char *bytes;
	size_t length;
	ssize_t written;
	int number;

	if (fstat(file->fd, &status) < 0)
		return fail_errno(file, file->path, errno);
	bytes = arena_printf(file->arena, "%s%s\n", has_torn_end(file, status.st_size) ? "\n" : "", line->json);
	length = strlen(bytes);
	do
		written = write(file->fd, bytes, length);
	while (written < 0 && errno == EINTR);
	number = written < 0 ? errno : ENOSPC;
	if (written == (ssize_t)length)
		return 0;
	(void)take_back(file, status.st_size);
	return fail_errno(file, file->path, number);
}

static int write_line(struct journal_file *file, const struct record_line *line)
{
	int result = open_directory(file);

	if (result == 0)
		result = open_and_lock(file);
	if (result == 0)
		result = append(file, line);
	if (result < 0)
		return result;
	(void)flock(file->fd, LOCK_UN);
	/* A disk that is gone, or a server's that is full, may say so only now. */
	if (line->is_durable && fdatasync(file->fd) < 0)
		return fail_errno(file, file->path, errno);
	if (close(file->fd) < 0) {
		file->fd = -1;
		return fail_errno(file, file->path, errno);
	}
	file->fd = -1;
	return 0;
}

static int begin(struct journal_file *file)
{
	if (!path_is_clean(file->path) || strcmp(file->path, "/") == 0)
		return fail(file, "name a file by its absolute path in record.path", arena_printf(file->arena, "%s names no file", file->path));
	file->name = strrchr(file->path, '/') + 1;
	return 0;
}

static int end(struct journal_file *file, int result)
{
	descriptors_close(&file->fd);
	descriptors_close(&file->directory);
	return result;
}

int journal_write_file(struct arena *arena, const char *path, const struct record_line *line, struct error *err)
{
	struct journal_file file = {.arena = arena, .err = err, .path = path, .directory = -1, .fd = -1};
	int result = begin(&file);

	if (result == 0)
		result = write_line(&file, line);
	return end(&file, result);
}

int journal_try_file(struct arena *arena, const char *path, struct error *err)
{
	struct journal_file file = {.arena = arena, .err = err, .path = path, .directory = -1, .fd = -1, .is_trial = true};
	int result = begin(&file);

	if (result == 0)
		result = open_directory(&file);
	if (result == 0 && !file.is_missing && faccessat(file.directory, file.name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		result = open_file(&file);
	else if (result == 0 && faccessat(file.directory, ".", W_OK, AT_EACCESS) < 0)
		result = fail_errno(&file, path, errno);
	return end(&file, result);
}
