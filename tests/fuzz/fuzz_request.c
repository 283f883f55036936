/* Words, each ended by NUL, through the whole command line grammar. */
#include <stdlib.h>
#include <string.h>

#include <hardrun/request.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct findings findings = { .arena = arena };
	char *bytes = arena_strndup(arena, (const char *)data, size);
	char **argv = NULL;
	size_t argc = 0;
	const struct request *request;

	for (size_t at = 0; at < size; at += strlen(bytes + at) + 1)
		*vector_push(arena, argv, argc) = bytes + at;
	request = request_parse(arena, (int)argc, argv, &findings);
	for (size_t i = 0; i < findings.count; i++) {
		if (string_has_control(findings.items[i].subject) || string_has_control(findings.items[i].reason))
			abort();
	}
	if (!findings_malformed(&findings) && !request->is_help && request->image == NULL && !request_last(request, FLAG_ROOTFS))
		abort();
	arena_free(arena);
	return 0;
}
