/* What is written into the files of a cgroup, and what the kernel may say in return. */
#include "rows.h"

#include "../../src/launch/rootless.h"

struct limits_row {
	const char *name;
	enum cgroup_version cgroup;
	bool has_swap;
	struct plan plan;
	const char *wanted; /* "file=value file=value" in order */
};

#define PLAN .memory_bytes = 67108864, .nano_cpus = 500000000, .pids_limit = 32, .memory_swappiness = -1
#define V1_CPU "cpu.cfs_period_us=100000 cpu.cfs_quota_us=50000 pids.max=32"

static struct limits_row rows_of_limits[] = {
	{ "version 1", CGROUP_HYBRID, true, { PLAN }, "memory.limit_in_bytes=67108864 memory.memsw.limit_in_bytes=67108864 " V1_CPU },
	{ "version 1 without swap accounting", CGROUP_V1, false, { PLAN }, "memory.limit_in_bytes=67108864 " V1_CPU },
	{ "version 2", CGROUP_V2, true, { PLAN }, "memory.max=67108864 memory.swap.max=0 cpu.max=50000,100000 pids.max=32" },
	{ "version 2 without swap accounting", CGROUP_V2, false, { PLAN }, "memory.max=67108864 cpu.max=50000,100000 pids.max=32" },
	{ "all that can be asked for, version 1", CGROUP_V1, false,
	  { PLAN, .memory_reservation = 1048576, .cpu_shares = 512, .blkio_weight = 100, .cpuset_cpus = "0-1", .cpuset_mems = "0" },
	  "memory.limit_in_bytes=67108864 memory.soft_limit_in_bytes=1048576 cpu.cfs_period_us=100000 cpu.cfs_quota_us=50000 "
	  "cpu.shares=512 pids.max=32 cpuset.cpus=0-1 cpuset.mems=0 blkio.bfq.weight=100" },
	{ "all that can be asked for, version 2", CGROUP_V2, false,
	  { PLAN, .memory_reservation = 1048576, .cpu_shares = 1024, .blkio_weight = 100, .cpuset_cpus = "0-1", .cpuset_mems = "0" },
	  "memory.max=67108864 memory.low=1048576 cpu.max=50000,100000 cpu.weight=39 pids.max=32 cpuset.cpus=0-1 cpuset.mems=0 "
	  "io.bfq.weight=100" },
	{ "swappiness", CGROUP_V1, false, { .memory_bytes = 1, .nano_cpus = 500000000, .pids_limit = 32, .memory_swappiness = 0 },
	  "memory.limit_in_bytes=1 memory.swappiness=0 " V1_CPU },
	{ "a hundredth of a processor", CGROUP_V2, false,
	  { .memory_bytes = 1, .nano_cpus = 10000000, .pids_limit = 1, .memory_swappiness = -1 },
	  "memory.max=1 cpu.max=1000,100000 pids.max=1" },
	{ "a thousandth", CGROUP_V2, false, { .memory_bytes = 1, .nano_cpus = 1000000, .pids_limit = 1, .memory_swappiness = -1 },
	  "memory.max=1 cpu.max=1000,1000000 pids.max=1" },
	{ "less than the kernel takes", CGROUP_V2, false, { .memory_bytes = 1, .nano_cpus = 1, .pids_limit = 1,
	  .memory_swappiness = -1 },
	  "memory.max=1 cpu.max=1000,1000000 pids.max=1" },
};

static void test_limits_row(void **state)
{
	const struct limits_row *row = *state;
	const struct host_facts facts = { .cgroup = row->cgroup, .has_swap = row->has_swap };
	struct arena *arena = arena_new();
	struct limit *limits;
	size_t count = limits_of_plan(arena, &row->plan, &facts, &limits);
	struct text text;

	text_init(&text, arena);
	for (size_t i = 0; i < count; i++) {
		char *value = arena_strdup(arena, limits[i].value);

		for (char *blank = strchr(value, ' '); blank != NULL; blank = strchr(blank, ' '))
			*blank = ',';
		text_addf(&text, "%s%s=%s", i > 0 ? " " : "", limits[i].file, value);
	}
	assert_string_equal(text.data, row->wanted);
	arena_free(arena);
}

struct hold_row {
	const char *value, *said;
	bool is_bound, holds;
};

static struct hold_row rows_of_answers[] = {
	{ "67108864", "67108864", true, true },
	{ "67108865", "67108864", true, true },          /* whole pages */
	{ "67108864", "67108865", true, false },
	{ "67108864", "9223372036854771712", true, false }, /* version 1's "none" */
	{ "67108864", "max", true, false },
	{ "67108864", "", true, false },
	{ "0", "0", true, true },
	{ "0", "max", true, false },
	{ "32", "32", false, true },
	{ "32", "31", false, false },
	{ "32", "max", false, false },
	{ "50000 100000", "50000 100000", false, true },
	{ "50000 100000", "max 100000", false, false },
	{ "50000", "-1", false, false },
	{ "100", "default 100", false, true },
	{ "100", "default 1000", false, false },
};

static void test_hold_row(void **state)
{
	const struct hold_row *row = *state;
	const struct limit limit = { .value = row->value, .is_bound = row->is_bound };

	assert_int_equal(limits_hold(&limit, row->said), row->holds);
}

/* The other file of a weight, with the same weight in its own measure. */
static void test_weight_without_bfq(void **state)
{
	static const struct { enum cgroup_version version; int64_t weight; const char *file, *value; } rows[] = {
		{ CGROUP_V1, 300, "blkio.weight", "300" }, { CGROUP_V2, 300, "io.weight", "2930" }, { CGROUP_V2, 10, "io.weight", "1" },
		{ CGROUP_V2, 500, "io.weight", "4950" },
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct plan plan = { PLAN, .blkio_weight = rows[i].weight };
		const struct host_facts facts = { .cgroup = rows[i].version };
		struct limit *limits;
		const size_t count = limits_of_plan(arena, &plan, &facts, &limits);
		const struct limit *other = limits[count - 1].instead;

		assert_null(limits[0].instead);
		assert_string_equal(other->file, rows[i].file);
		assert_string_equal(other->value, rows[i].value);
	}
	arena_free(arena);
}

int main(void)
{
	struct row_tests rows = { .count = 0 };
	struct arena *arena = arena_new();
	int failed;

	for (size_t i = 0; i < ARRAY_COUNT(rows_of_limits); i++)
		rows_add(&rows, rows_of_limits[i].name, test_limits_row, &rows_of_limits[i]);
	for (size_t i = 0; i < ARRAY_COUNT(rows_of_answers); i++)
		rows_add(&rows, arena_printf(arena, "%s, and it says \"%s\"", rows_of_answers[i].value, rows_of_answers[i].said), test_hold_row,
			 &rows_of_answers[i]);
	ROWS_TEST(&rows, test_weight_without_bfq);
	failed = rows_run("launch/limits", &rows);
	arena_free(arena);
	return failed;
}
