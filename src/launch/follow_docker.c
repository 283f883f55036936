/* docker: its events say when something happens, and its answer to a question says what is so. */
#include <string.h>

#include <jansson.h>

#include "follow_internal.h"

enum {
	RESTART_MILLISECONDS = 1500,        /* between an end and the start that belongs to a restart */
	REMOVAL_MILLISECONDS_MAX = 15000, REMOVAL_POLL_MILLISECONDS = 50,
	LAST_EVENT_MILLISECONDS = 1000,
	RETRY_MILLISECONDS = 2000, SILENCE_MILLISECONDS_MAX = 180000,
};

static const char *socket_of(const struct follower *follower)
{
	const char *socket = follower->launch->facts->engine.docker_socket;

	return socket ? socket : "/var/run/docker.sock";
}

void follow_set_status(struct follower *follower, int status)
{
	struct launch_end *end = &follower->end;

	end->status = status;
	end->signal = process_signal_of(status);
	if (status < 0)
		end->reason = LAUNCH_UNKNOWN;
	else if (!follower->has_started)
		end->reason = LAUNCH_NOT_STARTED;
	else if (end->has_oom && end->signal == SIGKILL)
		end->reason = LAUNCH_OOM;
	else
		end->reason = end->signal ? LAUNCH_SIGNALED : LAUNCH_EXITED;
	follower->is_over = true;
}

/* The whole answer of the daemon; NULL when there is none. *ret_status: of HTTP, 0: it does not answer. */
static json_t *inspect(struct follower *follower, int *ret_status)
{
	struct arena *scratch = arena_new();
	struct error ignored;
	json_t *answer = NULL;
	char *body;

	*ret_status = 0;
	if (host_http_get(scratch, socket_of(follower), arena_printf(scratch, "/containers/%s/json", follower->id), ret_status, &body,
			  &ignored) == 0 && *ret_status == 200)
		answer = json_loads(body, JSON_REJECT_DUPLICATES, NULL);
	arena_free(scratch);
	return answer;
}

static bool listen_again(struct follower *follower)
{
	return events_open(follower->arena, socket_of(follower), follower->id, &follower->since, &follower->events);
}

/*
 * The container has been made and not been started yet. Its labels stand among the attributes of its events, over docker's own:
 * one called exitCode would speak for the status.
 */
void follow_docker_begin(struct follower *follower)
{
	int status;
	json_t *container = inspect(follower, &status);
	const json_t *labels = json_object_get(json_object_get(container, "Config"), "Labels");

	follower->is_status_forged = !container || json_object_get(labels, "exitCode");
	json_decref(container);
	(void)listen_again(follower);
}

static void kill_container(struct follower *follower)
{
	struct host_http_call call = {
		.socket = socket_of(follower), .method = "POST", .target = arena_printf(follower->arena, "/containers/%s/kill", follower->id),
	};
	struct error ignored;

	(void)host_http_call(follower->arena, &call, &ignored);
}

/* It runs: its first process is looked at, once. A daemon whose processes cannot be seen from here is not believed. */
static void check_label(struct follower *follower)
{
	int status;
	json_t *container, *state;
	json_int_t pid;

	if (follower->is_label_checked)
		return;
	container = inspect(follower, &status);
	state = json_object_get(container, "State");
	pid = json_integer_value(json_object_get(state, "Pid"));
	if (json_is_true(json_object_get(state, "Running")) && pid > 0 && pid <= INT32_MAX && !follow_check_label(follower, (pid_t)pid))
		kill_container(follower);
	json_decref(container);
}

static void take_event(struct follower *follower, const struct event *event)
{
	switch (event->kind) {
	case EVENT_START:
		follower->has_started = true;
		check_label(follower);
		return;
	case EVENT_OOM:
		follower->end.has_oom = true;
		return;
	case EVENT_DIE:
		follower->event_status = event->status;
		follower->look_at = clock_milliseconds() + (follower->in >= 0 || follower->out >= 0 ? 0 : RESTART_MILLISECONDS);
		return;
	case EVENT_DESTROY:
		follower->look_at = clock_milliseconds();
		return;
	case EVENT_OTHER:
	case EVENT_KIND_COUNT:
		return;
	}
}

