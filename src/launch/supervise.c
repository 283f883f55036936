/* A running container: its output, its signals, its end. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>

#include "listener.h"
#include "observe.h"
#include "own_network.h"
#include "say.h"
#include "tally.h"

enum { HOLD_POLL_MILLISECONDS = 5, HOLD_ROUNDS_MAX = 400, RELAY_COUNT = 4 };
enum { HANG_UP_SECONDS = 10, STOP_SECONDS = 10, END_POLL_MILLISECONDS = 500 };
enum { LISTENER_SECONDS = 1, LISTENER_POLL_MILLISECONDS = 50 };

struct supervision {
	struct container *container;
	struct relay relays[RELAY_COUNT]; /* in, out, err, what the listener says */
	unsigned hold_rounds;
	bool is_over;                     /* the container has ended: *status is set */
	bool has_executed;                /* its own program has been seen */
	bool is_abandoned;                /* told to stop while only its last output was left */
	time_t over_at;                   /* when it was seen to be over */
	int64_t killed_at;                /* the terminal or its time is gone: when the container is killed; 0: not at all */
	int64_t began_at;                 /* both in milliseconds */
	bool is_asked;                    /* somebody has asked it to stop */
	bool is_out_of_time;              /* we have */
	int ended_by;                     /* the signal in whose place we have killed it; 0: none */
	int status;
};

/* When the runtime's execve fails it is its code that writes to stderr and exits. */
static bool is_runtime_code(const struct container *container)
{
	const enum process_stage stage = process_stage(container->init_pid);

	return stage == PROCESS_FORKED || stage == PROCESS_NEVER;
}

static void note_execution(struct supervision *run)
{
	if (run->has_executed || run->is_over)
		return;
	/* Whatever keeps it from executing: its words are not held for ever. */
	run->has_executed = !is_runtime_code(run->container) || run->hold_rounds++ >= HOLD_ROUNDS_MAX;
	run->relays[2].is_held = !run->has_executed;
}

static void end_input(struct supervision *run)
{
	struct relay *input = &run->relays[0];

	input->start = input->end = 0;
	input->from = -1;
	if (input->closes_to && input->to >= 0)
		(void)close(input->to);
	input->to = -1;
}

static time_t monotonic_seconds(void)
{
	return (time_t)(clock_milliseconds() / 1000);
}

/*
 * The person's terminal is gone, and nobody can reach the container any more. Its own terminal is hung up as well, so that a
 * shell ends as it does elsewhere; what takes no notice is ended a little later.
 */
static void hang_up(struct supervision *run)
{
	if (run->killed_at != 0)
		return;
	run->killed_at = clock_milliseconds() + INT64_C(1000) * HANG_UP_SECONDS;
	end_input(run);
	descriptors_close(&run->container->our_end[0]);
	descriptors_close(&run->relays[1].from);
	run->relays[1].start = run->relays[1].end = 0;
}

static int fold_status(int status)
{
	return WIFSIGNALED(status) ? LAUNCH_STATUS_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}

static void note_status(struct supervision *run, int status)
{
	const bool is_ours = run->ended_by != 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;

	run->container->end_signal = is_ours ? run->ended_by : WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	run->status = is_ours ? LAUNCH_STATUS_SIGNAL + run->ended_by : fold_status(status);
}

/* Everything of ours that has ended. As a subreaper we also get what the container's runtime lost. */
static void reap(struct supervision *run)
{
	struct container *container = run->container;
	siginfo_t info = {0};
	const char *lost = NULL;
	int status;

	while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0) {
		if (info.si_pid == container->init_pid) {
			note_execution(run);
			run->is_over = true;
			run->over_at = monotonic_seconds();
			run->relays[2].is_held = false;
			end_input(run);
			container->has_oom = oom_was_met(container->arena, CGROUP_ROOT, container->cgroup);
			container->usage = usage_of(container);
			container->has_oom = container->has_oom || container->usage.memory_kills > 0;
		}
		if (info.si_pid == container->watch_pid)
			container->watch_pid = 0; /* somebody killed it; the number may soon be another's */
		if (info.si_pid == container->listening.pid)
			container->listening.pid = 0;
		if (waitpid(info.si_pid, &status, 0) == container->init_pid)
			note_status(run, status);
		if (info.si_pid == container->network_pid)
			lost = own_network_lost(container, status);
		info.si_pid = 0;
	}
	/* As with podman the container goes on: it may have work to finish, and whoever looks after it may end it. */
	if (lost && !run->is_over)
		say_line(container->arena, container->launch, container->log, lost);
	/* In a pid namespace of its own nothing outlives the first process; with the host's, its children must be ended by us. */
	if (run->is_over && container->launch->plan->is_host_pid)
		(void)cgroup_discard(CGROUP_ROOT, container->cgroup);
}

