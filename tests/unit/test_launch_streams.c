/* Relays, the runtime's failures in words, and whether a tree has every place that config.json mounts over. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "../../src/launch/launch_internal.h"
#include "../../src/launch/tally.h"

/* ---- relays ---- */

struct pipes {
	struct arena *arena;
	int in[2], out[2];
	struct relay relay;
};

static int set_up(void **state)
{
	struct pipes *pipes = calloc(1, sizeof(*pipes));

	pipes->arena = arena_new();
	if (pipe2(pipes->in, O_CLOEXEC) < 0 || pipe2(pipes->out, O_CLOEXEC) < 0)
		return -1;
	(void)signal(SIGPIPE, SIG_IGN);
	relay_init(&pipes->relay, pipes->arena, pipes->in[0], pipes->out[1]);
	*state = pipes;
	return 0;
}

static int tear_down(void **state)
{
	struct pipes *pipes = *state;

	for (int i = 0; i < 2; i++) {
		(void)close(pipes->in[i]);
		(void)close(pipes->out[i]);
	}
	arena_free(pipes->arena);
	free(pipes);
	return 0;
}

/* As the supervisor does it: waits for what the relay wants, but never long. */
static void step(struct pipes *pipes)
{
	struct pollfd wanted = relay_interest(&pipes->relay);

	(void)poll(&wanted, 1, 50);
	relay_step(&pipes->relay, wanted.revents);
}

static void test_bytes_go_through(void **state)
{
	struct pipes *pipes = *state;
	char text[16] = "";

	assert_int_equal(write(pipes->in[1], "a\0b", 3), 3);
	step(pipes);
	assert_int_equal(read(pipes->out[0], text, sizeof(text)), 3);
	assert_memory_equal(text, "a\0b", 3);
	assert_false(relay_is_done(&pipes->relay));
}

