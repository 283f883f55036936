/* rows: tables whose rows are tests of their own name. */
#ifndef TESTS_ROWS_H
#define TESTS_ROWS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <hardrun/base.h>

enum {
	ROWS_MAX = 1024,
};

struct row_tests {
	struct CMUnitTest tests[ROWS_MAX];
	size_t count;
	struct arena *arena; /* of the names */
};

static inline void rows_add(struct row_tests *rows, const char *name, CMUnitTestFunction function, void *row)
{
	if (rows->arena == NULL)
		rows->arena = arena_new();
	if (rows->count == ROWS_MAX)
		abort();
	/* One line of output each, whatever the row is about. */
	name = string_printable(rows->arena, name, 100);
	rows->tests[rows->count++] = (struct CMUnitTest){ .name = name, .test_func = function, .initial_state = row };
}

#define ROWS_TEST(rows, function) rows_add((rows), #function, (function), NULL)

static inline int rows_run(const char *group, struct row_tests *rows)
{
	int failed = _cmocka_run_group_tests(group, rows->tests, rows->count, NULL, NULL);

	arena_free(rows->arena);
	return failed;
}

#endif
