/* docker's other verbs, where they are not handed over as they are: read by one table, judged, and written afresh. */
#ifndef VERB_H
#define VERB_H

#include "cli.h"

/* What a value has to look like. Anything else is refused. */
enum verb_value {
	VERB_SWITCH,
	VERB_SECONDS,  /* plain digits, at most a day */
	VERB_NUMBER,   /* plain digits */
	VERB_TAIL,     /* plain digits, or all */
	VERB_TIME,     /* a time stamp or a duration */
	VERB_SIGNAL,
	VERB_KEYS,     /* a key sequence */
	VERB_FORMAT,   /* json, or fields and text */
	VERB_FILTER,   /* KEY=VALUE, of the keys that the row lists; adds up */
	VERB_LOCAL,    /* the word local */
	VERB_JUDGED,   /* as run's option of that name: the verdict's to say; adds up */
	VERB_VALUE_COUNT
};

struct verb_flag {
	const char *name;  /* without dashes; NULL ends a table */
	char letter;       /* 0: none */
	enum verb_value value;
	const char *word;  /* what both 20.10 and 29 read, where it is not "--name"; NULL */
	const char *keys;  /* VERB_FILTER: keys apart by blanks */
};

/* What stands behind the flags. */
enum verb_names {
	VERB_NAMES_NONE,
	VERB_NAMES_CONTAINER,         /* one */
	VERB_NAMES_CONTAINERS,        /* one or more */
	VERB_NAMES_CONTAINER_PORT,    /* one, and perhaps PORT[/PROTOCOL] */
	VERB_NAMES_CONTAINER_NEW,     /* one, and a new name */
	VERB_NAMES_CONTAINER_COMMAND, /* one, and a command, which nobody reads */
	VERB_NAMES_PATHS,             /* source and destination, one of them CONTAINER:PATH */
	VERB_NAMES_IMAGE,
	VERB_NAMES_ANY_IMAGE,         /* one or none */
	VERB_NAMES_VOLUME,            /* one or none */
	VERB_NAMES_COUNT
};

enum verb_own {
	VERB_OWN_NAMED, /* it names them, or is about none */
	VERB_OWN_IDS,   /* it lists: a filter for each id */
	VERB_OWN_RUNNING, /* without a name it is about all that run: their ids as names */
	VERB_OWN_LABEL, /* it lists what there will be: a filter on the label, which an image may bring along too */
	VERB_OWN_COUNT
};

struct verb_form {
	const char *key;         /* as in allow.verbs */
	const char *words[2];    /* as docker is told; the second may be NULL */
	const char *usage;       /* what follows "docker KEY" */
	const struct verb_flag *flags;
	enum verb_names names;
	bool is_interspersed;    /* flags may follow names */
	enum verb_own own;       /* how it is kept to the caller's own containers, where root's rights are lent and it names none */
};

/* The form of a key, or NULL: the verb is refused or passed on, and never read. */
const struct verb_form *verb_forms_find(const char *key);
/* The rows one after another; NULL after the last. */
const struct verb_form *verb_forms_at(size_t index);

struct verb_option {
	const struct verb_flag *flag;
	const char *value;       /* "true" or "false" for switches */
};

struct verb_words {
	const struct verb_form *form;
	struct verb_option *options;
	size_t option_count;
	struct string_list names; /* what is not a flag, in the order given */
	bool is_help;
};

/*
 * Reads what follows the verb, by pflag's grammar and no abbreviation of it. False with findings when a word is not understood to
 * the last letter. The values of VERB_JUDGED are not looked at. Source: spf13/pflag flag.go.
 */
bool verb_parse(const struct verb_form *form, int argc, char *const argv[], struct verb_words *ret_words,
		struct findings *findings);
/* NULL, or the clause why ${text} is no value of the flag. */
const char *verb_value_reason(struct arena *arena, const struct verb_flag *flag, const char *text);
/* The last value of a flag, or NULL. */
const char *verb_option_value(const struct verb_words *words, const char *name);

/* What follows a verb, as it was understood. */
struct verb_reading {
	bool is_understood;
	struct verb_words words;
	struct findings findings;     /* why not */
};

/* The --policy of somebody who is let up to root, as that person reads it. */
struct verb_named {
	const char *file;             /* NULL: errors say why there is none */
	bool is_root_owned;
	struct policy_errors errors;
};

/* On whose behalf, and what bounds it. */
struct verb_guard {
	const struct policy *ceiling; /* NULL: none */
	struct policy_search search;
	struct policy_errors errors;  /* count > 0: a file is wrong, and nothing is done */
	const struct verb_named *named; /* NULL: the person has not been asked */
};

