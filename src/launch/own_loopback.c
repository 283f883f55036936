/*
 * A socket that is bound to the device, which needs no capability, does not see the routes of the loopback: what it sends to
 * 127.0.0.1 would leave by the default route, and slirp4netns connect to that address as it stands in the packet, which is the
 * host's. --disable-host-loopback is about its own addresses alone. With an unreachable route for 127.0.0.0/8 the kernel at most
 * asks by ARP who has such an address, and slirp4netns answers for those of its own network alone.
 * Source: the kernel's ip_route_output_key_hash_rcu, rtentry_to_fib_config; libslirp's sotranslate_out, arp_input.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/route.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "own_loopback.h"
#include "own_space.h"

static void set_address(struct sockaddr *ret_address, in_addr_t address)
{
	const struct sockaddr_in inner = {.sin_family = AF_INET, .sin_addr = {htonl(address)}};

	memcpy(ret_address, &inner, sizeof(inner));
}

static bool add_route(void)
{
	struct rtentry route = {.rt_flags = RTF_UP | RTF_REJECT};
	CLOSE_FD int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	set_address(&route.rt_dst, OWN_LOOPBACK_NETWORK);
	set_address(&route.rt_genmask, OWN_LOOPBACK_MASK);
	return fd >= 0 && ioctl(fd, SIOCADDRT, &route) == 0;
}

/* Who carries packets has these rights too; hardrun's own process stays in its own network. */
static _Noreturn void be_adder(const struct container *container, int network)
{
	_exit(own_space_enter(container) && setns(network, CLONE_NEWNET) == 0 && add_route() ? 0 : errno);
}

bool own_loopback_shut(const struct container *container)
{
	CLOSE_FD int network = open(arena_printf(container->arena, "/proc/%d/ns/net", (int)container->init_pid), O_RDONLY | O_CLOEXEC);
	const pid_t adder = network < 0 ? -1 : fork();
	int status;

	if (adder == 0)
		be_adder(container, network);
	if (adder < 0)
		return false;
	while (waitpid(adder, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	return errno == 0;
}
