/* Helper programs: run to their end, what they say on stderr is kept. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "launch_internal.h"

enum { SAID_BYTES_MAX = 16384 };

static const char *const fixed_environment[] = {
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "HOME=/nonexistent", NULL,
};

static const int stop_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

static _Noreturn void exec_helper(const struct spawn *spawn, int said, pid_t parent)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	const char *const *environment = spawn->environment ? spawn->environment : fixed_environment;
	int output = spawn->output > 0 ? spawn->output : spawn->is_shown ? 2 : null;
	sigset_t none;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(LAUNCH_STATUS_REFUSED);
	if (null < 0 || dup2(spawn->input > 0 ? spawn->input : null, 0) < 0 || dup2(output, 1) < 0 || dup2(said, 2) < 0)
		_exit(LAUNCH_STATUS_REFUSED);
	if (spawn->is_apart)
		(void)setpgid(0, 0);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGXFSZ, SIG_DFL);
	if (spawn->directory && chdir(spawn->directory) < 0)
		_exit(LAUNCH_STATUS_REFUSED);
	/* execve takes pointers to non-const for reasons of history; it changes nothing. */
	(void)execve(spawn->argv[0], (char *const *)(uintptr_t)spawn->argv, (char *const *)(uintptr_t)environment);
	_exit(LAUNCH_STATUS_NOT_FOUND);
}

void spawn_hold_signals(sigset_t *ret_before)
{
	sigset_t set;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_COUNT(stop_signals); i++)
		(void)sigaddset(&set, stop_signals[i]);
	(void)sigprocmask(SIG_BLOCK, &set, ret_before);
}

/*
 * Waits until ${fd} can be read. A request to stop that the caller has put on hold ends the helper; it stays pending, so that
 * it takes its usual effect once the caller has cleaned up.
 */
static void wait_readable(int fd, int *signals, pid_t pid)
{
	struct pollfd waits[] = {{.fd = fd, .events = POLLIN}, {.fd = *signals, .events = POLLIN}};

	if (poll(waits, ARRAY_COUNT(waits), -1) > 0 && waits[1].revents) {
		(void)kill(pid, SIGTERM);
		descriptors_close(signals);
	}
}

static int open_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_COUNT(stop_signals); i++)
		(void)sigaddset(&set, stop_signals[i]);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* Reads to the end, keeping the last SAID_BYTES_MAX bytes: the reason of a failure comes last. */
static char *read_said(struct arena *arena, int fd, pid_t pid, bool is_deaf)
{
	char *kept = arena_alloc(arena, 2 * SAID_BYTES_MAX + 1);
	CLOSE_FD int signals = is_deaf ? -1 : open_signals();
	size_t length = 0;

	for (;;) {
		ssize_t got;

		wait_readable(fd, &signals, pid);
		got = read(fd, kept + length, SAID_BYTES_MAX);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		length += (size_t)got;
		if (length > SAID_BYTES_MAX) {
			memmove(kept, kept + length - SAID_BYTES_MAX, SAID_BYTES_MAX);
			length = SAID_BYTES_MAX;
		}
	}
	kept[length] = '\0';
	return kept;
}

/* The value of msg="..." with its escaped quotes undone, or NULL: logrus, as skopeo and podman print it. */
static char *logrus_message(struct arena *arena, const char *line)
{
	const char *from = strstr(line, "msg=\"");
	char *message, *to;

	if (!from)
		return NULL;
	message = arena_strdup(arena, from + 5);
	to = message;
	for (const char *c = message; *c && *c != '"'; c++) {
		if (*c == '\\' && c[1])
			c++;
		*to++ = *c;
	}
	*to = '\0';
	return message;
}

/* Where a Go program's dump begins: what it had to say stands before. */
static bool begins_dump(const char *line)
{
	return strncmp(line, "goroutine ", strlen("goroutine ")) == 0 || strncmp(line, "runtime stack:", strlen("runtime stack:")) == 0;
}

const char *spawn_last_line(struct arena *arena, const char *text)
{
	const char *best = "";
	size_t best_length = 0;
	char *line, *message;

	for (const char *start = text; *start;) {
		size_t length = strcspn(start, "\n");

		if (best_length > 0 && begins_dump(start))
			break;
		if (strspn(start, " \t\r") < length) {
			best = start;
			best_length = length;
		}
		start += length + (start[length] == '\n');
	}
	line = arena_strndup(arena, best, best_length);
	message = logrus_message(arena, line);
	return string_printable(arena, message ? message : line, 400);
}

const char *const *spawn_vector(struct arena *arena, const struct string_list *list)
{
	const char **vector = arena_alloc(arena, (list->count + 1) * sizeof(*vector));

	for (size_t i = 0; i < list->count; i++)
		vector[i] = list->items[i];
	return vector;
}

static int wait_for(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFSIGNALED(status) ? LAUNCH_STATUS_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}

/* What is in the file, or the beginning of it. */
static const char *read_answer(struct arena *arena, int fd)
{
	char *answer = arena_alloc(arena, SAID_BYTES_MAX + 1);
	ssize_t got = pread(fd, answer, SAID_BYTES_MAX, 0);

	answer[got > 0 ? got : 0] = '\0';
	return answer;
}

static const char *line_of(struct arena *arena, const struct spawn *spawn, const char *said)
{
	if (spawn->is_first_said)
		return string_printable(arena, arena_strndup(arena, said, strcspn(said, "\n")), 400);
	return spawn_last_line(arena, said);
}

int spawn_run(struct arena *arena, const struct spawn *given, int *ret_status, const char **ret_said, struct error *err)
{
	CLOSE_FD int read_end = -1;
	CLOSE_FD int answer = given->is_answer_said ? memfd_create("hardrun-answer", MFD_CLOEXEC) : -1;
	struct spawn own = *given;
	const struct spawn *spawn = &own;
	pid_t parent = getpid();
	const char *said;
	int ends[2];
	pid_t pid;

	own.output = answer >= 0 ? answer : given->output;
	if ((given->is_answer_said && answer < 0) || pipe2(ends, O_CLOEXEC) < 0)
		return error_set(err, arena, ERROR_SYSTEM, "no pipe for %s: %s", spawn->argv[0], strerror(errno));
	read_end = ends[0];
	pid = fork();
	if (pid == 0)
		exec_helper(spawn, ends[1], parent);
	(void)close(ends[1]);
	if (pid < 0)
		return error_set(err, arena, ERROR_SYSTEM, "%s cannot be started: %s", spawn->argv[0], strerror(errno));
	said = read_said(arena, read_end, pid, spawn->is_deaf);
	*ret_status = wait_for(pid);
	*ret_said = line_of(arena, spawn, answer >= 0 && *ret_status == 0 ? read_answer(arena, answer) : said);
	if (**ret_said == '\0' && *ret_status > LAUNCH_STATUS_SIGNAL)
		*ret_said = arena_printf(arena, "nothing: it was ended by signal %d", *ret_status - LAUNCH_STATUS_SIGNAL);
	return 0;
}
