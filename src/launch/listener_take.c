/*
 * listener_take: the descriptor of a filter, from a runtime to the listener. One comes with the container; an engine's runtime
 * brings another with each program that is started in it later (exec, a health check), and starts none when it cannot.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "listener.h"

/* A runtime speaks at once. Whoever does not keeps nobody waiting whose call is to be answered. */
enum { STATE_BYTES_MAX = 65536, DESCRIPTORS_MAX = 4, WORD_MILLISECONDS = 1000 };

static bool is_notify(int fd)
{
	uint64_t none = 0;

	return ioctl(fd, SECCOMP_IOCTL_NOTIF_ID_VALID, &none) == 0 || errno == ENOENT;
}

int listener_receive(int connection)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(DESCRIPTORS_MAX * sizeof(int))];
	} control;
	static const size_t one = CMSG_LEN(sizeof(int));
	char *state = malloc(STATE_BYTES_MAX);
	struct iovec vector = {.iov_base = state, .iov_len = state != NULL ? STATE_BYTES_MAX : 0};
	struct msghdr message = {
		.msg_iov = &vector, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control.bytes),
	};
	const struct cmsghdr *header;
	ssize_t got = recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
	int fds[DESCRIPTORS_MAX] = {-1, -1, -1, -1};

	free(state); /* it says which container this is: the one that we started */
	header = got > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	if (header == NULL || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS || header->cmsg_len < one)
		return -1;
	memcpy(fds, CMSG_DATA(header), header->cmsg_len - CMSG_LEN(0));
	if (header->cmsg_len == one && (message.msg_flags & MSG_CTRUNC) == 0 && is_notify(fds[0]))
		return fds[0];
	for (size_t i = 0; i < DESCRIPTORS_MAX; i++)
		descriptors_close(&fds[i]);
	return -1;
}

/* The runtime, which runs as who starts it: ${owner}. Nobody else gets into the directory; nobody else is listened to either. */
static bool is_runtime(int connection, uid_t owner)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	return getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == owner;
}

static bool speaks(int connection)
{
	struct pollfd word = {.fd = connection, .events = POLLIN};

	return poll(&word, 1, WORD_MILLISECONDS) == 1;
}

int listener_take(int socket, uid_t owner, bool *ret_is_over)
{
	CLOSE_FD int connection = accept4(socket, NULL, NULL, SOCK_CLOEXEC);

	*ret_is_over = connection < 0 && errno != EINTR && errno != ECONNABORTED;
	return connection >= 0 && is_runtime(connection, owner) && speaks(connection) ? listener_receive(connection) : -1;
}
