/* engine: which backend runs the container, and what docker's daemon says of itself. */
#include "host_internal.h"

#include <string.h>

/*
 * Sets docker_version and docker_api from the headers of any answer: GET /version takes the daemon 5 ms and GET /info 6, as both
 * start programs to ask for their versions.
 */
static void read_version_headers(struct arena *arena, struct engine_facts *engine, const char *head)
{
	const char *server = host_http_header(arena, head, "Server");
	const char *api = host_http_header(arena, head, "Api-Version");

	if (server != NULL && strncmp(server, "Docker/", 7) == 0)
		engine->docker_version = arena_strndup(arena, server + 7, strcspn(server + 7, " "));
	if (api != NULL && strspn(api, "0123456789.") == strlen(api))
		engine->docker_api = api;
}

static void ping_docker(struct arena *arena, struct engine_facts *engine)
{
	struct http_answer answer = { 0 };
	struct error err = { 0 };

	if (host_http_exchange(arena, engine, "/_ping", &answer, &err) != 0)
		engine->docker_reason = err.message;
	else if (answer.status != 200)
		engine->docker_reason = arena_printf(arena, "%s: it answers with status %d", engine->docker_socket,
						     answer.status);
	else if (strcmp(answer.body, "OK") != 0)
		engine->docker_reason = arena_printf(arena, "%s: what answers there is not docker", engine->docker_socket);
	else
		engine->is_docker_answering = true;
	if (engine->is_docker_answering)
		read_version_headers(arena, engine, answer.head);
}

static const char *json_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

/* Options that change nothing about who reaches whom. Others (gateway_mode_*, parent, ...) do, or are unknown here. */
static bool is_harmless_option(const char *name)
{
	return strcmp(name, "com.docker.network.bridge.enable_icc") == 0 || strcmp(name, "com.docker.network.bridge.name") == 0 ||
	       strcmp(name, "com.docker.network.driver.mtu") == 0 ||
	       strcmp(name, "com.docker.network.bridge.enable_ip_masquerade") == 0;
}

const char *host_network_problem(struct arena *arena, const char *body)
{
	CLEANUP_JSON json_t *network = json_loads(body, JSON_REJECT_DUPLICATES, NULL);
	json_t *options = json_object_get(network, "Options"), *value;
	const char *name;

	if (!json_is_object(network))
		return "what docker says of it cannot be read";
	if (strcmp(json_text(network, "Driver"), "bridge") != 0)
		return arena_printf(arena, "its driver is \"%s\" and not bridge",
				    string_printable(arena, json_text(network, "Driver"), 40));
	if (strcmp(json_text(network, "Scope"), "local") != 0 || json_is_true(json_object_get(network, "ConfigOnly")))
		return "it is not a network of this machine alone";
	if (json_is_true(json_object_get(network, "Internal")))
		return "it is internal, so that nothing outside is reached";
	if (strcmp(json_text(options, "com.docker.network.bridge.enable_icc"), "false") != 0)
		return "containers in it reach each other";
	json_object_foreach(options, name, value) {
		if (!is_harmless_option(name))
			return arena_printf(arena, "it has the option %s", string_printable(arena, name, 80));
	}
	return NULL;
}

bool host_network_is_used(const char *body)
{
	CLEANUP_JSON json_t *network = json_loads(body, JSON_REJECT_DUPLICATES, NULL);

	return json_object_size(json_object_get(network, "Containers")) > 0;
}

static void read_isolated_network(struct arena *arena, struct engine_facts *engine, int fd)
{
	struct http_answer answer = { 0 };
	struct error err = { 0 };

	if (fd < 0)
		fd = host_http_ask(arena, engine, "/networks/hardrun-isolated", &err);
	engine->isolated_network_problem = NULL;
	engine->is_isolated_network_used = false;
	if (host_http_answer(arena, engine, fd, &answer, &err) != 0)
		engine->isolated_network_problem = err.message;
	else if (answer.status == 200)
		engine->isolated_network_problem = host_network_problem(arena, answer.body);
	else if (answer.status != 404)
		engine->isolated_network_problem = arena_printf(arena, "docker answers with status %d when asked for it",
								answer.status);
	engine->has_isolated_network = answer.status == 200 && engine->isolated_network_problem == NULL;
	if (answer.status == 200)
		engine->is_isolated_network_used = host_network_is_used(answer.body);
}

void host_read_isolated_network(struct arena *arena, struct engine_facts *engine)
{
	read_isolated_network(arena, engine, -1);
}

