#include "lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "soup_table.h"

/* ---- chance ---- */

void random_seed(struct random *random, uint64_t seed)
{
	random->state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	for (int i = 0; i < 8; i++)
		random_below(random, 2);
}

/* xorshift64*; the high bits are the good ones. */
size_t random_below(struct random *random, size_t below)
{
	random->state ^= random->state >> 12;
	random->state ^= random->state << 25;
	random->state ^= random->state >> 27;
	return (size_t)((random->state * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % below;
}

static const char *pick(struct random *random, const char *const *items, size_t count)
{
	return items[random_below(random, count)];
}

/* ---- the corpora ---- */

static void add_word(struct arena *arena, struct words *words, const char *word)
{
	*vector_push(arena, words->items, words->count) = arena_strdup(arena, word);
}

static const char *text_of(const json_t *element, const char *key, const char *otherwise)
{
	const char *text = json_string_value(json_object_get(element, key));

	return text != NULL ? text : otherwise;
}

/* ${text} with every ${mark} replaced. */
static const char *replace(struct arena *arena, const char *text, const char *mark, const char *with)
{
	struct text result;

	text_init(&result, arena);
	for (const char *found = strstr(text, mark); found != NULL; found = strstr(text, mark)) {
		text_add_bytes(&result, text, (size_t)(found - text));
		text_add(&result, with);
		text = found + strlen(mark);
	}
	text_add(&result, text);
	return result.data;
}

static const char *repeated(struct arena *arena, const char *text, size_t times)
{
	struct text result;

	text_init(&result, arena);
	for (size_t i = 0; i < times; i++)
		text_add(&result, text);
	return result.data;
}

static bool add_hex(struct arena *arena, struct words *words, const char *hex)
{
	struct text bytes;
	unsigned byte;

	text_init(&bytes, arena);
	for (; sscanf(hex, "%2x", &byte) == 1; hex += 2) {
		const char letter = (char)byte;

		if (byte == 0)
			return false;
		text_add_bytes(&bytes, &letter, 1);
	}
	add_word(arena, words, bytes.data);
	return true;
}

/* An element of the argv column: run_corpus tells the forms. False: no program can be given that. */
static bool add_element(struct arena *arena, struct words *words, const json_t *element)
{
	const size_t times = (size_t)json_integer_value(json_object_get(element, "n"));

	if (json_is_string(element)) {
		add_word(arena, words, replace(arena, json_string_value(element), "{pad}", repeated(arena, "x", 1000)));
	} else if (json_object_get(element, "hex") != NULL) {
		return add_hex(arena, words, text_of(element, "hex", ""));
	} else if (json_object_get(element, "repeat") != NULL) {
		for (size_t i = 0; i < times; i++)
			add_word(arena, words, text_of(element, "repeat", ""));
	} else if (json_object_get(element, "repeat_fmt") != NULL) {
		const size_t length = (size_t)json_integer_value(json_object_get(element, "padlen"));
		const long long base = json_integer_value(json_object_get(element, "base"));
		const char *pad = repeated(arena, text_of(element, "pad", "x"), length == 0 ? 1000 : length);

		for (size_t i = 0; i < times; i++)
			add_word(arena, words, replace(arena, replace(arena, text_of(element, "repeat_fmt", ""), "{pad}", pad), "%d",
						       arena_printf(arena, "%lld", base + (long long)i)));
	} else {
		add_word(arena, words, arena_printf(arena, "%s%s%s", text_of(element, "join", ""),
						    repeated(arena, text_of(element, "pad", ""), times), text_of(element, "suffix", "")));
	}
	return true;
}

static void add_line(struct arena *arena, struct lines *lines, const char *argv_json)
{
	json_t *argv = json_loads(argv_json, 0, NULL);
	struct words words = { NULL, 0 };
	bool is_fine = json_array_size(argv) > 0 && strlen(argv_json) < 4096;

	for (size_t i = 0; is_fine && i < json_array_size(argv); i++)
		is_fine = add_element(arena, &words, json_array_get(argv, i));
	/* A line of thousands of words says nothing more when it is mutated, and takes as long as all others together. */
	if (is_fine && words.count < 200)
		*vector_push(arena, lines->items, lines->count) = words;
	json_decref(argv);
}

static void read_file(struct arena *arena, const char *path, struct lines *lines)
{
	size_t length;
	char *rest = world_read(arena, path, &length), *line = strsep(&rest, "\n");

	while ((line = strsep(&rest, "\n")) != NULL) {
		strsep(&line, "\t");
		strsep(&line, "\t");
		if (line != NULL)
			add_line(arena, lines, strsep(&line, "\t"));
	}
}

void lines_read(struct arena *arena, bool is_legit, struct lines *lines)
{
	read_file(arena, is_legit ? "tests/corpus/legit.tsv" : "tests/corpus/bypass.tsv", lines);
	read_file(arena, is_legit ? "tests/corpus/legit-ours.tsv" : "tests/corpus/bypass-ours.tsv", lines);
}

/* ---- soups ---- */

static const char *draw_value(struct arena *arena, struct random *random, const char *values)
{
	size_t count = 1, wanted;

	for (const char *at = strstr(values, " | "); at != NULL; at = strstr(at + 3, " | "))
		count++;
	for (wanted = random_below(random, count); wanted > 0; wanted--)
		values = strstr(values, " | ") + 3;
	const char *end = strstr(values, " | ");

	return arena_strndup(arena, values, end != NULL ? (size_t)(end - values) : strlen(values));
}

static const struct soup_row *draw_row(struct random *random)
{
	size_t total = 0, wanted;

	for (size_t i = 0; i < soup_row_count; i++)
		total += soup_rows[i].weight;
	wanted = random_below(random, total);
	for (size_t i = 0; i < soup_row_count; i++) {
		if (wanted < soup_rows[i].weight)
			return &soup_rows[i];
		wanted -= soup_rows[i].weight;
	}
	return &soup_rows[0];
}

/* Switches: bare, with a value, or as a letter in a group with one that may follow. */
static void add_switch(struct arena *arena, struct random *random, struct words *words, const struct flag_spec *spec)
{
	static const char *const values[] = { "true", "1", "T", "false", "0", "F", "TRUE", "yes" };
	static const char *const groups[] = { "-it", "-di", "-ti", "-itd", "-i", "-tit" };

	switch (random_below(random, 4)) {
	case 0:
		add_word(arena, words, arena_printf(arena, "--%s=%s", spec->name, pick(random, values, ARRAY_COUNT(values))));
		break;
	case 1:
		if (spec->letter != 0) {
			add_word(arena, words, pick(random, groups, ARRAY_COUNT(groups)));
			break;
		}
		add_word(arena, words, arena_printf(arena, "--%s", spec->name));
		break;
	default:
		add_word(arena, words, arena_printf(arena, "--%s", spec->name));
		break;
	}
}

static void add_option(struct arena *arena, struct random *random, struct words *words)
{
	const struct soup_row *row = draw_row(random);
	const struct flag_spec *spec = &flag_specs[flag_find(row->flag, strlen(row->flag))];
	const char *value;

	if (spec->kind == FLAG_KIND_BOOL) {
		add_switch(arena, random, words, spec);
		return;
	}
	value = draw_value(arena, random, row->values);
	switch (random_below(random, spec->letter != 0 ? 6 : 2)) {
	case 0:
		add_word(arena, words, arena_printf(arena, "--%s=%s", row->flag, value));
		break;
	case 1:
		add_word(arena, words, arena_printf(arena, "--%s", row->flag));
		add_word(arena, words, value);
		break;
	case 2:
		add_word(arena, words, arena_printf(arena, "-%c%s", spec->letter, value));
		break;
	case 3:
		add_word(arena, words, arena_printf(arena, "-%c=%s", spec->letter, value));
		break;
	case 4:
		add_word(arena, words, arena_printf(arena, "-it%c%s", spec->letter, value));
		break;
	default:
		add_word(arena, words, arena_printf(arena, "-%c", spec->letter));
		add_word(arena, words, value);
		break;
	}
}

struct words lines_soup(struct arena *arena, struct random *random)
{
	struct words words = { NULL, 0 };

	for (size_t count = 1 + random_below(random, 7); count > 0; count--)
		add_option(arena, random, &words);
	if (random_below(random, 20) == 0)
		add_word(arena, &words, "--");
	/* Most often the plain name: what is to be tested are the options. */
	add_word(arena, &words, random_below(random, 3) > 0 ? soup_images[0] : pick(random, soup_images, soup_image_count));
	for (size_t count = random_below(random, 4); count > 0; count--)
		add_word(arena, &words, pick(random, soup_commands, soup_command_count));
	return words;
}

void lines_count_flags(struct words words, size_t counts[FLAG_COUNT])
{
	for (size_t i = 0; i < words.count; i++) {
		const char *word = words.items[i];

		if (strncmp(word, "--", 2) == 0 && flag_find(word + 2, strcspn(word + 2, "=")) != FLAG_NONE)
			counts[flag_find(word + 2, strcspn(word + 2, "="))]++;
	}
}
