/* What the launch room shares about labels: AppArmor profiles and SELinux contexts of processes. */
#ifndef HARDRUN_LABEL_H
#define HARDRUN_LABEL_H

#include "launch_internal.h"

/*
 * What context_check says of a SELinux label. And the profile of ${launch} is in the kernel, as launch_check_profile has it, and
 * stays there until label_release_profile: what launch_collect_profile removes has no process under it, and here one is on its
 * way. An ordinary user can so keep root's gc from removing anything, which it says, but nobody's container from starting.
 */
int label_hold_profile(struct arena *arena, const struct launch *launch, struct error *err);
/* In every process that has it from that one; safe twice. */
void label_release_profile(const struct launch *launch);
/* True when the container must have a label that can be read back. */
bool label_is_wanted(const struct launch *launch);
/*
 * Waits until ${pid} executes its own program, and reads its label. 0: it is what is wanted, or the process has ended.
 * ERROR_UNTRUSTED: it is another, and the process must be ended; so it must when nothing could be read.
 */
int label_check_process(struct arena *arena, const struct launch *launch, pid_t pid, struct error *err);
/* The clause that says how a label differs from what is wanted; NULL: it does not. ${mode}: of AppArmor, NULL: none is shown. */
const char *label_problem(struct arena *arena, const struct launch *launch, const char *label, const char *mode);

/* ---- compile.c ---- */

/* SHA-1 or SHA-256 that the kernel will show of a profile loaded from ${text}, in hex. */
int compile_digest(struct arena *arena, const char *text, bool is_sha256, const char **ret_digest, struct error *err);
/* Hands ${text} to apparmor_parser with the words; ERROR_MISSING with the package when it is not installed. */
int compile_run(struct arena *arena, const char *const *words, const char *text, int output, struct error *err);

#endif
