/* Why a call is refused, by which line, and that the remedy which is named is one. */
#include "policies.h"

#include <hardrun/profile.h>

#define ANY { UINT64_MAX } /* asked without arguments */
#define TABLE "hardrun's table"

struct explain_row {
	const char *policy;   /* of the section seccomp */
	const char *ceiling;  /* NULL: none */
	const char *call;
	uint64_t arguments[6];
	enum profile_verdict verdict;
	const char *decider;
	unsigned line, column; /* 0: no place */
	const char *remedy;    /* the whole of it; NULL: there is none */
	const char *reason;    /* a part of it */
};

static const struct explain_row explain_rows[] = {
	{ "{}", NULL, "getpid", ANY, PROFILE_ALLOW, TABLE, 0, 0, NULL, NULL },
	{ "{}", NULL, "mount", ANY, PROFILE_EPERM, TABLE, 0, 0, NULL, "builds the view" },
	{ "{}", NULL, "unshare", { 0x10000000 }, PROFILE_EPERM, TABLE, 0, 0, NULL, "namespaces" },
	{ "{}", NULL, "clone3", ANY, PROFILE_ENOSYS, TABLE, 0, 0, NULL, "memory" },
	{ "{}", NULL, "ptrace", ANY, PROFILE_EPERM, TABLE, 0, 0, "add seccomp: {allow: [ptrace]}", "debugging" },
	{ "{}", NULL, "tee", { 1 }, PROFILE_ENOSYS, TABLE, 0, 0, "add seccomp: {allow: [tee]}", "pipes" },
	{ "{}", NULL, "socket", ANY, PROFILE_ALLOW_IF, TABLE, 0, 0, NULL, "what is allowed" },
	{ "{}", NULL, "socket", { 1 }, PROFILE_ALLOW, TABLE, 0, 0, NULL, NULL },
	{ "{}", NULL, "socket", { 38 }, PROFILE_EPERM, TABLE, 0, 0,
	  "add seccomp: {allow: [{names: [socket], when: \"arg0 == AF_ALG\"}]}", "rarely used" },
	{ "{}", NULL, "socket", { 16, 3, 4 }, PROFILE_EPERM, TABLE, 0, 0,
	  "add seccomp: {allow: [{names: [socket], when: \"arg0 == AF_NETLINK and arg2 == 4\"}]}", NULL },
	{ "{}", NULL, "clone", { 0x10000011 }, PROFILE_EPERM, TABLE, 0, 0, NULL, "no new namespaces" },
	{ "{}", NULL, "ioctl", { 0, 0x5412 }, PROFILE_EPERM, TABLE, 0, 0, NULL, "TIOCSTI" },
	{ "{}", NULL, "personality", { 0x40000 }, PROFILE_ENOSYS, TABLE, 0, 0,
	  "add seccomp: {allow: [{names: [personality], when: \"arg0 == 0x40000\"}]}", NULL },
	{ "{deny: [chmod]}", NULL, "chmod", ANY, PROFILE_EPERM, "seccomp.deny", 2, 18,
	  "take \"chmod\" out of seccomp.deny (p.yaml:2:18)", "denied by the policy" },
	{ "{deny: [\"@keyring\", \"@chown\"]}", NULL, "chown", ANY, PROFILE_EPERM, "seccomp.deny", 2, 30,
	  "take \"@chown\" out of seccomp.deny (p.yaml:2:30)", "denied by the policy" },
	{ "{deny: [\"@keyring\"]}", NULL, "keyctl", ANY, PROFILE_EPERM, TABLE, 0, 0, NULL, "key rings" },
	{ "{deny: [ptrace]}", NULL, "ptrace", ANY, PROFILE_EPERM, TABLE, 0, 0,
	  "take \"ptrace\" out of seccomp.deny (p.yaml:2:18), and add seccomp: {allow: [ptrace]}", "debugging" },
	{ "{deny: [{names: [socket], when: \"arg0 == AF_INET6\"}]}", NULL, "socket", { 10 }, PROFILE_EPERM, "seccomp.deny", 2, 27,
	  "take \"socket\" out of seccomp.deny (p.yaml:2:27)", "denied" },
	{ "{deny: [{names: [socket], when: \"arg0 == AF_INET6\"}]}", NULL, "socket", { 38 }, PROFILE_EPERM, TABLE, 0, 0,
	  "add seccomp: {allow: [{names: [socket], when: \"arg0 == AF_ALG\"}]}", "rarely used" },
	{ "{allow: [ptrace]}", NULL, "ptrace", ANY, PROFILE_ALLOW, "seccomp.allow", 2, 19, NULL, NULL },
	{ "{base: minimal}", NULL, "sendmsg", ANY, PROFILE_ENOSYS, "seccomp.base", 2, 17, "add seccomp: {allow: [sendmsg]}", "minimal" },
	{ "{base: minimal}", NULL, "ptrace", ANY, PROFILE_EPERM, TABLE, 0, 0, "add seccomp: {allow: [ptrace]}", "debugging" },
	{ "{allow: [ptrace]}", "{}", "ptrace", ANY, PROFILE_EPERM, "the ceiling", 0, 0,
	  "the ceiling, /etc/hardrun/ceiling.yaml, would have to allow it", "the ceiling" },
	{ "{}", "{}", "ptrace", ANY, PROFILE_EPERM, TABLE, 0, 0,
	  "add seccomp: {allow: [ptrace]}; the ceiling, /etc/hardrun/ceiling.yaml, would have to allow it too", "debugging" },
	{ "{}", "{allow: [ptrace]}", "ptrace", ANY, PROFILE_EPERM, TABLE, 0, 0, "add seccomp: {allow: [ptrace]}", "debugging" },
	{ "{}", "{deny: [chmod]}", "chmod", ANY, PROFILE_EPERM, "the ceiling", 0, 0,
	  "the ceiling, /etc/hardrun/ceiling.yaml, would have to allow it", "the ceiling" },
};

