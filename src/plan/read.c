/*
 * read: models out of JSON, along their shapes. Who wrote it may mean harm: every key must be there, none more, each of its
 * type and range; texts have no NUL in them (jansson refuses it).
 */
#include "shape.h"

#include <string.h>

#include <jansson.h>

#include <hardrun/plan.h>

struct reader {
	struct arena *arena;
	struct error *err;
};

static bool read_object(struct reader *reader, const struct shape *shape, const json_t *json, char *object);

static bool wrong(struct reader *reader, const char *name)
{
	error_set(reader->err, reader->arena, ERROR_SYSTEM, "%s is not what it has to be", name);
	return false;
}

static bool read_text(struct reader *reader, const json_t *json, const char **ret_text)
{
	if (json_is_null(json)) {
		*ret_text = NULL;
		return true;
	}
	if (!json_is_string(json) || strlen(json_string_value(json)) != json_string_length(json))
		return false;
	*ret_text = arena_strdup(reader->arena, json_string_value(json));
	return true;
}

static bool read_texts(struct reader *reader, const json_t *json, struct string_list *list)
{
	const char *text;

	if (!json_is_array(json) || json_array_size(json) > SHAPE_LIST_MAX)
		return false;
	for (size_t i = 0; i < json_array_size(json); i++) {
		if (!read_text(reader, json_array_get(json, i), &text) || text == NULL)
			return false;
		string_list_add(reader->arena, list, text);
	}
	return true;
}

static bool read_integer(const json_t *json, json_int_t least, json_int_t most, json_int_t *ret_value)
{
	if (!json_is_integer(json) || json_integer_value(json) < least || json_integer_value(json) > most)
		return false;
	*ret_value = json_integer_value(json);
	return true;
}

static void set_pointer(char *slot, const void *pointer)
{
	memcpy(slot, &pointer, sizeof(pointer));
}

static void set_count(const struct field *field, char *object, size_t count)
{
	memcpy(object + field->count_offset, &count, sizeof(count));
}

static bool read_numbers(struct reader *reader, const struct field *field, const json_t *json, char *object)
{
	const size_t count = json_array_size(json);
	uint32_t *numbers;

	if (!json_is_array(json) || count > SHAPE_LIST_MAX)
		return false;
	numbers = count > 0 ? arena_alloc(reader->arena, count * sizeof(*numbers)) : NULL;
	for (size_t i = 0; i < count; i++) {
		json_int_t value;

		if (!read_integer(json_array_get(json, i), 0, UINT32_MAX, &value))
			return false;
		numbers[i] = (uint32_t)value;
	}
	set_pointer(object + field->offset, numbers);
	set_count(field, object, count);
	return true;
}

static bool read_array(struct reader *reader, const struct field *field, const json_t *json, char *object)
{
	const size_t count = json_array_size(json);
	char *items;

	if (!json_is_array(json) || count > SHAPE_LIST_MAX)
		return false;
	items = count > 0 ? arena_alloc(reader->arena, count * field->shape->size) : NULL;
	for (size_t i = 0; i < count; i++)
		if (!read_object(reader, field->shape, json_array_get(json, i), items + i * field->shape->size))
			return false;
	set_pointer(object + field->offset, items);
	set_count(field, object, count);
	return true;
}

static bool read_pointer(struct reader *reader, const struct field *field, const json_t *json, char *slot)
{
	char *inner;

	if (json_is_null(json)) {
		set_pointer(slot, NULL);
		return true;
	}
	inner = arena_alloc(reader->arena, field->shape->size);
	set_pointer(slot, inner);
	return read_object(reader, field->shape, json, inner);
}

