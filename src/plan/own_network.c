/*
 * own_network: the network of a container that crun or runc run directly. An ordinary user's is carried by slirp4netns, in that
 * user's name; what that cannot do is refused here. Root has an engine for it.
 */
#include "plan_internal.h"

#include <string.h>

#include <arpa/inet.h>

const char *plan_own_network_problem(const struct planner *planner, const char **ret_remedy)
{
	const struct host_facts *facts = planner->facts;
	const char *runtime = host_backend_name(facts->backend);

	*ret_remedy = "--backend docker, or --network none";
	if (facts->is_root)
		return arena_printf(planner->arena, "needs an engine when root runs %s directly", runtime);
	if (facts->rootless == NULL || facts->rootless->network_problem == NULL)
		return NULL;
	*ret_remedy = arena_printf(planner->arena, "%s, or --network none", facts->rootless->network_remedy);
	return arena_printf(planner->arena, "needs slirp4netns where %s is run directly, and %s", runtime,
			    facts->rootless->network_problem);
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
	const char *remedy, *problem;

	if (planner->plan->network == PLAN_NETWORK_ISOLATED)
		return true;
	problem = plan_own_network_problem(planner, &remedy);
	if (problem != NULL)
		refuse(planner, option, arena_printf(planner->arena, "a published port %s", problem),
		       planner->facts->is_root ? "--backend docker" : planner->facts->rootless->network_remedy);
	else
		refuse(planner, option, "a container without a network of its own publishes nothing", "leave it out, or --network isolated");
	return false;
}

void plan_own_network(const struct planner *planner)
{
	static const enum flag_id names[] = { FLAG_DNS, FLAG_DNS_SEARCH, FLAG_DNS_OPTION, FLAG_ADD_HOST };
	const struct plan *plan = planner->plan;
	const struct request_option *option;
	const char *remedy, *problem;
	size_t position;

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
