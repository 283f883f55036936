/*
 * host: facts about this machine, the caller, the paths and the image that a request names. Reads only; every fact enters the
 * pure rooms as this struct, so that each decision can be tested without root or an engine.
 */
#ifndef HARDRUN_HOST_H
#define HARDRUN_HOST_H

#include <sys/types.h>

#include <hardrun/base.h>
#include <hardrun/policy.h>
#include <hardrun/request.h>

enum cgroup_version {
	CGROUP_NONE,
	CGROUP_V1,
	CGROUP_HYBRID, /* v1 controllers with an empty v2 tree beside them */
	CGROUP_V2,
	CGROUP_VERSION_COUNT
};

enum path_kind {
	PATH_MISSING,
	PATH_DIRECTORY,
	PATH_REGULAR,
	PATH_SOCKET,
	PATH_DEVICE,
	PATH_OTHER,
	PATH_KIND_COUNT
};

/*
 * What a path of the request really is. Found by a walk from / that follows links itself, then checked with
 * openat2(RESOLVE_NO_SYMLINKS|RESOLVE_NO_MAGICLINKS).
 */
struct host_path {
	const char *given;       /* as in the request */
	const char *resolved;    /* absolute, clean, no link left in it; NULL when it could not be resolved */
	enum path_kind kind;
	uid_t owner_uid;
	gid_t owner_gid;
	mode_t mode;
	dev_t device;
	ino_t inode;
	bool has_symlink;        /* a link was followed on the way */
	bool has_magic_link;     /* /proc/self/..., /dev/fd/...: never allowed */
	const char *reason;      /* one clause when resolved is NULL */
	int held_fd;             /* with host_facts.is_holding: an O_PATH descriptor of what was found; 0: none */
	/*
	 * env-file and label-file: read while resolving. Show neither lines nor names of a file whose path is not granted: that
	 * would leak it.
	 */
	struct string_list lines; /* NAME=VALUE in order; comments and blank lines left out, values literal */
	/* one clause why there are none: not regular, too large, line 3 is not NAME=VALUE; NULL: read */
	const char *lines_reason;
};

enum backend_kind {
	BACKEND_DOCKER,
	BACKEND_PODMAN,
	BACKEND_CRUN,
	BACKEND_RUNC,
	BACKEND_RUNSC, /* gVisor: a kernel of the container's own */
	BACKEND_KIND_COUNT
};
const char *host_backend_name(enum backend_kind kind); /* "docker" */
bool host_backend_is_oci(enum backend_kind kind);      /* run without an engine: crun, runc, runsc */
/* What is called ${name}; false: nothing is. */
bool host_find_backend(const char *name, enum backend_kind *ret_kind);
bool host_is_oci_name(const char *name);               /* both together */

/* Who speaks to docker's daemon for a process that has no right to. */
struct host_relay {
	void *context;
	/* As host_http_open: a descriptor from which the answer comes, or -1 with errno. */
	int (*get)(void *context, const char *target);
};

struct engine_facts {
	const struct host_relay *relay; /* NULL: docker_socket is used directly */
	const char *programs[BACKEND_KIND_COUNT]; /* absolute path, or NULL when not installed */
	const char *skopeo, *umoci;
	const char *docker_socket;  /* path asked, without unix:// */
	const char *docker_chosen_by; /* who of the caller's named it: "DOCKER_HOST"; NULL: nobody, or the policy */
	const struct error *docker_refusal; /* the caller's docker would ask a daemon that hardrun does not; NULL: none */
	const char *line_host, *line_context; /* docker's own options, of an ordinary user; NULL: not given */
	const char *image_platform; /* set before host_choose_backend(): "linux/arm64", whose image docker is asked for; NULL: any */
	bool is_network_wanted;     /* set before host_choose_backend(): docker is asked for hardrun-isolated too */
	bool is_docker_answering;
	const char *docker_reason;  /* why not, one clause */
	const char *docker_version, *docker_api; /* of the daemon; NULL: not asked */
	bool has_isolated_network;  /* the network hardrun-isolated exists and is what we would make */
	const char *isolated_network_problem; /* it exists and is something else, or was not asked for: one clause; a plan that
						 wants it all the same is refused */
	const char *docker_sandbox_problem; /* by host_read_docker_sandbox: one clause; NULL: its runsc will do */
	bool is_label_wanted;       /* set before host_choose_backend(): docker is asked whether it knows SELinux */
	bool has_docker_labels;     /* it does; false where it was not asked. Without --selinux-enabled it leaves labels out */
	bool is_isolated_network_used; /* containers are on it now, and it cannot be removed under them */
	/*
	 * What the daemon says it cannot do (GET /info), each a clause such as "no memory limit support"; count 0: nothing is
	 * missing.
	 */
	struct string_list docker_gaps;
	struct string_list docker_notes; /* what it lacks without harm to the limits: swap accounting */
};

