/* ending: after a container that has ended badly, or was watched: what stopped it, and what is kept of that for `why`. */
#include "why.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <jansson.h>

#include <hardrun/watch.h>

enum { CAUSES_MAX = 8, CAUSES_SHOWN = 5 };

/* ---- what is kept ---- */

static bool is_detach(const char *word)
{
	return strcmp(word, "-d") == 0 || strcmp(word, "--detach") == 0 || strcmp(word, "--detach=true") == 0;
}

/*
 * The words without secrets, by their looks: whoever reads them may be at another's terminal. And without the word for the
 * background, where nothing can be watched.
 */
static json_t *words_json(const struct cli *cli, bool is_detached)
{
	const struct record_words words = { (size_t)cli->argc, (const char *const *)cli->argv };
	const struct record_spans hidden = record_hide(cli->arena, &words, NULL);
	const struct string_list shown = record_show_words(cli->arena, &words, &hidden);
	json_t *list = json_array();

	for (size_t i = 0; i < shown.count; i++) {
		if (is_detached && is_detach(shown.items[i]))
			is_detached = false;
		else
			json_array_append_new(list, json_string(string_printable(cli->arena, shown.items[i], 4096)));
	}
	return list;
}

static json_t *ending_json(const struct cli *cli, const struct ending *ending, const struct watch_needs *causes)
{
	const struct plan *plan = ending->plan;
	struct utsname machine = { 0 };
	json_t *object = json_object(), *list = json_array();

	(void)uname(&machine);
	for (size_t i = 0; i < causes->count; i++)
		json_array_append_new(list, watch_write_need(&causes->items[i]));
	json_object_set_new(object, "schema", json_string(WHY_LAST_SCHEMA));
	json_object_set_new(object, "machine", json_string(machine.machine));
	json_object_set_new(object, "time", json_integer((json_int_t)(host_now() / 1000000)));
	json_object_set_new(object, "words", words_json(cli, plan->is_detached));
	json_object_set_new(object, "policy", json_string(string_printable(cli->arena, plan->policy_name, 0)));
	json_object_set_new(object, "backend", json_string(host_backend_name(plan->backend)));
	json_object_set_new(object, "status", json_integer(ending->status));
	json_object_set_new(object, "signal", json_integer(ending->report->signal));
	json_object_set_new(object, "error", ending->error == NULL ? json_null() :
			    json_string(string_printable(cli->arena, ending->error->message, 0)));
	json_object_set_new(object, "watched", json_boolean(plan->observation != PLAN_OBSERVE_NOTHING));
	json_object_set_new(object, "complete", json_boolean(ending->report->is_observed && ending->report->unkept == 0));
	json_object_set_new(object, "causes", list);
	return object;
}

/* That it cannot be kept is nobody's trouble but of who asks `why`: it is said where somebody looks. */
static void keep(const struct cli *cli, const struct ending *ending, const struct watch_needs *causes)
{
	json_t *object = ending_json(cli, ending, causes);
	char *text = json_dumps(object, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	struct error err = { 0 };

	json_decref(object);
	if (text != NULL && launch_save_last(cli->arena, cli->facts, text, &err) < 0 &&
	    ending->plan->observation != PLAN_OBSERVE_NOTHING)
		message_error(cli, &err);
	free(text);
}

/* ---- what is said ---- */

static void tell_watched(const struct cli *cli, const struct ending *ending, const struct watch_needs *causes)
{
	const bool is_whole = ending->report->is_observed && ending->report->unkept == 0;

	if (causes->count == 0 && ending->status == 0)
		message_line(cli, "why: status 0, and nothing was refused%s", is_whole ? "" : ", as far as it was watched");
	else if (causes->count == 0)
		message_line(cli, "why: status %d, and nothing that was refused explains it%s", ending->status,
			     is_whole ? ": the program ended so by itself, or waits for what it did not get from elsewhere"
				      : ", as far as it was watched");
	else
		message_line(cli, "why: status %d; what was refused, best evidence first:", ending->status);
	for (size_t i = 0; i < causes->count && i < CAUSES_SHOWN; i++)
		message_line(cli, "why: %zu. %s", i + 1, watch_need_sentence(cli->arena, &causes->items[i]));
	if (!is_whole && causes->count > 0 && ending->error == NULL)
		message_line(cli, "why: it was not watched to the end, or there was more than could be kept: there may be other reasons");
}

/* In a shell that somebody types into the last status says nothing; what a signal ended was ended by who sent it. */
static bool is_worth_a_hint(const struct ending *ending)
{
	const struct plan *plan = ending->plan;

	return !(plan->is_tty && plan->is_interactive) && ending->report->signal != SIGINT &&
	       ending->report->signal != SIGTERM && ending->report->signal != SIGHUP && isatty(STDERR_FILENO);
}

static void tell_hint(const struct cli *cli, const struct ending *ending, const struct watch_needs *causes)
{
	if (ending->error != NULL)
		return; /* that has said it */
	if (causes->count > 0)
		message_line(cli, "%s", watch_need_sentence(cli->arena, &causes->items[0]));
	else if (is_worth_a_hint(ending))
		message_line(cli, "it ended with status %d; hint: `hardrun why run%s ...` with the same words tells which restriction "
				  "stopped it, if one did", ending->status,
			     host_backend_is_oci(ending->plan->backend) ? "" : " --backend crun");
}

void ending_tell(struct cli *cli, const struct ending *ending)
{
	struct watch_needs causes;

	if (ending->plan->is_detached || ending->plan->is_create_only || ending->status == LAUNCH_STATUS_REFUSED)
		return;
	if (cli->observer != NULL) {
		cli->observer->seen(cli, ending, cli->observer->context);
	} else if (ending->status != 0) {
		causes = watch_causes(cli->arena, ending->report, CAUSES_MAX);
		tell_hint(cli, ending, &causes);
		keep(cli, ending, &causes);
	}
}

static void keep_detached(void *context, int status)
{
	struct ending_keeper *keeper = context;
	struct watch_needs causes;

	if (status == 0)
		return;
	keeper->ending.status = status;
	causes = watch_causes(keeper->cli->arena, keeper->ending.report, CAUSES_MAX);
	keep(keeper->cli, &keeper->ending, &causes);
}

void ending_expect(struct ending_keeper *keeper, struct launch *launch)
{
	keeper->ending.report = keeper->report;
	keeper->ending.plan = launch->plan;
	launch->report = keeper->report;
	launch->seconds_max = keeper->cli->observer != NULL ? keeper->cli->observer->seconds_max : 0;
	launch->ended = keep_detached;
	launch->ended_context = keeper;
}

void ending_explain(struct cli *cli, const struct ending *ending, void *context)
{
	const struct watch_needs causes = watch_causes(cli->arena, ending->report, CAUSES_MAX);

	(void)context;
	tell_watched(cli, ending, &causes);
	keep(cli, ending, &causes);
}
