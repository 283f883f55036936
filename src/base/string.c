/* string: what text is made of, and how it is shown. */
#include <hardrun/base.h>

#include <string.h>

struct rune_range {
	uint32_t first, last;
};

/* Characters that are not seen, or that reorder what is: they make a line look like another. Source: UAX 9, UTR 36. */
static const struct rune_range control_runes[] = {
	{ 0x0000, 0x001f }, { 0x007f, 0x009f }, { 0x00ad, 0x00ad }, { 0x034f, 0x034f }, { 0x061c, 0x061c },
	{ 0x115f, 0x1160 }, { 0x17b4, 0x17b5 }, { 0x180b, 0x180f }, { 0x200b, 0x200f }, { 0x2028, 0x202e },
	{ 0x2060, 0x206f }, { 0x3164, 0x3164 }, { 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 }, { 0xfff9, 0xfffb },
	{ 0x1d173, 0x1d17a }, { 0xe0000, 0xe007f },
};

/*
 * Reads one character of UTF-8 and returns its length in bytes, or 0 when the bytes are not valid: too long for their
 * value, a surrogate, above U+10FFFF or cut short.
 */
static size_t string_read_rune(const char *string, uint32_t *ret_rune)
{
	const unsigned char *bytes = (const unsigned char *)string;
	static const uint32_t minimum[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length;
	uint32_t rune;

	if (bytes[0] < 0x80) {
		*ret_rune = bytes[0];
		return 1;
	}
	if (bytes[0] < 0xc2 || bytes[0] > 0xf4)
		return 0;
	length = bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;
	rune = bytes[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		rune = rune << 6 | (bytes[i] & 0x3fu);
	}
	if (rune < minimum[length] || rune > 0x10ffff || (rune >= 0xd800 && rune <= 0xdfff))
		return 0;
	*ret_rune = rune;
	return length;
}

static bool rune_is_control(uint32_t rune)
{
	if (rune >= ' ' && rune <= '~')
		return false;
	for (size_t i = 0; i < ARRAY_COUNT(control_runes); i++) {
		if (rune >= control_runes[i].first && rune <= control_runes[i].last)
			return true;
	}
	return false;
}

bool string_is_utf8(const char *string)
{
	while (*string != '\0') {
		uint32_t rune;
		size_t length = string_read_rune(string, &rune);

		if (length == 0)
			return false;
		string += length;
	}
	return true;
}

bool string_has_control(const char *string)
{
	while (*string != '\0') {
		uint32_t rune;
		size_t length = string_read_rune(string, &rune);

		if (length == 0 || rune_is_control(rune))
			return true;
		string += length;
	}
	return false;
}

/* One character of ${string} as shown; returns how many of its bytes were taken. */
static size_t string_add_printable(struct text *text, const char *string)
{
	uint32_t rune;
	size_t length = string_read_rune(string, &rune);

	if (length > 0 && !rune_is_control(rune)) {
		text_add_bytes(text, string, length);
		return length;
	}
	if (length == 0)
		length = 1;
	for (size_t i = 0; i < length; i++)
		text_addf(text, "\\x%02x", (unsigned)(unsigned char)string[i]);
	return length;
}

/* Plain ASCII that fits, at once: nearly everything is nothing else. */
static size_t add_plain(struct text *text, const char *string, size_t limit)
{
	const size_t room = limit == 0 ? SIZE_MAX : limit - text->length;
	size_t length = 0;

	while (length < room && string[length] >= ' ' && string[length] <= '~')
		length++;
	text_add_bytes(text, string, length);
	return length;
}

const char *string_printable(struct arena *arena, const char *string, size_t limit)
{
	struct text text;

	text_init(&text, arena);
	for (string += add_plain(&text, string, limit); *string != '\0'; string += add_plain(&text, string, limit)) {
		size_t before = text.length;

		string += string_add_printable(&text, string);
		if (limit != 0 && text.length > limit) {
			text.length = before;
			text.data[before] = '\0';
			text_add(&text, "...");
			break;
		}
	}
	return text.data;
}

enum {
	NEAREST_LENGTH_MAX = 64,
};

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t smaller = a < b ? a : b;

	return smaller < c ? smaller : c;
}

