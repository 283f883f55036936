/* secrets: what the files below /run/secrets are made of: names of credentials, or names with their sources. */
#include <string.h>

#include "policy_read.h"

const char *policy_secret_of(const char *source, const char *kind)
{
	return strncmp(source, kind, strlen(kind)) == 0 ? source + strlen(kind) : NULL;
}

/* {file: /PATH} or {credential: NAME}; NULL with an error. */
static const char *read_source(struct reader *reader, const struct key_spec *key, const struct node *entry)
{
	const char *path = arena_printf(reader->arena, "%s.%s", key->path, entry->key);
	const struct node *source = entry->first;
	struct complaint complaint = { 0 };
	const char *text;

	if (entry->kind != NODE_MAP || entry->count != 1 || source->kind != NODE_TEXT) {
		read_wrong_type(reader, path, entry, "one source", "{file: /etc/ssl/private/site.key} or {credential: NAME}");
		return NULL;
	}
	if (strcmp(source->key, "command") == 0) {
		complain_add(reader->errors, ERROR_UNSUPPORTED, source->key_place, NULL, "%s.command is not supported yet", path);
		return NULL;
	}
	text = read_text(reader, key, path, source);
	if (text == NULL)
		return NULL;
	if (strcmp(source->key, "file") == 0) {
		if (item_directory(reader->arena, text, &complaint))
			return arena_printf(reader->arena, POLICY_SECRET_FILE "%s", text);
	} else if (strcmp(source->key, "credential") == 0) {
		if (item_secret(reader->arena, text, &complaint))
			return arena_printf(reader->arena, POLICY_SECRET_CREDENTIAL "%s", text);
	} else {
		read_unknown_key(reader, path, source);
		return NULL;
	}
	read_complaint(reader, arena_printf(reader->arena, "%s.%s", path, source->key), source, &complaint);
	return NULL;
}

/* The name that it has in the container. */
static bool is_name_fine(struct reader *reader, const struct key_spec *key, const struct node *entry)
{
	struct complaint complaint = { 0 };

	if (item_secret(reader->arena, entry->key, &complaint))
		return true;
	complain_add(reader->errors, ERROR_POLICY, entry->key_place, complaint.remedy, "%s: the name %s %s", key->path,
		     complain_quote(reader->arena, entry->key), complaint.reason);
	return false;
}

/* A list has the names of credentials, which they keep. */
void secrets_read(struct reader *reader, const struct key_spec *key, const struct node *node)
{
	struct policy_map *map = &reader->policy->secrets;

	if (node->kind != NODE_LIST && node->kind != NODE_MAP) {
		read_wrong_type(reader, key->path, node, "names with their sources, or a list of credentials", key->example);
		return;
	}
	map->is_set = true;
	map->place = node->place;
	for (const struct node *entry = node->first; entry != NULL; entry = entry->next) {
		struct policy_text text = { 0 };
		const char *source = NULL, *name = entry->key;

		if (node->kind == NODE_MAP && is_name_fine(reader, key, entry))
			source = read_source(reader, key, entry);
		if (node->kind == NODE_LIST && read_checked(reader, key, key->path, entry, &text)) {
			source = arena_printf(reader->arena, POLICY_SECRET_CREDENTIAL "%s", text.value);
			name = text.value;
		}
		if (source != NULL)
			*vector_push(reader->arena, map->items, map->count) =
				(struct policy_pair){ .name = name, .value = source, .place = entry->place };
	}
}
