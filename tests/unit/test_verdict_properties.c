/* Laws: a policy line less is never a verdict wider, order does not matter, and findings are fit to be read. */
#include "verdicts.h"

/* One grant a line, so that lines can be left out. */
static const char *const grants[] = {
	"  mem_limit: 1g", "  cpus: 2", "  pids_limit: 200", "  shm_size: 64m", "  user: ['100-200:100-200', caller]",
	"  ports: ['127.0.0.1:1024-65535:*/*']",
	"  volumes: [{source: '/srv/**', access: rw}, {volume: 'a*', access: rw}, {source: ~/.ssh}]",
	"  tmpfs: {max_size: 64m, exec: true}", "  environment: [A, 'B*', COLOR, SIZE]", "  env_file: ['./*']", "  label_file: ['./*']",
	"  cidfile: ['/tmp/**']", "  labels: ['app.*', COLOR, SIZE]", "  networks: [app]", "  network_aliases: [db]", "  dns: [9.9.9.9]",
	"  dns_search: [example.com]", "  dns_opt: [rotate]", "  extra_hosts: ['db:*']", "  cap_add: [CHOWN]", "  devices: [/dev/fuse]",
	"  sysctls: [net.core.somaxconn]", "  group_add: ['100-200']", "  rootfs: ['/srv/*']", "  restart: [always]", "  pull: [always]",
	"  platforms: [linux/arm64]", "  ulimits: {nofile: 900}", "  logging: {drivers: [local], max_size: 20m}", "  entrypoint: true",
};

static const char *const lines[] = {
	"-m 1g alpine", "--cpus 2 alpine", "--cpu-quota 150000 alpine", "--pids-limit 200 alpine", "--shm-size 64m alpine",
		"-u 150:160 alpine",
	"-u 1000 alpine", "-p 127.0.0.1:8080:80 alpine", "-v /srv/www:/x alpine", "-v app:/x alpine", "-v /home/user/.ssh:/x:ro alpine",
	"--tmpfs /x:size=64m,exec alpine", "-e A alpine", "-e B1=2 alpine", "--env-file /home/user/work/env -e A=1 alpine",
	"--label-file /home/user/work/env alpine", "--cidfile /tmp/x alpine", "-l app.x=1 alpine",
		"--network app --network-alias db alpine",
	"--dns 9.9.9.9 --dns-search example.com --dns-option rotate alpine", "--add-host db:10.0.0.1 alpine", "--cap-add CHOWN alpine",
	"--device /dev/fuse alpine", "--sysctl net.core.somaxconn=9 alpine", "--group-add 150 alpine", "--rootfs /srv/rootfs sh",
	"--restart always alpine", "--pull always alpine", "--platform linux/arm64 alpine", "--ulimit nofile=900 alpine",
	"--log-driver local --log-opt max-size=20m alpine", "--entrypoint sh alpine",
	/* refused in any case */
	"--privileged alpine", "-v /:/x alpine", "-u 0 alpine", "-m 2g alpine", "-e LD_PRELOAD=x alpine", "--cap-add SYS_ADMIN alpine",
	"-v /home/user:/x alpine", "--network host alpine", "-p 80:80 alpine", "--security-opt seccomp=unconfined alpine",
	/* allowed in any case */
	"alpine", "--rm -it alpine sh", "--read-only --cap-drop ALL alpine", "-m 64m --cpus 0.1 alpine", "--network none alpine",
	"-u 65534:65534 alpine", "--tmpfs /x alpine", "--init --stop-timeout 9 alpine",
};
enum {
	LINES_NEVER = 10, /* of those at the end but LINES_ALWAYS */
	LINES_ALWAYS = 8,
};

/* The policy of all grants but one (${without} at or above the count: of all). */
static const struct policy *policy_without(struct verdict_case *test, size_t without)
{
	struct text text;

	text_init(&text, test->arena);
	text_add(&text, "allow:\n");
	for (size_t i = 0; i < ARRAY_COUNT(grants); i++) {
		if (i != without)
			text_addf(&text, "%s\n", grants[i]);
	}
	return verdicts_policy(test, text.data);
}

