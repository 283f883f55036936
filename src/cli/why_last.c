/* why, without a subject: the last bad end again, from what was kept of it. Reads, and changes nothing. */
#include "why.h"

#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include <jansson.h>

#include <hardrun/watch.h>

enum { TEXT_BYTES_MAX = 4096, CAUSES_MAX = 64, TIME_BYTES = 64 };

static int fail(struct cli *cli, const char *path, const char *what)
{
	struct error err = { 0 };

	error_set(&err, cli->arena, ERROR_SYSTEM, "%s %s: nothing can be told from it", path, what);
	err.remedy = "run it once more with hardrun why run ..., which replaces it";
	message_error(cli, &err);
	return CLI_STATUS_USAGE;
}

static const char *text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/* NULL: it is a whole one, of this machine's kind; else what is wrong with it. */
static const char *problem_of(struct arena *arena, const json_t *object)
{
	const char *schema = text_of(object, "schema"), *machine = text_of(object, "machine");
	const json_t *causes = json_object_get(object, "causes"), *words = json_object_get(object, "words");
	struct utsname here = { 0 };
	struct watch_need need;
	const json_t *item;
	size_t i;

	if (object == NULL)
		return "is cut short, or no JSON";
	if (schema == NULL || strcmp(schema, WHY_LAST_SCHEMA) != 0)
		return "is no record of an end, or one of another version of hardrun";
	if (machine == NULL || uname(&here) < 0 || strcmp(machine, here.machine) != 0)
		return arena_printf(arena, "was written on another architecture (%s, and this is %s), whose system calls are others",
				    machine != NULL ? string_printable(arena, machine, 40) : "unknown", here.machine);
	if (text_of(object, "policy") == NULL || text_of(object, "backend") == NULL || !json_is_array(causes) || !json_is_array(words) ||
	    json_array_size(causes) > CAUSES_MAX || !json_is_integer(json_object_get(object, "status")) ||
	    !json_is_integer(json_object_get(object, "time")))
		return "lacks a part";
	json_array_foreach(causes, i, item)
		if (!watch_read_need(arena, item, &need))
			return "has a cause that cannot be read";
	json_array_foreach(words, i, item)
		if (!json_is_string(item))
			return "has a word that is none";
	return NULL;
}

/* An engine hands calls to nobody: there it is to run without. */
static bool needs_backend(const json_t *object)
{
	const char *backend = text_of(object, "backend");
	const json_t *words = json_object_get(object, "words"), *item;
	size_t i;

	json_array_foreach(words, i, item)
		if (strncmp(json_string_value(item), "--backend", strlen("--backend")) == 0)
			return false;
	return strcmp(backend, host_backend_name(BACKEND_CRUN)) != 0 && strcmp(backend, host_backend_name(BACKEND_RUNC)) != 0;
}

/* The line again, with "why" before the first "run". */
static const char *command_of(struct arena *arena, const json_t *object)
{
	const json_t *words = json_object_get(object, "words");
	bool is_inserted = false, has_backend = false;
	struct text text;
	const json_t *item;
	size_t i;

	if (json_array_size(words) == 0)
		return "hardrun why run --backend crun ..., with the words of its line";
	text_init(&text, arena);
	json_array_foreach(words, i, item) {
		const char *word = string_printable(arena, json_string_value(item), TEXT_BYTES_MAX);

		is_inserted = is_inserted || strcmp(word, "why") == 0;
		if (i > 0 && !is_inserted && strcmp(word, "run") == 0) {
			text_add(&text, " why");
			is_inserted = true;
		}
		text_addf(&text, "%s%s", i > 0 ? " " : "", i > 0 ? shell_quote(arena, word) : "hardrun");
		if (is_inserted && needs_backend(object) && strcmp(word, "run") == 0 && !has_backend) {
			text_add(&text, " --backend crun");
			has_backend = true;
		}
	}
	return text.data;
}

