/*
 * docker: the verbs of docker's own command line. run and create are ours; what starts nothing and widens nothing goes to the
 * real client as it is; the rest is refused.
 */
#include "cli.h"

#include <string.h>
#include <sys/stat.h>

#include "docker_line.h"

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
	return flow_load_ceiling(cli->arena, cli->facts, &search, &errors) != NULL || errors.count > 0;
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

/* "hardrun docker --dry-run rm x" must not remove x. NULL: there is no option of ours that pass-through would lose. */
static const char *lost_option(const struct cli_options *options)
{
	if (options->is_dry_run)
		return "--dry-run";
	if (options->policy != NULL)
		return "--policy";
	if (options->backend != NULL)
		return "--backend";
	if (options->rootfs != NULL)
		return "--rootfs";
	return options->format != NULL ? "--format" : NULL;
}

/*
 * What makes the client, run as root for someone else, use files or helper programs that may be that someone's; NULL: nothing.
 * A HOME of anyone's but root's holds config.json and plugins.
 */
static const char *foreign_source(const struct cli *cli, const struct docker_line *line)
{
	static const char *const names[] = { "DOCKER_CONFIG", "DOCKER_CONTEXT", "DOCKER_HOST", "DOCKER_CERT_PATH" };
	const char *home = host_environment(cli->facts, "HOME");
	struct stat found;

	if (!is_elevated(cli))
		return NULL;
	if (line->option != NULL)
		return line->option;
	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		const char *value = host_environment(cli->facts, names[i]);

		if (value != NULL && value[0] != '\0')
			return names[i];
	}
	return home != NULL && stat(home, &found) == 0 && found.st_uid != 0 ? "HOME" : NULL;
}

static int refuse_word(const struct cli *cli, const char *word, const char *reason)
{
	message_line(cli, "%s: %s: %s", message_tone(cli, stderr, MESSAGE_BAD, "refused"), string_printable(cli->arena, word, 80),
		     reason);
	return LAUNCH_STATUS_REFUSED;
}

static int pass_through(struct cli *cli, const struct docker_line *line)
{
	const char *lost = lost_option(&cli->options);
	const char *foreign = lost == NULL ? foreign_source(cli, line) : NULL;
	const char *program;
	char **words;
	struct error err = { 0 };

	if (lost != NULL)
		return refuse_word(cli, lost, "this is handed to docker, which knows no such option; leave it out");
	if (foreign != NULL)
		return refuse_word(cli, foreign, "as root it could name files and helper programs of anyone's; call docker itself");
	program = find_client(cli);
	if (program == NULL) {
		message_line(cli, "there is no docker client but this program; install the package docker.io");
		return LAUNCH_STATUS_REFUSED;
	}
	words = arena_alloc(cli->arena, ((size_t)line->argc + 2) * sizeof(*words));
	words[0] = arena_strdup(cli->arena, "docker");
	for (int i = 0; i < line->argc; i++)
		words[i + 1] = line->argv[i];
	launch_pass_through(cli->arena, program, words, &err);
	message_error(cli, &err);
	return LAUNCH_STATUS_REFUSED;
}

static int refuse_verb(const struct cli *cli, const struct docker_line *line, const char *reason)
{
	char *const *words = line->argv + line->options;
	const char *name = string_printable(cli->arena, words[0], 80);
	const char *sub = line->words == 2 ? arena_printf(cli->arena, " %s", string_printable(cli->arena, words[1], 80)) : "";

	message_line(cli, "%s: docker %s%s: %s", message_tone(cli, stderr, MESSAGE_BAD, "refused"), name, sub, reason);
	return LAUNCH_STATUS_REFUSED;
}

static int run_own(struct cli *cli, const struct docker_line *line)
{
	int words = line->options + line->words;

	if (line->option != NULL)
		return refuse_word(cli, line->option, "which daemon and configuration are used is said by engine.host in the policy");
	cli->failure = LAUNCH_STATUS_REFUSED;
	cli->verb = strcmp(line->argv[words - 1], "create") == 0 ? "create" : "run";
	if (line->has_help) {
		help_verb_usage(cli, cli->verb);
		return message_finish(cli, CLI_STATUS_OK);
	}
	return run_verb(cli, line->argc - words, line->argv + words);
}

int docker_verb(struct cli *cli, int argc, char *const argv[])
{
	struct docker_line line;
	struct error err = { 0 };
	int used = options_parse(cli, argc, argv, true, &err);

	if (used < 0) {
		message_error(cli, &err);
		return LAUNCH_STATUS_REFUSED;
	}
	options_apply(cli, cli->options.format, cli->options.color);
	line = docker_line_read(argc - used, argv + used);
	if (line.words == 0 && line.reason != NULL) {
		message_line(cli, "%s: %s", string_printable(cli->arena, line.argv[line.options], 80), line.reason);
		return LAUNCH_STATUS_REFUSED;
	}
	switch (line.stance) {
	case DOCKER_VERB_OWN:
		return run_own(cli, &line);
	case DOCKER_VERB_REFUSED:
		return refuse_verb(cli, &line, line.reason);
	case DOCKER_VERB_FILES:
		if (is_elevated(cli))
			return refuse_verb(cli, &line, "it reads or writes files and credentials as root; call docker itself");
		break;
	case DOCKER_VERB_PASS:
		break;
	}
	return pass_through(cli, &line);
}