/* "name=seccomp,profile=default"; daemons of old said "seccomp". */
static bool has_security_option(const json_t *info, const char *name)
{
	const size_t length = strlen(name);
	json_t *options = json_object_get(info, "SecurityOptions"), *option;
	size_t index;

	json_array_foreach(options, index, option) {
		const char *text = json_string_value(option);

		if (text != NULL && strncmp(text, "name=", 5) == 0)
			text += 5;
		if (text != NULL && strncmp(text, name, length) == 0 && (text[length] == '\0' || text[length] == ','))
			return true;
	}
	return false;
}

void host_read_docker_info(struct arena *arena, struct engine_facts *engine, const char *body)
{
	static const struct { const char *key, *clause; } needed[] = {
		{ "MemoryLimit", "it cannot limit memory" },
		{ "PidsLimit", "it cannot limit the number of processes" },
		{ "CpuCfsQuota", "it cannot limit CPU time" },
	};
	CLEANUP_JSON json_t *info = json_loads(body, 0, NULL);

	for (size_t i = 0; i < ARRAY_COUNT(needed); i++) {
		if (!json_is_true(json_object_get(info, needed[i].key)))
			string_list_add(arena, &engine->docker_gaps, needed[i].clause);
	}
	if (!has_security_option(info, "seccomp"))
		string_list_add(arena, &engine->docker_gaps, "it has no seccomp");
	if (!json_is_true(json_object_get(info, "SwapLimit")))
		string_list_add(arena, &engine->docker_notes,
				"it does not account for swap, so that a container may use swap beyond its memory");
	engine->has_docker_labels = has_security_option(info, "selinux");
}

/*
 * Behind a socket of root's on this machine stands a daemon that has what the kernel has, and we have read that. A rootless
 * daemon may not be able to limit anything and says so only here and in a warning; so may one on a kernel without the
 * controllers.
 */
static bool needs_docker_info(const struct host_facts *facts)
{
	struct stat status;

	if (stat(facts->engine.docker_socket, &status) != 0 || status.st_uid != 0)
		return true;
	return !facts->has_memory || !facts->has_cpu || !facts->has_pids || !facts->has_seccomp || facts->engine.is_label_wanted;
}

static void read_docker_gaps(struct arena *arena, struct host_facts *facts)
{
	struct engine_facts *engine = &facts->engine;
	struct error err = { 0 };
	char *body = NULL;
	int status = 0;

	if (!needs_docker_info(facts)) {
		if (!facts->has_swap)
			string_list_add(arena, &engine->docker_notes,
					"this kernel does not account for swap: a container may use swap beyond its memory");
		return;
	}
	if (host_engine_get(arena, engine, "/info", &status, &body, &err) != 0 || status != 200)
		string_list_add(arena, &engine->docker_gaps, "it does not say what it can limit");
	else
		host_read_docker_info(arena, engine, body);
}

/* What has been asked, and is not answered yet: descriptors, or -1. */
struct questions { int image, network; };

/*
 * Asked side by side, as each takes the daemon longer than all that we do. Only where there is an image to ask for: its answer
 * tells as well that docker is there.
 */
static struct questions ask_together(struct arena *arena, struct host_facts *facts, struct error *err)
{
	struct questions questions = { .image = host_ask_docker_image(arena, facts, err), .network = -1 };

	if (questions.image >= 0 && facts->engine.is_network_wanted && facts->engine.programs[BACKEND_DOCKER] != NULL)
		questions.network = host_http_ask(arena, &facts->engine, "/networks/hardrun-isolated", err);
	return questions;
}

/* Is it docker that answers? What is no answer to the question for an image is told apart by a ping. */
static void meet_docker(struct arena *arena, struct host_facts *facts, int image)
{
	struct engine_facts *engine = &facts->engine;
	struct http_answer answer = { 0 };
	struct error err = { 0 };

	if (image >= 0 && host_http_answer(arena, engine, image, &answer, &err) == 0 &&
	    (answer.status == 200 || answer.status == 404) && host_http_header(arena, answer.head, "Api-Version") != NULL) {
		engine->is_docker_answering = true;
		read_version_headers(arena, engine, answer.head);
	} else {
		ping_docker(arena, engine);
	}
	if (!engine->is_docker_answering || engine->programs[BACKEND_DOCKER] == NULL)
		return;
	if (answer.status != 0)
		host_take_docker_image(arena, facts, &answer);
	else
		host_read_docker_image(arena, facts);
}

