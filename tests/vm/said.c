/*
 * said: what the tests in the virtual machine run in a container where busybox has no word for it. Linked statically.
 *
 *   said notify LINE...   one sd_notify message of these lines to $NOTIFY_SOCKET; status 1 when it cannot be sent
 *   said answer           answers one connection on each of the $LISTEN_FDS sockets, from descriptor 3 on, with their number
 *   said descriptors      the numbers of all open descriptors
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int notify(int count, char *const lines[])
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char text[16384] = "";
	size_t length = 0;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (path == NULL || fd < 0 || strlen(path) >= sizeof(address.sun_path)) {
		puts("no NOTIFY_SOCKET");
		return 1;
	}
	memcpy(address.sun_path, path, strlen(path));
	for (int i = 0; i < count; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s\n", lines[i]);
	if (sendto(fd, text, length, 0, (const struct sockaddr *)&address, sizeof(address)) >= 0)
		return 0;
	printf("%s: %s\n", path, strerror(errno));
	return 1;
}

static int answer(void)
{
	const char *count = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");

	if (count == NULL || pid == NULL || strcmp(pid, "1") != 0 || getpid() != 1) {
		puts("no sockets");
		return 1;
	}
	for (int i = 0; i < atoi(count); i++) {
		int fd = accept(3 + i, NULL, NULL);

		if (fd < 0 || dprintf(fd, "socket %d\n", i) < 0)
			return 1;
		close(fd);
	}
	return 0;
}

static int descriptors(void)
{
	DIR *stream = opendir("/proc/self/fd");
	struct dirent *entry;

	while (stream != NULL && (entry = readdir(stream)) != NULL)
		if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(stream))
			puts(entry->d_name);
	return stream == NULL;
}

int main(int argc, char *argv[])
{
	if (argc > 2 && strcmp(argv[1], "notify") == 0)
		return notify(argc - 2, argv + 2);
	if (argc == 2 && strcmp(argv[1], "answer") == 0)
		return answer();
	if (argc == 2 && strcmp(argv[1], "descriptors") == 0)
		return descriptors();
	return 2;
}
