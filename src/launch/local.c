/* local: containers that run without an engine, for whoever wants to see or end his own. Their directories say that they run. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

#include "rootless.h"

enum { CALLER_BYTES_MAX = 32, LOG_PIECE_BYTES = 16384 };

static const enum backend_kind runtimes[] = {BACKEND_CRUN, BACKEND_RUNC};

bool local_write_caller(const struct container *container)
{
	const char *caller = arena_printf(container->arena, "%u", container->launch->facts->caller_uid);

	return descriptors_write_file(container->dir_fd, LOCAL_CALLER_FILE, caller, strlen(caller));
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
static bool read_one(struct arena *arena, int base, int list, const char *id, struct launch_local *ret_local)
{
	CLOSE_FD int dir = openat(list, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	const char *caller = dir < 0 || !is_alive(dir) ? NULL : descriptors_read_file(arena, dir, LOCAL_CALLER_FILE, CALLER_BYTES_MAX);
	struct stat status;
	uint64_t uid;

	if (!caller || !parse_decimal(caller, &uid) || uid > UINT32_MAX)
		return false;
	for (size_t i = 0; i < ARRAY_COUNT(runtimes); i++) {
		const char *state = arena_printf(arena, "%s/%s", host_backend_name(runtimes[i]), id);

		if (fstatat(base, state, &status, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		*ret_local = (struct launch_local){arena_strdup(arena, id), runtimes[i], (uid_t)uid};
		return true;
	}
	return false;
}

struct launch_locals launch_list_local(struct arena *arena, const struct host_facts *facts)
{
	struct launch_locals locals = {NULL, 0};
	CLOSE_FD int base = facts->runtime_dir ? open(facts->runtime_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
	CLOSE_FD int list = base < 0 ? -1 : openat(base, "containers", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	/* Whoever makes a directory locks it under this one: looking at it would be in the way. */
	CLOSE_FD int lock = list < 0 ? -1 : sweep_lock_list(base, "containers.lock");
	int copy = lock < 0 ? -1 : openat(list, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;

	while (stream && (entry = readdir(stream))) {
		struct launch_local local;

		if (bundle_name_is_sane(entry->d_name) && read_one(arena, base, list, entry->d_name, &local))
			*vector_push(arena, locals.items, locals.count) = local;
	}
	if (stream)
		(void)closedir(stream);
	return locals;
}

int launch_signal_local(struct arena *arena, const struct host_facts *facts, const struct launch_local *local, const char *signal,
			struct error *err)
{
	const char *program = facts->engine.programs[local->runtime], *name = host_backend_name(local->runtime);
	const char *const argv[] = {program, "--root", arena_printf(arena, "%s/%s", facts->runtime_dir, name), "kill", local->id, signal,
				    NULL};
	const struct spawn spawn = {.argv = argv};
	const char *said;
	int status, result;

	if (!program)
		return error_set(err, arena, ERROR_MISSING, "%s is not installed", name);
	result = spawn_run(arena, &spawn, &status, &said, err);
	if (result < 0 || status == 0)
		return result;
	return error_set(err, arena, ERROR_SYSTEM, "%s does not take the signal %s (%s said: %s)", local->id, signal, name, said);
}

bool launch_await_local(struct arena *arena, const struct host_facts *facts, const struct launch_local *local, int64_t seconds)
{
	const struct timespec pause = {0, 50000000};
	const char *path = backend_container_dir(arena, facts->runtime_dir, local->id);
	const int64_t end = host_now() + seconds * 1000000;

	for (;;) {
		CLOSE_FD int dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		if (dir < 0 || !is_alive(dir))
			return true;
		if (host_now() >= end)
			return false;
		(void)nanosleep(&pause, NULL);
	}
}

static bool copy_file(int directory, const char *name, int to)
{
	CLOSE_FD int from = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char piece[LOG_PIECE_BYTES];
	ssize_t got;

	while (from >= 0 && (got = read(from, piece, sizeof(piece))) > 0)
		if (!descriptors_write(to, piece, (size_t)got))
			return false;
	return from >= 0;
}

int launch_copy_log(struct arena *arena, const struct host_facts *facts, const struct launch_local *local, int to,
		    struct error *err)
{
	CLOSE_FD int logs = open(arena_printf(arena, "%s/logs", facts->state_dir), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (logs >= 0)
		(void)copy_file(logs, arena_printf(arena, "%s.log.1", local->id), to);
	if (logs >= 0 && copy_file(logs, arena_printf(arena, "%s.log", local->id), to))
		return 0;
	return error_set(err, arena, ERROR_MISSING, "the output of %s is not kept: it was started without --detach", local->id);
}
