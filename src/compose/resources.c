/* resources: networks and volumes of the file, and what they are called by the engine. */
#include <string.h>

#include "compose_internal.h"

/* A section of such, and what may be said of each. */
struct section {
	const char *name;
	const char *const *names;       /* keys */
	const char *driver;             /* the only one */
	const char *reason;             /* why not another */
	bool is_network;
};

struct compose_resource *resources_use(struct compose_resource *items, size_t count, const char *key)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(items[i].key, key) != 0)
			continue;
		items[i].is_used = true;
		return &items[i];
	}
	return NULL;
}

static void read_driver(struct reader *reader, const struct spot *spot, const struct section *section)
{
	static const char *const refused[] = { "driver_opts", "ipam", "config_only", "config_from" };
	const struct spot driver = reader_child(reader, spot, "driver");
	const char *text = driver.node != NULL ? reader_text(reader, &driver) : NULL;

	if (text != NULL && strcmp(text, section->driver) != 0)
		reader_find(reader, FINDING_UNSUPPORTED, &driver, "%s", section->reason)
			->remedy = arena_printf(reader->arena, "leave it out: the driver is %s", section->driver);
	for (size_t i = 0; i < ARRAY_COUNT(refused); i++) {
		const struct spot entry = reader_child(reader, spot, refused[i]);

		if (entry.node != NULL && !(entry.node->kind == NODE_MAP && entry.node->count == 0))
			reader_find(reader, FINDING_UNSUPPORTED, &entry, "%s", section->reason)->remedy = "leave it out";
	}
}

/* external: true, or the older external: {name: NAME}. */
static void read_external(struct reader *reader, const struct spot *spot, struct compose_resource *resource)
{
	const struct spot external = reader_child(reader, spot, "external");
	struct spot name = reader_child(reader, spot, "name");
	const char *text;

	if (external.node != NULL && external.node->kind == NODE_MAP) {
		name = reader_child(reader, &external, "name");
		resource->is_external = true;
	} else if (external.node != NULL) {
		(void)reader_switch(reader, &external, &resource->is_external);
	}
	if (resource->is_external)
		resource->name = resource->key;
	text = name.node != NULL ? reader_text(reader, &name) : NULL;
	if (text != NULL)
		resource->name = text;
}

static struct compose_resource read_resource(struct reader *reader, const struct spot *spot, const struct section *section)
{
	struct compose_resource resource = {
		.key = spot->node->key, .place = spot->node->key_place,
		.name = arena_printf(reader->arena, "%s_%s", reader->project->name, spot->node->key),
	};
	struct spot internal;

	if (reader_is_null(spot->node) || !reader_is_map(reader, spot))
		return resource;
	reader_only(reader, spot, section->names);
	read_external(reader, spot, &resource);
	read_driver(reader, spot, section);
	internal = reader_child(reader, spot, "internal");
	if (section->is_network && internal.node != NULL)
		(void)reader_switch(reader, &internal, &resource.is_internal);
	return resource;
}

static void read_section(struct reader *reader, const struct section *section, struct compose_resource **items, size_t *count)
{
	const struct spot root = { reader->root, "" }, map = reader_child(reader, &root, section->name);

	if (map.node == NULL || !reader_is_map(reader, &map))
		return;
	for (const struct node *child = map.node->first; child != NULL; child = child->next) {
		const struct spot spot = reader_entry(reader, &map, child, 0);
		const struct compose_resource resource = read_resource(reader, &spot, section);

		*vector_push(reader->arena, *items, *count) = resource;
	}
}

void resources_read(struct reader *reader)
{
	static const char *const network_names[] = { "name", "driver", "driver_opts", "external", "internal", "ipam", "attachable",
						     "labels", "enable_ipv4", "enable_ipv6", NULL };
	static const char *const volume_names[] = { "name", "driver", "driver_opts", "external", "labels", NULL };
	static const struct section networks = { "networks", network_names, "bridge",
						 "who shares a network with whom, and where it leads, is the administrator's to say", true };
	static const struct section volumes = { "volumes", volume_names, "local",
						"a volume with a driver or options may be any path of the host", false };
	struct compose_project *project = reader->project;

	read_section(reader, &networks, &project->networks, &project->network_count);
	read_section(reader, &volumes, &project->volumes, &project->volume_count);
	for (size_t i = 0; i < project->network_count; i++)
		if (strcmp(project->networks[i].key, "default") == 0)
			return;
	*vector_push(reader->arena, project->networks, project->network_count) = (struct compose_resource){
		.key = "default", .name = arena_printf(reader->arena, "%s_default", project->name), .place = reader->root->place,
	};
}
