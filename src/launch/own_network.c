/*
 * slirp4netns is a child of the supervisor's, confined by itself: no capability but that for low ports, which means nothing
 * outside of the user namespace (hardrun's, or own_space's where root calls it), a file system of /etc and /run alone, a system
 * call filter. Its descriptors and memory are bounded, and from when it is ready it is in the container's cgroups, whose traffic
 * it carries. It ends when the supervisor does, however that ends: the kernel kills it, and the pipe that it watches has no other
 * end any more. Source: slirp4netns(1).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/route.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "own_loopback.h"
#include "own_network.h"
#include "own_ports.h"
#include "own_space.h"
#include "rootless.h"

#define DEVICE "tap0"
/* 10.0.2.0/24 */
#define NEAR_NETWORK ((in_addr_t)10 << 24 | 2 << 8)
#define NEAR_MASK IN_CLASSC_NET

enum { READY_MILLISECONDS_MAX = 20000, TABLE_BYTES = 16384, DESCRIPTORS_MAX = 1024, MEMORY_BYTES_MAX = 512 << 20 };

bool own_network_is_wanted(const struct launch *launch)
{
	return launch->plan->network == PLAN_NETWORK_ISOLATED;
}

bool own_network_write(const struct container *container)
{
	const struct { const char *name, *text; } files[] = {
		{ BACKEND_RESOLV_CONF, container->launch->resolv_conf }, { BACKEND_HOSTS, container->launch->hosts },
	};

	for (size_t i = 0; i < ARRAY_COUNT(files) && own_network_is_wanted(container->launch); i++)
		if (!descriptors_write_file(container->dir_fd, files[i].name, files[i].text, strlen(files[i].text)) ||
		    fchmodat(container->dir_fd, files[i].name, 0644, 0) < 0)
			return false;
	return true;
}

/* ---- starting it ---- */

struct string_list own_network_words(const struct container *container, int ready, int leave)
{
	struct arena *arena = container->arena;
	const struct plan *plan = container->launch->plan;
	const bool is_inside = container->space.user >= 0;
	const char *words[] = {
		container->launch->facts->carrier->program, "--configure", "--mtu=65520", "--disable-host-loopback",
		"--enable-sandbox", "--enable-seccomp", plan->dns.count > 0 ? "--disable-dns" : NULL,
		arena_printf(arena, "--ready-fd=%d", ready), arena_printf(arena, "--exit-fd=%d", leave),
		/* Relative: the path of a socket has at most 107 bytes, and it stands in the directory. */
		plan->port_count > 0 ? "--api-socket=" OWN_PORTS_SOCKET : NULL,
		"--netns-type=path", is_inside ? NULL : arena_printf(arena, "--userns-path=/proc/%d/ns/user", (int)container->init_pid),
		is_inside ? arena_printf(arena, "/proc/self/fd/%d", container->space.network) :
			    arena_printf(arena, "/proc/%d/ns/net", (int)container->init_pid),
		DEVICE,
	};
	struct string_list list = {0};

	for (size_t i = 0; i < ARRAY_COUNT(words); i++)
		if (words[i])
			string_list_add(arena, &list, words[i]);
	return list;
}

/* The ends of three pipes: where it says that it is ready, where it sees us go, and what it has to say of trouble. */
struct ends { int ready[2], leave[2], said[2]; };

static void close_ends(const struct ends *ends)
{
	const int all[] = {ends->ready[0], ends->ready[1], ends->leave[0], ends->leave[1], ends->said[0], ends->said[1]};

	for (size_t i = 0; i < ARRAY_COUNT(all); i++)
		if (all[i] >= 0)
			(void)close(all[i]);
}

static bool bound(void)
{
	const struct rlimit descriptors = {DESCRIPTORS_MAX, DESCRIPTORS_MAX}, memory = {MEMORY_BYTES_MAX, MEMORY_BYTES_MAX};
	const struct rlimit none = {0, 0};

	return setrlimit(RLIMIT_NOFILE, &descriptors) == 0 && setrlimit(RLIMIT_AS, &memory) == 0 && setrlimit(RLIMIT_CORE, &none) == 0;
}

