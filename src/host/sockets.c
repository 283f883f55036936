/*
 * sockets: where the daemons of an ordinary user listen. Their clients look in the same places; what the environment says of
 * hosts and contexts is not asked. Source: dockerd-rootless.sh, podman-system-service(1).
 */
#include "host_internal.h"

#include <string.h>

/* What others could have put there, or could put there in its stead, is nobody's daemon. */
static bool is_own_socket(struct arena *arena, const struct host_facts *facts, const char *path)
{
	const char *directory = arena_strndup(arena, path, (size_t)(strrchr(path, '/') - path));
	struct stat around, socket;

	return lstat(directory, &around) == 0 && S_ISDIR(around.st_mode) && around.st_uid == facts->caller_uid &&
	       (around.st_mode & 0022) == 0 && lstat(path, &socket) == 0 && S_ISSOCK(socket.st_mode) &&
	       socket.st_uid == facts->caller_uid && (socket.st_mode & 0002) == 0;
}

static const char *find_beside(struct arena *arena, const struct host_facts *facts, const char *name)
{
	const char *path;

	if (facts->is_root || facts->runtime_dir == NULL)
		return NULL;
	path = arena_printf(arena, "%.*s/%s", (int)(strrchr(facts->runtime_dir, '/') - facts->runtime_dir), facts->runtime_dir, name);
	return is_own_socket(arena, facts, path) ? path : NULL;
}

const char *host_find_docker_socket(struct arena *arena, const struct host_facts *facts, const char *standard)
{
	const char *found, *path;

	if (facts->is_root || access(standard, W_OK) == 0)
		return standard;
	found = find_beside(arena, facts, "docker.sock");
	if (found != NULL || facts->home == NULL)
		return found != NULL ? found : standard;
	path = arena_printf(arena, "%s/.docker/run/docker.sock", facts->home);
	return is_own_socket(arena, facts, path) ? path : standard;
}

const char *host_find_podman_socket(struct arena *arena, const struct host_facts *facts)
{
	return find_beside(arena, facts, "podman/podman.sock");
}
