/* What a unit of systemd's may have is the most that its container gets: defaults give way, what was asked for is refused. */
#include "planned.h"

#define MIB (INT64_C(1) << 20)

struct row {
	const char *policy, *line, *key;
	struct host_bound memory, cpus, pids;
	const char *value, *source; /* of the setting; value NULL: refused */
	const char *reason, *remedy;
};

static const struct row rows[] = {
	{ .policy = "", .line = "alpine", .key = "mem_limit", .memory = { 64 * MIB, "web.service" }, .value = "64m",
	  .source = "MemoryMax= of web.service" },
	{ .policy = "", .line = "alpine", .key = "memswap_limit", .memory = { 64 * MIB, "web.service" }, .value = "64m (no swap)" },
	{ .policy = "", .line = "alpine", .key = "mem_limit", .memory = { 256 * MIB, "web.service" }, .value = "256m" },
	{ .policy = "", .line = "alpine", .key = "mem_limit", .memory = { INT64_MAX, "web.service" }, .value = "256m" },
	{ .policy = "", .line = "alpine", .key = "mem_limit", .pids = { 5, "web.service" }, .value = "256m" },
	{ .policy = "defaults: {mem_limit: 128m}\n", .line = "alpine", .key = "mem_limit", .memory = { 100 * MIB, "jobs.slice" },
	  .value = "100m", .source = "MemoryMax= of jobs.slice" },
	{ .policy = "allow: {mem_limit: 1g}\n", .line = "-m 64m alpine", .key = "mem_limit", .memory = { 64 * MIB, "web.service" },
	  .value = "64m", .source = "-m 64m" },
	{ .policy = "allow: {mem_limit: 1g}\n", .line = "-m 65m alpine", .key = "mem_limit", .memory = { 64 * MIB, "web.service" },
	  .reason = "MemoryMax= of web.service is 64m", .remedy = "raise MemoryMax=, or ask for no more" },
	{ .policy = "", .line = "alpine", .key = "mem_limit", .memory = { 4 * MIB, "web.service" },
	  .reason = "MemoryMax= of web.service is 4m, and no container does with less than 6m", .remedy = "raise MemoryMax=" },
	{ .policy = "", .line = "--memory-reservation 128m alpine", .key = "mem_limit", .memory = { 64 * MIB, "web.service" },
	  .reason = "it is above the memory limit of 64m" },
	{ .policy = "", .line = "alpine", .key = "cpus", .cpus = { 200000000, "web.service" }, .value = "0.2",
	  .source = "CPUQuota= of web.service" },
	{ .policy = "allow: {cpus: 2}\n", .line = "--cpu-quota 50000 alpine", .key = "cpus", .cpus = { 200000000, "web.service" },
	  .reason = "CPUQuota= of web.service is 0.2", .remedy = "raise CPUQuota=, or ask for no more" },
	{ .policy = "", .line = "alpine", .key = "cpus", .cpus = { 5000000, "web.service" },
	  .reason = "CPUQuota= of web.service is 0.005, and no container does with less than 0.01", .remedy = "raise CPUQuota=" },
	{ .policy = "defaults: {cpus: 16}\n", .line = "alpine", .key = "cpus", .cpus = { INT64_C(8000000000), "web.service" },
	  .value = "4" },
	{ .policy = "", .line = "alpine", .key = "pids_limit", .pids = { 10, "web.service" }, .value = "10",
	  .source = "TasksMax= of web.service" },
	{ .policy = "allow: {pids_limit: 100}\n", .line = "--pids-limit 11 alpine", .key = "pids_limit", .pids = { 10, "web.service" },
	  .reason = "TasksMax= of web.service is 10", .remedy = "raise TasksMax=, or ask for no more" },
	{ .policy = "", .line = "alpine", .key = "shm_size", .memory = { 8 * MIB, "web.service" }, .value = "16m" },
};

static void test_row(void **state)
{
	const struct row *row = *state;
	static const enum backend_kind backends[] = { BACKEND_DOCKER, BACKEND_PODMAN, BACKEND_CRUN, BACKEND_RUNC };

	for (size_t i = 0; i < ARRAY_COUNT(backends); i++) {
		struct host_unit unit = { .name = "web.service", .cgroup = "/system.slice/web.service" };
		struct planned test;
		const struct plan_setting *setting;

		unit.bounds[HOST_CONTROLLER_MEMORY] = row->memory;
		unit.bounds[HOST_CONTROLLER_CPU] = row->cpus;
		unit.bounds[HOST_CONTROLLER_PIDS] = row->pids;
		planned_init(&test, backends[i], row->policy);
		test.facts.unit = &unit;
		(void)planned_run(&test, row->line);
		if (row->value == NULL) {
			const struct finding *finding = planned_finding(&test, FINDING_DENIED, row->reason);

			assert_null(test.plan);
			assert_non_null(finding);
			assert_string_equal(finding->reason, row->reason);
			if (row->remedy != NULL)
				assert_string_equal(finding->remedy, row->remedy);
		} else {
			assert_non_null(test.plan);
			setting = planned_first(&test, row->key);
			assert_non_null(setting);
			assert_string_equal(setting->value, row->value);
			if (row->source != NULL)
				assert_string_equal(setting->source, row->source);
			else
				assert_null(setting->source);
		}
		planned_done(&test);
	}
}

/* The process with the rights compares once more: whoever made the plan may have forgotten the unit. */
static void test_beyond(void **state)
{
	static const struct { int64_t memory, cpus, pids; const char *wanted; } cases[] = {
		{ 256 * MIB, 500000000, 64, NULL }, { 255 * MIB, 500000000, 64, "memory of 268435456" },
		{ 256 * MIB, 499999999, 64, "1e-9 CPUs of 500000000" }, { 256 * MIB, 500000000, 63, "a number of processes of 64" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct host_unit unit = { .name = "web.service" };
		struct planned test;
		const struct plan_bounds bounds = { .facts = &test.facts };
		const char *beyond;

		planned_init(&test, BACKEND_DOCKER, "");
		assert_non_null(planned_run(&test, "alpine"));
		unit.bounds[HOST_CONTROLLER_MEMORY] = (struct host_bound){ cases[i].memory, "web.service" };
		unit.bounds[HOST_CONTROLLER_CPU] = (struct host_bound){ cases[i].cpus, "web.service" };
		unit.bounds[HOST_CONTROLLER_PIDS] = (struct host_bound){ cases[i].pids, "web.service" };
		test.facts.unit = &unit;
		beyond = plan_check_bounds(test.arena, test.plan, &bounds);
		if (cases[i].wanted != NULL)
			assert_string_equal(beyond, cases[i].wanted);
		else
			assert_null(beyond);
		planned_done(&test);
	}
}

int main(void)
{
	struct row_tests tests = { .arena = arena_new() };

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		rows_add(&tests, arena_printf(tests.arena, "%zu: %s: %s", i, rows[i].line, rows[i].key), test_row, (void *)(uintptr_t)&rows[i]);
	ROWS_TEST(&tests, test_beyond);
	return rows_run("plan unit", &tests);
}
