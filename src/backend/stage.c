/* Where the parts of a container stand on the OCI path: one place for the two rooms that must agree. */
#include <hardrun/backend.h>

const char *backend_container_dir(struct arena *arena, const char *runtime_dir, const char *id)
{
	return arena_printf(arena, "%s/containers/%s", runtime_dir, id);
}

const char *backend_rootfs_path(struct arena *arena, const char *runtime_dir, const char *id)
{
	return arena_printf(arena, "%s/containers/%s/rootfs", runtime_dir, id);
}

const char *backend_stage_path(struct arena *arena, const char *runtime_dir, const char *id, size_t index)
{
	return arena_printf(arena, "%s/containers/%s/mounts/%zu", runtime_dir, id, index);
}

/* Directly below the root of every hierarchy: a parent of ours would stay behind, or vanish under a starting neighbour. */
const char *backend_cgroup_path(struct arena *arena, const char *id)
{
	return arena_printf(arena, "/hardrun-%s", id);
}

/* In a unit it is a part of the unit's own, so that what holds for the unit holds for it, and nothing of it outlives the unit. */
const char *backend_container_cgroup(struct arena *arena, const struct host_facts *facts, const char *id)
{
	const char *unit = backend_unit_cgroup(facts);

	return arena_printf(arena, "%s%s", unit != NULL ? unit : "", backend_cgroup_path(arena, id));
}

const char *backend_unit_cgroup(const struct host_facts *facts)
{
	return facts->is_root && facts->cgroup == CGROUP_V2 && facts->unit != NULL ? facts->unit->cgroup : NULL;
}
