/* The lines of the record: every field, and whatever the bytes, one line of printable ASCII. */
#include "planned.h"

#include <jansson.h>

#include <hardrun/record.h>

struct recorded {
	struct planned made;
	struct record_scene scene;
	struct decision decision;
	struct record_line line;
	json_t *json;
};

static void recorded_init(struct recorded *test, const char *const *words, size_t count)
{
	planned_init(&test->made, BACKEND_DOCKER, "");
	test->made.facts.caller_uid = 1000;
	test->made.facts.caller_gid = 1001;
	test->made.facts.caller_name = "ada";
	test->made.facts.elevated_by = "sudo";
	test->made.facts.image_facts.digest = "sha256:feed";
	test->json = NULL;
	test->scene = (struct record_scene){
		.id = "0123456789ab",
		.session = { .host = "lab1", .has_auid = true, .auid = 1000, .tty = "/dev/pts/3", .pid = 77,
			     .microseconds = INT64_C(1769860800000001) },
		.facts = &test->made.facts, .words = { count, words },
	};
	test->decision = (struct decision){ .verdict = "allowed", .verb = "run", .findings = &test->made.findings,
					    .policy = test->made.policy };
}

static void recorded_render(struct recorded *test, size_t limit)
{
	json_error_t problem;

	assert_true(record_render_decision(test->made.arena, &test->decision, &test->scene, limit, &test->line));
	assert_true(strlen(test->line.json) <= limit);
	for (const char *at = test->line.json; *at != '\0'; at++)
		assert_true(*at >= 0x20 && *at < 0x7f);
	test->json = json_loads(test->line.json, JSON_REJECT_DUPLICATES, &problem);
	if (test->json == NULL)
		fail_msg("%s: %s", problem.text, test->line.json);
}

static void recorded_done(struct recorded *test)
{
	json_decref(test->json);
	planned_done(&test->made);
}

static const char *string_of(const struct recorded *test, const char *key)
{
	return json_string_value(json_object_get(test->json, key));
}

static long long number_of(const struct recorded *test, const char *key)
{
	return json_integer_value(json_object_get(test->json, key));
}

static const char *word_of(const struct recorded *test, size_t index)
{
	return json_string_value(json_array_get(json_object_get(test->json, "argv"), index));
}

static const char *const plain_words[] = { "hardrun", "run", "alpine", "true" };

static void test_every_key_of_a_decision(void **state)
{
	static const char *const keys[] = {
		"schema", "kind", "time", "id", "host", "auid", "uid", "gid", "user", "elevated_by", "tty", "pid", "cwd", "verb", "argv",
		"argv_words", "argv_bytes", "argv_cut", "verdict", "findings", "findings_cut", "error", "backend", "image", "image_digest",
		"container", "settings_sha256", "policy", "ceiling",
	};
	struct recorded test;
	const char *key;
	json_t *value;
	size_t count = 0;

	(void)state;
	recorded_init(&test, plain_words, ARRAY_COUNT(plain_words));
	test.decision.plan = planned_run(&test.made, "--name x alpine true");
	recorded_render(&test, RECORD_LINE_BYTES_MAX);
	json_object_foreach(test.json, key, value) {
		assert_true(count < ARRAY_COUNT(keys));
		assert_string_equal(key, keys[count]);
		count++;
	}
	assert_int_equal(count, ARRAY_COUNT(keys));
	assert_string_equal(string_of(&test, "schema"), "hardrun/record/1");
	assert_string_equal(string_of(&test, "kind"), "decision");
	assert_string_equal(string_of(&test, "time"), "2026-01-31T12:00:00.000001Z");
	assert_string_equal(string_of(&test, "id"), "0123456789ab");
	assert_string_equal(string_of(&test, "host"), "lab1");
	assert_int_equal(number_of(&test, "auid"), 1000);
	assert_int_equal(number_of(&test, "uid"), 1000);
	assert_int_equal(number_of(&test, "gid"), 1001);
	assert_string_equal(string_of(&test, "user"), "ada");
	assert_string_equal(string_of(&test, "elevated_by"), "sudo");
	assert_string_equal(string_of(&test, "tty"), "/dev/pts/3");
	assert_int_equal(number_of(&test, "pid"), 77);
	assert_string_equal(string_of(&test, "cwd"), "/work");
	assert_string_equal(string_of(&test, "verb"), "run");
	assert_int_equal(number_of(&test, "argv_words"), 4);
	assert_int_equal(number_of(&test, "argv_bytes"), 24);
	assert_string_equal(word_of(&test, 2), "alpine");
	assert_string_equal(string_of(&test, "verdict"), "allowed");
	assert_string_equal(string_of(&test, "backend"), "docker");
	assert_string_equal(string_of(&test, "image"), "docker.io/library/alpine:latest");
	assert_string_equal(string_of(&test, "image_digest"), "sha256:feed");
	assert_string_equal(string_of(&test, "container"), "x");
	assert_int_equal(strlen(string_of(&test, "settings_sha256")), 64);
	assert_true(test.line.is_durable && !test.line.is_refusal);
	assert_true(string_list_has(&test.line.fields, "HARDRUN_VERDICT=allowed"));
	assert_true(string_list_has(&test.line.fields, "HARDRUN_UID=1000"));
	assert_true(string_list_has(&test.line.fields, "HARDRUN_USER=ada"));
	assert_true(string_list_has(&test.line.fields, "HARDRUN_ID=0123456789ab"));
	recorded_done(&test);
}

