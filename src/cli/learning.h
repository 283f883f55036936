/* What the files of `learn` share. */
#ifndef CLI_LEARNING_H
#define CLI_LEARNING_H

#include <hardrun/learn.h>

#include "cli.h"

enum { LEARNING_MERGES_MAX = 64, LEARNING_ROUNDS_MAX = 8, LEARNING_RUNS_MAX = 100 };

/* The line. */
struct learning_line {
	const char *output, *keep;   /* -o, --record; NULL: not given */
	struct string_list merges;
	uint64_t runs;
	bool is_unproved, is_forced, has_run;
	int argc;                    /* the words behind `run` */
	char *const *argv;
};

/* A need that was refused in a run. */
struct learning_refusal { const char *kind, *subject, *rule, *sentence; };

/* One run, as the process that launched it tells of it. */
struct learning_run {
	int status;                  /* of the process; 125 to 127 when nothing ran */
	bool has_run;                /* then the rest is there */
	bool is_observed;            /* the listener was there to the end */
	struct learn_record record;
	struct string_list missing;  /* learn_missing_places */
	struct learning_refusal *refusals;
	size_t refusal_count;
};

struct learning {
	struct cli *cli;
	const struct learning_line *line;
	const struct request *request; /* of the words behind `run` */
	struct string_list places;   /* a tmpfs at each, beside what the policy says */
	bool has_usual_sizes;        /* they are as large as the policy has them; else larger, where it allows that */
	struct learn_record record;
	bool has_record;
	bool has_begun;              /* its notes have been said */
	bool is_stopped;             /* somebody has asked hardrun itself to stop */
	int status;                  /* how the last learned run ended */
};

/* ---- learn_round.c ---- */

/* Runs the line, watched; with ${policy} under that file, else as it stands and with learning->places. */
int learning_run(struct learning *learning, const char *policy, struct learning_run *ret_run, struct error *err);

/* ---- learn_prove.c ---- */

/* Runs it again under its policy, and says each difference in a sentence. What is to be asked about is added to the record. */
int learning_prove(struct learning *learning, enum learn_proof *ret_proof, bool *ret_is_too_little, struct error *err);

#endif
