/* judge_resource: memory, CPU, processes and other limits. Anyone may lower one; both layers say how far it may be raised. */
#include "verdict_internal.h"

#include <string.h>

/* ---- the four limits that policies keep ---- */

static const struct resource {
	const char *key, *name;
	enum flag_id flag;
} resources[VERDICT_LIMIT_COUNT] = {
	[VERDICT_MEMORY] = { "allow.mem_limit", "mem_limit", FLAG_MEMORY },
	[VERDICT_CPUS] = { "allow.cpus", "cpus", FLAG_CPUS },
	[VERDICT_PIDS] = { "allow.pids_limit", "pids_limit", FLAG_PIDS_LIMIT },
	[VERDICT_SHM] = { "allow.shm_size", "shm_size", FLAG_SHM_SIZE },
};

static const char *resource_text(struct arena *arena, enum verdict_limit limit, int64_t value)
{
	switch (limit) {
	case VERDICT_MEMORY:
	case VERDICT_SHM:
		return format_size(arena, value);
	case VERDICT_CPUS:
		return format_cpus(arena, value);
	case VERDICT_PIDS:
	case VERDICT_LIMIT_COUNT:
		break;
	}
	return arena_printf(arena, "%lld", (long long)value);
}

static void resource_check(const struct judgement *judgement, enum verdict_limit limit, int64_t value)
{
	struct layer layers[2];
	const size_t count = verdict_layers(judgement, layers);

	for (size_t i = 0; i < count; i++) {
		struct place place;
		const int64_t most = verdict_layer_limit(judgement->input, &layers[i], limit, &place);
		struct finding *finding;

		if (value <= most)
			continue;
		finding = verdict_refuse(judgement, &layers[i], resources[limit].key, "%s is above the most of %s",
					 resource_text(judgement->arena, limit, value), resource_text(judgement->arena, limit, most));
		finding->place = place;
		verdict_remedy(judgement, &layers[i], finding, "allow: {%s: %s}", resources[limit].name,
			       resource_text(judgement->arena, limit, value));
	}
}

static void resource_below(const struct judgement *judgement, const char *least, const char *danger)
{
	verdict_floor(judgement, flag_specs[judgement->option->flag].name, "it must be at least %s%s%s", least,
		      danger != NULL ? ": " : "",
		      danger != NULL ? danger : "");
}

void verdict_judge_limit(const struct judgement *judgement)
{
	const struct flag_spec *spec = &flag_specs[judgement->option->flag];
	unsigned limit = 0;

	while (limit + 1 < VERDICT_LIMIT_COUNT && resources[limit].flag != judgement->option->flag)
		limit++;
	if (judgement->option->value.number < spec->minimum)
		resource_below(judgement, resource_text(judgement->arena, (enum verdict_limit)limit, spec->minimum), spec->danger);
	else
		resource_check(judgement, (enum verdict_limit)limit, judgement->option->value.number);
}

/* ---- memory ---- */

static int64_t resource_memory(const struct verdict_input *input)
{
	const struct request_option *option = request_last(input->request, FLAG_MEMORY);

	return option != NULL ? option->value.number : verdict_limit_default(input, VERDICT_MEMORY);
}

void verdict_judge_reservation(const struct judgement *judgement)
{
	const int64_t memory = resource_memory(judgement->input), value = judgement->option->value.number;
	const int64_t least = flag_specs[FLAG_MEMORY_RESERVATION].minimum;

	if (value < least)
		resource_below(judgement, format_size(judgement->arena, least), "zero means none");
	else if (value > memory)
		verdict_floor(judgement, "memory-reservation", "%s is above the memory limit of %s", format_size(judgement->arena, value),
			      format_size(judgement->arena, memory));
}

void verdict_judge_swap(const struct judgement *judgement)
{
	if (judgement->option->value.number <= 0)
		verdict_floor(judgement, "memory-swap", "zero and -1 mean as much swap as there is");
	else
		verdict_note(judgement, "floor: memory-swap", "memory and swap together are always the memory limit");
}

/* ---- CPU ---- */

/* docker's own unit of time is the microsecond, and its default period 100000 of them. */
#define RESOURCE_PERIOD 100000
#define RESOURCE_CPUS_MOST 1000000

