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
	bool is_unproved, is_forced, has_run, has_timeout;
	int64_t timeout;             /* --timeout, of the proof, in seconds; 0: none */
	int argc;                    /* the words behind `run` */
	char *const *argv;
};

/* A need that was refused in a run. */
struct learning_refusal { const char *kind, *subject, *rule, *sentence; };

/* How a run has ended, and what it has printed. */
struct learning_end {
	int status;                  /* of the process; 125 to 127 when nothing ran */
	int64_t milliseconds;
	bool is_asked_to_stop;       /* by somebody */
	bool is_out_of_time;         /* by us */
	struct watch_output output;
};

/* One run, as the process that launched it tells of it. */
struct learning_run {
	struct learning_end end;
	bool has_run;                /* then the rest is there, and more of the end than its status */
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
	struct learning_end end;     /* of the last learned run */
	unsigned printed;            /* learned runs whose output is known */
	bool is_output_changing;     /* it was not the same in each of them */
};

/* ---- learn_round.c ---- */

/* Under a policy of its own: its file, and for how many seconds at most; 0: as long as it likes. */
struct learning_terms { const char *policy; int64_t seconds_max; };
/* Runs the line, watched; on those terms, NULL: as it stands and with learning->places. */
int learning_run(struct learning *learning, const struct learning_terms *terms, struct learning_run *ret_run, struct error *err);

/* ---- learn_prove.c ---- */

/* What came of it; ${is_too_little}: calls were made that had not been learned, and are in base: default. */
struct learning_proof { struct learn_style style; bool is_too_little; };
/* Runs it again under its policy, and says each difference in a sentence. What is to be asked about is added to the record. */
int learning_prove(struct learning *learning, struct learning_proof *ret_proof, struct error *err);

#endif
