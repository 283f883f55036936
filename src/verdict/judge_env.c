/* judge_env: variables and labels, the files they come from, and the file an id goes to. */
#include "verdict_internal.h"

#include <string.h>
#include <sys/stat.h>

/* ---- variables ---- */

/* A bare name copies a value of the caller's: each layer must spell the name. */
static void env_check_bare(const struct judgement *judgement, const char *name)
{
	struct layer layers[2];
	const size_t count = verdict_layers(judgement, layers);

	if (strpbrk(name, "*?") != NULL) {
		verdict_floor(judgement, "environment", "a name with a wildcard would copy all of the caller's variables");
		return;
	}
	for (size_t i = 0; i < count; i++) {
		const struct policy_list *list = &layers[i].policy->allow.environment;
		struct finding *finding;
		bool is_listed = false;

		for (size_t k = 0; k < list->count; k++)
			is_listed = is_listed || strcmp(list->items[k].value, name) == 0;
		if (is_listed)
			continue;
		finding = verdict_refuse(judgement, &layers[i], "allow.environment",
					 "without a value it copies the caller's own, which needs the name itself in the list");
		if (layers[i].is_ceiling) {
			verdict_remedy(judgement, &layers[i], finding, "add \"- %s\" to allow.environment", verdict_yaml(judgement->arena, name));
		} else {
			finding->remedy = arena_printf(judgement->arena, "-e %s=VALUE", shell_quote(judgement->arena, name));
			finding->in_file = arena_printf(judgement->arena, "write its value, or have it in .env: %s=VALUE", name);
		}
		if (list->is_set)
			finding->place = list->place;
	}
}

/* ${value} NULL: none was given. */
void verdict_check_environment(const struct judgement *judgement, const char *name, const char *value)
{
	const struct policy_pair *own = verdict_pair_find(&judgement->input->policy->defaults.environment, name);
	const bool is_restated = own != NULL && own->value != NULL && value != NULL && strcmp(own->value, value) == 0;
	const struct listing listing = { VERDICT_LIST(environment), name, false, is_restated, "the variable", false };
	const char *reason = verdict_env_reason(name);

	if (string_has_control(name))
		verdict_invalid(judgement, "a name has no control characters");
	else if (reason != NULL)
		verdict_floor(judgement, "environment", "%s: %s", name[0] == '\0' ? "=" : string_printable(judgement->arena, name, 32), reason);
	else if (value == NULL)
		env_check_bare(judgement, name);
	else
		verdict_listed(judgement, &listing);
}

void verdict_judge_env(const struct judgement *judgement)
{
	verdict_check_environment(judgement, judgement->option->value.pair.name, judgement->option->value.pair.value);
}

/* ---- labels ---- */

void verdict_check_label(const struct judgement *judgement, const char *name, const char *value)
{
	const struct policy_pair *own = verdict_pair_find(&judgement->input->policy->defaults.labels, name);
	const bool is_restated = own != NULL && own->value != NULL && strcmp(own->value, value != NULL ? value : "") == 0;
	const struct listing listing = { VERDICT_LIST(labels), name, false, is_restated, "the label", false };
	const char *reason = verdict_label_reason(name);

	if (name[0] == '\0' || string_has_control(name) || (value != NULL && string_has_control(value)))
		verdict_invalid(judgement, "a label has a name and no control characters");
	else if (reason != NULL)
		verdict_floor(judgement, "label", "%s", reason);
	else
		verdict_listed(judgement, &listing);
}

void verdict_judge_label(const struct judgement *judgement)
{
	verdict_check_label(judgement, judgement->option->value.pair.name, judgement->option->value.pair.value);
}

/* ---- files of the host ---- */

static bool env_path_is_listed(const struct policy_list *list, const char *path, const struct host_facts *facts,
			       bool *ret_is_literal)
{
	bool is_listed = false;

	*ret_is_literal = false;
	for (size_t i = 0; i < list->count; i++) {
		if (!verdict_path_matches(list->items[i].value, path, facts))
			continue;
		is_listed = true;
		*ret_is_literal = *ret_is_literal || !glob_has_wildcard(list->items[i].value);
	}
	return is_listed;
}

/* The path as far as it can be told: found, else as typed; NULL when it is not even clean. */
static const char *env_path(const struct judgement *judgement, const char *given, const struct host_path *path)
{
	const char *cwd = judgement->input->facts->cwd, *whole = given;

	if (path != NULL && path->resolved != NULL)
		return path->resolved;
	if (given[0] != '/' && cwd != NULL)
		whole = arena_printf(judgement->arena, "%s/%s", cwd, given);
	whole = path_tidy(judgement->arena, whole);
	return path_is_clean(whole) ? whole : NULL;
}

