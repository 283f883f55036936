/* text: what is written as JSON: whatever the bytes, one line of printable ASCII. */
#include "record_internal.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MICROSECONDS = 1000000, TIME_BYTES = 32 };

/* Bytes of the UTF-8 sequence at ${text}, or 0 when it is none: what string_is_utf8 says of the sequence alone. */
static size_t sequence_length(const char *text)
{
	const unsigned char first = (unsigned char)text[0];
	const size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	char copy[5] = { 0 };

	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\0')
			return 0;
		copy[i] = text[i];
	}
	return string_is_utf8(copy) ? length : 0;
}

struct json_t *text_json(struct arena *arena, const char *text, size_t limit, size_t *ret_cut)
{
	struct text shown;
	size_t at = 0;
	json_t *string;

	text_init(&shown, arena);
	while (text[at] != '\0') {
		const size_t length = sequence_length(text + at);

		if (shown.length + (length > 0 ? length : 4) > limit)
			break;
		if (length > 0)
			text_add_bytes(&shown, text + at, length);
		else
			text_addf(&shown, "\\x%02x", (unsigned char)text[at]);
		at += length > 0 ? length : 1;
	}
	if (ret_cut != NULL)
		*ret_cut = strlen(text + at);
	string = json_stringn(shown.data, shown.length);
	if (string == NULL)
		abort(); /* out of memory */
	return string;
}

struct json_t *text_json_or_null(struct arena *arena, const char *text, size_t limit)
{
	return text == NULL ? json_null() : text_json(arena, text, limit, NULL);
}

const char *text_line(struct arena *arena, struct json_t *object)
{
	char *dump = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15));
	struct text line;

	if (dump == NULL)
		abort(); /* out of memory */
	text_init(&line, arena);
	/* jansson leaves DEL as it is, which stands in strings only. */
	for (const char *rest = dump; *rest != '\0';) {
		const size_t length = strcspn(rest, "\177");

		text_add_bytes(&line, rest, length);
		rest += length;
		if (*rest != '\0') {
			text_add(&line, "\\u007f");
			rest++;
		}
	}
	free(dump);
	json_decref(object);
	return line.data;
}

const char *text_time(struct arena *arena, int64_t microseconds)
{
	const time_t seconds = (time_t)(microseconds / MICROSECONDS);
	struct tm parts = { 0 };
	char date[TIME_BYTES];

	(void)gmtime_r(&seconds, &parts);
	if (strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &parts) == 0)
		return "";
	return arena_printf(arena, "%s.%06dZ", date, (int)(microseconds % MICROSECONDS));
}
