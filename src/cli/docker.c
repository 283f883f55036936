/*
 * docker: the verbs of docker's own command line. run and create are ours; what starts nothing and widens nothing goes to the
 * real client as it is; the rest is refused.
 */
#include "cli.h"

#include <string.h>
#include <sys/stat.h>

#include "docker_verbs.h"

/* docker's own options before the verb. Source: docker/cli cli/flags/options.go. */
static const struct { const char *name; char letter; bool has_value; } docker_options[] = {
	{ "config", 0, true }, { "context", 'c', true }, { "debug", 'D', false }, { "help", 'h', false }, { "host", 'H', true },
	{ "log-level", 'l', true }, { "tls", 0, false }, { "tlscacert", 0, true }, { "tlscert", 0, true }, { "tlskey", 0, true },
	{ "tlsverify", 0, false }, { "version", 'v', false },
};

/* A docker command line, taken apart. */
struct docker_line {
	int argc;
	char *const *argv;   /* without own options in front */
	int options;         /* words before the verb */
	const char *option;  /* the first of them that changes which daemon or configuration is used; NULL: none */
	bool has_help;       /* --help or --version in front: nothing is done */
};

static bool is_harmless(const char *name)
{
	return strcmp(name, "debug") == 0 || strcmp(name, "help") == 0 || strcmp(name, "version") == 0;
}

static void note_option(struct docker_line *line, size_t row, const char *word)
{
	const char *name = docker_options[row].name;

	if (strcmp(name, "help") == 0 || strcmp(name, "version") == 0)
		line->has_help = true;
	if (line->option == NULL && !is_harmless(name))
		line->option = word;
}

/* "--name", "--name=value", "--name value": the number of words, 0 when there is no such option. */
static int read_long(struct docker_line *line, const char *word)
{
	const char *name = word + 2;
	size_t length = strcspn(name, "=");

	for (size_t i = 0; i < ARRAY_COUNT(docker_options); i++) {
		if (strlen(docker_options[i].name) != length || memcmp(docker_options[i].name, name, length) != 0)
			continue;
		note_option(line, i, word);
		return docker_options[i].has_value && name[length] == '\0' ? 2 : 1;
	}
	return 0;
}

/* "-D", "-DH value", "-Hvalue": the same. */
static int read_letters(struct docker_line *line, const char *word)
{
	for (const char *letter = word + 1; *letter != '\0'; letter++) {
		size_t row = 0;

		while (row < ARRAY_COUNT(docker_options) && docker_options[row].letter != *letter)
			row++;
		if (row == ARRAY_COUNT(docker_options))
			return 0;
		note_option(line, row, word);
		if (docker_options[row].has_value)
			return letter[1] == '\0' ? 2 : 1;
	}
	return 1;
}

/* Finds the verb. NULL, or the clause why the line cannot be read. */
static const char *read_options(struct docker_line *line)
{
	while (line->options < line->argc && line->argv[line->options][0] == '-') {
		const char *word = line->argv[line->options];
		int used = 0;

		if (strcmp(word, "-") == 0 || strcmp(word, "--") == 0)
			return "no verb is named";
		used = word[1] == '-' ? read_long(line, word) : read_letters(line, word);
		if (used == 0)
			return "docker has no such option before the verb";
		if (line->options + used > line->argc)
			return "a value is missing";
		line->options += used;
	}
	return NULL;
}

/*
 * Someone was let up to root by sudo and the like: then the client's files and helpers are read, written and run as root, which
 * is more than whoever allowed hardrun has allowed.
 */
static bool is_elevated(const struct cli *cli)
{
	static const char *const names[] = { "SUDO_UID", "DOAS_USER", "PKEXEC_UID" };
	struct policy_errors errors = { .arena = cli->arena };
	struct policy_search search;

	if (!cli->facts->is_root)
		return false;
	for (size_t i = 0; i < ARRAY_COUNT(names); i++)
		if (host_environment(cli->facts, names[i]) != NULL)
			return true;
	flow_search(cli->arena, cli->facts, &search);
	return policy_load_ceiling(cli->arena, &search, &errors) != NULL || errors.count > 0;
}

/* The docker in the path may be a link to us. */
static const char *find_client(struct cli *cli)
{
	const char *program;
	struct stat own, found;

	host_find_programs(cli->arena, cli->facts, "docker");
	program = cli->facts->engine.programs[BACKEND_DOCKER];
	if (program == NULL || stat(program, &found) != 0)
		return NULL;
	if (stat("/proc/self/exe", &own) == 0 && own.st_dev == found.st_dev && own.st_ino == found.st_ino)
		return NULL;
	return program;
}