static void test_what_is_not_known_is_null(void **state)
{
	static const char *const keys[] = { "host", "auid", "user", "elevated_by", "tty", "cwd", "verb", "error", "backend", "image",
					    "image_digest", "container", "settings_sha256", "policy", "ceiling" };
	struct recorded test;

	(void)state;
	recorded_init(&test, plain_words, 0);
	test.made.facts = (struct host_facts){ .caller_uid = 5 };
	test.scene.session = (struct host_session){ .pid = 1 };
	test.decision = (struct decision){ .verdict = "failed" };
	recorded_render(&test, RECORD_LINE_BYTES_MAX);
	for (size_t i = 0; i < ARRAY_COUNT(keys); i++)
		assert_true(json_is_null(json_object_get(test.json, keys[i])));
	assert_int_equal(json_array_size(json_object_get(test.json, "argv")), 0);
	assert_int_equal(json_array_size(json_object_get(test.json, "findings")), 0);
	assert_string_equal(string_of(&test, "time"), "1970-01-01T00:00:00.000000Z");
	assert_true(test.line.is_refusal && !test.line.is_durable);
	recorded_done(&test);
}

static void test_policies_and_their_digests(void **state)
{
	struct recorded test;
	const json_t *file;

	(void)state;
	recorded_init(&test, plain_words, 2);
	test.decision.ceiling = planned_ceiling(test.made.arena, "allow: {cpus: 1}\n");
	recorded_render(&test, RECORD_LINE_BYTES_MAX);
	file = json_array_get(json_object_get(json_object_get(test.json, "policy"), "files"), 0);
	assert_string_equal(json_string_value(json_object_get(file, "path")), "p.yaml");
	/* sha256sum of the very text of planned_policy(arena, "") */
	assert_string_equal(json_string_value(json_object_get(file, "sha256")),
			    "dae9effccfc43e684d352e8c897dfff539cb2f615d1a4443e68eeb4548f48bb4");
	file = json_array_get(json_object_get(json_object_get(test.json, "ceiling"), "files"), 0);
	assert_int_equal(json_string_length(json_object_get(file, "sha256")), 64);
	recorded_done(&test);
}

