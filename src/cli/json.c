/* json: findings, places and errors for programs. */
#include "cli.h"

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>

/* Text of the caller's may be anything; JSON is UTF-8. */
static json_t *json_text(struct arena *arena, const char *text)
{
	if (text == NULL)
		return json_null();
	return json_string(string_is_utf8(text) ? text : string_printable(arena, text, 0));
}

static void add_place(json_t *object, struct place place)
{
	json_object_set_new(object, "file", place.file != NULL ? json_string(place.file) : json_null());
	json_object_set_new(object, "line", place.line > 0 ? json_integer(place.line) : json_null());
	json_object_set_new(object, "column", place.column > 0 ? json_integer(place.column) : json_null());
}

struct json_t *json_of_place(struct place place)
{
	json_t *object = json_object();

	add_place(object, place);
	return object;
}

/* The index counts the words after the verb, from 0; what was typed before it has none. */
static json_t *json_index(const struct flow *flow, size_t index)
{
	if (index == SIZE_MAX || index < flow->shift)
		return json_null();
	return json_integer((json_int_t)(index - flow->shift));
}

static json_t *json_finding(const struct flow *flow, const struct finding *finding)
{
	struct arena *arena = flow->findings.arena;
	json_t *object = json_object();

	json_object_set_new(object, "kind", json_string(finding_kind_name(finding->kind)));
	json_object_set_new(object, "subject", json_text(arena, finding->subject));
	json_object_set_new(object, "argv_index", json_index(flow, finding->argv_index));
	json_object_set_new(object, "rule", json_text(arena, finding->rule));
	add_place(object, finding->place);
	json_object_set_new(object, "reason", json_text(arena, finding->reason));
	json_object_set_new(object, "remedy", json_text(arena, finding->remedy));
	return object;
}

struct json_t *json_of_findings(const struct flow *flow, bool is_notes)
{
	json_t *array = json_array();

	for (size_t i = 0; i < flow->findings.count; i++)
		if ((flow->findings.items[i].kind == FINDING_NOTE) == is_notes)
			json_array_append_new(array, json_finding(flow, &flow->findings.items[i]));
	return array;
}

struct json_t *json_of_errors(const struct policy_errors *errors)
{
	json_t *array = json_array();

	for (size_t i = 0; i < errors->count; i++) {
		json_t *object = json_object();

		add_place(object, errors->items[i].place);
		json_object_set_new(object, "message", json_text(errors->arena, errors->items[i].message));
		json_object_set_new(object, "remedy", json_text(errors->arena, errors->items[i].remedy));
		json_array_append_new(array, object);
	}
	return array;
}

void json_print(const struct cli *cli, struct json_t *object)
{
	char *text = json_dumps(object, JSON_INDENT(2));

	if (text == NULL)
		abort(); /* out of memory */
	message_print(cli, arena_printf(cli->arena, "%s\n", text));
	free(text);
	json_decref(object);
}
