/* network: which one, under which names, and what is published. */
#include "plan_internal.h"

#include <string.h>

static enum plan_network network_of(const char *name)
{
	if (strcmp(name, "none") == 0)
		return PLAN_NETWORK_NONE;
	if (strcmp(name, "isolated") == 0 || strcmp(name, PLAN_ISOLATED_NETWORK) == 0)
		return PLAN_NETWORK_ISOLATED;
	return strcmp(name, "host") == 0 ? PLAN_NETWORK_HOST : PLAN_NETWORK_NAMED;
}

static const char *network_text(const struct plan *plan)
{
	switch (plan->network) {
	case PLAN_NETWORK_NONE:
		return "none";
	case PLAN_NETWORK_ISOLATED:
		return "isolated";
	case PLAN_NETWORK_HOST:
		return "host";
	case PLAN_NETWORK_NAMED:
	case PLAN_NETWORK_COUNT:
		break;
	}
	return plan->network_names.count > 0 ? plan->network_names.items[0] : "";
}

/* Only networks that one makes by name can be joined by several. */
static void join_network(const struct planner *planner, const struct request_option *option, bool is_first)
{
	const struct network_request *asked = &option->value.network;
	struct plan *plan = planner->plan;
	enum plan_network network = network_of(asked->name);

	for (size_t i = 0; i < asked->aliases.count; i++)
		string_list_add(planner->arena, &plan->network_aliases, asked->aliases.items[i]);
	if (network == PLAN_NETWORK_HOST)
		plan_needs_hazard(planner, HAZARD_HOST_NETWORK, option);
	if (is_first) {
		plan->network = network;
	} else if (network != plan->network) {
		plan_reason(planner, plan_find(planner, FINDING_UNSUPPORTED, option, NULL, "grammar"),
			    "the network %s stands alone, it cannot be joined with another", network_text(plan));
		return;
	}
	if (network == PLAN_NETWORK_NAMED && !string_list_has(&plan->network_names, asked->name))
		string_list_add(planner->arena, &plan->network_names, asked->name);
}

static void choose_default_network(const struct planner *planner, struct plan_source *ret_source)
{
	const struct policy_text *own = &planner->policy->defaults.network_mode;
	struct plan *plan = planner->plan;

	plan->network = PLAN_NETWORK_ISOLATED;
	*ret_source = plan_source_of(PLAN_FROM_BUILTIN);
	if (own->value != NULL) {
		plan->network = network_of(own->value);
		*ret_source = plan_source_policy(own->place);
	}
	if (plan->network == PLAN_NETWORK_NAMED)
		string_list_add(planner->arena, &plan->network_names, own->value);
	if (plan->network == PLAN_NETWORK_HOST)
		plan_needs_hazard(planner, HAZARD_HOST_NETWORK, NULL);
}

/* Where nothing leads out, a silent caller gets less than the default, and is told; one who asks, or publishes, is refused. */
static void adapt_to_oci(const struct planner *planner, const struct request_option *option, struct plan_source *source)
{
	struct plan *plan = planner->plan;
	const struct request_option *port = request_last(planner->request, FLAG_PUBLISH);
	const char *remedy = "--backend docker", *problem;
	struct finding *finding;

	if (plan->network == PLAN_NETWORK_NONE || plan->network == PLAN_NETWORK_HOST)
		return;
	problem = plan->network == PLAN_NETWORK_ISOLATED ? plan_own_network_problem(planner, &remedy) :
		  arena_printf(planner->arena, "needs an engine, and %s is run directly", host_backend_name(planner->facts->backend));
	if (problem == NULL)
		return;
	if (option != NULL || port != NULL || plan->network == PLAN_NETWORK_NAMED) {
		finding = plan_find(planner, FINDING_UNSUPPORTED, option != NULL ? option : port, "defaults.network_mode", "backend");
		finding->place = source->place;
		plan_reason(planner, finding, "the network %s %s", network_text(plan), problem);
		finding->remedy = port != NULL ? remedy : arena_printf(planner->arena, "%s, or --network none", remedy);
		return;
	}
	plan->network = PLAN_NETWORK_NONE;
	*source = plan_source_of(PLAN_FROM_HOST);
	plan_reason(planner, plan_find(planner, FINDING_NOTE, NULL, "network_mode", "backend"),
		    "the container gets no network: an isolated one %s", problem);
}

const char *plan_isolated_remedy(bool is_elevated, bool is_used)
{
	if (is_elevated)
		return "root has to remove it: docker network rm " PLAN_ISOLATED_NETWORK ", once no container is on it";
	if (is_used)
		return "stop what is on it, then remove it: docker stop $(docker ps -q --filter network=" PLAN_ISOLATED_NETWORK
		       ") && docker network rm " PLAN_ISOLATED_NETWORK;
	return "docker network rm " PLAN_ISOLATED_NETWORK;
}

static void check_isolated(const struct planner *planner)
{
	const char *problem = planner->facts->engine.isolated_network_problem;
	struct finding *finding;

	if (!planner->input->is_backend_known || planner->facts->backend != BACKEND_DOCKER || problem == NULL ||
	    planner->plan->network != PLAN_NETWORK_ISOLATED)
		return;
	finding = plan_find(planner, FINDING_DENIED, NULL, "the network " PLAN_ISOLATED_NETWORK, "floor: network");
	plan_reason(planner, finding, "it is not what hardrun makes: %s", problem);
	finding->remedy = plan_isolated_remedy(planner->facts->elevated_by != NULL, planner->facts->engine.is_isolated_network_used);
}

