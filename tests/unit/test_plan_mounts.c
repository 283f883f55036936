/* Mounts: order, owners, sizes, what takes whose place, and what an image may declare. */
#include "planned.h"

#include <inttypes.h>

/* The mounts as one text: "tmpfs /tmp rw noexec 16777216 1777 65534:65534|bind /a>/b ro dir|volume v>/d rw". */
static const char *mounts_text(const struct planned *test)
{
	struct text text;

	text_init(&text, test->arena);
	for (size_t i = 0; i < test->plan->mount_count; i++) {
		const struct plan_mount *mount = &test->plan->mounts[i];
		const char *access = mount->is_read_only ? "ro" : "rw";

		text_add(&text, i > 0 ? "|" : "");
		if (mount->type == PLAN_TMPFS)
			text_addf(&text, "tmpfs %s %s %s %" PRId64 " %o %u:%u", mount->target, access, mount->is_exec ? "exec" :
				  "noexec",
				  mount->size_bytes, mount->mode, mount->uid, mount->gid);
		else if (mount->type == PLAN_BIND)
			text_addf(&text, "bind %s>%s %s%s", mount->source, mount->target, access, mount->is_directory ? " dir" :
				  "");
		else
			text_addf(&text, "volume %s>%s %s%s", mount->source, mount->target, access,
				  mount->is_nocopy ? " nocopy" : "");
	}
	return text.data;
}

struct mount_row {
	const char *name, *policy, *line, *wanted; /* NULL: refused */
};

#define OWNER " 65534:65534"
#define TMP "tmpfs /tmp rw noexec 16777216 1777" OWNER
#define DEFAULT_TMP "defaults: {tmpfs: [\"/tmp\"]}\n"

static struct mount_row mount_rows[] = {
	{ "nothing unless the policy says so", "", "alpine", "" },
	{ "a default", DEFAULT_TMP, "alpine", TMP },
	{ "a default with a size", "defaults: {tmpfs: [\"/run:size=1m,mode=755\"]}\n", "alpine",
		"tmpfs /run rw noexec 1048576 755" OWNER },
	{ "a tmpfs of one's own", "", "--tmpfs /cache alpine", "tmpfs /cache rw noexec 16777216 700" OWNER },
	{ "a tmpfs that names everything", "", "--tmpfs /c:size=1m,mode=1770,uid=5,gid=6,exec,ro alpine",
		"tmpfs /c ro exec 1048576 1770 5:6" },
	{ "set-id bits of a mode are dropped", "", "--mount type=tmpfs,dst=/c,tmpfs-mode=6755 alpine",
	  "tmpfs /c rw noexec 16777216 755" OWNER },
	{ "a flag takes a default's place", DEFAULT_TMP, "--tmpfs /tmp:size=1m alpine",
		"tmpfs /tmp rw noexec 1048576 1777" OWNER },
	{ "a bind takes a default's place", DEFAULT_TMP, "-v /srv/x:/tmp alpine", "bind /srv/x>/tmp rw dir" },
	{ "another spelling of a default's place", DEFAULT_TMP, "--tmpfs //tmp/./ alpine", TMP },
	{ "an anonymous volume", "", "-v /data alpine", "tmpfs /data rw noexec 16777216 700" OWNER },
	{ "an anonymous --mount", "", "--mount type=volume,dst=/data alpine", "tmpfs /data rw noexec 16777216 700" OWNER },
	{ "a small grant bounds the default size", "allow: {tmpfs: {max_size: 1m}}\n", "--tmpfs /c alpine",
		"tmpfs /c rw noexec 1048576 700" OWNER },
	{ "a large grant does not raise it", "allow: {tmpfs: {max_size: 1g}}\n", "--tmpfs /c alpine",
		"tmpfs /c rw noexec 16777216 700" OWNER },
	{ "a bind", "", "-v /srv/x:/x:ro alpine", "bind /srv/x>/x ro dir" },
	{ "a bind of a file", "", "--mount type=bind,src=/srv/file,dst=/f,readonly alpine", "bind /srv/file>/f ro" },
	{ "a bind through a link", "", "-v /srv/link:/x alpine", "bind /srv/real>/x rw dir" },
	{ "a bind that was not resolved", "", "-v /srv/missing:/x alpine", NULL },
	{ "a bind through a magic link", "", "-v /srv/magic:/x alpine", NULL },
	{ "a bind that nobody looked at", "", "-v /srv/unknown:/x alpine", NULL },
	{ "a named volume", "", "-v data:/data alpine", "volume data>/data rw" },
	{ "a named volume, nocopy", "", "-v data:/data:ro,nocopy alpine", "volume data>/data ro nocopy" },
	{ "sorted, parents first", DEFAULT_TMP, "-v vb:/a/b/c -v va:/a -v vc:/a-b --tmpfs /a/b alpine",
	  "volume va>/a rw|volume vc>/a-b rw|tmpfs /a/b rw noexec 16777216 700" OWNER "|volume vb>/a/b/c rw|" TMP },
	{ "two different ones at one place", "", "-v va:/x -v vb:/x alpine", NULL },
	{ "two at one place, spelled differently", "", "-v va:/x -v vb://x/. alpine", NULL },
	{ "a volume and a tmpfs at one place", "", "-v va:/x --tmpfs /x alpine", NULL },
	{ "the same twice", "", "-v va:/x -v va:/x alpine", "volume va>/x rw" },
	{ "the same twice, once read-only", "", "-v va:/x -v va:/x:ro alpine", NULL },
	{ "the user owns it", "allow: {user: [\"7:8\"]}\n", "-u 7:8 --tmpfs /c alpine", "tmpfs /c rw noexec 16777216 700 7:8" },
	{ "a default volume", "defaults: {volumes: [\"./x:/x:ro\"]}\n", "alpine", "bind /srv/real>/x ro dir" },
	{ "a default volume, overridden", "defaults: {volumes: [\"./x:/x:ro\"]}\n", "--tmpfs /x alpine",
		"tmpfs /x rw noexec 16777216 700" OWNER },
	{ "a default volume that is not there", "defaults: {volumes: [\"/srv/missing:/x:ro\"]}\n", "alpine", NULL },
	{ "a default named volume", "defaults: {volumes: [\"data:/x\"]}\n", "alpine", "volume data>/x rw" },
};

