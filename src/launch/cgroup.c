/* Emptying and removing a container's cgroup in every hierarchy, of version 1, 2 or both. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

#include "rootless.h"

enum { ATTEMPTS = 200, PAUSE_NANOSECONDS = 5000000, LIST_BYTES = 16384 };

/* A pid read from a list may be another process by now: hold it first, ask again, then kill. */
static void kill_member(int pid, const char *path)
{
	CLOSE_FD int handle = (int)syscall(SYS_pidfd_open, pid, 0);
	char name[64], text[4096];

	if (handle < 0)
		return;
	(void)snprintf(name, sizeof(name), "/proc/%d/cgroup", pid);
	if (descriptors_read_small(AT_FDCWD, name, text, sizeof(text)) && strstr(text, path))
		(void)syscall(SYS_pidfd_send_signal, handle, SIGKILL, NULL, 0);
}

/* What does not fit the buffer is killed the next time round. */
static void kill_members(int cgroup, const char *path)
{
	int fd = openat(cgroup, "cgroup.kill", O_WRONLY | O_CLOEXEC);
	char buffer[LIST_BYTES], *text, *next;
	uint64_t pid;

	if (fd >= 0) {
		(void)descriptors_write(fd, "1", 1);
		(void)close(fd);
		return;
	}
	text = descriptors_read_small(cgroup, "cgroup.procs", buffer, sizeof(buffer));
	for (char *line = text; line && *line; line = next) {
		next = strchrnul(line, '\n');
		if (*next)
			*next++ = '\0';
		if (parse_decimal(line, &pid) && pid <= INT32_MAX)
			kill_member((int)pid, path);
	}
}

/* Children first, one level: a container has no way to make deeper ones, but a privileged one may have made some. */
static void discard_children(int hierarchy, const char *name, const char *path)
{
	int fd = openat(hierarchy, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!stream)
		return;
	kill_members(dirfd(stream), path);
	while ((entry = readdir(stream))) {
		CLOSE_FD int child = -1;

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		child = openat(dirfd(stream), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		kill_members(child, path);
		(void)unlinkat(dirfd(stream), entry->d_name, AT_REMOVEDIR);
	}
	(void)closedir(stream);
}

static bool discard_in(int hierarchy, const char *path)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NANOSECONDS};
	const char *name = path + 1;

	for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
		if (unlinkat(hierarchy, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
			return true;
		discard_children(hierarchy, name, path);
		if (attempt > 0)
			(void)nanosleep(&pause, NULL);
	}
	return false;
}

bool cgroup_discard_below(const char *directory, const char *path)
{
	CLOSE_FD int fd = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 || discard_in(fd, path);
}

bool cgroup_discard(const char *root, const char *path)
{
	int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	bool is_gone;

	if (!stream)
		return fd < 0;
	/* On a v2 host the root is the hierarchy; elsewhere each directory in it is one. */
	if (faccessat(fd, "cgroup.controllers", F_OK, 0) == 0) {
		is_gone = discard_in(fd, path);
		(void)closedir(stream);
		return is_gone;
	}
	is_gone = true;
	while ((entry = readdir(stream))) {
		CLOSE_FD int hierarchy = -1;

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		hierarchy = openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		is_gone = hierarchy >= 0 && discard_in(hierarchy, path) && is_gone;
	}
	(void)closedir(stream);
	return is_gone;
}
