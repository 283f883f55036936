/* A record that somebody may have changed, cut short or brought from elsewhere: read whole and strictly, or refused. */
#include "learn_internal.h"

#include <jansson.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_BYTES = 60, HEX_DIGITS_MAX = 16 };

struct reader {
	struct arena *arena;
	const char *file;
	struct error *err;
};

static int fail(const struct reader *reader, const char *where, const char *problem)
{
	return error_set_at(reader->err, reader->arena, ERROR_USAGE, (struct place){ reader->file, 0, 0 }, "%s %s", where, problem);
}

/* Text of records goes into comments and onto terminals. */
static bool is_text(const char *text)
{
	return strlen(text) <= LEARN_TEXT_BYTES_MAX && string_is_utf8(text) && !string_has_control(text);
}

static int read_text(const struct reader *reader, const char *where, const json_t *json, const char **ret_text)
{
	const char *text = json_string_value(json);

	if (text == NULL || strlen(text) != json_string_length(json) || !is_text(text))
		return fail(reader, where, "is no text of at most 1024 bytes without control characters");
	*ret_text = arena_strdup(reader->arena, text);
	return 0;
}

static int read_texts(const struct reader *reader, const char *where, const json_t *json, struct string_list *ret_list)
{
	int result = 0;

	if (!json_is_array(json) || json_array_size(json) > LEARN_LIST_MAX)
		return fail(reader, where, "is no list of at most 128 texts");
	for (size_t i = 0; result == 0 && i < json_array_size(json); i++) {
		const char *text = NULL;

		result = read_text(reader, arena_printf(reader->arena, "%s[%zu]", where, i), json_array_get(json, i), &text);
		string_list_add(reader->arena, ret_list, text);
	}
	return result;
}

/* "0x" and digits; the rest of the text in *ret_rest. */
static bool take_hex(const char *text, uint64_t *ret_value, const char **ret_rest)
{
	static const char digits[] = "0123456789abcdef";
	const size_t length = strncmp(text, "0x", 2) == 0 ? strspn(text + 2, digits) : 0;

	if (length == 0 || length > HEX_DIGITS_MAX)
		return false;
	*ret_value = 0;
	for (size_t i = 0; i < length; i++)
		*ret_value = *ret_value * 16 + (uint64_t)(strchr(digits, text[2 + i]) - digits);
	*ret_rest = text + 2 + length;
	return true;
}

static bool parse_value(const char *text, struct learn_value *ret_value)
{
	const char *rest;

	*ret_value = (struct learn_value){ 0 };
	if (text == NULL || !take_hex(text, &ret_value->first, &rest))
		return false;
	return *rest == '\0' || (*rest == ':' && take_hex(rest + 1, &ret_value->second, &rest) && *rest == '\0');
}

static int read_values(const struct reader *reader, const char *where, const json_t *json, struct learn_value **ret_values,
		       size_t *ret_count)
{
	if (!json_is_array(json) || json_array_size(json) > LEARN_VALUES_MAX)
		return fail(reader, where, "is no list of at most 12 values");
	for (size_t i = 0; i < json_array_size(json); i++) {
		struct learn_value value;

		if (!parse_value(json_string_value(json_array_get(json, i)), &value))
			return fail(reader, arena_printf(reader->arena, "%s[%zu]", where, i), "is no value such as \"0x2\" or \"0x10:0x0\"");
		*vector_push(reader->arena, *ret_values, *ret_count) = value;
	}
	return 0;
}

static int read_number(const struct reader *reader, const char *where, const json_t *json, int64_t least, int64_t *ret_number)
{
	const json_int_t number = json_integer_value(json);

	if (!json_is_integer(json) || number < least)
		return fail(reader, where, least < 0 ? "is no number of -1 or more" : "is no number of 0 or more");
	*ret_number = number;
	return 0;
}

