/*
 * The runtime's own view of the file system. The trees that were judged are opened without following a link, compared with
 * what was judged, and bound from their descriptors in a mount namespace that only the runtime inherits: no path is looked up
 * twice, and every mount disappears with the last process that sees it.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>

#include <cap-ng.h>

#include "own_filters.h"
#include "own_network.h"
#include "own_space.h"
#include "rootless.h"

#define UNIFIED CGROUP_ROOT "/unified"

/* Says why on the report pipe, as the sentence that hardrun will print, and ends. */
static _Noreturn void give_up(const struct container *container, const char *what, const char *path)
{
	const char *text = arena_printf(container->arena, "%s %s: %s", what, path, strerror(errno));

	(void)descriptors_write(container->report[1], text, strlen(text));
	_exit(LAUNCH_STATUS_REFUSED);
}

static const char *descriptor_path(const struct container *container, int fd)
{
	return arena_printf(container->arena, "/proc/self/fd/%d", fd);
}

/* What a user namespace brought along cannot be taken out of sight, only covered. */
static bool hide_unified(const struct container *container)
{
	if (container->launch->facts->is_root)
		return umount2(UNIFIED, MNT_DETACH) == 0 || errno == EINVAL || errno == ENOENT;
	return mount("tmpfs", UNIFIED, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=4k") == 0;
}

static void enter(const struct container *container)
{
	if (unshare(CLONE_NEWNS) < 0)
		give_up(container, "no mount namespace for", container->id);
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		give_up(container, "mounts cannot be kept private in", "/");
	/* crun refuses a v2 tree beside v1 controllers; without it in sight it uses the v1 ones, and applies the limits. */
	if (container->launch->backend == BACKEND_CRUN && container->launch->facts->cgroup == CGROUP_HYBRID &&
	    !hide_unified(container))
		give_up(container, "cannot hide", UNIFIED);
}

/*
 * An ordinary user's mounts, and those for runsc, get their options here, and all that lies below: in the container's own user
 * namespace they cannot be taken off, and a runtime that tried to add some there would meet EPERM where the file system itself
 * has others.
 */
static void restrict_mount(const struct container *container, const char *place, uint64_t flags)
{
	struct mount_attr attributes = {.attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | flags};

	if (container->launch->facts->is_root && !container->launch->plan->is_sandboxed)
		return;
	if (mount_setattr(AT_FDCWD, place, AT_RECURSIVE, &attributes, sizeof(attributes)) < 0)
		give_up(container, "cannot restrict the mount at", place);
}

/*
 * A descriptor from before the namespace was entered shows mounts of another one, which cannot be bound: it is opened anew,
 * without links, and compared. The one that is held keeps its inode from being another's meanwhile.
 */
static struct launch fresh_launch(const struct container *container)
{
	struct launch launch = *container->launch;

	launch.source_fds = NULL;
	launch.rootfs_fd = NULL;
	return launch;
}

/* A mount inside another: on the place that is there now, whatever its name will lead to a moment later. */
static void stage_inside(const struct container *container, size_t index, size_t around, int source)
{
	const struct plan_mount *mounts = container->launch->plan->mounts;
	const struct plan_mount *bind = &mounts[index];
	const char *place = backend_stage_path(container->arena, container->runtime_dir, container->id, around);
	const struct staging_spot spot = {place, bind->target + strlen(mounts[around].target)};
	CLOSE_FD int target = inside_open(container->arena, &spot, bind->type == PLAN_VOLUME || bind->is_directory,
					  !container->launch->is_guarded);

	if (target < 0)
		give_up(container, "nothing to mount on, or a link on the way, inside the mount around", bind->target);
	if (!inside_mount(source, target, bind->is_read_only))
		give_up(container, "cannot mount", bind->source);
}

static void stage_bind(const struct container *container, size_t index, const struct plan_mount *bind)
{
	const char *place = backend_stage_path(container->arena, container->runtime_dir, container->id, index);
	const struct launch launch = fresh_launch(container);
	CLOSE_FD int fd = bind->type == PLAN_VOLUME ? oci_volumes_open(container, bind) : sources_open(&launch, index);
	const bool is_directory = bind->type == PLAN_VOLUME || bind->is_directory;
	const size_t around = backend_mount_around(container->arena, launch.plan, launch.facts, index);
	int made;

	if (fd < 0)
		give_up(container, errno == ESTALE ? "has been replaced since it was judged:" : "cannot open what is to be mounted,",
			bind->source);
	if (around != SIZE_MAX) {
		stage_inside(container, index, around, fd);
		return;
	}
	made = is_directory ? mkdir(place, 0700) : open(place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (made < 0)
		give_up(container, "cannot make", place);
	if (!is_directory)
		(void)close(made);
	/* With what is mounted below, as docker has it; config.json says whether the container sees that. */
	if (mount(descriptor_path(container, fd), place, NULL, MS_BIND | MS_REC, NULL) < 0)
		give_up(container, "cannot mount", bind->source);
	restrict_mount(container, place, bind->is_read_only ? MOUNT_ATTR_RDONLY : 0);
}

/* Opens the container's tree; a --rootfs must still be the directory that was judged. */
static int open_tree_root(const struct container *container)
{
	const struct launch launch = fresh_launch(container);
	int fd = sources_open_rootfs(&launch);

	if (fd < 0)
		give_up(container, errno == ESTALE ? "has been replaced since it was judged:" : "cannot open the root file system",
			container->launch->plan->image_rootfs);
	return fd;
}

/* What the container may write over a read-only tree is bounded: the mount points, or the memory limit where / is writable. */
static int64_t overlay_bytes(const struct plan *plan)
{
	return plan->is_read_only ? INT64_C(1) << 20 : plan->memory_bytes;
}

static void mount_overlay(const struct container *container, int lower, const char *rootfs)
{
	struct arena *arena = container->arena;
	const char *layer = arena_printf(arena, "%s/overlay", container->dir);
	const char *upper = arena_printf(arena, "%s/upper", layer);
	const char *work = arena_printf(arena, "%s/work", layer);
	const char *size = arena_printf(arena, "mode=0700,size=%lld", (long long)overlay_bytes(container->launch->plan));
	const bool is_root = container->launch->facts->is_root;
	const bool has_known_owner = is_root || container->launch->plan->image.kind != IMAGE_ROOTFS;
	struct stat status;

	if (mkdir(layer, 0700) < 0 || mount("tmpfs", layer, "tmpfs", MS_NOSUID | MS_NODEV, size) < 0)
		give_up(container, "cannot mount a layer on", layer);
	/* The root of the merged tree shows the mode and owner of the upper one; that of an ordinary user's --rootfs may be unknown. */
	if (fstat(lower, &status) < 0 || mkdir(upper, 0700) < 0 || mkdir(work, 0700) < 0 ||
	    (has_known_owner && chown(upper, status.st_uid, status.st_gid) < 0) || chmod(upper, status.st_mode & 07777) < 0)
		give_up(container, "cannot prepare a layer in", layer);
	if (mount("overlay", rootfs, "overlay", MS_NODEV,
		  arena_printf(arena, "lowerdir=/proc/self/fd/%d,upperdir=%s,workdir=%s%s", lower, upper, work,
			       is_root ? "" : ",userxattr")) < 0)
		give_up(container, "cannot lay a writable layer over", container->launch->plan->image_rootfs);
}

static void place_rootfs(const struct container *container)
{
	const char *rootfs = backend_rootfs_path(container->arena, container->runtime_dir, container->id);
	CLOSE_FD int lower = open_tree_root(container);
	CLOSE_FD int readable = openat(lower, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (readable < 0)
		give_up(container, "cannot read the root file system", container->launch->plan->image_rootfs);
	if (!targets_all_exist(container->launch, readable))
		mount_overlay(container, lower, rootfs);
	else if (mount(descriptor_path(container, lower), rootfs, NULL, MS_BIND, NULL) < 0)
		give_up(container, "cannot mount the root file system", container->launch->plan->image_rootfs);
	restrict_mount(container, rootfs, 0);
}

static void place_secrets(const struct container *container)
{
	const char *failed = secrets_mount(container);

	if (failed != NULL)
		give_up(container, "the secrets cannot be handed over:", failed);
}

/* Written by us, and read by the container alone. */
static void place_names(const struct container *container)
{
	static const char *const names[] = {BACKEND_RESOLV_CONF, BACKEND_HOSTS};

	for (size_t i = 0; i < ARRAY_COUNT(names) && own_network_is_wanted(container->launch); i++) {
		const char *place = arena_printf(container->arena, "%s/%s", container->dir, names[i]);

		if (mount(place, place, NULL, MS_BIND, NULL) < 0)
			give_up(container, "cannot mount", place);
		restrict_mount(container, place, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC);
	}
	if (!own_space_place(container))
		give_up(container, "cannot mount the network of", container->id);
}

/* The sockets that systemd has opened stand where the runtime expects them, as they stood for us. */
static void keep_sockets(const struct container *container)
{
	const struct host_unit *unit = container->launch->facts->unit;

	for (unsigned i = 0; unit != NULL && i < unit->listen_count; i++)
		if (fcntl(LAUNCH_LISTEN_FD + (int)i, F_SETFD, 0) < 0)
			give_up(container, "the sockets of the unit are gone:", container->id);
}

static void set_standard_descriptors(const struct container *container)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd <= 2; fd++)
		if (dup2(container->container_end[fd] >= 0 ? container->container_end[fd] : null, fd) < 0)
			give_up(container, "no standard descriptors for", container->id);
}

/* runsc puts files there, and not a directory of the container's name: it gets one to itself. */
static const char *state_dir(const struct container *container)
{
	const char *dir = arena_printf(container->arena, "%s/%s", container->runtime_dir, container->runtime);

	return container->launch->backend == BACKEND_RUNSC ? arena_printf(container->arena, "%s/%s", dir, container->id) : dir;
}

struct string_list namespace_runtime_words(const struct container *container)
{
	struct arena *arena = container->arena;
	/* An ordinary user's crun is in the container's cgroups already, and stays there. */
	const bool is_left_alone = !container->launch->facts->is_root && container->launch->backend == BACKEND_CRUN;
	const bool is_sandbox = container->launch->backend == BACKEND_RUNSC;
	struct string_list words = {0};
	const char *const globals[] = {
		container->launch->program, "--root", state_dir(container),
		"--log", arena_printf(arena, "%s/runtime.log", container->dir), "--log-format", "json",
		is_left_alone ? "--cgroup-manager=disabled" : NULL,
		/* In the container's cgroups likewise; loopback alone; and the policy's filter is the guest's. */
		is_sandbox ? "--ignore-cgroups" : NULL, is_sandbox ? "--network=none" : NULL, is_sandbox ? "--oci-seccomp" : NULL,
	};

	for (size_t i = 0; i < ARRAY_COUNT(globals); i++)
		if (globals[i] != NULL)
			string_list_add(arena, &words, globals[i]);
	return words;
}

static const char *const *runtime_words(const struct container *container)
{
	struct arena *arena = container->arena;
	const struct host_unit *unit = container->launch->facts->unit;
	const bool is_only_made = own_network_is_wanted(container->launch);
	struct string_list words = namespace_runtime_words(container);
	const char *const verb[] = {
		is_only_made ? "create" : "run", is_only_made ? NULL : "--detach", "--bundle", container->dir,
		"--pid-file", arena_printf(arena, "%s/pid", container->dir),
	};

	for (size_t i = 0; i < ARRAY_COUNT(verb); i++)
		if (verb[i] != NULL)
			string_list_add(arena, &words, verb[i]);
	/* Relative: the path of a socket has at most 107 bytes, and we stand in the bundle. */
	if (container->listen_fd >= 0) {
		string_list_add(arena, &words, "--console-socket");
		string_list_add(arena, &words, "console.sock");
	}
	if (unit != NULL && unit->listen_count > 0) {
		string_list_add(arena, &words, "--preserve-fds");
		string_list_add(arena, &words, arena_printf(arena, "%u", unit->listen_count));
	}
	string_list_add(arena, &words, container->id);
	string_list_add(arena, &words, NULL);
	return words.items;
}

/*
 * Executes crun from a read-only view of its file, which nobody in a container can write through /proc/self/exe (CVE-2019-5736).
 * crun makes itself one otherwise, and then starts over: that is a tenth of its time. Returns when it cannot be had.
 */
static void execute_read_only(const char *const *words, const char *const *variables)
{
	struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};
	CLOSE_FD int view = open_tree(AT_FDCWD, words[0], OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (view >= 0 && mount_setattr(view, "", AT_EMPTY_PATH, &attributes, sizeof(attributes)) == 0)
		(void)execveat(view, "", (char *const *)(uintptr_t)words, (char *const *)(uintptr_t)variables, AT_EMPTY_PATH);
}

/*
 * runsc's file server does to files what the container asks for, as root: in root's group, or with this capability, a bit for
 * set-group-id would stay where the kernel takes it from the container's user, and be a program of that group's on this machine.
 */
static bool shed_groups(const struct container *container)
{
	const capng_type_t all = (capng_type_t)(CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_INHERITABLE | CAPNG_BOUNDING_SET);
	const struct confine_identity root = {.uid = 0, .gid = container->launch->plan->gid};

	capng_clear(CAPNG_SELECT_ALL);
	return confine_become(&root, false) && capng_get_caps_process() == 0 &&
	       capng_update(CAPNG_DROP, all, CAP_FSETID) == 0 && capng_apply(CAPNG_SELECT_BOTH) == 0;
}

/* What hardrun set for itself must not reach the container: signals, umask, our scheduling group. */
static void become_runtime(const struct container *container)
{
	const struct string_list *environment = &container->launch->environment;
	const char **variables = arena_alloc(container->arena, (environment->count + 1) * sizeof(*variables));
	const char *const *words = runtime_words(container);

	for (size_t i = 0; i < environment->count; i++)
		variables[i] = environment->items[i];
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGXFSZ, SIG_DFL);
	(void)sigprocmask(SIG_SETMASK, &container->caller_mask, NULL);
	guard_restore_stops(container->launch);
	(void)umask(022);
	if (chdir(container->dir) < 0)
		give_up(container, "cannot enter", container->dir);
	if (container->launch->backend == BACKEND_RUNSC && !shed_groups(container))
		give_up(container, "cannot give up root's groups for", words[0]);
	if (container->launch->backend == BACKEND_CRUN)
		execute_read_only(words, variables);
	(void)execve(words[0], (char *const *)(uintptr_t)words, (char *const *)(uintptr_t)variables);
	give_up(container, "cannot run", words[0]);
}

_Noreturn void namespace_exec_runtime(struct container *container)
{
	const struct plan *plan = container->launch->plan;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != container->supervisor_pid)
		_exit(LAUNCH_STATUS_REFUSED);
	/* Its own process group: a key on the terminal is for the container, by way of hardrun, not for the runtime at work. */
	(void)setpgid(0, 0);
	enter(container);
	for (size_t i = 0; i < plan->mount_count; i++)
		if (plan->mounts[i].type != PLAN_TMPFS)
			stage_bind(container, i, &plan->mounts[i]);
	place_rootfs(container);
	place_secrets(container);
	place_names(container);
	if (!limits_join(container))
		give_up(container, "cannot enter the cgroups of", container->id);
	set_standard_descriptors(container);
	keep_sockets(container);
	become_runtime(container);
	_exit(LAUNCH_STATUS_REFUSED);
}
