/* -p: what is taken is a range of real ports, and its long spelling is read as the same. */
#include <stdlib.h>
#include <string.h>

#include <hardrun/request.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct port_request port = { 0 }, again = { 0 };
	const char *text = arena_strndup(arena, (const char *)data, size), *reason = NULL, *address;

	if (request_parse_port(arena, text, &port, &reason)) {
		if (port.container_first == 0 || port.container_first > port.container_last || port.host_first > port.host_last)
			abort();
		address = port.address == NULL ? "" : arena_printf(arena, strchr(port.address, ':') ? "[%s]:" : "%s:", port.address);
		text = arena_printf(arena, "%s%d-%d:%d-%d/%s", address, port.host_first, port.host_last, port.container_first,
				    port.container_last, port.protocol);
		if (port.host_first != 0 && (!request_parse_port(arena, text, &again, &reason) || again.host_last != port.host_last ||
					     again.container_first != port.container_first))
			abort();
	} else if (reason == NULL)
		abort();
	arena_free(arena);
	return 0;
}
