/*
 * The plan on its way from the judge, whom nobody believes, to the monitor: what is written is read back as the same plan,
		and the
 * monitor's own check refuses none that the judge may let through under the ceiling, and every one that was tampered with for the
 * worse. What it lets through of tampered ones passes the independent look at docker's line.
 */
#include "../unit/rows.h"

#include <jansson.h>

#include "guard.h"
#include "lines.h"

enum { ROUNDS = 6000, TAMPERED = 60000, PLANS_LEAST = 500 };

struct plans {
	struct arena *arena;
	struct world world;
	struct lines legit, hostile;
};

static void open_plans(struct plans *test)
{
	*test = (struct plans){ .arena = arena_new() };
	lines_read(test->arena, true, &test->legit);
	lines_read(test->arena, false, &test->hostile);
	world_init(&test->world);
	test->world.ceiling = world_policy(test->world.arena, guard_policies[0].policy);
	world_use(&test->world, test->world.ceiling);
}

static void close_plans(struct plans *test)
{
	world_free(&test->world);
	arena_free(test->arena);
}

/* A line that is let through; false when this number makes none. */
static bool draw(struct plans *test, struct arena *arena, uint64_t number, struct world_run *run)
{
	struct random random;
	struct words words;

	random_seed(&random, number);
	words = number % 2 == 0 ? lines_soup(arena, &random)
		: lines_mutate(arena, &random, &test->hostile, test->legit.items[random_below(&random, test->legit.count)]);
	return words.count > 0 && world_go(arena, &test->world, words, run) == WORLD_ALLOWED;
}

static void test_written_and_read(void **state)
{
	struct plans test;
	size_t count = 0;

	(void)state;
	open_plans(&test);
	for (uint64_t i = 0; i < ROUNDS; i++) {
		struct arena *arena = arena_new();
		struct world_run run;

		if (draw(&test, arena, i, &run)) {
			json_t *json = plan_write(run.plan), *again;
			struct plan plan = { 0 };
			struct error err = { 0 };

			assert_non_null(json);
			if (plan_read(arena, json, &plan, &err) < 0)
				fail_msg("%s", err.message);
			again = plan_write(&plan);
			assert_true(json_equal(json, again));
			json_decref(again);
			json_decref(json);
			count++;
		}
		arena_free(arena);
	}
	assert_true(count > PLANS_LEAST);
	close_plans(&test);
}

static void test_honest_plans_are_within(void **state)
{
	struct plans test;

	(void)state;
	open_plans(&test);
	for (uint64_t i = 0; i < ROUNDS; i++) {
		struct arena *arena = arena_new();
		struct world_run run;

		if (draw(&test, arena, i, &run)) {
			const char *beyond = world_beyond(arena, &test.world, run.plan, &run.facts);

			if (beyond != NULL)
				fail_msg("number %llu: %s", (unsigned long long)i, beyond);
		}
		arena_free(arena);
	}
	close_plans(&test);
}

/* ---- tampering ---- */

/* Values that a plan of a taken-over judge may hold. */
static json_t *evil(struct random *random)
{
	static const char *const texts[] = {
		"", "/", "host", "/etc", "/proc", "ALL", "CAP_SYS_ADMIN", "always", "0.0.0.0", "/dev/mem:rwm", "LD_PRELOAD=/x",
				"container:x", "../../x",
		"/home/user/hardrun/x", "--privileged", "x,volume-opt=device=/", "a:exec,suid", "root", "/var/run/docker.sock",
				"com.docker.x", "none",
		"p0-x\",source=/", "nofile", "-1", "alpine\n", "on-failure:0", "max-size", "99g",
	};
	static const json_int_t numbers[] = { 0, 1, -1, 2, 80, 2375, 65534, INT32_MAX, INT64_C(4294967296), INT64_MAX, INT64_MIN,
			06755 };

	switch (random_below(random, 4)) {
	case 0:
		return json_integer(numbers[random_below(random, ARRAY_COUNT(numbers))]);
	case 1:
		return json_boolean(random_below(random, 2));
	case 2:
		return json_null();
	default:
		return json_string(texts[random_below(random, ARRAY_COUNT(texts))]);
	}
}

