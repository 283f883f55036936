/* limits: memory, processors, processes, and what else is counted. */
#include "plan_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NANO INT64_C(1000000000)

enum {
	CPU_PERIOD_DEFAULT_US = 100000,
};

struct limit_row {
	const char *key;
	enum flag_id flag;
	enum verdict_limit limit;
	size_t default_offset; /* of the struct policy_number in struct policy_defaults */
	size_t allow_offset;   /* of that in struct policy_allow */
	size_t plan_offset;    /* of the int64_t in struct plan */
	int64_t minimum;
	enum host_controller controller; /* HOST_CONTROLLER_COUNT: no unit of systemd's limits it */
	const char *setting;   /* what does, in its file */
};

#define OFFSETS(policy_member, plan_member) \
	offsetof(struct policy_defaults, policy_member), offsetof(struct policy_allow, policy_member), offsetof(struct plan, plan_member)

static const struct limit_row limit_rows[] = {
	{ "mem_limit", FLAG_MEMORY, VERDICT_MEMORY, OFFSETS(mem_limit, memory_bytes), PLAN_MINIMUM_MEMORY, HOST_CONTROLLER_MEMORY,
	  "MemoryMax=" },
	{ "cpus", FLAG_CPUS, VERDICT_CPUS, OFFSETS(cpus, nano_cpus), NANO / 100, HOST_CONTROLLER_CPU, "CPUQuota=" },
	{ "pids_limit", FLAG_PIDS_LIMIT, VERDICT_PIDS, OFFSETS(pids_limit, pids_limit), 1, HOST_CONTROLLER_PIDS, "TasksMax=" },
	{ "shm_size", FLAG_SHM_SIZE, VERDICT_SHM, OFFSETS(shm_size, shm_size), 4096, HOST_CONTROLLER_COUNT, NULL },
};

static const struct host_bound *unit_bound(const struct host_facts *facts, const struct limit_row *row)
{
	if (facts->unit == NULL || row->controller == HOST_CONTROLLER_COUNT || facts->unit->bounds[row->controller].group == NULL)
		return NULL;
	return &facts->unit->bounds[row->controller];
}

int64_t plan_unit_most(const struct host_facts *facts, enum verdict_limit limit)
{
	for (size_t i = 0; i < ARRAY_COUNT(limit_rows); i++) {
		const struct host_bound *bound = unit_bound(facts, &limit_rows[i]);

		if (limit_rows[i].limit == limit && bound != NULL)
			return bound->value;
	}
	return INT64_MAX;
}

static const char *limit_text(struct arena *arena, enum verdict_limit limit, int64_t value)
{
	if (limit == VERDICT_CPUS)
		return format_cpus(arena, value);
	return limit == VERDICT_PIDS ? arena_printf(arena, "%" PRId64, value) : format_size(arena, value);
}

/*
 * What a silent caller gets. It came from the ceiling when the policy, or the built-in default, would have given more; the policy
 * lowers what is built in to the most that it allows.
 */
static int64_t limit_default(const struct planner *planner, const struct limit_row *row, struct plan_source *ret_source)
{
	static const int64_t builtin[VERDICT_LIMIT_COUNT] = {
		[VERDICT_MEMORY] = PLAN_DEFAULT_MEMORY, [VERDICT_CPUS] = PLAN_DEFAULT_NANO_CPUS,
		[VERDICT_PIDS] = PLAN_DEFAULT_PIDS, [VERDICT_SHM] = PLAN_DEFAULT_SHM,
	};
	const char *defaults = (const char *)&planner->policy->defaults;
	const struct policy_number *own = (const void *)(defaults + row->default_offset);
	const struct policy_number *allow = (const void *)((const char *)&planner->policy->allow + row->allow_offset);
	const struct verdict_input alone = { .request = planner->request, .policy = planner->policy, .facts = planner->facts };
	int64_t value = verdict_limit_default(planner->input, row->limit);
	int64_t unbounded = verdict_limit_default(&alone, row->limit);

	*ret_source = own->is_set ? plan_source_policy(own->place) : plan_source_of(PLAN_FROM_BUILTIN);
	if (!own->is_set && unbounded < builtin[row->limit])
		*ret_source = plan_source_policy(allow->place);
	if (value < unbounded)
		*ret_source = plan_source_of(PLAN_FROM_CEILING);
	return value;
}

/* More processors than there are is an error for docker; a default gives what there is. */
static int64_t bound_cpus(const struct planner *planner, int64_t value, const struct request_option *option,
			  struct plan_source *source)
{
	int64_t there = (int64_t)planner->facts->cpu_count * NANO;
	struct finding *finding;

	if (there == 0 || value <= there)
		return value;
	if (option == NULL) {
		*source = plan_source_of(PLAN_FROM_HOST);
		return there;
	}
	finding = plan_find(planner, FINDING_DENIED, option, NULL, "host");
	plan_reason(planner, finding, "this machine has %u CPUs", planner->facts->cpu_count);
	finding->remedy = arena_printf(planner->arena, "--cpus %u", planner->facts->cpu_count);
	return value;
}

