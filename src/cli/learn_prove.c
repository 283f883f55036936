/* The proof: the same line once more, under the policy that came of it. */
#include "learning.h"

#include <inttypes.h>
#include <string.h>

enum { SAID_MAX = 20, LIMIT_FACTOR = 3, LIMIT_SECONDS = 10 };

/* A file is one of its directory: programs make up names. */
static size_t significant(const char *kind, const char *subject)
{
	const char *slash = strcmp(kind, "write") == 0 ? strrchr(subject, '/') : NULL;

	return slash != NULL ? (size_t)(slash - subject) : strlen(subject);
}

static bool is_known(const struct learning *learning, const struct learning_refusal *refusal)
{
	const size_t length = significant(refusal->kind, refusal->subject);

	for (size_t i = 0; i < learning->record.ask_count; i++) {
		const struct learn_ask *ask = &learning->record.asks[i];

		if (strcmp(ask->kind, refusal->kind) == 0 && significant(ask->kind, ask->subject) == length &&
		    strncmp(ask->subject, refusal->subject, length) == 0)
			return true;
	}
	return false;
}

static bool is_call(const struct learning_refusal *refusal)
{
	return strcmp(refusal->kind, watch_need_name(NEED_CALL)) == 0;
}

/* Allowed by base: default, and not by what was learned. */
static bool is_too_little(const struct learning_refusal *refusal)
{
	return is_call(refusal) && strstr(refusal->rule, "seccomp.base") != NULL;
}

/* What misses a file, or is nothing that somebody refuses, is no difference. */
static bool counts(const struct learning_refusal *refusal)
{
	static const enum watch_need_kind kinds[] = {
		NEED_CAPABILITY, NEED_WRITE, NEED_EXECUTE, NEED_PORT, NEED_IDENTITY, NEED_PRIVILEGE, NEED_PROCESSES, NEED_MEMORY, NEED_SPACE,
	};

	if (strcmp(refusal->rule, "the image") == 0)
		return false;
	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++)
		if (strcmp(refusal->kind, watch_need_name(kinds[i])) == 0)
			return true;
	return is_too_little(refusal);
}

/* Calls that the policy of before refused as well, and the learned one still does: nobody was asked yet. */
static void add_asks(struct learning *learning, const struct learn_record *proved)
{
	struct learn_record asked = learning->record;
	struct error ignored = { 0 };

	asked.asks = NULL;
	asked.ask_count = asked.call_count = asked.place_count = asked.mount_count = asked.port_count = 0;
	asked.capabilities.count = 0;
	asked.runs = 0;
	for (size_t i = 0; i < proved->ask_count; i++)
		if (strcmp(proved->asks[i].kind, watch_need_name(NEED_CALL)) == 0)
			*vector_push(learning->cli->arena, asked.asks, asked.ask_count) = proved->asks[i];
	(void)learn_merge(learning->cli->arena, &learning->record, &asked, "the proof", &ignored);
}

static const char *lines(struct arena *arena, const struct watch_output *output)
{
	return arena_printf(arena, "%" PRIu64 " line%s", output->lines, output->lines == 1 ? "" : "s");
}

static const char *time_of(struct arena *arena, int64_t milliseconds)
{
	return format_duration(arena, milliseconds * 1000000);
}

/* Out of its time it is compared as far as it came, and has not done all. */
static size_t say_end(const struct learning *learning, const struct learning_end *end)
{
	const struct cli *cli = learning->cli;
	const char *time = time_of(cli->arena, end->milliseconds);

	if (end->is_out_of_time && learning->end.is_asked_to_stop)
		message_line(cli, "learn: under its policy it was ended after %s, as its time was over, and when it was learned somebody had "
			     "ended it: what comes later is not proved (--timeout gives it longer)", time);
	else if (end->is_out_of_time)
		message_line(cli, "learn: not proved: under its policy it had not ended after %s, and was ended; it took %s when it was "
			     "learned (--timeout gives it longer)", time, time_of(cli->arena, learning->end.milliseconds));
	if (end->is_out_of_time || end->status == learning->end.status)
		return 0;
	message_line(cli, "learn: not proved: under its policy it ended with status %d, and with %d when it was learned", end->status,
		     learning->end.status);
	return 1;
}

