/*
 * sockets: where the daemons of an ordinary user listen when nobody names one. Source: dockerd-rootless.sh,
 * podman-system-service(1).
 */
#include "host_internal.h"

#include <string.h>

static bool is_trusted(const struct host_facts *facts, const struct stat *status)
{
	return status->st_uid == 0 || status->st_uid == facts->caller_uid;
}

bool host_is_trusted_socket(struct arena *arena, const struct host_facts *facts, const char *path)
{
	const size_t length = (size_t)(strrchr(path, '/') - path);
	const char *directory = length == 0 ? "/" : arena_strndup(arena, path, length);
	struct stat around, socket;

	return lstat(directory, &around) == 0 && S_ISDIR(around.st_mode) && is_trusted(facts, &around) && (around.st_mode & 0022) == 0 &&
	       lstat(path, &socket) == 0 && S_ISSOCK(socket.st_mode) && is_trusted(facts, &socket);
}

/* What others could have put there, or could put there in its stead, is nobody's daemon; nor is one that everybody may ask. */
static bool is_own_socket(struct arena *arena, const struct host_facts *facts, const char *path)
{
	struct stat socket;

	return host_is_trusted_socket(arena, facts, path) && lstat(path, &socket) == 0 && socket.st_uid == facts->caller_uid &&
	       (socket.st_mode & 0002) == 0;
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
