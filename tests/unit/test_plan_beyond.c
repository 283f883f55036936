/*
 * A plan whose maker is not believed: read strictly, and every field that matters to the host compared with floor and ceiling.
 * Each row tampers with one field of a plan that is within.
 */
#include "plans.h"

#include <jansson.h>

static const char ceiling_text[] =
	"version: 1\n"
	"images: [docker.io/library/alpine]\n"
	"allow:\n"
	"  mem_limit: 128m\n"
	"  cpus: 1\n"
	"  pids_limit: 100\n"
	"  shm_size: 32m\n"
	"  user: [caller, \"2000-2999:2000-2999\"]\n"
	"  ports: [\"127.0.0.1:8000-9000:80/tcp\"]\n"
	"  max_ports: 2\n"
	"  volumes:\n"
	"    - {source: /srv/**, target: /data, access: ro}\n"
	"    - {volume: data-*, access: rw}\n"
	"  tmpfs: {max_size: 8m}\n"
	"  environment: [APP_*]\n"
	"  labels: [org.*]\n"
	"  networks: [none, isolated, web]\n"
	"  dns: [9.9.9.9]\n"
	"  extra_hosts: [\"db:10.*\", \"gate*\"]\n"
	"  cap_add: [NET_BIND_SERVICE]\n"
	"  devices: [/dev/fuse]\n"
	"  sysctls: [net.core.somaxconn]\n"
	"  group_add: [\"3000-3010\"]\n"
	"  restart: [\"on-failure:3\"]\n"
	"  cpuset: [\"0-1\"]\n"
	"  ulimits: {nofile: 1024}\n"
	"  cidfile: [/srv/ids/*]\n";

struct beyond {
	struct plan_case base;
	const struct policy *ceiling;
	json_t *json;
};

static void open_beyond(struct beyond *test)
{
	static const struct plan_mount mounts[] = {
		{ .type = PLAN_BIND, .source = "/srv/www", .target = "/data", .is_read_only = true, .is_directory = true, .device = 7,
		  .inode = 11 },
		{ .type = PLAN_TMPFS, .target = "/tmp", .size_bytes = 1 << 20, .mode = 01777, .uid = 1000, .gid = 1000 },
		{ .type = PLAN_VOLUME, .source = "data-1", .target = "/var/lib/x" },
	};
	static const struct plan_port ports[] = { { "127.0.0.1", 8080, 80, "tcp" } };
	static const struct plan_pair labels[] = { { "io.hardrun.caller", "1000" }, { "org.x", "y" } };
	static const struct plan_pair logs[] = { { "max-size", "1m" }, { "max-file", "2" } };
	static const struct plan_pair sysctls[] = { { "net.core.somaxconn", "512" } };
	static const struct plan_ulimit ulimits[] = { { "nofile", 512, 1024 }, { "core", 0, 0 } };
	static const uint32_t groups[] = { 3001 };
	struct policy_errors errors;
	struct plan *plan;

	plan_case_init(&test->base, BACKEND_DOCKER);
	errors = (struct policy_errors){ .arena = test->base.arena };
	test->ceiling = policy_parse(test->base.arena, "c.yaml", ceiling_text, strlen(ceiling_text), &errors);
	if (errors.count > 0)
		print_error("%s\n", errors.items[0].message);
	assert_non_null(test->ceiling);
	test->base.facts.caller_uid = 1000;
	test->base.facts.caller_gid = 1000;
	test->base.facts.cpu_count = 4;
	test->base.facts.memory_bytes = INT64_C(8) << 30;
	*vector_push(test->base.arena, test->base.facts.paths, test->base.facts.path_count) = (struct host_path){
		.given = "/srv/www", .resolved = "/srv/www", .kind = PATH_DIRECTORY, .owner_uid = 1000, .device = 7, .inode = 11 };
	plan = &test->base.plan;
	assert_true(request_parse_image(test->base.arena, "docker.io/library/alpine:latest", &plan->image, &(const char *){ NULL }));
	plan->uid = 1000;
	plan->gid = 1000;
	plan->policy_name = "default";
	plan->network = PLAN_NETWORK_ISOLATED;
	plan->mounts = (struct plan_mount *)(uintptr_t)mounts;
	plan->mount_count = ARRAY_COUNT(mounts);
	plan->ports = (struct plan_port *)(uintptr_t)ports;
	plan->port_count = ARRAY_COUNT(ports);
	plan->labels = (struct plan_pair *)(uintptr_t)labels;
	plan->label_count = ARRAY_COUNT(labels);
	plan->log_options = (struct plan_pair *)(uintptr_t)logs;
	plan->log_option_count = ARRAY_COUNT(logs);
	plan->sysctls = (struct plan_pair *)(uintptr_t)sysctls;
	plan->sysctl_count = ARRAY_COUNT(sysctls);
	plan->ulimits = (struct plan_ulimit *)(uintptr_t)ulimits;
	plan->ulimit_count = ARRAY_COUNT(ulimits);
	plan->groups = groups;
	plan->group_count = ARRAY_COUNT(groups);
	plan->cpuset_cpus = "0-1";
	plan->restart = "on-failure:2";
	plan->cidfile = "/srv/ids/a";
	string_list_add(test->base.arena, &plan->environment, "APP_A=1");
	string_list_add(test->base.arena, &plan->capabilities, "CAP_NET_BIND_SERVICE");
	string_list_add(test->base.arena, &plan->devices, "/dev/fuse:rw");
	string_list_add(test->base.arena, &plan->dns, "9.9.9.9");
	string_list_add(test->base.arena, &plan->extra_hosts, "db:10.0.0.1");
	test->json = plan_write(plan);
	assert_non_null(test->json);
}

