/* Containers as the daemon tells of them: the whole id or nothing, and labels that only hardrun can have set. */
#include "rows.h"

#include "../../src/host/host_internal.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define BODY(id, name, image, labels)                                                                                   \
	"{\"Id\":\"" id "\",\"Name\":\"" name "\",\"Image\":\"" image "\",\"State\":{\"Running\":true},"                    \
	"\"Config\":{\"Image\":\"tool:1\",\"Labels\":" labels "}}"
#define SHA "sha256:" ID

static struct body_row {
	const char *name;
	const char *body;
	bool is_fine;
} body_rows[] = {
	{ "ours", BODY(ID, "/web", SHA, "{\"io.hardrun.caller\":\"7\",\"io.hardrun.policy\":\"p\"}"), true },
	{ "no labels", BODY(ID, "/web", SHA, "null"), true },
	{ "a short id", BODY("0123", "/web", SHA, "{}"), false },
	{ "an id in capitals", BODY("0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef", "/web", SHA, "{}"), false },
	{ "an id that is longer", BODY(ID "0", "/web", SHA, "{}"), false },
	{ "an option for an id", BODY("--privileged", "/web", SHA, "{}"), false },
	{ "a name without slash", BODY(ID, "web", SHA, "{}"), false },
	{ "a name of two parts", BODY(ID, "/a/b", SHA, "{}"), false },
	{ "an image without digest", BODY(ID, "/web", "tool:1", "{}"), false },
	{ "an image that leads elsewhere", BODY(ID, "/web", "sha256:../../info", "{}"), false },
	{ "a member twice",
	  "{\"Id\":\"" ID "\"," "\"Id\":\"" ID "\",\"Name\":\"/web\",\"Image\":\"" SHA "\",\"Config\":{\"Image\":\"x\"}}", false },
	{ "a list", "[]", false },
	{ "nothing", "", false },
	{ "an error", "{\"message\":\"no\"}", false },
};

static void test_body_row(void **state)
{
	const struct body_row *row = *state;
	struct arena *arena = arena_new();
	struct container_facts container = { .id = "untouched" };
	const char *image = NULL;
	struct error err = { 0 };

	if (row->is_fine) {
		assert_int_equal(host_parse_container(arena, row->body, &container, &image, &err), 0);
		assert_string_equal(container.id, ID);
		assert_string_equal(container.name, "web");
		assert_string_equal(container.image, "tool:1");
		assert_string_equal(image, SHA);
		assert_true(container.is_running);
	} else {
		assert_int_equal(host_parse_container(arena, row->body, &container, &image, &err), -(int)ERROR_SYSTEM);
		assert_string_equal(container.id, "untouched");
		assert_non_null(err.message);
	}
	arena_free(arena);
}

/* docker's own networks are found by their names, whatever the id; so is what has not been started yet. */
static void test_networks(void **state)
{
	static const char body[] = "{\"Id\":\"" ID "\",\"Name\":\"/web\",\"Image\":\"" SHA "\",\"Config\":{\"Image\":\"x\"},"
				   "\"NetworkSettings\":{\"Networks\":{\"bridge\":{\"NetworkID\":\"" ID "\"},\"own\":{\"NetworkID\":\"" ID
				   "\"},\"new\":{\"NetworkID\":\"\"},\"odd\":{\"NetworkID\":\"../../info\"}}}}";
	struct arena *arena = arena_new();
	struct container_facts container;
	const char *image;
	struct error err;

	(void)state;
	assert_int_equal(host_parse_container(arena, body, &container, &image, &err), 0);
	assert_int_equal(container.networks.count, 3);
	assert_string_equal(container.networks.items[0], ID);
	assert_string_equal(container.networks.items[1], "new");
	assert_string_equal(container.networks.items[2], "odd");
	assert_int_equal(host_parse_container(arena, body_rows[0].body, &container, &image, &err), 0);
	assert_int_equal(container.networks.count, 0);
	arena_free(arena);
}

static void test_labels(void **state)
{
	struct arena *arena = arena_new();
	struct container_facts container;
	const char *image;
	struct error err;

	(void)state;
	assert_int_equal(host_parse_container(arena, body_rows[0].body, &container, &image, &err), 0);
	assert_string_equal(container.caller, "7");
	assert_string_equal(container.policy, "p");
	assert_int_equal(host_parse_container(arena, body_rows[1].body, &container, &image, &err), 0);
	assert_null(container.caller);
	assert_null(container.policy);
	assert_int_equal(host_parse_container(arena, BODY(ID, "/web", SHA, "{\"io.hardrun.caller\":7}"), &container, &image, &err), 0);
	assert_null(container.caller);
	arena_free(arena);
}

