/* docker_verbs: the table. What is not in it is refused. Names as docker/cli 20.10 to 29 has them, their aliases included. */
#include "docker_verbs.h"

#include <string.h>

#include <hardrun/base.h>

#define OWN DOCKER_VERB_OWN, "", ""
#define SERVED(key) DOCKER_VERB_PASS, key, ""
#define PASS(reason) DOCKER_VERB_PASS, "", reason
#define VETTED(key) DOCKER_VERB_VET, key, ""
#define LISTED(key, reason) DOCKER_VERB_REFUSED, key, reason
#define REFUSED(reason) DOCKER_VERB_REFUSED, "", reason

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
	{ "__complete", "", PASS(HELPERS) },
	{ "__completeNoDesc", "", PASS(HELPERS) },
	{ "ai", "", REFUSED(OTHER) },
	{ "app", "", REFUSED(OTHER) },
	{ "attach", "", SERVED("attach") },
	{ "bake", "", REFUSED(BUILD) },
	{ "build", "", LISTED("build", BUILD) },
	{ "builder", "", REFUSED(BUILD) },
	{ "builder", "build", LISTED("build", BUILD) },
	{ "builder", "prune", PASS(EVERYONES) },
	{ "buildx", "", REFUSED(BUILD) },
	{ "buildx", "build", LISTED("build", BUILD) },
	{ "buildx", "du", PASS(HELPERS) },
	{ "buildx", "inspect", PASS(HELPERS) },
	{ "buildx", "ls", PASS(HELPERS) },
	{ "buildx", "version", PASS(HELPERS) },
	{ "checkpoint", "", REFUSED(CHECKPOINT) },
	{ "checkpoint", "create", REFUSED(CHECKPOINT) },
	{ "checkpoint", "list", PASS(NOT_LENT) },
	{ "checkpoint", "ls", PASS(NOT_LENT) },
	{ "checkpoint", "remove", REFUSED(CHECKPOINT) },
	{ "checkpoint", "rm", REFUSED(CHECKPOINT) },
	{ "cloud", "", REFUSED(OTHER) },
	{ "commit", "", LISTED("commit", IMAGE) },
	{ "completion", "bash", PASS(HELPERS) },
	{ "completion", "fish", PASS(HELPERS) },
	{ "completion", "powershell", PASS(HELPERS) },
	{ "completion", "zsh", PASS(HELPERS) },
	{ "compose", "", OWN },
	{ "config", "", REFUSED(SWARM) },
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
	{ "context", "", REFUSED(CONTEXT) },
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
	{ "cp", "", VETTED("cp") },
	{ "create", "", OWN },
	{ "debug", "", REFUSED(OTHER) },
	{ "deploy", "", REFUSED(SWARM) },
	{ "desktop", "", REFUSED(OTHER) },
	{ "dev", "", REFUSED(OTHER) },
	{ "diff", "", SERVED("diff") },
	{ "engine", "", REFUSED(OTHER) },
	{ "events", "", SERVED("events") },
	{ "exec", "", VETTED("exec") },
	{ "export", "", PASS(FILES) },
	{ "extension", "", REFUSED(OTHER) },
	{ "feedback", "", REFUSED(OTHER) },
	{ "help", "", PASS(HELPERS) },
	{ "history", "", PASS(EVERYONES) },
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
	{ "images", "", SERVED("images") },
	{ "import", "", LISTED("import", IMAGE) },
	{ "info", "", SERVED("info") },
	{ "init", "", REFUSED(OTHER) },
	{ "inspect", "", SERVED("inspect") },
	{ "kill", "", SERVED("kill") },
	{ "load", "", LISTED("load", IMAGE) },
	{ "login", "", PASS(FILES) },
	{ "logout", "", PASS(FILES) },
	{ "logs", "", SERVED("logs") },
	{ "manifest", "", REFUSED(IMAGE) },
	{ "manifest", "annotate", REFUSED(IMAGE) },
	{ "manifest", "create", REFUSED(IMAGE) },
	{ "manifest", "inspect", PASS(FILES) },
	{ "manifest", "push", REFUSED(IMAGE) },
	{ "manifest", "rm", REFUSED(IMAGE) },
	{ "mcp", "", REFUSED(OTHER) },
	{ "model", "", REFUSED(OTHER) },
	{ "network", "connect", LISTED("network connect", NETWORK) },
	{ "network", "create", LISTED("network create", NETWORK) },
	{ "network", "disconnect", LISTED("network disconnect", NETWORK) },
	{ "network", "inspect", PASS(EVERYONES) },
	{ "network", "list", PASS(EVERYONES) },
	{ "network", "ls", PASS(EVERYONES) },
	{ "network", "prune", PASS(EVERYONES) },
	{ "network", "remove", PASS(EVERYONES) },
	{ "network", "rm", PASS(EVERYONES) },
	{ "node", "", REFUSED(SWARM) },
	{ "node", "demote", REFUSED(SWARM) },
	{ "node", "inspect", PASS(CLUSTER) },
	{ "node", "list", PASS(CLUSTER) },
	{ "node", "ls", PASS(CLUSTER) },
	{ "node", "promote", REFUSED(SWARM) },
	{ "node", "ps", PASS(CLUSTER) },
	{ "node", "remove", REFUSED(SWARM) },
	{ "node", "rm", REFUSED(SWARM) },
	{ "node", "update", REFUSED(SWARM) },
	{ "offload", "", REFUSED(OTHER) },
	{ "pass", "", REFUSED(OTHER) },
	{ "pause", "", SERVED("pause") },
	{ "plugin", "", REFUSED(PLUGIN) },
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
	{ "port", "", SERVED("port") },
	{ "ps", "", SERVED("ps") },
	{ "pull", "", SERVED("pull") },
	{ "push", "", PASS(FILES) },
	{ "rename", "", SERVED("rename") },
	{ "restart", "", VETTED("restart") },
	{ "rm", "", SERVED("rm") },
	{ "rmi", "", PASS(EVERYONES) },
	{ "run", "", OWN },
	{ "sandbox", "", REFUSED(OTHER) },
	{ "save", "", PASS(FILES) },
	{ "sbom", "", REFUSED(OTHER) },
	{ "scan", "", REFUSED(OTHER) },
	{ "scout", "", REFUSED(OTHER) },
	{ "search", "", PASS(NOT_LENT) },
	{ "secret", "", REFUSED(SWARM) },
	{ "secret", "create", REFUSED(SWARM) },
	{ "secret", "inspect", PASS(CLUSTER) },
	{ "secret", "list", PASS(CLUSTER) },
	{ "secret", "ls", PASS(CLUSTER) },
	{ "secret", "remove", REFUSED(SWARM) },
	{ "secret", "rm", REFUSED(SWARM) },
	{ "service", "", REFUSED(SWARM) },
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
	{ "stack", "", REFUSED(SWARM) },
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
	{ "start", "", VETTED("start") },
	{ "stats", "", SERVED("stats") },
	{ "stop", "", SERVED("stop") },
	{ "swarm", "", REFUSED(SWARM) },
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
	{ "tag", "", LISTED("tag", IMAGE) },
	{ "top", "", SERVED("top") },
	{ "trust", "", REFUSED(IMAGE) },
	{ "trust", "inspect", PASS(FILES) },
	{ "trust", "key", REFUSED(IMAGE) },
	{ "trust", "revoke", REFUSED(IMAGE) },
	{ "trust", "sign", REFUSED(IMAGE) },
	{ "trust", "signer", REFUSED(IMAGE) },
	{ "trust", "view", REFUSED(IMAGE) },
	{ "unpause", "", SERVED("unpause") },
	{ "update", "", REFUSED(UPDATE) },
	{ "version", "", SERVED("version") },
	{ "volume", "create", VETTED("volume create") },
	{ "volume", "inspect", PASS(EVERYONES) },
	{ "volume", "list", PASS(EVERYONES) },
	{ "volume", "ls", PASS(EVERYONES) },
	{ "volume", "prune", PASS(EVERYONES) },
	{ "volume", "remove", PASS(EVERYONES) },
	{ "volume", "rm", PASS(EVERYONES) },
	{ "volume", "update", REFUSED(VOLUME) },
	{ "wait", "", SERVED("wait") },
};

static const struct docker_verb management_help = { "help", "", PASS(HELPERS) };

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
