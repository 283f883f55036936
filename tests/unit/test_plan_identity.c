/* Who the container is and what it executes: users of images and callers, the merge of commands, names, labels, variables. */
#include "planned.h"

/* ---- the image's USER ---- */

struct user_row {
	const char *user;
	bool is_known;
	const char *wanted; /* NULL: refused */
	const char *reason;
};

static struct user_row user_rows[] = {
	{ "101", true, "101:101", NULL },
	{ "101:102", true, "101:102", NULL },
	{ "2147483647:2147483647", true, "2147483647:2147483647", NULL },
	{ "", true, NULL, "it has none, which means root" },
	{ "", false, NULL, "is not known before the image is here" },
	{ "0", true, NULL, "is not a decimal uid[:gid] other than 0" },
	{ "0:0", true, NULL, "is not a decimal" },
	{ "101:0", true, NULL, "is not a decimal" },
	{ "0:101", true, NULL, "is not a decimal" },
	{ "00", true, NULL, "is not a decimal" },
	{ "+0", true, NULL, "is not a decimal" },
	{ "-0", true, NULL, "is not a decimal" },
	{ "0x65", true, NULL, "is not a decimal" },
	{ "0101", true, NULL, "is not a decimal" },
	{ " 101", true, NULL, "is not a decimal" },
	{ "101 ", true, NULL, "is not a decimal" },
	{ "101:", true, NULL, "is not a decimal" },
	{ ":101", true, NULL, "is not a decimal" },
	{ "101:102:103", true, NULL, "is not a decimal" },
	{ "root", true, NULL, "is not a decimal" },
	{ "nginx", true, NULL, "is not a decimal" },
	{ "101:nginx", true, NULL, "is not a decimal" },
	{ "4294967296", true, NULL, "is not a decimal" },
	{ "2147483648", true, NULL, "is not a decimal" },
	{ "4294967295", true, NULL, "is not a decimal" },
	{ "101\n0", true, NULL, "is not a decimal" },
};

static void test_user_row(void **state)
{
	const struct user_row *row = *state;
	struct planned test;

	planned_init(&test, BACKEND_DOCKER, "defaults: {user: image}\n");
	test.facts.image_facts.user = row->user;
	test.facts.image_facts.is_known = row->is_known;
	if (row->wanted == NULL) {
		assert_null(planned_run(&test, "alpine"));
		assert_non_null(planned_finding(&test, FINDING_DENIED, row->reason));
		assert_non_null(planned_finding(&test, FINDING_DENIED, row->reason)->remedy);
		assert_true(planned_finding(&test, FINDING_DENIED, row->reason)->place.line > 0);
	} else {
		assert_non_null(planned_run(&test, "alpine"));
		assert_string_equal(planned_setting(&test, "user"), row->wanted);
		assert_int_equal(planned_first(&test, "user")->origin, PLAN_FROM_IMAGE);
	}
	planned_done(&test);
}

/* A USER that the policy does not ask for is never used. */
static void test_image_user_alone(void **state)
{
	struct planned test;

	(void)state;
	planned_init(&test, BACKEND_DOCKER, "");
	test.facts.image_facts.user = "0:0";
	assert_non_null(planned_run(&test, "alpine"));
	assert_int_equal(test.plan->uid, 65534);
	assert_int_equal(test.plan->gid, 65534);
	planned_done(&test);
}

static void test_caller(void **state)
{
	struct planned test;

	(void)state;
	planned_init(&test, BACKEND_DOCKER, "defaults: {user: caller}\n");
	test.facts.caller_uid = 1000;
	test.facts.caller_gid = 1001;
	assert_non_null(planned_run(&test, "alpine"));
	assert_string_equal(planned_setting(&test, "user"), "1000:1001");
	assert_non_null(strstr(planned_setting(&test, "labels"), "io.hardrun.caller=1000|"));
	test.facts.caller_gid = 0;
	assert_non_null(planned_run(&test, "alpine"));
	assert_int_equal(test.plan->gid, 1000);
	test.facts.caller_uid = 0;
	assert_non_null(planned_run(&test, "alpine"));
	assert_string_equal(planned_setting(&test, "user"), "65534:65534 (the caller is root)");
	assert_int_equal(test.plan->uid, 65534);
	assert_int_equal(test.plan->gid, 65534);
	assert_int_equal(test.findings.count, 0);
	planned_done(&test);
}

