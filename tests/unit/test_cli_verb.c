/* The grammar of the verbs that are written afresh, and what their values may be. */
#include "rows.h"

#include "../../src/cli/verb.h"

enum { WORDS_MAX = 12 };

/* A line of a verb, and what is understood: "--name=value" for each option, names behind "|". NULL: refused. */
static struct line_row {
	const char *key;
	const char *words[WORDS_MAX];
	const char *wanted;
} line_rows[] = {
	{ "exec", { "c", "id" }, "| c id" },
	{ "exec", { "-it", "c", "sh" }, "interactive=true tty=true | c sh" },
	{ "exec", { "-itu", "0", "c", "sh" }, "interactive=true tty=true user=0 | c sh" },
	{ "exec", { "-itu0", "c", "sh" }, "interactive=true tty=true user=0 | c sh" },
	{ "exec", { "-u=0", "c", "sh" }, "user=0 | c sh" },
	{ "exec", { "-u=", "c", "sh" }, "user== | c sh" },
	{ "exec", { "-uroot", "c", "sh" }, "user=root | c sh" },
	{ "exec", { "--user", "+0", "c", "sh" }, "user=+0 | c sh" },
	{ "exec", { "--user=", "c", "sh" }, "user= | c sh" },
	{ "exec", { "-u", "--", "c", "sh" }, "user=-- | c sh" },
	{ "exec", { "--", "c", "sh" }, "| c sh" },
	{ "exec", { "--", "-u", "sh" }, "| -u sh" },
	{ "exec", { "c", "-u", "0" }, "| c -u 0" },
	{ "exec", { "c", "--", "sh" }, "| c -- sh" },
	{ "exec", { "-e", "A=1", "-eB=2", "--env=C", "c", "x" }, "env=A=1 env=B=2 env=C | c x" },
	{ "exec", { "--privileged", "c", "x" }, "privileged=true | c x" },
	{ "exec", { "--privileged=t", "c", "x" }, "privileged=true | c x" },
	{ "exec", { "--privileged=0", "c", "x" }, "privileged=false | c x" },
	{ "exec", { "--privileged", "false", "x" }, "privileged=true | false x" },
	{ "exec", { "-", "x" }, "| - x" },
	{ "exec", { "", "x" }, "|  x" },
	{ "exec", { "--help", "c" }, "help | c" },
	{ "exec", { "--help=false", "c" }, "| c" },
	{ "exec", { "--privileged=yes", "c", "x" }, NULL },
	{ "exec", { "--privileged=", "c", "x" }, NULL },
	{ "exec", { "-i=true", "c", "x" }, NULL },
	{ "exec", { "-u" }, NULL },
	{ "exec", { "--env" }, NULL },
	{ "exec", { "--use", "0", "c", "x" }, NULL },
	{ "exec", { "--USER", "0", "c", "x" }, NULL },
	{ "exec", { "--env_file", "x", "c", "x" }, NULL },
	{ "exec", { "---user=0", "c", "x" }, NULL },
	{ "exec", { "--=0", "c", "x" }, NULL },
	{ "exec", { "-H", "unix:///x", "c", "x" }, NULL },
	{ "exec", { "-test.v", "c", "x" }, NULL },
	{ "exec", { "-itest.v", "c", "x" }, NULL },
	{ "exec", { "-hx", "c", "x" }, NULL },
	{ "exec", { "-v", "/:/h", "c", "x" }, NULL },
	{ "exec", { "--policy=x", "c", "x" }, NULL },
	{ "exec", { "--env=A=\xff", "c", "x" }, NULL },
	{ "exec", { "c", "\xff" }, NULL },
	{ "exec", { "c\n", "x" }, NULL },
	{ "exec", { "c", "a\nb" }, "| c a\nb" },
	{ "logs", { "-f", "c" }, "follow=true | c" },
	{ "logs", { "c", "-f", "-n5" }, "follow=true tail=5 | c" },
	{ "logs", { "c", "--", "-f" }, "| c -f" },
	{ "logs", { "-ft", "--since", "10m", "--tail=all", "c" }, "follow=true timestamps=true since=10m tail=all | c" },
	{ "logs", { "--tail", "-1", "c" }, NULL },
	{ "logs", { "--tail=010", "c" }, NULL },
	{ "logs", { "--since", "$(id)", "c" }, NULL },
	{ "logs", { "--since", "", "c" }, NULL },
	{ "stop", { "-t", "5", "a", "b" }, "time=5 | a b" },
	{ "stop", { "--timeout=5", "--signal", "SIGRTMIN+3", "a" }, "timeout=5 signal=SIGRTMIN+3 | a" },
	{ "stop", { "-t", "-1", "a" }, NULL },
	{ "stop", { "-t", "86401", "a" }, NULL },
	{ "stop", { "-s", "../x", "a" }, NULL },
	{ "cp", { "-q", "c:/f", "." }, "quiet=true | c:/f ." },
	{ "stats", { "--no-stream" }, "no-stream=true |" },
	{ "rm", { "a", "-fv" }, "force=true volumes=true | a" },
	{ "rm", { "-l", "a" }, NULL },
	{ "rm", { "--link", "a" }, NULL },
	{ "ps", { "-aq", "--no-trunc", "-f", "name=x", "--filter=label=y" },
	  "all=true quiet=true no-trunc=true filter=name=x filter=label=y |" },
	{ "ps", { "-f", "since=x" }, NULL },
	{ "ps", { "-f", "nam=x" }, NULL },
	{ "ps", { "-f", "name" }, NULL },
	{ "ps", { "-f", "=x" }, NULL },
	{ "ps", { "-s" }, NULL },
	{ "ps", { "-n", "-1" }, NULL },
	{ "attach", { "--sig-proxy=false", "--detach-keys", "ctrl-p,ctrl-q", "c" }, "sig-proxy=false detach-keys=ctrl-p,ctrl-q | c" },
	{ "attach", { "--detach-keys", "a b", "c" }, NULL },
	{ "volume create", { "-d", "local", "x" }, "driver=local | x" },
	{ "volume create", { "-d", "nfs", "x" }, NULL },
	{ "volume create", { "-o", "device=/", "x" }, NULL },
	{ "volume create", { "--label", "a=b", "x" }, NULL },
	{ "start", { "--checkpoint=x", "c" }, NULL },
	{ "top", { "c", "-o", "pid" }, "| c -o pid" },
};

