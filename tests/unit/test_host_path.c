/* Host paths: the walk, the links it follows and those it never does, files to be made, and expansion of policy paths. */
#include <errno.h>

#include "rows.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../src/host/host_internal.h"

static struct arena *arena;
static struct host_facts facts;
static char root[] = "/tmp/hardrun-path.XXXXXX";

static void make_file(const char *name, const char *content)
{
	int fd = open(name, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, strlen(content)), (ssize_t)strlen(content));
	close(fd);
}

static void make_links(unsigned count)
{
	char name[32], target[32];

	for (unsigned i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "chain%u", i + 1);
		snprintf(target, sizeof(target), i == 0 ? "dir" : "chain%u", i);
		assert_int_equal(symlink(target, name), 0);
	}
}

/* A directory with everything that a path may run into; it is the current one during the tests. */
static int set_up(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "socket" };
	int fd;

	(void)state;
	arena = arena_new();
	if (mkdtemp(root) == NULL || chdir(root) != 0)
		return -1;
	mkdir("dir", 0755);
	mkdir("dir/sub", 0700);
	make_file("dir/file", "x");
	make_file("env", "A=1\n# no\n\n  B=two words\r\nC=\n");
	assert_int_equal(mkfifo("fifo", 0600), 0);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	assert_int_equal(symlink("dir", "link"), 0);
	assert_int_equal(symlink("../dir/file", "dir/up"), 0);
	assert_int_equal(symlink(arena_printf(arena, "%s/dir/sub", root), "absolute"), 0);
	assert_int_equal(symlink("loop2", "loop1"), 0);
	assert_int_equal(symlink("loop1", "loop2"), 0);
	assert_int_equal(symlink("nowhere", "dangling"), 0);
	assert_int_equal(symlink("/proc/self/root", "magic"), 0);
	assert_int_equal(symlink("/proc/mounts", "mounts"), 0);
	make_links(41);
	facts.cwd = getcwd(arena_alloc(arena, 4096), 4096);
	return facts.cwd != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
	pid_t child;

	(void)state;
	arena_free(arena);
	if (chdir("/") != 0)
		return -1;
	child = fork();
	if (child == 0) {
		execl("/bin/rm", "rm", "-rf", root, (char *)NULL);
		_exit(1);
	}
	return waitpid(child, NULL, 0) == child ? 0 : -1;
}

struct path_row {
	const char *given;    /* relative to the directory of the tests, unless it begins with '/' */
	const char *resolved; /* the same; NULL: none */
	enum path_kind kind;
	bool has_symlink, has_magic_link;
};

static struct path_row path_rows[] = {
	{ "dir", "dir", PATH_DIRECTORY, false, false },
	{ "./dir//sub/.", "dir/sub", PATH_DIRECTORY, false, false },
	{ "dir/sub/..", "dir", PATH_DIRECTORY, false, false },
	{ "dir/sub/../../dir/file", "dir/file", PATH_REGULAR, false, false },
	{ "dir/file", "dir/file", PATH_REGULAR, false, false },
	{ "socket", "socket", PATH_SOCKET, false, false },
	{ "fifo", "fifo", PATH_OTHER, false, false },
	{ "/dev/null", "/dev/null", PATH_DEVICE, false, false },
	{ "/", "/", PATH_DIRECTORY, false, false },
	{ "//", "/", PATH_DIRECTORY, false, false },
	{ "/..", "/", PATH_DIRECTORY, false, false },
	{ "/../../..//", "/", PATH_DIRECTORY, false, false },
	{ "link", "dir", PATH_DIRECTORY, true, false },
	{ "link/file", "dir/file", PATH_REGULAR, true, false },
	{ "link/..", "", PATH_DIRECTORY, true, false },
	{ "dir/up", "dir/file", PATH_REGULAR, true, false },
	{ "absolute", "dir/sub", PATH_DIRECTORY, true, false },
	{ "absolute/../file", "dir/file", PATH_REGULAR, true, false },
	{ "chain40", "dir", PATH_DIRECTORY, true, false },
	{ "chain41", NULL, PATH_OTHER, true, false },
	{ "loop1", NULL, PATH_OTHER, true, false },
	{ "dangling", NULL, PATH_MISSING, true, false },
	{ "missing", NULL, PATH_MISSING, false, false },
	{ "missing/../dir", NULL, PATH_MISSING, false, false },
	{ "dir/file/", NULL, PATH_OTHER, false, false },
	{ "dir/file/..", NULL, PATH_OTHER, false, false },
	{ "dir/file/x", NULL, PATH_OTHER, false, false },
	{ "", NULL, PATH_OTHER, false, false },
	{ "~", NULL, PATH_MISSING, false, false },
	{ "magic", NULL, PATH_OTHER, true, true },
	{ "magic/etc", NULL, PATH_OTHER, true, true },
	{ "mounts", NULL, PATH_OTHER, true, true },
	{ "/proc/self", NULL, PATH_OTHER, true, true },
	{ "/proc/self/cwd", NULL, PATH_OTHER, true, true },
	{ "/proc/1/root", NULL, PATH_OTHER, true, true },
	{ "/proc/1/root/etc", NULL, PATH_OTHER, true, true },
	{ "/proc/thread-self/fd/0", NULL, PATH_OTHER, true, true },
	{ "/dev/fd/0", NULL, PATH_OTHER, true, true },
	{ "/dev/stdin", NULL, PATH_OTHER, true, true },
};

