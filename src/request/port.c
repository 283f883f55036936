/* port: -p. Source: docker/go-connections nat/parse.go; docker/cli container/opts.go (convertToStandardNotation). */
#include "request_internal.h"

#include <arpa/inet.h>
#include <string.h>

struct port_range {
	uint16_t first, last;
};

/* "80" or "80-90", strict decimal, 0 only as itself. */
static bool port_read_range(struct arena *arena, const char *text, struct port_range *ret_range)
{
	struct pair_request pair = request_cut(arena, text, "-");
	uint64_t first, last;

	if (!parse_decimal(pair.name, &first) || first > UINT16_MAX)
		return false;
	last = first;
	if (pair.value != NULL && (!parse_decimal(pair.value, &last) || last > UINT16_MAX || last < first || first == 0))
		return false;
	*ret_range = (struct port_range){ (uint16_t)first, (uint16_t)last };
	return true;
}

/*
 * ${text} as the one spelling of that address, or NULL. IPv4 in IPv6 is refused: it is another name of the same address, and the
 * spelling of such addresses has points that not every reader knows.
 */
static const char *port_read_address(struct arena *arena, const char *text)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	char canonical[INET6_ADDRSTRLEN];
	struct in6_addr six;
	struct in_addr four;
	const size_t length = strlen(text);

	if (inet_pton(AF_INET, text, &four) == 1)
		return arena_strdup(arena, text);
	if (length < 2 || text[0] != '[' || text[length - 1] != ']')
		return NULL;
	if (inet_pton(AF_INET6, arena_strndup(arena, text + 1, length - 2), &six) != 1)
		return NULL;
	if (memcmp(six.s6_addr, mapped, sizeof(mapped)) == 0 || strchr(text, '.') != NULL)
		return NULL;
	if (inet_ntop(AF_INET6, &six, canonical, sizeof(canonical)) == NULL || strchr(canonical, '.') != NULL)
		return NULL;
	return arena_strdup(arena, canonical);
}

static bool port_read_protocol(struct arena *arena, const char *text, struct port_request *port)
{
	static const char *const protocols[] = { "tcp", "udp", "sctp" };

	text = request_fold(arena, text);
	for (size_t i = 0; i < ARRAY_COUNT(protocols); i++) {
		if (strcmp(text, protocols[i]) == 0) {
			port->protocol = protocols[i];
			return true;
		}
	}
	return false;
}

/* The ports of both forms; ${host} NULL or empty: the engine picks. */
static bool port_read_ports(struct arena *arena, const char *host, const char *container, struct port_request *port,
			    const char **ret_reason)
{
	struct port_range inner, outer = { 0, 0 };

	*ret_reason = "its container port is not a number or range from 1 to 65535";
	if (!port_read_range(arena, container, &inner) || inner.first == 0)
		return false;
	*ret_reason = "its host port is not a number or range from 0 to 65535";
	if (host != NULL && host[0] != '\0' && !port_read_range(arena, host, &outer))
		return false;
	*ret_reason = "its port ranges differ in length";
	if (outer.first != 0 && inner.first != inner.last && outer.last - outer.first != inner.last - inner.first)
		return false;
	port->host_first = outer.first;
	port->host_last = outer.last;
	port->container_first = inner.first;
	port->container_last = inner.last;
	return true;
}

enum port_key {
	PORT_KEY_TARGET,
	PORT_KEY_PUBLISHED,
	PORT_KEY_PROTOCOL,
	PORT_KEY_COUNT
};

static bool port_read_field(struct arena *arena, const char *field, const char **values, const char **ret_reason)
{
	static const char *const names[PORT_KEY_COUNT] = { "target", "published", "protocol" };
	struct pair_request pair = request_cut(arena, field, "=");

	for (size_t i = 0; i < PORT_KEY_COUNT; i++) {
		if (strcmp(pair.name, names[i]) != 0)
			continue;
		*ret_reason = arena_printf(arena, "'%s' is given twice or has no value", pair.name);
		if (values[i] != NULL || pair.value == NULL)
			return false;
		values[i] = pair.value;
		return true;
	}
	*ret_reason = arena_printf(arena, "'%s' is not one of target=, published= and protocol=", field);
	return false;
}

/* target=80,published=8080: docker splits at commas, without quotes, and takes whatever published= holds, an address too. */
static bool port_read_long(struct arena *arena, const char *text, struct port_request *port, const char **ret_reason)
{
	const struct string_list fields = request_split(arena, text, ',');
	const char *values[PORT_KEY_COUNT] = { NULL };

	for (size_t i = 0; i < fields.count; i++) {
		if (!port_read_field(arena, fields.items[i], values, ret_reason))
			return false;
	}
	*ret_reason = "it needs target=, the port in the container";
	if (values[PORT_KEY_TARGET] == NULL)
		return false;
	*ret_reason = "the protocol is tcp, udp or sctp";
	if (values[PORT_KEY_PROTOCOL] != NULL && !port_read_protocol(arena, values[PORT_KEY_PROTOCOL], port))
		return false;
	return port_read_ports(arena, values[PORT_KEY_PUBLISHED], values[PORT_KEY_TARGET], port, ret_reason);
}

/* [[ADDRESS:]HOST:]CONTAINER[/PROTOCOL]; the address of IPv6 stands in brackets. */
static bool port_read_short(struct arena *arena, const char *text, struct port_request *port, const char **ret_reason)
{
	struct pair_request halves = request_cut(arena, text, "/");
	const char *colon = strrchr(halves.name, ':');
	const char *host = NULL, *second;

	*ret_reason = "the protocol is tcp, udp or sctp";
	if (halves.value != NULL && !port_read_protocol(arena, halves.value, port))
		return false;
	if (colon == NULL)
		return port_read_ports(arena, NULL, halves.name, port, ret_reason);
	host = arena_strndup(arena, halves.name, (size_t)(colon - halves.name));
	second = strrchr(host, ':');
	if (second != NULL) {
		const char *address = arena_strndup(arena, host, (size_t)(second - host));

		*ret_reason = "its address is neither four decimal numbers with points nor IPv6 in brackets";
		port->address = port_read_address(arena, address);
		if (port->address == NULL)
			return false;
		host = second + 1;
	} else if (host[0] == '\0') {
		*ret_reason = "it begins with a colon: write HOST:CONTAINER or CONTAINER alone";
		return false;
	}
	return port_read_ports(arena, host, colon + 1, port, ret_reason);
}

bool request_parse_port(struct arena *arena, const char *text, struct port_request *ret_port, const char **ret_reason)
{
	struct port_request port = { .protocol = "tcp" };
	bool is_good;

	if (strchr(text, '=') != NULL)
		is_good = port_read_long(arena, text, &port, ret_reason);
	else
		is_good = port_read_short(arena, text, &port, ret_reason);
	if (is_good)
		*ret_port = port;
	return is_good;
}
