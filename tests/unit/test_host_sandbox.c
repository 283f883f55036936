/* What docker's daemon says of its runtime runsc, and whether that keeps what a policy says. */
#include "../../src/host/host_internal.h"
#include "rows.h"

struct sandbox_row {
	const char *name, *body;
	const char *problem; /* a part of it; NULL: it will do */
};

#define RUNSC(arguments) "{\"Runtimes\":{\"runc\":{\"path\":\"runc\"},\"runsc\":{\"path\":\"/usr/bin/runsc\"" arguments "}}}"
#define WORDS(words) ",\"runtimeArgs\":[" words "]"

static struct sandbox_row sandbox_rows[] = {
	{ "with the filter", RUNSC(WORDS("\"--oci-seccomp\"")), NULL },
	{ "in Go's other spellings", RUNSC(WORDS("\"-oci-seccomp=true\",\"-platform=systrap\",\"--network=sandbox\"")), NULL },
	{ "no such runtime", "{\"Runtimes\":{\"runc\":{\"path\":\"runc\"}}}", "no runtime of the name runsc" },
	{ "no runtimes", "{}", "no runtime of the name runsc" },
	{ "not JSON", "<html>", "no runtime of the name runsc" },
	{ "no words", RUNSC(""), "without --oci-seccomp" },
	{ "the filter turned off", RUNSC(WORDS("\"--oci-seccomp=false\"")), "\"--oci-seccomp=false\"" },
	{ "no limits", RUNSC(WORDS("\"--oci-seccomp\",\"--ignore-cgroups\"")), "\"--ignore-cgroups\"" },
	{ "the machine's network", RUNSC(WORDS("\"--oci-seccomp\",\"--network=host\"")), "\"--network=host\"" },
	{ "no network for any", RUNSC(WORDS("\"--oci-seccomp\",\"--network=none\"")), "\"--network=none\"" },
	{ "sockets of the machine", RUNSC(WORDS("\"--host-uds=all\",\"--oci-seccomp\"")), "\"--host-uds=all\"" },
	{ "annotations that say otherwise", RUNSC(WORDS("\"--oci-seccomp\",\"--allow-flag-override\"")), "allow-flag-override" },
	{ "no text", RUNSC(WORDS("7,\"--oci-seccomp\"")), "is started with \"\"" },
	{ "by another way", "{\"Runtimes\":{\"runsc\":{\"runtimeType\":\"io.containerd.runsc.v1\"}}}", "does not say how" },
};

static void test_row(void **state)
{
	const struct sandbox_row *row = *state;
	struct arena *arena = arena_new();
	struct engine_facts engine = { .docker_sandbox_problem = "not looked at" };

	host_read_docker_runtimes(arena, &engine, row->body);
	if (row->problem == NULL)
		assert_null(engine.docker_sandbox_problem);
	else if (engine.docker_sandbox_problem == NULL || strstr(engine.docker_sandbox_problem, row->problem) == NULL)
		fail_msg("%s", engine.docker_sandbox_problem != NULL ? engine.docker_sandbox_problem : "(none)");
	arena_free(arena);
}

static void test_silence_is_no_sandbox(void **state)
{
	struct arena *arena = arena_new();
	struct engine_facts engine = { .docker_socket = "/nonexistent/docker.sock" };

	(void)state;
	host_read_docker_sandbox(arena, &engine);
	assert_string_equal(engine.docker_sandbox_problem, "it does not say which runtimes it has");
	arena_free(arena);
}

static void test_names(void **state)
{
	enum backend_kind kind = BACKEND_DOCKER;

	(void)state;
	assert_true(host_find_backend("runsc", &kind));
	assert_int_equal(kind, BACKEND_RUNSC);
	assert_false(host_find_backend("auto", &kind));
	assert_int_equal(kind, BACKEND_RUNSC);
	assert_true(host_is_oci_name("crun") && host_is_oci_name("runc") && host_is_oci_name("runsc"));
	assert_false(host_is_oci_name("docker") || host_is_oci_name("podman") || host_is_oci_name("auto"));
}

int main(void)
{
	static struct row_tests rows;

	for (size_t i = 0; i < ARRAY_COUNT(sandbox_rows); i++)
		rows_add(&rows, sandbox_rows[i].name, test_row, &sandbox_rows[i]);
	ROWS_TEST(&rows, test_silence_is_no_sandbox);
	ROWS_TEST(&rows, test_names);
	return rows_run("host_sandbox", &rows);
}
