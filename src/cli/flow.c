/* flow: parse, load, judge: the same for run, create, check and show. */
#include "cli.h"

#include <string.h>

#include <hardrun/profile.h>

void flow_search(struct arena *arena, const struct host_facts *facts, struct policy_search *ret_search)
{
	*ret_search = (struct policy_search){
		.caller_uid = facts->caller_uid,
		.user_dir = facts->home != NULL ? arena_printf(arena, "%s/.config/hardrun/policies", facts->home) : NULL,
		.admin_dir = "/etc/hardrun/policies",
		.vendor_dir = HARDRUN_PREFIX "/share/hardrun/policies",
		.ceiling_path = FLOW_CEILING_PATH,
	};
}

/* What the ceiling, or that there is none, means for where policies come from. A wrong one stops everything anyway. */
static void bound_search(const struct host_facts *facts, const struct policy *ceiling, struct policy_search *search)
{
	search->is_root_only = facts->elevated_by != NULL && ceiling == NULL;
	search->is_user_dir_ignored = ceiling != NULL && ceiling->user_policies.is_set && !ceiling->user_policies.value;
}

const struct policy *flow_load_ceiling(struct arena *arena, const struct host_facts *facts, struct policy_search *ret_search,
				       struct policy_errors *errors)
{
	const struct policy *ceiling;

	flow_search(arena, facts, ret_search);
	ceiling = policy_load_ceiling(arena, ret_search, errors);
	bound_search(facts, ceiling, ret_search);
	return ceiling;
}

const struct policy *flow_take_ceiling(const struct cli *cli, struct policy_search *ret_search, struct policy_errors *errors)
{
	if (!cli->ceiling.is_read)
		return flow_load_ceiling(cli->arena, cli->facts, ret_search, errors);
	flow_search(cli->arena, cli->facts, ret_search);
	bound_search(cli->facts, cli->ceiling.policy, ret_search);
	for (size_t i = 0; i < cli->ceiling.errors.count; i++)
		*vector_push(cli->arena, errors->items, errors->count) = cli->ceiling.errors.items[i];
	return cli->ceiling.policy;
}

/*
 * Own options from before the verb are put in front of the caller's words, so that one grammar reads both and a contradiction
 * between them is found.
 */
static void parse_words(struct cli *cli, struct flow *flow, int argc, char *const argv[])
{
	const struct string_list *words = &cli->options.words;
	char **joined = arena_alloc(cli->arena, (words->count + (size_t)argc + 1) * sizeof(*joined));

	flow->shift = words->count;
	for (size_t i = 0; i < words->count; i++)
		joined[i] = arena_strdup(cli->arena, words->items[i]);
	for (int i = 0; i < argc; i++)
		joined[words->count + (size_t)i] = argv[i];
	flow->request = request_parse(cli->arena, (int)words->count + argc, joined, &flow->findings);
}

static const char *option_raw(const struct flow *flow, enum flag_id flag)
{
	const struct request_option *option = request_last(flow->request, flag);

	return option != NULL ? option->raw : NULL;
}

bool flow_check_profile(struct arena *arena, const struct policy_seccomp *seccomp, struct error *err)
{
	const struct profile *profile;

	if (seccomp->allow_count + seccomp->deny_count == 0 && seccomp->base.value == NULL)
		return true;
	return profile_build(arena, seccomp, NULL, &profile, err) == 0;
}

int flow_profile(struct arena *arena, const struct plan *plan, const struct profile **ret_profile, struct error *err)
{
	/* What looks at single rules needs them. */
	const bool is_looked_at = plan_is_listened_to(plan) || plan->apparmor == PLAN_APPARMOR_GENERATED;

	return (is_looked_at ? profile_build : profile_choose)(arena, plan->seccomp, plan->ceiling_seccomp, ret_profile, err);
}

