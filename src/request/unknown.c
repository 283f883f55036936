/* unknown: what someone may have meant by a flag that there is not. */
#include "request_internal.h"

#include <string.h>

/* The shortest visible flag that begins with ${word}: docker has no abbreviations, other programs do. */
static const char *flag_that_begins_with(const char *word)
{
	const char *shortest = NULL;

	for (size_t i = 0; i < FLAG_COUNT; i++) {
		const char *name = flag_specs[i].name;

		if (flag_specs[i].is_hidden || strncmp(name, word, strlen(word)) != 0)
			continue;
		if (shortest == NULL || strlen(name) < strlen(shortest))
			shortest = name;
	}
	return shortest;
}

const char *request_suggest_flag(struct arena *arena, const char *name)
{
	const char *names[FLAG_COUNT] = { NULL };
	const char *nearest = NULL;

	for (size_t i = 0; i < FLAG_COUNT; i++) {
		if (!flag_specs[i].is_hidden)
			names[i] = flag_specs[i].name;
	}
	if (strlen(name) >= 3)
		nearest = flag_that_begins_with(name);
	if (nearest == NULL)
		nearest = string_nearest(name, names, FLAG_COUNT);
	return nearest == NULL ? NULL : arena_printf(arena, "did you mean --%s?", nearest);
}

const char *request_suggest_dashes(struct arena *arena, const char *word)
{
	const size_t length = strcspn(word + 1, "=");

	if (length < 2 || flag_find(word + 1, length) == FLAG_NONE)
		return NULL;
	return arena_printf(arena, "with one dash each letter is a flag of its own: write --%.*s", (int)length, word + 1);
}
