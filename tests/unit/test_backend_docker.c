/* docker's and podman's command lines: what is always there, what each member becomes, and that our own parser reads it back. */
#include "plans.h"

#include <hardrun/request.h>

#include "../../src/host/host_internal.h"

static void test_forced_words(void **state)
{
	struct plan_case test;

	(void)state;
	plan_case_init(&test, BACKEND_DOCKER);
	assert_int_equal(plan_case_render(&test), 0);
	assert_string_equal(test.launch.argv.items[0], "/usr/bin/docker");
	assert_has(&test, "--host", "unix:///run/docker.sock");
	assert_has(&test, "--config", "/run/hardrun/docker-config");
	assert_has(&test, "--user", "1000:1001");
	assert_has(&test, "--cap-drop", "ALL");
	assert_has(&test, "--read-only", NULL);
	assert_has(&test, "--security-opt", "no-new-privileges");
	assert_has(&test, "--security-opt", "seccomp=/proc/self/fd/3");
	assert_has(&test, "--ipc", "private");
	assert_has(&test, "--cgroupns", "private");
	assert_has(&test, "--memory", "67108864b");
	assert_has(&test, "--memory-swap", "67108864b");
	assert_has(&test, "--cpus", "0.5");
	assert_has(&test, "--pids-limit", "64");
	assert_has(&test, "--network", "none");
	assert_has(&test, "--restart", "no");
	assert_has_not(&test, "--privileged", NULL);
	assert_string_equal(test.launch.argv.items[test.launch.argv.count - 1], "docker.io/library/alpine:latest");
	assert_non_null(test.launch.profile_json);
	assert_false(test.launch.needs_isolated_network);
	plan_case_done(&test);
}

/* Global options stand before the verb, everything else between the verb and the image. */
static void test_order(void **state)
{
	struct plan_case test;
	size_t verb, image;

	(void)state;
	plan_case_init(&test, BACKEND_DOCKER);
	string_list_add(test.arena, &test.plan.command, "--privileged");
	string_list_add(test.arena, &test.plan.command, "");
	assert_int_equal(plan_case_render(&test), 0);
	verb = plan_case_find(&test, "run", NULL);
	image = plan_case_find(&test, "docker.io/library/alpine:latest", NULL);
	assert_int_equal(verb, 5);
	assert_int_equal(image, test.launch.argv.count - 3);
	assert_int_equal(plan_case_find(&test, "--privileged", NULL), image + 1);
	plan_case_done(&test);
}

static void test_hazards(void **state)
{
	struct plan_case test;

	(void)state;
	plan_case_init(&test, BACKEND_DOCKER);
	test.plan.is_privileged = test.plan.is_host_pid = test.plan.is_host_ipc = test.plan.is_host_uts = true;
	test.plan.is_seccomp_unconfined = true;
	test.plan.is_no_new_privileges = test.plan.is_read_only = false;
	test.plan.network = PLAN_NETWORK_HOST;
	assert_int_equal(plan_case_render(&test), 0);
	assert_has(&test, "--privileged", NULL);
	assert_has(&test, "--pid", "host");
	assert_has(&test, "--uts", "host");
	assert_has(&test, "--ipc", "host");
	assert_has(&test, "--network", "host");
	assert_has(&test, "--security-opt", "seccomp=unconfined");
	assert_has_not(&test, "--security-opt", "no-new-privileges");
	assert_has_not(&test, "--read-only", NULL);
	assert_null(test.launch.profile_json);
	plan_case_done(&test);
}

static void test_create_leaves_out_what_only_run_has(void **state)
{
	struct plan_case test;

	(void)state;
	plan_case_init(&test, BACKEND_DOCKER);
	test.plan.is_create_only = test.plan.is_detached = true;
	test.plan.is_sig_proxy = false;
	test.plan.detach_keys = "ctrl-a";
	assert_int_equal(plan_case_render(&test), 0);
	assert_has(&test, "create", NULL);
	assert_has_not(&test, "run", NULL);
	assert_has_not(&test, "--detach", NULL);
	assert_has_not(&test, "--detach-keys", NULL);
	assert_has_not(&test, "--sig-proxy=false", NULL);
	plan_case_done(&test);
}

/* ---- mounts ---- */

