/*
 * One run to learn from, in a process of its own: its judge, monitor and container are those of any run, and what was seen of it
 * comes back as text in memory that both share.
 */
#include "learning.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { REPORT_BYTES_MAX = 4 << 20, SENTENCE_BYTES_MAX = 1000 };

struct shared { size_t length; char text[REPORT_BYTES_MAX]; };

struct round {
	struct arena *arena;
	struct cli *cli;
	enum plan_observation observation;
	struct shared *shared;
	int64_t seconds_max;
	int argc;
	char **argv;
};

/* ---- in the process that launches ---- */

static bool is_filled(void *context, const char *directory)
{
	return launch_is_filled(context, directory);
}

static json_t *texts_json(const struct string_list *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(array, json_string(list->items[i]));
	return array;
}

static json_t *refusals_json(struct arena *arena, const struct watch_report *report)
{
	json_t *array = json_array();

	for (size_t i = 0; i < report->need_count; i++) {
		const struct watch_need *need = &report->needs[i];

		if (need->is_granted || need->reason == NULL)
			continue;
		json_array_append_new(array, json_pack("[s, s, s, s]", watch_need_name(need->kind), string_printable(arena, need->subject, 0),
						       need->rule != NULL ? need->rule : "",
						       string_printable(arena, watch_need_sentence(arena, need), SENTENCE_BYTES_MAX)));
	}
	return array;
}

static json_t *end_json(const struct watch_report *report)
{
	return json_pack("{s:I, s:b, s:b, s:I, s:s?}", "milliseconds", (json_int_t)report->milliseconds,
			 "asked", report->is_asked_to_stop, "late", report->is_out_of_time, "lines", (json_int_t)report->output.lines,
			 "digest", report->output.digest);
}

static void tell(struct cli *cli, const struct ending *ending, void *context)
{
	const struct round *round = context;
	const struct plan *plan = ending->plan;
	const struct watch_report *report = ending->report;
	struct learn_image image = { is_filled, (void *)(uintptr_t)plan->image_rootfs };
	struct learn_record record;
	struct string_list missing;
	char *text;
	json_t *json;

	(void)cli;
	if (ending->error != NULL)
		return;
	learn_begin(round->arena, plan, &record);
	learn_add_report(round->arena, &record, plan, report, true);
	missing = learn_missing_places(round->arena, plan, report, &image);
	json = json_pack("{s:b, s:s, s:o, s:o, s:o}", "observed", report->is_observed, "record", learn_print(round->arena, &record),
			 "missing", texts_json(&missing), "refused", refusals_json(round->arena, report), "end", end_json(report));
	text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
	json_decref(json);
	if (text != NULL && strlen(text) < sizeof(round->shared->text)) {
		memcpy(round->shared->text, text, strlen(text));
		round->shared->length = strlen(text);
	}
	free(text);
}

static int launch(void *context)
{
	struct round *round = context;
	const struct cli_observer observer = { "learn", round->observation, tell, round, round->seconds_max };
	struct cli own = *round->cli;

	own.verb = "run";
	own.failure = LAUNCH_STATUS_REFUSED;
	own.observer = &observer;
	return run_verb(&own, round->argc, round->argv);
}

/* ---- in hardrun learn ---- */

/* The flag and, where it stands apart, its value. */
static size_t words_of(const struct request_option *option, char *const argv[])
{
	return strchr(argv[option->argv_index], '=') != NULL ? 1 : 2;
}

static void add_word(struct round *round, const char *word)
{
	round->argv[round->argc++] = arena_strdup(round->arena, word);
}

/* The words of the run, less its --policy where another is given. */
static void take_words(const struct learning *learning, struct round *round, bool has_policy)
{
	const struct learning_line *line = learning->line;

	for (size_t i = 0; i < (size_t)line->argc; i++) {
		size_t position = 0, skipped = 0;

		const struct request_option *option;

		while (has_policy && (option = request_next(learning->request, FLAG_POLICY, &position)) != NULL)
			if (option->argv_index == i)
				skipped = words_of(option, line->argv);
		if (skipped > 0)
			i += skipped - 1;
		else
			add_word(round, line->argv[i]);
	}
}

/* Docker's daemons drop the listener: without a word about the backend it is an OCI runtime. */
static const char *own_backend(const struct learning *learning)
{
	struct cli *cli = learning->cli;

	if (cli->options.backend != NULL || request_last(learning->request, FLAG_BACKEND) != NULL)
		return NULL;
	host_find_programs(cli->arena, cli->facts, "crun");
	return cli->facts->engine.programs[BACKEND_CRUN] != NULL ? "crun" : "runc";
}

