/* profile, inside: the renderings that embed.c makes at build time. */
#ifndef HARDRUN_PROFILE_PREPARED_H
#define HARDRUN_PROFILE_PREPARED_H

#include <hardrun/profile.h>

extern const struct profile_prepared profile_prepared[];
extern const size_t profile_prepared_count;

#endif
