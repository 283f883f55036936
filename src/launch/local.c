/* local: containers that run without an engine, for whoever wants to see or end his own. Their directories say that they run. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/pidfd.h>
#include <time.h>

#include "launch_internal.h"
#include "rootless.h"

enum { NUMBER_BYTES_MAX = 32, STAT_BYTES_MAX = 1024, LOG_PIECE_BYTES = 16384, ADOPTION_MILLISECONDS_MAX = 2000 };

struct list { int base, fd, lock; };

static const struct timespec pause_between = {.tv_nsec = 20000000};

static bool write_number(const struct container *container, const char *name, unsigned number)
{
	const char *text = arena_printf(container->arena, "%u", number);

	return descriptors_write_file(container->dir_fd, name, text, strlen(text));
}

static bool read_number(struct arena *arena, int dir, const char *name, uint64_t *ret_number)
{
	const char *text = descriptors_read_file(arena, dir, name, NUMBER_BYTES_MAX);

	return text && parse_decimal(text, ret_number) && *ret_number <= UINT32_MAX;
}

/* Whose it is comes last: with that it is whole. */
bool local_write_caller(const struct container *container)
{
	return write_number(container, LOCAL_SUPERVISOR_FILE, (unsigned)getpid()) &&
	       write_number(container, LOCAL_CALLER_FILE, container->launch->facts->caller_uid);
}

/* The lock is held as long as the container, or whoever cleans up behind it, lives. */
static bool is_alive(int dir)
{
	if (flock(dir, LOCK_SH | LOCK_NB) < 0)
		return true;
	(void)flock(dir, LOCK_UN);
	return false;
}

