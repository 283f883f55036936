/*
 * compose: the services of a Compose file, each judged and started as if its words had been typed. Whoever has root's rights
 * does not read the file: a half without them does, and what it hands over is names and words, which are judged once more.
 */
#include "project.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PREPARED_BYTES_MAX = 16 * 1024 * 1024 };

static const char *word_of_state(enum flow_state state)
{
	static const char *const words[] = { [FLOW_READY] = "allowed", [FLOW_HELP] = "allowed", [FLOW_DENIED] = "denied",
					     [FLOW_MALFORMED] = "malformed", [FLOW_POLICY] = "policy" };

	return words[state];
}

/* They have been said, and are no findings of the file: the record gets them as such. */
static void add_policy_errors(const struct project_check *check, struct findings *findings)
{
	for (size_t i = 0; i < check->count; i++) {
		const struct policy_errors *errors = &check->verdicts[i].flow.errors;

		if (errors->count == 0)
			continue;
		findings_add(findings, FINDING_DENIED, "policy", SIZE_MAX, "", "%s", errors->items[0].message);
		return;
	}
}

/* The file as far as it is needed for the verb. What is refused is in *ret_findings, and has been said. */
static int prepare(struct cli *cli, const struct project_line *line, struct project *ret_project, struct findings *ret_findings)
{
	const bool is_judged = strcmp(line->verb, "up") == 0;
	struct project_source source;
	struct project_check check;
	struct findings notes;
	struct error err = { 0 };
	int result;

	if (!is_judged)
		result = project_find_name(cli, line, &ret_project->name, &err);
	else
		result = project_load(cli, line, &source, &err);
	if (result < 0) {
		message_error(cli, &err);
		findings_add(ret_findings, FINDING_DENIED, "compose", SIZE_MAX, "", "%s", err.message);
		ret_project->verdict = err.kind == ERROR_POLICY ? "policy" : err.kind == ERROR_USAGE ? "malformed" : "failed";
		return LAUNCH_STATUS_REFUSED;
	}
	if (!is_judged)
		return 0;
	check = project_judge(cli, &source);
	project_print_errors(cli, &check);
	if (check.state != FLOW_READY) {
		*ret_findings = project_findings(cli, &check, false);
		message_findings(cli, stderr, ret_findings);
		add_policy_errors(&check, ret_findings);
		ret_project->verdict = word_of_state(check.state);
		message_line(cli, "nothing was started");
		return LAUNCH_STATUS_REFUSED;
	}
	notes = project_findings(cli, &check, true);
	message_notes(cli, stderr, &notes);
	*ret_project = project_of_check(cli, &check);
	return 0;
}

/* check, config: nothing is started, nobody is asked. */
static int show(struct cli *cli, const struct project_line *line)
{
	struct project_source source;
	struct project_check check;
	struct error err = { 0 };

	cli->failure = CLI_STATUS_USAGE;
	if (project_load(cli, line, &source, &err) < 0) {
		message_error(cli, &err);
		return CLI_STATUS_USAGE;
	}
	check = project_judge(cli, &source);
	return strcmp(line->verb, "check") == 0 ? project_print_check(cli, &check) : project_print_config(cli, &check);
}

static bool is_shown(const struct project_line *line)
{
	return strcmp(line->verb, "check") == 0 || strcmp(line->verb, "config") == 0;
}

/* Help, and what is wrong with the line. False: *ret_status is the answer. */
static bool read_line(struct cli *cli, int argc, char *const argv[], struct project_line *ret_line, int *ret_status)
{
	*ret_status = LAUNCH_STATUS_REFUSED;
	if (!project_read_line(cli, argc, argv, ret_line))
		return false;
	if (ret_line->is_help || cli->options.is_help || (ret_line->verb == NULL && argc == 0)) {
		help_verb_usage(cli, "compose");
		*ret_status = message_finish(cli, CLI_STATUS_OK);
		return false;
	}
	if (ret_line->verb != NULL && strcmp(ret_line->verb, "version") == 0) {
		help_version(cli);
		*ret_status = message_finish(cli, CLI_STATUS_OK);
		return false;
	}
	if (ret_line->verb != NULL)
		return true;
	message_line(cli, "compose: a verb is missing: check, config, up, down, ps or logs");
	return false;
}

static int act(struct cli *cli, struct project_line *line, const struct project *project)
{
	line->name = project->name;
	if (strcmp(line->verb, "up") == 0)
		return project_up(cli, line, project);
	if (strcmp(line->verb, "down") == 0)
		return project_down(cli, line);
	return strcmp(line->verb, "ps") == 0 ? project_ps(cli, line) : project_logs(cli, line);
}

/* ---- in two halves ---- */