int flow_start_profile(struct cli *cli, const struct plan *plan, const struct profile **ret_profile, struct error *err)
{
	const char *note = NULL;
	const int result = flow_profile(cli->arena, plan, ret_profile, err);

	if (result < 0 || plan->backend != BACKEND_CRUN || plan_is_listened_to(plan) || (*ret_profile)->bpf_base64 != NULL ||
	    !(*ret_profile)->is_native_only)
		return result;
	*ret_profile = launch_compile_filter(cli->arena, cli->facts, *ret_profile, &note);
	if (note != NULL)
		message_line(cli, "note: %s", note);
	return 0;
}

static bool check_profiles(struct cli *cli, struct flow *flow)
{
	const struct policy_seccomp *own = &flow->policy->seccomp, *bound = flow->ceiling != NULL ? &flow->ceiling->seccomp : NULL;
	const struct profile *profile;
	struct error err = { 0 };
	bool is_good = flow_check_profile(cli->arena, own, &err);

	if (is_good && bound != NULL)
		is_good = flow_check_profile(cli->arena, bound, &err);
	/* Each may fit into a filter where both together do not. */
	if (is_good && bound != NULL && own->allow_count + own->deny_count + bound->allow_count + bound->deny_count > 0)
		is_good = profile_build(cli->arena, own, bound, &profile, &err) == 0;
	if (is_good)
		return true;
	*vector_push(cli->arena, flow->errors.items, flow->errors.count) = err;
	return false;
}

/* Which daemon root speaks to, and with what program, is for root to say. */
static bool check_engine(struct cli *cli, struct flow *flow)
{
	const struct policy_engine *engine = &flow->policy->engine;
	const struct policy_text *const texts[] = { &engine->backend, &engine->host, &engine->client, &engine->sandbox };

	if (flow->facts->elevated_by == NULL || flow->policy->is_root_owned)
		return true;
	for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
		struct error err = { 0 };

		if (texts[i]->value == NULL)
			continue;
		error_set_at(&err, cli->arena, ERROR_POLICY, texts[i]->place,
			     "engine: is obeyed in policies of root's only, as %s lends root's rights", flow->facts->elevated_by);
		err.remedy = "leave it out, or have root put the policy into /etc/hardrun/policies";
		*vector_push(cli->arena, flow->errors.items, flow->errors.count) = err;
		return false;
	}
	return true;
}

/*
 * The file of the person's own directory that would have answered, were that directory not passed over; NULL: none. What is wrong
 * there is passed over with it.
 */
static const char *find_passed_over(struct arena *arena, const struct policy_search *search, const char *name, const char *image)
{
	struct policy_search whole = *search;
	struct policy_errors ignored = { .arena = arena };
	const struct policy *policy;
	const bool is_file = name != NULL && strchr(name, '/') != NULL;

	if ((!search->is_root_only && !search->is_user_dir_ignored) || search->user_dir == NULL || is_file)
		return NULL;
	whole.is_root_only = whole.is_user_dir_ignored = false;
	if (name == NULL && image != NULL)
		policy = policy_choose(arena, &whole, image, &ignored);
	else
		policy = policy_load(arena, &whole, name != NULL ? name : "default", &ignored);
	if (policy == NULL || !path_is_within(policy->files.items[0], search->user_dir))
		return NULL;
	return policy->files.items[0];
}

static const char *passed_over_reason(struct arena *arena, const struct flow *flow)
{
	if (flow->search.is_user_dir_ignored)
		return "the ceiling says user_policies: false";
	return arena_printf(arena, "without %s, whoever is lent root is bound by root's policies alone", flow->search.ceiling_path);
}

/* Said of every answer, but of one that is short of a policy for this very reason in the place of the remedy. */
static void note_passed_over(struct cli *cli, struct flow *flow)
{
	if (flow->passed_over == NULL)
		return;
	if (flow->policy == NULL)
		flow->errors.items[0].remedy = arena_printf(cli->arena, "%s is passed over: %s", flow->passed_over,
							    passed_over_reason(cli->arena, flow));
	else
		findings_add(&flow->findings, FINDING_NOTE, flow->passed_over, SIZE_MAX, "policy",
			     "this policy would have answered, and is passed over: %s", passed_over_reason(cli->arena, flow));
}

