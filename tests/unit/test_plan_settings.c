/* Every field of a plan from every origin it may have, as `hardrun show` tells it; and what is refused at this late hour. */
#include "planned.h"

/* ---- value and origin of a setting ---- */

struct setting_row {
	const char *policy, *line, *key, *value;
	enum plan_origin origin;
	enum backend_kind backend;
};

#define MEM "defaults: {mem_limit: 128m}\nallow: {mem_limit: 1g}\n"

static struct setting_row setting_rows[] = {
	/* limits */
	{ "", "alpine", "mem_limit", "256m", PLAN_FROM_BUILTIN, BACKEND_DOCKER },
	{ MEM, "alpine", "mem_limit", "128m", PLAN_FROM_POLICY, BACKEND_DOCKER },
	{ MEM, "-m 512m alpine", "mem_limit", "512m", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ MEM, "-m 512m alpine", "memswap_limit", "512m (no swap)", PLAN_FROM_FLOOR, BACKEND_DOCKER },
	{ MEM, "--memory-swap 1g alpine", "memswap_limit", "128m (no swap, whatever was asked)", PLAN_FROM_FLOOR,
		BACKEND_DOCKER },
	{ MEM, "--memory-reservation 64m alpine", "mem_reservation", "64m", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "", "alpine", "cpus", "0.5", PLAN_FROM_BUILTIN, BACKEND_DOCKER },
	{ "defaults: {cpus: 0.25}\n", "alpine", "cpus", "0.25", PLAN_FROM_POLICY, BACKEND_DOCKER },
	{ "defaults: {cpus: 16}\n", "alpine", "cpus", "4", PLAN_FROM_HOST, BACKEND_DOCKER },
	{ "allow: {cpus: 2}\n", "--cpus 1.5 alpine", "cpus", "1.5", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "allow: {cpus: 2}\n", "--cpus 1/2 alpine", "cpus", "0.5", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "allow: {cpus: 2}\n", "--cpu-quota 150000 alpine", "cpus", "1.5", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "allow: {cpus: 2}\n", "--cpu-quota 5000 --cpu-period 10000 alpine", "cpus", "0.5", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "", "alpine", "pids_limit", "64", PLAN_FROM_BUILTIN, BACKEND_DOCKER },
	{ "defaults: {pids_limit: 10}\n", "alpine", "pids_limit", "10", PLAN_FROM_POLICY, BACKEND_DOCKER },
	{ "allow: {pids_limit: 100}\n", "--pids-limit 0x20 alpine", "pids_limit", "32", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "", "alpine", "shm_size", "16m", PLAN_FROM_BUILTIN, BACKEND_DOCKER },
	{ "defaults: {shm_size: 1m}\n", "alpine", "shm_size", "1m", PLAN_FROM_POLICY, BACKEND_DOCKER },
	{ "allow: {shm_size: 64m}\n", "--shm-size 32m alpine", "shm_size", "32m", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "", "alpine", "ulimits", "core=0:0|nofile=4096:4096", PLAN_FROM_BUILTIN, BACKEND_DOCKER },
	{ "defaults: {ulimits: {nofile: 100, nproc: 5}}\n", "alpine", "ulimits", "core=0:0|nofile=100:100|nproc=5:5",
		PLAN_FROM_BUILTIN,
	  BACKEND_DOCKER },
	{ "", "--ulimit nofile=10:20 alpine", "ulimits", "core=0:0|nofile=10:20", PLAN_FROM_BUILTIN, BACKEND_DOCKER },
	{ "", "--ulimit core=0:5 --ulimit core=1 alpine", "ulimits", "core=1:1|nofile=4096:4096", PLAN_FROM_FLAG,
		BACKEND_DOCKER },
	{ "", "--cpu-shares 512 alpine", "cpu_shares", "512", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "", "--blkio-weight 100 alpine", "blkio_config.weight", "100", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "", "--memory-swappiness 0 alpine", "mem_swappiness", "0", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "", "--oom-score-adj 500 alpine", "oom_score_adj", "500", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "", "--cpuset-cpus 0-1 alpine", "cpuset", "0-1", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "", "--cpuset-mems 0 alpine", "cpuset_mems", "0", PLAN_FROM_FLAG, BACKEND_DOCKER },
	/* identity */
	{ "", "alpine", "user", "65534:65534", PLAN_FROM_BUILTIN, BACKEND_DOCKER },
	{ "defaults: {user: \"101:102\"}\n", "alpine", "user", "101:102", PLAN_FROM_POLICY, BACKEND_DOCKER },
	{ "defaults: {user: \"101\"}\n", "alpine", "user", "101:101", PLAN_FROM_POLICY, BACKEND_DOCKER },
	{ "defaults: {user: caller}\n", "alpine", "user", "65534:65534 (the caller is root)", PLAN_FROM_POLICY, BACKEND_DOCKER },
	{ "allow: {user: [\"1-9:1-9\"]}\n", "-u 5:6 alpine", "user", "5:6", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "allow: {user: [\"1-9:1-9\"]}\n", "-u 5 alpine", "user", "5:5", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "allow: {user: [\"node=1000:1001\"]}\n", "-u node alpine", "user", "1000:1001", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "", "--group-add 5 --group-add 6 --group-add 5 alpine", "group_add", "5|6", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "", "alpine", "hostname", "", PLAN_ORIGIN_COUNT, BACKEND_DOCKER },
	{ "defaults: {hostname: web}\n", "alpine", "hostname", "web", PLAN_FROM_POLICY, BACKEND_DOCKER },
	{ "defaults: {hostname: web}\n", "-h own alpine", "hostname", "own", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "", "alpine", "hostname", "0123456789ab", PLAN_FROM_BUILTIN, BACKEND_RUNC },
	{ "", "--name a-long-name-of-mine alpine", "hostname", "a-long-name-", PLAN_FROM_BUILTIN, BACKEND_RUNC },
	{ "", "alpine", "container_name", "hardrun-0123456789ab", PLAN_FROM_BUILTIN, BACKEND_CRUN },
	{ "", "--name web alpine", "container_name", "web", PLAN_FROM_FLAG, BACKEND_CRUN },
	{ "", "alpine", "container_name", "", PLAN_ORIGIN_COUNT, BACKEND_DOCKER },
	{ "", "--domainname example.com alpine", "domainname", "example.com", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "defaults: {working_dir: /srv}\n", "alpine", "working_dir", "/srv", PLAN_FROM_POLICY, BACKEND_DOCKER },
	{ "defaults: {working_dir: /srv}\n", "-w /tmp alpine", "working_dir", "/tmp", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "", "alpine", "working_dir", "", PLAN_ORIGIN_COUNT, BACKEND_DOCKER },
	{ "", "alpine", "working_dir", "/", PLAN_FROM_BUILTIN, BACKEND_CRUN },
	{ "defaults: {labels: {a: b, c: d}}\n", "-l c=e alpine", "labels",
		"a=b|c=e|io.hardrun.caller=0|io.hardrun.policy=p.yaml|io.hardrun.version=" HARDRUN_VERSION,
	  PLAN_FROM_POLICY, BACKEND_DOCKER },
	{ "", "--entrypoint /bin/x alpine", "entrypoint", "/bin/x", PLAN_FROM_FLAG, BACKEND_DOCKER },
	/* confinement */
	{ "", "alpine", "read_only", "true", PLAN_FROM_FLOOR, BACKEND_DOCKER },
	{ "defaults: {read_only: true}\n", "alpine", "read_only", "true", PLAN_FROM_POLICY, BACKEND_DOCKER },
	{ "", "--read-only alpine", "read_only", "true", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "", "alpine", "cap_drop", "ALL", PLAN_FROM_FLOOR, BACKEND_DOCKER },
	{ "defaults: {cap_add: [CHOWN]}\n", "--cap-add setuid alpine", "cap_add", "CAP_CHOWN|CAP_SETUID", PLAN_FROM_POLICY,
		BACKEND_DOCKER },
	{ "", "--cap-add CAP_CHOWN --cap-add chown alpine", "cap_add", "CAP_CHOWN", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "defaults: {cap_add: [CHOWN, SETUID]}\n", "--cap-drop CHOWN alpine", "cap_add", "CAP_SETUID", PLAN_FROM_POLICY,
		BACKEND_DOCKER },
	{ "defaults: {cap_add: [CHOWN]}\n", "--cap-drop all --cap-add SETGID alpine", "cap_add", "CAP_SETGID", PLAN_FROM_FLAG,
		BACKEND_DOCKER },
	{ "", "--cap-drop CHOWN --cap-add CHOWN alpine", "cap_add", "", PLAN_ORIGIN_COUNT, BACKEND_DOCKER },
	{ "", "--security-opt no-new-privileges alpine", "security_opt", "no-new-privileges|seccomp=default", PLAN_FROM_FLOOR,
		BACKEND_DOCKER },
	{ "seccomp: {base: minimal}\n", "alpine", "security_opt", "no-new-privileges|seccomp=minimal", PLAN_FROM_FLOOR,
		BACKEND_DOCKER },
	{ "", "alpine", "pid", "private", PLAN_FROM_FLOOR, BACKEND_DOCKER },
	{ "", "alpine", "ipc", "private", PLAN_FROM_FLOOR, BACKEND_DOCKER },
	{ "", "alpine", "uts", "private", PLAN_FROM_FLOOR, BACKEND_DOCKER },
	{ "", "alpine", "cgroup", "private", PLAN_FROM_FLOOR, BACKEND_DOCKER },
	{ "", "alpine", "privileged", "false", PLAN_FROM_FLOOR, BACKEND_DOCKER },
	{ "", "--device /dev/fuse --device /dev/fuse:/dev/fuse:r alpine", "devices", "/dev/fuse:rw|/dev/fuse:r", PLAN_FROM_FLAG,
		BACKEND_DOCKER },
	{ "", "--sysctl net.core.somaxconn=1 --sysctl net.core.somaxconn=2 alpine", "sysctls", "net.core.somaxconn=2",
		PLAN_FROM_FLAG,
	  BACKEND_DOCKER },
	/* network */
	{ "", "alpine", "network_mode", "isolated", PLAN_FROM_BUILTIN, BACKEND_DOCKER },
	{ "defaults: {network_mode: none}\n", "alpine", "network_mode", "none", PLAN_FROM_POLICY, BACKEND_DOCKER },
	{ "", "--network none alpine", "network_mode", "none", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "", "--net db alpine", "network_mode", "db", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "", "--net db --network cache --network db alpine", "networks", "cache", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "", "--network hardrun-isolated alpine", "network_mode", "isolated", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "", "alpine", "network_mode", "isolated", PLAN_FROM_BUILTIN, BACKEND_CRUN },
	{ "", "-p 127.0.0.1:8080:80 alpine", "ports", "127.0.0.1:8080:80/tcp", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "", "-p [::1]:8080:80/udp alpine", "ports", "[::1]:8080:80/udp", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "", "-p 80 alpine", "ports", "0.0.0.0:0:80/tcp", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "defaults: {host_ip: 127.0.0.1}\n", "-p 8080:80 alpine", "ports", "127.0.0.1:8080:80/tcp", PLAN_FROM_FLAG,
		BACKEND_DOCKER },
	{ "", "-p 127.0.0.1:8080-8082:80-82 alpine", "ports", "127.0.0.1:8080:80/tcp|127.0.0.1:8081:81/tcp|127.0.0.1:8082:82/tcp",
	  PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "", "-p 127.0.0.1:65535:65535 -p 127.0.0.1:65535:65535 alpine", "ports", "127.0.0.1:65535:65535/tcp", PLAN_FROM_FLAG,
		BACKEND_DOCKER },
	{ "", "--dns 9.9.9.9 --dns 9.9.9.9 alpine", "dns", "9.9.9.9", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "", "--dns-search example.com alpine", "dns_search", "example.com", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "", "--dns-opt ndots:1 alpine", "dns_opt", "ndots:1", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "", "--add-host db:10.0.0.1 alpine", "extra_hosts", "db:10.0.0.1", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "", "--net x --network-alias a --net-alias b alpine", "aliases", "a|b", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "", "--expose 80 alpine", "expose", "80", PLAN_FROM_FLAG, BACKEND_DOCKER },
	/* life */
	{ "", "alpine", "init", "false", PLAN_FROM_BUILTIN, BACKEND_DOCKER },
	{ "defaults: {init: true}\n", "alpine", "init", "true", PLAN_FROM_POLICY, BACKEND_DOCKER },
	{ "defaults: {init: true}\n", "alpine", "init", "false", PLAN_FROM_POLICY, BACKEND_RUNC },
	{ "defaults: {init: true}\n", "--init=false alpine", "init", "false", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "", "alpine", "restart", "no", PLAN_FROM_BUILTIN, BACKEND_DOCKER },
	{ "", "--restart on-failure:3 alpine", "restart", "on-failure:3", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "", "--restart no alpine", "restart", "no", PLAN_FROM_FLAG, BACKEND_CRUN },
	{ "", "alpine", "stop_signal", "", PLAN_ORIGIN_COUNT, BACKEND_DOCKER },
	{ "", "alpine", "stop_signal", "SIGTERM", PLAN_FROM_BUILTIN, BACKEND_CRUN },
	{ "defaults: {stop_signal: SIGINT}\n", "alpine", "stop_signal", "SIGINT", PLAN_FROM_POLICY, BACKEND_DOCKER },
	{ "defaults: {stop_signal: SIGINT}\n", "--stop-signal SIGQUIT alpine", "stop_signal", "SIGQUIT", PLAN_FROM_FLAG,
		BACKEND_DOCKER },
	{ "defaults: {stop_grace_period: 7s}\n", "alpine", "stop_grace_period", "7s", PLAN_FROM_POLICY, BACKEND_DOCKER },
	{ "defaults: {stop_grace_period: 7s}\n", "--stop-timeout 3 alpine", "stop_grace_period", "3s", PLAN_FROM_FLAG,
		BACKEND_DOCKER },
	{ "", "alpine", "logging.driver", "json-file", PLAN_FROM_BUILTIN, BACKEND_DOCKER },
	{ "", "alpine", "logging.options", "max-size=10m|max-file=3", PLAN_FROM_BUILTIN, BACKEND_DOCKER },
	{ "defaults: {logging: {driver: local, options: {max-size: 1m}}}\n", "alpine", "logging.options",
		"max-size=1m|max-file=3",
	  PLAN_FROM_POLICY, BACKEND_DOCKER },
	{ "defaults: {logging: {driver: journald, options: {max-size: 1m}}}\n", "alpine", "logging.options", "",
		PLAN_ORIGIN_COUNT, BACKEND_DOCKER },
	{ "defaults: {logging: {driver: journald, options: {compress: true}}}\n", "--log-driver json-file alpine", "logging.options",
	  "max-size=10m|max-file=3", PLAN_FROM_BUILTIN, BACKEND_DOCKER },
	{ "", "--log-opt max-size=2m alpine", "logging.options", "max-size=2m|max-file=3", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "", "--log-driver none alpine", "logging.options", "", PLAN_ORIGIN_COUNT, BACKEND_DOCKER },
	{ "", "alpine", "logging.driver", "none (nothing is recorded without an engine)", PLAN_FROM_HOST, BACKEND_RUNC },
	{ "", "--health-cmd x alpine", "healthcheck.test", "x", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "", "--health-interval 5s alpine", "healthcheck.interval", "5s", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "", "--no-healthcheck alpine", "healthcheck.disable", "true", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "", "alpine", "pull_policy", "missing", PLAN_FROM_BUILTIN, BACKEND_DOCKER },
	{ "", "--pull never alpine", "pull_policy", "never", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "", "--platform linux/amd64 alpine", "platform", "linux/amd64", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "", "alpine", "image", "docker.io/library/alpine:latest", PLAN_FROM_FLAG, BACKEND_DOCKER },
	{ "", "alpine", "backend", "podman", PLAN_FROM_HOST, BACKEND_PODMAN },
	{ "", "alpine", "policy", "p.yaml", PLAN_FROM_POLICY, BACKEND_DOCKER },
};

