/* split: a command that is one text. Source: mattn/go-shellwords, which compose uses. */
#include <string.h>

#include "compose_internal.h"

struct splitter {
	struct text word;
	bool is_word;           /* one has begun: '' is one too */
	bool is_escaped;
	char quote;             /* 0: none */
};

static void end_word(struct arena *arena, struct splitter *splitter, struct string_list *words)
{
	if (splitter->is_word)
		string_list_add(arena, words, splitter->word.data);
	splitter->is_word = false;
	text_init(&splitter->word, arena);
	text_add(&splitter->word, "");
}

static void add_byte(struct splitter *splitter, const char *byte)
{
	text_add_bytes(&splitter->word, byte, 1);
	splitter->is_word = true;
}

/* NULL, or the clause why this byte cannot stand here. */
static const char *take_byte(struct arena *arena, struct splitter *splitter, const char *at, struct string_list *words)
{
	if (splitter->is_escaped) {
		splitter->is_escaped = false;
		add_byte(splitter, at);
	} else if (*at == '\\' && splitter->quote != '\'') {
		splitter->is_escaped = true;
		splitter->is_word = true;
	} else if (splitter->quote != 0) {
		if (*at == splitter->quote)
			splitter->quote = 0;
		else
			add_byte(splitter, at);
	} else if (*at == '\'' || *at == '"') {
		splitter->quote = *at;
		splitter->is_word = true;
	} else if (strchr(" \t\r\n", *at) != NULL) {
		end_word(arena, splitter, words);
	} else if (strchr(";&|<>()`", *at) != NULL) {
		return arena_printf(arena, "no shell reads it, and %c is for a shell: write [\"sh\", \"-c\", \"...\"], or quote it", *at);
	} else {
		add_byte(splitter, at);
	}
	return NULL;
}

bool compose_split(struct arena *arena, const char *text, struct string_list *ret_words, const char **ret_reason)
{
	struct splitter splitter = { .is_word = false };
	struct string_list words = { NULL, 0 };

	end_word(arena, &splitter, &words);
	for (const char *at = text; *at != '\0'; at++) {
		const char *reason = take_byte(arena, &splitter, at, &words);

		if (reason != NULL) {
			*ret_reason = reason;
			return false;
		}
	}
	if (splitter.quote != 0 || splitter.is_escaped) {
		*ret_reason = splitter.quote != 0 ? "a quote is not closed" : "nothing follows the last backslash";
		return false;
	}
	end_word(arena, &splitter, &words);
	*ret_words = words;
	return true;
}
