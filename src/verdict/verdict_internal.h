/*
 * verdict, inside: what the judges share. A judgement is one subject (an option, the image, a default of the policy) before the
 * layers that must allow it. The floor is asked first; then the policy and the ceiling are asked by the same code.
 */
#ifndef HARDRUN_VERDICT_INTERNAL_H
#define HARDRUN_VERDICT_INTERNAL_H

#include <hardrun/verdict.h>

#define VERDICT_TMPFS_BYTES (INT64_C(16) << 20) /* of a tmpfs whose size nobody says */
#define VERDICT_NOBODY_ID 65534
#define VERDICT_ID_MOST INT32_MAX               /* engines keep ids in an int: CVE-2024-40635 */
enum {
	VERDICT_PORTS_MOST = 16,
	VERDICT_WORDS_MOST = 256,
	VERDICT_BYTES_MOST = 64 * 1024,
};

struct judgement {
	struct arena *arena;
	const struct verdict_input *input;
	const struct request_option *option; /* NULL: not an option */
	const char *subject;                 /* NULL: the option, in words that are made when they are needed */
	size_t argv_index;
	struct place place;                  /* of a default, when one is judged */
	bool is_default;                     /* what the policy gives unasked: only the floor and the ceiling have a say */
	struct findings *findings;
};

/* ---- layers ---- */

struct layer {
	const struct policy *policy;
	bool is_ceiling;
};
/* The layers that must allow, the policy first; 0 to 2 of them. */
size_t verdict_layers(const struct judgement *judgement, struct layer ret_layers[2]);
/* The most of ${limit} that one layer allows. */
int64_t verdict_layer_limit(const struct verdict_input *input, const struct layer *layer, enum verdict_limit limit,
			    struct place *ret_place);

/* ---- findings ---- */

/* A finding of ${kind} under a rule spelled out, "grammar" for instance. */
struct finding *verdict_report(const struct judgement *judgement, enum finding_kind kind, const char *rule,
			       const char *format, ...)
	PRINTF_LIKE(4, 5) SELDOM;
/* Not well formed. */
struct finding *verdict_invalid(const struct judgement *judgement, const char *format, ...) PRINTF_LIKE(2, 3) SELDOM;
/* Denied by the floor: rule "floor: NAME". */
struct finding *verdict_floor(const struct judgement *judgement, const char *name, const char *format, ...)
	PRINTF_LIKE(3, 4) SELDOM;
/* The same where a hazard of the policy lowers the floor; false when it does. */
bool verdict_hazard(const struct judgement *judgement, enum hazard_id hazard, const char *reason);
/* Denied by a layer: rule "allow.KEY" or "ceiling: allow.KEY". */
struct finding *verdict_refuse(const struct judgement *judgement, const struct layer *layer, const char *key,
			       const char *format, ...)
	PRINTF_LIKE(4, 5) SELDOM;
/* Sets the place and the remedy, the smallest line to add to the layer's file. */
void verdict_remedy(const struct judgement *judgement, const struct layer *layer, struct finding *finding,
		    const char *format, ...)
	PRINTF_LIKE(4, 5) SELDOM;
void verdict_note(const struct judgement *judgement, const char *rule, const char *format, ...) PRINTF_LIKE(3, 4) SELDOM;
/* ${value} as a YAML scalar, quoted where it must be. */
const char *verdict_yaml(struct arena *arena, const char *value);

/* ---- lists of a policy ---- */

struct listing {
	const char *key;    /* "allow.labels" */
	size_t offset;      /* of the struct policy_list in struct policy_allow */
	const char *value;  /* what must be listed */
	bool is_exact;      /* else the entries are globs */
	bool is_restated;   /* it is the policy's own default: the policy need not list it */
	const char *what;   /* "label", for the sentence */
	bool is_written;    /* verdict_file: the file will be made */
};
#define VERDICT_LIST(member) "allow." #member, offsetof(struct policy_allow, member)

const struct policy_list *verdict_list(const struct policy *policy, size_t offset);
/* Adds a finding for each layer that does not list the value; true when all do. */
bool verdict_listed(const struct judgement *judgement, const struct listing *listing);
const struct policy_pair *verdict_pair_find(const struct policy_map *map, const char *name);

/* ---- paths ---- */

