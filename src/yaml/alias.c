/* alias: anchors, what stands for them, and merge keys. */
#include <string.h>

#include "yaml_internal.h"

void alias_define(struct builder *builder, struct node *node, const char *name)
{
	if (name == NULL)
		return;
	if (!builder->language->has_aliases) {
		read_complain(builder, node->place, "write the value out", "an anchor (&name) is not part of %s", builder->language->name);
		return;
	}
	if (builder->anchor_count == YAML_ANCHORS_MAX) {
		read_stop(builder, node->place, NULL, "more than %d anchors: that is the limit", YAML_ANCHORS_MAX);
		return;
	}
	*vector_push(builder->arena, builder->anchors, builder->anchor_count) = (struct anchor){
		.name = arena_strdup(builder->arena, name), .node = node, .is_open = node->kind != NODE_TEXT,
	};
}

void alias_close(struct builder *builder, const struct node *node)
{
	for (size_t i = builder->anchor_count; i-- > 0;)
		if (builder->anchors[i].node == node)
			builder->anchors[i].is_open = false;
}

struct node *alias_resolve(struct builder *builder, const char *name, struct place place)
{
	struct node *node;
	size_t i = builder->anchor_count;

	if (!builder->language->has_aliases) {
		read_stop(builder, place, "write the value out", "an alias (*name) is not part of %s", builder->language->name);
		return NULL;
	}
	/* A name may be given again; the nearest before the alias is meant. */
	while (i > 0 && strcmp(builder->anchors[i - 1].name, name) != 0)
		i--;
	if (i == 0) {
		read_stop(builder, place, NULL, "no anchor of that name stands before this alias");
		return NULL;
	}
	if (builder->anchors[i - 1].is_open) {
		read_stop(builder, place, NULL, "this alias stands within what it names: it would have no end");
		return NULL;
	}
	node = arena_alloc(builder->arena, sizeof(*node));
	*node = *builder->anchors[i - 1].node;
	node->next = NULL;
	node->key = NULL;
	/* Its own place is where it is used; its children keep theirs, where they can be mended. */
	node->place = place;
	return node;
}

static void merge_map(struct builder *builder, struct node *map, const struct node *source)
{
	for (const struct node *child = source->first; child != NULL; child = child->next) {
		struct node *copy;

		if (yaml_child(map, child->key) != NULL)
			continue;
		copy = arena_alloc(builder->arena, sizeof(*copy));
		*copy = *child;
		copy->next = NULL;
		if (map->first == NULL)
			map->first = copy;
		else
			map->last->next = copy;
		map->last = copy;
		map->count++;
		map->weight += copy->weight;
		if (copy->height + 1 > map->height)
			map->height = copy->height + 1;
	}
}

static bool is_list_of_maps(const struct node *list)
{
	if (list->kind != NODE_LIST)
		return false;
	for (const struct node *item = list->first; item != NULL; item = item->next)
		if (item->kind != NODE_MAP)
			return false;
	return true;
}

void alias_merge(struct builder *builder, struct level *level)
{
	if (level->merge == NULL)
		return;
	if (level->merge->kind == NODE_MAP) {
		merge_map(builder, level->node, level->merge);
	} else if (is_list_of_maps(level->merge)) {
		for (const struct node *item = level->merge->first; item != NULL; item = item->next)
			merge_map(builder, level->node, item);
	} else {
		read_complain(builder, level->merge->place, "<<: *NAME, or <<: [*NAME, *OTHER]", "a merge key takes a map or a list of maps");
	}
	if (level->node->count > builder->language->list_max)
		read_stop(builder, level->node->place, NULL, "a map of more than %zu entries: that is the limit", builder->language->list_max);
}
