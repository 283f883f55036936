/* What the files of the command line share. Only this room prints, and only main decides the exit status. */
#ifndef CLI_H
#define CLI_H

#include <stdio.h>
#include <sys/types.h>

#include <hardrun/base.h>
#include <hardrun/compose.h>
#include <hardrun/finding.h>
#include <hardrun/host.h>
#include <hardrun/launch.h>
#include <hardrun/plan.h>
#include <hardrun/policy.h>
#include <hardrun/record.h>
#include <hardrun/request.h>
#include <hardrun/verdict.h>

enum {
	CLI_STATUS_OK = 0,
	CLI_STATUS_DENIED = 1, /* check: well formed and refused; doctor: something that is needed is missing */
	CLI_STATUS_USAGE = 2,  /* a malformed line or a wrong policy, for every verb but run and create */
};

/* One of the -words of hardrun's own; see options.c. */
struct cli_options {
	const char *policy, *backend, *format, *color, *rootfs; /* NULL: not given */
	bool is_dry_run, is_explained, is_help, is_version;
	struct string_list words; /* as given, to be read again by request_parse */
};

enum cli_profile_mode { CLI_PROFILE_NONE, CLI_PROFILE_LOAD, CLI_PROFILE_PRINT };

/* A container that was started, or could not be, and has ended. */
struct watch_report;
struct ending {
	const struct plan *plan;
	const struct watch_report *report;
	const struct error *error; /* it never ran; NULL: it did */
	int status;                /* as hardrun is about to exit with it */
};

struct cli;
/* The plan observes what it says, and when launch_run has come back ${seen} is told, in the process that launched. */
struct cli_observer {
	const char *verb; /* for sentences: "why run" */
	enum plan_observation observation;
	void (*seen)(struct cli *cli, const struct ending *ending, void *context);
	void *context;
	int64_t seconds_max; /* how long it may run; 0: as long as it likes */
};

struct cli {
	struct arena *arena;
	struct host_facts *facts; /* of host_read: the verbs add to it */
	const char *verb;
	struct cli_options options;
	int argc;               /* of the process: for the record */
	char *const *argv;
	const struct cli_observer *observer; /* why run, learn: who watches the container, on the OCI path; NULL: nobody */
	unsigned recorded;      /* decisions so far: each has an id of its own */
	int failure;            /* the status of a failure of this verb: 125 for run and create, else 2 */
	bool is_guarded;        /* root's rights are lent, or there is a ceiling: nothing of the caller's goes further than it must */
	/* The ceiling, read with the rights that this process began with; see flow.c. */
	struct { bool is_read; const struct policy *policy; struct policy_errors errors; } ceiling;
	bool is_confined;       /* the rights to start anything are gone */
	int monitor_fd;         /* the judge's way to who has the rights; 0: nobody is asked, this process has its own */
	/* The way of who has the rights to who has read docker's line without them, and who that is; 0: there is nobody. */
	struct { int fd; pid_t pid; } reader;
	bool is_stdout_closed;  /* from the start: nothing can be printed */
	bool is_json;
	bool has_color_out, has_color_err;
	/* why: the file of the last bad end, -1: there is none, which would be at that path; what docker tells, NULL: nothing */
	struct { int fd; const char *path; const struct host_ended *ended; } last;
	const struct compose_identity *compose; /* run: the service of a Compose file that is started; NULL: none */
	bool is_noted;          /* its notes have been said already */
	bool is_rehearsal;      /* a dry run on behalf of what is about to be started: its refusals go on record */
	/* apparmor load: run comes as far as the plan, whose profile is loaded or printed; nothing starts, nothing goes on record. */
	struct { enum cli_profile_mode mode; bool may_replace, is_printed; } profile;
};

/* ---- verbs: ${argv} holds what follows the verb; the exit status is returned ---- */

typedef int cli_verb(struct cli *cli, int argc, char *const argv[]);
cli_verb run_verb, check_verb, show_verb, why_verb, learn_verb, doctor_verb, policy_verb, docker_verb, compose_verb, help_verb;
cli_verb apparmor_verb, unit_verb;

/* ---- options.c ---- */