static struct mount_row {
	const char *name;
	struct plan_mount mount;
	const char *flag;
	const char *docker, *podman; /* the word; NULL: refused */
} mount_rows[] = {
	{ "bind",
	  { .type = PLAN_BIND, .source = "/srv/a", .target = "/a" },
	  "--mount",
	  "type=bind,source=/srv/a,target=/a,bind-propagation=rprivate",
	  "type=bind,source=/srv/a,target=/a,bind-propagation=rprivate,nosuid,nodev" },
	{ "bind_readonly",
	  { .type = PLAN_BIND, .source = "/srv/a", .target = "/a", .is_read_only = true },
	  "--mount",
	  "type=bind,source=/srv/a,target=/a,readonly,bind-propagation=rprivate",
	  "type=bind,source=/srv/a,target=/a,readonly,bind-propagation=rprivate,nosuid,nodev" },
	{ "comma",
	  { .type = PLAN_BIND, .source = "/srv/a,readonly=false", .target = "/a", .is_read_only = true },
	  "--mount",
	  "type=bind,\"source=/srv/a,readonly=false\",target=/a,readonly,bind-propagation=rprivate",
	  "type=bind,\"source=/srv/a,readonly=false\",target=/a,readonly,bind-propagation=rprivate,nosuid,nodev" },
	{ "quote",
	  { .type = PLAN_BIND, .source = "/srv/\"a", .target = "/a\"" },
	  "--mount",
	  "type=bind,\"source=/srv/\"\"a\",\"target=/a\"\"\",bind-propagation=rprivate",
	  "type=bind,\"source=/srv/\"\"a\",\"target=/a\"\"\",bind-propagation=rprivate,nosuid,nodev" },
	{ "newline", { .type = PLAN_BIND, .source = "/srv/a\n,x", .target = "/a" }, "--mount", NULL, NULL },
	{ "escape", { .type = PLAN_BIND, .source = "/srv/\033[2J", .target = "/a" }, "--mount", NULL, NULL },
	{ "latin1", { .type = PLAN_BIND, .source = "/srv/\xe9", .target = "/a" }, "--mount", NULL, NULL },
	{ "blank_at_end", { .type = PLAN_BIND, .source = "/srv/a ", .target = "/a" }, "--mount", NULL, NULL },
	{ "volume",
	  { .type = PLAN_VOLUME, .source = "data", .target = "/d" },
	  "--mount",
	  "type=volume,source=data,target=/d",
	  "type=volume,source=data,target=/d" },
	{ "volume_nocopy",
	  { .type = PLAN_VOLUME, .source = "data", .target = "/d", .is_nocopy = true },
	  "--mount",
	  "type=volume,source=data,target=/d,volume-nocopy",
	  NULL },
	{ "tmpfs",
	  { .type = PLAN_TMPFS, .target = "/tmp", .size_bytes = 1048576, .mode = 01777, .uid = 1000, .gid = 1001 },
	  "--tmpfs",
	  "/tmp:rw,noexec,nosuid,nodev,size=1048576,mode=1777,uid=1000,gid=1001",
	  "/tmp:rw,noexec,nosuid,nodev,size=1048576,mode=1777,notmpcopyup,U" },
	{ "tmpfs_exec",
	  { .type = PLAN_TMPFS, .target = "/t", .size_bytes = 1, .mode = 0700, .uid = 1000, .gid = 1001, .is_exec = true },
	  "--tmpfs",
	  "/t:rw,exec,nosuid,nodev,size=1,mode=0700,uid=1000,gid=1001",
	  "/t:rw,exec,nosuid,nodev,size=1,mode=0700,notmpcopyup,U" },
	{ "tmpfs_of_another",
	  { .type = PLAN_TMPFS, .target = "/t", .size_bytes = 1, .mode = 0700, .uid = 7, .gid = 7 },
	  "--tmpfs",
	  "/t:rw,noexec,nosuid,nodev,size=1,mode=0700,uid=7,gid=7",
	  NULL },
	{ "tmpfs_colon", { .type = PLAN_TMPFS, .target = "/t:exec", .size_bytes = 1 }, "--tmpfs", NULL, NULL },
};

static void check_mount(const struct mount_row *row, enum backend_kind backend, const char *wanted)
{
	struct plan_case test;
	struct plan_mount mount = row->mount;

	plan_case_init(&test, backend);
	test.plan.mounts = &mount;
	test.plan.mount_count = 1;
	assert_int_equal(plan_case_render(&test), wanted != NULL ? 0 : -ERROR_UNSUPPORTED);
	if (wanted != NULL)
		assert_has(&test, row->flag, wanted);
	plan_case_done(&test);
}

static void test_mount_row(void **state)
{
	const struct mount_row *row = *state;

	check_mount(row, BACKEND_DOCKER, row->docker);
	check_mount(row, BACKEND_PODMAN, row->podman);
}

/* ---- single members ---- */

static void set_network_isolated(struct plan_case *test) { test->plan.network = PLAN_NETWORK_ISOLATED; }
static void set_names(struct plan_case *test)
{
	test->plan.network = PLAN_NETWORK_NAMED;
	string_list_add(test->arena, &test->plan.network_names, "front");
}
static void set_port(struct plan_case *test, const char *address, uint16_t host)
{
	test->plan.ports = arena_alloc(test->arena, sizeof(*test->plan.ports));
	test->plan.ports[0] = (struct plan_port){ address, host, 80, "tcp" };
	test->plan.port_count = 1;
}
static void set_port4(struct plan_case *test) { set_port(test, "127.0.0.1", 8080); }
static void set_port_any(struct plan_case *test) { set_port(test, "127.0.0.1", 0); }
static void set_port6(struct plan_case *test) { set_port(test, "::1", 8080); }
static void set_entrypoint(struct plan_case *test) { test->plan.entrypoint = ""; }
static void set_env(struct plan_case *test) { string_list_add(test->arena, &test->plan.environment, "A=x\ny"); }
static void set_device(struct plan_case *test) { string_list_add(test->arena, &test->plan.devices, "/dev/fuse:rw"); }
static void set_cap(struct plan_case *test) { string_list_add(test->arena, &test->plan.capabilities, "CAP_CHOWN"); }
static void set_dns_option(struct plan_case *test) { string_list_add(test->arena, &test->plan.dns_options, "ndots:1"); }
static void set_health(struct plan_case *test) { test->plan.health.interval = INT64_C(90000000000); }
static void set_no_health(struct plan_case *test) { test->plan.health.is_disabled = true; }
static void set_start_interval(struct plan_case *test) { test->plan.health.start_interval = INT64_C(2000000000); }
static void set_swappiness(struct plan_case *test) { test->plan.memory_swappiness = 0; }
static void set_stop(struct plan_case *test) { test->plan.stop_timeout = 0; }
static void set_domain(struct plan_case *test) { test->plan.domainname = "example.org"; }
static void set_sig_proxy(struct plan_case *test) { test->plan.is_sig_proxy = false; }
static void set_attach(struct plan_case *test) { test->plan.is_attach_given = test->plan.is_attach_stderr = true; }
static void set_group(struct plan_case *test)
{
	static const uint32_t groups[] = { 4294967295 };

	test->plan.groups = groups;
	test->plan.group_count = 1;
}
static void set_ulimit(struct plan_case *test)
{
	static struct plan_ulimit limits[] = { { "nproc", -1, -1 } };

	test->plan.ulimits = limits;
	test->plan.ulimit_count = 1;
}
static void set_pairs(struct plan_case *test)
{
	static struct plan_pair pairs[] = { { "max-size", "10m" }, { "max-file", "3" } };

	test->plan.labels = test->plan.sysctls = test->plan.log_options = pairs;
	test->plan.label_count = test->plan.sysctl_count = test->plan.log_option_count = 2;
}

