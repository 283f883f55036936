/* docker's verbs and what is done with each. */
#ifndef DOCKER_VERBS_H
#define DOCKER_VERBS_H

#include <stdbool.h>
#include <stddef.h>

enum docker_verb_stance {
	DOCKER_VERB_OWN,     /* run, create: hardrun's own */
	DOCKER_VERB_PASS,    /* starts nothing, widens nothing: docker's, as it is, for whoever may use docker */
	DOCKER_VERB_VET,     /* read by us, judged, and written afresh for everybody */
	DOCKER_VERB_REFUSED, /* not vetted, or known to widen; a policy may list some */
};

/* Without a pointer in it, as at every start the loader would have to write the whole table. */
struct docker_verb {
	char name[20];
	char sub[16];        /* second word of a management command; "": a verb of one word */
	enum docker_verb_stance stance;
	/*
	 * As in allow.verbs. PASS and VET: a verb_form reads it, and without a reason a ceiling lends it by that name. REFUSED: by
	 * that name a policy lets it through to whoever may use docker anyway. "": neither.
	 */
	char key[20];
	/* One clause. REFUSED: why. PASS and VET: why it is not lent with root's rights; "": it may be */
	char reason[72];
	unsigned char way;   /* of docker_verbs_way */
};

/*
 * The row of the verb that ${argv} begins with; NULL: unknown. A management command alone, or with --help as the last word of
 * all, only shows its help.
 */
const struct docker_verb *docker_verbs_find(int argc, char *const argv[]);
/* "container", "image": commands whose second word is the verb. */
bool docker_verbs_is_management(const char *name);
/*
 * What is done in place of a verb that is refused or not lent; NULL: nothing. ${is_lent}: by somebody whom root's rights are lent
 * to, who may ask root for it.
 */
const char *docker_verbs_way(const struct docker_verb *verb, bool is_lent);
/* The nearest verb to ${name}, or, ${sub} not NULL, the nearest second word of the management command; NULL: none is near. */
const char *docker_verbs_nearest(const char *name, const char *sub);
/* The rows one after another; NULL after the last. */
const struct docker_verb *docker_verbs_at(size_t index);

struct arena;
/* The rows for the manual, in man macros; and as a table: verb, own, pass, vet or refuse, key, reason, tabs between. */
const char *docker_print_man(struct arena *arena);
const char *docker_print_verbs(struct arena *arena);

#endif
