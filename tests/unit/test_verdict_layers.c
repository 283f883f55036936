/* The layers: policy and ceiling must both allow, the policy's own defaults too; limits, users and hazards as plan reads them. */
#include "verdicts.h"

#include <hardrun/plan.h>

#define MIB (INT64_C(1) << 20)

static struct verdict_input layer_input(const struct verdict_case *test)
{
	return (struct verdict_input){ .request = test->request, .policy = test->policy, .ceiling = test->ceiling,
		.facts = &test->facts };
}

/* ---- a ceiling over a wide policy ---- */

struct ceiling_row {
	const char *policy, *ceiling;
	const char *allowed; /* within both */
	const char *denied;  /* within the policy alone */
	const char *rule;
};

#define WIDE_NET "networks: ['**', isolated]"

static const struct ceiling_row ceiling_rows[] = {
	{ "allow: {mem_limit: 2g}", "allow: {mem_limit: 1g, networks: [isolated]}", "-m 1g alpine", "-m 1025m alpine",
	  "ceiling: allow.mem_limit" },
	{ "allow: {mem_limit: 2g}", "allow: {networks: [isolated]}", "-m 256m alpine", "-m 257m alpine", "ceiling: allow.mem_limit" },
	{ "allow: {cpus: 4}", "allow: {cpus: 1, networks: [isolated]}", "--cpus 1 alpine", "--cpus 1.1 alpine", "ceiling: allow.cpus" },
	{ "allow: {pids_limit: 400}", "allow: {networks: [isolated]}", "--pids-limit 64 alpine", "--pids-limit 65 alpine",
	  "ceiling: allow.pids_limit" },
	{ "allow: {shm_size: 64m}", "allow: {shm_size: 32m, networks: [isolated]}", "--shm-size 32m alpine", "--shm-size 33m alpine",
	  "ceiling: allow.shm_size" },
	{ "allow: {user: ['1-9999:1-9999']}", "allow: {user: ['500-600:500-600'], networks: [isolated]}", "-u 500:600 alpine",
	  "-u 500:601 alpine", "ceiling: allow.user" },
	{ "allow: {" WIDE_NET "}", "allow: {networks: [app]}", "--network app alpine", "--network other alpine",
		"ceiling: allow.networks" },
	{ "allow: {" WIDE_NET "}", "allow: {networks: [none]}", "--network none alpine", "alpine", "ceiling: allow.networks" },
	{ "allow: {volumes: [{source: '/srv/**', access: rw}]}", "allow: {volumes: [{source: /srv/www}], networks: [isolated]}",
	  "-v /srv/www:/x:ro alpine", "-v /srv/www:/x alpine", "ceiling: allow.volumes" },
	{ "allow: {volumes: [{volume: '**', access: rw}]}", "allow: {volumes: [{volume: 'a*', access: rw}], networks: [isolated]}",
	  "-v app:/x alpine", "-v data:/x alpine", "ceiling: allow.volumes" },
	{ "allow: {environment: ['**']}", "allow: {environment: ['A*'], networks: [isolated]}", "-e A=1 alpine", "-e B=1 alpine",
	  "ceiling: allow.environment" },
	{ "allow: {environment: [A, B]}", "allow: {environment: ['**', A], networks: [isolated]}", "-e A alpine", "-e B alpine",
	  "ceiling: allow.environment" },
	{ "allow: {ports: ['*:*:*/*']}", "allow: {ports: ['127.0.0.1:*:*'], networks: [isolated]}", "-p 127.0.0.1:80:80 alpine",
	  "-p 80:80 alpine", "ceiling: allow.ports" },
	{ "allow: {ports: ['*:*:*/*'], max_ports: 4}", "allow: {ports: ['*:*:*/*'], max_ports: 1, networks: [isolated]}",
	  "-p 80:80 alpine", "-p 80:80 -p 81:81 alpine", "ceiling: allow.max_ports" },
	{ "allow: {tmpfs: {max_size: 1g, exec: true}}", "allow: {tmpfs: {max_size: 32m}, networks: [isolated]}",
		"--tmpfs /x:size=32m alpine",
	  "--tmpfs /x:size=33m alpine", "ceiling: allow.tmpfs" },
	{ "allow: {tmpfs: {exec: true}}", "allow: {tmpfs: {exec: false}, networks: [isolated]}", "--tmpfs /x alpine",
	  "--tmpfs /x:exec alpine", "ceiling: allow.tmpfs" },
	{ "allow: {cap_add: [CHOWN, KILL]}", "allow: {cap_add: [CHOWN], networks: [isolated]}", "--cap-add CHOWN alpine",
	  "--cap-add KILL alpine", "ceiling: allow.cap_add" },
	{ "allow: {entrypoint: true}", "allow: {networks: [isolated]}", "alpine", "--entrypoint sh alpine",
		"ceiling: allow.entrypoint" },
	{ "allow: {ulimits: {nofile: 900}}", "allow: {ulimits: {nofile: 90}, networks: [isolated]}", "--ulimit nofile=90 alpine",
	  "--ulimit nofile=91 alpine", "ceiling: allow.ulimits" },
	{ "allow: {restart: [always]}", "allow: {restart: ['on-failure'], networks: [isolated]}", "--restart no alpine",
	  "--restart always alpine", "ceiling: allow.restart" },
	{ "allow: {labels: ['**']}", "allow: {labels: [a], networks: [isolated]}", "-l a=1 alpine", "-l b=1 alpine",
		"ceiling: allow.labels" },
	{ "allow: {rootfs: ['/srv/**']}", "allow: {rootfs: [/srv/rootfs], networks: [isolated]}", "--rootfs /srv/rootfs sh",
	  "--rootfs /srv/www sh", "ceiling: allow.rootfs" },
	{ "engine: {backend: auto}", "engine: {backend: docker}\nallow: {networks: [isolated]}", "--backend docker alpine",
	  "--backend runc alpine", "ceiling: engine.backend" },
	/* What the policy gives unasked. */
	{ "defaults: {network_mode: app}", "allow: {networks: [isolated]}", "--network none alpine", "alpine",
		"ceiling: allow.networks" },
	{ "defaults: {user: '500:500'}\nallow: {user: ['600:600']}", "allow: {user: ['600:600'], networks: [isolated]}",
		"-u 600:600 alpine",
	  "alpine", "ceiling: allow.user" },
};

