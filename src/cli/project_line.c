/* project_line: the words of `hardrun compose`, options before and behind the verb alike. */
#include "docker_verbs.h"
#include "project.h"

#include <string.h>

enum line_kind { LINE_TEXT, LINE_SWITCH, LINE_LIST, LINE_NOTHING, LINE_REFUSED };

/* What `docker compose` takes, as far as it means something here. */
struct line_flag {
	const char *name;
	char letter;
	enum line_kind kind;
	size_t offset;          /* into struct project_line */
	const char *verbs;      /* apart by blanks; NULL: any, and before the verb */
	const char *reason;     /* LINE_REFUSED */
};

#define MEMBER(member) offsetof(struct project_line, member)

static const struct line_flag line_flags[] = {
	{ "file", 'f', LINE_TEXT, MEMBER(file), NULL, NULL },
	{ "project-name", 'p', LINE_TEXT, MEMBER(name), NULL, NULL },
	{ "env-file", 0, LINE_TEXT, MEMBER(env_file), NULL, NULL },
	{ "profile", 0, LINE_LIST, MEMBER(profiles), NULL, NULL },
	{ "help", 0, LINE_SWITCH, MEMBER(is_help), NULL, NULL },
	{ "project-directory", 0, LINE_REFUSED, 0, NULL, "paths begin beside the file" },
	{ "detach", 'd', LINE_SWITCH, MEMBER(is_detached), "up", NULL },
	{ "force-recreate", 0, LINE_SWITCH, MEMBER(is_recreated), "up", NULL },
	{ "remove-orphans", 0, LINE_SWITCH, MEMBER(has_orphans_removed), "up down", NULL },
	{ "timeout", 't', LINE_TEXT, MEMBER(timeout), "up down", NULL },
	{ "volumes", 'v', LINE_SWITCH, MEMBER(has_volumes_removed), "down", NULL },
	{ "follow", 'f', LINE_SWITCH, MEMBER(is_followed), "logs", NULL },
	{ "tail", 'n', LINE_TEXT, MEMBER(tail), "logs", NULL },
	{ "all", 'a', LINE_NOTHING, 0, "ps", NULL },
	{ "no-build", 0, LINE_NOTHING, 0, "up", NULL },
	{ "quiet-pull", 0, LINE_NOTHING, 0, "up", NULL },
	{ "build", 0, LINE_REFUSED, 0, "up", "a build runs commands that no policy has judged" },
	{ "scale", 0, LINE_REFUSED, 0, "up", "write scale: into the file" },
};

static const char *const line_verbs[] = { "check", "config", "down", "logs", "ps", "up", "version" };

/* ${verbs}: apart by blanks; NULL: any. */
static bool is_of_verb(const char *verbs, const char *verb)
{
	const size_t length = verb != NULL ? strlen(verb) : 0;

	if (verbs == NULL)
		return true;
	for (const char *at = verbs; verb != NULL && *at != '\0'; at += strcspn(at, " "), at += strspn(at, " "))
		if (strcspn(at, " ") == length && strncmp(at, verb, length) == 0)
			return true;
	return false;
}

/* -f is the file before the verb, and --follow behind logs. */
static const struct line_flag *find_flag(const char *word, size_t length, const char *verb)
{
	const struct line_flag *found = NULL;

	for (size_t i = 0; i < ARRAY_COUNT(line_flags); i++) {
		const struct line_flag *flag = &line_flags[i];
		const bool is_named = word[1] == '-' ? strlen(flag->name) == length - 2 && strncmp(flag->name, word + 2, length - 2) == 0
						     : length == 2 && flag->letter != 0 && flag->letter == word[1];

		if (is_named && is_of_verb(flag->verbs, verb) && (found == NULL || flag->verbs != NULL))
			found = flag;
	}
	return found;
}

static bool refuse(const struct cli *cli, const char *word, const char *reason)
{
	message_line(cli, "compose %s: %s", string_printable(cli->arena, word, 80), reason);
	return false;
}

/* compose's other verbs and options, and what is done in their place: a verb of docker's, which may be lent or not, or words. */
struct line_way { const char *word, *verbs, *docker, *words, *way; };

#define OF_SERVICE "PROJECT-SERVICE-1"

