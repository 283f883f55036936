/*
 * The limits of an ordinary user's container. The runtimes leave them out without a word where they may not set them, so we make
 * the cgroups, write the limits, read them back, and start the runtime inside; likewise for runsc, which does not start where
 * versions 1 and 2 stand side by side unless it leaves cgroups alone. For root crun and runc do it well, but must be told to stay
 * in the unit of systemd's that hardrun was started for.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "rootless.h"

#define NOTE "cgroups"               /* in the container's directory: where its cgroups are, one directory a line */
#define SIDE_GROUP "hardrun-callers" /* version 2: src/host/delegated.c */

enum { VALUE_BYTES = 256, NOTE_BYTES_MAX = 16384, PLACE_ROUNDS = 500, PLACE_PAUSE_NANOSECONDS = 1000000 };

/* An ordinary user's, and those of runsc, which is told to leave them alone: see SECURITY.md. */
static bool are_ours(const struct launch *launch)
{
	return !launch->facts->is_root || launch->backend == BACKEND_RUNSC;
}

/* "hardrun-<id>" */
static const char *group_name(const struct container *container)
{
	return backend_cgroup_path(container->arena, container->id) + 1;
}

/* The cgroup of version 2 that is to be divided, as a directory; NULL: none. */
static const char *divided(struct arena *arena, const struct host_facts *facts)
{
	const char *unit = backend_unit_cgroup(facts);

	if (unit != NULL)
		return arena_printf(arena, CGROUP_ROOT "%s", unit);
	if (facts->cgroup != CGROUP_V2 || (facts->is_root && facts->backend != BACKEND_RUNSC))
		return NULL;
	return facts->is_root ? CGROUP_ROOT : facts->rootless->cgroups[HOST_CONTROLLER_MEMORY];
}

/* Of version 1, whose hierarchies bear them. */
static const char *const controller_names[HOST_CONTROLLER_COUNT] = {
	[HOST_CONTROLLER_MEMORY] = "memory", [HOST_CONTROLLER_CPU] = "cpu", [HOST_CONTROLLER_PIDS] = "pids",
	[HOST_CONTROLLER_CPUSET] = "cpuset", [HOST_CONTROLLER_BLKIO] = "blkio",
};

/* The cgroup in which the container's own of ${controller} is to be; NULL: there is none. */
static const char *parent_of(const struct container *container, enum host_controller controller)
{
	const struct host_facts *facts = container->launch->facts;

	if (!facts->is_root)
		return facts->rootless->cgroups[controller];
	if (facts->cgroup == CGROUP_V2)
		return divided(container->arena, facts);
	return arena_printf(container->arena, CGROUP_ROOT "/%s", controller_names[controller]);
}

/* The distinct parents of the container's cgroups, of the controllers that ${limits} use. */
static struct string_list parents_of(const struct container *container, const struct limit *limits, size_t count)
{
	struct string_list parents = {0};

	for (size_t i = 0; i < count; i++) {
		const char *parent = parent_of(container, limits[i].controller);

		if (parent != NULL && !string_list_has(&parents, parent))
			string_list_add(container->arena, &parents, parent);
	}
	return parents;
}