static void test_every_line_is_what_it_says(void **state)
{
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	test.policy = policy_without(&test, ARRAY_COUNT(grants));
	for (size_t i = 0; i < ARRAY_COUNT(lines); i++) {
		const bool is_never = i + LINES_NEVER + LINES_ALWAYS >= ARRAY_COUNT(lines) && i + LINES_ALWAYS < ARRAY_COUNT(lines);

		if (is_never)
			verdicts_assert_denied(&test, lines[i], NULL);
		else
			verdicts_assert_allowed(&test, lines[i]);
	}
	verdicts_done(&test);
}

/* Each grant matters to a line, and no line is let through by the lack of one. */
static void test_removing_a_grant_never_widens(void **state)
{
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	for (size_t without = 0; without < ARRAY_COUNT(grants); without++) {
		const struct policy *whole = policy_without(&test, ARRAY_COUNT(grants)), *less = policy_without(&test, without);
		size_t lost = 0;

		for (size_t i = 0; i < ARRAY_COUNT(lines); i++) {
			bool before, after;

			test.policy = whole;
			before = verdicts_judge(&test, lines[i]);
			test.policy = less;
			after = verdicts_judge(&test, lines[i]);
			if (!before && after)
				fail_msg("without \"%s\" this is allowed: %s", grants[without], lines[i]);
			lost += before && !after;
		}
		if (lost == 0)
			fail_msg("no line needs \"%s\"", grants[without]);
	}
	verdicts_done(&test);
}

/* Any policy as ceiling narrows; none widens. */
static void test_a_ceiling_never_widens(void **state)
{
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	for (size_t k = 0; k < ARRAY_COUNT(grants); k++) {
		const struct policy *ceiling = policies_parse(test.arena, arena_printf(test.arena, "version: 1\nallow:\n%s\n", grants[k]));

		for (size_t i = 0; i < ARRAY_COUNT(lines); i++) {
			bool before;

			test.policy = policy_without(&test, k);
			test.ceiling = NULL;
			before = verdicts_judge(&test, lines[i]);
			test.ceiling = ceiling;
			if (verdicts_judge(&test, lines[i]) && !before)
				fail_msg("under \"%s\" this is allowed: %s", grants[k], lines[i]);
		}
	}
	verdicts_done(&test);
}

/* ---- order ---- */

/* Options that do not depend on each other, each good or bad for itself. */
static const char *const options[] = { "-m 9g", "--cpus 0.1", "-p 80:80", "-e A=1", "-e LD_X=1", "--cap-add KILL", "--privileged",
	"-v /srv/www:/a", "-v /etc:/b", "--tmpfs /c:exec", "--network host", "-u 0", "--rm", "-l x=y", "--memory-swap 1g", "--init" };

static bool has_finding(const struct findings *findings, const struct finding *wanted)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->items[i];

		if (finding->kind == wanted->kind && strcmp(finding->subject, wanted->subject) == 0 && strcmp(finding->rule,
													      wanted->rule) == 0 &&
		    strcmp(finding->reason, wanted->reason) == 0)
			return true;
	}
	return false;
}

static void test_order_does_not_matter(void **state)
{
	size_t order[ARRAY_COUNT(options)];
	struct verdict_case test;
	struct findings first = { .items = NULL };
	uint32_t seed = 12345;

	(void)state;
	verdicts_init(&test);
	for (size_t i = 0; i < ARRAY_COUNT(options); i++)
		order[i] = i;
	for (unsigned round = 0; round < 50; round++) {
		struct text line;

		text_init(&line, test.arena);
		for (size_t i = 0; i < ARRAY_COUNT(options); i++)
			text_addf(&line, "%s ", options[order[i]]);
		text_add(&line, "alpine");
		assert_false(verdicts_judge(&test, line.data));
		if (round == 0)
			first = test.findings;
		assert_int_equal(test.findings.count, first.count);
		for (size_t i = 0; i < first.count; i++) {
			if (!has_finding(&test.findings, &first.items[i]))
				fail_msg("%s: %s is not found in: %s", first.items[i].subject, first.items[i].reason, line.data);
		}
		for (size_t i = ARRAY_COUNT(options) - 1; i > 0; i--) {
			size_t other, kept = order[i];

			seed = seed * 1664525 + 1013904223;
			other = (seed >> 8) % (i + 1);
			order[i] = order[other];
			order[other] = kept;
		}
	}
	verdicts_done(&test);
}

