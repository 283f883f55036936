/*
 * why, of a container that docker ran: its daemon hands refused calls to nobody, so what is known is how it ended and what it ran
 * with. In the shape of what is kept of a bad end.
 */
#include "why.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/utsname.h>

#include <jansson.h>

#include <hardrun/watch.h>

static void add_cause(json_t *causes, const struct watch_need *need)
{
	json_array_append_new(causes, watch_write_need(need));
}

static void add_memory(struct arena *arena, const struct host_ended *ended, json_t *causes)
{
	const bool is_limited = ended->memory_bytes > 0;
	const char *more = format_size(arena, ended->memory_bytes * 2);
	struct watch_need need = {
		.kind = NEED_MEMORY, .subject = "memory", .count = 1, .amount = -1, .layer = "memory limit",
		.reason = is_limited ? arena_printf(arena, "the kernel ended it at the limit of %s", format_size(arena, ended->memory_bytes))
				     : "the kernel ended it, and it has no limit of its own: the machine had no more",
		.rule = "mem_limit of its policy, or --memory",
	};

	if (is_limited)
		need.remedy.text = arena_printf(arena, "add defaults: {mem_limit: %s} to the policy, or use --memory %s, as far as "
						"allow.mem_limit reaches", more, more);
	add_cause(causes, &need);
}

/* docker's word for it is "... exec: \"nosuch\": executable file not found in $PATH": what comes before says who told whom. */
static void add_never_executed(struct arena *arena, const struct host_ended *ended, json_t *causes)
{
	const struct plan plan = { .argv = { 0 } };
	struct watch_report report = { .usage = WATCH_USAGE_UNKNOWN, .status = ended->status };
	const char *last = strstr(ended->error, "exec: ");
	struct watch_need need;

	watch_never_executed(arena, &plan, last != NULL ? last : ended->error, &report);
	need = report.needs[0];
	need.subject = ended->command != NULL ? ended->command : "its command";
	add_cause(causes, &need);
}

static json_t *causes_of(struct arena *arena, const struct host_ended *ended)
{
	json_t *causes = json_array();

	if (ended->is_out_of_memory)
		add_memory(arena, ended, causes);
	if (ended->error != NULL && (ended->status == LAUNCH_STATUS_CANNOT_EXECUTE || ended->status == LAUNCH_STATUS_NOT_FOUND))
		add_never_executed(arena, ended, causes);
	return causes;
}

static const char *places_of(struct arena *arena, const struct host_ended *ended)
{
	struct text text;

	if (!ended->is_read_only)
		return "a root file system that can be written";
	text_init(&text, arena);
	text_add(&text, "a read-only root");
	for (size_t i = 0; i < ended->tmpfs.count; i++)
		text_addf(&text, "%s%s", i == 0 ? " but for " : ", ", ended->tmpfs.items[i]);
	return text.data;
}

static void add_note(json_t *notes, const char *note)
{
	json_array_append_new(notes, json_string(note));
}

static json_t *notes_of(struct arena *arena, const struct host_ended *ended)
{
	const int number = ended->status - LAUNCH_STATUS_SIGNAL;
	const char *name = number > 0 ? sigabbrev_np(number) : NULL;
	json_t *notes = json_array();

	if (name != NULL && !ended->is_out_of_memory)
		add_note(notes, arena_printf(arena, "signal %s ended it%s", name, number != SIGKILL ? "" :
					     ", and docker does not say that memory ran out: somebody killed it, or it killed itself"));
	add_note(notes, arena_printf(arena, "it ran as %s, with %s, network %s, at most %s of memory and %" PRId64 " processes",
				     ended->user != NULL ? ended->user : "the image's user", places_of(arena, ended),
				     ended->network != NULL ? ended->network : "unknown", ended->memory_bytes > 0 ?
				     format_size(arena, ended->memory_bytes) : "any amount", ended->pids_limit));
	add_note(notes, "which call, file or address it was refused cannot be seen afterwards, as docker hands refusals to nobody");
	return notes;
}

json_t *why_ended(struct arena *arena, const struct host_ended *ended)
{
	const int number = ended->status - LAUNCH_STATUS_SIGNAL;
	struct utsname machine = { 0 };
	json_t *object = json_object();

	(void)uname(&machine);
	json_object_set_new(object, "schema", json_string(WHY_LAST_SCHEMA));
	json_object_set_new(object, "machine", json_string(machine.machine));
	json_object_set_new(object, "time", json_integer((json_int_t)ended->finished));
	json_object_set_new(object, "words", json_array());
	json_object_set_new(object, "policy",
			    json_string(ended->policy != NULL ? string_printable(arena, ended->policy, 0) : "unknown"));
	json_object_set_new(object, "backend", json_string(host_backend_name(BACKEND_DOCKER)));
	json_object_set_new(object, "container", json_string(ended->name));
	json_object_set_new(object, "status", json_integer(ended->status));
	json_object_set_new(object, "signal", json_integer(number > 0 ? number : 0));
	json_object_set_new(object, "error", ended->error != NULL ? json_string(ended->error) : json_null());
	json_object_set_new(object, "watched", json_false());
	json_object_set_new(object, "complete", json_false());
	json_object_set_new(object, "causes", causes_of(arena, ended));
	json_object_set_new(object, "notes", notes_of(arena, ended));
	return object;
}
