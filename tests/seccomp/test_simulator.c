/*
 * The filters as the kernel would run them: rows of rows.tsv, and every call of the table against the profile's own rules. Needs
 * no root and runs no call.
 */
#include "../unit/rows.h"
#include "bpf.h"

#include "../../src/profile/profile_internal.h"

#include <errno.h>
#include <linux/audit.h>
#include <seccomp.h>

enum { FIELDS = 5 };

struct seccomp_row {
	const char *profile, *architecture, *call, *arguments, *wanted;
	const char *line;
};

/* A policy written on one line: "default; all; allow NAME when ...; deny NAME; ceiling minimal; ceiling deny NAME". */
struct spec {
	struct policy_seccomp policy, ceiling;
	bool has_ceiling;
};

struct filter {
	const struct profile *profile;
	const struct sock_filter *program;
	size_t count;
};

static void spec_rule(struct arena *arena, struct policy_syscall_rule **rules, size_t *count, char *text)
{
	struct policy_syscall_rule *rule = vector_push(arena, *rules, *count);
	char *when = strstr(text, " when ");

	if (when != NULL) {
		*when = '\0';
		rule->when = when + strlen(" when ");
	}
	rule->name = text;
	rule->place = (struct place){ "policy.yaml", (unsigned)*count, 1 };
}

static void spec_part(struct arena *arena, struct spec *spec, char *part)
{
	struct policy_seccomp *policy = &spec->policy;

	part += strspn(part, " ");
	if (strncmp(part, "ceiling ", 8) == 0) {
		spec->has_ceiling = true;
		policy = &spec->ceiling;
		part += 8;
	}
	if (strncmp(part, "allow ", 6) == 0)
		spec_rule(arena, &policy->allow, &policy->allow_count, part + 6);
	else if (strncmp(part, "deny ", 5) == 0)
		spec_rule(arena, &policy->deny, &policy->deny_count, part + 5);
	else if (strcmp(part, "all") == 0)
		policy->architectures.value = part;
	else
		policy->base.value = part;
}

static bool filter_build(struct arena *arena, const char *text, struct filter *ret_filter, struct error *err)
{
	struct spec spec = { 0 };
	struct filter filter = { 0 };
	char *copy = arena_strdup(arena, text), *save = NULL;
	void *bytes;
	size_t length;

	for (char *part = strtok_r(copy, ";", &save); part != NULL; part = strtok_r(NULL, ";", &save))
		spec_part(arena, &spec, part);
	if (profile_build(arena, &spec.policy, spec.has_ceiling ? &spec.ceiling : NULL, &filter.profile, err) < 0 ||
	    profile_render_bpf(arena, filter.profile, &bytes, &length, err) < 0)
		return false;
	filter.program = bytes;
	filter.count = length / sizeof(*filter.program);
	assert_true(filter.count <= BPF_MAXINSNS);
	*ret_filter = filter;
	return true;
}

static struct filter filter_of(struct arena *arena, const char *text)
{
	struct filter filter = { 0 };
	struct error err = { 0 };

	if (!filter_build(arena, text, &filter, &err))
		fail_msg("%s: %s", text, err.message);
	return filter;
}

static uint32_t filter_run(const struct filter *filter, const struct seccomp_data *data)
{
	uint32_t action = 0;
	size_t steps;

	assert_true(bpf_run(filter->program, filter->count, data, &action, &steps));
	return action;
}

static const char *action_name(struct arena *arena, uint32_t action)
{
	const uint32_t kind = action & SECCOMP_RET_ACTION_FULL;

	if (action == SECCOMP_RET_ALLOW)
		return "allow";
	if (kind == SECCOMP_RET_KILL_THREAD || kind == SECCOMP_RET_KILL_PROCESS)
		return "kill";
	if (action == (SECCOMP_RET_ERRNO | EPERM))
		return "EPERM";
	if (action == (SECCOMP_RET_ERRNO | ENOSYS))
		return "ENOSYS";
	return arena_printf(arena, "0x%x", action);
}

static int number_of(uint32_t architecture, const char *call)
{
	int64_t number;

	if (parse_integer(call, &number))
		return (int)number;
	return seccomp_syscall_resolve_name_arch(architecture, call);
}

