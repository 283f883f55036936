/*
 * request: the command line of `run`, `create`, `check` and `show` as a typed model. The grammar is docker's (pflag, not
 * interspersed); where clients differ, the line is refused. Pure: no file is opened here.
 */
#ifndef HARDRUN_REQUEST_H
#define HARDRUN_REQUEST_H

#include <hardrun/base.h>
#include <hardrun/finding.h>
#include <hardrun/flag.h>

enum {
	REQUEST_ARGV_BYTES_MAX = 512 * 1024, /* hard limits of the parser; the policy's own are lower */
	REQUEST_ARGV_WORDS_MAX = 4096,
};

enum mount_type {
	MOUNT_BIND,
	MOUNT_VOLUME,    /* named */
	MOUNT_ANONYMOUS, /* a volume without a name */
	MOUNT_TMPFS,
	MOUNT_OTHER,     /* image, npipe, cluster, glob, ramfs, ...: type_name has the word */
	MOUNT_TYPE_COUNT
};

/* One -v, --mount or --tmpfs. Every key that was given is kept, so that the judge can refuse it by name. */
struct mount_request {
	enum mount_type type;
	const char *type_name;
	const char *source;      /* as given; NULL: none. "~/x" only from a policy: on the command line it is refused */
	const char *target;      /* as given */
	bool is_read_only;
	bool is_read_only_given; /* "ro", "rw" or readonly= was said */
	bool is_exec, is_suid, is_dev; /* asked for with exec, suid, dev */
	bool has_size;
	int64_t size_bytes;
	bool has_mode;
	unsigned mode;           /* tmpfs mode bits */
	bool has_uid, has_gid;
	uint32_t uid, gid;       /* tmpfs owner */
	bool is_nocopy;
	const char *propagation; /* NULL: not given */
	const char *relabel;     /* "z" or "Z"; NULL: not given */
	struct string_list other; /* keys that are understood but never passed on: volume-driver, volume-opt, bind-nonrecursive, ... */
};

struct port_request {
	const char *address;        /* one spelling per address, without brackets; NULL: none (docker means every one) */
	uint16_t host_first, host_last;           /* 0,0: the engine picks */
	uint16_t container_first, container_last; /* from 1 */
	const char *protocol;       /* "tcp", "udp", "sctp" */
};

struct user_request {
	bool is_numeric;       /* strict decimal uid[:gid]; else a name stands in it, uid and gid are 0 and has_gid is false */
	uint32_t uid;
	bool has_gid;
	uint32_t gid;
	const char *text;      /* as given */
};

struct ulimit_request {
	const char *name;
	int64_t soft, hard;    /* -1: unlimited */
};

struct network_request {
	const char *name;              /* as given, lower-cased where docker does */
	struct string_list aliases;    /* of the long form */
	const char *ip, *ip6, *mac_address; /* NULL: not given */
	struct string_list options;    /* driver-opt, link-local-ip, gw-priority ... "key=value" */
};

struct pair_request {
	const char *name;      /* before the first '=' (for security-opt also ':', for add-host ':') */
	const char *value;     /* NULL: no separator was given */
};

struct request_option {
	enum flag_id flag;     /* aliases resolved */
	size_t argv_index;     /* of the word that names the flag */
	const char *spelling;  /* "-v", "--volume", "--net" */
	const char *raw;       /* the value as given; "true" or "false" for switches */
	union {
		bool boolean;
		int64_t number; /* integer, bytes, nano CPUs, nanoseconds */
		struct pair_request pair;
		struct mount_request mount;
		struct port_request port;
		struct user_request user;
		struct ulimit_request ulimit;
		struct network_request network;
	} value;
};

struct request {
	const struct request_option *options; /* in the order given */
	size_t option_count;
	const char *image;        /* as given; NULL with --rootfs */
	size_t image_index;
	struct string_list command; /* what follows the image */
	size_t argv_bytes;        /* of all words, with their terminators */
	size_t argv_words;
	bool is_help;             /* --help was asked for: nothing else matters */
};

/*
 * Parses the words that follow the verb. What is not well formed becomes a finding (all that can be told, until the
 * grammar loses its footing: the arity of an unknown flag is unknown). The request is returned in any case, holding what was
 * understood; judge it only when findings_malformed() is false.
 * Text rules: every word is UTF-8; control characters only in the command and in the value of --env.
 * Sources: spf13/pflag flag.go (parseLongArg, parseShortArg), docker/cli opts/.
 */
const struct request *request_parse(struct arena *arena, int argc, char *const argv[], struct findings *findings);

/* The last option of that flag, or NULL. */
const struct request_option *request_last(const struct request *request, enum flag_id flag);
/* Iterates: the next option of ${flag} at or after *${position}; NULL at the end. Start with *${position} == 0. */
const struct request_option *request_next(const struct request *request, enum flag_id flag, size_t *position);

/*
 * An option as words for people: printable, short, and without the values of variables, health commands and whatever has a
 * secret-looking name. ${option}->raw NULL: a switch without value. Only flag, spelling and raw are looked at.
 */
const char *request_words(struct arena *arena, const struct request_option *option);

/*
 * The value parsers, each one grammar; false with *ret_reason (one clause) when ${text} is not of it. The policy room's
 * readers and the plan's renderers use the same ones. *ret_... is written only on success.
 */
bool request_parse_volume(struct arena *arena, const char *text, struct mount_request *ret_mount, const char **ret_reason);
bool request_parse_mount(struct arena *arena, const char *text, struct mount_request *ret_mount, const char **ret_reason);
bool request_parse_tmpfs(struct arena *arena, const char *text, struct mount_request *ret_mount, const char **ret_reason);
bool request_parse_port(struct arena *arena, const char *text, struct port_request *ret_port, const char **ret_reason);
bool request_parse_user(struct arena *arena, const char *text, struct user_request *ret_user, const char **ret_reason);
bool request_parse_ulimit(struct arena *arena, const char *text, struct ulimit_request *ret_ulimit, const char **ret_reason);
bool request_parse_network(struct arena *arena, const char *text, struct network_request *ret_network,
			   const char **ret_reason);

/* ---- image names: docker's reference grammar, normalised ---- */

enum image_kind {
	IMAGE_REFERENCE,      /* of a registry */
	IMAGE_OCI_LAYOUT,     /* oci:DIR[:TAG] */
	IMAGE_DOCKER_ARCHIVE, /* docker-archive:FILE */
	IMAGE_ROOTFS,         /* --rootfs DIR */
	IMAGE_KIND_COUNT
};

struct image_name {
	enum image_kind kind;
	const char *name;   /* what policies match: "docker.io/library/alpine", "oci:/srv/x", "docker-archive:/a.tar" */
	const char *domain; /* IMAGE_REFERENCE: "docker.io" */
	const char *tag;    /* "latest" when neither tag nor digest was given; NULL with a digest */
	const char *digest; /* "sha256:..."; NULL */
	const char *path;   /* of the layout, archive or root file system; NULL for a reference */
	const char *canonical; /* the bytes handed to an engine: name:tag or name@digest */
};

/*
 * Refuses: an image id (64 hex digits, sha256:...), a tag together with a digest (engines ignore the tag), other
 * transports, upper case in the path, anything outside ASCII. Source: distribution/reference.
 */
bool request_parse_image(struct arena *arena, const char *text, struct image_name *ret_image, const char **ret_reason);

#endif
