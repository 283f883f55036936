/* rootless: what an ordinary user needs to run a container without a daemon, and what is in the way. */
#include "host_internal.h"

#include <string.h>

static void find_problem(const struct host_facts *facts, struct host_rootless *rootless)
{
	if (facts->user_namespace_reason != NULL) {
		rootless->problem = facts->user_namespace_reason;
		rootless->remedy = facts->user_namespace_remedy;
	} else if (facts->runtime_dir == NULL) {
		rootless->problem = "XDG_RUNTIME_DIR names no directory that is yours alone";
		rootless->remedy = "log in anew, or: export XDG_RUNTIME_DIR=$(mktemp -d)";
	} else if (facts->caller_gid == 0) {
		rootless->problem = "your group is root's, and a container would have it";
		rootless->remedy = "call hardrun with another group";
	}
}

void host_read_rootless_in(struct arena *arena, struct host_facts *facts, const char *root)
{
	struct host_rootless *rootless;

	if (facts->is_root || facts->rootless != NULL)
		return;
	rootless = arena_alloc(arena, sizeof(*rootless));
	host_read_user_namespaces(arena, facts, root);
	find_problem(facts, rootless);
	rootless->newuidmap = host_find_program(arena, facts, "newuidmap");
	rootless->newgidmap = host_find_program(arena, facts, "newgidmap");
	host_read_subordinate(arena, facts, rootless, root);
	host_read_delegated(arena, facts, rootless, root);
	facts->rootless = rootless;
}

void host_read_rootless(struct arena *arena, struct host_facts *facts)
{
	host_read_rootless_in(arena, facts, "");
}

bool host_map_id(const struct host_id_map *map, uint32_t id, uint32_t *ret_outside)
{
	for (size_t i = 0; i < map->count; i++) {
		const struct host_id_range *range = &map->ranges[i];

		if (id < range->inside || id - range->inside >= range->count)
			continue;
		*ret_outside = range->outside + (id - range->inside);
		return true;
	}
	return false;
}
