/* What the half that reads a Compose file tells the half with the rights: the same comes out, and nonsense is not taken. */
#include "rows.h"

#include "../../src/cli/project.h"

static struct project sample(struct arena *arena)
{
	struct project project = { .name = "shop", .verb = "down", .verdict = "malformed" };
	struct project_unit *unit = vector_push(arena, project.units, project.unit_count);

	*unit = (struct project_unit){ .name = "web", .name_at = 1, .scale = 2, .is_logged = true };
	string_list_add(arena, &unit->words, "--env=A=two\nlines \"q\" \xc3\xa9");
	string_list_add(arena, &unit->words, "--name=shop-web-1");
	*vector_push(arena, unit->dependencies, unit->dependency_count) =
		(struct compose_dependency){ .service = "db", .condition = COMPOSE_HEALTHY, .is_required = true };
	*vector_push(arena, project.networks, project.network_count) = (struct project_network){ "shop_default", true };
	string_list_add(arena, &project.volumes, "shop_data");
	return project;
}

static void test_round(void **state)
{
	struct arena *arena = arena_new();
	const struct project project = sample(arena);
	struct findings findings = { .arena = arena }, read = { .arena = arena };
	struct project again;
	int status = 0;
	char *text;

	(void)state;
	findings_add(&findings, FINDING_DENIED, "c.yaml:1:1 services.web", SIZE_MAX, "allow.user", "it %s", "is not listed")
		->remedy = "do";
	findings_add(&findings, FINDING_INVALID, "compose", SIZE_MAX, "grammar", "it cannot be read");
	text = project_write(&project, &findings, 125);
	assert_non_null(text);
	assert_true(project_read(arena, text, &again, &read, &status));
	assert_int_equal(status, 125);
	assert_string_equal(again.name, "shop");
	assert_int_equal(again.unit_count, 1);
	assert_string_equal(again.units[0].words.items[0], project.units[0].words.items[0]);
	assert_int_equal(again.units[0].name_at, 1);
	assert_int_equal(again.units[0].scale, 2);
	assert_int_equal(again.units[0].dependencies[0].condition, COMPOSE_HEALTHY);
	assert_true(again.networks[0].is_internal);
	assert_string_equal(again.volumes.items[0], "shop_data");
	assert_string_equal(read.items[0].reason, "it is not listed");
	assert_string_equal(read.items[0].remedy, "do");
	assert_int_equal(read.items[0].kind, FINDING_DENIED);
	assert_int_equal(read.items[1].kind, FINDING_INVALID);
	assert_string_equal(again.verb, "down");
	assert_string_equal(again.verdict, "malformed");
	free(text);
	arena_free(arena);
}

#define UNIT(fields) "{\"status\":0,\"project\":\"p\",\"units\":[{" fields "}],\"networks\":[],\"volumes\":[],\"findings\":[]}"

static const char *const refused[] = {
	"", "[]", "{", "{\"units\":[],\"project\":\"../x\",\"networks\":[],\"volumes\":[]}",
	UNIT("\"name\":\"-x\",\"words\":[],\"scale\":1"),
	UNIT("\"name\":\"a b\",\"words\":[],\"scale\":1"),
	UNIT("\"name\":\"a\",\"scale\":1"),
	UNIT("\"name\":\"a\",\"words\":[1],\"scale\":1"),
	UNIT("\"name\":\"a\",\"words\":[],\"scale\":17"),
	UNIT("\"name\":\"a\",\"words\":[],\"scale\":-1"),
	UNIT("\"name\":\"a\",\"words\":[],\"scale\":1,\"dependencies\":[{\"service\":\"b\",\"condition\":9}]"),
	"{\"status\":0,\"project\":\"p\",\"units\":[],\"networks\":[{\"name\":\"--driver\"}],\"volumes\":[],\"findings\":[]}",
	"{\"status\":0,\"project\":\"p\",\"units\":[],\"networks\":[],\"volumes\":[\"/etc\"],\"findings\":[]}",
	"{\"status\":0,\"project\":\"p\",\"project\":\"q\",\"units\":[],\"networks\":[],\"volumes\":[],\"findings\":[]}",
};

static void test_refused(void **state)
{
	const char *const *row = *state;
	struct arena *arena = arena_new();
	struct findings findings = { .arena = arena };
	struct project project;
	int status = -1;

	assert_false(project_read(arena, *row, &project, &findings, &status));
	assert_int_equal(status, -1);
	arena_free(arena);
}

