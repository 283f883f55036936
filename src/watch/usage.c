/* usage: what the cgroup's counters tell of, the best evidence that there is. */
#include "watch_internal.h"

#include <errno.h>
#include <inttypes.h>

enum { MORE = 2 };

static struct watch_need *add(struct arena *arena, struct watch_report *report, enum watch_need_kind kind, int64_t peak)
{
	struct watch_need *need = vector_push(arena, report->needs, report->need_count);

	*need = (struct watch_need){ .kind = kind, .subject = kind == NEED_MEMORY ? "memory" : "processes", .is_granted = true,
				     .amount = peak, .count = 1, .last = UINT64_MAX };
	return need;
}

static void count_memory(struct arena *arena, const struct plan *plan, struct watch_report *report)
{
	const struct watch_usage *usage = &report->usage;
	struct watch_need *need = add(arena, report, NEED_MEMORY, usage->memory_peak);

	if (usage->memory_kills <= 0)
		return;
	need->is_granted = false;
	need->layer = "memory limit";
	need->count = (uint64_t)usage->memory_kills;
	need->reason = arena_printf(arena, "the kernel ended %" PRId64 " process%s at the limit of %s", usage->memory_kills,
				    usage->memory_kills == 1 ? "" : "es", format_size(arena, plan->memory_bytes));
	remedy_limit(arena, plan, "mem_limit", "--memory", format_size(arena, plan->memory_bytes * MORE), need);
}

static void count_processes(struct arena *arena, const struct plan *plan, struct watch_report *report)
{
	const struct watch_usage *usage = &report->usage;
	struct watch_need *need = add(arena, report, NEED_PROCESSES, usage->pids_peak);

	if (usage->pids_refused <= 0)
		return;
	need->is_granted = false;
	need->layer = "process limit";
	need->count = (uint64_t)usage->pids_refused;
	need->reason = arena_printf(arena, "the kernel refused %" PRId64 " more at the limit of %" PRId64 " processes and threads",
				    usage->pids_refused, plan->pids_limit);
	remedy_limit(arena, plan, "pids_limit", "--pids-limit", arena_printf(arena, "%" PRId64, plan->pids_limit * MORE), need);
}

/* An engine's client is told what the image does not say, and no more. */
static const char *program_of(const struct plan *plan)
{
	const struct string_list *words = plan->argv.count > 0 ? &plan->argv : &plan->command;

	if (plan->argv.count == 0 && plan->entrypoint != NULL && *plan->entrypoint != '\0')
		return plan->entrypoint;
	return words->count > 0 ? words->items[0] : "its command";
}

void watch_never_executed(struct arena *arena, const struct plan *plan, const char *reason, struct watch_report *report)
{
	const bool is_missing = report->status == 127;
	struct watch_need *need;

	for (size_t i = 0; i < report->need_count; i++)
		if (!report->needs[i].is_granted && (report->needs[i].kind == NEED_PROGRAM || report->needs[i].kind == NEED_EXECUTE))
			return;
	need = vector_push(arena, report->needs, report->need_count);
	*need = (struct watch_need){
		.kind = is_missing ? NEED_PROGRAM : NEED_EXECUTE, .subject = program_of(plan), .count = 1,
		.error = is_missing ? ENOENT : EACCES, .layer = "image", .rule = "the image", .reason = reason, .last = UINT64_MAX,
		.remedy.text = is_missing ? "put it into the image, or call what is there"
					  : "name a program of this machine's that is executable in the image",
	};
}

void watch_count_needs(struct arena *arena, const struct plan *plan, struct watch_report *report)
{
	if (report->usage.memory_peak >= 0 || report->usage.memory_kills >= 0)
		count_memory(arena, plan, report);
	if (report->usage.pids_peak >= 0 || report->usage.pids_refused >= 0)
		count_processes(arena, plan, report);
}
