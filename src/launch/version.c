/* What an installed runtime is known to lack: told to whoever asks, and nothing depends on it. */
#include <string.h>

#include "launch_internal.h"

/* Three numbers, perhaps with more behind them ("1.1.5+ds1"). */
static bool read_numbers(struct arena *arena, const char *version, uint64_t numbers[3])
{
	for (size_t i = 0; i < 3; i++) {
		size_t length = strspn(version, "0123456789");

		if (!parse_decimal(arena_strndup(arena, version, length), &numbers[i]) || (i < 2 && version[length] != '.'))
			return false;
		version += length + (i < 2);
	}
	return true;
}

bool launch_runc_is_open(struct arena *arena, const char *version)
{
	uint64_t numbers[3];

	if (!version || !read_numbers(arena, version, numbers) || numbers[0] > 1)
		return false;
	/* Mended in 1.2.8 and 1.3.3, and in everything from 1.4.0 on. */
	return numbers[0] == 0 || numbers[1] < 2 || (numbers[1] == 2 && numbers[2] < 8) || (numbers[1] == 3 && numbers[2] < 3);
}

const char *launch_runc_version(struct arena *arena, const char *program)
{
	static const char prefix[] = "runc version ";
	const char *argv[] = {program, "--version", NULL};
	const struct spawn spawn = {.argv = argv, .is_answer_said = true, .is_first_said = true};
	struct error ignored;
	const char *said;
	int status;

	if (!program || spawn_run(arena, &spawn, &status, &said, &ignored) < 0 || status != 0 ||
	    strncmp(said, prefix, strlen(prefix)) != 0)
		return NULL;
	return said + strlen(prefix);
}
