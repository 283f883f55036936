/* From a record to a policy: what it says, that it can be read, and that it never grants what base: default refuses. */
#include "policies.h"
#include "records.h"

#include <errno.h>

#include <hardrun/profile.h>

static const struct learn_style plain = { .proof = LEARN_UNPROVED };

static bool has(const char *text, const char *part)
{
	if (strstr(text, part) != NULL)
		return true;
	print_error("%s\nlacks: %s\n", text, part);
	return false;
}

static void test_text(void **state)
{
	static const char *const wanted[] = {
		"# nginx: learned by hardrun from one run under the policy default, on ", "#   nginx -g 'daemon off;'\n", "\nversion: 1\n",
		"images: [\"docker.io/library/nginx\"]\nextends: restricted\n", "  user: \"101:101\"\n",
		"    # 69 KiB at most, written 6 times by nginx\n    - \"/var/cache/nginx:size=1m\"\n",
		"  # 20.0 MiB at most, page cache and files in tmpfs included\n  mem_limit: 48m\n",
		"  # 5 processes and threads at most\n  pids_limit: 12\n", "  cpus: 1\n", "  shm_size: 64m\n",
		"  ulimits: {nofile: 4096, core: 0}\n",
		"  stop_signal: \"SIGQUIT\"\n", "  network_mode: isolated\n", "  cap_add: [\"CAP_NET_BIND_SERVICE\"]\n",
		"    - \"127.0.0.1:1024-65535:8080/*\"\n",
		"    - {source: \"/srv/www\", target: \"/usr/share/nginx/html\", access: ro}\n", "  base: runtime\n",
		"    # @network-io: twice by nginx\n    - {names: [bind]}\n",
		"    - {names: [socket], when: \"arg0 in AF_UNIX, AF_INET\"}\n",
		"    - {names: [socket], when: \"arg0 == AF_NETLINK and arg2 == 0x0\"}\n",
		"    - {names: [socketpair], when: \"arg0 in AF_UNIX\"}\n", "    - {names: [clone], when: \"arg0 & 0x7e020080 == 0\"}\n",
		"    - {names: [ioctl], when: \"arg1 in 0x5413, 0x5421\"}\n", "    - {names: [prctl], when: \"arg0 in 0xf\"}\n",
		"# - call: ptrace(PTRACE_TRACEME), twice by ?: debugging\n#   to grant it: add seccomp: {allow: [ptrace]}\n",
		"# Not proved: ",
	};
	struct arena *arena = arena_new();
	struct learn_record record = records_full(arena);
	const char *text = learn_policy(arena, &record, &plain);

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(wanted); i++)
		assert_true(has(text, wanted[i]));
	assert_string_equal(learn_policy(arena, &record, &plain), text);
	arena_free(arena);
}

static void test_proof(void **state)
{
	static const struct { struct learn_style style; const char *wanted; } rows[] = {
		{ { .proof = LEARN_PROVED }, "# Proved: run again under this policy, it ended as before, and nothing" },
		{ { .proof = LEARN_PROVED, .is_output_same = true }, "it ended as before, printed the same, and nothing" },
		{ { .proof = LEARN_PROVED_UNTIL_ENDED }, "# Proved in part: " }, { { .proof = LEARN_UNENDED }, "# NOT PROVED: " },
		{ { .proof = LEARN_DISPROVED }, "# NOT ENOUGH: " }, { { .proof = LEARN_UNPROVED }, "# Not proved: " },
	};
	struct arena *arena = arena_new();
	struct learn_record record = records_empty();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const char *text = learn_policy(arena, &record, &rows[i].style);

		assert_true(has(text, rows[i].wanted));
		policies_parse(arena, text);
	}
	arena_free(arena);
}

static void test_quiet(void **state)
{
	struct arena *arena = arena_new();
	struct learn_record record = records_empty();
	const char *text = learn_policy(arena, &record, &plain);

	(void)state;
	assert_true(has(text, "  # it wrote no file\n  tmpfs: []\n"));
	assert_true(has(text, "  network_mode: none\n"));
	assert_null(strstr(text, "\nallow:\n"));
	policies_parse(arena, text);
	arena_free(arena);
}

