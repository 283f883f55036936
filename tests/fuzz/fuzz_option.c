/* One option with any value, through the whole of hardrun: what is let through passes the independent look of the tests. */
#include <stdio.h>
#include <stdlib.h>

#include "../property/guard.h"
#include "../property/world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world world; /* made once: it takes longer than a line */
	struct arena *arena = arena_new();
	struct world_run run;
	char *items[] = { NULL, NULL };

	if (world.arena == NULL) {
		world_init(&world);
		world_use(&world, world_policy(world.arena, guard_policies[0].policy));
	}
	if (size > 0 && flag_specs[data[0] % FLAG_COUNT].scope == FLAG_SCOPE_DOCKER) {
		items[0] = arena_printf(arena, "--%s=%.*s", flag_specs[data[0] % FLAG_COUNT].name, (int)size - 1, (const char *)data + 1);
		items[1] = arena_strdup(arena, "alpine");
		if (world_go(arena, &world, (struct words){ items, 2 }, &run) == WORLD_ALLOWED) {
			string_list_add(arena, &run.launch.argv, NULL);
			if (guard_complaint(arena, &guard_policies[0], run.launch.argv.items, run.launch.env_file) != NULL)
				abort();
		}
	}
	arena_free(arena);
	return 0;
}
