/*
 * The grammar of the line. A row is the words and what they mean: the options in order, the image, the command; or,
when the line
 * is not well formed, the findings: kind, subject and a part of the reason.
 */
#include "rows.h"

#include <hardrun/request.h>

enum {
	WORDS_MAX = 8,
};

struct line_row {
	const char *words[WORDS_MAX + 1];
	const char *meaning;
};

struct parsed {
	struct arena *arena;
	struct findings findings;
	const struct request *request;
};

static struct parsed parse_words(const char *const *words)
{
	struct parsed parsed = { .arena = arena_new() };
	char **argv = NULL;
	size_t argc = 0;

	parsed.findings.arena = parsed.arena;
	for (; words[argc] != NULL;)
		*vector_push(parsed.arena, argv, argc) = arena_strdup(parsed.arena, words[argc]);
	parsed.request = request_parse(parsed.arena, (int)argc, argv, &parsed.findings);
	return parsed;
}

static const char *describe(const struct parsed *parsed)
{
	const struct request *request = parsed->request;
	struct text text;

	text_init(&text, parsed->arena);
	for (size_t i = 0; i < parsed->findings.count; i++) {
		const struct finding *finding = &parsed->findings.items[i];

		text_addf(&text, "%s%s [%s] %s", i == 0 ? "" : "; ", finding_kind_name(finding->kind),
		finding->subject, finding->reason);
	}
	if (parsed->findings.count > 0)
		return text.data;
	for (size_t i = 0; i < request->option_count; i++) {
		const struct request_option *option = &request->options[i];

		text_addf(&text, "%s{%s} ", flag_specs[option->flag].name, option->raw);
	}
	text_addf(&text, "image{%s}", request->image == NULL ? "-" : request->image);
	for (size_t i = 0; i < request->command.count; i++)
		text_addf(&text, " %s", request->command.items[i]);
	return text.data;
}

