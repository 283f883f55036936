/*
 * Where mounts and the working directory will be, by the links of an image: whatever way leads into another mount, among the
 * kernel's own files or to a directory that root would have to make in somebody's, is refused, and everyday images are not.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/launch/attend.h"

#define OTHER_UID 65534
enum { MOUNTS_MAX = 3, LINKS_OF_A_ROW = 4 };

/* ---- an image that is nothing but its links ---- */

struct link { const char *path, *to; };
struct image { const struct link *links; unsigned asked; };

static int read_link(void *context, const char *path, const char **ret_link, struct error *err)
{
	struct image *image = context;

	(void)err;
	image->asked++;
	*ret_link = NULL;
	for (size_t i = 0; i < LINKS_OF_A_ROW && image->links[i].path; i++)
		if (strcmp(image->links[i].path, path) == 0)
			*ret_link = image->links[i].to;
	return 0;
}

static int check(struct arena *arena, const struct launch *launch, struct image *image, const char *directory, struct error *err)
{
	const struct link_reader reader = {.context = image, .read = read_link};
	const struct places_question question = {.reader = &reader, .directory = directory};

	return places_check(arena, launch, &question, err);
}

/* ---- mounts ---- */

#define BIND(at) {.type = PLAN_BIND, .source = "/nonexistent", .target = at}
#define VOLUME(at) {.type = PLAN_VOLUME, .source = "kept", .target = at}
#define TMPFS(at) {.type = PLAN_TMPFS, .target = at}
#define DEBIAN {"/var/run", "/run"}, {"/var/lock", "/run/lock"}, {"/bin", "usr/bin"}

static struct mount_row {
	const char *name;
	struct plan_mount mounts[MOUNTS_MAX];
	struct link links[LINKS_OF_A_ROW];
	const char *said; /* NULL: it is fine */
} mount_rows[] = {
	{"a bind, and a bind that a link takes into it", {BIND("/run"), BIND("/var/run/sub")}, {DEBIAN},
	 "would take /var/run/sub to /run/sub, and that lies inside the mount at /run"},
	{"a volume, and a bind that a link takes into it", {VOLUME("/run"), BIND("/var/run/sub")}, {DEBIAN},
	 "inside the mount at /run"},
	{"a volume, and a tmpfs", {VOLUME("/run"), TMPFS("/var/run/sub")}, {DEBIAN}, "inside the mount at /run"},
	{"a bind, and a volume", {BIND("/run"), VOLUME("/var/run/sub")}, {DEBIAN}, "inside the mount at /run"},
	{"a volume, and a volume", {VOLUME("/run"), VOLUME("/var/run/sub")}, {DEBIAN}, "inside the mount at /run"},
	{"the link is in the outer one's name", {BIND("/run/sub"), BIND("/var/run")}, {DEBIAN},
	 "would take /run/sub to /run/sub, and that lies inside the mount at /var/run"},
	{"two names of one place", {BIND("/run"), BIND("/var/run")}, {DEBIAN}, "that lies inside the mount at /var/run"},
	{"both by links", {VOLUME("/a"), BIND("/b/dev")}, {{"/a", "/c"}, {"/b", "c"}},
	 "would take /b/dev to /c/dev, and that lies inside"},
	/* What the image has there is covered: the runtime would go on inside the bind. */
	{"through a mount and out again", {BIND("/data"), BIND("/x")}, {{"/x", "/data/sub"}, {"/data/sub", "/other"}},
	 "would take /x to /other, and the way there leads through the mount at /data"},
	{"the same by ..", {BIND("/data"), BIND("/x")}, {{"/x", "/data/sub/../../y"}},
	 "the way there leads through the mount at /data"},
	{"a link under a tmpfs", {TMPFS("/t"), BIND("/x")}, {{"/x", "/t/sub"}, {"/t/sub", "/y"}},
	 "that link is covered by the tmpfs at /t"},
	{"what is spelled inside a bind is put there by itself", {BIND("/w"), BIND("/w/sub")}, {{"/w/sub", "/dev"}}, NULL},
	{"but not into what lies in a third", {BIND("/c"), BIND("/w"), BIND("/w/sub")}, {{"/w", "/c/w"}},
	 "that lies inside the mount at /c"},
	{"/dev", {BIND("/x")}, {{"/x", "/dev"}}, "would take /x to /dev, and"},
	{"below /proc", {BIND("/x/y")}, {{"/x", "../proc"}}, "would take /x/y to /proc, and that is the kernel's"},
	{"through /proc/self and back", {BIND("/x")}, {{"/x", "/proc/self/root/../cwd/y"}}, "that is the kernel's"},
	{"through /proc and out", {BIND("/x")}, {{"/x", "/proc/../srv"}}, "that is the kernel's"},
	{"through /dev/fd", {TMPFS("/x")}, {{"/x", "/dev/fd/7"}}, "that is the kernel's"},
	{"where a mount may not be", {BIND("/x")}, {{"/x", "/etc/sudoers.d"}}, "would take /x to /etc/sudoers.d, and"},
	{"/proc itself is a link", {BIND("/data")}, {{"/proc", "/data"}},
	 "would take /proc to /data, and what protects it would be there"},
	{"/sys too", {{0}}, {{"/sys", "/x"}}, "what protects it would be there"},
	{"round and round", {BIND("/x")}, {{"/x", "/y"}, {"/y", "/x"}}, "there are too many links"},
	{"everyday: below a link", {BIND("/var/run/x")}, {DEBIAN}, NULL},
	{"everyday: below a link, and the tmpfs of a policy", {TMPFS("/run"), BIND("/var/run/x"), VOLUME("/var/lib/x")}, {DEBIAN}, NULL},
	{"everyday: neighbours", {BIND("/run/a"), BIND("/var/run/b"), VOLUME("/data")}, {DEBIAN}, NULL},
	{"everyday: two tmpfs of one place", {TMPFS("/run"), TMPFS("/var/run")}, {DEBIAN}, NULL},
	{"everyday: nothing", {{0}}, {DEBIAN}, NULL},
};

