/* unit: what systemd says to the process that it starts for a unit. Nothing of it is believed under lent rights. */
#include "host_internal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#define SERVICE ".service"

enum {
	SOCKET_PATH_BYTES_MAX = 107, /* sun_path less its NUL */
	LISTEN_MAX = 64,
	NAMES_BYTES_MAX = 4096,
};

static bool read_number(const struct host_facts *facts, const char *name, uint64_t *ret_value)
{
	const char *text = host_environment(facts, name);

	return text != NULL && parse_decimal(text, ret_value);
}

static bool is_for(const struct host_facts *facts, const char *name, pid_t pid)
{
	uint64_t value = 0;

	return read_number(facts, name, &value) && value == (uint64_t)pid;
}

/*
 * Since version 248 systemd says whom it started; a shell, cron, or a runner of somebody's jobs passes the variable on, with its
 * own number in it. Before that, whoever is a child of process 1 and has an invocation id.
 */
static bool is_started_by_systemd(const struct host_facts *facts, pid_t pid)
{
	if (host_environment(facts, "INVOCATION_ID") == NULL)
		return false;
	if (host_environment(facts, "SYSTEMD_EXEC_PID") != NULL)
		return is_for(facts, "SYSTEMD_EXEC_PID", pid);
	return pid == getpid() && getppid() == 1;
}

/* The unit's own cgroup is the deepest that is called like a service; DelegateSubgroup= puts the process below it. */
static void read_cgroup(struct arena *arena, struct host_unit *unit, const char *root)
{
	const char *own = host_read_text(arena, arena_printf(arena, "%s/proc/self/cgroup", root));
	const char *path = own == NULL ? NULL : strncmp(own, "0::/", 4) == 0 ? own : strstr(own, "\n0::/");
	const char *found = NULL;

	if (path == NULL)
		return;
	path += strspn(path, "\n0:");
	path = arena_strndup(arena, path, strcspn(path, "\n"));
	for (const char *part = path; path_is_clean(path) && part != NULL && *part != '\0'; part = strchr(part + 1, '/')) {
		size_t length = strcspn(part + 1, "/"), tail = strlen(SERVICE);

		if (length > tail && strncmp(part + 1 + length - tail, SERVICE, tail) == 0)
			found = part + 1 + length;
	}
	if (found == NULL)
		return;
	unit->cgroup = arena_strndup(arena, path, (size_t)(found - path));
	unit->name = strrchr(unit->cgroup, '/') + 1;
}

/* Since version 251 everybody may read it, and before that only root. Source: systemd's cg_set_xattr of "delegate". */
static bool is_delegated(struct arena *arena, const struct host_unit *unit, const char *root)
{
	static const char *const names[] = { "user.delegate", "trusted.delegate" };
	const char *directory = unit->cgroup != NULL ? arena_printf(arena, "%s/sys/fs/cgroup%s", root, unit->cgroup) : NULL;
	char value[2] = { 0 };

	for (size_t i = 0; directory != NULL && i < ARRAY_COUNT(names); i++)
		if (getxattr(directory, names[i], value, sizeof(value)) == 1 && value[0] == '1')
			return true;
	return false;
}

static const char *read_notify_socket(const struct host_facts *facts)
{
	const char *path = host_environment(facts, "NOTIFY_SOCKET");

	if (path == NULL || strlen(path) > SOCKET_PATH_BYTES_MAX)
		return NULL;
	return path_is_clean(path) || (path[0] == '@' && path[1] != '\0') ? path : NULL;
}

static uint64_t read_watchdog(const struct host_facts *facts, pid_t pid)
{
	uint64_t microseconds = 0;

	if (host_environment(facts, "WATCHDOG_PID") != NULL && !is_for(facts, "WATCHDOG_PID", pid))
		return 0;
	return read_number(facts, "WATCHDOG_USEC", &microseconds) ? microseconds : 0;
}

/* Systemd makes it for the unit: a directory of root's, or of the user's own systemd, that nobody else may write to. */
static const char *read_credentials(const struct host_facts *facts)
{
	const char *path = host_environment(facts, "CREDENTIALS_DIRECTORY");
	struct stat status;

	if (path == NULL || !path_is_clean(path) || lstat(path, &status) != 0 || !S_ISDIR(status.st_mode))
		return NULL;
	return (status.st_uid == 0 || status.st_uid == geteuid()) && (status.st_mode & 0022) == 0 ? path : NULL;
}

static void read_listen(struct host_unit *unit, const struct host_facts *facts, pid_t pid)
{
	const char *names = host_environment(facts, "LISTEN_FDNAMES");
	uint64_t count = 0;

	if (!is_for(facts, "LISTEN_PID", pid) || !read_number(facts, "LISTEN_FDS", &count) || count > LISTEN_MAX)
		return;
	unit->listen_count = (unsigned)count;
	unit->listen_names = names != NULL && strlen(names) <= NAMES_BYTES_MAX && string_is_utf8(names) && !string_has_control(names)
					     ? names : NULL;
}

unsigned host_listen_count(void)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
	uint64_t process = 0, number = 0;

	if (pid == NULL || count == NULL || !parse_decimal(pid, &process) || process != (uint64_t)getpid())
		return 0;
	return parse_decimal(count, &number) && number <= LISTEN_MAX ? (unsigned)number : 0;
}

const struct host_unit *host_read_unit(struct arena *arena, const struct host_facts *facts, const char *root, pid_t pid)
{
	struct host_unit *unit;

	if (facts->elevated_by != NULL || facts->caller_problem != NULL || !is_started_by_systemd(facts, pid))
		return NULL;
	unit = arena_alloc(arena, sizeof(*unit));
	read_cgroup(arena, unit, root);
	unit->is_delegated = is_delegated(arena, unit, root);
	if (unit->cgroup != NULL)
		host_read_bounds(arena, root, unit->cgroup, unit->bounds);
	unit->notify_socket = read_notify_socket(facts);
	unit->watchdog_microseconds = read_watchdog(facts, pid);
	unit->credentials = read_credentials(facts);
	read_listen(unit, facts, pid);
	return unit;
}

bool host_is_journal(const struct host_facts *facts, int fd)
{
	const char *text = host_environment(facts, "JOURNAL_STREAM"), *colon = text != NULL ? strchr(text, ':') : NULL;
	char device[24];
	uint64_t numbers[2];
	struct stat status;

	if (colon == NULL || (size_t)(colon - text) >= sizeof(device) || fstat(fd, &status) != 0)
		return false;
	memcpy(device, text, (size_t)(colon - text));
	device[colon - text] = '\0';
	return parse_decimal(device, &numbers[0]) && parse_decimal(colon + 1, &numbers[1]) && numbers[0] == status.st_dev &&
	       numbers[1] == status.st_ino;
}
