/* http: one GET over a unix socket. Who answers there may be anybody: nothing is believed unchecked. */
#include "host_internal.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>

enum {
	RECEIVE_BYTES = 16 * 1024,
	STATUS_LINE_BYTES_MIN = 12, /* "HTTP/1.1 200" */
	CHUNK_DIGITS_MAX = 8,
	IDLE_MS = 10,
	HTTP_REQUEST_BYTES_MAX = 8 * 1024,
};

const char *host_http_header(struct arena *arena, const char *head, const char *name)
{
	const char *line = strstr(head, "\r\n");
	const char *value = NULL;
	size_t length = strlen(name);

	for (; line != NULL; line = strstr(line, "\r\n")) {
		line += 2;
		if (strncasecmp(line, name, length) != 0 || line[length] != ':')
			continue;
		if (value != NULL)
			return NULL;
		value = line + length + 1;
	}
	if (value == NULL)
		return NULL;
	value += strspn(value, " \t");
	length = strcspn(value, "\r\n");
	while (length > 0 && (value[length - 1] == ' ' || value[length - 1] == '\t'))
		length--;
	return arena_strndup(arena, value, length);
}

static enum http_state bad(const char **ret_reason, const char *reason)
{
	*ret_reason = reason;
	return HTTP_BAD;
}

/* The size of a chunk: hexadecimal digits, perhaps with an extension behind ';'. -1 when it is not one. */
static int64_t chunk_size(const char *line, size_t length)
{
	static const char digits[] = "0123456789abcdef";
	int64_t size = 0;
	size_t i = 0;

	for (; i < length && i < CHUNK_DIGITS_MAX; i++) {
		const char *digit = line[i] == '\0' ? NULL : strchr(digits, line[i] | 0x20);

		if (digit == NULL || (line[i] < 'A' && line[i] > '9'))
			break;
		size = size * 16 + (digit - digits);
	}
	return i > 0 && (i == length || line[i] == ';') ? size : -1;
}

/* Joins the chunks. Trailers after the last one are not looked at. */
static enum http_state read_chunks(const char *bytes, size_t length, struct text *body, const char **ret_reason)
{
	const char *end = bytes + length;

	for (;;) {
		const char *stop = memmem(bytes, (size_t)(end - bytes), "\r\n", 2);
		int64_t size;

		if (stop == NULL)
			return end - bytes > 256 ? bad(ret_reason, "a chunk has no size") : HTTP_MORE;
		size = chunk_size(bytes, (size_t)(stop - bytes));
		if (size < 0)
			return bad(ret_reason, "a chunk has no size");
		if (size == 0)
			return HTTP_DONE;
		if (size > HOST_HTTP_BODY_BYTES_MAX || body->length + (size_t)size > HOST_HTTP_BODY_BYTES_MAX)
			return bad(ret_reason, "the answer is larger than 16 MiB");
		bytes = stop + 2;
		if (end - bytes < size + 2)
			return HTTP_MORE;
		if (memcmp(bytes + size, "\r\n", 2) != 0)
			return bad(ret_reason, "a chunk does not end where it says");
		text_add_bytes(body, bytes, (size_t)size);
		bytes += size + 2;
	}
}

static enum http_state read_sized(const char *bytes, size_t length, const char *size_text, struct text *body,
				  const char **ret_reason)
{
	uint64_t size;

	if (!parse_decimal(size_text, &size))
		return bad(ret_reason, "its Content-Length is not a number");
	if (size > HOST_HTTP_BODY_BYTES_MAX)
		return bad(ret_reason, "the answer is larger than 16 MiB");
	if (length < size)
		return HTTP_MORE;
	text_add_bytes(body, bytes, (size_t)size);
	return HTTP_DONE;
}

static enum http_state read_to_end(const char *bytes, size_t length, bool is_end, struct text *body, const char **ret_reason)
{
	if (length > HOST_HTTP_BODY_BYTES_MAX)
		return bad(ret_reason, "the answer is larger than 16 MiB");
	if (!is_end)
		return HTTP_MORE;
	text_add_bytes(body, bytes, length);
	return HTTP_DONE;
}

