/*
 * A whole plan: hardened when nobody says anything, bounded by ceiling and host, refused where the machine cannot hold it to
 * its word.
 */
#include "planned.h"

/* ---- hardened by default, field by field, on every backend ---- */

struct harden_row {
	const char *name;
	bool (*is_hard)(const struct plan *plan);
};

static bool hard_user(const struct plan *plan) { return plan->uid == 65534 && plan->gid == 65534 && plan->group_count == 0; }
static bool hard_memory(const struct plan *plan) { return plan->memory_bytes == PLAN_DEFAULT_MEMORY; }
static bool hard_cpus(const struct plan *plan) { return plan->nano_cpus == PLAN_DEFAULT_NANO_CPUS; }
static bool hard_pids(const struct plan *plan) { return plan->pids_limit == PLAN_DEFAULT_PIDS; }
static bool hard_shm(const struct plan *plan) { return plan->shm_size == PLAN_DEFAULT_SHM; }
static bool hard_root(const struct plan *plan) { return plan->is_read_only; }
static bool hard_privileges(const struct plan *plan) { return plan->is_no_new_privileges && !plan->is_privileged; }
static bool hard_seccomp(const struct plan *plan) { return !plan->is_seccomp_unconfined && plan->seccomp != NULL; }
static bool hard_namespaces(const struct plan *plan) { return !plan->is_host_pid && !plan->is_host_ipc && !plan->is_host_uts; }
static bool hard_capabilities(const struct plan *plan) { return plan->capabilities.count == 0; }
static bool hard_devices(const struct plan *plan) { return plan->devices.count == 0 && plan->sysctl_count == 0; }
static bool hard_mounts(const struct plan *plan) { return plan->mount_count == 0; }
static bool hard_ports(const struct plan *plan) { return plan->port_count == 0 && plan->network_names.count == 0; }
static bool hard_restart(const struct plan *plan) { return strcmp(plan->restart, "no") == 0; }
static bool hard_oom(const struct plan *plan) { return plan->oom_score_adj == 0 && plan->memory_swappiness == -1; }

static bool hard_network(const struct plan *plan)
{
	return plan->network == (plan->backend == BACKEND_RUNSC ? PLAN_NETWORK_NONE : PLAN_NETWORK_ISOLATED);
}

static bool hard_ulimits(const struct plan *plan)
{
	return plan->ulimit_count == 2 && strcmp(plan->ulimits[0].name, "core") == 0 && plan->ulimits[0].hard == 0 &&
	       strcmp(plan->ulimits[1].name, "nofile") == 0 && plan->ulimits[1].hard == 4096;
}

static bool hard_environment(const struct plan *plan)
{
	return plan->environment.count == (host_backend_is_oci(plan->backend) ? 2 : 0);
}

static bool hard_logs(const struct plan *plan)
{
	return host_backend_is_oci(plan->backend) ? strcmp(plan->log_driver, "none") == 0
						  : strcmp(plan->log_driver, "json-file") == 0 && plan->log_option_count == 2;
}

static const struct harden_row harden_rows[] = {
	{ "user", hard_user },             { "memory", hard_memory },           { "cpus", hard_cpus },     { "pids", hard_pids },
	{ "shm", hard_shm },               { "read-only root", hard_root },     { "no new privileges", hard_privileges },
	{ "seccomp", hard_seccomp },       { "namespaces", hard_namespaces },   { "no capabilities", hard_capabilities },
	{ "no devices", hard_devices },    { "no mounts", hard_mounts },        { "no ports", hard_ports }, { "no restart",
		hard_restart },
	{ "oom", hard_oom },               { "network", hard_network },         { "ulimits", hard_ulimits }, { "environment",
		hard_environment },
	{ "logs", hard_logs },
};

static void test_hardened(void **state)
{
	const enum backend_kind backend = (enum backend_kind)(uintptr_t)*state;
	struct planned test;

	planned_init(&test, backend, "");
	string_list_add(test.arena, &test.facts.environment, "SECRET=of the caller");
	assert_non_null(planned_run(&test, "alpine"));
	for (size_t i = 0; i < ARRAY_COUNT(harden_rows); i++) {
		if (!harden_rows[i].is_hard(test.plan))
			print_error("%s is not hardened\n", harden_rows[i].name);
		assert_true(harden_rows[i].is_hard(test.plan));
	}
	assert_int_equal(test.plan->backend, backend);
	assert_true(test.plan->is_sig_proxy && test.plan->is_attach_stdout && test.plan->is_attach_stderr);
	assert_false(test.plan->is_attach_stdin || test.plan->is_detached || test.plan->is_removed || test.plan->is_tty);
	assert_int_equal(test.plan->stop_timeout, -1);
	assert_ptr_equal(test.plan->seccomp, &test.policy->seccomp);
	assert_null(test.plan->ceiling_seccomp);
	planned_done(&test);
}

