/* message: what people read. Every line on stderr begins with hardrun's name; whether results arrived on stdout is checked. */
#include "cli.h"

#include <errno.h>
#include <string.h>

#define MESSAGE_NAME "hardrun: "

/* The journal takes the digit for the priority of the line: sd-daemon(3). */
static const char *priority(const struct cli *cli, enum message_tone tone)
{
	if (cli->facts == NULL || !cli->facts->is_journal)
		return "";
	return tone == MESSAGE_BAD ? "<3>" : "<5>";
}

const char *message_tone(const struct cli *cli, FILE *stream, enum message_tone tone, const char *word)
{
	static const char *const codes[] = {
		[MESSAGE_GOOD] = "32", [MESSAGE_BAD] = "1;31", [MESSAGE_WARN] = "33", [MESSAGE_FAINT] = "2"
	};
	bool has_color = stream == stdout ? cli->has_color_out : cli->has_color_err;

	return has_color ? arena_printf(cli->arena, "\033[%sm%s\033[0m", codes[tone], word) : word;
}

void message_line(const struct cli *cli, const char *format, ...)
{
	va_list arguments;
	const char *line;

	va_start(arguments, format);
	line = arena_vprintf(cli->arena, format, arguments);
	va_end(arguments);
	fprintf(stderr, "%s" MESSAGE_NAME "%s\n", priority(cli, MESSAGE_BAD), line);
}

const char *message_error_text(struct arena *arena, const struct error *err)
{
	const char *message = err->message != NULL ? err->message : "it failed, and nobody said why";

	return err->remedy != NULL ? arena_printf(arena, "%s; %s", message, err->remedy) : message;
}

/* An error in a file is written as compilers do, so that editors jump to it. */
void message_error(const struct cli *cli, const struct error *err)
{
	if (err->place.file != NULL && err->place.line > 0)
		fprintf(stderr, "%s%s: %s: %s\n", priority(cli, MESSAGE_BAD), place_text(cli->arena, err->place),
			message_tone(cli, stderr, MESSAGE_BAD, "error"), message_error_text(cli->arena, err));
	else if (err->place.file != NULL && strstr(err->message, err->place.file) == NULL)
		message_line(cli, "%s: %s", err->place.file, message_error_text(cli->arena, err));
	else
		message_line(cli, "%s", message_error_text(cli->arena, err));
}

void message_errors(const struct cli *cli, const struct policy_errors *errors)
{
	for (size_t i = 0; i < errors->count; i++)
		message_error(cli, &errors->items[i]);
}

/* Lines for a policy; other remedies change the command line, and say so themselves. */
static bool is_policy_line(const char *remedy)
{
	static const char *const beginnings[] = { "add ", "allow:", "hazards:", "defaults:" };

	for (size_t i = 0; i < ARRAY_COUNT(beginnings); i++)
		if (strncmp(remedy, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	return false;
}

/* " (allow.mem_limit, FILE:12:3)" */
static const char *rule_text(struct arena *arena, const struct finding *finding)
{
	const char *place = place_text(arena, finding->place);

	if (finding->rule == NULL || finding->rule[0] == '\0')
		return "";
	return arena_printf(arena, " (%s%s%s)", finding->rule, place[0] != '\0' ? ", " : "", place);
}

static const char *remedy_text(struct arena *arena, const struct finding *finding)
{
	if (finding->remedy == NULL)
		return "";
	if (strncmp(finding->remedy, "in ", 3) == 0)
		return arena_printf(arena, "; to allow it, %s", finding->remedy);
	return arena_printf(arena, "; %s%s", is_policy_line(finding->remedy) ? "to allow it: " : "", finding->remedy);
}

void message_findings(const struct cli *cli, FILE *stream, const struct findings *findings)
{
	const char *refused = message_tone(cli, stream, MESSAGE_BAD, "refused");
	const char *bad = stream == stderr ? priority(cli, MESSAGE_BAD) : "";
	const char *unsupported = message_tone(cli, stream, MESSAGE_BAD, "not supported");

	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->items[i];
		const char *remedy = remedy_text(cli->arena, finding);

		switch (finding->kind) {
		case FINDING_DENIED:
			fprintf(stream, "%s" MESSAGE_NAME "%s: %s: %s%s%s\n", bad, refused, finding->subject, finding->reason,
				rule_text(cli->arena, finding), remedy);
			break;
		case FINDING_UNSUPPORTED:
			fprintf(stream, "%s" MESSAGE_NAME "%s: %s: %s%s\n", bad, unsupported, finding->subject, finding->reason, remedy);
			break;
		case FINDING_UNKNOWN:
		case FINDING_INVALID:
			fprintf(stream, "%s" MESSAGE_NAME "%s: %s%s\n", bad, finding->subject, finding->reason, remedy);
			break;
		case FINDING_NOTE:
		case FINDING_COUNT:
			break;
		}
	}
}

void message_notes(const struct cli *cli, FILE *stream, const struct findings *findings)
{
	const char *note = message_tone(cli, stream, MESSAGE_WARN, "note");

	for (size_t i = 0; !cli->is_noted && i < findings->count; i++) {
		const struct finding *finding = &findings->items[i];

		if (finding->kind == FINDING_NOTE)
			fprintf(stream, "%s" MESSAGE_NAME "%s: %s: %s%s\n", stream == stderr ? priority(cli, MESSAGE_WARN) : "", note,
				finding->subject, finding->reason, remedy_text(cli->arena, finding));
	}
}

void message_print(const struct cli *cli, const char *text)
{
	(void)cli;
	fputs(text, stdout);
}

int message_finish(const struct cli *cli, int status)
{
	const char *reason = NULL;

	errno = 0;
	if (cli->is_stdout_closed)
		reason = "it is closed";
	else if (fflush(stdout) != 0)
		reason = strerror(errno);
	else if (ferror(stdout) != 0)
		reason = "an earlier write failed"; /* and its errno is gone */
	if (reason == NULL)
		return status;
	message_line(cli, "the result could not be written to standard output: %s", reason);
	return cli->failure;
}
