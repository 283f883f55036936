/* main: own options, then the verb. */
#include "cli.h"
#include "separate.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
	const char *name;
	cli_verb *call;
	int failure;
	bool is_confined; /* it starts nothing and asks nobody: root is given up before it begins */
} main_verbs[] = {
	{ "run", run_verb, LAUNCH_STATUS_REFUSED, false },
	{ "create", run_verb, LAUNCH_STATUS_REFUSED, false },
	{ "check", check_verb, CLI_STATUS_USAGE, true },
	{ "show", show_verb, CLI_STATUS_USAGE, true },
	{ "why", why_verb, CLI_STATUS_USAGE, false },
	{ "learn", learn_verb, CLI_STATUS_USAGE, false },
	{ "unit", unit_verb, CLI_STATUS_USAGE, true },
	{ "doctor", doctor_verb, CLI_STATUS_USAGE, false },
	{ "policy", policy_verb, CLI_STATUS_USAGE, true },
	{ "compose", compose_verb, LAUNCH_STATUS_REFUSED, false },
	{ "apparmor", apparmor_verb, LAUNCH_STATUS_REFUSED, false },
	{ "docker", docker_verb, LAUNCH_STATUS_REFUSED, false },
	{ "help", help_verb, CLI_STATUS_USAGE, false },
};

/* A line that no verb has seen. */
static int refuse_line(struct cli *cli, const char *verdict, const char *sentence)
{
	recording_refuse_line(cli, verdict, sentence);
	return cli->failure;
}

static int unknown_verb(struct cli *cli, const char *word)
{
	const char *nearest = help_nearest_verb(word);

	message_line(cli, "%s: no such verb; %s%s", word[0] != '\0' ? string_printable(cli->arena, word, 80) : "''",
		     nearest != NULL ? "did you mean " : "see hardrun --help", nearest != NULL ? nearest : "");
	return refuse_line(cli, "malformed", "no such verb");
}

/* Whose files are read, and whose limits hold, depends on who asks. */
static int refuse_caller(struct cli *cli)
{
	message_line(cli, "%s: who asks cannot be told: %s", message_tone(cli, stderr, MESSAGE_BAD, "refused"),
		     cli->facts->caller_problem);
	return refuse_line(cli, "denied", arena_printf(cli->arena, "who asks cannot be told: %s", cli->facts->caller_problem));
}

static int call_verb(struct cli *cli, int argc, char *const argv[])
{
	for (size_t i = 0; i < ARRAY_COUNT(main_verbs); i++) {
		if (strcmp(argv[0], main_verbs[i].name) != 0)
			continue;
		cli->verb = main_verbs[i].name;
		cli->failure = main_verbs[i].failure;
		if (cli->options.is_help) {
			help_verb_usage(cli, cli->verb);
			return message_finish(cli, CLI_STATUS_OK);
		}
		if (cli->facts->caller_problem != NULL)
			return refuse_caller(cli);
		if (main_verbs[i].is_confined)
			return separate_confined(cli, argc - 1, argv + 1, main_verbs[i].call);
		return main_verbs[i].call(cli, argc - 1, argv + 1);
	}
	return unknown_verb(cli, argv[0]);
}

/* Root's rights are lent, or a ceiling stands between whoever is root and the machine. */
static bool is_guarded(const struct host_facts *facts)
{
	struct stat status;

	return facts->is_root && (facts->elevated_by != NULL || lstat(FLOW_CEILING_PATH, &status) == 0);
}

static int call_hardrun(struct cli *cli, int argc, char *const argv[])
{
	struct error err = { 0 };
	int used;

	if (argc > 0 && strcmp(argv[0], "--print") == 0)
		return print_what(cli, argc == 2 ? argv[1] : NULL);
	used = options_parse(cli, argc, argv, false, &err);
	if (used < 0) {
		message_error(cli, &err);
		return refuse_line(cli, "malformed", err.message);
	}
	options_apply(cli, cli->options.format, cli->options.color);
	if (cli->options.is_version) {
		help_version(cli);
		return message_finish(cli, CLI_STATUS_OK);
	}
	if (used < argc)
		return call_verb(cli, argc - used, argv + used);
	if (cli->options.is_help) {
		help_overview(cli);
		return message_finish(cli, CLI_STATUS_OK);
	}
	message_line(cli, "a verb is missing; see hardrun --help");
	return refuse_line(cli, "malformed", "a verb is missing");
}

static bool is_called_docker(const char *name)
{
	const char *slash = strrchr(name, '/');

	return strcmp(slash != NULL ? slash + 1 : name, "docker") == 0;
}

int main(int argc, char *argv[])
{
	struct cli cli = { .failure = LAUNCH_STATUS_REFUSED, .argc = argc, .argv = argv };
	struct error err = { 0 };
	unsigned sockets;
	int status;

	cli.is_stdout_closed = fcntl(STDOUT_FILENO, F_GETFD) < 0;
	sockets = host_listen_count();
	launch_sanitize_descriptors(sockets);
	cli.arena = arena_new();
	if (argc < 1 || argv[0] == NULL) {
		message_line(&cli, "it was started without a name: argv is empty");
		return LAUNCH_STATUS_REFUSED;
	}
	cli.facts = host_read(cli.arena);
	if (cli.facts->unit == NULL)
		launch_close_sockets(sockets);
	options_apply(&cli, NULL, NULL);
	cli.is_guarded = is_guarded(cli.facts);
	if (cli.is_guarded && launch_guard(cli.arena, cli.facts->elevated_by != NULL, &err) < 0) {
		message_error(&cli, &err);
		return LAUNCH_STATUS_REFUSED;
	}
	if (is_called_docker(argv[0])) {
		cli.verb = "docker";
		status = cli.facts->caller_problem != NULL ? refuse_caller(&cli) : docker_verb(&cli, argc - 1, argv + 1);
	} else {
		status = call_hardrun(&cli, argc - 1, argv + 1);
	}
	arena_free(cli.arena);
	return status;
}
