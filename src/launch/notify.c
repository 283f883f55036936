/*
 * notify: between a container and systemd. It gets a socket of ours, never systemd's own, which is a way to everything that
 * sd_notify(3) can do; and as systemd looks at who sends, it is we who must.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <hardrun/watch.h>

#include "notify.h"

enum { MESSAGES_PER_SECOND_MAX = 50 };

/* By way of a descriptor: the path of a container's directory may be too long for a socket's. */
static int bind_in(int directory, int fd)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/" BACKEND_NOTIFY_NAME, directory);
	return bind(fd, (const struct sockaddr *)&address, sizeof(address));
}

int notify_open(struct arena *arena, const struct launch *launch, int directory, struct notify *ret_notify, struct error *err)
{
	int fd;

	*ret_notify = NOTIFY_NONE;
	if (!backend_is_notified(launch->plan, launch->facts))
		return 0;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && bind_in(directory, fd) == 0 && fchmodat(directory, BACKEND_NOTIFY_NAME, 0666, 0) == 0) {
		*ret_notify = (struct notify){.fd = fd, .unit = launch->facts->unit};
		return 0;
	}
	(void)error_set(err, arena, ERROR_SYSTEM, "no socket for what the container has to tell systemd: %s", strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	return -(int)err->kind;
}

void notify_close(struct notify *notify)
{
	if (notify->fd >= 0)
		(void)close(notify->fd);
	notify->fd = -1;
}

/* To systemd itself; without anybody there the word is lost, as it would be for any service. */
static void tell(const struct host_unit *unit, const char *text, size_t length)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const size_t size = strlen(unit->notify_socket);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || size >= sizeof(address.sun_path)) {
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	memcpy(address.sun_path, unit->notify_socket, size);
	if (address.sun_path[0] == '@')
		address.sun_path[0] = '\0';
	(void)sendto(fd, text, length, MSG_NOSIGNAL, (const struct sockaddr *)&address,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size));
	(void)close(fd);
}

struct pollfd notify_interest(const struct notify *notify)
{
	return (struct pollfd){.fd = notify->fd, .events = POLLIN};
}

static bool is_too_much(struct notify *notify)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec != notify->second) {
		notify->second = now.tv_sec;
		notify->count = 0;
	}
	return notify->count++ >= MESSAGES_PER_SECOND_MAX;
}

/* Descriptors that come along (FDSTORE, BARRIER) are closed by the kernel, as nobody takes them. */
void notify_step(struct notify *notify)
{
	char text[WATCH_NOTICE_BYTES_MAX + 2];

	for (unsigned i = 0; notify->fd >= 0 && i < MESSAGES_PER_SECOND_MAX; i++) {
		ssize_t got = recv(notify->fd, text, WATCH_NOTICE_BYTES_MAX + 1, MSG_TRUNC);
		size_t length;

		if (got < 0)
			return;
		if (got > WATCH_NOTICE_BYTES_MAX || is_too_much(notify))
			continue;
		length = watch_filter_notice(text, (size_t)got);
		if (length > 0)
			tell(notify->unit, text, length);
	}
}

bool notify_is_ours(const struct launch *launch)
{
	const struct host_unit *unit = launch->facts->unit;

	return unit != NULL && unit->notify_socket != NULL && launch->plan->notify == PLAN_NOTIFY_STARTED;
}

void notify_started(const struct launch *launch)
{
	static const char ready[] = "READY=1\n";

	if (notify_is_ours(launch))
		tell(launch->facts->unit, ready, sizeof(ready) - 1);
}
