/* aside: something done in a process of its own, while requests to stop wait for us. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "launch_internal.h"

static const int held[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

void launch_hold(sigset_t *ret_before)
{
	spawn_hold_signals(ret_before);
}

bool launch_is_asked_to_stop(void)
{
	sigset_t pending;

	(void)sigemptyset(&pending);
	(void)sigpending(&pending);
	for (size_t i = 0; i < ARRAY_COUNT(held); i++)
		if (sigismember(&pending, held[i]) == 1)
			return true;
	return false;
}

int launch_take_stop(void)
{
	const struct timespec at_once = {.tv_sec = 0};
	int taken = 0, number;
	sigset_t set;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_COUNT(held); i++)
		(void)sigaddset(&set, held[i]);
	while ((number = sigtimedwait(&set, NULL, &at_once)) > 0 || (number < 0 && errno == EINTR))
		if (number > 0 && taken == 0)
			taken = number;
	return taken;
}

void launch_release(const sigset_t *before)
{
	(void)sigprocmask(SIG_SETMASK, before, NULL);
}

static _Noreturn void run_aside(const struct launch_aside *aside)
{
	int null = aside->is_silent ? open("/dev/null", O_WRONLY | O_CLOEXEC) : -1;
	sigset_t none;
	int status;

	if (aside->is_silent && (null < 0 || dup2(null, 1) < 0))
		_exit(LAUNCH_STATUS_REFUSED);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	status = aside->run(aside->context);
	(void)fflush(NULL);
	_exit(status);
}

int launch_aside(struct arena *arena, const struct launch_aside *aside, int *ret_status, struct error *err)
{
	int status = 0;
	pid_t pid;

	(void)fflush(NULL);
	pid = fork();
	if (pid == 0)
		run_aside(aside);
	if (pid < 0)
		return error_set(err, arena, ERROR_SYSTEM, "no process can be made: %s", strerror(errno));
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	*ret_status = WIFSIGNALED(status) ? LAUNCH_STATUS_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
	return 0;
}