static void test_loose_mounts(void **state)
{
	static const struct { const char *rest; bool is_loose; } rows[] = {
		{ "\"HostConfig\":{\"ReadonlyRootfs\":true},\"Mounts\":[{\"Type\":\"bind\"}]", false },
		{ "\"HostConfig\":{\"ReadonlyRootfs\":false},\"Mounts\":[]", false },
		{ "\"HostConfig\":{\"ReadonlyRootfs\":false},\"Mounts\":[{\"Type\":\"tmpfs\"}]", false },
		{ "\"HostConfig\":{\"ReadonlyRootfs\":false},\"Mounts\":[{\"Type\":\"tmpfs\"},{\"Type\":\"bind\"}]", true },
		{ "\"HostConfig\":{\"ReadonlyRootfs\":false},\"Mounts\":[{\"Type\":\"volume\"}]", true },
		{ "\"HostConfig\":{\"ReadonlyRootfs\":\"true\"},\"Mounts\":[{}]", true },
		{ "\"HostConfig\":{},\"Mounts\":null", true },
		{ "\"Mounts\":[{\"Type\":\"npipe\"}]", true },
		{ "\"Other\":1", true },
	};
	struct arena *arena = arena_new();
	struct container_facts container;
	const char *image;
	struct error err;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const char *body = arena_printf(arena, "{\"Id\":\"" ID "\",\"Name\":\"/web\",\"Image\":\"" SHA "\","
						"\"Config\":{\"Image\":\"x\"},%s}", rows[i].rest);

		assert_int_equal(host_parse_container(arena, body, &container, &image, &err), 0);
		if (container.has_loose_mounts != rows[i].is_loose)
			fail_msg("%s", rows[i].rest);
	}
	arena_free(arena);
}

/* A process that is added without a user is what the container is; a name is whatever its image says. */
static void test_root(void **state)
{
	static const struct { const char *user; bool is_root; } rows[] = {
		{ "\"User\":\"1000:1000\",", false }, { "\"User\":\"1000\",", false }, { "\"User\":\"0:1000\",", true },
		{ "\"User\":\"00:1000\",", true }, { "\"User\":\"1000:0\",", true }, { "\"User\":\"0\",", true }, { "\"User\":\"\",", true },
		{ "\"User\":\"root\",", true }, { "\"User\":\"web:1000\",", true }, { "", true },
	};
	struct arena *arena = arena_new();
	struct container_facts container;
	const char *image;
	struct error err;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const char *body = arena_printf(arena, "{\"Id\":\"" ID "\",\"Name\":\"/web\",\"Image\":\"" SHA "\","
						"\"Config\":{%s\"Image\":\"x\"}}", rows[i].user);

		assert_int_equal(host_parse_container(arena, body, &container, &image, &err), 0);
		if (container.is_root != rows[i].is_root)
			fail_msg("%s", rows[i].user);
	}
	arena_free(arena);
}

static void test_image_labels(void **state)
{
	(void)state;
	assert_false(host_image_has_own_labels("{\"Config\":{\"Labels\":null}}"));
	assert_false(host_image_has_own_labels("{\"Config\":{\"Labels\":{\"a\":\"b\",\"io.hardrunner\":\"c\"}}}"));
	assert_false(host_image_has_own_labels("{}"));
	assert_true(host_image_has_own_labels("{\"Config\":{\"Labels\":{\"a\":\"b\",\"io.hardrun.caller\":\"7\"}}}"));
	assert_true(host_image_has_own_labels("{\"Config\":{\"Labels\":{\"io.hardrun.policy\":\"\"}}}"));
	assert_true(host_image_has_own_labels("no"));
	assert_true(host_image_has_own_labels("[]"));
}

static void test_list(void **state)
{
	static const char *const wrong[] = {
		"", "{}", "null", "[{}]", "[{\"Id\":\"0123\"}]", "[{\"Id\":\"" ID "\"},{\"Id\":\"--all\"}]",
	};
	struct arena *arena = arena_new();
	struct string_list ids = { .count = 7 };
	struct error err = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
		assert_int_equal(host_parse_container_list(arena, wrong[i], &ids, &err), -(int)ERROR_SYSTEM);
	assert_int_equal(ids.count, 7);
	assert_int_equal(host_parse_container_list(arena, "[]", &ids, &err), 0);
	assert_int_equal(ids.count, 0);
	assert_int_equal(host_parse_container_list(arena, "[{\"Id\":\"" ID "\",\"Names\":[\"/x\"]}]", &ids, &err), 0);
	assert_int_equal(ids.count, 1);
	assert_string_equal(ids.items[0], ID);
	arena_free(arena);
}

/* What is no name is never sent: the daemon, which does not listen here, is not even asked. */
static struct name_row {
	const char *name;
	bool is_asked;
} name_rows[] = {
	{ "web", true }, { "0123", true }, { "Web_1.x-y", true }, { "", false }, { "../web", false }, { "a/b", false }, { "a?b", false },
	{ "a%2fb", false }, { "-x", false }, { ".x", false }, { "a b", false }, { "a\r\nb", false }, { "a:b", false }, { "a*", false },
};

static void test_name_row(void **state)
{
	const struct name_row *row = *state;
	struct arena *arena = arena_new();
	struct host_facts facts = { .engine.docker_socket = "/nonexistent/socket" };
	struct container_facts container;
	struct error err = { 0 };

	assert_int_equal(host_read_container(arena, &facts, row->name, &container, &err),
			 -(int)(row->is_asked ? ERROR_SYSTEM : ERROR_MISSING));
	assert_non_null(err.message);
	arena_free(arena);
}

int main(void)
{
	static struct row_tests rows;

	rows.arena = arena_new();
	for (size_t i = 0; i < ARRAY_COUNT(body_rows); i++)
		rows_add(&rows, body_rows[i].name, test_body_row, &body_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(name_rows); i++)
		rows_add(&rows, arena_printf(rows.arena, "name '%s'", name_rows[i].name), test_name_row, &name_rows[i]);
	ROWS_TEST(&rows, test_list);
	ROWS_TEST(&rows, test_networks);
	ROWS_TEST(&rows, test_labels);
	ROWS_TEST(&rows, test_image_labels);
	ROWS_TEST(&rows, test_loose_mounts);
	ROWS_TEST(&rows, test_root);
	return rows_run("host_container", &rows);
}
