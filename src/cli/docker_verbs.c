/* docker_verbs: the table. What is not in it is refused. Names as docker/cli 20.10 to 29 has them, their aliases included. */
#include "docker_verbs.h"

#include <string.h>

#include <hardrun/base.h>

#define OWN DOCKER_VERB_OWN, NULL
#define PASS DOCKER_VERB_PASS, NULL
#define FILES DOCKER_VERB_FILES, NULL
#define REFUSED DOCKER_VERB_REFUSED

#define EXEC "a process started in a running container does not pass through the policy"
#define START "a stopped container starts with what it was made with, which may not have been judged; use hardrun run"
#define BUILD "a build runs commands that no policy has judged"
#define IMAGE "an image made or named here could take the name that a policy trusts"
#define COPY "it writes into containers or files past the policy"
#define UPDATE "it changes the limits of a container past the policy"
#define NETWORK "who shares a network with whom is the administrator's to say"
#define VOLUME "a volume may be a path of the host in disguise"
#define SWARM "services start containers that no policy has judged"
#define PLUGIN "plugins run as root on the host"
#define CONTEXT "it changes which daemon docker talks to"
#define CHECKPOINT "a checkpoint is restored past the policy"

static const struct docker_verb verbs[] = {
	{ "run", NULL, OWN },
	{ "create", NULL, OWN },
	{ "container", "run", OWN },
	{ "container", "create", OWN },

	{ "attach", NULL, PASS },
	{ "diff", NULL, PASS },
	{ "events", NULL, PASS },
	{ "help", NULL, PASS },
	{ "history", NULL, PASS },
	{ "images", NULL, PASS },
	{ "info", NULL, PASS },
	{ "inspect", NULL, PASS },
	{ "kill", NULL, PASS },
	{ "logs", NULL, PASS },
	{ "pause", NULL, PASS },
	{ "port", NULL, PASS },
	{ "ps", NULL, PASS },
	{ "pull", NULL, PASS },
	{ "rename", NULL, PASS },
	{ "rm", NULL, PASS },
	{ "rmi", NULL, PASS },
	{ "search", NULL, PASS },
	{ "stats", NULL, PASS },
	{ "stop", NULL, PASS },
	{ "top", NULL, PASS },
	{ "unpause", NULL, PASS },
	{ "version", NULL, PASS },
	{ "wait", NULL, PASS },
	{ "export", NULL, FILES },
	{ "login", NULL, FILES },
	{ "logout", NULL, FILES },
	{ "push", NULL, FILES },
	{ "save", NULL, FILES },

	{ "container", "attach", PASS },
	{ "container", "diff", PASS },
	{ "container", "inspect", PASS },
	{ "container", "kill", PASS },
	{ "container", "list", PASS },
	{ "container", "logs", PASS },
	{ "container", "ls", PASS },
	{ "container", "pause", PASS },
	{ "container", "port", PASS },
	{ "container", "prune", PASS },
	{ "container", "ps", PASS },
	{ "container", "remove", PASS },
	{ "container", "rename", PASS },
	{ "container", "rm", PASS },
	{ "container", "stats", PASS },
	{ "container", "stop", PASS },
	{ "container", "top", PASS },
	{ "container", "unpause", PASS },
	{ "container", "wait", PASS },
	{ "container", "export", FILES },
	{ "image", "history", PASS },
	{ "image", "inspect", PASS },
	{ "image", "list", PASS },
	{ "image", "ls", PASS },
	{ "image", "prune", PASS },
	{ "image", "pull", PASS },
	{ "image", "remove", PASS },
	{ "image", "rm", PASS },
	{ "image", "push", FILES },
	{ "image", "save", FILES },
	{ "manifest", "inspect", FILES },
	{ "network", "inspect", PASS },
	{ "network", "list", PASS },
	{ "network", "ls", PASS },
	{ "network", "prune", PASS },
	{ "network", "remove", PASS },
	{ "network", "rm", PASS },
	{ "system", "df", PASS },
	{ "system", "events", PASS },
	{ "system", "info", PASS },
	{ "system", "prune", PASS },
	{ "volume", "inspect", PASS },
	{ "volume", "list", PASS },
	{ "volume", "ls", PASS },
	{ "volume", "prune", PASS },
	{ "volume", "remove", PASS },
	{ "volume", "rm", PASS },

	{ "exec", NULL, REFUSED, EXEC },
	{ "container", "exec", REFUSED, EXEC },
	{ "start", NULL, REFUSED, START },
	{ "restart", NULL, REFUSED, START },
	{ "container", "start", REFUSED, START },
	{ "container", "restart", REFUSED, START },
	{ "build", NULL, REFUSED, BUILD },
	{ "builder", NULL, REFUSED, BUILD },
	{ "buildx", NULL, REFUSED, BUILD },
	{ "bake", NULL, REFUSED, BUILD },
	{ "image", "build", REFUSED, BUILD },
	{ "debug", NULL, REFUSED, EXEC },
	{ "commit", NULL, REFUSED, IMAGE },
	{ "container", "commit", REFUSED, IMAGE },
	{ "import", NULL, REFUSED, IMAGE },
	{ "load", NULL, REFUSED, IMAGE },
	{ "tag", NULL, REFUSED, IMAGE },
	{ "image", "import", REFUSED, IMAGE },
	{ "image", "load", REFUSED, IMAGE },
	{ "image", "tag", REFUSED, IMAGE },
	{ "manifest", NULL, REFUSED, IMAGE },
	{ "trust", NULL, REFUSED, IMAGE },
	{ "cp", NULL, REFUSED, COPY },
	{ "container", "cp", REFUSED, COPY },
	{ "update", NULL, REFUSED, UPDATE },
	{ "container", "update", REFUSED, UPDATE },
	{ "network", "create", REFUSED, NETWORK },
	{ "network", "connect", REFUSED, NETWORK },
	{ "network", "disconnect", REFUSED, NETWORK },
	{ "volume", "create", REFUSED, VOLUME },
	{ "volume", "update", REFUSED, VOLUME },
	{ "compose", NULL, REFUSED, SWARM },
	{ "service", NULL, REFUSED, SWARM },
	{ "stack", NULL, REFUSED, SWARM },
	{ "swarm", NULL, REFUSED, SWARM },
	{ "node", NULL, REFUSED, SWARM },
	{ "config", NULL, REFUSED, SWARM },
	{ "secret", NULL, REFUSED, SWARM },
	{ "plugin", NULL, REFUSED, PLUGIN },
	{ "context", NULL, REFUSED, CONTEXT },
	{ "system", "dial-stdio", REFUSED, CONTEXT },
	{ "checkpoint", NULL, REFUSED, CHECKPOINT },
};

