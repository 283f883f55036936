/*
 * The OCI path with the real runtimes, below the command line: needs root and a statically linked busybox, else the tests
 * are skipped.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/launch/launch_internal.h"

static const char config_format[] =
	"{\"ociVersion\":\"1.0.2\",\"process\":{\"terminal\":%s,\"user\":{\"uid\":%u,\"gid\":%u},\"cwd\":\"%s\","
	"\"noNewPrivileges\":true,"
	"\"env\":[\"PATH=/bin\"],\"args\":[%s],\"capabilities\":{\"bounding\":[],\"effective\":[],\"permitted\":[]}},"
	"\"root\":{\"path\":\"%s\",\"readonly\":true},\"hostname\":\"x\",\"mounts\":["
	"{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"},"
	"{\"destination\":\"/dev\",\"type\":\"tmpfs\",\"source\":\"tmpfs\",\"options\":[\"mode=755\"]},"
	"{\"destination\":\"/dev/pts\",\"type\":\"devpts\",\"source\":\"devpts\",\"options\":[\"newinstance\",\"ptmxmode=0666\"]}%s],"
	"\"linux\":{\"cgroupsPath\":\"%s\",\"resources\":{\"pids\":{\"limit\":32}},"
	"\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"network\"},"
	"{\"type\":\"ipc\"},{\"type\":\"uts\"},{\"type\":\"mount\"}]}}\n";

struct stage {
	struct arena *arena;
	char directory[64];
	struct host_facts facts;
	struct plan plan;
	struct launch launch;
	const char *arguments; /* JSON, after the first bracket */
	const char *extra_mounts;
	const char *cwd;
	int standard[3];       /* for the run; -1: as it is */
};

static bool can_run(const char *runtime)
{
	return geteuid() == 0 && access("/bin/busybox", X_OK) == 0 && access(runtime, X_OK) == 0;
}

static void make_tree(const struct stage *stage)
{
	static const char *const directories[] = {"", "/bin", "/proc", "/dev", "/etc"};
	static const char *const applets[] = {"sh", "true", "cat", "sleep", "id", "ls", "touch", "seq", "pwd", "stty", "tty", "yes"};
	struct arena *arena = stage->arena;

	for (size_t i = 0; i < ARRAY_COUNT(directories); i++)
		assert_int_equal(mkdir(arena_printf(arena, "%s/tree%s", stage->directory, directories[i]), 0755), 0);
	assert_int_equal(system(arena_printf(arena, "cp /bin/busybox %s/tree/bin/busybox", stage->directory)), 0);
	for (size_t i = 0; i < ARRAY_COUNT(applets); i++)
		assert_int_equal(symlink("busybox", arena_printf(arena, "%s/tree/bin/%s", stage->directory, applets[i])), 0);
	assert_int_equal(system(arena_printf(arena, "cd %s/tree/bin && echo x > data && printf garbage > garbage && chmod "
		"755 garbage && "
					     "printf '#!/gone\\n' > orphan && chmod 755 orphan", stage->directory)), 0);
}

static int set_up(void **state)
{
	struct stage *stage = calloc(1, sizeof(*stage));
	char name[] = "/tmp/hardrun-test-XXXXXX";

	stage->arena = arena_new();
	if (!mkdtemp(name))
		return -1;
	memcpy(stage->directory, name, sizeof(name));
	*state = stage;
	if (geteuid() != 0 || access("/bin/busybox", X_OK) != 0)
		return 0;
	make_tree(stage);
	stage->facts.is_root = true;
	stage->facts.cgroup = access("/sys/fs/cgroup/unified", F_OK) == 0 ? CGROUP_HYBRID : CGROUP_V2;
	stage->facts.runtime_dir = arena_printf(stage->arena, "%s/run", stage->directory);
	stage->facts.state_dir = arena_printf(stage->arena, "%s/state", stage->directory);
	stage->plan.image_rootfs = arena_printf(stage->arena, "%s/tree", stage->directory);
	stage->plan.uid = stage->plan.gid = 1234;
	stage->plan.is_read_only = stage->plan.is_sig_proxy = true;
	stage->plan.memory_bytes = 64 << 20;
	stage->launch.container_id = arena_printf(stage->arena, "t%d", getpid());
	string_list_add(stage->arena, &stage->launch.environment, "PATH=/usr/sbin:/usr/bin:/sbin:/bin");
	stage->extra_mounts = "";
	stage->cwd = "/";
	stage->standard[0] = stage->standard[1] = stage->standard[2] = -1;
	return 0;
}

