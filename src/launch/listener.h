/* listener.c: refused system calls are answered and explained by a process of their own. */
#ifndef HARDRUN_LISTENER_H
#define HARDRUN_LISTENER_H

#include <fcntl.h>
#include <sys/syscall.h>

#include <hardrun/watch.h>

#include "launch_internal.h"

/*
 * Before the runtime starts: socket, pipe and process. ->arena, ->launch, ->directory and ->is_raw are there; fills in the
 * others. On error what there is is for listener_end.
 */
int listener_start(struct listening *listening, struct error *err);
/* Ends the process: what it shares does not change any more. Nothing to do where there is none; safe twice. */
void listener_stop(struct listening *listening);
/* After the container, or without one: the same, and lets go of all. */
void listener_end(struct listening *listening);
/* A runtime has handed the container's refused calls over to it. */
bool listener_is_serving(const struct listening *listening);
/* Once it has been stopped: says how much was refused, when it has not all been said or the container ended badly. */
void listener_sum_up(const struct listening *listening, struct log *log, int status);
/* The descriptor that a runtime sends with the state of its container; -1: that was none. For tests. */
int listener_receive(int connection);
/*
 * The descriptor of a filter, from the next of those that wait at ${socket}; -1: that was none, or not from ${owner}.
 * *ret_is_over: nobody can come any more.
 */
int listener_take(int socket, uid_t owner, bool *ret_is_over);

#endif
