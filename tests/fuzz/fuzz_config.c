/* An image's configuration comes from whoever pushed the image. */
#include <stdlib.h>
#include <string.h>

#include <hardrun/host.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct image_facts facts = { 0 };
	struct error err = { 0 };
	int status = host_parse_image_config(arena, arena_strndup(arena, (const char *)data, size), &facts, &err);

	if (status < 0 && err.message == NULL)
		abort();
	arena_free(arena);
	return 0;
}
