/* schema: the language as a JSON Schema (draft 2020-12) for editors, from the key table. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "policy_internal.h"

#define SIZE_PATTERN "([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([bB]|[kKmMgGtTpP]([iI]?[bB])?)?"
#define CPUS_PATTERN "([0-9]+(\\.[0-9]*)?|\\.[0-9]+|[0-9]+/[0-9]+)"
#define SHARE_PATTERN "([1-9][0-9]?|100)%"
#define ID_PATTERN "[0-9]+(-[0-9]+)?"
#define USER_PATTERN "^(caller|image|[0-9]+(:[0-9]+)?)$"
#define USERS_PATTERN "^(caller|image|([A-Za-z_][A-Za-z0-9_-]*=)?" ID_PATTERN "(:" ID_PATTERN ")?)$"
#define PORT_PART "(\\*|[0-9]+(-[0-9]+)?)"
#define PORTS_PATTERN "^(\\*|[0-9.]+|\\[[0-9a-fA-F:.]+\\]):" PORT_PART ":" PORT_PART "(/(tcp|udp|sctp|\\*))?$"

/* A text. What reads like a number or a switch to YAML is one all the same. */
static json_t *text_schema(const char *pattern)
{
	json_t *schema = json_pack("{s:[s,s,s]}", "type", "string", "number", "boolean");

	if (pattern != NULL)
		(void)json_object_set_new(schema, "pattern", json_string(pattern));
	return schema;
}

static json_t *number_schema(const char *pattern)
{
	return json_pack("{s:[s,s], s:i, s:s}", "type", "number", "string", "minimum", 0, "pattern", pattern);
}

static json_t *words_schema(const char *const *words)
{
	json_t *list = json_array();

	for (; *words != NULL; words++)
		(void)json_array_append_new(list, json_string(*words));
	return json_pack("{s:o}", "enum", list);
}

static json_t *list_schema(json_t *items)
{
	return json_pack("{s:s, s:i, s:o}", "type", "array", "maxItems", POLICY_LIST_MAX, "items", items);
}

static json_t *map_schema(json_t *values)
{
	return json_pack("{s:s, s:i, s:o}", "type", "object", "maxProperties", POLICY_LIST_MAX, "additionalProperties", values);
}

static json_t *section_schema(void)
{
	return json_pack("{s:s, s:b, s:{}}", "type", "object", "additionalProperties", 0, "properties");
}

static json_t *limit_schema(void)
{
	return json_pack("{s:[o, {s:s, s:b, s:[s,s], s:{s:o, s:o}}]}", "anyOf", number_schema("^[0-9]+$"), "type", "object",
			 "additionalProperties", 0, "required", "soft", "hard", "properties", "soft", number_schema("^[0-9]+$"), "hard",
			 number_schema("^[0-9]+$"));
}

static json_t *hazards_schema(void)
{
	const char *names[HAZARD_COUNT + 1] = { NULL };

	for (size_t i = 0; i < HAZARD_COUNT; i++)
		names[i] = hazard_specs[i].name;
	return list_schema(words_schema(names));
}

static json_t *one_source(const char *name, const char *pattern)
{
	return json_pack("{s:s, s:b, s:[s], s:{s:o}}", "type", "object", "additionalProperties", 0, "required", name, "properties", name,
			 text_schema(pattern));
}

static json_t *secrets_schema(const struct key_spec *key)
{
	json_t *sources = json_pack("{s:[o,o]}", "anyOf", one_source("file", "^/"), one_source("credential", key->pattern));

	return json_pack("{s:[o,o]}", "anyOf", list_schema(text_schema(key->pattern)), map_schema(sources));
}

