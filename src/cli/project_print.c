/* project_print: what `compose check` and `config` say, and what the half that judges tells the half that starts. */
#include "project.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { UNITS_MAX = COMPOSE_SERVICES_MAX, WORDS_MAX = 4096 };

/* ---- check ---- */

static const char *word_of_state(const struct cli *cli, enum flow_state state)
{
	return state == FLOW_READY ? message_tone(cli, stdout, MESSAGE_GOOD, "allowed")
				   : message_tone(cli, stdout, MESSAGE_BAD, "denied");
}

static void print_text(const struct cli *cli, const struct project_check *check, const struct findings *refusals,
		       const struct findings *notes)
{
	for (size_t i = 0; i < check->count; i++) {
		const struct project_verdict *verdict = &check->verdicts[i];
		const struct policy *policy = verdict->flow.policy;

		message_print(cli, arena_printf(cli->arena, "%s: %s%s%s\n", verdict->service->name, word_of_state(cli, verdict->state),
						policy != NULL ? " by policy " : "", policy != NULL ? policy->name : ""));
	}
	message_findings(cli, check->state == FLOW_MALFORMED ? stderr : stdout, refusals);
	message_notes(cli, stdout, notes);
}

static json_t *json_finding(const struct finding *finding, struct arena *arena)
{
	json_t *object = json_of_place(finding->place);
	const char *reason = string_is_utf8(finding->reason) ? finding->reason : string_printable(arena, finding->reason, 0);

	json_object_set_new(object, "kind", json_string(finding_kind_name(finding->kind)));
	json_object_set_new(object, "subject", json_string(string_printable(arena, finding->subject, 0)));
	json_object_set_new(object, "rule", json_string(finding->rule));
	json_object_set_new(object, "reason", json_string(reason));
	json_object_set_new(object, "remedy",
			    finding->remedy != NULL ? json_string(string_printable(arena, finding->remedy, 0)) : json_null());
	return object;
}

static json_t *json_findings(struct arena *arena, const struct findings *findings)
{
	json_t *array = json_array();

	for (size_t i = 0; i < findings->count; i++)
		json_array_append_new(array, json_finding(&findings->items[i], arena));
	return array;
}

static json_t *json_services(const struct project_check *check)
{
	json_t *array = json_array();

	for (size_t i = 0; i < check->count; i++) {
		const struct project_verdict *verdict = &check->verdicts[i];

		json_array_append_new(array, json_pack("{s:s, s:s, s:s?, s:o, s:o?}", "name", verdict->service->name, "verdict",
						       verdict->state == FLOW_READY ? "allowed" : "denied", "policy",
						       verdict->flow.policy != NULL ? verdict->flow.policy->name : NULL, "place",
						       json_of_place(verdict->service->place), "policy_errors",
						       verdict->flow.errors.count > 0 ? json_of_errors(&verdict->flow.errors) : NULL));
	}
	return array;
}

static bool is_known(const struct policy_errors *errors, const struct error *err)
{
	for (size_t i = 0; i < errors->count; i++)
		if (strcmp(errors->items[i].message, err->message) == 0 && errors->items[i].place.line == err->place.line)
			return true;
	return false;
}

void project_print_errors(const struct cli *cli, const struct project_check *check)
{
	struct policy_errors all = { .arena = cli->arena };

	for (size_t i = 0; i < check->count; i++) {
		const struct policy_errors *errors = &check->verdicts[i].flow.errors;

		for (size_t k = 0; k < errors->count; k++)
			if (!is_known(&all, &errors->items[k]))
				*vector_push(cli->arena, all.items, all.count) = errors->items[k];
	}
	message_errors(cli, &all);
}

int project_print_check(struct cli *cli, const struct project_check *check)
{
	const struct findings refusals = project_findings(cli, check, false), notes = project_findings(cli, check, true);

	project_print_errors(cli, check);
	if (cli->is_json)
		json_print(cli, json_pack("{s:s, s:s, s:s?, s:o, s:o, s:o}", "schema", "hardrun/compose/1", "verdict",
					  check->state == FLOW_READY ? "allowed" : "denied", "project",
					  check->project != NULL ? check->project->name : NULL, "services", json_services(check), "findings",
					  json_findings(cli->arena, &refusals), "notes", json_findings(cli->arena, &notes)));
	else
		print_text(cli, check, &refusals, &notes);
	return message_finish(cli, check->state == FLOW_READY ? CLI_STATUS_OK :
			      check->state == FLOW_DENIED ? CLI_STATUS_DENIED : CLI_STATUS_USAGE);
}

