/*
 * A program of the build: prints the filters under which hardrun reads what a caller typed, and listens to what a container
 * calls, as C source. libseccomp takes a fifth of a millisecond to make one, which every start would pay.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/filter.h>
#include <seccomp.h>

#include <hardrun/base.h>

#include "own_filters.h"

enum { CALLS_MAX = 64 };

/*
 * What reading, judging and printing take, and no more: the kernel compiles the filter anew for every start, at a fifth of a
 * microsecond an instruction. Calls that an architecture does not have are left out.
 */
static const char *const judging[CALLS_MAX] = {
	/* files, for reading; opening is below */
	"read", "pread64", "lseek", "_llseek", "close", "fstat", "fstat64", "newfstatat", "fstatat64", "statx", "stat", "stat64",
	"lstat", "lstat64", "readlink", "readlinkat", "getdents64", "access", "faccessat", "faccessat2", "getcwd", "fstatfs",
	"fstatfs64", "statfs", "statfs64", "openat2",
	/* descriptors that are there: output, and the monitor */
	"write", "writev", "recvmsg", "sendmsg", "recvfrom", "sendto", "poll", "ppoll",
	/* memory */
	"munmap", "mremap", "brk", "futex",
	/* who, when, where */
	"getpid", "gettid", "getuid", "geteuid", "getgid", "getegid", "uname", "sysinfo", "clock_gettime", "clock_gettime64",
	"getrandom",
	/* signals and the end */
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigreturn", "restart_syscall", "exit", "exit_group",
};

/* What taking calls and looking at what surrounds them takes. */
static const char *const listening[CALLS_MAX] = {
	"read", "pread64", "fstat", "fstat64", "newfstatat", "fstatat64", "statx", "stat", "stat64", "readlink", "readlinkat",
	"faccessat", "faccessat2", "fstatfs", "fstatfs64", "openat2", "process_vm_readv", "poll", "ppoll", "accept4", "getsockopt",
	"recvmsg", "munmap", "mremap", "brk",
	"getpid", "clock_gettime", "clock_gettime64", "gettimeofday", "getrandom", "rt_sigreturn", "sigreturn", "restart_syscall",
	"exit", "exit_group",
};

/* Nobody who reads or listens calls these by mistake. Whatever else is not named here is refused, with EPERM. */
static const char *const fatal[] = {
	"execve", "execveat", "fork", "vfork", "clone", "clone3", "ptrace", "mount", "setuid", "setresuid", "kill",
};
/* With the one right that a listener keeps these reach into other processes. */
static const char *const fatal_listening[] = {
	"process_vm_writev", "pidfd_open", "pidfd_getfd", "pidfd_send_signal", "setns", "unshare", "tkill", "tgkill",
};

static int allow(scmp_filter_ctx filter, const char *name, unsigned count, const struct scmp_arg_cmp *conditions)
{
	const int call = seccomp_syscall_resolve_name(name);
	const int result = call < 0 ? 0 : seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, count, conditions);

	return result == -EDOM ? 0 : result; /* not on this architecture */
}

static int forbid(scmp_filter_ctx filter, const char *name)
{
	const int call = seccomp_syscall_resolve_name(name);
	const int result = call < 0 ? 0 : seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, call, 0);

	return result == -EDOM ? 0 : result;
}

static int allow_one(scmp_filter_ctx filter, const char *name, struct scmp_arg_cmp condition)
{
	return allow(filter, name, 1, &condition);
}

/* openat2 has its flags in memory, where no filter sees them: missing rights, and Landlock where it can be, are for that. */
static int allow_reading(scmp_filter_ctx filter)
{
	const scmp_datum_t writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND;

	return allow_one(filter, "openat", SCMP_A2(SCMP_CMP_MASKED_EQ, writing, 0)) |
	       allow_one(filter, "open", SCMP_A1(SCMP_CMP_MASKED_EQ, writing, 0)) |
	       allow_one(filter, "mprotect", SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
}

static int fill_judge(scmp_filter_ctx filter)
{
	static const int questions[] = { F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC };
	int result = allow_reading(filter);

	result |= allow_one(filter, "mmap", SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	result |= allow_one(filter, "mmap2", SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	result |= allow_one(filter, "ioctl", SCMP_A1(SCMP_CMP_EQ, TCGETS));
	for (size_t i = 0; i < ARRAY_COUNT(questions); i++) {
		result |= allow_one(filter, "fcntl", SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)questions[i]));
		result |= allow_one(filter, "fcntl64", SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)questions[i]));
	}
	return result;
}

