/* policies: what the tests of policy files share. */
#ifndef TESTS_POLICIES_H
#define TESTS_POLICIES_H

#include "rows.h"

#include <hardrun/policy.h>

/* Parses text, and fails with all of its errors when it is wrong. */
static inline const struct policy *policies_parse(struct arena *arena, const char *text)
{
	struct policy_errors errors = { .arena = arena };
	const struct policy *policy = policy_parse(arena, "p.yaml", text, strlen(text), &errors);

	for (size_t i = 0; i < errors.count; i++)
		print_error("%s: %s\n", place_text(arena, errors.items[i].place), errors.items[i].message);
	assert_non_null(policy);
	assert_int_equal(errors.count, 0);
	return policy;
}

/* A text that is wrong in one place: "LINE:COLUMN", a part of the message and, unless NULL, of the remedy. */
struct wrong_row {
	const char *text;
	const char *place;
	const char *message;
	const char *remedy;
};

static inline void policies_test_wrong(void **state)
{
	const struct wrong_row *row = *state;
	struct arena *arena = arena_new();
	struct policy_errors errors = { .arena = arena };
	const char *place;

	assert_null(policy_parse(arena, "p", row->text, strlen(row->text), &errors));
	assert_true(errors.count >= 1);
	place = place_text(arena, errors.items[0].place);
	if (errors.count != 1 || strcmp(place + 2, row->place) != 0 || strstr(errors.items[0].message, row->message) == NULL)
		fail_msg("%zu errors; %s: %s", errors.count, place, errors.items[0].message);
	if (row->remedy != NULL && (errors.items[0].remedy == NULL || strstr(errors.items[0].remedy, row->remedy) == NULL))
		fail_msg("remedy: %s", errors.items[0].remedy == NULL ? "none" : errors.items[0].remedy);
	/* One sentence: no line of its own, no full stop. */
	assert_null(strchr(errors.items[0].message, '\n'));
	assert_true(errors.items[0].message[strlen(errors.items[0].message) - 1] != '.');
	arena_free(arena);
}

#endif
