/*
 * explain: why a call is answered as it is, and the smallest change that would allow it. A remedy is not argued for but tried:
 * the filter is built anew with it and asked again.
 */
#include "profile_internal.h"

#include <inttypes.h>
#include <string.h>

static bool holds(const struct profile_condition *condition, uint64_t argument)
{
	switch (condition->compare) {
	case PROFILE_EQUAL:
		return argument == condition->value;
	case PROFILE_NOT_EQUAL:
		return argument != condition->value;
	case PROFILE_LESS:
		return argument < condition->value;
	case PROFILE_GREATER_EQUAL:
		return argument >= condition->value;
	case PROFILE_MASKED_EQUAL:
		return (argument & condition->mask) == condition->value;
	case PROFILE_COMPARE_COUNT:
		break;
	}
	return false;
}

static bool matches(const struct profile_rule *rule, const uint64_t arguments[6])
{
	for (size_t i = 0; i < rule->condition_count; i++)
		if (!holds(&rule->conditions[i], arguments[rule->conditions[i].argument]))
			return false;
	return true;
}

enum profile_verdict profile_answer(const struct profile *profile, const char *call, const uint64_t arguments[6],
				    const struct profile_rule **ret_rule)
{
	const struct profile_rule *first = profile_find(profile, call), *end = profile->rules + profile->rule_count;

	*ret_rule = first;
	for (const struct profile_rule *rule = first; rule != NULL && rule < end && rule->call == first->call; rule++) {
		if (!matches(rule, arguments))
			continue;
		*ret_rule = rule;
		return rule->verdict == PROFILE_ALLOW_IF ? PROFILE_ALLOW : rule->verdict;
	}
	return PROFILE_ENOSYS;
}

const char *profile_call_name(int number)
{
	for (size_t i = 0; number >= 0 && i < profile_call_count; i++)
		if (profile_call_number(&profile_calls[i]) == number)
			return profile_calls[i].name;
	return NULL;
}

/* ---- trying remedies ---- */

struct question {
	struct arena *arena;
	const struct policy_seccomp *seccomp, *ceiling;
	const struct profile_call *call;
	const uint64_t *arguments;
};

/* Without arguments: allowed for some of them at least. */
static enum profile_verdict answer_of(const struct question *question, const struct profile *profile,
				      const struct profile_rule **ret_rule)
{
	const struct profile_rule *rule = profile_find(profile, question->call->name);

	*ret_rule = rule;
	if (question->arguments != NULL)
		return profile_answer(profile, question->call->name, question->arguments, ret_rule);
	return rule != NULL ? rule->verdict : PROFILE_ENOSYS;
}

static bool is_allowed_with(const struct question *question, const struct policy_seccomp *seccomp,
			    const struct policy_seccomp *ceiling)
{
	const struct profile_rule *rule;
	const struct profile *profile;
	struct error err = { 0 };
	enum profile_verdict verdict;

	if (profile_build(question->arena, seccomp, ceiling, &profile, &err) < 0)
		return false;
	verdict = answer_of(question, profile, &rule);
	return verdict == PROFILE_ALLOW || (question->arguments == NULL && verdict == PROFILE_ALLOW_IF);
}

/* Does this line speak of the call, with these arguments? */
static bool concerns(const struct question *question, const struct policy_syscall_rule *rule)
{
	const bool is_group = rule->name[0] == '@';
	const uint32_t bits = is_group ? profile_group_bits(rule->name) : 0;
	struct policy_seccomp alone = { .deny = &(struct policy_syscall_rule){ question->call->name, rule->when, rule->place },
					.deny_count = 1 };
	struct policy_seccomp open = { .allow = &(struct policy_syscall_rule){ question->call->name, NULL, rule->place },
				       .allow_count = 1 };

	if (is_group ? bits != UINT32_MAX && (question->call->groups & bits) == 0 : strcmp(rule->name, question->call->name) != 0)
		return false;
	if (rule->when == NULL || question->arguments == NULL)
		return true;
	alone.allow = open.allow;
	alone.allow_count = open.allow_count;
	return !is_allowed_with(question, &alone, NULL);
}

