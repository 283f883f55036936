/* session: who is at the terminal, as the kernel knows it. */
#include "host_internal.h"

#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

enum {
	MICROSECONDS = 1000000,
	STAT_FIELD_TTY = 5,       /* of what follows the name in /proc/PID/stat: state, ppid, pgrp, session, tty_nr */
	MAJOR_VIRTUAL = 4,        /* Documentation/admin-guide/devices.txt: tty0 to tty63, then ttyS0 */
	MAJOR_PSEUDO_FIRST = 136,
	MAJOR_PSEUDO_LAST = 143,
	VIRTUAL_COUNT = 64,
};

int64_t host_now(void)
{
	struct timespec now = { 0, 0 };

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * MICROSECONDS + now.tv_nsec / 1000;
}

/* The kernel's encoding of a device number for user space: new_encode_dev() of include/linux/kdev_t.h. */
static const char *tty_name(struct arena *arena, uint64_t number)
{
	const uint64_t major = (number >> 8) & 0xfff, minor = (number & 0xff) | ((number >> 12) & 0xfff00);

	if (major >= MAJOR_PSEUDO_FIRST && major <= MAJOR_PSEUDO_LAST)
		return arena_printf(arena, "/dev/pts/%ju", (uintmax_t)((major - MAJOR_PSEUDO_FIRST) * 256 + minor));
	if (major == MAJOR_VIRTUAL && minor < VIRTUAL_COUNT)
		return arena_printf(arena, "/dev/tty%ju", (uintmax_t)minor);
	if (major == MAJOR_VIRTUAL)
		return arena_printf(arena, "/dev/ttyS%ju", (uintmax_t)(minor - VIRTUAL_COUNT));
	return arena_printf(arena, "%ju:%ju", (uintmax_t)major, (uintmax_t)minor);
}

const char *host_tty_of_stat(struct arena *arena, const char *stat)
{
	/* The name of a program may hold blanks and parentheses; the last one ends it. */
	const char *end = stat != NULL ? strrchr(stat, ')') : NULL;
	char *rest = end != NULL && end[1] == ' ' ? arena_strdup(arena, end + 2) : NULL;
	const char *field = NULL;
	uint64_t number;

	for (int i = 0; i < STAT_FIELD_TTY; i++)
		field = strsep(&rest, " ");
	if (field == NULL || !parse_decimal(field, &number) || number == 0 || number > UINT32_MAX)
		return NULL;
	return tty_name(arena, number);
}

struct host_session host_read_session(struct arena *arena)
{
	const char *login = host_read_text(arena, "/proc/self/loginuid");
	struct host_session session = { .pid = getpid(), .microseconds = host_now() };
	struct utsname names;
	uint64_t auid;

	if (login != NULL && parse_decimal(login, &auid) && auid < UINT32_MAX) {
		session.has_auid = true;
		session.auid = (uint32_t)auid;
	}
	if (uname(&names) == 0)
		session.host = arena_strdup(arena, names.nodename);
	session.tty = host_tty_of_stat(arena, host_read_text(arena, "/proc/self/stat"));
	return session;
}
