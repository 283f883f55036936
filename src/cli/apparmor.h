/* apparmor: profiles made, loaded, listed and removed. */
#ifndef CLI_APPARMOR_H
#define CLI_APPARMOR_H

#include <hardrun/apparmor.h>

#include "cli.h"

/* The profile of a plan, as if it said generated; a plan that names another is refused. */
int apparmor_of_plan(struct arena *arena, const struct plan *plan, struct apparmor *ret_apparmor, struct error *err);
/* Prints or loads it, as cli->profile says: what run does in the place of a start. Returns what to exit with. */
int apparmor_finish(struct cli *cli, const struct plan *plan);
/* The command that loads the profile of that plan. */
const char *apparmor_remedy(struct arena *arena, const struct plan *plan);

/* A policy and a silent caller; the second variant has volumes where the policy names the places for them. */
struct apparmor_policy {
	const struct policy *policy, *ceiling;
	unsigned variant;
};
/* False with err->message set: it makes none; without: there is no such variant. */
bool apparmor_of_policy(struct arena *arena, const struct host_facts *machine, const struct apparmor_policy *policy,
			struct apparmor *ret_apparmor, struct error *err);
/* A policy of root's by name, path, or built-in:NAME; NULL: there is none, or it is wrong. */
const struct policy *apparmor_find_policy(struct cli *cli, const char *name);

/* apparmor_list.c: list and gc. */
int apparmor_list_verb(struct cli *cli, int argc, char *const argv[]);

#endif