/* podman splits these at commas: the second value would be nobody's. */
static struct plan_pair comma_sysctls[] = { { "net.ipv4.ip_local_port_range", "1024 65000,kernel.msgmax=4242" } };
static struct plan_pair comma_options[] = { { "max-size", "10m,path=/etc/x" } };
static struct plan_pair comma_labels[] = { { "a", "1,b=\"2\"" } };

static void set_comma_sysctl(struct plan_case *test)
{
	test->plan.sysctls = comma_sysctls;
	test->plan.sysctl_count = 1;
}
static void set_comma_option(struct plan_case *test)
{
	test->plan.log_options = comma_options;
	test->plan.log_option_count = 1;
}
static void set_comma_label(struct plan_case *test)
{
	test->plan.labels = comma_labels;
	test->plan.label_count = 1;
}
static void set_comma_dns(struct plan_case *test) { string_list_add(test->arena, &test->plan.dns_options, "a,b"); }
static void set_quoted_dns(struct plan_case *test) { string_list_add(test->arena, &test->plan.dns, "\"1.1.1.1\""); }
static void set_comma_host(struct plan_case *test)
{
	string_list_add(test->arena, &test->plan.extra_hosts, "a:1.1.1.1,b:2.2.2.2");
}
static void set_comma_env(struct plan_case *test) { string_list_add(test->arena, &test->plan.environment, "A=1,\"B\"=2\n"); }

static struct member_row {
	const char *name;
	void (*set)(struct plan_case *test);
	const char *flag;
	const char *docker, *podman; /* value; "": the flag stands alone; NULL: refused */
} member_rows[] = {
	{ "network_isolated", set_network_isolated, "--network", "hardrun-isolated", "slirp4netns:allow_host_loopback=false" },
	{ "names", set_names, "--network", "front", "front" },
	{ "port4", set_port4, "--publish", "127.0.0.1:8080:80/tcp", "127.0.0.1:8080:80/tcp" },
	{ "port_any", set_port_any, "--publish", "127.0.0.1::80/tcp", "127.0.0.1::80/tcp" },
	{ "port6", set_port6, "--publish", "[::1]:8080:80/tcp", "[::1]:8080:80/tcp" },
	{ "env", set_env, "--env", "A=x\ny", "A=x\ny" },
	{ "device", set_device, "--device", "/dev/fuse:/dev/fuse:rw", "/dev/fuse:/dev/fuse:rw" },
	{ "dns_option", set_dns_option, "--dns-option", "ndots:1", "ndots:1" },
	{ "cap", set_cap, "--cap-add", "CAP_CHOWN", "CAP_CHOWN" },
	{ "health", set_health, "--health-interval", "1m30s", "1m30s" },
	{ "start_interval", set_start_interval, "--health-start-interval", "2s", NULL },
	{ "swappiness", set_swappiness, "--memory-swappiness", "0", "0" },
	{ "stop", set_stop, "--stop-timeout", "0", "0" },
	{ "domain", set_domain, "--domainname", "example.org", NULL },
	{ "attach", set_attach, "--attach", "stderr", "stderr" },
	{ "group", set_group, "--group-add", "4294967295", "4294967295" },
	{ "ulimit", set_ulimit, "--ulimit", "nproc=-1:-1", "nproc=-1:-1" },
	{ "pairs", set_pairs, "--label", "max-file=3", "max-file=3" },
	{ "pairs", set_pairs, "--sysctl", "max-size=10m", "max-size=10m" },
	{ "pairs", set_pairs, "--log-opt", "max-size=10m", "max-size=10m" },
	{ "a comma in a sysctl", set_comma_sysctl, "--sysctl", "net.ipv4.ip_local_port_range=1024 65000,kernel.msgmax=4242", NULL },
	{ "a comma in a log option", set_comma_option, "--log-opt", "max-size=10m,path=/etc/x", NULL },
	{ "a comma in a DNS option", set_comma_dns, "--dns-option", "a,b", NULL },
	{ "a quote in an address", set_quoted_dns, "--dns", "\"1.1.1.1\"", NULL },
	{ "a comma in a host", set_comma_host, "--add-host", "a:1.1.1.1,b:2.2.2.2", NULL },
	{ "a comma in a label", set_comma_label, "--label", "a=1,b=\"2\"", "a=1,b=\"2\"" },
	{ "a comma in a variable", set_comma_env, "--env", "A=1,\"B\"=2\n", "A=1,\"B\"=2\n" },
	{ "no_health", set_no_health, "--no-healthcheck", "", "" },
	{ "sig_proxy", set_sig_proxy, "--sig-proxy=false", "", "" },
	{ "entrypoint", set_entrypoint, "--entrypoint", "", "" },
};

