/* The record as JSON, for a file. */
#include "learn_internal.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

const char *learn_architecture(void)
{
#if defined(__x86_64__)
	return "x86_64";
#elif defined(__aarch64__)
	return "aarch64";
#else
#error "records name their architecture"
#endif
}

static json_t *texts_json(const struct string_list *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(array, json_string(list->items[i]));
	return array;
}

static json_t *values_json(struct arena *arena, const struct learn_value *values, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, json_string(values[i].second != 0 ?
			arena_printf(arena, "0x%" PRIx64 ":0x%" PRIx64, values[i].first, values[i].second) :
			arena_printf(arena, "0x%" PRIx64, values[i].first)));
	return array;
}

/* NULL: a list of objects, which is not a value by itself. */
static json_t *value_json(struct arena *arena, const struct learn_field *field, const char *object)
{
	const void *at = object + field->offset;
	const char *text;

	switch (field->kind) {
	case LEARN_TEXT:
	case LEARN_TEXT_OR_NULL:
		text = *(const char *const *)at;
		return text != NULL ? json_string(text) : json_null();
	case LEARN_TEXTS:
		return texts_json(at);
	case LEARN_COUNT:
		return json_integer((json_int_t)*(const uint64_t *)at);
	case LEARN_AMOUNT:
		return json_integer(*(const int64_t *)at);
	case LEARN_BOOL:
		return json_boolean(*(const bool *)at);
	case LEARN_VALUES:
		return values_json(arena, *(struct learn_value *const *)at, *(const size_t *)(const void *)(object + field->count_offset));
	case LEARN_OBJECTS:
	case LEARN_KIND_COUNT:
		break;
	}
	return NULL;
}

static json_t *plain_json(struct arena *arena, const struct learn_shape *shape, const char *object)
{
	json_t *json = json_object();

	for (size_t i = 0; i < shape->field_count; i++)
		json_object_set_new(json, shape->fields[i].name, value_json(arena, &shape->fields[i], object));
	return json;
}

static json_t *objects_json(struct arena *arena, const struct learn_field *field, const char *object)
{
	const char *items = *(const char *const *)(const void *)(object + field->offset);
	const size_t count = *(const size_t *)(const void *)(object + field->count_offset);
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, plain_json(arena, field->shape, items + i * field->shape->size));
	return array;
}

const char *learn_print(struct arena *arena, const struct learn_record *record)
{
	const struct learn_shape *shape = &learn_record_shape;
	json_t *json = json_object();
	const char *text;
	char *dumped;

	json_object_set_new(json, "schema", json_string(LEARN_SCHEMA));
	for (size_t i = 0; i < shape->field_count; i++) {
		const struct learn_field *field = &shape->fields[i];

		json_object_set_new(json, field->name, field->kind == LEARN_OBJECTS ? objects_json(arena, field, (const char *)record) :
										      value_json(arena, field, (const char *)record));
	}
	dumped = json_dumps(json, JSON_INDENT(1));
	if (dumped == NULL)
		abort(); /* out of memory */
	text = arena_printf(arena, "%s\n", dumped);
	free(dumped);
	json_decref(json);
	return text;
}