static void test_row(void **state)
{
	const struct seccomp_row *row = *state;
	struct arena *arena = arena_new();
	struct filter filter = filter_of(arena, row->profile);
	const bool is_native = strcmp(row->architecture, "native") == 0;
	char *copy = arena_strdup(arena, row->arguments), *save = NULL;
	struct seccomp_data data = { 0 };
	size_t count = 0;

#if defined(__x86_64__)
	data.arch = is_native ? AUDIT_ARCH_X86_64 : AUDIT_ARCH_I386;
	data.nr = number_of(is_native ? SCMP_ARCH_X86_64 : SCMP_ARCH_X86, row->call);
#else
	data.arch = is_native ? AUDIT_ARCH_AARCH64 : AUDIT_ARCH_ARM;
	data.nr = number_of(is_native ? SCMP_ARCH_AARCH64 : SCMP_ARCH_ARM, row->call);
#endif
	assert_int_not_equal(data.nr, __NR_SCMP_ERROR);
	for (char *word = strtok_r(copy, ",", &save); word != NULL && count < 6; word = strtok_r(NULL, ",", &save))
		data.args[count++] = strtoull(word, NULL, 0);
	assert_string_equal(action_name(arena, filter_run(&filter, &data)), row->wanted);
	arena_free(arena);
}

/* ---- the whole table ---- */

static bool condition_holds(const struct profile_condition *condition, const uint64_t *arguments)
{
	const uint64_t value = arguments[condition->argument];

	switch (condition->compare) {
	case PROFILE_EQUAL:
		return value == condition->value;
	case PROFILE_NOT_EQUAL:
		return value != condition->value;
	case PROFILE_LESS:
		return value < condition->value;
	case PROFILE_GREATER_EQUAL:
		return value >= condition->value;
	case PROFILE_MASKED_EQUAL:
		return (value & condition->mask) == condition->value;
	case PROFILE_COMPARE_COUNT:
		break;
	}
	return false;
}

/* What the rules of a call say, read plainly. */
static uint32_t rules_say(const struct profile *profile, const char *call, const uint64_t *arguments)
{
	const struct profile_rule *rule = profile_find(profile, call), *end = profile->rules + profile->rule_count;

	for (; rule < end && strcmp(rule->call, call) == 0; rule++) {
		bool is_held = true;

		for (size_t i = 0; i < rule->condition_count; i++)
			is_held = is_held && condition_holds(&rule->conditions[i], arguments);
		if (!is_held)
			continue;
		if (rule->verdict == PROFILE_EPERM)
			return SECCOMP_RET_ERRNO | EPERM;
		return rule->verdict == PROFILE_ENOSYS ? SECCOMP_RET_ERRNO | ENOSYS : SECCOMP_RET_ALLOW;
	}
	return SECCOMP_RET_ERRNO | ENOSYS;
}

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* Mostly near the values that rules speak of. */
static uint64_t random_argument(uint64_t *seed)
{
	static const uint64_t near[] = { 0, 1, 2, 3, 5, 10, 16, 17, 38, 40, 45, 8, 0x20000, 0x20008, 0xffffffff, 0x100000000, UINT64_MAX,
					 0x5412, 0x541c, 0x10000000, 0x7e020080, 0x40000, 0x80000000 };
	const uint64_t pick = next_random(seed);

	switch (pick % 4) {
	case 0:
		return next_random(seed);
	case 1:
		return (uint64_t)1 << (pick >> 8) % 64 | near[(pick >> 16) % ARRAY_COUNT(near)];
	default:
		return near[(pick >> 16) % ARRAY_COUNT(near)] + (pick >> 32) % 2;
	}
}

static void check_table(const char *text, bool is_conditional_only, unsigned tries)
{
	struct arena *arena = arena_new();
	struct filter filter = filter_of(arena, text);
	uint64_t seed = 88172645463325252ull;

	for (size_t i = 0; i < profile_call_count; i++) {
		const struct profile_call *call = &profile_calls[i];
		struct seccomp_data data = { .nr = profile_call_number(call) };

#if defined(__x86_64__)
		data.arch = AUDIT_ARCH_X86_64;
#else
		data.arch = AUDIT_ARCH_AARCH64;
#endif
		if (data.nr < 0 || (is_conditional_only && profile_find(filter.profile, call->name)->condition_count == 0))
			continue;
		for (unsigned j = 0; j < tries; j++) {
			uint64_t arguments[6];
			uint32_t wanted, got;

			for (size_t k = 0; k < 6; k++)
				arguments[k] = data.args[k] = random_argument(&seed);
			wanted = rules_say(filter.profile, call->name, arguments);
			got = filter_run(&filter, &data);
			if (wanted != got)
				fail_msg("%s(0x%llx, 0x%llx, 0x%llx): rules say %s, the filter %s", call->name, data.args[0], data.args[1],
					 data.args[2], action_name(arena, wanted), action_name(arena, got));
		}
	}
	arena_free(arena);
}

static void test_every_call_of_default(void **state)
{
	(void)state;
	check_table("default", false, 8);
	check_table("default", true, 4000);
}

static void test_every_call_of_minimal(void **state)
{
	(void)state;
	check_table("minimal", false, 8);
	check_table("minimal", true, 4000);
}

