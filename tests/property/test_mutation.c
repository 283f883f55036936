/*
 * 100,000 mutated command lines of the corpora, and soups. What is let through must pass an independent look at the line that
 * docker would be given. $MUTATIONS and $SEED choose others; one that fails is printed with its number.
 */
#include "../unit/rows.h"

#include "guard.h"
#include "lines.h"

enum { MUTATIONS = 100000, ALLOWED_LEAST_PERCENT = 5 };

struct mutation {
	struct arena *arena;
	struct lines legit, hostile;
	struct world worlds[3];
	size_t allowed[3];
	size_t denied, malformed, unplanned;
};

static void open_mutation(struct mutation *test)
{
	*test = (struct mutation){ .arena = arena_new() };
	lines_read(test->arena, true, &test->legit);
	lines_read(test->arena, false, &test->hostile);
	assert_true(test->legit.count > 150 && test->hostile.count > 600);
	assert_int_equal(guard_policy_count, ARRAY_COUNT(test->worlds));
	for (size_t i = 0; i < guard_policy_count; i++) {
		world_init(&test->worlds[i]);
		world_use(&test->worlds[i], world_policy(test->worlds[i].arena, guard_policies[i].policy));
		assert_null(guard_profile_complaint(test->arena,
						    profile_render_docker(test->arena, test->worlds[i].profile)));
	}
}

static void close_mutation(struct mutation *test)
{
	for (size_t i = 0; i < guard_policy_count; i++)
		world_free(&test->worlds[i]);
	arena_free(test->arena);
}

/* Hostile lines turned harmless in all but one place, everyday ones turned hostile, and soups. */
static struct words draw(struct arena *arena, const struct mutation *test, struct random *random)
{
	switch (random_below(random, 4)) {
	case 0:
		return lines_mutate(arena, random, &test->legit, test->hostile.items[random_below(random, test->hostile.count)]);
	case 1:
		return lines_mutate(arena, random, &test->hostile, test->legit.items[random_below(random, test->legit.count)]);
	case 2:
		return lines_mutate(arena, random, &test->hostile, lines_soup(arena, random));
	default:
		return lines_mutate(arena, random, &test->legit, test->legit.items[random_below(random, test->legit.count)]);
	}
}

static void run_one(struct mutation *test, uint64_t number)
{
	struct arena *arena = arena_new();
	struct random random;
	struct words words;
	struct world_run run;
	size_t which;

	random_seed(&random, number);
	which = random_below(&random, guard_policy_count);
	words = draw(arena, test, &random);
	switch (words.count == 0 ? WORLD_MALFORMED : world_go(arena, &test->worlds[which], words, &run)) {
	case WORLD_MALFORMED:
		test->malformed++;
		break;
	case WORLD_DENIED:
		test->denied++;
		break;
	case WORLD_UNPLANNED:
		test->unplanned++;
		break;
	case WORLD_ALLOWED: {
		const char *complaint;

		test->allowed[which]++;
		string_list_add(arena, &run.launch.argv, NULL);
		complaint = guard_complaint(arena, &guard_policies[which], run.launch.argv.items, run.launch.env_file);
		if (complaint != NULL)
			fail_msg("SEED=%llu MUTATIONS=1, under %s: %s\n  %s", (unsigned long long)number, guard_policies[which].policy, complaint,
				 world_show(arena, words));
		break;
	}
	}
	arena_free(arena);
}

static uint64_t wish(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);
	uint64_t value = otherwise;

	assert_true(text == NULL || parse_decimal(text, &value));
	return value;
}

static void test_mutations(void **state)
{
	const uint64_t first = wish("SEED", 1), count = wish("MUTATIONS", MUTATIONS);
	struct mutation test;
	size_t allowed = 0;

	(void)state;
	open_mutation(&test);
	for (uint64_t i = 0; i < count; i++)
		run_one(&test, first + i);
	for (size_t i = 0; i < guard_policy_count; i++) {
		print_message("# %s: %zu let through\n", guard_policies[i].policy, test.allowed[i]);
		allowed += test.allowed[i];
	}
	print_message("# %zu malformed, %zu denied, %zu not planned\n", test.malformed, test.denied, test.unplanned);
	/* A test of what is let through is worth nothing when nothing is. */
	if (count == MUTATIONS)
		assert_true(allowed * 100 > count * ALLOWED_LEAST_PERCENT);
	close_mutation(&test);
}

