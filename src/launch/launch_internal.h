/* What the files of the launch room share. */
#ifndef HARDRUN_LAUNCH_INTERNAL_H
#define HARDRUN_LAUNCH_INTERNAL_H

#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <hardrun/launch.h>
#include <hardrun/watch.h>

#include "listening.h"
#include "lock.h"
#include "notify.h"

/* ---- clock.c ---- */

/* Of a clock that only goes forward. */
int64_t clock_milliseconds(void);

/* ---- descriptors.c ---- */

void descriptors_close(int *fd);
#define CLOSE_FD __attribute__((cleanup(descriptors_close)))
/* Opens with no symbolic or magic link anywhere in ${path}; O_CLOEXEC is added. -1 with errno. */
int descriptors_open_plain(const char *path, int flags);
/* The same for ${path} relative to ${directory}, which it may not leave, not even into another mount. */
int descriptors_open_beneath(int directory, const char *path, int flags);
/*
 * Makes the missing tail of ${path} (0700) and opens it. Refuses a directory that is not ours or that others may write. -1
 * with ${err}.
 */
int descriptors_make_directory(struct arena *arena, const char *path, struct error *err);
/* Writes everything or returns false with errno. */
bool descriptors_write(int fd, const char *bytes, size_t length);
/* Writes a new file (O_EXCL) in ${directory}; false with errno, and no file then. */
bool descriptors_write_file(int directory, const char *name, const char *bytes, size_t length);
/* A regular file, at most ${limit} bytes, NUL-terminated; NULL with errno (EFBIG: more). ${ret_length}: any may be NUL. */
char *descriptors_read_file(struct arena *arena, int directory, const char *name, size_t limit);
char *descriptors_read_bytes(struct arena *arena, int directory, const char *name, size_t limit, size_t *ret_length);
/* The beginning of a file of the kernel's, as text in ${buffer}; NULL when it cannot be read. */
char *descriptors_read_small(int directory, const char *name, char *buffer, size_t size);

/* Closes every descriptor above 2 that is not among the ${count} of ${keep}; -1 there stands for none. */
void descriptors_keep(const int *keep, size_t count);
/* Puts /dev/null on 0 to 2; false with errno. */
bool descriptors_silence(void);

/* ---- sources.c: what was judged, from then to its use ---- */

/*
 * An O_PATH descriptor of its own for plan->mounts[index].source: the one that is held, else the path opened without links.
 * -1 with errno; ESTALE: it is not what was judged.
 */
int sources_open(const struct launch *launch, size_t index);
/* The same for plan->image_rootfs. */
int sources_open_rootfs(const struct launch *launch);
/*
 * The descriptors that a process which goes on with the launch must keep: those that are held, those of the account, the lock,
 * and ${own}. *ret_keep: that many.
 */
size_t sources_kept(struct arena *arena, const struct launch *launch, int own, int **ret_keep);
/*
 * True when nobody but root can make ${path} (absolute, without links) lead elsewhere: every directory above it belongs to root,
 * and others may not write there.
 */
bool sources_is_settled(struct arena *arena, const char *path);
/* True when that holds, and the same for what is there itself: only root can put a name or a link into it. */
bool sources_is_of_root(struct arena *arena, const char *path);

/* Only root can put a name or a link into the directory that ${fd} shows. */
bool sources_is_fixed(int fd);

/*
 * True when only root can change the directories through which ${target}, absolute within ${tree}, is found, the tree's own root
 * first; the last part is not looked at.
 */
bool sources_is_way_of_root(struct arena *arena, int tree, const char *target);
/* Under a guard: refuses a --rootfs in which others could put a link on the way to a mount, or on one of ${ways} to one. */
int sources_check_tree(struct arena *arena, const struct launch *launch, const struct string_list *ways, struct error *err);

/* ---- person.c ---- */

struct person { bool is_changed; gid_t gid; int group_count; gid_t *groups; };
/*
 * Takes the effective ids and groups of the person; nothing to do where we are not root, or root is the person. False with
 * errno, and nothing has changed. What has been taken is given back with person_leave, which keeps errno.
 */
