/* complete: drives the parts; each leaves nothing unset. */
#include "plan_internal.h"

static void plan_image(const struct planner *planner)
{
	struct plan *plan = planner->plan;

	plan->image = planner->facts->image;
	if (planner->facts->image_facts.reason != NULL) /* what it declares would be left to the engine, unseen */
		plan_reason(planner, plan_find(planner, FINDING_DENIED, NULL, "the image", "floor: image"), "%s",
			    planner->facts->image_facts.reason);
	if (planner->is_oci)
		plan->image_rootfs = plan->image.kind == IMAGE_ROOTFS ? plan->image.path : planner->facts->image_facts.rootfs;
	if (plan->image.canonical != NULL)
		plan_setting(planner, "image", (struct plan_source){ .origin = PLAN_FROM_FLAG }, plan->image.canonical);
	plan->policy_name = planner->policy->name;
	plan_setting(planner, "policy", plan_source_of(PLAN_FROM_POLICY), plan->policy_name);
}

const struct plan *plan_complete(struct arena *arena, const struct verdict_input *input, struct findings *findings)
{
	static void (*const parts[])(const struct planner *) = {
		plan_image, plan_backend, plan_identity, plan_command, plan_confinement,
		plan_limits, plan_mounts, plan_network, plan_life, plan_environment, plan_rootless,
		plan_sandbox, plan_explanation,
	};
	const struct planner planner = {
		.arena = arena, .input = input, .request = input->request, .policy = input->policy, .facts = input->facts,
		.findings = findings, .plan = arena_alloc(arena, sizeof(struct plan)),
		.is_oci = input->is_backend_known && host_backend_is_oci(input->facts->backend),
	};

	for (size_t i = 0; i < ARRAY_COUNT(parts); i++)
		parts[i](&planner);
	return findings_allow(findings) ? planner.plan : NULL;
}