/* However ids of root came into a policy: without the hazard they go no further. */
static void test_root_ids(void **state)
{
	static const uint32_t ids[][2] = { { 0, 5 }, { 5, 0 }, { 0, 0 } };
	struct planned test;
	const struct policy *kept;
	struct policy policy;

	(void)state;
	planned_init(&test, BACKEND_DOCKER, "");
	for (size_t i = 0; i < ARRAY_COUNT(ids); i++) {
		policy = *test.policy;
		policy.defaults.user = (struct policy_user){ .kind = POLICY_USER_IDS, .uid_first = ids[i][0], .uid_last = ids[i][0],
							     .has_gid = true, .gid_first = ids[i][1], .gid_last = ids[i][1] };
		test.findings.count = 0;
		kept = test.policy;
		test.policy = &policy;
		assert_null(planned_run(&test, "alpine"));
		assert_string_equal(test.findings.items[test.findings.count - 1].rule, "floor: root-user");
		test.policy = kept;
	}
	planned_done(&test);
}

/* ---- the command ---- */

struct command_row {
	const char *entrypoint, *cmd; /* of the image, one word each; NULL: none */
	const char *line;
	const char *wanted;           /* argv; NULL: refused */
};

static struct command_row command_rows[] = {
	{ NULL, "/bin/sh", "alpine", "/bin/sh" },
	{ NULL, "/bin/sh", "alpine ls -l", "ls|-l" },
	{ "/entry", NULL, "alpine", "/entry" },
	{ "/entry", "arg", "alpine", "/entry|arg" },
	{ "/entry", "arg", "alpine own", "/entry|own" },
	{ "/entry", "arg", "--entrypoint /mine alpine", "/mine" },
	{ "/entry", "arg", "--entrypoint /mine alpine x y", "/mine|x|y" },
	{ "/entry", "arg", "--entrypoint + alpine ls", "ls" },
	{ "/entry", "arg", "--entrypoint + alpine", NULL },
	{ "/entry", "arg", "--entrypoint= alpine", NULL },
	{ NULL, NULL, "alpine", NULL },
	{ NULL, NULL, "alpine ls", "ls" },
	{ NULL, NULL, "alpine +", NULL },
	{ NULL, NULL, "--entrypoint /mine alpine", "/mine" },
	{ NULL, "/bin/sh", "alpine -c --entrypoint x", "-c|--entrypoint|x" },
};

static void test_command_row(void **state)
{
	const struct command_row *row = *state;
	struct planned test;

	planned_init(&test, BACKEND_CRUN, "");
	test.facts.image_facts.cmd = (struct string_list){ NULL, 0 };
	if (row->entrypoint != NULL)
		string_list_add(test.arena, &test.facts.image_facts.entrypoint, row->entrypoint);
	if (row->cmd != NULL)
		string_list_add(test.arena, &test.facts.image_facts.cmd, row->cmd);
	if (row->wanted == NULL) {
		assert_null(planned_run(&test, row->line));
		assert_non_null(planned_finding(&test, FINDING_INVALID, "there is no command"));
	} else {
		assert_non_null(planned_run(&test, row->line));
		assert_string_equal(planned_list(&test, &test.plan->argv), row->wanted);
	}
	planned_done(&test);
}

/* The engine merges by itself: the plan hands on what was typed. */
static void test_command_of_engines(void **state)
{
	struct planned test;

	(void)state;
	planned_init(&test, BACKEND_DOCKER, "");
	assert_non_null(planned_run(&test, "alpine ls -l"));
	assert_int_equal(test.plan->argv.count, 0);
	assert_null(test.plan->entrypoint);
	assert_string_equal(planned_list(&test, &test.plan->command), "ls|-l");
	assert_non_null(planned_run(&test, "--entrypoint + alpine ls"));
	assert_string_equal(test.plan->entrypoint, "");
	planned_done(&test);
}

static void test_image_not_here(void **state)
{
	struct planned test;

	(void)state;
	planned_init(&test, BACKEND_CRUN, "");
	test.facts.image_facts = (struct image_facts){ .is_known = false };
	assert_non_null(planned_run(&test, "alpine"));
	assert_int_equal(test.plan->argv.count, 0);
	planned_done(&test);
}