/* Somebody who has done as an earlier refusal said, but for the images, gets the same refusal again, and wonders. */
static void note_unheard(struct cli *cli, struct flow *flow)
{
	const char *image = flow->facts->image.name, *path;

	if (flow->policy == NULL || image == NULL || flow->facts->image.kind != IMAGE_REFERENCE || option_raw(flow, FLAG_POLICY) != NULL)
		return;
	path = policy_unheard(cli->arena, &flow->search, flow->policy->name, image);
	if (path != NULL)
		findings_add(&flow->findings, FINDING_NOTE, path, SIZE_MAX, "policy",
			     "this policy answers for no image: images: is not inherited, and it has none")
			->remedy = arena_printf(cli->arena, "add images: [\"%s\"] to it", string_printable(cli->arena, image, 200));
}

static bool load_policies(struct cli *cli, struct flow *flow)
{
	const char *name = option_raw(flow, FLAG_POLICY);
	const char *image = flow->facts->image.name;

	flow->ceiling = flow_take_ceiling(cli, &flow->search, &flow->errors);
	if (flow->errors.count > 0)
		return false;
	/* What is loaded confines: a person may have it of a policy of their own, and nothing is started. */
	flow->search.is_root_only = flow->search.is_root_only && cli->profile.mode == CLI_PROFILE_NONE;
	if (name != NULL)
		flow->policy = policy_load(cli->arena, &flow->search, name, &flow->errors);
	else if (image != NULL)
		flow->policy = policy_choose(cli->arena, &flow->search, image, &flow->errors);
	else
		flow->policy = policy_load(cli->arena, &flow->search, "default", &flow->errors);
	flow->passed_over = find_passed_over(cli->arena, &flow->search, name, image);
	note_passed_over(cli, flow);
	return flow->policy != NULL && check_engine(cli, flow) && check_profiles(cli, flow);
}

struct verdict_input flow_input(const struct flow *flow, bool is_backend_known)
{
	return (struct verdict_input){
		.request = flow->request,
		.policy = flow->policy,
		.ceiling = flow->ceiling,
		.facts = flow->facts,
		.is_backend_known = is_backend_known,
		.compose = flow->compose,
	};
}

const char *flow_backend(const struct flow *flow)
{
	const char *word = option_raw(flow, FLAG_BACKEND);

	if (word != NULL && strcmp(word, "auto") != 0)
		return word;
	word = flow->ceiling != NULL ? flow->ceiling->engine.backend.value : NULL;
	if (word == NULL)
		word = flow->policy->engine.backend.value;
	if (word == NULL || strcmp(word, "auto") == 0)
		word = policy_sandbox(flow->policy, flow->ceiling) != NULL ? host_backend_name(BACKEND_RUNSC) : "auto";
	return word;
}

/* A backend that was named is known without asking anyone. */
static bool name_backend(struct flow *flow)
{
	return host_find_backend(flow_backend(flow), &flow->facts->backend);
}

static bool wants_label(const struct flow *flow)
{
	return flow->policy->apparmor.value != NULL || (flow->ceiling != NULL && flow->ceiling->apparmor.value != NULL) ||
	       request_last(flow->request, FLAG_SECURITY_OPT) != NULL;
}

enum flow_state flow_judge(struct cli *cli, struct flow *flow, int argc, char *const argv[])
{
	struct verdict_input input;

