/* Policies to profiles: base, allow, deny, ceiling, and what is refused with which words. */
#include "rows.h"

#include <hardrun/profile.h>

enum { RULES = 4 };

struct build_row {
	const char *name;
	const char *base;
	struct policy_syscall_rule allow[RULES], deny[RULES];
	const char *call;
	enum profile_verdict verdict; /* of the first rule of ${call} */
	const char *reason;           /* part of it; NULL: none */
};

static const struct build_row build_rows[] = {
	{ "default allows read", NULL, { { 0 } }, { { 0 } }, "read", PROFILE_ALLOW, NULL },
	{ "default refuses mount", "default", { { 0 } }, { { 0 } }, "mount", PROFILE_EPERM, "builds the view of files" },
	{ "default hides clone3", "default", { { 0 } }, { { 0 } }, "clone3", PROFILE_ENOSYS, "fall back to clone" },
	{ "default looks at socket's arguments", "default", { { 0 } }, { { 0 } }, "socket", PROFILE_ALLOW_IF, "AF_UNIX" },
	{ "32-bit calls are not here", "default", { { 0 } }, { { 0 } }, "chown32", PROFILE_ENOSYS, "32-bit programs" },
	{ "minimal leaves out", "minimal", { { 0 } }, { { 0 } }, "shmget", PROFILE_ENOSYS, "not in base: minimal" },
	{ "minimal keeps the refusals", "minimal", { { 0 } }, { { 0 } }, "keyctl", PROFILE_EPERM, "key rings" },
	{ "minimal keeps argument rules", "minimal", { { 0 } }, { { 0 } }, "clone", PROFILE_ALLOW_IF, "no new namespaces" },
	{ "minimal leaves out conditional calls", "minimal", { { 0 } }, { { 0 } }, "personality", PROFILE_ENOSYS, "not in base" },
	{ "runtime leaves out", "runtime", { { 0 } }, { { 0 } }, "bind", PROFILE_ENOSYS, "not in base: runtime" },
	{ "runtime keeps what starts a program", "runtime", { { 0 } }, { { 0 } }, "execve", PROFILE_ALLOW, NULL },
	{ "runtime keeps what the vDSO may ask for", "runtime", { { 0 } }, { { 0 } }, "gettimeofday", PROFILE_ALLOW, NULL },
	{ "runtime keeps what waits for a listener", "runtime", { { 0 } }, { { 0 } }, "wait4", PROFILE_ALLOW, NULL },
	/* Whoever learned from a run in which the child was the first to end has not seen it, and would wait for ever. */
	{ "runtime keeps what chance calls", "runtime", { { 0 } }, { { 0 } }, "rt_sigsuspend", PROFILE_ALLOW, NULL },
	{ "runtime leaves out what its threads do without", "runtime", { { 0 } }, { { 0 } }, "madvise", PROFILE_ENOSYS, "not in base" },
	{ "runtime leaves out what no clock changes", "runtime", { { 0 } }, { { 0 } }, "clock_getres", PROFILE_ENOSYS, "not in base" },
	{ "runtime keeps the refusals", "runtime", { { 0 } }, { { 0 } }, "keyctl", PROFILE_EPERM, "key rings" },
	{ "runtime with a call", "runtime", { { "socket", "arg0 in AF_UNIX", { 0 } } }, { { 0 } }, "socket", PROFILE_ALLOW_IF,
	  "not in base" },
	{ "a call is allowed", NULL, { { "ptrace", NULL, { 0 } } }, { { 0 } }, "ptrace", PROFILE_ALLOW, NULL },
	{ "a group is allowed", NULL, { { "@debug", NULL, { 0 } } }, { { 0 } }, "ptrace", PROFILE_ALLOW, NULL },
	{ "a group leaves out what may not be", NULL, { { "@debug", NULL, { 0 } } }, { { 0 } }, "perf_event_open",
	  PROFILE_EPERM, "observes" },
	{ "allowed where minimal lacks it", "minimal", { { "shmget", NULL, { 0 } } }, { { 0 } }, "shmget", PROFILE_ALLOW, NULL },
	{ "allowed under a condition", NULL, { { "ptrace", "arg0 == 0", { 0 } } }, { { 0 } }, "ptrace", PROFILE_ALLOW_IF, "debugging" },
	{ "allow never narrows", NULL, { { "read", "arg0 == 0", { 0 } } }, { { 0 } }, "read", PROFILE_ALLOW, NULL },
	{ "a group keeps socket's rule", NULL, { { "@network-io", NULL, { 0 } } }, { { 0 } }, "socket", PROFILE_ALLOW_IF, "AF_UNIX" },
	{ "naming socket lifts its rule", NULL, { { "socket", NULL, { 0 } } }, { { 0 } }, "socket", PROFILE_ALLOW, NULL },
	{ "naming ioctl does not lift its rule", NULL, { { "ioctl", NULL, { 0 } } }, { { 0 } }, "ioctl", PROFILE_ALLOW_IF, "TIOCSTI" },
	{ "clone under a condition stays under its rule", NULL, { { "clone", "arg0 & 1 == 1", { 0 } } }, { { 0 } }, "clone",
	  PROFILE_ALLOW_IF, "no new namespaces" },
	{ "deny takes away", NULL, { { 0 } }, { { "kill", NULL, { 0 } } }, "kill", PROFILE_EPERM, "denied by the policy" },
	{ "deny wins over allow", NULL, { { "ptrace", NULL, { 0 } } }, { { "ptrace", NULL, { 0 } } }, "ptrace",
	  PROFILE_EPERM, "denied" },
	{ "deny of a group wins over allow of a call", NULL, { { "ptrace", NULL, { 0 } } }, { { "@debug", NULL, { 0 } } }, "ptrace",
	  PROFILE_EPERM, "denied" },
	{ "deny of a conditional call", NULL, { { 0 } }, { { "socket", NULL, { 0 } } }, "socket", PROFILE_EPERM, "denied" },
	{ "deny keeps what falls back falling back", NULL, { { 0 } }, { { "clone3", NULL, { 0 } } }, "clone3",
	  PROFILE_ENOSYS, "denied" },
	{ "deny under a condition", NULL, { { 0 } }, { { "kill", "arg1 == 9", { 0 } } }, "kill", PROFILE_ALLOW_IF, "denied" },
	{ "privileged calls may be denied", NULL, { { 0 } }, { { "@privileged", NULL, { 0 } } }, "setuid", PROFILE_EPERM, "denied" },
	{ "deny all of what a grant added", NULL, { { "ptrace", "arg0 == 3", { 0 } } }, { { "ptrace", "arg0 in 3, 4", { 0 } } },
	  "ptrace", PROFILE_EPERM, "denied" },
};

