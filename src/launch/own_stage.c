/* own_stage: what hardrun itself hands to an engine's container, beside what is mounted from the host: a socket, and secrets. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "rootless.h"

static int fail(const struct staging *stage, const char *what, struct error *err)
{
	return error_set(err, stage->arena, ERROR_SYSTEM, "the secret %s cannot be handed over: %s", what, strerror(errno));
}

/* On the memory file system of /run, in a directory that only we may enter; the engine mounts it for the container. */
static int stage_secrets(const struct staging *stage, struct launch *launch, struct error *err)
{
	CLOSE_FD int directory = -1;
	const char *failed;
	int result = secrets_check(stage->arena, launch, err);

	if (result < 0 || launch->plan->secret_count == 0)
		return result;
	if (mkdirat(stage->dir_fd, BACKEND_SECRETS_NAME, 0755) < 0)
		return fail(stage, launch->plan->secrets[0].name, err);
	directory = openat(stage->dir_fd, BACKEND_SECRETS_NAME, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	failed = secrets_write(stage->arena, launch, directory);
	if (failed != NULL)
		return fail(stage, failed, err);
	launch->secrets_source = arena_printf(stage->arena, "%s/" BACKEND_SECRETS_NAME, stage->dir);
	return 0;
}

int own_reap(struct arena *arena, const struct launch *launch, struct error *err)
{
	const struct host_unit *unit = launch->facts->unit;
	struct container_facts container;
	struct host_http_call remove = {.socket = launch->facts->engine.docker_socket, .method = "DELETE"};
	struct error ignored = {0};
	int result;

	if (unit == NULL || unit->name == NULL || launch->plan->name == NULL || launch->backend != BACKEND_DOCKER ||
	    host_read_container(arena, launch->facts, launch->plan->name, &container, &ignored) < 0)
		return 0;
	if (container.unit == NULL || container.caller == NULL || strcmp(container.unit, unit->name) != 0 ||
	    strcmp(container.name, launch->plan->name) != 0)
		return 0;
	remove.target = arena_printf(arena, "/containers/%s?force=true&v=true", container.id);
	result = host_http_call(arena, &remove, err);
	if (result < 0 || remove.status == 204 || remove.status == 404)
		return result;
	return error_set(err, arena, ERROR_SYSTEM,
			 "the container %s that an earlier start of %s has left cannot be removed: docker said %d", container.name,
			 unit->name, remove.status);
}

/* podman has no socket that could be asked; its client has written the id when it starts the container. */
bool own_has_started(struct arena *arena, const struct launch *launch, const char *stage)
{
	CLOSE_FD int directory = stage != NULL ? open(stage, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
	const char *id = directory >= 0 ? staging_container_id(arena, directory) : NULL;
	struct host_state state = {0};
	struct error ignored = {0};

	if (id == NULL || launch->backend != BACKEND_DOCKER)
		return id != NULL;
	return host_read_state(arena, launch->facts, id, &state, &ignored) == 0 && state.is_running;
}

int own_stage(const struct staging *stage, struct launch *launch, struct notify *ret_notify, struct error *err)
{
	int result;

	if (stage->dir == NULL)
		return launch->plan->secret_count > 0 ? secrets_check(stage->arena, launch, err) : 0;
	result = notify_open(stage->arena, launch, stage->dir_fd, ret_notify, err);
	if (result == 0 && ret_notify->fd >= 0)
		launch->notify_source = arena_printf(stage->arena, "%s/" BACKEND_NOTIFY_NAME, stage->dir);
	return result == 0 ? stage_secrets(stage, launch, err) : result;
}
