/*
 * plan: everything about the container that will run, nothing left unset. Built only from an allowed request. Pure. The backends
 * render a plan and never look back at argv or policy.
 */
#ifndef HARDRUN_PLAN_H
#define HARDRUN_PLAN_H

#include <hardrun/finding.h>
#include <hardrun/host.h>
#include <hardrun/policy.h>
#include <hardrun/request.h>
#include <hardrun/verdict.h>

#define PLAN_ISOLATED_NETWORK "hardrun-isolated"
/* What makes way for it where something else has its name; ${is_used}: containers are on that. */
const char *plan_isolated_remedy(bool is_elevated, bool is_used);
/* Labels of every container of ours: the uid of the person who asked for it, and the name of the policy. */
#define PLAN_CALLER_LABEL HOST_CALLER_LABEL
#define PLAN_POLICY_LABEL HOST_POLICY_LABEL

enum plan_origin {
	PLAN_FROM_FLOOR,   /* built in, not to be changed */
	PLAN_FROM_BUILTIN, /* built-in default */
	PLAN_FROM_POLICY,
	PLAN_FROM_CEILING, /* lowered by the ceiling */
	PLAN_FROM_FLAG,
	PLAN_FROM_IMAGE,
	PLAN_FROM_HOST,    /* from what the machine has */
	PLAN_ORIGIN_COUNT
};

/* One line of `hardrun show`: where an effective value comes from. */
struct plan_setting {
	const char *key;      /* Compose's name: "mem_limit" */
	const char *value;    /* for people */
	enum plan_origin origin;
	struct place place;   /* PLAN_FROM_POLICY, PLAN_FROM_CEILING */
	const char *source;   /* PLAN_FROM_FLAG: the words; PLAN_FROM_HOST: "MemoryMax= of web.service", or NULL; else NULL */
};

enum plan_mount_type { PLAN_BIND, PLAN_VOLUME, PLAN_TMPFS, PLAN_MOUNT_TYPE_COUNT };

struct plan_mount {
	enum plan_mount_type type;
	const char *source;   /* resolved host path, or volume name; NULL for tmpfs */
	const char *target;   /* clean */
	bool is_read_only;
	bool is_exec;         /* tmpfs; nosuid and nodev always */
	int64_t size_bytes;   /* tmpfs, always set */
	unsigned mode;        /* tmpfs */
	uint32_t uid, gid;    /* tmpfs owner: the run user unless said */
	bool is_nocopy;       /* volumes */
	bool is_directory;    /* binds: the source is a directory */
	dev_t device;         /* binds: identity at the time of the check */
	ino_t inode;
};

struct plan_port {
	const char *address;
	uint16_t host;        /* 0: the engine picks */
	uint16_t container;
	const char *protocol;
};

struct plan_ulimit { const char *name; int64_t soft, hard; };
struct plan_pair { const char *name; const char *value; };

enum plan_network { PLAN_NETWORK_NONE, PLAN_NETWORK_ISOLATED, PLAN_NETWORK_NAMED, PLAN_NETWORK_HOST, PLAN_NETWORK_COUNT };

enum plan_apparmor {
	PLAN_APPARMOR_UNSAID,     /* nobody says: an engine applies its own default, crun and runc none */
	PLAN_APPARMOR_GENERATED,  /* made from this plan: hardrun/apparmor.h */
	PLAN_APPARMOR_NAMED,
	PLAN_APPARMOR_UNCONFINED, /* hazard */
	PLAN_APPARMOR_COUNT
};

/* Calls that go to a listener although they are allowed, and go on from there; the filter's answers are the same. OCI path. */
enum plan_observation {
	PLAN_OBSERVE_NOTHING,
	PLAN_OBSERVE_NEEDS,  /* those that other layers may refuse: files, programs, sockets, identity; `why run` */
	PLAN_OBSERVE_ALL,    /* every call that a runtime does not need before the listener is there; `learn` */
	PLAN_OBSERVATION_COUNT
};

/* Who tells systemd that the unit has started. */
enum plan_notify {
	PLAN_NOTIFY_CONTAINER, /* the container, by the socket that it gets */
	PLAN_NOTIFY_STARTED,   /* hardrun, as soon as it runs */
	PLAN_NOTIFY_IGNORE,    /* nobody */
	PLAN_NOTIFY_COUNT
};

struct plan_health {
	bool is_disabled;
	const char *command;  /* NULL: the image's */
	int64_t interval, timeout, start_period, start_interval; /* nanoseconds; 0: not set */
	int64_t retries;
};

