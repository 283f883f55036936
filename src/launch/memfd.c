/* A file that exists in memory only and that nobody can change any more. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "launch_internal.h"

int memfd_seal(const char *name, const char *bytes, size_t length)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int saved;

	if (fd < 0)
		return -1;
	if (descriptors_write(fd, bytes, length) && lseek(fd, 0, SEEK_SET) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
		return fd;
	saved = errno;
	(void)close(fd);
	errno = saved;
	return -1;
}