/* ---- what people read ---- */

static void test_findings_follow_the_line(void **state)
{
	struct verdict_case test;
	size_t last = 0;

	(void)state;
	verdicts_init(&test);
	test.policy = verdicts_policy(&test, "images: [docker.io/library/alpine]");
	verdicts_assert_denied(&test, "-p 80:80 -m 9g --privileged -e LD_X=1 nginx", "images");
	for (size_t i = 0; i < test.findings.count; i++) {
		assert_true(test.findings.items[i].argv_index >= last);
		last = test.findings.items[i].argv_index;
	}
	assert_true(test.findings.count >= 5);
	verdicts_done(&test);
}

static void test_findings_are_sentences(void **state)
{
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	for (size_t i = 0; i < ARRAY_COUNT(lines); i++) {
		verdicts_judge(&test, lines[i]);
		for (size_t k = 0; k < test.findings.count; k++) {
			const struct finding *finding = &test.findings.items[k];

			assert_true(finding->subject != NULL && finding->subject[0] != '\0');
			assert_true(strlen(finding->subject) <= 120);
			assert_true(finding->rule[0] != '\0' && finding->reason[0] != '\0');
			assert_true(finding->reason[strlen(finding->reason) - 1] != '.');
			assert_null(strchr(finding->reason, '\n'));
		}
	}
	verdicts_done(&test);
}

static void test_place_is_the_line_of_the_grant(void **state)
{
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	test.policy = policies_parse(test.arena, "version: 1\nimages: ['*']\nallow:\n  mem_limit: 300m\n  labels: [a]\n");
	verdicts_assert_denied(&test, "-m 1g alpine", "allow.mem_limit");
	assert_int_equal(verdicts_refusal(&test)->place.line, 4);
	assert_string_equal(verdicts_refusal(&test)->place.file, "p.yaml");
	verdicts_assert_denied(&test, "-l b=1 alpine", "allow.labels");
	assert_int_equal(verdicts_refusal(&test)->place.line, 5);
	verdicts_done(&test);
}

/* Every list that is there and lacks something is pointed at. */
static void test_places_of_lists(void **state)
{
	static const struct { const char *grant, *line; } rows[] = {
		{ "sysctls: [net.core.somaxconn]", "--sysctl net.x=1 alpine" }, { "restart: [always]", "--restart unless-stopped alpine" },
		{ "devices: [/dev/fuse]", "--device /dev/kvm alpine" }, { "env_file: [./a]", "--env-file /srv/www alpine" },
		{ "environment: [A]", "-e B alpine" }, { "environment: [A]", "-e B=1 alpine" }, { "group_add: ['5']", "--group-add 6 alpine" },
		{ "logging: {drivers: [local]}", "--log-driver syslog alpine" }, { "cap_add: [CHOWN]", "--cap-add KILL alpine" },
		{ "ports: ['127.0.0.1:1:1']", "-p 127.0.0.1:2:2 alpine" }, { "user: ['5:5']", "-u 6:6 alpine" },
		{ "cpuset: ['0']", "--cpuset-cpus 1 alpine" }, { "entrypoint: false", "--entrypoint sh alpine" },
	};
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		test.policy = verdicts_policy(&test, arena_printf(test.arena, "allow:\n  %s", rows[i].grant));
		verdicts_assert_denied(&test, rows[i].line, NULL);
		assert_int_equal(test.findings.count, 1);
		if (verdicts_refusal(&test)->place.file == NULL || verdicts_refusal(&test)->place.line != 4)
			fail_msg("%s: %s", rows[i].line, place_text(test.arena, verdicts_refusal(&test)->place));
	}
	verdicts_done(&test);
}