/* Both lengths at once, or one of them twice, is how requests are smuggled: neither is read. */
static enum http_state read_body(struct arena *arena, const char *bytes, size_t length, bool is_end,
				 struct http_answer *answer, const char **ret_reason)
{
	const char *size = host_http_header(arena, answer->head, "Content-Length");
	const char *coding = host_http_header(arena, answer->head, "Transfer-Encoding");
	bool names_size = strcasestr(answer->head, "\r\nContent-Length:") != NULL;
	bool names_coding = strcasestr(answer->head, "\r\nTransfer-Encoding:") != NULL;
	enum http_state state;
	struct text body;

	text_init(&body, arena);
	if ((names_size && names_coding) || (names_size && size == NULL) || (names_coding && coding == NULL))
		return bad(ret_reason, "it states its length twice");
	if (coding != NULL && strcasecmp(coding, "chunked") != 0)
		return bad(ret_reason, "it uses a transfer coding that was not asked for");
	if (coding != NULL)
		state = read_chunks(bytes, length, &body, ret_reason);
	else if (size != NULL)
		state = read_sized(bytes, length, size, &body, ret_reason);
	else
		state = read_to_end(bytes, length, is_end, &body, ret_reason);
	if (state == HTTP_DONE && strlen(body.data) != body.length)
		return bad(ret_reason, "the answer has a NUL byte in it");
	answer->body = body.data;
	answer->body_length = body.length;
	return state;
}

/* "HTTP/1.0 200 OK" or "HTTP/1.1 200 OK"; 0 when it is neither. */
static int read_status(const char *head)
{
	int status = 0;

	if (strncmp(head, "HTTP/1.0 ", 9) != 0 && strncmp(head, "HTTP/1.1 ", 9) != 0)
		return 0;
	for (unsigned i = 9; i < STATUS_LINE_BYTES_MIN; i++) {
		if (head[i] < '0' || head[i] > '9')
			return 0;
		status = status * 10 + (head[i] - '0');
	}
	return head[STATUS_LINE_BYTES_MIN] == ' ' || head[STATUS_LINE_BYTES_MIN] == '\r' ? status : 0;
}

/* Status and headers; the body begins *ret_length bytes further on. */
static enum http_state read_head(struct arena *arena, const char *bytes, size_t length, struct http_answer *answer,
				 size_t *ret_length, const char **ret_reason)
{
	const char *blank = memmem(bytes, length, "\r\n\r\n", 4);
	size_t head_length = blank == NULL ? length : (size_t)(blank - bytes);

	if (head_length > HOST_HTTP_HEAD_BYTES_MAX)
		return bad(ret_reason, "its headers are larger than 64 KiB");
	if (blank == NULL)
		return HTTP_MORE;
	answer->head = arena_printf(arena, "%.*s\r\n", (int)head_length, bytes);
	answer->status = read_status(answer->head);
	if (strlen(answer->head) != head_length + 2 || answer->status < 200)
		return bad(ret_reason, "it does not speak HTTP");
	*ret_length = head_length + 4;
	return HTTP_DONE;
}

enum http_state host_http_parse(struct arena *arena, const char *bytes, size_t length, bool is_end,
				struct http_answer *ret_answer, const char **ret_reason)
{
	struct http_answer answer = { 0 };
	size_t head_length = 0;
	enum http_state state = read_head(arena, bytes, length, &answer, &head_length, ret_reason);

	if (state == HTTP_DONE)
		state = read_body(arena, bytes + head_length, length - head_length, is_end, &answer, ret_reason);
	if (state == HTTP_MORE && is_end)
		return bad(ret_reason, "it hung up in the middle of the answer");
	if (state == HTTP_DONE)
		*ret_answer = answer;
	return state;
}

static int64_t now_ms(void)
{
	struct timespec now = { 0, 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int connect_socket(const char *path)
{
	const struct timeval limit = { .tv_sec = HOST_HTTP_TIMEOUT_MS / 1000 };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, number;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path));
	/* Where no daemon is there is no file: that is known sooner than a socket is made. */
	fd = access(path, F_OK) == 0 ? socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1;
	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	number = errno;
	close(fd);
	errno = number;
	return -1;
}