static void test_ceiling(void **state)
{
	const struct ceiling_row *row = *state;
	struct verdict_case test;
	const char *remedy;

	verdicts_init(&test);
	test.policy = verdicts_policy(&test, row->policy);
	if (strstr(row->policy, "defaults:") == NULL)
		verdicts_assert_allowed(&test, row->denied); /* without the ceiling */
	test.ceiling = policies_parse(test.arena, arena_printf(test.arena, "version: 1\n%s\n", row->ceiling));
	verdicts_assert_allowed(&test, row->allowed);
	verdicts_assert_denied(&test, row->denied, row->rule);
	remedy = verdicts_refusal(&test)->remedy;
	if (remedy != NULL && (strstr(remedy, "allow") != NULL || strstr(remedy, "engine:") != NULL))
		assert_int_equal(strncmp(remedy, "in the ceiling: ", 16), 0);
	verdicts_done(&test);
}

static void test_ceiling_never_grants(void **state)
{
	static const char *const lines[] = { "-m 1g alpine", "-e A=1 alpine", "-v /srv/www:/x alpine", "--network app alpine",
		"-p 127.0.0.1:8080:80 alpine", "--entrypoint sh alpine", "-u 5:5 alpine", "--cap-add CHOWN alpine" };
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	test.policy = verdicts_policy(&test, "");
	test.ceiling = policies_parse(test.arena,
		"version: 1\nallow:\n  mem_limit: 4g\n  environment: ['**']\n  networks: ['**', isolated]\n  entrypoint: true\n"
		"  user: ['1-9:1-9']\n"
		"  ports: ['*:*:*/*']\n  cap_add: [CHOWN]\n  volumes: [{source: '/srv/**', access: rw}]\n");
	verdicts_assert_allowed(&test, "alpine");
	for (size_t i = 0; i < ARRAY_COUNT(lines); i++)
		verdicts_assert_denied(&test, lines[i], NULL);
	verdicts_done(&test);
}

