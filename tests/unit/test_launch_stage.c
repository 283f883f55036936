/*
 * Sources from their judgement to their use: whatever is renamed meanwhile, what is mounted is what was judged or nothing. And
 * what is around it: whose directories are trusted, whose id files are made with whose rights, what a dead launch leaves behind.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/launch/attend.h"
#include "../../src/launch/launch_internal.h"

#define OTHER_UID 65534
#define PAUSE_MAX 200000 /* turns of an empty loop */
#define CID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

struct world {
	struct arena *arena;
	char directory[32];
	struct host_facts facts;
	struct plan plan;
	struct plan_mount mount;
	struct launch launch;
	unsigned number;
	pid_t child;
};

static const char *in(const struct world *world, const char *name)
{
	return arena_printf(world->arena, "%s/%s", world->directory, name);
}

static bool comes_true(const struct world *world, const char *command)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (chdir(world->directory) == 0)
			(void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(99);
	}
	return waitpid(pid, &status, 0) == pid && status == 0;
}

#define assert_comes_true(world, command) assert_true(comes_true((world), (command)))

static int set_up(void **state)
{
	struct arena *arena = arena_new();
	struct world *world = arena_alloc(arena, sizeof(*world));

	world->arena = arena;
	(void)snprintf(world->directory, sizeof(world->directory), "/tmp/hardrun-stage-XXXXXX");
	if (!mkdtemp(world->directory) || chmod(world->directory, 0755) != 0)
		return -1;
	world->facts = (struct host_facts){.is_root = true, .cwd = "/", .runtime_dir = in(world, "run"), .nonce = "n"};
	world->facts.engine.docker_socket = in(world, "docker.sock");
	world->plan = (struct plan){.backend = BACKEND_DOCKER, .mounts = &world->mount, .mount_count = 1};
	world->launch = (struct launch){.backend = BACKEND_DOCKER, .plan = &world->plan, .facts = &world->facts};
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	if (world->child > 0) {
		(void)kill(world->child, SIGKILL);
		(void)waitpid(world->child, NULL, 0);
	}
	(void)comes_true(world, "awk -v d=\"$PWD/\" 'index($2, d) == 1 { print $2 }' /proc/self/mounts | sort -r | xargs -r umount -l; "
				"rm -rf --one-file-system \"$PWD\"");
	arena_free(world->arena);
	return 0;
}

static int set_up_as_root(void **state)
{
	return geteuid() == 0 ? set_up(state) : 0;
}

static int tear_down_as_root(void **state)
{
	return geteuid() == 0 ? tear_down(state) : 0;
}

/* Judges the path as it is now: one bind, and its descriptor when it is to be held. */
static bool judge(struct world *world, const char *path, int *ret_held)
{
	struct host_path found = host_resolve_path(world->arena, &world->facts, path);

	*ret_held = -1;
	if (!found.resolved)
		return false;
	world->mount = (struct plan_mount){
		.type = PLAN_BIND, .source = found.resolved, .target = "/x", .is_directory = found.kind == PATH_DIRECTORY,
		.device = found.device, .inode = found.inode,
	};
	return true;
}

static void judge_or_fail(struct world *world, const char *path)
{
	int held;

	assert_true(judge(world, path, &held));
}

/* A stage of its own number with the one mount on it. */
static int stage_it(struct world *world, struct staging *stage, struct error *err)
{
	int result;

	world->facts.nonce = arena_printf(world->arena, "n%u", world->number++);
	result = staging_make(stage, world->arena, &world->launch, err);
	return result == 0 ? staging_put(stage, &world->launch, 0, err) : result;
}

static const char *read_text(const struct world *world, const char *path)
{
	CLOSE_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = arena_alloc(world->arena, 64);
	ssize_t got = fd < 0 ? -1 : read(fd, text, 63);

	return got >= 0 ? text : NULL;
}

/* ---- the race ---- */

/*
 * Under hand/ everything is the attacker's: there stand, by turns and exchanged in one step, a directory that may be mounted and
 * a link to one that may not; the same of a file; and a directory further up.
 */
static _Noreturn void swap_for_ever(const struct world *world)
{
	const char *pairs[][2] = {
		{in(world, "hand/dir"), in(world, "hand/dir2")}, {in(world, "hand/file"), in(world, "hand/file2")},
		{in(world, "hand/up"), in(world, "hand/up2")},
	};

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	srand(1);
	for (unsigned i = 0;; i++) {
		const char *const *pair = pairs[i % ARRAY_COUNT(pairs)];

		(void)renameat2(AT_FDCWD, pair[0], AT_FDCWD, pair[1], 1 << 1 /* RENAME_EXCHANGE */);
		/* Now in a tight loop, now with a pause: a swap shall fall between any two steps of a launch. */
		for (int pause = rand() % PAUSE_MAX; pause > PAUSE_MAX / 4; pause--)
			__asm__ volatile("");
	}
}

static void start_swapper(struct world *world)
{
	assert_comes_true(world, "mkdir -p hand/dir hand/up/deep secret/deep && "
				 "echo allowed | tee hand/dir/mark hand/file > hand/up/deep/mark && echo SECRET | tee secret/mark > secret/deep/mark && "
				 "ln -s ../secret hand/dir2 && ln -s ../secret/mark hand/file2 && ln -s ../secret hand/up2");
	world->child = fork();
	if (world->child == 0)
		swap_for_ever(world);
}

