/* The JSON renderings, read back with jansson, and the BPF's size. */
#include "rows.h"

#include <hardrun/profile.h>

#include <jansson.h>

struct rendered {
	struct arena *arena;
	const struct profile *profile;
	json_t *docker, *oci;
};

static json_t *parse(const char *text)
{
	json_error_t problem;
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &problem);

	if (json == NULL)
		fail_msg("%s at %d: %.60s", problem.text, problem.position, text);
	assert_null(strchr(text, '\n'));
	assert_null(strchr(text, ' '));
	return json;
}

static struct rendered render(const struct policy_seccomp *policy)
{
	struct rendered rendered = { .arena = arena_new() };
	struct error err = { 0 };

	if (profile_build(rendered.arena, policy, NULL, &rendered.profile, &err) < 0)
		fail_msg("%s", err.message);
	rendered.docker = parse(profile_render_docker(rendered.arena, rendered.profile));
	rendered.oci = parse(profile_render_oci(rendered.arena, rendered.profile));
	return rendered;
}

static void rendered_done(struct rendered *rendered)
{
	json_decref(rendered->docker);
	json_decref(rendered->oci);
	arena_free(rendered->arena);
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* The entry without arguments that names a call, or NULL. */
static const json_t *entry_of(const json_t *json, const char *call)
{
	const json_t *entry, *name;
	size_t i, j;

	json_array_foreach(json_object_get(json, "syscalls"), i, entry) {
		if (json_object_get(entry, "args") != NULL)
			continue;
		json_array_foreach(json_object_get(entry, "names"), j, name) {
			if (strcmp(json_string_value(name), call) == 0)
				return entry;
		}
	}
	return NULL;
}

static void check_action(const json_t *json, const char *call, const char *action, int number)
{
	const json_t *entry = entry_of(json, call);

	if (entry == NULL)
		fail_msg("%s is not named", call);
	assert_string_equal(text_of(entry, "action"), action);
	if (number > 0)
		assert_int_equal(json_integer_value(json_object_get(entry, "errnoRet")), number);
	else
		assert_null(json_object_get(entry, "errnoRet"));
}

static size_t conditional_count(const json_t *json, const char *call)
{
	const json_t *entry;
	size_t i, count = 0;

	json_array_foreach(json_object_get(json, "syscalls"), i, entry) {
		if (json_object_get(entry, "args") == NULL)
			continue;
		assert_int_equal(json_array_size(json_object_get(entry, "names")), 1);
		count += strcmp(json_string_value(json_array_get(json_object_get(entry, "names"), 0)), call) == 0;
	}
	return count;
}

static const struct policy_seccomp plain;

static void test_heads(void **state)
{
	struct rendered rendered = render(&plain);
	const json_t *const both[] = { rendered.docker, rendered.oci };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(both); i++) {
		assert_string_equal(text_of(both[i], "defaultAction"), "SCMP_ACT_ERRNO");
		assert_int_equal(json_integer_value(json_object_get(both[i], "defaultErrnoRet")), 38);
		assert_int_equal(json_array_size(json_object_get(both[i], "architectures")), 1);
		/* Both together are an error to docker. */
		assert_null(json_object_get(both[i], "archMap"));
	}
	rendered_done(&rendered);
}

/* Docker 20.10 forgets defaultErrnoRet, so what makes programs fall back is named there; OCI runtimes take the default. */
static void test_enosys_is_written_for_docker(void **state)
{
	static const char *const falling_back[] = { "clone3", "msgget", "pkey_alloc", "memfd_secret", "process_madvise" };
	struct rendered rendered = render(&plain);

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(falling_back); i++) {
		check_action(rendered.docker, falling_back[i], "SCMP_ACT_ERRNO", 38);
		assert_null(entry_of(rendered.oci, falling_back[i]));
	}
	check_action(rendered.docker, "mount", "SCMP_ACT_ERRNO", 1);
	check_action(rendered.oci, "mount", "SCMP_ACT_ERRNO", 1);
	check_action(rendered.docker, "read", "SCMP_ACT_ALLOW", 0);
	check_action(rendered.oci, "read", "SCMP_ACT_ALLOW", 0);
	rendered_done(&rendered);
}

