/* profile, inside: the tables, and clauses, the algebra of argument conditions. */
#ifndef HARDRUN_PROFILE_INTERNAL_H
#define HARDRUN_PROFILE_INTERNAL_H

#include <hardrun/profile.h>

/* ---- tables ---- */

enum profile_group_bit {
	PROFILE_GROUP_AIO,
	PROFILE_GROUP_BASIC_IO,
	PROFILE_GROUP_CHOWN,
	PROFILE_GROUP_CLOCK,
	PROFILE_GROUP_CPU_EMULATION,
	PROFILE_GROUP_DEBUG,
	PROFILE_GROUP_DEFAULT,
	PROFILE_GROUP_FILE_SYSTEM,
	PROFILE_GROUP_IO_EVENT,
	PROFILE_GROUP_IPC,
	PROFILE_GROUP_KEYRING,
	PROFILE_GROUP_KNOWN,
	PROFILE_GROUP_MEMLOCK,
	PROFILE_GROUP_MODULE,
	PROFILE_GROUP_MOUNT,
	PROFILE_GROUP_NETWORK_IO,
	PROFILE_GROUP_OBSOLETE,
	PROFILE_GROUP_PKEY,
	PROFILE_GROUP_PRIVILEGED,
	PROFILE_GROUP_PROCESS,
	PROFILE_GROUP_RAW_IO,
	PROFILE_GROUP_REBOOT,
	PROFILE_GROUP_RESOURCES,
	PROFILE_GROUP_SANDBOX,
	PROFILE_GROUP_SETUID,
	PROFILE_GROUP_SIGNAL,
	PROFILE_GROUP_SWAP,
	PROFILE_GROUP_SYNC,
	PROFILE_GROUP_SYSTEM_SERVICE,
	PROFILE_GROUP_TIMER,
	PROFILE_GROUP_COUNT
};

enum profile_call_flag {
	CALL_ON_32 = 1,   /* i386 or 32-bit Arm has it */
	CALL_ONLY_32 = 2, /* of use to 32-bit programs only */
	CALL_MINIMAL = 4, /* in base: minimal */
	CALL_NEVER = 8,   /* no policy can allow it, or lift its argument rule; the hazard unconfined-seccomp can */
	CALL_RUNTIME = 16, /* needed after the filter is loaded by runc 1.1.5 (tried one by one) or by every program */
};

/* Without a pointer in it: the table is long, and at every start the loader would write a page for each hundred of them. */
struct profile_call {
	char name[32];
	int x86_64, arm64;            /* numbers; -1: not there */
	uint32_t groups;              /* 1 << enum profile_group_bit, direct membership */
	enum profile_verdict verdict; /* of base: default */
	unsigned flags;
	unsigned why;                 /* for profile_call_reason */
};

extern const struct profile_call profile_calls[]; /* sorted by name */
extern const size_t profile_call_count;
/* One clause; NULL for a plain allow only. */
const char *profile_call_reason(const struct profile_call *call);

/* The native number of a call, or -1. */
int profile_call_number(const struct profile_call *call);
/* In base: runtime, which is in every filter with a listener too: no runtime starts a container without it. */
bool profile_call_is_of_runtime(const struct profile_call *call);
/*
 * Does a C library read it from memory that the kernel shares, and ask the kernel only where the machine's clock cannot be read
 * so? In every base: whoever learned or chose a filter elsewhere has not seen it.
 */
bool profile_call_is_of_clock(const struct profile_call *call);
/* Those that come before a listener is there, and can never be watched: who waited for its answer would wait for ever. */
bool profile_call_is_early(const char *call);
/* One of profile_calls_of_threads(). */
bool profile_call_is_of_threads(const char *call);
/* The row of a call, or NULL. */
const struct profile_call *profile_call_find(const char *name);
/* Does a program of the architectures in question have this call? */
bool profile_call_is_here(const struct profile_call *call, bool is_native_only);
/* The bits of "@name" with the groups that it includes; 0 when there is no such group. */
uint32_t profile_group_bits(const char *name);
/* The first group that a call is in, as "@name", or NULL. */
const char *profile_call_group(const struct profile_call *call);
/* The argument rule of a call whose verdict is PROFILE_ALLOW_IF: texts in the "when" grammar. Either may be NULL. */
struct profile_argument_rule {
	const char *call;
	const char *allow[2]; /* alternatives */
	const char *refuse;   /* taken out of what is allowed, by base and by every policy */
};
const struct profile_argument_rule *profile_argument_rule_find(const char *call);

/* ---- clauses ---- */

enum {
	CLAUSE_ARGUMENTS = 6,
	CLAUSE_LIMIT = 128, /* alternatives of one call */
};

/* What one argument may be: first..last, or (argument & first) == last. */
struct limit {
	bool is_masked;
	uint64_t first, last;
};

/* All limits of a clause are to hold. */
struct clause {
	unsigned used; /* bit n: limits[n] counts */
	struct limit limits[CLAUSE_ARGUMENTS];
};

/* Any clause of a set may hold. */
struct clause_set {
	struct arena *arena;
	bool is_all;          /* holds whatever the arguments */
	bool is_too_large;    /* more than CLAUSE_LIMIT: the set is useless */
	struct clause *items;
	size_t count;         /* 0 and not is_all: never holds */
};

struct clause_set clause_none(struct arena *arena);
struct clause_set clause_all(struct arena *arena);
void clause_add(struct clause_set *set, const struct clause *clause);
/* Either; both; the first and not the second. */
struct clause_set clause_or(const struct clause_set *left, const struct clause_set *right);
struct clause_set clause_and(const struct clause_set *left, const struct clause_set *right);
struct clause_set clause_minus(const struct clause_set *left, const struct clause_set *right);
/* What one rule asks of the arguments, one condition for each. */
struct conjunction {
	struct profile_condition conditions[PROFILE_CONDITIONS_MAX];
	size_t count;
};
/*
 * The set as rules that libseccomp can express: appended to a vector. False when one would need more than three conditions or
 * there are more than ${most}.
 */
bool clause_lower(const struct clause_set *set, size_t most, struct conjunction **rules, size_t *count);

/* Parses a "when" clause. ${is_refusal}: equality looks at the low 32 bits, so that stray upper bits cannot pass by. */
int when_parse(struct arena *arena, const struct policy_syscall_rule *rule, bool is_refusal, struct clause_set *ret_set,
	       struct error *err);

/* The name with this beginning that a "when" clause has for a value, else the number. */
const char *when_name_of(struct arena *arena, const char *beginning, uint64_t value);

#endif
