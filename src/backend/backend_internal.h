/* What the files of the backend room share. */
#ifndef BACKEND_INTERNAL_H
#define BACKEND_INTERNAL_H

#include <jansson.h>

#include <hardrun/backend.h>

/* ---- an engine's command line ---- */

/* A command line that grows, and what it is made from. */
struct command {
	struct arena *arena;
	const struct plan *plan;
	const struct host_facts *facts;
	struct string_list *argv;
	struct error *err;
	const char **env_file; /* of struct launch; only command_options needs it */
	const struct launch *launch; /* its sources and cidfile; only command_options needs it */
	bool is_podman; /* the few words that podman spells otherwise */
};

/* Adds one word; adds "--flag" "value". */
void command_word(const struct command *command, const char *word);
void command_option(const struct command *command, const char *flag, const char *value);
/* Options of `run` or `create` from the plan, in a fixed order. 0, or ERROR_UNSUPPORTED for what has no safe spelling. */
int command_options(const struct command *command);
/* The variables: --env-file for what such a file can carry, --env for the rest. */
void command_environment(const struct command *command);
/* The mounts: --mount and --tmpfs. */
int command_mounts(const struct command *command);
/* The image, last of the options; where it was looked at, by its id, and its name is a label. */
void command_image(const struct command *command);
/* ${key}=${value} as one field of the CSV that --mount takes. Source: Go encoding/csv. */
const char *command_csv(struct arena *arena, const char *key, const char *value);

int docker_render(struct arena *arena, struct launch *launch, struct error *err);
/* The client and the words that say which daemon, with which configuration. */
void docker_globals(const struct command *command, const struct launch *launch);
int podman_render(struct arena *arena, struct launch *launch, struct error *err);

/* ---- an OCI bundle ---- */

struct oci {
	struct arena *arena;
	const struct plan *plan;
	const struct host_facts *facts;
	const struct profile *profile;
	const char *apparmor; /* the name of the profile; NULL: none */
	struct error *err;
	struct string_list *targets; /* of all mounts, as oci_mounts() wrote them */
};

int oci_render(struct arena *arena, struct launch *launch, const struct profile *profile, struct error *err);
/* New references; NULL when out of memory. The filter is no part of oci_linux: it is text. */
json_t *oci_mounts(const struct oci *oci);
json_t *oci_linux(const struct oci *oci);
/* The files by which the container of an isolated network finds names. */
void oci_names(struct arena *arena, struct launch *launch);

/* ---- both ---- */

/* ${filter}, of a plan with a sandbox as that reads it; NULL for NULL. */
const char *render_guest_filter(struct arena *arena, const struct plan *plan, const char *filter);
/* True when every path of a mount is UTF-8 and free of control characters: a link may have led to a name that nobody typed. */
int render_check_paths(struct arena *arena, const struct plan *plan, struct error *err);

#endif
