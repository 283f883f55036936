/* project_judge: every service of a Compose file before the verdict, as if its words had been typed. */
#include "project.h"

#include <string.h>

enum { ROUNDS_MAX = 5 };

/* What is left out of a service's words, one round after another. */
struct choice {
	bool is_network_left, is_alias_left; /* no rule allows what nobody wrote */
	bool has_env;                   /* the env files are allowed: their variables take their place */
};

struct judging {
	struct cli cli;                 /* a copy: each service has facts of its own */
	const struct project_source *source;
	struct project_verdict *verdict;
	struct choice choice;
	struct compose_env env;         /* of the env files so far */
	const struct compose_word **words;
	size_t count;
};

static void add_word(struct judging *judging, const struct compose_word *word, const char *text)
{
	struct compose_word *copy = arena_alloc(judging->cli.arena, sizeof(*copy));

	*copy = *word;
	copy->text = text;
	*vector_push(judging->cli.arena, judging->words, judging->count) = copy;
}

static struct finding *note(struct judging *judging, const char *format, ...) PRINTF_LIKE(2, 3);
static struct finding *note(struct judging *judging, const char *format, ...)
{
	va_list arguments;
	const char *reason;

	va_start(arguments, format);
	reason = arena_vprintf(judging->cli.arena, format, arguments);
	va_end(arguments);
	return findings_add(&judging->verdict->notes, FINDING_NOTE, "", SIZE_MAX, "compose", "%s", reason);
}

/* ---- variables ---- */

static const char *value_behind(const char *text, const char *flag)
{
	return text + strlen(flag);
}

/* A name without a value: from .env it comes as typed; from the environment it must be listed, as -e NAME must. */
static void add_variable(struct judging *judging, const struct compose_word *word)
{
	const struct compose_lookup *lookup = &judging->source->input.lookup;
	const char *name = value_behind(word->text, "--env="), *value = NULL;

	if (host_environment(judging->cli.facts, name) != NULL)
		add_word(judging, word, word->text);
	else if (lookup->find(lookup->context, name, &value) == COMPOSE_SET)
		add_word(judging, word, arena_printf(judging->cli.arena, "--env=%s=%s", name, value));
}

static void note_missing(struct judging *judging, const char *name, const struct compose_expansion *value)
{
	for (size_t i = 0; i < value->unset.count; i++)
		note(judging, "in an env_file %s wants the variable %s, which has no value and counts as empty", name, value->unset.items[i]);
	for (size_t i = 0; i < value->withheld.count; i++)
		note(judging, "in an env_file %s wants the variable %s, which may not be taken from the environment and counts as empty",
		     name, value->withheld.items[i]);
}

/* The path was allowed, and the host room has read the file as the caller: each line is taken as compose takes it. */
static void add_env_file(struct judging *judging, const struct compose_word *word)
{
	struct arena *arena = judging->cli.arena;
	const struct host_path *path = host_path_of(judging->cli.facts, value_behind(word->text, "--env-file="));
	const struct compose_lookup lookup = { compose_env_find, &judging->env };

	for (size_t i = 0; path != NULL && i < path->lines.count; i++) {
		const char *line = path->lines.items[i], *equals = strchr(line, '='), *name, *entry, *reason;
		struct compose_expansion value = { .text = NULL };

		if (equals == NULL)
			continue;
		name = string_printable(arena, arena_strndup(arena, line, (size_t)(equals - line)), 60);
		if (!compose_env_value(arena, equals + 1, &lookup, &value, &reason)) {
			/* Taken literally: the verdict on a variable does not look at what it holds. */
			note(judging, "the variable %s of an env_file is taken as it stands: %s", name, reason);
			value = (struct compose_expansion){ .text = equals + 1 };
		}
		note_missing(judging, name, &value);
		entry = arena_printf(arena, "%.*s=%s", (int)(equals - line), line, value.text);
		string_list_add(arena, &judging->env.entries, entry);
		add_word(judging, word, arena_printf(arena, "--env=%s", entry));
	}
}

