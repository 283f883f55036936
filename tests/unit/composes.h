/* composes: what the tests of Compose files share. */
#ifndef TESTS_COMPOSES_H
#define TESTS_COMPOSES_H

#include "rows.h"

#include <hardrun/compose.h>

/* The variables that every test sees; SECRET is there and withheld. */
static inline enum compose_state composes_find(const void *context, const char *name, const char **ret_value)
{
	static const char *const values[][2] = { { "A", "one" }, { "EMPTY", "" }, { "DOLLAR", "$A" }, { "TRUE", "true" }, { "N", "2" } };

	(void)context;
	for (size_t i = 0; i < ARRAY_COUNT(values); i++) {
		if (strcmp(values[i][0], name) != 0)
			continue;
		*ret_value = values[i][1];
		return COMPOSE_SET;
	}
	return strcmp(name, "SECRET") == 0 ? COMPOSE_WITHHELD : COMPOSE_UNSET;
}

static const struct compose_lookup composes_lookup = { composes_find, NULL };

static inline struct compose_input composes_input(const char *text)
{
	return (struct compose_input){
		.file = "c", .bytes = text, .length = strlen(text), .directory = "/srv/shop", .home = "/home/ann", .lookup = composes_lookup,
	};
}

static inline const struct compose_project *composes_read(struct arena *arena, const char *text, struct findings *ret_findings)
{
	const struct compose_input input = composes_input(text);

	*ret_findings = (struct findings){ .arena = arena };
	return compose_read(arena, &input, ret_findings);
}

/* The words of a service, apart by blanks; those that every service has (its own name and network) are left out. */
static inline const char *composes_words(struct arena *arena, const struct compose_service *service)
{
	struct text text;

	text_init(&text, arena);
	text_add(&text, "");
	for (size_t i = 0; i < service->word_count; i++) {
		const struct compose_word *word = &service->words[i];

		if (word->role == COMPOSE_NAME || word->role == COMPOSE_DEFAULT_NETWORK || word->role == COMPOSE_ALIAS)
			continue;
		text_addf(&text, "%s%s", text.length > 0 ? " " : "", word->text);
	}
	return text.data;
}

#endif