static void test_findings(void **state)
{
	struct recorded test;
	struct finding *finding;
	const json_t *list;

	(void)state;
	recorded_init(&test, plain_words, 2);
	findings_add(&test.made.findings, FINDING_NOTE, "-p", 1, "x", "a note");
	finding = findings_add(&test.made.findings, FINDING_DENIED, "--memory=2g", 1, "allow.mem_limit", "too\nmuch");
	finding->place = (struct place){ "/etc/hardrun/ceiling.yaml", 12, 3 };
	test.decision.verdict = "denied";
	recorded_render(&test, RECORD_LINE_BYTES_MAX);
	list = json_object_get(test.json, "findings");
	assert_int_equal(json_array_size(list), 2);
	/* refusals first */
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "kind")), "denied");
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "subject")), "--memory=2g");
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "rule")), "allow.mem_limit");
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "place")), "/etc/hardrun/ceiling.yaml:12:3");
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "reason")), "too\\x0amuch");
	assert_true(json_is_null(json_object_get(json_array_get(list, 1), "place")));
	assert_int_equal(number_of(&test, "findings_cut"), 0);
	assert_true(test.line.is_refusal);
	recorded_done(&test);
}

static void test_many_findings_are_counted(void **state)
{
	struct recorded test;

	(void)state;
	recorded_init(&test, plain_words, 2);
	for (unsigned i = 0; i < 1000; i++)
		findings_add(&test.made.findings, FINDING_DENIED, "x", i, "y", "z");
	recorded_render(&test, RECORD_LINE_BYTES_MAX);
	assert_int_equal(json_array_size(json_object_get(test.json, "findings")), 64);
	assert_int_equal(number_of(&test, "findings_cut"), 936);
	recorded_done(&test);
}

/* ---- forging ---- */

struct forge_row { const char *word, *shown; };
static const struct forge_row forge_rows[] = {
	{ "a\n{\"schema\":\"hardrun/record/1\"}", "a\n{\"schema\":\"hardrun/record/1\"}" },
	{ "\r\x1b[2J\x07", "\r\x1b[2J\x07" },
	{ "\"},{\"x\":\"", "\"},{\"x\":\"" },
	{ "back\\slash\\u0041", "back\\slash\\u0041" },
	{ "\x7f", "\x7f" },
	{ "\xe2\x80\xa8line", "\xe2\x80\xa8line" },                 /* U+2028 */
	{ "\xe2\x80\xae" "bidi", "\xe2\x80\xae" "bidi" },           /* U+202E */
	{ "\xc2\x85", "\xc2\x85" },                                 /* U+0085, a C1 control */
	{ "\xf0\x9f\x92\xa9", "\xf0\x9f\x92\xa9" },
	{ "\xff\xfe", "\\xff\\xfe" },
	{ "a\xc3", "a\\xc3" },
	{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },                      /* a surrogate */
	{ "\xc0\xaf", "\\xc0\\xaf" },                               /* overlong */
	{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },             /* above U+10FFFF */
	{ "", "" },
};

static void test_forge(void **state)
{
	const struct forge_row *row = *state;
	const char *const words[] = { "hardrun", row->word };
	struct recorded test;

	recorded_init(&test, words, ARRAY_COUNT(words));
	test.scene.session.host = row->word;
	test.scene.session.tty = row->word;
	test.made.facts.cwd = row->word;
	test.made.facts.caller_name = row->word;
	test.decision.error = row->word;
	test.decision.image = row->word;
	findings_add(&test.made.findings, FINDING_DENIED, row->word, 0, row->word, "%s", row->word);
	recorded_render(&test, RECORD_LINE_BYTES_MAX);
	assert_string_equal(word_of(&test, 1), row->shown);
	assert_string_equal(string_of(&test, "cwd"), row->shown);
	assert_string_equal(string_of(&test, "user"), row->shown);
	assert_string_equal(string_of(&test, "error"), row->shown);
	for (size_t i = 0; i < test.line.fields.count; i++)
		assert_null(strpbrk(test.line.fields.items[i], "\n\r\x1b"));
	recorded_done(&test);
}

static void test_every_byte(void **state)
{
	struct recorded test;
	char bytes[256] = { 0 };
	const char *const words[] = { "hardrun", bytes };

	(void)state;
	for (int i = 1; i < 256; i++)
		bytes[i - 1] = (char)i;
	recorded_init(&test, words, ARRAY_COUNT(words));
	recorded_render(&test, RECORD_LINE_BYTES_MAX);
	assert_non_null(word_of(&test, 1));
	recorded_done(&test);
}

/* ---- secrets ---- */

