/*
 * Files of the launch room that need neither root nor a runtime: descriptors, sealed memory, removal, logs, cgroups of a
 * fake tree.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

#include "../../src/launch/launch_internal.h"

struct stage {
	struct arena *arena;
	char directory[64];
	int fd;
};

static int set_up(void **state)
{
	struct stage *stage = calloc(1, sizeof(*stage));
	char name[] = "/tmp/hardrun-test-XXXXXX";

	stage->arena = arena_new();
	if (!mkdtemp(name))
		return -1;
	memcpy(stage->directory, name, sizeof(name));
	stage->fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = stage;
	return 0;
}

static int tear_down(void **state)
{
	struct stage *stage = *state;
	CLOSE_FD int tmp = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)close(stage->fd);
	if (remove_tree(tmp, stage->directory + strlen("/tmp/")) != 0)
		return -1;
	arena_free(stage->arena);
	free(stage);
	return 0;
}

static int shell(const struct stage *stage, const char *script)
{
	return system(arena_printf(stage->arena, "cd %s && %s", stage->directory, script));
}

static const char *in(const struct stage *stage, const char *name)
{
	return arena_printf(stage->arena, "%s/%s", stage->directory, name);
}

/* ---- removal ---- */

static void test_remove_what_is_not_there(void **state)
{
	assert_int_equal(remove_tree(((struct stage *)*state)->fd, "nothing"), 0);
}

static void test_remove_a_file_and_a_link(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(shell(stage, "mkdir keep && touch keep/f file && ln -s keep link && ln -s gone dangling"), 0);
	assert_int_equal(remove_tree(stage->fd, "file"), 0);
	assert_int_equal(remove_tree(stage->fd, "link"), 0);
	assert_int_equal(remove_tree(stage->fd, "dangling"), 0);
	assert_int_equal(shell(stage, "[ \"$(ls)\" = keep ] && [ -e keep/f ]"), 0);
}

static void test_remove_follows_no_link_inside(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(shell(stage, "mkdir -p keep/sub tree/a/b && touch keep/f keep/sub/g && ln -s ../../../keep tree/a/b/link && "
			       "ln -s ../keep tree/link && mkfifo tree/fifo && touch tree/.hidden 'tree/a b\n'"), 0);
	assert_int_equal(remove_tree(stage->fd, "tree"), 0);
	assert_int_equal(shell(stage, "[ \"$(ls)\" = keep ] && [ -e keep/f ] && [ -e keep/sub/g ]"), 0);
}

static void test_remove_many_directories_of_one_name(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(shell(stage, "for i in 1 2 3 4 5 6 7 8 9; do mkdir -p tree/$i/same/same/same tree/.gone-$i/same; "
			       "touch tree/$i/same/same/same/f; done"), 0);
	assert_int_equal(remove_tree(stage->fd, "tree"), 0);
	assert_int_equal(shell(stage, "[ -z \"$(ls)\" ]"), 0);
}

/* A name is not looked for from the beginning for each: that took the square of their number. */
static void test_remove_a_very_wide_tree(void **state)
{
	struct stage *stage = *state;
	struct timespec before, after;

	assert_int_equal(shell(stage, "mkdir -p tree/in && cd tree/in && seq -f %g/x 12000 | xargs mkdir -p"), 0);
	assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before), 0);
	assert_int_equal(remove_tree(stage->fd, "tree"), 0);
	assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after), 0);
	assert_true(after.tv_sec - before.tv_sec < 15);
	assert_int_equal(shell(stage, "[ -z \"$(ls)\" ]"), 0);
}

