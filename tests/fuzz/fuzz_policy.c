/* A policy file: a policy, or at least one error with a place in the file. */
#include <stdlib.h>
#include <string.h>

#include <hardrun/policy.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct policy_errors errors = { .arena = arena };
	const struct policy *policy = policy_parse(arena, "fuzz.yaml", (const char *)data, size, &errors);

	if ((policy == NULL) != (errors.count > 0) || errors.count > POLICY_ERRORS_MAX)
		abort();
	for (size_t i = 0; i < errors.count; i++) {
		if (errors.items[i].message == NULL || strchr(errors.items[i].message, '\n') != NULL)
			abort();
	}
	arena_free(arena);
	return 0;
}