static void check_member(const struct member_row *row, enum backend_kind backend, const char *wanted)
{
	struct plan_case test;

	plan_case_init(&test, backend);
	row->set(&test);
	assert_int_equal(plan_case_render(&test), wanted != NULL ? 0 : -ERROR_UNSUPPORTED);
	if (wanted != NULL)
		assert_has(&test, row->flag, wanted[0] != '\0' ? wanted : NULL);
	plan_case_done(&test);
}

static void test_member_row(void **state)
{
	const struct member_row *row = *state;

	check_member(row, BACKEND_DOCKER, row->docker);
	check_member(row, BACKEND_PODMAN, row->podman);
}

static void test_entrypoint_reset_is_an_empty_word(void **state)
{
	struct plan_case test;
	size_t at;

	(void)state;
	plan_case_init(&test, BACKEND_DOCKER);
	test.plan.entrypoint = "";
	assert_int_equal(plan_case_render(&test), 0);
	at = plan_case_find(&test, "--entrypoint", NULL);
	assert_string_equal(test.launch.argv.items[at + 1], "");
	plan_case_done(&test);
}

static void test_device_without_path_is_refused(void **state)
{
	static const char *const devices[] = { "vendor.com/class=x:rw", "nvidia", "/dev/a:/dev/b:rw" };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(devices); i++) {
		struct plan_case test;

		plan_case_init(&test, BACKEND_DOCKER);
		string_list_add(test.arena, &test.plan.devices, devices[i]);
		assert_int_equal(plan_case_render(&test), -ERROR_UNSUPPORTED);
		plan_case_done(&test);
	}
}

/* ---- the environment of the client ---- */

static struct variable_row {
	const char *given;
	bool is_kept;
} variable_rows[] = {
	{ "TERM=xterm-256color", true },
	{ "TERM=../../etc/x", false },
	{ "TERM=", false },
	{ "TERM=a b", false },
	{ "LD_PRELOAD=/x.so", false },
	{ "DOCKER_HOST=ssh://x", false },
	{ "DOCKER_CONTEXT=x", false },
	{ "HTTP_PROXY=http://u:p@x", false },
	{ "PATH=/tmp", false },
	{ "DOCKER_API_VERSION=1.24", false },
	{ "DOCKER_DEFAULT_PLATFORM=linux/arm64", false },
	{ "CONTAINERS_CONF=/tmp/x", false },
	{ "XDG_RUNTIME_DIR=/tmp", false },
	{ "HOME=/tmp", false },
};

