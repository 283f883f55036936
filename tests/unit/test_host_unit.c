/* What is believed of systemd's word in the environment, and for whom. */
#include "rows.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../src/host/host_internal.h"

enum { PID = 4242 };

struct unit_row {
	const char *own;         /* /proc/self/cgroup */
	const char *variables;   /* NAME=VALUE, one a line */
	bool is_unit;
	const char *name, *cgroup, *notify;
	unsigned watchdog, sockets;
};

#define STARTED "INVOCATION_ID=0123\nSYSTEMD_EXEC_PID=4242\n"

static const struct unit_row unit_rows[] = {
	{ "0::/system.slice/web.service\n", STARTED, true, "web.service", "/system.slice/web.service", NULL, 0, 0 },
	{ "0::/system.slice/web.service/sub\n", STARTED, true, "web.service", "/system.slice/web.service", NULL, 0, 0 },
	{ "0::/user.slice/user-1.slice/user@1.service/app.slice/x.service\n", STARTED, true, "x.service",
	  "/user.slice/user-1.slice/user@1.service/app.slice/x.service", NULL, 0, 0 },
	{ "4:memory:/system.slice/web.service\n0::/system.slice/web.service\n", STARTED, true, "web.service",
	  "/system.slice/web.service", NULL, 0, 0 },
	{ "0::/user.slice/session-1.scope\n", STARTED, true, NULL, NULL, NULL, 0, 0 },
	{ "0::/\n", STARTED, true, NULL, NULL, NULL, 0, 0 },
	{ "0::/.service\n", STARTED, true, NULL, NULL, NULL, 0, 0 },
	{ "0::/../x.service\n", STARTED, true, NULL, NULL, NULL, 0, 0 },
	{ "0::/a.service\n", STARTED "NOTIFY_SOCKET=/run/systemd/notify\nWATCHDOG_USEC=4000000\nWATCHDOG_PID=4242\n", true, "a.service",
	  "/a.service", "/run/systemd/notify", 4000000, 0 },
	{ "0::/a.service\n", STARTED "NOTIFY_SOCKET=@abstract\nWATCHDOG_USEC=4000000\n", true, "a.service", "/a.service", "@abstract",
	  4000000, 0 },
	{ "0::/a.service\n", STARTED "NOTIFY_SOCKET=run/x\nWATCHDOG_USEC=1\nWATCHDOG_PID=1\n", true, "a.service", "/a.service",
	  NULL, 0, 0 },
	{ "0::/a.service\n", STARTED "NOTIFY_SOCKET=/run/../x\nWATCHDOG_USEC=-1\n", true, "a.service", "/a.service", NULL, 0, 0 },
	{ "0::/a.service\n", STARTED "NOTIFY_SOCKET=@\nNOTIFY_SOCKET=vsock:2:1\n", true, "a.service", "/a.service", NULL, 0, 0 },
	{ "0::/a.service\n", STARTED "LISTEN_PID=4242\nLISTEN_FDS=2\n", true, "a.service", "/a.service", NULL, 0, 2 },
	{ "0::/a.service\n", STARTED "LISTEN_PID=1\nLISTEN_FDS=2\n", true, "a.service", "/a.service", NULL, 0, 0 },
	{ "0::/a.service\n", STARTED "LISTEN_PID=4242\nLISTEN_FDS=65\n", true, "a.service", "/a.service", NULL, 0, 0 },
	/* another process was meant: a runner's jobs, cron, a shell around hardrun */
	{ "0::/system.slice/cron.service\n", "INVOCATION_ID=0123\nSYSTEMD_EXEC_PID=77\nNOTIFY_SOCKET=/run/systemd/notify\n", false,
	  NULL, NULL, NULL, 0, 0 },
	{ "0::/system.slice/cron.service\n", "INVOCATION_ID=0123\n", false, NULL, NULL, NULL, 0, 0 },
	{ "0::/system.slice/web.service\n", "SYSTEMD_EXEC_PID=4242\n", false, NULL, NULL, NULL, 0, 0 },
	{ "0::/system.slice/web.service\n", "", false, NULL, NULL, NULL, 0, 0 },
};

