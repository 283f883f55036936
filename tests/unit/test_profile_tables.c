/* The tables of calls and groups: sorted, complete, reasoned, and narrower than docker's default. */
#include "rows.h"

#include "../../src/profile/profile_internal.h"

#include <seccomp.h>

enum {
	DOCKER_MAX = 512,
	ALLOWED_MAX = 250,  /* what we promise */
	MINIMAL_MIN = 80, MINIMAL_MAX = 120,
};

struct docker_list {
	char names[DOCKER_MAX][40];
	size_t count;
	size_t unconditional; /* the first so many */
};

static void docker_read(struct docker_list *list)
{
	FILE *file = fopen("tests/seccomp/docker-default.txt", "re");
	char line[256];
	int comments = 0;

	*list = (struct docker_list){ 0 };
	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#') {
			if (list->count > 0 && comments++ == 0)
				list->unconditional = list->count;
			continue;
		}
		assert_true(strlen(line) < sizeof(list->names[0]) && list->count < DOCKER_MAX);
		snprintf(list->names[list->count++], sizeof(list->names[0]), "%s", line);
	}
	fclose(file);
}

static bool is_allowed(const struct profile_call *call)
{
	return call->verdict == PROFILE_ALLOW || call->verdict == PROFILE_ALLOW_IF;
}

static bool is_native(const struct profile_call *call)
{
	return profile_call_is_here(call, true);
}

static void test_sorted_and_unique(void **state)
{
	(void)state;
	for (size_t i = 1; i < profile_call_count; i++) {
		if (strcmp(profile_calls[i - 1].name, profile_calls[i].name) >= 0)
			fail_msg("%s stands before %s", profile_calls[i - 1].name, profile_calls[i].name);
	}
}

static void test_every_row_is_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < profile_call_count; i++) {
		const struct profile_call *call = &profile_calls[i];
		const char *reason = profile_call_reason(call);

		if ((reason == NULL) != (call->verdict == PROFILE_ALLOW))
			fail_msg("%s: a reason is for what is not plainly allowed", call->name);
		if (reason != NULL && strlen(reason) < 10)
			fail_msg("%s: \"%s\" is no reason", call->name, reason);
		if (call->name[sizeof(call->name) - 1] != '\0')
			fail_msg("%s: the name fills its field", call->name);
		if (call->groups == 0 || (call->groups >> PROFILE_GROUP_COUNT) != 0)
			fail_msg("%s: groups 0x%x", call->name, call->groups);
		if (call->x86_64 < 0 && call->arm64 < 0 && (call->flags & CALL_ONLY_32) == 0)
			fail_msg("%s: on no architecture", call->name);
		if ((call->flags & CALL_ONLY_32) != 0 && (call->flags & CALL_ON_32) == 0)
			fail_msg("%s: only on 32 bits, and not there", call->name);
		if ((call->flags & CALL_NEVER) != 0 && call->verdict == PROFILE_ALLOW)
			fail_msg("%s: what no policy can allow is allowed", call->name);
		if ((call->flags & CALL_MINIMAL) != 0 && !is_allowed(call))
			fail_msg("%s: in base minimal and not in default", call->name);
		if ((call->flags & CALL_RUNTIME) != 0 && (call->flags & CALL_MINIMAL) == 0)
			fail_msg("%s: runtimes need it and base minimal lacks it", call->name);
		assert_int_equal(call->verdict == PROFILE_ALLOW_IF, profile_argument_rule_find(call->name) != NULL);
		assert_ptr_equal(profile_call_find(call->name), call);
	}
}

static void check_number(const struct profile_call *call, uint32_t architecture, int number)
{
	const int known = seccomp_syscall_resolve_name_arch(architecture, call->name);

	/* Negative: libseccomp does not know the name, or only for another architecture. */
	if (known >= 0 && known != number)
		fail_msg("%s: %d here, %d in libseccomp", call->name, number, known);
	if (known < 0 && known != __NR_SCMP_ERROR && number >= 0 && number < 440)
		fail_msg("%s: %d here, and libseccomp does not have it there", call->name, number);
}

