/* Files that the person has named are made and removed with the person's own rights, never with the root that sudo lent. */
#include <grp.h>
#include <errno.h>
#include <stdlib.h>

#include "launch_internal.h"

/* Root again, or not at all: going on as somebody else would be wrong in ways that nobody has thought of. */
static void demand(bool is_done)
{
	if (!is_done)
		abort();
}

bool person_enter(struct arena *arena, const struct host_facts *facts, struct person *ret_before)
{
	struct person before = {.gid = getegid()};
	int count;

	if (geteuid() != 0 || facts->caller_uid == 0) {
		*ret_before = before;
		return true;
	}
	count = getgroups(0, NULL);
	if (count < 0)
		return false;
	before.groups = arena_alloc(arena, ((size_t)count + 1) * sizeof(*before.groups));
	before.group_count = getgroups(count, before.groups);
	before.is_changed = true;
	if (before.group_count < 0 || setgroups(facts->caller_group_count, facts->caller_groups) < 0)
		return false;
	*ret_before = before;
	if (setegid(facts->caller_gid) == 0 && seteuid(facts->caller_uid) == 0)
		return true;
	person_leave(&before);
	return false;
}

void person_leave(const struct person *before)
{
	int saved = errno;

	if (before->is_changed) {
		demand(seteuid(0) == 0);
		demand(setegid(before->gid) == 0);
		demand(setgroups((size_t)before->group_count, before->groups) == 0);
	}
	errno = saved;
}