static size_t count_mounts(const struct plan_mount *mounts)
{
	size_t count = 0;

	while (count < MOUNTS_MAX && mounts[count].target)
		count++;
	return count;
}

static void test_mount_row(void **state)
{
	static const enum backend_kind backends[] = {BACKEND_DOCKER, BACKEND_PODMAN, BACKEND_CRUN, BACKEND_RUNC};
	struct mount_row *row = *state;

	for (size_t i = 0; i < 2 * ARRAY_COUNT(backends); i++) {
		const struct host_facts facts = {.is_root = true};
		const struct plan plan = {.backend = backends[i / 2], .mounts = row->mounts, .mount_count = count_mounts(row->mounts)};
		const struct launch launch = {.backend = backends[i / 2], .plan = &plan, .facts = &facts, .is_guarded = i % 2};
		struct image image = {.links = row->links};
		struct arena *arena = arena_new();
		struct error err = {0};

		assert_int_equal(check(arena, &launch, &image, NULL, &err), row->said ? -ERROR_UNSUPPORTED : 0);
		if (row->said && !strstr(err.message, row->said))
			fail_msg("it said: %s", err.message);
		arena_free(arena);
	}
}

/* The engine's own files: nobody asked for them, and the engine follows links to them. */
static void test_files_of_an_engine(void **state)
{
	const struct link links[LINKS_OF_A_ROW] = {{"/etc", "/w/etc"}};
	struct plan_mount mounts[] = {BIND("/w")};
	struct plan plan = {.backend = BACKEND_DOCKER, .mounts = mounts, .mount_count = 1};
	const struct host_facts facts = {.is_root = true};
	struct launch launch = {.backend = BACKEND_DOCKER, .plan = &plan, .facts = &facts, .is_guarded = true};
	struct image image = {.links = links};
	struct arena *arena = arena_new();
	struct error err = {0};

	(void)state;
	assert_int_equal(check(arena, &launch, &image, NULL, &err), -ERROR_UNSUPPORTED);
	assert_non_null(strstr(err.message, "would take /etc/hosts to /w, and that lies inside the mount at /w"));
	launch.backend = BACKEND_CRUN;
	assert_int_equal(check(arena, &launch, &image, NULL, &err), 0);
	/* And what hardrun puts there: secrets, in somebody's directory. */
	plan.secrets = &(struct plan_pair){ "key", POLICY_SECRET_CREDENTIAL "key" };
	plan.secret_count = 1;
	assert_int_equal(check(arena, &launch, &image, NULL, &err), 0);
	mounts[0].target = "/run";
	assert_int_equal(check(arena, &launch, &image, NULL, &err), -ERROR_UNSUPPORTED);
	assert_non_null(strstr(err.message, "the mount at /run would stand around /run/secrets, which is put there after it"));
	mounts[0].type = PLAN_TMPFS;
	assert_int_equal(check(arena, &launch, &image, NULL, &err), 0);
	arena_free(arena);
}

