/*
 * From tables and policy to a profile: what a policy says of each call, the same for the ceiling, both cut together, and the
 * result as rules. Order of a policy: base, then allow, then deny; deny wins.
 */
#include "profile_internal.h"

#include <string.h>

enum {
	RULES_EXTRA = 128,  /* rules of conditional calls beyond one for each call: room for the shipped profiles */
	REFUSALS_MAX = 24, /* a conditional call that would need more rules to say EPERM says ENOSYS, the default, for the rest */
};

/* What one policy says of one call. */
struct judgement {
	const struct clause_set *allow; /* before refusals */
	const struct clause_set *refuse;
	const char *group;              /* of the rule that spoke last */
	const char *reason;             /* when not wholly allowed */
	const struct policy_syscall_rule *rule; /* that spoke last; NULL: the table */
	enum profile_verdict otherwise;
};

struct builder {
	struct arena *arena;
	struct error *err;
	const struct clause_set *all, *none; /* shared by the many calls without conditions */
	const char *base; /* "default", "minimal", "runtime" */
	const char *not_in_base;      /* the reason for what it leaves out */
	struct judgement *judgements; /* profile_call_count */
	struct profile *profile;
	size_t rule_capacity;
};

static const struct clause_set *keep(struct builder *builder, struct clause_set set)
{
	struct clause_set *kept;

	if (set.is_all || (set.count == 0 && !set.is_too_large))
		return set.is_all ? builder->all : builder->none;
	kept = arena_alloc(builder->arena, sizeof(*kept));
	*kept = set;
	return kept;
}

static struct policy_syscall_rule own_rule(const struct profile_call *call, const char *when)
{
	return (struct policy_syscall_rule){ .name = call->name, .when = when };
}

/* The table's argument rule as sets: what it allows (all when it only refuses) and what it refuses. */
static int parse_argument_rule(struct builder *builder, const struct profile_call *call, struct clause_set *ret_allow,
			       struct clause_set *ret_refuse)
{
	const struct profile_argument_rule *row = profile_argument_rule_find(call->name);
	struct clause_set allow = clause_none(builder->arena), refuse = clause_none(builder->arena);

	if (row == NULL || row->allow[0] == NULL)
		allow.is_all = true;
	for (size_t i = 0; row != NULL && i < ARRAY_COUNT(row->allow) && row->allow[i] != NULL; i++) {
		struct policy_syscall_rule rule = own_rule(call, row->allow[i]);
		struct clause_set one;
		int r = when_parse(builder->arena, &rule, false, &one, builder->err);

		if (r < 0)
			return r;
		allow = clause_or(&allow, &one);
	}
	if (row != NULL && row->refuse != NULL) {
		struct policy_syscall_rule rule = own_rule(call, row->refuse);
		int r = when_parse(builder->arena, &rule, true, &refuse, builder->err);

		if (r < 0)
			return r;
	}
	*ret_allow = allow;
	*ret_refuse = refuse;
	return 0;
}

/* A base keeps some of what the table allows. */
static bool is_in_base(const char *base, const struct profile_call *call)
{
	if (profile_call_is_of_clock(call))
		return true;
	if (strcmp(base, "minimal") == 0)
		return (call->flags & CALL_MINIMAL) != 0;
	return strcmp(base, "runtime") != 0 || profile_call_is_of_runtime(call);
}

static int judge_base(struct builder *builder)
{
	for (size_t i = 0; i < profile_call_count; i++) {
		const struct profile_call *call = &profile_calls[i];
		struct judgement *judgement = &builder->judgements[i];
		const bool is_allowed = call->verdict == PROFILE_ALLOW || call->verdict == PROFILE_ALLOW_IF;

		judgement->allow = builder->none;
		judgement->refuse = builder->none;
		judgement->group = profile_call_group(call);
		judgement->reason = profile_call_reason(call);
		judgement->otherwise = call->verdict == PROFILE_ENOSYS ? PROFILE_ENOSYS : PROFILE_EPERM;
		if (call->verdict == PROFILE_ALLOW_IF) {
			struct clause_set allow, refuse;
			int r = parse_argument_rule(builder, call, &allow, &refuse);

			if (r < 0)
				return r;
			judgement->allow = keep(builder, allow);
			judgement->refuse = keep(builder, refuse);
		}
		if (is_allowed && !is_in_base(builder->base, call)) {
			judgement->allow = builder->none;
			judgement->reason = builder->not_in_base;
			judgement->otherwise = PROFILE_ENOSYS;
		} else if (call->verdict == PROFILE_ALLOW) {
			judgement->allow = builder->all;
		}
	}
	return 0;
}

/* ---- rules of a policy ---- */

