/* monitor_relay: an answer of the daemon's on its way to the judge: bytes, not read. */
#include "separate.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

enum { RELAY_BYTES = 64 * 1024, RELAY_TOTAL_MAX = 17 * 1024 * 1024 };

bool monitor_relay_add(struct arena *arena, struct monitor_relay relays[RELAYS_MAX], int from, int to)
{
	for (size_t i = 0; i < RELAYS_MAX; i++) {
		struct monitor_relay *relay = &relays[i];

		if (relay->from >= 0)
			continue;
		if (relay->buffer == NULL)
			relay->buffer = arena_alloc(arena, RELAY_BYTES);
		*relay = (struct monitor_relay){ .from = from, .to = to, .buffer = relay->buffer };
		(void)fcntl(from, F_SETFL, O_NONBLOCK);
		(void)fcntl(to, F_SETFL, O_NONBLOCK);
		return true;
	}
	return false;
}

struct pollfd monitor_relay_interest(const struct monitor_relay *relay)
{
	const bool is_full = relay->start < relay->end;

	return (struct pollfd){ .fd = relay->from < 0 ? -1 : is_full ? relay->to : relay->from, .events = is_full ? POLLOUT : POLLIN };
}

static void end_relay(struct monitor_relay *relay)
{
	(void)close(relay->from);
	(void)close(relay->to);
	relay->from = -1;
	relay->to = -1;
}

void monitor_relay_step(struct monitor_relay *relay, short events)
{
	ssize_t count;

	if (relay->from < 0 || events == 0)
		return;
	if (relay->start == relay->end) {
		count = read(relay->from, relay->buffer, RELAY_BYTES);
		relay->start = 0;
		relay->end = count > 0 ? (size_t)count : 0;
		relay->total += relay->end;
		if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) || relay->total > RELAY_TOTAL_MAX)
			end_relay(relay);
	}
	if (relay->start == relay->end || relay->from < 0)
		return;
	count = write(relay->to, relay->buffer + relay->start, relay->end - relay->start);
	if (count > 0)
		relay->start += (size_t)count;
	else if (count == 0 || (errno != EAGAIN && errno != EINTR))
		end_relay(relay);
}
