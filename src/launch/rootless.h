/* What the launch room does otherwise for an ordinary user. */
#ifndef HARDRUN_LAUNCH_ROOTLESS_H
#define HARDRUN_LAUNCH_ROOTLESS_H

#include "launch_internal.h"

/* ---- user_namespace.c ---- */

/*
 * Makes this process root of a user namespace of its own, in which facts->rootless->own_uids hold; what an earlier hardrun left
 * behind is swept before, from outside, where alone that can be done. For root, or when it has been done: nothing.
 */
int user_namespace_enter(struct arena *arena, const struct host_facts *facts, struct error *err);
/* What the container's ids are here: for chown. For root they are what they are. */
uid_t user_namespace_uid(const struct host_facts *facts, uint32_t uid);
gid_t user_namespace_gid(const struct host_facts *facts, uint32_t gid);
/* Writes a map of one; false with errno. */
bool user_namespace_write(const char *path, const char *text);
/*
 * Where unpacked images lie below the state directory: by the ids that own them, as those of one namespace mean nothing in
 * another.
 */
const char *user_namespace_images(struct arena *arena, const struct host_facts *facts);

/* ---- cgroup.c ---- */

/* cgroup_discard for the one hierarchy, or a part of it, that begins at ${directory}. */
bool cgroup_discard_below(const char *directory, const char *path);

/* ---- limits.c: the cgroups of an ordinary user's container, made and checked by ourselves ---- */

/*
 * Before anything is forked that shall live on: version 2 hands controllers on only from a cgroup without processes, so hardrun
 * moves aside, and what it forks comes along. Refuses a unit of systemd's whose cgroup may not be divided. For root outside of
 * units, and on version 1, nothing.
 */
int limits_prepare(struct arena *arena, const struct host_facts *facts, struct error *err);
/* Makes them, with the limits of the plan in force and read back. For root nothing: the runtime does it. */
int limits_make(const struct container *container, struct error *err);
/* In the child: puts this process, and so all that comes from it, into them. False with errno. */
bool limits_join(const struct container *container);
/* Refuses a container that is not in them, or whose limits are no longer as they were made. */
int limits_check(const struct container *container, struct error *err);
/* Puts ${pid} beside the container's first process: what it uses counts as the container's from now on. False with errno. */
bool limits_take(const struct container *container, pid_t pid);
/* Ends what is in them and removes them; for root the container's cgroup. */
void limits_discard(const struct container *container);
/* The same for one that is gone: ${dir} is its directory, where the places are noted. False: none are. */
bool limits_discard_noted(struct arena *arena, int dir, const char *id);

/* ---- oci_volumes.c ---- */

/* Makes the named volumes of the plan that are not there yet. */
int oci_volumes_make(const struct container *container, struct error *err);
/* The directory with a volume's content, O_PATH; -1 with errno. */
int oci_volumes_open(const struct container *container, const struct plan_mount *mount);

/* ---- secrets.c ---- */

/* Refuses a launch that wants a secret which the unit of systemd's does not have. */
int secrets_check(struct arena *arena, const struct launch *launch, struct error *err);
/* Writes them into ${directory}, for the container's user alone. NULL, or the name of the first that failed, with errno. */
const char *secrets_write(struct arena *arena, const struct launch *launch, int directory);
/* In the child: puts them into the container's directory, on a file system of this mount namespace alone. Likewise. */
const char *secrets_mount(const struct container *container);

/* ---- limits_table.c ---- */

struct limit {
	enum host_controller controller;
	const char *file;   /* "memory.max" */
	const char *value;  /* "67108864" */
	bool is_bound;      /* the kernel may round it down */
	const struct limit *instead; /* the same where the kernel has no such file; NULL: nothing */
};
/* What the plan limits, in the order in which the files are to be written. Returns how many; *ret_limits is of the arena. */
size_t limits_of_plan(struct arena *arena, const struct plan *plan, const struct host_facts *facts, struct limit **ret_limits);
/* True when ${said}, which the kernel shows, holds what was asked. */
bool limits_hold(const struct limit *limit, const char *said);

#endif
