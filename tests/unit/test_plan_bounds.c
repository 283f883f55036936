/* What the plan lowers to the ceiling of what nobody asked for, and the filter that a silent ceiling leaves. */
#include "planned.h"

#include <hardrun/profile.h>

static const char *bounds_ulimits(const struct planned *test)
{
	struct text text;

	text_init(&text, test->arena);
	for (size_t i = 0; i < test->plan->ulimit_count; i++)
		text_addf(&text, "%s%s=%lld:%lld", i > 0 ? "|" : "", test->plan->ulimits[i].name,
			  (long long)test->plan->ulimits[i].soft, (long long)test->plan->ulimits[i].hard);
	return text.data;
}

static const struct ulimit_row {
	const char *policy, *ceiling, *line, *wanted;
} ulimit_rows[] = {
	{ "defaults: {ulimits: {nofile: 1000000}}", NULL, "alpine", "core=0:0|nofile=1000000:1000000" },
	{ "defaults: {ulimits: {nofile: 1000000}}", "allow: {ulimits: {nofile: 1024}}", "alpine", "core=0:0|nofile=1024:1024" },
	{ "defaults: {ulimits: {nofile: 1000000, core: 9}}", "allow: {}", "alpine", "core=0:0|nofile=4096:4096" },
	{ "", "allow: {ulimits: {nofile: 512}}", "alpine", "core=0:0|nofile=512:512" },
	{ "defaults: {ulimits: {nofile: 100}}", "allow: {ulimits: {nofile: 512}}", "alpine", "core=0:0|nofile=100:100" },
	{ "defaults: {ulimits: {core: 9}}", "allow: {ulimits: {core: 10}}", "alpine", "core=9:9|nofile=4096:4096" },
	{ "", "allow: {ulimits: {nofile: 512}}", "--ulimit nofile=10:20 alpine", "core=0:0|nofile=10:20" },
	{ "allow: {ulimits: {nofile: 100}}", NULL, "alpine", "core=0:0|nofile=100:100" },
	{ "allow: {ulimits: {nofile: 9999, core: 5}}", NULL, "alpine", "core=0:0|nofile=4096:4096" },
	{ "defaults: {ulimits: {nofile: 200}}\nallow: {ulimits: {nofile: 100}}", NULL, "alpine", "core=0:0|nofile=200:200" },
	{ "allow: {ulimits: {nofile: 100}}", "allow: {ulimits: {nofile: 50}}", "alpine", "core=0:0|nofile=50:50" },
};

static void test_ulimits(void **state)
{
	const struct ulimit_row *row = *state;
	struct planned test;

	planned_init(&test, BACKEND_DOCKER, row->policy);
	test.ceiling = row->ceiling != NULL ? planned_ceiling(test.arena, row->ceiling) : NULL;
	assert_non_null(planned_run(&test, row->line));
	assert_string_equal(bounds_ulimits(&test), row->wanted);
	planned_done(&test);
}

static const struct log_row {
	const char *policy, *ceiling, *line, *wanted;
} log_rows[] = {
	{ "defaults: {logging: {options: {max-size: 50m, max-file: '9'}}}", NULL, "alpine", "max-size=50m|max-file=9" },
	{ "defaults: {logging: {options: {max-size: 50m, max-file: '9'}}}", "allow: {logging: {max_size: 1m, max_file: 2}}", "alpine",
	  "max-size=1m|max-file=2" },
	{ "defaults: {logging: {options: {max-size: 50m, max-file: '9'}}}", "allow: {}", "alpine", "max-size=10m|max-file=3" },
	{ "", "allow: {logging: {max_size: 1m, max_file: 1}}", "alpine", "max-size=1m|max-file=1" },
	{ "", "allow: {logging: {max_size: 50m, max_file: 9}}", "alpine", "max-size=10m|max-file=3" },
	{ "", "allow: {logging: {max_size: 1m, max_file: 1}}", "--log-opt max-size=5k alpine", "max-size=5k|max-file=1" },
	{ "allow: {logging: {max_size: 1m, max_file: 1}}", NULL, "alpine", "max-size=1m|max-file=1" },
	{ "allow: {logging: {max_size: 50m, max_file: 9}}", NULL, "alpine", "max-size=10m|max-file=3" },
	/* Written afresh, however it was typed. */
	{ "", NULL, "--log-opt max-size=5M --log-opt max-file=2 alpine", "max-size=5m|max-file=2" },
	{ "", NULL, "--log-opt max-size=0.5MiB alpine", "max-size=512k|max-file=3" },
	{ "", NULL, "--log-opt max-size=1048576 --log-opt compress=T alpine", "max-size=1m|max-file=3|compress=true" },
	{ "", NULL, "--log-opt max-size=1000001B --log-opt compress=0 alpine", "max-size=1000001b|max-file=3|compress=false" },
	{ "defaults: {logging: {options: {max-size: 5MB, max-file: '4'}}}", NULL, "alpine", "max-size=5m|max-file=4" },
};

