/* split: how values are taken apart into fields. */
#include "request_internal.h"

#include <string.h>

/* A field that began with a quote; *cursor stands behind that quote and ends on the comma or the end. */
static bool split_quoted_field(struct arena *arena, const char **cursor, const char **ret_field)
{
	struct text field;

	text_init(&field, arena);
	for (;;) {
		size_t length = strcspn(*cursor, "\"");

		text_add_bytes(&field, *cursor, length);
		*cursor += length;
		if (**cursor == '\0')
			return false;
		(*cursor)++;
		if (**cursor != '"')
			break;
		text_add(&field, "\"");
		(*cursor)++;
	}
	*ret_field = field.data;
	return **cursor == '\0' || **cursor == ',';
}

static bool split_plain_field(struct arena *arena, const char **cursor, const char **ret_field)
{
	size_t length = strcspn(*cursor, ",");

	if (memchr(*cursor, '"', length) != NULL)
		return false;
	*ret_field = arena_strndup(arena, *cursor, length);
	*cursor += length;
	return true;
}

bool request_split_csv(struct arena *arena, const char *text, struct string_list *ret_fields, const char **ret_reason)
{
	struct string_list fields = { NULL, 0 };

	*ret_reason = "it is empty";
	if (text[0] == '\0')
		return false;
	*ret_reason = "it has a line break, and docker reads the first line only";
	if (strpbrk(text, "\r\n") != NULL)
		return false;
	*ret_reason = "its quotes do not pair up";
	for (;;) {
		const char *field;
		bool is_quoted = *text == '"';

		text += is_quoted;
		if (!(is_quoted ? split_quoted_field : split_plain_field)(arena, &text, &field))
			return false;
		string_list_add(arena, &fields, field);
		if (*text == '\0')
			break;
		text++;
	}
	*ret_fields = fields;
	return true;
}

struct string_list request_split(struct arena *arena, const char *text, char separator)
{
	const char stop[2] = { separator, '\0' };
	struct string_list parts = { NULL, 0 };

	for (;;) {
		size_t length = strcspn(text, stop);

		string_list_add(arena, &parts, arena_strndup(arena, text, length));
		text += length;
		if (*text == '\0')
			return parts;
		text++;
	}
}

struct pair_request request_cut(struct arena *arena, const char *text, const char *separators)
{
	size_t length = strcspn(text, separators);
	struct pair_request pair = {
		.name = arena_strndup(arena, text, length),
		.value = text[length] == '\0' ? NULL : text + length + 1,
	};

	return pair;
}

const char *request_fold(struct arena *arena, const char *text)
{
	char *folded = arena_strdup(arena, text);

	for (size_t i = 0; folded[i] != '\0'; i++) {
		if (folded[i] >= 'A' && folded[i] <= 'Z')
			folded[i] = (char)(folded[i] - 'A' + 'a');
	}
	return folded;
}

bool request_has_blank(const char *text)
{
	/* Also U+00A0, U+1680, U+2000 to U+200A, U+202F, U+205F and U+3000: Go trims them, C does not see them. */
	static const char *const wide[] = {
		"\xc2\xa0", "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81", "\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84",
		"\xe2\x80\x85", "\xe2\x80\x86", "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xaf",
		"\xe2\x81\x9f", "\xe3\x80\x80",
	};

	if (strpbrk(text, " \t\n\v\f\r") != NULL)
		return true;
	for (size_t i = 0; i < ARRAY_COUNT(wide); i++) {
		if (strstr(text, wide[i]) != NULL)
			return true;
	}
	return false;
}
