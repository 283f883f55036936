/* What an ordinary user has: subordinate ids, user namespaces, a cgroup of his own; on machines made of files. */
#include "trees.h"

#include <sys/stat.h>
#include <unistd.h>

#include "../../src/host/host_internal.h"

struct machine {
	struct arena *arena;
	char root[32];
	struct host_facts facts;
	struct host_rootless rootless;
};

static void make_file(const struct machine *machine, const char *name, const char *content)
{
	tree_write(machine->arena, machine->root, name, content);
}

static void machine_init(struct machine *machine)
{
	*machine = (struct machine){ .arena = arena_new(), .root = "/tmp/hardrun-rootless.XXXXXX" };
	assert_non_null(mkdtemp(machine->root));
	machine->facts = (struct host_facts){
		.caller_uid = 1000, .caller_gid = 1000, .caller_name = "ann", .runtime_dir = "/run/user/1000/hardrun", .cgroup = CGROUP_V2,
	};
	machine->rootless.newuidmap = "/usr/bin/newuidmap";
	machine->rootless.newgidmap = "/usr/bin/newgidmap";
}

static void machine_free(struct machine *machine)
{
	tree_remove(machine->root);
	arena_free(machine->arena);
}

/* "0=1000+1 1=100000+65536": inside, outside, count. */
static const char *map_text(struct arena *arena, const struct host_id_map *map)
{
	struct text text;

	text_init(&text, arena);
	for (size_t i = 0; i < map->count; i++)
		text_addf(&text, "%s%u=%u+%u", i > 0 ? " " : "", map->ranges[i].inside, map->ranges[i].outside, map->ranges[i].count);
	return text.data;
}

/* ---- subordinate ids ---- */

struct id_row {
	const char *name;
	const char *subuid;    /* the lines; "G" in front: the same for groups, else they have one good line */
	const char *own, *container; /* the maps of user ids */
	const char *problem;   /* the whole of it, or NULL */
	const char *remedy;
};

#define ALONE "0=1000+1", "1000=0+1"
static struct id_row id_rows[] = {
	{ "one range", "ann:100000:65536\n", "0=1000+1 1=100000+65536", "0=1+1000 1000=0+1 1001=1001+64536", NULL, NULL },
	{ "by number", "1000:100000:65536\n", "0=1000+1 1=100000+65536", "0=1+1000 1000=0+1 1001=1001+64536", NULL, NULL },
	{ "two ranges", "ann:100000:600\nbob:1:9\nann:300000:600\n", "0=1000+1 1=100000+600 601=300000+600",
	  "0=1+1000 1000=0+1 1001=1001+200", NULL, NULL },
	{ "a range that ends below the caller's number", "ann:100000:100\n", "0=1000+1 1=100000+100", "0=1+100 1000=0+1", NULL, NULL },
	{ "other people's", "bob:100000:65536\nannie:200000:65536\n", ALONE, "/etc/subuid gives you no subordinate ids",
	  "sudo usermod --add-subuids 265536-331071 --add-subgids 265536-331071 ann" },
	{ "no line at all", "", ALONE, "/etc/subuid gives you no subordinate ids",
	  "sudo usermod --add-subuids 165536-231071 --add-subgids 165536-231071 ann" },
	{ "lines that are none", "ann\nann:1\nann:x:1\nann:1:0\nann:1:2:3\n#ann:5:5\nann:99999999999:1\n\n", ALONE,
	  "/etc/subuid gives you no subordinate ids", NULL },
	{ "root's own id", "ann:0:65536\n", ALONE, "line 1 of /etc/subuid gives you root's own id", "mend /etc/subuid" },
	{ "the caller's own id", "bob:5:5\nann:1000:1\n", ALONE, "line 2 of /etc/subuid gives you your own id once more",
	  "mend /etc/subuid" },
	{ "ranges that overlap", "ann:100000:65536\nann:165535:10\n", ALONE,
	  "line 2 of /etc/subuid gives you the same ids twice", NULL },
	{ "the same line twice", "ann:100000:65536\nann:100000:65536\n", ALONE,
	  "line 2 of /etc/subuid gives you the same ids twice", NULL },
	{ "ranges that touch", "ann:100000:10\nann:100010:10\n", "0=1000+1 1=100000+10 11=100010+10", "0=1+20 1000=0+1", NULL, NULL },
	{ "ids that are somebody else's as well", "bob:100000:65536\nann:165535:65536\n", ALONE,
	  "line 2 of /etc/subuid gives you ids that line 1 gives to bob", "mend /etc/subuid" },
	{ "and whose line comes later", "ann:100000:65536\nann:300000:9\nbob:300008:1\n", ALONE,
	  "line 2 of /etc/subuid gives you ids that line 3 gives to bob", "mend /etc/subuid" },
	{ "the same person by number", "ann:100000:10\n1000:200000:10\n", "0=1000+1 1=100000+10 11=200000+10", "0=1+20 1000=0+1",
	  NULL, NULL },
	{ "beyond what ids are", "ann:2147483647:2\n", ALONE, "line 1 of /etc/subuid gives you ids beyond 2147483647", NULL },
	{ "the last id that there is", "ann:2147483647:1\n", "0=1000+1 1=2147483647+1", "0=1+1 1000=0+1", NULL, NULL },
};

