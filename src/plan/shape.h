/*
 * Shapes of the structs that travel between two processes of hardrun as JSON. One table per struct serves the writer and the
 * reader, so that neither knows a field that the other does not.
 */
#ifndef PLAN_SHAPE_H
#define PLAN_SHAPE_H

#include <stddef.h>

#include <hardrun/base.h>

enum field_kind {
	FIELD_BOOL,    /* bool */
	FIELD_INT64,   /* int64_t */
	FIELD_UINT64,  /* uint64_t, dev_t, ino_t, size_t: as the int64_t of the same bits */
	FIELD_UINT32,  /* uint32_t, unsigned */
	FIELD_UINT16,  /* uint16_t */
	FIELD_ENUM,    /* an enum whose values are below ${bound} */
	FIELD_TEXT,    /* const char *, or null */
	FIELD_WORD,    /* const char *, never null */
	FIELD_TEXTS,   /* struct string_list */
	FIELD_NUMBERS, /* const uint32_t *, counted */
	FIELD_OBJECT,  /* a struct of ${shape} inside */
	FIELD_POINTER, /* const pointer to a struct of ${shape}, or null */
	FIELD_ARRAY,   /* pointer to structs of ${shape}, counted */
};

struct shape;

struct field {
	const char *name;
	enum field_kind kind;
	size_t offset;
	size_t count_offset;       /* of the size_t beside it: FIELD_NUMBERS, FIELD_ARRAY */
	unsigned bound;            /* FIELD_ENUM */
	const struct shape *shape;
};

struct shape {
	const struct field *fields;
	size_t count;
	size_t size;               /* of the struct */
};

extern const struct shape shape_plan, shape_findings, shape_image_name, shape_image_facts;

enum { SHAPE_LIST_MAX = 4096 }; /* of any list: more than any judge lets through */

#endif
