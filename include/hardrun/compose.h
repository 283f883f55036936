/*
 * compose: a Compose file as services, each as the words of a `run` that mean the same. Pure: bytes and a way to look variables
 * up come in; nothing is opened. What becomes of the words is decided as if somebody had typed them. Source: the Compose
 * Specification, and compose-go where that is silent.
 */
#ifndef HARDRUN_COMPOSE_H
#define HARDRUN_COMPOSE_H

#include <hardrun/base.h>
#include <hardrun/finding.h>

enum {
	COMPOSE_FILE_BYTES_MAX = 512 * 1024,
	COMPOSE_DEPTH_MAX = 24,
	COMPOSE_LIST_MAX = 1024,        /* entries of one list or map */
	COMPOSE_NODES_MAX = 20000,      /* values of a file, aliases written out */
	COMPOSE_TEXT_BYTES_MAX = 64 * 1024,         /* of one value, its variables filled in */
	COMPOSE_EXPANSION_BYTES_MAX = 1024 * 1024,  /* of all values that hold variables */
	COMPOSE_SERVICES_MAX = 64,
	COMPOSE_SCALE_MAX = 16,
	COMPOSE_EXTENDS_MAX = 8,        /* services joined by extends */
	COMPOSE_NESTING_MAX = 8,        /* ${A:-${B:-...}} */
	COMPOSE_NAME_BYTES_MAX = 63,    /* of a project */
};

/* ---- what `compose up` makes bears labels, which no file and no flag can set ---- */

#define COMPOSE_PROJECT_LABEL "io.hardrun.compose.project"
#define COMPOSE_SERVICE_LABEL "io.hardrun.compose.service"
#define COMPOSE_NUMBER_LABEL "io.hardrun.compose.number"
#define COMPOSE_CONFIG_LABEL "io.hardrun.compose.config" /* a digest of the words it was made from */

/* The service that a container is of. */
struct compose_identity {
	const char *project, *service, *number, *config;
};

/* ---- variables ---- */

enum compose_state {
	COMPOSE_SET,
	COMPOSE_UNSET,
	COMPOSE_WITHHELD, /* set, and not to be used: counts as unset, and is said */
};

struct compose_lookup {
	/* *ret_value is written for COMPOSE_SET only. */
	enum compose_state (*find)(const void *context, const char *name, const char **ret_value);
	const void *context;
};

struct compose_expansion {
	const char *text;
	struct string_list unset, withheld; /* names that were wanted and had no value */
};

/*
 * Fills $NAME, ${NAME}, ${NAME:-x}, ${NAME-x}, ${NAME:?x}, ${NAME?x}, ${NAME:+x}, ${NAME+x} and $$ in; x may hold more of them,
 * less than COMPOSE_NESTING_MAX deep. Values are not looked through again. False with one clause: not of this grammar, a
 * value that is required and missing, or a result beyond COMPOSE_TEXT_BYTES_MAX.
 */
bool compose_expand(struct arena *arena, const char *text, const struct compose_lookup *lookup,
		    struct compose_expansion *ret_expansion, const char **ret_reason);
/*
 * The value of a line NAME=... of an .env file or env_file: '...' as it stands, "..." with escapes, else up to " #"; all but
 * '...' with variables filled in. False with one clause.
 */
bool compose_env_value(struct arena *arena, const char *text, const struct compose_lookup *lookup,
		       struct compose_expansion *ret_value, const char **ret_reason);
/*
 * An env_file as lines NAME=TEXT, for compose_env_value: `export` is left out, and a quoted text may go over several lines.
 * False with one clause that shows the number of a line and nothing else.
 */
bool compose_env_lines(struct arena *arena, const char *bytes, size_t length, struct string_list *ret_lines,
		       const char **ret_reason);
/* Variables of a file as its later lines see them: what is outside comes first. */
struct compose_env {
	const struct compose_lookup *outer;
	struct string_list entries; /* NAME=VALUE, the later of two with one name wins */
};
/* compose_lookup.find; ${context} is a struct compose_env. */
enum compose_state compose_env_find(const void *context, const char *name, const char **ret_value);
/*
 * An .env file: NAME=VALUE entries, the later of two with one name wins. Lines may say `export`. Variables in it see
 * ${lookup}, then the entries before. False with one clause that names the line.
 */
