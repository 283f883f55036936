/* Text: what is UTF-8, what must not be seen on a terminal, and how words are shown. */
#include "rows.h"

#include <hardrun/base.h>

struct utf8_row {
	const char *name;
	const char *bytes;
	bool is_utf8;
	bool has_control; /* of what is UTF-8 */
};

static struct utf8_row utf8_rows[] = {
	{ "empty", "", true, false },
	{ "ASCII", "abc /:=~", true, false },
	{ "tab", "a\tb", true, true },
	{ "newline", "a\nb", true, true },
	{ "escape", "\x1b[2J", true, true },
	{ "bell", "\a", true, true },
	{ "unit separator", "\x1f", true, true },
	{ "DEL", "\x7f", true, true },
	{ "NEL, a C1 control", "\xc2\x85", true, true },
	{ "last C1", "\xc2\x9f", true, true },
	{ "no-break space", "\xc2\xa0", true, false },
	{ "soft hyphen", "a\xc2\xad" "b", true, true },
	{ "latin", "caf\xc3\xa9", true, false },
	{ "cyrillic a", "\xd0\xb0lpine", true, false },
	{ "arabic letter mark", "\xd8\x9c", true, true },
	{ "euro", "\xe2\x82\xac", true, false },
	{ "zero-width space", "alpine\xe2\x80\x8b", true, true },
	{ "zero-width joiner", "\xe2\x80\x8d", true, true },
	{ "left-to-right mark", "\xe2\x80\x8e", true, true },
	{ "line separator", "\xe2\x80\xa8", true, true },
	{ "paragraph separator", "\xe2\x80\xa9", true, true },
	{ "right-to-left override", "\xe2\x80\xae", true, true },
	{ "right-to-left isolate", "\xe2\x81\xa7", true, true },
	{ "en dash", "\xe2\x80\x93", true, false },
	{ "word joiner", "\xe2\x81\xa0", true, true },
	{ "byte order mark", "\xef\xbb\xbf" "a", true, true },
	{ "replacement character", "\xef\xbf\xbd", true, false },
	{ "last before the surrogates", "\xed\x9f\xbf", true, false },
	{ "first surrogate", "\xed\xa0\x80", false, false },
	{ "last surrogate", "\xed\xbf\xbf", false, false },
	{ "first behind the surrogates", "\xee\x80\x80", true, false },
	{ "emoji", "\xf0\x9f\x90\xb3", true, false },
	{ "tag character", "\xf3\xa0\x81\x81", true, true },
	{ "U+10FFFF", "\xf4\x8f\xbf\xbf", true, false },
	{ "U+110000", "\xf4\x90\x80\x80", false, false },
	{ "five bytes", "\xf8\x88\x80\x80\x80", false, false },
	{ "fe", "\xfe", false, false },
	{ "ff", "a\xff", false, false },
	{ "continuation alone", "\x80", false, false },
	{ "slash in two bytes", "\xc0\xaf", false, false },
	{ "NUL in two bytes", "\xc0\x80", false, false },
	{ "DEL in two bytes", "\xc1\xbf", false, false },
	{ "slash in three bytes", "\xe0\x80\xaf", false, false },
	{ "U+07FF in three bytes", "\xe0\x9f\xbf", false, false },
	{ "U+0800", "\xe0\xa0\x80", true, false },
	{ "slash in four bytes", "\xf0\x80\x80\xaf", false, false },
	{ "U+FFFF in four bytes", "\xf0\x8f\xbf\xbf", false, false },
	{ "U+10000", "\xf0\x90\x80\x80", true, false },
	{ "two bytes cut short", "\xc3", false, false },
	{ "three bytes cut short", "\xe2\x82", false, false },
	{ "four bytes cut short", "\xf0\x9f\x90", false, false },
	{ "lead where a continuation belongs", "\xe2\x82\xc3\xa9", false, false },
	{ "ASCII where a continuation belongs", "\xc3" "a", false, false },
	{ "latin-1", "caf\xe9", false, false },
};

static void test_utf8_row(void **state)
{
	const struct utf8_row *row = *state;
	struct arena *arena = arena_new();
	const char *shown = string_printable(arena, row->bytes, 0);

	assert_int_equal(string_is_utf8(row->bytes), row->is_utf8);
	if (row->is_utf8)
		assert_int_equal(string_has_control(row->bytes), row->has_control);
	else
		assert_true(string_has_control(row->bytes));
	/* Whatever it was, what is shown is harmless, and what was harmless is shown as it is. */
	assert_true(string_is_utf8(shown));
	assert_false(string_has_control(shown));
	assert_int_equal(strcmp(shown, row->bytes) == 0, row->is_utf8 && !row->has_control);
	arena_free(arena);
}