/*
 * Reads own options (and --help, -h, --version) up to the first other word. Returns how many words they are, or a negative error.
 * With ${is_tolerant} an unknown option ends them instead of being an error, and so do --help, -h and --version, which are
 * docker's then.
 */
int options_parse(struct cli *cli, int argc, char *const argv[], bool is_tolerant, struct error *err);
/* The same for a verb that takes own options and words in any order: the words that are left go to ${ret_words}. */
int options_parse_verb(struct cli *cli, int argc, char *const argv[], struct string_list *ret_words, struct error *err);
/* Format and color come into effect; NULL: not given. Unasked, colour is for terminals without NO_COLOR and TERM=dumb. */
void options_apply(struct cli *cli, const char *format, const char *color);

/* ---- flow.c: what run, create, check and show have in common ---- */

#define FLOW_CEILING_PATH "/etc/hardrun/ceiling.yaml"

struct flow {
	struct findings findings;
	const struct request *request;
	struct host_facts *facts; /* cli's */
	struct policy_search search;
	struct policy_errors errors;
	const struct policy *policy, *ceiling;
	const struct compose_identity *compose; /* cli's */
	const char *passed_over; /* the file of the person's own that does not count, and would have answered; NULL: none */
	size_t shift;           /* how many words before the verb stand before the caller's in the request */
	bool is_judged;
};

enum flow_state {
	FLOW_READY,     /* allowed so far */
	FLOW_HELP,      /* help was asked for and printed */
	FLOW_MALFORMED, /* findings say why */
	FLOW_POLICY,    /* flow->errors say why */
	FLOW_DENIED,    /* findings say why */
};

/* Parses, loads the policy and judges; prints nothing but help. */
enum flow_state flow_judge(struct cli *cli, struct flow *flow, int argc, char *const argv[]);
/* The same for verbs that go on with what is allowed alone. False: what there is to say has been said, and *ret_status stands. */
bool flow_judge_line(struct cli *cli, struct flow *flow, int argc, char *const argv[], int *ret_status);
/* The container may be on an isolated network: line and policy say nothing else. In run.c. */
bool run_may_be_isolated(const struct flow *flow);
/* The backend as named on the command line or in the ceiling or the policy, or "auto". */
const char *flow_backend(const struct flow *flow);
/* Judges again, now that facts->backend is known. Returns whether it is allowed. */
bool flow_judge_backend(struct cli *cli, struct flow *flow);
struct verdict_input flow_input(const struct flow *flow, bool is_backend_known);
/*
 * Fills in where policies are looked for, and loads the ceiling, which may rule out the caller's own. NULL: there is none, or
 * ${errors} say why it cannot be used.
 */
const struct policy *flow_load_ceiling(struct arena *arena, const struct host_facts *facts, struct policy_search *ret_search,
				       struct policy_errors *errors);
/* The same, of the ceiling that was read before root was given up, where it was. */
const struct policy *flow_take_ceiling(const struct cli *cli, struct policy_search *ret_search, struct policy_errors *errors);
/* Where policies are looked for, whatever the ceiling says. */
void flow_search(struct arena *arena, const struct host_facts *facts, struct policy_search *ret_search);
/*
 * The filter of a policy can be built: calls and groups exist, conditions are well formed. An untouched base is known to be
 * fine.
 */
bool flow_check_profile(struct arena *arena, const struct policy_seccomp *seccomp, struct error *err);
/* The filter of a plan that is not unconfined; one that is explained has its rules. */
struct profile;
int flow_profile(struct arena *arena, const struct plan *plan, const struct profile **ret_profile, struct error *err);
/* The same for what is about to start, with its filter compiled where the runtime takes it so. */
int flow_start_profile(struct cli *cli, const struct plan *plan, const struct profile **ret_profile, struct error *err);
/* Adds notes on what docker or podman would have obeyed of the caller's environment and configuration, and hardrun does not. */
void flow_note_environment(struct flow *flow);
/* "linux/amd64" is not served by an image for another processor that happens to be here under that name. */
bool flow_is_of_platform(const struct image_facts *image, const char *platform);

/* ---- recording.c: every verb that may start or change something has each of its decisions recorded, once ---- */

