/* verb_parse: words of a verb to options and names, as pflag does it, less what nobody writes. */
#include "verb.h"

#include <string.h>

struct parser {
	struct arena *arena;
	struct findings *findings;
	struct verb_words words;
	char *const *argv;
	int argc, next;
};

static const struct verb_flag help_flag = { "help", 0, VERB_SWITCH, NULL, NULL };

static bool refuse(struct parser *parser, const char *word, const char *reason)
{
	const char *equals = strchr(word, '=');
	const char *shown = equals != NULL ? arena_printf(parser->arena, "%.*s=...", (int)(equals - word), word) : word;

	findings_add(parser->findings, FINDING_INVALID,
		     arena_printf(parser->arena, "docker %s: %s", parser->words.form->key, string_printable(parser->arena, shown, 80)),
		     SIZE_MAX, "grammar", "%s", reason);
	return false;
}

static const struct verb_flag *find_long(const struct verb_form *form, const char *name, size_t length)
{
	for (const struct verb_flag *flag = form->flags; flag->name != NULL; flag++)
		if (strlen(flag->name) == length && memcmp(flag->name, name, length) == 0)
			return flag;
	return length == 4 && memcmp(name, "help", 4) == 0 ? &help_flag : NULL;
}

static const struct verb_flag *find_letter(const struct verb_form *form, char letter)
{
	for (const struct verb_flag *flag = form->flags; flag->name != NULL; flag++)
		if (flag->letter == letter)
			return flag;
	return NULL;
}

/* The value of a judged option may be a script: what it may hold is for the verdict to say. */
static bool take(struct parser *parser, const struct verb_flag *flag, const char *word, const char *value)
{
	struct verb_words *words = &parser->words;
	const char *reason = NULL;
	bool is_on;

	if (!string_is_utf8(value))
		return refuse(parser, word, "it is not valid UTF-8");
	if (flag->value != VERB_JUDGED && string_has_control(value))
		return refuse(parser, word, "it has control characters or invisible ones in it");
	if (flag->value == VERB_SWITCH && !parse_bool(value, &is_on))
		reason = "a switch is true or false";
	else
		reason = verb_value_reason(parser->arena, flag, value);
	if (reason != NULL)
		return refuse(parser, word, reason);
	if (flag->value == VERB_SWITCH)
		value = is_on ? "true" : "false";
	if (flag == &help_flag)
		words->is_help = is_on;
	else
		*vector_push(parser->arena, words->options, words->option_count) = (struct verb_option){ flag, value };
	return true;
}

/* The word behind the flag, whatever it looks like. */
static bool take_next(struct parser *parser, const struct verb_flag *flag, const char *word)
{
	if (parser->next == parser->argc)
		return refuse(parser, word, "it needs a value, and the line ends here");
	return take(parser, flag, word, parser->argv[parser->next++]);
}

static bool read_long(struct parser *parser, const char *word)
{
	const char *name = word + 2;
	const size_t length = strcspn(name, "=");
	const struct verb_flag *flag = find_long(parser->words.form, name, length);

	if (flag == NULL)
		return refuse(parser, word, "there is no such option, or it is not served here");
	if (name[length] == '=')
		return take(parser, flag, word, name + length + 1);
	return flag->value == VERB_SWITCH ? take(parser, flag, word, "true") : take_next(parser, flag, word);
}

/* "-it", "-uroot", "-u=root" (whose value is "root"), "-u root". "-i=false" is written by nobody, and refused. */
static bool read_letters(struct parser *parser, const char *word)
{
	for (const char *letter = word + 1; *letter != '\0'; letter++) {
		const struct verb_flag *flag = find_letter(parser->words.form, *letter);

		if (strncmp(letter, "test.", 5) == 0 || flag == NULL)
			return refuse(parser, word, "there is no such option, or it is not served here");
		if (flag->value == VERB_SWITCH && letter[1] == '=')
			return refuse(parser, word, "a switch of one letter takes no value");
		if (flag->value == VERB_SWITCH) {
			if (!take(parser, flag, word, "true"))
				return false;
			continue;
		}
		if (letter[1] == '\0')
			return take_next(parser, flag, word);
		return take(parser, flag, word, letter[1] == '=' && letter[2] != '\0' ? letter + 2 : letter + 1);
	}
	return true;
}

static void take_rest(struct parser *parser)
{
	while (parser->next < parser->argc)
		string_list_add(parser->arena, &parser->words.names, parser->argv[parser->next++]);
}

static bool read_words(struct parser *parser)
{
	while (parser->next < parser->argc) {
		const char *word = parser->argv[parser->next++];
		bool is_read = true;

		if (!string_is_utf8(word))
			return refuse(parser, word, "it is not valid UTF-8");
		if (strcmp(word, "--") == 0) {
			take_rest(parser);
		} else if (word[0] != '-' || word[1] == '\0') {
			string_list_add(parser->arena, &parser->words.names, word);
			if (!parser->words.form->is_interspersed)
				take_rest(parser);
		} else {
			is_read = word[1] == '-' ? read_long(parser, word) : read_letters(parser, word);
		}
		if (!is_read)
			return false;
	}
	return true;
}

/* The command of exec may hold anything that is UTF-8; names may not. */
static bool check_names(struct parser *parser)
{
	const struct verb_words *words = &parser->words;
	const bool has_command = words->form->names == VERB_NAMES_CONTAINER_COMMAND;

	for (size_t i = 0; i < words->names.count; i++) {
		const char *name = words->names.items[i];

		if (!string_is_utf8(name))
			return refuse(parser, name, "it is not valid UTF-8");
		if ((i == 0 || !has_command) && string_has_control(name))
			return refuse(parser, name, "it has control characters or invisible ones in it");
	}
	return true;
}

bool verb_parse(const struct verb_form *form, int argc, char *const argv[], struct verb_words *ret_words,
		struct findings *findings)
{
	struct parser parser = { .arena = findings->arena, .findings = findings, .words.form = form, .argv = argv, .argc = argc };
	size_t bytes = 0;

	for (int i = 0; i < argc; i++)
		bytes += strlen(argv[i]) + 1;
	if (argc > REQUEST_ARGV_WORDS_MAX || bytes > REQUEST_ARGV_BYTES_MAX)
		return refuse(&parser, "the command line", "it is longer than what is read");
	if (!read_words(&parser) || !check_names(&parser))
		return false;
	*ret_words = parser.words;
	return true;
}

const char *verb_option_value(const struct verb_words *words, const char *name)
{
	for (size_t i = words->option_count; i > 0; i--)
		if (strcmp(words->options[i - 1].flag->name, name) == 0)
			return words->options[i - 1].value;
	return NULL;
}