/* Deeper than PATH_MAX and than there are descriptors: neither recursion nor a descriptor for each level would do. */
static void test_remove_a_very_deep_tree(void **state)
{
	struct stage *stage = *state;
	int fd = openat(stage->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (int i = 0; i < 3000; i++) {
		int next;

		assert_int_equal(mkdirat(fd, i == 0 ? "deep" : "dddddddd", 0700), 0);
		next = openat(fd, i == 0 ? "deep" : "dddddddd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		(void)close(fd);
		fd = next;
	}
	(void)close(fd);
	assert_int_equal(remove_tree(stage->fd, "deep"), 0);
	assert_int_equal(faccessat(stage->fd, "deep", F_OK, 0), -1);
}

static void test_remove_stops_at_a_mount(void **state)
{
	struct stage *stage = *state;
	int status, inside;
	pid_t pid;

	if (geteuid() != 0)
		skip();
	assert_int_equal(shell(stage, "mkdir -p tree/mnt/x keep && touch keep/f"), 0);
	pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		    mount(in(stage, "keep"), in(stage, "tree/mnt"), NULL, MS_BIND, NULL) < 0)
			_exit(9);
		/* Opened anew: the other descriptor sees the other namespace. */
		inside = open(stage->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		_exit(remove_tree(inside, "tree") < 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(shell(stage, "[ -e keep/f ] && [ -d tree ]"), 0);
	/* Where nothing is mounted it goes. */
	assert_int_equal(remove_tree(stage->fd, "tree"), 0);
	assert_int_equal(shell(stage, "[ -e keep/f ]"), 0);
}

static void test_open_beneath_stays_beneath(void **state)
{
	struct stage *stage = *state;
	static const char *const bad[] = {"../x", "/etc/passwd", "link/passwd", "link", "dir/../../x", ""};

	assert_int_equal(shell(stage, "ln -s /etc link && mkdir dir && touch dir/f"), 0);
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
		assert_int_equal(descriptors_open_beneath(stage->fd, bad[i], O_PATH), -1);
	/* Mounts are borders too. */
	assert_int_equal(descriptors_open_beneath(AT_FDCWD, "/proc/self", O_PATH), -1);
	assert_true(descriptors_open_beneath(stage->fd, "dir/f", O_PATH) >= 0);
}

static void test_open_plain_takes_no_link(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(shell(stage, "mkdir dir && ln -s dir link && touch dir/f"), 0);
	assert_int_equal(descriptors_open_plain(in(stage, "link/f"), O_PATH), -1);
	assert_int_equal(descriptors_open_plain(in(stage, "link"), O_PATH), -1);
	assert_int_equal(descriptors_open_plain("/proc/self/root", O_PATH), -1);
	assert_true(descriptors_open_plain(in(stage, "dir/f"), O_PATH) >= 0);
}

/* ---- directories of ours ---- */

static void test_make_directory(void **state)
{
	struct stage *stage = *state;
	struct error err = {0};
	int fd = descriptors_make_directory(stage->arena, in(stage, "a/b/c"), &err);

	assert_true(fd >= 0);
	assert_int_equal(shell(stage, "[ $(stat -c %a a/b/c) = 700 ] && [ $(stat -c %a a) = 700 ]"), 0);
	(void)close(fd);
	fd = descriptors_make_directory(stage->arena, in(stage, "a/b/c"), &err);
	assert_true(fd >= 0);
	(void)close(fd);
}

struct directory_row { const char *name, *script, *message; };
static const struct directory_row directory_rows[] = {
	{"world-writable", "mkdir d && chmod 777 d", "others may write"},
	{"group-writable", "mkdir d && chmod 770 d", "others may write"},
	{"a link", "mkdir e && ln -s e d", "cannot be made or opened"},
	{"a file", "touch d", "cannot be made or opened"},
};

static void test_make_directory_refuses(void **state)
{
	struct stage *stage = *state;

	for (size_t i = 0; i < ARRAY_COUNT(directory_rows); i++) {
		struct error err = {0};

		assert_int_equal(shell(stage, directory_rows[i].script), 0);
		assert_int_equal(descriptors_make_directory(stage->arena, in(stage, "d"), &err), -1);
		assert_non_null(strstr(err.message, directory_rows[i].message));
		assert_int_equal(shell(stage, "rm -rf d e"), 0);
	}
}

static void test_make_directory_of_another(void **state)
{
	struct stage *stage = *state;
	struct error err = {0};

	if (geteuid() != 0)
		skip();
	assert_int_equal(shell(stage, "mkdir d && chown 1234 d"), 0);
	assert_int_equal(descriptors_make_directory(stage->arena, in(stage, "d"), &err), -1);
	assert_int_equal(err.kind, ERROR_UNTRUSTED);
	assert_non_null(err.remedy);
}

static void test_write_and_read_file(void **state)
{
	struct stage *stage = *state;
	size_t length = 0;

	assert_true(descriptors_write_file(stage->fd, "f", "text", 4));
	assert_string_equal(descriptors_read_file(stage->arena, stage->fd, "f", 4), "text");
	assert_null(descriptors_read_file(stage->arena, stage->fd, "f", 3));
	assert_int_equal(errno, EFBIG);
	assert_false(descriptors_write_file(stage->fd, "f", "again", 5));
	assert_int_equal(errno, EEXIST);
	/* As long as it is, whatever is in it. */
	assert_true(descriptors_write_file(stage->fd, "bytes", "a\0b", 3));
	assert_memory_equal(descriptors_read_bytes(stage->arena, stage->fd, "bytes", 3, &length), "a\0b", 4);
	assert_int_equal(length, 3);
	assert_int_equal(shell(stage, "ln -s f link && mkfifo fifo"), 0);
	assert_false(descriptors_write_file(stage->fd, "link", "x", 1));
	assert_null(descriptors_read_file(stage->arena, stage->fd, "link", 100));
	assert_null(descriptors_read_file(stage->arena, stage->fd, "fifo", 100));
	assert_null(descriptors_read_file(stage->arena, stage->fd, ".", 100));
	assert_null(descriptors_read_file(stage->arena, -1, "f", 100));
}

static void test_write_to_a_full_disk_leaves_nothing(void **state)
{
	struct stage *stage = *state;

	if (geteuid() != 0)
		skip();
	assert_int_equal(shell(stage, "mkdir full"), 0);
	if (fork() == 0) {
		char *big = calloc(1, 1 << 20);
		int fd;

		if (system(arena_printf(stage->arena, "mount -t tmpfs -o size=64k tmpfs %s", in(stage, "full"))) != 0)
			_exit(3);
		fd = open(in(stage, "full"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (descriptors_write_file(fd, "f", big, 1 << 20) || errno != ENOSPC)
			_exit(1);
		_exit(faccessat(fd, "f", F_OK, 0) == 0 ? 2 : 0);
	} else {
		int status;

		(void)wait(&status);
		(void)shell(stage, "umount full");
		assert_int_equal(status, 0);
	}
}

static void test_sealed_memory(void **state)
{
	struct stage *stage = *state;
	const char *json = "{\"defaultAction\":\"SCMP_ACT_ERRNO\"}";
	int fd = memfd_seal("test", json, strlen(json));
	char text[64] = "";
	int again;

	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GET_SEALS), F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	assert_int_equal(write(fd, "x", 1), -1);
	assert_int_equal(ftruncate(fd, 0), -1);
	/* As docker's client reads it: opened anew by its name, from the start, writing not even then. */
	again = open(arena_printf(stage->arena, "/proc/self/fd/%d", fd), O_RDWR | O_CLOEXEC);
	assert_true(again < 0 || write(again, "x", 1) < 0);
	assert_int_equal(read(fd, text, sizeof(text)), strlen(json));
	assert_string_equal(text, json);
	assert_true(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
	(void)close(fd);
}

static void test_sealed_memory_under_a_file_limit(void **state)
{
	static const struct rlimit limits[] = {{.rlim_cur = 0, .rlim_max = RLIM_INFINITY}, {.rlim_cur = 0, .rlim_max = 0}};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(limits); i++) {
		pid_t pid = fork();
		int status;

		if (pid == 0) {
			struct rlimit after;
			int fd;

			(void)setrlimit(RLIMIT_FSIZE, &limits[i]);
			fd = memfd_seal("test", "x", 1);
			(void)getrlimit(RLIMIT_FSIZE, &after);
			_exit(after.rlim_cur != 0 ? 9 : fd >= 0 ? 0 : errno == EFBIG ? 1 : 2);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), i);
	}
}

/* ---- logs ---- */

static void test_log_rotates(void **state)
{
	struct stage *stage = *state;
	struct error err = {0};
	struct log log;

	assert_int_equal(log_open(stage->arena, in(stage, "logs"), "web", 10, (uid_t)-1, &log, &err), 0);
	log_write(&log, "0123456789abcdefghijXYZ", 23);
	assert_int_equal(shell(stage, "[ \"$(cat logs/web.log)\" = XYZ ] && [ \"$(cat logs/web.log.1)\" = abcdefghij ]"), 0);
	log_write(&log, "1", 1);
	assert_int_equal(shell(stage, "[ \"$(cat logs/web.log)\" = XYZ1 ] && [ $(stat -c %a logs/web.log) = 600 ]"), 0);
	log_discard(&log);
	assert_int_equal(shell(stage, "[ -z \"$(ls logs)\" ]"), 0);
}

static void test_log_starts_anew(void **state)
{
	struct stage *stage = *state;
	struct error err = {0};
	struct log log;

	assert_int_equal(shell(stage, "mkdir -m 700 logs && echo old > logs/web.log && echo older > logs/web.log.1"), 0);
	assert_int_equal(log_open(stage->arena, in(stage, "logs"), "web", 10, (uid_t)-1, &log, &err), 0);
	assert_int_equal(shell(stage, "[ ! -s logs/web.log ] && [ ! -e logs/web.log.1 ]"), 0);
}

static void test_log_that_is_a_link(void **state)
{
	struct stage *stage = *state;
	struct error err = {0};
	struct log log;

	assert_int_equal(shell(stage, "mkdir -m 700 logs && echo keep > f && ln -s ../f logs/web.log"), 0);
	assert_true(log_open(stage->arena, in(stage, "logs"), "web", 10, (uid_t)-1, &log, &err) < 0);
	assert_int_equal(shell(stage, "[ \"$(cat f)\" = keep ]"), 0);
}

static void test_log_of_somebody(void **state)
{
	const struct host_facts facts = {.state_dir = in(*state, "")};
	const struct launch_local hers = {.id = "web", .caller = 2001}, his = {.id = "web", .caller = 2002};
	struct stage *stage = *state;
	CLOSE_FD int out = open(in(stage, "out"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct error err = {0};
	struct log log;

	if (geteuid() != 0)
		skip();
	assert_int_equal(log_open(stage->arena, in(stage, "logs"), "web", 4, 2001, &log, &err), 0);
	log_write(&log, "abcdef", 6);
	/* Also after the older part has been put aside. */
	assert_int_equal(shell(stage, "[ \"$(stat -c %u logs/web.log logs/web.log.1 | uniq)\" = 2001 ]"), 0);
	assert_int_equal(launch_copy_log(stage->arena, &facts, &his, out, &err), -ERROR_MISSING);
	assert_int_equal(shell(stage, "[ ! -s out ]"), 0);
	assert_int_equal(launch_copy_log(stage->arena, &facts, &hers, out, &err), 0);
	assert_int_equal(shell(stage, "[ \"$(cat out)\" = abcdef ]"), 0);
	log_forget(stage->arena, in(stage, "logs"), "web");
	assert_int_equal(shell(stage, "[ -z \"$(ls logs)\" ]"), 0);
	assert_int_equal(launch_copy_log(stage->arena, &facts, &hers, out, &err), -ERROR_MISSING);
}

/* ---- locks ---- */

static void test_lock_is_waited_for_only_so_long(void **state)
{
	struct stage *stage = *state;
	CLOSE_FD int mine = lock_open(stage->arena, stage->fd, "a.lock", 1, &(struct error){0});
	struct error err = {0};
	int64_t before;

	assert_true(mine >= 0);
	before = host_now();
	assert_int_equal(lock_open(stage->arena, stage->fd, "a.lock", 1, &err), -1);
	assert_true(host_now() - before >= 900000 && host_now() - before <= 5000000);
	assert_int_equal(err.kind, ERROR_SYSTEM);
	/* On a layered file system the kernel does not tell whose it is. */
	assert_non_null(strstr(err.message, arena_printf(stage->arena, "the lock %s/a.lock for 1 seconds", stage->directory)));
	assert_non_null(err.remedy);
	(void)flock(mine, LOCK_UN);
	assert_int_equal(lock_take(stage->arena, mine, 1, &err), 0);
}

static void test_lock_says_who_has_it(void **state)
{
	struct stage *stage = *state;
	char name[] = "/dev/shm/hardrun-test-XXXXXX";
	CLOSE_FD int mine = mkstemp(name), other = open(name, O_RDWR | O_CLOEXEC);
	struct error err = {0};

	(void)unlink(name);
	assert_int_equal(flock(mine, LOCK_EX), 0);
	assert_true(lock_take(stage->arena, other, 0, &err) < 0);
	assert_non_null(strstr(err.message, arena_printf(stage->arena, "process %d has held the lock ", (int)getpid())));
}

static void test_lock_that_frees_itself(void **state)
{
	struct stage *stage = *state;
	struct error err = {0};
	int status;
	CLOSE_FD int mine = -1;
	pid_t pid;
	int ends[2];
	char byte;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		if (lock_open(stage->arena, stage->fd, "a.lock", 1, &err) < 0 || write(ends[1], "x", 1) != 1)
			_exit(1);
		(void)usleep(300000);
		_exit(0);
	}
	assert_int_equal(read(ends[0], &byte, 1), 1);
	mine = lock_open(stage->arena, stage->fd, "a.lock", 10, &err);
	assert_true(mine >= 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static void test_log_limit_of_the_plan(void **state)
{
	struct plan_pair options[] = {{"max-file", "3"}, {"max-size", "5m"}};
	struct plan plan = {.log_options = options, .log_option_count = 2};

	(void)state;
	assert_int_equal(log_limit(&plan), 5 << 20);
	options[1].value = "junk";
	assert_int_equal(log_limit(&plan), LOG_LIMIT_DEFAULT);
	options[1].value = "0";
	assert_int_equal(log_limit(&plan), LOG_LIMIT_DEFAULT);
	plan.log_option_count = 0;
	assert_int_equal(log_limit(&plan), LOG_LIMIT_DEFAULT);
}

/* ---- cgroups, in a directory that only looks like them ---- */

static void test_cgroup_of_every_hierarchy_goes(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(shell(stage, "mkdir -p cg/memory/hardrun-x cg/memory/hardrun-y cg/pids/hardrun-x cg/cpu && ln -s "
		"cpu cg/cpuacct"), 0);
	assert_true(cgroup_discard(in(stage, "cg"), "/hardrun-x"));
	assert_int_equal(shell(stage, "[ ! -e cg/memory/hardrun-x ] && [ ! -e cg/pids/hardrun-x ] && [ -e cg/memory/hardrun-y ]"), 0);
	assert_true(cgroup_discard(in(stage, "cg"), "/hardrun-x"));
}

static void test_cgroup_of_version_2_goes(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(shell(stage, "mkdir -p cg/hardrun-x/inner cg/hardrun-y && touch cg/cgroup.controllers"), 0);
	assert_true(cgroup_discard(in(stage, "cg"), "/hardrun-x"));
	assert_int_equal(shell(stage, "[ ! -e cg/hardrun-x ] && [ -e cg/hardrun-y ]"), 0);
	assert_true(cgroup_discard(in(stage, "no-cgroups-here"), "/hardrun-x") || errno == ENOENT);
}

/* A pid in the list whose process is in another cgroup (it was reused, or the list lies) is not killed. */
static void test_cgroup_kills_only_its_own(void **state)
{
	struct stage *stage = *state;
	pid_t innocent = fork();
	int status;

	if (innocent == 0) {
		(void)pause();
		_exit(0);
	}
	assert_int_equal(shell(stage, arena_printf(stage->arena, "mkdir -p cg/pids/hardrun-x/inner && echo %d > "
		"cg/pids/hardrun-x/inner/cgroup.procs",
						   innocent)), 0);
	(void)unlinkat(stage->fd, "cg/pids/hardrun-x/inner/nothing", 0);
	/* The fake file keeps rmdir from working, as members do. */
	assert_false(cgroup_discard(in(stage, "cg"), "/hardrun-x"));
	assert_int_equal(kill(innocent, 0), 0);
	assert_int_equal(waitpid(innocent, &status, WNOHANG), 0);
	assert_int_equal(kill(innocent, SIGKILL), 0);
	(void)waitpid(innocent, &status, 0);
}

/* ---- helpers ---- */

struct said_row { const char *name, *text, *line; };
static const struct said_row said_rows[] = {
	{"plain", "first\nsecond\n", "second"},
	{"blank lines", "what\n\n  \n\t\n", "what"},
	{"no newline", "what", "what"},
	{"a Go dump", "panic: what\n\ngoroutine 1 [running]:\nmain.main()\n\t/x.go:3 +0x1d\n", "panic: what"},
	{"a dump alone", "goroutine 1 [running]:\n", "goroutine 1 [running]:"},
	{"nothing", "", ""},
	{"logrus", "time=\"2022\" level=fatal msg=\"Error reading \\\"x\\\": gone\"\n", "Error reading \"x\": gone"},
	{"control characters", "a\x1b[31mred\n", "a\\x1b[31mred"},
	{"unfinished", "level=fatal msg=\"half\\", "half\\"},
};

static void test_last_words(void **state)
{
	struct stage *stage = *state;

	for (size_t i = 0; i < ARRAY_COUNT(said_rows); i++) {
		print_message("# %s\n", said_rows[i].name);
		assert_string_equal(spawn_last_line(stage->arena, said_rows[i].text), said_rows[i].line);
	}
}

static void test_helper_killed_in_silence(void **state)
{
	struct stage *stage = *state;
	const char *argv[] = {"/bin/sh", "-c", "kill -9 $$", NULL};
	const struct spawn spawn = {.argv = argv};
	struct error err = {0};
	const char *said;
	int status;

	assert_int_equal(spawn_run(stage->arena, &spawn, &status, &said, &err), 0);
	assert_int_equal(status, 137);
	assert_string_equal(said, "nothing: it was ended by signal 9");
}

static void test_helper_runs_to_its_end(void **state)
{
	struct stage *stage = *state;
	const char *argv[] = {"/bin/sh", "-c", "echo lost; cat; echo \"$PWD $HOME $X\" >&2; exit 7", NULL};
	const char *environment[] = {"X=set", "HOME=/h", NULL};
	const struct spawn spawn = {.argv = argv, .environment = environment, .directory = stage->directory};
	struct error err = {0};
	const char *said;
	int status;

	assert_int_equal(spawn_run(stage->arena, &spawn, &status, &said, &err), 0);
	assert_int_equal(status, 7);
	assert_string_equal(said, arena_printf(stage->arena, "%s /h set", stage->directory));
}

static void test_helper_that_dies_or_is_not_there(void **state)
{
	struct stage *stage = *state;
	const char *killed[] = {"/bin/sh", "-c", "kill -9 $$", NULL};
	const char *missing[] = {"/nonexistent/program", NULL};
	const struct spawn first = {.argv = killed}, second = {.argv = missing};
	struct error err = {0};
	const char *said;
	int status;

	assert_int_equal(spawn_run(stage->arena, &first, &status, &said, &err), 0);
	assert_int_equal(status, 137);
	assert_int_equal(spawn_run(stage->arena, &second, &status, &said, &err), 0);
	assert_int_equal(status, 127);
}

/* An answer, whatever the program warns of beside it; its complaint, where it gives none. */
static void test_answers_of_helpers(void **state)
{
	static const struct { const char *script, *said; int status; bool is_first; } rows[] = {
		{"echo one; echo two; echo warning >&2", "two", 0, false}, {"echo warning >&2; echo one; echo two", "one", 0, true},
		{"echo warning >&2", "", 0, false}, {"echo one; echo wrong >&2; exit 3", "wrong", 3, false},
		{"yes one | head -n 100000; echo two; echo warning >&2", "one", 0, true},
	};
	struct stage *stage = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const char *argv[] = {"/bin/sh", "-c", rows[i].script, NULL};
		const struct spawn spawn = {.argv = argv, .is_answer_said = true, .is_first_said = rows[i].is_first};
		struct error err = {0};
		const char *said;
		int status;

		assert_int_equal(spawn_run(stage->arena, &spawn, &status, &said, &err), 0);
		assert_int_equal(status, rows[i].status);
		assert_string_equal(said, rows[i].said);
	}
}

static void test_helper_that_says_much(void **state)
{
	struct stage *stage = *state;
	const char *argv[] = {"/bin/sh", "-c", "i=0; while [ $i -lt 20000 ]; do echo line $i >&2; i=$((i+1)); done; echo "
		"last >&2", NULL};
	const struct spawn spawn = {.argv = argv};
	struct error err = {0};
	const char *said;
	int status;

	assert_int_equal(spawn_run(stage->arena, &spawn, &status, &said, &err), 0);
	assert_int_equal(status, 0);
	assert_string_equal(said, "last");
}

/* A request to stop ends the helper and waits for us: whoever started it cleans up first. */
static void test_helper_ends_with_a_held_signal(void **state)
{
	struct stage *stage = *state;
	int status;

	if (fork() == 0) {
		const char *argv[] = {"/bin/sh", "-c", "kill -TERM $PPID; exec sleep 60", NULL};
		const struct spawn spawn = {.argv = argv};
		struct error err = {0};
		const char *said;
		sigset_t before;
		int result;

		spawn_hold_signals(&before);
		result = spawn_run(stage->arena, &spawn, &status, &said, &err);
		if (result == 0 && status == 128 + SIGTERM)
			(void)shell(stage, "touch cleaned");
		(void)sigprocmask(SIG_SETMASK, &before, NULL);
		_exit(9);
	}
	(void)wait(&status);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	assert_int_equal(shell(stage, "[ -e cleaned ]"), 0);
}

static void test_global_words_of_a_client(void **state)
{
	const char *items[] = {"/usr/bin/docker", "--config", "/run/x", "--host", "unix:///s", "run", "--rm", "create"};
	const struct string_list argv = {.items = items, .count = ARRAY_COUNT(items)};
	const struct string_list none = {0};

	(void)state;
	assert_int_equal(network_global_words(&argv), 5);
	assert_int_equal(network_global_words(&none), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_remove_what_is_not_there, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_remove_a_file_and_a_link, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_remove_follows_no_link_inside, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_remove_many_directories_of_one_name, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_remove_a_very_wide_tree, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_remove_a_very_deep_tree, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_remove_stops_at_a_mount, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_open_beneath_stays_beneath, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_open_plain_takes_no_link, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_make_directory, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_make_directory_refuses, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_make_directory_of_another, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_write_and_read_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_write_to_a_full_disk_leaves_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_sealed_memory, set_up, tear_down),
		cmocka_unit_test(test_sealed_memory_under_a_file_limit),
		cmocka_unit_test_setup_teardown(test_log_rotates, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_log_starts_anew, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_log_that_is_a_link, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_log_of_somebody, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_lock_is_waited_for_only_so_long, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_lock_says_who_has_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_lock_that_frees_itself, set_up, tear_down),
		cmocka_unit_test(test_log_limit_of_the_plan),
		cmocka_unit_test_setup_teardown(test_cgroup_of_every_hierarchy_goes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cgroup_of_version_2_goes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cgroup_kills_only_its_own, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_last_words, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_helper_killed_in_silence, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_helper_runs_to_its_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_helper_that_dies_or_is_not_there, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_answers_of_helpers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_helper_that_says_much, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_helper_ends_with_a_held_signal, set_up, tear_down),
		cmocka_unit_test(test_global_words_of_a_client),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
