/* A sandbox that is required is had or refused, by policy and ceiling; and so is each thing that it would leave out. */
#include "planned.h"

#define REQUIRED "engine: {sandbox: required}\n"

struct sandbox_row {
	const char *name;
	enum backend_kind backend;
	const char *policy, *ceiling; /* NULL: none */
	const char *line;
	const char *reason;           /* a part of the refusal; NULL: it runs */
	const char *remedy;           /* a part of it */
};

static struct sandbox_row sandbox_rows[] = {
	{ "required, and there", BACKEND_RUNSC, REQUIRED, NULL, "alpine", NULL, NULL },
	{ "required, in docker", BACKEND_DOCKER, REQUIRED, NULL, "alpine", NULL, NULL },
	{ "chosen", BACKEND_RUNSC, "", NULL, "alpine", NULL, NULL },
	{ "crun is none", BACKEND_CRUN, REQUIRED, NULL, "alpine", "crun gives the container this machine's own kernel",
	  "--backend runsc" },
	{ "nor is runc", BACKEND_RUNC, REQUIRED, NULL, "--backend runc alpine", "this machine's own kernel", "--backend runsc" },
	{ "nor podman", BACKEND_PODMAN, REQUIRED, NULL, "alpine", "this machine's own kernel", "--backend runsc" },
	{ "the ceiling's", BACKEND_CRUN, "", REQUIRED, "alpine", "this machine's own kernel", "--backend runsc" },
	{ "the ceiling's, whatever the policy says", BACKEND_CRUN, "engine: {sandbox: optional}\n", REQUIRED, "alpine",
	  "this machine's own kernel", NULL },
	{ "the ceiling's, had", BACKEND_RUNSC, "engine: {sandbox: optional}\n", REQUIRED, "alpine", NULL, NULL },
	{ "optional", BACKEND_CRUN, "engine: {sandbox: optional}\n", NULL, "alpine", NULL, NULL },
	{ "a profile", BACKEND_RUNSC, "apparmor: generated\n", NULL, "alpine", "no AppArmor profile", "leave it out" },
	{ "none wanted", BACKEND_RUNSC, "apparmor: unconfined\nhazards: [unconfined-apparmor]\n", NULL, "alpine", NULL, NULL },
	{ "a label", BACKEND_DOCKER, REQUIRED "allow: {security_labels: [\"type:x_t\"]}\n", NULL,
	  "--security-opt label=type:x_t alpine", "no SELinux label", "leave it out" },
	{ "explanations", BACKEND_RUNSC, "", NULL, "--explain alpine", "refused system calls to nobody", "leave it out" },
	{ "a kernel parameter", BACKEND_DOCKER, REQUIRED "allow: {sysctls: [net.core.somaxconn]}\n", NULL,
	  "--sysctl net.core.somaxconn=512 alpine", "sets none in gVisor's kernel", "--sysctl" },
	{ "a domain name", BACKEND_RUNSC, "", NULL, "--domainname x alpine", "sets none in gVisor's kernel", "--domainname" },
	{ "the machine's network", BACKEND_RUNSC, "hazards: [host-network]\n", NULL, "--network host alpine", "out of the sandbox",
	  "--network none" },
	{ "the machine's processes", BACKEND_RUNSC, "hazards: [host-pid]\n", NULL, "--pid host alpine", "none of them", "--pid" },
	{ "little memory", BACKEND_RUNSC, "", NULL, "-m 63m alpine", "needs 64 MiB", "-m 64m" },
	{ "enough", BACKEND_RUNSC, "", NULL, "-m 64m --pids-limit 64 alpine", NULL, NULL },
	{ "few processes", BACKEND_DOCKER, REQUIRED, NULL, "--pids-limit 63 alpine", "own threads are counted", "--pids-limit 64" },
};

static const struct finding *find_refusal(const struct planned *test)
{
	for (size_t i = 0; i < test->findings.count; i++)
		if (test->findings.items[i].kind != FINDING_NOTE)
			return &test->findings.items[i];
	return NULL;
}

static void begin(struct planned *test, const struct sandbox_row *row)
{
	planned_init(test, row->backend, row->policy);
	if (row->ceiling != NULL)
		test->ceiling = planned_ceiling(test->arena, row->ceiling);
	test->facts.has_apparmor = test->facts.has_selinux = test->facts.engine.has_docker_labels = true;
	((struct policy *)(uintptr_t)test->policy)->is_root_owned = true;
}

static void test_row(void **state)
{
	const struct sandbox_row *row = *state;
	const struct finding *refusal;
	struct planned test;

	begin(&test, row);
	planned_run(&test, row->line);
	refusal = find_refusal(&test);
	if (refusal != NULL && row->reason == NULL)
		fail_msg("%s", refusal->reason);
	assert_int_equal(test.plan != NULL, row->reason == NULL);
	if (row->reason != NULL) {
		assert_non_null(strstr(refusal->reason, row->reason));
		assert_true(row->remedy == NULL || strstr(refusal->remedy, row->remedy) != NULL);
	} else {
		assert_int_equal(test.plan->is_sandboxed, row->backend != BACKEND_CRUN);
	}
	arena_free(test.arena);
}