void verdict_judge_cpu_period(const struct judgement *judgement)
{
	verdict_judge_range(judgement);
	if (request_last(judgement->input->request, FLAG_CPU_QUOTA) == NULL) {
		struct finding *finding = verdict_floor(judgement, "cpu-period", "without --cpu-quota it says nothing");

		finding->remedy = "use --cpus";
		finding->in_file = "use cpus:";
	}
}

void verdict_judge_cpu_quota(const struct judgement *judgement)
{
	const struct request_option *option = request_last(judgement->input->request, FLAG_CPU_PERIOD);
	const int64_t period = option != NULL ? option->value.number : RESOURCE_PERIOD, quota = judgement->option->value.number;
	const int64_t least = flag_specs[FLAG_CPU_QUOTA].minimum;

	if (quota < least) {
		resource_below(judgement, arena_printf(judgement->arena, "%lld", (long long)least), flag_specs[FLAG_CPU_QUOTA].danger);
		return;
	}
	if (period < flag_specs[FLAG_CPU_PERIOD].minimum || period > flag_specs[FLAG_CPU_PERIOD].maximum)
		return; /* said at --cpu-period */
	if (quota / period >= RESOURCE_CPUS_MOST)
		verdict_floor(judgement, "cpu-quota", "it is more CPUs than any machine has");
	else
		resource_check(judgement, VERDICT_CPUS, quota / period * 1000000000 + quota % period * 1000000000 / period);
}

/* ---- CPU lists: "0-3,5" ---- */

enum { RESOURCE_CPU_MOST = 8191 };

/* Reads one number or range off the front of *${text}, with its comma. */
static bool resource_range(const char **text, unsigned *ret_first, unsigned *ret_last)
{
	unsigned numbers[2] = { 0, 0 };
	size_t count = 0;

	for (;;) {
		const size_t digits = strspn(*text, "0123456789");

		if (digits == 0 || digits > 4 || (digits > 1 && **text == '0'))
			return false;
		for (size_t i = 0; i < digits; i++)
			numbers[count] = numbers[count] * 10 + (unsigned)((*text)[i] - '0');
		*text += digits;
		if (++count == 2 || **text != '-')
			break;
		(*text)++;
	}
	*ret_first = numbers[0];
	*ret_last = count == 2 ? numbers[1] : numbers[0];
	if (**text == ',' && (*text)[1] != '\0')
		(*text)++;
	else if (**text != '\0')
		return false;
	return *ret_first <= *ret_last && *ret_last <= RESOURCE_CPU_MOST;
}

static bool resource_list_has(const char *list, unsigned number)
{
	unsigned first, last;

	while (*list != '\0') {
		if (!resource_range(&list, &first, &last))
			return false;
		if (number >= first && number <= last)
			return true;
	}
	return false;
}

static bool resource_list_is_valid(const char *list)
{
	unsigned first, last;

	if (*list == '\0')
		return false;
	while (*list != '\0') {
		if (!resource_range(&list, &first, &last))
			return false;
	}
	return true;
}

/* The first number of ${list} that ${whole} lacks; -1 when there is none. */
static int resource_list_beyond(const char *list, const char *whole)
{
	unsigned first, last;

	while (*list != '\0' && resource_range(&list, &first, &last)) {
		for (unsigned number = first; number <= last; number++) {
			if (!resource_list_has(whole, number))
				return (int)number;
		}
	}
	return -1;
}

/*
 * Pinning gives nothing that an unpinned container lacks: it may run on every CPU. So it needs no grant, and a policy that lists
 * CPUs says which ones may be chosen; where the ceiling does, the plan binds whoever chooses none.
 */
static void resource_check_cpuset(const struct judgement *judgement)
{
	struct layer layers[2];
	const size_t count = verdict_layers(judgement, layers);

	for (size_t i = 0; i < count; i++) {
		const struct policy_list *list = &layers[i].policy->allow.cpuset;
		struct finding *finding;
		const char *joined = "";
		int beyond;

		for (size_t k = 0; k < list->count; k++)
			joined = arena_printf(judgement->arena, "%s%s%s", joined, k > 0 ? "," : "", list->items[k].value);
		beyond = list->is_set ? resource_list_beyond(judgement->option->raw, joined) : -1;
		if (beyond < 0)
			continue;
		finding = verdict_refuse(judgement, &layers[i], "allow.cpuset", "CPU %d is not listed", beyond);
		verdict_remedy(judgement, &layers[i], finding, "add \"- %d\" to allow.cpuset", beyond);
		finding->place = list->place;
	}
}

