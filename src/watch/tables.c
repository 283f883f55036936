/*
 * tables: the arguments of calls that a filter is likely to refuse, and the names of their values. Sources: the kernel's uapi
 * headers (linux/sched.h, mount.h, ptrace.h, keyctl.h, bpf.h, socket.h) and man section 2. What is not here is shown by name.
 */
#include "watch_internal.h"

#include <asm/ioctls.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/keyctl.h>
#include <linux/mount.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/socket.h>

#define NAMED(constant) { #constant, (uint64_t)(constant) }

static const struct watch_name families[] = {
	NAMED(AF_UNSPEC), NAMED(AF_UNIX), NAMED(AF_INET), NAMED(AF_AX25), NAMED(AF_IPX), NAMED(AF_APPLETALK), NAMED(AF_X25),
	NAMED(AF_INET6), NAMED(AF_KEY), NAMED(AF_NETLINK), NAMED(AF_PACKET), NAMED(AF_RDS), NAMED(AF_PPPOX), NAMED(AF_LLC),
	NAMED(AF_CAN), NAMED(AF_TIPC), NAMED(AF_BLUETOOTH), NAMED(AF_RXRPC), NAMED(AF_PHONET), NAMED(AF_IEEE802154), NAMED(AF_ALG),
	NAMED(AF_NFC), NAMED(AF_VSOCK), NAMED(AF_KCM), NAMED(AF_QIPCRTR), NAMED(AF_SMC), NAMED(AF_XDP),
};
static const struct watch_name socket_types[] = {
	NAMED(SOCK_STREAM), NAMED(SOCK_DGRAM), NAMED(SOCK_RAW), NAMED(SOCK_RDM), NAMED(SOCK_SEQPACKET), NAMED(SOCK_DCCP),
	NAMED(SOCK_CLOEXEC), NAMED(SOCK_NONBLOCK),
};
static const struct watch_name clone_flags[] = {
	NAMED(CLONE_NEWNS), NAMED(CLONE_NEWCGROUP), NAMED(CLONE_NEWUTS), NAMED(CLONE_NEWIPC), NAMED(CLONE_NEWUSER), NAMED(CLONE_NEWPID),
	NAMED(CLONE_NEWNET), NAMED(CLONE_VM), NAMED(CLONE_FS), NAMED(CLONE_FILES), NAMED(CLONE_SIGHAND), NAMED(CLONE_PIDFD),
	NAMED(CLONE_PTRACE), NAMED(CLONE_VFORK), NAMED(CLONE_PARENT), NAMED(CLONE_THREAD), NAMED(CLONE_SYSVSEM), NAMED(CLONE_SETTLS),
	NAMED(CLONE_PARENT_SETTID), NAMED(CLONE_CHILD_CLEARTID), NAMED(CLONE_CHILD_SETTID), NAMED(CLONE_UNTRACED), NAMED(CLONE_IO),
	{ "SIGCHLD", 17 }, { "CLONE_NEWTIME", 0x80 },
};
static const struct watch_name mount_flags[] = {
	NAMED(MS_RDONLY), NAMED(MS_NOSUID), NAMED(MS_NODEV), NAMED(MS_NOEXEC), NAMED(MS_SYNCHRONOUS), NAMED(MS_REMOUNT),
	NAMED(MS_DIRSYNC), NAMED(MS_NOATIME), NAMED(MS_NODIRATIME), NAMED(MS_BIND), NAMED(MS_MOVE), NAMED(MS_REC),
	NAMED(MS_SILENT), NAMED(MS_UNBINDABLE), NAMED(MS_PRIVATE), NAMED(MS_SLAVE), NAMED(MS_SHARED), NAMED(MS_RELATIME),
	NAMED(MS_STRICTATIME), NAMED(MS_LAZYTIME),
};
static const struct watch_name umount_flags[] = {
	{ "MNT_FORCE", 1 }, { "MNT_DETACH", 2 }, { "MNT_EXPIRE", 4 }, { "UMOUNT_NOFOLLOW", 8 },
};
static const struct watch_name ptrace_requests[] = {
	NAMED(PTRACE_TRACEME), NAMED(PTRACE_PEEKTEXT), NAMED(PTRACE_PEEKDATA), NAMED(PTRACE_PEEKUSR), NAMED(PTRACE_POKETEXT),
	NAMED(PTRACE_POKEDATA), NAMED(PTRACE_CONT), NAMED(PTRACE_KILL), NAMED(PTRACE_SINGLESTEP), NAMED(PTRACE_ATTACH),
	NAMED(PTRACE_DETACH), NAMED(PTRACE_SYSCALL), NAMED(PTRACE_SETOPTIONS), NAMED(PTRACE_GETREGSET), NAMED(PTRACE_SETREGSET),
	NAMED(PTRACE_SEIZE), NAMED(PTRACE_INTERRUPT), NAMED(PTRACE_LISTEN),
};
static const struct watch_name keyctl_operations[] = {
	NAMED(KEYCTL_GET_KEYRING_ID), NAMED(KEYCTL_JOIN_SESSION_KEYRING), NAMED(KEYCTL_UPDATE), NAMED(KEYCTL_REVOKE),
	NAMED(KEYCTL_CHOWN), NAMED(KEYCTL_SETPERM), NAMED(KEYCTL_DESCRIBE), NAMED(KEYCTL_CLEAR), NAMED(KEYCTL_LINK),
	NAMED(KEYCTL_UNLINK), NAMED(KEYCTL_SEARCH), NAMED(KEYCTL_READ), NAMED(KEYCTL_INSTANTIATE), NAMED(KEYCTL_NEGATE),
	NAMED(KEYCTL_SET_REQKEY_KEYRING), NAMED(KEYCTL_SET_TIMEOUT), NAMED(KEYCTL_GET_SECURITY), NAMED(KEYCTL_INVALIDATE),
	NAMED(KEYCTL_GET_PERSISTENT),
};
static const struct watch_name ioctl_requests[] = {
	NAMED(TIOCSTI), NAMED(TIOCLINUX), NAMED(TIOCSCTTY), NAMED(TIOCCONS), NAMED(TIOCSETD), NAMED(TCGETS), NAMED(TIOCGWINSZ),
	NAMED(FIONREAD),
};
static const struct watch_name personalities[] = {
	NAMED(PER_LINUX), NAMED(PER_LINUX32), NAMED(ADDR_NO_RANDOMIZE), NAMED(READ_IMPLIES_EXEC), NAMED(ADDR_COMPAT_LAYOUT),
	NAMED(MMAP_PAGE_ZERO), NAMED(UNAME26), NAMED(ADDR_LIMIT_3GB), NAMED(ADDR_LIMIT_32BIT), NAMED(STICKY_TIMEOUTS),
	NAMED(WHOLE_SECONDS), NAMED(SHORT_INODE),
};
static const struct watch_name bpf_commands[] = {
	NAMED(BPF_MAP_CREATE), NAMED(BPF_MAP_LOOKUP_ELEM), NAMED(BPF_MAP_UPDATE_ELEM), NAMED(BPF_MAP_DELETE_ELEM), NAMED(BPF_PROG_LOAD),
	NAMED(BPF_OBJ_PIN), NAMED(BPF_OBJ_GET), NAMED(BPF_PROG_ATTACH), NAMED(BPF_PROG_DETACH), NAMED(BPF_PROG_TEST_RUN),
	NAMED(BPF_BTF_LOAD), NAMED(BPF_LINK_CREATE),
};
static const struct watch_name fsconfig_commands[] = {
	NAMED(FSCONFIG_SET_FLAG), NAMED(FSCONFIG_SET_STRING), NAMED(FSCONFIG_SET_BINARY), NAMED(FSCONFIG_SET_PATH),
	NAMED(FSCONFIG_SET_FD), NAMED(FSCONFIG_CMD_CREATE), NAMED(FSCONFIG_CMD_RECONFIGURE),
};

