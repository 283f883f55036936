/* cpus: the processors that a container is bound to. */
#include "plan_internal.h"

#include <string.h>

bool plan_read_cpus(struct arena *arena, const char *list, struct plan_cpus *set)
{
	char *cursor = arena_strdup(arena, list), *part;

	while ((part = strsep(&cursor, ",")) != NULL) {
		const char *first = strsep(&part, "-"), *last = part != NULL ? part : first;
		uint64_t from, to;

		if (!parse_decimal(first, &from) || !parse_decimal(last, &to) || to < from || to >= PLAN_CPUS_MAX)
			return false;
		for (uint64_t number = from; number <= to; number++)
			set->words[number / 64] |= UINT64_C(1) << (number % 64);
	}
	return true;
}

static bool has_cpu(const struct plan_cpus *set, unsigned number)
{
	return number < PLAN_CPUS_MAX && (set->words[number / 64] >> (number % 64) & 1) != 0;
}

/* "0-3,5"; "" of none. */
static const char *write_cpus(struct arena *arena, const struct plan_cpus *set)
{
	struct text text;

	text_init(&text, arena);
	for (unsigned first = 0, last; first < PLAN_CPUS_MAX; first = last + 1) {
		last = first;
		if (!has_cpu(set, first))
			continue;
		while (has_cpu(set, last + 1))
			last++;
		text_addf(&text, "%s%u", text.length > 0 ? "," : "", first);
		if (last > first)
			text_addf(&text, "-%u", last);
	}
	return text.data;
}

static void keep_common(struct plan_cpus *set, const struct plan_cpus *other)
{
	for (size_t i = 0; i < ARRAY_COUNT(set->words); i++)
		set->words[i] &= other->words[i];
}

static struct plan_cpus cpus_of(struct arena *arena, const struct policy_list *list)
{
	struct plan_cpus set = { { 0 } };

	for (size_t i = 0; i < list->count; i++)
		(void)plan_read_cpus(arena, list->items[i].value, &set);
	return set;
}

/* Those of the ceiling that the policy may choose from and that this machine has: a silent caller is bound by it, too. */
static const char *default_cpus(const struct planner *planner, const struct policy_list *most)
{
	struct plan_cpus set = cpus_of(planner->arena, most), online = { { 0 } };
	const struct policy_list *own = &planner->policy->allow.cpuset;
	struct finding *finding;
	const char *text;

	if (own->is_set) {
		const struct plan_cpus chosen = cpus_of(planner->arena, own);

		keep_common(&set, &chosen);
	}
	if (planner->facts->cpus_online != NULL && plan_read_cpus(planner->arena, planner->facts->cpus_online, &online))
		keep_common(&set, &online);
	text = write_cpus(planner->arena, &set);
	if (text[0] != '\0') {
		plan_setting(planner, "cpuset", (struct plan_source){ .origin = PLAN_FROM_CEILING, .place = most->place }, text);
		return text;
	}
	finding = plan_find(planner, FINDING_DENIED, NULL, "cpuset", "ceiling: allow.cpuset");
	plan_reason(planner, finding, "of the CPUs that the ceiling lists none is there and listed by the policy");
	finding->place = most->place;
	return NULL;
}

void plan_cpuset(const struct planner *planner)
{
	const struct policy *ceiling = planner->input->ceiling;
	const char *chosen = plan_choose_text(planner, FLAG_CPUSET_CPUS, NULL, "cpuset", NULL);

	if (chosen == NULL && ceiling != NULL && ceiling->allow.cpuset.is_set)
		chosen = default_cpus(planner, &ceiling->allow.cpuset);
	planner->plan->cpuset_cpus = chosen;
	planner->plan->cpuset_mems = plan_choose_text(planner, FLAG_CPUSET_MEMS, NULL, "cpuset_mems", NULL);
}
