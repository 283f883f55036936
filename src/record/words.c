/* words: the command line, without its secrets and not longer than is good. */
#include "record_internal.h"

#include <jansson.h>
#include <string.h>

#define HIDDEN "[redacted]"

/* The word with every span of it replaced. Spans come in the order of words, and of places in them; others are passed over. */
static const char *redact(struct arena *arena, const char *word, const struct record_span *spans, size_t count)
{
	const size_t length = strlen(word);
	struct text text;
	size_t at = 0;

	text_init(&text, arena);
	for (size_t i = 0; i < count; i++) {
		if (spans[i].first < at || spans[i].first > length || spans[i].length > length - spans[i].first)
			continue;
		text_add_bytes(&text, word + at, spans[i].first - at);
		text_add(&text, HIDDEN);
		at = spans[i].first + spans[i].length;
	}
	text_add(&text, word + at);
	return text.data;
}

/* The spans of ${word}, which is not smaller than the one asked for before; *${at} is where to go on. */
static size_t spans_of(const struct record_spans *hidden, size_t word, size_t *at)
{
	size_t count = 0;

	while (*at < hidden->count && hidden->items[*at].word < word)
		(*at)++;
	while (*at + count < hidden->count && hidden->items[*at + count].word == word)
		count++;
	return count;
}

static size_t bytes_of(const struct record_words *words)
{
	size_t bytes = 0;

	for (size_t i = 0; i < words->count; i++)
		bytes += strlen(words->items[i]) + 1;
	return bytes;
}

void words_add(struct arena *arena, struct json_t *object, const struct record_words *words, const struct record_spans *hidden,
	       struct words_limit limit)
{
	json_t *list = json_array(), *left_out = json_object();
	size_t at = 0, bytes = 0, cut = 0, i = 0;

	for (; i < words->count && i < limit.words && bytes < limit.bytes; i++) {
		const size_t count = spans_of(hidden, i, &at);
		const char *word = count > 0 ? redact(arena, words->items[i], hidden->items + at, count) : words->items[i];
		const size_t room = limit.bytes - bytes < limit.word_bytes ? limit.bytes - bytes : limit.word_bytes;
		size_t rest = 0;

		json_array_append_new(list, text_json(arena, word, room, &rest));
		bytes += strlen(word) - rest + 1;
		cut += rest;
	}
	json_object_set_new(left_out, "words", json_integer((json_int_t)(words->count - i)));
	for (size_t next = i; next < words->count; next++)
		cut += strlen(words->items[next]);
	json_object_set_new(left_out, "bytes", json_integer((json_int_t)cut));
	json_object_set_new(object, "argv", list);
	json_object_set_new(object, "argv_words", json_integer((json_int_t)words->count));
	json_object_set_new(object, "argv_bytes", json_integer((json_int_t)bytes_of(words)));
	json_object_set_new(object, "argv_cut", left_out);
}

struct string_list record_show_words(struct arena *arena, const struct record_words *words, const struct record_spans *hidden)
{
	struct string_list shown = { 0 };
	size_t at = 0;

	for (size_t i = 0; i < words->count; i++) {
		const size_t count = spans_of(hidden, i, &at);

		string_list_add(arena, &shown, count > 0 ? redact(arena, words->items[i], hidden->items + at, count) : words->items[i]);
	}
	return shown;
}
