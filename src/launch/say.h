/* What hardrun itself has to say while a container of its own runs. */
#ifndef HARDRUN_LAUNCH_SAY_H
#define HARDRUN_LAUNCH_SAY_H

#include "launch_internal.h"

/*
 * One line, to where the container's own errors go: its ${log}, without one (NULL) our stderr. Waits for nobody: who does not
 * read misses it.
 */
void say_line(struct arena *arena, const struct launch *launch, struct log *log, const char *sentence);

#endif
