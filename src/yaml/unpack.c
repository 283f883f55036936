/* unpack: from rows to the tree. */
#include <hardrun/yaml.h>

static void hang(struct node *parent, struct node *node)
{
	if (parent->first == NULL)
		parent->first = node;
	else
		parent->last->next = node;
	parent->last = node;
	parent->count++;
}

static struct node node_of(const struct yaml_packed *packed, const struct yaml_row *row, const char *file)
{
	struct node node = {
		.kind = (enum node_kind)row->kind, .place = { file, row->line, row->column }, .weight = 1,
		.is_missing = row->is_missing, .is_plain = row->is_plain,
	};

	if (row->kind == NODE_TEXT)
		node.text = packed->texts + row->text;
	if (row->key_line == 0)
		return node;
	node.key = packed->texts + row->key;
	node.key_place = (struct place){ file, row->key_line, row->key_column };
	return node;
}

const struct node *yaml_unpack(struct arena *arena, const char *file, const struct yaml_packed *packed)
{
	struct node *nodes = arena_alloc(arena, packed->count * sizeof(*nodes));

	for (size_t i = 0; i < packed->count; i++) {
		nodes[i] = node_of(packed, &packed->rows[i], file);
		if (i > 0)
			hang(&nodes[packed->rows[i].parent], &nodes[i]);
	}
	/* Children stand behind their parent: from the end, each is whole when it is counted. */
	for (size_t i = packed->count - 1; i > 0; i--) {
		struct node *parent = &nodes[packed->rows[i].parent];

		parent->weight += nodes[i].weight;
		if (nodes[i].height + 1 > parent->height)
			parent->height = nodes[i].height + 1;
	}
	return nodes;
}
