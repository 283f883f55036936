/* verb_guard: which files speak for docker's other verbs, and what they say of one. */
#include "verb.h"

#include <string.h>

struct verb_guard verb_guard_read(const struct cli *cli)
{
	struct verb_guard guard = { .errors.arena = cli->arena };

	guard.ceiling = flow_load_ceiling(cli->arena, cli->facts, &guard.search, &guard.errors);
	return guard;
}

/* Here the policy says which daemon root speaks to, so it is one of root's. What exec may ask for is its own policy's to say. */
static const struct policy *load_roots(const struct cli *cli, struct verb_guard *guard)
{
	struct policy_search search = guard->search;
	const struct policy *policy = NULL;

	if (cli->options.policy != NULL)
		policy = policy_load(cli->arena, &search, cli->options.policy, &guard->errors);
	if (guard->errors.count > 0 || (policy != NULL && policy->is_root_owned))
		return policy;
	search.is_root_only = true;
	return policy_load(cli->arena, &search, "default", &guard->errors);
}

const struct policy *verb_guard_policy(const struct cli *cli, struct verb_guard *guard)
{
	const char *name = cli->options.policy != NULL ? cli->options.policy : "default";

	if (guard->errors.count > 0)
		return NULL;
	return cli->is_guarded ? load_roots(cli, guard) : policy_load(cli->arena, &guard->search, name, &guard->errors);
}

bool verb_is_listed(const struct policy *policy, const char *key)
{
	for (size_t i = 0; i < policy->allow.verbs.count; i++)
		if (strcmp(policy->allow.verbs.items[i].value, key) == 0)
			return true;
	return false;
}
