/* What a listener accepts as the descriptor of a filter, and what it does not. */
#include "rows.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../src/launch/listener.h"

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

/* Without one there is nothing to end, and nothing to say. */
static void test_without_a_listener(void **state)
{
	struct container container = { .listener_report = -1 };

	(void)state;
	listener_sum_up(&container, 1);
	listener_end(&container);
	listener_end(&container);
	assert_int_equal(container.listener_pid, 0);
}

int main(void)
{
	static struct row_tests rows;

	ROWS_TEST(&rows, test_the_descriptor_of_a_filter);
	for (size_t i = 0; i < ARRAY_COUNT(message_rows); i++)
		rows_add(&rows, message_rows[i].name, test_other_messages, (void *)(uintptr_t)&message_rows[i]);
	ROWS_TEST(&rows, test_nothing_at_all);
	ROWS_TEST(&rows, test_without_a_listener);
	return rows_run("launch_listener", &rows);
}
