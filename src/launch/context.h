/* SELinux contexts of processes, "user:role:type:level": known before anything starts, on the container's process after. */
#ifndef HARDRUN_CONTEXT_H
#define HARDRUN_CONTEXT_H

#include "launch_internal.h"

/*
 * 0: the labels of ${launch} can be had here, as far as that is known before the start; or none is asked for. ERROR_MISSING: this
 * machine applies none. ERROR_UNTRUSTED: its policy knows no such label.
 */
int context_check(struct arena *arena, const struct launch *launch, struct error *err);
/* Of the process, as the kernel has it now; NULL with errno: it cannot be read. */
const char *context_read(struct arena *arena, pid_t pid);
/* The clause that says how ${context} differs from the ${parts} that were asked for; NULL: it does not. */
const char *context_problem(struct arena *arena, const struct string_list *parts, const char *context);
/* What runs under ${context} is forbidden nothing: its type is permissive. False also where the kernel does not tell. */
bool context_is_permissive(struct arena *arena, const char *context);

#endif
