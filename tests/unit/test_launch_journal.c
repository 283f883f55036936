/*
 * Writing the record: files that are not what they should be, full disks, renaming under the hands of many writers, loggers that
 * listen or do not, and ends that somebody else has to write.
 */
#include "rows.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include <jansson.h>

#include "../../src/launch/journal.h"
#include "../../src/launch/launch_internal.h"

struct ground {
	struct arena *arena;
	char directory[64];
	struct host_facts facts;
	struct error err;
};

static int set_up(void **state)
{
	struct ground *ground = calloc(1, sizeof(*ground));

	ground->arena = arena_new();
	(void)snprintf(ground->directory, sizeof(ground->directory), "/tmp/hardrun-journal-XXXXXX");
	if (mkdtemp(ground->directory) == NULL)
		return -1;
	ground->facts = (struct host_facts){ .caller_uid = 1000, .caller_gid = 1000, .is_root = true,
					     .state_dir = arena_printf(ground->arena, "%s/state", ground->directory) };
	*state = ground;
	return 0;
}

static int tear_down(void **state)
{
	struct ground *ground = *state;
	CLOSE_FD int tmp = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = remove_tree(tmp, ground->directory + strlen("/tmp/"));

	arena_free(ground->arena);
	free(ground);
	return result;
}

static const char *in(const struct ground *ground, const char *name)
{
	return arena_printf(ground->arena, "%s/%s", ground->directory, name);
}

static int shell(const struct ground *ground, const char *script)
{
	return system(arena_printf(ground->arena, "cd %s && %s", ground->directory, script));
}

static int write_text(struct ground *ground, const char *name, const char *text)
{
	const struct record_line line = { .json = text, .is_durable = true };

	ground->err = (struct error){ 0 };
	return journal_write_file(ground->arena, in(ground, name), &line, &ground->err);
}

static int try_file(struct ground *ground, const char *name)
{
	ground->err = (struct error){ 0 };
	return journal_try_file(ground->arena, in(ground, name), &ground->err);
}

