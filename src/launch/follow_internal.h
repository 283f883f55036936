/* What follow.c and the engines' halves of it share. */
#ifndef HARDRUN_FOLLOW_INTERNAL_H
#define HARDRUN_FOLLOW_INTERNAL_H

#include <fcntl.h>

#include "launch_internal.h"

struct follower {
	struct arena *arena;
	const struct launch *launch;
	struct follow_charge charge;
	int in, out;               /* the word that the client has ended; what is closed as the answer. -1: it was said */
	int inotify;
	struct events events;
	struct timespec since;     /* before the client was started */
	const char *id;            /* NULL: not known yet */
	int client_status;         /* -1: not known */
	int64_t look_at;           /* when to ask for the state, by clock_milliseconds; 0: when something happens */
	int64_t failing_since, removing_since; /* 0: not */
	int event_status;          /* of a die event; -1: none */
	bool is_status_forged;     /* a label could be taken for it */
	bool has_started;
	bool is_label_checked;     /* or none is wanted */
	bool is_gone;              /* there is no such container (any more) */
	bool is_over;
	struct launch_end end;
};

/* hardrun, which waits for it, may go. */
void follow_answer(struct follower *follower);

/*
 * Reads back the label of the container's first process. False: it is another; the sentence is told to hardrun, and the container
 * is to be killed.
 */
bool follow_check_label(struct follower *follower, pid_t pid);
/* podman: the client has written which process is the first; it is looked at, and ended if it must be. */
void follow_podman_note_process(struct follower *follower);
/* The id is known: listen. */
void follow_docker_begin(struct follower *follower);
void follow_docker_take_events(struct follower *follower);
/* Asks for the state; sets is_over with the end, or when to look again. */
void follow_docker_look(struct follower *follower);
/* The end of a container that ended with ${status}. */
void follow_set_status(struct follower *follower, int status);

/* Waits for the container as long as it takes. */
void follow_podman_look(struct follower *follower);

#endif
