/*
 * Engines: which is chosen, what docker's daemon is asked and believed, which programs may be run. The daemon is a child of
 * ours.
 */
#include "rows.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../src/host/host_internal.h"

#define NETWORK(driver, internal, options) \
	"{\"Name\":\"hardrun-isolated\",\"Scope\":\"local\",\"Driver\":\"" driver "\",\"Internal\":" internal ","            \
	"\"Options\":{" options "}}"
#define NO_ICC "\"com.docker.network.bridge.enable_icc\":\"false\""

/* ---- the network ---- */

struct network_row {
	const char *body;
	const char *problem; /* NULL: it is what we make */
};

static struct network_row network_rows[] = {
	{ NETWORK("bridge", "false", NO_ICC), NULL },
	{ NETWORK("bridge", "false", NO_ICC ",\"com.docker.network.driver.mtu\":\"1400\""), NULL },
	{ NETWORK("bridge", "false", NO_ICC ",\"com.docker.network.bridge.name\":\"br-h\""), NULL },
	{ NETWORK("bridge", "false", ""), "containers in it reach each other" },
	{ NETWORK("bridge", "false", "\"com.docker.network.bridge.enable_icc\":\"true\""), "containers in it reach each other" },
	{ NETWORK("bridge", "false", "\"com.docker.network.bridge.enable_icc\":\"False\""), "containers in it reach each other" },
	{ NETWORK("bridge", "false", "\"com.docker.network.bridge.enable_icc\":false"), "containers in it reach each other" },
	{ NETWORK("bridge", "true", NO_ICC), "it is internal, so that nothing outside is reached" },
	{ NETWORK("macvlan", "false", NO_ICC), "its driver is \"macvlan\" and not bridge" },
	{ NETWORK("host", "false", NO_ICC), "its driver is \"host\" and not bridge" },
	{ NETWORK("", "false", NO_ICC), "its driver is \"\" and not bridge" },
	{ NETWORK("bridge", "false", NO_ICC ",\"com.docker.network.bridge.gateway_mode_ipv4\":\"nat-unprotected\""),
	  "it has the option com.docker.network.bridge.gateway_mode_ipv4" },
	{ "{\"Driver\":\"bridge\",\"Scope\":\"swarm\",\"Options\":{" NO_ICC "}}", "it is not a network of this machine alone" },
	{ "{\"Driver\":\"bridge\",\"Scope\":\"local\",\"ConfigOnly\":true,\"Options\":{" NO_ICC "}}",
	  "it is not a network of this machine alone" },
	{ "{\"Driver\":\"bridge\",\"Scope\":\"local\",\"Options\":null}", "containers in it reach each other" },
	{ "{\"Driver\":\"macvlan\",\"Driver\":\"bridge\"}", "what docker says of it cannot be read" },
	{ "[]", "what docker says of it cannot be read" },
	{ "", "what docker says of it cannot be read" },
	{ "{\"Driver\":\"\\u001b[31m\"}", "its driver is \"\\x1b[31m\" and not bridge" },
};

static void test_network_row(void **state)
{
	const struct network_row *row = *state;
	struct arena *arena = arena_new();
	const char *problem = host_network_problem(arena, row->body);

	if (row->problem == NULL)
		assert_null(problem);
	else
		assert_string_equal(problem, row->problem);
	arena_free(arena);
}

/* ---- volumes ---- */

struct volume_row {
	const char *body, *problem;
};

#define OPTIONS_PROBLEM "it was made with options, and may be any directory of the host"
#define UNREAD_PROBLEM "what docker says of it cannot be read"

static struct volume_row volume_rows[] = {
	{ "{\"Name\":\"v\",\"Driver\":\"local\",\"Options\":null}", NULL },
	{ "{\"Name\":\"v\",\"Driver\":\"local\",\"Options\":{}}", NULL },
	{ "{\"Name\":\"v\",\"Driver\":\"local\",\"Labels\":{\"a\":\"b\"}}", NULL },
	{ "{\"Driver\":\"local\",\"Options\":{\"device\":\"/etc\",\"o\":\"bind\",\"type\":\"none\"}}", OPTIONS_PROBLEM },
	{ "{\"Driver\":\"local\",\"Options\":{\"x\":\"\"}}", OPTIONS_PROBLEM },
	{ "{\"Driver\":\"sshfs\",\"Options\":null}", "its driver is \"sshfs\" and not local" },
	{ "{\"Driver\":\"\\u001b[1m\"}", "its driver is \"\\x1b[1m\" and not local" },
	{ "{\"Driver\":\"local\",\"Options\":[\"o=bind\"]}", UNREAD_PROBLEM },
	{ "{\"Driver\":\"local\",\"Options\":\"o=bind\"}", UNREAD_PROBLEM },
	{ "{\"Driver\":\"local\",\"Options\":{\"o\":\"bind\"},\"Options\":{}}", UNREAD_PROBLEM },
	{ "{\"Driver\":[\"local\"]}", UNREAD_PROBLEM },
	{ "{}", UNREAD_PROBLEM },
	{ "[]", UNREAD_PROBLEM },
	{ "", UNREAD_PROBLEM },
};

