/*
 * flag: the registry. One row per flag of `docker run`, and of hardrun's own; whatever must be known about a flag is
 * here or keyed by its enum flag_id. Help, manual, completions and checks are printed from these rows.
 */
#ifndef HARDRUN_FLAG_H
#define HARDRUN_FLAG_H

#include <hardrun/base.h>

/* In the order of flag_specs[], which is sorted by name. */
enum flag_id {
	FLAG_ADD_HOST,
	FLAG_ANNOTATION,
	FLAG_ATTACH,
	FLAG_BACKEND,
	FLAG_BLKIO_WEIGHT,
	FLAG_BLKIO_WEIGHT_DEVICE,
	FLAG_CAP_ADD,
	FLAG_CAP_DROP,
	FLAG_CGROUP_PARENT,
	FLAG_CGROUPNS,
	FLAG_CIDFILE,
	FLAG_COLOR,
	FLAG_CPU_COUNT,
	FLAG_CPU_PERCENT,
	FLAG_CPU_PERIOD,
	FLAG_CPU_QUOTA,
	FLAG_CPU_RT_PERIOD,
	FLAG_CPU_RT_RUNTIME,
	FLAG_CPU_SHARES,
	FLAG_CPUS,
	FLAG_CPUSET_CPUS,
	FLAG_CPUSET_MEMS,
	FLAG_DETACH,
	FLAG_DETACH_KEYS,
	FLAG_DEVICE,
	FLAG_DEVICE_CGROUP_RULE,
	FLAG_DEVICE_READ_BPS,
	FLAG_DEVICE_READ_IOPS,
	FLAG_DEVICE_WRITE_BPS,
	FLAG_DEVICE_WRITE_IOPS,
	FLAG_DISABLE_CONTENT_TRUST,
	FLAG_DNS,
	FLAG_DNS_OPT,
	FLAG_DNS_OPTION,
	FLAG_DNS_SEARCH,
	FLAG_DOMAINNAME,
	FLAG_DRY_RUN,
	FLAG_ENTRYPOINT,
	FLAG_ENV,
	FLAG_ENV_FILE,
	FLAG_EXPLAIN,
	FLAG_EXPOSE,
	FLAG_FORMAT,
	FLAG_GPUS,
	FLAG_GROUP_ADD,
	FLAG_HEALTH_CMD,
	FLAG_HEALTH_INTERVAL,
	FLAG_HEALTH_RETRIES,
	FLAG_HEALTH_START_INTERVAL,
	FLAG_HEALTH_START_PERIOD,
	FLAG_HEALTH_TIMEOUT,
	FLAG_HELP,
	FLAG_HOSTNAME,
	FLAG_INIT,
	FLAG_INTERACTIVE,
	FLAG_IO_MAXBANDWIDTH,
	FLAG_IO_MAXIOPS,
	FLAG_IP,
	FLAG_IP6,
	FLAG_IPC,
	FLAG_ISOLATION,
	FLAG_KERNEL_MEMORY,
	FLAG_LABEL,
	FLAG_LABEL_FILE,
	FLAG_LINK,
	FLAG_LINK_LOCAL_IP,
	FLAG_LOG_DRIVER,
	FLAG_LOG_OPT,
	FLAG_MAC_ADDRESS,
	FLAG_MEMORY,
	FLAG_MEMORY_RESERVATION,
	FLAG_MEMORY_SWAP,
	FLAG_MEMORY_SWAPPINESS,
	FLAG_MOUNT,
	FLAG_NAME,
	FLAG_NET,
	FLAG_NET_ALIAS,
	FLAG_NETWORK,
	FLAG_NETWORK_ALIAS,
	FLAG_NO_HEALTHCHECK,
	FLAG_OOM_KILL_DISABLE,
	FLAG_OOM_SCORE_ADJ,
	FLAG_PID,
	FLAG_PIDS_LIMIT,
	FLAG_PLATFORM,
	FLAG_POLICY,
	FLAG_PRIVILEGED,
	FLAG_PUBLISH,
	FLAG_PUBLISH_ALL,
	FLAG_PULL,
	FLAG_QUIET,
	FLAG_READ_ONLY,
	FLAG_RESTART,
	FLAG_RM,
	FLAG_ROOTFS,
	FLAG_RUNTIME,
	FLAG_SDNOTIFY,
	FLAG_SECURITY_OPT,
	FLAG_SHM_SIZE,
	FLAG_SIG_PROXY,
	FLAG_STOP_SIGNAL,
	FLAG_STOP_TIMEOUT,
	FLAG_STORAGE_OPT,
	FLAG_SYSCTL,
	FLAG_TMPFS,
	FLAG_TTY,
	FLAG_ULIMIT,
	FLAG_USE_API_SOCKET,
	FLAG_USER,
	FLAG_USERNS,
	FLAG_UTS,
	FLAG_VOLUME,
	FLAG_VOLUME_DRIVER,
	FLAG_VOLUMES_FROM,
	FLAG_WORKDIR,
	FLAG_COUNT
};
#define FLAG_NONE FLAG_COUNT /* "no flag" where a finding or a conflict names one */

