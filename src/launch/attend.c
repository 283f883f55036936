/*
 * The engine's client as our child. It keeps the terminal, the process group and the caller's streams, so that keys, job control
 * and redirections work as if it stood in our place; what is sent to us alone is passed on.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "hearing.h"
#include "label.h"

#include <hardrun/watch.h>

enum { REPORT_FD = 5, REPORT_BYTES_MAX = 4096, STARTED_POLL_MILLISECONDS = 200 };

struct attendance {
	struct arena *arena;
	struct launch own;      /* with the staged paths on its command line */
	struct follow_charge charge;
	struct follow follow;
	sigset_t caller_mask;
	struct notify notify;
	struct hearing hearing;
	int signal_fd;
	int report[2];          /* the child's sentence when it cannot become the client */
	pid_t parent, client;
};

static bool has_inside(const struct plan *plan, size_t index)
{
	for (size_t i = 0; i < plan->mount_count; i++)
		if (i != index && path_is_within(plan->mounts[i].target, plan->mounts[index].target))
			return true;
	return false;
}

/*
 * Under a guard also what somebody else's links could take a mount inside it through: that one is then put in its place here, or
 * refused.
 */
static bool needs_stage(struct arena *arena, const struct launch *launch, size_t index)
{
	const struct plan_mount *mount = &launch->plan->mounts[index];

	if (mount->type != PLAN_BIND)
		return false;
	if (!launch->is_guarded)
		return !sources_is_settled(arena, mount->source);
	return has_inside(launch->plan, index) || !sources_is_of_root(arena, mount->source);
}

/*
 * Somebody who would want to be told why it ended, or will ask when the engine has removed it and knows no more; in a shell that
 * is typed into the last status says nothing.
 */
static bool is_looked_at(const struct launch *launch)
{
	const struct plan *plan = launch->plan;

	return launch->backend == BACKEND_DOCKER && launch->report && !plan->is_detached && !plan->is_create_only &&
	       !(plan->is_tty && plan->is_interactive) && (plan->is_removed || isatty(STDERR_FILENO));
}

bool attend_is_wanted(struct arena *arena, const struct launch *launch)
{
	const struct plan *plan = launch->plan;

	if (launch->account || launch->is_guarded || label_is_wanted(launch) || is_looked_at(launch) || plan->secret_count > 0 ||
	    launch->explained || (launch->facts->unit && (launch->facts->unit->notify_socket || plan->name)))
		return true;
	if (!launch->facts->is_root)
		return false;
	for (size_t i = 0; i < plan->mount_count; i++)
		if (needs_stage(arena, launch, i))
			return true;
	return plan->cidfile != NULL;
}

/* ---- before ---- */

/* After a reboot the engine would look for a stage that is gone, or at whatever stands at its path by then. */
static int refuse_restart(const struct attendance *run, const struct plan_mount *bind, struct error *err)
{
	(void)error_set(err, run->arena, ERROR_UNSUPPORTED,
			"--restart %s does not go with the mount of %s: others than root can rename what is above it, so it is held for this "
			"start only", run->own.plan->restart, bind->source);
	err->remedy = "leave out --restart, or mount a path whose directories belong to root and only root may write";
	return -(int)err->kind;
}

static bool is_restarted(const struct plan *plan)
{
	return plan->restart && *plan->restart && strcmp(plan->restart, "no") != 0;
}

/*
 * Where the root can be written, what runs in it can put a link on the way to a mount, and the engine, starting it again, would
 * follow that as root.
 */
static int check_restart(const struct attendance *run, struct error *err)
{
	const struct plan *plan = run->own.plan;
	const bool is_loose = run->own.is_guarded && !plan->is_read_only && is_restarted(plan);

	for (size_t i = 0; is_loose && i < plan->mount_count; i++) {
		if (plan->mounts[i].type == PLAN_TMPFS)
			continue;
		(void)error_set(err, run->arena, ERROR_UNSUPPORTED,
				"--restart %s does not go with a root file system that can be written and a mount at %s: "
				"what runs there could change the way to the mount before it is started again", plan->restart, plan->mounts[i].target);
		err->remedy = "leave out --restart, or the mount, or have a read-only root file system";
		return -(int)err->kind;
	}
	return 0;
}

/* The bind before it that is staged by itself and in which it lies, perhaps by way of others; SIZE_MAX: none. */
static size_t find_outermost(const struct plan *plan, const char *const *sources, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (sources[i] && *sources[i] && path_is_within(plan->mounts[index].target, plan->mounts[i].target))
			return i;
	return SIZE_MAX;
}

