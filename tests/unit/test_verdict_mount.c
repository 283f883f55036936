/* Mounts: grants against resolved paths, what lifts the floor, whose files they are, and paths that lead nowhere. */
#include "verdicts.h"

struct mount_row {
	const char *grants; /* entries of allow.volumes */
	const char *line;
	const char *rule;   /* NULL: allowed */
};

static const struct mount_row mount_rows[] = {
	/* matching */
	{ "{source: /srv/www, access: rw}", "-v /srv/www:/x alpine", NULL },
	{ "{source: /srv/www, access: rw}", "-v /srv/www/:/x/ alpine", NULL },
	{ "{source: /srv/*}", "-v /srv/www:/x:ro alpine", NULL },
	{ "{source: /srv/*}", "-v /srv/www:/x:rw alpine", "allow.volumes" },
	{ "{source: /srv/ww}", "-v /srv/www:/x:ro alpine", "allow.volumes" },
	{ "{source: ./**, access: rw}", "-v ./src:/x alpine", NULL },
	{ "{source: ./**, access: rw}", "-v .:/x alpine", NULL },
	{ "{source: ~/**, access: rw}", "-v /home/user/work:/x alpine", NULL },
	{ "{source: ~/**, access: rw}", "-v /home/other/work:/x alpine", "allow.volumes" },
	{ "{source: /home/**, access: rw}", "-v /home/user/work/to-root:/x alpine", "floor: sensitive-paths" },
	{ "{source: /home/user/work/to-root, access: rw}", "-v /home/user/work/to-root:/x alpine", "floor: sensitive-paths" },
	{ "{source: /srv/www, target: /usr/share/nginx/html}", "-v /srv/www:/usr/share/nginx/html:ro alpine", NULL },
	{ "{source: /srv/www, target: /usr/share/nginx/html}", "-v /srv/www:/x:ro alpine", "allow.volumes" },
	{ "{source: /srv/www, target: '/a/**'}", "-v /srv/www:/a/../x:ro alpine", "floor: container-path" },
	{ "{source: /srv/www}, {source: '/srv/**', access: rw}", "-v /srv/www:/x alpine", NULL },
	{ "{volume: '**', access: rw}", "-v /srv/www:/x alpine", "allow.volumes" },
	{ "{source: '/**', access: rw}", "-v data:/x alpine", "allow.volumes" },
	/* whose it is */
	{ "{source: '/home/**', access: rw, owner: caller}", "-v /home/user/work/src:/x alpine", NULL },
	{ "{source: '/home/**', access: rw, owner: caller}", "-v /home/other/work:/x alpine", "allow.volumes" },
	/* what is merely sensitive */
	{ "{source: '/home/user/**', access: rw}", "-v /home/user/.ssh:/x alpine", "floor: sensitive-paths" },
	{ "{source: /home/user/.ssh}", "-v /home/user/.ssh:/x:ro alpine", NULL },
	{ "{source: /home/user/.ssh}", "-v /home/user/.ssh:/x alpine", "floor: sensitive-paths" },
	{ "{source: ~, access: rw}", "-v /home/user:/x alpine", NULL },
	{ "{source: '/home/*', access: rw}", "-v /home/user:/x alpine", "floor: sensitive-paths" },
	{ "{source: '/home/**', access: rw}", "-v /home/user/.config:/x alpine", "floor: sensitive-paths" },
	{ "{source: '/home/**', access: rw}", "-v /home/user/.bashrc:/x alpine", "floor: sensitive-paths" },
	{ "{source: '/home/**', access: rw}", "-v /home/user/.bashrc:/x:ro alpine", NULL },
	{ "{source: '/**', access: rw}", "-v /tmp:/x alpine", "floor: sensitive-paths" },
	{ "{source: /tmp, access: rw}", "-v /tmp:/x alpine", NULL },
	{ "{source: '/**', access: rw}", "-v /tmp/mine:/x alpine", NULL },
	{ "{source: '/**', access: rw}", "-v /home/user/work/socket:/x alpine", "floor: sensitive-paths" },
	{ "{source: /home/user/work/socket, access: rw}", "-v /home/user/work/socket:/x alpine", NULL },
	{ "{source: '/**'}", "-v /etc/localtime:/etc/localtime:ro alpine", NULL },
	{ "{source: '/**', access: rw}", "-v /etc/localtime:/etc/localtime alpine", "floor: sensitive-paths" },
	{ "{source: /etc/hosts}", "-v /etc/hosts:/x:ro alpine", "floor: sensitive-paths" },
	/* what only a hazard lifts, or nothing */
	{ "{source: /, access: rw}", "-v /:/x alpine", "floor: sensitive-paths" },
	{ "{source: /etc, access: rw}", "-v /etc:/x alpine", "floor: sensitive-paths" },
	{ "{source: /run/docker.sock, access: rw}", "-v /run/docker.sock:/x alpine", "floor: docker-socket" },
	{ "{source: /var/run/docker.sock, access: rw}", "-v /var/run/docker.sock:/x alpine", "floor: docker-socket" },
	{ "{source: /home/user/work/disk, access: rw}", "-v /home/user/work/disk:/x alpine", "floor: sensitive-paths" },
	{ "{source: '/**', access: rw}", "-v /proc/self/root:/x alpine", "floor: host-path" },
	/* missing */
	{ "{source: '/srv/**', access: rw}", "-v /srv/nothing:/x alpine", "floor: host-path" },
	{ "{source: /srv/www, access: rw}", "-v /srv/nothing:/x alpine", "allow.volumes" },
	{ "{source: '/srv/**', access: rw}", "-v /srv/../nothing:/x alpine", "allow.volumes" },
	/* options */
	{ "{source: /srv/www, access: rw}", "-v /srv/www:/x:rprivate alpine", NULL },
	{ "{source: /srv/www, access: rw}", "-v /srv/www:/x:cached alpine", NULL },
	{ "{source: /srv/www, access: rw}", "-v /srv/www:/x:rshared alpine", "floor: mount-options" },
	{ "{source: /srv/www, access: rw}", "-v /srv/www:/x:rslave alpine", "floor: mount-options" },
	{ "{source: /srv/www, access: rw}", "-v /srv/www:/x:Z alpine", NULL },
	{ "{source: /srv/www, access: rw}", "--mount type=bind,src=/srv/www,dst=/x,bind-recursive=disabled alpine",
		"floor: mount-options" },
	{ "{volume: data, access: rw}", "--mount type=volume,src=data,dst=/x,volume-nocopy alpine", NULL },
	{ "{volume: data, access: rw}", "--mount type=volume,src=data,dst=/x,volume-opt=device=/ alpine", "floor: mount-options" },
	{ "{volume: data, access: rw}", "--mount type=volume,src=data,dst=/x,volume-driver=local alpine", NULL },
	{ "{volume: data, access: rw}", "--mount type=volume,src=data,dst=/x,volume-driver=nfs alpine", "floor: mount-options" },
	{ "{volume: data, access: rw}", "--mount type=volume,src=data,dst=/x,volume-subpath=.. alpine", "floor: mount-options" },
	{ "{volume: data}", "-v data:/x alpine", "allow.volumes" },
	{ "{volume: data}", "-v data:/x:ro alpine", NULL },
	/* where */
	{ "{volume: data, access: rw}", "-v data:/dev/shm alpine", "floor: container-path" },
	{ "{volume: data, access: rw}", "-v data:/etc/ld.so.preload alpine", "floor: container-path" },
	{ "{volume: data, access: rw}", "-v data:/x --tmpfs /x/ alpine", "grammar" },
	{ "{volume: data, access: rw}", "-v data:/x --tmpfs /x/y alpine", NULL },
	{ "", "-v /x alpine", NULL },
	{ "", "-v /x --mount type=volume,dst=/x alpine", "grammar" },
	{ "", "-v /proc alpine", "floor: container-path" },
	/* tmpfs */
	{ "", "--tmpfs /x alpine", NULL },
	{ "", "--tmpfs /x:size=16m,mode=1777,uid=0,gid=0 alpine", NULL },
	{ "", "--tmpfs /x:size=16777217 alpine", "allow.tmpfs" },
	{ "", "--tmpfs /x:mode=4755 alpine", "floor: tmpfs" },
	{ "", "--tmpfs /x:mode=2755 alpine", "floor: tmpfs" },
	{ "", "--tmpfs /x:dev alpine", "floor: mount-options" },
	{ "", "--tmpfs /x:nr_inodes=0 alpine", "floor: mount-options" },
	{ "", "--tmpfs /x:shared alpine", "floor: mount-options" },
	{ "", "--mount type=tmpfs,dst=/x,tmpfs-size=17m alpine", "allow.tmpfs" },
};

