/*
 * watch: refused system calls in words: their arguments decoded, each kind said once, and never more than somebody can read.
 * Pure: who listens to the kernel, and reads a process's memory, is the launch room.
 */
#ifndef HARDRUN_WATCH_H
#define HARDRUN_WATCH_H

#include <hardrun/base.h>
#include <hardrun/plan.h>
#include <hardrun/profile.h>

enum {
	WATCH_ARGUMENTS = 6,
	WATCH_KINDS_MAX = 64,      /* kinds that a ledger keeps; those beyond are counted only */
	WATCH_TEXT_BYTES_MAX = 256, /* of one argument's text */
	WATCH_BURST = 20,          /* reports at once, and then */
	WATCH_PER_SECOND = 5,
};

/* One refused call as it was met. */
struct watch_call {
	const char *name;                    /* NULL: a number that the table does not have */
	int number;
	uint64_t arguments[WATCH_ARGUMENTS];
	const char *texts[WATCH_ARGUMENTS];  /* what stands at an address; NULL: not read, or not readable */
	const char *program;                 /* comm; NULL: not known */
	int pid;                             /* as the host numbers it */
};

/* Bit n: argument n of the call is the address of a text that is worth reading. */
unsigned watch_texts(const char *name);
/* "socket(AF_ALG, SOCK_SEQPACKET, 0)"; addresses, flags and numbers without a name in hexadecimal. Fit for a terminal. */
const char *watch_render_call(struct arena *arena, const struct watch_call *call);
/* What a name of the tables, a number, or several joined by | mean; NULL is 0. False: none of these. */
bool watch_value(struct arena *arena, const char *word, uint64_t *ret_value);
/* The same for calls of one kind: the name, and of the arguments those that have names (families, flags, requests). */
uint64_t watch_kind(const struct watch_call *call);
/*
 * The sentence about a refusal, without newline: what was called by whom, how it was answered, which rule refused it, and the
 * smallest line that would allow it, or that none does. ${explanation} NULL: there is none, it is not in the table.
 */
const char *watch_sentence(struct arena *arena, const struct watch_call *call, enum profile_verdict answer,
			   const struct profile_explanation *explanation);

/* ---- once for each kind, at a bearable pace ---- */

struct watch_entry { uint64_t kind; bool is_said; };
struct watch_ledger {
	struct watch_entry entries[WATCH_KINDS_MAX];
	size_t count;           /* kinds, at most WATCH_KINDS_MAX */
	uint64_t calls;         /* refused calls in all */
	uint64_t unkept;        /* calls of kinds for which there was no room */
	unsigned tokens;        /* reports that may be made at once */
	int64_t refilled;       /* milliseconds: when tokens were last added */
};
/* A ledger of ${now} (any steady clock, milliseconds). */
void watch_ledger_init(struct watch_ledger *ledger, int64_t now);
/*
 * Enters a call. True: it is to be said now, the first of its kind; then watch_ledger_said() when it was. A kind that came when
 * too much was being said is said when it comes again.
 */
bool watch_ledger_enter(struct watch_ledger *ledger, uint64_t kind, int64_t now);
/* The last call that was entered with ${kind} has been said. */
void watch_ledger_said(struct watch_ledger *ledger, uint64_t kind);
/* Kinds that were never said, calls of no kept kind not counted. */
size_t watch_ledger_unsaid(const struct watch_ledger *ledger);
/*
 * The last line of all, without newline. ${status} is how the container ended. NULL: nothing was refused, or all was said and
 * the container ended well.
 */
const char *watch_summary(struct arena *arena, const struct watch_ledger *ledger, int status);

/* ---- needs: what a program was seen to want, and who says no ---- */

enum watch_need_kind {
	NEED_CALL,       /* a system call; subject: the call, decoded */
	NEED_CAPABILITY, /* subject: "CAP_CHOWN" */
	NEED_WRITE,      /* to write, make, remove or rename; subject: the path in the container, links followed */
	NEED_READ,       /* the same for reading; outside the image when is_mounted */
	NEED_EXECUTE,    /* a program that is there; subject: its path */
	NEED_PROGRAM,    /* a program, or its interpreter or loader, that is not there */
	NEED_FILE,       /* a file that is not there, to read */
	NEED_NETWORK,    /* subject: "AF_INET 192.0.2.1:443" */
	NEED_PORT,       /* to bind one; subject: "443" */
	NEED_IDENTITY,   /* to become another user or group; subject: "uid 33", "gid 33", "groups" */
	NEED_PRIVILEGE,  /* a program that gains rights when it is executed (setuid); subject: its path */
	NEED_PROCESSES,  /* amount: the most at once */
	NEED_MEMORY,     /* amount: the peak, in bytes */
	NEED_SPACE,      /* of a tmpfs; subject: where it is mounted; amount: bytes in use */
	NEED_DESCRIPTORS, /* open files; amount: those of one process */
	NEED_HIDDEN,     /* a path of the kernel's that is masked */
	NEED_PROFILE,    /* an AppArmor profile confines it; subject: its name */
	WATCH_NEED_KIND_COUNT
};
/* "call", "capability", ...: as JSON has them. */
const char *watch_need_name(enum watch_need_kind kind);

