/* verb_value: what the values of a verb's options have to look like. */
#include "verb.h"

#include <string.h>

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

enum {
	SECONDS_MOST = 86400,
	NUMBER_MOST = 1000000000,
	TIME_BYTES_MOST = 40,
	SIGNAL_BYTES_MOST = 16,
	KEYS_BYTES_MOST = 64,
	FORMAT_BYTES_MOST = 1024,
	FILTER_BYTES_MOST = 512,
};

static bool is_of(const char *text, const char *letters, size_t most)
{
	const size_t length = strlen(text);

	return length > 0 && length <= most && strspn(text, letters) == length;
}

static bool is_number(const char *text, uint64_t most)
{
	uint64_t number;

	return parse_decimal(text, &number) && number <= most;
}

/*
 * One action of a template, without its braces: ".Name", "json .Mounts". Whatever calls a function of the template language could
 * make root's client work, or fill its memory, without end.
 */
static bool is_plain_action(const char *action, size_t length)
{
	size_t from = 0;

	while (from < length && action[from] == ' ')
		from++;
	while (length > from && action[length - 1] == ' ')
		length--;
	if (length - from > 5 && strncmp(action + from, "json ", 5) == 0)
		from += 5;
	if (from == length || action[from] != '.')
		return false;
	for (size_t i = from; i < length; i++)
		if (strchr(LOWER UPPER DIGITS "._", action[i]) == NULL)
			return false;
	return true;
}

static bool is_plain_format(const char *text)
{
	if (strlen(text) > FORMAT_BYTES_MOST)
		return false;
	for (const char *open = strstr(text, "{{"); open != NULL; open = strstr(open, "{{")) {
		const char *close = strstr(open, "}}");

		if (close == NULL || !is_plain_action(open + 2, (size_t)(close - open - 2)))
			return false;
		open = close + 2;
	}
	return true;
}

static bool is_filter(const char *text, const char *keys)
{
	const size_t length = strcspn(text, "=");

	if (text[length] != '=' || length == 0 || strlen(text) > FILTER_BYTES_MOST)
		return false;
	for (const char *key = keys; *key != '\0'; key += strspn(key, " ")) {
		const size_t span = strcspn(key, " ");

		if (span == length && strncmp(key, text, length) == 0)
			return true;
		key += span;
	}
	return false;
}

const char *verb_value_reason(struct arena *arena, const struct verb_flag *flag, const char *text)
{
	switch (flag->value) {
	case VERB_SECONDS:
		return is_number(text, SECONDS_MOST) ? NULL : "it wants seconds in plain digits, at most 86400";
	case VERB_NUMBER:
		return is_number(text, NUMBER_MOST) ? NULL : "it wants a number in plain digits";
	case VERB_TAIL:
		return strcmp(text, "all") == 0 || is_number(text, NUMBER_MOST) ? NULL : "it wants a number in plain digits, or all";
	case VERB_TIME:
		return is_of(text, LOWER UPPER DIGITS ".:+-", TIME_BYTES_MOST) ? NULL : "it wants a time, as 2026-01-31T10:00:00 or 10m";
	case VERB_SIGNAL:
		return is_of(text, LOWER UPPER DIGITS "+-", SIGNAL_BYTES_MOST) ? NULL : "it wants a signal, as TERM or 15";
	case VERB_KEYS:
		return is_of(text, LOWER UPPER DIGITS ",-@^[]_\\", KEYS_BYTES_MOST) ? NULL : "it wants keys, as ctrl-p,ctrl-q";
	case VERB_FORMAT:
		return is_plain_format(text) ? NULL : "it wants json, or text with fields such as {{.Name}} and {{json .State}}";
	case VERB_FILTER:
		return is_filter(text, flag->keys) ? NULL : arena_printf(arena, "it wants KEY=VALUE, with one of the keys %s", flag->keys);
	case VERB_LOCAL:
		return strcmp(text, "local") == 0 ? NULL : "a driver other than local may be any directory or machine in disguise";
	case VERB_SWITCH:
	case VERB_JUDGED:
	case VERB_VALUE_COUNT:
		break;
	}
	return NULL;
}
