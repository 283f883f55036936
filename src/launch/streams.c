/*
 * What the container reads and writes. Always pipes or a terminal of its own, never the caller's descriptors: a directory as
 * stdin leads out of the container, and characters can be pushed into a terminal that is shared (TIOCSTI).
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "rootless.h"

bool streams_is_attached(const struct container *container, int fd)
{
	const struct plan *plan = container->launch->plan;

	if (container->is_daemon)
		return false;
	if (fd == 0)
		return plan->is_interactive && (!plan->is_attach_given || plan->is_attach_stdin);
	if (!plan->is_attach_given)
		return true;
	return fd == 1 ? plan->is_attach_stdout : plan->is_attach_stderr;
}

/* The container's user owns the pipe, so that it can open /dev/stdout anew, as programs do. */
static int open_pipe(struct container *container, int number)
{
	const struct host_facts *facts = container->launch->facts;
	const struct plan *plan = container->launch->plan;
	int ours = number == 0 ? 1 : 0;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	container->our_end[number] = ends[ours];
	container->container_end[number] = ends[1 - ours];
	if (fcntl(ends[ours], F_SETFL, O_NONBLOCK) < 0)
		return -1;
	return fchown(ends[1 - ours], user_namespace_uid(facts, plan->uid), user_namespace_gid(facts, plan->gid));
}

int streams_open(struct container *container, struct error *err)
{
	const struct plan *plan = container->launch->plan;
	bool has_failed = pipe2(container->report, O_CLOEXEC) < 0;

	/* With a terminal the pipe for stderr has the runtime's own words only. */
	has_failed = has_failed || open_pipe(container, 2) < 0;
	if (!plan->is_tty) {
		has_failed = has_failed || open_pipe(container, 1) < 0;
		has_failed = has_failed || (plan->is_interactive && open_pipe(container, 0) < 0);
	}
	if (has_failed)
		return error_set(err, container->arena, ERROR_SYSTEM, "no pipes for the container: %s", strerror(errno));
	return plan->is_tty ? terminal_listen(container, err) : 0;
}

void streams_close_container_ends(struct container *container)
{
	for (int i = 0; i < 3; i++)
		descriptors_close(&container->container_end[i]);
	descriptors_close(&container->report[1]);
}

void streams_close(struct container *container)
{
	streams_close_container_ends(container);
	for (int i = 0; i < 3; i++)
		descriptors_close(&container->our_end[i]);
	descriptors_close(&container->report[0]);
	descriptors_close(&container->listen_fd);
	descriptors_close(&container->signal_fd);
}
