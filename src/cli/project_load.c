/* project_load: the Compose file and its .env, found and read as whoever runs this. */
#include "project.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ENV_BYTES_MAX = 64 * 1024 };

/* A regular file of at most ${limit} bytes. *ret_bytes NULL: it is not there. */
static int read_file(struct cli *cli, const char *path, size_t limit, const char **ret_bytes, size_t *ret_length,
		     struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char *bytes = arena_alloc(cli->arena, limit + 2);
	struct stat found;
	size_t length = 0;
	ssize_t got = 1;

	*ret_bytes = NULL;
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return error_set(err, cli->arena, ERROR_MISSING, "%s: %s", string_printable(cli->arena, path, 200), strerror(errno));
	if (fstat(fd, &found) == 0 && S_ISREG(found.st_mode))
		while (length <= limit && (got = read(fd, bytes + length, limit + 1 - length)) > 0)
			length += (size_t)got;
	else
		got = -1;
	close(fd);
	if (got < 0)
		return error_set(err, cli->arena, ERROR_SYSTEM, "%s: it is no file that can be read", string_printable(cli->arena, path, 200));
	if (length > limit)
		return error_set(err, cli->arena, ERROR_LIMIT, "%s: it has more than %zu bytes", string_printable(cli->arena, path, 200),
				 limit);
	*ret_bytes = bytes;
	*ret_length = length;
	return 0;
}

/* ---- variables ---- */

static bool is_listed(const struct policy *ceiling, const char *name)
{
	const struct policy_list *list = ceiling != NULL ? &ceiling->allow.environment : NULL;

	for (size_t i = 0; list != NULL && i < list->count; i++)
		if (strcmp(list->items[i].value, name) == 0)
			return true;
	return false;
}

static const char *find_env(const struct string_list *env, const char *name)
{
	const size_t length = strlen(name);

	for (size_t i = env->count; i-- > 0;)
		if (strncmp(env->items[i], name, length) == 0 && env->items[i][length] == '=')
			return env->items[i] + length + 1;
	return NULL;
}

/*
 * As compose: the environment, then .env. Where rights are lent, or a ceiling binds, the environment may be anybody's, and only
 * what the ceiling lists by its whole name is taken from it, as for -e NAME.
 */
static enum compose_state find_variable(const void *context, const char *name, const char **ret_value)
{
	const struct project_source *source = context;
	const char *outer = host_environment(source->cli->facts, name), *inner = find_env(&source->env, name);
	const bool is_open = !source->cli->is_guarded || is_listed(source->ceiling, name);

	if (outer != NULL && is_open)
		*ret_value = outer;
	else if (inner != NULL)
		*ret_value = inner;
	else
		return outer != NULL ? COMPOSE_WITHHELD : COMPOSE_UNSET;
	return COMPOSE_SET;
}

/* ---- files ---- */

static const char *absolute(struct cli *cli, const char *path)
{
	if (path[0] == '/')
		return path_tidy(cli->arena, path);
	return path_tidy(cli->arena, arena_printf(cli->arena, "%s/%s", cli->facts->cwd, path));
}

static const char *directory_of(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL || slash == path ? "/" : arena_strndup(arena, path, (size_t)(slash - path));
}

/* compose joins such a file to the first one. To pass over it would drop what somebody has written, a ":ro" for instance. */
static int check_override(struct cli *cli, struct error *err)
{
	static const char *const names[] = { "compose.override.yaml", "compose.override.yml", "docker-compose.override.yml",
					     "docker-compose.override.yaml" };
	struct stat found;
	int result;

	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		if (lstat(absolute(cli, names[i]), &found) != 0)
			continue;
		result = error_set(err, cli->arena, ERROR_UNSUPPORTED, "%s is here too, and several files are not joined", names[i]);
		err->remedy = "name the one that is meant with -f";
		return result;
	}
	return 0;
}

static int find_file(struct cli *cli, const struct project_line *line, struct project_source *source, struct error *err)
{
	static const char *const names[] = { "compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml" };
	const char *const *tried = line->file != NULL ? &line->file : names;
	const size_t count = line->file != NULL ? 1 : ARRAY_COUNT(names);
	int result = 0;

	if (cli->facts->cwd == NULL)
		return error_set(err, cli->arena, ERROR_SYSTEM, "the current directory is gone");
	for (size_t i = 0; i < count && source->input.bytes == NULL && result == 0; i++) {
		source->shown = tried[i];
		result = read_file(cli, absolute(cli, tried[i]), COMPOSE_FILE_BYTES_MAX, &source->input.bytes, &source->input.length, err);
	}
	if (result == 0 && source->input.bytes == NULL && line->file != NULL)
		return error_set(err, cli->arena, ERROR_MISSING, "%s: there is no such file", string_printable(cli->arena, line->file, 200));
	if (result == 0 && source->input.bytes == NULL) {
		result = error_set(err, cli->arena, ERROR_MISSING, "there is no Compose file here: compose.yaml, compose.yml, "
				   "docker-compose.yml or docker-compose.yaml");
		err->remedy = "name it with -f";
	}
	return result == 0 && line->file == NULL ? check_override(cli, err) : result;
}

