/* A record of unknown origin: what is read is written as it was read, and its policy is a policy without a hazard. */
#include <stdlib.h>
#include <string.h>

#include <hardrun/learn.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct policy_errors errors = { .arena = arena };
	const struct learn_bytes bytes = { "r.json", (const char *)data, size };
	const struct learn_style style = { .proof = LEARN_PROVED };
	struct learn_record record, again;
	struct error err = { 0 };

	if (learn_read(arena, &bytes, &record, &err) == 0) {
		const char *text = learn_print(arena, &record), *policy = learn_policy(arena, &record, &style);
		const struct learn_bytes back = { "s.json", text, strlen(text) };

		if (learn_read(arena, &back, &again, &err) < 0 || strcmp(learn_print(arena, &again), text) != 0)
			abort();
		policy_parse(arena, "p.yaml", policy, strlen(policy), &errors);
		if (strstr(policy, "\nhazards") != NULL || learn_allowed(arena, &record) > 260)
			abort();
	} else if (err.message == NULL) {
		abort();
	}
	arena_free(arena);
	return 0;
}