/* The policy without the lines of seccomp.deny that refuse this call. NULL: there are none. */
static const struct policy_syscall_rule *without_denials(const struct question *question, struct policy_seccomp *ret_seccomp)
{
	const struct policy_seccomp *own = question->seccomp;
	const struct policy_syscall_rule *first = NULL;

	*ret_seccomp = *own;
	ret_seccomp->deny = NULL;
	ret_seccomp->deny_count = 0;
	for (size_t i = 0; i < own->deny_count; i++) {
		if (!concerns(question, &own->deny[i]))
			*vector_push(question->arena, ret_seccomp->deny, ret_seccomp->deny_count) = own->deny[i];
		else if (first == NULL)
			first = &own->deny[i];
	}
	return first;
}

/* The arguments that an argument rule of the table looks at, as a condition: so much and no more. */
static const char *condition_of(const struct question *question)
{
	const uint64_t *arguments = question->arguments;

	if (arguments == NULL || profile_argument_rule_find(question->call->name) == NULL)
		return NULL;
	if (strcmp(question->call->name, "ioctl") == 0)
		return arena_printf(question->arena, "arg1 == 0x%" PRIx64, arguments[1]);
	if (strcmp(question->call->name, "socket") != 0 && strcmp(question->call->name, "socketpair") != 0)
		return arena_printf(question->arena, "arg0 == 0x%" PRIx64, arguments[0]);
	if (arguments[0] == 16) /* AF_NETLINK: by protocol */
		return arena_printf(question->arena, "arg0 == AF_NETLINK and arg2 == %" PRIu64, arguments[2]);
	return arena_printf(question->arena, "arg0 == %s", when_name_of(question->arena, "AF_", arguments[0]));
}

static struct policy_seccomp with_allow(const struct question *question, const struct policy_seccomp *seccomp, const char *when)
{
	struct policy_seccomp widened = *seccomp;

	widened.allow = NULL;
	widened.allow_count = 0;
	for (size_t i = 0; i < seccomp->allow_count; i++)
		*vector_push(question->arena, widened.allow, widened.allow_count) = seccomp->allow[i];
	*vector_push(question->arena, widened.allow, widened.allow_count) =
		(struct policy_syscall_rule){ .name = question->call->name, .when = when };
	return widened;
}

static const char *allow_line(const struct question *question, const char *when)
{
	if (when == NULL)
		return arena_printf(question->arena, "seccomp: {allow: [%s]}", question->call->name);
	return arena_printf(question->arena, "seccomp: {allow: [{names: [%s], when: \"%s\"}]}", question->call->name, when);
}

/* What the policy alone would have to become; NULL: nothing that it says can allow the call. */
static const char *find_line(const struct question *question, struct policy_seccomp *ret_seccomp,
			     struct profile_explanation *explanation)
{
	struct policy_seccomp lifted;
	const struct policy_syscall_rule *denial = without_denials(question, &lifted);
	const char *whens[2], *lift;

	lift = denial == NULL ? "" : arena_printf(question->arena, "take \"%s\" out of seccomp.deny%s%s%s", denial->name,
						  denial->place.file != NULL ? " (" : "", place_text(question->arena, denial->place),
						  denial->place.file != NULL ? ")" : "");
	*ret_seccomp = lifted;
	explanation->lift = denial != NULL ? denial->name : NULL;
	if (is_allowed_with(question, &lifted, NULL))
		return lift;
	whens[0] = condition_of(question);
	whens[1] = NULL;
	for (size_t i = whens[0] != NULL ? 0 : 1; i < ARRAY_COUNT(whens); i++) {
		*ret_seccomp = with_allow(question, &lifted, whens[i]);
		if (!is_allowed_with(question, ret_seccomp, NULL))
			continue;
		explanation->add = allow_line(question, whens[i]);
		return arena_printf(question->arena, "%s%s%s", lift, *lift != '\0' ? ", and add " : "add ", explanation->add);
	}
	explanation->lift = NULL;
	return NULL;
}

