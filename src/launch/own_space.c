/*
 * A container that root starts is in no user namespace, and nothing of root's shall carry its packets. So a process of an id
 * that nobody has makes a user namespace, and in it the network namespace that the runtime joins: slirp4netns then has its rights
 * over those two, and none over the machine. They are held by descriptors alone, so nothing of them outlives hardrun and the
 * container.
 * Source: user_namespaces(7), network_namespaces(7).
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cap-ng.h>

#include "own_filters.h"
#include "own_network.h"
#include "own_space.h"
#include "rootless.h"

static int fail(const struct container *container, const char *what, struct error *err)
{
	const char *reason = errno == ENOSPC || errno == EUSERS ? "there are as many as user.max_user_namespaces allows" :
								  strerror(errno);

	return error_set(err, container->arena, ERROR_SYSTEM, "%s for the container's network: %s", what, reason);
}

static bool become(const struct container *container, bool is_keeping)
{
	const struct confine_identity identity = {.uid = container->space.id, .gid = container->space.id};

	return confine_become(&identity, is_keeping);
}

/*
 * CAP_SYS_ADMIN stays until the namespace is made: machines that let no ordinary user make one trust root with it. Then the
 * kernel has taken it.
 */
static bool make_namespaces(const struct container *container)
{
	capng_clear(CAPNG_SELECT_CAPS);
	return become(container, true) &&
	       capng_update(CAPNG_ADD, (capng_type_t)(CAPNG_EFFECTIVE | CAPNG_PERMITTED), CAP_SYS_ADMIN) == 0 &&
	       capng_apply(CAPNG_SELECT_CAPS) == 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
}

/* Says 0 or errno, and stays until nobody holds the other end. */
static _Noreturn void be_maker(const struct container *container, int socket)
{
	int said = 0;
	char byte;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || !make_namespaces(container))
		said = errno != 0 ? errno : EPERM;
	(void)descriptors_write(socket, (const char *)&said, sizeof(said));
	while (read(socket, &byte, 1) < 0 && errno == EINTR)
		;
	_exit(0);
}

/* Inside there is one id, 0, and outside that is the id that nobody has. */
static bool map(const struct container *container, pid_t maker)
{
	static const char *const files[] = {"uid_map", "gid_map"};
	const char *text = arena_printf(container->arena, "0 %u 1\n", container->space.id);

	for (size_t i = 0; i < ARRAY_COUNT(files); i++)
		if (!user_namespace_write(arena_printf(container->arena, "/proc/%d/%s", (int)maker, files[i]), text))
			return false;
	return true;
}

static int open_namespace(const struct container *container, pid_t maker, const char *name)
{
	return open(arena_printf(container->arena, "/proc/%d/ns/%s", (int)maker, name), O_RDONLY | O_CLOEXEC);
}

static bool take_namespaces(struct container *container, pid_t maker, int socket)
{
	int said;

	if (read(socket, &said, sizeof(said)) != sizeof(said))
		said = EPIPE;
	errno = said;
	if (said != 0 || !map(container, maker))
		return false;
	container->space.user = open_namespace(container, maker, "user");
	container->space.network = container->space.user < 0 ? -1 : open_namespace(container, maker, "net");
	return container->space.network >= 0;
}

static int make_spaces(struct container *container, struct error *err)
{
	int ends[2], result;
	pid_t maker;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return fail(container, "no socket", err);
	maker = fork();
	if (maker == 0) {
		(void)close(ends[0]);
		be_maker(container, ends[1]);
	}
	(void)close(ends[1]);
	result = maker > 0 && take_namespaces(container, maker, ends[0]) ? 0 : fail(container, "no namespaces", err);
	(void)close(ends[0]);
	while (maker > 0 && waitpid(maker, NULL, 0) < 0 && errno == EINTR)
		;
	if (result < 0)
		own_space_leave(container);
	return result;
}

/* It is there before anything runs that could reach it. */
static bool make_place(const struct container *container)
{
	const uid_t id = container->space.id;

	return mkdirat(container->dir_fd, OWN_SPACE_PLACE, 0700) == 0 &&
	       (id == 0 || fchownat(container->dir_fd, OWN_SPACE_PLACE, id, id, AT_SYMLINK_NOFOLLOW) == 0);
}

int own_space_make(struct container *container, struct error *err)
{
	const bool is_root = container->launch->facts->is_root;

	if (!own_network_is_wanted(container->launch))
		return 0;
	container->space.id = is_root ? HOST_CARRIER_ID_FIRST + (uid_t)getpid() : 0;
	if (!make_place(container) || (is_root && !descriptors_write_file(container->dir_fd, BACKEND_NETWORK, "", 0)))
		return fail(container, "no place", err);
	return is_root ? make_spaces(container, err) : 0;
}

bool own_space_enter(const struct container *container)
{
	if (container->space.user < 0)
		return true;
	return become(container, false) && setns(container->space.user, CLONE_NEWUSER) == 0 && setresgid(0, 0, 0) == 0 &&
	       setresuid(0, 0, 0) == 0;
}

bool own_space_place(const struct container *container)
{
	if (container->space.network < 0)
		return true;
	return mount(arena_printf(container->arena, "/proc/self/fd/%d", container->space.network),
		     arena_printf(container->arena, "%s/" BACKEND_NETWORK, container->dir), NULL, MS_BIND, NULL) == 0;
}

void own_space_leave(struct container *container)
{
	descriptors_close(&container->space.user);
	descriptors_close(&container->space.network);
}