static int fill_calling(scmp_filter_ctx filter)
{
	return fill_judge(filter) | allow_one(filter, "socket", SCMP_A0(SCMP_CMP_EQ, AF_UNIX)) | allow(filter, "connect", 0, NULL) |
	       allow(filter, "getsockopt", 0, NULL);
}

/*
 * Whatever is opened, nothing is written but to the one descriptor of its report, whose number nothing else can take: it cannot
 * be closed. No memory is a file's, and no descriptor is handed to a container.
 */
static int fill_listener(scmp_filter_ctx filter)
{
	static const scmp_datum_t requests[] = { SECCOMP_IOCTL_NOTIF_RECV, SECCOMP_IOCTL_NOTIF_SEND, SECCOMP_IOCTL_NOTIF_ID_VALID };
	const struct scmp_arg_cmp plain_memory[] = {
		SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0), SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS),
	};
	int result = allow_reading(filter);

	result |= allow(filter, "mmap", ARRAY_COUNT(plain_memory), plain_memory);
	result |= allow(filter, "mmap2", ARRAY_COUNT(plain_memory), plain_memory);
	result |= allow_one(filter, "write", SCMP_A0(SCMP_CMP_EQ, LISTENER_REPORT_FD));
	result |= allow_one(filter, "close", SCMP_A0(SCMP_CMP_LT, LISTENER_REPORT_FD));
	for (size_t i = 0; i < ARRAY_COUNT(requests); i++)
		result |= allow_one(filter, "ioctl", SCMP_A1(SCMP_CMP_EQ, requests[i]));
	for (size_t i = 0; i < ARRAY_COUNT(fatal_listening); i++)
		result |= forbid(filter, fatal_listening[i]);
	return result;
}

static int fill(scmp_filter_ctx filter, const char *const *calls, int (*fill_more)(scmp_filter_ctx filter))
{
	int result = fill_more(filter);

	for (size_t i = 0; i < CALLS_MAX && calls[i] != NULL; i++)
		result |= allow(filter, calls[i], 0, NULL);
	for (size_t i = 0; i < ARRAY_COUNT(fatal); i++)
		result |= forbid(filter, fatal[i]);
	return result;
}

static int print_filter(const char *name, const char *const *calls, int (*fill_more)(scmp_filter_ctx filter))
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	const int fd = memfd_create("filter", MFD_CLOEXEC);
	struct sock_filter instruction;
	size_t count = 0;

	if (filter == NULL || fd < 0 || fill(filter, calls, fill_more) != 0 ||
	    seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2) != 0 || seccomp_export_bpf(filter, fd) != 0 ||
	    lseek(fd, 0, SEEK_SET) != 0)
		return 1;
	/*
	 * The kernel works out beforehand what a filter answers to each number of a call, and gives up where something else is looked
	 * at: for who makes a few hundred calls that is dearer than asking the filter each time. So an argument is loaded first.
	 */
	printf("const struct sock_filter %s[] = {\n\t{ 0x%x, 0, 0, 0x%zx },\n", name, (unsigned)(BPF_LD | BPF_W | BPF_ABS),
	       offsetof(struct seccomp_data, args));
	count++;
	for (; read(fd, &instruction, sizeof(instruction)) == (ssize_t)sizeof(instruction); count++)
		printf("\t{ 0x%x, %u, %u, 0x%x },\n", instruction.code, instruction.jt, instruction.jf, instruction.k);
	printf("};\nconst unsigned short %s_length = %zu;\n", name, count);
	seccomp_release(filter);
	return close(fd);
}

int main(void)
{
	printf("#include \"own_filters.h\"\n\n");
	return print_filter("judge_filter", judging, fill_judge) != 0 ||
	       print_filter("judge_filter_calling", judging, fill_calling) != 0 ||
	       print_filter("listener_filter", listening, fill_listener) != 0 || fflush(stdout) != 0;
}
