/* verb_exec: one more process in a container of ours, judged as if it were started by run under the container's own policy. */
#include "docker_apart.h"
#include "separate.h"

#include <string.h>

/* ---- asking the verdict ---- */

/* The line that run would have been given: only what changes power, in the long form. */
static char **as_run(struct verb_act *act, const struct container_facts *container, int *ret_argc)
{
	struct arena *arena = act->cli->arena;
	struct string_list words = { 0 };
	char **argv;

	/* Without --policy: the one that it was started under. */
	if (act->cli->options.policy == NULL && container->policy != NULL)
		string_list_add(arena, &words, arena_printf(arena, "--policy=%s", container->policy));
	for (size_t i = 0; i < act->words.option_count; i++) {
		const struct verb_option *option = &act->words.options[i];

		if (option->flag->value == VERB_JUDGED || strcmp(option->flag->name, "privileged") == 0)
			string_list_add(arena, &words, arena_printf(arena, "--%s=%s", option->flag->name, option->value));
	}
	string_list_add(arena, &words, container->image);
	for (size_t i = 1; i < act->words.names.count; i++)
		string_list_add(arena, &words, act->words.names.items[i]);
	argv = arena_alloc(arena, (words.count + 1) * sizeof(*argv));
	for (size_t i = 0; i < words.count; i++)
		argv[i] = arena_strdup(arena, words.items[i]);
	*ret_argc = (int)words.count;
	return argv;
}

static void take_findings(struct verb_act *act, const struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		*vector_push(act->findings.arena, act->findings.items, act->findings.count) = findings->items[i];
}

/* Judges; the request in ${ret_flow} holds what may be done. */
static bool judge(struct verb_act *act, const struct container_facts *container, struct flow *ret_flow)
{
	const enum backend_kind backend = act->cli->facts->backend;
	enum flow_state state;
	char **argv;
	int argc;

	argv = as_run(act, container, &argc);
	state = flow_judge(act->cli, ret_flow, argc, argv);
	act->cli->facts->backend = backend;
	if (ret_flow->policy != NULL)
		act->policy = ret_flow->policy;
	take_findings(act, &ret_flow->findings);
	switch (state) {
	case FLOW_READY:
		return true;
	case FLOW_POLICY:
		for (size_t i = 0; i < ret_flow->errors.count; i++)
			verb_refuse(act, "", "the policy of the container cannot be used: %s", ret_flow->errors.items[i].message);
		return false;
	case FLOW_HELP:
		verb_refuse(act, "grammar", "it asks for help in the wrong place");
		return false;
	case FLOW_MALFORMED:
	case FLOW_DENIED:
		break;
	}
	return false;
}

/* ---- writing it afresh ---- */

static void set_variable(struct arena *arena, struct string_list *list, const char *line)
{
	const size_t length = strcspn(line, "=") + 1;

	for (size_t i = 0; i < list->count; i++) {
		if (strncmp(list->items[i], line, length) == 0) {
			list->items[i] = line;
			return;
		}
	}
	string_list_add(arena, list, line);
}

/* Files first, then the line's own, the later ones winning, as docker does it. */
static void read_environment(struct cli *cli, const struct request *request, struct string_list *list)
{
	const struct request_option *option;
	size_t position = 0;

	while ((option = request_next(request, FLAG_ENV_FILE, &position)) != NULL) {
		const struct host_path *path = host_path_of(cli->facts, option->raw);

		for (size_t i = 0; path != NULL && i < path->lines.count; i++)
			set_variable(cli->arena, list, path->lines.items[i]);
	}
	position = 0;
	while ((option = request_next(request, FLAG_ENV, &position)) != NULL) {
		const struct pair_request *pair = &option->value.pair;
		const char *value = pair->value != NULL ? pair->value : host_environment(cli->facts, pair->name);

		if (value != NULL)
			set_variable(cli->arena, list, arena_printf(cli->arena, "%s=%s", pair->name, value));
	}
}

static void read_user(struct verb_act *act, const struct flow *flow, struct verb_process *process)
{
	const struct request_option *option = request_last(flow->request, FLAG_USER);
	const struct verdict_input input = flow_input(flow, true);

	if (option == NULL)
		return;
	process->has_user = verdict_resolve_user(&input, &option->value.user, &process->uid, &process->gid);
	if (!process->has_user)
		verb_refuse(act, "allow.user", "the user cannot be told");
	else if (act->cli->is_guarded && (process->uid == 0 || process->gid == 0))
		verb_refuse(act, "floor: root-user", "as root inside, on root's behalf outside, it would be too much of it");
}

static const char *last_text(const struct request *request, enum flag_id flag)
{
	const struct request_option *option = request_last(request, flag);

	return option != NULL ? option->raw : NULL;
}

