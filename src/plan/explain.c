/* explain: whether the system calls that the filter refuses are explained, and where nobody could be told of them. */
#include "plan_internal.h"

#include <string.h>

#include <hardrun/flag.h>

/* Daemons before 23.0 (API 1.42) drop listenerPath, and keep the calls that would go there. Source: moby, profiles/seccomp. */
enum { DOCKER_API_MINOR = 42 };

static bool is_before_listeners(const char *api)
{
	uint64_t minor;

	return api != NULL && strncmp(api, "1.", 2) == 0 && parse_decimal(api + 2, &minor) && minor < DOCKER_API_MINOR;
}

const char *plan_explain_problem(struct arena *arena, const struct plan *plan, const struct host_facts *facts,
				 const char **ret_remedy)
{
	const struct engine_facts *engine = &facts->engine;

	if (plan->is_sandboxed) {
		*ret_remedy = "leave it out, or try it without the sandbox first";
		return "gVisor hands refused system calls to nobody, so that none can be watched";
	}
	if (host_backend_is_oci(plan->backend))
		return NULL;
	if (plan->is_detached || plan->is_create_only) {
		*ret_remedy = plan->is_detached ? "leave out --detach, or --backend crun" : "use run";
		return "an engine hands refused system calls to hardrun, which has gone before they are made";
	}
	if (plan->restart != NULL && strcmp(plan->restart, "no") != 0) {
		*ret_remedy = "leave out --restart";
		return "an engine hands refused system calls to hardrun, which is there for one start only";
	}
	if (plan->backend == BACKEND_DOCKER && is_before_listeners(engine->docker_api)) {
		*ret_remedy = "--backend crun or --backend runc, or docker 23.0";
		return arena_printf(arena, "docker %s hands refused system calls to nobody, so that none can be explained",
				    engine->docker_version != NULL ? string_printable(arena, engine->docker_version, 40) : "before 23.0");
	}
	if (facts->runtime_dir != NULL)
		return NULL;
	*ret_remedy = "set XDG_RUNTIME_DIR, as a login does: /run/user/$(id -u)";
	return "there is no directory of yours for running containers, in which an engine could find who explains";
}

/* A policy's wish is dropped where it cannot be had, as it weakens nothing; a caller's is refused. */
void plan_explanation(const struct planner *planner)
{
	const struct request_option *option = request_last(planner->request, FLAG_EXPLAIN);
	const struct policy_bool *own = &planner->policy->explain;
	const struct plan_source source = option != NULL ? plan_source_flag(option) : plan_source_policy(own->place);
	const char *problem = NULL, *remedy = NULL;
	struct plan *plan = planner->plan;
	struct finding *finding;

	plan->is_explained = option != NULL ? option->value.boolean : own->is_set && own->value;
	if (plan->is_explained && planner->input->is_backend_known)
		problem = plan_explain_problem(planner->arena, plan, planner->facts, &remedy);
	if (problem != NULL) {
		finding = plan_find(planner, option != NULL ? FINDING_UNSUPPORTED : FINDING_NOTE, option, "explain", "backend");
		plan_reason(planner, finding, "%s", problem);
		finding->remedy = remedy;
		plan->is_explained = false;
	} else if (plan->is_explained && plan->is_seccomp_unconfined) {
		plan_reason(planner, plan_find(planner, FINDING_NOTE, option, "explain", "floor: seccomp"),
			    "without a filter no system call is refused, and there is nothing to explain");
		plan->is_explained = false;
	}
	if (option != NULL || own->is_set)
		plan_setting(planner, "explain", source, plan->is_explained ? "true" : "false");
}