static int fail_unknown(struct builder *builder, const struct policy_syscall_rule *rule)
{
	const bool is_group = rule->name[0] == '@';
	const struct profile_group_spec *groups;
	const size_t group_count = profile_groups(&groups);
	struct string_list names = { 0 };
	const char *nearest;

	for (size_t i = 0; is_group && i < group_count; i++)
		string_list_add(builder->arena, &names, groups[i].name);
	for (size_t i = 0; !is_group && i < profile_call_count; i++)
		string_list_add(builder->arena, &names, profile_calls[i].name);
	nearest = string_nearest(rule->name, names.items, names.count);
	error_set_at(builder->err, builder->arena, ERROR_POLICY, rule->place, "there is no system call%s called \"%s\"",
		     is_group ? " group" : "", string_printable(builder->arena, rule->name, 40));
	if (nearest != NULL)
		builder->err->remedy = arena_printf(builder->arena, "did you mean \"%s\"?", nearest);
	else
		builder->err->remedy = "hardrun-seccomp(7) lists the calls and groups";
	return -(int)ERROR_POLICY;
}

static int fail_never(struct builder *builder, const struct policy_syscall_rule *rule, const struct profile_call *call)
{
	error_set_at(builder->err, builder->arena, ERROR_POLICY, rule->place, "no policy can allow \"%s\": %s", rule->name,
		     profile_call_reason(call));
	builder->err->remedy = "remove it; the hazard unconfined-seccomp drops the whole filter, if the program cannot do without";
	return -(int)ERROR_POLICY;
}

static int fail_runtime(struct builder *builder, const struct policy_syscall_rule *rule, const struct profile_call *call)
{
	error_set_at(builder->err, builder->arena, ERROR_POLICY, rule->place,
		     "denying \"%s\" would keep every container from starting: the runtime needs %s%s", rule->name,
		     strcmp(rule->name, call->name) == 0 ? "it" : "", strcmp(rule->name, call->name) == 0 ? "" : call->name);
	builder->err->remedy = "remove it, or name single calls in place of a group";
	return -(int)ERROR_POLICY;
}

/* The calls that a rule names: first..last of the table with these bits (0: no test). */
struct selection {
	size_t first, last;
	uint32_t bits;
};

static int select_calls(struct builder *builder, const struct policy_syscall_rule *rule, struct selection *ret_selection)
{
	const struct profile_call *call;

	if (rule->name[0] == '@') {
		const uint32_t bits = profile_group_bits(rule->name);

		if (bits == 0)
			return fail_unknown(builder, rule);
		*ret_selection = (struct selection){ 0, profile_call_count - 1, bits };
		return 0;
	}
	call = profile_call_find(rule->name);
	if (call == NULL)
		return fail_unknown(builder, rule);
	*ret_selection = (struct selection){ (size_t)(call - profile_calls), (size_t)(call - profile_calls), 0 };
	return 0;
}

/*
 * A group brings a call with the argument rule that the table gives it, and leaves out what no policy can allow; naming the call
 * itself lifts the rule, except where it is part of the floor.
 */
static int allow_call(struct builder *builder, const struct policy_syscall_rule *rule, size_t index,
		      const struct clause_set *when)
{
	const struct profile_call *call = &profile_calls[index];
	struct judgement *judgement = &builder->judgements[index];
	const bool is_group = rule->name[0] == '@', is_floor = (call->flags & CALL_NEVER) != 0;
	struct clause_set allow = *when, table, refuse;
	int r;

	r = parse_argument_rule(builder, call, &table, &refuse);
	if (r < 0)
		return r;
	judgement->refuse = keep(builder, clause_or(judgement->refuse, &refuse));
	if (is_group || is_floor)
		allow = clause_and(&allow, &table);
	judgement->allow = keep(builder, clause_or(judgement->allow, &allow));
	judgement->otherwise = PROFILE_EPERM;
	judgement->rule = rule;
	if (is_group)
		judgement->group = rule->name;
	return 0;
}

static int apply_allow(struct builder *builder, const struct policy_syscall_rule *rule)
{
	struct clause_set when = clause_all(builder->arena);
	const struct profile_call *refused = NULL;
	struct selection selection;
	size_t granted = 0;
	int r = select_calls(builder, rule, &selection);

	if (r == 0 && rule->when != NULL)
		r = when_parse(builder->arena, rule, false, &when, builder->err);
	for (size_t i = selection.first; r == 0 && i <= selection.last; i++) {
		const struct profile_call *call = &profile_calls[i];

		if (selection.bits != 0 && (call->groups & selection.bits) == 0 && selection.bits != UINT32_MAX)
			continue;
		if ((call->flags & CALL_NEVER) != 0 && (call->verdict != PROFILE_ALLOW_IF || (selection.bits == 0 && rule->when == NULL))) {
			refused = call;
			continue;
		}
		r = allow_call(builder, rule, i, &when);
		granted++;
	}
	if (r == 0 && granted == 0 && refused != NULL)
		return fail_never(builder, rule, refused);
	return r;
}

