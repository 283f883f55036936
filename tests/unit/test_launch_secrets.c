/* Secrets: read from where the policy says, by nobody's detour, and whole. */
#include "../../src/launch/rootless.h"
#include "rows.h"

#include <fcntl.h>
#include <stdlib.h>

struct scene {
	struct arena *arena;
	char directory[64];
	struct plan_pair pair;
	struct plan plan;
	struct host_facts facts;
	struct launch launch;
	struct error err;
};

static void write_text(const struct scene *scene, const char *name, const char *text, size_t length)
{
	const char *path = arena_printf(scene->arena, "%s/%s", scene->directory, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, length), length);
	assert_int_equal(close(fd), 0);
}

static void open_scene(struct scene *scene)
{
	*scene = (struct scene){ .arena = arena_new(), .directory = "/tmp/hardrun-secrets-XXXXXX" };
	assert_non_null(mkdtemp(scene->directory));
	scene->facts.is_root = true;
	scene->plan = (struct plan){ .secrets = &scene->pair, .secret_count = 1, .uid = geteuid(), .gid = getegid() };
	scene->launch = (struct launch){ .plan = &scene->plan, .facts = &scene->facts };
	write_text(scene, "key", "a\0b", 3);
}

static void close_scene(struct scene *scene)
{
	int parent = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_int_equal(remove_tree(parent, scene->directory + strlen("/tmp/")), 0);
	close(parent);
	arena_free(scene->arena);
}

static void ask_file(struct scene *scene, const char *name)
{
	scene->pair = (struct plan_pair){ "key", arena_printf(scene->arena, POLICY_SECRET_FILE "%s/%s", scene->directory, name) };
}

static void test_file(void **state)
{
	struct scene scene;
	char bytes[8];
	int directory, fd;
	struct stat status;

	(void)state;
	open_scene(&scene);
	ask_file(&scene, "key");
	assert_int_equal(secrets_check(scene.arena, &scene.launch, &scene.err), 0);
	assert_int_equal(mkdir(arena_printf(scene.arena, "%s/to", scene.directory), 0700), 0);
	directory = open(arena_printf(scene.arena, "%s/to", scene.directory), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_null(secrets_write(scene.arena, &scene.launch, directory));
	fd = openat(directory, "key", O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(fd, bytes, sizeof(bytes)), 3);
	assert_memory_equal(bytes, "a\0b", 3);
	assert_int_equal(fstat(fd, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0400);
	close(fd);
	close(directory);
	close_scene(&scene);
}

struct bad_row { const char *name, *asked, *why, *remedy; };
static struct bad_row bad_rows[] = {
	{ "missing", "other", "No such file", NULL },
	{ "a link", "link", "a symbolic link is on the way", "readlink -f" },
	{ "a link on the way", "way/key", "a symbolic link is on the way", "readlink -f" },
	{ "a directory", "directory", "no plain file", NULL },
	{ "a FIFO", "fifo", "no plain file", NULL },
	{ "too large", "large", "more than 1 MiB", NULL },
};

static void test_bad_row(void **state)
{
	const struct bad_row *row = *state;
	struct scene scene;
	struct arena *arena;

	open_scene(&scene);
	arena = scene.arena;
	assert_int_equal(symlink("key", arena_printf(arena, "%s/link", scene.directory)), 0);
	assert_int_equal(symlink(".", arena_printf(arena, "%s/way", scene.directory)), 0);
	assert_int_equal(mkdir(arena_printf(arena, "%s/directory", scene.directory), 0700), 0);
	assert_int_equal(mkfifo(arena_printf(arena, "%s/fifo", scene.directory), 0600), 0);
	write_text(&scene, "large", "", 0);
	assert_int_equal(truncate(arena_printf(arena, "%s/large", scene.directory), (1 << 20) + 1), 0);
	ask_file(&scene, row->asked);
	assert_int_equal(secrets_check(arena, &scene.launch, &scene.err), -ERROR_MISSING);
	if (strstr(scene.err.message, row->why) == NULL)
		fail_msg("%s", scene.err.message);
	if (row->remedy != NULL)
		assert_non_null(strstr(scene.err.remedy, row->remedy));
	close_scene(&scene);
}

static void test_credential(void **state)
{
	struct scene scene;
	struct host_unit unit = { .name = "web.service" };

	(void)state;
	open_scene(&scene);
	scene.pair = (struct plan_pair){ "tls", POLICY_SECRET_CREDENTIAL "key" };
	assert_int_equal(secrets_check(scene.arena, &scene.launch, &scene.err), -ERROR_MISSING);
	assert_non_null(strstr(scene.err.message, "secret tls, and no credentials were given"));
	scene.facts.unit = &unit;
	unit.credentials = scene.directory;
	assert_int_equal(secrets_check(scene.arena, &scene.launch, &scene.err), 0);
	scene.pair.value = POLICY_SECRET_CREDENTIAL "other";
	assert_int_equal(secrets_check(scene.arena, &scene.launch, &scene.err), -ERROR_MISSING);
	assert_non_null(strstr(scene.err.message, "web.service has no credential other"));
	assert_non_null(strstr(scene.err.remedy, "LoadCredential=other:"));
	scene.pair.value = POLICY_SECRET_CREDENTIAL "../key";
	assert_int_equal(secrets_check(scene.arena, &scene.launch, &scene.err), -ERROR_MISSING);
	close_scene(&scene);
}

int main(void)
{
	static struct row_tests rows;

	ROWS_TEST(&rows, test_file);
	for (size_t i = 0; i < ARRAY_COUNT(bad_rows); i++)
		rows_add(&rows, bad_rows[i].name, test_bad_row, &bad_rows[i]);
	ROWS_TEST(&rows, test_credential);
	return rows_run("launch_secrets", &rows);
}