static int tear_down(void **state)
{
	struct stage *stage = *state;
	CLOSE_FD int tmp = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	/* Through our own remover, which is what is tested elsewhere. */
	(void)remove_tree(tmp, stage->directory + strlen("/tmp/"));
	arena_free(stage->arena);
	free(stage);
	return 0;
}

static void complete(struct stage *stage, enum backend_kind backend, const char *arguments)
{
	struct arena *arena = stage->arena;
	struct launch *launch = &stage->launch;
	const char *end = strchr(arguments + 1, '"');

	launch->backend = backend;
	launch->program = backend == BACKEND_CRUN ? "/usr/bin/crun" : "/usr/sbin/runc";
	launch->plan = &stage->plan;
	launch->facts = &stage->facts;
	string_list_add(arena, &stage->plan.argv, arena_strndup(arena, arguments + 1, (size_t)(end - arguments - 1)));
	launch->config_json = arena_printf(arena, config_format, stage->plan.is_tty ? "true" : "false", stage->plan.uid, stage->plan.gid,
					   stage->cwd, arguments,
					   backend_rootfs_path(arena, stage->facts.runtime_dir, launch->container_id),
					   stage->extra_mounts, backend_cgroup_path(arena, launch->container_id));
}

struct outcome { int status; char output[8192]; char message[1024]; };

static _Noreturn void run_child(const struct stage *stage, int output, int answer)
{
	struct arena *arena = arena_new();
	struct error err = {0};
	int status = -1;
	int result;

	for (int fd = 0; fd < 3; fd++) {
		int wanted = fd == 0 ? stage->standard[0] : stage->standard[fd] >= 0 ? stage->standard[fd] : output;

		if (wanted >= 0)
			(void)dup2(wanted, fd);
	}
	result = launch_run(arena, &stage->launch, &status, &err);
	if (result < 0)
		(void)dprintf(answer, "%s", err.message);
	_exit(status);
}

static void read_all(int fd, char *buffer, size_t size)
{
	size_t length = 0;
	ssize_t got;

	while (length < size - 1 && (got = read(fd, buffer + length, size - 1 - length)) > 0)
		length += (size_t)got;
	buffer[length] = '\0';
	(void)close(fd);
}

