/*
 * filter: what the system call filter of a running process costs. Takes it from the kernel (PTRACE_SECCOMP_GET_FILTER, which
 * needs root and CONFIG_CHECKPOINT_RESTORE), puts children of its own under it, and prints one line for each:
 *
 *   filter PID...
 *   instructions, microseconds to load, nanoseconds that getppid, personality and ioctl take under it ("-": refused)
 *
 * The first line is of no filter at all.
 *
 * All in one run, in turn, so that they can be compared; each number is the least of many, which is what is left without noise.
 * The three calls do next to nothing in the kernel. The first is plainly allowed everywhere, and the kernel remembers that; the
 * others have rules on their arguments in one profile or another, so that the program really runs.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/ptrace.h>
#include <linux/seccomp.h>

enum { CALLS = 3, FILTERS_MAX = 32, ROUNDS = 40, REPEATS = 5000 };

struct cost {
	double load;        /* microseconds */
	double calls[CALLS]; /* nanoseconds */
	int is_refused[CALLS];
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static long call(int which)
{
	if (which == 0)
		return syscall(SYS_getppid);
	if (which == 1)
		return syscall(SYS_personality, 0xffffffff);
	return syscall(SYS_ioctl, -1, 0, 0); /* EBADF */
}

/* In a child, which ends with its filter. An empty program: no filter. */
static void measure_in_child(const struct sock_fprog *program, struct cost *cost)
{
	double begin = now();

	if (program->len > 0 && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
				 syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, program) != 0))
		_exit(1);
	cost->load = (now() - begin) / 1e3;
	for (int which = 0; which < CALLS; which++) {
		cost->is_refused[which] = call(which) < 0 && errno != EBADF;
		begin = now();
		for (int i = 0; i < REPEATS; i++)
			call(which);
		cost->calls[which] = (now() - begin) / REPEATS;
	}
	_exit(0);
}

static void measure(const struct sock_fprog *program, struct cost *shared, struct cost *least)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		measure_in_child(program, shared);
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fprintf(stderr, "filter: a child failed: status 0x%x\n", (unsigned)status);
		exit(1);
	}
	least->load = shared->load < least->load ? shared->load : least->load;
	for (int which = 0; which < CALLS; which++) {
		least->is_refused[which] = shared->is_refused[which];
		if (shared->calls[which] < least->calls[which])
			least->calls[which] = shared->calls[which];
	}
}

static struct sock_fprog take_filter(pid_t pid)
{
	struct sock_fprog program = { 0, NULL };
	long count;

	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0 || ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0 ||
	    waitpid(pid, NULL, __WALL) < 0 || (count = ptrace(PTRACE_SECCOMP_GET_FILTER, pid, 0UL, NULL)) <= 0) {
		fprintf(stderr, "filter: no filter to be had from %d: %s\n", (int)pid, strerror(errno));
		exit(1);
	}
	program.len = (unsigned short)count;
	program.filter = calloc((size_t)count, sizeof(*program.filter));
	if (program.filter == NULL || ptrace(PTRACE_SECCOMP_GET_FILTER, pid, 0UL, program.filter) != count)
		exit(1);
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return program;
}

static void print_cost(const struct sock_fprog *program, const struct cost *cost)
{
	printf("%u %.1f", program->len, cost->load);
	for (int which = 0; which < CALLS; which++)
		if (cost->is_refused[which])
			printf(" -");
		else
			printf(" %.1f", cost->calls[which]);
	printf("\n");
}

int main(int argc, char **argv)
{
	static struct sock_fprog programs[FILTERS_MAX + 1]; /* the first: none */
	static struct cost least[FILTERS_MAX + 1];
	struct cost *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (argc < 2 || argc > FILTERS_MAX + 1 || shared == MAP_FAILED) {
		fprintf(stderr, "usage: filter PID...\n");
		return 2;
	}
	for (int i = 0; i < argc; i++) {
		least[i] = (struct cost){ 1e9, { 1e9, 1e9, 1e9 }, { 0 } };
		if (i > 0)
			programs[i] = take_filter((pid_t)atoi(argv[i]));
	}
	for (int round = 0; round < ROUNDS; round++)
		for (int i = 0; i < argc; i++)
			measure(&programs[i], shared, &least[i]);
	for (int i = 0; i < argc; i++)
		print_cost(&programs[i], &least[i]);
	return 0;
}
