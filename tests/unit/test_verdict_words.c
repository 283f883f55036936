/* Everyday lines: what is refused with a remedy that helps, and what is let through with a note. */
#include "verdicts.h"

#define OWN "defaults: {host_ip: 127.0.0.1, user: '1000:1000'}\n" \
	    "allow: {ports: ['127.0.0.1:1024-65535:*/*', '[::1]:1024-65535:*/*'], volumes: [{source: /home/user/work/**, access: rw}]}"

static const struct remedy_row {
	const char *line, *rule, *remedy;
} remedy_rows[] = {
	{ "-u 0 alpine", "floor: root-user", "leave it out: the container then runs as 1000:1000" },
	{ "-u 0:0 alpine", "floor: root-user", "leave it out: the container then runs as 1000:1000" },
	{ "-u 1000:0 alpine", "floor: root-user", "leave it out: the container then runs as 1000:1000" },
	{ "--user node alpine", "allow.user",
	  "add \"- node=UID:GID\" to allow.user with the image's own numbers, or write --user UID:GID" },
	{ "--security-opt seccomp=default alpine", "floor: seccomp", "leave it out: hardrun's own filter is always on" },
	{ "--security-opt seccomp=builtin alpine", "floor: seccomp", "leave it out: hardrun's own filter is always on" },
	{ "--security-opt seccomp=x.json alpine", "floor: seccomp", "name the calls under seccomp.allow of the policy" },
	{ "--network default alpine", "allow.networks", "leave it out: the network is then isolated" },
	{ "--network bridge alpine", "allow.networks", "leave it out: the network is then isolated" },
	{ "--network other alpine", "allow.networks", "add \"- other\" to allow.networks" },
	{ "-p 80:80 alpine", "allow.ports", "publish another port of the host: -p 8080:80" },
	{ "-p 443:8443/udp alpine", "allow.ports", "publish another port of the host: -p 8443:8443/udp" },
	{ "-p 80-82:80-82 alpine", "allow.ports", "publish another port of the host: -p 8080-8082:80-82" },
	{ "-p 127.0.0.1:80:80 alpine", "allow.ports", "publish another port of the host: -p 127.0.0.1:8080:80" },
	{ "-p [::1]:80:80 alpine", "allow.ports", "publish another port of the host: -p [::1]:8080:80" },
	{ "-p 192.0.2.1:80:80 alpine", "allow.ports", "add \"- 192.0.2.1:80:80/tcp\" to allow.ports" },
	{ "-p 1020-1030:1 alpine", "allow.ports", "add \"- 127.0.0.1:1020-1030:1/tcp\" to allow.ports" },
	{ "-v /home/user/work/prometheus.yml:/x alpine", "floor: host-path", "create it first" },
	{ "-v /home/user/work/conf.d:/x alpine", "floor: host-path", "create it first" },
	{ "-v /home/user/work/data:/x alpine", "floor: host-path", "mkdir -p /home/user/work/data" },
	{ "-v /home/user/work/.cache:/x alpine", "floor: host-path", "create it first" },
	{ "-v /home/user/work/.bashrc:/x alpine", "floor: host-path", "create it first" },
	{ "--privileged alpine", "floor: privileged",
	  "only hazards: [privileged] lifts it, in a policy of root's that names its images" },
	{ "--network host alpine", "floor: host-network",
	  "only hazards: [host-network] lifts it, in a policy of root's that names its images" },
	{ "--cap-add NET_ADMIN alpine", "floor: privileged",
	  "only hazards: [privileged] lifts it, in a policy of root's that names its images" },
	{ "--pid host alpine", "floor: host-pid", "only hazards: [host-pid] lifts it, in a policy of root's that names its images" },
	{ "--security-opt seccomp=unconfined alpine", "floor: unconfined-seccomp",
	  "only hazards: [unconfined-seccomp] lifts it, in a policy of root's that names its images" },
};

static void test_remedy(void **state)
{
	const struct remedy_row *row = *state;
	struct verdict_case test;

	verdicts_init(&test);
	test.policy = verdicts_policy(&test, OWN);
	verdicts_assert_denied(&test, row->line, row->rule);
	assert_non_null(verdicts_refusal(&test)->remedy);
	assert_string_equal(verdicts_refusal(&test)->remedy, row->remedy);
	/* What is refused is bound to nothing. */
	assert_null(verdicts_note(&test, "defaults.host_ip"));
	if (strstr(row->remedy, ": -p ") != NULL)
		verdicts_assert_allowed(&test, arena_printf(test.arena, "%s alpine", strstr(row->remedy, "-p ")));
	verdicts_done(&test);
}

