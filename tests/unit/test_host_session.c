/* Who is at the terminal, out of what the kernel says. */
#include "rows.h"

#include <unistd.h>

#include "../../src/host/host_internal.h"

struct stat_row { const char *stat, *tty; };
static const struct stat_row stat_rows[] = {
	{ "77 (hardrun) S 1 77 77 34816 77 0", "/dev/pts/0" },
	{ "77 (hardrun) S 1 77 77 34819 77 0", "/dev/pts/3" },
	{ "77 (hardrun) S 1 77 77 35072 77 0", "/dev/pts/256" }, /* major 137 */
	{ "77 (hardrun) S 1 77 77 1083392 77 0", "/dev/pts/256" }, /* major 136, minor 256 */
	{ "77 (hardrun) S 1 77 77 1025 77 0", "/dev/tty1" },
	{ "77 (hardrun) S 1 77 77 1088 77 0", "/dev/ttyS0" },
	{ "77 (hardrun) S 1 77 77 58624 77 0", "229:0" },
	{ "77 (hardrun) S 1 77 77 0 -1 0", NULL },
	{ "77 () S 1 2 3 34819) S 1 77 77 34818 77", "/dev/pts/2" }, /* a name that would be believed */
	{ "77 (x) S 1 77 77", NULL },
	{ "77 (x) S 1 77 77 -5 0", NULL },
	{ "77 (x)", NULL },
	{ "77 (x", NULL },
	{ "", NULL },
};

static void test_tty(void **state)
{
	const struct stat_row *row = *state;
	struct arena *arena = arena_new();
	const char *tty = host_tty_of_stat(arena, row->stat);

	if (row->tty == NULL)
		assert_null(tty);
	else
		assert_string_equal(tty, row->tty);
	arena_free(arena);
}

static void test_session(void **state)
{
	struct arena *arena = arena_new();
	const int64_t before = host_now();
	const struct host_session session = host_read_session(arena);
	const char *login = host_read_text(arena, "/proc/self/loginuid");

	(void)state;
	assert_int_equal(session.pid, getpid());
	assert_true(session.microseconds >= before && session.microseconds <= host_now());
	assert_true(before > INT64_C(1600000000000000));
	assert_non_null(session.host);
	assert_int_equal(session.has_auid, login != NULL && strcmp(login, "4294967295") != 0);
	assert_null(host_tty_of_stat(arena, NULL));
	arena_free(arena);
}

int main(void)
{
	struct row_tests tests = { .count = 0 };

	for (size_t i = 0; i < ARRAY_COUNT(stat_rows); i++)
		rows_add(&tests, stat_rows[i].stat, test_tty, (void *)(uintptr_t)&stat_rows[i]);
	ROWS_TEST(&tests, test_session);
	return rows_run("host session", &tests);
}
