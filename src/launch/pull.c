/*
 * The image, before the container: `docker run` would pull it too, but then nobody would have looked at what it declares, and
 * the engine would make an unbounded volume for each of its VOLUMEs.
 */
#include <string.h>

#include "launch_internal.h"

/* The client's own words without what it puts before every answer of the daemon. */
static const char *without_prefix(const char *said)
{
	static const char prefix[] = "Error response from daemon: ";

	return strncmp(said, prefix, strlen(prefix)) == 0 ? said + strlen(prefix) : said;
}

int launch_pull_image(struct arena *arena, const struct host_facts *facts, const struct backend_pull *pull, struct error *err)
{
	struct spawn spawn = {.is_shown = !pull->is_quiet};
	struct launch launch;
	const char *said;
	int status;
	int result = backend_render_pull(arena, facts, pull, &launch, err);

	if (result == 0)
		result = engine_make_config_dir(arena, launch.config_dir, err);
	if (result < 0)
		return result;
	spawn.argv = spawn_vector(arena, &launch.argv);
	spawn.environment = spawn_vector(arena, &launch.environment);
	result = spawn_run(arena, &spawn, &status, &said, err);
	if (result < 0 || status == 0)
		return result;
	return error_set(err, arena, ERROR_MISSING, image_says_not_there(said) ? "no such image: %s (docker said: %s)" :
			 "the image %s cannot be pulled (docker said: %s)", facts->image.canonical, without_prefix(said));
}