/* How many letters must be added, removed, changed or swapped with their neighbour. Both at most NEAREST_LENGTH_MAX long. */
static size_t string_distance(const char *a, const char *b)
{
	size_t rows[3][NEAREST_LENGTH_MAX + 1] = { 0 };
	size_t *two_back = rows[0], *back = rows[1], *row = rows[2];
	const size_t b_length = strlen(b);

	for (size_t j = 0; j <= b_length; j++)
		back[j] = j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		size_t *spare = two_back;

		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			size_t change = back[j - 1] + (a[i - 1] != b[j - 1]);
			bool is_swap = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];

			row[j] = min3(back[j] + 1, row[j - 1] + 1, change);
			if (is_swap && two_back[j - 2] + 1 < row[j])
				row[j] = two_back[j - 2] + 1;
		}
		two_back = back;
		back = row;
		row = spare;
	}
	return back[b_length];
}

const char *string_nearest(const char *word, const char *const *names, size_t count)
{
	const size_t length = strlen(word);
	size_t best = length / 3 + 1;
	const char *nearest = NULL;

	if (length < 2 || length > NEAREST_LENGTH_MAX)
		return NULL;
	if (best < 2)
		best = 2;
	for (size_t i = 0; i < count; i++) {
		size_t distance;

		if (names[i] == NULL || strlen(names[i]) > NEAREST_LENGTH_MAX)
			continue;
		distance = string_distance(word, names[i]);
		if (distance < best) {
			best = distance;
			nearest = names[i];
		}
	}
	return nearest;
}

/* What a terminal would obey, or cannot be read as text: such bytes are written out. Lines and tabs may stand as they are. */
static bool needs_escapes(const char *word)
{
	while (*word != '\0') {
		uint32_t rune;
		size_t length = string_read_rune(word, &rune);

		if (length == 0 || (rune_is_control(rune) && rune != '\n' && rune != '\t'))
			return true;
		word += length;
	}
	return false;
}

/* $'...': of bash, zsh, ksh and POSIX since 2024. Three octal digits end by themselves, so no letter behind them is taken in. */
static const char *quote_escaped(struct arena *arena, const char *word)
{
	struct text text;

	text_init(&text, arena);
	text_add(&text, "$'");
	while (*word != '\0') {
		uint32_t rune;
		size_t length = string_read_rune(word, &rune);

		if (*word == '\'' || *word == '\\') {
			text_addf(&text, "\\%c", *word);
		} else if (length > 0 && !rune_is_control(rune)) {
			text_add_bytes(&text, word, length);
		} else {
			length = length > 0 ? length : 1;
			for (size_t i = 0; i < length; i++)
				text_addf(&text, "\\%03o", (unsigned)(unsigned char)word[i]);
		}
		word += length;
	}
	text_add(&text, "'");
	return text.data;
}

/* To every shell, wherever it stands. */
static bool is_harmless(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
	       (byte != '\0' && strchr("_@%+=:,./-", byte) != NULL);
}

const char *shell_quote(struct arena *arena, const char *word)
{
	const char *at = word;
	struct text text;

	while (is_harmless(*at))
		at++;
	if (at > word && *at == '\0')
		return word;
	if (needs_escapes(word))
		return quote_escaped(arena, word);
	text_init(&text, arena);
	text_add(&text, "'");
	while (*word != '\0') {
		size_t length = strcspn(word, "'");

		text_add_bytes(&text, word, length);
		word += length;
		if (*word == '\'') {
			text_add(&text, "'\\''");
			word++;
		}
	}
	text_add(&text, "'");
	return text.data;
}
