/* The network of an ordinary user's container that has no engine: slirp4netns, for as long as the container lives. */
#ifndef HARDRUN_LAUNCH_OWN_NETWORK_H
#define HARDRUN_LAUNCH_OWN_NETWORK_H

#include "launch_internal.h"

/* The plan wants one, so that the runtime makes the container and only own_network_start lets it begin. */
bool own_network_is_wanted(const struct launch *launch);
/* Writes resolv.conf and hosts into the container's directory; false with errno. Without a network nothing to do. */
bool own_network_write(const struct container *container);
/*
 * Gives the container, which is made and does not run yet, its network: slirp4netns is started, and dies with this process;
 * ports are published; and then it is looked whether all of it is so. Without one nothing to do.
 */
int own_network_start(struct container *container, struct error *err);
/* It has ended by itself, and its wait ${status} has been taken: forgets its number. Returns the sentence about that. */
const char *own_network_lost(struct container *container, int status);
/* Ends slirp4netns. Safe to call at any stage, and twice. */
void own_network_end(struct container *container);

/* ---- for tests ---- */

/* Its words; ${ready} and ${leave} are the descriptors that it is given. */
struct string_list own_network_words(const struct container *container, int ready, int leave);
/*
 * One clause why a network namespace with these interfaces and routes (/proc/PID/net/dev, .../route) is not what slirp4netns
 * makes of one that had ${before}; NULL: it is.
 */
const char *own_network_problem(struct arena *arena, const char *before, const char *after, const char *routes);
/* The same for its list of published ports (the answer to list_hostfwd). */
const char *own_network_port_problem(const struct plan *plan, const char *answer);

#endif
