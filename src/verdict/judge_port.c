/* judge_port: -p. Judged as what it opens: an address, host ports, container ports; without an address that is every address. */
#include "verdict_internal.h"

#include <arpa/inet.h>
#include <string.h>

struct port_address {
	int family; /* AF_UNSPEC: not an address */
	unsigned char bytes[16];
};

static struct port_address port_address(const char *text)
{
	struct port_address address = { .family = AF_UNSPEC };

	if (inet_pton(AF_INET, text, address.bytes) == 1)
		address.family = AF_INET;
	else if (inet_pton(AF_INET6, text, address.bytes) == 1)
		address.family = AF_INET6;
	return address;
}

static bool port_address_is(const struct port_address *address, const char *text)
{
	const struct port_address other = port_address(text);

	return address->family != AF_UNSPEC && address->family == other.family && memcmp(address->bytes, other.bytes,
											 sizeof(other.bytes)) == 0;
}

/* One port of a range. */
struct port_single {
	struct port_address address;
	unsigned host;      /* 0: the engine picks */
	unsigned container;
	const char *protocol;
};

static bool port_is_granted(const struct policy_port *grant, const struct port_single *port)
{
	const bool has_all_hosts = grant->host_first == 0 || (grant->host_first <= 1024 && grant->host_last == UINT16_MAX);

	if (grant->address != NULL && !port_address_is(&port->address, grant->address))
		return false;
	if (strcmp(grant->protocol, "*") != 0 && strcmp(grant->protocol, port->protocol) != 0)
		return false;
	if (port->container < grant->container_first || port->container > grant->container_last)
		return false;
	return port->host == 0 ? has_all_hosts : port->host >= grant->host_first && port->host <= grant->host_last;
}

/* The first port of the wish that no grant covers, as index from 0; ${count} when all are. */
static unsigned port_first_refused(const struct policy_allow *allow, const struct port_request *wish, const char *address,
				   unsigned count)
{
	unsigned index;

	for (index = 0; index < count; index++) {
		struct port_single port = { port_address(address), 0, wish->container_first, wish->protocol };
		bool is_granted = false;

		/* A range of host ports for one container port: the engine takes any of them. */
		if (wish->host_first != 0)
			port.host = wish->host_first + index;
		if (wish->container_last != wish->container_first)
			port.container = wish->container_first + index;
		for (size_t i = 0; i < allow->port_count && !is_granted; i++)
			is_granted = port_is_granted(&allow->ports[i], &port);
		if (!is_granted)
			break;
	}
	return index;
}

static unsigned port_count(const struct port_request *wish)
{
	const unsigned hosts = (unsigned)(wish->host_last - wish->host_first) + 1;
	const unsigned containers = (unsigned)(wish->container_last - wish->container_first) + 1;

	return hosts > containers ? hosts : containers;
}

static const char *port_range_text(struct arena *arena, unsigned first, unsigned last)
{
	return first == last ? arena_printf(arena, "%u", first) : arena_printf(arena, "%u-%u", first, last);
}

enum { PORT_UNPRIVILEGED = 8000 }; /* 80 becomes 8080, 443 becomes 8443 */

/* The usual neighbour of a port that needs privilege, when that one is granted; NULL otherwise. */
static const char *port_neighbour(const struct judgement *judgement, const struct layer *layer, const char *address)
{
	struct port_request wish = judgement->option->value.port;
	const char *text;

	if (wish.host_first == 0 || wish.host_last >= 1024)
		return NULL;
	wish.host_first = (uint16_t)(wish.host_first + PORT_UNPRIVILEGED);
	wish.host_last = (uint16_t)(wish.host_last + PORT_UNPRIVILEGED);
	if (port_first_refused(&layer->policy->allow, &wish, address, port_count(&wish)) < port_count(&wish))
		return NULL;
	text = arena_printf(judgement->arena, "%s:%s", port_range_text(judgement->arena, wish.host_first, wish.host_last),
			    port_range_text(judgement->arena, wish.container_first, wish.container_last));
	if (wish.address != NULL)
		text = arena_printf(judgement->arena, strchr(address, ':') != NULL ? "[%s]:%s" : "%s:%s", address, text);
	return strcmp(wish.protocol, "tcp") == 0 ? text : arena_printf(judgement->arena, "%s/%s", text, wish.protocol);
}

