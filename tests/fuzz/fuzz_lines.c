/* An env-file or label-file: every line that is taken is NAME=VALUE, and the same again when it stands alone. */
#include <stdlib.h>
#include <string.h>

#include "../../src/host/host_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct string_list lines = { NULL, 0 };
	const char *reason = NULL;

	if (!host_parse_lines(arena, (const char *)data, size, &lines, &reason) && (reason == NULL || lines.count > 0))
		abort();
	for (size_t i = 0; i < lines.count; i++) {
		struct string_list again = { NULL, 0 };
		const char *line = lines.items[i];

		if (strchr(line, '=') == NULL || line[0] == '=' || strchr(line, '\n') != NULL || !string_is_utf8(line))
			abort();
		if (!host_parse_lines(arena, line, strlen(line), &again, &reason) || again.count != 1 || strcmp(again.items[0], line) != 0)
			abort();
	}
	arena_free(arena);
	return 0;
}