bool person_enter(struct arena *arena, const struct host_facts *facts, struct person *ret_before);
void person_leave(const struct person *before);

/* ---- cidfile.c ---- */

struct cidfile { const struct host_facts *facts; const char *name; int directory, fd; };
#define CIDFILE_NONE (struct cidfile){.directory = -1, .fd = -1}
/* Makes the empty file at ${path} (resolved), with the person's rights. */
int cidfile_make(struct arena *arena, const struct host_facts *facts, const char *path, struct cidfile *ret_cidfile,
		 struct error *err);
/* False with errno. Without a file nothing to do; likewise below. */
bool cidfile_write(const struct cidfile *cidfile, const char *id);
void cidfile_close(struct cidfile *cidfile);
/* Takes the file away again, unless another stands at its name by now, and closes. */
void cidfile_remove(struct arena *arena, struct cidfile *cidfile);

/* ---- guard.c ---- */

/*
 * Before something is executed for the person, who may stop it with a key: what launch_guard ignores takes its effect again.
 * Helpers of ours are left as they are. Without a guard nothing to do.
 */
void guard_restore_stops(const struct launch *launch);

/* ---- memfd.c ---- */

/* A sealed read-only memory file with ${bytes}; -1 with errno. Close-on-exec. */
int memfd_seal(const char *name, const char *bytes, size_t length);

/* ---- remove.c ---- */

/*
 * Removes ${name} below ${parent}, whatever it is and however deep. Follows no link and crosses no mount. 0 also when it is
 * not there; else -errno of the first thing that would not go.
 */
int remove_tree(int parent, const char *name);

/* ---- local.c ---- */

#define LOCAL_CALLER_FILE "caller" /* in the container's directory: the uid of the person */
#define LOCAL_SUPERVISOR_FILE "supervisor" /* and whose child the container is */
struct container;
/* Before it runs. False with errno. */
bool local_write_caller(const struct container *container);

/* ---- process.c ---- */

enum process_stage {
	PROCESS_FORKED, /* a runtime's code */
	PROCESS_RUNS,   /* its own program */
	PROCESS_ENDED,  /* and is to be waited for */
	PROCESS_NEVER,  /* ended, and has executed nothing */
	PROCESS_GONE,   /* there is no such process */
	PROCESS_STAGE_COUNT
};
enum process_stage process_stage(pid_t pid);
/* It neither catches, ignores nor blocks the signal, which in a pid namespace's first process has no effect then. */
bool process_is_deaf_to(pid_t pid, int number);
/* "TERM", "sigterm", "15", "RTMIN+3"; 0: there is none. */
int process_signal(const char *name);
/* The signal that a status of 128 and more tells of; 0: it tells of none. */
int process_signal_of(int status);

/* ---- spawn.c ---- */

struct spawn {
	const char *const *argv;        /* argv[0] is the absolute path; NULL at the end */
	const char *const *environment; /* NULL at the end; NULL: a fixed minimal one */
	const char *directory;          /* working directory, or NULL */
	bool is_shown;                  /* stdout goes to our stderr: progress */
	bool is_answer_said;            /* what it says on stdout is kept, unless it fails; a warning on stderr is no part of it */
	bool is_first_said;             /* of what it says the first line is wanted, and not the last */
	bool is_apart, is_deaf;         /* in a process group of its own: Ctrl-C is for us; which waits until it has ended */
	int input, output;              /* its stdin and stdout; 0: as above */
};
/*
 * Runs a helper to its end with stdin on /dev/null, and stdout unless it is shown. It dies with us. *ret_status is the wait
 * status folded as a shell does (128 + n for signals); *ret_said is its last line on stderr, or where it has succeeded and
 * is_answer_said on stdout, printable. */
int spawn_run(struct arena *arena, const struct spawn *spawn, int *ret_status, const char **ret_said, struct error *err);
/*
 * Puts requests to stop on hold while something half-made exists: a helper that runs is ended by them, we are not. Restoring
 * *ret_before lets them take effect.
 */