static _Noreturn void become_slirp(const struct container *container, const struct ends *ends)
{
	static const char *const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", NULL};
	const struct string_list list = own_network_words(container, ends->ready[1], ends->leave[0]);
	const char *const *words = spawn_vector(container->arena, &list);
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;

	(void)setpgid(0, 0);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGXFSZ, SIG_DFL);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(ends->said[1], 2) < 0 || !bound() ||
	    chdir(arena_printf(container->arena, "%s/" OWN_SPACE_PLACE, container->dir)) < 0 || fcntl(ends->ready[1], F_SETFD, 0) < 0 ||
	    fcntl(ends->leave[0], F_SETFD, 0) < 0 || (container->space.network >= 0 && fcntl(container->space.network, F_SETFD, 0) < 0))
		_exit(LAUNCH_STATUS_REFUSED);
	/* With the identity the kernel forgets the signal, so it comes last. */
	if (!own_space_enter(container) || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != container->supervisor_pid)
		_exit(LAUNCH_STATUS_REFUSED);
	(void)execve(words[0], (char *const *)(uintptr_t)words, (char *const *)(uintptr_t)environment);
	_exit(LAUNCH_STATUS_NOT_FOUND);
}

static int fail(const struct container *container, const char *reason, struct error *err)
{
	return error_set(err, container->arena, ERROR_SYSTEM, "the container's network cannot be made: %s", reason);
}

/* One byte says that it is ready; an end of file that it has ended. */
static int wait_until_ready(const struct container *container, struct error *err)
{
	struct pollfd ready = {.fd = container->network_ready, .events = POLLIN};
	const char *said;
	char byte;
	int got = poll(&ready, 1, READY_MILLISECONDS_MAX);

	if (got > 0 && read(container->network_ready, &byte, 1) == 1)
		return 0;
	said = spawn_last_line(container->arena, starting_read_pipe(container->arena, container->network_said));
	return fail(container, arena_printf(container->arena, "slirp4netns %s (it said: %s)", got == 0 ? "is not ready" : "has ended",
					    *said ? said : "nothing"), err);
}

/* What it says later, and nobody reads, fills one pipe and no more. */
static bool open_ends(struct ends *ret_ends)
{
	*ret_ends = (struct ends){{-1, -1}, {-1, -1}, {-1, -1}};
	if (pipe2(ret_ends->ready, O_CLOEXEC) == 0 && pipe2(ret_ends->leave, O_CLOEXEC) == 0 && pipe2(ret_ends->said, O_CLOEXEC) == 0 &&
	    fcntl(ret_ends->said[1], F_SETFL, O_NONBLOCK) == 0)
		return true;
	close_ends(ret_ends);
	return false;
}

static int start(struct container *container, struct error *err)
{
	struct ends ends;

	if (!open_ends(&ends))
		return fail(container, strerror(errno), err);
	container->network_pid = fork();
	if (container->network_pid == 0)
		become_slirp(container, &ends);
	if (container->network_pid < 0) {
		close_ends(&ends);
		container->network_pid = 0;
		return fail(container, strerror(errno), err);
	}
	container->network_ready = ends.ready[0];
	container->network_leave = ends.leave[1];
	container->network_said = ends.said[0];
	close_ends(&(const struct ends){{-1, ends.ready[1]}, {ends.leave[0], -1}, {-1, ends.said[1]}});
	if (wait_until_ready(container, err) < 0)
		return -(int)err->kind;
	/* Not before: with a limit of few processes it could not make the helper by which it enters the namespace. */
	if (limits_take(container, container->network_pid))
		return 0;
	return fail(container, arena_printf(container->arena, "slirp4netns cannot be put under its limits: %s", strerror(errno)), err);
}

const char *own_network_lost(struct container *container, int status)
{
	const char *how = WIFSIGNALED(status) ? arena_printf(container->arena, "was ended by signal %d", WTERMSIG(status))
					      : arena_printf(container->arena, "has ended with status %d", WEXITSTATUS(status));

	container->network_pid = 0; /* it may soon be another's */
	return arena_printf(container->arena,
			    "slirp4netns %s, and the container goes on without a network: restart it to have one again", how);
}

