/* clock: how long something takes, whatever is done to the time of day. */
#include <time.h>

#include "launch_internal.h"

int64_t clock_milliseconds(void)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