void verdict_judge_cpuset_cpus(const struct judgement *judgement)
{
	const char *list = judgement->option->raw, *online = judgement->input->facts->cpus_online;
	int beyond;

	if (!resource_list_is_valid(list)) {
		verdict_invalid(judgement, "it is a list such as 0-1,3");
		return;
	}
	if (online == NULL)
		online = "0";
	beyond = resource_list_beyond(list, online);
	if (beyond >= 0)
		verdict_floor(judgement, "cpuset-cpus", "CPU %d is not there: this machine has %s", beyond, online);
	else
		resource_check_cpuset(judgement);
}

/* There are never more memory nodes than CPUs; the kernel refuses those that are not there. */
void verdict_judge_cpuset_mems(const struct judgement *judgement)
{
	const char *list = judgement->option->raw;
	const unsigned count = judgement->input->facts->cpu_count;
	const char *nodes = arena_printf(judgement->arena, "0-%u", count > 0 ? count - 1 : 0);

	if (!resource_list_is_valid(list))
		verdict_invalid(judgement, "it is a list such as 0-1");
	else if (resource_list_beyond(list, nodes) >= 0)
		verdict_floor(judgement, "cpuset-mems", "memory node %d is not there", resource_list_beyond(list, nodes));
}

/* ---- ulimits ---- */

static int64_t resource_unlimited(int64_t value)
{
	return value < 0 ? INT64_MAX : value;
}

/* What a container has where nobody says anything: equal to the plan's, a unit test holds that. -1: nothing. */
static int64_t resource_ulimit_builtin(const char *name)
{
	static const struct { const char *name; int64_t most; } limits[] = { { "core", 0 }, { "nofile", 4096 } };

	for (size_t i = 0; i < ARRAY_COUNT(limits); i++) {
		if (strcmp(limits[i].name, name) == 0)
			return limits[i].most;
	}
	return -1;
}

/* The most of a ulimit that a layer allows, its own default included; -1 when it is not granted. */
static int64_t resource_ulimit_most(const struct layer *layer, const char *name, struct place *ret_place)
{
	const struct policy_pair *allow = verdict_pair_find(&layer->policy->allow.ulimits, name);
	const struct policy_pair *own = layer->is_ceiling ? NULL : verdict_pair_find(&layer->policy->defaults.ulimits, name);

	if (allow != NULL)
		*ret_place = allow->place;
	if (own == NULL)
		return allow != NULL ? resource_unlimited(allow->number) : layer->is_ceiling ? resource_ulimit_builtin(name) : -1;
	if (allow == NULL || resource_unlimited(own->number) > resource_unlimited(allow->number))
		return resource_unlimited(own->number);
	return resource_unlimited(allow->number);
}

int64_t verdict_bound_ulimit(const struct verdict_input *input, const char *name)
{
	const struct layer ceiling = { input->ceiling, true };
	struct place place;

	return input->ceiling == NULL ? INT64_MAX : resource_ulimit_most(&ceiling, name, &place);
}

void verdict_judge_ulimit(const struct judgement *judgement)
{
	const struct ulimit_request *ulimit = &judgement->option->value.ulimit;
	const int64_t soft = resource_unlimited(ulimit->soft), hard = resource_unlimited(ulimit->hard);
	struct layer layers[2];
	const size_t count = verdict_layers(judgement, layers);

	if (soft > hard)
		verdict_invalid(judgement, "the soft limit is above the hard one");
	for (size_t i = 0; i < count; i++) {
		struct place place = { .file = NULL };
		const int64_t most = resource_ulimit_most(&layers[i], ulimit->name, &place);
		struct finding *finding;

		if (soft <= most && hard <= most)
			continue;
		if (most < 0)
			finding = verdict_refuse(judgement, &layers[i], "allow.ulimits", "the limit %s is not granted",
						 string_printable(judgement->arena, ulimit->name, 32));
		else
			finding = verdict_refuse(judgement, &layers[i], "allow.ulimits", "%s is above the most of %lld",
						 hard == INT64_MAX ? "unlimited" : arena_printf(judgement->arena, "%lld", (long long)hard),
						 (long long)most);
		finding->place = place;
		if (hard != INT64_MAX)
			verdict_remedy(judgement, &layers[i], finding, "allow: {ulimits: {%s: %lld}}",
				       verdict_yaml(judgement->arena, ulimit->name), (long long)hard);
	}
}
