/* lock.c: locks that others wait for. */
#ifndef HARDRUN_LOCK_H
#define HARDRUN_LOCK_H

#include <hardrun/base.h>

/* Where it takes a moment; where somebody may be bringing or copying what we want as well; where the next one can sweep. */
enum { LOCK_SECONDS = 10, LOCK_SECONDS_AT_WORK = 300, LOCK_SECONDS_SWEEPING = 1 };

/* Waits for the lock of ${fd}. False with errno; EWOULDBLOCK: somebody has had it all the time. */
bool lock_wait(int fd, int seconds);
/* The same, with a sentence that names the lock and, where that can be told, who has it. */
int lock_take(struct arena *arena, int fd, int seconds, struct error *err);
/*
 * Opens the lock's file ${name} in ${directory} (it is made) and takes it; -1 with ${err}. That of a list ("containers.lock"):
 * while it is held nobody makes or sweeps one of it.
 */
int lock_open(struct arena *arena, int directory, const char *name, int seconds, struct error *err);
/* The same, and others may share it; nobody who wants it alone gets it meanwhile. */
int lock_share(struct arena *arena, int directory, const char *name, int seconds, struct error *err);
/*
 * The lock of a file that is there already, root's to write and everybody's to read: anybody may share it, and who may write has
 * it alone, so that nobody but root keeps others from sharing. -1 with ${err}.
 */
int lock_public(struct arena *arena, const char *path, bool is_alone, struct error *err);
/* Lets go of a lock of either kind, in every process that has it from this one, and closes the file; safe twice. */
void lock_release(int *fd);

#endif