static const struct line_way line_ways[] = { /* sorted */
	{ "attach", NULL, "attach", OF_SERVICE, NULL },
	{ "build", NULL, "build", "-t IMAGE, and name it with image:", NULL },
	{ "cp", NULL, "cp", OF_SERVICE ":PATH PATH", NULL },
	{ "create", NULL, NULL, NULL, "up -d" },
	{ "events", NULL, "events", "", NULL },
	{ "exec", NULL, "exec", "-it " OF_SERVICE " COMMAND", NULL },
	{ "images", NULL, NULL, NULL, "ps shows them" },
	{ "kill", NULL, "kill", OF_SERVICE, NULL },
	{ "ls", NULL, "ps", "-a --filter label=" COMPOSE_PROJECT_LABEL, NULL },
	{ "pause", NULL, "pause", OF_SERVICE, NULL },
	{ "port", NULL, "port", OF_SERVICE, NULL },
	{ "pull", NULL, "pull", "IMAGE; up fetches what is missing", NULL },
	{ "push", NULL, "push", "IMAGE", NULL },
	{ "restart", NULL, "restart", OF_SERVICE ", or up -d --force-recreate SERVICE", NULL },
	{ "rm", NULL, NULL, NULL, "down SERVICE" },
	{ "run", NULL, NULL, NULL, "hardrun run with the words that config shows, and another command" },
	{ "scale", NULL, NULL, NULL, "write scale: into the file, and up -d" },
	{ "start", NULL, NULL, NULL, "up -d" },
	{ "stats", NULL, "stats", OF_SERVICE, NULL },
	{ "stop", NULL, "stop", OF_SERVICE "; down stops and removes", NULL },
	{ "top", NULL, "top", OF_SERVICE, NULL },
	{ "unpause", NULL, "unpause", OF_SERVICE, NULL },
	{ "wait", NULL, "wait", OF_SERVICE, NULL },
	{ "watch", NULL, NULL, NULL, "up -d anew: nothing is built or synchronised" },
};

static const struct line_way option_ways[] = {
	{ "--abort-on-container-exit", "up", NULL, NULL, "leave it out: up ends when all have ended" },
	{ "--no-deps", "up", NULL, NULL, "leave it out: what runs already from the same words is left alone" },
	{ "--no-recreate", "up", NULL, NULL, "leave it out: what runs already from the same words is left alone" },
	{ "--pull", "up", NULL, NULL, "write pull_policy: into the file" },
	{ "--quiet", "check config", NULL, NULL, "check: its status says it" },
	{ "--quiet", "ps", NULL, NULL, "ps --format json" },
	{ "--rmi", "down", "rmi", "IMAGE", NULL },
	{ "--services", "config ps", NULL, NULL, "check names them" },
	{ "--short", "version", NULL, NULL, "version" },
	{ "--since", "logs", "logs", "--since TIME " OF_SERVICE, NULL },
	{ "--timestamps", "logs", "logs", "-t " OF_SERVICE, NULL },
	{ "--wait", "up", NULL, NULL, "depends_on with condition: service_healthy" },
	{ "-V", "up", NULL, NULL, "down -v first" },
	{ "-q", "check config", NULL, NULL, "check: its status says it" },
	{ "-q", "ps", NULL, NULL, "ps --format json" },
	{ "-t", "logs", "logs", "-t " OF_SERVICE, NULL },
};

/* What is not lent is no way for somebody whom root's rights are lent to: the table of docker's verbs knows theirs. */
static const char *way_of(const struct cli *cli, const struct line_way *way)
{
	char *words[] = { arena_strdup(cli->arena, way->docker != NULL ? way->docker : "") };
	const struct docker_verb *verb = way->docker != NULL ? docker_verbs_find(1, words) : NULL;
	const bool is_lent = verb == NULL || (verb->stance != DOCKER_VERB_REFUSED && verb->reason[0] == '\0');

	if (cli->is_guarded && !is_lent)
		return docker_verbs_way(verb, true) != NULL ? docker_verbs_way(verb, true) : "ask root for it";
	return way->docker == NULL ? way->way : arena_printf(cli->arena, "hardrun docker %s%s%s", way->docker,
							     way->words[0] != '\0' ? " " : "", way->words);
}

struct line_ways { const struct line_way *items; size_t count; };

static const char *find_way(const struct cli *cli, const struct line_ways *ways, const char *word, size_t length,
			    const char *verb)
{
	for (size_t i = 0; i < ways->count; i++) {
		const struct line_way *way = &ways->items[i];

		if (strlen(way->word) == length && strncmp(way->word, word, length) == 0 && is_of_verb(way->verbs, verb))
			return way_of(cli, way);
	}
	return NULL;
}

