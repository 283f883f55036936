/* verb_serve: a verb that is written afresh: known options in one spelling, containers by the id that never means another. */
#include "verb.h"

#include <string.h>

#include <hardrun/backend.h>

struct finding *verb_refuse(struct verb_act *act, const char *rule, const char *format, ...)
{
	va_list arguments;
	const char *reason;

	va_start(arguments, format);
	reason = arena_vprintf(act->cli->arena, format, arguments);
	va_end(arguments);
	return findings_add(&act->findings, FINDING_DENIED, act->subject, SIZE_MAX, rule, "%s", reason);
}

void verb_add_word(struct verb_act *act, const char *word)
{
	string_list_add(act->cli->arena, &act->line.words, word);
}

/* ---- containers ---- */

static bool ask_container(struct verb_act *act, const char *name, struct container_facts *ret_container)
{
	const char *shown = string_printable(act->cli->arena, name, 80);
	struct error err = { 0 };
	int result = host_read_container(act->cli->arena, act->cli->facts, name, ret_container, &err);

	if (result == 0)
		act->container = ret_container->id;
	/* Whether there is one of somebody else's is not told. */
	if (act->cli->is_guarded && (result == -(int)ERROR_MISSING || (result == 0 && !host_is_callers(act->cli->facts, ret_container))))
		verb_refuse(act, "", "there is no container %s of yours", shown);
	else if (result < 0)
		verb_refuse(act, "", "%s", err.message);
	else
		return true;
	return false;
}

bool verb_any_container(struct verb_act *act, const char *name, struct container_facts *ret_container)
{
	return ask_container(act, name, ret_container);
}

bool verb_container(struct verb_act *act, const char *name, struct container_facts *ret_container)
{
	if (!ask_container(act, name, ret_container))
		return false;
	if (ret_container->caller != NULL || ret_container->policy != NULL)
		return true;
	verb_refuse(act, "", "the container %s was not made by hardrun, so no policy has judged it",
		    string_printable(act->cli->arena, name, 80))->remedy = "start it anew with hardrun run";
	return false;
}

#define START_ANEW "remove it and start it anew with hardrun run"

static bool is_start(const struct verb_act *act)
{
	return strcmp(act->words.form->key, "start") == 0 || strcmp(act->words.form->key, "restart") == 0;
}

/*
 * The engine finds the places of mounts anew at every start, by name and as root. Before the first one the image was looked at;
 * by now links may be in the container's own layer.
 */
static bool may_be_started(struct verb_act *act, const struct container_facts *container)
{
	for (size_t i = 0; is_start(act) && !container->is_running && i < container->networks.count; i++) {
		if (!host_is_network_gone(act->cli->arena, act->cli->facts, container->networks.items[i]))
			continue;
		verb_refuse(act, "", "the network that %s was made for is not there any more", container->name)->remedy = START_ANEW;
		return false;
	}
	if (!act->cli->is_guarded || !is_start(act) || !container->has_loose_mounts)
		return true;
	verb_refuse(act, "floor: mounts",
		    "the root file system of %s can be written, so what ran in it may have changed the way to what is mounted there",
		    container->name)->remedy = START_ANEW;
	return false;
}

/* All of them, or the line is refused: nothing is done by halves. */
static void add_containers(struct verb_act *act)
{
	for (size_t i = 0; i < act->words.names.count; i++) {
		struct container_facts container;

		if (verb_container(act, act->words.names.items[i], &container) && may_be_started(act, &container))
			verb_add_word(act, container.id);
	}
}

/* ---- what stands behind the flags ---- */

static bool is_word(const char *text, const char *letters)
{
	return text[0] != '\0' && text[0] != '-' && text[strspn(text, letters)] == '\0';
}

static void add_port(struct verb_act *act, const char *text)
{
	if (is_word(text, "0123456789/tcpuds"))
		verb_add_word(act, text);
	else
		verb_refuse(act, "grammar", "the port is written as 80 or 80/tcp");
}

/* As of run's --name. */
static void add_new_name(struct verb_act *act, const char *text)
{
	const char *reason = verdict_name_reason(text, act->cli->is_guarded);

	if (reason == NULL)
		verb_add_word(act, text);
	else
		verb_refuse(act, "grammar", "%s: %s", string_printable(act->cli->arena, text, 80), reason);
}

