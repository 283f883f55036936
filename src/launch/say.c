/* say: a word of hardrun's own beside a running container's output. */
#include <string.h>

#include "say.h"

/* What is said here concerns somebody: the journal takes the digit for a warning. Source: sd-daemon(3). */
#define WARNING "<4>"

void say_line(struct arena *arena, const struct launch *launch, struct log *log, const char *sentence)
{
	struct pollfd room = {.fd = STDERR_FILENO, .events = POLLOUT};
	const bool is_journal = !log && launch->facts->is_journal;
	const char *line = arena_printf(arena, "%shardrun: %s\n", is_journal ? WARNING : "", sentence);

	if (log)
		log_write(log, line, strlen(line));
	else if (poll(&room, 1, 0) == 1 && (room.revents & POLLOUT))
		(void)descriptors_write(STDERR_FILENO, line, strlen(line));
}