static void test_every_call_under_a_policy(void **state)
{
	(void)state;
	check_table("default; allow socket when arg0 in 17, 40 and arg1 & 0xf == 3; allow personality;"
		    "deny ioctl when arg1 in 0x5401, 0x5402;"
		    "deny socket when arg0 == 10 and arg1 != 1; deny kill when arg1 == 9; ceiling default; ceiling allow socket when arg0 < 41;"
		    "ceiling deny personality when arg0 & 0xff00 == 0x100", true, 4000);
}

static void test_every_call_of_runtime(void **state)
{
	(void)state;
	check_table("runtime", false, 8);
	check_table("runtime; allow socket when arg0 in 1, 2; allow ioctl when arg1 in 0x5413; allow clone when arg0 & 0x7e020080 == 0",
		    true, 4000);
}

/* ---- every group ---- */

static uint32_t answer_of(const struct filter *filter, const struct profile_call *call, uint64_t argument)
{
	struct seccomp_data data = { .nr = profile_call_number(call) };

#if defined(__x86_64__)
	data.arch = AUDIT_ARCH_X86_64;
#else
	data.arch = AUDIT_ARCH_AARCH64;
#endif
	for (size_t i = 0; i < 6; i++)
		data.args[i] = argument;
	return filter_run(filter, &data);
}

static bool may_be_allowed(const struct profile_call *call)
{
	return (call->flags & CALL_NEVER) == 0 || call->verdict == PROFILE_ALLOW_IF;
}

/*
 * Of a base with a group on top: what is in the group and may be allowed is, under the conditions of the table, and nothing else
 * is other than in the base. A group of which nothing may be is refused.
 */
static void check_group_allowed(const char *base, const char *group)
{
	struct arena *arena = arena_new();
	const uint32_t bits = profile_group_bits(group);
	const struct filter without = filter_of(arena, base);
	struct filter with = { 0 };
	struct error err = { 0 };
	bool can_be = false;

	for (size_t i = 0; i < profile_call_count; i++)
		can_be = can_be || ((profile_calls[i].groups & bits) != 0 && may_be_allowed(&profile_calls[i]));
	assert_int_equal(filter_build(arena, arena_printf(arena, "%s; allow %s", base, group), &with, &err), can_be);
	for (size_t i = 0; can_be && i < profile_call_count; i++) {
		const struct profile_call *call = &profile_calls[i];
		const bool is_member = (call->groups & bits) != 0 && may_be_allowed(call);

		for (uint64_t argument = 0; profile_call_is_here(call, true) && argument < 3; argument++) {
			const uint32_t before = answer_of(&without, call, argument), after = answer_of(&with, call, argument);

			if (is_member && call->verdict != PROFILE_ALLOW_IF ? after != SECCOMP_RET_ALLOW : !is_member && before != after)
				fail_msg("%s with %s: %s(%u) is answered %s, and %s without", base, group, call->name, (unsigned)argument,
					 action_name(arena, after), action_name(arena, before));
		}
	}
	arena_free(arena);
}

/* Taken from default, it is refused whole and alone; where a runtime needs a part of it, it cannot be taken. */
static void check_group_denied(const char *group)
{
	struct arena *arena = arena_new();
	const uint32_t bits = profile_group_bits(group);
	const struct filter without = filter_of(arena, "default");
	struct filter with = { 0 };
	struct error err = { 0 };
	bool is_runtimes = false;

	for (size_t i = 0; i < profile_call_count; i++)
		is_runtimes = is_runtimes || ((profile_calls[i].groups & bits) != 0 && (profile_calls[i].flags & CALL_RUNTIME) != 0);
	assert_int_equal(filter_build(arena, arena_printf(arena, "default; deny %s", group), &with, &err), !is_runtimes);
	if (is_runtimes)
		assert_non_null(strstr(err.message, "would keep every container from starting"));
	for (size_t i = 0; !is_runtimes && i < profile_call_count; i++) {
		const struct profile_call *call = &profile_calls[i];
		const bool is_member = (call->groups & bits) != 0;

		if (!profile_call_is_here(call, true))
			continue;
		if (is_member ? answer_of(&with, call, 0) == SECCOMP_RET_ALLOW : answer_of(&with, call, 0) != answer_of(&without, call, 0))
			fail_msg("without %s: %s is answered %s", group, call->name, action_name(arena, answer_of(&with, call, 0)));
	}
	arena_free(arena);
}

static void test_every_group(void **state)
{
	const struct profile_group_spec *groups;
	const size_t count = profile_groups(&groups);

	(void)state;
	assert_int_equal(count, PROFILE_GROUP_COUNT);
	for (size_t i = 0; i < count; i++) {
		check_group_allowed("default", groups[i].name);
		check_group_allowed("minimal", groups[i].name);
		check_group_allowed("runtime", groups[i].name);
		check_group_denied(groups[i].name);
	}
}

