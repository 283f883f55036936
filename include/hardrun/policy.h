/*
 * policy: policy files, version 1, as typed values, each with the place it was written at. Reads only the files it is
 * pointed to. Language: policy(5); one key table drives the parser, the checks, the JSON Schema and the manual.
 */
#ifndef HARDRUN_POLICY_H
#define HARDRUN_POLICY_H

#include <sys/types.h>

#include <hardrun/base.h>
#include <hardrun/finding.h>
#include <hardrun/request.h>

enum {
	POLICY_FILE_BYTES_MAX = 256 * 1024,
	POLICY_DEPTH_MAX = 16,
	POLICY_LIST_MAX = 1024,
	POLICY_ERRORS_MAX = 20,
	POLICY_CHAIN_MAX = 4, /* files joined by extends, the policy itself included */
};

/* ---- values with their place ---- */

struct policy_bool { bool is_set; bool value; struct place place; };
/*
 * Bytes, 1e-9 CPUs, counts, seconds: as the key says. allow.mem_limit and allow.cpus may also be a share of the host
 * ("50%"): then value is the negative percentage (-50), so that a reader who forgets refuses everything. A chain that says
 * both has the amount in value and the share in percent, and the larger of the two holds: policy_ceiling.
 */
struct policy_number { bool is_set; int64_t value; struct place place; int64_t percent; };
struct policy_text { const char *value; struct place place; };            /* value NULL: not set */
struct policy_list { bool is_set; struct policy_text *items; size_t count; struct place place; };
struct policy_pair { const char *name; const char *value; int64_t number; struct place place; };
struct policy_map { bool is_set; struct policy_pair *items; size_t count; struct place place; };

enum policy_user_kind {
	POLICY_USER_UNSET,
	POLICY_USER_IDS,    /* uid[:gid]; in grants ranges: "1000-1999:1000-1999" */
	POLICY_USER_CALLER, /* the person who typed the command */
	POLICY_USER_IMAGE,  /* the image's own USER, if numeric and not 0 */
	POLICY_USER_KIND_COUNT
};

/* defaults.user, and one entry of allow.user. "NAME=uid:gid" lets the caller type a name that means these ids. */
struct policy_user {
	enum policy_user_kind kind;
	const char *name;               /* NULL unless NAME= was written */
	uint32_t uid_first, uid_last;
	bool has_gid;
	uint32_t gid_first, gid_last;
	struct place place;
};

/*
 * One entry of allow.ports: "ADDRESS:HOST[-HOST]:CONTAINER[-CONTAINER][/PROTOCOL]"; '*' for any address, host port or
 * container port.
 */
struct policy_port {
	const char *address;            /* NULL: any, the wildcard addresses included */
	uint16_t host_first, host_last; /* host_first 0: a port picked by the engine is fine too */
	uint16_t container_first, container_last;
	const char *protocol;           /* "tcp" where not said; "*" any */
	struct place place;
};

/* One entry of allow.volumes. */
struct policy_volume {
	/* glob over host paths: a bind; NULL for volumes. Absolute, or "~/..." or "./...", not expanded here */
	const char *source;
	const char *volume;             /* glob over volume names; NULL for binds */
	const char *target;             /* glob over container paths; NULL: any (the floor still holds) */
	bool is_writable;               /* access: rw */
	bool is_owned;                  /* owner: caller: the source must belong to the caller */
	struct place place;
};

struct policy_defaults {
	struct policy_user user;
	struct policy_bool read_only;
	struct policy_list tmpfs;       /* "TARGET[:options]" */
	struct policy_list volumes;     /* "SOURCE:TARGET[:ro]": always mounted */
	struct policy_number mem_limit, cpus, pids_limit, shm_size;
	struct policy_map ulimits;      /* number: soft = hard */
	struct policy_list cap_add;
	struct policy_text network_mode;
	struct policy_text host_ip;     /* for published ports that name no address; unset: docker's 0.0.0.0 is what is judged */
	struct policy_map environment;
	struct policy_map labels;
	struct policy_text logging_driver;
	struct policy_map logging_options; /* max-size, max-file */
	struct policy_bool init;
	struct policy_text working_dir, hostname, stop_signal;
	struct policy_number stop_grace_period; /* seconds */
};