static void test_end_is_passed_on(void **state)
{
	struct pipes *pipes = *state;
	char text[16];

	pipes->relay.closes_to = true;
	(void)close(pipes->in[1]);
	step(pipes);
	assert_true(relay_is_done(&pipes->relay));
	assert_int_equal(read(pipes->out[0], text, sizeof(text)), 0);
	pipes->in[1] = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void test_a_full_pipe_does_not_block(void **state)
{
	struct pipes *pipes = *state;
	char *big = calloc(1, RELAY_BUFFER_BYTES);

	/* 64 KiB fill the second pipe, the next stay with us; nothing here may wait. */
	assert_int_equal(fcntl(pipes->in[1], F_SETFL, O_NONBLOCK), 0);
	for (int i = 0; i < 8; i++) {
		(void)!write(pipes->in[1], big, RELAY_BUFFER_BYTES);
		step(pipes);
	}
	assert_int_equal(relay_interest(&pipes->relay).fd, pipes->out[1]);
	assert_int_equal(relay_interest(&pipes->relay).events, POLLOUT);
	/* Room again: it goes on. */
	assert_true(read(pipes->out[0], big, RELAY_BUFFER_BYTES) > 0);
	step(pipes);
	step(pipes);
	assert_false(relay_is_done(&pipes->relay));
	free(big);
}

static void test_a_reader_that_left(void **state)
{
	struct pipes *pipes = *state;

	(void)close(pipes->out[0]);
	assert_int_equal(write(pipes->in[1], "x", 1), 1);
	step(pipes);
	step(pipes);
	/* The container's own write fails from now on. */
	assert_true(relay_is_done(&pipes->relay));
	assert_int_equal(write(pipes->in[1], "x", 1), -1);
	assert_int_equal(errno, EPIPE);
	pipes->out[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void test_a_full_disk_ends_it(void **state)
{
	struct pipes *pipes = *state;

	pipes->relay.to = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_int_equal(write(pipes->in[1], "x", 1), 1);
	step(pipes);
	step(pipes);
	assert_true(relay_is_done(&pipes->relay));
}

static void test_held_is_not_read(void **state)
{
	struct pipes *pipes = *state;
	char text[4];

	pipes->relay.is_held = true;
	assert_int_equal(write(pipes->in[1], "x", 1), 1);
	assert_int_equal(relay_interest(&pipes->relay).fd, -1);
	relay_step(&pipes->relay, POLLIN);
	assert_int_equal(read(pipes->in[0], text, sizeof(text)), 1);
}

static void test_nobody_wants_it(void **state)
{
	struct pipes *pipes = *state;

	pipes->relay.to = -1;
	assert_int_equal(write(pipes->in[1], "dropped", 7), 7);
	step(pipes);
	assert_int_equal(relay_interest(&pipes->relay).fd, pipes->in[0]);
	assert_false(relay_is_done(&pipes->relay));
}

static void test_no_stream_is_done_at_once(void **state)
{
	struct relay relay;

	(void)state;
	relay_init(&relay, NULL, -1, 1);
	assert_true(relay_is_done(&relay));
	assert_int_equal(relay_interest(&relay).fd, -1);
}

/* What came from the container is counted, whether it goes on or not. sha256sum says the same. */
static void test_tally(void **state)
{
	static const struct { const char *pieces[3]; uint64_t lines; const char *digest; } rows[] = {
		{{NULL}, 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{{"one\n", "t", "wo"}, 2, "21066d108d5319ecb5a1fc4454f42ef22fc5f1c7df49c31d90294950e0ea8b2c"},
		{{"one\nt", "wo\n"}, 2, "c3f9c8c283a2b1f2f1896f27a01cbe3cddc0c9d93f752e4639035a0f5b36f6e8"},
	};
	struct pipes *pipes = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct watch_output output;
		char text[16];

		pipes->relay.tally = tally_begin(pipes->arena);
		for (size_t k = 0; k < ARRAY_COUNT(rows[i].pieces) && rows[i].pieces[k]; k++) {
			assert_true(write(pipes->in[1], rows[i].pieces[k], strlen(rows[i].pieces[k])) > 0);
			step(pipes);
			assert_true(read(pipes->out[0], text, sizeof(text)) > 0);
		}
		output = tally_end(pipes->arena, pipes->relay.tally);
		assert_int_equal(output.lines, rows[i].lines);
		assert_string_equal(output.digest, rows[i].digest);
	}
}

static void test_signals_by_name(void **state)
{
	static const struct { const char *name; int number; } rows[] = {
		{"TERM", SIGTERM}, {"SIGQUIT", SIGQUIT}, {"sigwinch", SIGWINCH}, {"9", 9}, {"64", 64}, {"RTMIN+3", 37}, {"SIGRTMAX-1", 63},
		{"IOT", SIGABRT}, {"0", 0}, {"65", 0}, {"", 0}, {"NOSUCH", 0}, {"RTMIN+16", 0}, {"-9", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_int_equal(process_signal(rows[i].name), rows[i].number);
}

/* ---- failures in words ---- */

#define RUNC(text) \
	"{\"level\":\"error\",\"msg\":\"runc run failed: unable to start container process: " text "\",\"time\":\"t\"}\n"
#define CRUN(text) "{\"msg\":\"" text "\",\"level\":\"error\",\"time\":\"t\"}\n"
#define LINES(text) "{\n  \"msg\": \"" text "\",\n  \"level\": \"error\",\n  \"time\": \"t\"\n}"

struct failure_row { const char *name, *log, *said; int status; const char *message; };
static const struct failure_row failure_rows[] = {
	{"runc: not in PATH", RUNC("exec: \\\"web\\\": executable file not found in $PATH"), "", 127,
		"the command web was not found in the container"},
	{"runc: path not there", RUNC("exec: \\\"/web\\\": stat /web: no such file or directory"), "", 127, "was not found"},
	{"runc: not executable", RUNC("exec: \\\"/web\\\": permission denied"), "", 126,
		"cannot be executed in the container: permission denied"},
	{"runc: a directory", RUNC("exec: \\\"/web\\\": is a directory"), "", 126, "cannot be executed"},
	{"runc: a mount is missing", RUNC("error during container init: error mounting \\\"/x\\\" to rootfs at \\\"/y\\\": "
		"stat /x: no such file or directory"),
	 "", 125, "could not start the container: error mounting"},
	{"runc: permission of a mount", RUNC("error during container init: error mounting: permission denied"), "", 125,
		"error mounting"},
	{"runc: exec format", "", "exec /web: exec format error\n", 126, "not a program of this machine"},
	{"runc: no interpreter", "", "exec /web: no such file or directory\n", 127, "the interpreter or loader of the command web"},
	{"runc: no more processes", "", "exec /web: resource temporarily unavailable\n", 126, "resource temporarily unavailable"},
	{"runc: too many words", "", "exec /web: argument list too long\n", 126, "argument list too long"},
	{"crun: too many words", "", CRUN("exec container process `/web`: Argument list too long"), 126, "Argument list too long"},
	{"runc: Go gives up", "", "runtime: failed to create new OS thread\nfatal error: newosproc\n\nruntime stack:\nruntime.throw()\n"
		"\t/go/panic.go:7 +0x4\n\ngoroutine 1 [running]:\nmain.main()\n\t/x.go:3\n", 125, "fatal error: newosproc"},
	{"crun: not found", CRUN("executable file `web` not found in $PATH: No such file or directory"), "", 127,
		"the command web was not found"},
	{"crun: not executable", CRUN("open executable: Permission denied"), "", 126, "permission denied"},
	{"crun: a directory", CRUN("open executable: Operation not permitted"), "", 126, "permission denied"},
	{"crun 1.21: not executable", CRUN("the path `/web` exists but it is not executable: Operation not permitted"), "", 126,
		"permission denied"},
	{"crun 1.21: a directory", CRUN("the path `/web` is not a regular file: Operation not permitted"), "", 126,
		"permission denied"},
	{"crun 1.21: below a closed directory", CRUN("open `web`: Permission denied"), "", 126, "permission denied"},
	{"crun 1.21: a mount below one", CRUN("open `/srv/web`: Permission denied"), "", 125, "open `/srv/web`"},
	{"crun 1.21: path not there", CRUN("executable file `/web` not found: No such file or directory"), "", 127, "was not found"},
	{"crun: exec format", "", CRUN("exec container process `/web`: Exec format error"), 126, "not a program of this machine"},
	{"crun: no interpreter", "", CRUN("exec container process (missing dynamic library?) `/web`: No such file or "
		"directory"), 127, "interpreter or loader"},
	{"crun: a mount is missing", CRUN("error stat'ing file `/x`: No such file or directory"), "", 125, "error stat'ing file"},
	{"crun 1.28: over several lines", LINES("first") LINES("open executable: Permission denied"), "", 126, "permission denied"},
	{"crun 1.28: to the stream", "", "words\n" LINES("exec container process `\\/web`: Exec format error") "\n", 126,
		"not a program of this machine"},
	{"two objects on a line", CRUN("first") "{\"msg\":\"a\",\"level\":\"error\"} {\"msg\":\"b\",\"level\":\"error\"}", "", 125,
		"container: a"},
	{"an object without an end", CRUN("first") "{\n  \"msg\": \"second\",\n  \"level\": \"error\"\n", "", 125, "container: first"},
	{"the last error counts", CRUN("first") CRUN("second"), "", 125, "runtime could not start the container: second"},
	{"warnings do not", CRUN("cause") "{\"level\":\"warning\",\"msg\":\"noise\"}\n", "", 125, "cause"},
	{"a broken log", "{\"level\":\"error\",\"msg\":\n\xff\n", "what it said\n", 125, "what it said"},
	{"silence", "", "", 125, "without saying why"},
	{"control characters", CRUN("a\\u001b[31mb\\nc"), "", 125, "a\\x1b[31mb\\x0ac"},
	{"other JSON", "[1]\n7\n\"x\"\n{\"level\":3,\"msg\":4}\n", "", 125, "without saying why"},
};

static void test_failures(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(failure_rows); i++) {
		const struct failure_row *row = &failure_rows[i];
		struct diagnosis diagnosis = diagnose_failure(arena, "runtime", "web", row->log, row->said);

		print_message("# %s\n", row->name);
		assert_int_equal(diagnosis.status, row->status);
		assert_non_null(strstr(diagnosis.message, row->message));
		assert_null(strchr(diagnosis.message, '\n'));
	}
	arena_free(arena);
}

static void test_failures_are_short(void **state)
{
	struct arena *arena = arena_new();
	char *long_text = arena_alloc(arena, 20001);

	(void)state;
	memset(long_text, 'x', 20000);
	assert_true(strlen(diagnose_failure(arena, "r", "w", "", long_text).message) < 600);
	assert_true(strlen(diagnose_failure(arena, "r", long_text, RUNC("exec: \\\"x\\\": permission denied"), "").message) < 600);
	arena_free(arena);
}

/* ---- places in a tree ---- */

struct target_row { const char *name; bool is_read_only; const char *working_dir; const char *targets[2]; bool all; };
static const struct target_row target_rows[] = {
	{"all there", true, "/", {"/proc", "/data/a"}, true},
	{"a file", true, "/", {"/etc/hosts"}, true},
	{"writable root", false, "/", {"/proc"}, false},
	{"a missing one", true, "/", {"/proc", "/data/b"}, false},
	{"a missing one below a mount", true, "/", {"/proc", "/proc/x/y"}, true},
	{"the same below a later mount", true, "/", {"/proc/x/y", "/proc"}, false},
	{"a neighbour with a common beginning", true, "/", {"/data", "/database"}, false},
	{"a link", true, "/", {"/link"}, false},
	{"below a link", true, "/", {"/link/a"}, false},
	{"a link out of the tree", true, "/", {"/out/passwd"}, false},
	{"dots", true, "/", {"/data/../data/a"}, false},
	{"up and out", true, "/", {"/../../etc"}, false},
	{"working directory there", true, "/data", {"/proc"}, true},
	{"working directory missing", true, "/work", {"/proc"}, false},
	{"working directory in a mount", true, "/proc/work", {"/proc"}, true},
	{"relative", true, "/", {"proc"}, false},
	{"no working directory", true, NULL, {NULL}, false},
};

static void test_targets(void **state)
{
	char name[] = "/tmp/hardrun-test-XXXXXX";
	struct arena *arena = arena_new();
	int fd;

	(void)state;
	assert_non_null(mkdtemp(name));
	assert_int_equal(system(arena_printf(arena, "cd %s && mkdir -p proc data/a etc && touch etc/hosts && ln -s data link "
		"&& ln -s /etc out", name)), 0);
	fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < ARRAY_COUNT(target_rows); i++) {
		const struct target_row *row = &target_rows[i];
		struct plan plan = {.is_read_only = row->is_read_only, .working_dir = row->working_dir};
		struct launch launch = {.plan = &plan};

		print_message("# %s\n", row->name);
		for (size_t target = 0; target < ARRAY_COUNT(row->targets) && row->targets[target]; target++)
			string_list_add(arena, &launch.mount_targets, row->targets[target]);
		assert_int_equal(targets_all_exist(&launch, fd), row->all);
	}
	(void)close(fd);
	fd = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(remove_tree(fd, name + strlen("/tmp/")), 0);
	(void)close(fd);
	arena_free(arena);
}

/* ---- links on the way to a mount ---- */

struct link_row { const char *name, *target, *place; bool is_refused; };
static const struct link_row link_rows[] = {
	{"no link", "/data/a", "/data/a", false},
	{"missing", "/no/such", "/no/such", false},
	{"a link to a neighbour", "/link/x", "/data/x", false},
	{"/tmp -> /proc", "/tmp", "/proc", true},
	{"below that", "/tmp/x", "/proc/x", true},
	{"a relative link upwards", "/data/up/kcore", "/proc/kcore", true},
	{"past the root of the tree", "/data/far", "/sys", true},
	{"a link to a directory that is not there yet", "/dangling", "/dev/new", true},
	{"a link to a link", "/twice", "/proc", true},
	{"a link in another bind", "/bind/evil", "/proc", true},
	{"a directory in another bind", "/bind/sub", "/bind/sub", false},
	{"below a tmpfs there are no links", "/covered/tmp", "/covered/tmp", false},
	{"round and round", "/loop", NULL, true},
};

static void test_links_to_forbidden_places(void **state)
{
	char name[] = "/tmp/hardrun-test-XXXXXX";
	struct arena *arena = arena_new();
	struct plan_mount mounts[] = {
		{.type = PLAN_BIND, .source = arena_printf(arena, "%s/source", mkdtemp(name)), .target = "/bind"},
		{.type = PLAN_TMPFS, .target = "/covered"},
		{.type = PLAN_TMPFS},
	};
	struct plan plan = {.image_rootfs = arena_printf(arena, "%s/tree", name), .mounts = mounts, .mount_count = 3};
	static const struct { const char *path; bool is_refused; } directories[] = {
		{"/data", false}, {"/link", false}, {"/bind/sub", false}, {"/bind/evil/self/cwd", true}, {"/data/far/fs", true},
		{"/loop", true}, {"/covered/tmp", false},
	};
	struct error err;
	int fd;

	(void)state;
	assert_int_equal(system(arena_printf(arena, "cd %s && mkdir -p tree/proc tree/sys tree/data/a tree/covered tree/bind source/sub "
		"&& cd tree && ln -s data link && ln -s /proc tmp && ln -s ../proc data/up && ln -s ../../../../sys data/far "
		"&& ln -s /dev/new dangling && ln -s ./tmp twice && ln -s loop loop && ln -s /proc covered/tmp && ln -s /proc ../source/evil",
		name)), 0);
	for (size_t i = 0; i < ARRAY_COUNT(link_rows); i++) {
		const char *place = links_follow(arena, &plan, 2, link_rows[i].target);

		print_message("# %s\n", link_rows[i].name);
		assert_true(place == NULL ? link_rows[i].place == NULL : strcmp(place, link_rows[i].place) == 0);
		mounts[2].target = link_rows[i].target;
		assert_int_equal(links_check(arena, &plan, &err), link_rows[i].is_refused ? -ERROR_UNSUPPORTED : 0);
	}
	/* Where it starts. */
	mounts[2].target = "/else";
	for (size_t i = 0; i < ARRAY_COUNT(directories); i++) {
		plan.working_dir = directories[i].path;
		assert_int_equal(links_check(arena, &plan, &err), directories[i].is_refused ? -ERROR_UNSUPPORTED : 0);
	}
	fd = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(remove_tree(fd, name + strlen("/tmp/")), 0);
	(void)close(fd);
	arena_free(arena);
}

/* ---- descriptors at start ---- */

static int run_sanitized(int closed)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		int high = fcntl(0, F_DUPFD, 77);

		(void)signal(SIGCHLD, SIG_IGN);
		for (int fd = 0; fd < 3; fd++)
			if (closed & (1 << fd))
				(void)close(fd);
		launch_sanitize_descriptors(0);
		for (int fd = 0; fd < 3; fd++)
			if (fcntl(fd, F_GETFD) != 0)
				_exit(1);
		if (fcntl(high, F_GETFD) != -1 || fcntl(3, F_GETFD) != -1 || signal(SIGCHLD, SIG_DFL) != SIG_DFL)
			_exit(2);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void test_every_set_of_closed_descriptors(void **state)
{
	(void)state;
	for (int closed = 0; closed < 8; closed++)
		assert_int_equal(run_sanitized(closed), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_bytes_go_through, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_end_is_passed_on, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_full_pipe_does_not_block, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_reader_that_left, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_full_disk_ends_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_held_is_not_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nobody_wants_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_tally, set_up, tear_down),
		cmocka_unit_test(test_signals_by_name),
		cmocka_unit_test(test_no_stream_is_done_at_once),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_failures_are_short),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_links_to_forbidden_places),
		cmocka_unit_test(test_every_set_of_closed_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
