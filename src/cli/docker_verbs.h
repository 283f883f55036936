/* docker's verbs and what is done with each. */
#ifndef DOCKER_VERBS_H
#define DOCKER_VERBS_H

#include <stdbool.h>
#include <stddef.h>

enum docker_verb_stance {
	DOCKER_VERB_OWN,     /* run, create: hardrun's own */
	DOCKER_VERB_PASS,    /* starts nothing, widens nothing */
	DOCKER_VERB_FILES,   /* the same, and reads or writes files of the caller's: not as root for someone else */
	DOCKER_VERB_REFUSED, /* not vetted, or known to widen */
};

struct docker_verb {
	const char *name;
	const char *sub;     /* second word of a management command; NULL: a verb of one word */
	enum docker_verb_stance stance;
	const char *reason;  /* why it is refused, one clause; NULL otherwise */
};

/*
 * The row of the verb that ${argv} begins with; NULL: unknown. A management command alone, or with --help as the last word of
 * all, only shows its help.
 */
const struct docker_verb *docker_verbs_find(int argc, char *const argv[]);
/* "container", "image": commands whose second word is the verb. */
bool docker_verbs_is_management(const char *name);
/* The rows one after another; NULL after the last. */
const struct docker_verb *docker_verbs_at(size_t index);

#endif
