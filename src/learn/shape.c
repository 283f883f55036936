/* What the objects of a record have in them, in the order in which they are written. */
#include "learn_internal.h"

#define ROW(of, what, member) { .name = #member, .kind = (what), .offset = offsetof(of, member) }
#define ROW_LIST(of, what, member, count, limit, list_shape) \
	{ .name = #member, .kind = (what), .offset = offsetof(of, member), .count_offset = offsetof(of, count), .most = (limit), \
	  .shape = (list_shape) }
#define SHAPE(of, rows) { (rows), ARRAY_COUNT(rows), sizeof(of) }

static const struct learn_field call_fields[] = {
	ROW(struct learn_call, LEARN_TEXT, name), ROW(struct learn_call, LEARN_COUNT, count),
	ROW(struct learn_call, LEARN_TEXTS, programs),
	ROW_LIST(struct learn_call, LEARN_VALUES, values, value_count, LEARN_VALUES_MAX, NULL),
	ROW(struct learn_call, LEARN_BOOL, has_more_values),
};
static const struct learn_shape call_shape = SHAPE(struct learn_call, call_fields);

static const struct learn_field place_fields[] = {
	ROW(struct learn_place, LEARN_TEXT, path), ROW(struct learn_place, LEARN_AMOUNT, bytes),
	ROW(struct learn_place, LEARN_COUNT, count), ROW(struct learn_place, LEARN_TEXTS, programs),
};
static const struct learn_shape place_shape = SHAPE(struct learn_place, place_fields);

static const struct learn_field mount_fields[] = {
	ROW(struct learn_mount, LEARN_TEXT, source), ROW(struct learn_mount, LEARN_TEXT, target),
	ROW(struct learn_mount, LEARN_BOOL, is_volume), ROW(struct learn_mount, LEARN_BOOL, is_written),
};
static const struct learn_shape mount_shape = SHAPE(struct learn_mount, mount_fields);

static const struct learn_field port_fields[] = {
	ROW(struct learn_port, LEARN_COUNT, number), ROW(struct learn_port, LEARN_TEXTS, programs),
};
static const struct learn_shape port_shape = SHAPE(struct learn_port, port_fields);

static const struct learn_field ask_fields[] = {
	ROW(struct learn_ask, LEARN_TEXT, kind), ROW(struct learn_ask, LEARN_TEXT, subject),
	ROW(struct learn_ask, LEARN_TEXT, reason), ROW(struct learn_ask, LEARN_TEXT_OR_NULL, remedy),
	ROW(struct learn_ask, LEARN_COUNT, count), ROW(struct learn_ask, LEARN_TEXTS, programs),
};
static const struct learn_shape ask_shape = SHAPE(struct learn_ask, ask_fields);

static const struct learn_field record_fields[] = {
	ROW(struct learn_record, LEARN_TEXT, architecture), ROW(struct learn_record, LEARN_TEXT, policy),
	ROW(struct learn_record, LEARN_TEXT_OR_NULL, image), ROW(struct learn_record, LEARN_TEXT_OR_NULL, rootfs),
	ROW(struct learn_record, LEARN_TEXT, command), ROW(struct learn_record, LEARN_COUNT, uid),
	ROW(struct learn_record, LEARN_COUNT, gid), ROW(struct learn_record, LEARN_COUNT, runs),
	ROW(struct learn_record, LEARN_AMOUNT, memory_bytes), ROW(struct learn_record, LEARN_AMOUNT, pids),
	ROW(struct learn_record, LEARN_AMOUNT, nano_cpus), ROW(struct learn_record, LEARN_AMOUNT, shm_bytes),
	ROW(struct learn_record, LEARN_AMOUNT, open_files),
	ROW(struct learn_record, LEARN_BOOL, needs_network), ROW(struct learn_record, LEARN_TEXT_OR_NULL, stop_signal),
	ROW_LIST(struct learn_record, LEARN_OBJECTS, calls, call_count, LEARN_CALLS_MAX, &call_shape),
	ROW_LIST(struct learn_record, LEARN_OBJECTS, places, place_count, LEARN_LIST_MAX, &place_shape),
	ROW_LIST(struct learn_record, LEARN_OBJECTS, mounts, mount_count, LEARN_LIST_MAX, &mount_shape),
	ROW_LIST(struct learn_record, LEARN_OBJECTS, ports, port_count, LEARN_LIST_MAX, &port_shape),
	ROW(struct learn_record, LEARN_TEXTS, capabilities),
	ROW_LIST(struct learn_record, LEARN_OBJECTS, asks, ask_count, LEARN_LIST_MAX, &ask_shape),
};
const struct learn_shape learn_record_shape = SHAPE(struct learn_record, record_fields);
