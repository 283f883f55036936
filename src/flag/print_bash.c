/* Completion for bash, as one file that needs nothing but bash. It asks no network and no engine. */
#include <string.h>

#include "flag_internal.h"

static const char head[] =
	"# bash completion for hardrun, printed from its flag table: hardrun --print bash\n"
	"\n";

/*
 * bash splits "--backend=x" into three words at '=', and "a:b" at ':'. ${value} is the word being completed, ${flag} the flag
 * that it belongs to.
 */
static const char functions[] =
	"# Names of policies that files in the usual directories would give.\n"
	"_hardrun_policies() {\n"
	"\tlocal directory file\n"
	"\tfor directory in ~/.config/hardrun/policies /etc/hardrun/policies " HARDRUN_PREFIX "/share/hardrun/{policies,built-in}; do\n"
	"\t\tfor file in \"$directory\"/*.yaml; do\n"
	"\t\t\t[ -e \"$file\" ] && file=${file##*/} && printf '%s\\n' \"${file%.yaml}\"\n"
	"\t\tdone\n"
	"\tdone\n"
	"}\n"
	"\n"
	"# Does the word take the next one as its value?\n"
	"_hardrun_takes_value() {\n"
	"\tcase $1 in\n"
	"\t--*=*) return 1 ;;\n"
	"\t--*) [[ $_hardrun_valued == *\" $1 \"* ]] ;;\n"
	"\t-?*)\n"
	"\t\tlocal rest=${1#-}\n"
	"\t\twhile [ -n \"$rest\" ]; do\n"
	"\t\t\tif [[ $_hardrun_letters == *\"${rest:0:1}\"* ]]; then\n"
	"\t\t\t\t[ ${#rest} -eq 1 ]\n"
	"\t\t\t\treturn\n"
	"\t\t\tfi\n"
	"\t\t\trest=${rest:1}\n"
	"\t\tdone\n"
	"\t\treturn 1 ;;\n"
	"\t*) return 1 ;;\n"
	"\tesac\n"
	"}\n"
	"\n"
	"_hardrun_reply() {\n"
	"\tCOMPREPLY+=($(compgen -W \"$1\" -- \"$2\"))\n"
	"\tif [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=:] ]]; then\n"
	"\t\tcompopt -o nospace 2>/dev/null\n"
	"\tfi\n"
	"}\n"
	"\n"
	"# Walks the words before the cursor: sets verb, flag (whose value is next) and positionals (words after the verb).\n"
	"_hardrun_walk() {\n"
	"\tlocal i word\n"
	"\tverb='' flag='' positionals=0\n"
	"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	"\t\tword=${COMP_WORDS[i]}\n"
	"\t\tif [ -n \"$flag\" ]; then\n"
	"\t\t\tif [ \"$word\" != = ]; then\n"
	"\t\t\t\tflag=''\n"
	"\t\t\telif [ $((i + 1)) -lt \"$COMP_CWORD\" ]; then\n"
	"\t\t\t\tcontinue\n"
	"\t\t\tfi\n"
	"\t\telif [ \"$positionals\" -gt 0 ]; then\n"
	"\t\t\tcontinue\n"
	"\t\telif _hardrun_takes_value \"$word\"; then\n"
	"\t\t\tflag=$word\n"
	"\t\telif [[ $word != -* && $word != = ]]; then\n"
	"\t\t\tif [ -z \"$verb\" ]; then verb=$word; else positionals=$((positionals + 1)); fi\n"
	"\t\tfi\n"
	"\tdone\n"
	"}\n"
	"\n"
	"_hardrun() {\n"
	"\tlocal value=${COMP_WORDS[COMP_CWORD]} verb flag positionals\n"
	"\tCOMPREPLY=()\n"
	"\t_hardrun_walk\n"
	"\t[ \"$value\" != = ] || [ -z \"$flag\" ] || value=''\n"
	"\tif [ -n \"$flag\" ]; then\n"
	"\t\t_hardrun_value \"$flag\" \"$value\"\n"
	"\t\treturn\n"
	"\tfi\n"
	"\tif [ -z \"$verb\" ]; then\n"
	"\t\t_hardrun_reply \"$_hardrun_verbs $_hardrun_own --help --version\" \"$value\"\n"
	"\t\treturn\n"
	"\tfi\n"
	"\t_hardrun_after_verb \"$verb\" \"$value\"\n"
	"}\n"
	"\n"
	"complete -o bashdefault -o default -F _hardrun hardrun\n";