static bool read_number(const struct field *field, const json_t *json, char *slot)
{
	const json_int_t most = field->kind == FIELD_ENUM ? (json_int_t)field->bound - 1
				: field->kind == FIELD_UINT16 ? UINT16_MAX : field->kind == FIELD_UINT32 ? UINT32_MAX : INT64_MAX;
	const bool is_wide = field->kind == FIELD_INT64 || field->kind == FIELD_UINT64;
	json_int_t value;
	uint32_t narrow;
	uint16_t half;

	if (!read_integer(json, is_wide ? INT64_MIN : 0, most, &value))
		return false;
	narrow = (uint32_t)value;
	half = (uint16_t)value;
	if (is_wide)
		memcpy(slot, &(int64_t){ value }, sizeof(int64_t));
	else if (field->kind == FIELD_UINT16)
		memcpy(slot, &half, sizeof(half));
	else
		memcpy(slot, &narrow, sizeof(narrow));
	return true;
}

static bool read_field(struct reader *reader, const struct field *field, const json_t *json, char *object)
{
	char *slot = object + field->offset;
	const char *text;

	switch (field->kind) {
	case FIELD_BOOL:
		*(bool *)slot = json_is_true(json);
		return json_is_boolean(json);
	case FIELD_TEXT:
	case FIELD_WORD:
		if (!read_text(reader, json, &text) || (text == NULL && field->kind == FIELD_WORD))
			return false;
		set_pointer(slot, text);
		return true;
	case FIELD_TEXTS:
		return read_texts(reader, json, (struct string_list *)(void *)slot);
	case FIELD_NUMBERS:
		return read_numbers(reader, field, json, object);
	case FIELD_OBJECT:
		return read_object(reader, field->shape, json, slot);
	case FIELD_POINTER:
		return read_pointer(reader, field, json, slot);
	case FIELD_ARRAY:
		return read_array(reader, field, json, object);
	case FIELD_INT64:
	case FIELD_UINT64:
	case FIELD_UINT32:
	case FIELD_UINT16:
	case FIELD_ENUM:
		break;
	}
	return read_number(field, json, slot);
}

static bool read_object(struct reader *reader, const struct shape *shape, const json_t *json, char *object)
{
	/* As many keys as fields, and every field among them: no key is unknown. */
	if (!json_is_object(json) || json_object_size(json) != shape->count)
		return wrong(reader, "the number of its keys");
	for (size_t i = 0; i < shape->count; i++) {
		const json_t *value = json_object_get(json, shape->fields[i].name);

		if (value == NULL || !read_field(reader, &shape->fields[i], value, object))
			return reader->err->message != NULL ? false : wrong(reader, shape->fields[i].name);
	}
	return true;
}

static int read_model(struct arena *arena, const struct shape *shape, const json_t *json, void *object, struct error *err)
{
	struct reader reader = { arena, err };

	*err = (struct error){ 0 };
	return read_object(&reader, shape, json, object) ? 0 : -(int)ERROR_SYSTEM;
}

int plan_read(struct arena *arena, const json_t *json, struct plan *ret_plan, struct error *err)
{
	struct plan plan = { 0 };
	int result = read_model(arena, &shape_plan, json, &plan, err);

	if (result == 0 && plan.seccomp == NULL)
		result = error_set(err, arena, ERROR_SYSTEM, "seccomp is not what it has to be");
	if (result == 0)
		*ret_plan = plan;
	return result;
}

int plan_read_findings(struct arena *arena, const json_t *json, struct findings *ret_findings, struct error *err)
{
	struct findings findings = { .arena = arena };
	int result = read_model(arena, &shape_findings, json, &findings, err);

	if (result == 0)
		*ret_findings = findings;
	return result;
}

int plan_read_image_name(struct arena *arena, const json_t *json, struct image_name *ret_image, struct error *err)
{
	struct image_name image = { 0 };
	int result = read_model(arena, &shape_image_name, json, &image, err);

	if (result == 0)
		*ret_image = image;
	return result;
}

int plan_read_image_facts(struct arena *arena, const json_t *json, struct image_facts *ret_facts, struct error *err)
{
	struct image_facts facts = { 0 };
	int result = read_model(arena, &shape_image_facts, json, &facts, err);

	if (result == 0)
		*ret_facts = facts;
	return result;
}
