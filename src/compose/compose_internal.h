/* What the files of the compose room share. */
#ifndef COMPOSE_INTERNAL_H
#define COMPOSE_INTERNAL_H

#include <hardrun/compose.h>
#include <hardrun/yaml.h>

/* ---- reader.c: values, with where they stand ---- */

struct reader {
	struct arena *arena;
	const struct compose_input *input;
	struct findings *findings;
	const struct node *root;
	struct compose_project *project;
	struct compose_service *service; /* the one that is being read */
	size_t expanded;                 /* bytes of texts that held variables */
};

/* A value and the path of keys to it: "services.web.ports[0]". */
struct spot {
	const struct node *node;
	const char *path;
};

/* Adds a finding at ${spot} and returns it; the same twice is added once. */
struct finding *reader_find(struct reader *reader, enum finding_kind kind, const struct spot *spot, const char *format, ...)
	PRINTF_LIKE(4, 5);
/* The child as a spot; node NULL when there is none, or none but a null. */
struct spot reader_child(struct reader *reader, const struct spot *map, const char *key);
struct spot reader_entry(struct reader *reader, const struct spot *parent, const struct node *child, size_t index);
/* "key:" alone, ~ or null. */
bool reader_is_null(const struct node *node);
/* The text with its variables filled in; NULL with a finding when it is none. */
const char *reader_text(struct reader *reader, const struct spot *spot);
/* True or false in any spelling that readers of Compose files take. False with a finding. */
bool reader_switch(struct reader *reader, const struct spot *spot, bool *ret_value);
/* A whole number of 0 to ${most}. */
bool reader_count(struct reader *reader, const struct spot *spot, uint64_t most, uint64_t *ret_value);
/* A map, or a finding. */
bool reader_is_map(struct reader *reader, const struct spot *spot);
/* Refuses keys of a map that are not in ${names}, x-... aside. */
void reader_only(struct reader *reader, const struct spot *map, const char *const *names);
/* Adds a finding for a key that nobody knows. */
void reader_unknown(struct reader *reader, const struct spot *spot, const char *const *names, size_t count);

/* The entries of a list, or a text as a list of one. */
struct items {
	struct spot whole;
	const struct node *next;
	size_t index;
	bool is_refused;
};
struct items reader_items(struct reader *reader, const struct spot *spot);
bool reader_next(struct reader *reader, struct items *items, struct spot *ret_spot);

/* NAME to VALUE, of a map or of a list of "NAME=VALUE". */
struct pair {
	const char *name, *value; /* value NULL: none was given */
	struct spot spot;
};
struct pairs { struct pair *items; size_t count; };
/* The later of two with one name wins. ${separators}: bytes that part a name from its value in a list. */
struct pairs reader_pairs(struct reader *reader, const struct spot *spot, const char *separators);

/* Adds a word of the present service. */
struct compose_word *reader_word(struct reader *reader, const struct spot *spot, const char *format, ...) PRINTF_LIKE(3, 4);

/* ---- merge.c ---- */

/* The service ${spot} with what it extends; NULL with a finding. */
const struct node *merge_extends(struct reader *reader, const struct spot *services, const struct spot *spot);

/* ---- the table of keys: keys_table.c, and what reads the longer values ---- */

typedef void key_reader(struct reader *reader, const struct spot *spot);

enum key_effect {
	KEY_TEXT,      /* --flag=TEXT */
	KEY_WORD,      /* the same, and an empty one is none */
	KEY_SWITCH,    /* --flag=BOOL */
	KEY_LIST,      /* --flag=TEXT for each entry, or one text */
	KEY_PAIRS,     /* --flag=NAME=VALUE for each */
	KEY_OWN,       /* its reader knows; ${flag} says what it becomes, for people */
	KEY_ELSEWHERE, /* read before or after the others */
	KEY_IGNORED,   /* no effect, and that is said: ${reason} */
	KEY_REFUSED,   /* ${reason}, ${remedy} */
};

struct key_row {
	const char *name;
	enum key_effect effect;
	const char *flag;
	key_reader *read;
	const char *reason, *remedy;
};

extern const struct key_row key_rows[];
extern const size_t key_row_count;

key_reader mounts_volumes, mounts_configs, mounts_secrets, mounts_devices;
key_reader network_ports, network_networks, network_mode, network_hosts;
key_reader life_healthcheck, life_deploy, life_logging, life_ulimits, life_grace, life_pull, life_blkio, life_depends, life_scale,
	life_attach, life_environment, life_env_file, life_gpus;

/* A path of the file's as one from /: "~" is the caller's home, relative ones begin beside the file. NULL with a finding. */
const char *mounts_path(struct reader *reader, const struct spot *spot, const char *path);
/* What a service on the default network gets: --network and its alias. */
void network_default(struct reader *reader, const struct spot *service);

/* ---- service.c, resources.c, order.c ---- */

/* Reads one service into *ret_service. */
void service_read(struct reader *reader, const struct spot *spot, struct compose_service *ret_service);
/* Reads the networks and volumes of the file. */
void resources_read(struct reader *reader);
/* The resource of that key, marked as used; NULL. */
struct compose_resource *resources_use(struct compose_resource *items, size_t count, const char *key);
/* Puts dependencies before what depends on them; a circle is a finding. */
void order_services(struct reader *reader);

#endif
