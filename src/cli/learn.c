/* learn: runs a program, watches it, and writes the policy that it would have needed; then proves it. */
#include "learning.h"

#include <string.h>

static int misuse(const struct cli *cli, struct error *err, const char *message)
{
	int result = error_set(err, cli->arena, ERROR_USAGE, "%s", message);

	err->remedy = "use: hardrun learn -o POLICY.yaml [OPTIONS] run [FLAGS] IMAGE [COMMAND]";
	return result;
}

/* ---- the line ---- */

enum option {
	OPTION_OUTPUT, OPTION_RECORD, OPTION_MERGE, OPTION_RUNS, OPTION_TIMEOUT, OPTION_NO_PROVE, OPTION_FORCE, OPTION_COUNT
};
static const struct { const char *name, *letter; bool has_value; } options[OPTION_COUNT] = {
	[OPTION_OUTPUT] = { "--output", "-o", true }, [OPTION_RECORD] = { "--record", NULL, true },
	[OPTION_MERGE] = { "--merge", NULL, true },   [OPTION_RUNS] = { "--runs", NULL, true },
	[OPTION_TIMEOUT] = { "--timeout", NULL, true },
	[OPTION_NO_PROVE] = { "--no-prove", NULL, false }, [OPTION_FORCE] = { "--force", "-f", false },
};

static int set_file(const struct cli *cli, const char **slot, const char *value, struct error *err)
{
	if (*slot != NULL)
		return misuse(cli, err, "a file is given twice");
	*slot = value;
	return 0;
}

static int set_timeout(const struct cli *cli, struct learning_line *line, const char *value, struct error *err)
{
	const int64_t second = 1000000000, day = 24 * 60 * 60;
	int64_t time;

	if (!parse_duration(value, &time) || time > day * second)
		return misuse(cli, err, "--timeout is a time as 90s or 1m30s, at most 24h; 0 is no limit");
	line->has_timeout = true;
	line->timeout = (time + second - 1) / second;
	return 0;
}

static int set_option(const struct cli *cli, struct learning_line *line, enum option option, const char *value, struct error *err)
{
	if (options[option].has_value && (*value == '\0' || string_has_control(value) || !string_is_utf8(value)))
		return misuse(cli, err, arena_printf(cli->arena, "%s: a value is missing", options[option].name));
	switch (option) {
	case OPTION_OUTPUT:
		return set_file(cli, &line->output, value, err);
	case OPTION_RECORD:
		return set_file(cli, &line->keep, value, err);
	case OPTION_MERGE:
		if (line->merges.count == LEARNING_MERGES_MAX)
			return misuse(cli, err, "at most 64 records are merged at once");
		string_list_add(cli->arena, &line->merges, value);
		return 0;
	case OPTION_RUNS:
		if (!parse_decimal(value, &line->runs) || line->runs < 1 || line->runs > LEARNING_RUNS_MAX)
			return misuse(cli, err, "--runs is a number from 1 to 100");
		return 0;
	case OPTION_TIMEOUT:
		return set_timeout(cli, line, value, err);
	case OPTION_NO_PROVE:
		line->is_unproved = true;
		return 0;
	case OPTION_FORCE:
		line->is_forced = true;
		return 0;
	case OPTION_COUNT:
		break;
	}
	return 0;
}

/* The option at argv[0]: how many words it takes, 0 when it is none, or a negative error. */
static int take_option(const struct cli *cli, struct learning_line *line, int argc, char *const argv[], struct error *err)
{
	for (unsigned i = 0; i < OPTION_COUNT; i++) {
		const size_t length = strlen(options[i].name);
		const bool is_joined = strncmp(argv[0], options[i].name, length) == 0 && argv[0][length] == '=';
		const bool is_letter = options[i].letter != NULL && strcmp(argv[0], options[i].letter) == 0;
		int result;

		if (!is_joined && !is_letter && strcmp(argv[0], options[i].name) != 0)
			continue;
		if (options[i].has_value && !is_joined && argc < 2)
			return misuse(cli, err, arena_printf(cli->arena, "%s: a value is missing", argv[0]));
		if (!options[i].has_value && is_joined)
			return misuse(cli, err, arena_printf(cli->arena, "%s takes no value", options[i].name));
		result = set_option(cli, line, (enum option)i, is_joined ? argv[0] + length + 1 : argv[1], err);
		return result < 0 ? result : options[i].has_value && !is_joined ? 2 : 1;
	}
	return 0;
}