/* A literal grant of one layer does not lift the floor for the other. */
static void test_ceiling_and_floor(void **state)
{
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	test.policy = verdicts_policy(&test, "allow: {volumes: [{source: ~/.ssh}]}");
	verdicts_assert_allowed(&test, "-v /home/user/.ssh:/x:ro alpine");
	test.ceiling = policies_parse(test.arena, "version: 1\nallow: {networks: [isolated], "
						  "volumes: [{source: '/home/**', access: rw}]}\n");
	verdicts_assert_denied(&test, "-v /home/user/.ssh:/x:ro alpine", "floor: sensitive-paths");
	test.ceiling = policies_parse(test.arena, "version: 1\nallow: {networks: [isolated], volumes: [{source: /home/user/.ssh}]}\n");
	verdicts_assert_allowed(&test, "-v /home/user/.ssh:/x:ro alpine");
	verdicts_done(&test);
}

/* ---- limits ---- */

static void test_limits(void **state)
{
	struct verdict_case test;
	struct verdict_input input;

	(void)state;
	verdicts_init(&test);
	input = layer_input(&test);
	assert_int_equal(verdict_limit_default(&input, VERDICT_MEMORY), PLAN_DEFAULT_MEMORY);
	assert_int_equal(verdict_limit_default(&input, VERDICT_CPUS), PLAN_DEFAULT_NANO_CPUS);
	assert_int_equal(verdict_limit_default(&input, VERDICT_PIDS), PLAN_DEFAULT_PIDS);
	assert_int_equal(verdict_limit_default(&input, VERDICT_SHM), PLAN_DEFAULT_SHM);
	for (unsigned i = 0; i < VERDICT_LIMIT_COUNT; i++)
		assert_int_equal(verdict_limit_most(&input, i), verdict_limit_default(&input, i));
	test.policy = verdicts_policy(&test, "defaults: {mem_limit: 1g, cpus: 3}\nallow: {mem_limit: 2g, cpus: 1}");
	input = layer_input(&test);
	assert_int_equal(verdict_limit_default(&input, VERDICT_MEMORY), 1024 * MIB);
	assert_int_equal(verdict_limit_most(&input, VERDICT_MEMORY), 2048 * MIB);
	assert_int_equal(verdict_limit_most(&input, VERDICT_CPUS), 3000000000); /* its own default is always allowed */
	test.ceiling = policies_parse(test.arena, "version: 1\nallow: {mem_limit: 512m}\n");
	input = layer_input(&test);
	assert_int_equal(verdict_limit_default(&input, VERDICT_MEMORY), 512 * MIB); /* lowered */
	assert_int_equal(verdict_limit_most(&input, VERDICT_MEMORY), 512 * MIB);
	assert_int_equal(verdict_limit_default(&input, VERDICT_CPUS), PLAN_DEFAULT_NANO_CPUS); /* silent: the built-in bounds */
	verdicts_done(&test);
}

/* 8 GiB and 4 CPUs. */
static void test_shares_of_the_host(void **state)
{
	struct verdict_case test;
	struct verdict_input input;

	(void)state;
	verdicts_init(&test);
	test.policy = verdicts_policy(&test, "allow: {mem_limit: 50%, cpus: 25%}");
	input = layer_input(&test);
	assert_int_equal(verdict_limit_most(&input, VERDICT_MEMORY), 4096 * MIB);
	assert_int_equal(verdict_limit_most(&input, VERDICT_CPUS), 1000000000);
	verdicts_assert_allowed(&test, "-m 4g --cpus 1 alpine");
	verdicts_assert_denied(&test, "-m 4097m alpine", "allow.mem_limit");
	verdicts_assert_denied(&test, "--cpus 1.01 alpine", "allow.cpus");
	test.facts.memory_bytes = 0; /* unknown: the default is what is left */
	verdicts_assert_denied(&test, "-m 257m alpine", "allow.mem_limit");
	verdicts_done(&test);
}