static void test_secrets_are_not_in_the_line(void **state)
{
	const char *const words[] = { "hardrun", "run", "-e", "A=hunter2", "-itehunter=hunter2", "--label=x.token=hunter2", "alpine",
				      "--password", "hunter2", "https://u:hunter2@h" };
	struct record_spans hidden;
	struct recorded test;

	(void)state;
	recorded_init(&test, words, ARRAY_COUNT(words));
	recorded_render(&test, RECORD_LINE_BYTES_MAX);
	assert_null(strstr(test.line.json, "hunter2"));
	assert_string_equal(word_of(&test, 3), "A=[redacted]");
	assert_string_equal(word_of(&test, 9), "https://u:[redacted]@h");
	json_decref(test.json);
	hidden = record_hide(test.made.arena, &test.scene.words, NULL);
	test.decision.hidden = &hidden;
	recorded_render(&test, RECORD_LINE_BYTES_MAX);
	assert_null(strstr(test.line.json, "hunter2"));
	recorded_done(&test);
}

/* The half that made the spans is not trusted with more than hiding. */
static void test_spans_beyond_the_words_say_nothing(void **state)
{
	struct record_span spans[] = { { 1, 0, SIZE_MAX }, { 1, SIZE_MAX, 1 }, { 1, 1, 3 }, { 1, 2, 1 }, { 1, 99, 1 }, { 0, 0, 1 },
				       { 9, 0, 1 } };
	const struct record_spans hidden = { spans, ARRAY_COUNT(spans) };
	const char *const words[] = { "hardrun", "abcde" };
	struct recorded test;

	(void)state;
	recorded_init(&test, words, ARRAY_COUNT(words));
	test.decision.hidden = &hidden;
	recorded_render(&test, RECORD_LINE_BYTES_MAX);
	assert_string_equal(word_of(&test, 0), "hardrun");
	assert_string_equal(word_of(&test, 1), "a[redacted]e");
	recorded_done(&test);
}

/* ---- lengths ---- */

static void test_long_words_are_cut_and_counted(void **state)
{
	enum { LENGTH = 65536 };
	char *word = malloc(LENGTH + 1);
	const char *const words[] = { "hardrun", word, "tail" };
	struct recorded test;
	const json_t *cut;

	(void)state;
	memset(word, 'x', LENGTH);
	word[LENGTH] = '\0';
	recorded_init(&test, words, ARRAY_COUNT(words));
	recorded_render(&test, RECORD_LINE_BYTES_MAX);
	cut = json_object_get(test.json, "argv_cut");
	assert_int_equal(strlen(word_of(&test, 1)), 1024);
	assert_string_equal(word_of(&test, 2), "tail");
	assert_int_equal(json_integer_value(json_object_get(cut, "bytes")), LENGTH - 1024);
	assert_int_equal(json_integer_value(json_object_get(cut, "words")), 0);
	assert_int_equal(number_of(&test, "argv_bytes"), LENGTH + 1 + 8 + 5);
	recorded_done(&test);
	free(word);
}

static void test_a_cut_leaves_no_half_character(void **state)
{
	char word[2048] = { 0 };
	const char *const words[] = { "hardrun", word };
	struct recorded test;

	(void)state;
	for (size_t i = 1; i + 4 < sizeof(word); i += 3)
		memcpy(word + i, "\xe2\x82\xac", 3);
	word[0] = 'a';
	recorded_init(&test, words, ARRAY_COUNT(words));
	recorded_render(&test, RECORD_LINE_BYTES_MAX);
	assert_int_equal(strlen(word_of(&test, 1)), 1024);
	assert_true(string_is_utf8(word_of(&test, 1)));
	recorded_done(&test);
}

static void test_many_words_are_cut_and_counted(void **state)
{
	const char *words[4096];
	struct recorded test;
	const json_t *cut;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(words); i++)
		words[i] = "ab";
	recorded_init(&test, words, ARRAY_COUNT(words));
	recorded_render(&test, RECORD_LINE_BYTES_MAX);
	cut = json_object_get(test.json, "argv_cut");
	assert_int_equal(json_array_size(json_object_get(test.json, "argv")), 256);
	assert_int_equal(json_integer_value(json_object_get(cut, "words")), 4096 - 256);
	assert_int_equal(json_integer_value(json_object_get(cut, "bytes")), 2 * (4096 - 256));
	assert_int_equal(number_of(&test, "argv_words"), 4096);
	recorded_done(&test);
}

