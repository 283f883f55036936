/*
 * interleave: times commands side by side. Reads cases from a file, one a line: NAME, then the words of the command,
 * separated by tabs. Runs them in turn, ROUNDS times, so that a noisy machine is noisy for all, and prints for each: median,
 * first and third quartile in milliseconds, the median of the client tree's CPU, and the median over the rounds of the ratio to
 * the first case. What they say is shown once, in the round before the first that counts.
 *
 *   interleave ROUNDS FILE
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CASES_MAX = 32, WORDS_MAX = 128, ROUNDS_MAX = 1000 };

struct bench_case {
	char *name;
	char *words[WORDS_MAX];
	double wall[ROUNDS_MAX];
	double cpu[ROUNDS_MAX];
	double ratio[ROUNDS_MAX]; /* of wall, to the first case in the same round */
};

extern char **environ;

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double usage_seconds(const struct rusage *usage)
{
	return (double)usage->ru_utime.tv_sec + (double)usage->ru_utime.tv_usec / 1e6 + (double)usage->ru_stime.tv_sec +
	       (double)usage->ru_stime.tv_usec / 1e6;
}

static void run_once(struct bench_case *bench, int round, posix_spawn_file_actions_t *actions)
{
	struct rusage usage;
	int status;
	pid_t pid;
	double begin = seconds_now();
	int failure = posix_spawnp(&pid, bench->words[0], actions, NULL, bench->words, environ);

	if (failure) {
		fprintf(stderr, "interleave: %s: %s: %s\n", bench->name, bench->words[0], strerror(failure));
		exit(1);
	}
	while (wait4(pid, &status, 0, &usage) < 0 && errno == EINTR)
		;
	bench->wall[round] = (seconds_now() - begin) * 1e3;
	bench->cpu[round] = usage_seconds(&usage) * 1e3;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fprintf(stderr, "interleave: %s: status 0x%x in round %d\n", bench->name, (unsigned)status, round);
		exit(1);
	}
}

static int compare_double(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

static double quantile(double *values, int count, double share)
{
	qsort(values, (size_t)count, sizeof(*values), compare_double);
	return values[(int)(share * (double)(count - 1) + 0.5)];
}

static int read_cases(const char *path, struct bench_case *cases)
{
	static char line[65536];
	FILE *file = fopen(path, "re");
	int count = 0;

	if (!file) {
		fprintf(stderr, "interleave: %s: %s\n", path, strerror(errno));
		exit(1);
	}
	while (count < CASES_MAX && fgets(line, sizeof(line), file)) {
		char *rest = strdup(line);
		int words = 0;

		rest[strcspn(rest, "\n")] = 0;
		if (!*rest)
			continue;
		cases[count].name = strsep(&rest, "\t");
		while (rest && words < WORDS_MAX - 1)
			cases[count].words[words++] = strsep(&rest, "\t");
		count++;
	}
	fclose(file);
	return count;
}

int main(int argc, char **argv)
{
	static struct bench_case cases[CASES_MAX];
	posix_spawn_file_actions_t actions;
	int rounds = argc > 2 ? atoi(argv[1]) : 0;

	if (rounds < 1 || rounds > ROUNDS_MAX) {
		fprintf(stderr, "usage: interleave ROUNDS FILE\n");
		return 2;
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	int count = read_cases(argv[2], cases);
	for (int i = 0; i < count; i++) /* warm up, not counted */
		run_once(&cases[i], 0, &actions);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	for (int round = 0; round < rounds; round++)
		for (int i = 0; i < count; i++)
			run_once(&cases[i], round, &actions);
	printf("%-34s %9s %9s %9s %8s %7s\n", "case", "median ms", "q1", "q3", "cpu ms", "ratio");
	for (int i = 0; i < count; i++)
		for (int round = 0; round < rounds; round++)
			cases[i].ratio[round] = cases[i].wall[round] / cases[0].wall[round];
	for (int i = 0; i < count; i++) {
		double median = quantile(cases[i].wall, rounds, 0.5);

		printf("%-34s %9.2f %9.2f %9.2f %8.2f %7.3f\n", cases[i].name, median, quantile(cases[i].wall, rounds, 0.25),
		       quantile(cases[i].wall, rounds, 0.75), quantile(cases[i].cpu, rounds, 0.5), quantile(cases[i].ratio, rounds, 0.5));
	}
	return 0;
}
