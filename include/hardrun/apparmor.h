/*
 * apparmor: the AppArmor profile of a plan, as text for apparmor_parser: what the plan mounts, drops and shuts said once more, to
 * another part of the kernel, so that one mistake in either is not yet a way out. Pure. Language: apparmor.d(5).
 */
#ifndef HARDRUN_APPARMOR_H
#define HARDRUN_APPARMOR_H

#include <hardrun/base.h>
#include <hardrun/plan.h>
#include <hardrun/profile.h>

#define APPARMOR_PREFIX "hardrun-"

struct apparmor {
	const char *name; /* hardrun-<policy>-<hash of the rest of the text>: other rules are another profile */
	const char *text; /* of one profile, as a whole file; NULL: it is not ours, and only its name is known */
	const char *body; /* of text what follows the head: one head serves several profiles in a file */
};

/*
 * The profile of a plan that says generated. It depends on what is mounted where and how, capabilities, devices, whether / may be
 * written, and on the families of sockets that ${profile} allows (of profile_build; NULL: there is no filter); not on the
 * backend, the user or the limits, so that many lines share one. ERROR_UNSUPPORTED: a mount that AppArmor has no words for.
 */
int apparmor_generate(struct arena *arena, const struct plan *plan, const struct profile *profile, struct apparmor *ret_apparmor,
		      struct error *err);
/* True for names that apparmor_generate makes. */
bool apparmor_is_own(const char *name);
/*
 * ${path} between double quotes, where it stands for nothing but itself: no wildcard, no variable. NULL: it has a control
 * character, which no rule may carry.
 */
const char *apparmor_quote(struct arena *arena, const char *path, const char *suffix);

#endif
