/* docker_verbs: the table. What is not in it is refused. Names as docker/cli 20.10 to 29 has them, their aliases included. */
#include "docker_verbs.h"

#include <string.h>

#include <hardrun/base.h>

#define OWN DOCKER_VERB_OWN, NULL, NULL
#define SERVED(key) DOCKER_VERB_PASS, key, NULL
#define PASS(reason) DOCKER_VERB_PASS, NULL, reason
#define VETTED(key) DOCKER_VERB_VET, key, NULL
#define LISTED(key, reason) DOCKER_VERB_REFUSED, key, reason
#define REFUSED(reason) DOCKER_VERB_REFUSED, NULL, reason

/* Why somebody who is let up to root does not get what anybody else does. */
#define EVERYONES "images, networks and volumes are everyone's on this machine"
#define FILES "it reads or writes files and credentials as root"
#define HELPERS "it starts helper programs and reads files as root"
#define CLUSTER "the cluster is the administrator's"
#define NOT_LENT "it is no part of what is lent with root's rights"

/* Why nobody gets it through hardrun. */
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

static const struct docker_verb verbs[] = { /* sorted */
	{ "__complete", NULL, PASS(HELPERS) },
	{ "__completeNoDesc", NULL, PASS(HELPERS) },
	{ "ai", NULL, REFUSED(OTHER) },
	{ "app", NULL, REFUSED(OTHER) },
	{ "attach", NULL, SERVED("attach") },
	{ "bake", NULL, REFUSED(BUILD) },
	{ "build", NULL, LISTED("build", BUILD) },
	{ "builder", NULL, REFUSED(BUILD) },
	{ "builder", "build", LISTED("build", BUILD) },
	{ "builder", "prune", PASS(EVERYONES) },
	{ "buildx", NULL, REFUSED(BUILD) },
	{ "buildx", "build", LISTED("build", BUILD) },
	{ "buildx", "du", PASS(HELPERS) },
	{ "buildx", "inspect", PASS(HELPERS) },
	{ "buildx", "ls", PASS(HELPERS) },
	{ "buildx", "version", PASS(HELPERS) },
	{ "checkpoint", NULL, REFUSED(CHECKPOINT) },
	{ "checkpoint", "create", REFUSED(CHECKPOINT) },
	{ "checkpoint", "list", PASS(NOT_LENT) },
	{ "checkpoint", "ls", PASS(NOT_LENT) },
	{ "checkpoint", "remove", REFUSED(CHECKPOINT) },
	{ "checkpoint", "rm", REFUSED(CHECKPOINT) },
	{ "cloud", NULL, REFUSED(OTHER) },
	{ "commit", NULL, LISTED("commit", IMAGE) },
	{ "completion", "bash", PASS(HELPERS) },
	{ "completion", "fish", PASS(HELPERS) },
	{ "completion", "powershell", PASS(HELPERS) },
	{ "completion", "zsh", PASS(HELPERS) },
	{ "compose", NULL, OWN },
	{ "config", NULL, REFUSED(SWARM) },
	{ "config", "create", REFUSED(SWARM) },
	{ "config", "inspect", PASS(CLUSTER) },
	{ "config", "list", PASS(CLUSTER) },
	{ "config", "ls", PASS(CLUSTER) },
	{ "config", "remove", REFUSED(SWARM) },
	{ "config", "rm", REFUSED(SWARM) },
	{ "container", "attach", SERVED("attach") },
	{ "container", "commit", LISTED("commit", IMAGE) },
	{ "container", "cp", VETTED("cp") },
	{ "container", "create", OWN },
	{ "container", "diff", SERVED("diff") },
	{ "container", "exec", VETTED("exec") },
	{ "container", "export", PASS(FILES) },
	{ "container", "inspect", SERVED("inspect") },
	{ "container", "kill", SERVED("kill") },
	{ "container", "list", SERVED("ps") },
	{ "container", "logs", SERVED("logs") },
	{ "container", "ls", SERVED("ps") },
	{ "container", "pause", SERVED("pause") },
	{ "container", "port", SERVED("port") },
	{ "container", "prune", PASS(NOT_LENT) },
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
	{ "container", "update", REFUSED(UPDATE) },
	{ "container", "wait", SERVED("wait") },
	{ "context", NULL, REFUSED(CONTEXT) },
	{ "context", "create", REFUSED(CONTEXT) },
	{ "context", "export", REFUSED(CONTEXT) },
	{ "context", "import", REFUSED(CONTEXT) },
	{ "context", "inspect", PASS(FILES) },
	{ "context", "list", PASS(FILES) },
	{ "context", "ls", PASS(FILES) },
	{ "context", "remove", REFUSED(CONTEXT) },
	{ "context", "rm", REFUSED(CONTEXT) },
	{ "context", "show", PASS(FILES) },
	{ "context", "update", REFUSED(CONTEXT) },
	{ "context", "use", REFUSED(CONTEXT) },
	{ "cp", NULL, VETTED("cp") },
	{ "create", NULL, OWN },
	{ "debug", NULL, REFUSED(OTHER) },
	{ "deploy", NULL, REFUSED(SWARM) },
	{ "desktop", NULL, REFUSED(OTHER) },
	{ "dev", NULL, REFUSED(OTHER) },
	{ "diff", NULL, SERVED("diff") },
	{ "engine", NULL, REFUSED(OTHER) },
	{ "events", NULL, SERVED("events") },
	{ "exec", NULL, VETTED("exec") },
	{ "export", NULL, PASS(FILES) },
	{ "extension", NULL, REFUSED(OTHER) },
	{ "feedback", NULL, REFUSED(OTHER) },
	{ "help", NULL, PASS(HELPERS) },
	{ "history", NULL, PASS(EVERYONES) },
	{ "image", "build", LISTED("build", BUILD) },
	{ "image", "history", PASS(EVERYONES) },
	{ "image", "import", LISTED("import", IMAGE) },
	{ "image", "inspect", PASS(EVERYONES) },
	{ "image", "list", SERVED("images") },
	{ "image", "load", LISTED("load", IMAGE) },
	{ "image", "ls", SERVED("images") },
	{ "image", "prune", PASS(EVERYONES) },
	{ "image", "pull", SERVED("pull") },
	{ "image", "push", PASS(FILES) },
	{ "image", "remove", PASS(EVERYONES) },
	{ "image", "rm", PASS(EVERYONES) },
	{ "image", "save", PASS(FILES) },
	{ "image", "tag", LISTED("tag", IMAGE) },
	{ "images", NULL, SERVED("images") },
	{ "import", NULL, LISTED("import", IMAGE) },
	{ "info", NULL, SERVED("info") },
	{ "init", NULL, REFUSED(OTHER) },
	{ "inspect", NULL, SERVED("inspect") },
	{ "kill", NULL, SERVED("kill") },
	{ "load", NULL, LISTED("load", IMAGE) },
	{ "login", NULL, PASS(FILES) },
	{ "logout", NULL, PASS(FILES) },
	{ "logs", NULL, SERVED("logs") },
	{ "manifest", NULL, REFUSED(IMAGE) },
	{ "manifest", "annotate", REFUSED(IMAGE) },
	{ "manifest", "create", REFUSED(IMAGE) },
	{ "manifest", "inspect", PASS(FILES) },
	{ "manifest", "push", REFUSED(IMAGE) },
	{ "manifest", "rm", REFUSED(IMAGE) },
	{ "mcp", NULL, REFUSED(OTHER) },
	{ "model", NULL, REFUSED(OTHER) },
	{ "network", "connect", LISTED("network connect", NETWORK) },
	{ "network", "create", LISTED("network create", NETWORK) },
	{ "network", "disconnect", LISTED("network disconnect", NETWORK) },
	{ "network", "inspect", PASS(EVERYONES) },
	{ "network", "list", PASS(EVERYONES) },
	{ "network", "ls", PASS(EVERYONES) },
	{ "network", "prune", PASS(EVERYONES) },
	{ "network", "remove", PASS(EVERYONES) },
	{ "network", "rm", PASS(EVERYONES) },
	{ "node", NULL, REFUSED(SWARM) },
	{ "node", "demote", REFUSED(SWARM) },
	{ "node", "inspect", PASS(CLUSTER) },
	{ "node", "list", PASS(CLUSTER) },
	{ "node", "ls", PASS(CLUSTER) },
	{ "node", "promote", REFUSED(SWARM) },
	{ "node", "ps", PASS(CLUSTER) },
	{ "node", "remove", REFUSED(SWARM) },
	{ "node", "rm", REFUSED(SWARM) },
	{ "node", "update", REFUSED(SWARM) },
	{ "offload", NULL, REFUSED(OTHER) },
	{ "pass", NULL, REFUSED(OTHER) },
	{ "pause", NULL, SERVED("pause") },
	{ "plugin", NULL, REFUSED(PLUGIN) },
	{ "plugin", "create", REFUSED(PLUGIN) },
	{ "plugin", "disable", REFUSED(PLUGIN) },
	{ "plugin", "enable", REFUSED(PLUGIN) },
	{ "plugin", "inspect", PASS(NOT_LENT) },
	{ "plugin", "install", REFUSED(PLUGIN) },
	{ "plugin", "list", PASS(NOT_LENT) },
	{ "plugin", "ls", PASS(NOT_LENT) },
	{ "plugin", "push", REFUSED(PLUGIN) },
	{ "plugin", "remove", REFUSED(PLUGIN) },
	{ "plugin", "rm", REFUSED(PLUGIN) },
	{ "plugin", "set", REFUSED(PLUGIN) },
	{ "plugin", "upgrade", REFUSED(PLUGIN) },
	{ "port", NULL, SERVED("port") },
	{ "ps", NULL, SERVED("ps") },
	{ "pull", NULL, SERVED("pull") },
	{ "push", NULL, PASS(FILES) },
	{ "rename", NULL, SERVED("rename") },
	{ "restart", NULL, VETTED("restart") },
	{ "rm", NULL, SERVED("rm") },
	{ "rmi", NULL, PASS(EVERYONES) },
	{ "run", NULL, OWN },
	{ "sandbox", NULL, REFUSED(OTHER) },
	{ "save", NULL, PASS(FILES) },
	{ "sbom", NULL, REFUSED(OTHER) },
	{ "scan", NULL, REFUSED(OTHER) },
	{ "scout", NULL, REFUSED(OTHER) },
	{ "search", NULL, PASS(NOT_LENT) },
	{ "secret", NULL, REFUSED(SWARM) },
	{ "secret", "create", REFUSED(SWARM) },
	{ "secret", "inspect", PASS(CLUSTER) },
	{ "secret", "list", PASS(CLUSTER) },
	{ "secret", "ls", PASS(CLUSTER) },
	{ "secret", "remove", REFUSED(SWARM) },
	{ "secret", "rm", REFUSED(SWARM) },
	{ "service", NULL, REFUSED(SWARM) },
	{ "service", "create", REFUSED(SWARM) },
	{ "service", "inspect", PASS(CLUSTER) },
	{ "service", "list", PASS(CLUSTER) },
	{ "service", "logs", PASS(CLUSTER) },
	{ "service", "ls", PASS(CLUSTER) },
	{ "service", "ps", PASS(CLUSTER) },
	{ "service", "remove", REFUSED(SWARM) },
	{ "service", "rm", REFUSED(SWARM) },
	{ "service", "rollback", REFUSED(SWARM) },
	{ "service", "scale", REFUSED(SWARM) },
	{ "service", "update", REFUSED(SWARM) },
	{ "stack", NULL, REFUSED(SWARM) },
	{ "stack", "config", PASS(CLUSTER) },
	{ "stack", "deploy", REFUSED(SWARM) },
	{ "stack", "down", REFUSED(SWARM) },
	{ "stack", "list", PASS(CLUSTER) },
	{ "stack", "ls", PASS(CLUSTER) },
	{ "stack", "ps", PASS(CLUSTER) },
	{ "stack", "remove", REFUSED(SWARM) },
	{ "stack", "rm", REFUSED(SWARM) },
	{ "stack", "services", PASS(CLUSTER) },
	{ "stack", "up", REFUSED(SWARM) },
	{ "start", NULL, VETTED("start") },
	{ "stats", NULL, SERVED("stats") },
	{ "stop", NULL, SERVED("stop") },
	{ "swarm", NULL, REFUSED(SWARM) },
	{ "swarm", "ca", REFUSED(SWARM) },
	{ "swarm", "init", REFUSED(SWARM) },
	{ "swarm", "join", REFUSED(SWARM) },
	{ "swarm", "join-token", REFUSED(SWARM) },
	{ "swarm", "leave", REFUSED(SWARM) },
	{ "swarm", "unlock", REFUSED(SWARM) },
	{ "swarm", "unlock-key", REFUSED(SWARM) },
	{ "swarm", "update", REFUSED(SWARM) },
	{ "system", "df", PASS(NOT_LENT) },
	{ "system", "dial-stdio", REFUSED(CONTEXT) },
	{ "system", "events", SERVED("events") },
	{ "system", "info", SERVED("info") },
	{ "system", "prune", PASS(EVERYONES) },
	{ "tag", NULL, LISTED("tag", IMAGE) },
	{ "top", NULL, SERVED("top") },
	{ "trust", NULL, REFUSED(IMAGE) },
	{ "trust", "inspect", PASS(FILES) },
	{ "trust", "key", REFUSED(IMAGE) },
	{ "trust", "revoke", REFUSED(IMAGE) },
	{ "trust", "sign", REFUSED(IMAGE) },
	{ "trust", "signer", REFUSED(IMAGE) },
	{ "trust", "view", REFUSED(IMAGE) },
	{ "unpause", NULL, SERVED("unpause") },
	{ "update", NULL, REFUSED(UPDATE) },
	{ "version", NULL, SERVED("version") },
	{ "volume", "create", VETTED("volume create") },
	{ "volume", "inspect", PASS(EVERYONES) },
	{ "volume", "list", PASS(EVERYONES) },
	{ "volume", "ls", PASS(EVERYONES) },
	{ "volume", "prune", PASS(EVERYONES) },
	{ "volume", "remove", PASS(EVERYONES) },
	{ "volume", "rm", PASS(EVERYONES) },
	{ "volume", "update", REFUSED(VOLUME) },
	{ "wait", NULL, SERVED("wait") },
};

static const struct docker_verb management_help = { "help", NULL, PASS(HELPERS) };

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
	if (is_management_help(argc, argv))
		return &management_help;
	for (size_t i = 0; i < ARRAY_COUNT(verbs); i++) {
		if (strcmp(verbs[i].name, argv[0]) != 0)
			continue;
		if (verbs[i].sub == NULL)
			whole = &verbs[i];
		else if (argc > 1 && strcmp(verbs[i].sub, argv[1]) == 0)
			return &verbs[i];
	}
	return whole;
}
