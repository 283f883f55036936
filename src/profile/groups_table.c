/* Groups of calls under the names that systemd gave them (systemd.exec(5), SystemCallFilter=), and the calls' look-up. */
#include "profile_internal.h"

#include <string.h>

#define IN(group) (1u << PROFILE_GROUP_##group)

struct group_row {
	const char *name;
	uint32_t includes; /* groups that are wholly part of it */
};

static const struct group_row group_rows[PROFILE_GROUP_COUNT] = {
	[PROFILE_GROUP_AIO] = { "@aio", 0 },
	[PROFILE_GROUP_BASIC_IO] = { "@basic-io", 0 },
	[PROFILE_GROUP_CHOWN] = { "@chown", 0 },
	[PROFILE_GROUP_CLOCK] = { "@clock", 0 },
	[PROFILE_GROUP_CPU_EMULATION] = { "@cpu-emulation", 0 },
	[PROFILE_GROUP_DEBUG] = { "@debug", 0 },
	[PROFILE_GROUP_DEFAULT] = { "@default", 0 },
	[PROFILE_GROUP_FILE_SYSTEM] = { "@file-system", 0 },
	[PROFILE_GROUP_IO_EVENT] = { "@io-event", 0 },
	[PROFILE_GROUP_IPC] = { "@ipc", 0 },
	[PROFILE_GROUP_KEYRING] = { "@keyring", 0 },
	[PROFILE_GROUP_KNOWN] = { "@known", 0 },
	[PROFILE_GROUP_MEMLOCK] = { "@memlock", 0 },
	[PROFILE_GROUP_MODULE] = { "@module", 0 },
	[PROFILE_GROUP_MOUNT] = { "@mount", 0 },
	[PROFILE_GROUP_NETWORK_IO] = { "@network-io", 0 },
	[PROFILE_GROUP_OBSOLETE] = { "@obsolete", 0 },
	[PROFILE_GROUP_PKEY] = { "@pkey", 0 },
	[PROFILE_GROUP_PRIVILEGED] = { "@privileged", IN(CHOWN) | IN(CLOCK) | IN(MODULE) | IN(RAW_IO) | IN(REBOOT) | IN(SWAP) },
	[PROFILE_GROUP_PROCESS] = { "@process", 0 },
	[PROFILE_GROUP_RAW_IO] = { "@raw-io", 0 },
	[PROFILE_GROUP_REBOOT] = { "@reboot", 0 },
	[PROFILE_GROUP_RESOURCES] = { "@resources", 0 },
	[PROFILE_GROUP_SANDBOX] = { "@sandbox", 0 },
	[PROFILE_GROUP_SETUID] = { "@setuid", 0 },
	[PROFILE_GROUP_SIGNAL] = { "@signal", 0 },
	[PROFILE_GROUP_SWAP] = { "@swap", 0 },
	[PROFILE_GROUP_SYNC] = { "@sync", 0 },
	[PROFILE_GROUP_SYSTEM_SERVICE] = { "@system-service",
		IN(AIO) | IN(BASIC_IO) | IN(CHOWN) | IN(DEFAULT) | IN(FILE_SYSTEM) | IN(IO_EVENT) | IN(IPC) | IN(KEYRING) |
		IN(MEMLOCK) | IN(NETWORK_IO) | IN(PROCESS) | IN(RESOURCES) | IN(SETUID) | IN(SIGNAL) | IN(SYNC) | IN(TIMER) },
	[PROFILE_GROUP_TIMER] = { "@timer", 0 },
};

