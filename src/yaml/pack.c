/* pack: a tree as rows. The program itself only unpacks; the rows are made when it is built. */
#include <string.h>

#include <hardrun/yaml.h>

struct packer {
	struct arena *arena;
	const struct node **nodes; /* of each row */
	struct yaml_row *rows;
	size_t count, row_count;
	struct text texts;
	bool is_too_large;
};

static uint16_t narrow(struct packer *packer, size_t number)
{
	packer->is_too_large = packer->is_too_large || number > UINT16_MAX;
	return (uint16_t)number;
}

static uint16_t keep_text(struct packer *packer, const char *text)
{
	const size_t offset = packer->texts.length;

	if (text == NULL)
		return 0;
	text_add_bytes(&packer->texts, text, strlen(text) + 1);
	return narrow(packer, offset);
}

static void add_row(struct packer *packer, const struct node *node, size_t parent)
{
	const struct yaml_row row = {
		.parent = narrow(packer, parent),
		.line = narrow(packer, node->place.line), .column = narrow(packer, node->place.column),
		.key_line = narrow(packer, node->key_place.line), .key_column = narrow(packer, node->key_place.column),
		.text = keep_text(packer, node->text), .key = keep_text(packer, node->key),
		.kind = (uint8_t)node->kind, .is_missing = node->is_missing, .is_plain = node->is_plain,
	};

	*vector_push(packer->arena, packer->nodes, packer->count) = node;
	*vector_push(packer->arena, packer->rows, packer->row_count) = row;
}

bool yaml_pack(struct arena *arena, const struct node *root, struct yaml_packed *ret_packed)
{
	struct packer packer = { .arena = arena };

	text_init(&packer.texts, arena);
	add_row(&packer, root, 0);
	for (size_t i = 0; i < packer.count && !packer.is_too_large; i++) {
		for (const struct node *child = packer.nodes[i]->first; child != NULL; child = child->next)
			add_row(&packer, child, i);
	}
	if (packer.is_too_large)
		return false;
	*ret_packed = (struct yaml_packed){ packer.rows, packer.count, packer.texts.data, packer.texts.length };
	return true;
}
