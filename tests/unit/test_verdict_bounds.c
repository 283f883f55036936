/* What once slipped by: between ceiling and defaults, floor and defaults, patterns and what they reach. A case for each. */
#include "verdicts.h"

#include <hardrun/plan.h>

static const struct policy *bounds_ceiling(const struct verdict_case *test, const char *text)
{
	return policies_parse(test->arena, arena_printf(test->arena, "version: 1\n%s\n", text));
}

static struct policy *bounds_copy(const struct verdict_case *test, const struct policy *policy)
{
	struct policy *copy = arena_alloc(test->arena, sizeof(*copy));

	*copy = *policy;
	return copy;
}

/* A policy that allows less than is built in, and has no default of its own, gives and grants no more than it allows. */
static void test_builtin_tmpfs_ends_at_the_policy(void **state)
{
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	test.policy = verdicts_policy(&test, "allow: {tmpfs: {max_size: 1m}}");
	verdicts_assert_allowed(&test, "--tmpfs /x:size=1m alpine");
	verdicts_assert_denied(&test, "--tmpfs /x:size=2m alpine", "allow.tmpfs");
	test.policy = verdicts_policy(&test, "defaults: {tmpfs: ['/x:size=4m', /y]}\nallow: {tmpfs: {max_size: 1m}}");
	verdicts_assert_allowed(&test, "--tmpfs /x:size=4m alpine");
	verdicts_assert_denied(&test, "--tmpfs /x:size=5m alpine", "allow.tmpfs");
	verdicts_assert_denied(&test, "--tmpfs /y:size=2m alpine", "allow.tmpfs");
	verdicts_done(&test);
}

/* A policy built by hand, for what the policy room itself would refuse to load. */
static void bounds_set_log(struct verdict_case *test, const char *name, const char *value)
{
	struct policy *policy = bounds_copy(test, verdicts_policy(test, ""));
	struct policy_pair *pair = arena_alloc(test->arena, sizeof(*pair));

	*pair = (struct policy_pair){ .name = name, .value = value };
	policy->defaults.logging_options = (struct policy_map){ .is_set = true, .items = pair, .count = 1 };
	test->policy = policy;
}

/* ---- ceilings ---- */

static void test_default_ulimits_end_at_the_ceiling(void **state)
{
	struct verdict_input input;
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	test.policy = verdicts_policy(&test, "defaults: {ulimits: {nofile: 1000000}}");
	verdicts_assert_allowed(&test, "alpine");
	input = (struct verdict_input){ .request = test.request, .policy = test.policy, .facts = &test.facts };
	assert_int_equal(verdict_bound_ulimit(&input, "nofile"), INT64_MAX);
	test.ceiling = input.ceiling = bounds_ceiling(&test, "allow: {ulimits: {nofile: 1024}, networks: [isolated]}");
	assert_int_equal(verdict_bound_ulimit(&input, "nofile"), 1024);
	assert_int_equal(verdict_bound_ulimit(&input, "core"), 0);
	assert_int_equal(verdict_bound_ulimit(&input, "memlock"), -1);
	verdicts_assert_allowed(&test, "alpine"); /* lowered by the plan */
	verdicts_assert_denied(&test, "--ulimit nofile=1025 alpine", "ceiling: allow.ulimits");
	input.ceiling = bounds_ceiling(&test, "allow: {networks: [isolated]}");
	assert_int_equal(verdict_bound_ulimit(&input, "nofile"), 4096);
	/* What the ceiling does not speak of cannot be lowered to anything. */
	test.policy = verdicts_policy(&test, "defaults: {ulimits: {memlock: 65536}}");
	verdicts_assert_denied(&test, "alpine", "ceiling: allow.ulimits");
	verdicts_done(&test);
}

static void test_ceiling_names_the_images(void **state)
{
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	test.ceiling = bounds_ceiling(&test, "allow: {networks: [isolated]}");
	verdicts_assert_allowed(&test, "alpine");
	test.ceiling = bounds_ceiling(&test, "images: [docker.io/library/alpine]\nallow: {networks: [isolated]}");
	verdicts_assert_allowed(&test, "alpine:3.19");
	test.ceiling = bounds_ceiling(&test, "images: [docker.io/library/nginx]\nallow: {networks: [isolated]}");
	verdicts_assert_denied(&test, "alpine", "ceiling: images");
	test.ceiling = bounds_ceiling(&test, "images: []\nallow: {networks: [isolated]}");
	verdicts_assert_denied(&test, "alpine", "ceiling: images");
	verdicts_done(&test);
}

