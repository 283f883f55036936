/* A line of docker's that another process has read: what is taken from it, and that nonsense is refused whatever it is. */
#include "rows.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../src/cli/channel.h"
#include "../../src/cli/docker_apart.h"

enum { WORDS_MAX = 12 };

/* Somebody without root's rights, who reads right here. */
static struct cli person(struct arena *arena, struct host_facts *facts)
{
	*facts = (struct host_facts){ .caller_uid = 2001, .caller_gid = 2001 };
	return (struct cli){ .arena = arena, .facts = facts, .verb = "docker" };
}

static char **copy(struct arena *arena, const char *const *words, int *ret_argc)
{
	char **argv = arena_alloc(arena, (WORDS_MAX + 1) * sizeof(*argv));

	for (*ret_argc = 0; *ret_argc < WORDS_MAX && words[*ret_argc] != NULL; (*ret_argc)++)
		argv[*ret_argc] = arena_strdup(arena, words[*ret_argc]);
	return argv;
}

static struct docker_reading read_words(struct cli *cli, const char *const *words)
{
	struct docker_reading reading;
	int argc, status;
	char **argv = copy(cli->arena, words, &argc);

	if (docker_read(cli, argc, argv, &reading, &status))
		return reading;
	if (cli->facts->is_root && cli->reader.pid == 0)
		_exit(status); /* who has read for the other half */
	fail();
	return reading;
}

static bool hears(const struct cli *cli, const json_t *json, const struct docker_reading *told, struct docker_reading *ret_heard)
{
	*ret_heard = (struct docker_reading){ .line = { .argc = told->line.argc, .argv = told->line.argv } };
	return docker_hear_reading(cli, json, ret_heard);
}

/* ---- what is told is what is heard ---- */

static const struct line_row { const char *words[WORDS_MAX]; } line_rows[] = {
	{ { "ps", "-a", "--filter", "name=x", "--format={{.ID}}" } },
	{ { "exec", "-it", "-u", "1", "-e", "A=1", "c", "sh", "-c", "a\nb" } },
	{ { "container", "rm", "-f", "a", "--", "-b" } }, { { "-D", "logs", "--tail", "5", "c" } }, { { "--help=true", "stop", "c" } },
	{ { "-H", "unix:///x", "stop", "c" } }, { { "stop", "--help" } }, { { "container", "--help" } }, { { "container" } },
	{ { "help" } },
	{ { "run", "-v", "/:/h", "a" } }, { { "-D", "run", "a" } }, { { "volume", "create" } }, { { "network", "create", "x" } },
	{ { "save", "x", "-o", "f" } }, { { "nonsense", "x" } }, { { "container", "-x", "rm" } }, { { "--nonsense" } },
	{ { "-D" } }, { { "-H" } }, { { NULL } },
	{ { "rm", "--nonsense=x", "c" } }, { { "logs", "\xff" } }, { { "kill", "-s", "a\nb", "c" } }, { { "stop", "-t" } },
	{ { "stop", "-t", "-1", "c" } }, { { "exec", "c\n", "x" } },
};

static void same_words(const struct verb_words *told, const struct verb_words *heard)
{
	size_t option = 0;

	assert_ptr_equal(heard->form, told->form);
	assert_int_equal(heard->is_help, told->is_help);
	for (size_t i = 0; i < told->option_count; i++) {
		if (told->options[i].flag->value == VERB_JUDGED)
			continue;
		assert_true(option < heard->option_count);
		assert_ptr_equal(heard->options[option].flag, told->options[i].flag);
		assert_string_equal(heard->options[option++].value, told->options[i].value);
	}
	assert_int_equal(heard->option_count, option);
	assert_int_equal(heard->names.count, told->names.count);
	for (size_t i = 0; i < told->names.count; i++)
		assert_ptr_equal(heard->names.items[i], told->names.items[i]);
}

static void same_text(const char *told, const char *heard)
{
	assert_int_equal(told == NULL, heard == NULL);
	if (told != NULL)
		assert_string_equal(told, heard);
}

static void test_line_row(void **state)
{
	const struct line_row *row = *state;
	struct host_facts facts;
	struct cli cli = person(arena_new(), &facts);
	const struct docker_reading told = read_words(&cli, row->words);
	struct docker_reading heard;
	json_t *json = docker_tell_reading(&cli, &told);

	assert_non_null(json);
	assert_true(hears(&cli, json, &told, &heard));
	same_text(told.line.verb != NULL ? told.line.verb->name : NULL, heard.line.verb != NULL ? heard.line.verb->name : NULL);
	same_text(told.line.verb != NULL ? told.line.verb->sub : NULL, heard.line.verb != NULL ? heard.line.verb->sub : NULL);
	same_text(told.line.reason, heard.line.reason);
	same_text(told.line.option, heard.line.option);
	assert_int_equal(heard.line.stance, told.line.stance);
	assert_int_equal(heard.line.options, told.line.options);
	assert_int_equal(heard.line.words, told.line.words);
	assert_int_equal(heard.line.has_help, told.line.has_help);
	assert_int_equal(heard.line.has_version, told.line.has_version);
	assert_int_equal(heard.words.is_understood, told.words.is_understood);
	assert_int_equal(heard.words.findings.count, told.words.findings.count);
	if (told.words.is_understood)
		same_words(&told.words.words, &heard.words.words);
	json_decref(json);
	arena_free(cli.arena);
}

