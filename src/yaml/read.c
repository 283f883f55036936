/* read: from libyaml's events to the tree. */
#include <stdlib.h>
#include <string.h>

#include "yaml_internal.h"

enum { KEY_SHOWN_BYTES_MAX = 60 };

struct place read_place(const struct builder *builder, yaml_mark_t mark)
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

static void complain(struct builder *builder, struct place place, const char *remedy, const char *message)
{
	builder->language->complain(builder->language->context, ERROR_POLICY, place, remedy, message);
}

void read_complain(struct builder *builder, struct place place, const char *remedy, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	complain(builder, place, remedy, arena_vprintf(builder->arena, format, arguments));
	va_end(arguments);
}

void read_stop(struct builder *builder, struct place place, const char *remedy, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	complain(builder, place, remedy, arena_vprintf(builder->arena, format, arguments));
	va_end(arguments);
	builder->is_stopped = true;
}

const struct node *yaml_child(const struct node *map, const char *key)
{
	for (const struct node *child = map->first; child != NULL; child = child->next) {
		if (strcmp(child->key, key) == 0)
			return child;
	}
	return NULL;
}

static struct level *top(struct builder *builder)
{
	return builder->depth == 0 ? NULL : &builder->stack[builder->depth - 1];
}

static void refuse_duplicate(struct builder *builder, const struct node *node, const struct node *sibling)
{
	const bool is_shown = builder->language->is_key_shown(builder->first_key, node->key);

	read_complain(builder, node->key_place, "keep one of them", "%s%s%s stands twice: here and in line %u, column %u",
		      is_shown ? "the key \"" : "a key",
		      is_shown ? string_printable(builder->arena, node->key, KEY_SHOWN_BYTES_MAX) : "", is_shown ? "\"" : "",
		      sibling->key_place.line, sibling->key_place.column);
}

/* The key of the next value. ${node} is a scalar in a map that waits for one. */
static void take_key(struct builder *builder, const struct node *node)
{
	struct level *level = top(builder);

	level->key = node->text;
	level->key_place = node->place;
	level->is_key_refused = true;
	/* In quotes it is a key as any other. */
	level->is_merge_key = node->is_plain && strcmp(node->text, "<<") == 0;
	if (builder->first_key == NULL)
		builder->first_key = node->text;
	if (string_has_control(node->text))
		read_complain(builder, node->place, NULL, "a key holds a control character");
	else if (level->is_merge_key && !builder->language->has_aliases)
		read_complain(builder, node->place, "write the keys out, or use extends:", "a merge key (<<) is not part of %s",
			      builder->language->name);
	else
		level->is_key_refused = false;
}

/* The value of a merge key is kept beside the map until its own keys are known. False: it is an ordinary value. */
static bool take_merge(struct builder *builder, struct level *level, struct node *node)
{
	if (level->key == NULL || !level->is_merge_key)
		return false;
	level->key = NULL;
	if (level->merge != NULL)
		read_complain(builder, level->key_place, "<<: [*NAME, *OTHER]", "the merge key stands twice in one map");
	else if (!level->is_key_refused)
		level->merge = node;
	return true;
}

/* True when ${node} may be hung into its parent: false for what was refused before or is now. */
static bool take_name(struct builder *builder, struct level *level, struct node *node)
{
	const struct node *sibling;

	if (level->node->kind != NODE_MAP)
		return true;
	sibling = yaml_child(level->node, level->key);
	node->key = level->key;
	node->key_place = level->key_place;
	level->key = NULL;
	if (level->is_key_refused)
		return false;
	if (sibling != NULL)
		refuse_duplicate(builder, node, sibling);
	return sibling == NULL;
}

