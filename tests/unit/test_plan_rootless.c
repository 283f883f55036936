/* What an ordinary user's crun and runc cannot do is refused, in so many words. */
#include "planned.h"

enum { RANGES = 2 };

/* ann is 1000; with subordinate ids the container has 0 to 65536 as well. */
static struct host_id_range with_ranges[] = { { 0, 1, 1000 }, { 1000, 0, 1 }, { 1001, 1001, 64536 } };
static struct host_id_range alone[] = { { 1000, 0, 1 } };

#define ALL_CGROUPS { "/sys/fs/cgroup/x", "/sys/fs/cgroup/x", "/sys/fs/cgroup/x", NULL, NULL }
#define MAPS(ranges) .uids = { ranges, ARRAY_COUNT(ranges) }, .gids = { ranges, ARRAY_COUNT(ranges) }

static const struct host_rootless able = { MAPS(with_ranges), .cgroups = ALL_CGROUPS };
static const struct host_rootless without_ids = {
	MAPS(alone), .cgroups = ALL_CGROUPS, .ids_problem = "/etc/subuid gives you none", .ids_remedy = "add some",
};
static const struct host_carrier carrier = { .program = "/usr/bin/slirp4netns" };
static const struct host_carrier no_carrier = { .problem = "slirp4netns is not installed", .remedy = "apt install slirp4netns" };
/* As able, on a machine with no_carrier. */
static const struct host_rootless without_slirp = { MAPS(with_ranges), .cgroups = ALL_CGROUPS };
static const struct host_rootless without_cgroups = {
	MAPS(with_ranges), .cgroup_problem = "the cgroup is not yours", .cgroup_remedy = "get one",
};
static const struct host_rootless unable = { MAPS(with_ranges), .cgroups = ALL_CGROUPS, .problem = "no namespaces",
	  .remedy = "boot another" };

#define USERS                                                                                                                  \
	"allow: {user: [\"1-2147483647:1-2147483647\"], group_add: [\"1-2147483647\"], tmpfs: {max_size: 64m}, "                 \
	"cap_add: [NET_RAW, NET_BIND_SERVICE], "                                                                                 \
	"networks: [none, isolated, db], ports: [\"*:*:*/*\"], dns: [\"*\"], extra_hosts: [\"*\", \"h:host-gateway\"]}\n"

struct rootless_row {
	const char *name;
	const struct host_rootless *rootless;
	enum backend_kind backend;
	const char *line;
	enum finding_kind kind; /* of the refusal; FINDING_NOTE: it runs */
	const char *reason;     /* a part of it; NULL: none */
	const char *remedy;     /* a part of it; NULL: not looked at */
};

