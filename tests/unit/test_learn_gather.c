/* From what was seen of one run to a record: places, ports, capabilities, and what is to be asked about. */
#include "records.h"

#include <errno.h>

static struct plan_mount mounts[] = {
	{ .type = PLAN_TMPFS, .target = "/tmp" }, { .type = PLAN_BIND, .source = "/srv/own", .target = "/own" },
	{ .type = PLAN_VOLUME, .source = "data", .target = "/data/deep" },
};

static struct plan plan_of(void)
{
	return (struct plan){ .image = { .kind = IMAGE_REFERENCE, .name = "docker.io/library/x" }, .policy_name = "default",
			      .uid = 5, .gid = 6, .mounts = mounts, .mount_count = ARRAY_COUNT(mounts), .stop_signal = "SIGTERM",
			      .nano_cpus = 1, .shm_size = 2 };
}

static struct learn_record gather(struct arena *arena, struct watch_need *needs, size_t count, bool has_asks)
{
	const struct watch_report report = { .needs = needs, .need_count = count, .usage = { .memory_peak = 77, .pids_peak = 3 } };
	const struct plan plan = plan_of();
	struct learn_record record;

	learn_begin(arena, &plan, &record);
	learn_add_report(arena, &record, &plan, &report, has_asks);
	return record;
}

static void test_begin(void **state)
{
	struct arena *arena = arena_new();
	const struct learn_record record = gather(arena, NULL, 0, true);

	(void)state;
	assert_string_equal(record.image, "docker.io/library/x");
	assert_null(record.rootfs);
	assert_null(record.stop_signal);
	assert_int_equal(record.uid, 5);
	assert_int_equal(record.mount_count, 2);
	assert_string_equal(record.mounts[0].target, "/data/deep");
	assert_true(record.mounts[0].is_volume);
	assert_int_equal(record.memory_bytes, 77);
	assert_int_equal(record.pids, 3);
	arena_free(arena);
}