static void port_refuse(const struct judgement *judgement, const struct layer *layer, const char *address)
{
	const struct port_request *wish = &judgement->option->value.port;
	const bool is_six = strchr(address, ':') != NULL;
	const char *host = wish->host_first == 0 ? "*" : port_range_text(judgement->arena, wish->host_first, wish->host_last);
	const char *container = port_range_text(judgement->arena, wish->container_first, wish->container_last);
	struct finding *finding;
	const char *line;

	if (wish->address == NULL && strcmp(address, "0.0.0.0") == 0 && layer->policy->allow.port_count == 0) {
		/* An address alone would be refused next. */
		host = wish->host_first == 0 ? "" : host;
		finding = verdict_refuse(judgement, layer, "allow.ports",
					 "no port is granted, and without an address it listens to every network");
		line = arena_printf(judgement->arena, "127.0.0.1:%s:%s", host[0] == '\0' ? "*" : host, container);
		line = arena_printf(judgement->arena, "add \"- %s\" to allow.ports and ",
				    verdict_yaml(judgement->arena, arena_printf(judgement->arena, "%s/%s", line, wish->protocol)));
		verdict_remedy(judgement, layer, finding, "%swrite \"127.0.0.1:%s:%s\"", line, host, container);
		finding->in_file = finding->remedy;
		verdict_remedy(judgement, layer, finding, "%swrite -p 127.0.0.1:%s:%s", line, host, container);
	} else if (wish->address == NULL && strcmp(address, "0.0.0.0") == 0) {
		finding = verdict_refuse(judgement, layer, "allow.ports",
					 "without an address it listens to every network, past the host's firewall");
		host = wish->host_first == 0 ? "" : host;
		finding->remedy = arena_printf(judgement->arena, "write -p 127.0.0.1:%s:%s", host, container);
		finding->in_file = arena_printf(judgement->arena, "write \"127.0.0.1:%s:%s\"", host, container);
	} else {
		finding = verdict_refuse(judgement, layer, "allow.ports", "port %s on %s is not granted", host, address);
		line = arena_printf(judgement->arena, is_six ? "[%s]:%s:%s/%s" : "%s:%s:%s/%s", address, host, container, wish->protocol);
		verdict_remedy(judgement, layer, finding, "add \"- %s\" to allow.ports", verdict_yaml(judgement->arena, line));
		line = port_neighbour(judgement, layer, address);
		if (line != NULL) {
			finding->remedy = arena_printf(judgement->arena, "publish another port of the host: -p %s", line);
			finding->in_file = arena_printf(judgement->arena, "publish another port of the host: \"%s\"", line);
		}
	}
	if (layer->policy->allow.port_count > 0)
		finding->place = layer->policy->allow.ports[0].place;
}

/* The ports on which engines themselves listen: what takes them is taken for the engine. */
static bool port_is_engine(const struct port_request *wish)
{
	return wish->host_first <= 2377 && wish->host_last >= 2375;
}

void verdict_judge_port(const struct judgement *judgement)
{
	const struct port_request *wish = &judgement->option->value.port;
	const char *own = judgement->input->policy->defaults.host_ip.value;
	const char *address = wish->address != NULL ? wish->address : own != NULL ? own : "0.0.0.0";
	const unsigned count = port_count(wish);
	struct layer layers[2];
	const size_t layer_count = verdict_layers(judgement, layers), before = judgement->findings->count;

	if (port_is_engine(wish))
		verdict_floor(judgement, "engine-ports", "ports 2375 to 2377 are an engine's own");
	if (count > UINT16_MAX || port_address(address).family == AF_UNSPEC) {
		verdict_invalid(judgement, "the address is not an IP address");
		return;
	}
	for (size_t i = 0; i < layer_count; i++) {
		if (port_first_refused(&layers[i].policy->allow, wish, address, count) < count)
			port_refuse(judgement, &layers[i], address);
	}
	if (wish->address == NULL && own != NULL && judgement->findings->count == before)
		verdict_note(judgement, "defaults.host_ip", "it is bound to %s alone", own);
}
