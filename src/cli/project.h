/* A Compose file on its way from bytes to containers: what the files behind `hardrun compose` share. */
#ifndef PROJECT_H
#define PROJECT_H

#include "verb.h"

struct json_t;

/* What follows `compose`. */
struct project_line {
	const char *file, *name, *env_file;   /* NULL: not given */
	struct string_list profiles;
	const char *verb;                     /* "up" */
	struct string_list services;
	bool is_detached, is_recreated, has_orphans_removed, has_volumes_removed, is_followed, is_help;
	const char *timeout, *tail;           /* plain digits; NULL */
};

/* Reads the words; own options take effect. False with a sentence on stderr. */
bool project_read_line(struct cli *cli, int argc, char *const argv[], struct project_line *ret_line);

/* One service, ready to be handed to run. */
struct project_unit {
	const char *name;
	struct string_list words;     /* of a run, without the verb */
	size_t name_at;               /* the word that names the container, whose number is to be filled in; SIZE_MAX: it has one name */
	unsigned scale;
	bool is_logged;
	struct compose_dependency *dependencies;
	size_t dependency_count;
};

struct project_network { const char *name; bool is_internal; };

/* A project all of whose services are allowed. */
struct project {
	const char *name;
	struct project_unit *units;
	size_t unit_count;
	struct project_network *networks; /* to be made */
	size_t network_count;
	struct string_list volumes;       /* to be made */
	/* For the record of what comes to nothing: "up", or NULL where the line cannot be read; "denied", NULL: it is allowed. */
	const char *verb, *verdict;
};

/* ---- project_load.c: the files ---- */

/* What was read, and how its variables are looked up. */
struct project_source {
	const char *shown;              /* the path as people wrote it */
	struct compose_input input;
	const struct cli *cli;
	const struct policy *ceiling;   /* NULL: none */
	struct string_list env;         /* of the .env file */
};

/* Finds and opens the files as the caller. Negative with an error. ${source} must stay where it is: its lookup points to it. */
int project_load(struct cli *cli, const struct project_line *line, struct project_source *source, struct error *err);
/* The name of the project alone: for down, ps and logs. Negative with an error. */
int project_find_name(struct cli *cli, const struct project_line *line, const char **ret_name, struct error *err);

/* ---- project_judge.c ---- */

/* One service before the verdict. */
struct project_verdict {
	const struct compose_service *service;
	struct flow flow;
	enum flow_state state;
	const struct compose_word **words; /* what was judged, word by word */
	size_t word_count;
	struct findings notes;          /* of ours: what was left out */
};

struct project_check {
	const struct project_source *source;
	const struct compose_project *project; /* NULL: the file is not well formed, or holds what is not done */
	struct findings findings;       /* of the file */
	struct project_verdict *verdicts;
	size_t count;
	enum flow_state state;          /* the worst */
};

/* Reads the file and judges every service. */
struct project_check project_judge(struct cli *cli, const struct project_source *source);
/* Whether `compose up` may make a network of that name; some are hardrun's or the engine's own. */
bool project_may_make_network(const char *name);
/* What an allowed check means. */
struct project project_of_check(struct cli *cli, const struct project_check *check);
/* Every finding with the service's key and its place in the file as its subject. ${is_notes}: notes, else what refuses. */
struct findings project_findings(struct cli *cli, const struct project_check *check, bool is_notes);

/* ---- project_print.c ---- */

/* What is wrong with policies: one that several services share is told once. */
void project_print_errors(const struct cli *cli, const struct project_check *check);
int project_print_check(struct cli *cli, const struct project_check *check);
int project_print_config(struct cli *cli, const struct project_check *check);
/* What one half tells the other; the text is allocated. NULL or false: it cannot be read. */
char *project_write(const struct project *project, const struct findings *findings, int status);
bool project_read(struct arena *arena, const char *text, struct project *ret_project, struct findings *ret_findings,
		  int *ret_status);

/* ---- project_up.c, project_down.c; the status is returned ---- */

/* What the daemon is asked with. */
struct project_session {
	struct cli *cli;
	struct verb_guard guard;
	struct verb_act act;
	const char *timeout;
	bool is_dry_run;
	bool is_deaf;                  /* what it does is done to its end, whoever asks to stop */
};

/* Finds the daemon and, where a list says what may be done, whether ${keys} (up to NULL) are on it. False: it was said why. */
bool project_open(struct project_session *session, const char *subject, const char *const *keys);
/*
 * Where root's rights are lent: whether docker's verbs ${keys} (up to NULL) are on the list. ${what}: what they are wanted
 * for, to begin the sentence with; NULL. False: it was said and recorded.
 */
bool project_may(struct project_session *session, const char *what, const char *const *keys);
/* Runs docker's client with these words, or shows them in a dry run. */
int project_client(struct project_session *session, const struct string_list *words, struct error *err);
/* Stops; stops and removes. */
int project_stop(struct project_session *session, const struct string_list *ids, struct error *err);
/* Stops; whoever asks to stop meanwhile does not want to wait: then they are killed. Stays deaf. */
int project_end(struct project_session *session, const struct string_list *ids, struct error *err);
int project_remove(struct project_session *session, const struct string_list *ids, struct error *err);
int project_show_logs(struct project_session *session, const struct host_members *members, const struct project_line *line,
		      int *ret_signal);

/* Until the condition holds. Negative: it never will, it takes too long, or somebody asks to stop. */
int project_wait(const struct cli *cli, const char *project, const struct compose_dependency *dependency, struct error *err);

/* For these line->name is the project's: it was found. */
int project_up(struct cli *cli, const struct project_line *line, const struct project *project);
int project_down(struct cli *cli, const struct project_line *line);
int project_ps(struct cli *cli, const struct project_line *line);
int project_logs(struct cli *cli, const struct project_line *line);

#endif
