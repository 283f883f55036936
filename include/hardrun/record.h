/*
 * record: the line that is kept of each decision and of each container's end, for whoever must answer for a shared machine.
 * Pure: text in, one line of JSON out. The launch room writes it.
 */
#ifndef HARDRUN_RECORD_H
#define HARDRUN_RECORD_H

#include <hardrun/backend.h>
#include <hardrun/finding.h>
#include <hardrun/host.h>
#include <hardrun/plan.h>
#include <hardrun/policy.h>

#define RECORD_SCHEMA "hardrun/record/1"
#define RECORD_DEFAULT_PATH "/var/log/hardrun/record.jsonl"

enum {
	RECORD_LINE_BYTES_MAX = 128 * 1024, /* of any line; a longer one is told shorter */
	RECORD_SYSLOG_BYTES_MAX = 7 * 1024, /* what a system logger takes with its own header and does not cut */
};

/* ---- where ---- */

enum record_to { RECORD_NONE, RECORD_FILE, RECORD_SYSLOG, RECORD_JOURNALD, RECORD_TO_COUNT };
const char *record_to_name(enum record_to to); /* "file" */

struct record_target { enum record_to to; const char *path; /* RECORD_FILE */ };

/*
 * Where the record of this launch goes. A ceiling decides alone: without record: it means the file RECORD_DEFAULT_PATH. Without a
 * ceiling the policy says; without record: none is kept. ${policy} and ${ceiling} may be NULL. Refused: a file of the ceiling's
 * for who is not root, and for root a file that a policy of anyone else's names.
 */
int record_choose_target(struct arena *arena, const struct policy *policy, const struct policy *ceiling, bool is_root,
			 struct record_target *ret_target, struct error *err);

/* ---- what of the command line is not shown ---- */

/* argv of the process, argv[0] included. */
struct record_words { size_t count; const char *const *items; };

/* Bytes of one word that are not shown. */
struct record_span { size_t word, first, length; };
struct record_spans { struct record_span *items; size_t count; };

/*
 * The secrets among ${words}: values of variables; values of labels, annotations and options whose name looks like a secret's;
 * words of the container's command that look like one (--password=..., TOKEN=..., https://user:password@host). With a
 * ${request} whose raw values point into these words, each is told by its option; with NULL, for lines that do not parse and
 * other verbs, by its looks, which hides more.
 */
struct record_spans record_hide(struct arena *arena, const struct record_words *words, const struct request *request);
/* The words as they may be shown: "[redacted]" for each span. */
struct string_list record_show_words(struct arena *arena, const struct record_words *words, const struct record_spans *hidden);
/* A name that belongs to a secret: "DB_PASSWORD", "apiKey", "com.example.token". */
bool record_is_secret_name(const char *name, size_t length);

/* ---- what ---- */

/* What was decided about one command line. Made by the half of hardrun that reads what the caller typed. */
struct decision {
	const char *verdict;                /* "allowed", "denied", "malformed", "policy" (it is wrong), "failed" */
	const char *verb;                   /* "run", "create", "docker exec", ... */
	const struct findings *findings;    /* NULL: none */
	const struct policy *policy;        /* its files with their digests; NULL: none was loaded */
	const struct policy *ceiling;       /* NULL: none */
	const struct plan *plan;            /* NULL: nothing was planned */
	const char *error;                  /* one sentence, of what failed; NULL */
	/* Secrets in the words of the command line; NULL: they are looked for by their looks. Spans beyond the words say nothing. */
	const struct record_spans *hidden;
	const char *image, *image_digest;   /* NULL: those of the plan and the facts */
	const char *container;              /* id or name, where there is no plan: "docker exec"; NULL */
};

/* Around it: what the half with the rights knows by itself, and takes from nobody. */
struct record_scene {
	const char *id;                     /* joins a decision and its end */
	struct host_session session;
	const struct host_facts *facts;     /* the person, cwd */
	struct record_words words;
};

struct record_end {
	const char *id;
	struct host_session session;        /* of the end */
	const struct host_facts *facts;     /* NULL: not known any more */
	const char *container;              /* name; NULL */
	int64_t started;                    /* host_now() of the decision; 0: not known */
	struct launch_end end;
};

/* A line, without newline, in ASCII without a control character; and the same again as fields for a journal. */
struct record_line {
	const char *json;
	struct string_list fields;          /* "HARDRUN_VERDICT=denied": no newline in them */
	bool is_refusal;
	bool is_durable;                    /* must be on the disk before anything is started */
};

/*
 * Renders. ${limit}: the most bytes; what does not fit is left out by halves (words and findings first) and counted. False when
 * even the rest does not fit.
 */
bool record_render_decision(struct arena *arena, const struct decision *decision, const struct record_scene *scene,
			    size_t limit, struct record_line *ret_line);
struct record_line record_render_end(struct arena *arena, const struct record_end *end);
/*
 * The line of an end once more, ${json} being what record_render_end made: at the time ${microseconds}, unless it is 0. False
 * when it is no such line.
 */
bool record_render_again(struct arena *arena, const char *json, int64_t microseconds, struct record_line *ret_line);
/* The most bytes that a destination takes. */
size_t record_limit(enum record_to to);
/*
 * SHA-256 in hex of what confines the container: the plan as plan_write has it, with sorted keys, without its name and whatever
 * only explains, and with the names alone of its variables. NULL when the plan cannot be written as JSON.
 */
const char *record_settings_digest(struct arena *arena, const struct plan *plan);

#endif