/* Everything but lists of objects. */
static int read_value(const struct reader *reader, const char *where, const struct learn_field *field, const json_t *json,
		      char *object)
{
	void *at = object + field->offset;

	switch (field->kind) {
	case LEARN_TEXT_OR_NULL:
		return json_is_null(json) ? 0 : read_text(reader, where, json, at);
	case LEARN_TEXT:
		return read_text(reader, where, json, at);
	case LEARN_TEXTS:
		return read_texts(reader, where, json, at);
	case LEARN_COUNT:
		return read_number(reader, where, json, 0, at);
	case LEARN_AMOUNT:
		return read_number(reader, where, json, -1, at);
	case LEARN_BOOL:
		*(bool *)at = json_is_true(json);
		return json_is_boolean(json) ? 0 : fail(reader, where, "is neither true nor false");
	case LEARN_VALUES:
		return read_values(reader, where, json, at, (size_t *)(void *)(object + field->count_offset));
	case LEARN_OBJECTS:
	case LEARN_KIND_COUNT:
		break;
	}
	return 0;
}

/* Every field is there and nothing else; ${extra}: known keys besides. */
static int check_keys(const struct reader *reader, const char *where, const struct learn_shape *shape, const json_t *json)
{
	const size_t extra = shape == &learn_record_shape ? 1 : 0;

	if (!json_is_object(json))
		return fail(reader, where, "is no object");
	for (size_t i = 0; i < shape->field_count; i++)
		if (json_object_get(json, shape->fields[i].name) == NULL)
			return fail(reader, where, arena_printf(reader->arena, "lacks the key \"%s\"", shape->fields[i].name));
	return json_object_size(json) == shape->field_count + extra ? 0 : fail(reader, where, "has a key that records do not have");
}

static int read_plain(const struct reader *reader, const char *where, const struct learn_shape *shape, const json_t *json,
		      char *object)
{
	int result = check_keys(reader, where, shape, json);

	for (size_t i = 0; result == 0 && i < shape->field_count; i++) {
		const struct learn_field *field = &shape->fields[i];

		result = read_value(reader, arena_printf(reader->arena, "%s.%s", where, field->name), field,
				    json_object_get(json, field->name), object);
	}
	return result;
}

static int read_objects(const struct reader *reader, const struct learn_field *field, const json_t *json, char *object)
{
	const size_t count = json_array_size(json);
	char *items = arena_alloc(reader->arena, (count + 1) * field->shape->size);
	int result = 0;

	if (!json_is_array(json) || count > field->most)
		return fail(reader, field->name, arena_printf(reader->arena, "is no list of at most %zu objects", field->most));
	for (size_t i = 0; result == 0 && i < count; i++)
		result = read_plain(reader, arena_printf(reader->arena, "%s[%zu]", field->name, i), field->shape,
				    json_array_get(json, i), items + i * field->shape->size);
	*(char **)(void *)(object + field->offset) = items;
	*(size_t *)(void *)(object + field->count_offset) = count;
	return result;
}

/* ---- what makes sense ---- */

bool learn_is_known_call(const char *name)
{
	const int number = seccomp_syscall_resolve_name(name);

	return number != __NR_SCMP_ERROR && number >= 0 && profile_call_name(number) != NULL;
}

static int fail_elsewhere(const struct reader *reader, const char *message, const char *remedy)
{
	error_set_at(reader->err, reader->arena, ERROR_UNSUPPORTED, (struct place){ reader->file, 0, 0 }, "%s", message);
	reader->err->remedy = remedy;
	return -(int)ERROR_UNSUPPORTED;
}

static int check_calls(const struct reader *reader, const struct learn_record *record)
{
	const struct scmp_version *version = seccomp_version();

	for (size_t i = 0; i < record->call_count; i++) {
		if (learn_is_known_call(record->calls[i].name))
			continue;
		return fail_elsewhere(reader, arena_printf(reader->arena, "calls[%zu]: the system call \"%s\" is not known to this hardrun "
				"with libseccomp %u.%u.%u", i, string_printable(reader->arena, record->calls[i].name, SHOWN_BYTES),
				version->major, version->minor, version->micro),
				"the record is from a newer hardrun: use that, or learn again with this one");
	}
	return 0;
}

