/* settings: one number for all that confines a container, so that two records show at a glance whether it was the same. */
#include "record_internal.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include <sha256.h>

/* What differs from one container to the next, and what only explains. */
static const char *const passing[] = { "name", "hostname", "cidfile", "settings", "policy_name",
					"is_explained", "observation", "notify" };

/* A list of things still to be looked at, so that depth costs no stack. */
struct work { json_t **items; size_t count; };

static void look_into(struct arena *arena, struct work *work, json_t *value)
{
	const char *key;
	json_t *child;
	size_t i;

	json_array_foreach(value, i, child)
		*vector_push(arena, work->items, work->count) = child;
	json_object_foreach(value, key, child)
		*vector_push(arena, work->items, work->count) = child;
}

/* Where a rule stands in its file says nothing of what it does. */
static void drop_places(struct arena *arena, json_t *root)
{
	struct work work = { 0 };

	*vector_push(arena, work.items, work.count) = root;
	for (size_t i = 0; i < work.count; i++) {
		(void)json_object_del(work.items[i], "place");
		look_into(arena, &work, work.items[i]);
	}
}

/* Who knows all the rest could try values until the number is right. */
static void drop_values(struct arena *arena, json_t *variables)
{
	json_t *variable;
	size_t i;

	json_array_foreach(variables, i, variable) {
		const char *text = json_string_value(variable);

		if (text != NULL)
			(void)json_string_set(variable, arena_strndup(arena, text, strcspn(text, "=")));
	}
}

const char *record_settings_digest(struct arena *arena, const struct plan *plan)
{
	char *hex = arena_alloc(arena, SHA256_DIGEST_STRING_LENGTH);
	json_t *object = plan_write(plan);
	char *dump;

	if (object == NULL)
		return NULL;
	for (size_t i = 0; i < ARRAY_COUNT(passing); i++)
		(void)json_object_del(object, passing[i]);
	drop_places(arena, object);
	drop_values(arena, json_object_get(object, "environment"));
	dump = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_SORT_KEYS);
	if (dump == NULL)
		abort(); /* out of memory */
	(void)SHA256Data((const uint8_t *)dump, strlen(dump), hex);
	free(dump);
	json_decref(object);
	return hex;
}
