/* What is left of a process that has confined itself, seen by the kernel's own account of it and by what it tries. */
#include "rows.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pwd.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <hardrun/launch.h>

/* What /proc says of a filter; the sanitizers make calls of their own, and the product leaves it out for them. */
#ifdef __SANITIZE_ADDRESS__
enum { FILTERED = 0 };
#else
enum { FILTERED = 2 };
#endif

enum { NOBODY = 65534, STAT_READ_SEARCH = 1 << 2 };

static char root[] = "/tmp/hardrun-confine.XXXXXX";

struct confine_row {
	const char *name;
	uid_t person;      /* whom root was lent to; 0: root itself */
	bool may_call;
};
static const struct confine_row confine_rows[] = {
	{ "lent by sudo", NOBODY, false },
	{ "root itself", 0, false },
	{ "root itself, which asks a daemon", 0, true },
};

static const struct host_facts *facts_of(struct arena *arena, const struct confine_row *row)
{
	static const gid_t groups[] = { NOBODY };
	struct host_facts *facts = arena_alloc(arena, sizeof(*facts));

	*facts = (struct host_facts){ .is_root = true, .caller_uid = row->person, .caller_gid = row->person };
	if (row->person != 0) {
		facts->elevated_by = "sudo";
		facts->caller_groups = groups;
		facts->caller_group_count = 1;
	}
	return facts;
}

/* The value of a line of /proc/PID/status as a number in base 16. */
static unsigned long long status_of(pid_t pid, const char *name)
{
	char path[64], line[256];
	unsigned long long value = ~0ULL;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "re");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':')
			value = strtoull(line + strlen(name) + 1, NULL, 16);
	if (file != NULL)
		fclose(file);
	return value;
}

static void text_status(pid_t pid, const char *name, char *buffer, size_t size)
{
	char path[64], line[256];
	FILE *file;

	buffer[0] = '\0';
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "re");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':')
			snprintf(buffer, size, "%s", line + strlen(name) + 1 + strspn(line + strlen(name) + 1, "\t "));
	if (file != NULL)
		fclose(file);
}

/* A child that is confined and waits until its end of ${channel} is closed. */
static pid_t start_waiting(const struct confine_row *row, int *ret_fd)
{
	int ends[2];
	pid_t pid;
	char byte;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	pid = fork();
	if (pid == 0) {
		struct arena *arena = arena_new();
		struct error err = { 0 };

		close(ends[0]);
		if (launch_confine(arena, facts_of(arena, row), row->may_call, &err) < 0)
			_exit(1);
		if (write(ends[1], "r", 1) != 1 || read(ends[1], &byte, 1) != 0)
			_exit(2);
		_exit(0);
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	*ret_fd = ends[0];
	return pid;
}

static void test_kernel_account(void **state)
{
	const struct confine_row *row = *state;
	const uid_t uid = row->person != 0 ? row->person : row->may_call ? 0 : NOBODY;
	char text[128], wanted[64];
	int fd, status = 0;
	pid_t pid;

	if (geteuid() != 0)
		skip();
	pid = start_waiting(row, &fd);
	assert_int_equal(status_of(pid, "NoNewPrivs"), 1);
	assert_int_equal(status_of(pid, "Seccomp"), FILTERED);
	assert_int_equal(status_of(pid, "CapAmb"), 0);
	assert_int_equal(status_of(pid, "CapInh"), 0);
	assert_int_equal(status_of(pid, "CapEff"), row->person != 0 ? 0 : STAT_READ_SEARCH);
	assert_int_equal(status_of(pid, "CapPrm"), row->person != 0 ? 0 : STAT_READ_SEARCH);
	snprintf(wanted, sizeof(wanted), "%u\t%u\t%u\t%u\n", uid, uid, uid, uid);
	text_status(pid, "Uid", text, sizeof(text));
	assert_string_equal(text, wanted);
	text_status(pid, "Gid", text, sizeof(text));
	assert_string_equal(text, wanted);
	text_status(pid, "Groups", text, sizeof(text));
	assert_string_equal(text, row->person != 0 ? "65534 \n" : "\n");
	/* Not dumpable: its files in /proc are root's, so nobody of its own uid may trace it. */
	if (uid != 0) {
		struct stat entry;

		snprintf(text, sizeof(text), "/proc/%d/mem", (int)pid);
		assert_int_equal(stat(text, &entry), 0);
		assert_int_equal(entry.st_uid, 0);
	}
	close(fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* ---- attempts ---- */

/* Each returns errno, 0 for success. */
static int try_write(void)
{
	return open("/tmp/hardrun-confine-file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0 ? errno : 0;
}

/* The flags are in memory, where no filter sees them. */
static int try_write_unseen(void)
{
	struct open_how how = { .flags = O_WRONLY | O_CLOEXEC };
	char path[128];

	snprintf(path, sizeof(path), "%s/roots", root);
	return syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how)) < 0 ? errno : 0;
}

static int try_socket(void)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) < 0 ? errno : 0;
}