int project_print_config(struct cli *cli, const struct project_check *check)
{
	for (size_t i = 0; i < check->count; i++) {
		const struct project_verdict *verdict = &check->verdicts[i];

		message_print(cli, arena_printf(cli->arena, "# %s %s\nhardrun run --detach", place_text(cli->arena, verdict->service->place),
						verdict->service->name));
		for (size_t k = 0; k < verdict->word_count; k++)
			message_print(cli, arena_printf(cli->arena, " %s", shell_quote(cli->arena, verdict->words[k]->text)));
		message_print(cli, "\n");
	}
	if (check->state != FLOW_READY) {
		const struct findings refusals = project_findings(cli, check, false);

		message_findings(cli, stderr, &refusals);
		return message_finish(cli, check->state == FLOW_DENIED ? CLI_STATUS_DENIED : CLI_STATUS_USAGE);
	}
	return message_finish(cli, CLI_STATUS_OK);
}

/* ---- from one half to the other ---- */

static json_t *json_strings(const struct string_list *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(array, json_string(list->items[i]));
	return array;
}

static json_t *json_unit(const struct project_unit *unit)
{
	json_t *dependencies = json_array();

	for (size_t i = 0; i < unit->dependency_count; i++)
		json_array_append_new(dependencies, json_pack("{s:s, s:i, s:b}", "service", unit->dependencies[i].service, "condition",
							      (int)unit->dependencies[i].condition, "required",
							      (int)unit->dependencies[i].is_required));
	return json_pack("{s:s, s:o, s:I, s:i, s:b, s:o}", "name", unit->name, "words", json_strings(&unit->words), "name_at",
			 unit->name_at == SIZE_MAX ? (json_int_t)-1 : (json_int_t)unit->name_at, "scale", (int)unit->scale, "logged",
			 (int)unit->is_logged, "dependencies", dependencies);
}

char *project_write(const struct project *project, const struct findings *findings, int status)
{
	json_t *units = json_array(), *networks = json_array(), *object;
	char *text;

	for (size_t i = 0; i < project->unit_count; i++)
		json_array_append_new(units, json_unit(&project->units[i]));
	for (size_t i = 0; i < project->network_count; i++)
		json_array_append_new(networks, json_pack("{s:s, s:b}", "name", project->networks[i].name, "internal",
							  (int)project->networks[i].is_internal));
	object = json_pack("{s:i, s:s?, s:s?, s:s?, s:o, s:o, s:o, s:o}", "status", status, "verb", project->verb, "verdict",
			   project->verdict, "project", project->name, "units", units, "networks", networks, "volumes",
			   json_strings(&project->volumes), "findings", json_findings(findings->arena, findings));
	text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	return text;
}

static const char *text_of(struct arena *arena, const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? arena_strdup(arena, text) : NULL;
}

static bool read_strings(struct arena *arena, const json_t *array, struct string_list *ret_list)
{
	const json_t *item;
	size_t i;

	if (!json_is_array(array) || json_array_size(array) > WORDS_MAX)
		return false;
	json_array_foreach(array, i, item) {
		if (!json_is_string(item))
			return false;
		string_list_add(arena, ret_list, arena_strdup(arena, json_string_value(item)));
	}
	return true;
}

/* Only names that an engine can take for nothing else: they become its words. */
static bool is_engine_name(const char *name)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
	const size_t length = name != NULL ? strlen(name) : 0;

	return length > 0 && length < 256 && strspn(name, letters) == length && strchr("_.-", name[0]) == NULL;
}

static bool read_dependencies(struct arena *arena, const json_t *array, struct project_unit *unit)
{
	const json_t *item;
	size_t i;

	json_array_foreach(array, i, item) {
		const json_int_t condition = json_integer_value(json_object_get(item, "condition"));
		const char *service = text_of(arena, item, "service");

		if (service == NULL || condition < 0 || condition >= COMPOSE_CONDITION_COUNT)
			return false;
		*vector_push(arena, unit->dependencies, unit->dependency_count) = (struct compose_dependency){
			.service = service, .condition = (enum compose_condition)condition,
			.is_required = json_is_true(json_object_get(item, "required")),
		};
	}
	return true;
}

