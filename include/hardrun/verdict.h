/*
 * verdict: may this request run under this policy? Pure. All denials are collected, each with the rule's place and the
 * smallest remedy. The floor comes first, then the policy, then the ceiling; each must allow.
 */
#ifndef HARDRUN_VERDICT_H
#define HARDRUN_VERDICT_H

#include <hardrun/finding.h>
#include <hardrun/flag.h>
#include <hardrun/host.h>
#include <hardrun/policy.h>
#include <hardrun/request.h>

struct verdict_input {
	const struct request *request;
	const struct policy *policy;
	const struct policy *ceiling;    /* NULL: none */
	const struct host_facts *facts;
	bool is_backend_known;           /* false for `check` without --backend: backend rules are left out */
};

/* Judges. Findings are added in the order of argv, notes included. Returns findings_allow(). */
bool verdict_judge(struct arena *arena, const struct verdict_input *input, struct findings *findings);

/* The floor for container paths: NULL when a mount may be put at ${target}, else the clause why not. */
const char *verdict_target_reason(const char *target);
/* The floor for host paths: NULL, or the clause; *ret_hazard is the hazard that lowers it (HAZARD_COUNT: none does). */
const char *verdict_source_reason(const struct host_path *path, const struct host_facts *facts, enum hazard_id *ret_hazard);
/* The floor for environment names: NULL, or the clause. */
const char *verdict_env_reason(const char *name);

/*
 * The table that proves completeness: how each flag is judged. A unit test holds that every flag has a row and that rows with a
 * policy key read that key.
 */
struct verdict_judge_row {
	enum flag_id flag;
	void (*judge)(struct arena *arena, const struct verdict_input *input, const struct request_option *option,
		      struct findings *findings);
};
extern const struct verdict_judge_row verdict_judges[FLAG_COUNT]; /* indexed by enum flag_id */

#endif