static int pass_through(struct cli *cli, const struct docker_line *line)
{
	const char *program = find_client(cli);
	char **words = arena_alloc(cli->arena, ((size_t)line->argc + 2) * sizeof(*words));
	struct error err = { 0 };

	if (program == NULL) {
		message_line(cli, "there is no docker client but this program; install the package docker.io");
		return LAUNCH_STATUS_REFUSED;
	}
	words[0] = arena_strdup(cli->arena, "docker");
	for (int i = 0; i < line->argc; i++)
		words[i + 1] = line->argv[i];
	launch_pass_through(cli->arena, program, words, &err);
	message_error(cli, &err);
	return LAUNCH_STATUS_REFUSED;
}

static int refuse_verb(const struct cli *cli, const struct docker_line *line, const struct docker_verb *verb, const char *reason)
{
	const char *name = string_printable(cli->arena, line->argv[line->options], 80);
	bool has_sub = line->options + 1 < line->argc && (verb != NULL ? verb->sub != NULL : docker_verbs_is_management(name));
	const char *sub = has_sub ? string_printable(cli->arena, line->argv[line->options + 1], 80) : "";

	message_line(cli, "%s: docker %s%s%s: %s", message_tone(cli, stderr, MESSAGE_BAD, "refused"), name, has_sub ? " " : "",
		     sub, reason);
	return LAUNCH_STATUS_REFUSED;
}

static int run_own(struct cli *cli, const struct docker_line *line, const struct docker_verb *verb)
{
	int words = line->options + (verb->sub != NULL ? 2 : 1);

	if (line->option != NULL) {
		message_line(cli, "refused: %s: which daemon and configuration are used is said by engine.host in the policy",
			     string_printable(cli->arena, line->option, 80));
		return LAUNCH_STATUS_REFUSED;
	}
	cli->failure = LAUNCH_STATUS_REFUSED;
	cli->verb = strcmp(verb->sub != NULL ? verb->sub : verb->name, "create") == 0 ? "create" : "run";
	return run_verb(cli, line->argc - words, line->argv + words);
}

static int dispatch(struct cli *cli, const struct docker_line *line)
{
	const char *name = line->argv[line->options];
	const char *sub = line->options + 1 < line->argc ? line->argv[line->options + 1] : NULL;
	const struct docker_verb *verb = docker_verbs_find(name, sub);

	if (verb == NULL)
		return refuse_verb(cli, line, NULL, "hardrun does not know this verb, so it cannot tell what it starts");
	switch (verb->stance) {
	case DOCKER_VERB_OWN:
		return run_own(cli, line, verb);
	case DOCKER_VERB_REFUSED:
		return refuse_verb(cli, line, verb, verb->reason);
	case DOCKER_VERB_FILES:
		if (is_elevated(cli))
			return refuse_verb(cli, line, verb, "it reads or writes files and credentials as root; call docker itself");
		break;
	case DOCKER_VERB_PASS:
		break;
	}
	if (line->option != NULL && is_elevated(cli)) {
		message_line(cli, "refused: %s: as root it could name files and helper programs of anyone's; call docker itself",
			     string_printable(cli->arena, line->option, 80));
		return LAUNCH_STATUS_REFUSED;
	}
	return pass_through(cli, line);
}

int docker_verb(struct cli *cli, int argc, char *const argv[])
{
	struct docker_line line = { 0 };
	struct error err = { 0 };
	const char *reason;
	int used;

	/* -h and --help are docker's here, and so is --version. */
	used = argc > 0 && (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0 || strcmp(argv[0], "--version") == 0) ?
		       0 : options_parse(cli, argc, argv, true, &err);
	if (used < 0) {
		message_error(cli, &err);
		return LAUNCH_STATUS_REFUSED;
	}
	options_apply(cli, cli->options.format, cli->options.color);
	line.argc = argc - used;
	line.argv = argv + used;
	reason = read_options(&line);
	if (reason != NULL) {
		message_line(cli, "%s: %s", string_printable(cli->arena, line.argv[line.options], 80), reason);
		return LAUNCH_STATUS_REFUSED;
	}
	if (line.options < line.argc && !line.has_help)
		return dispatch(cli, &line);
	if (line.option != NULL && is_elevated(cli)) {
		message_line(cli, "refused: %s: as root it could name files of anyone's", string_printable(cli->arena, line.option, 80));
		return LAUNCH_STATUS_REFUSED;
	}
	return pass_through(cli, &line);
}
