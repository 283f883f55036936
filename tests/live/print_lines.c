/*
 * print_lines SEED COUNT [mutated]: prints COUNT command lines that hardrun lets through, soups or mutated lines of the corpora,
 * one JSON document a line: what was typed and what hardrun made of it. For soup.py, which hands both to a real client.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "../property/lines.h"

enum { TRIES_MOST = 10000000 };

static json_t *array_of(const char *const *items, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, json_string(items[i]));
	return array;
}

static void print_line(const struct world_run *run, struct words words, uint64_t seed)
{
	const size_t first = 5; /* the client and its global words */
	json_t *typed = json_array(), *line;
	char *text;

	for (size_t i = 0; i < words.count; i++)
		json_array_append_new(typed, json_string(words.items[i]));
	line = json_pack("{s:I, s:o, s:o, s:s?}", "seed", (json_int_t)seed, "typed", typed, "rendered",
			 array_of(run->launch.argv.items + first, run->launch.argv.count - first), "env", run->launch.env_file);
	text = json_dumps(line, JSON_COMPACT | JSON_ENSURE_ASCII);
	puts(text);
	free(text);
	json_decref(line);
}

int main(int argc, char **argv)
{
	const bool is_mutated = argc > 3 && strcmp(argv[3], "mutated") == 0;
	uint64_t seed = 0, count = 0;
	struct lines lines = { NULL, 0 };
	struct world world;

	if (argc < 3 || !parse_decimal(argv[1], &seed) || !parse_decimal(argv[2], &count)) {
		fprintf(stderr, "usage: %s SEED COUNT [mutated]\n", argv[0]);
		return 2;
	}
	world_init(&world);
	world_use(&world, world_policy(world.arena, is_mutated ? "tests/corpus/p0-legit.yaml" : "tests/property/wide.yaml"));
	lines_read(world.arena, true, &lines);
	puts(profile_render_docker(world.arena, world.profile));
	for (uint64_t tries = 0; count > 0 && tries < TRIES_MOST; tries++, seed++) {
		struct arena *arena = arena_new();
		struct random random;
		struct words words;
		struct world_run run;

		random_seed(&random, seed);
		words = is_mutated ? lines_mutate(arena, &random, &lines, lines.items[random_below(&random, lines.count)])
				   : lines_soup(arena, &random);
		if (words.count > 0 && world_go(arena, &world, words, &run) == WORLD_ALLOWED) {
			print_line(&run, words, seed);
			count--;
		}
		arena_free(arena);
	}
	world_free(&world);
	return count > 0;
}