static void test_subjects_are_as_typed(void **state)
{
	static const struct { const char *line, *subject; } rows[] = {
		{ "-m 9g alpine", "-m 9g" }, { "--memory=9g alpine", "--memory=9g" }, { "--privileged alpine", "--privileged" },
		{ "--read-only=0 alpine", "--read-only=false" }, { "-l a=b alpine", "-l a=b" }, { "-e LD_X=1 alpine", "-e LD_X=..." },
		{ "-e X alpine", "-e X" }, { "-v /srv/secrets:/x alpine", "-v /srv/secrets:/x" }, { "-l my.token=x alpine", "-l my.token=..." },
	};
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		verdicts_assert_denied(&test, rows[i].line, NULL);
		assert_string_equal(verdicts_refusal(&test)->subject, rows[i].subject);
	}
	verdicts_done(&test);
}

static void test_note_of_the_address(void **state)
{
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	test.policy = verdicts_policy(&test, "defaults: {host_ip: 127.0.0.1}\nallow: {ports: ['127.0.0.1:*:*']}");
	verdicts_assert_allowed(&test, "-p 80:80 alpine");
	assert_non_null(verdicts_note(&test, "defaults.host_ip"));
	verdicts_assert_allowed(&test, "-p 127.0.0.1:80:80 alpine");
	assert_int_equal(test.findings.count, 0);
	verdicts_done(&test);
}

/* A scalar said twice alike is one wish, and one finding. */
static void test_repetition_is_said_once(void **state)
{
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	verdicts_assert_denied(&test, "-m 9g -m 9g alpine", "allow.mem_limit");
	assert_int_equal(test.findings.count, 1);
	verdicts_assert_denied(&test, "--rm --restart always --rm alpine", "grammar");
	verdicts_done(&test);
}

/* ---- secrets ---- */

static void test_secrets_are_not_repeated(void **state)
{
	static const char *const secret_lines[] = {
		"-e LD_X=hunter2 alpine", "-eNVIDIA_X=hunter2 alpine", "--env LD_PASSWORD=hunter2 alpine", "-l db.password=hunter2 alpine",
		"--label API_TOKEN=hunter2 alpine", "--log-opt splunk-token=hunter2 alpine",
			"--health-cmd hunter2 --health-interval 1ms alpine",
		"--health-cmd hunter2 --no-healthcheck alpine", "--annotation auth.key=hunter2 alpine",
		"--mount type=volume,src=xx,dst=/x,volume-opt=type=cifs,volume-opt=o=password=hunter2 alpine",
		"--label-file /home/user/work/env -l secret=hunter2 alpine",
	};
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	for (size_t i = 0; i < ARRAY_COUNT(secret_lines); i++) {
		assert_false(verdicts_judge(&test, secret_lines[i]));
		assert_true(test.findings.count > 0);
		for (size_t k = 0; k < test.findings.count; k++) {
			const struct finding *finding = &test.findings.items[k];

			if (strstr(finding->subject, "hunter2") != NULL || strstr(finding->reason, "hunter2") != NULL ||
			    (finding->remedy != NULL && strstr(finding->remedy, "hunter2") != NULL))
				fail_msg("%s: %s (%s)", finding->subject, finding->reason, secret_lines[i]);
		}
	}
	verdicts_done(&test);
}

/* A file's lines are shown to nobody. */
static void test_values_of_files_are_not_repeated(void **state)
{
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	test.policy = verdicts_policy(&test, "allow: {env_file: ['./*'], environment: [SIZE]}");
	verdicts_assert_denied(&test, "--env-file /home/user/work/env alpine", "allow.environment");
	for (size_t k = 0; k < test.findings.count; k++)
		assert_null(strstr(test.findings.items[k].reason, "red"));
	verdicts_done(&test);
}

