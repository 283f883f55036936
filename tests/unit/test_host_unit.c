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

/* ---- what the kernel keeps the unit to ---- */

static void make_group(struct arena *arena, const char *root, const char *path, const char *const files[3])
{
	static const char *const names[] = { "memory.max", "cpu.max", "pids.max" };

	assert_int_equal(mkdir(arena_printf(arena, "%s/sys/fs/cgroup%s", root, path), 0700), 0);
	for (size_t i = 0; i < ARRAY_COUNT(names); i++)
		if (files[i] != NULL)
			write_text(arena, root, arena_printf(arena, "sys/fs/cgroup%s/%s", path, names[i]), files[i]);
}

struct bound_row {
	const char *slice[3], *service[3]; /* memory.max, cpu.max, pids.max; NULL: there is none */
	struct host_bound wanted[3];
};

static const struct bound_row bound_rows[] = {
	{ { "max\n", "max 100000\n", "max\n" }, { "max\n", "max 100000\n", "max\n" }, { { 0, NULL }, { 0, NULL }, { 0, NULL } } },
	{ { "max\n", "max 100000\n", "4000\n" }, { "67108864\n", "50000 100000\n", "20\n" },
	  { { 67108864, "web.service" }, { 500000000, "web.service" }, { 20, "web.service" } } },
	{ { "1048576\n", "1000 10000\n", "7\n" }, { "67108864\n", "50000 100000\n", "max\n" },
	  { { 1048576, "jobs.slice" }, { 100000000, "jobs.slice" }, { 7, "jobs.slice" } } },
	{ { "4096\n", "20000 100000\n", "5\n" }, { "4096\n", "20000 100000\n", "5\n" },
	  { { 4096, "web.service" }, { 200000000, "web.service" }, { 5, "web.service" } } },
	{ { NULL, NULL, NULL }, { "0\n", "250000 100000\n", NULL },
	  { { 0, "web.service" }, { INT64_C(2500000000), "web.service" }, { 0, NULL } } },
	/* nothing that a kernel says */
	{ { "-1\n", "1 0\n", "x\n" }, { "99999999999999999999999\n", "9223372036854775807 1\n", "\n" },
	  { { 0, NULL }, { 0, NULL }, { 0, NULL } } },
	{ { "", "5", "" }, { NULL, "50000 \n", NULL }, { { 0, NULL }, { 0, NULL }, { 0, NULL } } },
};

static void remove_bounds(struct arena *arena, const char *root)
{
	static const char *const rest[] = { "proc/self/cgroup", "proc/self", "proc", "sys/fs/cgroup", "sys/fs", "sys", "" };
	static const char *const groups[] = { "/jobs.slice/web.service", "/jobs.slice" };
	static const char *const names[] = { "memory.max", "cpu.max", "pids.max", "" };

	for (size_t i = 0; i < ARRAY_COUNT(groups); i++)
		for (size_t j = 0; j < ARRAY_COUNT(names); j++)
			(void)remove(arena_printf(arena, "%s/sys/fs/cgroup%s/%s", root, groups[i], names[j]));
	for (size_t i = 0; i < ARRAY_COUNT(rest); i++)
		assert_int_equal(remove(arena_printf(arena, "%s/%s", root, rest[i])), 0);
}

static void test_bounds(void **state)
{
	static const enum host_controller controllers[] = { HOST_CONTROLLER_MEMORY, HOST_CONTROLLER_CPU, HOST_CONTROLLER_PIDS };
	static const char *const directories[] = { "proc", "proc/self", "sys", "sys/fs", "sys/fs/cgroup" };
	const struct bound_row *row = *state;
	struct arena *arena = arena_new();
	struct host_facts facts = facts_of(arena, STARTED);
	char root[] = "/tmp/unit.XXXXXX";
	const struct host_unit *unit;

	assert_non_null(mkdtemp(root));
	for (size_t i = 0; i < ARRAY_COUNT(directories); i++)
		assert_int_equal(mkdir(arena_printf(arena, "%s/%s", root, directories[i]), 0700), 0);
	write_text(arena, root, "proc/self/cgroup", "0::/jobs.slice/web.service\n");
	make_group(arena, root, "/jobs.slice", row->slice);
	make_group(arena, root, "/jobs.slice/web.service", row->service);
	unit = host_read_unit(arena, &facts, root, PID);
	assert_non_null(unit);
	for (size_t i = 0; i < ARRAY_COUNT(controllers); i++) {
		same(unit->bounds[controllers[i]].group, row->wanted[i].group);
		assert_int_equal(unit->bounds[controllers[i]].value, row->wanted[i].value);
	}
	assert_null(unit->bounds[HOST_CONTROLLER_BLKIO].group);
	remove_bounds(arena, root);
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
	for (size_t i = 0; i < ARRAY_COUNT(bound_rows); i++)
		rows_add(&tests, arena_printf(tests.arena, "bounds %zu", i), test_bounds, (void *)(uintptr_t)&bound_rows[i]);
	ROWS_TEST(&tests, test_journal);
	return rows_run("host unit", &tests);
}
