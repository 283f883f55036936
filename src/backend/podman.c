/* podman: the same options, and its own generous defaults taken back. */
#include "backend_internal.h"

#include <string.h>

/* Without these podman asks for 1048576 files and processes, which fails where the launcher's own hard limits are lower. */
static const struct { const char *name, *word; } ulimit_rows[] = {
	{ "nofile", "nofile=4096:4096" },
	{ "nproc", "nproc=4096:4096" },
};

static bool has_ulimit(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->ulimit_count; i++)
		if (strcmp(plan->ulimits[i].name, name) == 0)
			return true;
	return false;
}

/* Last of the options: where podman lets the last one win, it is ours. */
static void add_neutral(const struct command *command)
{
	command_word(command, "--cgroups=enabled");
	command_word(command, "--env-host=false");
	command_word(command, "--http-proxy=false");
	/* The image's volumes are bounded tmpfs mounts of the plan already. */
	command_word(command, "--image-volume=ignore");
	command_word(command, "--sdnotify=ignore");
	command_word(command, "--systemd=false");
	if (command->launch->client_pidfile != NULL)
		command_option(command, "--pidfile", command->launch->client_pidfile);
	if (command->plan->is_read_only)
		command_word(command, "--read-only-tmpfs=false");
	for (size_t i = 0; i < ARRAY_COUNT(ulimit_rows); i++)
		if (!has_ulimit(command->plan, ulimit_rows[i].name))
			command_option(command, "--ulimit", ulimit_rows[i].word);
}

/*
 * Flags whose value podman reads as a line of CSV, where docker takes it whole: a comma would begin a second value that nobody
 * has judged, a quote would vanish. Source: podman-create(1), cmd/podman/common/create.go (StringSliceVar).
 */
static const char *const list_flags[] = {
	"--add-host", "--annotation", "--cap-add", "--cap-drop", "--device", "--dns", "--dns-option", "--dns-search", "--env-file",
	"--expose", "--group-add", "--log-opt", "--network-alias", "--publish", "--security-opt", "--sysctl", "--ulimit",
};

static int refuse_lists(const struct command *command)
{
	const struct string_list *argv = command->argv;

	for (size_t i = 0; i + 1 < argv->count; i++) {
		bool is_list = false;

		for (size_t j = 0; j < ARRAY_COUNT(list_flags) && !is_list; j++)
			is_list = strcmp(argv->items[i], list_flags[j]) == 0;
		if (is_list && strpbrk(argv->items[i + 1], ",\"\r\n") != NULL)
			return error_set(command->err, command->arena, ERROR_UNSUPPORTED,
					 "podman would read %s %s as several values, because of its comma or quote", argv->items[i],
					 string_printable(command->arena, argv->items[i + 1], 80));
	}
	return 0;
}

int podman_render(struct arena *arena, struct launch *launch, struct error *err)
{
	const struct plan *plan = launch->plan;
	const struct host_facts *facts = launch->facts;
	struct command command = { .arena = arena, .plan = plan, .facts = facts, .argv = &launch->argv, .err = err,
				   .env_file = &launch->env_file, .launch = launch, .is_podman = true };
	int result;

	command_word(&command, launch->program);
	command_word(&command, "--remote=false");
	/* crun, podman's first choice, does not start on a hybrid cgroup host. */
	if (facts->cgroup == CGROUP_HYBRID && facts->engine.programs[BACKEND_RUNC] != NULL)
		command_option(&command, "--runtime", facts->engine.programs[BACKEND_RUNC]);
	result = command_options(&command);
	if (result < 0)
		return result;
	add_neutral(&command);
	result = refuse_lists(&command);
	if (result < 0)
		return result;
	command_image(&command);
	for (size_t i = 0; i < plan->command.count; i++)
		command_word(&command, plan->command.items[i]);
	return 0;
}
