/* Labels: what a process has against what it must have, and how far a process has come. */
#include "rows.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../src/launch/context.h"
#include "../../src/launch/label.h"

struct label_row { const char *name, *wanted, *parts, *label, *mode, *problem; };

static struct label_row label_rows[] = {
	{ "the profile", "hardrun-x", NULL, "hardrun-x", "enforce", NULL },
	{ "one that kills", "hardrun-x", NULL, "hardrun-x", "kill", NULL },
	{ "complaining", "hardrun-x", NULL, "hardrun-x", "complain", "is under hardrun-x (complain), and not under hardrun-x" },
	{ "a profile that confines nobody", "hardrun-x", NULL, "hardrun-x", "unconfined", "is under hardrun-x (unconfined)" },
	{ "unconfined", "hardrun-x", NULL, "unconfined", NULL, "is under unconfined, and not under hardrun-x" },
	{ "the engine's own", "hardrun-x", NULL, "docker-default", "enforce", "is under docker-default (enforce)" },
	{ "a longer name", "hardrun-x", NULL, "hardrun-xy", "enforce", "is under hardrun-xy" },
	{ "a stack", "hardrun-x", NULL, "hardrun-x//&unconfined", "mixed", "is under hardrun-x//&unconfined (mixed)" },
	{ "a child profile", "hardrun-x", NULL, "hardrun-x//sh", "enforce", "is under hardrun-x//sh" },
	{ "no mode", "hardrun-x", NULL, "hardrun-x", NULL, "is under hardrun-x, and" },
	{ "a type", NULL, "type:web_t", "system_u:system_r:web_t:s0:c1,c2", NULL, NULL },
	{ "a level with a colon", NULL, "level:s0:c1,c2", "system_u:system_r:web_t:s0:c1,c2", NULL, NULL },
	{ "a role and a user", NULL, "role:system_r user:system_u", "system_u:system_r:web_t:s0", NULL, NULL },
	{ "another type", NULL, "type:web_t", "system_u:system_r:spc_t:s0", NULL,
	  "has the label system_u:system_r:spc_t:s0, and not type:web_t" },
	{ "the beginning of a type", NULL, "type:web", "system_u:system_r:web_t:s0", NULL, "and not type:web" },
	{ "a part of a level", NULL, "level:s0", "system_u:system_r:web_t:s0:c1", NULL, "and not level:s0" },
	{ "no context at all", NULL, "type:web_t", "kernel", NULL, "and not type:web_t" },
	{ "a part that is none", NULL, "type", "a:b:c:d", NULL, "and not type" },
};

static void test_label_row(void **state)
{
	const struct label_row *row = *state;
	struct arena *arena = arena_new();
	struct plan plan = { 0 };
	struct launch launch = { .plan = &plan, .apparmor = { .name = row->wanted } };
	char *parts = arena_strdup(arena, row->parts != NULL ? row->parts : "");
	const char *problem;

	for (char *part = strsep(&parts, " "); part != NULL; part = strsep(&parts, " "))
		if (*part != '\0')
			string_list_add(arena, &plan.security_labels, part);
	assert_true(label_is_wanted(&launch));
	problem = label_problem(arena, &launch, row->label, row->mode);
	if (row->problem == NULL)
		assert_null(problem);
	else
		assert_non_null(strstr(problem, row->problem));
	arena_free(arena);
}

static void test_none_wanted(void **state)
{
	struct arena *arena = arena_new();
	const struct plan plan = { 0 };
	const struct launch launch = { .plan = &plan };
	struct error err;

	(void)state;
	assert_false(label_is_wanted(&launch));
	assert_int_equal(label_check_process(arena, &launch, getpid(), &err), 0);
	assert_int_equal(launch_check_profile(arena, &launch, &err), 0);
	assert_int_equal(context_check(arena, &launch, &err), 0);
	arena_free(arena);
}