/* Half of a memory that is no round number. An amount beside the share is never rounded. */
static void test_shares_of_memory_can_be_read(void **state)
{
	struct verdict_case test;
	struct verdict_input input;

	(void)state;
	verdicts_init(&test);
	test.facts.memory_bytes = INT64_C(25276510208);
	test.policy = verdicts_policy(&test, "allow: {mem_limit: 50%, shm_size: 25%}");
	input = layer_input(&test);
	assert_int_equal(verdict_limit_most(&input, VERDICT_MEMORY), 12052 * MIB);
	assert_int_equal(verdict_limit_most(&input, VERDICT_SHM), 6026 * MIB);
	verdicts_assert_denied(&test, "-m 13g alpine", "allow.mem_limit");
	assert_non_null(strstr(test.findings.items[0].reason, "12052m"));
	test.policy = verdicts_policy(&test, "allow: {mem_limit: 13000000001b}");
	input = layer_input(&test);
	assert_int_equal(verdict_limit_most(&input, VERDICT_MEMORY), INT64_C(13000000001));
	verdicts_done(&test);
}

/* ---- hazards ---- */

static void test_hazards_must_be_in_both(void **state)
{
	struct verdict_case test;
	struct verdict_input input;
	struct policy *loose;

	(void)state;
	verdicts_init(&test);
	test.policy = verdicts_policy(&test, "images: [docker.io/library/alpine]\nhazards: [privileged, host-pid]");
	verdicts_assert_allowed(&test, "--privileged --pid host alpine");
	assert_non_null(verdicts_note(&test, "hazards"));
	test.ceiling = policies_parse(test.arena, "version: 1\nimages: [docker.io/library/alpine]\nhazards: [host-pid]\n"
						  "allow: {networks: [isolated]}\n");
	verdicts_assert_allowed(&test, "--pid host alpine");
	verdicts_assert_denied(&test, "--privileged alpine", "floor: privileged");
	input = layer_input(&test);
	assert_true(verdict_has_hazard(&input, HAZARD_HOST_PID));
	assert_false(verdict_has_hazard(&input, HAZARD_PRIVILEGED));
	assert_false(verdict_has_hazard(&input, HAZARD_ROOT_USER));
	/* Whatever else went wrong: a file that is not root's lowers nothing. */
	loose = arena_alloc(test.arena, sizeof(*loose));
	*loose = *test.policy;
	loose->is_root_owned = false;
	test.policy = loose;
	verdicts_assert_denied(&test, "--pid host alpine", "floor: host-pid");
	verdicts_done(&test);
}

static void test_hazard_lifts_only_its_own(void **state)
{
	static const struct { const char *hazard, *allowed; } rows[] = {
		{ "host-ipc", "--ipc host alpine" }, { "host-network", "--network host alpine" }, { "host-pid", "--pid host alpine" },
		{ "host-uts", "--uts host alpine" }, { "new-privileges", "--security-opt no-new-privileges=false alpine" },
		{ "privileged", "--privileged alpine" },
		{ "unconfined-apparmor", "--security-opt apparmor=unconfined alpine" },
		{ "unconfined-seccomp", "--security-opt seccomp=unconfined alpine" },
		{ "writable-root", "--read-only=false alpine" },
	};
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		test.policy = verdicts_policy(&test, arena_printf(test.arena, "images: [docker.io/library/alpine]\nhazards: [%s]",
								  rows[i].hazard));
		for (size_t k = 0; k < ARRAY_COUNT(rows); k++) {
			if (verdicts_judge(&test, rows[k].allowed) != (i == k))
				fail_msg("%s: %s", rows[i].hazard, rows[k].allowed);
		}
	}
	verdicts_done(&test);
}

static void test_paths_under_hazards(void **state)
{
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	test.policy = verdicts_policy(&test, "images: [docker.io/library/alpine]\nhazards: [docker-socket]\n"
		"allow: {volumes: [{source: /run/docker.sock, access: rw}, {source: /etc, access: rw}]}");
	verdicts_assert_allowed(&test, "-v /run/docker.sock:/x alpine");
	verdicts_assert_denied(&test, "-v /etc:/x alpine", "floor: sensitive-paths");
	test.policy = verdicts_policy(&test, "images: [docker.io/library/alpine]\nhazards: [sensitive-paths]\n"
		"allow: {volumes: [{source: /etc}]}");
	verdicts_assert_allowed(&test, "-v /etc:/x:ro alpine");
	verdicts_assert_denied(&test, "-v /etc:/x alpine", "allow.volumes"); /* the hazard lowers the floor, it grants nothing */
	verdicts_assert_denied(&test, "-v /run/docker.sock:/x alpine", "floor: docker-socket");
	verdicts_done(&test);
}

