/* run, create: judge, complete, render, launch. */
#include "apparmor.h"
#include "separate.h"

#include <stdint.h>
#include <string.h>

#include <hardrun/backend.h>
#include <hardrun/profile.h>
#include <hardrun/watch.h>

static bool is_set(const struct flow *flow, enum flag_id flag)
{
	const struct request_option *option = request_last(flow->request, flag);

	return option != NULL && option->value.boolean;
}

/* A dry run starts nothing, and leaves no record, unless it stands for what would be started. */
static void record_refusal(struct cli *cli, const struct flow *flow, const char *verdict, const struct error *err)
{
	struct decision decision;

	if (cli->profile.mode != CLI_PROFILE_NONE || (is_set(flow, FLAG_DRY_RUN) && !cli->is_rehearsal))
		return;
	decision = recording_of_flow(cli, flow, verdict);
	decision.error = err != NULL ? err->message : NULL;
	if (cli->monitor_fd == 0)
		recording_refuse(cli, &decision);
	else if (!judge_decide(cli, &decision))
		message_line(cli, "this refusal stands, and cannot be put on record");
}

static int refuse(struct cli *cli, const struct flow *flow)
{
	struct findings policies = { .arena = cli->arena };

	message_findings(cli, stderr, &flow->findings);
	/* Other notes are for what runs; which policy answers matters here most. */
	for (size_t i = 0; i < flow->findings.count; i++)
		if (strcmp(flow->findings.items[i].rule, "policy") == 0)
			*vector_push(cli->arena, policies.items, policies.count) = flow->findings.items[i];
	message_notes(cli, stderr, &policies);
	record_refusal(cli, flow, findings_malformed(&flow->findings) ? "malformed" : "denied", NULL);
	return LAUNCH_STATUS_REFUSED;
}

static int fail(struct cli *cli, const struct flow *flow, const struct error *err)
{
	message_error(cli, err);
	record_refusal(cli, flow, "failed", err);
	return LAUNCH_STATUS_REFUSED;
}

static const char *word_of(const struct flow *flow, enum flag_id flag, const char *fallback)
{
	const struct request_option *option = request_last(flow->request, flag);

	return option != NULL && option->raw[0] != '\0' ? option->raw : fallback;
}

bool run_may_be_isolated(const struct flow *flow)
{
	const struct policy_text *own = &flow->policy->defaults.network_mode;
	const char *name = word_of(flow, FLAG_NETWORK, own->value != NULL ? own->value : "isolated");

	return strcmp(name, "none") != 0 && strcmp(name, "host") != 0;
}

static bool has_label(const struct flow *flow)
{
	const struct request_option *option;
	size_t position = 0;

	while ((option = request_next(flow->request, FLAG_SECURITY_OPT, &position)) != NULL)
		if (strcmp(option->value.pair.name, "label") == 0)
			return flow->facts->has_selinux;
	return false;
}

/* Whether the policy's word on it matters: a runtime that is run directly has no daemon. */
static bool has_engine(const struct flow *flow)
{
	return !host_is_oci_name(flow_backend(flow)) || flow->policy->engine.client.value != NULL;
}

/* Somebody who never asked for runsc is told who did. */
static int fail_choice(const struct cli *cli, const struct flow *flow, struct error *err)
{
	const struct policy_text *required = policy_sandbox(flow->policy, flow->ceiling);

	if (required != NULL && err->kind == ERROR_MISSING)
		err->message = arena_printf(cli->arena, "%s, and engine.sandbox: required (%s) takes nothing else", err->message,
					    place_text(cli->arena, required->place));
	return -(int)err->kind;
}

