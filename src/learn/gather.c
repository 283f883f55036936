/* From one run, as it was planned and as it was seen, to a record. */
#include "learn_internal.h"

#include <errno.h>
#include <string.h>

#include <hardrun/profile.h>

enum { SUBJECT_BYTES_MAX = 200, PROGRAM_BYTES_MAX = 60 };

static const char *join_words(struct arena *arena, const struct string_list *words)
{
	struct text text;

	text_init(&text, arena);
	for (size_t i = 0; i < words->count; i++) {
		text_add(&text, i > 0 ? " " : "");
		text_add(&text, shell_quote(arena, words->items[i]));
	}
	return string_printable(arena, text.data, SUBJECT_BYTES_MAX);
}

static void begin_mounts(struct arena *arena, const struct plan *plan, struct learn_record *record)
{
	for (size_t i = 0; i < plan->mount_count; i++) {
		const struct plan_mount *mount = &plan->mounts[i];

		if (mount->type != PLAN_TMPFS && record->mount_count < LEARN_LIST_MAX)
			*vector_push(arena, record->mounts, record->mount_count) =
				(struct learn_mount){ mount->source, mount->target, mount->type == PLAN_VOLUME, false };
	}
}

/* What is never seen of it may well have been called. */
static void add_unseen(struct arena *arena, const struct plan *plan, struct learn_record *record)
{
	const char *const *calls;
	const size_t count = plan->backend == BACKEND_RUNC ? profile_calls_of_threads(&calls) : 0;

	for (size_t i = 0; i < count; i++)
		learn_add_sights(arena, record, &(struct watch_sight){ .call = calls[i], .program = "runc, or unseen", .count = 1 }, 1);
}

void learn_begin(struct arena *arena, const struct plan *plan, struct learn_record *ret_record)
{
	const bool is_rootfs = plan->image.kind == IMAGE_ROOTFS;
	const struct string_list *words = plan->argv.count > 0 ? &plan->argv : &plan->command;

	*ret_record = (struct learn_record){
		.architecture = learn_architecture(), .policy = plan->policy_name != NULL ? plan->policy_name : "default",
		.image = is_rootfs ? NULL : plan->image.name, .rootfs = is_rootfs ? plan->image_rootfs : NULL,
		.command = join_words(arena, words), .uid = plan->uid, .gid = plan->gid, .runs = 1, .memory_bytes = -1, .pids = -1,
		.nano_cpus = plan->nano_cpus, .shm_bytes = plan->shm_size, .open_files = -1,
	};
	if (plan->stop_signal != NULL && strcmp(plan->stop_signal, "SIGTERM") != 0)
		ret_record->stop_signal = plan->stop_signal;
	for (size_t i = 0; i < plan->ulimit_count; i++)
		if (strcmp(plan->ulimits[i].name, "nofile") == 0 && plan->ulimits[i].soft > 0)
			ret_record->open_files = plan->ulimits[i].soft;
	begin_mounts(arena, plan, ret_record);
	add_unseen(arena, plan, ret_record);
}

/* The program's own name for itself: anything. */
static struct string_list programs_of(struct arena *arena, const char *program)
{
	struct string_list list = { 0 };

	if (program != NULL && *program != '\0')
		string_list_add(arena, &list, string_printable(arena, program, PROGRAM_BYTES_MAX));
	return list;
}

static bool has_value(const char *call)
{
	static const char *const calls[] = { "ioctl", "personality", "prctl", "socket", "socketpair" };

	for (size_t i = 0; i < ARRAY_COUNT(calls); i++)
		if (strcmp(calls[i], call) == 0)
			return true;
	return false;
}

void learn_add_sights(struct arena *arena, struct learn_record *record, const struct watch_sight *sights, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct watch_sight *sight = &sights[i];
		const struct string_list programs = programs_of(arena, sight->program);
		struct learn_call *call;

		if (sight->call == NULL || !learn_is_known_call(sight->call))
			continue;
		call = learn_have_call(arena, record, sight->call);
		if (call == NULL)
			continue;
		call->count += sight->count;
		learn_join_programs(arena, &call->programs, &programs);
		if (has_value(sight->call))
			learn_add_value(arena, call, &(struct learn_value){ sight->first, sight->second });
	}
	learn_sort(record);
}

/* ---- needs ---- */

struct gathering {
	struct arena *arena;
	struct learn_record *record;
	const struct plan *plan;
	bool has_asks;
};

static void add_ask(const struct gathering *gathering, const struct watch_need *need)
{
	struct arena *arena = gathering->arena;
	const struct string_list programs = programs_of(arena, need->program);
	struct learn_ask *ask;

	/* What is not there, somebody would have to make: no policy can. */
	if (!gathering->has_asks || need->error == ENOENT)
		return;
	ask = learn_have_ask(arena, gathering->record, watch_need_name(need->kind),
			     string_printable(arena, need->subject, SUBJECT_BYTES_MAX));
	if (ask == NULL)
		return;
	ask->count += need->count;
	ask->reason = need->reason != NULL ? string_printable(arena, need->reason, SUBJECT_BYTES_MAX) : "refused";
	ask->remedy = need->remedy.text != NULL ? string_printable(arena, need->remedy.text, SUBJECT_BYTES_MAX * 2) : NULL;
	learn_join_programs(arena, &ask->programs, &programs);
}