static void close_beyond(struct beyond *test)
{
	json_decref(test->json);
	plan_case_done(&test->base);
}

/* NULL: within. "unread" for what is not even a plan. */
static const char *check(struct beyond *test, const struct policy *policy)
{
	struct plan_bounds bounds = { .ceiling = test->ceiling, .policy = policy, .chosen = policy, .facts = &test->base.facts };
	const char *beyond;
	struct plan plan;
	struct error err;

	if (plan_read(test->base.arena, test->json, &plan, &err) < 0)
		return "unread";
	plan.ceiling_seccomp = &test->ceiling->seccomp;
	beyond = plan_check_image(test->base.arena, &plan, &bounds);
	return beyond != NULL ? beyond : plan_check_bounds(test->base.arena, &plan, &bounds);
}

/* The value at a path such as "mounts.0.source"; *ret_key is its last part. */
static json_t *parent_of(struct arena *arena, json_t *json, const char *path, const char **ret_key)
{
	char *rest = arena_strdup(arena, path), *part = strsep(&rest, ".");

	for (; rest != NULL; part = strsep(&rest, "."))
		json = json_is_array(json) ? json_array_get(json, (size_t)strtoul(part, NULL, 10)) : json_object_get(json, part);
	*ret_key = part;
	return json;
}

static void set(struct beyond *test, const char *path, const char *value)
{
	json_t *new = json_loads(value, JSON_DECODE_ANY, NULL);
	const char *key;
	json_t *parent = parent_of(test->base.arena, test->json, path, &key);

	assert_non_null(new);
	if (json_is_array(parent))
		assert_int_equal(json_array_set_new(parent, (size_t)strtoul(key, NULL, 10), new), 0);
	else
		assert_int_equal(json_object_set_new(parent, key, new), 0);
}