void spawn_hold_signals(sigset_t *ret_before);
/* The last line of ${text} that is not blank, cleaned of a logger's ornaments (time="..." level=... msg="..."). */
const char *spawn_last_line(struct arena *arena, const char *text);

/* The words of ${list} with a NULL behind them, for struct spawn. */
const char *const *spawn_vector(struct arena *arena, const struct string_list *list);

/* ---- engine.c, network.c, pull.c ---- */

/* Makes docker's configuration directory, or refuses one that is not empty of what the client obeys. */
int engine_make_config_dir(struct arena *arena, const char *path, struct error *err);
/* The client takes the caller's place, or is looked after as our child. */
int engine_run(struct arena *arena, const struct launch *launch, int *ret_status, struct error *err);
/* Hands the descriptors over and executes the client. Returns only on failure. */
int engine_become_client(struct arena *arena, const struct launch *launch, struct error *err);
/* Makes the network hardrun-isolated; one of many callers at once does it, the others wait and find it. */
int network_make_isolated(struct arena *arena, const struct launch *launch, struct error *err);
/* The engine's own global words, up to the verb: {"docker", "--host", ...}. For tests and network.c. */
size_t network_global_words(const struct string_list *argv);

/* ---- volumes.c ---- */

/* podman: refuses a named volume of the plan that is there already and is not a plain directory of podman's own. */
int volumes_check(struct arena *arena, const struct launch *launch, struct error *err);

/* ---- cgroup.c ---- */

#define CGROUP_ROOT "/sys/fs/cgroup"
/*
 * Kills what is in the cgroup ${path} ("/hardrun-x") of every hierarchy below ${root} and removes it. False: something would
 * not go.
 */
bool cgroup_discard(const char *root, const char *path);

/* ---- oom.c ---- */

/* True when the kernel has ended a process of the cgroup ${cgroup} ("/hardrun-x") below ${root} for want of memory. */
bool oom_was_met(struct arena *arena, const char *root, const char *cgroup);

/* ---- account.c: the end that is owed to the record ---- */

/* The descriptors that whoever is to close it must keep; -1 where there is none. */
enum { ACCOUNT_DESCRIPTORS = 2 };
void account_descriptors(const struct launch_account *account, int ret_descriptors[ACCOUNT_DESCRIPTORS]);

/* ---- a container's own directory: bundle.c ---- */

struct log;

struct container {
	struct arena *arena;
	const struct launch *launch;
	const char *runtime_dir; /* /run/hardrun */
	const char *runtime;     /* "crun", also the name of the directory with the runtime's state */
	const char *id;
	const char *dir;         /* <runtime_dir>/containers/<id> */
	const char *cgroup;
	int base_fd;             /* runtime_dir */
	int list_fd;             /* containers */
	int dir_fd;              /* locked for life */
	struct cidfile cidfile;  /* one that must go with the container */
	int watch_fd;            /* our end; the watchdog has the other */
	pid_t watch_pid;         /* 0: none of ours */
	pid_t supervisor_pid, runtime_pid, init_pid;
	sigset_t caller_mask;
	int signal_fd;
	int listen_fd;           /* console socket; -1: no terminal */
	int container_end[3];    /* what the runtime gets as 0 to 2; -1: /dev/null */
	int our_end[3];          /* the other ends; with a terminal [0] and [1] are its master */
	int report[2];           /* the child's sentence when it cannot exec */
	int failure_status;      /* what to exit with when it never ran: 125, 126, 127 */
	int end_signal;          /* that ended its first process; 0: none */
	bool has_oom;            /* the kernel ended something in it for want of memory */
	bool is_daemon;          /* output goes to the log, signals to the container, nobody types */
	struct log *log;         /* NULL unless is_daemon */
	struct listening listening;
	pid_t network_pid;       /* slirp4netns; 0: none */
	int network_ready, network_leave, network_said; /* our ends: it is ready; it must go; its trouble */
	struct { uid_t id; int user, network; } space; /* who carries root's packets, and the namespaces that it has made; -1: none */
	struct notify notify;    /* what the container tells systemd */
	struct watch_usage usage;    /* when its first process has ended */
};