/* A Compose file has no -p. */
static struct file_row {
	const char *line, *in_file;
} file_rows[] = {
	{ "-p 80:80 alpine", "publish another port of the host: \"8080:80\"" },
	{ "-p 443:8443/udp alpine", "publish another port of the host: \"8443:8443/udp\"" },
	{ "-p 0.0.0.0:8080:80 alpine", NULL },
	{ "-e HOME alpine", "write its value, or have it in .env: HOME=VALUE" },
	{ "--user node alpine", "add \"- node=UID:GID\" to allow.user with the image's own numbers, or write UID:GID" },
	{ "--read-only=false alpine", "give the program what it writes to: tmpfs: [/var/cache/NAME]" },
	{ "--cpu-period 1000 alpine", "use cpus:" },
};

static void test_file_row(void **state)
{
	const struct file_row *row = *state;
	struct verdict_case test;

	verdicts_init(&test);
	test.policy = verdicts_policy(&test, OWN);
	assert_false(verdicts_judge(&test, row->line));
	if (row->in_file == NULL)
		assert_null(verdicts_refusal(&test)->in_file);
	else
		assert_string_equal(verdicts_refusal(&test)->in_file, row->in_file);
	verdicts_done(&test);
}

static void test_open_ports_in_a_file(void **state)
{
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	test.policy = verdicts_policy(&test, "allow: {ports: ['127.0.0.1:1024-65535:*/*']}");
	assert_false(verdicts_judge(&test, "-p 8080:80 alpine"));
	assert_string_equal(verdicts_refusal(&test)->in_file, "write \"127.0.0.1:8080:80\"");
	test.policy = verdicts_policy(&test, "");
	assert_false(verdicts_judge(&test, "-p 8080:80 alpine"));
	assert_non_null(strstr(verdicts_refusal(&test)->in_file, "to allow.ports and write \"127.0.0.1:8080:80\""));
	assert_non_null(strstr(verdicts_refusal(&test)->remedy, "to allow.ports and write -p 127.0.0.1:8080:80"));
	verdicts_done(&test);
}

static void test_default_user_of_root_is_no_remedy(void **state)
{
	struct verdict_case test;
	struct policy *policy;

	(void)state;
	verdicts_init(&test);
	policy = arena_alloc(test.arena, sizeof(*policy));
	*policy = *verdicts_policy(&test, "");
	policy->defaults.user = (struct policy_user){ .kind = POLICY_USER_IDS, .has_gid = true };
	test.policy = policy;
	verdicts_assert_denied(&test, "-u 0:0 alpine", "floor: root-user");
	assert_null(strstr(verdicts_refusal(&test)->remedy, "leave it out"));
	verdicts_done(&test);
}

static void test_bound_port_is_noted(void **state)
{
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	test.policy = verdicts_policy(&test, OWN);
	verdicts_assert_allowed(&test, "-p 8080:80 alpine");
	assert_non_null(verdicts_note(&test, "defaults.host_ip"));
	verdicts_done(&test);
}

/* On a machine without SELinux the letters do nothing, and with it they change the host's files for good. */
static void test_relabelling(void **state)
{
	static const char *const lines[] = { "-v /home/user/work/src:/x:z alpine", "-v /home/user/work/src:/x:ro,Z alpine" };
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	test.policy = verdicts_policy(&test, OWN);
	for (size_t i = 0; i < ARRAY_COUNT(lines); i++) {
		test.facts.has_selinux = false;
		verdicts_assert_allowed(&test, lines[i]);
		assert_non_null(verdicts_note(&test, "floor: mount-options"));
		test.facts.has_selinux = true;
		verdicts_assert_denied(&test, lines[i], "floor: mount-options");
	}
	test.facts.has_selinux = false;
	verdicts_assert_denied(&test, "-v /etc:/e:z alpine", "floor: sensitive-paths");
	verdicts_done(&test);
}

static void test_local_volume_driver(void **state)
{
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	test.policy = verdicts_policy(&test, "allow: {volumes: [{volume: data, access: rw}]}");
	verdicts_assert_allowed(&test, "--mount type=volume,src=data,dst=/x,volume-driver=local alpine");
	verdicts_assert_denied(&test, "--mount type=volume,src=data,dst=/x,volume-driver=local,volume-opt=o=bind alpine",
			       "floor: mount-options");
	verdicts_assert_denied(&test, "--mount type=volume,src=data,dst=/x,volume-driver=localx alpine", "floor: mount-options");
	verdicts_assert_denied(&test, "--mount type=volume,src=data,dst=/x,volume-driver= alpine", "floor: mount-options");
	verdicts_done(&test);
}

int main(void)
{
	static struct row_tests rows;

	for (size_t i = 0; i < ARRAY_COUNT(remedy_rows); i++)
		rows_add(&rows, remedy_rows[i].line, test_remedy, (void *)(uintptr_t)&remedy_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(file_rows); i++)
		rows_add(&rows, file_rows[i].line, test_file_row, &file_rows[i]);
	ROWS_TEST(&rows, test_open_ports_in_a_file);
	ROWS_TEST(&rows, test_default_user_of_root_is_no_remedy);
	ROWS_TEST(&rows, test_bound_port_is_noted);
	ROWS_TEST(&rows, test_relabelling);
	ROWS_TEST(&rows, test_local_volume_driver);
	return rows_run("verdict_words", &rows);
}
