/* podman: named volumes, before it mounts them. It has no daemon that the host room could ask, so the question is run. */
#include <string.h>

#include "launch_internal.h"

/* What podman prints for "{{.Driver}} {{.Options}}" of a volume that is a directory of its own and nothing else. */
#define PLAIN_VOLUME "local map[]"

/* A volume can be a bind of any path, and its name is all that was judged. */
static int check_volume(struct arena *arena, const struct launch *launch, const char *name, struct error *err)
{
	const char *argv[] = {launch->program, "--remote=false", "volume", "inspect", "--format", "{{.Driver}} {{.Options}}",
			      name, NULL};
	const struct spawn spawn = {.argv = argv, .environment = spawn_vector(arena, &launch->environment), .is_answer_said = true};
	const char *said;
	int status;
	int result = spawn_run(arena, &spawn, &status, &said, err);

	if (result < 0 || (status == 0 && strcmp(said, PLAIN_VOLUME) == 0) || (status != 0 && strstr(said, "no such volume")))
		return result;
	if (status != 0)
		return error_set(err, arena, ERROR_SYSTEM, "podman does not say what the volume %s is (it said: %s)", name, said);
	(void)error_set(err, arena, ERROR_UNSUPPORTED,
			"the volume %s was made with a driver or options, and may be any directory of the host", name);
	err->remedy = "use another volume, or bind the directory itself";
	return -(int)err->kind;
}

int volumes_check(struct arena *arena, const struct launch *launch, struct error *err)
{
	const struct plan *plan = launch->plan;
	int result = 0;

	for (size_t i = 0; result == 0 && i < plan->mount_count; i++)
		if (plan->mounts[i].type == PLAN_VOLUME)
			result = check_volume(arena, launch, plan->mounts[i].source, err);
	return result;
}