/* docker answers slowly: about each path it is asked once. */
static void test_asked_once(void **state)
{
	const struct link links[LINKS_OF_A_ROW] = {DEBIAN};
	struct plan_mount mounts[] = {BIND("/srv/a/b"), BIND("/srv/a/c"), TMPFS("/var/run/x")};
	struct plan plan = {.mounts = mounts, .mount_count = 3};
	const struct host_facts facts = {.is_root = true};
	const struct launch launch = {.backend = BACKEND_CRUN, .plan = &plan, .facts = &facts};
	struct image image = {.links = links};
	const struct link_reader reader = {.context = &image, .read = read_link};
	struct string_list ways = {0};
	const struct places_question question = {.reader = &reader, .directory = "/srv/a", .ways = &ways};
	struct arena *arena = arena_new();
	struct error err = {0};

	(void)state;
	assert_int_equal(places_check(arena, &launch, &question, &err), 0);
	/* /proc /sys /dev, /srv /srv/a /srv/a/b, /srv/a/c, /var /var/run /run /run/x */
	assert_int_equal(image.asked, 11);
	assert_int_equal(ways.count, 11);
	arena_free(arena);
}

/* ---- the working directory ---- */

struct world { struct arena *arena; char directory[40]; };

static int set_up(void **state)
{
	struct arena *arena = arena_new();
	struct world *world = arena_alloc(arena, sizeof(*world));

	world->arena = arena;
	(void)snprintf(world->directory, sizeof(world->directory), "/tmp/hardrun-places-XXXXXX");
	*state = world;
	return mkdtemp(world->directory) &&
	       system(arena_printf(arena, "cd %s && chmod 755 . && mkdir -p own/sub/deep own/bin roots/fixed roots/open && "
				   "ln -s /proc/self/fd/8 own/x8 && ln -s sub own/near && touch own/file && chmod -R go-w roots && "
				   "chmod 777 roots/open && mkdir roots/open/in", world->directory)) == 0 &&
	       (geteuid() != 0 || system(arena_printf(arena, "chown -R -h %d %s/own", OTHER_UID, world->directory)) == 0) ? 0 : -1;
}

static int tear_down(void **state)
{
	struct world *world = *state;
	int result = system(arena_printf(world->arena, "rm -rf %s", world->directory));

	arena_free(world->arena);
	return result;
}

static struct plan_mount bind_of(const struct world *world, const char *source, const char *target)
{
	struct plan_mount bind = {
		.type = PLAN_BIND, .source = arena_printf(world->arena, "%s/%s", world->directory, source), .target = target,
		.is_directory = true,
	};
	struct stat status;

	assert_int_equal(stat(bind.source, &status), 0);
	bind.device = status.st_dev;
	bind.inode = status.st_ino;
	return bind;
}

static const struct directory_row {
	const char *name, *directory;
	struct link links[LINKS_OF_A_ROW];
	const char *said;
	bool is_always; /* also without a guard */
} directory_rows[] = {
	{"none", NULL, {{0}}, NULL, false},
	{"the image's", "/srv/app", {{0}}, NULL, false},
	{"the image's, by a link", "/srv/app", {{"/srv", "/opt"}}, NULL, false},
	{"the very place of a bind", "/own", {{0}}, NULL, false},
	{"with a slash", "/own/", {{0}}, NULL, false},
	{"by a link of the image", "/srv/app", {{"/srv/app", "/own"}}, NULL, false},
	{"a directory in the person's own", "/own/sub/deep", {{0}}, NULL, false},
	{"that is missing", "/own/sub/planted", {{0}}, "the mount at /own has no directory sub/planted, and root makes none", false},
	{"further down", "/own/planted/deep", {{0}}, "the mount at /own has no directory planted, and root makes none", false},
	{"by a link of the image, missing", "/srv/app/x", {{"/srv/app", "/own"}}, "has no directory x", false},
	{"a link that somebody made", "/own/x8", {{0}}, "has no directory x8, and root makes none there and follows no link", false},
	{"a harmless one", "/own/near/deep", {{0}}, "has no directory near", false},
	{"a file", "/own/file", {{0}}, "has no directory file", false},
	{"out by ..", "/srv/app", {{"/srv/app", "/own/near/../.."}}, "has no directory near", false},
	{"where only root can change it", "/roots/fixed", {{0}}, NULL, false},
	{"where others can, and root's is mounted", "/roots/open/in", {{0}},
	 "whoever can change /roots/open could lead root into the mount at /roots", false},
	{"a volume's very place", "/vol", {{0}}, NULL, false},
	{"inside a volume", "/vol/sub", {{0}}, "it lies inside the named volume kept", false},
	{"inside a volume by a link", "/srv/app", {{"/srv", "/vol/x"}}, "it lies inside the named volume kept", false},
	{"in a tmpfs", "/tmp/x/y", {{0}}, NULL, false},
	{"a link under a tmpfs", "/tmp/x/y", {{"/tmp/x", "/own"}}, "that link is covered by the tmpfs at /tmp", true},
	{"/proc by a link", "/x8", {{"/x8", "/proc/self/fd/8"}}, "a link leads to /proc, which is the kernel's", true},
	{"/sys by .. and a link", "/a/b", {{"/a/b", "../../sys/fs"}}, "a link leads to /sys, which is the kernel's", true},
	{"/dev/fd", "/a", {{"/a", "/b"}, {"/b", "/dev/fd/3"}}, "a link leads to /dev, which is the kernel's", true},
	{"an image's that climbs", "/srv/../proc", {{0}}, "it is no clean absolute path", true},
	{"an image's that is relative", "srv", {{0}}, "it is no clean absolute path", true},
	{"round and round", "/a", {{"/a", "/b"}, {"/b", "/a"}}, "there are too many links", true},
};

