/* run, create: judge, complete, render, launch. */
#include "cli.h"

#include <stdint.h>
#include <string.h>

#include <hardrun/backend.h>
#include <hardrun/profile.h>

static bool is_set(const struct flow *flow, enum flag_id flag)
{
	const struct request_option *option = request_last(flow->request, flag);

	return option != NULL && option->value.boolean;
}

static int refuse(const struct cli *cli, const struct flow *flow)
{
	message_findings(cli, stderr, &flow->findings);
	return LAUNCH_STATUS_REFUSED;
}

static int fail(const struct cli *cli, const struct error *err)
{
	message_error(cli, err);
	return LAUNCH_STATUS_REFUSED;
}

/* The daemon that is asked, and the client that asks: the ceiling's word before the policy's. */
static int choose_backend(struct cli *cli, struct flow *flow, struct error *err)
{
	const struct policy_engine *engine = &flow->policy->engine;
	const struct policy_engine *above = flow->ceiling != NULL ? &flow->ceiling->engine : engine;
	const char *host = above->host.value != NULL ? above->host.value : engine->host.value;
	const char *client = above->client.value != NULL ? above->client.value : engine->client.value;

	host_find_programs(cli->arena, flow->facts);
	return host_choose_backend(cli->arena, flow->facts, flow_backend(flow), host, client, err);
}

/* What the image says of itself. A dry run fetches nothing: it shows what can be known. */
static int read_image(struct cli *cli, struct flow *flow, struct error *err)
{
	const struct request_option *pull = request_last(flow->request, FLAG_PULL);
	bool is_dry_run = is_set(flow, FLAG_DRY_RUN);

	if (flow->facts->backend == BACKEND_DOCKER)
		host_read_docker_image(cli->arena, flow->facts);
	if (!host_backend_is_oci(flow->facts->backend) || flow->facts->image.kind == IMAGE_ROOTFS)
		return 0;
	return launch_fetch_image(cli->arena, flow->facts, is_dry_run ? "never" : pull != NULL ? pull->raw : "missing", err);
}

/* The plan is the same for run and create but for one word, which the request does not have: it was the verb. */
static const struct plan *complete(struct cli *cli, struct flow *flow)
{
	struct verdict_input input = flow_input(flow, true);
	const struct plan *plan = plan_complete(cli->arena, &input, &flow->findings);
	struct plan *created;

	if (plan == NULL || strcmp(cli->verb, "create") != 0)
		return plan;
	if (host_backend_is_oci(plan->backend)) {
		findings_add(&flow->findings, FINDING_UNSUPPORTED, "create", SIZE_MAX, "backend",
			     "%s is run directly, and keeps no container that does not run", host_backend_name(plan->backend))
			->remedy = "use run, or --backend docker";
		return NULL;
	}
	created = arena_alloc(cli->arena, sizeof(*created));
	*created = *plan;
	created->is_create_only = true;
	return created;
}

static int start(struct cli *cli, const struct flow *flow, const struct plan *plan)
{
	const struct profile *profile = NULL;
	struct launch launch;
	struct error err = { 0 };
	int status = LAUNCH_STATUS_REFUSED;

	if (!plan->is_seccomp_unconfined && profile_build(cli->arena, plan->seccomp, plan->ceiling_seccomp, &profile, &err) < 0)
		return fail(cli, &err);
	if (backend_render(cli->arena, plan, flow->facts, profile, &launch, &err) < 0)
		return fail(cli, &err);
	message_notes(cli, stderr, &flow->findings);
	if (is_set(flow, FLAG_DRY_RUN)) {
		message_print(cli, backend_dry_run(cli->arena, &launch));
		return message_finish(cli, CLI_STATUS_OK);
	}
	fflush(stderr);
	if (launch_run(cli->arena, &launch, &status, &err) < 0) {
		message_error(cli, &err);
		return status;
	}
	/* As docker does; an engine's client prints its own. */
	if (plan->is_detached && status == 0) {
		message_print(cli, arena_printf(cli->arena, "%s\n", launch.container_id));
		return message_finish(cli, CLI_STATUS_OK);
	}
	return status;
}

int run_verb(struct cli *cli, int argc, char *const argv[])
{
	struct flow flow;
	struct error err = { 0 };
	const struct plan *plan;

	switch (flow_judge(cli, &flow, argc, argv)) {
	case FLOW_HELP:
		return message_finish(cli, CLI_STATUS_OK);
	case FLOW_POLICY:
		message_errors(cli, &flow.errors);
		return LAUNCH_STATUS_REFUSED;
	case FLOW_MALFORMED:
	case FLOW_DENIED:
		return refuse(cli, &flow);
	case FLOW_READY:
		break;
	}
	if (choose_backend(cli, &flow, &err) < 0)
		return fail(cli, &err);
	if (!flow_judge_backend(cli, &flow))
		return refuse(cli, &flow);
	flow_note_environment(&flow);
	if (read_image(cli, &flow, &err) < 0)
		return fail(cli, &err);
	plan = complete(cli, &flow);
	return plan != NULL ? start(cli, &flow, plan) : refuse(cli, &flow);
}