static const char *understood(struct arena *arena, const struct verb_words *words)
{
	struct text text;

	text_init(&text, arena);
	for (size_t i = 0; i < words->option_count; i++)
		text_addf(&text, "%s=%s ", words->options[i].flag->name, words->options[i].value);
	text_add(&text, words->is_help ? "help |" : "|");
	for (size_t i = 0; i < words->names.count; i++)
		text_addf(&text, " %s", words->names.items[i]);
	return text.data;
}

static void test_line_row(void **state)
{
	const struct line_row *row = *state;
	struct arena *arena = arena_new();
	struct findings findings = { .arena = arena };
	struct verb_words words = { .option_count = 77 };
	char *argv[WORDS_MAX + 1];
	int argc = 0;

	while (argc < WORDS_MAX && row->words[argc] != NULL) {
		argv[argc] = arena_strdup(arena, row->words[argc]);
		argc++;
	}
	if (verb_parse(verb_forms_find(row->key), argc, argv, &words, &findings)) {
		assert_non_null(row->wanted);
		assert_string_equal(understood(arena, &words), row->wanted);
		assert_int_equal(findings.count, 0);
	} else {
		assert_null(row->wanted);
		assert_int_equal(findings.count, 1);
		assert_true(findings_malformed(&findings));
		assert_int_equal(words.option_count, 77);
	}
	arena_free(arena);
}