/* The innermost mount of the plan around a path; NULL: none. */
static const struct plan_mount *mount_around(const struct plan *plan, const char *path)
{
	const struct plan_mount *found = NULL;

	for (size_t i = 0; path_is_clean(path) && i < plan->mount_count; i++)
		if (path_is_within(path, plan->mounts[i].target) &&
		    (found == NULL || strlen(plan->mounts[i].target) > strlen(found->target)))
			found = &plan->mounts[i];
	return found;
}

static void add_written(const struct gathering *gathering, const struct watch_need *need)
{
	const struct plan_mount *mount = mount_around(gathering->plan, need->subject);
	const struct string_list programs = programs_of(gathering->arena, need->program);
	struct learn_record *record = gathering->record;
	struct learn_place *place;

	if (mount == NULL)
		return;
	for (size_t i = 0; i < record->mount_count; i++)
		if (mount->type != PLAN_TMPFS && strcmp(record->mounts[i].target, mount->target) == 0)
			record->mounts[i].is_written = true;
	place = mount->type == PLAN_TMPFS ? learn_have_place(gathering->arena, record, mount->target) : NULL;
	if (place == NULL)
		return;
	place->count += need->count;
	learn_join_programs(gathering->arena, &place->programs, &programs);
}

static void add_space(const struct gathering *gathering, const struct watch_need *need)
{
	const struct plan_mount *mount = mount_around(gathering->plan, need->subject);
	struct learn_place *place;

	if (mount == NULL || mount->type != PLAN_TMPFS || need->amount <= 0)
		return;
	place = learn_have_place(gathering->arena, gathering->record, mount->target);
	if (place != NULL && need->amount > place->bytes)
		place->bytes = need->amount;
}

static void add_port(const struct gathering *gathering, const struct watch_need *need)
{
	const struct string_list programs = programs_of(gathering->arena, need->program);
	struct learn_record *record = gathering->record;

	if (need->amount < 1 || need->amount > UINT16_MAX)
		return;
	for (size_t i = 0; i < record->port_count; i++) {
		if (record->ports[i].number != (uint64_t)need->amount)
			continue;
		learn_join_programs(gathering->arena, &record->ports[i].programs, &programs);
		return;
	}
	if (record->port_count < LEARN_LIST_MAX)
		*vector_push(gathering->arena, record->ports, record->port_count) =
			(struct learn_port){ (uint64_t)need->amount, programs };
}

static void add_granted(const struct gathering *gathering, const struct watch_need *need)
{
	struct string_list *capabilities = &gathering->record->capabilities;

	if (need->kind == NEED_WRITE)
		add_written(gathering, need);
	else if (need->kind == NEED_PORT)
		add_port(gathering, need);
	else if (need->kind == NEED_CAPABILITY && !string_list_has(capabilities, need->subject) &&
		 capabilities->count < LEARN_LIST_MAX && string_list_has(&gathering->plan->capabilities, need->subject))
		string_list_add(gathering->arena, capabilities, arena_strdup(gathering->arena, need->subject));
}

static bool begins_with(const char *text, const char *beginning)
{
	return strncmp(text, beginning, strlen(beginning)) == 0;
}

/* "AF_INET 192.0.2.1:443": what is beyond the loopback that every container has. */
static bool is_beyond_loopback(const char *subject)
{
	if (begins_with(subject, "AF_INET "))
		return !begins_with(subject, "AF_INET 127.");
	return begins_with(subject, "AF_INET6 ") && !begins_with(subject, "AF_INET6 [::1]");
}

static void add_need(const struct gathering *gathering, const struct watch_need *need)
{
	switch (need->kind) {
	case NEED_SPACE:
		add_space(gathering, need);
		return;
	case NEED_NETWORK:
		if (is_beyond_loopback(need->subject))
			gathering->record->needs_network = true;
		return;
	case NEED_CALL:
	case NEED_CAPABILITY:
	case NEED_WRITE:
	case NEED_EXECUTE:
	case NEED_PORT:
	case NEED_IDENTITY:
	case NEED_PRIVILEGE:
	case NEED_HIDDEN:
		if (need->is_granted)
			add_granted(gathering, need);
		else
			add_ask(gathering, need);
		return;
	/* Refusals that are nothing but misses, and what the cgroup counts. */
	case NEED_READ:
	case NEED_PROGRAM:
	case NEED_FILE:
	case NEED_PROCESSES:
	case NEED_MEMORY:
	case NEED_DESCRIPTORS:
	case NEED_PROFILE:
	case WATCH_NEED_KIND_COUNT:
		return;
	}
}

void learn_add_report(struct arena *arena, struct learn_record *record, const struct plan *plan,
		      const struct watch_report *report, bool has_asks)
{
	const struct gathering gathering = { arena, record, plan, has_asks };

	learn_add_sights(arena, record, report->sights, report->sight_count);
	for (size_t i = 0; i < report->need_count; i++)
		add_need(&gathering, &report->needs[i]);
	if (report->usage.memory_peak > record->memory_bytes)
		record->memory_bytes = report->usage.memory_peak;
	if (report->usage.pids_peak > record->pids)
		record->pids = report->usage.pids_peak;
	learn_sort(record);
}
