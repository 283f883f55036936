/* Secrets of a command line: which words are hidden, in whatever spelling; and which are not. */
#include "rows.h"

#include <hardrun/record.h>

/* Words apart by '|'. ${wanted}: the same with every hidden stretch as "#". */
struct hide_row {
	const char *line;
	const char *wanted;
	bool is_any; /* not parsed: by looks alone */
};

static const struct hide_row hide_rows[] = {
	/* variables, in every spelling that the grammar knows */
	{ "-e|A=s|alpine", "-e|A=#|alpine", false },
	{ "-eA=s|alpine", "-eA=#|alpine", false },
	{ "-e=A=s|alpine", "-e=A=#|alpine", false },
	{ "-ite|A=s|alpine", "-ite|A=#|alpine", false },
	{ "-iteA=s|alpine", "-iteA=#|alpine", false },
	{ "-ite=A=s|alpine", "-ite=A=#|alpine", false },
	{ "--env|A=s|alpine", "--env|A=#|alpine", false },
	{ "--env=A=s|alpine", "--env=A=#|alpine", false },
	{ "--env=A=s=t|alpine", "--env=A=#|alpine", false },
	{ "--env|A=two\nlines|alpine", "--env|A=#|alpine", false },
	{ "-e|A=|alpine", "-e|A=|alpine", false },
	{ "-e|A|alpine", "-e|A|alpine", false },
	{ "-e|e|alpine", "-e|e|alpine", false },
	{ "-e|A=-e|-e|B=x|alpine", "-e|A=#|-e|B=#|alpine", false },
	/* labels and options: by their names */
	{ "--label|team=web|alpine", "--label|team=web|alpine", false },
	{ "--label|com.example.token=s|alpine", "--label|com.example.token=#|alpine", false },
	{ "-l|apiKey=s|alpine", "-l|apiKey=#|alpine", false },
	{ "-ldb_pass=s|alpine", "-ldb_pass=#|alpine", false },
	{ "--label=db-password=s|alpine", "--label=db-password=#|alpine", false },
	{ "--annotation|io.example.secret=s|alpine", "--annotation|io.example.secret=#|alpine", false },
	{ "--label|url=https://u:p@h/x|alpine", "--label|url=https://u:#@h/x|alpine", false },
	{ "--log-opt|splunk-token=s|alpine", "--log-opt|splunk-token=#|alpine", false },
	{ "--storage-opt|size=1g|alpine", "--storage-opt|size=1g|alpine", false },
	{ "--mount|type=volume,target=/x,volume-opt=password=s|alpine", "--mount|type=volume,target=/x,volume-opt=password=#|alpine",
	  false },
	{ "--health-cmd|curl -u a:b x|alpine", "--health-cmd|#|alpine", false },
	{ "--health-cmd=x y|alpine", "--health-cmd=#|alpine", false },
	{ "--entrypoint|/bin/x --token=s|alpine", "--entrypoint|/bin/x --token=#|alpine", false },
	/* what looks like a secret and is a path, an address or a number */
	{ "-v|/run/secrets:/x|alpine", "-v|/run/secrets:/x|alpine", false },
	{ "-v/srv/key:/key:ro|alpine", "-v/srv/key:/key:ro|alpine", false },
	{ "-p|127.0.0.1:80:80|alpine", "-p|127.0.0.1:80:80|alpine", false },
	{ "-u|1000:1000|alpine", "-u|1000:1000|alpine", false },
	{ "--tmpfs|/secret:size=1m|alpine", "--tmpfs|/secret:size=1m|alpine", false },
	{ "--name|token|alpine", "--name|token|alpine", false },
	/* the container's command */
	{ "alpine|app|--password=s", "alpine|app|--password=#", false },
	{ "alpine|app|--password|s|x", "alpine|app|--password|#|x", false },
	{ "alpine|sh|-c|mysql --password s3 -v", "alpine|sh|-c|mysql --password # -v", false },
	{ "alpine|sh|-c|mysql --password 's 3' x", "alpine|sh|-c|mysql --password '#' x", false },
	{ "alpine|sh|-c|mysql --no-password s3; --password -v", "alpine|sh|-c|mysql --no-password s3; --password -v", false },
	{ "alpine|app|--password|--verbose", "alpine|app|--password|--verbose", false },
	{ "alpine|app|--no-password|x", "alpine|app|--no-password|x", false },
	{ "alpine|app|-token|s", "alpine|app|-token|#", false },
	{ "alpine|app|-pw|x", "alpine|app|-pw|x", false },
	{ "alpine|app|-psecret", "alpine|app|-psecret", false },
	{ "alpine|env|TOKEN=s|app", "alpine|env|TOKEN=#|app", false },
	{ "alpine|env|AWS_SECRET_ACCESS_KEY=a/b+c=|app", "alpine|env|AWS_SECRET_ACCESS_KEY=#|app", false },
	{ "alpine|env|PATH=/bin|AUTHOR=x", "alpine|env|PATH=/bin|AUTHOR=x", false },
	{ "alpine|--password=a b;c", "alpine|--password=#", false },
	{ "alpine|sh|-c|DB=1; PASS=abc ./x", "alpine|sh|-c|DB=1; PASS=# ./x", false },
	{ "alpine|sh|-c|x --token='a b' y", "alpine|sh|-c|x --token='#' y", false },
	{ "alpine|sh|-c|x --token=\"a\\\"b\" y", "alpine|sh|-c|x --token=\"#\" y", false },
	{ "alpine|sh|-c|x --token='a", "alpine|sh|-c|x --token='#", false },
	{ "alpine|curl|-H|Authorization: Bearer abc", "alpine|curl|-H|Authorization: #", false },
	{ "alpine|sh|-c|curl -H 'Authorization: Bearer abc' x", "alpine|sh|-c|curl -H 'Authorization: #' x", false },
	{ "alpine|curl|-d|{\"user\":\"u\",\"password\":\"a b\"}", "alpine|curl|-d|{\"user\":\"u\",\"password\":\"#\"}", false },
	{ "alpine|curl|-d|{\"password\" : \"a\"}", "alpine|curl|-d|{\"password\" : \"#\"}", false },
	{ "alpine|curl|-u|me:s3:cret|h", "alpine|curl|-u|me:#|h", false },
	{ "alpine|curl|-u|1000:1000", "alpine|curl|-u|1000:1000", false },
	{ "alpine|psql|postgres://u:pa:ss@h/db", "alpine|psql|postgres://u:#@h/db", false },
	{ "alpine|psql|postgres://u:pa/ss@h/db", "alpine|psql|postgres://u:#@h/db", false },
	{ "alpine|psql|postgres://u:p@ss@h/db", "alpine|psql|postgres://u:#@h/db", false },
	{ "alpine|git|https://ghp_x@h/r.git", "alpine|git|https://#@h/r.git", false },
	{ "alpine|git|ssh://git@h/r.git", "alpine|git|ssh://git@h/r.git", false },
	{ "alpine|wget|http://h:8080/@scope/x", "alpine|wget|http://h:8080/@scope/x", false },
	{ "alpine|wget|http://h/x?access_token=abc&y=1", "alpine|wget|http://h/x?access_token=#&y=1", false },
	{ "alpine|x|https://u:@h/", "alpine|x|https://u:@h/", false },
	{ "alpine|x|a://b://u:p@h", "alpine|x|a://b://u:#@h", false },
	/* a line that nobody could parse, and other verbs */
	{ "exec|-e|A=s|c|sh", "exec|-e|A=#|c|sh", true },
	{ "exec|-ite|A=s|c", "exec|-ite|A=#|c", true },
	{ "run|--nonsense|--env=A=s|x", "run|--nonsense|--env=A=#|x", true },
	{ "run|-eA=s|-ZeB=s|x", "run|-eA=#|-ZeB=#|x", true },
	{ "run|--env|A=s", "run|--env|A=#", true },
	{ "run|--env", "run|--env", true },
	{ "run|--health-cmd|x y|z", "run|--health-cmd|#|z", true },
	{ "run|--health-cmd=x", "run|--health-cmd=#", true },
	{ "run|--label|x.token=s|--bad", "run|--label|x.token=#|--bad", true },
	{ "run|--passwrd=s|--memory=1g|x", "run|--passwrd=#|--memory=1g|x", true },
	{ "run|--=s|--|x", "run|--=#|--|x", true },
	{ "login|--password|s|-u|me", "login|--password|#|-u|me", true },
	{ "login|-u|me:s", "login|-u|me:#", true },
	{ "docker|login|-u|me|-p|s|h", "docker|login|-u|me|-p|#|h", true },
	{ "docker|-D|login|-ps|h", "docker|-D|login|-p#|h", true },
	{ "docker|login|-p=s", "docker|login|-p#", true },
	{ "docker|login|-p|-s", "docker|login|-p|#", true },
	{ "docker|login|--password|-s", "docker|login|--password|#", true },
	{ "docker|login|--password=s", "docker|login|--password=#", true },
	{ "docker|frob|-p|80:80", "docker|frob|-p|80:80", true },
	{ "", "", true },
};

