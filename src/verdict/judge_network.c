/* judge_network: networks, aliases, resolvers, hosts and expose. */
#include "verdict_internal.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

/* ---- grammar ---- */

bool verdict_is_address(const char *text)
{
	unsigned char bytes[16];

	return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

/* Labels of letters, digits, '-' and '_' within, at most 63 bytes each, 253 in all. RFC 1123, and the '_' that Compose uses. */
bool verdict_is_hostname(const char *name)
{
	size_t length = strlen(name), label = 0;

	if (length == 0 || length > 253)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (name[i] == '.' && (label == 0 || name[i - 1] == '-'))
			return false;
		if (name[i] != '.' && !isalnum((unsigned char)name[i]) && (label == 0 || (name[i] != '-' && name[i] != '_')))
			return false;
		label = name[i] == '.' ? 0 : label + 1;
		if (label > 63)
			return false;
	}
	return label > 0 && name[length - 1] != '-';
}

/* ---- networks ---- */

/* Networks that are joined alone. */
static bool network_is_alone(const char *name)
{
	return strcmp(name, "none") == 0 || strcmp(name, "isolated") == 0 || strcmp(name, "hardrun-isolated") == 0 ||
	       strcmp(name, "host") == 0;
}

/* Modes that are no network of their own: of docker, and podman's words for opening the host's. */
static const char *network_mode_reason(const char *name)
{
	static const char *const podman[] = { "host", "private", "slirp4netns", "pasta", "ns" };

	if (strncasecmp(name, "container", 9) == 0 && (name[9] == ':' || name[9] == '\0'))
		return "another container's network is its loopback and its traffic";
	if (strchr(name, ':') != NULL || strchr(name, '/') != NULL || strchr(name, '=') != NULL)
		return "it is a mode, not the name of a network";
	for (size_t i = 0; i < ARRAY_COUNT(podman); i++) {
		if (strcasecmp(name, podman[i]) == 0)
			return "docker knows no such mode";
	}
	return NULL;
}

/*
 * Engines take an id, or the beginning of one, for a name: a pattern must not reach networks by it. A name that looks like one is
 * fine where every layer spells it out, unless it has the length of an id.
 */
static bool network_is_id(const struct judgement *judgement, const char *name, bool is_restated)
{
	const size_t length = strlen(name);
	struct layer layers[2];
	const size_t count = verdict_layers(judgement, layers);

	if (length == 0 || strspn(name, "0123456789abcdef") != length)
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct policy_list *list = &layers[i].policy->allow.networks;
		bool is_named = is_restated && !layers[i].is_ceiling;

		for (size_t k = 0; k < list->count; k++)
			is_named = is_named || strcmp(list->items[k].value, name) == 0; /* no wildcard is a hex digit */
		if (!is_named)
			return true;
	}
	return length == 12 || length == 64;
}

void verdict_check_network(const struct judgement *judgement, const char *given)
{
	const struct policy_text *own = &judgement->input->policy->defaults.network_mode;
	/* The network that "isolated" makes, by its own name. */
	const char *name = strcmp(given, "hardrun-isolated") == 0 ? "isolated" : given;
	const bool is_restated = own->value != NULL ? strcmp(own->value, name) == 0 : strcmp(name, "isolated") == 0;
	const struct listing listing = { VERDICT_LIST(networks), name, false, is_restated, "the network", false };
	const char *reason = network_mode_reason(name);

	if (strcmp(name, "host") == 0)
		verdict_hazard(judgement, HAZARD_HOST_NETWORK, hazard_specs[HAZARD_HOST_NETWORK].summary);
	else if (reason != NULL)
		verdict_floor(judgement, "network", "%s", reason);
	else if (network_is_id(judgement, name, is_restated))
		verdict_floor(judgement, "network", "engines read it as the id of a network: only one that allow.networks spells out is taken");
	else if (strcmp(name, "none") != 0) /* less than any network: it needs no grant */
		verdict_listed(judgement, &listing);
}

static void network_check_alias(const struct judgement *judgement, const char *alias)
{
	const struct listing listing = { VERDICT_LIST(network_aliases), alias, false, false, "the alias", false };

	if (!verdict_is_hostname(alias))
		verdict_invalid(judgement, "an alias is a host name");
	else
		verdict_listed(judgement, &listing);
}

/* One of none, isolated and host stands alone; two networks of the same name are one too many. */
static void network_check_others(const struct judgement *judgement, const char *name)
{
	const struct request *request = judgement->input->request;

	for (size_t i = 0; i < request->option_count && &request->options[i] != judgement->option; i++) {
		const struct request_option *other = &request->options[i];
		const char *other_name;

		if (verdict_judges[other->flag].judge != verdict_judge_network)
			continue;
		other_name = other->value.network.name;
		if (strcmp(other_name, name) == 0)
			verdict_invalid(judgement, "the network is named twice");
		else if (network_is_alone(name) || network_is_alone(other_name))
			verdict_invalid(judgement, "%s and %s exclude each other", string_printable(judgement->arena, other_name, 32), name);
	}
}

/* Whoever types docker's default means "as usual". */
static void network_remedy(const struct judgement *judgement, const char *name, size_t before)
{
	const char *own = judgement->input->policy->defaults.network_mode.value;

	if (strcmp(name, "default") != 0 && strcmp(name, "bridge") != 0)
		return;
	for (size_t i = before; i < judgement->findings->count; i++)
		judgement->findings->items[i].remedy = arena_printf(judgement->arena, "leave it out: the network is then %s",
								    own != NULL ? own : "isolated");
}