/* A file that may be missing, and is. */
static bool is_left(const struct judging *judging, const struct compose_word *word)
{
	return word->role == COMPOSE_ENV_FILE_OPTIONAL &&
	       host_resolve_path(judging->cli.arena, judging->cli.facts, value_behind(word->text, "--env-file=")).kind == PATH_MISSING;
}

static void choose_word(struct judging *judging, const struct compose_word *word)
{
	switch (word->role) {
	case COMPOSE_PLAIN:
	case COMPOSE_NAME:
		add_word(judging, word, word->text);
		break;
	case COMPOSE_DEFAULT_NETWORK:
		if (!judging->choice.is_network_left)
			add_word(judging, word, word->text);
		break;
	case COMPOSE_ALIAS:
		if (!judging->choice.is_alias_left && !judging->choice.is_network_left)
			add_word(judging, word, word->text);
		break;
	case COMPOSE_ENV_FILE_OPTIONAL:
	case COMPOSE_ENV_FILE:
		if (is_left(judging, word))
			break;
		if (judging->choice.has_env)
			add_env_file(judging, word);
		else
			add_word(judging, word, word->text);
		break;
	case COMPOSE_VARIABLE:
		add_variable(judging, word);
		break;
	case COMPOSE_ROLE_COUNT:
		break;
	}
}

static enum flow_state judge_words(struct judging *judging)
{
	struct project_verdict *verdict = judging->verdict;
	const struct compose_service *service = verdict->service;
	char **argv;

	judging->words = NULL;
	judging->count = 0;
	judging->env = (struct compose_env){ .outer = &judging->source->input.lookup };
	for (size_t i = 0; i < service->word_count; i++)
		choose_word(judging, &service->words[i]);
	argv = arena_alloc(judging->cli.arena, (judging->count + 1) * sizeof(*argv));
	for (size_t i = 0; i < judging->count; i++)
		argv[i] = arena_strdup(judging->cli.arena, judging->words[i]->text);
	verdict->words = judging->words;
	verdict->word_count = judging->count;
	return flow_judge(&judging->cli, &verdict->flow, (int)judging->count, argv);
}

/* ---- the network that nobody wrote ---- */

static const struct compose_word *word_of(const struct project_verdict *verdict, const struct finding *finding)
{
	const size_t index = finding->argv_index;

	if (index == SIZE_MAX || index < verdict->flow.shift || index - verdict->flow.shift >= verdict->word_count)
		return NULL;
	return verdict->words[index - verdict->flow.shift];
}

/* The denial of a word of that role, or NULL. */
static const struct finding *denial_of(const struct project_verdict *verdict, enum compose_role role)
{
	for (size_t i = 0; i < verdict->flow.findings.count; i++) {
		const struct finding *finding = &verdict->flow.findings.items[i];
		const struct compose_word *word = word_of(verdict, finding);

		if (finding->kind != FINDING_NOTE && word != NULL && word->role == role)
			return finding;
	}
	return NULL;
}

/* The second remedy behind the first: a file that is the same for both is named once. */
static const char *join_remedies(struct arena *arena, const char *first, const char *second)
{
	const char *at = first != NULL ? strstr(first, "add ") : NULL;
	const size_t length = at != NULL ? (size_t)(at - first) : 0;

	if (first == NULL || second == NULL)
		return first;
	return arena_printf(arena, "%s; and %s", first, strncmp(first, second, length) == 0 ? second + length : second);
}

/* Leaves out what no rule allows and nobody asked for; false: there is nothing of that kind. */
static bool leave_out(struct judging *judging)
{
	const struct finding *network = denial_of(judging->verdict, COMPOSE_DEFAULT_NETWORK);
	const struct finding *alias = denial_of(judging->verdict, COMPOSE_ALIAS);

	if (network != NULL && !judging->choice.is_network_left) {
		judging->choice.is_network_left = true;
		note(judging, "it gets no network with the other services: %s", network->reason)->remedy =
			join_remedies(judging->cli.arena, network->remedy, alias != NULL ? alias->remedy : NULL);
		return true;
	}
	if (alias == NULL || judging->choice.is_alias_left)
		return false;
	judging->choice.is_alias_left = true;
	note(judging, "other services do not find it by its name: %s", alias->reason)->remedy = alias->remedy;
	return true;
}