static const struct policy_seccomp *seccomp_of(struct arena *arena, const char *text)
{
	return &policies_parse(arena, arena_printf(arena, "version: 1\nseccomp: %s\n", text))->seccomp;
}

static void test_explain(void **state)
{
	const struct explain_row *row = *state;
	struct arena *arena = arena_new();
	const struct policy_seccomp *ceiling = row->ceiling != NULL ? seccomp_of(arena, row->ceiling) : NULL;
	struct profile_explanation explanation;

	assert_true(profile_explain(arena, seccomp_of(arena, row->policy), ceiling, row->call,
				    row->arguments[0] == UINT64_MAX ? NULL : row->arguments, &explanation));
	assert_int_equal(explanation.verdict, row->verdict);
	assert_string_equal(explanation.decider, row->decider);
	assert_int_equal(explanation.place.line, row->line);
	assert_int_equal(explanation.place.column, row->column);
	assert_true((explanation.remedy == NULL) == (row->remedy == NULL));
	if (row->remedy != NULL)
		assert_string_equal(explanation.remedy, row->remedy);
	assert_true((explanation.reason == NULL) == (row->verdict == PROFILE_ALLOW));
	if (row->reason != NULL && strstr(explanation.reason, row->reason) == NULL)
		fail_msg("%s", explanation.reason);
	arena_free(arena);
}

/* Every call of the table: what has a remedy is allowed by a policy of that very line. */
static void test_remedies_are_remedies(void **state)
{
	static const char head[] = "add seccomp: ";
	struct arena *arena = arena_new();
	struct string_list calls;
	size_t remedied = 0, hopeless = 0;

	(void)state;
	assert_true(profile_group(arena, "@known", &calls));
	for (size_t i = 0; i < calls.count; i++) {
		struct arena *own = arena_new();
		struct profile_explanation before, after;
		const struct policy_seccomp plain = { 0 };

		assert_true(profile_explain(own, &plain, NULL, calls.items[i], NULL, &before));
		if (before.verdict != PROFILE_EPERM && before.verdict != PROFILE_ENOSYS) {
			assert_null(before.remedy);
		} else if (before.remedy != NULL) {
			assert_memory_equal(before.remedy, head, strlen(head));
			assert_true(profile_explain(own, seccomp_of(own, before.remedy + strlen(head)), NULL, calls.items[i], NULL, &after));
			assert_true(after.verdict == PROFILE_ALLOW || after.verdict == PROFILE_ALLOW_IF);
			remedied++;
		} else {
			hopeless++;
		}
		arena_free(own);
	}
	assert_true(remedied > 60);
	assert_true(hopeless > 30);
	arena_free(arena);
}

static void test_unknown_calls(void **state)
{
	struct arena *arena = arena_new();
	const struct policy_seccomp plain = { 0 };
	struct profile_explanation explanation = { .decider = "untouched" };

	(void)state;
	assert_false(profile_explain(arena, &plain, NULL, "nosuch", NULL, &explanation));
	assert_string_equal(explanation.decider, "untouched");
	assert_null(profile_call_name(-1));
	assert_null(profile_call_name(100000));
#if defined(__x86_64__)
	assert_string_equal(profile_call_name(165), "mount");
	assert_string_equal(profile_call_name(0), "read");
#endif
	arena_free(arena);
}

