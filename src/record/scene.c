/* scene: who, where and when: what the half with the rights knows by itself. */
#include "record_internal.h"

#include <jansson.h>

enum { NAME_BYTES_MAX = 256 };

struct json_t *scene_begin(struct arena *arena, const char *kind, const char *id, const struct host_session *session)
{
	json_t *object = json_object();

	json_object_set_new(object, "schema", json_string(RECORD_SCHEMA));
	json_object_set_new(object, "kind", json_string(kind));
	json_object_set_new(object, "time", json_string(text_time(arena, session->microseconds)));
	json_object_set_new(object, "id", text_json(arena, id, NAME_BYTES_MAX, NULL));
	json_object_set_new(object, "host", text_json_or_null(arena, session->host, NAME_BYTES_MAX));
	return object;
}

void scene_add_person(struct arena *arena, struct json_t *object, const struct host_session *session,
		      const struct host_facts *facts)
{
	json_object_set_new(object, "auid", session->has_auid ? json_integer(session->auid) : json_null());
	json_object_set_new(object, "uid", json_integer(facts->caller_uid));
	json_object_set_new(object, "gid", json_integer(facts->caller_gid));
	json_object_set_new(object, "user", text_json_or_null(arena, facts->caller_name, NAME_BYTES_MAX));
	json_object_set_new(object, "elevated_by", text_json_or_null(arena, facts->elevated_by, NAME_BYTES_MAX));
}
