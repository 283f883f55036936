/* The grammar of --env-file and --label-file, and that what is wrong with one is told without telling what is in it. */
#include "rows.h"

#include "../../src/host/host_internal.h"

struct lines_row {
	const char *name;
	const char *text;
	const char *wanted; /* the lines, '|' between; NULL: refused */
	const char *reason;
};

static struct lines_row lines_rows[] = {
	{ "empty", "", "", NULL },
	{ "one line without an end", "A=1", "A=1", NULL },
	{ "two lines", "A=1\nB=2\n", "A=1|B=2", NULL },
	{ "an empty value", "A=\n", "A=", NULL },
	{ "equals signs in the value", "A=b=c==\n", "A=b=c==", NULL },
	{ "quotes are literal", "A=\"x y\"\nB='z'\n", "A=\"x y\"|B='z'", NULL },
	{ "a value with # is no comment", "A=x # y\n", "A=x # y", NULL },
	{ "comments and blank lines", "# A=1\n\n   \n\t# x\nB=2\n", "B=2", NULL },
	{ "blanks before the name", "  \tA=1\n", "A=1", NULL },
	{ "blanks at the end stay", "A=1 \t\n", "A=1 \t", NULL },
	{ "carriage returns of Windows", "A=1\r\nB=2\r\n", "A=1|B=2", NULL },
	{ "a byte order mark", "\xef\xbb\xbf" "A=1\n", "A=1", NULL },
	{ "no expansion", "A=$HOME ${B} `x`\n", "A=$HOME ${B} `x`", NULL },
	{ "dots and dashes in names", "a.b-c_D9=1\n", "a.b-c_D9=1", NULL },
	{ "names given twice stay in order", "A=1\nA=2\n", "A=1|A=2", NULL },
	{ "UTF-8", "A=\xc3\xa9\n", "A=\xc3\xa9", NULL },
	{ "a bare name", "A=1\nSECRETWORD\n", NULL, "line 2 is not NAME=VALUE" },
	{ "no name", "=SECRETWORD\n", NULL, "line 1 is not NAME=VALUE" },
	{ "a blank in the name", "A SECRETWORD=1\n", NULL, "line 1 is not NAME=VALUE" },
	{ "export", "export A=SECRETWORD\n", NULL, "line 1 is not NAME=VALUE" },
	{ "a tab in the name", "\n\nA\t=SECRETWORD\n", NULL, "line 3 is not NAME=VALUE" },
	{ "a control character in the name", "A\x01=SECRETWORD\n", NULL, "line 1 is not NAME=VALUE" },
	{ "a deletion in the name", "A\x7f=SECRETWORD\n", NULL, "line 1 is not NAME=VALUE" },
	{ "a second byte order mark", "\xef\xbb\xbf\xef\xbb\xbf" "LD_PRELOAD=SECRETWORD\n", NULL, "line 1 is not NAME=VALUE" },
	{ "a mark in the middle of a name", "A=1\nB\xe2\x80\xae=SECRETWORD\n", NULL, "line 2 is not NAME=VALUE" },
	{ "/etc/shadow", "root:$6$SECRETWORD:19000:0:99999:7:::\n", NULL, "line 1 is not NAME=VALUE" },
	{ "not UTF-8", "A=\xff\xfe\n", NULL, "it is not UTF-8 text" },
	{ "UTF-8 cut off", "A=\xc3", NULL, "it is not UTF-8 text" },
};

static void test_lines_row(void **state)
{
	const struct lines_row *row = *state;
	struct arena *arena = arena_new();
	struct string_list lines = { NULL, 0 };
	const char *reason = NULL;
	bool is_read = host_parse_lines(arena, row->text, strlen(row->text), &lines, &reason);
	struct text joined;

	assert_int_equal(is_read, row->wanted != NULL);
	if (is_read) {
		text_init(&joined, arena);
		for (size_t i = 0; i < lines.count; i++)
			text_addf(&joined, "%s%s", i > 0 ? "|" : "", lines.items[i]);
		assert_string_equal(joined.data, row->wanted);
	} else {
		assert_string_equal(reason, row->reason);
		assert_null(strstr(reason, "SECRETWORD"));
		assert_int_equal(lines.count, 0);
	}
	arena_free(arena);
}

static void test_nul(void **state)
{
	struct arena *arena = arena_new();
	struct string_list lines = { NULL, 0 };
	const char *reason = NULL;

	(void)state;
	assert_false(host_parse_lines(arena, "A=1\0B=2\n", 8, &lines, &reason));
	assert_string_equal(reason, "it is not UTF-8 text");
	arena_free(arena);
}

int main(void)
{
	static struct row_tests rows;

	for (size_t i = 0; i < ARRAY_COUNT(lines_rows); i++)
		rows_add(&rows, lines_rows[i].name, test_lines_row, &lines_rows[i]);
	ROWS_TEST(&rows, test_nul);
	return rows_run("host_lines", &rows);
}