static struct policy_seccomp policy_of(const char *base, const struct policy_syscall_rule *allow,
				       const struct policy_syscall_rule *deny)
{
	static struct policy_syscall_rule rules[2][RULES];
	struct policy_seccomp policy = { .base = { .value = base }, .allow = rules[0], .deny = rules[1] };

	memcpy(rules[0], allow, sizeof(rules[0]));
	memcpy(rules[1], deny, sizeof(rules[1]));
	while (policy.allow_count < RULES && rules[0][policy.allow_count].name != NULL)
		policy.allow_count++;
	while (policy.deny_count < RULES && rules[1][policy.deny_count].name != NULL)
		policy.deny_count++;
	return policy;
}

static void test_build(void **state)
{
	const struct build_row *row = *state;
	struct arena *arena = arena_new();
	const struct policy_seccomp policy = policy_of(row->base, row->allow, row->deny);
	const struct profile *profile;
	const struct profile_rule *rule;
	struct error err = { 0 };

	if (profile_build(arena, &policy, NULL, &profile, &err) < 0)
		fail_msg("%s", err.message);
	rule = profile_find(profile, row->call);
	assert_non_null(rule);
	assert_int_equal(rule->verdict, row->verdict);
	if (row->reason == NULL)
		assert_null(rule->reason);
	else if (strstr(rule->reason, row->reason) == NULL)
		fail_msg("reason: %s", rule->reason);
	assert_true(rule->condition_count > 0 || rule->verdict != PROFILE_ALLOW_IF);
	arena_free(arena);
}

struct error_row {
	const char *base, *architectures;
	struct policy_syscall_rule allow, deny;
	const char *message, *remedy; /* parts */
};

