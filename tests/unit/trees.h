/* Directories of a test's own, in place of the machine's. */
#ifndef HARDRUN_TESTS_TREES_H
#define HARDRUN_TESTS_TREES_H

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rows.h"

/* The file ${name} below ${root}, and the directories on the way to it. */
static inline void tree_write(struct arena *arena, const char *root, const char *name, const char *content)
{
	char *path = arena_printf(arena, "%s/%s", root, name);
	int fd;

	for (char *slash = strchr(path + strlen(root) + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(path, 0755);
		*slash = '/';
	}
	fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, strlen(content)), (ssize_t)strlen(content));
	close(fd);
}

static inline void tree_remove(const char *root)
{
	pid_t child = fork();

	if (child == 0) {
		execl("/bin/rm", "rm", "-rf", root, (char *)NULL);
		_exit(1);
	}
	assert_int_equal(waitpid(child, NULL, 0), child);
}

#endif
