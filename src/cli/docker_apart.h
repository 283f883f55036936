/*
 * With root's rights docker's line is read by a process without them, and who has the rights takes rows of tables, places of
 * words and values that are checked once more. What may be done is decided by who has the rights.
 */
#ifndef DOCKER_APART_H
#define DOCKER_APART_H

#include "docker_line.h"
#include "verb.h"

struct json_t;

/* All that is in a line, or has to be looked up in the person's name. */
struct docker_reading {
	struct docker_line line;
	struct verb_reading words;
	bool has_named;
	struct verb_named named;
};

/* ---- docker_apart.c ---- */

/*
 * Reads what follows "docker" and hardrun's own options: right here, or, with root's rights, in a child that has given them up
 * and stays, for exec, until it has judged that. False: *ret_status is what to exit with; it has been said why and recorded.
 */
bool docker_read(struct cli *cli, int argc, char *const argv[], struct docker_reading *ret_reading, int *ret_status);
/* Has the child judge exec in this container, and lets it go. False: there is none, or it talks nonsense. */
bool docker_ask_process(struct cli *cli, const struct container_facts *container, struct verb_process *ret_process);
/* "docker container rm": the verb as it was found. */
const char *docker_subject(const struct cli *cli, const struct docker_line *line);

/* ---- docker_tell.c: what the halves say to each other. Writing: a new reference. Reading: strictly; false: nonsense ---- */

struct json_t *docker_tell_reading(const struct cli *cli, const struct docker_reading *reading);
/* ret_reading->line.argc and argv: the words that were read. The names come from among them. */
bool docker_hear_reading(const struct cli *cli, const struct json_t *json, struct docker_reading *ret_reading);
struct json_t *docker_tell_process(const struct cli *cli, const struct verb_process *process);
bool docker_hear_process(const struct cli *cli, const struct json_t *json, struct verb_process *ret_process);

#endif