struct policy_allow {
	struct policy_number mem_limit, cpus, pids_limit, shm_size; /* ceilings */
	struct policy_user *users;
	size_t user_count;
	struct policy_port *ports;
	size_t port_count;
	struct policy_number max_ports;
	struct policy_volume *volumes;
	size_t volume_count;
	struct policy_number tmpfs_max_size;
	struct policy_bool tmpfs_exec;
	struct policy_list environment;  /* globs over names */
	/* globs over host paths: absolute, "~/...", "./..." or "**" first; not expanded */
	struct policy_list env_file, label_file, cidfile;
	struct policy_list labels;       /* globs over keys */
	struct policy_list networks;     /* globs over names, and isolated, none */
	struct policy_list network_aliases;
	struct policy_list dns, dns_search, dns_opt; /* globs */
	struct policy_list extra_hosts;  /* globs over "name:address" */
	struct policy_list cap_add;
	struct policy_list devices;      /* "/dev/x[:rwm]", exact */
	struct policy_list sysctls;      /* "name" or "name=value", globs */
	struct policy_list security_labels; /* globs over parts of a SELinux context, "type:container_t" */
	struct policy_list group_add;    /* decimal gids or ranges */
	struct policy_list rootfs;       /* globs over host paths, as env_file */
	struct policy_list restart;      /* "no", "on-failure", "on-failure:5" (the most retries), "always", "unless-stopped" */
	struct policy_list pull;         /* "missing", "never", "always" */
	struct policy_list platforms;
	struct policy_list cpuset;       /* cpu list, e.g. "0-3" */
	struct policy_map ulimits;       /* name: the most */
	struct policy_list logging_drivers;
	struct policy_number logging_max_size, logging_max_file;
	struct policy_bool entrypoint;
	struct policy_list verbs;        /* docker's verbs, "exec", "volume create": exactly */
	struct policy_number argv_bytes, argv_words; /* command_line: {max_bytes, max_words} */
};

/* Where a secret comes from: the unit's credential of that name, or the file at that path. */
#define POLICY_SECRET_CREDENTIAL "credential:"
#define POLICY_SECRET_FILE "file:"
/* The name or path of a source that is of that kind; NULL: it is of another. */
const char *policy_secret_of(const char *source, const char *kind);

struct policy_engine {
	struct policy_text backend;      /* auto docker podman crun runc runsc */
	struct policy_text host;         /* unix:///path */
	struct policy_text client;       /* absolute path of the docker or podman client */
	struct policy_text sandbox;      /* optional | required */
};

#define POLICY_APPARMOR_GENERATED "generated"
#define POLICY_APPARMOR_UNCONFINED "unconfined"
/* The names of profiles that are taken: letters that neither AppArmor, docker's grammar of options nor a shell reads as more. */
bool policy_is_profile_name(const char *name);
/*
 * A part of a SELinux context, "type:container_t": user, role, type or level, and letters that no language between here and the
 * kernel reads as more. Only a level has colons: in another part they would be the next parts.
 */
bool policy_is_context_part(const char *text);

struct policy_record {
	struct policy_text to;           /* file syslog journald none */
	struct policy_text path;         /* absolute; only with file */
};

struct policy_syscall_rule {
	const char *name;                /* a call, or "@group" */
	const char *when;                /* "arg0 in AF_UNIX, AF_INET"; NULL: always */
	struct place place;
};

struct policy_seccomp {
	struct policy_text base;         /* default | minimal | runtime */
	struct policy_syscall_rule *allow;
	size_t allow_count;
	struct policy_syscall_rule *deny;
	size_t deny_count;
	struct policy_text architectures; /* native | all */
};

/* ---- hazards: the floor, by name ---- */

enum hazard_id {
	HAZARD_DOCKER_SOCKET,
	HAZARD_HOST_IPC,
	HAZARD_HOST_NETWORK,
	HAZARD_HOST_PID,
	HAZARD_HOST_UTS,
	HAZARD_NEW_PRIVILEGES,
	HAZARD_PRIVILEGED,
	HAZARD_ROOT_USER,
	HAZARD_SENSITIVE_PATHS,
	HAZARD_UNCONFINED_APPARMOR,
	HAZARD_UNCONFINED_SECCOMP,
	HAZARD_WRITABLE_ROOT,
	HAZARD_COUNT
};

struct hazard_spec {
	const char *name;    /* "docker-socket" */
	const char *summary; /* what the floor forbids and why, one clause */
};
extern const struct hazard_spec hazard_specs[HAZARD_COUNT]; /* sorted by name */

/* ---- the policy ---- */

struct policy {
	const char *name;          /* "default" when found by name, else the file's path */
	struct policy_text description;
	struct policy_list images; /* globs over normalised names without tag; not inherited */
	struct policy_text extends; /* as written */
	struct policy_engine engine;
	struct policy_defaults defaults;
	struct policy_allow allow;
	struct policy_seccomp seccomp;
	struct policy_record record;
	struct policy_text apparmor; /* POLICY_APPARMOR_*, or the name of a profile; of a ceiling never unconfined */
	struct policy_map secrets; /* name: where it comes from, as below */
	struct policy_bool explain; /* refused system calls are explained */
	struct policy_bool hazards[HAZARD_COUNT];
	struct policy_bool user_policies; /* ceiling only */
	bool is_root_owned;        /* every file of the chain belongs to root and stands where root's policies are, or is built in */
	struct string_list files;  /* of the chain, the policy itself first; "built-in:default" for embedded ones */
	struct string_list digests; /* of files, same index: SHA-256 in hex of the very bytes that were parsed */
};