/* The daemon that is asked, and the client that asks: the ceiling's word before the policy's. */
static int choose_backend(struct cli *cli, struct flow *flow, struct error *err)
{
	const struct policy_engine *engine = &flow->policy->engine;
	const struct policy_engine *above = flow->ceiling != NULL ? &flow->ceiling->engine : engine;
	const char *host = above->host.value != NULL ? above->host.value : engine->host.value;
	const char *client = above->client.value != NULL ? above->client.value : engine->client.value;

	flow->facts->engine.is_network_wanted = run_may_be_isolated(flow);
	flow->facts->engine.image_platform = word_of(flow, FLAG_PLATFORM, NULL);
	flow->facts->engine.is_label_wanted = has_label(flow);
	host_find_programs(cli->arena, flow->facts, flow_backend(flow));
	if (cli->monitor_fd != 0 && has_engine(flow) && judge_choose_engine(cli, flow->policy, err) < 0)
		return -(int)err->kind;
	if (host_choose_backend(cli->arena, flow->facts, flow_backend(flow), host, client, err) < 0)
		return fail_choice(cli, flow, err);
	if (flow->facts->backend == BACKEND_DOCKER && policy_sandbox(flow->policy, flow->ceiling) != NULL)
		host_read_docker_sandbox(cli->arena, &flow->facts->engine);
	return 0;
}

static int fail_docker(struct cli *cli, const struct flow *flow, struct error *err)
{
	const char *reason = flow->facts->engine.docker_reason;
	int result = error_set(err, cli->arena, ERROR_MISSING, "docker does not answer: %s",
			       reason != NULL ? reason : "is its daemon running?");

	err->remedy = arena_printf(cli->arena, "start it (systemctl start docker), or use --backend %s",
				   host_backend_name(policy_sandbox(flow->policy, flow->ceiling) != NULL ? BACKEND_RUNSC : BACKEND_CRUN));
	return result;
}

/* What docker tells of must be what it will run: its VOLUMEs and its user are another's otherwise. */
static int check_platform(struct cli *cli, const struct image_facts *image, const char *platform, struct error *err)
{
	if (!image->is_known || flow_is_of_platform(image, platform))
		return 0;
	return error_set(err, cli->arena, ERROR_UNSUPPORTED,
			 "docker has the image for %s too, and tells of that one and not of the one for %s; with its store of several "
			 "platforms only docker 28.1 and later can be asked", image->architecture, platform);
}

/* Docker's daemon must have the image before the plan is made: what it declares, VOLUMEs above all, is not left to the engine. */
static int have_docker_image(struct cli *cli, struct flow *flow, struct error *err)
{
	const struct backend_pull pull = { word_of(flow, FLAG_PLATFORM, NULL), is_set(flow, FLAG_QUIET) };
	const char *when = cli->profile.mode == CLI_PROFILE_NONE ? word_of(flow, FLAG_PULL, "missing") : "never";
	struct image_facts *image = &flow->facts->image_facts;
	bool is_here = image->is_known && flow_is_of_platform(image, pull.platform);
	int result;

	if (!flow->facts->engine.is_docker_answering)
		return fail_docker(cli, flow, err);
	if (image->reason != NULL || (is_here && strcmp(when, "always") != 0))
		return 0;
	if (strcmp(when, "never") == 0)
		return error_set(err, cli->arena, ERROR_MISSING, "no such image: %s (it is not here, and --pull is never)",
				 flow->facts->image.canonical);
	result = cli->monitor_fd != 0 ? judge_pull_image(cli, &pull, err) : launch_pull_image(cli->arena, flow->facts, &pull, err);
	if (result < 0)
		return result;
	*image = (struct image_facts){ .is_known = false };
	host_read_docker_image(cli->arena, flow->facts);
	if (!image->is_known && image->reason == NULL)
		return error_set(err, cli->arena, ERROR_SYSTEM, "the image %s was pulled, and docker does not have it",
				 flow->facts->image.canonical);
	return check_platform(cli, image, pull.platform, err);
}