static const char *time_of(struct arena *arena, int64_t seconds)
{
	char buffer[TIME_BYTES];
	const time_t when = (time_t)seconds;
	struct tm parts;

	if (gmtime_r(&when, &parts) == NULL || strftime(buffer, sizeof(buffer), "%Y-%m-%d %H:%M:%S UTC", &parts) == 0)
		return "an unknown time";
	return arena_strdup(arena, buffer);
}

static void print_text(const struct cli *cli, const json_t *object)
{
	const json_t *causes = json_object_get(object, "causes"), *notes = json_object_get(object, "notes"), *item;
	const bool is_watched = json_is_true(json_object_get(object, "watched"));
	const char *error = text_of(object, "error"), *container = text_of(object, "container");
	struct watch_need need;
	size_t i;

	message_print(cli, arena_printf(cli->arena, "status %d on %s, under the policy %s with %s%s%s%s%s\n",
					(int)json_integer_value(json_object_get(object, "status")),
					time_of(cli->arena, json_integer_value(json_object_get(object, "time"))),
					string_printable(cli->arena, text_of(object, "policy"), TEXT_BYTES_MAX),
					string_printable(cli->arena, text_of(object, "backend"), TEXT_BYTES_MAX),
					container != NULL ? ", container " : "",
					container != NULL ? string_printable(cli->arena, container, TEXT_BYTES_MAX) : "", error != NULL ? ": " : "",
					error != NULL ? string_printable(cli->arena, error, TEXT_BYTES_MAX) : ""));
	json_array_foreach(causes, i, item) {
		(void)watch_read_need(cli->arena, item, &need);
		message_print(cli, arena_printf(cli->arena, "%zu. %s\n", i + 1, watch_need_sentence(cli->arena, &need)));
	}
	json_array_foreach(notes, i, item)
		if (json_is_string(item))
			message_print(cli, arena_printf(cli->arena, "%s\n", string_printable(cli->arena, json_string_value(item), TEXT_BYTES_MAX)));
	if (json_array_size(causes) == 0 && notes == NULL)
		message_print(cli, is_watched ? "nothing that was refused explains it\n"
					      : "the kernel's counters show no limit that was met; what else was refused was not watched\n");
	message_print(cli, arena_printf(cli->arena, "%s: %s\n", is_watched ? "it was watched; again" : "to have it watched",
					command_of(cli->arena, object)));
}

/* What is kept, whole; NULL: it is not, which has been said. */
static json_t *read_kept(struct cli *cli)
{
	const char *text = launch_read_last(cli->arena, cli->last.fd), *problem;
	json_t *object;

	if (text == NULL) {
		(void)fail(cli, cli->last.path, "cannot be read, or is too long");
		return NULL;
	}
	object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	problem = problem_of(cli->arena, object);
	if (problem == NULL)
		return object;
	json_decref(object);
	(void)fail(cli, cli->last.path, problem);
	return NULL;
}

static bool is_later(const struct host_ended *ended, const json_t *kept)
{
	return ended != NULL && (kept == NULL || ended->finished > json_integer_value(json_object_get(kept, "time")));
}

int why_last(struct cli *cli)
{
	json_t *object = NULL;

	if (cli->last.fd < 0 && cli->last.ended == NULL) {
		message_line(cli, "no container of yours has ended badly since this machine was started, as far as is known here (of one that "
				  "docker has removed at its end nothing is); hardrun why run ... watches one, hardrun why --help tells "
				  "what else can be asked");
		return CLI_STATUS_DENIED;
	}
	if (cli->last.fd >= 0 && (object = read_kept(cli)) == NULL)
		return CLI_STATUS_USAGE;
	if (is_later(cli->last.ended, object)) {
		json_decref(object);
		object = why_ended(cli->arena, cli->last.ended);
	}
	if (cli->is_json) {
		json_object_set_new(object, "command", json_string(command_of(cli->arena, object)));
		json_print(cli, object);
	} else {
		print_text(cli, object);
		json_decref(object);
	}
	return message_finish(cli, CLI_STATUS_OK);
}