/* Why a path that is granted as typed leads nowhere; through a link it could tell what exists elsewhere, so it does not say. */
const char *verdict_unresolved_reason(const struct host_path *path);
/*
 * The path of an option that names a file or directory of the host: resolved, not below /proc or /dev, not through a magic link.
 * NULL with a finding otherwise. A path that the list does not name is refused without saying what is there.
 */
const struct host_path *verdict_file(const struct judgement *judgement, const struct listing *listing);

/* ---- typed checks, used for options and for defaults ---- */

void verdict_check_mount(const struct judgement *judgement, const struct mount_request *mount);
void verdict_check_user(const struct judgement *judgement, uint32_t uid, uint32_t gid);
void verdict_check_capability(const struct judgement *judgement, const char *name);
void verdict_check_network(const struct judgement *judgement, const char *name);
void verdict_check_environment(const struct judgement *judgement, const char *name, const char *value);
void verdict_check_label(const struct judgement *judgement, const char *name, const char *value);
void verdict_check_log_driver(const struct judgement *judgement, const char *driver);
void verdict_check_log_option(const struct judgement *judgement, const char *name, const char *value);
void verdict_check_workdir(const struct judgement *judgement, const char *path);
void verdict_check_hostname(const struct judgement *judgement, const char *name);
void verdict_check_signal(const struct judgement *judgement, const char *name);
/* A defaults.user of ${policy} as ids; false while the image that decides is not here. */
bool verdict_default_user(const struct verdict_input *input, uint32_t *ret_uid, uint32_t *ret_gid);
/* The values of --security-opt apparmor= and label=; NULL: none was given. */
void verdict_judge_apparmor_word(const struct judgement *judgement, const char *word);
void verdict_judge_label_word(const struct judgement *judgement, const char *word);
/* Host names as resolvers and kernels take them. */
bool verdict_is_hostname(const char *name);
bool verdict_is_address(const char *text);

/* ---- judges of flags; each file has a few ---- */

#define JUDGE(name) void verdict_judge_##name(const struct judgement *judgement)
JUDGE(open);        /* any value of the grammar is fine */
JUDGE(choice);      /* one of the row's words */
JUDGE(refused);     /* never; a switch may be restated as false */
JUDGE(range);       /* within the row's bounds */
JUDGE(mount);
JUDGE(network);
JUDGE(alias);
JUDGE(port);
JUDGE(dns);
JUDGE(dns_option);
JUDGE(dns_search);
JUDGE(add_host);
JUDGE(expose);
JUDGE(limit);
JUDGE(reservation);
JUDGE(swap);
JUDGE(cpu_period);
JUDGE(cpu_quota);
JUDGE(cpuset_cpus);
JUDGE(cpuset_mems);
JUDGE(ulimit);
JUDGE(user);
JUDGE(group);
JUDGE(name);
JUDGE(hostname);
JUDGE(workdir);
JUDGE(cap_add);
JUDGE(cap_drop);
JUDGE(security_opt);
JUDGE(privileged);
JUDGE(read_only);
JUDGE(namespace);
JUDGE(device);
JUDGE(sysctl);
JUDGE(env);
JUDGE(env_file);
JUDGE(label);
JUDGE(label_file);
JUDGE(cidfile);
JUDGE(entrypoint);
JUDGE(pull);
JUDGE(platform);
JUDGE(content_trust);
JUDGE(backend);
JUDGE(policy);
JUDGE(rootfs);
JUDGE(attach);
JUDGE(detach_keys);
JUDGE(restart);
JUDGE(stop_signal);
JUDGE(health_time);
JUDGE(log_driver);
JUDGE(log_opt);
JUDGE(quiet);

/* ---- judges of the whole line ---- */

void verdict_judge_image(const struct judgement *judgement);
/* The backend that was chosen without a word of the caller's, against the ceiling. */
void verdict_judge_engine(const struct judgement *judgement);
void verdict_judge_counts(const struct judgement *judgement);
void verdict_judge_conflicts(const struct judgement *judgement);
void verdict_judge_defaults(const struct judgement *judgement);
/* The AppArmor profile that all words together come to. */
void verdict_judge_profile(const struct judgement *judgement);
void verdict_judge_notes(const struct judgement *judgement);

#endif
