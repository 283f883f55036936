/*
 * yaml: a YAML document of a strict subset as a tree of nodes with places. Only the syntax is judged here; who reads the tree
 * says which language it is. Pure: bytes in, nodes out.
 */
#ifndef HARDRUN_YAML_H
#define HARDRUN_YAML_H

#include <hardrun/base.h>

enum node_kind { NODE_TEXT, NODE_LIST, NODE_MAP, NODE_KIND_COUNT };

/* One value of a file. In a map it carries its key; siblings are linked in the order written. Constant once it was read. */
struct node {
	enum node_kind kind;
	struct place place;
	const char *text;       /* NODE_TEXT: never NULL; plain or quoted makes no difference but for is_plain */
	bool is_missing;        /* NODE_TEXT: "key:" with nothing after it */
	bool is_plain;          /* NODE_TEXT: neither quoted nor a block: other readers may see a number or a switch in it */
	const char *key;        /* NULL outside a map */
	struct place key_place;
	struct node *next, *first, *last;
	size_t count;           /* of children */
	size_t weight;          /* nodes of this tree, itself included, each alias unfolded */
	unsigned height;        /* 0 without children */
};

enum {
	YAML_DEPTH_MAX = 32,    /* the most that a language may allow */
	YAML_ANCHORS_MAX = 256,
};

/* What a document may be, and who is told what is wrong with it. */
struct yaml_language {
	const char *name;       /* "the policy language": "... is not part of the policy language" */
	const char *noun;       /* "policy": "a policy is UTF-8" */
	const char *beginning;  /* of an empty file: "a policy starts with version: 1" */
	size_t bytes_max;
	unsigned depth_max;     /* at most YAML_DEPTH_MAX */
	size_t list_max;        /* entries of one list or map */
	size_t nodes_max;       /* of the whole tree, each alias unfolded; 0: no other limit than those above */
	bool has_aliases;       /* &anchor, *alias and merge keys (<<) are part of it */
	/* Whether a key may be shown in a message, ${first} being the first key of the file: what was named by mistake is not. */
	bool (*is_key_shown)(const char *first, const char *key);
	/* Takes one error. ${message} is one sentence without full stop. */
	void (*complain)(void *context, enum error_kind kind, struct place place, const char *remedy, const char *message);
	void *context;
};

/*
 * Reads one document: UTF-8 without byte order mark, no tags, directives, duplicate or complex keys, within the limits.
 * Iterative. An alias stands for the tree of its anchor: it shares its children, so that nothing grows, and counts as if it
 * were written out. Keys that a merge key brings stand behind those of the map itself, which win. NULL or an incomplete tree
 * comes with at least one complaint; the root is never NULL without one.
 */
const struct node *yaml_read(struct arena *arena, const struct yaml_language *language, const char *file, const char *bytes,
			     size_t length);
/*
 * A tree as the program carries one with it: rows without pointers, each behind its parent, and the texts they mean, each with a
 * NUL behind it.
 */
struct yaml_row {
	uint16_t parent;             /* its row; the root's is its own */
	uint16_t line, column;
	uint16_t key_line, key_column; /* 0: no key */
	uint16_t text, key;          /* where in the texts */
	uint8_t kind;
	bool is_missing, is_plain;
};

struct yaml_packed {
	const struct yaml_row *rows;
	size_t count;
	const char *texts;
	size_t texts_bytes;
};

/* Packs a tree without aliases; false: it is too large for the rows. */
bool yaml_pack(struct arena *arena, const struct node *root, struct yaml_packed *ret_packed);
/* The tree that was packed, as yaml_read gives it. The texts are shared with ${packed}. */
const struct node *yaml_unpack(struct arena *arena, const char *file, const struct yaml_packed *packed);
/* The child of ${map} with that key, or NULL. */
const struct node *yaml_child(const struct node *map, const char *key);
/* "a text", "a list", "a map": for messages. */
const char *yaml_kind_name(const struct node *node);

#endif