/* Exact, but for malformed lines, where the row holds the beginning of each finding, split by "; ". */
static struct line_row line_rows[] = {
	{ { "alpine" }, "image{alpine}" },
	{ { "alpine", "-v", "/:/h" }, "image{alpine} -v /:/h" },
	{ { "alpine", "--privileged" }, "image{alpine} --privileged" },
	{ { "alpine", "--", "x" }, "image{alpine} -- x" },
	{ { "--", "alpine", "--privileged" }, "image{alpine} --privileged" },
	{ { "--rm", "--", "alpine", "--", "-x" }, "rm{true} image{alpine} -- -x" },
	{ { "--rm", "alpine", "docker", "run", "--privileged", "x" }, "rm{true} image{alpine} docker run --privileged x" },
	{ { "run", "alpine" }, "image{run} alpine" },
	{ { "-d", "false", "alpine" }, "detach{true} image{false} alpine" },
	{ { "--read-only", "false", "alpine" }, "read-only{true} image{false} alpine" },
	{ { "--rm=false", "--rm", "alpine" }, "rm{false} rm{true} image{alpine}" },
	{ { "--detach=false", "--detach=TRUE", "alpine" }, "detach{false} detach{true} image{alpine}" },
	{ { "--init=1", "alpine" }, "init{true} image{alpine}" },
	{ { "-it", "alpine" }, "interactive{true} tty{true} image{alpine}" },
	{ { "-itd", "alpine" }, "interactive{true} tty{true} detach{true} image{alpine}" },
	{ { "-it=false", "alpine" }, "interactive{true} tty{false} image{alpine}" },
	{ { "-d=0", "alpine" }, "detach{false} image{alpine}" },
	{ { "-v=/:/h", "alpine" }, "volume{/:/h} image{alpine}" },
	{ { "-v/:/h", "alpine" }, "volume{/:/h} image{alpine}" },
	{ { "-v", "/:/h", "alpine" }, "volume{/:/h} image{alpine}" },
	{ { "-itv/:/h", "alpine" }, "interactive{true} tty{true} volume{/:/h} image{alpine}" },
	{ { "-itv=/:/h", "alpine" }, "interactive{true} tty{true} volume{/:/h} image{alpine}" },
	{ { "-itv", "/:/h", "alpine" }, "interactive{true} tty{true} volume{/:/h} image{alpine}" },
	{ { "-itu0", "alpine" }, "interactive{true} tty{true} user{0} image{alpine}" },
	{ { "-u=0", "alpine" }, "user{0} image{alpine}" },
	{ { "-itP", "alpine" }, "interactive{true} tty{true} publish-all{true} image{alpine}" },
	{ { "-p80:80", "alpine" }, "publish{80:80} image{alpine}" },
	{ { "-e=K=V", "alpine" }, "env{K=V} image{alpine}" },
	{ { "-e", "K", "alpine" }, "env{K} image{alpine}" },
	{ { "-eK=", "alpine" }, "env{K=} image{alpine}" },
	{ { "-h", "web1", "alpine" }, "hostname{web1} image{alpine}" },
	{ { "-c", "512", "alpine" }, "cpu-shares{512} image{alpine}" },
	{ { "-lfoo", "alpine" }, "label{foo} image{alpine}" },
	{ { "-l", "a=b", "alpine" }, "label{a=b} image{alpine}" },
	{ { "-w/proc/thread-self/fd/9", "alpine" }, "workdir{/proc/thread-self/fd/9} image{alpine}" },
	{ { "--net=host", "alpine" }, "network{host} image{alpine}" },
	{ { "--net-alias", "x", "alpine" }, "network-alias{x} image{alpine}" },
	{ { "--dns-opt", "x", "alpine" }, "dns-option{x} image{alpine}" },
	{ { "--name", "--privileged", "alpine" }, "name{--privileged} image{alpine}" },
	{ { "--name", "--", "alpine" }, "name{--} image{alpine}" },
	{ { "--name", "-", "alpine" }, "name{-} image{alpine}" },
	{ { "--name", "", "alpine" }, "name{} image{alpine}" },
	{ { "--name=", "alpine" }, "name{} image{alpine}" },
	{ { "--name=a=b", "alpine" }, "name{a=b} image{alpine}" },
	{ { "--name=x --privileged", "alpine" }, "name{x --privileged} image{alpine}" },
	{ { "--entrypoint=", "alpine", "/bin/sh" }, "entrypoint{} image{alpine} /bin/sh" },
	{ { "--memory", "1g", "--memory=1024m", "alpine" }, "memory{1g} memory{1024m} image{alpine}" },
	{ { "-m1g", "--memory", "1G", "alpine" }, "memory{1g} memory{1G} image{alpine}" },
	{ { "--read-only", "--read-only=true", "alpine" }, "read-only{true} read-only{true} image{alpine}" },
	{ { "--cap-add", "A", "--cap-add", "B", "alpine" }, "cap-add{A} cap-add{B} image{alpine}" },
	{ { "--memory-swap=-1", "alpine" }, "memory-swap{-1} image{alpine}" },
	{ { "--stop-timeout", "0x10", "alpine" }, "stop-timeout{0x10} image{alpine}" },
	{ { "--rootfs", "/srv/x", "/bin/sh", "-c", "id" }, "rootfs{/srv/x} image{-} /bin/sh -c id" },
	{ { "--rootfs=/srv/x" }, "rootfs{/srv/x} image{-}" },
	{ { "--rootfs=/srv/x", "--", "-x" }, "rootfs{/srv/x} image{-} -x" },
	{ { "--policy", "web", "--dry-run", "alpine" }, "policy{web} dry-run{true} image{alpine}" },
	{ { "-e", "X=\r\nAudit: fake line", "alpine" }, "env{X=\r\nAudit: fake line} image{alpine}" },
	{ { "alpine", "sh", "-c", "a\nb\x1b" }, "image{alpine} sh -c a\nb\x1b" },
	{ { "--label", "caf\xc3\xa9=x", "alpine" }, "label{caf\xc3\xa9=x} image{alpine}" },
	{ { "--volume=/ok:/ok --privileged", "alpine" }, "volume{/ok:/ok --privileged} image{alpine}" },

