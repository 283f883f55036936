/*
 * backend: a plan rendered for an engine: docker's or podman's argv, or an OCI config.json. Pure: what must be written or
 * opened is described, and the launch room does it.
 */
#ifndef HARDRUN_BACKEND_H
#define HARDRUN_BACKEND_H

#include <hardrun/apparmor.h>
#include <hardrun/base.h>
#include <hardrun/plan.h>
#include <hardrun/profile.h>

/* The descriptor number at which a child finds the seccomp profile: seccomp=/proc/self/fd/3. */
#define BACKEND_PROFILE_FD 3
/* The same for the container's variables: --env-file /proc/self/fd/4. */
#define BACKEND_ENV_FD 4

/* How a container ended, for whoever keeps a record of it. */
enum launch_reason {
	LAUNCH_EXITED,      /* by itself: status is its own */
	LAUNCH_SIGNALED,    /* by ${signal} */
	LAUNCH_OOM,         /* the kernel ended it for want of memory */
	LAUNCH_NOT_STARTED, /* it never ran; status is what hardrun answered */
	LAUNCH_UNKNOWN,     /* whoever watched it is gone */
	LAUNCH_REASON_COUNT
};
struct launch_end {
	enum launch_reason reason;
	int status;               /* as hardrun exits with it, 128 + n for signals; -1: not known */
	int signal;               /* 0: none */
	bool has_oom;             /* the kernel ended at least one of its processes for want of memory */
	const char *container_id; /* whole; NULL: not known */
};

/* The end that is still owed to the record; see launch.h. */
struct launch_account;
/* What was seen of a container; see watch.h. */
struct watch_report;

struct launch {
	enum backend_kind backend;
	const char *program;            /* absolute path */
	/* argv[0] included; for OCI runtimes only the global options and verb are left to the launch room */
	struct string_list argv;
	struct string_list environment; /* the whole of it, rebuilt */
	/* docker, podman: goes into the sealed memfd at BACKEND_PROFILE_FD; NULL when unconfined by hazard */
	const char *profile_json;
	/*
	 * docker, podman: the variables, NAME=VALUE lines, into the sealed memfd at BACKEND_ENV_FD; NULL: none. Those that the
	 * grammar of env-files cannot carry are in argv.
	 */
	const char *env_file;
	const char *config_json;        /* OCI: config.json, pretty-printed, newline at the end */
	struct string_list mount_targets; /* OCI: every place that config.json mounts over, in its order */
	const char *resolv_conf, *hosts; /* OCI, isolated network: the files by which names are found; NULL: there is none */
	struct apparmor apparmor;       /* the profile that must be loaded and that the container must have; name NULL: none is wanted */
	const char *apparmor_remedy;    /* the command that loads it, for a sentence; NULL: nobody knows */
	const struct profile *explained; /* the filter whose refusals go to a listener; NULL: they go to nobody */
	const char *listener;           /* docker, podman: its socket, where the launch room has made it; NULL: none */
	const char *container_id;       /* OCI: plan->name, so that a name in use is a directory in use */
	const char *config_dir;         /* docker: empty directory that the launch room makes: --config and HOME */
	bool needs_isolated_network;    /* docker, podman: make hardrun-isolated first, it is not there */
	bool has_socket_answered;
	const struct plan *plan;
	const struct host_facts *facts;
	/*
	 * O_PATH descriptors of the sources of plan->mounts, same index, held since they were judged; -1: none is held, and the launch
	 * room opens the path again and compares its identity. NULL: none at all.
	 */
	const int *source_fds;
	const int *rootfs_fd;           /* OCI: the same for plan->image_rootfs; NULL: none is held */
	/*
	 * docker, podman: what stands for plan->mounts[i].source on the command line, same index; NULL, and each NULL: that itself; "":
	 * nothing, the mount is there already, in the source of the one around it.
	 */
	const char *const *sources;
	/*
	 * docker, podman: what stands for the image on the command line, the very image that was looked at, so that a name which has
	 * been given to another meanwhile is no way in; NULL: its name.
	 */
	const char *image_id;
	const char *client_pidfile;     /* podman: the file that the client writes the first process into; NULL: none */
	/* docker, podman: the socket for BACKEND_NOTIFY_TARGET, where the launch room has made it; NULL: none */
	const char *notify_source;
	const char *secrets_source;     /* the same for BACKEND_SECRETS_TARGET */
	const char *client_cidfile;     /* docker, podman: the file that the client writes in place of plan->cidfile; NULL: that */
	/*
	 * A launch with root's rights on somebody else's behalf, or under a ceiling: the engine's client is then a child that is
	 * looked after, and has nothing of the caller's but the terminal.
	 */
	bool is_guarded;
	/*
	 * OCI: filled in with what was seen of the container, and what its cgroup counted, when it has ended; NULL: nobody asks. Which
	 * calls are watched says plan->observation.
	 */
	struct watch_report *report;
	/*
	 * OCI, detached: called with ${ended_context} and its status when the container has run and ended, by the process that has
	 * looked after it; NULL: nobody asks.
	 */
	void (*ended)(void *context, int status);
	void *ended_context;
	/* OCI, not detached: after so long it is asked to stop by its stop signal, and killed when it does not; 0: never. */
	int64_t seconds_max;
	int *profile_lock; /* of the launch room: while it is held the AppArmor profile stays loaded; NULL, and -1: it is not */
	/* Whoever sees the container's end closes it (launch_close_account), in whatever process that is; NULL: no record is kept. */
	struct launch_account *account;
};