static void test_mount(void **state)
{
	const struct mount_row *row = *state;
	struct verdict_case test;

	verdicts_init(&test);
	test.policy = verdicts_policy(&test, arena_printf(test.arena, "allow: {volumes: [%s]}", row->grants));
	if (row->rule == NULL)
		verdicts_assert_allowed(&test, row->line);
	else
		verdicts_assert_denied(&test, row->line, row->rule);
	verdicts_done(&test);
}

/* Under sudo nobody may learn from a refusal which files exist: the words are the same whether the path is there or not. */
static void test_refusal_is_no_oracle(void **state)
{
	struct verdict_case test;
	const struct finding *finding;

	(void)state;
	verdicts_init(&test);
	test.policy = verdicts_policy(&test, "allow: {volumes: [{source: /home/user/work, access: rw}], env_file: [./env]}");
	verdicts_assert_denied(&test, "-v /home/other/work:/x alpine", "allow.volumes");
	assert_string_equal(verdicts_refusal(&test)->reason, "/home/other/work is not granted");
	verdicts_assert_denied(&test, "-v /home/other/none:/x alpine", "allow.volumes");
	assert_string_equal(verdicts_refusal(&test)->reason, "/home/other/none is not granted");
	verdicts_assert_denied(&test, "--env-file /home/user/work/theirs alpine", "allow.env_file");
	assert_int_equal(test.findings.count, 1);
	verdicts_assert_denied(&test, "--env-file /home/user/work/none alpine", "allow.env_file");
	finding = verdicts_refusal(&test);
	assert_non_null(strstr(finding->reason, "is not listed"));
	verdicts_done(&test);
}

