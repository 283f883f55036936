/*
 * volumes: what a named volume really is. Its name is all that a policy judges, and whoever may speak to the daemon can make
 * one that is a bind of any path: `docker volume create -o type=none -o o=bind -o device=/etc NAME`.
 */
#include "host_internal.h"

#include <string.h>

const char *host_docker_volume_problem(struct arena *arena, const char *body)
{
	CLEANUP_JSON json_t *volume = json_loads(body, JSON_REJECT_DUPLICATES, NULL);
	const json_t *options = json_object_get(volume, "Options");
	const char *driver = json_string_value(json_object_get(volume, "Driver"));

	if (driver == NULL || (options != NULL && !json_is_object(options) && !json_is_null(options)))
		return "what docker says of it cannot be read";
	if (strcmp(driver, "local") != 0)
		return arena_printf(arena, "its driver is \"%s\" and not local", string_printable(arena, driver, 40));
	if (json_object_size(options) > 0)
		return "it was made with options, and may be any directory of the host";
	return NULL;
}

const char *host_volume_problem(struct arena *arena, const struct host_facts *facts, const char *name)
{
	const char *target = arena_printf(arena, "/volumes/%s", host_percent_encode(arena, name));
	struct error err = { 0 };
	char *body = NULL;
	int status = 0;

	if (host_engine_get(arena, &facts->engine, target, &status, &body, &err) != 0)
		return err.message;
	if (status == 404) /* the daemon makes it, as plain as it can be */
		return NULL;
	if (status != 200)
		return arena_printf(arena, "docker answers with status %d when asked for it", status);
	return host_docker_volume_problem(arena, body);
}
