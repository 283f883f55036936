/*
 * finding: one reason why a command line is not let through, or one note on what was changed. Part of base,
 * because the request, the verdict and the plan all produce them. A finding is a result, not an error.
 */
#ifndef HARDRUN_FINDING_H
#define HARDRUN_FINDING_H

#include <hardrun/base.h>

enum finding_kind {
	FINDING_DENIED,      /* understood; a rule says no */
	FINDING_UNSUPPORTED, /* known to docker; hardrun or the chosen backend cannot do it */
	FINDING_UNKNOWN,     /* no such flag, key or word */
	FINDING_INVALID,     /* not well formed */
	FINDING_NOTE,        /* allowed; says what was changed or what to watch */
	FINDING_COUNT
};

struct finding {
	enum finding_kind kind;
	const char *subject;  /* the words as given, printable and short: "--memory=2g", "image nginx" */
	size_t argv_index;    /* where it stands in argv; SIZE_MAX when it is not from there */
	const char *rule;     /* "allow.mem_limit", "floor: docker-socket", "grammar" */
	struct place place;   /* of the rule, when it stands in a file */
	const char *reason;   /* one clause: "2g is above the ceiling of 1g" */
	const char *remedy;   /* the smallest thing to do, or NULL when nobody should */
	const char *in_file;  /* the same, said of a Compose file instead of a command line; NULL: as the remedy */
};

struct findings {
	struct arena *arena;
	struct finding *items;
	size_t count;
};

/* Adds a finding and returns it, so that the caller can set place and remedy. */
struct finding *findings_add(struct findings *findings, enum finding_kind kind, const char *subject,
			     size_t argv_index, const char *rule, const char *reason_format, ...) PRINTF_LIKE(6, 7) SELDOM;
/* True when nothing but notes was found. */
bool findings_allow(const struct findings *findings);
/* True when a finding says that the line is not well formed (FINDING_UNKNOWN or FINDING_INVALID). */
bool findings_malformed(const struct findings *findings);
/* "allowed", "denied" (json "verdict"), and the kind's word: "denied", "unsupported", "unknown", "invalid", "note". */
const char *finding_kind_name(enum finding_kind kind);

#endif