/* What the image says of itself. A dry run fetches nothing: it shows what can be known. */
static int read_image(struct cli *cli, struct flow *flow, struct error *err)
{
	bool is_dry_run = is_set(flow, FLAG_DRY_RUN);
	const char *pull = is_dry_run || cli->profile.mode != CLI_PROFILE_NONE ? "never" : word_of(flow, FLAG_PULL, "missing");
	int result;

	if (flow->facts->backend == BACKEND_DOCKER)
		return is_dry_run ? 0 : have_docker_image(cli, flow, err);
	if (!host_backend_is_oci(flow->facts->backend) || flow->facts->image.kind == IMAGE_ROOTFS)
		return 0;
	result = cli->monitor_fd != 0 ? judge_fetch_image(cli, pull, err) : launch_fetch_image(cli->arena, flow->facts, pull, err);
	if (result < 0 && err->kind == ERROR_MISSING && strcmp(pull, "never") == 0 && flow->facts->image.kind == IMAGE_REFERENCE)
		err->remedy = strcmp(word_of(flow, FLAG_PULL, "missing"), "never") == 0 ? "leave out --pull never"
											: "start it once: this fetches nothing";
	return result;
}

const char *run_owner_problem(const struct cli *cli, enum host_resource resource, const char *name)
{
	const bool is_person = cli->is_guarded && cli->facts->caller_uid != 0;

	return is_person ? host_owner_problem(cli->arena, cli->facts, resource, name) : NULL;
}

int run_check_name(const struct cli *cli, const struct plan *plan, struct error *err)
{
	struct container_facts container;
	struct error ignored = { 0 };
	bool is_own;
	int result;

	/* What a unit of that name has left behind is removed when it starts. */
	if (plan->backend != BACKEND_DOCKER || plan->name == NULL || cli->facts->unit != NULL ||
	    host_read_container(cli->arena, cli->facts, plan->name, &container, &ignored) < 0 || strcmp(container.name, plan->name) != 0)
		return 0;
	is_own = host_is_callers(cli->facts, &container) || (container.caller == NULL && !cli->is_guarded);
	result = error_set(err, cli->arena, ERROR_UNSUPPORTED, "the name %s is taken%s", plan->name,
			   is_own ? " by a container of yours" : " by a container that is not yours");
	if (cli->compose != NULL)
		err->remedy = "choose another project name with -p, or another container_name:";
	else if (is_own)
		err->remedy = arena_printf(cli->arena, "remove that one (hardrun docker rm -f %s), or choose another name", plan->name);
	else
		err->remedy = "choose another name";
	return result;
}

/* docker gives a new volume to root, unless the image has something at that place, as it has where it declares one. */
static void note_new_volume(const struct cli *cli, struct flow *flow, const struct plan *plan, const struct plan_mount *mount)
{
	enum host_claim claim = HOST_CLAIM_OTHER;
	struct error ignored = { 0 };

	if (mount->is_read_only || plan->uid == 0 || string_list_has(&flow->facts->image_facts.volumes, mount->target) ||
	    host_claim(cli->arena, flow->facts, HOST_VOLUME, mount->source, "", &claim, &ignored) < 0 || claim != HOST_CLAIM_FREE)
		return;
	findings_add(&flow->findings, FINDING_NOTE, arena_printf(cli->arena, "volume %s", mount->source), SIZE_MAX, "host",
		     "it is new, and root's unless the image has a directory %s: user %u may be unable to write to it", mount->target,
		     plan->uid)->remedy = arena_printf(cli->arena, "a directory of yours does: -v ./DIRECTORY:%s", mount->target);
}

static void judge_resource(const struct cli *cli, struct flow *flow, enum host_resource resource, const char *name)
{
	const struct verdict_input input = flow_input(flow, true);
	const char *what = resource == HOST_VOLUME ? "volume" : "network", *problem = NULL;
	const char *remedy = arena_printf(cli->arena, "use another %s%s", what,
					  cli->compose != NULL ? ", or another project name with -p" : "");

	if (resource == HOST_VOLUME && !verdict_has_hazard(&input, HAZARD_SENSITIVE_PATHS)) {
		problem = host_volume_problem(cli->arena, flow->facts, name);
		if (problem != NULL)
			remedy = "use another volume, or bind the directory itself";
	}
	if (problem == NULL)
		problem = run_owner_problem(cli, resource, name);
	if (problem != NULL)
		findings_add(&flow->findings, FINDING_DENIED, arena_printf(cli->arena, "%s %s", what, name), SIZE_MAX,
			     resource == HOST_VOLUME ? "floor: mounts" : "floor: network", "%s", problem)->remedy = remedy;
}

