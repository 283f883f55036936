/* What a listener accepts as the descriptor of a filter, what it may call afterwards, and what is believed of what it shares. */
#include "rows.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../src/launch/listener.h"
#include "../../src/launch/own_filters.h"

enum { MOST = 6 };

static void send_descriptors(int socket, const char *state, const int *fds, size_t count)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(MOST * sizeof(int))];
	} control = { 0 };
	struct iovec vector = { .iov_base = (void *)(uintptr_t)state, .iov_len = strlen(state) };
	struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };

	if (count > 0) {
		message.msg_control = control.bytes;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
	}
	assert_true(sendmsg(socket, &message, 0) >= 0);
}

/* A child under a filter that tells of setdomainname, and nothing else; its listener comes back through ${socket}. */
static pid_t start_filtered(int socket)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_setdomainname, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { ARRAY_COUNT(filter), filter };
	pid_t pid = fork();
	int fd;

	if (pid != 0)
		return pid;
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	fd = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
	if (fd < 0)
		_exit(1);
	send_descriptors(socket, "{\"ociVersion\":\"1.0.2\",\"fds\":[\"seccompFd\"]}", &fd, 1);
	close(fd);
	/* Nobody answers: the end of the listener does. */
	_exit(syscall(SYS_setdomainname, "x", 1) < 0 && errno == ENOSYS ? 0 : 2);
}

static void test_the_descriptor_of_a_filter(void **state)
{
	struct seccomp_notif_sizes sizes;
	int ends[2], fd, status = -1;
	char request[1024] = { 0 };
	pid_t pid;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	pid = start_filtered(ends[1]);
	fd = listener_receive(ends[0]);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes), 0);
	assert_true(sizes.seccomp_notif <= sizeof(request));
	assert_int_equal(ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, request), 0);
	close(fd); /* as a listener that dies with a call in its hands */
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(ends[0]);
	close(ends[1]);
}

struct message_row { const char *name; const char *state; size_t count; };

static const struct message_row message_rows[] = {
	{ "no descriptor", "{}", 0 },
	{ "one that is no filter's", "{}", 1 },
	{ "two", "{\"fds\":[\"seccompFd\",\"seccompFd\"]}", 2 },
	{ "more than there is room for", "{}", MOST },
};