static void test_rootfs(void **state)
{
	struct planned test;

	(void)state;
	planned_init(&test, BACKEND_CRUN, "");
	test.facts.image = (struct image_name){ .kind = IMAGE_ROOTFS, .path = "/srv/root", .name = "rootfs:/srv/root",
						.canonical = "rootfs:/srv/root" };
	test.facts.image_facts = (struct image_facts){ .is_known = false };
	assert_non_null(planned_run(&test, "--rootfs /srv/root ls"));
	assert_string_equal(test.plan->image_rootfs, "/srv/root");
	assert_string_equal(planned_list(&test, &test.plan->argv), "ls");
	assert_string_equal(test.plan->working_dir, "/");
	test.findings.count = 0;
	assert_null(planned_run(&test, "--rootfs /srv/root"));
	assert_non_null(planned_finding(&test, FINDING_INVALID, "there is no command"));
	planned_done(&test);
}

static void test_image_workdir(void **state)
{
	static const char *const bad[] = { "relative", "/proc/self/fd/7", "/proc", "/sys/kernel", "/dev", "/a/../proc", "/.." };
	struct planned test;

	(void)state;
	planned_init(&test, BACKEND_CRUN, "");
	test.facts.image_facts.working_dir = "/srv//app/";
	assert_non_null(planned_run(&test, "alpine"));
	assert_string_equal(test.plan->working_dir, "/srv/app");
	assert_int_equal(planned_first(&test, "working_dir")->origin, PLAN_FROM_IMAGE);
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		test.findings.count = 0;
		test.facts.image_facts.working_dir = bad[i];
		assert_null(planned_run(&test, "alpine"));
		assert_non_null(planned_finding(&test, FINDING_DENIED, "may start in"));
	}
	test.findings.count = 0;
	assert_non_null(planned_run(&test, "-w /tmp alpine")); /* the caller's takes its place */
	planned_done(&test);
}

/* ---- variables ---- */

struct env_row {
	const char *name, *line;
	enum backend_kind backend;
	const char *wanted;
};

#define BASE_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static struct env_row env_rows[] = {
	{ "the policy's", "alpine", BACKEND_DOCKER, "A=policy|B=policy" },
	{ "a flag wins over the policy", "-e A=flag alpine", BACKEND_DOCKER, "A=flag|B=policy" },
	{ "a file wins over the policy", "--env-file env alpine", BACKEND_DOCKER, "A=file|B=policy|C=file=x" },
	{ "a flag wins over a file, wherever it stands", "-e A=flag --env-file env alpine", BACKEND_DOCKER,
		"A=flag|B=policy|C=file=x" },
	{ "the last flag wins", "-e A=1 -e A=2 alpine", BACKEND_DOCKER, "A=2|B=policy" },
	{ "an empty value is a value", "-e A= alpine", BACKEND_DOCKER, "A=|B=policy" },
	{ "a bare name takes the caller's value", "-e FROM_CALLER alpine", BACKEND_DOCKER, "A=policy|B=policy|FROM_CALLER=x=y" },
	{ "a bare name that the caller does not have", "-e ABSENT alpine", BACKEND_DOCKER, "A=policy|B=policy" },
	{ "a bare name that is a part of another", "-e FROM alpine", BACKEND_DOCKER, "A=policy|B=policy" },
	{ "no variable of the caller's comes along", "alpine", BACKEND_CRUN,
		BASE_PATH "|HOSTNAME=0123456789ab|I=image|A=policy|B=policy" },
	{ "a terminal", "-t alpine", BACKEND_RUNC, BASE_PATH "|HOSTNAME=0123456789ab|TERM=xterm|I=image|A=policy|B=policy" },
	{ "the image's is the weakest", "-e I=flag -e PATH=/x alpine", BACKEND_CRUN,
		"PATH=/x|HOSTNAME=0123456789ab|I=flag|A=policy|B=policy" },
	{ "the host name", "-h web alpine", BACKEND_CRUN, BASE_PATH "|HOSTNAME=web|I=image|A=policy|B=policy" },
};

static void test_env_row(void **state)
{
	const struct env_row *row = *state;
	struct planned test;

	planned_init(&test, row->backend, "defaults: {environment: {A: policy, B: policy}}\n");
	string_list_add(test.arena, &test.facts.environment, "FROM_CALLER=x=y");
	string_list_add(test.arena, &test.facts.image_facts.env, "I=image");
	planned_add_path(&test, "env", "/work/env", PATH_REGULAR);
	string_list_add(test.arena, &test.facts.paths[0].lines, "A=file");
	string_list_add(test.arena, &test.facts.paths[0].lines, "C=file=x");
	assert_non_null(planned_run(&test, row->line));
	assert_string_equal(planned_list(&test, &test.plan->environment), row->wanted);
	planned_done(&test);
}