static void ask_docker(struct arena *arena, struct host_facts *facts)
{
	struct engine_facts *engine = &facts->engine;
	struct error err = { 0 };
	struct questions questions = ask_together(arena, facts, &err);
	CLEANUP_FD int network = questions.network;

	if (err.message != NULL && questions.image < 0) {
		engine->docker_reason = err.message;
		return;
	}
	if (engine->programs[BACKEND_DOCKER] != NULL)
		host_read_kernel(arena, facts); /* the daemon is at work meanwhile */
	meet_docker(arena, facts, questions.image);
	if (!engine->is_docker_answering || engine->programs[BACKEND_DOCKER] == NULL)
		return;
	read_docker_gaps(arena, facts);
	engine->isolated_network_problem = "nobody has looked at it";
	engine->docker_sandbox_problem = "nobody has asked it";
	if (engine->is_network_wanted) {
		read_isolated_network(arena, engine, network);
		network = -1;
	}
}

/* With root's rights nothing but the policy names a daemon: the environment and its files may be anybody's. */
static void find_socket(struct arena *arena, struct host_facts *facts)
{
	struct engine_facts *engine = &facts->engine;
	struct error *err = arena_alloc(arena, sizeof(*err));
	struct host_docker_choice choice = { NULL, NULL };

	engine->docker_refusal = NULL;
	if (!facts->is_root && host_find_docker_choice(arena, facts, &choice, err) < 0)
		engine->docker_refusal = err;
	engine->docker_chosen_by = choice.by;
	engine->docker_socket = choice.socket != NULL ? choice.socket : host_find_docker_socket(arena, facts, HOST_DOCKER_SOCKET);
}

/* Where docker is to be asked: another daemon than the caller's docker would ask is not asked in its stead. */
static int check_socket(const struct engine_facts *engine, struct error *err)
{
	if (engine->docker_refusal == NULL)
		return 0;
	*err = *engine->docker_refusal;
	return -(int)err->kind;
}

static int choose_socket(struct arena *arena, struct host_facts *facts, const char *host, struct error *err)
{
	facts->engine.docker_chosen_by = NULL;
	facts->engine.docker_refusal = NULL;
	if (host == NULL) {
		find_socket(arena, facts);
		return 0;
	}
	if (facts->engine.line_host != NULL || facts->engine.line_context != NULL)
		return error_set(err, arena, ERROR_UNSUPPORTED, "engine.host of the policy names docker's daemon, so leave out %s",
				 facts->engine.line_host != NULL ? "--host" : "--context");
	if (strncmp(host, "unix://", 7) != 0 || !path_is_clean(host + 7))
		return error_set(err, arena, ERROR_UNSUPPORTED, "the engine host %s is not of the form unix:///path",
				 string_printable(arena, host, 80));
	facts->engine.docker_socket = arena_strdup(arena, host + 7);
	return 0;
}

static int set_client(struct arena *arena, struct host_facts *facts, const char *client, struct error *err)
{
	const char *reason = host_program_reason(facts, client);

	if (reason != NULL)
		return error_set(err, arena, ERROR_UNTRUSTED, "the engine client %s cannot be used: %s",
				 string_printable(arena, client, 120), reason);
	facts->engine.programs[facts->backend] = client;
	return 0;
}

static int fail_missing(struct arena *arena, enum backend_kind kind, struct error *err)
{
	static const char *const packages[BACKEND_KIND_COUNT] = {
		[BACKEND_DOCKER] = "docker.io", [BACKEND_PODMAN] = "podman", [BACKEND_CRUN] = "crun", [BACKEND_RUNC] = "runc",
		[BACKEND_RUNSC] = "runsc",
	};
	int result = error_set(err, arena, ERROR_MISSING, "%s is not installed", host_backend_name(kind));

	err->remedy = arena_printf(arena, "apt-get install %s", packages[kind]);
	return result;
}

static int choose_named(struct arena *arena, struct host_facts *facts, const char *client, struct error *err)
{
	int result = 0;

	if (client != NULL && !host_backend_is_oci(facts->backend))
		result = set_client(arena, facts, client, err);
	if (result != 0)
		return result;
	if (facts->engine.programs[facts->backend] == NULL)
		return fail_missing(arena, facts->backend, err);
	if (facts->backend == BACKEND_DOCKER && check_socket(&facts->engine, err) < 0)
		return -(int)err->kind;
	if (facts->backend == BACKEND_DOCKER)
		ask_docker(arena, facts);
	else
		host_read_kernel(arena, facts);
	if (host_backend_is_oci(facts->backend)) {
		host_read_rootless(arena, facts);
		host_read_carrier(arena, facts);
	}
	return 0;
}

