/* Where an ordinary user's own daemons are found, and what is not taken for one. */
#include "trees.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../src/host/host_internal.h"

struct scene {
	struct arena *arena;
	char root[32];
	struct host_facts facts;
	const char *standard, *own, *home; /* root's socket, the caller's, the caller's without XDG_RUNTIME_DIR */
};

static void listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(strlen(path) < sizeof(address.sun_path));
	memcpy(address.sun_path, path, strlen(path));
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	assert_int_equal(chmod(path, 0660), 0);
}

static const char *make_directory(const struct scene *scene, const char *name)
{
	const char *path = arena_printf(scene->arena, "%s/%s", scene->root, name);

	assert_int_equal(mkdir(path, 0700), 0);
	return path;
}

static void scene_init(struct scene *scene)
{
	const char *run, *home;

	*scene = (struct scene){ .arena = arena_new(), .root = "/tmp/hardrun-sockets.XXXXXX" };
	assert_non_null(mkdtemp(scene->root));
	run = make_directory(scene, "run");
	make_directory(scene, "run/podman");
	home = make_directory(scene, "home");
	make_directory(scene, "home/.docker");
	make_directory(scene, "home/.docker/run");
	scene->standard = arena_printf(scene->arena, "%s/docker.sock", scene->root);
	scene->own = arena_printf(scene->arena, "%s/docker.sock", run);
	scene->home = arena_printf(scene->arena, "%s/.docker/run/docker.sock", home);
	scene->facts = (struct host_facts){ .caller_uid = geteuid(), .home = home,
					    .runtime_dir = arena_printf(scene->arena, "%s/hardrun", run) };
}

static void scene_done(struct scene *scene)
{
	tree_remove(scene->root);
	arena_free(scene->arena);
}

static const char *found(const struct scene *scene)
{
	return host_find_docker_socket(scene->arena, &scene->facts, scene->standard);
}

static void test_the_machines_comes_first(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	assert_string_equal(found(&scene), scene.standard);
	listen_at(scene.own);
	assert_string_equal(found(&scene), scene.own);
	listen_at(scene.standard);
	assert_string_equal(found(&scene), scene.standard);
	scene_done(&scene);
}

static void test_root_has_none_of_its_own(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	listen_at(scene.own);
	scene.facts.is_root = true;
	assert_string_equal(found(&scene), scene.standard);
	assert_null(host_find_podman_socket(scene.arena, &scene.facts));
	scene_done(&scene);
}

static void test_without_a_runtime_directory(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	scene.facts.runtime_dir = NULL;
	assert_string_equal(found(&scene), scene.standard);
	listen_at(scene.home);
	assert_string_equal(found(&scene), scene.home);
	scene.facts.home = NULL;
	assert_string_equal(found(&scene), scene.standard);
	scene_done(&scene);
}

static void make_file(const struct scene *scene)
{
	FILE *file = fopen(scene->own, "we");

	assert_non_null(file);
	assert_int_equal(fclose(file), 0);
}

static void make_link(const struct scene *scene)
{
	listen_at(arena_printf(scene->arena, "%s/elsewhere", scene->root));
	assert_int_equal(symlink(arena_printf(scene->arena, "%s/elsewhere", scene->root), scene->own), 0);
}

static void make_open(const struct scene *scene)
{
	listen_at(scene->own);
	assert_int_equal(chmod(scene->own, 0666), 0);
}

static void make_open_directory(const struct scene *scene)
{
	listen_at(scene->own);
	assert_int_equal(chmod(arena_printf(scene->arena, "%s/run", scene->root), 0770), 0);
}

static struct trap { const char *name; void (*make)(const struct scene *scene); } traps[] = {
	{ "a file is no socket", make_file }, { "nor is a link to one", make_link }, { "one that others may write to", make_open },
	{ "one in a directory that others may write to", make_open_directory },
};

static void test_trap(void **state)
{
	const struct trap *trap = *state;
	struct scene scene;

	scene_init(&scene);
	trap->make(&scene);
	assert_string_equal(found(&scene), scene.standard);
	scene_done(&scene);
}

static void test_somebody_elses(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	listen_at(scene.own);
	listen_at(arena_printf(scene.arena, "%s/run/podman/podman.sock", scene.root));
	assert_non_null(host_find_podman_socket(scene.arena, &scene.facts));
	scene.facts.caller_uid++;
	assert_string_equal(found(&scene), scene.standard);
	assert_null(host_find_podman_socket(scene.arena, &scene.facts));
	scene_done(&scene);
}

int main(void)
{
	struct row_tests rows = { .count = 0 };

	ROWS_TEST(&rows, test_the_machines_comes_first);
	ROWS_TEST(&rows, test_root_has_none_of_its_own);
	ROWS_TEST(&rows, test_without_a_runtime_directory);
	for (size_t i = 0; i < ARRAY_COUNT(traps); i++)
		rows_add(&rows, traps[i].name, test_trap, &traps[i]);
	ROWS_TEST(&rows, test_somebody_elses);
	return rows_run("host/sockets", &rows);
}
