/*
 * own_network: the network of a container that crun or runc run directly, carried by slirp4netns; what that cannot do is refused
 * here.
 */
#include "plan_internal.h"

#include <string.h>

#include <arpa/inet.h>

const char *plan_own_network_problem(const struct planner *planner, const char **ret_remedy)
{
	const struct host_facts *facts = planner->facts;
	const char *runtime = host_backend_name(facts->backend);

	*ret_remedy = "--backend docker";
	if (facts->backend == BACKEND_RUNSC)
		return arena_printf(planner->arena, "needs an engine, and %s is run directly", runtime);
	if (facts->carrier == NULL || facts->carrier->problem == NULL)
		return NULL;
	*ret_remedy = facts->carrier->remedy;
	return arena_printf(planner->arena, "needs slirp4netns where %s is run directly, and %s", runtime, facts->carrier->problem);
}

/* One clause why the port cannot be published; NULL: it can. */
static const char *port_problem(const struct plan_port *port, const char **ret_remedy)
{
	struct in_addr address;

	*ret_remedy = "--backend docker";
	if (strcmp(port->protocol, "tcp") != 0 && strcmp(port->protocol, "udp") != 0)
		return "slirp4netns publishes TCP and UDP";
	*ret_remedy = "publish it on 127.0.0.1";
	if (inet_pton(AF_INET, port->address, &address) != 1)
		return "slirp4netns publishes on IPv4 addresses";
	*ret_remedy = "name the host's port: -p 127.0.0.1:8080:80";
	return port->host == 0 ? "slirp4netns does not say which port it picks" : NULL;
}

static void refuse(const struct planner *planner, const struct request_option *option, const char *reason, const char *remedy)
{
	struct finding *finding = plan_find(planner, FINDING_UNSUPPORTED, option, NULL, "backend");

	plan_reason(planner, finding, "%s", reason);
	finding->remedy = remedy;
}

bool plan_own_network_publishes(const struct planner *planner, const struct request_option *option)
{
	const enum plan_network network = planner->plan->network;
	const bool is_sandbox = planner->facts->backend == BACKEND_RUNSC;

	if (network == PLAN_NETWORK_NONE || network == PLAN_NETWORK_HOST)
		refuse(planner, option, "a container without a network of its own publishes nothing",
		       is_sandbox ? "leave it out, or --backend docker --network isolated" : "leave it out, or --network isolated");
	return network == PLAN_NETWORK_ISOLATED;
}

const char *plan_packet_capability(const struct plan *plan)
{
	static const char *const names[] = { "CAP_ALL", "CAP_NET_ADMIN", "CAP_NET_RAW" };

	for (size_t i = 0; i < ARRAY_COUNT(names); i++)
		if (string_list_has(&plan->capabilities, names[i]))
			return names[i];
	return NULL;
}

/* slirp4netns connects to whatever address it reads in a packet, and only the routes keep some of them in the container. */
static void check_capabilities(const struct planner *planner)
{
	const struct plan *plan = planner->plan;
	const char *capability = plan_packet_capability(plan);
	struct finding *finding;

	if (capability == NULL || plan->network != PLAN_NETWORK_ISOLATED)
		return;
	finding = plan_find(planner, FINDING_UNSUPPORTED, NULL, capability, "backend");
	plan_reason(planner, finding, "with it the container would reach the host's loopback through the network isolated of %s",
		    host_backend_name(planner->facts->backend));
	finding->remedy = plan->port_count > 0 ? "--backend docker" : "--network none, or --backend docker";
}

void plan_own_network(const struct planner *planner)
{
	static const enum flag_id names[] = { FLAG_DNS, FLAG_DNS_SEARCH, FLAG_DNS_OPTION, FLAG_ADD_HOST };
	const struct plan *plan = planner->plan;
	const struct request_option *option;
	const char *remedy, *problem;
	size_t position;

	check_capabilities(planner);
	for (size_t i = 0; i < plan->port_count; i++) {
		problem = port_problem(&plan->ports[i], &remedy);
		if (problem != NULL)
			refuse(planner, request_last(planner->request, FLAG_PUBLISH), problem, remedy);
	}
	for (size_t i = 0; i < ARRAY_COUNT(names) && plan->network != PLAN_NETWORK_ISOLATED; i++) {
		position = 0;
		while ((option = request_next(planner->request, names[i], &position)) != NULL)
			refuse(planner, option, "hardrun writes resolv.conf and hosts for a network of the container's own, which it has not",
			       "leave it out, or --backend docker");
	}
	position = 0;
	while ((option = request_next(planner->request, FLAG_ADD_HOST, &position)) != NULL)
		if (plan->network == PLAN_NETWORK_ISOLATED && option->value.pair.value != NULL &&
		    strcmp(option->value.pair.value, "host-gateway") == 0)
			refuse(planner, option, "the host's own services are not reached through slirp4netns", "name an address of the host's");
}
