/* observe, the process: who calls, as the container numbers it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "observe.h"

enum { STATUS_BYTES = 16384, LIMITS_BYTES = 4096, MAP_BYTES = 4096, PROFILE_BYTES = 256 };
enum { RANGE_NUMBERS = 3 };

static const char *line_of(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? at + strlen(name) : NULL;
}

/* Up to ${most} numbers in base 10, as far as the line goes. */
static size_t read_numbers(const char *at, uint32_t *numbers, size_t most)
{
	size_t count = 0;

	while (at && count < most) {
		char digits[16];
		uint64_t number;
		size_t length;

		at += strspn(at, " \t");
		length = strspn(at, "0123456789");
		if (length == 0 || length >= sizeof(digits))
			break;
		memcpy(digits, at, length);
		digits[length] = '\0';
		if (!parse_decimal(digits, &number) || number > UINT32_MAX)
			break;
		numbers[count++] = (uint32_t)number;
		at += length;
	}
	return count;
}

static uint64_t read_hexadecimal(const char *at)
{
	uint64_t value = 0;

	for (at += strspn(at, " \t"); (*at >= '0' && *at <= '9') || (*at >= 'a' && *at <= 'f'); at++)
		value = value << 4 | (uint64_t)(*at <= '9' ? *at - '0' : *at - 'a' + 10);
	return value;
}

/* ---- ids of a user namespace ---- */

static void read_map(struct arena *arena, const char *path, struct observe_ids *ids)
{
	char *text = arena_alloc(arena, MAP_BYTES);
	uint32_t numbers[RANGE_NUMBERS];

	*ids = (struct observe_ids){0};
	if (!descriptors_read_small(AT_FDCWD, path, text, MAP_BYTES))
		return;
	for (const char *line = text; ids->count < OBSERVE_RANGES_MAX && read_numbers(line, numbers, RANGE_NUMBERS) == RANGE_NUMBERS;) {
		ids->ranges[ids->count].inside = numbers[0];
		ids->ranges[ids->count].outside = numbers[1];
		ids->ranges[ids->count++].length = numbers[2];
		line = strchr(line, '\n');
		if (!line)
			break;
		line++;
	}
}

uint32_t observe_id(const struct observe_ids *ids, uint32_t id)
{
	for (size_t i = 0; i < ids->count; i++)
		if (id >= ids->ranges[i].outside && id - ids->ranges[i].outside < ids->ranges[i].length)
			return ids->ranges[i].inside + (id - ids->ranges[i].outside);
	return ids->count == 0 ? id : WATCH_ID_NONE;
}

static bool is_whole(const struct observe_ids *ids)
{
	return ids->count == 0 || (ids->count == 1 && ids->ranges[0].inside == 0 && ids->ranges[0].outside == 0 &&
				   ids->ranges[0].length == UINT32_MAX);
}

/* ---- the process ---- */

static void translate(const struct observe_ids *ids, uint32_t *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		numbers[i] = observe_id(ids, numbers[i]);
}

void observe_process(struct arena *arena, pid_t pid, struct watch_process *process, struct observe_ground *ret_ground)
{
	struct observe_ids own;
	char *text = arena_alloc(arena, STATUS_BYTES);
	uint32_t users[4], groups[4], *more = arena_alloc(arena, OBSERVE_GROUPS_MAX * sizeof(*more)), pids[8] = {0};
	const char *capabilities;
	size_t count;

	*ret_ground = (struct observe_ground){0};
	read_map(arena, "/proc/self/uid_map", &own);
	read_map(arena, arena_printf(arena, "/proc/%d/uid_map", (int)pid), &ret_ground->users);
	read_map(arena, arena_printf(arena, "/proc/%d/gid_map", (int)pid), &ret_ground->groups);
	ret_ground->is_shifted = !is_whole(&own);
	if (!descriptors_read_small(AT_FDCWD, arena_printf(arena, "/proc/%d/status", (int)pid), text, STATUS_BYTES))
		return;
	capabilities = line_of(text, "\nCapEff:");
	if (!capabilities || read_numbers(line_of(text, "\nUid:"), users, 4) != 4 ||
	    read_numbers(line_of(text, "\nGid:"), groups, 4) != 4)
		return;
	translate(&ret_ground->users, users, ARRAY_COUNT(users));
	translate(&ret_ground->groups, groups, ARRAY_COUNT(groups));
	*process = (struct watch_process){
		.is_known = true, .is_shifted = ret_ground->is_shifted || !is_whole(&ret_ground->users),
		.real_uid = users[0], .saved_uid = users[2], .uid = users[3], .real_gid = groups[0],
		.saved_gid = groups[2], .gid = groups[3],
		.groups = more, .capabilities = read_hexadecimal(capabilities),
	};
	process->group_count = read_numbers(line_of(text, "\nGroups:"), more, OBSERVE_GROUPS_MAX);
	translate(&ret_ground->groups, more, process->group_count);
	count = read_numbers(line_of(text, "\nNSpid:"), pids, ARRAY_COUNT(pids));
	ret_ground->pid = count > 0 ? pids[count - 1] : 0;
}

void observe_open_files(struct arena *arena, pid_t pid, struct watch_process *process)
{
	char *text = arena_alloc(arena, LIMITS_BYTES);
	struct stat status;
	uint32_t limits[2] = {0};

	if (!descriptors_read_small(AT_FDCWD, arena_printf(arena, "/proc/%d/limits", (int)pid), text, LIMITS_BYTES) ||
	    read_numbers(line_of(text, "\nMax open files"), limits, ARRAY_COUNT(limits)) == 0)
		return;
	process->open_files_most = limits[1];
	/* The size of the directory is how many there are, since Linux 6.2. */
	if (stat(arena_printf(arena, "/proc/%d/fd", (int)pid), &status) < 0 || status.st_size <= 0)
		return;
	process->open_files = (uint64_t)status.st_size;
	process->open_files_limit = limits[0];
}

const char *observe_profile(struct arena *arena, pid_t pid)
{
	char *text = arena_alloc(arena, PROFILE_BYTES);

	if (!descriptors_read_small(AT_FDCWD, arena_printf(arena, "/proc/%d/attr/current", (int)pid), text, PROFILE_BYTES))
		return NULL;
	text[strcspn(text, "\n")] = '\0';
	/* "NAME (MODE)"; SELinux has no mode there. */
	return strstr(text, " (") != NULL && strncmp(text, "unconfined", strlen("unconfined")) != 0 ? text : NULL;
}