struct image_facts {
	bool is_known;            /* false: the image is not here yet */
	const char *reason;       /* it is here, and cannot be read: one clause; the plan refuses */
	const char *digest;       /* of the manifest or the image id */
	const char *rootfs;       /* OCI path: the unpacked tree; NULL for engines */
	const char *user;         /* as in the image; "" none */
	struct string_list env, cmd, entrypoint, volumes, exposed_ports;
	const char *working_dir, *stop_signal; /* NULL: none */
	const char *architecture; /* Go's name: "amd64" */
};

/* Consecutive ids: the first ${inside} a user namespace, and the first ${outside} it. */
struct host_id_range { uint32_t inside, outside, count; };
struct host_id_map { struct host_id_range *ranges; size_t count; };

enum host_controller {
	HOST_CONTROLLER_MEMORY,
	HOST_CONTROLLER_CPU,
	HOST_CONTROLLER_PIDS,
	HOST_CONTROLLER_CPUSET,
	HOST_CONTROLLER_BLKIO, /* version 2 calls it io */
	HOST_CONTROLLER_COUNT
};

/* What an ordinary user has to run crun or runc with. Problems are one clause each; NULL: none. */
struct host_rootless {
	const char *problem, *remedy;           /* no user namespace can be made */
	const char *ids_problem, *ids_remedy;   /* why the container can have no id but the caller's own */
	const char *cgroup_problem, *cgroup_remedy; /* why memory, cpu or pids cannot be limited */
	const char *newuidmap, *newgidmap;      /* absolute paths; NULL: not installed */
	/*
	 * Two user namespaces, one in the other. In hardrun's own 0 is the caller, and the subordinate ids follow from 1 on. In
	 * the container's (whose outside is hardrun's) the caller's number is the caller, and all others are subordinate.
	 */
	struct host_id_map own_uids, own_gids, uids, gids;
	/* Absolute directory of the cgroup below which the caller can make another; NULL: none. On version 2 all are the same. */
	const char *cgroups[HOST_CONTROLLER_COUNT];
};

/* Who carries the packets of a container that crun or runc run directly. */
struct host_carrier {
	const char *program;          /* slirp4netns, absolute path; NULL: not installed */
	const char *problem, *remedy; /* one clause why the container can have no network of its own with a way out; NULL: it can */
};
/*
 * For root's containers that is a process of an id that nobody has: this number and the pid of the hardrun to which it belongs,
 * so that no two have the same. It lies beyond what systemd, useradd and directories (SSSD, FreeIPA) give to people and
 * containers, and below what is negative to some. Source: systemd's UIDS-GIDS, sssd-ldap(5), PID_MAX_LIMIT of the kernel.
 */
#define HOST_CARRIER_ID_FIRST 2100000000U
#define HOST_PID_LIMIT (1U << 22)

/* A limit that the kernel keeps a cgroup to, and the group, itself or one above it, that has it: "web.service". */
struct host_bound { int64_t value; const char *group; /* NULL: none has any */ };

/*
 * The systemd unit whose process this very one is, as systemd told it in the environment. What only a parent of ours was told is
 * not meant for us. Source: systemd.exec(5), sd_notify(3), sd_listen_fds(3).
 */
struct host_unit {
	const char *name;                 /* "web.service"; NULL: its cgroup does not say */
	const char *cgroup;               /* of the unit, in the tree of version 2: "/system.slice/web.service"; NULL with name */
	bool is_delegated;                /* Delegate=: the cgroup may be divided */
	struct host_bound bounds[HOST_CONTROLLER_COUNT]; /* of memory in bytes, CPUs in 1e-9, pids; version 2 alone */
	const char *notify_socket;        /* absolute path, or '@' and an abstract name; NULL: nobody listens */
	uint64_t watchdog_microseconds;   /* 0: no watchdog */
	const char *credentials;          /* directory; NULL: none */
	unsigned listen_count;            /* sockets, from descriptor 3 on when this process began */
	const char *listen_names;         /* "http:https"; NULL: not said */
};

/*
 * How many sockets systemd has opened for this very process, before anything else is known of it. Whether they are meant for
 * it is another question: facts->unit.
 */
