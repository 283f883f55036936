/* cgroup: which version this machine runs, and which controllers it has. */
#include "host_internal.h"

#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>

struct controller {
	const char *name;
	size_t offset; /* of the bool in struct host_facts */
};

/* Names of both versions: blkio became io, devices became BPF programs (and so needs no controller in v2). */
static const struct controller controllers[] = {
	{ "memory", offsetof(struct host_facts, has_memory) }, { "cpu", offsetof(struct host_facts, has_cpu) },
	{ "pids", offsetof(struct host_facts, has_pids) },     { "cpuset", offsetof(struct host_facts, has_cpuset) },
	{ "blkio", offsetof(struct host_facts, has_blkio) },   { "io", offsetof(struct host_facts, has_blkio) },
	{ "devices", offsetof(struct host_facts, has_devices) },
};

/* Marks every controller named in ${words}. */
static void mark_controllers(struct host_facts *facts, const char *words)
{
	while (*words != '\0') {
		size_t length = strcspn(words, " \n");

		for (size_t i = 0; i < ARRAY_COUNT(controllers); i++) {
			const char *name = controllers[i].name;

			if (strlen(name) == length && memcmp(words, name, length) == 0)
				*(bool *)((char *)facts + controllers[i].offset) = true;
		}
		words += length;
		words += strspn(words, " \n");
	}
}

/*
 * Each controller where every runtime looks for it, and where we remove what they leave: the kernel takes longer to list all
 * mounts of the machine than to say that these are there.
 */
static void read_v1(struct arena *arena, struct host_facts *facts, const char *root)
{
	for (size_t i = 0; i < ARRAY_COUNT(controllers); i++) {
		const char *members = arena_printf(arena, "%s/sys/fs/cgroup/%s/cgroup.procs", root, controllers[i].name);

		if (access(members, F_OK) == 0)
			*(bool *)((char *)facts + controllers[i].offset) = true;
	}
	facts->has_swap = access(arena_printf(arena, "%s/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes", root), F_OK) == 0;
	/* The root group has CFQ's, where there is CFQ (before Linux 5.0); BFQ's only those below have. */
	facts->is_blkio_bfq_alone = access(arena_printf(arena, "%s/sys/fs/cgroup/blkio/blkio.weight", root), F_OK) != 0;
}

/* The root group has no memory.swap.max; our own has, when it is another and swap is accounted. */
static bool has_v2_swap(struct arena *arena, const struct host_facts *facts, const char *root)
{
	const char *own = host_read_text(arena, arena_printf(arena, "%s/proc/self/cgroup", root));
	const char *directory;

	if (!facts->has_memory || own == NULL || strncmp(own, "0::/", 4) != 0)
		return facts->has_memory;
	directory = arena_printf(arena, "%s/sys/fs/cgroup%s", root, own + 3);
	if (access(arena_printf(arena, "%s/memory.max", directory), F_OK) != 0)
		return true;
	return access(arena_printf(arena, "%s/memory.swap.max", directory), F_OK) == 0;
}

static void read_v2(struct arena *arena, struct host_facts *facts, const char *root)
{
	const char *names = host_read_text(arena, arena_printf(arena, "%s/sys/fs/cgroup/cgroup.controllers", root));

	if (names != NULL)
		mark_controllers(facts, names);
	facts->has_devices = true;
	facts->has_swap = has_v2_swap(arena, facts, root);
}

static enum cgroup_version cgroup_version(struct arena *arena, const char *root)
{
	struct statfs status;

	if (statfs(arena_printf(arena, "%s/sys/fs/cgroup", root), &status) != 0)
		return CGROUP_NONE;
	if (status.f_type == CGROUP2_SUPER_MAGIC)
		return CGROUP_V2;
	if (statfs(arena_printf(arena, "%s/sys/fs/cgroup/unified", root), &status) == 0 && status.f_type == CGROUP2_SUPER_MAGIC)
		return CGROUP_HYBRID;
	return CGROUP_V1;
}

void host_read_cgroup(struct arena *arena, struct host_facts *facts, const char *root)
{
	facts->cgroup = cgroup_version(arena, root);
	if (facts->cgroup == CGROUP_V2)
		read_v2(arena, facts, root);
	else if (facts->cgroup != CGROUP_NONE)
		read_v1(arena, facts, root);
	if (facts->cgroup == CGROUP_V1 && !facts->has_memory && !facts->has_cpu && !facts->has_pids)
		facts->cgroup = CGROUP_NONE;
}
