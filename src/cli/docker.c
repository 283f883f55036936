/*
 * docker: the verbs of docker's own command line. run and create are ours. For whoever may use docker anyway, what starts nothing
 * and widens nothing goes to the real client as it is, some verbs are judged, and the rest is refused. With root's rights lent,
 * or under a ceiling, nothing is handed over as it is: what the ceiling lists is written afresh, for the caller's own containers.
 */
#include "docker_apart.h"

#include <string.h>

/* "hardrun docker --dry-run rm x" must not remove x. NULL: there is no option of ours that pass-through would lose. */
static const char *lost_option(const struct cli_options *options, bool is_passed)
{
	if (options->rootfs != NULL)
		return "--rootfs";
	if (options->format != NULL)
		return "--format";
	if (!is_passed)
		return NULL;
	if (options->is_dry_run || options->is_explained)
		return options->is_dry_run ? "--dry-run" : "--explain";
	return options->backend != NULL ? "--backend" : NULL;
}

static int refuse_word(struct cli *cli, const char *word, const char *reason)
{
	message_line(cli, "%s: %s: %s", message_tone(cli, stderr, MESSAGE_BAD, "refused"), string_printable(cli->arena, word, 80),
		     reason);
	recording_refuse_line(cli, "denied", arena_printf(cli->arena, "%s: %s", string_printable(cli->arena, word, 80), reason));
	return LAUNCH_STATUS_REFUSED;
}

static int refuse_verb(struct cli *cli, struct verb_guard *guard, const struct docker_line *line, const char *reason,
		       const char *remedy)
{
	struct verb_act act = verb_begin(cli, guard, docker_subject(cli, line));

	verb_refuse(&act, "", "%s", reason)->remedy = remedy;
	return verb_deny(&act);
}

/* The row, or the nearest one, says what is done in its place. */
static const char *find_way(const struct cli *cli, const struct docker_line *line)
{
	char *const *words = line->argv + line->options;
	const char *nearest, *way;

	if (line->verb == NULL) {
		nearest = docker_verbs_nearest(words[0], line->words == 2 ? words[1] : NULL);
		return nearest == NULL ? NULL : line->words == 1 ? arena_printf(cli->arena, "did you mean %s?", nearest)
								 : arena_printf(cli->arena, "did you mean %s %s?", words[0], nearest);
	}
	way = docker_verbs_way(line->verb, cli->is_guarded);
	if (way != NULL || !cli->is_guarded)
		return way;
	return cli->facts->caller_uid == 0 ? "root has docker itself for it" : "ask root for it";
}

static int refuse_row(struct cli *cli, struct verb_guard *guard, const struct docker_line *line, const char *reason)
{
	return refuse_verb(cli, guard, line, reason, find_way(cli, line));
}

static int refuse_unlisted(struct cli *cli, struct verb_guard *guard, const struct docker_line *line, const struct policy *list)
{
	const char *reason = line->reason != NULL ? line->reason :
			     guard->ceiling != NULL ? "the ceiling does not list it" : "no policy of root's lists it";

	return refuse_verb(cli, guard, line, reason,
			   arena_printf(cli->arena, "in %s add \"- %s\" to allow.verbs", verb_policy_place(cli, guard, list, NULL),
					line->verb->key));
}

/* The ceiling or the policy that should speak for the verb is wrong. */
static int fail_policy(struct cli *cli, struct verb_guard *guard, const struct docker_line *line)
{
	struct verb_act act = verb_begin(cli, guard, line->words > 0 ? docker_subject(cli, line) : "docker");

	return verb_fail(&act, "policy", NULL);
}

/* docker obeys these where it is called as it is. They may mean another machine. */
static const char *find_daemon_variable(const struct cli *cli)
{
	static const char *const names[] = { "DOCKER_HOST", "DOCKER_CONTEXT" };

	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		const char *value = host_environment(cli->facts, names[i]);

		if (value != NULL && value[0] != '\0' && strcmp(value, "unix:///var/run/docker.sock") != 0 &&
		    strcmp(value, "default") != 0)
			return names[i];
	}
	return NULL;
}

/*
 * What docker, called as it is, obeys and run does not; NULL: they speak to the same daemon. ${host}: the policy's engine.host.
 * An ordinary user's run goes where docker goes, if it can.
 */
static const char *find_other_daemon(const struct cli *cli, const char *host)
{
	const char *variable = find_daemon_variable(cli);

	if (variable != NULL)
		return host != NULL || cli->facts->is_root || cli->facts->engine.docker_refusal != NULL ? variable : NULL;
	if (host != NULL)
		return NULL;
	if (!cli->facts->is_root)
		return cli->facts->engine.docker_refusal != NULL ? "docker's configuration" : NULL;
	return host_current_context(cli->arena, cli->facts) != NULL ? "currentContext" : NULL;
}

