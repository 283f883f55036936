/* verb_exec: one more process in a container of ours, judged as if it were started by run under the container's own policy. */
#include "verb.h"

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

static void set_variable(struct verb_act *act, const char *line)
{
	struct string_list *list = &act->line.environment;
	const size_t length = strcspn(line, "=") + 1;

	for (size_t i = 0; i < list->count; i++) {
		if (strncmp(list->items[i], line, length) == 0) {
			list->items[i] = line;
			return;
		}
	}
	string_list_add(act->cli->arena, list, line);
}

/* Files first, then the line's own, the later ones winning, as docker does it. */
static void add_environment(struct verb_act *act, const struct request *request)
{
	const struct request_option *option;
	size_t position = 0;

	while ((option = request_next(request, FLAG_ENV_FILE, &position)) != NULL) {
		const struct host_path *path = host_path_of(act->cli->facts, option->raw);

		for (size_t i = 0; path != NULL && i < path->lines.count; i++)
			set_variable(act, path->lines.items[i]);
	}
	position = 0;
	while ((option = request_next(request, FLAG_ENV, &position)) != NULL) {
		const struct pair_request *pair = &option->value.pair;
		const char *value = pair->value != NULL ? pair->value : host_environment(act->cli->facts, pair->name);

		if (value != NULL)
			set_variable(act, arena_printf(act->cli->arena, "%s=%s", pair->name, value));
	}
}

static void add_user(struct verb_act *act, const struct flow *flow)
{
	const struct request_option *option = request_last(flow->request, FLAG_USER);
	const struct verdict_input input = flow_input(flow, true);
	uint32_t uid, gid;

	if (option == NULL)
		return;
	if (!verdict_resolve_user(&input, &option->value.user, &uid, &gid)) {
		verb_refuse(act, "allow.user", "the user cannot be told");
		return;
	}
	if (act->cli->is_guarded && (uid == 0 || gid == 0))
		verb_refuse(act, "floor: root-user", "as root inside, on root's behalf outside, it would be too much of it");
	verb_add_word(act, "--user");
	verb_add_word(act, arena_printf(act->cli->arena, "%u:%u", uid, gid));
}

static void add_text(struct verb_act *act, const struct request *request, enum flag_id flag)
{
	const struct request_option *option = request_last(request, flag);

	if (option == NULL)
		return;
	verb_add_word(act, arena_printf(act->cli->arena, "--%s", flag_specs[flag].name));
	verb_add_word(act, option->raw);
}

bool verb_exec(struct verb_act *act)
{
	const char *privileged = verb_option_value(&act->words, "privileged");
	struct container_facts container;
	struct flow flow;

	if (act->cli->is_guarded && privileged != NULL && strcmp(privileged, "true") == 0)
		verb_refuse(act, "floor: privileged", "--privileged gives every capability, which nobody is lent");
	if (act->cli->is_guarded && verb_option_value(&act->words, "env-file") != NULL)
		verb_refuse(act, "", "--env-file would be read as root")->remedy = "-e NAME=VALUE";
	if (!findings_allow(&act->findings) || !verb_container(act, act->words.names.items[0], &container) ||
	    !judge(act, &container, &flow))
		return false;
	add_user(act, &flow);
	add_text(act, flow.request, FLAG_WORKDIR);
	add_text(act, flow.request, FLAG_DETACH_KEYS);
	add_environment(act, flow.request);
	act->line.environment_at = act->line.words.count;
	verb_add_word(act, container.id);
	for (size_t i = 1; i < act->words.names.count; i++)
		verb_add_word(act, act->words.names.items[i]);
	return findings_allow(&act->findings);
}
