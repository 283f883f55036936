/* Units as text: what systemd reads back must be the word that was given. */
#include "rows.h"

#include "../../src/cli/unit.h"

struct quote_row { const char *word, *wanted; };

static const struct quote_row quote_rows[] = {
	{ "run", "run" },
	{ "docker.io/library/nginx:1", "docker.io/library/nginx:1" },
	{ "--name=a_b-c.d,e@f+g", "--name=a_b-c.d,e@f+g" },
	{ "", "\"\"" },
	{ "two words", "\"two words\"" },
	{ "50%", "\"50%%\"" },
	{ "%i", "\"%%i\"" },
	{ "$HOME", "\"$$HOME\"" },
	{ "${HOME}", "\"$${HOME}\"" },
	{ "a\"b", "\"a\\\"b\"" },
	{ "a'b", "\"a'b\"" },
	{ "a\\b", "\"a\\\\b\"" },
	{ "a\nb", "\"a\\nb\"" },
	{ "a\tb\x7f", "\"a\\x09b\\x7f\"" },
	{ ";", "\";\"" },
	{ "*", "\"*\"" },
	{ "#", "\"#\"" },
	{ "caf\xc3\xa9", "\"caf\xc3\xa9\"" },
};

static void test_quote(void **state)
{
	const struct quote_row *row = *state;
	struct arena *arena = arena_new();

	assert_string_equal(unit_quote(arena, row->word), row->wanted);
	arena_free(arena);
}

static const struct quote_row path_rows[] = {
	{ "/srv/a b", "/srv/a b" }, { "/srv/50%", "/srv/50%%" }, { "/srv/$x\"'", "/srv/$x\"'" }, { "/srv/a\nb", NULL },
};

static void test_path(void **state)
{
	const struct quote_row *row = *state;
	struct arena *arena = arena_new();
	const char *path = unit_path(arena, row->word);

	assert_int_equal(path == NULL, row->wanted == NULL);
	if (path != NULL)
		assert_string_equal(path, row->wanted);
	arena_free(arena);
}

static const struct quote_row name_rows[] = {
	{ "web", "web" }, { "web.service", "web" }, { "a.b-c_d", "a.b-c_d" }, { "", NULL }, { ".service", NULL }, { "a b", NULL },
	{ "../x", NULL }, { "-x", NULL }, { "web@1", NULL }, { "a/b.service", NULL }, { "w\xc3\xa9" "b", NULL },
};

static void test_name(void **state)
{
	const struct quote_row *row = *state;
	struct arena *arena = arena_new();
	const char *name = unit_base_name(arena, row->word);

	if (row->wanted == NULL)
		assert_null(name);
	else
		assert_string_equal(name, row->wanted);
	arena_free(arena);
}

static size_t count_lines(const char *text, const char *line)
{
	size_t count = 0, length = strlen(line);

	for (const char *at = strstr(text, line); at != NULL; at = strstr(at + 1, line))
		count += (at == text || at[-1] == '\n') && at[length] == '\n';
	return count;
}

static void test_whole(void **state)
{
	struct arena *arena = arena_new();
	struct string_list secrets = { 0 };
	struct unit_text unit = { .description = "d", .command = "/bin/x", .secrets = &secrets };
	const char *text;

	(void)state;
	string_list_add(arena, &secrets, "key");
	text = unit_render(arena, &unit);
	assert_int_equal(count_lines(text, "Type=exec"), 1);
	assert_int_equal(count_lines(text, "Delegate=yes"), 1);
	assert_int_equal(count_lines(text, "RestartPreventExitStatus=125"), 1);
	assert_int_equal(count_lines(text, "LoadCredential=key:/etc/credstore/key"), 1);
	assert_int_equal(count_lines(text, "ExecStart=/bin/x"), 1);
	assert_null(strstr(text, "ExecStopPost="));
	assert_null(strstr(text, "docker.service"));
	assert_int_equal(count_lines(text, "RestrictNamespaces=cgroup ipc mnt net pid uts"), 1);
	assert_null(strstr(text, "DeviceAllow="));
	unit.is_notify = true;
	unit.stop_post = "-/bin/y";
	unit.engine = "docker.service";
	unit.has_own_network = true;
	text = unit_render(arena, &unit);
	assert_int_equal(count_lines(text, "Type=notify"), 1);
	assert_int_equal(count_lines(text, "ExecStopPost=-/bin/y"), 1);
	assert_int_equal(count_lines(text, "RestrictNamespaces=cgroup ipc mnt net pid user uts"), 1);
	assert_int_equal(count_lines(text, "DeviceAllow=/dev/net/tun rw"), 1);
	assert_int_equal(count_lines(text, "After=network-online.target docker.service"), 1);
	assert_int_equal(count_lines(text, "NoNewPrivileges=yes"), 1);
	assert_int_equal(count_lines(text, "WantedBy=multi-user.target"), 1);
	arena_free(arena);
}

static void test_job(void **state)
{
	struct arena *arena = arena_new();
	const struct unit_text unit = { .description = "d", .command = "/bin/x", .is_job = true, .is_notify = true };
	const char *text = unit_render(arena, &unit);

	(void)state;
	assert_int_equal(count_lines(text, "Type=oneshot"), 1);
	assert_int_equal(count_lines(text, "SuccessExitStatus=143"), 1);
	assert_int_equal(count_lines(text, "Delegate=yes"), 1);
	assert_null(strstr(text, "Restart="));
	assert_null(strstr(text, "TimeoutStartSec="));
	assert_null(strstr(text, "\n[Install]\n"));
	arena_free(arena);
}

/* The user's own systemd has neither the machine's units nor the rights that a sandbox takes. */
static void test_users(void **state)
{
	struct arena *arena = arena_new();
	struct string_list secrets = { 0 };
	const struct unit_text unit = { .description = "d", .command = "/bin/x", .engine = "docker.service", .is_users = true,
					.secrets = &secrets };
	const char *text;

	(void)state;
	string_list_add(arena, &secrets, "key");
	text = unit_render(arena, &unit);
	assert_int_equal(count_lines(text, "LoadCredential=key:%E/credstore/key"), 1);
	assert_int_equal(count_lines(text, "WantedBy=default.target"), 1);
	assert_int_equal(count_lines(text, "NoNewPrivileges=yes"), 0);
	assert_null(strstr(text, "network-online.target"));
	assert_null(strstr(text, "docker.service"));
	assert_null(strstr(text, "CapabilityBoundingSet="));
	arena_free(arena);
}

int main(void)
{
	struct row_tests tests = { .count = 0 };

	for (size_t i = 0; i < ARRAY_COUNT(quote_rows); i++)
		rows_add(&tests, quote_rows[i].wanted, test_quote, (void *)(uintptr_t)&quote_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(path_rows); i++)
		rows_add(&tests, path_rows[i].word, test_path, (void *)(uintptr_t)&path_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(name_rows); i++)
		rows_add(&tests, name_rows[i].word, test_name, (void *)(uintptr_t)&name_rows[i]);
	ROWS_TEST(&tests, test_whole);
	ROWS_TEST(&tests, test_job);
	ROWS_TEST(&tests, test_users);
	return rows_run("cli unit", &tests);
}