static bool env_layers_list(const struct judgement *judgement, const struct listing *listing, const char *whole,
			    bool *ret_is_literal)
{
	struct layer layers[2];
	const size_t count = verdict_layers(judgement, layers);
	bool is_listed = true, is_literal;

	*ret_is_literal = true;
	for (size_t i = 0; i < count; i++) {
		const struct policy_list *list = verdict_list(layers[i].policy, listing->offset);
		struct finding *finding;

		if (whole != NULL && env_path_is_listed(list, whole, judgement->input->facts, &is_literal)) {
			*ret_is_literal = *ret_is_literal && is_literal;
			continue;
		}
		is_listed = false;
		finding = verdict_refuse(judgement, &layers[i], listing->key, "%s %s is not listed", listing->what,
					 string_printable(judgement->arena, listing->value, 96));
		if (whole != NULL)
			verdict_remedy(judgement, &layers[i], finding, "add \"- %s\" to %s", verdict_yaml(judgement->arena, whole), listing->key);
		if (list->is_set)
			finding->place = list->place;
	}
	return is_listed;
}

static const struct host_path *env_refuse_path(const struct judgement *judgement, const struct floor_hit *hit)
{
	verdict_floor(judgement, hit->level == FLOOR_NEVER ? "host-path" : hazard_specs[hit->hazard].name, "%s", hit->reason);
	return NULL;
}

const struct host_path *verdict_file(const struct judgement *judgement, const struct listing *listing)
{
	const struct host_facts *facts = judgement->input->facts;
	const struct host_path *path = host_path_of(facts, listing->value);
	const bool is_there = path != NULL && path->resolved != NULL;
	struct floor_hit hit = { .level = FLOOR_NONE };
	bool is_literal, is_listed;
	size_t before;

	/* The floor comes first: nobody is advised to list what it keeps. */
	if (is_there)
		hit = verdict_floor_source(path, facts, listing->is_written);
	if (hit.level != FLOOR_NONE && hit.level != FLOOR_NEVER && verdict_has_hazard(judgement->input, hit.hazard))
		hit.level = FLOOR_NONE;
	if (hit.level == FLOOR_NEVER || hit.level == FLOOR_HAZARD)
		return env_refuse_path(judgement, &hit);
	before = judgement->findings->count;
	is_listed = env_layers_list(judgement, listing, env_path(judgement, listing->value, path), &is_literal);
	for (size_t i = before; hit.level != FLOOR_NONE && i < judgement->findings->count; i++)
		judgement->findings->items[i].remedy = NULL;
	if (!is_there && is_listed)
		verdict_floor(judgement, "host-path", "%s", verdict_unresolved_reason(path));
	if (!is_there || !is_listed)
		return NULL;
	return hit.level == FLOOR_NONE || is_literal ? path : env_refuse_path(judgement, &hit);
}

/* Regular, and the caller's own or readable to the caller without root's help. */
static const char *env_file_reason(const struct host_path *path, const struct host_facts *facts)
{
	if (path->kind != PATH_REGULAR)
		return "it is not a regular file";
	if (facts->caller_uid == 0 || path->owner_uid == facts->caller_uid || (path->mode & S_IROTH) != 0 ||
	    (path->owner_gid == facts->caller_gid && (path->mode & S_IRGRP) != 0))
		return path->lines_reason;
	return "you may not read it";
}

/* Each line is judged like an option of its own. */
static void env_check_lines(const struct judgement *judgement, const struct host_path *path,
			    void (*check)(const struct judgement *judgement, const char *name, const char *value))
{
	const char *reason = env_file_reason(path, judgement->input->facts);

	if (reason != NULL) {
		/* What is in it is no question of where it is. */
		if (reason == path->lines_reason && strncmp(reason, "line ", 5) == 0)
			verdict_invalid(judgement, "%s", reason);
		else
			verdict_floor(judgement, "host-path", "%s", reason);
		return;
	}
	for (size_t i = 0; i < path->lines.count; i++) {
		const char *line = path->lines.items[i], *equals = strchr(line, '=');

		check(judgement, equals == NULL ? line : arena_strndup(judgement->arena, line, (size_t)(equals - line)),
		      equals == NULL ? NULL : equals + 1);
	}
}

void verdict_judge_env_file(const struct judgement *judgement)
{
	const struct listing listing = { VERDICT_LIST(env_file), judgement->option->raw, false, false, "the file", false };
	const struct host_path *path = verdict_file(judgement, &listing);

	if (path != NULL)
		env_check_lines(judgement, path, verdict_check_environment);
}

void verdict_judge_label_file(const struct judgement *judgement)
{
	const struct listing listing = { VERDICT_LIST(label_file), judgement->option->raw, false, false, "the file", false };
	const struct host_path *path = verdict_file(judgement, &listing);

	if (path != NULL)
		env_check_lines(judgement, path, verdict_check_label);
}

/* The facts of a cidfile are those of its directory; only its kind is its own. */
void verdict_judge_cidfile(const struct judgement *judgement)
{
	const struct listing listing = { VERDICT_LIST(cidfile), judgement->option->raw, false, false, "the file", true };
	const struct host_path *path = verdict_file(judgement, &listing);

	if (path == NULL)
		return;
	if (path->kind != PATH_MISSING)
		verdict_floor(judgement, "host-path", "the file is there already");
	else if (path->owner_uid != judgement->input->facts->caller_uid && (path->mode & S_ISVTX) == 0)
		verdict_floor(judgement, "host-path", "the directory is not yours");
}
