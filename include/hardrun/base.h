/*
 * base: what every room stands on. Memory, text, errors, numbers, patterns.
 * Nothing here has a side effect outside the memory it returns.
 */
#ifndef HARDRUN_BASE_H
#define HARDRUN_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PRINTF_LIKE(format_index, first_argument) \
	__attribute__((format(printf, format_index, first_argument)))
/* A function of refusals: what leads to it is put aside, so that what every run passes lies together, in fewer pages. */
#define SELDOM __attribute__((cold))
#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- arena: one per run; freed whole. Out of memory aborts: nothing has started yet. ---- */

struct arena;

/* A new, empty arena; never NULL. The caller frees it. */
struct arena *arena_new(void);
/* Frees ${arena} and all that came from it. NULL is allowed. */
void arena_free(struct arena *arena);
/* ${size} zeroed bytes, aligned for any type. Never NULL. */
void *arena_alloc(struct arena *arena, size_t size);
/*
 * ${memory}, ${size} bytes that came from ${arena}, as ${wanted} bytes, which are more: the first are the same, the others zero.
 * The old pointer must not be used any more.
 */
void *arena_enlarge(struct arena *arena, void *memory, size_t size, size_t wanted);
char *arena_strdup(struct arena *arena, const char *string);
char *arena_strndup(struct arena *arena, const char *string, size_t length);
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);
char *arena_vprintf(struct arena *arena, const char *format, va_list arguments) PRINTF_LIKE(2, 0);

/*
 * Grows an array kept as (items, count) in the arena and returns the address of its new, zeroed last
 * element. ${items} is the array's present address (NULL when *${count} is 0) and is replaced.
 * Use through vector_push.
 */
void *arena_grow(struct arena *arena, void *items, size_t *count, size_t item_size);
#define vector_push(arena, items, count) \
	((items) = arena_grow((arena), (items), &(count), sizeof(*(items))), &(items)[(count) - 1])

/* ---- text: a growing string in an arena; always NUL-terminated ---- */

struct text {
	struct arena *arena;
	char *data;
	size_t length;
	size_t capacity;
};

/* Makes ${text} empty. Its bytes live in ${arena}, and data stays valid until the next addition. */
void text_init(struct text *text, struct arena *arena);
void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const char *bytes, size_t length);
void text_addf(struct text *text, const char *format, ...) PRINTF_LIKE(2, 3);

struct string_list {
	const char **items;
	size_t count;
};

/* Adds ${string} itself, not a copy. */
void string_list_add(struct arena *arena, struct string_list *list, const char *string);
bool string_list_has(const struct string_list *list, const char *string);

/* ---- errors: 0 or a negative error_kind is returned; the object says what and where ---- */

enum error_kind {
	ERROR_NONE,
	ERROR_USAGE,       /* the command line does not follow the grammar */
	ERROR_POLICY,      /* a policy file is wrong */
	ERROR_UNTRUSTED,   /* a file fails the ownership or mode checks */
	ERROR_MISSING,     /* a file, program or engine is not there */
	ERROR_UNSUPPORTED, /* understood, and not available on this machine or in this version */
	ERROR_LIMIT,       /* larger than a stated limit */
	ERROR_SYSTEM,      /* the operating system or an engine failed */
	ERROR_COUNT
};

/* Where something stands: file with line and column from 1, or an argument of the command line. */
struct place {
	const char *file; /* NULL: not from a file */
	unsigned line;    /* 0: unknown */
	unsigned column;
};

struct error {
	enum error_kind kind;
	struct place place;
	const char *message; /* one sentence, no trailing newline or full stop */
	const char *remedy;  /* what to do, or NULL */
};

/* Fills ${err} and returns -(int)${kind}. */
int error_set(struct error *err, struct arena *arena, enum error_kind kind, const char *format, ...)
	PRINTF_LIKE(4, 5) SELDOM;