/* ---- one service ---- */

static bool has_env_file(const struct compose_service *service)
{
	for (size_t i = 0; i < service->word_count; i++)
		if (service->words[i].role == COMPOSE_ENV_FILE || service->words[i].role == COMPOSE_ENV_FILE_OPTIONAL)
			return true;
	return false;
}

static void check_engine(struct judging *judging)
{
	struct project_verdict *verdict = judging->verdict;
	const char *backend = flow_backend(&verdict->flow);
	struct finding *finding;

	if (strcmp(backend, "auto") == 0 || strcmp(backend, host_backend_name(BACKEND_DOCKER)) == 0)
		return;
	verdict->state = FLOW_DENIED;
	finding = findings_add(&verdict->flow.findings, FINDING_UNSUPPORTED, backend, SIZE_MAX, "backend",
			       "services are run by docker's daemon, and this is to run on %s", backend);
	finding->remedy = judging->cli.options.backend != NULL ? "leave out --backend" : "engine: {backend: docker} in its policy";
}

static void judge_service(struct cli *cli, const struct project_source *source, struct project_verdict *verdict)
{
	struct judging judging = { .cli = *cli, .source = source, .verdict = verdict };
	struct host_facts *facts = arena_alloc(cli->arena, sizeof(*facts));

	*facts = *cli->facts;
	facts->env_lines = compose_env_lines;
	judging.cli.facts = facts;
	verdict->notes = (struct findings){ .arena = cli->arena };
	for (int round = 0; round < ROUNDS_MAX; round++) {
		verdict->state = judge_words(&judging);
		if (verdict->state == FLOW_DENIED && leave_out(&judging))
			continue;
		if (verdict->state != FLOW_READY || judging.choice.has_env || !has_env_file(verdict->service))
			break;
		judging.choice.has_env = true;
	}
	if (verdict->state == FLOW_READY)
		check_engine(&judging);
}

/* ---- all ---- */

static enum flow_state worse(enum flow_state first, enum flow_state second)
{
	static const int ranks[] = { [FLOW_READY] = 0, [FLOW_HELP] = 0, [FLOW_DENIED] = 1, [FLOW_MALFORMED] = 2, [FLOW_POLICY] = 3 };

	return ranks[first] >= ranks[second] ? first : second;
}

static enum flow_state state_of_file(const struct findings *findings)
{
	return findings_malformed(findings) ? FLOW_MALFORMED : findings_allow(findings) ? FLOW_READY : FLOW_DENIED;
}

bool project_may_make_network(const char *name)
{
	static const char *const others[] = { PLAN_ISOLATED_NETWORK, "isolated", "none", "host", "bridge", "default" };

	for (size_t i = 0; i < ARRAY_COUNT(others); i++)
		if (strcmp(name, others[i]) == 0)
			return false;
	return true;
}

/* Whatever else bore the name of hardrun's own network would be what every container is put on. */
static void check_networks(struct cli *cli, struct project_check *check)
{
	for (size_t i = 0; i < check->project->network_count; i++) {
		const struct compose_resource *network = &check->project->networks[i];
		struct finding *finding;

		if (!network->is_used || network->is_external || project_may_make_network(network->name))
			continue;
		finding = findings_add(&check->findings, FINDING_DENIED, arena_printf(cli->arena, "networks.%s", network->key), SIZE_MAX,
				       "network", "a project makes no network called %s: that is hardrun's or docker's own", network->name);
		finding->place = network->place;
		finding->remedy = "write external: true, or give it another name";
		check->state = worse(check->state, FLOW_DENIED);
	}
}

struct project_check project_judge(struct cli *cli, const struct project_source *source)
{
	struct project_check check = { .source = source, .findings.arena = cli->arena };

	check.project = compose_read(cli->arena, &source->input, &check.findings);
	check.state = state_of_file(&check.findings);
	if (check.project == NULL)
		return check;
	check.verdicts = arena_alloc(cli->arena, (check.project->service_count + 1) * sizeof(*check.verdicts));
	for (size_t i = 0; i < check.project->service_count; i++) {
		struct project_verdict *verdict = &check.verdicts[check.count++];

		verdict->service = &check.project->services[i];
		judge_service(cli, source, verdict);
		check.state = worse(check.state, verdict->state);
	}
	check_networks(cli, &check);
	return check;
}

