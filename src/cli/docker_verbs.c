/* docker_verbs: the table. What is not in it is refused. Names as docker/cli 20.10 to 29 has them, their aliases included. */
#include "docker_verbs.h"

#include <string.h>

#include <hardrun/base.h>

#define OWN DOCKER_VERB_OWN, "", "", WAY_NONE
#define SERVED(key) DOCKER_VERB_PASS, key, "", WAY_NONE
#define PASS(reason, way) DOCKER_VERB_PASS, "", reason, way
#define VETTED(key) DOCKER_VERB_VET, key, "", WAY_NONE
#define VETTED_UNLENT(key, reason, way) DOCKER_VERB_VET, key, reason, way
#define LISTED(key, reason, way) DOCKER_VERB_REFUSED, key, reason, way
#define REFUSED(reason, way) DOCKER_VERB_REFUSED, "", reason, way

/* Why somebody who is let up to root does not get what anybody else does. */
#define EVERYONES "images, networks and volumes are everyone's on this machine"
#define FILES "it reads or writes files and credentials as root"
#define HELPERS "it starts helper programs and reads files as root"
#define COPIES "docker reads and writes its files as root, whatever its user may"
#define CLUSTER "the cluster is the administrator's"
#define NOT_LENT "it is no part of what is lent with root's rights"

/* Why nobody gets it through hardrun. */
#define BOOTSTRAP "with --bootstrap it starts a builder that no policy has judged"
#define BUILD "a build runs commands that no policy has judged"
#define CHECKPOINT "a checkpoint is restored past the policy"
#define CONTEXT "it changes which daemon docker talks to"
#define IMAGE "an image made or named here could take the name that a policy trusts"
#define NETWORK "who shares a network with whom is the administrator's to say"
#define OTHER "it is a program of its own, which talks to docker past the policy"
#define PLUGIN "plugins run as root on the host"
#define SWARM "services start containers that no policy has judged"
#define UPDATE "it changes the limits of a container past the policy"
#define VOLUME "what stands behind a volume is not changed past the policy"

/* What a person does in its place. */
enum way {
	WAY_NONE,
	ASK_BUILD,
	ASK_LOAD,
	ASK_LOGIN,
	COMPOSE_UP,
	DOWN_NETWORKS,
	DOWN_VOLUMES,
	EXEC_CAT,
	EXEC_TAR,
	INSPECT_OWN,
	JOIN,
	LIST_BUILDERS,
	LIST_IMAGES,
	RM_OWN,
	RUN_ANEW,
	UP_NETWORKS,
	WAY_COUNT
};

static const char ways[WAY_COUNT][96] = {
	[ASK_BUILD] = "ask root to build the image, and run it by its name",
	[ASK_LOAD] = "ask root to load or name the image, and run it by its name",
	[ASK_LOGIN] = "ask root to log in, or to pull what needs it",
	[COMPOSE_UP] = "hardrun compose up -d starts the services of a Compose file",
	[DOWN_NETWORKS] = "hardrun compose down removes those of a Compose file; ask root for others",
	[DOWN_VOLUMES] = "hardrun compose down -v removes those of a Compose file; ask root for others",
	[EXEC_CAT] = "hardrun docker exec CONTAINER cat FILE > FILE, or bind a directory with -v",
	[EXEC_TAR] = "hardrun docker exec CONTAINER tar -c -C / DIRECTORY > FILE",
	[INSPECT_OWN] = "hardrun docker inspect CONTAINER shows those of a container of yours",
	[JOIN] = "hardrun run --network NAME, or networks: in a Compose file",
	[LIST_BUILDERS] = "hardrun docker buildx ls lists the builders",
	[LIST_IMAGES] = "hardrun docker images lists them",
	[RM_OWN] = "hardrun docker rm CONTAINER removes one of yours",
	[RUN_ANEW] = "remove it, and run it anew with other options",
	[UP_NETWORKS] = "hardrun compose up makes those of a Compose file",
};

