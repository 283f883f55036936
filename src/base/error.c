/* error: what failed, where, and what to do about it. */
#include <hardrun/base.h>

static int error_fill(struct error *err, struct arena *arena, enum error_kind kind, struct place place, const char *message)
{
	if (err != NULL) {
		err->kind = kind;
		err->place = place;
		/* Messages quote what others wrote: never let that move a terminal's cursor. */
		err->message = string_printable(arena, message, 0);
		err->remedy = NULL;
	}
	return -(int)kind;
}

int error_set(struct error *err, struct arena *arena, enum error_kind kind, const char *format, ...)
{
	const struct place nowhere = { NULL, 0, 0 };
	va_list arguments;
	const char *message;

	va_start(arguments, format);
	message = arena_vprintf(arena, format, arguments);
	va_end(arguments);
	return error_fill(err, arena, kind, nowhere, message);
}

int error_set_at(struct error *err, struct arena *arena, enum error_kind kind, struct place place,
		 const char *format, ...)
{
	va_list arguments;
	const char *message;

	va_start(arguments, format);
	message = arena_vprintf(arena, format, arguments);
	va_end(arguments);
	return error_fill(err, arena, kind, place, message);
}

const char *place_text(struct arena *arena, struct place place)
{
	const char *file;

	if (place.file == NULL)
		return "";
	file = string_printable(arena, place.file, 0);
	if (place.line == 0)
		return file;
	if (place.column == 0)
		return arena_printf(arena, "%s:%u", file, place.line);
	return arena_printf(arena, "%s:%u:%u", file, place.line, place.column);
}
