/* complain: the errors of policy files, collected. */
#include <stdlib.h>
#include <string.h>

#include "policy_internal.h"

enum {
	QUOTE_BYTES_MAX = 60,
	KEY_BYTES_MAX = 40,
	/* Passes find errors in their own order: more are collected than shown, so that those shown are the first by place. */
	COLLECTED_MAX = 200,
};

struct error *complain_add(struct policy_errors *errors, enum error_kind kind, struct place place, const char *remedy,
			   const char *format, ...)
{
	struct error *err;
	va_list arguments;
	const char *message;

	if (errors->count >= COLLECTED_MAX)
		return NULL;
	va_start(arguments, format);
	message = arena_vprintf(errors->arena, format, arguments);
	va_end(arguments);
	err = vector_push(errors->arena, errors->items, errors->count);
	error_set_at(err, errors->arena, kind, place, "%s", message);
	err->remedy = remedy == NULL ? NULL : string_printable(errors->arena, remedy, 0);
	return err;
}

static bool stands_after(const struct error *first, const struct error *second)
{
	if (first->place.line != second->place.line)
		return first->place.line > second->place.line;
	return first->place.column > second->place.column;
}

void complain_sort(struct policy_errors *errors, size_t first)
{
	/* Insertion: at most COLLECTED_MAX, and errors of one place keep their order. */
	for (size_t i = first + 1; i < errors->count; i++) {
		const struct error moved = errors->items[i];
		size_t j = i;

		for (; j > first && stands_after(&errors->items[j - 1], &moved); j--)
			errors->items[j] = errors->items[j - 1];
		errors->items[j] = moved;
	}
	if (errors->count > POLICY_ERRORS_MAX)
		errors->count = POLICY_ERRORS_MAX;
}

const char *complain_quote(struct arena *arena, const char *text)
{
	return arena_printf(arena, "\"%s\"", string_printable(arena, text, QUOTE_BYTES_MAX));
}

bool complain_is_showable(const char *text)
{
	const size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.-");

	return length >= 1 && length <= KEY_BYTES_MAX && text[length] == '\0';
}
