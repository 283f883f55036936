/* ended: how a container that docker ran has ended, as its daemon tells afterwards. What it was refused nobody has seen. */
#include "host_internal.h"

#include <string.h>
#include <time.h>

enum { CONTAINERS_MAX = 32, TEXT_BYTES_MAX = 500 };

static const char *text_of(struct arena *arena, const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL && *text != '\0' ? string_printable(arena, text, TEXT_BYTES_MAX) : NULL;
}

/* "2026-01-31T12:00:00.123456789Z"; 0: none, or the year 1, which is docker's word for never. */
static int64_t seconds_of(const char *text)
{
	struct tm parts = { 0 };
	const char *end = text != NULL ? strptime(text, "%Y-%m-%dT%H:%M:%S", &parts) : NULL;
	const time_t seconds = end != NULL ? timegm(&parts) : 0;

	return seconds > 0 ? (int64_t)seconds : 0;
}

static int64_t number_of(const json_t *object, const char *key)
{
	return json_is_integer(json_object_get(object, key)) ? (int64_t)json_integer_value(json_object_get(object, key)) : 0;
}

static void add_places(struct arena *arena, const json_t *host, struct string_list *places)
{
	const char *target;
	json_t *options;

	json_object_foreach(json_object_get(host, "Tmpfs"), target, options)
		string_list_add(arena, places, string_printable(arena, target, TEXT_BYTES_MAX));
}

static bool has_ended(const char *word)
{
	return word != NULL && (strcmp(word, "exited") == 0 || strcmp(word, "dead") == 0 || strcmp(word, "created") == 0);
}

bool host_parse_ended(struct arena *arena, const char *body, struct host_ended *ret_ended)
{
	CLEANUP_JSON json_t *document = json_loads(body, JSON_REJECT_DUPLICATES, NULL);
	const json_t *state = json_object_get(document, "State"), *host = json_object_get(document, "HostConfig");
	const json_t *config = json_object_get(document, "Config");
	const int64_t status = number_of(state, "ExitCode");
	struct host_ended ended = {
		.command = text_of(arena, document, "Path"), .error = text_of(arena, state, "Error"), .status = (int)status,
		.is_out_of_memory = json_is_true(json_object_get(state, "OOMKilled")), .memory_bytes = number_of(host, "Memory"),
		.pids_limit = number_of(host, "PidsLimit"), .is_read_only = json_is_true(json_object_get(host, "ReadonlyRootfs")),
		.user = text_of(arena, config, "User"), .network = text_of(arena, host, "NetworkMode"),
		.finished = seconds_of(json_string_value(json_object_get(state, "FinishedAt"))),
	};

	if (!has_ended(json_string_value(json_object_get(state, "Status"))) || status <= 0 || status > UINT8_MAX)
		return false;
	/* One that could not be started has only been made. */
	if (ended.finished == 0)
		ended.finished = seconds_of(json_string_value(json_object_get(document, "Created")));
	add_places(arena, host, &ended.tmpfs);
	*ret_ended = ended;
	return true;
}

/* Of those that say that they are the caller's: a label may be the image's own, and then says nothing. */
static bool is_own(struct arena *arena, const struct host_facts *facts, const char *id, struct container_facts *ret_container)
{
	struct error ignored = { 0 };

	return host_read_container(arena, facts, id, ret_container, &ignored) == 0 && host_is_callers(facts, ret_container);
}

static bool read_one(struct arena *arena, const struct host_facts *facts, const char *id, struct host_ended *ret_ended)
{
	struct error ignored = { 0 };
	char *body = NULL;
	int status = 0;

	return host_http_get(arena, facts->engine.docker_socket, arena_printf(arena, "/containers/%s/json", id), &status, &body,
			     &ignored) == 0 && status == 200 && host_parse_ended(arena, body, ret_ended);
}

bool host_find_ended(struct arena *arena, const struct host_facts *facts, struct host_ended *ret_ended)
{
	const char *label = arena_printf(arena, HOST_CALLER_LABEL "=%u", (unsigned)facts->caller_uid);
	struct string_list ids = { 0 };
	struct error ignored = { 0 };
	bool is_found = false;

	/* The latest were made last, and are listed first. */
	if (host_list_containers(arena, facts, label, &ids, &ignored) < 0)
		return false;
	for (size_t i = 0; i < ids.count && i < CONTAINERS_MAX; i++) {
		struct container_facts container;
		struct host_ended ended;

		if (!read_one(arena, facts, ids.items[i], &ended) || (is_found && ended.finished <= ret_ended->finished) ||
		    !is_own(arena, facts, ids.items[i], &container))
			continue;
		ended.name = container.name;
		ended.policy = container.policy;
		*ret_ended = ended;
		is_found = true;
	}
	return is_found;
}
