/*
 * contexts: which daemon an ordinary user's docker client would ask: by its own options, DOCKER_HOST, DOCKER_CONTEXT, or the
 * current context in its configuration. What it would obey and hardrun cannot is an error, so that the two never speak to
 * different daemons. Source: docker/cli cli/command/cli.go (resolveContextName), cli/context/store.
 */
#include "host_internal.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include <sha256.h>

#include <hardrun/policy.h>

enum {
	CONFIG_BYTES_MAX = 1024 * 1024, /* one with credentials for many registries */
	META_BYTES_MAX = 64 * 1024,
	NAME_BYTES_MAX = 128,
};

/* What is being looked up. */
struct lookup {
	struct arena *arena;
	const struct host_facts *facts;
	struct error *err;
	const char *directory; /* docker's configuration; NULL: nobody says where it is */
	const char *by;        /* for sentences: who names the daemon */
	const char *way_out;   /* what to do where that will not do */
};

static int refuse(struct lookup *lookup, const char *clause)
{
	const int result = error_set(lookup->err, lookup->arena, ERROR_UNSUPPORTED, "%s %s", lookup->by, clause);

	lookup->err->remedy = lookup->way_out;
	return result;
}

/* A variable that is set to nothing is not set. */
static const char *variable(const struct lookup *lookup, const char *name)
{
	const char *value = host_environment(lookup->facts, name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

/*
 * The value of a key; NULL: it is not there. Docker's reader takes keys in any case, and of two the last: there is one, spelled
 * as docker writes it, or *ret_is_clear is false.
 */
static json_t *field(json_t *object, const char *name, bool *ret_is_clear)
{
	json_t *value;
	const char *key;

	json_object_foreach(object, key, value) {
		if (strcasecmp(key, name) == 0 && strcmp(key, name) != 0)
			*ret_is_clear = false;
	}
	return json_object_get(object, name);
}

/* The path is all that is wanted. */
static struct host_path resolve(const struct lookup *lookup, const char *given)
{
	struct host_path path = host_resolve_path(lookup->arena, lookup->facts, given);

	if (path.held_fd > 0)
		(void)close(path.held_fd);
	path.held_fd = 0;
	return path;
}

/* NULL and 0: there is no such file. The last name may be a link of the caller's, as where dotfiles are kept together. */
static int read_json(struct lookup *lookup, const char *path, size_t limit, json_t **ret_json)
{
	struct arena *arena = lookup->arena;
	const struct host_path found = resolve(lookup, path);
	bool is_roots;
	size_t length;
	char *bytes;
	int result;

	*ret_json = NULL;
	if (found.kind == PATH_MISSING)
		return 0;
	result = policy_read_trusted(arena, found.resolved != NULL ? found.resolved : path, lookup->facts->caller_uid, limit, &bytes,
				     &length, &is_roots, lookup->err);
	if (result < 0 && lookup->err->remedy == NULL)
		lookup->err->remedy = lookup->way_out;
	if (result < 0)
		return result;
	*ret_json = json_loadb(bytes, length, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(*ret_json))
		return 0;
	json_decref(*ret_json);
	*ret_json = NULL;
	result = error_set(lookup->err, arena, ERROR_UNSUPPORTED,
			   "%s is no JSON object, so that nobody can tell which daemon docker's client would ask", path);
	lookup->err->remedy = lookup->way_out;
	return result;
}

/* ---- where a name leads ---- */

/* Other daemons than this machine's are asked by nobody here: neither the image's facts nor a mount would be this machine's. */
static int take_host(struct lookup *lookup, const char *host, const char **ret_socket)
{
	if (strncmp(host, "unix://", 7) != 0 || !path_is_clean(host + 7) || string_has_control(host) || !string_is_utf8(host))
		return refuse(lookup, arena_printf(lookup->arena, "names %s, and hardrun asks a daemon of this machine alone, at unix:///path",
						   string_printable(lookup->arena, host, 120)));
	*ret_socket = arena_strdup(lookup->arena, host + 7);
	return 0;
}

/* Certificates stand beside the description, whatever the endpoint says. */
static int refuse_tls(struct lookup *lookup, const char *id, json_t *endpoint)
{
	const char *path = arena_printf(lookup->arena, "%s/contexts/tls/%s", lookup->directory, id);
	bool is_clear = true;
	json_t *skips = field(endpoint, "SkipTLSVerify", &is_clear);

	if (access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR))
		return refuse(lookup, arena_printf(lookup->arena, "has certificates in %s, and hardrun speaks no TLS to a daemon",
						   string_printable(lookup->arena, path, 200)));
	if (!is_clear || (skips != NULL && !json_is_false(skips)))
		return refuse(lookup, "is for TLS, which hardrun does not speak to a daemon");
	return 0;
}

static int take_endpoint(struct lookup *lookup, const char *id, json_t *meta, const char **ret_socket)
{
	bool is_clear = true;
	json_t *endpoint = json_object_get(field(meta, "Endpoints", &is_clear), "docker");
	const char *host = json_string_value(field(endpoint, "Host", &is_clear));
	int result;

	if (!is_clear || host == NULL || host[0] == '\0')
		return refuse(lookup, "does not clearly say where its daemon is (Endpoints.docker.Host)");
	result = refuse_tls(lookup, id, endpoint);
	return result < 0 ? result : take_host(lookup, host, ret_socket);
}

/* As docker's store has them: it refuses all other names too. */
static bool is_name(const char *name)
{
	static const char others[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-";

	return strlen(name) >= 2 && strlen(name) <= NAME_BYTES_MAX && strchr("_.+-", name[0]) == NULL &&
	       name[strspn(name, others)] == '\0';
}

static int take_context(struct lookup *lookup, const char *name, const char *from, const char **ret_socket)
{
	char id[SHA256_DIGEST_STRING_LENGTH];
	CLEANUP_JSON json_t *meta = NULL;
	int result;

	lookup->by = arena_printf(lookup->arena, "the docker context %s (%s)", string_printable(lookup->arena, name, 80), from);
	lookup->way_out = strcmp(from, "--context") == 0 ? "leave it out"
							 : "use DOCKER_CONTEXT=default, or --backend crun, which needs no daemon";
	if (!is_name(name))
		return refuse(lookup, "cannot be one: such a name docker does not take");
	if (lookup->directory == NULL)
		return refuse(lookup, "cannot be looked up: you have no home directory");
	(void)SHA256Data((const uint8_t *)name, strlen(name), id);
	result = read_json(lookup, arena_printf(lookup->arena, "%s/contexts/meta/%s/meta.json", lookup->directory, id), META_BYTES_MAX,
			   &meta);
	if (result < 0)
		return result;
	if (meta == NULL)
		return refuse(lookup, arena_printf(lookup->arena, "is not there: %s/contexts has none of that name",
						   string_printable(lookup->arena, lookup->directory, 200)));
	return take_endpoint(lookup, id, meta, ret_socket);
}

/* ---- which name it is ---- */

/* *ret_name NULL: there is none. */
static int read_current(struct lookup *lookup, const char **ret_name, const char **ret_from)
{
	const char *path = lookup->directory != NULL ? arena_printf(lookup->arena, "%s/config.json", lookup->directory) : NULL;
	CLEANUP_JSON json_t *config = NULL;
	bool is_clear = true;
	json_t *value;
	int result;

	*ret_name = NULL;
	*ret_from = path;
	lookup->way_out = "mend it, or use DOCKER_CONTEXT=default";
	result = path != NULL ? read_json(lookup, path, CONFIG_BYTES_MAX, &config) : 0;
	if (result < 0 || config == NULL)
		return result;
	value = field(config, "currentContext", &is_clear);
	lookup->by = arena_printf(lookup->arena, "currentContext in %s", path);
	if (!is_clear)
		return refuse(lookup, "is spelled otherwise than docker writes it");
	if (value != NULL && !json_is_string(value))
		return refuse(lookup, "is no name");
	if (value != NULL && json_string_length(value) > 0)
		*ret_name = arena_strdup(lookup->arena, json_string_value(value));
	return 0;
}

/* As docker's client: an option is stronger than a variable, a host is stronger than a context, and the file is last. */
static int find_name(struct lookup *lookup, const char **ret_name, const char **ret_from)
{
	const struct engine_facts *engine = &lookup->facts->engine;

	*ret_name = engine->line_context;
	*ret_from = "--context";
	if (*ret_name != NULL || engine->line_host != NULL || variable(lookup, "DOCKER_HOST") != NULL)
		return 0;
	*ret_name = variable(lookup, "DOCKER_CONTEXT");
	*ret_from = "DOCKER_CONTEXT";
	return *ret_name != NULL ? 0 : read_current(lookup, ret_name, ret_from);
}

/* Without a context there are the options and the variables. *ret_socket NULL: nobody names one. */
static int take_default(struct lookup *lookup, const char **ret_socket)
{
	static const char *const tls[] = { "DOCKER_TLS_VERIFY", "DOCKER_TLS" };
	const char *host = lookup->facts->engine.line_host;

	for (size_t i = 0; i < ARRAY_COUNT(tls); i++) {
		lookup->by = tls[i];
		lookup->way_out = arena_printf(lookup->arena, "unset %s", tls[i]);
		if (variable(lookup, tls[i]) != NULL)
			return refuse(lookup, "is set, so that docker's client would ask a daemon by TLS, which hardrun does not");
	}
	lookup->by = host != NULL ? "--host" : "DOCKER_HOST";
	lookup->way_out = host != NULL ? "leave it out" : "unset DOCKER_HOST, or use --backend crun, which needs no daemon";
	if (host == NULL)
		host = variable(lookup, "DOCKER_HOST");
	return host != NULL ? take_host(lookup, host, ret_socket) : 0;
}

/* Who could put another socket there could be the daemon. One that is not there is missed when it is asked. */
static int refuse_strange(struct lookup *lookup, const char *socket)
{
	const struct host_path path = resolve(lookup, socket);
	struct stat status;

	if (path.resolved != NULL && lstat(path.resolved, &status) == 0 && !S_ISSOCK(status.st_mode))
		return refuse(lookup, arena_printf(lookup->arena, "leads to %s, which is no socket",
						   string_printable(lookup->arena, path.resolved, 120)));
	if (path.resolved == NULL || host_is_trusted_socket(lookup->arena, lookup->facts, path.resolved))
		return 0;
	return refuse(lookup, arena_printf(lookup->arena, "leads to %s, where others than you and root could put a daemon of theirs",
					   string_printable(lookup->arena, path.resolved, 120)));
}

static void find_directory(struct lookup *lookup)
{
	const char *home = variable(lookup, "HOME");

	lookup->directory = variable(lookup, "DOCKER_CONFIG");
	if (home == NULL || lookup->facts->is_root)
		home = lookup->facts->home;
	if (lookup->facts->is_root)
		lookup->directory = NULL;
	if (lookup->directory == NULL && home != NULL)
		lookup->directory = arena_printf(lookup->arena, "%s/.docker", home);
}

int host_find_docker_choice(struct arena *arena, const struct host_facts *facts, struct host_docker_choice *ret_choice,
			    struct error *err)
{
	struct lookup lookup = { .arena = arena, .facts = facts, .err = err };
	const char *name, *from, *socket = NULL;
	int result;

	if (facts->engine.line_context != NULL && facts->engine.line_host != NULL)
		return error_set(err, arena, ERROR_USAGE, "--host and --context contradict each other: docker takes one of them");
	find_directory(&lookup);
	result = find_name(&lookup, &name, &from);
	if (result < 0)
		return result;
	result = name == NULL || strcmp(name, "default") == 0 ? take_default(&lookup, &socket)
							      : take_context(&lookup, name, from, &socket);
	if (result == 0 && socket != NULL)
		result = refuse_strange(&lookup, socket);
	if (result < 0)
		return result;
	*ret_choice = (struct host_docker_choice){ socket, socket != NULL ? lookup.by : NULL };
	return 0;
}

const char *host_current_context(struct arena *arena, const struct host_facts *facts)
{
	struct error ignored = { 0 };
	struct lookup lookup = { .arena = arena, .facts = facts, .err = &ignored };
	const char *name, *from;

	find_directory(&lookup);
	if (read_current(&lookup, &name, &from) < 0 || name == NULL || strcmp(name, "default") == 0)
		return NULL;
	return name;
}