static bool is_request_to_stop(int number)
{
	return number == SIGINT || number == SIGTERM || number == SIGHUP || number == SIGQUIT;
}

static void pass_signal(struct supervision *run, int number)
{
	struct container *container = run->container;

	if (number == SIGCHLD || number == SIGTTIN || number == SIGTTOU)
		return;
	if (number == SIGWINCH && container->launch->plan->is_tty) {
		if (container->our_end[0] >= 0)
			terminal_copy_size(0, container->our_end[0]);
		return;
	}
	if (number == SIGHUP && container->launch->plan->is_tty && !container->is_daemon)
		hang_up(run);
	if (run->is_over) {
		run->is_abandoned = run->is_abandoned || is_request_to_stop(number);
		return;
	}
	run->is_asked = run->is_asked || is_request_to_stop(number);
	/*
	 * The first process of a pid namespace is not ended by a signal that it does nothing about, as everything else is: whoever
	 * asks it to stop would wait for ever. With a terminal, keys are read inside. Source: pid_namespaces(7).
	 */
	if (is_request_to_stop(number) && !container->launch->plan->is_tty && process_is_deaf_to(container->init_pid, number)) {
		run->ended_by = number;
		(void)kill(container->init_pid, SIGKILL);
		return;
	}
	/* Unreaped, so the pid is still the container's. With --sig-proxy=false nobody would be left to look after it: it ends. */
	if (container->launch->plan->is_sig_proxy || container->is_daemon)
		(void)kill(container->init_pid, number);
	else if (is_request_to_stop(number))
		(void)kill(container->init_pid, SIGKILL);
}

static void take_signals(struct supervision *run)
{
	struct signalfd_siginfo info;

	while (read(run->container->signal_fd, &info, sizeof(info)) == sizeof(info))
		pass_signal(run, (int)info.ssi_signo);
	reap(run);
}

static int output_of(const struct container *container, int fd)
{
	return streams_is_attached(container, fd) ? fd : -1;
}

static void set_relays(struct supervision *run)
{
	struct container *container = run->container;
	struct arena *arena = container->arena;
	bool is_input = streams_is_attached(container, 0);

	relay_init(&run->relays[0], arena, is_input ? 0 : -1, container->our_end[0]);
	run->relays[0].closes_to = is_input;
	relay_init(&run->relays[1], arena, container->our_end[1], output_of(container, 1));
	relay_init(&run->relays[2], arena, container->our_end[2], output_of(container, 2));
	relay_init(&run->relays[3], arena, container->listening.report, container->log ? -1 : STDERR_FILENO);
	run->relays[1].log = run->relays[2].log = run->relays[3].log = container->log;
	if (container->launch->plan->observation != PLAN_OBSERVE_NOTHING)
		run->relays[1].tally = tally_begin(arena);
	/* The relays own these from here on; an input that nobody feeds stays open with us. */
	container->our_end[1] = container->our_end[2] = container->listening.report = -1;
	if (!is_input)
		run->relays[0].to = -1;
	else if (!container->launch->plan->is_tty)
		container->our_end[0] = -1;
	else
		run->relays[0].closes_to = false;
}

static bool is_finished(const struct supervision *run)
{
	const struct relay *out = &run->relays[1], *err = &run->relays[2], *listener = &run->relays[3];

	return run->is_over && (run->is_abandoned || (relay_is_done(out) && relay_is_done(err) && relay_is_done(listener)));
}

/*
 * It ends when nobody is under the filter any more; what keeps it from that, on old kernels that do not say so, keeps nobody
 * waiting. True: it still has a moment.
 */
static bool end_listener(const struct supervision *run)
{
	if (!run->is_over || run->container->listening.pid <= 0)
		return false;
	if (monotonic_seconds() > run->over_at + LISTENER_SECONDS)
		(void)kill(run->container->listening.pid, SIGKILL);
	return true;
}

/* As an engine ends one: it is asked to stop, and killed when it has not a little later. */
static void keep_to_time(struct supervision *run)
{
	const struct plan *plan = run->container->launch->plan;
	const int64_t limit = run->container->launch->seconds_max;
	const int number = plan->stop_signal ? process_signal(plan->stop_signal) : SIGTERM;

	if (run->is_over)
		return;
	if (limit > 0 && !run->is_out_of_time && clock_milliseconds() - run->began_at >= limit * 1000) {
		run->is_out_of_time = true;
		run->killed_at = clock_milliseconds() + 1000 * (plan->stop_timeout >= 0 ? plan->stop_timeout : STOP_SECONDS);
		(void)kill(run->container->init_pid, number);
	}
	if (run->killed_at != 0 && clock_milliseconds() >= run->killed_at)
		(void)kill(run->container->init_pid, SIGKILL);
}