static const struct profile_group_spec group_specs[PROFILE_GROUP_COUNT] = {
	[PROFILE_GROUP_AIO] = { "@aio", "asynchronous I/O and io_uring" },
	[PROFILE_GROUP_BASIC_IO] = { "@basic-io", "reading, writing, seeking, duplicating and closing descriptors" },
	[PROFILE_GROUP_CHOWN] = { "@chown", "changing the owner of files" },
	[PROFILE_GROUP_CLOCK] = { "@clock", "setting and steering the machine's clock" },
	[PROFILE_GROUP_CPU_EMULATION] = { "@cpu-emulation", "16-bit and other foreign instruction sets" },
	[PROFILE_GROUP_DEBUG] = { "@debug", "debuggers, tracers and profilers" },
	[PROFILE_GROUP_DEFAULT] = { "@default", "what every program needs: memory, time, its own identity, exit" },
	[PROFILE_GROUP_FILE_SYSTEM] = { "@file-system", "files and directories by name and descriptor" },
	[PROFILE_GROUP_IO_EVENT] = { "@io-event", "waiting for descriptors: poll, select, epoll, eventfd" },
	[PROFILE_GROUP_IPC] = { "@ipc", "pipes, message queues, semaphores and shared memory" },
	[PROFILE_GROUP_KEYRING] = { "@keyring", "the kernel's key rings" },
	[PROFILE_GROUP_KNOWN] = { "@known", "every call in hardrun's table" },
	[PROFILE_GROUP_MEMLOCK] = { "@memlock", "locking memory against swapping" },
	[PROFILE_GROUP_MODULE] = { "@module", "kernel modules" },
	[PROFILE_GROUP_MOUNT] = { "@mount", "mounting, unmounting and changing the root" },
	[PROFILE_GROUP_NETWORK_IO] = { "@network-io", "sockets" },
	[PROFILE_GROUP_OBSOLETE] = { "@obsolete", "calls that are gone or replaced" },
	[PROFILE_GROUP_PKEY] = { "@pkey", "memory protection keys" },
	[PROFILE_GROUP_PRIVILEGED] = { "@privileged", "calls that need a capability to be of use" },
	[PROFILE_GROUP_PROCESS] = { "@process", "making, signalling and waiting for processes" },
	[PROFILE_GROUP_RAW_IO] = { "@raw-io", "direct access to I/O ports" },
	[PROFILE_GROUP_REBOOT] = { "@reboot", "restarting the machine or its kernel" },
	[PROFILE_GROUP_RESOURCES] = { "@resources", "limits, scheduling and placement of memory" },
	[PROFILE_GROUP_SANDBOX] = { "@sandbox", "a program's own sandboxing: seccomp and Landlock" },
	[PROFILE_GROUP_SETUID] = { "@setuid", "changing user and group ids" },
	[PROFILE_GROUP_SIGNAL] = { "@signal", "handling signals" },
	[PROFILE_GROUP_SWAP] = { "@swap", "swap devices of the machine" },
	[PROFILE_GROUP_SYNC] = { "@sync", "writing files and memory back to disk" },
	[PROFILE_GROUP_SYSTEM_SERVICE] = { "@system-service", "a wide set for ordinary services; what no policy may allow is left out" },
	[PROFILE_GROUP_TIMER] = { "@timer", "timers and alarms" },
};

/*
 * Argument rules. Families: 1 AF_UNIX, 2 AF_INET, 10 AF_INET6, 16 AF_NETLINK with protocol 0 NETLINK_ROUTE. clone: every
 * CLONE_NEW* flag. ioctl: TIOCSTI (CVE-2016-7545 and kin) and TIOCLINUX (CVE-2023-1523); the kernel looks at 32 bits of the
 * request alone (CVE-2019-10063). personality: PER_LINUX, PER_LINUX32, UNAME26, both, and the question 0xffffffff.
 */
static const struct profile_argument_rule argument_rules[] = {
	{ "clone", { "arg0 & 0x7e020080 == 0", NULL }, NULL },
	{ "ioctl", { NULL, NULL }, "arg1 in TIOCSTI, TIOCLINUX" },
	{ "personality", { "arg0 in 0, 8, 0x20000, 0x20008, 0xffffffff", NULL }, NULL },
	{ "socket", { "arg0 in AF_UNIX, AF_INET, AF_INET6", "arg0 == AF_NETLINK and arg2 == NETLINK_ROUTE" }, NULL },
	{ "socketpair", { "arg0 == AF_UNIX", NULL }, NULL },
};

const struct profile_argument_rule *profile_argument_rule_find(const char *call)
{
	for (size_t i = 0; i < ARRAY_COUNT(argument_rules); i++) {
		if (strcmp(argument_rules[i].call, call) == 0)
			return &argument_rules[i];
	}
	return NULL;
}

