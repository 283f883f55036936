/*
 * The policy room's own: the node tree of a file, the key table, and the passes over them. A file goes through
 * nodes.c (bytes -> nodes), read.c (nodes -> struct policy, by keys.c), merge.c (extends), check.c (meaning).
 */
#ifndef POLICY_INTERNAL_H
#define POLICY_INTERNAL_H

#include <hardrun/policy.h>
#include <hardrun/yaml.h>

/* ---- errors ---- */

/* Adds an error and returns it, so that the caller can set its remedy; NULL when there are too many to collect. */
struct error *complain_add(struct policy_errors *errors, enum error_kind kind, struct place place, const char *remedy,
			   const char *format, ...) PRINTF_LIKE(5, 6) SELDOM;
/* Sorts the errors from ${first} on by line and column, and keeps POLICY_ERRORS_MAX in all. */
void complain_sort(struct policy_errors *errors, size_t first);
/* ${text} in double quotes, printable and short, for a message. */
const char *complain_quote(struct arena *arena, const char *text);
/*
 * True when ${text} can be shown as a key that nobody knows: short, and of the letters that keys have. What else stands where a
 * key should be may be a line of some other file, a password file's for one, that was named by mistake or on purpose.
 */
bool complain_is_showable(const char *text);

/* ---- nodes ---- */

/* The tree of a policy file, by the rules of hardrun/yaml.h, with the errors among ${errors}. */
const struct node *nodes_read(struct arena *arena, const char *file, const char *bytes, size_t length,
			      struct policy_errors *errors);

/* ---- the key table ---- */

enum key_type {
	KEY_SECTION,    /* a map whose keys have rows of their own */
	KEY_VERSION,
	KEY_BOOL,
	KEY_SIZE,       /* bytes */
	KEY_SIZE_SHARE, /* bytes, or a percentage of the host */
	KEY_CPUS,
	KEY_CPUS_SHARE,
	KEY_COUNT,
	KEY_SECONDS,    /* a duration, whole seconds */
	KEY_TEXT,
	KEY_LIST,       /* of texts */
	KEY_MAP,        /* names to texts */
	KEY_LIMITS,     /* ulimit names to numbers */
	KEY_USER,
	KEY_USERS,
	KEY_PORTS,
	KEY_OBJECTS,    /* a list of maps: their keys have rows "path[].key" */
	KEY_SYSCALLS,   /* a list of names, or of maps with rows */
	KEY_HAZARDS,
	KEY_SECRETS,    /* a list of names, or names to where they come from */
	KEY_LATER,      /* of the language, and not supported yet */
	KEY_TYPE_COUNT
};

enum key_merge {
	KEY_MERGE_NEVER,   /* the file's own */
	KEY_MERGE_NEAREST, /* the nearest file that sets it; maps by name */
	KEY_MERGE_WIDEN,   /* lists join, ceilings take the larger, switches or */
	KEY_MERGE_CONFINE, /* the stricter of two words (apparmor); of two names the nearest */
};

enum key_home { KEY_ANYWHERE, KEY_NOT_IN_CEILING, KEY_ONLY_IN_CEILING };

/* What is wrong with a text: one clause that follows the quoted text ("is not a size"), and what to write instead (or NULL). */
struct complaint {
	const char *reason;
	const char *remedy;
};
typedef bool (*key_check)(struct arena *arena, const char *text, struct complaint *ret_complaint);
/* The same for the value of a map, whose name decides what it may be. */
typedef bool (*key_pair_check)(const char *name, const char *value, struct complaint *ret_complaint);

struct key_spec {
	const char *path;         /* "allow.mem_limit", "allow.volumes[].source" */
	unsigned name_offset;     /* in ${path}: of its last part */
	enum key_type type;
	enum key_merge merge;
	enum key_home home;
	size_t offset;            /* into struct policy; for "[]" rows into struct object_fields */
	size_t count_offset;      /* KEY_USERS, KEY_PORTS, KEY_OBJECTS, KEY_SYSCALLS: of the count beside it */
	int64_t minimum, maximum; /* numbers, in the key's unit; both 0: none */
	const char *const *words; /* KEY_TEXT, KEY_LIST: NULL-terminated, the only ones; NULL: any */
	key_check check;          /* of each text or list item, or of a map's names */
	key_pair_check check_pair; /* KEY_MAP: of each value, by its name */
	bool is_multiline;        /* newlines and tabs may stand in its texts */
	const char *pattern;      /* of the texts, for the JSON Schema; NULL: none */
	const char *example;      /* a value as YAML */
	const char *summary;      /* one sentence without full stop */
};