static void test_numbers_are_libseccomps(void **state)
{
	(void)state;
	for (size_t i = 0; i < profile_call_count; i++) {
		check_number(&profile_calls[i], SCMP_ARCH_X86_64, profile_calls[i].x86_64);
		check_number(&profile_calls[i], SCMP_ARCH_AARCH64, profile_calls[i].arm64);
	}
}

/* The other way round: no number that libseccomp knows is missing from the table. */
static void test_every_call_of_libseccomp_is_here(void **state)
{
	(void)state;
	for (int number = 0; number < 1024; number++) {
		char *names[] = { seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86_64, number),
				  seccomp_syscall_resolve_num_arch(SCMP_ARCH_AARCH64, number) };

		for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
			if (names[i] != NULL && profile_call_find(names[i]) == NULL)
				fail_msg("%s (%d) is not in the table", names[i], number);
			free(names[i]);
		}
	}
}

static void test_hot_calls_have_no_argument_rule(void **state)
{
	static const char *const hot[] = { "read", "write", "readv", "writev", "pread64", "openat", "close", "futex", "mmap", "munmap",
					   "mprotect", "brk", "epoll_wait", "epoll_pwait", "poll", "recvfrom", "sendto", "recvmsg",
					   "sendmsg", "accept4", "fstat", "newfstatat", "statx", "lseek", "fcntl", "clock_gettime",
					   "rt_sigprocmask", "rt_sigaction", "getpid", "gettid", "sched_yield", "madvise", "fsync" };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(hot); i++) {
		assert_non_null(profile_call_find(hot[i]));
		assert_int_equal(profile_call_find(hot[i])->verdict, PROFILE_ALLOW);
	}
}

/* Families of which not one call may be plainly allowed, and families that must be out of every policy's reach. */
static void test_refused_families(void **state)
{
	static const char *const refused[] = { "@module", "@mount", "@reboot", "@swap", "@raw-io", "@clock", "@keyring",
					       "@cpu-emulation", "@obsolete", "@debug", "@pkey" };
	static const char *const never[] = { "@module", "@reboot", "@swap", "@raw-io", "@keyring" };
	struct arena *arena = arena_new();
	struct string_list calls;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(refused); i++) {
		assert_true(profile_group(arena, refused[i], &calls));
		assert_true(calls.count > 0);
		for (size_t j = 0; j < calls.count; j++) {
			if (is_allowed(profile_call_find(calls.items[j])))
				fail_msg("%s of %s is allowed", calls.items[j], refused[i]);
		}
	}
	for (size_t i = 0; i < ARRAY_COUNT(never); i++) {
		assert_true(profile_group(arena, never[i], &calls));
		for (size_t j = 0; j < calls.count; j++) {
			if ((profile_call_find(calls.items[j])->flags & CALL_NEVER) == 0)
				fail_msg("%s of %s could be allowed by a policy", calls.items[j], never[i]);
		}
	}
	arena_free(arena);
}

static void test_groups(void **state)
{
	const struct profile_group_spec *groups;
	struct arena *arena = arena_new();
	struct string_list calls, service;
	size_t count = profile_groups(&groups);

	(void)state;
	assert_int_equal(count, PROFILE_GROUP_COUNT);
	for (size_t i = 0; i < count; i++) {
		assert_true(groups[i].name[0] == '@');
		assert_true(i == 0 || strcmp(groups[i - 1].name, groups[i].name) < 0);
		assert_true(strlen(groups[i].summary) > 5);
		assert_true(profile_group(arena, groups[i].name, &calls));
		assert_true(calls.count > 0);
		assert_true(profile_group_bits(groups[i].name) != 0);
	}
	assert_true(profile_group(arena, "@known", &calls));
	assert_int_equal(calls.count, profile_call_count);
	assert_true(profile_group(arena, "@system-service", &service));
	assert_true(string_list_has(&service, "epoll_wait") && string_list_has(&service, "ioctl") && string_list_has(&service, "uname"));
	assert_false(string_list_has(&service, "mount") || string_list_has(&service, "bpf"));
	assert_true(profile_group(arena, "@privileged", &calls));
	assert_true(string_list_has(&calls, "init_module") && string_list_has(&calls, "chown") && string_list_has(&calls, "bpf"));
	assert_false(profile_group(arena, "@nonsense", &calls));
	assert_false(profile_group(arena, "file-system", &calls));
	assert_false(profile_group(arena, "", &calls));
	arena_free(arena);
}

