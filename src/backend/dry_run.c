/* backend_dry_run: what would be executed, as text that can be pasted. */
#include "backend_internal.h"

#define DRY_RUN_MARK "HARDRUN_SECCOMP"

const char *backend_dry_run(struct arena *arena, const struct launch *launch)
{
	struct text text;

	if (launch->config_json != NULL)
		return launch->config_json;
	text_init(&text, arena);
	text_add(&text, "env -i");
	for (size_t i = 0; i < launch->environment.count; i++)
		text_addf(&text, " %s", shell_quote(arena, launch->environment.items[i]));
	for (size_t i = 0; i < launch->argv.count; i++)
		text_addf(&text, " %s", shell_quote(arena, launch->argv.items[i]));
	/* The profile is one line of JSON, so the mark cannot occur at the start of a line of it. */
	if (launch->profile_json != NULL)
		text_addf(&text, " %d<<'" DRY_RUN_MARK "'\n%s\n" DRY_RUN_MARK, BACKEND_PROFILE_FD, launch->profile_json);
	text_add(&text, "\n");
	return text.data;
}
