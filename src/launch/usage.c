/* What the container's cgroup has counted: peaks, and how often its limits were met. */
#include <fcntl.h>
#include <string.h>

#include "launch_internal.h"

enum { FILE_BYTES = 1024 };

/* The number of the line "NAME NUMBER", or of a file that is nothing but a number (${name} NULL); -1: there is none. */
static int64_t number_of(char *text, const char *name)
{
	const size_t length = name ? strlen(name) : 0;
	uint64_t number;

	for (char *line = strsep(&text, "\n"); line; line = strsep(&text, "\n")) {
		if (name && (strncmp(line, name, length) != 0 || line[length] != ' '))
			continue;
		if (parse_decimal(line + length + (name ? 1 : 0), &number) && number <= INT64_MAX)
			return (int64_t)number;
	}
	return -1;
}

static int64_t read_number(const char *path, const char *name)
{
	char buffer[FILE_BYTES];
	char *text = descriptors_read_small(AT_FDCWD, path, buffer, sizeof(buffer));

	return text ? number_of(text, name) : -1;
}

/* Version 2 first; version 1 has a tree for each controller, also beside an empty tree of version 2. */
struct counter { const char *unified, *controller, *old, *name; };

static int64_t read_counter(struct arena *arena, const char *root, const char *cgroup, const struct counter *counter)
{
	int64_t number = read_number(arena_printf(arena, "%s%s/%s", root, cgroup, counter->unified), counter->name);

	if (number >= 0)
		return number;
	return read_number(arena_printf(arena, "%s/%s%s/%s", root, counter->controller, cgroup, counter->old), counter->name);
}

struct watch_usage usage_read(struct arena *arena, const char *root, const char *cgroup)
{
	static const struct counter peak = {"memory.peak", "memory", "memory.max_usage_in_bytes", NULL};
	static const struct counter limit = {"memory.max", "memory", "memory.limit_in_bytes", NULL};
	static const struct counter kills = {"memory.events", "memory", "memory.oom_control", "oom_kill"};
	static const struct counter pids = {"pids.peak", "pids", "pids.peak", NULL};
	static const struct counter most = {"pids.max", "pids", "pids.max", NULL};
	static const struct counter refused = {"pids.events", "pids", "pids.events", "max"};

	return (struct watch_usage){
		.memory_peak = read_counter(arena, root, cgroup, &peak),
		.memory_limit = read_counter(arena, root, cgroup, &limit),
		.memory_kills = read_counter(arena, root, cgroup, &kills),
		.pids_peak = read_counter(arena, root, cgroup, &pids),
		.pids_limit = read_counter(arena, root, cgroup, &most),
		.pids_refused = read_counter(arena, root, cgroup, &refused),
	};
}