static const char *find_remedy(const struct question *question, struct profile_explanation *explanation)
{
	struct policy_seccomp changed;
	const char *line = find_line(question, &changed, explanation);

	if (line == NULL || question->ceiling == NULL || is_allowed_with(question, &changed, question->ceiling))
		return line;
	return arena_printf(question->arena, "%s%sthe ceiling, /etc/hardrun/ceiling.yaml, would have to allow it%s", line,
			    *line != '\0' ? "; " : "", *line != '\0' ? " too" : "");
}

/* ---- who decides ---- */

static bool is_same_place(struct place left, struct place right)
{
	return left.file != NULL && right.file != NULL && left.line == right.line && left.column == right.column &&
	       strcmp(left.file, right.file) == 0;
}

static bool is_line_of(const struct policy_syscall_rule *rules, size_t count, struct place place)
{
	for (size_t i = 0; i < count; i++)
		if (is_same_place(rules[i].place, place))
			return true;
	return false;
}

static void name_decider(const struct question *question, const struct profile_rule *rule,
			 struct profile_explanation *explanation)
{
	const struct policy_seccomp *own = question->seccomp;
	const bool is_refused = explanation->verdict == PROFILE_EPERM || explanation->verdict == PROFILE_ENOSYS;
	const bool is_of_less = own->base.value != NULL && strcmp(own->base.value, "default") != 0;
	struct policy_seccomp lifted;
	const struct policy_syscall_rule *denial = is_refused ? without_denials(question, &lifted) : NULL;

	explanation->decider = "hardrun's table";
	if (denial != NULL && is_allowed_with(question, &lifted, NULL)) {
		explanation->decider = "seccomp.deny";
		explanation->place = denial->place;
	} else if (is_refused && question->ceiling != NULL && is_allowed_with(question, own, NULL)) {
		explanation->decider = "the ceiling";
	} else if (!is_refused && rule != NULL && is_line_of(own->allow, own->allow_count, rule->place)) {
		explanation->decider = "seccomp.allow";
		explanation->place = rule->place;
	} else if (is_of_less && is_refused && is_allowed_with(question, &(struct policy_seccomp){ 0 }, NULL)) {
		explanation->decider = "seccomp.base";
		explanation->place = own->base.place;
	}
}

/* What a line of the policy or the ceiling said last does not explain what the table refuses. */
static const char *reason_of(const struct question *question, const struct profile_rule *rule,
			     const struct profile_explanation *explanation)
{
	const char *reason = profile_call_reason(question->call);

	if (strcmp(explanation->decider, "seccomp.deny") == 0)
		return "denied by the policy";
	if (strcmp(explanation->decider, "the ceiling") == 0)
		return "the ceiling does not allow it";
	if (strcmp(explanation->decider, "seccomp.base") == 0 || reason == NULL)
		return rule != NULL && rule->reason != NULL ? rule->reason : "the policy does not allow it";
	return question->call->verdict == PROFILE_ALLOW_IF ? arena_printf(question->arena, "what is allowed: %s", reason) : reason;
}

bool profile_explain(struct arena *arena, const struct policy_seccomp *seccomp, const struct policy_seccomp *ceiling,
		     const char *call, const uint64_t *arguments, struct profile_explanation *ret_explanation)
{
	const struct question question = { arena, seccomp, ceiling, profile_call_find(call), arguments };
	struct profile_explanation explanation = { 0 };
	const struct profile_rule *rule;
	const struct profile *profile;
	struct error err = { 0 };

	if (question.call == NULL || profile_build(arena, seccomp, ceiling, &profile, &err) < 0)
		return false;
	explanation.verdict = answer_of(&question, profile, &rule);
	explanation.group = profile_call_group(question.call);
	name_decider(&question, rule, &explanation);
	if (explanation.verdict != PROFILE_ALLOW)
		explanation.reason = reason_of(&question, rule, &explanation);
	if (explanation.verdict == PROFILE_EPERM || explanation.verdict == PROFILE_ENOSYS)
		explanation.remedy = find_remedy(&question, &explanation);
	*ret_explanation = explanation;
	return true;
}