/* A volume is a name that may stand for any path of the host. */
static void test_volume_row(void **state)
{
	const struct volume_row *row = *state;
	struct arena *arena = arena_new();
	const char *problem = host_docker_volume_problem(arena, row->body);

	if (row->problem == NULL)
		assert_null(problem);
	else
		assert_string_equal(problem, row->problem);
	arena_free(arena);
}

/* ---- what the daemon can do ---- */

struct info_row {
	const char *name, *body;
	const char *gaps; /* '|' between */
	bool has_note, has_labels;
};

#define CAN "\"MemoryLimit\":true,\"PidsLimit\":true,\"CpuCfsQuota\":true"
#define ALL_GAPS "it cannot limit memory|it cannot limit the number of processes|it cannot limit CPU time|it has no seccomp"

static struct info_row info_rows[] = {
	{ "everything", "{" CAN ",\"SwapLimit\":true,\"SecurityOptions\":[\"name=seccomp,profile=default\"]}", "", false, false },
	{ "seccomp in the old spelling", "{" CAN ",\"SwapLimit\":true,\"SecurityOptions\":[\"apparmor\",\"seccomp\"]}", "",
		false, false },
	{ "SELinux", "{" CAN ",\"SwapLimit\":true,\"SecurityOptions\":[\"name=seccomp,profile=builtin\",\"name=selinux\"]}", "", false,
	  true },
	{ "something that begins like it", "{" CAN ",\"SwapLimit\":true,\"SecurityOptions\":[\"name=seccomp\",\"name=selinuxfs\"]}", "",
		false, false },
	{ "no swap accounting", "{" CAN ",\"SwapLimit\":false,\"SecurityOptions\":[\"name=seccomp,profile=builtin\"]}", "",
		true, false },
	{ "no seccomp", "{" CAN ",\"SwapLimit\":true,\"SecurityOptions\":[\"name=apparmor\",1,null]}", "it has no seccomp",
		false, false },
	{ "no memory limit", "{\"MemoryLimit\":false,\"PidsLimit\":true,\"CpuCfsQuota\":true,\"SwapLimit\":true,"
	  "\"SecurityOptions\":[\"name=seccomp\"]}", "it cannot limit memory", false, false },
	{ "words for truth", "{\"MemoryLimit\":\"true\",\"PidsLimit\":1,\"CpuCfsQuota\":true,\"SwapLimit\":true,"
	  "\"SecurityOptions\":[\"name=seccomp\"]}", "it cannot limit memory|it cannot limit the number of processes", false, false },
	{ "nothing said", "{}", ALL_GAPS, true, false },
	{ "not JSON", "<html>", ALL_GAPS, true, false },
	{ "a list", "[]", ALL_GAPS, true, false },
};

static void test_info_row(void **state)
{
	const struct info_row *row = *state;
	struct arena *arena = arena_new();
	struct engine_facts engine = { 0 };
	struct text joined;

	host_read_docker_info(arena, &engine, row->body);
	text_init(&joined, arena);
	for (size_t i = 0; i < engine.docker_gaps.count; i++)
		text_addf(&joined, "%s%s", i > 0 ? "|" : "", engine.docker_gaps.items[i]);
	assert_string_equal(joined.data, row->gaps);
	assert_int_equal(engine.docker_notes.count, row->has_note ? 1 : 0);
	assert_int_equal(engine.has_docker_labels, row->has_labels);
	arena_free(arena);
}

/* ---- choosing, before a daemon of ours ---- */

struct daemon {
	const char *ping, *network, *info, *image, *image_for_arm, *volume; /* whole answers; NULL: 404 */
};

#define PING "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nServer: Docker/20.10.24+dfsg1 (linux)\r\n\r\nOK"
#define OK "HTTP/1.1 200 OK\r\n\r\n"

static char socket_path[64];

