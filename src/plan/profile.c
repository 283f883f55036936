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

static void plan_labels(const struct planner *planner)
{
	const struct request_option *option;
	size_t position = 0;

	while ((option = request_next(planner->request, FLAG_SECURITY_OPT, &position)) != NULL) {
		const struct pair_request *pair = &option->value.pair;
		struct finding *finding = NULL;

		if (strcmp(pair->name, "label") != 0 || pair->value == NULL)
			continue;
		string_list_add(planner->arena, &planner->plan->security_labels, pair->value);
		plan_settingf(planner, "security_opt", plan_source_flag(option), "label=%s", pair->value);
		if (!planner->facts->has_selinux) {
			finding = plan_find(planner, FINDING_DENIED, option, NULL, "host");
			plan_reason(planner, finding, "this kernel has no SELinux, or it is switched off, and the label would mean nothing");
			finding->remedy = "leave it out";
		} else if (planner->is_oci) {
			finding = plan_find(planner, FINDING_UNSUPPORTED, option, NULL, "backend");
			plan_reason(planner, finding, "crun and runc take whole contexts only, which an engine puts together");
			finding->remedy = "--backend docker or --backend podman";
		}
	}
}

void plan_profile(const struct planner *planner)
{
	plan_apparmor(planner);
	plan_labels(planner);
}
