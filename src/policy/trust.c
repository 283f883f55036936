/*
 * trust: reading a file only when nobody but root and one other user can have changed it. As sshd and sudo do: every directory
 * on the way and the file itself are looked at through the descriptor that is then used, so nothing is exchanged in between.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "policy_internal.h"

enum { READ_CHUNK_BYTES = 4096 };

struct trust {
	struct arena *arena;
	struct error *err;
	const char *path;  /* of the file, for messages */
	uid_t owner;       /* trusted besides root */
	bool is_root_owned; /* so far */
};

static void close_fd(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}
#define CLOSED_AT_END __attribute__((cleanup(close_fd)))

static int fail(struct trust *trust, enum error_kind kind, const char *remedy, const char *message)
{
	const int result = error_set(trust->err, trust->arena, kind, "%s", message);

	if (trust->err != NULL)
		trust->err->remedy = remedy;
	return result;
}

static int fail_errno(struct trust *trust, const char *path)
{
	const int number = errno;

	if (number == ENOENT || number == ENOTDIR)
		return fail(trust, ERROR_MISSING, NULL, arena_printf(trust->arena, "%s: there is no such file", path));
	return fail(trust, ERROR_SYSTEM, NULL, arena_printf(trust->arena, "%s cannot be opened: %s", path, strerror(number)));
}

/* Owner and mode of a file or directory on the way. A sticky directory may be writable: others cannot exchange what is in it. */
static int judge_owner(struct trust *trust, const char *path, const struct stat *status)
{
	const bool is_sticky = S_ISDIR(status->st_mode) && (status->st_mode & S_ISVTX) != 0;
	const char *quoted = shell_quote(trust->arena, path);

	if (status->st_uid != 0 && status->st_uid != trust->owner)
		return fail(trust, ERROR_UNTRUSTED, arena_printf(trust->arena, "chown root %s, or use a copy of your own", quoted),
			    arena_printf(trust->arena, "%s belongs to uid %u, and what is trusted belongs to root%s", path,
					 status->st_uid, trust->owner == 0 ? "" : " or to you"));
	if ((status->st_mode & S_IWOTH) != 0 && !is_sticky)
		return fail(trust, ERROR_UNTRUSTED, arena_printf(trust->arena, "chmod go-w %s", quoted),
			    arena_printf(trust->arena, "%s is writable by everyone, so anyone may have changed %s", path,
					 S_ISDIR(status->st_mode) ? "what is in it" : "it"));
	if ((status->st_mode & S_IWGRP) != 0 && !is_sticky)
		return fail(trust, ERROR_UNTRUSTED, arena_printf(trust->arena, "chmod go-w %s", quoted),
			    arena_printf(trust->arena, "%s is writable by its group (gid %u), who may have changed %s", path,
					 status->st_gid, S_ISDIR(status->st_mode) ? "what is in it" : "it"));
	if (status->st_uid != 0)
		trust->is_root_owned = false;
	return 0;
}

/*
 * Links on the way to the file are followed only where root or the owner put them. ${directory} is absolute. *ret_has_links:
 * there are some.
 */
static int judge_links(struct trust *trust, const char *directory, bool *ret_has_links)
{
	*ret_has_links = false;
	for (const char *slash = strchr(directory + 1, '/'); directory[1] != '\0'; slash = strchr(slash + 1, '/')) {
		const char *prefix = slash == NULL ? directory : arena_strndup(trust->arena, directory, (size_t)(slash - directory));
		struct stat status;

		if (lstat(prefix, &status) < 0)
			return fail_errno(trust, prefix);
		if (S_ISLNK(status.st_mode) && status.st_uid != 0 && status.st_uid != trust->owner)
			return fail(trust, ERROR_UNTRUSTED, "name the file by the path without that link",
				    arena_printf(trust->arena, "%s is a symbolic link of uid %u, who decides where it leads", prefix,
						 status.st_uid));
		*ret_has_links = *ret_has_links || S_ISLNK(status.st_mode);
		if (slash == NULL)
			break;
	}
	return 0;
}