static void test_id_row(void **state)
{
	const struct id_row *row = *state;
	struct machine machine;

	machine_init(&machine);
	make_file(&machine, "etc/subuid", row->subuid);
	make_file(&machine, "etc/subgid", "ann:100000:65536\n");
	host_read_subordinate(machine.arena, &machine.facts, &machine.rootless, machine.root);
	assert_string_equal(map_text(machine.arena, &machine.rootless.own_uids), row->own);
	assert_string_equal(map_text(machine.arena, &machine.rootless.uids), row->container);
	if (row->problem == NULL)
		assert_null(machine.rootless.ids_problem);
	else
		assert_string_equal(machine.rootless.ids_problem, row->problem);
	if (row->remedy != NULL)
		assert_string_equal(machine.rootless.ids_remedy, row->remedy);
	machine_free(&machine);
}

static void test_ids_need_the_programs(void **state)
{
	struct machine machine;

	(void)state;
	machine_init(&machine);
	machine.rootless.newgidmap = NULL;
	make_file(&machine, "etc/subuid", "ann:100000:65536\n");
	make_file(&machine, "etc/subgid", "ann:100000:65536\n");
	host_read_subordinate(machine.arena, &machine.facts, &machine.rootless, machine.root);
	assert_string_equal(machine.rootless.ids_problem, "newgidmap is not installed");
	assert_string_equal(machine.rootless.ids_remedy, "apt install uidmap");
	assert_string_equal(map_text(machine.arena, &machine.rootless.own_gids), "0=1000+1");
	machine_free(&machine);
}

/* A range of groups alone is none: either namespace needs both. */
static void test_ids_need_both_files(void **state)
{
	struct machine machine;

	(void)state;
	machine_init(&machine);
	make_file(&machine, "etc/subuid", "ann:100000:65536\n");
	host_read_subordinate(machine.arena, &machine.facts, &machine.rootless, machine.root);
	assert_string_equal(machine.rootless.ids_problem, "/etc/subgid gives you no subordinate ids");
	assert_string_equal(map_text(machine.arena, &machine.rootless.own_uids), "0=1000+1");
	machine_free(&machine);
}

static void test_no_map_leads_to_root(void **state)
{
	struct machine machine;
	uint32_t outer, outside;

	(void)state;
	machine_init(&machine);
	make_file(&machine, "etc/subuid", "ann:100000:65536\n");
	make_file(&machine, "etc/subgid", "ann:100000:65536\n");
	host_read_subordinate(machine.arena, &machine.facts, &machine.rootless, machine.root);
	for (uint32_t id = 0; id <= 65536; id++) {
		assert_true(host_map_id(&machine.rootless.uids, id, &outer));
		assert_true(host_map_id(&machine.rootless.own_uids, outer, &outside));
		assert_true(id == 1000 ? outside == 1000 : outside >= 100000 && outside < 165536);
	}
	assert_false(host_map_id(&machine.rootless.uids, 65537, &outer));
	machine_free(&machine);
}