static void test_place_of_the_rule(void **state)
{
	static const struct sandbox_row row = { .backend = BACKEND_CRUN, .policy = REQUIRED, .ceiling = NULL };
	static const struct sandbox_row above = { .backend = BACKEND_CRUN, .policy = "", .ceiling = REQUIRED };
	struct planned test;

	(void)state;
	begin(&test, &row);
	planned_run(&test, "alpine");
	assert_string_equal(find_refusal(&test)->rule, "engine.sandbox");
	assert_int_equal(find_refusal(&test)->place.line, 3);
	arena_free(test.arena);
	begin(&test, &above);
	planned_run(&test, "alpine");
	assert_string_equal(find_refusal(&test)->rule, "ceiling: engine.sandbox");
	arena_free(test.arena);
}

static void test_docker_without_runsc(void **state)
{
	static const struct sandbox_row row = { .backend = BACKEND_DOCKER, .policy = REQUIRED };
	struct planned test;

	(void)state;
	begin(&test, &row);
	test.facts.engine.docker_sandbox_problem = "it has no runtime of the name runsc";
	assert_null(planned_run(&test, "alpine"));
	assert_non_null(strstr(find_refusal(&test)->reason, "docker's daemon has none: it has no runtime of the name runsc"));
	assert_non_null(strstr(find_refusal(&test)->remedy, "--oci-seccomp"));
	arena_free(test.arena);
	planned_init(&test, BACKEND_DOCKER, "");
	test.facts.engine.docker_sandbox_problem = "it has no runtime of the name runsc";
	assert_non_null(planned_run(&test, "alpine"));
	assert_false(test.plan->is_sandboxed);
	arena_free(test.arena);
}

static void test_ordinary_user(void **state)
{
	static const struct sandbox_row row = { .backend = BACKEND_RUNSC, .policy = "" };
	struct planned test;

	(void)state;
	begin(&test, &row);
	test.facts.is_root = false;
	test.facts.caller_uid = test.facts.caller_gid = 1000;
	assert_null(planned_run(&test, "alpine"));
	assert_non_null(strstr(find_refusal(&test)->reason, "root's rights alone"));
	arena_free(test.arena);
}

/* Neither systemd's own socket nor those that it has opened for the unit can be reached from inside. */
static void test_unit(void **state)
{
	static const struct host_unit sockets = { .name = "web.service", .listen_count = 1 };
	static const struct host_unit notified = { .name = "web.service", .notify_socket = "/run/systemd/notify" };
	static const struct sandbox_row row = { .backend = BACKEND_RUNSC, .policy = "" };
	struct planned test;

	(void)state;
	begin(&test, &row);
	test.facts.unit = &sockets;
	assert_null(planned_run(&test, "alpine"));
	assert_non_null(strstr(find_refusal(&test)->reason, "hands no socket of systemd's over"));
	arena_free(test.arena);
	begin(&test, &row);
	test.facts.unit = &notified;
	assert_null(planned_run(&test, "alpine"));
	assert_non_null(strstr(find_refusal(&test)->remedy, "--sdnotify started"));
	arena_free(test.arena);
	begin(&test, &row);
	test.facts.unit = &notified;
	assert_non_null(planned_run(&test, "--sdnotify started alpine"));
	arena_free(test.arena);
}

/* gVisor has no ambient set: an ordinary user's capability is said, and has no effect. */
static void test_capabilities_are_noted(void **state)
{
	static const struct sandbox_row row = {
		.backend = BACKEND_RUNSC, .policy = "defaults: {cap_add: [NET_BIND_SERVICE], user: \"1000:1000\"}\n",
	};
	struct planned test;
	bool has_note = false;

	(void)state;
	begin(&test, &row);
	assert_non_null(planned_run(&test, "alpine"));
	for (size_t i = 0; i < test.findings.count; i++)
		has_note = has_note || strstr(test.findings.items[i].reason, "bounding set alone") != NULL;
	assert_true(has_note);
	arena_free(test.arena);
}

int main(void)
{
	static struct row_tests rows;

	for (size_t i = 0; i < ARRAY_COUNT(sandbox_rows); i++)
		rows_add(&rows, sandbox_rows[i].name, test_row, &sandbox_rows[i]);
	ROWS_TEST(&rows, test_place_of_the_rule);
	ROWS_TEST(&rows, test_docker_without_runsc);
	ROWS_TEST(&rows, test_ordinary_user);
	ROWS_TEST(&rows, test_unit);
	ROWS_TEST(&rows, test_capabilities_are_noted);
	return rows_run("plan_sandbox", &rows);
}
