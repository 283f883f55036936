/* Packing a tree and unpacking it gives the same tree; and the policies that are built in are those of the files. */
#include "rows.h"

#include "../../src/policy/embedded.h"
#include "../../src/policy/policy_internal.h"

static void same_text(const char *left, const char *right)
{
	assert_int_equal(left == NULL, right == NULL);
	if (left != NULL)
		assert_string_equal(left, right);
}

static void same_place(struct place left, struct place right)
{
	same_text(left.file, right.file);
	assert_int_equal(left.line, right.line);
	assert_int_equal(left.column, right.column);
}

static void same_node(const struct node *left, const struct node *right)
{
	assert_int_equal(left->kind, right->kind);
	same_place(left->place, right->place);
	same_text(left->text, right->text);
	assert_int_equal(left->is_missing, right->is_missing);
	assert_int_equal(left->is_plain, right->is_plain);
	same_text(left->key, right->key);
	same_place(left->key_place, right->key_place);
	assert_int_equal(left->count, right->count);
	assert_int_equal(left->weight, right->weight);
	assert_int_equal(left->height, right->height);
	assert_int_equal(left->last == NULL, right->last == NULL);
	if (left->last != NULL)
		assert_true(left->last->next == NULL && right->last->next == NULL);
}

static void same_tree(const struct node *left, const struct node *right)
{
	const struct node *mine = left->first, *theirs = right->first;

	same_node(left, right);
	for (; mine != NULL && theirs != NULL; mine = mine->next, theirs = theirs->next)
		same_tree(mine, theirs);
	assert_true(mine == NULL && theirs == NULL);
}

static const struct node *read_text(struct arena *arena, const char *file, const char *text, size_t length)
{
	struct policy_errors errors = { .arena = arena };
	const struct node *root = nodes_read(arena, file, text, length, &errors);

	assert_non_null(root);
	assert_int_equal(errors.count, 0);
	return root;
}

static const char *const texts[] = {
	"version: 1\n",
	"only a text",
	"[]\n",
	"{}\n",
	"- one\n- \"two\"\n-\n- ''\n",
	"version: 1\nempty:\nquoted: ''\nlist: [a, 'b', {c: d, e: [f, [g]]}]\nlast: {x: {y: {z: 1}}}\n",
	"# a comment\n\nkey: >\n  folded over\n  two lines\nother: na\xc3\xafve\n",
};

static void test_text(void **state)
{
	const char *const text = *state;
	struct arena *arena = arena_new();
	const struct node *root = read_text(arena, "p", text, strlen(text));
	struct yaml_packed packed;

	assert_true(yaml_pack(arena, root, &packed));
	assert_int_equal(packed.count, root->weight);
	same_tree(yaml_unpack(arena, "p", &packed), root);
	arena_free(arena);
}

/* Rows count to 65535, and so do lines, columns and places in the texts. */
static void test_too_large(void **state)
{
	const size_t count = 40000;
	struct arena *arena = arena_new();
	struct node *items = arena_alloc(arena, (count + 1) * sizeof(*items));
	struct node root = { .kind = NODE_LIST };
	struct yaml_packed packed = { .count = 7 };

	(void)state;
	for (size_t i = 0; i < count; i++)
		items[i] = (struct node){ .text = "x", .next = &items[i + 1] };
	items[count].text = "";
	root.first = items;
	assert_false(yaml_pack(arena, &root, &packed)); /* each text is two bytes */
	for (size_t i = 0; i < count; i++)
		items[i].text = "";
	assert_true(yaml_pack(arena, &root, &packed));
	assert_int_equal(packed.count, count + 2);
	items[3].place.line = UINT16_MAX + 1;
	assert_false(yaml_pack(arena, &root, &packed));
	items[3].place.line = 1;
	items[3].key_place.column = UINT16_MAX + 1;
	assert_false(yaml_pack(arena, &root, &packed));
	arena_free(arena);
}

static void test_embedded(void **state)
{
	const struct embedded_policy *policy = *state;
	struct arena *arena = arena_new();
	const char *path = arena_printf(arena, "policies/%s.yaml", policy->name);
	static char bytes[POLICY_FILE_BYTES_MAX];
	FILE *file = fopen(path, "re");
	const struct node *root, *images;
	size_t length, count = 0;

	assert_non_null(file);
	length = fread(bytes, 1, sizeof(bytes), file);
	assert_int_equal(fclose(file), 0);
	root = read_text(arena, path, bytes, length);
	same_tree(yaml_unpack(arena, path, &policy->tree), root);
	images = yaml_child(root, "images");
	for (const struct node *image = images != NULL ? images->first : NULL; image != NULL; image = image->next)
		assert_string_equal(policy->images[count++], image->text);
	assert_null(policy->images[count]);
	assert_true(policy == embedded_policies || strcmp(policy[-1].name, policy->name) < 0);
	arena_free(arena);
}

int main(void)
{
	static struct row_tests tests;

	for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
		union { const char *text; void *row; } cast = { .text = texts[i] };

		rows_add(&tests, texts[i], test_text, cast.row);
	}
	ROWS_TEST(&tests, test_too_large);
	for (size_t i = 0; i < embedded_policy_count; i++) {
		union { const struct embedded_policy *policy; void *row; } cast = { .policy = &embedded_policies[i] };

		rows_add(&tests, embedded_policies[i].name, test_embedded, cast.row);
	}
	return rows_run("yaml pack", &tests);
}
