/* runc and crun: hardrun is what docker's daemon and shim are elsewhere, for one container and for as long as that lives. */
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "attend.h"
#include "label.h"
#include "listener.h"
#include "observe.h"
#include "own_network.h"
#include "own_space.h"
#include "rootless.h"

enum { STACK_BYTES = 8 << 20 }; /* what the kernel gives its first process */

/*
 * From here on signals are read from a descriptor; they stay blocked to the end, so that none interrupts the cleaning up.
 * Faults of our own are not blocked.
 */
static int take_over_signals(struct container *container, struct error *err)
{
	static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT, SIGPIPE, SIGURG};
	sigset_t set;

	(void)sigfillset(&set);
	for (size_t i = 0; i < ARRAY_COUNT(faults); i++)
		(void)sigdelset(&set, faults[i]);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigprocmask(SIG_BLOCK, &set, &container->caller_mask);
	container->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	/* The container's process is the runtime's child; when the runtime has gone it must become ours. */
	if (container->signal_fd >= 0 && prctl(PR_SET_CHILD_SUBREAPER, 1) == 0)
		return 0;
	return error_set(err, container->arena, ERROR_SYSTEM, "signals cannot be taken over: %s", strerror(errno));
}

/*
 * The caller's soft limits are for what runs in the caller's name; a container has those of its plan. As a file that cannot
 * grow would end us with a signal, that signal is ignored until the runtime starts.
 */
static void lift_limits(void)
{
	static const int resources[] = {RLIMIT_FSIZE, RLIMIT_AS, RLIMIT_DATA, RLIMIT_CPU, RLIMIT_NPROC, RLIMIT_STACK};

	for (size_t i = 0; i < ARRAY_COUNT(resources); i++) {
		struct rlimit limit;

		if (getrlimit(resources[i], &limit) < 0)
			continue;
		limit.rlim_cur = limit.rlim_max;
		/* An unlimited stack would change where the kernel puts everything else. */
		if (resources[i] == RLIMIT_STACK && limit.rlim_cur > STACK_BYTES)
			limit.rlim_cur = STACK_BYTES;
		(void)setrlimit(resources[i], &limit);
	}
	(void)signal(SIGXFSZ, SIG_IGN);
}

static int start_runtime(struct container *container, struct error *err)
{
	if (own_space_make(container, err) < 0)
		return -(int)err->kind;
	container->supervisor_pid = getpid();
	container->runtime_pid = fork();
	if (container->runtime_pid == 0)
		namespace_exec_runtime(container);
	streams_close_container_ends(container);
	if (container->runtime_pid > 0)
		return 0;
	return error_set(err, container->arena, ERROR_SYSTEM, "%s cannot be started: %s", container->runtime, strerror(errno));
}

/* What the record says of it. A container that ran out of memory is one whose first process was killed, as docker has it. */
static struct launch_end end_of(const struct container *container, bool has_run, int status)
{
	struct launch_end end = {.reason = LAUNCH_EXITED, .status = status, .signal = container->end_signal,
				 .has_oom = container->has_oom, .container_id = container->id};

	if (!has_run)
		end.reason = LAUNCH_NOT_STARTED;
	else if (container->has_oom && status == LAUNCH_STATUS_SIGNAL + SIGKILL)
		end.reason = LAUNCH_OOM;
	else if (container->end_signal)
		end.reason = LAUNCH_SIGNALED;
	return end;
}

/* Before anybody is told that it runs. */
static int check_label(struct container *container, struct error *err)
{
	int result = label_check_process(container->arena, container->launch, container->init_pid, err);

	label_release_profile(container->launch);
	if (result < 0)
		(void)kill(container->init_pid, SIGKILL);
	return result;
}

/* What has been made only gets its network, and begins. */
static int begin(struct container *container, struct error *err)
{
	int result = own_network_start(container, err);

	if (result == 0)
		result = starting_release(container, err);
	if (result < 0)
		(void)kill(container->init_pid, SIGKILL);
	return result;
}

static int hear_refusals(struct container *container, struct error *err)
{
	struct listening *listening = &container->listening;

	listening->arena = container->arena;
	listening->launch = container->launch;
	listening->directory = container->dir_fd;
	listening->is_raw = container->launch->plan->is_tty && streams_is_attached(container, 0);
	return listener_start(listening, err);
}

/* While what the listener has learnt is still there. */
static void fill_report(const struct container *container, const char *failure, int status)
{
	const bool has_run = failure == NULL;
	struct watch_report *report = container->launch->report;

	if (!report)
		return;
	report->status = status;
	report->signal = container->end_signal;
	report->usage = has_run ? container->usage : WATCH_USAGE_UNKNOWN;
	if (container->listening.needs)
		needs_read(container->arena, container->listening.needs, report);
	if (container->listening.sights)
		sights_read(container->arena, container->listening.sights, report);
	if (has_run)
		watch_count_needs(container->arena, container->launch->plan, report);
	else if (status != LAUNCH_STATUS_REFUSED)
		watch_never_executed(container->arena, container->launch->plan, failure, report);
}