static void add_paths(struct planned *test)
{
	planned_add_path(test, "/srv/x", "/srv/x", PATH_DIRECTORY);
	planned_add_path(test, "/srv/file", "/srv/file", PATH_REGULAR);
	planned_add_path(test, "/srv/link", "/srv/real", PATH_DIRECTORY);
	planned_add_path(test, "/work/x", "/srv/real", PATH_DIRECTORY);
	planned_add_path(test, "/srv/missing", NULL, PATH_MISSING);
	planned_add_path(test, "/srv/magic", "/etc", PATH_DIRECTORY);
	test->facts.paths[test->facts.path_count - 1].has_magic_link = true;
}

static void test_mount_row(void **state)
{
	const struct mount_row *row = *state;
	struct planned test;

	planned_init(&test, BACKEND_DOCKER, row->policy);
	add_paths(&test);
	if (row->wanted != NULL) {
		assert_non_null(planned_run(&test, row->line));
		assert_string_equal(mounts_text(&test), row->wanted);
	} else {
		assert_null(planned_run(&test, row->line));
	}
	planned_done(&test);
}

static void test_bind_identity(void **state)
{
	struct planned test;

	(void)state;
	planned_init(&test, BACKEND_CRUN, "");
	add_paths(&test);
	assert_non_null(planned_run(&test, "-v /srv/x:/x alpine"));
	assert_int_equal(test.plan->mounts[0].device, 7);
	assert_int_equal(test.plan->mounts[0].inode, 11);
	planned_done(&test);
}

/* ---- git hooks ---- */

#define HOOKS "bind /home/u/repo/.git/hooks>"

static struct mount_row hooks_rows[] = {
	{ "hooks of a writable repository", "", "-v /home/u/repo:/src alpine",
	  "bind /home/u/repo>/src rw dir|" HOOKS "/src/.git/hooks ro dir" },
	{ "hooks through --mount", "", "--mount type=bind,src=/home/u/repo,dst=//src/ alpine",
	  "bind /home/u/repo>/src rw dir|" HOOKS "/src/.git/hooks ro dir" },
	{ "hooks of a default bind", "defaults: {volumes: [\"/home/u/repo:/src\"]}\n", "alpine",
	  "bind /home/u/repo>/src rw dir|" HOOKS "/src/.git/hooks ro dir" },
	{ "hooks of one bound twice", "", "-v /home/u/repo:/a -v /home/u/repo:/b alpine",
	  "bind /home/u/repo>/a rw dir|" HOOKS "/a/.git/hooks ro dir|bind /home/u/repo>/b rw dir|" HOOKS "/b/.git/hooks ro dir" },
	{ "a read-only repository needs nothing", "", "-v /home/u/repo:/src:ro alpine", "bind /home/u/repo>/src ro dir" },
	{ "no repository", "", "-v /srv/x:/src alpine", "bind /srv/x>/src rw dir" },
	{ "something of one's own is mounted there", "", "-v /home/u/repo:/src --tmpfs /src/.git/hooks alpine",
	  "bind /home/u/repo>/src rw dir|tmpfs /src/.git/hooks rw noexec 16777216 700" OWNER },
	{ "hooks that are granted by name", "allow: {volumes: [{source: /home/u/repo/.git/hooks, access: rw}]}\n",
	  "-v /home/u/repo:/src alpine", "bind /home/u/repo>/src rw dir" },
	{ "hooks that are granted from home", "allow: {volumes: [{source: ~/repo/.git/hooks, access: rw}]}\n",
	  "-v /home/u/repo:/src alpine", "bind /home/u/repo>/src rw dir" },
	{ "hooks that are granted for reading", "allow: {volumes: [{source: /home/u/repo/.git/hooks, access: ro}]}\n",
	  "-v /home/u/repo:/src alpine", "bind /home/u/repo>/src rw dir|" HOOKS "/src/.git/hooks ro dir" },
	{ "hooks that are granted by a wildcard", "allow: {volumes: [{source: /home/u/**, access: rw}]}\n",
	  "-v /home/u/repo:/src alpine", "bind /home/u/repo>/src rw dir|" HOOKS "/src/.git/hooks ro dir" },
};