/* Opens ${directory}, which has no link in it, component by component. */
static int open_directory(struct trust *trust, const char *directory, int *ret_fd)
{
	int fd CLOSED_AT_END = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	const char *rest = directory + 1;
	const char *path = "/";
	struct stat status;
	int result;

	for (;;) {
		const size_t length = strcspn(rest, "/");
		int next;

		if (fd < 0 || fstat(fd, &status) < 0)
			return fail_errno(trust, path);
		result = judge_owner(trust, path, &status);
		if (result < 0)
			return result;
		if (length == 0)
			break;
		path = arena_strndup(trust->arena, directory, (size_t)(rest - directory) + length);
		next = openat(fd, arena_strndup(trust->arena, rest, length), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close_fd(&fd);
		fd = next;
		rest += length + (rest[length] == '/' ? 1 : 0);
	}
	*ret_fd = fd;
	fd = -1;
	return 0;
}

static const char *kind_of(const struct stat *status)
{
	if (S_ISDIR(status->st_mode))
		return "a directory";
	if (S_ISFIFO(status->st_mode))
		return "a FIFO";
	if (S_ISSOCK(status->st_mode))
		return "a socket";
	return "a device";
}

/*
 * File systems whose owners and modes say nothing: what stands in /proc/PID/cmdline of a program with root's rights was written
 * by whoever started it, and behind FUSE a program of anyone's answers who owns what.
 */
static int judge_file_system(struct trust *trust, int fd)
{
	struct statfs status;
	const char *name = NULL;

	if (fstatfs(fd, &status) < 0)
		return fail_errno(trust, trust->path);
	if (status.f_type == PROC_SUPER_MAGIC)
		name = "procfs";
	else if (status.f_type == FUSE_SUPER_MAGIC)
		name = "FUSE";
	if (name == NULL)
		return 0;
	return fail(trust, ERROR_UNTRUSTED, "use a copy on a file system of the disk",
		    arena_printf(trust->arena, "%s is on %s, where the owner of a file is not who wrote it", trust->path, name));
}

static int open_file(struct trust *trust, int directory_fd, const char *name, int *ret_fd)
{
	/* O_NONBLOCK: a FIFO nobody writes to would hold us up for ever. */
	int fd CLOSED_AT_END = openat(directory_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat status;
	int result;

	if (fd < 0 && errno == ELOOP)
		return fail(trust, ERROR_UNTRUSTED, "name the file that it points to",
			    arena_printf(trust->arena, "%s is a symbolic link, and those are not followed here", trust->path));
	if (fd < 0 && errno == ENXIO)
		return fail(trust, ERROR_UNTRUSTED, NULL, arena_printf(trust->arena, "%s is not a regular file", trust->path));
	if (fd < 0 || fstat(fd, &status) < 0)
		return fail_errno(trust, trust->path);
	if (!S_ISREG(status.st_mode))
		return fail(trust, ERROR_UNTRUSTED, "name a regular file",
			    arena_printf(trust->arena, "%s is %s, not a regular file", trust->path, kind_of(&status)));
	result = judge_owner(trust, trust->path, &status);
	if (result == 0)
		result = judge_file_system(trust, fd);
	if (result < 0)
		return result;
	*ret_fd = fd;
	fd = -1;
	return 0;
}

static int fail_limit(struct trust *trust, size_t limit)
{
	return fail(trust, ERROR_LIMIT, NULL, arena_printf(trust->arena, "%s has more than %zu bytes, which is the most that is read",
							   trust->path, limit));
}

static int read_all(struct trust *trust, int fd, size_t limit, struct text *text)
{
	struct stat status;
	char chunk[READ_CHUNK_BYTES];

	/* Told by its size before a byte is read; what grows meanwhile, or has no size, is counted while reading. */
	if (fstat(fd, &status) == 0 && (uintmax_t)status.st_size > limit)
		return fail_limit(trust, limit);
	for (;;) {
		const ssize_t count = read(fd, chunk, sizeof(chunk));

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return fail_errno(trust, trust->path);
		if (count == 0)
			return 0;
		text_add_bytes(text, chunk, (size_t)count);
		if (text->length > limit)
			return fail_limit(trust, limit);
	}
}

/* NULL with errno. */
static const char *resolve(struct trust *trust, const char *directory)
{
	char *resolved = arena_alloc(trust->arena, PATH_MAX);

	return realpath(directory, resolved);
}

/* Splits an absolute form of the path into the resolved directory and the last name. */
static int split_path(struct trust *trust, const char **ret_directory, const char **ret_name)
{
	const char *absolute = trust->path, *slash, *directory;
	bool has_links;
	int result;

	if (absolute[0] != '/') {
		char *working = arena_alloc(trust->arena, PATH_MAX);

		if (getcwd(working, PATH_MAX) == NULL)
			return fail(trust, ERROR_SYSTEM, "name the file by its absolute path", "the working directory is gone");
		absolute = arena_printf(trust->arena, "%s/%s", working, absolute);
	}
	slash = strrchr(absolute, '/');
	directory = slash == absolute ? "/" : arena_strndup(trust->arena, absolute, (size_t)(slash - absolute));
	if (slash[1] == '\0' || strcmp(slash, "/.") == 0 || strcmp(slash, "/..") == 0)
		return fail(trust, ERROR_UNTRUSTED, "name a regular file",
			    arena_printf(trust->arena, "%s is a directory, not a regular file", trust->path));
	result = judge_links(trust, directory, &has_links);
	if (result < 0)
		return result;
	*ret_name = slash + 1;
	*ret_directory = directory;
	if (!has_links && path_is_clean(directory))
		return 0; /* and should one appear, open_directory does not follow it */
	*ret_directory = resolve(trust, directory);
	if (*ret_directory == NULL)
		return fail_errno(trust, directory);
	return 0;
}

int policy_read_trusted(struct arena *arena, const char *path, uid_t owner, size_t limit, char **ret_bytes,
			size_t *ret_length, bool *ret_is_root_owned, struct error *err)
{
	struct trust trust = { arena, err, path, owner, true };
	int directory_fd CLOSED_AT_END = -1, fd CLOSED_AT_END = -1;
	const char *directory = "/", *name = "";
	struct text text;
	int result;

	result = split_path(&trust, &directory, &name);
	if (result == 0)
		result = open_directory(&trust, directory, &directory_fd);
	if (result == 0)
		result = open_file(&trust, directory_fd, name, &fd);
	text_init(&text, arena);
	if (result == 0)
		result = read_all(&trust, fd, limit, &text);
	if (result < 0)
		return result;
	*ret_bytes = text.data;
	*ret_length = text.length;
	*ret_is_root_owned = trust.is_root_owned;
	return 0;
}
