/*
 * needing: wants one thing of its container, by name, and fails with a status of its own when it does not get it. Built
 * statically by test_why.sh; runs in the container.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* Refused by a filter, and not by what the kernel lacks. */
static int refused(long value)
{
	if (value < 0 && (errno == EPERM || errno == ENOSYS)) {
		perror("needing");
		return 3;
	}
	return 0;
}

static int failed(long value)
{
	if (value >= 0)
		return 0;
	perror("needing");
	return 4;
}

static int listen_on(int type, const char *port)
{
	const struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };
	int fd = socket(AF_INET, type, 0);

	return failed(bind(fd, (const struct sockaddr *)&address, sizeof(address)));
}

static int reach(const char *host, const char *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	inet_pton(AF_INET, host, &address.sin_addr);
	return failed(connect(fd, (const struct sockaddr *)&address, sizeof(address)));
}

static int socket_file(const char *path, int is_made)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	return failed(is_made ? bind(fd, (const struct sockaddr *)&address, sizeof(address))
			      : connect(fd, (const struct sockaddr *)&address, sizeof(address)));
}

static int take_memory(const char *mebibytes)
{
	const size_t length = (size_t)atoi(mebibytes) << 20;
	char *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return 4;
	memset(memory, 1, length);
	return 0;
}

static int open_files(const char *count)
{
	for (int i = 0; i < atoi(count); i++)
		if (open("/bin/needing", O_RDONLY) < 0)
			return failed(-1);
	return 0;
}

static void *idle(void *unused)
{
	pause();
	return unused;
}

static int start_threads(const char *count)
{
	for (int i = 0; i < atoi(count); i++) {
		pthread_attr_t attributes;
		pthread_t thread;

		pthread_attr_init(&attributes);
		pthread_attr_setstacksize(&attributes, 65536);
		errno = pthread_create(&thread, &attributes, idle, NULL);
		if (errno != 0)
			return failed(-1);
	}
	return 0;
}

static int fork_many(const char *count)
{
	int result = 0;

	for (int i = 0; i < atoi(count) && result == 0; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			pause();
			_exit(0);
		}
		result = failed(pid);
	}
	kill(-1, SIGKILL);
	return result;
}

/* As many files as one likes, each looked for once. */
static int look_for(const char *count)
{
	char path[64];

	for (int i = 0; i < atoi(count); i++) {
		snprintf(path, sizeof(path), "/nowhere-%d", i);
		(void)!access(path, F_OK);
	}
	return 9;
}

static int one(const char *what)
{
	if (strcmp(what, "ptrace") == 0)
		return refused(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	if (strcmp(what, "vsock") == 0)
		return refused(socket(AF_VSOCK, SOCK_STREAM, 0));
	if (strcmp(what, "alg") == 0)
		return refused(socket(AF_ALG, SOCK_SEQPACKET, 0));
	if (strcmp(what, "personality") == 0)
		return refused(personality(ADDR_NO_RANDOMIZE));
	if (strcmp(what, "io_uring") == 0)
		return refused(syscall(SYS_io_uring_setup, 1, NULL));
	if (strcmp(what, "mount") == 0)
		return refused(mount("none", "/tmp", "tmpfs", 0, NULL));
	if (strcmp(what, "unshare") == 0)
		return refused(unshare(CLONE_NEWUSER));
	if (strcmp(what, "bpf") == 0)
		return refused(syscall(SYS_bpf, 0, NULL, 0));
	if (strcmp(what, "keyctl") == 0)
		return refused(syscall(SYS_keyctl, 0, -3, 0));
	if (strcmp(what, "kill-sys") == 0)
		return raise(SIGSYS);
	if (strcmp(what, "raw") == 0)
		return failed(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
	if (strcmp(what, "nice") == 0)
		return failed(setpriority(PRIO_PROCESS, 0, -5));
	if (strcmp(what, "groups") == 0)
		return failed(setgroups(0, NULL));
	if (strcmp(what, "root") == 0)
		return failed(setuid(0));
	if (strcmp(what, "euid") == 0)
		return geteuid() == 0 ? 0 : 5;
	return 99;
}

static int two(const char *what, const char *value)
{
	if (strcmp(what, "setuid") == 0)
		return failed(setuid((uid_t)atoi(value)));
	if (strcmp(what, "setgid") == 0)
		return failed(setgid((gid_t)atoi(value)));
	if (strcmp(what, "tcp") == 0)
		return listen_on(SOCK_STREAM, value);
	if (strcmp(what, "udp") == 0)
		return listen_on(SOCK_DGRAM, value);
	if (strcmp(what, "socket-file") == 0)
		return socket_file(value, 1);
	if (strcmp(what, "socket-connect") == 0)
		return socket_file(value, 0);
	if (strcmp(what, "memory") == 0)
		return take_memory(value);
	if (strcmp(what, "files") == 0)
		return open_files(value);
	if (strcmp(what, "threads") == 0)
		return start_threads(value);
	if (strcmp(what, "forks") == 0)
		return fork_many(value);
	if (strcmp(what, "device") == 0)
		return failed(mknod(value, S_IFCHR | 0600, 0x103));
	if (strcmp(what, "fifo") == 0)
		return failed(mknod(value, S_IFIFO | 0600, 0));
	if (strcmp(what, "execute") == 0) {
		execl(value, value, (char *)NULL);
		return failed(-1);
	}
	if (strcmp(what, "look-for") == 0)
		return look_for(value);
	return 99;
}

int main(int argc, char *argv[])
{
	if (argc == 4 && strcmp(argv[1], "connect") == 0)
		return reach(argv[2], argv[3]);
	if (argc == 3)
		return two(argv[1], argv[2]);
	return argc == 2 ? one(argv[1]) : 98;
}
