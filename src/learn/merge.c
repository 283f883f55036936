/* Records of several runs become one: what either has shown is shown. */
#include "learn_internal.h"

#include <stdlib.h>
#include <string.h>

void learn_join_programs(struct arena *arena, struct string_list *programs, const struct string_list *other)
{
	for (size_t i = 0; i < other->count && programs->count < LEARN_PROGRAMS_MAX; i++)
		if (!string_list_has(programs, other->items[i]))
			string_list_add(arena, programs, other->items[i]);
}

void learn_add_value(struct arena *arena, struct learn_call *call, const struct learn_value *value)
{
	for (size_t i = 0; i < call->value_count; i++)
		if (call->values[i].first == value->first && call->values[i].second == value->second)
			return;
	if (call->value_count == LEARN_VALUES_MAX)
		call->has_more_values = true;
	else
		*vector_push(arena, call->values, call->value_count) = *value;
}

struct learn_call *learn_have_call(struct arena *arena, struct learn_record *record, const char *name)
{
	struct learn_call *call;

	for (size_t i = 0; i < record->call_count; i++)
		if (strcmp(record->calls[i].name, name) == 0)
			return &record->calls[i];
	if (record->call_count == LEARN_CALLS_MAX)
		return NULL;
	call = vector_push(arena, record->calls, record->call_count);
	call->name = arena_strdup(arena, name);
	return call;
}

struct learn_place *learn_have_place(struct arena *arena, struct learn_record *record, const char *path)
{
	struct learn_place *place;

	for (size_t i = 0; i < record->place_count; i++)
		if (strcmp(record->places[i].path, path) == 0)
			return &record->places[i];
	if (record->place_count == LEARN_LIST_MAX)
		return NULL;
	place = vector_push(arena, record->places, record->place_count);
	*place = (struct learn_place){ .path = arena_strdup(arena, path), .bytes = -1 };
	return place;
}

struct learn_ask *learn_have_ask(struct arena *arena, struct learn_record *record, const char *kind, const char *subject)
{
	struct learn_ask *ask;

	for (size_t i = 0; i < record->ask_count; i++)
		if (strcmp(record->asks[i].kind, kind) == 0 && strcmp(record->asks[i].subject, subject) == 0)
			return &record->asks[i];
	if (record->ask_count == LEARN_LIST_MAX)
		return NULL;
	ask = vector_push(arena, record->asks, record->ask_count);
	*ask = (struct learn_ask){ .kind = arena_strdup(arena, kind), .subject = arena_strdup(arena, subject), .reason = "" };
	return ask;
}

static uint64_t sum(uint64_t left, uint64_t right)
{
	return right > INT64_MAX - left ? INT64_MAX : left + right;
}

static int64_t larger(int64_t left, int64_t right)
{
	return left > right ? left : right;
}

static void merge_calls(struct arena *arena, struct learn_record *record, const struct learn_record *other)
{
	for (size_t i = 0; i < other->call_count; i++) {
		const struct learn_call *theirs = &other->calls[i];
		struct learn_call *call = learn_have_call(arena, record, theirs->name);

		if (call == NULL)
			continue;
		call->count = sum(call->count, theirs->count);
		call->has_more_values = call->has_more_values || theirs->has_more_values;
		learn_join_programs(arena, &call->programs, &theirs->programs);
		for (size_t k = 0; k < theirs->value_count; k++)
			learn_add_value(arena, call, &theirs->values[k]);
	}
}

static void merge_places(struct arena *arena, struct learn_record *record, const struct learn_record *other)
{
	for (size_t i = 0; i < other->place_count; i++) {
		const struct learn_place *theirs = &other->places[i];
		struct learn_place *place = learn_have_place(arena, record, theirs->path);

		if (place == NULL)
			continue;
		place->bytes = larger(place->bytes, theirs->bytes);
		place->count = sum(place->count, theirs->count);
		learn_join_programs(arena, &place->programs, &theirs->programs);
	}
}

