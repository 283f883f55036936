/*
 * What a hardrun that was killed together with its watchdog left behind. The lock on a container's directory is held as long as
 * either lives, so a lock that can be taken is the proof that both are gone; age is never asked.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "rootless.h"

/* The runtime is not known: whichever has a state of that name. */
static void remove_states(int base, const char *id)
{
	for (unsigned kind = 0; kind < BACKEND_KIND_COUNT; kind++) {
		CLOSE_FD int states = openat(base, host_backend_name(kind), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		if (states >= 0 && host_backend_is_oci(kind))
			(void)remove_tree(states, id);
	}
}

bool sweep_one(struct arena *arena, int base, int list, const char *id)
{
	CLOSE_FD int dir = -1;

	if (!bundle_name_is_sane(id))
		return false;
	dir = openat(list, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0 || flock(dir, LOCK_EX | LOCK_NB) < 0)
		return false;
	if (!limits_discard_noted(arena, dir, id) && geteuid() == 0)
		(void)cgroup_discard(CGROUP_ROOT, backend_cgroup_path(arena, id));
	remove_states(base, id);
	return remove_tree(list, id) == 0;
}

static unsigned sweep_containers(struct arena *arena, const struct host_facts *facts)
{
	CLOSE_FD int base = -1, list = -1, lock = -1;
	struct dirent *entry;
	struct error ignored = {0};
	unsigned removed = 0;
	DIR *stream;
	int copy;

	base = open(facts->runtime_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	list = base < 0 ? -1 : openat(base, "containers", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	copy = list < 0 ? -1 : openat(list, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	stream = copy < 0 ? NULL : fdopendir(copy);
	if (!stream)
		return 0;
	while ((entry = readdir(stream))) {
		if (entry->d_name[0] == '.')
			continue;
		/* Only now: most of the time there is nothing to look at, and the lock is for those who make containers. */
		if (lock < 0)
			lock = lock_open(arena, base, "containers.lock", LOCK_SECONDS_SWEEPING, &ignored);
		if (lock < 0)
			break; /* whoever comes later sweeps */
		if (sweep_one(arena, base, list, entry->d_name))
			removed++;
	}
	(void)closedir(stream);
	return removed;
}

unsigned launch_sweep(struct arena *arena, const struct host_facts *facts)
{
	if (!facts->runtime_dir)
		return 0;
	return sweep_containers(arena, facts) + (facts->is_root ? staging_sweep(arena, facts) : 0);
}
