/* Variables, .env files and commands that are one text. */
#include "composes.h"

/* ${expected} NULL: refused with ${reason}. */
struct text_test { const char *text, *expected, *reason; };

static const struct text_test expand_tests[] = {
	{ "", "", NULL },
	{ "plain {x} }", "plain {x} }", NULL },
	{ "$A", "one", NULL },
	{ "$A-$A", "one-one", NULL },
	{ "${A}x", "onex", NULL },
	{ "$Ax", "", NULL },
	{ "$$A", "$A", NULL },
	{ "$$$A", "$one", NULL },
	{ "${DOLLAR}", "$A", NULL }, /* a value is not looked through again */
	{ "${A:-d}", "one", NULL },
	{ "${NO:-d}", "d", NULL },
	{ "${EMPTY:-d}", "d", NULL },
	{ "${EMPTY-d}", "", NULL },
	{ "${NO-d}", "d", NULL },
	{ "${NO:-}", "", NULL },
	{ "${A:+w}", "w", NULL },
	{ "${EMPTY:+w}", "", NULL },
	{ "${EMPTY+w}", "w", NULL },
	{ "${NO+w}", "", NULL },
	{ "${A:?no}", "one", NULL },
	{ "${EMPTY?no}", "", NULL },
	{ "${NO:-${A}}", "one", NULL },
	{ "${NO:-${NO:-${NO:-x}y}z}", "xyz", NULL },
	{ "${A:-${NO:?not asked}}", "one", NULL },
	{ "${NO:-a$${b}", "a${b", NULL },
	{ "${NO:-http://x:1/?a=b}", "http://x:1/?a=b", NULL },
	{ "${SECRET:-d}", "d", NULL },
	{ "$SECRET", "", NULL },
	{ "${NO:-1}${NO:-2}", "12", NULL },
	{ "$", NULL, "write $$" },
	{ "a$ b", NULL, "write $$" },
	{ "$1", NULL, "write $$" },
	{ "${1}", NULL, "write $$" },
	{ "${}", NULL, "write $$" },
	{ "${A", NULL, "${A is not closed" },
	{ "${A:-x", NULL, "${A is not closed" },
	{ "${A:x}", NULL, "${A is not closed by }, and followed by none of" },
	{ "${A/x/y}", NULL, "${A is not closed" },
	{ "${NO:?}", NULL, "the variable NO is required and has no value" },
	{ "${EMPTY:?set it}", NULL, "the variable EMPTY is required and has no value: set it" },
	{ "${NO:?${A}}", NULL, "has no value: one" },
	{ "${SECRET?}", NULL, "may not be taken from the environment" },
	{ "${A:-${A:-${A:-${A:-${A:-${A:-${A:-${A:-x}}}}}}}}", NULL, "nested 8 deep" },
};

static void test_expand(void **state)
{
	const struct text_test *row = *state;
	struct arena *arena = arena_new();
	struct compose_expansion expansion;
	const char *reason = NULL;

	if (compose_expand(arena, row->text, &composes_lookup, &expansion, &reason)) {
		assert_non_null(row->expected);
		assert_string_equal(expansion.text, row->expected);
	} else {
		assert_null(row->expected);
		assert_non_null(strstr(reason, row->reason));
	}
	arena_free(arena);
}

/* Only what was wanted is named. */
static void test_missing(void **state)
{
	struct arena *arena = arena_new();
	struct compose_expansion expansion;
	const char *reason;

	(void)state;
	assert_true(compose_expand(arena, "$NO ${NO} ${A:-$NEVER} ${SECRET:-x} ${NO:-$ALSO}", &composes_lookup, &expansion, &reason));
	assert_int_equal(expansion.unset.count, 2);
	assert_string_equal(expansion.unset.items[0], "NO");
	assert_string_equal(expansion.unset.items[1], "ALSO");
	assert_int_equal(expansion.withheld.count, 1);
	assert_string_equal(expansion.withheld.items[0], "SECRET");
	arena_free(arena);
}

static enum compose_state find_long(const void *context, const char *name, const char **ret_value)
{
	(void)name;
	*ret_value = context;
	return COMPOSE_SET;
}

static void test_length(void **state)
{
	struct arena *arena = arena_new();
	char *value = arena_alloc(arena, COMPOSE_TEXT_BYTES_MAX + 1);
	const struct compose_lookup lookup = { find_long, value };
	struct compose_expansion expansion;
	const char *reason = NULL;

	(void)state;
	memset(value, 'x', COMPOSE_TEXT_BYTES_MAX);
	assert_true(compose_expand(arena, "$X", &lookup, &expansion, &reason));
	assert_int_equal(strlen(expansion.text), COMPOSE_TEXT_BYTES_MAX);
	assert_false(compose_expand(arena, "$X$X", &lookup, &expansion, &reason));
	assert_string_equal(reason, "with its variables filled in it is too long");
	arena_free(arena);
}

static const struct text_test value_tests[] = {
	{ "plain", "plain", NULL },
	{ "  spaced  ", "spaced", NULL },
	{ "a b", "a b", NULL },
	{ "a # comment", "a", NULL },
	{ "a#b", "a#b", NULL },
	{ "# all", "", NULL },
	{ "'$A # x'", "$A # x", NULL },
	{ "'a' # x", "a", NULL },
	{ "\"$A\\n\\\"\\$A\\\\\"", "one\n\"$A\\", NULL },
	{ "\"\\x\"", "\\x", NULL },
	{ "$A", "one", NULL },
	{ "${NO:-x}", "x", NULL },
	{ "", "", NULL },
	{ "''", "", NULL },
	{ "'open", NULL, "not closed" },
	{ "\"open", NULL, "not closed" },
	{ "\"open\\\"", NULL, "not closed" },
	{ "'a'b", NULL, "follows the closing quote" },
	{ "\"a\"#b", NULL, "follows the closing quote" },
	{ "$", NULL, "write $$" },
};