static void test_variable_row(void **state)
{
	const struct variable_row *row = *state;

	for (unsigned kind = 0; kind < BACKEND_KIND_COUNT; kind++) {
		struct plan_case test;

		plan_case_init(&test, kind);
		string_list_add(test.arena, &test.facts.environment, row->given);
		assert_int_equal(plan_case_render(&test), 0);
		assert_int_equal(string_list_has(&test.launch.environment, row->given), row->is_kept && !host_backend_is_oci(kind));
		assert_true(string_list_has(&test.launch.environment,
					    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"));
		plan_case_done(&test);
	}
}

static void test_docker_home_is_its_empty_directory(void **state)
{
	struct plan_case test;

	(void)state;
	plan_case_init(&test, BACKEND_DOCKER);
	test.facts.runtime_dir = NULL;
	assert_int_equal(plan_case_render(&test), 0);
	assert_true(string_list_has(&test.launch.environment, "HOME=/var/lib/hardrun/docker-config"));
	assert_true(string_list_has(&test.launch.environment, "DOCKER_CONFIG=/var/lib/hardrun/docker-config"));
	test.facts.state_dir = NULL;
	assert_int_equal(plan_case_render(&test), -ERROR_MISSING);
	plan_case_done(&test);
}

static void test_podman_defaults_are_taken_back(void **state)
{
	static const char *const words[] = { "--cgroups=enabled", "--env-host=false", "--http-proxy=false", "--image-volume=ignore",
					     "--sdnotify=ignore", "--systemd=false", "--read-only-tmpfs=false", "--remote=false" };
	struct plan_case test;

	(void)state;
	plan_case_init(&test, BACKEND_PODMAN);
	test.facts.cgroup = CGROUP_HYBRID;
	assert_int_equal(plan_case_render(&test), 0);
	for (size_t i = 0; i < ARRAY_COUNT(words); i++)
		assert_has(&test, words[i], NULL);
	assert_has(&test, "--log-driver", "k8s-file");
	assert_has(&test, "--runtime", "/usr/sbin/runc");
	assert_has(&test, "--ulimit", "nproc=4096:4096");
	assert_has(&test, "--ulimit", "nofile=4096:4096");
	assert_true(string_list_has(&test.launch.environment, "CONTAINERS_CONF=/dev/null"));
	assert_has_not(&test, "--host", NULL);
	plan_case_done(&test);
}

static void test_missing_program(void **state)
{
	struct plan_case test;

	(void)state;
	for (unsigned kind = 0; kind < BACKEND_KIND_COUNT; kind++) {
		plan_case_init(&test, kind);
		test.facts.engine.programs[kind] = NULL;
		assert_int_equal(plan_case_render(&test), -ERROR_MISSING);
		assert_non_null(strstr(test.err.message, host_backend_name(kind)));
		plan_case_done(&test);
	}
}

/* ---- parse(render(plan)) == plan ---- */

static const char *raw_of(const struct request *request, enum flag_id flag)
{
	const struct request_option *option = request_last(request, flag);

	assert_non_null(option);
	return option->raw;
}

static void fill_plan(struct plan_case *test)
{
	static struct plan_mount mounts[] = {
		{ .type = PLAN_BIND, .source = "/srv/a,b \"c\"", .target = "/a", .is_read_only = true },
		{ .type = PLAN_TMPFS, .target = "/tmp", .size_bytes = 12345, .mode = 01777, .uid = 1000, .gid = 1001 },
	};

	set_env(test);
	set_cap(test);
	set_health(test);
	set_port6(test);
	set_group(test);
	set_dns_option(test);
	test->plan.is_removed = test->plan.is_init = test->plan.is_interactive = test->plan.is_tty = true;
	test->plan.name = "web-1";
	test->plan.hostname = "web";
	test->plan.memory_reservation = 1 << 20;
	test->plan.nano_cpus = 333333333;
	test->plan.mounts = mounts;
	test->plan.mount_count = 2;
	test->plan.network = PLAN_NETWORK_ISOLATED;
	string_list_add(test->arena, &test->plan.command, "-it");
	string_list_add(test->arena, &test->plan.command, "--");
}

static const struct request *parse_back(struct plan_case *test)
{
	struct findings findings = { .arena = test->arena };
	const struct string_list *argv = &test->launch.argv;
	size_t verb = plan_case_find(test, "run", NULL);
	char **words = arena_alloc(test->arena, argv->count * sizeof(*words));
	const struct request *request;

	for (size_t i = verb + 1; i < argv->count; i++)
		words[i - verb - 1] = arena_strdup(test->arena, argv->items[i]);
	request = request_parse(test->arena, (int)(argv->count - verb - 1), words, &findings);
	for (size_t i = 0; i < findings.count; i++)
		print_message("%s: %s\n", findings.items[i].subject, findings.items[i].reason);
	assert_true(findings_allow(&findings));
	return request;
}

static void test_parse_back_numbers(void **state)
{
	struct plan_case test;
	const struct request *request;

	(void)state;
	plan_case_init(&test, BACKEND_DOCKER);
	fill_plan(&test);
	assert_int_equal(plan_case_render(&test), 0);
	request = parse_back(&test);
	assert_int_equal(request_last(request, FLAG_MEMORY)->value.number, test.plan.memory_bytes);
	assert_int_equal(request_last(request, FLAG_MEMORY_SWAP)->value.number, test.plan.memory_bytes);
	assert_int_equal(request_last(request, FLAG_MEMORY_RESERVATION)->value.number, test.plan.memory_reservation);
	assert_int_equal(request_last(request, FLAG_CPUS)->value.number, test.plan.nano_cpus);
	assert_int_equal(request_last(request, FLAG_PIDS_LIMIT)->value.number, test.plan.pids_limit);
	assert_int_equal(request_last(request, FLAG_SHM_SIZE)->value.number, test.plan.shm_size);
	assert_int_equal(request_last(request, FLAG_HEALTH_INTERVAL)->value.number, test.plan.health.interval);
	assert_int_equal(request_last(request, FLAG_USER)->value.user.uid, 1000);
	assert_int_equal(request_last(request, FLAG_USER)->value.user.gid, 1001);
	assert_true(request_last(request, FLAG_READ_ONLY)->value.boolean);
	assert_true(request_last(request, FLAG_RM)->value.boolean);
	assert_string_equal(raw_of(request, FLAG_CAP_DROP), "ALL");
	assert_string_equal(raw_of(request, FLAG_NAME), "web-1");
	assert_string_equal(request->image, test.plan.image.canonical);
	assert_int_equal(request->command.count, 2);
	assert_string_equal(request->command.items[0], "-it");
	plan_case_done(&test);
}

static void test_parse_back_structures(void **state)
{
	struct plan_case test;
	const struct request *request;
	const struct mount_request *mount;
	const struct port_request *port;

	(void)state;
	plan_case_init(&test, BACKEND_DOCKER);
	fill_plan(&test);
	assert_int_equal(plan_case_render(&test), 0);
	request = parse_back(&test);
	mount = &request_last(request, FLAG_MOUNT)->value.mount;
	assert_int_equal(mount->type, MOUNT_BIND);
	assert_string_equal(mount->source, "/srv/a,b \"c\"");
	assert_string_equal(mount->target, "/a");
	assert_true(mount->is_read_only);
	mount = &request_last(request, FLAG_TMPFS)->value.mount;
	assert_int_equal(mount->size_bytes, 12345);
	assert_int_equal(mount->mode, 01777);
	assert_int_equal(mount->uid, 1000);
	assert_int_equal(mount->gid, 1001);
	assert_false(mount->is_exec || mount->is_suid || mount->is_dev);
	port = &request_last(request, FLAG_PUBLISH)->value.port;
	assert_string_equal(port->address, "::1");
	assert_int_equal(port->host_first, 8080);
	assert_int_equal(port->container_last, 80);
	assert_string_equal(request_last(request, FLAG_ENV)->value.pair.value, "x\ny");
	assert_string_equal(request_last(request, FLAG_NETWORK)->value.network.name, "hardrun-isolated");
	plan_case_done(&test);
}

/* ---- variables: on a descriptor where an env-file can carry them ---- */

struct env_row { const char *line; bool docker, podman; }; /* true: in the file */
static const struct env_row env_rows[] = {
	{ "A=plain", true, true }, { "A=", true, true }, { "A=b=c", true, true }, { "A= blanks ", true, true },
	{ "A=#x", true, true }, { "A=\ttab\t", true, true }, { "A=\xc3\xa9", true, true }, { "A=$HOME ${X}", true, true },
	{ "A=\"q\"", true, false }, { "A='q'", true, false }, { "A=\\n", true, false }, { "A=`x`", true, false },
	{ "A=HARDRUN_ENV", true, true }, { "_a.b-1=x", true, true },
	{ "A=two\nlines", false, false }, { "A=\r", false, false }, { "A=\x1b[2J", false, false }, { "A=\xc2\x9b", false, false },
	{ "A=\xff", false, false }, { "#A=x", false, false }, { " A=x", false, false }, { "A B=x", false, false },
	{ "1A=x", false, false }, { "A%=x", false, false }, { "\xc2\xa0=x", false, false }, { "A*=x", false, false },
};

static void check_variable(const struct env_row *row, enum backend_kind backend, bool is_in_file)
{
	struct plan_case test;

	plan_case_init(&test, backend);
	string_list_add(test.arena, &test.plan.environment, row->line);
	assert_int_equal(plan_case_render(&test), 0);
	if (is_in_file) {
		assert_string_equal(test.launch.env_file, arena_printf(test.arena, "%s\n", row->line));
		assert_has(&test, "--env-file", "/proc/self/fd/4");
		assert_has_not(&test, "--env", NULL);
		assert_false(string_list_has(&test.launch.argv, row->line));
	} else {
		assert_null(test.launch.env_file);
		assert_has(&test, "--env", row->line);
		assert_has_not(&test, "--env-file", NULL);
	}
	plan_case_done(&test);
}

static void test_variables_are_not_in_the_command_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(env_rows); i++) {
		print_message("# %s\n", env_rows[i].line);
		check_variable(&env_rows[i], BACKEND_DOCKER, env_rows[i].docker);
		check_variable(&env_rows[i], BACKEND_PODMAN, env_rows[i].podman);
	}
}