static const struct tamper_row {
	const char *path, *value, *wanted; /* wanted: part of the clause; NULL: still within */
} tamper_rows[] = {
	{ "uid", "1000", NULL },
	{ "uid", "0", "uid or gid 0" },
	{ "gid", "0", "uid or gid 0" },
	{ "uid", "1001", "user 1001:1000" },
	{ "gid", "27", "user 1000:27" },
	{ "uid", "4294967295", "user" },
	{ "groups", "[0]", "the group root" },
	{ "groups", "[27]", "group 27" },
	{ "groups", "[3010]", NULL },
	{ "memory_bytes", "134217729", "memory" },
	{ "memory_bytes", "134217728", NULL },
	{ "memory_bytes", "0", "memory" },
	{ "memory_bytes", "-1", "memory" },
	{ "memory_reservation", "99999999999", "reservation" },
	{ "nano_cpus", "1000000001", "CPUs" },
	{ "nano_cpus", "0", "CPUs" },
	{ "pids_limit", "101", "processes" },
	{ "pids_limit", "-1", "processes" },
	{ "shm_size", "33554433", "shared memory" },
	{ "cpu_shares", "1025", "CPU shares" },
	{ "blkio_weight", "1000", "I/O weight" },
	{ "memory_swappiness", "100", "swappiness" },
	{ "oom_score_adj", "-1000", "OOM score" },
	{ "stop_timeout", "100000", "stop timeout" },
	{ "cpuset_cpus", "\"0-3\"", "CPUs 0-3" },
	{ "cpuset_cpus", "\"0,x\"", "CPUs" },
	{ "cpuset_mems", "\"../x\"", "memory nodes" },
	{ "ulimits.0.hard", "1025", "the limit nofile" },
	{ "ulimits.0.hard", "-1", "the limit nofile" },
	{ "ulimits.0.soft", "1025", "the limit nofile" },
	{ "ulimits.0.name", "\"memlock\"", "no limit nofile" },
	{ "ulimits", "[{\"name\":\"core\",\"soft\":0,\"hard\":0},{\"name\":\"memlock\",\"soft\":1,\"hard\":1},"
		     "{\"name\":\"nofile\",\"soft\":1,\"hard\":1}]", "the limit memlock" },
	/* What is left out is the daemon's own. */
	{ "ulimits", "[]", "no limit core" },
	{ "ulimits", "[{\"name\":\"core\",\"soft\":0,\"hard\":0}]", "no limit nofile" },
	{ "cpuset_cpus", "null", "every CPU" },
	{ "pull", "\"always\"", "the pull policy always" },
	{ "pull", "\"never\"", NULL },
	{ "ulimits.1.name", "\"core=0 --privileged\"", "no limit core" },
	{ "ulimits", "[{\"name\":\"core\",\"soft\":0,\"hard\":0},{\"name\":\"nofile\",\"soft\":1,\"hard\":1},"
		     "{\"name\":\"core=0 --privileged\",\"soft\":0,\"hard\":0}]", "the limit" },
	{ "is_privileged", "true", "the hazard privileged" },
	{ "is_read_only", "false", "the hazard writable-root" },
	{ "is_no_new_privileges", "false", "the hazard new-privileges" },
	{ "is_seccomp_unconfined", "true", "the hazard unconfined-seccomp" },
	{ "apparmor", "3", "the hazard unconfined-apparmor" },
	{ "apparmor", "1", NULL }, /* more than was asked for */
	{ "apparmor", "2", "a profile without a name" },
	{ "apparmor", "4", "unread" },
	{ "apparmor_profile", "\"lax\"", "a profile without a name" },
	{ "security_labels", "[\"type:spc_t\"]", "the label type:spc_t" },
	{ "security_labels", "[\"disable\"]", "the label disable" },
	{ "is_explained", "true", "explanations" }, /* it is to be started again */
	{ "is_sandboxed", "true", "a kernel parameter in a sandbox" },
	{ "observation", "1", "explanations" },
	{ "observation", "3", "unread" },
	{ "is_host_pid", "true", "the hazard host-pid" },
	{ "is_host_ipc", "true", "the hazard host-ipc" },
	{ "is_host_uts", "true", "the hazard host-uts" },
	{ "network", "3", "the hazard host-network" },
	{ "network", "2", "a network without a name" },
	{ "network", "4", "unread" },
	{ "network_names", "[\"host\"]", NULL }, /* of an isolated one nobody looks at names */
	{ "capabilities", "[\"CAP_SYS_ADMIN\"]", "CAP_SYS_ADMIN" },
	{ "capabilities", "[\"CAP_CHOWN\"]", "CAP_CHOWN" },
	{ "capabilities", "[\"ALL\"]", "ALL" },
	{ "capabilities", "[\"net_bind_service\"]", "net_bind_service" },
	{ "devices", "[\"/dev/sda\"]", "/dev/sda" },
	{ "devices", "[\"/dev/fuse:rwm\"]", "/dev/fuse" },
	{ "devices", "[\"/dev/../etc\"]", "the device" },
	{ "sysctls.0.name", "\"kernel.core_pattern\"", "kernel.core_pattern" },
	{ "sysctls.0.value", "\"1,kernel.x=2\"", "the kernel parameter" },
	{ "mounts.0.source", "\"/etc\"", "not what is held" },
	{ "mounts.0.source", "\"/srv/../etc\"", "not what is held" },
	{ "mounts.0.inode", "12", "not what is held" },
	{ "mounts.0.device", "8", "not what is held" },
	{ "mounts.0.is_directory", "false", "not what is held" },
	{ "mounts.0.is_read_only", "false", "the source /srv/www" },
	{ "mounts.0.target", "\"/etc\"", "a mount at /etc" },
	{ "mounts.0.target", "\"/other\"", "the source /srv/www" },
	{ "mounts.0.target", "\"/data/../proc\"", "a mount at" },
	{ "mounts.0.source", "null", "a bind of nothing" },
	{ "mounts.1.size_bytes", "0", "the tmpfs" },
	{ "mounts.1.size_bytes", "8388609", "the tmpfs" },
	{ "mounts.1.is_exec", "true", "the tmpfs" },
	{ "mounts.1.mode", "2541", "the tmpfs" },
	{ "mounts.1.target", "\"/proc\"", "a mount at /proc" },
	/* Parents first, and no two at one place. */
	{ "mounts.1.target", "\"/a\"", "a mount at /a, out of order" },
	{ "mounts.1.target", "\"/data\"", "a mount at /data, out of order" },
	{ "mounts.1.target", "\"/data/in\"", NULL },
	{ "mounts.1.target", "\"/tmp/\"", "a mount at" },
	{ "mounts.1.target", "\"/tmp//x\"", "a mount at" },
	{ "mounts.2.source", "\"other\"", "the volume other" },
	{ "mounts.2.source", "\"/etc\"", "the volume /etc" },
	{ "mounts.2.source", "\"data-1,volume-opt=device=/\"", "the volume" },
	{ "ports.0.host", "80", "port 80" },
	{ "ports.0.host", "2375", "port 2375" },
	{ "ports.0.host", "0", "port 0" },
	{ "ports.0.container", "81", "port 8080" },
	{ "ports.0.address", "\"0.0.0.0\"", "on 0.0.0.0" },
	{ "ports.0.address", "\"\"", "port" },
	{ "ports.0.address", "\"::\"", "port" },
	{ "ports.0.protocol", "\"udp\"", "port" },
	{ "ports", "[{\"address\":\"127.0.0.1\",\"host\":8000,\"container\":80,\"protocol\":\"tcp\"},"
		   "{\"address\":\"127.0.0.1\",\"host\":8001,\"container\":80,\"protocol\":\"tcp\"},"
		   "{\"address\":\"127.0.0.1\",\"host\":8002,\"container\":80,\"protocol\":\"tcp\"}]", "3 ports" },
	{ "environment", "[\"LD_PRELOAD=/x\"]", "LD_PRELOAD" },
	{ "environment", "[\"PATH=/x\"]", "PATH" },
	{ "environment", "[\"APP_B\"]", "a variable without" },
	{ "labels.0.value", "\"0\"", "the label io.hardrun.caller" },
	{ "labels.1.name", "\"com.docker.compose.project\"", "the label com.docker" },
	{ "labels.1.name", "\"other\"", "the label other" },
	{ "labels", "[]", "whose it is" },
	{ "restart", "\"always\"", "the restart policy always" },
	{ "restart", "\"on-failure:4\"", "the restart policy" },
	{ "restart", "\"on-failure\"", "the restart policy" },
	{ "entrypoint", "\"sh\"", "another entrypoint" },
	{ "log_driver", "\"gelf\"", "the log driver gelf" },
	{ "log_driver", "\"local\"", "the log driver local" },
	{ "log_options", "[]", "a log without end" },
	{ "log_options.0.value", "\"99g\"", "the log option max-size" },
	{ "log_options.0.value", "\"1M\"", "the log option max-size" }, /* not as it is written */
	{ "log_options.0.name", "\"gelf-address\"", "the log option" },
	{ "cidfile", "\"/etc/cron.d/x\"", "the file /etc/cron.d/x" },
	{ "cidfile", "\"/srv/ids/../../etc/x\"", "the file" },
	{ "dns", "[\"1.1.1.1\"]", "the name server 1.1.1.1" },
	{ "dns_search", "[\"evil.example\"]", "the search domain" },
	{ "network_aliases", "[\"db\"]", "the alias db" },
	{ "extra_hosts", "[\"db:10.0.0.1\",\"x:1.2.3.4\"]", "the host x:1.2.3.4" },
	{ "extra_hosts", "[\"db:host-gateway\"]", "the host db" },
	{ "name", "\"../x\"", "the name ../x" },
	{ "name", "\"--privileged\"", "the name" },
	{ "health.interval", "1", "a health interval" },
	{ "image.canonical", "\"docker.io/library/other:latest\"", "the image" },
	{ "image.canonical", "\"--privileged\"", "the image" },
	{ "image.name", "\"docker.io/library/other\"", "the image" },
	/* Whole, well formed, and no image of the ceiling. */
	{ "image", "{\"kind\":0,\"name\":\"registry.example.com/evil\",\"domain\":\"registry.example.com\",\"tag\":\"latest\","
		   "\"digest\":null,\"path\":null,\"canonical\":\"registry.example.com/evil:latest\"}", "the image registry.example.com/evil" },
	{ "image", "{\"kind\":2,\"name\":\"docker-archive:/srv/evil.tar\",\"domain\":null,\"tag\":null,\"digest\":null,"
		   "\"path\":\"/srv/evil.tar\",\"canonical\":\"docker-archive:/srv/evil.tar\"}", "which is no image of an engine's" },
	{ "image.kind", "3", "which is no image of an engine's" },
	{ "image.kind", "1", "which is no image of an engine's" },
	/* An engine would read it as an option, and the command as more of them. */
	{ "image", "{\"kind\":3,\"name\":null,\"domain\":null,\"tag\":null,\"digest\":null,\"path\":\"/srv/tree\","
		   "\"canonical\":\"--user=0:0\"}", "which is no image of an engine's" },
	{ "extra_hosts", "[\"gate=host-gateway\"]", "the host gate" },
	{ "hostname", "\"a\\nb\"", "control characters in the host name" },
	{ "stop_signal", "\"TERM\\n\"", "control characters in the stop signal" },
	{ "argv", "[\"sh\"]", "another program" },
	{ "backend", "9", "unread" },
};