/* ---- what nobody would tell ---- */

/* "logs --tail 5 c" with one member replaced; the row is that of another verb where there is a number for it. */
static const struct tampered_row { const char *name, *key, *text; } tampered_rows[] = {
	{ "no such row", "row", "100000" }, { "a row below", "row", "-2" }, { "another verb's row", "row", "0" },
	{ "a row in words", "row", "\"logs\"" },
	{ "no row, and no complaint", "row", "-1" }, { "another place of the verb", "options", "0" },
	{ "a place beyond", "options", "9" },
	{ "a place before", "options", "-1" }, { "too many words", "words", "2" }, { "no words", "words", "0" },
	{ "words beyond", "words", "3" },
	{ "a word as option that is none", "option", "1" }, { "an option before", "option", "-2" },
	{ "help that is a number", "has_help", "1" },
	{ "a version that is a number", "has_version", "1" },
	{ "a complaint about a known verb", "reason", "\"no\"" }, { "a complaint of another type", "reason", "1" },
	{ "nothing understood, and no finding", "verb", "null" }, { "words of another type", "verb", "[]" },
	{ "no options", "verb", "{}" },
	{ "an unknown flag", "verb", "{\"options\":[[99,\"5\"]],\"names\":[4],\"is_help\":false}" },
	{ "a flag below", "verb", "{\"options\":[[-1,\"5\"]],\"names\":[4],\"is_help\":false}" },
	{ "a flag by its name", "verb", "{\"options\":[[\"tail\",\"5\"]],\"names\":[4],\"is_help\":false}" },
	{ "a flag without value", "verb", "{\"options\":[[3]],\"names\":[4],\"is_help\":false}" },
	{ "a flag with two", "verb", "{\"options\":[[3,\"5\",\"6\"]],\"names\":[4],\"is_help\":false}" },
	{ "a value that is none", "verb", "{\"options\":[[3,\"5 --since x\"]],\"names\":[4],\"is_help\":false}" },
	{ "a value of two lines", "verb", "{\"options\":[[3,\"5\\n\"]],\"names\":[4],\"is_help\":false}" },
	{ "a value that is a number", "verb", "{\"options\":[[3,5]],\"names\":[4],\"is_help\":false}" },
	{ "a switch that is neither", "verb", "{\"options\":[[1,\"yes\"]],\"names\":[4],\"is_help\":false}" },
	{ "a name that is a string", "verb", "{\"options\":[],\"names\":[\"other\"],\"is_help\":false}" },
	{ "a name that is the verb", "verb", "{\"options\":[],\"names\":[1],\"is_help\":false}" },
	{ "a name beyond", "verb", "{\"options\":[],\"names\":[5],\"is_help\":false}" },
	{ "a name twice", "verb", "{\"options\":[],\"names\":[4,4],\"is_help\":false}" },
	{ "names backwards", "verb", "{\"options\":[],\"names\":[4,3],\"is_help\":false}" },
	{ "names that are none", "verb", "{\"options\":[],\"names\":{},\"is_help\":false}" },
	{ "help that is null", "verb", "{\"options\":[],\"names\":[4],\"is_help\":null}" },
	{ "a stranger among the words", "verb", "{\"options\":[],\"names\":[4],\"is_help\":false,\"x\":1}" },
	{ "findings that are none", "findings", "[]" }, { "a policy that nobody asked for", "named", "{}" }, { "a stranger", "x", "1" },
};

static void test_tampered_row(void **state)
{
	static const char *const words[] = { "-D", "logs", "--tail", "5", "c", NULL };
	const struct tampered_row *row = *state;
	struct host_facts facts;
	struct cli cli = person(arena_new(), &facts);
	const struct docker_reading told = read_words(&cli, words);
	struct docker_reading heard;
	json_t *json = docker_tell_reading(&cli, &told);

	assert_true(hears(&cli, json, &told, &heard));
	assert_int_equal(json_object_set_new(json, row->key, json_loads(row->text, JSON_DECODE_ANY, NULL)), 0);
	assert_false(hears(&cli, json, &told, &heard));
	json_decref(json);
	arena_free(cli.arena);
}

