/*
 * The watchdog: a process of its own that outlives a `kill -9` of hardrun. It holds one end of a socket whose only other end is
 * hardrun's; end of file without the farewell byte means that hardrun is gone and the container must go too. It is there before
 * anything of the container is, and is handed the descriptors of what is made: one on its way is as good as held.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "rootless.h"

/* What the watchdog is told. */
#define WORD_DIRECTORY "d" /* with its descriptor, and so with its lock */
#define WORD_CIDFILE "i"   /* with that of its directory and its own */
#define WORD_STARTED "s"
#define WORD_FAREWELL "b"

enum { SETTLE_ROUNDS = 20, SETTLE_MICROSECONDS = 10000, HANDED_MAX = 2 };

union control { struct cmsghdr header; char space[CMSG_SPACE(HANDED_MAX * sizeof(int))]; };

static void ignore_signals(void)
{
	sigset_t all;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
}

/* Closes all but those that are needed, so that no pipe or terminal of the caller is held open by us. */
static void keep_descriptors(const struct container *container, int socket)
{
	int keep[] = {socket, container->base_fd, container->list_fd, -1, -1};

	account_descriptors(container->launch->account, keep + ARRAY_COUNT(keep) - ACCOUNT_DESCRIPTORS);
	(void)descriptors_silence();
	descriptors_keep(keep, ARRAY_COUNT(keep));
}

/*
 * Killed before its directory was handed over: nothing runs yet. One that stands at its name without a lock is its own, or was
 * left by a dead one.
 */
static void discard_unclaimed(const struct container *container)
{
	CLOSE_FD int lock = openat(container->base_fd, "containers.lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	/* No signal reaches a watchdog, and nobody waits for it. */
	if (lock >= 0 && flock(lock, LOCK_EX) == 0)
		(void)sweep_one(container->arena, container->base_fd, container->list_fd, container->id);
}

/*
 * The runtime dies with hardrun (PDEATHSIG), but what it had begun may still join the cgroup for a moment: look more than
 * once.
 */
static void discard_dead(struct container *container)
{
	const struct launch_end end = {.reason = LAUNCH_UNKNOWN, .status = -1, .container_id = container->id};

	if (container->dir_fd < 0)
		discard_unclaimed(container);
	for (unsigned round = 0; container->dir_fd >= 0 && round < SETTLE_ROUNDS; round++) {
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

void launch_expect_runtime(void)
{
	if (fork() != 0)
		return;
	/* Nobody's end of a pipe may stay open for as long as this takes. */
	(void)descriptors_silence();
	descriptors_keep(NULL, 0);
	wait_for_cgroups_early();
	_exit(0);
}

/* The descriptors that came with a word are ours from now on. */
static void take(struct container *container, char word, const int *fds, size_t count)
{
	if (word == *WORD_DIRECTORY && count == 1)
		container->dir_fd = fds[0];
	if (word == *WORD_CIDFILE && count == 2)
		container->cidfile = (struct cidfile){.facts = container->launch->facts, .directory = fds[0], .fd = fds[1],
						      .name = strrchr(container->launch->plan->cidfile, '/') + 1};
	if (word == *WORD_STARTED)
		bundle_keep_cidfile(container);
}

/* One word; 0 at the end. */
static char hear(struct container *container, int socket)
{
	char word = 0;
	union control control;
	struct iovec part = {&word, 1};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	const struct cmsghdr *header;
	int fds[HANDED_MAX];
	size_t count = 0;
	ssize_t got;

	do
		got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got != 1)
		return 0;
	header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
		count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	if (count > HANDED_MAX)
		count = 0;
	if (count > 0)
		memcpy(fds, CMSG_DATA(header), count * sizeof(int));
	take(container, word, fds, count);
	return word;
}

/* True when hardrun has said farewell, false when it has gone without. */
static bool wait_for_farewell(struct container *container, int socket)
{
	char word;

	do
		word = hear(container, socket);
	while (word != 0 && word != *WORD_FAREWELL);
	return word == *WORD_FAREWELL;
}

static _Noreturn void watch(struct container *container, int socket)
{
	(void)setsid();
	ignore_signals();
	(void)prctl(PR_SET_NAME, "hardrun-watch");
	if (chdir("/") < 0)
		_exit(0);
	keep_descriptors(container, socket);
	wait_for_cgroups_early();
	if (!wait_for_farewell(container, socket))
		discard_dead(container);
	_exit(0);
}

int watch_start(struct container *container, struct error *err)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return error_set(err, container->arena, ERROR_SYSTEM, "no socket for the watchdog: %s", strerror(errno));
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

static bool hand_over(const struct container *container, const char *word, const int *fds, size_t count)
{
	union control control = {0};
	struct iovec part = {(char *)(uintptr_t)word, 1};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control};

	control.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(count * sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
	memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
	message.msg_controllen = CMSG_SPACE(count * sizeof(int));
	return sendmsg(container->watch_fd, &message, MSG_NOSIGNAL) == 1;
}

static int fail_handing(const struct container *container, struct error *err)
{
	int saved = errno;

	return error_set(err, container->arena, ERROR_SYSTEM, "the watchdog cannot be told of %s: %s", container->dir, strerror(saved));
}

int watch_hand_directory(const struct container *container, struct error *err)
{
	return hand_over(container, WORD_DIRECTORY, &container->dir_fd, 1) ? 0 : fail_handing(container, err);
}

int watch_hand_cidfile(const struct container *container, struct error *err)
{
	const int fds[] = {container->cidfile.directory, container->cidfile.fd};

	return hand_over(container, WORD_CIDFILE, fds, 2) ? 0 : fail_handing(container, err);
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