static void test_tampered(void **state)
{
	const struct tamper_row *row = *state;
	struct beyond test;
	const char *beyond;

	open_beyond(&test);
	set(&test, row->path, row->value);
	beyond = check(&test, NULL);
	if (row->wanted == NULL) {
		if (beyond != NULL)
			print_error("%s\n", beyond);
		assert_null(beyond);
	} else {
		assert_non_null(beyond);
		if (strstr(beyond, row->wanted) == NULL)
			print_error("%s\n", beyond);
		assert_non_null(strstr(beyond, row->wanted));
	}
	close_beyond(&test);
}

/* Without an engine the plan holds what the image says: that must be what the image says. */
static const struct tamper_row direct_rows[] = {
	{ "uid", "1000", NULL },
	{ "argv", "[\"sh\",\"-c\",\"id\"]", "another program" },
	{ "argv", "[\"echo\"]", "another program" },
	{ "argv", "[]", "another program" },
	{ "command", "[\"other\"]", "another program" },
	{ "environment", "[\"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\",\"HOSTNAME=h\",\"APP_A=2\"]", NULL },
	{ "environment", "[\"SECURE=no\"]", "the variable SECURE" },
	{ "environment", "[\"PATH=/tmp\"]", "the variable PATH" },
	{ "environment", "[\"HOSTNAME=other\"]", "the variable HOSTNAME" },
	{ "environment", "[\"FOO=1\"]", "the variable FOO" },
	{ "environment", "[\"TERM=xterm\"]", "the variable TERM" },
	{ "uid", "1001", "user 1001:1000" },
	{ "gid", "42", "user 1000:42" },
};