static bool read_unit(struct arena *arena, const json_t *object, struct project_unit *ret_unit)
{
	const json_int_t name_at = json_integer_value(json_object_get(object, "name_at"));
	const json_int_t scale = json_integer_value(json_object_get(object, "scale"));
	struct project_unit unit = {
		.name = text_of(arena, object, "name"), .is_logged = json_is_true(json_object_get(object, "logged")),
	};

	if (!is_engine_name(unit.name) || scale < 0 || scale > COMPOSE_SCALE_MAX ||
	    !read_strings(arena, json_object_get(object, "words"), &unit.words) ||
	    !read_dependencies(arena, json_object_get(object, "dependencies"), &unit))
		return false;
	unit.scale = (unsigned)scale;
	unit.name_at = name_at < 0 || (size_t)name_at >= unit.words.count ? SIZE_MAX : (size_t)name_at;
	*ret_unit = unit;
	return true;
}

static bool read_lists(struct arena *arena, const json_t *object, struct project *project)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(object, "networks"), i, item) {
		const char *name = text_of(arena, item, "name");

		if (!is_engine_name(name))
			return false;
		*vector_push(arena, project->networks, project->network_count) =
			(struct project_network){ name, json_is_true(json_object_get(item, "internal")) };
	}
	if (!read_strings(arena, json_object_get(object, "volumes"), &project->volumes))
		return false;
	for (i = 0; i < project->volumes.count; i++)
		if (!is_engine_name(project->volumes.items[i]))
			return false;
	return project->name == NULL || compose_name_reason(project->name) == NULL;
}

/* The word under the key, if it is one of those; else NULL. */
static const char *word_of_key(const json_t *object, const char *key, const char *const *words, size_t count)
{
	const char *word = json_string_value(json_object_get(object, key));

	for (size_t i = 0; word != NULL && i < count; i++)
		if (strcmp(words[i], word) == 0)
			return words[i];
	return NULL;
}

static enum finding_kind kind_of(const json_t *object)
{
	const char *name = json_string_value(json_object_get(object, "kind"));

	for (unsigned kind = 0; name != NULL && kind < FINDING_COUNT; kind++)
		if (kind != FINDING_NOTE && strcmp(finding_kind_name((enum finding_kind)kind), name) == 0)
			return (enum finding_kind)kind;
	return FINDING_DENIED;
}

static void read_findings(struct arena *arena, const json_t *array, struct findings *findings)
{
	const json_t *item;
	size_t i;

	json_array_foreach(array, i, item) {
		const char *subject = text_of(arena, item, "subject"), *rule = text_of(arena, item, "rule"),
			   *reason = text_of(arena, item, "reason");

		findings_add(findings, kind_of(item), subject != NULL ? subject : "", SIZE_MAX, rule != NULL ? rule : "", "%s",
			     reason != NULL ? reason : "")
			->remedy = text_of(arena, item, "remedy");
	}
}

bool project_read(struct arena *arena, const char *text, struct project *ret_project, struct findings *ret_findings,
		  int *ret_status)
{
	static const char *const verbs[] = { "up", "down", "ps", "logs" };
	static const char *const verdicts[] = { "denied", "malformed", "policy", "failed" };
	json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	struct project project = {
		.name = text_of(arena, object, "project"), .verb = word_of_key(object, "verb", verbs, ARRAY_COUNT(verbs)),
		.verdict = word_of_key(object, "verdict", verdicts, ARRAY_COUNT(verdicts)),
	};
	const json_t *item;
	bool is_good = json_is_object(object) && json_array_size(json_object_get(object, "units")) <= UNITS_MAX;
	size_t i;

	json_array_foreach(json_object_get(object, "units"), i, item) {
		struct project_unit unit;

		is_good = is_good && read_unit(arena, item, &unit);
		if (is_good)
			*vector_push(arena, project.units, project.unit_count) = unit;
	}
	is_good = is_good && read_lists(arena, object, &project);
	if (is_good) {
		read_findings(arena, json_object_get(object, "findings"), ret_findings);
		*ret_status = (int)json_integer_value(json_object_get(object, "status"));
		*ret_project = project;
	}
	json_decref(object);
	return is_good;
}