static const char *answer_for(const struct daemon *served, const char *request)
{
	const struct {
		const char *target, *answer;
	} rows[] = {
		{ "GET /_ping ", served->ping },
		{ "GET /networks/hardrun-isolated ", served->network },
		{ "GET /info ", served->info },
		{ "GET /volumes/shop_data ", served->volume },
		{ "GET /images/docker.io/library/alpine:3.19/json ", served->image },
		{ "GET /images/docker.io/library/alpine:3.19/json?platform=%7B%22os%22:%22linux%22%2C%22architecture%22:%22arm%22"
		  "%2C%22variant%22:%22v7%22%7D ", served->image_for_arm },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		if (strncmp(request, rows[i].target, strlen(rows[i].target)) == 0 && rows[i].answer != NULL)
			return rows[i].answer;
	}
	return "HTTP/1.1 404 Not Found\r\n\r\n{}";
}

static pid_t start_daemon(const struct daemon *served)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pid_t child;

	snprintf(socket_path, sizeof(socket_path), "/tmp/hardrun-engine.%d", getpid());
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", socket_path);
	unlink(socket_path);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 8), 0);
	child = fork();
	for (int client; child == 0;) {
		char request[2048] = "";
		const char *answer;

		alarm(20);
		client = accept(fd, NULL, NULL);
		if (client < 0 || recv(client, request, sizeof(request) - 1, 0) <= 0)
			_exit(1);
		answer = answer_for(served, request);
		send(client, answer, strlen(answer), MSG_NOSIGNAL);
		close(client);
	}
	close(fd);
	return child;
}

static void stop_daemon(pid_t child)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	unlink(socket_path);
}

/* A machine with every controller, so that /info is not asked unless a row says so. */
static struct host_facts machine(bool is_root)
{
	struct host_facts facts = {
		.is_root = is_root, .caller_uid = getuid(), .is_kernel_read = true, .has_memory = true, .has_cpu = true, .has_pids = true,
			.has_swap = true,
		.has_seccomp = true,
	};

	for (unsigned kind = 0; kind < BACKEND_KIND_COUNT; kind++)
		facts.engine.programs[kind] = "/bin/true";
	return facts;
}

struct choice_row {
	const char *name, *wanted;
	bool is_root, has_daemon;
	const char *missing;         /* programs that are not there */
	int result;
	enum backend_kind backend;   /* when result is 0 */
	const char *message;         /* a part of it, else */
	const char *remedy;
};

static struct choice_row choice_rows[] = {
	{ "auto takes docker", "auto", false, true, "", 0, BACKEND_DOCKER, NULL, NULL },
	{ "no wish is auto", NULL, true, true, "", 0, BACKEND_DOCKER, NULL, NULL },
	{ "auto without docker takes crun", "auto", true, false, "", 0, BACKEND_CRUN, NULL, NULL },
	{ "auto without docker and crun takes runc", "auto", true, false, "crun", 0, BACKEND_RUNC, NULL, NULL },
	{ "auto with a daemon and no client takes crun", "auto", true, true, "docker", 0, BACKEND_CRUN, NULL, NULL },
	{ "auto never takes podman", "auto", true, false, "crun runc docker", -ERROR_MISSING, 0,
		"nothing to run a container with",
	  "apt-get install crun" },
	{ "auto without docker for an ordinary user takes crun", "auto", false, false, "", 0, BACKEND_CRUN, NULL, NULL },
	{ "unless there are no user namespaces", "auto", false, false, "no namespaces", -ERROR_UNSUPPORTED, 0,
	  "an ordinary user cannot run crun and runc here: there are none", "make some" },
	{ "auto without anything for an ordinary user", "auto", false, false, "crun runc docker", -ERROR_MISSING, 0,
		"socket is not there",
	  "apt-get install crun" },
	{ "auto with a daemon alone", "auto", false, true, "docker crun runc", -ERROR_MISSING, 0, "its client is not installed",
	  "apt-get install docker.io or crun" },
	{ "auto for a directory", "auto", true, true, "reference", 0, BACKEND_CRUN, NULL, NULL },
	{ "auto for a directory without runtimes", "auto", true, true, "reference crun runc", -ERROR_MISSING, 0,
	  "is run by crun or runc, and neither is installed", "apt-get install crun" },
	{ "docker", "docker", false, true, "", 0, BACKEND_DOCKER, NULL, NULL },
	{ "docker whose daemon is silent", "docker", false, false, "", 0, BACKEND_DOCKER, NULL, NULL },
	{ "docker that is not installed", "docker", false, true, "docker", -ERROR_MISSING, 0, "docker is not installed",
	  "apt-get install docker.io" },
	{ "podman", "podman", false, false, "", 0, BACKEND_PODMAN, NULL, NULL },
	{ "podman that is not installed", "podman", false, false, "podman", -ERROR_MISSING, 0, "podman is not installed",
	  "apt-get install podman" },
	{ "crun", "crun", true, true, "", 0, BACKEND_CRUN, NULL, NULL },
	{ "crun for an ordinary user", "crun", false, true, "", 0, BACKEND_CRUN, NULL, NULL },
	{ "runc", "runc", true, true, "", 0, BACKEND_RUNC, NULL, NULL },
	{ "runc that is not installed", "runc", true, true, "runc", -ERROR_MISSING, 0, "runc is not installed",
		"apt-get install runc" },
	{ "another", "lxc", true, true, "", -ERROR_USAGE, 0, "there is no backend \"lxc\"", NULL },
	{ "nothing", "", true, true, "", -ERROR_USAGE, 0, "there is no backend \"\"", NULL },
};

