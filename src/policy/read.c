/* read: nodes to struct policy, as the key table says. What a key's value looks like is in values.c. */
#include <string.h>

#include "policy_read.h"

void read_wrong_type(struct reader *reader, const char *path, const struct node *node, const char *wanted, const char *example)
{
	const char *remedy = example == NULL ? NULL : arena_printf(reader->arena, "write it as in %s: %s", path, example);

	if (node->kind == NODE_TEXT && node->is_missing)
		complain_add(reader->errors, ERROR_POLICY, node->key != NULL ? node->key_place : node->place,
			     remedy != NULL ? remedy : "give it one, or leave the line out", "%s has no value", path);
	else
		complain_add(reader->errors, ERROR_POLICY, node->place, remedy, "%s takes %s, and this is %s", path, wanted,
			     yaml_kind_name(node));
}

void read_complaint(struct reader *reader, const char *path, const struct node *node, const struct complaint *complaint)
{
	complain_add(reader->errors, ERROR_POLICY, node->place, complaint->remedy, "%s: %s %s", path,
		     complain_quote(reader->arena, node->text), complaint->reason);
}

/* ${text} with newlines and tabs as blanks and none at its end. */
static const char *flatten(struct arena *arena, const char *text)
{
	char *copy = arena_strdup(arena, text);
	size_t length = strlen(copy);

	for (char *byte = copy; *byte != '\0'; byte++) {
		if (*byte == '\n' || *byte == '\t')
			*byte = ' ';
	}
	while (length > 0 && copy[length - 1] == ' ')
		copy[--length] = '\0';
	return copy;
}

const char *read_text(struct reader *reader, const struct key_spec *key, const char *path, const struct node *node)
{
	const char *flat;

	if (node->kind != NODE_TEXT || node->is_missing) {
		read_wrong_type(reader, path, node, "a single value", key->type == KEY_LIST ? NULL : key->example);
		return NULL;
	}
	flat = key->is_multiline ? flatten(reader->arena, node->text) : node->text;
	if (string_has_control(flat)) {
		read_complaint(reader, path, node, &(struct complaint){ "holds a control or an invisible character", NULL });
		return NULL;
	}
	return key->is_multiline && key->type == KEY_TEXT ? flat : node->text;
}

static bool has_word(const char *const *words, const char *text)
{
	for (; words != NULL && *words != NULL; words++) {
		if (strcmp(*words, text) == 0)
			return true;
	}
	return false;
}

static void refuse_word(struct reader *reader, const struct key_spec *key, const char *path, const struct node *node)
{
	struct text words;
	size_t count = 0;
	const char *near;

	text_init(&words, reader->arena);
	for (; key->words[count] != NULL; count++)
		text_addf(&words, "%s%s", count == 0 ? "" : ", ", key->words[count]);
	near = string_nearest(node->text, key->words, count);
	complain_add(reader->errors, ERROR_POLICY, node->place,
		     near == NULL ? NULL : arena_printf(reader->arena, "did you mean %s?", near),
		     "%s: %s is not one of its words: %s", path, complain_quote(reader->arena, node->text), words.data);
}

bool read_checked(struct reader *reader, const struct key_spec *key, const char *path, const struct node *node,
		  struct policy_text *ret_text)
{
	const char *text = read_text(reader, key, path, node);
	struct complaint complaint = { 0 };

	if (text == NULL)
		return false;
	if (key->words != NULL && !has_word(key->words, text)) {
		refuse_word(reader, key, path, node);
		return false;
	}
	if (key->type != KEY_MAP && key->check != NULL && !key->check(reader->arena, text, &complaint)) {
		read_complaint(reader, path, node, &complaint);
		return false;
	}
	ret_text->value = text;
	ret_text->place = node->place;
	return true;
}

void read_list(struct reader *reader, const struct key_spec *key, const struct node *node, struct policy_list *list)
{
	if (node->kind != NODE_LIST) {
		read_wrong_type(reader, key->path, node, "a list", key->example);
		return;
	}
	list->is_set = true;
	list->place = node->place;
	for (const struct node *item = node->first; item != NULL; item = item->next) {
		struct policy_text text = { 0 };

		if (read_checked(reader, key, key->path, item, &text))
			*vector_push(reader->arena, list->items, list->count) = text;
	}
}