/* Everything in a policy's allow is for those who ask. */
static void test_grants_change_nothing(void **state)
{
	struct planned test;

	(void)state;
	planned_init(&test, BACKEND_DOCKER,
		     "allow: {mem_limit: 8g, cpus: 4, pids_limit: 4096, shm_size: 1g, user: [\"1-99:1-99\"], cap_add: [CHOWN], "
		     "networks: [none, db], tmpfs: {max_size: 1g, exec: true}, environment: [\"**\"], ulimits: {nofile: 100000}}\n");
	assert_non_null(planned_run(&test, "alpine"));
	for (size_t i = 0; i < ARRAY_COUNT(harden_rows); i++)
		assert_true(harden_rows[i].is_hard(test.plan));
	planned_done(&test);
}

/* ---- ceilings ---- */

struct ceiling_row {
	const char *policy, *ceiling, *key, *value;
	enum plan_origin origin;
};

static struct ceiling_row ceiling_rows[] = {
	{ "defaults: {mem_limit: 1g}\n", "allow: {mem_limit: 512m}\n", "mem_limit", "512m", PLAN_FROM_CEILING },
	{ "defaults: {mem_limit: 1g}\n", "allow: {mem_limit: 2g}\n", "mem_limit", "1g", PLAN_FROM_POLICY },
	{ "defaults: {mem_limit: 1g}\n", "allow: {cpus: 1}\n", "mem_limit", "256m", PLAN_FROM_CEILING },
	{ "", "allow: {mem_limit: 64m}\n", "mem_limit", "64m", PLAN_FROM_CEILING },
	{ "", "allow: {mem_limit: 1g}\n", "mem_limit", "256m", PLAN_FROM_BUILTIN },
	{ "defaults: {mem_limit: 8g}\n", "allow: {mem_limit: 50%}\n", "mem_limit", "4g", PLAN_FROM_CEILING },
	{ "defaults: {cpus: 3}\n", "allow: {cpus: 25%}\n", "cpus", "1", PLAN_FROM_CEILING },
	{ "defaults: {cpus: 3}\n", "allow: {cpus: 2}\n", "cpus", "2", PLAN_FROM_CEILING },
	{ "defaults: {pids_limit: 500}\n", "allow: {pids_limit: 100}\n", "pids_limit", "100", PLAN_FROM_CEILING },
	{ "defaults: {shm_size: 64m}\n", "allow: {shm_size: 1m}\n", "shm_size", "1m", PLAN_FROM_CEILING },
};

static void test_ceiling_row(void **state)
{
	const struct ceiling_row *row = *state;
	struct planned test;

	planned_init(&test, BACKEND_DOCKER, row->policy);
	test.ceiling = planned_ceiling(test.arena, row->ceiling);
	assert_non_null(planned_run(&test, "alpine"));
	assert_string_equal(planned_setting(&test, row->key), row->value);
	assert_int_equal(planned_first(&test, row->key)->origin, row->origin);
	planned_done(&test);
}

static void test_ceiling_holds_flags(void **state)
{
	struct planned test;

	(void)state;
	planned_init(&test, BACKEND_DOCKER, "allow: {mem_limit: 4g}\n");
	test.ceiling = planned_ceiling(test.arena, "allow: {mem_limit: 1g}\n");
	assert_non_null(planned_run(&test, "-m 1g alpine"));
	assert_null(planned_run(&test, "-m 1025m alpine"));
	planned_done(&test);
}

/* A share of the host in a grant is what may be asked for. */
static void test_percent(void **state)
{
	struct planned test;

	(void)state;
	planned_init(&test, BACKEND_DOCKER, "allow: {mem_limit: 50%, cpus: 50%}\n");
	assert_non_null(planned_run(&test, "-m 4g --cpus 2 alpine"));
	assert_null(planned_run(&test, "-m 4097m alpine"));
	test.findings.count = 0;
	assert_null(planned_run(&test, "--cpus 2.1 alpine"));
	planned_done(&test);
}

