/* own_ports: slirp4netns is told by a socket which ports to publish. Source: slirp4netns(1), "API SOCKET". */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "json.h"
#include "own_network.h"
#include "own_ports.h"
#include "own_space.h"

#define SOCKET_PATH OWN_SPACE_PLACE "/" OWN_PORTS_SOCKET
#define FIRST_PORT "/proc/sys/net/ipv4/ip_unprivileged_port_start"

enum { ANSWER_BYTES_MAX = 65536, ANSWER_SECONDS = 10 };

/* What it answers, at most ANSWER_BYTES_MAX; NULL with errno. ${request} is let go of. */
static const char *ask(const struct container *container, json_t *request)
{
	const struct timeval patience = {.tv_sec = ANSWER_SECONDS};
	CLOSE_FD int fd = peer_connect(arena_printf(container->arena, "/proc/self/fd/%d/" SOCKET_PATH, container->dir_fd));
	char *text = json_dumps(request, JSON_COMPACT), *answer = arena_alloc(container->arena, ANSWER_BYTES_MAX + 1);
	bool is_asked = fd >= 0 && text && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0 &&
			descriptors_write(fd, text, strlen(text)) && shutdown(fd, SHUT_WR) == 0;
	size_t length = 0;
	ssize_t got = -1;

	free(text);
	json_decref(request);
	while (is_asked && (got = read(fd, answer + length, ANSWER_BYTES_MAX - length)) > 0)
		length += (size_t)got;
	return got == 0 ? answer : NULL;
}

/* Who carries packets is an ordinary user, also where root calls it. */
static bool is_low(const struct plan_port *port)
{
	char text[16];
	uint64_t first;

	if (!descriptors_read_small(AT_FDCWD, FIRST_PORT, text, sizeof(text)))
		return false;
	text[strcspn(text, "\n")] = '\0';
	return parse_decimal(text, &first) && port->host < first;
}

/* It says only that it could not; the kernel says why. */
static const char *reason_of(const struct plan_port *port)
{
	const bool is_udp = strcmp(port->protocol, "udp") == 0;
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port->host)};
	CLOSE_FD int fd = socket(AF_INET, (is_udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);

	if (is_low(port))
		return "ports this low are root's (net.ipv4.ip_unprivileged_port_start)";
	if (fd < 0 || inet_pton(AF_INET, port->address, &address.sin_addr) != 1 ||
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return "slirp4netns refuses it";
	switch (errno) {
	case EADDRINUSE:
		return "something else listens there";
	case EADDRNOTAVAIL:
		return "this machine does not have the address";
	default:
		return strerror(errno);
	}
}

static int publish(const struct container *container, const struct plan_port *port, struct error *err)
{
	const char *answer = ask(container, json_pack("{s:s, s:{s:s, s:s, s:i, s:s, s:i}}", "execute", "add_hostfwd", "arguments",
						      "proto", port->protocol, "host_addr", port->address, "host_port", (int)port->host,
						      "guest_addr", BACKEND_OWN_ADDRESS, "guest_port", (int)port->container));
	CLEANUP_JSON json_t *said = answer ? json_loads(answer, JSON_REJECT_DUPLICATES, NULL) : NULL;

	if (json_is_object(json_object_get(said, "return")))
		return 0;
	(void)error_set(err, container->arena, ERROR_SYSTEM, "the port %s:%u cannot be published: %s", port->address, port->host,
			reason_of(port));
	err->remedy = "publish another port of the host";
	if (is_low(port))
		err->remedy = arena_printf(container->arena, "publish another port of the host, or let everybody have this one: "
					   "sysctl net.ipv4.ip_unprivileged_port_start=%u", port->host);
	return -(int)err->kind;
}

static bool is_entry_of(json_t *entry, const struct plan_port *port)
{
	const char *protocol = json_string_value(json_object_get(entry, "proto"));
	const char *address = json_string_value(json_object_get(entry, "host_addr"));
	const char *inside = json_string_value(json_object_get(entry, "guest_addr"));

	return protocol && address && inside && strcmp(protocol, port->protocol) == 0 && strcmp(address, port->address) == 0 &&
	       strcmp(inside, BACKEND_OWN_ADDRESS) == 0 && json_integer_value(json_object_get(entry, "host_port")) == port->host &&
	       json_integer_value(json_object_get(entry, "guest_port")) == port->container;
}

const char *own_network_port_problem(const struct plan *plan, const char *answer)
{
	CLEANUP_JSON json_t *said = json_loads(answer, JSON_REJECT_DUPLICATES, NULL);
	/* Its manual has them in an object "return", its release 1.2 has not. */
	json_t *outer = json_object_get(said, "return"), *entries = json_object_get(outer ? outer : said, "entries");

	if (!json_is_array(entries) || json_array_size(entries) != plan->port_count)
		return "slirp4netns publishes other ports than it was told to";
	for (size_t i = 0; i < plan->port_count; i++) {
		bool is_there = false;

		for (size_t j = 0; j < json_array_size(entries) && !is_there; j++)
			is_there = is_entry_of(json_array_get(entries, j), &plan->ports[i]);
		if (!is_there)
			return "slirp4netns publishes a port elsewhere than it was told to";
	}
	return NULL;
}

int own_ports_publish(const struct container *container, struct error *err)
{
	const struct plan *plan = container->launch->plan;
	const char *answer, *problem;
	int result = 0;

	for (size_t i = 0; result == 0 && i < plan->port_count; i++)
		result = publish(container, &plan->ports[i], err);
	if (result < 0 || plan->port_count == 0)
		return result;
	answer = ask(container, json_pack("{s:s}", "execute", "list_hostfwd"));
	problem = own_network_port_problem(plan, answer ? answer : "");
	/* Nobody has anything more to tell it. */
	(void)unlinkat(container->dir_fd, SOCKET_PATH, 0);
	return problem ? error_set(err, container->arena, ERROR_SYSTEM, "the container's network cannot be made: %s", problem) : 0;
}
