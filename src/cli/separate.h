/*
 * separate: run and create in two halves. With root's rights nothing that a caller typed or wrote is parsed: a child without
 * them, the judge, does it, and the monitor answers its few questions, checks what it decided, and starts the container.
 */
#ifndef CLI_SEPARATE_H
#define CLI_SEPARATE_H

#include <signal.h>

#include <hardrun/record.h>

#include "cli.h"

struct json_t;

/* ---- separate.c ---- */

/*
 * Runs ${judge} on the words, apart from root's rights where this process has them, and starts what it decides. Returns what to
 * exit with. Without root's rights ${judge} runs right here.
 */
int separate_run(struct cli *cli, int argc, char *const argv[], cli_verb *judge);
/* For verbs that start nothing: gives up root for good and runs ${verb} here. */
int separate_confined(struct cli *cli, int argc, char *const argv[], cli_verb *verb);
/* Reads the ceiling while root may still read it: it is root's own file, and nobody's words are in it but root's. */
void separate_load_ceiling(struct cli *cli);

/* ---- run.c: asked by both halves ---- */

/*
 * Why a volume or network of that name is not for this person, or NULL: it bears somebody else's label, and rights are lent or a
 * ceiling is there. Root itself may look after everybody's.
 */
const char *run_owner_problem(const struct cli *cli, enum host_resource resource, const char *name);
/*
 * Negative with an error when a container has the name that the plan gives: docker's own sentence would tell whose id it is.
 * Asks docker's daemon, with the rights to.
 */
int run_check_name(const struct cli *cli, const struct plan *plan, struct error *err);

/* ---- judge.c: in the child ---- */

void judge_begin(struct cli *cli, int monitor_fd);
/* Has the monitor use the daemon and the client that the policy names, if it names any. */
int judge_choose_engine(const struct cli *cli, const struct policy *policy, struct error *err);
/* launch_fetch_image and launch_pull_image, done by the monitor. */
int judge_fetch_image(struct cli *cli, const char *pull, struct error *err);
int judge_pull_image(const struct cli *cli, const struct backend_pull *pull, struct error *err);
/* Hands over the decision, the last of all messages. False: it cannot be told, or nobody is there. */
bool judge_decide(const struct cli *cli, const struct decision *decision);
/* Says that there will be no decision: help, or a dry run. Whoever ends without either is on record as broken. */
void judge_excuse(const struct cli *cli);
/* The policy as far as the monitor has to know it; a new reference. */
struct json_t *judge_write_policy(const struct cli *cli, const struct policy *policy);
/* Who has the rights stands elsewhere: it gets the whole path. */
const char *judge_whole_path(const struct cli *cli, const char *file);

/* ---- monitor.c: in the parent ---- */

/*
 * Answers the judge ${pid} until it has decided or is gone, and does what was decided. Returns what to exit with. Requests to
 * stop are held, by launch_hold, since before the judge began: one that comes first goes on record. ${before} was in force then.
 */
struct monitor_judge {
	int fd;
	pid_t pid;
	sigset_t before;
};
int monitor_serve(struct cli *cli, const struct monitor_judge *judge);
/*
 * The policy of that file ("built-in:" for those that are part of hardrun), read by root. Only root's are: then it is nobody's
 * words but root's that are parsed. NULL: it is none, or wrong.
 */
const struct policy *monitor_load_own(const struct cli *cli, const char *file);

/* ---- monitor_check.c ---- */

struct channel_message;

/* What the monitor has of the judge's decision once it has been read. Only the plan has been compared with anything yet. */
struct monitor_decision {
	struct decision decision;
	struct findings findings;
	struct plan plan;
	struct policy policy;        /* name, files and digests; the rest is not believed */
	bool is_record_wanted;       /* the policy says record: */
	bool has_isolated_network;
	struct record_spans hidden;
};
/* A policy as the judge tells it, or null. Reads, strictly. False: nonsense. */
bool monitor_read_policy(struct arena *arena, const struct json_t *json, struct monitor_decision *decision);
/* Reads, strictly. False: nonsense. */
bool monitor_read_decision(struct arena *arena, const struct channel_message *message, struct monitor_decision *ret_decision);
/* What has been fetched for the judge, under the name that it was fetched by. */
struct monitor_fetched {
	bool is_there;
	struct image_name name;
	struct image_facts facts;
};
/*
 * The image of the plan is the one that was fetched, or the one that is here, or the tree that was named. The clause that says
 * what is wrong, or NULL. That it may be run is another question: plan_check_bounds.
 */
const char *monitor_image_problem(const struct plan *plan, const struct monitor_fetched *fetched);
/* A VOLUME of the image at which the plan mounts nothing: docker would make a volume without bound there. */
const char *monitor_volume_problem(struct arena *arena, const struct plan *plan, const struct image_facts *image);
/*
 * ${own} as far as its hazards hold for that image: what it answers for, and of paths only those that it names without wildcard.
 * NULL: they do not.
 */
const struct policy *monitor_policy_for(const struct policy *own, const struct image_name *image);

/*
 * The descriptors are what the plan says: each a path without links to that very file. Fills facts->paths with what they are, and
 * ret_fds, indexed as the mounts, and *ret_rootfs (-1: none). The clause that says what is wrong, or NULL.
 */
const char *monitor_take_sources(struct arena *arena, const struct plan *plan, const struct channel_message *message,
				 struct host_facts *facts, int *ret_fds, int *ret_rootfs);
/* What a judge may have asked of docker's daemon: GETs that tell of the daemon, an image, a volume, the isolated network. */
bool monitor_is_target(const char *target);

/* ---- monitor_relay.c: bytes from the daemon to the judge ---- */

enum { RELAYS_MAX = 4 };
struct monitor_relay {
	int from, to;                /* -1: free */
	size_t start, end, total;
	char *buffer;
};
struct pollfd;
/* Begins to pass what comes from ${from}; both descriptors are its own then. False: too many at once. */
bool monitor_relay_add(struct arena *arena, struct monitor_relay relays[RELAYS_MAX], int from, int to);
struct pollfd monitor_relay_interest(const struct monitor_relay *relay);
void monitor_relay_step(struct monitor_relay *relay, short events);

#endif
