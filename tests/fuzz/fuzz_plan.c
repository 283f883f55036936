/* A plan as JSON, of a judge that somebody has taken over: what plan_check_bounds lets through passes the independent look. */
#include <stdlib.h>

#include <jansson.h>

#include "../property/guard.h"
#include "../property/world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world world; /* made once: it takes longer than a plan */
	struct arena *arena = arena_new();
	json_t *json = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);

	if (world.arena == NULL) {
		world_init(&world);
		world.ceiling = world_policy(world.arena, guard_policies[0].policy);
		world_use(&world, world.ceiling);
	}
	if (json != NULL && guard_plan_complaint(arena, &world, json, &guard_policies[0], NULL) != NULL)
		abort();
	json_decref(json);
	arena_free(arena);
	return 0;
}
