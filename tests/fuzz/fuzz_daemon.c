/* What docker's daemon says of itself, a network and a volume: JSON of anybody's. */
#include <stdlib.h>
#include <string.h>

#include "../../src/host/host_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	const char *body = arena_strndup(arena, (const char *)data, size);
	const char *network = host_network_problem(arena, body), *volume = host_docker_volume_problem(arena, body);
	struct engine_facts engine = { 0 };

	host_read_docker_info(arena, &engine, body);
	/* One document is not both, and what it says is fit for a terminal. */
	if (network == NULL && volume == NULL)
		abort();
	if ((network != NULL && string_has_control(network)) || (volume != NULL && string_has_control(volume)))
		abort();
	for (size_t i = 0; i < engine.docker_gaps.count; i++) {
		if (string_has_control(engine.docker_gaps.items[i]))
			abort();
	}
	arena_free(arena);
	return 0;
}
