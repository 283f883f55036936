/*
 * Why a container did not start, in one sentence, and docker's status for it: 127 when the command is not there, 126 when it
 * cannot be executed, 125 for the rest. The words are those of runc 1.1 (libcontainer/standard_init_linux.go, Go's
 * exec.LookPath) and crun 1.8 (src/libcrun/linux.c, container.c), and of runc 1.3 and crun 1.28 (utils.c, find_executable).
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "launch_internal.h"

enum { DETAIL_BYTES_MAX = 300 };

/* The last message of a JSON log whose level is error or worse. crun 1.28 writes an object over several lines. */
static const char *last_message(struct arena *arena, const char *text)
{
	const char *const end = text + strlen(text);
	const char *found = NULL;

	while (*text) {
		json_error_t place = {.position = 0};
		json_t *entry = *text == '{' ? json_loadb(text, (size_t)(end - text), JSON_DISABLE_EOF_CHECK, &place) : NULL;
		const char *level = json_string_value(json_object_get(entry, "level"));
		const char *message = json_string_value(json_object_get(entry, "msg"));

		if (message && level && (strcmp(level, "error") == 0 || strcmp(level, "fatal") == 0))
			found = arena_strdup(arena, message);
		text += entry ? (size_t)place.position : strcspn(text, "\n");
		text += *text == '\n';
		json_decref(entry);
	}
	return found;
}

static const char *skip_prefixes(const char *message)
{
	static const char *const prefixes[] = {
		"runc run failed: ", "runc create failed: ", "unable to start container process: ", "error during container init: ",
		"running container: ", "creating container: ", "starting container: ", "starting root container: ", "starting sandbox: ",
		"creating process: ",
	};
	bool has_skipped = true;

	while (has_skipped) {
		has_skipped = false;
		for (size_t i = 0; i < ARRAY_COUNT(prefixes); i++) {
			size_t length = strlen(prefixes[i]);

			if (strncmp(message, prefixes[i], length) != 0)
				continue;
			message += length;
			has_skipped = true;
		}
	}
	return message;
}

static bool contains(const char *text, const char *words)
{
	return strcasestr(text, words) != NULL;
}

static bool starts_with(const char *text, const char *words)
{
	return strncmp(text, words, strlen(words)) == 0;
}

/* "open `/bin/web`: ...": a mount's source is opened with the same words. */
static bool is_opening(const char *detail, const char *command)
{
	static const char opening[] = "open `";
	const size_t length = sizeof(opening) - 1, rest = strlen(command);

	return starts_with(detail, opening) && strncmp(detail + length, command, rest) == 0 && detail[length + rest] == '`';
}

/* Is it the command itself that the runtime complains of, and not one of its mounts, say? */
static bool is_about_command(const char *detail, const char *command)
{
	return starts_with(detail, "the path `") || is_opening(detail, command) ||
	       starts_with(detail, "exec: \"") || starts_with(detail, "exec /") || starts_with(detail, "exec container process") ||
	       starts_with(detail, "executable file") || starts_with(detail, "open executable") ||
	       starts_with(detail, "find executable") || starts_with(detail, "error finding executable") ||
	       starts_with(detail, "failed to load /");
}

static struct diagnosis diagnose_command(struct arena *arena, const char *command, const char *detail)
{
	const char *name = string_printable(arena, command, 100);

	if (contains(detail, "permission denied") || contains(detail, "operation not permitted") || contains(detail, "is a directory"))
		return (struct diagnosis){LAUNCH_STATUS_CANNOT_EXECUTE,
			arena_printf(arena, "the command %s cannot be executed in the container: permission denied", name)};
	if (contains(detail, "exec format error"))
		return (struct diagnosis){LAUNCH_STATUS_CANNOT_EXECUTE,
			arena_printf(arena, "the command %s cannot be executed in the container: not a program of this machine", name)};
	if (contains(detail, "no such file") && (starts_with(detail, "exec /") || starts_with(detail, "exec container process")))
		return (struct diagnosis){LAUNCH_STATUS_NOT_FOUND,
			arena_printf(arena, "the interpreter or loader of the command %s was not found in the container", name)};
	if (contains(detail, "not found") || contains(detail, "no such file"))
		return (struct diagnosis){LAUNCH_STATUS_NOT_FOUND,
			arena_printf(arena, "the command %s was not found in the container", name)};
	return (struct diagnosis){LAUNCH_STATUS_CANNOT_EXECUTE,
		arena_printf(arena, "the command %s cannot be executed in the container (%s)", name,
			     string_printable(arena, detail, DETAIL_BYTES_MAX))};
}

struct diagnosis diagnose_failure(struct arena *arena, const char *runtime, const char *command, const char *log_text,
				  const char *stderr_text)
{
	const char *message = last_message(arena, log_text);
	const char *detail;

	if (!message)
		message = last_message(arena, stderr_text);
	if (!message)
		message = spawn_last_line(arena, stderr_text);
	detail = skip_prefixes(message);
	if (is_about_command(detail, command))
		return diagnose_command(arena, command, detail);
	if (contains(detail, "waiting for sandbox to start"))
		return (struct diagnosis){LAUNCH_STATUS_REFUSED,
			arena_printf(arena, "%s could not start the container: its sandbox ended before it was ready, as it does where mem_limit or "
				     "pids_limit are too small for it (%s)", runtime, string_printable(arena, detail, DETAIL_BYTES_MAX))};
	if (*detail == '\0')
		return (struct diagnosis){LAUNCH_STATUS_REFUSED,
			arena_printf(arena, "%s ended without starting the container and without saying why", runtime)};
	return (struct diagnosis){LAUNCH_STATUS_REFUSED,
		arena_printf(arena, "%s could not start the container: %s", runtime, string_printable(arena, detail, DETAIL_BYTES_MAX))};
}