/* Reads the ceiling. */
struct verb_guard verb_guard_read(const struct cli *cli);
/*
 * The policy that speaks for verbs: --policy, else the one called default. For someone let up to root one that is not root's is
 * passed over for the default of root's.
 * NULL with guard->errors.
 */
const struct policy *verb_guard_policy(const struct cli *cli, struct verb_guard *guard);
/*
 * Where a line is to be written that changes what ${policy}, which may be the ceiling, says: its file, or one that builds on it.
 * ${image}: what it answers for there; NULL: it is called by its name.
 */
const char *verb_policy_place(const struct cli *cli, const struct verb_guard *guard, const struct policy *policy,
			      const char *image);
/* True when the list of the policy names the key. */
bool verb_is_listed(const struct policy *policy, const char *key);

/* One verb that is being served. */
struct verb_act {
	struct cli *cli;
	struct verb_guard *guard;
	const struct policy *policy;   /* of verb_guard_policy */
	const char *subject;           /* "docker exec" */
	struct verb_words words;
	struct findings findings;
	struct backend_verb line;      /* what docker will be told */
	const char *container;         /* the id of the last that was asked for, for the record; NULL */
};

struct verb_act verb_begin(struct cli *cli, struct verb_guard *guard, const char *subject);

/*
 * How it ends, once for every verb that is judged: said on stderr, and recorded where the ceiling or the policy wants that. A dry
 * run is not recorded. verb_allow: false, with the sentence printed, when what is allowed cannot be recorded, and then it is not
 * done. The others return the status.
 */
bool verb_allow(struct verb_act *act);
int verb_deny(struct verb_act *act);
/* ${verdict}: "failed", or "policy": then ${err} is NULL, and the guard's errors are meant. */
int verb_fail(struct verb_act *act, const char *verdict, const struct error *err);

/*
 * Judges and rewrites the verb as it was read; the client takes our place when all is well. Returns the status of a refusal or
 * failure, with the sentence printed.
 */
int verb_serve(struct verb_act *act, const struct verb_form *form, const struct verb_reading *reading);

/* The client's own word on its version; no daemon is asked. The status, as of verb_serve. */
int verb_tell_version(struct verb_act *act);
/* Prints how the verb is written. */
int verb_help(const struct cli *cli, const struct verb_form *form);

/* ---- for the files that judge a verb of their own; false or NULL with findings (or a printed error) ---- */

/* Docker's daemon, as the ceiling or the policy names it; false with an error. */
bool verb_find_daemon(struct verb_act *act, struct error *err);
struct finding *verb_refuse(struct verb_act *act, const char *rule, const char *format, ...) PRINTF_LIKE(3, 4);
/* The container that ${name} means, if it may be touched: of one's own for someone let up to root, else of hardrun's making. */
bool verb_container(struct verb_act *act, const char *name, struct container_facts *ret_container);
/* The same for verbs that only read, which unguarded callers may do with any. */
bool verb_any_container(struct verb_act *act, const char *name, struct container_facts *ret_container);
void verb_add_word(struct verb_act *act, const char *word);
/* The verb and every option but the judged ones. */
void verb_add_options(struct verb_act *act);
/* Containers without an engine: whether there is such a verb for them, and the verb itself. */
bool verb_local_serves(const struct verb_form *form);
int verb_local(struct verb_act *act);
bool verb_exec(struct verb_act *act);

/* ---- exec: what it asks for, judged under the policy of the container ---- */

struct verb_process {
	struct findings findings;
	const struct policy *policy;   /* NULL: none was found. From another process: name, files and digests */
	bool is_record_wanted;         /* that policy says record: */
	bool has_user;
	uint32_t uid, gid;
	const char *working_dir, *detach_keys; /* NULL: not given */
	struct string_list environment;        /* NAME=VALUE */
};

/* Judges as if run had been asked; of the container image and policy count. Needs no rights. */
struct verb_process verb_judge_process(struct cli *cli, const struct verb_words *words, const struct container_facts *container,
				       const char *subject);
bool verb_copy(struct verb_act *act);
/* Guarded: whether the image may be fetched; findings say why not. */
void verb_pull(struct verb_act *act, const struct image_name *image);
/* The same under ${policy} and the ceiling, for tests. ${image}: its canonical name, without tag. */
void verb_judge_pull(struct verb_act *act, const struct policy *policy, const char *image);
bool verb_volume(struct verb_act *act);

#endif