static void test_setting_row(void **state)
{
	const struct setting_row *row = *state;
	const struct plan_setting *setting;
	struct planned test;

	planned_init(&test, row->backend, row->policy);
	test.facts.cgroup = CGROUP_V1; /* has all that can be asked for */
	if (planned_run(&test, row->line) == NULL)
		print_error("%s\n", test.findings.items[test.findings.count - 1].reason);
	assert_non_null(test.plan);
	assert_string_equal(planned_setting(&test, row->key), row->value);
	setting = planned_first(&test, row->key);
	if (row->origin == PLAN_ORIGIN_COUNT) {
		assert_null(setting);
	} else {
		assert_int_equal(setting->origin, row->origin);
		if (row->origin == PLAN_FROM_FLAG && strcmp(row->key, "image") != 0)
			assert_non_null(setting->source);
		else
			assert_null(setting->source);
		if (row->origin == PLAN_FROM_POLICY && strcmp(row->key, "policy") != 0)
			assert_true(setting->place.line > 0);
	}
	planned_done(&test);
}

/* ---- refused here, whatever the verdict has said ---- */

struct refusal_row {
	const char *policy, *line;
	enum finding_kind kind;
	const char *reason; /* a part of it */
	enum backend_kind backend;
};

static struct refusal_row refusal_rows[] = {
	{ "", "--privileged alpine", FINDING_DENIED, "", BACKEND_DOCKER },
	{ "", "--read-only=false alpine", FINDING_DENIED, "", BACKEND_DOCKER },
	{ "", "--pid host alpine", FINDING_DENIED, "", BACKEND_DOCKER },
	{ "", "--ipc host alpine", FINDING_DENIED, "", BACKEND_DOCKER },
	{ "", "--uts host alpine", FINDING_DENIED, "", BACKEND_DOCKER },
	{ "", "--network host alpine", FINDING_DENIED, "", BACKEND_DOCKER },
	{ "", "--security-opt seccomp=unconfined alpine", FINDING_DENIED, "", BACKEND_DOCKER },
	{ "", "--security-opt no-new-privileges=false alpine", FINDING_DENIED, "", BACKEND_DOCKER },
	{ "", "--security-opt no-new-privileges:false alpine", FINDING_DENIED, "", BACKEND_DOCKER },
	{ "", "--security-opt apparmor=unconfined alpine", FINDING_DENIED, "", BACKEND_DOCKER },
	{ "", "--security-opt no-new-privileges=maybe alpine", FINDING_DENIED, "hardrun sets these itself", BACKEND_DOCKER },
	{ "", "-u 5:5 alpine", FINDING_DENIED, "no grant says which ids that is", BACKEND_DOCKER },
	{ "", "-u root alpine", FINDING_DENIED, "no grant says which ids that is", BACKEND_DOCKER },
	{ "", "--group-add docker alpine", FINDING_DENIED, "it is not a decimal gid", BACKEND_DOCKER },
	{ "", "--group-add 0 alpine", FINDING_DENIED, "", BACKEND_DOCKER },
	{ "", "-m 512m alpine", FINDING_DENIED, "it is not within 6m and 256m", BACKEND_DOCKER },
	{ "allow: {mem_limit: 1g}\n", "-m 5m alpine", FINDING_DENIED, "it is not within 6m and 1g", BACKEND_DOCKER },
	{ "allow: {cpus: 9}\n", "--cpus 5 alpine", FINDING_DENIED, "this machine has 4 CPUs", BACKEND_DOCKER },
	{ "", "--cpus 0.001 alpine", FINDING_DENIED, "it is not within 0.01 and 0.5", BACKEND_DOCKER },
	{ "", "--cpu-quota 9223372036854775807 alpine", FINDING_DENIED, "it is not a limit", BACKEND_DOCKER },
	{ "", "--pids-limit -1 alpine", FINDING_DENIED, "it is not within 1 and 64", BACKEND_DOCKER },
	{ "", "--memory-reservation 512m alpine", FINDING_DENIED, "it is above the memory limit of 256m", BACKEND_DOCKER },
	{ "", "--restart on-failure alpine", FINDING_DENIED, "", BACKEND_DOCKER },
	{ "", "--device mem alpine", FINDING_DENIED, "", BACKEND_DOCKER },
	{ "", "-p 127.0.0.1:8080-8090:80 alpine", FINDING_UNSUPPORTED, "left to chance", BACKEND_DOCKER },
	{ "", "--net none --net db alpine", FINDING_UNSUPPORTED, "the network none stands alone", BACKEND_DOCKER },
	{ "", "--net db --net isolated alpine", FINDING_UNSUPPORTED, "the network db stands alone", BACKEND_DOCKER },
	{ "", "--cidfile x alpine", FINDING_DENIED, "its directory cannot be looked at", BACKEND_DOCKER },
	{ "", "--env-file x alpine", FINDING_DENIED, "the file was not read", BACKEND_DOCKER },
	{ "", "--label-file x alpine", FINDING_DENIED, "the file was not read", BACKEND_DOCKER },
	{ "", "--network db alpine", FINDING_UNSUPPORTED, "the network db needs an engine", BACKEND_RUNC },
	{ "defaults: {network_mode: db}\n", "alpine", FINDING_UNSUPPORTED, "the network db needs an engine", BACKEND_RUNC },
	{ "", "--restart always alpine", FINDING_UNSUPPORTED, "runc cannot do it when run directly", BACKEND_RUNC },
	{ "", "--init alpine", FINDING_UNSUPPORTED, "crun cannot do it when run directly", BACKEND_CRUN },
	{ "", "--log-driver syslog alpine", FINDING_UNSUPPORTED, "crun cannot do it when run directly", BACKEND_CRUN },
	{ "", "--health-cmd x alpine", FINDING_UNSUPPORTED, "crun cannot do it when run directly", BACKEND_CRUN },
	{ "", "--net none --add-host a:1.1.1.1 alpine", FINDING_UNSUPPORTED, "network of the container's own", BACKEND_CRUN },
	{ "", "--memory-swappiness 0 alpine", FINDING_UNSUPPORTED, "cgroup version 2", BACKEND_DOCKER },
	{ "", "--memory-swappiness 0 alpine", FINDING_UNSUPPORTED, "cgroup version 2", BACKEND_CRUN },
};

