/* docker_apart: who reads docker's line, and how it is had from them. */
#include "docker_apart.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel.h"
#include "separate.h"

const char *docker_subject(const struct cli *cli, const struct docker_line *line)
{
	char *const *words = line->argv + line->options;

	return arena_printf(cli->arena, "docker %s%s%s", string_printable(cli->arena, words[0], 80), line->words == 2 ? " " : "",
			    line->words == 2 ? string_printable(cli->arena, words[1], 80) : "");
}

/* ---- without rights ---- */

static void read_named(struct cli *cli, struct verb_named *named)
{
	struct policy_errors ignored = { .arena = cli->arena };
	struct policy_search search;
	const struct policy *policy;

	*named = (struct verb_named){ .errors.arena = cli->arena };
	(void)flow_take_ceiling(cli, &search, &ignored); /* what is wrong with it is told by who decides */
	policy = policy_load(cli->arena, &search, cli->options.policy, &named->errors);
	if (policy == NULL)
		return;
	named->file = judge_whole_path(cli, policy->files.items[0]);
	named->is_root_owned = policy->is_root_owned;
}

static void read_all(struct cli *cli, int argc, char *const argv[], struct docker_reading *ret_reading)
{
	const struct verb_form *form;
	struct docker_line *line = &ret_reading->line;
	int used;

	*ret_reading = (struct docker_reading){ .line = docker_line_read(argc, argv), .words.findings.arena = cli->arena };
	form = line->verb != NULL ? verb_forms_find(line->verb->key) : NULL;
	used = line->options + line->words;
	if (form != NULL)
		ret_reading->words.is_understood = verb_parse(form, argc - used, argv + used, &ret_reading->words.words,
							      &ret_reading->words.findings);
	ret_reading->has_named = cli->is_guarded && cli->options.policy != NULL;
	if (ret_reading->has_named)
		read_named(cli, &ret_reading->named);
}

static bool may_judge(const struct docker_reading *reading)
{
	return reading->words.is_understood && !reading->words.words.is_help &&
	       reading->words.words.form->names == VERB_NAMES_CONTAINER_COMMAND;
}

/* One question at most: exec, of a container that the other half has found. */
static void answer(struct cli *cli, int channel, const struct docker_reading *reading)
{
	struct container_facts container = { 0 };
	struct channel_message message;
	struct verb_process process;

	if (!channel_receive(channel, &message))
		return;
	cli->facts->backend = BACKEND_DOCKER;
	if (channel_word(cli->arena, message.json, "image", &container.image) &&
	    channel_text(cli->arena, message.json, "policy", &container.policy)) {
		process = verb_judge_process(cli, &reading->words.words, &container, docker_subject(cli, &reading->line));
		(void)channel_send(channel, docker_tell_process(cli, &process), NULL, 0);
	}
	json_decref(message.json);
}

static int read_for(struct cli *cli, int channel, int argc, char *const argv[])
{
	struct docker_reading reading;

	cli->is_confined = true;
	read_all(cli, argc, argv, &reading);
	if (channel_send(channel, docker_tell_reading(cli, &reading), NULL, 0) && may_judge(&reading))
		answer(cli, channel, &reading);
	return CLI_STATUS_OK;
}

/* ---- with them ---- */

/* Lets the child go; the signal that ended it, or 0. */
static int let_go(struct cli *cli)
{
	int status = 0;

	(void)close(cli->reader.fd);
	while (waitpid(cli->reader.pid, &status, 0) < 0 && errno == EINTR)
		;
	cli->reader.fd = 0;
	cli->reader.pid = 0;
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

/* A half that breaks may have been broken by what it was made to read: that is worth a line. */
static int refuse_broken(struct cli *cli, const char *sentence)
{
	const struct decision decision = { .verdict = "failed", .verb = "docker", .ceiling = cli->ceiling.policy, .error = sentence };

	message_line(cli, "nothing was done: %s", sentence);
	recording_refuse(cli, &decision);
	return LAUNCH_STATUS_REFUSED;
}

static bool hear(struct cli *cli, struct docker_reading *ret_reading, int *ret_status)
{
	struct channel_message message;
	const bool has_come = channel_receive(cli->reader.fd, &message);
	bool is_sane = false;
	int signal = 0;

	if (has_come) {
		is_sane = message.fd_count == 0 && docker_hear_reading(cli, message.json, ret_reading);
		channel_close_fds(&message);
		json_decref(message.json);
	}
	if (!is_sane || !may_judge(ret_reading))
		signal = let_go(cli);
	if (is_sane)
		return true;
	*ret_status = refuse_broken(cli, has_come ? "the half of hardrun that reads talks nonsense" : signal == 0 ?
				    "the half of hardrun that reads says nothing" :
				    arena_printf(cli->arena, "the half of hardrun that reads was ended by signal %d", signal));
	return false;
}

/* A verb that stands first is looked up, not read, and these have halves of their own. */
static bool is_own(int argc, char *const argv[], struct docker_line *ret_line)
{
	const struct docker_verb *verb = argc > 0 && argv[0][0] != '-' ? docker_verbs_find(argc, argv) : NULL;

	*ret_line = (struct docker_line){ .argc = argc, .argv = argv, .verb = verb };
	if (verb == NULL || verb->stance != DOCKER_VERB_OWN)
		return false;
	ret_line->words = verb->sub[0] != '\0' ? 2 : 1;
	ret_line->stance = verb->stance;
	return true;
}

bool docker_read(struct cli *cli, int argc, char *const argv[], struct docker_reading *ret_reading, int *ret_status)
{
	struct error err = { 0 };

	*ret_reading = (struct docker_reading){ .line = { .argc = argc, .argv = argv }, .words.findings.arena = cli->arena };
	if (!cli->facts->is_root) {
		read_all(cli, argc, argv, ret_reading);
		return true;
	}
	if (is_own(argc, argv, &ret_reading->line))
		return true;
	separate_load_ceiling(cli);
	fflush(NULL);
	cli->reader.pid = launch_split(cli->arena, cli->facts, &cli->reader.fd, &err);
	if (cli->reader.pid < 0) {
		message_error(cli, &err);
		*ret_status = LAUNCH_STATUS_REFUSED;
		return false;
	}
	if (cli->reader.pid == 0) {
		*ret_status = read_for(cli, cli->reader.fd, argc, argv);
		return false;
	}
	return hear(cli, ret_reading, ret_status);
}

bool docker_ask_process(struct cli *cli, const struct container_facts *container, struct verb_process *ret_process)
{
	struct channel_message message;
	json_t *question;
	bool is_sane;

	if (cli->reader.fd <= 0)
		return false;
	question = json_pack("{s:s, s:s?}", "image", container->image, "policy", container->policy);
	is_sane = channel_send(cli->reader.fd, question, NULL, 0) && channel_receive(cli->reader.fd, &message);
	if (is_sane) {
		is_sane = message.fd_count == 0 && docker_hear_process(cli, message.json, ret_process);
		channel_close_fds(&message);
		json_decref(message.json);
	}
	(void)let_go(cli);
	return is_sane;
}
