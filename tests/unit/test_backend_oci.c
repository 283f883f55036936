/* config.json: what every bundle says, what each member of the plan becomes, what is refused. */
#include "plans.h"

#include <jansson.h>

/* Renders and parses; the caller lets go of the document. */
static json_t *render(struct plan_case *test)
{
	json_t *config;

	assert_int_equal(plan_case_render(test), 0);
	config = json_loads(test->launch.config_json, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(config);
	return config;
}

/* "linux.resources.memory" */
static json_t *at(json_t *object, const char *path)
{
	char *copy = strdup(path);
	char *rest = copy;

	assert_non_null(copy);
	for (char *word; object != NULL && (word = strsep(&rest, ".")) != NULL;)
		object = json_object_get(object, word);
	free(copy);
	return object;
}

static bool array_has(json_t *array, const char *word)
{
	for (size_t i = 0; i < json_array_size(array); i++)
		if (strcmp(json_string_value(json_array_get(array, i)), word) == 0)
			return true;
	return false;
}

static json_t *mount_at(json_t *config, const char *target)
{
	json_t *mounts = at(config, "mounts");

	for (size_t i = 0; i < json_array_size(mounts); i++)
		if (strcmp(json_string_value(at(json_array_get(mounts, i), "destination")), target) == 0)
			return json_array_get(mounts, i);
	return NULL;
}

static void assert_options(json_t *config, const char *target, const char *wanted)
{
	json_t *options = at(mount_at(config, target), "options");
	char joined[512] = "";

	assert_non_null(options);
	for (size_t i = 0; i < json_array_size(options); i++) {
		strncat(joined, i > 0 ? "," : "", sizeof(joined) - strlen(joined) - 1);
		strncat(joined, json_string_value(json_array_get(options, i)), sizeof(joined) - strlen(joined) - 1);
	}
	assert_string_equal(joined, wanted);
}

/* NULL: there is none of that type. */
static json_t *namespace_of(json_t *config, const char *type)
{
	json_t *array = at(config, "linux.namespaces");

	for (size_t i = 0; i < json_array_size(array); i++)
		if (strcmp(json_string_value(at(json_array_get(array, i), "type")), type) == 0)
			return json_array_get(array, i);
	return NULL;
}

static bool has_namespace(json_t *config, const char *type)
{
	return namespace_of(config, type) != NULL;
}

/* Of one that is there already; NULL: it is a new one. */
static const char *namespace_path(json_t *config, const char *type)
{
	return json_string_value(json_object_get(namespace_of(config, type), "path"));
}

static void test_process(void **state)
{
	static const char *const sets[] = { "bounding", "effective", "inheritable", "permitted", "ambient" };
	struct plan_case test;
	json_t *config;

	(void)state;
	plan_case_init(&test, BACKEND_RUNC);
	config = render(&test);
	assert_string_equal(json_string_value(at(config, "ociVersion")), "1.0.2");
	assert_int_equal(json_integer_value(at(config, "process.user.uid")), 1000);
	assert_int_equal(json_integer_value(at(config, "process.user.gid")), 1001);
	assert_null(at(config, "process.user.additionalGids"));
	assert_true(json_is_true(at(config, "process.noNewPrivileges")));
	assert_true(json_is_false(at(config, "process.terminal")));
	assert_true(json_is_true(at(config, "root.readonly")));
	assert_string_equal(json_string_value(at(config, "root.path")), "/run/hardrun/containers/web/rootfs");
	assert_string_equal(json_string_value(at(config, "process.cwd")), "/");
	for (size_t i = 0; i < ARRAY_COUNT(sets); i++) {
		json_t *set = json_object_get(at(config, "process.capabilities"), sets[i]);

		assert_true(json_is_array(set));
		assert_int_equal(json_array_size(set), 0);
	}
	assert_string_equal(test.launch.container_id, "web");
	assert_null(test.launch.profile_json);
	json_decref(config);
	plan_case_done(&test);
}

static void test_capabilities_fill_all_five_sets(void **state)
{
	struct plan_case test;
	json_t *config;
	const char *name;
	json_t *set;

	(void)state;
	plan_case_init(&test, BACKEND_CRUN);
	string_list_add(test.arena, &test.plan.capabilities, "CAP_NET_BIND_SERVICE");
	config = render(&test);
	assert_int_equal(json_object_size(at(config, "process.capabilities")), 5);
	json_object_foreach(at(config, "process.capabilities"), name, set) {
		assert_int_equal(json_array_size(set), 1);
		assert_true(array_has(set, "CAP_NET_BIND_SERVICE"));
	}
	json_decref(config);
	plan_case_done(&test);
}

static void test_process_details(void **state)
{
	static struct plan_ulimit limits[] = { { "nofile", 512, 1024 }, { "core", -1, -1 } };
	static const uint32_t groups[] = { 5, 6 };
	struct plan_case test;
	json_t *config, *rlimits;

	(void)state;
	plan_case_init(&test, BACKEND_RUNC);
	test.plan.ulimits = limits;
	test.plan.ulimit_count = 2;
	test.plan.groups = groups;
	test.plan.group_count = 2;
	test.plan.oom_score_adj = 500;
	test.plan.is_tty = true;
	config = render(&test);
	rlimits = at(config, "process.rlimits");
	assert_string_equal(json_string_value(at(json_array_get(rlimits, 0), "type")), "RLIMIT_NOFILE");
	assert_int_equal(json_integer_value(at(json_array_get(rlimits, 0), "soft")), 512);
	assert_int_equal(json_integer_value(at(json_array_get(rlimits, 0), "hard")), 1024);
	assert_true(json_integer_value(at(json_array_get(rlimits, 1), "hard")) == INT64_MAX);
	assert_int_equal(json_integer_value(json_array_get(at(config, "process.user.additionalGids"), 1)), 6);
	assert_int_equal(json_integer_value(at(config, "process.oomScoreAdj")), 500);
	assert_true(json_is_true(at(config, "process.terminal")));
	json_decref(config);
	plan_case_done(&test);
}

static void test_base_mounts(void **state)
{
	static const char *const nosuid[] = { "/proc", "/dev", "/dev/pts", "/sys", "/sys/fs/cgroup", "/dev/mqueue", "/dev/shm" };
	struct plan_case test;
	json_t *config;

	(void)state;
	plan_case_init(&test, BACKEND_RUNC);
	config = render(&test);
	for (size_t i = 0; i < ARRAY_COUNT(nosuid); i++)
		assert_true(array_has(at(mount_at(config, nosuid[i]), "options"), "nosuid"));
	assert_options(config, "/sys", "nosuid,noexec,nodev,ro");
	assert_options(config, "/dev/shm", "nosuid,noexec,nodev,mode=1777,size=16777216");
	assert_options(config, "/sys/fs/cgroup", "nosuid,noexec,nodev,relatime,ro");
	assert_int_equal(json_array_size(at(config, "mounts")), ARRAY_COUNT(nosuid));
	json_decref(config);
	plan_case_done(&test);
}

static struct kernel_row {
	const char *kernel;
	const char *read_only, *writable;
} kernel_rows[] = {
	{ "6.1.0-9-amd64", "rbind,rprivate,nosuid,nodev,rnosuid,rnodev,ro,rro", "rbind,rprivate,nosuid,nodev,rnosuid,rnodev" },
	{ "5.12.0", "rbind,rprivate,nosuid,nodev,rnosuid,rnodev,ro,rro", "rbind,rprivate,nosuid,nodev,rnosuid,rnodev" },
	{ "5.11.22-generic", "bind,rprivate,nosuid,nodev,ro", "bind,rprivate,nosuid,nodev" },
	{ "4.19", "bind,rprivate,nosuid,nodev,ro", "bind,rprivate,nosuid,nodev" },
	{ "nonsense", "bind,rprivate,nosuid,nodev,ro", "bind,rprivate,nosuid,nodev" },
	{ NULL, "bind,rprivate,nosuid,nodev,ro", "bind,rprivate,nosuid,nodev" },
};

static void test_bind_row(void **state)
{
	static struct plan_mount mounts[] = {
		{ .type = PLAN_BIND, .source = "/srv/a", .target = "/a", .is_read_only = true, .is_directory = true },
		{ .type = PLAN_BIND, .source = "/srv/b", .target = "/b", .is_directory = true },
		{ .type = PLAN_BIND, .source = "/srv/file", .target = "/f", .is_read_only = true },
		{ .type = PLAN_BIND, .source = "/srv/own", .target = "/g" },
	};
	const struct kernel_row *row = *state;
	struct plan_case test;
	json_t *config;

	plan_case_init(&test, BACKEND_CRUN);
	test.facts.kernel = row->kernel;
	test.plan.mounts = mounts;
	test.plan.mount_count = ARRAY_COUNT(mounts);
	config = render(&test);
	assert_options(config, "/a", row->read_only);
	assert_options(config, "/b", row->writable);
	/* Whatever the kernel can do: nothing is mounted below a file. */
	assert_options(config, "/f", "bind,rprivate,nosuid,nodev,ro");
	assert_options(config, "/g", "bind,rprivate,nosuid,nodev");
	assert_string_equal(json_string_value(at(mount_at(config, "/b"), "source")), "/run/hardrun/containers/web/mounts/1");
	json_decref(config);
	plan_case_done(&test);
}

static void test_tmpfs(void **state)
{
	static struct plan_mount mounts[] = {
		{ .type = PLAN_TMPFS, .target = "/tmp", .size_bytes = 4096, .mode = 01777, .uid = 1000, .gid = 1001 },
		{ .type = PLAN_TMPFS, .target = "/x", .size_bytes = 4096, .mode = 0700, .is_exec = true, .is_read_only = true },
	};
	struct plan_case test;
	json_t *config;

	(void)state;
	plan_case_init(&test, BACKEND_RUNC);
	test.plan.mounts = mounts;
	test.plan.mount_count = 2;
	config = render(&test);
	assert_options(config, "/tmp", "nosuid,nodev,noexec,size=4096,mode=1777,uid=1000,gid=1001");
	assert_options(config, "/x", "nosuid,nodev,exec,ro,size=4096,mode=0700,uid=0,gid=0");
	json_decref(config);
	plan_case_done(&test);
}

static struct cpu_row {
	int64_t nano_cpus;
	int64_t quota, period;
} cpu_rows[] = {
	{ 500000000, 50000, 100000 }, { 1, 1000, 1000000 }, { 1000000, 1000, 1000000 }, { 9999999, 9999, 1000000 },
	{ 10000000, 1000, 100000 }, { INT64_C(64000000000), 6400000, 100000 }, { 333333333, 33333, 100000 },
};

static void test_cpu_row(void **state)
{
	const struct cpu_row *row = *state;
	struct plan_case test;
	json_t *config;

	plan_case_init(&test, BACKEND_RUNC);
	test.plan.nano_cpus = row->nano_cpus;
	config = render(&test);
	assert_int_equal(json_integer_value(at(config, "linux.resources.cpu.quota")), row->quota);
	assert_int_equal(json_integer_value(at(config, "linux.resources.cpu.period")), row->period);
	json_decref(config);
	plan_case_done(&test);
}

static void test_resources(void **state)
{
	struct plan_case test;
	json_t *config, *rule;

	(void)state;
	plan_case_init(&test, BACKEND_RUNC);
	test.plan.cpu_shares = 512;
	test.plan.blkio_weight = 100;
	test.plan.cpuset_cpus = "0-1";
	test.plan.memory_swappiness = 10;
	config = render(&test);
	assert_int_equal(json_integer_value(at(config, "linux.resources.memory.limit")), 64 << 20);
	assert_int_equal(json_integer_value(at(config, "linux.resources.memory.swap")), 64 << 20);
	assert_null(at(config, "linux.resources.memory.swappiness")); /* version 2 has none */
	assert_int_equal(json_integer_value(at(config, "linux.resources.pids.limit")), 64);
	assert_int_equal(json_integer_value(at(config, "linux.resources.cpu.shares")), 512);
	assert_int_equal(json_integer_value(at(config, "linux.resources.blockIO.weight")), 100);
	assert_string_equal(json_string_value(at(config, "linux.resources.cpu.cpus")), "0-1");
	rule = json_array_get(at(config, "linux.resources.devices"), 0);
	assert_int_equal(json_array_size(at(config, "linux.resources.devices")), 1);
	assert_true(json_is_false(at(rule, "allow")));
	assert_string_equal(json_string_value(at(rule, "access")), "rwm");
	assert_string_equal(json_string_value(at(config, "linux.cgroupsPath")), "/hardrun-web");
	json_decref(config);
	plan_case_done(&test);
}

static void test_swap_is_left_out_without_accounting(void **state)
{
	struct plan_case test;
	json_t *config;

	(void)state;
	plan_case_init(&test, BACKEND_RUNC);
	test.facts.has_swap = false;
	test.facts.cgroup = CGROUP_V1;
	test.plan.memory_swappiness = 0;
	config = render(&test);
	assert_null(at(config, "linux.resources.memory.swap"));
	assert_int_equal(json_integer_value(at(config, "linux.resources.memory.limit")), 64 << 20);
	assert_true(json_is_integer(at(config, "linux.resources.memory.swappiness")));
	json_decref(config);
	plan_case_done(&test);
}

static void test_namespaces(void **state)
{
	static const char *const all[] = { "pid", "network", "ipc", "uts", "mount", "cgroup" };
	struct plan_case test;
	json_t *config;

	(void)state;
	plan_case_init(&test, BACKEND_CRUN);
	config = render(&test);
	for (size_t i = 0; i < ARRAY_COUNT(all); i++)
		assert_true(has_namespace(config, all[i]));
	assert_int_equal(json_array_size(at(config, "linux.namespaces")), ARRAY_COUNT(all));
	json_decref(config);
	test.plan.network = PLAN_NETWORK_HOST;
	test.plan.is_host_pid = test.plan.is_host_ipc = test.plan.is_host_uts = true;
	config = render(&test);
	for (size_t i = 0; i < 4; i++)
		assert_false(has_namespace(config, all[i]));
	assert_null(at(config, "hostname"));
	assert_string_equal(json_string_value(at(mount_at(config, "/dev/shm"), "type")), "bind");
	json_decref(config);
	plan_case_done(&test);
}

static void test_hidden_paths_and_filter(void **state)
{
	static const char *const masked[] = { "/proc/kcore",	   "/proc/keys",	  "/proc/acpi",
					      "/proc/timer_list",  "/proc/scsi",	  "/sys/firmware",
					      "/proc/sched_debug", "/proc/latency_stats", "/proc/timer_stats" };
	static const char *const read_only[] = { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger" };
	struct plan_case test;
	json_t *config;

	(void)state;
	plan_case_init(&test, BACKEND_RUNC);
	config = render(&test);
	for (size_t i = 0; i < ARRAY_COUNT(masked); i++)
		assert_true(array_has(at(config, "linux.maskedPaths"), masked[i]));
	for (size_t i = 0; i < ARRAY_COUNT(read_only); i++)
		assert_true(array_has(at(config, "linux.readonlyPaths"), read_only[i]));
	assert_string_not_equal(json_string_value(at(config, "linux.seccomp.defaultAction")), "SCMP_ACT_ALLOW");
	assert_true(json_array_size(at(config, "linux.seccomp.syscalls")) > 0);
	assert_string_equal(json_string_value(at(config, "linux.rootfsPropagation")), "rprivate");
	json_decref(config);
	test.plan.is_seccomp_unconfined = true;
	config = render(&test);
	assert_null(at(config, "linux.seccomp"));
	json_decref(config);
	plan_case_done(&test);
}

/* Only crun knows the annotation, and only what the build made is handed over; the names stay for a crun without it. */
static void test_compiled_filter_is_for_crun(void **state)
{
	static const struct { enum backend_kind backend; bool is_prepared, is_unconfined, is_given; } rows[] = {
		{ BACKEND_CRUN, true, false, true },  { BACKEND_CRUN, false, false, false },
		{ BACKEND_CRUN, true, true, false }, { BACKEND_RUNC, true, false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct plan_case test;
		json_t *config, *given;

		plan_case_init(&test, rows[i].backend);
		if (rows[i].is_prepared)
			assert_int_equal(profile_choose(test.arena, test.plan.seccomp, NULL, &test.profile, &test.err), 0);
		test.plan.is_seccomp_unconfined = rows[i].is_unconfined;
		config = render(&test);
		given = json_object_get(at(config, "annotations"), "run.oci.seccomp_bpf_data");
		assert_int_equal(given != NULL, rows[i].is_given);
		if (given != NULL)
			assert_string_equal(json_string_value(given), test.profile->prepared->bpf_base64);
		assert_int_equal(at(config, "linux.seccomp") != NULL, !rows[i].is_unconfined);
		json_decref(config);
		plan_case_done(&test);
	}
}

/* Whole mounts alone, no cgroup, and the name that gVisor's kernel has for select(2). */
static void test_sandbox(void **state)
{
	static struct plan_mount mounts[] = {
		{ .type = PLAN_BIND, .target = "/data", .source = "/srv/data", .is_directory = true, .is_read_only = true },
	};
	struct plan_case test;
	json_t *config, *mount;
	size_t index;
	bool has_bind = false;

	(void)state;
	plan_case_init(&test, BACKEND_RUNSC);
	test.plan.mounts = mounts;
	test.plan.mount_count = ARRAY_COUNT(mounts);
	config = render(&test);
	assert_null(at(config, "linux.cgroupsPath"));
	assert_null(at(config, "annotations"));
	assert_non_null(strstr(test.launch.config_json, "\"pselect6\",\"pselect\""));
	json_array_foreach(at(config, "mounts"), index, mount) {
		char *options = json_dumps(json_object_get(mount, "options"), JSON_COMPACT);

		if (strcmp(json_string_value(json_object_get(mount, "destination")), "/data") == 0) {
			assert_string_equal(options, "[\"rbind\",\"rprivate\",\"ro\"]");
			has_bind = true;
		}
		free(options);
	}
	assert_true(has_bind);
	json_decref(config);
	plan_case_done(&test);
}

static void test_a_sandbox_is_runscs(void **state)
{
	static const struct { enum backend_kind backend; bool is_sandboxed; } rows[] = {
		{ BACKEND_RUNSC, false }, { BACKEND_CRUN, true }, { BACKEND_RUNC, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct plan_case test;

		plan_case_init(&test, rows[i].backend);
		test.plan.is_sandboxed = rows[i].is_sandboxed;
		assert_int_equal(plan_case_render(&test), -ERROR_UNSUPPORTED);
		plan_case_done(&test);
	}
}

/* The launch room asks the tree for the very places that the document names, in its order. */
static void test_mount_targets_are_those_of_the_document(void **state)
{
	static struct plan_mount mounts[] = {
		{ .type = PLAN_TMPFS, .target = "/tmp", .size_bytes = 1 << 20, .mode = 01777 },
		{ .type = PLAN_BIND, .target = "/data", .source = "/srv/data", .is_directory = true },
	};
	struct plan_case test;
	json_t *config, *array;

	(void)state;
	plan_case_init(&test, BACKEND_RUNC);
	test.plan.mounts = mounts;
	test.plan.mount_count = ARRAY_COUNT(mounts);
	config = render(&test);
	array = at(config, "mounts");
	assert_int_equal(test.launch.mount_targets.count, json_array_size(array));
	for (size_t i = 0; i < json_array_size(array); i++)
		assert_string_equal(test.launch.mount_targets.items[i],
				    json_string_value(at(json_array_get(array, i), "destination")));
	json_decref(config);
	plan_case_done(&test);
}

static void test_sysctls(void **state)
{
	static struct plan_pair sysctls[] = { { "net.ipv4.ip_unprivileged_port_start", "0" } };
	struct plan_case test;
	json_t *config;

	(void)state;
	plan_case_init(&test, BACKEND_RUNC);
	config = render(&test);
	assert_null(at(config, "linux.sysctl"));
	json_decref(config);
	test.plan.sysctls = sysctls;
	test.plan.sysctl_count = 1;
	test.plan.domainname = "example.org";
	config = render(&test);
	assert_string_equal(json_string_value(json_object_get(at(config, "linux.sysctl"), "net.ipv4.ip_unprivileged_port_start")), "0");
	assert_string_equal(json_string_value(json_object_get(at(config, "linux.sysctl"), "kernel.domainname")), "example.org");
	json_decref(config);
	plan_case_done(&test);
}

/* ---- what must never be rendered without what it asks for ---- */

static void want_privileged(struct plan_case *test) { test->plan.is_privileged = true; }
static void want_device(struct plan_case *test) { string_list_add(test->arena, &test->plan.devices, "/dev/fuse:rw"); }
static void want_isolated(struct plan_case *test) { test->plan.network = PLAN_NETWORK_ISOLATED; }
static void want_named(struct plan_case *test) { test->plan.network = PLAN_NETWORK_NAMED; }
static void want_command(struct plan_case *test) { test->plan.argv.count = 0; }
static void want_directory(struct plan_case *test) { test->plan.working_dir = NULL; }
static void want_name(struct plan_case *test) { test->plan.name = NULL; }
static void want_runtime_dir(struct plan_case *test) { test->facts.runtime_dir = NULL; }
static void want_port(struct plan_case *test)
{
	static struct plan_port port = { "127.0.0.1", 8080, 80, "tcp" };

	test->plan.ports = &port;
	test->plan.port_count = 1;
}
static void want_ordinary_user(struct plan_case *test) { test->facts.is_root = false; }
static void want_control_path(struct plan_case *test)
{
	static struct plan_mount mount = { .type = PLAN_BIND, .source = "/srv/a\n", .target = "/d" };

	test->plan.mounts = &mount;
	test->plan.mount_count = 1;
}

static struct refused_row {
	const char *name;
	void (*set)(struct plan_case *test);
} refused_rows[] = {
	{ "privileged", want_privileged },
	{ "device", want_device },
	{ "isolated network", want_isolated },
	{ "named network", want_named },
	{ "no command", want_command },
	{ "no directory", want_directory },
	{ "no name", want_name },
	{ "no runtime directory", want_runtime_dir },
	{ "port", want_port },
	{ "an ordinary user of whom nothing is known", want_ordinary_user },
	{ "control path", want_control_path },
};

static void test_refused_row(void **state)
{
	const struct refused_row *row = *state;
	struct plan_case test;

	plan_case_init(&test, BACKEND_RUNC);
	row->set(&test);
	assert_true(plan_case_render(&test) < 0);
	assert_null(test.launch.config_json);
	assert_non_null(test.err.message);
	plan_case_done(&test);
}

static void test_volume(void **state)
{
	struct plan_mount mount = { .type = PLAN_VOLUME, .source = "data", .target = "/d", .is_read_only = true };
	struct plan_case test;
	json_t *config;

	(void)state;
	plan_case_init(&test, BACKEND_RUNC);
	test.plan.mounts = &mount;
	test.plan.mount_count = 1;
	config = render(&test);
	assert_string_equal(json_string_value(at(mount_at(config, "/d"), "source")), "/run/hardrun/containers/web/mounts/0");
	assert_options(config, "/d", "rbind,rprivate,nosuid,nodev,rnosuid,rnodev,ro,rro");
	json_decref(config);
	plan_case_done(&test);
}

/* The caller is 1000 with the ids 0 to 9 and above 1000; see test_host_rootless for where such maps come from. */
static struct host_rootless make_rootless(struct host_id_range *ranges, size_t count)
{
	return (struct host_rootless){
		.uids = { ranges, count }, .gids = { ranges, count },
		.cgroups = { [HOST_CONTROLLER_MEMORY] = "/sys/fs/cgroup/user.slice/x.scope" },
	};
}

static const struct host_carrier carrier = { .program = "/usr/bin/slirp4netns" };

/* Root's container joins the one that is made for it, where the launch room puts it; no other namespace is anybody's. */
static void test_roots_network(void **state)
{
	struct plan_case test;
	json_t *config;

	(void)state;
	plan_case_init(&test, BACKEND_RUNC);
	test.facts.carrier = &carrier;
	test.plan.network = PLAN_NETWORK_ISOLATED;
	config = render(&test);
	assert_string_equal(namespace_path(config, "network"), "/run/hardrun/containers/web/network");
	assert_null(namespace_path(config, "pid"));
	assert_non_null(mount_at(config, "/etc/hosts"));
	json_decref(config);
	string_list_add(test.arena, &test.plan.capabilities, "CAP_NET_RAW");
	assert_int_equal(plan_case_render(&test), -ERROR_UNSUPPORTED);
	test.plan.network = PLAN_NETWORK_NONE;
	config = render(&test);
	assert_true(has_namespace(config, "network"));
	assert_null(namespace_path(config, "network"));
	json_decref(config);
	plan_case_done(&test);
}

/* The container's own address and the resolver behind it, or what the plan says. Both files are one mount each. */
static void test_own_network(void **state)
{
	struct host_id_range ranges[] = { { 0, 1, 10 }, { 1000, 0, 1 } };
	const struct host_rootless rootless = make_rootless(ranges, ARRAY_COUNT(ranges));
	struct plan_case test;
	json_t *config;

	(void)state;
	plan_case_init(&test, BACKEND_RUNC);
	test.facts.is_root = false;
	test.facts.rootless = &rootless;
	test.facts.carrier = &carrier;
	test.plan.network = PLAN_NETWORK_ISOLATED;
	config = render(&test);
	assert_true(has_namespace(config, "network"));
	assert_null(namespace_path(config, "network"));
	assert_string_equal(json_string_value(at(mount_at(config, "/etc/hosts"), "source")), "/run/hardrun/containers/web/hosts");
	assert_string_equal(json_string_value(at(mount_at(config, "/etc/resolv.conf"), "source")),
			    "/run/hardrun/containers/web/resolv.conf");
	assert_string_equal(test.launch.resolv_conf, "nameserver 10.0.2.3\n");
	json_decref(config);
	string_list_add(test.arena, &test.plan.dns, "192.0.2.1");
	string_list_add(test.arena, &test.plan.dns, "192.0.2.2");
	string_list_add(test.arena, &test.plan.dns_search, "a.example");
	string_list_add(test.arena, &test.plan.dns_search, "b.example");
	string_list_add(test.arena, &test.plan.dns_options, "ndots:2");
	string_list_add(test.arena, &test.plan.dns_options, "rotate");
	string_list_add(test.arena, &test.plan.extra_hosts, "six:2001:db8::1");
	json_decref(render(&test));
	assert_string_equal(test.launch.resolv_conf,
			    "search a.example b.example\nnameserver 192.0.2.1\nnameserver 192.0.2.2\noptions ndots:2 rotate\n");
	assert_string_equal(test.launch.hosts, "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n10.0.2.100\tweb\n"
					       "2001:db8::1\tsix\n");
	test.plan.network = PLAN_NETWORK_NONE;
	config = render(&test);
	assert_null(mount_at(config, "/etc/hosts"));
	assert_null(test.launch.resolv_conf);
	json_decref(config);
	plan_case_done(&test);
}

static void test_ordinary_user(void **state)
{
	struct host_id_range ranges[] = { { 0, 1, 10 }, { 1000, 0, 1 } };
	const struct host_rootless rootless = make_rootless(ranges, ARRAY_COUNT(ranges));
	struct plan_mount mount = { .type = PLAN_BIND, .source = "/srv/a", .target = "/d", .is_read_only = true, .is_directory = true };
	struct plan_case test;
	json_t *config;

	(void)state;
	plan_case_init(&test, BACKEND_CRUN);
	test.facts.is_root = false;
	test.facts.rootless = &rootless;
	test.plan.mounts = &mount;
	test.plan.mount_count = 1;
	config = render(&test);
	assert_true(has_namespace(config, "user"));
	assert_int_equal(json_array_size(at(config, "linux.uidMappings")), 2);
	assert_int_equal(json_integer_value(at(json_array_get(at(config, "linux.gidMappings"), 1), "containerID")), 1000);
	assert_int_equal(json_integer_value(at(json_array_get(at(config, "linux.gidMappings"), 1), "hostID")), 0);
	assert_int_equal(json_integer_value(at(json_array_get(at(config, "linux.uidMappings"), 0), "size")), 10);
	assert_null(at(config, "linux.cgroupsPath"));
	/* What it may do is set on the staged mount, and crun drops what is not asked for. */
	assert_options(config, "/d", "rbind,rprivate,rnosuid,rnodev,rro");
	assert_options(config, "/dev/pts", "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5");
	json_decref(config);
	plan_case_done(&test);
}

/* With crun everything is asked for; runc leaves alone what is staged. */
static void test_ordinary_user_binds(void **state)
{
	static const struct { enum backend_kind backend; bool is_directory, is_read_only; const char *options; } rows[] = {
		{ BACKEND_CRUN, true, false, "rbind,rprivate,rnosuid,rnodev" }, { BACKEND_CRUN, false, true, "bind,rprivate,nosuid,nodev,ro" },
		{ BACKEND_CRUN, false, false, "bind,rprivate,nosuid,nodev" }, { BACKEND_RUNC, true, true, "rbind,rprivate" },
		{ BACKEND_RUNC, false, false, "bind,rprivate" },
	};
	struct host_id_range ranges[] = { { 0, 1, 10 } };
	const struct host_rootless rootless = make_rootless(ranges, ARRAY_COUNT(ranges));

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct plan_mount mount = { .type = PLAN_BIND, .source = "/srv/a", .target = "/d", .is_read_only = rows[i].is_read_only,
					    .is_directory = rows[i].is_directory };
		struct plan_case test;
		json_t *config;

		plan_case_init(&test, rows[i].backend);
		test.facts.is_root = false;
		test.facts.rootless = &rootless;
		test.plan.mounts = &mount;
		test.plan.mount_count = 1;
		config = render(&test);
		assert_options(config, "/d", rows[i].options);
		json_decref(config);
		plan_case_done(&test);
	}
}

static void test_ordinary_user_alone(void **state)
{
	struct host_id_range own = { 1000, 0, 1 };
	const struct host_rootless rootless = make_rootless(&own, 1);
	struct plan_case test;
	json_t *config;

	(void)state;
	plan_case_init(&test, BACKEND_CRUN);
	test.facts.is_root = false;
	test.facts.rootless = &rootless;
	config = render(&test);
	/* There is no group 5: the kernel would refuse it. */
	assert_options(config, "/dev/pts", "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620");
	json_decref(config);
	plan_case_done(&test);
}

/* On version 2 runc would make its cgroup beside ours; on version 1 below it, by itself. */
static void test_ordinary_user_cgroup_of_runc(void **state)
{
	struct host_id_range own = { 1000, 0, 1 };
	const struct host_rootless rootless = make_rootless(&own, 1);

	(void)state;
	for (unsigned version = CGROUP_V1; version <= CGROUP_V2; version++) {
		struct plan_case test;
		json_t *config;

		plan_case_init(&test, BACKEND_RUNC);
		test.facts.is_root = false;
		test.facts.rootless = &rootless;
		test.facts.cgroup = version;
		config = render(&test);
		if (version == CGROUP_V2)
			assert_string_equal(json_string_value(at(config, "linux.cgroupsPath")), "/user.slice/x.scope/hardrun-web");
		else
			assert_null(at(config, "linux.cgroupsPath"));
		json_decref(config);
		plan_case_done(&test);
	}
}

static void test_root_has_no_user_namespace(void **state)
{
	struct plan_case test;
	json_t *config;

	(void)state;
	plan_case_init(&test, BACKEND_RUNC);
	config = render(&test);
	assert_false(has_namespace(config, "user"));
	assert_null(at(config, "linux.uidMappings"));
	assert_string_equal(json_string_value(at(config, "linux.cgroupsPath")), "/hardrun-web");
	json_decref(config);
	plan_case_done(&test);
}

static void test_dry_run_is_the_document(void **state)
{
	struct plan_case test;
	size_t length;

	(void)state;
	plan_case_init(&test, BACKEND_RUNC);
	assert_int_equal(plan_case_render(&test), 0);
	assert_ptr_equal(backend_dry_run(test.arena, &test.launch), test.launch.config_json);
	length = strlen(test.launch.config_json);
	assert_memory_equal(test.launch.config_json + length - 2, "}\n", 2);
	plan_case_done(&test);
}

static void test_explained(void **state)
{
	static const struct policy_seccomp plain = { .base = { .value = "default" } };
	struct plan_case test;
	json_t *config;

	(void)state;
	plan_case_init(&test, BACKEND_CRUN);
	test.plan.is_explained = true;
	config = render(&test);
	assert_string_equal(json_string_value(at(config, "linux.seccomp.listenerPath")), BACKEND_LISTENER_PATH);
	assert_null(at(config, "annotations")); /* a compiled filter would be obeyed in its place */
	assert_non_null(test.launch.explained);
	json_decref(config);
	/* A filter without rules cannot be explained, and no filter neither. */
	assert_int_equal(profile_choose(test.arena, &plain, NULL, &test.profile, &test.err), 0);
	assert_int_equal(plan_case_render(&test), -(int)ERROR_UNSUPPORTED);
	test.plan.is_seccomp_unconfined = true;
	assert_int_equal(plan_case_render(&test), -(int)ERROR_UNSUPPORTED);
	test.plan.is_seccomp_unconfined = test.plan.is_explained = false;
	assert_int_equal(plan_case_render(&test), 0);
	assert_null(test.launch.explained);
	plan_case_done(&test);
}

static void test_apparmor(void **state)
{
	struct plan_case test;
	json_t *config;

	(void)state;
	plan_case_init(&test, BACKEND_RUNC);
	assert_int_equal(plan_case_render(&test), 0);
	assert_null(test.launch.apparmor.name);
	assert_null(strstr(test.launch.config_json, "apparmorProfile"));
	test.plan.apparmor = PLAN_APPARMOR_GENERATED;
	test.plan.policy_name = "web";
	assert_int_equal(plan_case_render(&test), 0);
	assert_non_null(test.launch.apparmor.text);
	config = json_loads(test.launch.config_json, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(json_object_get(config, "process"), "apparmorProfile")),
			    test.launch.apparmor.name);
	json_decref(config);
	test.plan.apparmor = PLAN_APPARMOR_NAMED;
	test.plan.apparmor_profile = "site";
	assert_int_equal(plan_case_render(&test), 0);
	assert_string_equal(test.launch.apparmor.name, "site");
	assert_null(test.launch.apparmor.text);
	assert_non_null(strstr(test.launch.config_json, "\"site\""));
	plan_case_done(&test);
}

/* The process has what was asked for; what is mounted for it what the policy calls such files, at its level. */
static void test_selinux(void **state)
{
	static const char *const parts[] = { "level:s0:c1,c2", "type:x_t", "role:r_r", "user:u_u" };
	static const struct { const char *file; size_t first; const char *label, *mounts; } rows[] = {
		{ NULL, 0, "u_u:r_r:x_t:s0:c1,c2", NULL },
		{ "u_u:object_r:file_t:s0", 0, "u_u:r_r:x_t:s0:c1,c2", "u_u:object_r:file_t:s0:c1,c2" },
		{ "u_u:object_r:file_t:s0:c0,c9", 0, "u_u:r_r:x_t:s0:c1,c2", "u_u:object_r:file_t:s0:c1,c2" },
		{ "u_u:object_r:file_t", 0, "u_u:r_r:x_t:s0:c1,c2", "u_u:object_r:file_t:s0:c1,c2" },
		{ "u_u:object_r:file_t:s0", 1, "u_u:r_r:x_t", "u_u:object_r:file_t:s0" },
		{ "u_u:object_r:file_t:s0", 2, NULL, NULL }, /* no type: no label */
		{ "u_u:object_r:file_t:s0", ARRAY_COUNT(parts), "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct plan_case test;
		json_t *config;
		const char *label, *mounts;

		plan_case_init(&test, i % 2 == 0 ? BACKEND_RUNC : BACKEND_CRUN);
		test.facts.selinux_file_label = rows[i].file;
		for (size_t k = rows[i].first; k < ARRAY_COUNT(parts); k++)
			string_list_add(test.arena, &test.plan.security_labels, parts[k]);
		assert_int_equal(plan_case_render(&test), rows[i].label != NULL ? 0 : -ERROR_UNSUPPORTED);
		if (rows[i].label != NULL) {
			config = json_loads(test.launch.config_json, 0, NULL);
			label = json_string_value(json_object_get(json_object_get(config, "process"), "selinuxLabel"));
			mounts = json_string_value(json_object_get(json_object_get(config, "linux"), "mountLabel"));
			assert_string_equal(label != NULL ? label : "", rows[i].label);
			assert_string_equal(mounts != NULL ? mounts : "-", rows[i].mounts != NULL ? rows[i].mounts : "-");
			json_decref(config);
		}
		plan_case_done(&test);
	}
}

int main(void)
{
	static struct row_tests rows;

	ROWS_TEST(&rows, test_process);
	ROWS_TEST(&rows, test_capabilities_fill_all_five_sets);
	ROWS_TEST(&rows, test_process_details);
	ROWS_TEST(&rows, test_base_mounts);
	for (size_t i = 0; i < ARRAY_COUNT(kernel_rows); i++)
		rows_add(&rows, arena_printf(rows.arena, "bind on %s", kernel_rows[i].kernel != NULL ? kernel_rows[i].kernel : "unknown"),
			 test_bind_row, &kernel_rows[i]);
	ROWS_TEST(&rows, test_tmpfs);
	for (size_t i = 0; i < ARRAY_COUNT(cpu_rows); i++)
		rows_add(&rows, arena_printf(rows.arena, "cpu %lld", (long long)cpu_rows[i].nano_cpus), test_cpu_row, &cpu_rows[i]);
	ROWS_TEST(&rows, test_resources);
	ROWS_TEST(&rows, test_swap_is_left_out_without_accounting);
	ROWS_TEST(&rows, test_namespaces);
	ROWS_TEST(&rows, test_hidden_paths_and_filter);
	ROWS_TEST(&rows, test_compiled_filter_is_for_crun);
	ROWS_TEST(&rows, test_sandbox);
	ROWS_TEST(&rows, test_a_sandbox_is_runscs);
	ROWS_TEST(&rows, test_mount_targets_are_those_of_the_document);
	ROWS_TEST(&rows, test_sysctls);
	ROWS_TEST(&rows, test_apparmor);
	ROWS_TEST(&rows, test_selinux);
	ROWS_TEST(&rows, test_explained);
	for (size_t i = 0; i < ARRAY_COUNT(refused_rows); i++)
		rows_add(&rows, arena_printf(rows.arena, "refused %s", refused_rows[i].name), test_refused_row, &refused_rows[i]);
	ROWS_TEST(&rows, test_volume);
	ROWS_TEST(&rows, test_own_network);
	ROWS_TEST(&rows, test_roots_network);
	ROWS_TEST(&rows, test_ordinary_user);
	ROWS_TEST(&rows, test_ordinary_user_binds);
	ROWS_TEST(&rows, test_ordinary_user_alone);
	ROWS_TEST(&rows, test_ordinary_user_cgroup_of_runc);
	ROWS_TEST(&rows, test_root_has_no_user_namespace);
	ROWS_TEST(&rows, test_dry_run_is_the_document);
	return rows_run("backend_oci", &rows);
}
