/* guard: whoever is lent root's rights chose what the process was born with; here it gets what a service of root's has. */
#include <errno.h>
#include <fcntl.h>
#include <linux/ioprio.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "launch_internal.h"

#define MIB ((rlim_t)1 << 20)
#define TIMER_SLACK_NANOSECONDS 50000UL /* what everybody has */

struct guard_limit {
	int resource;
	const char *name;    /* the letter of ulimit, for people */
	rlim_t soft, hard;
	rlim_t needed;       /* below this hardrun itself could be stopped half-way */
};

/* What systemd gives a service, but for core files. */
static const struct guard_limit guard_limits[] = {
	{ RLIMIT_FSIZE, "-f", RLIM_INFINITY, RLIM_INFINITY, 64 * MIB },
	{ RLIMIT_AS, "-v", RLIM_INFINITY, RLIM_INFINITY, 4096 * MIB },
	{ RLIMIT_DATA, "-d", RLIM_INFINITY, RLIM_INFINITY, 1024 * MIB },
	{ RLIMIT_CPU, "-t", RLIM_INFINITY, RLIM_INFINITY, RLIM_INFINITY },
	{ RLIMIT_NPROC, "-u", RLIM_INFINITY, RLIM_INFINITY, 64 },
	{ RLIMIT_NOFILE, "-n", 1024, 524288, 256 },
	{ RLIMIT_STACK, "-s", 8 * MIB, RLIM_INFINITY, 8 * MIB },
	{ RLIMIT_CORE, "-c", 0, 0, 0 },
	{ RLIMIT_RSS, "-m", RLIM_INFINITY, RLIM_INFINITY, 0 },
	{ RLIMIT_LOCKS, "-x", RLIM_INFINITY, RLIM_INFINITY, 16 },
	{ RLIMIT_MEMLOCK, "-l", 8 * MIB, 8 * MIB, 0 },
	{ RLIMIT_MSGQUEUE, "-q", 819200, 819200, 0 },
	{ RLIMIT_SIGPENDING, "-i", 16384, 16384, 64 },
	{ RLIMIT_NICE, "-e", 0, 0, 0 },
	{ RLIMIT_RTPRIO, "-r", 0, 0, 0 },
};

static rlim_t least(rlim_t left, rlim_t right)
{
	return left < right ? left : right; /* RLIM_INFINITY is the largest of all */
}

/* Root in a container may lack CAP_SYS_RESOURCE: then a hard limit stays, as long as hardrun can live with it. */
static int set_limit(struct arena *arena, const struct guard_limit *row, struct error *err)
{
	struct rlimit limit = { row->soft, row->hard };
	int result;

	if (setrlimit(row->resource, &limit) == 0)
		return 0;
	if (getrlimit(row->resource, &limit) == 0) {
		limit.rlim_max = least(limit.rlim_max, row->hard);
		limit.rlim_cur = least(limit.rlim_max, row->soft);
		if (limit.rlim_max >= row->needed && setrlimit(row->resource, &limit) == 0)
			return 0;
	}
	result = error_set(err, arena, ERROR_SYSTEM, "the limit that `ulimit %s` shows is too low, and cannot be raised: %s", row->name,
			   strerror(errno));
	err->remedy = "start it from a session without that limit";
	return result;
}

/* What is ignored stays ignored across execve, and a timer goes off in whatever is executed. */
static void reset_signals(void)
{
	static const int timers[] = { ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF };
	const struct itimerval off = { 0 };

	for (int number = 1; number <= SIGRTMAX; number++)
		if (number != SIGKILL && number != SIGSTOP && number != SIGXFSZ)
			(void)signal(number, SIG_DFL);
	for (size_t i = 0; i < ARRAY_COUNT(timers); i++)
		(void)setitimer(timers[i], &off, NULL);
}

/* On one processor among a crowd, idle, or last at the disk, hardrun would hold its locks for as long as the caller likes. */
static void reset_scheduling(void)
{
	const struct sched_param none = { 0 };
	cpu_set_t all;

	memset(&all, 0xff, sizeof(all)); /* the kernel leaves out what there is not, and what the cgroup has not */
	(void)sched_setscheduler(0, SCHED_OTHER, &none);
	(void)sched_setaffinity(0, sizeof(all), &all);
	(void)syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_NONE, 0));
	(void)prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NANOSECONDS, 0UL, 0UL, 0UL);
}

/* Made nicer, or the first to go when memory runs out, hardrun would be the caller's to stop. Without the rights it stays so. */
static void reset_priority(void)
{
	char first = '0';
	int fd;

	errno = 0;
	if (getpriority(PRIO_PROCESS, 0) != 0)
		(void)setpriority(PRIO_PROCESS, 0, 0);
	fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	if (read(fd, &first, 1) == 1 && first >= '1' && first <= '9')
		(void)!pwrite(fd, "0", 1, 0);
	(void)close(fd);
}

static const int stops[] = { SIGTSTP, SIGTTIN, SIGTTOU };

/* Stopped by a key with a lock in its hand, hardrun or a helper of its would hold up everybody. */
static void ignore_stops(void)
{
	for (size_t i = 0; i < ARRAY_COUNT(stops); i++)
		(void)signal(stops[i], SIG_IGN);
}

void guard_restore_stops(const struct launch *launch)
{
	for (size_t i = 0; launch->is_guarded && i < ARRAY_COUNT(stops); i++)
		(void)signal(stops[i], SIG_DFL);
}

int launch_guard(struct arena *arena, bool is_lent, struct error *err)
{
	for (size_t i = 0; i < ARRAY_COUNT(guard_limits); i++) {
		int result = set_limit(arena, &guard_limits[i], err);

		if (result < 0)
			return result;
	}
	(void)umask(022);
	reset_signals();
	ignore_stops();
	reset_priority();
	/* Root's own, a service manager's say, are root's to choose. */
	if (is_lent)
		reset_scheduling();
	return 0;
}
