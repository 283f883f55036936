/* What the container's cgroup has counted: peaks, and how often its limits were met. */
#include <fcntl.h>
#include <string.h>

#include "observe.h"

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

/* A counter's names in version 2 and version 1 of control groups; ->line NULL: the file is nothing but the number. */
struct counter { const char *unified, *old, *line; };

/* The most that any of ${directories} has (NULL: there is none); with version 1 a cgroup counts only what it met itself. */
static int64_t read_counter(struct arena *arena, const char *const directories[USAGE_DIRECTORIES], const struct counter *counter)
{
	int64_t most = -1;

	for (size_t i = 0; i < USAGE_DIRECTORIES && directories[i]; i++) {
		int64_t number = read_number(arena_printf(arena, "%s/%s", directories[i], counter->unified), counter->line);

		if (number < 0)
			number = read_number(arena_printf(arena, "%s/%s", directories[i], counter->old), counter->line);
		most = number > most ? number : most;
	}
	return most;
}

struct watch_usage usage_read(struct arena *arena, const char *const memory[USAGE_DIRECTORIES],
			      const char *const processes[USAGE_DIRECTORIES])
{
	static const struct counter peak = {"memory.peak", "memory.max_usage_in_bytes", NULL};
	static const struct counter limit = {"memory.max", "memory.limit_in_bytes", NULL};
	static const struct counter kills = {"memory.events", "memory.oom_control", "oom_kill"};
	static const struct counter pids = {"pids.peak", "pids.peak", NULL};
	static const struct counter most = {"pids.max", "pids.max", NULL};
	static const struct counter refused = {"pids.events", "pids.events", "max"};

	return (struct watch_usage){
		.memory_peak = read_counter(arena, memory, &peak),
		.memory_limit = read_counter(arena, memory, &limit),
		.memory_kills = read_counter(arena, memory, &kills),
		.pids_peak = read_counter(arena, processes, &pids),
		.pids_limit = read_counter(arena, processes, &most),
		.pids_refused = read_counter(arena, processes, &refused),
	};
}

/* A runtime that was put into a cgroup may have made another in it, of the container's name. */
static void add_places(const struct container *container, const char *parent, const char *places[USAGE_DIRECTORIES])
{
	if (!parent)
		return;
	places[0] = arena_printf(container->arena, "%s%s", parent, container->cgroup);
	places[1] = arena_printf(container->arena, "%s/%s", places[0], container->id);
}

struct watch_usage usage_of(const struct container *container)
{
	const struct host_facts *facts = container->launch->facts;
	struct arena *arena = container->arena;
	const char *memory[USAGE_DIRECTORIES] = {NULL}, *processes[USAGE_DIRECTORIES] = {NULL};

	if (facts->is_root) {
		/* Version 1 may stand beside an empty tree of version 2. */
		memory[0] = processes[0] = arena_printf(arena, CGROUP_ROOT "%s", container->cgroup);
		memory[1] = arena_printf(arena, CGROUP_ROOT "/memory%s", container->cgroup);
		processes[1] = arena_printf(arena, CGROUP_ROOT "/pids%s", container->cgroup);
	} else if (facts->rootless != NULL) {
		add_places(container, facts->rootless->cgroups[HOST_CONTROLLER_MEMORY], memory);
		add_places(container, facts->rootless->cgroups[HOST_CONTROLLER_PIDS], processes);
	}
	return usage_read(arena, memory, processes);
}