static const struct error_row error_rows[] = {
	{ "strict", NULL, { 0 }, { 0 }, "no base profile called \"strict\"", "default, minimal or runtime" },
	{ "", NULL, { 0 }, { 0 }, "no base profile called \"\"", "default, minimal or runtime" },
	{ NULL, "x86", { 0 }, { 0 }, "architectures cannot be \"x86\"", "native" },
	{ NULL, NULL, { "sokcet", NULL, { 0 } }, { 0 }, "no system call called \"sokcet\"", "did you mean \"socket\"" },
	{ NULL, NULL, { "@netwrok-io", NULL, { 0 } }, { 0 }, "no system call group called \"@netwrok-io\"",
	  "did you mean \"@network-io\"" },
	{ NULL, NULL, { 0 }, { "qqqqqqqqqqqqqq", NULL, { 0 } }, "no system call called", "hardrun-seccomp(7)" },
	{ NULL, NULL, { "", NULL, { 0 } }, { 0 }, "no system call called \"\"", "hardrun-seccomp(7)" },
	{ NULL, NULL, { "rea\x1b[0md", NULL, { 0 } }, { 0 }, "\\x1b", "hardrun-seccomp(7)" },
	{ NULL, NULL, { "mount", NULL, { 0 } }, { 0 }, "no policy can allow \"mount\": builds the view", "unconfined-seccomp" },
	{ NULL, NULL, { "bpf", "arg0 == 1", { 0 } }, { 0 }, "no policy can allow \"bpf\"", "unconfined-seccomp" },
	{ NULL, NULL, { "clone3", NULL, { 0 } }, { 0 }, "no policy can allow \"clone3\"", "unconfined-seccomp" },
	{ NULL, NULL, { "clone", NULL, { 0 } }, { 0 }, "no policy can allow \"clone\": threads and processes", "unconfined-seccomp" },
	{ NULL, NULL, { "unshare", NULL, { 0 } }, { 0 }, "no policy can allow \"unshare\"", "unconfined-seccomp" },
	{ NULL, NULL, { "@module", NULL, { 0 } }, { 0 }, "no policy can allow \"@module\"", "unconfined-seccomp" },
	{ NULL, NULL, { "@keyring", NULL, { 0 } }, { 0 }, "no policy can allow \"@keyring\"", "unconfined-seccomp" },
	{ NULL, NULL, { 0 }, { "execve", NULL, { 0 } }, "denying \"execve\" would keep every container from starting", "remove it" },
	{ NULL, NULL, { 0 }, { "@basic-io", NULL, { 0 } }, "the runtime needs close", "name single calls" },
	{ NULL, NULL, { 0 }, { "@known", NULL, { 0 } }, "would keep every container from starting", "remove it" },
	{ NULL, NULL, { "socket", "arg0 ==", { 0 } }, { 0 }, "a number or a known name", "arg0 in" },
	{ NULL, NULL, { 0 }, { "socket", "arg0 < 3", { 0 } }, "cannot be used to refuse", "arg0 in" },
};

static void test_error(void **state)
{
	const struct error_row *row = *state;
	struct arena *arena = arena_new();
	const struct place place = { "web.yaml", 12, 5 };
	struct policy_syscall_rule allow = row->allow, deny = row->deny;
	struct policy_seccomp policy = { .base = { row->base, place }, .architectures = { row->architectures, place } };
	const struct profile *profile = NULL;
	struct error err = { 0 };

	allow.place = deny.place = place;
	policy.allow = &allow;
	policy.allow_count = allow.name != NULL;
	policy.deny = &deny;
	policy.deny_count = deny.name != NULL;
	assert_int_equal(profile_build(arena, &policy, NULL, &profile, &err), -(int)ERROR_POLICY);
	assert_null(profile);
	assert_int_equal(err.kind, ERROR_POLICY);
	assert_string_equal(err.place.file, "web.yaml");
	assert_int_equal(err.place.line, 12);
	if (strstr(err.message, row->message) == NULL)
		fail_msg("message: %s", err.message);
	assert_non_null(err.remedy);
	if (strstr(err.remedy, row->remedy) == NULL)
		fail_msg("remedy: %s", err.remedy);
	/* A ceiling's mistakes are found too. */
	err = (struct error){ 0 };
	assert_int_equal(profile_build(arena, &(struct policy_seccomp){ 0 }, &policy, &profile, &err), -(int)ERROR_POLICY);
	assert_non_null(strstr(err.message, row->message));
	arena_free(arena);
}

