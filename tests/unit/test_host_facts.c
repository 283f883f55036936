/* Facts about the caller and the kernel, and cgroups of machines made of files. */
#include "trees.h"

#include <pwd.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../src/host/host_internal.h"

static char root[] = "/tmp/hardrun-facts.XXXXXX";

static void make_file(struct arena *arena, const char *name, const char *content)
{
	tree_write(arena, root, name, content);
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(root) != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	tree_remove(root);
	return 0;
}

static void test_cgroup_v1(void **state)
{
	struct arena *arena = arena_new();
	struct host_facts facts = { 0 };

	(void)state;
	make_file(arena, "sys/fs/cgroup/memory/memory.memsw.limit_in_bytes", "0\n");
	make_file(arena, "sys/fs/cgroup/memory/cgroup.procs", "1\n");
	make_file(arena, "sys/fs/cgroup/cpu/cgroup.procs", "1\n");
	make_file(arena, "sys/fs/cgroup/pids/cgroup.procs", "1\n");
	make_file(arena, "sys/fs/cgroup/blkio/README", "a directory that is no cgroup\n");
	make_file(arena, "devices/cgroup.procs", "1\n");
	host_read_cgroup(arena, &facts, root);
	assert_int_equal(facts.cgroup, CGROUP_V1);
	assert_true(facts.has_memory && facts.has_cpu && facts.has_pids && facts.has_swap);
	assert_false(facts.has_cpuset || facts.has_blkio || facts.has_devices);
	assert_true(facts.is_blkio_bfq_alone);
	arena_free(arena);
}

/* The same tree, later. */
static void test_cgroup_v1_without_swap(void **state)
{
	struct arena *arena = arena_new();
	struct host_facts facts = { 0 };

	(void)state;
	assert_int_equal(unlink(arena_printf(arena, "%s/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes", root)), 0);
	make_file(arena, "sys/fs/cgroup/devices/cgroup.procs", "");
	make_file(arena, "sys/fs/cgroup/cpuset/cgroup.procs", "");
	make_file(arena, "sys/fs/cgroup/blkio/blkio.weight", "500\n");
	host_read_cgroup(arena, &facts, root);
	assert_int_equal(facts.cgroup, CGROUP_V1);
	assert_true(facts.has_memory && facts.has_devices && facts.has_cpuset && facts.has_cpu && facts.has_pids);
	assert_false(facts.has_swap || facts.has_blkio || facts.is_blkio_bfq_alone);
	arena_free(arena);
}

/* Directories alone limit nothing. */
static void test_cgroup_without_controllers(void **state)
{
	static const char *const names[] = { "memory", "cpu", "pids", "cpuset", "devices" };
	struct arena *arena = arena_new();
	struct host_facts facts = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(names); i++)
		assert_int_equal(unlink(arena_printf(arena, "%s/sys/fs/cgroup/%s/cgroup.procs", root, names[i])), 0);
	host_read_cgroup(arena, &facts, root);
	assert_int_equal(facts.cgroup, CGROUP_NONE);
	assert_false(facts.has_memory || facts.has_cpu || facts.has_pids || facts.has_swap);
	arena_free(arena);
}

static void test_no_cgroup(void **state)
{
	struct arena *arena = arena_new();
	struct host_facts facts = { 0 };

	(void)state;
	host_read_cgroup(arena, &facts, "/nonexistent");
	assert_int_equal(facts.cgroup, CGROUP_NONE);
	assert_false(facts.has_memory || facts.has_swap || facts.has_devices);
	arena_free(arena);
}

static void test_this_machine(void **state)
{
	struct arena *arena = arena_new();
	struct host_facts *facts = host_read(arena);
	const struct host_facts *again = host_read(arena);

	(void)state;
	assert_int_equal(facts->caller_uid, getuid());
	assert_int_equal(facts->is_root, geteuid() == 0);
	assert_int_equal(facts->cpu_count, get_nprocs());
	assert_non_null(getpwuid(getuid()));
	assert_string_equal(facts->home, getpwuid(getuid())->pw_dir);
	assert_false(facts->is_kernel_read);
	host_read_kernel(arena, facts);
	assert_true(facts->is_kernel_read && facts->has_seccomp);
	assert_true(facts->memory_bytes > INT64_C(1) << 20);
	assert_non_null(facts->kernel);
	assert_non_null(facts->architecture);
	assert_int_equal(strlen(facts->nonce), 12);
	assert_int_equal(strspn(facts->nonce, "0123456789abcdef"), 12);
	assert_string_not_equal(facts->nonce, again->nonce);
	if (facts->is_root) {
		assert_string_equal(facts->runtime_dir, "/run/hardrun");
		assert_string_equal(facts->state_dir, "/var/lib/hardrun");
	}
	arena_free(arena);
}