void read_unknown_key(struct reader *reader, const char *prefix, const struct node *node)
{
	const char *near = key_nearest(reader->arena, prefix, node->key);
	const char *remedy = near == NULL ? NULL : arena_printf(reader->arena, "did you mean %s?", near);
	const char *dot = prefix[0] == '\0' ? "" : ".";

	if (complain_is_showable(node->key))
		complain_add(reader->errors, ERROR_POLICY, node->key_place, remedy, "%s%s%s is not a key of the policy language", prefix,
			     dot, node->key);
	else
		complain_add(reader->errors, ERROR_POLICY, node->key_place, remedy, "what stands here%s%s is not a key of the policy language",
			     prefix[0] == '\0' ? "" : " in ", prefix);
}

/* ---- sections ---- */

/* True when ${key} may stand in this file. */
static bool is_at_home(struct reader *reader, const struct key_spec *key, const struct node *node)
{
	if (key->home == KEY_NOT_IN_CEILING && reader->role == READ_CEILING) {
		complain_add(reader->errors, ERROR_POLICY, node->key_place, "move it to a policy",
			     "%s has no meaning in the ceiling, which only bounds what policies say", key->path);
		return false;
	}
	if (key->home == KEY_ONLY_IN_CEILING && reader->role == READ_POLICY) {
		complain_add(reader->errors, ERROR_POLICY, node->key_place, "move it to /etc/hardrun/ceiling.yaml",
			     "%s stands only in the ceiling", key->path);
		return false;
	}
	return true;
}

static bool is_number(const char *text)
{
	const size_t length = strspn(text, "0123456789.");

	return length >= 1 && length <= 8 && text[length] == '\0';
}

bool read_is_policy(struct policy_errors *errors, const struct node *root)
{
	const struct node *first = root->first;
	struct reader reader = { .arena = errors->arena, .errors = errors };

	if (root->kind != NODE_MAP)
		complain_add(errors, ERROR_POLICY, root->place, "start with version: 1", "a policy is a map of keys, and this is %s",
			     yaml_kind_name(root));
	else if (first == NULL || strcmp(first->key, "version") != 0)
		complain_add(errors, ERROR_POLICY, first == NULL ? root->place : first->key_place, "make version: 1 the first line",
			     "the first key of a policy is version");
	else if (first->kind != NODE_TEXT || first->is_missing)
		read_wrong_type(&reader, "version", first, "the number 1", "1");
	else if (strcmp(first->text, "1") != 0)
		complain_add(errors, ERROR_POLICY, first->place, "write version: 1",
			     "version%s%s is not known: this program reads version 1", is_number(first->text) ? " " : "",
			     is_number(first->text) ? complain_quote(errors->arena, first->text) : "");
	else
		return true;
	return false;
}

struct section {
	const char *prefix;
	const struct node *node;
};

/* Reads the keys of one section; sections in it are put on the worklist, so that depth costs no stack. */
static void read_section(struct reader *reader, struct section section, struct section **work, size_t *work_count)
{
	for (const struct node *node = section.node->first; node != NULL; node = node->next) {
		const struct key_spec *key = key_find(section.prefix, node->key);

		if (key == NULL)
			read_unknown_key(reader, section.prefix, node);
		else if (!is_at_home(reader, key, node))
			continue;
		else if (key->type != KEY_SECTION)
			values_read(reader, key, node);
		else if (node->kind != NODE_MAP)
			read_wrong_type(reader, key->path, node, "a map of keys", NULL);
		else
			*vector_push(reader->arena, *work, *work_count) = (struct section){ key->path, node };
	}
}

void read_tree(struct arena *arena, const struct node *root, enum read_role role, struct policy *ret_policy,
	       struct policy_errors *errors)
{
	struct reader reader = { .arena = arena, .errors = errors, .role = role, .policy = ret_policy };
	struct section *work = NULL;
	size_t work_count = 0;

	*vector_push(arena, work, work_count) = (struct section){ "", root };
	for (size_t i = 0; i < work_count; i++)
		read_section(&reader, work[i], &work, &work_count);
}