static void test_path_row(void **state)
{
	const struct path_row *row = *state;
	struct host_path path = host_resolve_path(arena, &facts, row->given);
	struct stat status;

	assert_string_equal(path.given, row->given);
	assert_int_equal(path.has_magic_link, row->has_magic_link);
	assert_int_equal(path.has_symlink, row->has_symlink);
	assert_int_equal(path.kind, row->kind);
	if (row->resolved == NULL) {
		assert_null(path.resolved);
		assert_non_null(path.reason);
		return;
	}
	assert_null(path.reason);
	if (row->resolved[0] == '/')
		assert_string_equal(path.resolved, row->resolved);
	else
		assert_string_equal(path.resolved, path_tidy(arena, arena_printf(arena, "%s/%s", facts.cwd, row->resolved)));
	assert_true(path_is_clean(path.resolved));
	assert_int_equal(stat(row->given, &status), 0);
	assert_int_equal(path.inode, status.st_ino);
	assert_int_equal(path.device, status.st_dev);
	assert_int_equal(path.owner_uid, status.st_uid);
	assert_int_equal(path.mode, status.st_mode & 07777);
}

static void test_long_paths(void **state)
{
	char *longer = arena_alloc(arena, 6000), *part = arena_alloc(arena, 400);

	(void)state;
	memset(longer, 'a', 5000);
	memset(part, 'b', 300);
	assert_string_equal(host_resolve_path(arena, &facts, longer).reason, "the path is too long");
	assert_string_equal(host_resolve_path(arena, &facts, part).reason, "the path is too long");
}

static void test_without_cwd(void **state)
{
	struct host_facts lost = { .cwd = NULL };

	(void)state;
	assert_non_null(host_resolve_path(arena, &lost, "dir").reason);
	assert_null(host_resolve_path(arena, &lost, "dir").resolved);
	assert_string_equal(host_resolve_path(arena, &lost, "/").resolved, "/");
}

static void test_permission(void **state)
{
	struct host_path path;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(seteuid(65534), 0);
	path = host_resolve_path(arena, &facts, arena_printf(arena, "%s/dir/sub/x", root));
	assert_int_equal(seteuid(0), 0);
	assert_null(path.resolved);
	assert_string_equal(path.reason, "you may not look there");
}

/* Between the look and the use somebody puts another file there. */
static void test_exchanged(void **state)
{
	struct host_path path;
	int fd;

	(void)state;
	make_file("victim", "A=1\n");
	path = host_resolve_path(arena, &facts, "victim");
	fd = host_open_resolved(&path, O_RDONLY);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(rename("victim", "kept"), 0);
	assert_int_equal(symlink("kept", "victim"), 0);
	assert_int_equal(host_open_resolved(&path, O_RDONLY), -1); /* the same file, but through a link */
	assert_int_equal(unlink("victim"), 0);
	assert_int_equal(symlink("/etc/passwd", "victim"), 0);
	assert_int_equal(host_open_resolved(&path, O_RDONLY), -1);
	host_read_lines(arena, NULL, &path);
	assert_int_equal(path.lines.count, 0);
	assert_non_null(path.lines_reason);
	unlink("victim");
	make_file("victim", "A=2\n");
	assert_int_equal(host_open_resolved(&path, O_RDONLY), -1);
	assert_int_equal(errno, ESTALE);
}