static int try_unix_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) < 0 ? errno : 0;
}

static int try_read_passwd(void)
{
	return open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 ? errno : 0;
}

static int try_read_roots(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/roots", root);
	return open(path, O_RDONLY | O_CLOEXEC) < 0 ? errno : 0;
}

static int try_exec(void)
{
	char *const argv[] = { (char[]){ "true" }, NULL };

	execv("/bin/true", argv);
	return errno;
}

static int try_fork(void)
{
	return fork() < 0 ? errno : 0;
}

static int try_root(void)
{
	return setuid(0) < 0 ? errno : 0;
}

static int try_trace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 ? errno : 0;
}

static int try_kill(void)
{
	return kill(getppid(), 0) < 0 ? errno : 0;
}

static int try_unlink(void)
{
	return unlink("/tmp/hardrun-confine-none") < 0 ? errno : 0;
}

enum { KILLED = -1 };

struct attempt_row {
	const char *name;
	int (*attempt)(void);
	int wanted[3];      /* by confine_rows: errno, 0, or KILLED */
};
static const struct attempt_row attempt_rows[] = {
	{ "reading what everyone may", try_read_passwd, { 0, 0, 0 } },
	{ "reading what root alone may", try_read_roots, { EACCES, 0, 0 } },
	{ "writing", try_write, { EPERM, EPERM, EPERM } },
	{ "writing, told in memory", try_write_unseen, { EACCES, EACCES, EACCES } },
	{ "a socket to the network", try_socket, { EPERM, EPERM, EPERM } },
	{ "a socket of this machine", try_unix_socket, { EPERM, EPERM, 0 } },
	{ "executing", try_exec, { KILLED, KILLED, KILLED } },
	{ "forking", try_fork, { KILLED, KILLED, KILLED } },
	{ "becoming root again", try_root, { KILLED, KILLED, KILLED } },
	{ "tracing", try_trace, { KILLED, KILLED, KILLED } },
	{ "a signal to another", try_kill, { KILLED, KILLED, KILLED } },
	{ "removing a file", try_unlink, { EPERM, EPERM, EPERM } },
};

static bool has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) > 0;
}

static int attempt(const struct confine_row *row, int (*function)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		struct arena *arena = arena_new();
		struct error err = { 0 };

		_exit(launch_confine(arena, facts_of(arena, row), row->may_call, &err) < 0 ? 255 : function());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS ? KILLED : WIFEXITED(status) ? WEXITSTATUS(status) : 254;
}

static void test_attempt(void **state)
{
	const struct attempt_row *row = *state;

	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < ARRAY_COUNT(confine_rows); i++) {
		/* uid 0 without rights still owns root's files: there only Landlock stands before them. */
		if (row->attempt == try_write_unseen && confine_rows[i].may_call && !has_landlock())
			continue;
		assert_int_equal(attempt(&confine_rows[i], row->attempt), row->wanted[i]);
	}
}

/* ---- two halves ---- */

static void test_split(void **state)
{
	struct arena *arena = arena_new();
	const struct host_facts *facts = facts_of(arena, &confine_rows[0]);
	struct error err = { 0 };
	int channel = -1, status = 0;
	char text[4] = "";
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		skip();
	pid = launch_split(arena, facts, &channel, &err);
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(send(channel, getuid() == NOBODY ? "yes" : "no!", 3, 0) == 3 && recv(channel, text, 1, 0) == 0 ? 0 : 1);
	assert_int_equal(recv(channel, text, 3, 0), 3);
	assert_string_equal(text, "yes");
	assert_int_equal(status_of(pid, "CapEff"), 0);
	assert_int_equal(status_of(pid, "Seccomp"), 2);
	assert_int_equal(geteuid(), 0);
	close(channel);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	arena_free(arena);
}

static int set_up(void **state)
{
	char path[128];
	int fd;

	(void)state;
	if (mkdtemp(root) == NULL || chmod(root, 0755) != 0)
		return -1;
	snprintf(path, sizeof(path), "%s/roots", root);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/roots", root);
	return unlink(path) == 0 ? rmdir(root) : -1;
}

int main(void)
{
	static struct row_tests rows;

	for (size_t i = 0; i < ARRAY_COUNT(confine_rows); i++)
		rows_add(&rows, confine_rows[i].name, test_kernel_account, (void *)(uintptr_t)&confine_rows[i]);
	for (size_t i = 0; FILTERED != 0 && i < ARRAY_COUNT(attempt_rows); i++)
		rows_add(&rows, attempt_rows[i].name, test_attempt, (void *)(uintptr_t)&attempt_rows[i]);
	if (FILTERED != 0)
		ROWS_TEST(&rows, test_split);
	return _cmocka_run_group_tests("launch_confine", rows.tests, rows.count, set_up, tear_down);
}