static const struct docker_verb verbs[] = { /* sorted */
	{ "__complete", "", PASS(HELPERS, WAY_NONE) },
	{ "__completeNoDesc", "", PASS(HELPERS, WAY_NONE) },
	{ "ai", "", REFUSED(OTHER, WAY_NONE) },
	{ "app", "", REFUSED(OTHER, WAY_NONE) },
	{ "attach", "", SERVED("attach") },
	{ "bake", "", REFUSED(BUILD, ASK_BUILD) },
	{ "build", "", LISTED("build", BUILD, ASK_BUILD) },
	{ "builder", "", REFUSED(BUILD, ASK_BUILD) },
	{ "builder", "build", LISTED("build", BUILD, ASK_BUILD) },
	{ "builder", "prune", PASS(EVERYONES, WAY_NONE) },
	{ "buildx", "", REFUSED(BUILD, ASK_BUILD) },
	{ "buildx", "build", LISTED("build", BUILD, ASK_BUILD) },
	{ "buildx", "du", PASS(HELPERS, WAY_NONE) },
	{ "buildx", "inspect", REFUSED(BOOTSTRAP, LIST_BUILDERS) },
	{ "buildx", "ls", PASS(HELPERS, WAY_NONE) },
	{ "buildx", "version", PASS(HELPERS, WAY_NONE) },
	{ "checkpoint", "", REFUSED(CHECKPOINT, WAY_NONE) },
	{ "checkpoint", "create", REFUSED(CHECKPOINT, WAY_NONE) },
	{ "checkpoint", "list", PASS(NOT_LENT, WAY_NONE) },
	{ "checkpoint", "ls", PASS(NOT_LENT, WAY_NONE) },
	{ "checkpoint", "remove", REFUSED(CHECKPOINT, WAY_NONE) },
	{ "checkpoint", "rm", REFUSED(CHECKPOINT, WAY_NONE) },
	{ "cloud", "", REFUSED(OTHER, WAY_NONE) },
	{ "commit", "", LISTED("commit", IMAGE, ASK_BUILD) },
	{ "completion", "bash", PASS(HELPERS, WAY_NONE) },
	{ "completion", "fish", PASS(HELPERS, WAY_NONE) },
	{ "completion", "powershell", PASS(HELPERS, WAY_NONE) },
	{ "completion", "zsh", PASS(HELPERS, WAY_NONE) },
	{ "compose", "", OWN },
	{ "config", "", REFUSED(SWARM, WAY_NONE) },
	{ "config", "create", REFUSED(SWARM, WAY_NONE) },
	{ "config", "inspect", PASS(CLUSTER, WAY_NONE) },
	{ "config", "list", PASS(CLUSTER, WAY_NONE) },
	{ "config", "ls", PASS(CLUSTER, WAY_NONE) },
	{ "config", "remove", REFUSED(SWARM, WAY_NONE) },
	{ "config", "rm", REFUSED(SWARM, WAY_NONE) },
	{ "container", "attach", SERVED("attach") },
	{ "container", "commit", LISTED("commit", IMAGE, ASK_BUILD) },
	{ "container", "cp", VETTED_UNLENT("cp", COPIES, EXEC_CAT) },
	{ "container", "create", OWN },
	{ "container", "diff", SERVED("diff") },
	{ "container", "exec", VETTED("exec") },
	{ "container", "export", PASS(FILES, EXEC_TAR) },
	{ "container", "inspect", SERVED("inspect") },
	{ "container", "kill", SERVED("kill") },
	{ "container", "list", SERVED("ps") },
	{ "container", "logs", SERVED("logs") },
	{ "container", "ls", SERVED("ps") },
	{ "container", "pause", SERVED("pause") },
	{ "container", "port", SERVED("port") },
	{ "container", "prune", PASS(NOT_LENT, RM_OWN) },
	{ "container", "ps", SERVED("ps") },
	{ "container", "remove", SERVED("rm") },
	{ "container", "rename", SERVED("rename") },
	{ "container", "restart", VETTED("restart") },
	{ "container", "rm", SERVED("rm") },
	{ "container", "run", OWN },
	{ "container", "start", VETTED("start") },
	{ "container", "stats", SERVED("stats") },
	{ "container", "stop", SERVED("stop") },
	{ "container", "top", SERVED("top") },
	{ "container", "unpause", SERVED("unpause") },
	{ "container", "update", REFUSED(UPDATE, RUN_ANEW) },
	{ "container", "wait", SERVED("wait") },
	{ "context", "", REFUSED(CONTEXT, WAY_NONE) },
	{ "context", "create", REFUSED(CONTEXT, WAY_NONE) },
	{ "context", "export", REFUSED(CONTEXT, WAY_NONE) },
	{ "context", "import", REFUSED(CONTEXT, WAY_NONE) },
	{ "context", "inspect", PASS(FILES, WAY_NONE) },
	{ "context", "list", PASS(FILES, WAY_NONE) },
	{ "context", "ls", PASS(FILES, WAY_NONE) },
	{ "context", "remove", REFUSED(CONTEXT, WAY_NONE) },
	{ "context", "rm", REFUSED(CONTEXT, WAY_NONE) },
	{ "context", "show", PASS(FILES, WAY_NONE) },
	{ "context", "update", REFUSED(CONTEXT, WAY_NONE) },
	{ "context", "use", REFUSED(CONTEXT, WAY_NONE) },
	{ "cp", "", VETTED_UNLENT("cp", COPIES, EXEC_CAT) },
	{ "create", "", OWN },
	{ "debug", "", REFUSED(OTHER, WAY_NONE) },
	{ "deploy", "", REFUSED(SWARM, COMPOSE_UP) },
	{ "desktop", "", REFUSED(OTHER, WAY_NONE) },
	{ "dev", "", REFUSED(OTHER, WAY_NONE) },
	{ "diff", "", SERVED("diff") },
	{ "engine", "", REFUSED(OTHER, WAY_NONE) },
	{ "events", "", SERVED("events") },
	{ "exec", "", VETTED("exec") },
	{ "export", "", PASS(FILES, EXEC_TAR) },
	{ "extension", "", REFUSED(OTHER, WAY_NONE) },
	{ "feedback", "", REFUSED(OTHER, WAY_NONE) },
	{ "help", "", PASS(HELPERS, WAY_NONE) },
	{ "history", "", PASS(EVERYONES, WAY_NONE) },
	{ "image", "build", LISTED("build", BUILD, ASK_BUILD) },
	{ "image", "history", PASS(EVERYONES, WAY_NONE) },
	{ "image", "import", LISTED("import", IMAGE, ASK_LOAD) },
	{ "image", "inspect", PASS(EVERYONES, LIST_IMAGES) },
	{ "image", "list", SERVED("images") },
	{ "image", "load", LISTED("load", IMAGE, ASK_LOAD) },
	{ "image", "ls", SERVED("images") },
	{ "image", "prune", PASS(EVERYONES, WAY_NONE) },
	{ "image", "pull", SERVED("pull") },
	{ "image", "push", PASS(FILES, WAY_NONE) },
	{ "image", "remove", PASS(EVERYONES, WAY_NONE) },
	{ "image", "rm", PASS(EVERYONES, WAY_NONE) },
	{ "image", "save", PASS(FILES, WAY_NONE) },
	{ "image", "tag", LISTED("tag", IMAGE, ASK_LOAD) },
	{ "images", "", SERVED("images") },
	{ "import", "", LISTED("import", IMAGE, ASK_LOAD) },
	{ "info", "", SERVED("info") },
	{ "init", "", REFUSED(OTHER, WAY_NONE) },
	{ "inspect", "", SERVED("inspect") },
	{ "kill", "", SERVED("kill") },
	{ "load", "", LISTED("load", IMAGE, ASK_LOAD) },
	{ "login", "", PASS(FILES, ASK_LOGIN) },
	{ "logout", "", PASS(FILES, WAY_NONE) },
	{ "logs", "", SERVED("logs") },
	{ "manifest", "", REFUSED(IMAGE, WAY_NONE) },
	{ "manifest", "annotate", REFUSED(IMAGE, WAY_NONE) },
	{ "manifest", "create", REFUSED(IMAGE, WAY_NONE) },
	{ "manifest", "inspect", PASS(FILES, WAY_NONE) },
	{ "manifest", "push", REFUSED(IMAGE, WAY_NONE) },
	{ "manifest", "rm", REFUSED(IMAGE, WAY_NONE) },
	{ "mcp", "", REFUSED(OTHER, WAY_NONE) },
	{ "model", "", REFUSED(OTHER, WAY_NONE) },
	{ "network", "connect", LISTED("network connect", NETWORK, JOIN) },
	{ "network", "create", LISTED("network create", NETWORK, UP_NETWORKS) },
	{ "network", "disconnect", LISTED("network disconnect", NETWORK, WAY_NONE) },
	{ "network", "inspect", PASS(EVERYONES, INSPECT_OWN) },
	{ "network", "list", PASS(EVERYONES, INSPECT_OWN) },
	{ "network", "ls", PASS(EVERYONES, INSPECT_OWN) },
	{ "network", "prune", PASS(EVERYONES, DOWN_NETWORKS) },
	{ "network", "remove", PASS(EVERYONES, DOWN_NETWORKS) },
	{ "network", "rm", PASS(EVERYONES, DOWN_NETWORKS) },
	{ "node", "", REFUSED(SWARM, WAY_NONE) },
	{ "node", "demote", REFUSED(SWARM, WAY_NONE) },
	{ "node", "inspect", PASS(CLUSTER, WAY_NONE) },
	{ "node", "list", PASS(CLUSTER, WAY_NONE) },
	{ "node", "ls", PASS(CLUSTER, WAY_NONE) },
	{ "node", "promote", REFUSED(SWARM, WAY_NONE) },
	{ "node", "ps", PASS(CLUSTER, WAY_NONE) },
	{ "node", "remove", REFUSED(SWARM, WAY_NONE) },
	{ "node", "rm", REFUSED(SWARM, WAY_NONE) },
	{ "node", "update", REFUSED(SWARM, WAY_NONE) },
	{ "offload", "", REFUSED(OTHER, WAY_NONE) },
	{ "pass", "", REFUSED(OTHER, WAY_NONE) },
	{ "pause", "", SERVED("pause") },
	{ "plugin", "", REFUSED(PLUGIN, WAY_NONE) },
	{ "plugin", "create", REFUSED(PLUGIN, WAY_NONE) },
	{ "plugin", "disable", REFUSED(PLUGIN, WAY_NONE) },
	{ "plugin", "enable", REFUSED(PLUGIN, WAY_NONE) },
	{ "plugin", "inspect", PASS(NOT_LENT, WAY_NONE) },
	{ "plugin", "install", REFUSED(PLUGIN, WAY_NONE) },
	{ "plugin", "list", PASS(NOT_LENT, WAY_NONE) },
	{ "plugin", "ls", PASS(NOT_LENT, WAY_NONE) },
	{ "plugin", "push", REFUSED(PLUGIN, WAY_NONE) },
	{ "plugin", "remove", REFUSED(PLUGIN, WAY_NONE) },
	{ "plugin", "rm", REFUSED(PLUGIN, WAY_NONE) },
	{ "plugin", "set", REFUSED(PLUGIN, WAY_NONE) },
	{ "plugin", "upgrade", REFUSED(PLUGIN, WAY_NONE) },
	{ "port", "", SERVED("port") },
	{ "ps", "", SERVED("ps") },
	{ "pull", "", SERVED("pull") },
	{ "push", "", PASS(FILES, WAY_NONE) },
	{ "rename", "", SERVED("rename") },
	{ "restart", "", VETTED("restart") },
	{ "rm", "", SERVED("rm") },
	{ "rmi", "", PASS(EVERYONES, WAY_NONE) },
	{ "run", "", OWN },
	{ "sandbox", "", REFUSED(OTHER, WAY_NONE) },
	{ "save", "", PASS(FILES, WAY_NONE) },
	{ "sbom", "", REFUSED(OTHER, WAY_NONE) },
	{ "scan", "", REFUSED(OTHER, WAY_NONE) },
	{ "scout", "", REFUSED(OTHER, WAY_NONE) },
	{ "search", "", PASS(NOT_LENT, WAY_NONE) },
	{ "secret", "", REFUSED(SWARM, WAY_NONE) },
	{ "secret", "create", REFUSED(SWARM, WAY_NONE) },
	{ "secret", "inspect", PASS(CLUSTER, WAY_NONE) },
	{ "secret", "list", PASS(CLUSTER, WAY_NONE) },
	{ "secret", "ls", PASS(CLUSTER, WAY_NONE) },
	{ "secret", "remove", REFUSED(SWARM, WAY_NONE) },
	{ "secret", "rm", REFUSED(SWARM, WAY_NONE) },
	{ "service", "", REFUSED(SWARM, WAY_NONE) },
	{ "service", "create", REFUSED(SWARM, COMPOSE_UP) },
	{ "service", "inspect", PASS(CLUSTER, WAY_NONE) },
	{ "service", "list", PASS(CLUSTER, WAY_NONE) },
	{ "service", "logs", PASS(CLUSTER, WAY_NONE) },
	{ "service", "ls", PASS(CLUSTER, WAY_NONE) },
	{ "service", "ps", PASS(CLUSTER, WAY_NONE) },
	{ "service", "remove", REFUSED(SWARM, WAY_NONE) },
	{ "service", "rm", REFUSED(SWARM, WAY_NONE) },
	{ "service", "rollback", REFUSED(SWARM, WAY_NONE) },
	{ "service", "scale", REFUSED(SWARM, WAY_NONE) },
	{ "service", "update", REFUSED(SWARM, WAY_NONE) },
	{ "stack", "", REFUSED(SWARM, WAY_NONE) },
	{ "stack", "config", PASS(CLUSTER, WAY_NONE) },
	{ "stack", "deploy", REFUSED(SWARM, COMPOSE_UP) },
	{ "stack", "down", REFUSED(SWARM, WAY_NONE) },
	{ "stack", "list", PASS(CLUSTER, WAY_NONE) },
	{ "stack", "ls", PASS(CLUSTER, WAY_NONE) },
	{ "stack", "ps", PASS(CLUSTER, WAY_NONE) },
	{ "stack", "remove", REFUSED(SWARM, WAY_NONE) },
	{ "stack", "rm", REFUSED(SWARM, WAY_NONE) },
	{ "stack", "services", PASS(CLUSTER, WAY_NONE) },
	{ "stack", "up", REFUSED(SWARM, COMPOSE_UP) },
	{ "start", "", VETTED("start") },
	{ "stats", "", SERVED("stats") },
	{ "stop", "", SERVED("stop") },
	{ "swarm", "", REFUSED(SWARM, WAY_NONE) },
	{ "swarm", "ca", REFUSED(SWARM, WAY_NONE) },
	{ "swarm", "init", REFUSED(SWARM, WAY_NONE) },
	{ "swarm", "join", REFUSED(SWARM, WAY_NONE) },
	{ "swarm", "join-token", REFUSED(SWARM, WAY_NONE) },
	{ "swarm", "leave", REFUSED(SWARM, WAY_NONE) },
	{ "swarm", "unlock", REFUSED(SWARM, WAY_NONE) },
	{ "swarm", "unlock-key", REFUSED(SWARM, WAY_NONE) },
	{ "swarm", "update", REFUSED(SWARM, WAY_NONE) },
	{ "system", "df", PASS(NOT_LENT, WAY_NONE) },
	{ "system", "dial-stdio", REFUSED(CONTEXT, WAY_NONE) },
	{ "system", "events", SERVED("events") },
	{ "system", "info", SERVED("info") },
	{ "system", "prune", PASS(EVERYONES, RM_OWN) },
	{ "tag", "", LISTED("tag", IMAGE, ASK_LOAD) },
	{ "top", "", SERVED("top") },
	{ "trust", "", REFUSED(IMAGE, WAY_NONE) },
	{ "trust", "inspect", PASS(FILES, WAY_NONE) },
	{ "trust", "key", REFUSED(IMAGE, WAY_NONE) },
	{ "trust", "revoke", REFUSED(IMAGE, WAY_NONE) },
	{ "trust", "sign", REFUSED(IMAGE, WAY_NONE) },
	{ "trust", "signer", REFUSED(IMAGE, WAY_NONE) },
	{ "trust", "view", REFUSED(IMAGE, WAY_NONE) },
	{ "unpause", "", SERVED("unpause") },
	{ "update", "", REFUSED(UPDATE, RUN_ANEW) },
	{ "version", "", SERVED("version") },
	{ "volume", "create", VETTED("volume create") },
	{ "volume", "inspect", PASS(EVERYONES, INSPECT_OWN) },
	{ "volume", "list", PASS(EVERYONES, INSPECT_OWN) },
	{ "volume", "ls", PASS(EVERYONES, INSPECT_OWN) },
	{ "volume", "prune", PASS(EVERYONES, DOWN_VOLUMES) },
	{ "volume", "remove", PASS(EVERYONES, DOWN_VOLUMES) },
	{ "volume", "rm", PASS(EVERYONES, DOWN_VOLUMES) },
	{ "volume", "update", REFUSED(VOLUME, WAY_NONE) },
	{ "wait", "", SERVED("wait") },
};