void own_network_end(struct container *container)
{
	descriptors_close(&container->network_leave);
	if (container->network_pid > 0) {
		(void)kill(container->network_pid, SIGKILL);
		while (waitpid(container->network_pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	container->network_pid = 0;
	descriptors_close(&container->network_ready);
	descriptors_close(&container->network_said);
	own_space_leave(container);
}

/* ---- reading it back ---- */

/* The names before the colons of /proc/net/dev, whose first two lines are headings. */
static struct string_list interfaces(struct arena *arena, const char *table)
{
	struct string_list names = {0};
	char *rest = arena_strdup(arena, table), *line;

	for (unsigned number = 0; (line = strsep(&rest, "\n")) != NULL; number++) {
		char *colon = strchr(line, ':');

		if (number < 2 || !colon)
			continue;
		*colon = '\0';
		string_list_add(arena, &names, line + strspn(line, " "));
	}
	return names;
}

/* What there is of a line of /proc/PID/net/route but the gateway and counts; addresses are there as they stand in memory. */
struct route { const char *device; in_addr_t destination, mask; unsigned flags; };

/* Without it: */
static const struct { struct route route; const char *problem; } routes_wanted[] = {
	{{DEVICE, INADDR_ANY, INADDR_ANY, RTF_UP | RTF_GATEWAY}, "its routes do not lead through " DEVICE " alone"},
	{{DEVICE, NEAR_NETWORK, NEAR_MASK, RTF_UP}, "its routes do not lead through " DEVICE " alone"},
	{{"*", OWN_LOOPBACK_NETWORK, OWN_LOOPBACK_MASK, RTF_UP | RTF_REJECT}, "the way to the host's loopback is open"},
};

static bool is_route(struct arena *arena, const struct route *route, const char *line)
{
	static const unsigned columns[] = {0, 1, 3, 7};
	const char *const wanted[] = {
		route->device, arena_printf(arena, "%08X", htonl(route->destination)), arena_printf(arena, "%04X", route->flags),
		arena_printf(arena, "%08X", htonl(route->mask)),
	};
	char *rest = arena_strdup(arena, line);
	unsigned found = 0;

	for (unsigned column = 0; found < ARRAY_COUNT(columns) && rest != NULL; column++) {
		const char *word = strsep(&rest, "\t");

		if (column == columns[found] && strcmp(word, wanted[found++]) != 0)
			return false;
	}
	return found == ARRAY_COUNT(columns);
}

/* One clause; NULL: only by the device does anything leave, something does, and what is for a loopback does not. */
static const char *route_problem(struct arena *arena, const char *routes)
{
	char *rest = arena_strdup(arena, routes), *line = strsep(&rest, "\n");
	bool is_there[ARRAY_COUNT(routes_wanted)] = {false};

	while (rest && (line = strsep(&rest, "\n")) != NULL && *line) {
		bool is_wanted = false;

		for (size_t i = 0; i < ARRAY_COUNT(routes_wanted); i++)
			if (is_route(arena, &routes_wanted[i].route, line))
				is_wanted = is_there[i] = true;
		if (!is_wanted)
			return "it has another route than those of slirp4netns";
	}
	for (size_t i = 0; i < ARRAY_COUNT(routes_wanted); i++)
		if (!is_there[i])
			return routes_wanted[i].problem;
	return NULL;
}

const char *own_network_problem(struct arena *arena, const char *before, const char *after, const char *routes)
{
	const struct string_list was = interfaces(arena, before), is = interfaces(arena, after);

	/* Kernels with tunnels give one of each to every namespace, without a route. */
	if (string_list_has(&was, DEVICE) || !string_list_has(&is, DEVICE) || is.count != was.count + 1)
		return arena_printf(arena, "it has %zu interfaces, and had %zu before slirp4netns added " DEVICE, is.count, was.count);
	for (size_t i = 0; i < was.count; i++)
		if (!string_list_has(&is, was.items[i]))
			return arena_printf(arena, "its interface %s is gone", string_printable(arena, was.items[i], 20));
	return route_problem(arena, routes);
}

static const char *read_table(const struct container *container, const char *name)
{
	char *buffer = arena_alloc(container->arena, TABLE_BYTES);
	const char *path = arena_printf(container->arena, "/proc/%d/net/%s", (int)container->init_pid, name);

	return descriptors_read_small(AT_FDCWD, path, buffer, TABLE_BYTES) ? buffer : "";
}

static bool is_same(const struct stat *one, const struct stat *other)
{
	return one->st_ino == other->st_ino && one->st_dev == other->st_dev;
}

/* A runtime that left the container in our own network has given it all that we can reach. */
static bool is_apart(const struct container *container)
{
	struct stat own, theirs, made;

	if (stat("/proc/self/ns/net", &own) < 0 ||
	    stat(arena_printf(container->arena, "/proc/%d/ns/net", (int)container->init_pid), &theirs) < 0)
		return false;
	if (container->space.network >= 0 && (fstat(container->space.network, &made) < 0 || !is_same(&made, &theirs)))
		return false;
	return !is_same(&own, &theirs);
}

int own_network_start(struct container *container, struct error *err)
{
	const char *before, *problem;
	int result;

	if (!own_network_is_wanted(container->launch))
		return 0;
	if (!is_apart(container))
		return fail(container, arena_printf(container->arena, "%s has left the container in another", container->runtime), err);
	before = read_table(container, "dev");
	if (!own_loopback_shut(container))
		return fail(container, arena_printf(container->arena, "the way to the host's loopback cannot be shut: %s", strerror(errno)),
			    err);
	result = start(container, err);
	if (result == 0)
		result = own_ports_publish(container, err);
	if (result < 0)
		return result;
	problem = own_network_problem(container->arena, before, read_table(container, "dev"), read_table(container, "route"));
	return problem ? fail(container, problem, err) : 0;
}