/* ---- user namespaces ---- */

struct namespace_row {
	const char *name, *file, *content, *label; /* label: what AppArmor says of us */
	const char *problem;
};

static struct namespace_row namespace_rows[] = {
	{ "nothing in the way", "proc/sys/user/max_user_namespaces", "100\n", "unconfined\n", NULL },
	{ "none at all", "proc/sys/user/max_user_namespaces", "0\n", NULL, "the sysctl user.max_user_namespaces is 0" },
	{ "Debian's switch", "proc/sys/kernel/unprivileged_userns_clone", "0\n", NULL,
	  "the sysctl kernel.unprivileged_userns_clone is 0" },
	{ "Ubuntu's", "proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n", "unconfined\n",
	  "the sysctl kernel.apparmor_restrict_unprivileged_userns is 1, and no AppArmor profile lets hardrun make user namespaces" },
	{ "Ubuntu's, with a profile", "proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n", "hardrun (unconfined)\n", NULL },
};

static void test_namespace_row(void **state)
{
	const struct namespace_row *row = *state;
	struct machine machine;

	machine_init(&machine);
	make_file(&machine, "proc/self/ns/user", "");
	make_file(&machine, row->file, row->content);
	if (row->label != NULL)
		make_file(&machine, "proc/self/attr/current", row->label);
	host_read_rootless_in(machine.arena, &machine.facts, machine.root);
	assert_non_null(machine.facts.rootless);
	if (row->problem == NULL) {
		assert_null(machine.facts.rootless->problem);
	} else {
		assert_string_equal(machine.facts.rootless->problem, row->problem);
		assert_non_null(machine.facts.rootless->remedy);
	}
	machine_free(&machine);
}