static const struct docker_verb management_help = { "help", "", PASS(HELPERS, WAY_NONE) };

bool docker_verbs_is_management(const char *name)
{
	for (size_t i = 0; i < ARRAY_COUNT(verbs); i++)
		if (verbs[i].sub[0] != '\0' && strcmp(verbs[i].name, name) == 0)
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
	if (is_management_help(argc, argv))
		return &management_help;
	for (size_t i = 0; i < ARRAY_COUNT(verbs); i++) {
		if (strcmp(verbs[i].name, argv[0]) != 0)
			continue;
		if (verbs[i].sub[0] == '\0')
			whole = &verbs[i];
		else if (argc > 1 && strcmp(verbs[i].sub, argv[1]) == 0)
			return &verbs[i];
	}
	return whole;
}

const char *docker_verbs_nearest(const char *name, const char *sub)
{
	const char *names[ARRAY_COUNT(verbs)];
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_COUNT(verbs); i++) {
		if (sub == NULL)
			names[count++] = verbs[i].name;
		else if (verbs[i].sub[0] != '\0' && strcmp(verbs[i].name, name) == 0)
			names[count++] = verbs[i].sub;
	}
	return string_nearest(sub != NULL ? sub : name, names, count);
}

const char *docker_verbs_way(const struct docker_verb *verb, bool is_lent)
{
	const bool is_asking = verb->way >= ASK_BUILD && verb->way <= ASK_LOGIN;

	return verb->way == WAY_NONE || (is_asking && !is_lent) ? NULL : ways[verb->way];
}