static void test_tree(void **state)
{
	struct arena *arena = arena_new();
	struct learn_record record = records_empty();
	const char *text;

	(void)state;
	record.image = NULL;
	record.rootfs = "/srv/a \"tree\"\\";
	text = learn_policy(arena, &record, &plain);
	assert_true(has(text, "  rootfs: [\"/srv/a \\\"tree\\\"\\\\\"]\n"));
	assert_null(strstr(text, "\nimages:"));
	assert_string_equal(policies_parse(arena, text)->allow.rootfs.items[0].value, "/srv/a \"tree\"\\");
	arena_free(arena);
}

/* The policy is one, and its filter can be built. */
static const struct profile *build(struct arena *arena, const char *text)
{
	const struct policy *policy = policies_parse(arena, text);
	const struct profile *profile = NULL;
	struct error err = { 0 };

	if (profile_build(arena, &policy->seccomp, NULL, &profile, &err) < 0)
		print_error("%s\n", err.message);
	assert_non_null(profile);
	return profile;
}

static void test_filter(void **state)
{
	static const struct { const char *call; uint64_t arguments[6]; enum profile_verdict wanted; } rows[] = {
		{ "bind", { 0 }, PROFILE_ALLOW }, { "accept4", { 0 }, PROFILE_ENOSYS }, { "socket", { 1 }, PROFILE_ALLOW },
		{ "socket", { 2 }, PROFILE_ALLOW }, { "socket", { 10 }, PROFILE_EPERM }, { "socket", { 16, 3, 0 }, PROFILE_ALLOW },
		{ "socket", { 16, 3, 9 }, PROFILE_EPERM }, { "socket", { 38 }, PROFILE_EPERM }, { "ioctl", { 0, 0x5413 }, PROFILE_ALLOW },
		{ "ioctl", { 0, 0x5412 }, PROFILE_EPERM }, { "ioctl", { 0, 0x5401 }, PROFILE_EPERM }, { "prctl", { 15 }, PROFILE_ALLOW },
		{ "prctl", { 22 }, PROFILE_EPERM }, { "clone", { 0x11 }, PROFILE_ALLOW }, { "clone", { 0x10000011 }, PROFILE_EPERM },
		{ "read", { 0 }, PROFILE_ALLOW }, { "execve", { 0 }, PROFILE_ALLOW }, { "mount", { 0 }, PROFILE_EPERM },
	};
	struct arena *arena = arena_new();
	struct learn_record record = records_full(arena);
	const struct profile *profile = build(arena, learn_policy(arena, &record, &plain));

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct profile_rule *rule;
		const enum profile_verdict got = profile_answer(profile, rows[i].call, rows[i].arguments, &rule);

		if (got != rows[i].wanted)
			print_error("%s(%lu, %lu): %u\n", rows[i].call, (unsigned long)rows[i].arguments[0],
				    (unsigned long)rows[i].arguments[1], (unsigned)got);
		assert_int_equal(got, rows[i].wanted);
	}
	assert_int_equal(learn_allowed(arena, &record), profile->allowed_count);
	arena_free(arena);
}

/* ---- a record that asks for everything ---- */

static const uint64_t tried[] = { 0, 1, 2, 3, 8, 10, 15, 16, 17, 38, 40, 0x11, 0x5412, 0x541c, 0x5413, 0x40000, 0x20008,
				  0x10000000, UINT64_C(0x100000002), UINT64_MAX };

static struct learn_record greedy(struct arena *arena)
{
	struct learn_record record = records_empty();

	for (int number = 0; number < 600; number++) {
		const char *name = profile_call_name(number);

		for (size_t i = 0; name != NULL && i < ARRAY_COUNT(tried); i++)
			learn_add_sights(arena, &record, &(struct watch_sight){ name, "greedy", tried[i], tried[i] == 16 ? 9 : 0, 1 }, 1);
	}
	return record;
}

/* Whatever it says was seen: what base: default refuses, the learned filter refuses. */
static void test_never_more(void **state)
{
	static const struct policy_seccomp usual = { 0 };
	struct arena *arena = arena_new();
	struct learn_record record = greedy(arena);
	const struct profile *learned = build(arena, learn_policy(arena, &record, &plain)), *bound = NULL;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(profile_build(arena, &usual, NULL, &bound, &err), 0);
	for (int number = 0; number < 600; number++) {
		const char *name = profile_call_name(number);

		for (size_t i = 0; name != NULL && i < ARRAY_COUNT(tried) * 3; i++) {
			uint64_t arguments[6] = { 0 };
			const struct profile_rule *rule;

			arguments[i % 3] = tried[i / 3];
			if (profile_answer(bound, name, arguments, &rule) == PROFILE_ALLOW)
				continue;
			if (profile_answer(learned, name, arguments, &rule) == PROFILE_ALLOW)
				print_error("%s is allowed\n", name);
			assert_int_not_equal(profile_answer(learned, name, arguments, &rule), PROFILE_ALLOW);
		}
	}
	assert_true(record.call_count > 300);
	arena_free(arena);
}