	*flow = (struct flow){ .findings.arena = cli->arena, .errors.arena = cli->arena, .facts = cli->facts, .compose = cli->compose };
	parse_words(cli, flow, argc, argv);
	options_apply(cli, option_raw(flow, FLAG_FORMAT), option_raw(flow, FLAG_COLOR));
	if (flow->request->is_help) {
		help_verb_usage(cli, cli->verb);
		return FLOW_HELP;
	}
	if (findings_malformed(&flow->findings))
		return FLOW_MALFORMED;
	host_resolve_paths(cli->arena, flow->facts, flow->request);
	if (!load_policies(cli, flow))
		return FLOW_POLICY;
	host_resolve_policy(cli->arena, flow->facts, flow->policy);
	if (wants_label(flow))
		host_read_label_makers(cli->arena, flow->facts);
	/* Whether it can be loaded is said by who loads it. */
	flow->facts->has_apparmor = flow->facts->has_apparmor || cli->profile.mode != CLI_PROFILE_NONE;
	input = flow_input(flow, name_backend(flow));
	flow->is_judged = true;
	if (verdict_judge(cli->arena, &input, &flow->findings))
		return FLOW_READY;
	note_unheard(cli, flow);
	return findings_malformed(&flow->findings) ? FLOW_MALFORMED : FLOW_DENIED;
}

bool flow_judge_line(struct cli *cli, struct flow *flow, int argc, char *const argv[], int *ret_status)
{
	*ret_status = CLI_STATUS_USAGE;
	switch (flow_judge(cli, flow, argc, argv)) {
	case FLOW_HELP:
		*ret_status = message_finish(cli, CLI_STATUS_OK);
		break;
	case FLOW_POLICY:
		message_errors(cli, &flow->errors);
		break;
	case FLOW_MALFORMED:
		message_findings(cli, stderr, &flow->findings);
		break;
	case FLOW_DENIED:
		message_findings(cli, stderr, &flow->findings);
		*ret_status = CLI_STATUS_DENIED;
		break;
	case FLOW_READY:
		return true;
	}
	return false;
}

bool flow_judge_backend(struct cli *cli, struct flow *flow)
{
	struct verdict_input input = flow_input(flow, true);

	flow->findings = (struct findings){ .arena = cli->arena };
	note_passed_over(cli, flow);
	if (verdict_judge(cli->arena, &input, &flow->findings))
		return true;
	note_unheard(cli, flow);
	return false;
}

/* False: nobody has set it. */
static bool note_variable(struct flow *flow, const char *name, const char *sentence)
{
	const char *value = host_environment(flow->facts, name);

	if (value == NULL || value[0] == '\0')
		return false;
	findings_add(&flow->findings, FINDING_NOTE, name, SIZE_MAX, "environment", "%s", sentence);
	return true;
}

static void note_podman(struct flow *flow)
{
	static const char sentence[] = "this variable is not obeyed; it is podman on this machine that is called";

	(void)note_variable(flow, "CONTAINER_HOST", sentence);
	(void)note_variable(flow, "CONTAINER_CONNECTION", sentence);
}

void flow_note_environment(struct flow *flow)
{
	static const char sentence[] = "this variable is not obeyed; engine.host in the policy says which daemon is asked";
	const struct host_facts *facts = flow->facts;
	const bool has_host = flow->policy->engine.host.value != NULL ||
			      (flow->ceiling != NULL && flow->ceiling->engine.host.value != NULL);
	bool is_set;

	if (facts->backend == BACKEND_PODMAN)
		note_podman(flow);
	if (!facts->is_root && !has_host)
		return; /* docker's are obeyed */
	is_set = note_variable(flow, "DOCKER_HOST", sentence);
	is_set = note_variable(flow, "DOCKER_CONTEXT", sentence) || is_set;
	if (is_set || has_host || facts->elevated_by != NULL || facts->backend != BACKEND_DOCKER ||
	    host_current_context(flow->findings.arena, facts) == NULL)
		return;
	findings_add(&flow->findings, FINDING_NOTE, "currentContext", SIZE_MAX, "configuration",
		     "the docker context that is current for root is not obeyed; engine.host in the policy says which daemon is asked");
}

bool flow_is_of_platform(const struct image_facts *image, const char *platform)
{
	const char *slash = platform != NULL ? strchr(platform, '/') : NULL;
	const size_t length = slash != NULL ? strcspn(slash + 1, "/") : 0;

	return slash == NULL || image->architecture == NULL ||
	       (strlen(image->architecture) == length && strncmp(image->architecture, slash + 1, length) == 0);
}
