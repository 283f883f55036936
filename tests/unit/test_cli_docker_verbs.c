/* docker's verbs: what is passed on, what is ours, what is refused; and that nothing is passed that starts or widens. */
#include "rows.h"

#include "../../src/cli/docker_line.h"
#include "../../src/cli/verb.h"
#include "../../src/policy/policy_internal.h"

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
	{ "save", "x", DOCKER_VERB_PASS },
	{ "login", NULL, DOCKER_VERB_PASS },
	{ "manifest", "inspect", DOCKER_VERB_PASS },
	{ "exec", "x", DOCKER_VERB_VET },
	{ "container", "exec", DOCKER_VERB_VET },
	{ "start", "x", DOCKER_VERB_VET },
	{ "restart", "x", DOCKER_VERB_VET },
	{ "container", "start", DOCKER_VERB_VET },
	{ "build", ".", DOCKER_VERB_REFUSED },
	{ "buildx", "build", DOCKER_VERB_REFUSED },
	{ "compose", "up", DOCKER_VERB_OWN },
	{ "service", "create", DOCKER_VERB_REFUSED },
	{ "stack", "deploy", DOCKER_VERB_REFUSED },
	{ "swarm", "init", DOCKER_VERB_REFUSED },
	{ "plugin", "install", DOCKER_VERB_REFUSED },
	{ "volume", "create", DOCKER_VERB_VET },
	{ "network", "create", DOCKER_VERB_REFUSED },
	{ "network", "connect", DOCKER_VERB_REFUSED },
	{ "update", "x", DOCKER_VERB_REFUSED },
	{ "commit", "x", DOCKER_VERB_REFUSED },
	{ "cp", "x", DOCKER_VERB_VET },
	{ "import", "x", DOCKER_VERB_REFUSED },
	{ "load", NULL, DOCKER_VERB_REFUSED },
	{ "context", "use", DOCKER_VERB_REFUSED },
	{ "tag", "a", DOCKER_VERB_REFUSED },
	{ "image", "tag", DOCKER_VERB_REFUSED },
	{ "trust", "sign", DOCKER_VERB_REFUSED },
	{ "system", "dial-stdio", DOCKER_VERB_REFUSED },
	{ "manifest", "create", DOCKER_VERB_REFUSED },
	{ "checkpoint", "create", DOCKER_VERB_REFUSED },
	{ "container", "restart", DOCKER_VERB_VET },
	{ "container", "cp", DOCKER_VERB_VET },
	{ "service", "ls", DOCKER_VERB_PASS },
	{ "service", NULL, DOCKER_VERB_PASS },
	{ "service", "--help", DOCKER_VERB_PASS },
	{ "service", "--help=false", DOCKER_VERB_REFUSED },
	{ "service", "frob", DOCKER_VERB_REFUSED },
	{ "context", "ls", DOCKER_VERB_PASS },
	{ "context", "frob", DOCKER_VERB_REFUSED },
	{ "completion", "bash", DOCKER_VERB_PASS },
	{ "__complete", "run", DOCKER_VERB_PASS },
	{ "builder", "prune", DOCKER_VERB_PASS },
	{ "buildx", "inspect", DOCKER_VERB_REFUSED },
	{ "buildx", "ls", DOCKER_VERB_PASS },
	{ "builder", "build", DOCKER_VERB_REFUSED },
	{ "image", "build", DOCKER_VERB_REFUSED },
	{ "container", "update", DOCKER_VERB_REFUSED },
	{ "container", "frob", UNKNOWN },
	{ "container", "-H", UNKNOWN },
	{ "container", "RUN", UNKNOWN },
	{ "Run", NULL, UNKNOWN },
	{ "", NULL, UNKNOWN },
	{ "ru", NULL, UNKNOWN },
	{ "model", "run", DOCKER_VERB_REFUSED },
	{ "mcp", NULL, DOCKER_VERB_REFUSED },
	{ "sandbox", "run", DOCKER_VERB_REFUSED },
	{ "init", NULL, DOCKER_VERB_REFUSED },
	{ "network", "frob", UNKNOWN },
	{ "volume", "clone", UNKNOWN },
	{ "image", "frob", UNKNOWN },
	{ "system", "frob", UNKNOWN },
};

enum {
	WORDS_MAX = 8,
};

/* A line as main() gets it. */
struct words {
	int argc;
	char *argv[WORDS_MAX];
};

static void words_add(struct words *words, struct arena *arena, const char *word)
{
	if (word != NULL && words->argc < WORDS_MAX)
		words->argv[words->argc++] = arena_strdup(arena, word);
}