/*
 * What crun, and runc, a Go program, may call between loading the filter and handing a listener over, and what runc's threads may
 * call at any time, beside the calls that have CALL_RUNTIME. Whoever had to wait there for a listener that has yet to be called
 * would wait for ever. Crun's helper, which hands it over, is not under the filter.
 */
static const char *const handover[] = {
	"clock_gettime", "epoll_ctl", "epoll_pwait", "exit", "exit_group", "fcntl", "futex", "getpid", "gettid", "mmap",
	"mprotect", "munmap", "nanosleep", "restart_syscall", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack",
	"tgkill", "wait4",
};

/* The same of those that every program needs, and threads; the others of them come when the listener is there. */
static const char *const handover_basic[] = { "clone", "close", "read", "write" };

static bool is_one_of(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

bool profile_call_is_early(const char *call)
{
	return is_one_of(handover, ARRAY_COUNT(handover), call) || is_one_of(handover_basic, ARRAY_COUNT(handover_basic), call);
}

/*
 * With kill crun ends the helper that has handed the listener over: it would stay in the container. Whether a program sleeps, or
 * a shell waits with rt_sigsuspend for a child that has not ended yet, is a matter of moments, and not to be learned.
 */
static const char *const always[] = { "clock_nanosleep", "kill", "rt_sigsuspend" };

/*
 * What threads of runc may call at any time as well, and get around where it is refused (Go, runtime/mem_linux.go: memory is
 * mapped anew; runtime/lock_futex.go). Crun has none, so there a program's own are seen, and no base needs them.
 */
static const char *const of_threads[] = { "madvise", "sched_yield" };

bool profile_call_is_of_threads(const char *call)
{
	return is_one_of(of_threads, ARRAY_COUNT(of_threads), call);
}

size_t profile_calls_of_threads(const char *const **ret_calls)
{
	*ret_calls = of_threads;
	return ARRAY_COUNT(of_threads);
}

bool profile_call_is_of_runtime(const struct profile_call *call)
{
	return (call->flags & CALL_RUNTIME) != 0 || profile_call_is_early(call->name) ||
	       is_one_of(always, ARRAY_COUNT(always), call->name);
}

/* Whether these two are system calls at all is up to the machine's clock, wherever a program was tried or learned. */
static const char *const clocks[] = { "clock_gettime", "gettimeofday" };

bool profile_call_is_of_clock(const struct profile_call *call)
{
	return is_one_of(clocks, ARRAY_COUNT(clocks), call->name);
}

const struct profile_call *profile_call_find(const char *name)
{
	size_t low = 0, high = profile_call_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(profile_calls[middle].name, name);

		if (order == 0)
			return &profile_calls[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

int profile_call_number(const struct profile_call *call)
{
#if defined(__x86_64__)
	return call->x86_64;
#elif defined(__aarch64__)
	return call->arm64;
#else
#error "hardrun's table of calls knows x86_64 and arm64"
#endif
}

bool profile_call_is_here(const struct profile_call *call, bool is_native_only)
{
	if (!is_native_only && (call->flags & CALL_ON_32) != 0)
		return true;
	return (call->flags & CALL_ONLY_32) == 0 && profile_call_number(call) >= 0;
}

uint32_t profile_group_bits(const char *name)
{
	for (unsigned i = 0; i < PROFILE_GROUP_COUNT; i++) {
		if (strcmp(group_rows[i].name, name) == 0)
			return i == PROFILE_GROUP_KNOWN ? UINT32_MAX : (1u << i) | group_rows[i].includes;
	}
	return 0;
}

const char *profile_call_group(const struct profile_call *call)
{
	return call->groups != 0 ? group_rows[__builtin_ctz(call->groups)].name : NULL;
}

bool profile_group(struct arena *arena, const char *group, struct string_list *ret_calls)
{
	uint32_t bits = profile_group_bits(group);
	struct string_list calls = { 0 };

	if (bits == 0)
		return false;
	for (size_t i = 0; i < profile_call_count; i++) {
		if ((profile_calls[i].groups & bits) != 0)
			string_list_add(arena, &calls, profile_calls[i].name);
	}
	*ret_calls = calls;
	return true;
}

size_t profile_groups(const struct profile_group_spec **ret_groups)
{
	*ret_groups = group_specs;
	return PROFILE_GROUP_COUNT;
}