static unsigned open_descriptors(void)
{
	unsigned count = 0;

	for (int fd = 0; fd < 256; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			count++;
	return count;
}

static void test_other_messages(void **state)
{
	const struct message_row *row = *state;
	const int zeros[MOST] = { 0 };
	unsigned before;
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	before = open_descriptors();
	send_descriptors(ends[1], row->state, zeros, row->count);
	assert_int_equal(listener_receive(ends[0]), -1);
	assert_int_equal(open_descriptors(), before);
	close(ends[0]);
	close(ends[1]);
}

static void test_nothing_at_all(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	close(ends[1]);
	assert_int_equal(listener_receive(ends[0]), -1);
	close(ends[0]);
}

/* ---- its own filter ---- */

enum { KILLED = -1 };

/* Each returns errno, 0 for success. */
static int of(long result)
{
	return result < 0 ? errno : 0;
}

static int try_trace(void)
{
	return of(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
}

static int try_write_memory(void)
{
	char byte = 0;
	const struct iovec here = { &byte, 1 };

	return of(process_vm_writev(getpid(), &here, 1, &here, 1, 0));
}

static int try_read_memory(void)
{
	char bytes[] = "ab";
	const struct iovec to = { bytes, 1 }, from = { bytes + 1, 1 };

	return of(process_vm_readv(getpid(), &to, 1, &from, 1, 0));
}

static int try_pidfd(void)
{
	return of(syscall(SYS_pidfd_open, getppid(), 0));
}

static int try_take_descriptor(void)
{
	return of(syscall(SYS_pidfd_getfd, 3, 0, 0));
}

static int try_exec(void)
{
	char *const argv[] = { (char[]){ "true" }, NULL };

	return of(execv("/bin/true", argv));
}

static int try_fork(void)
{
	return of(fork());
}

static int try_kill(void)
{
	return of(kill(getppid(), 0));
}

static int try_mount(void)
{
	return of(mount("none", "/nowhere", "tmpfs", 0, NULL));
}

static int try_enter(void)
{
	return of(syscall(SYS_setns, 0, 0));
}

static int try_become_root(void)
{
	return of(syscall(SYS_setuid, 0));
}

static int try_socket(void)
{
	return of(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int try_open_to_read(void)
{
	return of(open("/proc/self/status", O_RDONLY | O_CLOEXEC));
}

static int try_open_to_write(void)
{
	return of(open("/dev/null", O_WRONLY | O_CLOEXEC));
}

/* The flags are in memory, where no filter sees them: but then it cannot be written to. */
static int try_write_elsewhere(void)
{
	struct open_how how = { .flags = O_RDWR | O_CLOEXEC };
	int fd = (int)syscall(SYS_openat2, AT_FDCWD, "/dev/null", &how, sizeof(how));

	return fd < 0 ? 255 : of(write(fd, "x", 1));
}

static int try_map_a_file(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? 255 : mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED ? errno : 0;
}

static int try_map_code(void)
{
	return mmap(NULL, 1, PROT_EXEC | PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? errno : 0;
}

static int try_map_memory(void)
{
	return mmap(NULL, 1, PROT_WRITE | PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? errno : 0;
}

static int try_report(void)
{
	return of(write(LISTENER_REPORT_FD, "x", 1));
}

static int try_take_its_place(void)
{
	return of(close(LISTENER_REPORT_FD));
}

/* The kernel looks at the lower half alone. */
static int try_take_its_place_unseen(void)
{
	return of(syscall(SYS_close, UINT64_C(1) << 32 | LISTENER_REPORT_FD));
}

static int try_copy_descriptor(void)
{
	return of(dup2(2, LISTENER_REPORT_FD));
}

static int try_close(void)
{
	return of(close(0));
}

static int try_hand_over(void)
{
	struct seccomp_notif_addfd add = { 0 };

	return of(ioctl(0, SECCOMP_IOCTL_NOTIF_ADDFD, &add));
}

/* Passes the filter: 0 is no filter's descriptor. */
static int try_answer(void)
{
	struct seccomp_notif_resp response = { 0 };

	return of(ioctl(0, SECCOMP_IOCTL_NOTIF_SEND, &response)) == EPERM ? EPERM : 0;
}

struct attempt_row { const char *name; int (*attempt)(void); int wanted; };
static const struct attempt_row attempt_rows[] = {
	{ "tracing", try_trace, KILLED },
	{ "writing into a process", try_write_memory, KILLED },
	{ "reading from a process", try_read_memory, 0 },
	{ "a descriptor for a process", try_pidfd, KILLED },
	{ "a descriptor of a process", try_take_descriptor, KILLED },
	{ "executing", try_exec, KILLED },
	{ "forking", try_fork, KILLED },
	{ "a signal to another", try_kill, KILLED },
	{ "mounting", try_mount, KILLED },
	{ "entering a namespace", try_enter, KILLED },
	{ "becoming root", try_become_root, KILLED },
	{ "a socket", try_socket, EPERM },
	{ "opening to read", try_open_to_read, 0 },
	{ "opening to write", try_open_to_write, EPERM },
	{ "writing to what was opened unseen", try_write_elsewhere, EPERM },
	{ "mapping a file", try_map_a_file, EPERM },
	{ "mapping code", try_map_code, EPERM },
	{ "mapping memory", try_map_memory, 0 },
	{ "its report", try_report, 0 },
	{ "closing its report", try_take_its_place, EPERM },
	{ "closing its report, spelled otherwise", try_take_its_place_unseen, EPERM },
	{ "another descriptor for its report", try_copy_descriptor, EPERM },
	{ "closing another", try_close, 0 },
	{ "answering a call", try_answer, 0 },
	{ "handing a descriptor over", try_hand_over, EPERM },
};

static int attempt(int (*function)(void))
{
	int status = 0, ends[2];
	pid_t pid;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		(void)dup2(ends[1], LISTENER_REPORT_FD);
		(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		_exit(confine_filter(listener_filter, listener_filter_length) ? function() : 255);
	}
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS ? KILLED : WIFEXITED(status) ? WEXITSTATUS(status) : 254;
}

static void test_attempt(void **state)
{
	const struct attempt_row *row = *state;

#ifdef __SANITIZE_ADDRESS__
	skip(); /* there is no filter then */
#endif
	assert_int_equal(attempt(row->attempt), row->wanted);
}

/* Killed for what it calls, with a call of the container's in its hands: that is answered, and allowed nothing. */
static void test_a_listener_that_is_killed_by_its_filter(void **state)
{
	char request[1024] = { 0 };
	int ends[2], fd, status = -1;
	pid_t filtered, listener;

	(void)state;
#ifdef __SANITIZE_ADDRESS__
	skip();
#endif
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	filtered = start_filtered(ends[1]);
	fd = listener_receive(ends[0]);
	assert_true(fd >= 0);
	listener = fork();
	if (listener == 0) {
		(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (!confine_filter(listener_filter, listener_filter_length) || ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, request) != 0)
			_exit(1);
		_exit(try_trace());
	}
	close(fd);
	assert_int_equal(waitpid(listener, &status, 0), listener);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
	assert_int_equal(waitpid(filtered, &status, 0), filtered);
	assert_int_equal(status, 0);
	close(ends[0]);
	close(ends[1]);
}

/* Without one there is nothing to end, and nothing to say. */
static void test_without_a_listener(void **state)
{
	struct listening listening = LISTENING_NONE;

	(void)state;
	listener_sum_up(&listening, NULL, 1);
	assert_false(listener_is_serving(&listening));
	listener_end(&listening);
	listener_end(&listening);
	assert_int_equal(listening.pid, 0);
}

/* Who comes later: a runtime's own, and nobody who is another or says nothing. */
static void test_who_comes_to_the_socket(void **state)
{
	const struct sockaddr_un any = { .sun_family = AF_UNIX }; /* the kernel names it */
	struct sockaddr_un name;
	socklen_t length = sizeof(name);
	int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), fd, status = -1;
	bool is_over = true;
	pid_t pid;

	(void)state;
	assert_int_equal(bind(listening, (const struct sockaddr *)&any, sizeof(any.sun_family)), 0);
	assert_int_equal(listen(listening, 4), 0);
	assert_int_equal(getsockname(listening, (struct sockaddr *)&name, &length), 0);
	for (unsigned round = 0; round < 3; round++) {
		int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

		assert_int_equal(connect(connection, (const struct sockaddr *)&name, length), 0);
		pid = round == 1 ? -1 : start_filtered(connection); /* the second says nothing */
		fd = listener_take(listening, round == 0 ? geteuid() + 1 : geteuid(), &is_over);
		assert_false(is_over);
		assert_int_equal(fd >= 0, round == 2);
		close(connection);
		if (fd >= 0)
			close(fd);
		if (pid > 0) {
			assert_int_equal(waitpid(pid, &status, 0), pid);
			assert_true(round == 0 || status == 0); /* ENOSYS with the end; who was turned away may not have got so far */
		}
	}
	close(listening);
	assert_int_equal(listener_take(listening, geteuid(), &is_over), -1);
	assert_true(is_over);
}

int main(void)
{
	static struct row_tests rows;

	ROWS_TEST(&rows, test_the_descriptor_of_a_filter);
	for (size_t i = 0; i < ARRAY_COUNT(message_rows); i++)
		rows_add(&rows, message_rows[i].name, test_other_messages, (void *)(uintptr_t)&message_rows[i]);
	ROWS_TEST(&rows, test_nothing_at_all);
	ROWS_TEST(&rows, test_who_comes_to_the_socket);
	for (size_t i = 0; i < ARRAY_COUNT(attempt_rows); i++)
		rows_add(&rows, attempt_rows[i].name, test_attempt, (void *)(uintptr_t)&attempt_rows[i]);
	ROWS_TEST(&rows, test_a_listener_that_is_killed_by_its_filter);
	ROWS_TEST(&rows, test_without_a_listener);
	return rows_run("launch_listener", &rows);
}
