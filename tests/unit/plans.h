/* A complete plan and facts that backend tests start from, whole and unremarkable; each test changes what it is about. */
#ifndef PLANS_H
#define PLANS_H

#include "rows.h"

#include <hardrun/backend.h>

struct plan_case {
	struct arena *arena;
	struct plan plan;
	struct host_facts facts;
	const struct profile *profile;
	struct launch launch;
	struct error err;
};

static inline void plan_case_init(struct plan_case *test, enum backend_kind backend)
{
	static const struct policy_seccomp seccomp = { .base = { .value = "default" } };
	struct error err;

	*test = (struct plan_case){ .arena = arena_new() };
	test->facts = (struct host_facts){ .is_root = true,
					   .runtime_dir = "/run/hardrun",
					   .state_dir = "/var/lib/hardrun",
					   .has_swap = true,
					   .kernel = "6.1.0-9-amd64",
					   .cgroup = CGROUP_V2,
					   .backend = backend };
	test->facts.engine.programs[BACKEND_DOCKER] = "/usr/bin/docker";
	test->facts.engine.programs[BACKEND_PODMAN] = "/usr/bin/podman";
	test->facts.engine.programs[BACKEND_CRUN] = "/usr/bin/crun";
	test->facts.engine.programs[BACKEND_RUNC] = "/usr/sbin/runc";
	test->facts.engine.programs[BACKEND_RUNSC] = "/usr/bin/runsc";
	test->facts.engine.docker_socket = "/run/docker.sock";
	test->plan = (struct plan){
		.backend = backend,
		.image = { .canonical = "docker.io/library/alpine:latest", .name = "docker.io/library/alpine" },
		.image_rootfs = "/var/lib/hardrun/x",
		.uid = 1000, .gid = 1001, .memory_bytes = 64 << 20, .nano_cpus = 500000000, .pids_limit = 64, .shm_size = 16 << 20,
		.memory_swappiness = -1, .stop_timeout = -1, .is_read_only = true, .is_no_new_privileges = true, .is_sig_proxy = true,
		.restart = "no", .log_driver = "json-file", .seccomp = &seccomp, .network = PLAN_NETWORK_NONE,
		.is_sandboxed = backend == BACKEND_RUNSC,
	};
	if (host_backend_is_oci(backend)) {
		test->plan.name = "web";
		test->plan.hostname = "web";
		test->plan.working_dir = "/";
		string_list_add(test->arena, &test->plan.argv, "sh");
	}
	assert_int_equal(profile_build(test->arena, &seccomp, NULL, &test->profile, &err), 0);
}

static inline int plan_case_render(struct plan_case *test)
{
	return backend_render(test->arena, &test->plan, &test->facts, test->profile, &test->launch, &test->err);
}

static inline void plan_case_done(struct plan_case *test)
{
	arena_free(test->arena);
}

/* Where the words ${flag} ${value} stand in the command line, SIZE_MAX: nowhere. ${value} NULL: the word alone. */
static inline size_t plan_case_find(const struct plan_case *test, const char *flag, const char *value)
{
	const struct string_list *argv = &test->launch.argv;

	for (size_t i = 0; i < argv->count; i++)
		if (strcmp(argv->items[i], flag) == 0 &&
		    (value == NULL || (i + 1 < argv->count && strcmp(argv->items[i + 1], value) == 0)))
			return i;
	return SIZE_MAX;
}

#define assert_has(test, flag, value) assert_int_not_equal(plan_case_find((test), (flag), (value)), SIZE_MAX)
#define assert_has_not(test, flag, value) assert_int_equal(plan_case_find((test), (flag), (value)), SIZE_MAX)

#endif
