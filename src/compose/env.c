/* env: .env files and the values of env_file, as compose reads them. */
#include <string.h>

#include "compose_internal.h"

enum { ENV_ENTRIES_MAX = 1024 };

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* What follows a closing quote: blanks and a comment, nothing else. */
static bool is_end(const char *text)
{
	const char *at = text;

	while (is_blank(*at))
		at++;
	return *at == '\0' || (*at == '#' && at > text);
}

static bool expand(struct arena *arena, const char *text, const struct compose_lookup *lookup, const char **ret_value,
		   const char **ret_reason)
{
	struct compose_expansion expansion;

	if (!compose_expand(arena, text, lookup, &expansion, ret_reason))
		return false;
	*ret_value = expansion.text;
	return true;
}

/* "...": escapes first, but for \$, which is the sign itself and must not begin a variable. NULL: no closing quote. */
static const char *undo_escapes(struct arena *arena, const char *text, const char **ret_rest)
{
	static const char letters[] = "nrtfbv", meanings[] = "\n\r\t\f\b\v";
	struct text result;

	text_init(&result, arena);
	text_add(&result, "");
	for (; *text != '"'; text++) {
		const char *letter = text[0] == '\\' && text[1] != '\0' ? strchr(letters, text[1]) : NULL;

		if (*text == '\0')
			return NULL;
		if (letter != NULL)
			text_add_bytes(&result, &meanings[letter - letters], 1);
		else if (text[0] == '\\' && text[1] == '$')
			text_add(&result, "$$");
		else if (text[0] == '\\' && (text[1] == '"' || text[1] == '\\'))
			text_add_bytes(&result, text + 1, 1);
		else
			text_add_bytes(&result, text, 1);
		if (letter != NULL || (text[0] == '\\' && (text[1] == '$' || text[1] == '"' || text[1] == '\\')))
			text++;
	}
	*ret_rest = text + 1;
	return result.data;
}

bool compose_env_value(struct arena *arena, const char *text, const struct compose_lookup *lookup, const char **ret_value,
		       const char **ret_reason)
{
	const char *rest = NULL, *value;
	size_t length = 0;

	while (is_blank(*text))
		text++;
	if (*text == '\'' || *text == '"') {
		const char *close = *text == '\'' ? strchr(text + 1, '\'') : NULL;

		if (close != NULL)
			rest = close + 1;
		value = *text == '"' ? undo_escapes(arena, text + 1, &rest) :
			close != NULL ? arena_strndup(arena, text + 1, (size_t)(close - text - 1)) : NULL;
		if (value == NULL || !is_end(rest)) {
			*ret_reason = value == NULL ? "a quote is not closed in its line" : "something follows the closing quote";
			return false;
		}
		if (*text == '"')
			return expand(arena, value, lookup, ret_value, ret_reason);
		*ret_value = value;
		return true;
	}
	while (text[length] != '\0' && !(text[length] == '#' && (length == 0 || is_blank(text[length - 1]))))
		length++;
	while (length > 0 && is_blank(text[length - 1]))
		length--;
	return expand(arena, arena_strndup(arena, text, length), lookup, ret_value, ret_reason);
}

/* ---- whole files ---- */

struct env_file {
	struct arena *arena;
	const struct compose_lookup *outer;
	struct string_list entries;
};

/* The entries before the present line; what is outside comes first, as compose has it. */
static enum compose_state find_entry(const void *context, const char *name, const char **ret_value)
{
	const struct env_file *file = context;
	const size_t length = strlen(name);
	enum compose_state state = file->outer->find(file->outer->context, name, ret_value);

	for (size_t i = file->entries.count; state != COMPOSE_SET && i-- > 0;) {
		const char *entry = file->entries.items[i];

		if (strncmp(entry, name, length) == 0 && entry[length] == '=') {
			*ret_value = entry + length + 1;
			return COMPOSE_SET;
		}
	}
	return state;
}

/* One line without its end. NULL, or the clause. */
static const char *take_line(struct env_file *file, const char *line)
{
	const struct compose_lookup lookup = { find_entry, file };
	const char *reason = NULL, *value = NULL;
	size_t length;

	line += strspn(line, " \t");
	if (strncmp(line, "export", 6) == 0 && is_blank(line[6]))
		line += 6 + strspn(line + 6, " \t");
	if (*line == '\0' || *line == '#')
		return NULL;
	length = strspn(line, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");
	if (length == 0 || line[length + strspn(line + length, " \t")] != '=')
		return "it is not NAME=VALUE";
	if (file->entries.count == ENV_ENTRIES_MAX)
		return "there are too many variables";
	if (!compose_env_value(file->arena, strchr(line + length, '=') + 1, &lookup, &value, &reason))
		return reason;
	string_list_add(file->arena, &file->entries, arena_printf(file->arena, "%.*s=%s", (int)length, line, value));
	return NULL;
}

bool compose_parse_env(struct arena *arena, const char *bytes, size_t length, const struct compose_lookup *lookup,
		       struct string_list *ret_entries, const char **ret_reason)
{
	struct env_file file = { .arena = arena, .outer = lookup };
	const char *text = arena_strndup(arena, bytes, length);
	unsigned number = 1;

	if (strlen(text) != length || !string_is_utf8(text)) {
		*ret_reason = "it is not UTF-8 text";
		return false;
	}
	for (; *text != '\0'; number++) {
		const size_t line = strcspn(text, "\n");
		const size_t shown = line > 0 && text[line - 1] == '\r' ? line - 1 : line;
		const char *reason = take_line(&file, arena_strndup(arena, text, shown));

		if (reason != NULL) {
			*ret_reason = arena_printf(arena, "line %u: %s", number, reason);
			return false;
		}
		text += line + (text[line] == '\n');
	}
	*ret_entries = file.entries;
	return true;
}
