/* generate: profiles out of plans: what they say, what names they have, and paths that mean to say more than a path. */
#include "plans.h"

#include <string.h>

#include <hardrun/apparmor.h>

/* ---- quoting ---- */

struct quote_row { const char *path, *wanted; };

static struct quote_row quote_rows[] = {
	{ "/srv/www", "\"/srv/www/**\"" },
	{ "/a b", "\"/a b/**\"" },
	{ "/a*b", "\"/a\\*b/**\"" },
	{ "/a?b", "\"/a\\?b/**\"" },
	{ "/a[b]c", "\"/a\\[b\\]c/**\"" },
	{ "/a{b,c}", "\"/a\\{b,c\\}/**\"" },
	{ "/a^b", "\"/a\\^b/**\"" },
	{ "/@{HOME}", "\"/\\@\\{HOME\\}/**\"" },
	{ "/a\"b", "\"/a\\\"b/**\"" },
	{ "/a\\b", "\"/a\\\\b/**\"" },
	{ "/a\" rw, \"/", "\"/a\\\" rw, \\\"//**\"" },
	{ "/a#b,c", "\"/a#b,c/**\"" },
	{ "/\xc3\xa9", "\"/\xc3\xa9/**\"" },
	{ "/a\nb", NULL },
	{ "/a\tb", NULL },
	{ "/a\x7f", NULL },
	{ "/a\x01", NULL },
};

static void test_quote_row(void **state)
{
	const struct quote_row *row = *state;
	struct arena *arena = arena_new();
	const char *got = apparmor_quote(arena, row->path, "/**");

	if (row->wanted == NULL)
		assert_null(got);
	else
		assert_string_equal(got, row->wanted);
	arena_free(arena);
}

/* ---- what the text says ---- */

struct text_case { struct plan_case base; struct apparmor apparmor; };

static struct plan_mount *add_mount(struct text_case *test, enum plan_mount_type type, const char *target)
{
	struct plan_mount *mount = vector_push(test->base.arena, test->base.plan.mounts, test->base.plan.mount_count);

	*mount = (struct plan_mount){ .type = type, .target = target, .source = "/srv/x", .is_directory = true };
	return mount;
}

static void begin(struct text_case *test)
{
	plan_case_init(&test->base, BACKEND_DOCKER);
	test->base.plan.policy_name = "web";
}

static const char *generate(struct text_case *test)
{
	assert_int_equal(apparmor_generate(test->base.arena, &test->base.plan, test->base.profile, &test->apparmor, &test->base.err), 0);
	return test->apparmor.text;
}

static void end(struct text_case *test)
{
	plan_case_done(&test->base);
}

static bool says(const struct text_case *test, const char *line)
{
	return strstr(test->apparmor.text, arena_printf(test->base.arena, "\n  %s,\n", line)) != NULL;
}

static void test_plain(void **state)
{
	struct text_case test;

	(void)state;
	begin(&test);
	generate(&test);
	assert_true(says(&test, "/** mrkix"));
	assert_false(says(&test, "/** mrwlkix"));
	assert_null(strstr(test.apparmor.text, "capability"));
	assert_true(says(&test, "network unix"));
	assert_true(says(&test, "network inet6"));
	assert_true(says(&test, "network netlink"));
	assert_null(strstr(test.apparmor.text, "network packet"));
	assert_null(strstr(test.apparmor.text, "network vsock"));
	assert_true(says(&test, "audit deny mount"));
	assert_true(says(&test, "audit deny umount"));
	assert_true(says(&test, "audit deny pivot_root"));
	assert_true(says(&test, "signal (receive) peer=unconfined"));
	assert_null(strstr(test.apparmor.text, "change_profile"));
	assert_ptr_equal(strstr(test.apparmor.text, "profile "), test.apparmor.body);
	end(&test);
}