/* Adds NAME=' --a --b ' of the rows that ${choose} picks. */
static void add_flags(struct text *text, const char *variable, bool (*choose)(const struct flag_spec *spec))
{
	text_addf(text, "%s=' ", variable);
	for (size_t i = 0; i < FLAG_COUNT; i++) {
		if (choose(&flag_specs[i]))
			text_addf(text, "--%s ", flag_specs[i].name);
	}
	text_add(text, "'\n");
}

static bool takes_value(const struct flag_spec *spec)
{
	return spec->value_name != NULL;
}

static bool is_own(const struct flag_spec *spec)
{
	return spec->scope == FLAG_SCOPE_OWN;
}

static void add_lists(struct text *text)
{
	text_add(text, "_hardrun_verbs='");
	for (const struct flag_verb *verb = flag_verbs; verb->name != NULL; verb++)
		text_addf(text, "%s%s", verb == flag_verbs ? "" : " ", verb->name);
	text_add(text, "'\n");
	add_flags(text, "_hardrun_own", is_own);
	add_flags(text, "_hardrun_flags", flag_is_listed);
	add_flags(text, "_hardrun_valued", takes_value);
	text_add(text, "_hardrun_letters='");
	for (size_t i = 0; i < FLAG_COUNT; i++) {
		if (flag_specs[i].letter != '\0' && takes_value(&flag_specs[i]))
			text_addf(text, "%c", flag_specs[i].letter);
	}
	text_add(text, "'\n\n");
}

static void add_value(struct text *text, const struct flag_spec *spec)
{
	if (spec->letter != '\0')
		text_addf(text, "\t-*%c|", spec->letter);
	else
		text_add(text, "\t");
	text_addf(text, "--%s) ", spec->name);
	if (spec->values != NULL)
		text_addf(text, "_hardrun_reply '%s' \"$2\" ;;\n", spec->values);
	else if (flag_takes_directory(spec))
		text_add(text, "COMPREPLY=($(compgen -d -- \"$2\")) ;;\n");
	else
		text_add(text, "COMPREPLY=($(compgen -f -- \"$2\")) ;;\n");
}

static void add_values(struct text *text)
{
	text_add(text, "# Completes the value of flag $1 that begins with $2.\n_hardrun_value() {\n\tcase $1 in\n"
		       "\t--policy) _hardrun_reply \"$(_hardrun_policies)\" \"$2\"; COMPREPLY+=($(compgen -f -- \"$2\")) ;;\n");
	for (size_t i = 0; i < FLAG_COUNT; i++) {
		const struct flag_spec *spec = &flag_specs[i];

		if (i == FLAG_POLICY || !takes_value(spec) || spec->is_hidden)
			continue;
		if (spec->values != NULL || flag_takes_file(spec) || flag_takes_directory(spec) || i == FLAG_VOLUME)
			add_value(text, spec);
	}
	text_add(text, "\tesac\n}\n\n");
}

static void add_verbs(struct text *text)
{
	text_add(text, "# Completes a word that begins with $2 behind verb $1.\n_hardrun_after_verb() {\n"
		       "\t[ \"$positionals\" -eq 0 ] || return\n\tcase $1 in\n");
	for (const struct flag_verb *verb = flag_verbs; verb->name != NULL; verb++) {
		if (verb->has_flags)
			text_addf(text, "\t%s) [[ $2 != -* ]] || _hardrun_reply \"$_hardrun_flags\" \"$2\" ;;\n", verb->name);
		else
			text_addf(text, "\t%s) _hardrun_reply '%s' \"$2\" ;;\n", verb->name, verb->words);
	}
	text_add(text, "\tesac\n}\n\n");
}

const char *flag_print_bash(struct arena *arena)
{
	struct text text;

	text_init(&text, arena);
	text_add(&text, head);
	add_lists(&text);
	add_values(&text);
	add_verbs(&text);
	text_add(&text, functions);
	return text.data;
}