static void test_every_member_is_wanted(void **state)
{
	static const char *const words[] = { "exec", "-e", "A=1", "c", "sh", NULL };
	struct host_facts facts;
	struct cli cli = person(arena_new(), &facts);
	const struct docker_reading told = read_words(&cli, words);
	struct docker_reading heard;
	json_t *json = docker_tell_reading(&cli, &told), *keys = json_copy(json), *value;
	const char *key;

	(void)state;
	assert_true(hears(&cli, json, &told, &heard));
	assert_int_equal(heard.words.words.option_count, 0); /* what is judged is judged elsewhere */
	json_object_foreach(keys, key, value) {
		json_object_del(json, key);
		assert_false(hears(&cli, json, &told, &heard));
		json_object_set_new(json, key, json_real(0.5));
		assert_false(hears(&cli, json, &told, &heard));
		json_object_set(json, key, value);
	}
	/* A judged option is not believed by its words. */
	json_object_set_new(json, "verb", json_pack("{s:[[i, s]], s:[i, i], s:b}", "options", 2, "A=1", "names", 3, 4, "is_help", 0));
	assert_false(hears(&cli, json, &told, &heard));
	json_decref(keys);
	json_decref(json);
	arena_free(cli.arena);
}

/* --policy of somebody who is let up to root. */
static void test_named(void **state)
{
	static const char *const words[] = { "ps", NULL };
	static const char *const rows[] = {
		"null", "{}", "{\"file\":null,\"is_root_owned\":true,\"errors\":[]}",
		"{\"file\":\"/a\\nb\",\"is_root_owned\":true,\"errors\":[]}",
		"{\"file\":\"/a\",\"is_root_owned\":1,\"errors\":[]}", "{\"file\":\"/a\",\"is_root_owned\":true,\"errors\":[1]}",
		"{\"file\":null,\"is_root_owned\":true,\"errors\":[{\"kind\":0,\"message\":\"x\",\"remedy\":null,\"file\":null,"
		"\"line\":0,\"column\":0}]}",
		"{\"file\":null,\"is_root_owned\":true,\"errors\":[{\"kind\":1,\"message\":\"x\\u001b\",\"remedy\":null,\"file\":null,"
		"\"line\":0,\"column\":0}]}",
		"{\"file\":\"/a\",\"is_root_owned\":true,\"errors\":[{\"kind\":1,\"message\":\"x\",\"remedy\":null,\"file\":null,"
		"\"line\":0,\"column\":0}]}",
	};
	struct host_facts facts;
	struct cli cli = person(arena_new(), &facts);
	const struct docker_reading told = read_words(&cli, words);
	struct docker_reading heard;
	json_t *json = docker_tell_reading(&cli, &told);

	(void)state;
	cli.is_guarded = true;
	cli.options.policy = "mine";
	json_object_set_new(json, "named", json_loads("{\"file\":\"/a\",\"is_root_owned\":true,\"errors\":[]}", 0, NULL));
	assert_true(hears(&cli, json, &told, &heard));
	assert_string_equal(heard.named.file, "/a");
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		json_object_set_new(json, "named", json_loads(rows[i], JSON_DECODE_ANY, NULL));
		assert_false(hears(&cli, json, &told, &heard));
	}
	json_decref(json);
	arena_free(cli.arena);
}

/* ---- exec ---- */

#define POLICY "\"policy\":{\"name\":\"p\",\"files\":[\"/p.yaml\"],\"digests\":[\"00\"],\"has_record\":false}"
#define EXEC(user, dir, keys, env) \
	"{\"findings\":{\"items\":[]}," POLICY ",\"user\":" user ",\"working_dir\":" dir "," \
	"\"detach_keys\":" keys ",\"environment\":" env "}"

static const struct process_row { const char *name, *text; bool is_heard; } process_rows[] = {
	{ "nothing asked for", EXEC("null", "null", "null", "[]"), true },
	{ "everything", EXEC("[1,2]", "\"/srv\"", "\"ctrl-a\"", "[\"A=1\",\"B=\"]"), true },
	{ "a user in words", EXEC("\"root\"", "null", "null", "[]"), false },
	{ "a user without group", EXEC("[1]", "null", "null", "[]"), false },
	{ "a user below", EXEC("[-1,1]", "null", "null", "[]"), false },
	{ "a user beyond", EXEC("[4294967296,1]", "null", "null", "[]"), false },
	{ "a directory of two lines", EXEC("null", "\"/a\\nb\"", "null", "[]"), false },
	{ "keys that are an option", EXEC("null", "null", "\"a --privileged\"", "[]"), false },
	{ "a variable without value", EXEC("null", "null", "null", "[\"A\"]"), false },
	{ "a variable that is a number", EXEC("null", "null", "null", "[1]"), false },
	{ "variables that are none", EXEC("null", "null", "null", "{}"), false },
	{ "no policy, and nothing against it", "{\"findings\":{\"items\":[]},\"policy\":null,\"user\":null,\"working_dir\":null,"
					       "\"detach_keys\":null,\"environment\":[]}", false },
	{ "a member less", "{\"findings\":{\"items\":[]}," POLICY ",\"user\":null,\"working_dir\":null,\"environment\":[]}", false },
	{ "garbage", "[]", false },
	{ "nothing", "", false },
};

