/*
 * The watchdog: a process of its own that outlives a `kill -9` of hardrun. It holds the reading end of a pipe whose only
 * writing end is hardrun's; end of file without the farewell byte means that hardrun is gone and the container must go too.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "rootless.h"

/* What the watchdog is told. */
#define WORD_STARTED "s"
#define WORD_FAREWELL "b"

enum { SETTLE_ROUNDS = 20, SETTLE_MICROSECONDS = 10000 };

static void ignore_signals(void)
{
	sigset_t all;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
}

/* Closes all but those that are needed, so that no pipe or terminal of the caller is held open by us. */
static void keep_descriptors(const struct container *container, int pipe_end)
{
	int keep[] = {pipe_end, container->base_fd, container->list_fd, container->dir_fd, container->cidfile.directory,
		      container->cidfile.fd, -1, -1};

	account_descriptors(container->launch->account, keep + ARRAY_COUNT(keep) - ACCOUNT_DESCRIPTORS);
	(void)descriptors_silence();
	descriptors_keep(keep, ARRAY_COUNT(keep));
}

/*
 * The runtime dies with hardrun (PDEATHSIG), but what it had begun may still join the cgroup for a moment: look more than
 * once.
 */
static void discard_dead(struct container *container)
{
	const struct launch_end end = {.reason = LAUNCH_UNKNOWN, .status = -1, .container_id = container->id};

	for (unsigned round = 0; round < SETTLE_ROUNDS; round++) {
		limits_discard(container);
		(void)usleep(SETTLE_MICROSECONDS);
	}
	container->watch_fd = -1;
	bundle_discard(container);
	launch_close_account(container->launch->account, &end);
}

/*
 * Moving a process between cgroups waits for every processor to pass through a quiet moment, 8 to 20 ms, unless somebody has
 * waited just before (kernel/rcu/sync.c). The runtime will have to; so it is waited here, while the runtime is still starting
 * up. Joining the cgroup that one is in changes nothing.
 */
static void wait_for_cgroups_early(void)
{
	CLOSE_FD int list = -1;
	char line[1024], path[1200];
	char *controller, *place;

	if (!descriptors_read_small(AT_FDCWD, "/proc/self/cgroup", line, sizeof(line)))
		return;
	line[strcspn(line, "\n")] = '\0';
	/* "9:pids:/x", "1:name=systemd:/x" or "0::/x" */
	controller = strchr(line, ':');
	place = controller ? strchr(controller + 1, ':') : NULL;
	if (!place)
		return;
	*place = '\0';
	controller += strncmp(controller, ":name=", 6) == 0 ? 6 : 1;
	(void)snprintf(path, sizeof(path), "%s/%s%s/cgroup.procs", CGROUP_ROOT, controller, place + 1);
	list = open(path, O_WRONLY | O_CLOEXEC);
	if (list >= 0)
		(void)descriptors_write(list, "0", 1);
}

/* True when hardrun has said farewell, false when it has gone without. */
static bool wait_for_farewell(struct container *container, int pipe_end)
{
	for (;;) {
		char byte = 0;
		ssize_t got = read(pipe_end, &byte, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got != 1 || byte != *WORD_STARTED)
			return got == 1;
		bundle_keep_cidfile(container);
	}
}

static _Noreturn void watch(struct container *container, int pipe_end)
{
	(void)setsid();
	ignore_signals();
	(void)prctl(PR_SET_NAME, "hardrun-watch");
	if (chdir("/") < 0)
		_exit(0);
	keep_descriptors(container, pipe_end);
	wait_for_cgroups_early();
	if (!wait_for_farewell(container, pipe_end))
		discard_dead(container);
	_exit(0);
}

int watch_start(struct container *container, struct error *err)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set(err, container->arena, ERROR_SYSTEM, "no pipe for the watchdog: %s", strerror(errno));
	pid = fork();
	if (pid == 0) {
		(void)close(ends[1]);
		watch(container, ends[0]);
	}
	(void)close(ends[0]);
	if (pid < 0) {
		(void)close(ends[1]);
		return error_set(err, container->arena, ERROR_SYSTEM, "the watchdog cannot be started: %s", strerror(errno));
	}
	container->watch_fd = ends[1];
	container->watch_pid = pid;
	return 0;
}

void watch_note_started(struct container *container)
{
	if (container->watch_fd >= 0)
		(void)descriptors_write(container->watch_fd, WORD_STARTED, 1);
}

void watch_end(struct container *container)
{
	if (container->watch_fd >= 0)
		(void)descriptors_write(container->watch_fd, WORD_FAREWELL, 1);
	descriptors_close(&container->watch_fd);
	while (container->watch_pid > 0 && waitpid(container->watch_pid, NULL, 0) < 0 && errno == EINTR)
		;
	container->watch_pid = 0;
}