void follow_docker_take_events(struct follower *follower)
{
	bool goes_on = events_receive(&follower->events);
	struct event event;

	while (events_next(&follower->events, &event))
		take_event(follower, &event);
	if (goes_on)
		return;
	events_close(&follower->events);
	if (follower->look_at == 0)
		follower->look_at = clock_milliseconds() + RETRY_MILLISECONDS;
}

/* It is gone: what is known is what was said before. The events that tell may be on their way still. */
static void look_after_gone(struct follower *follower)
{
	bool is_attached = !follower->launch->plan->is_detached && follower->client_status >= 0;
	int told = follower->is_status_forged ? -1 : follower->event_status;
	int64_t now = clock_milliseconds();

	follower->is_gone = true;
	if (!follower->removing_since)
		follower->removing_since = now;
	/* The client is about to say it. */
	if (follower->in >= 0 && now < follower->removing_since + REMOVAL_MILLISECONDS_MAX) {
		follower->look_at = now + LAST_EVENT_MILLISECONDS;
		return;
	}
	if (follower->event_status < 0 && follower->events.fd >= 0 && now < follower->removing_since + LAST_EVENT_MILLISECONDS) {
		follower->look_at = now + REMOVAL_POLL_MILLISECONDS;
		return;
	}
	/* A busy daemon forgets events: only what a client says of a start that failed means that there was none. */
	if (is_attached && (follower->client_status < LAUNCH_STATUS_REFUSED || follower->client_status > LAUNCH_STATUS_NOT_FOUND))
		follower->has_started = true;
	/* A client that was attached has it from the daemon, where no label speaks. */
	follow_set_status(follower, is_attached ? follower->client_status : told);
}

/* The daemon does not answer: containers may outlive it for a while, and it comes back. */
static void look_at_silence(struct follower *follower)
{
	int64_t now = clock_milliseconds();

	if (!follower->failing_since)
		follower->failing_since = now;
	follow_answer(follower);
	if (now > follower->failing_since + SILENCE_MILLISECONDS_MAX)
		follow_set_status(follower, -1);
	follower->look_at = now + RETRY_MILLISECONDS;
}

static void look_at_life(struct follower *follower)
{
	follower->has_started = true;
	check_label(follower);
	follow_answer(follower);
	if (follower->events.fd < 0 && !listen_again(follower))
		follower->look_at = clock_milliseconds() + RETRY_MILLISECONDS;
}

/* Somebody's rm is at work; "dead" is one that has not got to its end yet. */
static bool is_being_removed(const char *word)
{
	return strcmp(word, "removing") == 0 || strcmp(word, "dead") == 0;
}

/* It has ended and is there. One that is to be removed will be; one that was made only is left alone. */
static void look_at_end(struct follower *follower, const json_t *state, const char *word)
{
	const struct plan *plan = follower->launch->plan;
	int64_t now = clock_milliseconds();

	if (strcmp(word, "created") != 0)
		follower->has_started = true;
	if (is_being_removed(word) || (plan->is_removed && strcmp(word, "created") != 0)) {
		if (!follower->removing_since)
			follower->removing_since = now;
		if (now < follower->removing_since + REMOVAL_MILLISECONDS_MAX) {
			follower->look_at = now + REMOVAL_POLL_MILLISECONDS;
			return;
		}
	}
	if (json_is_true(json_object_get(state, "OOMKilled")))
		follower->end.has_oom = true;
	follow_set_status(follower, follower->has_started ? (int)json_integer_value(json_object_get(state, "ExitCode")) :
				    follower->client_status);
}

static bool is_alive(const char *word)
{
	return strcmp(word, "running") == 0 || strcmp(word, "paused") == 0 || strcmp(word, "restarting") == 0;
}

void follow_docker_look(struct follower *follower)
{
	int status;
	json_t *container = inspect(follower, &status);
	const json_t *state = json_object_get(container, "State");
	const char *word = json_string_value(json_object_get(state, "Status"));

	if (word || status == 404)
		follower->failing_since = 0;
	if (status == 404)
		look_after_gone(follower);
	else if (!word)
		look_at_silence(follower);
	else if (is_alive(word))
		look_at_life(follower);
	else if (follower->in < 0 || strcmp(word, "created") != 0)
		look_at_end(follower, state, word);
	json_decref(container);
}