static const struct watch_name open_flags[] = {
	NAMED(O_RDONLY), NAMED(O_WRONLY), NAMED(O_RDWR), NAMED(O_CREAT), NAMED(O_EXCL), NAMED(O_NOCTTY), NAMED(O_TRUNC),
	NAMED(O_APPEND), NAMED(O_NONBLOCK), NAMED(O_SYNC), NAMED(O_DSYNC), NAMED(O_DIRECT), NAMED(O_TMPFILE), NAMED(O_DIRECTORY),
	NAMED(O_NOFOLLOW), NAMED(O_NOATIME), NAMED(O_CLOEXEC), NAMED(O_PATH),
};

#define NAMES(list, bits) { list, ARRAY_COUNT(list), bits }
#define SINGLE UINT64_MAX

static const struct watch_names names[WATCH_MEANING_COUNT] = {
	[WATCH_FAMILY] = NAMES(families, SINGLE),
	[WATCH_SOCKET_TYPE] = NAMES(socket_types, 0xf),
	[WATCH_CLONE] = NAMES(clone_flags, 0x7f),
	[WATCH_MOUNT] = NAMES(mount_flags, 0),
	[WATCH_UMOUNT] = NAMES(umount_flags, 0),
	[WATCH_PTRACE] = NAMES(ptrace_requests, SINGLE),
	[WATCH_KEYCTL] = NAMES(keyctl_operations, SINGLE),
	[WATCH_IOCTL] = NAMES(ioctl_requests, SINGLE),
	[WATCH_PERSONALITY] = NAMES(personalities, 0xff),
	[WATCH_BPF] = NAMES(bpf_commands, SINGLE),
	[WATCH_OPEN] = NAMES(open_flags, O_ACCMODE),
	[WATCH_FSCONFIG] = NAMES(fsconfig_commands, SINGLE),
};

