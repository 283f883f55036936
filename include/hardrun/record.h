/*
 * record: the line that is kept of each decision and of each container's end, for whoever must answer for a shared machine.
 * Pure: text in, one line of JSON out. The launch room writes it.
 */
#ifndef HARDRUN_RECORD_H
#define HARDRUN_RECORD_H

#include <hardrun/finding.h>
#include <hardrun/host.h>
#include <hardrun/plan.h>
#include <hardrun/policy.h>

/* What was decided about one command line. Made by the half of hardrun that reads what the caller typed. */
struct decision {
	const char *verdict;                /* "allowed", "denied", "malformed", "policy" (it is wrong), "failed" */
	const char *verb;                   /* "run", "create", "docker exec", ... */
	const struct findings *findings;    /* NULL: none */
	const struct policy *policy;        /* its files with their digests; NULL: none was loaded */
	const struct policy *ceiling;       /* NULL: none */
	const struct plan *plan;            /* NULL: nothing was planned */
	const char *error;                  /* one sentence, of what failed; NULL */
};

#endif
