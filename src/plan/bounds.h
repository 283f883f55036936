/* A plan checked a second time: what the checks share. Each returns NULL, or the clause that says what is beyond. */
#ifndef PLAN_BOUNDS_H
#define PLAN_BOUNDS_H

#include <hardrun/plan.h>

struct bounds {
	struct arena *arena;
	const struct plan *plan;
	const struct policy *ceiling;     /* NULL: none, only the floor */
	const struct policy_allow *allow; /* the ceiling's; NULL without one */
	const struct policy *policy, *chosen;
	enum plan_observation observation;
	const struct host_facts *facts;
	const struct compose_identity *compose;
	bool is_process;                  /* one more process in a container that is there: its image was asked before */
	struct verdict_input input;       /* the ceiling asked as if it were the policy as well; only with a ceiling */
};

bool bounds_has_hazard(const struct bounds *bounds, enum hazard_id hazard);
/* Without a ceiling everything is listed. */
bool bounds_list_has(const struct bounds *bounds, const struct policy_list *list, const char *value);
PRINTF_LIKE(2, 3) SELDOM const char *bounds_say(const struct bounds *bounds, const char *format, ...);

const char *bounds_identity(const struct bounds *bounds);
const char *bounds_confinement(const struct bounds *bounds);
const char *bounds_limits(const struct bounds *bounds);
const char *bounds_ulimits(const struct bounds *bounds);
const char *bounds_mounts(const struct bounds *bounds);
const char *bounds_network(const struct bounds *bounds);
const char *bounds_ports(const struct bounds *bounds);
const char *bounds_environment(const struct bounds *bounds);
const char *bounds_labels(const struct bounds *bounds);
const char *bounds_life(const struct bounds *bounds);
const char *bounds_logs(const struct bounds *bounds);
const char *bounds_image(const struct bounds *bounds);
const char *bounds_argv(const struct bounds *bounds);
/* Without an engine: the variable, as it stands, is the image's or one of ours. */
bool bounds_is_of_image(const struct bounds *bounds, const char *variable);
bool bounds_is_user_of_image(const struct bounds *bounds);

#endif
