/* What the files of the yaml room share. */
#ifndef YAML_INTERNAL_H
#define YAML_INTERNAL_H

#include <yaml.h>

#include <hardrun/yaml.h>

/* A name for a node. ${node} counts only when it is closed: what holds itself has no end. */
struct anchor {
	const char *name;
	struct node *node;
	bool is_open;
};

/* A map or list whose end has not come yet. */
struct level {
	struct node *node;
	const char *key;        /* of the map, read and waiting for its value */
	struct place key_place;
	bool is_key_refused;    /* its value is passed over: one error is enough */
	bool is_merge_key;      /* it is << */
	struct node *merge;     /* the value of its merge key; NULL: none */
};

struct builder {
	struct arena *arena;
	const struct yaml_language *language;
	const char *file;
	struct level stack[YAML_DEPTH_MAX];
	unsigned depth;
	const char *first_key;  /* of the file */
	struct anchor *anchors; /* at most YAML_ANCHORS_MAX */
	size_t anchor_count;
	struct node *root;
	unsigned document_count;
	bool is_stopped;        /* an error after which the tree means nothing */
};

/* Adds an error. */
void read_complain(struct builder *builder, struct place place, const char *remedy, const char *format, ...)
	PRINTF_LIKE(4, 5) SELDOM;
/* The same, and nothing more is read. */
void read_stop(struct builder *builder, struct place place, const char *remedy, const char *format, ...)
	PRINTF_LIKE(4, 5) SELDOM;
struct place read_place(const struct builder *builder, yaml_mark_t mark);

/* Notes that ${node} is called ${name}; NULL: it is not. */
void alias_define(struct builder *builder, struct node *node, const char *name);
/* ${node} is complete: it may be meant by aliases from now on. */
void alias_close(struct builder *builder, const struct node *node);
/* What *${name} means, as a node of its own; NULL with an error. */
struct node *alias_resolve(struct builder *builder, const char *name, struct place place);
/* Adds the keys of level->merge, a map or a list of maps, that the map does not have itself. */
void alias_merge(struct builder *builder, struct level *level);

#endif