static void test_counts(void **state)
{
	size_t allowed = 0, minimal = 0;

	(void)state;
	for (size_t i = 0; i < profile_call_count; i++) {
		allowed += is_native(&profile_calls[i]) && is_allowed(&profile_calls[i]);
		minimal += is_native(&profile_calls[i]) && (profile_calls[i].flags & CALL_MINIMAL) != 0;
	}
	assert_true(allowed >= 150 && allowed <= ALLOWED_MAX);
	assert_true(minimal >= MINIMAL_MIN && minimal <= MINIMAL_MAX);
}

/* Whatever docker's default lets through and ours does not has a reason; and ours lets nothing through that docker's does not. */
static void test_each_difference_to_docker_has_a_reason(void **state)
{
	static struct docker_list docker;
	size_t refused = 0;

	(void)state;
	docker_read(&docker);
	assert_int_equal(docker.unconditional, 361);
	for (size_t i = 0; i < docker.count; i++) {
		const struct profile_call *call = profile_call_find(docker.names[i]);

		if (call == NULL && strcmp(docker.names[i], "riscv_hwprobe") == 0)
			continue; /* of an architecture that hardrun does not know */
		if (call == NULL)
			fail_msg("%s is not in the table", docker.names[i]);
		if (is_allowed(call) || !is_native(call))
			continue;
		assert_non_null(profile_call_reason(call));
		refused++;
	}
	assert_true(refused >= 40);
}

static void test_nothing_that_docker_refuses_is_allowed(void **state)
{
	static struct docker_list docker;

	(void)state;
	docker_read(&docker);
	for (size_t i = 0; i < profile_call_count; i++) {
		const struct profile_call *call = &profile_calls[i];
		bool is_in_docker = false;

		for (size_t j = 0; j < docker.count; j++)
			is_in_docker = is_in_docker || strcmp(docker.names[j], call->name) == 0;
		if (is_native(call) && is_allowed(call) && !is_in_docker)
			fail_msg("%s is allowed here and not by docker", call->name);
	}
}

static void test_find(void **state)
{
	static const char *const unknown[] = { "", "READ", "read ", "rea", "readx", "@read", "zzz", "_", "\x7f" };

	(void)state;
	assert_string_equal(profile_call_find("_llseek")->name, "_llseek");
	assert_string_equal(profile_call_find(profile_calls[0].name)->name, profile_calls[0].name);
	assert_string_equal(profile_call_find("writev")->name, "writev");
	for (size_t i = 0; i < ARRAY_COUNT(unknown); i++)
		assert_null(profile_call_find(unknown[i]));
	assert_string_equal(profile_call_group(profile_call_find("read")), "@basic-io");
	assert_string_equal(profile_call_group(profile_call_find("syslog")), "@known");
	assert_null(profile_argument_rule_find("read"));
}

int main(void)
{
	static struct row_tests tests;

	ROWS_TEST(&tests, test_sorted_and_unique);
	ROWS_TEST(&tests, test_every_row_is_whole);
	ROWS_TEST(&tests, test_numbers_are_libseccomps);
	ROWS_TEST(&tests, test_every_call_of_libseccomp_is_here);
	ROWS_TEST(&tests, test_hot_calls_have_no_argument_rule);
	ROWS_TEST(&tests, test_refused_families);
	ROWS_TEST(&tests, test_groups);
	ROWS_TEST(&tests, test_counts);
	ROWS_TEST(&tests, test_each_difference_to_docker_has_a_reason);
	ROWS_TEST(&tests, test_nothing_that_docker_refuses_is_allowed);
	ROWS_TEST(&tests, test_find);
	return rows_run("profile tables", &tests);
}