/* A half that says ${text} when it is asked. */
static void answer_once(int fd, const char *text)
{
	const uint32_t length = (uint32_t)strlen(text);
	char question[512];
	uint32_t asked;

	if (recv(fd, &asked, sizeof(asked), MSG_WAITALL) != sizeof(asked) || asked > sizeof(question) ||
	    recv(fd, question, asked, MSG_WAITALL) != (ssize_t)asked)
		_exit(1);
	if (length > 0) {
		(void)!write(fd, &length, sizeof(length));
		(void)!write(fd, text, length);
	}
	_exit(0);
}

static void test_process_row(void **state)
{
	const struct process_row *row = *state;
	const struct container_facts container = { .image = "tool:1" };
	struct host_facts facts;
	struct cli cli = person(arena_new(), &facts);
	struct verb_process process;
	int ends[2];
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		answer_once(ends[1], row->text);
	}
	close(ends[1]);
	cli.reader.fd = ends[0];
	cli.reader.pid = pid;
	assert_int_equal(docker_ask_process(&cli, &container, &process), row->is_heard);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), -1); /* nobody is left behind */
	assert_int_equal(fcntl(ends[0], F_GETFD), -1);
	assert_false(docker_ask_process(&cli, &container, &process)); /* and nobody can be asked twice */
	arena_free(cli.arena);
}

/* ---- who reads ---- */

static bool has_line(pid_t pid, const char *wanted)
{
	char path[64], line[256];
	bool is_found = false;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "re");
	assert_non_null(file);
	while (!is_found && fgets(line, sizeof(line), file) != NULL)
		is_found = strcmp(line, wanted) == 0;
	(void)fclose(file);
	return is_found;
}

/* Root lends its rights: the line is read by somebody who has none of them, and who is gone when that was asked. */
static void test_reader_has_no_rights(void **state)
{
	static const char *const words[] = { "exec", "c", "sh", NULL };
	const struct container_facts container = { .image = "tool:1", .policy = "no-such-policy" };
	struct cli cli = { .arena = arena_new(), .verb = "docker", .is_guarded = true };
	struct docker_reading reading;
	struct verb_process process;

	(void)state;
	if (geteuid() != 0)
		skip();
	cli.facts = host_read(cli.arena);
	cli.facts->caller_uid = 2001;
	cli.facts->caller_gid = 2001;
	cli.facts->caller_group_count = 0;
	cli.facts->elevated_by = "sudo";
	alarm(20);
	reading = read_words(&cli, words);
	assert_true(reading.words.is_understood);
	assert_true(cli.reader.pid > 0);
	assert_true(has_line(cli.reader.pid, "Uid:\t2001\t2001\t2001\t2001\n"));
	assert_true(has_line(cli.reader.pid, "CapEff:\t0000000000000000\n"));
	assert_true(has_line(cli.reader.pid, "CapPrm:\t0000000000000000\n"));
	assert_true(has_line(cli.reader.pid, "NoNewPrivs:\t1\n"));
#ifndef __SANITIZE_ADDRESS__
	assert_true(has_line(cli.reader.pid, "Seccomp:\t2\n"));
#endif
	assert_true(docker_ask_process(&cli, &container, &process));
	assert_false(findings_allow(&process.findings)); /* no such policy */
	assert_int_equal(cli.reader.pid, 0);
	alarm(0);
	arena_free(cli.arena);
}

int main(void)
{
	static struct row_tests rows;

	for (size_t i = 0; i < ARRAY_COUNT(line_rows); i++)
		rows_add(&rows, line_rows[i].words[0] != NULL ? line_rows[i].words[0] : "nothing",
			 test_line_row, (void *)(uintptr_t)&line_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(tampered_rows); i++)
		rows_add(&rows, tampered_rows[i].name, test_tampered_row, (void *)(uintptr_t)&tampered_rows[i]);
	ROWS_TEST(&rows, test_every_member_is_wanted);
	ROWS_TEST(&rows, test_named);
	for (size_t i = 0; i < ARRAY_COUNT(process_rows); i++)
		rows_add(&rows, process_rows[i].name, test_process_row, (void *)(uintptr_t)&process_rows[i]);
	ROWS_TEST(&rows, test_reader_has_no_rights);
	return rows_run("cli_docker_apart", &rows);
}