unsigned host_listen_count(void);

/* Lines of a file as NAME=VALUE; false with a clause that shows nothing of the file but a line number. */
typedef bool host_line_parser(struct arena *arena, const char *bytes, size_t length, struct string_list *ret_lines,
			      const char **ret_reason);

struct host_facts {
	host_line_parser *env_lines; /* how an env-file is read; NULL: as docker does */
	/* The person on whose behalf this runs: whom sudo, doas or pkexec name, else the real ids. */
	uid_t caller_uid;
	gid_t caller_gid;
	const gid_t *caller_groups; /* supplementary ones */
	size_t caller_group_count;
	const char *caller_name;  /* NULL: in no user database */
	const char *elevated_by;  /* "sudo", "doas", "pkexec": root lent to someone else; NULL: nobody's rights but the caller's */
	const char *caller_problem; /* who the person is cannot be told: one clause, and everything is refused; NULL */
	bool is_root;             /* effective uid 0 */
	const char *home;         /* of the caller, from the password database; NULL: none */
	const char *cwd;          /* resolved; NULL: gone */
	/* /run/hardrun for root, else $XDG_RUNTIME_DIR/hardrun when that directory is the caller's; NULL */
	const char *runtime_dir;
	const char *state_dir;    /* /var/lib/hardrun for root; ~/.local/share/hardrun otherwise; NULL */
	struct string_list environment; /* the caller's, NAME=VALUE */
	unsigned cpu_count;       /* online */
	const char *cpus_online;  /* "0-1" */
	int64_t memory_bytes;
	const char *architecture; /* Go's name */
	const char *kernel;       /* release */
	const char *nonce;        /* 12 random hex digits: generated names come from it, so that the plan stays pure */
	bool is_kernel_read;      /* by host_read_kernel: the cgroup facts and has_seccomp */
	enum cgroup_version cgroup;
	bool has_memory, has_cpu, has_pids, has_cpuset, has_swap, has_blkio, has_devices; /* cgroup controllers */
	bool is_blkio_bfq_alone; /* version 1 without blkio.weight: only what knows blkio.bfq.weight can set a weight */
	bool has_seccomp;
	bool has_apparmor, has_selinux, has_user_namespaces; /* by host_read_defences; has_selinux also where a mount relabels */
	const char *selinux_problem, *selinux_remedy; /* SELinux is on, and a label would mean nothing: the clause why; else NULL */
	const char *selinux_file_label; /* what this policy calls the files of containers, "user:role:type:level"; NULL: not known */
	const char *user_namespace_reason, *user_namespace_remedy; /* why an ordinary user cannot make one; NULL: can */
	const char *user_namespace_profile; /* the AppArmor profile that would let hardrun; NULL: it is not that */
	const struct host_rootless *rootless; /* by host_read_rootless; NULL: not read, or is_root */
	const struct host_carrier *carrier;   /* by host_read_carrier; NULL: not read */
	const struct host_unit *unit;       /* NULL: no process of a unit, or its rights are lent to somebody else */
	bool is_journal;                    /* stderr is the journal's, which reads priorities */
	struct engine_facts engine;
	enum backend_kind backend;          /* the one chosen */
	bool is_holding;                    /* paths keep their descriptors, so that what is used is what was judged */
	struct host_path *paths;            /* one per option that names a host path; see host_path_of */
	size_t path_count;
	struct image_name image;            /* parsed; name NULL when the request has none that parses */
	struct image_facts image_facts;
};

/* Who is at the terminal: for the record. */
struct host_session {
	const char *host;    /* the machine's name; NULL: unknown */
	bool has_auid;       /* somebody logged in, however many sudo and su ago */
	uint32_t auid;       /* /proc/self/loginuid */
	const char *tty;     /* controlling terminal, "/dev/pts/3"; NULL: none */
	pid_t pid;
	int64_t microseconds; /* since 1970, UTC */
};
/* Never fails: what cannot be read is NULL or false. Nothing of it comes from the environment. */
struct host_session host_read_session(struct arena *arena);
/* The clock: microseconds since 1970, UTC. */
int64_t host_now(void);
/* Twelve random hex digits: what is made in a process of its own needs some of its own. */
const char *host_make_nonce(struct arena *arena);

/* The caller, the machine and the directories. Never fails: what cannot be read is false or NULL. */
struct host_facts *host_read(struct arena *arena);
/*
 * What the kernel can enforce, once; host_choose_backend does it for every backend whose limits we answer for ourselves, and
 * where docker's daemon answers.
 */