struct tally { unsigned mounted, replaced, refused, leaked; };

/* One launch, as far as the mount: judge, allow what lies under hand/ alone, hold or find again, stage, look. */
static void launch_once(struct world *world, const char *path, bool is_held, struct tally *tally)
{
	const char *allowed = in(world, "hand/");
	struct staging stage = STAGING_NONE;
	struct error err;
	const char *said;
	int held = -1;

	if (!judge(world, path, &held) || strncmp(world->mount.source, allowed, strlen(allowed)) != 0) {
		tally->refused++;
		return;
	}
	if (is_held)
		held = descriptors_open_plain(world->mount.source, O_PATH);
	world->launch.source_fds = held >= 0 ? &held : NULL;
	if (stage_it(world, &stage, &err) < 0) {
		tally->replaced++;
	} else {
		said = read_text(world, arena_printf(world->arena, "%s%s", staging_place(&stage, 0), world->mount.is_directory ? "/mark" : ""));
		tally->mounted++;
		tally->leaked += !said || strcmp(said, "allowed\n") != 0;
	}
	staging_discard(&stage);
	descriptors_close(&held);
	world->launch.source_fds = NULL;
}

static unsigned launches_wanted(void)
{
	const char *text = getenv("STAGE_LAUNCHES");
	uint64_t count;

	return text && parse_decimal(text, &count) && count < 10000000 ? (unsigned)count : 10000;
}

static void test_none_gets_through(void **state)
{
	const char *const paths[] = {"hand/dir", "hand/file", "hand/up/deep"};
	struct world *world = *state;
	unsigned wanted = launches_wanted(), done = 0;
	struct tally tally = {0};

	if (geteuid() != 0)
		skip();
	start_swapper(world);
	/* A refusal is quick and says little: enough of them must come as far as the mount. */
	for (; done < wanted || (tally.mounted + tally.replaced < wanted / 10 && done < 100 * wanted); done++) {
		struct arena *whole = world->arena;

		world->arena = arena_new();
		launch_once(world, in(world, paths[done % ARRAY_COUNT(paths)]), done % 2, &tally);
		arena_free(world->arena);
		world->arena = whole;
	}
	print_message("# %u launches against a swapper: %u mounted what was judged, %u found it replaced, %u saw what is not allowed; "
		      "%u leaked\n", done, tally.mounted, tally.replaced, tally.refused, tally.leaked);
	assert_int_equal(tally.leaked, 0);
	/* The race was one: each of the three happened. */
	assert_true(tally.mounted > 0 && tally.refused > 0 && tally.replaced > 0);
	assert_comes_true(world, "[ -z \"$(ls -A run/stage)\" ] && ! grep -q \"$PWD\" /proc/self/mounts");
}

/* ---- staging ---- */

static void test_stage_of_a_directory(void **state)
{
	struct world *world = *state;
	struct staging stage = STAGING_NONE;
	struct statvfs system;
	struct error err = {0};

	if (geteuid() != 0)
		skip();
	assert_comes_true(world,
			  "mkdir -p src/sub && mount -t tmpfs tmpfs src/sub && echo x > src/sub/f && mount --make-rshared src/sub");
	judge_or_fail(world, in(world, "src"));
	world->mount.is_read_only = true;
	assert_int_equal(stage_it(world, &stage, &err), 0);
	assert_comes_true(world, "[ $(stat -c %a.%u run/stage) = 700.0 ] && [ $(stat -c %a.%u run/stage/n0) = 700.0 ]");
	/* What is mounted below comes along, confined like the rest. */
	assert_comes_true(world, "[ \"$(cat run/stage/n0/0/sub/f)\" = x ] && ! touch run/stage/n0/0/g 2> /dev/null && "
				 "! touch run/stage/n0/0/sub/g 2> /dev/null");
	assert_int_equal(statvfs(in(world, "run/stage/n0/0/sub"), &system), 0);
	assert_int_equal(system.f_flag & (ST_NOSUID | ST_NODEV | ST_RDONLY), ST_NOSUID | ST_NODEV | ST_RDONLY);
	/* Nobody else sees a mount that came later, and taking the stage away takes nothing from the tree. */
	assert_comes_true(world,
			  "mkdir src/late && mount -t tmpfs tmpfs src/late && touch src/late/f && [ ! -e run/stage/n0/0/late/f ]");
	staging_discard(&stage);
	assert_comes_true(world,
			  "[ -z \"$(ls -A run/stage)\" ] && [ -e src/sub/f ] && [ -e src/late/f ] && "
			  "! grep -q run/stage /proc/self/mounts");
	staging_discard(&stage);
}

static void test_stage_of_a_file(void **state)
{
	struct world *world = *state;
	struct staging stage = STAGING_NONE;
	struct error err = {0};

	if (geteuid() != 0)
		skip();
	assert_comes_true(world, "echo one > file && echo other > other");
	judge_or_fail(world, in(world, "file"));
	assert_int_equal(stage_it(world, &stage, &err), 0);
	assert_comes_true(world, "mv other file && [ \"$(cat run/stage/n0/0)\" = one ] && echo two > run/stage/n0/0");
	staging_discard(&stage);
	assert_comes_true(world, "[ -z \"$(ls -A run/stage)\" ] && [ \"$(cat file)\" = other ]");
}