static const char *read_back(const struct ground *ground, const char *name)
{
	CLOSE_FD int directory = open(ground->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return descriptors_read_file(ground->arena, directory, name, 64 << 20);
}

/* It failed, and what is said is a sentence with ${part}; ${remedy} NULL: none is wanted. */
static void fails(const struct ground *ground, int result, const char *part, const char *remedy)
{
	assert_true(result < 0);
	assert_non_null(ground->err.message);
	if (strstr(ground->err.message, part) == NULL || strncmp(ground->err.message, "the record cannot be written: ", 30) != 0)
		fail_msg("%s", ground->err.message);
	assert_null(strchr(ground->err.message, '\n'));
	if (remedy != NULL && (ground->err.remedy == NULL || strstr(ground->err.remedy, remedy) == NULL))
		fail_msg("%s; %s", ground->err.message, ground->err.remedy != NULL ? ground->err.remedy : "-");
}

/* ---- files ---- */

static void test_a_line_after_another(void **state)
{
	struct ground *ground = *state;
	struct stat status;

	assert_int_equal(write_text(ground, "log/r", "{1}"), 0);
	assert_int_equal(write_text(ground, "log/r", "{2}"), 0);
	assert_string_equal(read_back(ground, "log/r"), "{1}\n{2}\n");
	assert_int_equal(stat(in(ground, "log/r"), &status), 0);
	assert_int_equal(status.st_mode, S_IFREG | 0600);
	assert_int_equal(stat(in(ground, "log"), &status), 0);
	assert_int_equal(status.st_mode, S_IFDIR | 0700);
}

static void test_only_the_last_directory_is_made(void **state)
{
	struct ground *ground = *state;

	fails(ground, write_text(ground, "a/b/r", "x"), "No such file", "make its directory");
	assert_int_equal(access(in(ground, "a"), F_OK), -1);
}

/* Nothing is made, and nothing is written. */
static void test_a_trial(void **state)
{
	struct ground *ground = *state;

	assert_int_equal(try_file(ground, "log/r"), 0);
	assert_int_equal(access(in(ground, "log"), F_OK), -1);
	fails(ground, try_file(ground, "a/b/r"), "No such file", "make its directory");
	assert_int_equal(mkdir(in(ground, "log"), 0700), 0);
	assert_int_equal(try_file(ground, "log/r"), 0);
	assert_int_equal(access(in(ground, "log/r"), F_OK), -1);
	assert_int_equal(write_text(ground, "log/r", "{1}"), 0);
	assert_int_equal(try_file(ground, "log/r"), 0);
	assert_string_equal(read_back(ground, "log/r"), "{1}\n");
	fails(ground, journal_try_file(ground->arena, "r", &ground->err), "names no file", "record.path");
}

static void test_half_a_line_is_ended_first(void **state)
{
	struct ground *ground = *state;

	assert_int_equal(shell(ground, "umask 077; mkdir log; printf '{1}\\n{\"half' > log/r"), 0);
	assert_int_equal(write_text(ground, "log/r", "{2}"), 0);
	assert_string_equal(read_back(ground, "log/r"), "{1}\n{\"half\n{2}\n");
}

static void test_an_empty_file_begins_with_the_line(void **state)
{
	struct ground *ground = *state;

	assert_int_equal(shell(ground, "umask 077; mkdir log; : > log/r"), 0);
	assert_int_equal(write_text(ground, "log/r", "{2}"), 0);
	assert_string_equal(read_back(ground, "log/r"), "{2}\n");
}

struct wrong_file { const char *script, *part, *remedy; bool needs_root; };
static const struct wrong_file wrong_files[] = {
	{ "mkdir -m 700 log; ln -s /etc/passwd log/r", "log/r is a symbolic link", "remove it", false },
	{ "mkdir -m 700 log; ln -s r2 log/r", "log/r is a symbolic link", "remove it", false },
	{ "mkdir -m 700 log; mkfifo -m 600 log/r", "log/r is no regular file", "remove", false },
	{ "mkdir -m 700 log log/r", "Is a directory", NULL, false },
	{ "mkdir -m 700 log; mknod -m 600 log/r c 1 3", "log/r is no regular file", "remove", true },
	{ "mkdir -m 700 log; : > log/r; chmod 620 log/r", "log/r is writable by others", "chmod go-w", false },
	{ "mkdir -m 700 log; : > log/r; chmod 602 log/r", "log/r is writable by others", "chmod go-w", false },
	{ "mkdir -m 700 log; : > log/r; chmod 644 log/r", "log/r is readable by everyone", "chmod o=", false },
	{ "mkdir -m 700 log; : > log/r; chmod 600 log/r; chown 4242 log/r", "log/r belongs to uid 4242", "chown", true },
	{ "mkdir -m 777 log; chmod 777 log", "log is writable by others", "chmod go-w", false },
	{ "mkdir log; chmod 1777 log", "log is writable by others", "chmod go-w", false },
	{ "mkdir log; chmod 770 log", "log is writable by others", "chmod go-w", false },
	{ "mkdir -m 700 log; chown 4242 log", "belongs to uid 4242", "chown", true },
	{ "mkdir -m 700 real; ln -s real log", "log is a symbolic link", "without links", false },
	{ ": > log", "Not a directory", NULL, false },
	{ "chmod 777 .", "a directory on the way to it, is writable by others", "chmod go-w", false },
	{ "chgrp 1000 .; chmod 770 .", "a directory on the way to it, is writable by others", "chmod go-w", true },
	{ "chgrp 100 .; chmod 770 .", "a directory on the way to it, is writable by others", "chmod go-w", true },
	{ "chown 4242 .", "a directory on the way to it, belongs to uid 4242", NULL, true },
};

static void test_wrong_file(void **state)
{
	const struct wrong_file *row = *state;
	struct ground *ground;

	if (row->needs_root && geteuid() != 0)
		skip();
	assert_int_equal(set_up(state), 0);
	ground = *state;
	assert_int_equal(shell(ground, row->script), 0);
	fails(ground, try_file(ground, "log/r"), row->part, row->remedy);
	fails(ground, write_text(ground, "log/r", "{1}"), row->part, row->remedy);
	assert_int_equal(chmod(ground->directory, 0700), 0);
	assert_int_equal(tear_down(state), 0);
}

/* So that a group of administrators may read along. */
static void test_a_group_may_read(void **state)
{
	struct ground *ground = *state;

	assert_int_equal(shell(ground, "umask 077; mkdir log; : > log/r; chmod 640 log/r"), 0);
	assert_int_equal(write_text(ground, "log/r", "{1}"), 0);
}

/* Ubuntu's /var/log belongs to its logger's group; and /tmp, which is sticky, is on the way to this whole test. */
static void test_a_system_group_may_write_above(void **state)
{
	struct ground *ground = *state;

	if (geteuid() != 0)
		skip();
	assert_int_equal(shell(ground, "chgrp 110 . && chmod 775 ."), 0);
	assert_int_equal(write_text(ground, "log/r", "{1}"), 0);
}

static void test_paths_that_name_no_file(void **state)
{
	static const char *const paths[] = { "", "r", "./r", "/", "//x", "/tmp/", "/tmp/../x" };
	struct ground *ground = *state;
	const struct record_line line = { .json = "x" };

	for (size_t i = 0; i < ARRAY_COUNT(paths); i++)
		fails(ground, journal_write_file(ground->arena, paths[i], &line, &ground->err), "names no file", "record.path");
}

/* Root reads a directory of somebody else's only as far as it is told; an ordinary user has files of their own. */
static void test_an_ordinary_user(void **state)
{
	struct ground *ground = *state;
	int status;
	pid_t child;

	if (geteuid() != 0)
		skip();
	assert_int_equal(shell(ground, "chmod 755 .; mkdir -m 700 own; chown 4242:4242 own"), 0);
	child = fork();
	if (child == 0) {
		if (setgid(4242) != 0 || setuid(4242) != 0)
			_exit(2);
		if (write_text(ground, "own/log/r", "{1}") != 0)
			_exit(3);
		_exit(write_text(ground, "r", "{1}") < 0 ? 0 : 4);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_string_equal(read_back(ground, "own/log/r"), "{1}\n");
}

/* ---- full disks ---- */

/* Runs in a mount namespace with 12 KiB at "log". */
static void in_little_room(struct ground *ground, void (*function)(struct ground *ground))
{
	int status;
	pid_t child;

	if (geteuid() != 0)
		skip();
	child = fork();
	if (child == 0) {
		if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
		    mkdir(in(ground, "log"), 0700) != 0 || mount("tmpfs", in(ground, "log"), "tmpfs", 0, "size=12k,mode=700") != 0)
			_exit(77);
		function(ground);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
}

static void must(bool condition, int status)
{
	if (!condition)
		_exit(status);
}

/* The second line fits by half only: nothing of it stays, and what is smaller still fits. */
static void fill_in_the_middle(struct ground *ground)
{
	char *large = arena_alloc(ground->arena, 9000);

	memset(large, 'x', 8999);
	must(write_text(ground, "log/r", large) == 0, 2);
	must(write_text(ground, "log/r", large) < 0, 3);
	must(strstr(ground->err.message, "No space left") != NULL && strstr(ground->err.remedy, "make room") != NULL, 4);
	must(strlen(read_back(ground, "log/r")) == 9000, 5);
	must(write_text(ground, "log/r", "{1}") == 0, 6);
	must(strcmp(read_back(ground, "log/r") + 9000, "{1}\n") == 0, 7);
}

static void test_full_in_the_middle_of_a_line(void **state)
{
	in_little_room(*state, fill_in_the_middle);
}

static void fill_up(struct ground *ground)
{
	unsigned lines = 0;
	const char *text;

	while (write_text(ground, "log/r", "{\"abcdefghijklmnopqrstuvwxyz\"}") == 0)
		must(++lines < 10000, 2);
	must(lines > 100, 3);
	text = read_back(ground, "log/r");
	must(text[strlen(text) - 1] == '\n', 4);
	for (const char *at = strchr(text, '\n'); at != NULL; at = strchr(at + 1, '\n'))
		lines--;
	must(lines == 0, 5);
}

static void test_full_line_by_line(void **state)
{
	in_little_room(*state, fill_up);
}

static void write_without_inodes(struct ground *ground)
{
	must(mount(NULL, in(ground, "log"), NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0, 77);
	must(write_text(ground, "log/r", "x") < 0, 2);
	must(strstr(ground->err.message, "Read-only") != NULL && ground->err.remedy != NULL, 3);
	must(try_file(ground, "log/r") < 0 && strstr(ground->err.message, "Read-only") != NULL, 4);
}

static void test_a_disk_that_cannot_be_written(void **state)
{
	in_little_room(*state, write_without_inodes);
}

static void test_a_limit_on_files(void **state)
{
	const struct rlimit limit = { 10, 10 };
	struct ground *ground = *state;
	int status;
	pid_t child = fork();

	if (child == 0) {
		(void)signal(SIGXFSZ, SIG_IGN);
		must(write_text(ground, "log/r", "12345") == 0, 2);
		must(setrlimit(RLIMIT_FSIZE, &limit) == 0, 3);
		must(write_text(ground, "log/r", "12345") < 0, 4);
		_exit(strstr(ground->err.message, "File too large") != NULL || strstr(ground->err.message, "No space") != NULL ? 0 : 5);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_string_equal(read_back(ground, "log/r"), "12345\n");
}

/* ---- many writers ---- */

enum { WRITERS = 16, LINES = 63 }; /* 1008 in all */

static void write_many(struct ground *ground, unsigned writer)
{
	for (unsigned i = 0; i < LINES; i++) {
		const char *padding = arena_printf(ground->arena, "%0*d", (int)(writer * 97 + i * 31) % 4000 + 1, 0);

		must(write_text(ground, "log/r", arena_printf(ground->arena, "{\"w\":%u,\"i\":%u,\"p\":\"%s\"}", writer, i, padding)) == 0, 2);
	}
}

/* Every line whole and each exactly once. Returns how many there are. */
static unsigned count_lines(const char *text, bool seen[WRITERS][LINES])
{
	unsigned count = 0;

	for (const char *at = text, *end; *at != '\0'; at = end + 1, count++) {
		json_t *object;
		json_int_t writer, index;

		end = strchr(at, '\n');
		assert_non_null(end);
		object = json_loadb(at, (size_t)(end - at), 0, NULL);
		assert_non_null(object);
		writer = json_integer_value(json_object_get(object, "w"));
		index = json_integer_value(json_object_get(object, "i"));
		assert_true(writer >= 0 && writer < WRITERS && index >= 0 && index < LINES);
		assert_false(seen[writer][index]);
		seen[writer][index] = true;
		json_decref(object);
	}
	return count;
}

static void test_sixteen_writers_and_a_rotation(void **state)
{
	struct ground *ground = *state;
	static bool seen[WRITERS][LINES];
	const struct timespec pause = { .tv_nsec = 3000000 };
	unsigned running = WRITERS, rotations = 0, lines = 0;

	for (unsigned i = 0; i < WRITERS; i++) {
		if (fork() == 0) {
			write_many(ground, i);
			_exit(0);
		}
	}
	while (running > 0) {
		int status;
		pid_t child = waitpid(-1, &status, WNOHANG);

		if (child > 0) {
			assert_int_equal(status, 0);
			running--;
			continue;
		}
		if (rename(in(ground, "log/r"), in(ground, arena_printf(ground->arena, "log/r.%u", rotations))) == 0)
			rotations++;
		(void)nanosleep(&pause, NULL);
	}
	for (unsigned i = 0; i < rotations; i++)
		lines += count_lines(read_back(ground, arena_printf(ground->arena, "log/r.%u", i)), seen);
	if (access(in(ground, "log/r"), F_OK) == 0)
		lines += count_lines(read_back(ground, "log/r"), seen);
	assert_true(rotations >= 2);
	assert_int_equal(lines, WRITERS * LINES);
}

static void test_a_lock_is_waited_for(void **state)
{
	struct ground *ground = *state;
	const struct timespec pause = { .tv_nsec = 50000000 };
	int ends[2], status;
	char byte;
	pid_t child;

	assert_int_equal(write_text(ground, "log/r", "{1}"), 0);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	child = fork();
	if (child == 0) {
		int fd = open(in(ground, "log/r"), O_RDWR | O_APPEND | O_CLOEXEC);

		must(fd >= 0 && flock(fd, LOCK_EX) == 0 && write(ends[1], "x", 1) == 1, 2);
		(void)nanosleep(&pause, NULL);
		must(write(fd, "{2}\n", 4) == 4, 3);
		_exit(0);
	}
	assert_int_equal(read(ends[0], &byte, 1), 1);
	assert_int_equal(write_text(ground, "log/r", "{3}"), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_string_equal(read_back(ground, "log/r"), "{1}\n{2}\n{3}\n");
	(void)close(ends[0]);
	(void)close(ends[1]);
}

/* Whoever waited for the lock of a file that was renamed meanwhile writes to the new one: the old one may be packed already. */
static void test_renamed_while_waiting(void **state)
{
	struct ground *ground = *state;
	const struct timespec pause = { .tv_nsec = 50000000 };
	CLOSE_FD int fd = -1;
	int status;
	pid_t child;

	assert_int_equal(write_text(ground, "log/r", "{1}"), 0);
	fd = open(in(ground, "log/r"), O_RDWR | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	child = fork();
	if (child == 0) {
		(void)close(fd);
		_exit(write_text(ground, "log/r", "{2}") == 0 ? 0 : 2);
	}
	(void)nanosleep(&pause, NULL);
	assert_int_equal(rename(in(ground, "log/r"), in(ground, "log/old")), 0);
	assert_int_equal(flock(fd, LOCK_UN), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_string_equal(read_back(ground, "log/old"), "{1}\n");
	assert_string_equal(read_back(ground, "log/r"), "{2}\n");
}

/* ---- loggers ---- */

static int listen_at(const char *path, int type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, path, strlen(path));
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 5), 0);
	return fd;
}

static const struct record_line one_line = { .json = "{\"a\":1}" }, refusal_line = { .json = "{\"a\":2}", .is_refusal = true };

static void test_syslog(void **state)
{
	struct ground *ground = *state;
	const char *path = in(ground, "log");
	CLOSE_FD int fd = listen_at(path, SOCK_DGRAM);
	char text[512] = { 0 };
	const char *tail = arena_printf(ground->arena, " hardrun[%d]: {\"a\":1}", (int)getpid());

	assert_int_equal(journal_write_syslog(ground->arena, path, &one_line, &ground->err), 0);
	assert_true(recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT) > 0);
	assert_int_equal(strncmp(text, "<85>", 4), 0);
	assert_string_equal(text + 4 + strlen("Nov 22 08:00:00"), tail);
	assert_int_equal(journal_write_syslog(ground->arena, path, &refusal_line, &ground->err), 0);
	assert_true(recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT) > 0);
	assert_int_equal(strncmp(text, "<84>", 4), 0);
}

/* The caller's zone says nothing. */
static void test_syslog_time_is_utc(void **state)
{
	struct ground *ground = *state;
	const char *path = in(ground, "log");
	CLOSE_FD int fd = listen_at(path, SOCK_DGRAM);
	const time_t now = time(NULL);
	char text[512] = { 0 }, hour[8];
	struct tm parts;

	assert_int_equal(setenv("TZ", "XXX-07:13", 1), 0);
	tzset();
	assert_int_equal(journal_write_syslog(ground->arena, path, &one_line, &ground->err), 0);
	assert_int_equal(unsetenv("TZ"), 0);
	tzset();
	assert_true(recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT) > 0);
	assert_true(strftime(hour, sizeof(hour), " %H:", gmtime_r(&now, &parts)) > 0);
	assert_non_null(strstr(text, hour));
}

static void test_syslog_over_a_stream(void **state)
{
	struct ground *ground = *state;
	const char *path = in(ground, "log");
	CLOSE_FD int fd = listen_at(path, SOCK_STREAM);
	CLOSE_FD int from = -1;
	char text[512] = { 0 };
	ssize_t got;

	assert_int_equal(journal_write_syslog(ground->arena, path, &one_line, &ground->err), 0);
	from = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	got = read(from, text, sizeof(text));
	assert_true(got > 10 && text[got - 1] == '\0' && text[got - 2] == '}');
}

static void test_nobody_listens(void **state)
{
	struct ground *ground = *state;
	const char *path = in(ground, "log"), *far = arena_printf(ground->arena, "/%0120d", 1);
	int fd = listen_at(path, SOCK_DGRAM);

	assert_int_equal(journal_try_socket(ground->arena, path, &ground->err), 0);
	fails(ground, journal_try_socket(ground->arena, in(ground, "none"), &ground->err), "No such file", "start the logger");
	fails(ground, journal_write_syslog(ground->arena, in(ground, "none"), &one_line, &ground->err), "No such file",
	      "start the logger");
	fails(ground, journal_write_journald(ground->arena, in(ground, "none"), &one_line, &ground->err), "No such file",
	      "start the logger");
	fails(ground, journal_write_syslog(ground->arena, far, &one_line, &ground->err), "too long", NULL);
	(void)close(fd);
	fails(ground, journal_try_socket(ground->arena, path, &ground->err), "Connection refused", "start the logger");
	fails(ground, journal_write_syslog(ground->arena, path, &one_line, &ground->err), "Connection refused", "start the logger");
	fails(ground, journal_write_journald(ground->arena, path, &one_line, &ground->err), "Connection refused", "start the logger");
}

static void test_journald(void **state)
{
	struct ground *ground = *state;
	struct record_line line = refusal_line;
	const char *path = in(ground, "journal");
	CLOSE_FD int fd = listen_at(path, SOCK_DGRAM);
	char text[1024] = { 0 };

	string_list_add(ground->arena, &line.fields, "HARDRUN_KIND=decision");
	string_list_add(ground->arena, &line.fields, "HARDRUN_UID=1000");
	assert_int_equal(journal_write_journald(ground->arena, path, &line, &ground->err), 0);
	assert_true(recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT) > 0);
	assert_string_equal(text, arena_printf(ground->arena, "MESSAGE={\"a\":2}\nPRIORITY=4\nSYSLOG_FACILITY=10\n"
					       "SYSLOG_IDENTIFIER=hardrun\nSYSLOG_PID=%d\nHARDRUN_KIND=decision\nHARDRUN_UID=1000\n",
					       (int)getpid()));
}