/* To the daemon that run speaks to, unless the line or the environment says otherwise. NULL: docker finds it by itself. */
static const char *choose_host(const struct cli *cli, const char *host)
{
	const struct engine_facts *engine = &cli->facts->engine;

	if (find_daemon_variable(cli) != NULL)
		return NULL;
	if (host != NULL || engine->docker_chosen_by != NULL || engine->docker_refusal != NULL ||
	    strcmp(engine->docker_socket, HOST_DOCKER_SOCKET) == 0)
		return host;
	return arena_printf(cli->arena, "unix://%s", engine->docker_socket);
}

static int pass_through(struct cli *cli, const struct docker_line *line, struct verb_guard *guard)
{
	const char *lost = lost_option(&cli->options, true), *host, *other;
	const struct policy *policy = NULL;
	char **words;
	struct error err = { 0 };

	if (lost == NULL && cli->options.policy != NULL && line->stance == DOCKER_VERB_PASS)
		lost = "--policy";
	if (lost != NULL)
		return refuse_word(cli, lost, "this is handed to docker, which knows no such option; leave it out");
	if (line->words > 0) {
		policy = verb_guard_policy(cli, guard);
		if (policy == NULL)
			return fail_policy(cli, guard, line);
	}
	if (host_use_engine(cli->arena, cli->facts, BACKEND_DOCKER, NULL, policy != NULL ? policy->engine.client.value : NULL,
			    &err) < 0) {
		message_error(cli, &err);
		return LAUNCH_STATUS_REFUSED;
	}
	host = policy != NULL ? policy->engine.host.value : NULL;
	other = find_other_daemon(cli, host);
	if (other != NULL)
		message_line(cli, "%s: %s: docker obeys this here, and hardrun run does not: they may speak to different daemons",
			     message_tone(cli, stderr, MESSAGE_WARN, "note"), other);
	words = arena_alloc(cli->arena, ((size_t)line->argc + 2) * sizeof(*words));
	words[0] = arena_strdup(cli->arena, "docker");
	for (int i = 0; i < line->argc; i++)
		words[i + 1] = line->argv[i];
	launch_pass_through(cli->arena, cli->facts, words, choose_host(cli, host), &err);
	message_error(cli, &err);
	return LAUNCH_STATUS_REFUSED;
}

/* Which daemon an ordinary user's docker asks is that user's to say; with root's rights it is the policy's. */
static bool take_daemon(struct cli *cli, const struct docker_line *line)
{
	if (line->option == NULL)
		return true;
	cli->facts->engine.line_host = line->host;
	cli->facts->engine.line_context = line->context;
	return !cli->facts->is_root && !line->has_other;
}

static int run_own(struct cli *cli, const struct docker_line *line)
{
	const bool is_compose = strcmp(line->verb->name, "compose") == 0;
	int words = line->options + line->words;

	if (!take_daemon(cli, line))
		return refuse_word(cli, line->option, "which daemon and configuration are used is said by engine.host in the policy");
	cli->failure = LAUNCH_STATUS_REFUSED;
	cli->verb = is_compose ? "compose" : strcmp(line->argv[words - 1], "create") == 0 ? "create" : "run";
	if (line->has_help) {
		help_verb_usage(cli, cli->verb);
		return message_finish(cli, CLI_STATUS_OK);
	}
	if (is_compose)
		return compose_verb(cli, line->argc - words, line->argv + words);
	return run_verb(cli, line->argc - words, line->argv + words);
}

static int serve(struct cli *cli, const struct docker_reading *reading, struct verb_guard *guard)
{
	const struct docker_line *line = &reading->line;
	const char *lost = lost_option(&cli->options, false);
	struct verb_act act = verb_begin(cli, guard, docker_subject(cli, line));

	if (!take_daemon(cli, line))
		return refuse_word(cli, line->option, "which daemon and configuration are used is said by engine.host in the policy");
	if (lost != NULL)
		return refuse_word(cli, lost, "it says nothing to this verb; leave it out");
	if (line->has_help)
		return verb_help(cli, verb_forms_find(line->verb->key));
	return verb_serve(&act, verb_forms_find(line->verb->key), &reading->words);
}

/* What installers and editors ask for first. */
static int tell_version(struct cli *cli, struct verb_guard *guard)
{
	struct verb_act act = verb_begin(cli, guard, "docker --version");

	return verb_tell_version(&act);
}

/* Where docker is silent, and something runs without it. Of whom docker is to ask was not said. */
static bool runs_without(struct cli *cli, const struct docker_line *line, const struct policy_engine *engine)
{
	struct error err = { 0 };

	if (line->option != NULL || find_daemon_variable(cli) != NULL)
		return false;
	host_find_programs(cli->arena, cli->facts, "auto");
	if (host_choose_backend(cli->arena, cli->facts, "auto", engine->host.value, engine->client.value, &err) < 0 ||
	    !host_backend_is_oci(cli->facts->backend) || launch_list_local(cli->arena, cli->facts).count == 0)
		return false;
	message_line(cli, "%s: docker does not answer (%s): this is about what runs without it", message_tone(cli, stderr, MESSAGE_WARN,
		     "note"), cli->facts->engine.docker_reason != NULL ? cli->facts->engine.docker_reason : "nobody says why");
	return true;
}