/* Names, no side effect. ERROR_USAGE when the id could not be a directory's name. */
int bundle_init(struct container *container, struct arena *arena, const struct launch *launch, struct error *err);
bool bundle_name_is_sane(const char *id);
/* Opens the directories in which it will have its own: what the watchdog needs from the start. */
int bundle_open(struct container *container, struct error *err);
/* Directory, lock, config.json, cidfile, and the watchdog knows of each. On error nothing is left. */
int bundle_make(struct container *container, struct error *err);
/* Removes everything that belongs to it: processes, cgroup, runtime state, directory. Safe to call at any stage, and twice. */
void bundle_discard(struct container *container);
/* The container runs: docker leaves the cidfile of one that ran. */
void bundle_keep_cidfile(struct container *container);

/* ---- targets.c ---- */

/*
 * True when every place that config.json mounts over, and the working directory, is there in the tree ${rootfs} without a link
 * on the way, and the root is to be read-only: then the runtime has nothing to make in it and the tree can be shared as it is.
 */
bool targets_all_exist(const struct launch *launch, int rootfs);

/* ---- links.c ---- */

/* Who knows where a link leads: *ret_link is NULL where there is none, or nothing at all. */
struct link_reader {
	void *context;
	int (*read)(void *context, const char *path, const char **ret_link, struct error *err);
};
/* ${target} with the links followed that ${reader} knows, as in a tree of its own. *ret_place NULL: there are too many. */
int links_walk(struct arena *arena, const struct link_reader *reader, const char *target, const char **ret_place,
	       struct error *err);
/* A reader for a tree of the host: its context is struct link_tree. */
struct link_tree { struct arena *arena; const char *root; };
int links_read_in_tree(void *context, const char *path, const char **ret_link, struct error *err);
/*
 * ${target} with the links followed that the runtime will meet in the container's tree and in the first ${count} mounts of the
 * plan; what is missing is no link. NULL: there are too many.
 */
const char *links_follow(struct arena *arena, const struct plan *plan, size_t count, const char *target);
/* Refuses what links, also in binds, would take where no mount may be (verdict_target_reason), or start in /proc, /sys, /dev. */
int links_check(struct arena *arena, const struct plan *plan, struct error *err);
/* Refuses a mount inside a named volume: earlier containers have written there what they liked. */
int links_check_volumes(struct arena *arena, const struct plan *plan, struct error *err);

/* ---- namespace.c ---- */

/*
 * The child: enters a mount namespace of its own, puts mounts and root file system in place, execs the runtime. Never
 * returns.
 */
_Noreturn void namespace_exec_runtime(struct container *container);
/* The runtime and its global options, for a container of ours. */
struct string_list namespace_runtime_words(const struct container *container);

/* ---- watch.c, sweep.c ---- */

/* Before anything is made: bundle_open only. */
int watch_start(struct container *container, struct error *err);
/* The watchdog holds it as well from now on. */
int watch_hand_directory(const struct container *container, struct error *err);
int watch_hand_cidfile(const struct container *container, struct error *err);
/* Tells the watchdog that the container runs. */
void watch_note_started(struct container *container);
/* Tells the watchdog that all is removed, and waits for its end: it shall not be left to whoever inherits it. */
void watch_end(struct container *container);
/* Discards ${id} when nobody holds its lock. The list is locked by the caller. True when something stale was removed. */
bool sweep_one(struct arena *arena, int base, int list, const char *id);

/* ---- terminal.c ---- */

struct terminal;
int terminal_listen(struct container *container, struct error *err);
/* Takes the master from the console socket; -1 with errno (EAGAIN: nobody has called yet). */
int terminal_accept(int listen_fd);
void terminal_copy_size(int from, int to);
/* Raw mode for ${fd}; *ret_saved is an opaque copy for terminal_restore, or NULL when it is no terminal. */
struct terminal *terminal_make_raw(struct arena *arena, int fd);
void terminal_restore(struct terminal *terminal);

