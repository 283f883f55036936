/* Image configurations: what real ones say, and what a hostile builder may write. */
#include "rows.h"

#include "../../src/host/host_internal.h"

struct config_row {
	const char *name, *json;
	bool is_good;
};

static struct config_row config_rows[] = {
	{ "an empty object", "{}", true },
	{ "config null", "{\"config\":null}", true },
	{ "everything null", "{\"architecture\":null,\"config\":{\"User\":null,\"Env\":null,\"Cmd\":null,\"Volumes\":null}}",
		true },
	{ "keys of other tools",
			"{\"config\":{\"Labels\":{\"a\":\"b\"},\"Healthcheck\":{},\"OnBuild\":[]},\"rootfs\":{},\"history\":[]}", true },
	{ "a variable without value", "{\"config\":{\"Env\":[\"A=\"]}}", true },
	{ "not an object", "[]", false },
	{ "not JSON", "User: root", false },
	{ "nothing", "", false },
	{ "cut off", "{\"config\":{\"User\":\"1", false },
	{ "text behind it", "{} {}", false },
	{ "a key twice", "{\"config\":{\"User\":\"1000\",\"User\":\"0\"}}", false },
	{ "config a list", "{\"config\":[]}", false },
	{ "config a text", "{\"config\":\"x\"}", false },
	{ "User a number", "{\"config\":{\"User\":0}}", false },
	{ "User a list", "{\"config\":{\"User\":[\"0\"]}}", false },
	{ "Env a map", "{\"config\":{\"Env\":{\"A\":\"1\"}}}", false },
	{ "Env with a number", "{\"config\":{\"Env\":[1]}}", false },
	{ "Env with a bare name", "{\"config\":{\"Env\":[\"A\"]}}", false },
	{ "Env without a name", "{\"config\":{\"Env\":[\"=x\"]}}", false },
	{ "Cmd a text", "{\"config\":{\"Cmd\":\"sh -c x\"}}", false },
	{ "Cmd with null", "{\"config\":{\"Cmd\":[null]}}", false },
	{ "Volumes a list", "{\"config\":{\"Volumes\":[\"/data\"]}}", false },
	{ "WorkingDir true", "{\"config\":{\"WorkingDir\":true}}", false },
	{ "architecture a number", "{\"architecture\":64}", false },
	{ "a NUL in a text", "{\"config\":{\"User\":\"1000\\u0000\"}}", false },
	{ "a NUL in a volume", "{\"config\":{\"Volumes\":{\"/a\\u0000b\":{}}}}", false },
	{ "bytes that are not UTF-8", "{\"config\":{\"User\":\"\xff\"}}", false },
};

static void test_config_row(void **state)
{
	const struct config_row *row = *state;
	struct arena *arena = arena_new();
	struct image_facts facts = { .digest = "sha256:kept" };
	struct error err = { 0 };
	int result = host_parse_image_config(arena, row->json, &facts, &err);

	assert_int_equal(result == 0, row->is_good);
	assert_int_equal(facts.is_known, row->is_good);
	assert_string_equal(facts.digest, "sha256:kept");
	if (row->is_good) {
		assert_string_equal(facts.user, "");
		assert_null(facts.working_dir);
	} else {
		assert_int_equal(result, -ERROR_SYSTEM);
		assert_non_null(err.message);
		assert_null(facts.user);
	}
	arena_free(arena);
}

