/* Completion for fish, as one file. It asks no network and no engine. */
#include "flag_internal.h"

static const char head[] =
	"# fish completion for hardrun, printed from its flag table: hardrun --print fish\n"
	"\n"
	"function __hardrun_policies\n"
	"\tfor file in ~/.config/hardrun/policies/*.yaml /etc/hardrun/policies/*.yaml "
	HARDRUN_PREFIX "/share/hardrun/{policies,built-in}/*.yaml\n"
	"\t\tstring replace -r '.*/(.*)\\.yaml$' '$1' -- $file\n"
	"\tend\n"
	"end\n"
	"\n";

static void add_quoted(struct text *text, const char *string)
{
	text_add(text, "'");
	for (; *string != '\0'; string++) {
		if (*string == '\'' || *string == '\\')
			text_add(text, "\\");
		text_add_bytes(text, string, 1);
	}
	text_add(text, "'");
}

static void add_condition(struct text *text, const struct flag_spec *spec)
{
	text_add(text, "complete -c hardrun -n '");
	if (spec->scope == FLAG_SCOPE_OWN)
		text_add(text, "__fish_use_subcommand; or ");
	text_add(text, "__fish_seen_subcommand_from");
	for (const struct flag_verb *verb = flag_verbs; verb->name != NULL; verb++) {
		if (verb->has_flags)
			text_addf(text, " %s", verb->name);
	}
	text_add(text, "'");
}

static void add_flag(struct text *text, const struct flag_spec *spec)
{
	add_condition(text, spec);
	if (spec->letter != '\0')
		text_addf(text, " -s %c", spec->letter);
	text_addf(text, " -l %s", spec->name);
	if (spec == &flag_specs[FLAG_POLICY])
		text_add(text, " -r -F -a '(__hardrun_policies)'");
	else if (flag_takes_file(spec) || flag_takes_directory(spec) || spec == &flag_specs[FLAG_VOLUME])
		text_add(text, " -r -F");
	else if (spec->value_name != NULL)
		text_add(text, " -x");
	if (spec->values != NULL) {
		text_add(text, " -a ");
		add_quoted(text, spec->values);
	}
	text_add(text, " -d ");
	add_quoted(text, spec->summary);
	text_add(text, "\n");
}

static void add_verb(struct text *text, const struct flag_verb *verb)
{
	text_addf(text, "complete -c hardrun -n __fish_use_subcommand -f -a %s -d ", verb->name);
	add_quoted(text, verb->summary);
	text_add(text, "\n");
	if (verb->words != NULL)
		text_addf(text, "complete -c hardrun -n '__fish_seen_subcommand_from %s' -a '%s'\n", verb->name, verb->words);
}

const char *flag_print_fish(struct arena *arena)
{
	struct text text;

	text_init(&text, arena);
	text_add(&text, head);
	for (const struct flag_verb *verb = flag_verbs; verb->name != NULL; verb++)
		add_verb(&text, verb);
	text_add(&text, "\n");
	for (size_t i = 0; i < FLAG_COUNT; i++) {
		if (flag_is_listed(&flag_specs[i]))
			add_flag(&text, &flag_specs[i]);
	}
	return text.data;
}