struct nearest_row {
	const char *name; /* the word */
	const char *nearest;
};

static struct nearest_row nearest_rows[] = {
	{ "privileg", "privileged" }, { "privileged", "privileged" }, { "prvileged", "privileged" }, { "cap_add", "cap-add" },
	{ "cap-ad", "cap-add" }, { "volum", "volume" }, { "voluem", "volume" }, { "nmae", "name" }, { "nam", "name" },
	{ "", NULL }, { "x", NULL }, { "zzzzzz", NULL }, { "bogus-flag", NULL }, { "privilegedprivileged", NULL },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL },
};

static void test_nearest_row(void **state)
{
	static const char *const names[] = { "cap-add", "cap-drop", NULL, "name", "privileged", "volume", "volumes-from" };
	const struct nearest_row *row = *state;
	const char *nearest = string_nearest(row->name, names, ARRAY_COUNT(names));

	if (row->nearest == NULL)
		assert_null(nearest);
	else
		assert_string_equal(nearest, row->nearest);
}

struct quote_row {
	const char *name; /* the word */
	const char *quoted;
};

static struct quote_row quote_rows[] = {
	{ "plain", "plain" }, { "--memory=512m", "--memory=512m" }, { "/a/b:/c,ro", "/a/b:/c,ro" }, { "", "''" },
	{ "a b", "'a b'" },
	{ "it's", "'it'\\''s'" }, { "'", "''\\'''" }, { "$HOME", "'$HOME'" }, { "`id`", "'`id`'" }, { "a;b", "'a;b'" },
	{ "~/x", "'~/x'" },
	{ "a\nb", "'a\nb'" }, { "*", "'*'" }, { "a\\b", "'a\\b'" }, { "caf\xc3\xa9", "'caf\xc3\xa9'" }, { "#x", "'#x'" },
	{ "!x", "'!x'" },
	{ "{a,b}", "'{a,b}'" }, { "\"", "'\"'" },
	{ "a\tb", "'a\tb'" }, { "\033[2J", "$'\\033[2J'" }, { "\0337", "$'\\0337'" }, { "a\rb", "$'a\\015b'" }, { "\177", "$'\\177'" },
	{ "it's \a", "$'it\\'s \\007'" }, { "\\n\b", "$'\\\\n\\010'" }, { "a\nb\033", "$'a\\012b\\033'" },
	{ "$HOME`id`\033", "$'$HOME`id`\\033'" }, { "\xc2\x9b" "2J", "$'\\302\\2332J'" },
	{ "caf\xc3\xa9\033", "$'caf\xc3\xa9\\033'" }, { "\xff", "$'\\377'" }, { "\xc3", "$'\\303'" },
	{ "\xe2\x80\xae" "x", "$'\\342\\200\\256x'" },
};

static void test_quote_row(void **state)
{
	const struct quote_row *row = *state;
	struct arena *arena = arena_new();

	assert_string_equal(shell_quote(arena, row->name), row->quoted);
	arena_free(arena);
}

static void test_printable_marks_every_byte(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	assert_string_equal(string_printable(arena, "a\x1b[1mb\xff", 0), "a\\x1b[1mb\\xff");
	assert_string_equal(string_printable(arena, "\xe2\x80\xae", 0), "\\xe2\\x80\\xae");
	arena_free(arena);
}

static void test_printable_cuts_between_characters(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	assert_string_equal(string_printable(arena, "abcdef", 6), "abcdef");
	assert_string_equal(string_printable(arena, "abcdefg", 6), "abcdef...");
	assert_string_equal(string_printable(arena, "abcd\xe2\x82\xac", 6), "abcd...");
	assert_string_equal(string_printable(arena, "abcd\n", 6), "abcd...");
	arena_free(arena);
}

int main(void)
{
	static struct row_tests rows;

	for (size_t i = 0; i < ARRAY_COUNT(utf8_rows); i++)
		rows_add(&rows, utf8_rows[i].name, test_utf8_row, &utf8_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(nearest_rows); i++)
		rows_add(&rows, nearest_rows[i].name, test_nearest_row, &nearest_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(quote_rows); i++)
		rows_add(&rows, quote_rows[i].name, test_quote_row, &quote_rows[i]);
	ROWS_TEST(&rows, test_printable_marks_every_byte);
	ROWS_TEST(&rows, test_printable_cuts_between_characters);
	return rows_run("string", &rows);
}
