/* Descriptors: the three standard ones at start, safe opening, whole reads and writes. */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>

#include "launch_internal.h"

void descriptors_close(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

/*
 * A descriptor 0 to 2 that is closed would be given to the first file that is opened, and what is printed would land there.
 * What is above 2 was not meant for us or for the container (CVE-2024-21626 is a leaked directory).
 */
void launch_sanitize_descriptors(unsigned sockets)
{
	sigset_t none;
	int fd;

	for (;;) {
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (fd < 0 || fd > 2)
			break;
		(void)fcntl(fd, F_SETFD, 0);
	}
	if (fd > 2)
		(void)close(fd);
	(void)close_range(LAUNCH_LISTEN_FD + sockets, ~0U, 0);
	if (sockets > 0)
		(void)close_range(LAUNCH_LISTEN_FD, LAUNCH_LISTEN_FD + sockets - 1, CLOSE_RANGE_CLOEXEC);
	/* An ignored SIGCHLD hides the ends of children; an ignored SIGHUP (nohup) is the caller's wish and stays. */
	(void)signal(SIGCHLD, SIG_DFL);
	(void)signal(SIGPIPE, SIG_DFL);
	/* Under `ulimit -f` a write then fails, and that can be said; the default would end us without a word. */
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

void launch_close_sockets(unsigned sockets)
{
	if (sockets > 0)
		(void)close_range(LAUNCH_LISTEN_FD, LAUNCH_LISTEN_FD + sockets - 1, 0);
}

void descriptors_keep(const int *keep, size_t count)
{
	for (unsigned from = 3;;) {
		unsigned next = ~0U;

		for (size_t i = 0; i < count; i++)
			if (keep[i] >= 0 && (unsigned)keep[i] >= from && (unsigned)keep[i] < next)
				next = (unsigned)keep[i];
		if (next > from)
			(void)close_range(from, next == ~0U ? ~0U : next - 1, 0);
		if (next == ~0U)
			break;
		from = next + 1;
	}
}

bool descriptors_silence(void)
{
	CLOSE_FD int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd <= 2; fd++)
		if (null < 0 || dup2(null, fd) < 0)
			return false;
	if (null <= 2)
		null = -1; /* it is one of the three */
	return true;
}

static int open_how(int directory, const char *path, int flags, uint64_t resolve)
{
	struct open_how how = {.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC), .resolve = resolve};

	return (int)syscall(SYS_openat2, directory, path, &how, sizeof(how));
}

int descriptors_open_plain(const char *path, int flags)
{
	return open_how(AT_FDCWD, path, flags, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
}

int descriptors_open_beneath(int directory, const char *path, int flags)
{
	return open_how(directory, path, flags, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_BENEATH | RESOLVE_NO_XDEV);
}

/* mkdir -p from the root on: what exists is left alone. */
static void make_tail(struct arena *arena, const char *path)
{
	char *copy = arena_strdup(arena, path);

	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(copy, 0700);
		*slash = '/';
	}
	(void)mkdir(copy, 0700);
}

int descriptors_make_directory(struct arena *arena, const char *path, struct error *err)
{
	struct stat status;
	int fd;

	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		make_tail(arena, path);
		fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	}
	if (fd < 0 || fstat(fd, &status) < 0) {
		(void)error_set(err, arena, ERROR_SYSTEM, "the directory %s cannot be made or opened: %s", path, strerror(errno));
		descriptors_close(&fd);
		return -1;
	}
	if (status.st_uid == geteuid() && !(status.st_mode & (S_IWGRP | S_IWOTH)))
		return fd;
	(void)error_set(err, arena, ERROR_UNTRUSTED, "the directory %s belongs to somebody else or others may write to it", path);
	err->remedy = arena_printf(arena, "remove it, or: chown %u %s; chmod 700 %s", (unsigned)geteuid(), path, path);
	descriptors_close(&fd);
	return -1;
}

bool descriptors_write(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t written = write(fd, bytes, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return false;
		bytes += written;
		length -= (size_t)written;
	}
	return true;
}

bool descriptors_write_file(int directory, const char *name, const char *bytes, size_t length)
{
	int fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int saved;

	if (fd < 0)
		return false;
	if (descriptors_write(fd, bytes, length) && close(fd) == 0)
		return true;
	saved = errno;
	(void)close(fd);
	(void)unlinkat(directory, name, 0);
	errno = saved;
	return false;
}

static char *read_whole(struct arena *arena, int fd, size_t size, size_t *ret_length)
{
	char *data = arena_alloc(arena, size + 1);
	size_t length = 0;

	while (length < size) {
		ssize_t got = read(fd, data + length, size - length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return NULL;
		if (got == 0)
			break;
		length += (size_t)got;
	}
	data[length] = '\0';
	*ret_length = length;
	return data;
}

char *descriptors_read_file(struct arena *arena, int directory, const char *name, size_t limit)
{
	size_t length;

	return descriptors_read_bytes(arena, directory, name, limit, &length);
}

char *descriptors_read_bytes(struct arena *arena, int directory, const char *name, size_t limit, size_t *ret_length)
{
	CLOSE_FD int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return NULL;
	if (!S_ISREG(status.st_mode)) {
		errno = EINVAL;
		return NULL;
	}
	if ((uint64_t)status.st_size > limit) {
		errno = EFBIG;
		return NULL;
	}
	return read_whole(arena, fd, (size_t)status.st_size, ret_length);
}

char *descriptors_read_small(int directory, const char *name, char *buffer, size_t size)
{
	CLOSE_FD int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, buffer, size - 1);

	if (got < 0)
		return NULL;
	buffer[got] = '\0';
	return buffer;
}
