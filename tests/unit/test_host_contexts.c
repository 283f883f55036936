/* Which daemon docker's own client would ask, and what of that hardrun does not follow. */
#include "trees.h"

#include <fcntl.h>
#include <sha256.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../src/host/host_internal.h"

struct scene {
	struct arena *arena;
	char root[32];
	struct host_facts facts;
	struct error err;
};

static const char *below(const struct scene *scene, const char *name)
{
	return arena_printf(scene->arena, "%s/%s", scene->root, name);
}

static void make_directory(const struct scene *scene, const char *name)
{
	assert_int_equal(mkdir(below(scene, name), 0700), 0);
}

static void write_file(const struct scene *scene, const char *name, const char *text)
{
	FILE *file = fopen(below(scene, name), "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(below(scene, name), 0600), 0);
}

static void listen_at(const struct scene *scene, const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = below(scene, name);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(strlen(path) < sizeof(address.sun_path));
	memcpy(address.sun_path, path, strlen(path));
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
}

/* As `docker context create` writes it; ${endpoint}: of docker, with $ for the scene's directory. */
static void add_context(const struct scene *scene, const char *name, const char *endpoint)
{
	const char *at = strchr(endpoint, '$');
	char id[SHA256_DIGEST_STRING_LENGTH];

	SHA256Data((const uint8_t *)name, strlen(name), id);
	make_directory(scene, arena_printf(scene->arena, "home/.docker/contexts/meta/%s", id));
	if (at != NULL)
		endpoint = arena_printf(scene->arena, "%.*s%s%s", (int)(at - endpoint), endpoint, scene->root, at + 1);
	write_file(scene, arena_printf(scene->arena, "home/.docker/contexts/meta/%s/meta.json", id),
		   arena_printf(scene->arena, "{\"Name\":\"%s\",\"Metadata\":{},\"Endpoints\":{\"docker\":%s}}", name, endpoint));
}

static void scene_init(struct scene *scene)
{
	*scene = (struct scene){ .arena = arena_new(), .root = "/tmp/hardrun-contexts.XXXXXX" };
	assert_non_null(mkdtemp(scene->root));
	make_directory(scene, "home");
	make_directory(scene, "home/.docker");
	make_directory(scene, "home/.docker/contexts");
	make_directory(scene, "home/.docker/contexts/meta");
	make_directory(scene, "run");
	listen_at(scene, "run/docker.sock");
	scene->facts = (struct host_facts){ .caller_uid = geteuid(), .home = below(scene, "home"), .cwd = "/" };
	add_context(scene, "rootless", "{\"Host\":\"unix://$/run/docker.sock\",\"SkipTLSVerify\":false}");
	add_context(scene, "far", "{\"Host\":\"ssh://me@far\"}");
}

static void scene_done(struct scene *scene)
{
	tree_remove(scene->root);
	arena_free(scene->arena);
}

static void set(struct scene *scene, const char *variable)
{
	string_list_add(scene->arena, &scene->facts.environment, variable);
}

static void use(const struct scene *scene, const char *text)
{
	write_file(scene, "home/.docker/config.json", text);
}

/* The socket and who names it, without the scene's directory: "/run/docker.sock by DOCKER_HOST"; or what is wrong. */
static const char *found(struct scene *scene)
{
	struct host_docker_choice choice = { "nothing was written", NULL };
	const char *text, *root;

	if (host_find_docker_choice(scene->arena, &scene->facts, &choice, &scene->err) < 0)
		text = arena_strdup(scene->arena, scene->err.message);
	else if (choice.socket == NULL)
		return choice.by == NULL ? "nobody" : "by, and no socket";
	else
		text = arena_printf(scene->arena, "%s by %s", choice.socket, choice.by);
	while ((root = strstr(text, scene->root)) != NULL)
		text = arena_printf(scene->arena, "%.*s%s", (int)(root - text), text, root + strlen(scene->root));
	return text;
}

/* ---- who is heard ---- */

static struct voice {
	const char *name;
	const char *config, *host, *context; /* NULL: not there */
	const char *line_host, *line_context;
	const char *wanted;
} voices[] = {
	{ "nobody says anything", NULL, NULL, NULL, NULL, NULL, "nobody" },
	{ "no context is current", "{\"auths\":{}}", NULL, NULL, NULL, NULL, "nobody" },
	{ "an empty name is none", "{\"currentContext\":\"\"}", NULL, NULL, NULL, NULL, "nobody" },
	{ "the current context", "{\"currentContext\":\"rootless\"}", NULL, NULL, NULL, NULL,
	  "/run/docker.sock by the docker context rootless (/home/.docker/config.json)" },
	{ "the variable is stronger than the file", "{\"currentContext\":\"far\"}", NULL, "rootless", NULL, NULL,
	  "/run/docker.sock by the docker context rootless (DOCKER_CONTEXT)" },
	{ "the default context is none", "{\"currentContext\":\"rootless\"}", NULL, "default", NULL, NULL, "nobody" },
	{ "and may be current", "{\"currentContext\":\"default\"}", NULL, NULL, NULL, NULL, "nobody" },
	{ "a variable that is empty is not set", "{\"currentContext\":\"rootless\"}", "", "", NULL, NULL,
	  "/run/docker.sock by the docker context rootless (/home/.docker/config.json)" },
	{ "a host is stronger than a context", "{\"currentContext\":\"far\"}", "unix:///nowhere/d.sock", "rootless", NULL, NULL,
	  "/nowhere/d.sock by DOCKER_HOST" },
	{ "the line's context is stronger than a host", NULL, "unix:///nowhere/d.sock", NULL, NULL, "rootless",
	  "/run/docker.sock by the docker context rootless (--context)" },
	{ "its default leaves the host", NULL, "unix:///nowhere/d.sock", "far", NULL, "default", "/nowhere/d.sock by DOCKER_HOST" },
	{ "the line's host is stronger than all", "{\"currentContext\":\"far\"}", "tcp://far:1", "far", "unix:///nowhere/d.sock", NULL,
	  "/nowhere/d.sock by --host" },
	{ "not both", NULL, NULL, NULL, "unix:///nowhere/d.sock", "rootless",
	  "--host and --context contradict each other: docker takes one of them" },
	{ "another machine", NULL, "tcp://192.0.2.1:2375", NULL, NULL, NULL,
	  "DOCKER_HOST names tcp://192.0.2.1:2375, and hardrun asks a daemon of this machine alone, at unix:///path" },
	{ "a program that goes there", NULL, NULL, "far", NULL, NULL,
	  "the docker context far (DOCKER_CONTEXT) names ssh://me@far, and hardrun asks a daemon of this machine alone, "
	  "at unix:///path" },
	{ "a pipe", NULL, "npipe:////./pipe/docker", NULL, NULL, NULL,
	  "DOCKER_HOST names npipe:////./pipe/docker, and hardrun asks a daemon of this machine alone, at unix:///path" },
	{ "a path that is not plain", NULL, "unix:///run/../run/docker.sock", NULL, NULL, NULL,
	  "DOCKER_HOST names unix:///run/../run/docker.sock, and hardrun asks a daemon of this machine alone, at unix:///path" },
	{ "a device", NULL, "unix:///dev/zero", NULL, NULL, NULL, "DOCKER_HOST leads to /dev/zero, which is no socket" },
	{ "a name that is not there", NULL, NULL, "gone", NULL, NULL,
	  "the docker context gone (DOCKER_CONTEXT) is not there: /home/.docker/contexts has none of that name" },
	{ "a name that is none", NULL, NULL, "../x", NULL, NULL,
	  "the docker context ../x (DOCKER_CONTEXT) cannot be one: such a name docker does not take" },
	{ "a short one", NULL, NULL, "x", NULL, NULL,
	  "the docker context x (DOCKER_CONTEXT) cannot be one: such a name docker does not take" },
	{ "a number for a name", "{\"currentContext\":1}", NULL, NULL, NULL, NULL,
	  "currentContext in /home/.docker/config.json is no name" },
	{ "a key that docker takes too", "{\"CurrentContext\":\"rootless\"}", NULL, NULL, NULL, NULL,
	  "currentContext in /home/.docker/config.json is spelled otherwise than docker writes it" },
	{ "two keys", "{\"currentContext\":\"far\",\"currentContext\":\"rootless\"}", NULL, NULL, NULL, NULL,
	  "/home/.docker/config.json is no JSON object, so that nobody can tell which daemon docker's client would ask" },
	{ "no JSON", "[]", NULL, NULL, NULL, NULL,
	  "/home/.docker/config.json is no JSON object, so that nobody can tell which daemon docker's client would ask" },
	{ "of what is not asked nothing is read", "nonsense", "unix:///nowhere/d.sock", NULL, NULL, NULL,
	  "/nowhere/d.sock by DOCKER_HOST" },
};

static void test_voice(void **state)
{
	const struct voice *voice = *state;
	struct scene scene;

	scene_init(&scene);
	if (voice->config != NULL)
		use(&scene, voice->config);
	if (voice->host != NULL)
		set(&scene, arena_printf(scene.arena, "DOCKER_HOST=%s", voice->host));
	if (voice->context != NULL)
		set(&scene, arena_printf(scene.arena, "DOCKER_CONTEXT=%s", voice->context));
	scene.facts.engine.line_host = voice->line_host;
	scene.facts.engine.line_context = voice->line_context;
	assert_string_equal(found(&scene), voice->wanted);
	scene_done(&scene);
}

/* ---- what a context may be ---- */

static struct endpoint { const char *name, *json, *wanted; } endpoints[] = {
	{ "without a host", "{}", "does not clearly say where its daemon is (Endpoints.docker.Host)" },
	{ "with an empty one", "{\"Host\":\"\"}", "does not clearly say where its daemon is (Endpoints.docker.Host)" },
	{ "with two of them", "{\"Host\":\"unix:///a\",\"HOST\":\"unix:///b\"}",
	  "does not clearly say where its daemon is (Endpoints.docker.Host)" },
	{ "with no object", "1", "does not clearly say where its daemon is (Endpoints.docker.Host)" },
	{ "for TLS", "{\"Host\":\"unix:///a\",\"SkipTLSVerify\":true}", "is for TLS, which hardrun does not speak to a daemon" },
	{ "for TLS, spelled otherwise", "{\"Host\":\"unix:///a\",\"skipTLSVerify\":true}",
	  "is for TLS, which hardrun does not speak to a daemon" },
	{ "without a scheme", "{\"Host\":\"/run/docker.sock\"}",
	  "names /run/docker.sock, and hardrun asks a daemon of this machine alone, at unix:///path" },
};

static void test_endpoint(void **state)
{
	const struct endpoint *endpoint = *state;
	struct scene scene;

	scene_init(&scene);
	add_context(&scene, "mine", endpoint->json);
	use(&scene, "{\"currentContext\":\"mine\"}");
	assert_string_equal(found(&scene), arena_printf(scene.arena, "the docker context mine (/home/.docker/config.json) %s",
							endpoint->wanted));
	assert_non_null(scene.err.remedy);
	scene_done(&scene);
}

static void test_certificates(void **state)
{
	char id[SHA256_DIGEST_STRING_LENGTH];
	struct scene scene;

	(void)state;
	scene_init(&scene);
	SHA256Data((const uint8_t *)"rootless", strlen("rootless"), id);
	make_directory(&scene, "home/.docker/contexts/tls");
	use(&scene, "{\"currentContext\":\"rootless\"}");
	assert_non_null(strstr(found(&scene), " by the docker context rootless"));
	make_directory(&scene, arena_printf(scene.arena, "home/.docker/contexts/tls/%s", id));
	assert_non_null(strstr(found(&scene), "and hardrun speaks no TLS to a daemon"));
	scene_done(&scene);
}

static void test_variables_of_tls(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	set(&scene, "DOCKER_TLS_VERIFY=1");
	assert_string_equal(found(&scene),
			    "DOCKER_TLS_VERIFY is set, so that docker's client would ask a daemon by TLS, which hardrun does not");
	set(&scene, "DOCKER_CONTEXT=rootless");
	assert_string_equal(found(&scene), "/run/docker.sock by the docker context rootless (DOCKER_CONTEXT)");
	scene_done(&scene);
}

/* ---- where it is looked for, and whose it is ---- */

static void test_other_directories(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	make_directory(&scene, "other");
	write_file(&scene, "other/config.json", "{\"currentContext\":\"elsewhere\"}");
	use(&scene, "{\"currentContext\":\"rootless\"}");
	scene.facts.home = "/nonexistent";
	assert_string_equal(found(&scene), "nobody");
	set(&scene, arena_printf(scene.arena, "HOME=%s/home", scene.root));
	assert_non_null(strstr(found(&scene), "by the docker context rootless"));
	set(&scene, arena_printf(scene.arena, "DOCKER_CONFIG=%s/other", scene.root));
	assert_string_equal(found(&scene), "the docker context elsewhere (/other/config.json) is not there: /other/contexts has none of "
					   "that name");
	scene_done(&scene);
}

static void test_root_looks_at_its_own(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	use(&scene, "{\"currentContext\":\"rootless\"}");
	assert_string_equal(host_current_context(scene.arena, &scene.facts), "rootless");
	scene.facts.is_root = true;
	set(&scene, arena_printf(scene.arena, "HOME=%s/home", scene.root));
	set(&scene, arena_printf(scene.arena, "DOCKER_CONFIG=%s/home/.docker", scene.root));
	scene.facts.home = "/nonexistent";
	assert_null(host_current_context(scene.arena, &scene.facts));
	scene.facts.home = below(&scene, "home");
	assert_string_equal(host_current_context(scene.arena, &scene.facts), "rootless");
	use(&scene, "{\"currentContext\":\"default\"}");
	assert_null(host_current_context(scene.arena, &scene.facts));
	scene_done(&scene);
}

static void open_to_others(const struct scene *scene)
{
	assert_int_equal(chmod(below(scene, "home/.docker/config.json"), 0622), 0);
}

static void open_around(const struct scene *scene)
{
	assert_int_equal(chmod(below(scene, "home/.docker"), 0770), 0);
}

static void make_long(const struct scene *scene)
{
	char *text = arena_alloc(scene->arena, 1024 * 1024 + 2);

	memset(text, ' ', 1024 * 1024 + 1);
	text[0] = '{';
	text[1024 * 1024] = '}';
	use(scene, text);
}

static void make_fifo(const struct scene *scene)
{
	assert_int_equal(unlink(below(scene, "home/.docker/config.json")), 0);
	assert_int_equal(mkfifo(below(scene, "home/.docker/config.json"), 0600), 0);
}

static void open_run(const struct scene *scene)
{
	assert_int_equal(chmod(below(scene, "run"), 0777), 0);
}

static struct trap { const char *name; void (*make)(const struct scene *scene); const char *wanted; } traps[] = {
	{ "a configuration that others may write", open_to_others, "/home/.docker/config.json is writable by everyone" },
	{ "one in a directory that others may write to", open_around, "/home/.docker is writable by its group" },
	{ "one that is too long", make_long, "/home/.docker/config.json has more than 1048576 bytes" },
	{ "one that would hold us up", make_fifo, "/home/.docker/config.json is a FIFO" },
	{ "a socket that others may exchange", open_run, "others than you and root could put a daemon of theirs" },
};

static void test_trap(void **state)
{
	const struct trap *trap = *state;
	struct scene scene;

	scene_init(&scene);
	use(&scene, "{\"currentContext\":\"rootless\"}");
	assert_non_null(strstr(found(&scene), "/run/docker.sock by "));
	trap->make(&scene);
	assert_non_null(strstr(found(&scene), trap->wanted));
	scene_done(&scene);
}

/* Descriptors of the process are as they were, standard input among them, whether paths are held or not. */
static void test_descriptors(void **state)
{
	struct scene scene;
	int before, after;

	(void)state;
	scene_init(&scene);
	use(&scene, "{\"currentContext\":\"rootless\"}");
	for (size_t i = 0; i < 2; i++) {
		scene.facts.is_holding = i > 0;
		before = dup(STDOUT_FILENO);
		close(before);
		assert_non_null(strstr(found(&scene), "/run/docker.sock by "));
		after = dup(STDOUT_FILENO);
		close(after);
		assert_int_equal(after, before);
		assert_true(fcntl(STDIN_FILENO, F_GETFD) >= 0);
	}
	scene_done(&scene);
}

static void test_links_of_the_callers(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	make_directory(&scene, "dotfiles");
	write_file(&scene, "dotfiles/docker.json", "{\"currentContext\":\"rootless\"}");
	assert_int_equal(symlink("../../dotfiles/docker.json", below(&scene, "home/.docker/config.json")), 0);
	assert_non_null(strstr(found(&scene), "/run/docker.sock by "));
	assert_int_equal(chmod(below(&scene, "dotfiles"), 0777), 0);
	assert_non_null(strstr(found(&scene), "/dotfiles is writable by everyone"));
	scene_done(&scene);
}

/* The whole way: what docker would ask and hardrun cannot is an error where docker is to be asked, and nowhere else. */
static void test_choice_of_a_backend(void **state)
{
	struct scene scene;
	struct host_facts *facts = &scene.facts;

	(void)state;
	scene_init(&scene);
	set(&scene, "DOCKER_HOST=tcp://192.0.2.1:2375");
	facts->image.kind = IMAGE_REFERENCE;
	facts->engine.programs[BACKEND_DOCKER] = "/usr/bin/docker";
	facts->engine.programs[BACKEND_CRUN] = "/usr/bin/crun";
	assert_int_equal(host_choose_backend(scene.arena, facts, "docker", NULL, NULL, &scene.err), -ERROR_UNSUPPORTED);
	assert_int_equal(host_choose_backend(scene.arena, facts, NULL, NULL, NULL, &scene.err), -ERROR_UNSUPPORTED);
	assert_int_equal(host_choose_backend(scene.arena, facts, "crun", NULL, NULL, &scene.err), 0);
	assert_int_equal(host_choose_backend(scene.arena, facts, "docker", "unix:///nowhere", NULL, &scene.err), 0);
	assert_null(facts->engine.docker_refusal);
	facts->engine.line_context = "rootless";
	assert_int_equal(host_choose_backend(scene.arena, facts, "docker", "unix:///nowhere", NULL, &scene.err), -ERROR_UNSUPPORTED);
	facts->engine.line_context = NULL;
	facts->is_root = true;
	assert_int_equal(host_choose_backend(scene.arena, facts, "docker", NULL, NULL, &scene.err), 0);
	assert_string_equal(facts->engine.docker_socket, HOST_DOCKER_SOCKET);
	assert_null(facts->engine.docker_refusal);
	scene_done(&scene);
}

int main(void)
{
	struct row_tests rows = { .count = 0 };

	for (size_t i = 0; i < ARRAY_COUNT(voices); i++)
		rows_add(&rows, voices[i].name, test_voice, &voices[i]);
	for (size_t i = 0; i < ARRAY_COUNT(endpoints); i++)
		rows_add(&rows, endpoints[i].name, test_endpoint, &endpoints[i]);
	ROWS_TEST(&rows, test_certificates);
	ROWS_TEST(&rows, test_variables_of_tls);
	ROWS_TEST(&rows, test_other_directories);
	ROWS_TEST(&rows, test_root_looks_at_its_own);
	for (size_t i = 0; i < ARRAY_COUNT(traps); i++)
		rows_add(&rows, traps[i].name, test_trap, &traps[i]);
	ROWS_TEST(&rows, test_descriptors);
	ROWS_TEST(&rows, test_links_of_the_callers);
	ROWS_TEST(&rows, test_choice_of_a_backend);
	return rows_run("host/contexts", &rows);
}
