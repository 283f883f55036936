#include <string.h>

#include "flag_internal.h"

/* roff reads '-' as a hyphen, which cannot be pasted, '\' as an escape, and '.' or ''' at the start of a line as a request. */
static void add_roff(struct text *text, const char *string)
{
	if (*string == '.' || *string == '\'')
		text_add(text, "\\&");
	for (; *string != '\0'; string++) {
		if (*string == '-')
			text_add(text, "\\-");
		else if (*string == '\\')
			text_add(text, "\\e");
		else
			text_add_bytes(text, string, 1);
	}
}

static void add_bold(struct text *text, const char *string)
{
	text_add(text, "\\fB");
	add_roff(text, string);
	text_add(text, "\\fR");
}

static const char *format_bound(struct arena *arena, enum flag_kind kind, int64_t value)
{
	switch (kind) {
	case FLAG_KIND_SIZE:
		return format_size(arena, value);
	case FLAG_KIND_CPUS:
		return format_cpus(arena, value);
	case FLAG_KIND_DURATION:
		return format_duration(arena, value);
	case FLAG_KIND_BOOL:
	case FLAG_KIND_INTEGER:
	case FLAG_KIND_WORD:
	case FLAG_KIND_PAIR:
	case FLAG_KIND_VOLUME:
	case FLAG_KIND_MOUNT:
	case FLAG_KIND_TMPFS:
	case FLAG_KIND_PORT:
	case FLAG_KIND_USER:
	case FLAG_KIND_ULIMIT:
	case FLAG_KIND_NETWORK:
	case FLAG_KIND_COUNT:
		break;
	}
	return arena_printf(arena, "%lld", (long long)value);
}

static void add_bounds(struct text *text, const struct flag_spec *spec)
{
	if (spec->minimum == 0 && spec->maximum == 0)
		return;
	if (spec->minimum != 0) {
		text_add(text, "At least ");
		add_roff(text, format_bound(text->arena, spec->kind, spec->minimum));
		text_add(text, spec->maximum == INT64_MAX ? ".\n" : ", at most ");
	} else {
		text_add(text, "At most ");
	}
	if (spec->maximum != INT64_MAX) {
		add_roff(text, format_bound(text->arena, spec->kind, spec->maximum));
		text_add(text, ".\n");
	}
}

static void add_key(struct text *text, const char *before, const struct flag_spec *spec, const char *after)
{
	text_add(text, before);
	add_bold(text, spec->policy_key);
	text_add(text, after);
}

static void add_stance(struct text *text, const struct flag_spec *spec)
{
	switch (spec->stance) {
	case FLAG_STANCE_BOUNDED:
		if (spec->policy_key != NULL)
			add_key(text, "The policy's ", spec, " bounds it.\n");
		break;
	case FLAG_STANCE_LISTED:
		add_key(text, "Only what the policy's ", spec, " grants.\n");
		break;
	case FLAG_STANCE_FORCED:
		text_add(text, "hardrun decides this itself; the strict form may be restated.\n");
		break;
	case FLAG_STANCE_HAZARD:
		text_add(text, "Any other value, or turning it on, takes the hazard ");
		add_bold(text, spec->hazard);
		text_add(text, " of the policy.\n");
		break;
	case FLAG_STANCE_OPEN:
	case FLAG_STANCE_REFUSED:
	case FLAG_STANCE_UNSUPPORTED:
	case FLAG_STANCE_COUNT:
		break;
	}
}

static void add_names(struct text *text, const struct flag_spec *spec)
{
	text_add(text, ".TP\n");
	if (spec->letter != '\0') {
		add_bold(text, arena_printf(text->arena, "-%c", spec->letter));
		text_add(text, ", ");
	}
	add_bold(text, arena_printf(text->arena, "--%s", spec->name));
	if (spec->value_name != NULL) {
		text_add(text, " \\fI");
		add_roff(text, spec->value_name);
		text_add(text, "\\fR");
	}
	text_add(text, "\n");
}

/* A clause as a sentence of its own, after ${before}. */
static void add_clause(struct text *text, const char *before, const char *clause)
{
	if (clause == NULL)
		return;
	text_add(text, before);
	add_roff(text, clause);
	text_add(text, ".\n");
}

static void add_flag(struct text *text, const struct flag_spec *spec)
{
	add_names(text, spec);
	add_clause(text, "", spec->summary);
	if (spec->values != NULL && spec->scope == FLAG_SCOPE_OWN)
		add_clause(text, "One of: ", spec->values);
	add_bounds(text, spec);
	add_stance(text, spec);
	if (spec->repeat == FLAG_REPEAT_LIST)
		text_add(text, "May be given more than once.\n");
	add_clause(text, "Why it is guarded: ", spec->danger);
	if (spec->is_oci_refused)
		add_clause(text, "Refused with crun and runc: ", spec->oci_excuse);
}

static void add_aliases(struct text *text)
{
	for (size_t i = 0; i < FLAG_COUNT; i++) {
		const struct flag_spec *spec = &flag_specs[i];

		if (spec->alias_of == FLAG_NONE)
			continue;
		add_names(text, spec);
		add_clause(text, "", spec->summary);
	}
}

static void add_never(struct text *text)
{
	for (size_t i = 0; i < FLAG_COUNT; i++) {
		const struct flag_spec *spec = &flag_specs[i];

		if (!flag_is_never(spec))
			continue;
		add_names(text, spec);
		add_clause(text, "", spec->summary);
		add_clause(text, "Refused: ", spec->danger);
	}
}

static void add_flags(struct text *text, enum flag_scope scope)
{
	for (size_t i = 0; i < FLAG_COUNT; i++) {
		const struct flag_spec *spec = &flag_specs[i];

		if (spec->scope == scope && flag_is_listed(spec))
			add_flag(text, spec);
	}
}

const char *flag_print_man(struct arena *arena)
{
	struct text text;

	text_init(&text, arena);
	text_add(&text, ".SS Own options\nThey may also stand before the verb.\n");
	add_flags(&text, FLAG_SCOPE_OWN);
	text_add(&text, ".SS Options of docker run\n");
	add_flags(&text, FLAG_SCOPE_DOCKER);
	add_aliases(&text);
	text_add(&text, ".SS Options that are always refused\n");
	add_never(&text);
	return text.data;
}
