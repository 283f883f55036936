/* docker_tell: a line of docker's on its way from who may read it to who may act; heard as if an attacker had told it. */
#include "docker_apart.h"

#include <string.h>

#include "channel.h"
#include "separate.h"

enum {
	READING_KEYS = 10, WORDS_KEYS = 3, NAMED_KEYS = 3, ERROR_KEYS = 6, PROCESS_KEYS = 6,
	REASON_BYTES_MAX = 200, FILE_BYTES_MAX = 4096, VALUE_BYTES_MAX = 4096,
};

/* ---- telling ---- */

/* What a management command's help is found as is the row of help itself. */
static int row_of(const struct docker_verb *verb)
{
	const struct docker_verb *row;

	for (int i = 0; verb != NULL && (row = docker_verbs_at((size_t)i)) != NULL; i++)
		if (strcmp(row->name, verb->name) == 0 && strcmp(row->sub, verb->sub) == 0)
			return i;
	return -1;
}

static int place_of(const struct docker_line *line, const char *word)
{
	for (int i = 0; word != NULL && i < line->argc; i++)
		if (line->argv[i] == word)
			return i;
	return -1;
}

static json_t *tell_words(const struct docker_reading *reading)
{
	const struct verb_words *words = &reading->words.words;
	json_t *options, *names;

	if (!reading->words.is_understood)
		return json_null();
	options = json_array();
	names = json_array();
	for (size_t i = 0; i < words->option_count; i++) {
		const struct verb_option *option = &words->options[i];

		/* What the verdict has to judge stays here until it has. */
		if (option->flag->value != VERB_JUDGED)
			json_array_append_new(options, json_pack("[i, s]", (int)(option->flag - words->form->flags), option->value));
	}
	for (size_t i = 0; i < words->names.count; i++)
		json_array_append_new(names, json_integer(place_of(&reading->line, words->names.items[i])));
	return json_pack("{s:o, s:o, s:b}", "options", options, "names", names, "is_help", (int)words->is_help);
}

static json_t *tell_named(const struct docker_reading *reading)
{
	const struct verb_named *named = &reading->named;
	json_t *errors;

	if (!reading->has_named)
		return json_null();
	errors = json_array();
	for (size_t i = 0; i < named->errors.count; i++) {
		const struct error *err = &named->errors.items[i];

		json_array_append_new(errors, json_pack("{s:i, s:s, s:s?, s:s?, s:I, s:I}", "kind", (int)err->kind, "message",
							err->message, "remedy", err->remedy, "file", err->place.file, "line",
							(json_int_t)err->place.line, "column", (json_int_t)err->place.column));
	}
	return json_pack("{s:s?, s:b, s:o}", "file", named->file, "is_root_owned", (int)named->is_root_owned, "errors", errors);
}

json_t *docker_tell_reading(const struct cli *cli, const struct docker_reading *reading)
{
	const struct docker_line *line = &reading->line;

	(void)cli;
	return json_pack("{s:i, s:i, s:i, s:i, s:b, s:b, s:s?, s:o, s:o, s:o}", "row", row_of(line->verb), "options", line->options,
			 "words", line->words, "option", place_of(line, line->option), "has_help", (int)line->has_help,
			 "has_version", (int)line->has_version, "reason", line->verb == NULL ? line->reason : NULL, "verb", tell_words(reading),
			 "findings", plan_write_findings(&reading->words.findings), "named", tell_named(reading));
}

json_t *docker_tell_process(const struct cli *cli, const struct verb_process *process)
{
	json_t *environment = json_array();

	for (size_t i = 0; i < process->environment.count; i++)
		json_array_append_new(environment, json_string(process->environment.items[i]));
	return json_pack("{s:o, s:o, s:o, s:s?, s:s?, s:o}", "findings", plan_write_findings(&process->findings),
			 "policy", judge_write_policy(cli, process->policy), "user",
			 process->has_user ? json_pack("[I, I]", (json_int_t)process->uid, (json_int_t)process->gid) : json_null(),
			 "working_dir", process->working_dir, "detach_keys", process->detach_keys, "environment", environment);
}

/* ---- hearing ---- */

static bool hear_number(const json_t *number, int64_t least, int64_t most, int64_t *ret_number)
{
	*ret_number = json_integer_value(number);
	return json_is_integer(number) && *ret_number >= least && *ret_number <= most;
}

static bool is_fine(const char *text, size_t most)
{
	return text == NULL || (strlen(text) <= most && string_is_utf8(text) && !string_has_control(text));
}