static int fail_auto(struct arena *arena, struct host_facts *facts, struct error *err)
{
	const struct engine_facts *engine = &facts->engine;
	bool has_oci = engine->programs[BACKEND_CRUN] != NULL || engine->programs[BACKEND_RUNC] != NULL;
	const struct host_rootless *rootless = facts->rootless;
	int result;

	if (facts->image.kind != IMAGE_REFERENCE) {
		result = error_set(err, arena, ERROR_MISSING, "an image that is a directory or a file is run by crun or runc, and %s",
				   has_oci ? "an ordinary user cannot run them here" : "neither is installed");
		err->remedy = has_oci ? rootless->remedy : "apt-get install crun";
	} else if (engine->is_docker_answering) {
		result = error_set(err, arena, ERROR_MISSING, "docker's daemon answers, but its client is not installed");
		err->remedy = "apt-get install docker.io or crun";
	} else if (has_oci && rootless != NULL && rootless->problem != NULL) {
		result = error_set(err, arena, ERROR_UNSUPPORTED,
				   "docker does not answer (%s), and an ordinary user cannot run crun and runc here: %s",
				   engine->docker_reason, rootless->problem);
		err->remedy = rootless->remedy;
	} else {
		result = error_set(err, arena, ERROR_MISSING,
				   "there is nothing to run a container with: docker does not answer (%s), and "
				   " neither crun nor runc is installed", engine->docker_reason);
		err->remedy = "apt-get install crun";
	}
	return result;
}

static bool has_docker(struct arena *arena, struct host_facts *facts)
{
	ask_docker(arena, facts);
	return facts->engine.is_docker_answering && facts->engine.programs[BACKEND_DOCKER] != NULL;
}

/* docker when its daemon answers and its client is there, else crun, else runc; docker takes images from registries only. */
static int choose_auto(struct arena *arena, struct host_facts *facts, const char *client, struct error *err)
{
	static const enum backend_kind runtimes[] = { BACKEND_CRUN, BACKEND_RUNC };
	int result;

	facts->backend = BACKEND_DOCKER;
	if (client != NULL) {
		result = set_client(arena, facts, client, err);
		if (result != 0)
			return result;
	}
	if (facts->image.kind == IMAGE_REFERENCE && facts->engine.programs[BACKEND_DOCKER] != NULL &&
	    check_socket(&facts->engine, err) < 0)
		return -(int)err->kind;
	if (facts->image.kind == IMAGE_REFERENCE && has_docker(arena, facts))
		return 0;
	host_read_kernel(arena, facts);
	host_read_rootless(arena, facts);
	host_read_carrier(arena, facts);
	for (size_t i = 0; i < ARRAY_COUNT(runtimes); i++) {
		if (facts->engine.programs[runtimes[i]] != NULL && (facts->is_root || facts->rootless->problem == NULL)) {
			facts->backend = runtimes[i];
			return 0;
		}
	}
	return fail_auto(arena, facts, err);
}

int host_choose_backend(struct arena *arena, struct host_facts *facts, const char *wanted, const char *host,
			const char *client, struct error *err)
{
	int result = choose_socket(arena, facts, host, err);

	if (result != 0)
		return result;
	if (wanted == NULL || strcmp(wanted, "auto") == 0)
		return choose_auto(arena, facts, client, err);
	if (host_find_backend(wanted, &facts->backend))
		return choose_named(arena, facts, client, err);
	return error_set(err, arena, ERROR_USAGE, "there is no backend \"%s\"; it is auto, docker, podman, crun, runc or runsc",
			 string_printable(arena, wanted, 40));
}

int host_use_engine(struct arena *arena, struct host_facts *facts, enum backend_kind backend, const char *host,
		    const char *client, struct error *err)
{
	int result = choose_socket(arena, facts, host, err);

	facts->backend = backend;
	host_find_programs(arena, facts, host_backend_name(backend));
	if (result == 0 && client != NULL && !host_backend_is_oci(backend))
		result = set_client(arena, facts, client, err);
	if (result == 0 && facts->engine.programs[backend] == NULL)
		result = fail_missing(arena, backend, err);
	if (result == 0 && backend != BACKEND_DOCKER)
		host_read_kernel(arena, facts);
	if (result == 0 && host_backend_is_oci(backend))
		host_read_carrier(arena, facts);
	return result;
}
