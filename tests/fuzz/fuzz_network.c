/* --network, --user and --ulimit: what is taken has a name, ids that are ids, and bounds in order. */
#include <stdlib.h>
#include <string.h>

#include <hardrun/request.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	const char *text = arena_strndup(arena, (const char *)data, size), *reason = NULL;
	struct network_request network = { 0 };
	struct ulimit_request ulimit = { 0 };
	struct user_request user = { 0 }, again = { 0 };

	if (request_parse_network(arena, text, &network, &reason) ? network.name == NULL : reason == NULL)
		abort();
	if (request_parse_ulimit(arena, text, &ulimit, &reason) && (ulimit.name[0] == '\0' || ulimit.soft < -1 || ulimit.hard < -1))
		abort();
	if (request_parse_user(arena, text, &user, &reason) && user.is_numeric && user.has_gid) {
		text = arena_printf(arena, "%u:%u", user.uid, user.gid);
		if (!request_parse_user(arena, text, &again, &reason) || again.uid != user.uid || again.gid != user.gid)
			abort();
	}
	arena_free(arena);
	return 0;
}