/* ---- the guard itself: one row a rule; each line is a good one but for one place ---- */

static const char good_line[] = "/usr/bin/docker|--host|unix:///run/wire.sock|--config|/x|run|--user|1:1|--cap-drop|ALL"
		"|--read-only|--security-opt"
	"|no-new-privileges|--security-opt|seccomp=/proc/self/fd/3|--ipc|private|--cgroupns|private|--memory|67108864b"
			"|--memory-swap|67108864b"
	"|--log-driver|json-file|--log-opt|max-size=10m|--log-opt|max-file=3|--pids-limit|64|--shm-size|1048576b|--cpus|0.5"
			"|--network|none|--label|io.hardrun.policy=x";

static const struct guard_row { const char *instead_of, *words; } guard_rows[] = {
	{ "--user|1:1", "--user|0:0" }, { "--user|1:1", "--user|1" }, { "--user|1:1", "--user|1:0" }, { "--user|1:1", "--user|root" },
	{ "--user|1:1", "--read-only" }, { "--cap-drop|ALL", "--cap-drop|CHOWN" }, { "--cap-drop|ALL", "--cap-drop|ALL"
			"|--cap-add|CAP_KILL" },
	{ "--read-only", "--init" }, { "no-new-privileges", "no-new-privileges:false" }, { "seccomp=/proc/self/fd/3",
			"seccomp=unconfined" },
	{ "|--security-opt|seccomp=/proc/self/fd/3", "" }, { "--ipc|private", "--ipc|host" }, { "--cgroupns|private",
			"--cgroupns|host" },
	{ "--memory|67108864b", "--memory|0b" }, { "--memory|67108864b", "--memory|-1" }, { "--memory|67108864b",
			"--memory|8589934592b" },
	{ "--memory-swap|67108864b", "--memory-swap|-1b" }, { "--memory-swap|67108864b", "--memory-swap|134217728b" },
	{ "--pids-limit|64", "--pids-limit|-1" }, { "--pids-limit|64", "--pids-limit|0" }, { "--pids-limit|64", "--pids-limit|64"
			"|--privileged" },
	{ "--pids-limit|64", "--pids-limit|64|--device|/dev/null" }, { "--pids-limit|64", "--pids-limit|64|--pid|host" },
	{ "--pids-limit|64", "--pids-limit|64|--volume|/:/h" }, { "--pids-limit|64", "--pids-limit|64"
			"|--mount|type=bind,source=/,target=/h" },
	{ "--pids-limit|64", "--pids-limit|64|--mount|type=bind,source=/home/user/hardrun/x,target=/h" },
	{ "--pids-limit|64", "--pids-limit|64|--mount|type=bind,source=/home/user/hardrun/../x,target=/h,bind-propagation=rprivate" },
	{ "--pids-limit|64", "--pids-limit|64|--mount|type=volume,source=other,target=/h" },
	{ "--pids-limit|64", "--pids-limit|64|--mount|type=volume,source=p0-x,target=/proc/x" },
	{ "--pids-limit|64", "--pids-limit|64|--mount|type=volume,source=p0-x,target=/h,volume-opt=device=/" },
	{ "--pids-limit|64", "--pids-limit|64|--tmpfs|/x" }, { "--pids-limit|64", "--pids-limit|64|--tmpfs|/x:nosuid,nodev,size=1" },
	{ "--pids-limit|64", "--pids-limit|64|--tmpfs|/x:nosuid,nodev,noexec,size=1,exec" },
	{ "--pids-limit|64", "--pids-limit|64|--tmpfs|/x:nosuid,nodev,noexec,size=1,mode=4755" },
	{ "--pids-limit|64", "--pids-limit|64|--publish|0.0.0.0:8080:80/tcp" }, { "--pids-limit|64", "--pids-limit|64"
			"|--publish|127.0.0.1:80:80/tcp" },
	{ "--pids-limit|64", "--pids-limit|64|--publish|127.0.0.1:2375:80/tcp" }, { "--pids-limit|64", "--pids-limit|64|--env|LD_X=1" },
	{ "--pids-limit|64", "--pids-limit|64|--ulimit|nofile=1:999999" }, { "--pids-limit|64", "--pids-limit|64|--oom-score-adj|-5" },
	{ "--pids-limit|64", "--pids-limit|64|--restart|always" }, { "--pids-limit|64", "--pids-limit|64|--label|com.docker.x=1" },
	{ "max-size=10m", "max-size=10g" }, { "max-size=10m", "max-size=-1" }, { "|--log-opt|max-size=10m", "" }, { "max-file=3",
			"max-file=0" },
	{ "--log-opt|max-file=3", "--log-opt|tag=x" }, { "--shm-size|1048576b", "--shm-size|0b" }, { "--cpus|0.5", "--cpus|0" },
			{ "--cpus|0.5", "--cpus|2" }, { "--cpus|0.5", "--cpus|0.5e1" },
	{ "--network|none", "--network|host" }, { "|--network|none", "" }, { "io.hardrun.policy", "x" },
			{ "--host|unix:///run/wire.sock", "--init|--init" },
};