static void test_direct(void **state)
{
	const struct tamper_row *row = *state;
	struct image_facts *image;
	struct beyond test;
	const char *beyond;
	struct policy above;

	open_beyond(&test);
	/* user: image is the one grant of this ceiling. */
	above = *test.ceiling;
	above.allow.users = &(struct policy_user){ .kind = POLICY_USER_IMAGE };
	above.allow.user_count = 1;
	test.ceiling = &above;
	image = &test.base.facts.image_facts;
	*image = (struct image_facts){ .is_known = true, .user = "1000" };
	string_list_add(test.base.arena, &image->entrypoint, "echo");
	string_list_add(test.base.arena, &image->cmd, "hello");
	string_list_add(test.base.arena, &image->env, "SECURE=yes");
	set(&test, "backend", arena_printf(test.base.arena, "%d", BACKEND_CRUN));
	set(&test, "hostname", "\"h\"");
	set(&test, "argv", "[\"echo\",\"hello\"]");
	set(&test, "environment", "[\"SECURE=yes\"]");
	set(&test, row->path, row->value);
	beyond = check(&test, NULL);
	assert_int_equal(beyond == NULL, row->wanted == NULL);
	if (beyond != NULL && strstr(beyond, row->wanted) == NULL)
		fail_msg("%s", beyond);
	close_beyond(&test);
}