static void test_logs_end_at_the_ceiling(void **state)
{
	struct verdict_input input;
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	test.policy = verdicts_policy(&test, "allow: {logging: {max_size: 50m, max_file: 5}}");
	input = (struct verdict_input){ .request = test.request, .policy = test.policy, .facts = &test.facts };
	assert_int_equal(verdict_bound_log(&input, true), INT64_MAX);
	test.ceiling = input.ceiling = bounds_ceiling(&test, "allow: {logging: {max_size: 1m, max_file: 2}, networks: [isolated]}");
	assert_int_equal(verdict_bound_log(&input, true), 1 << 20);
	assert_int_equal(verdict_bound_log(&input, false), 2);
	verdicts_assert_allowed(&test, "--log-opt max-size=1m --log-opt max-file=2 alpine");
	verdicts_assert_denied(&test, "--log-opt max-size=2m alpine", "ceiling: allow.logging"); /* below the built-in 10m */
	verdicts_assert_denied(&test, "--log-opt max-file=3 alpine", "ceiling: allow.logging");
	input.ceiling = bounds_ceiling(&test, "allow: {networks: [isolated]}");
	assert_int_equal(verdict_bound_log(&input, true), INT64_C(10) << 20);
	assert_int_equal(verdict_bound_log(&input, false), 3);
	verdicts_done(&test);
}

static void test_default_tmpfs_end_at_the_ceiling(void **state)
{
	struct verdict_input input;
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	test.policy = verdicts_policy(&test, "defaults: {tmpfs: ['/tmp:size=64m']}\nallow: {tmpfs: {max_size: 1g}}");
	test.ceiling = bounds_ceiling(&test, "allow: {networks: [isolated]}");
	verdicts_assert_allowed(&test, "alpine");
	verdicts_assert_denied(&test, "--tmpfs /x:size=17m alpine", "ceiling: allow.tmpfs");
	test.ceiling = bounds_ceiling(&test, "allow: {tmpfs: {max_size: 1m}, networks: [isolated]}");
	verdicts_assert_allowed(&test, "--tmpfs /x alpine");
	verdicts_assert_allowed(&test, "--tmpfs /x:size=1m alpine");
	verdicts_assert_denied(&test, "--tmpfs /x:size=2m alpine", "ceiling: allow.tmpfs"); /* below the built-in 16m */
	input = (struct verdict_input){ .request = test.request, .policy = test.policy, .ceiling = test.ceiling, .facts = &test.facts };
	assert_int_equal(verdict_bound_tmpfs(&input), 1 << 20);
	/* From a default, too, no program runs where the ceiling says so. */
	test.policy = verdicts_policy(&test, "defaults: {tmpfs: ['/tmp:size=64k,exec']}");
	verdicts_assert_denied(&test, "alpine", "ceiling: allow.tmpfs");
	verdicts_done(&test);
}

static void test_ceiling_names_the_engine(void **state)
{
	static const struct { const char *ceiling, *line; enum backend_kind chosen; const char *rule; } rows[] = {
		{ "engine: {backend: docker}", "--backend docker alpine", BACKEND_DOCKER, NULL },
		{ "engine: {backend: docker}", "--backend runc alpine", BACKEND_RUNC, "ceiling: engine.backend" },
		{ "engine: {backend: docker}", "--backend auto alpine", BACKEND_DOCKER, NULL },
		{ "engine: {backend: docker}", "--backend auto alpine", BACKEND_CRUN, "ceiling: engine.backend" },
		{ "engine: {backend: docker}", "alpine", BACKEND_RUNC, "ceiling: engine.backend" },
		{ "engine: {backend: auto}", "--backend runc alpine", BACKEND_RUNC, NULL },
		{ "engine: {host: 'unix:///run/d.sock'}", "--backend docker alpine", BACKEND_DOCKER, NULL },
		{ "engine: {host: 'unix:///run/d.sock'}", "--backend runc alpine", BACKEND_RUNC, "ceiling: engine.host" },
		{ "engine: {host: 'unix:///run/d.sock'}", "--backend podman alpine", BACKEND_PODMAN, "ceiling: engine.host" },
		{ "engine: {host: 'unix:///run/d.sock'}", "alpine", BACKEND_RUNC, "ceiling: engine.host" },
		{ "engine: {backend: runc, host: 'unix:///run/d.sock'}", "--backend runc alpine", BACKEND_RUNC, NULL },
	};
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct verdict_input input;

		test.ceiling = bounds_ceiling(&test, arena_printf(test.arena, "%s\nallow: {networks: [isolated]}", rows[i].ceiling));
		test.facts.backend = rows[i].chosen;
		verdicts_judge(&test, rows[i].line);
		input = (struct verdict_input){
			.request = test.request, .policy = test.policy, .ceiling = test.ceiling, .facts = &test.facts,
			.is_backend_known = true,
		};
		test.findings = (struct findings){ .arena = test.arena };
		if (verdict_judge(test.arena, &input, &test.findings) != (rows[i].rule == NULL))
			fail_msg("row %zu: %s", i, rows[i].line);
		if (rows[i].rule != NULL)
			assert_string_equal(verdicts_refusal(&test)->rule, rows[i].rule);
		assert_true(test.findings.count <= 1); /* and said once */
	}
	verdicts_done(&test);
}

