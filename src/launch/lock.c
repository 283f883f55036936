/* lock: locks that others wait for. Nobody waits for ever, and whoever gives up says which lock it was, and who has it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sysmacros.h>

#include "launch_internal.h"

enum { PAUSE_MICROSECONDS_LEAST = 500, PAUSE_MICROSECONDS_MOST = 20000, LINE_BYTES_MAX = 256, PATH_BYTES_MAX = 4096 };

/*
 * Of a record, in place of flock(2): who may only read a file cannot have its record alone. Source: fcntl_locking(2), "Open file
 * description locks".
 */
static int lock_record(int fd, int operation)
{
	const struct flock whole = {.l_type = operation == LOCK_SH ? F_RDLCK : F_WRLCK, .l_whence = SEEK_SET};

	return fcntl(fd, F_OFD_SETLK, &whole);
}

/* ${operation}: LOCK_EX or LOCK_SH. */
static bool wait_for(int fd, int operation, bool is_record, int seconds)
{
	const int64_t end = clock_milliseconds() + (int64_t)seconds * 1000;
	useconds_t pause = PAUSE_MICROSECONDS_LEAST;

	for (;;) {
		if ((is_record ? lock_record(fd, operation) : flock(fd, operation | LOCK_NB)) == 0)
			return true;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return false;
		if (clock_milliseconds() >= end) {
			errno = EWOULDBLOCK;
			return false;
		}
		(void)usleep(pause);
		if (pause < PAUSE_MICROSECONDS_MOST)
			pause *= 2;
	}
}

bool lock_wait(int fd, int seconds)
{
	return wait_for(fd, LOCK_EX, false, seconds);
}

/*
 * A line of proc(5)'s locks: "1: FLOCK  ADVISORY  WRITE 3513 00:2f:1234 0 EOF", with ${place} in it. Those who wait have an arrow
 * before the kind.
 */
static pid_t holder_of(char *line, const char *place)
{
	char *end = strstr(line, place);
	uint64_t pid;

	if (!end || !strstr(line, ": FLOCK "))
		return 0;
	*end = '\0';
	end = strrchr(line, ' ');
	return end && parse_decimal(end + 1, &pid) && pid <= INT32_MAX ? (pid_t)pid : 0;
}

/* 0: it is not told, as for a file of a layered file system, or a process of another pid namespace. */
static pid_t find_holder(struct arena *arena, int fd)
{
	FILE *locks = fopen("/proc/locks", "re");
	char line[LINE_BYTES_MAX];
	const char *place;
	struct stat status;
	pid_t holder = 0;

	if (fstat(fd, &status) < 0)
		status = (struct stat){0};
	place = arena_printf(arena, " %02x:%02x:%lu ", major(status.st_dev), minor(status.st_dev), (unsigned long)status.st_ino);
	while (locks && holder == 0 && fgets(line, sizeof(line), locks))
		holder = holder_of(line, place);
	if (locks)
		(void)fclose(locks);
	return holder;
}

static const char *path_of(struct arena *arena, int fd)
{
	char *path = arena_alloc(arena, PATH_BYTES_MAX);
	ssize_t length = readlink(arena_printf(arena, "/proc/self/fd/%d", fd), path, PATH_BYTES_MAX - 1);

	path[length > 0 ? length : 0] = '\0';
	return length > 0 ? string_printable(arena, path, 400) : "of another hardrun";
}

static int fail_to_take(struct arena *arena, int fd, int seconds, struct error *err)
{
	pid_t holder;

	if (errno != EWOULDBLOCK)
		return error_set(err, arena, ERROR_SYSTEM, "the lock %s cannot be taken: %s", path_of(arena, fd), strerror(errno));
	holder = find_holder(arena, fd);
	if (holder > 0)
		(void)error_set(err, arena, ERROR_SYSTEM, "process %d has held the lock %s for %d seconds", (int)holder,
				path_of(arena, fd), seconds);
	else
		(void)error_set(err, arena, ERROR_SYSTEM, "another process has held the lock %s for %d seconds", path_of(arena, fd),
				seconds);
	err->remedy = holder > 0 ? arena_printf(arena, "look what it waits for (ps -fp %d), and try again", (int)holder) :
				   "look what holds it (lsof shows it), and try again";
	return -(int)err->kind;
}

int lock_take(struct arena *arena, int fd, int seconds, struct error *err)
{
	return lock_wait(fd, seconds) ? 0 : fail_to_take(arena, fd, seconds, err);
}

static int open_file(struct arena *arena, int directory, const char *name, struct error *err)
{
	const int fd = openat(directory, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		(void)error_set(err, arena, ERROR_SYSTEM, "the lock %s/%s cannot be opened: %s", path_of(arena, directory), name,
				strerror(errno));
	return fd;
}

int lock_open(struct arena *arena, int directory, const char *name, int seconds, struct error *err)
{
	int fd = open_file(arena, directory, name, err);

	if (fd >= 0 && lock_take(arena, fd, seconds, err) < 0)
		descriptors_close(&fd);
	return fd;
}

int lock_share(struct arena *arena, int directory, const char *name, int seconds, struct error *err)
{
	int fd = open_file(arena, directory, name, err);

	if (fd >= 0 && !wait_for(fd, LOCK_SH, false, seconds)) {
		(void)fail_to_take(arena, fd, seconds, err);
		descriptors_close(&fd);
	}
	return fd;
}

int lock_public(struct arena *arena, const char *path, bool is_alone, struct error *err)
{
	int fd = open(path, (is_alone ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0) {
		(void)error_set(err, arena, ERROR_SYSTEM, "the lock %s cannot be opened: %s", path, strerror(errno));
	} else if (!wait_for(fd, is_alone ? LOCK_EX : LOCK_SH, true, LOCK_SECONDS)) {
		(void)fail_to_take(arena, fd, LOCK_SECONDS, err);
		descriptors_close(&fd);
	}
	return fd;
}

void lock_release(int *fd)
{
	const struct flock whole = {.l_type = F_UNLCK, .l_whence = SEEK_SET};

	if (*fd < 0)
		return;
	(void)flock(*fd, LOCK_UN);
	(void)fcntl(*fd, F_OFD_SETLK, &whole);
	descriptors_close(fd);
}
