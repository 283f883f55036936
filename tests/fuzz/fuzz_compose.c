/* A Compose file. Whatever the bytes are, the answer is services or findings that can be printed, and it is the same twice. */
#include <stdlib.h>
#include <string.h>

#include <hardrun/compose.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
static enum compose_state find(const void *context, const char *name, const char **ret_value)
{
	(void)context;
	*ret_value = "a value";
	return name[0] == 'A' ? COMPOSE_SET : name[0] == 'B' ? COMPOSE_WITHHELD : COMPOSE_UNSET;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct findings findings = { .arena = arena }, again = findings;
	const struct compose_input input = { .file = "f", .bytes = (const char *)data, .length = size, .directory = "/d",
					     .lookup = { find, NULL } };
	const struct compose_project *project = compose_read(arena, &input, &findings);

	if ((project != NULL) != findings_allow(&findings) || (compose_read(arena, &input, &again) != NULL) != (project != NULL))
		abort();
	for (size_t i = 0; i < findings.count; i++)
		if (string_has_control(findings.items[i].subject) || string_has_control(findings.items[i].reason))
			abort();
	arena_free(arena);
	return 0;
}
