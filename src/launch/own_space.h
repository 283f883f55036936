/* The network namespace that a container which root starts joins, and in whose name packets are carried there. */
#ifndef HARDRUN_LAUNCH_OWN_SPACE_H
#define HARDRUN_LAUNCH_OWN_SPACE_H

#include "launch_internal.h"

/*
 * Where the one who carries packets stands, and may write: a directory in the container's, its own alone. It is made here, and
 * for root the user namespace and the network namespace that are held in container->space. On error these are not.
 */
#define OWN_SPACE_PLACE "carrier"
int own_space_make(struct container *container, struct error *err);
/* In the child that will carry them: for good. Without namespaces nothing to do. False with errno. */
bool own_space_enter(const struct container *container);
/* In the mount namespace of the runtime: puts the network namespace where config.json has it. Likewise. */
bool own_space_place(const struct container *container);
void own_space_leave(struct container *container);

#endif