/*
 * How a chain becomes one policy: defaults: the nearest file that sets a key wins (maps merge by name). allow, hazards
 * and seccomp.allow add up: lists are joined, ceilings take the larger, so a child can only widen its parent and removing a
 * line never widens anything. seccomp.deny adds up too. Of apparmor the stricter word wins: generated, then a name, then
 * silence, then unconfined. images is the file's own.
 */

/* Whose files are trusted, and where policies are looked for. */
struct policy_search {
	uid_t caller_uid;          /* files of root and of this user are trusted */
	const char *user_dir;      /* ~/.config/hardrun/policies; NULL: none */
	const char *admin_dir;     /* /etc/hardrun/policies */
	const char *vendor_dir;    /* PREFIX/share/hardrun/policies */
	const char *ceiling_path;  /* /etc/hardrun/ceiling.yaml */
	bool is_user_dir_ignored;  /* the ceiling says user_policies: false */
	bool is_root_only;         /* root's rights are lent and no ceiling bounds them: only files of root count */
};

/* All errors of a file (at most POLICY_ERRORS_MAX), in the order of their places. */
struct policy_errors {
	struct arena *arena;
	struct error *items;
	size_t count;
};

/*
 * Loads ${name_or_path}: a path when it has a '/' or ends in .yaml, .yml or .json, else a name looked up in ${search}. The
 * parents named by extends are loaded with it. The file is opened once (O_NOFOLLOW|O_NONBLOCK|O_CLOEXEC), checked on that
 * descriptor: regular, owned by root or the caller, not group or world writable, its directories likewise (a sticky one is
 * fine), at most POLICY_FILE_BYTES_MAX. Returns NULL with at least one error.
 */
const struct policy *policy_load(struct arena *arena, const struct policy_search *search, const char *name_or_path,
				 struct policy_errors *errors);
/*
 * Parses ${bytes} as a policy file called ${file}, without parents: for tests, fuzzing and embedded policies. It counts as
 * owned by root. What needs the whole chain (hazards against defaults) is checked only when the file extends nothing.
 */
const struct policy *policy_parse(struct arena *arena, const char *file, const char *bytes, size_t length,
				  struct policy_errors *errors);
/*
 * The policy that answers for an image name when --policy is silent: the most specific images: pattern (most bytes before the
 * first wildcard, then the longest) among the search directories, else "default". NULL with errors when one of them is wrong.
 */
const struct policy *policy_choose(struct arena *arena, const struct policy_search *search, const char *image_name,
				   struct policy_errors *errors);
/*
 * The ceiling, or NULL: errors->count tells "there is none" (0) from "it is wrong". It holds allow, engine, hazards, seccomp,
 * apparmor, record and user_policies; it must belong to root. What it allows bounds every policy.
 */
const struct policy *policy_load_ceiling(struct arena *arena, const struct policy_search *search, struct policy_errors *errors);

struct policy_entry { const char *name; const char *path; const char *description; bool is_masked; const char *images; };
/*
 * A file of people's own that extends the policy ${chosen} (or what would have answered, were it not for that file's name), and
 * answers for no image, as it says none: whoever wrote it may wonder. NULL: there is none.
 */
const char *policy_unheard(struct arena *arena, const struct policy_search *search, const char *chosen, const char *image_name);
/* Every policy that a name would find, nearest directory first; masked ones are marked. */
size_t policy_list(struct arena *arena, const struct policy_search *search, const struct policy_entry **ret_entries);

/*
 * The ceiling that ${number} states on a machine with ${whole} of it (bytes of memory, 1e-9 CPUs): an amount, a share of
 * ${whole}, or the larger of both. 0 when it is not set.
 */
int64_t policy_ceiling(const struct policy_number *number, int64_t whole);
/* True when the policy's own file came with hardrun, built in or below PREFIX/share/hardrun: nobody should edit it. */
bool policy_is_shipped(const struct policy *policy);
/* True when ${policy} answers for an image name (images matches). A policy without images answers for none. */
bool policy_has_image(const struct policy *policy, const char *image_name);
/* Who requires a kernel of the container's own (engine.sandbox): the ceiling (NULL: none), else the policy; NULL: neither. */
const struct policy_text *policy_sandbox(const struct policy *policy, const struct policy *ceiling);
/* The JSON Schema (draft 2020-12) of the language, from the key table. */
const char *policy_schema(struct arena *arena);
/* The KEYS section of policy(5) in man macros, from the key table. */
const char *policy_print_man(struct arena *arena);
/* True when a key of that dotted path exists ("allow.mem_limit"). */
bool policy_has_key(const char *path);

/* ---- trusted reading, shared with whoever must read a file of the caller's ---- */

/*
 * Reads a whole file under the trust rules above (${owner}: allowed besides root). Returns 0 and NUL-terminated bytes, or an
 * error with one sentence naming the failing path and its remedy (chmod go-w ...).
 */
int policy_read_trusted(struct arena *arena, const char *path, uid_t owner, size_t limit, char **ret_bytes,
			size_t *ret_length, bool *ret_is_root_owned, struct error *err);

#endif
