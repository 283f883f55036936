/* The record room's own: looking for secrets, and text that can be written. */
#ifndef RECORD_INTERNAL_H
#define RECORD_INTERNAL_H

#include <hardrun/record.h>

struct json_t;

/* ---- secret.c ---- */

/* A stretch of a text. */
struct secret { size_t first, length; };
/* The next secret of ${text} from *${at} on, by its looks; false when there is none left. *${at} moves on. */
bool secret_next(const char *text, size_t *at, struct secret *ret_secret);
/* "--password", "-token": the word behind it is one. */
bool secret_is_announced(const char *word);
/* "-u", "--user": the word behind it may be NAME:PASSWORD. */
bool secret_is_login(const char *word);

/* ---- text.c ---- */

/* At most ${limit} bytes of ${text} as JSON takes them: bytes that are not UTF-8 as \xNN. *ret_cut: bytes left out. */
struct json_t *text_json(struct arena *arena, const char *text, size_t limit, size_t *ret_cut);
/* The same for a text that may be NULL (null), without being told what was cut. */
struct json_t *text_json_or_null(struct arena *arena, const char *text, size_t limit);
/* ${object} as one line of ASCII without control characters. Lets go of ${object}. */
const char *text_line(struct arena *arena, struct json_t *object);
/* RFC 3339, UTC: "2026-01-31T12:00:00.000001Z". */
const char *text_time(struct arena *arena, int64_t microseconds);

/* ---- scene.c ---- */

/* What both kinds of line begin with. */
struct json_t *scene_begin(struct arena *arena, const char *kind, const char *id, const struct host_session *session);
/* auid, uid, gid, user, elevated_by. */
void scene_add_person(struct arena *arena, struct json_t *object, const struct host_session *session,
		      const struct host_facts *facts);

/* ---- words.c ---- */

struct words_limit { size_t words, word_bytes, bytes; };
/* Adds argv, argv_words, argv_bytes and argv_cut to ${object}. */
void words_add(struct arena *arena, struct json_t *object, const struct record_words *words, const struct record_spans *hidden,
	       struct words_limit limit);

#endif