enum {
	WATCH_NEEDS_MAX = 4096,
	WATCH_NEEDS_MINOR_MAX = 3072, /* of those that were granted, or were looked for and are not there: refusals always find room */
};

/*
 * The smallest change that grants a need. ->text NULL: nobody should grant it. Of the others at most one is there, but ->add
 * beside ->lift; none: the policy is not the place (->text says what is).
 */
struct watch_remedy {
	const char *text;     /* for people, whole: "add defaults: {tmpfs: [\"/data:size=16m\"]}" */
	const char *add;      /* a YAML mapping to be merged into the policy: lists grow, other values are replaced; a tmpfs that is
				 there already is replaced by target */
	const char *lift;     /* an entry that seccomp.deny is to lose */
	const char *writable; /* the target of the volume that is to lose its ":ro" */
	const char *words;    /* for the command line, where a flag of it decides: "--memory 128m" */
	const char *host;     /* a command on the host, shell-quoted: "chown 65534:65534 /srv/data" */
};

struct watch_need {
	enum watch_need_kind kind;
	const char *subject;
	const char *call;     /* the call that showed it, decoded; NULL: none did, the kernel counted */
	const char *program;  /* comm; NULL: not known */
	int pid;              /* as the host numbers it; 0: not known */
	bool is_granted;      /* it went through, as far as can be foreseen */
	bool is_mounted;      /* paths: in a mount of the plan, and not in the image */
	int error;            /* the errno it met; 0: granted, or not known */
	const char *layer;    /* who says no: "seccomp", "read-only root", "ownership", ...; NULL: granted */
	const char *reason;   /* a clause: "the root file system is read-only"; NULL: granted */
	const char *rule;     /* "defaults.read_only", "floor: capabilities"; NULL: granted, or nobody's rule */
	struct place place;   /* of that line, where there is one */
	struct watch_remedy remedy;
	int64_t amount;       /* see the kinds; ports and ids: the number */
	uint64_t count;       /* how often it was met */
	uint64_t last;        /* grows with each call that was seen: when it was met last */
};

/* ---- foreseeing what a call meets behind the filter: from facts that the launch room gathers ---- */

enum { WATCH_PLACES = 2 };

/* Ids as the container has them; it may have none for somebody, or none for the person who called hardrun. */
#define WATCH_ID_NONE UINT32_MAX
#define WATCH_ID_CALLER (UINT32_MAX - 1)
struct watch_owner { uint32_t uid, gid; unsigned mode; };

/* What a path of a call leads to, in the container. */
struct watch_place {
	const char *path;         /* links followed; of what is not there: where it would be. NULL: it was not looked at */
	const char *directory;    /* the nearest directory around it that is there */
	bool exists, is_directory, is_regular;
	bool has_parent;          /* ->directory is the one that it would stand in */
	struct watch_owner self;  /* when it exists */
	struct watch_owner parent; /* of ->directory */
	const char *barrier;      /* a directory on the way that the process may not search; NULL: none */
	struct watch_owner barrier_owner;
	bool is_read_only, is_noexec, is_nosuid; /* the mount */
	bool is_full;             /* a tmpfs with no room left */
	const char *missing;      /* of a program: its interpreter or loader, which is not there; NULL */
};

/* The process that calls. Ids as the container has them. */
struct watch_process {
	bool is_known;
	bool is_shifted;          /* its ids are other ones on the host */
	uint32_t uid, gid;        /* those that count for files */
	uint32_t real_uid, real_gid, saved_uid, saved_gid;
	const uint32_t *groups;
	size_t group_count;
	uint64_t capabilities;    /* effective */
	uint64_t open_files, open_files_limit; /* limit 0: not looked at */
	uint64_t open_files_most; /* to which it may raise that limit; the same */
};

struct watch_address {
	int family;               /* -1: none was read; AF_UNIX: the first place is its file */
	const char *text;         /* "192.0.2.1:443", "[2001:db8::1]:443" */
	uint16_t port;
	bool is_loopback;
};

struct watch_observed {
	struct watch_call call;
	struct watch_process process;
	struct watch_place places[WATCH_PLACES];
	struct watch_address address;
	uint64_t limit; /* of open files, that a call of watch_limit_argument asks for at most; 0: it cannot be read */
};

/* Which arguments of a call name a place: its directory (a descriptor; -1: where the process stands) and its path. */
struct watch_operand {
	signed char directory, path; /* path -1: the descriptor itself is meant */
	bool is_followed;            /* a link at the end is */
};
/* How many there are, at most WATCH_PLACES. */
unsigned watch_operands(const struct watch_call *call, struct watch_operand ret_operands[WATCH_PLACES]);
/* The argument that is the address of a socket's, of the length in the argument behind it; -1: none. */
int watch_address_argument(const char *call);
/* The argument that is the address of a new limit of open files, a struct rlimit; -1: none. */
int watch_limit_argument(const struct watch_call *call);
/* Calls that are looked at with PLAN_OBSERVE_NEEDS, in order of name. */
bool watch_is_observed(const char *call);
/* Of these, those that leave everything as it is: looking, opening to read. */
bool watch_only_reads(const struct watch_call *call);
/* May the process read (4), write (2), execute or search (1) what belongs to ${owner}? As the kernel decides, without ACLs. */
bool watch_may(const struct watch_process *process, const struct watch_owner *owner, bool is_directory, unsigned want);

