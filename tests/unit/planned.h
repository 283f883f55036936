/* A machine, a policy and a line made up, and the plan that comes of them. */
#ifndef TESTS_PLANNED_H
#define TESTS_PLANNED_H

#include "rows.h"

#include <hardrun/plan.h>

struct planned {
	struct arena *arena;
	struct host_facts facts;
	const struct policy *policy, *ceiling;
	struct findings findings;
	const struct request *request;
	const struct plan *plan; /* NULL: refused */
};

static inline const struct policy *planned_policy(struct arena *arena, const char *text)
{
	struct policy_errors errors = { .arena = arena };
	const char *whole = arena_printf(arena, "version: 1\nimages: [docker.io/library/alpine]\n%s", text);
	const struct policy *policy = policy_parse(arena, "p.yaml", whole, strlen(whole), &errors);

	if (errors.count > 0)
		print_error("policy: %s at line %u\n", errors.items[0].message, errors.items[0].place.line);
	assert_int_equal(errors.count, 0);
	assert_non_null(policy);
	return policy;
}

static inline const struct policy *planned_ceiling(struct arena *arena, const char *text)
{
	struct policy *ceiling = arena_alloc(arena, sizeof(*ceiling));

	*ceiling = *planned_policy(arena, text);
	return ceiling;
}

/* Root on a machine with everything, in front of docker; an image that says nothing of itself is here. */
static inline void planned_init(struct planned *test, enum backend_kind backend, const char *policy)
{
	*test = (struct planned){ .arena = arena_new() };
	test->facts = (struct host_facts){
		.is_root = true, .caller_uid = 0, .home = "/root", .cwd = "/work", .cpu_count = 4,
			.memory_bytes = INT64_C(8) << 30,
		.architecture = "amd64", .kernel = "6.1.0", .nonce = "0123456789ab", .cgroup = CGROUP_V2, .has_memory = true,
			.has_cpu = true,
		.has_pids = true, .has_cpuset = true, .has_swap = true, .has_blkio = true, .has_devices = true,
			.has_seccomp = true,
		.runtime_dir = "/run/hardrun", .state_dir = "/var/lib/hardrun", .backend = backend,
		.engine = { .is_docker_answering = true, .has_isolated_network = true },
		.image = { .kind = IMAGE_REFERENCE, .name = "docker.io/library/alpine",
			.canonical = "docker.io/library/alpine:latest" },
		.image_facts = { .is_known = true, .user = "", .rootfs = "/var/lib/hardrun/images/x" },
	};
	string_list_add(test->arena, &test->facts.image_facts.cmd, "/bin/sh");
	test->policy = planned_policy(test->arena, policy);
	test->findings.arena = test->arena;
}

static inline void planned_add_path(struct planned *test, const char *given, const char *resolved, enum path_kind kind)
{
	struct host_path *path = vector_push(test->arena, test->facts.paths, test->facts.path_count);

	*path = (struct host_path){ .given = given, .resolved = resolved, .kind = kind, .device = 7, .inode = 11 };
}

/* ${line}: the words behind `run`, apart by single blanks. "+" stands for an empty word. */
static inline const struct plan *planned_run(struct planned *test, const char *line)
{
	char *rest = arena_strdup(test->arena, line);
	char *words[64];
	int count = 0;
	struct verdict_input input;

	while (rest != NULL && *rest != '\0') {
		words[count++] = rest;
		rest = strchr(rest, ' ');
		if (rest != NULL)
			*rest++ = '\0';
		if (strcmp(words[count - 1], "+") == 0)
			words[count - 1][0] = '\0';
	}
	test->request = request_parse(test->arena, count, words, &test->findings);
	if (!findings_allow(&test->findings))
		print_error("%s: %s\n", line, test->findings.items[0].reason);
	assert_true(findings_allow(&test->findings));
	input = (struct verdict_input){ .request = test->request, .policy = test->policy, .ceiling = test->ceiling, .facts = &test->facts,
					.is_backend_known = true };
	test->plan = plan_complete(test->arena, &input, &test->findings);
	return test->plan;
}

static inline void planned_done(struct planned *test)
{
	arena_free(test->arena);
}

/* The first finding whose reason has ${part} in it, or NULL. */
static inline const struct finding *planned_finding(const struct planned *test, enum finding_kind kind, const char *part)
{
	for (size_t i = 0; i < test->findings.count; i++) {
		if (test->findings.items[i].kind == kind && strstr(test->findings.items[i].reason, part) != NULL)
			return &test->findings.items[i];
	}
	return NULL;
}

/* All values of a key, "|" between. */
static inline const char *planned_setting(const struct planned *test, const char *key)
{
	struct text text;

	text_init(&text, test->arena);
	for (size_t i = 0; i < test->plan->setting_count; i++) {
		if (strcmp(test->plan->settings[i].key, key) == 0)
			text_addf(&text, "%s%s", text.length > 0 ? "|" : "", test->plan->settings[i].value);
	}
	return text.data;
}

static inline const struct plan_setting *planned_first(const struct planned *test, const char *key)
{
	for (size_t i = 0; i < test->plan->setting_count; i++) {
		if (strcmp(test->plan->settings[i].key, key) == 0)
			return &test->plan->settings[i];
	}
	return NULL;
}

static inline const char *planned_list(const struct planned *test, const struct string_list *list)
{
	struct text text;

	text_init(&text, test->arena);
	for (size_t i = 0; i < list->count; i++)
		text_addf(&text, "%s%s", i > 0 ? "|" : "", list->items[i]);
	return text.data;
}

#endif
