/* An answer of whoever listens on the daemon's socket: read in pieces it is what it is when read whole. */
#include <stdlib.h>
#include <string.h>

#include "../../src/host/host_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data, *reason = NULL, *early = NULL;
	struct arena *arena = arena_new();
	struct http_answer answer = { 0 }, before = { 0 };
	enum http_state state = host_http_parse(arena, bytes, size, true, &answer, &reason), half;

	half = host_http_parse(arena, bytes, size / 2, false, &before, &early);
	if (state == HTTP_MORE || (state == HTTP_BAD && reason == NULL) || (half == HTTP_BAD && early == NULL))
		abort();
	if (state == HTTP_DONE && (answer.status < 200 || strlen(answer.body) != answer.body_length))
		abort();
	/* What was complete with half of the bytes is not something else with all of them. */
	if (half == HTTP_DONE && (state != HTTP_DONE || before.status != answer.status || strcmp(before.body, answer.body) != 0))
		abort();
	if (state == HTTP_DONE)
		(void)host_http_header(arena, answer.head, "content-type");
	arena_free(arena);
	return 0;
}
