/*
 * The guard: a process that was born under limits, a mask, ignored signals, timers and a priority of somebody else's choosing,
 * and what of them is left when it goes on with root's rights.
 */
#include "rows.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <linux/ioprio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <cap-ng.h>

#include "../../src/launch/launch_internal.h"

enum { MESSAGE_BYTES = 256 };

/* The sanitizer's shadow alone is larger than any limit on address space. */
#ifdef __SANITIZE_ADDRESS__
#define LITTLE_SPACE RLIM_INFINITY
#else
#define LITTLE_SPACE ((rlim_t)512 << 20)
#endif

/* What the child found, on a page that both see: the guard closes descriptors, and a child of a test must not fail alone. */
struct report {
	int result;
	char message[MESSAGE_BYTES], remedy[MESSAGE_BYTES];
	struct rlimit limits[RLIM_NLIMITS];
	mode_t mask;
	bool is_ignored[65], is_blocked[65];
	struct itimerval timers[3];
	int nice, policy, processors;
	long io;
	unsigned long slack;
	char oom[16];
};

struct birth {
	void (*spoil)(void);
	bool lacks_resource;  /* without CAP_SYS_RESOURCE: a hard limit cannot be raised */
};

static void read_oom(char text[16])
{
	const int fd = open("/proc/self/oom_score_adj", O_RDONLY | O_CLOEXEC);
	const ssize_t got = fd < 0 ? -1 : read(fd, text, 15);

	text[got > 0 ? got : 0] = '\0';
	if (fd >= 0)
		(void)close(fd);
}

static void look(struct report *report)
{
	sigset_t blocked;
	cpu_set_t set;

	for (int i = 0; i < (int)RLIM_NLIMITS; i++)
		(void)getrlimit((__rlimit_resource_t)i, &report->limits[i]);
	report->mask = umask(0);
	(void)sigprocmask(SIG_BLOCK, NULL, &blocked);
	for (int number = 1; number <= 64; number++) {
		struct sigaction action = { .sa_handler = SIG_DFL };

		(void)sigaction(number, NULL, &action);
		report->is_ignored[number] = action.sa_handler == SIG_IGN;
		report->is_blocked[number] = sigismember(&blocked, number) == 1;
	}
	for (int i = 0; i < 3; i++)
		(void)getitimer((__itimer_which_t)i, &report->timers[i]);
	report->nice = getpriority(PRIO_PROCESS, 0);
	report->policy = sched_getscheduler(0);
	report->processors = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : -1;
	report->io = syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0);
	report->slack = (unsigned long)prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
	read_oom(report->oom);
}

static void keep_text(char to[MESSAGE_BYTES], const char *text)
{
	(void)snprintf(to, MESSAGE_BYTES, "%s", text != NULL ? text : "");
}

static _Noreturn void live(const struct birth *birth, struct report *report)
{
	struct arena *arena = arena_new();
	struct error err = { 0 };

	birth->spoil();
	if (birth->lacks_resource) {
		if (capng_get_caps_process() != 0 ||
		    capng_update(CAPNG_DROP, (capng_type_t)(CAPNG_EFFECTIVE | CAPNG_PERMITTED), CAP_SYS_RESOURCE) != 0 ||
		    capng_apply(CAPNG_SELECT_CAPS) != 0)
			_exit(3);
	}
	launch_sanitize_descriptors(0);
	report->result = launch_guard(arena, true, &err);
	keep_text(report->message, err.message);
	keep_text(report->remedy, err.remedy);
	look(report);
	_exit(0);
}

/* The parent's page: let go of by the caller. */
static struct report *born(const struct birth *birth)
{
	struct report *report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status = 0;
	pid_t pid;

	assert_ptr_not_equal(report, MAP_FAILED);
	pid = fork();
	if (pid == 0)
		live(birth, report);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return report;
}

static void forget(struct report *report)
{
	assert_int_equal(munmap(report, sizeof(*report)), 0);
}

