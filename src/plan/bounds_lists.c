/* bounds_lists: networks, ports, variables, labels: what a ceiling lists by pattern. */
#include "bounds.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

/* ---- networks ---- */

static const char *check_named(const struct bounds *bounds, const char *name)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
	static const char *const modes[] = { "host", "none", "container", "private", "slirp4netns", "pasta", "ns" };
	const size_t length = strlen(name);
	bool is_mode = name[strspn(name, letters)] != '\0' || name[0] == '\0', is_id = strspn(name, "0123456789abcdef") == length;

	for (size_t i = 0; i < ARRAY_COUNT(modes); i++)
		is_mode = is_mode || strcasecmp(name, modes[i]) == 0;
	/* What looks like the id of a network is one to an engine: a pattern does not reach it. */
	for (size_t i = 0; bounds->ceiling != NULL && i < bounds->allow->networks.count; i++)
		is_id = is_id && strcmp(bounds->allow->networks.items[i].value, name) != 0;
	is_id = is_id && bounds->ceiling != NULL;
	if (is_mode || is_id || !bounds_list_has(bounds, bounds->ceiling != NULL ? &bounds->allow->networks : NULL, name))
		return bounds_say(bounds, "the network %s", name);
	return NULL;
}

static const char *check_modes(const struct bounds *bounds)
{
	const struct plan *plan = bounds->plan;
	const char *beyond = NULL;

	switch (plan->network) {
	case PLAN_NETWORK_NONE:
	case PLAN_NETWORK_HOST: /* a hazard, and judged as one */
		break;
	case PLAN_NETWORK_ISOLATED:
		return bounds->ceiling == NULL || bounds_list_has(bounds, &bounds->allow->networks, "isolated") ? NULL
														: "the network isolated";
	case PLAN_NETWORK_NAMED:
		if (plan->network_names.count == 0)
			return "a network without a name";
		for (size_t i = 0; beyond == NULL && i < plan->network_names.count; i++)
			beyond = check_named(bounds, plan->network_names.items[i]);
		return beyond;
	case PLAN_NETWORK_COUNT:
		return "a network of no kind";
	}
	return plan->network_names.count == 0 ? NULL : "a network beside none or host";
}

static bool is_gateway(const char *line)
{
	static const char word[] = "host-gateway";
	const size_t length = strlen(line);

	return length >= strlen(word) && strcmp(line + length - strlen(word), word) == 0;
}

/* host-gateway is the host itself: it must be spelled. */
static const char *check_hosts(const struct bounds *bounds)
{
	const struct string_list *hosts = &bounds->plan->extra_hosts;

	for (size_t i = 0; bounds->ceiling != NULL && i < hosts->count; i++) {
		const struct policy_list *list = &bounds->allow->extra_hosts;
		const char *line = hosts->items[i];
		bool is_listed = false;

		for (size_t k = 0; k < list->count; k++)
			is_listed = is_listed || (glob_match(list->items[k].value, line) &&
						  (!is_gateway(line) || is_gateway(list->items[k].value)));
		if (!is_listed)
			return bounds_say(bounds, "the host %s", line);
	}
	return NULL;
}

/* In resolv.conf and hosts a line's end would begin a line that nobody has granted. */
static const char *check_control(const struct bounds *bounds, const char *name, const struct string_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (string_has_control(list->items[i]))
			return bounds_say(bounds, "%s %s", name, string_printable(bounds->arena, list->items[i], 80));
	return NULL;
}

const char *bounds_network(const struct bounds *bounds)
{
	const struct plan *plan = bounds->plan;
	const struct policy_allow none = { 0 }, *allow = bounds->allow != NULL ? bounds->allow : &none;
	const struct {
		const char *name;
		const struct string_list *list;
		const struct policy_list *grants;
	} rows[] = {
		{ "the alias", &plan->network_aliases, &allow->network_aliases }, { "the name server", &plan->dns, &allow->dns },
		{ "the resolver option", &plan->dns_options, &allow->dns_opt },
		{ "the search domain", &plan->dns_search, &allow->dns_search },
	};
	const char *beyond = check_modes(bounds);

	if (beyond == NULL)
		beyond = check_control(bounds, "the host", &plan->extra_hosts);
	for (size_t i = 0; beyond == NULL && i < ARRAY_COUNT(rows); i++)
		beyond = check_control(bounds, rows[i].name, rows[i].list);
	for (size_t i = 0; beyond == NULL && i < ARRAY_COUNT(rows); i++)
		for (size_t k = 0; beyond == NULL && k < rows[i].list->count; k++)
			if (!bounds_list_has(bounds, rows[i].grants, rows[i].list->items[k]) && strcmp(rows[i].list->items[k], ".") != 0)
				beyond = bounds_say(bounds, "%s %s", rows[i].name, rows[i].list->items[k]);
	return beyond != NULL ? beyond : check_hosts(bounds);
}

/* ---- ports ---- */