/* A hazard counts when the policy that was read again and the ceiling both name it, and the policy is root's. */
static void test_hazards(void **state)
{
	struct policy own = { .is_root_owned = true }, above;
	struct beyond test;

	(void)state;
	open_beyond(&test);
	above = *test.ceiling;
	set(&test, "uid", "0");
	own.hazards[HAZARD_ROOT_USER] = (struct policy_bool){ .is_set = true, .value = true };
	assert_non_null(check(&test, &own));
	above.hazards[HAZARD_ROOT_USER] = own.hazards[HAZARD_ROOT_USER];
	test.ceiling = &above;
	assert_non_null(check(&test, NULL));
	assert_string_equal(check(&test, &own), "user 0:1000"); /* the hazard is there; the ceiling's users are another matter */
	own.is_root_owned = false;
	assert_string_equal(check(&test, &own), "uid or gid 0");
	close_beyond(&test);
}

/* The ceiling's word binds whatever the plan says of itself; a sandbox is docker's or runsc's. */
static void test_sandbox(void **state)
{
	const struct policy own = { .is_root_owned = true, .engine.sandbox.value = "required" };
	struct policy above;
	struct beyond test;

	(void)state;
	open_beyond(&test);
	set(&test, "sysctls", "[]");
	assert_null(check(&test, NULL));
	/* What the policy that was judged by demands, of whichever image. */
	assert_string_equal(check(&test, &own), "no sandbox");
	above = *test.ceiling;
	above.engine.sandbox.value = "required";
	test.ceiling = &above;
	assert_string_equal(check(&test, NULL), "no sandbox");
	set(&test, "is_sandboxed", "true");
	assert_null(check(&test, NULL));
	set(&test, "security_labels", "[\"type:x_t\"]");
	assert_non_null(check(&test, NULL));
	set(&test, "security_labels", "[]");
	set(&test, "domainname", "\"x\"");
	assert_string_equal(check(&test, NULL), "a kernel parameter in a sandbox");
	set(&test, "domainname", "null");
	set(&test, "mounts.0.is_read_only", "false");
	assert_string_equal(check(&test, NULL), "a bind that docker's sandbox can write");
	set(&test, "mounts.0.is_read_only", "true");
	set(&test, "dns_options", "[\"ndots:1\\nnameserver 6.6.6.6\"]");
	assert_non_null(strstr(check(&test, NULL), "ndots:1\\x0anameserver"));
	set(&test, "dns_options", "[]");
	set(&test, "backend", arena_printf(test.base.arena, "%d", BACKEND_PODMAN));
	assert_string_equal(check(&test, NULL), "a sandbox of podman's");
	close_beyond(&test);
}