/* ---- requests ---- */

static const struct host_path *resolve_one(struct host_facts *fresh, enum flag_id flag, const char *raw)
{
	const struct request_option option = { .flag = flag, .raw = raw, .spelling = "--x" };
	const struct request request = { .options = &option, .option_count = 1 };

	*fresh = (struct host_facts){ .cwd = facts.cwd };
	host_resolve_paths(arena, fresh, &request);
	return host_path_of(fresh, raw);
}

struct cidfile_row {
	const char *given;
	const char *resolved; /* relative to the directory of the tests; NULL: refused */
	enum path_kind kind;
};

static struct cidfile_row cidfile_rows[] = {
	{ "new", "new", PATH_MISSING },       { "dir/new", "dir/new", PATH_MISSING },  { "link/new", "dir/new", PATH_MISSING },
	{ "env", "env", PATH_REGULAR },       { "dangling", "dangling", PATH_OTHER },  { "dir", "dir", PATH_DIRECTORY },
	{ "missing/new", NULL, PATH_MISSING }, { "dir/", NULL, PATH_OTHER },           { "dir/..", NULL, PATH_OTHER },
	{ "dir/file/new", NULL, PATH_OTHER }, { "/proc/self/cwd/new", NULL, PATH_OTHER }, { ".", NULL, PATH_OTHER },
};

static void test_cidfile_row(void **state)
{
	const struct cidfile_row *row = *state;
	struct host_facts fresh;
	const struct host_path *path = resolve_one(&fresh, FLAG_CIDFILE, row->given);

	assert_non_null(path);
	assert_int_equal(path->kind, row->kind);
	if (row->resolved == NULL)
		assert_null(path->resolved);
	else
		assert_string_equal(path->resolved, arena_printf(arena, "%s/%s", facts.cwd, row->resolved));
}

static void test_env_file(void **state)
{
	struct host_facts fresh;
	const struct host_path *path = resolve_one(&fresh, FLAG_ENV_FILE, "env");

	(void)state;
	assert_non_null(path);
	assert_null(path->lines_reason);
	assert_int_equal(path->lines.count, 3);
	assert_string_equal(path->lines.items[0], "A=1");
	assert_string_equal(path->lines.items[1], "B=two words");
	assert_string_equal(path->lines.items[2], "C=");
	assert_string_equal(resolve_one(&fresh, FLAG_ENV_FILE, "dir")->lines_reason, "it is not a regular file");
	assert_string_equal(resolve_one(&fresh, FLAG_ENV_FILE, "fifo")->lines_reason, "it is not a regular file");
	assert_string_equal(resolve_one(&fresh, FLAG_LABEL_FILE, "/dev/zero")->lines_reason, "it is not a regular file");
	assert_null(resolve_one(&fresh, FLAG_ENV_FILE, "missing")->lines_reason);
}

static void test_large_env_file(void **state)
{
	char *large = arena_alloc(arena, 70000);
	struct host_facts fresh;

	(void)state;
	memset(large, '#', 65536);
	make_file("large", large);
	assert_null(resolve_one(&fresh, FLAG_ENV_FILE, "large")->lines_reason);
	large[65536] = '#';
	make_file("large", large);
	assert_string_equal(resolve_one(&fresh, FLAG_ENV_FILE, "large")->lines_reason, "it is larger than 64 KiB");
}

static void test_binds(void **state)
{
	const struct request_option options[] = {
		{ .flag = FLAG_VOLUME, .raw = "v", .value.mount = { .type = MOUNT_BIND, .source = "link", .target = "/x" } },
		{ .flag = FLAG_MOUNT, .raw = "m", .value.mount = { .type = MOUNT_BIND, .source = "link", .target = "/y" } },
		{ .flag = FLAG_VOLUME, .raw = "n", .value.mount = { .type = MOUNT_VOLUME, .source = "dir", .target = "/z" } },
		{ .flag = FLAG_TMPFS, .raw = "t", .value.mount = { .type = MOUNT_TMPFS, .target = "/t" } },
	};
	const struct request request = { .options = options, .option_count = ARRAY_COUNT(options) };
	struct host_facts fresh = { .cwd = facts.cwd };

	(void)state;
	host_resolve_paths(arena, &fresh, &request);
	assert_int_equal(fresh.path_count, 1);
	assert_string_equal(fresh.paths[0].resolved, arena_printf(arena, "%s/dir", facts.cwd));
	assert_null(host_path_of(&fresh, "dir"));
	assert_null(host_path_of(&fresh, NULL));
}

