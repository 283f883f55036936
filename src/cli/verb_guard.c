/* verb_guard: which files speak for docker's other verbs, and what they say of one. */
#include "verb.h"

#include <string.h>

struct verb_guard verb_guard_read(const struct cli *cli)
{
	struct verb_guard guard = { .errors.arena = cli->arena };

	guard.ceiling = flow_load_ceiling(cli->arena, cli->facts, &guard.search, &guard.errors);
	return guard;
}

const struct policy *verb_guard_policy(const struct cli *cli, struct verb_guard *guard)
{
	const char *name = cli->options.policy != NULL ? cli->options.policy : "default";
	struct policy_search search = guard->search;

	if (guard->errors.count > 0)
		return NULL;
	/* Here the policy says which daemon root speaks to, and nothing else that a person could ask for. */
	search.is_root_only = search.is_root_only || cli->is_guarded;
	return policy_load(cli->arena, &search, name, &guard->errors);
}

bool verb_is_listed(const struct policy *policy, const char *key)
{
	for (size_t i = 0; i < policy->allow.verbs.count; i++)
		if (strcmp(policy->allow.verbs.items[i].value, key) == 0)
			return true;
	return false;
}