/* Hangs ${node} into the map or list on top of the stack, or makes it the root. */
static void attach(struct builder *builder, struct node *node)
{
	struct level *level = top(builder);
	struct node *parent;

	if (level == NULL) {
		builder->root = node;
		return;
	}
	parent = level->node;
	if (parent->count == builder->language->list_max) {
		read_stop(builder, node->place, NULL, "%s of more than %zu entries: that is the limit", yaml_kind_name(parent),
			  builder->language->list_max);
		return;
	}
	if (take_merge(builder, level, node) || !take_name(builder, level, node))
		return;
	if (parent->first == NULL)
		parent->first = node;
	else
		parent->last->next = node;
	parent->last = node;
	parent->count++;
}

static bool is_key_wanted(const struct builder *builder)
{
	const struct level *level = builder->depth == 0 ? NULL : &builder->stack[builder->depth - 1];

	return level != NULL && level->node->kind == NODE_MAP && level->key == NULL;
}

static struct node *new_node(struct builder *builder, enum node_kind kind, yaml_mark_t mark)
{
	struct node *node = arena_alloc(builder->arena, sizeof(*node));

	node->kind = kind;
	node->place = read_place(builder, mark);
	node->weight = 1;
	return node;
}

static void refuse_tag(struct builder *builder, const struct node *node, const yaml_char_t *tag)
{
	if (tag != NULL)
		read_complain(builder, node->place, "leave it out: the key decides the type", "a tag (!name) is not part of %s",
			      builder->language->name);
}

static void take_scalar(struct builder *builder, const yaml_event_t *event)
{
	struct node *node = new_node(builder, NODE_TEXT, event->start_mark);
	const char *value = (const char *)event->data.scalar.value;

	alias_define(builder, node, (const char *)event->data.scalar.anchor);
	refuse_tag(builder, node, event->data.scalar.tag);
	node->text = arena_strndup(builder->arena, value, event->data.scalar.length);
	node->is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	node->is_missing = event->data.scalar.length == 0 && node->is_plain;
	/* "\0" in double quotes: everything after it would be lost. */
	if (memchr(value, '\0', event->data.scalar.length) != NULL)
		read_complain(builder, node->place, NULL, "a text with a NUL byte");
	if (is_key_wanted(builder))
		take_key(builder, node);
	else
		attach(builder, node);
}

static void open_collection(struct builder *builder, struct node *node)
{
	if (is_key_wanted(builder)) {
		read_stop(builder, node->place, NULL, "%s stands where a key should be: keys are plain names", yaml_kind_name(node));
		return;
	}
	attach(builder, node);
	if (builder->is_stopped)
		return;
	if (builder->depth == builder->language->depth_max) {
		read_stop(builder, node->place, NULL, "nested more than %u deep: that is the limit", builder->language->depth_max);
		return;
	}
	builder->stack[builder->depth++] = (struct level){ .node = node };
}

/* All children are there: what they weigh is known. */
static void close_collection(struct builder *builder)
{
	struct level *level = top(builder);
	struct node *node = level->node;

	for (const struct node *child = node->first; child != NULL; child = child->next) {
		node->weight += child->weight;
		if (child->height + 1 > node->height)
			node->height = child->height + 1;
	}
	alias_merge(builder, level);
	alias_close(builder, node);
	builder->depth--;
	if (builder->language->nodes_max > 0 && node->weight > builder->language->nodes_max)
		read_stop(builder, node->place, NULL, "it holds more than %zu values, aliases written out: that is the limit",
			  builder->language->nodes_max);
}

static void take_alias(struct builder *builder, const yaml_event_t *event)
{
	const struct place place = read_place(builder, event->start_mark);
	struct node *node;

	if (is_key_wanted(builder)) {
		read_stop(builder, place, NULL, "an alias stands where a key should be: keys are plain names");
		return;
	}
	node = alias_resolve(builder, (const char *)event->data.alias.anchor, place);
	if (node == NULL)
		return;
	if (builder->depth + node->height > builder->language->depth_max) {
		read_stop(builder, place, NULL, "nested more than %u deep: that is the limit", builder->language->depth_max);
		return;
	}
	attach(builder, node);
}

