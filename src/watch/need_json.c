/* needs as JSON: from the process that listens to the one that tells, and from one run of hardrun to the next. */
#include "watch_internal.h"

#include <string.h>

#include <jansson.h>

enum { TEXT_BYTES_MAX = 4096 };

static const struct { const char *name; size_t offset; bool is_wanted; } texts[] = {
	{ "subject", offsetof(struct watch_need, subject), true },
	{ "call", offsetof(struct watch_need, call), false },
	{ "program", offsetof(struct watch_need, program), false },
	{ "layer", offsetof(struct watch_need, layer), false },
	{ "reason", offsetof(struct watch_need, reason), false },
	{ "rule", offsetof(struct watch_need, rule), false },
	{ "file", offsetof(struct watch_need, place.file), false },
	{ "remedy", offsetof(struct watch_need, remedy.text), false },
	{ "add", offsetof(struct watch_need, remedy.add), false },
	{ "lift", offsetof(struct watch_need, remedy.lift), false },
	{ "writable", offsetof(struct watch_need, remedy.writable), false },
	{ "words", offsetof(struct watch_need, remedy.words), false },
	{ "host", offsetof(struct watch_need, remedy.host), false },
};

static json_t *text_json(struct arena *arena, const char *text)
{
	return text != NULL ? json_string(string_printable(arena, text, TEXT_BYTES_MAX)) : json_null();
}

json_t *watch_write_need(const struct watch_need *need)
{
	struct arena *arena = arena_new();
	json_t *object = json_object();

	json_object_set_new(object, "kind", json_string(watch_need_name(need->kind)));
	for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
		const char *text;

		memcpy(&text, (const char *)need + texts[i].offset, sizeof(text));
		json_object_set_new(object, texts[i].name, text_json(arena, text));
	}
	json_object_set_new(object, "line", json_integer(need->place.line));
	json_object_set_new(object, "column", json_integer(need->place.column));
	json_object_set_new(object, "pid", json_integer(need->pid));
	json_object_set_new(object, "is_granted", json_boolean(need->is_granted));
	json_object_set_new(object, "is_mounted", json_boolean(need->is_mounted));
	json_object_set_new(object, "error", json_integer(need->error));
	json_object_set_new(object, "amount", json_integer(need->amount));
	json_object_set_new(object, "count", json_integer((json_int_t)need->count));
	arena_free(arena);
	return object;
}

/* As it was written: whoever reads it shows it to somebody. */
static bool is_printable(struct arena *arena, const char *text)
{
	return strlen(text) <= TEXT_BYTES_MAX + strlen("...") && strcmp(string_printable(arena, text, 0), text) == 0;
}

static bool read_texts(struct arena *arena, const json_t *json, struct watch_need *need)
{
	for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
		const json_t *member = json_object_get(json, texts[i].name);
		const char *text = json_string_value(member), *copy;

		if (text == NULL && (texts[i].is_wanted || !json_is_null(member)))
			return false;
		if (text != NULL && !is_printable(arena, text))
			return false;
		copy = text != NULL ? arena_strdup(arena, text) : NULL;
		memcpy((char *)need + texts[i].offset, &copy, sizeof(copy));
	}
	return true;
}

static bool read_number(const json_t *json, const char *name, int64_t least, int64_t most, int64_t *ret_number)
{
	const json_t *member = json_object_get(json, name);

	*ret_number = json_integer_value(member);
	return json_is_integer(member) && *ret_number >= least && *ret_number <= most;
}

static bool read_kind(const json_t *json, enum watch_need_kind *ret_kind)
{
	const char *name = json_string_value(json_object_get(json, "kind"));

	for (unsigned kind = 0; name != NULL && kind < WATCH_NEED_KIND_COUNT; kind++) {
		if (strcmp(name, watch_need_name((enum watch_need_kind)kind)) != 0)
			continue;
		*ret_kind = (enum watch_need_kind)kind;
		return true;
	}
	return false;
}

bool watch_read_need(struct arena *arena, const json_t *json, struct watch_need *ret_need)
{
	struct watch_need need = { 0 };
	int64_t line, column, pid, error, count;

	if (!json_is_object(json) || !read_kind(json, &need.kind) || !read_texts(arena, json, &need) ||
	    !read_number(json, "line", 0, INT32_MAX, &line) || !read_number(json, "column", 0, INT32_MAX, &column) ||
	    !read_number(json, "pid", 0, INT32_MAX, &pid) || !read_number(json, "error", 0, INT32_MAX, &error) ||
	    !read_number(json, "amount", INT64_MIN, INT64_MAX, &need.amount) || !read_number(json, "count", 0, INT64_MAX, &count) ||
	    !json_is_boolean(json_object_get(json, "is_granted")) || !json_is_boolean(json_object_get(json, "is_mounted")))
		return false;
	need.place.line = (unsigned)line;
	need.place.column = (unsigned)column;
	need.pid = (int)pid;
	need.error = (int)error;
	need.count = (uint64_t)count;
	need.is_granted = json_is_true(json_object_get(json, "is_granted"));
	need.is_mounted = json_is_true(json_object_get(json, "is_mounted"));
	*ret_need = need;
	return true;
}
