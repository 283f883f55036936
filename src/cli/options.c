/* options: hardrun's own, where they stand before the verb or belong to a verb that is not docker's. */
#include "cli.h"

#include <string.h>
#include <unistd.h>

static bool values_have(const char *values, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = values; at != NULL && *at != '\0' && length > 0;) {
		size_t size = strcspn(at, " ");

		if (size == length && memcmp(at, word, length) == 0)
			return true;
		at += size + strspn(at + size, " ");
	}
	return false;
}

static int check_value(struct arena *arena, enum flag_id flag, const char *value, struct error *err)
{
	const struct flag_spec *spec = &flag_specs[flag];
	const char *shown = string_printable(arena, value, 80);
	int result;

	if (value[0] == '\0')
		return error_set(err, arena, ERROR_USAGE, "--%s: a value is missing", spec->name);
	if (spec->values == NULL || values_have(spec->values, value))
		return 0;
	result = error_set(err, arena, ERROR_USAGE, "--%s=%s: no such %s", spec->name, shown, spec->name);
	err->remedy = arena_printf(arena, "use one of: %s", spec->values);
	return result;
}

/* Two different values for one option: whoever wrote the second may not know of the first. */
static int set_once(struct arena *arena, const char **slot, enum flag_id flag, const char *value, struct error *err)
{
	int result = check_value(arena, flag, value, err);

	if (result < 0)
		return result;
	if (*slot != NULL && strcmp(*slot, value) != 0)
		return error_set(err, arena, ERROR_USAGE, "--%s: given twice with different values", flag_specs[flag].name);
	*slot = value;
	return 0;
}

static const char **option_slot(struct cli_options *options, enum flag_id flag)
{
	const struct { enum flag_id flag; const char **slot; } slots[] = {
		{ FLAG_POLICY, &options->policy },
		{ FLAG_BACKEND, &options->backend },
		{ FLAG_FORMAT, &options->format },
		{ FLAG_COLOR, &options->color },
		{ FLAG_ROOTFS, &options->rootfs },
	};

	for (size_t i = 0; i < ARRAY_COUNT(slots); i++)
		if (slots[i].flag == flag)
			return slots[i].slot;
	return NULL;
}

static bool is_help_or_version(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "--version") == 0;
}

/* --help, -h, --version and the switches --dry-run and --explain. */
static bool parse_switch(struct cli_options *options, const char *word)
{
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
		options->is_help = true;
	else if (strcmp(word, "--version") == 0)
		options->is_version = true;
	else if (strcmp(word, "--dry-run") == 0)
		options->is_dry_run = true;
	else if (strcmp(word, "--explain") == 0)
		options->is_explained = true;
	else
		return false;
	return true;
}

static enum flag_id own_option(const char *word, size_t length)
{
	enum flag_id flag;

	if (strncmp(word, "--", 2) != 0)
		return FLAG_NONE;
	flag = flag_find(word + 2, length - 2);
	return flag != FLAG_NONE && flag_specs[flag].scope == FLAG_SCOPE_OWN ? flag : FLAG_NONE;
}

/* Reads the option at argv[0]: the number of its words, 0 when it is none of ours, or a negative error. */
static int parse_one(struct cli *cli, int argc, char *const argv[], struct error *err)
{
	const char *equals = strchr(argv[0], '=');
	size_t length = equals != NULL ? (size_t)(equals - argv[0]) : strlen(argv[0]);
	enum flag_id flag;
	const char **slot;
	int result;

	if (parse_switch(&cli->options, argv[0])) {
		if (own_option(argv[0], strlen(argv[0])) != FLAG_NONE)
			string_list_add(cli->arena, &cli->options.words, argv[0]);
		return 1;
	}
	flag = own_option(argv[0], length);
	slot = option_slot(&cli->options, flag);
	if (slot == NULL)
		return 0;
	if (equals == NULL && argc < 2)
		return error_set(err, cli->arena, ERROR_USAGE, "%s: a value is missing", argv[0]);
	result = set_once(cli->arena, slot, flag, equals != NULL ? equals + 1 : argv[1], err);
	if (result < 0)
		return result;
	string_list_add(cli->arena, &cli->options.words, arena_printf(cli->arena, "--%s=%s", flag_specs[flag].name, *slot));
	return equals != NULL ? 1 : 2;
}

static int unknown_option(struct arena *arena, const char *word, struct error *err)
{
	const char *shown = string_printable(arena, word, 80);
	const char *names[FLAG_COUNT];
	size_t count = 0;
	const char *nearest;
	int result = error_set(err, arena, ERROR_USAGE, "%s: no such option", shown);

	for (size_t i = 0; i < FLAG_COUNT; i++)
		if (flag_specs[i].scope == FLAG_SCOPE_OWN)
			names[count++] = flag_specs[i].name;
	nearest = string_nearest(word + strspn(word, "-"), names, count);
	if (nearest != NULL)
		err->remedy = arena_printf(arena, "did you mean --%s?", nearest);
	return result;
}

int options_parse(struct cli *cli, int argc, char *const argv[], bool is_tolerant, struct error *err)
{
	int used = 0;

	while (used < argc && argv[used][0] == '-') {
		int result = is_tolerant && is_help_or_version(argv[used]) ? 0 : parse_one(cli, argc - used, argv + used, err);

		if (result < 0)
			return result;
		if (result == 0)
			return is_tolerant ? used : unknown_option(cli->arena, argv[used], err);
		used += result;
	}
	return used;
}

int options_parse_verb(struct cli *cli, int argc, char *const argv[], struct string_list *ret_words, struct error *err)
{
	int at = 0;

	while (at < argc) {
		int used = options_parse(cli, argc - at, argv + at, false, err);

		if (used < 0)
			return used;
		at += used;
		if (at < argc)
			string_list_add(cli->arena, ret_words, argv[at++]);
	}
	options_apply(cli, cli->options.format, cli->options.color);
	return 0;
}

static bool wants_color(const struct host_facts *facts, const char *word, int fd)
{
	const char *no_color = host_environment(facts, "NO_COLOR");
	const char *term = host_environment(facts, "TERM");

	if (word != NULL && strcmp(word, "always") == 0)
		return true;
	if (word != NULL && strcmp(word, "never") == 0)
		return false;
	if ((no_color != NULL && no_color[0] != '\0') || term == NULL || strcmp(term, "dumb") == 0)
		return false;
	return isatty(fd) == 1;
}

void options_apply(struct cli *cli, const char *format, const char *color)
{
	cli->is_json = format != NULL && strcmp(format, "json") == 0;
	cli->has_color_out = wants_color(cli->facts, color, STDOUT_FILENO);
	cli->has_color_err = wants_color(cli->facts, color, STDERR_FILENO);
}