static int open_group(const struct container *container, const char *parent)
{
	const char *path = arena_printf(container->arena, "%s/%s", parent, group_name(container));

	return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static bool write_value(int group, const char *file, const char *value)
{
	CLOSE_FD int fd = openat(group, file, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);

	return fd >= 0 && descriptors_write(fd, value, strlen(value));
}

static int refuse_limit(const struct container *container, const struct limit *limit, const char *why, struct error *err)
{
	return error_set(err, container->arena, ERROR_UNSUPPORTED, "the limit %s cannot be set to %s for the container: %s", limit->file,
			 limit->value, why);
}

/* Does the kernel show what was asked for? */
static int check_limit(const struct container *container, int group, const struct limit *limit, struct error *err)
{
	struct arena *arena = container->arena;
	char said[VALUE_BYTES];

	if (descriptors_read_small(group, limit->file, said, sizeof(said)) == NULL)
		return refuse_limit(container, limit, strerror(errno), err);
	said[strcspn(said, "\n")] = '\0';
	if (limits_hold(limit, said))
		return 0;
	return refuse_limit(container, limit, arena_printf(arena, "it is %s", string_printable(arena, said, 40)), err);
}

static const struct limit *limit_here(int group, const struct limit *limit)
{
	return limit->instead == NULL || faccessat(group, limit->file, F_OK, 0) == 0 ? limit : limit->instead;
}

static int set_limits(const struct container *container, const struct limit *limits, size_t count, bool is_written,
		      struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		const char *parent = parent_of(container, limits[i].controller);
		CLOSE_FD int group = parent != NULL ? open_group(container, parent) : -1;
		const struct limit *limit = limit_here(group, &limits[i]);
		int result;

		if (group < 0)
			return refuse_limit(container, limit, "there is no cgroup for it", err);
		if (is_written && !write_value(group, limit->file, limit->value))
			return refuse_limit(container, limit, strerror(errno), err);
		result = check_limit(container, group, limit, err);
		if (result < 0)
			return result;
	}
	return 0;
}

/* A new v1 cpuset is empty, and nothing can be put into it before it has processors and memory. */
static void fill_cpuset(const struct container *container, const char *parent)
{
	static const char *const files[] = {"cpuset.cpus", "cpuset.mems"};
	CLOSE_FD int above = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC), group = open_group(container, parent);
	char value[VALUE_BYTES];

	for (size_t i = 0; i < ARRAY_COUNT(files); i++)
		if (descriptors_read_small(above, files[i], value, sizeof(value)) != NULL)
			(void)write_value(group, files[i], value);
}

/* Outside of its unit the container would be under none of its limits, and systemctl would not reach it. */
static int refuse_unit(struct arena *arena, const struct host_facts *facts, struct error *err)
{
	(void)error_set(err, arena, ERROR_UNSUPPORTED,
			"%s does not let hardrun divide its cgroup: its container would be outside of the unit's limits, and nothing that stops "
			"the unit would stop it", facts->unit->name);
	err->remedy = "add Delegate=yes to its [Service] section, then systemctl daemon-reload";
	return -(int)err->kind;
}

static const char *remedy_of(const struct host_facts *facts)
{
	return facts->unit != NULL ? "leave nothing else in that unit: no ExecStartPre= that stays, no shell around hardrun"
				   : "systemd-run --user --scope -p Delegate=yes hardrun ...";
}

/* Those that few plans need, and that few users are given: what lacks is found when a limit is set. */
static int hand_on_others(int group)
{
	(void)(group >= 0 && write_value(group, "cgroup.subtree_control", "+cpuset"));
	(void)(group >= 0 && write_value(group, "cgroup.subtree_control", "+io"));
	return 0;
}

/*
 * Version 2 hands controllers on only from a cgroup without processes: hardrun moves aside. When it does not help, others live
 * there too, and they are not ours to move.
 */