	{ { NULL }, "invalid [image] no image" },
	{ { "--rm" }, "invalid [image] no image" },
	{ { "--" }, "invalid [image] no image" },
	{ { "-h", "alpine" }, "invalid [image] no image" },
	{ { "" }, "invalid [image ] it is empty" },
	{ { "--rm", "", "--privileged" }, "invalid [image ] it is empty" },
	{ { "-", "x" }, "invalid [image -] it is not the name" },
	{ { "\xe2\x80\x93privileged", "alpine" }, "invalid [image \xe2\x80\x93privileged] it is not the name" },
	{ { "alpine\n" }, "invalid [image alpine\\x0a] it has control" },
	{ { "alpine\xe2\x80\x8b" }, "invalid [image alpine\\xe2\\x80\\x8b] it has control" },
	{ { "--privileg", "alpine" }, "unknown [--privileg] " },
	{ { "--vol=/:/h", "alpine" }, "unknown [--vol=...] " },
	{ { "--cap_add=ALL", "alpine" }, "unknown [--cap_add=...] " },
	{ { "--Privileged", "alpine" }, "unknown [--Privileged] " },
	{ { "--privileged\xc2\xa0", "alpine" }, "unknown [--privileged\xc2\xa0] " },
	{ { "--privileged\n", "alpine" }, "unknown [--privileged\\x0a] " },
	{ { "--rm;--privileged", "alpine" }, "unknown [--rm;--privileged] " },
	{ { "--future-flag", "-v", "/:/h", "alpine" }, "unknown [--future-flag] " },
	{ { "--no-rm", "alpine" }, "unknown [--no-rm] " },
	{ { "--host=tcp://evil", "alpine" }, "unknown [--host=...] " },
	{ { "--context", "prod", "alpine" }, "unknown [--context] " },
	{ { "-H", "tcp://evil:2375", "alpine" }, "unknown [-H] " },
	{ { "-D", "alpine" }, "unknown [-D] " },
	{ { "-itX", "alpine" }, "unknown [-itX] " },
	{ { "-it\n", "alpine" }, "unknown [-it\\x0a] " },
	{ { "-=x", "alpine" }, "unknown [-=...] " },
	{ { "-=", "alpine" }, "unknown [-=] " },
	{ { "-d=", "alpine" }, "unknown [-d=] " },
	{ { "---", "alpine" }, "invalid [---] it is not the form" },
	{ { "---rm", "alpine" }, "invalid [---rm] it is not the form" },
	{ { "--=x", "alpine" }, "invalid [--=...] it is not the form" },
	{ { "--=", "alpine" }, "invalid [--=] it is not the form" },
	{ { "-privileged", "alpine" }, "invalid [-p rivileged] " },
	{ { "-test.v", "alpine" }, "invalid [-test.v] docker ignores" },
	{ { "-test.run=x", "alpine" }, "invalid [-test.run=...] docker ignores" },
	{ { "-itest.x", "alpine" }, "invalid [-itest.x] docker ignores" },
	{ { "--test.v", "alpine" }, "unknown [--test.v] " },
	{ { "-v" }, "invalid [-v] it needs a value" },
	{ { "--name" }, "invalid [--name] it needs a value" },
	{ { "-itv" }, "invalid [-v] it needs a value" },
	{ { "-v=", "alpine" }, "invalid [-v =] its target" },
	{ { "--volume=", "alpine" }, "invalid [--volume=] a part of it is empty" },
	{ { "--volume", "--rm", "alpine" }, "invalid [--volume=--rm] its target" },
	{ { "-v", "~/x:/h", "alpine" }, "invalid [-v ~/x:/h] docker does not expand" },
	{ { "--mount", "type=bind,src=~/x,dst=/h", "alpine" },
	  "invalid [--mount=type=bind,src=~/x,dst=/h] docker does not expand" },
	{ { "--privileged=", "alpine" }, "invalid [--privileged=] '' is neither" },
	{ { "--privileged=yes", "alpine" }, "invalid [--privileged=yes] 'yes' is neither" },
	{ { "--init=maybe", "alpine" }, "invalid [--init=maybe] 'maybe' is neither" },
	{ { "-d=x", "alpine" }, "invalid [-d x] 'x' is neither" },
	{ { "-cx", "alpine" }, "invalid [-c x] 'x' is not a whole number" },
	{ { "--pids-limit= 100", "alpine" }, "invalid [--pids-limit= 100] ' 100' is not a whole number" },
	{ { "--memory=512 m", "alpine" }, "invalid [--memory=512 m] '512 m' is not a size" },
	{ { "--memory=-1", "alpine" }, "invalid [--memory=-1] '-1' is not a size" },
	{ { "--memory-swap=-2", "alpine" }, "invalid [--memory-swap=-2] '-2' is not a size" },
	{ { "--cpus=1,5", "alpine" }, "invalid [--cpus=1,5] '1,5' is not a number of CPUs" },
	{ { "--health-interval", "-5s", "alpine" }, "invalid [--health-interval=-5s] '-5s' is not a duration" },
	{ { "-e", "=x", "alpine" }, "invalid [-e =...] it has no name" },
	{ { "-e", "", "alpine" }, "invalid [-e ] it has no name" },
	{ { "-e", "A B=x", "alpine" }, "invalid [-e A B=...] its name has a blank" },
	{ { "-e", "A\nB=x", "alpine" }, "invalid [-e A\\x0aB=...] it has control" },
	{ { "-e", "A\nB", "alpine" }, "invalid [-e A\\x0aB] it has control" },
	{ { "--label", "a=\x1b]0;pwn\a", "alpine" }, "invalid [--label=a=\\x1b]0;pwn\\x07] it has control" },
	{ { "--name", "\xc2\x85x", "alpine" }, "invalid [--name=\\xc2\\x85x] it has control" },
	{ { "--dns-option", "ndots:5\nnameserver 6.6.6.6", "alpine" },
	  "invalid [--dns-option=ndots:5\\x0anameserver 6.6.6.6] it has control" },
	{ { "--detach-keys", "ctrl-p,\x01", "alpine" }, "invalid [--detach-keys=ctrl-p,\\x01] it has control" },
	{ { "--security-opt", "", "alpine" }, "invalid [--security-opt=] it has no name" },
	{ { "--security-opt", "apparmor = unconfined", "alpine" },
	  "invalid [--security-opt=apparmor = unconfined] its name has a blank" },
	{ { "--sysctl", "net.x", "alpine" }, "invalid [--sysctl=net.x] it has no value" },
	{ { "--add-host", "db", "alpine" }, "invalid [--add-host=db] it has no value" },
	{ { "--add-host", "db=10.0.0.5", "alpine" }, "invalid [--add-host=db=10.0.0.5] docker's clients differ" },
	{ { "-v\xf0/:/h", "alpine" }, "invalid [-v\\xf0/:/h] it is not valid UTF-8" },
	{ { "alpine", "a\xff" }, "invalid [a\\xff] it is not valid UTF-8" },
	{ { "-e", "A=\xed\xa0\x80", "alpine" }, "invalid [A=...] it is not valid UTF-8" },
	{ { "--memory", "1g", "--memory", "2g", "alpine" },
	  "invalid [--memory=2g] it was given before with another value, '1g'" },
	{ { "--privileged=false", "--privileged", "alpine" },
	  "invalid [--privileged] it was given before with another value, 'false'" },
	{ { "--read-only", "--read-only=false", "alpine" }, "invalid [--read-only=false] it was given before" },
	{ { "-u", "1000", "--user=0", "alpine" }, "invalid [--user=0] it was given before" },
	{ { "--policy=a", "--policy=b", "alpine" }, "invalid [--policy=b] it was given before" },
	{ { "--memory=x", "--cpus=y", "--rm=z", "Alpine" },
	  "invalid [--memory=x] ; invalid [--cpus=y] ; invalid [--rm=z] ; invalid [image Alpine] " },
	{ { "--bogus=1", "--memory=x", "alpine" }, "unknown [--bogus=...] ; invalid [--memory=x] " },
};