void host_read_kernel(struct arena *arena, struct host_facts *facts);
/* has_apparmor, has_selinux and selinux_*, for who asks for their labels. */
void host_read_label_makers(struct arena *arena, struct host_facts *facts);
/* A profile that the kernel has. */
struct host_apparmor_profile {
	const char *name, *mode;  /* "enforce", "complain", "kill", "unconfined" */
	const char *digest;       /* of the profile as it was loaded, in hex; NULL: this kernel keeps none */
	bool is_sha256;           /* else SHA-1 */
};
struct host_apparmor_profiles { struct host_apparmor_profile *items; size_t count; };
/* Those whose names begin with ${prefix}, by name. ERROR_MISSING: the kernel does not show them. */
int host_list_apparmor(struct arena *arena, const char *prefix, struct host_apparmor_profiles *ret_profiles, struct error *err);
/* NULL: there is none of that name. */
const struct host_apparmor_profile *host_find_apparmor(const struct host_apparmor_profiles *profiles, const char *name);
/* What else protects this machine: for doctor. */
void host_read_defences(struct arena *arena, struct host_facts *facts);
/*
 * Fills facts->rootless, once; nothing for root. Reads /etc/subuid, /etc/subgid, the kernel's switches for user namespaces and
 * /proc/self/cgroup; host_choose_backend does it for crun and runc. Source: subuid(5), newuidmap(1), user_namespaces(7).
 */
void host_read_rootless(struct arena *arena, struct host_facts *facts);
/* Fills facts->carrier, once; host_choose_backend and host_use_engine do it for crun and runc. */
void host_read_carrier(struct arena *arena, struct host_facts *facts);
/* The id outside that ${map} gives to ${id} inside; false: it gives none. */
bool host_map_id(const struct host_id_map *map, uint32_t id, uint32_t *ret_outside);
/* When this is a directory, without a link, below the resolved source of a bind, it is resolved too, as "<source>/.git/hooks". */
#define HOST_GIT_HOOKS ".git/hooks"
/*
 * Resolves every host path that ${request} names: binds, env-file, label-file (with their lines), cidfile, rootfs, local
 * images. Relative ones from cwd. Also fills facts->image; for local images and --rootfs with the resolved path. A cidfile is
 * resolved by its directory: resolved is the directory's path and the file's name, kind says what is there now (PATH_MISSING
 * is the good case).
 */
void host_resolve_paths(struct arena *arena, struct host_facts *facts, const struct request *request);
/* Resolves the sources of the binds that ${policy} always mounts (defaults.volumes), spelled as host_expand gives them. */
void host_resolve_policy(struct arena *arena, struct host_facts *facts, const struct policy *policy);
/*
 * A path or glob of a policy with a leading "~", "." or "${CWD}" replaced by the caller's home or current directory. NULL when
 * that directory is not known, is /, or has a '*' or '?' in its name: as part of a glob it would match more than itself.
 */
const char *host_expand(struct arena *arena, const struct host_facts *facts, const char *pattern);
/* What st_mode says a file is; never PATH_MISSING. */
enum path_kind host_path_kind(mode_t mode);
/* One path, by the rules above. ~ is not expanded. */
struct host_path host_resolve_path(struct arena *arena, const struct host_facts *facts, const char *path);
/* Opens a path that host_resolve_path has resolved, without links; -1 with errno, ESTALE: it is not what was seen any more. */
int host_open_resolved(const struct host_path *path, int flags);
/* The facts of a path as the request spells it, or NULL when it was not resolved. */
const struct host_path *host_path_of(const struct host_facts *facts, const char *given);
/* The facts of the --rootfs or the local image, however it was spelled; NULL when there is none, or it was not resolved. */
const struct host_path *host_image_path(const struct host_facts *facts);
/*
 * Finds installed programs in the fixed path (/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin); never $PATH. Those
 * that the backend ${wanted} may need; NULL or "auto": all.
 */
void host_find_programs(struct arena *arena, struct host_facts *facts, const char *wanted);
/*
 * Chooses the backend: ${wanted} ("auto" or NULL, "docker", ...) and asks docker's socket where that matters. Fills
 * facts->engine and facts->backend. ERROR_MISSING with the package to install when there is nothing to run with. ${host}:
 * "unix:///path" or NULL for the one that an ordinary user's docker client would ask (by context or variable; see contexts.c;
 * an error where docker is to be asked and that one cannot be), else docker's default, or the caller's own daemon where that
 * one is not for the caller. A daemon that is silent is an error for auto alone: docker_reason says why.
 * Where docker will run the container, image_facts are filled as host_read_docker_image() does.
 */