struct plan {
	enum backend_kind backend;
	struct image_name image;
	const char *image_rootfs;     /* OCI path: unpacked tree or --rootfs, resolved */
	struct string_list command;   /* as typed after the image */
	const char *entrypoint;       /* NULL: the image's; "" resets it */
	struct string_list argv;      /* OCI path: entrypoint and command put together; empty on an engine's path */

	/* identity */
	const char *name, *hostname, *domainname; /* NULL: the engine's choice; on the OCI path name and hostname are always set */
	uint32_t uid, gid;
	const uint32_t *groups;
	size_t group_count;
	struct string_list environment; /* NAME=VALUE, policy defaults and request joined; on the OCI path with the image's and PATH */
	const char *working_dir;      /* NULL: the image's; always set on the OCI path */
	struct plan_pair *labels;     /* caller's and policy's, then our own io.hardrun.* */
	size_t label_count;

	/* limits */
	int64_t memory_bytes;         /* swap is always equal to it */
	int64_t memory_reservation;   /* 0: not set */
	int64_t nano_cpus;
	int64_t pids_limit;
	int64_t shm_size;
	int64_t cpu_shares;           /* 0: not set */
	int64_t blkio_weight;         /* 0: not set */
	int64_t memory_swappiness;    /* -1: not set */
	int64_t oom_score_adj;        /* 0: not set */
	const char *cpuset_cpus, *cpuset_mems; /* NULL: not set */
	struct plan_ulimit *ulimits;
	size_t ulimit_count;

	/* confinement */
	bool is_read_only;            /* true but for the hazard writable-root */
	bool is_privileged;           /* hazard */
	bool is_no_new_privileges;    /* true but for the hazard */
	bool is_seccomp_unconfined;   /* hazard */
	bool is_host_pid, is_host_ipc, is_host_uts; /* hazards */
	bool is_sandboxed;            /* under gVisor's runsc: a kernel of its own; always with BACKEND_RUNSC */
	enum plan_apparmor apparmor;
	const char *apparmor_profile;    /* PLAN_APPARMOR_NAMED; else NULL */
	struct string_list security_labels; /* SELinux: "type:container_t"; see plan_context */
	struct string_list capabilities; /* "CAP_NET_BIND_SERVICE", from nothing */
	const struct policy_seccomp *seccomp;         /* of the policy; never NULL */
	const struct policy_seccomp *ceiling_seccomp; /* NULL: none */
	bool is_explained;            /* refused calls go to a listener, which answers as the filter would have */
	enum plan_observation observation; /* OCI path */
	struct plan_pair *secrets;    /* below /run/secrets; the value says from where: POLICY_SECRET_CREDENTIAL, POLICY_SECRET_FILE */
	size_t secret_count;
	struct string_list devices;   /* "/dev/x:rw" */
	struct plan_pair *sysctls;
	size_t sysctl_count;

	/* files and network */
	struct plan_mount *mounts;    /* in order of target, parents first */
	size_t mount_count;
	enum plan_network network;
	struct string_list network_names;   /* PLAN_NETWORK_NAMED: the first is the mode */
	struct string_list network_aliases, dns, dns_search, dns_options, extra_hosts;
	struct plan_port *ports;
	size_t port_count;
	struct string_list expose;

	/* life */
	bool is_detached, is_removed, is_init, is_interactive, is_tty, is_create_only, is_quiet, is_sig_proxy;
	bool is_attach_stdin, is_attach_stdout, is_attach_stderr, is_attach_given;
	const char *stop_signal, *detach_keys, *restart, *pull, *platform; /* NULL: not set; restart "no" */
	int64_t stop_timeout;         /* seconds, -1: not set */
	enum plan_notify notify;
	struct plan_health health;
	const char *log_driver;
	struct plan_pair *log_options;
	size_t log_option_count;
	const char *cidfile;          /* resolved path, created by the launch room with O_EXCL; NULL */

	/* for people and records */
	const char *policy_name;
	struct plan_setting *settings;
	size_t setting_count;
};

/* Built-in defaults where no policy says anything. The strictest useful ones. */
#define PLAN_DEFAULT_MEMORY (INT64_C(256) << 20)
#define PLAN_DEFAULT_NANO_CPUS INT64_C(500000000)
#define PLAN_DEFAULT_PIDS 64
#define PLAN_DEFAULT_SHM (INT64_C(16) << 20)
#define PLAN_DEFAULT_TMPFS (INT64_C(16) << 20)
#define PLAN_DEFAULT_UID 65534
#define PLAN_MINIMUM_MEMORY (INT64_C(6) << 20)