/* With runc some calls of a program can never be seen: they are taken as made. */
static void test_unseen(void **state)
{
	static const struct { enum backend_kind backend; size_t wanted; } rows[] = { { BACKEND_RUNC, 2 }, { BACKEND_CRUN, 0 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct arena *arena = arena_new();
		struct plan plan = plan_of();
		struct learn_record record;

		plan.backend = rows[i].backend;
		learn_begin(arena, &plan, &record);
		assert_int_equal(record.call_count, rows[i].wanted);
		if (record.call_count > 0)
			assert_string_equal(record.calls[0].name, "madvise");
		arena_free(arena);
	}
}

static void test_granted(void **state)
{
	struct watch_need needs[] = {
		{ .kind = NEED_WRITE, .subject = "/tmp/a", .program = "x", .is_granted = true, .count = 2 },
		{ .kind = NEED_WRITE, .subject = "/tmp/b/c", .program = "y", .is_granted = true, .count = 3 },
		{ .kind = NEED_WRITE, .subject = "/tmpfile", .is_granted = true, .count = 1 },
		{ .kind = NEED_WRITE, .subject = "/dev/null", .is_granted = true, .count = 1 },
		{ .kind = NEED_WRITE, .subject = "/own/x", .is_granted = true, .count = 1 },
		{ .kind = NEED_SPACE, .subject = "/tmp", .is_granted = true, .amount = 9000 },
		{ .kind = NEED_PORT, .subject = "8080", .program = "x", .is_granted = true, .amount = 8080 },
		{ .kind = NEED_PORT, .subject = "8080", .program = "y", .is_granted = true, .amount = 8080 },
		{ .kind = NEED_PORT, .subject = "0", .is_granted = true, .amount = 0 },
		{ .kind = NEED_CAPABILITY, .subject = "CAP_CHOWN", .is_granted = true },
		{ .kind = NEED_NETWORK, .subject = "AF_INET 127.0.0.1:80" }, { .kind = NEED_NETWORK, .subject = "AF_UNIX /x" },
	};
	struct arena *arena = arena_new();
	const struct learn_record record = gather(arena, needs, ARRAY_COUNT(needs), true);

	(void)state;
	assert_int_equal(record.place_count, 1);
	assert_string_equal(record.places[0].path, "/tmp");
	assert_int_equal(record.places[0].count, 5);
	assert_int_equal(record.places[0].bytes, 9000);
	assert_int_equal(record.places[0].programs.count, 2);
	assert_false(record.mounts[0].is_written);
	assert_true(record.mounts[1].is_written);
	assert_int_equal(record.port_count, 1);
	assert_int_equal(record.ports[0].programs.count, 2);
	assert_int_equal(record.capabilities.count, 0); /* the plan has none */
	assert_false(record.needs_network);
	assert_int_equal(record.ask_count, 0);
	arena_free(arena);
}

static void test_network(void **state)
{
	static const struct { const char *subject; bool is_wanted; } rows[] = {
		{ "AF_INET 192.0.2.1:443", true }, { "AF_INET6 [2001:db8::1]:443", true }, { "AF_INET6 [::1]:80", false },
		{ "AF_INET 127.9.9.9:1", false }, { "AF_NETLINK", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct arena *arena = arena_new();
		struct watch_need need = { .kind = NEED_NETWORK, .subject = rows[i].subject };

		assert_int_equal(gather(arena, &need, 1, true).needs_network, rows[i].is_wanted);
		arena_free(arena);
	}
}

static void test_asks(void **state)
{
	struct watch_need needs[] = {
		{ .kind = NEED_CALL, .subject = "ptrace(...)", .program = "gdb", .reason = "debugging", .count = 2, .error = EPERM,
		  .remedy = { .text = "add seccomp: {allow: [ptrace]}" } },
		{ .kind = NEED_CAPABILITY, .subject = "CAP_CHOWN", .reason = "dropped", .count = 1, .error = EPERM },
		{ .kind = NEED_FILE, .subject = "/nowhere", .reason = "not there", .count = 1, .error = ENOENT },
		{ .kind = NEED_READ, .subject = "/etc/shadow", .reason = "not yours", .count = 1, .error = EACCES },
	};
	struct arena *arena = arena_new();
	struct learn_record record = gather(arena, needs, ARRAY_COUNT(needs), true);

	(void)state;
	assert_int_equal(record.ask_count, 2);
	assert_string_equal(record.asks[0].subject, "ptrace(...)");
	assert_string_equal(record.asks[0].remedy, "add seccomp: {allow: [ptrace]}");
	assert_null(record.asks[1].remedy);
	record = gather(arena, needs, ARRAY_COUNT(needs), false);
	assert_int_equal(record.ask_count, 0);
	arena_free(arena);
}

/* ---- where a tmpfs is missing ---- */

struct place_row {
	const char *name;
	struct watch_need need;
	const char *wanted;     /* NULL: none */
	bool is_filled;         /* the image has something in the directory around */
};

#define WRITE(path, by, errno_value) { .kind = NEED_WRITE, .subject = (path), .call = (by), .error = (errno_value) }

static const struct place_row place_rows[] = {
	{ "a file in an empty directory", WRITE("/data/f", "openat(...)", EROFS), "/data", false },
	{ "a file beside others", WRITE("/data/f", "openat(...)", EROFS), NULL, true },
	{ "a directory beside others", WRITE("/data/d", "mkdir(\"/data/d\", 0755)", EROFS), "/data/d", true },
	{ "a directory in an empty one", WRITE("/data/d", "mkdirat(...)", EROFS), "/data", false },
	{ "a directory of the root", WRITE("/new", "mkdir(...)", EROFS), "/new", true },
	{ "a file of the root", WRITE("/new", "openat(...)", EROFS), NULL, true },
	{ "below /run, whatever is there", WRITE("/run/x.pid", "openat(...)", EROFS), "/run", true },
	{ "not one's own", WRITE("/var/cache/x/f", "openat(...)", EACCES), "/var/cache/x", false },
	{ "not there, below /run", WRITE("/run/app/x.pid", "openat(...)", ENOENT), "/run/app", false },
	{ "not there, elsewhere", WRITE("/nowhere/f", "openat(...)", ENOENT), NULL, false },
	{ "full", WRITE("/data/f", "openat(...)", ENOSPC), NULL, false },
	{ "the system's own", WRITE("/etc/f", "openat(...)", EROFS), NULL, false },
	{ "the kernel's own", WRITE("/proc/sys/f", "openat(...)", EROFS), NULL, false },
	{ "letters that mean something", WRITE("/da:ta/f", "openat(...)", EROFS), NULL, false },
	{ "a line's end", WRITE("/da\nta/f", "openat(...)", EROFS), NULL, false },
	{ "a path that climbs", WRITE("/data/../etc/f", "openat(...)", EROFS), NULL, false },
	{ "a mount that is there", WRITE("/tmp/f", "openat(...)", EROFS), NULL, false },
	{ "granted", { .kind = NEED_WRITE, .subject = "/data/f", .is_granted = true }, NULL, false },
	{ "another need", { .kind = NEED_READ, .subject = "/data/f", .error = EROFS }, NULL, false },
};

static bool answer(void *context, const char *directory)
{
	assert_true(directory[0] == '/');
	return *(const bool *)context;
}

static void test_place(void **state)
{
	const struct place_row *row = *state;
	struct arena *arena = arena_new();
	struct watch_need need = row->need;
	bool is_filled = row->is_filled;
	const struct learn_image image = { answer, &is_filled };
	const struct plan plan = plan_of();
	const struct watch_report report = { .needs = &need, .need_count = 1 };
	const struct string_list places = learn_missing_places(arena, &plan, &report, &image);

	assert_int_equal(places.count, row->wanted != NULL ? 1 : 0);
	if (row->wanted != NULL)
		assert_string_equal(places.items[0], row->wanted);
	arena_free(arena);
}

static void test_places_within(void **state)
{
	struct watch_need needs[] = { WRITE("/data/a/f", "x", EROFS), WRITE("/data/f", "x", EROFS), WRITE("/data/g", "x", EROFS),
				      WRITE("/database/f", "x", EROFS) };
	struct arena *arena = arena_new();
	bool is_filled = false;
	const struct learn_image image = { answer, &is_filled };
	const struct plan plan = plan_of();
	const struct watch_report report = { .needs = needs, .need_count = ARRAY_COUNT(needs) };
	const struct string_list places = learn_missing_places(arena, &plan, &report, &image);

	(void)state;
	assert_int_equal(places.count, 2);
	assert_true(string_list_has(&places, "/data") && string_list_has(&places, "/database"));
	arena_free(arena);
}

int main(void)
{
	static struct row_tests tests;

	ROWS_TEST(&tests, test_begin);
	ROWS_TEST(&tests, test_unseen);
	ROWS_TEST(&tests, test_granted);
	ROWS_TEST(&tests, test_network);
	ROWS_TEST(&tests, test_asks);
	for (size_t i = 0; i < ARRAY_COUNT(place_rows); i++)
		rows_add(&tests, place_rows[i].name, test_place, (void *)(uintptr_t)&place_rows[i]);
	ROWS_TEST(&tests, test_places_within);
	return rows_run("gathering what was seen", &tests);
}
