/* The grammar of "when". */
#include "rows.h"

#include "../../src/profile/profile_internal.h"

struct when_row {
	const char *when;
	bool is_refusal;
	size_t count;          /* of clauses; 0: an error */
	const char *part;      /* of the error's message */
	uint64_t holds, fails; /* arg0 values that are in and out */
};

#define GRANT false
#define REFUSAL true

static const struct when_row rows[] = {
	{ "arg0 == 5", GRANT, 1, NULL, 5, 6 },
	{ "arg0==5", GRANT, 1, NULL, 5, 0x100000005 },
	{ "  arg0  ==  5  ", GRANT, 1, NULL, 5, 4 },
	{ "\targ0\tin\t5", GRANT, 1, NULL, 5, 4 },
	{ "arg0 in 5", GRANT, 1, NULL, 5, 4 },
	{ "arg0 in 1, 2,3 ,4", GRANT, 4, NULL, 3, 5 },
	{ "arg0 in AF_UNIX, AF_INET6", GRANT, 2, NULL, 10, 2 },
	{ "arg0 in 1, 1", GRANT, 1, NULL, 1, 2 },
	{ "arg0 == 0xffffffffffffffff", GRANT, 1, NULL, UINT64_MAX, 0 },
	{ "arg0 == 18446744073709551615", GRANT, 1, NULL, UINT64_MAX, 0 },
	{ "arg0 == 0xAbC", GRANT, 1, NULL, 0xabc, 0 },
	{ "arg0 < 3", GRANT, 1, NULL, 2, 3 },
	{ "arg0 < 3", GRANT, 1, NULL, 0, 0x100000000 },
	{ "arg0 != 3", GRANT, 32, NULL, 2, 3 },
	{ "arg0 != 3", GRANT, 32, NULL, 0x100000002, 0x100000003 },
	{ "arg0 != 0x100000003", GRANT, 2, NULL, 3, 0x100000003 },
	{ "arg0 & 6 == 4", GRANT, 1, NULL, 0xc, 2 },
	{ "arg0 & 0xff == CLONE_NEWTIME", GRANT, 1, NULL, 0x80, 0x81 },
	{ "arg0 & 0xffffffffffffffff == 9", GRANT, 1, NULL, 9, 0x100000009 },
	{ "arg0 == 5 and arg0 in 5, 6", GRANT, 1, NULL, 5, 6 },
	{ "arg0 in 1, 2 and arg1 in 0, 3 and arg5 == 0", GRANT, 4, NULL, 1, 3 },
	{ "arg0 == 5", REFUSAL, 1, NULL, 0x700000005, 6 },
	{ "arg0 in 1, 0x100000000", REFUSAL, 2, NULL, 0x100000000, 0x200000000 },
	{ "arg0 != 5", REFUSAL, 2, NULL, 0x100000005, 5 },
	{ "arg0 & 1 == 1", REFUSAL, 1, NULL, 0xff01, 2 },

	{ "", GRANT, 0, "arg0 to arg5 expected", 0, 0 },
	{ "   ", GRANT, 0, "arg0 to arg5 expected", 0, 0 },
	{ "arg6 == 1", GRANT, 0, "arg0 to arg5 expected before \"arg6", 0, 0 },
	{ "arg == 1", GRANT, 0, "arg0 to arg5", 0, 0 },
	{ "ARG0 == 1", GRANT, 0, "arg0 to arg5", 0, 0 },
	{ "arg0", GRANT, 0, "in, ==, !=, < or & expected", 0, 0 },
	{ "arg0 = 1", GRANT, 0, "in, ==, !=, < or &", 0, 0 },
	{ "arg0 > 1", GRANT, 0, "in, ==, !=, < or &", 0, 0 },
	{ "arg0 <= 1", GRANT, 0, "a number", 0, 0 },
	{ "arg00 == 1", GRANT, 0, "in, ==, !=, < or &", 0, 0 },
	{ "arg0 in1", GRANT, 0, "in, ==, !=, < or &", 0, 0 },
	{ "arg0 ==", GRANT, 0, "a number or a known name", 0, 0 },
	{ "arg0 == AF_NOSUCH", GRANT, 0, "a known name such as AF_UNIX expected before \"AF_NOSUCH\"", 0, 0 },
	{ "arg0 == af_unix", GRANT, 0, "a known name", 0, 0 },
	{ "arg0 == -1", GRANT, 0, "a number", 0, 0 },
	{ "arg0 == 0x", GRANT, 0, "a number", 0, 0 },
	{ "arg0 == 0x10000000000000000", GRANT, 0, "a number", 0, 0 },
	{ "arg0 == 18446744073709551616", GRANT, 0, "a number", 0, 0 },
	{ "arg0 == 010", GRANT, 0, "a number", 0, 0 },
	{ "arg0 == 1_000", GRANT, 0, "a number", 0, 0 },
	{ "arg0 == 0xzz", GRANT, 0, "a number", 0, 0 },
	{ "arg0 == AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", GRANT, 0, "a number", 0, 0 },
	{ "arg0 in 1,", GRANT, 0, "a number", 0, 0 },
	{ "arg0 in ,1", GRANT, 0, "a number", 0, 0 },
	{ "arg0 == 1, 2", GRANT, 0, "\"and\" or the end", 0, 0 },
	{ "arg0 & 3", GRANT, 0, "== expected", 0, 0 },
	{ "arg0 & 0 == 0", GRANT, 0, "a mask other than 0", 0, 0 },
	{ "arg0 & 3 == 4", GRANT, 0, "a value within the mask", 0, 0 },
	{ "arg0 & 3 != 1", GRANT, 0, "== expected", 0, 0 },
	{ "arg0 < 0", GRANT, 0, "a limit above 0", 0, 0 },
	{ "arg0 < 5", REFUSAL, 0, "cannot be used to refuse", 0, 0 },
	{ "arg0 == 1 or arg0 == 2", GRANT, 0, "\"and\" or the end expected before \"or arg0", 0, 0 },
	{ "arg0 == 1 and", GRANT, 0, "\"and\" or the end", 0, 0 },
	{ "arg0 == 1 and ", GRANT, 0, "arg0 to arg5", 0, 0 },
	{ "arg0 == 1 andarg1 == 2", GRANT, 0, "\"and\" or the end", 0, 0 },
	{ "arg0 == 1 and arg0 == 2", GRANT, 0, "can never hold", 0, 0 },
	{ "arg0 == 1\narg1 == 2", GRANT, 0, "\"and\" or the end", 0, 0 },
	{ "arg0 == 1\x1b[2J", GRANT, 0, "\\x1b[2J", 0, 0 },
	{ "arg0 != 1 and arg1 != 2 and arg2 != 3", GRANT, 0, "too many alternatives", 0, 0 },
};

