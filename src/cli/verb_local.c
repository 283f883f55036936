/* verb_local: ps, logs, stop and kill for containers that run without an engine; nothing else could be asked for them. */
#include "verb.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STOP_SECONDS = 10, KILL_SECONDS = 10 };

/* All that run without root's rights are the caller's; with them, who asks sees his own, but root who sees all. */
static bool is_visible(const struct verb_act *act, const struct launch_local *local)
{
	return !act->cli->is_guarded || local->caller == act->cli->facts->caller_uid;
}

static const struct launch_local *find(struct verb_act *act, const char *name)
{
	struct launch_local *local = arena_alloc(act->cli->arena, sizeof(*local));

	if (launch_find_local(act->cli->arena, act->cli->facts, name, local) && is_visible(act, local))
		return local;
	verb_refuse(act, "", "there is no container %s of yours that runs without an engine",
		    string_printable(act->cli->arena, name, 80));
	return NULL;
}

static void check_options(struct verb_act *act, const char *known)
{
	for (size_t i = 0; i < act->words.option_count; i++) {
		const char *name = act->words.options[i].flag->name;
		const char *found = strstr(known, arena_printf(act->cli->arena, " %s ", name));

		if (found == NULL)
			verb_refuse(act, "backend", "--%s wants an engine", name);
	}
}

static int by_id(const void *left, const void *right)
{
	const struct launch_local *first = left, *second = right;

	return strcmp(first->id, second->id);
}

static int print_list(struct verb_act *act, struct launch_locals *locals)
{
	const char *quiet = verb_option_value(&act->words, "quiet");
	const bool is_quiet = quiet != NULL && strcmp(quiet, "true") == 0;
	struct cli *cli = act->cli;

	if (locals->count > 1)
		qsort(locals->items, locals->count, sizeof(*locals->items), by_id);
	if (!is_quiet)
		message_print(cli, arena_printf(cli->arena, "%-32s %-8s %s\n", "NAME", "RUNTIME", "CALLER"));
	for (size_t i = 0; i < locals->count; i++) {
		const struct launch_local *local = &locals->items[i];

		if (!is_visible(act, local))
			continue;
		message_print(cli, is_quiet ? arena_printf(cli->arena, "%s\n", local->id)
					    : arena_printf(cli->arena, "%-32s %-8s %u\n", local->id,
							   host_backend_name(local->runtime), local->caller));
	}
	return message_finish(cli, CLI_STATUS_OK);
}

/* Asks it to end, and then makes it. */
static int end(struct verb_act *act, const struct launch_local *local, struct error *err)
{
	const char *given = verb_option_value(&act->words, "signal");
	const bool is_kill = strcmp(act->words.form->key, "kill") == 0;
	const char *wait = verb_option_value(&act->words, "time");
	const char *signal = given != NULL ? given : is_kill ? "KILL" : "TERM";
	uint64_t seconds = STOP_SECONDS;
	int result = launch_signal_local(act->cli->arena, local, signal, err);

	if (wait == NULL)
		wait = verb_option_value(&act->words, "timeout");
	if (result < 0 || is_kill)
		return result;
	if (wait != NULL)
		(void)parse_decimal(wait, &seconds);
	if (launch_await_local(local, (int64_t)seconds))
		return 0;
	result = launch_signal_local(act->cli->arena, local, "KILL", err);
	if (result == 0 && !launch_await_local(local, KILL_SECONDS))
		result = error_set(err, act->cli->arena, ERROR_SYSTEM, "%s does not end", local->id);
	return result;
}

static int act_on(struct verb_act *act, const struct launch_local *local, struct error *err)
{
	int result;

	if (strcmp(act->words.form->key, "logs") == 0)
		return launch_copy_log(act->cli->arena, act->cli->facts, local, STDOUT_FILENO, err);
	result = end(act, local, err);
	if (result == 0)
		message_print(act->cli, arena_printf(act->cli->arena, "%s\n", local->id));
	return result;
}

static int act_on_all(struct verb_act *act, const struct launch_local *const *chosen)
{
	struct error err = { 0 };

	act->container = chosen[0]->id;
	if (!verb_allow(act))
		return LAUNCH_STATUS_REFUSED;
	for (size_t i = 0; i < act->words.names.count; i++) {
		if (act_on(act, chosen[i], &err) < 0) {
			message_error(act->cli, &err);
			return LAUNCH_STATUS_REFUSED;
		}
	}
	return message_finish(act->cli, CLI_STATUS_OK);
}

bool verb_local_serves(const struct verb_form *form)
{
	static const char *const keys[] = { "kill", "logs", "ps", "stop" };

	for (size_t i = 0; i < ARRAY_COUNT(keys); i++)
		if (strcmp(form->key, keys[i]) == 0)
			return true;
	return false;
}

int verb_local(struct verb_act *act)
{
	const struct string_list *names = &act->words.names;
	const bool is_list = strcmp(act->words.form->key, "ps") == 0, is_logs = strcmp(act->words.form->key, "logs") == 0;
	const struct launch_local **chosen = arena_alloc(act->cli->arena, (names->count + 1) * sizeof(*chosen));
	struct launch_locals locals;

	check_options(act, is_list ? " all no-trunc quiet " : is_logs ? " " : " signal time timeout ");
	if (is_list ? names->count > 0 : names->count == 0 || (is_logs && names->count > 1))
		verb_refuse(act, "grammar", is_list ? "it wants no names" : is_logs ? "it wants one container" : "it wants a container");
	for (size_t i = 0; i < names->count && findings_allow(&act->findings); i++)
		chosen[i] = find(act, names->items[i]);
	if (!findings_allow(&act->findings))
		return verb_deny(act);
	if (act->cli->options.is_dry_run) {
		message_line(act->cli, "it would be done");
		return CLI_STATUS_OK;
	}
	if (!is_list)
		return act_on_all(act, chosen);
	locals = launch_list_local(act->cli->arena, act->cli->facts);
	return verb_allow(act) ? print_list(act, &locals) : LAUNCH_STATUS_REFUSED;
}
