/*
 * verdict: may this request run under this policy? Pure. All denials are collected, each with the rule's place and the
 * smallest remedy. The floor comes first, then the policy, then the ceiling; each must allow.
 */
#ifndef HARDRUN_VERDICT_H
#define HARDRUN_VERDICT_H

#include <hardrun/compose.h>
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
	const struct compose_identity *compose; /* the service that this is; NULL: none. The plan labels it so */
};

/* Judges. Findings are added in the order of argv, notes included. Returns findings_allow(). */
bool verdict_judge(struct arena *arena, const struct verdict_input *input, struct findings *findings);

/*
 * Judges what a policy says for the silent caller: its defaults must stand on the floor and below the ceiling (NULL: none). For
 * `policy check`, where there is no command line. Returns findings_allow().
 */
bool verdict_judge_silent(struct arena *arena, const struct policy *policy, const struct policy *ceiling,
			  const struct host_facts *facts, struct findings *findings);

/* The floor for container paths: NULL when a mount may be put at ${target}, else the clause why not. */
const char *verdict_target_reason(const char *target);
/*
 * The floor for host paths, as for a writable bind: NULL, or the clause; *ret_hazard lowers it (HAZARD_COUNT: none does).
 * What is merely sensitive (keys below a home directory) is named too: a grant without wildcard that names the path lifts that.
 */
const char *verdict_source_reason(const struct host_path *path, const struct host_facts *facts, enum hazard_id *ret_hazard);
/* The floor for environment names: NULL, or the clause. */
const char *verdict_env_reason(const char *name);

/* ---- the floor's tables, for whoever checks a plan once more ---- */

/* The canonical "CAP_X" of a capability in any spelling of docker's, or NULL; *ret_reason is the floor's clause or NULL. */
const char *verdict_capability(const char *name, const char **ret_reason);
/* NULL, or why nobody sets a label of this name. */
const char *verdict_label_reason(const char *name);
/* NULL when the parameter belongs to a namespace of the container. */
const char *verdict_sysctl_reason(const char *name);
/* NULL, or why the device is never given away but by the hazard privileged. */
const char *verdict_device_reason(const char *path);
/*
 * Does ${pattern} of a policy name ${path}, absolute and clean? "~" is the caller's home, "." and "${CWD}" the working directory,
 * taken literally: a '*' in their names matches nothing but itself. "./" and two stars name the working directory as well. Where
 * that directory is /, the pattern names nothing: nobody meant the whole machine.
 */
bool verdict_path_matches(const char *pattern, const char *path, const struct host_facts *facts);

enum floor_level {
	FLOOR_NONE,
	FLOOR_LITERAL, /* a grant that spells the path without wildcard lifts it */
	FLOOR_HAZARD,  /* only a hazard lifts it */
	FLOOR_NEVER,
};
struct floor_hit {
	enum floor_level level;
	enum hazard_id hazard; /* FLOOR_LITERAL, FLOOR_HAZARD */
	const char *reason;
};
/* The floor for a path of the host that has been resolved. */
struct floor_hit verdict_floor_source(const struct host_path *path, const struct host_facts *facts, bool is_writable);

/* ---- what plan must read as verdict does ---- */

/* True when the policy, and the ceiling if there is one, name the hazard. */
bool verdict_has_hazard(const struct verdict_input *input, enum hazard_id hazard);

enum verdict_limit { VERDICT_MEMORY, VERDICT_CPUS, VERDICT_PIDS, VERDICT_SHM, VERDICT_LIMIT_COUNT };
/* What a silent caller gets: the policy's default or the built-in one, lowered to the ceiling. Bytes, 1e-9 CPUs, counts. */
int64_t verdict_limit_default(const struct verdict_input *input, enum verdict_limit limit);
/* The most that may be asked for. A policy's is never below its own default; a silent ceiling bounds by the built-in default. */
int64_t verdict_limit_most(const struct verdict_input *input, enum verdict_limit limit);

/*
 * What the ceiling lets a policy give unasked: the plan lowers its defaults, and the built-in ones, to these. INT64_MAX where
 * there is no ceiling; a silent one bounds by the built-in defaults. Of a ulimit -1: the ceiling does not grant it, and
 * verdict_judge refused the default.
 */
int64_t verdict_bound_ulimit(const struct verdict_input *input, const char *name);
int64_t verdict_bound_log(const struct verdict_input *input, bool is_size); /* bytes of a file, else files */
int64_t verdict_bound_tmpfs(const struct verdict_input *input);
/* Bytes of a tmpfs whose size nobody says: what is built in, or less where the policy or the ceiling allows less. */
int64_t verdict_default_tmpfs(const struct verdict_input *input);

/*
 * The ids that --user means: NAME by a grant "NAME=uid:gid"; a uid without gid gets the default's gid, the caller's, or the uid
 * itself, as the grant that covers it says. False when no grant does; whether the ceiling agrees is not asked.
 */
bool verdict_resolve_user(const struct verdict_input *input, const struct user_request *user, uint32_t *ret_uid,
			  uint32_t *ret_gid);
/* --device PATH[:PATH][:PERMISSIONS]: the node (the same inside) and its letters, "rw" when none were given; or the clause. */
bool verdict_parse_device(struct arena *arena, const char *text, const char **ret_path, const char **ret_permissions,
			  const char **ret_reason);
/* --restart: "no" or "" (0 retries), "on-failure:N", "always", "unless-stopped". False with the clause. */
bool verdict_parse_restart(const char *text, int64_t *ret_retries, const char **ret_reason);

/*
 * NULL, or the clause why nobody may call a container so: engines look for a name before they look for the beginning of an id,
 * and whoever types the id of another would get this. ${is_guarded}: others are there, and people type four digits.
 */
const char *verdict_name_reason(const char *name, bool is_guarded);

/* Which AppArmor profile a container must have: the caller's word, else the policy's, else the ceiling's. */
struct verdict_profile {
	const char *word;                    /* generated, unconfined, a name; NULL: nobody says */
	const struct request_option *option; /* the caller's; NULL */
	struct place place;                  /* of the policy's or the ceiling's line */
	bool is_ceiling;
};
struct verdict_profile verdict_profile(const struct verdict_input *input);

/*
 * The table that proves completeness: how each flag is judged. A unit test holds that every flag has a row and that rows with a
 * policy key read that key. A judgement is one option under the hands of its judge (src/verdict/verdict_internal.h).
 */
struct judgement;
struct verdict_judge_row {
	enum flag_id flag;
	void (*judge)(const struct judgement *judgement);
};
extern const struct verdict_judge_row verdict_judges[FLAG_COUNT]; /* indexed by enum flag_id */

#endif
