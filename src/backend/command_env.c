/*
 * Variables of the container. A command line is there for every user of the machine to read, so values go through an env-file
 * on a descriptor; only what the grammar of those files cannot carry stays on the line.
 */
#include "backend_internal.h"

#include <string.h>

enum { LINE_BYTES_MAX = 60000 }; /* clients read lines of 64 KiB at most. Source: Go bufio.MaxScanTokenSize */

#define ENV_FIRST "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
#define ENV_OTHERS ENV_FIRST "0123456789.-"

/* A name that no reader of env-files trims, takes for a comment, or expands. */
static bool name_is_plain(const char *line)
{
	return line[0] != '\0' && strchr(ENV_FIRST, line[0]) != NULL && line[strspn(line, ENV_OTHERS)] == '=';
}

/*
 * docker 20.10 to 29 and podman 4.3 take everything behind '=' up to the end of the line as it is. Other versions of podman
 * undo quotes. Control characters but tabs would reach the terminal of whoever asks for a dry run.
 */
static bool line_fits(const struct command *command, const char *line)
{
	char *flat = arena_strdup(command->arena, line);

	if (!name_is_plain(line) || strlen(line) > LINE_BYTES_MAX || !string_is_utf8(line))
		return false;
	for (char *tab = strchr(flat, '\t'); tab != NULL; tab = strchr(tab, '\t'))
		*tab = ' ';
	return !string_has_control(flat) && !(command->is_podman && strpbrk(line, "\"'`\\") != NULL);
}

void command_environment(const struct command *command)
{
	const struct string_list list = backend_environment(command->arena, command->plan, command->facts);
	const struct string_list *environment = &list;
	struct text file;

	text_init(&file, command->arena);
	for (size_t i = 0; i < environment->count; i++)
		if (line_fits(command, environment->items[i]))
			text_addf(&file, "%s\n", environment->items[i]);
	if (file.length > 0) {
		*command->env_file = file.data;
		command_option(command, "--env-file", arena_printf(command->arena, "/proc/self/fd/%d", BACKEND_ENV_FD));
	}
	for (size_t i = 0; i < environment->count; i++)
		if (!line_fits(command, environment->items[i]))
			command_option(command, "--env", environment->items[i]);
}