static void wait_and_move(struct supervision *run)
{
	struct pollfd waits[RELAY_COUNT + 2];
	int timeout = -1;

	note_execution(run);
	if (run->relays[2].is_held)
		timeout = HOLD_POLL_MILLISECONDS;
	else if (run->killed_at != 0 || run->container->launch->seconds_max > 0)
		timeout = END_POLL_MILLISECONDS;
	keep_to_time(run);
	if (end_listener(run))
		timeout = LISTENER_POLL_MILLISECONDS;
	for (size_t i = 0; i < RELAY_COUNT; i++)
		waits[i] = relay_interest(&run->relays[i]);
	waits[RELAY_COUNT] = (struct pollfd){.fd = run->container->signal_fd, .events = POLLIN};
	waits[RELAY_COUNT + 1] = notify_interest(&run->container->notify);
	if (poll(waits, ARRAY_COUNT(waits), timeout) <= 0)
		return;
	if (waits[RELAY_COUNT + 1].revents)
		notify_step(&run->container->notify);
	if (waits[RELAY_COUNT].revents)
		take_signals(run);
	for (size_t i = 0; i < RELAY_COUNT; i++)
		relay_step(&run->relays[i], waits[i].revents);
}

/* True when the last words on stderr are those of a failed execve; they are taken out of the stream. */
static bool was_never_executed(struct supervision *run, struct error *err)
{
	struct container *container = run->container;
	const struct plan *plan = container->launch->plan;
	struct diagnosis diagnosis;
	const char *said;

	if (run->has_executed || !run->is_over || run->relays[2].from < 0)
		return false;
	said = starting_read_pipe(container->arena, run->relays[2].from);
	diagnosis = diagnose_failure(container->arena, container->runtime, plan->argv.count ? plan->argv.items[0] : "", "", said);
	if (diagnosis.status == LAUNCH_STATUS_REFUSED) {
		/* Not that: give the words back to whom they belong. */
		run->relays[2].end = strlen(said) < RELAY_BUFFER_BYTES ? strlen(said) : RELAY_BUFFER_BYTES;
		memcpy(run->relays[2].buffer, said, run->relays[2].end);
		return false;
	}
	container->failure_status = diagnosis.status;
	(void)error_set(err, container->arena, ERROR_SYSTEM, "%s", diagnosis.message);
	return true;
}

static void run_to_end(struct supervision *run, struct error *err, bool *ret_never)
{
	*ret_never = false;
	reap(run);
	while (!is_finished(run)) {
		if (run->is_over && !*ret_never && !run->has_executed) {
			*ret_never = was_never_executed(run, err);
			run->has_executed = true;
		}
		wait_and_move(run);
	}
}

static void tell_report(const struct supervision *run)
{
	struct watch_report *report = run->container->launch->report;

	if (!report)
		return;
	report->milliseconds = clock_milliseconds() - run->began_at;
	report->is_asked_to_stop = run->is_asked;
	report->is_out_of_time = run->is_out_of_time;
	if (run->relays[1].tally)
		report->output = tally_end(run->container->arena, run->relays[1].tally);
}

int supervise(struct container *container, const sigset_t *pending, int *ret_status, struct error *err)
{
	struct supervision run = {.container = container, .began_at = clock_milliseconds()};
	struct terminal *terminal = NULL;
	bool has_never_executed;

	set_relays(&run);
	if (container->launch->plan->is_tty && streams_is_attached(container, 0))
		terminal = terminal_make_raw(container->arena, 0);
	for (int number = 1; number < NSIG; number++)
		if (sigismember(pending, number) == 1)
			pass_signal(&run, number);
	run_to_end(&run, err, &has_never_executed);
	terminal_restore(terminal);
	tell_report(&run);
	notify_step(&container->notify); /* its last words */
	for (size_t i = 0; i < RELAY_COUNT; i++)
		if (run.relays[i].from > 2)
			(void)close(run.relays[i].from);
	if (has_never_executed)
		return -(int)err->kind;
	listener_stop(&container->listening);
	listener_sum_up(&container->listening, container->log, run.status);
	*ret_status = run.status;
	return 0;
}
