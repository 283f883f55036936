/* end: the line of a container's end. */
#include "record_internal.h"

#include <jansson.h>

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

struct record_line record_render_end(struct arena *arena, const struct record_end *end)
{
	const char *reason = reason_name(end->end.reason);
	json_t *object = scene_begin(arena, "end", end->id, &end->session);
	struct record_line line = { 0 };

	if (end->facts != NULL)
		scene_add_person(arena, object, &end->session, end->facts);
	json_object_set_new(object, "container", text_json_or_null(arena, end->container, NAME_BYTES_MAX));
	json_object_set_new(object, "container_id", text_json_or_null(arena, end->end.container_id, NAME_BYTES_MAX));
	json_object_set_new(object, "reason", json_string(reason));
	json_object_set_new(object, "status", end->end.status >= 0 ? json_integer(end->end.status) : json_null());
	json_object_set_new(object, "signal", end->end.signal > 0 ? json_integer(end->end.signal) : json_null());
	json_object_set_new(object, "oom", json_boolean(end->end.has_oom));
	json_object_set_new(object, "duration", duration_json(end));
	line.json = text_line(arena, object);
	string_list_add(arena, &line.fields, "HARDRUN_KIND=end");
	string_list_add(arena, &line.fields, arena_printf(arena, "HARDRUN_ID=%s", string_printable(arena, end->id, NAME_BYTES_MAX)));
	string_list_add(arena, &line.fields, arena_printf(arena, "HARDRUN_REASON=%s", reason));
	return line;
}
