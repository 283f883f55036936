/* expand: variables in texts. One pass with a stack of what is open: a default may hold variables, whose defaults may. */
#include <ctype.h>
#include <string.h>

#include "compose_internal.h"

/* What an operator does with the word behind it. */
enum effect { EFFECT_NONE, EFFECT_DEFAULT, EFFECT_REQUIRE, EFFECT_REPLACE };

/* One "${NAME:-" that waits for its "}". */
struct open {
	struct text before;     /* what stood before it */
	const char *name;
	const char *value;      /* NULL: it has none */
	enum compose_state state;
	enum effect effect;
	bool is_word_taken;     /* the word will be used, not the value */
	bool is_live;           /* what happens within counts */
};

struct expander {
	struct arena *arena;
	const struct compose_lookup *lookup;
	const char *at;
	struct open stack[COMPOSE_NESTING_MAX];
	size_t depth;
	struct text text;       /* of the innermost */
	struct compose_expansion *expansion;
	const char *reason;
};

static bool is_live(const struct expander *expander)
{
	return expander->depth == 0 || expander->stack[expander->depth - 1].is_live;
}

static void add(struct expander *expander, const char *bytes, size_t length)
{
	if (!is_live(expander))
		return;
	if (expander->text.length + length > COMPOSE_TEXT_BYTES_MAX)
		expander->reason = "with its variables filled in it is too long";
	else
		text_add_bytes(&expander->text, bytes, length);
}

static size_t name_length(const char *text)
{
	size_t length = 0;

	if (!isalpha((unsigned char)text[0]) && text[0] != '_')
		return 0;
	while (isalnum((unsigned char)text[length]) || text[length] == '_')
		length++;
	return length;
}

static void note_missing(struct expander *expander, const char *name, enum compose_state state)
{
	struct string_list *list = state == COMPOSE_WITHHELD ? &expander->expansion->withheld : &expander->expansion->unset;

	if (!string_list_has(list, name))
		string_list_add(expander->arena, list, name);
}

static void add_value(struct expander *expander, const char *name)
{
	const char *value = NULL;
	enum compose_state state = expander->lookup->find(expander->lookup->context, name, &value);

	if (state == COMPOSE_SET)
		add(expander, value, strlen(value));
	else if (is_live(expander))
		note_missing(expander, name, state);
}

/* Reads the operator behind ${NAME; ${ret_empty}: an empty value counts as none. */
static enum effect take_operator(struct expander *expander, bool *ret_empty)
{
	enum effect effect = EFFECT_NONE;
	const char *at = expander->at;

	*ret_empty = *at == ':';
	if (*at == ':')
		at++;
	if (*at == '-')
		effect = EFFECT_DEFAULT;
	else if (*at == '?')
		effect = EFFECT_REQUIRE;
	else if (*at == '+')
		effect = EFFECT_REPLACE;
	if (effect != EFFECT_NONE)
		expander->at = at + 1;
	return effect;
}

static void open_word(struct expander *expander, const char *name)
{
	struct open *open = &expander->stack[expander->depth];
	bool is_empty_none, has_value;

	*open = (struct open){ .before = expander->text, .name = name };
	open->effect = take_operator(expander, &is_empty_none);
	if (open->effect == EFFECT_NONE) {
		expander->reason = arena_printf(expander->arena, "${%s is not closed by }, and followed by none of :- - :? ? :+ +", name);
		return;
	}
	if (expander->depth + 1 == COMPOSE_NESTING_MAX) {
		expander->reason = arena_printf(expander->arena, "variables are nested %d deep: that is the limit", COMPOSE_NESTING_MAX);
		return;
	}
	open->state = expander->lookup->find(expander->lookup->context, name, &open->value);
	if (open->state != COMPOSE_SET)
		open->value = NULL;
	has_value = open->value != NULL && !(is_empty_none && open->value[0] == '\0');
	open->is_word_taken = has_value == (open->effect == EFFECT_REPLACE);
	open->is_live = is_live(expander) && open->is_word_taken;
	text_init(&expander->text, expander->arena);
	expander->depth++;
}

static void close_word(struct expander *expander)
{
	const struct text word = expander->text;
	const struct open *open = &expander->stack[--expander->depth];

	expander->text = open->before;
	if (!is_live(expander))
		return;
	if (open->is_word_taken && open->effect == EFFECT_REQUIRE)
		expander->reason = arena_printf(expander->arena, "the variable %s is required and %s%s%s", open->name,
						open->state == COMPOSE_WITHHELD ? "may not be taken from the environment" : "has no value",
						word.length > 0 ? ": " : "", string_printable(expander->arena, word.data, 120));
	else if (open->is_word_taken)
		add(expander, word.data, word.length);
	else if (open->effect != EFFECT_REPLACE && open->value != NULL)
		add(expander, open->value, strlen(open->value));
	if (open->is_word_taken && open->state == COMPOSE_WITHHELD && open->effect == EFFECT_DEFAULT)
		note_missing(expander, open->name, COMPOSE_WITHHELD);
}

/* At a '$'. */
static void take_dollar(struct expander *expander)
{
	const char *from = expander->at + 1;
	const bool is_braced = *from == '{';
	const size_t length = name_length(is_braced ? from + 1 : from);
	const char *name;

	if (*from == '$') {
		add(expander, "$", 1);
		expander->at += 2;
		return;
	}
	if (length == 0) {
		expander->reason = "a $ that begins no variable: write $$ for the sign itself";
		return;
	}
	name = arena_strndup(expander->arena, is_braced ? from + 1 : from, length);
	expander->at = from + length + (is_braced ? 1 : 0);
	if (!is_braced) {
		add_value(expander, name);
	} else if (*expander->at == '}') {
		expander->at++;
		add_value(expander, name);
	} else {
		open_word(expander, name);
	}
}

bool compose_expand(struct arena *arena, const char *text, const struct compose_lookup *lookup,
		    struct compose_expansion *ret_expansion, const char **ret_reason)
{
	struct compose_expansion expansion = { .text = text };
	struct expander expander = { .arena = arena, .lookup = lookup, .at = text, .expansion = &expansion };

	text_init(&expander.text, arena);
	while (*expander.at != '\0' && expander.reason == NULL) {
		const size_t length = strcspn(expander.at, expander.depth > 0 ? "$}" : "$");

		add(&expander, expander.at, length);
		expander.at += length;
		if (expander.reason != NULL || *expander.at == '\0')
			break;
		if (*expander.at == '$') {
			take_dollar(&expander);
		} else {
			expander.at++;
			close_word(&expander);
		}
	}
	if (expander.reason == NULL && expander.depth > 0)
		expander.reason = arena_printf(arena, "${%s is not closed by }", expander.stack[expander.depth - 1].name);
	if (expander.reason != NULL) {
		*ret_reason = expander.reason;
		return false;
	}
	expansion.text = expander.text.data != NULL ? expander.text.data : "";
	*ret_expansion = expansion;
	return true;
}
