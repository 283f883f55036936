/* The text of systemd units. Pure. */
#ifndef CLI_UNIT_H
#define CLI_UNIT_H

#include <hardrun/base.h>

/*
 * One word of a command line as systemd reads back that very word: in quotes where it must be, and with nothing left for systemd
 * to expand. Source: systemd.service(5), COMMAND LINES; systemd.syntax(7), QUOTING.
 */
const char *unit_quote(struct arena *arena, const char *word);
/* A path behind a setting that takes the rest of its line as it stands, but for %. NULL: no line can hold it. */
const char *unit_path(struct arena *arena, const char *path);
/* The name that a unit and a container can both have: "web", of "web" and "web.service". NULL: there is none. */
const char *unit_base_name(struct arena *arena, const char *name);

struct unit_text {
	const char *description;
	const char *command;           /* the words of ExecStart=, quoted */
	const char *stop_post;         /* of ExecStopPost=; NULL: none */
	const char *directory;         /* WorkingDirectory=, a unit_path; NULL: none */
	const char *environment_file;  /* EnvironmentFile=; NULL: none */
	const char *engine;            /* "docker.service"; NULL: none is needed */
	bool is_notify;                /* Type=notify, or exec */
	bool has_own_network;          /* that hardrun itself makes: with a user namespace and /dev/net/tun */
	bool is_job;                   /* Type=oneshot, which a timer starts */
	bool is_users;                 /* for an ordinary user's own systemd */
	const struct string_list *secrets; /* NULL: none */
};
const char *unit_render(struct arena *arena, const struct unit_text *unit);
/* The template hardrun@.service. */
const char *unit_template(struct arena *arena);

#endif