static int refuse_inside(const struct attendance *run, size_t index, size_t around, const char *why, struct error *err)
{
	const struct plan_mount *mounts = run->own.plan->mounts;

	(void)error_set(err, run->arena, ERROR_UNSUPPORTED,
			"the mount at %s lies inside that at %s, which others than root can change, and %s", mounts[index].target,
			mounts[around].target, why);
	err->remedy = "mount it elsewhere";
	return -(int)err->kind;
}

/*
 * A mount inside a staged one: engines find its place by name, following links that the person can make there meanwhile, to the
 * container's /dev, say. So it is put in its place here, and comes along with what is around it.
 */
static int stage_inside(struct attendance *run, size_t index, size_t around, struct error *err)
{
	const struct plan_mount *mounts = run->own.plan->mounts;
	struct staging_spot spot = {.around = staging_place(&run->charge.stage, around)};

	if (mounts[index].type != PLAN_BIND)
		return refuse_inside(run, index, around, "only a path of the host can be put there", err);
	if (mounts[around].is_read_only && !mounts[index].is_read_only)
		return refuse_inside(run, index, around, "is read-only with all that lies in it", err);
	spot.beneath = mounts[index].target + strlen(mounts[around].target);
	spot.beneath += strspn(spot.beneath, "/");
	return staging_put_inside(&run->charge.stage, &run->own, index, &spot, err);
}

static int stage_one(struct attendance *run, size_t index, struct error *err)
{
	const struct launch *launch = &run->own;
	const struct plan_mount *bind = &launch->plan->mounts[index];
	struct staging *stage = &run->charge.stage;
	int result;

	if (is_restarted(launch->plan))
		return refuse_restart(run, bind, err);
	result = staging_put(stage, launch, index, err);
	if (result == 0 && launch->backend == BACKEND_DOCKER)
		result = peer_check(run->arena, launch->facts->engine.docker_socket, staging_place(stage, index), bind, err);
	return result;
}

/* What the engine is told by name must still be what was judged, however its descriptor came to us. */
static int check_name(const struct attendance *run, size_t index, struct error *err)
{
	struct launch fresh = run->own;
	CLOSE_FD int fd = -1;

	fresh.source_fds = NULL;
	fd = sources_open(&fresh, index);
	if (fd >= 0)
		return 0;
	return error_set(err, run->arena, ERROR_SYSTEM, errno == ESTALE ? "has been replaced since it was judged: %s" : "cannot open %s",
			 run->own.plan->mounts[index].source);
}

/* An ordinary user cannot mount: there the engine looks the path up again, with no more than that user may reach. */
static int stage_all(struct attendance *run, struct error *err)
{
	const struct plan *plan = run->own.plan;
	const char **sources = arena_alloc(run->arena, (plan->mount_count + 1) * sizeof(*sources));
	int result = 0;

	for (size_t i = 0; result == 0 && i < plan->mount_count && run->own.facts->is_root; i++) {
		/* A caller who may make anything else may also have a volume where the engine finds the place. */
		const bool is_left = plan->mounts[i].type != PLAN_BIND && !run->own.is_guarded;
		const size_t around = is_left ? SIZE_MAX : find_outermost(plan, sources, i);

		if (around != SIZE_MAX) {
			result = stage_inside(run, i, around, err);
			sources[i] = "";
		} else if (needs_stage(run->arena, &run->own, i)) {
			result = stage_one(run, i, err);
			sources[i] = staging_place(&run->charge.stage, i);
		} else if (plan->mounts[i].type == PLAN_BIND) {
			result = check_name(run, i, err);
		}
	}
	run->own.sources = sources;
	return result;
}

/* Without a place for the container's id nobody knows whose label to read. */
static int refuse_unread(const struct attendance *run, struct error *err)
{
	(void)error_set(err, run->arena, ERROR_MISSING,
			"there is no directory of yours for running containers, and the label of this one could not be read back");
	err->remedy = "set XDG_RUNTIME_DIR, as a login does: /run/user/$(id -u)";
	return -(int)err->kind;
}