/* A decision about ${flow} ("allowed", "denied", "malformed", "policy", "failed"); what is more is for the caller to fill in. */
struct decision recording_of_flow(const struct cli *cli, const struct flow *flow, const char *verdict);
/*
 * Writes the line of ${decision} where the ceiling, else its policy, says; often that is nowhere. decision->ceiling is one that
 * this very process has read, or NULL. An error: it is wanted and cannot be written, and what was allowed must not happen.
 */
int recording_write(struct cli *cli, const struct decision *decision, struct error *err);
/* The same for a refusal, which stands in any case: that it cannot be recorded is a second sentence on stderr. */
void recording_refuse(struct cli *cli, const struct decision *decision);
/* The same for a line that is refused before anything is known of it but its verb; nothing where nobody is guarded. */
void recording_refuse_line(struct cli *cli, const char *verdict, const char *sentence);
/* For a verb that is not for whoever asks: says so, with what to do instead, and that is on record. */
void recording_deny(struct cli *cli, const char *sentence, const char *remedy);
/*
 * The same for what launch_run is about to start: it will owe its end. Then, and when launch_run has come back, recording_end,
 * which says so when the end could not be recorded.
 */
int recording_launch(struct cli *cli, const struct decision *decision, struct launch *launch, struct error *err);
void recording_end(const struct cli *cli, const struct launch *launch, bool has_failed, int status);

/* ---- ending.c: after a container that has ended badly, or was watched ---- */

/*
 * For an observer what it makes of it. Else, after a bad end, one line on stderr where the evidence is solid, or on a terminal
 * how to find out; and what is known is kept for `why`. Nothing for an engine's containers, and those in the background.
 */
void ending_tell(struct cli *cli, const struct ending *ending);
/*
 * Before a launch: it fills in the report, keeps to the observer's time, and the bad end of a detached container is kept by
 * whoever will see it. All of it lives until the launch is over.
 */
struct ending_keeper { const struct cli *cli; struct watch_report *report; struct ending ending; };
void ending_expect(struct ending_keeper *keeper, struct launch *launch);

/* ---- message.c ---- */

/* One line on stderr, in hardrun's name. */
void message_line(const struct cli *cli, const char *format, ...) PRINTF_LIKE(2, 3);
void message_error(const struct cli *cli, const struct error *err);
void message_errors(const struct cli *cli, const struct policy_errors *errors);
/* Findings that refuse go to ${stream} one a line; notes are left out. */
void message_findings(const struct cli *cli, FILE *stream, const struct findings *findings);
/* Notes, one a line. */
void message_notes(const struct cli *cli, FILE *stream, const struct findings *findings);
/* The message of an error with its remedy, without place: for doctor and lists. */
const char *message_error_text(struct arena *arena, const struct error *err);
/* ${word} in the colour of a state, or as it is. */
enum message_tone { MESSAGE_GOOD, MESSAGE_BAD, MESSAGE_WARN, MESSAGE_FAINT };
const char *message_tone(const struct cli *cli, FILE *stream, enum message_tone tone, const char *word);
/* Prints a result on stdout. */
void message_print(const struct cli *cli, const char *text);
/* The last call of a verb: ${status}, or cli->failure with a sentence when stdout did not take everything. */
int message_finish(const struct cli *cli, int status);

/* ---- json.c ---- */

struct json_t;
/* {"schema":"hardrun/check/1", ...} and one place. New references. */
struct json_t *json_of_place(struct place place);
struct json_t *json_of_findings(const struct flow *flow, bool is_notes);
struct json_t *json_of_errors(const struct policy_errors *errors);
/* Prints ${object} on stdout, indented, and lets go of it. */
void json_print(const struct cli *cli, struct json_t *object);

/* ---- print.c ---- */

/* The hidden --print WHAT. */
int print_what(struct cli *cli, const char *what);

/* ---- help.c ---- */

void help_overview(const struct cli *cli);
void help_verb_usage(const struct cli *cli, const char *verb);
void help_version(const struct cli *cli);
/* The nearest verb to a mistyped one, or NULL. */
const char *help_nearest_verb(const char *word);
/* Says what the words of a verb should have been; returns CLI_STATUS_USAGE. */
int help_wrong_words(const struct cli *cli, const char *verb, const char *sentence);

#endif