static void test_logs(void **state)
{
	const struct log_row *row = *state;
	struct planned test;

	planned_init(&test, BACKEND_DOCKER, row->policy);
	test.ceiling = row->ceiling != NULL ? planned_ceiling(test.arena, row->ceiling) : NULL;
	assert_non_null(planned_run(&test, row->line));
	assert_string_equal(planned_setting(&test, "logging.options"), row->wanted);
	planned_done(&test);
}

/* What a policy allows bounds what is built in, and not what the policy itself gives unasked. */
static const struct limit_row {
	const char *policy;
	int64_t memory, nano_cpus, pids;
	enum plan_origin origin;
} limit_rows[] = {
	{ "", INT64_C(256) << 20, 500000000, 64, PLAN_FROM_BUILTIN },
	{ "allow: {mem_limit: 16m, cpus: 0.1, pids_limit: 8}", INT64_C(16) << 20, 100000000, 8, PLAN_FROM_POLICY },
	{ "allow: {mem_limit: 1g, cpus: 2, pids_limit: 80}", INT64_C(256) << 20, 500000000, 64, PLAN_FROM_BUILTIN },
	{ "defaults: {mem_limit: 32m, cpus: 0.2, pids_limit: 9}\nallow: {mem_limit: 16m, cpus: 0.1, pids_limit: 8}",
			INT64_C(32) << 20, 200000000, 9,
	  PLAN_FROM_POLICY },
};

static void test_limits(void **state)
{
	const struct limit_row *row = *state;
	struct planned test;

	planned_init(&test, BACKEND_DOCKER, row->policy);
	assert_non_null(planned_run(&test, "alpine"));
	assert_int_equal(test.plan->memory_bytes, row->memory);
	assert_int_equal(test.plan->nano_cpus, row->nano_cpus);
	assert_int_equal(test.plan->pids_limit, row->pids);
	assert_int_equal(planned_first(&test, "mem_limit")->origin, row->origin);
	planned_done(&test);
}

static void test_tmpfs(void **state)
{
	static const struct { const char *ceiling, *line; int64_t wanted; enum plan_origin origin; } rows[] = {
		{ NULL, "alpine", INT64_C(64) << 20, PLAN_FROM_POLICY },
		{ "allow: {}", "alpine", INT64_C(16) << 20, PLAN_FROM_CEILING },
		{ "allow: {tmpfs: {max_size: 1m}}", "alpine", INT64_C(1) << 20, PLAN_FROM_CEILING },
		{ "allow: {tmpfs: {max_size: 1g}}", "alpine", INT64_C(64) << 20, PLAN_FROM_POLICY },
		{ "allow: {tmpfs: {max_size: 1m}}", "--tmpfs /tmp:size=8k alpine", 8192, PLAN_FROM_FLAG },
		{ "allow: {tmpfs: {max_size: 1m}}", "--tmpfs /tmp alpine", INT64_C(1) << 20, PLAN_FROM_FLAG },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct planned test;

		planned_init(&test, BACKEND_DOCKER, "defaults: {tmpfs: ['/tmp:size=64m']}");
		test.ceiling = rows[i].ceiling != NULL ? planned_ceiling(test.arena, rows[i].ceiling) : NULL;
		assert_non_null(planned_run(&test, rows[i].line));
		assert_int_equal(test.plan->mount_count, 1);
		assert_int_equal(test.plan->mounts[0].size_bytes, rows[i].wanted);
		assert_int_equal(planned_first(&test, "tmpfs")->origin, rows[i].origin);
		planned_done(&test);
	}
}

