/* judge_whole: what no single option decides: counts, conflicts, the policy's own defaults, and what to say at every launch. */
#include "verdict_internal.h"

#include <string.h>

/* ---- counts ---- */

static int64_t whole_number(const struct policy_number *number, int64_t silent)
{
	return number->is_set ? number->value : silent;
}

static unsigned whole_port_count(const struct request *request)
{
	unsigned count = 0;

	for (size_t i = 0; i < request->option_count; i++) {
		const struct port_request *port = &request->options[i].value.port;
		unsigned hosts, containers;

		if (request->options[i].flag != FLAG_PUBLISH)
			continue;
		hosts = (unsigned)(port->host_last - port->host_first) + 1;
		containers = (unsigned)(port->container_last - port->container_first) + 1;
		count += hosts > containers ? hosts : containers;
	}
	return count;
}

static void whole_check(const struct judgement *judgement, const struct layer *layer, const char *key, int64_t value,
			int64_t most)
{
	struct finding *finding;
	struct judgement own = *judgement;

	if (value <= most)
		return;
	own.subject = strcmp(key, "max_ports") == 0 ? "--publish" : "the command line";
	finding = verdict_refuse(&own, layer, key[0] == 'm' && key[4] == 'p' ? "allow.max_ports" : "allow.command_line",
				 "%lld %s, and the most is %lld", (long long)value,
				 strcmp(key, "max_ports") == 0 ? "ports" : strcmp(key, "max_words") == 0 ? "words" : "bytes", (long long)most);
	if (strcmp(key, "max_ports") == 0)
		verdict_remedy(&own, layer, finding, "allow: {max_ports: %lld}", (long long)value);
	else
		verdict_remedy(&own, layer, finding, "allow: {command_line: {%s: %lld}}", key, (long long)value);
}

void verdict_judge_counts(const struct judgement *judgement)
{
	const struct request *request = judgement->input->request;
	struct layer layers[2];
	const size_t count = verdict_layers(judgement, layers);

	for (size_t i = 0; i < count; i++) {
		const struct policy_allow *allow = &layers[i].policy->allow;

		whole_check(judgement, &layers[i], "max_words", (int64_t)request->argv_words, whole_number(&allow->argv_words,
													   VERDICT_WORDS_MOST));
		whole_check(judgement, &layers[i], "max_bytes", (int64_t)request->argv_bytes, whole_number(&allow->argv_bytes,
													   VERDICT_BYTES_MOST));
		whole_check(judgement, &layers[i], "max_ports", whole_port_count(request), whole_number(&allow->max_ports, VERDICT_PORTS_MOST));
	}
}

/* ---- conflicts ---- */

/* A switch set to false, and --restart no, are as good as not given. */
static bool whole_is_active(const struct request *request, enum flag_id flag)
{
	const struct request_option *option = request_last(request, flag);

	if (option == NULL)
		return false;
	if (flag_specs[flag].kind == FLAG_KIND_BOOL)
		return option->value.boolean;
	return flag != FLAG_RESTART || (strcmp(option->raw, "no") != 0 && option->raw[0] != '\0');
}

static void whole_conflict(const struct judgement *judgement, enum flag_id other)
{
	const struct request *request = judgement->input->request;
	const struct request_option *option = judgement->option, *against = request_last(request, other);

	/* Said once, at the later of the two. */
	if (option == request_last(request, option->flag) && whole_is_active(request, option->flag) && whole_is_active(request, other) &&
	    against < option)
		verdict_invalid(judgement, "it does not go together with %s", against->spelling);
}

void verdict_judge_conflicts(const struct judgement *judgement)
{
	const enum flag_id flag = judgement->option->flag;
	const enum flag_id *conflicts = flag_specs[flag].conflicts;

	for (size_t i = 0; i < ARRAY_COUNT(flag_specs[flag].conflicts) && conflicts[i] != FLAG_NONE; i++)
		whole_conflict(judgement, conflicts[i]);
	if (flag == FLAG_RM)
		whole_conflict(judgement, FLAG_RESTART);
	if (flag == FLAG_RESTART)
		whole_conflict(judgement, FLAG_RM);
}

/* ---- defaults ---- */

/* A judgement of one default, under its name and place. */
static struct judgement whole_default(const struct judgement *judgement, const char *subject, struct place place)
{
	struct judgement own = *judgement;

	own.subject = arena_printf(judgement->arena, "defaults.%s", subject);
	own.place = place;
	return own;
}

static void whole_judge_lists(const struct judgement *judgement, const struct policy_defaults *defaults)
{
	struct mount_request mount;
	const char *reason;

	for (size_t i = 0; i < defaults->tmpfs.count; i++) {
		const struct judgement own = whole_default(judgement, "tmpfs", defaults->tmpfs.items[i].place);

		if (request_parse_tmpfs(judgement->arena, defaults->tmpfs.items[i].value, &mount, &reason))
			verdict_check_mount(&own, &mount);
		else
			verdict_invalid(&own, "%s", reason);
	}
	for (size_t i = 0; i < defaults->volumes.count; i++) {
		const struct judgement own = whole_default(judgement, "volumes", defaults->volumes.items[i].place);

		if (request_parse_volume(judgement->arena, defaults->volumes.items[i].value, &mount, &reason))
			verdict_check_mount(&own, &mount);
		else
			verdict_invalid(&own, "%s", reason);
	}
	for (size_t i = 0; i < defaults->cap_add.count; i++) {
		const struct judgement own = whole_default(judgement, "cap_add", defaults->cap_add.items[i].place);

		verdict_check_capability(&own, defaults->cap_add.items[i].value);
	}
}