/* The same with a place. */
int error_set_at(struct error *err, struct arena *arena, enum error_kind kind, struct place place,
		 const char *format, ...) PRINTF_LIKE(5, 6) SELDOM;
/* "file:line:column", "file", or "" when there is no file. */
const char *place_text(struct arena *arena, struct place place);

/* ---- numbers: every parser takes the whole string or refuses it; *ret_value is written only on success ---- */

/* Plain decimal digits without sign, blank or leading zero (0 itself is fine). For ids. */
bool parse_decimal(const char *string, uint64_t *ret_value);
/*
 * An integer as docker's client takes it (Go ParseInt base 0), less underscores: optional sign; decimal,
 * 0x, 0b, 0o, or a leading 0 for octal. Source: pflag int64.go.
 */
bool parse_integer(const char *string, int64_t *ret_value);
/*
 * Bytes: decimal with at most one point (".5g", "1.5g", "512m"), suffix b, k, m, g, t, p in either case,
 * optionally followed by b or ib ("kb", "KiB"); powers of 1024 as docker/go-units RAMInBytes. A fraction of a byte is
 * dropped (1.1g), as docker does; less than one byte that is not 0, or what does not fit int64, is refused. No sign,
 * blank, exponent, hex or underscore.
 */
bool parse_size(const char *string, int64_t *ret_bytes);
/* CPUs in units of 1e-9: "1.5", ".5", "2" or "1/2". Exact or refused; at most 1e6 CPUs. */
bool parse_cpus(const char *string, int64_t *ret_nano_cpus);
/* A Go duration ("1m30s", "500ms", "1h"); the unit is required, except for "0". Nanoseconds, not negative. */
bool parse_duration(const char *string, int64_t *ret_nanoseconds);
/* Go strconv.ParseBool: 1 t T TRUE true True 0 f F FALSE false False. */
bool parse_bool(const char *string, bool *ret_value);
/* The canonical spelling that every engine reads back as the same number. */
const char *format_cpus(struct arena *arena, int64_t nano_cpus); /* "0.5" */
const char *format_size(struct arena *arena, int64_t bytes);     /* for people: "64m", "1g", "1000b" */
const char *format_duration(struct arena *arena, int64_t nanoseconds); /* "1m30s", a Go duration */

/* ---- strings ---- */

/* True when every byte belongs to well-formed UTF-8: no overlong form, no surrogate, nothing above U+10FFFF. */
bool string_is_utf8(const char *string);
/* C0, DEL, C1 and the Unicode line, paragraph, bidi and zero-width controls. ${string} is valid UTF-8. */
bool string_has_control(const char *string);
/*
 * Pattern match over the whole string. '?' one byte that is not '/'; '*' any run without '/'; '**' any run.
 * The pattern "*" alone matches everything. No brackets, no escapes. Linear memory, no recursion.
 */
bool glob_match(const char *pattern, const char *string);
bool glob_has_wildcard(const char *pattern);
/* The nearest of ${names} to ${word} within a third of its length, or NULL: for "did you mean". */
const char *string_nearest(const char *word, const char *const *names, size_t count);
/*
 * ${word} as one shell word: unchanged when harmless, else in single quotes; in $'...' with octal escapes, which dash does not
 * know, when it has control characters other than newline and tab, or is not UTF-8. So it can be shown on a terminal.
 */
const char *shell_quote(struct arena *arena, const char *word);
/*
 * ${string} fit for a terminal or a log line: control characters and invalid bytes as \xNN, at most ${limit} bytes
 * of output (then "..."). 0: no limit.
 */
const char *string_printable(struct arena *arena, const char *string, size_t limit);
/* Absolute, no empty, "." or ".." component, no trailing slash (except "/" itself). Purely lexical. */
bool path_is_clean(const char *path);
/* Removes repeated and trailing slashes and "."; ".." is left alone. */
const char *path_tidy(struct arena *arena, const char *path);
/* ${path} is ${directory} or lies below it, on a component boundary. Both clean. */
bool path_is_within(const char *path, const char *directory);

#endif