struct secret_row {
	const char *variable;
	bool is_hidden;
};

static struct secret_row secret_rows[] = {
	{ "DB_PASSWORD=hunter2", true },     { "PGPASSWORD=hunter2", true },  { "password=hunter2", true },
		{ "API_TOKEN=hunter2", true },
	{ "SECRET=hunter2", true },          { "AWS_SECRET_ACCESS_KEY=x", true }, { "api_key=hunter2", true },
		{ "MYSQL_PWD=hunter2", true },
	{ "CREDENTIALS=hunter2", true },     { "BASIC_AUTH=u:p", true },      { "SENTRY_DSN=x", true },
		{ "SSH_PRIVATE=x", true },
	{ "URL=postgres://u:hunter2@db/x", true }, { "URL=http://db/x", false }, { "URL=http://user@db/x", false }, { "TZ=UTC",
		false },
	{ "PWD=/srv", false },               { "OLDPWD=/", false },           { "NGINX_PORT=80", false },
};

static void test_secret_row(void **state)
{
	const struct secret_row *row = *state;
	struct planned test;

	planned_init(&test, BACKEND_DOCKER, "");
	assert_non_null(planned_run(&test, arena_printf(test.arena, "-e %s alpine", row->variable)));
	assert_string_equal(planned_list(&test, &test.plan->environment), row->variable);
	assert_int_equal(strstr(planned_setting(&test, "environment"), "=(hidden)") != NULL, row->is_hidden);
	assert_null(strstr(planned_first(&test, "environment")->source, "hunter2"));
	planned_done(&test);
}

static void test_label_files(void **state)
{
	struct planned test;

	(void)state;
	planned_init(&test, BACKEND_DOCKER, "defaults: {labels: {a: policy, b: policy, c: policy}}\n");
	planned_add_path(&test, "labels", "/work/labels", PATH_REGULAR);
	string_list_add(test.arena, &test.facts.paths[0].lines, "b=file");
	string_list_add(test.arena, &test.facts.paths[0].lines, "c=file");
	assert_non_null(planned_run(&test,
				    "-l c=flag -l io.hardrun.policy=mine -l io.hardrun.caller=7 -l bare --label-file labels alpine"));
	assert_string_equal(planned_setting(&test, "labels"),
			    "a=policy|b=file|c=flag|io.hardrun.policy=p.yaml|io.hardrun.caller=0|bare=|io.hardrun.version=" HARDRUN_VERSION);
	assert_int_equal(test.plan->label_count, 7);
	planned_done(&test);
}

static void test_unreadable_files(void **state)
{
	struct planned test;

	(void)state;
	planned_init(&test, BACKEND_DOCKER, "");
	planned_add_path(&test, "env", "/work/env", PATH_REGULAR);
	test.facts.paths[0].lines_reason = "line 1 is not NAME=VALUE";
	assert_null(planned_run(&test, "--env-file env alpine"));
	assert_non_null(planned_finding(&test, FINDING_DENIED, "the file was not read"));
	planned_done(&test);
}

int main(void)
{
	static struct row_tests rows;

	for (size_t i = 0; i < ARRAY_COUNT(user_rows); i++)
		rows_add(&rows, user_rows[i].user[0] != '\0' ? user_rows[i].user : "no USER", test_user_row, &user_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(command_rows); i++)
		rows_add(&rows, command_rows[i].line, test_command_row, &command_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(env_rows); i++)
		rows_add(&rows, env_rows[i].name, test_env_row, &env_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(secret_rows); i++)
		rows_add(&rows, secret_rows[i].variable, test_secret_row, &secret_rows[i]);
	ROWS_TEST(&rows, test_image_user_alone);
	ROWS_TEST(&rows, test_caller);
	ROWS_TEST(&rows, test_root_ids);
	ROWS_TEST(&rows, test_command_of_engines);
	ROWS_TEST(&rows, test_image_not_here);
	ROWS_TEST(&rows, test_rootfs);
	ROWS_TEST(&rows, test_image_workdir);
	ROWS_TEST(&rows, test_label_files);
	ROWS_TEST(&rows, test_unreadable_files);
	return rows_run("plan_identity", &rows);
}