/* An engine's refused calls go to hardrun, which must be there; what it allows is watched for nobody. */
static void test_explained(void **state)
{
	static const char *const fields[][2] = {
		{ "is_detached", "true" }, { "is_create_only", "true" }, { "restart", "\"on-failure:2\"" },
	};
	struct beyond test;

	(void)state;
	open_beyond(&test);
	set(&test, "restart", "\"no\"");
	set(&test, "is_explained", "true");
	assert_null(check(&test, NULL));
	for (size_t i = 0; i < ARRAY_COUNT(fields); i++) {
		struct beyond other;

		open_beyond(&other);
		set(&other, "restart", "\"no\"");
		set(&other, "is_explained", "true");
		set(&other, fields[i][0], fields[i][1]);
		assert_string_equal(check(&other, NULL), "explanations where no filter can give any");
		close_beyond(&other);
	}
	test.base.facts.engine.docker_api = "1.41";
	assert_string_equal(check(&test, NULL), "explanations where no filter can give any");
	test.base.facts.engine.docker_api = NULL;
	set(&test, "observation", "1");
	assert_string_equal(check(&test, NULL), "explanations where no filter can give any");
	close_beyond(&test);
}

/* A file is read with root's rights: only a policy of root's that was read again may name it, and by that very name. */
static void test_secret_files(void **state)
{
	struct policy own = { .is_root_owned = true };
	struct beyond test;

	(void)state;
	open_beyond(&test);
	set(&test, "secrets", "[{\"name\": \"key\", \"value\": \"credential:x\"}]");
	assert_null(check(&test, NULL));
	set(&test, "secrets", "[{\"name\": \"key\", \"value\": \"file:/etc/shadow\"}]");
	assert_string_equal(check(&test, NULL), "the secret key");
	assert_string_equal(check(&test, &own), "the secret key");
	own.secrets.items = (struct policy_pair[]){ { .name = "key", .value = "file:/etc/ssl/key" } };
	own.secrets.count = 1;
	assert_string_equal(check(&test, &own), "the secret key");
	own.secrets.items[0].value = "file:/etc/shadow";
	assert_null(check(&test, &own));
	own.is_root_owned = false;
	assert_string_equal(check(&test, &own), "the secret key");
	set(&test, "secrets", "[{\"name\": \"key\", \"value\": \"/etc/shadow\"}]");
	assert_string_equal(check(&test, NULL), "the secret key");
	close_beyond(&test);
}

static void test_foreign_filter(void **state)
{
	struct beyond test;
	struct plan plan;
	struct error err;

	(void)state;
	open_beyond(&test);
	assert_int_equal(plan_read(test.base.arena, test.json, &plan, &err), 0);
	assert_non_null(strstr(plan_check_bounds(test.base.arena, &plan, &(struct plan_bounds){ .ceiling = test.ceiling,
						 .facts = &test.base.facts }), "filter"));
	close_beyond(&test);
}

