/*
 * Which files of a cgroup say what a plan limits. Source: Documentation/admin-guide/cgroup-v1 and cgroup-v2.rst; the weights of
 * version 2 are converted as the runtimes do it (opencontainers/runc, libcontainer/cgroups/utils.go).
 */
#include <inttypes.h>
#include <string.h>

#include "rootless.h"

enum { CPU_PERIOD_US = 100000, CPU_PERIOD_LONG_US = 1000000, CPU_QUOTA_MINIMUM_US = 1000, NANOSECONDS_PER_US = 1000 };

struct limit_list { struct arena *arena; struct limit *items; size_t count; };

static void add(struct limit_list *list, enum host_controller controller, const char *file, const char *value)
{
	*vector_push(list->arena, list->items, list->count) = (struct limit){.controller = controller, .file = file, .value = value};
}

static const char *number(const struct limit_list *list, int64_t value)
{
	return arena_printf(list->arena, "%" PRId64, value);
}

/* Swap is as large as memory, so none can be used: version 1 counts both together, version 2 swap alone. */
static void add_memory(struct limit_list *list, const struct plan *plan, const struct host_facts *facts)
{
	const bool is_v2 = facts->cgroup == CGROUP_V2;
	const size_t first = list->count;

	add(list, HOST_CONTROLLER_MEMORY, is_v2 ? "memory.max" : "memory.limit_in_bytes", number(list, plan->memory_bytes));
	if (facts->has_swap)
		add(list, HOST_CONTROLLER_MEMORY, is_v2 ? "memory.swap.max" : "memory.memsw.limit_in_bytes",
		    is_v2 ? "0" : number(list, plan->memory_bytes));
	if (plan->memory_reservation != 0)
		add(list, HOST_CONTROLLER_MEMORY, is_v2 ? "memory.low" : "memory.soft_limit_in_bytes",
		    number(list, plan->memory_reservation));
	for (size_t i = first; i < list->count; i++)
		list->items[i].is_bound = true;
	if (plan->memory_swappiness >= 0 && !is_v2)
		add(list, HOST_CONTROLLER_MEMORY, "memory.swappiness", number(list, plan->memory_swappiness));
}

static void add_cpu(struct limit_list *list, const struct plan *plan, bool is_v2)
{
	int64_t period = CPU_PERIOD_US;
	int64_t quota = plan->nano_cpus / (INT64_C(1000000000) / CPU_PERIOD_US);

	if (quota < CPU_QUOTA_MINIMUM_US) {
		period = CPU_PERIOD_LONG_US;
		quota = plan->nano_cpus / NANOSECONDS_PER_US;
	}
	if (quota < CPU_QUOTA_MINIMUM_US)
		quota = CPU_QUOTA_MINIMUM_US;
	if (is_v2) {
		add(list, HOST_CONTROLLER_CPU, "cpu.max", arena_printf(list->arena, "%" PRId64 " %" PRId64, quota, period));
	} else {
		add(list, HOST_CONTROLLER_CPU, "cpu.cfs_period_us", number(list, period));
		add(list, HOST_CONTROLLER_CPU, "cpu.cfs_quota_us", number(list, quota));
	}
	if (plan->cpu_shares != 0)
		add(list, HOST_CONTROLLER_CPU, is_v2 ? "cpu.weight" : "cpu.shares",
		    number(list, is_v2 ? 1 + (plan->cpu_shares - 2) * 9999 / 262142 : plan->cpu_shares));
}

/* Every scheduler has its own file: BFQ, and before it CFQ; on version 2 the cost model, which counts to 10000. */
static void add_weight(struct limit_list *list, int64_t weight, bool is_v2)
{
	struct limit *other = arena_alloc(list->arena, sizeof(*other));

	*other = (struct limit){
		.controller = HOST_CONTROLLER_BLKIO, .file = is_v2 ? "io.weight" : "blkio.weight",
		.value = number(list, is_v2 ? 1 + (weight - 10) * 9999 / 990 : weight),
	};
	add(list, HOST_CONTROLLER_BLKIO, is_v2 ? "io.bfq.weight" : "blkio.bfq.weight", number(list, weight));
	list->items[list->count - 1].instead = other;
}

size_t limits_of_plan(struct arena *arena, const struct plan *plan, const struct host_facts *facts, struct limit **ret_limits)
{
	const bool is_v2 = facts->cgroup == CGROUP_V2;
	struct limit_list list = {.arena = arena};

	add_memory(&list, plan, facts);
	add_cpu(&list, plan, is_v2);
	add(&list, HOST_CONTROLLER_PIDS, "pids.max", number(&list, plan->pids_limit));
	if (plan->cpuset_cpus != NULL)
		add(&list, HOST_CONTROLLER_CPUSET, "cpuset.cpus", plan->cpuset_cpus);
	if (plan->cpuset_mems != NULL)
		add(&list, HOST_CONTROLLER_CPUSET, "cpuset.mems", plan->cpuset_mems);
	if (plan->blkio_weight != 0)
		add_weight(&list, plan->blkio_weight, is_v2);
	*ret_limits = list.items;
	return list.count;
}

/* Sizes are rounded down to whole pages; "max" and what is larger would be no limit. "io.bfq.weight" shows "default 100". */
bool limits_hold(const struct limit *limit, const char *said)
{
	uint64_t has, wanted;

	if (strcmp(said, limit->value) == 0)
		return true;
	if (strncmp(said, "default ", strlen("default ")) == 0)
		return strcmp(said + strlen("default "), limit->value) == 0;
	return limit->is_bound && parse_decimal(said, &has) && parse_decimal(limit->value, &wanted) && has <= wanted;
}