static void add_image(struct verb_act *act, const char *text)
{
	const char *reason = NULL;
	struct image_name image;

	if (!request_parse_image(act->cli->arena, text, &image, &reason))
		verb_refuse(act, "grammar", "image %s: %s", string_printable(act->cli->arena, text, 80), reason);
	else if (image.kind != IMAGE_REFERENCE)
		verb_refuse(act, "grammar", "docker takes images from registries only");
	else /* what filters must be as people write it; what is fetched must be said in full */
		verb_add_word(act, act->words.form->names == VERB_NAMES_IMAGE ? image.canonical : text);
	if (act->words.form->names == VERB_NAMES_IMAGE && findings_allow(&act->findings))
		verb_pull(act, &image);
}

static bool check_count(struct verb_act *act, size_t least, size_t most, const char *wanted)
{
	const size_t count = act->words.names.count;

	if (count >= least && count <= most)
		return true;
	verb_refuse(act, "grammar", "it wants %s", wanted)->remedy =
		arena_printf(act->cli->arena, "docker %s %s", act->words.form->key, act->words.form->usage);
	return false;
}

/* ---- all of one's own, where none is named ---- */
static void add_filter(struct verb_act *act, const char *filter)
{
	verb_add_word(act, "--filter");
	verb_add_word(act, filter);
}

static const char *own_label(const struct verb_act *act)
{
	return arena_printf(act->cli->arena, "%s=%u", PLAN_CALLER_LABEL, act->cli->facts->caller_uid);
}

/* The caller's own containers. What bears the label and cannot be read is left out, and said to be. */
static struct string_list find_own(struct verb_act *act, bool is_running)
{
	struct arena *arena = act->cli->arena;
	struct string_list ids = { 0 }, own = { 0 };
	struct error err = { 0 };

	if (host_list_containers(arena, act->cli->facts, own_label(act), &ids, &err) < 0)
		verb_refuse(act, "", "%s", err.message);
	for (size_t i = 0; i < ids.count; i++) {
		struct container_facts container;
		const int result = host_read_container(arena, act->cli->facts, ids.items[i], &container, &err);

		if (result == 0 && host_is_callers(act->cli->facts, &container) && (!is_running || container.is_running))
			string_list_add(arena, &own, container.id);
		if (result < 0 && result != -(int)ERROR_MISSING) /* which is gone by now */
			findings_add(&act->findings, FINDING_NOTE, act->subject, SIZE_MAX, "", "the container %.12s is left out: %s",
				     ids.items[i], err.message);
	}
	return own;
}

/* Without one of their own they see nothing: no id has only zeros. */
static void add_own_ids(struct verb_act *act)
{
	const struct string_list own = find_own(act, false);

	for (size_t i = 0; i < own.count; i++)
		add_filter(act, arena_printf(act->cli->arena, "id=%s", own.items[i]));
	if (own.count == 0)
		add_filter(act, arena_printf(act->cli->arena, "id=%064d", 0));
}

/* With root's rights no name would mean everybody's. */
static void add_running(struct verb_act *act)
{
	const struct string_list own = find_own(act, true);

	for (size_t i = 0; i < own.count; i++)
		verb_add_word(act, own.items[i]);
	if (own.count == 0 && findings_allow(&act->findings))
		verb_refuse(act, "", "no container of yours is running");
}