/* One value anywhere in the document becomes another of its kind, or is taken away, or given twice. */
static void tamper(struct random *random, json_t *json)
{
	for (int depth = 0; depth < 6; depth++) {
		json_t *child = NULL, *value = evil(random);
		const size_t count = json_is_object(json) ? json_object_size(json) : json_array_size(json);
		size_t wanted = count == 0 ? 0 : random_below(random, count);
		void *at = json_is_object(json) ? json_object_iter(json) : NULL;

		for (; at != NULL && wanted > 0; wanted--)
			at = json_object_iter_next(json, at);
		child = at != NULL ? json_object_iter_value(at) : json_array_get(json, wanted);
		if ((json_is_object(child) || json_is_array(child)) && random_below(random, 8) > 0) {
			json_decref(value);
			json = child;
			continue;
		}
		if (at != NULL)
			json_object_iter_set_new(json, at, value);
		else if (count > 0 && random_below(random, 2) == 0)
			json_array_set_new(json, wanted, value);
		else
			json_array_append_new(json, value);
		return;
	}
}

static void test_tampered_plans(void **state)
{
	struct plans test;
	size_t passed = 0, refused = 0;

	(void)state;
	open_plans(&test);
	for (uint64_t i = 0; i < TAMPERED; i++) {
		struct arena *arena = arena_new();
		struct random random;
		struct world_run run;

		random_seed(&random, i);
		if (draw(&test, arena, i % 600, &run)) {
			json_t *json = plan_write(run.plan);
			const char *complaint;
			bool is_read;

			for (size_t k = 1 + random_below(&random, 3); k > 0; k--)
				tamper(&random, json);
			complaint = guard_plan_complaint(arena, &test.world, json, &guard_policies[0], &is_read);
			if (complaint != NULL) {
				char *text = json_dumps(json, 0);

				fail_msg("number %llu: %s\n%.6000s", (unsigned long long)i, complaint, text);
			}
			passed += is_read;
			refused += !is_read;
			json_decref(json);
		}
		arena_free(arena);
	}
	print_message("# %zu refused, %zu harmless\n", refused, passed);
	assert_true(refused > 100 && passed > 100);
	close_plans(&test);
}

/* One field of an honest plan made worse. */
static void test_one_field(void **state)
{
	static const struct { const char *key, *value; } rows[] = {
		{ "pids_limit", "-9223372036854775808" }, { "shm_size", "-9223372036854775808" }, { "nano_cpus", "-9223372036854775808" },
		{ "memory_bytes", "-9223372036854775808" }, { "oom_score_adj", "-9223372036854775808" }, { "pids_limit", "-1" }, { "uid", "0" },
		{ "working_dir", "\"/proc/self/fd/7\"" }, { "working_dir", "\"/a/../..\"" }, { "platform", "\"windows/amd64\"" },
		{ "platform", "\"linux/arm64\"" }, { "is_privileged", "true" }, { "is_host_pid", "true" }, { "is_read_only", "false" },
		{ "is_no_new_privileges", "false" }, { "is_seccomp_unconfined", "true" }, { "capabilities", "[\"CAP_SYS_ADMIN\"]" },
		{ "devices", "[\"/dev/mem:rwm\"]" }, { "restart", "\"always\"" }, { "cidfile", "\"/etc/cron.d/x\"" },
		{ "log_options", "[]" }, { "environment", "[\"LD_PRELOAD=/x\"]" },
	};
	struct plans test;
	struct world_run run;

	(void)state;
	open_plans(&test);
	assert_int_equal(world_go(test.arena, &test.world, world_words(test.arena, "--health-start-period 500ms alpine"), &run),
			WORLD_ALLOWED);
	assert_null(world_beyond(test.arena, &test.world, run.plan, &run.facts));
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		json_t *json = plan_write(run.plan);
		bool is_within = true;

		assert_non_null(json_object_get(json, rows[i].key));
		json_object_set_new(json, rows[i].key, json_loads(rows[i].value, JSON_DECODE_ANY, NULL));
		assert_null(guard_plan_complaint(test.arena, &test.world, json, &guard_policies[0], &is_within));
		if (is_within)
			fail_msg("%s: %s is let through", rows[i].key, rows[i].value);
		json_decref(json);
	}
	close_plans(&test);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_field),
		cmocka_unit_test(test_written_and_read),
		cmocka_unit_test(test_honest_plans_are_within),
		cmocka_unit_test(test_tampered_plans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