/* ---- remedies ---- */

struct remedy_row {
	const char *line, *remedy; /* NULL: nobody should */
};

static const struct remedy_row remedy_rows[] = {
	{ "-m 2g alpine", "allow: {mem_limit: 2g}" },
	{ "--cpus 1.5 alpine", "allow: {cpus: 1.5}" },
	{ "--pids-limit 99 alpine", "allow: {pids_limit: 99}" },
	{ "-p 127.0.0.1:8080:80 alpine", "add \"- 127.0.0.1:8080:80/tcp\" to allow.ports" },
	{ "-p [::1]:8080:80/udp alpine", "add \"- '[::1]:8080:80/udp'\" to allow.ports" },
	{ "-p 8080:80 alpine", "add \"- 127.0.0.1:8080:80/tcp\" to allow.ports and write -p 127.0.0.1:8080:80" },
	{ "-v /srv/www:/x:ro alpine", "add \"- {source: /srv/www, access: ro}\" to allow.volumes" },
	{ "-v data:/x alpine", "add \"- {volume: data, access: rw}\" to allow.volumes" },
	{ "-v /home/user/.ssh:/x:ro alpine",
	  "mount only what is needed of it: a policy lifts this for nothing but a path that it names whole" },
	{ "--env-file /etc/hosts alpine", NULL },
	{ "--label-file /etc/hosts alpine", NULL },
	{ "--env-file /home/user/work/link alpine", NULL }, /* /etc/secrets */
	{ "-e A=1 alpine", "add \"- A\" to allow.environment" },
	{ "-e no=1 alpine", "add \"- 'no'\" to allow.environment" },
	{ "-l a'b=1 alpine", "add \"- 'a''b'\" to allow.labels" },
	{ "-u root alpine", "leave it out: the container then runs as 65534:65534" },
	{ "-u 5:6 alpine", "add \"- 5:6\" to allow.user" },
	{ "--cap-add chown alpine", "add \"- CHOWN\" to allow.cap_add" },
	{ "--network app alpine", "add \"- app\" to allow.networks" },
	{ "--tmpfs /x:size=1g alpine", "allow: {tmpfs: {max_size: 1g}}" },
	{ "--ulimit nofile=9 alpine", "allow: {ulimits: {nofile: 9}}" },
	{ "--device /dev/fuse alpine", "add \"- /dev/fuse:rw\" to allow.devices" },
	{ "--restart always alpine", "add \"- always\" to allow.restart" },
	{ "-p 127.0.0.1:3000-3017:3000-3017 alpine", "allow: {max_ports: 18}" },
	{ "--privileged alpine", "only hazards: [privileged] lifts it, in a policy of root's that names its images" },
	{ "-v /:/x alpine", "only hazards: [sensitive-paths] lifts it, in a policy of root's that names its images" },
	{ "--pid host alpine", "only hazards: [host-pid] lifts it, in a policy of root's that names its images" },
	{ "-e LD_X=1 alpine", NULL },
	{ "--cap-add SYS_ADMIN alpine", "only hazards: [privileged] lifts it, in a policy of root's that names its images" },
	{ "--gpus all alpine", NULL },
};

static void test_remedy(void **state)
{
	const struct remedy_row *row = *state;
	struct verdict_case test;

	verdicts_init(&test);
	verdicts_assert_denied(&test, row->line, NULL);
	if (row->remedy == NULL)
		assert_null(verdicts_refusal(&test)->remedy);
	else
		assert_string_equal(verdicts_refusal(&test)->remedy, row->remedy);
	verdicts_done(&test);
}