/* Everything at its worst: it still is one line, and short enough for a system logger. */
static void test_fits_a_logger(void **state)
{
	const char *words[300];
	char worst[1536];
	struct recorded test;

	(void)state;
	memset(worst, 1, sizeof(worst) - 1);
	worst[sizeof(worst) - 1] = '\0';
	for (size_t i = 0; i < ARRAY_COUNT(words); i++)
		words[i] = worst;
	recorded_init(&test, words, ARRAY_COUNT(words));
	test.made.facts.cwd = worst;
	test.decision.error = worst;
	for (unsigned i = 0; i < 500; i++)
		findings_add(&test.made.findings, FINDING_DENIED, worst, i, "y", "%s", worst);
	recorded_render(&test, RECORD_SYSLOG_BYTES_MAX);
	assert_true(json_array_size(json_object_get(test.json, "findings")) >= 1);
	json_decref(test.json);
	recorded_render(&test, RECORD_LINE_BYTES_MAX);
	assert_false(record_render_decision(test.made.arena, &test.decision, &test.scene, 500, &test.line));
	recorded_done(&test);
}

/* ---- settings ---- */

static const char *digest(const char *policy, const char *line)
{
	struct planned test;
	const char *hex;

	planned_init(&test, BACKEND_CRUN, policy);
	hex = strdup(record_settings_digest(test.arena, planned_run(&test, line)));
	planned_done(&test);
	return hex;
}

struct settings_row { const char *policy, *line; bool is_same; };
#define SETTINGS_POLICY "allow: {environment: [\"*\"], mem_limit: 1g}\nseccomp: {deny: [\"@keyring\"]}\n"
static const struct settings_row settings_rows[] = {
	{ SETTINGS_POLICY, "-e A=b alpine true", true },
	{ SETTINGS_POLICY, "-e A=other alpine true", true },
	{ SETTINGS_POLICY, "--name other -e A=b alpine true", true },
	{ "\n\n" SETTINGS_POLICY, "-e A=b alpine true", true },
	{ SETTINGS_POLICY "description: x\n", "-e A=b alpine true", true },
	{ SETTINGS_POLICY, "-e B=b alpine true", false },
	{ SETTINGS_POLICY, "-e A=b alpine false", false },
	{ SETTINGS_POLICY, "-m 7m -e A=b alpine true", false },
	{ SETTINGS_POLICY, "-e A=b --cap-drop ALL -w /tmp alpine true", false },
	{ "allow: {environment: [\"*\"], mem_limit: 1g}\n", "-e A=b alpine true", false },
};

static void test_settings_digest(void **state)
{
	const struct settings_row *row = *state;
	char *first = (char *)(uintptr_t)digest(settings_rows[0].policy, settings_rows[0].line);
	char *second = (char *)(uintptr_t)digest(row->policy, row->line);

	assert_int_equal(strlen(first), 64);
	assert_int_equal(strcmp(first, second) == 0, row->is_same);
	free(first);
	free(second);
}

/* ---- ends ---- */

struct end_row { enum launch_reason reason; int status, signal; bool has_oom; const char *wanted; };
static const struct end_row end_rows[] = {
	{ LAUNCH_EXITED, 3, 0, false, "\"reason\":\"exited\",\"status\":3,\"signal\":null,\"oom\":false,\"duration\":2.5}" },
	{ LAUNCH_EXITED, 0, 0, true, "\"reason\":\"exited\",\"status\":0,\"signal\":null,\"oom\":true,\"duration\":2.5}" },
	{ LAUNCH_SIGNALED, 143, 15, false, "\"reason\":\"signal\",\"status\":143,\"signal\":15,\"oom\":false,\"duration\":2.5}" },
	{ LAUNCH_OOM, 137, 9, true, "\"reason\":\"oom\",\"status\":137,\"signal\":9,\"oom\":true,\"duration\":2.5}" },
	{ LAUNCH_NOT_STARTED, 127, 0, false,
	  "\"reason\":\"not started\",\"status\":127,\"signal\":null,\"oom\":false,\"duration\":2.5}" },
	{ LAUNCH_UNKNOWN, -1, 0, false, "\"reason\":\"unknown\",\"status\":null,\"signal\":null,\"oom\":false,\"duration\":2.5}" },
};