/* What no datagram holds comes as a memory file that nobody can change any more. */
static void test_journald_with_a_large_line(void **state)
{
	enum { LENGTH = 4 << 20 };
	struct ground *ground = *state;
	const char *path = in(ground, "journal");
	CLOSE_FD int fd = listen_at(path, SOCK_DGRAM);
	CLOSE_FD int memory = -1;
	char *json = arena_alloc(ground->arena, LENGTH + 1), byte[9] = { 0 };
	const struct record_line line = { .json = json };
	union { struct cmsghdr header; char space[CMSG_SPACE(sizeof(int))]; } control;
	struct msghdr message = { .msg_control = &control, .msg_controllen = sizeof(control) };
	struct stat status;

	memset(json, 'x', LENGTH);
	assert_int_equal(journal_write_journald(ground->arena, path, &line, &ground->err), 0);
	assert_int_equal(recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC), 0);
	assert_int_equal(control.header.cmsg_type, SCM_RIGHTS);
	memcpy(&memory, CMSG_DATA(&control.header), sizeof(memory));
	assert_int_equal(fcntl(memory, F_GET_SEALS), F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
	assert_int_equal(fstat(memory, &status), 0);
	assert_true(status.st_size > LENGTH);
	assert_int_equal(pread(memory, byte, 8, 0), 8);
	assert_string_equal(byte, "MESSAGE=");
}

