/* hazards: the items of the floor that a policy may lower, by name. */
#include <string.h>

#include "policy_internal.h"

const struct hazard_spec hazard_specs[HAZARD_COUNT] = {
	[HAZARD_DOCKER_SOCKET] = { "docker-socket",
		"an engine's socket in a container is root on the host: whoever holds it starts containers of any kind" },
	[HAZARD_HOST_IPC] = { "host-ipc",
		"the host's IPC namespace shows the shared memory of every program on it" },
	[HAZARD_HOST_NETWORK] = { "host-network",
		"the host's network reaches every service on its loopback, abstract sockets included" },
	[HAZARD_HOST_PID] = { "host-pid",
		"the host's processes can be seen, signalled and, for the same user, read" },
	[HAZARD_HOST_UTS] = { "host-uts",
		"the host's UTS namespace shows the host's names and, with a capability, changes them" },
	[HAZARD_NEW_PRIVILEGES] = { "new-privileges",
		"without no-new-privileges a setuid program in the image gains what it asks for" },
	[HAZARD_PRIVILEGED] = { "privileged",
		"a privileged container has every capability and every device: it is the host" },
	[HAZARD_ROOT_USER] = { "root-user",
		"uid 0 in a container is uid 0 on the host wherever a mount, a device or a kernel bug lets it out" },
	[HAZARD_SENSITIVE_PATHS] = { "sensitive-paths",
		"host directories that hold the system, its secrets or its devices are never mounted" },
	[HAZARD_UNCONFINED_APPARMOR] = { "unconfined-apparmor",
		"without an AppArmor profile nothing but mount flags and capabilities keeps a program off the kernel's files" },
	[HAZARD_UNCONFINED_SECCOMP] = { "unconfined-seccomp",
		"without a filter the container reaches every system call of the kernel" },
	[HAZARD_WRITABLE_ROOT] = { "writable-root",
		"a writable root file system keeps what an intruder writes into programs and libraries" },
};

enum hazard_id hazard_find(const char *name)
{
	for (size_t i = 0; i < HAZARD_COUNT; i++) {
		if (strcmp(hazard_specs[i].name, name) == 0)
			return (enum hazard_id)i;
	}
	return HAZARD_COUNT;
}
