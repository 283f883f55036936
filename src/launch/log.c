/* What a detached container prints: two files of bounded size, the older one falls away. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "launch_internal.h"

/* Nobody but root gets to the directory; the owner says whose output it is. */
static int open_fresh(int directory, const char *name, uid_t owner)
{
	int fd = openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_APPEND | O_CLOEXEC, 0600);

	if (fd >= 0 && fchown(fd, owner, (gid_t)-1) < 0)
		descriptors_close(&fd);
	return fd;
}

static void old_name(const struct log *log, char *buffer, size_t size)
{
	(void)snprintf(buffer, size, "%s.1", log->name);
}

int log_open(struct arena *arena, const char *directory, const char *id, int64_t limit, uid_t owner, struct log *ret_log,
	     struct error *err)
{
	struct log log = {.name = arena_printf(arena, "%s.log", id), .limit = limit, .owner = owner};
	char old[256];

	log.directory = descriptors_make_directory(arena, directory, err);
	if (log.directory < 0)
		return -(int)err->kind;
	log.fd = open_fresh(log.directory, log.name, owner);
	if (log.fd < 0) {
		(void)error_set(err, arena, ERROR_SYSTEM, "the log %s/%s cannot be opened: %s", directory, log.name, strerror(errno));
		(void)close(log.directory);
		return -(int)err->kind;
	}
	/* An older container of that name is not this one's past. */
	old_name(&log, old, sizeof(old));
	(void)unlinkat(log.directory, old, 0);
	*ret_log = log;
	return 0;
}

static void rotate(struct log *log)
{
	char old[256];

	old_name(log, old, sizeof(old));
	descriptors_close(&log->fd);
	(void)renameat(log->directory, log->name, log->directory, old);
	log->fd = open_fresh(log->directory, log->name, log->owner);
	log->size = 0;
}

void log_write(struct log *log, const char *bytes, size_t length)
{
	while (length > 0) {
		size_t room, piece;

		if (log->size >= log->limit)
			rotate(log);
		room = (size_t)(log->limit - log->size);
		piece = length < room ? length : room;
		if (log->fd >= 0)
			(void)descriptors_write(log->fd, bytes, piece);
		log->size += (int64_t)piece;
		bytes += piece;
		length -= piece;
	}
}

void log_discard(struct log *log)
{
	char old[256];

	if (log->directory < 0)
		return;
	old_name(log, old, sizeof(old));
	(void)unlinkat(log->directory, log->name, 0);
	(void)unlinkat(log->directory, old, 0);
}

void log_forget(struct arena *arena, const char *directory, const char *id)
{
	CLOSE_FD int fd = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)unlinkat(fd, arena_printf(arena, "%s.log", id), 0);
	(void)unlinkat(fd, arena_printf(arena, "%s.log.1", id), 0);
}

int64_t log_limit(const struct plan *plan)
{
	int64_t bytes;

	for (size_t i = 0; i < plan->log_option_count; i++)
		if (strcmp(plan->log_options[i].name, "max-size") == 0 && parse_size(plan->log_options[i].value, &bytes) && bytes > 0)
			return bytes;
	return LOG_LIMIT_DEFAULT;
}
