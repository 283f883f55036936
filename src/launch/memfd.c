/* A file that exists in memory only and that nobody can change any more. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "launch_internal.h"

/*
 * `ulimit -f` counts for memory files as well, and would end us with a signal. The limit is the caller's and is put back: the
 * client that we become must have it.
 */
static bool write_unlimited(int fd, const char *bytes, size_t length)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
	struct rlimit given, lifted;
	bool is_written;
	int saved;

	(void)sigaction(SIGXFSZ, &ignore, &before);
	(void)getrlimit(RLIMIT_FSIZE, &given);
	lifted = (struct rlimit){.rlim_cur = given.rlim_max, .rlim_max = given.rlim_max};
	(void)setrlimit(RLIMIT_FSIZE, &lifted);
	is_written = descriptors_write(fd, bytes, length);
	saved = errno;
	(void)setrlimit(RLIMIT_FSIZE, &given);
	(void)sigaction(SIGXFSZ, &before, NULL);
	errno = saved;
	return is_written;
}

int memfd_seal(const char *name, const char *bytes, size_t length)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int saved;

	if (fd < 0)
		return -1;
	if (write_unlimited(fd, bytes, length) && lseek(fd, 0, SEEK_SET) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
		return fd;
	saved = errno;
	(void)close(fd);
	errno = saved;
	return -1;
}
