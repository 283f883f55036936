/*
 * learn: what runs of a program have shown, as a record that can be kept, read back and merged, and as a policy with a reason on
 * each of its lines. Pure. What was seen comes from the program that was watched: its names and paths are nobody's word, and are
 * shown as such. Nothing that a record says is granted beyond what the table of calls has for base: default.
 */
#ifndef HARDRUN_LEARN_H
#define HARDRUN_LEARN_H

#include <hardrun/base.h>
#include <hardrun/plan.h>
#include <hardrun/watch.h>

#define LEARN_SCHEMA "hardrun/learned/1"

enum {
	LEARN_RECORD_BYTES_MAX = 1 << 20,
	LEARN_TEXT_BYTES_MAX = 1024,
	LEARN_CALLS_MAX = 512,
	LEARN_LIST_MAX = 128,    /* of everything else that a record lists */
	LEARN_PROGRAMS_MAX = 6,  /* that are named for a line; the others are counted by it all the same */
	LEARN_VALUES_MAX = 12,   /* of a call's argument; a program that has more gets what the table allows */
	LEARN_RUNS_MAX = 1000000,
};

/* The argument of a call that policies speak of: a family of sockets with, for netlink, its protocol; a request. */
struct learn_value { uint64_t first, second; };

struct learn_call {
	const char *name;
	uint64_t count;
	struct string_list programs;
	struct learn_value *values;
	size_t value_count;
	bool has_more_values;   /* there were too many to keep */
};

/* A directory that was written to, which is a tmpfs therefore. */
struct learn_place {
	const char *path;
	int64_t bytes;          /* the most that was seen in it; -1: not known */
	uint64_t count;
	struct string_list programs;
};

/* A bind or a volume of the line. */
struct learn_mount { const char *source, *target; bool is_volume, is_written; };

struct learn_port { uint64_t number; struct string_list programs; };

/* What was refused, and is for a person to grant or not. */
struct learn_ask {
	const char *kind;       /* of watch_need_name() */
	const char *subject;    /* "ptrace(PTRACE_TRACEME, ...)", "/etc/passwd" */
	const char *reason;
	const char *remedy;     /* NULL: nobody should grant it */
	uint64_t count;
	struct string_list programs;
};

struct learn_record {
	const char *architecture;      /* "x86_64" */
	const char *policy;            /* under which it was learned */
	const char *image, *rootfs;    /* one of them; the image without tag */
	const char *command;           /* of the first run, shell-quoted; for people */
	uint64_t uid, gid;
	uint64_t runs;
	int64_t memory_bytes, pids;    /* the most that was met; -1: not known */
	int64_t nano_cpus, shm_bytes, open_files; /* of the plan; -1: no limit of its own */
	bool needs_network;            /* something other than loopback was spoken to */
	const char *stop_signal;       /* NULL: none was given */
	struct learn_call *calls;      /* by name */
	size_t call_count;
	struct learn_place *places;    /* by path */
	size_t place_count;
	struct learn_mount *mounts;    /* by target */
	size_t mount_count;
	struct learn_port *ports;      /* by number */
	size_t port_count;
	struct string_list capabilities; /* that were used and granted; by name */
	struct learn_ask *asks;        /* by kind, then subject */
	size_t ask_count;
};

/* Of this machine, as records have it. */
const char *learn_architecture(void);

/* ---- record.c, read.c: as JSON ---- */

/* The record as text, sorted, the same for the same record. */
const char *learn_print(struct arena *arena, const struct learn_record *record);
/*
 * Reads what nobody vouches for; ${name} is that of the file, for errors. ERROR_LIMIT, ERROR_USAGE with the place of what is
 * wrong; ERROR_UNSUPPORTED: of another architecture, or of a call that this hardrun or its libseccomp does not know. *ret_record
 * is written only on success.
 */
struct learn_bytes { const char *name, *data; size_t length; };
int learn_read(struct arena *arena, const struct learn_bytes *bytes, struct learn_record *ret_record, struct error *err);

/* ---- merge.c ---- */

/*
 * Adds ${other} to ${record}. ERROR_USAGE when they are not of the same program: image or tree, user. ${other_name} is for that
 * sentence.
 */
int learn_merge(struct arena *arena, struct learn_record *record, const struct learn_record *other, const char *other_name,
		struct error *err);

/* ---- gather.c: from one run ---- */

/* An empty record of the plan that is about to be run. */
void learn_begin(struct arena *arena, const struct plan *plan, struct learn_record *ret_record);
/* Calls that were seen; what is not in the table is left out. */
void learn_add_sights(struct arena *arena, struct learn_record *record, const struct watch_sight *sights, size_t count);
/* What a listener has reported of a run of ${plan}; what was refused becomes asks only when ${has_asks}. */
void learn_add_report(struct arena *arena, struct learn_record *record, const struct plan *plan,
		      const struct watch_report *report, bool has_asks);

/* ---- places.c ---- */

/* Who knows whether a directory of the image has something in it, that a tmpfs there would hide. */
struct learn_image { bool (*is_filled)(void *context, const char *directory); void *context; };
/*
 * Directories in which the program could not write, and can where they are a tmpfs: by path, none below another. Those where
 * no tmpfs may be, or where it would hide what the image has, are left out: they are asked about.
 */
struct string_list learn_missing_places(struct arena *arena, const struct plan *plan, const struct watch_report *report,
					const struct learn_image *image);

/* ---- policy.c ---- */

enum learn_proof {
	LEARN_UNPROVED,
	LEARN_PROVED,
	LEARN_PROVED_UNTIL_ENDED, /* it was ended when its time was over, and by somebody when it was learned */
	LEARN_UNENDED,            /* the same, but it had ended by itself when it was learned */
	LEARN_DISPROVED,
	LEARN_PROOF_COUNT
};

/*
 * The policy, as YAML. The same for the same record and proof. ${omit}: a group of calls that is left out, to see what needs it;
 * NULL: none. ${is_output_same}: of a proved one, that it printed the very same as well.
 */
struct learn_style { enum learn_proof proof; const char *omit; bool is_output_same; };
const char *learn_policy(struct arena *arena, const struct learn_record *record, const struct learn_style *style);
/* The groups of calls that the policy speaks of, in its order, and how many calls of each were counted. */
struct learn_group { const char *name; size_t calls; uint64_t count; };
size_t learn_groups(struct arena *arena, const struct learn_record *record, struct learn_group **ret_groups);
/* How many calls a filter of that policy allows, with the base. */
size_t learn_allowed(struct arena *arena, const struct learn_record *record);
/* What was seen, rounded up with headroom. */
int64_t learn_room_for_memory(int64_t bytes);
int64_t learn_room_for_pids(int64_t pids);
int64_t learn_room_for_files(int64_t bytes);

#endif
