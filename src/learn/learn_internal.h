/* learn, inside: the shapes of a record's objects, from which it is written and read, and what its lists are sorted by. */
#ifndef HARDRUN_LEARN_INTERNAL_H
#define HARDRUN_LEARN_INTERNAL_H

#include <hardrun/learn.h>

enum learn_kind {
	LEARN_TEXT,          /* const char *, not NULL */
	LEARN_TEXT_OR_NULL,
	LEARN_TEXTS,         /* struct string_list of at most LEARN_LIST_MAX */
	LEARN_COUNT,         /* uint64_t, at most INT64_MAX */
	LEARN_AMOUNT,        /* int64_t, -1 or more */
	LEARN_BOOL,
	LEARN_VALUES,        /* "0x2" or, with a second, "0x10:0x0" */
	LEARN_OBJECTS,
	LEARN_KIND_COUNT
};

struct learn_shape;
struct learn_field {
	const char *name;
	enum learn_kind kind;
	size_t offset, count_offset;    /* of the value; of a list's length */
	size_t most;                    /* of a list */
	const struct learn_shape *shape; /* of its objects */
};
struct learn_shape {
	const struct learn_field *fields;
	size_t field_count;
	size_t size;
};

/* That of struct learn_record, less its schema. */
extern const struct learn_shape learn_record_shape;

/* Puts every list into its order; equal entries must be one already. */
void learn_sort(struct learn_record *record);
/* Adds those of ${other} that are not there, up to LEARN_PROGRAMS_MAX. */
void learn_join_programs(struct arena *arena, struct string_list *programs, const struct string_list *other);
void learn_add_value(struct arena *arena, struct learn_call *call, const struct learn_value *value);
/* The one of that name, which is made where it is missing; NULL: there is no room. */
struct learn_call *learn_have_call(struct arena *arena, struct learn_record *record, const char *name);
struct learn_place *learn_have_place(struct arena *arena, struct learn_record *record, const char *path);
struct learn_ask *learn_have_ask(struct arena *arena, struct learn_record *record, const char *kind, const char *subject);
/* Are there system calls of that name in hardrun's table and in this libseccomp? */
bool learn_is_known_call(const char *name);

/* ---- rules.c: calls as lines of seccomp.allow ---- */

/* One line: plain names, or one name under a condition. */
struct learn_rule {
	const char *group;
	struct string_list names;
	const char *when;       /* NULL: whatever the arguments */
	uint64_t count;
	struct string_list programs;
};
struct learn_rules { struct learn_rule *items; size_t count; };
/* By group. What base: default refuses is not among them, whatever the record says; ${omit}: a group to leave out, or NULL. */
struct learn_rules learn_rules_of(struct arena *arena, const struct learn_record *record, const char *omit);

#endif
