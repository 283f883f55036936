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
