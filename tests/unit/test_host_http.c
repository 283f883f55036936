/* HTTP over a unix socket: answers of every shape, in one piece and byte by byte, and servers that do not behave. */
#include "rows.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../src/host/host_internal.h"

struct answer_row {
	const char *name;
	const char *bytes;
	int status;       /* 0: refused */
	const char *body; /* or the reason */
};

#define OK "HTTP/1.1 200 OK\r\n"

static struct answer_row answer_rows[] = {
	{ "a length", OK "Content-Length: 2\r\n\r\nOK", 200, "OK" },
	{ "a length of zero", OK "Content-Length: 0\r\n\r\n", 200, "" },
	{ "more than the length", OK "Content-Length: 2\r\n\r\nOKsmuggled", 200, "OK" },
	{ "headers in any case", OK "cOnTeNt-LeNgTh:2\r\n\r\nOK", 200, "OK" },
	{ "blanks around a value", OK "Content-Length: \t 2 \t\r\n\r\nOK", 200, "OK" },
	{ "until it closes", OK "X: y\r\n\r\nall of it", 200, "all of it" },
	{ "until it closes, HTTP/1.0", "HTTP/1.0 404 Not Found\r\nX: y\r\n\r\nnone", 404, "none" },
	{ "no headers at all", OK "\r\nbody", 200, "body" },
	{ "a status without words", "HTTP/1.1 204\r\nContent-Length: 0\r\n\r\n", 204, "" },
	{ "chunks", OK "Transfer-Encoding: chunked\r\n\r\n2\r\nOK\r\n3\r\n, a\r\n0\r\n\r\n", 200, "OK, a" },
	{ "chunks with extensions", OK "Transfer-Encoding: chunked\r\n\r\nA;x=y\r\n0123456789\r\n0;z\r\n\r\n", 200,
		"0123456789" },
	{ "chunks in capitals", OK "Transfer-Encoding: Chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n", 200, "0123456789" },
	{ "chunks with leading zeros", OK "Transfer-Encoding: chunked\r\n\r\n002\r\nOK\r\n0\r\n\r\n", 200, "OK" },
	{ "chunks with trailers", OK "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nTrailer: y\r\n\r\n", 200, "x" },
	{ "nothing", "", 0, "it hung up in the middle of the answer" },
	{ "half a header", OK "Content-Le", 0, "it hung up in the middle of the answer" },
	{ "half a body", OK "Content-Length: 20\r\n\r\nhalf", 0, "it hung up in the middle of the answer" },
	{ "half a chunk", OK "Transfer-Encoding: chunked\r\n\r\n10\r\nhalf", 0, "it hung up in the middle of the answer" },
	{ "no last chunk", OK "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n", 0, "it hung up in the middle of the answer" },
	{ "another protocol", "SSH-2.0-OpenSSH_9.2\r\n\r\n", 0, "it does not speak HTTP" },
	{ "HTTP/2", "HTTP/2.0 200 OK\r\n\r\n", 0, "it does not speak HTTP" },
	{ "a status in letters", "HTTP/1.1 2xx OK\r\n\r\n", 0, "it does not speak HTTP" },
	{ "a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n", 0, "it does not speak HTTP" },
	{ "a status of two digits", "HTTP/1.1 20\r\n\r\n", 0, "it does not speak HTTP" },
	{ "an interim answer", "HTTP/1.1 100 Continue\r\n\r\n" OK "\r\n", 0, "it does not speak HTTP" },
	{ "bare line feeds", "HTTP/1.1 200 OK\nContent-Length: 2\n\nOK", 0, "it hung up in the middle of the answer" },
	{ "a negative length", OK "Content-Length: -1\r\n\r\nx", 0, "its Content-Length is not a number" },
	{ "a signed length", OK "Content-Length: +1\r\n\r\nx", 0, "its Content-Length is not a number" },
	{ "a length in hexadecimal", OK "Content-Length: 0x1\r\n\r\nx", 0, "its Content-Length is not a number" },
	{ "an empty length", OK "Content-Length:\r\n\r\nx", 0, "its Content-Length is not a number" },
	{ "a length that overflows", OK "Content-Length: 18446744073709551617\r\n\r\nx", 0,
		"its Content-Length is not a number" },
	{ "two lengths", OK "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", 0, "it states its length twice" },
	{ "a length and chunks", OK "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0,
		"it states its length twice" },
	{ "two codings", OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0,
		"it states its length twice" },
	{ "compressed", OK "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 0,
		"it uses a transfer coding that was not asked for" },
	{ "a length of 16 MiB and one", OK "Content-Length: 16777217\r\n\r\nx", 0, "the answer is larger than 16 MiB" },
	{ "a chunk of 4 GiB", OK "Transfer-Encoding: chunked\r\n\r\nFFFFFFFF\r\nx", 0, "the answer is larger than 16 MiB" },
	{ "a chunk size of nine digits", OK "Transfer-Encoding: chunked\r\n\r\n100000000\r\nx", 0, "a chunk has no size" },
	{ "a negative chunk", OK "Transfer-Encoding: chunked\r\n\r\n-1\r\nx", 0, "a chunk has no size" },
	{ "a chunk without a size", OK "Transfer-Encoding: chunked\r\n\r\n\r\nx\r\n", 0, "a chunk has no size" },
	{ "a chunk size that is no number", OK "Transfer-Encoding: chunked\r\n\r\n1g\r\nx\r\n0\r\n\r\n", 0,
		"a chunk has no size" },
	{ "a chunk size with a blank", OK "Transfer-Encoding: chunked\r\n\r\n1 \r\nx\r\n0\r\n\r\n", 0, "a chunk has no size" },
	{ "a chunk longer than it says", OK "Transfer-Encoding: chunked\r\n\r\n1\r\nxyz\r\n0\r\n\r\n", 0,
		"a chunk does not end where it says" },
};