static void test_verb_row(void **state)
{
	const struct verb_row *row = *state;
	struct arena *arena = arena_new();
	struct words words = { 0 };
	const struct docker_verb *verb;
	struct docker_line line;

	words_add(&words, arena, row->name);
	words_add(&words, arena, row->sub);
	verb = docker_verbs_find(words.argc, words.argv);
	assert_int_equal(verb != NULL ? (int)verb->stance : UNKNOWN, row->stance);
	line = docker_line_read(words.argc, words.argv);
	assert_int_equal(line.stance, row->stance != UNKNOWN ? row->stance : DOCKER_VERB_REFUSED);
	assert_int_equal(line.stance == DOCKER_VERB_REFUSED, line.reason != NULL);
	if (line.reason != NULL)
		assert_true(strlen(line.reason) > 10);
	arena_free(arena);
}

/* A text that fills its field has lost its end. */
static bool has_end(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

/*
 * What each row promises: in order and once; a clause where something is refused, to all or to someone let up to root; a form
 * to read it by where it is written afresh; and allow.verbs knows every key.
 */
static void test_table(void **state)
{
	const struct docker_verb *verb, *before = NULL;

	(void)state;
	for (size_t i = 0; (verb = docker_verbs_at(i)) != NULL; before = verb, i++) {
		const int order = before == NULL ? -1 : strcmp(before->name, verb->name);

		assert_true(order < 0 || (order == 0 && strcmp(before->sub, verb->sub) < 0));
		assert_true(has_end(verb->name, sizeof(verb->name)) && has_end(verb->sub, sizeof(verb->sub)));
		assert_true(has_end(verb->key, sizeof(verb->key)) && has_end(verb->reason, sizeof(verb->reason)));
		assert_true(verb->stance == DOCKER_VERB_OWN || verb->key[0] != '\0' || verb->reason[0] != '\0');
		assert_int_equal(verb->stance == DOCKER_VERB_REFUSED && verb->reason[0] == '\0', false);
		if (verb->reason[0] != '\0')
			assert_true(strlen(verb->reason) > 10 && verb->reason[strlen(verb->reason) - 1] != '.');
		if (verb->key[0] != '\0' && verb->stance != DOCKER_VERB_REFUSED)
			assert_non_null(verb_forms_find(verb->key));
		if (verb->stance == DOCKER_VERB_VET)
			assert_non_null(verb->key);
	}
}

/* A way that is a verb of docker's can be gone: one that is lent, of a verb that is not. */
static void test_ways(void **state)
{
	static const char prefix[] = "hardrun docker ";
	const struct docker_verb *verb, *other;
	char *words[2] = { NULL, NULL };
	struct arena *arena = arena_new();
	size_t count = 0;

	(void)state;
	for (size_t i = 0; (verb = docker_verbs_at(i)) != NULL; i++) {
		const char *way = docker_verbs_way(verb, true);

		assert_true(way == NULL || verb->reason[0] != '\0');
		/* Who may use docker is not sent to root. */
		if (way != NULL && strncmp(way, "ask root", 8) == 0)
			assert_null(docker_verbs_way(verb, false));
		else
			assert_true(docker_verbs_way(verb, false) == way);
		if (way == NULL || strncmp(way, prefix, strlen(prefix)) != 0)
			continue;
		words[0] = arena_strndup(arena, way + strlen(prefix), strcspn(way + strlen(prefix), " "));
		words[1] = arena_strdup(arena, "ls");
		other = docker_verbs_find(2, words);
		assert_non_null(other);
		/* Of buildx nothing is lent; its inspect has its list in its place. */
		assert_true(strcmp(verb->name, "buildx") == 0 || (other->key[0] != '\0' && other->reason[0] == '\0'));
		count++;
	}
	assert_true(count > 10);
	arena_free(arena);
}

static void test_nearest(void **state)
{
	(void)state;
	assert_string_equal(docker_verbs_nearest("rnu", NULL), "run");
	assert_string_equal(docker_verbs_nearest("lgos", NULL), "logs");
	assert_string_equal(docker_verbs_nearest("restrat", NULL), "restart");
	assert_string_equal(docker_verbs_nearest("container", "lss"), "ls");
	assert_string_equal(docker_verbs_nearest("volume", "creat"), "create");
	assert_null(docker_verbs_nearest("frobnicate", NULL));
	assert_null(docker_verbs_nearest("volume", "xyzzy"));
	assert_null(docker_verbs_nearest("", NULL));
}

static void test_version(void **state)
{
	char version[] = "--version", off[] = "--version=false", ps[] = "ps", letter[] = "-v";

	(void)state;
	assert_true(docker_line_read(1, (char *[]){ version }).has_version);
	assert_true(docker_line_read(1, (char *[]){ letter }).has_version);
	assert_false(docker_line_read(2, (char *[]){ version, off }).has_version);
	assert_false(docker_line_read(1, (char *[]){ ps }).has_version);
}

/* "cp" is judged for everybody and lent to nobody, so that no list has it. */
static void test_keys(void **state)
{
	const struct key_spec *spec = key_find("allow", "verbs");
	const struct docker_verb *verb;
	bool is_used;

	(void)state;
	assert_non_null(spec);
	for (size_t i = 0; (verb = docker_verbs_at(i)) != NULL; i++) {
		bool is_known = verb->key[0] == '\0' || strcmp(verb->key, "cp") == 0;

		for (size_t k = 0; !is_known && spec->words[k] != NULL; k++)
			is_known = strcmp(spec->words[k], verb->key) == 0;
		assert_true(is_known);
	}
	for (size_t k = 0; spec->words[k] != NULL; k++) {
		is_used = false;
		for (size_t i = 0; (verb = docker_verbs_at(i)) != NULL; i++)
			is_used = is_used || (verb->key[0] != '\0' && strcmp(verb->key, spec->words[k]) == 0);
		assert_true(is_used);
		assert_true(k == 0 || strcmp(spec->words[k - 1], spec->words[k]) < 0);
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

/*
 * What may stand before a verb. What is not REFUSED the clients 20.10.24 and 28.2.2 were seen to read, and to go on to the verb
 * behind it; of the rest they refuse some, and nobody writes the others.
 */
static struct prefix_row {
	const char *name;
	const char *words[3];
	enum { REFUSED, READ, HELP, SELECTS } wanted;
} prefix_rows[] = {
	{ "nothing", { NULL }, READ },
	{ "-v", { "-v" }, READ },
	{ "--version", { "--version" }, READ },
	{ "--version=false", { "--version=false" }, READ },
	{ "--version=0", { "--version=0" }, READ },
	{ "--version twice", { "--version", "-v" }, READ },
	{ "--help", { "--help" }, HELP },
	{ "-h", { "-h" }, HELP },
	{ "--help=true", { "--help=true" }, HELP },
	{ "--help=false", { "--help=false" }, READ },
	{ "--help=F", { "--help=F" }, READ },
	{ "--help, off again", { "--help", "--help=false" }, READ },
	{ "-h, off again", { "-Dh", "--help=0" }, READ },
	{ "--help=false, on again", { "--help=false", "-h" }, HELP },
	{ "-D", { "-D" }, READ },
	{ "-Dv", { "-Dv" }, READ },
	{ "-vD", { "-vD" }, READ },
	{ "-Dh", { "-Dh" }, HELP },
	{ "-D -h", { "-D", "-h" }, HELP },
	{ "-hv", { "-hv" }, HELP },
	{ "--debug", { "--debug" }, READ },
	{ "--debug=false", { "--debug=false" }, READ },
	{ "-l debug", { "-l", "debug" }, READ },
	{ "-ldebug", { "-ldebug" }, READ },
	{ "-l=debug", { "-l=debug" }, READ },
	{ "-Dl debug", { "-Dl", "debug" }, READ },
	{ "-Dldebug", { "-Dldebug" }, READ },
	{ "--log-level debug", { "--log-level", "debug" }, READ },
	{ "--log-level=debug", { "--log-level=debug" }, READ },
	{ "--log-level=", { "--log-level=" }, READ },
	{ "--log-level --", { "--log-level", "--" }, READ },
	{ "--log-level ps", { "--log-level", "ps" }, READ },
	{ "-l --help", { "-l", "--help" }, READ },
	{ "-H x", { "-H", "x" }, SELECTS },
	{ "-Hx", { "-Hx" }, SELECTS },
	{ "-H=x", { "-H=x" }, SELECTS },
	{ "-DH x", { "-DH", "x" }, SELECTS },
	{ "-vH ps", { "-vH", "ps" }, SELECTS },
	{ "-Hv", { "-Hv" }, SELECTS },
	{ "-H --help", { "-H", "--help" }, SELECTS },
	{ "--host x", { "--host", "x" }, SELECTS },
	{ "--host=x", { "--host=x" }, SELECTS },
	{ "--host ps", { "--host", "ps" }, SELECTS },
	{ "--host --", { "--host", "--" }, SELECTS },
	{ "-c x", { "-c", "x" }, SELECTS },
	{ "-cx", { "-cx" }, SELECTS },
	{ "--context ps", { "--context", "ps" }, SELECTS },
	{ "--config d", { "--config", "d" }, SELECTS },
	{ "--config=d", { "--config=d" }, SELECTS },
	{ "--tls", { "--tls" }, SELECTS },
	{ "--tls=false", { "--tls=false" }, SELECTS },
	{ "--tlsverify", { "--tlsverify" }, SELECTS },
	{ "--tlscacert f", { "--tlscacert", "f" }, SELECTS },
	{ "--tlscert=f", { "--tlscert=f" }, SELECTS },
	{ "--tlskey ps", { "--tlskey", "ps" }, SELECTS },
	{ "--", { "--" }, REFUSED },
	{ "-", { "-" }, REFUSED },
	{ "-D --", { "-D", "--" }, REFUSED },
	{ "--help --", { "--help", "--" }, REFUSED },
	{ "--tls --", { "--tls", "--" }, REFUSED },
	{ "-D=true", { "-D=true" }, REFUSED },
	{ "-h=false", { "-h=false" }, REFUSED },
	{ "-v=", { "-v=" }, REFUSED },
	{ "--debug=", { "--debug=" }, REFUSED },
	{ "--debug=maybe", { "--debug=maybe" }, REFUSED },
	{ "--help=no", { "--help=no" }, REFUSED },
	{ "--version=yes", { "--version=yes" }, REFUSED },
	{ "--tls=x", { "--tls=x" }, REFUSED },
	{ "--hel", { "--hel" }, REFUSED },
	{ "--hos x", { "--hos", "x" }, REFUSED },
	{ "--HOST x", { "--HOST", "x" }, REFUSED },
	{ "--log_level x", { "--log_level", "x" }, REFUSED },
	{ "--frob", { "--frob" }, REFUSED },
	{ "--=x", { "--=x" }, REFUSED },
	{ "---help", { "---help" }, REFUSED },
	{ "-test.v", { "-test.v" }, REFUSED },
	{ "-Dtest.v", { "-Dtest.v" }, REFUSED },
	{ "--test.v", { "--test.v" }, REFUSED },
	{ "-x", { "-x" }, REFUSED },
	{ "-vx", { "-vx" }, REFUSED },
	{ "-Dvq", { "-Dvq" }, REFUSED },
	{ "-d", { "-d" }, REFUSED },
	{ "--dry-run behind an option", { "-D", "--dry-run" }, REFUSED },
	{ "--policy behind an option", { "-D", "--policy=x" }, REFUSED },
};

static struct words words_of(struct arena *arena, const struct prefix_row *row, const struct docker_verb *verb)
{
	struct words words = { 0 };

	for (size_t i = 0; i < ARRAY_COUNT(row->words); i++)
		words_add(&words, arena, row->words[i]);
	words_add(&words, arena, verb->name);
	words_add(&words, arena, verb->sub[0] != '\0' ? verb->sub : NULL);
	words_add(&words, arena, "-v");
	words_add(&words, arena, "/:/h");
	return words;
}

/* Every verb there is, behind this prefix: it is found and judged as without it, or the line is refused. */
static void test_prefix_row(void **state)
{
	const struct prefix_row *row = *state;
	struct arena *arena = arena_new();
	const struct docker_verb *verb;

	for (size_t i = 0; (verb = docker_verbs_at(i)) != NULL; i++) {
		struct words words = words_of(arena, row, verb);
		struct docker_line line = docker_line_read(words.argc, words.argv);

		if (row->wanted == REFUSED) {
			assert_int_equal(line.stance, DOCKER_VERB_REFUSED);
			assert_int_equal(line.words, 0);
			assert_non_null(line.reason);
			assert_null(line.verb);
			continue;
		}
		assert_ptr_equal(line.verb, verb);
		assert_int_equal(line.stance, verb->stance);
		assert_int_equal(line.options + line.words, words.argc - 2);
		assert_int_equal(line.has_help, row->wanted == HELP);
		assert_int_equal(line.option != NULL, row->wanted == SELECTS);
	}
	arena_free(arena);
}

/* Between the two words: docker runs `container --help=false run`, and the verb is not the second word any more. */
static struct middle_row {
	const char *name;
} middle_rows[] = {
	{ "--help" }, { "-h" }, { "--help=false" }, { "--version" }, { "-v" }, { "-D" }, { "--" }, { "-" }, { "" }, { "help" },
	{ "--log-level=debug" }, { "-H=x" }, { "--host=x" },
};

static void test_middle_row(void **state)
{
	const struct middle_row *row = *state;
	struct arena *arena = arena_new();
	const struct docker_verb *verb;

	for (size_t i = 0; (verb = docker_verbs_at(i)) != NULL; i++) {
		struct words words = { 0 };
		struct docker_line line;

		if (verb->sub[0] == '\0')
			continue;
		words_add(&words, arena, verb->name);
		words_add(&words, arena, row->name);
		words_add(&words, arena, verb->sub);
		line = docker_line_read(words.argc, words.argv);
		assert_int_equal(line.stance, DOCKER_VERB_REFUSED);
		assert_non_null(line.reason);
	}
	arena_free(arena);
}

/* Lines without a verb: docker prints, whatever else is asked for. */
static struct silent_row {
	const char *name;
	const char *words[3];
	int stance;
	const char *reason; /* NULL: none */
} silent_rows[] = {
	{ "no words", { NULL }, DOCKER_VERB_PASS, NULL },
	{ "--help alone", { "--help" }, DOCKER_VERB_PASS, NULL },
	{ "-v alone", { "-v" }, DOCKER_VERB_PASS, NULL },
	{ "-Dv alone", { "-Dv" }, DOCKER_VERB_PASS, NULL },
	{ "run as the value of -H", { "-H", "run" }, DOCKER_VERB_PASS, NULL },
	{ "run as the value of -l", { "-vl", "run" }, DOCKER_VERB_PASS, NULL },
	{ "container --help", { "container", "--help" }, DOCKER_VERB_PASS, NULL },
	{ "-D container --help", { "-D", "container", "--help" }, DOCKER_VERB_PASS, NULL },
	{ "container --help x", { "container", "--help", "x" }, DOCKER_VERB_REFUSED,
	  "nothing may stand between the two words of a verb" },
	{ "container --help=false", { "container", "--help=false" }, DOCKER_VERB_REFUSED,
	  "nothing may stand between the two words of a verb" },
	{ "-H without a value", { "-H" }, DOCKER_VERB_REFUSED, "a value is missing" },
	{ "-Dl without a value", { "-Dl" }, DOCKER_VERB_REFUSED, "a value is missing" },
	{ "--config without a value", { "-v", "--config" }, DOCKER_VERB_REFUSED, "a value is missing" },
	{ "-- at the end", { "--" }, DOCKER_VERB_REFUSED, "the verb must stand here" },
	{ "an unknown option", { "--frob" }, DOCKER_VERB_REFUSED, "docker has no such option before the verb" },
};

static void test_silent_row(void **state)
{
	const struct silent_row *row = *state;
	struct arena *arena = arena_new();
	struct words words = { 0 };
	struct docker_line line;

	for (size_t i = 0; i < ARRAY_COUNT(row->words); i++)
		words_add(&words, arena, row->words[i]);
	line = docker_line_read(words.argc, words.argv);
	assert_int_equal(line.stance, row->stance);
	if (row->reason == NULL)
		assert_null(line.reason);
	else
		assert_string_equal(line.reason, row->reason);
	arena_free(arena);
}

int main(void)
{
	static struct row_tests rows;

	rows.arena = arena_new();
	for (size_t i = 0; i < ARRAY_COUNT(verb_rows); i++)
		rows_add(&rows, arena_printf(rows.arena, "%s %s", verb_rows[i].name, verb_rows[i].sub != NULL ? verb_rows[i].sub : ""),
			 test_verb_row, &verb_rows[i]);
	ROWS_TEST(&rows, test_management);
	ROWS_TEST(&rows, test_table);
	ROWS_TEST(&rows, test_keys);
	ROWS_TEST(&rows, test_ways);
	ROWS_TEST(&rows, test_nearest);
	ROWS_TEST(&rows, test_version);
	for (size_t i = 0; i < ARRAY_COUNT(prefix_rows); i++)
		rows_add(&rows, arena_printf(rows.arena, "before a verb: %s", prefix_rows[i].name), test_prefix_row, &prefix_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(middle_rows); i++)
		rows_add(&rows, arena_printf(rows.arena, "within a verb: %s", middle_rows[i].name), test_middle_row, &middle_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(silent_rows); i++)
		rows_add(&rows, silent_rows[i].name, test_silent_row, &silent_rows[i]);
	return rows_run("cli_docker_verbs", &rows);
}
