/* process: how far a process has come that a runtime is making into a container; signals by name. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "launch_internal.h"

enum { STATUS_BYTES = 4096, SET_DIGITS = 16 };
enum { STAT_BYTES = 512, FIELDS_TO_FLAGS = 7, PF_FORKNOEXEC = 0x40 };

/*
 * The last step of all runtimes is execve. Until then the process is one that was forked and has executed nothing
 * (PF_FORKNOEXEC, include/linux/sched.h), also once it has ended; its name would say nothing, as any program may bear a
 * runtime's. Source: proc(5), /proc/PID/stat.
 */
enum process_stage process_stage(pid_t pid)
{
	char path[64], text[STAT_BYTES];
	const char *field;
	uint64_t flags = 0;
	char state;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (!descriptors_read_small(AT_FDCWD, path, text, sizeof(text)))
		return PROCESS_GONE;
	/* Behind the name, which may hold anything: state, and six numbers before the flags. */
	field = strrchr(text, ')');
	state = field && field[1] == ' ' ? field[2] : '?';
	for (unsigned i = 0; field && i < FIELDS_TO_FLAGS; i++)
		field = strchr(field + 1, ' ');
	if (!field)
		return PROCESS_GONE;
	text[(size_t)(field - text) + 1 + strcspn(field + 1, " ")] = '\0';
	if (parse_decimal(field + 1, &flags) && (flags & PF_FORKNOEXEC))
		return state == 'Z' || state == 'X' ? PROCESS_NEVER : PROCESS_FORKED;
	return state == 'Z' || state == 'X' ? PROCESS_ENDED : PROCESS_RUNS;
}

bool process_is_deaf_to(pid_t pid, int number)
{
	static const char *const sets[] = {"\nSigBlk:\t", "\nSigIgn:\t", "\nSigCgt:\t"};
	char path[64], text[STATUS_BYTES];

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if (!descriptors_read_small(AT_FDCWD, path, text, sizeof(text)))
		return false;
	for (size_t i = 0; i < ARRAY_COUNT(sets); i++) {
		const char *line = strstr(text, sets[i]), *digits = line ? line + strlen(sets[i]) : NULL;
		const unsigned nibble = (unsigned)(number - 1) / 4;
		const char *digit = digits && strspn(digits, "0123456789abcdef") == SET_DIGITS ? digits + SET_DIGITS - 1 - nibble : NULL;
		unsigned value;

		if (!digit)
			return false;
		value = (unsigned)(*digit <= '9' ? *digit - '0' : *digit - 'a' + 10);
		if (value >> ((unsigned)(number - 1) % 4) & 1)
			return false;
	}
	return true;
}

int process_signal_of(int status)
{
	return status > LAUNCH_STATUS_SIGNAL && status < LAUNCH_STATUS_SIGNAL + NSIG ? status - LAUNCH_STATUS_SIGNAL : 0;
}

int process_signal(const char *name)
{
	static const struct { const char *name; int number; } others[] = {
		{"CLD", SIGCHLD}, {"IOT", SIGABRT}, {"POLL", SIGPOLL}, {"RTMIN", 34}, {"RTMAX", 64},
	};
	const char *bare = strncasecmp(name, "SIG", 3) == 0 ? name + 3 : name;
	uint64_t number;

	if (parse_decimal(name, &number))
		return number >= 1 && number <= 64 ? (int)number : 0;
	for (int i = 1; i < 32; i++)
		if (sigabbrev_np(i) && strcasecmp(bare, sigabbrev_np(i)) == 0)
			return i;
	for (size_t i = 0; i < ARRAY_COUNT(others); i++)
		if (strcasecmp(bare, others[i].name) == 0)
			return others[i].number;
	if (strncasecmp(bare, "RTMIN+", 6) == 0 && parse_decimal(bare + 6, &number) && number <= 15)
		return 34 + (int)number;
	if (strncasecmp(bare, "RTMAX-", 6) == 0 && parse_decimal(bare + 6, &number) && number <= 15)
		return 64 - (int)number;
	return 0;
}
