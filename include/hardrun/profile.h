/*
 * profile: the seccomp filter that a plan gets, as one model rendered three ways. Tables of calls with systemd's group names;
 * each call that docker's default allows and ours does not has a reason. Pure.
 */
#ifndef HARDRUN_PROFILE_H
#define HARDRUN_PROFILE_H

#include <hardrun/base.h>
#include <hardrun/plan.h>
#include <hardrun/policy.h>

enum profile_verdict {
	PROFILE_ALLOW,
	PROFILE_ALLOW_IF, /* arguments decide; else EPERM, or ENOSYS where EPERM would take too many rules */
	PROFILE_EPERM,    /* refused on purpose */
	PROFILE_ENOSYS,   /* refused so that programs fall back (clone3), or newer than the table (default) */
	PROFILE_VERDICT_COUNT
};

enum profile_compare { PROFILE_EQUAL, PROFILE_NOT_EQUAL, PROFILE_LESS, PROFILE_GREATER_EQUAL, PROFILE_MASKED_EQUAL,
		PROFILE_COMPARE_COUNT };

enum { PROFILE_CONDITIONS_MAX = 3 };

struct profile_condition {
	unsigned argument;              /* 0..5 */
	enum profile_compare compare;
	uint64_t value;                 /* PROFILE_MASKED_EQUAL: (argument & mask) == value */
	uint64_t mask;
};

/* Conditions within a rule are all to hold; several rules of the same call are alternatives. */
struct profile_rule {
	const char *call;
	enum profile_verdict verdict;
	const struct profile_condition *conditions;
	size_t condition_count;         /* 0 to PROFILE_CONDITIONS_MAX, one for each argument */
	const char *group;              /* the group that brought it: "@file-system" */
	const char *reason;             /* why it is refused or conditional; NULL for plain allows */
	struct place place;             /* of the policy line, when one did it */
};

struct profile {
	struct profile_rule *rules;     /* sorted by call; every call of our table has at least one */
	size_t rule_count;
	size_t allowed_count;           /* distinct calls allowed, with or without condition */
	bool is_native_only;
	const struct profile_prepared *prepared; /* set by profile_choose() only: then there are no rules here */
	/* What profile_compile() returns, for a runtime that takes its filter so; NULL: it was not compiled. */
	const char *bpf_base64;
};

/* The renderings of a base that no policy changes, made when hardrun was built. */
struct profile_prepared {
	const char *base;               /* as a policy calls it: "default" */
	const char *docker, *oci;       /* what profile_render_docker() and profile_render_oci() return */
	const char *bpf_base64;         /* what profile_render_bpf() returns, in base64 */
};

/*
 * Builds the profile of base, allow and deny; with ${ceiling} a call must be allowed by both. Unknown calls, groups and
 * malformed "when" clauses are errors at their place. "when" grammar: "argN in V, V..." | "argN == V" | "argN != V" | "argN <
 * V" | "argN & M == V", joined by " and "; V decimal, 0x, or a name of a small table (AF_*, CLONE_*, PR_*, ...).
 */
int profile_build(struct arena *arena, const struct policy_seccomp *seccomp, const struct policy_seccomp *ceiling,
		  const struct profile **ret_profile, struct error *err);

/*
 * The same for who only renders: where policy and ceiling keep to a base as it is, the profile has its prepared renderings and no
 * rules.
 */
int profile_choose(struct arena *arena, const struct policy_seccomp *seccomp, const struct policy_seccomp *ceiling,
		   const struct profile **ret_profile, struct error *err);

/* Docker's JSON (what --security-opt seccomp= reads; also podman's), compact, one line. Docker 20.10 and newer, podman 4. */
const char *profile_render_docker(struct arena *arena, const struct profile *profile);
/*
 * The OCI linux.seccomp object as text; the backend room puts it into config.json. Argument values are unsigned 64-bit
 * numbers: with the shipped profiles they fit int64 (jansson's integers), with a policy's own conditions they may not.
 */
