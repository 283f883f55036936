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

bool compose_env_value(struct arena *arena, const char *text, const struct compose_lookup *lookup,
		       struct compose_expansion *ret_value, const char **ret_reason)
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
			return compose_expand(arena, value, lookup, ret_value, ret_reason);
		*ret_value = (struct compose_expansion){ .text = value };
		return true;
	}
	while (text[length] != '\0' && !(text[length] == '#' && (length == 0 || is_blank(text[length - 1]))))
		length++;
	while (length > 0 && is_blank(text[length - 1]))
		length--;
	return compose_expand(arena, arena_strndup(arena, text, length), lookup, ret_value, ret_reason);
}

/* ---- whole files ---- */

struct env_file {
	struct arena *arena;
	struct compose_env read;
};

enum compose_state compose_env_find(const void *context, const char *name, const char **ret_value)
{
	const struct compose_env *env = context;
	const size_t length = strlen(name);
	enum compose_state state = env->outer->find(env->outer->context, name, ret_value);

	for (size_t i = env->entries.count; state != COMPOSE_SET && i-- > 0;) {
		const char *entry = env->entries.items[i];

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
	const struct compose_lookup lookup = { compose_env_find, &file->read };
	struct compose_expansion value;
	const char *reason = NULL;
	size_t length;

	line += strspn(line, " \t");
	if (strncmp(line, "export", 6) == 0 && is_blank(line[6]))
		line += 6 + strspn(line + 6, " \t");
	if (*line == '\0' || *line == '#')
		return NULL;
	length = strspn(line, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");
	if (length == 0 || line[length + strspn(line + length, " \t")] != '=')
		return "it is not NAME=VALUE";
	if (file->read.entries.count == ENV_ENTRIES_MAX)
		return "there are too many variables";
	if (!compose_env_value(file->arena, strchr(line + length, '=') + 1, &lookup, &value, &reason))
		return reason;
	string_list_add(file->arena, &file->read.entries, arena_printf(file->arena, "%.*s=%s", (int)length, line, value.text));
	return NULL;
}

bool compose_parse_env(struct arena *arena, const char *bytes, size_t length, const struct compose_lookup *lookup,
		       struct string_list *ret_entries, const char **ret_reason)
{
	struct env_file file = { .arena = arena, .read.outer = lookup };
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
	*ret_entries = file.read.entries;
	return true;
}
