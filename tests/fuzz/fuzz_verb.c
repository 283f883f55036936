/* A verb's words, each ended by NUL, the first the verb's key; and what the daemon says of a container, fit to show. */
#include <stdlib.h>
#include <string.h>

#include "../../src/cli/verb.h"
#include "../../src/host/host_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct findings findings = { .arena = arena };
	char *bytes = arena_strndup(arena, (const char *)data, size), **argv = arena_alloc(arena, (size + 2) * sizeof(*argv));
	const struct verb_form *form;
	struct verb_words words = { NULL, NULL, 0, { NULL, 0 }, false };
	struct container_facts container;
	const char *image;
	struct error err;
	int argc = 0;

	if (host_parse_container(arena, bytes, &container, &image, &err) == 0 &&
	    (strlen(container.id) != 64 || strchr(image, '/') != NULL))
		abort();
	memcpy(bytes, data, size); /* with its NULs */
	for (size_t at = 0; at < size; at += strlen(bytes + at) + 1)
		argv[argc++] = bytes + at;
	form = argc > 0 ? verb_forms_find(argv[0]) : NULL;
	if (form != NULL && verb_parse(form, argc - 1, argv + 1, &words, &findings) != (findings.count == 0))
		abort();
	for (size_t i = 0; i < words.option_count; i++)
		if (words.options[i].flag->value != VERB_JUDGED && string_has_control(words.options[i].value))
			abort();
	arena_free(arena);
	return 0;
}
