/* spaces: how full the tmpfs of a container are, while somebody watches it. */
#include <sys/vfs.h>

#include "observe.h"

bool spaces_begin(struct spaces *spaces, struct arena *arena, const struct plan *plan, pid_t pid)
{
	for (size_t i = 0; i <= plan->mount_count && spaces->count < SPACES_MAX; i++) {
		const char *target = i < plan->mount_count ? plan->mounts[i].target : "/dev/shm";

		if (i < plan->mount_count && plan->mounts[i].type != PLAN_TMPFS)
			continue;
		spaces->items[spaces->count].target = target;
		spaces->items[spaces->count].fd = observe_open(arena, pid, target);
		if (spaces->items[spaces->count].fd >= 0)
			spaces->count++;
	}
	return true;
}

/* False: it cannot be asked. */
static bool ask(struct space *space, bool *ret_is_full)
{
	struct statfs facts;
	int64_t used;

	if (fstatfs(space->fd, &facts) < 0)
		return false;
	used = (int64_t)(facts.f_blocks - facts.f_bavail) * facts.f_bsize;
	space->most = used > space->most ? used : space->most;
	*ret_is_full = facts.f_blocks > 0 && facts.f_bavail == 0;
	return true;
}

/* It costs little beside the call itself, and a file that is unlinked while it is written to may be gone with the next one. */
void spaces_measure(struct spaces *spaces)
{
	bool is_full;

	for (size_t i = 0; i < spaces->count; i++)
		(void)ask(&spaces->items[i], &is_full);
}

void spaces_finish(struct spaces *spaces, const struct plan *plan, struct watch_needs *needs)
{
	for (size_t i = 0; i < spaces->count; i++) {
		bool is_full;

		if (ask(&spaces->items[i], &is_full))
			watch_space(plan, spaces->items[i].target, spaces->items[i].most, is_full, needs);
	}
}
