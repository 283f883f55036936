/* A runtime's log of a container that never ran: its first half as the log, the rest as what was said on stderr. */
#include <stdlib.h>
#include <string.h>

#include "../../src/launch/launch_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	const char *bytes = (const char *)data;
	const char *log = arena_strndup(arena, bytes, size / 2), *said = arena_strndup(arena, bytes + size / 2, size - size / 2);
	struct diagnosis diagnosis = diagnose_failure(arena, "runc", "sh", log, said);

	if (diagnosis.status < LAUNCH_STATUS_REFUSED || diagnosis.status > LAUNCH_STATUS_NOT_FOUND)
		abort();
	if (!string_is_utf8(diagnosis.message) || string_has_control(diagnosis.message) || strlen(diagnosis.message) > 1000)
		abort();
	arena_free(arena);
	return 0;
}
