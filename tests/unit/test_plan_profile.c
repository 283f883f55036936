/* Which AppArmor profile a plan has: the caller's word, the policy's, the ceiling's; and where there is nothing to apply it. */
#include "planned.h"

#include <string.h>

struct profile_row {
	const char *policy;    /* NULL: it says nothing */
	const char *ceiling;   /* NULL: none */
	const char *line;
	enum plan_apparmor kind;
	const char *profile;
	enum plan_origin origin;
	const char *refusal;   /* a part of what the verdict or the plan says; NULL: allowed */
};

#define GENERATED "apparmor: generated\n"
#define SITE "apparmor: site\n"
#define LOWERED "hazards: [unconfined-apparmor]\n"
#define UNCONFINED LOWERED "apparmor: unconfined\n"

static struct profile_row profile_rows[] = {
	{ NULL, NULL, "alpine", PLAN_APPARMOR_UNSAID, NULL, PLAN_FROM_FLOOR, NULL },
	{ GENERATED, NULL, "alpine", PLAN_APPARMOR_GENERATED, NULL, PLAN_FROM_POLICY, NULL },
	{ NULL, NULL, "--security-opt apparmor=generated alpine", PLAN_APPARMOR_GENERATED, NULL, PLAN_FROM_FLAG, NULL },
	{ SITE, NULL, "alpine", PLAN_APPARMOR_NAMED, "site", PLAN_FROM_POLICY, NULL },
	{ SITE, NULL, "--security-opt apparmor=site alpine", PLAN_APPARMOR_NAMED, "site", PLAN_FROM_FLAG, NULL },
	{ UNCONFINED, NULL, "alpine", PLAN_APPARMOR_UNCONFINED, NULL, PLAN_FROM_POLICY, NULL },
	{ LOWERED, NULL, "--security-opt apparmor=unconfined alpine", PLAN_APPARMOR_UNCONFINED, NULL, PLAN_FROM_FLAG, NULL },
	/* the ceiling's word holds where nobody says another, and no other goes past it */
	{ NULL, GENERATED, "alpine", PLAN_APPARMOR_GENERATED, NULL, PLAN_FROM_CEILING, NULL },
	{ GENERATED, GENERATED, "alpine", PLAN_APPARMOR_GENERATED, NULL, PLAN_FROM_POLICY, NULL },
	{ NULL, SITE, "alpine", PLAN_APPARMOR_NAMED, "site", PLAN_FROM_CEILING, NULL },
	{ SITE, GENERATED, "alpine", 0, NULL, 0, "every container must have generated" },
	{ GENERATED, SITE, "alpine", 0, NULL, 0, "every container must have site" },
	{ UNCONFINED, GENERATED LOWERED, "alpine", 0, NULL, 0, "every container must have generated" },
	{ LOWERED, GENERATED LOWERED, "--security-opt apparmor=unconfined alpine", 0, NULL, 0, "every container must have generated" },
	{ UNCONFINED, "", "alpine", 0, NULL, 0, "without an AppArmor profile" },
	{ UNCONFINED, LOWERED, "alpine", PLAN_APPARMOR_UNCONFINED, NULL, PLAN_FROM_POLICY, NULL },
	/* a word of the caller's takes nothing away */
	{ NULL, NULL, "--security-opt apparmor=unconfined alpine", 0, NULL, 0, "without an AppArmor profile" },
	{ GENERATED, NULL, "--security-opt apparmor=unconfined alpine", 0, NULL, 0, "without an AppArmor profile" },
	{ GENERATED, NULL, "--security-opt apparmor=docker-default alpine", 0, NULL, 0, "the policy says generated" },
	{ NULL, NULL, "--security-opt apparmor=docker-default alpine", 0, NULL, 0, "only generated may be asked for" },
	{ GENERATED "hazards: [privileged]\n", NULL, "--privileged alpine", 0, NULL, 0, "a privileged container" },
};

/* Verdict and plan, as a run asks them. */
static bool judge(struct planned *test, const struct profile_row *row)
{
	struct verdict_input input;

	test->facts.has_apparmor = true;
	if (row->policy != NULL)
		test->policy = planned_policy(test->arena, row->policy);
	test->ceiling = row->ceiling != NULL ? planned_ceiling(test->arena, row->ceiling) : NULL;
	if (test->ceiling != NULL && row->ceiling[0] != '\0') {
		struct policy *ceiling = arena_alloc(test->arena, sizeof(*ceiling));

		*ceiling = *test->ceiling;
		ceiling->allow.networks = (struct policy_list){ .is_set = true };
		*vector_push(test->arena, ceiling->allow.networks.items, ceiling->allow.networks.count) =
			(struct policy_text){ .value = "isolated" };
		test->ceiling = ceiling;
	}
	(void)planned_run(test, row->line);
	input = (struct verdict_input){ .request = test->request, .policy = test->policy, .ceiling = test->ceiling,
					.facts = &test->facts, .is_backend_known = true };
	(void)verdict_judge(test->arena, &input, &test->findings);
	return test->plan != NULL && findings_allow(&test->findings);
}