/* ---- what the machine cannot do ---- */

struct machine_row {
	const char *name;
	void (*break_it)(struct planned *test);
	enum backend_kind backend;
	const char *line;
	const char *reason; /* NULL: allowed */
	enum finding_kind kind;
};

static void no_memory(struct planned *test) { test->facts.has_memory = false; }
static void no_cpu(struct planned *test) { test->facts.has_cpu = false; }
static void no_pids(struct planned *test) { test->facts.has_pids = false; }
static void no_cpuset(struct planned *test) { test->facts.has_cpuset = false; }
static void no_blkio(struct planned *test) { test->facts.has_blkio = false; }
static void no_devices(struct planned *test) { test->facts.has_devices = false; }
static void no_seccomp(struct planned *test) { test->facts.has_seccomp = false; }
static void no_swap(struct planned *test) { test->facts.has_swap = false; }
static void gap(struct planned *test) { string_list_add(test->arena, &test->facts.engine.docker_gaps, "it cannot limit memory"); }
static void swap_note(struct planned *test) { string_list_add(test->arena, &test->facts.engine.docker_notes, "no swap there"); }
static void old_docker(struct planned *test) { test->facts.engine.docker_version = "20.10.24"; }
static void new_docker(struct planned *test) { test->facts.engine.docker_version = "25.0.0"; }
static void foreign_network(struct planned *test)
{
	test->facts.engine.isolated_network_problem = "containers in it reach each other";
}

static void layout(struct planned *test) { test->facts.image = (struct image_name){ .kind = IMAGE_OCI_LAYOUT,
	.name = "oci:/x" }; }

static void odd_image(struct planned *test) { test->facts.image_facts = (struct image_facts){ .reason = "it is odd" }; }

static void rootless_v1(struct planned *test)
{
	test->facts.is_root = false;
	test->facts.cgroup = CGROUP_HYBRID;
}

static void rootless_v2(struct planned *test)
{
	test->facts.is_root = false;
}

static struct machine_row machine_rows[] = {
	{ "no memory controller", no_memory, BACKEND_CRUN, "alpine",
		"this machine has no memory controller, so mem_limit cannot be enforced", 0 },
	{ "no memory controller, podman", no_memory, BACKEND_PODMAN, "alpine", "no memory controller", 0 },
	{ "no cpu controller", no_cpu, BACKEND_RUNC, "alpine", "no cpu controller, so cpus cannot", 0 },
	{ "no pids controller", no_pids, BACKEND_CRUN, "alpine", "no pids controller, so pids_limit cannot", 0 },
	{ "no devices controller", no_devices, BACKEND_CRUN, "alpine", "no devices controller", 0 },
	{ "no cpuset, none asked", no_cpuset, BACKEND_CRUN, "alpine", NULL, 0 },
	{ "no cpuset", no_cpuset, BACKEND_CRUN, "--cpuset-cpus 0 alpine", "no cpuset controller", 0 },
	{ "no blkio, none asked", no_blkio, BACKEND_CRUN, "alpine", NULL, 0 },
	{ "no blkio", no_blkio, BACKEND_CRUN, "--blkio-weight 100 alpine", "no blkio controller", 0 },
	{ "no seccomp", no_seccomp, BACKEND_RUNC, "alpine", "this kernel has no seccomp", 0 },
	{ "no seccomp, podman", no_seccomp, BACKEND_PODMAN, "alpine", "this kernel has no seccomp", 0 },
	{ "no swap accounting", no_swap, BACKEND_RUNC, "alpine", "does not account for swap", FINDING_NOTE },
	{ "docker says what it lacks", gap, BACKEND_DOCKER, "alpine", "it cannot limit memory, and would run", 0 },
	{ "docker and swap", swap_note, BACKEND_DOCKER, "alpine", "no swap there", FINDING_NOTE },
	{ "a start interval, and docker 20.10", old_docker, BACKEND_DOCKER, "--health-cmd x --health-start-interval 5s alpine",
		"docker here is 20.10.24, and knows it from 25.0 on", FINDING_UNSUPPORTED },
	{ "a start interval, and docker 25", new_docker, BACKEND_DOCKER, "--health-cmd x --health-start-interval 5s alpine", NULL, 0 },
	{ "a check every 5 seconds, and docker 20.10", old_docker, BACKEND_DOCKER, "--health-cmd x --health-interval 5s alpine",
		NULL, 0 },
	{ "a network of another's making", foreign_network, BACKEND_DOCKER, "alpine", "it is not what hardrun makes", 0 },
	{ "a network of another's making, not used", foreign_network, BACKEND_DOCKER, "--network none alpine", NULL, 0 },
	{ "podman without root on cgroup v1", rootless_v1, BACKEND_PODMAN, "alpine", "podman without root ignores all limits",
		0 },
	{ "podman without root on cgroup v2", rootless_v2, BACKEND_PODMAN, "alpine", NULL, 0 },
	{ "a layout for docker", layout, BACKEND_DOCKER, "alpine", "docker takes images from registries only",
		FINDING_UNSUPPORTED },
	{ "an image that cannot be read", odd_image, BACKEND_DOCKER, "alpine", "it is odd", 0 },
	{ "a layout for crun", layout, BACKEND_CRUN, "alpine", NULL, 0 },
};

