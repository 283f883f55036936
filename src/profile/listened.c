/* listened: the rules of a filter that hands refused calls to a listener. See profile.h. */
#include "profile_internal.h"

#include <linux/seccomp.h>
#include <string.h>

#define LOADING_CALL "seccomp"
enum { FLAGS_ARGUMENT = 1 };

static const struct profile_condition no_listener = {
	.argument = FLAGS_ARGUMENT, .compare = PROFILE_MASKED_EQUAL, .mask = SECCOMP_FILTER_FLAG_NEW_LISTENER, .value = 0,
};

static const struct profile_condition *condition_on_flags(const struct profile_rule *rule)
{
	for (size_t i = 0; i < rule->condition_count; i++)
		if (rule->conditions[i].argument == FLAGS_ARGUMENT)
			return &rule->conditions[i];
	return NULL;
}

static bool lets_no_listener(const struct profile_condition *condition)
{
	const uint64_t decided = condition->compare == PROFILE_EQUAL ? UINT64_MAX :
				 condition->compare == PROFILE_MASKED_EQUAL ? condition->mask : 0;

	return (decided & no_listener.mask) != 0 && (condition->value & no_listener.mask) == 0;
}

/* False: a policy asks of the flags what leaves the listener open, and a rule has one condition for each argument. */
static bool limit(struct arena *arena, struct profile_rule *rule)
{
	const struct profile_condition *asked = condition_on_flags(rule);
	struct profile_condition *conditions;

	if (asked != NULL)
		return lets_no_listener(asked);
	conditions = arena_alloc(arena, (rule->condition_count + 1) * sizeof(*conditions));
	if (rule->condition_count > 0)
		memcpy(conditions, rule->conditions, rule->condition_count * sizeof(*conditions));
	conditions[rule->condition_count++] = no_listener;
	rule->conditions = conditions;
	rule->verdict = PROFILE_ALLOW_IF;
	return true;
}

const struct profile *profile_without_listeners(struct arena *arena, const struct profile *profile)
{
	struct profile *limited = arena_alloc(arena, sizeof(*limited));

	*limited = *profile;
	limited->rules = arena_alloc(arena, profile->rule_count * sizeof(*limited->rules));
	limited->rule_count = 0;
	for (size_t i = 0; i < profile->rule_count; i++) {
		struct profile_rule rule = profile->rules[i];
		const bool is_allowed = rule.verdict == PROFILE_ALLOW || rule.verdict == PROFILE_ALLOW_IF;

		if (strcmp(rule.call, LOADING_CALL) != 0 || !is_allowed || limit(arena, &rule))
			limited->rules[limited->rule_count++] = rule;
	}
	return limited;
}
