/* merge: extends, within one file. Maps join, lists join, what is single is replaced; pairs of maps wait in a list. */
#include <string.h>

#include "compose_internal.h"

/* A map that two others make. */
struct joint {
	struct node *made;
	const struct node *base, *own;
	const char *path;
};

struct joints { struct joint *items; size_t count; };

static struct node *copy_into(struct arena *arena, struct node *parent, const struct node *child)
{
	struct node *copy = arena_alloc(arena, sizeof(*copy));

	*copy = *child;
	copy->next = NULL;
	if (parent->first == NULL)
		parent->first = copy;
	else
		parent->last->next = copy;
	parent->last = copy;
	parent->count++;
	return copy;
}

static void empty(struct node *node)
{
	node->first = NULL;
	node->last = NULL;
	node->count = 0;
}

/* Lists whose entries mean something only together. */
static bool is_replaced(const char *key)
{
	return strcmp(key, "command") == 0 || strcmp(key, "entrypoint") == 0 || strcmp(key, "test") == 0;
}

static void join_lists(struct arena *arena, struct node *made, const struct node *base)
{
	const struct node own = *made;

	empty(made);
	for (const struct node *item = base->first; item != NULL; item = item->next)
		copy_into(arena, made, item);
	for (const struct node *item = own.first; item != NULL; item = item->next)
		copy_into(arena, made, item);
}

static void join_child(struct reader *reader, struct joints *joints, const struct joint *joint, const struct node *child)
{
	const struct node *base = yaml_child(joint->base, child->key);
	const struct spot parent = { joint->own, joint->path }, spot = reader_entry(reader, &parent, child, 0);
	struct node *made = copy_into(reader->arena, joint->made, child);

	if (base == NULL || reader_is_null(base) || is_replaced(child->key))
		return;
	if (base->kind == NODE_MAP && child->kind == NODE_MAP) {
		empty(made);
		*vector_push(reader->arena, joints->items, joints->count) = (struct joint){ made, base, child, spot.path };
	} else if (base->kind == NODE_LIST && child->kind == NODE_LIST) {
		join_lists(reader->arena, made, base);
	} else if (base->kind != NODE_TEXT && child->kind != NODE_TEXT) {
		reader_find(reader, FINDING_INVALID, &spot, "it is %s here, and %s in the service that this one extends", yaml_kind_name(child),
			    yaml_kind_name(base))
			->remedy = "write both in one form";
	}
}

static const struct node *join_services(struct reader *reader, const struct node *base, const struct spot *own)
{
	struct joints joints = { NULL, 0 };
	struct node *made = arena_alloc(reader->arena, sizeof(*made));

	*made = *own->node;
	empty(made);
	*vector_push(reader->arena, joints.items, joints.count) = (struct joint){ made, base, own->node, own->path };
	for (size_t i = 0; i < joints.count; i++) {
		const struct joint joint = joints.items[i];

		for (const struct node *child = joint.own->first; child != NULL; child = child->next)
			join_child(reader, &joints, &joint, child);
		for (const struct node *child = joint.base->first; child != NULL; child = child->next)
			if (yaml_child(joint.own, child->key) == NULL)
				copy_into(reader->arena, joint.made, child);
	}
	return made;
}

/* The service that ${spot} extends; node NULL: none. ${ret_is_wrong}: there is one, and a finding says what is wrong with it. */
static struct spot find_base(struct reader *reader, const struct spot *services, const struct spot *spot, bool *ret_is_wrong)
{
	const struct spot extends = reader_child(reader, spot, "extends");
	const struct spot none = { NULL, spot->path };
	struct spot name = extends;
	const char *text;

	*ret_is_wrong = false;
	if (extends.node == NULL)
		return none;
	*ret_is_wrong = true;
	if (extends.node->kind == NODE_MAP) {
		static const char *const names[] = { "service", "file", NULL };
		const struct spot file = reader_child(reader, &extends, "file");

		reader_only(reader, &extends, names);
		if (file.node != NULL) {
			reader_find(reader, FINDING_UNSUPPORTED, &file, "services of other files are not read")
				->remedy = "put the service into this file, and extend it there";
			return none;
		}
		name = reader_child(reader, &extends, "service");
	}
	if (name.node == NULL) {
		reader_find(reader, FINDING_INVALID, &extends, "it names no service");
		return none;
	}
	text = reader_text(reader, &name);
	if (text == NULL)
		return none;
	if (yaml_child(services->node, text) == NULL || yaml_child(services->node, text)->kind != NODE_MAP) {
		reader_find(reader, FINDING_INVALID, &name, "there is no service %s", string_printable(reader->arena, text, 60));
		return none;
	}
	*ret_is_wrong = false;
	return reader_child(reader, services, text);
}

const struct node *merge_extends(struct reader *reader, const struct spot *services, const struct spot *spot)
{
	struct spot chain[COMPOSE_EXTENDS_MAX] = { *spot };
	size_t count = 1;
	const struct node *made;
	bool is_wrong = false;

	for (;;) {
		const struct spot base = find_base(reader, services, &chain[count - 1], &is_wrong);

		if (is_wrong)
			return NULL;
		if (base.node == NULL)
			break;
		for (size_t i = 0; i < count; i++)
			is_wrong = is_wrong || chain[i].node == base.node;
		if (is_wrong || count == COMPOSE_EXTENDS_MAX) {
			reader_find(reader, FINDING_INVALID, spot, is_wrong ? "it extends itself, through others perhaps"
									     : "too many services extend one another: eight is the limit");
			return NULL;
		}
		chain[count++] = base;
	}
	made = chain[count - 1].node;
	while (--count > 0)
		made = join_services(reader, made, &chain[count - 1]);
	return made;
}