static bool take_text(struct cli *cli, struct project_line *line, const struct line_flag *flag, const char *value)
{
	void *slot = (char *)line + flag->offset;
	const char **text = slot;
	uint64_t number;

	if (value == NULL || value[0] == '\0')
		return refuse(cli, flag->name, "a value is missing");
	if (flag->kind == LINE_LIST) {
		string_list_add(cli->arena, slot, value);
		return true;
	}
	if (*text != NULL && strcmp(*text, value) != 0)
		return refuse(cli, flag->name, flag->offset == MEMBER(file) ? "several files are not joined: name one" :
			      "given twice with different values");
	if (flag->offset == MEMBER(tail) && strcmp(value, "all") == 0) { /* as docker has it, and compose by default */
		*text = value;
		return true;
	}
	if ((flag->offset == MEMBER(timeout) || flag->offset == MEMBER(tail)) && (!parse_decimal(value, &number) || number > 86400))
		return refuse(cli, flag->name, "it takes a number of 0 to 86400");
	*text = value;
	return true;
}

/* One option; the number of its words, or 0 with a sentence. */
static int take_flag(struct cli *cli, struct project_line *line, int argc, char *const argv[])
{
	const char *equals = argv[0][1] == '-' ? strchr(argv[0], '=') : NULL;
	const size_t length = equals != NULL ? (size_t)(equals - argv[0]) : strlen(argv[0]);
	const struct line_flag *flag = find_flag(argv[0], length, line->verb);
	const char *way;
	bool is_on = true;

	if (flag == NULL) {
		way = find_way(cli, &(struct line_ways){ option_ways, ARRAY_COUNT(option_ways) }, argv[0], length, line->verb);
		refuse(cli, argv[0], way != NULL ? arena_printf(cli->arena, "not here; in its place: %s", way) : "no such option");
		return 0;
	}
	switch (flag->kind) {
	case LINE_REFUSED:
		refuse(cli, argv[0], flag->reason);
		return 0;
	case LINE_SWITCH:
	case LINE_NOTHING:
		if (equals != NULL && !parse_bool(equals + 1, &is_on)) {
			refuse(cli, argv[0], "it is neither true nor false");
			return 0;
		}
		if (flag->kind == LINE_SWITCH)
			*(bool *)(void *)((char *)line + flag->offset) = is_on;
		return 1;
	case LINE_TEXT:
	case LINE_LIST:
		break;
	}
	if (!take_text(cli, line, flag, equals != NULL ? equals + 1 : argc > 1 ? argv[1] : NULL))
		return 0;
	return equals != NULL ? 1 : 2;
}

static bool take_word(struct cli *cli, struct project_line *line, const char *word)
{
	const char *nearest, *way;

	if (line->verb != NULL) {
		string_list_add(cli->arena, &line->services, word);
		return true;
	}
	for (size_t i = 0; i < ARRAY_COUNT(line_verbs); i++)
		if (strcmp(line_verbs[i], word) == 0)
			line->verb = line_verbs[i];
	if (line->verb != NULL)
		return true;
	way = find_way(cli, &(struct line_ways){ line_ways, ARRAY_COUNT(line_ways) }, word, strlen(word), NULL);
	if (way != NULL)
		return refuse(cli, word, arena_printf(cli->arena, "not here; in its place: %s", way));
	nearest = string_nearest(word, line_verbs, ARRAY_COUNT(line_verbs));
	return refuse(cli, word, nearest != NULL ? arena_printf(cli->arena, "no such verb; did you mean %s?", nearest)
						 : "it is none of check, config, up, down, ps and logs");
}

bool project_read_line(struct cli *cli, int argc, char *const argv[], struct project_line *ret_line)
{
	struct project_line line = { .file = NULL };
	struct error err = { 0 };
	int at = 0, used;

	while (at < argc) {
		used = options_parse(cli, argc - at, argv + at, true, &err);
		if (used < 0) {
			message_error(cli, &err);
			return false;
		}
		at += used;
		if (at == argc)
			break;
		used = 1;
		if (argv[at][0] == '-' && argv[at][1] != '\0')
			used = take_flag(cli, &line, argc - at, argv + at);
		else if (!take_word(cli, &line, argv[at]))
			return false;
		if (used == 0)
			return false;
		at += used;
	}
	options_apply(cli, cli->options.format, cli->options.color);
	*ret_line = line;
	return true;
}