static void test_what_was_replaced_is_not_staged(void **state)
{
	struct world *world = *state;
	struct staging stage = STAGING_NONE;
	struct error err = {0};
	int held;

	if (geteuid() != 0)
		skip();
	assert_comes_true(world, "mkdir src && echo was > src/f");
	judge_or_fail(world, in(world, "src"));
	held = open(in(world, "src"), O_PATH | O_CLOEXEC);
	assert_comes_true(world, "mv src gone && mkdir src && echo is > src/f");
	assert_true(stage_it(world, &stage, &err) < 0);
	assert_non_null(strstr(err.message, "has been replaced since it was judged"));
	staging_discard(&stage);
	/* What is held is mounted wherever it was moved to. */
	world->launch.source_fds = &held;
	assert_int_equal(stage_it(world, &stage, &err), 0);
	assert_comes_true(world, "[ \"$(cat run/stage/n1/0/f)\" = was ]");
	staging_discard(&stage);
	/* A descriptor of something else is no excuse. */
	world->mount.inode++;
	assert_true(stage_it(world, &stage, &err) < 0);
	staging_discard(&stage);
	(void)close(held);
	assert_comes_true(world, "[ -z \"$(ls -A run/stage)\" ]");
}

/* ---- what is left behind ---- */

/* A daemon that says ${answer} to whatever it is asked. */
static void start_daemon(struct world *world, const char *answer)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", world->facts.engine.docker_socket);
	(void)unlink(address.sun_path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	world->child = fork();
	if (world->child != 0) {
		(void)close(fd);
		while (!comes_true(world, "grep -q ' 00010000 .*docker.sock' /proc/net/unix"))
			;
		return;
	}
	/* SO_PEERCRED names whoever listens: the child. */
	(void)listen(fd, 8);
	for (;;) {
		char question[1024];
		int one = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

		if (recv(one, question, sizeof(question), 0) > 0)
			(void)send(one, answer, strlen(answer), MSG_NOSIGNAL);
		(void)close(one);
	}
}

static void stop_daemon(struct world *world)
{
	(void)kill(world->child, SIGKILL);
	(void)waitpid(world->child, NULL, 0);
	world->child = 0;
}

#define ANSWER(status, body) "HTTP/1.1 " status "\r\nContent-Length: 2\r\nConnection: close\r\n\r\n" body

static void test_sweep(void **state)
{
	static const struct { const char *what, *answer; bool has_id; bool is_kept; } rows[] = {
		{"no container was made", ANSWER("200 OK", "{}"), false, false},
		{"the container is there", ANSWER("200 OK", "{}"), true, true},
		{"the container is gone", ANSWER("404 Not Found", "{}"), true, false},
		{"the daemon does not know", ANSWER("500 Oh", "{}"), true, true},
		{"the daemon talks nonsense", "hello", true, true},
		{"the daemon is not there", NULL, true, true},
	};
	struct world *world = *state;
	struct error err = {0};

	if (geteuid() != 0)
		skip();
	assert_comes_true(world, "mkdir src");
	judge_or_fail(world, in(world, "src"));
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct staging stage = STAGING_NONE;

		if (rows[i].answer)
			start_daemon(world, rows[i].answer);
		assert_int_equal(stage_it(world, &stage, &err), 0);
		if (rows[i].has_id)
			assert_comes_true(world, "for d in run/stage/n*; do printf " CID " > $d/cid; done");
		/* While it is locked it is somebody's. */
		assert_int_equal(staging_sweep(world->arena, &world->facts), 0);
		staging_release(&stage);
		if (staging_sweep(world->arena, &world->facts) != !rows[i].is_kept)
			fail_msg("%s", rows[i].what);
		assert_comes_true(world, rows[i].is_kept ? "grep -q run/stage /proc/self/mounts" :
				  "! grep -q run/stage /proc/self/mounts && [ -z \"$(ls -A run/stage)\" ]");
		assert_comes_true(world, "rm run/stage/*/cid 2> /dev/null || true");
		assert_int_equal(staging_sweep(world->arena, &world->facts), rows[i].is_kept);
		if (rows[i].answer)
			stop_daemon(world);
	}
}

static void test_sweep_of_a_half_made_stage(void **state)
{
	struct world *world = *state;

	if (geteuid() != 0)
		skip();
	assert_int_equal(staging_sweep(world->arena, &world->facts), 0);
	assert_comes_true(world, "mkdir -p run/stage/a run/stage/b src && chmod 700 run run/stage && mkdir run/stage/b/0 && "
				 "for i in 1 2 3; do mount --bind src run/stage/b/0; done && touch src/f");
	assert_int_equal(staging_sweep(world->arena, &world->facts), 2);
	assert_comes_true(world, "[ -z \"$(ls -A run/stage)\" ] && [ -e src/f ]");
}

/* ---- the daemon's view ---- */