/*
 * Completes an allowed request. What can only be told now (the image's USER, its volumes, what the backend lacks) may still add
 * denials to ${findings}: then NULL is returned. Call it only when verdict_judge said yes.
 */
const struct plan *plan_complete(struct arena *arena, const struct verdict_input *input, struct findings *findings);

/* ---- a plan that nobody vouches for ---- */

struct plan_bounds {
	const struct policy *ceiling;   /* NULL: none */
	const struct policy *policy;    /* for its hazards; NULL: none are granted */
	const struct policy *chosen;    /* that which was judged by, of whichever image: what it demands holds; NULL: not known */
	enum plan_observation observation; /* who asked for what to be watched */
	const struct compose_identity *compose; /* whose labels it may have; NULL: none's */
	/* The person, the machine, and in paths the sources of binds as they are held: given is the source. */
	const struct host_facts *facts;
};
/*
 * The capability by which the container could write packets or routes of its own, and so get past what keeps an isolated network
 * of crun's and runc's from the host's loopback; NULL: it has none.
 */
const char *plan_packet_capability(const struct plan *plan);
/* A listener is told of calls of the container. */
bool plan_is_listened_to(const struct plan *plan);
/* NULL: refused calls of such a container can be explained; else why not, and *ret_remedy. Crun's and runc's always can. */
const char *plan_explain_problem(struct arena *arena, const struct plan *plan, const struct host_facts *facts,
				 const char **ret_remedy);
/*
 * What the parts of security_labels make together, "user:role:type" or "user:role:type:level"; NULL: user, role or type is not
 * said. The level alone; NULL: none is said.
 */
const char *plan_context(struct arena *arena, const struct plan *plan);
const char *plan_context_level(const struct plan *plan);
/*
 * The policy answers for the image by name: those of a registry may be meant by a glob, trees and archives by their very path in
 * images: or allow.rootfs.
 */
bool plan_policy_names(const struct policy *policy, const struct image_name *image);
/* A secret comes out of a file of the machine's: with root's rights only a policy of root's may say so. */
bool plan_reads_files(const struct plan *plan);

/* True when a directory of the machine's own can be written from inside. */
bool plan_writes_directories(const struct plan *plan);
/* The plan uses what only a hazard allows. */
bool plan_needs_hazards(const struct plan *plan);
/*
 * Compares the image with the floor and the ceiling, as an engine is asked about it before the rest can be compared. NULL: it is
 * within; else what is beyond, in a few words.
 */
const char *plan_check_image(struct arena *arena, const struct plan *plan, const struct plan_bounds *limits);
/* The same of every other field that matters to the host: "user 0:0". ${plan}->ceiling_seccomp must be the ceiling's own. */
const char *plan_check_bounds(struct arena *arena, const struct plan *plan, const struct plan_bounds *limits);
/* The same for one more process in a container that is there: user, variables, working directory and is_privileged alone. */
const char *plan_check_process(struct arena *arena, const struct plan *plan, const struct plan_bounds *limits);

/* The parts of the name are those that its canonical bytes give: nobody can be asked about one image and get another. */
bool plan_is_image_itself(struct arena *arena, const struct image_name *image);
bool plan_is_same_image(const struct image_name *left, const struct image_name *right);
/* The ceiling (NULL: none) has the image among its images, or lists none. A root file system is a matter of allow.rootfs. */
bool plan_may_have_image(const struct policy *ceiling, const struct image_name *image);

/* ---- models on their way from one process of hardrun to another, as JSON ---- */

struct json_t;
/* A new reference; NULL when a text is not UTF-8. Every field is in it, and what is read back is equal. */
struct json_t *plan_write(const struct plan *plan);
struct json_t *plan_write_findings(const struct findings *findings);
struct json_t *plan_write_image_name(const struct image_name *image);
struct json_t *plan_write_image_facts(const struct image_facts *facts);
/*
 * Reads back what nobody vouches for: a key that is missing, unknown, of another type or out of its range is refused, and
 * nothing is written then. That the values make sense together is another question: plan_check_bounds. ${json} is not needed
 * any more.
 */
int plan_read(struct arena *arena, const struct json_t *json, struct plan *ret_plan, struct error *err);
int plan_read_findings(struct arena *arena, const struct json_t *json, struct findings *ret_findings, struct error *err);
int plan_read_image_name(struct arena *arena, const struct json_t *json, struct image_name *ret_image, struct error *err);
int plan_read_image_facts(struct arena *arena, const struct json_t *json, struct image_facts *ret_facts, struct error *err);

#endif