static void test_mounts(void **state)
{
	struct text_case test;
	struct plan_mount *mount;

	(void)state;
	begin(&test);
	add_mount(&test, PLAN_BIND, "/data");
	add_mount(&test, PLAN_BIND, "/ro")->is_read_only = true;
	mount = add_mount(&test, PLAN_BIND, "/file");
	mount->is_directory = false;
	add_mount(&test, PLAN_TMPFS, "/tmp");
	add_mount(&test, PLAN_TMPFS, "/build")->is_exec = true;
	add_mount(&test, PLAN_VOLUME, "/var/lib/db");
	generate(&test);
	assert_true(says(&test, "\"/data/**\" rwlk"));
	assert_true(says(&test, "\"/file\" rwlk"));
	assert_false(says(&test, "\"/file/**\" rwlk"));
	assert_null(strstr(test.apparmor.text, "\"/ro"));
	assert_true(says(&test, "\"/tmp/**\" rwlk"));
	assert_true(says(&test, "audit deny \"/tmp/**\" mx"));
	assert_true(says(&test, "\"/build/**\" rwlk"));
	assert_false(says(&test, "audit deny \"/build/**\" mx"));
	assert_true(says(&test, "\"/var/lib/db/**\" rwlk"));
	assert_false(says(&test, "audit deny \"/data/**\" mx"));
	end(&test);
}

/* What is read-only inside what is written is said, and what AppArmor cannot say is refused. */
static void test_inside(void **state)
{
	struct text_case test;

	(void)state;
	begin(&test);
	add_mount(&test, PLAN_BIND, "/work");
	add_mount(&test, PLAN_BIND, "/work/.git/hooks")->is_read_only = true;
	add_mount(&test, PLAN_BIND, "/workshop")->is_read_only = true;
	generate(&test);
	assert_true(says(&test, "audit deny \"/work/.git/hooks/**\" wl"));
	assert_true(says(&test, "audit deny \"/work/.git/hooks/\" wl"));
	assert_null(strstr(test.apparmor.text, "/workshop"));
	add_mount(&test, PLAN_TMPFS, "/work/.git/hooks/tmp");
	assert_int_equal(apparmor_generate(test.base.arena, &test.base.plan, test.base.profile, &test.apparmor, &test.base.err),
			 -ERROR_UNSUPPORTED);
	assert_non_null(strstr(test.base.err.message, "AppArmor has no words for /work/.git/hooks"));
	assert_non_null(test.base.err.remedy);
	end(&test);
}

static void test_capabilities_and_devices(void **state)
{
	struct text_case test;

	(void)state;
	begin(&test);
	string_list_add(test.base.arena, &test.base.plan.capabilities, "CAP_NET_BIND_SERVICE");
	string_list_add(test.base.arena, &test.base.plan.devices, "/dev/snd/timer:rw");
	string_list_add(test.base.arena, &test.base.plan.devices, "/dev/kmsg*:r");
	generate(&test);
	assert_true(says(&test, "capability net_bind_service"));
	assert_true(says(&test, "\"/dev/snd/timer\" rw"));
	assert_true(says(&test, "\"/dev/kmsg\\*\" r"));
	end(&test);
}

static void test_hazards(void **state)
{
	struct text_case test;

	(void)state;
	begin(&test);
	test.base.plan.is_read_only = false;
	add_mount(&test, PLAN_BIND, "/ro")->is_read_only = true;
	test.base.profile = NULL;
	generate(&test);
	assert_true(says(&test, "/** mrwlkix"));
	assert_true(says(&test, "audit deny \"/ro/**\" wl"));
	assert_true(says(&test, "audit deny /sys/** wl"));
	assert_true(says(&test, "network"));
	test.base.plan.is_privileged = true;
	assert_int_equal(apparmor_generate(test.base.arena, &test.base.plan, NULL, &test.apparmor, &test.base.err), -ERROR_UNSUPPORTED);
	end(&test);
}

static void test_control_character(void **state)
{
	struct text_case test;

	(void)state;
	begin(&test);
	add_mount(&test, PLAN_BIND, "/a\nfile,\n");
	assert_int_equal(apparmor_generate(test.base.arena, &test.base.plan, test.base.profile, &test.apparmor, &test.base.err),
			 -ERROR_UNSUPPORTED);
	assert_null(strchr(test.base.err.message, '\n'));
	end(&test);
}