/*
 * What the unit may have that hardrun is started for. docker's container is in none of the unit's cgroups, so that nothing
 * else would keep it to that; and whatever runs in any container sizes itself by the limit that it sees.
 */
static int64_t bound_by_unit(const struct planner *planner, const struct limit_row *row, int64_t value,
			     const struct request_option *option, struct plan_source *source)
{
	const struct host_bound *bound = unit_bound(planner->facts, row);
	const char *most, *name;
	struct finding *finding;

	if (bound == NULL || value <= bound->value)
		return value;
	most = limit_text(planner->arena, row->limit, bound->value);
	name = arena_printf(planner->arena, "%s of %s", row->setting, bound->group);
	if (option == NULL && bound->value >= row->minimum) {
		*source = plan_source_of(PLAN_FROM_HOST);
		source->words = name;
		return bound->value;
	}
	finding = plan_find(planner, FINDING_DENIED, option, row->key, "the unit");
	if (bound->value < row->minimum)
		plan_reason(planner, finding, "%s is %s, and no container does with less than %s", name, most,
			    limit_text(planner->arena, row->limit, row->minimum));
	else
		plan_reason(planner, finding, "%s is %s", name, most);
	finding->remedy = bound->value < row->minimum ? arena_printf(planner->arena, "raise %s", row->setting)
						      : arena_printf(planner->arena, "raise %s, or ask for no more", row->setting);
	return value;
}

/* --cpu-quota and --cpu-period are --cpus in other words. */
static bool read_quota(const struct planner *planner, int64_t *ret_nano, const struct request_option **ret_option)
{
	const struct request_option *quota = request_last(planner->request, FLAG_CPU_QUOTA);
	const struct request_option *period = request_last(planner->request, FLAG_CPU_PERIOD);
	int64_t product, length = period != NULL ? period->value.number : CPU_PERIOD_DEFAULT_US;

	if (quota == NULL)
		return false;
	*ret_option = quota;
	if (length > 0 && quota->value.number > 0 && !__builtin_mul_overflow(quota->value.number, NANO, &product)) {
		*ret_nano = product / length;
		return true;
	}
	plan_reason(planner, plan_find(planner, FINDING_DENIED, quota, NULL, "floor: cpus"), "it is not a limit");
	return false;
}

static void plan_limit(const struct planner *planner, const struct limit_row *row)
{
	const struct request_option *option = request_last(planner->request, row->flag);
	struct plan_source source;
	int64_t value = limit_default(planner, row, &source);
	bool is_given = option != NULL;

	if (is_given)
		value = option->value.number;
	else if (row->limit == VERDICT_CPUS)
		is_given = read_quota(planner, &value, &option);
	if (is_given)
		source = plan_source_flag(option);
	if (row->limit == VERDICT_CPUS)
		value = bound_cpus(planner, value, is_given ? option : NULL, &source);
	value = bound_by_unit(planner, row, value, is_given ? option : NULL, &source);
	if (is_given && (value < row->minimum || value > verdict_limit_most(planner->input, row->limit)))
		plan_reason(planner, plan_find(planner, FINDING_DENIED, option, NULL, row->key), "it is not within %s and %s",
			    limit_text(planner->arena, row->limit, row->minimum),
			    limit_text(planner->arena, row->limit, verdict_limit_most(planner->input, row->limit)));
	if (value < row->minimum)
		value = row->minimum;
	*(int64_t *)(void *)((char *)planner->plan + row->plan_offset) = value;
	plan_setting(planner, row->key, source, limit_text(planner->arena, row->limit, value));
}

/* Numbers that are left to the kernel's default when nobody says them. */
static void plan_optional(const struct planner *planner)
{
	const struct {
		enum flag_id flag;
		const char *key;
		int64_t *value;
		int64_t unset;
		bool is_size;
	} rows[] = {
		{ FLAG_MEMORY_RESERVATION, "mem_reservation", &planner->plan->memory_reservation, 0, true },
		{ FLAG_CPU_SHARES, "cpu_shares", &planner->plan->cpu_shares, 0, false },
		{ FLAG_BLKIO_WEIGHT, "blkio_config.weight", &planner->plan->blkio_weight, 0, false },
		{ FLAG_MEMORY_SWAPPINESS, "mem_swappiness", &planner->plan->memory_swappiness, -1, false },
		{ FLAG_OOM_SCORE_ADJ, "oom_score_adj", &planner->plan->oom_score_adj, 0, false },
	};
	const struct request_option *reservation;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct request_option *option = request_last(planner->request, rows[i].flag);

		*rows[i].value = option != NULL ? option->value.number : rows[i].unset;
		if (option == NULL || option->value.number == rows[i].unset)
			continue;
		plan_setting(planner, rows[i].key, plan_source_flag(option),
			     rows[i].is_size ? format_size(planner->arena, *rows[i].value)
					     : arena_printf(planner->arena, "%" PRId64, *rows[i].value));
	}
	plan_cpuset(planner);
	reservation = request_last(planner->request, FLAG_MEMORY_RESERVATION);
	if (reservation != NULL && planner->plan->memory_reservation > planner->plan->memory_bytes)
		plan_reason(planner, plan_find(planner, FINDING_DENIED, reservation, NULL, "floor: memory"),
			    "it is above the memory limit of %s", format_size(planner->arena, planner->plan->memory_bytes));
}