/* Names and paths that would like to be lines. */
static void test_hostile_texts(void **state)
{
	struct arena *arena = arena_new();
	struct learn_record record = records_full(arena);
	const struct policy *policy;

	(void)state;
	record.command = "x\nhazards: [privileged]";
	record.policy = "x\nhazards: [privileged]";
	record.image = "nginx\"]\nhazards: [privileged]";
	record.mounts[0].source = "/x\", access: rw}\n    - {source: \"/";
	record.asks[0].subject = "x\nhazards: [privileged]";
	record.asks[0].reason = record.asks[0].remedy = record.asks[0].subject;
	record.places[0].programs.items[0] = "x\nhazards: [privileged]";
	record.stop_signal = "x\"\nhazards: [privileged]";
	assert_null(strstr(learn_policy(arena, &record, &plain), "\nhazards"));
	record.image = "docker.io/library/nginx";
	record.stop_signal = NULL;
	record.mounts[0].source = "/x";
	policy = policies_parse(arena, learn_policy(arena, &record, &plain));
	for (size_t i = 0; i < HAZARD_COUNT; i++)
		assert_false(policy->hazards[i].is_set);
	assert_int_equal(policy->allow.volume_count, 1);
	arena_free(arena);
}

/* ---- groups ---- */

static void test_groups(void **state)
{
	struct arena *arena = arena_new();
	struct learn_record record = records_full(arena);
	struct learn_group *groups;
	const size_t count = learn_groups(arena, &record, &groups);
	const char *whole = learn_policy(arena, &record, &plain);

	(void)state;
	assert_true(count >= 3);
	for (size_t i = 0; i < count; i++) {
		const struct learn_style style = { .proof = LEARN_UNPROVED, .omit = groups[i].name };
		const char *text = learn_policy(arena, &record, &style);
		const char *heading = arena_printf(arena, "    # %s: ", groups[i].name);

		assert_true(i == 0 || strcmp(groups[i - 1].name, groups[i].name) < 0);
		assert_true(groups[i].count > 0);
		assert_non_null(strstr(whole, heading));
		assert_null(strstr(text, heading));
		build(arena, text);
	}
	arena_free(arena);
}

/* ---- headroom ---- */

static void test_headroom(void **state)
{
	static const struct { int64_t seen, memory, files; } rows[] = {
		{ 0, 16, 1 }, { 1, 16, 2 }, { 5, 16, 12 }, { 20, 48, 48 }, { 100, 192, 256 }, { 1000, 1536, 2048 },
	};
	static const struct { int64_t seen, wanted; } pids[] = { { 0, 8 }, { 1, 8 }, { 4, 8 }, { 5, 12 }, { 6, 12 },
							     { 8, 16 }, { 100, 256 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		assert_int_equal(learn_room_for_memory(rows[i].seen << 20), rows[i].memory << 20);
		assert_int_equal(learn_room_for_files(rows[i].seen << 20), rows[i].files << 20);
	}
	for (size_t i = 0; i < ARRAY_COUNT(pids); i++)
		assert_int_equal(learn_room_for_pids(pids[i].seen), pids[i].wanted);
	assert_true(learn_room_for_memory(INT64_MAX) > 0 && learn_room_for_pids(INT64_MAX) > 0 && learn_room_for_files(INT64_MAX) > 0);
}

int main(void)
{
	static struct row_tests tests;

	ROWS_TEST(&tests, test_text);
	ROWS_TEST(&tests, test_proof);
	ROWS_TEST(&tests, test_quiet);
	ROWS_TEST(&tests, test_tree);
	ROWS_TEST(&tests, test_filter);
	ROWS_TEST(&tests, test_never_more);
	ROWS_TEST(&tests, test_hostile_texts);
	ROWS_TEST(&tests, test_groups);
	ROWS_TEST(&tests, test_headroom);
	return rows_run("learned policies", &tests);
}