static size_t split(struct arena *arena, const char *line, const char **words)
{
	char *rest = arena_strdup(arena, line);
	size_t count = 0;

	for (char *word = strsep(&rest, "|"); word != NULL; word = strsep(&rest, "|"))
		words[count++] = arena_strdup(arena, word);
	return count;
}

static const char *show(struct arena *arena, const struct record_words *words, const struct record_spans *spans)
{
	struct text text;
	size_t at = 0;

	text_init(&text, arena);
	for (size_t i = 1; i < words->count; i++) {
		size_t from = 0;

		text_add(&text, i > 1 ? "|" : "");
		while (at < spans->count && spans->items[at].word == i) {
			const struct record_span *span = &spans->items[at++];

			assert_true(span->first >= from && span->length > 0);
			assert_true(span->first + span->length <= strlen(words->items[i]));
			text_add_bytes(&text, words->items[i] + from, span->first - from);
			text_add(&text, "#");
			from = span->first + span->length;
		}
		text_add(&text, words->items[i] + from);
	}
	assert_int_equal(at, spans->count);
	return text.data;
}

static void test_hide(void **state)
{
	const struct hide_row *row = *state;
	struct arena *arena = arena_new();
	const char *items[64] = { "hardrun" };
	struct record_words words = { 0, items };
	struct findings findings = { .arena = arena };
	const struct request *request = NULL;
	struct record_spans spans;

	words.count = 1 + split(arena, row->line, items + 1);
	if (!row->is_any) {
		char *argv[64];

		memcpy(argv, items, sizeof(argv));
		request = request_parse(arena, (int)words.count - 1, argv + 1, &findings);
		if (!findings_allow(&findings))
			fail_msg("%s: %s", findings.items[0].subject, findings.items[0].reason);
	}
	spans = record_hide(arena, &words, request);
	assert_string_equal(show(arena, &words, &spans), row->wanted);
	arena_free(arena);
}