static pid_t start(const struct stage *stage, int *ret_output, int *ret_answer)
{
	int output[2], answer[2];
	pid_t pid;

	assert_int_equal(pipe2(output, O_CLOEXEC), 0);
	assert_int_equal(pipe2(answer, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		(void)close(output[0]);
		run_child(stage, output[1], answer[1]);
	}
	(void)close(output[1]);
	(void)close(answer[1]);
	*ret_output = output[0];
	*ret_answer = answer[0];
	return pid;
}

static int finish(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

static struct outcome run(struct stage *stage, enum backend_kind backend, const char *arguments)
{
	struct outcome outcome;
	int output, answer;
	pid_t pid;

	complete(stage, backend, arguments);
	pid = start(stage, &output, &answer);
	read_all(output, outcome.output, sizeof(outcome.output));
	read_all(answer, outcome.message, sizeof(outcome.message));
	outcome.status = finish(pid);
	return outcome;
}

/* Waits up to ten seconds for the shell test ${condition}. */
static bool comes_true(const struct stage *stage, const char *condition)
{
	const struct timespec pause = {.tv_nsec = 20000000};

	for (int i = 0; i < 500; i++) {
		if (system(arena_printf(stage->arena, "cd %s && %s", stage->directory, condition)) == 0)
			return true;
		(void)nanosleep(&pause, NULL);
	}
	return false;
}

static void assert_nothing_left(const struct stage *stage)
{
	const char *id = stage->launch.container_id;

	assert_true(comes_true(stage, arena_printf(stage->arena, "[ -z \"$(ls run/containers)\" ] && [ ! -e run/runc/%s ] && "
		"[ ! -e run/crun/%s ] && "
							   "! ls -d /sys/fs/cgroup/*/hardrun-%s /sys/fs/cgroup/hardrun-%s 2>/dev/null",
						   id, id, id, id)));
	assert_true(comes_true(stage, "[ -z \"$(find tree -newer run/containers.lock)\" ]"));
}

struct status_row { const char *name; const char *arguments; int status; const char *output; const char *message; };

static const struct status_row status_rows[] = {
	{"true", "\"true\"", 0, "", ""},
	{"own status", "\"sh\",\"-c\",\"echo out; echo err >&2; exit 3\"", 3, "out\nerr\n", ""},
	{"status 125 of its own", "\"sh\",\"-c\",\"exit 125\"", 125, "", ""},
	{"status 255", "\"sh\",\"-c\",\"exit 255\"", 255, "", ""},
	{"killed", "\"sh\",\"-c\",\"sh -c 'kill -9 $$'; exit $?\"", 137, NULL, ""},
	{"not there", "\"nosuch\"", 127, "", "the command nosuch was not found in the container"},
	{"path not there", "\"/bin/nosuch\"", 127, "", "the command /bin/nosuch was not found in the container"},
	{"not executable", "\"/bin/data\"", 126, "", "the command /bin/data cannot be executed in the container: permission denied"},
	{"a directory", "\"/bin\"", 126, "", "the command /bin cannot be executed in the container: permission denied"},
	{"not a program", "\"/bin/garbage\"", 126, "", "the command /bin/garbage cannot be executed in the container: not a "
		"program of this machine"},
	{"no interpreter", "\"/bin/orphan\"", 127, "", "the interpreter or loader of the command /bin/orphan was not found "
		"in the container"},
	{"no input", "\"cat\"", 0, "", ""},
	{"its user", "\"id\",\"-u\"", 0, "1234\n", ""},
	{"stdout opens anew", "\"sh\",\"-c\",\"echo again > /proc/self/fd/1; echo too > /proc/self/fd/2\"", 0, "again\ntoo\n", ""},
	{"no descriptor leaks", "\"sh\",\"-c\",\"ls /proc/self/fd\"", 0, "0\n1\n2\n3\n", ""},
	{"read only", "\"sh\",\"-c\",\"touch /x 2>/dev/null; echo $?\"", 0, "1\n", ""},
};

static void check_row(void **state, enum backend_kind backend, const struct status_row *row)
{
	struct outcome outcome = run(*state, backend, row->arguments);

	assert_string_equal(outcome.message, row->message);
	if (row->output)
		assert_string_equal(outcome.output, row->output);
	assert_int_equal(outcome.status, row->status);
	assert_nothing_left(*state);
}

static void test_all_rows(void **state, enum backend_kind backend, const char *program)
{
	if (!can_run(program))
		skip();
	for (size_t i = 0; i < ARRAY_COUNT(status_rows); i++) {
		struct stage *stage = *state;

		stage->plan.argv = (struct string_list){0};
		print_message("# %s\n", status_rows[i].name);
		check_row(state, backend, &status_rows[i]);
	}
}

static void test_statuses_runc(void **state)
{
	test_all_rows(state, BACKEND_RUNC, "/usr/sbin/runc");
}

static void test_statuses_crun(void **state)
{
	test_all_rows(state, BACKEND_CRUN, "/usr/bin/crun");
}

static void test_input_is_passed_on(void **state)
{
	struct stage *stage = *state;
	struct outcome outcome;
	int ends[2];

	if (!can_run("/usr/sbin/runc"))
		skip();
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(write(ends[1], "hello\n", 6), 6);
	(void)close(ends[1]);
	stage->standard[0] = ends[0];
	stage->plan.is_interactive = true;
	outcome = run(stage, BACKEND_RUNC, "\"cat\"");
	assert_string_equal(outcome.output, "hello\n");
	assert_int_equal(outcome.status, 0);
}

static void test_much_output_arrives_whole(void **state)
{
	struct stage *stage = *state;
	const char *file;
	int fd;

	if (!can_run("/usr/sbin/runc"))
		skip();
	file = arena_printf(stage->arena, "%s/out", stage->directory);
	fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	stage->standard[1] = fd;
	assert_int_equal(run(stage, BACKEND_RUNC, "\"seq\",\"1\",\"300000\"").status, 0);
	assert_true(comes_true(stage, "seq 1 300000 | cmp -s - out"));
}

static void test_reader_that_leaves_ends_the_writer(void **state)
{
	struct stage *stage = *state;
	int output, answer;
	char some[64];
	pid_t pid;

	if (!can_run("/usr/sbin/runc"))
		skip();
	complete(stage, BACKEND_RUNC, "\"yes\"");
	pid = start(stage, &output, &answer);
	assert_true(read(output, some, sizeof(some)) > 0);
	(void)close(output);
	assert_int_not_equal(finish(pid), 0);
	(void)close(answer);
	assert_nothing_left(stage);
}

static void test_missing_places_do_not_touch_the_tree(void **state)
{
	struct stage *stage = *state;
	struct outcome outcome;

	if (!can_run("/usr/sbin/runc"))
		skip();
	stage->cwd = "/new/work";
	stage->extra_mounts = ",{\"destination\":\"/cache/a\",\"type\":\"tmpfs\",\"source\":\"tmpfs\",\"options\":[\"mode=1777\"]}";
	outcome = run(stage, BACKEND_RUNC, "\"sh\",\"-c\",\"pwd; touch /cache/a/x && ls /cache/a; touch /new/work/y "
		"2>/dev/null || echo ro\"");
	assert_string_equal(outcome.message, "");
	assert_string_equal(outcome.output, "/new/work\nx\nro\n");
	assert_nothing_left(stage);
	assert_true(comes_true(stage, "[ ! -e tree/new ] && [ ! -e tree/cache ]"));
}

static void bind_source(struct stage *stage, const char *source, ino_t inode)
{
	struct plan_mount *mount = arena_alloc(stage->arena, sizeof(*mount));
	struct stat status;

	assert_int_equal(stat(source, &status), 0);
	*mount = (struct plan_mount){.type = PLAN_BIND, .source = source, .target = "/etc/data", .is_directory = true,
				     .device = status.st_dev, .inode = inode ? inode : status.st_ino};
	stage->plan.mounts = mount;
	stage->plan.mount_count = 1;
	stage->extra_mounts = arena_printf(stage->arena,
		",{\"destination\":\"/etc/data\",\"type\":\"bind\",\"source\":\"%s\",\"options\":[\"bind\",\"ro\"]}",
					   backend_stage_path(stage->arena, stage->facts.runtime_dir, stage->launch.container_id, 0));
}

static void test_bind_comes_from_the_judged_directory(void **state)
{
	struct stage *stage = *state;
	const char *source = arena_printf(stage->arena, "%s/source", stage->directory);

	if (!can_run("/usr/sbin/runc"))
		skip();
	assert_int_equal(system(arena_printf(stage->arena, "mkdir %s && echo judged > %s/f", source, source)), 0);
	bind_source(stage, source, 0);
	assert_string_equal(run(stage, BACKEND_RUNC, "\"cat\",\"/etc/data/f\"").output, "judged\n");
	assert_nothing_left(stage);
	assert_true(comes_true(stage, "[ -e source/f ]"));
}

static void test_bind_that_was_replaced_is_refused(void **state)
{
	struct stage *stage = *state;
	const char *source = arena_printf(stage->arena, "%s/source", stage->directory);
	struct outcome outcome;

	if (!can_run("/usr/sbin/runc"))
		skip();
	assert_int_equal(mkdir(source, 0755), 0);
	bind_source(stage, source, 4242);
	outcome = run(stage, BACKEND_RUNC, "\"true\"");
	assert_non_null(strstr(outcome.message, "has been replaced since it was judged"));
	assert_int_equal(outcome.status, 125);
	assert_nothing_left(stage);
}

static void test_bind_through_a_link_is_refused(void **state)
{
	struct stage *stage = *state;
	const char *source = arena_printf(stage->arena, "%s/link", stage->directory);
	struct outcome outcome;

	if (!can_run("/usr/sbin/runc"))
		skip();
	assert_int_equal(symlink("/etc", source), 0);
	bind_source(stage, source, 0);
	outcome = run(stage, BACKEND_RUNC, "\"true\"");
	assert_non_null(strstr(outcome.message, "cannot open what is to be mounted"));
	assert_int_equal(outcome.status, 125);
	assert_nothing_left(stage);
}

static void test_signal_reaches_the_container(void **state)
{
	struct stage *stage = *state;
	int output, answer;
	char text[64];
	pid_t pid;

	if (!can_run("/usr/sbin/runc"))
		skip();
	complete(stage, BACKEND_RUNC, "\"sh\",\"-c\",\"trap 'exit 42' TERM; echo up; while :; do sleep 0.05; done\"");
	pid = start(stage, &output, &answer);
	assert_int_equal(read(output, text, sizeof(text)), 3);
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(finish(pid), 42);
	(void)close(output);
	(void)close(answer);
	assert_nothing_left(stage);
}

static void test_killed_hardrun_leaves_nothing(void **state)
{
	struct stage *stage = *state;
	int output, answer;
	char text[64];
	pid_t pid;

	if (!can_run("/usr/sbin/runc"))
		skip();
	complete(stage, BACKEND_RUNC, "\"sh\",\"-c\",\"echo up; while :; do sleep 0.05; done\"");
	pid = start(stage, &output, &answer);
	assert_int_equal(read(output, text, sizeof(text)), 3);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(finish(pid), 1000 + SIGKILL);
	(void)close(output);
	(void)close(answer);
	assert_nothing_left(stage);
}

enum moment { NOTHING_MADE, NOT_YET_LOCKED, MADE, MOMENT_COUNT };

/* As oci.c begins, up to ${moment}; then killed. */
static _Noreturn void begin_and_die(const struct stage *stage, enum moment moment)
{
	struct container container;
	struct error err = {0};
	int result = bundle_init(&container, stage->arena, &stage->launch, &err);

	(void)signal(SIGPIPE, SIG_IGN);
	if (result == 0)
		result = bundle_open(&container, &err);
	if (result == 0)
		result = watch_start(&container, &err);
	if (result == 0 && moment == NOT_YET_LOCKED)
		result = mkdirat(container.list_fd, container.id, 0700);
	if (result == 0 && moment == MADE)
		result = bundle_make(&container, &err);
	if (result == 0)
		result = system(arena_printf(stage->arena, "echo %d > %s/watchdog", container.watch_pid, stage->directory));
	if (result == 0)
		(void)raise(SIGKILL);
	_exit(1);
}

/* The watchdog was there first. */
static void test_killed_at_the_first_moments(void **state)
{
	struct stage *stage = *state;

	stage->plan.cidfile = arena_printf(stage->arena, "%s/cid", stage->directory);
	complete(stage, BACKEND_RUNC, "\"true\"");
	for (enum moment moment = NOTHING_MADE; moment < MOMENT_COUNT; moment++) {
		pid_t pid = fork();

		if (pid == 0)
			begin_and_die(stage, moment);
		assert_int_equal(finish(pid), 1000 + SIGKILL);
		assert_true(comes_true(stage, "[ ! -e run/containers ] || [ -z \"$(ls run/containers)\" ]"));
		assert_true(comes_true(stage, "[ ! -e cid ]"));
	}
}

/* One of the same name is another's as long as that lives. */
static void test_killed_beside_another_of_the_name(void **state)
{
	struct stage *stage = *state;
	struct container other;
	struct error err = {0};
	pid_t pid;

	complete(stage, BACKEND_RUNC, "\"true\"");
	(void)signal(SIGPIPE, SIG_IGN);
	assert_int_equal(bundle_init(&other, stage->arena, &stage->launch, &err), 0);
	assert_int_equal(bundle_open(&other, &err), 0);
	assert_int_equal(watch_start(&other, &err), 0);
	assert_int_equal(bundle_make(&other, &err), 0);
	pid = fork();
	if (pid == 0)
		begin_and_die(stage, NOTHING_MADE);
	assert_int_equal(finish(pid), 1000 + SIGKILL);
	/* Its watchdog goes when it has looked. */
	assert_true(comes_true(stage, "[ ! -e /proc/$(cat watchdog) ] || grep -q '^State:.Z' /proc/$(cat watchdog)/status"));
	assert_true(comes_true(stage, arena_printf(stage->arena, "[ -s run/containers/%s/config.json ]", other.id)));
	bundle_discard(&other);
	assert_true(comes_true(stage, "[ -z \"$(ls run/containers)\" ]"));
}

static void test_sweep_takes_what_both_left(void **state)
{
	struct stage *stage = *state;
	int output, answer;
	char text[64];
	pid_t pid;

	if (!can_run("/usr/sbin/runc"))
		skip();
	complete(stage, BACKEND_RUNC, "\"sh\",\"-c\",\"echo up; while :; do sleep 0.05; done\"");
	pid = start(stage, &output, &answer);
	assert_int_equal(read(output, text, sizeof(text)), 3);
	/* While they live nothing is stale. */
	assert_int_equal(launch_sweep(stage->arena, &stage->facts), 0);
	/* The list of children lacks some while others end: until the watchdog is found, and it may not have its name yet. */
	assert_true(comes_true(stage, arena_printf(stage->arena, "for p in $(cat /proc/%d/task/%d/children); do grep -q "
						   "hardrun-watch /proc/$p/comm && kill -9 $p && exit 0; done; false", pid, pid)));
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(finish(pid), 1000 + SIGKILL);
	/* Nobody waits for the watchdog, which dies when it gets to it: then nobody has the lock. */
	assert_true(comes_true(stage, arena_printf(stage->arena, "flock -n run/containers/%s true", stage->launch.container_id)));
	assert_true(comes_true(stage, "[ -n \"$(ls run/containers)\" ]"));
	assert_int_equal(launch_sweep(stage->arena, &stage->facts), 1);
	(void)close(output);
	(void)close(answer);
	assert_nothing_left(stage);
}

static void test_name_in_use(void **state)
{
	struct stage *stage = *state;
	int output, answer;
	struct outcome second;
	char text[64];
	pid_t pid;

	if (!can_run("/usr/sbin/runc"))
		skip();
	complete(stage, BACKEND_RUNC, "\"sh\",\"-c\",\"trap 'exit 0' TERM; echo up; while :; do sleep 0.05; done\"");
	pid = start(stage, &output, &answer);
	assert_int_equal(read(output, text, sizeof(text)), 3);
	second = run(stage, BACKEND_RUNC, "\"true\"");
	assert_string_equal(second.message, arena_printf(stage->arena, "the container name %s is in use", stage->launch.container_id));
	assert_int_equal(second.status, 125);
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(finish(pid), 0);
	(void)close(output);
	(void)close(answer);
	assert_nothing_left(stage);
}

static void test_detached_container_runs_on(void **state)
{
	struct stage *stage = *state;

	if (!can_run("/usr/sbin/runc"))
		skip();
	stage->plan.is_detached = true;
	assert_int_equal(run(stage, BACKEND_RUNC, "\"sh\",\"-c\",\"echo to the log; sleep 0.3; echo end\"").status, 0);
	assert_true(comes_true(stage, arena_printf(stage->arena, "[ -d run/containers/%s ]", stage->launch.container_id)));
	assert_true(comes_true(stage, arena_printf(stage->arena, "printf 'to the log\\nend\\n' | cmp -s - state/logs/%s.log",
						   stage->launch.container_id)));
	assert_nothing_left(stage);
}

static void test_detached_failure_is_told(void **state)
{
	struct stage *stage = *state;
	struct outcome outcome;

	if (!can_run("/usr/sbin/runc"))
		skip();
	stage->plan.is_detached = true;
	outcome = run(stage, BACKEND_RUNC, "\"nosuch\"");
	assert_string_equal(outcome.message, "the command nosuch was not found in the container");
	assert_int_equal(outcome.status, 127);
	assert_nothing_left(stage);
	assert_true(comes_true(stage, "[ -z \"$(ls state/logs)\" ]"));
}

static void test_terminal_of_its_own(void **state)
{
	struct stage *stage = *state;
	struct outcome outcome;

	if (!can_run("/usr/sbin/runc"))
		skip();
	stage->plan.is_tty = true;
	outcome = run(stage, BACKEND_RUNC, "\"sh\",\"-c\",\"tty; exit 9\"");
	assert_string_equal(outcome.output, "/dev/pts/0\r\n");
	assert_int_equal(outcome.status, 9);
	assert_nothing_left(stage);
}

static void test_terminal_wanted_and_none_there(void **state)
{
	struct stage *stage = *state;
	struct outcome outcome;

	if (!can_run("/usr/sbin/runc"))
		skip();
	stage->plan.is_tty = stage->plan.is_interactive = true;
	stage->standard[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	outcome = run(stage, BACKEND_RUNC, "\"true\"");
	assert_string_equal(outcome.message, "the input device is not a TTY");
	assert_int_equal(outcome.status, 125);
}

static void test_cidfile(void **state)
{
	struct stage *stage = *state;
	struct outcome outcome;

	if (!can_run("/usr/sbin/runc"))
		skip();
	stage->plan.cidfile = arena_printf(stage->arena, "%s/cid", stage->directory);
	outcome = run(stage, BACKEND_RUNC, "\"true\"");
	assert_string_equal(outcome.message, "");
	assert_true(comes_true(stage, arena_printf(stage->arena, "[ \"$(cat cid)\" = %s ]", stage->launch.container_id)));
	outcome = run(stage, BACKEND_RUNC, "\"true\"");
	assert_non_null(strstr(outcome.message, "File exists"));
	assert_int_equal(outcome.status, 125);
	assert_true(comes_true(stage, "[ -s cid ] && rm cid"));
	/* A container that never ran leaves no file; a dangling link is not followed. */
	stage->plan.argv = (struct string_list){0};
	assert_int_equal(run(stage, BACKEND_RUNC, "\"nosuch\"").status, 127);
	assert_true(comes_true(stage, "[ ! -e cid ] && ln -s elsewhere cid"));
	assert_int_equal(run(stage, BACKEND_RUNC, "\"true\"").status, 125);
	assert_true(comes_true(stage, "[ ! -e elsewhere ]"));
	assert_nothing_left(stage);
}

static void test_ids_that_are_paths(void **state)
{
	static const char *const bad[] = {"", ".", "..", "../x", "a/b", "-x", "_x", "a b", "a\nb", "\xc3\xa4"};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
		assert_false(bundle_name_is_sane(bad[i]));
	assert_false(bundle_name_is_sane(NULL));
	assert_true(bundle_name_is_sane("web-1.2_x"));
}

/* Whoever inherits what we leave behind may be slow to bury it: nothing is left. */
static void test_watchdog_is_waited_for(void **state)
{
	struct container container = {
		.arena = arena_new(), .base_fd = -1, .list_fd = -1, .dir_fd = -1, .watch_fd = -1, .cidfile = CIDFILE_NONE,
	};
	struct error err = {0};
	pid_t pid;

	(void)state;
	(void)signal(SIGPIPE, SIG_IGN); /* as oci.c does */
	for (unsigned round = 0; round < 2; round++) {
		assert_int_equal(watch_start(&container, &err), 0);
		pid = container.watch_pid;
		assert_true(pid > 0);
		if (round == 1) /* killed by somebody: its end is waited for all the same */
			assert_int_equal(kill(pid, SIGKILL), 0);
		watch_end(&container);
		assert_int_equal(kill(pid, 0), -1);
		assert_int_equal(errno, ESRCH);
		assert_int_equal(waitpid(pid, NULL, WNOHANG), -1);
		assert_int_equal(errno, ECHILD);
		assert_int_equal(container.watch_fd, -1);
	}
	watch_end(&container); /* twice does no harm */
	arena_free(container.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids_that_are_paths),
		cmocka_unit_test(test_watchdog_is_waited_for),
		cmocka_unit_test_setup_teardown(test_statuses_runc, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_statuses_crun, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_input_is_passed_on, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_much_output_arrives_whole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_reader_that_leaves_ends_the_writer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_missing_places_do_not_touch_the_tree, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bind_comes_from_the_judged_directory, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bind_that_was_replaced_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bind_through_a_link_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_signal_reaches_the_container, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_killed_hardrun_leaves_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_killed_at_the_first_moments, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_killed_beside_another_of_the_name, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_sweep_takes_what_both_left, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_name_in_use, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_detached_container_runs_on, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_detached_failure_is_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_terminal_of_its_own, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_terminal_wanted_and_none_there, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cidfile, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