static void lower(__rlimit_resource_t resource, rlim_t soft, rlim_t hard)
{
	const struct rlimit limit = { soft, hard };

	if (setrlimit(resource, &limit) < 0)
		_exit(2);
}

/* Root of a container may lack it. */
static bool can_raise(void)
{
	return geteuid() == 0 && capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_RESOURCE);
}

/* ---- limits ---- */

static const struct { __rlimit_resource_t resource; rlim_t bad, soft, hard; } limits[] = {
	{ RLIMIT_FSIZE, 0, RLIM_INFINITY, RLIM_INFINITY }, { RLIMIT_AS, LITTLE_SPACE, RLIM_INFINITY, RLIM_INFINITY },
	{ RLIMIT_DATA, (rlim_t)256 << 20, RLIM_INFINITY, RLIM_INFINITY }, { RLIMIT_CPU, 100, RLIM_INFINITY, RLIM_INFINITY },
	{ RLIMIT_NPROC, 3, RLIM_INFINITY, RLIM_INFINITY }, { RLIMIT_NOFILE, 8, 1024, 524288 },
	{ RLIMIT_STACK, 1 << 16, 8 << 20, RLIM_INFINITY }, { RLIMIT_CORE, RLIM_INFINITY, 0, 0 },
	{ RLIMIT_RSS, 0, RLIM_INFINITY, RLIM_INFINITY }, { RLIMIT_LOCKS, 0, RLIM_INFINITY, RLIM_INFINITY },
	{ RLIMIT_MEMLOCK, 0, 8 << 20, 8 << 20 }, { RLIMIT_SIGPENDING, 0, 16384, 16384 }, { RLIMIT_MSGQUEUE, 0, 819200, 819200 },
	{ RLIMIT_NICE, 40, 0, 0 }, { RLIMIT_RTPRIO, 99, 0, 0 },
};

/* The hard limits as well where they can be raised again; where not, what is too low in them is a test of its own. */
static void spoil_limits(void)
{
	const bool is_hard = can_raise();

	for (size_t i = 0; i < ARRAY_COUNT(limits); i++) {
		struct rlimit limit;

		(void)getrlimit(limits[i].resource, &limit);
		limit.rlim_cur = limits[i].bad;
		if (is_hard || limit.rlim_cur > limit.rlim_max)
			limit.rlim_cur = limit.rlim_max = is_hard ? limits[i].bad : limit.rlim_max;
		if (setrlimit(limits[i].resource, &limit) < 0)
			_exit(2);
	}
}

static rlim_t least_of(rlim_t left, rlim_t right)
{
	return left < right ? left : right;
}

static void test_limits_are_a_services(void **state)
{
	const bool is_hard = can_raise();
	struct report *report;

	(void)state;
	report = born(&(struct birth){ .spoil = spoil_limits });
	if (report->result != 0)
		fail_msg("%s", report->message);
	for (size_t i = 0; i < ARRAY_COUNT(limits); i++) {
		struct rlimit ours, *theirs = &report->limits[limits[i].resource];

		assert_int_equal(getrlimit(limits[i].resource, &ours), 0);
		assert_int_equal(theirs->rlim_max, is_hard ? limits[i].hard : least_of(limits[i].hard, ours.rlim_max));
		assert_int_equal(theirs->rlim_cur, is_hard ? limits[i].soft : least_of(limits[i].soft, ours.rlim_max));
	}
	forget(report);
}

/* Each alone, and no right to raise it: what hardrun could be stopped by half-way is refused before anything begins. */
#define SPOILER(name, resource, value) \
	static void name(void) { lower(resource, value, value); }
SPOILER(spoil_files, RLIMIT_FSIZE, 4096)
SPOILER(spoil_space, RLIMIT_AS, LITTLE_SPACE)
SPOILER(spoil_data, RLIMIT_DATA, (rlim_t)64 << 20)
SPOILER(spoil_time, RLIMIT_CPU, 1000)
SPOILER(spoil_processes, RLIMIT_NPROC, 63)
SPOILER(spoil_descriptors, RLIMIT_NOFILE, 255)
SPOILER(spoil_stack, RLIMIT_STACK, 1 << 20)
SPOILER(spoil_locks, RLIMIT_LOCKS, 1)
SPOILER(spoil_pending, RLIMIT_SIGPENDING, 63)