static void test_machine_row(void **state)
{
	const struct machine_row *row = *state;
	struct planned test;

	planned_init(&test, row->backend, "");
	row->break_it(&test);
	planned_run(&test, row->line);
	if (row->reason == NULL || row->kind == FINDING_NOTE)
		assert_non_null(test.plan);
	else
		assert_null(test.plan);
	if (row->reason != NULL)
		assert_non_null(planned_finding(&test, row->kind, row->reason));
	planned_done(&test);
}

/* `check` without a backend leaves its rules out. */
static void test_no_backend(void **state)
{
	struct planned test;
	struct verdict_input input;

	(void)state;
	planned_init(&test, BACKEND_CRUN, "");
	planned_run(&test, "--network isolated --restart always alpine");
	assert_null(test.plan);
	test.findings.count = 0;
	no_memory(&test);
	gap(&test);
	input = (struct verdict_input){ .request = test.request, .policy = test.policy, .facts = &test.facts };
	assert_non_null(plan_complete(test.arena, &input, &test.findings));
	planned_done(&test);
}

/* ---- order of flags ---- */

static const char *const flags[] = {
	"-m 128m", "--cpus 0.3", "--pids-limit 10", "--cap-add CHOWN --cap-add SETUID", "--tmpfs /a --tmpfs /a/b", "-v vol:/v:ro",
	"-p 127.0.0.1:1:1", "--read-only", "--net db", "--init", "--ulimit nofile=5 --ulimit nproc=6", "--rm", "-h web",
		"-w /tmp",
};

