/* write: models as JSON, along their shapes. The depth is that of the tables. */
#include "shape.h"

#include <string.h>

#include <jansson.h>

#include <hardrun/plan.h>

static json_t *write_object(const struct shape *shape, const char *object);

/* NULL when it is not UTF-8, which JSON is. */
static json_t *write_text(const char *text)
{
	return text != NULL ? json_string(text) : json_null();
}

static json_t *write_texts(const struct string_list *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->count; i++) {
		/* Takes NULL for a failure: nothing is left out unnoticed. */
		if (json_array_append_new(array, write_text(list->items[i])) != 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *write_numbers(const uint32_t *numbers, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, json_integer(numbers[i]));
	return array;
}

static json_t *write_array(const struct shape *shape, const char *items, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++) {
		if (json_array_append_new(array, write_object(shape, items + i * shape->size)) != 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static const void *pointer_at(const char *slot)
{
	const void *pointer;

	memcpy(&pointer, slot, sizeof(pointer));
	return pointer;
}

static json_t *write_number(const struct field *field, const char *slot)
{
	int64_t wide;
	uint32_t narrow;
	uint16_t half;

	switch (field->kind) {
	case FIELD_BOOL:
		return json_boolean(*(const bool *)slot);
	case FIELD_INT64:
	case FIELD_UINT64:
		memcpy(&wide, slot, sizeof(wide));
		return json_integer(wide);
	case FIELD_UINT32:
	case FIELD_ENUM:
		memcpy(&narrow, slot, sizeof(narrow));
		return json_integer(narrow);
	case FIELD_UINT16:
		memcpy(&half, slot, sizeof(half));
		return json_integer(half);
	case FIELD_TEXT:
	case FIELD_WORD:
	case FIELD_TEXTS:
	case FIELD_NUMBERS:
	case FIELD_OBJECT:
	case FIELD_POINTER:
	case FIELD_ARRAY:
		break;
	}
	return NULL;
}

static json_t *write_field(const struct field *field, const char *object)
{
	const char *slot = object + field->offset;
	size_t count;

	memcpy(&count, object + field->count_offset, sizeof(count));
	switch (field->kind) {
	case FIELD_TEXT:
		return write_text(pointer_at(slot));
	case FIELD_WORD:
		return json_string(pointer_at(slot)); /* NULL for NULL */
	case FIELD_TEXTS:
		return write_texts((const struct string_list *)(const void *)slot);
	case FIELD_NUMBERS:
		return write_numbers(pointer_at(slot), count);
	case FIELD_OBJECT:
		return write_object(field->shape, slot);
	case FIELD_POINTER:
		return pointer_at(slot) != NULL ? write_object(field->shape, pointer_at(slot)) : json_null();
	case FIELD_ARRAY:
		return write_array(field->shape, pointer_at(slot), count);
	case FIELD_BOOL:
	case FIELD_INT64:
	case FIELD_UINT64:
	case FIELD_UINT32:
	case FIELD_UINT16:
	case FIELD_ENUM:
		break;
	}
	return write_number(field, slot);
}

static json_t *write_object(const struct shape *shape, const char *object)
{
	json_t *result = json_object();

	for (size_t i = 0; i < shape->count; i++) {
		if (json_object_set_new_nocheck(result, shape->fields[i].name, write_field(&shape->fields[i], object)) != 0) {
			json_decref(result);
			return NULL;
		}
	}
	return result;
}

json_t *plan_write(const struct plan *plan)
{
	return write_object(&shape_plan, (const char *)plan);
}

json_t *plan_write_findings(const struct findings *findings)
{
	return write_object(&shape_findings, (const char *)findings);
}

json_t *plan_write_image_name(const struct image_name *image)
{
	return write_object(&shape_image_name, (const char *)image);
}

json_t *plan_write_image_facts(const struct image_facts *facts)
{
	return write_object(&shape_image_facts, (const char *)facts);
}