static const struct profile *build(struct arena *arena, const struct policy_seccomp *policy, const struct policy_seccomp *ceiling)
{
	const struct profile *profile;
	struct error err = { 0 };

	if (profile_build(arena, policy, ceiling, &profile, &err) < 0)
		fail_msg("%s", err.message);
	return profile;
}

static void test_rules_are_sorted_and_complete(void **state)
{
	struct arena *arena = arena_new();
	const struct profile *profile = build(arena, &(struct policy_seccomp){ 0 }, NULL);
	size_t allowed = 0;
	struct string_list known;

	(void)state;
	assert_true(profile->is_native_only);
	assert_true(profile_group(arena, "@known", &known));
	for (size_t i = 0; i < known.count; i++)
		assert_non_null(profile_find(profile, known.items[i]));
	for (size_t i = 0; i < profile->rule_count; i++) {
		const struct profile_rule *rule = &profile->rules[i];
		const bool is_first = i == 0 || strcmp(rule[-1].call, rule->call) != 0;

		assert_true(i == 0 || strcmp(rule[-1].call, rule->call) <= 0);
		assert_true(rule->condition_count <= PROFILE_CONDITIONS_MAX);
		assert_true(rule->group != NULL && rule->group[0] == '@');
		allowed += is_first && (rule->verdict == PROFILE_ALLOW || rule->verdict == PROFILE_ALLOW_IF);
		if (is_first)
			assert_ptr_equal(profile_find(profile, rule->call), rule);
		if (!is_first)
			assert_true(rule->condition_count > 0 && rule[-1].condition_count > 0);
	}
	assert_int_equal(allowed, profile->allowed_count);
	assert_null(profile_find(profile, "nosuchcall"));
	assert_null(profile_find(profile, ""));
	arena_free(arena);
}

static void test_a_rule_of_the_policy_keeps_its_place(void **state)
{
	struct arena *arena = arena_new();
	struct policy_syscall_rule allow = { "@debug", NULL, { "web.yaml", 4, 11 } };
	struct policy_syscall_rule deny = { "kill", "arg1 == 9", { "web.yaml", 5, 10 } };
	const struct policy_seccomp policy = { .allow = &allow, .allow_count = 1, .deny = &deny, .deny_count = 1 };
	const struct profile *profile = build(arena, &policy, NULL);

	(void)state;
	assert_int_equal(profile_find(profile, "ptrace")->place.line, 4);
	assert_string_equal(profile_find(profile, "ptrace")->group, "@debug");
	assert_int_equal(profile_find(profile, "kill")->place.line, 5);
	assert_null(profile_find(profile, "read")->place.file);
	assert_string_equal(profile_find(profile, "read")->group, "@basic-io");
	arena_free(arena);
}

/* Both must allow, and neither order nor the ceiling's own grants widen the policy. */
static void test_ceiling(void **state)
{
	struct arena *arena = arena_new();
	struct policy_syscall_rule ptrace = { "ptrace", NULL, { "c.yaml", 1, 1 } }, shm = { "shmget", NULL, { "c.yaml", 2, 1 } };
	const struct policy_seccomp plain = { 0 }, minimal = { .base = { .value = "minimal" } };
	const struct policy_seccomp wide = { .allow = &ptrace, .allow_count = 1 }, denying = { .deny = &shm, .deny_count = 1 };
	const struct profile *alone = build(arena, &wide, NULL), *cut = build(arena, &wide, &plain), *both = build(arena, &wide, &wide);

	(void)state;
	assert_int_equal(profile_find(alone, "ptrace")->verdict, PROFILE_ALLOW);
	assert_int_equal(profile_find(cut, "ptrace")->verdict, PROFILE_EPERM);
	assert_string_equal(profile_find(cut, "ptrace")->reason, "the ceiling does not allow it");
	assert_int_equal(profile_find(both, "ptrace")->verdict, PROFILE_ALLOW);
	assert_int_equal(profile_find(build(arena, &plain, &wide), "ptrace")->verdict, PROFILE_EPERM);
	assert_int_equal(profile_find(build(arena, &plain, &denying), "shmget")->verdict, PROFILE_EPERM);
	assert_int_equal(profile_find(build(arena, &plain, &minimal), "shmget")->verdict, PROFILE_ENOSYS);
	assert_int_equal(build(arena, &plain, &minimal)->allowed_count, build(arena, &minimal, &plain)->allowed_count);
	assert_int_equal(build(arena, &plain, &minimal)->allowed_count, build(arena, &minimal, NULL)->allowed_count);
	assert_true(build(arena, &minimal, NULL)->allowed_count < build(arena, &plain, NULL)->allowed_count);
	arena_free(arena);
}