/*
 * Renders. The docker command line uses only words that clients 20.10 to 29 read alike, canonical numbers, and the long form
 * of every flag; parse(render(plan)) == plan. What the backend cannot do was refused by plan_complete; meeting it here is
 * ERROR_UNSUPPORTED.
 */
int backend_render(struct arena *arena, const struct plan *plan, const struct host_facts *facts, const struct profile *profile,
		   struct launch *ret_launch, struct error *err);
/*
 * Docker: the line that brings facts->image to the daemon: `docker ... pull`, with the client, daemon, environment and
 * configuration directory of backend_render. ${platform}: NULL means this machine's. ret_launch->plan is NULL.
 */
struct backend_pull { const char *platform; bool is_quiet; };
int backend_render_pull(struct arena *arena, const struct host_facts *facts, const struct backend_pull *pull,
			struct launch *ret_launch, struct error *err);
/*
 * Docker: any other verb, as ${verb} has its words: with the client, daemon, environment and configuration directory of
 * backend_render. ret_launch->plan is NULL.
 */
struct backend_verb {
	struct string_list words;       /* the verb, options and names, each as docker is to read it */
	struct string_list environment; /* NAME=VALUE, between the first ${environment_at} words and the others */
	size_t environment_at;
};
int backend_render_verb(struct arena *arena, const struct host_facts *facts, const struct backend_verb *verb,
			struct launch *ret_launch, struct error *err);
/*
 * docker, podman: the command line once more, for what was put into ->sources, ->client_cidfile and ->listener since. Replaces
 * argv, env_file and profile_json of *launch; on error it is as it was.
 */
int backend_render_again(struct arena *arena, struct launch *launch, struct error *err);
/*
 * What --dry-run prints: for engines the command line, one shell-quoted word after another, with the profile and the variables
 * as here-documents on their descriptors, so that it can be pasted; for OCI runtimes config.json alone.
 */
const char *backend_dry_run(struct arena *arena, const struct launch *launch);

/*
 * OCI path, where things stand; config.json and the launch room both use these. The container's directory is
 * <runtime_dir>/containers/<id>; root.path of config.json is backend_rootfs_path, the source of the bind plan->mounts[index]
 * is backend_stage_path (absolute paths), and linux.cgroupsPath is backend_cgroup_path. The launch room puts trees and files
 * there in a mount namespace of its own.
 */
const char *backend_container_dir(struct arena *arena, const char *runtime_dir, const char *id);
const char *backend_rootfs_path(struct arena *arena, const char *runtime_dir, const char *id);
const char *backend_stage_path(struct arena *arena, const char *runtime_dir, const char *id, size_t index);
/*
 * The mount (not a tmpfs) inside which plan->mounts[index] is put by the launch room itself, because the runtime would find its
 * place by name; it comes along with that one and is not in config.json. SIZE_MAX: none. For root, on kernels that can.
 */
size_t backend_mount_around(struct arena *arena, const struct plan *plan, const struct host_facts *facts, size_t index);
/*
 * The socket of who listens to refused calls, in the container's directory. A path of a socket has at most 107 bytes: the
 * runtime, which stands there, goes by way of where it stands.
 */
#define BACKEND_LISTENER_NAME "refused.sock"
#define BACKEND_LISTENER_PATH "/proc/self/cwd/" BACKEND_LISTENER_NAME
/*
 * OCI, isolated network: what slirp4netns gives every container, and the names of its files in the container's directory; one is,
 * for root's, where the runtime finds the network namespace that the container joins.
 * Source: slirp4netns(1), "Default configuration".
 */
#define BACKEND_OWN_ADDRESS "10.0.2.100"
#define BACKEND_OWN_RESOLVER "10.0.2.3"
#define BACKEND_RESOLV_CONF "resolv.conf"
#define BACKEND_HOSTS "hosts"
#define BACKEND_NETWORK "network"
const char *backend_cgroup_path(struct arena *arena, const char *id);
/* Of version 2, where root runs it for a unit of systemd's: that unit's cgroup ("/system.slice/web.service"); else NULL. */
const char *backend_unit_cgroup(const struct host_facts *facts);
/* Both together: where root's container is, from the root of the hierarchy on. */
const char *backend_container_cgroup(struct arena *arena, const struct host_facts *facts, const char *id);

/* ---- what the container of a unit of systemd's gets: unit.c ---- */

/* Where it finds the socket that it tells its state to, and the name of that in the container's directory or stage. */
#define BACKEND_NOTIFY_TARGET "/run/hardrun/notify"
#define BACKEND_NOTIFY_NAME "notify"
/* Where it finds its secrets, and the directory that they are in meanwhile. */
#define BACKEND_SECRETS_TARGET "/run/secrets"
#define BACKEND_SECRETS_NAME "secrets"
/* The container tells its state itself, and somebody listens. */
bool backend_is_notified(const struct plan *plan, const struct host_facts *facts);
/*
 * plan->environment, with what the container is told of its unit: NOTIFY_SOCKET and WATCHDOG_USEC, and on the OCI path the
 * sockets (LISTEN_FDS). What the request says under these names gives way.
 */
struct string_list backend_environment(struct arena *arena, const struct plan *plan, const struct host_facts *facts);

#endif
