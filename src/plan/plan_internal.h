/* The plan room's own doors: each file completes one part of the plan and says where every value comes from. */
#ifndef PLAN_INTERNAL_H
#define PLAN_INTERNAL_H

#include <hardrun/plan.h>

struct planner {
	struct arena *arena;
	const struct verdict_input *input;
	const struct request *request;
	const struct policy *policy;
	const struct host_facts *facts;
	struct findings *findings;
	struct plan *plan;
	bool is_oci; /* the backend is known, and is crun, runc or runsc */
};

/* Where a value comes from. */
struct plan_source {
	enum plan_origin origin;
	struct place place;
	const struct request_option *option; /* PLAN_FROM_FLAG */
	const char *words;                   /* PLAN_FROM_HOST: what of it; NULL: nothing more is to be said */
};

struct plan_source plan_source_of(enum plan_origin origin);
struct plan_source plan_source_policy(struct place place);
struct plan_source plan_source_flag(const struct request_option *option);

/* Records one line of `hardrun show`. */
void plan_setting(const struct planner *planner, const char *key, struct plan_source source, const char *value);
void plan_settingf(const struct planner *planner, const char *key, struct plan_source source, const char *format,
		   ...) PRINTF_LIKE(4, 5);
/* Records NAME=VALUE under a key that has several; a line of the same name is replaced. */
void plan_setting_pair(const struct planner *planner, const char *key, struct plan_source source, struct plan_pair pair);
/* A finding about an option (NULL: about ${subject} instead). */
struct finding *plan_find(const struct planner *planner, enum finding_kind kind, const struct request_option *option,
			  const char *subject, const char *rule) SELDOM;
/* Sets the reason of the finding that plan_find gave. */
struct finding *plan_reason(const struct planner *planner, struct finding *finding, const char *format, ...)
	PRINTF_LIKE(3, 4) SELDOM;
/* The words of an option for people: values of --env and --label are left out. */
const char *plan_words(struct arena *arena, const struct request_option *option);

/* The text of a flag, else of the policy, else ${fallback}; records it under ${key} when it is not NULL. */
const char *plan_choose_text(const struct planner *planner, enum flag_id flag, const struct policy_text *own, const char *key,
			     const char *fallback);
/* The last value of a switch. */
bool plan_switch(const struct planner *planner, enum flag_id flag, bool fallback);
/* True when the hazard is granted; else adds a denial: whatever let it come this far, it goes no further. */
bool plan_needs_hazard(const struct planner *planner, enum hazard_id hazard, const struct request_option *option);
/* Sets ${name} in a list of pairs kept by name; the position of the first stays. */
void plan_pair_set(struct arena *arena, struct plan_pair **pairs, size_t *count, struct plan_pair pair);
/*
 * The value of the log option ${name} as it is always written, whatever was typed: "5m", "3", "true". NULL: no option that is
 * known, or a value of another kind.
 */
const char *plan_log_value(struct arena *arena, const char *name, const char *value);

#define PLAN_CPUS_MAX 8192
struct plan_cpus { uint64_t words[PLAN_CPUS_MAX / 64]; };
/* Adds the numbers of "0-3,5" to ${set}. False: it is no such list. */
bool plan_read_cpus(struct arena *arena, const char *list, struct plan_cpus *set);

/*
 * The image's USER as ids: decimal uid[:gid], neither of them 0. A name would have to be looked up in the image's own
 * /etc/passwd, which the image's author writes: there it may be 0.
 */
bool plan_read_image_user(struct arena *arena, const char *text, uint32_t *ret_uid, uint32_t *ret_gid);
/*
 * What is executed. An entrypoint of the caller's drops the image's command along with the image's entrypoint; "" drops both. A
 * command of the caller's takes the place of the image's command alone.
 */
struct string_list plan_join_argv(struct arena *arena, const struct image_facts *image, const char *entrypoint,
				  const struct string_list *command);
#define PLAN_PATH_DEFAULT "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

void plan_identity(const struct planner *planner);
void plan_command(const struct planner *planner);
void plan_environment(const struct planner *planner);
void plan_limits(const struct planner *planner);
/* The most that the unit of systemd's leaves to a container; INT64_MAX: it says nothing of that. */
int64_t plan_unit_most(const struct host_facts *facts, enum verdict_limit limit);
void plan_cpuset(const struct planner *planner);
/* True for the words of --security-opt that plan_profile reads. */
bool plan_is_profile_option(const struct pair_request *pair);
void plan_profile(const struct planner *planner);
void plan_confinement(const struct planner *planner);
/* When it is known how long hardrun stays, and whether there is a sandbox. */
void plan_explanation(const struct planner *planner);
void plan_mounts(const struct planner *planner);
void plan_network(const struct planner *planner);

/* ---- own_network.c: without an engine ---- */

/* Why there can be no isolated network: "needs ...", with what would help; NULL: there can be one. */
const char *plan_own_network_problem(const struct planner *planner, const char **ret_remedy);
/* The option publishes something on the network that the plan has; else it is refused. */
bool plan_own_network_publishes(const struct planner *planner, const struct request_option *option);
/* Refuses ports and names that such a network cannot have. */
void plan_own_network(const struct planner *planner);

void plan_life(const struct planner *planner);
void plan_backend(const struct planner *planner);
/* The last parts: they look at what the others have put into the plan. */
void plan_rootless(const struct planner *planner);
void plan_sandbox(const struct planner *planner);

#endif