static void test_value(void **state)
{
	const struct text_test *row = *state;
	struct arena *arena = arena_new();
	const char *reason = NULL;
	struct compose_expansion value;

	if (compose_env_value(arena, row->text, &composes_lookup, &value, &reason)) {
		assert_non_null(row->expected);
		assert_string_equal(value.text, row->expected);
	} else {
		assert_null(row->expected);
		assert_non_null(strstr(reason, row->reason));
	}
	arena_free(arena);
}

/* Entries joined with '|'. */
static const struct text_test env_tests[] = {
	{ "", "", NULL },
	{ "B=1\n# no\n\n  export C = 2\r\nD='x y'", "B=1|C=2|D=x y", NULL },
	{ "B=1\nC=$B$B", "B=1|C=11", NULL },
	{ "A=2\nC=$A", "A=2|C=one", NULL }, /* what is outside comes first */
	{ "exported=1", "exported=1", NULL },
	{ "B", NULL, "line 1 is not NAME=VALUE" },
	{ "B=1\n=2", NULL, "line 2 is not NAME=VALUE" },
	{ "B;C=1", NULL, "line 1 is not NAME=VALUE" },
	{ "B='x\ny'\nC=1", "B=x\ny|C=1", NULL },
	{ "B=\"x\\\"\r\ny\" # z\r\nC=1", "B=x\"\r\ny|C=1", NULL },
	{ "\xef\xbb\xbf" "B=1", "B=1", NULL },
	{ "# it's\nB=1", "B=1", NULL },
	{ "B='x\nC=1", NULL, "the variable B: a quote is not closed" },
	{ "B='x\ny'\n;", NULL, "line 3 is not NAME=VALUE" },
	{ "B=\xff", NULL, "not UTF-8" },
};

static void test_env(void **state)
{
	const struct text_test *row = *state;
	struct arena *arena = arena_new();
	struct string_list entries;
	const char *reason = NULL;
	struct text text;

	text_init(&text, arena);
	text_add(&text, "");
	if (compose_parse_env(arena, row->text, strlen(row->text), &composes_lookup, &entries, &reason)) {
		assert_non_null(row->expected);
		for (size_t i = 0; i < entries.count; i++)
			text_addf(&text, "%s%s", i > 0 ? "|" : "", entries.items[i]);
		assert_string_equal(text.data, row->expected);
	} else {
		assert_null(row->expected);
		assert_non_null(strstr(reason, row->reason));
	}
	arena_free(arena);
}

static void test_env_nul(void **state)
{
	struct arena *arena = arena_new();
	struct string_list entries;
	const char *reason = NULL;

	(void)state;
	assert_false(compose_parse_env(arena, "A=1\0B=2", 7, &composes_lookup, &entries, &reason));
	assert_string_equal(reason, "it is not UTF-8 text");
	arena_free(arena);
}

/* Words joined with '|'. */
static const struct text_test split_tests[] = {
	{ "", "", NULL },
	{ "  ", "", NULL },
	{ "a b  c", "a|b|c", NULL },
	{ "'a b' \"c d\"", "a b|c d", NULL },
	{ "a'b'\"c\"d", "abcd", NULL },
	{ "'' \"\"", "|", NULL },
	{ "a\\ b", "a b", NULL },
	{ "'a\\b'", "a\\b", NULL },
	{ "\"a\\\"b\"", "a\"b", NULL },
	{ "sh -c 'a && b | c > d'", "sh|-c|a && b | c > d", NULL },
	{ "a\tb\nc", "a|b|c", NULL },
	{ "a & b", NULL, "& is for a shell" },
	{ "a; b", NULL, "; is for a shell" },
	{ "a > b", NULL, "> is for a shell" },
	{ "`a`", NULL, "` is for a shell" },
	{ "$(a)", NULL, "( is for a shell" },
	{ "'a", NULL, "a quote is not closed" },
	{ "a\\", NULL, "nothing follows the last backslash" },
};

static void test_split(void **state)
{
	const struct text_test *row = *state;
	struct arena *arena = arena_new();
	struct string_list words;
	const char *reason = NULL;
	struct text text;

	text_init(&text, arena);
	text_add(&text, "");
	if (compose_split(arena, row->text, &words, &reason)) {
		assert_non_null(row->expected);
		for (size_t i = 0; i < words.count; i++)
			text_addf(&text, "%s%s", i > 0 ? "|" : "", words.items[i]);
		assert_string_equal(text.data, row->expected);
	} else {
		assert_null(row->expected);
		assert_non_null(strstr(reason, row->reason));
	}
	arena_free(arena);
}

static void add_rows(struct row_tests *rows, const struct text_test *tests, size_t count, CMUnitTestFunction function)
{
	for (size_t i = 0; i < count; i++)
		rows_add(rows, tests[i].text[0] != '\0' ? tests[i].text : "nothing", function, (void *)(uintptr_t)&tests[i]);
}

int main(void)
{
	struct row_tests rows = { .count = 0 };

	add_rows(&rows, expand_tests, ARRAY_COUNT(expand_tests), test_expand);
	add_rows(&rows, value_tests, ARRAY_COUNT(value_tests), test_value);
	add_rows(&rows, env_tests, ARRAY_COUNT(env_tests), test_env);
	add_rows(&rows, split_tests, ARRAY_COUNT(split_tests), test_split);
	ROWS_TEST(&rows, test_missing);
	ROWS_TEST(&rows, test_length);
	ROWS_TEST(&rows, test_env_nul);
	return rows_run("compose values", &rows);
}
