/* The host room's own doors. */
#ifndef HOST_INTERNAL_H
#define HOST_INTERNAL_H

#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include <hardrun/host.h>

static inline void host_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
static inline void host_json_free(json_t *const *value)
{
	json_decref(*value);
}
/* Closes the descriptor, drops the document, when the variable goes out of scope. */
#define CLEANUP_FD __attribute__((cleanup(host_close)))
#define CLEANUP_JSON __attribute__((cleanup(host_json_free)))

enum {
	HOST_KERNEL_FILE_BYTES_MAX = 256 * 1024, /* of /proc and /sys files that we read */
	HOST_LINES_BYTES_MAX = 64 * 1024,        /* of an env-file or label-file */
	HOST_HTTP_BODY_BYTES_MAX = 16 * 1024 * 1024, /* a container whose words are full of quotes has some MiB */
	HOST_HTTP_HEAD_BYTES_MAX = 64 * 1024,
	HOST_HTTP_TIMEOUT_MS = 5000,             /* for the whole exchange */
};

/* A file of the kernel as text, the last newline taken off; NULL when it is not there or too large. */
const char *host_read_text(struct arena *arena, const char *path);
/* Fills environment, is_root and all that is said of the caller. */
void host_read_caller(struct arena *arena, struct host_facts *facts);
/* Fills the cgroup facts. ${root} is "" outside of tests: the directory in which sys and proc are looked for. */
void host_read_cgroup(struct arena *arena, struct host_facts *facts, const char *root);
/* Fills has_user_namespaces and user_namespace_reason. */
void host_read_user_namespaces(struct arena *arena, struct host_facts *facts, const char *root);
/* Nobody can make one here, not even root: true, with one clause why, and what helps. */
bool host_lacks_user_namespaces(struct arena *arena, const char *root, const char **ret_reason, const char **ret_remedy);
/* The program ${name} in the fixed path, trusted as host_program_reason says; NULL: there is none. */
const char *host_find_program(struct arena *arena, const struct host_facts *facts, const char *name);

/*
 * Where docker's daemon is asked when nobody names its socket: at ${standard}, or, where an ordinary user may not use that, at
 * the socket of a daemon of that user's own.
 */
const char *host_find_docker_socket(struct arena *arena, const struct host_facts *facts, const char *standard);
/* ${path}, which has no link in it, is a socket of root's or the caller's, and nobody else can exchange it. */
bool host_is_trusted_socket(struct arena *arena, const struct host_facts *facts, const char *path);
/* The socket of the daemon that docker's client would ask, and who names it: "DOCKER_HOST". Both NULL: nobody does. */
struct host_docker_choice { const char *socket, *by; };
/*
 * For an ordinary user: what the client's options, the environment and docker's configuration say, and as strong as they are for
 * docker's client. An error: it would ask a daemon that is none of this machine's, one by TLS, or one that cannot be told, or
 * a file on the way is not the caller's or root's alone.
 */
int host_find_docker_choice(struct arena *arena, const struct host_facts *facts, struct host_docker_choice *ret_choice,
			    struct error *err);

/* ---- rootless.c, carrier.c, subordinate.c, delegated.c; ${root} as in host_read_cgroup ---- */

void host_read_rootless_in(struct arena *arena, struct host_facts *facts, const char *root);
void host_read_carrier_in(struct arena *arena, struct host_facts *facts, const char *root);
/* Fills the maps, and ids_problem with its remedy; newuidmap and newgidmap are known already. */
void host_read_subordinate(struct arena *arena, const struct host_facts *facts, struct host_rootless *rootless, const char *root);
/* Fills cgroups, cgroup_problem and its remedy. */
void host_read_delegated(struct arena *arena, const struct host_facts *facts, struct host_rootless *rootless, const char *root);

/* host_list_apparmor, below ${root}. */
int host_list_apparmor_in(struct arena *arena, const char *root, const char *prefix, struct host_apparmor_profiles *ret_profiles,
			  struct error *err);
/*
 * What systemd tells the process ${pid} of the unit that it was started for; NULL: nothing. Reads the environment in ${facts},
 * and the cgroup tree below ${root}.
 */
const struct host_unit *host_read_unit(struct arena *arena, const struct host_facts *facts, const char *root, pid_t pid);
/*
 * Fills ${bounds} of what is limited for ${cgroup} ("/system.slice/web.service", version 2), which are all zero before. Below
 * ${root} as above.
 */