static void test_refusal_row(void **state)
{
	const struct refusal_row *row = *state;
	struct planned test;

	planned_init(&test, row->backend, row->policy);
	assert_null(planned_run(&test, row->line));
	assert_non_null(planned_finding(&test, row->kind, row->reason));
	assert_true(planned_finding(&test, row->kind, row->reason)->reason[0] != '\0');
	planned_done(&test);
}

/* ---- hazards: granted, each lowers its own item and nothing else ---- */

struct hazard_row {
	const char *hazard, *line, *key, *value;
};

static struct hazard_row hazard_rows[] = {
	{ "privileged", "--privileged alpine", "privileged", "true" },
	{ "writable-root", "--read-only=false alpine", "read_only", "false" },
	{ "host-pid", "--pid host alpine", "pid", "host" },
	{ "host-ipc", "--ipc host alpine", "ipc", "host" },
	{ "host-uts", "--uts host alpine", "uts", "host" },
	{ "host-network", "--network host alpine", "network_mode", "host" },
	{ "unconfined-seccomp", "--security-opt seccomp=unconfined alpine", "security_opt",
		"no-new-privileges|seccomp=unconfined" },
	{ "unconfined-apparmor", "--security-opt apparmor=unconfined alpine", "security_opt",
		"no-new-privileges|seccomp=default|apparmor=unconfined" },
	{ "new-privileges", "--security-opt no-new-privileges=false alpine", "security_opt",
		"no-new-privileges=false|seccomp=default" },
};

