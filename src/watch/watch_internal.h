/* watch, inside: what the arguments of calls mean. */
#ifndef HARDRUN_WATCH_INTERNAL_H
#define HARDRUN_WATCH_INTERNAL_H

#include <hardrun/watch.h>

enum watch_meaning {
	WATCH_END,       /* no further argument */
	WATCH_NUMBER,
	WATCH_HEX,
	WATCH_ADDRESS,   /* not followed */
	WATCH_TEXT,      /* the address of a text */
	WATCH_DIRECTORY, /* a descriptor, or AT_FDCWD */
	WATCH_MODE,      /* octal */
	/* those that have names, and make kinds */
	WATCH_FAMILY,
	WATCH_SOCKET_TYPE,
	WATCH_CLONE,
	WATCH_MOUNT,
	WATCH_UMOUNT,
	WATCH_PTRACE,
	WATCH_KEYCTL,
	WATCH_IOCTL,
	WATCH_PERSONALITY,
	WATCH_BPF,
	WATCH_FSCONFIG,
	WATCH_OPEN,
	WATCH_MEANING_COUNT
};

struct watch_name { const char *name; uint64_t value; };
struct watch_names {
	const struct watch_name *items;
	size_t count;
	uint64_t single;  /* the bits that hold one value among names, beside flags; UINT64_MAX: all do */
};
/* The names of a meaning; NULL: it has none. */
const struct watch_names *watch_names_of(enum watch_meaning meaning);

struct watch_signature { const char *call; unsigned char meanings[WATCH_ARGUMENTS]; };
/* What is known of a call's arguments; NULL: nothing. */
const struct watch_signature *watch_signature_of(const char *call);

/* ---- actions.c: what a call does, as far as layers behind the filter care ---- */

enum watch_act {
	ACT_OPEN,      /* as its flags say */
	ACT_LOOK,      /* whether it is there */
	ACT_MAKE,      /* something new at the (last) place */
	ACT_REMOVE,    /* the first place, and for a rename what is made at the second */
	ACT_WRITE,     /* what is there */
	ACT_CHMOD,     /* its owner's right */
	ACT_CHOWN,
	ACT_DEVICE,    /* mknod */
	ACT_EXECUTE,
	ACT_BIND,
	ACT_CONNECT,
	ACT_SOCKET,
	ACT_SETUID,
	ACT_SETGID,
	ACT_SETGROUPS,
	ACT_PRIORITY,
	ACT_ENTER,     /* a directory */
	ACT_LIMIT,     /* of the resource in ->value to what is at the address in ->ids */
	ACT_GUARDED,   /* for whoever has the capability ->ids */
};
struct watch_action {
	const char *call;
	enum watch_act act;
	struct watch_operand operands[WATCH_PLACES];
	unsigned operand_count;
	signed char value;   /* the argument with flags, mode or the first id; -1: none */
	unsigned char ids;   /* how many ids begin there; ACT_GUARDED: the capability's number */
};
/* NULL: a call that is not observed. */
const struct watch_action *watch_action_of(const char *call);
/* The same for a call that is rendered: "stat(...)". */
const struct watch_action *watch_action_of_text(const char *text);
/* To be written, given what open's flags say. */
bool watch_flags_write(uint64_t flags);

/* ---- remedy.c ---- */

/* The setting ${key} of the plan; for mounts that of the one at ${target}, for ulimits of "NAME=". NULL: there is none. */
const struct plan_setting *watch_setting(const struct plan *plan, const char *key, const char *target);
/* The innermost mount of the plan that ${path} lies in; NULL: it is the image's. */
const struct plan_mount *watch_mount_of(const struct plan *plan, const char *path);
/* Fills in rule and place: "defaults.${key}" with its line, the words of the command line, or what is built in. */
void watch_set_rule(struct arena *arena, struct watch_need *need, const struct plan_setting *setting, const char *key);

void remedy_capability(struct arena *arena, const char *capability, struct watch_need *need);
/* A place to write in the read-only image. */
void remedy_place(struct arena *arena, const struct plan *plan, const struct watch_place *place, bool is_made_directory,
		  struct watch_need *need);
/* A mount of the plan that is read-only. */
void remedy_mount(struct arena *arena, const struct plan *plan, const struct plan_mount *mount, struct watch_need *need);
/* Files of ${owner} that the process may not have. */
void remedy_owner(struct arena *arena, const struct plan *plan, const struct watch_observed *observed,
		  const struct watch_owner *owner, struct watch_need *need);
/* A tmpfs that wants another size or is to be executable. */
void remedy_tmpfs(struct arena *arena, const struct plan *plan, const struct plan_mount *mount, bool is_exec, int64_t size,
		  struct watch_need *need);
/* Another value for the limit ${key} (Compose's name), ${flag} on a command line. */
void remedy_limit(struct arena *arena, const struct plan *plan, const char *key, const char *flag, const char *value,
		  struct watch_need *need);

/* ---- foresee_path.c ---- */

void foresee_path(const struct plan *plan, const struct watch_observed *observed, const struct watch_action *action,
		  struct watch_needs *needs);
/* The file of a socket, to be made or to be found. */
void foresee_socket_file(const struct plan *plan, const struct watch_observed *observed, bool is_made, struct watch_needs *needs);
void foresee_program(const struct plan *plan, const struct watch_observed *observed, struct watch_needs *needs);
/* A new need of the call, granted so far. */
struct watch_need *foresee_add(struct watch_needs *needs, const struct watch_observed *observed, enum watch_need_kind kind,
			       const char *subject);
void foresee_capability(const struct watch_observed *observed, const char *capability, const char *reason,
			struct watch_needs *needs);
bool foresee_has(const struct watch_process *process, unsigned capability);

#endif
