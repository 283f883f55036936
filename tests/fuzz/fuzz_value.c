/* The value grammars: what one of them takes, its parser must take without reading past the end. */
#include <stdlib.h>
#include <string.h>

#include <hardrun/request.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	const char *text = arena_strndup(arena, (const char *)data, size), *reason = NULL;
	struct mount_request mount = { 0 };
	struct port_request port = { 0 };
	struct user_request user = { 0 };
	struct ulimit_request ulimit = { 0 };
	struct network_request network = { 0 };
	struct image_name image = { 0 };
	bool taken[] = {
		request_parse_volume(arena, text, &mount, &reason), request_parse_mount(arena, text, &mount, &reason),
		request_parse_tmpfs(arena, text, &mount, &reason), request_parse_port(arena, text, &port, &reason),
		request_parse_user(arena, text, &user, &reason), request_parse_ulimit(arena, text, &ulimit, &reason),
		request_parse_network(arena, text, &network, &reason), request_parse_image(arena, text, &image, &reason),
	};

	for (size_t i = 0; i < ARRAY_COUNT(taken); i++) {
		if (!taken[i] && reason == NULL)
			abort(); /* a refusal without its reason */
	}
	arena_free(arena);
	return 0;
}
