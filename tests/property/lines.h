/* lines: command lines for the property tests: those of the corpora, mutated ones, and random soups of flags. All seeded. */
#ifndef TESTS_PROPERTY_LINES_H
#define TESTS_PROPERTY_LINES_H

#include "world.h"

struct random {
	uint64_t state;
};
void random_seed(struct random *random, uint64_t seed);
/* 0 to ${below} - 1; ${below} is at least 1. */
size_t random_below(struct random *random, size_t below);

struct lines {
	struct words *items;
	size_t count;
};

/* The lines of tests/corpus: ${is_legit} the everyday ones, else the hostile ones. Those with a NUL in them are left out. */
void lines_read(struct arena *arena, bool is_legit, struct lines *lines);
/* A copy of ${words}, changed in one to four places; ${lines} is where foreign words are taken from. */
struct words lines_mutate(struct arena *arena, struct random *random, const struct lines *lines, struct words words);
/* One to ten options with edge spellings, an image and a command. */
struct words lines_soup(struct arena *arena, struct random *random);
/* An independent look at each flag of `docker run`: how often it was in a soup. Indexed by enum flag_id. */
void lines_count_flags(struct words words, size_t counts[FLAG_COUNT]);

#endif