/* The real places, on a /run and a /dev of the test's own. */
static void use_the_real_places(struct ground *ground)
{
	const struct record_target journald = { RECORD_JOURNALD, NULL }, syslog = { RECORD_SYSLOG, NULL };
	const struct record_target none = { RECORD_NONE, NULL };
	int journal, log;
	char text[512];

	must(mount("tmpfs", "/run", "tmpfs", 0, NULL) == 0 && mount("tmpfs", "/dev", "tmpfs", 0, NULL) == 0, 77);
	must(launch_write_record(ground->arena, &journald, &one_line, &ground->err) < 0, 2);
	must(launch_write_record(ground->arena, &syslog, &one_line, &ground->err) < 0, 3);
	must(launch_write_record(ground->arena, &none, &one_line, &ground->err) == 0, 4);
	must(mkdir("/run/systemd", 0755) == 0 && mkdir("/run/systemd/journal", 0755) == 0, 5);
	journal = listen_at("/run/systemd/journal/socket", SOCK_DGRAM);
	log = listen_at("/dev/log", SOCK_DGRAM);
	must(launch_write_record(ground->arena, &journald, &one_line, &ground->err) == 0, 6);
	must(recv(journal, text, sizeof(text), MSG_DONTWAIT) > 0 && strncmp(text, "MESSAGE={\"a\":1}\n", 16) == 0, 7);
	must(launch_write_record(ground->arena, &syslog, &one_line, &ground->err) == 0, 8);
	must(recv(log, text, sizeof(text), MSG_DONTWAIT) > 0 && strncmp(text, "<85>", 4) == 0, 9);
}