bool host_send_all(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t count = send(fd, bytes, length, MSG_NOSIGNAL);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return false;
		bytes += count;
		length -= (size_t)count;
	}
	return true;
}

/* Waits for bytes until ${deadline}, which holds for the whole answer: a server that drips does not hold us. */
static ssize_t receive(int fd, char *buffer, size_t size, int64_t deadline)
{
	for (;;) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		int64_t left = deadline - now_ms();
		ssize_t count;

		if (left <= 0) {
			errno = EAGAIN;
			return -1;
		}
		if (poll(&wait, 1, (int)left) <= 0)
			continue;
		count = recv(fd, buffer, size, MSG_DONTWAIT);
		if (count >= 0 || (errno != EINTR && errno != EAGAIN))
			return count;
	}
}

static const char *socket_reason(struct arena *arena, int number)
{
	switch (number) {
	case ENOENT:
		return "the socket is not there";
	case ECONNREFUSED:
		return "nobody listens on the socket";
	case EACCES:
	case EPERM:
		return "you may not use the socket";
	case EAGAIN:
		return "it did not answer within 5 seconds";
	}
	return arena_printf(arena, "the socket fails: %s", strerrordesc_np(number));
}

/* More is there already, or hangs up: then it is not worth to look whether that was all, and what is large is read but once. */
static bool is_more_coming(int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	return poll(&wait, 1, IDLE_MS) > 0;
}

/* A try in memory of its own: a server that drips byte by byte shall not fill ours. */
static enum http_state is_whole(int fd, const struct text *received, bool is_end, const char **ret_reason)
{
	struct arena *scratch;
	struct http_answer answer;
	enum http_state state;

	if (!is_end && received->length <= HOST_HTTP_BODY_BYTES_MAX && is_more_coming(fd))
		return HTTP_MORE;
	scratch = arena_new();
	state = host_http_parse(scratch, received->data, received->length, is_end, &answer, ret_reason);
	arena_free(scratch);
	return state;
}

static enum http_state receive_answer(struct arena *arena, int fd, struct http_answer *ret_answer, const char **ret_reason)
{
	int64_t deadline = now_ms() + HOST_HTTP_TIMEOUT_MS;
	char *buffer = arena_alloc(arena, RECEIVE_BYTES);
	enum http_state state = HTTP_MORE;
	struct text received;

	text_init(&received, arena);
	while (state == HTTP_MORE) {
		bool is_first = received.length == 0; /* and mostly the last */
		ssize_t count = receive(fd, buffer, RECEIVE_BYTES, deadline);
		int number = errno;

		/* How the connection ended is nothing to somebody who has all that was promised. */
		if (count < 0 && !is_first &&
		    host_http_parse(arena, received.data, received.length, false, ret_answer, ret_reason) == HTTP_DONE)
			return HTTP_DONE;
		if (count < 0)
			return bad(ret_reason, socket_reason(arena, number));
		text_add_bytes(&received, buffer, (size_t)count);
		state = is_first ? HTTP_DONE : is_whole(fd, &received, count == 0, ret_reason);
		if (state == HTTP_DONE)
			state = host_http_parse(arena, received.data, received.length, count == 0, ret_answer, ret_reason);
	}
	return state;
}

/* Sends a request without a body, or with one of JSON. */
static int open_request(const char *socket_path, const char *method, const char *target, const char *body)
{
	int fd = connect_socket(socket_path), number;
	char request[HTTP_REQUEST_BYTES_MAX];
	int length = snprintf(request, sizeof(request),
			      "%s %s HTTP/1.1\r\nHost: hardrun\r\nAccept: application/json\r\nConnection: close\r\n", method, target);

	if (body != NULL && length > 0 && (size_t)length < sizeof(request))
		length += snprintf(request + length, sizeof(request) - (size_t)length,
				   "Content-Type: application/json\r\nContent-Length: %zu\r\n", strlen(body));
	if (length > 0 && (size_t)length < sizeof(request))
		length += snprintf(request + length, sizeof(request) - (size_t)length, "\r\n%s", body != NULL ? body : "");
	if (fd < 0)
		return -1;
	if (length > 0 && (size_t)length < sizeof(request) && host_send_all(fd, request, (size_t)length))
		return fd;
	number = length > 0 && (size_t)length < sizeof(request) ? errno : ENAMETOOLONG;
	close(fd);
	errno = number;
	return -1;
}