static void add_repository(struct planned *test)
{
	planned_add_path(test, "/srv/x", "/srv/x", PATH_DIRECTORY);
	planned_add_path(test, "/home/u/repo", "/home/u/repo", PATH_DIRECTORY);
	planned_add_path(test, "/home/u/repo/.git/hooks", "/home/u/repo/.git/hooks", PATH_DIRECTORY);
	test->facts.home = "/home/u";
}

static void test_hooks_row(void **state)
{
	static const enum backend_kind backends[] = { BACKEND_DOCKER, BACKEND_PODMAN, BACKEND_CRUN };
	const struct mount_row *row = *state;
	struct planned test;

	for (size_t i = 0; i < ARRAY_COUNT(backends); i++) {
		planned_init(&test, backends[i], row->policy);
		add_repository(&test);
		assert_non_null(planned_run(&test, row->line));
		assert_string_equal(mounts_text(&test), row->wanted);
		planned_done(&test);
	}
}

static void test_hooks_from_the_floor(void **state)
{
	const char *grant = "allow: {volumes: [{source: /home/u/repo/.git/hooks, access: rw}]}\n";
	struct planned test;
	size_t last;

	(void)state;
	planned_init(&test, BACKEND_CRUN, grant);
	add_repository(&test);
	test.ceiling = planned_ceiling(test.arena, "");
	assert_non_null(planned_run(&test, "-v /home/u/repo:/src alpine"));
	assert_int_equal(test.plan->mount_count, 2); /* the ceiling does not grant them */
	assert_int_equal(test.plan->mounts[1].inode, 11);
	last = test.plan->setting_count;
	while (last > 0 && strstr(test.plan->settings[last - 1].value, "/src/.git/hooks:ro") == NULL)
		last--;
	assert_true(last > 0);
	assert_int_equal(test.plan->settings[last - 1].origin, PLAN_FROM_FLOOR);
	planned_done(&test);
	planned_init(&test, BACKEND_CRUN, grant);
	add_repository(&test);
	test.ceiling = planned_ceiling(test.arena, grant);
	assert_non_null(planned_run(&test, "-v /home/u/repo:/src alpine"));
	assert_int_equal(test.plan->mount_count, 1);
	planned_done(&test);
}

static void test_root_owner(void **state)
{
	struct planned test;

	(void)state;
	planned_init(&test, BACKEND_DOCKER, "hazards: [root-user]\nallow: {user: [\"0:0\"]}\n");
	assert_non_null(planned_run(&test, "-u 0:0 --tmpfs /c --tmpfs /var/tmp alpine"));
	assert_string_equal(mounts_text(&test), "tmpfs /c rw noexec 16777216 755 0:0|tmpfs /var/tmp rw noexec 16777216 1777 0:0");
	planned_done(&test);
}

static void test_ceiling_bounds_default_size(void **state)
{
	struct planned test;

	(void)state;
	planned_init(&test, BACKEND_DOCKER, "");
	test.ceiling = planned_ceiling(test.arena, "allow: {tmpfs: {max_size: 2m}}\n");
	assert_non_null(planned_run(&test, "--tmpfs /c alpine"));
	assert_string_equal(mounts_text(&test), "tmpfs /c rw noexec 2097152 700" OWNER);
	planned_done(&test);
}