static void test_daemon_sees_the_stage(void **state)
{
	struct world *world = *state;
	struct staging stage = STAGING_NONE;
	struct error err = {0};
	const char *socket = world->facts.engine.docker_socket;

	if (geteuid() != 0)
		skip();
	assert_comes_true(world, "mkdir src other");
	judge_or_fail(world, in(world, "src"));
	start_daemon(world, ANSWER("200 OK", "{}"));
	assert_int_equal(stage_it(world, &stage, &err), 0);
	assert_int_equal(peer_check(world->arena, socket, staging_place(&stage, 0), &world->mount, &err), 0);
	/* Something else stands there for it. */
	assert_comes_true(world, "mount --bind other run/stage/n0/0");
	assert_true(peer_check(world->arena, socket, staging_place(&stage, 0), &world->mount, &err) < 0);
	assert_non_null(strstr(err.message, "another mount namespace"));
	assert_comes_true(world, "umount run/stage/n0/0");
	stop_daemon(world);
	assert_true(peer_check(world->arena, socket, staging_place(&stage, 0), &world->mount, &err) < 0);
	staging_discard(&stage);
}

/* The daemon was started in a mount namespace of its own before anything was staged. */
static void test_daemon_of_another_namespace(void **state)
{
	struct world *world = *state;
	struct staging stage = STAGING_NONE;
	struct error err = {0};
	int here = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);

	if (geteuid() != 0)
		skip();
	assert_comes_true(world, "mkdir src");
	judge_or_fail(world, in(world, "src"));
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	start_daemon(world, ANSWER("200 OK", "{}"));
	assert_int_equal(setns(here, CLONE_NEWNS), 0);
	(void)close(here);
	assert_int_equal(stage_it(world, &stage, &err), 0);
	assert_int_equal(peer_check(world->arena, world->facts.engine.docker_socket, staging_place(&stage, 0), &world->mount, &err),
			 -ERROR_UNSUPPORTED);
	staging_discard(&stage);
}

/* ---- whose names ---- */

static void test_settled(void **state)
{
	static const struct { const char *make, *path; bool is_settled; } rows[] = {
		{":", "/usr/bin", true},
		{":", "/", true},
		{":", "/usr/bin/env", true},
		{":", "relative", false},
		{":", "/nonexistent/x/y", false},
		{"mkdir a a/b", "a/b", false}, /* below /tmp, where anybody may write */
		{"mkdir top && mount -t tmpfs -o mode=755 tmpfs top && mkdir -p top/a/b && mount --move top /mnt", "/mnt/a/b", true},
		{"chown 65534 /mnt/a/b", "/mnt/a/b", true}, /* the person's own thing, under a name that only root may change */
		{"mkdir /mnt/a/b/c", "/mnt/a/b/c", false},
		{"chmod 775 /mnt/a", "/mnt/a/b", false},
		{"chmod 757 /mnt/a", "/mnt/a/b", false},
		{"chmod 1777 /mnt/a", "/mnt/a/b", false},
		{"chmod 755 /mnt/a && chown 65534 /mnt", "/mnt/a/b", false},
	};
	struct world *world = *state;

	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const char *path = rows[i].path[0] == '/' || i == 3 ? rows[i].path : in(world, rows[i].path);

		assert_comes_true(world, rows[i].make);
		if (sources_is_settled(world->arena, path) != rows[i].is_settled)
			fail_msg("%s after %s", path, rows[i].make);
	}
	assert_comes_true(world, "umount /mnt");
}

/* What the engine is told by name is compared, whatever a descriptor shows that somebody else has opened. */
static void test_settled_name_is_what_was_judged(void **state)
{
	struct world *world = *state;
	struct error err = {0};
	struct stat status;
	int held, ended;

	if (geteuid() != 0)
		skip();
	assert_comes_true(world, "mkdir other");
	held = open(in(world, "other"), O_PATH | O_CLOEXEC);
	assert_int_equal(fstat(held, &status), 0);
	world->mount = (struct plan_mount){.type = PLAN_BIND, .source = "/usr/bin", .target = "/x", .is_read_only = true,
		.is_directory = true, .device = status.st_dev, .inode = status.st_ino};
	world->launch.source_fds = &held;
	assert_true(attend_run(world->arena, &world->launch, &ended, &err) < 0);
	assert_non_null(strstr(err.message, "/usr/bin"));
	assert_non_null(strstr(err.message, "replaced"));
	(void)close(held);
}

static void test_of_root(void **state)
{
	static const struct { const char *make, *path; bool is_of_root; } rows[] = {
		{":", "/usr/bin", true},
		{":", "/nonexistent", false},
		{"mkdir top && mount -t tmpfs -o mode=755 tmpfs top && mkdir -p top/a/b && touch top/a/f && mount --move top /mnt", "/mnt/a/b",
		 true},
		{":", "/mnt/a/f", true},
		{"chown 65534 /mnt/a/b /mnt/a/f", "/mnt/a/b", false},
		{":", "/mnt/a/f", false},
		{"chown 0 /mnt/a/b && chmod 1777 /mnt/a/b", "/mnt/a/b", false},
		{"chmod 775 /mnt/a/b", "/mnt/a/b", false},
		{"chmod 755 /mnt/a/b && chmod 757 /mnt/a", "/mnt/a/b", false},
	};
	struct world *world = *state;

	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		assert_comes_true(world, rows[i].make);
		if (sources_is_of_root(world->arena, rows[i].path) != rows[i].is_of_root)
			fail_msg("%s after %s", rows[i].path, rows[i].make);
	}
	assert_comes_true(world, "umount /mnt");
}