/* True when each part of ${wanted} begins, in order, a finding in ${found}, and there are as many. */
static bool findings_are(struct arena *arena, const struct findings *findings, const char *wanted)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->items[i];
		const char *line = arena_printf(arena, "%s [%s] %s", finding_kind_name(finding->kind),
		finding->subject, finding->reason);
		const char *end = strstr(wanted, "; ");
		size_t length = end == NULL ? strlen(wanted) : (size_t)(end - wanted);

		if (length == 0 || strncmp(line, wanted, length) != 0)
			return false;
		wanted += end == NULL ? length : length + 2;
	}
	return *wanted == '\0';
}

static void test_line(void **state)
{
	const struct line_row *row = *state;
	struct parsed parsed = parse_words(row->words);
	bool is_malformed = strncmp(row->meaning, "invalid ", 8) == 0 || strncmp(row->meaning, "unknown ", 8) == 0;

	assert_int_equal(findings_malformed(&parsed.findings), is_malformed);
	if (!is_malformed)
		assert_string_equal(describe(&parsed), row->meaning);
	else if (!findings_are(parsed.arena, &parsed.findings, row->meaning))
		fail_msg("found: %s", describe(&parsed));
	arena_free(parsed.arena);
}

struct remedy_row {
	const char *words[WORDS_MAX + 1];
	const char *remedy; /* a part of the first finding's; NULL: it has none */
};

