/* One policy file. Whatever the bytes are, the answer is a policy or errors that can be printed, and it is the same twice. */
#include <stdlib.h>
#include <string.h>

#include <hardrun/policy.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct policy_errors errors = { .arena = arena }, again = { .arena = arena };
	const char *bytes = (const char *)data;
	const struct policy *policy = policy_parse(arena, "fuzz.yaml", bytes, size, &errors);

	if ((policy == NULL) == (errors.count == 0) || errors.count > POLICY_ERRORS_MAX)
		abort();
	for (size_t i = 0; i < errors.count; i++) {
		if (errors.items[i].message[0] == '\0' || string_has_control(errors.items[i].message))
			abort();
	}
	if ((policy_parse(arena, "fuzz.yaml", bytes, size, &again) == NULL) != (policy == NULL) || again.count != errors.count)
		abort();
	arena_free(arena);
	return 0;
}