/* ---- what it comes to ---- */

/* "compose.yaml:12:5 services.web.privileged" */
static const char *subject_of(struct arena *arena, const struct project_verdict *verdict, const struct finding *finding)
{
	const struct compose_word *word = word_of(verdict, finding);

	if (word != NULL)
		return arena_printf(arena, "%s %s", place_text(arena, word->place), word->key);
	return arena_printf(arena, "%s services.%s", place_text(arena, verdict->service->place), verdict->service->name);
}

static void add_verdict(struct arena *arena, const struct project_verdict *verdict, bool is_notes, struct findings *all)
{
	const struct findings *lists[] = { &verdict->notes, &verdict->flow.findings };

	for (size_t l = 0; l < ARRAY_COUNT(lists); l++) {
		for (size_t i = 0; i < lists[l]->count; i++) {
			struct finding finding = lists[l]->items[i];

			if ((finding.kind == FINDING_NOTE) != is_notes)
				continue;
			finding.subject = subject_of(arena, verdict, &lists[l]->items[i]);
			finding.argv_index = SIZE_MAX;
			if (finding.in_file != NULL)
				finding.remedy = finding.in_file;
			*vector_push(arena, all->items, all->count) = finding;
		}
	}
}

struct findings project_findings(struct cli *cli, const struct project_check *check, bool is_notes)
{
	struct findings all = { .arena = cli->arena };

	for (size_t i = 0; i < check->findings.count; i++) {
		struct finding finding = check->findings.items[i];

		if ((finding.kind == FINDING_NOTE) != is_notes)
			continue;
		finding.subject = arena_printf(cli->arena, "%s %s", place_text(cli->arena, finding.place), finding.subject);
		finding.place = (struct place){ NULL, 0, 0 };
		finding.rule = "";
		*vector_push(cli->arena, all.items, all.count) = finding;
	}
	for (size_t i = 0; i < check->count; i++)
		add_verdict(cli->arena, &check->verdicts[i], is_notes, &all);
	return all;
}

static struct project_unit unit_of(struct cli *cli, const struct project_verdict *verdict)
{
	const struct compose_service *service = verdict->service;
	struct project_unit unit = {
		.name = service->name, .name_at = SIZE_MAX, .scale = service->scale, .is_logged = service->is_logged,
		.dependencies = service->dependencies, .dependency_count = service->dependency_count,
	};

	for (size_t i = 0; i < verdict->word_count; i++) {
		if (verdict->words[i]->role == COMPOSE_NAME)
			unit.name_at = i;
		string_list_add(cli->arena, &unit.words, verdict->words[i]->text);
	}
	return unit;
}

/* A network that no service was let onto is not made. */
static bool is_joined(const struct project *project, const char *name, struct arena *arena)
{
	const char *word = arena_printf(arena, "--network=%s", name);

	for (size_t i = 0; i < project->unit_count; i++)
		if (project->units[i].scale > 0 && string_list_has(&project->units[i].words, word))
			return true;
	return false;
}

struct project project_of_check(struct cli *cli, const struct project_check *check)
{
	const struct compose_project *compose = check->project;
	struct project project = { .name = compose->name };

	for (size_t i = 0; i < check->count; i++) {
		const struct project_unit unit = unit_of(cli, &check->verdicts[i]);

		*vector_push(cli->arena, project.units, project.unit_count) = unit;
	}
	for (size_t i = 0; i < compose->network_count; i++) {
		const struct compose_resource *network = &compose->networks[i];

		if (network->is_used && !network->is_external && is_joined(&project, network->name, cli->arena))
			*vector_push(cli->arena, project.networks, project.network_count) =
				(struct project_network){ network->name, network->is_internal };
	}
	for (size_t i = 0; i < compose->volume_count; i++)
		if (compose->volumes[i].is_used && !compose->volumes[i].is_external)
			string_list_add(cli->arena, &project.volumes, compose->volumes[i].name);
	return project;
}