static void test_architectures(void **state)
{
	struct arena *arena = arena_new();
	const struct policy_seccomp all = { .architectures = { .value = "all" } }, native = { .architectures = { .value = "native" } };
	const struct profile *wide = build(arena, &all, NULL);

	(void)state;
	assert_false(wide->is_native_only);
	assert_int_equal(profile_find(wide, "chown32")->verdict, PROFILE_ALLOW);
	assert_int_equal(profile_find(wide, "stime")->verdict, PROFILE_EPERM);
	assert_true(wide->allowed_count > build(arena, &native, NULL)->allowed_count);
	assert_true(build(arena, &all, &native)->is_native_only);
	assert_true(build(arena, &native, &all)->is_native_only);
	assert_false(build(arena, &all, &all)->is_native_only);
	arena_free(arena);
}

/* Removing a line of allow never widens; adding a line of deny never widens. */
static void test_lines_only_widen_or_narrow(void **state)
{
	struct arena *arena = arena_new();
	struct string_list known;
	const size_t plain = build(arena, &(struct policy_seccomp){ 0 }, NULL)->allowed_count;

	(void)state;
	assert_true(profile_group(arena, "@known", &known));
	for (size_t i = 0; i < known.count; i += 7) {
		struct policy_syscall_rule rule = { known.items[i], NULL, { "x", 1, 1 } };
		const struct policy_seccomp widened = { .allow = &rule, .allow_count = 1 }, narrowed = { .deny = &rule, .deny_count = 1 };
		const struct profile *profile;
		struct error err;

		if (profile_build(arena, &widened, NULL, &profile, &err) == 0)
			assert_true(profile->allowed_count >= plain && profile->allowed_count <= plain + 1);
		if (profile_build(arena, &narrowed, NULL, &profile, &err) == 0)
			assert_true(profile->allowed_count >= plain - 1 && profile->allowed_count <= plain);
	}
	arena_free(arena);
}

static void test_conditions_that_do_not_fit(void **state)
{
	struct arena *arena = arena_new();
	struct policy_syscall_rule deny[] = { { "kill", "arg0 & 0xffff == 1 and arg1 & 0xffff == 2", { "web.yaml", 1, 1 } },
					      { "kill", "arg2 & 0xffff == 1 and arg3 & 0xffff == 2", { "web.yaml", 2, 1 } },
					      { "kill", "arg4 & 0xffff == 1", { "web.yaml", 3, 1 } } };
	const struct policy_seccomp policy = { .deny = deny, .deny_count = ARRAY_COUNT(deny) };
	const struct profile *profile = NULL;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(profile_build(arena, &policy, NULL, &profile, &err), -(int)ERROR_POLICY);
	assert_non_null(strstr(err.message, "too many to put into a filter"));
	assert_non_null(err.place.file);
	arena_free(arena);
}

int main(void)
{
	static struct row_tests tests;

	for (size_t i = 0; i < ARRAY_COUNT(build_rows); i++)
		rows_add(&tests, build_rows[i].name, test_build, (void *)(uintptr_t)&build_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(error_rows); i++)
		rows_add(&tests, error_rows[i].message, test_error, (void *)(uintptr_t)&error_rows[i]);
	ROWS_TEST(&tests, test_rules_are_sorted_and_complete);
	ROWS_TEST(&tests, test_a_rule_of_the_policy_keeps_its_place);
	ROWS_TEST(&tests, test_ceiling);
	ROWS_TEST(&tests, test_architectures);
	ROWS_TEST(&tests, test_lines_only_widen_or_narrow);
	ROWS_TEST(&tests, test_conditions_that_do_not_fit);
	return rows_run("profile build", &tests);
}
