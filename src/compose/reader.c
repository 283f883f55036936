/* reader: values of a Compose file, and what is said of them. */
#include <string.h>
#include <strings.h>

#include "compose_internal.h"

struct finding *reader_find(struct reader *reader, enum finding_kind kind, const struct spot *spot, const char *format, ...)
{
	struct findings *findings = reader->findings;
	struct finding *finding;
	va_list arguments;
	const char *reason;

	va_start(arguments, format);
	reason = arena_vprintf(reader->arena, format, arguments);
	va_end(arguments);
	/* What stands behind an anchor is met by every service that names it. */
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *other = &findings->items[i];

		if (other->place.line == spot->node->place.line && other->place.column == spot->node->place.column &&
		    strcmp(other->reason, reason) == 0)
			return &findings->items[i];
	}
	finding = findings_add(findings, kind, string_printable(reader->arena, spot->path, 120), SIZE_MAX, "compose", "%s", reason);
	finding->place = spot->node->place;
	return finding;
}

bool reader_is_null(const struct node *node)
{
	static const char *const nulls[] = { "~", "null", "Null", "NULL" };

	if (node->kind != NODE_TEXT || !node->is_plain)
		return false;
	for (size_t i = 0; i < ARRAY_COUNT(nulls); i++)
		if (strcmp(node->text, nulls[i]) == 0)
			return true;
	return node->is_missing;
}

struct spot reader_entry(struct reader *reader, const struct spot *parent, const struct node *child, size_t index)
{
	const char *dot = parent->path[0] != '\0' ? "." : "";
	const char *path = child->key != NULL ? arena_printf(reader->arena, "%s%s%s", parent->path, dot, child->key)
					      : arena_printf(reader->arena, "%s[%zu]", parent->path, index);

	return (struct spot){ child, path };
}

struct spot reader_child(struct reader *reader, const struct spot *map, const char *key)
{
	const struct node *child = map->node != NULL && map->node->kind == NODE_MAP ? yaml_child(map->node, key) : NULL;

	return child == NULL || reader_is_null(child) ? (struct spot){ NULL, map->path } : reader_entry(reader, map, child, 0);
}

static void note_unset(struct reader *reader, const struct spot *spot, const struct compose_expansion *expansion)
{
	for (size_t i = 0; i < expansion->unset.count; i++)
		reader_find(reader, FINDING_NOTE, spot, "the variable %s has no value, and counts as empty", expansion->unset.items[i]);
	for (size_t i = 0; i < expansion->withheld.count; i++)
		reader_find(reader, FINDING_NOTE, spot, "the variable %s of the environment is not listed, and counts as empty",
			    expansion->withheld.items[i])
			->remedy = arena_printf(reader->arena, "set it in the .env file, or list its name in allow.environment of the ceiling");
}

const char *reader_text(struct reader *reader, const struct spot *spot)
{
	struct compose_expansion expansion;
	const char *reason = NULL;

	if (spot->node->kind != NODE_TEXT || reader_is_null(spot->node)) {
		reader_find(reader, FINDING_INVALID, spot, "it takes a text, and this is %s",
			    spot->node->kind == NODE_TEXT ? "nothing" : yaml_kind_name(spot->node));
		return NULL;
	}
	if (strchr(spot->node->text, '$') == NULL)
		return spot->node->text;
	if (!compose_expand(reader->arena, spot->node->text, &reader->input->lookup, &expansion, &reason)) {
		reader_find(reader, FINDING_INVALID, spot, "%s", reason);
		return NULL;
	}
	reader->expanded += strlen(expansion.text);
	if (reader->expanded > COMPOSE_EXPANSION_BYTES_MAX) {
		reader_find(reader, FINDING_INVALID, spot, "with their variables filled in, the texts of this file are too long");
		return NULL;
	}
	note_unset(reader, spot, &expansion);
	return expansion.text;
}

bool reader_switch(struct reader *reader, const struct spot *spot, bool *ret_value)
{
	static const char *const yes[] = { "true", "yes", "on", "y", "t", "1" }, *const no[] = { "false", "no", "off", "n", "f", "0" };
	const char *text = reader_text(reader, spot);

	for (size_t i = 0; text != NULL && i < ARRAY_COUNT(yes); i++) {
		if (strcasecmp(text, yes[i]) != 0 && strcasecmp(text, no[i]) != 0)
			continue;
		*ret_value = strcasecmp(text, yes[i]) == 0;
		return true;
	}
	if (text != NULL)
		reader_find(reader, FINDING_INVALID, spot, "\"%s\" is neither true nor false", string_printable(reader->arena, text, 40));
	return false;
}