static bool set_holds(const struct clause_set *set, uint64_t value)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct limit *limit = &set->items[i].limits[0];

		if (limit->is_masked ? (value & limit->first) == limit->last : value >= limit->first && value <= limit->last)
			return true;
	}
	return false;
}

static void test_when(void **state)
{
	const struct when_row *row = *state;
	struct arena *arena = arena_new();
	const struct policy_syscall_rule rule = { "socket", row->when, { "web.yaml", 7, 9 } };
	struct clause_set set = { .count = 12345 };
	struct error err = { 0 };
	const int r = when_parse(arena, &rule, row->is_refusal, &set, &err);

	if (row->count == 0) {
		assert_int_equal(r, -(int)ERROR_POLICY);
		assert_int_equal(set.count, 12345);
		assert_int_equal(err.kind, ERROR_POLICY);
		assert_int_equal(err.place.line, 7);
		assert_non_null(err.remedy);
		if (strstr(err.message, row->part) == NULL)
			fail_msg("no \"%s\" in: %s", row->part, err.message);
		assert_null(strchr(err.message, '\x1b'));
		assert_null(strchr(err.message, '\n'));
	} else {
		assert_int_equal(r, 0);
		assert_int_equal(set.count, row->count);
		assert_true(set_holds(&set, row->holds));
		assert_false(set_holds(&set, row->fails));
	}
	arena_free(arena);
}

static void test_a_list_longer_than_any_filter(void **state)
{
	struct arena *arena = arena_new();
	struct text text;
	struct policy_syscall_rule rule = { .name = "socket" };
	struct clause_set set;
	struct error err = { 0 };

	(void)state;
	text_init(&text, arena);
	text_add(&text, "arg0 in 0");
	for (unsigned i = 1; i < 5000; i++)
		text_addf(&text, ", %u", i * 3);
	rule.when = text.data;
	assert_int_equal(when_parse(arena, &rule, false, &set, &err), -(int)ERROR_POLICY);
	assert_non_null(strstr(err.message, "too many alternatives"));
	assert_true(strlen(err.message) < 400);
	arena_free(arena);
}

int main(void)
{
	static struct row_tests tests;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		static char names[ARRAY_COUNT(rows)][120];

		snprintf(names[i], sizeof(names[i]), "%s: %.80s", rows[i].is_refusal ? "refuse" : "grant", rows[i].when);
		rows_add(&tests, names[i], test_when, (void *)(uintptr_t)&rows[i]);
	}
	ROWS_TEST(&tests, test_a_list_longer_than_any_filter);
	return rows_run("profile when", &tests);
}
