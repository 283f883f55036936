/* What the launch room shares about engines: sources held for them, and the client and the container that are looked after. */
#ifndef HARDRUN_ATTEND_H
#define HARDRUN_ATTEND_H

#include "launch_internal.h"

/* ---- inside.c: a mount inside another ---- */

struct staging_spot { const char *around, *beneath; };
/*
 * The place ${beneath} of the directory ${around}, with no link on the way. ${may_make}: what is missing of a directory's is
 * made. -1 with errno.
 */
int inside_open(struct arena *arena, const struct staging_spot *spot, bool is_directory, bool may_make);
/* The directory ${beneath} of what ${around} shows, likewise; what is missing is not made. */
int inside_find(struct arena *arena, int around, const char *beneath);
/*
 * Under a guard, for crun and runc: refuses a mount inside a bind that the runtime would have to find by its name, in a tree that
 * the person may be changing.
 */
int inside_check(struct arena *arena, const struct launch *launch, struct error *err);
/* Mounts what ${source} shows, with all below it, on what ${target} shows: nosuid, nodev, private. False with errno. */
bool inside_mount(int source, int target, bool is_read_only);

/* ---- staging.c: sources for an engine that looks paths up by itself ---- */

#define STAGING_PID_FILE "pid" /* podman: and which process is the first */
#define STAGING_CID_FILE "cid" /* where the engine's client writes the container's id, beside what is staged */

struct staging {
	struct arena *arena;
	const char *id, *dir;     /* <runtime_dir>/stage/<id> */
	int base_fd, list_fd;
	int dir_fd;               /* locked as long as somebody looks after the container; -1: there is no stage */
	bool has_mounts;
};
#define STAGING_NONE (struct staging){.base_fd = -1, .list_fd = -1, .dir_fd = -1}
/* Makes the directory and locks it. On error nothing is left. */
int staging_make(struct staging *stage, struct arena *arena, const struct launch *launch, struct error *err);
/*
 * Binds the source of plan->mounts[index], the very thing that was judged, onto its place: nosuid, nodev, read-only where the
 * plan says so. On error what is there is for staging_discard.
 */
int staging_put(struct staging *stage, const struct launch *launch, size_t index, struct error *err);
const char *staging_place(const struct staging *stage, size_t index);
/*
 * The same for a mount inside another that is staged: onto ${beneath} of the place ${around}, where no link may be on the way.
 * The engine would find that spot by its name, in a directory that somebody may be changing. Under a guard it must be there:
 * root makes nothing in somebody's directory.
 */
int staging_put_inside(struct staging *stage, const struct launch *launch, size_t index, const struct staging_spot *spot,
		       struct error *err);
/* Leaves it to the next sweep: a container is there that may be started again. */
void staging_release(struct staging *stage);
/* Unmounts and removes everything. Safe to call at any stage, and twice. */
void staging_discard(struct staging *stage);
/* The id that the client has written, or NULL. */
const char *staging_container_id(struct arena *arena, int dir);
/* Discards the stages that nobody looks after and whose containers are gone. Returns how many. */
unsigned staging_sweep(struct arena *arena, const struct host_facts *facts);

/* ---- places.c: where things will really be ---- */

struct places_question {
	const struct link_reader *reader; /* of the image */
	const char *directory;            /* in which the container starts; NULL: / */
	struct string_list *ways;         /* gets every path that was looked at; NULL: nobody asks */
};
/*
 * Refuses a plan with a mount that a link of the image takes where none may be put (verdict_target_reason), or through the
 * place of another bind or volume, where others make links; with /proc, /sys or /dev that is a link; with a working directory
 * that leads among the kernel's own. Under a guard also with one inside a named volume, and with one inside a bind where no
 * such directory is. What is spelled inside another mount is not for the runtime to find: inside_check, links_check_volumes.
 */
int places_check(struct arena *arena, const struct launch *launch, const struct places_question *question, struct error *err);

/* ---- look.c: links of the image ---- */

