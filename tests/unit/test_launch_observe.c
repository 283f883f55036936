/* What is kept of a container that was watched: counters of its cgroup, needs between two processes, the last bad end. */
#include "rows.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../src/launch/observe.h"

struct ground { struct arena *arena; char root[64]; };

static const char *in(const struct ground *ground, const char *name)
{
	return arena_printf(ground->arena, "%s/%s", ground->root, name);
}

static int setup(void **state)
{
	struct ground *ground = malloc(sizeof(*ground));

	*ground = (struct ground){ .arena = arena_new(), .root = "/tmp/hardrun-observe-XXXXXX" };
	assert_non_null(mkdtemp(ground->root));
	*state = ground;
	return 0;
}

static int drop(const char *path, const struct stat *status, int type, struct FTW *where)
{
	(void)status;
	(void)type;
	(void)where;
	return remove(path);
}

static int teardown(void **state)
{
	struct ground *ground = *state;

	(void)nftw(ground->root, drop, 8, FTW_DEPTH | FTW_PHYS);
	arena_free(ground->arena);
	free(ground);
	return 0;
}

static void put(const struct ground *ground, const char *name, const char *text)
{
	int fd = open(in(ground, name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	(void)close(fd);
}

/* ---- counters ---- */

static struct watch_usage usage_at(const struct ground *ground, const char *cgroup)
{
	const char *const memory[] = { in(ground, cgroup + 1), arena_printf(ground->arena, "%s/memory%s", ground->root, cgroup) };
	const char *const processes[] = { arena_printf(ground->arena, "%s/pids%s", ground->root, cgroup), NULL };
	const char *const same[] = { in(ground, cgroup + 1), NULL };

	return usage_read(ground->arena, memory, strcmp(cgroup, "/c") == 0 ? same : processes);
}

static void test_usage(void **state)
{
	const struct ground *ground = *state;
	struct watch_usage usage;

	assert_int_equal(mkdir(in(ground, "c"), 0700) | mkdir(in(ground, "memory"), 0700) | mkdir(in(ground, "memory/d"), 0700) |
			 mkdir(in(ground, "pids"), 0700) | mkdir(in(ground, "pids/d"), 0700), 0);
	put(ground, "c/memory.peak", "1048576\n");
	put(ground, "c/memory.max", "67108864\n");
	put(ground, "c/memory.events", "low 0\noom 5\noom_kill 2\noom_group_kill 9\n");
	put(ground, "c/pids.peak", "7\n");
	put(ground, "c/pids.max", "max\n");
	put(ground, "c/pids.events", "max 3\n");
	usage = usage_at(ground, "/c");
	assert_true(usage.memory_peak == 1048576 && usage.memory_limit == 67108864 && usage.memory_kills == 2);
	assert_true(usage.pids_peak == 7 && usage.pids_limit == -1 && usage.pids_refused == 3);
	put(ground, "memory/d/memory.max_usage_in_bytes", "4096");
	put(ground, "memory/d/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n");
	put(ground, "pids/d/pids.events", "max 0\n");
	usage = usage_at(ground, "/d");
	assert_true(usage.memory_peak == 4096 && usage.memory_limit == -1 && usage.memory_kills == 1);
	assert_true(usage.pids_peak == -1 && usage.pids_refused == 0);
	usage = usage_at(ground, "/nowhere");
	assert_true(usage.memory_peak == -1 && usage.memory_kills == -1 && usage.pids_refused == -1);
	put(ground, "c/memory.events", "oom_kill -1\n");
	assert_int_equal(usage_at(ground, "/c").memory_kills, -1);
}

/* ---- needs, from one process to another ---- */

static void enter(struct needs_writer *writer, enum watch_need_kind kind, const char *subject, bool is_granted)
{
	struct watch_need need = { .kind = kind, .subject = subject, .is_granted = is_granted, .count = 1 };

	needs_enter(writer, &(struct watch_needs){ writer->arena, &need, 1 });
}

static void write_some(struct needs_writer *writer)
{
	enter(writer, NEED_WRITE, "/a", false);
	enter(writer, NEED_WRITE, "/b", false);
	enter(writer, NEED_WRITE, "/a", false);
	enter(writer, NEED_WRITE, "/a", true);
	needs_remember(writer, 77);
	assert_true(needs_is_met(writer, 77));
	assert_false(needs_is_met(writer, 78));
}

static void test_needs(void **state)
{
	const struct ground *ground = *state;
	struct needs_writer *writer = calloc(1, sizeof(*writer));
	struct watch_report report = { .usage = WATCH_USAGE_UNKNOWN };
	int status;
	pid_t pid;

	writer->arena = arena_new();
	writer->shared = needs_share();
	pid = fork();
	if (pid == 0) {
		write_some(writer);
		_exit(0);
	}
	assert_true(waitpid(pid, &status, 0) == pid && status == 0);
	needs_read(ground->arena, writer->shared, &report);
	assert_int_equal(report.need_count, 3);
	assert_false(report.is_observed); /* whoever wrote has ended without saying that it was all */
	assert_string_equal(report.needs[0].subject, "/a");
	assert_true(report.needs[0].count == 2 && report.needs[0].last == 3);
	assert_true(report.needs[1].count == 1 && report.needs[1].last == 2);
	assert_true(report.needs[2].is_granted && report.needs[2].count == 2 && report.needs[2].last == 5);
	report = (struct watch_report){ .usage = WATCH_USAGE_UNKNOWN };
	needs_close(writer);
	needs_read(ground->arena, writer->shared, &report);
	assert_true(report.is_observed && report.unkept == 0);
	needs_unshare(writer->shared);
	arena_free(writer->arena);
	free(writer);
}

/* Whoever fills it with trifles leaves room for what was refused. */
static void test_flood(void **state)
{
	const struct ground *ground = *state;
	struct needs_writer *writer = calloc(1, sizeof(*writer));
	struct watch_report report = { .usage = WATCH_USAGE_UNKNOWN };

	writer->arena = arena_new();
	writer->shared = needs_share();
	for (unsigned i = 0; i < WATCH_NEEDS_MAX; i++)
		enter(writer, NEED_FILE, arena_printf(writer->arena, "/%u", i), false);
	assert_int_equal(writer->known_count, WATCH_NEEDS_MINOR_MAX);
	enter(writer, NEED_WRITE, "/late", false);
	for (unsigned i = 0; i < WATCH_NEEDS_MAX; i++)
		enter(writer, NEED_WRITE, arena_printf(writer->arena, "/more-%u", i), false);
	needs_close(writer);
	needs_read(ground->arena, writer->shared, &report);
	assert_int_equal(report.need_count, WATCH_NEEDS_MAX);
	assert_string_equal(report.needs[WATCH_NEEDS_MINOR_MAX].subject, "/late");
	assert_int_equal(report.unkept, 2 * WATCH_NEEDS_MAX + 1 - WATCH_NEEDS_MAX);
	/* What is of a kind that nobody has room for is counted. */
	assert_true(needs_is_met(writer, 5));
	needs_unshare(writer->shared);
	arena_free(writer->arena);
	free(writer);
}

/* ---- from a listener that was taken over ---- */

enum { TAMPERED_BYTES = 65536 };

/* Its counts, places and lengths are whatever it likes. */
static void test_needs_that_lie(void **state)
{
	const struct ground *ground = *state;
	struct needs_writer *writer = calloc(1, sizeof(*writer));
	struct watch_report report = { .usage = WATCH_USAGE_UNKNOWN };

	writer->arena = arena_new();
	writer->shared = needs_share();
	write_some(writer);
	memset((void *)writer->shared, 0xff, TAMPERED_BYTES);
	needs_read(ground->arena, writer->shared, &report);
	assert_int_equal(report.need_count, 0);
	assert_int_equal(report.unkept, INT64_MAX);
	assert_true(report.is_observed);
	needs_unshare(writer->shared);
	arena_free(writer->arena);
	free(writer);
}

static void test_sights(void **state)
{
	const struct ground *ground = *state;
	struct sights_writer *writer = calloc(1, sizeof(*writer));
	struct watch_report report = { .usage = WATCH_USAGE_UNKNOWN };
	const struct watch_call call = { .name = "socket", .number = SYS_socket, .arguments = { 2, 1 } };

	writer->shared = sights_share();
	sights_enter(writer, &call, "a-program");
	sights_enter(writer, &call, "a-program");
	sights_enter(writer, &call, "another-progra\x1b");
	sights_read(ground->arena, writer->shared, &report);
	assert_int_equal(report.sight_count, 2);
	assert_string_equal(report.sights[0].call, "socket");
	assert_string_equal(report.sights[0].program, "a-program");
	assert_true(report.sights[0].first == 2 && report.sights[0].count == 2);
	assert_string_equal(report.sights[1].program, "another-progra\\x1b");
	sights_unshare(writer->shared);
	free(writer);
}

static void test_sights_that_lie(void **state)
{
	const struct ground *ground = *state;
	struct watch_report report = { .usage = WATCH_USAGE_UNKNOWN };
	struct observed_sights *shared = sights_share();

	memset((void *)shared, 0xff, TAMPERED_BYTES);
	sights_read(ground->arena, shared, &report);
	assert_true(report.sight_count <= WATCH_SIGHTS_MAX);
	/* Of numbers that no call has there are none; what is left is of the pages that nobody has touched. */
	for (size_t i = 0; i < report.sight_count; i++)
		assert_true(report.sights[i].count <= INT64_MAX && report.sights[i].program[0] == '\0');
	sights_unshare(shared);
}

/* ---- the last bad end ---- */

static void test_last(void **state)
{
	const struct ground *ground = *state;
	const struct host_facts facts = { .runtime_dir = in(ground, "run"), .caller_uid = 12, .nonce = "n0" };
	const char *path = NULL, *text;
	struct error err = { 0 };
	struct stat status;
	int fd;

	assert_int_equal(launch_open_last(ground->arena, &facts, &path, &err), -1);
	assert_int_equal(err.kind, ERROR_NONE);
	assert_string_equal(path, in(ground, "run/last/12.json"));
	assert_int_equal(launch_save_last(ground->arena, &facts, "one", &err), 0);
	assert_int_equal(launch_save_last(ground->arena, &facts, "two", &err), 0);
	assert_true(stat(path, &status) == 0 && (status.st_mode & 07777) == 0600);
	assert_true(stat(in(ground, "run/last"), &status) == 0 && (status.st_mode & 07777) == 0700);
	fd = launch_open_last(ground->arena, &facts, &path, &err);
	assert_true(fd >= 0);
	text = launch_read_last(ground->arena, fd);
	assert_string_equal(text, "two");
	/* A link is neither read nor written through. */
	put(ground, "victim", "mine");
	assert_int_equal(unlink(path) | symlink(in(ground, "victim"), path), 0);
	assert_int_equal(launch_open_last(ground->arena, &facts, &path, &err), -1);
	assert_int_equal(err.kind, ERROR_UNTRUSTED);
	assert_int_equal(launch_save_last(ground->arena, &facts, "three", &err), 0);
	assert_string_equal(launch_read_last(ground->arena, open(in(ground, "victim"), O_RDONLY | O_CLOEXEC)), "mine");
	/* Nor is a draft's name that somebody has taken. */
	assert_int_equal(symlink(in(ground, "victim"), in(ground, "run/last/.12.json-n0")), 0);
	assert_true(launch_save_last(ground->arena, &facts, "four", &err) < 0);
	assert_string_equal(launch_read_last(ground->arena, open(in(ground, "victim"), O_RDONLY | O_CLOEXEC)), "mine");
	assert_string_equal(launch_read_last(ground->arena, open(path, O_RDONLY | O_CLOEXEC)), "three");
}

static void test_last_is_bounded(void **state)
{
	const struct ground *ground = *state;
	const struct host_facts facts = { .runtime_dir = in(ground, "run"), .caller_uid = 12, .nonce = "n0" };
	const struct host_facts homeless = { .caller_uid = 12, .nonce = "n0" };
	char *large = arena_alloc(ground->arena, LAUNCH_LAST_BYTES_MAX + 2);
	const char *path;
	struct error err = { 0 };

	memset(large, 'x', LAUNCH_LAST_BYTES_MAX + 1);
	large[LAUNCH_LAST_BYTES_MAX + 1] = '\0';
	assert_int_equal(launch_save_last(ground->arena, &facts, large, &err), -ERROR_LIMIT);
	large[LAUNCH_LAST_BYTES_MAX] = '\0';
	assert_int_equal(launch_save_last(ground->arena, &facts, large, &err), 0);
	assert_string_equal(launch_read_last(ground->arena, launch_open_last(ground->arena, &facts, &path, &err)), large);
	put(ground, "run/last/12.json", "xx");
	assert_int_equal(truncate(path, LAUNCH_LAST_BYTES_MAX + 1), 0);
	assert_null(launch_read_last(ground->arena, launch_open_last(ground->arena, &facts, &path, &err)));
	assert_int_equal(chmod(path, 0620), 0);
	assert_int_equal(launch_open_last(ground->arena, &facts, &path, &err), -1);
	assert_int_equal(err.kind, ERROR_UNTRUSTED);
	assert_int_equal(chmod(in(ground, "run/last"), 0770), 0);
	assert_true(launch_save_last(ground->arena, &facts, "x", &err) < 0);
	assert_int_equal(launch_save_last(ground->arena, &homeless, "x", &err), -ERROR_MISSING);
	err = (struct error){ 0 };
	assert_int_equal(launch_open_last(ground->arena, &homeless, &path, &err), -1);
	assert_true(path == NULL && err.kind == ERROR_NONE);
}

/* ---- facts: of a process of our own, which sees what we see ---- */

static struct watch_observed observe(const struct ground *ground, const char *name, const char *path, uint64_t flags)
{
	struct watch_observed observed = { .call = { .name = name, .pid = getpid() } };

	observed.call.arguments[0] = (uint64_t)AT_FDCWD;
	observed.call.arguments[1] = (uint64_t)(uintptr_t)path;
	observed.call.arguments[2] = flags;
	observe_facts(ground->arena, &observed);
	return observed;
}

static void test_places(void **state)
{
	const struct ground *ground = *state;
	struct watch_observed observed;

	assert_int_equal(mkdir(in(ground, "dir"), 0750) | symlink("dir", in(ground, "link")) | symlink("loop", in(ground, "loop")), 0);
	put(ground, "dir/file", "x");
	assert_int_equal(chmod(in(ground, "dir/file"), 0640), 0);
	observed = observe(ground, "openat", in(ground, "link/../link//file"), 0);
	assert_string_equal(observed.places[0].path, in(ground, "dir/file"));
	assert_true(observed.places[0].exists && observed.places[0].is_regular && observed.places[0].has_parent);
	assert_int_equal(observed.places[0].self.mode & 07777, 0640);
	assert_int_equal(observed.places[0].parent.mode & 07777, 0750);
	assert_string_equal(observed.places[0].directory, in(ground, "dir"));
	assert_true(observed.process.is_known && observed.process.uid == geteuid());
	observed = observe(ground, "openat", in(ground, "link/new"), O_CREAT);
	assert_string_equal(observed.places[0].path, in(ground, "dir/new"));
	assert_true(!observed.places[0].exists && observed.places[0].has_parent);
	observed = observe(ground, "openat", in(ground, "link/none/new"), O_CREAT);
	assert_string_equal(observed.places[0].path, in(ground, "dir/none/new"));
	assert_true(!observed.places[0].exists && !observed.places[0].has_parent);
	assert_null(observe(ground, "openat", in(ground, "loop"), 0).places[0].path);
	assert_null(observe(ground, "openat", in(ground, "dir/file/x"), 0).places[0].path);
	assert_null(observe(ground, "openat", "/proc/self/fd/0", 0).places[0].path);
	assert_null(observe(ground, "openat", "", 0).places[0].path);
	assert_null(observe(ground, "openat", NULL, 0).places[0].path);
	observed = observe(ground, "openat", in(ground, "link"), O_NOFOLLOW);
	assert_string_equal(observed.places[0].path, in(ground, "link"));
}

static void test_interpreters(void **state)
{
	const struct ground *ground = *state;
	struct watch_observed observed = { .call = { .name = "execve", .pid = getpid() } };

	put(ground, "script", "#! /nowhere/sh -x\nexit\n");
	put(ground, "good", "#!/bin/sh\n");
	put(ground, "short", "#!");
	put(ground, "elf", "\177ELF\2\1");
	observed.call.arguments[0] = (uint64_t)(uintptr_t)in(ground, "script");
	observe_facts(ground->arena, &observed);
	assert_string_equal(observed.places[0].missing, "/nowhere/sh");
	for (size_t i = 0; i < 3; i++) {
		static const char *const names[] = { "good", "short", "elf" };

		observed = (struct watch_observed){ .call = { .name = "execve", .pid = getpid() } };
		observed.call.arguments[0] = (uint64_t)(uintptr_t)in(ground, names[i]);
		observe_facts(ground->arena, &observed);
		assert_true(observed.places[0].exists);
		assert_null(observed.places[0].missing);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_usage, setup, teardown),
		cmocka_unit_test_setup_teardown(test_needs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_flood, setup, teardown),
		cmocka_unit_test_setup_teardown(test_needs_that_lie, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sights, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sights_that_lie, setup, teardown),
		cmocka_unit_test_setup_teardown(test_last, setup, teardown),
		cmocka_unit_test_setup_teardown(test_last_is_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(test_places, setup, teardown),
		cmocka_unit_test_setup_teardown(test_interpreters, setup, teardown),
	};

	return cmocka_run_group_tests_name("launch: observed", tests, NULL, NULL);
}