static void add_names(struct verb_act *act)
{
	const struct string_list *names = &act->words.names;
	struct container_facts container;

	switch (act->words.form->names) {
	case VERB_NAMES_NONE:
		check_count(act, 0, 0, "no names");
		break;
	case VERB_NAMES_CONTAINER:
		if (check_count(act, 1, 1, "one container"))
			add_containers(act);
		break;
	case VERB_NAMES_CONTAINERS:
		if (names->count == 0 && act->words.form->own == VERB_OWN_RUNNING)
			add_running(act);
		else if (check_count(act, 1, SIZE_MAX, "a container"))
			add_containers(act);
		break;
	case VERB_NAMES_CONTAINER_PORT:
	case VERB_NAMES_CONTAINER_NEW:
		if (!check_count(act, act->words.form->names == VERB_NAMES_CONTAINER_NEW ? 2 : 1, 2, "a container and a word") ||
		    !verb_container(act, names->items[0], &container))
			break;
		verb_add_word(act, container.id);
		if (act->words.form->names == VERB_NAMES_CONTAINER_NEW)
			add_new_name(act, names->items[1]);
		else if (names->count == 2)
			add_port(act, names->items[1]);
		break;
	case VERB_NAMES_IMAGE:
	case VERB_NAMES_ANY_IMAGE:
		if (check_count(act, act->words.form->names == VERB_NAMES_IMAGE ? 1 : 0, 1, "one image") && names->count == 1)
			add_image(act, names->items[0]);
		break;
	case VERB_NAMES_VOLUME:
		if (check_count(act, 0, 1, "one name at most"))
			verb_volume(act);
		break;
	case VERB_NAMES_CONTAINER_COMMAND:
		if (check_count(act, 2, SIZE_MAX, "a container and a command"))
			verb_exec(act);
		break;
	case VERB_NAMES_PATHS:
		if (check_count(act, 2, 2, "a source and a destination"))
			verb_copy(act);
		break;
	case VERB_NAMES_COUNT:
		break;
	}
}

static bool is_given(const struct verb_act *act, const char *flag)
{
	for (size_t i = 0; i < act->words.option_count; i++)
		if (strcmp(act->words.options[i].flag->name, flag) == 0)
			return true;
	return false;
}

/* docker's own table, but for the image: what was started by its id has its name in a label. The first line is made of names. */
static void add_table(struct verb_act *act)
{
	static const char table[] =
		"table {{.ID}}\t"
		"{{if eq .Image \"IMAGE\"}}IMAGE{{else}}{{with .Label \"" HOST_IMAGE_LABEL "\"}}{{.}}{{else}}{{.Image}}{{end}}{{end}}\t"
		"{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}";

	if (is_given(act, "format") || is_given(act, "quiet"))
		return;
	verb_add_word(act, "--format");
	verb_add_word(act, table);
}

static void add_own(struct verb_act *act)
{
	switch (act->words.form->own) {
	case VERB_OWN_NAMED:
	case VERB_OWN_RUNNING:
	case VERB_OWN_COUNT:
		break;
	case VERB_OWN_IDS:
		add_own_ids(act);
		add_table(act);
		break;
	case VERB_OWN_LABEL:
		add_filter(act, arena_printf(act->cli->arena, "label=%s", own_label(act)));
		break;
	}
}

void verb_add_options(struct verb_act *act)
{
	const struct verb_form *form = act->words.form;
	struct arena *arena = act->cli->arena;

	verb_add_word(act, form->words[0]);
	if (form->words[1] != NULL)
		verb_add_word(act, form->words[1]);
	if (act->cli->is_guarded)
		add_own(act);
	for (size_t i = 0; i < act->words.option_count; i++) {
		const struct verb_option *option = &act->words.options[i];
		const char *word = option->flag->word != NULL ? option->flag->word : arena_printf(arena, "--%s", option->flag->name);

		if (option->flag->value == VERB_JUDGED)
			continue;
		if (option->flag->value == VERB_SWITCH) {
			verb_add_word(act, strcmp(option->value, "true") == 0 ? word : arena_printf(arena, "%s=false", word));
			continue;
		}
		verb_add_word(act, word);
		verb_add_word(act, option->value);
	}
	act->line.environment_at = act->line.words.count;
}

/* ---- the daemon ---- */

