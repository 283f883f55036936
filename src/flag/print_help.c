#include <string.h>

#include "flag_internal.h"

enum { WIDTH = 80, SUMMARY_COLUMN = 32 };

static void add_spaces(struct text *text, size_t count)
{
	for (size_t i = 0; i < count; i++)
		text_add(text, " ");
}

/* Adds ${words} with line breaks, from ${column} on; further lines are indented by ${indent}. */
static void add_wrapped(struct text *text, const char *words, size_t column, size_t indent)
{
	size_t at = column;

	while (*words != '\0') {
		size_t length = strcspn(words, " ");

		if (at > indent && at + 1 + length > WIDTH) {
			text_add(text, "\n");
			add_spaces(text, indent);
			at = indent;
		} else if (at > indent) {
			text_add(text, " ");
			at++;
		}
		text_add_bytes(text, words, length);
		at += length;
		words += length + strspn(words + length, " ");
	}
	text_add(text, "\n");
}

/* "  -m, --memory BYTES", and the summary in its column or, where the names are too long, on the next line. */
static void add_flag(struct text *text, const struct flag_spec *spec)
{
	size_t start = text->length;

	if (spec->letter != '\0')
		text_addf(text, "  -%c, --%s", spec->letter, spec->name);
	else
		text_addf(text, "      --%s", spec->name);
	if (spec->value_name != NULL)
		text_addf(text, " %s", spec->value_name);
	size_t used = text->length - start;

	if (used + 1 > SUMMARY_COLUMN - 2) {
		text_add(text, "\n");
		used = 0;
	}
	add_spaces(text, SUMMARY_COLUMN - 2 - used);
	text_add(text, flag_needs_grant(spec) ? "* " : "  ");
	add_wrapped(text, spec->summary, SUMMARY_COLUMN, SUMMARY_COLUMN);
}

static void add_flags(struct text *text, enum flag_scope scope)
{
	for (size_t i = 0; i < FLAG_COUNT; i++) {
		const struct flag_spec *spec = &flag_specs[i];

		if (spec->scope == scope && flag_is_listed(spec))
			add_flag(text, spec);
	}
}

static void add_never(struct text *text)
{
	struct text names;

	text_init(&names, text->arena);
	for (size_t i = 0; i < FLAG_COUNT; i++) {
		if (flag_is_never(&flag_specs[i]))
			text_addf(&names, "--%s ", flag_specs[i].name);
	}
	text_add(text, "\nRefused, whatever the policy says:\n  ");
	add_wrapped(text, names.data, 2, 2);
}

const char *flag_print_help(struct arena *arena)
{
	struct text text;

	text_init(&text, arena);
	text_add(&text, "Own options, also before the verb:\n");
	add_flags(&text, FLAG_SCOPE_OWN);
	text_add(&text, "\nOptions, as docker run knows them (*: the policy must grant it):\n");
	add_flags(&text, FLAG_SCOPE_DOCKER);
	add_never(&text);
	return text.data;
}
