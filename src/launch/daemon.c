/*
 * -d without a daemon: a supervisor of its own in the background; the front waits until the container runs, or hears why
 * not.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "launch_internal.h"

/* What comes through the pipe: 's', or the status as one byte with the sentence and, after a NUL, the remedy. */
enum { ANSWER_BYTES_MAX = 4096 };

static void report_failure(int fd, int status, const struct error *err)
{
	char byte = (char)status;

	(void)descriptors_write(fd, &byte, 1);
	(void)descriptors_write(fd, err->message, strlen(err->message) + 1);
	if (err->remedy)
		(void)descriptors_write(fd, err->remedy, strlen(err->remedy) + 1);
}

/* Keeps the pipe ${answer} and what was judged, and nothing else of the caller's: whoever reads from us must see the end. */
static bool leave_terminal(const struct container *container, int answer)
{
	int *keep;
	size_t count = sources_kept(container->arena, container->launch, answer, &keep);

	if (!descriptors_silence())
		return false;
	descriptors_keep(keep, count);
	(void)prctl(PR_SET_NAME, "hardrun-run");
	return chdir("/") == 0;
}

int daemon_open_log(struct container *container, struct error *err)
{
	const struct launch *launch = container->launch;

	if (!container->log)
		return 0;
	return log_open(container->arena, arena_printf(container->arena, "%s/logs", launch->facts->state_dir), container->id,
			log_limit(launch->plan), launch->facts->is_root ? launch->facts->caller_uid : (uid_t)-1, container->log, err);
}

static _Noreturn void be_supervisor(struct container *container, int answer)
{
	struct error err = {0};
	struct log log = {.directory = -1, .fd = -1};
	int status = LAUNCH_STATUS_REFUSED;
	int result;

	container->is_daemon = true;
	container->log = &log;
	result = leave_terminal(container, answer) ? 0 : error_set(&err, container->arena, ERROR_SYSTEM,
								   "no descriptors for the supervisor");
	if (result == 0)
		result = oci_run_container(container, answer, &status, &err);
	if (result < 0)
		report_failure(answer, status, &err);
	else if (container->launch->ended)
		container->launch->ended(container->launch->ended_context, status);
	_exit(status);
}

static _Noreturn void detach(struct container *container, int answer)
{
	pid_t pid;

	(void)setsid();
	pid = fork();
	if (pid == 0)
		be_supervisor(container, answer);
	_exit(pid < 0 ? LAUNCH_STATUS_REFUSED : 0);
}

/* Reads to the end of file or a 's': a container that runs keeps no pipe to us. */
static size_t read_answer(int fd, char *answer)
{
	size_t length = 0;

	while (length < ANSWER_BYTES_MAX) {
		ssize_t got = read(fd, answer + length, ANSWER_BYTES_MAX - length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		length += (size_t)got;
		if (answer[0] == 's')
			break;
	}
	answer[length] = '\0';
	return length;
}

static int understand(struct container *container, int fd, int *ret_status, struct error *err)
{
	char *answer = arena_alloc(container->arena, ANSWER_BYTES_MAX + 2);
	size_t length = read_answer(fd, answer);
	size_t first;

	if (length > 0 && answer[0] == 's') {
		*ret_status = 0;
		return 0;
	}
	if (length < 2)
		return error_set(err, container->arena, ERROR_SYSTEM, "the container's supervisor ended before it had started");
	*ret_status = (unsigned char)answer[0];
	(void)error_set(err, container->arena, ERROR_SYSTEM, "%s", answer + 1);
	first = strlen(answer + 1) + 2;
	if (first < length)
		err->remedy = answer + first;
	return -(int)err->kind;
}

int daemon_run(struct container *container, int *ret_status, struct error *err)
{
	int ends[2];
	pid_t pid;
	int result;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set(err, container->arena, ERROR_SYSTEM, "no pipe for the supervisor: %s", strerror(errno));
	pid = fork();
	if (pid == 0) {
		(void)close(ends[0]);
		detach(container, ends[1]);
	}
	(void)close(ends[1]);
	if (pid > 0)
		(void)waitpid(pid, NULL, 0);
	result = pid > 0 ? understand(container, ends[0], ret_status, err) :
			   error_set(err, container->arena, ERROR_SYSTEM, "the supervisor cannot be started: %s", strerror(errno));
	(void)close(ends[0]);
	return result;
}