/* ---- log.c: what a detached container prints ---- */

struct log {
	int directory;
	const char *name;      /* "<id>.log"; the one before is "<id>.log.1" */
	int fd;
	int64_t size, limit;   /* bytes of one file */
	uid_t owner;
};

#define LOG_LIMIT_DEFAULT (INT64_C(10) << 20)
/* ${owner}: whose output it is, and so the file; (uid_t)-1: ours. */
int log_open(struct arena *arena, const char *directory, const char *id, int64_t limit, uid_t owner, struct log *ret_log,
	     struct error *err);
/* Removes what an earlier container of that name has left. */
void log_forget(struct arena *arena, const char *directory, const char *id);
/* Never fails: what does not fit on the disk is dropped. */
void log_write(struct log *log, const char *bytes, size_t length);
/* Only while the container's directory is locked: later the name may be another's. Without an open log nothing to do. */
void log_discard(struct log *log);
/* max-size of the plan's log options. */
int64_t log_limit(const struct plan *plan);

/* ---- relay.c: bytes between the container and us ---- */

enum { RELAY_BUFFER_BYTES = 65536, RELAY_CHUNK_BYTES = 4096 };

struct relay {
	int from, to;          /* from -1: finished; to -1: dropped */
	struct log *log;       /* instead of ${to} */
	struct tally *tally;   /* of what comes from the container; NULL: nobody asks */
	bool is_held;          /* do not read yet */
	bool closes_to;        /* end of file is passed on by closing */
	size_t start, end;
	char *buffer;
};

void relay_init(struct relay *relay, struct arena *arena, int from, int to);
/* What to wait for, one entry; fd -1 when there is nothing. */
struct pollfd relay_interest(const struct relay *relay);
/* Moves what can be moved without waiting. */
void relay_step(struct relay *relay, short events);
bool relay_is_done(const struct relay *relay);

/* ---- diagnose.c ---- */

struct diagnosis {
	int status;            /* 125, 126 or 127 */
	const char *message;   /* one sentence */
};
/* What the runtime's JSON log, or (when the log is empty) its last words on stderr, say about a container that never ran. */
struct diagnosis diagnose_failure(struct arena *arena, const char *runtime, const char *command, const char *log_text,
				  const char *stderr_text);

/* ---- streams.c: the ends of what the container reads and writes ---- */

/* Pipes owned by the container's user, or the console socket. */
int streams_open(struct container *container, struct error *err);
/* In the supervisor, once the runtime has been forked. */
void streams_close_container_ends(struct container *container);
void streams_close(struct container *container);
/* Does this run connect the caller's own descriptor ${fd}? */
bool streams_is_attached(const struct container *container, int fd);

/* ---- ulimits.c ---- */

/* Refuses limits of the plan that are above our own hard ones and cannot be raised: a runtime says EPERM, and not whose limit. */
int ulimits_check(struct arena *arena, const struct plan *plan, struct error *err);

/* ---- starting.c ---- */

/*
 * Waits until the runtime has started the container and gone; fills init_pid. Signals that arrive meanwhile are kept in
 * *ret_pending.
 */
int starting_wait(struct container *container, sigset_t *ret_pending, struct error *err);
/* Lets a container begin that the runtime has only made: where it gets a network first. Else nothing to do. */
int starting_release(struct container *container, struct error *err);
/* The text that waits in a pipe, at most 64 KiB, without waiting for more. */
char *starting_read_pipe(struct arena *arena, int fd);

/* ---- supervise.c ---- */

/*
 * From the start of the container to its end, moving bytes and signals; ${pending} are those that came too early. *ret_status
 * is the container's. An error means that its process was never executed (failure_status says how).
 */
int supervise(struct container *container, const sigset_t *pending, int *ret_status, struct error *err);