/* Whatever was planned: a machine that would leave a label out starts nothing. */
static void test_no_selinux(void **state)
{
	static const struct { bool has_selinux; const char *problem, *message, *remedy; } rows[] = {
		{ false, NULL, "SELinux is off on this machine, and a label would mean nothing", "leave it out" },
		{ true, "SELinux is permissive", "SELinux is permissive, and a label would mean nothing", "setenforce 1" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct arena *arena = arena_new();
		const struct host_facts facts = {
			.has_selinux = rows[i].has_selinux, .selinux_problem = rows[i].problem, .selinux_remedy = "setenforce 1",
		};
		struct plan plan = { 0 };
		const struct launch launch = { .plan = &plan, .facts = &facts };
		struct error err = { 0 };

		string_list_add(arena, &plan.security_labels, "type:x_t");
		assert_int_equal(context_check(arena, &launch, &err), -ERROR_MISSING);
		assert_string_equal(err.message, rows[i].message);
		assert_string_equal(err.remedy, rows[i].remedy);
		assert_int_equal(label_hold_profile(arena, &launch, &err), -ERROR_MISSING);
		arena_free(arena);
	}
}

/* Without SELinux nobody answers. */
static void test_nobody_to_ask(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	if (access("/sys/fs/selinux/access", F_OK) == 0)
		skip();
	assert_false(context_is_permissive(arena, "a:b:c:d"));
	assert_null(context_read(arena, -1));
	arena_free(arena);
}

/* A process that must have a label and has another is found out, and so is one whose label cannot be read. */
static void test_other_context(void **state)
{
	struct arena *arena = arena_new();
	struct plan plan = { 0 };
	const struct launch launch = { .plan = &plan };
	struct error err = { 0 };

	(void)state;
	string_list_add(arena, &plan.security_labels, "type:nobody_has_this_t");
	assert_int_equal(label_check_process(arena, &launch, getpid(), &err), -ERROR_UNTRUSTED);
	assert_non_null(strstr(err.message, "the container was ended: "));
	arena_free(arena);
}

/* ---- stages ---- */

static pid_t start(int ready[2])
{
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		(void)!write(ready[1], "x", 1);
		(void)pause();
		_exit(0);
	}
	return pid;
}

