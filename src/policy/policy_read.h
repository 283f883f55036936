/* What read.c (sections and texts) and values.c (the types of values) share. */
#ifndef POLICY_READ_H
#define POLICY_READ_H

#include "policy_internal.h"

struct reader {
	struct arena *arena;
	struct policy_errors *errors;
	enum read_role role;
	struct policy *policy;
};

/* "PATH takes WANTED, and this is a list", or "PATH has no value". ${example}: for the remedy; NULL: none. */
void read_wrong_type(struct reader *reader, const char *path, const struct node *node, const char *wanted, const char *example)
	SELDOM;
/* "PATH: "text" is not a size". ${node} is a text. */
void read_complaint(struct reader *reader, const char *path, const struct node *node, const struct complaint *complaint) SELDOM;
/* The text of a node that holds a single value without control characters, or NULL with an error. */
const char *read_text(struct reader *reader, const struct key_spec *key, const char *path, const struct node *node);
/* The same with the key's words and its check. *ret_text is written only on success. */
bool read_checked(struct reader *reader, const struct key_spec *key, const char *path, const struct node *node,
		  struct policy_text *ret_text);
/* A list of such texts into ${list}. */
void read_list(struct reader *reader, const struct key_spec *key, const struct node *node, struct policy_list *list);
/* "PREFIX.key is not a key", with the nearest one that is. */
void read_unknown_key(struct reader *reader, const char *prefix, const struct node *node);
/* The value of a key that is no section, into its place in the policy. */
void values_read(struct reader *reader, const struct key_spec *key, const struct node *node);
/* That of KEY_SECRETS (secrets.c). */
void secrets_read(struct reader *reader, const struct key_spec *key, const struct node *node);

#endif