/*
 * Under a guard: refuses a plan by places_check, with the links of the image and, where the plan has none, its working directory.
 * *ret_image_id: the one to be started: with docker that of launch->facts, else the one that was looked at. NULL: by its name.
 */
int look_check(struct arena *arena, const struct launch *launch, const struct staging *stage, const char **ret_image_id,
	       struct error *err);
/* Removes what look_check has left in the abandoned stage ${id}. False: it may be there still. */
bool look_discard(struct arena *arena, const char *socket, int dir, const char *id);
/* Where docker's word about a path says that it leads; NULL: it is no link, or *ret_is_read is false. */
const char *look_read_stat(struct arena *arena, const char *header, bool *ret_is_read);

/* ---- peer.c ---- */

/* Connects to a unix socket; -1 with errno. */
int peer_connect(const char *path);
/* Refuses unless the daemon that listens at ${socket} sees, on ${place}, the very source of ${bind}. */
int peer_check(struct arena *arena, const char *socket, const char *place, const struct plan_mount *bind, struct error *err);

/* ---- events.c: what docker says of one container ---- */

enum event_kind { EVENT_OTHER, EVENT_START, EVENT_OOM, EVENT_DIE, EVENT_DESTROY, EVENT_KIND_COUNT };
struct event {
	enum event_kind kind;
	int status;              /* EVENT_DIE; -1: it does not say */
};
struct events { int fd; char *buffer; size_t length; const char *id; };
#define EVENTS_NONE (struct events){.fd = -1}
/*
 * Asks for what happens to the container of that whole id, which stays where it is, and for what has happened ${since}. False
 * with errno.
 */
bool events_open(struct arena *arena, const char *socket, const char *id, const struct timespec *since,
		 struct events *ret_events);
void events_close(struct events *events);
/* Takes what has come, without waiting. False: nothing will come any more. */
bool events_receive(struct events *events);
/* The next event that is here; false: none. */
bool events_next(struct events *events, struct event *ret_event);
/* One line of the answer. What is told of another container than ${id} is EVENT_OTHER. */
struct event events_parse(const char *line, size_t length, const char *id);

/* ---- follow.c: a process that outlives us looks after the container of an engine ---- */

/* What is handed to it: from then on these are its own. */
struct follow_charge { struct staging stage; struct cidfile cidfile; };
struct follow {
	int to, from;
	pid_t pid;
	bool has_oom; /* told at the end: the kernel has ended something in the container for want of memory */
	bool has_never_run; /* the same: its program was never executed */
};
/* Starts it, before the engine's client. */
int follow_start(struct arena *arena, const struct launch *launch, const struct follow_charge *charge, struct follow *ret_follow,
		 struct error *err);
/*
 * Tells it that the client has ended with ${status}, and waits until the end of the container is on record, or it is known to go
 * on without us. What it returns is the sentence about a container that had to be killed for its label, or NULL.
 */
const char *follow_client_ended(struct arena *arena, struct follow *follow, int status);

/* ---- own_stage.c ---- */

/*
 * Puts into the stage what hardrun itself has for the container of a unit, the socket of its notifications and its secrets, and
 * into ${launch} where they are. Without a stage nothing can be handed over.
 */
int own_stage(const struct staging *stage, struct launch *launch, struct notify *ret_notify, struct error *err);

/*
 * Removes the container of that name which an earlier start of this very unit has left behind; nobody else's. Nothing where this
 * is no process of a unit.
 */
int own_reap(struct arena *arena, const struct launch *launch, struct error *err);
/* The container whose id the engine's client has written into the stage runs. */
bool own_has_started(struct arena *arena, const struct launch *launch, const char *stage);

/* ---- attend.c: the engine's client as our child ---- */

/* True when the client may not simply take our place: a record, a guard, a stage or an id file need somebody who stays. */
bool attend_is_wanted(struct arena *arena, const struct launch *launch);
/* *ret_status is the client's, as a shell has it. */
int attend_run(struct arena *arena, const struct launch *launch, int *ret_status, struct error *err);

#endif