static void write_text(struct arena *arena, const char *root, const char *name, const char *text)
{
	FILE *file = fopen(arena_printf(arena, "%s/%s", root, name), "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static struct host_facts facts_of(struct arena *arena, const char *variables)
{
	struct host_facts facts = { 0 };
	char *cursor = arena_strdup(arena, variables), *line;

	while ((line = strsep(&cursor, "\n")) != NULL)
		if (*line != '\0')
			string_list_add(arena, &facts.environment, line);
	return facts;
}

static void same(const char *left, const char *right)
{
	if (right == NULL)
		assert_null(left);
	else
		assert_string_equal(left != NULL ? left : "(null)", right);
}

static void test_unit(void **state)
{
	const struct unit_row *row = *state;
	struct arena *arena = arena_new();
	char root[] = "/tmp/unit.XXXXXX";
	struct host_facts facts = facts_of(arena, row->variables);
	const struct host_unit *unit;

	assert_non_null(mkdtemp(root));
	assert_int_equal(mkdir(arena_printf(arena, "%s/proc", root), 0700), 0);
	assert_int_equal(mkdir(arena_printf(arena, "%s/proc/self", root), 0700), 0);
	write_text(arena, root, "proc/self/cgroup", row->own);
	unit = host_read_unit(arena, &facts, root, PID);
	assert_int_equal(unit != NULL, row->is_unit);
	if (unit != NULL) {
		same(unit->name, row->name);
		same(unit->cgroup, row->cgroup);
		same(unit->notify_socket, row->notify);
		assert_int_equal(unit->watchdog_microseconds, row->watchdog);
		assert_int_equal(unit->listen_count, row->sockets);
		assert_false(unit->is_delegated);
	}
	/* Under rights that are lent, nothing of it is believed. */
	facts.elevated_by = "sudo";
	assert_null(host_read_unit(arena, &facts, root, PID));
	assert_int_equal(unlink(arena_printf(arena, "%s/proc/self/cgroup", root)), 0);
	assert_int_equal(rmdir(arena_printf(arena, "%s/proc/self", root)), 0);
	assert_int_equal(rmdir(arena_printf(arena, "%s/proc", root)), 0);
	assert_int_equal(rmdir(root), 0);
	arena_free(arena);
}

static void test_journal(void **state)
{
	struct arena *arena = arena_new();
	struct stat status;
	int ends[2];
	struct host_facts facts;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(fstat(ends[1], &status), 0);
	facts = facts_of(arena, arena_printf(arena, "JOURNAL_STREAM=%llu:%llu\n", (unsigned long long)status.st_dev,
					     (unsigned long long)status.st_ino));
	assert_true(host_is_journal(&facts, ends[1]));
	assert_false(host_is_journal(&facts, -1));
	facts = facts_of(arena, arena_printf(arena, "JOURNAL_STREAM=%llu:%llu\n", (unsigned long long)status.st_dev,
					     (unsigned long long)status.st_ino + 1));
	assert_false(host_is_journal(&facts, ends[1]));
	facts = facts_of(arena, "JOURNAL_STREAM=x\n");
	assert_false(host_is_journal(&facts, ends[1]));
	facts = facts_of(arena, "");
	assert_false(host_is_journal(&facts, ends[1]));
	(void)close(ends[0]);
	(void)close(ends[1]);
	arena_free(arena);
}

int main(void)
{
	struct row_tests tests = { .arena = arena_new() };

	for (size_t i = 0; i < ARRAY_COUNT(unit_rows); i++)
		rows_add(&tests, arena_printf(tests.arena, "%zu: %s", i, unit_rows[i].own), test_unit, (void *)(uintptr_t)&unit_rows[i]);
	ROWS_TEST(&tests, test_journal);
	return rows_run("host unit", &tests);
}
