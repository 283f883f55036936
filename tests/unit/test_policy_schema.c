/* The JSON Schema and the manual's keys: complete, and the schema accepts what the reader accepts. */
#include "policies.h"

#include <regex.h>

#include <jansson.h>

#include "../../src/policy/policy_internal.h"

#define V "version: 1\n"

/* ---- a validator of as much of JSON Schema as ours uses ---- */

static bool text_matches(const json_t *pattern, const char *text)
{
	regex_t expression;
	bool is_matching;

	if (pattern == NULL)
		return true;
	if (regcomp(&expression, json_string_value(pattern), REG_EXTENDED | REG_NOSUB) != 0)
		fail_msg("%s is not a regular expression", json_string_value(pattern));
	is_matching = regexec(&expression, text, 0, NULL, 0) == 0;
	regfree(&expression);
	return is_matching;
}

/* A scalar of YAML is written alike whether a parser would call it text, number or switch. */
static bool enum_has(const json_t *words, const char *text)
{
	size_t i;
	json_t *word;

	json_array_foreach(words, i, word) {
		char printed[64];

		(void)snprintf(printed, sizeof(printed), "%s",
			       json_is_string(word) ? json_string_value(word) : json_is_true(word) ? "true" : "false");
		if (json_is_integer(word))
			(void)snprintf(printed, sizeof(printed), "%lld", json_integer_value(word));
		if (strcmp(printed, text) == 0)
			return true;
	}
	return false;
}

static bool type_has(const json_t *type, const char *wanted)
{
	size_t i;
	json_t *word;

	if (json_is_string(type))
		return strcmp(json_string_value(type), wanted) == 0;
	json_array_foreach(type, i, word) {
		if (strcmp(json_string_value(word), wanted) == 0)
			return true;
	}
	return false;
}

static bool is_valid(const json_t *schema, const struct node *node); /* the schema's own depth bounds it */

static bool is_valid_map(const json_t *schema, const struct node *node)
{
	const json_t *properties = json_object_get(schema, "properties"), *more = json_object_get(schema, "additionalProperties");

	for (const struct node *child = node->first; child != NULL; child = child->next) {
		const json_t *property = json_object_get(properties, child->key);

		if (property == NULL && json_is_object(more))
			property = more;
		if (property == NULL || !is_valid(property, child))
			return false;
	}
	return true;
}

static bool is_valid(const json_t *schema, const struct node *node)
{
	const json_t *any = json_object_get(schema, "anyOf"), *type = json_object_get(schema, "type");
	size_t i;
	json_t *choice;

	if (any != NULL) {
		json_array_foreach(any, i, choice) {
			if (is_valid(choice, node))
				return true;
		}
		return false;
	}
	if (node->kind == NODE_MAP)
		return type_has(type, "object") && is_valid_map(schema, node);
	if (node->kind == NODE_LIST) {
		for (const struct node *item = node->first; item != NULL; item = item->next) {
			if (!is_valid(json_object_get(schema, "items"), item))
				return false;
		}
		return type_has(type, "array");
	}
	if (json_object_get(schema, "enum") != NULL)
		return enum_has(json_object_get(schema, "enum"), node->text);
	return type_has(type, "string") && text_matches(json_object_get(schema, "pattern"), node->text);
}

static bool schema_accepts(struct arena *arena, const json_t *schema, const char *text)
{
	struct policy_errors errors = { .arena = arena };
	const struct node *root = nodes_read(arena, "p", text, strlen(text), &errors);

	assert_non_null(root);
	return is_valid(schema, root);
}

static json_t *load_schema(struct arena *arena)
{
	json_error_t err;
	json_t *schema = json_loads(policy_schema(arena), JSON_REJECT_DUPLICATES, &err);

	if (schema == NULL)
		fail_msg("%s", err.text);
	return schema;
}

/* ---- tests ---- */

static void test_head(void **state)
{
	struct arena *arena = arena_new();
	json_t *schema = load_schema(arena);

	(void)state;
	assert_string_equal(json_string_value(json_object_get(schema, "$schema")), "https://json-schema.org/draft/2020-12/schema");
	assert_true(json_is_false(json_object_get(schema, "additionalProperties")));
	assert_string_equal(json_string_value(json_array_get(json_object_get(schema, "required"), 0)), "version");
	json_decref(schema);
	arena_free(arena);
}