/* ---- one mount inside another ---- */

static void test_root_makes_nothing_inside(void **state)
{
	struct world *world = *state;
	const struct staging_spot missing = {in(world, "src"), "a/b"}, there = {in(world, "src"), "c/d"}, link = {in(world, "src"), "l"};
	int fd;

	if (geteuid() != 0)
		skip();
	assert_comes_true(world, "mkdir -p src/c/d && ln -s c src/l");
	assert_int_equal(inside_open(world->arena, &missing, true, false), -1);
	assert_int_equal(errno, ENOENT);
	assert_comes_true(world, "[ ! -e src/a ]");
	fd = inside_open(world->arena, &there, true, false);
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(inside_open(world->arena, &link, true, false), -1);
	/* Whoever asks for oneself has it as docker has it. */
	fd = inside_open(world->arena, &missing, true, true);
	assert_true(fd >= 0);
	(void)close(fd);
	assert_comes_true(world, "[ -d src/a/b ]");
}

static void test_nothing_by_name_inside_a_bind(void **state)
{
	static const struct {
		const char *kernel;
		struct plan_mount outer, inner;
		bool is_refused;
	} rows[] = {
		{"6.1.0", {.type = PLAN_BIND, .target = "/w"}, {.type = PLAN_TMPFS, .target = "/w/x"}, true},
		{"6.1.0", {.type = PLAN_BIND, .target = "/w"}, {.type = PLAN_BIND, .target = "/w/x"}, false},
		{"6.1.0", {.type = PLAN_BIND, .target = "/w"}, {.type = PLAN_VOLUME, .target = "/w/x"}, false},
		{"6.1.0", {.type = PLAN_BIND, .target = "/w", .is_read_only = true}, {.type = PLAN_BIND, .target = "/w/x"}, true},
		{"5.10.0", {.type = PLAN_BIND, .target = "/w"}, {.type = PLAN_BIND, .target = "/w/x"}, true},
		{"6.1.0", {.type = PLAN_BIND, .target = "/w"}, {.type = PLAN_TMPFS, .target = "/wx"}, false},
		{"6.1.0", {.type = PLAN_TMPFS, .target = "/w"}, {.type = PLAN_TMPFS, .target = "/w/x"}, false},
	};
	struct world world = {.arena = arena_new(), .facts = {.is_root = true}};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct plan_mount mounts[] = {rows[i].outer, rows[i].inner};
		const struct plan plan = {.backend = BACKEND_CRUN, .mounts = mounts, .mount_count = 2};
		struct launch launch = {.plan = &plan, .facts = &world.facts, .is_guarded = true};
		struct error err = {0};

		world.facts.kernel = rows[i].kernel;
		assert_int_equal(inside_check(world.arena, &launch, &err), rows[i].is_refused ? -ERROR_UNSUPPORTED : 0);
		launch.is_guarded = false;
		assert_int_equal(inside_check(world.arena, &launch, &err), 0);
	}
	arena_free(world.arena);
}

static void test_nothing_inside_a_volume(void **state)
{
	struct plan_mount mounts[] = {
		{.type = PLAN_VOLUME, .source = "kept", .target = "/data"}, {.type = PLAN_VOLUME, .source = "other", .target = "/data/sub"},
	};
	struct plan plan = {.mounts = mounts, .mount_count = 2};
	struct arena *arena = arena_new();
	struct error err = {0};

	(void)state;
	assert_int_equal(links_check_volumes(arena, &plan, &err), -ERROR_UNSUPPORTED);
	assert_non_null(strstr(err.message, "lies in the named volume kept, whose links nobody judges"));
	mounts[1].target = "/data2";
	assert_int_equal(links_check_volumes(arena, &plan, &err), 0);
	arena_free(arena);
}

static void test_no_directory_is_made_on_the_way(void **state)
{
	struct world *world = *state;
	CLOSE_FD int around = -1;
	int fd;

	if (geteuid() != 0)
		skip();
	assert_comes_true(world, "mkdir -p src/c/d && ln -s c src/l && touch src/f");
	around = open(in(world, "src"), O_PATH | O_CLOEXEC);
	fd = inside_find(world->arena, around, "c/d");
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(inside_find(world->arena, around, "c/e"), -1);
	assert_int_equal(inside_find(world->arena, around, "l/d"), -1);
	assert_int_equal(inside_find(world->arena, around, "l"), -1);
	assert_int_equal(inside_find(world->arena, around, "f"), -1);
	assert_int_equal(inside_find(world->arena, around, "../src/c"), -1);
	assert_comes_true(world, "[ \"$(find src | wc -l)\" = 5 ]");
}

/* ---- a --rootfs in which others could make links ---- */