/* Clients give up at 64 KiB. */
static void test_long_variable_stays_in_the_command_line(void **state)
{
	char *line = calloc(70001, 1);
	const struct env_row row = { line, false, false };

	(void)state;
	memset(line, 'A', 70000);
	line[1] = '=';
	check_variable(&row, BACKEND_DOCKER, false);
	line[60000] = '\0';
	check_variable(&row, BACKEND_DOCKER, true);
	free(line);
}

/* What the file holds, by our own reader of env-files, and what stayed: together the plan's. */
static void test_parse_back_variables(void **state)
{
	static const char *const lines[] = { "A=1", "B=two\nlines", "C= c # \"x\" ", "D=" };
	struct string_list read = { 0 };
	struct plan_case test;
	const char *reason = NULL;

	(void)state;
	plan_case_init(&test, BACKEND_DOCKER);
	for (size_t i = 0; i < ARRAY_COUNT(lines); i++)
		string_list_add(test.arena, &test.plan.environment, lines[i]);
	assert_int_equal(plan_case_render(&test), 0);
	assert_true(host_parse_lines(test.arena, test.launch.env_file, strlen(test.launch.env_file), &read, &reason));
	assert_int_equal(read.count, 3);
	assert_string_equal(read.items[0], lines[0]);
	assert_string_equal(read.items[1], lines[2]);
	assert_string_equal(read.items[2], lines[3]);
	assert_has(&test, "--env", lines[1]);
	plan_case_done(&test);
}

/* ---- --dry-run ---- */

static void test_dry_run_with_variables(void **state)
{
	struct plan_case test;
	const char *text;

	(void)state;
	plan_case_init(&test, BACKEND_DOCKER);
	string_list_add(test.arena, &test.plan.environment, "A=$HOME `id`");
	assert_int_equal(plan_case_render(&test), 0);
	text = backend_dry_run(test.arena, &test.launch);
	assert_non_null(strstr(text, " 3<<'HARDRUN_SECCOMP' 4<<'HARDRUN_ENV'\n{"));
	assert_non_null(strstr(text, "}\nHARDRUN_SECCOMP\nA=$HOME `id`\nHARDRUN_ENV\n"));
	plan_case_done(&test);
}

static void test_dry_run_can_be_pasted(void **state)
{
	struct plan_case test;
	const char *text;

	(void)state;
	plan_case_init(&test, BACKEND_DOCKER);
	string_list_add(test.arena, &test.plan.command, "it's $HOME");
	assert_int_equal(plan_case_render(&test), 0);
	text = backend_dry_run(test.arena, &test.launch);
	assert_memory_equal(text, "env -i PATH=", 12);
	assert_non_null(strstr(text, shell_quote(test.arena, "it's $HOME")));
	assert_non_null(strstr(text, " 3<<'HARDRUN_SECCOMP'\n{"));
	assert_non_null(strstr(text, "\nHARDRUN_SECCOMP\n"));
	plan_case_done(&test);
}