static void plan_networks(const struct planner *planner)
{
	const struct request_option *option, *first = NULL;
	struct plan *plan = planner->plan;
	struct plan_source source;
	size_t position = 0;

	while ((option = request_next(planner->request, FLAG_NETWORK, &position)) != NULL) {
		join_network(planner, option, first == NULL);
		if (first == NULL)
			first = option;
	}
	if (first != NULL)
		source = plan_source_flag(first);
	else
		choose_default_network(planner, &source);
	if (planner->is_oci)
		adapt_to_oci(planner, first, &source);
	check_isolated(planner);
	plan_setting(planner, "network_mode", source, network_text(plan));
	for (size_t i = 1; i < plan->network_names.count; i++)
		plan_setting(planner, "networks", source, plan->network_names.items[i]);
}

/* The address that was judged: one that nobody names is every address. */
static const char *port_address(const struct planner *planner, const struct request_option *option)
{
	const char *own = planner->policy->defaults.host_ip.value;

	if (option->value.port.address != NULL)
		return option->value.port.address;
	return own != NULL ? own : "0.0.0.0";
}

static void add_port(const struct planner *planner, struct plan_port port, const struct request_option *option)
{
	struct plan *plan = planner->plan;

	for (size_t i = 0; i < plan->port_count; i++) {
		const struct plan_port *other = &plan->ports[i];

		if (strcmp(other->address, port.address) == 0 && other->host == port.host && other->container == port.container &&
		    strcmp(other->protocol, port.protocol) == 0)
			return;
	}
	*vector_push(planner->arena, plan->ports, plan->port_count) = port;
	plan_settingf(planner, "ports", plan_source_flag(option),
		      strchr(port.address, ':') != NULL ? "[%s]:%u:%u/%s" : "%s:%u:%u/%s",
		      port.address, port.host, port.container, port.protocol);
}

/* One by one, so that what is passed on is exactly what was judged. */
static void publish(const struct planner *planner, const struct request_option *option)
{
	const struct port_request *asked = &option->value.port;
	unsigned count = (unsigned)(asked->container_last - asked->container_first) + 1;
	const char *address = port_address(planner, option);

	if (asked->host_first != 0 && (unsigned)(asked->host_last - asked->host_first) + 1 != count) {
		struct finding *finding = plan_find(planner, FINDING_UNSUPPORTED, option, NULL, "allow.ports");

		plan_reason(planner, finding, "a choice of host ports for one container port is left to chance");
		finding->remedy = "name one host port";
		return;
	}
	for (unsigned i = 0; i < count; i++) {
		const struct plan_port port = {
			.address = address, .host = (uint16_t)(asked->host_first == 0 ? 0 : asked->host_first + i),
			.container = (uint16_t)(asked->container_first + i), .protocol = asked->protocol,
		};

		add_port(planner, port, option);
	}
}

static void plan_ports(const struct planner *planner)
{
	const struct request_option *option;
	enum plan_network network = planner->plan->network;
	size_t position = 0;

	while ((option = request_next(planner->request, FLAG_PUBLISH, &position)) != NULL) {
		if (planner->is_oci && !plan_own_network_publishes(planner, option))
			continue;
		publish(planner, option);
		if (network == PLAN_NETWORK_NONE || network == PLAN_NETWORK_HOST)
			plan_reason(planner, plan_find(planner, FINDING_NOTE, option, NULL, "engine"),
				    "the network %s publishes nothing",
				    network_text(planner->plan));
	}
}

static void plan_texts(const struct planner *planner)
{
	const struct {
		enum flag_id flag;
		const char *key;
		struct string_list *list;
	} rows[] = {
		{ FLAG_NETWORK_ALIAS, "aliases", &planner->plan->network_aliases },
		{ FLAG_DNS, "dns", &planner->plan->dns },
		{ FLAG_DNS_SEARCH, "dns_search", &planner->plan->dns_search },
		{ FLAG_DNS_OPTION, "dns_opt", &planner->plan->dns_options },
		{ FLAG_EXPOSE, "expose", &planner->plan->expose },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct request_option *option;
		size_t position = 0;

		while ((option = request_next(planner->request, rows[i].flag, &position)) != NULL) {
			if (string_list_has(rows[i].list, option->raw))
				continue;
			string_list_add(planner->arena, rows[i].list, option->raw);
			plan_setting(planner, rows[i].key, plan_source_flag(option), option->raw);
		}
	}
}

static void plan_hosts(const struct planner *planner)
{
	const struct request_option *option;
	size_t position = 0;

	while ((option = request_next(planner->request, FLAG_ADD_HOST, &position)) != NULL) {
		const struct pair_request *pair = &option->value.pair;
		const char *entry = arena_printf(planner->arena, "%s:%s", pair->name, pair->value != NULL ? pair->value : "");

		string_list_add(planner->arena, &planner->plan->extra_hosts, entry);
		plan_setting(planner, "extra_hosts", plan_source_flag(option), entry);
	}
}

void plan_network(const struct planner *planner)
{
	plan_networks(planner);
	plan_ports(planner);
	plan_texts(planner);
	plan_hosts(planner);
	if (planner->is_oci)
		plan_own_network(planner);
}
