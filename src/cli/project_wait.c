/* project_wait: a service that others wait for: until it is healthy, or has ended well. */
#include "project.h"

#include <string.h>
#include <time.h>

enum { WAIT_SECONDS_MAX = 600 };

/* 1: the condition holds; 0: not yet; negative: it never will. */
static int ask_condition(const struct cli *cli, const struct compose_dependency *dependency, const struct host_member *member,
			 struct error *err)
{
	struct host_state state;
	int result = host_read_state(cli->arena, cli->facts, member->id, &state, err);

	if (result < 0)
		return result;
	if (dependency->condition == COMPOSE_COMPLETED) {
		if (state.is_running || state.exit_status == 0)
			return !state.is_running;
		return error_set(err, cli->arena, ERROR_SYSTEM, "%s ended with status %d", member->name, state.exit_status);
	}
	if (!state.has_health)
		return error_set(err, cli->arena, ERROR_SYSTEM, "%s has no health check, and another service waits for one", member->name);
	if (state.is_unhealthy || !state.is_running)
		return error_set(err, cli->arena, ERROR_SYSTEM, "%s %s", member->name, state.is_running ? "is not healthy" : "has ended");
	return state.is_healthy;
}

int project_wait(const struct cli *cli, const char *project, const struct compose_dependency *dependency, struct error *err)
{
	const struct timespec pause = { .tv_nsec = 200000000 };
	struct host_members members;
	int result = host_list_members(cli->arena, cli->facts, project, &members, err);

	for (size_t i = 0; result >= 0 && i < members.count; i++) {
		if (strcmp(members.items[i].service, dependency->service) != 0)
			continue;
		result = 0;
		for (int round = 0; result == 0 && round < WAIT_SECONDS_MAX * 5; round++) {
			result = ask_condition(cli, dependency, &members.items[i], err);
			if (result == 0 && launch_is_asked_to_stop())
				return error_set(err, cli->arena, ERROR_SYSTEM, "interrupted");
			if (result == 0)
				(void)nanosleep(&pause, NULL);
		}
		if (result == 0)
			return error_set(err, cli->arena, ERROR_SYSTEM, "%s takes more than %d seconds", members.items[i].name, WAIT_SECONDS_MAX);
	}
	return result < 0 ? result : 0;
}