static void test_ways_through_a_tree(void **state)
{
	static const struct { const char *make, *way; bool is_refused; } rows[] = {
		{":", "/data", false},
		{":", "/var/run", false}, /* where that leads is a way of its own */
		{":", "/run/sub", false},
		{"chown 65534 /mnt/tree/run", "/run/sub", true},
		{":", "/run", false},
		{"chown 0 /mnt/tree/run && chmod 777 /mnt/tree/var", "/var/run", true},
		{"chmod 755 /mnt/tree/var && chown 65534 /mnt/tree", "/data", true},
	};
	struct world *world = *state;
	struct error err = {0};

	if (geteuid() != 0)
		skip();
	assert_comes_true(world, "mkdir top && mount -t tmpfs -o mode=755 tmpfs top && cd top && mkdir -p tree/data tree/run tree/var "
			  "&& ln -s /run tree/var/run && cd .. && mount --move top /mnt");
	world->plan.image.kind = IMAGE_ROOTFS;
	world->plan.image_rootfs = "/mnt/tree";
	world->launch.is_guarded = true;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct string_list ways = {0};

		string_list_add(world->arena, &ways, rows[i].way);
		assert_comes_true(world, rows[i].make);
		if (sources_check_tree(world->arena, &world->launch, &ways, &err) != (rows[i].is_refused ? -ERROR_UNTRUSTED : 0))
			fail_msg("%s after %s", rows[i].way, rows[i].make);
	}
	assert_comes_true(world, "umount /mnt");
}

/* ---- started again by the engine ---- */

static void test_restart_where_the_way_may_have_changed(void **state)
{
	static const struct {
		const char *restart;
		bool is_read_only, is_guarded;
		enum plan_mount_type type;
		bool is_refused;
	} rows[] = {
		{"on-failure:2", false, true, PLAN_BIND, true},
		{"always", false, true, PLAN_VOLUME, true},
		{"unless-stopped", false, true, PLAN_TMPFS, false},
		{"on-failure:2", true, true, PLAN_VOLUME, false},
		{"no", false, true, PLAN_VOLUME, false},
		{NULL, false, true, PLAN_VOLUME, false},
		{"always", false, false, PLAN_VOLUME, false},
	};
	struct world *world = *state;

	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct error err = {0};
		int ended;

		world->mount = (struct plan_mount){.type = rows[i].type, .source = "kept", .target = "/x"};
		world->plan.restart = rows[i].restart;
		world->plan.is_read_only = rows[i].is_read_only;
		world->launch.is_guarded = rows[i].is_guarded;
		world->facts.runtime_dir = "/dev/null/run"; /* as far as that it comes, and no further */
		assert_true(attend_run(world->arena, &world->launch, &ended, &err) < 0);
		if ((strstr(err.message, "does not go with a root file system that can be written") != NULL) != rows[i].is_refused)
			fail_msg("row %zu: %s", i, err.message);
	}
}

/* ---- what docker says of a path in an image ---- */

static void test_word_about_a_path(void **state)
{
	static const struct { const char *header, *link; bool is_read; } rows[] = {
		{"eyJuYW1lIjoieCIsImxpbmtUYXJnZXQiOiIvZGV2In0=", "/dev", true},
		{"eyJuYW1lIjoieHgiLCJsaW5rVGFyZ2V0IjoiL2RldiJ9", "/dev", true},
		{"eyJsaW5rVGFyZ2V0IjoiIn0=", NULL, true},                              /* no link */
		{"eyJuYW1lIjoieCJ9", NULL, false},                                     /* it does not say */
		{"eyJsaW5rVGFyZ2V0IjoiL2EiLCJsaW5rVGFyZ2V0IjoiL2IifQ==", NULL, false}, /* twice */
		{"eyJsaW5rVGFyZ2V0Ijo1fQ==", NULL, false},                             /* a number */
		{"eyJsaW5rVGFyZ2V0IjoiIn0", NULL, false},                              /* no padding */
		{"eyJsaW5rVGFyZ2V0IjoiIn0===", NULL, false},
		{"eyJs=W5rVGFyZ2V0IjoiIn0=", NULL, false},
		{"e yJsaW5rVGFyZ2V0IjoiIn0", NULL, false},
		{"AAAA", NULL, false},
		{"====", NULL, false},
		{"", NULL, false},
		{NULL, NULL, false},
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		bool is_read;
		const char *link = look_read_stat(arena, rows[i].header, &is_read);

		if (is_read != rows[i].is_read || (link == NULL) != (rows[i].link == NULL) || (link && strcmp(link, rows[i].link) != 0))
			fail_msg("row %zu: %s", i, link ? link : "NULL");
	}
	arena_free(arena);
}

/* ---- the container id file ---- */

static const gid_t other_groups[] = {OTHER_UID};

static void be_asked_by_other(struct world *world)
{
	world->facts.caller_uid = world->facts.caller_gid = OTHER_UID;
	world->facts.caller_groups = other_groups;
	world->facts.caller_group_count = 1;
}