/* ps with crun: the containers are ours to list, and docker has never heard of them. */
static bool is_local(struct cli *cli, const struct docker_line *line, struct verb_guard *guard)
{
	const struct verb_form *form = line->verb != NULL ? verb_forms_find(line->verb->key) : NULL;
	const struct policy *policy;
	const char *wanted = cli->options.backend;

	if (form == NULL || !verb_local_serves(form))
		return false;
	policy = verb_guard_policy(cli, guard);
	if (policy == NULL)
		return false;
	if (wanted == NULL)
		wanted = policy->engine.backend.value;
	if (wanted == NULL || strcmp(wanted, "auto") == 0)
		return runs_without(cli, line, &policy->engine);
	return host_is_oci_name(wanted);
}

/* Of any verb that is docker's own: it is printed and nothing else, where it is the one word that follows. */
static bool asks_for_help(const struct docker_line *line)
{
	const int used = line->options + line->words;

	return line->verb != NULL && line->argc - used == 1 && strcmp(line->argv[used], "--help") == 0;
}

/* For whoever may use docker himself: an alias, not a boundary. */
static int serve_anyone(struct cli *cli, const struct docker_reading *reading, struct verb_guard *guard)
{
	const struct docker_line *line = &reading->line;
	const struct policy *policy;

	switch (line->stance) {
	case DOCKER_VERB_OWN:
	case DOCKER_VERB_PASS:
		return is_local(cli, line, guard) ? serve(cli, reading, guard) : pass_through(cli, line, guard);
	case DOCKER_VERB_VET:
		return serve(cli, reading, guard);
	case DOCKER_VERB_REFUSED:
		break;
	}
	if (asks_for_help(line))
		return pass_through(cli, line, guard);
	if (line->verb == NULL || line->verb->key[0] == '\0')
		return refuse_row(cli, guard, line, line->reason);
	policy = verb_guard_policy(cli, guard);
	if (policy == NULL)
		return fail_policy(cli, guard, line);
	if (verb_is_listed(policy, line->verb->key))
		return pass_through(cli, line, guard);
	return refuse_unlisted(cli, guard, line, policy);
}

/* With root's rights lent, or under a ceiling: what is listed, and never by the caller's own words. */
static int serve_guarded(struct cli *cli, const struct docker_reading *reading, struct verb_guard *guard)
{
	const struct docker_line *line = &reading->line;
	const struct docker_verb *verb = line->verb;
	const struct policy *list = guard->ceiling;

	if (line->option != NULL)
		return refuse_word(cli, line->option, "which daemon and configuration are used is said by engine.host in the ceiling");
	if (line->words == 0 && line->has_version && !line->has_help)
		return tell_version(cli, guard);
	if (line->words == 0 || (verb != NULL && strcmp(verb->name, "help") == 0)) {
		help_verb_usage(cli, "docker");
		return message_finish(cli, CLI_STATUS_OK);
	}
	if (line->stance == DOCKER_VERB_REFUSED || verb->reason[0] != '\0')
		return refuse_row(cli, guard, line, verb != NULL ? verb->reason : line->reason);
	if (list == NULL)
		list = verb_guard_policy(cli, guard);
	if (list == NULL)
		return fail_policy(cli, guard, line);
	if (verb_is_listed(list, verb->key))
		return serve(cli, reading, guard);
	return refuse_unlisted(cli, guard, line, list);
}

/* What is to be done with a line, by who has the rights to do it. */
static int act(struct cli *cli, const struct docker_reading *reading)
{
	const struct docker_line *line = &reading->line;
	struct verb_guard guard;

	if (line->words == 0 && line->reason != NULL) {
		message_line(cli, "%s: %s", string_printable(cli->arena, line->argv[line->options], 80), line->reason);
		recording_refuse_line(cli, "malformed", line->reason);
		return LAUNCH_STATUS_REFUSED;
	}
	if (line->stance == DOCKER_VERB_OWN)
		return run_own(cli, line);
	/* A ceiling binds whoever is root; whoever is not has the socket, or gets nowhere. */
	guard = cli->is_guarded ? verb_guard_read(cli) : (struct verb_guard){ .errors.arena = cli->arena };
	if (!cli->is_guarded)
		flow_search(cli->arena, cli->facts, &guard.search);
	if (reading->has_named)
		guard.named = &reading->named;
	if (guard.errors.count > 0)
		return fail_policy(cli, &guard, line);
	return cli->is_guarded ? serve_guarded(cli, reading, &guard) : serve_anyone(cli, reading, &guard);
}

int docker_verb(struct cli *cli, int argc, char *const argv[])
{
	struct docker_reading reading;
	struct error err = { 0 };
	int used = options_parse(cli, argc, argv, true, &err), status;

	if (used < 0) {
		message_error(cli, &err);
		recording_refuse_line(cli, "malformed", err.message);
		return LAUNCH_STATUS_REFUSED;
	}
	options_apply(cli, cli->options.format, cli->options.color);
	return docker_read(cli, argc - used, argv + used, &reading, &status) ? act(cli, &reading) : status;
}