int limits_prepare(struct arena *arena, const struct host_facts *facts, struct error *err)
{
	const char *parent = divided(arena, facts);
	CLOSE_FD int above = parent != NULL ? open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1, aside = -1;
	const char *words = "+memory +cpu +pids";

	if (backend_unit_cgroup(facts) != NULL && !facts->unit->is_delegated)
		return refuse_unit(arena, facts, err);
	if (parent == NULL || write_value(above, "cgroup.subtree_control", words))
		return hand_on_others(above);
	if (errno == EBUSY && (mkdirat(above, SIDE_GROUP, 0755) == 0 || errno == EEXIST)) {
		aside = openat(above, SIDE_GROUP, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (write_value(aside, "cgroup.procs", "0") && write_value(above, "cgroup.subtree_control", words))
			return hand_on_others(above);
	}
	(void)error_set(err, arena, ERROR_UNSUPPORTED, "the cgroup %s cannot hand on its controllers: %s", parent,
			errno == EBUSY ? "other processes are in it" : strerror(errno));
	err->remedy = remedy_of(facts);
	return -(int)err->kind;
}

static int make_group(const struct container *container, const char *parent, struct error *err)
{
	const struct host_facts *facts = container->launch->facts;
	const char *path = arena_printf(container->arena, "%s/%s", parent, group_name(container));
	const char *cpuset = parent_of(container, HOST_CONTROLLER_CPUSET);

	if (mkdir(path, 0755) < 0)
		return error_set(err, container->arena, ERROR_SYSTEM, "the cgroup %s cannot be made: %s", path, strerror(errno));
	if (facts->cgroup != CGROUP_V2 && cpuset != NULL && strcmp(cpuset, parent) == 0)
		fill_cpuset(container, parent);
	return 0;
}

/* Before they are there: whoever finds the container dead finds them too. */
static int note_places(const struct container *container, const struct string_list *parents, struct error *err)
{
	struct text text;

	text_init(&text, container->arena);
	for (size_t i = 0; i < parents->count; i++)
		text_addf(&text, "%s\n", parents->items[i]);
	if (descriptors_write_file(container->dir_fd, NOTE, text.data, text.length))
		return 0;
	return error_set(err, container->arena, ERROR_SYSTEM, "the cgroups cannot be noted in %s: %s", container->dir, strerror(errno));
}

int limits_make(const struct container *container, struct error *err)
{
	const struct host_facts *facts = container->launch->facts;
	struct limit *limits;
	struct string_list parents = {0};
	size_t count;
	int result;

	if (!are_ours(container->launch) && backend_unit_cgroup(facts) != NULL)
		string_list_add(container->arena, &parents, divided(container->arena, facts));
	if (!are_ours(container->launch))
		return parents.count > 0 ? note_places(container, &parents, err) : 0;
	count = limits_of_plan(container->arena, container->launch->plan, facts, &limits);
	parents = parents_of(container, limits, count);
	result = note_places(container, &parents, err);
	for (size_t i = 0; result == 0 && i < parents.count; i++)
		result = make_group(container, parents.items[i], err);
	return result == 0 ? set_limits(container, limits, count, true, err) : result;
}

/* runc goes there by itself on version 2, and refuses a cgroup that is not empty. */
static bool is_runtimes_business(const struct container *container)
{
	return !are_ours(container->launch) ||
	       (container->launch->facts->cgroup == CGROUP_V2 && container->launch->backend == BACKEND_RUNC);
}

bool limits_join(const struct container *container)
{
	struct limit *limits;
	size_t count;
	struct string_list parents;

	if (is_runtimes_business(container))
		return true;
	count = limits_of_plan(container->arena, container->launch->plan, container->launch->facts, &limits);
	parents = parents_of(container, limits, count);
	for (size_t i = 0; i < parents.count; i++) {
		CLOSE_FD int group = open_group(container, parents.items[i]);

		if (group < 0 || !write_value(group, "cgroup.procs", "0"))
			return false;
	}
	return true;
}

/* "4:cpu,cpuacct:/ann/hardrun-x/x": is ${name} among the names, and ${group} part of the path? Version 2 has no names. */
static bool line_shows(char *line, const char *name, const char *group)
{
	const char *number = strsep(&line, ":");
	char *names = strsep(&line, ":"), *word;
	bool is_named = names != NULL && *names == '\0' && name == NULL;

	if (number == NULL || line == NULL)
		return false;
	while (name != NULL && (word = strsep(&names, ",")) != NULL)
		is_named = is_named || strcmp(word, name) == 0;
	while (is_named && (word = strsep(&line, "/")) != NULL)
		if (strcmp(word, group) == 0)
			return true;
	return false;
}

/* Is the container's first process in the cgroup that we made for ${name}? */
static bool is_in_group(const struct container *container, const char *text, const char *name)
{
	char *cursor = arena_strdup(container->arena, text), *line;

	while ((line = strsep(&cursor, "\n")) != NULL)
		if (line_shows(line, name, group_name(container)))
			return true;
	return false;
}

static bool is_in_groups(const struct container *container, const char *text)
{
	static const char *const names[] = {"memory", "cpu", "pids"};

	if (container->launch->facts->cgroup == CGROUP_V2)
		return is_in_group(container, text, NULL);
	for (size_t i = 0; i < ARRAY_COUNT(names); i++)
		if (!is_in_group(container, text, names[i]))
			return false;
	return true;
}

/* One that has ended is in no cgroup any more. */
static bool has_ended(pid_t pid)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
}