static int tell(const struct project *project, const struct findings *findings, int channel, int status)
{
	char *text;

	fflush(stderr);
	text = project_write(project, findings, status);
	for (size_t sent = 0, length = text != NULL ? strlen(text) : 0; sent < length;) {
		const ssize_t got = write(channel, text + sent, length - sent);

		if (got <= 0)
			return LAUNCH_STATUS_REFUSED;
		sent += (size_t)got;
	}
	free(text);
	return status;
}

static int judge(struct cli *cli, int channel, int argc, char *const argv[])
{
	struct project project = { .name = NULL };
	struct findings findings = { .arena = cli->arena };
	struct project_line line;
	int status;

	if (!read_line(cli, argc, argv, &line, &status)) {
		if (status == CLI_STATUS_OK)
			return status;
		findings_add(&findings, FINDING_INVALID, "compose", SIZE_MAX, "grammar", "the line cannot be read");
		project.verdict = "malformed";
	} else if (is_shown(&line)) {
		return show(cli, &line);
	} else {
		project.verb = line.verb;
		status = prepare(cli, &line, &project, &findings);
	}
	return tell(&project, &findings, channel, status);
}

static const char *read_all(struct cli *cli, int channel)
{
	struct text text;
	char buffer[4096];
	ssize_t got;

	text_init(&text, cli->arena);
	while ((got = read(channel, buffer, sizeof(buffer))) > 0 && text.length < PREPARED_BYTES_MAX)
		text_add_bytes(&text, buffer, (size_t)got);
	return got < 0 || text.length >= PREPARED_BYTES_MAX ? NULL : text.data;
}

static void record_refusal(struct cli *cli, const struct project *project, const struct findings *findings)
{
	struct policy_search search;
	struct policy_errors errors = { .arena = cli->arena };
	struct decision decision = { .verdict = project->verdict != NULL ? project->verdict : "failed", .verb = "compose",
				     .findings = findings };

	if (project->verb != NULL)
		decision.verb = arena_printf(cli->arena, "compose %s", project->verb);
	decision.ceiling = flow_take_ceiling(cli, &search, &errors);
	if (!cli->options.is_dry_run)
		recording_refuse(cli, &decision);
}

/* The half with the rights: names and words are all that it takes, and every word is judged again when it is run. */
static int serve(struct cli *cli, int channel, pid_t pid, int argc, char *const argv[])
{
	struct project project;
	struct findings findings = { .arena = cli->arena };
	struct project_line line;
	const char *text = read_all(cli, channel);
	int status = LAUNCH_STATUS_REFUSED, wait_status = 0, decided = LAUNCH_STATUS_REFUSED;

	close(channel);
	if (waitpid(pid, &wait_status, 0) == pid && WIFEXITED(wait_status))
		status = WEXITSTATUS(wait_status);
	/* Help, check and config say nothing; whatever else ends so has been broken, perhaps by what it was made to read. */
	if (text != NULL && text[0] == '\0' && WIFEXITED(wait_status) && status != LAUNCH_STATUS_REFUSED)
		return status;
	if (text == NULL || !project_read(cli->arena, text, &project, &findings, &decided)) {
		message_line(cli, "what the half without rights has said cannot be read");
		recording_refuse_line(cli, "failed", "what the half without rights has said cannot be read");
		return LAUNCH_STATUS_REFUSED;
	}
	if (decided != 0 || status != 0) {
		record_refusal(cli, &project, &findings);
		return LAUNCH_STATUS_REFUSED;
	}
	/* The other half has read the same words without a complaint. */
	return project_read_line(cli, argc, argv, &line) && line.verb != NULL ? act(cli, &line, &project) : LAUNCH_STATUS_REFUSED;
}

static int separate(struct cli *cli, int argc, char *const argv[])
{
	struct policy_search search;
	struct error err = { 0 };
	int channel = -1;
	pid_t pid;

	/* While it may still be read. */
	cli->ceiling.errors.arena = cli->arena;
	cli->ceiling.policy = flow_load_ceiling(cli->arena, cli->facts, &search, &cli->ceiling.errors);
	cli->ceiling.is_read = true;
	fflush(NULL);
	pid = launch_split(cli->arena, cli->facts, &channel, &err);
	if (pid < 0) {
		message_error(cli, &err);
		return LAUNCH_STATUS_REFUSED;
	}
	if (pid > 0)
		return serve(cli, channel, pid, argc, argv);
	cli->is_confined = true;
	return judge(cli, channel, argc, argv);
}

int compose_verb(struct cli *cli, int argc, char *const argv[])
{
	struct project project = { .name = NULL };
	struct findings findings = { .arena = cli->arena };
	struct project_line line;
	int status;

	if (cli->facts->is_root)
		return separate(cli, argc, argv);
	if (!read_line(cli, argc, argv, &line, &status))
		return status;
	if (is_shown(&line))
		return show(cli, &line);
	status = prepare(cli, &line, &project, &findings);
	return status == 0 ? act(cli, &line, &project) : status;
}
