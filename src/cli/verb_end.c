/* verb_end: what was decided on a verb, said and recorded in one place. */
#include "verb.h"

struct verb_act verb_begin(struct cli *cli, struct verb_guard *guard, const char *subject)
{
	return (struct verb_act){ .cli = cli, .guard = guard, .subject = subject, .findings.arena = cli->arena };
}

static struct decision decision_of(const struct verb_act *act, const char *verdict)
{
	return (struct decision){ .verdict = verdict, .verb = act->subject, .findings = &act->findings, .policy = act->policy,
				  .ceiling = act->guard->ceiling, .container = act->container };
}

bool verb_allow(struct verb_act *act)
{
	const struct decision decision = decision_of(act, "allowed");
	struct error err = { 0 };

	if (recording_write(act->cli, &decision, &err) == 0)
		return true;
	message_error(act->cli, &err);
	return false;
}

static int refuse(struct verb_act *act, const struct decision *decision)
{
	if (!act->cli->options.is_dry_run)
		recording_refuse(act->cli, decision);
	return LAUNCH_STATUS_REFUSED;
}

int verb_deny(struct verb_act *act)
{
	const struct decision decision = decision_of(act, findings_malformed(&act->findings) ? "malformed" : "denied");

	message_findings(act->cli, stderr, &act->findings);
	return refuse(act, &decision);
}

int verb_fail(struct verb_act *act, const char *verdict, const struct error *err)
{
	struct decision decision = decision_of(act, verdict);

	if (err == NULL) {
		message_errors(act->cli, &act->guard->errors);
		err = act->guard->errors.count > 0 ? &act->guard->errors.items[0] : NULL;
	} else {
		message_error(act->cli, err);
	}
	decision.error = err != NULL ? err->message : NULL;
	return refuse(act, &decision);
}