struct ulimit_entry {
	struct plan_ulimit limit;
	struct plan_source source;
};
struct ulimit_entries {
	struct ulimit_entry *items;
	size_t count;
};

static void set_ulimit(struct arena *arena, struct ulimit_entries *entries, struct ulimit_entry entry)
{
	for (size_t i = 0; i < entries->count; i++) {
		if (strcmp(entries->items[i].limit.name, entry.limit.name) == 0) {
			entries->items[i] = entry;
			return;
		}
	}
	*vector_push(arena, entries->items, entries->count) = entry;
}

static const char *ulimit_text(struct arena *arena, int64_t value)
{
	return value < 0 ? "unlimited" : arena_printf(arena, "%" PRId64, value);
}

/* A default, the policy's or the built-in one, gives way to the ceiling. */
static void set_default_ulimit(const struct planner *planner, struct ulimit_entries *entries, struct ulimit_entry entry)
{
	const int64_t most = verdict_bound_ulimit(planner->input, entry.limit.name);

	if (most != INT64_MAX && (entry.limit.hard < 0 || entry.limit.hard > most)) {
		entry.limit.soft = entry.limit.hard = most < 0 ? 0 : most;
		entry.source = plan_source_of(PLAN_FROM_CEILING);
	}
	set_ulimit(planner->arena, entries, entry);
}

/* What is built in, lowered to the most that the policy allows where that is less. */
static void set_builtin_ulimit(const struct planner *planner, struct ulimit_entries *entries, struct plan_ulimit limit)
{
	const struct policy_map *allow = &planner->policy->allow.ulimits;
	struct plan_source source = plan_source_of(PLAN_FROM_BUILTIN);

	for (size_t i = 0; i < allow->count; i++) {
		const struct policy_pair *most = &allow->items[i];

		if (strcmp(most->name, limit.name) != 0 || most->number < 0 || most->number >= limit.hard)
			continue;
		limit.soft = limit.hard = most->number;
		source = plan_source_policy(most->place);
	}
	set_default_ulimit(planner, entries, (struct ulimit_entry){ limit, source });
}

static int order_ulimits(const void *left, const void *right)
{
	const struct ulimit_entry *a = left, *b = right;

	return strcmp(a->limit.name, b->limit.name);
}

static void store_ulimits(const struct planner *planner, struct ulimit_entries *entries)
{
	if (entries->count > 1)
		qsort(entries->items, entries->count, sizeof(entries->items[0]), order_ulimits);
	for (size_t i = 0; i < entries->count; i++) {
		const struct ulimit_entry *entry = &entries->items[i];

		*vector_push(planner->arena, planner->plan->ulimits, planner->plan->ulimit_count) = entry->limit;
		plan_settingf(planner, "ulimits", entry->source, "%s=%s:%s", entry->limit.name,
			      ulimit_text(planner->arena, entry->limit.soft), ulimit_text(planner->arena, entry->limit.hard));
	}
}

/* No core files (the kernel may pipe them to a program of the host), and a bound on descriptors where docker gives a million. */
static void plan_ulimits(const struct planner *planner)
{
	static const struct plan_ulimit builtin[] = { { "core", 0, 0 }, { "nofile", 4096, 4096 } };
	const struct policy_map *own = &planner->policy->defaults.ulimits;
	struct ulimit_entries entries = { NULL, 0 };
	const struct request_option *option;
	size_t position = 0;

	for (size_t i = 0; i < ARRAY_COUNT(builtin); i++)
		set_builtin_ulimit(planner, &entries, builtin[i]);
	for (size_t i = 0; i < own->count; i++) {
		const struct plan_ulimit limit = { own->items[i].name, own->items[i].number, own->items[i].number };

		set_default_ulimit(planner, &entries, (struct ulimit_entry){ limit, plan_source_policy(own->items[i].place) });
	}
	while ((option = request_next(planner->request, FLAG_ULIMIT, &position)) != NULL) {
		const struct ulimit_request *asked = &option->value.ulimit;
		const struct plan_ulimit limit = { asked->name, asked->soft, asked->hard };

		set_ulimit(planner->arena, &entries, (struct ulimit_entry){ limit, plan_source_flag(option) });
	}
	store_ulimits(planner, &entries);
}

void plan_limits(const struct planner *planner)
{
	const struct request_option *swap = request_last(planner->request, FLAG_MEMORY_SWAP);

	for (size_t i = 0; i < ARRAY_COUNT(limit_rows); i++)
		plan_limit(planner, &limit_rows[i]);
	plan_settingf(planner, "memswap_limit", plan_source_of(PLAN_FROM_FLOOR), "%s (no swap%s)",
		      format_size(planner->arena, planner->plan->memory_bytes),
		      swap != NULL && swap->value.number != planner->plan->memory_bytes ? ", whatever was asked" : "");
	plan_optional(planner);
	plan_ulimits(planner);
}