static void test_minimal_is_written_for_docker(void **state)
{
	const struct policy_seccomp minimal = { .base = { .value = "minimal" } };
	struct rendered rendered = render(&minimal);

	(void)state;
	check_action(rendered.docker, "shmget", "SCMP_ACT_ERRNO", 38);
	assert_null(entry_of(rendered.oci, "shmget"));
	check_action(rendered.oci, "execve", "SCMP_ACT_ALLOW", 0);
	rendered_done(&rendered);
}

static void test_only_native_names(void **state)
{
	struct rendered rendered = render(&plain);

	(void)state;
	assert_null(entry_of(rendered.docker, "chown32"));
	assert_null(entry_of(rendered.docker, "socketcall"));
	assert_null(entry_of(rendered.oci, "mmap2"));
	rendered_done(&rendered);
}

/* The last word on socketcall: libseccomp lets every family through it otherwise. */
static void test_all_architectures(void **state)
{
	const struct policy_seccomp all = { .architectures = { .value = "all" } };
	struct rendered rendered = render(&all);
	const json_t *calls = json_object_get(rendered.oci, "syscalls"), *last = json_array_get(calls, json_array_size(calls) - 1);

	(void)state;
	assert_int_equal(json_array_size(json_object_get(rendered.oci, "architectures")), 2);
	check_action(rendered.oci, "chown32", "SCMP_ACT_ALLOW", 0);
	assert_string_equal(json_string_value(json_array_get(json_object_get(last, "names"), 0)), "socketcall");
	assert_string_equal(text_of(last, "action"), "SCMP_ACT_ERRNO");
	assert_int_equal(conditional_count(rendered.oci, "socket"), 4);
	rendered_done(&rendered);
}

static void test_every_name_once(void **state)
{
	struct rendered rendered = render(&plain);
	const json_t *entry, *name;
	struct string_list seen = { 0 };
	size_t i, j;

	(void)state;
	json_array_foreach(json_object_get(rendered.docker, "syscalls"), i, entry) {
		json_array_foreach(json_object_get(entry, "names"), j, name) {
			if (json_object_get(entry, "args") != NULL)
				continue;
			if (string_list_has(&seen, json_string_value(name)))
				fail_msg("%s twice", json_string_value(name));
			string_list_add(rendered.arena, &seen, json_string_value(name));
		}
	}
	json_array_foreach(json_object_get(rendered.docker, "syscalls"), i, entry) {
		if (json_object_get(entry, "args") != NULL)
			assert_false(string_list_has(&seen, json_string_value(json_array_get(json_object_get(entry, "names"), 0))));
	}
	assert_true(seen.count > 350);
	rendered_done(&rendered);
}

static void test_clone_is_masked(void **state)
{
	struct rendered rendered = render(&plain);
	const json_t *entry;
	size_t i, allowing = 0;

	(void)state;
	json_array_foreach(json_object_get(rendered.oci, "syscalls"), i, entry) {
		const json_t *argument = json_array_get(json_object_get(entry, "args"), 0);

		if (argument == NULL || strcmp(json_string_value(json_array_get(json_object_get(entry, "names"), 0)), "clone") != 0 ||
		    strcmp(text_of(entry, "action"), "SCMP_ACT_ALLOW") != 0)
			continue;
		allowing++;
		assert_int_equal(json_integer_value(json_object_get(argument, "index")), 0);
		assert_int_equal(json_integer_value(json_object_get(argument, "value")), 0x7e020080);
		assert_int_equal(json_integer_value(json_object_get(argument, "valueTwo")), 0);
		assert_string_equal(text_of(argument, "op"), "SCMP_CMP_MASKED_EQ");
	}
	assert_int_equal(allowing, 1);
	assert_int_equal(conditional_count(rendered.oci, "clone"), 9);
	rendered_done(&rendered);
}

