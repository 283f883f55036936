/* docker_line: finds the verb where docker would find it. pflag's grammar, less what only one client reads or nobody writes. */
#include "docker_line.h"

#include <string.h>

#include <hardrun/base.h>

enum option_effect {
	OPTION_NONE,    /* the client talks more or less */
	OPTION_VERSION,
	OPTION_HELP,
	OPTION_HOST,    /* which daemon */
	OPTION_CONTEXT,
	OPTION_SELECTS, /* which configuration, which keys */
};

/* docker's own options before the verb. Source: docker/cli cli/flags/options.go, cli/cobra.go. */
static const struct docker_option {
	const char *name;
	char letter;
	bool has_value;
	enum option_effect effect;
} docker_options[] = {
	{ "config", 0, true, OPTION_SELECTS },
	{ "context", 'c', true, OPTION_CONTEXT },
	{ "debug", 'D', false, OPTION_NONE },
	{ "help", 'h', false, OPTION_HELP },
	{ "host", 'H', true, OPTION_HOST },
	{ "log-level", 'l', true, OPTION_NONE },
	{ "tls", 0, false, OPTION_SELECTS },
	{ "tlscacert", 0, true, OPTION_SELECTS },
	{ "tlscert", 0, true, OPTION_SELECTS },
	{ "tlskey", 0, true, OPTION_SELECTS },
	{ "tlsverify", 0, false, OPTION_SELECTS },
	{ "version", 'v', false, OPTION_VERSION },
};

/* Docker takes the last of them; whoever gives two means neither. */
static void note_daemon(struct docker_line *line, const char **place, const char *value)
{
	if (*place != NULL && value != NULL && strcmp(*place, value) != 0)
		line->has_other = true;
	*place = value;
}

/* ${value}: of an option that has one; NULL: it is missing. */
static void note_option(struct docker_line *line, const struct docker_option *option, const char *word, const char *value,
			bool is_on)
{
	switch (option->effect) {
	case OPTION_HELP:
		line->has_help = is_on;
		break;
	case OPTION_VERSION:
		line->has_version = is_on;
		break;
	case OPTION_HOST:
		note_daemon(line, &line->host, value);
		break;
	case OPTION_CONTEXT:
		note_daemon(line, &line->context, value);
		break;
	case OPTION_SELECTS:
		line->has_other = true;
		break;
	case OPTION_NONE:
		return;
	}
	if (line->option == NULL && option->effect != OPTION_HELP && option->effect != OPTION_VERSION)
		line->option = word;
}

static const char *next_word(const struct docker_line *line)
{
	return line->options + 1 < line->argc ? line->argv[line->options + 1] : NULL;
}

/* "--name", "--name=value", "--name value": the number of words, 0 when there is no such option. */
static int read_long(struct docker_line *line, const char *word)
{
	const char *name = word + 2;
	const size_t length = strcspn(name, "=");
	const char *value = name[length] == '=' ? name + length + 1 : NULL;

	for (size_t i = 0; i < ARRAY_COUNT(docker_options); i++) {
		const struct docker_option *option = &docker_options[i];
		bool is_on = true;

		if (strlen(option->name) != length || memcmp(option->name, name, length) != 0)
			continue;
		if (!option->has_value && value != NULL && !parse_bool(value, &is_on))
			return 0;
		note_option(line, option, word, option->has_value && value == NULL ? next_word(line) : value, is_on);
		return option->has_value && value == NULL ? 2 : 1;
	}
	return 0;
}

/* "-D", "-DH value", "-Hvalue": the same. "-D=false" is read by docker, written by nobody, and refused. */
static int read_letters(struct docker_line *line, const char *word)
{
	for (const char *letter = word + 1; *letter != '\0'; letter++) {
		size_t row = 0;

		while (row < ARRAY_COUNT(docker_options) && docker_options[row].letter != *letter)
			row++;
		if (row == ARRAY_COUNT(docker_options))
			return 0;
		note_option(line, &docker_options[row], word, letter[1] == '\0' ? next_word(line) : letter + 1, true);
		if (docker_options[row].has_value)
			return letter[1] == '\0' ? 2 : 1;
	}
	return 1;
}

/* Finds where the verb is. NULL, or the clause why the line cannot be read. */
static const char *read_options(struct docker_line *line)
{
	while (line->options < line->argc && line->argv[line->options][0] == '-') {
		const char *word = line->argv[line->options];
		int used = 0;

		if (strcmp(word, "-") == 0 || strcmp(word, "--") == 0)
			return "the verb must stand here";
		used = word[1] == '-' ? read_long(line, word) : read_letters(line, word);
		if (used == 0)
			return "docker has no such option before the verb";
		if (used > line->argc - line->options)
			return "a value is missing";
		line->options += used;
	}
	return NULL;
}

struct docker_line docker_line_read(int argc, char *const argv[])
{
	struct docker_line line = { .argc = argc, .argv = argv, .stance = DOCKER_VERB_REFUSED };
	char *const *words;

	line.reason = read_options(&line);
	if (line.reason != NULL)
		return line;
	words = argv + line.options;
	if (line.options == argc) {
		line.stance = DOCKER_VERB_PASS;
		return line;
	}
	line.verb = docker_verbs_find(argc - line.options, words);
	if (line.verb != NULL) {
		line.words = line.verb->sub[0] != '\0' ? 2 : 1;
		line.stance = line.verb->stance;
		line.reason = line.stance == DOCKER_VERB_REFUSED ? line.verb->reason : NULL;
		return line;
	}
	line.words = docker_verbs_is_management(words[0]) && argc - line.options > 1 ? 2 : 1;
	line.reason = line.words == 2 && words[1][0] == '-' ? "nothing may stand between the two words of a verb"
							    : "hardrun does not know this verb, so it cannot tell what it starts";
	return line;
}
