/*
 * parse: words to flags, as pflag does it. Not interspersed: the first word that is not a flag ends them. Sources:
 * spf13/pflag flag.go (parseArgs, parseLongArg, parseSingleShortArg), docker/cli cli/command/container/run.go.
 */
#include "request_internal.h"

#include <stdint.h>
#include <string.h>

static const char grammar_rule[] = "grammar";

enum { REASON_BYTES_MOST = 240 };

struct parser {
	struct arena *arena;
	struct findings *findings;
	struct request request;
	struct request_option *options;
	size_t option_count;
	char *const *argv;
	size_t argc;
	size_t next;     /* the word to be read next */
	bool is_lost;    /* the arity of a word is unknown: what follows cannot be told apart */
};

/* One flag as it was met: where, how it was spelled, and its value. */
struct occurrence {
	enum flag_id flag;
	size_t argv_index;
	const char *spelling;
	const char *raw;
	bool is_bare; /* a switch without '=' */
};

static struct finding *parser_refuse(struct parser *parser, enum finding_kind kind, const char *subject, size_t argv_index,
				     const char *reason)
{
	return findings_add(parser->findings, kind, subject, argv_index, grammar_rule, "%s",
			    string_printable(parser->arena, reason, REASON_BYTES_MOST));
}

/* About a word of argv that is no known option. */
static struct finding *parser_refuse_word(struct parser *parser, enum finding_kind kind, size_t argv_index, const char *reason)
{
	return parser_refuse(parser, kind, request_stray_words(parser->arena, parser->argv[argv_index]), argv_index, reason);
}

static const char *occurrence_subject(struct arena *arena, const struct occurrence *occurrence)
{
	const struct request_option option = {
		.flag = occurrence->flag, .spelling = occurrence->spelling, .raw = occurrence->is_bare ? NULL : occurrence->raw,
	};

	return request_words(arena, &option);
}

static void parser_refuse_value(struct parser *parser, const struct occurrence *occurrence, const struct value_problem *problem)
{
	struct finding *finding = parser_refuse(parser, FINDING_INVALID, occurrence_subject(parser->arena, occurrence),
						occurrence->argv_index, problem->reason);

	finding->remedy = problem->remedy;
	if (occurrence->spelling[1] != '-') {
		const char *dashes = request_suggest_dashes(parser->arena, parser->argv[occurrence->argv_index]);

		finding->remedy = dashes != NULL ? dashes : problem->remedy;
	}
}

/* Control characters are refused in every value but that of a variable, which may be a script or a certificate. */
static bool value_has_control(struct arena *arena, const struct occurrence *occurrence)
{
	if (occurrence->flag == FLAG_ENV && strchr(occurrence->raw, '=') != NULL)
		return string_has_control(request_cut(arena, occurrence->raw, "=").name);
	return string_has_control(occurrence->raw);
}

/* docker lets the last one win: the way to undo what was said before, and never what someone means to write. */
static bool parser_is_contradicted(struct parser *parser, const struct request_option *option,
				   const struct occurrence *occurrence)
{
	const struct request_option *before;
	struct value_problem problem = { NULL, "give it once" };

	parser->request.options = parser->options;
	parser->request.option_count = parser->option_count;
	before = request_last(&parser->request, option->flag);
	if (flag_specs[option->flag].repeat != FLAG_REPEAT_SAME || before == NULL || request_is_same_value(before, option))
		return false;
	problem.reason = arena_printf(parser->arena, "it was given before with another value, '%s'",
				      request_value_words(parser->arena, before->flag, before->raw));
	parser_refuse_value(parser, occurrence, &problem);
	return true;
}

static void parser_take(struct parser *parser, const struct occurrence *occurrence)
{
	const enum flag_id alias_of = flag_specs[occurrence->flag].alias_of;
	struct value_problem problem = { "it is not well formed", NULL };
	struct request_option option = {
		.flag = alias_of == FLAG_NONE ? occurrence->flag : alias_of,
		.argv_index = occurrence->argv_index,
		.spelling = occurrence->spelling,
		.raw = occurrence->raw,
	};

	if (value_has_control(parser->arena, occurrence)) {
		problem.reason = "it has control characters or invisible ones in it";
		parser_refuse_value(parser, occurrence, &problem);
		return;
	}
	if (!request_read_value(parser->arena, &option, &problem)) {
		parser_refuse_value(parser, occurrence, &problem);
		return;
	}
	if (parser_is_contradicted(parser, &option, occurrence))
		return;
	if (flag_specs[option.flag].kind == FLAG_KIND_BOOL)
		option.raw = option.value.boolean ? "true" : "false";
	*vector_push(parser->arena, parser->options, parser->option_count) = option;
}