static void check_answer(struct arena *arena, const struct answer_row *row, size_t step)
{
	size_t length = strlen(row->bytes), given = step;
	enum http_state state = HTTP_MORE;
	struct http_answer answer = { 0 };
	const char *reason = NULL;

	for (; state == HTTP_MORE; given += step) {
		bool is_end = given > length;

		state = host_http_parse(arena, row->bytes, is_end ? length : given, is_end, &answer, &reason);
		assert_false(is_end && state == HTTP_MORE);
	}
	if (row->status == 0) {
		assert_int_equal(state, HTTP_BAD);
		assert_string_equal(reason, row->body);
		assert_int_equal(answer.status, 0);
		return;
	}
	assert_int_equal(state, HTTP_DONE);
	assert_int_equal(answer.status, row->status);
	assert_string_equal(answer.body, row->body);
	assert_int_equal(answer.body_length, strlen(row->body));
}

static void test_answer_row(void **state)
{
	struct arena *arena = arena_new();

	check_answer(arena, *state, strlen(((const struct answer_row *)*state)->bytes) + 1);
	check_answer(arena, *state, 1);
	check_answer(arena, *state, 7);
	arena_free(arena);
}

static void test_nul(void **state)
{
	static const char in_head[] = "HTTP/1.1 200 OK\r\nX: \0\r\n\r\nOK",
		in_body[] = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nO\0K";
	struct arena *arena = arena_new();
	struct http_answer answer = { 0 };
	const char *reason = NULL;

	(void)state;
	assert_int_equal(host_http_parse(arena, in_head, sizeof(in_head) - 1, true, &answer, &reason), HTTP_BAD);
	assert_string_equal(reason, "it does not speak HTTP");
	assert_int_equal(host_http_parse(arena, in_body, sizeof(in_body) - 1, true, &answer, &reason), HTTP_BAD);
	assert_string_equal(reason, "the answer has a NUL byte in it");
	arena_free(arena);
}

static void test_large(void **state)
{
	struct arena *arena = arena_new();
	const size_t most = 16 * 1024 * 1024, size = most + 64 * 1024;
	char *bytes = arena_alloc(arena, size);
	struct http_answer answer = { 0 };
	const char *reason = NULL;

	(void)state;
	memset(bytes, 'h', size);
	assert_int_equal(host_http_parse(arena, bytes, 64 * 1024, false, &answer, &reason), HTTP_MORE);
	assert_int_equal(host_http_parse(arena, bytes, 64 * 1024 + 1, false, &answer, &reason), HTTP_BAD);
	assert_string_equal(reason, "its headers are larger than 64 KiB");
	memcpy(bytes, OK "\r\n", strlen(OK) + 2);
	assert_int_equal(host_http_parse(arena, bytes, strlen(OK) + 2 + most, true, &answer, &reason), HTTP_DONE);
	assert_int_equal(answer.body_length, most);
	assert_int_equal(host_http_parse(arena, bytes, strlen(OK) + 3 + most, false, &answer, &reason), HTTP_BAD);
	assert_string_equal(reason, "the answer is larger than 16 MiB");
	arena_free(arena);
}