/* The schema of a dotted path, going through lists as "[]" says. */
static const json_t *at_path(struct arena *arena, const json_t *schema, const char *path)
{
	char *copy = arena_strdup(arena, path);

	for (char *part = copy, *dot; part != NULL; part = dot) {
		char *brackets;

		dot = strchr(part, '.');
		if (dot != NULL)
			*dot++ = '\0';
		brackets = strstr(part, "[]");
		if (brackets != NULL)
			*brackets = '\0';
		schema = json_object_get(json_object_get(schema, "properties"), part);
		if (brackets == NULL)
			continue;
		schema = json_object_get(schema, "items");
		if (json_object_get(schema, "anyOf") != NULL)
			schema = json_array_get(json_object_get(schema, "anyOf"), 1);
	}
	return schema;
}

static void test_every_key_is_there(void **state)
{
	struct arena *arena = arena_new();
	json_t *schema = load_schema(arena);

	(void)state;
	for (size_t i = 0; i < key_spec_count; i++) {
		const json_t *key = at_path(arena, schema, key_specs[i].path);

		if ((key == NULL) != (key_specs[i].type == KEY_LATER))
			fail_msg("%s: %s", key_specs[i].path, key == NULL ? "missing" : "promised too early");
		if (key != NULL)
			assert_string_equal(json_string_value(json_object_get(key, "description")), key_specs[i].summary);
	}
	json_decref(schema);
	arena_free(arena);
}

/* Every object with keys of its own is closed, every list and every free map bounded. */
static void check_closed(const json_t *schema, unsigned depth)
{
	const char *name;
	json_t *child;
	size_t i;

	assert_true(depth < 12);
	if (json_object_get(schema, "properties") != NULL)
		assert_true(json_is_false(json_object_get(schema, "additionalProperties")));
	else if (type_has(json_object_get(schema, "type"), "object"))
		assert_true(json_integer_value(json_object_get(schema, "maxProperties")) == POLICY_LIST_MAX);
	if (type_has(json_object_get(schema, "type"), "array"))
		assert_true(json_integer_value(json_object_get(schema, "maxItems")) == POLICY_LIST_MAX);
	json_object_foreach(json_object_get(schema, "properties"), name, child)
		check_closed(child, depth + 1);
	json_array_foreach(json_object_get(schema, "anyOf"), i, child)
		check_closed(child, depth + 1);
	if (json_object_get(schema, "items") != NULL)
		check_closed(json_object_get(schema, "items"), depth + 1);
}

static void test_objects_are_closed(void **state)
{
	struct arena *arena = arena_new();
	json_t *schema = load_schema(arena);

	(void)state;
	check_closed(schema, 0);
	json_decref(schema);
	arena_free(arena);
}

static void test_accepts_policies(void **state)
{
	static const char *const paths[] = { "policies/default.yaml", "policies/restricted.yaml", "tests/corpus/p0.yaml",
					     "tests/corpus/p0-legit.yaml" };
	struct arena *arena = arena_new();
	json_t *schema = load_schema(arena);

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(paths); i++) {
		FILE *file = fopen(paths[i], "re");
		char buffer[16384];
		size_t length;

		assert_non_null(file);
		length = fread(buffer, 1, sizeof(buffer), file);
		assert_int_equal(fclose(file), 0);
		if (!schema_accepts(arena, schema, arena_strndup(arena, buffer, length)))
			fail_msg("%s", paths[i]);
	}
	json_decref(schema);
	arena_free(arena);
}

