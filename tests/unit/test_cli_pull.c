/* docker pull, lent: the image must be one of the policy's and of the ceiling's, and both must let it be fetched anew. */
#include "rows.h"

#include "../../src/cli/verb.h"

#define POLICY(rest) "version: 1\nimages: [docker.io/library/tool]\n" rest

/* ${rules}: of all refusals, apart by blanks; "": none. */
static const struct pull_row { const char *name, *policy, *ceiling, *image, *rules; } pull_rows[] = {
	{ "both say so", POLICY("allow: {pull: [always]}"), POLICY("allow: {pull: [always]}"), "docker.io/library/tool", "" },
	{ "no ceiling", POLICY("allow: {pull: [always]}"), NULL, "docker.io/library/tool", "" },
	{ "nobody says so", POLICY(""), NULL, "docker.io/library/tool", "allow.pull " },
	{ "the ceiling does not", POLICY("allow: {pull: [always]}"), POLICY(""), "docker.io/library/tool", "ceiling: allow.pull " },
	{ "another image", POLICY("allow: {pull: [always]}"), NULL, "docker.io/evil/tool", "images " },
	{ "an address", POLICY("allow: {pull: [always]}"), NULL, "10.0.0.1:22/x", "images " },
	{ "another image, for the ceiling", "version: 1\nimages: [\"*\"]\nallow: {pull: [always]}", POLICY("allow: {pull: [always]}"),
	  "docker.io/evil/tool", "ceiling: images " },
	{ "a ceiling without images", POLICY("allow: {pull: [always]}"), "version: 1\nallow: {pull: [always]}",
	  "docker.io/library/tool", "" },
	{ "missing is not always", POLICY("allow: {pull: [missing]}"), NULL, "docker.io/library/tool", "allow.pull " },
};

static const struct policy *parse(struct arena *arena, const char *text)
{
	struct policy_errors errors = { .arena = arena };
	const struct policy *policy;

	if (text == NULL)
		return NULL;
	policy = policy_parse(arena, "test.yaml", text, strlen(text), &errors);
	assert_non_null(policy);
	return policy;
}

static void test_pull(void **state)
{
	const struct pull_row *row = *state;
	struct arena *arena = arena_new();
	struct cli cli = { .arena = arena, .is_guarded = true };
	struct verb_guard guard = { .ceiling = parse(arena, row->ceiling) };
	struct verb_act act = verb_begin(&cli, &guard, "docker pull");
	struct text rules;

	verb_judge_pull(&act, parse(arena, row->policy), row->image);
	text_init(&rules, arena);
	text_add(&rules, "");
	for (size_t i = 0; i < act.findings.count; i++)
		text_addf(&rules, "%s ", act.findings.items[i].rule);
	assert_string_equal(rules.data, row->rules);
	arena_free(arena);
}

int main(void)
{
	struct row_tests rows = { .count = 0 };

	for (size_t i = 0; i < ARRAY_COUNT(pull_rows); i++)
		rows_add(&rows, pull_rows[i].name, test_pull, (void *)(uintptr_t)&pull_rows[i]);
	return rows_run("pull", &rows);
}
