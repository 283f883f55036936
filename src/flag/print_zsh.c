/* Completion for zsh, as one file for a directory of $fpath. It asks no network and no engine. */
#include <string.h>

#include "flag_internal.h"

static const char head[] =
	"#compdef hardrun\n"
	"# zsh completion for hardrun, printed from its flag table: hardrun --print zsh\n"
	"\n"
	"_hardrun_policies() {\n"
	"\tlocal -a names\n"
	"\tnames=({~/.config/hardrun,/etc/hardrun," HARDRUN_PREFIX "/share/hardrun}/{policies,built-in}/*.yaml(N:t:r))\n"
	"\t_alternative \"names:policy:($names)\" 'files:file:_files'\n"
	"}\n"
	"\n";

static const char tail[] =
	"_hardrun() {\n"
	"\tlocal curcontext=\"$curcontext\" state line ret=1\n"
	"\tlocal -A opt_args\n"
	"\t_arguments -C -S -A '-*' $_hardrun_own '(- *)--help[Show help]' '(- *)--version[Show the version]' \\\n"
	"\t\t'1:verb:->verb' '*::argument:->rest' && ret=0\n"
	"\tcase $state in\n"
	"\tverb) _describe verb _hardrun_verbs && ret=0 ;;\n"
	"\trest) _hardrun_rest && ret=0 ;;\n"
	"\tesac\n"
	"\treturn ret\n"
	"}\n"
	"\n"
	"_hardrun \"$@\"\n";

/* ${string} inside single quotes and inside a specification of _arguments: ':', '[' and ']' have a meaning there. */
static void add_quoted(struct text *text, const char *string)
{
	for (; *string != '\0'; string++) {
		if (*string == '\'')
			text_add(text, "'\\''");
		else if (strchr(":[]\\", *string) != NULL)
			text_addf(text, "\\%c", *string);
		else
			text_add_bytes(text, string, 1);
	}
}

static void add_action(struct text *text, const struct flag_spec *spec)
{
	if (spec->value_name == NULL)
		return;
	text_add(text, ":");
	add_quoted(text, spec->value_name);
	text_add(text, ":");
	if (spec == &flag_specs[FLAG_POLICY])
		text_add(text, "_hardrun_policies");
	else if (spec->values != NULL)
		text_addf(text, "(%s)", spec->values);
	else if (flag_takes_directory(spec))
		text_add(text, "_files -/");
	else if (flag_takes_file(spec) || spec == &flag_specs[FLAG_VOLUME])
		text_add(text, "_files");
}

/* '(-m --memory)'{-m+,--memory=}'[summary]:BYTES:' */
static void add_flag(struct text *text, const struct flag_spec *spec)
{
	bool is_list = spec->repeat == FLAG_REPEAT_LIST;
	bool has_value = spec->value_name != NULL;

	text_add(text, "\t");
	if (spec->letter != '\0') {
		if (is_list)
			text_add(text, "'*'");
		else
			text_addf(text, "'(-%c --%s)'", spec->letter, spec->name);
		text_addf(text, "{-%c%s,--%s%s}'", spec->letter, has_value ? "+" : "", spec->name, has_value ? "=" : "");
	} else {
		text_addf(text, "'%s--%s%s", is_list ? "*" : "", spec->name, has_value ? "=" : "");
	}
	text_add(text, "[");
	add_quoted(text, spec->summary);
	text_add(text, "]");
	add_action(text, spec);
	text_add(text, "'\n");
}

static void add_flags(struct text *text, const char *variable, bool is_own_only)
{
	text_addf(text, "typeset -ga %s\n%s=(\n", variable, variable);
	for (size_t i = 0; i < FLAG_COUNT; i++) {
		const struct flag_spec *spec = &flag_specs[i];

		if (flag_is_listed(spec) && (!is_own_only || spec->scope == FLAG_SCOPE_OWN))
			add_flag(text, spec);
	}
	text_add(text, ")\n\n");
}

static void add_verbs(struct text *text)
{
	text_add(text, "typeset -ga _hardrun_verbs\n_hardrun_verbs=(\n");
	for (const struct flag_verb *verb = flag_verbs; verb->name != NULL; verb++) {
		text_addf(text, "\t'%s:", verb->name);
		add_quoted(text, verb->summary);
		text_add(text, "'\n");
	}
	text_add(text, ")\n\n_hardrun_rest() {\n\tcase $words[1] in\n");
	for (const struct flag_verb *verb = flag_verbs; verb->name != NULL; verb++) {
		if (verb->has_flags)
			text_addf(text, "\t%s) _arguments -s -S -A '-*' $_hardrun_flags ':image: ' '*:::command:_normal' ;;\n",
				  verb->name);
		else
			text_addf(text, "\t%s) _arguments '1:word:(%s)' '*:file:_files' ;;\n", verb->name, verb->words);
	}
	text_add(text, "\tesac\n}\n\n");
}

const char *flag_print_zsh(struct arena *arena)
{
	struct text text;

	text_init(&text, arena);
	text_add(&text, head);
	add_flags(&text, "_hardrun_own", true);
	add_flags(&text, "_hardrun_flags", false);
	add_verbs(&text);
	text_add(&text, tail);
	return text.data;
}