/* Watched is what was asked to be, as the process with the rights knows it. */
static void test_observation(void **state)
{
	static const struct { enum plan_observation wanted, planned; } rows[] = {
		{ PLAN_OBSERVE_NOTHING, PLAN_OBSERVE_NEEDS }, { PLAN_OBSERVE_NEEDS, PLAN_OBSERVE_ALL },
		{ PLAN_OBSERVE_ALL, PLAN_OBSERVE_NOTHING },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct plan_bounds bounds = { .observation = rows[i].wanted };
		struct beyond test;
		struct plan plan;
		struct error err;

		open_beyond(&test);
		bounds.facts = &test.base.facts;
		assert_int_equal(plan_read(test.base.arena, test.json, &plan, &err), 0);
		plan.backend = BACKEND_CRUN;
		plan.observation = rows[i].planned;
		assert_string_equal(plan_check_bounds(test.base.arena, &plan, &bounds), "calls watched otherwise than was asked for");
		close_beyond(&test);
	}
}

/* ---- the reader ---- */

/* Every key of every object, taken away, of another type, or with a stranger beside it. */
static void check_strictness(struct beyond *test, json_t *object)
{
	json_t *keys = json_copy(object), *value;
	const char *key;

	json_object_foreach(keys, key, value) {
		assert_int_equal(json_object_del(object, key), 0);
		assert_string_equal(check(test, NULL), "unread");
		json_object_set_new(object, key, json_real(0.5));
		assert_string_equal(check(test, NULL), "unread");
		json_object_set(object, key, value);
	}
	json_decref(keys);
	json_object_set_new(object, "stranger", json_null());
	assert_string_equal(check(test, NULL), "unread");
	json_object_del(object, "stranger");
	assert_null(check(test, NULL));
}

static void test_strict(void **state)
{
	struct beyond test;

	(void)state;
	open_beyond(&test);
	check_strictness(&test, test.json);
	check_strictness(&test, json_object_get(test.json, "image"));
	check_strictness(&test, json_object_get(test.json, "health"));
	check_strictness(&test, json_object_get(test.json, "seccomp"));
	check_strictness(&test, json_array_get(json_object_get(test.json, "mounts"), 0));
	check_strictness(&test, json_array_get(json_object_get(test.json, "ports"), 0));
	check_strictness(&test, json_array_get(json_object_get(test.json, "labels"), 0));
	set(&test, "seccomp", "null");
	assert_string_equal(check(&test, NULL), "unread");
	close_beyond(&test);
}

static const struct tamper_row range_rows[] = {
	{ "uid", "-1", "unread" }, { "uid", "4294967296", "unread" }, { "ports.0.host", "65536", "unread" },
	{ "ports.0.host", "-1", "unread" }, { "backend", "-1", "unread" }, { "groups", "[-1]", "unread" },
	{ "environment", "[null]", "unread" }, { "environment", "[1]", "unread" }, { "mounts", "[null]", "unread" },
	{ "mounts.0.target", "null", "unread" }, { "restart", "null", "unread" }, { "name", "1", "unread" },
	{ "is_tty", "1", "unread" }, { "is_tty", "null", "unread" },
};

/* Bytes that JSON cannot carry are told before anything is sent. */
static void test_not_utf8(void **state)
{
	struct beyond test;

	(void)state;
	open_beyond(&test);
	string_list_add(test.base.arena, &test.base.plan.command, "\xff");
	assert_null(plan_write(&test.base.plan));
	close_beyond(&test);
}

int main(void)
{
	static struct row_tests rows;

	for (size_t i = 0; i < ARRAY_COUNT(tamper_rows); i++)
		rows_add(&rows, tamper_rows[i].path, test_tampered, (void *)(uintptr_t)&tamper_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(range_rows); i++)
		rows_add(&rows, range_rows[i].path, test_tampered, (void *)(uintptr_t)&range_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(direct_rows); i++)
		rows_add(&rows, direct_rows[i].path, test_direct, (void *)(uintptr_t)&direct_rows[i]);
	ROWS_TEST(&rows, test_hazards);
	ROWS_TEST(&rows, test_sandbox);
	ROWS_TEST(&rows, test_secret_files);
	ROWS_TEST(&rows, test_foreign_filter);
	ROWS_TEST(&rows, test_explained);
	ROWS_TEST(&rows, test_observation);
	ROWS_TEST(&rows, test_strict);
	ROWS_TEST(&rows, test_not_utf8);
	return rows_run("plan_beyond", &rows);
}
