/* The strict subset: what is not of it, and how hostile files end. */
#include "policies.h"

#include <time.h>

#define V "version: 1\n"

static struct wrong_row wrong_rows[] = {
	{ "", "1:1", "the file is empty", NULL },
	{ "\n\n", "1:1", "holds no policy", NULL },
	{ "# nothing but a comment\n", "1:1", "holds no policy", NULL },
	{ "---\n", "1:1", "holds no policy", NULL },
	{ "\xef\xbb\xbfversion: 1\n", "1:1", "byte order mark", NULL },
	{ "\xff\xfev\x01", "1:1", "UTF-16", NULL },
	{ "\xfe\xff\x01v", "1:1", "UTF-16", NULL },
	{ V "description: \xc3\x28\n", "2:15", "not well-formed YAML: a policy is UTF-8", NULL },
	{ V "description: caf\xe9\n", "2:17", "UTF-8", NULL },
	{ V "description: \x01\n", "2:14", "control characters are not allowed", NULL },
	{ V "description: \"a\\x01\"\n", "2:14", "control or an invisible character", NULL },
	{ V "description: a\xe2\x80\xae" "b\n", "2:14", "invisible character", NULL },
	{ V "description: \"a\\0b\"\n", "2:14", "NUL byte", NULL },
	{ "just words\n", "1:1", "a policy is a map of keys, and this is a text", "version: 1" },
	{ "[version, 1]\n", "1:1", "this is a list", NULL },
	{ V "---\nversion: 1\n", "2:1", "a second document", "one document" },
	{ "%YAML 1.2\n---\nversion: 1\n", "1:1", "directives", NULL },
	{ "%TAG ! tag:x:\n---\nversion: 1\n", "1:1", "directives", NULL },
	{ V "defaults: &a {init: true}\n", "2:11", "an anchor (&name)", "write the value out" },
	{ V "description: &a text\n", "2:14", "an anchor (&name)", NULL },
	{ V "images: &l [\"*\"]\n", "2:9", "an anchor (&name)", NULL },
	{ V "description: *a\n", "2:14", "an alias", NULL },
	{ V "description: !!str text\n", "2:14", "a tag (!name)", "the key decides" },
	{ V "images: !x [\"*\"]\n", "2:9", "a tag (!name)", NULL },
	{ V "defaults:\n  <<: {init: true}\n", "3:3", "a merge key", "extends" },
	{ V "? [a, b]\n: c\n", "2:3", "a list stands where a key should be", NULL },
	{ V "? {a: b}\n: c\n", "2:3", "a map stands where a key should be", NULL },
	{ V "version: 1\n", "2:1", "\"version\" stands twice: here and in line 1, column 1", "keep one" },
	{ V "allow: {entrypoint: true, entrypoint: false}\n", "2:27", "stands twice: here and in line 2, column 9", NULL },
	{ V "allow: {entrypoint: true, \"entrypoint\": false}\n", "2:27", "stands twice", NULL },
	{ V "defaults:\n\tinit: true\n", "3:1", "not well-formed YAML", "spaces" },
	{ V "images: [\"*\"\n", "3:1", "not well-formed YAML", NULL },
	{ V "description: \"open\n", "3:1", "not well-formed YAML", NULL },
	{ V "a b: : c\n", "2:6", "not well-formed YAML", NULL },
	{ V " description: x\n", "2:13", "not well-formed YAML", NULL },
	{ V "\"de\\nscription\": x\n", "2:1", "control character", NULL },
};

static const char *const right[] = {
	V,
	"---\nversion: 1\n",
	"---\nversion: 1\n...\n",
	"version: 1",
	"\"version\": \"1\"\n",
	"'version': 1\n",
	"{\"version\": 1, \"images\": [\"*\"], \"allow\": {\"cpus\": 1.5, \"entrypoint\": true}}",
	"{\n\t\"version\": 1,\n\t\"description\": \"tabs in JSON\"\n}\n",
	"version: 1\r\ndescription: lines of another system\r\n",
	"version: 1\ndescription: >\n  folded over\n  two lines\n",
	"version: 1\ndescription: |\n  two\n  lines\n",
	"version: 1 # with a comment\n# and another\n",
	"version: 1\ndescription: na\xc3\xafve caf\xc3\xa9 \xe6\x97\xa5\xe6\x9c\xac\n",
};

static void test_right(void **state)
{
	struct arena *arena = arena_new();

	assert_non_null(policies_parse(arena, *state));
	arena_free(arena);
}

static void test_folded_text_is_one_line(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	assert_string_equal(policies_parse(arena, "version: 1\ndescription: |\n  two\n  lines\n")->description.value, "two lines");
	arena_free(arena);
}