static int check_line(const struct cli *cli, const struct learning_line *line, struct error *err)
{
	if (line->output == NULL && line->keep == NULL)
		return misuse(cli, err, "where is the policy to go? -o FILE is missing");
	if (!line->has_run && line->merges.count == 0)
		return misuse(cli, err, "there is nothing to learn from: neither a run nor a record to --merge");
	if (line->output != NULL && line->keep != NULL && strcmp(line->output, line->keep) == 0)
		return misuse(cli, err, "-o and --record name the same file");
	return 0;
}

static int parse_line(const struct cli *cli, int argc, char *const argv[], struct learning_line *line, struct error *err)
{
	*line = (struct learning_line){ .runs = 1 };
	for (int at = 0; at < argc;) {
		int used = take_option(cli, line, argc - at, argv + at, err);

		if (used < 0)
			return used;
		if (used > 0) {
			at += used;
			continue;
		}
		if (strcmp(argv[at], "run") != 0)
			return misuse(cli, err, arena_printf(cli->arena, "%s: no such option of learn",
							     string_printable(cli->arena, argv[at], 80)));
		line->has_run = true;
		line->argc = argc - at - 1;
		line->argv = argv + at + 1;
		break;
	}
	return check_line(cli, line, err);
}

/* What cannot be learned from, said before anything runs. What is malformed is for the run to say. */
static int check_request(struct learning *learning, struct error *err)
{
	static const struct { enum flag_id flag; const char *reason; } refused[] = {
		{ FLAG_DETACH, "--detach: a run that is learned from is watched to its end" },
		{ FLAG_DRY_RUN, "--dry-run: nothing is learned from what is not run" },
		{ FLAG_CIDFILE, "--cidfile: it is made once, and the program runs more than once" },
	};
	struct findings findings = { .arena = learning->cli->arena };

	learning->request = request_parse(learning->cli->arena, learning->line->argc, learning->line->argv, &findings);
	for (size_t i = 0; i < ARRAY_COUNT(refused); i++) {
		const bool is_before = refused[i].flag == FLAG_DRY_RUN && learning->cli->options.is_dry_run;

		if (request_last(learning->request, refused[i].flag) == NULL && !is_before)
			continue;
		error_set(err, learning->cli->arena, ERROR_USAGE, "%s", refused[i].reason);
		err->remedy = "leave it out";
		return -(int)ERROR_USAGE;
	}
	return 0;
}

/* ---- files ---- */

static int check_outputs(const struct learning *learning, struct error *err)
{
	const struct learning_line *line = learning->line;
	const char *const files[] = { line->output, line->keep };

	for (size_t i = 0; i < ARRAY_COUNT(files); i++) {
		if (files[i] == NULL || line->is_forced || line->merges.count > 0 || !launch_has_file(files[i]))
			continue;
		error_set(err, learning->cli->arena, ERROR_USAGE, "%s is there already, and stays as it is",
			  string_printable(learning->cli->arena, files[i], 0));
		err->remedy = "give another name, --force to replace it, or --merge a record of earlier runs";
		return -(int)ERROR_USAGE;
	}
	return 0;
}

static int add_record(struct learning *learning, const struct learn_record *record, const char *name, struct error *err)
{
	if (learning->has_record)
		return learn_merge(learning->cli->arena, &learning->record, record, name, err);
	learning->record = *record;
	learning->has_record = true;
	return 0;
}