/* Which row it is, and that it is the row of what was typed. */
static bool hear_verb(const json_t *json, struct docker_line *line)
{
	int64_t row, options, words, option;
	const char *first, *second;

	if (!hear_number(json_object_get(json, "row"), -1, INT32_MAX, &row) ||
	    !hear_number(json_object_get(json, "options"), 0, line->argc, &options) ||
	    !hear_number(json_object_get(json, "words"), 0, line->argc - options < 2 ? line->argc - options : 2, &words) ||
	    !hear_number(json_object_get(json, "option"), -1, row < 0 && options < line->argc ? options : options - 1, &option))
		return false; /* an option whose value is missing stands where the reading ended */
	line->options = (int)options;
	line->words = (int)words;
	line->option = option >= 0 ? line->argv[option] : NULL;
	if (row < 0)
		return true;
	line->verb = docker_verbs_at((size_t)row);
	if (line->verb == NULL || words != (line->verb->sub[0] != '\0' ? 2 : 1))
		return false;
	first = line->argv[options];
	second = words == 2 ? line->argv[options + 1] : NULL;
	if (strcmp(line->verb->name, "help") == 0 && docker_verbs_is_management(first))
		return true;
	return strcmp(line->verb->name, first) == 0 && (second == NULL || strcmp(line->verb->sub, second) == 0);
}

static bool hear_line(const struct cli *cli, const json_t *json, struct docker_line *line)
{
	const char *reason;

	if (!hear_verb(json, line) || !channel_bool(json, "has_help", &line->has_help) ||
	    !channel_bool(json, "has_version", &line->has_version) ||
	    !channel_text(cli->arena, json, "reason", &reason) || !is_fine(reason, REASON_BYTES_MAX))
		return false;
	if (line->verb != NULL) {
		line->stance = line->verb->stance;
		line->reason = line->stance == DOCKER_VERB_REFUSED ? line->verb->reason : NULL;
		return reason == NULL;
	}
	/* Without a verb and without a complaint there was none to be read. */
	line->reason = reason;
	line->stance = reason != NULL ? DOCKER_VERB_REFUSED : DOCKER_VERB_PASS;
	return reason != NULL ? line->options < line->argc : line->words == 0 && line->options == line->argc;
}

static const struct verb_flag *flag_at(const struct verb_form *form, int64_t index)
{
	for (const struct verb_flag *flag = form->flags; flag->name != NULL; flag++)
		if (index-- == 0)
			return flag;
	return NULL;
}

static bool hear_option(const struct cli *cli, const json_t *json, const struct verb_form *form, struct verb_option *ret_option)
{
	const char *value = json_string_value(json_array_get(json, 1));
	const struct verb_flag *flag = NULL;
	int64_t index;

	if (json_is_array(json) && json_array_size(json) == 2 && hear_number(json_array_get(json, 0), 0, INT32_MAX, &index))
		flag = flag_at(form, index);
	if (flag == NULL || value == NULL || flag->value == VERB_JUDGED || !is_fine(value, VALUE_BYTES_MAX))
		return false;
	*ret_option = (struct verb_option){ flag, arena_strdup(cli->arena, value) };
	if (flag->value == VERB_SWITCH)
		return strcmp(value, "true") == 0 || strcmp(value, "false") == 0;
	return verb_value_reason(cli->arena, flag, value) == NULL;
}

/* Words of the line in their order, each once; the command of exec may hold anything that is UTF-8. */
static bool hear_names(const struct cli *cli, const json_t *json, const struct docker_line *line, struct verb_words *words)
{
	const bool has_command = words->form->names == VERB_NAMES_CONTAINER_COMMAND;
	int64_t place, least = line->options + line->words;

	if (!json_is_array(json) || json_array_size(json) > REQUEST_ARGV_WORDS_MAX)
		return false;
	for (size_t i = 0; i < json_array_size(json); i++) {
		const char *name;

		if (!hear_number(json_array_get(json, i), least, line->argc - 1, &place))
			return false;
		name = line->argv[place];
		if (!string_is_utf8(name) || ((i == 0 || !has_command) && string_has_control(name)))
			return false;
		string_list_add(cli->arena, &words->names, name);
		least = place + 1;
	}
	return true;
}

static bool hear_words(const struct cli *cli, const json_t *json, struct docker_reading *reading)
{
	const json_t *words = json_object_get(json, "verb"), *options = json_object_get(words, "options");
	const struct verb_form *form = reading->line.verb != NULL ? verb_forms_find(reading->line.verb->key) : NULL;
	struct verb_words *heard = &reading->words.words;
	struct error err = { 0 };

	if (plan_read_findings(cli->arena, json_object_get(json, "findings"), &reading->words.findings, &err) < 0)
		return false;
	if (json_is_null(words)) /* it is said why, or there is nothing to be read */
		return (form != NULL) == !findings_allow(&reading->words.findings);
	if (form == NULL || !json_is_object(words) || json_object_size(words) != WORDS_KEYS || !json_is_array(options) ||
	    json_array_size(options) > REQUEST_ARGV_WORDS_MAX || reading->words.findings.count > 0)
		return false;
	heard->form = form;
	for (size_t i = 0; i < json_array_size(options); i++)
		if (!hear_option(cli, json_array_get(options, i), form, vector_push(cli->arena, heard->options, heard->option_count)))
			return false;
	reading->words.is_understood = true;
	return channel_bool(words, "is_help", &heard->is_help) &&
	       hear_names(cli, json_object_get(words, "names"), &reading->line, heard);
}

