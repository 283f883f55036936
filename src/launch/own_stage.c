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

	if (result < 0 || launch->plan->secrets.count == 0)
		return result;
	if (mkdirat(stage->dir_fd, BACKEND_SECRETS_NAME, 0755) < 0)
		return fail(stage, launch->plan->secrets.items[0], err);
	directory = openat(stage->dir_fd, BACKEND_SECRETS_NAME, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	failed = secrets_write(stage->arena, launch, directory);
	if (failed != NULL)
		return fail(stage, failed, err);
	launch->secrets_source = arena_printf(stage->arena, "%s/" BACKEND_SECRETS_NAME, stage->dir);
	return 0;
}

int own_stage(const struct staging *stage, struct launch *launch, struct notify *ret_notify, struct error *err)
{
	int result;

	if (stage->dir == NULL)
		return launch->plan->secrets.count > 0 ? secrets_check(stage->arena, launch, err) : 0;
	result = notify_open(stage->arena, launch, stage->dir_fd, ret_notify, err);
	if (result == 0 && ret_notify->fd >= 0)
		launch->notify_source = arena_printf(stage->arena, "%s/" BACKEND_NOTIFY_NAME, stage->dir);
	return result == 0 ? stage_secrets(stage, launch, err) : result;
}