static int read_merges(struct learning *learning, struct error *err)
{
	const struct string_list *merges = &learning->line->merges;
	struct arena *arena = learning->cli->arena;
	int result = 0;

	for (size_t i = 0; result == 0 && i < merges->count; i++) {
		const char *name = merges->items[i];
		struct learn_bytes bytes = { name, NULL, 0 };
		struct learn_record record;
		bool is_root_owned;
		char *data;

		result = policy_read_trusted(arena, name, learning->cli->facts->caller_uid, LEARN_RECORD_BYTES_MAX, &data, &bytes.length,
					     &is_root_owned, err);
		bytes.data = result == 0 ? data : NULL;
		if (result == 0)
			result = learn_read(arena, &bytes, &record, err);
		if (result == 0)
			result = add_record(learning, &record, name, err);
	}
	return result;
}

static int write_outputs(const struct learning *learning, const struct learn_style *style, struct error *err)
{
	const struct learning_line *line = learning->line;
	struct arena *arena = learning->cli->arena;
	const bool is_replacing = line->is_forced || line->merges.count > 0;
	struct launch_output output = { line->keep, learn_print(arena, &learning->record), is_replacing };
	int result = line->keep != NULL ? launch_write_file(arena, &output, err) : 0;

	output.path = line->output;
	output.text = learn_policy(arena, &learning->record, style);
	return result == 0 && line->output != NULL ? launch_write_file(arena, &output, err) : result;
}

/* ---- running ---- */

static const char *join(struct arena *arena, const struct string_list *list)
{
	struct text text;

	text_init(&text, arena);
	for (size_t i = 0; i < list->count; i++)
		text_addf(&text, "%s%s", i > 0 ? ", " : "", list->items[i]);
	return text.data;
}

/* What it prints each time, or does not: only that tells something when it prints something else in the proof. */
static void note_end(struct learning *learning, const struct learning_run *run)
{
	const char *before = learning->end.output.digest, *now = run->end.output.digest;

	learning->is_output_changing = learning->is_output_changing || (learning->printed > 0 && before != NULL && now != NULL &&
									strcmp(before, now) != 0);
	learning->printed += now != NULL;
	learning->end = run->end;
}

/* Runs until it has a place to write wherever it can have one. What such a run did on its way is done again by the next. */
static int learn_once(struct learning *learning, struct learn_record *ret_record, bool *ret_has_run, struct error *err)
{
	struct cli *cli = learning->cli;

	for (unsigned round = 0;; round++) {
		struct learning_run run;
		int result = learning_run(learning, NULL, &run, err);

		*ret_has_run = false;
		if (result < 0)
			return result;
		if (!run.has_run && round > 0 && !learning->has_usual_sizes && !learning->is_stopped) {
			learning->has_usual_sizes = true;
			message_line(cli, "learn: again, with tmpfs of the size that the policy gives by itself");
			continue;
		}
		if (!run.has_run) {
			learning->end.status = run.end.status;
			return 0;
		}
		if (!run.is_observed)
			return error_set(err, cli->arena, ERROR_SYSTEM, "whoever watched the run has ended before it: what it did is not known");
		*ret_record = run.record;
		*ret_has_run = true;
		if (run.missing.count == 0 || learning->is_stopped || round == LEARNING_ROUNDS_MAX) {
			note_end(learning, &run);
			return 0;
		}
		for (size_t i = 0; i < run.missing.count; i++)
			string_list_add(cli->arena, &learning->places, run.missing.items[i]);
		message_line(cli, "learn: it could not write in %s (status %d): again, with a tmpfs there",
			     join(cli->arena, &run.missing), run.end.status);
	}
}

static int learn_runs(struct learning *learning, uint64_t runs, bool *ret_has_run, struct error *err)
{
	int result = 0;

	*ret_has_run = true;
	for (uint64_t i = 0; result == 0 && *ret_has_run && i < runs && !learning->is_stopped; i++) {
		struct learn_record record;

		result = learn_once(learning, &record, ret_has_run, err);
		if (result == 0 && *ret_has_run)
			result = add_record(learning, &record, "this run", err);
	}
	return result;
}

