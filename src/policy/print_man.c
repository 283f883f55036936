/* print_man: the KEYS section of the manual of policy files, in man(7) macros, from the key table. */
#include <string.h>

#include "policy_internal.h"

/* ${text} as roff takes it literally: no escape, no hyphen of the typesetter's, no macro at the start of a line. */
static void add_escaped(struct text *out, const char *text)
{
	if (text[0] == '.' || text[0] == '\'')
		text_add(out, "\\&");
	for (; *text != '\0'; text++) {
		if (*text == '\\')
			text_add(out, "\\(rs");
		else if (*text == '-')
			text_add(out, "\\-");
		else if (*text == '\'')
			text_add(out, "\\(aq");
		else if (*text == '"')
			text_add(out, "\\(dq");
		else if (*text == '~')
			text_add(out, "\\(ti");
		else if (*text == '^')
			text_add(out, "\\(ha");
		else
			text_add_bytes(out, text, 1);
	}
}

/* How a value of that type is called. */
static const char *type_name(enum key_type type)
{
	switch (type) {
	case KEY_SECTION:
		return "section";
	case KEY_VERSION:
	case KEY_COUNT:
		return "number";
	case KEY_BOOL:
		return "true or false";
	case KEY_SIZE:
		return "size";
	case KEY_SIZE_SHARE:
		return "size or share";
	case KEY_CPUS:
		return "processors";
	case KEY_CPUS_SHARE:
		return "processors or share";
	case KEY_SECONDS:
		return "duration";
	case KEY_TEXT:
	case KEY_USER:
		return "text";
	case KEY_LIST:
	case KEY_USERS:
	case KEY_PORTS:
	case KEY_SYSCALLS:
	case KEY_HAZARDS:
		return "list";
	case KEY_MAP:
	case KEY_LIMITS:
	case KEY_SECRETS:
		return "map";
	case KEY_OBJECTS:
		return "list of maps";
	case KEY_LATER:
		return "not supported yet";
	case KEY_TYPE_COUNT:
		break;
	}
	return "";
}

static void add_words(struct text *out, const struct key_spec *key)
{
	if (key->words == NULL)
		return;
	text_add(out, "One of ");
	for (size_t i = 0; key->words[i] != NULL; i++) {
		text_add(out, i == 0 ? "" : ", ");
		add_escaped(out, key->words[i]);
	}
	text_add(out, ".\n");
}

static void add_key(struct text *out, const struct key_spec *key)
{
	text_add(out, ".TP\n.BR ");
	add_escaped(out, key->path);
	text_addf(out, " \" (%s)\"\n", type_name(key->type));
	/* The summary is a clause: it begins small in editors and messages, large here. */
	if (key->summary[0] >= 'a' && key->summary[0] <= 'z') {
		const char first[] = { (char)(key->summary[0] - 'a' + 'A'), '\0' };

		text_add(out, first);
		add_escaped(out, key->summary + 1);
	} else {
		add_escaped(out, key->summary);
	}
	text_add(out, ".\n");
	add_words(out, key);
	if (key->example != NULL) {
		text_add(out, "Example:\n.B ");
		add_escaped(out, key->example);
		text_add(out, "\n");
	}
}

const char *policy_print_man(struct arena *arena)
{
	struct text out;

	text_init(&out, arena);
	for (size_t i = 0; i < key_spec_count; i++)
		add_key(&out, &key_specs[i]);
	text_add(&out, ".SS Hazards\n");
	for (size_t i = 0; i < HAZARD_COUNT; i++) {
		text_add(&out, ".TP\n.B ");
		add_escaped(&out, hazard_specs[i].name);
		text_add(&out, "\n");
		add_escaped(&out, hazard_specs[i].summary);
		text_add(&out, ".\n");
	}
	return out.data;
}