/* The word behind the flag, whatever it looks like: "--" is a value too. False when there is none. */
static bool parser_take_next_word(struct parser *parser, struct occurrence *occurrence)
{
	if (parser->next == parser->argc) {
		parser_refuse(parser, FINDING_INVALID, occurrence->spelling, occurrence->argv_index,
			      "it needs a value, and the line ends here");
		parser->is_lost = true;
		return false;
	}
	occurrence->raw = parser->argv[parser->next++];
	return true;
}

static void parser_refuse_unknown_long(struct parser *parser, const char *word, size_t argv_index, const char *name)
{
	struct finding *finding = parser_refuse_word(parser, FINDING_UNKNOWN, argv_index, "docker run has no such flag");

	finding->remedy = request_suggest_flag(parser->arena, name);
	/* With '=' the value is known to stand in the same word. */
	parser->is_lost = strchr(word, '=') == NULL;
}

static void parser_read_long(struct parser *parser, const char *word, size_t argv_index)
{
	const char *name = word + 2;
	const size_t length = strcspn(name, "=");
	struct occurrence occurrence = { .flag = flag_find(name, length), .argv_index = argv_index };

	if (length == 0 || name[0] == '-') {
		parser_refuse_word(parser, FINDING_INVALID, argv_index, "it is not the form of a flag");
		parser->is_lost = name[length] == '\0';
		return;
	}
	if (occurrence.flag == FLAG_NONE) {
		parser_refuse_unknown_long(parser, word, argv_index, arena_strndup(parser->arena, name, length));
		return;
	}
	occurrence.spelling = arena_strndup(parser->arena, word, length + 2);
	if (name[length] == '=') {
		occurrence.raw = name + length + 1;
	} else if (flag_specs[occurrence.flag].kind == FLAG_KIND_BOOL) {
		occurrence.raw = "true";
		occurrence.is_bare = true;
	} else if (!parser_take_next_word(parser, &occurrence)) {
		return;
	}
	parser_take(parser, &occurrence);
}

static void parser_refuse_unknown_letter(struct parser *parser, const char *word, size_t argv_index, const char *letters)
{
	const char *reason = arena_printf(parser->arena, "docker run has no flag '%c' with one dash", letters[0]);
	struct finding *finding = parser_refuse_word(parser, FINDING_UNKNOWN, argv_index, reason);

	finding->remedy = request_suggest_dashes(parser->arena, word);
	parser->is_lost = true;
}

/* One letter of a group; returns the letters that are left, or NULL when the word is used up. */
static const char *parser_read_letter(struct parser *parser, const char *word, size_t argv_index, const char *letters)
{
	struct occurrence occurrence = { .flag = flag_find_letter(letters[0]), .argv_index = argv_index };

	if (strncmp(letters, "test.", 5) == 0) {
		parser_refuse_word(parser, FINDING_INVALID, argv_index, "docker ignores the rest of a word from 'test.' on");
		return NULL;
	}
	if (occurrence.flag == FLAG_NONE) {
		parser_refuse_unknown_letter(parser, word, argv_index, letters);
		return NULL;
	}
	occurrence.spelling = arena_printf(parser->arena, "-%c", letters[0]);
	if (letters[1] == '=' && letters[2] != '\0') {
		occurrence.raw = letters + 2;
		letters = NULL;
	} else if (flag_specs[occurrence.flag].kind == FLAG_KIND_BOOL) {
		occurrence.raw = "true";
		occurrence.is_bare = true;
		letters++;
	} else if (letters[1] != '\0') {
		occurrence.raw = letters + 1;
		letters = NULL;
	} else {
		letters = NULL;
		if (!parser_take_next_word(parser, &occurrence))
			return NULL;
	}
	parser_take(parser, &occurrence);
	return letters;
}

