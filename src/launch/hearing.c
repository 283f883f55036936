/*
 * hearing: refused calls of an engine's container, explained while its client is there. The runtime that the engine starts finds
 * the listener's socket in the stage, where nobody but root, or the person whose engine it is, can go.
 */
#include <errno.h>
#include <string.h>
#include <sys/un.h>

#include "hearing.h"
#include "listener.h"

enum { LAST_WORDS_MILLISECONDS = 1000, LAST_WORDS_POLL_MILLISECONDS = 50 };

int hearing_start(const struct staging *stage, struct launch *launch, struct hearing *hearing, struct error *err)
{
	struct listening *listening = &hearing->listening;
	const struct plan *plan = launch->plan;
	int result;

	if (!launch->explained)
		return 0;
	if (!stage->dir)
		return error_set(err, stage->arena, ERROR_MISSING, "there is no directory in which an engine could find who explains");
	launch->listener = arena_printf(stage->arena, "%s/" BACKEND_LISTENER_NAME, stage->dir);
	if (strlen(launch->listener) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return error_set(err, stage->arena, ERROR_LIMIT,
				 "%s is too long for the path of a socket, and refused calls cannot be explained", launch->listener);
	listening->arena = stage->arena;
	listening->launch = launch;
	listening->directory = stage->dir_fd;
	listening->is_raw = plan->is_tty && plan->is_interactive;
	result = listener_start(listening, err);
	relay_init(&hearing->relay, stage->arena, listening->report, STDERR_FILENO);
	listening->report = -1;
	return result;
}

struct pollfd hearing_interest(const struct hearing *hearing)
{
	return relay_interest(&hearing->relay);
}

void hearing_step(struct hearing *hearing, short events)
{
	relay_step(&hearing->relay, events);
}

/* It ends by itself when nobody is under the filter any more; a container that goes on without its client is heard no longer. */
static void take_last_words(struct hearing *hearing)
{
	const int64_t end = clock_milliseconds() + LAST_WORDS_MILLISECONDS;

	while (!relay_is_done(&hearing->relay) && clock_milliseconds() < end) {
		struct pollfd wait = hearing_interest(hearing);

		if (poll(&wait, 1, LAST_WORDS_POLL_MILLISECONDS) > 0)
			hearing_step(hearing, wait.revents);
	}
}

void hearing_finish(struct hearing *hearing, int status)
{
	const struct launch *launch = hearing->listening.launch;
	const bool has_run = status < LAUNCH_STATUS_REFUSED || status > LAUNCH_STATUS_NOT_FOUND;
	const char *line;

	if (!hearing->listening.shared)
		return;
	take_last_words(hearing);
	listener_stop(&hearing->listening);
	listener_sum_up(&hearing->listening, NULL, status);
	if (!has_run || listener_is_serving(&hearing->listening))
		return;
	line = arena_printf(hearing->listening.arena,
			    "hardrun: %s has handed refused system calls to nobody: they were answered ENOSYS, and none could be "
			    "explained; --backend crun or --backend runc can\n", host_backend_name(launch->backend));
	(void)descriptors_write(STDERR_FILENO, line, strlen(line));
}

void hearing_end(struct hearing *hearing)
{
	if (hearing->relay.from > 2)
		descriptors_close(&hearing->relay.from);
	listener_end(&hearing->listening);
}
