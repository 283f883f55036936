/* decode: a call as it would stand in a program's source. */
#include "watch_internal.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

enum { SHOWN_BYTES_MAX = 80 };

unsigned watch_texts(const char *name)
{
	const struct watch_signature *signature = watch_signature_of(name);
	unsigned bits = 0;

	for (unsigned i = 0; signature != NULL && i < WATCH_ARGUMENTS; i++)
		if (signature->meanings[i] == WATCH_TEXT)
			bits |= 1u << i;
	return bits;
}

static const char *single_name(const struct watch_names *names, uint64_t value)
{
	for (size_t i = 0; i < names->count; i++)
		if (names->items[i].value == value)
			return names->items[i].name;
	return NULL;
}

static void add_piece(struct text *text, bool *is_first, const char *piece)
{
	text_addf(text, "%s%s", *is_first ? "" : "|", piece);
	*is_first = false;
}

/* Flags by name, then what has none. Some words hold one value among the flags: the type of a socket, the signal of clone. */
static void add_named(struct text *text, const struct watch_names *names, uint64_t value)
{
	uint64_t single = value & names->single, left = value & ~names->single;
	const char *name = single != 0 || names->single == UINT64_MAX || value == 0 ? single_name(names, single) : NULL;
	bool is_first = true;

	if (name != NULL)
		add_piece(text, &is_first, name);
	else if (single != 0 || names->single == UINT64_MAX)
		left |= single;
	for (size_t i = 0; i < names->count; i++) {
		const uint64_t flag = names->items[i].value;

		if (names->single == UINT64_MAX || flag == 0 || (flag & names->single) != 0 || (left & flag) != flag)
			continue;
		add_piece(text, &is_first, names->items[i].name);
		left &= ~flag;
	}
	if (left != 0 || is_first)
		text_addf(text, left != 0 ? "%s0x%" PRIx64 : "%s%" PRIu64, is_first ? "" : "|", left);
}

/* The kernel looks at 32 bits of an int; a filter sees 64. */
static void add_number(struct text *text, uint64_t value)
{
	if (value <= UINT32_MAX)
		text_addf(text, "%" PRId32, (int32_t)(uint32_t)value);
	else
		text_addf(text, "%" PRId64, (int64_t)value);
}

static void add_text(struct text *text, const char *string, uint64_t address)
{
	if (string != NULL)
		text_addf(text, "\"%s\"", string_printable(text->arena, string, SHOWN_BYTES_MAX));
	else if (address == 0)
		text_add(text, "NULL");
	else
		text_addf(text, "0x%" PRIx64, address);
}

static void add_argument(struct text *text, const struct watch_call *call, enum watch_meaning meaning, unsigned index)
{
	const uint64_t value = call->arguments[index];
	const struct watch_names *names = watch_names_of(meaning);

	if (names != NULL)
		add_named(text, names, value <= UINT32_MAX || names->single == 0 ? value : value & UINT32_MAX);
	else if (meaning == WATCH_TEXT || meaning == WATCH_ADDRESS)
		add_text(text, call->texts[index], value);
	else if (meaning == WATCH_DIRECTORY && (int32_t)(uint32_t)value == AT_FDCWD)
		text_add(text, "AT_FDCWD");
	else if (meaning == WATCH_HEX)
		text_addf(text, "0x%" PRIx64, value);
	else if (meaning == WATCH_MODE)
		text_addf(text, "0%" PRIo64, value);
	else
		add_number(text, value);
}

const char *watch_render_call(struct arena *arena, const struct watch_call *call)
{
	const struct watch_signature *signature = watch_signature_of(call->name);
	struct text text;

	if (call->name == NULL)
		return arena_printf(arena, "system call number %d", call->number);
	if (signature == NULL)
		return arena_printf(arena, "%s(...)", call->name);
	text_init(&text, arena);
	text_addf(&text, "%s(", call->name);
	for (unsigned i = 0; i < WATCH_ARGUMENTS && signature->meanings[i] != WATCH_END; i++) {
		if (i > 0)
			text_add(&text, ", ");
		add_argument(&text, call, (enum watch_meaning)signature->meanings[i], i);
	}
	text_add(&text, ")");
	return text.data;
}

static bool value_of(const char *word, uint64_t *ret_value)
{
	int64_t number;

	for (unsigned i = 0; i < WATCH_MEANING_COUNT; i++) {
		const struct watch_names *names = watch_names_of((enum watch_meaning)i);

		for (size_t k = 0; names != NULL && k < names->count; k++) {
			if (strcmp(names->items[k].name, word) != 0)
				continue;
			*ret_value = names->items[k].value;
			return true;
		}
	}
	if (strcmp(word, "NULL") != 0 && !parse_integer(word, &number))
		return false;
	*ret_value = strcmp(word, "NULL") != 0 ? (uint64_t)number : 0;
	return true;
}

bool watch_value(struct arena *arena, const char *word, uint64_t *ret_value)
{
	uint64_t whole = 0, value;

	for (const char *at = word;; at++) {
		const size_t length = strcspn(at, "|");

		if (!value_of(arena_strndup(arena, at, length), &value))
			return false;
		whole |= value;
		at += length;
		if (*at == '\0')
			break;
	}
	*ret_value = whole;
	return true;
}

/* FNV-1a, 64 bits. */
static void mix(uint64_t *hash, uint64_t value)
{
	for (unsigned i = 0; i < sizeof(value); i++) {
		*hash ^= value >> 8 * i & 0xff;
		*hash *= UINT64_C(0x100000001b3);
	}
}

uint64_t watch_kind(const struct watch_call *call)
{
	const struct watch_signature *signature = watch_signature_of(call->name);
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	mix(&hash, (uint64_t)(int64_t)call->number);
	for (const char *c = call->name != NULL ? call->name : ""; *c != '\0'; c++)
		mix(&hash, (unsigned char)*c);
	for (unsigned i = 0; signature != NULL && i < WATCH_ARGUMENTS; i++)
		if (watch_names_of((enum watch_meaning)signature->meanings[i]) != NULL)
			mix(&hash, call->arguments[i]);
	return hash;
}

/* "@mount, hardrun's table", "seccomp.deny, FILE:3:1" */
static const char *rule_text(struct arena *arena, const struct profile_explanation *explanation)
{
	const char *place = place_text(arena, explanation->place);

	return arena_printf(arena, "%s%s%s%s%s", explanation->group != NULL ? explanation->group : "",
			    explanation->group != NULL ? ", " : "", explanation->decider, *place != '\0' ? ", " : "", place);
}

const char *watch_sentence(struct arena *arena, const struct watch_call *call, enum profile_verdict answer,
			   const struct profile_explanation *explanation)
{
	const char *program = call->program != NULL ? string_printable(arena, call->program, SHOWN_BYTES_MAX) : "a program";
	const char *head = arena_printf(arena, "%s by %s (pid %d) answered %s", watch_render_call(arena, call), program, call->pid,
					answer == PROFILE_EPERM ? "EPERM" : "ENOSYS");

	if (explanation == NULL)
		return arena_printf(arena, "%s: it is not in hardrun's table of calls; no policy can allow it", head);
	return arena_printf(arena, "%s: %s (%s); %s%s", head,
			    explanation->reason != NULL ? explanation->reason : "the policy does not allow it",
			    rule_text(arena, explanation), explanation->remedy != NULL ? "to allow it: " : "no policy can allow it",
			    explanation->remedy != NULL ? explanation->remedy : "");
}