static int prepare(struct attendance *run, struct error *err)
{
	struct launch *launch = &run->own;
	int result = 0;

	(void)staging_sweep(run->arena, launch->facts);
	result = own_reap(run->arena, launch, err);
	if (result == 0 && launch->is_guarded)
		result = links_check_volumes(run->arena, launch->plan, err);
	if (result == 0)
		result = check_restart(run, err);
	if (result == 0 && !launch->facts->runtime_dir && label_is_wanted(launch))
		result = refuse_unread(run, err);
	if (result == 0 && launch->facts->runtime_dir)
		result = staging_make(&run->charge.stage, run->arena, launch, err);
	if (result == 0)
		result = look_check(run->arena, launch, &run->charge.stage, &launch->image_id, err);
	if (result == 0)
		result = stage_all(run, err);
	if (result == 0 && run->charge.stage.dir && launch->backend == BACKEND_PODMAN && label_is_wanted(launch))
		launch->client_pidfile = arena_printf(run->arena, "%s/%s", run->charge.stage.dir, STAGING_PID_FILE);
	if (result == 0 && run->charge.stage.dir) {
		launch->client_cidfile = arena_printf(run->arena, "%s/%s", run->charge.stage.dir, STAGING_CID_FILE);
		if (launch->plan->cidfile)
			result = cidfile_make(run->arena, launch->facts, launch->plan->cidfile, &run->charge.cidfile, err);
	}
	if (result == 0)
		result = own_stage(&run->charge.stage, launch, &run->notify, err);
	if (result == 0)
		result = hearing_start(&run->charge.stage, launch, &run->hearing, err);
	if (result == 0)
		result = backend_render_again(run->arena, launch, err);
	return result;
}

/* ---- the client ---- */

static _Noreturn void report(const struct attendance *run, const struct error *err)
{
	(void)descriptors_write(REPORT_FD, err->message, strlen(err->message) + 1);
	if (err->remedy)
		(void)descriptors_write(REPORT_FD, err->remedy, strlen(err->remedy) + 1);
	(void)run;
	_exit(LAUNCH_STATUS_REFUSED);
}

/* Under a guard nothing of the caller's but the streams: no directory, no file creation mask, no signals ignored. */
static bool shed(const struct attendance *run)
{
	if (!run->own.is_guarded)
		return true;
	for (int number = 1; number < NSIG; number++)
		if (number != SIGKILL && number != SIGSTOP)
			(void)signal(number, SIG_DFL);
	(void)umask(022);
	return chdir("/") == 0;
}