static void test_cwd_with_wildcard(void **state)
{
	struct planned test;

	(void)state;
	planned_init(&test, BACKEND_DOCKER, "defaults: {volumes: [\"./x:/x:ro\"]}\n");
	test.facts.cwd = "/tmp/*";
	assert_null(planned_run(&test, "alpine"));
	assert_non_null(planned_finding(&test, FINDING_DENIED, "has a wildcard in its name"));
	planned_done(&test);
}

/* ---- VOLUMEs of the image ---- */

struct volume_row {
	const char *volume, *line, *wanted; /* NULL: refused */
	bool has_note;
};

static struct volume_row volume_rows[] = {
	{ "/data", "alpine", "tmpfs /data rw noexec 16777216 700" OWNER, true },
	{ "/data/", "alpine", "tmpfs /data rw noexec 16777216 700" OWNER, true },
	{ "/data", "-v named:/data alpine", "volume named>/data rw", false },
	{ "/data/", "-v named:/data alpine", "volume named>/data rw", false },
	{ "//data/.", "-v named:/data alpine", "volume named>/data rw", false },
	{ "/data/sub", "-v named:/data alpine", "volume named>/data rw|tmpfs /data/sub rw noexec 16777216 700" OWNER, true },
	{ "/", "alpine", NULL, false },
	{ "/proc", "alpine", NULL, false },
	{ "/etc", "alpine", NULL, false },
	{ "/dev/shm/../../etc", "alpine", NULL, false },
	{ "data", "alpine", NULL, false },
	{ "", "alpine", NULL, false },
};

static void test_volume_row(void **state)
{
	const struct volume_row *row = *state;
	struct planned test;

	planned_init(&test, BACKEND_DOCKER, "");
	string_list_add(test.arena, &test.facts.image_facts.volumes, row->volume);
	if (row->wanted == NULL) {
		assert_null(planned_run(&test, row->line));
		assert_non_null(planned_finding(&test, FINDING_DENIED, ": "));
	} else {
		assert_non_null(planned_run(&test, row->line));
		assert_string_equal(mounts_text(&test), row->wanted);
		assert_int_equal(planned_finding(&test, FINDING_NOTE, "is a tmpfs of 16m") != NULL, row->has_note);
	}
	planned_done(&test);
}

/* 64 are made; with one more there is one sentence, and not 65. */
static void test_many_volumes(void **state)
{
	(void)state;
	for (size_t count = 64; count <= 65; count++) {
		struct planned test;

		planned_init(&test, BACKEND_DOCKER, "");
		for (size_t i = 0; i < count; i++)
			string_list_add(test.arena, &test.facts.image_facts.volumes, arena_printf(test.arena, "/data/%zu", i));
		if (count == 64) {
			assert_non_null(planned_run(&test, "alpine"));
		} else {
			assert_null(planned_run(&test, "alpine"));
			assert_non_null(planned_finding(&test, FINDING_DENIED, "65 VOLUMEs"));
			assert_null(planned_finding(&test, FINDING_NOTE, "is a tmpfs of"));
		}
		planned_done(&test);
	}
}

static void test_unknown_image(void **state)
{
	/* podman makes no volume: it is told to ignore them. */
	static const struct {
		enum backend_kind backend;
		bool has_note;
	} rows[] = { { BACKEND_DOCKER, true }, { BACKEND_PODMAN, false } };
	struct planned test;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		planned_init(&test, rows[i].backend, "");
		test.facts.image_facts = (struct image_facts){ .is_known = false };
		assert_non_null(planned_run(&test, "alpine"));
		assert_int_equal(planned_finding(&test, FINDING_NOTE, "each of its VOLUMEs") != NULL, rows[i].has_note);
		planned_done(&test);
	}
}

int main(void)
{
	static struct row_tests rows;

	for (size_t i = 0; i < ARRAY_COUNT(mount_rows); i++)
		rows_add(&rows, mount_rows[i].name, test_mount_row, &mount_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(volume_rows); i++)
		rows_add(&rows, volume_rows[i].volume[0] != '\0' ? volume_rows[i].volume : "an empty VOLUME", test_volume_row,
			 &volume_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(hooks_rows); i++)
		rows_add(&rows, hooks_rows[i].name, test_hooks_row, &hooks_rows[i]);
	ROWS_TEST(&rows, test_hooks_from_the_floor);
	ROWS_TEST(&rows, test_bind_identity);
	ROWS_TEST(&rows, test_root_owner);
	ROWS_TEST(&rows, test_ceiling_bounds_default_size);
	ROWS_TEST(&rows, test_cwd_with_wildcard);
	ROWS_TEST(&rows, test_many_volumes);
	ROWS_TEST(&rows, test_unknown_image);
	return rows_run("plan_mounts", &rows);
}