/* The line that a remedy names is one that the policy reads, and it is enough. */
static void test_remedies_work(void **state)
{
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	for (size_t i = 0; i < ARRAY_COUNT(remedy_rows); i++) {
		const char *remedy = remedy_rows[i].remedy, *key, *end;

		if (remedy != NULL && strncmp(remedy, "only ", 5) == 0) {
			end = strchr(remedy, ']');
			test.policy = verdicts_policy(&test, arena_printf(test.arena, "images: [docker.io/library/alpine]\n%.*s",
									  (int)(end + 1 - remedy - 5), remedy + 5));
			(void)verdicts_judge(&test, remedy_rows[i].line);
			/* What a list has to say comes behind the floor. */
			for (size_t k = 0; k < test.findings.count; k++)
				assert_true(strncmp(test.findings.items[k].rule, "floor:", 6) != 0);
			continue;
		}
		if (remedy == NULL || strncmp(remedy, "write ", 6) == 0 || strncmp(remedy, "mount ", 6) == 0 ||
		    strncmp(remedy, "leave ", 6) == 0 || strstr(remedy, "and write -p ") != NULL ||
		    strstr(remedy, "max_ports") != NULL) /* the last needs a second */
			continue;
		if (strncmp(remedy, "allow:", 6) == 0) {
			test.policy = verdicts_policy(&test, remedy);
		} else {
			end = strstr(remedy, "\" to allow.");
			assert_non_null(end);
			key = end + strlen("\" to allow.");
			test.policy = verdicts_policy(&test, arena_printf(test.arena, "allow:\n  %.*s:\n    %.*s", (int)strcspn(key, ","), key,
									  (int)(end - remedy - 5), remedy + 5));
		}
		verdicts_assert_allowed(&test, remedy_rows[i].line);
	}
	verdicts_done(&test);
}

/* One test for run, rename and what is decided with rights; four digits are what people type of an id. */
static void test_names_that_are_ids(void **state)
{
	static const struct { const char *name; bool is_fine, is_fine_guarded; } rows[] = {
		{ "db", true, true }, { "fee", true, true }, { "a64d", true, false }, { "0123456789a", true, false },
		{ "a64d2af13ba7", false, false },
		{ "a64g", true, true }, { "A64D", true, true }, { "db-01", true, true }, { "-db", false, false }, { "d", false, false },
	};
	struct verdict_case test;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		assert_int_equal(verdict_name_reason(rows[i].name, false) == NULL, rows[i].is_fine);
		assert_int_equal(verdict_name_reason(rows[i].name, true) == NULL, rows[i].is_fine_guarded);
	}
	verdicts_init(&test);
	verdicts_assert_allowed(&test, "--name a64d alpine");
	test.facts.elevated_by = "sudo";
	verdicts_assert_denied(&test, "--name a64d alpine", "grammar");
	verdicts_done(&test);
}

int main(void)
{
	static struct row_tests rows;

	for (size_t i = 0; i < ARRAY_COUNT(remedy_rows); i++)
		rows_add(&rows, remedy_rows[i].line, test_remedy, (void *)(uintptr_t)&remedy_rows[i]);
	ROWS_TEST(&rows, test_every_line_is_what_it_says);
	ROWS_TEST(&rows, test_removing_a_grant_never_widens);
	ROWS_TEST(&rows, test_a_ceiling_never_widens);
	ROWS_TEST(&rows, test_order_does_not_matter);
	ROWS_TEST(&rows, test_findings_follow_the_line);
	ROWS_TEST(&rows, test_findings_are_sentences);
	ROWS_TEST(&rows, test_place_is_the_line_of_the_grant);
	ROWS_TEST(&rows, test_places_of_lists);
	ROWS_TEST(&rows, test_subjects_are_as_typed);
	ROWS_TEST(&rows, test_note_of_the_address);
	ROWS_TEST(&rows, test_repetition_is_said_once);
	ROWS_TEST(&rows, test_secrets_are_not_repeated);
	ROWS_TEST(&rows, test_values_of_files_are_not_repeated);
	ROWS_TEST(&rows, test_names_that_are_ids);
	ROWS_TEST(&rows, test_remedies_work);
	return rows_run("verdict_properties", &rows);
}
