/* why: what a policy does with a system call, a capability or a path, by which line, and what would change it. Starts nothing. */
#include "why.h"

#include "separate.h"

#include <jansson.h>
#include <string.h>

static const struct { const char *option, *kind; why_subject *answer; } why_subjects[] = {
	{ "--syscall", "syscall", why_syscall },
	{ "--cap", "capability", why_capability },
	{ "--path", "path", why_path },
};

struct why_line {
	size_t subject;      /* of why_subjects; their number: none yet */
	const char *word;
	const char *image;   /* NULL: none named */
};

static int fail(struct cli *cli, struct error *err, const char *message)
{
	int result = error_set(err, cli->arena, ERROR_USAGE, "%s", message);

	err->remedy = "use: hardrun why [--syscall NAME | --cap NAME | --path PATH [--policy NAME|FILE] [IMAGE]], "
		      "or hardrun why run ...";
	return result;
}

/* How many words the subject at argv[0] takes: 0: it is none. */
static int take_subject(struct why_line *line, int argc, char *const argv[])
{
	for (size_t i = 0; i < ARRAY_COUNT(why_subjects); i++) {
		const size_t length = strlen(why_subjects[i].option);

		if (strncmp(argv[0], why_subjects[i].option, length) != 0 || (argv[0][length] != '\0' && argv[0][length] != '='))
			continue;
		if (argv[0][length] == '\0' && argc < 2)
			return -1;
		if (line->word != NULL)
			return -1;
		line->subject = i;
		line->word = argv[0][length] == '=' ? argv[0] + length + 1 : argv[1];
		return argv[0][length] == '=' ? 1 : 2;
	}
	return 0;
}

static int parse(struct cli *cli, int argc, char *const argv[], struct why_line *line, struct error *err)
{
	char **others = arena_alloc(cli->arena, ((size_t)argc + 1) * sizeof(*others));
	struct string_list words = { 0 };
	int count = 0;

	*line = (struct why_line){ .subject = ARRAY_COUNT(why_subjects) };
	for (int at = 0; at < argc;) {
		const int used = take_subject(line, argc - at, argv + at);

		if (used < 0)
			return fail(cli, err, "one of --syscall, --cap and --path is wanted, once and with its value");
		if (used == 0)
			others[count++] = argv[at];
		at += used > 0 ? used : 1;
	}
	if (options_parse_verb(cli, count, others, &words, err) < 0)
		return -(int)err->kind;
	if (cli->options.is_help)
		return 0;
	if (line->word == NULL || *line->word == '\0' || words.count > 1)
		return fail(cli, err, words.count > 1 ? "one image at most is wanted" : "one of --syscall, --cap and --path is wanted");
	line->image = words.count == 1 ? words.items[0] : NULL;
	return !string_is_utf8(line->word) || string_has_control(line->word) ? fail(cli, err, "it is not text") : 0;
}

/* The policy that a run of this image would have, and the ceiling. */
static const struct policy *load(struct cli *cli, const struct why_line *line, const struct policy **ret_ceiling,
				 struct policy_errors *errors)
{
	struct policy_search search;
	struct image_name image;
	const char *reason = NULL;

	*ret_ceiling = flow_take_ceiling(cli, &search, errors);
	if (errors->count > 0)
		return NULL;
	if (cli->options.policy != NULL || line->image == NULL)
		return policy_load(cli->arena, &search, cli->options.policy != NULL ? cli->options.policy : "default", errors);
	if (request_parse_image(cli->arena, line->image, &image, &reason))
		return policy_choose(cli->arena, &search, image.name, errors);
	*vector_push(cli->arena, errors->items, errors->count) = (struct error){
		.kind = ERROR_USAGE, .message = arena_printf(cli->arena, "%s: %s", string_printable(cli->arena, line->image, 80), reason),
	};
	return NULL;
}

static void print_text(const struct cli *cli, const struct policy *policy, const struct why_answer *answer)
{
	const char *word = answer->is_allowed ? message_tone(cli, stdout, MESSAGE_GOOD, "allowed")
					      : message_tone(cli, stdout, MESSAGE_BAD, "refused");
	const char *place = place_text(cli->arena, answer->place);

	message_print(cli, arena_printf(cli->arena, "%s by policy %s: %s%s%s (%s%s%s)", word,
					string_printable(cli->arena, policy->name, 0),
					string_printable(cli->arena, answer->subject, 0), answer->detail != NULL ? ": " : "",
					answer->detail != NULL ? answer->detail : "", answer->rule, *place != '\0' ? ", " : "", place));
	if (!answer->is_allowed)
		message_print(cli, arena_printf(cli->arena, "; %s%s", answer->remedy != NULL ? "to allow it: " : "no policy can allow it",
						answer->remedy != NULL ? answer->remedy : ""));
	message_print(cli, "\n");
}

static void print_json(const struct cli *cli, const struct why_line *line, const struct policy *policy,
		       const struct why_answer *answer)
{
	json_t *object = json_of_place(answer->place);

	json_object_set_new(object, "schema", json_string("hardrun/why/1"));
	json_object_set_new(object, "policy", json_string(string_printable(cli->arena, policy->name, 0)));
	json_object_set_new(object, "kind", json_string(why_subjects[line->subject].kind));
	json_object_set_new(object, "subject", json_string(answer->subject));
	json_object_set_new(object, "verdict", json_string(answer->is_allowed ? "allowed" : "refused"));
	json_object_set_new(object, "reason", answer->detail != NULL ? json_string(answer->detail) : json_null());
	json_object_set_new(object, "rule", json_string(answer->rule));
	json_object_set_new(object, "remedy", answer->remedy != NULL ? json_string(answer->remedy) : json_null());
	json_print(cli, object);
}

