/*
 * launch: the only room that writes, forks or executes.
 */
#ifndef HARDRUN_LAUNCH_H
#define HARDRUN_LAUNCH_H

#include <signal.h>

#include <hardrun/backend.h>
#include <hardrun/base.h>
#include <hardrun/host.h>
#include <hardrun/profile.h>
#include <hardrun/record.h>

enum {
	LAUNCH_STATUS_REFUSED = 125,   /* refusal, or any failure before start */
	LAUNCH_STATUS_CANNOT_EXECUTE = 126,
	LAUNCH_STATUS_NOT_FOUND = 127,
	LAUNCH_STATUS_SIGNAL = 128,    /* + n */
};

#define LAUNCH_LISTEN_FD 3 /* the first of the sockets that systemd has opened for a unit: sd_listen_fds(3) */
/*
 * Opens /dev/null on closed descriptors 0 to 2 and closes everything above 2 but the ${sockets} from LAUNCH_LISTEN_FD on, which
 * are closed at the next exec; restores signal dispositions and mask. First thing in main.
 */
void launch_sanitize_descriptors(unsigned sockets);
/* Closes those as well. */
void launch_close_sockets(unsigned sockets);
/*
 * Replaces what a caller may have chosen before root's rights were lent: resource limits, umask, signal dispositions, timers,
 * priority; where root's rights are lent also processors, scheduling and I/O class. From here on no key of the terminal stops the
 * process, nor a helper of its. For a process of root's that somebody else started. ERROR_SYSTEM when a limit is too low to work
 * under and cannot be raised.
 */
int launch_guard(struct arena *arena, bool is_lent, struct error *err);
/*
 * Gives up, for good, what is not needed to read a command line and to judge it: root (for the person's identity, or nobody's
 * where root is the person), capabilities (but, for root, the one to look into directories), new privileges, writing
 * (Landlock, where the kernel has it) and most system calls. ${may_call}: sockets of this machine may still be connected to,
 * and root stays uid 0 without its rights, so that its sockets answer. Where this fails the process must end.
 */
int launch_confine(struct arena *arena, const struct host_facts *facts, bool may_call, struct error *err);
/*
 * Splits the process. The child is confined as above, may call nobody, ends with its parent, and gets 0; the parent gets its
 * id. *ret_channel: the two ends of a stream socket. Negative: an error, in the child too (*ret_channel is -1 then in the
 * parent only).
 */
pid_t launch_split(struct arena *arena, const struct host_facts *facts, int *ret_channel, struct error *err);
/*
 * For root who is about to be told to start crun or runc: lets a child wait for what those would have to wait for, 8 to 20 ms,
 * before a process can be moved into a cgroup (src/launch/watch.c). It ends by itself, and changes nothing.
 */
void launch_expect_runtime(void);
/*
 * Runs. For docker and podman: execs, and returns only on failure. For OCI runtimes: supervises, cleans up whatever happens,
 * and returns 0 with the container's status in *ret_status. On error nothing is left behind and *ret_status is what to exit
 * with: 125, 126 or 127. Detached on an OCI runtime (plan->is_detached) it returns 0 and status 0 as soon as the container
 * runs; its id, which the caller prints, is launch->container_id, and its output goes to <state_dir>/logs/<id>.log.
 */
int launch_run(struct arena *arena, const struct launch *launch, int *ret_status, struct error *err);
/*
 * Makes an image available on the OCI path: a layout, an archive, or a reference through skopeo; unpacked by umoci once per
 * digest into a read-only cache under facts->state_dir, shared by all. Fills facts->image_facts. ${pull}: "missing", "never"
 * or "always".
 */
int launch_fetch_image(struct arena *arena, struct host_facts *facts, const char *pull, struct error *err);
/*
 * Docker: brings facts->image to the daemon, as `docker run` would, but before the plan is made: so that what the image declares
 * is known when it is. Progress goes to stderr. facts->image_facts is not filled: host_read_docker_image does that.
 */
int launch_pull_image(struct arena *arena, const struct host_facts *facts, const struct backend_pull *pull, struct error *err);
/*
 * ${profile}, built and native, with its filter compiled for crun. A filter is compiled once and kept in <runtime_dir>/filters,
 * under the SHA-256 of what it was compiled from. What is kept is used only when it and its directory are this process's own,
 * nobody else may have touched it, and it is whole; else it is made anew, and *ret_note says why (NULL: nothing to say). Whatever
 * fails, the profile itself comes back at least: then the runtime compiles.
 */
