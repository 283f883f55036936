/*
 * round: a run of hardrun's, one of several on behalf of one line. Keys of the terminal reach the run by themselves, as whoever
 * presses them means the program; a request to stop that is sent to us alone is passed on, and is meant for all of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <linux/openat2.h>
#include <dirent.h>
#include <sys/syscall.h>

#include "launch_internal.h"

static const int stops[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

static void hold(sigset_t *ret_set, sigset_t *ret_before)
{
	(void)sigemptyset(ret_set);
	for (size_t i = 0; i < ARRAY_COUNT(stops); i++)
		(void)sigaddset(ret_set, stops[i]);
	(void)sigaddset(ret_set, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, ret_set, ret_before);
}

/* The container's watchdog takes care of what is left when the run dies with us. */
static _Noreturn void run_attended(const struct launch_aside *aside, pid_t parent, const sigset_t *before)
{
	int status;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(LAUNCH_STATUS_REFUSED);
	(void)sigprocmask(SIG_SETMASK, before, NULL);
	status = aside->run(aside->context);
	(void)fflush(NULL);
	_exit(status);
}

/* Waits; what was sent by somebody, and not by a key, is passed on. */
static int attend(pid_t pid, const sigset_t *set, bool *is_stopped)
{
	int status = 0;

	for (;;) {
		siginfo_t info = {0};
		const int number = sigwaitinfo(set, &info);

		if (waitpid(pid, &status, WNOHANG) == pid)
			break;
		if (number <= 0 || number == SIGCHLD || info.si_code == SI_KERNEL)
			continue;
		*is_stopped = true;
		(void)kill(pid, number);
	}
	return WIFSIGNALED(status) ? LAUNCH_STATUS_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}

int launch_attended(struct arena *arena, const struct launch_aside *aside, int *ret_status, bool *ret_is_stopped,
		    struct error *err)
{
	static const struct timespec at_once = {0};
	const pid_t parent = getpid();
	sigset_t set, before;
	pid_t pid;

	(void)fflush(NULL);
	*ret_is_stopped = false;
	hold(&set, &before);
	pid = fork();
	if (pid == 0)
		run_attended(aside, parent, &before);
	if (pid > 0)
		*ret_status = attend(pid, &set, ret_is_stopped);
	/* The key that ended the program has had its effect. */
	while (sigtimedwait(&set, NULL, &at_once) > 0)
		;
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return pid > 0 ? 0 : error_set(err, arena, ERROR_SYSTEM, "no process can be made: %s", strerror(errno));
}

bool launch_is_filled(const char *tree, const char *directory)
{
	const struct open_how how = {.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
	CLOSE_FD int root = tree != NULL ? open(tree, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	int fd = root >= 0 ? (int)syscall(SYS_openat2, root, directory, &how, sizeof(how)) : -1;
	DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
	bool is_filled = false;

	if (stream == NULL) {
		descriptors_close(&fd);
		return false;
	}
	for (struct dirent *entry = readdir(stream); entry != NULL && !is_filled; entry = readdir(stream))
		is_filled = strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	(void)closedir(stream);
	return is_filled;
}