/* Below ${repository}, what is at .git/hooks, and whether the plan hears of it. */
static void test_git_hooks(void **state)
{
	static const struct {
		const char *make;
		bool is_found;
	} rows[] = {
		{ "mkdir -p $R/.git/hooks", true },
		{ "mkdir -p $R/.git", false },
		{ "mkdir -p $R/.git $R/other && ln -s ../other $R/.git/hooks", false },
		{ "mkdir -p $R/other/hooks && ln -s other $R/.git", false },
		{ "mkdir -p $R && echo gitdir: ../x > $R/.git", false },
		{ "mkdir -p $R/.git && echo x > $R/.git/hooks", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const char *source = arena_printf(arena, "repository%zu", i);
		const char *hooks = arena_printf(arena, "%s/%s/.git/hooks", facts.cwd, source);
		const struct request_option option = { .flag = FLAG_VOLUME, .raw = "v",
			.value.mount = { .type = MOUNT_BIND, .source = source, .target = "/x" } };
		const struct request request = { .options = &option, .option_count = 1 };
		struct host_facts fresh = { .cwd = facts.cwd };

		assert_int_equal(setenv("R", source, 1), 0);
		assert_int_equal(system(rows[i].make), 0);
		host_resolve_paths(arena, &fresh, &request);
		assert_int_equal(host_path_of(&fresh, hooks) != NULL, rows[i].is_found);
		assert_int_equal(fresh.path_count, rows[i].is_found ? 2 : 1);
		host_resolve_paths(arena, &fresh, &request);
		assert_int_equal(fresh.path_count, rows[i].is_found ? 2 : 1);
	}
}

static void test_rootfs(void **state)
{
	struct host_facts fresh;

	(void)state;
	assert_non_null(resolve_one(&fresh, FLAG_ROOTFS, "link"));
	assert_int_equal(fresh.image.kind, IMAGE_ROOTFS);
	assert_string_equal(fresh.image.path, arena_printf(arena, "%s/dir", facts.cwd));
	assert_string_equal(fresh.image.name, arena_printf(arena, "rootfs:%s/dir", facts.cwd));
}

static void test_local_image(void **state)
{
	const struct request request = { .image = arena_printf(arena, "oci:%s/link:v1", root) };
	struct host_facts fresh = { .cwd = facts.cwd };

	(void)state;
	host_resolve_paths(arena, &fresh, &request);
	assert_int_equal(fresh.image.kind, IMAGE_OCI_LAYOUT);
	assert_string_equal(fresh.image.path, arena_printf(arena, "%s/dir", facts.cwd));
	assert_string_equal(fresh.image.name, arena_printf(arena, "oci:%s/dir", facts.cwd));
	assert_string_equal(fresh.image.canonical, arena_printf(arena, "oci:%s/dir:v1", facts.cwd));
}

static void test_registry_image(void **state)
{
	const struct request good = { .image = "alpine:3.19" }, bad = { .image = "Alpine" };
	struct host_facts fresh = { .cwd = facts.cwd };

	(void)state;
	host_resolve_paths(arena, &fresh, &bad);
	assert_null(fresh.image.name);
	host_resolve_paths(arena, &fresh, &good);
	assert_string_equal(fresh.image.name, "docker.io/library/alpine");
	assert_int_equal(fresh.path_count, 0);
}

static void test_policy_volumes(void **state)
{
	struct policy_text volumes[] = {
		{ .value = "./link:/srv:ro" }, { .value = "~/dir:/home" }, { .value = "named:/data" },
			{ .value = "/dev/null:/null" },
	};
	struct policy policy = { .defaults.volumes = { true, volumes, ARRAY_COUNT(volumes), { 0 } } };
	struct host_facts fresh = { .cwd = facts.cwd, .home = facts.cwd };

	(void)state;
	host_resolve_policy(arena, &fresh, &policy);
	assert_non_null(host_path_of(&fresh, arena_printf(arena, "%s/link", facts.cwd)));
	assert_non_null(host_path_of(&fresh, arena_printf(arena, "%s/dir", facts.cwd)));
	assert_non_null(host_path_of(&fresh, "/dev/null"));
	assert_int_equal(fresh.path_count, 3);
}

/* A local image is named by the path that was found; whoever opens it must find the facts of that path. */
static void test_image_path_of_any_spelling(void **state)
{
	static const char *const images[] = { "oci:./dir:v1", "oci:./dir", "oci:./link", "docker-archive:./dir/file", "oci:./nothing" };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(images); i++) {
		struct host_facts fresh = { .cwd = facts.cwd, .home = facts.cwd };
		struct request request = { .image = images[i] };
		const struct host_path *path;

		host_resolve_paths(arena, &fresh, &request);
		path = host_image_path(&fresh);
		assert_non_null(path);
		assert_true(path->resolved == NULL ? strstr(images[i], "nothing") != NULL : strcmp(path->resolved, fresh.image.path) == 0);
	}
	assert_null(host_image_path(&(struct host_facts){ .cwd = facts.cwd }));
}