static void merge_mounts(struct arena *arena, struct learn_record *record, const struct learn_record *other)
{
	for (size_t i = 0; i < other->mount_count; i++) {
		const struct learn_mount *theirs = &other->mounts[i];
		struct learn_mount *mount = NULL;

		for (size_t k = 0; mount == NULL && k < record->mount_count; k++)
			if (strcmp(record->mounts[k].source, theirs->source) == 0 && strcmp(record->mounts[k].target, theirs->target) == 0 &&
			    record->mounts[k].is_volume == theirs->is_volume)
				mount = &record->mounts[k];
		if (mount != NULL)
			mount->is_written = mount->is_written || theirs->is_written;
		else if (record->mount_count < LEARN_LIST_MAX)
			*vector_push(arena, record->mounts, record->mount_count) = *theirs;
	}
}

static void merge_ports(struct arena *arena, struct learn_record *record, const struct learn_record *other)
{
	for (size_t i = 0; i < other->port_count; i++) {
		struct learn_port *port = NULL;

		for (size_t k = 0; port == NULL && k < record->port_count; k++)
			if (record->ports[k].number == other->ports[i].number)
				port = &record->ports[k];
		if (port == NULL && record->port_count == LEARN_LIST_MAX)
			continue;
		if (port == NULL) {
			port = vector_push(arena, record->ports, record->port_count);
			port->number = other->ports[i].number;
		}
		learn_join_programs(arena, &port->programs, &other->ports[i].programs);
	}
}

static void merge_asks(struct arena *arena, struct learn_record *record, const struct learn_record *other)
{
	for (size_t i = 0; i < other->ask_count; i++) {
		const struct learn_ask *theirs = &other->asks[i];
		struct learn_ask *ask = learn_have_ask(arena, record, theirs->kind, theirs->subject);

		if (ask == NULL)
			continue;
		ask->reason = theirs->reason;
		ask->remedy = theirs->remedy;
		ask->count = sum(ask->count, theirs->count);
		learn_join_programs(arena, &ask->programs, &theirs->programs);
	}
}

static const char *subject_of(const struct learn_record *record)
{
	return record->image != NULL ? record->image : record->rootfs;
}

static int check_same(struct arena *arena, const struct learn_record *record, const struct learn_record *other,
		      const char *other_name, struct error *err)
{
	const struct place place = { other_name, 0, 0 };

	if (strcmp(subject_of(record), subject_of(other)) != 0)
		error_set_at(err, arena, ERROR_USAGE, place, "the record is of %s, and is to be merged with one of %s",
			     string_printable(arena, subject_of(other), LEARN_TEXT_BYTES_MAX),
			     string_printable(arena, subject_of(record), LEARN_TEXT_BYTES_MAX));
	else if (record->uid != other->uid || record->gid != other->gid)
		error_set_at(err, arena, ERROR_USAGE, place, "the record is of user %u:%u, and is to be merged with one of %u:%u",
			     (unsigned)other->uid, (unsigned)other->gid, (unsigned)record->uid, (unsigned)record->gid);
	else
		return 0;
	err->remedy = "one policy is for one program: make two";
	return -(int)ERROR_USAGE;
}

int learn_merge(struct arena *arena, struct learn_record *record, const struct learn_record *other, const char *other_name,
		struct error *err)
{
	int result = check_same(arena, record, other, other_name, err);

	if (result < 0)
		return result;
	record->runs = record->runs + other->runs < LEARN_RUNS_MAX ? record->runs + other->runs : LEARN_RUNS_MAX;
	record->memory_bytes = larger(record->memory_bytes, other->memory_bytes);
	record->pids = larger(record->pids, other->pids);
	record->nano_cpus = larger(record->nano_cpus, other->nano_cpus);
	record->shm_bytes = larger(record->shm_bytes, other->shm_bytes);
	record->open_files = larger(record->open_files, other->open_files);
	record->needs_network = record->needs_network || other->needs_network;
	if (record->stop_signal == NULL)
		record->stop_signal = other->stop_signal;
	merge_calls(arena, record, other);
	merge_places(arena, record, other);
	merge_mounts(arena, record, other);
	merge_ports(arena, record, other);
	merge_asks(arena, record, other);
	for (size_t i = 0; i < other->capabilities.count; i++)
		if (!string_list_has(&record->capabilities, other->capabilities.items[i]))
			string_list_add(arena, &record->capabilities, other->capabilities.items[i]);
	learn_sort(record);
	return 0;
}