/* Numbers beyond int64 are written as they are; jansson cannot read them, runtimes can. */
static void test_large_numbers(void **state)
{
	struct arena *arena = arena_new();
	struct policy_syscall_rule allow = { "ptrace", "arg1 == 0xfedcba9876543210 and arg0 in 1, 2 and arg2 < 5", { 0 } };
	const struct policy_seccomp policy = { .allow = &allow, .allow_count = 1 };
	const struct profile *profile;
	struct error err = { 0 };
	const char *text;

	(void)state;
	assert_int_equal(profile_build(arena, &policy, NULL, &profile, &err), 0);
	text = profile_render_oci(arena, profile);
	assert_non_null(strstr(text, "{\"names\":[\"ptrace\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":["
				     "{\"index\":0,\"value\":2,\"valueTwo\":0,\"op\":\"SCMP_CMP_EQ\"},"
				     "{\"index\":1,\"value\":18364758544493064720,\"valueTwo\":0,\"op\":\"SCMP_CMP_EQ\"},"
				     "{\"index\":2,\"value\":5,\"valueTwo\":0,\"op\":\"SCMP_CMP_LT\"}]}"));
	arena_free(arena);
}

/* How often an entry with this action names the call; *ret_action is the last. */
static unsigned count_entries(const json_t *json, const char *call, const char **ret_action)
{
	const json_t *entry, *name;
	unsigned count = 0;
	size_t i, j;

	json_array_foreach(json_object_get(json, "syscalls"), i, entry) {
		json_array_foreach(json_object_get(entry, "names"), j, name) {
			if (strcmp(json_string_value(name), call) != 0)
				continue;
			count++;
			*ret_action = text_of(entry, "action");
		}
	}
	return count;
}

/* What is refused by name is told, what is allowed is as it was, and a runtime is never made to wait for who is not there yet. */
static void test_explained(void **state)
{
	static const char *const told[] = { "mount", "keyctl", "tee", "clone3", "ptrace", "chmod" };
	static const char *const untold[] = { "write", "futex", "exit_group" };
	const struct policy_syscall_rule deny[] = { { .name = "chmod" }, { .name = "write", .when = "arg0 == 9" },
						    { .name = "futex", .when = "arg1 == 9" }, { .name = "wait4" } };
	const struct policy_seccomp policy = { .deny = (struct policy_syscall_rule *)(uintptr_t)deny, .deny_count = ARRAY_COUNT(deny) };
	struct rendered rendered = render(&policy);
	const struct profile_listening listening = { .socket = "/proc/self/cwd/x.sock" };
	json_t *json = parse(profile_render_explained(rendered.arena, rendered.profile, &listening));
	const json_t *entry, *name;
	const char *action = NULL;
	size_t i, j;

	(void)state;
	assert_string_equal(text_of(json, "listenerPath"), "/proc/self/cwd/x.sock");
	assert_string_equal(text_of(json, "defaultAction"), "SCMP_ACT_ERRNO");
	assert_int_equal(json_integer_value(json_object_get(json, "defaultErrnoRet")), 38);
	for (i = 0; i < ARRAY_COUNT(told); i++) {
		assert_int_equal(count_entries(json, told[i], &action), 1);
		assert_string_equal(action, "SCMP_ACT_NOTIFY");
	}
	/* Refused, but unseen: crun and runc may be at it before there is a listener. */
	assert_int_equal(count_entries(json, "wait4", &action), 0);
	for (i = 0; i < ARRAY_COUNT(untold); i++) {
		json_array_foreach(json_object_get(json, "syscalls"), j, entry) {
			size_t k;

			json_array_foreach(json_object_get(entry, "names"), k, name)
				if (strcmp(json_string_value(name), untold[i]) == 0)
					assert_string_not_equal(text_of(entry, "action"), "SCMP_ACT_NOTIFY");
		}
	}
	json_array_foreach(json_object_get(json, "syscalls"), i, entry) {
		const bool is_notify = strcmp(text_of(entry, "action"), "SCMP_ACT_NOTIFY") == 0;

		assert_true(!is_notify || json_object_get(entry, "errnoRet") == NULL);
	}
	assert_null(json_object_get(rendered.oci, "listenerPath"));
	json_decref(json);
	rendered_done(&rendered);
}

static bool is_opening(const char *call)
{
	return strcmp(call, "openat") == 0 || strcmp(call, "write") == 0 || strcmp(call, "mount") == 0;
}

/* Watched calls are told whatever their arguments are, once; so are those that arguments decide about. Never those of a start. */
static void test_watched(void **state)
{
	static const char *const told[] = { "openat", "mount", "socket", "personality", "ioctl", "keyctl" };
	static const char *const untold[] = { "write", "read", "futex", "sendmsg" };
	const struct policy_seccomp policy = { 0 };
	struct rendered rendered = render(&policy);
	const struct profile_listening listening = { "/x", is_opening, false, false };
	json_t *json = parse(profile_render_explained(rendered.arena, rendered.profile, &listening));
	const json_t *entry, *name;
	const char *action = NULL;
	size_t i, j, k;

	(void)state;
	for (i = 0; i < ARRAY_COUNT(told); i++) {
		assert_int_equal(count_entries(json, told[i], &action), 1);
		assert_string_equal(action, "SCMP_ACT_NOTIFY");
	}
	for (i = 0; i < ARRAY_COUNT(untold); i++) {
		json_array_foreach(json_object_get(json, "syscalls"), j, entry)
			json_array_foreach(json_object_get(entry, "names"), k, name)
				if (strcmp(json_string_value(name), untold[i]) == 0)
					assert_string_not_equal(text_of(entry, "action"), "SCMP_ACT_NOTIFY");
	}
	assert_int_equal(count_entries(json, "getpid", &action), 1);
	assert_string_equal(action, "SCMP_ACT_ALLOW");
	json_decref(json);
	rendered_done(&rendered);
}

/* Call by call: what was allowed without conditions is allowed, and nothing else is. */
static void test_explained_allows_the_same(void **state)
{
	const struct policy_seccomp policy = { 0 };
	struct rendered rendered = render(&policy);
	json_t *json = parse(profile_render_explained(rendered.arena, rendered.profile, &(struct profile_listening){ .socket = "/x" }));

	(void)state;
	for (size_t i = 0; i < rendered.profile->rule_count; i++) {
		const char *call = rendered.profile->rules[i].call;
		const json_t *before = entry_of(rendered.oci, call), *explained = entry_of(json, call);
		const bool was_allowed = before != NULL && strcmp(text_of(before, "action"), "SCMP_ACT_ALLOW") == 0;

		assert_int_equal(explained != NULL && strcmp(text_of(explained, "action"), "SCMP_ACT_ALLOW") == 0, was_allowed);
	}
	json_decref(json);
	rendered_done(&rendered);
}

static bool is_any(const char *call)
{
	return call != NULL;
}

/* Nothing goes to a listener that it could let through although the filter refuses it: by entries, with the same arguments. */
static void test_refusals_kept(void **state)
{
	const struct policy_seccomp policy = { 0 };
	struct rendered rendered = render(&policy);
	const struct profile_listening listening = { "/x", is_any, true, false };
	json_t *json = parse(profile_render_explained(rendered.arena, rendered.profile, &listening));
	const json_t *entry, *name;
	size_t i, j, told = 0;

	(void)state;
	json_array_foreach(json_object_get(json, "syscalls"), i, entry) {
		const bool is_notify = strcmp(text_of(entry, "action"), "SCMP_ACT_NOTIFY") == 0;

		json_array_foreach(json_object_get(entry, "names"), j, name) {
			const struct profile_rule *rule = profile_find(rendered.profile, json_string_value(name));

			told += is_notify ? 1 : 0;
			assert_true(!is_notify || rule->verdict == PROFILE_ALLOW || rule->verdict == PROFILE_ALLOW_IF);
			assert_int_equal(is_notify && rule->condition_count > 0, is_notify && json_object_get(entry, "args") != NULL);
		}
	}
	assert_true(told > 180);
	assert_string_equal(text_of(entry_of(json, "mount"), "action"), "SCMP_ACT_ERRNO");
	assert_string_equal(text_of(entry_of(json, "openat"), "action"), "SCMP_ACT_NOTIFY");
	assert_string_equal(text_of(entry_of(json, "futex"), "action"), "SCMP_ACT_ALLOW");
	json_decref(json);
	rendered_done(&rendered);
}

/* What threads of a runtime may call is watched where it has none, and where refusals are told there too. */
static void test_threads(void **state)
{
	static const struct { bool is_kept, has_threads, is_denied; const char *wanted; } rows[] = {
		{ true, false, false, "SCMP_ACT_NOTIFY" }, { true, true, false, "SCMP_ACT_ALLOW" },
		{ false, false, true, "SCMP_ACT_NOTIFY" }, { false, true, true, NULL },
	};
	const struct policy_syscall_rule deny[] = { { .name = "madvise" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct policy_seccomp policy = { .deny = (struct policy_syscall_rule *)(uintptr_t)deny, .deny_count = rows[i].is_denied };
		struct rendered rendered = render(&policy);
		const struct profile_listening listening = { "/x", is_any, rows[i].is_kept, rows[i].has_threads };
		json_t *json = parse(profile_render_explained(rendered.arena, rendered.profile, &listening));
		const json_t *entry = entry_of(json, "madvise");

		assert_int_equal(entry != NULL, rows[i].wanted != NULL);
		if (entry != NULL)
			assert_string_equal(text_of(entry, "action"), rows[i].wanted);
		json_decref(json);
		rendered_done(&rendered);
	}
}

static void test_bpf_is_small(void **state)
{
	static const struct { const char *base; size_t most; } sizes[] = { { "default", 700 }, { "minimal", 480 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
		struct arena *arena = arena_new();
		const struct policy_seccomp policy = { .base = { .value = sizes[i].base } };
		const struct profile *profile;
		struct error err = { 0 };
		size_t length = 0;
		void *bytes;

		assert_int_equal(profile_build(arena, &policy, NULL, &profile, &err), 0);
		assert_int_equal(profile_render_bpf(arena, profile, &bytes, &length, &err), 0);
		assert_int_equal(length % 8, 0);
		assert_true(length / 8 >= 100 && length / 8 <= sizes[i].most);
		arena_free(arena);
	}
}

int main(void)
{
	static struct row_tests tests;

	ROWS_TEST(&tests, test_heads);
	ROWS_TEST(&tests, test_explained);
	ROWS_TEST(&tests, test_watched);
	ROWS_TEST(&tests, test_explained_allows_the_same);
	ROWS_TEST(&tests, test_refusals_kept);
	ROWS_TEST(&tests, test_threads);
	ROWS_TEST(&tests, test_enosys_is_written_for_docker);
	ROWS_TEST(&tests, test_minimal_is_written_for_docker);
	ROWS_TEST(&tests, test_only_native_names);
	ROWS_TEST(&tests, test_all_architectures);
	ROWS_TEST(&tests, test_every_name_once);
	ROWS_TEST(&tests, test_clone_is_masked);
	ROWS_TEST(&tests, test_large_numbers);
	ROWS_TEST(&tests, test_bpf_is_small);
	return rows_run("profile renderings", &tests);
}