static const struct docker_verb management_help = { "help", NULL, DOCKER_VERB_PASS, NULL };

bool docker_verbs_is_management(const char *name)
{
	for (size_t i = 0; i < ARRAY_COUNT(verbs); i++)
		if (verbs[i].sub != NULL && strcmp(verbs[i].name, name) == 0)
			return true;
	return false;
}

const struct docker_verb *docker_verbs_at(size_t index)
{
	return index < ARRAY_COUNT(verbs) ? &verbs[index] : NULL;
}

/* docker runs what follows --help, when the help is switched off again or is not what that verb does with it. */
static bool is_management_help(int argc, char *const argv[])
{
	return docker_verbs_is_management(argv[0]) && (argc == 1 || (argc == 2 && strcmp(argv[1], "--help") == 0));
}

const struct docker_verb *docker_verbs_find(int argc, char *const argv[])
{
	const struct docker_verb *whole = NULL;

	if (argc < 1)
		return NULL;
	for (size_t i = 0; i < ARRAY_COUNT(verbs); i++) {
		if (strcmp(verbs[i].name, argv[0]) != 0)
			continue;
		if (verbs[i].sub == NULL)
			whole = &verbs[i];
		else if (argc > 1 && strcmp(verbs[i].sub, argv[1]) == 0)
			return &verbs[i];
	}
	return whole == NULL && is_management_help(argc, argv) ? &management_help : whole;
}
