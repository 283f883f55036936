/* print: the hidden --print, from which the build makes what must not be kept by hand. */
#include "cli.h"
#include "docker_verbs.h"

#include <string.h>

#include <hardrun/profile.h>

static const char *print_seccomp(struct arena *arena)
{
	static const struct policy_seccomp plain = { .base = { .value = "default" } };
	const struct profile *profile;
	struct error err = { 0 };

	if (profile_build(arena, &plain, NULL, &profile, &err) < 0)
		return NULL;
	return arena_printf(arena, "%s\n", profile_render_docker(arena, profile));
}

int print_what(struct cli *cli, const char *what)
{
	const struct { const char *what; const char *(*print)(struct arena *arena); } rows[] = {
		{ "man-options", flag_print_man },
		{ "man-keys", policy_print_man },
		{ "man-verbs", docker_print_man },
		{ "verbs", docker_print_verbs },
		{ "bash", flag_print_bash },
		{ "zsh", flag_print_zsh },
		{ "fish", flag_print_fish },
		{ "schema", policy_schema },
		{ "seccomp", print_seccomp },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const char *text = what != NULL && strcmp(what, rows[i].what) == 0 ? rows[i].print(cli->arena) : NULL;

		if (text == NULL)
			continue;
		message_print(cli, text);
		return message_finish(cli, CLI_STATUS_OK);
	}
	message_line(cli, "--print wants one of: man-options, man-keys, man-verbs, verbs, bash, zsh, fish, schema, seccomp");
	return CLI_STATUS_USAGE;
}
