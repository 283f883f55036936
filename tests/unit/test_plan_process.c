/* One more process in a container, decided on by who is not believed. */
#include "planned.h"

static const char ceiling_text[] = "allow: {user: [caller, \"3000:3000\"], environment: [A, \"B*\"]}\n";

static const struct process_row {
	const char *name;
	uint32_t uid, gid;
	const char *variable, *directory;
	bool is_privileged, is_fine, is_fine_without; /* under the ceiling; where there is none */
} process_rows[] = {
	{ "as it comes", PLAN_DEFAULT_UID, PLAN_DEFAULT_UID, NULL, NULL, false, true, true },
	{ "the caller", 2001, 2001, "A=1", "/srv", false, true, true },
	{ "who is listed", 3000, 3000, "B_C=1", NULL, false, true, true },
	{ "root", 0, 0, NULL, NULL, false, false, false },
	{ "root's group", 3000, 0, NULL, NULL, false, false, false },
	{ "somebody else", 2002, 2002, NULL, NULL, false, false, true },
	{ "another group", 3000, 3001, NULL, NULL, false, false, true },
	{ "a variable that is not listed", 2001, 2001, "C=1", NULL, false, false, true },
	{ "a variable of the loader's", 2001, 2001, "LD_PRELOAD=/x", NULL, false, false, false },
	{ "a variable without a name", 2001, 2001, "=1", NULL, false, false, false },
	{ "the kernel's files", 2001, 2001, NULL, "/proc/1", false, false, false },
	{ "a directory that climbs", 2001, 2001, NULL, "/srv/../proc", false, false, false },
	{ "privileged", 2001, 2001, NULL, NULL, true, false, false },
};

static bool is_within(struct arena *arena, const struct process_row *row, const struct policy *ceiling)
{
	const struct host_facts facts = { .caller_uid = 2001, .caller_gid = 2001, .is_root = true };
	const struct plan_bounds bounds = { .ceiling = ceiling, .facts = &facts };
	struct plan plan = { .backend = BACKEND_DOCKER, .restart = "", .uid = row->uid, .gid = row->gid,
			     .working_dir = row->directory, .is_privileged = row->is_privileged };

	if (row->variable != NULL)
		string_list_add(arena, &plan.environment, row->variable);
	return plan_check_process(arena, &plan, &bounds) == NULL;
}

static void test_process_row(void **state)
{
	const struct process_row *row = *state;
	struct arena *arena = arena_new();

	assert_int_equal(is_within(arena, row, planned_ceiling(arena, ceiling_text)), row->is_fine);
	assert_int_equal(is_within(arena, row, NULL), row->is_fine_without);
	arena_free(arena);
}

int main(void)
{
	static struct row_tests rows;

	for (size_t i = 0; i < ARRAY_COUNT(process_rows); i++)
		rows_add(&rows, process_rows[i].name, test_process_row, (void *)(uintptr_t)&process_rows[i]);
	return rows_run("plan_process", &rows);
}