static void test_end(void **state)
{
	const struct end_row *row = *state;
	struct recorded test;
	struct record_end end;
	struct record_line line, again;

	recorded_init(&test, plain_words, 2);
	end = (struct record_end){ .id = "i", .session = test.scene.session, .facts = &test.made.facts, .container = "web\n",
				   .started = test.scene.session.microseconds - 2500000,
				   .end = { row->reason, row->status, row->signal, row->has_oom, "abc" } };
	line = record_render_end(test.made.arena, &end);
	assert_non_null(strstr(line.json, row->wanted));
	assert_non_null(strstr(line.json, "\"kind\":\"end\",\"time\":\"2026-01-31T12:00:00.000001Z\",\"id\":\"i\""));
	assert_non_null(strstr(line.json, "\"container\":\"web\\n\",\"container_id\":\"abc\""));
	assert_true(string_list_has(&line.fields, "HARDRUN_KIND=end"));
	assert_true(record_render_again(test.made.arena, line.json, 0, &again));
	assert_string_equal(again.json, line.json);
	assert_true(record_render_again(test.made.arena, line.json, 1000000, &again));
	assert_non_null(strstr(again.json, "\"time\":\"1970-01-01T00:00:01.000000Z\""));
	assert_true(string_list_has(&again.fields, "HARDRUN_ID=i"));
	recorded_done(&test);
}

static void test_end_without_a_beginning(void **state)
{
	struct arena *arena = arena_new();
	const struct record_end end = { .id = "i", .started = 5, .session = { .microseconds = 4 } };
	const struct record_end none = { .id = "i", .session = { .microseconds = 4 } };

	(void)state;
	assert_non_null(strstr(record_render_end(arena, &end).json, "\"duration\":null"));
	assert_non_null(strstr(record_render_end(arena, &none).json, "\"duration\":null"));
	assert_null(strstr(record_render_end(arena, &none).json, "\"uid\""));
	arena_free(arena);
}

static void test_only_ends_are_rendered_again(void **state)
{
	static const char *const wrong[] = { "", "{", "[]", "{}", "null", "\"end\"",
					     "{\"schema\":\"hardrun/record/1\",\"kind\":\"decision\"}",
					     "{\"schema\":\"x\",\"kind\":\"end\"}", "{\"schema\":1,\"kind\":\"end\"}" };
	struct arena *arena = arena_new();
	struct record_line line;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
		assert_false(record_render_again(arena, wrong[i], 0, &line));
	arena_free(arena);
}

/* ---- where ---- */

struct target_row {
	const char *policy, *ceiling; /* NULL: none */
	bool is_root, is_others;      /* the policy is not root's */
	enum record_to to;
	const char *path;             /* or a part of what is said */
	bool is_error;
};
static const struct target_row target_rows[] = {
	{ NULL, NULL, true, false, RECORD_NONE, NULL, false },
	{ "", NULL, true, false, RECORD_NONE, NULL, false },
	{ "", "", true, false, RECORD_FILE, RECORD_DEFAULT_PATH, false },
	{ NULL, "", true, false, RECORD_FILE, RECORD_DEFAULT_PATH, false },
	{ "record: {to: none}", "", true, false, RECORD_FILE, RECORD_DEFAULT_PATH, false },
	{ "record: {to: syslog}", "", true, false, RECORD_FILE, RECORD_DEFAULT_PATH, false },
	{ "record: {to: file, path: /x/y}", "", true, true, RECORD_FILE, RECORD_DEFAULT_PATH, false },
	{ "record: {to: file}", "record: {to: none}", true, false, RECORD_NONE, NULL, false },
	{ "", "record: {to: journald}", true, false, RECORD_JOURNALD, NULL, false },
	{ "", "record: {to: journald}", false, false, RECORD_JOURNALD, NULL, false },
	{ "", "record: {to: syslog}", false, false, RECORD_SYSLOG, NULL, false },
	{ "", "record: {to: file, path: /a/b}", true, false, RECORD_FILE, "/a/b", false },
	{ "", "record: {path: /a/b}", true, false, RECORD_FILE, "/a/b", false },
	{ "record: {path: /a/b}", NULL, true, false, RECORD_FILE, "/a/b", false },
	{ "", "", false, false, RECORD_NONE, "only root can write", true },
	{ "", "record: {to: file, path: /a/b}", false, false, RECORD_NONE, "only root can write", true },
	{ "record: {to: file}", NULL, true, false, RECORD_FILE, RECORD_DEFAULT_PATH, false },
	{ "record: {to: file, path: /a/b}", NULL, true, true, RECORD_NONE, "belongs to root", true },
	{ "record: {to: journald}", NULL, true, true, RECORD_JOURNALD, NULL, false },
	{ "record: {to: file, path: /a/b}", NULL, false, true, RECORD_FILE, "/a/b", false },
};

