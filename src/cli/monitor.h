/* What the files of the monitor share. */
#ifndef CLI_MONITOR_H
#define CLI_MONITOR_H

#include <signal.h>
#include <sys/types.h>

#include "channel.h"
#include "separate.h"

struct monitor {
	struct cli *cli;
	struct arena *arena;
	int fd;                            /* to the judge */
	pid_t judge;
	sigset_t before;                   /* the signals that were blocked before requests to stop were held */
	struct monitor_relay relays[RELAYS_MAX];
	const char *host, *client;         /* of the daemon: the ceiling's, or those of a policy that belongs to root */
	struct monitor_fetched fetched;    /* the last image, for this judge */
	bool is_excused;                   /* the judge says that there will be no decision */
	bool has_decided;
	int status;                        /* what to exit with, once decided */
};

static inline const struct policy *ceiling_of(const struct monitor *monitor)
{
	return monitor->cli->ceiling.policy;
}

/* ---- monitor_answer.c ---- */

/* One of the judge's questions, answered. False: nonsense, or more than it may ask. */
bool monitor_answer(struct monitor *monitor, const char *question, const struct channel_message *message);

#endif