static int apply_deny(struct builder *builder, const struct policy_syscall_rule *rule)
{
	struct clause_set when = clause_all(builder->arena);
	struct selection selection;
	int r = select_calls(builder, rule, &selection);

	if (r == 0 && rule->when != NULL)
		r = when_parse(builder->arena, rule, true, &when, builder->err);
	for (size_t i = selection.first; r == 0 && i <= selection.last; i++) {
		const struct profile_call *call = &profile_calls[i];
		struct judgement *judgement = &builder->judgements[i];

		if (selection.bits != 0 && (call->groups & selection.bits) == 0 && selection.bits != UINT32_MAX)
			continue;
		if (when.is_all && (call->flags & CALL_RUNTIME) != 0)
			return fail_runtime(builder, rule, call);
		judgement->refuse = keep(builder, clause_or(judgement->refuse, &when));
		judgement->reason = "denied by the policy";
		judgement->rule = rule;
		if (call->verdict != PROFILE_ENOSYS)
			judgement->otherwise = PROFILE_EPERM;
	}
	return r;
}

static int judge_policy(struct builder *builder, const struct policy_seccomp *seccomp)
{
	const char *base = seccomp->base.value != NULL ? seccomp->base.value : "default";
	int r;

	if (strcmp(base, "default") != 0 && strcmp(base, "minimal") != 0 && strcmp(base, "runtime") != 0) {
		error_set_at(builder->err, builder->arena, ERROR_POLICY, seccomp->base.place,
			     "there is no base profile called \"%s\"", string_printable(builder->arena, base, 40));
		builder->err->remedy = "use default, minimal or runtime";
		return -(int)ERROR_POLICY;
	}
	builder->base = base;
	builder->not_in_base = arena_printf(builder->arena, "not in base: %s", base);
	builder->judgements = arena_alloc(builder->arena, profile_call_count * sizeof(*builder->judgements));
	r = judge_base(builder);
	for (size_t i = 0; r == 0 && i < seccomp->allow_count; i++)
		r = apply_allow(builder, &seccomp->allow[i]);
	for (size_t i = 0; r == 0 && i < seccomp->deny_count; i++)
		r = apply_deny(builder, &seccomp->deny[i]);
	return r;
}

static void cut_to_ceiling(struct builder *builder, const struct judgement *ceiling)
{
	for (size_t i = 0; i < profile_call_count; i++) {
		struct judgement *mine = &builder->judgements[i];
		const struct judgement *bound = &ceiling[i];

		mine->refuse = keep(builder, clause_or(mine->refuse, bound->refuse));
		if (bound->allow->is_all)
			continue;
		if (mine->allow->is_all || mine->allow->count > 0) {
			mine->reason = bound->allow->count == 0 ? "the ceiling does not allow it" : bound->reason;
			mine->otherwise = bound->otherwise;
		}
		mine->allow = keep(builder, clause_and(mine->allow, bound->allow));
	}
}

/* ---- rules ---- */

/* Not a vector: most profiles fit the first room, and memory that is not touched costs nothing. */
static struct profile_rule *add_rule(struct builder *builder, const struct profile_call *call,
				     const struct judgement *judgement)
{
	struct profile *profile = builder->profile;
	struct profile_rule *rule;

	if (profile->rule_count == builder->rule_capacity) {
		const size_t capacity = builder->rule_capacity == 0 ? profile_call_count + RULES_EXTRA : builder->rule_capacity * 2;
		struct profile_rule *rules = arena_alloc(builder->arena, capacity * sizeof(*rules));

		if (profile->rule_count > 0)
			memcpy(rules, profile->rules, profile->rule_count * sizeof(*rules));
		profile->rules = rules;
		builder->rule_capacity = capacity;
	}
	rule = &profile->rules[profile->rule_count++];
	rule->call = call->name;
	rule->group = judgement->group;
	rule->reason = judgement->reason;
	if (judgement->rule != NULL)
		rule->place = judgement->rule->place;
	return rule;
}

static bool add_conditions(struct builder *builder, size_t index, const struct clause_set *set, enum profile_verdict verdict)
{
	struct conjunction *lowered = NULL;
	size_t count = 0;

	if (!clause_lower(set, verdict == PROFILE_EPERM ? REFUSALS_MAX : CLAUSE_LIMIT, &lowered, &count))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct profile_rule *rule = add_rule(builder, &profile_calls[index], &builder->judgements[index]);

		rule->verdict = verdict;
		rule->conditions = lowered[i].conditions;
		rule->condition_count = lowered[i].count;
	}
	return true;
}