static void parser_read_flags(struct parser *parser)
{
	while (!parser->is_lost && parser->next < parser->argc) {
		const size_t argv_index = parser->next;
		const char *word = parser->argv[argv_index];
		const char *letters = word + 1;

		if (word[0] != '-' || word[1] == '\0')
			return;
		parser->next++;
		if (strcmp(word, "--") == 0)
			return;
		if (word[1] == '-') {
			parser_read_long(parser, word, argv_index);
			continue;
		}
		while (letters != NULL && *letters != '\0' && !parser->is_lost)
			letters = parser_read_letter(parser, word, argv_index, letters);
	}
}

static void parser_refuse_no_image(struct parser *parser)
{
	const struct request_option *hostname = request_last(&parser->request, FLAG_HOSTNAME);
	struct finding *finding = parser_refuse(parser, FINDING_INVALID, "", SIZE_MAX, "no image was named");

	finding->subject = "image";
	finding->remedy = "name one behind the flags: hardrun run [FLAGS] IMAGE [COMMAND]";
	if (hostname != NULL && strcmp(hostname->spelling, "-h") == 0)
		finding->remedy = "-h is --hostname and takes a word; for help write --help";
}

static void parser_read_image(struct parser *parser)
{
	const char *text = parser->argv[parser->next];
	struct image_name image;
	const char *reason;

	parser->request.image = text;
	parser->request.image_index = parser->next++;
	if (string_has_control(text))
		reason = "it has control characters or invisible ones in it";
	else if (request_parse_image(parser->arena, text, &image, &reason))
		return;
	parser_refuse(parser, FINDING_INVALID, arena_printf(parser->arena, "image %s", request_stray_words(parser->arena, text)),
		      parser->request.image_index, reason);
}

/* Image and command. With --rootfs there is no image word. */
static void parser_read_rest(struct parser *parser)
{
	if (request_last(&parser->request, FLAG_ROOTFS) == NULL) {
		if (parser->next == parser->argc) {
			parser_refuse_no_image(parser);
			return;
		}
		parser_read_image(parser);
	}
	while (parser->next < parser->argc)
		string_list_add(parser->arena, &parser->request.command, parser->argv[parser->next++]);
}

/* The limits and the encoding, before anything is understood. */
static bool parser_check_words(struct parser *parser)
{
	bool is_good = true;

	parser->request.argv_words = parser->argc;
	for (size_t i = 0; i < parser->argc; i++)
		parser->request.argv_bytes += strlen(parser->argv[i]) + 1;
	if (parser->argc > REQUEST_ARGV_WORDS_MAX || parser->request.argv_bytes > REQUEST_ARGV_BYTES_MAX) {
		findings_add(parser->findings, FINDING_INVALID, "the command line", SIZE_MAX, grammar_rule,
			     "it has %zu words of %zu bytes; at most %d words and %d bytes are read", parser->argc,
			     parser->request.argv_bytes, REQUEST_ARGV_WORDS_MAX, REQUEST_ARGV_BYTES_MAX);
		return false;
	}
	for (size_t i = 0; i < parser->argc; i++) {
		if (string_is_utf8(parser->argv[i]))
			continue;
		parser_refuse_word(parser, FINDING_INVALID, i, "it is not valid UTF-8");
		is_good = false;
	}
	return is_good;
}

const struct request *request_parse(struct arena *arena, int argc, char *const argv[], struct findings *findings)
{
	struct parser parser = { .arena = arena, .findings = findings, .argv = argv, .argc = argc > 0 ? (size_t)argc : 0 };
	struct request *request = arena_alloc(arena, sizeof(*request));
	const struct request_option *help;

	if (parser_check_words(&parser)) {
		parser_read_flags(&parser);
		parser.request.options = parser.options;
		parser.request.option_count = parser.option_count;
		help = request_last(&parser.request, FLAG_HELP);
		parser.request.is_help = help != NULL && help->value.boolean;
		if (!parser.is_lost && !parser.request.is_help)
			parser_read_rest(&parser);
	}
	*request = parser.request;
	return request;
}

const struct request_option *request_last(const struct request *request, enum flag_id flag)
{
	for (size_t i = request->option_count; i > 0; i--) {
		if (request->options[i - 1].flag == flag)
			return &request->options[i - 1];
	}
	return NULL;
}

const struct request_option *request_next(const struct request *request, enum flag_id flag, size_t *position)
{
	while (*position < request->option_count) {
		const struct request_option *option = &request->options[(*position)++];

		if (option->flag == flag)
			return option;
	}
	return NULL;
}
