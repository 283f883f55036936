/* Records of learned runs: written, read back, merged; and what somebody may hand us as one. */
#include "records.h"

static void test_round_trip(void **state)
{
	struct arena *arena = arena_new();
	struct learn_record record = records_full(arena), back;
	struct error err = { 0 };
	const char *text = learn_print(arena, &record);

	(void)state;
	assert_int_equal(records_read(arena, text, &back, &err), 0);
	assert_string_equal(learn_print(arena, &back), text);
	assert_int_equal(back.call_count, 8);
	assert_string_equal(back.calls[0].name, "bind");
	assert_int_equal(back.runs, 1);
	arena_free(arena);
}

/* ---- what is no record ---- */

struct change_row {
	const char *name, *from, *to; /* in the text of a good one */
	enum error_kind kind;
	const char *message;
};

static const struct change_row change_rows[] = {
	{ "another schema", "hardrun/learned/1", "hardrun/learned/9", ERROR_UNSUPPORTED, "no record of hardrun learn" },
	{ "another architecture", "\"architecture\": \"", "\"architecture\": \"riscv64 ", ERROR_UNSUPPORTED, "system calls differ" },
	{ "an unknown call", "\"name\": \"bind\"", "\"name\": \"frobnicate\"", ERROR_UNSUPPORTED,
	  "calls[0]: the system call \"frobnicate\" is not known" },
	{ "a call with an escape", "\"name\": \"bind\"", "\"name\": \"bi\\u001b[1mnd\"", ERROR_USAGE, "calls[0].name is no text" },
	{ "a line in a name", "\"nginx\"", "\"x\\n  privileged: true\"", ERROR_USAGE, "is no text" },
	{ "a NUL in a name", "\"nginx\"", "\"x\\u0000y\"", ERROR_USAGE, "this is no whole record" },
	{ "a key too many", "\"runs\": 1,", "\"runs\": 1, \"cap_add\": [],", ERROR_USAGE, "has a key that records do not have" },
	{ "a key too few", "\"runs\": 1,", "", ERROR_USAGE, "lacks the key \"runs\"" },
	{ "a key twice", "\"runs\": 1,", "\"runs\": 1, \"runs\": 1,", ERROR_USAGE, "duplicate" },
	{ "a key too many in a call", "\"has_more_values\": false", "\"has_more_values\": false, \"x\": 1", ERROR_USAGE,
	  "calls[0] has a key" },
	{ "no runs", "\"runs\": 1,", "\"runs\": 0,", ERROR_USAGE, "runs is not between" },
	{ "runs of another type", "\"runs\": 1,", "\"runs\": \"1\",", ERROR_USAGE, "runs is no number" },
	{ "a count below 0", "\"count\": 2,", "\"count\": -2,", ERROR_USAGE, "is no number of 0 or more" },
	{ "a count with a fraction", "\"count\": 2,", "\"count\": 2.5,", ERROR_USAGE, "is no number" },
	{ "memory below -1", "\"memory_bytes\": ", "\"memory_bytes\": -", ERROR_USAGE, "memory_bytes is no number of -1 or more" },
	{ "an id too large", "\"uid\": 101", "\"uid\": 4294967295", ERROR_USAGE, "no id of a user" },
	{ "a port too large", "\"number\": 8080", "\"number\": 65536", ERROR_USAGE, "ports[0].number is not between" },
	{ "neither image nor tree", "\"image\": \"docker.io/library/nginx\"", "\"image\": null", ERROR_USAGE,
	  "not one text and one null" },
	{ "image and tree", "\"rootfs\": null", "\"rootfs\": \"/x\"", ERROR_USAGE, "not one text and one null" },
	{ "a path that climbs", "\"/var/cache/nginx\"", "\"/var/../etc\"", ERROR_USAGE, "places[0].path is no absolute, clean path" },
	{ "a relative path", "\"/var/cache/nginx\"", "\"var\"", ERROR_USAGE, "places[0].path" },
	{ "a relative target", "\"/usr/share/nginx/html\"", "\"html\"", ERROR_USAGE, "mounts[0].target" },
	{ "a value that is none", "\"0x5413\"", "\"5413\"", ERROR_USAGE, ".values[0] is no value" },
	{ "a value too long", "\"0x5413\"", "\"0x12345678123456789\"", ERROR_USAGE, ".values[0] is no value" },
	{ "a value with a tail", "\"0x5413\"", "\"0x5413 or arg1 == 1\"", ERROR_USAGE, ".values[0] is no value" },
	{ "a list that is none", "\"capabilities\": [", "\"capabilities\": {}, \"x\": [", ERROR_USAGE, "has a key" },
	{ "a flag that is none", "\"needs_network\": false", "\"needs_network\": 0", ERROR_USAGE, "neither true nor false" },
};

