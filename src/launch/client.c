/* client: docker's client run to its end, for what hardrun itself asks of the daemon; and the logs of several containers. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "launch_internal.h"

enum { LINE_BYTES_MAX = 16384, STREAMS_MAX = 256 };

int launch_client(struct arena *arena, const struct launch *launch, bool is_deaf, struct error *err)
{
	const struct spawn spawn = {.argv = spawn_vector(arena, &launch->argv), .environment = spawn_vector(arena, &launch->environment),
				    .directory = launch->is_guarded ? "/" : NULL, .is_apart = true, .is_deaf = is_deaf};
	const char *said;
	int status;
	int result = engine_make_config_dir(arena, launch->config_dir, err);

	if (result == 0)
		result = spawn_run(arena, &spawn, &status, &said, err);
	if (result < 0 || status == 0)
		return result;
	if (!is_deaf && launch_is_asked_to_stop())
		return error_set(err, arena, ERROR_SYSTEM, "interrupted before docker was done");
	return error_set(err, arena, ERROR_SYSTEM, "docker said: %s", said);
}

/* ---- logs ---- */

/* What one client prints, line by line. */
struct stream {
	pid_t pid;
	int fd;                 /* -1: it has ended */
	const char *prefix;
	char *line;             /* LINE_BYTES_MAX and a newline */
	size_t length;
};

static _Noreturn void exec_client(struct arena *arena, const struct launch *launch, int output, pid_t parent)
{
	const char *const *argv = spawn_vector(arena, &launch->argv), *const *environment = spawn_vector(arena, &launch->environment);
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t none;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent || null < 0)
		_exit(LAUNCH_STATUS_REFUSED);
	if (dup2(null, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0 || (launch->is_guarded && chdir("/") < 0))
		_exit(LAUNCH_STATUS_REFUSED);
	/* A group of its own: Ctrl-C is for us. */
	(void)setpgid(0, 0);
	guard_restore_stops(launch);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	/* execve takes pointers to non-const for reasons of history; it changes nothing. */
	(void)execve(launch->program, (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)environment);
	_exit(LAUNCH_STATUS_NOT_FOUND);
}

static int open_stream(struct arena *arena, const struct launch_log *log, struct stream *ret_stream, struct error *err)
{
	const pid_t parent = getpid();
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set(err, arena, ERROR_SYSTEM, "no pipe for %s: %s", log->launch->program, strerror(errno));
	pid = fork();
	if (pid == 0)
		exec_client(arena, log->launch, ends[1], parent);
	(void)close(ends[1]);
	if (pid < 0) {
		(void)close(ends[0]);
		return error_set(err, arena, ERROR_SYSTEM, "%s cannot be started: %s", log->launch->program, strerror(errno));
	}
	*ret_stream = (struct stream){.pid = pid, .fd = ends[0], .prefix = log->prefix, .line = arena_alloc(arena, LINE_BYTES_MAX + 1)};
	return 0;
}

static void print_line(struct stream *stream)
{
	stream->line[stream->length++] = '\n';
	(void)(descriptors_write(1, stream->prefix, strlen(stream->prefix)) && descriptors_write(1, stream->line, stream->length));
	stream->length = 0;
}

/* What the container prints is its own affair, as with docker; but whose line it is must not be forged. */
static void take_bytes(struct stream *stream, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (bytes[i] != '\n')
			stream->line[stream->length++] = bytes[i] == '\r' ? ' ' : bytes[i];
		if (bytes[i] == '\n' || stream->length == LINE_BYTES_MAX)
			print_line(stream);
	}
}

static void close_stream(struct stream *stream)
{
	if (stream->fd < 0)
		return;
	if (stream->length > 0)
		print_line(stream);
	descriptors_close(&stream->fd);
	(void)kill(stream->pid, SIGKILL);
	while (waitpid(stream->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static void read_stream(struct stream *stream)
{
	char buffer[4096];
	ssize_t got = read(stream->fd, buffer, sizeof(buffer));

	if (got > 0)
		take_bytes(stream, buffer, (size_t)got);
	else if (got == 0 || errno != EINTR)
		close_stream(stream);
}

/* Until all have ended (0) or somebody asks to stop (the signal's number). */
static int follow(struct stream *streams, size_t count, int signals)
{
	struct pollfd waits[STREAMS_MAX + 1];
	struct signalfd_siginfo info;

	for (;;) {
		bool is_open = false;

		for (size_t i = 0; i < count; i++) {
			waits[i] = (struct pollfd){.fd = streams[i].fd, .events = POLLIN};
			is_open = is_open || streams[i].fd >= 0;
		}
		waits[count] = (struct pollfd){.fd = signals, .events = POLLIN};
		if (!is_open)
			return 0;
		if (poll(waits, (nfds_t)count + 1, -1) < 0)
			continue;
		for (size_t i = 0; i < count; i++)
			if (waits[i].revents != 0)
				read_stream(&streams[i]);
		if (waits[count].revents != 0 && read(signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
			return (int)info.ssi_signo;
	}
}

int launch_show_logs(struct arena *arena, const struct launch_log *logs, size_t count, int *ret_signal, struct error *err)
{
	struct stream *streams = arena_alloc(arena, (count + 1) * sizeof(*streams));
	sigset_t before, set;
	CLOSE_FD int signals = -1;
	int result = 0;
	size_t opened = 0;

	if (count > STREAMS_MAX)
		return error_set(err, arena, ERROR_LIMIT, "more than %d containers: their logs are not followed", STREAMS_MAX);
	spawn_hold_signals(&before);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGHUP);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	while (result == 0 && opened < count) {
		result = open_stream(arena, &logs[opened], &streams[opened], err);
		opened += result == 0;
	}
	if (result == 0)
		*ret_signal = follow(streams, opened, signals);
	for (size_t i = 0; i < opened; i++)
		close_stream(&streams[i]);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return result;
}