static void test_root_user(void **state)
{
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	test.policy = verdicts_policy(&test, "images: [docker.io/library/alpine]\nhazards: [root-user]\nallow: {user: ['0-1:0-1']}");
	verdicts_assert_allowed(&test, "-u 0:0 alpine");
	verdicts_assert_denied(&test, "-u 2:2 alpine", "allow.user");
	test.policy = verdicts_policy(&test, "images: [docker.io/library/alpine]\nhazards: [root-user]");
	verdicts_assert_denied(&test, "-u 0:0 alpine", "allow.user");
	verdicts_done(&test);
}

/* ---- the policy's own defaults ---- */

static void test_defaults_under_the_floor(void **state)
{
	static const struct { const char *defaults, *rule; } rows[] = {
		{ "{cap_add: [SYS_ADMIN]}", "floor: privileged" },
		{ "{tmpfs: ['/etc:size=1m']}", "floor: container-path" },
		{ "{environment: {LD_PRELOAD: /x}}", "floor: environment" },
		{ "{labels: {com.docker.compose.project: x}}", "floor: label" },
		{ "{working_dir: /proc/self}", "floor: workdir" },
		{ "{logging: {driver: fluentd}}", "floor: log-driver" },
		{ "{volumes: ['/home/user/work/nothing:/x']}", NULL },
	};
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const char *text = arena_printf(test.arena, "version: 1\nimages: ['*']\ndefaults: %s\n", rows[i].defaults);
		struct policy_errors errors = { .arena = test.arena };
		const struct policy *policy = policy_parse(test.arena, "p", text, strlen(text), &errors);

		if (policy == NULL) /* the policy room saw it first */
			continue;
		test.policy = policy;
		verdicts_assert_denied(&test, "alpine", rows[i].rule);
	}
	verdicts_done(&test);
}

static void test_default_volume(void **state)
{
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	test.policy = verdicts_policy(&test, "defaults: {volumes: ['/srv/www:/x:ro', 'data:/data']}");
	verdicts_assert_denied(&test, "alpine", "floor: host-path"); /* nobody looked at it */
	test.facts.path_count = 0;
	test.findings = (struct findings){ .arena = test.arena };
	verdicts_find_path(&test, "/srv/www");
	{
		const struct verdict_input input = layer_input(&test);

		if (!verdict_judge(test.arena, &input, &test.findings)) {
			verdicts_print(&test);
			fail_msg("the default volume is refused");
		}
	}
	verdicts_done(&test);
}

/* ---- users ---- */

static void test_resolve_user(void **state)
{
	static const struct { const char *policy, *user; bool is_granted; uint32_t uid, gid; } rows[] = {
		{ "allow: {user: ['100:200']}", "100", true, 100, 200 },
		{ "allow: {user: ['100:200-300']}", "100", false, 0, 0 },
		{ "allow: {user: ['100-300:200-300']}", "250", true, 250, 250 },
		{ "allow: {user: ['100-300']}", "250", true, 250, 250 },
		{ "allow: {user: ['100-300']}", "250:251", false, 0, 0 },
		{ "allow: {user: [caller]}", "1000", true, 1000, 1000 },
		{ "allow: {user: [caller]}", "1001", false, 0, 0 },
		{ "allow: {user: ['web=33:33', 'db=99:98']}", "db", true, 99, 98 },
		{ "allow: {user: ['web=33:33']}", "web:33", false, 0, 0 },
		{ "defaults: {user: '7:8'}", "7", true, 7, 8 },
		{ "defaults: {user: '7:8'}", "7:7", false, 0, 0 },
		{ "", "65534", true, 65534, 65534 },
		{ "allow: {user: [image]}", "55", true, 55, 66 },
		{ "allow: {user: [image]}", "55:55", false, 0, 0 },
	};
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	test.facts.image_facts = (struct image_facts){ .is_known = true, .user = "55:66" };
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct verdict_input input;
		struct user_request user;
		const char *reason = "";
		uint32_t uid = 0, gid = 0;

		test.policy = verdicts_policy(&test, rows[i].policy);
		input = layer_input(&test);
		assert_true(request_parse_user(test.arena, rows[i].user, &user, &reason));
		if (verdict_resolve_user(&input, &user, &uid, &gid) != rows[i].is_granted || uid != rows[i].uid || gid != rows[i].gid)
			fail_msg("%s: --user %s is %u:%u", rows[i].policy, rows[i].user, uid, gid);
	}
	verdicts_done(&test);
}

