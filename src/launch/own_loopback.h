/* The container's network leads to no loopback but its own. */
#ifndef HARDRUN_LAUNCH_OWN_LOOPBACK_H
#define HARDRUN_LAUNCH_OWN_LOOPBACK_H

#include <netinet/in.h>

#include "launch_internal.h"

/* In the byte order of the host. */
#define OWN_LOOPBACK_NETWORK ((in_addr_t)IN_LOOPBACKNET << IN_CLASSA_NSHIFT)
#define OWN_LOOPBACK_MASK IN_CLASSA_NET

/* Puts an unreachable route for that into the network namespace of the container, which does not run yet. False with errno. */
bool own_loopback_shut(const struct container *container);

#endif