/* The fields of every "[]" row; which belong together is the table's business. */
struct object_fields {
	struct policy_text source, volume, target, access, owner; /* allow.volumes[] */
	struct policy_list names;                                 /* seccomp.allow[], seccomp.deny[] */
	struct policy_text when;
};

extern const struct key_spec key_specs[];
extern const size_t key_spec_count;

/* The row of ${prefix}.${name} (${prefix} "" at the top), or NULL. */
const struct key_spec *key_find(const char *prefix, const char *name);
/*
 * What an unknown key was perhaps meant to be: the full path of the nearest sibling, or of a key of that name elsewhere.
 * NULL: nothing near.
 */
const char *key_nearest(struct arena *arena, const char *prefix, const char *name);
/* The part after the last '.', without it. */
const char *key_last_name(const struct key_spec *key);
/* True when ${key} stands directly in ${prefix}. */
bool key_is_child(const struct key_spec *key, const char *prefix);

/* Checks of texts, used by the table (items.c). */
bool item_image(struct arena *arena, const char *text, struct complaint *ret_complaint);
bool item_path_glob(struct arena *arena, const char *text, struct complaint *ret_complaint);
bool item_source(struct arena *arena, const char *text, struct complaint *ret_complaint);
bool item_target(struct arena *arena, const char *text, struct complaint *ret_complaint);
bool item_directory(struct arena *arena, const char *text, struct complaint *ret_complaint);
bool item_volume_name(struct arena *arena, const char *text, struct complaint *ret_complaint);
bool item_network(struct arena *arena, const char *text, struct complaint *ret_complaint);
bool item_networks(struct arena *arena, const char *text, struct complaint *ret_complaint);
bool item_address(struct arena *arena, const char *text, struct complaint *ret_complaint);
bool item_secret(struct arena *arena, const char *text, struct complaint *ret_complaint);
bool item_hostname(struct arena *arena, const char *text, struct complaint *ret_complaint);
bool item_signal(struct arena *arena, const char *text, struct complaint *ret_complaint);
bool item_capability(struct arena *arena, const char *text, struct complaint *ret_complaint);
bool item_device(struct arena *arena, const char *text, struct complaint *ret_complaint);
bool item_group(struct arena *arena, const char *text, struct complaint *ret_complaint);
bool item_restart(struct arena *arena, const char *text, struct complaint *ret_complaint);
bool item_platform(struct arena *arena, const char *text, struct complaint *ret_complaint);
bool item_cpuset(struct arena *arena, const char *text, struct complaint *ret_complaint);
bool item_ulimit_name(struct arena *arena, const char *text, struct complaint *ret_complaint);
bool item_variable(struct arena *arena, const char *text, struct complaint *ret_complaint);
bool item_engine_host(struct arena *arena, const char *text, struct complaint *ret_complaint);
bool item_tmpfs(struct arena *arena, const char *text, struct complaint *ret_complaint);
bool item_volume(struct arena *arena, const char *text, struct complaint *ret_complaint);
bool item_syscall(struct arena *arena, const char *text, struct complaint *ret_complaint);
bool item_driver(struct arena *arena, const char *text, struct complaint *ret_complaint);
bool item_log_option(struct arena *arena, const char *text, struct complaint *ret_complaint);
bool item_log_value(const char *name, const char *value, struct complaint *ret_complaint);
bool item_context(struct arena *arena, const char *text, struct complaint *ret_complaint);
bool item_apparmor(struct arena *arena, const char *text, struct complaint *ret_complaint);
bool item_filled(struct arena *arena, const char *text, struct complaint *ret_complaint);

/* Structured texts (grants.c). The struct is written only on success. */
bool grant_read_user(struct arena *arena, const char *text, struct policy_user *ret_user, struct complaint *ret_complaint);
bool grant_read_users(struct arena *arena, const char *text, struct policy_user *ret_user, struct complaint *ret_complaint);
bool grant_read_port(struct arena *arena, const char *text, struct policy_port *ret_port, struct complaint *ret_complaint);

