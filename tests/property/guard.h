/*
 * guard: an independent look at docker's command line as hardrun rendered it. It shares no code with the rooms that decide, and
 * knows only the words that the rendered line is made of: any other is a complaint.
 */
#ifndef TESTS_PROPERTY_GUARD_H
#define TESTS_PROPERTY_GUARD_H

#include <hardrun/base.h>

/* What a policy gives at most, written down once more by hand. */
struct guard_bounds {
	const char *policy;        /* its file */
	const char *sources;       /* host paths that may be bound, or lie below one: "/a:/b/"; with a slash at the end only below */
	const char *volumes;       /* prefix of the names of volumes */
	const char *images;        /* prefix of images */
	const char *networks;      /* ":none:x:" */
	const char *capabilities;  /* ":CAP_X:" */
	const char *restarts;      /* ":no:" */
	int64_t memory, nano_cpus, pids, shm, tmpfs, nofile, nproc;
	unsigned ports;
	bool is_tampered;          /* of a plan: an empty value, which docker refuses, is no complaint */
};

/* NULL, or what is wrong. ${argv} ends with NULL; ${variables}: the lines of the env-file, or NULL. */
const char *guard_complaint(struct arena *arena, const struct guard_bounds *bounds, const char *const *argv,
			    const char *variables);
/* The same for a seccomp profile as docker reads it. */
const char *guard_profile_complaint(struct arena *arena, const char *json);
/*
 * A plan as JSON under the ceiling of ${world}: NULL when the monitor refuses it, or lets it through and docker's line is fine;
 * else the complaint. *ret_is_within, unless NULL: it was let through.
 */
struct world;
struct json_t;
const char *guard_plan_complaint(struct arena *arena, const struct world *world, struct json_t *json,
				 const struct guard_bounds *bounds, bool *ret_is_within);
/* The three policies that the tests use. */
extern const struct guard_bounds guard_policies[];
extern const size_t guard_policy_count;

#endif
