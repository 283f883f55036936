/*
 * watch: refused system calls in words: their arguments decoded, each kind said once, and never more than somebody can read.
 * Pure: who listens to the kernel, and reads a process's memory, is the launch room.
 */
#ifndef HARDRUN_WATCH_H
#define HARDRUN_WATCH_H

#include <hardrun/base.h>
#include <hardrun/profile.h>

enum {
	WATCH_ARGUMENTS = 6,
	WATCH_KINDS_MAX = 64,      /* kinds that a ledger keeps; those beyond are counted only */
	WATCH_TEXT_BYTES_MAX = 256, /* of one argument's text */
	WATCH_BURST = 20,          /* reports at once, and then */
	WATCH_PER_SECOND = 5,
};

/* One refused call as it was met. */
struct watch_call {
	const char *name;                    /* NULL: a number that the table does not have */
	int number;
	uint64_t arguments[WATCH_ARGUMENTS];
	const char *texts[WATCH_ARGUMENTS];  /* what stands at an address; NULL: not read, or not readable */
	const char *program;                 /* comm; NULL: not known */
	int pid;                             /* as the host numbers it */
};

/* Bit n: argument n of the call is the address of a text that is worth reading. */
unsigned watch_texts(const char *name);
/* "socket(AF_ALG, SOCK_SEQPACKET, 0)"; addresses, flags and numbers without a name in hexadecimal. Fit for a terminal. */
const char *watch_render_call(struct arena *arena, const struct watch_call *call);
/* What a name of the tables, a number, or several joined by | mean; NULL is 0. False: none of these. */
bool watch_value(struct arena *arena, const char *word, uint64_t *ret_value);
/* The same for calls of one kind: the name, and of the arguments those that have names (families, flags, requests). */
uint64_t watch_kind(const struct watch_call *call);
/*
 * The sentence about a refusal, without newline: what was called by whom, how it was answered, which rule refused it, and the
 * smallest line that would allow it, or that none does. ${explanation} NULL: there is none, it is not in the table.
 */
const char *watch_sentence(struct arena *arena, const struct watch_call *call, enum profile_verdict answer,
			   const struct profile_explanation *explanation);

/* ---- once for each kind, at a bearable pace ---- */

struct watch_entry { uint64_t kind; bool is_said; };
struct watch_ledger {
	struct watch_entry entries[WATCH_KINDS_MAX];
	size_t count;           /* kinds, at most WATCH_KINDS_MAX */
	uint64_t calls;         /* refused calls in all */
	uint64_t unkept;        /* calls of kinds for which there was no room */
	unsigned tokens;        /* reports that may be made at once */
	int64_t refilled;       /* milliseconds: when tokens were last added */
};
/* A ledger of ${now} (any steady clock, milliseconds). */
void watch_ledger_init(struct watch_ledger *ledger, int64_t now);
/*
 * Enters a call. True: it is to be said now, the first of its kind; then watch_ledger_said() when it was. A kind that came when
 * too much was being said is said when it comes again.
 */
bool watch_ledger_enter(struct watch_ledger *ledger, uint64_t kind, int64_t now);
/* The last call that was entered with ${kind} has been said. */
void watch_ledger_said(struct watch_ledger *ledger, uint64_t kind);
/* Kinds that were never said, calls of no kept kind not counted. */
size_t watch_ledger_unsaid(const struct watch_ledger *ledger);
/*
 * The last line of all, without newline. ${status} is how the container ended. NULL: nothing was refused, or all was said and
 * the container ended well.
 */
const char *watch_summary(struct arena *arena, const struct watch_ledger *ledger, int status);

#endif