static bool same_address(const char *left, const char *right)
{
	unsigned char first[16] = { 0 }, second[16] = { 0 };

	if (inet_pton(AF_INET, left, first) == 1)
		return inet_pton(AF_INET, right, second) == 1 && memcmp(first, second, 4) == 0;
	return inet_pton(AF_INET6, left, first) == 1 && inet_pton(AF_INET6, right, second) == 1 &&
	       memcmp(first, second, sizeof(first)) == 0;
}

static bool grants_port(const struct policy_port *grant, const struct plan_port *port)
{
	const bool has_all = grant->host_first == 0 || (grant->host_first <= 1024 && grant->host_last == UINT16_MAX);

	if (grant->address != NULL && !same_address(grant->address, port->address))
		return false;
	if (strcmp(grant->protocol, "*") != 0 && strcmp(grant->protocol, port->protocol) != 0)
		return false;
	if (port->container < grant->container_first || port->container > grant->container_last)
		return false;
	return port->host == 0 ? has_all : port->host >= grant->host_first && port->host <= grant->host_last;
}

const char *bounds_ports(const struct bounds *bounds)
{
	const struct plan *plan = bounds->plan;
	const int64_t most = bounds->ceiling != NULL && bounds->allow->max_ports.is_set ? bounds->allow->max_ports.value : 16;

	if (bounds->ceiling != NULL && (int64_t)plan->port_count > most)
		return bounds_say(bounds, "%zu ports", plan->port_count);
	for (size_t i = 0; i < plan->port_count; i++) {
		const struct plan_port *port = &plan->ports[i];
		const bool is_engine = port->host >= 2375 && port->host <= 2377;
		const bool is_protocol = strcmp(port->protocol, "tcp") == 0 || strcmp(port->protocol, "udp") == 0 ||
					 strcmp(port->protocol, "sctp") == 0;
		bool is_listed = bounds->ceiling == NULL;

		for (size_t k = 0; !is_listed && k < bounds->allow->port_count; k++)
			is_listed = grants_port(&bounds->allow->ports[k], port);
		if (!is_listed || is_engine || !is_protocol || port->container == 0 || !same_address(port->address, port->address))
			return bounds_say(bounds, "port %u on %s", port->host, port->address);
	}
	return NULL;
}

/* ---- variables and labels ---- */

/* Without an engine the image's own variables are among them, which nobody lists. */
const char *bounds_environment(const struct bounds *bounds)
{
	const struct string_list *list = &bounds->plan->environment;

	for (size_t i = 0; i < list->count; i++) {
		const size_t length = strcspn(list->items[i], "=");
		const char *name = arena_strndup(bounds->arena, list->items[i], length);

		if (list->items[i][length] == '\0' || length == 0)
			return "a variable without name or value";
		if (host_backend_is_oci(bounds->plan->backend) && bounds_is_of_image(bounds, list->items[i]))
			continue;
		if (verdict_env_reason(name) != NULL ||
		    !bounds_list_has(bounds, bounds->ceiling != NULL ? &bounds->allow->environment : NULL, name))
			return bounds_say(bounds, "the variable %s", name);
	}
	return NULL;
}

/* Whose container it is, is not for the caller to say. */
static bool is_own_label(const struct bounds *bounds, const struct plan_pair *label)
{
	if (strcmp(label->name, PLAN_CALLER_LABEL) == 0)
		return strcmp(label->value, arena_printf(bounds->arena, "%u", bounds->facts->caller_uid)) == 0;
	if (strcmp(label->name, HOST_UNIT_LABEL) == 0) {
		const struct host_unit *unit = bounds->facts->unit;

		return unit != NULL && unit->name != NULL && strcmp(label->value, unit->name) == 0;
	}
	if (bounds->compose != NULL) {
		const struct plan_pair labels[] = {
			{ COMPOSE_PROJECT_LABEL, bounds->compose->project }, { COMPOSE_SERVICE_LABEL, bounds->compose->service },
			{ COMPOSE_NUMBER_LABEL, bounds->compose->number }, { COMPOSE_CONFIG_LABEL, bounds->compose->config },
		};

		for (size_t i = 0; i < ARRAY_COUNT(labels); i++)
			if (strcmp(label->name, labels[i].name) == 0)
				return strcmp(label->value, labels[i].value) == 0;
	}
	return strcmp(label->name, PLAN_POLICY_LABEL) == 0 || strcmp(label->name, "io.hardrun.version") == 0;
}

const char *bounds_labels(const struct bounds *bounds)
{
	const struct plan *plan = bounds->plan;
	bool has_caller = false;

	for (size_t i = 0; i < plan->label_count; i++) {
		const struct plan_pair *label = &plan->labels[i];

		has_caller = has_caller || strcmp(label->name, PLAN_CALLER_LABEL) == 0;
		if (is_own_label(bounds, label))
			continue;
		if (verdict_label_reason(label->name) != NULL ||
		    !bounds_list_has(bounds, bounds->ceiling != NULL ? &bounds->allow->labels : NULL, label->name))
			return bounds_say(bounds, "the label %s", label->name);
	}
	return has_caller ? NULL : "no label that says whose it is";
}
