/* Where secrets come from: what is read with root's rights is said by a policy of root's. */
#include "planned.h"

#define FILES "secrets: {tls.key: {file: /etc/ssl/private/site.key}}\n"

struct secret_row {
	const char *name, *policy;
	bool is_root, is_root_owned;
	const char *value;  /* of the only secret; NULL: refused */
	const char *reason; /* a part of the refusal */
	const char *image;  /* NULL: the one that the policy names */
};

static struct secret_row secret_rows[] = {
	{ "a credential", "secrets: [key]\n", true, false, "credential:key", NULL, NULL },
	{ "a credential by another name", "secrets: {key: {credential: of-the-unit}}\n", true, false,
	  "credential:of-the-unit", NULL, NULL },
	{ "a file, in a policy of root's", FILES, true, true, "file:/etc/ssl/private/site.key", NULL, NULL },
	{ "a file, in another's, for root", FILES, true, false, NULL, "the policy is not one of root's", NULL },
	{ "a file, for an image of the caller's choice", FILES, true, true, NULL, "does not name this very image",
	  "docker.io/library/evil" },
	{ "a file, in one's own", FILES, false, false, "file:/etc/ssl/private/site.key", NULL, NULL },
};

static void test_row(void **state)
{
	const struct secret_row *row = *state;
	struct planned test;
	struct policy policy;

	planned_init(&test, BACKEND_DOCKER, row->policy);
	policy = *test.policy;
	policy.is_root_owned = row->is_root_owned;
	test.policy = &policy;
	if (row->image != NULL)
		test.facts.image.name = row->image;
	test.facts.is_root = row->is_root;
	test.facts.caller_uid = test.facts.caller_gid = row->is_root ? 0 : 1000;
	planned_run(&test, "alpine");
	assert_int_equal(test.plan != NULL, row->value != NULL);
	if (test.plan != NULL) {
		assert_int_equal(test.plan->secret_count, 1);
		assert_string_equal(test.plan->secrets[0].value, row->value);
		assert_int_equal(plan_reads_files(test.plan), strncmp(row->value, "file:", 5) == 0);
	} else {
		assert_string_equal(test.findings.items[0].subject, "the secret tls.key");
		assert_non_null(strstr(test.findings.items[0].reason, row->reason));
		assert_int_equal(test.findings.items[0].place.line, 3);
	}
	arena_free(test.arena);
}

int main(void)
{
	static struct row_tests rows;

	for (size_t i = 0; i < ARRAY_COUNT(secret_rows); i++)
		rows_add(&rows, secret_rows[i].name, test_row, &secret_rows[i]);
	return rows_run("plan_secrets", &rows);
}