static void test_profile_row(void **state)
{
	const struct profile_row *row = *state;
	struct planned test;
	const struct plan_setting *setting = NULL;

	planned_init(&test, BACKEND_DOCKER, "");
	if (row->refusal != NULL) {
		assert_false(judge(&test, row));
		assert_non_null(planned_finding(&test, FINDING_DENIED, row->refusal));
		planned_done(&test);
		return;
	}
	(void)judge(&test, row);
	for (size_t i = 0; i < test.findings.count; i++)
		assert_true(test.findings.items[i].kind == FINDING_NOTE || strstr(test.findings.items[i].reason, "rofile") == NULL);
	assert_non_null(test.plan);
	assert_int_equal(test.plan->apparmor, row->kind);
	if (row->profile == NULL)
		assert_null(test.plan->apparmor_profile);
	else
		assert_string_equal(test.plan->apparmor_profile, row->profile);
	for (size_t i = 0; i < test.plan->setting_count; i++)
		if (strncmp(test.plan->settings[i].value, "apparmor=", 9) == 0)
			setting = &test.plan->settings[i];
	assert_int_equal(setting != NULL, row->kind != PLAN_APPARMOR_UNSAID);
	if (setting != NULL)
		assert_int_equal(setting->origin, row->origin);
	planned_done(&test);
}