static void test_whole(void **state)
{
	static const char json[] =
		"{\"architecture\":\"arm64\",\"os\":\"linux\",\"config\":{\"User\":\"101:102\",\"ExposedPorts\":{\"80/tcp\":{}},"
		"\"Env\":[\"PATH=/bin\",\"A=b=c\"],\"Entrypoint\":[\"/e\",\"x\"],\"Cmd\":[\"c\"],\"Volumes\":{\"/data\":{},\"/log\":{}},"
		"\"WorkingDir\":\"/srv\",\"StopSignal\":\"SIGQUIT\"}}";
	struct arena *arena = arena_new();
	struct image_facts facts = { .rootfs = "/r" };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(host_parse_image_config(arena, json, &facts, &err), 0);
	assert_string_equal(facts.rootfs, "/r");
	assert_string_equal(facts.architecture, "arm64");
	assert_string_equal(facts.user, "101:102");
	assert_int_equal(facts.env.count, 2);
	assert_string_equal(facts.env.items[1], "A=b=c");
	assert_int_equal(facts.entrypoint.count, 2);
	assert_string_equal(facts.cmd.items[0], "c");
	assert_int_equal(facts.volumes.count, 2);
	assert_true(string_list_has(&facts.volumes, "/data") && string_list_has(&facts.volumes, "/log"));
	assert_true(string_list_has(&facts.exposed_ports, "80/tcp"));
	assert_string_equal(facts.working_dir, "/srv");
	assert_string_equal(facts.stop_signal, "SIGQUIT");
	arena_free(arena);
}

static void test_empty_texts(void **state)
{
	struct arena *arena = arena_new();
	struct image_facts facts = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(host_parse_image_config(arena, "{\"config\":{\"WorkingDir\":\"\",\"StopSignal\":\"\",\"User\":\"\"}}",
						 &facts, &err), 0);
	assert_null(facts.working_dir);
	assert_null(facts.stop_signal);
	assert_string_equal(facts.user, "");
	arena_free(arena);
}

/* ${count} items of a list that is not good any more beyond 1024. */
static int parse_many(size_t count)
{
	struct arena *arena = arena_new();
	struct image_facts facts = { 0 };
	struct error err = { 0 };
	struct text json;
	int result;

	text_init(&json, arena);
	text_add(&json, "{\"config\":{\"Cmd\":[\"a\"");
	for (size_t i = 1; i < count; i++)
		text_add(&json, ",\"a\"");
	text_add(&json, "]}}");
	result = host_parse_image_config(arena, json.data, &facts, &err);
	arena_free(arena);
	return result;
}

static void test_limits(void **state)
{
	struct arena *arena = arena_new();
	struct image_facts facts = { 0 };
	struct error err = { 0 };
	char *deep = arena_alloc(arena, 100001), *text = arena_alloc(arena, 128 * 1024 + 2);

	(void)state;
	assert_int_equal(parse_many(1024), 0);
	assert_int_equal(parse_many(1025), -ERROR_SYSTEM);
	memset(deep, '[', 100000);
	assert_int_equal(host_parse_image_config(arena, deep, &facts, &err), -ERROR_SYSTEM);
	memset(text, 'x', 128 * 1024);
	assert_int_equal(host_parse_image_config(arena, arena_printf(arena, "{\"config\":{\"User\":\"%s\"}}", text), &facts,
						 &err), 0);
	text[128 * 1024] = 'x';
	assert_int_equal(host_parse_image_config(arena, arena_printf(arena, "{\"config\":{\"User\":\"%s\"}}", text), &facts,
						 &err),
			 -ERROR_SYSTEM);
	arena_free(arena);
}

static void test_percent(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	assert_string_equal(host_percent_encode(arena, "docker.io/library/a_b-c:1.0~x@sha256:0"),
			    "docker.io/library/a_b-c:1.0~x@sha256:0");
	assert_string_equal(host_percent_encode(arena, "a b?c#d%e\r\nX: y"), "a%20b%3Fc%23d%25e%0D%0AX:%20y");
	assert_string_equal(host_percent_encode(arena, "\xc3\xa9"), "%C3%A9");
	assert_string_equal(host_percent_encode(arena, ""), "");
	arena_free(arena);
}

int main(void)
{
	static struct row_tests rows;

	for (size_t i = 0; i < ARRAY_COUNT(config_rows); i++)
		rows_add(&rows, config_rows[i].name, test_config_row, &config_rows[i]);
	ROWS_TEST(&rows, test_whole);
	ROWS_TEST(&rows, test_empty_texts);
	ROWS_TEST(&rows, test_limits);
	ROWS_TEST(&rows, test_percent);
	return rows_run("host_image", &rows);
}
