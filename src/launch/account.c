/*
 * The end that is owed to the record. Until it is written it stands, as somebody else would have to write it, in a file whose
 * lock is held by everyone who may still see the container's end; a lock that can be taken is the proof that all are gone.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include <jansson.h>

#include "journal.h"
#include "launch_internal.h"

enum {
	DESCRIPTOR_FIRST = 100,       /* out of the way of those that an engine's client is given by number */
	ACCOUNT_BYTES_MAX = 64 * 1024,
	SWEEP_MAX = 256,
};

struct launch_account {
	struct arena *arena;
	struct record_target target;
	struct record_end end;
	const char *name;
	int directory, fd;
	bool has_problem;
	struct error problem;
};

/* ${is_final}: the line is the true one, and only could not be written. */
static const char *render(struct arena *arena, const struct record_target *target, const char *line, bool is_final)
{
	json_t *object = json_pack("{s:s, s:s?, s:b, s:s}", "to", record_to_name(target->to), "path", target->path, "is_final", is_final,
				   "line", line);
	char *dump = object ? json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
	const char *text;

	if (!dump)
		abort(); /* out of memory */
	text = arena_strdup(arena, dump);
	free(dump);
	json_decref(object);
	return text;
}

/* Moves the descriptor up; -1 when there is no room. */
static int move_up(int fd)
{
	int moved = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, DESCRIPTOR_FIRST);

	descriptors_close(&fd);
	return moved;
}

/* While the directory is locked nobody sweeps, so a file without a lock is never seen by a sweeper. */
static int make(const struct launch_account *account, struct error *err)
{
	int fd;

	if (lock_take(account->arena, account->directory, LOCK_SECONDS, err) < 0)
		return -1;
	fd = move_up(openat(account->directory, account->name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0) {
		int saved = errno;

		(void)unlinkat(account->directory, account->name, 0);
		descriptors_close(&fd);
		errno = saved;
	}
	(void)flock(account->directory, LOCK_UN);
	return fd;
}

static bool write_account(const struct launch_account *account, const char *line, bool is_final)
{
	const char *text = render(account->arena, &account->target, line, is_final);

	return ftruncate(account->fd, 0) == 0 && lseek(account->fd, 0, SEEK_SET) == 0 &&
	       descriptors_write(account->fd, text, strlen(text));
}

static void let_go(struct launch_account *account)
{
	descriptors_close(&account->fd);
	descriptors_close(&account->directory);
}

static int fail(struct launch_account *account, const char *directory, struct error *err)
{
	int saved = errno;

	if (account->fd >= 0)
		(void)unlinkat(account->directory, account->name, 0);
	let_go(account);
	return error_set(err, account->arena, ERROR_SYSTEM, "the end could not be recorded later: %s cannot be written: %s", directory,
			 strerror(saved));
}

int launch_open_account(struct arena *arena, const struct host_facts *facts, const struct record_target *target,
			const struct record_end *unknown, struct launch_account **ret_account, struct error *err)
{
	struct launch_account *account = arena_alloc(arena, sizeof(*account));
	const char *directory = facts->state_dir ? arena_printf(arena, "%s/records", facts->state_dir) : NULL;

	*ret_account = NULL;
	if (target->to == RECORD_NONE)
		return 0;
	if (!directory)
		return error_set(err, arena, ERROR_MISSING, "the end could not be recorded later: there is no home directory to note it in");
	(void)launch_sweep_accounts(arena, facts);
	*account = (struct launch_account){.arena = arena, .target = *target, .end = *unknown, .fd = -1};
	account->name = arena_printf(arena, "%s.json", unknown->id);
	account->directory = move_up(descriptors_make_directory(arena, directory, err));
	if (account->directory < 0)
		return err->kind ? -(int)err->kind : fail(account, directory, err);
	account->fd = make(account, err);
	if (account->fd < 0 && err->kind) {
		let_go(account);
		return -(int)err->kind;
	}
	if (account->fd < 0 || !write_account(account, record_render_end(arena, unknown).json, false))
		return fail(account, directory, err);
	*ret_account = account;
	return 0;
}

void account_descriptors(const struct launch_account *account, int ret_descriptors[ACCOUNT_DESCRIPTORS])
{
	ret_descriptors[0] = account ? account->directory : -1;
	ret_descriptors[1] = account ? account->fd : -1;
}

/* Somebody who shares it with us has closed it. */
static bool is_closed(const struct launch_account *account)
{
	struct stat status;

	return account->fd < 0 || fstat(account->fd, &status) < 0 || status.st_nlink == 0;
}

void launch_close_account(struct launch_account *account, const struct launch_end *end)
{
	struct record_line line;

	if (!account || is_closed(account))
		return;
	account->end.end = *end;
	account->end.session.microseconds = host_now();
	line = record_render_end(account->arena, &account->end);
	if (launch_write_record(account->arena, &account->target, &line, &account->problem) == 0) {
		(void)unlinkat(account->directory, account->name, 0);
	} else {
		account->has_problem = true;
		(void)write_account(account, line.json, true);
	}
	let_go(account);
}

const struct error *launch_account_problem(const struct launch_account *account)
{
	return account && account->has_problem ? &account->problem : NULL;
}

/* ---- what was left behind ---- */

static enum record_to find_to(const char *word)
{
	for (unsigned to = 0; word && to < RECORD_TO_COUNT; to++)
		if (strcmp(record_to_name(to), word) == 0)
			return (enum record_to)to;
	return RECORD_NONE;
}

/* False when it cannot be written now. What nobody can read any more is settled: a power failure may leave an empty file. */
static bool settle(struct arena *arena, const char *text)
{
	json_t *object = json_loads(text, 0, NULL);
	const char *path = json_string_value(json_object_get(object, "path"));
	const char *json = json_string_value(json_object_get(object, "line"));
	struct record_target target = {find_to(json_string_value(json_object_get(object, "to"))), path};
	int64_t now = json_is_true(json_object_get(object, "is_final")) ? 0 : host_now();
	bool is_settled = true;
	struct record_line line;
	struct error err;

	if (json && (target.to != RECORD_FILE || path) && record_render_again(arena, json, now, &line))
		is_settled = launch_write_record(arena, &target, &line, &err) == 0;
	json_decref(object);
	return is_settled;
}

struct orphan { const char *name; int fd; };

/* Takes the lock of an account that nobody holds; -1 when somebody does. */
static int adopt(int directory, const char *name)
{
	int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0)
		descriptors_close(&fd);
	return fd;
}

