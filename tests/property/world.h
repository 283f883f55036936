/*
 * world: a made-up machine with a person, files and an image, on which the property tests judge, plan and render whole command
 * lines without asking the real one for anything. The files are those that tests/corpus/run_corpus makes.
 */
#ifndef TESTS_PROPERTY_WORLD_H
#define TESTS_PROPERTY_WORLD_H

#include <hardrun/backend.h>

enum { WORLD_WORDS_MAX = 4096 };

enum world_answer { WORLD_MALFORMED, WORLD_DENIED, WORLD_UNPLANNED, WORLD_ALLOWED };

struct world {
	struct arena *arena;            /* of the machine and its policies */
	struct host_facts facts;
	const struct policy *policy, *ceiling;
	const struct profile *profile;  /* of that policy */
};

/* What became of one line; all of it lives in the arena given to world_run. */
struct world_run {
	enum world_answer answer;
	struct findings findings;
	struct host_facts facts;
	const struct request *request;
	const struct plan *plan;        /* WORLD_ALLOWED */
	struct launch launch;           /* WORLD_ALLOWED: docker's command line */
};

struct words {
	char **items;
	size_t count;
};

/* The person is "user", uid 1000, in /home/user. The policy is to be set. */
void world_init(struct world *world);
void world_free(struct world *world);
/* Reads a policy file with its parents, as a file of root's. Exits with a message when it is wrong. */
const struct policy *world_policy(struct arena *arena, const char *path);
/* Parses text as a policy; NULL when it is wrong. */
const struct policy *world_parse(struct arena *arena, const char *text);
void world_use(struct world *world, const struct policy *policy);
/* True when the line is let through by parser and verdict; nothing is planned. */
bool world_judge(struct arena *arena, const struct world *world, struct words words, struct world_run *ret_run);
/* Judges a line that has been read, under the policies of ${world}. */
bool world_judge_again(struct arena *arena, const struct world *world, const struct world_run *run);
/* The whole way to docker's command line. */
enum world_answer world_go(struct arena *arena, const struct world *world, struct words words, struct world_run *ret_run);
/* What the monitor says of a plan under the world's ceiling: NULL, or what is beyond. */
const char *world_beyond(struct arena *arena, const struct world *world, const struct plan *plan, const struct host_facts *facts);
/* Whether ${path} is there, by the names of the made-up machine, and no link. */
bool world_has_directory(const char *path);
/* Words apart by single blanks. */
struct words world_words(struct arena *arena, const char *line);
/* The line for a message. */
const char *world_show(struct arena *arena, struct words words);
/* The directory of the sources: the tests are started in it. */
char *world_read(struct arena *arena, const char *path, size_t *ret_length);

#endif
