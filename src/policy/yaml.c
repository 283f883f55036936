/* yaml: a strict subset of YAML, from libyaml's events to a tree of nodes with places. Only the syntax is judged here. */
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "policy_internal.h"

struct builder {
	struct arena *arena;
	const char *file;
	struct policy_errors *errors;
	struct node *stack[POLICY_DEPTH_MAX];
	size_t depth;
	const char *key;        /* of the map on top, read and waiting for its value */
	struct place key_place;
	bool is_key_refused;    /* its value is passed over: one error is enough */
	bool is_policy;         /* the first key was version: before that, nothing of the file is shown */
	struct node *root;
	unsigned document_count;
	bool is_stopped;        /* an error after which the tree means nothing */
};

static struct place place_of(const struct builder *builder, yaml_mark_t mark)
{
	return (struct place){ builder->file, (unsigned)mark.line + 1, (unsigned)mark.column + 1 };
}

/* Where byte ${offset} stands, counted as libyaml counts: characters, from 1. */
static struct place place_of_offset(const char *file, const char *bytes, size_t length, size_t offset)
{
	struct place place = { file, 1, 1 };

	for (size_t i = 0; i < offset && i < length; i++) {
		if (bytes[i] == '\n') {
			place.line++;
			place.column = 1;
		} else if (((unsigned char)bytes[i] & 0xc0) != 0x80) {
			place.column++;
		}
	}
	return place;
}

const char *yaml_kind_name(const struct node *node)
{
	switch (node->kind) {
	case NODE_TEXT:
		return "a text";
	case NODE_LIST:
		return "a list";
	case NODE_MAP:
		return "a map";
	case NODE_KIND_COUNT:
		break;
	}
	return "nothing";
}

static void stop(struct builder *builder, struct place place, const char *remedy, const char *message)
{
	complain_add(builder->errors, ERROR_POLICY, place, remedy, "%s", message);
	builder->is_stopped = true;
}

static const struct node *find_sibling(const struct node *map, const char *key)
{
	for (const struct node *child = map->first; child != NULL; child = child->next) {
		if (strcmp(child->key, key) == 0)
			return child;
	}
	return NULL;
}

static void refuse_duplicate(struct builder *builder, const struct node *node, const struct node *sibling)
{
	const bool is_shown = builder->is_policy && complain_is_showable(node->key);

	complain_add(builder->errors, ERROR_POLICY, node->key_place, "keep one of them",
		     "%s%s stands twice: here and in line %u, column %u", is_shown ? "the key " : "a key",
		     is_shown ? complain_quote(builder->arena, node->key) : "", sibling->key_place.line, sibling->key_place.column);
}

/* The key of the next value. ${node} is a scalar in a map that waits for one. */
static void take_key(struct builder *builder, const struct node *node)
{
	builder->key = node->text;
	builder->key_place = node->place;
	builder->is_key_refused = true;
	if (builder->depth == 1 && builder->stack[0]->count == 0)
		builder->is_policy = strcmp(node->text, "version") == 0;
	if (string_has_control(node->text)) {
		complain_add(builder->errors, ERROR_POLICY, node->place, NULL, "a key holds a control character");
	} else if (strcmp(node->text, "<<") == 0) {
		complain_add(builder->errors, ERROR_POLICY, node->place, "write the keys out, or use extends:",
			     "a merge key (<<) is not part of the policy language");
	} else {
		builder->is_key_refused = false;
	}
}

/* Hangs ${node} into the map or list on top of the stack, or makes it the root. */
static void attach(struct builder *builder, struct node *node)
{
	struct node *parent = builder->depth == 0 ? NULL : builder->stack[builder->depth - 1];

	if (parent == NULL) {
		builder->root = node;
		return;
	}
	if (parent->count == POLICY_LIST_MAX) {
		stop(builder, node->place, NULL, arena_printf(builder->arena, "%s of more than %d entries: that is the limit",
							      yaml_kind_name(parent), POLICY_LIST_MAX));
		return;
	}
	if (parent->kind == NODE_MAP) {
		const struct node *sibling = find_sibling(parent, builder->key);

		node->key = builder->key;
		node->key_place = builder->key_place;
		builder->key = NULL;
		if (builder->is_key_refused)
			return;
		if (sibling != NULL) {
			refuse_duplicate(builder, node, sibling);
			return;
		}
	}
	if (parent->first == NULL)
		parent->first = node;
	else
		parent->last->next = node;
	parent->last = node;
	parent->count++;
}

static bool is_key_wanted(const struct builder *builder)
{
	return builder->depth > 0 && builder->stack[builder->depth - 1]->kind == NODE_MAP && builder->key == NULL;
}

static struct node *new_node(struct builder *builder, enum node_kind kind, yaml_mark_t mark)
{
	struct node *node = arena_alloc(builder->arena, sizeof(*node));

	node->kind = kind;
	node->place = place_of(builder, mark);
	return node;
}

static void refuse_decoration(struct builder *builder, yaml_mark_t mark, const yaml_char_t *anchor, const yaml_char_t *tag)
{
	if (anchor != NULL)
		complain_add(builder->errors, ERROR_POLICY, place_of(builder, mark), "write the value out",
			     "an anchor (&name) is not part of the policy language");
	if (tag != NULL)
		complain_add(builder->errors, ERROR_POLICY, place_of(builder, mark), "leave it out: the key decides the type",
			     "a tag (!name) is not part of the policy language");
}

