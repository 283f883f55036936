/* observe.c, usage.c, needs.c: the facts around a call that is watched, what a cgroup has counted, what is learnt from them. */
#ifndef HARDRUN_OBSERVE_H
#define HARDRUN_OBSERVE_H

#include <hardrun/watch.h>

#include "launch_internal.h"

/* ---- observe.c ---- */

/* A text of another process, NUL-terminated, as far as it can be read and at most ${limit} bytes; NULL: it cannot. */
const char *observe_text(struct arena *arena, pid_t pid, uint64_t address, size_t limit);
/*
 * Fills in process, places and address of ${observed}, whose call is there. What cannot be looked at stays unknown. The process
 * must still be waiting in that call afterwards: only then were they its own.
 */
void observe_facts(struct arena *arena, struct watch_observed *observed);
/* An O_PATH descriptor of ${path} in the container of ${pid}; -1. */
int observe_open(struct arena *arena, pid_t pid, const char *path);

/* ---- observe_process.c ---- */

enum { OBSERVE_RANGES_MAX = 8, OBSERVE_GROUPS_MAX = 256 };
/* Ids of the container, and as they are seen from where we are. */
struct observe_ids { struct { uint32_t inside, outside, length; } ranges[OBSERVE_RANGES_MAX]; size_t count; };
/* What is seen from here as ${id}, as the container has it, or WATCH_ID_NONE. */
uint32_t observe_id(const struct observe_ids *ids, uint32_t id);
/* ->pid: of the process, as the container numbers it. ->is_shifted: our own ids are not the host's either. */
struct observe_ground { struct observe_ids users, groups; uint32_t pid; bool is_shifted; };
/* Fills in all but the open files. */
void observe_process(struct arena *arena, pid_t pid, struct watch_process *process, struct observe_ground *ret_ground);
void observe_open_files(struct arena *arena, pid_t pid, struct watch_process *process);
/* The AppArmor profile of the process; NULL: none confines it. */
const char *observe_profile(struct arena *arena, pid_t pid);

/* ---- spaces.c ---- */

enum { SPACES_MAX = 64 };
struct space { const char *target; int fd; int64_t most; };
/* Every tmpfs of the container, held, so that it can still be asked in the end. */
struct spaces { struct space items[SPACES_MAX]; size_t count; };
/* With the first call that comes from within, so that everything is mounted. Always true. */
bool spaces_begin(struct spaces *spaces, struct arena *arena, const struct plan *plan, pid_t pid);
/* Files come and go, and what is there in the end is not the most that was. With every call that is watched. */
void spaces_measure(struct spaces *spaces);
/* When nobody is left to write. */
void spaces_finish(struct spaces *spaces, const struct plan *plan, struct watch_needs *needs);

/* ---- usage.c ---- */

enum { USAGE_DIRECTORIES = 2 };
/* What the cgroups have counted that may be at these places (NULL: none is there); -1 where the kernel has no such counter. */
struct watch_usage usage_read(struct arena *arena, const char *const memory[USAGE_DIRECTORIES],
			      const char *const processes[USAGE_DIRECTORIES]);
/* Those of the container, which must still be there. */
struct watch_usage usage_of(const struct container *container);

/* ---- needs.c: shared by the listener, which writes, and hardrun, which reads when that has ended ---- */

/* NULL with errno. */
struct observed_needs *needs_share(void);
void needs_unshare(struct observed_needs *shared);
/* The listener's side of it; ${arena} lives as long as the listener. */
struct needs_writer {
	struct arena *arena;
	struct observed_needs *shared;
	struct watch_need *known;
	size_t known_count, last_item; /* the one that was entered last */
	uint64_t met;
	struct { uint64_t kind; size_t item; } kinds[WATCH_NEEDS_MAX];
	size_t kind_count;
};
/* Enters each of them: anew, or as one that was met before. */
void needs_enter(struct needs_writer *writer, const struct watch_needs *needs);
/*
 * The same for calls of which watch_kind() says all: true when that was met before, and is counted. Else needs_enter, and then
 * needs_remember.
 */
bool needs_is_met(struct needs_writer *writer, uint64_t kind);
void needs_remember(struct needs_writer *writer, uint64_t kind);
/* All has been seen. */
void needs_close(struct needs_writer *writer);
/* Fills in needs, unkept and is_observed. */
void needs_read(struct arena *arena, const struct observed_needs *shared, struct watch_report *report);

/* ---- sights.c: the same for PLAN_OBSERVE_ALL, each call that goes on ---- */

enum { SIGHTS_PROGRAM_BYTES = 16, SIGHTS_PROCESSES = 64, SIGHTS_USES_MAX = 256, SIGHTS_SLOTS = 4 * WATCH_SIGHTS_MAX };

struct observed_sights *sights_share(void);
void sights_unshare(struct observed_sights *shared);
struct sights_process { int pid; unsigned uses; char program[SIGHTS_PROGRAM_BYTES]; };
struct sights_writer {
	struct observed_sights *shared;
	struct sights_process processes[SIGHTS_PROCESSES];
	uint16_t slots[SIGHTS_SLOTS]; /* 0: free; else an item, from 1 */
};
/* The name of the calling program, by ${read} or as it was a moment ago. */
const char *sights_program(struct sights_writer *writer, struct arena *arena, const struct watch_call *call,
			   const char *(*read)(struct arena *arena, pid_t pid));
void sights_enter(struct sights_writer *writer, const struct watch_call *call, const char *program);
/* Fills in sights. */
void sights_read(struct arena *arena, const struct observed_sights *shared, struct watch_report *report);

#endif
