#include <string.h>

#include "flag_internal.h"

const struct flag_verb flag_verbs[] = {
	{ "run", "Run a hardened container", true, NULL },
	{ "create", "Create a hardened container", true, NULL },
	{ "check", "Say whether a command line is allowed", true, NULL },
	{ "show", "Show every effective setting and its source", true, NULL },
	{ "why", "Say which restriction stopped a container, or what a policy does", false,
	  "run --syscall --cap --path --policy --format" },
	{ "learn", "Run a program, and write the policy that it needs", false,
	  "-o --output --record --merge --runs --timeout --no-prove --force run" },
	{ "unit", "Print a systemd unit for a command line", false, "run" },
	{ "doctor", "Say what this machine can do", false, "--format --color" },
	{ "policy", "List and check policies", false, "list check schema" },
	{ "compose", "Judge and start the services of a Compose file", false, "check config up down ps logs" },
	{ "apparmor", "Load, list and remove AppArmor profiles", false, "load list gc" },
	{ "docker", "Hand other verbs to the docker client", false, "run create exec ps logs start stop rm cp images inspect compose" },
	{ "help", "Show help", false, "run create check show why learn unit doctor policy compose apparmor docker" },
	{ NULL, NULL, false, NULL },
};

bool flag_is_never(const struct flag_spec *spec)
{
	return spec->stance == FLAG_STANCE_REFUSED && !spec->is_hidden;
}

bool flag_is_listed(const struct flag_spec *spec)
{
	return !spec->is_hidden && spec->stance != FLAG_STANCE_REFUSED && spec->stance != FLAG_STANCE_UNSUPPORTED;
}

bool flag_needs_grant(const struct flag_spec *spec)
{
	return spec->stance == FLAG_STANCE_LISTED || spec->stance == FLAG_STANCE_HAZARD;
}

bool flag_takes_file(const struct flag_spec *spec)
{
	return spec->value_name != NULL && strstr(spec->value_name, "FILE") != NULL;
}

bool flag_takes_directory(const struct flag_spec *spec)
{
	return spec->value_name != NULL && strcmp(spec->value_name, "DIR") == 0;
}