bool reader_count(struct reader *reader, const struct spot *spot, uint64_t most, uint64_t *ret_value)
{
	const char *text = reader_text(reader, spot);
	uint64_t value;

	if (text == NULL)
		return false;
	if (!parse_decimal(text, &value) || value > most) {
		reader_find(reader, FINDING_INVALID, spot, "\"%s\" is not a number of 0 to %llu", string_printable(reader->arena, text, 40),
			    (unsigned long long)most);
		return false;
	}
	*ret_value = value;
	return true;
}

bool reader_is_map(struct reader *reader, const struct spot *spot)
{
	if (spot->node->kind == NODE_MAP)
		return true;
	reader_find(reader, FINDING_INVALID, spot, "it takes a map, and this is %s",
		    reader_is_null(spot->node) ? "nothing" : yaml_kind_name(spot->node));
	return false;
}

void reader_unknown(struct reader *reader, const struct spot *spot, const char *const *names, size_t count)
{
	const char *nearest = string_nearest(spot->node->key, names, count);
	struct spot key = *spot;
	struct node at = *spot->node;
	struct finding *finding;

	/* The key is what is wrong. */
	at.place = spot->node->key_place;
	key.node = &at;
	finding = reader_find(reader, FINDING_UNKNOWN, &key, "there is no such key");
	finding->remedy = nearest != NULL ? arena_printf(reader->arena, "did you mean %s?", nearest) : NULL;
}

void reader_only(struct reader *reader, const struct spot *map, const char *const *names)
{
	size_t count = 0;

	while (names[count] != NULL)
		count++;
	for (const struct node *child = map->node->first; child != NULL; child = child->next) {
		const struct spot spot = reader_entry(reader, map, child, 0);
		size_t i = 0;

		while (i < count && strcmp(names[i], child->key) != 0)
			i++;
		if (i == count && strncmp(child->key, "x-", 2) != 0)
			reader_unknown(reader, &spot, names, count);
	}
}

struct items reader_items(struct reader *reader, const struct spot *spot)
{
	struct items items = { .whole = *spot };

	if (spot->node->kind == NODE_LIST)
		items.next = spot->node->first;
	else if (spot->node->kind == NODE_TEXT && !reader_is_null(spot->node))
		items.next = spot->node;
	else if (!reader_is_null(spot->node))
		reader_find(reader, FINDING_INVALID, spot, "it takes a list, and this is %s", yaml_kind_name(spot->node));
	return items;
}

bool reader_next(struct reader *reader, struct items *items, struct spot *ret_spot)
{
	const struct node *node = items->next;

	if (node == NULL)
		return false;
	if (node == items->whole.node) {
		items->next = NULL;
		*ret_spot = items->whole;
		return true;
	}
	*ret_spot = reader_entry(reader, &items->whole, node, items->index++);
	items->next = node->next;
	return true;
}

static void add_pair(struct reader *reader, struct pairs *pairs, struct pair pair)
{
	for (size_t i = 0; i < pairs->count; i++) {
		if (strcmp(pairs->items[i].name, pair.name) == 0) {
			pairs->items[i] = pair;
			return;
		}
	}
	*vector_push(reader->arena, pairs->items, pairs->count) = pair;
}

static void add_line(struct reader *reader, struct pairs *pairs, const struct spot *spot, const char *separators)
{
	const char *text = reader_text(reader, spot);
	const size_t length = text != NULL ? strcspn(text, separators) : 0;

	if (text != NULL)
		add_pair(reader, pairs, (struct pair){ arena_strndup(reader->arena, text, length),
						       text[length] != '\0' ? text + length + 1 : NULL, *spot });
}

struct pairs reader_pairs(struct reader *reader, const struct spot *spot, const char *separators)
{
	struct pairs pairs = { NULL, 0 };
	struct spot entry;
	size_t index = 0;

	if (spot->node->kind != NODE_MAP) {
		struct items items = reader_items(reader, spot);

		while (reader_next(reader, &items, &entry))
			add_line(reader, &pairs, &entry, separators);
		return pairs;
	}
	for (const struct node *child = spot->node->first; child != NULL; child = child->next) {
		const char *value = NULL;

		entry = reader_entry(reader, spot, child, index++);
		if (!reader_is_null(child)) {
			value = reader_text(reader, &entry);
			if (value == NULL)
				continue;
		}
		add_pair(reader, &pairs, (struct pair){ child->key, value, entry });
	}
	return pairs;
}

struct compose_word *reader_word(struct reader *reader, const struct spot *spot, const char *format, ...)
{
	struct compose_word *word = vector_push(reader->arena, reader->service->words, reader->service->word_count);
	va_list arguments;

	va_start(arguments, format);
	word->text = arena_vprintf(reader->arena, format, arguments);
	va_end(arguments);
	word->key = spot->path;
	word->place = spot->node->place;
	return word;
}
