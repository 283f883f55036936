/* docker's verbs: what is passed on, what is ours, what is refused; and that nothing is passed that starts or widens. */
#include "rows.h"

#include "../../src/cli/docker_verbs.h"

enum { UNKNOWN = -1 };

static struct verb_row {
	const char *name, *sub;
	int stance;
} verb_rows[] = {
	{ "run", NULL, DOCKER_VERB_OWN },
	{ "run", "alpine", DOCKER_VERB_OWN },
	{ "create", NULL, DOCKER_VERB_OWN },
	{ "container", "run", DOCKER_VERB_OWN },
	{ "container", "create", DOCKER_VERB_OWN },
	{ "ps", NULL, DOCKER_VERB_PASS },
	{ "ps", "-a", DOCKER_VERB_PASS },
	{ "images", NULL, DOCKER_VERB_PASS },
	{ "logs", "x", DOCKER_VERB_PASS },
	{ "inspect", "x", DOCKER_VERB_PASS },
	{ "container", "ls", DOCKER_VERB_PASS },
	{ "image", "pull", DOCKER_VERB_PASS },
	{ "network", "ls", DOCKER_VERB_PASS },
	{ "volume", "rm", DOCKER_VERB_PASS },
	{ "system", "df", DOCKER_VERB_PASS },
	{ "container", NULL, DOCKER_VERB_PASS },
	{ "container", "--help", DOCKER_VERB_PASS },
	{ "save", "x", DOCKER_VERB_FILES },
	{ "login", NULL, DOCKER_VERB_FILES },
	{ "manifest", "inspect", DOCKER_VERB_FILES },
	{ "exec", "x", DOCKER_VERB_REFUSED },
	{ "container", "exec", DOCKER_VERB_REFUSED },
	{ "start", "x", DOCKER_VERB_REFUSED },
	{ "restart", "x", DOCKER_VERB_REFUSED },
	{ "container", "start", DOCKER_VERB_REFUSED },
	{ "build", ".", DOCKER_VERB_REFUSED },
	{ "buildx", "build", DOCKER_VERB_REFUSED },
	{ "compose", "up", DOCKER_VERB_REFUSED },
	{ "service", "create", DOCKER_VERB_REFUSED },
	{ "stack", "deploy", DOCKER_VERB_REFUSED },
	{ "swarm", "init", DOCKER_VERB_REFUSED },
	{ "plugin", "install", DOCKER_VERB_REFUSED },
	{ "volume", "create", DOCKER_VERB_REFUSED },
	{ "network", "create", DOCKER_VERB_REFUSED },
	{ "network", "connect", DOCKER_VERB_REFUSED },
	{ "update", "x", DOCKER_VERB_REFUSED },
	{ "commit", "x", DOCKER_VERB_REFUSED },
	{ "cp", "x", DOCKER_VERB_REFUSED },
	{ "import", "x", DOCKER_VERB_REFUSED },
	{ "load", NULL, DOCKER_VERB_REFUSED },
	{ "context", "use", DOCKER_VERB_REFUSED },
	{ "tag", "a", DOCKER_VERB_REFUSED },
	{ "image", "tag", DOCKER_VERB_REFUSED },
	{ "trust", "sign", DOCKER_VERB_REFUSED },
	{ "system", "dial-stdio", DOCKER_VERB_REFUSED },
	{ "manifest", "create", DOCKER_VERB_REFUSED },
	{ "checkpoint", "create", DOCKER_VERB_REFUSED },
	{ "container", "frob", UNKNOWN },
	{ "container", "-H", UNKNOWN },
	{ "container", "RUN", UNKNOWN },
	{ "Run", NULL, UNKNOWN },
	{ "", NULL, UNKNOWN },
	{ "ru", NULL, UNKNOWN },
	{ "model", "run", UNKNOWN },
	{ "mcp", NULL, UNKNOWN },
	{ "sandbox", "run", UNKNOWN },
	{ "init", NULL, UNKNOWN },
	{ "network", "frob", UNKNOWN },
	{ "volume", "clone", UNKNOWN },
	{ "image", "frob", UNKNOWN },
	{ "system", "frob", UNKNOWN },
};

static void test_verb_row(void **state)
{
	const struct verb_row *row = *state;
	const struct docker_verb *verb = docker_verbs_find(row->name, row->sub);

	assert_int_equal(verb != NULL ? (int)verb->stance : UNKNOWN, row->stance);
	if (row->stance == DOCKER_VERB_REFUSED) {
		assert_non_null(verb->reason);
		assert_true(strlen(verb->reason) > 10);
	}
}

static void test_management(void **state)
{
	(void)state;
	assert_true(docker_verbs_is_management("container"));
	assert_true(docker_verbs_is_management("volume"));
	assert_false(docker_verbs_is_management("run"));
	assert_false(docker_verbs_is_management("frob"));
}

int main(void)
{
	static struct row_tests rows;

	rows.arena = arena_new();
	for (size_t i = 0; i < ARRAY_COUNT(verb_rows); i++)
		rows_add(&rows, arena_printf(rows.arena, "%s %s", verb_rows[i].name, verb_rows[i].sub != NULL ? verb_rows[i].sub : ""),
			 test_verb_row, &verb_rows[i]);
	ROWS_TEST(&rows, test_management);
	return rows_run("cli_docker_verbs", &rows);
}
