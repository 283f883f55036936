/*
 * hide: which bytes of the command line the record does not show. A line that parses is told apart by its options; one that does
 * not, and other verbs' lines, by how their words look.
 */
#include "record_internal.h"

#include <stdint.h>
#include <string.h>

struct hiding {
	struct arena *arena;
	const struct record_words *words;
	size_t *lengths; /* of the words */
	struct record_spans spans;
};

static void hide_span(struct hiding *hiding, size_t word, size_t first, size_t length)
{
	if (length > 0)
		*vector_push(hiding->arena, hiding->spans.items, hiding->spans.count) = (struct record_span){ word, first, length };
}

/* Everything of the word from ${first} on. */
static void hide_rest(struct hiding *hiding, size_t word, size_t first)
{
	hide_span(hiding, word, first, strlen(hiding->words->items[word] + first));
}

/* What looks like a secret, in the word from ${first} on. */
static void hide_looks(struct hiding *hiding, size_t word, size_t first)
{
	const char *text = hiding->words->items[word] + first;
	struct secret secret;
	size_t at = 0;

	while (secret_next(text, &at, &secret))
		hide_span(hiding, word, first + secret.first, secret.length);
}

/* The value of NAME=VALUE from ${first} on. */
static void hide_value(struct hiding *hiding, size_t word, size_t first)
{
	const char *equals = strchr(hiding->words->items[word] + first, '=');

	if (equals != NULL)
		hide_rest(hiding, word, (size_t)(equals + 1 - hiding->words->items[word]));
}

/* ---- a line that parses ---- */

/* Where ${raw} stands in the words; false for what was typed before the verb, which is hardrun's own and no secret. */
static bool find_raw(const struct hiding *hiding, const char *raw, size_t *ret_word, size_t *ret_first)
{
	for (size_t i = 0; i < hiding->words->count; i++) {
		const uintptr_t begin = (uintptr_t)hiding->words->items[i], end = begin + hiding->lengths[i];

		if ((uintptr_t)raw >= begin && (uintptr_t)raw <= end) {
			*ret_word = i;
			*ret_first = (uintptr_t)raw - begin;
			return true;
		}
	}
	return false;
}

static void hide_pair(struct hiding *hiding, size_t word, size_t first)
{
	const char *raw = hiding->words->items[word] + first;
	const char *equals = strchr(raw, '=');

	if (equals != NULL && record_is_secret_name(raw, (size_t)(equals - raw)))
		hide_value(hiding, word, first);
	else
		hide_looks(hiding, word, first);
}

static void hide_option(struct hiding *hiding, const struct request_option *option)
{
	size_t word, first;

	if (flag_specs[option->flag].kind == FLAG_KIND_BOOL || option->raw == NULL || !find_raw(hiding, option->raw, &word, &first))
		return;
	if (option->flag == FLAG_ENV) {
		hide_value(hiding, word, first);
		return;
	}
	/* A command line of its own, which the shell in the container reads. */
	if (option->flag == FLAG_HEALTH_CMD) {
		hide_rest(hiding, word, first);
		return;
	}
	switch (flag_specs[option->flag].kind) {
	case FLAG_KIND_PAIR:
		hide_pair(hiding, word, first);
		break;
	case FLAG_KIND_WORD:
	case FLAG_KIND_MOUNT:
	case FLAG_KIND_NETWORK:
		hide_looks(hiding, word, first);
		break;
	/* Paths, numbers and names: "-v /run/secrets:/x" is no secret. */
	case FLAG_KIND_BOOL:
	case FLAG_KIND_INTEGER:
	case FLAG_KIND_SIZE:
	case FLAG_KIND_CPUS:
	case FLAG_KIND_DURATION:
	case FLAG_KIND_VOLUME:
	case FLAG_KIND_TMPFS:
	case FLAG_KIND_PORT:
	case FLAG_KIND_USER:
	case FLAG_KIND_ULIMIT:
	case FLAG_KIND_COUNT:
		break;
	}
}

