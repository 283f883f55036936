/*
 * The record to a logger's socket. The C library's syslog(3) hides that nobody listens, so it is spoken to directly.
 * Formats: RFC 3164; systemd's JOURNAL_NATIVE_PROTOCOL.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>

#include "journal.h"
#include "launch_internal.h"

enum { SEND_SECONDS_MAX = 5, STAMP_BYTES = 32 };

static int fail(struct arena *arena, const char *path, int number, struct error *err)
{
	int result = error_set(err, arena, ERROR_SYSTEM, "the record cannot be written: the logger at %s: %s", path,
			       number == EAGAIN ? "it does not take anything" : strerror(number));

	err->remedy = "start the logger, or have record: name another destination";
	return result;
}

/* A connected socket of that type, or -1 with errno. A logger that hangs shall not hold up everybody. */
static int open_socket(const char *path, int type)
{
	const struct timeval patience = {.tv_sec = SEND_SECONDS_MAX};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	CLOSE_FD int fd = -1;
	int result;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0 ||
	    connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	result = fd;
	fd = -1;
	return result;
}

static bool send_all(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return false;
		bytes += sent;
		length -= (size_t)sent;
	}
	return true;
}

static int priority(const struct record_line *line)
{
	return line->is_refusal ? LOG_WARNING : LOG_NOTICE;
}

/* In UTC: the local zone would be what the caller's TZ says. */
static const char *stamp(struct arena *arena)
{
	const time_t seconds = (time_t)(host_now() / 1000000);
	char *text = arena_alloc(arena, STAMP_BYTES);
	struct tm parts = {0};

	(void)gmtime_r(&seconds, &parts);
	return strftime(text, STAMP_BYTES, "%b %e %H:%M:%S", &parts) > 0 ? text : "Jan  1 00:00:00";
}

int journal_write_syslog(struct arena *arena, const char *socket, const struct record_line *line, struct error *err)
{
	const char *message = arena_printf(arena, "<%d>%s hardrun[%d]: %s", LOG_AUTHPRIV | priority(line), stamp(arena), (int)getpid(),
					   line->json);
	CLOSE_FD int fd = open_socket(socket, SOCK_DGRAM);
	size_t length = strlen(message);

	if (fd < 0 && errno == EPROTOTYPE) {
		fd = open_socket(socket, SOCK_STREAM);
		length++; /* there the NUL ends a message */
	}
	if (fd < 0 || !send_all(fd, message, length))
		return fail(arena, socket, errno, err);
	return 0;
}

/* An empty datagram with the memory file. */
static bool send_memory(int fd, const char *bytes, size_t length)
{
	CLOSE_FD int memory = memfd_seal("hardrun-record", bytes, length);
	union { struct cmsghdr header; char space[CMSG_SPACE(sizeof(int))]; } control = {0};
	struct msghdr message = {.msg_control = &control, .msg_controllen = sizeof(control)};

	if (memory < 0)
		return false;
	control.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
	memcpy(CMSG_DATA(&control.header), &memory, sizeof(memory));
	return sendmsg(fd, &message, MSG_NOSIGNAL) >= 0;
}

/* No field has a newline in it, so each is one line. */
static struct text native_message(struct arena *arena, const struct record_line *line)
{
	struct text text;

	text_init(&text, arena);
	text_addf(&text, "MESSAGE=%s\nPRIORITY=%d\nSYSLOG_FACILITY=%d\nSYSLOG_IDENTIFIER=hardrun\nSYSLOG_PID=%d\n", line->json,
		  priority(line), LOG_FAC(LOG_AUTHPRIV), (int)getpid());
	for (size_t i = 0; i < line->fields.count; i++)
		text_addf(&text, "%s\n", line->fields.items[i]);
	return text;
}

int journal_write_journald(struct arena *arena, const char *socket, const struct record_line *line, struct error *err)
{
	const struct text message = native_message(arena, line);
	CLOSE_FD int fd = open_socket(socket, SOCK_DGRAM);
	bool is_sent = fd >= 0 && send_all(fd, message.data, message.length);

	if (!is_sent && fd >= 0 && (errno == EMSGSIZE || errno == ENOBUFS))
		is_sent = send_memory(fd, message.data, message.length);
	return is_sent ? 0 : fail(arena, socket, errno, err);
}

int journal_try_socket(struct arena *arena, const char *socket, struct error *err)
{
	CLOSE_FD int fd = open_socket(socket, SOCK_DGRAM);

	if (fd < 0 && errno == EPROTOTYPE)
		fd = open_socket(socket, SOCK_STREAM);
	return fd >= 0 ? 0 : fail(arena, socket, errno, err);
}