static void check_row(const struct world *world, const struct directory_row *row, const struct launch *launch)
{
	const bool is_refused = row->said && (row->is_always || launch->is_guarded);
	struct image image = {.links = row->links};
	struct error err = {0};
	int result = check(world->arena, launch, &image, row->directory, &err);

	if (result != (is_refused ? -ERROR_UNSUPPORTED : 0) || (is_refused && !strstr(err.message, row->said)))
		fail_msg("%s%s: it said: %s", row->name, launch->is_guarded ? ", guarded" : "", result == 0 ? "nothing" : err.message);
}

static void test_directories(void **state)
{
	struct world *world = *state;
	struct plan_mount only_own[] = {bind_of(world, "own", "/own"), TMPFS("/tmp"), VOLUME("/vol")};
	struct plan_mount with_roots[] = {
		bind_of(world, "own", "/own"), bind_of(world, "roots", "/roots"), TMPFS("/tmp"), VOLUME("/vol"),
	};
	const struct host_facts facts = {.is_root = true, .caller_uid = OTHER_UID};
	struct plan plan = {.mounts = only_own, .mount_count = ARRAY_COUNT(only_own)};
	struct launch launch = {.backend = BACKEND_CRUN, .plan = &plan, .facts = &facts};

	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < ARRAY_COUNT(directory_rows); i++) {
		const bool has_roots = directory_rows[i].directory && strncmp(directory_rows[i].directory, "/roots", 6) == 0;

		plan.mounts = has_roots ? with_roots : only_own;
		plan.mount_count = has_roots ? ARRAY_COUNT(with_roots) : ARRAY_COUNT(only_own);
		for (unsigned guard = 0; guard < 2; guard++) {
			launch.is_guarded = guard;
			check_row(world, &directory_rows[i], &launch);
		}
	}
	/* Where the person could put a link a moment later, and root's own directory is there to be led to. */
	plan.mounts = with_roots;
	plan.mount_count = ARRAY_COUNT(with_roots);
	check_row(world, &(const struct directory_row){"led astray", "/own/sub", {{0}},
		  "whoever can change /own/sub could lead root into the mount at /roots", false}, &launch);
	with_roots[1].is_read_only = true;
	check_row(world, &(const struct directory_row){"nothing to be led to", "/own/sub", {{0}}, NULL, false}, &launch);
}

/* A mount inside a bind is what is there, not what it covers. */
static void test_directory_in_an_inner_mount(void **state)
{
	struct world *world = *state;
	struct plan_mount mounts[] = {bind_of(world, "own", "/w"), bind_of(world, "own/sub", "/w/bin")};
	const struct host_facts facts = {.is_root = true, .caller_uid = OTHER_UID};
	const struct plan plan = {.mounts = mounts, .mount_count = ARRAY_COUNT(mounts)};
	const struct launch launch = {.backend = BACKEND_DOCKER, .plan = &plan, .facts = &facts, .is_guarded = true};

	if (geteuid() != 0)
		skip();
	check_row(world, &(const struct directory_row){"there", "/w/bin/deep", {{0}}, NULL, false}, &launch);
	check_row(world, &(const struct directory_row){"covered", "/w/bin/none", {{0}},
		  "the mount at /w/bin has no directory none", false}, &launch);
}

#define ROW_TEST(row) {.name = (row)->name, .test_func = test_mount_row, .initial_state = (row)}

int main(void)
{
	struct CMUnitTest tests[ARRAY_COUNT(mount_rows) + 4] = {
		cmocka_unit_test(test_files_of_an_engine),
		cmocka_unit_test(test_asked_once),
		cmocka_unit_test_setup_teardown(test_directories, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_directory_in_an_inner_mount, set_up, tear_down),
	};

	for (size_t i = 0; i < ARRAY_COUNT(mount_rows); i++)
		tests[i + 4] = (struct CMUnitTest)ROW_TEST(&mount_rows[i]);
	return cmocka_run_group_tests_name("launch_places", tests, NULL, NULL);
}
