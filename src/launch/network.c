/* The isolated network of hardrun: a bridge on which containers do not reach one another. */
#include <errno.h>
#include <string.h>

#include "launch_internal.h"

static const char *const create_words[] = {
	"network", "create", "--driver", "bridge", "--opt", "com.docker.network.bridge.enable_icc=false",
	"--label", "io.hardrun.network=isolated", PLAN_ISOLATED_NETWORK,
};

size_t network_global_words(const struct string_list *argv)
{
	static const char *const verbs[] = {"run", "create", "container"};

	for (size_t i = 1; i < argv->count; i++)
		for (size_t v = 0; v < ARRAY_COUNT(verbs); v++)
			if (strcmp(argv->items[i], verbs[v]) == 0)
				return i;
	return argv->count ? 1 : 0;
}

static int run_client(struct arena *arena, const struct launch *launch, const char *const *words, size_t count,
		      struct error *err)
{
	size_t globals = network_global_words(&launch->argv);
	const char **argv = arena_alloc(arena, (globals + count + 2) * sizeof(*argv));
	const char **environment = arena_alloc(arena, (launch->environment.count + 1) * sizeof(*environment));
	const struct spawn spawn = {.argv = argv, .environment = environment};
	const char *said;
	int status, result;

	argv[0] = launch->program;
	for (size_t i = 1; i < globals; i++)
		argv[i] = launch->argv.items[i];
	for (size_t i = 0; i < count; i++)
		argv[(globals ? globals : 1) + i] = words[i];
	for (size_t i = 0; i < launch->environment.count; i++)
		environment[i] = launch->environment.items[i];
	result = spawn_run(arena, &spawn, &status, &said, err);
	if (result < 0 || status == 0)
		return result;
	return error_set(err, arena, ERROR_SYSTEM, "the network %s cannot be made (docker said: %s)", PLAN_ISOLATED_NETWORK, said);
}

/* 1: it is there, and is what we would make; 0: it is not there; negative: it is something else, whoever made it. */
static int look_at_it(struct arena *arena, const struct launch *launch, struct error *err)
{
	struct engine_facts engine = launch->facts->engine;
	int result;

	host_read_isolated_network(arena, &engine);
	if (engine.isolated_network_problem == NULL)
		return engine.has_isolated_network;
	result = error_set(err, arena, ERROR_UNTRUSTED, "the network %s is not what hardrun makes: %s", PLAN_ISOLATED_NETWORK,
			   engine.isolated_network_problem);
	err->remedy = plan_isolated_remedy(launch->facts->elevated_by != NULL, engine.is_isolated_network_used);
	return result;
}

int network_make_isolated(struct arena *arena, const struct launch *launch, struct error *err)
{
	const char *directory = launch->config_dir ? launch->config_dir : launch->facts->runtime_dir;
	CLOSE_FD int directory_fd = directory ? descriptors_make_directory(arena, directory, err) : -1;
	CLOSE_FD int lock = -1;
	struct error problem;
	int result;

	if (!launch->has_socket_answered)
		return error_set(err, arena, ERROR_MISSING, "docker does not answer: %s",
				 launch->facts->engine.docker_reason ? launch->facts->engine.docker_reason : "is its daemon running?");
	/* The engine refuses a second network of that name only most of the time (older ones make two), so callers queue. */
	if (directory_fd >= 0)
		lock = lock_open(arena, directory_fd, "network.lock", LOCK_SECONDS_AT_WORK, err);
	if (directory_fd >= 0 && lock < 0)
		return -(int)err->kind;
	/* Somebody may have made it while we waited for the lock: what we would make, or what has only its name. */
	result = look_at_it(arena, launch, err);
	if (result != 0)
		return result < 0 ? result : 0;
	result = run_client(arena, launch, create_words, ARRAY_COUNT(create_words), err);
	if (result == 0)
		return 0;
	/* Another user's hardrun, under another lock, or somebody else's network of that name. */
	switch (look_at_it(arena, launch, &problem)) {
	case 0:
		return result;
	case 1:
		return 0;
	default:
		*err = problem;
		return -(int)problem.kind;
	}
}