static _Noreturn void become_client(const struct attendance *run)
{
	const int keep[] = {REPORT_FD};
	struct error err = {0};

	/* Above what the client is handed by number; whatever stood there is not the client's. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != run->parent ||
	    (run->report[1] != REPORT_FD && dup3(run->report[1], REPORT_FD, O_CLOEXEC) < 0))
		_exit(LAUNCH_STATUS_REFUSED);
	descriptors_keep(keep, ARRAY_COUNT(keep));
	if (shed(run)) {
		(void)sigprocmask(SIG_SETMASK, run->own.is_guarded ? &(sigset_t){0} : &run->caller_mask, NULL);
		(void)engine_become_client(run->arena, &run->own, &err);
	} else {
		(void)error_set(&err, run->arena, ERROR_SYSTEM, "the client cannot be started in /: %s", strerror(errno));
	}
	report(run, &err);
}

static int take_over_signals(struct attendance *run, struct error *err)
{
	static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT, SIGPIPE, SIGURG};
	sigset_t set;

	(void)sigfillset(&set);
	for (size_t i = 0; i < ARRAY_COUNT(faults); i++)
		(void)sigdelset(&set, faults[i]);
	(void)sigprocmask(SIG_BLOCK, &set, &run->caller_mask);
	run->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (run->signal_fd >= 0)
		return 0;
	return error_set(err, run->arena, ERROR_SYSTEM, "signals cannot be taken over: %s", strerror(errno));
}

static int start_client(struct attendance *run, struct error *err)
{
	if (pipe2(run->report, O_CLOEXEC) < 0)
		return error_set(err, run->arena, ERROR_SYSTEM, "no pipe to the client: %s", strerror(errno));
	run->parent = getpid();
	run->client = fork();
	if (run->client == 0)
		become_client(run);
	descriptors_close(&run->report[1]);
	if (run->client > 0)
		return 0;
	return error_set(err, run->arena, ERROR_SYSTEM, "%s cannot be started: %s", run->own.program, strerror(errno));
}

/* ---- while it runs ---- */

/* Stopped by a key: whoever waits for us must see us stopped; what continues us, continues the client. */
static void stop_as_well(const struct attendance *run)
{
	(void)kill(getpid(), SIGSTOP);
	(void)kill(run->client, SIGCONT);
}

/* True when the client has ended: *ret_status is how. */
static bool look_at_client(const struct attendance *run, int *ret_status)
{
	int status;

	while (waitpid(run->client, &status, WNOHANG | WUNTRACED) == run->client) {
		if (!WIFSTOPPED(status)) {
			*ret_status = WIFSIGNALED(status) ? LAUNCH_STATUS_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
			return true;
		}
		stop_as_well(run);
	}
	return false;
}

/*
 * What the terminal sends it sends to the whole process group, the client included. Only what somebody sent with kill may have
 * come to us alone.
 */
static void pass_on(const struct attendance *run, const struct signalfd_siginfo *info)
{
	int number = (int)info->ssi_signo;

	if (number == SIGCHLD || info->ssi_code == SI_KERNEL)
		return;
	(void)kill(run->client, number);
}

static int wait_for_client(struct attendance *run)
{
	struct pollfd ready[] = {{.fd = run->signal_fd, .events = POLLIN}, notify_interest(&run->notify), {.fd = -1}};
	bool is_told = !notify_is_ours(&run->own);
	struct signalfd_siginfo info;
	int status;

	while (!look_at_client(run, &status)) {
		ready[2] = hearing_interest(&run->hearing);
		(void)poll(ready, ARRAY_COUNT(ready), is_told ? -1 : STARTED_POLL_MILLISECONDS);
		hearing_step(&run->hearing, ready[2].revents);
		notify_step(&run->notify);
		if (!is_told && own_has_started(run->arena, &run->own, run->charge.stage.dir)) {
			notify_started(&run->own);
			is_told = true;
		}
		while (read(run->signal_fd, &info, sizeof(info)) == sizeof(info))
			pass_on(run, &info);
	}
	return status;
}

/* The sentence of a child that did not become the client, if there is one. */
static int understand(struct attendance *run, struct error *err)
{
	char *text = arena_alloc(run->arena, REPORT_BYTES_MAX + 2);
	ssize_t got = read(run->report[0], text, REPORT_BYTES_MAX);
	size_t length = got > 0 ? (size_t)got : 0;

	if (length == 0)
		return 0;
	(void)error_set(err, run->arena, ERROR_SYSTEM, "%s", text);
	if (strlen(text) + 1 < length)
		err->remedy = text + strlen(text) + 1;
	return -(int)err->kind;
}

static void close_all(struct attendance *run)
{
	descriptors_close(&run->report[0]);
	descriptors_close(&run->report[1]);
	descriptors_close(&run->signal_fd);
	notify_close(&run->notify);
	hearing_end(&run->hearing);
	(void)sigprocmask(SIG_SETMASK, &run->caller_mask, NULL);
}

/* What an engine's container was refused goes to nobody; what is known is its status, and what the kernel has counted. */
static void fill_report(const struct attendance *run, int status)
{
	struct watch_report *report = run->own.report;

	if (!report)
		return;
	report->status = status;
	report->signal = process_signal_of(status);
	if (run->follow.has_oom)
		report->usage.memory_kills = 1;
	if (run->follow.has_never_run && (status == LAUNCH_STATUS_CANNOT_EXECUTE || status == LAUNCH_STATUS_NOT_FOUND))
		watch_never_executed(run->arena, run->own.plan, "the runtime could not execute it", report);
	watch_count_needs(run->arena, run->own.plan, report);
}

static int attend(struct attendance *run, int *ret_status, struct error *err)
{
	int result = start_client(run, err);
	const char *sentence;

	*ret_status = LAUNCH_STATUS_REFUSED;
	if (result == 0) {
		*ret_status = wait_for_client(run);
		result = understand(run, err);
	}
	sentence = follow_client_ended(run->arena, &run->follow, *ret_status);
	if (result == 0)
		hearing_finish(&run->hearing, *ret_status);
	fill_report(run, *ret_status);
	if (!sentence || result < 0)
		return result;
	*ret_status = LAUNCH_STATUS_REFUSED;
	return error_set(err, run->arena, ERROR_UNTRUSTED, "%s", sentence);
}

int attend_run(struct arena *arena, const struct launch *launch, int *ret_status, struct error *err)
{
	struct attendance run = {
		.arena = arena, .own = *launch, .charge = {STAGING_NONE, CIDFILE_NONE}, .notify = NOTIFY_NONE, .hearing = HEARING_NONE,
		.signal_fd = -1, .report = {-1, -1},
	};
	int result = take_over_signals(&run, err);

	if (result == 0)
		result = prepare(&run, err);
	if (result == 0)
		result = follow_start(arena, &run.own, &run.charge, &run.follow, err);
	if (result < 0) {
		staging_discard(&run.charge.stage);
		cidfile_remove(arena, &run.charge.cidfile);
		close_all(&run);
		return result;
	}
	/* The follower's now: its lock is for as long as the container lives, ours would be for longer or shorter. */
	staging_release(&run.charge.stage);
	cidfile_close(&run.charge.cidfile);
	result = attend(&run, ret_status, err);
	close_all(&run);
	return result;
}
