/* text: strings that grow, and lists of strings. */
#include <hardrun/base.h>

#include <stdlib.h>
#include <string.h>

enum {
	TEXT_FIRST_CAPACITY = 64,
};

void text_init(struct text *text, struct arena *arena)
{
	text->arena = arena;
	text->data = arena_alloc(arena, TEXT_FIRST_CAPACITY);
	text->length = 0;
	text->capacity = TEXT_FIRST_CAPACITY;
}

/* Makes room for ${length} bytes more and the NUL behind them. */
static void text_reserve(struct text *text, size_t length)
{
	size_t wanted = text->length + length + 1;

	if (length > SIZE_MAX / 4)
		abort();
	if (wanted <= text->capacity)
		return;
	text->data = arena_enlarge(text->arena, text->data, text->capacity, wanted * 2);
	text->capacity = wanted * 2;
}

void text_add_bytes(struct text *text, const char *bytes, size_t length)
{
	text_reserve(text, length);
	memcpy(text->data + text->length, bytes, length);
	text->length += length;
	text->data[text->length] = '\0';
}

void text_add(struct text *text, const char *string)
{
	text_add_bytes(text, string, strlen(string));
}

void text_addf(struct text *text, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	text_add(text, arena_vprintf(text->arena, format, arguments));
	va_end(arguments);
}

void string_list_add(struct arena *arena, struct string_list *list, const char *string)
{
	*vector_push(arena, list->items, list->count) = string;
}

bool string_list_has(const struct string_list *list, const char *string)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->items[i], string) == 0)
			return true;
	}
	return false;
}
