/* The proof: the same line once more, under the policy that came of it. */
#include "learning.h"

#include <string.h>

enum { SAID_MAX = 20 };

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

static size_t say_differences(struct learning *learning, const struct learning_run *run, bool *ret_is_too_little)
{
	const struct cli *cli = learning->cli;
	size_t count = 0;

	*ret_is_too_little = false;
	if (run->status != learning->status) {
		message_line(cli, "learn: not proved: under its policy it ended with status %d, and with %d when it was learned", run->status,
			     learning->status);
		count++;
	}
	for (size_t i = 0; i < run->refusal_count; i++) {
		const struct learning_refusal *refusal = &run->refusals[i];

		if (!counts(refusal) || is_known(learning, refusal))
			continue;
		*ret_is_too_little = *ret_is_too_little || is_too_little(refusal);
		if (count++ < SAID_MAX)
			message_line(cli, "learn: not proved: under its policy %s", refusal->sentence);
	}
	return count;
}

static int prove_under(struct learning *learning, const char *policy, enum learn_proof *ret_proof, bool *ret_is_too_little,
		       struct error *err)
{
	const struct cli *cli = learning->cli;
	struct learning_run run;
	int result = learning_run(learning, policy, &run, err);

	*ret_proof = LEARN_DISPROVED;
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
	if (say_differences(learning, &run, ret_is_too_little) == 0)
		*ret_proof = LEARN_PROVED;
	add_asks(learning, &run.record);
	return 0;
}

int learning_prove(struct learning *learning, enum learn_proof *ret_proof, bool *ret_is_too_little, struct error *err)
{
	struct arena *arena = learning->cli->arena;
	const struct learn_style style = { LEARN_UNPROVED, NULL };
	const char *text = learn_policy(arena, &learning->record, &style), *beside;
	const char *near = learning->line->output != NULL ? learning->line->output : learning->line->keep;
	const struct launch_output output = { arena_printf(arena, "%s.yaml", near), text, false };
	int result = launch_write_beside(arena, &output, &beside, err);

	*ret_is_too_little = false;
	if (result < 0)
		return result;
	result = prove_under(learning, strchr(beside, '/') != NULL ? beside : arena_printf(arena, "./%s", beside), ret_proof,
			     ret_is_too_little, err);
	launch_remove_file(beside);
	return result;
}
