/* Words, each ended by NUL, through the whole of hardrun, under the three policies of the property tests. */
#include <stdlib.h>
#include <string.h>

#include "../property/guard.h"
#include "../property/world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world worlds[3]; /* made once: it takes longer than a line */
	struct world *world = &worlds[size % ARRAY_COUNT(worlds)];
	const struct guard_bounds *bounds = &guard_policies[size % ARRAY_COUNT(worlds)];
	struct arena *arena = arena_new();
	struct words words = { NULL, 0 };
	struct world_run run;
	char *bytes = arena_strndup(arena, (const char *)data, size);

	if (world->arena == NULL) {
		world_init(world);
		world_use(world, world_policy(world->arena, bounds->policy));
	}
	for (size_t at = 0; at < size; at += strlen(bytes + at) + 1)
		*vector_push(arena, words.items, words.count) = bytes + at;
	if (words.count > 0 && world_go(arena, world, words, &run) == WORLD_ALLOWED) {
		string_list_add(arena, &run.launch.argv, NULL);
		if (guard_complaint(arena, bounds, run.launch.argv.items, run.launch.env_file) != NULL)
			abort();
	}
	arena_free(arena);
	return 0;
}
