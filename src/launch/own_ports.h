/* Ports of an ordinary user's container that slirp4netns publishes. */
#ifndef HARDRUN_LAUNCH_OWN_PORTS_H
#define HARDRUN_LAUNCH_OWN_PORTS_H

#include "launch_internal.h"

#define OWN_PORTS_SOCKET "network.sock" /* in OWN_SPACE_PLACE, until all are published */

/* Publishes the ports of the plan and no others, and reads them back. Refuses one that cannot be had. */
int own_ports_publish(const struct container *container, struct error *err);

#endif