static void make_words(const struct learning *learning, struct round *round, const char *policy)
{
	struct arena *arena = round->arena;
	const char *backend = own_backend(learning);

	round->argv = arena_alloc(arena, ((size_t)learning->line->argc + 2 * learning->places.count + 3) * sizeof(*round->argv));
	if (backend != NULL)
		add_word(round, arena_printf(arena, "--backend=%s", backend));
	if (policy != NULL)
		add_word(round, arena_printf(arena, "--policy=%s", policy));
	for (size_t i = 0; policy == NULL && i < learning->places.count; i++)
		add_word(round, arena_printf(arena, "--tmpfs=%s%s", learning->places.items[i],
					     learning->has_usual_sizes ? "" : ":size=256m"));
	take_words(learning, round, policy != NULL);
}

/* hardrun's own words before the verb, less --policy where another is given. */
static void take_options(const struct cli *cli, const char *policy, struct cli *own)
{
	*own = *cli;
	own->options.words = (struct string_list){ 0 };
	for (size_t i = 0; i < cli->options.words.count; i++)
		if (policy == NULL || strncmp(cli->options.words.items[i], "--policy=", strlen("--policy=")) != 0)
			string_list_add(cli->arena, &own->options.words, cli->options.words.items[i]);
	if (policy != NULL)
		own->options.policy = NULL;
}

static void read_texts(struct arena *arena, const json_t *json, struct string_list *list)
{
	for (size_t i = 0; i < json_array_size(json); i++)
		if (json_is_string(json_array_get(json, i)))
			string_list_add(arena, list, arena_strdup(arena, json_string_value(json_array_get(json, i))));
}

static void read_refusals(struct arena *arena, const json_t *json, struct learning_run *run)
{
	for (size_t i = 0; i < json_array_size(json); i++) {
		struct string_list parts = { 0 };

		read_texts(arena, json_array_get(json, i), &parts);
		if (parts.count == 4)
			*vector_push(arena, run->refusals, run->refusal_count) =
				(struct learning_refusal){ parts.items[0], parts.items[1], parts.items[2], parts.items[3] };
	}
}

static void read_end(struct arena *arena, const json_t *json, struct learning_end *end)
{
	const char *digest = json_string_value(json_object_get(json, "digest"));

	end->milliseconds = json_integer_value(json_object_get(json, "milliseconds"));
	end->is_asked_to_stop = json_is_true(json_object_get(json, "asked"));
	end->is_out_of_time = json_is_true(json_object_get(json, "late"));
	end->output.lines = (uint64_t)json_integer_value(json_object_get(json, "lines"));
	end->output.digest = digest != NULL ? arena_strdup(arena, digest) : NULL;
}

static int read_report(struct arena *arena, const struct shared *shared, struct learning_run *run, struct error *err)
{
	json_t *json = json_loadb(shared->text, shared->length, 0, NULL);
	const char *text = json_string_value(json_object_get(json, "record"));
	const struct learn_bytes bytes = { "what was seen", text, text != NULL ? strlen(text) : 0 };
	int result = text != NULL ? learn_read(arena, &bytes, &run->record, err) :
				    error_set(err, arena, ERROR_SYSTEM, "what was seen of the run was lost on its way");

	run->has_run = result == 0;
	run->is_observed = json_is_true(json_object_get(json, "observed"));
	read_texts(arena, json_object_get(json, "missing"), &run->missing);
	read_refusals(arena, json_object_get(json, "refused"), run);
	read_end(arena, json_object_get(json, "end"), &run->end);
	json_decref(json);
	return result;
}

int learning_run(struct learning *learning, const struct learning_terms *terms, struct learning_run *ret_run, struct error *err)
{
	const char *policy = terms != NULL ? terms->policy : NULL;
	struct arena *arena = learning->cli->arena;
	struct cli own;
	struct round round = { .arena = arena, .cli = &own,
			       .observation = policy != NULL ? PLAN_OBSERVE_NEEDS : PLAN_OBSERVE_ALL,
			       .seconds_max = terms != NULL ? terms->seconds_max : 0 };
	const struct launch_aside aside = { .run = launch, .context = &round };
	bool is_stopped = false;
	int result;

	*ret_run = (struct learning_run){ 0 };
	round.shared = mmap(NULL, sizeof(*round.shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (round.shared == MAP_FAILED)
		return error_set(err, arena, ERROR_SYSTEM, "no memory for what is seen: %s", strerror(errno));
	take_options(learning->cli, policy, &own);
	own.is_noted = learning->has_begun;
	learning->has_begun = true;
	make_words(learning, &round, policy);
	result = launch_attended(arena, &aside, &ret_run->end.status, &is_stopped, err);
	learning->is_stopped = learning->is_stopped || is_stopped;
	if (result == 0 && round.shared->length > 0)
		result = read_report(arena, round.shared, ret_run, err);
	(void)munmap(round.shared, sizeof(*round.shared));
	return result;
}