/* A policy knows volumes and networks by their names alone; what stands behind one that is there already is judged here. */
static bool judge_resources(const struct cli *cli, struct flow *flow, const struct plan *plan)
{
	if (plan->backend != BACKEND_DOCKER || !flow->facts->engine.is_docker_answering)
		return true;
	for (size_t i = 0; i < plan->mount_count; i++)
		if (plan->mounts[i].type == PLAN_VOLUME) {
			judge_resource(cli, flow, HOST_VOLUME, plan->mounts[i].source);
			note_new_volume(cli, flow, plan, &plan->mounts[i]);
		}
	for (size_t i = 0; i < plan->network_names.count; i++)
		judge_resource(cli, flow, HOST_NETWORK, plan->network_names.items[i]);
	return findings_allow(&flow->findings);
}

/* Where calls go to nobody, or nobody stays to see the end, nothing can be said of it. */
static bool observe(const struct cli_observer *observer, struct flow *flow, struct plan *plan)
{
	const char *reason = NULL, *remedy = NULL;

	plan->observation = observer->observation;
	if (plan->is_sandboxed) {
		reason = "gVisor hands system calls to nobody, so that none can be watched";
		remedy = "try it without the sandbox first: --backend crun";
	} else if (!host_backend_is_oci(plan->backend)) {
		reason = "an engine hands calls to nobody, so that its containers cannot be watched";
		remedy = "--backend crun or --backend runc";
	} else if (plan->is_detached) {
		reason = "it is watched to its end, and told about here";
		remedy = "leave out --detach";
	} else if (plan->is_seccomp_unconfined) {
		reason = "without a filter no call can be watched";
		remedy = "leave out seccomp=unconfined";
	}
	if (reason != NULL)
		findings_add(&flow->findings, FINDING_UNSUPPORTED, observer->verb, SIZE_MAX, "backend", "%s", reason)->remedy = remedy;
	return reason == NULL;
}

/* A container that is only made has nobody to explain when it runs: the caller's wish is refused, and a policy's dropped. */
static bool explain_nothing(const struct cli *cli, struct flow *flow, struct plan *plan)
{
	const bool is_asked = request_last(flow->request, FLAG_EXPLAIN) != NULL;
	const char *remedy = NULL, *reason = plan_explain_problem(cli->arena, plan, flow->facts, &remedy);

	findings_add(&flow->findings, is_asked ? FINDING_UNSUPPORTED : FINDING_NOTE, is_asked ? "--explain" : "explain", SIZE_MAX,
		     "backend", "%s", reason)->remedy = remedy;
	plan->is_explained = false;
	return !is_asked;
}

/* The plan is the same for run and create but for one word, which the request does not have: it was the verb. */
static const struct plan *complete(struct cli *cli, struct flow *flow)
{
	struct verdict_input input = flow_input(flow, true);
	const struct plan *plan = plan_complete(cli->arena, &input, &flow->findings);
	struct plan *own;

	if (plan == NULL || !judge_resources(cli, flow, plan))
		return NULL;
	own = arena_alloc(cli->arena, sizeof(*own));
	*own = *plan;
	if (cli->observer != NULL && !observe(cli->observer, flow, own))
		return NULL;
	own->is_create_only = strcmp(cli->verb, "create") == 0;
	if (own->is_create_only && host_backend_is_oci(own->backend)) {
		findings_add(&flow->findings, FINDING_UNSUPPORTED, "create", SIZE_MAX, "backend",
			     "%s is run directly, and keeps no container that does not run", host_backend_name(own->backend))
			->remedy = "use run, or --backend docker";
		return NULL;
	}
	if (own->is_create_only && own->is_explained && !explain_nothing(cli, flow, own))
		return NULL;
	/* It is here, and planned for: should it vanish now, the engine must not bring another. */
	if (own->backend == BACKEND_DOCKER && !is_set(flow, FLAG_DRY_RUN))
		own->pull = "never";
	return own;
}