/* The whole profile, for the very file that runs; none where its path would need quotes, or others could put another there. */
static void test_ubuntus_profile(void **state)
{
	static const char profile[] = "abi <abi/4.0>,\ninclude <tunables/global>\n\n"
				      "profile hardrun /opt/x/bin/hardrun flags=(unconfined) {\n"
				      "\tuserns,\n\n\tinclude if exists <local/hardrun>\n}\n";
	static const struct { const char *path, *open; mode_t mode; bool has_profile; } rows[] = {
		{ "/opt/x/bin/hardrun", "opt", 0755, true }, { "/opt/a b/hardrun", "opt", 0755, false },
		{ "/opt/*/hardrun", "opt", 0755, false }, { "/opt/x/hardrun (deleted)", "opt", 0755, false },
		{ "/opt/x/hardrun", "opt", 0755, false }, /* it is gone */
		{ "/opt/x/bin/hardrun", "opt/x/bin/hardrun", 0775, false }, { "/opt/x/bin/hardrun", "opt/x/bin", 0777, false },
		{ "/opt/x/bin/hardrun", "opt", 01777, false }, { "/opt/x/bin/hardrun", ".", 0775, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct machine machine;

		machine_init(&machine);
		make_file(&machine, "proc/self/ns/user", "");
		make_file(&machine, "proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n");
		make_file(&machine, "proc/self/attr/current", "unconfined\n");
		make_file(&machine, "opt/x/bin/hardrun", "");
		assert_int_equal(chmod(arena_printf(machine.arena, "%s/%s", machine.root, rows[i].open), rows[i].mode), 0);
		assert_int_equal(symlink(rows[i].path, arena_printf(machine.arena, "%s/proc/self/exe", machine.root)), 0);
		host_read_user_namespaces(machine.arena, &machine.facts, machine.root);
		if (rows[i].has_profile && geteuid() == 0)
			assert_string_equal(machine.facts.user_namespace_profile, profile);
		else
			assert_null(machine.facts.user_namespace_profile);
		assert_non_null(strstr(machine.facts.user_namespace_remedy,
				       rows[i].has_profile && geteuid() == 0 ? "hardrun doctor prints" : "root alone can change it"));
		machine_free(&machine);
	}
}

static void test_no_kernel_support(void **state)
{
	struct machine machine;

	(void)state;
	machine_init(&machine);
	host_read_rootless_in(machine.arena, &machine.facts, machine.root);
	assert_string_equal(machine.facts.rootless->problem, "this kernel has no user namespaces");
	machine_free(&machine);
}

static void test_no_runtime_directory(void **state)
{
	struct machine machine;

	(void)state;
	machine_init(&machine);
	make_file(&machine, "proc/self/ns/user", "");
	machine.facts.runtime_dir = NULL;
	host_read_rootless_in(machine.arena, &machine.facts, machine.root);
	assert_string_equal(machine.facts.rootless->problem, "XDG_RUNTIME_DIR names no directory that is yours alone");
	machine_free(&machine);
}

static void test_the_group_of_root(void **state)
{
	struct machine machine;

	(void)state;
	machine_init(&machine);
	make_file(&machine, "proc/self/ns/user", "");
	machine.facts.caller_gid = 0;
	host_read_rootless_in(machine.arena, &machine.facts, machine.root);
	assert_non_null(strstr(machine.facts.rootless->problem, "root's"));
	machine_free(&machine);
}

static void test_root_needs_nothing(void **state)
{
	struct machine machine;

	(void)state;
	machine_init(&machine);
	machine.facts.is_root = true;
	host_read_rootless_in(machine.arena, &machine.facts, machine.root);
	assert_null(machine.facts.rootless);
	machine_free(&machine);
}

/* ---- cgroups: access(2) lets root write everywhere, so only what is not there can be seen here ---- */

static void make_v1(const struct machine *machine, const char *own)
{
	make_file(machine, "proc/self/mounts",
		  "tmpfs /sys/fs/cgroup tmpfs ro 0 0\ncgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\n"
		  "cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0\ncgroup /sys/fs/cgroup/pids cgroup rw,pids 0 0\n");
	make_file(machine, "proc/self/cgroup", own);
}

static void test_cgroups_v1(void **state)
{
	struct machine machine;

	(void)state;
	machine_init(&machine);
	machine.facts.cgroup = CGROUP_HYBRID;
	make_v1(&machine, "5:memory:/ann/x\n4:cpu,cpuacct:/ann\n3:pids:/ann\n2:blkio:/\n0::/\n");
	make_file(&machine, "sys/fs/cgroup/memory/ann/x/cgroup.procs", "");
	make_file(&machine, "sys/fs/cgroup/cpu,cpuacct/ann/cgroup.procs", "");
	make_file(&machine, "sys/fs/cgroup/pids/ann/cgroup.procs", "");
	host_read_delegated(machine.arena, &machine.facts, &machine.rootless, machine.root);
	assert_null(machine.rootless.cgroup_problem);
	assert_string_equal(machine.rootless.cgroups[HOST_CONTROLLER_MEMORY], "/sys/fs/cgroup/memory/ann/x");
	assert_string_equal(machine.rootless.cgroups[HOST_CONTROLLER_CPU], "/sys/fs/cgroup/cpu,cpuacct/ann");
	assert_string_equal(machine.rootless.cgroups[HOST_CONTROLLER_PIDS], "/sys/fs/cgroup/pids/ann");
	assert_null(machine.rootless.cgroups[HOST_CONTROLLER_BLKIO]);
	machine_free(&machine);
}

static void test_cgroups_v1_in_part(void **state)
{
	struct machine machine;

	(void)state;
	machine_init(&machine);
	machine.facts.cgroup = CGROUP_V1;
	/* "/../x" is what a namespace shows of outside: no place to go to. */
	make_v1(&machine, "5:memory:/ann\n4:cpu,cpuacct:/../x\n3:pids:/\n");
	make_file(&machine, "sys/fs/cgroup/memory/ann/cgroup.procs", "");
	make_file(&machine, "sys/fs/cgroup/x/cgroup.procs", "");
	host_read_delegated(machine.arena, &machine.facts, &machine.rootless, machine.root);
	assert_non_null(strstr(machine.rootless.cgroup_problem, "(cpu, pids)"));
	assert_non_null(machine.rootless.cgroup_remedy);
	machine_free(&machine);
}

static void make_v2(const struct machine *machine, const char *own, const char *directory)
{
	make_file(machine, "proc/self/cgroup", own);
	make_file(machine, arena_printf(machine->arena, "sys/fs/cgroup%s/cgroup.procs", directory), "");
	make_file(machine, arena_printf(machine->arena, "sys/fs/cgroup%s/cgroup.subtree_control", directory), "");
	make_file(machine, arena_printf(machine->arena, "sys/fs/cgroup%s/cgroup.controllers", directory), "cpuset cpu memory pids\n");
}

static void test_cgroups_v2(void **state)
{
	static const char *const own[] = { "0::/user.slice/run.scope\n", "0::/user.slice/run.scope/hardrun-callers\n" };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(own); i++) {
		struct machine machine;

		machine_init(&machine);
		make_v2(&machine, own[i], "/user.slice/run.scope");
		host_read_delegated(machine.arena, &machine.facts, &machine.rootless, machine.root);
		assert_null(machine.rootless.cgroup_problem);
		assert_string_equal(machine.rootless.cgroups[HOST_CONTROLLER_MEMORY], "/sys/fs/cgroup/user.slice/run.scope");
		assert_string_equal(machine.rootless.cgroups[HOST_CONTROLLER_CPUSET], "/sys/fs/cgroup/user.slice/run.scope");
		assert_null(machine.rootless.cgroups[HOST_CONTROLLER_BLKIO]);
		machine_free(&machine);
	}
}