static void open_document(struct builder *builder, const yaml_event_t *event)
{
	const struct place place = read_place(builder, event->start_mark);

	if (builder->document_count++ > 0)
		read_stop(builder, place, "keep one document a file", "a second document starts here");
	else if (event->data.document_start.version_directive != NULL ||
		 event->data.document_start.tag_directives.start != event->data.document_start.tag_directives.end)
		read_stop(builder, place, "leave the line out", "directives (%%YAML, %%TAG) are not part of %s", builder->language->name);
}

static void take_event(struct builder *builder, const yaml_event_t *event)
{
	struct node *node;

	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		open_document(builder, event);
		return;
	case YAML_ALIAS_EVENT:
		take_alias(builder, event);
		return;
	case YAML_SCALAR_EVENT:
		take_scalar(builder, event);
		return;
	case YAML_SEQUENCE_START_EVENT:
		node = new_node(builder, NODE_LIST, event->start_mark);
		alias_define(builder, node, (const char *)event->data.sequence_start.anchor);
		refuse_tag(builder, node, event->data.sequence_start.tag);
		open_collection(builder, node);
		return;
	case YAML_MAPPING_START_EVENT:
		node = new_node(builder, NODE_MAP, event->start_mark);
		alias_define(builder, node, (const char *)event->data.mapping_start.anchor);
		refuse_tag(builder, node, event->data.mapping_start.tag);
		open_collection(builder, node);
		return;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		close_collection(builder);
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
	struct place place = read_place(builder, parser->problem_mark);

	if (parser->error == YAML_READER_ERROR) {
		place = place_of_offset(builder->file, bytes, length, parser->problem_offset);
		if (parser->problem_offset < length && bytes[parser->problem_offset] == '\0')
			problem = "found a NUL byte";
		else if (strstr(problem, "UTF-8") != NULL)
			problem = arena_printf(builder->arena, "a %s is UTF-8, and this byte is not", builder->language->noun);
	} else if (parser->problem_mark.index < length && bytes[parser->problem_mark.index] == '\t') {
		remedy = "indent with spaces, not with tabs";
	}
	read_stop(builder, place, remedy, "not well-formed YAML: %s", problem);
}

/* What is wrong with the bytes as a whole, or NULL. */
static const char *bytes_reason(struct arena *arena, const struct yaml_language *language, const char *bytes, size_t length)
{
	if (length == 0)
		return arena_printf(arena, "the file is empty: %s", language->beginning);
	if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		return "the file starts with a byte order mark: save it as UTF-8 without one";
	if (length >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0))
		return arena_printf(arena, "the file is UTF-16: a %s is UTF-8", language->noun);
	if (length > language->bytes_max)
		return arena_printf(arena, "the file has %zu bytes: a %s has at most %zu", length, language->noun, language->bytes_max);
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

const struct node *yaml_read(struct arena *arena, const struct yaml_language *language, const char *file, const char *bytes,
			     size_t length)
{
	struct builder *builder = arena_alloc(arena, sizeof(*builder));
	const struct place start = { file, 1, 1 };
	const char *reason = bytes_reason(arena, language, bytes, length);
	yaml_parser_t parser;

	/* It is zero already, and what is not used of it need not even be there. */
	builder->arena = arena;
	builder->language = language;
	builder->file = file;
	if (reason != NULL) {
		language->complain(language->context, length > language->bytes_max ? ERROR_LIMIT : ERROR_POLICY, start, NULL, reason);
		return NULL;
	}
	if (!yaml_parser_initialize(&parser))
		abort(); /* out of memory: nothing has started yet */
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, length);
	parse_events(builder, &parser, bytes, length);
	yaml_parser_delete(&parser);
	if (builder->is_stopped)
		return NULL;
	if (builder->root == NULL || builder->root->is_missing) {
		complain(builder, start, NULL, arena_printf(arena, "the file holds no %s: %s", language->noun, language->beginning));
		return NULL;
	}
	return builder->root;
}
