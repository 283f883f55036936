/* Whether the kernel has ended something in a cgroup for want of memory. */
#include <fcntl.h>
#include <string.h>

#include "launch_internal.h"

enum { FILE_BYTES = 1024 };

/* The number behind "oom_kill " in lines of NAME NUMBER. */
static bool has_kill(char *text)
{
	static const char name[] = "oom_kill ";
	uint64_t count = 0;

	for (char *line = strsep(&text, "\n"); line; line = strsep(&text, "\n"))
		if (strncmp(line, name, sizeof(name) - 1) == 0 && parse_decimal(line + sizeof(name) - 1, &count))
			return count > 0;
	return false;
}

static bool has_kill_in(const char *path)
{
	char buffer[FILE_BYTES];
	char *text = descriptors_read_small(AT_FDCWD, path, buffer, sizeof(buffer));

	return text && has_kill(text);
}

/* Version 2 has memory.events; version 1, also beside an empty tree of version 2, has memory.oom_control since Linux 4.13. */
bool oom_was_met(struct arena *arena, const char *root, const char *cgroup)
{
	return has_kill_in(arena_printf(arena, "%s%s/memory.events", root, cgroup)) ||
	       has_kill_in(arena_printf(arena, "%s/memory%s/memory.oom_control", root, cgroup));
}