/* Numbers beyond any table, the x32 range, and -1. */
static void test_numbers_beyond_the_table(void **state)
{
	struct arena *arena = arena_new();
	struct filter filter = filter_of(arena, "default");
	uint32_t largest = 0;

	(void)state;
	for (size_t i = 0; i < profile_call_count; i++) {
		if (profile_call_number(&profile_calls[i]) > (int)largest)
			largest = (uint32_t)profile_call_number(&profile_calls[i]);
	}
	for (uint32_t number = largest + 1; number < largest + 2000; number++) {
		struct seccomp_data data = { .nr = (int)number };

#if defined(__x86_64__)
		data.arch = AUDIT_ARCH_X86_64;
#else
		data.arch = AUDIT_ARCH_AARCH64;
#endif
		assert_string_equal(action_name(arena, filter_run(&filter, &data)), "ENOSYS");
	}
	arena_free(arena);
}

/* The interpreter itself: what the kernel would not load is not run. */
static void test_interpreter_refuses_nonsense(void **state)
{
	static const struct sock_filter endless[] = { { BPF_LD | BPF_W | BPF_ABS, 0, 0, 0 } };
	static const struct sock_filter far_load[] = { { BPF_LD | BPF_W | BPF_ABS, 0, 0, 64 }, { BPF_RET | BPF_K, 0, 0, 0 } };
	static const struct sock_filter far_jump[] = { { BPF_JMP | BPF_JA, 0, 0, 9 }, { BPF_RET | BPF_K, 0, 0, 0 } };
	static const struct sock_filter good[] = { { BPF_LD | BPF_W | BPF_ABS, 0, 0, 0 }, { BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 7 },
						   { BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW }, { BPF_RET | BPF_K, 0, 0, 0 } };
	struct seccomp_data data = { .nr = 7 };
	uint32_t action;
	size_t steps;

	(void)state;
	assert_false(bpf_run(endless, 1, &data, &action, &steps));
	assert_false(bpf_run(far_load, 2, &data, &action, &steps));
	assert_false(bpf_run(far_jump, 2, &data, &action, &steps));
	assert_true(bpf_run(good, 4, &data, &action, &steps));
	assert_int_equal(action, SECCOMP_RET_ALLOW);
	assert_int_equal(steps, 3);
	data.nr = 8;
	assert_true(bpf_run(good, 4, &data, &action, &steps));
	assert_int_equal(action, SECCOMP_RET_KILL_THREAD);
}

/* ---- rows ---- */

static void read_row(struct arena *arena, struct row_tests *tests, const char *line)
{
	struct seccomp_row *row = arena_alloc(arena, sizeof(*row));
	char *copy = arena_strdup(arena, line), *fields[FIELDS];
	size_t count = 0;

	for (char *field = strsep(&copy, "\t"); field != NULL && count < FIELDS; field = strsep(&copy, "\t"))
		fields[count++] = field;
	if (count < FIELDS) {
		fprintf(stderr, "tests/seccomp/rows.tsv: %zu fields in \"%s\"\n", count, line);
		exit(1);
	}
	*row = (struct seccomp_row){ fields[0], fields[1], fields[2], fields[3], fields[4], line };
	rows_add(tests, arena_printf(arena, "%s: %s %s(%s): %s", fields[0], fields[1], fields[2], fields[3], fields[4]), test_row, row);
}

static void read_rows(struct arena *arena, struct row_tests *tests)
{
	FILE *file = fopen("tests/seccomp/rows.tsv", "re");
	char line[512];

	if (file == NULL) {
		perror("tests/seccomp/rows.tsv");
		exit(1);
	}
	while (fgets(line, sizeof(line), file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] != '#' && line[0] != '\0')
			read_row(arena, tests, line);
	}
	fclose(file);
}

int main(void)
{
	struct arena *arena = arena_new();
	struct row_tests tests = { 0 };
	int failed;

	ROWS_TEST(&tests, test_interpreter_refuses_nonsense);
	ROWS_TEST(&tests, test_every_call_of_default);
	ROWS_TEST(&tests, test_every_call_of_minimal);
	ROWS_TEST(&tests, test_every_call_of_runtime);
	ROWS_TEST(&tests, test_every_group);
	ROWS_TEST(&tests, test_every_call_under_a_policy);
	ROWS_TEST(&tests, test_numbers_beyond_the_table);
	read_rows(arena, &tests);
	failed = rows_run("simulator", &tests);
	arena_free(arena);
	return failed;
}
