/* From the fork of the runtime to a running container. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>

#include "own_network.h"

enum { LOG_BYTES_MAX = 65536, PID_BYTES_MAX = 16, ADOPTION_ROUNDS_MAX = 10000, ADOPTION_PAUSE_NANOSECONDS = 200000 };

/* How long a runtime may take, and how long once somebody has asked to stop: an image can make it wait for ever. */
enum { START_MILLISECONDS_MAX = 60000, STOP_MILLISECONDS_MAX = 3000 };

char *starting_read_pipe(struct arena *arena, int fd)
{
	char *text = arena_alloc(arena, LOG_BYTES_MAX + 1);
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	size_t length = 0;

	while (fd >= 0 && length < LOG_BYTES_MAX && poll(&ready, 1, 0) == 1) {
		ssize_t got = read(fd, text + length, LOG_BYTES_MAX - length);

		if (got <= 0)
			break;
		length += (size_t)got;
	}
	return text;
}

static bool is_request_to_stop(int number)
{
	return number == SIGINT || number == SIGTERM || number == SIGHUP || number == SIGQUIT;
}

/*
 * Keeps signals for the container that is about to exist. A second request to stop means that the person does not want to wait
 * for it.
 */
static void take_signals(struct container *container, sigset_t *pending)
{
	struct signalfd_siginfo info;

	while (read(container->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		int number = (int)info.ssi_signo;

		if (number == SIGCHLD || number == SIGWINCH)
			continue;
		if (is_request_to_stop(number) && sigismember(pending, number))
			(void)kill(container->runtime_pid, SIGKILL);
		(void)sigaddset(pending, number);
	}
}

static void take_terminal(struct container *container)
{
	int master = terminal_accept(container->listen_fd);

	if (master < 0)
		return;
	terminal_copy_size(0, master);
	container->our_end[0] = master;
	container->our_end[1] = fcntl(master, F_DUPFD_CLOEXEC, 3);
	descriptors_close(&container->listen_fd);
}

static bool is_asked_to_stop(const sigset_t *pending)
{
	for (int number = 1; number < NSIG; number++)
		if (is_request_to_stop(number) && sigismember(pending, number) == 1)
			return true;
	return false;
}

/* Ends a runtime that takes too long; ${asked} is when it was asked to, or 0. Returns for how long to wait. */
static int enforce_deadline(const struct container *container, int64_t started, int64_t asked)
{
	int64_t deadline = started + START_MILLISECONDS_MAX;
	int64_t now = clock_milliseconds();

	if (asked && asked + STOP_MILLISECONDS_MAX < deadline)
		deadline = asked + STOP_MILLISECONDS_MAX;
	if (now < deadline)
		return (int)(deadline - now);
	(void)kill(container->runtime_pid, SIGKILL);
	return -1;
}

/* The runtime's wait status, once it is there. */
static int wait_for_runtime(struct container *container, sigset_t *pending)
{
	int64_t started = clock_milliseconds(), asked = 0;
	int status = 0;

	while (waitpid(container->runtime_pid, &status, WNOHANG) == 0) {
		struct pollfd waits[] = {
			{.fd = container->signal_fd, .events = POLLIN}, {.fd = container->listen_fd, .events = POLLIN},
		};

		(void)poll(waits, ARRAY_COUNT(waits), enforce_deadline(container, started, asked));
		if (waits[1].revents)
			take_terminal(container);
		take_signals(container, pending);
		if (!asked && is_asked_to_stop(pending))
			asked = clock_milliseconds();
	}
	if (container->listen_fd >= 0)
		take_terminal(container);
	return status;
}

static pid_t read_pid(const struct container *container)
{
	const char *text = descriptors_read_file(container->arena, container->dir_fd, "pid", PID_BYTES_MAX);
	uint64_t pid;

	return text && parse_decimal(text, &pid) && pid > 1 && pid <= INT32_MAX ? (pid_t)pid : 0;
}

static int fail(struct container *container, const sigset_t *pending, int status, struct error *err)
{
	struct arena *arena = container->arena;
	const struct plan *plan = container->launch->plan;
	const char *report = starting_read_pipe(arena, container->report[0]);
	const char *log = descriptors_read_file(arena, container->dir_fd, "runtime.log", LOG_BYTES_MAX);
	const char *said = starting_read_pipe(arena, container->our_end[2]);
	struct diagnosis diagnosis;

	if (*report)
		return error_set(err, arena, ERROR_SYSTEM, "%s", string_printable(arena, report, 400));
	if (WIFSIGNALED(status) && is_asked_to_stop(pending))
		return error_set(err, arena, ERROR_SYSTEM, "stopped before %s had started the container", container->runtime);
	if (WIFSIGNALED(status) && (!log || !*log))
		return error_set(err, arena, ERROR_SYSTEM, "%s was ended by signal %d before it had started the container",
				 container->runtime, WTERMSIG(status));
	diagnosis = diagnose_failure(arena, container->runtime, plan->argv.count ? plan->argv.items[0] : "", log ? log : "", said);
	container->failure_status = diagnosis.status;
	return error_set(err, arena, ERROR_SYSTEM, "%s", diagnosis.message);
}

/*
 * The runtime has gone, so its child is ours: a pid that is not cannot be the container. crun has a helper between, which may
 * take a moment longer to go.
 */
static bool has_become_ours(pid_t pid)
{
	const struct timespec pause = {.tv_nsec = ADOPTION_PAUSE_NANOSECONDS};
	siginfo_t info;

	for (unsigned round = 0; round < ADOPTION_ROUNDS_MAX; round++) {
		if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
			return true;
		if (errno != ECHILD || kill(pid, 0) < 0)
			return false;
		(void)nanosleep(&pause, NULL);
	}
	return false;
}

int starting_wait(struct container *container, sigset_t *ret_pending, struct error *err)
{
	int status;

	(void)sigemptyset(ret_pending);
	status = wait_for_runtime(container, ret_pending);
	if (status != 0)
		return fail(container, ret_pending, status, err);
	container->init_pid = read_pid(container);
	if (!container->init_pid || !has_become_ours(container->init_pid))
		return error_set(err, container->arena, ERROR_SYSTEM, "%s did not say which process the container is", container->runtime);
	return 0;
}

int starting_release(struct container *container, struct error *err)
{
	struct string_list words;
	struct spawn spawn = {.directory = container->dir, .is_apart = true, .is_deaf = true};
	const char *said;
	int status, result;

	if (!own_network_is_wanted(container->launch))
		return 0;
	words = namespace_runtime_words(container);
	string_list_add(container->arena, &words, "start");
	string_list_add(container->arena, &words, container->id);
	spawn.argv = spawn_vector(container->arena, &words);
	spawn.environment = spawn_vector(container->arena, &container->launch->environment);
	result = spawn_run(container->arena, &spawn, &status, &said, err);
	if (result < 0 || status == 0)
		return result;
	return error_set(err, container->arena, ERROR_SYSTEM, "%s has made the container and cannot start it (it said: %s)",
			 container->runtime, said);
}