int oci_run_container(struct container *container, int started_fd, int *ret_status, struct error *err)
{
	sigset_t pending;
	int result = take_over_signals(container, err);
	struct launch_end end;

	if (result == 0)
		result = bundle_open(container, err);
	if (result == 0)
		result = watch_start(container, err);
	if (result == 0)
		result = bundle_make(container, err);
	if (result == 0)
		result = daemon_open_log(container, err);
	if (result == 0)
		result = notify_open(container->arena, container->launch, container->dir_fd, &container->notify, err);
	if (result == 0 && container->launch->explained)
		result = hear_refusals(container, err);
	if (result == 0)
		result = oci_volumes_make(container, err);
	if (result == 0)
		result = limits_make(container, err);
	if (result == 0)
		result = streams_open(container, err);
	if (result == 0)
		result = start_runtime(container, err);
	if (result == 0)
		result = starting_wait(container, &pending, err);
	if (result == 0)
		result = limits_check(container, err);
	if (result == 0)
		result = begin(container, err);
	if (result == 0)
		result = check_label(container, err);
	if (result == 0) {
		bundle_keep_cidfile(container);
		watch_note_started(container);
		notify_started(container->launch);
	}
	if (result == 0 && started_fd >= 0)
		(void)descriptors_write(started_fd, "s", 1);
	if (result == 0)
		result = supervise(container, &pending, ret_status, err);
	listener_stop(&container->listening);
	fill_report(container, result < 0 ? err->message : NULL, result < 0 ? container->failure_status : *ret_status);
	listener_end(&container->listening);
	own_network_end(container);
	streams_close(container);
	notify_close(&container->notify);
	if (container->log && (result < 0 || container->launch->plan->is_removed))
		log_discard(container->log);
	bundle_discard(container);
	/* What the runtime lost, and what was killed just now. */
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	if (result < 0)
		*ret_status = container->failure_status;
	end = end_of(container, result == 0, *ret_status);
	launch_close_account(container->launch->account, &end);
	return result;
}

/* Before anything is made: where all of it would come to stand, by the links of the tree. */
static int check_places(struct arena *arena, const struct launch *launch, struct error *err)
{
	struct link_tree tree = {.arena = arena, .root = launch->plan->image_rootfs};
	const struct link_reader reader = {.context = &tree, .read = links_read_in_tree};
	struct string_list ways = {0};
	const struct places_question question = {.reader = &reader, .directory = launch->plan->working_dir, .ways = &ways};
	int result = links_check(arena, launch->plan, err);

	if (result == 0)
		result = places_check(arena, launch, &question, err);
	if (result == 0)
		result = inside_check(arena, launch, err);
	return result == 0 ? sources_check_tree(arena, launch, &ways, err) : result;
}

int oci_run(struct arena *arena, const struct launch *launch, int *ret_status, struct error *err)
{
	struct container container;
	int result;

	*ret_status = LAUNCH_STATUS_REFUSED;
	result = bundle_init(&container, arena, launch, err);
	if (result < 0)
		return result;
	result = user_namespace_enter(arena, launch->facts, err);
	if (result == 0)
		result = limits_prepare(arena, launch->facts, err);
	if (result == 0)
		result = label_hold_profile(arena, launch, err);
	if (result == 0)
		result = ulimits_check(arena, launch->plan, err);
	if (result == 0)
		result = check_places(arena, launch, err);
	if (result == 0)
		result = secrets_check(arena, launch, err);
	if (result < 0)
		return result;
	if (launch->plan->is_tty && streams_is_attached(&container, 0) && !launch->plan->is_detached && !isatty(0))
		return error_set(err, arena, ERROR_USAGE, "the input device is not a TTY");
	lift_limits();
	if (launch->facts->is_root)
		(void)launch_sweep(arena, launch->facts);
	if (launch->plan->is_detached)
		return daemon_run(&container, ret_status, err);
	return oci_run_container(&container, -1, ret_status, err);
}

int launch_run(struct arena *arena, const struct launch *launch, int *ret_status, struct error *err)
{
	struct launch own = *launch;
	int lock = -1, result;

	own.profile_lock = &lock;
	*ret_status = LAUNCH_STATUS_REFUSED;
	result = host_backend_is_oci(launch->backend) ? oci_run(arena, &own, ret_status, err) : engine_run(arena, &own, ret_status, err);
	descriptors_close(&lock);
	return result;
}
