/* How a container has ended, as docker's daemon tells: only bad ends, and whatever it says as text and numbers of our own. */
#include "rows.h"

#include "../../src/host/host_internal.h"

#define BODY(state, host) \
	"{\"Created\":\"2026-01-31T11:00:00.5Z\",\"Path\":\"serve\\n\",\"State\":{" state "},\"HostConfig\":{" host "}," \
	"\"Config\":{\"User\":\"7:8\"}}"
#define NEVER "\"FinishedAt\":\"0001-01-01T00:00:00Z\""
#define AT "\"FinishedAt\":\"2026-01-31T12:00:00.123456789Z\""

static const struct ended_row { const char *name, *body; int status; int64_t finished; bool is_oom; } ended_rows[] = {
	{ "a bad end", BODY("\"Status\":\"exited\",\"ExitCode\":3," AT, ""), 3, 1769860800, false },
	{ "out of memory", BODY("\"Status\":\"exited\",\"ExitCode\":137,\"OOMKilled\":true," AT, ""), 137, 1769860800, true },
	{ "never started", BODY("\"Status\":\"created\",\"ExitCode\":127," NEVER, ""), 127, 1769857200, false },
	{ "a time that is none", BODY("\"Status\":\"exited\",\"ExitCode\":3,\"FinishedAt\":\"soon\"", ""), 3, 1769857200, false },
	{ "a good end", BODY("\"Status\":\"exited\",\"ExitCode\":0," AT, ""), 0, 0, false },
	{ "it runs", BODY("\"Status\":\"running\",\"ExitCode\":3," AT, ""), 0, 0, false },
	{ "it is about to run again", BODY("\"Status\":\"restarting\",\"ExitCode\":3," AT, ""), 0, 0, false },
	{ "a status that is none", BODY("\"Status\":\"exited\",\"ExitCode\":70000," AT, ""), 0, 0, false },
	{ "a negative one", BODY("\"Status\":\"exited\",\"ExitCode\":-1," AT, ""), 0, 0, false },
	{ "a text for one", BODY("\"Status\":\"exited\",\"ExitCode\":\"3\"," AT, ""), 0, 0, false },
	{ "no state", "{}", 0, 0, false }, { "a list", "[]", 0, 0, false }, { "nothing", "", 0, 0, false },
};

static void test_ended(void **state)
{
	const struct ended_row *row = *state;
	struct arena *arena = arena_new();
	struct host_ended ended = { .status = -7 };

	assert_int_equal(host_parse_ended(arena, row->body, &ended), row->status > 0);
	assert_int_equal(ended.status, row->status > 0 ? row->status : -7);
	if (row->status > 0) {
		assert_int_equal(ended.finished, row->finished);
		assert_int_equal(ended.is_out_of_memory, row->is_oom);
		assert_string_equal(ended.command, "serve\\x0a");
		assert_string_equal(ended.user, "7:8");
	}
	arena_free(arena);
}

static void test_what_it_ran_with(void **state)
{
	static const char body[] = BODY("\"Status\":\"exited\",\"ExitCode\":1,\"Error\":\"\\u001b[2Jx\"," AT,
					"\"Memory\":67108864,\"PidsLimit\":32,\"ReadonlyRootfs\":true,\"NetworkMode\":\"none\","
					"\"Tmpfs\":{\"/tmp\":\"size=1m\",\"/run\":\"\"}");
	struct arena *arena = arena_new();
	struct host_ended ended;

	(void)state;
	assert_true(host_parse_ended(arena, body, &ended));
	assert_int_equal(ended.memory_bytes, 67108864);
	assert_int_equal(ended.pids_limit, 32);
	assert_true(ended.is_read_only);
	assert_string_equal(ended.network, "none");
	assert_string_equal(ended.error, "\\x1b[2Jx");
	assert_int_equal(ended.tmpfs.count, 2);
	assert_true(host_parse_ended(arena, BODY("\"Status\":\"exited\",\"ExitCode\":1,\"Error\":\"\"," AT, ""), &ended));
	assert_null(ended.error);
	assert_false(ended.is_read_only);
	assert_null(ended.network);
	arena_free(arena);
}

int main(void)
{
	static struct row_tests tests;

	for (size_t i = 0; i < ARRAY_COUNT(ended_rows); i++)
		rows_add(&tests, ended_rows[i].name, test_ended, (void *)(uintptr_t)&ended_rows[i]);
	ROWS_TEST(&tests, test_what_it_ran_with);
	return rows_run("how docker's containers have ended", &tests);
}