static void test_hazard_row(void **state)
{
	const struct hazard_row *row = *state;
	struct planned test;

	planned_init(&test, BACKEND_DOCKER, "");
	test.policy = planned_policy(test.arena, arena_printf(test.arena, "hazards: [%s]\n", row->hazard));
	assert_non_null(planned_run(&test, row->line));
	assert_string_equal(planned_setting(&test, row->key), row->value);
	assert_int_equal(planned_first(&test, row->key)->origin,
			 strncmp(row->hazard, "unconfined-", 11) == 0 ? PLAN_FROM_FLOOR : PLAN_FROM_FLAG);
	test.plan = NULL;
	test.ceiling = planned_ceiling(test.arena, "");
	assert_null(planned_run(&test, row->line)); /* the ceiling does not name it */
	planned_done(&test);
}

/* A ceiling's CPUs bind whoever asks for none: those that the policy lists as well, and that are there. */
static void test_cpus_of_the_ceiling(void **state)
{
	struct planned test;

	(void)state;
	planned_init(&test, BACKEND_DOCKER, "");
	test.facts.cpus_online = "0-3";
	test.ceiling = planned_ceiling(test.arena, "allow: {cpuset: [\"1-2\", \"3,9\"]}\n");
	assert_non_null(planned_run(&test, "alpine"));
	assert_string_equal(test.plan->cpuset_cpus, "1-3");
	assert_int_equal(planned_first(&test, "cpuset")->origin, PLAN_FROM_CEILING);
	assert_non_null(planned_run(&test, "--cpuset-cpus 2 alpine"));
	assert_string_equal(test.plan->cpuset_cpus, "2");
	test.policy = planned_policy(test.arena, "allow: {cpuset: [\"0,2\"]}\n");
	assert_non_null(planned_run(&test, "alpine"));
	assert_string_equal(test.plan->cpuset_cpus, "2");
	test.policy = planned_policy(test.arena, "allow: {cpuset: [\"0\"]}\n");
	assert_null(planned_run(&test, "alpine"));
	assert_non_null(planned_finding(&test, FINDING_DENIED, "of the CPUs that the ceiling lists"));
	planned_done(&test);
}