static bool hear_error(const struct cli *cli, const json_t *json, struct error *ret_err)
{
	int64_t kind, line, column;

	if (!json_is_object(json) || json_object_size(json) != ERROR_KEYS ||
	    !hear_number(json_object_get(json, "kind"), ERROR_NONE + 1, ERROR_COUNT - 1, &kind) ||
	    !hear_number(json_object_get(json, "line"), 0, INT32_MAX, &line) ||
	    !hear_number(json_object_get(json, "column"), 0, INT32_MAX, &column))
		return false;
	*ret_err = (struct error){ .kind = (enum error_kind)kind, .place.line = (unsigned)line, .place.column = (unsigned)column };
	return channel_word(cli->arena, json, "message", &ret_err->message) &&
	       channel_text(cli->arena, json, "remedy", &ret_err->remedy) &&
	       channel_text(cli->arena, json, "file", &ret_err->place.file) && is_fine(ret_err->message, FILE_BYTES_MAX) &&
	       is_fine(ret_err->remedy, FILE_BYTES_MAX) && is_fine(ret_err->place.file, FILE_BYTES_MAX);
}

static bool hear_named(const struct cli *cli, const json_t *json, struct docker_reading *reading)
{
	const json_t *errors = json_object_get(json, "errors");
	struct verb_named *named = &reading->named;

	reading->has_named = cli->is_guarded && cli->options.policy != NULL;
	if (!reading->has_named)
		return json_is_null(json);
	if (!json_is_object(json) || json_object_size(json) != NAMED_KEYS || !json_is_array(errors) ||
	    json_array_size(errors) > POLICY_ERRORS_MAX || !channel_text(cli->arena, json, "file", &named->file) ||
	    !is_fine(named->file, FILE_BYTES_MAX) || !channel_bool(json, "is_root_owned", &named->is_root_owned))
		return false;
	for (size_t i = 0; i < json_array_size(errors); i++)
		if (!hear_error(cli, json_array_get(errors, i), vector_push(cli->arena, named->errors.items, named->errors.count)))
			return false;
	return (named->file == NULL) == (named->errors.count > 0);
}

bool docker_hear_reading(const struct cli *cli, const json_t *json, struct docker_reading *ret_reading)
{
	return json_object_size(json) == READING_KEYS && hear_line(cli, json, &ret_reading->line) &&
	       hear_words(cli, json, ret_reading) && hear_named(cli, json_object_get(json, "named"), ret_reading);
}

static bool hear_user(const json_t *json, struct verb_process *process)
{
	int64_t uid, gid;

	if (json_is_null(json))
		return true;
	if (!json_is_array(json) || json_array_size(json) != 2 || !hear_number(json_array_get(json, 0), 0, UINT32_MAX, &uid) ||
	    !hear_number(json_array_get(json, 1), 0, UINT32_MAX, &gid))
		return false;
	process->has_user = true;
	process->uid = (uint32_t)uid;
	process->gid = (uint32_t)gid;
	return true;
}

static bool hear_environment(const struct cli *cli, const json_t *json, struct verb_process *process)
{
	size_t bytes = 0;

	if (!json_is_array(json) || json_array_size(json) > REQUEST_ARGV_WORDS_MAX)
		return false;
	for (size_t i = 0; i < json_array_size(json); i++) {
		const char *line = json_string_value(json_array_get(json, i));

		if (line == NULL || strchr(line, '=') == NULL)
			return false;
		bytes += strlen(line);
		string_list_add(cli->arena, &process->environment, arena_strdup(cli->arena, line));
	}
	return bytes <= REQUEST_ARGV_BYTES_MAX;
}

static bool is_keys(const struct cli *cli, const char *keys)
{
	const struct verb_flag flag = { "detach-keys", 0, VERB_KEYS, NULL, NULL };

	return keys == NULL || verb_value_reason(cli->arena, &flag, keys) == NULL;
}

bool docker_hear_process(const struct cli *cli, const json_t *json, struct verb_process *ret_process)
{
	struct monitor_decision *decided = arena_alloc(cli->arena, sizeof(*decided));
	struct error err = { 0 };

	*ret_process = (struct verb_process){ .findings.arena = cli->arena };
	*decided = (struct monitor_decision){ .is_record_wanted = false };
	if (json_object_size(json) != PROCESS_KEYS ||
	    plan_read_findings(cli->arena, json_object_get(json, "findings"), &ret_process->findings, &err) < 0 ||
	    json_object_get(json, "policy") == NULL || !monitor_read_policy(cli->arena, json_object_get(json, "policy"), decided) ||
	    !hear_user(json_object_get(json, "user"), ret_process) ||
	    !channel_text(cli->arena, json, "working_dir", &ret_process->working_dir) ||
	    !is_fine(ret_process->working_dir, FILE_BYTES_MAX) ||
	    !channel_text(cli->arena, json, "detach_keys", &ret_process->detach_keys) || !is_keys(cli, ret_process->detach_keys) ||
	    !hear_environment(cli, json_object_get(json, "environment"), ret_process))
		return false;
	ret_process->policy = decided->decision.policy;
	ret_process->is_record_wanted = decided->is_record_wanted;
	/* What is to run has been judged under a policy. */
	return ret_process->policy != NULL || !findings_allow(&ret_process->findings);
}