/* Root at the keyboard is nobody in the container, and the caller's rules hold for root as for anyone. */
static void test_root_is_judged_like_anyone(void **state)
{
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	test.facts.caller_uid = 0;
	test.facts.caller_gid = 0;
	test.facts.is_root = true;
	test.facts.home = "/root";
	test.policy = verdicts_policy(&test, "defaults: {user: caller}\n"
		"allow: {user: [caller], volumes: [{source: '/home/user/work/**', access: rw, owner: caller}]}");
	verdicts_assert_allowed(&test, "-u 65534:65534 alpine");
	verdicts_assert_denied(&test, "-u 0:0 alpine", "floor: root-user");
	verdicts_assert_denied(&test, "--privileged alpine", "floor: privileged");
	verdicts_assert_denied(&test, "-v /home/user/work/src:/x alpine", "allow.volumes");
	verdicts_done(&test);
}

static void test_counts(void **state)
{
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	test.policy = verdicts_policy(&test, "allow: {command_line: {max_words: 4, max_bytes: 20}}");
	verdicts_assert_allowed(&test, "alpine a b c");
	verdicts_assert_denied(&test, "alpine a b c d", "allow.command_line");
	verdicts_assert_denied(&test, "alpine aaaaaaaaaaaaa", "allow.command_line");
	verdicts_done(&test);
}

static void test_images(void **state)
{
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	test.policy = verdicts_policy(&test, "images: [docker.io/library/alpine, 'registry.example.com/team/*']");
	verdicts_assert_allowed(&test, "index.docker.io/library/alpine:3.19");
	verdicts_assert_allowed(&test, "registry.example.com/team/app");
	verdicts_assert_denied(&test, "registry.example.com/team/app/sub", "images");
	verdicts_assert_denied(&test, "nginx", "images");
	verdicts_assert_denied(&test, "user/alpine", "images");
	verdicts_assert_denied(&test, "ALPINE", "grammar");
	verdicts_assert_denied(&test, "oci:/srv/image", "images");
	test.policy = verdicts_policy(&test, "images: ['oci:/srv/**', 'oci:/etc/**']");
	verdicts_assert_allowed(&test, "oci:/srv/image");
	verdicts_assert_denied(&test, "oci:/srv/nothing", "floor: host-path");
	verdicts_done(&test);
}

/* The line is to be added to a file that its reader may edit: never to one that came with hardrun. */
static void test_remedies_name_the_file_to_edit(void **state)
{
	static const struct {
		const char *files[2]; /* of the chain, the policy itself first */
		const char *remedy;
	} rows[] = {
		{ { "web.yaml" }, "add \"- B\" to allow.environment" },
		{ { "web.yaml", "built-in:default" }, "in web.yaml: add \"- B\" to allow.environment" },
		{ { "built-in:web" }, "in a policy of your own (~/.config/hardrun/policies/my-web.yaml, with the keys version: 1, "
		  "extends: web, images: [docker.io/library/alpine]): add \"- B\" to allow.environment" },
		{ { HARDRUN_PREFIX "/share/hardrun/policies/web.yaml", "built-in:default" },
		  "in a policy of your own (~/.config/hardrun/policies/my-web.yaml, with the keys version: 1, "
		  "extends: web, images: [docker.io/library/alpine]): add \"- B\" to allow.environment" },
		{ { HARDRUN_PREFIX "/share/hardrunner/web.yaml" }, "add \"- B\" to allow.environment" },
	};
	struct verdict_case test;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct policy *policy;

		verdicts_init(&test);
		policy = arena_alloc(test.arena, sizeof(*policy));
		*policy = *verdicts_policy(&test, "");
		policy->name = "web";
		policy->files = (struct string_list){ NULL, 0 };
		for (size_t j = 0; j < 2 && rows[i].files[j] != NULL; j++)
			string_list_add(test.arena, &policy->files, rows[i].files[j]);
		test.policy = policy;
		verdicts_assert_denied(&test, "-e B=1 alpine", "allow.environment");
		assert_string_equal(verdicts_refusal(&test)->remedy, rows[i].remedy);
		verdicts_done(&test);
	}
}