/* What the filter in the kernel does with arguments, profile_answer says too. */
static void test_answers(void **state)
{
	static const struct { const char *call; uint64_t arguments[6]; enum profile_verdict wanted; } rows[] = {
		{ "socket", { 1 }, PROFILE_ALLOW }, { "socket", { 38 }, PROFILE_EPERM }, { "socket", { UINT64_C(0x100000001) }, PROFILE_EPERM },
		{ "socket", { 16, 3, 0 }, PROFILE_ALLOW }, { "socket", { 16, 3, 1 }, PROFILE_EPERM }, { "clone", { 0x11 }, PROFILE_ALLOW },
		{ "clone", { 0x20000011 }, PROFILE_EPERM }, { "mount", { 0 }, PROFILE_EPERM }, { "tee", { 0 }, PROFILE_ENOSYS },
		{ "nosuch", { 0 }, PROFILE_ENOSYS }, { "ioctl", { 0, 0x5412 }, PROFILE_EPERM },
		{ "ioctl", { 0, UINT64_C(0x100005412) }, PROFILE_EPERM }, { "ioctl", { 0, 0x5413 }, PROFILE_ALLOW },
	};
	struct arena *arena = arena_new();
	const struct policy_seccomp plain = { 0 };
	const struct profile *profile;
	const struct profile_rule *rule;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(profile_build(arena, &plain, NULL, &profile, &err), 0);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		if (profile_answer(profile, rows[i].call, rows[i].arguments, &rule) != rows[i].wanted)
			fail_msg("%s, row %zu", rows[i].call, i);
	arena_free(arena);
}

/* A program that may have a listener once ours has ended is asked instead of it, and lets itself go on. */
static void test_nested_listener(void **state)
{
	enum { SET_MODE_FILTER = 1, TSYNC = 1, NEW_LISTENER = 8 };
	static const struct { const char *policy; uint64_t flags; enum profile_verdict wanted; } rows[] = {
		{ "{}", 0, PROFILE_ALLOW }, { "{}", TSYNC, PROFILE_ALLOW }, { "{}", NEW_LISTENER, PROFILE_ENOSYS },
		{ "{}", NEW_LISTENER | TSYNC, PROFILE_ENOSYS },
		{ "{allow: [seccomp]}", NEW_LISTENER, PROFILE_ENOSYS }, { "{allow: [seccomp]}", 0, PROFILE_ALLOW },
		{ "{base: runtime, allow: [seccomp]}", NEW_LISTENER, PROFILE_ENOSYS },
		{ "{base: minimal, allow: [{names: [seccomp], when: \"arg0 == 1\"}]}", 0, PROFILE_ALLOW },
		{ "{base: minimal, allow: [{names: [seccomp], when: \"arg0 == 1\"}]}", NEW_LISTENER, PROFILE_ENOSYS },
		{ "{base: minimal, allow: [{names: [seccomp], when: \"arg1 == 8\"}]}", NEW_LISTENER, PROFILE_ENOSYS },
		{ "{base: minimal, allow: [{names: [seccomp], when: \"arg1 in 0, 1\"}]}", 1, PROFILE_ALLOW },
		{ "{base: minimal, allow: [{names: [seccomp], when: \"arg1 in 0, 1\"}]}", 2, PROFILE_EPERM },
		{ "{base: minimal, allow: [{names: [seccomp], when: \"arg1 & 6 == 0\"}]}", NEW_LISTENER, PROFILE_ENOSYS },
		{ "{deny: [seccomp]}", 0, PROFILE_EPERM },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct arena *arena = arena_new();
		const uint64_t arguments[6] = { SET_MODE_FILTER, rows[i].flags };
		const struct profile_rule *rule;
		const struct profile *profile;
		struct error err = { 0 };

		assert_int_equal(profile_build(arena, seccomp_of(arena, rows[i].policy), NULL, &profile, &err), 0);
		if (profile_answer(profile_without_listeners(arena, profile), "seccomp", arguments, &rule) != rows[i].wanted)
			fail_msg("row %zu: %s", i, rows[i].policy);
		arena_free(arena);
	}
}

int main(void)
{
	static struct row_tests rows;

	rows.arena = arena_new();
	for (size_t i = 0; i < ARRAY_COUNT(explain_rows); i++)
		rows_add(&rows, arena_printf(rows.arena, "%zu: %s under %s", i, explain_rows[i].call, explain_rows[i].policy), test_explain,
			 (void *)(uintptr_t)&explain_rows[i]);
	ROWS_TEST(&rows, test_remedies_are_remedies);
	ROWS_TEST(&rows, test_unknown_calls);
	ROWS_TEST(&rows, test_answers);
	ROWS_TEST(&rows, test_nested_listener);
	return rows_run("profile_explain", &rows);
}