static const struct fixed_row {
	const char *letter;
	void (*spoil)(void);
} fixed_rows[] = {
	{ "-f", spoil_files }, { "-v", spoil_space }, { "-d", spoil_data }, { "-t", spoil_time }, { "-u", spoil_processes },
	{ "-n", spoil_descriptors }, { "-s", spoil_stack }, { "-x", spoil_locks }, { "-i", spoil_pending },
};

static void test_hard_limit_too_low(void **state)
{
	const struct fixed_row *row = *state;
	struct report *report;
	char sentence[128];

	if (geteuid() != 0 || (LITTLE_SPACE == RLIM_INFINITY && (row->spoil == spoil_space || row->spoil == spoil_data)))
		skip();
	report = born(&(struct birth){ .spoil = row->spoil, .lacks_resource = true });
	(void)snprintf(sentence, sizeof(sentence), "the limit that `ulimit %s` shows is too low, and cannot be raised: ", row->letter);
	assert_int_equal(report->result, -(int)ERROR_SYSTEM);
	if (strncmp(report->message, sentence, strlen(sentence)) != 0)
		fail_msg("%s", report->message);
	assert_string_equal(report->remedy, "start it from a session without that limit");
	forget(report);
}

/* As root of a container has them. The soft limit goes up as far as it may, and what is too much comes down. */
static void spoil_bearably(void)
{
	lower(RLIMIT_NOFILE, 8, 256);
	lower(RLIMIT_NPROC, 3, 64);
	lower(RLIMIT_MEMLOCK, 0, 0);
}

static void test_hard_limit_that_will_do(void **state)
{
	struct report *report;

	(void)state;
	if (geteuid() != 0)
		skip();
	report = born(&(struct birth){ .spoil = spoil_bearably, .lacks_resource = true });
	/* Whatever else this machine has lowered would be another test's. */
	if (report->result != 0)
		fail_msg("%s", report->message);
	assert_int_equal(report->limits[RLIMIT_NOFILE].rlim_cur, 256);
	assert_int_equal(report->limits[RLIMIT_NOFILE].rlim_max, 256);
	assert_int_equal(report->limits[RLIMIT_NPROC].rlim_cur, 64);
	assert_int_equal(report->limits[RLIMIT_CORE].rlim_max, 0);
	assert_int_equal(report->limits[RLIMIT_MEMLOCK].rlim_max, 0);
	forget(report);
}

/* ---- the rest ---- */

static void spoil_signals(void)
{
	const struct itimerval soon = { .it_value.tv_sec = 1000, .it_interval.tv_sec = 1 };
	sigset_t all;

	for (int number = 1; number <= 64; number++)
		(void)signal(number, SIG_IGN);
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	for (int i = 0; i < 3; i++)
		(void)setitimer((__itimer_which_t)i, &soon, NULL);
	(void)umask(0777);
}

static void test_signals_timers_and_mask(void **state)
{
	struct report *report = born(&(struct birth){ .spoil = spoil_signals });

	(void)state;
	if (geteuid() == 0)
		assert_int_equal(report->result, 0);
	assert_int_equal(report->mask, 022);
	for (int number = 1; number <= 64; number++) {
		assert_false(report->is_blocked[number]);
		/* A file that cannot grow is to be an error, and a key no stop with a lock in hand; what is executed has them back. */
		if (report->is_ignored[number] != (number == SIGXFSZ || number == SIGTSTP || number == SIGTTIN || number == SIGTTOU))
			fail_msg("signal %d", number);
	}
	for (int i = 0; i < 3; i++) {
		assert_int_equal(report->timers[i].it_value.tv_sec, 0);
		assert_int_equal(report->timers[i].it_value.tv_usec, 0);
		assert_int_equal(report->timers[i].it_interval.tv_sec, 0);
	}
	forget(report);
}

