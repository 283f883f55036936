/* What the files of the verb why share. */
#ifndef CLI_WHY_H
#define CLI_WHY_H

#include "cli.h"

/* What a container of somebody who asks for nothing meets under the policy. */
struct why_question {
	struct arena *arena;
	const struct policy *policy, *ceiling; /* ceiling NULL: there is none */
	const char *word;                      /* as given */
};
struct why_answer {
	const char *subject;
	bool is_allowed;
	const char *detail;  /* the clause that says why, or how far; NULL: there is nothing to say */
	const char *rule;    /* "@mount, hardrun's table", "defaults.cap_add" */
	struct place place;  /* of the line that decides, where there is one */
	const char *remedy;  /* NULL: nothing allows it, or it is allowed */
};

/* Each answers, or refuses the word: ERROR_USAGE. */
typedef int why_subject(const struct why_question *question, struct why_answer *ret_answer, struct error *err);
why_subject why_syscall, why_capability, why_path;

/* ---- ending.c, why_last.c ---- */

/* Says on stderr what was met, and keeps it: what `why run` observes for. */
void ending_explain(struct cli *cli, const struct ending *ending, void *context);
#define WHY_LAST_SCHEMA "hardrun/last/1"
/* What `why` without a subject says of the last bad end: what is kept, cli->last, or what docker tells of a later one. */
int why_last(struct cli *cli);

/* ---- why_ended.c ---- */

/* The end of a container that docker ran, as JSON like that; with "container" and "notes" beside, and no "words". */
struct json_t *why_ended(struct arena *arena, const struct host_ended *ended);

#endif