const struct profile *launch_compile_filter(struct arena *arena, const struct host_facts *facts, const struct profile *profile,
					    const char **ret_note);
/* Kills and removes what a hardrun that is gone left behind (by lock, never by age). Returns how many. */
unsigned launch_sweep(struct arena *arena, const struct host_facts *facts);
/*
 * Becomes the client of backend_render_verb. When launch->is_guarded it starts in /. Returns only on failure.
 */
int launch_verb(struct arena *arena, const struct launch *launch, struct error *err);
/*
 * A container that runs without an engine, and the person who asked for it. ${dir}: its own directory, held, by which it is known
 * whoever takes its name later; in a list -1.
 */
struct launch_local { const char *id; enum backend_kind runtime; uid_t caller; int dir; };
struct launch_locals { struct launch_local *items; size_t count; };
/* Those that run now, in no order. Never fails: what cannot be read is not there. */
struct launch_locals launch_list_local(struct arena *arena, const struct host_facts *facts);
/* The one that has the name now, held until this process ends. False: none that runs. */
bool launch_find_local(struct arena *arena, const struct host_facts *facts, const char *id, struct launch_local *ret_local);
/* Sends a signal to the first process of that very container. 0 also when it has ended since it was found. */
int launch_signal_local(struct arena *arena, const struct launch_local *local, const char *signal, struct error *err);
/* Waits until that very container has ended and is cleaned up; false after so many seconds. */
bool launch_await_local(const struct launch_local *local, int64_t seconds);
/* Writes what the container has printed to the descriptor, the older part first. ERROR_MISSING: it is not kept, or another's. */
int launch_copy_log(struct arena *arena, const struct host_facts *facts, const struct launch_local *local, int to,
		    struct error *err);
/*
 * Executes the real docker client, which the facts name, with the caller's own environment and argv, for verbs that start
 * nothing. ${host}: the daemon that it speaks to where nobody says so, NULL: docker's own. Returns only on failure.
 */
int launch_pass_through(struct arena *arena, const struct host_facts *facts, char *const argv[], const char *host,
			struct error *err);

/* While they are held, requests to stop (SIGINT, SIGTERM, SIGHUP, SIGQUIT) wait; releasing lets them take effect. */
void launch_hold(sigset_t *ret_before);
bool launch_is_asked_to_stop(void);
/*
 * Takes the requests that wait, so that they end no helper any more: the number of one, 0: there was none. Whoever has cleaned up
 * and wants it to take effect after all sends it to itself before releasing.
 */
int launch_take_stop(void);
void launch_release(const sigset_t *before);
/*
 * Runs in a process of its own, with no signal held, and waits for its end: *ret_status is what ${run} returned, 128 + n when a
 * signal ended it. ${is_silent}: what it prints on stdout goes nowhere.
 */
struct launch_aside { int (*run)(void *context); void *context; bool is_silent; };
int launch_aside(struct arena *arena, const struct launch_aside *aside, int *ret_status, struct error *err);
/*
 * The same for a run that somebody looks at: it ends with this process, and a key of the terminal is for the run alone. A
 * request to stop that was sent to this process is passed on, and *ret_is_stopped says so.
 */
int launch_attended(struct arena *arena, const struct launch_aside *aside, int *ret_status, bool *ret_is_stopped,
		    struct error *err);
/* There is something in a directory of a root file system, whose links lead nowhere else. */
bool launch_is_filled(const char *tree, const char *directory);

/* A file of the caller's own. ${is_replacing}: one that is there already is replaced; else that is an error. */
struct launch_output { const char *path, *text; bool is_replacing; };
/* Whole or not at all, by way of a file beside it. */
int launch_write_file(struct arena *arena, const struct launch_output *output, struct error *err);
/* Only the file beside it, with the same ending: *ret_path. Then launch_remove_file. */
int launch_write_beside(struct arena *arena, const struct launch_output *output, const char **ret_path, struct error *err);
void launch_remove_file(const char *path);
/* Something is there, be it a link that leads nowhere. */
bool launch_has_file(const char *path);

/*
 * Runs the client of backend_render_verb to its end, silently. ERROR_SYSTEM with what it said when it failed. A held request to
 * stop ends it; ${is_deaf}: it waits.
 */
int launch_client(struct arena *arena, const struct launch *launch, bool is_deaf, struct error *err);
/* A client that prints the log of a container, and what stands before each of its lines. */
struct launch_log { const struct launch *launch; const char *prefix; };
/*
 * Runs all of them at once and prints what they say, line by line, on stdout, until all have ended (*ret_signal is 0) or SIGINT,
 * SIGTERM or SIGHUP asks to stop (it is that). launch_client must have been called before: it makes their directory.
 */