static struct rootless_row rows_of_users[] = {
	{ "all is there", &able, BACKEND_RUNC, "alpine", FINDING_NOTE, NULL, NULL },
	{ "the last id", &able, BACKEND_CRUN, "-u 65536:65536 alpine", FINDING_NOTE, NULL, NULL },
	{ "one beyond", &able, BACKEND_CRUN, "-u 65537:65537 alpine", FINDING_UNSUPPORTED, "lie beyond the subordinate ids",
	  "--add-subuids" },
	{ "a group beyond", &able, BACKEND_CRUN, "-u 5:70000 alpine", FINDING_UNSUPPORTED, "lie beyond", NULL },
	{ "a further group beyond", &able, BACKEND_CRUN, "-u 5:5 --group-add 70000 alpine", FINDING_UNSUPPORTED, "lie beyond", NULL },
	{ "alone, as oneself", &without_ids, BACKEND_CRUN, "-u 1000:1000 alpine", FINDING_NOTE, NULL, NULL },
	{ "alone, as another", &without_ids, BACKEND_CRUN, "-u 1001:1001 alpine", FINDING_UNSUPPORTED,
	  "needs subordinate ids for it, and /etc/subuid",
	  "add some" },
	{ "alone, with another group", &without_ids, BACKEND_CRUN, "-u 1000:1001 alpine", FINDING_UNSUPPORTED,
	  "needs subordinate ids", NULL },
	{ "alone, with runc", &without_ids, BACKEND_RUNC, "-u 1000:1000 alpine", FINDING_UNSUPPORTED,
	  "it needs subordinate ids", "--backend crun" },
	{ "no cgroup", &without_cgroups, BACKEND_CRUN, "alpine", FINDING_DENIED, "the cgroup is not yours", "get one" },
	{ "no cpuset", &able, BACKEND_CRUN, "--cpuset-cpus 0 alpine", FINDING_DENIED, "the cpuset cgroup", "leave it out" },
	{ "no blkio", &able, BACKEND_CRUN, "--blkio-weight 100 alpine", FINDING_DENIED, "the blkio cgroup", "leave it out" },
	{ "a domain name", &able, BACKEND_CRUN, "--domainname x alpine", FINDING_UNSUPPORTED,
	  "an ordinary user cannot set it", "use sudo" },
	{ "a network", &able, BACKEND_CRUN, "--network isolated alpine", FINDING_NOTE, NULL, NULL },
	{ "a port", &able, BACKEND_RUNC, "-p 127.0.0.1:8080:80 -p 127.0.0.1:53:53/udp alpine", FINDING_NOTE, NULL, NULL },
	{ "names", &able, BACKEND_CRUN, "--dns 192.0.2.1 --add-host h:192.0.2.2 alpine", FINDING_NOTE, NULL, NULL },
	{ "no network asked for, and nobody to carry it", &without_slirp, BACKEND_CRUN, "alpine", FINDING_NOTE, NULL, NULL },
	{ "nobody to carry it", &without_slirp, BACKEND_CRUN, "--network isolated alpine", FINDING_UNSUPPORTED,
	  "the network isolated needs slirp4netns where crun is run directly, and slirp4netns is not installed",
	  "apt install slirp4netns, or --network none" },
	{ "a port, and nobody to carry it", &without_slirp, BACKEND_CRUN, "-p 127.0.0.1:8080:80 alpine", FINDING_UNSUPPORTED,
	  "the network isolated needs slirp4netns", "apt install slirp4netns" },
	{ "a port of no network", &able, BACKEND_CRUN, "--network none -p 127.0.0.1:8080:80 alpine", FINDING_UNSUPPORTED,
	  "without a network of its own publishes nothing", "--network isolated" },
	{ "a port of IPv6", &able, BACKEND_CRUN, "-p [::1]:8080:80 alpine", FINDING_UNSUPPORTED, "on IPv4 addresses", "127.0.0.1" },
	{ "a port of SCTP", &able, BACKEND_CRUN, "-p 127.0.0.1:8080:80/sctp alpine", FINDING_UNSUPPORTED, "TCP and UDP",
	  "--backend docker" },
	{ "any port of the host's", &able, BACKEND_CRUN, "-p 127.0.0.1::80 alpine", FINDING_UNSUPPORTED, "which port it picks",
	  "name the host's port" },
	{ "a network of several", &able, BACKEND_CRUN, "--network db alpine", FINDING_UNSUPPORTED, "the network db needs an engine",
	  "--network none" },
	{ "packets of its own making", &able, BACKEND_CRUN, "--network isolated --cap-add NET_RAW alpine", FINDING_UNSUPPORTED,
	  "would reach the host's loopback", "--network none, or --backend docker" },
	{ "packets of its own making, for itself", &able, BACKEND_CRUN, "--network none --cap-add NET_RAW alpine", FINDING_NOTE, NULL,
	  NULL },
	{ "packets of its own making, on docker's bridge", &able, BACKEND_DOCKER, "--cap-add NET_RAW alpine", FINDING_NOTE, NULL, NULL },
	{ "names without a network", &able, BACKEND_CRUN, "--network none --dns 192.0.2.1 alpine", FINDING_UNSUPPORTED,
	  "which it has not", "leave it out" },
	{ "the host by a name", &able, BACKEND_CRUN, "--add-host h:host-gateway alpine", FINDING_UNSUPPORTED,
	  "are not reached through slirp4netns", "an address" },
	{ "nothing can be run", &unable, BACKEND_CRUN, "alpine", FINDING_UNSUPPORTED, "cannot run it here: no namespaces",
	  "boot another" },
	{ "with docker none of that matters", &unable, BACKEND_DOCKER, "alpine", FINDING_NOTE, NULL, NULL },
};

static const struct finding *find_refusal(const struct planned *test)
{
	for (size_t i = 0; i < test->findings.count; i++)
		if (test->findings.items[i].kind != FINDING_NOTE)
			return &test->findings.items[i];
	return NULL;
}

static void test_row(void **state)
{
	const struct rootless_row *row = *state;
	const struct finding *refusal;
	struct planned test;

	planned_init(&test, row->backend, USERS);
	test.facts.is_root = false;
	test.facts.caller_uid = test.facts.caller_gid = 1000;
	test.facts.rootless = row->rootless;
	test.facts.carrier = row->rootless == &without_slirp ? &no_carrier : &carrier;
	planned_run(&test, row->line);
	refusal = find_refusal(&test);
	assert_int_equal(test.plan != NULL, row->kind == FINDING_NOTE);
	if (row->kind == FINDING_NOTE) {
		assert_null(refusal);
	} else {
		assert_int_equal(refusal->kind, row->kind);
		assert_non_null(strstr(refusal->reason, row->reason));
		assert_true(row->remedy == NULL || strstr(refusal->remedy, row->remedy) != NULL);
	}
	arena_free(test.arena);
}

static bool has_note(const struct planned *test, const char *words);

/* Who asks for nothing gets the default where there is somebody to carry it, and else less, and is told. */
static void test_network_unasked(void **state)
{
	static const struct host_rootless *const kinds[] = { &able, &without_slirp };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
		struct planned test;

		planned_init(&test, BACKEND_CRUN, USERS);
		test.facts.is_root = false;
		test.facts.caller_uid = test.facts.caller_gid = 1000;
		test.facts.rootless = kinds[i];
		test.facts.carrier = kinds[i] == &without_slirp ? &no_carrier : &carrier;
		assert_non_null(planned_run(&test, "alpine"));
		assert_int_equal(test.plan->network, kinds[i] == &able ? PLAN_NETWORK_ISOLATED : PLAN_NETWORK_NONE);
		assert_int_equal(has_note(&test, "gets no network: an isolated one needs slirp4netns"), kinds[i] == &without_slirp);
		arena_free(test.arena);
	}
}