static size_t say_output(const struct learning *learning, const struct learning_end *end, bool *ret_is_same)
{
	const struct cli *cli = learning->cli;
	const struct watch_output *then = &learning->end.output, *now = &end->output;
	const bool is_known = then->digest != NULL && now->digest != NULL, is_each_time = learning->printed > 1;

	*ret_is_same = is_known && strcmp(then->digest, now->digest) == 0;
	if (*ret_is_same || !is_known || end->is_out_of_time || end->is_asked_to_stop || learning->end.is_asked_to_stop)
		return 0;
	if (learning->is_output_changing)
		message_line(cli, "learn: it did not print the same each time that it was learned, and that is not compared");
	else
		message_line(cli, "learn: %sunder its policy it printed something else, %s, and %s%s when it was learned%s",
			     is_each_time ? "not proved: " : "", lines(cli->arena, now), lines(cli->arena, then),
			     is_each_time ? " each time" : "",
			     is_each_time ? "" : "; whether it prints the same each time, --runs 2 tells");
	return !learning->is_output_changing && is_each_time;
}

static size_t say_differences(struct learning *learning, const struct learning_run *run, struct learning_proof *proof)
{
	const struct cli *cli = learning->cli;
	size_t count = say_end(learning, &run->end) + say_output(learning, &run->end, &proof->style.is_output_same);

	for (size_t i = 0; i < run->refusal_count; i++) {
		const struct learning_refusal *refusal = &run->refusals[i];

		if (!counts(refusal) || is_known(learning, refusal))
			continue;
		proof->is_too_little = proof->is_too_little || is_too_little(refusal);
		if (count++ < SAID_MAX)
			message_line(cli, "learn: not proved: under its policy %s", refusal->sentence);
	}
	return count;
}

static enum learn_proof judge(const struct learning *learning, const struct learning_run *run, size_t differences)
{
	if (differences > 0)
		return LEARN_DISPROVED;
	if (!run->end.is_out_of_time)
		return LEARN_PROVED;
	return learning->end.is_asked_to_stop ? LEARN_PROVED_UNTIL_ENDED : LEARN_UNENDED;
}

/* Several times as long as it took, and some: it may have waited for somebody who is slower now. */
static int64_t limit_of(const struct learning *learning)
{
	return learning->line->has_timeout ? learning->line->timeout : learning->end.milliseconds * LIMIT_FACTOR / 1000 + LIMIT_SECONDS;
}

static int prove_under(struct learning *learning, const char *policy, struct learning_proof *proof, struct error *err)
{
	const struct cli *cli = learning->cli;
	const struct learning_terms terms = { policy, limit_of(learning) };
	struct learning_run run;
	int result;

	message_line(cli, "learn: now under its policy%s%s", terms.seconds_max > 0 ? ", for at most " : "",
		     terms.seconds_max > 0 ? time_of(cli->arena, terms.seconds_max * 1000) : "");
	result = learning_run(learning, &terms, &run, err);
	proof->style.proof = LEARN_DISPROVED;
	if (result < 0)
		return result;
	if (!run.has_run) {
		message_line(cli, "learn: not proved: under its policy it was not even started (see above)");
		return 0;
	}
	if (!run.is_observed) {
		message_line(cli, "learn: not proved: whoever watched the run has ended before it");
		return 0;
	}
	proof->style.proof = judge(learning, &run, say_differences(learning, &run, proof));
	add_asks(learning, &run.record);
	return 0;
}

int learning_prove(struct learning *learning, struct learning_proof *ret_proof, struct error *err)
{
	struct arena *arena = learning->cli->arena;
	const struct learn_style style = { .proof = LEARN_UNPROVED };
	const char *text = learn_policy(arena, &learning->record, &style), *beside;
	const char *near = learning->line->output != NULL ? learning->line->output : learning->line->keep;
	const struct launch_output output = { arena_printf(arena, "%s.yaml", near), text, false };
	int result = launch_write_beside(arena, &output, &beside, err);

	*ret_proof = (struct learning_proof){ .style = style };
	if (result < 0)
		return result;
	result = prove_under(learning, strchr(beside, '/') != NULL ? beside : arena_printf(arena, "./%s", beside), ret_proof, err);
	launch_remove_file(beside);
	return result;
}
