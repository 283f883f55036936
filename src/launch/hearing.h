/* hearing.c: who explains the refused calls of an engine's container. */
#ifndef HARDRUN_LAUNCH_HEARING_H
#define HARDRUN_LAUNCH_HEARING_H

#include "attend.h"

struct hearing {
	struct listening listening;
	struct relay relay;      /* of what it says, to our standard error */
};
#define HEARING_NONE (struct hearing){.listening = LISTENING_NONE, .relay = {.from = -1, .to = -1}}
/*
 * Before the engine's client starts, where refused calls are to be explained; else nothing. Puts into ${launch} where its socket
 * is. On error what there is is for hearing_end.
 */
int hearing_start(const struct staging *stage, struct launch *launch, struct hearing *hearing, struct error *err);
/* What to wait for while the client runs, and what to do then. */
struct pollfd hearing_interest(const struct hearing *hearing);
void hearing_step(struct hearing *hearing, short events);
/*
 * The client has ended with ${status}: says what is left to say, and when the engine has not handed the calls over at all. What
 * still runs is refused from here on with ENOSYS.
 */
void hearing_finish(struct hearing *hearing, int status);
/* Safe at any stage, and twice. */
void hearing_end(struct hearing *hearing);

#endif
