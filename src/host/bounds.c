/*
 * bounds: what the kernel keeps the processes of a cgroup of version 2 to: the least of its own limit and those of the groups
 * above it. Source: Documentation/admin-guide/cgroup-v2.rst, "memory.max", "cpu.max", "pids.max".
 */
#include "host_internal.h"

#include <string.h>

#define NANO INT64_C(1000000000)

static bool read_number(const char *text, size_t length, int64_t *ret_value)
{
	char digits[24];
	uint64_t value;

	if (length >= sizeof(digits))
		return false;
	memcpy(digits, text, length);
	digits[length] = '\0';
	if (!parse_decimal(digits, &value) || value > INT64_MAX)
		return false;
	*ret_value = (int64_t)value;
	return true;
}

/* "67108864\n", of time "50000 100000\n"; false: "max\n", or nothing that can be read. */
static bool read_limit(const char *text, bool is_time, int64_t *ret_value)
{
	const size_t length = strcspn(text, " \n");
	const char *rest = text + length + strspn(text + length, " ");
	int64_t value, period, product;

	if (!read_number(text, length, &value))
		return false;
	if (is_time) {
		if (!read_number(rest, strcspn(rest, "\n"), &period) || period == 0 || __builtin_mul_overflow(value, NANO, &product))
			return false;
		value = product / period;
	}
	*ret_value = value;
	return true;
}

static void lower(struct arena *arena, const char *directory, const char *file, bool is_time, struct host_bound *bound)
{
	const char *text = host_read_text(arena, arena_printf(arena, "%s/%s", directory, file));
	const char *name = strrchr(directory, '/') + 1;
	int64_t value;

	if (text == NULL || !read_limit(text, is_time, &value) || (bound->group != NULL && bound->value <= value))
		return;
	*bound = (struct host_bound){ .value = value, .group = name };
}

void host_read_bounds(struct arena *arena, const char *root, const char *cgroup, struct host_bound bounds[HOST_CONTROLLER_COUNT])
{
	static const struct { enum host_controller controller; const char *file; bool is_time; } rows[] = {
		{ HOST_CONTROLLER_MEMORY, "memory.max", false }, { HOST_CONTROLLER_CPU, "cpu.max", true },
		{ HOST_CONTROLLER_PIDS, "pids.max", false },
	};
	char *path = arena_strdup(arena, cgroup), *end;

	/* The root itself has none. */
	while ((end = strrchr(path, '/')) != NULL) {
		const char *directory = arena_printf(arena, "%s/sys/fs/cgroup%s", root, path);

		for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
			lower(arena, directory, rows[i].file, rows[i].is_time, &bounds[rows[i].controller]);
		*end = '\0';
	}
}