static struct remedy_row remedy_rows[] = {
	{ { "--privileg", "x" }, "did you mean --privileged?" },
	{ { "--vol=/:/h", "x" }, "did you mean --volume?" },
	{ { "--cap_add=ALL", "x" }, "did you mean --cap-add?" },
	{ { "--zzzzzzzzz", "x" }, NULL },
	{ { "-privileged", "x" }, "write --privileged" },
	{ { "-name", "x" }, "write --name" },
	{ { "-X", "x" }, NULL },
	{ { "-h", "alpine" }, "--help" },
	{ { "--rm" }, "IMAGE" },
	{ { "--memory=x", "alpine" }, "512m" },
	{ { "--memory=1g", "-m", "2g", "alpine" }, "give it once" },
};

static void test_remedy(void **state)
{
	const struct remedy_row *row = *state;
	struct parsed parsed = parse_words(row->words);

	assert_int_equal(parsed.findings.count, 1);
	if (row->remedy == NULL) {
		assert_null(parsed.findings.items[0].remedy);
	} else {
		assert_non_null(parsed.findings.items[0].remedy);
		assert_non_null(strstr(parsed.findings.items[0].remedy, row->remedy));
	}
	arena_free(parsed.arena);
}

/* What is wrong is told without what may be a secret: the line may end up in a log. */
static void test_secrets_are_not_repeated(void **state)
{
	static const struct {
		const char *words[6];
		const char *subject; /* of the first finding */
	} rows[] = {
		{ { "-e", "TOKEN=hunter2\xff", "x" }, "TOKEN=..." },
		{ { "--env", "A B=hunter2", "x" }, "--env=A B=..." },
		{ { "-e", "=hunter2", "x" }, "-e =..." },
		{ { "-eA\nB=hunter2", "x" }, "-e A\\x0aB=..." },
		{ { "--envv=TOKEN=hunter2", "x" }, "--envv=..." },
		{ { "-zTOKEN=hunter2", "x" }, "-zTOKEN=..." },
		{ { "---TOKEN=hunter2", "x" }, "---TOKEN=..." },
		{ { "--label", "a b token=hunter2", "x" }, "--label=a b token=..." },
		{ { "--log-opt", "a b\x01password=hunter2", "x" }, "--log-opt=a b\\x01password=..." },
		{ { "--mount", "type=volume,dst=/x,a b=1,o=password=hunter2", "x" }, "--mount=type=volume,dst=/x,a b=1,o=password=..." },
		{ { "--health-cmd", "curl\x01 -u me:hunter2", "x" }, "--health-cmd=..." },
		{ { "--health-cmd", "curl -u me:hunter2", "--health-cmd", "true", "x" }, "--health-cmd=..." },
		{ { "--memory", "token=hunter2", "x" }, "--memory=token=..." },
		{ { "TOKEN=hunter2" }, "image TOKEN=..." },
	};
	char longest[600];
	const char *const words[] = { "--memory", longest, "x", NULL };
	struct parsed parsed;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		parsed = parse_words(rows[i].words);
		assert_true(parsed.findings.count > 0);
		assert_string_equal(parsed.findings.items[0].subject, rows[i].subject);
		assert_null(strstr(parsed.findings.items[0].reason, "hunter2"));
		arena_free(parsed.arena);
	}
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	parsed = parse_words(words);
	assert_true(strlen(parsed.findings.items[0].subject) <= 100);
	assert_true(strlen(parsed.findings.items[0].reason) <= 160);
	arena_free(parsed.arena);
}

