/*
 * The filters in the real kernel: loaded by a child without privileges, which then tries calls that are harmless whatever the
 * answer. What the interpreter says of them is what the kernel has to do.
 */
#include "../unit/rows.h"

#include <hardrun/profile.h>

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct kernel_row {
	const char *name;
	const char *base;
	long number, arguments[3];
	int wanted; /* errno; 0: anything but EPERM and ENOSYS */
};

/* Arguments are such that the kernel would fail or do nothing even without a filter. */
static const struct kernel_row rows[] = {
	{ "getppid passes", "default", SYS_getppid, { 0 }, 0 },
	{ "read of no descriptor passes", "default", SYS_read, { -1 }, 0 },
	{ "socket AF_UNIX passes", "default", SYS_socket, { AF_UNIX, SOCK_STREAM }, 0 },
	{ "socket AF_INET passes", "default", SYS_socket, { AF_INET, SOCK_DGRAM }, 0 },
	{ "socket NETLINK_ROUTE passes", "default", SYS_socket, { AF_NETLINK, SOCK_RAW, 0 }, 0 },
	{ "socket NETLINK_AUDIT", "default", SYS_socket, { AF_NETLINK, SOCK_RAW, 9 }, EPERM },
	{ "socket AF_ALG", "default", SYS_socket, { 38, SOCK_SEQPACKET }, EPERM },
	{ "socket AF_VSOCK", "default", SYS_socket, { 40, SOCK_STREAM }, EPERM },
	{ "socketpair AF_TIPC", "default", SYS_socketpair, { 30, SOCK_STREAM }, EPERM },
	{ "ioctl TCGETS passes", "default", SYS_ioctl, { -1, 0x5401 }, 0 },
	{ "ioctl TIOCSTI", "default", SYS_ioctl, { -1, 0x5412 }, EPERM },
	{ "ioctl TIOCSTI with upper bits", "default", SYS_ioctl, { -1, 0x100005412 }, EPERM },
	{ "ioctl TIOCLINUX", "default", SYS_ioctl, { -1, 0x541c }, EPERM },
	{ "personality query passes", "default", SYS_personality, { 0xffffffff }, 0 },
	{ "personality ADDR_NO_RANDOMIZE", "default", SYS_personality, { 0x40000 }, ENOSYS },
	{ "clone3", "default", SYS_clone3, { 0 }, ENOSYS },
	{ "clone CLONE_NEWUSER", "default", SYS_clone, { CLONE_NEWUSER | SIGCHLD }, EPERM },
	{ "unshare", "default", SYS_unshare, { 0 }, EPERM },
	{ "setns", "default", SYS_setns, { -1 }, EPERM },
	{ "mount", "default", SYS_mount, { 0 }, EPERM },
	{ "keyctl", "default", SYS_keyctl, { -1 }, EPERM },
	{ "bpf", "default", SYS_bpf, { -1 }, EPERM },
	{ "io_uring_setup", "default", SYS_io_uring_setup, { 0 }, EPERM },
	{ "userfaultfd", "default", SYS_userfaultfd, { -1 }, EPERM },
	{ "msgget", "default", SYS_msgget, { -1, 0 }, ENOSYS },
	{ "mseal passes where the kernel has it", "default", 462, { 1, 1, 1 }, -1 },
	{ "a call that nobody has yet", "default", 1999, { 0 }, ENOSYS },
	{ "minimal: getppid passes", "minimal", SYS_getppid, { 0 }, 0 },
	{ "minimal: shmget", "minimal", SYS_shmget, { -1, 0 }, ENOSYS },
	{ "minimal: mount", "minimal", SYS_mount, { 0 }, EPERM },
	{ "minimal: ioctl TIOCSTI", "minimal", SYS_ioctl, { -1, 0x5412 }, EPERM },
};

enum { CHILD_NO_FILTER = 250, CHILD_PASSED = 0 };

/* In the child: the errno of the call, or CHILD_PASSED. */
static int try_call(const struct kernel_row *row, const struct sock_fprog *program)
{
	long result;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, program) < 0)
		return CHILD_NO_FILTER;
	errno = 0;
	result = syscall(row->number, row->arguments[0], row->arguments[1], row->arguments[2], 0, 0, 0);
	return result < 0 ? errno : CHILD_PASSED;
}

static void test_kernel(void **state)
{
	const struct kernel_row *row = *state;
	const struct policy_seccomp policy = { .base = { .value = row->base } };
	struct arena *arena = arena_new();
	struct sock_fprog program;
	const struct profile *profile;
	struct error err = { 0 };
	size_t length;
	void *bytes;
	pid_t child;
	int status;

	assert_int_equal(profile_build(arena, &policy, NULL, &profile, &err), 0);
	assert_int_equal(profile_render_bpf(arena, profile, &bytes, &length, &err), 0);
	program = (struct sock_fprog){ (unsigned short)(length / sizeof(struct sock_filter)), bytes };
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(try_call(row, &program));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_not_equal(WEXITSTATUS(status), CHILD_NO_FILTER);
	if (row->wanted > 0)
		assert_int_equal(WEXITSTATUS(status), row->wanted);
	else
		assert_int_not_equal(WEXITSTATUS(status), EPERM);
	if (row->wanted == 0)
		assert_int_not_equal(WEXITSTATUS(status), ENOSYS);
	arena_free(arena);
}

int main(void)
{
	static struct row_tests tests;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		rows_add(&tests, rows[i].name, test_kernel, (void *)(uintptr_t)&rows[i]);
	return rows_run("kernel", &tests);
}
