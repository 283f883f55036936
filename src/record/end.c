/* end: the line of a container's end. */
#include "record_internal.h"

#include <jansson.h>
#include <string.h>

enum { NAME_BYTES_MAX = 256, MICROSECONDS = 1000000 };

static const char *reason_name(enum launch_reason reason)
{
	switch (reason) {
	case LAUNCH_EXITED:
		return "exited";
	case LAUNCH_SIGNALED:
		return "signal";
	case LAUNCH_OOM:
		return "oom";
	case LAUNCH_NOT_STARTED:
		return "not started";
	case LAUNCH_UNKNOWN:
	case LAUNCH_REASON_COUNT:
		break;
	}
	return "unknown";
}

/* Seconds with a fraction; the clock may have been set back meanwhile. */
static json_t *duration_json(const struct record_end *end)
{
	const int64_t passed = end->session.microseconds - end->started;

	return end->started == 0 || passed < 0 ? json_null() : json_real((double)passed / MICROSECONDS);
}

static void add_field(struct arena *arena, struct record_line *line, const char *name, const char *value)
{
	if (value != NULL)
		string_list_add(arena, &line->fields, arena_printf(arena, "HARDRUN_%s=%s", name, string_printable(arena, value, 256)));
}

/* Lets go of ${object}. */
static struct record_line finish(struct arena *arena, json_t *object)
{
	struct record_line line = { 0 };

	add_field(arena, &line, "KIND", "end");
	add_field(arena, &line, "ID", json_string_value(json_object_get(object, "id")));
	add_field(arena, &line, "REASON", json_string_value(json_object_get(object, "reason")));
	line.json = text_line(arena, object);
	return line;
}

struct record_line record_render_end(struct arena *arena, const struct record_end *end)
{
	json_t *object = scene_begin(arena, "end", end->id, &end->session);

	if (end->facts != NULL)
		scene_add_person(arena, object, &end->session, end->facts);
	json_object_set_new(object, "container", text_json_or_null(arena, end->container, NAME_BYTES_MAX));
	json_object_set_new(object, "container_id", text_json_or_null(arena, end->end.container_id, NAME_BYTES_MAX));
	json_object_set_new(object, "reason", json_string(reason_name(end->end.reason)));
	json_object_set_new(object, "status", end->end.status >= 0 ? json_integer(end->end.status) : json_null());
	json_object_set_new(object, "signal", end->end.signal > 0 ? json_integer(end->end.signal) : json_null());
	json_object_set_new(object, "oom", json_boolean(end->end.has_oom));
	json_object_set_new(object, "duration", duration_json(end));
	return finish(arena, object);
}

bool record_render_again(struct arena *arena, const char *json, int64_t microseconds, struct record_line *ret_line)
{
	json_t *object = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
	const char *schema = json_string_value(json_object_get(object, "schema"));
	const char *kind = json_string_value(json_object_get(object, "kind"));

	if (schema == NULL || kind == NULL || strcmp(schema, RECORD_SCHEMA) != 0 || strcmp(kind, "end") != 0) {
		json_decref(object);
		return false;
	}
	if (microseconds != 0)
		json_object_set_new(object, "time", json_string(text_time(arena, microseconds)));
	*ret_line = finish(arena, object);
	return true;
}