static int load_env(struct cli *cli, const struct project_line *line, struct project_source *source, struct error *err)
{
	const char *path = line->env_file != NULL ? absolute(cli, line->env_file)
						  : arena_printf(cli->arena, "%s/.env", source->input.directory);
	const char *bytes = NULL, *reason = NULL;
	struct string_list env = { NULL, 0 };
	size_t length = 0;
	int result = read_file(cli, path, ENV_BYTES_MAX, &bytes, &length, err);

	if (result < 0)
		return result;
	if (bytes == NULL && line->env_file != NULL)
		return error_set(err, cli->arena, ERROR_MISSING, "%s: there is no such file", string_printable(cli->arena, path, 200));
	if (bytes == NULL)
		return 0;
	if (!compose_parse_env(cli->arena, bytes, length, &source->input.lookup, &env, &reason))
		return error_set(err, cli->arena, ERROR_USAGE, "%s: %s", string_printable(cli->arena, path, 200), reason);
	source->env = env;
	return 0;
}

/* compose reads these as options. Passed over without a word they would mean another project, and new empty volumes with it. */
static void note_passed_over(const struct cli *cli, const struct project_line *line, const struct project_source *source)
{
	const struct { const char *name, *option; bool is_said; } rows[] = {
		{ "COMPOSE_PROJECT_NAME", "-p NAME", line->name != NULL }, { "COMPOSE_FILE", "-f FILE", line->file != NULL },
		{ "COMPOSE_PROFILES", "--profile NAME", line->profiles.count > 0 },
		{ "COMPOSE_ENV_FILES", "--env-file FILE", line->env_file != NULL },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const char *value = host_environment(cli->facts, rows[i].name);

		if (value == NULL)
			value = find_env(&source->env, rows[i].name);
		if (value != NULL && value[0] != '\0' && !rows[i].is_said)
			message_line(cli, "%s: %s is not looked at; %s says it here", message_tone(cli, stderr, MESSAGE_WARN, "note"),
				     rows[i].name, rows[i].option);
	}
}

int project_load(struct cli *cli, const struct project_line *line, struct project_source *source, struct error *err)
{
	struct policy_errors errors = { .arena = cli->arena };
	struct policy_search search;
	int result;

	*source = (struct project_source){ .cli = cli };
	source->input.lookup = (struct compose_lookup){ find_variable, source };
	if (cli->is_guarded)
		source->ceiling = flow_take_ceiling(cli, &search, &errors);
	if (errors.count > 0) {
		*err = errors.items[0];
		return -(int)err->kind;
	}
	result = find_file(cli, line, source, err);
	if (result < 0)
		return result;
	source->input.file = string_printable(cli->arena, source->shown, 200);
	source->input.directory = directory_of(cli->arena, absolute(cli, source->shown));
	source->input.home = cli->facts->home;
	source->input.project = line->name;
	source->input.profiles = line->profiles;
	source->input.services = line->services;
	result = load_env(cli, line, source, err);
	if (result == 0)
		note_passed_over(cli, line, source);
	return result;
}

int project_find_name(struct cli *cli, const struct project_line *line, const char **ret_name, struct error *err)
{
	const char *reason = line->name != NULL ? compose_name_reason(line->name) : NULL;
	struct findings findings = { .arena = cli->arena };
	const struct compose_project *project;
	struct project_source source;
	int result;

	if (reason != NULL)
		return error_set(err, cli->arena, ERROR_USAGE, "-p %s: %s", string_printable(cli->arena, line->name, 80), reason);
	*ret_name = line->name;
	if (line->name != NULL)
		return 0;
	result = project_load(cli, line, &source, err);
	if (result < 0)
		return result;
	source.input.services = (struct string_list){ NULL, 0 };
	project = compose_read(cli->arena, &source.input, &findings);
	if (project == NULL) {
		result = error_set(err, cli->arena, ERROR_USAGE, "%s cannot be read: %s", source.input.file, findings.items[0].reason);
		err->remedy = "name the project with -p";
		return result;
	}
	*ret_name = project->name;
	return 0;
}