static void test_dry_run_without_profile(void **state)
{
	struct plan_case test;

	(void)state;
	plan_case_init(&test, BACKEND_DOCKER);
	test.plan.is_seccomp_unconfined = true;
	assert_int_equal(plan_case_render(&test), 0);
	assert_null(strstr(backend_dry_run(test.arena, &test.launch), "<<"));
	plan_case_done(&test);
}

/* Pulling is said to the same daemon, by the same client, with nothing of the caller's around it. */
static void test_pull_line(void **state)
{
	static const struct {
		struct backend_pull pull;
		const char *wanted;
	} rows[] = {
		{ { NULL, false }, "pull docker.io/library/alpine:latest" },
		{ { NULL, true }, "pull --quiet docker.io/library/alpine:latest" },
		{ { "linux/amd64", false }, "pull --platform linux/amd64 docker.io/library/alpine:latest" },
	};
	struct plan_case test;
	struct launch run;
	struct error err;

	(void)state;
	plan_case_init(&test, BACKEND_DOCKER);
	test.facts.image = test.plan.image;
	assert_int_equal(plan_case_render(&test), 0);
	run = test.launch;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct text line;

		assert_int_equal(backend_render_pull(test.arena, &test.facts, &rows[i].pull, &test.launch, &err), 0);
		text_init(&line, test.arena);
		for (size_t j = 5; j < test.launch.argv.count; j++)
			text_addf(&line, "%s%s", j > 5 ? " " : "", test.launch.argv.items[j]);
		assert_string_equal(line.data, rows[i].wanted);
		for (size_t j = 0; j < 5; j++)
			assert_string_equal(test.launch.argv.items[j], run.argv.items[j]);
		assert_string_equal(test.launch.program, run.program);
		assert_string_equal(test.launch.config_dir, run.config_dir);
		assert_int_equal(test.launch.environment.count, run.environment.count);
		for (size_t j = 0; j < run.environment.count; j++)
			assert_string_equal(test.launch.environment.items[j], run.environment.items[j]);
	}
	test.facts.engine.programs[BACKEND_DOCKER] = NULL;
	assert_int_equal(backend_render_pull(test.arena, &test.facts, &rows[0].pull, &test.launch, &err), -ERROR_MISSING);
	plan_case_done(&test);
}

/* What is held elsewhere is named there, and the client's id file with it; all else is said as before. */
static void check_again(enum backend_kind backend)
{
	struct plan_mount mounts[] = {
		{ .type = PLAN_BIND, .source = "/home/user/a", .target = "/a" }, { .type = PLAN_BIND, .source = "/srv/b", .target = "/b" },
	};
	const char *const sources[] = { "/run/hardrun/stage/x/0", NULL };
	struct plan_case test;
	struct string_list before;

	plan_case_init(&test, backend);
	test.plan.mounts = mounts;
	test.plan.mount_count = ARRAY_COUNT(mounts);
	test.plan.cidfile = "/home/user/cid";
	string_list_add(test.arena, &test.plan.environment, "A=b");
	assert_int_equal(plan_case_render(&test), 0);
	before = test.launch.argv;
	assert_has(&test, "--cidfile", "/home/user/cid");
	test.launch.sources = sources;
	test.launch.client_cidfile = "/run/hardrun/stage/x/cid";
	assert_int_equal(backend_render_again(test.arena, &test.launch, &test.err), 0);
	assert_int_equal(test.launch.argv.count, before.count);
	for (size_t i = 0; i < before.count; i++) {
		const char *is = test.launch.argv.items[i], *was = before.items[i];

		if (strcmp(was, "/home/user/cid") == 0)
			assert_string_equal(is, "/run/hardrun/stage/x/cid");
		else if (strncmp(was, "type=bind,source=/home/user/a,", 30) == 0)
			assert_true(strncmp(is, "type=bind,source=/run/hardrun/stage/x/0,target=/a", 49) == 0);
		else
			assert_string_equal(is, was);
		assert_null(strstr(is, "/home/user"));
	}
	assert_string_equal(test.launch.env_file, "A=b\n");
	plan_case_done(&test);
}

static void test_held_sources(void **state)
{
	(void)state;
	check_again(BACKEND_DOCKER);
	check_again(BACKEND_PODMAN);
}

/* The engine is asked for the id even when nobody else wants the file. */
static void test_client_cidfile_alone(void **state)
{
	struct plan_case test;

	(void)state;
	plan_case_init(&test, BACKEND_DOCKER);
	assert_int_equal(plan_case_render(&test), 0);
	assert_has_not(&test, "--cidfile", NULL);
	test.launch.client_cidfile = "/run/hardrun/stage/x/cid";
	assert_int_equal(backend_render_again(test.arena, &test.launch, &test.err), 0);
	assert_has(&test, "--cidfile", "/run/hardrun/stage/x/cid");
	plan_case_done(&test);
}