static bool has_note(const struct planned *test, const char *words)
{
	for (size_t i = 0; i < test->findings.count; i++)
		if (test->findings.items[i].kind == FINDING_NOTE && strstr(test->findings.items[i].reason, words) != NULL)
			return true;
	return false;
}

static void test_groups_that_stay_are_told(void **state)
{
	static const gid_t groups[] = { 1000, 27, 999 };
	static const struct host_rootless *const kinds[] = { &without_ids, &able };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
		struct planned test;

		planned_init(&test, BACKEND_CRUN, USERS);
		test.facts.is_root = false;
		test.facts.caller_uid = test.facts.caller_gid = 1000;
		test.facts.caller_groups = groups;
		test.facts.caller_group_count = ARRAY_COUNT(groups);
		test.facts.rootless = kinds[i];
		test.facts.carrier = kinds[i] == &without_slirp ? &no_carrier : &carrier;
		assert_non_null(planned_run(&test, "-u 1000:1000 alpine"));
		assert_int_equal(has_note(&test, "keeps your supplementary groups (27, 999)"), kinds[i] == &without_ids);
		arena_free(test.arena);
	}
}

/* Root's containers have one as well, by the same carrier; of gVisor's only an engine's. */
static void test_network_of_root(void **state)
{
	static const struct {
		const char *line;
		enum backend_kind backend;
		const struct host_carrier *carrier;
		const char *reason, *remedy; /* NULL: none, it is planned */
	} rows[] = {
		{ "alpine", BACKEND_CRUN, &carrier, NULL, NULL },
		{ "--network isolated -p 127.0.0.1:8080:80 alpine", BACKEND_RUNC, &carrier, NULL, NULL },
		{ "--network isolated alpine", BACKEND_RUNC, &no_carrier, "needs slirp4netns where runc is run directly, and slirp4netns",
		  "apt install slirp4netns, or --network none" },
		{ "-p 127.0.0.1:8080:80 alpine", BACKEND_CRUN, &no_carrier, "needs slirp4netns where crun is", "apt install slirp4netns" },
		{ "-p [::1]:8080:80 alpine", BACKEND_CRUN, &carrier, "on IPv4 addresses", "publish it on 127.0.0.1" },
		{ "--cap-add NET_BIND_SERVICE alpine", BACKEND_CRUN, &carrier, NULL, NULL },
		{ "--cap-add net_raw alpine", BACKEND_CRUN, &carrier, "would reach the host's loopback through the network isolated of crun",
		  "--network none, or --backend docker" },
		{ "--network isolated --cap-add CAP_NET_RAW -p 127.0.0.1:8080:80 alpine", BACKEND_RUNC, &carrier,
		  "would reach the host's loopback through the network isolated of runc", "--backend docker" },
		{ "-p 127.0.0.1:8080:80 alpine", BACKEND_RUNSC, &carrier, "needs an engine, and runsc is run directly", "--backend docker" },
		{ "--network none -p 127.0.0.1:8080:80 alpine", BACKEND_RUNSC, &carrier, "publishes nothing",
		  "leave it out, or --backend docker --network isolated" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct finding *refusal;
		struct planned test;

		planned_init(&test, rows[i].backend, USERS);
		test.facts.carrier = rows[i].carrier;
		planned_run(&test, rows[i].line);
		refusal = find_refusal(&test);
		assert_int_equal(test.plan != NULL, rows[i].reason == NULL);
		if (rows[i].reason == NULL) {
			assert_int_equal(test.plan->network, PLAN_NETWORK_ISOLATED);
		} else {
			assert_non_null(strstr(refusal->reason, rows[i].reason));
			assert_string_equal(refusal->remedy, rows[i].remedy);
		}
		arena_free(test.arena);
	}
}

/* In a user namespace no device can be made, whatever the controller says. */
static void test_device_controller_is_roots(void **state)
{
	(void)state;
	for (int is_root = 0; is_root <= 1; is_root++) {
		struct planned test;

		planned_init(&test, BACKEND_CRUN, USERS);
		test.facts.is_root = is_root != 0;
		test.facts.has_devices = false;
		test.facts.rootless = is_root ? NULL : &able;
		assert_int_equal(planned_run(&test, "-u 5:5 alpine") == NULL, is_root);
		arena_free(test.arena);
	}
}

int main(void)
{
	struct row_tests rows = { .count = 0 };

	for (size_t i = 0; i < ARRAY_COUNT(rows_of_users); i++)
		rows_add(&rows, rows_of_users[i].name, test_row, &rows_of_users[i]);
	ROWS_TEST(&rows, test_network_unasked);
	ROWS_TEST(&rows, test_network_of_root);
	ROWS_TEST(&rows, test_groups_that_stay_are_told);
	ROWS_TEST(&rows, test_device_controller_is_roots);
	return rows_run("plan/rootless", &rows);
}
