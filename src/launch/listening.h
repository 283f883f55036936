/* Who answers the refused calls of a container: what is asked of it, and what it shares with us. See listener.h. */
#ifndef HARDRUN_LAUNCH_LISTENING_H
#define HARDRUN_LAUNCH_LISTENING_H

#include <stdbool.h>
#include <sys/types.h>

struct arena;
struct launch;
struct observed_needs;
struct observed_sights;
struct listening {
	struct arena *arena;
	const struct launch *launch;
	int directory;           /* gets its socket, BACKEND_LISTENER_NAME */
	bool is_raw;             /* what it says goes to a terminal in raw mode */
	pid_t pid;               /* 0: nobody */
	int report;              /* what it says; -1 */
	struct listener_shared *shared;  /* what it has met; NULL: nothing */
	struct observed_needs *needs;    /* the same; NULL: nothing is observed */
	struct observed_sights *sights;  /* the same; NULL: not every call is watched */
};
#define LISTENING_NONE (struct listening){.directory = -1, .report = -1}

#endif