/* ---- daemon.c, oci.c ---- */

int oci_run(struct arena *arena, const struct launch *launch, int *ret_status, struct error *err);
/*
 * One container from start to end, everything removed. ${started_fd}: one byte is written there once it runs; -1: nobody
 * asks.
 */
int oci_run_container(struct container *container, int started_fd, int *ret_status, struct error *err);
/* The log of a detached container, once its name is ours; without one nothing to do. */
int daemon_open_log(struct container *container, struct error *err);
/* -d: a supervisor of its own; returns when the container runs or could not be started. */
int daemon_run(struct container *container, int *ret_status, struct error *err);

/* ---- image_layout.c: reading OCI layouts ---- */

#define LAYOUT_DIGEST_LENGTH 71 /* "sha256:" and 64 hex digits */
bool layout_digest_is_valid(const char *digest);
/*
 * The digest of the manifest (or index) that ${tag} names in index.json; with NULL the only one there is. ERROR_MISSING when
 * there is none or several. ${name} is for the sentence.
 */
int layout_find(struct arena *arena, int layout, const char *name, const char *tag, const char **ret_digest, struct error *err);
/* A blob of at most 4 MiB whose bytes have been checked against ${digest}. */
int layout_read_blob(struct arena *arena, int layout, const char *digest, char **ret_bytes, struct error *err);
/* The digest of the image configuration that a manifest names. */
int layout_config_digest(struct arena *arena, const char *manifest_json, const char **ret_digest, struct error *err);
/* Refuses an image's configuration that is for another system, or for another processor than ${architecture} (NULL: unknown). */
int layout_check_platform(struct arena *arena, const char *config_json, const char *name, const char *architecture,
			  struct error *err);
/* "sha256:..." of ${bytes}. */
const char *layout_digest_of(struct arena *arena, const void *bytes, size_t length);

/* ---- image.c ---- */

/* True when what an engine or skopeo ${said} means that there is no such image, and not that it cannot be had. */
bool image_says_not_there(const char *said);
/* A reference to a registry at 127.0.0.0/8, [::1] or localhost. */
bool image_is_on_loopback(const struct image_name *image);

/* ---- image_cache.c: <state_dir>/images and <state_dir>/refs ---- */

struct cache {
	int images;              /* <sha256 of the manifest, hex>/{rootfs,config.json} */
	int refs;                /* <sha256 of what was asked for>: the manifest's digest */
	const char *images_path;
};
/* ${images}: the name of the first; see user_namespace_images. */
int cache_open(struct arena *arena, const char *state_dir, const char *images, struct cache *ret_cache, struct error *err);
void cache_close(struct cache *cache);
/*
 * The manifest's digest that ${key} led to before, when that image is still there; else NULL, and *ret_lock is a locked
 * descriptor on the ref: whoever holds it fetches, others wait, and get -1 with ${err} when it takes too long. With ${is_fresh}
 * what is known is ignored.
 */
const char *cache_look_up(struct arena *arena, const struct cache *cache, const char *key, bool is_fresh, int *ret_lock,
			  struct error *err);
/* Notes under the lock what ${key} leads to; with NULL forgets it. */
void cache_note(struct arena *arena, const struct cache *cache, const char *key, int lock, const char *digest);
bool cache_has(const struct cache *cache, const char *digest);
/* Would cache_look_up() find it at once? */
bool cache_knows(struct arena *arena, const struct cache *cache, const char *key);
/* Removes half-made images whose maker is gone. It may take long: nothing that others wait for is locked meanwhile. */
void cache_remove_abandoned(struct arena *arena, const struct cache *cache);
/* A locked fresh directory among the images for half-made things. */
int cache_make_workshop(struct arena *arena, const struct cache *cache, const char **ret_name, struct error *err);
/* Makes the workshop the image ${digest}; when somebody was quicker, theirs stays. */
int cache_adopt(struct arena *arena, const struct cache *cache, const char *workshop, const char *digest, struct error *err);

#include "attend.h"

#endif
