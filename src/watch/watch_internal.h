/* watch, inside: what the arguments of calls mean. */
#ifndef HARDRUN_WATCH_INTERNAL_H
#define HARDRUN_WATCH_INTERNAL_H

#include <hardrun/watch.h>

enum watch_meaning {
	WATCH_END,       /* no further argument */
	WATCH_NUMBER,
	WATCH_HEX,
	WATCH_ADDRESS,   /* not followed */
	WATCH_TEXT,      /* the address of a text */
	WATCH_DIRECTORY, /* a descriptor, or AT_FDCWD */
	WATCH_MODE,      /* octal */
	/* those that have names, and make kinds */
	WATCH_FAMILY,
	WATCH_SOCKET_TYPE,
	WATCH_CLONE,
	WATCH_MOUNT,
	WATCH_UMOUNT,
	WATCH_PTRACE,
	WATCH_KEYCTL,
	WATCH_IOCTL,
	WATCH_PERSONALITY,
	WATCH_BPF,
	WATCH_FSCONFIG,
	WATCH_MEANING_COUNT
};

struct watch_name { const char *name; uint64_t value; };
struct watch_names {
	const struct watch_name *items;
	size_t count;
	uint64_t single;  /* the bits that hold one value among names, beside flags; UINT64_MAX: all do */
};
/* The names of a meaning; NULL: it has none. */
const struct watch_names *watch_names_of(enum watch_meaning meaning);

struct watch_signature { const char *call; unsigned char meanings[WATCH_ARGUMENTS]; };
/* What is known of a call's arguments; NULL: nothing. */
const struct watch_signature *watch_signature_of(const char *call);

#endif
