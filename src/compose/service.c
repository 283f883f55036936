/* service: one service, key by key, into the words of a run. */
#include <string.h>

#include "compose_internal.h"

static const struct key_row *find_row(const char *name)
{
	for (size_t i = 0; i < key_row_count; i++)
		if (strcmp(key_rows[i].name, name) == 0)
			return &key_rows[i];
	return NULL;
}

static void refuse_unknown(struct reader *reader, const struct spot *spot)
{
	const char **names = arena_alloc(reader->arena, key_row_count * sizeof(*names));

	for (size_t i = 0; i < key_row_count; i++)
		names[i] = key_rows[i].name;
	reader_unknown(reader, spot, names, key_row_count);
}

static void add_list(struct reader *reader, const struct spot *spot, const char *flag)
{
	struct items items = reader_items(reader, spot);
	struct spot entry;

	while (reader_next(reader, &items, &entry)) {
		const char *text = reader_text(reader, &entry);

		if (text != NULL)
			reader_word(reader, &entry, "%s=%s", flag, text);
	}
}

static void add_pairs(struct reader *reader, const struct spot *spot, const char *flag)
{
	const struct pairs pairs = reader_pairs(reader, spot, "=");

	for (size_t i = 0; i < pairs.count; i++)
		reader_word(reader, &pairs.items[i].spot, "%s=%s=%s", flag, pairs.items[i].name,
			    pairs.items[i].value != NULL ? pairs.items[i].value : "");
}

static void read_key(struct reader *reader, const struct spot *spot, const struct key_row *row)
{
	const char *text;
	bool is_on;

	switch (row->effect) {
	case KEY_TEXT:
	case KEY_WORD:
		text = reader_text(reader, spot);
		if (text != NULL && (text[0] != '\0' || row->effect == KEY_TEXT))
			reader_word(reader, spot, "%s=%s", row->flag, text);
		break;
	case KEY_SWITCH:
		if (reader_switch(reader, spot, &is_on))
			reader_word(reader, spot, "%s=%s", row->flag, is_on ? "true" : "false");
		break;
	case KEY_LIST:
		add_list(reader, spot, row->flag);
		break;
	case KEY_PAIRS:
		add_pairs(reader, spot, row->flag);
		break;
	case KEY_OWN:
		row->read(reader, spot);
		break;
	case KEY_IGNORED:
		reader_find(reader, FINDING_NOTE, spot, "%s", row->reason);
		break;
	case KEY_REFUSED:
		reader_find(reader, FINDING_UNSUPPORTED, spot, "%s", row->reason)->remedy = row->remedy;
		break;
	case KEY_ELSEWHERE:
		break;
	}
}

static void read_keys(struct reader *reader, const struct spot *service)
{
	for (const struct node *child = service->node->first; child != NULL; child = child->next) {
		const struct spot spot = reader_entry(reader, service, child, 0);
		const struct key_row *row = find_row(child->key);

		if (row != NULL && !reader_is_null(child))
			read_key(reader, &spot, row);
		else if (row == NULL && strncmp(child->key, "x-", 2) != 0)
			refuse_unknown(reader, &spot);
	}
}

/* A command: a list, or a text that is split. False with a finding. */
static bool read_words(struct reader *reader, const struct spot *spot, struct string_list *ret_words)
{
	struct items items;
	struct spot entry;
	const char *text, *reason = NULL;

	if (spot->node->kind == NODE_TEXT) {
		text = reader_text(reader, spot);
		if (text == NULL)
			return false;
		if (compose_split(reader->arena, text, ret_words, &reason))
			return true;
		reader_find(reader, FINDING_INVALID, spot, "%s", reason);
		return false;
	}
	if (spot->node->kind != NODE_LIST) {
		reader_find(reader, FINDING_INVALID, spot, "it takes a text or a list, and this is %s", yaml_kind_name(spot->node));
		return false;
	}
	items = reader_items(reader, spot);
	while (reader_next(reader, &items, &entry)) {
		text = reader_text(reader, &entry);
		if (text == NULL)
			return false;
		string_list_add(reader->arena, ret_words, text);
	}
	return true;
}

static void read_name(struct reader *reader, const struct spot *service)
{
	const struct spot name = reader_child(reader, service, "container_name");
	const char *text = name.node != NULL ? reader_text(reader, &name) : "";

	/* An empty one is none: the engine would invent a name that nobody could take back. */
	if (text != NULL && text[0] == '\0') {
		reader_word(reader, service, "--name=%s-%s-1", reader->project->name, reader->service->name)->role = COMPOSE_NAME;
		return;
	}
	if (text != NULL)
		reader_word(reader, &name, "--name=%s", text);
	if (reader->service->scale > 1)
		reader_find(reader, FINDING_INVALID, &name, "several containers cannot have one name")->remedy = "leave it out";
}

/* The image and what runs in it come last, behind a word that ends the flags. */
static void read_program(struct reader *reader, const struct spot *service)
{
	const struct spot image = reader_child(reader, service, "image"), entrypoint = reader_child(reader, service, "entrypoint"),
			  command = reader_child(reader, service, "command");
	struct string_list first = { NULL, 0 }, rest = { NULL, 0 };
	const char *text = image.node != NULL ? reader_text(reader, &image) : NULL;

	if (image.node == NULL && reader_child(reader, service, "build").node == NULL)
		reader_find(reader, FINDING_INVALID, service, "image: is missing");
	if (text != NULL && text[0] == '\0')
		reader_find(reader, FINDING_INVALID, &image, "the name of the image is empty");
	if (entrypoint.node != NULL && read_words(reader, &entrypoint, &first))
		reader_word(reader, &entrypoint, "--entrypoint=%s", first.count > 0 ? first.items[0] : "");
	if (text == NULL)
		return;
	reader_word(reader, service, "--");
	reader_word(reader, &image, "%s", text);
	for (size_t i = 1; i < first.count; i++)
		reader_word(reader, &entrypoint, "%s", first.items[i]);
	if (command.node != NULL && read_words(reader, &command, &rest))
		for (size_t i = 0; i < rest.count; i++)
			reader_word(reader, &command, "%s", rest.items[i]);
}

void service_read(struct reader *reader, const struct spot *spot, struct compose_service *ret_service)
{
	const struct spot env_file = reader_child(reader, spot, "env_file");

	*ret_service = (struct compose_service){
		.name = spot->node->key, .place = spot->node->key_place, .scale = 1, .is_logged = true, .is_default_network = true,
	};
	reader->service = ret_service;
	/* What environment: says comes behind the files, and wins. */
	if (env_file.node != NULL)
		life_env_file(reader, &env_file);
	read_keys(reader, spot);
	if (ret_service->is_default_network)
		network_default(reader, spot);
	read_name(reader, spot);
	read_program(reader, spot);
}
