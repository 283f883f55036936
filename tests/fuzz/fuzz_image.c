/* One image name. What is taken must be taken again, unchanged, in its canonical spelling. */
#include <stdlib.h>
#include <string.h>

#include <hardrun/request.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	const char *text = arena_strndup(arena, (const char *)data, size), *reason = NULL;
	struct image_name image, again;

	if (!request_parse_image(arena, text, &image, &reason)) {
		if (reason == NULL)
			abort();
	} else if (image.kind == IMAGE_REFERENCE || image.path[0] == '/') {
		if (!request_parse_image(arena, image.canonical, &again, &reason))
			abort();
		if (strcmp(image.canonical, again.canonical) != 0 || strcmp(image.name, again.name) != 0)
			abort();
	}
	arena_free(arena);
	return 0;
}