struct watch_needs { struct arena *arena; struct watch_need *items; size_t count; };
/* Adds what the call needs, granted or not, as far as it can be foreseen from the facts. */
void watch_foresee(const struct plan *plan, const struct watch_observed *observed, struct watch_needs *needs);
/* Adds the need of a call that the filter refuses. */
void watch_refused_call(const struct plan *plan, const struct watch_call *call, int error, struct watch_needs *needs);
/*
 * Adds the need of a call that it allows: subject is its name, and where the filter looks at arguments the call with those that
 * have names. With PLAN_OBSERVE_ALL.
 */
void watch_allowed_call(const struct watch_call *call, bool has_conditions, struct watch_needs *needs);
/* Adds what is known of the tmpfs at ${target} in the end. */
void watch_space(const struct plan *plan, const char *target, int64_t used, bool is_full, struct watch_needs *needs);
/* Adds that the profile ${name} of AppArmor's confines the container: what that refuses is not seen here. */
void watch_profile(const char *name, struct watch_needs *needs);
/* The same need with the same answer, whoever showed it, with whichever call. */
bool watch_is_same_need(const struct watch_need *left, const struct watch_need *right);

/* ---- telling ---- */

/* One sentence, without newline: what was wanted by whom, which layer and rule refuses it, and the smallest remedy. */
const char *watch_need_sentence(struct arena *arena, const struct watch_need *need);

struct json_t;
/* A new reference. Texts are made printable. */
struct json_t *watch_write_need(const struct watch_need *need);
/* Reads back, strictly; false: that was none. */
bool watch_read_need(struct arena *arena, const struct json_t *json, struct watch_need *ret_need);

/* What the container's cgroup counted; -1: not known. */
struct watch_usage {
	int64_t memory_peak, memory_limit, memory_kills; /* bytes, bytes, processes */
	int64_t pids_peak, pids_limit, pids_refused;     /* forks that were refused */
};
#define WATCH_USAGE_UNKNOWN (struct watch_usage){-1, -1, -1, -1, -1, -1}

/* PLAN_OBSERVE_ALL: a call as often as that program made it with that value; see watch_value_of. */
struct watch_sight { const char *call, *program; uint64_t first, second, count; };
enum { WATCH_SIGHTS_MAX = 2048 };
/*
 * The argument of a call that policies speak of: of socket the family with, for netlink, the protocol; of ioctl, prctl and
 * personality what is asked for. Else 0.
 */
void watch_value_of(const char *call, const uint64_t *arguments, uint64_t *ret_first, uint64_t *ret_second);

/* What the container has printed on its standard output. */
struct watch_output { uint64_t lines; const char *digest; }; /* SHA-256, in hexadecimal digits; NULL: nobody has counted */

/* Filled in by launch_run where launch->report is not NULL; see backend.h. */
struct watch_report {
	struct watch_need *needs;   /* in the order in which they were first met */
	size_t need_count;
	struct watch_sight *sights; /* in no order; of calls that the base: runtime has, only some are seen */
	size_t sight_count;
	uint64_t unkept;            /* needs for which there was no room */
	struct watch_usage usage;
	int status, signal;         /* as hardrun exits with it; the signal that ended the first process, 0: none */
	bool is_observed;           /* a listener was there to the end: what is not here was not met */
	int64_t milliseconds;       /* from its start to its end */
	bool is_asked_to_stop;      /* by somebody, with a signal that reached us */
	bool is_out_of_time;        /* by us, as launch->seconds_max was over */
	struct watch_output output;
};
/* Adds why the first program of all was not executed, unless a need says it: report->status is 126 or 127, ${reason} a clause. */
void watch_never_executed(struct arena *arena, const struct plan *plan, const char *reason, struct watch_report *report);
/* Adds the needs that the cgroup's counters tell of: memory and processes, refused or not. */
void watch_count_needs(struct arena *arena, const struct plan *plan, struct watch_report *report);
/*
 * What stopped the container, best evidence first: what the kernel has counted, then what was refused, the latest before the end
 * first; each rule and remedy once, what was granted in the end not at all. At most ${limit}.
 */
struct watch_needs watch_causes(struct arena *arena, const struct watch_report *report, size_t limit);

/* ---- a container's word to systemd ---- */

enum { WATCH_NOTICE_BYTES_MAX = 4096 };
/*
 * Keeps in place, of the ${length} bytes of an sd_notify message, the lines that a container may say of itself, each ended by a
 * newline: READY, RELOADING, STOPPING, STATUS, ERRNO, EXIT_STATUS, and those of time and watchdog; MAINPID, FDSTORE, BUSERROR
 * and all that is not known is dropped. ${text} has room for one byte more. Returns how many bytes are left.
 */
size_t watch_filter_notice(char *text, size_t length);

#endif