static void test_nul_byte_in_the_middle(void **state)
{
	static const char bytes[] = "version: 1\n# a\0b\ndescription: x\n";
	struct arena *arena = arena_new();
	struct policy_errors errors = { .arena = arena };

	(void)state;
	assert_null(policy_parse(arena, "p", bytes, sizeof(bytes) - 1, &errors));
	assert_int_equal(errors.count, 1);
	assert_non_null(strstr(errors.items[0].message, "found a NUL byte"));
	assert_string_equal(place_text(arena, errors.items[0].place), "p:2:4");
	arena_free(arena);
}

/* ---- size, width, depth ---- */

static const char *repeat(struct arena *arena, const char *before, const char *item, size_t count, const char *after)
{
	struct text text;

	text_init(&text, arena);
	text_add(&text, before);
	for (size_t i = 0; i < count; i++)
		text_add(&text, item);
	text_add(&text, after);
	return text.data;
}

/* The only error of ${text}, and that it came within a second. */
static const char *only_error(struct arena *arena, const char *text)
{
	struct policy_errors errors = { .arena = arena };
	const clock_t start = clock();

	assert_null(policy_parse(arena, "p", text, strlen(text), &errors));
	assert_true(clock() - start < CLOCKS_PER_SEC);
	assert_int_equal(errors.count, 1);
	return errors.items[0].message;
}

static void test_depth(void **state)
{
	struct arena *arena = arena_new();
	const char *const openings[] = { "[", "{a: ", "- ", "? ", "[[{a: [" };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(openings); i++) {
		const char *message = only_error(arena, repeat(arena, V "x: \n ", openings[i], 200, ""));

		if (strstr(message, "nested more than 16 deep") == NULL && strstr(message, "where a key should be") == NULL &&
		    strstr(message, "not well-formed") == NULL)
			fail_msg("%s: %s", openings[i], message);
	}
	assert_non_null(strstr(only_error(arena, repeat(arena, V "images: ", "[", 60000, "")), "nested more than 16 deep"));
	assert_non_null(strstr(only_error(arena, repeat(arena, V "images: ", "{a: ", 60000, "")), "nested more than 16 deep"));
	arena_free(arena);
}

static void test_width(void **state)
{
	struct arena *arena = arena_new();
	const char *widest = repeat(arena, V "images: [", "\"*\",", POLICY_LIST_MAX, "]\n");
	const char *wider = repeat(arena, V "images: [", "\"*\",", POLICY_LIST_MAX + 1, "]\n");

	(void)state;
	assert_int_equal(policies_parse(arena, widest)->images.count, POLICY_LIST_MAX);
	assert_non_null(strstr(only_error(arena, wider), "a list of more than 1024 entries"));
	arena_free(arena);
}

static void test_size(void **state)
{
	struct arena *arena = arena_new();
	struct policy_errors errors = { .arena = arena };
	const char *start = V "#";
	const char *largest = repeat(arena, start, "x", POLICY_FILE_BYTES_MAX - strlen(start), "");

	(void)state;
	assert_int_equal(strlen(largest), POLICY_FILE_BYTES_MAX);
	assert_non_null(policies_parse(arena, largest));
	assert_null(policy_parse(arena, "p", arena_printf(arena, "%sx", largest), POLICY_FILE_BYTES_MAX + 1, &errors));
	assert_int_equal(errors.items[0].kind, ERROR_LIMIT);
	assert_non_null(strstr(errors.items[0].message, "262145 bytes"));
	arena_free(arena);
}

static void test_many_duplicates_are_capped(void **state)
{
	struct arena *arena = arena_new();
	struct policy_errors errors = { .arena = arena };
	const char *text = repeat(arena, V, "description: x\n", 10000, "");

	(void)state;
	assert_null(policy_parse(arena, "p", text, strlen(text), &errors));
	assert_int_equal(errors.count, POLICY_ERRORS_MAX);
	for (size_t i = 0; i < errors.count; i++)
		assert_int_equal(errors.items[i].place.line, i + 3);
	arena_free(arena);
}

int main(void)
{
	static struct row_tests tests;

	for (size_t i = 0; i < ARRAY_COUNT(wrong_rows); i++)
		rows_add(&tests, wrong_rows[i].text[0] == '\0' ? "(empty)" : wrong_rows[i].text, policies_test_wrong, &wrong_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(right); i++) {
		union { const char *text; void *row; } cast = { .text = right[i] };

		rows_add(&tests, right[i], test_right, cast.row);
	}
	ROWS_TEST(&tests, test_folded_text_is_one_line);
	ROWS_TEST(&tests, test_nul_byte_in_the_middle);
	ROWS_TEST(&tests, test_depth);
	ROWS_TEST(&tests, test_width);
	ROWS_TEST(&tests, test_size);
	ROWS_TEST(&tests, test_many_duplicates_are_capped);
	return rows_run("policy yaml", &tests);
}
