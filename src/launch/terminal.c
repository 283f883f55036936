/* The terminal of a container: its master comes from the runtime through a socket; the caller's own is put into raw mode. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>

#include "launch_internal.h"

struct terminal {
	int fd;
	struct termios saved;
};

int terminal_listen(struct container *container, struct error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char *path = arena_printf(container->arena, "/proc/self/fd/%d/console.sock", container->dir_fd);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	memcpy(address.sun_path, path, strlen(path) + 1);
	if (fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 && listen(fd, 1) == 0) {
		container->listen_fd = fd;
		return 0;
	}
	(void)error_set(err, container->arena, ERROR_SYSTEM, "no socket for the container's terminal: %s", strerror(errno));
	descriptors_close(&fd);
	return -(int)err->kind;
}

static int receive_descriptor(int connection)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	char name[4096];
	struct iovec vector = {.iov_base = name, .iov_len = sizeof(name)};
	struct msghdr message = {
		.msg_iov = &vector, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control.bytes),
	};
	const struct cmsghdr *header;
	int fd;

	if (recvmsg(connection, &message, MSG_CMSG_CLOEXEC) < 0)
		return -1;
	header = CMSG_FIRSTHDR(&message);
	if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS ||
	    header->cmsg_len != CMSG_LEN(sizeof(int))) {
		errno = EPROTO;
		return -1;
	}
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

int terminal_accept(int listen_fd)
{
	CLOSE_FD int connection = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
	int fd, flags;

	if (connection < 0)
		return -1;
	fd = receive_descriptor(connection);
	if (fd < 0)
		return -1;
	flags = fcntl(fd, F_GETFL);
	if (flags >= 0)
		(void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	return fd;
}

void terminal_copy_size(int from, int to)
{
	struct winsize size;

	if (ioctl(from, TIOCGWINSZ, &size) == 0)
		(void)ioctl(to, TIOCSWINSZ, &size);
}

struct terminal *terminal_make_raw(struct arena *arena, int fd)
{
	struct terminal *terminal;
	struct termios raw;

	if (tcgetattr(fd, &raw) < 0)
		return NULL;
	terminal = arena_alloc(arena, sizeof(*terminal));
	terminal->fd = fd;
	terminal->saved = raw;
	cfmakeraw(&raw);
	(void)tcsetattr(fd, TCSANOW, &raw);
	return terminal;
}

void terminal_restore(struct terminal *terminal)
{
	if (terminal)
		(void)tcsetattr(terminal->fd, TCSADRAIN, &terminal->saved);
}