/* A process that is about to end has left its cgroups a moment before it has ended: then there is nothing more to look at. */
static bool is_in_place(const struct container *container, bool *ret_is_over)
{
	const struct timespec pause = {.tv_nsec = PLACE_PAUSE_NANOSECONDS};
	const char *path = arena_printf(container->arena, "/proc/%d/cgroup", (int)container->init_pid);
	char text[4096];

	for (unsigned round = 0; round < PLACE_ROUNDS; round++) {
		*ret_is_over = has_ended(container->init_pid);
		if (*ret_is_over || (descriptors_read_small(AT_FDCWD, path, text, sizeof(text)) && is_in_groups(container, text)))
			return true;
		(void)nanosleep(&pause, NULL);
	}
	return false;
}

int limits_check(const struct container *container, struct error *err)
{
	const struct host_facts *facts = container->launch->facts;
	struct limit *limits;
	bool is_over;
	size_t count;

	if (!are_ours(container->launch) && backend_unit_cgroup(facts) == NULL)
		return 0;
	if (!is_in_place(container, &is_over)) {
		(void)kill(container->init_pid, SIGKILL);
		return error_set(err, container->arena, ERROR_SYSTEM, "%s has put the container outside of its limits", container->runtime);
	}
	if (!are_ours(container->launch) || is_over)
		return 0;
	count = limits_of_plan(container->arena, container->launch->plan, facts, &limits);
	return set_limits(container, limits, count, false, err);
}

/* Where the container itself is, as a directory: on version 2 no process can be where the groups of others are. NULL: unknown. */
static const char *inner_group(const struct container *container, enum host_controller controller)
{
	struct arena *arena = container->arena;
	char text[4096];

	if (container->launch->facts->cgroup != CGROUP_V2 && !are_ours(container->launch))
		return arena_printf(arena, CGROUP_ROOT "/%s%s", controller_names[controller], container->cgroup);
	if (container->launch->facts->cgroup != CGROUP_V2) {
		const char *parent = parent_of(container, controller);

		return parent != NULL ? arena_printf(arena, "%s/%s", parent, group_name(container)) : NULL;
	}
	if (!descriptors_read_small(AT_FDCWD, arena_printf(arena, "/proc/%d/cgroup", (int)container->init_pid), text, sizeof(text)) ||
	    strncmp(text, "0::/", 4) != 0)
		return NULL;
	text[strcspn(text, "\n")] = '\0';
	return arena_printf(arena, CGROUP_ROOT "%s", text + 3);
}

bool limits_take(const struct container *container, pid_t pid)
{
	static const enum host_controller controllers[] = {HOST_CONTROLLER_MEMORY, HOST_CONTROLLER_CPU, HOST_CONTROLLER_PIDS};

	for (size_t i = 0; i < ARRAY_COUNT(controllers); i++) {
		const char *path = inner_group(container, controllers[i]);
		CLOSE_FD int group = path != NULL ? open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;

		if (group < 0 || !write_value(group, "cgroup.procs", arena_printf(container->arena, "%d", (int)pid)))
			return false;
	}
	return true;
}

bool limits_discard_noted(struct arena *arena, int dir, const char *id)
{
	char *places = descriptors_read_file(arena, dir, NOTE, NOTE_BYTES_MAX), *place;
	const bool is_noted = places != NULL;

	while ((place = strsep(&places, "\n")) != NULL)
		if (*place != '\0')
			(void)cgroup_discard_below(place, backend_cgroup_path(arena, id));
	return is_noted;
}

/* By what we know: the note may be gone with everything else. */
void limits_discard(const struct container *container)
{
	const struct host_facts *facts = container->launch->facts;
	const char *path = container->cgroup;

	if (facts->is_root)
		(void)cgroup_discard(CGROUP_ROOT, path);
	for (size_t i = 0; !facts->is_root && i < HOST_CONTROLLER_COUNT; i++)
		if (facts->rootless->cgroups[i] != NULL)
			(void)cgroup_discard_below(facts->rootless->cgroups[i], path);
}