/* Whose it is and what runs it; false for what is not whole: it is being made, or being removed. */
static bool read_one(struct arena *arena, const struct list *list, const char *id, struct launch_local *ret_local)
{
	int dir = openat(list->fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;
	uint64_t uid;

	if (dir < 0)
		return false;
	for (unsigned kind = 0; is_alive(dir) && read_number(arena, dir, LOCAL_CALLER_FILE, &uid) && kind < BACKEND_KIND_COUNT; kind++) {
		const char *state = arena_printf(arena, "%s/%s", host_backend_name(kind), id);

		if (!host_backend_is_oci(kind) || fstatat(list->base, state, &status, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		*ret_local = (struct launch_local){arena_strdup(arena, id), kind, (uid_t)uid, dir};
		return true;
	}
	(void)close(dir);
	return false;
}

/* Whoever makes a directory locks it under this one: looking at it would be in the way. */
static struct list open_list(struct arena *arena, const struct host_facts *facts)
{
	struct list list = {-1, -1, -1};
	struct error ignored = {0};

	list.base = facts->runtime_dir ? open(facts->runtime_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
	list.fd = list.base < 0 ? -1 : openat(list.base, "containers", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	list.lock = list.fd < 0 ? -1 : lock_open(arena, list.base, "containers.lock", LOCK_SECONDS, &ignored);
	return list;
}

static void close_list(struct list *list)
{
	descriptors_close(&list->lock);
	descriptors_close(&list->fd);
	descriptors_close(&list->base);
}

struct launch_locals launch_list_local(struct arena *arena, const struct host_facts *facts)
{
	struct launch_locals locals = {NULL, 0};
	struct list list = open_list(arena, facts);
	int copy = list.lock < 0 ? -1 : openat(list.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;

	while (stream && (entry = readdir(stream))) {
		struct launch_local local;

		if (!bundle_name_is_sane(entry->d_name) || !read_one(arena, &list, entry->d_name, &local))
			continue;
		descriptors_close(&local.dir);
		*vector_push(arena, locals.items, locals.count) = local;
	}
	if (stream)
		(void)closedir(stream);
	close_list(&list);
	return locals;
}

bool launch_find_local(struct arena *arena, const struct host_facts *facts, const char *id, struct launch_local *ret_local)
{
	struct list list = open_list(arena, facts);
	bool is_found = list.lock >= 0 && bundle_name_is_sane(id) && read_one(arena, &list, id, ret_local);

	close_list(&list);
	return is_found;
}

/* ---- to its end ---- */

/* proc(5): "4711 (name of its own choosing) S 1234 ..." */
static bool is_child_of(struct arena *arena, uint64_t pid, uint64_t parent)
{
	char text[STAT_BYTES_MAX];
	const char *behind = NULL;

	if (descriptors_read_small(AT_FDCWD, arena_printf(arena, "/proc/%u/stat", (unsigned)pid), text, sizeof(text)))
		behind = strrchr(text, ')');
	if (!behind || strlen(behind) < 4)
		return false;
	text[(behind - text) + 4 + (ptrdiff_t)strcspn(behind + 4, " ")] = '\0';
	return strcmp(behind + 4, arena_printf(arena, "%u", (unsigned)parent)) == 0;
}

/*
 * The container's first process, held: a number may be another's by the time a signal arrives. It is the supervisor's child, once
 * the runtime has gone; a number that has become another's is not. -1 with errno; EAGAIN: it is on its way, or gone just now.
 */
static int open_first_process(struct arena *arena, const struct launch_local *local)
{
	uint64_t pid, supervisor;
	int fd;

	if (!read_number(arena, local->dir, LOCAL_SUPERVISOR_FILE, &supervisor) || !read_number(arena, local->dir, "pid", &pid) ||
	    pid <= 1 || pid > INT32_MAX) {
		errno = EAGAIN;
		return -1;
	}
	fd = pidfd_open((pid_t)pid, 0);
	if (fd < 0 || is_child_of(arena, pid, supervisor))
		return fd;
	(void)close(fd);
	errno = EAGAIN;
	return -1;
}

int launch_signal_local(struct arena *arena, const struct launch_local *local, const char *signal, struct error *err)
{
	const int number = process_signal(signal);
	const int64_t end = clock_milliseconds() + ADOPTION_MILLISECONDS_MAX;

	if (number == 0)
		return error_set(err, arena, ERROR_USAGE, "there is no signal %s", string_printable(arena, signal, 40));
	for (;;) {
		CLOSE_FD int process = open_first_process(arena, local);

		const bool is_sent = process >= 0 && pidfd_send_signal(process, number, NULL, 0) == 0;
		const int problem = errno;

		if (is_sent || problem == ESRCH || !is_alive(local->dir))
			return 0;
		if (problem != EAGAIN || clock_milliseconds() >= end)
			return error_set(err, arena, ERROR_SYSTEM, "%s does not take the signal %s: %s", local->id, signal,
					 problem == EAGAIN ? "it is being started or removed" : strerror(problem));
		(void)nanosleep(&pause_between, NULL);
	}
}

bool launch_await_local(const struct launch_local *local, int64_t seconds)
{
	const int64_t end = clock_milliseconds() + seconds * 1000;

	while (is_alive(local->dir)) {
		if (clock_milliseconds() >= end)
			return false;
		(void)nanosleep(&pause_between, NULL);
	}
	return true;
}

/* ---- what it has printed ---- */

/* One of that name may be somebody else's by now, whose container has taken the name. */
static int open_log(int directory, const char *name, uid_t owner)
{
	int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat status;

	if (fd >= 0 && (fstat(fd, &status) < 0 || status.st_uid != owner))
		descriptors_close(&fd);
	return fd;
}

static void copy(int from, int to)
{
	char piece[LOG_PIECE_BYTES];
	ssize_t got;

	while (from >= 0 && (got = read(from, piece, sizeof(piece))) > 0)
		if (!descriptors_write(to, piece, (size_t)got))
			return;
}

int launch_copy_log(struct arena *arena, const struct host_facts *facts, const struct launch_local *local, int to,
		    struct error *err)
{
	CLOSE_FD int logs = open(arena_printf(arena, "%s/logs", facts->state_dir), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	CLOSE_FD int old = logs < 0 ? -1 : open_log(logs, arena_printf(arena, "%s.log.1", local->id), local->caller);
	CLOSE_FD int log = logs < 0 ? -1 : open_log(logs, arena_printf(arena, "%s.log", local->id), local->caller);

	if (log < 0)
		return error_set(err, arena, ERROR_MISSING, "the output of %s is not kept: it was started without --detach", local->id);
	copy(old, to);
	copy(log, to);
	return 0;
}