struct verb_process verb_judge_process(struct cli *cli, const struct verb_words *words, const struct container_facts *container,
				       const char *subject)
{
	struct verb_act act = { .cli = cli, .subject = subject, .words = *words, .findings.arena = cli->arena };
	struct verb_process process = { 0 };
	struct flow flow;

	if (cli->is_guarded && verb_option_value(words, "env-file") != NULL)
		verb_refuse(&act, "", "--env-file is not lent with root's rights")->remedy = "-e NAME=VALUE";
	if (findings_allow(&act.findings) && judge(&act, container, &flow)) {
		read_user(&act, &flow, &process);
		process.working_dir = last_text(flow.request, FLAG_WORKDIR);
		process.detach_keys = last_text(flow.request, FLAG_DETACH_KEYS);
		read_environment(cli, flow.request, &process.environment);
	}
	process.policy = act.policy;
	process.is_record_wanted = act.policy != NULL && (act.policy->record.to.value != NULL || act.policy->record.path.value != NULL);
	process.findings = act.findings;
	return process;
}

/* ---- by who has the rights ---- */

/*
 * With root's rights somebody else has judged, who may have been taken over by what was read: it is asked once more whether that
 * is within the ceiling, or what the policy of root's says where there is none.
 */
static bool check_process(struct verb_act *act, const struct container_facts *container, const struct verb_process *process)
{
	const char *privileged = verb_option_value(&act->words, "privileged"), *beyond, *reason;
	const struct policy *ceiling = act->guard->ceiling, *own = NULL;
	const struct plan plan = {
		.backend = BACKEND_DOCKER, .restart = "", .uid = process->has_user ? process->uid : PLAN_DEFAULT_UID,
		.gid = process->has_user ? process->gid : PLAN_DEFAULT_UID, .environment = process->environment,
		.working_dir = process->working_dir, .is_privileged = privileged != NULL && strcmp(privileged, "true") == 0,
	};
	struct plan_bounds bounds = { .ceiling = ceiling, .facts = act->cli->facts };
	const bool is_bound_by_it = ceiling == NULL && (act->cli->facts->elevated_by != NULL || process->is_record_wanted);
	struct image_name image;

	if (is_bound_by_it || plan.is_privileged || plan.uid == 0 || plan.gid == 0) {
		own = monitor_load_own(act->cli, process->policy->files.items[0]);
		if (own == NULL) {
			verb_refuse(act, "", "the policy %s is not root's", string_printable(act->cli->arena, process->policy->name, 120));
			return false;
		}
		act->policy = own;
	}
	if (own != NULL && !act->cli->is_guarded && request_parse_image(act->cli->arena, container->image, &image, &reason) &&
	    image.name != NULL && policy_has_image(own, image.name))
		bounds.policy = own;
	beyond = plan_check_process(act->cli->arena, &plan, &bounds);
	if (beyond != NULL)
		verb_refuse(act, "", "what was decided goes beyond what may be: %s", beyond);
	return beyond == NULL;
}

static bool judge_process(struct verb_act *act, const struct container_facts *container, struct verb_process *ret_process)
{
	if (!act->cli->facts->is_root)
		*ret_process = verb_judge_process(act->cli, &act->words, container, act->subject);
	else if (!docker_ask_process(act->cli, container, ret_process)) {
		verb_refuse(act, "", "the half of hardrun that has no rights does not say what is asked for");
		return false;
	}
	take_findings(act, &ret_process->findings);
	if (ret_process->policy != NULL)
		act->policy = ret_process->policy;
	return findings_allow(&act->findings) && (!act->cli->facts->is_root || check_process(act, container, ret_process));
}

static void add_text(struct verb_act *act, const char *option, const char *value)
{
	if (value == NULL)
		return;
	verb_add_word(act, option);
	verb_add_word(act, value);
}

bool verb_exec(struct verb_act *act)
{
	const char *privileged = verb_option_value(&act->words, "privileged");
	struct container_facts container;
	struct verb_process process;

	if (act->cli->is_guarded && privileged != NULL && strcmp(privileged, "true") == 0)
		verb_refuse(act, "floor: privileged", "--privileged gives every capability, which nobody is lent");
	if (!findings_allow(&act->findings) || !verb_container(act, act->words.names.items[0], &container) ||
	    !judge_process(act, &container, &process))
		return false;
	if (act->cli->is_guarded && container.is_root && !process.has_user) {
		verb_refuse(act, "floor: root-user", "the container runs as root, and what is lent here does not")->remedy =
			"name another user with -u UID:GID";
		return false;
	}
	if (process.has_user)
		add_text(act, "--user", arena_printf(act->cli->arena, "%u:%u", process.uid, process.gid));
	add_text(act, "--workdir", process.working_dir);
	add_text(act, "--detach-keys", process.detach_keys);
	act->line.environment = process.environment;
	act->line.environment_at = act->line.words.count;
	verb_add_word(act, container.id);
	for (size_t i = 1; i < act->words.names.count; i++)
		verb_add_word(act, act->words.names.items[i]);
	return true;
}