int host_choose_backend(struct arena *arena, struct host_facts *facts, const char *wanted, const char *host,
			const char *client, struct error *err);
/*
 * Asks docker's daemon for the network hardrun-isolated, and fills has_isolated_network, its problem and whether it is used; what
 * is not there is no problem. host_choose_backend has asked already where is_network_wanted is set.
 */
void host_read_isolated_network(struct arena *arena, struct engine_facts *engine);
/*
 * Asks docker's daemon (GET /info) for a runtime runsc that is what a sandbox has to be: with the policy's filter inside, its own
 * limits outside, and no word that opens it. Source: https://gvisor.dev/docs/user_guide/quick_start/docker/.
 */
void host_read_docker_sandbox(struct arena *arena, struct engine_facts *engine);
/* What makes the daemon apply labels. */
#define HOST_LABELS_REMEDY "write {\"selinux-enabled\": true} into /etc/docker/daemon.json and restart docker"
/* What makes the daemon have one. */
#define HOST_SANDBOX_REMEDY \
	"put {\"runtimes\": {\"runsc\": {\"path\": \"/usr/bin/runsc\", \"runtimeArgs\": [\"--oci-seccomp\"]}}} into " \
	"/etc/docker/daemon.json and restart docker, or use --backend runsc"
/*
 * The name of the context that is current in the caller's docker configuration; NULL: none but the default, or it cannot be told.
 * With root's rights it is not obeyed.
 */
const char *host_current_context(struct arena *arena, const struct host_facts *facts);
#define HOST_DOCKER_SOCKET "/var/run/docker.sock" /* where docker's daemon listens when nobody says otherwise */
/* The socket of the caller's own podman, for doctor: hardrun calls podman itself. NULL: there is none. */
const char *host_find_podman_socket(struct arena *arena, const struct host_facts *facts);
/*
 * For who goes by another's choice: fills engine.programs, the socket and what the kernel has for ${backend}, and asks nobody. A
 * daemon that cannot be asked is no error: docker_refusal tells.
 * ${client}: a program of root's, or NULL for the installed one.
 */
int host_use_engine(struct arena *arena, struct host_facts *facts, enum backend_kind backend, const char *host,
		    const char *client, struct error *err);
/* Sends a GET to the unix socket: the connection, from which the answer is to be read until its end, or -1 with errno. */
int host_http_open(const char *socket_path, const char *target);
/* One HTTP GET over a unix socket; at most 16 MiB of body, 5 s. 0 and the status with the body, or an error. */
int host_http_get(struct arena *arena, const char *socket_path, const char *target, int *ret_status, char **ret_body,
		  struct error *err);
/* All of them, to a socket; who has closed the other end raises no signal. False with errno. */
bool host_send_all(int fd, const char *bytes, size_t length);
/* Any other request, with the same bounds; what is sent fits into 8 KiB. */
struct host_http_call {
	const char *socket, *method, *target;
	const char *body;    /* JSON; NULL: none */
	const char *header;  /* of the answer; NULL: none is wanted */
	int status;          /* from here on the answer */
	char *answer;        /* NULL after HEAD */
	const char *value;   /* of the header, without blanks at its ends; NULL: it is not there */
};
int host_http_call(struct arena *arena, struct host_http_call *call, struct error *err);
/*
 * What docker knows of the image (GET /images/NAME/json); is_known false when it is not there, with a reason when it cannot be
 * read. A daemon that keeps images of several platforms under one name (containerd's store) tells of engine.image_platform from
 * API 1.49 on; older ones pass the question's platform over, and may tell of another.
 */
void host_read_docker_image(struct arena *arena, struct host_facts *facts);
/*
 * Asks docker what the named volume is that it would mount. NULL: it is not there yet, or is a directory of docker's own; else
 * the clause: it is, or may be, something else of the host under that name.
 */