static int check_sense(const struct reader *reader, const struct learn_record *record)
{
	if (record->uid > UINT32_MAX - 1 || record->gid > UINT32_MAX - 1)
		return fail(reader, "uid or gid", "is no id of a user or group");
	if (record->runs < 1 || record->runs > LEARN_RUNS_MAX)
		return fail(reader, "runs", "is not between 1 and 1000000");
	if ((record->image == NULL) == (record->rootfs == NULL))
		return fail(reader, "image", "and rootfs are not one text and one null");
	for (size_t i = 0; i < record->port_count; i++)
		if (record->ports[i].number < 1 || record->ports[i].number > UINT16_MAX)
			return fail(reader, arena_printf(reader->arena, "ports[%zu].number", i), "is not between 1 and 65535");
	for (size_t i = 0; i < record->place_count; i++)
		if (!path_is_clean(record->places[i].path))
			return fail(reader, arena_printf(reader->arena, "places[%zu].path", i), "is no absolute, clean path");
	for (size_t i = 0; i < record->mount_count; i++)
		if (!path_is_clean(record->mounts[i].target))
			return fail(reader, arena_printf(reader->arena, "mounts[%zu].target", i), "is no absolute, clean path");
	return check_calls(reader, record);
}

static int read_head(const struct reader *reader, const json_t *json)
{
	const char *schema = json_string_value(json_object_get(json, "schema"));
	const char *architecture = json_string_value(json_object_get(json, "architecture"));

	if (schema == NULL || strcmp(schema, LEARN_SCHEMA) != 0)
		return fail_elsewhere(reader, arena_printf(reader->arena, "this is no record of hardrun learn: schema is %s and not \"%s\"",
			schema != NULL ? string_printable(reader->arena, schema, SHOWN_BYTES) : "missing", LEARN_SCHEMA), NULL);
	if (architecture != NULL && strcmp(architecture, learn_architecture()) != 0)
		return fail_elsewhere(reader, arena_printf(reader->arena, "the record is of %s, and this machine is %s: system calls differ",
			string_printable(reader->arena, architecture, SHOWN_BYTES), learn_architecture()), "learn again on this one");
	return 0;
}

static int read_record(const struct reader *reader, const json_t *json, struct learn_record *record)
{
	const struct learn_shape *shape = &learn_record_shape;
	int result = read_head(reader, json);

	if (result == 0)
		result = check_keys(reader, "the record", shape, json);
	for (size_t i = 0; result == 0 && i < shape->field_count; i++) {
		const struct learn_field *field = &shape->fields[i];
		const json_t *value = json_object_get(json, field->name);

		result = field->kind == LEARN_OBJECTS ? read_objects(reader, field, value, (char *)record) :
							read_value(reader, field->name, field, value, (char *)record);
	}
	return result == 0 ? check_sense(reader, record) : result;
}

int learn_read(struct arena *arena, const struct learn_bytes *bytes, struct learn_record *ret_record, struct error *err)
{
	const struct reader reader = { arena, bytes->name, err };
	struct learn_record read = { 0 }, *merged = arena_alloc(arena, sizeof(*merged));
	json_error_t problem;
	json_t *json;
	int result;

	if (bytes->length > LEARN_RECORD_BYTES_MAX)
		return error_set_at(err, arena, ERROR_LIMIT, (struct place){ bytes->name, 0, 0 }, "a record has at most 1 MiB");
	json = json_loadb(bytes->data, bytes->length, JSON_REJECT_DUPLICATES, &problem);
	if (json == NULL)
		return error_set_at(err, arena, ERROR_USAGE,
				    (struct place){ bytes->name, (unsigned)problem.line, (unsigned)(problem.column > 0 ? problem.column : 0) },
				    "this is no whole record: %s", string_printable(arena, problem.text, SHOWN_BYTES * 2));
	result = read_record(&reader, json, &read);
	json_decref(json);
	if (result < 0)
		return result;
	/* Entries may be there twice, and in any order: through the same door as others. */
	*merged = read;
	merged->call_count = merged->place_count = merged->mount_count = merged->port_count = merged->ask_count = 0;
	merged->capabilities = (struct string_list){ 0 };
	result = learn_merge(arena, merged, &read, bytes->name, err);
	merged->runs = read.runs;
	if (result == 0)
		*ret_record = *merged;
	return result;
}