/* False when it failed, which has been said; *ret_status is what to exit with. */
static bool launch_on_record(struct cli *cli, const struct flow *flow, struct launch *launch, int *ret_status)
{
	struct decision decision = recording_of_flow(cli, flow, "allowed");
	struct watch_report report = { .usage = WATCH_USAGE_UNKNOWN };
	struct ending_keeper keeper = { .cli = cli, .report = &report };
	struct error err = { 0 };
	bool has_failed;

	*ret_status = LAUNCH_STATUS_REFUSED;
	ending_expect(&keeper, launch);
	decision.plan = launch->plan;
	if (recording_launch(cli, &decision, launch, &err) < 0) {
		message_line(cli, "nothing was started: %s", message_error_text(cli->arena, &err));
		return false;
	}
	has_failed = launch_run(cli->arena, launch, ret_status, &err) < 0;
	if (has_failed)
		message_error(cli, &err);
	recording_end(cli, launch, has_failed, *ret_status);
	ending_tell(cli, &(struct ending){ launch->plan, &report, has_failed ? &err : NULL, *ret_status });
	return !has_failed;
}

/* What is decided is done by who has the rights to. */
static int hand_over(struct cli *cli, const struct flow *flow, const struct plan *plan)
{
	struct decision decision = recording_of_flow(cli, flow, "allowed");
	struct error err = { 0 };

	decision.plan = plan;
	message_notes(cli, stderr, &flow->findings);
	fflush(NULL);
	if (judge_decide(cli, &decision))
		return CLI_STATUS_OK;
	error_set(&err, cli->arena, ERROR_UNSUPPORTED, "nothing was started: the plan cannot be handed over; is every value UTF-8?");
	return fail(cli, flow, &err);
}

/* A dry run leaves nothing behind: what is compiled for a start is not shown. */
static int read_profile(struct cli *cli, const struct flow *flow, const struct plan *plan, const struct profile **ret_profile,
			struct error *err)
{
	if (is_set(flow, FLAG_DRY_RUN))
		return flow_profile(cli->arena, plan, ret_profile, err);
	return flow_start_profile(cli, plan, ret_profile, err);
}

static int start(struct cli *cli, const struct flow *flow, const struct plan *plan)
{
	const struct profile *profile = NULL;
	struct launch launch;
	struct error err = { 0 };
	int status = LAUNCH_STATUS_REFUSED;

	if (!plan->is_seccomp_unconfined && read_profile(cli, flow, plan, &profile, &err) < 0)
		return fail(cli, flow, &err);
	if (backend_render(cli->arena, plan, flow->facts, profile, &launch, &err) < 0)
		return fail(cli, flow, &err);
	launch.apparmor_remedy = apparmor_remedy(cli->arena, plan);
	message_notes(cli, stderr, &flow->findings);
	if (is_set(flow, FLAG_DRY_RUN)) {
		message_print(cli, backend_dry_run(cli->arena, &launch));
		return message_finish(cli, CLI_STATUS_OK);
	}
	fflush(stderr);
	if (run_check_name(cli, plan, &err) < 0)
		return fail(cli, flow, &err);
	if (!launch_on_record(cli, flow, &launch, &status))
		return status;
	/* As docker does; an engine's client prints its own. */
	if (plan->is_detached && status == 0 && host_backend_is_oci(plan->backend)) {
		message_print(cli, arena_printf(cli->arena, "%s\n", launch.container_id));
		return message_finish(cli, CLI_STATUS_OK);
	}
	return status;
}