static void end(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void await_zombie(pid_t pid)
{
	siginfo_t info;

	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
}

static void test_stages(void **state)
{
	int ready[2];
	char byte;
	pid_t pid = start(ready);

	(void)state;
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(process_stage(pid), PROCESS_FORKED);
	assert_int_equal(kill(pid, SIGKILL), 0);
	await_zombie(pid);
	assert_int_equal(process_stage(pid), PROCESS_NEVER);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(process_stage(pid), PROCESS_GONE);
}

static void test_executed(void **state)
{
	int in[2], out[2];
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	pid = fork();
	if (pid == 0) {
		(void)dup2(in[0], 0);
		(void)dup2(out[1], 1);
		execl("/bin/sh", "sh", "-c", "echo; read x", (char *)NULL);
		_exit(1);
	}
	assert_int_equal(read(out[0], &byte, 1), 1);
	assert_int_equal(process_stage(pid), PROCESS_RUNS);
	assert_int_equal(kill(pid, SIGKILL), 0);
	await_zombie(pid);
	assert_int_equal(process_stage(pid), PROCESS_ENDED);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* ---- the lock on profiles ---- */

static int take_alone(struct arena *arena, int directory)
{
	struct error err = { 0 };

	return lock_open(arena, directory, "apparmor.lock", 0, &err);
}

/* From the check of the profile until it is released, in whichever process, nobody can have it alone; launches share it. */
static void test_profile_is_held(void **state)
{
	struct arena *arena = arena_new();
	char place[] = "/tmp/hardrun-label.XXXXXX";
	const struct host_facts facts = { .is_root = true, .runtime_dir = mkdtemp(place) };
	const struct plan plan = { 0 };
	int locks[2] = { -1, -1 }, status, fd, directory;
	struct launch launches[2];
	struct error err = { 0 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		launches[i] = (struct launch){ .plan = &plan, .facts = &facts, .apparmor = { .name = "hardrun-x" }, .profile_lock = &locks[i] };
		(void)label_hold_profile(arena, &launches[i], &err); /* there is no such profile, where there are any */
		assert_true(locks[i] >= 0);
	}
	directory = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(take_alone(arena, directory), -1);
	label_release_profile(&launches[0]);
	assert_int_equal(locks[0], -1);
	label_release_profile(&launches[0]);
	assert_int_equal(take_alone(arena, directory), -1);
	/* Read back by a child, as an engine's container is. */
	if (fork() == 0) {
		label_release_profile(&launches[1]);
		_exit(0);
	}
	assert_true(wait(&status) > 0 && status == 0);
	fd = take_alone(arena, directory);
	assert_true(fd >= 0);
	/* And where it is held alone no launch goes on. */
	assert_int_equal(lock_share(arena, directory, "apparmor.lock", 0, &err), -1);
	descriptors_close(&fd);
	descriptors_close(&locks[1]);
	assert_int_equal(unlinkat(directory, "apparmor.lock", 0) | rmdir(place), 0);
	descriptors_close(&directory);
	arena_free(arena);
}

/* Anybody shares it; alone it is had by who may write the file, when nobody does. Released in a child it is released. */
static void test_public_lock(void **state)
{
	struct arena *arena = arena_new();
	char path[] = "/tmp/hardrun-label.XXXXXX";
	int file = mkstemp(path), first, second, status;
	struct error err = { 0 };

	(void)state;
	assert_true(file >= 0 && fchmod(file, 0644) == 0);
	first = lock_public(arena, path, false, &err);
	second = lock_public(arena, path, false, &err);
	assert_true(first >= 0 && second >= 0);
	lock_release(&second);
	assert_int_equal(second, -1);
	lock_release(&second);
	if (fork() == 0) {
		alarm(5); /* it is waited for, and first has it */
		(void)lock_public(arena, path, true, &err);
		_exit(0);
	}
	assert_true(wait(&status) > 0 && WIFSIGNALED(status));
	if (fork() == 0) {
		lock_release(&first);
		_exit(0);
	}
	assert_true(wait(&status) > 0 && status == 0);
	second = lock_public(arena, path, true, &err);
	assert_true(second >= 0);
	/* To read it is not enough to have it alone. */
	assert_int_equal(fcntl(first, F_OFD_SETLK, &(struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET }), -1);
	assert_int_equal(errno, EBADF);
	lock_release(&first);
	lock_release(&second);
	assert_int_equal(lock_public(arena, "/nowhere/x", false, &err), -1);
	assert_non_null(strstr(err.message, "/nowhere/x cannot be opened"));
	descriptors_close(&file);
	assert_int_equal(unlink(path), 0);
	arena_free(arena);
}

/* Who does not start it, and who has no AppArmor, has none. */
static void test_profile_is_not_held(void **state)
{
	struct arena *arena = arena_new();
	const struct host_facts ordinary = { .runtime_dir = "/nowhere" }, root = { .is_root = true, .runtime_dir = "/nowhere" };
	const struct plan plan = { 0 }, created = { .is_create_only = true };
	int lock = -1;
	const struct launch launches[] = {
		{ .plan = &created, .facts = &ordinary, .apparmor = { .name = "hardrun-x" }, .profile_lock = &lock },
		{ .plan = &created, .facts = &root, .apparmor = { .name = "hardrun-x" }, .profile_lock = &lock },
		{ .plan = &plan, .facts = &root, .profile_lock = &lock },
		{ .plan = &plan, .facts = &root, .apparmor = { .name = "hardrun-x" } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(launches); i++) {
		struct error err = { 0 };

		(void)label_hold_profile(arena, &launches[i], &err);
		assert_int_equal(lock, -1);
		label_release_profile(&launches[i]);
	}
	arena_free(arena);
}

/* A process that must have a profile and has another is found out, whoever it is. */
static void test_own_process(void **state)
{
	struct arena *arena = arena_new();
	const struct plan plan = { 0 };
	const struct launch launch = { .plan = &plan, .apparmor = { .name = "hardrun-x" } };
	int in[2], out[2];
	struct error err;
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	pid = fork();
	if (pid == 0) {
		(void)dup2(in[0], 0);
		(void)dup2(out[1], 1);
		execl("/bin/sh", "sh", "-c", "echo; read x", (char *)NULL);
		_exit(1);
	}
	assert_int_equal(read(out[0], &byte, 1), 1);
	assert_int_equal(label_check_process(arena, &launch, pid, &err), -ERROR_UNTRUSTED);
	assert_non_null(strstr(err.message, "the container was ended"));
	end(pid);
	assert_int_equal(label_check_process(arena, &launch, pid, &err), 0); /* it is gone */
	arena_free(arena);
}

int main(void)
{
	static struct CMUnitTest tests[ARRAY_COUNT(label_rows) + 10];
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_COUNT(label_rows); i++)
		tests[count++] = (struct CMUnitTest){ label_rows[i].name, test_label_row, NULL, NULL, &label_rows[i] };
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_none_wanted);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_no_selinux);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_nobody_to_ask);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_other_context);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_stages);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_executed);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_own_process);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_profile_is_held);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_public_lock);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_profile_is_not_held);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