enum flag_scope {
	FLAG_SCOPE_DOCKER, /* docker run has it */
	FLAG_SCOPE_OWN,    /* hardrun's own: also understood before the verb */
	FLAG_SCOPE_COUNT
};

/* What kind of value the flag takes; decides which parser of the request room reads it. */
enum flag_kind {
	FLAG_KIND_BOOL,
	FLAG_KIND_INTEGER,  /* docker's base-0 integers, within minimum..maximum */
	FLAG_KIND_SIZE,     /* bytes */
	FLAG_KIND_CPUS,     /* units of 1e-9 CPU */
	FLAG_KIND_DURATION, /* nanoseconds */
	FLAG_KIND_WORD,     /* any text; the judge knows its grammar */
	FLAG_KIND_PAIR,     /* NAME=VALUE or NAME: env, label, sysctl, log-opt, security-opt, ... */
	FLAG_KIND_VOLUME,   /* -v */
	FLAG_KIND_MOUNT,    /* --mount */
	FLAG_KIND_TMPFS,    /* --tmpfs */
	FLAG_KIND_PORT,     /* -p */
	FLAG_KIND_USER,     /* -u */
	FLAG_KIND_ULIMIT,
	FLAG_KIND_NETWORK,
	FLAG_KIND_COUNT
};

enum flag_repeat {
	FLAG_REPEAT_LIST, /* adds up */
	FLAG_REPEAT_LAST, /* the last one counts; no power in it */
	FLAG_REPEAT_SAME, /* may be repeated with the same value only */
	FLAG_REPEAT_COUNT
};

enum flag_stance {
	FLAG_STANCE_OPEN,        /* anyone may use it, once well formed */
	FLAG_STANCE_BOUNDED,     /* within bounds, of the row or of the policy */
	FLAG_STANCE_LISTED,      /* only what the policy lists */
	FLAG_STANCE_FORCED,      /* hardrun decides; the strict form may be restated */
	FLAG_STANCE_HAZARD,      /* only where the policy names the hazard */
	FLAG_STANCE_REFUSED,     /* never */
	FLAG_STANCE_UNSUPPORTED, /* known to docker, not done by hardrun (yet) */
	FLAG_STANCE_COUNT
};

struct flag_spec {
	const char *name;        /* without dashes */
	char letter;             /* 0: none */
	enum flag_scope scope;
	enum flag_kind kind;
	enum flag_repeat repeat;
	enum flag_stance stance;
	/*
	 * FLAG_KIND_INTEGER, _SIZE, _CPUS, _DURATION: built-in bounds in the kind's unit, both inclusive; both 0: none. The request room
	 * reads any number of the kind; the verdict room holds the bounds, so that leaving them is a denial with this row's danger.
	 */
	int64_t minimum;
	int64_t maximum;
	bool is_hidden;          /* not in help: hidden aliases, Windows and retired flags */
	enum flag_id alias_of;   /* FLAG_NONE, or the flag that this is another name of */
	const char *policy_key;  /* "allow.mem_limit", "hazards": the key that decides; NULL: none */
	const char *hazard;      /* the hazard's name (see policy.h), or NULL */
	const char *value_name;  /* "BYTES"; NULL for switches */
	const char *values;      /* words that complete a value, apart by blanks; for own options all there are; NULL: none */
	const char *docker;      /* how docker and podman are told: "--memory BYTES"; NULL: see docker_excuse */
	const char *docker_excuse; /* why it is not passed to an engine's command line */
	const char *oci;         /* config.json path that carries it; NULL: see oci_excuse */
	const char *oci_excuse;  /* why there is none; shown when the flag is refused on the OCI path */
	bool is_oci_refused;     /* using it on the OCI path is refused with oci_excuse (false: harmless without effect there) */
	enum flag_id conflicts[7]; /* FLAG_NONE-terminated; symmetric; a switch set to false does not count as given */
	const char *since;       /* docker release that brought it, "" when older than 18.06 */
	const char *summary;     /* one line, no full stop, at most 60 bytes */
	const char *danger;      /* what it can do to the host, one clause; NULL: nothing to say */
};

extern const struct flag_spec flag_specs[FLAG_COUNT];

/* The row's id, or FLAG_NONE. ${name} without dashes; exact, no abbreviation. */
enum flag_id flag_find(const char *name, size_t length);
/* The row with that letter, or FLAG_NONE; 0 is nobody's. */
enum flag_id flag_find_letter(char letter);
/* The enum's word for people and tests: "bounded", "adds up"; "?" for what is none. */
const char *flag_stance_name(enum flag_stance stance);
const char *flag_repeat_name(enum flag_repeat repeat);

/* Printers: everything that lists flags is derived here. Each returns text allocated from ${arena}. */
const char *flag_print_help(struct arena *arena);            /* options of `run`, two columns, 80 wide */
const char *flag_print_man(struct arena *arena);             /* the OPTIONS section in man(7) macros */
const char *flag_print_bash(struct arena *arena);            /* completions, whole files */
const char *flag_print_zsh(struct arena *arena);
const char *flag_print_fish(struct arena *arena);

#endif