/* Whether an image may be fetched for this, before it is known what it says of itself. */
static bool may_fetch(const struct flow *flow)
{
	const struct host_facts *facts = flow->facts;

	if (facts->backend == BACKEND_DOCKER)
		return !is_set(flow, FLAG_DRY_RUN) && facts->engine.is_docker_answering && facts->image_facts.reason == NULL &&
		       (!facts->image_facts.is_known || strcmp(word_of(flow, FLAG_PULL, "missing"), "always") == 0);
	return host_backend_is_oci(facts->backend) && facts->image.kind != IMAGE_ROOTFS;
}

/* What is refused with an image that nothing is amiss with is refused with any: it is said before one is fetched. */
static bool rehearse(struct cli *cli, struct flow *flow)
{
	const struct image_facts kept = flow->facts->image_facts;
	const struct findings findings = flow->findings;
	bool is_possible;

	flow->facts->image_facts = (struct image_facts){ .is_known = true, .user = "65534:65534" };
	string_list_add(cli->arena, &flow->facts->image_facts.cmd, "true");
	is_possible = complete(cli, flow) != NULL;
	flow->facts->image_facts = kept;
	if (is_possible)
		flow->findings = findings;
	return is_possible;
}

static int start_allowed(struct cli *cli, struct flow *flow)
{
	struct error err = { 0 };
	const struct plan *plan;

	if (cli->is_confined && !is_set(flow, FLAG_DRY_RUN)) {
		message_line(cli, "nothing was started: this line is no dry run after all; give --dry-run once");
		return LAUNCH_STATUS_REFUSED;
	}
	if (choose_backend(cli, flow, &err) < 0)
		return fail(cli, flow, &err);
	if (!flow_judge_backend(cli, flow))
		return refuse(cli, flow);
	flow_note_environment(flow);
	if (may_fetch(flow) && !rehearse(cli, flow))
		return refuse(cli, flow);
	if (read_image(cli, flow, &err) < 0)
		return fail(cli, flow, &err);
	plan = complete(cli, flow);
	if (plan == NULL)
		return refuse(cli, flow);
	if (cli->profile.mode == CLI_PROFILE_PRINT)
		return apparmor_finish(cli, plan);
	return cli->monitor_fd != 0 && !is_set(flow, FLAG_DRY_RUN) ? hand_over(cli, flow, plan) : start(cli, flow, plan);
}

static int go_on(struct cli *cli, struct flow *flow, enum flow_state state)
{
	switch (state) {
	case FLOW_HELP:
		return message_finish(cli, CLI_STATUS_OK);
	case FLOW_POLICY:
		message_errors(cli, &flow->errors);
		record_refusal(cli, flow, "policy", flow->errors.count > 0 ? &flow->errors.items[0] : NULL);
		return LAUNCH_STATUS_REFUSED;
	case FLOW_MALFORMED:
	case FLOW_DENIED:
		return refuse(cli, flow);
	case FLOW_READY:
		break;
	}
	return start_allowed(cli, flow);
}

/* apparmor load: what is printed is printed here, and a refusal is nobody's to record. */
static bool is_without_decision(const struct cli *cli, int status)
{
	return cli->profile.mode == CLI_PROFILE_PRINT || (cli->profile.mode == CLI_PROFILE_LOAD && status != CLI_STATUS_OK);
}

static int run_words(struct cli *cli, int argc, char *const argv[])
{
	struct flow flow;
	const enum flow_state state = flow_judge(cli, &flow, argc, argv);
	const int status = go_on(cli, &flow, state);

	/* The last word: whoever asks for something after it is broken. */
	if (cli->monitor_fd != 0 && (state == FLOW_HELP || is_set(&flow, FLAG_DRY_RUN) || is_without_decision(cli, status)))
		judge_excuse(cli);
	return status;
}

int run_verb(struct cli *cli, int argc, char *const argv[])
{
	return separate_run(cli, argc, argv, run_words);
}