/* ---- the passes ---- */

/* What a file is read as. */
enum read_role { READ_POLICY, READ_CEILING };

/*
 * True when ${root} is a map whose first key is version, with the number that this program reads. Else adds the one error that is
 * said of such a file, without a word of what is in it: what does not even claim to be a policy may be anything.
 */
bool read_is_policy(struct policy_errors *errors, const struct node *root);
/*
 * Reads a tree, for which read_is_policy holds, into ${ret_policy} (zeroed by the caller). All errors are added; the struct
 * counts only when none was.
 */
void read_tree(struct arena *arena, const struct node *root, enum read_role role, struct policy *ret_policy,
	       struct policy_errors *errors);
/* Adds what ${parent} says to ${child}, by the rules in policy.h. */
void merge_parent(struct arena *arena, struct policy *child, const struct policy *parent);
/* What no single key shows: hazards and the floor, defaults against it. */
void check_policy(const struct policy *policy, enum read_role role, struct policy_errors *errors);
/* The id of a hazard's name, or HAZARD_COUNT. */
enum hazard_id hazard_find(const char *name);

/* ---- searching ---- */

enum search_layer { SEARCH_USER, SEARCH_ADMIN, SEARCH_VENDOR, SEARCH_BUILTIN, SEARCH_LAYER_COUNT };

enum search_state { SEARCH_NOT_FOUND, SEARCH_FOUND, SEARCH_MASKED, SEARCH_UNREADABLE };

struct search_hit {
	enum search_state state;
	enum search_layer layer;
	const char *path;       /* a file's path; "built-in:NAME"; SEARCH_UNREADABLE: a directory that is there and cannot be read */
	int error_number;       /* SEARCH_UNREADABLE: why */
	const char *bytes;      /* of a file that was read */
	size_t length;
	const struct yaml_packed *tree; /* SEARCH_BUILTIN: what would be read from its file */
	const char *digest;     /* SEARCH_BUILTIN: of that file, SHA-256 in hex */
	const char *const *images; /* SEARCH_BUILTIN: what it answers for, and NULL, known without parsing */
};

/* True when ${name} is a path rather than a name. */
bool search_is_path(const char *name);
/* Looks ${name} up from ${from} on, passing over the file ${except} (NULL: none). Stops at a mask. */
struct search_hit search_name(struct arena *arena, const struct policy_search *search, const char *name,
			      enum search_layer from, const char *except);
/* The directory of a layer, or NULL. */
const char *search_directory(const struct policy_search *search, enum search_layer layer);
/* True when ${path} is a link to /dev/null: systemd's way to hide a file of that name in directories farther away. */
bool search_is_mask(const char *path);

struct search_entry {
	const char *name;
	struct search_hit hit;
	bool is_masked;         /* a mask itself, or hidden by an entry before it */
};

struct search_entries {
	struct search_entry *items;
	size_t count;
};

/* Every policy file and built-in policy, nearest first, and every directory that hides what it holds. */
struct search_entries search_all(struct arena *arena, const struct policy_search *search);
/* The name that ${name} was perhaps meant to be, or NULL. */
const char *search_nearest(struct arena *arena, const struct policy_search *search, const char *name);

/* ---- loading ---- */

/* What a file is loaded with. */
struct load {
	struct arena *arena;
	const struct policy_search *search;
	enum read_role role;
	struct policy_errors *errors;
};

/*
 * Before anything is loaded: false when ${errors} is full already. Success is that no error was added, so there must be room.
 */
bool load_begin(struct arena *arena, struct policy_errors *errors);
/*
 * Reads one file without its parents: trust, syntax, keys. False with errors; what is wrong with the file as a whole is said at
 * ${from}, the line that names it (or nowhere).
 */
/*
 * A file called default that says no images: it answers wherever no other policy of people's own does, and is not passed over for
 * one that is built in and takes whatever nobody else does.
 */
bool load_is_for_rest(const struct load *load, struct search_hit hit, const struct policy *policy);
bool load_file(const struct load *load, struct search_hit hit, struct place from, struct policy *ret_policy);
/* Loads the chain that starts at ${hit}; ${name} is what the policy will be called. */
const struct policy *load_chain(const struct load *load, struct search_hit hit, const char *name);

#endif
