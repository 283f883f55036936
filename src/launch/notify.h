/* What a container tells systemd by way of us, and what we tell it ourselves. */
#ifndef HARDRUN_LAUNCH_NOTIFY_H
#define HARDRUN_LAUNCH_NOTIFY_H

#include <time.h>

#include <hardrun/backend.h>

struct notify {
	int fd;                    /* where the container sends to; -1: it has nothing to say */
	const struct host_unit *unit;
	time_t second;             /* monotonic */
	unsigned count;            /* of messages in that second */
};
#define NOTIFY_NONE (struct notify){.fd = -1}

/*
 * Makes the socket BACKEND_NOTIFY_NAME in ${directory}, with which it is removed. Everybody may send there who can reach it:
 * nobody but the container can. Where backend_is_notified() says no: nothing.
 */
int notify_open(struct arena *arena, const struct launch *launch, int directory, struct notify *ret_notify, struct error *err);
void notify_close(struct notify *notify);
/* What to wait for. */
struct pollfd notify_interest(const struct notify *notify);
/* Passes on what has come, filtered; more than a few messages in a second are dropped. Never fails. */
void notify_step(struct notify *notify);
/* It is we who say that it runs: PLAN_NOTIFY_STARTED, and somebody listens. */
bool notify_is_ours(const struct launch *launch);
/* It runs: with PLAN_NOTIFY_STARTED that is what systemd waits for. */
void notify_started(const struct launch *launch);

#endif