static void test_cidfile_is_the_persons(void **state)
{
	struct world *world = *state;
	struct cidfile cidfile = CIDFILE_NONE;
	struct error err = {0};

	if (geteuid() != 0)
		skip();
	be_asked_by_other(world);
	assert_comes_true(world, "mkdir own roots open && chown 65534 own && chmod 777 open");
	assert_int_equal(cidfile_make(world->arena, &world->facts, in(world, "own/cid"), &cidfile, &err), 0);
	assert_int_equal(geteuid(), 0);
	assert_int_equal(getegid(), 0);
	assert_true(cidfile_write(&cidfile, CID));
	cidfile_close(&cidfile);
	assert_comes_true(world, "[ \"$(cat own/cid)\" = " CID " ] && [ $(stat -c %u.%g.%a own/cid) = 65534.65534.644 ]");
	/* Not over anything, and not where the person may not write. */
	assert_true(cidfile_make(world->arena, &world->facts, in(world, "own/cid"), &cidfile, &err) < 0);
	assert_string_equal(err.remedy, "remove it, or name another --cidfile");
	assert_true(cidfile_make(world->arena, &world->facts, in(world, "roots/cid"), &cidfile, &err) < 0);
	assert_non_null(strstr(err.message, "Permission denied"));
	assert_comes_true(world, "[ -z \"$(ls -A roots)\" ]");
	/* Links: dangling, to a file of root's, a directory on the way. */
	assert_comes_true(world, "ln -s ../roots/x own/a; echo root > roots/f; ln -s ../roots/f own/b; ln -s ../open own/c");
	assert_true(cidfile_make(world->arena, &world->facts, in(world, "own/a"), &cidfile, &err) < 0);
	assert_true(cidfile_make(world->arena, &world->facts, in(world, "own/b"), &cidfile, &err) < 0);
	assert_true(cidfile_make(world->arena, &world->facts, in(world, "own/c/cid"), &cidfile, &err) < 0);
	assert_comes_true(world, "[ \"$(ls roots)\" = f ] && [ \"$(cat roots/f)\" = root ] && [ -z \"$(ls open)\" ]");
}

static void test_cidfile_goes_only_while_it_is_ours(void **state)
{
	struct world *world = *state;
	struct cidfile cidfile = CIDFILE_NONE;
	struct error err = {0};

	if (geteuid() != 0)
		skip();
	be_asked_by_other(world);
	assert_comes_true(world, "mkdir own && chown 65534 own");
	assert_int_equal(cidfile_make(world->arena, &world->facts, in(world, "own/cid"), &cidfile, &err), 0);
	cidfile_remove(world->arena, &cidfile);
	assert_comes_true(world, "[ -z \"$(ls -A own)\" ]");
	assert_int_equal(cidfile_make(world->arena, &world->facts, in(world, "own/cid"), &cidfile, &err), 0);
	assert_comes_true(world, "mv own/cid own/kept && echo other > own/cid");
	cidfile_remove(world->arena, &cidfile);
	assert_comes_true(world, "[ \"$(cat own/cid)\" = other ] && [ -e own/kept ]");
	cidfile_remove(world->arena, &cidfile);
}

/* ---- events ---- */

#define EVENT_OF(id, action, attributes) \
	"{\"Type\":\"container\",\"Action\":\"" action "\",\"Actor\":{\"ID\":\"" id "\",\"Attributes\":{" attributes "}}}"
#define EVENT(action, attributes) EVENT_OF(CID, action, attributes)
/* What the daemon's filter lets through as well: a container whose name begins with the id. */
#define NAMESAKE "0123456789012345678901234567890123456789012345678901234567890123"