static void test_hazard_without_use(void **state)
{
	static const char all[] = "hazards: [privileged, writable-root, host-pid, host-ipc, host-uts, host-network, unconfined-seccomp, "
				  "new-privileges, root-user]\n";
	struct planned test;

	(void)state;
	planned_init(&test, BACKEND_DOCKER, all);
	assert_non_null(planned_run(&test, "alpine"));
	assert_true(test.plan->is_read_only && test.plan->is_no_new_privileges);
	assert_false(test.plan->is_privileged || test.plan->is_host_pid || test.plan->is_host_ipc || test.plan->is_host_uts);
	assert_false(test.plan->is_seccomp_unconfined);
	assert_int_equal(test.plan->network, PLAN_NETWORK_ISOLATED);
	assert_int_equal(test.plan->uid, 65534);
	planned_done(&test);
}

struct explain_row {
	const char *policy, *line;
	enum backend_kind backend;
	const char *docker_api;
	bool is_planned, is_explained;
	const char *finding, *remedy;
};

static const struct explain_row explain_rows[] = {
	{ "", "alpine", BACKEND_CRUN, NULL, true, false, NULL, NULL },
	{ "", "--explain alpine", BACKEND_CRUN, NULL, true, true, NULL, NULL },
	{ "", "--explain alpine", BACKEND_RUNC, NULL, true, true, NULL, NULL },
	{ "", "--explain -d alpine", BACKEND_RUNC, NULL, true, true, NULL, NULL },
	{ "", "--explain alpine", BACKEND_PODMAN, NULL, true, true, NULL, NULL },
	{ "", "--explain alpine", BACKEND_PODMAN, "1.41", true, true, NULL, NULL },
	{ "", "--explain alpine", BACKEND_DOCKER, "1.42", true, true, NULL, NULL },
	{ "", "--explain alpine", BACKEND_DOCKER, "1.53", true, true, NULL, NULL },
	{ "", "--explain alpine", BACKEND_DOCKER, "1.41", false, false, "docker 9.9 hands refused system calls to nobody",
	  "docker 23.0" },
	{ "", "--explain=false alpine", BACKEND_DOCKER, "1.41", true, false, NULL, NULL },
	{ "", "--explain -d alpine", BACKEND_DOCKER, "1.45", false, false, "has gone before", "leave out --detach" },
	{ "", "--explain -d alpine", BACKEND_PODMAN, NULL, false, false, "has gone before", "leave out --detach" },
	{ "allow: {restart: [on-failure:3]}\n", "--explain --restart on-failure:2 alpine", BACKEND_DOCKER, "1.45", false, false,
	  "one start only", "leave out --restart" },
	{ "explain: true\n", "-d alpine", BACKEND_DOCKER, "1.45", true, false, "has gone before", "leave out --detach" },
	{ "explain: true\n", "alpine", BACKEND_DOCKER, "1.45", true, true, NULL, NULL },
	{ "explain: true\n", "alpine", BACKEND_CRUN, NULL, true, true, NULL, NULL },
	{ "explain: true\n", "--explain=false alpine", BACKEND_CRUN, NULL, true, false, NULL, NULL },
	{ "explain: false\n", "--explain alpine", BACKEND_CRUN, NULL, true, true, NULL, NULL },
	{ "explain: true\n", "alpine", BACKEND_DOCKER, "1.41", true, false, "docker 9.9 hands refused system calls to nobody",
	  "--backend crun" },
	{ "hazards: [unconfined-seccomp]\n", "--explain --security-opt seccomp=unconfined alpine", BACKEND_CRUN, NULL, true, false,
	  "nothing to explain", NULL },
};

