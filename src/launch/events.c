/*
 * What docker's daemon says of one container while it lives: GET /events, one JSON object to a line. Asked as HTTP/1.0, so that
 * the answer is the lines and nothing between them. Who answers may be anybody: what is not understood is left out. Its filter
 * takes what is asked for as a beginning, of an id or of a name, so that others' containers come too.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <jansson.h>

#include "launch_internal.h"

enum { BUFFER_BYTES = 256 * 1024, SEND_SECONDS_MAX = 5 };

bool events_open(struct arena *arena, const char *socket, const char *id, const struct timespec *since, struct events *ret_events)
{
	/* {"container":["<id>"],"type":["container"]} */
	const char *request = arena_printf(arena, "GET /events?since=%lld.%09ld&filters=%%7B%%22container%%22%%3A%%5B%%22%s%%22%%5D%%2C"
					   "%%22type%%22%%3A%%5B%%22container%%22%%5D%%7D HTTP/1.0\r\nHost: hardrun\r\n\r\n",
					   (long long)since->tv_sec, since->tv_nsec, id);
	const struct timeval limit = {.tv_sec = SEND_SECONDS_MAX};
	size_t length = strlen(request);
	int fd = peer_connect(socket);

	if (fd < 0)
		return false;
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (send(fd, request, length, MSG_NOSIGNAL) != (ssize_t)length) {
		(void)close(fd);
		return false;
	}
	if (!ret_events->buffer)
		ret_events->buffer = arena_alloc(arena, BUFFER_BYTES + 1);
	ret_events->fd = fd;
	ret_events->id = id;
	ret_events->length = 0;
	return true;
}

void events_close(struct events *events)
{
	descriptors_close(&events->fd);
	events->length = 0;
}

bool events_receive(struct events *events)
{
	ssize_t got = recv(events->fd, events->buffer + events->length, BUFFER_BYTES - events->length, MSG_DONTWAIT);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	/* 0 also when one line fills it all. */
	if (got <= 0)
		return false;
	events->length += (size_t)got;
	return true;
}

static enum event_kind kind_of(const char *action)
{
	static const char *const names[EVENT_KIND_COUNT] = {
		[EVENT_START] = "start", [EVENT_OOM] = "oom", [EVENT_DIE] = "die", [EVENT_DESTROY] = "destroy",
	};

	for (size_t i = 0; action && i < EVENT_KIND_COUNT; i++)
		if (names[i] && strcmp(names[i], action) == 0)
			return (enum event_kind)i;
	return EVENT_OTHER;
}

struct event events_parse(const char *line, size_t length, const char *id)
{
	json_t *object = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
	const json_t *actor = json_object_get(object, "Actor");
	const char *whose = json_string_value(json_object_get(actor, "ID"));
	const char *status = json_string_value(json_object_get(json_object_get(actor, "Attributes"), "exitCode"));
	struct event event = {.kind = EVENT_OTHER, .status = -1};
	uint64_t number;

	if (whose && strcmp(whose, id) == 0)
		event.kind = kind_of(json_string_value(json_object_get(object, "Action")));
	if (event.kind == EVENT_DIE && status && parse_decimal(status, &number) && number <= UINT8_MAX)
		event.status = (int)number;
	json_decref(object);
	return event;
}

bool events_next(struct events *events, struct event *ret_event)
{
	char *end = memchr(events->buffer, '\n', events->length);
	size_t length = end ? (size_t)(end - events->buffer) : 0;

	if (!end)
		return false;
	/* Lines of the head are no objects, and so are nothing. */
	*ret_event = events_parse(events->buffer, length, events->id);
	events->length -= length + 1;
	memmove(events->buffer, end + 1, events->length);
	return true;
}