static void test_cgroups_v2_of_others(void **state)
{
	struct machine machine;

	(void)state;
	machine_init(&machine);
	make_v2(&machine, "0::/user.slice/session-2.scope\n", "/user.slice/other.scope");
	host_read_delegated(machine.arena, &machine.facts, &machine.rootless, machine.root);
	assert_non_null(strstr(machine.rootless.cgroup_problem, "(memory, cpu, pids)"));
	assert_non_null(strstr(machine.rootless.cgroup_remedy, "systemd-run --user --scope -p Delegate=yes"));
	machine_free(&machine);
}

int main(void)
{
	static void (*const tests[])(void **) = {
		test_ids_need_the_programs, test_ids_need_both_files, test_no_map_leads_to_root, test_no_kernel_support,
		test_no_runtime_directory, test_the_group_of_root, test_root_needs_nothing, test_cgroups_v1, test_cgroups_v1_in_part,
		test_cgroups_v2, test_cgroups_v2_of_others, test_ubuntus_profile,
	};
	static const char *const names[] = {
		"ids need newuidmap and newgidmap", "ids need both files", "no map leads to root", "no kernel support",
		"no runtime directory", "the group of root", "root needs nothing", "cgroups of version 1", "some of them only",
		"cgroups of version 2", "somebody else's", "the profile for Ubuntu",
	};
	struct row_tests rows = { .count = 0 };

	for (size_t i = 0; i < ARRAY_COUNT(tests); i++)
		rows_add(&rows, names[i], tests[i], NULL);
	for (size_t i = 0; i < ARRAY_COUNT(id_rows); i++)
		rows_add(&rows, id_rows[i].name, test_id_row, &id_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(namespace_rows); i++)
		rows_add(&rows, namespace_rows[i].name, test_namespace_row, &namespace_rows[i]);
	return rows_run("host/rootless", &rows);
}