/* user:password, but not uid:gid. */
static void hide_login(struct hiding *hiding, size_t word)
{
	const char *text = hiding->words->items[word];
	const char *colon = strchr(text, ':');

	if (colon != NULL && text[strspn(text, "0123456789:")] != '\0')
		hide_rest(hiding, word, (size_t)(colon + 1 - text));
}

/* One word of the container's command, or of a line that nobody has parsed; ${before} is the word before it, or "". */
static void hide_command_word(struct hiding *hiding, size_t word, const char *before)
{
	const char *text = hiding->words->items[word];

	if (secret_is_announced(before) && text[0] != '-')
		hide_rest(hiding, word, 0);
	else if (secret_is_login(before))
		hide_login(hiding, word);
	else
		hide_looks(hiding, word, 0);
}

static void hide_request(struct hiding *hiding, const struct request *request)
{
	const char *before = "";
	size_t word, first;

	for (size_t i = 0; i < request->option_count; i++)
		hide_option(hiding, &request->options[i]);
	for (size_t i = 0; i < request->command.count; i++) {
		if (find_raw(hiding, request->command.items[i], &word, &first))
			hide_command_word(hiding, word, before);
		before = request->command.items[i];
	}
}

/* ---- any other line ---- */

/* "-e", "-ite": a group of letters whose last one takes NAME=VALUE from the next word. */
static bool is_env_flag(const char *word)
{
	const size_t length = strlen(word);

	if (strcmp(word, "--env") == 0)
		return true;
	return length >= 2 && word[0] == '-' && word[1] != '-' && word[length - 1] == 'e' &&
	       strspn(word + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == length - 1;
}

static bool begins(const char *word, const char *beginning)
{
	return strncmp(word, beginning, strlen(beginning)) == 0;
}

/* "--passwrd=x": nobody knows what it was meant to be. */
static bool is_unknown_flag(const char *word)
{
	const char *equals = strchr(word, '=');

	return begins(word, "--") && equals != NULL && flag_find(word + 2, (size_t)(equals - word - 2)) == FLAG_NONE;
}

static void hide_any_word(struct hiding *hiding, size_t word, const char *before)
{
	const char *text = hiding->words->items[word];

	if (is_env_flag(before) && strchr(text, '=') != NULL)
		hide_value(hiding, word, 0);
	else if (begins(text, "--env="))
		hide_value(hiding, word, strlen("--env="));
	else if (text[0] == '-' && text[1] != '-' && strchr(text, '=') != NULL)
		hide_value(hiding, word, 0);
	else if (strcmp(before, "--health-cmd") == 0)
		hide_rest(hiding, word, 0);
	else if (begins(text, "--health-cmd=") || is_unknown_flag(text))
		hide_value(hiding, word, 0);
	else
		hide_command_word(hiding, word, before);
}

/* "login -p x", "login -px": to this verb the letter means a password. */
static bool hide_login_word(struct hiding *hiding, size_t word, const char *before)
{
	const char *text = hiding->words->items[word];
	const bool is_behind = strcmp(before, "-p") == 0 || strcmp(before, "--password") == 0;

	if (!is_behind && (strncmp(text, "-p", 2) != 0 || text[2] == '\0'))
		return false;
	hide_rest(hiding, word, is_behind ? 0 : 2);
	return true;
}

struct record_spans record_hide(struct arena *arena, const struct record_words *words, const struct request *request)
{
	struct hiding hiding = { .arena = arena, .words = words };
	bool is_login = false;

	hiding.lengths = arena_alloc(arena, (words->count + 1) * sizeof(*hiding.lengths));
	for (size_t i = 0; i < words->count; i++)
		hiding.lengths[i] = strlen(words->items[i]);
	if (request != NULL) {
		hide_request(&hiding, request);
		return hiding.spans;
	}
	for (size_t i = 1; i < words->count; i++) {
		if (!is_login || !hide_login_word(&hiding, i, words->items[i - 1]))
			hide_any_word(&hiding, i, words->items[i - 1]);
		is_login = is_login || strcmp(words->items[i], "login") == 0;
	}
	return hiding.spans;
}
