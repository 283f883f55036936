/* environment: the variables, later ones winning by name: (OCI path: base, image,) policy, files, flags. */
#include "plan_internal.h"

#include <ctype.h>
#include <string.h>

struct variable {
	const char *name, *value;
	struct plan_source source;
};

struct variables {
	struct variable *items;
	size_t count;
};

static void set_variable(const struct planner *planner, struct variables *variables, struct variable variable)
{
	for (size_t i = 0; i < variables->count; i++) {
		if (strcmp(variables->items[i].name, variable.name) == 0) {
			variables->items[i] = variable;
			return;
		}
	}
	*vector_push(planner->arena, variables->items, variables->count) = variable;
}

/* ${line} is NAME=VALUE. */
static void set_line(const struct planner *planner, struct variables *variables, const char *line, struct plan_source source)
{
	size_t length = strcspn(line, "=");

	if (line[length] == '\0' || length == 0)
		return;
	set_variable(planner, variables,
		     (struct variable){ arena_strndup(planner->arena, line, length), line + length + 1, source });
}

static void set_base(const struct planner *planner, struct variables *variables)
{
	const struct plan_source builtin = plan_source_of(PLAN_FROM_BUILTIN);
	const struct string_list *image = &planner->facts->image_facts.env;

	set_variable(planner, variables, (struct variable){ "PATH", PLAN_PATH_DEFAULT, builtin });
	if (planner->plan->hostname != NULL)
		set_variable(planner, variables, (struct variable){ "HOSTNAME", planner->plan->hostname, builtin });
	if (planner->plan->is_tty)
		set_variable(planner, variables, (struct variable){ "TERM", "xterm", builtin });
	for (size_t i = 0; i < image->count; i++)
		set_line(planner, variables, image->items[i], plan_source_of(PLAN_FROM_IMAGE));
}

static void set_file(const struct planner *planner, struct variables *variables, const struct request_option *option)
{
	const struct host_path *path = host_path_of(planner->facts, option->raw);

	if (path == NULL || path->resolved == NULL || path->lines_reason != NULL) {
		plan_reason(planner, plan_find(planner, FINDING_DENIED, option, NULL, "allow.env_file"), "the file was not read");
		return;
	}
	for (size_t i = 0; i < path->lines.count; i++)
		set_line(planner, variables, path->lines.items[i], plan_source_flag(option));
}

/* -e NAME: the caller's own value; a variable that the caller does not have is not set, as in docker. */
static void set_flag(const struct planner *planner, struct variables *variables, const struct request_option *option)
{
	const struct pair_request *pair = &option->value.pair;
	const char *value = pair->value != NULL ? pair->value : host_environment(planner->facts, pair->name);

	if (value != NULL)
		set_variable(planner, variables, (struct variable){ pair->name, value, plan_source_flag(option) });
}

static void set_request(const struct planner *planner, struct variables *variables)
{
	const struct policy_map *own = &planner->policy->defaults.environment;
	const struct request_option *option;
	size_t position = 0;

	for (size_t i = 0; i < own->count; i++) {
		const char *value = own->items[i].value != NULL ? own->items[i].value : "";

		set_variable(planner, variables,
			     (struct variable){ own->items[i].name, value, plan_source_policy(own->items[i].place) });
	}
	while ((option = request_next(planner->request, FLAG_ENV_FILE, &position)) != NULL)
		set_file(planner, variables, option);
	position = 0;
	while ((option = request_next(planner->request, FLAG_ENV, &position)) != NULL)
		set_flag(planner, variables, option);
}

/* By name: what people call their secrets. */
static bool looks_secret(struct arena *arena, const char *name)
{
	static const char *const marks[] = { "PASS", "PWD", "SECRET", "TOKEN", "KEY", "CRED", "AUTH", "PRIVATE", "DSN" };
	char *upper = arena_strdup(arena, name);

	if (strcmp(name, "PWD") == 0 || strcmp(name, "OLDPWD") == 0)
		return false;
	for (char *byte = upper; *byte != '\0'; byte++)
		*byte = (char)toupper((unsigned char)*byte);
	for (size_t i = 0; i < ARRAY_COUNT(marks); i++) {
		if (strstr(upper, marks[i]) != NULL)
			return true;
	}
	return false;
}

/* user:password@ in an address is a secret under any name. */
static bool holds_secret(const char *value)
{
	const char *scheme = strstr(value, "://");
	const char *at = scheme != NULL ? strchr(scheme, '@') : NULL;

	return at != NULL && memchr(scheme + 3, ':', (size_t)(at - scheme - 3)) != NULL;
}

void plan_environment(const struct planner *planner)
{
	struct variables variables = { NULL, 0 };

	if (planner->is_oci)
		set_base(planner, &variables);
	set_request(planner, &variables);
	for (size_t i = 0; i < variables.count; i++) {
		const struct variable *variable = &variables.items[i];
		bool is_hidden = looks_secret(planner->arena, variable->name) || holds_secret(variable->value);

		string_list_add(planner->arena, &planner->plan->environment,
				arena_printf(planner->arena, "%s=%s", variable->name, variable->value));
		plan_settingf(planner, "environment", variable->source, "%s=%s", variable->name,
			      is_hidden ? "(hidden)" : variable->value);
	}
}
