/*
 * notice: what a container says of its state, for systemd. Only what speaks of the container itself passes: which process is the
 * unit's, which descriptors are kept for it, and whom a bus name belongs to, is nothing for the inside of a container to say.
 * Source: sd_notify(3).
 */
#include <string.h>

#include "watch_internal.h"

enum { STATUS_BYTES_MAX = 256 };

enum notice_value { NOTICE_ONE, NOTICE_NUMBER, NOTICE_TEXT, NOTICE_WATCHDOG };

static const struct { const char *key; enum notice_value value; } notice_keys[] = {
	{ "READY", NOTICE_ONE },
	{ "RELOADING", NOTICE_ONE },
	{ "STOPPING", NOTICE_ONE },
	{ "MONOTONIC_USEC", NOTICE_NUMBER },
	{ "STATUS", NOTICE_TEXT },
	{ "ERRNO", NOTICE_NUMBER },
	{ "EXIT_STATUS", NOTICE_NUMBER },
	{ "WATCHDOG", NOTICE_WATCHDOG },
	{ "WATCHDOG_USEC", NOTICE_NUMBER },
	{ "EXTEND_TIMEOUT_USEC", NOTICE_NUMBER },
};

static bool is_plain_text(const char *value)
{
	return strlen(value) <= STATUS_BYTES_MAX && string_is_utf8(value) && !string_has_control(value);
}

static bool is_value(enum notice_value kind, const char *value)
{
	uint64_t number;

	switch (kind) {
	case NOTICE_ONE:
		return strcmp(value, "1") == 0;
	case NOTICE_NUMBER:
		return parse_decimal(value, &number);
	case NOTICE_TEXT:
		return is_plain_text(value);
	case NOTICE_WATCHDOG:
		return strcmp(value, "1") == 0 || strcmp(value, "trigger") == 0;
	}
	return false;
}

static bool passes(const char *line)
{
	const char *equals = strchr(line, '=');

	for (size_t i = 0; equals != NULL && i < ARRAY_COUNT(notice_keys); i++) {
		const size_t length = strlen(notice_keys[i].key);

		if ((size_t)(equals - line) == length && strncmp(line, notice_keys[i].key, length) == 0)
			return is_value(notice_keys[i].value, equals + 1);
	}
	return false;
}

size_t watch_filter_notice(char *text, size_t length)
{
	size_t kept = 0;

	if (memchr(text, '\0', length) != NULL)
		return 0;
	for (size_t at = 0; at < length;) {
		const char *end = memchr(text + at, '\n', length - at);
		const size_t line = end != NULL ? (size_t)(end - text) - at : length - at;

		text[at + line] = '\0';
		if (passes(text + at)) {
			memmove(text + kept, text + at, line);
			kept += line;
			text[kept++] = '\n';
		}
		at += line + 1;
	}
	return kept;
}