static void test_choice_row(void **state)
{
	const struct choice_row *row = *state;
	const struct daemon served = { .ping = PING, .network = OK NETWORK("bridge", "false", NO_ICC) };
	pid_t child = start_daemon(&served);
	struct host_facts facts = machine(row->is_root);
	const struct host_rootless able = { 0 }, unable = { .problem = "there are none", .remedy = "make some" };
	struct arena *arena = arena_new();
	struct error err = { 0 };
	int result;

	facts.rootless = row->is_root ? NULL : strstr(row->missing, "namespaces") != NULL ? &unable : &able;
	for (unsigned kind = 0; kind < BACKEND_KIND_COUNT; kind++) {
		if (strstr(row->missing, host_backend_name(kind)) != NULL)
			facts.engine.programs[kind] = NULL;
	}
	if (strstr(row->missing, "reference") != NULL)
		facts.image.kind = IMAGE_ROOTFS;
	result = host_choose_backend(arena, &facts, row->wanted, arena_printf(arena, "unix://%s%s", socket_path,
				     row->has_daemon ? "" : "-none"), NULL, &err);
	stop_daemon(child);
	assert_int_equal(result, row->result);
	if (result == 0) {
		assert_int_equal(facts.backend, row->backend);
		if (row->backend == BACKEND_DOCKER) {
			assert_int_equal(facts.engine.is_docker_answering, row->has_daemon);
			assert_int_equal(facts.engine.docker_reason == NULL, row->has_daemon);
		}
	} else {
		assert_non_null(strstr(err.message, row->message));
		if (row->remedy != NULL)
			assert_string_equal(err.remedy, row->remedy);
	}
	arena_free(arena);
}

/* Asks a daemon; the arena must outlive the facts. */
static struct host_facts ask(struct arena *arena, const struct daemon *served, struct host_facts facts)
{
	pid_t child = start_daemon(served);
	struct error err = { 0 };

	facts.image = (struct image_name){ .name = "docker.io/library/alpine", .canonical = "docker.io/library/alpine:3.19" };
	facts.engine.is_network_wanted = true;
	assert_int_equal(host_choose_backend(arena, &facts, "docker", arena_printf(arena, "unix://%s", socket_path), NULL,
					     &err), 0);
	stop_daemon(child);
	return facts;
}

#define VERSION_HEADERS "Api-Version: 1.43\r\nServer: Docker/24.0.2 (linux)\r\n"
#define IMAGE_BODY "{\"Id\":\"sha256:aa\",\"Architecture\":\"amd64\",\"Config\":{\"User\":\"101\"}}"