/* The same answer as the reader's, where a schema can know it. */
static void test_agrees_with_the_reader(void **state)
{
	static const struct { const char *text; bool is_right; } rows[] = {
		{ V, true },
		{ "version: 2\n", false },
		{ V "zoo: 1\n", false },
		{ V "apparmor: generated\n", true },
		{ V "apparmor: \"a b\"\n", false },
		{ V "secrets: [key]\n", true },
		{ V "secrets: {a: {file: /x}, b: {credential: y}}\n", true },
		{ V "secrets: {a: {file: x}}\n", false },
		{ V "secrets: {a: {file: /x, credential: y}}\n", false },
		{ V "secrets: {a: {command: x}}\n", false },
		{ V "secrets: [\"../x\"]\n", false },
		{ V "allow: {mem_limit: 50%, cpus: 1/2, pids_limit: 12}\n", true },
		{ V "allow: {mem_limit: 500%}\n", false },
		{ V "allow: {mem_limit: lots}\n", false },
		{ V "defaults: {mem_limit: 50%}\n", false },
		{ V "allow: {shm_size: 25%}\n", true },
		{ V "defaults: {logging: {driver: journald}}\n", true },
		{ V "defaults: {logging: {driver: fluentd}}\n", false },
		{ V "allow: {logging: {drivers: [json-file, awslogs]}}\n", false },
		{ V "defaults: {mem_limit: .5g}\n", true },
		{ V "defaults: {pids_limit: 010}\n", false },
		{ V "defaults: {read_only: \"true\"}\n", true },
		{ V "defaults: {read_only: yes}\n", false },
		{ V "defaults: {user: node}\n", false },
		{ V "defaults: {user: \"1000:1000\"}\n", true },
		{ V "defaults: {stop_grace_period: 1m30s}\n", true },
		{ V "defaults: {stop_grace_period: 10}\n", false },
		{ V "defaults: {ulimits: {nofile: {soft: 1, hard: 1}, core: 0}}\n", true },
		{ V "defaults: {ulimits: {nofile: {soft: 1, hard: 1, more: 1}}}\n", false },
		{ V "allow: {user: [caller, \"node=1:1\", \"1-9:1-9\"]}\n", true },
		{ V "allow: {user: [root]}\n", false },
		{ V "allow: {ports: [\"127.0.0.1:1024-65535:*/*\", \"[::1]:1:1/udp\", \"*:*:*\"]}\n", true },
		{ V "allow: {ports: [\"8080:80\"]}\n", false },
		{ V "allow: {volumes: [{source: /a, access: rw, owner: caller}, {volume: a}]}\n", true },
		{ V "allow: {volumes: [{source: a}]}\n", false },
		{ V "allow: {volumes: [{source: /a, mode: rw}]}\n", false },
		{ V "allow: {pull: [newer]}\n", false },
		{ V "images: [docker.io/library/a]\nhazards: [host-pid]\n", true },
		{ V "hazards: [host-pids]\n", false },
		{ V "seccomp: {allow: [\"@io\", {names: [socket], when: x}]}\n", true },
		{ V "seccomp: {allow: [{name: socket}]}\n", false },
		{ V "engine: {backend: runsc, sandbox: required}\n", true },
		{ V "engine: {sandbox: yes}\n", false },
		{ V "engine: {host: \"tcp://x\"}\n", false },
	};
	struct arena *arena = arena_new();
	json_t *schema = load_schema(arena);

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct policy_errors errors = { .arena = arena };

		if ((policy_parse(arena, "p", rows[i].text, strlen(rows[i].text), &errors) != NULL) != rows[i].is_right)
			fail_msg("the reader: %s", rows[i].text);
		if (schema_accepts(arena, schema, rows[i].text) != rows[i].is_right)
			fail_msg("the schema: %s", rows[i].text);
	}
	json_decref(schema);
	arena_free(arena);
}

/* ---- the manual ---- */

static void test_manual_names_every_key(void **state)
{
	struct arena *arena = arena_new();
	const char *manual = policy_print_man(arena);
	size_t items = 0;

	(void)state;
	for (size_t i = 0; i < key_spec_count; i++) {
		if (strstr(manual, arena_printf(arena, "\n.BR %s ", key_specs[i].path)) == NULL)
			fail_msg("%s", key_specs[i].path);
	}
	for (const char *at = manual; (at = strstr(at, ".TP\n")) != NULL; at++)
		items++;
	assert_int_equal(items, key_spec_count + HAZARD_COUNT);
	assert_non_null(strstr(manual, ".B docker\\-socket\n"));
	arena_free(arena);
}

/* Every line is a macro or text that roff takes as it stands. */
static void test_manual_is_plain_roff(void **state)
{
	struct arena *arena = arena_new();
	char *manual = arena_strdup(arena, policy_print_man(arena)), *rest = NULL;

	(void)state;
	for (char *line = strtok_r(manual, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
		if (line[0] == '.' && strncmp(line, ".TP", 3) != 0 && strncmp(line, ".B", 2) != 0 && strncmp(line, ".SS", 3) != 0)
			fail_msg("%s", line);
		assert_true(line[0] != '\'');
		for (const char *at = line; (at = strchr(at, '\\')) != NULL; at++) {
			if (strchr("-(&", at[1]) == NULL || at[1] == '\0')
				fail_msg("%s", line);
		}
	}
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_head), cmocka_unit_test(test_every_key_is_there), cmocka_unit_test(test_objects_are_closed),
		cmocka_unit_test(test_accepts_policies), cmocka_unit_test(test_agrees_with_the_reader),
		cmocka_unit_test(test_manual_names_every_key), cmocka_unit_test(test_manual_is_plain_roff),
	};

	return cmocka_run_group_tests_name("policy schema", tests, NULL, NULL);
}
