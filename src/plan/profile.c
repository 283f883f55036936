/* profile: which AppArmor profile and which SELinux label the container must have. */
#include "plan_internal.h"

#include <string.h>

bool plan_is_profile_option(const struct pair_request *pair)
{
	return pair->value != NULL && (strcmp(pair->name, "apparmor") == 0 || strcmp(pair->name, "label") == 0);
}

static enum plan_apparmor kind_of(const char *word)
{
	if (word == NULL)
		return PLAN_APPARMOR_UNSAID;
	if (strcmp(word, POLICY_APPARMOR_GENERATED) == 0)
		return PLAN_APPARMOR_GENERATED;
	return strcmp(word, POLICY_APPARMOR_UNCONFINED) == 0 ? PLAN_APPARMOR_UNCONFINED : PLAN_APPARMOR_NAMED;
}

/* What cannot be had is refused: a container without the profile that somebody wanted is less than was agreed. */
static void need_kernel(const struct planner *planner, const struct verdict_profile *profile)
{
	struct finding *finding;

	if (planner->facts->has_apparmor)
		return;
	finding = plan_find(planner, FINDING_DENIED, profile->option, "apparmor", "host");
	finding->place = profile->place;
	plan_reason(planner, finding, "this kernel has no AppArmor, or it is switched off, and %s must have a profile",
		    profile->is_ceiling ? "by the ceiling every container" : "this container");
	finding->remedy = "boot with \"apparmor=1 security=apparmor\" (Debian: install the package apparmor)";
}

/* podman without root applies none, and says nothing: pkg/apparmor of containers/common. */
static void need_backend(const struct planner *planner, const struct verdict_profile *profile)
{
	struct finding *finding;

	if (!planner->input->is_backend_known || planner->facts->backend != BACKEND_PODMAN || planner->facts->is_root)
		return;
	finding = plan_find(planner, FINDING_UNSUPPORTED, profile->option, "apparmor", "backend");
	finding->place = profile->place;
	plan_reason(planner, finding, "podman without root applies no AppArmor profile");
	finding->remedy = "--backend crun or --backend runc";
}

static void plan_apparmor(const struct planner *planner)
{
	const struct verdict_profile profile = verdict_profile(planner->input);
	struct plan_source source = plan_source_policy(profile.place);
	struct plan *plan = planner->plan;

	plan->apparmor = kind_of(profile.word);
	plan->apparmor_profile = plan->apparmor == PLAN_APPARMOR_NAMED ? profile.word : NULL;
	if (plan->apparmor == PLAN_APPARMOR_UNSAID)
		return;
	if (profile.option != NULL)
		source = plan_source_flag(profile.option);
	else if (profile.is_ceiling)
		source.origin = PLAN_FROM_CEILING;
	plan_settingf(planner, "security_opt", source, "apparmor=%s", profile.word);
	if (plan->apparmor == PLAN_APPARMOR_UNCONFINED) {
		(void)plan_needs_hazard(planner, HAZARD_UNCONFINED_APPARMOR, profile.option);
		return;
	}
	need_kernel(planner, &profile);
	need_backend(planner, &profile);
}

static const char *context_part(const struct plan *plan, const char *name)
{
	const struct string_list *parts = &plan->security_labels;

	for (size_t i = 0; i < parts->count; i++)
		if (strncmp(parts->items[i], name, strlen(name)) == 0)
			return parts->items[i] + strlen(name);
	return NULL;
}

const char *plan_context(struct arena *arena, const struct plan *plan)
{
	const char *user = context_part(plan, "user:"), *role = context_part(plan, "role:"), *type = context_part(plan, "type:");
	const char *level = plan_context_level(plan);

	if (user == NULL || role == NULL || type == NULL)
		return NULL;
	return arena_printf(arena, "%s:%s:%s%s%s", user, role, type, level != NULL ? ":" : "", level != NULL ? level : "");
}

const char *plan_context_level(const struct plan *plan)
{
	return context_part(plan, "level:");
}

/* What cannot be had is refused, and so is what somebody on the way would leave out without a word. */
static void need_selinux(const struct planner *planner, const struct request_option *option)
{
	const struct host_facts *facts = planner->facts;
	const char *problem = facts->selinux_problem;
	struct finding *finding;

	if (!facts->has_selinux)
		problem = "this kernel has no SELinux, or it is switched off";
	if (problem != NULL) {
		finding = plan_find(planner, FINDING_DENIED, option, NULL, "host");
		plan_reason(planner, finding, "%s, and the label would mean nothing", problem);
		finding->remedy = facts->has_selinux && facts->selinux_remedy != NULL ? facts->selinux_remedy : "leave it out";
	} else if (planner->is_oci && facts->backend != BACKEND_RUNSC && plan_context(planner->arena, planner->plan) == NULL) {
		finding = plan_find(planner, FINDING_UNSUPPORTED, option, NULL, "backend");
		plan_reason(planner, finding, "crun and runc take a whole label, and nobody here adds what is not said");
		finding->remedy = "say user, role, type and level: --security-opt label=user:system_u --security-opt label=role:system_r "
				  "--security-opt label=type:container_t --security-opt label=level:s0:c1,c2";
	} else if (planner->input->is_backend_known && facts->backend == BACKEND_DOCKER && !facts->engine.has_docker_labels) {
		finding = plan_find(planner, FINDING_UNSUPPORTED, option, NULL, "backend");
		plan_reason(planner, finding, "docker's daemon was started without --selinux-enabled and leaves labels out");
		finding->remedy = HOST_LABELS_REMEDY ", or use --backend podman";
	}
}

static void plan_labels(const struct planner *planner)
{
	const struct request_option *last = NULL;
	const struct request_option *option;
	size_t position = 0;

	while ((option = request_next(planner->request, FLAG_SECURITY_OPT, &position)) != NULL) {
		const struct pair_request *pair = &option->value.pair;

		if (strcmp(pair->name, "label") != 0 || pair->value == NULL)
			continue;
		last = option;
		if (string_list_has(&planner->plan->security_labels, pair->value))
			continue;
		string_list_add(planner->arena, &planner->plan->security_labels, pair->value);
		plan_settingf(planner, "security_opt", plan_source_flag(option), "label=%s", pair->value);
	}
	if (last != NULL)
		need_selinux(planner, last);
}

void plan_profile(const struct planner *planner)
{
	plan_apparmor(planner);
	plan_labels(planner);
}