static const char *complaint_of(struct arena *arena, const char *line, const char *image)
{
	struct string_list argv = { NULL, 0 };
	char *rest = arena_strdup(arena, line), *word;

	while ((word = strsep(&rest, "|")) != NULL)
		string_list_add(arena, &argv, word);
	string_list_add(arena, &argv, image);
	string_list_add(arena, &argv, NULL);
	return guard_complaint(arena, &guard_policies[0], argv.items, NULL);
}

static void test_the_guard_sees(void **state)
{
	const struct guard_row *row = *state;
	struct arena *arena = arena_new();
	const char *at = strstr(good_line, row->instead_of);

	assert_non_null(at);
	if (complaint_of(arena, arena_printf(arena, "%.*s%s%s", (int)(at - good_line), good_line, row->words,
			at + strlen(row->instead_of)),
			 "docker.io/library/alpine:latest") == NULL)
		fail_msg("nothing is seen in %s", row->words);
	arena_free(arena);
}

static void test_the_guard_lets_through(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	assert_null(complaint_of(arena, good_line, "docker.io/library/alpine:latest"));
	assert_non_null(complaint_of(arena, good_line, "docker.io/library/alpine-evil:latest"));
	assert_non_null(complaint_of(arena, good_line, "docker.io/library/nginx:latest"));
	assert_non_null(complaint_of(arena, good_line, NULL));
	assert_non_null(guard_profile_complaint(arena, "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}"));
	assert_non_null(guard_profile_complaint(arena, "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": "
						"[{\"names\": [\"mount\"], \"action\": \"SCMP_ACT_ALLOW\"}]}"));
	assert_non_null(guard_profile_complaint(arena, NULL));
	arena_free(arena);
}

/* Every flag of docker is in the soup's table, so that each is drawn. */
static void test_soups_know_every_flag(void **state)
{
	size_t counts[FLAG_COUNT] = { 0 };
	struct arena *arena = arena_new();
	struct random random;

	(void)state;
	random_seed(&random, 7);
	for (unsigned i = 0; i < 50000; i++)
		lines_count_flags(lines_soup(arena, &random), counts);
	for (unsigned id = 0; id < FLAG_COUNT; id++) {
		if (flag_specs[id].scope == FLAG_SCOPE_DOCKER && id != FLAG_HELP && counts[id] == 0)
			fail_msg("--%s is never drawn", flag_specs[id].name);
	}
	arena_free(arena);
}

int main(void)
{
	static struct row_tests rows;

	for (size_t i = 0; i < ARRAY_COUNT(guard_rows); i++)
		rows_add(&rows, guard_rows[i].words[0] != '\0' ? guard_rows[i].words : guard_rows[i].instead_of, test_the_guard_sees,
			 (void *)(uintptr_t)&guard_rows[i]);
	ROWS_TEST(&rows, test_the_guard_lets_through);
	ROWS_TEST(&rows, test_soups_know_every_flag);
	ROWS_TEST(&rows, test_mutations);
	return rows_run("mutation", &rows);
}