static void test_event_lines(void **state)
{
	static const struct { const char *line; enum event_kind kind; int status; } rows[] = {
		{EVENT("start", ""), EVENT_START, -1},
		{EVENT("oom", ""), EVENT_OOM, -1},
		{EVENT("die", "\"exitCode\":\"137\""), EVENT_DIE, 137},
		{EVENT("die", "\"exitCode\":\"0\",\"name\":\"x\""), EVENT_DIE, 0},
		{EVENT("die", "\"exitCode\":\"256\""), EVENT_DIE, -1},
		{EVENT("die", "\"exitCode\":\"-1\""), EVENT_DIE, -1},
		{EVENT("die", "\"exitCode\":1"), EVENT_DIE, -1},
		{EVENT("die", ""), EVENT_DIE, -1},
		{EVENT("destroy", ""), EVENT_DESTROY, -1},
		{EVENT("exec_die", "\"exitCode\":\"1\""), EVENT_OTHER, -1},
		{EVENT("exec_start: die", ""), EVENT_OTHER, -1},
		{EVENT_OF(NAMESAKE, "oom", "\"name\":\"" CID "x\""), EVENT_OTHER, -1},
		{EVENT_OF(NAMESAKE, "die", "\"exitCode\":\"0\",\"name\":\"" CID "x\""), EVENT_OTHER, -1},
		{EVENT_OF(CID "x", "die", "\"exitCode\":\"0\""), EVENT_OTHER, -1},
		{"{\"Action\":\"die\"}", EVENT_OTHER, -1},
		{"HTTP/1.0 200 OK\r", EVENT_OTHER, -1},
		{"", EVENT_OTHER, -1},
		{"{", EVENT_OTHER, -1},
		{"[]", EVENT_OTHER, -1},
		{"{\"Action\":\"die\",\"Action\":\"start\"}", EVENT_OTHER, -1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct event event = events_parse(rows[i].line, strlen(rows[i].line), CID);

		if (event.kind != rows[i].kind || event.status != rows[i].status)
			fail_msg("%s", rows[i].line);
	}
}

static void test_event_stream(void **state)
{
	static const enum event_kind wanted[] = {EVENT_OTHER, EVENT_OTHER, EVENT_OTHER, EVENT_START, EVENT_OOM, EVENT_DIE};
	const struct timespec since = {1, 2};
	struct world *world = *state;
	struct events events = EVENTS_NONE;
	struct event event;
	size_t count = 0;

	if (geteuid() != 0)
		skip();
	start_daemon(world, "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" EVENT("start", "") "\n" EVENT("oom", "") "\n"
		     EVENT("die", "\"exitCode\":\"5\"") "\n{\"Action\":\"half");
	assert_true(events_open(world->arena, world->facts.engine.docker_socket, CID, &since, &events));
	while (events_receive(&events))
		while (events_next(&events, &event)) {
			assert_true(count < ARRAY_COUNT(wanted));
			assert_int_equal(event.kind, wanted[count++]);
		}
	assert_int_equal(count, ARRAY_COUNT(wanted));
	assert_int_equal(event.status, 5);
	events_close(&events);
	stop_daemon(world);
	assert_false(events_open(world->arena, world->facts.engine.docker_socket, CID, &since, &events));
}

/* A line that never ends does not grow without end. */
static void test_event_line_without_end(void **state)
{
	const struct timespec since = {0};
	struct world *world = *state;
	struct events events = EVENTS_NONE;
	struct event event;
	char *endless;

	if (geteuid() != 0)
		skip();
	endless = arena_alloc(world->arena, (1 << 20) + 1);
	memset(endless, 'x', 1 << 20);
	start_daemon(world, endless);
	assert_true(events_open(world->arena, world->facts.engine.docker_socket, CID, &since, &events));
	while (events_receive(&events))
		assert_false(events_next(&events, &event));
	assert_true(events.length <= 256 * 1024);
	events_close(&events);
}

/* ---- runtimes ---- */

static void test_open_runc(void **state)
{
	static const struct { const char *version; bool is_open; } rows[] = {
		{"1.1.5+ds1", true}, {"1.2.7", true}, {"1.2.8", false}, {"1.2.10", false}, {"1.3.0", true}, {"1.3.2", true},
		{"1.3.3", false},
		{"1.4.0-rc.3", false}, {"0.1.1", true}, {"2.0.0", false}, {"1.0.0-rc93", true},
		{"1.2", false}, {"", false}, {"x", false}, {NULL, false},
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		if (launch_runc_is_open(arena, rows[i].version) != rows[i].is_open)
			fail_msg("%s", rows[i].version ? rows[i].version : "NULL");
	assert_null(launch_runc_version(arena, NULL));
	assert_null(launch_runc_version(arena, "/bin/true"));
	assert_null(launch_runc_version(arena, "/nonexistent"));
	arena_free(arena);
}

/* ---- limits of the session ---- */

static void test_limits_above_the_sessions(void **state)
{
	struct plan_ulimit limits[] = {{"core", 0, 0}, {"nofile", 64, 1 << 22}};
	struct plan plan = {.ulimits = limits, .ulimit_count = 2};
	struct arena *arena = arena_new();
	struct error err = {0};
	int status;
	pid_t pid;

	(void)state;
	pid = fork();
	if (pid == 0) {
		/* Without the right to raise anything: the sentence names the limit and what there is. */
		if (geteuid() == 0 && setresuid(OTHER_UID, OTHER_UID, OTHER_UID) != 0)
			_exit(9);
		if (ulimits_check(arena, &plan, &err) == 0 || !strstr(err.message, "nofile=4194304") || !strstr(err.message, "ulimit -Hn") ||
		    strncmp(err.remedy, "use --ulimit nofile=", 20) != 0)
			_exit(1);
		limits[1].hard = 64;
		_exit(ulimits_check(arena, &plan, &err) == 0 ? 0 : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	arena_free(arena);
}

int main(void)
{
#define AS_ROOT(test) cmocka_unit_test_setup_teardown(test, set_up_as_root, tear_down_as_root)
	const struct CMUnitTest tests[] = {
		AS_ROOT(test_none_gets_through),
		AS_ROOT(test_stage_of_a_directory),
		AS_ROOT(test_stage_of_a_file),
		AS_ROOT(test_what_was_replaced_is_not_staged),
		AS_ROOT(test_sweep),
		AS_ROOT(test_sweep_of_a_half_made_stage),
		AS_ROOT(test_daemon_sees_the_stage),
		AS_ROOT(test_daemon_of_another_namespace),
		AS_ROOT(test_settled),
		AS_ROOT(test_of_root),
		AS_ROOT(test_root_makes_nothing_inside),
		AS_ROOT(test_no_directory_is_made_on_the_way),
		AS_ROOT(test_ways_through_a_tree),
		AS_ROOT(test_restart_where_the_way_may_have_changed),
		cmocka_unit_test(test_nothing_by_name_inside_a_bind),
		cmocka_unit_test(test_nothing_inside_a_volume),
		cmocka_unit_test(test_word_about_a_path),
		AS_ROOT(test_settled_name_is_what_was_judged),
		AS_ROOT(test_cidfile_is_the_persons),
		AS_ROOT(test_cidfile_goes_only_while_it_is_ours),
		AS_ROOT(test_event_stream),
		AS_ROOT(test_event_line_without_end),
		cmocka_unit_test(test_event_lines),
		cmocka_unit_test(test_open_runc),
		cmocka_unit_test(test_limits_above_the_sessions),
	};

	/* What is mounted here is nobody else's, and goes with us. */
	if (geteuid() == 0 && (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)) {
		perror("no mount namespace");
		return 1;
	}
	return cmocka_run_group_tests_name("launch_stage", tests, NULL, NULL);
}