static void test_header(void **state)
{
	static const char head[] = "HTTP/1.1 200 OK\r\nServer: Docker/1\r\nTwice: a\r\nTwice: b\r\nEmpty:\r\n";
	struct arena *arena = arena_new();

	(void)state;
	assert_string_equal(host_http_header(arena, head, "server"), "Docker/1");
	assert_string_equal(host_http_header(arena, head, "Empty"), "");
	assert_null(host_http_header(arena, head, "Twice"));
	assert_null(host_http_header(arena, head, "Serve"));
	assert_null(host_http_header(arena, head, "HTTP/1.1 200 OK"));
	arena_free(arena);
}

/* ---- with a server ---- */

static char socket_path[64];

/* A child that takes one connection, lets ${serve} answer and ends. */
static pid_t start_server(void (*serve)(int fd))
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), client;
	pid_t child;

	snprintf(socket_path, sizeof(socket_path), "/tmp/hardrun-http.%d", getpid());
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", socket_path);
	unlink(socket_path);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	child = fork();
	if (child == 0) {
		alarm(20);
		signal(SIGPIPE, SIG_IGN);
		client = accept(fd, NULL, NULL);
		serve(client);
		_exit(0);
	}
	close(fd);
	return child;
}

static void stop_server(pid_t child)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	unlink(socket_path);
}

static void send_text(int fd, const char *text)
{
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		_exit(1);
}

/* Says back what it was asked, so that the request itself is tested. */
static void serve_echo(int fd)
{
	char request[2048] = "";
	ssize_t count = recv(fd, request, sizeof(request) - 1, 0);

	dprintf(fd, OK "Content-Length: %zd\r\n\r\n%s", count, request);
	pause(); /* does not close: the length is enough */
}

static void serve_slowly(int fd)
{
	static const char answer[] = OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
	const struct timespec nap = { 0, 2000000 };

	for (const char *byte = answer; *byte != '\0'; byte++) {
		if (send(fd, byte, 1, MSG_NOSIGNAL) < 0)
			_exit(1);
		nanosleep(&nap, NULL);
	}
}

/* Never gets to the end; the whole exchange has one deadline. */
static void serve_dripping(int fd)
{
	const struct timespec nap = { 0, 50000000 };

	send_text(fd, OK "Content-Length: 100000\r\n\r\n");
	for (;;) {
		send_text(fd, "x");
		nanosleep(&nap, NULL);
	}
}

static void serve_flood(int fd)
{
	static char block[65536];

	memset(block, 'x', sizeof(block));
	send_text(fd, OK "\r\n");
	for (;;) {
		if (send(fd, block, sizeof(block), MSG_NOSIGNAL) < 0)
			_exit(1);
	}
}

/* As docker sends a container of many words: chunks of 2 KiB, one write each. */
static void serve_large(int fd)
{
	static char chunk[2048 + 7], request[2048];

	if (recv(fd, request, sizeof(request), 0) <= 0)
		_exit(1);
	memcpy(chunk, "800\r\n", 5);
	memset(chunk + 5, 'x', 2048);
	memcpy(chunk + 5 + 2048, "\r\n", 2);
	send_text(fd, OK "Transfer-Encoding: chunked\r\n\r\n");
	for (int i = 0; i < 12 * 512; i++)
		if (send(fd, chunk, sizeof(chunk), MSG_NOSIGNAL) < 0)
			_exit(1);
	send_text(fd, "0\r\n\r\n");
}

static void serve_nothing(int fd)
{
	close(fd);
}

static int get(struct arena *arena, void (*serve)(int fd), char **ret_body, const char **ret_message)
{
	pid_t child = start_server(serve);
	struct error err = { 0 };
	int status = 0, result = host_http_get(arena, socket_path, "/_ping", &status, ret_body, &err);

	stop_server(child);
	*ret_message = err.message;
	return result == 0 ? status : result;
}

static void test_exchange(void **state)
{
	struct arena *arena = arena_new();
	const char *message = NULL;
	char *body = NULL;

	(void)state;
	assert_int_equal(get(arena, serve_echo, &body, &message), 200);
	assert_memory_equal(body, "GET /_ping HTTP/1.1\r\n", 21);
	assert_non_null(strstr(body, "\r\nHost: "));
	assert_non_null(strstr(body, "\r\nConnection: close\r\n"));
	assert_int_equal(get(arena, serve_slowly, &body, &message), 200);
	assert_string_equal(body, "hello");
	assert_int_equal(get(arena, serve_large, &body, &message), 200);
	assert_int_equal(strlen(body), 12 * 1024 * 1024);
	arena_free(arena);
}