static void test_the_real_places(void **state)
{
	in_little_room(*state, use_the_real_places);
}

/* ---- ends ---- */

static struct launch_account *open_account(struct ground *ground, const char *id)
{
	const struct record_target target = { RECORD_FILE, in(ground, "log/r") };
	const struct record_end unknown = { .id = id, .facts = &ground->facts, .container = "web", .started = host_now(),
					    .end = { .reason = LAUNCH_UNKNOWN, .status = -1 } };
	struct launch_account *account = NULL;

	ground->err = (struct error){ 0 };
	if (launch_open_account(ground->arena, &ground->facts, &target, &unknown, &account, &ground->err) != 0)
		fail_msg("%s", ground->err.message);
	assert_non_null(account);
	return account;
}

static const struct launch_end exited = { .reason = LAUNCH_EXITED, .status = 3, .container_id = "abc" };

static void test_an_account_is_closed_once(void **state)
{
	struct ground *ground = *state;
	struct launch_account *account = open_account(ground, "one");

	assert_int_equal(access(in(ground, "state/records/one.json"), F_OK), 0);
	assert_int_equal(launch_sweep_accounts(ground->arena, &ground->facts), 0);
	assert_null(read_back(ground, "log/r"));
	launch_close_account(account, &exited);
	launch_close_account(account, &exited);
	assert_null(launch_account_problem(account));
	assert_int_equal(access(in(ground, "state/records/one.json"), F_OK), -1);
	assert_non_null(strstr(read_back(ground, "log/r"), "\"id\":\"one\""));
	assert_non_null(strstr(read_back(ground, "log/r"),
			       "\"container\":\"web\",\"container_id\":\"abc\",\"reason\":\"exited\",\"status\":3"));
	assert_ptr_equal(strchr(read_back(ground, "log/r"), '\n')[1], '\0');
	launch_close_account(NULL, &exited);
	assert_null(launch_account_problem(NULL));
}