/* ---- expansion ---- */

struct expand_row {
	const char *pattern, *home, *cwd, *wanted;
};

static struct expand_row expand_rows[] = {
	{ "/srv/**", "/home/u", "/w", "/srv/**" },    { "~", "/home/u", "/w", "/home/u" },      { "~/**", "/home/u", "/w",
		"/home/u/**" },
	{ "~other/x", "/home/u", "/w", "~other/x" },  { ".", "/home/u", "/w", "/w" },           { "./**", "/home/u", "/w",
		"/w/**" },
	{ "../x", "/home/u", "/w", "../x" },          { ".hidden", "/home/u", "/w", ".hidden" }, { "${CWD}", "/home/u", "/w",
		"/w" },
	{ "${CWD}/x", "/home/u", "/w", "/w/x" },      { "${CWD}x", "/home/u", "/w", "${CWD}x" }, { "${HOME}/x", "/home/u", "/w",
		"${HOME}/x" },
	{ "~/x", NULL, "/w", NULL },                  { "./x", "/home/u", NULL, NULL },         { "./x", "/home/u", "/", NULL },
	{ ".", "/home/u", "/", NULL },                 { "./**", "/home/u", "/tmp/*", NULL },    { "./**", "/home/u", "/tmp/a?",
		NULL },
	{ "~/**", "/home/**", "/w", NULL },           { "/x", "/home/**", "/w*", "/x" },        { "a/~/x", "/home/u", "/w",
		"a/~/x" },
};

static void test_expand_row(void **state)
{
	const struct expand_row *row = *state;
	const struct host_facts made = { .home = row->home, .cwd = row->cwd };
	const char *expanded = host_expand(arena, &made, row->pattern);

	if (row->wanted == NULL)
		assert_null(expanded);
	else
		assert_string_equal(expanded, row->wanted);
}

int main(void)
{
	static struct row_tests rows;

	for (size_t i = 0; i < ARRAY_COUNT(path_rows); i++)
		rows_add(&rows, path_rows[i].given[0] != '\0' ? path_rows[i].given : "the empty path", test_path_row,
			 &path_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(cidfile_rows); i++)
		rows_add(&rows, cidfile_rows[i].given, test_cidfile_row, &cidfile_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(expand_rows); i++)
		rows_add(&rows, expand_rows[i].pattern, test_expand_row, &expand_rows[i]);
	ROWS_TEST(&rows, test_long_paths);
	ROWS_TEST(&rows, test_without_cwd);
	ROWS_TEST(&rows, test_permission);
	ROWS_TEST(&rows, test_exchanged);
	ROWS_TEST(&rows, test_env_file);
	ROWS_TEST(&rows, test_large_env_file);
	ROWS_TEST(&rows, test_binds);
	ROWS_TEST(&rows, test_git_hooks);
	ROWS_TEST(&rows, test_rootfs);
	ROWS_TEST(&rows, test_local_image);
	ROWS_TEST(&rows, test_registry_image);
	ROWS_TEST(&rows, test_policy_volumes);
	ROWS_TEST(&rows, test_image_path_of_any_spelling);
	return _cmocka_run_group_tests("host_path", rows.tests, rows.count, set_up, tear_down);
}