bool compose_parse_env(struct arena *arena, const char *bytes, size_t length, const struct compose_lookup *lookup,
		       struct string_list *ret_entries, const char **ret_reason);
/*
 * Words of a command that is one text, as compose splits it: blanks part them, quotes and backslashes keep them together. What a
 * shell would act on (; & | < > ( ) `) and compose would drop is refused. False with one clause.
 */
bool compose_split(struct arena *arena, const char *text, struct string_list *ret_words, const char **ret_reason);
/* A directory's name as the name of a project: lower case, only what a name may hold; "" when nothing is left. */
const char *compose_project_name(struct arena *arena, const char *directory);
/* NULL, or the clause why ${name} is no name of a project. */
const char *compose_name_reason(const char *name);

/* ---- the file ---- */

struct compose_input {
	const char *file;          /* as shown in messages */
	const char *bytes;
	size_t length;
	const char *directory;     /* of the file, absolute: relative paths begin there */
	const char *home;          /* what "~/" means; NULL: unknown, and refused */
	const char *project;       /* as named on the command line; NULL: the file's name:, else the directory's */
	struct compose_lookup lookup;
	struct string_list profiles;
	struct string_list services; /* those that are wanted, with what they depend on; none: all */
};

/* What the driver may do with a word beside handing it on. */
enum compose_role {
	COMPOSE_PLAIN,
	COMPOSE_NAME,            /* --name=PROJECT-SERVICE-1: the number is the driver's */
	COMPOSE_DEFAULT_NETWORK, /* nobody wrote it: where no rule allows it, the container goes without */
	COMPOSE_ALIAS,           /* the name of the service on its networks: likewise */
	COMPOSE_ENV_FILE,        /* to be replaced by the variables in it, once its path was allowed */
	COMPOSE_ENV_FILE_OPTIONAL, /* the same, and left out when it is not there */
	COMPOSE_VARIABLE,        /* -e NAME: from .env or, where that is allowed, the caller's environment */
	COMPOSE_ROLE_COUNT
};

struct compose_word {
	const char *text;
	const char *key;         /* "services.web.ports[0]" */
	struct place place;
	enum compose_role role;
};

enum compose_condition { COMPOSE_STARTED, COMPOSE_HEALTHY, COMPOSE_COMPLETED, COMPOSE_CONDITION_COUNT };

struct compose_dependency {
	const char *service;
	enum compose_condition condition;
	bool is_required;
	struct place place;
};

struct compose_service {
	const char *name;
	struct place place;
	struct compose_word *words; /* flags, "--", the image, the command */
	size_t word_count;
	struct compose_dependency *dependencies;
	size_t dependency_count;
	unsigned scale;          /* 0: it is not started */
	bool is_logged;          /* `up` shows what it prints */
	bool is_default_network; /* it names no network of its own */
};

/* A network or volume at the top of the file that a service uses, and the default network. */
struct compose_resource {
	const char *key;
	const char *name;        /* the engine's */
	bool is_external;        /* somebody else makes it */
	bool is_internal;        /* networks: without a way out */
	bool is_used;
	struct place place;
};

struct compose_project {
	const char *name;
	struct compose_service *services; /* those that are wanted; what another depends on stands before it */
	size_t service_count;
	struct compose_resource *networks, *volumes;
	size_t network_count, volume_count;
};

/*
 * Reads a Compose file. Findings carry the place in the file and the key's path as their subject: FINDING_UNKNOWN and
 * FINDING_INVALID for what is not well formed, FINDING_UNSUPPORTED for what hardrun does not do, FINDING_NOTE for what has no
 * effect. NULL when there is any but notes; services that are not wanted are not looked at.
 */
const struct compose_project *compose_read(struct arena *arena, const struct compose_input *input, struct findings *findings);

/* Rows of the table of a service's keys, for tests; NULL after the last. ${ret_effect}: "--flag", or a sentence. */
const char *compose_key_at(size_t index, const char **ret_effect);

#endif