/* A caller's wish that cannot be had is refused, a policy's is dropped with a note. */
static void test_explain_row(void **state)
{
	const struct explain_row *row = *state;
	bool is_found = row->finding == NULL;
	struct planned test;

	planned_init(&test, row->backend, row->policy);
	test.facts.engine.docker_api = row->docker_api;
	test.facts.engine.docker_version = row->docker_api != NULL ? "9.9" : NULL;
	assert_int_equal(planned_run(&test, row->line) != NULL, row->is_planned);
	if (test.plan != NULL)
		assert_int_equal(test.plan->is_explained, row->is_explained);
	for (size_t i = 0; i < test.findings.count && !is_found; i++) {
		const struct finding *finding = &test.findings.items[i];

		if (strstr(finding->reason, row->finding) == NULL)
			continue;
		is_found = true;
		assert_int_equal(finding->kind, row->is_planned ? FINDING_NOTE : FINDING_UNSUPPORTED);
		assert_true(row->remedy == NULL || strstr(finding->remedy, row->remedy) != NULL);
	}
	assert_true(is_found);
	planned_done(&test);
}

/* On version 1 with BFQ alone; who leaves the weight out without a word is not asked. */
static void test_weight_of_bfq(void **state)
{
	static const struct { enum backend_kind backend; bool is_refused; } rows[] = {
		{ BACKEND_DOCKER, true }, { BACKEND_PODMAN, true }, { BACKEND_CRUN, true }, { BACKEND_RUNC, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct planned test;

		planned_init(&test, rows[i].backend, "");
		test.facts.cgroup = CGROUP_V1;
		test.facts.is_blkio_bfq_alone = true;
		assert_int_equal(planned_run(&test, "--blkio-weight 300 alpine") == NULL, rows[i].is_refused);
		if (rows[i].is_refused)
			assert_non_null(planned_finding(&test, FINDING_UNSUPPORTED, "weights of the scheduler BFQ alone"));
		planned_done(&test);
	}
}

int main(void)
{
	static struct row_tests rows;
	static char names[ARRAY_COUNT(setting_rows) + ARRAY_COUNT(refusal_rows)][128];
	size_t count = 0;

	rows.arena = arena_new();
	for (size_t i = 0; i < ARRAY_COUNT(explain_rows); i++)
		rows_add(&rows, arena_printf(rows.arena, "explain %s: %s%s", host_backend_name(explain_rows[i].backend),
					     explain_rows[i].policy, explain_rows[i].line), test_explain_row,
			 (void *)(uintptr_t)&explain_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(setting_rows); i++, count++) {
		snprintf(names[count], sizeof(names[count]), "%s %s: %s", setting_rows[i].key,
			 host_backend_name(setting_rows[i].backend),
			 setting_rows[i].line);
		rows_add(&rows, names[count], test_setting_row, &setting_rows[i]);
	}
	for (size_t i = 0; i < ARRAY_COUNT(refusal_rows); i++, count++) {
		snprintf(names[count], sizeof(names[count]), "refused on %s: %s", host_backend_name(refusal_rows[i].backend),
			 refusal_rows[i].line);
		rows_add(&rows, names[count], test_refusal_row, &refusal_rows[i]);
	}
	for (size_t i = 0; i < ARRAY_COUNT(hazard_rows); i++)
		rows_add(&rows, hazard_rows[i].hazard, test_hazard_row, &hazard_rows[i]);
	ROWS_TEST(&rows, test_cpus_of_the_ceiling);
	ROWS_TEST(&rows, test_hazard_without_use);
	ROWS_TEST(&rows, test_weight_of_bfq);
	return rows_run("plan_settings", &rows);
}