static void whole_judge_maps(const struct judgement *judgement, const struct policy_defaults *defaults)
{
	for (size_t i = 0; i < defaults->environment.count; i++) {
		const struct policy_pair *pair = &defaults->environment.items[i];
		const struct judgement own = whole_default(judgement, "environment", pair->place);

		verdict_check_environment(&own, pair->name, pair->value != NULL ? pair->value : "");
	}
	for (size_t i = 0; i < defaults->labels.count; i++) {
		const struct policy_pair *pair = &defaults->labels.items[i];
		const struct judgement own = whole_default(judgement, "labels", pair->place);

		verdict_check_label(&own, pair->name, pair->value);
	}
	for (size_t i = 0; i < defaults->logging_options.count; i++) {
		const struct policy_pair *pair = &defaults->logging_options.items[i];
		const struct judgement own = whole_default(judgement, "logging.options", pair->place);

		verdict_check_log_option(&own, pair->name, pair->value != NULL ? pair->value : "");
	}
}

/* What the ceiling bounds the plan lowers; what it does not speak of at all could only be left out, and that nobody asked for. */
static void whole_judge_ulimits(const struct judgement *judgement, const struct policy_defaults *defaults)
{
	const struct layer ceiling = { judgement->input->ceiling, true };

	for (size_t i = 0; i < defaults->ulimits.count; i++) {
		const struct policy_pair *pair = &defaults->ulimits.items[i];
		const struct judgement own = whole_default(judgement, "ulimits", pair->place);
		struct finding *finding;

		if (verdict_bound_ulimit(judgement->input, pair->name) >= 0)
			continue;
		finding = verdict_refuse(&own, &ceiling, "allow.ulimits", "the limit %s is not granted", pair->name);
		verdict_remedy(&own, &ceiling, finding, "allow: {ulimits: {%s: %lld}}", verdict_yaml(judgement->arena, pair->name),
			       (long long)pair->number);
	}
}

static void whole_judge_words(const struct judgement *judgement, const struct policy_defaults *defaults)
{
	static const struct {
		const char *name;
		size_t offset;
		void (*check)(const struct judgement *judgement, const char *value);
	} words[] = {
		{ "logging", offsetof(struct policy_defaults, logging_driver), verdict_check_log_driver },
		{ "working_dir", offsetof(struct policy_defaults, working_dir), verdict_check_workdir },
		{ "hostname", offsetof(struct policy_defaults, hostname), verdict_check_hostname },
		{ "stop_signal", offsetof(struct policy_defaults, stop_signal), verdict_check_signal },
	};

	for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
		const struct policy_text *text = (const void *)((const char *)defaults + words[i].offset);
		struct judgement own;

		if (text->value == NULL)
			continue;
		own = whole_default(judgement, words[i].name, text->place);
		words[i].check(&own, text->value);
	}
}

/* What the caller did not replace by --user is what will run. */
static void whole_judge_user(const struct judgement *judgement, const struct policy_defaults *defaults)
{
	const struct judgement own = whole_default(judgement, "user", defaults->user.place);
	uint32_t uid, gid;

	if (request_last(judgement->input->request, FLAG_USER) == NULL && verdict_default_user(judgement->input, &uid, &gid))
		verdict_check_user(&own, uid, gid);
}

/* Likewise the network. */
static void whole_judge_network(const struct judgement *judgement, const struct policy_defaults *defaults)
{
	const struct judgement own = whole_default(judgement, "network_mode", defaults->network_mode.place);

	if (request_last(judgement->input->request, FLAG_NETWORK) == NULL)
		verdict_check_network(&own, defaults->network_mode.value != NULL ? defaults->network_mode.value : "isolated");
}

/*
 * A policy may give what its caller could not ask for, but nothing beyond the floor and the ceiling. Numbers (sizes of tmpfs and
 * logs and ulimits among them) are lowered to the ceiling by the plan.
 */
void verdict_judge_defaults(const struct judgement *judgement)
{
	const struct policy_defaults *defaults = &judgement->input->policy->defaults;

	whole_judge_user(judgement, defaults);
	whole_judge_network(judgement, defaults);
	whole_judge_lists(judgement, defaults);
	whole_judge_maps(judgement, defaults);
	whole_judge_ulimits(judgement, defaults);
	whole_judge_words(judgement, defaults);
	if (defaults->read_only.is_set && !defaults->read_only.value) {
		const struct judgement own = whole_default(judgement, "read_only", defaults->read_only.place);

		verdict_hazard(&own, HAZARD_WRITABLE_ROOT, hazard_specs[HAZARD_WRITABLE_ROOT].summary);
	}
}

/* ---- notes ---- */

void verdict_judge_notes(const struct judgement *judgement)
{
	struct judgement own = *judgement;

	for (size_t i = 0; i < HAZARD_COUNT; i++) {
		if (!verdict_has_hazard(judgement->input, (enum hazard_id)i))
			continue;
		own.subject = arena_printf(judgement->arena, "hazard %s", hazard_specs[i].name);
		own.place = judgement->input->policy->hazards[i].place;
		verdict_note(&own, "hazards", "%s", hazard_specs[i].summary);
	}
}
