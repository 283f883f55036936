/* unit: a unit of systemd's for a command line that has been judged. Starts nothing, and writes to standard output alone. */
#include "unit.h"

#include <string.h>

#include "cli.h"

static int refuse(const struct cli *cli, const char *sentence)
{
	message_line(cli, "%s", sentence);
	return CLI_STATUS_USAGE;
}

/* What makes no sense under systemd, which stays with its process and starts it again by itself. NULL: nothing. */
static const char *misfit(const struct request *request)
{
	static const struct { enum flag_id flag; const char *sentence; } rows[] = {
		{ FLAG_DETACH, "-d: systemd looks after the process that it starts; leave out -d" },
		{ FLAG_TTY, "-t: a unit has no terminal; leave out -t" },
		{ FLAG_INTERACTIVE, "-i: a unit has no input; leave out -i" },
		{ FLAG_DRY_RUN, "--dry-run: a unit that starts nothing is of no use; leave it out" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct request_option *option = request_last(request, rows[i].flag);

		if (option != NULL && option->value.boolean)
			return rows[i].sentence;
	}
	if (request_last(request, FLAG_RESTART) != NULL)
		return "--restart: under systemd it is the unit that says when it is started again; leave it out";
	return NULL;
}

static const char *last_of(const struct flow *flow, enum flag_id flag)
{
	const struct request_option *option = request_last(flow->request, flag);

	return option != NULL && option->raw[0] != '\0' ? option->raw : NULL;
}

/* A path that was meant from here means something else from /. */
static bool has_relative_path(const struct flow *flow)
{
	const char *policy = last_of(flow, FLAG_POLICY);

	for (size_t i = 0; i < flow->facts->path_count; i++)
		if (flow->facts->paths[i].given != NULL && flow->facts->paths[i].given[0] != '/')
			return true;
	return policy != NULL && policy[0] != '/' && strchr(policy, '/') != NULL;
}

/* What was asked for: the unit's name, whether it is a job, and the words behind `run`. */
struct wanted { const char *name; bool is_job; int argc; char *const *argv; };

static void add_word(struct text *text, struct arena *arena, const char *word)
{
	text_addf(text, " %s", unit_quote(arena, word));
}

/* The words as they were typed, own options before the verb included; a name and who says that it is ready where that is open. */
static const char *command_line(struct cli *cli, const struct flow *flow, const struct wanted *wanted)
{
	const char *name = wanted->name;
	const bool is_job = wanted->is_job;
	struct arena *arena = cli->arena;
	struct text text;

	text_init(&text, arena);
	text_add(&text, HARDRUN_PREFIX "/bin/hardrun run");
	if (last_of(flow, FLAG_NAME) == NULL) {
		add_word(&text, arena, "--name");
		add_word(&text, arena, name);
	}
	if (last_of(flow, FLAG_SDNOTIFY) == NULL && !is_job) {
		add_word(&text, arena, "--sdnotify");
		add_word(&text, arena, "started");
	}
	for (size_t i = 0; i < cli->options.words.count; i++)
		add_word(&text, arena, cli->options.words.items[i]);
	for (int i = 0; i < wanted->argc; i++)
		add_word(&text, arena, wanted->argv[i]);
	return text.data;
}

/* An engine keeps a container that hardrun, or its client, is no longer there to end. */
static const char *removal(struct cli *cli, const struct flow *flow, const char *name)
{
	const char *own = last_of(flow, FLAG_NAME);

	return arena_printf(cli->arena, "-" HARDRUN_PREFIX "/bin/hardrun docker rm --force %s",
			    unit_quote(cli->arena, own != NULL ? own : name));
}

static const char *render(struct cli *cli, const struct flow *flow, const struct wanted *wanted)
{
	const char *name = wanted->name;
	const char *backend = flow_backend(flow), *notify = last_of(flow, FLAG_SDNOTIFY);
	const bool is_docker = strcmp(backend, "docker") == 0 || strcmp(backend, "auto") == 0;
	const bool is_client = strcmp(backend, "docker") == 0 || strcmp(backend, "podman") == 0;
	struct string_list secrets = { 0 };
	struct unit_text unit = {
		.description = arena_printf(cli->arena, "hardrun: %s", name),
		.command = command_line(cli, flow, wanted),
		.stop_post = is_docker ? removal(cli, flow, name) : NULL,
		.engine = is_docker ? "docker.service" : NULL,
		.is_notify = notify == NULL || strcmp(notify, "ignore") != 0,
		.has_own_network = !is_client && run_may_be_isolated(flow),
		.is_job = wanted->is_job,
		.is_users = !flow->facts->is_root,
		.secrets = &secrets,
	};

	for (size_t i = 0; i < flow->policy->secrets.count; i++) {
		const char *credential = policy_secret_of(flow->policy->secrets.items[i].value, POLICY_SECRET_CREDENTIAL);

		if (credential != NULL)
			string_list_add(cli->arena, &secrets, credential);
	}
	if (has_relative_path(flow) && flow->facts->cwd != NULL)
		unit.directory = unit_path(cli->arena, flow->facts->cwd);
	return unit_render(cli->arena, &unit);
}

int unit_verb(struct cli *cli, int argc, char *const argv[])
{
	const bool is_job = argc > 0 && strcmp(argv[0], "--job") == 0;
	const int first = is_job ? 1 : 0;
	struct wanted wanted = { .is_job = is_job };
	struct flow flow;
	int status;

	if (argc < first + 2 || strcmp(argv[first + 1], "run") != 0)
		return refuse(cli, "a name and a command line are wanted: hardrun unit [--job] NAME run [OPTIONS] IMAGE [COMMAND] [ARG...]");
	wanted.name = unit_base_name(cli->arena, argv[first]);
	wanted.argc = argc - first - 2;
	wanted.argv = argv + first + 2;
	if (wanted.name == NULL)
		return refuse(cli, "that cannot be the name of a unit and of a container: use letters, digits, _, . and -");
	if (!flow_judge_line(cli, &flow, wanted.argc, wanted.argv, &status))
		return status;
	if (misfit(flow.request) != NULL)
		return refuse(cli, misfit(flow.request));
	if (has_relative_path(&flow) && (flow.facts->cwd == NULL || unit_path(cli->arena, flow.facts->cwd) == NULL))
		return refuse(cli, "no unit can name the working directory: name files and directories by their absolute paths");
	message_notes(cli, stderr, &flow.findings);
	message_print(cli, render(cli, &flow, &wanted));
	return message_finish(cli, CLI_STATUS_OK);
}
