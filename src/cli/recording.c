/* recording: the record of a decision, from whoever decides to the file, and the end that is owed for what is launched. */
#include "cli.h"

#include <string.h>

#include <hardrun/record.h>

static struct record_words words_of(const struct cli *cli)
{
	return (struct record_words){ (size_t)cli->argc, (const char *const *)cli->argv };
}

struct decision recording_of_flow(const struct cli *cli, const struct flow *flow, const char *verdict)
{
	const struct record_words words = words_of(cli);
	struct decision decision = { .verdict = verdict, .verb = cli->verb, .findings = &flow->findings, .policy = flow->policy,
				     .ceiling = flow->ceiling };
	struct record_spans *hidden;

	/* What does not parse has options that nobody knows the place of. */
	if (flow->request == NULL || strcmp(verdict, "malformed") == 0)
		return decision;
	hidden = arena_alloc(cli->arena, sizeof(*hidden));
	*hidden = record_hide(cli->arena, &words, flow->request);
	decision.hidden = hidden;
	return decision;
}

/* Where it goes. A ceiling that cannot be read may say anything: then it is the file that a silent one means. */
static int choose_target(const struct cli *cli, const struct decision *decision, struct record_target *ret_target,
			 struct error *err)
{
	const struct policy silent = { .is_root_owned = true };
	const struct policy *ceiling = decision->ceiling;
	struct policy_errors errors = { .arena = cli->arena };
	struct policy_search search;

	if (ceiling == NULL)
		ceiling = flow_load_ceiling(cli->arena, cli->facts, &search, &errors);
	if (ceiling == NULL && errors.count > 0)
		ceiling = &silent;
	return record_choose_target(cli->arena, decision->policy, ceiling, cli->facts->is_root, ret_target, err);
}

static struct record_scene scene_of(struct cli *cli)
{
	const char *nonce = cli->facts->nonce;

	cli->recorded++;
	return (struct record_scene){
		.id = cli->recorded == 1 ? nonce : arena_printf(cli->arena, "%s-%u", nonce, cli->recorded),
		.session = host_read_session(cli->arena), .facts = cli->facts, .words = words_of(cli),
	};
}

static int write_line(const struct cli *cli, const struct decision *decision, const struct record_scene *scene,
		      const struct record_target *target, struct error *err)
{
	struct decision told = *decision;
	struct record_line line;

	if (target->to == RECORD_NONE)
		return 0;
	if (cli->compose != NULL)
		told.verb = "compose up";
	if (!record_render_decision(cli->arena, &told, scene, record_limit(target->to), &line))
		return error_set(err, cli->arena, ERROR_LIMIT, "the record cannot be written: its line is too long for %s",
				 record_to_name(target->to));
	return launch_write_record(cli->arena, target, &line, err);
}

int recording_write(struct cli *cli, const struct decision *decision, struct error *err)
{
	const struct record_scene scene = scene_of(cli);
	struct record_target target;
	int result = choose_target(cli, decision, &target, err);

	return result < 0 ? result : write_line(cli, decision, &scene, &target, err);
}

void recording_refuse(struct cli *cli, const struct decision *decision)
{
	struct error err = { 0 };

	if (recording_write(cli, decision, &err) < 0)
		message_line(cli, "this refusal stands, and is not on record: %s", message_error_text(cli->arena, &err));
}

void recording_refuse_line(struct cli *cli, const char *verdict, const char *sentence)
{
	const struct decision decision = { .verdict = verdict, .verb = cli->verb, .ceiling = cli->ceiling.policy,
					   .error = sentence };

	/* Of an ordinary user's there is no record before a policy is known. */
	if (cli->is_guarded && !cli->is_confined)
		recording_refuse(cli, &decision);
}

void recording_deny(struct cli *cli, const char *sentence, const char *remedy)
{
	message_line(cli, "%s: %s; %s", message_tone(cli, stderr, MESSAGE_BAD, "refused"), sentence, remedy);
	recording_refuse_line(cli, "denied", sentence);
}

int recording_launch(struct cli *cli, const struct decision *decision, struct launch *launch, struct error *err)
{
	const struct record_scene scene = scene_of(cli);
	struct record_target target;
	struct record_end end = { .id = scene.id, .session = scene.session, .facts = cli->facts,
				  .started = scene.session.microseconds, .end = { .reason = LAUNCH_UNKNOWN, .status = -1 } };
	int result = choose_target(cli, decision, &target, err);

	end.container = decision->plan != NULL ? decision->plan->name : decision->container;
	if (result == 0)
		result = write_line(cli, decision, &scene, &target, err);
	if (result < 0)
		return result;
	result = launch_open_account(cli->arena, cli->facts, &target, &end, &launch->account, err);
	if (result < 0) {
		struct record_line line;
		struct error ignored;

		end.end = (struct launch_end){ .reason = LAUNCH_NOT_STARTED, .status = LAUNCH_STATUS_REFUSED };
		line = record_render_end(cli->arena, &end);
		(void)launch_write_record(cli->arena, &target, &line, &ignored);
	}
	return result;
}

void recording_end(const struct cli *cli, const struct launch *launch, bool has_failed, int status)
{
	const struct launch_end end = { .reason = LAUNCH_NOT_STARTED, .status = status };
	const struct error *problem;

	if (has_failed)
		launch_close_account(launch->account, &end);
	problem = launch_account_problem(launch->account);
	if (problem != NULL)
		message_line(cli, "the container's end is not on record: %s", message_error_text(cli->arena, problem));
}