/* ${text} with the first ${from} replaced. */
static const char *replace(struct arena *arena, const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);

	assert_non_null(at);
	return arena_printf(arena, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

static void test_change(void **state)
{
	const struct change_row *row = *state;
	struct arena *arena = arena_new();
	struct learn_record record = records_full(arena), back = { .runs = 77 };
	struct error err = { 0 };
	const char *text = replace(arena, learn_print(arena, &record), row->from, row->to);
	const int result = records_read(arena, text, &back, &err);

	print_message("%s\n", err.message != NULL ? err.message : "-");
	assert_int_equal(result, -(int)row->kind);
	assert_non_null(strstr(err.message, row->message));
	assert_string_equal(err.place.file, "r.json");
	assert_int_equal(back.runs, 77);
	arena_free(arena);
}

/* Cut anywhere, it is no record, and says where it ends. */
static void test_truncated(void **state)
{
	struct arena *arena = arena_new();
	struct learn_record record = records_full(arena), back;
	const char *text = learn_print(arena, &record);
	const size_t length = strlen(text);

	(void)state;
	for (size_t cut = 0; cut < length - 2; cut += 7) {
		struct error err = { 0 };

		assert_int_equal(learn_read(arena, &(struct learn_bytes){ "r.json", text, cut }, &back, &err), -(int)ERROR_USAGE);
		assert_non_null(strstr(err.message, "no whole record"));
		assert_true(cut == 0 || err.place.line > 0);
	}
	arena_free(arena);
}

static void test_too_large(void **state)
{
	struct arena *arena = arena_new();
	const size_t length = LEARN_RECORD_BYTES_MAX + 1;
	char *text = arena_alloc(arena, length + 1);
	struct learn_record back;
	struct error err = { 0 };

	(void)state;
	memset(text, ' ', length);
	assert_int_equal(learn_read(arena, &(struct learn_bytes){ "r.json", text, length }, &back, &err), -(int)ERROR_LIMIT);
	arena_free(arena);
}

static void test_too_many(void **state)
{
	struct arena *arena = arena_new();
	struct learn_record record = records_full(arena), back;
	struct error err = { 0 };

	(void)state;
	for (size_t i = 0; i <= LEARN_LIST_MAX; i++)
		*vector_push(arena, record.places, record.place_count) = (struct learn_place){ arena_printf(arena, "/p%zu", i), -1, 1, { 0 } };
	assert_int_equal(records_read(arena, learn_print(arena, &record), &back, &err), -(int)ERROR_USAGE);
	assert_non_null(strstr(err.message, "places is no list of at most 128"));
	arena_free(arena);
}

/* What is there twice, or out of order, is read as one, in order. */
static void test_twice(void **state)
{
	struct arena *arena = arena_new();
	struct learn_record record = records_full(arena), back;
	struct learn_call first;
	struct error err = { 0 };

	(void)state;
	first = record.calls[0];
	*vector_push(arena, record.calls, record.call_count) = first;
	assert_int_equal(records_read(arena, learn_print(arena, &record), &back, &err), 0);
	assert_int_equal(back.call_count, 8);
	assert_int_equal(back.calls[0].count, 4);
	arena_free(arena);
}

/* ---- merging ---- */

static void test_merge(void **state)
{
	static const struct watch_sight more[] = { { "socket", "worker", 10, 0, 5 }, { "accept4", "worker", 0, 0, 1 } };
	struct arena *arena = arena_new();
	struct learn_record one = records_full(arena), other = records_empty();
	struct error err = { 0 };

	(void)state;
	learn_add_sights(arena, &other, more, ARRAY_COUNT(more));
	other.memory_bytes = INT64_C(90) << 20;
	other.pids = 2;
	other.needs_network = true;
	*vector_push(arena, other.places, other.place_count) = (struct learn_place){ "/var/cache/nginx", 900000, 1, { 0 } };
	*vector_push(arena, other.places, other.place_count) = (struct learn_place){ "/run", 10, 1, { 0 } };
	*vector_push(arena, other.mounts, other.mount_count) = (struct learn_mount){ "/srv/www", "/usr/share/nginx/html", false, true };
	assert_int_equal(learn_merge(arena, &one, &other, "o.json", &err), 0);
	assert_int_equal(one.runs, 2);
	assert_int_equal(one.call_count, 9);
	assert_string_equal(one.calls[0].name, "accept4");
	assert_int_equal(one.memory_bytes, INT64_C(90) << 20);
	assert_int_equal(one.pids, 5);
	assert_true(one.needs_network);
	assert_int_equal(one.place_count, 2);
	assert_string_equal(one.places[0].path, "/run");
	assert_int_equal(one.places[1].bytes, 900000);
	assert_int_equal(one.places[1].count, 7);
	assert_int_equal(one.mount_count, 1);
	assert_true(one.mounts[0].is_written);
	arena_free(arena);
}

/* Whichever comes first, the sum is the same but for what the first one is called. */
static void test_merge_either_way(void **state)
{
	static const struct watch_sight more[] = { { "socket", "worker", 10, 0, 5 }, { "accept4", "worker", 0, 0, 1 } };
	struct arena *arena = arena_new();
	struct learn_record one = records_full(arena), other = records_empty(), again = records_empty(), last = records_full(arena);
	struct error err = { 0 };

	(void)state;
	learn_add_sights(arena, &other, more, ARRAY_COUNT(more));
	learn_add_sights(arena, &again, more, ARRAY_COUNT(more));
	assert_int_equal(learn_merge(arena, &one, &other, "o.json", &err), 0);
	assert_int_equal(learn_merge(arena, &again, &last, "o.json", &err), 0);
	assert_string_equal(learn_print(arena, &one), learn_print(arena, &again));
	arena_free(arena);
}

static void test_merge_another(void **state)
{
	struct arena *arena = arena_new();
	struct learn_record one = records_full(arena), other = records_empty();
	struct error err = { 0 };

	(void)state;
	other.image = "docker.io/library/redis";
	assert_int_equal(learn_merge(arena, &one, &other, "o.json", &err), -(int)ERROR_USAGE);
	assert_non_null(strstr(err.message, "of docker.io/library/redis, and is to be merged with one of docker.io/library/nginx"));
	other = records_empty();
	other.uid = 5;
	assert_int_equal(learn_merge(arena, &one, &other, "o.json", &err), -(int)ERROR_USAGE);
	assert_non_null(strstr(err.message, "of user 5:101"));
	assert_string_equal(err.place.file, "o.json");
	assert_int_equal(one.runs, 1);
	arena_free(arena);
}

/* Too many of a kind are no reason to fail: values end at what the table allows. */
static void test_many_values(void **state)
{
	struct arena *arena = arena_new();
	struct learn_record record = records_empty();

	(void)state;
	for (uint64_t i = 0; i < LEARN_VALUES_MAX + 5; i++)
		learn_add_sights(arena, &record, &(struct watch_sight){ "ioctl", "x", 0x5400 + i, 0, 1 }, 1);
	assert_int_equal(record.call_count, 1);
	assert_int_equal(record.calls[0].value_count, LEARN_VALUES_MAX);
	assert_true(record.calls[0].has_more_values);
	assert_int_equal(record.calls[0].count, LEARN_VALUES_MAX + 5);
	arena_free(arena);
}

static void test_hostile_program(void **state)
{
	static const struct watch_sight sights[] = { { "bind", "a\nb: c\x1b", 0, 0, 1 }, { "no_such_call", "x", 0, 0, 1 },
						     { NULL, "x", 0, 0, 1 } };
	struct arena *arena = arena_new();
	struct learn_record record = records_empty();

	(void)state;
	learn_add_sights(arena, &record, sights, ARRAY_COUNT(sights));
	assert_int_equal(record.call_count, 1);
	assert_string_equal(record.calls[0].programs.items[0], "a\\x0ab: c\\x1b");
	arena_free(arena);
}

int main(void)
{
	static struct row_tests tests;

	ROWS_TEST(&tests, test_round_trip);
	for (size_t i = 0; i < ARRAY_COUNT(change_rows); i++)
		rows_add(&tests, change_rows[i].name, test_change, (void *)(uintptr_t)&change_rows[i]);
	ROWS_TEST(&tests, test_truncated);
	ROWS_TEST(&tests, test_too_large);
	ROWS_TEST(&tests, test_too_many);
	ROWS_TEST(&tests, test_twice);
	ROWS_TEST(&tests, test_merge);
	ROWS_TEST(&tests, test_merge_either_way);
	ROWS_TEST(&tests, test_merge_another);
	ROWS_TEST(&tests, test_many_values);
	ROWS_TEST(&tests, test_hostile_program);
	return rows_run("learned records", &tests);
}