/* Where a policy of one's own never counts it is not what is advised; where one was named by hand, the new one has to be, too. */
static void test_remedies_name_a_policy_that_counts(void **state)
{
	static const struct { const char *elevated_by; bool has_ceiling, is_closed; const char *line, *place; } rows[] = {
		{ NULL, false, false, "-e B=1 alpine", "in a policy of your own (~/.config/hardrun/policies/my-web.yaml," },
		{ "sudo", false, false, "-e B=1 alpine", "in a policy of root's own (/etc/hardrun/policies/my-web.yaml," },
		{ "sudo", true, false, "-e B=1 alpine", "in a policy of your own (~/" },
		{ NULL, true, true, "-e B=1 alpine", "in a policy of root's own (/etc/" },
		{ NULL, false, false, "--policy web -e B=1 alpine", ", images: [docker.io/library/alpine]), named by --policy my-web: add" },
	};
	struct verdict_case test;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct policy *policy, *ceiling;

		verdicts_init(&test);
		policy = arena_alloc(test.arena, sizeof(*policy));
		*policy = *verdicts_policy(&test, "");
		policy->name = "web";
		policy->files = (struct string_list){ NULL, 0 };
		string_list_add(test.arena, &policy->files, "built-in:web");
		ceiling = arena_alloc(test.arena, sizeof(*ceiling));
		*ceiling = *policies_parse(test.arena, "version: 1\nallow: {environment: ['**']}\n");
		ceiling->user_policies = (struct policy_bool){ .is_set = rows[i].is_closed };
		test.policy = policy;
		test.facts.elevated_by = rows[i].elevated_by;
		test.ceiling = rows[i].has_ceiling ? ceiling : NULL;
		verdicts_assert_denied(&test, rows[i].line, "allow.environment");
		assert_non_null(strstr(verdicts_refusal(&test)->remedy, rows[i].place));
		verdicts_done(&test);
	}
}

int main(void)
{
	static struct row_tests rows;

	for (size_t i = 0; i < ARRAY_COUNT(ceiling_rows); i++)
		rows_add(&rows, ceiling_rows[i].ceiling, test_ceiling, (void *)(uintptr_t)&ceiling_rows[i]);
	ROWS_TEST(&rows, test_ceiling_never_grants);
	ROWS_TEST(&rows, test_ceiling_and_floor);
	ROWS_TEST(&rows, test_limits);
	ROWS_TEST(&rows, test_shares_of_the_host);
	ROWS_TEST(&rows, test_shares_of_memory_can_be_read);
	ROWS_TEST(&rows, test_hazards_must_be_in_both);
	ROWS_TEST(&rows, test_hazard_lifts_only_its_own);
	ROWS_TEST(&rows, test_paths_under_hazards);
	ROWS_TEST(&rows, test_root_user);
	ROWS_TEST(&rows, test_defaults_under_the_floor);
	ROWS_TEST(&rows, test_default_volume);
	ROWS_TEST(&rows, test_resolve_user);
	ROWS_TEST(&rows, test_root_is_judged_like_anyone);
	ROWS_TEST(&rows, test_counts);
	ROWS_TEST(&rows, test_images);
	ROWS_TEST(&rows, test_remedies_name_the_file_to_edit);
	ROWS_TEST(&rows, test_remedies_name_a_policy_that_counts);
	return rows_run("verdict_layers", &rows);
}