const char *host_volume_problem(struct arena *arena, const struct host_facts *facts, const char *name);
/* Labels that the plan puts on every container. */
#define HOST_CALLER_LABEL "io.hardrun.caller"
#define HOST_POLICY_LABEL "io.hardrun.policy"
#define HOST_UNIT_LABEL "io.hardrun.unit" /* the unit of systemd's that it is the container of */
#define HOST_IMAGE_LABEL "io.hardrun.image" /* what the image was called, where the engine was given its id */
/* A container as docker knows it. */
struct container_facts {
	const char *id;           /* 64 hex digits: it never means another container */
	const char *name;
	const char *image;        /* as it was named when the container was made */
	const char *caller, *policy; /* what our labels say; both NULL: hardrun did not make it */
	const char *unit;         /* NULL: of none */
	bool is_running;
	bool is_root;             /* its user or group is 0, and a process that is added without one is that too */
	struct string_list networks; /* ids or names of those that people made, and that it is to be on when it starts */
	bool has_loose_mounts;    /* what runs in it can change its root file system, and so the way to what is mounted there */
};
/*
 * Asks docker for the container that ${name} means: a name, an id or the beginning of one. ERROR_MISSING when there is none.
 * Labels that the container has, or may have, from its image are no labels of ours: whoever built that chose them.
 */
int host_read_container(struct arena *arena, const struct host_facts *facts, const char *name,
			struct container_facts *ret_container, struct error *err);
/* It bears the caller's label, which only hardrun gives. */
bool host_is_callers(const struct host_facts *facts, const struct container_facts *container);
/* Whether docker knows no network of that id or name any more. */
bool host_is_network_gone(struct arena *arena, const struct host_facts *facts, const char *id);
/*
 * The ids of all containers, running or not, that have the label (NAME=VALUE, of characters that JSON takes as they are), from
 * wherever they have it.
 */
int host_list_containers(struct arena *arena, const struct host_facts *facts, const char *label, struct string_list *ret_ids,
			 struct error *err);
/* A container that has ended badly. Its texts are the daemon's, or come from whoever made it: to be shown, never believed. */
struct host_ended {
	const char *name;
	const char *policy;          /* NULL: not said */
	const char *command;         /* the first word of it */
	const char *error;           /* why it was not started; NULL: nothing is said */
	int64_t finished;            /* seconds since 1970 */
	int status;
	bool is_out_of_memory, is_read_only;
	int64_t memory_bytes, pids_limit; /* 0: none */
	const char *user, *network;  /* NULL: not said */
	struct string_list tmpfs;
};
/* From the daemon's description of a container. False: it runs, it ended well, or it cannot be read. */
bool host_parse_ended(struct arena *arena, const char *body, struct host_ended *ret_ended);
/* The last of the caller's own containers that is there still; needs host_choose_backend before. */
bool host_find_ended(struct arena *arena, const struct host_facts *facts, struct host_ended *ret_ended);

/* ---- what `compose up` has made for the caller, told by labels; needs host_choose_backend before ---- */

struct host_member {
	const char *id, *name, *image, *service, *number, *config;
	const char *status;       /* for people: "Up 3 minutes (healthy)" */
	bool is_running;
};
struct host_members { struct host_member *items; size_t count; };
/* The caller's containers of a project, stopped ones too. */
int host_list_members(struct arena *arena, const struct host_facts *facts, const char *project, struct host_members *ret_members,
		      struct error *err);
struct host_state { bool is_running, has_health, is_healthy, is_unhealthy; int exit_status; };
/* How a container is now; one that is gone is not running. */
int host_read_state(struct arena *arena, const struct host_facts *facts, const char *id, struct host_state *ret_state,
		    struct error *err);
enum host_resource { HOST_NETWORK, HOST_VOLUME };
enum host_claim { HOST_CLAIM_FREE, HOST_CLAIM_OWN, HOST_CLAIM_OTHER };
/* Whether a network or volume of that name is there, and made by `compose up` for this project of the caller's. */
int host_claim(struct arena *arena, const struct host_facts *facts, enum host_resource resource, const char *name,
	       const char *project, enum host_claim *ret_claim, struct error *err);
/*
 * NULL: there is none of that name, it is the caller's, or nobody's in particular; else the clause: `compose up` made it for
 * somebody else. Only hardrun puts that label on one.
 */
const char *host_owner_problem(struct arena *arena, const struct host_facts *facts, enum host_resource resource,
			       const char *name);
/* Those that were made for this project of the caller's: ids of networks, names of volumes. */
int host_list_resources(struct arena *arena, const struct host_facts *facts, enum host_resource resource, const char *project,
			struct string_list *ret_names, struct error *err);

/* Image facts from an OCI image configuration document. */
int host_parse_image_config(struct arena *arena, const char *json, struct image_facts *ret_facts, struct error *err);
/* The value of a variable of the caller's environment, or NULL. */
const char *host_environment(const struct host_facts *facts, const char *name);

#endif