/* Of a size that nobody says. */
static void test_builtin_tmpfs(void **state)
{
	static const struct { const char *policy, *ceiling, *line; int64_t wanted; } rows[] = {
		{ "defaults: {tmpfs: [/tmp]}", NULL, "alpine", INT64_C(16) << 20 },
		{ "defaults: {tmpfs: [/tmp]}\nallow: {tmpfs: {max_size: 1m}}", NULL, "alpine", INT64_C(1) << 20 },
		{ "defaults: {tmpfs: [/tmp]}\nallow: {tmpfs: {max_size: 1g}}", NULL, "alpine", INT64_C(16) << 20 },
		{ "defaults: {tmpfs: [/tmp]}\nallow: {tmpfs: {max_size: 2m}}", "allow: {tmpfs: {max_size: 1m}}", "alpine",
		  INT64_C(1) << 20 },
		{ "allow: {tmpfs: {max_size: 1m}}", NULL, "--tmpfs /x alpine", INT64_C(1) << 20 },
		{ "allow: {tmpfs: {max_size: 1m}}", NULL, "-v /x alpine", INT64_C(1) << 20 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct planned test;

		planned_init(&test, BACKEND_DOCKER, rows[i].policy);
		test.ceiling = rows[i].ceiling != NULL ? planned_ceiling(test.arena, rows[i].ceiling) : NULL;
		assert_non_null(planned_run(&test, rows[i].line));
		assert_int_equal(test.plan->mount_count, 1);
		assert_int_equal(test.plan->mounts[0].size_bytes, rows[i].wanted);
		planned_done(&test);
	}
}

static void test_settings_say_that_it_was_the_ceiling(void **state)
{
	struct planned test;

	(void)state;
	planned_init(&test, BACKEND_DOCKER, "defaults: {ulimits: {nofile: 9999}, logging: {options: {max-size: 50m}}}");
	test.ceiling = planned_ceiling(test.arena, "allow: {ulimits: {core: 10}}");
	assert_non_null(planned_run(&test, "alpine"));
	assert_int_equal(planned_first(&test, "ulimits")->origin, PLAN_FROM_BUILTIN); /* core stays 0 */
	assert_string_equal(planned_setting(&test, "ulimits"), "core=0:0|nofile=4096:4096");
	assert_int_equal(planned_first(&test, "logging.options")->origin, PLAN_FROM_CEILING);
	planned_done(&test);
}

/* What a policy adds to the filter ends at a ceiling that never spoke of the filter. */
static void test_silent_ceiling_bounds_the_filter(void **state)
{
	static const char *const calls[] = { "ptrace", "io_uring_setup" };
	const struct profile *profile;
	struct error err = { 0 };
	struct planned test;

	(void)state;
	planned_init(&test, BACKEND_DOCKER, "seccomp: {allow: [ptrace, io_uring_setup]}");
	assert_non_null(planned_run(&test, "alpine"));
	assert_null(test.plan->ceiling_seccomp);
	assert_int_equal(profile_build(test.arena, test.plan->seccomp, test.plan->ceiling_seccomp, &profile, &err), 0);
	for (size_t i = 0; i < ARRAY_COUNT(calls); i++)
		assert_int_equal(profile_find(profile, calls[i])->verdict, PROFILE_ALLOW);
	test.ceiling = planned_ceiling(test.arena, "allow: {}");
	assert_non_null(planned_run(&test, "alpine"));
	assert_ptr_equal(test.plan->ceiling_seccomp, &test.ceiling->seccomp);
	assert_int_equal(profile_build(test.arena, test.plan->seccomp, test.plan->ceiling_seccomp, &profile, &err), 0);
	for (size_t i = 0; i < ARRAY_COUNT(calls); i++)
		assert_int_not_equal(profile_find(profile, calls[i])->verdict, PROFILE_ALLOW);
	assert_int_equal(profile_find(profile, "read")->verdict, PROFILE_ALLOW);
	planned_done(&test);
}

int main(void)
{
	static struct row_tests rows;

	for (size_t i = 0; i < ARRAY_COUNT(ulimit_rows); i++)
		rows_add(&rows, ulimit_rows[i].wanted, test_ulimits, (void *)(uintptr_t)&ulimit_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(log_rows); i++)
		rows_add(&rows, log_rows[i].wanted, test_logs, (void *)(uintptr_t)&log_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(limit_rows); i++)
		rows_add(&rows, limit_rows[i].policy, test_limits, (void *)(uintptr_t)&limit_rows[i]);
	ROWS_TEST(&rows, test_tmpfs);
	ROWS_TEST(&rows, test_builtin_tmpfs);
	ROWS_TEST(&rows, test_settings_say_that_it_was_the_ceiling);
	ROWS_TEST(&rows, test_silent_ceiling_bounds_the_filter);
	return rows_run("plan_bounds", &rows);
}