static void test_no_record_no_account(void **state)
{
	struct ground *ground = *state;
	const struct record_target none = { RECORD_NONE, NULL }, file = { RECORD_FILE, in(ground, "log/r") };
	const struct record_end unknown = { .id = "x" };
	struct launch_account *account = (struct launch_account *)ground;

	assert_int_equal(launch_open_account(ground->arena, &ground->facts, &none, &unknown, &account, &ground->err), 0);
	assert_null(account);
	assert_int_equal(access(in(ground, "state"), F_OK), -1);
	ground->facts.state_dir = NULL;
	assert_true(launch_open_account(ground->arena, &ground->facts, &file, &unknown, &account, &ground->err) < 0);
	assert_non_null(strstr(ground->err.message, "home"));
	ground->facts.state_dir = "/proc/nonsense";
	assert_true(launch_open_account(ground->arena, &ground->facts, &file, &unknown, &account, &ground->err) < 0);
	assert_int_equal(launch_sweep_accounts(ground->arena, &ground->facts), 0);
}

/* One process opens it, another lives on with it; as long as one of them does, nobody else writes the end. */
static void test_whoever_is_left_owes_the_end(void **state)
{
	struct ground *ground = *state;
	int ends[2], go[2], status;
	char byte;
	pid_t first;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	first = fork();
	if (first == 0) {
		struct launch_account *account = open_account(ground, "two");

		(void)close(go[1]);
		if (fork() == 0) {
			must(read(go[0], &byte, 1) == 1, 2);
			if (byte == 'c')
				launch_close_account(account, &exited);
			must(write(ends[1], "x", 1) == 1, 3);
			_exit(0);
		}
		(void)kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(first, &status, 0), first);
	assert_int_equal(launch_sweep_accounts(ground->arena, &ground->facts), 0);
	assert_int_equal(write(go[1], "c", 1), 1);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	assert_non_null(strstr(read_back(ground, "log/r"), "\"reason\":\"exited\""));
	assert_int_equal(launch_sweep_accounts(ground->arena, &ground->facts), 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
	(void)close(go[0]);
	(void)close(go[1]);
}

static void test_two_who_share_it_write_one_end(void **state)
{
	struct ground *ground = *state;
	struct launch_account *account = open_account(ground, "shared");
	int status;
	pid_t child = fork();

	if (child == 0) {
		launch_close_account(account, &exited);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	launch_close_account(account, &(struct launch_end){ .reason = LAUNCH_UNKNOWN });
	assert_ptr_equal(strchr(read_back(ground, "log/r"), '\n')[1], '\0');
	assert_null(strstr(read_back(ground, "log/r"), "unknown"));
}

static void abandon(struct ground *ground, const char *id)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		(void)open_account(ground, id);
		(void)kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
}

static void test_what_nobody_holds_is_swept(void **state)
{
	struct ground *ground = *state;
	struct launch_account *living = open_account(ground, "living");

	abandon(ground, "dead1");
	abandon(ground, "dead2"); /* opening sweeps, too: this one has written the end of the first */
	assert_non_null(strstr(read_back(ground, "log/r"), "\"id\":\"dead1\""));
	assert_int_equal(launch_sweep_accounts(ground->arena, &ground->facts), 1);
	assert_non_null(strstr(read_back(ground, "log/r"), "\"id\":\"dead2\""));
	assert_non_null(strstr(read_back(ground, "log/r"), "\"reason\":\"unknown\",\"status\":null"));
	assert_null(strstr(read_back(ground, "log/r"), "living"));
	assert_int_equal(access(in(ground, "state/records/dead2.json"), F_OK), -1);
	assert_int_equal(launch_sweep_accounts(ground->arena, &ground->facts), 0);
	launch_close_account(living, &exited);
}

/* The disk is full when the container ends: the end is kept, as it was, and written when there is room. */
static void test_an_end_that_cannot_be_written_is_kept(void **state)
{
	struct ground *ground = *state;
	struct launch_account *account = open_account(ground, "kept");

	assert_int_equal(shell(ground, "mkdir -m 700 log log/r"), 0);
	launch_close_account(account, &exited);
	assert_non_null(launch_account_problem(account));
	assert_non_null(strstr(launch_account_problem(account)->message, "the record cannot be written"));
	assert_int_equal(launch_sweep_accounts(ground->arena, &ground->facts), 0);
	assert_int_equal(shell(ground, "rmdir log/r"), 0);
	assert_int_equal(launch_sweep_accounts(ground->arena, &ground->facts), 1);
	assert_non_null(strstr(read_back(ground, "log/r"), "\"reason\":\"exited\",\"status\":3"));
}

/* Left by a power failure: there is nothing to be learnt from it, and it shall not be read for ever. */
static void test_accounts_that_say_nothing(void **state)
{
	struct ground *ground = *state;

	assert_int_equal(shell(ground, "mkdir -m 700 state state/records && cd state/records && : > empty.json && "
				       "echo '{' > torn.json && "
				       "echo '{\"to\":\"file\",\"line\":\"{}\"}' > nopath.json && echo '[]' > list.json && "
				       "echo '{\"to\":\"x\",\"path\":\"/x\",\"line\":5}' > odd.json && ln -s /etc/passwd link.json && mkfifo f.json"), 0);
	assert_int_equal(launch_sweep_accounts(ground->arena, &ground->facts), 5);
	assert_int_equal(shell(ground, "test ! -e state/records/torn.json && test -L state/records/link.json"), 0);
	assert_null(read_back(ground, "log/r"));
}

/* A descriptor of it above those that an engine's client is given by number, and none that a client inherits. */
static void test_descriptors_of_an_account(void **state)
{
	struct ground *ground = *state;
	struct launch_account *account = open_account(ground, "fds");
	int descriptors[ACCOUNT_DESCRIPTORS];

	account_descriptors(account, descriptors);
	for (size_t i = 0; i < ARRAY_COUNT(descriptors); i++) {
		assert_true(descriptors[i] >= 100);
		assert_int_equal(fcntl(descriptors[i], F_GETFD), FD_CLOEXEC);
	}
	launch_close_account(account, &exited);
	assert_int_equal(fcntl(descriptors[0], F_GETFD), -1);
	assert_int_equal(fcntl(descriptors[1], F_GETFD), -1);
	account_descriptors(NULL, descriptors);
	assert_int_equal(descriptors[0], -1);
}

/* ---- want of memory ---- */

static void test_oom(void **state)
{
	struct ground *ground = *state;

	assert_int_equal(shell(ground, "mkdir -p v2/c v2/d v1/memory/c && "
				       "printf 'low 0\\noom 3\\noom_kill 1\\n' > v2/c/memory.events && "
				       "printf 'oom 9\\noom_kill 0\\n' > v2/d/memory.events && "
				       "printf 'oom_kill_disable 0\\nunder_oom 0\\noom_kill 2\\n' > v1/memory/c/memory.oom_control"), 0);
	assert_true(oom_was_met(ground->arena, in(ground, "v2"), "/c"));
	assert_false(oom_was_met(ground->arena, in(ground, "v2"), "/d"));
	assert_true(oom_was_met(ground->arena, in(ground, "v1"), "/c"));
	assert_false(oom_was_met(ground->arena, in(ground, "v1"), "/d"));
}

int main(void)
{
	static struct row_tests rows;

	for (size_t i = 0; i < ARRAY_COUNT(wrong_files); i++)
		rows_add(&rows, wrong_files[i].script, test_wrong_file, (void *)(uintptr_t)&wrong_files[i]);
#define GROUND_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		GROUND_TEST(test_a_line_after_another),
		GROUND_TEST(test_only_the_last_directory_is_made),
		GROUND_TEST(test_a_trial),
		GROUND_TEST(test_half_a_line_is_ended_first),
		GROUND_TEST(test_an_empty_file_begins_with_the_line),
		GROUND_TEST(test_a_group_may_read),
		GROUND_TEST(test_a_system_group_may_write_above),
		GROUND_TEST(test_paths_that_name_no_file),
		GROUND_TEST(test_an_ordinary_user),
		GROUND_TEST(test_full_in_the_middle_of_a_line),
		GROUND_TEST(test_full_line_by_line),
		GROUND_TEST(test_a_disk_that_cannot_be_written),
		GROUND_TEST(test_a_limit_on_files),
		GROUND_TEST(test_sixteen_writers_and_a_rotation),
		GROUND_TEST(test_a_lock_is_waited_for),
		GROUND_TEST(test_renamed_while_waiting),
		GROUND_TEST(test_syslog),
		GROUND_TEST(test_syslog_time_is_utc),
		GROUND_TEST(test_syslog_over_a_stream),
		GROUND_TEST(test_nobody_listens),
		GROUND_TEST(test_journald),
		GROUND_TEST(test_journald_with_a_large_line),
		GROUND_TEST(test_the_real_places),
		GROUND_TEST(test_an_account_is_closed_once),
		GROUND_TEST(test_no_record_no_account),
		GROUND_TEST(test_whoever_is_left_owes_the_end),
		GROUND_TEST(test_two_who_share_it_write_one_end),
		GROUND_TEST(test_what_nobody_holds_is_swept),
		GROUND_TEST(test_an_end_that_cannot_be_written_is_kept),
		GROUND_TEST(test_accounts_that_say_nothing),
		GROUND_TEST(test_descriptors_of_an_account),
		GROUND_TEST(test_oom),
	};

	for (size_t i = 0; i < ARRAY_COUNT(tests); i++)
		rows.tests[rows.count++] = tests[i];
	return rows_run("launch journal", &rows);
}
