/* What the files of the request room share. */
#ifndef HARDRUN_REQUEST_INTERNAL_H
#define HARDRUN_REQUEST_INTERNAL_H

#include <hardrun/request.h>

/*
 * One line of comma-separated fields as Go's encoding/csv reads it: a field that begins with '"' ends with the next single
 * one, '""' within is a quote; a quote elsewhere is an error. Line breaks are refused: docker would silently read no further.
 */
bool request_split_csv(struct arena *arena, const char *text, struct string_list *ret_fields, const char **ret_reason);
/* The parts of ${text} between ${separator}; always at least one, possibly empty. */
struct string_list request_split(struct arena *arena, const char *text, char separator);
/* The part before the first of ${separators} and the part behind it (NULL when there is none). */
struct pair_request request_cut(struct arena *arena, const char *text, const char *separators);
/* A to Z folded; all other bytes as they are. */
const char *request_fold(struct arena *arena, const char *text);
bool request_has_blank(const char *text);

/* Octal permission bits, at most 07777. */
bool request_parse_mode(const char *text, unsigned *ret_mode);
/* An id that the kernel and every engine read alike: strict decimal, at most 2147483647. */
bool request_parse_id(const char *text, uint32_t *ret_id);
/*
 * The last look at a -v, --mount or --tmpfs: the target is an absolute path, a named volume has a name that an engine takes,
 * a bind has a path. Decides between MOUNT_VOLUME and MOUNT_ANONYMOUS.
 */
bool request_finish_mount(struct mount_request *mount, const char **ret_reason);

/* Why a value was not taken. */
struct value_problem {
	const char *reason;
	const char *remedy; /* NULL: none */
};

/* Reads ${option}->raw into ${option}->value after the kind of ${option}->flag. */
bool request_read_value(struct arena *arena, struct request_option *option, struct value_problem *ret_problem);
/* Both options, of the same flag, mean the same. */
bool request_is_same_value(const struct request_option *a, const struct request_option *b);

/* The value of ${flag} as request_words shows it. */
const char *request_value_words(struct arena *arena, enum flag_id flag, const char *raw);
/* A word that is no known option, as request_words would show it: without what stands behind its first '='. */
const char *request_stray_words(struct arena *arena, const char *word);

/* "did you mean --volume?" for the flag ${name}, without dashes, that there is not; NULL when nothing is near. */
const char *request_suggest_flag(struct arena *arena, const char *name);
/* For a word such as "-name" that names a long flag behind one dash: what to write; else NULL. */
const char *request_suggest_dashes(struct arena *arena, const char *word);

#endif