static size_t adopt_all(struct arena *arena, int directory, struct orphan *orphans)
{
	int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;
	size_t count = 0;

	if (!stream)
		return 0;
	if (lock_wait(directory, LOCK_SECONDS_SWEEPING)) {
		while (count < SWEEP_MAX && (entry = readdir(stream))) {
			int fd = entry->d_name[0] == '.' ? -1 : adopt(directory, entry->d_name);

			if (fd >= 0)
				orphans[count++] = (struct orphan){arena_strdup(arena, entry->d_name), fd};
		}
		(void)flock(directory, LOCK_UN);
	}
	(void)closedir(stream);
	return count;
}

unsigned launch_sweep_accounts(struct arena *arena, const struct host_facts *facts)
{
	const char *path = facts->state_dir ? arena_printf(arena, "%s/records", facts->state_dir) : "";
	CLOSE_FD int directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct orphan *orphans;
	size_t count;
	unsigned settled = 0;

	if (directory < 0)
		return 0;
	orphans = arena_alloc(arena, SWEEP_MAX * sizeof(*orphans));
	count = adopt_all(arena, directory, orphans);
	for (size_t i = 0; i < count; i++) {
		const char *text = descriptors_read_file(arena, directory, orphans[i].name, ACCOUNT_BYTES_MAX);

		if (text && settle(arena, text) && unlinkat(directory, orphans[i].name, 0) == 0)
			settled++;
		descriptors_close(&orphans[i].fd);
	}
	return settled;
}
