/* What was seen is not all that there will be: limits are rounded up, to numbers that somebody would have chosen. */
#include "learn_internal.h"

#define MEBIBYTE (INT64_C(1) << 20)

/* The first of least, 1.5 least, 2 least, 3 least, 4 least ... that is enough. */
static int64_t round_up(int64_t wanted, int64_t least)
{
	int64_t step = least;

	while (step < wanted && step < INT64_MAX / 4) {
		if (step + step / 2 >= wanted)
			return step + step / 2;
		step *= 2;
	}
	return step;
}

/* A quarter more, and some for what the program did not do this time. */
int64_t learn_room_for_memory(int64_t bytes)
{
	return round_up(bytes < INT64_MAX / 4 ? bytes + bytes / 4 + 8 * MEBIBYTE : bytes, 16 * MEBIBYTE);
}

int64_t learn_room_for_pids(int64_t pids)
{
	return round_up(pids < INT64_MAX / 4 ? pids * 2 : pids, 8);
}

int64_t learn_room_for_files(int64_t bytes)
{
	return round_up(bytes < INT64_MAX / 4 ? bytes * 2 : bytes, MEBIBYTE);
}
