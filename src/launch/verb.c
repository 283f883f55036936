/* verb: docker's other verbs. The caller's process becomes the client, on a line that was rendered afresh. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "launch_internal.h"

/* Where backend_render_verb says that the client finds the variables. */
static int hand_environment(struct arena *arena, const char *text, struct error *err)
{
	CLOSE_FD int fd = memfd_seal("hardrun-env", text, strlen(text));
	bool is_there = fd >= 0 && (fd == BACKEND_ENV_FD ? fcntl(fd, F_SETFD, 0) == 0 : dup2(fd, BACKEND_ENV_FD) >= 0);

	if (is_there && fd == BACKEND_ENV_FD)
		fd = -1; /* stays open for the client */
	return is_there ? 0 : error_set(err, arena, ERROR_SYSTEM, "the variables cannot be handed over: %s", strerror(errno));
}

int launch_verb(struct arena *arena, const struct launch *launch, struct error *err)
{
	const char *const *argv = spawn_vector(arena, &launch->argv);
	const char *const *environment = spawn_vector(arena, &launch->environment);
	int result = engine_make_config_dir(arena, launch->config_dir, err);

	if (result == 0 && launch->is_guarded && chdir("/") < 0)
		result = error_set(err, arena, ERROR_SYSTEM, "/ cannot be entered: %s", strerror(errno));
	if (result == 0 && launch->env_file != NULL)
		result = hand_environment(arena, launch->env_file, err);
	if (result < 0)
		return result;
	guard_restore_stops(launch);
	(void)signal(SIGXFSZ, SIG_DFL);
	/* execve takes pointers to non-const for reasons of history; it changes nothing. */
	(void)execve(launch->program, (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)environment);
	return error_set(err, arena, errno == ENOENT ? ERROR_MISSING : ERROR_SYSTEM, "%s cannot be run: %s", launch->program,
			 strerror(errno));
}
