/* backend_dry_run: what would be executed, as text that can be pasted. */
#include "backend_internal.h"

#define DRY_RUN_MARK "HARDRUN_SECCOMP"

static void add_words(struct text *text, const struct string_list *words)
{
	for (size_t i = 0; i < words->count; i++) {
		text_add(text, " ");
		text_add(text, shell_quote(text->arena, words->items[i]));
	}
}

const char *backend_dry_run(struct arena *arena, const struct launch *launch)
{
	struct text text;

	if (launch->config_json != NULL)
		return launch->config_json;
	text_init(&text, arena);
	text_add(&text, "env -i");
	add_words(&text, &launch->environment);
	add_words(&text, &launch->argv);
	/* The profile is one line of JSON, so the mark cannot occur at the start of a line of it. */
	if (launch->profile_json != NULL) {
		text_addf(&text, " %d<<'" DRY_RUN_MARK "'\n", BACKEND_PROFILE_FD);
		text_add(&text, launch->profile_json);
		text_add(&text, "\n" DRY_RUN_MARK);
	}
	text_add(&text, "\n");
	return text.data;
}
