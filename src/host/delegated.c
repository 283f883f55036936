/*
 * delegated: the cgroup that hardrun runs in, where an ordinary user may make others below it. Nobody else's will do: a limit
 * holds only for what lies below. Source: cgroups(7), Documentation/admin-guide/cgroup-v2.rst "Delegation".
 */
#include "host_internal.h"

#include <string.h>

/* Where a v2 hardrun moves itself to, so that the cgroup above may hand on its controllers. */
#define SIDE_GROUP "/hardrun-callers"

static const struct { enum host_controller controller; const char *v1, *v2; } controllers[HOST_CONTROLLER_COUNT] = {
	{ HOST_CONTROLLER_MEMORY, "memory", "memory" }, { HOST_CONTROLLER_CPU, "cpu", "cpu" },
	{ HOST_CONTROLLER_PIDS, "pids", "pids" },       { HOST_CONTROLLER_CPUSET, "cpuset", "cpuset" },
	{ HOST_CONTROLLER_BLKIO, "blkio", "io" },
};

static bool has_word(const char *words, const char *separators, const char *wanted)
{
	while (*words != '\0') {
		size_t length = strcspn(words, separators);

		if (strlen(wanted) == length && memcmp(words, wanted, length) == 0)
			return true;
		words += length;
		words += strspn(words, separators);
	}
	return false;
}

/* Where the hierarchy of a v1 controller is mounted: "cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0". */
static const char *find_v1_mount(struct arena *arena, const char *mounts, const char *controller)
{
	char *cursor = arena_strdup(arena, mounts), *line;

	while ((line = strsep(&cursor, "\n")) != NULL) {
		const char *fields[4] = { 0 };

		for (size_t i = 0; i < ARRAY_COUNT(fields); i++)
			fields[i] = strsep(&line, " ");
		if (fields[3] != NULL && strcmp(fields[2], "cgroup") == 0 && has_word(fields[3], ",", controller))
			return fields[1];
	}
	return NULL;
}

/* Our path in the hierarchy of ${controller} ("" for version 2): "4:cpu,cpuacct:/x", "0::/x". "" is the root of it. */
static const char *find_own_path(struct arena *arena, const char *own, const char *controller)
{
	char *cursor = arena_strdup(arena, own), *line;

	while ((line = strsep(&cursor, "\n")) != NULL) {
		const char *number = strsep(&line, ":"), *names = strsep(&line, ":");

		if (number == NULL || line == NULL || (names[0] != '\0' ? !has_word(names, ",", controller) : controller[0] != '\0'))
			continue;
		/* "/.." is what a cgroup namespace shows of what lies outside of it. */
		return path_is_clean(line) ? (strcmp(line, "/") == 0 ? "" : line) : NULL;
	}
	return NULL;
}

static bool is_writable(struct arena *arena, const char *root, const char *directory, const char *file)
{
	return access(arena_printf(arena, "%s%s", root, directory), W_OK | X_OK) == 0 &&
	       access(arena_printf(arena, "%s%s/%s", root, directory, file), W_OK) == 0;
}

static void read_v1(struct arena *arena, struct host_rootless *rootless, const char *root, const char *own)
{
	const char *mounts = host_read_text(arena, arena_printf(arena, "%s/proc/self/mounts", root));

	for (size_t i = 0; mounts != NULL && i < ARRAY_COUNT(controllers); i++) {
		const char *place = find_v1_mount(arena, mounts, controllers[i].v1);
		const char *path = find_own_path(arena, own, controllers[i].v1);
		const char *directory = place != NULL && path != NULL ? arena_printf(arena, "%s%s", place, path) : NULL;

		if (directory != NULL && is_writable(arena, root, directory, "cgroup.procs"))
			rootless->cgroups[controllers[i].controller] = directory;
	}
}

static void read_v2(struct arena *arena, struct host_rootless *rootless, const char *root, const char *own)
{
	const char *path = find_own_path(arena, own, ""), *directory, *names;
	size_t length = path != NULL ? strlen(path) : 0, side = strlen(SIDE_GROUP);

	if (path == NULL)
		return;
	if (length >= side && strcmp(path + length - side, SIDE_GROUP) == 0)
		path = arena_strndup(arena, path, length - side);
	directory = arena_printf(arena, "/sys/fs/cgroup%s", path);
	names = host_read_text(arena, arena_printf(arena, "%s%s/cgroup.controllers", root, directory));
	if (names == NULL || !is_writable(arena, root, directory, "cgroup.procs") ||
	    !is_writable(arena, root, directory, "cgroup.subtree_control"))
		return;
	for (size_t i = 0; i < ARRAY_COUNT(controllers); i++)
		if (has_word(names, " \n", controllers[i].v2))
			rootless->cgroups[controllers[i].controller] = directory;
}

static const char *lacking(struct arena *arena, const struct host_rootless *rootless)
{
	static const enum host_controller needed[] = { HOST_CONTROLLER_MEMORY, HOST_CONTROLLER_CPU, HOST_CONTROLLER_PIDS };
	struct text names;

	text_init(&names, arena);
	for (size_t i = 0; i < ARRAY_COUNT(needed); i++)
		if (rootless->cgroups[needed[i]] == NULL)
			text_addf(&names, "%s%s", names.length > 0 ? ", " : "", controllers[needed[i]].v1);
	return names.length > 0 ? names.data : NULL;
}

void host_read_delegated(struct arena *arena, const struct host_facts *facts, struct host_rootless *rootless, const char *root)
{
	const char *own = host_read_text(arena, arena_printf(arena, "%s/proc/self/cgroup", root));
	const char *names;

	if (own != NULL && facts->cgroup == CGROUP_V2)
		read_v2(arena, rootless, root, own);
	else if (own != NULL && facts->cgroup != CGROUP_NONE)
		read_v1(arena, rootless, root, own);
	names = lacking(arena, rootless);
	if (names == NULL)
		return;
	rootless->cgroup_problem =
		arena_printf(arena, "the cgroup that you are in is not yours to divide (%s), so that no limit would hold", names);
	rootless->cgroup_remedy = facts->cgroup == CGROUP_V2
					  ? "systemd-run --user --scope -p Delegate=yes hardrun ..., or sudo where there is a ceiling"
					  : "let root give you one in each of these hierarchies (see ROOTLESS in hardrun(1)), or sudo where "
					    "there is a ceiling";
}