const struct watch_names *watch_names_of(enum watch_meaning meaning)
{
	return meaning < WATCH_MEANING_COUNT && names[meaning].count > 0 ? &names[meaning] : NULL;
}

/* Sorted by name. */
static const struct watch_signature signatures[] = {
	{ "access", { WATCH_TEXT, WATCH_NUMBER } },
	{ "acct", { WATCH_TEXT } },
	{ "add_key", { WATCH_TEXT, WATCH_TEXT, WATCH_ADDRESS, WATCH_NUMBER, WATCH_NUMBER } },
	{ "bind", { WATCH_NUMBER, WATCH_ADDRESS, WATCH_NUMBER } },
	{ "bpf", { WATCH_BPF, WATCH_ADDRESS, WATCH_NUMBER } },
	{ "chmod", { WATCH_TEXT, WATCH_MODE } },
	{ "chown", { WATCH_TEXT, WATCH_NUMBER, WATCH_NUMBER } },
	{ "chroot", { WATCH_TEXT } },
	{ "clock_settime", { WATCH_NUMBER, WATCH_ADDRESS } },
	{ "clone", { WATCH_CLONE, WATCH_ADDRESS } },
	{ "clone3", { WATCH_ADDRESS, WATCH_NUMBER } },
	{ "connect", { WATCH_NUMBER, WATCH_ADDRESS, WATCH_NUMBER } },
	{ "creat", { WATCH_TEXT, WATCH_MODE } },
	{ "delete_module", { WATCH_TEXT, WATCH_HEX } },
	{ "eventfd", { WATCH_NUMBER } },
	{ "execve", { WATCH_TEXT, WATCH_ADDRESS, WATCH_ADDRESS } },
	{ "execveat", { WATCH_DIRECTORY, WATCH_TEXT, WATCH_ADDRESS, WATCH_ADDRESS, WATCH_HEX } },
	{ "faccessat", { WATCH_DIRECTORY, WATCH_TEXT, WATCH_NUMBER } },
	{ "faccessat2", { WATCH_DIRECTORY, WATCH_TEXT, WATCH_NUMBER, WATCH_HEX } },
	{ "fanotify_init", { WATCH_HEX, WATCH_HEX } },
	{ "fanotify_mark", { WATCH_NUMBER, WATCH_HEX, WATCH_HEX, WATCH_DIRECTORY, WATCH_TEXT } },
	{ "fchmod", { WATCH_NUMBER, WATCH_MODE } },
	{ "fchmodat", { WATCH_DIRECTORY, WATCH_TEXT, WATCH_MODE } },
	{ "fchmodat2", { WATCH_DIRECTORY, WATCH_TEXT, WATCH_MODE, WATCH_HEX } },
	{ "fchown", { WATCH_NUMBER, WATCH_NUMBER, WATCH_NUMBER } },
	{ "fchownat", { WATCH_DIRECTORY, WATCH_TEXT, WATCH_NUMBER, WATCH_NUMBER, WATCH_HEX } },
	{ "finit_module", { WATCH_NUMBER, WATCH_TEXT, WATCH_HEX } },
	{ "fsconfig", { WATCH_NUMBER, WATCH_FSCONFIG, WATCH_TEXT, WATCH_ADDRESS, WATCH_NUMBER } },
	{ "fsmount", { WATCH_NUMBER, WATCH_HEX, WATCH_HEX } },
	{ "fsopen", { WATCH_TEXT, WATCH_HEX } },
	{ "fspick", { WATCH_DIRECTORY, WATCH_TEXT, WATCH_HEX } },
	{ "get_mempolicy", { WATCH_ADDRESS, WATCH_ADDRESS, WATCH_NUMBER, WATCH_ADDRESS, WATCH_HEX } },
	{ "get_robust_list", { WATCH_NUMBER, WATCH_ADDRESS, WATCH_ADDRESS } },
	{ "init_module", { WATCH_ADDRESS, WATCH_NUMBER, WATCH_TEXT } },
	{ "io_uring_enter", { WATCH_NUMBER, WATCH_NUMBER, WATCH_NUMBER, WATCH_HEX } },
	{ "io_uring_register", { WATCH_NUMBER, WATCH_NUMBER, WATCH_ADDRESS, WATCH_NUMBER } },
	{ "io_uring_setup", { WATCH_NUMBER, WATCH_ADDRESS } },
	{ "ioctl", { WATCH_NUMBER, WATCH_IOCTL, WATCH_ADDRESS } },
	{ "ioperm", { WATCH_HEX, WATCH_NUMBER, WATCH_NUMBER } },
	{ "iopl", { WATCH_NUMBER } },
	{ "ioprio_set", { WATCH_NUMBER, WATCH_NUMBER, WATCH_HEX } },
	{ "kcmp", { WATCH_NUMBER, WATCH_NUMBER, WATCH_NUMBER } },
	{ "keyctl", { WATCH_KEYCTL, WATCH_HEX, WATCH_HEX } },
	{ "lchown", { WATCH_TEXT, WATCH_NUMBER, WATCH_NUMBER } },
	{ "link", { WATCH_TEXT, WATCH_TEXT } },
	{ "linkat", { WATCH_DIRECTORY, WATCH_TEXT, WATCH_DIRECTORY, WATCH_TEXT, WATCH_HEX } },
	{ "lstat", { WATCH_TEXT, WATCH_ADDRESS } },
	{ "mbind", { WATCH_ADDRESS, WATCH_NUMBER, WATCH_NUMBER, WATCH_ADDRESS } },
	{ "memfd_secret", { WATCH_HEX } },
	{ "mincore", { WATCH_ADDRESS, WATCH_NUMBER, WATCH_ADDRESS } },
	{ "mkdir", { WATCH_TEXT, WATCH_MODE } },
	{ "mkdirat", { WATCH_DIRECTORY, WATCH_TEXT, WATCH_MODE } },
	{ "mknod", { WATCH_TEXT, WATCH_MODE, WATCH_HEX } },
	{ "mknodat", { WATCH_DIRECTORY, WATCH_TEXT, WATCH_MODE, WATCH_HEX } },
	{ "modify_ldt", { WATCH_NUMBER, WATCH_ADDRESS, WATCH_NUMBER } },
	{ "mount", { WATCH_TEXT, WATCH_TEXT, WATCH_TEXT, WATCH_MOUNT, WATCH_ADDRESS } },
	{ "mount_setattr", { WATCH_DIRECTORY, WATCH_TEXT, WATCH_HEX, WATCH_ADDRESS, WATCH_NUMBER } },
	{ "move_mount", { WATCH_DIRECTORY, WATCH_TEXT, WATCH_DIRECTORY, WATCH_TEXT, WATCH_HEX } },
	{ "mq_open", { WATCH_TEXT, WATCH_HEX, WATCH_MODE } },
	{ "mq_unlink", { WATCH_TEXT } },
	{ "msgget", { WATCH_HEX, WATCH_HEX } },
	{ "name_to_handle_at", { WATCH_DIRECTORY, WATCH_TEXT, WATCH_ADDRESS, WATCH_ADDRESS, WATCH_HEX } },
	{ "newfstatat", { WATCH_DIRECTORY, WATCH_TEXT, WATCH_ADDRESS, WATCH_HEX } },
	{ "open", { WATCH_TEXT, WATCH_OPEN, WATCH_MODE } },
	{ "open_by_handle_at", { WATCH_NUMBER, WATCH_ADDRESS, WATCH_HEX } },
	{ "open_tree", { WATCH_DIRECTORY, WATCH_TEXT, WATCH_HEX } },
	{ "openat", { WATCH_DIRECTORY, WATCH_TEXT, WATCH_OPEN, WATCH_MODE } },
	{ "perf_event_open", { WATCH_ADDRESS, WATCH_NUMBER, WATCH_NUMBER, WATCH_NUMBER, WATCH_HEX } },
	{ "personality", { WATCH_PERSONALITY } },
	{ "pidfd_getfd", { WATCH_NUMBER, WATCH_NUMBER, WATCH_HEX } },
	{ "pivot_root", { WATCH_TEXT, WATCH_TEXT } },
	{ "process_vm_readv", { WATCH_NUMBER, WATCH_ADDRESS, WATCH_NUMBER, WATCH_ADDRESS, WATCH_NUMBER, WATCH_HEX } },
	{ "process_vm_writev", { WATCH_NUMBER, WATCH_ADDRESS, WATCH_NUMBER, WATCH_ADDRESS, WATCH_NUMBER, WATCH_HEX } },
	{ "ptrace", { WATCH_PTRACE, WATCH_NUMBER, WATCH_HEX, WATCH_HEX } },
	{ "quotactl", { WATCH_HEX, WATCH_TEXT, WATCH_NUMBER, WATCH_ADDRESS } },
	{ "reboot", { WATCH_HEX, WATCH_HEX, WATCH_HEX } },
	{ "rename", { WATCH_TEXT, WATCH_TEXT } },
	{ "renameat", { WATCH_DIRECTORY, WATCH_TEXT, WATCH_DIRECTORY, WATCH_TEXT } },
	{ "renameat2", { WATCH_DIRECTORY, WATCH_TEXT, WATCH_DIRECTORY, WATCH_TEXT, WATCH_HEX } },
	{ "request_key", { WATCH_TEXT, WATCH_TEXT, WATCH_TEXT, WATCH_NUMBER } },
	{ "rmdir", { WATCH_TEXT } },
	{ "sched_setattr", { WATCH_NUMBER, WATCH_ADDRESS, WATCH_HEX } },
	{ "setdomainname", { WATCH_TEXT, WATCH_NUMBER } },
	{ "setfsgid", { WATCH_NUMBER } },
	{ "setfsuid", { WATCH_NUMBER } },
	{ "setgid", { WATCH_NUMBER } },
	{ "setgroups", { WATCH_NUMBER, WATCH_ADDRESS } },
	{ "sethostname", { WATCH_TEXT, WATCH_NUMBER } },
	{ "setns", { WATCH_NUMBER, WATCH_CLONE } },
	{ "setpriority", { WATCH_NUMBER, WATCH_NUMBER, WATCH_NUMBER } },
	{ "setregid", { WATCH_NUMBER, WATCH_NUMBER } },
	{ "setresgid", { WATCH_NUMBER, WATCH_NUMBER, WATCH_NUMBER } },
	{ "setresuid", { WATCH_NUMBER, WATCH_NUMBER, WATCH_NUMBER } },
	{ "setreuid", { WATCH_NUMBER, WATCH_NUMBER } },
	{ "settimeofday", { WATCH_ADDRESS, WATCH_ADDRESS } },
	{ "setuid", { WATCH_NUMBER } },
	{ "signalfd", { WATCH_NUMBER, WATCH_ADDRESS, WATCH_NUMBER } },
	{ "socket", { WATCH_FAMILY, WATCH_SOCKET_TYPE, WATCH_NUMBER } },
	{ "socketpair", { WATCH_FAMILY, WATCH_SOCKET_TYPE, WATCH_NUMBER, WATCH_ADDRESS } },
	{ "stat", { WATCH_TEXT, WATCH_ADDRESS } },
	{ "statx", { WATCH_DIRECTORY, WATCH_TEXT, WATCH_HEX, WATCH_HEX, WATCH_ADDRESS } },
	{ "swapoff", { WATCH_TEXT } },
	{ "swapon", { WATCH_TEXT, WATCH_HEX } },
	{ "symlink", { WATCH_TEXT, WATCH_TEXT } },
	{ "symlinkat", { WATCH_TEXT, WATCH_DIRECTORY, WATCH_TEXT } },
	{ "syslog", { WATCH_NUMBER, WATCH_ADDRESS, WATCH_NUMBER } },
	{ "truncate", { WATCH_TEXT, WATCH_NUMBER } },
	{ "umount2", { WATCH_TEXT, WATCH_UMOUNT } },
	{ "unlink", { WATCH_TEXT } },
	{ "unlinkat", { WATCH_DIRECTORY, WATCH_TEXT, WATCH_HEX } },
	{ "unshare", { WATCH_CLONE } },
	{ "userfaultfd", { WATCH_HEX } },
	{ "utimensat", { WATCH_DIRECTORY, WATCH_TEXT, WATCH_ADDRESS, WATCH_HEX } },
};

const struct watch_signature *watch_signature_of(const char *call)
{
	size_t low = 0, high = call != NULL ? ARRAY_COUNT(signatures) : 0;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const int order = strcmp(signatures[middle].call, call);

		if (order == 0)
			return &signatures[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}