void verdict_judge_network(const struct judgement *judgement)
{
	const struct network_request *network = &judgement->option->value.network;
	const size_t before = judgement->findings->count;

	verdict_check_network(judgement, network->name);
	network_remedy(judgement, network->name, before);
	network_check_others(judgement, network->name);
	for (size_t i = 0; i < network->aliases.count; i++)
		network_check_alias(judgement, network->aliases.items[i]);
	if (network->ip != NULL || network->ip6 != NULL || network->mac_address != NULL)
		verdict_floor(judgement, "network-address", "an address of one's own choice takes what others trust");
	for (size_t i = 0; i < network->options.count; i++)
		verdict_floor(judgement, "network-options", "%s is never passed on: driver options set kernel parameters and addresses",
			      string_printable(judgement->arena, network->options.items[i], 64));
}

void verdict_judge_alias(const struct judgement *judgement)
{
	network_check_alias(judgement, judgement->option->raw);
}

/* ---- resolver ---- */

void verdict_judge_dns(const struct judgement *judgement)
{
	const struct listing listing = { VERDICT_LIST(dns), judgement->option->raw, false, false, "the name server", false };

	if (!verdict_is_address(judgement->option->raw))
		verdict_invalid(judgement, "a name server is an IP address");
	else
		verdict_listed(judgement, &listing);
}

/* What ends up in resolv.conf on a line of its own. */
static bool network_is_resolver_word(const char *text)
{
	return text[0] != '\0' && text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.")] == '\0';
}

void verdict_judge_dns_option(const struct judgement *judgement)
{
	const struct listing listing = { VERDICT_LIST(dns_opt), judgement->option->raw, false, false, "the resolver option", false };

	if (!network_is_resolver_word(judgement->option->raw))
		verdict_invalid(judgement, "a resolver option is one word, such as ndots:2");
	else
		verdict_listed(judgement, &listing);
}

void verdict_judge_dns_search(const struct judgement *judgement)
{
	const char *domain = judgement->option->raw;
	const struct listing listing = { VERDICT_LIST(dns_search), domain, false, false, "the search domain", false };

	if (strcmp(domain, ".") == 0) /* "no search domain": less than the default */
		return;
	if (!verdict_is_hostname(domain))
		verdict_invalid(judgement, "a search domain is a host name");
	else
		verdict_listed(judgement, &listing);
}

/* ---- /etc/hosts ---- */

/* host-gateway is the host itself: a pattern with '*' was not written to mean it. */
static bool network_names_gateway(const struct policy_list *list, const char *line)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *colon = strchr(list->items[i].value, ':');

		if (colon != NULL && strcmp(colon + 1, "host-gateway") == 0 && glob_match(list->items[i].value, line))
			return true;
	}
	return false;
}

static void network_check_gateway(const struct judgement *judgement, const char *line)
{
	struct layer layers[2];
	const size_t count = verdict_layers(judgement, layers);

	for (size_t i = 0; i < count; i++) {
		struct finding *finding;

		if (network_names_gateway(&layers[i].policy->allow.extra_hosts, line))
			continue;
		finding = verdict_refuse(judgement, &layers[i], "allow.extra_hosts", "host-gateway reaches the host's own services");
		verdict_remedy(judgement, &layers[i], finding, "add \"- %s\" to allow.extra_hosts", verdict_yaml(judgement->arena, line));
	}
}

void verdict_judge_add_host(const struct judgement *judgement)
{
	const struct pair_request *pair = &judgement->option->value.pair;
	const char *address = pair->value != NULL ? pair->value : "";
	const size_t length = strlen(address);
	const char *line;

	if (length > 2 && address[0] == '[' && address[length - 1] == ']')
		address = arena_strndup(judgement->arena, address + 1, length - 2);
	line = arena_printf(judgement->arena, "%s:%s", pair->name, address);
	if (!verdict_is_hostname(pair->name) || (strcmp(address, "host-gateway") != 0 && !verdict_is_address(address))) {
		verdict_invalid(judgement, "it is written NAME:ADDRESS, with an IP address");
	} else if (strcmp(address, "host-gateway") == 0) {
		network_check_gateway(judgement, line);
	} else {
		const struct listing listing = { VERDICT_LIST(extra_hosts), line, false, false, "the host", false };

		verdict_listed(judgement, &listing);
	}
}

/* ---- expose ---- */

/* "80", "80-90", with "/tcp", "/udp" or "/sctp". Returns the count of ports, 0 when it is none of these. */
static uint64_t network_exposed(struct arena *arena, const char *text)
{
	const char *slash = strchr(text, '/');
	const char *ports = slash == NULL ? text : arena_strndup(arena, text, (size_t)(slash - text));
	const char *dash = strchr(ports, '-');
	uint64_t first, last;

	if (slash != NULL && strcasecmp(slash, "/tcp") != 0 && strcasecmp(slash, "/udp") != 0 && strcasecmp(slash, "/sctp") != 0)
		return 0;
	if (!parse_decimal(dash == NULL ? ports : arena_strndup(arena, ports, (size_t)(dash - ports)), &first))
		return 0;
	last = first;
	if (dash != NULL && !parse_decimal(dash + 1, &last))
		return 0;
	return first >= 1 && last >= first && last <= UINT16_MAX ? last - first + 1 : 0;
}

/* It opens nothing, but every port becomes an entry of the engine's. */
void verdict_judge_expose(const struct judgement *judgement)
{
	const uint64_t count = network_exposed(judgement->arena, judgement->option->raw);

	if (count == 0)
		verdict_invalid(judgement, "it is written PORT[-PORT][/tcp|udp|sctp]");
	else if (count > VERDICT_PORTS_MOST)
		verdict_floor(judgement, "expose", "a range of more than %d ports is too much", VERDICT_PORTS_MOST);
}
