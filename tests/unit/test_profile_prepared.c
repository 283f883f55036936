/* prepared: what the build made of each base is what would be made now, and nothing but an untouched base gets it. */
#include "rows.h"

#include <hardrun/profile.h>

#include <string.h>

static const struct profile *choose(struct arena *arena, const struct policy_seccomp *policy,
				    const struct policy_seccomp *ceiling)
{
	const struct profile *profile = NULL;
	struct error err = { 0 };

	assert_int_equal(profile_choose(arena, policy, ceiling, &profile, &err), 0);
	return profile;
}

static const struct profile *build(struct arena *arena, const struct policy_seccomp *policy, const struct policy_seccomp *ceiling)
{
	const struct profile *profile = NULL;
	struct error err = { 0 };

	assert_int_equal(profile_build(arena, policy, ceiling, &profile, &err), 0);
	return profile;
}

static const struct policy_seccomp plain = { 0 };
static const struct policy_seccomp named = { .base = { .value = "default" }, .architectures = { .value = "native" } };
static const struct policy_seccomp minimal = { .base = { .value = "minimal" } };

/* Decodes one character of base64. */
static unsigned digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = strchr(digits, c);

	assert_non_null(at);
	return (unsigned)(at - digits);
}

static void assert_program(struct arena *arena, const struct profile *profile, const char *text)
{
	unsigned char *bytes;
	void *program;
	size_t length;
	struct error err = { 0 };

	assert_int_equal(profile_render_bpf(arena, profile, &program, &length, &err), 0);
	assert_int_equal(strlen(text), (length + 2) / 3 * 4);
	bytes = program;
	for (size_t i = 0; i < length; i++) {
		const char *four = text + i / 3 * 4;
		const unsigned left = digit(four[i % 3]), right = digit(four[i % 3 + 1]);

		assert_int_equal(bytes[i], (left << (2 + 2 * (i % 3)) | right >> (4 - 2 * (i % 3))) & 0xff);
	}
	for (size_t i = strlen(text); i > (length * 4 + 2) / 3; i--)
		assert_int_equal(text[i - 1], '=');
}

static void same_as_built_now(void **state)
{
	const struct {
		const struct policy_seccomp *policy, *ceiling;
	} rows[] = {
		{ &plain, NULL }, { &named, NULL }, { &minimal, NULL }, { &plain, &named }, { &named, &plain }, { &minimal, &minimal },
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct profile *built = build(arena, rows[i].policy, rows[i].ceiling);
		const struct profile *chosen = choose(arena, rows[i].policy, rows[i].ceiling);

		assert_non_null(chosen->prepared);
		assert_null(built->prepared);
		assert_string_equal(profile_render_docker(arena, chosen), profile_render_docker(arena, built));
		assert_string_equal(profile_render_oci(arena, chosen), profile_render_oci(arena, built));
		assert_program(arena, built, chosen->prepared->bpf_base64);
	}
	arena_free(arena);
}

static void what_a_policy_says_is_built(void **state)
{
	struct policy_syscall_rule rule = { .name = "ptrace" };
	const struct policy_seccomp allowing = { .allow = &rule, .allow_count = 1 };
	const struct policy_seccomp denying = { .deny = &rule, .deny_count = 1 };
	const struct policy_seccomp wide = { .architectures = { .value = "all" } };
	const struct {
		const struct policy_seccomp *policy, *ceiling;
	} rows[] = {
		{ &allowing, NULL }, { &denying, NULL }, { &wide, NULL }, { &plain, &denying }, { &plain, &allowing }, { &plain, &wide },
		{ &plain, &minimal }, { &minimal, &plain }, { &wide, &plain },
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct profile *chosen = choose(arena, rows[i].policy, rows[i].ceiling);

		assert_null(chosen->prepared);
		assert_true(chosen->rule_count > 0);
		assert_string_equal(profile_render_docker(arena, chosen),
				    profile_render_docker(arena, build(arena, rows[i].policy, rows[i].ceiling)));
	}
	arena_free(arena);
}

static void wrong_bases_stay_errors(void **state)
{
	const struct policy_seccomp wrong = { .base = { .value = "none" } };
	struct arena *arena = arena_new();
	const struct profile *profile;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(profile_choose(arena, &wrong, NULL, &profile, &err), -(int)ERROR_POLICY);
	assert_int_equal(profile_choose(arena, &plain, &wrong, &profile, &err), -(int)ERROR_POLICY);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_as_built_now),
		cmocka_unit_test(what_a_policy_says_is_built),
		cmocka_unit_test(wrong_bases_stay_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