int host_http_open(const char *socket_path, const char *target)
{
	return open_request(socket_path, "GET", target, NULL);
}

/* What answers a HEAD: the length that it states is that of a body which does not come. */
static enum http_state receive_head(struct arena *arena, int fd, struct http_answer *ret_answer, const char **ret_reason)
{
	int64_t deadline = now_ms() + HOST_HTTP_TIMEOUT_MS;
	char *buffer = arena_alloc(arena, RECEIVE_BYTES);
	enum http_state state = HTTP_MORE;
	size_t ignored = 0;
	struct text received;

	text_init(&received, arena);
	while (state == HTTP_MORE) {
		ssize_t count = receive(fd, buffer, RECEIVE_BYTES, deadline);

		if (count < 0)
			return bad(ret_reason, socket_reason(arena, errno));
		if (count == 0)
			return bad(ret_reason, "it hung up in the middle of the answer");
		text_add_bytes(&received, buffer, (size_t)count);
		state = read_head(arena, received.data, received.length, ret_answer, &ignored, ret_reason);
	}
	return state;
}

int host_http_call(struct arena *arena, struct host_http_call *call, struct error *err)
{
	const bool is_head = strcmp(call->method, "HEAD") == 0;
	struct http_answer answer = { 0 };
	const char *reason = NULL;
	enum http_state state;
	int fd = open_request(call->socket, call->method, call->target, call->body);

	if (fd < 0)
		return error_set(err, arena, ERROR_SYSTEM, "%s: %s", call->socket, socket_reason(arena, errno));
	state = is_head ? receive_head(arena, fd, &answer, &reason) : receive_answer(arena, fd, &answer, &reason);
	close(fd);
	if (state != HTTP_DONE)
		return error_set(err, arena, ERROR_SYSTEM, "%s: %s", call->socket, reason);
	call->status = answer.status;
	call->answer = answer.body;
	call->value = call->header != NULL ? host_http_header(arena, answer.head, call->header) : NULL;
	return 0;
}

int host_http_ask(struct arena *arena, const struct engine_facts *engine, const char *target, struct error *err)
{
	const struct host_relay *relay = engine->relay;
	int fd = relay != NULL ? relay->get(relay->context, target) : host_http_open(engine->docker_socket, target);

	if (fd < 0)
		error_set(err, arena, ERROR_SYSTEM, "%s: %s", engine->docker_socket, socket_reason(arena, errno));
	return fd;
}

int host_http_answer(struct arena *arena, const struct engine_facts *engine, int fd, struct http_answer *ret_answer,
		     struct error *err)
{
	const char *reason = NULL;
	enum http_state state;

	if (fd < 0)
		return -(int)ERROR_SYSTEM;
	state = receive_answer(arena, fd, ret_answer, &reason);
	close(fd);
	return state == HTTP_DONE ? 0 : error_set(err, arena, ERROR_SYSTEM, "%s: %s", engine->docker_socket, reason);
}

int host_http_exchange(struct arena *arena, const struct engine_facts *engine, const char *target, struct http_answer *ret_answer,
		       struct error *err)
{
	return host_http_answer(arena, engine, host_http_ask(arena, engine, target, err), ret_answer, err);
}

int host_engine_get(struct arena *arena, const struct engine_facts *engine, const char *target, int *ret_status, char **ret_body,
		    struct error *err)
{
	struct http_answer answer = { 0 };
	int result = host_http_exchange(arena, engine, target, &answer, err);

	if (result != 0)
		return result;
	*ret_status = answer.status;
	*ret_body = answer.body;
	return 0;
}

int host_http_get(struct arena *arena, const char *socket_path, const char *target, int *ret_status, char **ret_body,
		  struct error *err)
{
	const struct engine_facts engine = { .docker_socket = socket_path };

	return host_engine_get(arena, &engine, target, ret_status, ret_body, err);
}
