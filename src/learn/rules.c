/* Seen calls become lines of a policy. Whatever the record says, what base: default refuses is none: no call, and no argument. */
#include "learn_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const struct { uint64_t value; const char *name; } families[] = {
	{ 1, "AF_UNIX" }, { 2, "AF_INET" }, { 10, "AF_INET6" }, { 16, "AF_NETLINK" },
};
enum { NETLINK = 16 };
#define OTHERS "@others"

struct ruling {
	struct arena *arena;
	const struct profile *usual;    /* base: default */
	const struct profile *start;    /* base: runtime */
	struct learn_rules rules;
};

static const char *value_name(struct arena *arena, const char *call, uint64_t value)
{
	for (size_t i = 0; strncmp(call, "socket", 6) == 0 && i < ARRAY_COUNT(families); i++)
		if (families[i].value == value)
			return families[i].name;
	return arena_printf(arena, "0x%" PRIx64, value);
}

static bool is_usual(const struct ruling *ruling, const struct learn_call *call, const struct learn_value *value)
{
	uint64_t arguments[WATCH_ARGUMENTS] = { value->first, 0, value->second };
	const struct profile_rule *rule;

	if (strcmp(call->name, "ioctl") == 0) {
		arguments[0] = 0;
		arguments[1] = value->first;
		arguments[2] = 0;
	}
	return profile_answer(ruling->usual, call->name, arguments, &rule) == PROFILE_ALLOW;
}

static struct learn_rule *add_rule(struct ruling *ruling, const char *group, const struct learn_call *call, const char *when)
{
	struct learn_rule *rule = NULL;

	for (size_t i = 0; when == NULL && rule == NULL && i < ruling->rules.count; i++)
		if (ruling->rules.items[i].when == NULL && strcmp(ruling->rules.items[i].group, group) == 0)
			rule = &ruling->rules.items[i];
	if (rule == NULL) {
		rule = vector_push(ruling->arena, ruling->rules.items, ruling->rules.count);
		rule->group = group;
		rule->when = when;
	}
	string_list_add(ruling->arena, &rule->names, call->name);
	rule->count += call->count;
	learn_join_programs(ruling->arena, &rule->programs, &call->programs);
	return rule;
}

/* "arg0 in AF_UNIX, AF_INET"; netlink is a line of its own, by protocol. */
static void add_values(struct ruling *ruling, const char *group, const struct learn_call *call)
{
	const char *argument = strcmp(call->name, "ioctl") == 0 ? "arg1" : "arg0";
	struct text text;

	text_init(&text, ruling->arena);
	for (size_t i = 0; i < call->value_count; i++) {
		const struct learn_value *value = &call->values[i];

		if (!is_usual(ruling, call, value))
			continue;
		if (strcmp(call->name, "socket") == 0 && value->first == NETLINK) {
			add_rule(ruling, group, call, arena_printf(ruling->arena, "arg0 == AF_NETLINK and arg2 == 0x%" PRIx64, value->second));
			continue;
		}
		text_add(&text, text.length > 0 ? ", " : "");
		text_add(&text, value_name(ruling->arena, call->name, value->first));
	}
	if (text.length > 0)
		add_rule(ruling, group, call, arena_printf(ruling->arena, "%s in %s", argument, text.data));
}

/* Where the table looks at an argument that the record does not have, or the program had too many: what the table allows. */
static void add_conditional(struct ruling *ruling, const char *group, const struct learn_call *call)
{
	if (strcmp(call->name, "clone") == 0)
		add_rule(ruling, group, call, "arg0 & 0x7e020080 == 0");
	else if (strcmp(call->name, "ioctl") == 0 && (call->has_more_values || call->value_count == 0))
		add_rule(ruling, group, call, NULL);
	else
		add_values(ruling, group, call);
}

static void add_call(struct ruling *ruling, const struct learn_call *call, const char *omit)
{
	const struct profile_rule *rule = profile_find(ruling->usual, call->name);
	const bool is_prctl = strcmp(call->name, "prctl") == 0;
	const char *group = rule != NULL && rule->group != NULL ? rule->group : OTHERS;

	if (rule == NULL || profile_find(ruling->start, call->name)->verdict == PROFILE_ALLOW ||
	    (omit != NULL && strcmp(group, omit) == 0))
		return;
	if (rule->verdict == PROFILE_ALLOW_IF || rule->condition_count > 0)
		add_conditional(ruling, group, call);
	else if (rule->verdict == PROFILE_ALLOW && is_prctl && call->value_count > 0 && !call->has_more_values)
		add_values(ruling, group, call);
	else if (rule->verdict == PROFILE_ALLOW)
		add_rule(ruling, group, call, NULL);
}

static int by_group(const void *left, const void *right)
{
	const struct learn_rule *a = left, *b = right;
	const int order = strcmp(a->group, b->group);

	if (order != 0)
		return order;
	if ((a->when == NULL) != (b->when == NULL))
		return a->when == NULL ? -1 : 1;
	return strcmp(a->names.items[0], b->names.items[0]);
}

struct learn_rules learn_rules_of(struct arena *arena, const struct learn_record *record, const char *omit)
{
	static const struct policy_seccomp usual = { 0 }, start = { .base = { .value = "runtime" } };
	struct ruling ruling = { .arena = arena };
	struct error err = { 0 };

	if (profile_build(arena, &usual, NULL, &ruling.usual, &err) < 0 || profile_build(arena, &start, NULL, &ruling.start, &err) < 0)
		return ruling.rules;
	for (size_t i = 0; i < record->call_count; i++)
		add_call(&ruling, &record->calls[i], omit);
	if (ruling.rules.count > 1)
		qsort(ruling.rules.items, ruling.rules.count, sizeof(*ruling.rules.items), by_group);
	return ruling.rules;
}

/* ---- of the whole ---- */

size_t learn_groups(struct arena *arena, const struct learn_record *record, struct learn_group **ret_groups)
{
	const struct learn_rules rules = learn_rules_of(arena, record, NULL);
	size_t count = 0;

	*ret_groups = NULL;
	for (size_t i = 0; i < rules.count; i++) {
		const struct learn_rule *rule = &rules.items[i];

		if (count == 0 || strcmp((*ret_groups)[count - 1].name, rule->group) != 0)
			*vector_push(arena, *ret_groups, count) = (struct learn_group){ .name = rule->group };
		(*ret_groups)[count - 1].calls += rule->names.count;
		(*ret_groups)[count - 1].count += rule->count;
	}
	return count;
}

size_t learn_allowed(struct arena *arena, const struct learn_record *record)
{
	const struct learn_rules rules = learn_rules_of(arena, record, NULL);
	struct policy_seccomp seccomp = { .base = { .value = "runtime" } };
	const struct profile *profile;
	struct error err = { 0 };

	for (size_t i = 0; i < rules.count; i++)
		for (size_t k = 0; k < rules.items[i].names.count; k++)
			*vector_push(arena, seccomp.allow, seccomp.allow_count) =
				(struct policy_syscall_rule){ .name = rules.items[i].names.items[k], .when = rules.items[i].when };
	return profile_build(arena, &seccomp, NULL, &profile, &err) == 0 ? profile->allowed_count : 0;
}