static void test_options_from_before_the_verb_are_no_words(void **state)
{
	struct arena *arena = arena_new();
	char own[] = "--policy=x", image[] = "alpine", command[] = "TOKEN=s";
	char *joined[] = { own, image, command };
	const char *items[] = { "hardrun", "--policy", "x", "run", image, command };
	const struct record_words words = { ARRAY_COUNT(items), items };
	struct findings findings = { .arena = arena };
	const struct request *request = request_parse(arena, ARRAY_COUNT(joined), joined, &findings);
	struct record_spans spans = record_hide(arena, &words, request);

	(void)state;
	assert_int_equal(spans.count, 1);
	assert_int_equal(spans.items[0].word, 5);
	assert_int_equal(spans.items[0].first, 6);
	arena_free(arena);
}

/* 64 KiB of small words, and one word that is nothing but beginnings of secrets: the time must not grow with the square. */
static void test_long_lines(void **state)
{
	enum { COUNT = 4096 };
	struct arena *arena = arena_new();
	const char **items = arena_alloc(arena, COUNT * sizeof(*items));
	struct record_words words = { COUNT, items };
	struct text text;

	(void)state;
	for (size_t i = 0; i < COUNT; i++)
		items[i] = i % 2 == 0 ? "-e" : "KEY=secretsecret";
	assert_int_equal(record_hide(arena, &words, NULL).count, COUNT / 2);
	text_init(&text, arena);
	for (size_t i = 0; i < 2048; i++)
		text_add(&text, "k='\\");
	items[1] = text.data;
	items[2] = arena_strndup(arena, text.data, 8192);
	words.count = 3;
	assert_true(record_hide(arena, &words, NULL).count < 8192);
	arena_free(arena);
}

struct name_row { const char *name; bool is_secret; };
static const struct name_row name_rows[] = {
	{ "PASSWORD", true }, { "DbPasswd", true }, { "API_KEY", true }, { "apiKey", true }, { "AWS_ACCESS_KEY_ID", true },
	{ "x-auth", true }, { "GITHUB_TOKEN", true }, { "PGPASS", true }, { "client.secret", true }, { "credentials", true },
	{ "session-cookie", true }, { "", false }, { "PATH", false }, { "AUTHOR", false }, { "keyboard", false }, { "passive", false },
	{ "team", false }, { "KEYS", false }, { "_", false },
};

static void test_name(void **state)
{
	const struct name_row *row = *state;

	assert_int_equal(record_is_secret_name(row->name, strlen(row->name)), row->is_secret);
}

int main(void)
{
	struct row_tests tests = { .count = 0 };

	for (size_t i = 0; i < ARRAY_COUNT(hide_rows); i++)
		rows_add(&tests, hide_rows[i].line, test_hide, (void *)(uintptr_t)&hide_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(name_rows); i++)
		rows_add(&tests, name_rows[i].name, test_name, (void *)(uintptr_t)&name_rows[i]);
	ROWS_TEST(&tests, test_options_from_before_the_verb_are_no_words);
	ROWS_TEST(&tests, test_long_lines);
	return rows_run("record hide", &tests);
}