/* A filter that lets a family through, or takes one away. */
static void test_families(void **state)
{
	static struct policy_syscall_rule deny = { .name = "socket", .when = NULL };
	const struct policy_seccomp seccomp = { .base = { .value = "default" }, .deny = &deny, .deny_count = 1 };
	struct text_case test;

	(void)state;
	begin(&test);
	assert_int_equal(profile_build(test.base.arena, &seccomp, NULL, &test.base.profile, &test.base.err), 0);
	generate(&test);
	assert_true(says(&test, "network unix")); /* socketpair */
	assert_false(says(&test, "network inet"));
	end(&test);
}

/* ---- names ---- */

/* The name of a policy cannot be more than a name, whatever it is. */
static void test_names(void **state)
{
	static const struct { const char *policy, *stem; } rows[] = {
		{ "web", "hardrun-web-" },
		{ "/etc/hardrun/policies/Web.Site.yaml", "hardrun-web-site-" },
		{ "./p.yaml", "hardrun-p-" },
		{ "a b\" {*}\n", "hardrun-a-b-------" },
		{ "", "hardrun-policy-" },
		{ "/x/.yaml", "hardrun--yaml-" },
		{ "0123456789012345678901234567890123456789012345678901234567890123456789",
		  "hardrun-0123456789012345678901234567890123456789-" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct text_case test;

		begin(&test);
		test.base.plan.policy_name = rows[i].policy;
		generate(&test);
		assert_memory_equal(test.apparmor.name, rows[i].stem, strlen(rows[i].stem));
		assert_int_equal(strlen(test.apparmor.name), strlen(rows[i].stem) + 32);
		assert_true(apparmor_is_own(test.apparmor.name));
		assert_non_null(strstr(test.apparmor.text, arena_printf(test.base.arena, "\nprofile %s flags=", test.apparmor.name)));
		end(&test);
	}
}

/* The same plan is the same name; what the kernel is told differently has another; what it is not told does not count. */
static void test_name_is_the_text(void **state)
{
	struct text_case one, two;

	(void)state;
	begin(&one);
	begin(&two);
	generate(&one);
	two.base.plan.backend = BACKEND_CRUN;
	two.base.plan.uid = 5;
	two.base.plan.memory_bytes = 1;
	two.base.plan.network = PLAN_NETWORK_NAMED;
	generate(&two);
	assert_string_equal(one.apparmor.text, two.apparmor.text);
	add_mount(&two, PLAN_TMPFS, "/tmp");
	generate(&two);
	assert_string_not_equal(one.apparmor.name, two.apparmor.name);
	end(&one);
	end(&two);
}

static void test_own_names(void **state)
{
	(void)state;
	assert_true(apparmor_is_own("hardrun-web-0123456789abcdef0123456789abcdef"));
	assert_false(apparmor_is_own("hardrun-web-0123456789abcdef0123456789abcdeg"));
	assert_false(apparmor_is_own("hardrun-0123456789abcdef0123456789abcdef"));
	assert_false(apparmor_is_own("hardrun-web_0123456789abcdef0123456789abcdef"));
	assert_false(apparmor_is_own("hardrun"));
	assert_false(apparmor_is_own("docker-default"));
	assert_false(apparmor_is_own("hardrun-web-0123456789ABCDEF0123456789abcdef"));
}

int main(void)
{
	static struct CMUnitTest tests[ARRAY_COUNT(quote_rows) + 10];
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_COUNT(quote_rows); i++)
		tests[count++] = (struct CMUnitTest){ quote_rows[i].path, test_quote_row, NULL, NULL, &quote_rows[i] };
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_plain);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_mounts);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_inside);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_capabilities_and_devices);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_hazards);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_control_character);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_families);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_names);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_name_is_the_text);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_own_names);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
