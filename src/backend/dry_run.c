/* backend_dry_run: what would be executed, as text that can be pasted. */
#include "backend_internal.h"

static void add_words(struct text *text, const struct string_list *words)
{
	for (size_t i = 0; i < words->count; i++) {
		text_add(text, " ");
		text_add(text, shell_quote(text->arena, words->items[i]));
	}
}

/*
 * The marks cannot occur as a line of what they end: the profile is one line of JSON, the variables are lines with a '=' in
 * them.
 */
const char *backend_dry_run(struct arena *arena, const struct launch *launch)
{
	const struct { int fd; const char *mark, *text; } documents[] = {
		{ BACKEND_PROFILE_FD, "HARDRUN_SECCOMP", launch->profile_json },
		{ BACKEND_ENV_FD, "HARDRUN_ENV", launch->env_file },
	};
	struct text text;

	if (launch->config_json != NULL)
		return launch->config_json;
	text_init(&text, arena);
	text_add(&text, "env -i");
	add_words(&text, &launch->environment);
	add_words(&text, &launch->argv);
	for (size_t i = 0; i < ARRAY_COUNT(documents); i++)
		if (documents[i].text != NULL)
			text_addf(&text, " %d<<'%s'", documents[i].fd, documents[i].mark);
	text_add(&text, "\n");
	for (size_t i = 0; i < ARRAY_COUNT(documents); i++) {
		if (documents[i].text == NULL)
			continue;
		text_add(&text, documents[i].text);
		if (text.data[text.length - 1] != '\n')
			text_add(&text, "\n");
		text_addf(&text, "%s\n", documents[i].mark);
	}
	return text.data;
}
