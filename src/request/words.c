/* words: what was given, in words for people: short, printable, and without what may be a secret. */
#include "request_internal.h"

#include <string.h>
#include <strings.h>

enum { WORDS_BYTES_MOST = 96 };

/* Words that stand in the names of secrets. */
static const char *const secret_words[] = { "pass", "secret", "token", "key", "credential", "auth", "pwd", "private", "bearer" };

/* The end of the first secret-looking word with what belongs to it, up to its '=' or ':'; NULL when there is none. */
static const char *secret_end(const char *text)
{
	for (const char *at = text; *at != '\0'; at++) {
		for (size_t i = 0; i < ARRAY_COUNT(secret_words); i++) {
			if (strncasecmp(at, secret_words[i], strlen(secret_words[i])) == 0) {
				const char *end = strpbrk(at, "=:");

				return end == NULL ? NULL : end + 1;
			}
		}
	}
	return NULL;
}

static const char *open_value(struct arena *arena, enum flag_id flag, const char *raw)
{
	const char *end;

	if (flag == FLAG_HEALTH_CMD)
		return "...";
	if (flag == FLAG_ENV) {
		end = strchr(raw, '=');
		return end == NULL ? raw : arena_printf(arena, "%.*s=...", (int)(end - raw), raw);
	}
	end = secret_end(raw);
	if (end == NULL || flag_specs[flag].kind == FLAG_KIND_VOLUME)
		return raw;
	return arena_printf(arena, "%.*s...", (int)(end - raw), raw);
}

const char *request_value_words(struct arena *arena, enum flag_id flag, const char *raw)
{
	return string_printable(arena, open_value(arena, flag, raw), WORDS_BYTES_MOST);
}

const char *request_words(struct arena *arena, const struct request_option *option)
{
	const bool is_long = option->spelling[0] == '-' && option->spelling[1] == '-';
	const char *words;

	if (option->raw == NULL)
		return option->spelling;
	words = arena_printf(arena, "%s%c%s", option->spelling, is_long ? '=' : ' ', open_value(arena, option->flag, option->raw));
	return string_printable(arena, words, WORDS_BYTES_MOST);
}

const char *request_stray_words(struct arena *arena, const char *word)
{
	const char *equals = strchr(word, '=');

	if (equals == NULL || equals[1] == '\0')
		return string_printable(arena, word, WORDS_BYTES_MOST);
	return string_printable(arena, arena_printf(arena, "%.*s=...", (int)(equals - word), word), WORDS_BYTES_MOST);
}
