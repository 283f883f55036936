/*
 * refused: makes system calls that a filter may refuse, by name, and prints what came back: "mount 1" is EPERM, "socket 0" went
 * through. Built statically by test_explain.sh; runs in the container.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int result(long value)
{
	return value < 0 ? errno : 0;
}

static int call_flood(const char *count)
{
	int first = 0;

	for (long i = strtol(count, NULL, 10); i > 0; i--) {
		first = result(syscall(SYS_mount, "a", "/b", "tmpfs", 0UL, NULL));
		if (first != EPERM)
			break;
	}
	return first;
}

/* As many kinds as one likes: flags that mean nothing, all different. */
static int call_kinds(const char *count)
{
	int last = 0;

	for (unsigned long i = strtoul(count, NULL, 10); i > 0; i--)
		last = result(syscall(SYS_mount, "a", "/b", "tmpfs", i << 40, NULL));
	return last;
}

/* Calls again and again, and is interrupted meanwhile. */
static void on_alarm(int number)
{
	(void)number;
}

static int call_interrupted(void)
{
	const struct sigaction action = { .sa_handler = on_alarm };
	pid_t pid = fork();
	int last = EPERM;

	if (pid == 0) {
		for (int i = 0; i < 2000; i++)
			kill(getppid(), SIGUSR1);
		_exit(0);
	}
	sigaction(SIGUSR1, &action, NULL);
	for (int i = 0; i < 5000 && (last == EPERM || last == EINTR); i++)
		last = result(syscall(SYS_mount, "a", "/b", "tmpfs", 0UL, NULL));
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return last == EINTR ? EPERM : last;
}

/* A text that ends where memory does, one that is not there, and one that somebody else changes meanwhile. */
static int call_texts(void)
{
	const long page = sysconf(_SC_PAGESIZE);
	char *memory = (char *)syscall(SYS_mmap, NULL, 2 * page, 3, 0x22, -1, 0);

	memset(memory, 'x', (size_t)page);
	syscall(SYS_munmap, memory + page, page);
	result(syscall(SYS_umount2, memory + page - 4, 0));
	result(syscall(SYS_swapon, (void *)16, 0));
	return result(syscall(SYS_chroot, "/evil\033[31m\nhardrun: refused: nothing"));
}

/* A listener of its own, which the kernel would ask instead of hardrun's: 0 is a hole. */
static int call_nested(void)
{
	struct sock_filter asks[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	struct sock_fprog filter = { 1, asks };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return result(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter));
}

static int call(const char *name)
{
	const char *dash = strchr(name, '-');

	if (strncmp(name, "flood-", 6) == 0)
		return call_flood(dash + 1);
	if (strncmp(name, "kinds-", 6) == 0)
		return call_kinds(dash + 1);
	if (strcmp(name, "interrupted") == 0)
		return call_interrupted();
	if (strcmp(name, "nested") == 0)
		return call_nested();
	if (strcmp(name, "texts") == 0)
		return call_texts();
	if (strcmp(name, "mount") == 0)
		return result(mount("none", "/mnt", "tmpfs", MS_NOSUID | MS_RDONLY, NULL));
	if (strcmp(name, "unshare") == 0)
		return result(unshare(CLONE_NEWUSER | CLONE_NEWNS));
	if (strcmp(name, "socket") == 0)
		return result(socket(AF_UNIX, SOCK_STREAM, 0));
	if (strcmp(name, "alg") == 0)
		return result(socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
	if (strcmp(name, "vsock") == 0)
		return result(socket(AF_VSOCK, SOCK_STREAM, 0));
	if (strcmp(name, "keyctl") == 0)
		return result(syscall(SYS_keyctl, 0, -3, 0));
	if (strcmp(name, "ptrace") == 0)
		return result(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	if (strcmp(name, "clone") == 0)
		return result(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
	if (strcmp(name, "tee") == 0)
		return result(syscall(SYS_tee, 0, 1, 1, 0));
	if (strcmp(name, "number") == 0)
		return result(syscall(900));
	if (strcmp(name, "getpid") == 0)
		return result(getpid());
	if (strcmp(name, "pause") == 0)
		return pause();
	return -1;
}

int main(int argc, char *argv[])
{
	for (int i = 1; i < argc; i++) {
		printf("%s %d\n", argv[i], call(argv[i]));
		fflush(stdout);
	}
	return argc > 1 && strcmp(argv[argc - 1], "getpid") != 0 ? 3 : 0;
}
