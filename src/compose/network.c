/* network: networks, ports and hosts. */
#include <string.h>

#include "compose_internal.h"

/* ---- networks ---- */

static struct compose_resource *find_network(struct reader *reader, const struct spot *spot, const char *key)
{
	struct compose_project *project = reader->project;
	struct compose_resource *network = resources_use(project->networks, project->network_count, key);

	if (network == NULL)
		reader_find(reader, FINDING_INVALID, spot, "the network %s is not declared at the top of the file",
			    string_printable(reader->arena, key, 60))
			->remedy = arena_printf(reader->arena, "networks: {%s: }", key);
	return network;
}

static void read_aliases(struct reader *reader, const struct spot *map)
{
	const struct spot aliases = reader_child(reader, map, "aliases");
	struct items items;
	struct spot entry;

	if (aliases.node == NULL)
		return;
	items = reader_items(reader, &aliases);
	while (reader_next(reader, &items, &entry)) {
		const char *text = reader_text(reader, &entry);

		if (text != NULL)
			reader_word(reader, &entry, "--network-alias=%s", text);
	}
}

static void read_network(struct reader *reader, const struct spot *spot, const char *key)
{
	static const char *const names[] = { "aliases", "priority", "gw_priority", "ipv4_address", "ipv6_address", "link_local_ips",
					     "mac_address", "driver_opts", "interface_name", NULL };
	static const char *const addresses[] = { "ipv4_address", "ipv6_address", "link_local_ips", "mac_address", "driver_opts",
						 "interface_name" };
	const struct compose_resource *network = find_network(reader, spot, key);

	if (network == NULL)
		return;
	reader_word(reader, spot, "--network=%s", network->name);
	if (spot->node->kind != NODE_MAP)
		return;
	reader_only(reader, spot, names);
	for (size_t i = 0; i < ARRAY_COUNT(addresses); i++) {
		const struct spot address = reader_child(reader, spot, addresses[i]);

		if (address.node != NULL)
			reader_find(reader, FINDING_UNSUPPORTED, &address, "addresses and drivers are the engine's to choose")
				->remedy = "leave it out: services find each other by name";
	}
	read_aliases(reader, spot);
}

static void add_service_alias(struct reader *reader, const struct spot *spot)
{
	reader_word(reader, spot, "--network-alias=%s", reader->service->name)->role = COMPOSE_ALIAS;
}

void network_networks(struct reader *reader, const struct spot *spot)
{
	const size_t words = reader->service->word_count;
	struct spot entry;

	if (spot->node->kind == NODE_MAP) {
		for (const struct node *child = spot->node->first; child != NULL; child = child->next) {
			entry = reader_entry(reader, spot, child, 0);
			read_network(reader, &entry, child->key);
		}
	} else {
		struct items items = reader_items(reader, spot);

		while (reader_next(reader, &items, &entry)) {
			const char *key = reader_text(reader, &entry);

			if (key != NULL)
				read_network(reader, &entry, key);
		}
	}
	if (reader->service->word_count == words)
		return;
	reader->service->is_default_network = false;
	add_service_alias(reader, spot);
}

void network_default(struct reader *reader, const struct spot *service)
{
	const struct compose_resource *network = find_network(reader, service, "default");

	if (network == NULL)
		return;
	reader_word(reader, service, "--network=%s", network->name)->role = COMPOSE_DEFAULT_NETWORK;
	add_service_alias(reader, service);
}

void network_mode(struct reader *reader, const struct spot *spot)
{
	const char *mode = reader_text(reader, spot);

	if (mode == NULL)
		return;
	reader->service->is_default_network = false;
	if (strncmp(mode, "service:", 8) == 0)
		reader_find(reader, FINDING_UNSUPPORTED, spot, "it would share the other service's loopback and traffic")
			->remedy = "leave it out: services of one project find each other by name";
	else
		reader_word(reader, spot, "--network=%s", mode);
}

/* ---- ports ---- */

static const char *text_of(struct reader *reader, const struct spot *map, const char *key, const char *fallback)
{
	const struct spot spot = reader_child(reader, map, key);

	return spot.node != NULL ? reader_text(reader, &spot) : fallback;
}

static void read_port(struct reader *reader, const struct spot *spot)
{
	static const char *const names[] = { "target", "published", "host_ip", "protocol", "mode", "name", "app_protocol", NULL };
	const char *target = text_of(reader, spot, "target", NULL), *published = text_of(reader, spot, "published", "");
	const char *address = text_of(reader, spot, "host_ip", ""), *protocol = text_of(reader, spot, "protocol", "tcp");
	const bool has_colon = address != NULL && strchr(address, ':') != NULL && address[0] != '[';

	reader_only(reader, spot, names);
	if (target == NULL)
		reader_find(reader, FINDING_INVALID, spot, "target: is missing");
	if (target == NULL || published == NULL || address == NULL || protocol == NULL)
		return;
	if (address[0] != '\0')
		reader_word(reader, spot, "--publish=%s%s%s:%s:%s/%s", has_colon ? "[" : "", address, has_colon ? "]" : "", published, target,
			    protocol);
	else
		reader_word(reader, spot, "--publish=%s%s%s/%s", published, published[0] != '\0' ? ":" : "", target, protocol);
}

void network_ports(struct reader *reader, const struct spot *spot)
{
	struct items items = reader_items(reader, spot);
	struct spot entry;

	while (reader_next(reader, &items, &entry)) {
		const char *text = entry.node->kind == NODE_MAP ? NULL : reader_text(reader, &entry);

		if (entry.node->kind == NODE_MAP)
			read_port(reader, &entry);
		else if (text != NULL)
			reader_word(reader, &entry, "--publish=%s", text);
	}
}

/* ---- hosts ---- */

void network_hosts(struct reader *reader, const struct spot *spot)
{
	/* "name=address" is for addresses with colons; "name:address" is as old as docker. */
	const struct pairs pairs = reader_pairs(reader, spot, "=:");

	for (size_t i = 0; i < pairs.count; i++)
		reader_word(reader, &pairs.items[i].spot, "--add-host=%s:%s", pairs.items[i].name,
			    pairs.items[i].value != NULL ? pairs.items[i].value : "");
}
