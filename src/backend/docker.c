/* docker: the client's command line. */
#include "backend_internal.h"

#define DOCKER_SOCKET_DEFAULT "/var/run/docker.sock"

void docker_globals(const struct command *command, const struct launch *launch)
{
	const char *socket = launch->facts->engine.docker_socket;

	command_word(command, launch->program);
	command_option(command, "--host", arena_printf(command->arena, "unix://%s", socket != NULL ? socket : DOCKER_SOCKET_DEFAULT));
	command_option(command, "--config", launch->config_dir);
}

int docker_render(struct arena *arena, struct launch *launch, struct error *err)
{
	const struct plan *plan = launch->plan;
	struct command command = { .arena = arena, .plan = plan, .facts = launch->facts, .argv = &launch->argv, .err = err,
				   .env_file = &launch->env_file, .launch = launch };
	int result;

	docker_globals(&command, launch);
	result = command_options(&command);
	if (result < 0)
		return result;
	command_image(&command);
	for (size_t i = 0; i < plan->command.count; i++)
		command_word(&command, plan->command.items[i]);
	launch->needs_isolated_network = plan->network == PLAN_NETWORK_ISOLATED && !launch->facts->engine.has_isolated_network;
	return 0;
}