/* A run more where the first ones did not show everything: what a program does is not the same each time. */
static int prove(struct learning *learning, struct learn_style *ret_style, struct error *err)
{
	enum { TRIES = 3 };
	struct learning_proof proof = { .is_too_little = true };
	bool has_run = true;
	int result = 0;

	*ret_style = proof.style;
	if (learning->line->is_unproved || learning->is_stopped)
		return 0;
	for (unsigned i = 0; result == 0 && has_run && proof.is_too_little && i < TRIES; i++) {
		if (i > 0) {
			message_line(learning->cli, "learn: once more, as it did what it had not done before");
			result = learn_runs(learning, 1, &has_run, err);
		}
		if (result == 0 && has_run)
			result = learning_prove(learning, &proof, err);
	}
	*ret_style = proof.style;
	return result;
}

static void say_result(const struct learning *learning, enum learn_proof proof)
{
	static const char *const proofs[LEARN_PROOF_COUNT] = {
		[LEARN_UNPROVED] = "not proved", [LEARN_PROVED] = "proved by a run under it", [LEARN_DISPROVED] = "NOT enough for it",
		[LEARN_PROVED_UNTIL_ENDED] = "proved until it was ended", [LEARN_UNENDED] = "NOT proved, as it did not end under it",
	};
	const struct learn_record *record = &learning->record;
	const struct learning_line *line = learning->line;
	struct arena *arena = learning->cli->arena;

	message_line(learning->cli, "learn: %s: %zu calls, %zu place%s to write to, %zu to be asked about; %s",
		     string_printable(arena, line->output != NULL ? line->output : line->keep, 0), learn_allowed(arena, record),
		     record->place_count, record->place_count == 1 ? "" : "s", record->ask_count, proofs[proof]);
	if (line->has_run && learning->end.status != 0)
		message_line(learning->cli, "learn: the program itself ended with status %d", learning->end.status);
}

/* What to exit with; negative: an error. */
static int learn(struct learning *learning, struct error *err)
{
	const struct learning_line *line = learning->line;
	struct learn_style style = { .proof = LEARN_UNPROVED };
	bool has_run = true;
	int result = check_outputs(learning, err);

	if (result == 0 && line->has_run)
		result = check_request(learning, err);
	if (result == 0)
		result = read_merges(learning, err);
	if (result < 0)
		return result;
	if (line->has_run)
		result = learn_runs(learning, line->runs, &has_run, err);
	if (result == 0 && has_run && line->has_run)
		result = prove(learning, &style, err);
	if (result < 0 || !learning->has_record)
		return result < 0 ? result : learning->end.status;
	/* A record of before, and a run that came to nothing: what was there is as good as it was. */
	if (!has_run)
		return learning->end.status;
	result = write_outputs(learning, &style, err);
	if (result < 0)
		return result;
	say_result(learning, style.proof);
	return style.proof == LEARN_DISPROVED || style.proof == LEARN_UNENDED ? CLI_STATUS_DENIED : CLI_STATUS_OK;
}

int learn_verb(struct cli *cli, int argc, char *const argv[])
{
	struct learning_line line;
	struct learning learning = { .cli = cli, .line = &line };
	struct error err = { 0 };
	int result;

	for (int i = 0; i < argc && strcmp(argv[i], "run") != 0; i++) {
		if (strcmp(argv[i], "--help") != 0 && strcmp(argv[i], "-h") != 0)
			continue;
		help_verb_usage(cli, "learn");
		return message_finish(cli, CLI_STATUS_OK);
	}
	if (cli->is_guarded) {
		recording_deny(cli, "learn is not for root's rights that are lent, nor under a ceiling: it watches programs, and writes files",
			       "learn as yourself, without them, on crun or runc");
		return CLI_STATUS_USAGE;
	}
	result = parse_line(cli, argc, argv, &line, &err);
	if (result == 0)
		result = learn(&learning, &err);
	if (result >= 0)
		return result;
	message_error(cli, &err);
	return err.kind == ERROR_SYSTEM || err.kind == ERROR_MISSING ? LAUNCH_STATUS_REFUSED : CLI_STATUS_USAGE;
}