const char *profile_render_oci(struct arena *arena, const struct profile *profile);
/*
 * Who listens: at which socket, and to which allowed calls besides those that are refused; NULL: to none. ${is_refusal_kept}:
 * what the filter refuses it answers itself, so that whoever listens could let nothing through that it refuses. ${has_threads}:
 * the runtime, whose calls of profile_calls_of_threads() nobody is told of.
 */
struct profile_listening { const char *socket; bool (*is_watched)(const char *call); bool is_refusal_kept, has_threads; };
/* Calls in no base: runtime that cannot be told from those of runc's own threads: with that a program's are never seen. */
size_t profile_calls_of_threads(const char *const **ret_calls);
/*
 * The same for a listener, of a built profile: what the filter refuses by name is handed to it (SCMP_ACT_NOTIFY), and the kernel
 * itself answers ENOSYS when nobody listens any more. Runtimes take no such default action, so that a call beyond the table, or
 * unknown to the runtime's libseccomp, stays refused unseen; so do calls that a runtime needs before it has handed the listener
 * over, which are never watched either. Source: config-linux.md (listenerPath); runc forbids it for write.
 */
const char *profile_render_explained(struct arena *arena, const struct profile *profile,
				     const struct profile_listening *listening);
/*
 * A built profile as it must be for that. Of filters that hand a call on the kernel asks the newest one's listener alone, and
 * takes a new listener once the one before has ended: a program that could have one would answer itself. So it may load filters,
 * and not with SECCOMP_FILTER_FLAG_NEW_LISTENER. Source: seccomp_unotify(2); kernel/seccomp.c, has_duplicate_listener.
 */
const struct profile *profile_without_listeners(struct arena *arena, const struct profile *profile);
/* BPF (struct sock_filter[]) for the native architecture, through libseccomp, as the kernel would load it; of a built profile. */
int profile_render_bpf(struct arena *arena, const struct profile *profile, void **ret_bytes, size_t *ret_length,
		       struct error *err);
/* The same in base64, as crun's annotation run.oci.seccomp_bpf_data has it. */
int profile_compile(struct arena *arena, const struct profile *profile, const char **ret_base64, struct error *err);
/* Names libseccomp and the way in which we use it: with other ones the same rules may compile to other programs. */
const char *profile_compiler(struct arena *arena);
/* The first rule of a call, or NULL when the call is not in the table. */
const struct profile_rule *profile_find(const struct profile *profile, const char *call);
/*
 * What the filter answers to a call with these arguments: PROFILE_ALLOW, PROFILE_EPERM or PROFILE_ENOSYS. *ret_rule is the rule
 * that decides, NULL where none speaks of it.
 */
enum profile_verdict profile_answer(const struct profile *profile, const char *call, const uint64_t arguments[6],
				    const struct profile_rule **ret_rule);
/* The name of a call by its number on this machine's own architecture; NULL: not in the table. */
const char *profile_call_name(int number);

struct profile_explanation {
	enum profile_verdict verdict; /* PROFILE_ALLOW_IF: only without arguments, when they decide */
	const char *group;            /* "@mount"; NULL: in none */
	const char *reason;           /* NULL: allowed */
	const char *decider;          /* "hardrun's table", "seccomp.base", "seccomp.allow", "seccomp.deny", "the ceiling" */
	struct place place;           /* of that line, where there is one */
	const char *remedy;           /* the smallest change that allows it, tried out; NULL: none does, or it is allowed */
	const char *lift, *add;       /* its parts: the entry that seccomp.deny loses, the line that is added; each may be NULL */
};
/*
 * Why a call is answered as it is, under policy and ceiling (NULL: none) that profile_build takes. ${arguments} NULL: whatever
 * they are. False: the call is not in the table.
 */
bool profile_explain(struct arena *arena, const struct policy_seccomp *seccomp, const struct policy_seccomp *ceiling,
		     const char *call, const uint64_t *arguments, struct profile_explanation *ret_explanation);
/* Groups: names of calls of "@name"; false when there is no such group. */
bool profile_group(struct arena *arena, const char *group, struct string_list *ret_calls);
/* Names of all groups with one-line descriptions, for docs and errors. */
struct profile_group_spec { const char *name; const char *summary; };
size_t profile_groups(const struct profile_group_spec **ret_groups);

#endif
