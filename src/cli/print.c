/* print: the hidden --print, from which the build makes what must not be kept by hand. */
#include "apparmor.h"
#include "docker_verbs.h"
#include "unit.h"

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

/* What make install puts into /etc/apparmor.d for one built-in policy: the same on every machine. */
static const char *print_apparmor(struct cli *cli, const char *name)
{
	const struct host_facts machine = { .is_root = true, .nonce = "000000000000", .cpu_count = 1, .memory_bytes = INT64_C(1) << 40 };
	const struct policy_search search = { 0 };
	struct policy_errors errors = { .arena = cli->arena };
	struct apparmor_policy made = { .policy = policy_load(cli->arena, &search, name, &errors) };
	struct text text;

	text_init(&text, cli->arena);
	for (; made.policy != NULL && made.variant < 2; made.variant++) {
		struct apparmor apparmor;
		struct error err = { 0 };

		if (apparmor_of_policy(cli->arena, &machine, &made, &apparmor, &err))
			text_addf(&text, "%s%s", text.length > 0 ? "\n" : "", text.length > 0 ? apparmor.body : apparmor.text);
		else if (err.message != NULL)
			message_error(cli, &err);
	}
	return text.length > 0 ? text.data : NULL;
}

int print_what(struct cli *cli, const char *what)
{
	static const char profile[] = "apparmor:";
	const bool is_profile = what != NULL && strncmp(what, profile, strlen(profile)) == 0;
	const char *made = is_profile ? print_apparmor(cli, what + strlen(profile)) : NULL;
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
		{ "unit", unit_template },
	};

	if (made != NULL) {
		message_print(cli, made);
		return message_finish(cli, CLI_STATUS_OK);
	}
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const char *text = what != NULL && strcmp(what, rows[i].what) == 0 ? rows[i].print(cli->arena) : NULL;

		if (text == NULL)
			continue;
		message_print(cli, text);
		return message_finish(cli, CLI_STATUS_OK);
	}
	message_line(cli, "--print wants one of: man-options, man-keys, man-verbs, verbs, bash, zsh, fish, schema, seccomp, "
		     "unit, apparmor:POLICY");
	return CLI_STATUS_USAGE;
}