/* The answer to the question for the image is enough, whether it has it or not; this daemon would not even answer a ping. */
static void test_image_answer_is_enough(void **state)
{
	const struct daemon served[] = {
		{ .image = "HTTP/1.1 200 OK\r\n" VERSION_HEADERS "\r\n" IMAGE_BODY },
		{ .image = "HTTP/1.1 404 Not Found\r\n" VERSION_HEADERS "\r\n{}" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(served); i++) {
		struct arena *arena = arena_new();
		struct host_facts facts = ask(arena, &served[i], machine(true));

		assert_true(facts.engine.is_docker_answering);
		assert_string_equal(facts.engine.docker_version, "24.0.2");
		assert_string_equal(facts.engine.docker_api, "1.43");
		assert_int_equal(facts.image_facts.is_known, i == 0);
		assert_null(facts.image_facts.reason);
		arena_free(arena);
	}
}

/* Images of several platforms under one name: what is told is of the one that will run. */
static void test_image_of_a_platform(void **state)
{
	static const struct { const char *platform, *user; } rows[] = {
		{ NULL, "101" }, { "linux/arm/v7", "7" }, { "linux/s390x", NULL }, { "windows/arm", "101" }, { "linux/", "101" },
		{ "linux/arm/", "101" }, { "linux/arm/v7/x", "101" }, { "linux/arm\"&x", "101" },
	};
	const struct daemon served = {
		.image = "HTTP/1.1 200 OK\r\n" VERSION_HEADERS "\r\n" IMAGE_BODY,
		.image_for_arm = "HTTP/1.1 200 OK\r\n" VERSION_HEADERS "\r\n{\"Id\":\"sha256:aa\",\"Architecture\":\"arm\",\"Config\":"
				 "{\"User\":\"7\"}}",
		.ping = PING,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct arena *arena = arena_new();
		struct host_facts facts = machine(true);

		facts.engine.image_platform = rows[i].platform;
		facts = ask(arena, &served, facts);
		assert_int_equal(facts.image_facts.is_known, rows[i].user != NULL);
		if (rows[i].user != NULL)
			assert_string_equal(facts.image_facts.user, rows[i].user);
		arena_free(arena);
	}
}

/* Nor is what says neither believed: without a ping that says OK it is not docker. */
static void test_other_answers_are_no_docker(void **state)
{
	const struct daemon served[] = {
		{ .image = OK IMAGE_BODY },
		{ .image = "HTTP/1.1 500 Internal Server Error\r\n" VERSION_HEADERS "\r\n{}" },
		{ .image = "HTTP/1.1 200 OK\r\n" VERSION_HEADERS "Content-Length: 3\r\nContent-Length: 4\r\n\r\n{}" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(served); i++) {
		struct arena *arena = arena_new();
		struct host_facts facts = ask(arena, &served[i], machine(true));

		assert_false(facts.engine.is_docker_answering);
		assert_non_null(strstr(facts.engine.docker_reason, "status 404"));
		assert_false(facts.image_facts.is_known);
		arena_free(arena);
	}
}

static void test_broken_image_of_a_docker(void **state)
{
	const struct daemon served = { .ping = PING, .image = "HTTP/1.1 500 Internal Server Error\r\n" VERSION_HEADERS "\r\n{}" };
	struct arena *arena = arena_new();
	struct host_facts facts = ask(arena, &served, machine(true));

	(void)state;
	assert_true(facts.engine.is_docker_answering);
	assert_non_null(strstr(facts.image_facts.reason, "status 500"));
	arena_free(arena);
}

static void test_network_is_asked_for_when_wanted(void **state)
{
	const struct daemon served = { .ping = PING, .network = OK NETWORK("bridge", "false", NO_ICC), .image = OK IMAGE_BODY };
	struct arena *arena = arena_new();
	struct host_facts facts = machine(true);
	pid_t child = start_daemon(&served);
	struct error err = { 0 };

	(void)state;
	assert_int_equal(host_choose_backend(arena, &facts, "docker", arena_printf(arena, "unix://%s", socket_path), NULL, &err), 0);
	assert_true(facts.engine.is_docker_answering);
	assert_string_equal(facts.engine.isolated_network_problem, "nobody has looked at it");
	assert_string_equal(facts.engine.docker_sandbox_problem, "nobody has asked it");
	assert_false(facts.engine.has_isolated_network);
	stop_daemon(child);
	arena_free(arena);
}

/* docker will not run it then, and what it says of the image is not another's. */
static void test_image_is_not_read_without_a_client(void **state)
{
	const struct daemon served = { .image = "HTTP/1.1 200 OK\r\n" VERSION_HEADERS "\r\n" IMAGE_BODY };
	struct arena *arena = arena_new();
	struct host_facts facts = machine(true);
	pid_t child = start_daemon(&served);
	struct error err = { 0 };

	(void)state;
	facts.engine.programs[BACKEND_DOCKER] = NULL;
	facts.image = (struct image_name){ .name = "docker.io/library/alpine", .canonical = "docker.io/library/alpine:3.19" };
	assert_int_equal(host_choose_backend(arena, &facts, "auto", arena_printf(arena, "unix://%s", socket_path), NULL, &err), 0);
	assert_int_not_equal(facts.backend, BACKEND_DOCKER);
	assert_true(facts.engine.is_docker_answering);
	assert_false(facts.image_facts.is_known);
	stop_daemon(child);
	arena_free(arena);
}

static void test_docker_facts(void **state)
{
	const struct daemon served = {
		.ping = PING, .network = OK NETWORK("bridge", "false", NO_ICC),
		.image = OK "{\"Id\":\"sha256:aa\",\"Architecture\":\"amd64\",\"Config\":{\"User\":\"101\",\"Env\":[\"A=1\"]}}",
	};
	struct arena *arena = arena_new();
	struct host_facts facts = ask(arena, &served, machine(true));

	(void)state;
	assert_string_equal(facts.engine.docker_version, "20.10.24+dfsg1");
	assert_string_equal(facts.engine.docker_api, "1.41");
	assert_true(facts.engine.has_isolated_network);
	assert_null(facts.engine.isolated_network_problem);
	assert_true(facts.image_facts.is_known);
	assert_string_equal(facts.image_facts.user, "101");
	assert_string_equal(facts.image_facts.digest, "sha256:aa");
	if (getuid() == 0)
		assert_int_equal(facts.engine.docker_gaps.count, 0);
	arena_free(arena);
}

static void test_docker_without_network(void **state)
{
	const struct daemon absent = { .ping = PING }, broken = { .ping = PING, .network = "HTTP/1.1 500 Oops\r\n\r\n{}" };
	const struct daemon other = { .ping = PING, .network = OK NETWORK("bridge", "false", "") };
	struct arena *arena = arena_new();
	struct host_facts facts = ask(arena, &absent, machine(true));

	(void)state;
	assert_false(facts.engine.has_isolated_network);
	assert_null(facts.engine.isolated_network_problem);
	assert_false(facts.image_facts.is_known);
	assert_null(facts.image_facts.reason);
	facts = ask(arena, &other, machine(true));
	assert_false(facts.engine.has_isolated_network);
	assert_string_equal(facts.engine.isolated_network_problem, "containers in it reach each other");
	facts = ask(arena, &broken, machine(true));
	assert_false(facts.engine.has_isolated_network);
	assert_non_null(facts.engine.isolated_network_problem);
	arena_free(arena);
}

/* The remedy differs: a network under which containers run cannot be removed. */
static void test_network_is_used(void **state)
{
	(void)state;
	assert_true(host_network_is_used("{\"Containers\":{\"aa\":{\"Name\":\"web\"}}}"));
	assert_false(host_network_is_used("{\"Containers\":{}}"));
	assert_false(host_network_is_used("{}"));
	assert_false(host_network_is_used("nonsense"));
}

#define OTHERS "it was made for somebody else's Compose project"
/* Somebody else's label refuses; without one a volume is nobody's in particular. */
static void test_owner(void **state)
{
	static const struct { const char *volume; const char *problem; } rows[] = {
		{ NULL, NULL },
		{ OK "{\"Name\":\"shop_data\",\"Labels\":null}", NULL },
		{ OK "{\"Name\":\"shop_data\",\"Labels\":{\"io.hardrun.caller\":\"2001\"}}", NULL },
		{ OK "{\"Name\":\"shop_data\",\"Labels\":{\"io.hardrun.caller\":\"2002\"}}", OTHERS },
		{ OK "{\"Name\":\"shop_data\",\"Labels\":{\"io.hardrun.caller\":\"0\"}}", OTHERS },
		{ OK "{", "docker's answer with status 200 to what belongs to the project cannot be read" },
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct daemon served = { .volume = rows[i].volume };
		const pid_t child = start_daemon(&served);
		const struct host_facts facts = { .caller_uid = 2001, .engine.docker_socket = socket_path };
		const char *problem = host_owner_problem(arena, &facts, HOST_VOLUME, "shop_data");

		stop_daemon(child);
		if (rows[i].problem == NULL)
			assert_null(problem);
		else
			assert_string_equal(problem, rows[i].problem);
	}
	arena_free(arena);
}

/* An image that is there and cannot be read is not taken for one that is not there. */
static void test_docker_image_reasons(void **state)
{
	static const char *const answers[] = {
		OK "{\"Config\":{\"Env\":[\"bare\"]}}", OK "{\"Config\":{\"Volumes\":[\"/x\"]}}", OK "[]", OK,
			"HTTP/1.1 500 Oops\r\n\r\n{}", "",
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(answers); i++) {
		const struct daemon served = { .ping = PING, .image = answers[i] };
		struct host_facts facts = ask(arena, &served, machine(true));

		assert_false(facts.image_facts.is_known);
		assert_non_null(facts.image_facts.reason);
	}
	arena_free(arena);
}

/* /info is asked when the kernel, as we read it, lacks something, or when the daemon is not root's. */
static void test_docker_gaps(void **state)
{
	const struct daemon served = {
		.ping = PING,
			.info = OK "{" CAN ",\"SwapLimit\":true,\"MemoryLimit\":false,\"SecurityOptions\":[\"name=seccomp\"]}",
	}, silent = { .ping = PING };
	struct arena *arena = arena_new();
	struct host_facts lacking = machine(true), facts;

	(void)state;
	lacking.has_memory = false;
	facts = ask(arena, &served, lacking);
	assert_int_equal(facts.engine.docker_gaps.count, 1);
	assert_string_equal(facts.engine.docker_gaps.items[0], "it cannot limit memory");
	facts = ask(arena, &silent, lacking);
	assert_int_equal(facts.engine.docker_gaps.count, 1);
	assert_string_equal(facts.engine.docker_gaps.items[0], "it does not say what it can limit");
	if (getuid() == 0) {
		lacking = machine(true);
		lacking.has_swap = false;
		facts = ask(arena, &silent, lacking);
		assert_int_equal(facts.engine.docker_gaps.count, 0);
		assert_int_equal(facts.engine.docker_notes.count, 1);
	}
	arena_free(arena);
}

/* A rootless daemon has a socket of its user's, and may be unable to limit anything. */
static void test_rootless_daemon(void **state)
{
	const struct daemon served = { .ping = PING, .info = OK "{}" };
	struct host_facts facts = machine(true);
	struct arena *arena = arena_new();
	struct error err = { 0 };
	pid_t child;

	(void)state;
	if (geteuid() != 0) {
		arena_free(arena);
		skip();
	}
	child = start_daemon(&served);
	assert_int_equal(chown(socket_path, 65534, 65534), 0);
	host_choose_backend(arena, &facts, "docker", arena_printf(arena, "unix://%s", socket_path), NULL, &err);
	stop_daemon(child);
	assert_true(facts.engine.is_docker_answering);
	assert_int_equal(facts.engine.docker_gaps.count, 4);
	arena_free(arena);
}

static void test_not_docker(void **state)
{
	const struct daemon other = { .ping = OK "<html>hello</html>" },
		refusing = { .ping = "HTTP/1.1 403 Forbidden\r\n\r\nOK" };
	struct arena *arena = arena_new();
	struct host_facts facts = ask(arena, &other, machine(true));

	(void)state;
	assert_false(facts.engine.is_docker_answering);
	assert_non_null(strstr(facts.engine.docker_reason, "is not docker"));
	facts = ask(arena, &refusing, machine(true));
	assert_false(facts.engine.is_docker_answering);
	assert_non_null(strstr(facts.engine.docker_reason, "status 403"));
	arena_free(arena);
}

static void test_socket_without_permission(void **state)
{
	const struct daemon served = { .ping = PING };
	struct host_facts facts = machine(false);
	struct arena *arena = arena_new();
	struct error err = { 0 };
	pid_t child;

	(void)state;
	if (geteuid() != 0)
		skip();
	child = start_daemon(&served);
	assert_int_equal(chmod(socket_path, 0600), 0);
	assert_int_equal(seteuid(65534), 0);
	host_choose_backend(arena, &facts, "docker", arena_printf(arena, "unix://%s", socket_path), NULL, &err);
	assert_int_equal(seteuid(0), 0);
	stop_daemon(child);
	assert_false(facts.engine.is_docker_answering);
	assert_non_null(strstr(facts.engine.docker_reason, "you may not use the socket"));
	arena_free(arena);
}

static void test_engine_hosts(void **state)
{
	static const char *const bad[] = { "tcp://127.0.0.1:2375", "unix://", "unix://relative", "unix:///a/../b", "/run/x", "",
		"ssh://h" };
	struct arena *arena = arena_new();
	struct error err = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		struct host_facts facts = machine(true);

		assert_int_equal(host_choose_backend(arena, &facts, "crun", bad[i], NULL, &err), -ERROR_UNSUPPORTED);
	}
	arena_free(arena);
}

static void test_client(void **state)
{
	char program[] = "/tmp/hardrun-client.XXXXXX";
	int fd = mkstemp(program);
	struct host_facts facts = machine(true);
	struct arena *arena = arena_new();
	struct error err = { 0 };

	(void)state;
	close(fd);
	assert_string_equal(host_program_reason(&facts, program), "it is not a program");
	chmod(program, 0755);
	assert_null(host_program_reason(&facts, program));
	assert_int_equal(host_choose_backend(arena, &facts, "podman", NULL, program, &err), 0);
	assert_string_equal(facts.engine.programs[BACKEND_PODMAN], program);
	chmod(program, 0775);
	assert_string_equal(host_program_reason(&facts, program), "others may write to it");
	assert_int_equal(host_choose_backend(arena, &facts, "podman", NULL, program, &err), -ERROR_UNTRUSTED);
	chmod(program, 0757);
	assert_string_equal(host_program_reason(&facts, program), "others may write to it");
	chmod(program, 0755);
	if (geteuid() == 0) {
		assert_string_equal(host_program_reason(&facts, "/proc/self/exe"), "it is hardrun itself");
		assert_int_equal(chown(program, 12345, 0), 0);
		assert_string_equal(host_program_reason(&facts, program),
				    facts.is_root ? "it does not belong to root" : "it belongs neither to root nor to you");
	}
	unlink(program);
	assert_string_equal(host_program_reason(&facts, program), "there is no such file");
	assert_string_equal(host_program_reason(&facts, "docker"), "it is not an absolute path");
	assert_string_equal(host_program_reason(&facts, "/tmp"), "it is not a program");
	arena_free(arena);
}

/* $PATH may say what it wants. */
static void test_find_programs(void **state)
{
	struct host_facts facts = { .caller_uid = getuid() }, one;
	struct arena *arena = arena_new();

	(void)state;
	host_find_programs(arena, &facts, NULL);
	for (unsigned kind = 0; kind < BACKEND_KIND_COUNT; kind++) {
		const char *program = facts.engine.programs[kind];

		if (program == NULL)
			continue;
		assert_true(program[0] == '/');
		assert_string_equal(strrchr(program, '/') + 1, host_backend_name(kind));
		assert_null(host_program_reason(&facts, program));
	}
	/* One backend needs only its own. */
	one = (struct host_facts){ .caller_uid = getuid() };
	host_find_programs(arena, &one, "docker");
	assert_true((one.engine.programs[BACKEND_DOCKER] == NULL) == (facts.engine.programs[BACKEND_DOCKER] == NULL));
	assert_null(one.engine.programs[BACKEND_CRUN]);
	assert_null(one.engine.skopeo);
	host_find_programs(arena, &one, "podman");
	assert_true((one.engine.programs[BACKEND_RUNC] == NULL) == (facts.engine.programs[BACKEND_RUNC] == NULL));
	one = (struct host_facts){ .caller_uid = getuid() };
	host_find_programs(arena, &one, "crun");
	assert_null(one.engine.programs[BACKEND_DOCKER]);
	assert_true((one.engine.umoci == NULL) == (facts.engine.umoci == NULL));
	one = (struct host_facts){ .caller_uid = getuid(), .image.kind = IMAGE_ROOTFS };
	host_find_programs(arena, &one, "crun");
	assert_null(one.engine.umoci);
	assert_true(host_backend_is_oci(BACKEND_CRUN) && host_backend_is_oci(BACKEND_RUNC));
	assert_false(host_backend_is_oci(BACKEND_DOCKER) || host_backend_is_oci(BACKEND_PODMAN));
	arena_free(arena);
}

int main(void)
{
	static struct row_tests rows;

	for (size_t i = 0; i < ARRAY_COUNT(volume_rows); i++)
		rows_add(&rows, volume_rows[i].body, test_volume_row, &volume_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(network_rows); i++)
		rows_add(&rows, network_rows[i].body, test_network_row, &network_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(info_rows); i++)
		rows_add(&rows, info_rows[i].name, test_info_row, &info_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(choice_rows); i++)
		rows_add(&rows, choice_rows[i].name, test_choice_row, &choice_rows[i]);
	ROWS_TEST(&rows, test_docker_facts);
	ROWS_TEST(&rows, test_image_answer_is_enough);
	ROWS_TEST(&rows, test_image_of_a_platform);
	ROWS_TEST(&rows, test_other_answers_are_no_docker);
	ROWS_TEST(&rows, test_broken_image_of_a_docker);
	ROWS_TEST(&rows, test_network_is_asked_for_when_wanted);
	ROWS_TEST(&rows, test_image_is_not_read_without_a_client);
	ROWS_TEST(&rows, test_docker_without_network);
	ROWS_TEST(&rows, test_network_is_used);
	ROWS_TEST(&rows, test_owner);
	ROWS_TEST(&rows, test_docker_image_reasons);
	ROWS_TEST(&rows, test_docker_gaps);
	ROWS_TEST(&rows, test_rootless_daemon);
	ROWS_TEST(&rows, test_not_docker);
	ROWS_TEST(&rows, test_socket_without_permission);
	ROWS_TEST(&rows, test_engine_hosts);
	ROWS_TEST(&rows, test_client);
	ROWS_TEST(&rows, test_find_programs);
	return rows_run("host_engine", &rows);
}
