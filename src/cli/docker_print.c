/* docker_print: the table of docker's verbs as text, for the manual and for tests. */
#include "docker_verbs.h"

#include <string.h>

#include <hardrun/base.h>

/* ${text} as roff takes it: no hyphen of the typesetter's, no quote that curls. */
static void add_escaped(struct text *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '-')
			text_add(out, "\\-");
		else if (*text == '\'')
			text_add(out, "\\(aq");
		else
			text_add_bytes(out, text, 1);
	}
}

/* Verbs of one stance, key or no key, and reason, after a clause of their own. */
struct group {
	enum docker_verb_stance stance;
	bool has_key;
	const char *reason; /* NULL: rows of any */
};

static bool is_of(const struct docker_verb *verb, const struct group *group)
{
	return verb->stance == group->stance && (verb->key[0] != '\0') == group->has_key &&
	       (group->reason == NULL || strcmp(verb->reason, group->reason) == 0);
}

static void add_verbs(struct text *out, const struct group *group)
{
	const struct docker_verb *verb;
	bool is_first = true;

	for (size_t i = 0; (verb = docker_verbs_at(i)) != NULL; i++) {
		if (!is_of(verb, group))
			continue;
		text_add(out, is_first ? "" : ",\n");
		add_escaped(out, verb->name);
		text_add(out, verb->sub[0] != '\0' ? " " : "");
		add_escaped(out, verb->sub);
		is_first = false;
	}
	text_add(out, ".\n");
}

static void add_section(struct text *out, const char *title, const struct group *group)
{
	text_addf(out, ".TP\n%s\n", title);
	add_verbs(out, group);
}

/* What is refused, by reason, in the order in which the table first gives one. */
static void add_refused(struct text *out)
{
	const struct docker_verb *verb, *before;

	for (size_t i = 0; (verb = docker_verbs_at(i)) != NULL; i++) {
		const struct group group = { DOCKER_VERB_REFUSED, false, verb->reason };
		size_t k = 0;

		if (!is_of(verb, &group))
			continue;
		while ((before = docker_verbs_at(k)) != verb && !is_of(before, &group))
			k++;
		if (before != verb)
			continue;
		text_add(out, ".TP\nRefused: ");
		add_escaped(out, verb->reason);
		text_add(out, "\n");
		add_verbs(out, &group);
	}
}

const char *docker_print_man(struct arena *arena)
{
	struct text out;

	text_init(&out, arena);
	add_section(&out, "Judged, and written afresh for everybody", &(struct group){ DOCKER_VERB_VET, true, NULL });
	add_section(&out, "Handed to docker as they are; a ceiling may lend them",
		    &(struct group){ DOCKER_VERB_PASS, true, NULL });
	add_section(&out, "Handed to docker as they are, and never lent", &(struct group){ DOCKER_VERB_PASS, false, NULL });
	add_section(&out, "Refused unless allow.verbs of a policy lists them, and never lent",
		    &(struct group){ DOCKER_VERB_REFUSED, true, NULL });
	add_refused(&out);
	return out.data;
}

const char *docker_print_verbs(struct arena *arena)
{
	static const char *const stances[] = {
		[DOCKER_VERB_OWN] = "own", [DOCKER_VERB_PASS] = "pass", [DOCKER_VERB_VET] = "vet", [DOCKER_VERB_REFUSED] = "refuse",
	};
	const struct docker_verb *verb;
	struct text out;

	text_init(&out, arena);
	for (size_t i = 0; (verb = docker_verbs_at(i)) != NULL; i++)
		text_addf(&out, "%s%s%s\t%s\t%s\t%s\n", verb->name, verb->sub[0] != '\0' ? " " : "", verb->sub,
			  stances[verb->stance], verb->key[0] != '\0' ? verb->key : "-", verb->reason[0] != '\0' ? verb->reason : "-");
	return out.data;
}
