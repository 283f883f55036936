/*
 * loopback: calls addresses that may lead to the host's loopback by sockets that are bound to a device, which needs no
 * capability, and says each that answers. Built statically by the tests, so that it runs in any tree.
 *
 *	loopback serve PORT                  answers by TCP and UDP on every address, and says by which it was called
 *	loopback call DEVICE PORT ADDRESS... ends with 0 when it has tried all
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static const int types[] = {SOCK_STREAM, SOCK_DGRAM}, on = 1;

static void require(int is_so, const char *what)
{
	if (is_so)
		return;
	perror(what);
	exit(1);
}

/* To whom the connection was. */
static void take_connection(int listener)
{
	struct sockaddr_in own;
	socklen_t length = sizeof(own);
	const int fd = accept(listener, NULL, NULL);

	if (fd >= 0 && getsockname(fd, (struct sockaddr *)&own, &length) == 0)
		printf("TCP %s\n", inet_ntoa(own.sin_addr));
	if (fd >= 0 && send(fd, "x", 1, MSG_NOSIGNAL) == 1)
		(void)close(fd);
}

/* The caller says to whom. */
static void take_packet(int fd)
{
	struct sockaddr_storage other;
	socklen_t length = sizeof(other);
	char bytes[100];
	const ssize_t got = recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&other, &length);

	if (got > 0)
		printf("UDP %.*s\n", (int)got, bytes);
	(void)sendto(fd, "x", 1, 0, (const struct sockaddr *)&other, length);
}

static int serve(const char *port)
{
	const struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons((in_port_t)atoi(port))};
	struct pollfd fds[2];

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; i < 2; i++) {
		fds[i] = (struct pollfd){.fd = socket(AF_INET, types[i], 0), .events = POLLIN};
		require(setsockopt(fds[i].fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0, "SO_REUSEADDR");
		require(bind(fds[i].fd, (const struct sockaddr *)&own, sizeof(own)) == 0, "bind");
	}
	require(listen(fds[0].fd, 64) == 0, "listen");
	while (poll(fds, 2, -1) > 0) {
		if (fds[0].revents)
			take_connection(fds[0].fd);
		if (fds[1].revents)
			take_packet(fds[1].fd);
	}
	return 1;
}

static int by_device(int fd, const char *device)
{
	return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, (socklen_t)strlen(device) + 1);
}

static int by_index(int fd, const char *device)
{
	const unsigned number = htonl(if_nametoindex(device));

	return setsockopt(fd, IPPROTO_IP, IP_UNICAST_IF, &number, sizeof(number));
}

static int by_device_without_routes(int fd, const char *device)
{
	return by_device(fd, device) == 0 ? setsockopt(fd, SOL_SOCKET, SO_DONTROUTE, &on, sizeof(on)) : -1;
}

static const struct { const char *name; int (*set)(int fd, const char *device); } manners[] = {
	{"SO_BINDTODEVICE", by_device}, {"IP_UNICAST_IF", by_index}, {"SO_DONTROUTE", by_device_without_routes},
};

static int is_answered(int fd, const struct sockaddr_in *to, const char *name)
{
	const struct timeval patience = {.tv_usec = 300000};
	char byte;

	(void)setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	return connect(fd, (const struct sockaddr *)to, sizeof(*to)) == 0 && send(fd, name, strlen(name), MSG_NOSIGNAL) > 0 &&
	       read(fd, &byte, 1) == 1;
}

static void call(const char *device, const struct sockaddr_in *to, const char *name)
{
	for (size_t type = 0; type < 2; type++)
		for (size_t i = 0; i < sizeof(manners) / sizeof(manners[0]); i++) {
			const int fd = socket(AF_INET, types[type], 0);

			require(manners[i].set(fd, device) == 0, manners[i].name);
			if (is_answered(fd, to, name))
				printf("%s answers: %s, %s\n", name, type == 0 ? "TCP" : "UDP", manners[i].name);
			(void)close(fd);
		}
}

int main(int count, char **words)
{
	if (count == 3)
		return serve(words[2]);
	for (int i = 4; i < count; i++) {
		struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((in_port_t)atoi(words[3]))};

		require(inet_pton(AF_INET, words[i], &to.sin_addr) == 1, words[i]);
		/* Side by side, as most of them wait. */
		if (fork() == 0) {
			call(words[2], &to, words[i]);
			return 0;
		}
	}
	for (int status; wait(&status) > 0;)
		require(status == 0, "a call");
	return count > 4 ? 0 : 2;
}