static void test_target(void **state)
{
	const struct target_row *row = *state;
	struct arena *arena = arena_new();
	struct policy *policy = NULL;
	const struct policy *ceiling = row->ceiling != NULL ? planned_ceiling(arena, row->ceiling) : NULL;
	struct record_target target = { RECORD_NONE, NULL };
	struct error err = { 0 };

	if (row->policy != NULL) {
		policy = arena_alloc(arena, sizeof(*policy));
		*policy = *planned_policy(arena, row->policy);
		policy->is_root_owned = !row->is_others;
	}
	assert_int_equal(record_choose_target(arena, policy, ceiling, row->is_root, &target, &err) < 0, row->is_error);
	assert_int_equal(target.to, row->to);
	if (row->is_error) {
		assert_non_null(strstr(err.message, row->path));
		assert_non_null(err.remedy);
	} else if (row->path != NULL) {
		assert_string_equal(target.path, row->path);
	}
	arena_free(arena);
}

int main(void)
{
	struct row_tests tests = { .count = 0 };

	ROWS_TEST(&tests, test_every_key_of_a_decision);
	ROWS_TEST(&tests, test_what_is_not_known_is_null);
	ROWS_TEST(&tests, test_policies_and_their_digests);
	ROWS_TEST(&tests, test_findings);
	ROWS_TEST(&tests, test_many_findings_are_counted);
	for (size_t i = 0; i < ARRAY_COUNT(forge_rows); i++)
		rows_add(&tests, forge_rows[i].word, test_forge, (void *)(uintptr_t)&forge_rows[i]);
	ROWS_TEST(&tests, test_every_byte);
	ROWS_TEST(&tests, test_secrets_are_not_in_the_line);
	ROWS_TEST(&tests, test_spans_beyond_the_words_say_nothing);
	ROWS_TEST(&tests, test_long_words_are_cut_and_counted);
	ROWS_TEST(&tests, test_a_cut_leaves_no_half_character);
	ROWS_TEST(&tests, test_many_words_are_cut_and_counted);
	ROWS_TEST(&tests, test_fits_a_logger);
	for (size_t i = 0; i < ARRAY_COUNT(settings_rows); i++)
		rows_add(&tests, arena_printf(tests.arena, "settings: %s", settings_rows[i].line), test_settings_digest,
			 (void *)(uintptr_t)&settings_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(end_rows); i++)
		rows_add(&tests, end_rows[i].wanted, test_end, (void *)(uintptr_t)&end_rows[i]);
	ROWS_TEST(&tests, test_end_without_a_beginning);
	ROWS_TEST(&tests, test_only_ends_are_rendered_again);
	for (size_t i = 0; i < ARRAY_COUNT(target_rows); i++)
		rows_add(&tests, arena_printf(tests.arena, "target: %s / %s", target_rows[i].policy ? target_rows[i].policy : "-",
					      target_rows[i].ceiling ? target_rows[i].ceiling : "-"),
			 test_target, (void *)(uintptr_t)&target_rows[i]);
	return rows_run("record lines", &tests);
}
