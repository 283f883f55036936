/*
 * Does the daemon see what was staged for it? It looks the path up in its own mount namespace, which may be another than ours: a
 * container's, a chroot, one that an older systemd unit keeps apart. Then it would mount something else of that name.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "launch_internal.h"

enum { LINE_BYTES_MAX = 1024, UNIX_FIELDS = 7 };

#define LISTENS "00010000" /* __SO_ACCEPTCON, include/linux/net.h */

int peer_connect(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		descriptors_close(&fd);
	return fd;
}

/* Who called listen(): the daemon, or the service manager that keeps the socket for it. 0: not one of this pid namespace. */
static pid_t listener_of(const char *socket)
{
	CLOSE_FD int fd = peer_connect(socket);
	struct ucred peer = {0};
	socklen_t length = sizeof(peer);

	return fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 ? peer.pid : 0;
}

static bool sees(pid_t pid, const char *place, dev_t device, ino_t inode)
{
	char path[PATH_MAX];
	struct stat status;
	int length = snprintf(path, sizeof(path), "/proc/%d/root%s", (int)pid, place);

	return length > 0 && (size_t)length < sizeof(path) && stat(path, &status) == 0 && status.st_dev == device &&
	       status.st_ino == inode;
}

/* "Num RefCount Protocol Flags Type St Inode Path": the inode of a socket that listens at ${path}, else NULL. */
static const char *listening_inode(char *line, const char *path)
{
	char *fields[UNIX_FIELDS];
	char *rest = line;

	line[strcspn(line, "\n")] = '\0';
	for (size_t i = 0; i < UNIX_FIELDS; i++) {
		rest += strspn(rest, " ");
		fields[i] = rest;
		rest += strcspn(rest, " ");
		if (!*rest)
			return NULL;
		*rest++ = '\0';
	}
	return strcmp(fields[3], LISTENS) == 0 && strcmp(rest, path) == 0 ? fields[6] : NULL;
}

/* The links that a descriptor of such a socket shows in /proc: "socket:[4711]". */
static struct string_list sockets_at(struct arena *arena, const char *socket)
{
	struct string_list found = {0};
	char *real = realpath(socket, NULL);
	FILE *table = real ? fopen("/proc/net/unix", "re") : NULL;
	char line[LINE_BYTES_MAX];

	while (table && fgets(line, sizeof(line), table)) {
		char *copy = arena_strdup(arena, line);
		const char *inode = listening_inode(copy, real);

		if (!inode)
			inode = listening_inode(arena_strdup(arena, line), socket);
		if (inode)
			string_list_add(arena, &found, arena_printf(arena, "socket:[%s]", inode));
	}
	if (table)
		(void)fclose(table);
	free(real);
	return found;
}

static DIR *open_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);

	if (!stream && fd >= 0)
		(void)close(fd);
	return stream;
}

static bool holds(struct arena *arena, const char *pid, const struct string_list *sockets)
{
	DIR *stream = open_directory(arena_printf(arena, "/proc/%s/fd", pid));
	struct dirent *entry;
	bool has_found = false;

	while (stream && !has_found && (entry = readdir(stream))) {
		char target[64] = "";

		if (readlinkat(dirfd(stream), entry->d_name, target, sizeof(target) - 1) < 0)
			continue;
		for (size_t i = 0; i < sockets->count && !has_found; i++)
			has_found = strcmp(target, sockets->items[i]) == 0;
	}
	if (stream)
		(void)closedir(stream);
	return has_found;
}

/* The daemons behind a socket that the service manager keeps: every other process that holds it. */
static size_t find_daemons(struct arena *arena, const char *socket, pid_t *daemons, size_t limit)
{
	struct string_list sockets = sockets_at(arena, socket);
	DIR *stream = sockets.count ? open_directory("/proc") : NULL;
	struct dirent *entry;
	size_t count = 0;

	while (stream && count < limit && (entry = readdir(stream))) {
		uint64_t pid;

		if (parse_decimal(entry->d_name, &pid) && pid > 1 && pid <= INT32_MAX && holds(arena, entry->d_name, &sockets))
			daemons[count++] = (pid_t)pid;
	}
	if (stream)
		(void)closedir(stream);
	return count;
}

static int refuse(struct arena *arena, const char *socket, const char *reason, struct error *err)
{
	(void)error_set(err, arena, ERROR_UNSUPPORTED,
			"what is to be mounted cannot be handed to the docker daemon at %s without a race: %s", socket, reason);
	err->remedy = "bind a path whose directories belong to root and only root may write, or start hardrun where the daemon runs";
	return -(int)err->kind;
}

int peer_check(struct arena *arena, const char *socket, const char *place, const struct plan_mount *bind, struct error *err)
{
	enum { DAEMONS_MAX = 16 };
	pid_t daemons[DAEMONS_MAX] = {listener_of(socket)};
	size_t count = 1;

	if (daemons[0] == 0)
		return refuse(arena, socket, "which process it is cannot be told", err);
	if (daemons[0] == 1) {
		count = find_daemons(arena, socket, daemons, DAEMONS_MAX);
		/* Nobody but the service manager: the daemon is not there yet, and will see what that sees. */
		count = count ? count : 1;
	}
	for (size_t i = 0; i < count; i++)
		if (!sees(daemons[i], place, bind->device, bind->inode))
			return refuse(arena, socket, "it does not see the files of this place (another mount namespace)", err);
	return 0;
}
