/* A container's own directory: made, locked for life, and removed whatever happened. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "own_network.h"
#include "rootless.h"

enum { ID_LENGTH_MAX = 128 };

/* The grammar of docker's names; what is more, it can never be ".", ".." or a path. */
bool bundle_name_is_sane(const char *id)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	static const char others[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

	return id && *id && strchr(letters, *id) && strlen(id) <= ID_LENGTH_MAX && id[strspn(id, others)] == '\0';
}

int bundle_init(struct container *container, struct arena *arena, const struct launch *launch, struct error *err)
{
	const char *id = launch->container_id;

	*container = (struct container){
		.arena = arena, .launch = launch, .id = id, .base_fd = -1, .list_fd = -1, .dir_fd = -1, .watch_fd = -1,
		.cidfile = CIDFILE_NONE, .signal_fd = -1, .listen_fd = -1, .container_end = {-1, -1, -1}, .our_end = {-1, -1, -1},
		.report = {-1, -1}, .failure_status = LAUNCH_STATUS_REFUSED, .listening = LISTENING_NONE,
		.notify = NOTIFY_NONE, .network_ready = -1, .network_leave = -1, .network_said = -1, .space = {.user = -1, .network = -1},
	};
	if (!bundle_name_is_sane(id))
		return error_set(err, arena, ERROR_USAGE, "the name %s cannot be used for a container",
				 string_printable(arena, id ? id : "", 80));
	if (!launch->facts->runtime_dir)
		return error_set(err, arena, ERROR_MISSING, "there is no directory for running containers");
	container->runtime_dir = launch->facts->runtime_dir;
	container->runtime = host_backend_name(launch->backend);
	container->dir = backend_container_dir(arena, container->runtime_dir, id);
	container->cgroup = backend_container_cgroup(arena, launch->facts, id);
	return 0;
}

static int fail(struct container *container, struct error *err, const char *what)
{
	int saved = errno;

	return error_set(err, container->arena, ERROR_SYSTEM, "%s %s: %s", what, container->dir, strerror(saved));
}

int bundle_open(struct container *container, struct error *err)
{
	struct arena *arena = container->arena;

	container->base_fd = descriptors_make_directory(arena, container->runtime_dir, err);
	if (container->base_fd < 0)
		return -(int)err->kind;
	container->list_fd = descriptors_make_directory(arena, arena_printf(arena, "%s/containers", container->runtime_dir), err);
	return container->list_fd < 0 ? -(int)err->kind : 0;
}

/* Makes the directory and takes its lock while no sweeper looks: to a sweeper an unlocked directory is a dead container's. */
static int claim(struct container *container, struct error *err)
{
	CLOSE_FD int list_lock = lock_open(container->arena, container->base_fd, "containers.lock", LOCK_SECONDS, err);
	int result;

	if (list_lock < 0)
		return -(int)err->kind;
	result = mkdirat(container->list_fd, container->id, 0700) == 0 ? 0 : errno;
	if (result == EEXIST && sweep_one(container->arena, container->base_fd, container->list_fd, container->id))
		result = mkdirat(container->list_fd, container->id, 0700) == 0 ? 0 : errno;
	if (result == EEXIST) {
		(void)error_set(err, container->arena, ERROR_USAGE, "the container name %s is in use", container->id);
		err->remedy = "give it another --name, or stop the one that runs";
		return -(int)err->kind;
	}
	errno = result;
	if (result != 0)
		return fail(container, err, "no directory");
	container->dir_fd = openat(container->list_fd, container->id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (container->dir_fd >= 0 && flock(container->dir_fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	result = fail(container, err, "no lock for");
	(void)unlinkat(container->list_fd, container->id, AT_REMOVEDIR);
	descriptors_close(&container->dir_fd);
	return result;
}

static int write_cidfile(struct container *container, struct error *err)
{
	const struct launch *launch = container->launch;
	int result = cidfile_make(container->arena, launch->facts, launch->plan->cidfile, &container->cidfile, err);

	if (result == 0)
		result = watch_hand_cidfile(container, err);
	if (result < 0 || cidfile_write(&container->cidfile, container->id))
		return result;
	result = fail(container, err, "the container id file cannot be written for");
	cidfile_remove(container->arena, &container->cidfile);
	return result;
}

static bool has_sources(const struct plan *plan)
{
	for (size_t i = 0; i < plan->mount_count; i++)
		if (plan->mounts[i].type != PLAN_TMPFS)
			return true;
	return false;
}

static int fill(struct container *container, struct error *err)
{
	const char *json = container->launch->config_json;

	if (mkdirat(container->dir_fd, "rootfs", 0755) < 0 ||
	    (has_sources(container->launch->plan) && mkdirat(container->dir_fd, "mounts", 0700) < 0))
		return fail(container, err, "no directory in");
	/* Before anybody can ask for the output of this one: an older one's is not its own. */
	if (container->launch->facts->state_dir)
		log_forget(container->arena, arena_printf(container->arena, "%s/logs", container->launch->facts->state_dir),
			   container->id);
	if (!local_write_caller(container))
		return fail(container, err, "whose it is cannot be written in");
	if (!own_network_write(container))
		return fail(container, err, "resolv.conf and hosts cannot be written in");
	if (!descriptors_write_file(container->dir_fd, "config.json", json, strlen(json)))
		return fail(container, err, "config.json cannot be written in");
	if (mkdirat(container->base_fd, container->runtime, 0700) < 0 && errno != EEXIST)
		return fail(container, err, "no directory for the runtime's state beside");
	return container->launch->plan->cidfile ? write_cidfile(container, err) : 0;
}

int bundle_make(struct container *container, struct error *err)
{
	int result = claim(container, err);

	if (result == 0)
		result = watch_hand_directory(container, err);
	if (result == 0)
		result = fill(container, err);
	return result;
}

void bundle_keep_cidfile(struct container *container)
{
	cidfile_close(&container->cidfile);
}

void bundle_discard(struct container *container)
{
	CLOSE_FD int states = -1;

	if (container->dir_fd >= 0) {
		limits_discard(container);
		states = openat(container->base_fd, container->runtime, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (states >= 0)
			(void)remove_tree(states, container->id);
		(void)remove_tree(container->list_fd, container->id);
		/* Only that of a container that never ran is still ours. */
		cidfile_remove(container->arena, &container->cidfile);
	}
	watch_end(container);
	descriptors_close(&container->dir_fd);
	descriptors_close(&container->list_fd);
	descriptors_close(&container->base_fd);
}