int launch_show_logs(struct arena *arena, const struct launch_log *logs, size_t count, int *ret_signal, struct error *err);

/* ---- AppArmor ---- */

/*
 * That the kernel has the profile of ${launch}, enforced, and as its text says. 0 also when none is wanted. ERROR_MISSING: it
 * is not loaded, or there is no AppArmor; ERROR_UNTRUSTED: something else is loaded under its name.
 */
int launch_check_profile(struct arena *arena, const struct launch *launch, struct error *err);
/*
 * Loads a profile, for root. Where one of that name is loaded already nothing is done, if it is the same; another is replaced
 * only with ${may_replace}. *ret_is_new: it was not there.
 */
int launch_load_profile(struct arena *arena, const struct apparmor *apparmor, bool may_replace, bool *ret_is_new,
			struct error *err);
/* apparmor_parser is where it is looked for. */
bool launch_has_apparmor_parser(void);
/*
 * Takes a profile out of the kernel that no process is under, and that nobody's launch with root's rights needs at this moment:
 * who is under a profile that goes is under none. A launch on its way is waited for.
 */
int launch_collect_profile(struct arena *arena, const char *runtime_dir, const char *name, bool *ret_is_removed,
			   struct error *err);
/* How many processes are under the profile, as far as /proc shows. */
unsigned launch_profile_users(const char *name);

/* ---- the record ---- */

/*
 * Writes one line where ${target} says, whole or not at all. A file is opened anew for every line (so that it may be renamed),
 * made with mode 0600 and its directory with 0700 where missing; both must belong to who writes and to nobody else, and no
 * link is followed. On failure one sentence with its remedy; RECORD_NONE writes nothing and returns 0.
 */
int launch_write_record(struct arena *arena, const struct record_target *target, const struct record_line *line,
			struct error *err);
/*
 * Whether a line could be written there, as far as can be told without writing one: nothing is made, and what is missing and
 * would be made is no failure. On failure the sentence and remedy that launch_write_record would have.
 */
int launch_try_record(struct arena *arena, const struct record_target *target, struct error *err);
/*
 * Opens the account of the container whose decision was just written: the line of its end, as it would have to be written by
 * somebody else, stands in <state_dir>/records until it is closed. Its lock is held by this process and by all that are forked
 * from it. ${unknown} is that line, of reason "unknown". *ret_account is NULL for RECORD_NONE.
 */
int launch_open_account(struct arena *arena, const struct host_facts *facts, const struct record_target *target,
			const struct record_end *unknown, struct launch_account **ret_account, struct error *err);
/*
 * Writes the end and closes the account, in whichever of the forked processes comes first; NULL: nothing to do. An end that
 * cannot be written stays in the account for the next sweep, and launch_account_problem has the sentence.
 */
void launch_close_account(struct launch_account *account, const struct launch_end *end);
/* Why the end could not be written in this process, or NULL. */
const struct error *launch_account_problem(const struct launch_account *account);
/* Writes the ends of containers whose watchers are all gone, with reason "unknown". Returns how many. */
unsigned launch_sweep_accounts(struct arena *arena, const struct host_facts *facts);

/* ---- the last bad end ---- */

enum { LAUNCH_LAST_BYTES_MAX = 256 * 1024 };
/*
 * Keeps ${text} as what is known of the person's last bad end: <runtime_dir>/last/<uid>.json, which replaces the one before in
 * one step, is its owner's alone, and is made through no link. ERROR_LIMIT: it is longer than that. ERROR_MISSING: there is no
 * runtime_dir.
 */
int launch_save_last(struct arena *arena, const struct host_facts *facts, const char *text, struct error *err);
/*
 * Opens it; -1: there is none (*ret_path is where it would be, NULL without a runtime_dir), or with ${err} it is not to be
 * trusted.
 */
int launch_open_last(struct arena *arena, const struct host_facts *facts, const char **ret_path, struct error *err);
/* The whole of it, NUL-terminated; closes ${fd}. NULL: it cannot be read, or is longer than that. */
const char *launch_read_last(struct arena *arena, int fd);

/* What ${program} says of itself, such as "1.1.5+ds1"; NULL: nothing that can be read. */
const char *launch_runc_version(struct arena *arena, const char *program);
/* True for a runc from before CVE-2025-31133 and its like were mended; a distribution may have mended it without a new number. */
bool launch_runc_is_open(struct arena *arena, const char *version);

#endif