/* A call whose arguments decide: what is allowed, and EPERM for the rest as far as few rules can say it. */
static bool add_conditional(struct builder *builder, size_t index, const struct clause_set *allowed)
{
	const struct judgement *judgement = &builder->judgements[index];
	struct clause_set rest;

	if (!add_conditions(builder, index, allowed, PROFILE_ALLOW_IF))
		return false;
	builder->profile->allowed_count++;
	rest = clause_minus(builder->all, judgement->allow);
	rest = clause_or(judgement->refuse, &rest);
	add_conditions(builder, index, &rest, PROFILE_EPERM);
	return true;
}

static int add_call(struct builder *builder, size_t index)
{
	struct profile *profile = builder->profile;
	const struct profile_call *call = &profile_calls[index];
	const struct judgement *judgement = &builder->judgements[index];
	struct clause_set allowed;
	struct profile_rule *rule;

	if (!profile_call_is_here(call, profile->is_native_only)) {
		rule = add_rule(builder, call, judgement);
		rule->verdict = PROFILE_ENOSYS;
		rule->reason = (call->flags & CALL_ONLY_32) != 0 ? "a call of 32-bit programs: architectures: all brings them" :
			       "this machine's architecture does not have it";
		return 0;
	}
	allowed = clause_minus(judgement->allow, judgement->refuse);
	if (allowed.is_all || (allowed.count == 0 && !allowed.is_too_large)) {
		rule = add_rule(builder, call, judgement);
		rule->verdict = allowed.is_all ? PROFILE_ALLOW : judgement->otherwise;
		if (allowed.is_all) {
			rule->reason = NULL;
			profile->allowed_count++;
		}
		return 0;
	}
	if (!allowed.is_too_large && add_conditional(builder, index, &allowed))
		return 0;
	error_set_at(builder->err, builder->arena, ERROR_POLICY, judgement->rule != NULL ? judgement->rule->place : (struct place){ 0 },
		     "the conditions on the system call \"%s\" are too many to put into a filter", call->name);
	builder->err->remedy = "use fewer or simpler conditions";
	return -(int)ERROR_POLICY;
}

static int judge_architectures(struct builder *builder, const struct policy_seccomp *seccomp, bool *ret_is_native_only)
{
	const char *value = seccomp->architectures.value;

	if (value == NULL || strcmp(value, "native") == 0 || strcmp(value, "all") == 0) {
		*ret_is_native_only = value == NULL || strcmp(value, "all") != 0;
		return 0;
	}
	error_set_at(builder->err, builder->arena, ERROR_POLICY, seccomp->architectures.place,
		     "architectures cannot be \"%s\"", string_printable(builder->arena, value, 40));
	builder->err->remedy = "use native, or all for 32-bit programs too";
	return -(int)ERROR_POLICY;
}

int profile_build(struct arena *arena, const struct policy_seccomp *seccomp, const struct policy_seccomp *ceiling,
		  const struct profile **ret_profile, struct error *err)
{
	const struct clause_set all = clause_all(arena), none = clause_none(arena);
	struct profile *profile = arena_alloc(arena, sizeof(*profile));
	struct builder builder = { .arena = arena, .err = err, .all = &all, .none = &none, .profile = profile };
	struct builder bound = { .arena = arena, .err = err, .all = &all, .none = &none };
	bool is_ceiling_native = false;
	int r = judge_architectures(&builder, seccomp, &profile->is_native_only);

	if (r == 0)
		r = judge_policy(&builder, seccomp);
	if (r == 0 && ceiling != NULL)
		r = judge_architectures(&bound, ceiling, &is_ceiling_native);
	if (r == 0 && ceiling != NULL)
		r = judge_policy(&bound, ceiling);
	if (r < 0)
		return r;
	if (ceiling != NULL) {
		cut_to_ceiling(&builder, bound.judgements);
		profile->is_native_only |= is_ceiling_native;
	}
	for (size_t i = 0; r == 0 && i < profile_call_count; i++)
		r = add_call(&builder, i);
	if (r < 0)
		return r;
	*ret_profile = profile;
	return 0;
}

const struct profile_rule *profile_find(const struct profile *profile, const char *call)
{
	size_t low = 0, high = profile->rule_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(profile->rules[middle].call, call) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == profile->rule_count || strcmp(profile->rules[low].call, call) != 0)
		return NULL;
	return &profile->rules[low];
}