static void take_scalar(struct builder *builder, const yaml_event_t *event)
{
	struct node *node = new_node(builder, NODE_TEXT, event->start_mark);
	const char *value = (const char *)event->data.scalar.value;

	refuse_decoration(builder, event->start_mark, event->data.scalar.anchor, event->data.scalar.tag);
	node->text = arena_strndup(builder->arena, value, event->data.scalar.length);
	node->is_missing = event->data.scalar.length == 0 && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	/* "\0" in double quotes: everything after it would be lost. */
	if (memchr(value, '\0', event->data.scalar.length) != NULL)
		complain_add(builder->errors, ERROR_POLICY, node->place, NULL, "a text with a NUL byte");
	if (is_key_wanted(builder))
		take_key(builder, node);
	else
		attach(builder, node);
}

static void open_collection(struct builder *builder, struct node *node)
{
	if (is_key_wanted(builder)) {
		stop(builder, node->place, NULL,
		     arena_printf(builder->arena, "%s stands where a key should be: keys are plain names", yaml_kind_name(node)));
		return;
	}
	attach(builder, node);
	if (builder->is_stopped)
		return;
	if (builder->depth == POLICY_DEPTH_MAX) {
		stop(builder, node->place, NULL,
		     arena_printf(builder->arena, "nested more than %d deep: that is the limit", POLICY_DEPTH_MAX));
		return;
	}
	builder->stack[builder->depth++] = node;
}

static void open_document(struct builder *builder, const yaml_event_t *event)
{
	const struct place place = place_of(builder, event->start_mark);

	if (builder->document_count++ > 0)
		stop(builder, place, "keep one document a file", "a second document starts here");
	else if (event->data.document_start.version_directive != NULL ||
		 event->data.document_start.tag_directives.start != event->data.document_start.tag_directives.end)
		stop(builder, place, "leave the line out", "directives (%YAML, %TAG) are not part of the policy language");
}

static void take_event(struct builder *builder, const yaml_event_t *event)
{
	struct node *node;

	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		open_document(builder, event);
		return;
	case YAML_ALIAS_EVENT:
		stop(builder, place_of(builder, event->start_mark), "write the value out",
		     "an alias (*name) is not part of the policy language");
		return;
	case YAML_SCALAR_EVENT:
		take_scalar(builder, event);
		return;
	case YAML_SEQUENCE_START_EVENT:
		node = new_node(builder, NODE_LIST, event->start_mark);
		refuse_decoration(builder, event->start_mark, event->data.sequence_start.anchor, event->data.sequence_start.tag);
		open_collection(builder, node);
		return;
	case YAML_MAPPING_START_EVENT:
		node = new_node(builder, NODE_MAP, event->start_mark);
		refuse_decoration(builder, event->start_mark, event->data.mapping_start.anchor, event->data.mapping_start.tag);
		open_collection(builder, node);
		return;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		builder->depth--;
		return;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		return;
	}
}

/* libyaml's own complaint, in one sentence. */
static void refuse_syntax(struct builder *builder, const yaml_parser_t *parser, const char *bytes, size_t length)
{
	const char *problem = parser->problem != NULL ? parser->problem : "out of memory";
	const char *remedy = NULL;
	struct place place = place_of(builder, parser->problem_mark);

	if (parser->error == YAML_READER_ERROR) {
		place = place_of_offset(builder->file, bytes, length, parser->problem_offset);
		if (parser->problem_offset < length && bytes[parser->problem_offset] == '\0')
			problem = "found a NUL byte";
		else if (strstr(problem, "UTF-8") != NULL)
			problem = "a policy is UTF-8, and this byte is not";
	} else if (parser->problem_mark.index < length && bytes[parser->problem_mark.index] == '\t') {
		remedy = "indent with spaces, not with tabs";
	}
	complain_add(builder->errors, ERROR_POLICY, place, remedy, "not well-formed YAML: %s", problem);
	builder->is_stopped = true;
}

/* What is wrong with the bytes as a whole, or NULL. */
static const char *bytes_reason(const char *bytes, size_t length)
{
	if (length == 0)
		return "the file is empty: a policy starts with version: 1";
	if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		return "the file starts with a byte order mark: save it as UTF-8 without one";
	if (length >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0))
		return "the file is UTF-16: a policy is UTF-8";
	return NULL;
}

static void parse_events(struct builder *builder, yaml_parser_t *parser, const char *bytes, size_t length)
{
	yaml_event_t event;
	bool is_end = false;

	while (!is_end && !builder->is_stopped) {
		if (!yaml_parser_parse(parser, &event)) {
			refuse_syntax(builder, parser, bytes, length);
			return;
		}
		take_event(builder, &event);
		is_end = event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
}

const struct node *yaml_read(struct arena *arena, const char *file, const char *bytes, size_t length,
			     struct policy_errors *errors)
{
	struct builder builder = { .arena = arena, .file = file, .errors = errors };
	const struct place start = { file, 1, 1 };
	const char *reason = bytes_reason(bytes, length);
	yaml_parser_t parser;

	if (reason == NULL && length > POLICY_FILE_BYTES_MAX)
		reason = arena_printf(arena, "the file has %zu bytes: a policy has at most %d", length, POLICY_FILE_BYTES_MAX);
	if (reason != NULL) {
		complain_add(errors, length > POLICY_FILE_BYTES_MAX ? ERROR_LIMIT : ERROR_POLICY, start, NULL, "%s", reason);
		return NULL;
	}
	if (!yaml_parser_initialize(&parser))
		abort(); /* out of memory: nothing has started yet */
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, length);
	parse_events(&builder, &parser, bytes, length);
	yaml_parser_delete(&parser);
	if (builder.is_stopped)
		return NULL;
	if (builder.root == NULL || builder.root->is_missing) {
		complain_add(errors, ERROR_POLICY, start, NULL, "the file holds no policy: a policy starts with version: 1");
		return NULL;
	}
	return builder.root;
}
