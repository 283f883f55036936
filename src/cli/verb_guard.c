/* verb_guard: which files speak for docker's other verbs, and what they say of one. */
#include "separate.h"
#include "verb.h"

#include <string.h>

struct verb_guard verb_guard_read(const struct cli *cli)
{
	struct verb_guard guard = { .errors.arena = cli->arena };

	guard.ceiling = flow_take_ceiling(cli, &guard.search, &guard.errors);
	return guard;
}

/* Nobody with the person's rights has looked: what is there and is root's counts, and nothing else is opened to be read. */
static const struct policy *load_named(const struct cli *cli, struct verb_guard *guard, const struct policy_search *search)
{
	const struct policy *policy = policy_load(cli->arena, search, cli->options.policy, &guard->errors);
	const struct error *first = guard->errors.items;

	if (guard->errors.count == 1 && (first->kind == ERROR_UNTRUSTED || first->kind == ERROR_MISSING))
		guard->errors.count = 0;
	return policy;
}

static const struct policy *take_named(const struct cli *cli, struct verb_guard *guard)
{
	const struct verb_named *named = guard->named;
	const struct policy *policy = NULL;
	struct error err = { 0 };

	for (size_t i = 0; i < named->errors.count; i++)
		*vector_push(cli->arena, guard->errors.items, guard->errors.count) = named->errors.items[i];
	if (named->errors.count > 0 || !named->is_root_owned)
		return NULL;
	policy = monitor_load_own(cli, named->file);
	if (policy != NULL)
		return policy;
	error_set(&err, cli->arena, ERROR_UNTRUSTED, "the policy %s is not root's any more",
		  string_printable(cli->arena, named->file, 120));
	*vector_push(cli->arena, guard->errors.items, guard->errors.count) = err;
	return NULL;
}

/* Here the policy says which daemon root speaks to, so it is one of root's. What exec may ask for is its own policy's to say. */
static const struct policy *load_roots(const struct cli *cli, struct verb_guard *guard)
{
	struct policy_search search = guard->search;
	const struct policy *policy = NULL;

	search.is_root_only = true;
	if (cli->options.policy != NULL)
		policy = guard->named != NULL ? take_named(cli, guard) : load_named(cli, guard, &search);
	if (guard->errors.count > 0 || policy != NULL)
		return policy;
	return policy_load(cli->arena, &search, "default", &guard->errors);
}

const struct policy *verb_guard_policy(const struct cli *cli, struct verb_guard *guard)
{
	const char *name = cli->options.policy != NULL ? cli->options.policy : "default";

	if (guard->errors.count > 0)
		return NULL;
	return cli->is_guarded ? load_roots(cli, guard) : policy_load(cli->arena, &guard->search, name, &guard->errors);
}

const char *verb_policy_place(const struct cli *cli, const struct verb_guard *guard, const struct policy *policy,
			      const char *image)
{
	const char *directory = cli->is_guarded ? "/etc/hardrun/policies" : "~/.config/hardrun/policies";

	if (policy == guard->ceiling)
		return FLOW_CEILING_PATH;
	if (!policy_is_shipped(policy))
		return policy->files.items[0];
	/* One called default answers for what no other does; any other answers for what it names. */
	if (image == NULL || strcmp(policy->name, "default") == 0)
		return arena_printf(cli->arena, "%s/%s.yaml (with the keys version: 1, extends: %s)", directory, policy->name, policy->name);
	return arena_printf(cli->arena, "%s/my-%s.yaml (with the keys version: 1, extends: %s, images: [%s])", directory, policy->name,
			    policy->name, image);
}

bool verb_is_listed(const struct policy *policy, const char *key)
{
	for (size_t i = 0; i < policy->allow.verbs.count; i++)
		if (strcmp(policy->allow.verbs.items[i].value, key) == 0)
			return true;
	return false;
}
