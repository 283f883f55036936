/* "when" clauses of a policy's filter, one a line: read, or refused with a sentence; what is read becomes a filter. */
#include <stdlib.h>
#include <string.h>

#include <hardrun/profile.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	char *rest = arena_strndup(arena, (const char *)data, size), *line;
	struct policy_syscall_rule *rules = NULL;
	struct policy_seccomp seccomp = { .base = { .value = "minimal" } };
	const struct profile *profile = NULL;
	struct error err = { 0 };

	while ((line = strsep(&rest, "\n")) != NULL && seccomp.allow_count < 8)
		*vector_push(arena, rules, seccomp.allow_count) = (struct policy_syscall_rule){ .name = "socket", .when = line };
	seccomp.allow = rules;
	if (profile_build(arena, &seccomp, NULL, &profile, &err) < 0 ? err.message == NULL || string_has_control(err.message)
	    : profile_find(profile, "socket") == NULL || profile_render_docker(arena, profile) == NULL)
		abort();
	arena_free(arena);
	return 0;
}