/* ---- the floor under a policy's defaults ---- */

static void test_default_log_options_stand_on_the_floor(void **state)
{
	static const struct { const char *name, *value; bool is_fine; } rows[] = {
		{ "max-size", "5m", true }, { "max-file", "1", true }, { "compress", "true", true }, { "max-size", "100g", true },
		{ "max-size", "0", false }, { "max-size", "-1", false }, { "max-size", "unlimited", false }, { "max-size", "", false },
		{ "max-file", "0", false }, { "max-file", "-1", false }, { "max-file", "1000000000000", false },
		{ "compress", "perhaps", false }, { "mode", "non-blocking", false }, { "labels", "x", false }, { "env-regex", ".", false },
		{ "syslog-address", "tcp://192.0.2.1:514", false }, { "", "", false },
	};
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		bounds_set_log(&test, rows[i].name, rows[i].value);
		if (rows[i].is_fine)
			verdicts_assert_allowed(&test, "alpine");
		else
			verdicts_assert_denied(&test, "alpine", "floor: log-opt");
	}
	verdicts_done(&test);
}

/* ---- patterns that reach too far ---- */

/* As a policy with hazards and root as its user that extends one with ${rootfs}: in one file both are refused at once. */
static const struct policy *bounds_extend(struct verdict_case *test, const char *rootfs)
{
	struct policy *policy = bounds_copy(test, verdicts_policy(test, "images: [docker.io/library/alpine]\nhazards: [root-user]\n"
								       "allow: {user: ['0:0']}"));

	policy->allow.rootfs = verdicts_policy(test, arena_printf(test->arena, "allow: {rootfs: [%s]}", rootfs))->allow.rootfs;
	return policy;
}

static void test_hazards_need_a_directory_by_its_name(void **state)
{
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	test.policy = bounds_extend(&test, "'/srv/**', './**'");
	verdicts_assert_denied(&test, "-u 0:0 --rootfs /srv/rootfs id", "hazards");
	verdicts_assert_denied(&test, "-u 0:0 --rootfs /srv/** id", "hazards"); /* a directory that is called so */
	verdicts_assert_denied(&test, "--rootfs /home/user/work/src id", "hazards"); /* whatever is asked of it */
	test.policy = bounds_extend(&test, "'/srv/**', ./src");
	verdicts_assert_denied(&test, "--rootfs ./src id", "hazards"); /* no wildcard, and yet anywhere */
	test.policy = bounds_extend(&test, "/srv/rootfs");
	verdicts_assert_allowed(&test, "-u 0:0 --rootfs /srv/rootfs id");
	test.policy = verdicts_policy(&test, "images: ['*']\nallow: {rootfs: ['/srv/**']}");
	verdicts_assert_allowed(&test, "--rootfs /srv/rootfs id");
	verdicts_done(&test);
}

static void test_hazards_need_an_archive_by_its_name(void **state)
{
	struct verdict_case test;
	struct policy *loose;
	struct policy_text any = { .value = "oci:/srv/*" };

	(void)state;
	verdicts_init(&test);
	test.policy = verdicts_policy(&test, "images: ['oci:/srv/image']\nhazards: [root-user]");
	verdicts_assert_allowed(&test, "oci:/srv/image");
	loose = bounds_copy(&test, test.policy); /* the policy room does not load such a one */
	loose->images = (struct policy_list){ .is_set = true, .items = &any, .count = 1 };
	test.policy = loose;
	verdicts_assert_denied(&test, "oci:/srv/image", "hazards");
	verdicts_done(&test);
}