static void test_values_are_typed(void **state)
{
	static const char *const words[] = { "-m", "1.5g", "--cpus=.5", "--stop-timeout=010", "--health-interval=1m30s",
		"alpine", NULL };
	struct parsed parsed = parse_words(words);

	(void)state;
	assert_int_equal(request_last(parsed.request, FLAG_MEMORY)->value.number, 1610612736);
	assert_int_equal(request_last(parsed.request, FLAG_CPUS)->value.number, 500000000);
	assert_int_equal(request_last(parsed.request, FLAG_STOP_TIMEOUT)->value.number, 8);
	assert_int_equal(request_last(parsed.request, FLAG_HEALTH_INTERVAL)->value.number, INT64_C(90000000000));
	assert_null(request_last(parsed.request, FLAG_PIDS_LIMIT));
	arena_free(parsed.arena);
}

static void test_pairs_are_cut(void **state)
{
	static const struct {
		const char *words[4];
		enum flag_id flag;
		const char *name, *value;
	} rows[] = {
		{ { "-e", "A=b=c", "x", NULL }, FLAG_ENV, "A", "b=c" },
		{ { "-e", "A=", "x", NULL }, FLAG_ENV, "A", "" },
		{ { "-e", "A", "x", NULL }, FLAG_ENV, "A", NULL },
		{ { "-e", "BASH_FUNC_id%%=() { evil; }", "x", NULL }, FLAG_ENV, "BASH_FUNC_id%%", "() { evil; }" },
		{ { "--security-opt", "no-new-privileges", "x", NULL }, FLAG_SECURITY_OPT, "no-new-privileges", NULL },
		{ { "--security-opt", "no-new-privileges:false", "x", NULL }, FLAG_SECURITY_OPT, "no-new-privileges", "false" },
		{ { "--security-opt", "no-new-privileges=f", "x", NULL }, FLAG_SECURITY_OPT, "no-new-privileges", "f" },
		{ { "--security-opt", "label=type:spc_t", "x", NULL }, FLAG_SECURITY_OPT, "label", "type:spc_t" },
		{ { "--security-opt", "a:b=c", "x", NULL }, FLAG_SECURITY_OPT, "a:b", "c" },
		{ { "--add-host", "db:fd00::5", "x", NULL }, FLAG_ADD_HOST, "db", "fd00::5" },
		{ { "--sysctl", "a.b=c=d", "x", NULL }, FLAG_SYSCTL, "a.b", "c=d" },
		{ { "--log-opt", "max-size=10m", "x", NULL }, FLAG_LOG_OPT, "max-size", "10m" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct parsed parsed = parse_words(rows[i].words);
		const struct request_option *option = request_last(parsed.request, rows[i].flag);

		assert_non_null(option);
		assert_string_equal(option->value.pair.name, rows[i].name);
		if (rows[i].value == NULL)
			assert_null(option->value.pair.value);
		else
			assert_string_equal(option->value.pair.value, rows[i].value);
		arena_free(parsed.arena);
	}
}

static void test_options_know_their_word(void **state)
{
	static const char *const words[] = { "-it", "--net", "none", "-e", "A=1", "alpine", "-e", "B", NULL };
	struct parsed parsed = parse_words(words);
	const struct request *request = parsed.request;
	static const size_t places[] = { 0, 0, 1, 3 };
	static const char *const spellings[] = { "-i", "-t", "--net", "-e" };

	(void)state;
	assert_int_equal(request->option_count, ARRAY_COUNT(places));
	for (size_t i = 0; i < ARRAY_COUNT(places); i++) {
		assert_int_equal(request->options[i].argv_index, places[i]);
		assert_string_equal(request->options[i].spelling, spellings[i]);
	}
	assert_int_equal(request->options[2].flag, FLAG_NETWORK);
	assert_int_equal(request->image_index, 5);
	assert_int_equal(request->argv_words, 8);
	assert_int_equal(request->argv_bytes, 4 + 6 + 5 + 3 + 4 + 7 + 3 + 2);
	arena_free(parsed.arena);
}

static void test_next_visits_every_option_of_a_flag(void **state)
{
	static const char *const words[] = { "-eA=1", "--rm", "-eB=2", "-t", "-eC=3", "alpine", NULL };
	struct parsed parsed = parse_words(words);
	const struct request_option *option;
	size_t position = 0;
	char seen[8] = "";

	(void)state;
	while ((option = request_next(parsed.request, FLAG_ENV, &position)) != NULL)
		strncat(seen, option->value.pair.name, sizeof(seen) - strlen(seen) - 1);
	assert_string_equal(seen, "ABC");
	assert_null(request_next(parsed.request, FLAG_ENV, &position));
	assert_string_equal(request_last(parsed.request, FLAG_ENV)->raw, "C=3");
	arena_free(parsed.arena);
}

static void test_help(void **state)
{
	static const char *const asked[] = { "--rm", "--help", NULL }, *const taken_back[] = { "--help", "--help=false",
		"alpine", NULL };
	static const char *const not_asked[] = { "--help=false", "alpine", NULL }, *const of_the_command[] = { "alpine",
		"--help", NULL };
	struct parsed parsed = parse_words(asked);

	(void)state;
	assert_true(parsed.request->is_help);
	assert_int_equal(parsed.findings.count, 0);
	arena_free(parsed.arena);
	parsed = parse_words(taken_back);
	assert_false(parsed.request->is_help);
	arena_free(parsed.arena);
	parsed = parse_words(not_asked);
	assert_false(parsed.request->is_help);
	assert_string_equal(parsed.request->image, "alpine");
	arena_free(parsed.arena);
	parsed = parse_words(of_the_command);
	assert_false(parsed.request->is_help);
	arena_free(parsed.arena);
}

/* ${count} words "x" behind an image, and one finding or none. */
static size_t findings_for(size_t count, size_t bytes_of_last)
{
	struct arena *arena = arena_new();
	struct findings findings = { .arena = arena };
	char **argv = arena_alloc(arena, (count + 1) * sizeof(*argv)), *last = arena_alloc(arena, bytes_of_last + 1);
	size_t found;

	for (size_t i = 0; i < count; i++)
		argv[i] = arena_strdup(arena, "x");
	memset(last, 'x', bytes_of_last);
	argv[count - 1] = last;
	request_parse(arena, (int)count, argv, &findings);
	found = findings.count;
	arena_free(arena);
	return found;
}

static void test_limits_of_the_line(void **state)
{
	(void)state;
	assert_int_equal(findings_for(REQUEST_ARGV_WORDS_MAX, 1), 0);
	assert_int_equal(findings_for(REQUEST_ARGV_WORDS_MAX + 1, 1), 1);
	assert_int_equal(findings_for(100000, 1), 1);
	/* An image, "x", takes two bytes. */
	assert_int_equal(findings_for(2, REQUEST_ARGV_BYTES_MAX - 2 - 1), 0);
	assert_int_equal(findings_for(2, REQUEST_ARGV_BYTES_MAX - 2), 1);
	assert_int_equal(findings_for(2, 10 * 1024 * 1024), 1);
}

/* Every flag is read by its long name, with its value in the same word; every letter as well. */
static void test_every_flag_is_read(void **state)
{
	static const char *const samples[FLAG_KIND_COUNT] = {
		[FLAG_KIND_BOOL] = "true", [FLAG_KIND_INTEGER] = "10", [FLAG_KIND_SIZE] = "10m", [FLAG_KIND_CPUS] = "1",
		[FLAG_KIND_DURATION] = "10s", [FLAG_KIND_WORD] = "word", [FLAG_KIND_PAIR] = "a=b", [FLAG_KIND_VOLUME] = "/a:/b",
		[FLAG_KIND_MOUNT] = "dst=/a", [FLAG_KIND_TMPFS] = "/a", [FLAG_KIND_PORT] = "80", [FLAG_KIND_USER] = "1",
		[FLAG_KIND_ULIMIT] = "core=0", [FLAG_KIND_NETWORK] = "none",
	};

	(void)state;
	for (size_t i = 0; i < FLAG_COUNT; i++) {
		const struct flag_spec *spec = &flag_specs[i];
		const char *value = i == FLAG_ADD_HOST ? "a:b" : samples[spec->kind];
		enum flag_id wanted = spec->alias_of == FLAG_NONE ? (enum flag_id)i : spec->alias_of;
		struct arena *arena = arena_new();
		const char *words[] = { arena_printf(arena, "--%s=%s", spec->name, value), "alpine", NULL };
		struct parsed parsed = parse_words(words);

		if (parsed.findings.count > 0 || parsed.request->option_count != 1)
			fail_msg("--%s: %s", spec->name, describe(&parsed));
		assert_int_equal(parsed.request->options[0].flag, wanted);
		arena_free(parsed.arena);
		words[0] = arena_printf(arena, "-%c=%s", spec->letter, value);
		parsed = parse_words(words);
		if (spec->letter != '\0')
			assert_int_equal(parsed.request->options[0].flag, wanted);
		arena_free(parsed.arena);
		arena_free(arena);
	}
}

static void join(struct row_tests *rows, const char *const *words, CMUnitTestFunction function, void *row)
{
	char name[200] = "run";

	for (; *words != NULL; words++) {
		size_t length = strlen(name);

		snprintf(name + length, sizeof(name) - length, " %s", *words);
	}
	rows_add(rows, name, function, row);
}

int main(void)
{
	static struct row_tests rows;

	for (size_t i = 0; i < ARRAY_COUNT(line_rows); i++)
		join(&rows, line_rows[i].words, test_line, &line_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(remedy_rows); i++)
		join(&rows, remedy_rows[i].words, test_remedy, &remedy_rows[i]);
	ROWS_TEST(&rows, test_secrets_are_not_repeated);
	ROWS_TEST(&rows, test_values_are_typed);
	ROWS_TEST(&rows, test_pairs_are_cut);
	ROWS_TEST(&rows, test_options_know_their_word);
	ROWS_TEST(&rows, test_next_visits_every_option_of_a_flag);
	ROWS_TEST(&rows, test_help);
	ROWS_TEST(&rows, test_limits_of_the_line);
	ROWS_TEST(&rows, test_every_flag_is_read);
	return rows_run("parse", &rows);
}