/* The length belongs to a body that does not come; what comes is not waited for. */
static void serve_head(int fd)
{
	char request[2048] = "";

	if (recv(fd, request, sizeof(request) - 1, 0) < 0 || strncmp(request, "HEAD /x HTTP/1.1\r\n", 18) != 0 ||
	    strstr(request, "Content-") != NULL)
		_exit(1);
	send_text(fd, OK "Content-Length: 100000\r\nX-Word:  yes \r\n\r\n");
	pause();
}

static void serve_half_a_head(int fd)
{
	send_text(fd, OK "Content-Length: 5\r\nX-Word: yes\r\n");
	close(fd);
}

static int call(struct arena *arena, void (*serve)(int fd), struct host_http_call *call)
{
	pid_t child = start_server(serve);
	struct error err = { 0 };
	int result;

	call->socket = socket_path;
	result = host_http_call(arena, call, &err);
	stop_server(child);
	return result;
}

static void test_call(void **state)
{
	struct host_http_call head = { .method = "HEAD", .target = "/x", .header = "x-word" };
	struct host_http_call post = { .method = "POST", .target = "/x", .body = "{\"a\":1}" };
	struct arena *arena = arena_new();
	char *large = arena_alloc(arena, 8 * 1024);

	(void)state;
	assert_int_equal(call(arena, serve_head, &head), 0);
	assert_int_equal(head.status, 200);
	assert_string_equal(head.value, "yes");
	assert_null(head.answer);
	assert_true(call(arena, serve_half_a_head, &head) < 0);
	assert_int_equal(call(arena, serve_echo, &post), 0);
	assert_memory_equal(post.answer, "POST /x HTTP/1.1\r\n", 18);
	assert_non_null(strstr(post.answer, "\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"a\":1}"));
	assert_null(post.value);
	/* What does not fit is not sent in part. */
	memset(large, 'x', 8 * 1024 - 1);
	post.body = large;
	assert_true(call(arena, serve_echo, &post) < 0);
	arena_free(arena);
}

static void test_bad_servers(void **state)
{
	struct arena *arena = arena_new();
	const char *message = NULL;
	char *body = NULL;

	(void)state;
	assert_int_equal(get(arena, serve_nothing, &body, &message), -ERROR_SYSTEM);
	assert_non_null(message);
	assert_int_equal(get(arena, serve_flood, &body, &message), -ERROR_SYSTEM);
	assert_non_null(strstr(message, "larger than 16 MiB"));
	assert_null(body);
	arena_free(arena);
}

static void test_deadline(void **state)
{
	struct arena *arena = arena_new();
	struct timespec before, after;
	const char *message = NULL;
	char *body = NULL;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &before);
	assert_int_equal(get(arena, serve_dripping, &body, &message), -ERROR_SYSTEM);
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_non_null(strstr(message, "did not answer within 5 seconds"));
	assert_true(after.tv_sec - before.tv_sec >= 4 && after.tv_sec - before.tv_sec <= 8);
	arena_free(arena);
}

static void test_no_server(void **state)
{
	struct arena *arena = arena_new();
	char *longer = arena_alloc(arena, 200), *body = NULL;
	struct error err = { 0 };
	int status = 0;

	(void)state;
	assert_int_equal(host_http_get(arena, "/tmp/hardrun-http.none", "/", &status, &body, &err), -ERROR_SYSTEM);
	assert_string_equal(err.message, "/tmp/hardrun-http.none: the socket is not there");
	assert_int_equal(host_http_get(arena, "/dev/null", "/", &status, &body, &err), -ERROR_SYSTEM);
	assert_string_equal(err.message, "/dev/null: nobody listens on the socket");
	memset(longer, '/', 150);
	assert_int_equal(host_http_get(arena, longer, "/", &status, &body, &err), -ERROR_SYSTEM);
	assert_int_equal(status, 0);
	arena_free(arena);
}

int main(void)
{
	static struct row_tests rows;

	for (size_t i = 0; i < ARRAY_COUNT(answer_rows); i++)
		rows_add(&rows, answer_rows[i].name, test_answer_row, &answer_rows[i]);
	ROWS_TEST(&rows, test_nul);
	ROWS_TEST(&rows, test_large);
	ROWS_TEST(&rows, test_header);
	ROWS_TEST(&rows, test_exchange);
	ROWS_TEST(&rows, test_call);
	ROWS_TEST(&rows, test_bad_servers);
	ROWS_TEST(&rows, test_deadline);
	ROWS_TEST(&rows, test_no_server);
	return rows_run("host_http", &rows);
}