/* The value of one key; NULL for those that are not supported yet. */
static json_t *value_schema(const struct key_spec *key)
{
	switch (key->type) {
	case KEY_SECTION:
		return section_schema();
	case KEY_VERSION:
		return json_pack("{s:[i,s]}", "enum", 1, "1");
	case KEY_BOOL:
		return json_pack("{s:[b,b,s,s]}", "enum", 1, 0, "true", "false");
	case KEY_SIZE:
		return number_schema("^" SIZE_PATTERN "$");
	case KEY_SIZE_SHARE:
		return number_schema("^(" SIZE_PATTERN "|" SHARE_PATTERN ")$");
	case KEY_CPUS:
		return number_schema("^" CPUS_PATTERN "$");
	case KEY_CPUS_SHARE:
		return number_schema("^(" CPUS_PATTERN "|" SHARE_PATTERN ")$");
	case KEY_COUNT:
		return number_schema("^(0|[1-9][0-9]*)$");
	case KEY_SECONDS:
		return number_schema("^(0|([0-9.]+(h|m|s|ms|us|ns))+)$");
	case KEY_TEXT:
		return key->words != NULL ? words_schema(key->words) : text_schema(key->pattern);
	case KEY_LIST:
		return list_schema(key->words != NULL ? words_schema(key->words) : text_schema(key->pattern));
	case KEY_MAP:
		return map_schema(text_schema(NULL));
	case KEY_LIMITS:
		return map_schema(limit_schema());
	case KEY_USER:
		return text_schema(USER_PATTERN);
	case KEY_USERS:
		return list_schema(text_schema(USERS_PATTERN));
	case KEY_PORTS:
		return list_schema(text_schema(PORTS_PATTERN));
	case KEY_OBJECTS:
		return list_schema(section_schema());
	case KEY_SYSCALLS:
		return list_schema(json_pack("{s:[o,o]}", "anyOf", text_schema("^@?[a-z_][a-z0-9_-]*$"), section_schema()));
	case KEY_HAZARDS:
		return hazards_schema();
	case KEY_SECRETS:
		return secrets_schema(key);
	case KEY_LATER:
	case KEY_TYPE_COUNT:
		break;
	}
	return NULL;
}

/* The object whose properties hold the children of ${step}: the section itself, or what a list's items are. */
static json_t *children_of(json_t *schema)
{
	json_t *items = json_object_get(schema, "items");
	json_t *choices = json_object_get(items, "anyOf");

	if (items == NULL)
		return schema;
	return choices == NULL ? items : json_array_get(choices, 1);
}

/* Hangs the schema of a row into its section. Sections stand before their keys in the table. */
static void add_key(struct arena *arena, json_t *root, const struct key_spec *key)
{
	json_t *parent = root, *schema = value_schema(key);
	char *path = arena_strdup(arena, key->path), *rest = path;

	if (schema == NULL)
		return;
	for (char *dot = strchr(rest, '.'); dot != NULL; dot = strchr(rest, '.')) {
		*dot = '\0';
		if (dot > rest && dot[-1] == ']')
			dot[-2] = '\0';
		parent = children_of(json_object_get(json_object_get(parent, "properties"), rest));
		rest = dot + 1;
	}
	(void)json_object_set_new(schema, "description", json_string(key->summary));
	if (key->example != NULL)
		(void)json_object_set_new(schema, "examples", json_pack("[s]", key->example));
	(void)json_object_set_new(json_object_get(parent, "properties"), rest, schema);
}

const char *policy_schema(struct arena *arena)
{
	json_t *root = json_pack("{s:s, s:s, s:s, s:s, s:b, s:[s], s:{}}", "$schema", "https://json-schema.org/draft/2020-12/schema",
				 "title", "hardrun policy", "description", "A policy of hardrun, version 1: see policy(5)", "type", "object",
				 "additionalProperties", 0, "required", "version", "properties");
	char *printed;
	const char *text;

	if (root == NULL)
		abort(); /* out of memory */
	for (size_t i = 0; i < key_spec_count; i++)
		add_key(arena, root, &key_specs[i]);
	printed = json_dumps(root, JSON_INDENT(2));
	if (printed == NULL)
		abort();
	text = arena_printf(arena, "%s\n", printed);
	free(printed);
	json_decref(root);
	return text;
}
