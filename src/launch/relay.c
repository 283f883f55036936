/* One direction of a stream: a bounded buffer between two descriptors, never waiting. */
#include <errno.h>
#include <string.h>

#include "launch_internal.h"
#include "tally.h"

void relay_init(struct relay *relay, struct arena *arena, int from, int to)
{
	*relay = (struct relay){.from = from, .to = to, .buffer = from >= 0 ? arena_alloc(arena, RELAY_BUFFER_BYTES) : NULL};
}

static bool is_empty(const struct relay *relay)
{
	return relay->start == relay->end;
}

struct pollfd relay_interest(const struct relay *relay)
{
	if (!is_empty(relay))
		return (struct pollfd){.fd = relay->to, .events = POLLOUT};
	if (relay->from >= 0 && !relay->is_held)
		return (struct pollfd){.fd = relay->from, .events = POLLIN};
	return (struct pollfd){.fd = -1};
}

bool relay_is_done(const struct relay *relay)
{
	return relay->from < 0 && is_empty(relay);
}

static void finish_reading(struct relay *relay)
{
	if (relay->from > 2)
		(void)close(relay->from);
	relay->from = -1;
}

static void finish_writing(struct relay *relay)
{
	if (relay->closes_to && relay->to >= 0)
		(void)close(relay->to);
	relay->to = -1;
	relay->start = relay->end = 0;
}

/*
 * Small pieces, each only when there is room: a pipe takes PIPE_BUF bytes without waiting when poll says so, and whoever waits
 * here would pass on no signal.
 */
static void push(struct relay *relay)
{
	while (!is_empty(relay)) {
		struct pollfd room = {.fd = relay->to, .events = POLLOUT};
		size_t length = relay->end - relay->start;
		ssize_t written;

		if (poll(&room, 1, 0) <= 0)
			return;
		written = write(relay->to, relay->buffer + relay->start, length < RELAY_CHUNK_BYTES ? length : RELAY_CHUNK_BYTES);
		if (written < 0 && (errno == EINTR || errno == EAGAIN))
			return;
		if (written < 0) {
			/* Nobody reads any more. The container learns it as a program does: its own write fails. */
			finish_writing(relay);
			finish_reading(relay);
			return;
		}
		relay->start += (size_t)written;
	}
}

static void pull(struct relay *relay)
{
	ssize_t got = read(relay->from, relay->buffer, RELAY_BUFFER_BYTES);

	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	relay->start = 0;
	relay->end = got > 0 ? (size_t)got : 0;
	/* EIO: the terminal's other side is closed, or we are in the background. */
	if (got <= 0) {
		finish_reading(relay);
		return;
	}
	if (relay->tally)
		tally_add(relay->tally, relay->buffer, relay->end);
	if (relay->log)
		log_write(relay->log, relay->buffer, relay->end);
	if (relay->to < 0)
		relay->end = 0;
}

void relay_step(struct relay *relay, short events)
{
	if (events && is_empty(relay) && relay->from >= 0 && !relay->is_held)
		pull(relay);
	if (events)
		push(relay);
	if (relay_is_done(relay))
		finish_writing(relay);
}
