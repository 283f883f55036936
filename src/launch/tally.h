/* tally: what has come through a stream, counted; none of it is kept. */
#ifndef LAUNCH_TALLY_H
#define LAUNCH_TALLY_H

#include <stddef.h>

#include <hardrun/base.h>
#include <hardrun/watch.h>

struct tally;

struct tally *tally_begin(struct arena *arena);
void tally_add(struct tally *tally, const char *bytes, size_t length);
/* No more is to be added. */
struct watch_output tally_end(struct arena *arena, struct tally *tally);

#endif
