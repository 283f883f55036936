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
			*ret_reason = value == NULL ? "a quote is not closed" : "something follows the closing quote";
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

/* How many bytes the entry at the beginning of ${text} has, without its end: a quoted value may hold ends of lines. */
static size_t entry_length(const char *text)
{
	const size_t line = strcspn(text, "\n"), equals = strcspn(text, "=\n");
	const char *at = text + equals + (text[equals] == '=');
	char quote;

	while (is_blank(*at))
		at++;
	quote = *at;
	if (text[equals] != '=' || text[strspn(text, " \t")] == '#' || (quote != '"' && quote != '\''))
		return line;
	for (at++; *at != '\0' && *at != quote; at++)
		if (quote == '"' && at[0] == '\\' && at[1] != '\0')
			at++;
	/* Not closed anywhere: what is wrong is wrong with this line. */
	return *at == '\0' ? line : (size_t)(at - text) + strcspn(at, "\n");
}

/* One entry as NAME=TEXT; "" for none. NULL: it is not of that form. */
static const char *read_entry(struct arena *arena, const char *entry)
{
	size_t length;

	entry += strspn(entry, " \t");
	if (strncmp(entry, "export", 6) == 0 && is_blank(entry[6]))
		entry += 6 + strspn(entry + 6, " \t");
	if (*entry == '\0' || *entry == '#')
		return "";
	length = strspn(entry, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");
	if (length == 0 || entry[length + strspn(entry + length, " \t")] != '=')
		return NULL;
	return arena_printf(arena, "%.*s=%s", (int)length, entry, strchr(entry + length, '=') + 1);
}

bool compose_env_lines(struct arena *arena, const char *bytes, size_t length, struct string_list *ret_lines,
		       const char **ret_reason)
{
	const char *text = arena_strndup(arena, bytes, length);
	struct string_list lines = { NULL, 0 };
	unsigned number = 1;

	if (strlen(text) != length || !string_is_utf8(text)) {
		*ret_reason = "it is not UTF-8 text";
		return false;
	}
	if (strncmp(text, "\xef\xbb\xbf", 3) == 0) /* a byte order mark */
		text += 3;
	while (*text != '\0') {
		const size_t size = entry_length(text);
		const size_t shown = size > 0 && text[size - 1] == '\r' ? size - 1 : size;
		const char *line = read_entry(arena, arena_strndup(arena, text, shown));

		if (line == NULL || lines.count == ENV_ENTRIES_MAX) {
			*ret_reason = arena_printf(arena, "line %u %s", number,
						   line == NULL ? "is not NAME=VALUE" : "is beyond 1024 variables");
			return false;
		}
		if (*line != '\0')
			string_list_add(arena, &lines, line);
		for (size_t i = 0; i <= size && text[i] != '\0'; i++)
			number += text[i] == '\n';
		text += size + (text[size] == '\n');
	}
	*ret_lines = lines;
	return true;
}

bool compose_parse_env(struct arena *arena, const char *bytes, size_t length, const struct compose_lookup *lookup,
		       struct string_list *ret_entries, const char **ret_reason)
{
	struct compose_env read = { .outer = lookup };
	const struct compose_lookup inner = { compose_env_find, &read };
	struct string_list lines;

	if (!compose_env_lines(arena, bytes, length, &lines, ret_reason))
		return false;
	for (size_t i = 0; i < lines.count; i++) {
		const size_t name = strcspn(lines.items[i], "=");
		struct compose_expansion value;
		const char *reason = NULL;

		if (!compose_env_value(arena, lines.items[i] + name + 1, &inner, &value, &reason)) {
			*ret_reason = arena_printf(arena, "the variable %.*s: %s", (int)name, lines.items[i], reason);
			return false;
		}
		string_list_add(arena, &read.entries, arena_printf(arena, "%.*s=%s", (int)name, lines.items[i], value.text));
	}
	*ret_entries = read.entries;
	return true;
}