/* The settings without their sources, sorted, as one text. */
static int order_lines(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static const char *settings_text(const struct planned *test)
{
	struct string_list lines = { NULL, 0 };

	for (size_t i = 0; i < test->plan->setting_count; i++) {
		const struct plan_setting *setting = &test->plan->settings[i];

		string_list_add(test->arena, &lines, arena_printf(test->arena, "%s=%s (%d)", setting->key, setting->value,
								  (int)setting->origin));
	}
	qsort(lines.items, lines.count, sizeof(lines.items[0]), order_lines);
	return planned_list(test, &lines);
}

/* The line with the flags in an order that ${seed} decides. */
static const char *shuffled_line(struct arena *arena, unsigned seed)
{
	size_t order[ARRAY_COUNT(flags)];
	struct text text;

	for (size_t i = 0; i < ARRAY_COUNT(flags); i++)
		order[i] = i;
	for (size_t i = ARRAY_COUNT(flags) - 1; i > 0; i--) {
		size_t other, kept = order[i];

		seed = seed * 1103515245u + 12345u;
		other = (seed >> 16) % (i + 1);
		order[i] = order[other];
		order[other] = kept;
	}
	text_init(&text, arena);
	for (size_t i = 0; i < ARRAY_COUNT(flags); i++)
		text_addf(&text, "%s ", flags[order[i]]);
	text_add(&text, "alpine sh");
	return text.data;
}

static void test_permutations(void **state)
{
	struct planned test;
	const char *first = NULL;

	(void)state;
	planned_init(&test, BACKEND_DOCKER, "allow: {user: [\"1-9:1-9\"]}\n");
	for (unsigned seed = 0; seed < 200; seed++) {
		const struct plan *plan = planned_run(&test, shuffled_line(test.arena, seed));

		assert_non_null(plan);
		if (first == NULL)
			first = settings_text(&test);
		assert_string_equal(settings_text(&test), first);
		assert_string_equal(plan->mounts[0].target, "/a");
		assert_string_equal(plan->mounts[1].target, "/a/b");
		assert_string_equal(plan->mounts[2].target, "/v");
		assert_string_equal(planned_list(&test, &plan->capabilities), "CAP_CHOWN|CAP_SETUID");
		assert_string_equal(plan->ulimits[2].name, "nproc");
		assert_int_equal(plan->memory_bytes, INT64_C(128) << 20);
	}
	planned_done(&test);
}

/* ---- streams and the rest ---- */

static void test_streams(void **state)
{
	struct planned test;

	(void)state;
	planned_init(&test, BACKEND_DOCKER, "");
	assert_non_null(planned_run(&test, "-it --rm --sig-proxy=false --detach-keys ctrl-a alpine"));
	assert_true(test.plan->is_interactive && test.plan->is_tty && test.plan->is_removed && test.plan->is_attach_stdin);
	assert_false(test.plan->is_sig_proxy || test.plan->is_attach_given);
	assert_string_equal(test.plan->detach_keys, "ctrl-a");
	assert_non_null(planned_run(&test, "-a stdin -a STDERR alpine"));
	assert_true(test.plan->is_attach_given && test.plan->is_attach_stdin && test.plan->is_attach_stderr);
	assert_false(test.plan->is_attach_stdout);
	assert_non_null(planned_run(&test, "-d -q alpine"));
	assert_true(test.plan->is_detached && test.plan->is_quiet);
	assert_false(test.plan->is_attach_stdout);
	planned_done(&test);
}

static void test_cidfile(void **state)
{
	struct planned test;

	(void)state;
	planned_init(&test, BACKEND_DOCKER, "");
	planned_add_path(&test, "new", "/work/new", PATH_MISSING);
	planned_add_path(&test, "old", "/work/old", PATH_REGULAR);
	assert_non_null(planned_run(&test, "--cidfile new alpine"));
	assert_string_equal(test.plan->cidfile, "/work/new");
	assert_null(planned_run(&test, "--cidfile old alpine"));
	assert_non_null(planned_finding(&test, FINDING_DENIED, "is there already"));
	planned_done(&test);
}

static void test_capability_note(void **state)
{
	struct planned test;

	(void)state;
	planned_init(&test, BACKEND_DOCKER, "");
	assert_non_null(planned_run(&test, "--cap-add CHOWN alpine"));
	assert_non_null(planned_finding(&test, FINDING_NOTE, "bounding set alone"));
	test.findings.count = 0;
	assert_non_null(planned_run(&test, "--cap-add NET_BIND_SERVICE alpine"));
	assert_null(planned_finding(&test, FINDING_NOTE, "bounding set alone"));
	planned_done(&test);
}

static void test_health(void **state)
{
	struct planned test;

	(void)state;
	planned_init(&test, BACKEND_DOCKER, "");
	assert_non_null(planned_run(&test,
				    "--health-cmd x --health-interval 1m30s --health-retries 4 --health-timeout 2s alpine"));
	assert_string_equal(test.plan->health.command, "x");
	assert_int_equal(test.plan->health.interval, INT64_C(90000000000));
	assert_int_equal(test.plan->health.timeout, INT64_C(2000000000));
	assert_int_equal(test.plan->health.retries, 4);
	assert_int_equal(test.plan->health.start_period, 0);
	assert_false(test.plan->health.is_disabled);
	planned_done(&test);
}

int main(void)
{
	static struct row_tests rows;

	for (uintptr_t kind = 0; kind < BACKEND_KIND_COUNT; kind++)
		rows_add(&rows, host_backend_name((enum backend_kind)kind), test_hardened, (void *)kind);
	for (size_t i = 0; i < ARRAY_COUNT(ceiling_rows); i++)
		rows_add(&rows, ceiling_rows[i].ceiling, test_ceiling_row, &ceiling_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(machine_rows); i++)
		rows_add(&rows, machine_rows[i].name, test_machine_row, &machine_rows[i]);
	ROWS_TEST(&rows, test_grants_change_nothing);
	ROWS_TEST(&rows, test_ceiling_holds_flags);
	ROWS_TEST(&rows, test_percent);
	ROWS_TEST(&rows, test_no_backend);
	ROWS_TEST(&rows, test_permutations);
	ROWS_TEST(&rows, test_streams);
	ROWS_TEST(&rows, test_cidfile);
	ROWS_TEST(&rows, test_capability_note);
	ROWS_TEST(&rows, test_health);
	return rows_run("plan_complete", &rows);
}