static void test_the_root_is_no_working_directory(void **state)
{
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	test.policy = verdicts_policy(&test, "allow: {volumes: [{source: './**', access: rw}], rootfs: ['./**']}");
	test.facts.cwd = "/srv";
	verdicts_assert_allowed(&test, "-v /srv/www:/x alpine");
	test.facts.cwd = "/";
	verdicts_assert_denied(&test, "-v /srv/www:/x alpine", "allow.volumes");
	verdicts_assert_denied(&test, "--rootfs /srv/rootfs id", "allow.rootfs");
	test.policy = verdicts_policy(&test, "allow: {volumes: [{source: '~/**', access: rw}]}");
	test.facts.home = "/";
	verdicts_assert_denied(&test, "-v /srv/www:/x alpine", "allow.volumes");
	verdicts_done(&test);
}

static void test_networks_by_their_id(void **state)
{
	static const char *const ids[] = { "0123456789ab", "a", "db", "cafe",
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" };
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	test.policy = verdicts_policy(&test, "allow: {networks: ['**']}");
	for (size_t i = 0; i < ARRAY_COUNT(ids); i++)
		verdicts_assert_denied(&test, arena_printf(test.arena, "--network %s alpine", ids[i]), "floor: network");
	verdicts_assert_allowed(&test, "--network front alpine");
	verdicts_assert_allowed(&test, "--network DB alpine"); /* ids are lower case */
	test.policy = verdicts_policy(&test, "allow: {networks: [db, 0123456789ab]}");
	verdicts_assert_allowed(&test, "--network db alpine");
	verdicts_assert_denied(&test, "--network 0123456789ab alpine", "floor: network");
	test.ceiling = bounds_ceiling(&test, "allow: {networks: ['**']}");
	verdicts_assert_denied(&test, "--network db alpine", "floor: network");
	test.ceiling = NULL;
	test.policy = verdicts_policy(&test, "defaults: {network_mode: db}");
	verdicts_assert_allowed(&test, "alpine");
	verdicts_done(&test);
}

static void test_sysctls_with_a_comma(void **state)
{
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	test.policy = verdicts_policy(&test, "allow: {sysctls: ['net.*']}");
	verdicts_assert_allowed(&test, "--sysctl net.ipv4.ip_unprivileged_port_start=80 alpine");
	verdicts_assert_denied(&test, "--sysctl net.ipv4.ip_local_port_range=1024,kernel.msgmax=4242 alpine", "floor: sysctl");
	verdicts_assert_denied(&test, "--sysctl net.ipv4.x,kernel.msgmax=4242 alpine", "floor: sysctl");
	verdicts_assert_denied(&test, "--sysctl net.ipv4.ip_local_port_range=\"1024 alpine", "floor: sysctl");
	verdicts_done(&test);
}

static void test_link_to_a_name_nobody_can_type(void **state)
{
	static const char *const resolved[] = { "/home/user/work/a\nb", "/home/user/work/\x1b[2J", "/home/user/work/\xff" };
	struct host_facts facts = { .home = "/home/user", .cwd = "/home/user/work" };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(resolved); i++) {
		const struct host_path path = { .given = "/home/user/work/l", .resolved = resolved[i], .kind = PATH_DIRECTORY,
			.has_symlink = true };
		enum hazard_id hazard;

		assert_non_null(verdict_source_reason(&path, &facts, &hazard));
		assert_int_equal(hazard, HAZARD_COUNT);
	}
}

int main(void)
{
	static struct row_tests rows;

	ROWS_TEST(&rows, test_default_ulimits_end_at_the_ceiling);
	ROWS_TEST(&rows, test_ceiling_names_the_images);
	ROWS_TEST(&rows, test_logs_end_at_the_ceiling);
	ROWS_TEST(&rows, test_default_tmpfs_end_at_the_ceiling);
	ROWS_TEST(&rows, test_builtin_tmpfs_ends_at_the_policy);
	ROWS_TEST(&rows, test_ceiling_names_the_engine);
	ROWS_TEST(&rows, test_default_log_options_stand_on_the_floor);
	ROWS_TEST(&rows, test_hazards_need_a_directory_by_its_name);
	ROWS_TEST(&rows, test_hazards_need_an_archive_by_its_name);
	ROWS_TEST(&rows, test_the_root_is_no_working_directory);
	ROWS_TEST(&rows, test_networks_by_their_id);
	ROWS_TEST(&rows, test_sysctls_with_a_comma);
	ROWS_TEST(&rows, test_link_to_a_name_nobody_can_type);
	return rows_run("verdict_bounds", &rows);
}
