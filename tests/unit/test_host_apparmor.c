/* The kernel's profiles, as a made-up securityfs shows them. */
#include "rows.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../../src/host/host_internal.h"

#define PROFILES "/sys/kernel/security/apparmor/policy/profiles"

static void put(struct arena *arena, const char *root, const char *path, const char *text)
{
	char *whole = arena_printf(arena, "%s%s", root, path);
	FILE *file;

	for (char *slash = strchr(whole + strlen(root) + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(whole, 0755);
		*slash = '/';
	}
	file = fopen(whole, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void remove_all(struct arena *arena, const char *root)
{
	assert_memory_equal(root, "/tmp/hardrun-", 13);
	assert_int_equal(system(arena_printf(arena, "rm -rf %s", root)), 0);
}

static void test_list(void **state)
{
	struct arena *arena = arena_new();
	char root[] = "/tmp/hardrun-apparmor.XXXXXX";
	struct host_apparmor_profiles profiles;
	const struct host_apparmor_profile *found;
	struct error err;

	(void)state;
	assert_non_null(mkdtemp(root));
	put(arena, root, PROFILES "/hardrun-web.7/name", "hardrun-web\n");
	put(arena, root, PROFILES "/hardrun-web.7/mode", "enforce\n");
	put(arena, root, PROFILES "/hardrun-web.7/sha1", "aa11\n");
	put(arena, root, PROFILES "/hardrun-api.8/name", "hardrun-api\n");
	put(arena, root, PROFILES "/hardrun-api.8/mode", "complain\n");
	put(arena, root, PROFILES "/hardrun-api.8/sha256", "bb22\n");
	put(arena, root, PROFILES "/hardrun-old.9/name", "hardrun-old\n");
	put(arena, root, PROFILES "/hardrun-old.9/mode", "enforce\n");
	put(arena, root, PROFILES "/hardrun-half.1/name", "hardrun-half\n"); /* it is going away */
	put(arena, root, PROFILES "/docker-default.2/name", "docker-default\n");
	put(arena, root, PROFILES "/docker-default.2/mode", "enforce\n");
	assert_int_equal(host_list_apparmor_in(arena, root, "hardrun-", &profiles, &err), 0);
	assert_int_equal(profiles.count, 3);
	assert_string_equal(profiles.items[0].name, "hardrun-api");
	assert_string_equal(profiles.items[0].mode, "complain");
	assert_string_equal(profiles.items[0].digest, "bb22");
	assert_true(profiles.items[0].is_sha256);
	found = host_find_apparmor(&profiles, "hardrun-web");
	assert_non_null(found);
	assert_string_equal(found->digest, "aa11");
	assert_false(found->is_sha256);
	assert_null(host_find_apparmor(&profiles, "hardrun-old")->digest);
	assert_null(host_find_apparmor(&profiles, "hardrun-we"));
	remove_all(arena, root);
	arena_free(arena);
}

/* A name of which another is the beginning is not the other. */
static void test_prefix(void **state)
{
	struct arena *arena = arena_new();
	char root[] = "/tmp/hardrun-apparmor.XXXXXX";
	struct host_apparmor_profiles profiles;
	struct error err;

	(void)state;
	assert_non_null(mkdtemp(root));
	put(arena, root, PROFILES "/site-lax.1/name", "site-lax");
	put(arena, root, PROFILES "/site-lax.1/mode", "enforce");
	assert_int_equal(host_list_apparmor_in(arena, root, "site", &profiles, &err), 0);
	assert_int_equal(profiles.count, 1);
	assert_null(host_find_apparmor(&profiles, "site"));
	remove_all(arena, root);
	arena_free(arena);
}

static void test_not_mounted(void **state)
{
	struct arena *arena = arena_new();
	struct host_apparmor_profiles profiles;
	struct error err;

	(void)state;
	assert_int_equal(host_list_apparmor_in(arena, "/nonexistent", "", &profiles, &err), -ERROR_MISSING);
	assert_non_null(strstr(err.remedy, "mount -t securityfs"));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list), cmocka_unit_test(test_prefix), cmocka_unit_test(test_not_mounted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