bool verb_find_daemon(struct verb_act *act, struct error *err)
{
	const struct policy_engine *engine = &act->policy->engine;
	const struct policy_engine *above = act->guard->ceiling != NULL ? &act->guard->ceiling->engine : engine;
	struct host_facts *facts = act->cli->facts;
	const char *wanted = above->backend.value != NULL ? above->backend.value : engine->backend.value;
	const bool is_for_local = act->words.form != NULL && verb_local_serves(act->words.form);
	int result;

	if (act->cli->options.backend != NULL)
		wanted = act->cli->options.backend;
	if (!is_for_local && (wanted == NULL || strcmp(wanted, "auto") == 0)) /* nothing else keeps what others may ask about */
		wanted = host_backend_name(BACKEND_DOCKER);
	host_find_programs(act->cli->arena, facts, wanted);
	result = host_choose_backend(act->cli->arena, facts, wanted, above->host.value != NULL ? above->host.value : engine->host.value,
				     above->client.value != NULL ? above->client.value : engine->client.value, err);
	if (result < 0)
		return false;
	if (is_for_local && host_backend_is_oci(facts->backend))
		return true;
	if (facts->backend != BACKEND_DOCKER)
		result = error_set(err, act->cli->arena, ERROR_UNSUPPORTED,
				   "%s: with %s there is no daemon that could be asked whose a container is; these verbs are "
				   "served with docker only", act->subject, host_backend_name(facts->backend));
	else if (!facts->engine.is_docker_answering)
		result = error_set(err, act->cli->arena, ERROR_MISSING,
				   "docker does not answer: %s; for containers that run without an engine there are ps, logs, stop "
				   "and kill", facts->engine.docker_reason != NULL ? facts->engine.docker_reason : "is its daemon running?");
	return result == 0;
}

/* ---- the whole ---- */

static int conclude(struct verb_act *act)
{
	struct cli *cli = act->cli;
	struct launch launch;
	struct error err = { 0 };

	if (!findings_allow(&act->findings))
		return verb_deny(act);
	if (backend_render_verb(cli->arena, cli->facts, &act->line, &launch, &err) < 0)
		return verb_fail(act, "failed", &err);
	launch.is_guarded = cli->is_guarded;
	message_notes(cli, stderr, &act->findings);
	if (cli->options.is_dry_run) {
		message_print(cli, backend_dry_run(cli->arena, &launch));
		return message_finish(cli, CLI_STATUS_OK);
	}
	fflush(stderr);
	if (verb_allow(act))
		launch_verb(cli->arena, &launch, &err);
	if (err.message != NULL)
		message_error(cli, &err);
	return LAUNCH_STATUS_REFUSED;
}

static void add_usage(struct text *text, const struct verb_form *form)
{
	for (const struct verb_flag *flag = form->flags; flag->name != NULL; flag++) {
		const char letter[] = { '-', flag->letter, ',', ' ', '\0' };

		text_addf(text, "  %s--%s%s\n", flag->letter != 0 ? letter : "    ", flag->name,
			  flag->value == VERB_SWITCH ? "" : " VALUE");
	}
}

int verb_help(const struct cli *cli, const struct verb_form *form)
{
	struct text text;

	text_init(&text, cli->arena);
	text_addf(&text, "Usage: hardrun docker %s %s\n", form->key, form->usage);
	if (form->flags->name != NULL)
		text_add(&text, "\nOptions, as docker has them:\n");
	add_usage(&text, form);
	message_print(cli, text.data);
	return message_finish(cli, CLI_STATUS_OK);
}

int verb_tell_version(struct verb_act *act)
{
	const struct policy_engine *engine;
	struct error err = { 0 };

	act->policy = verb_guard_policy(act->cli, act->guard);
	if (act->policy == NULL)
		return verb_fail(act, "policy", NULL);
	engine = &act->policy->engine;
	if (act->guard->ceiling != NULL && act->guard->ceiling->engine.client.value != NULL)
		engine = &act->guard->ceiling->engine;
	if (host_use_engine(act->cli->arena, act->cli->facts, BACKEND_DOCKER, NULL, engine->client.value, &err) < 0)
		return verb_fail(act, "failed", &err);
	verb_add_word(act, "--version");
	act->line.environment_at = 1;
	return conclude(act);
}

int verb_serve(struct verb_act *act, const struct verb_form *form, const struct verb_reading *reading)
{
	struct cli *cli = act->cli;
	struct error err = { 0 };

	act->words = reading->words;
	for (size_t i = 0; i < reading->findings.count; i++)
		*vector_push(cli->arena, act->findings.items, act->findings.count) = reading->findings.items[i];
	if (!reading->is_understood)
		return verb_deny(act);
	if (act->words.is_help)
		return verb_help(cli, form);
	act->policy = verb_guard_policy(cli, act->guard);
	if (act->policy == NULL)
		return verb_fail(act, "policy", NULL);
	if (!verb_find_daemon(act, &err))
		return verb_fail(act, "failed", &err);
	if (host_backend_is_oci(cli->facts->backend))
		return verb_local(act);
	verb_add_options(act);
	add_names(act);
	return conclude(act);
}