/* A kernel that has none, and a runtime that applies none: refused, never run without. */
static void test_nothing_to_apply_it(void **state)
{
	static const struct {
		enum backend_kind backend;
		bool is_root, has_apparmor;
		enum finding_kind kind;
		const char *reason;
	} rows[] = {
		{ BACKEND_DOCKER, true, false, FINDING_DENIED, "this kernel has no AppArmor" },
		{ BACKEND_CRUN, true, false, FINDING_DENIED, "this kernel has no AppArmor" },
		{ BACKEND_PODMAN, false, true, FINDING_UNSUPPORTED, "podman without root" },
		{ BACKEND_PODMAN, true, true, FINDING_COUNT, NULL },
		{ BACKEND_RUNC, true, true, FINDING_COUNT, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct planned test;
		const struct finding *finding;

		planned_init(&test, rows[i].backend, GENERATED);
		test.facts.is_root = rows[i].is_root;
		test.facts.has_apparmor = rows[i].has_apparmor;
		(void)planned_run(&test, "alpine");
		if (rows[i].reason != NULL) {
			finding = planned_finding(&test, rows[i].kind, rows[i].reason);
			assert_non_null(finding);
			assert_non_null(finding->remedy);
			assert_null(test.plan);
		} else {
			assert_non_null(test.plan);
		}
		planned_done(&test);
	}
}

/* Labels of SELinux: carried to the engine, refused where they would mean nothing. */
static void test_labels(void **state)
{
#define TYPE "--security-opt label=type:web_t "
#define WHOLE TYPE "--security-opt label=user:u_u --security-opt label=role:r_r "
#define LEVEL "--security-opt label=level:s0:c1,c2 "
	static const struct {
		enum backend_kind backend;
		bool is_off, is_docker_without;
		const char *problem, *line, *wanted, *reason, *remedy;
	} rows[] = {
		{ BACKEND_DOCKER, .line = TYPE, .wanted = "type:web_t" },
		{ BACKEND_DOCKER, .line = TYPE TYPE LEVEL, .wanted = "type:web_t|level:s0:c1,c2" },
		{ BACKEND_PODMAN, .is_docker_without = true, .line = TYPE, .wanted = "type:web_t" },
		{ BACKEND_DOCKER, .is_off = true, .line = TYPE, .reason = "this kernel has no SELinux", .remedy = "leave it out" },
		{ BACKEND_RUNC, .is_off = true, .line = WHOLE LEVEL, .reason = "this kernel has no SELinux" },
		{ BACKEND_PODMAN, .problem = "SELinux is permissive", .line = TYPE, .remedy = "setenforce",
		  .reason = "SELinux is permissive, and the label would mean nothing" },
		{ BACKEND_DOCKER, .is_docker_without = true, .line = TYPE, .reason = "without --selinux-enabled", .remedy = "daemon.json" },
		{ BACKEND_RUNC, .line = TYPE, .reason = "take a whole label", .remedy = "label=level:" },
		{ BACKEND_CRUN, .line = LEVEL TYPE, .reason = "take a whole label" },
		{ BACKEND_CRUN, .line = WHOLE LEVEL, .wanted = "type:web_t|user:u_u|role:r_r|level:s0:c1,c2" },
		{ BACKEND_RUNC, .line = WHOLE, .wanted = "type:web_t|user:u_u|role:r_r" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct planned test;

		const struct finding *finding;

		planned_init(&test, rows[i].backend, "allow: {security_labels: ['type:web_t', 'user:*', 'role:*', 'level:*']}\n");
		test.facts.has_selinux = !rows[i].is_off;
		test.facts.selinux_problem = rows[i].problem;
		test.facts.selinux_remedy = "setenforce 1";
		test.facts.engine.has_docker_labels = !rows[i].is_docker_without;
		(void)planned_run(&test, arena_printf(test.arena, "%salpine", rows[i].line));
		assert_int_equal(test.plan != NULL, rows[i].reason == NULL);
		if (test.plan != NULL) {
			assert_string_equal(planned_list(&test, &test.plan->security_labels), rows[i].wanted);
		} else {
			finding = planned_finding(&test, FINDING_DENIED, rows[i].reason);
			if (finding == NULL)
				finding = planned_finding(&test, FINDING_UNSUPPORTED, rows[i].reason);
			assert_non_null(finding);
			assert_true(rows[i].remedy == NULL || strstr(finding->remedy, rows[i].remedy) != NULL);
		}
		planned_done(&test);
	}
}

/* The whole of what was said, in SELinux's order; without user, role or type there is no whole. */
static void test_context(void **state)
{
	static const struct { const char *parts[5], *context, *level; } rows[] = {
		{ { "type:t_t", "role:r_r", "user:u_u" }, "u_u:r_r:t_t", NULL },
		{ { "level:s0-s0:c1,c2", "type:t_t", "role:r_r", "user:u_u" }, "u_u:r_r:t_t:s0-s0:c1,c2", "s0-s0:c1,c2" },
		{ { "level:s0", "type:t_t", "role:r_r" }, NULL, "s0" },
		{ { "level:s0", "type:t_t", "user:u_u" }, NULL, "s0" },
		{ { "role:r_r", "user:u_u" }, NULL, NULL },
		{ { NULL }, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct arena *arena = arena_new();
		struct plan plan = { 0 };
		const char *context, *level;

		for (size_t k = 0; rows[i].parts[k] != NULL; k++)
			string_list_add(arena, &plan.security_labels, rows[i].parts[k]);
		context = plan_context(arena, &plan);
		level = plan_context_level(&plan);
		assert_string_equal(context != NULL ? context : "-", rows[i].context != NULL ? rows[i].context : "-");
		assert_string_equal(level != NULL ? level : "-", rows[i].level != NULL ? rows[i].level : "-");
		arena_free(arena);
	}
}

/* The ceiling's list, or without a ceiling that of a policy of root's; and a part that is one. */
static void test_labels_beyond(void **state)
{
	static const struct { const char *ceiling, *label; bool is_unknown; const char *beyond; } rows[] = {
		{ NULL, "type:web_t", false, NULL },
		{ NULL, "type:spc_t", true, NULL },
		{ NULL, "type:web_t:s0", true, "the label type:web_t:s0" },
		{ NULL, "type:spc_t", false, "the label type:spc_t" },
		{ NULL, "type:web_t:s0", false, "the label type:web_t:s0" },
		{ NULL, "disable", false, "the label disable" },
		{ "allow: {security_labels: ['type:*']}\n", "type:spc_t", false, NULL },
		{ "allow: {security_labels: ['type:*']}\n", "type:spc_t:s0", false, "the label type:spc_t:s0" },
		{ "allow: {security_labels: ['level:s0']}\n", "type:web_t", false, "the label type:web_t" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct planned test;
		struct plan_bounds bounds;
		struct plan plan;
		const char *beyond;

		planned_init(&test, BACKEND_DOCKER, "allow: {security_labels: ['type:web_*']}\n");
		assert_non_null(planned_run(&test, "alpine"));
		plan = *test.plan;
		string_list_add(test.arena, &plan.security_labels, rows[i].label);
		bounds = (struct plan_bounds){
			.policy = test.policy, .chosen = rows[i].is_unknown ? NULL : test.policy, .facts = &test.facts,
			.ceiling = rows[i].ceiling != NULL ? planned_ceiling(test.arena, rows[i].ceiling) : NULL,
		};
		plan.ceiling_seccomp = bounds.ceiling != NULL ? &bounds.ceiling->seccomp : NULL;
		beyond = plan_check_bounds(test.arena, &plan, &bounds);
		if (rows[i].beyond != NULL)
			assert_string_equal(beyond != NULL ? beyond : "-", rows[i].beyond);
		else
			assert_true(beyond == NULL || strstr(beyond, "label") == NULL);
		planned_done(&test);
	}
}

/* ---- a plan that nobody vouches for ---- */

struct bound_row { const char *policy, *ceiling; enum plan_apparmor kind; const char *profile, *beyond; };

static struct bound_row bound_rows[] = {
	{ "", NULL, PLAN_APPARMOR_UNSAID, NULL, NULL },
	{ "", GENERATED, PLAN_APPARMOR_UNSAID, NULL, "another AppArmor profile than generated" },
	{ "", GENERATED, PLAN_APPARMOR_GENERATED, NULL, NULL },
	{ SITE, GENERATED, PLAN_APPARMOR_NAMED, "site", "another AppArmor profile than generated" },
	{ UNCONFINED, GENERATED LOWERED, PLAN_APPARMOR_UNCONFINED, NULL, "another AppArmor profile than generated" },
	{ "", SITE, PLAN_APPARMOR_NAMED, "site", NULL },
	{ "", SITE, PLAN_APPARMOR_NAMED, "lax", "another AppArmor profile than site" },
	{ "", SITE, PLAN_APPARMOR_GENERATED, NULL, "another AppArmor profile than site" },
	{ SITE, NULL, PLAN_APPARMOR_NAMED, "site", NULL },
	{ SITE, NULL, PLAN_APPARMOR_NAMED, "lax", "another AppArmor profile than site" },
	{ SITE, NULL, PLAN_APPARMOR_UNSAID, NULL, "another AppArmor profile than site" },
	{ SITE, NULL, PLAN_APPARMOR_GENERATED, NULL, "another AppArmor profile than site" },
	{ SITE, NULL, PLAN_APPARMOR_UNCONFINED, NULL, "the hazard unconfined-apparmor" },
	{ GENERATED, NULL, PLAN_APPARMOR_UNSAID, NULL, "another AppArmor profile than generated" },
	{ GENERATED, NULL, PLAN_APPARMOR_GENERATED, NULL, NULL },
	{ SITE, GENERATED, PLAN_APPARMOR_GENERATED, NULL, NULL },
	{ GENERATED, NULL, PLAN_APPARMOR_NAMED, "generated", NULL },
	{ "", NULL, PLAN_APPARMOR_NAMED, "lax", "the AppArmor profile lax" },
	{ "", NULL, PLAN_APPARMOR_NAMED, NULL, "a profile without a name" },
	{ "", NULL, PLAN_APPARMOR_UNCONFINED, NULL, "the hazard unconfined-apparmor" },
	{ UNCONFINED, NULL, PLAN_APPARMOR_UNCONFINED, NULL, NULL },
};

static void test_bound_row(void **state)
{
	const struct bound_row *row = *state;
	struct planned test;
	struct plan_bounds bounds;
	struct plan plan;
	const char *beyond;

	planned_init(&test, BACKEND_DOCKER, row->policy);
	test.facts.has_apparmor = true;
	assert_non_null(planned_run(&test, "alpine"));
	plan = *test.plan;
	plan.apparmor = row->kind;
	plan.apparmor_profile = row->profile;
	bounds = (struct plan_bounds){
		.policy = test.policy, .chosen = test.policy, .facts = &test.facts,
		.ceiling = row->ceiling != NULL ? planned_ceiling(test.arena, row->ceiling) : NULL,
	};
	plan.ceiling_seccomp = bounds.ceiling != NULL ? &bounds.ceiling->seccomp : NULL;
	beyond = plan_check_bounds(test.arena, &plan, &bounds);
	if (row->beyond != NULL) {
		assert_non_null(beyond);
		assert_string_equal(beyond, row->beyond);
	} else if (beyond != NULL) {
		assert_null(strstr(beyond, "rofile"));
		assert_null(strstr(beyond, "hazard"));
	}
	assert_int_equal(plan_needs_hazards(&plan), row->kind == PLAN_APPARMOR_UNCONFINED);
	planned_done(&test);
}

int main(void)
{
	static struct row_tests rows;

	rows.arena = arena_new();
	for (size_t i = 0; i < ARRAY_COUNT(profile_rows); i++)
		rows_add(&rows, arena_printf(rows.arena, "%zu %s: %s", i, profile_rows[i].policy != NULL ? profile_rows[i].policy : "silent",
					     profile_rows[i].line), test_profile_row, &profile_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(bound_rows); i++)
		rows_add(&rows, arena_printf(rows.arena, "bound %zu", i), test_bound_row, &bound_rows[i]);
	ROWS_TEST(&rows, test_context);
	ROWS_TEST(&rows, test_labels_beyond);
	ROWS_TEST(&rows, test_nothing_to_apply_it);
	ROWS_TEST(&rows, test_labels);
	return rows_run("plan_profile", &rows);
}