static int why_subject_words(struct cli *cli, int argc, char *const argv[])
{
	struct policy_errors errors = { .arena = cli->arena };
	struct why_question question = { .arena = cli->arena };
	struct why_answer answer = { 0 };
	struct why_line line;
	struct error err = { 0 };

	if (parse(cli, argc, argv, &line, &err) < 0) {
		message_error(cli, &err);
		return CLI_STATUS_USAGE;
	}
	if (cli->options.is_help) {
		help_verb_usage(cli, "why");
		return message_finish(cli, CLI_STATUS_OK);
	}
	question.word = line.word;
	question.policy = load(cli, &line, &question.ceiling, &errors);
	if (question.policy == NULL) {
		message_errors(cli, &errors);
		return CLI_STATUS_USAGE;
	}
	if (why_subjects[line.subject].answer(&question, &answer, &err) < 0) {
		message_error(cli, &err);
		return CLI_STATUS_USAGE;
	}
	if (cli->is_json)
		print_json(cli, &line, question.policy, &answer);
	else
		print_text(cli, question.policy, &answer);
	return message_finish(cli, answer.is_allowed ? CLI_STATUS_OK : CLI_STATUS_DENIED);
}

/* Without a subject: own options at most. */
static bool asks_for_last(struct cli *cli, int argc, char *const argv[])
{
	static const char *const own[] = { "--format", "--color", "--policy" };

	for (int i = 0; i < argc; i += 2) {
		bool is_own = false;

		for (size_t k = 0; k < ARRAY_COUNT(own); k++)
			is_own = is_own || strncmp(argv[i], own[k], strlen(own[k])) == 0;
		if (!is_own)
			return false;
		if (strchr(argv[i], '=') != NULL)
			i--;
	}
	return !cli->options.is_help;
}

static bool parse_last(struct cli *cli, int argc, char *const argv[])
{
	struct string_list words = { 0 };
	struct error err = { 0 };

	if (options_parse_verb(cli, argc, argv, &words, &err) == 0)
		return true;
	message_error(cli, &err);
	return false;
}

static int tell_last(struct cli *cli, int argc, char *const argv[])
{
	/* With root's rights that are lent no word is read before they are given up. */
	if (cli->is_guarded && !parse_last(cli, argc, argv))
		return CLI_STATUS_USAGE;
	return why_last(cli);
}

/* Where the daemon is, is the policy's to say, and under a ceiling the ceiling's. */
static const char *engine_host(struct cli *cli)
{
	struct policy_errors errors = { .arena = cli->arena };
	const struct policy *policy, *ceiling;
	struct policy_search search;

	ceiling = flow_take_ceiling(cli, &search, &errors);
	if (ceiling != NULL || cli->is_guarded)
		return ceiling != NULL ? ceiling->engine.host.value : NULL;
	policy = policy_load(cli->arena, &search, cli->options.policy != NULL ? cli->options.policy : "default", &errors);
	return policy != NULL ? policy->engine.host.value : NULL;
}

/* Silent where there is no daemon, or none that answers: then what is kept is all that is known. */
static const struct host_ended *find_ended(struct cli *cli)
{
	struct host_ended *ended = arena_alloc(cli->arena, sizeof(*ended));
	struct error ignored = { 0 };

	host_find_programs(cli->arena, cli->facts, host_backend_name(BACKEND_DOCKER));
	if (host_choose_backend(cli->arena, cli->facts, host_backend_name(BACKEND_DOCKER), engine_host(cli), NULL, &ignored) < 0 ||
	    !cli->facts->engine.is_docker_answering)
		return NULL;
	return host_find_ended(cli->arena, cli->facts, ended) ? ended : NULL;
}

/* The file is root's own where root asks; what is in it is read without root's rights. */
static int open_last(struct cli *cli, int argc, char *const argv[])
{
	struct error err = { 0 };

	if (!cli->is_guarded && !parse_last(cli, argc, argv))
		return CLI_STATUS_USAGE;
	cli->last.fd = launch_open_last(cli->arena, cli->facts, &cli->last.path, &err);
	if (err.kind != ERROR_NONE) {
		message_error(cli, &err);
		return CLI_STATUS_USAGE;
	}
	cli->last.ended = find_ended(cli);
	return separate_confined(cli, argc, argv, tell_last);
}

/* Whoever looks with root's eyes would tell of directories that neither the person nor the container may enter. */
static int refuse_lent(struct cli *cli)
{
	recording_deny(cli, arena_printf(cli->arena, "why run looks at files with the rights of whoever starts it, and those are "
						     "not lent by %s", cli->facts->elevated_by),
		       "run it as yourself on crun or runc, or ask root to");
	return cli->failure;
}

int why_verb(struct cli *cli, int argc, char *const argv[])
{
	static const struct cli_observer observer = { "why run", PLAN_OBSERVE_NEEDS, ending_explain, NULL, 0 };

	if (argc > 0 && strcmp(argv[0], "run") == 0) {
		cli->verb = "run";
		cli->failure = LAUNCH_STATUS_REFUSED;
		if (cli->facts->elevated_by != NULL)
			return refuse_lent(cli);
		cli->observer = &observer;
		return run_verb(cli, argc - 1, argv + 1);
	}
	return asks_for_last(cli, argc, argv) ? open_last(cli, argc, argv) : separate_confined(cli, argc, argv, why_subject_words);
}