/* What is executed for the person can be stopped with a key again; without a guard nothing is changed. */
static void test_stops_are_restored(void **state)
{
	const int stops[] = { SIGTSTP, SIGTTIN, SIGTTOU };
	struct launch launch = { .is_guarded = false };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(stops); i++) {
		void (*before)(int) = signal(stops[i], SIG_IGN);

		launch.is_guarded = false;
		guard_restore_stops(&launch);
		assert_ptr_equal(signal(stops[i], SIG_IGN), SIG_IGN);
		launch.is_guarded = true;
		guard_restore_stops(&launch);
		assert_ptr_equal(signal(stops[i], before), SIG_DFL);
	}
}

static void write_oom(const char *text)
{
	const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		_exit(2);
	(void)close(fd);
}

static void spoil_priority(void)
{
	if (setpriority(PRIO_PROCESS, 0, 19) < 0)
		_exit(2);
	write_oom("900");
}

static void spoil_nothing(void)
{
}

/* Idle everywhere, on one processor: whoever waits for a lock of ours would wait for the caller's other programs. */
static void spoil_scheduling(void)
{
	const struct sched_param none = { 0 };
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	if (sched_setscheduler(0, SCHED_IDLE, &none) < 0 || sched_setaffinity(0, sizeof(one), &one) < 0 ||
	    syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0)) < 0 ||
	    prctl(PR_SET_TIMERSLACK, 1000000000UL, 0UL, 0UL, 0UL) < 0)
		_exit(2);
}

static void test_scheduling(void **state)
{
	struct report *report;
	cpu_set_t all;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	report = born(&(struct birth){ .spoil = spoil_scheduling });
	assert_int_equal(report->result, 0);
	assert_int_equal(report->policy, SCHED_OTHER);
	assert_int_equal(report->processors, CPU_COUNT(&all));
	assert_int_equal(IOPRIO_PRIO_CLASS(report->io), IOPRIO_CLASS_NONE);
	assert_int_equal(report->slack, 50000);
	forget(report);
}

static void test_priority(void **state)
{
	struct report *report;

	(void)state;
	if (geteuid() != 0)
		skip();
	report = born(&(struct birth){ .spoil = spoil_priority });
	assert_int_equal(report->result, 0);
	assert_int_equal(report->nice, 0);
	assert_string_equal(report->oom, "0\n");
	forget(report);
}

/* Whoever protected it from the killer of processes meant it. */
static void spoil_by_protecting(void)
{
	write_oom("-500");
}

static void test_protection_stays(void **state)
{
	struct report *report;

	(void)state;
	if (!can_raise())
		skip();
	report = born(&(struct birth){ .spoil = spoil_by_protecting });
	assert_string_equal(report->oom, "-500\n");
	forget(report);
}

static void test_an_ordinary_birth(void **state)
{
	struct report *report;

	(void)state;
	if (geteuid() != 0)
		skip();
	report = born(&(struct birth){ .spoil = spoil_nothing });
	assert_int_equal(report->result, 0);
	assert_int_equal(report->limits[RLIMIT_NOFILE].rlim_cur, 1024);
	assert_string_equal(report->message, "");
	forget(report);
}

int main(void)
{
	static struct row_tests rows;

	for (size_t i = 0; i < ARRAY_COUNT(fixed_rows); i++)
		rows_add(&rows, fixed_rows[i].letter, test_hard_limit_too_low, (void *)(uintptr_t)&fixed_rows[i]);
	ROWS_TEST(&rows, test_limits_are_a_services);
	ROWS_TEST(&rows, test_hard_limit_that_will_do);
	ROWS_TEST(&rows, test_signals_timers_and_mask);
	ROWS_TEST(&rows, test_stops_are_restored);
	ROWS_TEST(&rows, test_priority);
	ROWS_TEST(&rows, test_scheduling);
	ROWS_TEST(&rows, test_protection_stays);
	ROWS_TEST(&rows, test_an_ordinary_birth);
	return rows_run("launch_guard", &rows);
}