/* Templates: fields and json, nothing that computes. */
static struct format_row {
	const char *name;
	bool is_fine;
} format_rows[] = {
	{ "json", true },
	{ "table {{.ID}}\\t{{.Names}}", true },
	{ "{{.Name}}", true },
	{ "{{ .State.Status }}", true },
	{ "{{json .}}", true },
	{ "{{ json .Mounts }}x{{.}}", true },
	{ "", true },
	{ "{{", false },
	{ "{{.Name", false },
	{ "{{}}", false },
	{ "{{json}}", false },
	{ "{{json 1}}", false },
	{ "{{pad .Name 1 999999999}}", false },
	{ "{{range .Mounts}}{{end}}", false },
	{ "{{println .}}", false },
	{ "{{.Name | json}}", false },
	{ "{{(.Name)}}", false },
	{ "{{$x := .}}", false },
	{ "{{/* x */}}", false },
	{ "{{- .Name}}", false },
	{ "{{index .Labels \"a\"}}", false },
	{ "{{.Name}}{{call .X}}", false },
	{ "{{.A {{.B}}}}", false },
};

static void test_format_row(void **state)
{
	const struct format_row *row = *state;
	const struct verb_flag flag = { "format", 0, VERB_FORMAT, NULL, NULL };
	struct arena *arena = arena_new();

	assert_int_equal(verb_value_reason(arena, &flag, row->name) == NULL, row->is_fine);
	arena_free(arena);
}

static void test_long_lines(void **state)
{
	struct arena *arena = arena_new();
	struct findings findings = { .arena = arena };
	const struct verb_flag flag = { "format", 0, VERB_FORMAT, NULL, NULL };
	struct verb_words words;
	char **argv = arena_alloc(arena, (REQUEST_ARGV_WORDS_MAX + 2) * sizeof(*argv));
	struct text format;

	(void)state;
	for (int i = 0; i <= REQUEST_ARGV_WORDS_MAX; i++)
		argv[i] = arena_strdup(arena, "c");
	assert_true(verb_parse(verb_forms_find("rm"), REQUEST_ARGV_WORDS_MAX, argv, &words, &findings));
	assert_false(verb_parse(verb_forms_find("rm"), REQUEST_ARGV_WORDS_MAX + 1, argv, &words, &findings));
	text_init(&format, arena);
	for (int i = 0; i < 200; i++)
		text_add(&format, "{{.Name}}");
	assert_non_null(verb_value_reason(arena, &flag, format.data));
	arena_free(arena);
}

/* Every form: flags with a name each, no letter twice, a filter with its keys, and a key of the table of verbs. */
static void test_forms(void **state)
{
	const struct verb_form *form;

	(void)state;
	for (size_t i = 0; (form = verb_forms_at(i)) != NULL; i++) {
		assert_ptr_equal(verb_forms_find(form->key), form);
		assert_non_null(form->words[0]);
		assert_true(strlen(form->usage) > 0);
		for (const struct verb_flag *flag = form->flags; flag->name != NULL; flag++) {
			assert_int_equal(flag->value == VERB_FILTER, flag->keys != NULL);
			assert_string_not_equal(flag->name, "help");
			for (const struct verb_flag *other = form->flags; other < flag; other++) {
				assert_string_not_equal(other->name, flag->name);
				assert_true(flag->letter == 0 || other->letter != flag->letter);
			}
		}
	}
	assert_null(verb_forms_find("build"));
	assert_null(verb_forms_find(NULL));
}

int main(void)
{
	static struct row_tests rows;

	rows.arena = arena_new();
	for (size_t i = 0; i < ARRAY_COUNT(line_rows); i++) {
		struct text name;

		text_init(&name, rows.arena);
		text_add(&name, line_rows[i].key);
		for (size_t k = 0; k < WORDS_MAX && line_rows[i].words[k] != NULL; k++)
			text_addf(&name, " %s", line_rows[i].words[k]);
		rows_add(&rows, name.data, test_line_row, &line_rows[i]);
	}
	for (size_t i = 0; i < ARRAY_COUNT(format_rows); i++)
		rows_add(&rows, arena_printf(rows.arena, "format %s", format_rows[i].name), test_format_row, &format_rows[i]);
	ROWS_TEST(&rows, test_long_lines);
	ROWS_TEST(&rows, test_forms);
	return rows_run("cli_verb", &rows);
}