static void test_profile_and_labels(void **state)
{
	static const enum backend_kind kinds[] = { BACKEND_DOCKER, BACKEND_PODMAN };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
		struct plan_case test;

		plan_case_init(&test, kinds[i]);
		test.plan.apparmor = PLAN_APPARMOR_GENERATED;
		test.plan.policy_name = "web";
		string_list_add(test.arena, &test.plan.security_labels, "type:web_t");
		assert_int_equal(plan_case_render(&test), 0);
		assert_has(&test, "--security-opt", arena_printf(test.arena, "apparmor=%s", test.launch.apparmor.name));
		assert_has(&test, "--security-opt", "label=type:web_t");
		assert_has_not(&test, "--pidfile", NULL);
		test.launch.client_pidfile = "/run/hardrun/stage/x/pid";
		assert_int_equal(backend_render_again(test.arena, &test.launch, &test.err), 0);
		assert_int_equal(plan_case_find(&test, "--pidfile", "/run/hardrun/stage/x/pid") != SIZE_MAX, kinds[i] == BACKEND_PODMAN);
		assert_has(&test, "--security-opt", arena_printf(test.arena, "apparmor=%s", test.launch.apparmor.name));
		test.plan.apparmor = PLAN_APPARMOR_UNCONFINED;
		assert_int_equal(plan_case_render(&test), 0);
		assert_has(&test, "--security-opt", "apparmor=unconfined");
		plan_case_done(&test);
	}
}

static void test_sandbox(void **state)
{
	struct plan_case test;

	(void)state;
	plan_case_init(&test, BACKEND_DOCKER);
	assert_int_equal(plan_case_render(&test), 0);
	assert_has_not(&test, "--runtime", NULL);
	assert_null(strstr(test.launch.profile_json, "\"pselect\""));
	test.plan.is_sandboxed = true;
	assert_int_equal(plan_case_render(&test), 0);
	assert_has(&test, "--runtime", "runsc");
	assert_non_null(strstr(test.launch.profile_json, "\"pselect6\",\"pselect\""));
	plan_case_done(&test);
}

/* Who explains is named once its socket is there; what the filter refuses by name goes to it, and nothing more is allowed. */
static void test_explained(void **state)
{
	static const enum backend_kind backends[] = { BACKEND_DOCKER, BACKEND_PODMAN };
	static const struct policy_seccomp plain = { .base = { .value = "default" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(backends); i++) {
		struct plan_case test;
		const char *before;

		plan_case_init(&test, backends[i]);
		assert_int_equal(plan_case_render(&test), 0);
		assert_null(test.launch.explained);
		test.plan.is_explained = true;
		assert_int_equal(plan_case_render(&test), 0);
		assert_non_null(test.launch.explained);
		assert_null(strstr(test.launch.profile_json, "NOTIFY"));
		before = test.launch.profile_json;
		assert_int_equal(backend_render_again(test.arena, &test.launch, &test.err), 0);
		assert_ptr_equal(test.launch.profile_json, before);
		test.launch.listener = "/run/hardrun/stage/x/refused.sock";
		assert_int_equal(backend_render_again(test.arena, &test.launch, &test.err), 0);
		assert_non_null(strstr(test.launch.profile_json, "\"listenerPath\":\"/run/hardrun/stage/x/refused.sock\""));
		assert_non_null(strstr(test.launch.profile_json, "SCMP_ACT_NOTIFY"));
		assert_non_null(strstr(test.launch.profile_json, "\"defaultAction\":\"SCMP_ACT_ERRNO\""));
		assert_int_equal(profile_choose(test.arena, &plain, NULL, &test.profile, &test.err), 0);
		assert_int_equal(plan_case_render(&test), -(int)ERROR_UNSUPPORTED);
		plan_case_done(&test);
	}
}

int main(void)
{
	static struct row_tests rows;

	ROWS_TEST(&rows, test_forced_words);
	ROWS_TEST(&rows, test_order);
	ROWS_TEST(&rows, test_profile_and_labels);
	ROWS_TEST(&rows, test_hazards);
	ROWS_TEST(&rows, test_sandbox);
	ROWS_TEST(&rows, test_explained);
	ROWS_TEST(&rows, test_create_leaves_out_what_only_run_has);
	for (size_t i = 0; i < ARRAY_COUNT(mount_rows); i++)
		rows_add(&rows, arena_printf(rows.arena, "mount %s", mount_rows[i].name), test_mount_row, &mount_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(member_rows); i++)
		rows_add(&rows, arena_printf(rows.arena, "member %s %s", member_rows[i].name, member_rows[i].flag),
			 test_member_row, &member_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(variable_rows); i++)
		rows_add(&rows, arena_printf(rows.arena, "variable %s", variable_rows[i].given), test_variable_row, &variable_rows[i]);
	ROWS_TEST(&rows, test_entrypoint_reset_is_an_empty_word);
	ROWS_TEST(&rows, test_device_without_path_is_refused);
	ROWS_TEST(&rows, test_docker_home_is_its_empty_directory);
	ROWS_TEST(&rows, test_podman_defaults_are_taken_back);
	ROWS_TEST(&rows, test_missing_program);
	ROWS_TEST(&rows, test_pull_line);
	ROWS_TEST(&rows, test_held_sources);
	ROWS_TEST(&rows, test_client_cidfile_alone);
	ROWS_TEST(&rows, test_parse_back_numbers);
	ROWS_TEST(&rows, test_parse_back_structures);
	ROWS_TEST(&rows, test_dry_run_can_be_pasted);
	ROWS_TEST(&rows, test_dry_run_without_profile);
	ROWS_TEST(&rows, test_dry_run_with_variables);
	ROWS_TEST(&rows, test_variables_are_not_in_the_command_line);
	ROWS_TEST(&rows, test_long_variable_stays_in_the_command_line);
	ROWS_TEST(&rows, test_parse_back_variables);
	return rows_run("backend_docker", &rows);
}