/* What goes on record is one of our words, whatever the other half says; and what refuses is no note. */
static void test_words_of_record(void **state)
{
	struct arena *arena = arena_new();
	struct findings findings = { .arena = arena };
	struct project project;
	int status = -1;

	(void)state;
	assert_true(project_read(arena, "{\"status\":125,\"verb\":\"up\\nallowed\",\"verdict\":\"allowed\",\"units\":[],\"networks\":[],"
				 "\"volumes\":[],\"findings\":[{\"kind\":\"note\",\"subject\":\"s\",\"rule\":\"r\",\"reason\":\"x\"}]}",
				 &project, &findings, &status));
	assert_null(project.verb);
	assert_null(project.verdict);
	assert_int_equal(findings.items[0].kind, FINDING_DENIED);
	arena_free(arena);
}

/* Names that are hardrun's or docker's own are nobody's to make. */
static void test_networks_of_others(void **state)
{
	static const char *const others[] = { "hardrun-isolated", "isolated", "none", "host", "bridge", "default" };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(others); i++)
		assert_false(project_may_make_network(others[i]));
	assert_true(project_may_make_network("shop_default"));
	assert_true(project_may_make_network("hardrun-isolated2"));
}

/* ---- the words of the line ---- */

struct line_test { const char *words[8]; const char *verb, *file, *name; bool is_detached, is_followed, is_good; };

static const struct line_test line_tests[] = {
	{ { "up", "-d" }, "up", NULL, NULL, true, false, true },
	{ { "-f", "x.yaml", "-p", "n", "up" }, "up", "x.yaml", "n", false, false, true },
	{ { "--file=x", "--project-name=n", "check", "web" }, "check", "x", "n", false, false, true },
	{ { "logs", "-f", "web" }, "logs", NULL, NULL, false, true, true },
	{ { "-f", "x", "logs", "--follow=false" }, "logs", "x", NULL, false, false, true },
	{ { "up", "--detach=true", "--no-build" }, "up", NULL, NULL, true, false, true },
	{ { "logs", "--tail", "all", "-f" }, "logs", NULL, NULL, false, true, true },
	{ { "logs", "--tail=al" }, NULL, NULL, NULL, false, false, false },
	{ { "down", "-t", "all" }, NULL, NULL, NULL, false, false, false },
	{ { "up", "--build" }, NULL, NULL, NULL, false, false, false },
	{ { "check", "-d" }, NULL, NULL, NULL, false, false, false },
	{ { "-f", "x", "-f", "y", "up" }, NULL, NULL, NULL, false, false, false },
	{ { "up", "-t", "x" }, NULL, NULL, NULL, false, false, false },
	{ { "up", "-t" }, NULL, NULL, NULL, false, false, false },
	{ { "exec" }, NULL, NULL, NULL, false, false, false },
	{ { "--frob", "up" }, NULL, NULL, NULL, false, false, false },
};

static void test_line(void **state)
{
	const struct line_test *row = *state;
	struct arena *arena = arena_new();
	struct host_facts facts = { .is_root = false };
	struct cli cli = { .arena = arena, .facts = &facts };
	struct project_line line;
	char *argv[9] = { NULL };
	int argc = 0;

	for (; argc < 8 && row->words[argc] != NULL; argc++)
		argv[argc] = arena_strdup(arena, row->words[argc]);
	assert_int_equal(project_read_line(&cli, argc, argv, &line), row->is_good);
	if (row->is_good) {
		assert_string_equal(line.verb, row->verb);
		assert_string_equal(line.file != NULL ? line.file : "", row->file != NULL ? row->file : "");
		assert_string_equal(line.name != NULL ? line.name : "", row->name != NULL ? row->name : "");
		assert_int_equal(line.is_detached, row->is_detached);
		assert_int_equal(line.is_followed, row->is_followed);
	}
	arena_free(arena);
}

int main(void)
{
	struct row_tests rows = { .count = 0 };

	ROWS_TEST(&rows, test_round);
	ROWS_TEST(&rows, test_words_of_record);
	ROWS_TEST(&rows, test_networks_of_others);
	for (size_t i = 0; i < ARRAY_COUNT(refused); i++)
		rows_add(&rows, refused[i][0] != '\0' ? refused[i] : "nothing", test_refused, (void *)(uintptr_t)&refused[i]);
	for (size_t i = 0; i < ARRAY_COUNT(line_tests); i++)
		rows_add(&rows, line_tests[i].words[0], test_line, (void *)(uintptr_t)&line_tests[i]);
	return rows_run("project", &rows);
}