/* A path through a link that leads nowhere could be anywhere. */
static void test_links_to_nothing(void **state)
{
	struct verdict_case test;
	struct verdict_input input;

	(void)state;
	verdicts_init(&test);
	test.policy = verdicts_policy(&test, "allow: {volumes: [{source: '/home/user/**', access: rw}]}");
	verdicts_assert_denied(&test, "-v /home/user/none:/x alpine", "floor: host-path");
	assert_string_equal(verdicts_refusal(&test)->remedy, "mkdir -p /home/user/none");
	test.facts.path_count = 0;
	verdicts_add_path(&test, (struct host_path){ .given = "/home/user/none", .kind = PATH_MISSING, .has_symlink = true,
						     .reason = "there is no such file or directory" });
	test.findings = (struct findings){ .arena = test.arena };
	input = (struct verdict_input){ .request = test.request, .policy = test.policy, .facts = &test.facts };
	assert_false(verdict_judge(test.arena, &input, &test.findings));
	assert_null(verdicts_refusal(&test)->remedy);
	assert_null(strstr(verdicts_refusal(&test)->reason, "no such file"));
	verdicts_done(&test);
}

static void test_notes(void **state)
{
	struct verdict_case test;

	(void)state;
	verdicts_init(&test);
	verdicts_assert_allowed(&test, "-v /x alpine");
	assert_non_null(verdicts_note(&test, "floor: anonymous-volume"));
	verdicts_assert_allowed(&test, "--tmpfs /x:noatime alpine");
	assert_non_null(verdicts_note(&test, "floor: mount-options"));
	verdicts_assert_allowed(&test, "--tmpfs /x alpine");
	assert_int_equal(test.findings.count, 0);
	verdicts_done(&test);
}

int main(void)
{
	static struct row_tests rows;

	for (size_t i = 0; i < ARRAY_COUNT(mount_rows); i++)
		rows_add(&rows, mount_rows[i].line, test_mount, (void *)(uintptr_t)&mount_rows[i]);
	ROWS_TEST(&rows, test_refusal_is_no_oracle);
	ROWS_TEST(&rows, test_links_to_nothing);
	ROWS_TEST(&rows, test_notes);
	return rows_run("verdict_mount", &rows);
}