/* The password database decides, whatever $HOME says; the kernel, whatever $PWD says. */
static void test_environment_is_not_believed(void **state)
{
	struct arena *arena = arena_new();
	const struct host_facts *facts;
	char *here = getcwd(arena_alloc(arena, 4096), 4096);

	(void)state;
	setenv("HOME", "/tmp/evil", 1);
	setenv("PWD", "/tmp/evil", 1);
	setenv("HARDRUN_TEST", "a=b", 1);
	facts = host_read(arena);
	if (facts->home != NULL)
		assert_string_not_equal(facts->home, "/tmp/evil");
	assert_string_equal(facts->cwd, here);
	assert_string_equal(host_environment(facts, "HOME"), "/tmp/evil");
	assert_string_equal(host_environment(facts, "HARDRUN_TEST"), "a=b");
	assert_null(host_environment(facts, "HARDRUN_TES"));
	assert_null(host_environment(facts, "HARDRUN_TEST=a"));
	arena_free(arena);
}

/* ${XDG_RUNTIME_DIR} of an ordinary user, in a child that is one. */
static int runtime_dir_child(const char *directory, const char *wanted)
{
	struct arena *arena = arena_new();
	const struct host_facts *facts;

	if (setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0)
		return 2;
	setenv("XDG_RUNTIME_DIR", directory, 1);
	facts = host_read(arena);
	if (wanted == NULL)
		return facts->runtime_dir == NULL ? 0 : 1;
	return facts->runtime_dir != NULL && strcmp(facts->runtime_dir, wanted) == 0 ? 0 : 1;
}

static int in_child(const char *directory, const char *wanted)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0)
		_exit(runtime_dir_child(directory, wanted));
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 3;
}

static void test_runtime_dir(void **state)
{
	struct arena *arena = arena_new();
	const char *own = arena_printf(arena, "%s/own", root), *link = arena_printf(arena, "%s/link", root);

	(void)state;
	if (geteuid() != 0) {
		arena_free(arena);
		skip();
	}
	chmod(root, 0755);
	assert_int_equal(mkdir(own, 0700), 0);
	assert_int_equal(in_child(own, NULL), 0);
	assert_int_equal(chown(own, 65534, 65534), 0);
	assert_int_equal(in_child(own, arena_printf(arena, "%s/hardrun", own)), 0);
	assert_int_equal(in_child(arena_printf(arena, "%s/", own), NULL), 0);
	assert_int_equal(in_child("own", NULL), 0);
	assert_int_equal(symlink(own, link), 0);
	assert_int_equal(in_child(link, NULL), 0);
	chmod(own, 0770);
	assert_int_equal(in_child(own, NULL), 0);
	arena_free(arena);
}

static void test_lost_cwd(void **state)
{
	struct arena *arena = arena_new();
	char *here = getcwd(arena_alloc(arena, 4096), 4096), *gone = arena_printf(arena, "%s/gone", root);

	(void)state;
	assert_int_equal(mkdir(gone, 0700), 0);
	assert_int_equal(chdir(gone), 0);
	assert_int_equal(rmdir(gone), 0);
	assert_null(host_read(arena)->cwd);
	assert_int_equal(chdir(here), 0);
	arena_free(arena);
}

static void test_read_text(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	make_file(arena, "text", "one\n");
	assert_string_equal(host_read_text(arena, arena_printf(arena, "%s/text", root)), "one");
	make_file(arena, "text", "");
	assert_string_equal(host_read_text(arena, arena_printf(arena, "%s/text", root)), "");
	assert_null(host_read_text(arena, root));
	assert_null(host_read_text(arena, "/dev/zero"));
	assert_null(host_read_text(arena, "/nonexistent"));
	arena_free(arena);
}

int main(void)
{
	static struct row_tests rows;

	ROWS_TEST(&rows, test_cgroup_v1);
	ROWS_TEST(&rows, test_cgroup_v1_without_swap);
	ROWS_TEST(&rows, test_cgroup_without_controllers);
	ROWS_TEST(&rows, test_no_cgroup);
	ROWS_TEST(&rows, test_this_machine);
	ROWS_TEST(&rows, test_environment_is_not_believed);
	ROWS_TEST(&rows, test_runtime_dir);
	ROWS_TEST(&rows, test_lost_cwd);
	ROWS_TEST(&rows, test_read_text);
	return _cmocka_run_group_tests("host_facts", rows.tests, rows.count, set_up, tear_down);
}