void host_read_bounds(struct arena *arena, const char *root, const char *cgroup, struct host_bound bounds[HOST_CONTROLLER_COUNT]);
/* $JOURNAL_STREAM names the file that is behind the descriptor. */
bool host_is_journal(const struct host_facts *facts, int fd);
/* Fills has_selinux and selinux_*: host_resolve_paths asks where a mount is to be relabelled. ${root} stands before paths. */
void host_read_selinux(struct arena *arena, struct host_facts *facts);
void host_read_selinux_in(struct arena *arena, struct host_facts *facts, const char *root);
/*
 * A program file that can be trusted: regular, executable, owned by root or the caller, not group or world writable. NULL, or
 * the clause why not.
 */
const char *host_program_reason(const struct host_facts *facts, const char *path);

/* Fills lines and lines_reason of a resolved path. ${parse} NULL: docker's grammar. */
void host_read_lines(struct arena *arena, host_line_parser *parse, struct host_path *path);
/* Docker's env-file grammar, less bare names. False with a clause that shows nothing of the file but a line number. */
bool host_parse_lines(struct arena *arena, const char *bytes, size_t length, struct string_list *ret_lines,
		      const char **ret_reason);

/* One answer of an HTTP server. */
struct http_answer {
	int status;
	const char *head;  /* status line and headers, NUL-terminated */
	char *body;        /* NUL-terminated, without NUL in it */
	size_t body_length;
};
enum http_state { HTTP_DONE, HTTP_MORE, HTTP_BAD, HTTP_STATE_COUNT };
/*
 * Reads an answer out of the ${length} bytes received so far; ${is_end}: the server has closed. HTTP_MORE asks for more bytes
 * (never when is_end). HTTP_BAD sets *ret_reason. Source: RFC 9112.
 */
enum http_state host_http_parse(struct arena *arena, const char *bytes, size_t length, bool is_end,
				struct http_answer *ret_answer, const char **ret_reason);
/* The value of a header, or NULL. Names are compared without case. A repeated header counts as not there. */
const char *host_http_header(struct arena *arena, const char *head, const char *name);
/* Sends a GET and leaves the answer for later: the connection, or -1 and the error. */
int host_http_ask(struct arena *arena, const struct engine_facts *engine, const char *target, struct error *err);
/* Waits for the answer and closes the connection; one that is -1 fails again, and leaves the error of host_http_ask. */
int host_http_answer(struct arena *arena, const struct engine_facts *engine, int fd, struct http_answer *ret_answer,
		     struct error *err);
/* Both. */
int host_http_exchange(struct arena *arena, const struct engine_facts *engine, const char *target, struct http_answer *ret_answer,
		       struct error *err);
/* host_http_get from docker's daemon, through the relay where there is one. */
int host_engine_get(struct arena *arena, const struct engine_facts *engine, const char *target, int *ret_status, char **ret_body,
		    struct error *err);

/* Asks docker for the image: the connection, or -1; without an error where the request names none that docker could have. */
int host_ask_docker_image(struct arena *arena, const struct host_facts *facts, struct error *err);
/* Fills image_facts from the answer. */
void host_take_docker_image(struct arena *arena, struct host_facts *facts, const struct http_answer *answer);
/* Image facts out of the "config" object ("Config" in docker's answers); NULL and JSON null are an empty one. */
int host_image_from_json(struct arena *arena, const json_t *config, struct image_facts *facts, struct error *err);
/* ${text} with everything but RFC 3986 unreserved characters, '/', ':' and '@' as %XX. */
const char *host_percent_encode(struct arena *arena, const char *text);
/* Judges what GET /networks/hardrun-isolated said. NULL when it is what we would make, else the clause. */
const char *host_network_problem(struct arena *arena, const char *body);
/* Whether that says that containers are on it. */
bool host_network_is_used(const char *body);
/* Fills docker_gaps, docker_notes and has_docker_labels out of GET /info. */
void host_read_docker_info(struct arena *arena, struct engine_facts *engine, const char *body);
/* Fills docker_sandbox_problem out of the same. */
void host_read_docker_runtimes(struct arena *arena, struct engine_facts *engine, const char *body);
/* Judges what GET /volumes/NAME said, likewise. */
const char *host_docker_volume_problem(struct arena *arena, const char *body);
/* Reads what GET /containers/NAME/json said; *ret_image_id is the "sha256:..." of its image. Labels are not yet doubted. */
int host_parse_container(struct arena *arena, const char *body, struct container_facts *ret_container, const char **ret_image_id,
			 struct error *err);
/* The ids in what GET /containers/json said. */
int host_parse_container_list(struct arena *arena, const char *body, struct string_list *ret_ids, struct error *err);
/* GET /images/ID/json names a label of ours, or cannot be read. */
bool host_image_has_own_labels(const char *body);

/* The controlling terminal that a /proc/PID/stat names, or NULL. */
const char *host_tty_of_stat(struct arena *arena, const char *stat);

#endif
