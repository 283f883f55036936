/* number: the few grammars for numbers. Digits are read by hand: strtol's blanks, signs and locales are nobody's grammar. */
#include <hardrun/base.h>

#include <inttypes.h>
#include <string.h>

#define NANO INT64_C(1000000000)

enum {
	FRACTION_DIGITS_MAX = 18, /* 10^18 doubles within 64 bits */
	CPUS_MAX = 1000000,
};

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

/* value * base + digit, or false when that is above ${maximum}. */
static bool add_digit(uint64_t *value, unsigned base, unsigned digit, uint64_t maximum)
{
	if (digit > maximum || *value > (maximum - digit) / base)
		return false;
	*value = *value * base + digit;
	return true;
}

/* Reads decimal digits at *cursor; false on overflow of ${maximum}. *ret_count tells how many there were. */
static bool read_digits(const char **cursor, uint64_t maximum, uint64_t *ret_value, size_t *ret_count)
{
	uint64_t value = 0;
	const char *start = *cursor;

	while (is_digit(**cursor)) {
		if (!add_digit(&value, 10, (unsigned)(**cursor - '0'), maximum))
			return false;
		(*cursor)++;
	}
	*ret_value = value;
	*ret_count = (size_t)(*cursor - start);
	return true;
}

/* A decimal with a fraction: whole + fraction / scale, where scale is a power of ten. */
struct decimal {
	uint64_t whole, fraction, scale;
	size_t whole_digits;
	bool has_point;
	size_t fraction_digits; /* as written */
};

/* Reads one at *cursor. At least one digit must be there. More than 18 digits that count behind the point are refused. */
static bool read_decimal(const char **cursor, uint64_t maximum, struct decimal *ret_decimal)
{
	struct decimal decimal = { .scale = 1 };
	size_t counting = 0;

	if (!read_digits(cursor, maximum, &decimal.whole, &decimal.whole_digits))
		return false;
	if (**cursor == '.') {
		(*cursor)++;
		decimal.has_point = true;
		while (is_digit((*cursor)[decimal.fraction_digits])) {
			decimal.fraction_digits++;
			if ((*cursor)[decimal.fraction_digits - 1] != '0')
				counting = decimal.fraction_digits;
		}
		if (counting > FRACTION_DIGITS_MAX)
			return false;
		for (size_t i = 0; i < counting; i++) {
			decimal.fraction = decimal.fraction * 10 + (uint64_t)((*cursor)[i] - '0');
			decimal.scale *= 10;
		}
		*cursor += decimal.fraction_digits;
	}
	*ret_decimal = decimal;
	return decimal.whole_digits + decimal.fraction_digits > 0;
}

bool parse_decimal(const char *string, uint64_t *ret_value)
{
	const char *cursor = string;
	uint64_t value;
	size_t count;

	if (!read_digits(&cursor, UINT64_MAX, &value, &count) || *cursor != '\0' || count == 0)
		return false;
	if (string[0] == '0' && count > 1)
		return false;
	*ret_value = value;
	return true;
}

static unsigned digit_value(char byte)
{
	if (is_digit(byte))
		return (unsigned)(byte - '0');
	if (byte >= 'a' && byte <= 'f')
		return (unsigned)(byte - 'a') + 10;
	if (byte >= 'A' && byte <= 'F')
		return (unsigned)(byte - 'A') + 10;
	return UINT32_MAX;
}

/* The base that Go's ParseInt(s, 0) takes from a prefix; *cursor moves behind it. */
static unsigned read_base(const char **cursor)
{
	static const struct {
		char letters[3];
		unsigned base;
	} prefixes[] = { { "xX", 16 }, { "bB", 2 }, { "oO", 8 } };
	const char *string = *cursor;

	if (string[0] != '0' || string[1] == '\0')
		return 10;
	for (size_t i = 0; i < ARRAY_COUNT(prefixes); i++) {
		if (string[1] == prefixes[i].letters[0] || string[1] == prefixes[i].letters[1]) {
			*cursor += 2;
			return prefixes[i].base;
		}
	}
	*cursor += 1;
	return 8;
}

bool parse_integer(const char *string, int64_t *ret_value)
{
	const bool is_negative = string[0] == '-';
	const uint64_t maximum = (uint64_t)INT64_MAX + is_negative;
	const char *cursor = string + (is_negative || string[0] == '+');
	uint64_t value = 0;
	unsigned base;

	base = read_base(&cursor);
	if (*cursor == '\0')
		return false;
	for (; *cursor != '\0'; cursor++) {
		unsigned digit = digit_value(*cursor);

		if (digit >= base || !add_digit(&value, base, digit, maximum))
			return false;
	}
	*ret_value = is_negative ? (int64_t)(0 - value) : (int64_t)value;
	return true;
}

/* The powers of two behind a size: 0 for none or "b"; -1 for anything that is not a suffix. */
static int size_suffix_bits(const char *suffix)
{
	static const char letters[] = "kmgtp";
	char folded[4] = { 0 };
	const char *letter;

	if (strlen(suffix) >= sizeof(folded))
		return -1;
	for (size_t i = 0; suffix[i] != '\0'; i++)
		folded[i] = (char)(suffix[i] | 0x20);
	if (folded[0] == '\0' || strcmp(folded, "b") == 0)
		return 0;
	letter = strchr(letters, folded[0]);
	if (letter == NULL || (folded[1] != '\0' && strcmp(folded + 1, "b") != 0 && strcmp(folded + 1, "ib") != 0))
		return -1;
	return (int)(letter - letters + 1) * 10;
}

bool parse_size(const char *string, int64_t *ret_bytes)
{
	struct decimal size;
	bool is_something;
	int bits;

	if (!read_decimal(&string, INT64_MAX, &size) || (size.has_point && size.fraction_digits == 0))
		return false;
	bits = size_suffix_bits(string);
	if (bits < 0)
		return false;
	is_something = size.whole > 0 || size.fraction > 0;
	for (int i = 0; i < bits; i++) {
		if (size.whole > INT64_MAX / 2)
			return false;
		size.whole *= 2;
		size.fraction *= 2;
		if (size.fraction >= size.scale) {
			size.fraction -= size.scale;
			size.whole++;
		}
	}
	/* Zero means "no limit" in many places: nothing but zero may become it. */
	if (is_something && size.whole == 0)
		return false;
	*ret_bytes = (int64_t)size.whole;
	return true;
}

static bool parse_cpus_fraction(const char *string, const char *slash, int64_t *ret_nano_cpus)
{
	char number[16] = { 0 };
	const size_t length = (size_t)(slash - string);
	uint64_t numerator, denominator;

	if (length >= sizeof(number))
		return false;
	memcpy(number, string, length);
	if (!parse_decimal(number, &numerator) || !parse_decimal(slash + 1, &denominator))
		return false;
	if (numerator > (uint64_t)NANO || denominator == 0)
		return false;
	numerator *= (uint64_t)NANO;
	if (numerator % denominator != 0 || numerator / denominator > (uint64_t)CPUS_MAX * (uint64_t)NANO)
		return false;
	*ret_nano_cpus = (int64_t)(numerator / denominator);
	return true;
}

bool parse_cpus(const char *string, int64_t *ret_nano_cpus)
{
	const char *slash = strchr(string, '/');
	const char *cursor = string;
	struct decimal cpus;

	if (slash != NULL)
		return parse_cpus_fraction(string, slash, ret_nano_cpus);
	if (!read_decimal(&cursor, CPUS_MAX, &cpus) || *cursor != '\0')
		return false;
	if ((cpus.has_point && cpus.fraction_digits == 0) || (cpus.whole_digits > 1 && string[0] == '0'))
		return false;
	if (cpus.scale > (uint64_t)NANO || (cpus.whole == CPUS_MAX && cpus.fraction > 0))
		return false;
	*ret_nano_cpus = (int64_t)(cpus.whole * (uint64_t)NANO + cpus.fraction * ((uint64_t)NANO / cpus.scale));
	return true;
}

struct duration_unit {
	const char *name;
	int64_t nanoseconds;
};

/* Longer names first where one begins another. The two spellings of micro are U+00B5 and U+03BC. */
static const struct duration_unit duration_units[] = {
	{ "ns", 1 }, { "us", 1000 }, { "\xc2\xb5s", 1000 }, { "\xce\xbcs", 1000 }, { "ms", 1000000 },
	{ "s", NANO }, { "m", 60 * NANO }, { "h", 3600 * NANO },
};

static int64_t read_duration_unit(const char **cursor)
{
	for (size_t i = 0; i < ARRAY_COUNT(duration_units); i++) {
		size_t length = strlen(duration_units[i].name);

		if (strncmp(*cursor, duration_units[i].name, length) == 0) {
			*cursor += length;
			return duration_units[i].nanoseconds;
		}
	}
	return 0;
}

/* fraction / scale of ${unit} in whole nanoseconds; false when it is none. */
static bool duration_fraction(const struct decimal *decimal, int64_t unit, uint64_t *ret_nanoseconds)
{
	uint64_t fraction = decimal->fraction, scale = decimal->scale, multiple = (uint64_t)unit;

	/* Common factors of ten out first, so that the product stays within 64 bits. */
	while (scale > 1 && multiple % 10 == 0) {
		scale /= 10;
		multiple /= 10;
	}
	if (fraction != 0 && multiple > UINT64_MAX / fraction)
		return false;
	if (fraction * multiple % scale != 0)
		return false;
	*ret_nanoseconds = fraction * multiple / scale;
	return true;
}

bool parse_duration(const char *string, int64_t *ret_nanoseconds)
{
	uint64_t total = 0;

	if (*string == '+')
		string++;
	if (strcmp(string, "0") == 0) {
		*ret_nanoseconds = 0;
		return true;
	}
	if (*string == '\0')
		return false;
	while (*string != '\0') {
		struct decimal decimal;
		uint64_t part;
		int64_t unit;

		if (!read_decimal(&string, INT64_MAX, &decimal))
			return false;
		unit = read_duration_unit(&string);
		if (unit == 0 || !duration_fraction(&decimal, unit, &part))
			return false;
		if (decimal.whole > (INT64_MAX - part) / (uint64_t)unit)
			return false;
		part += decimal.whole * (uint64_t)unit;
		if (total > INT64_MAX - part)
			return false;
		total += part;
	}
	*ret_nanoseconds = (int64_t)total;
	return true;
}

bool parse_bool(const char *string, bool *ret_value)
{
	static const char *const words[] = { "1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False" };

	for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
		if (strcmp(string, words[i]) == 0) {
			*ret_value = i < ARRAY_COUNT(words) / 2;
			return true;
		}
	}
	return false;
}

const char *format_cpus(struct arena *arena, int64_t nano_cpus)
{
	char *string;
	size_t length;

	if (nano_cpus % NANO == 0)
		return arena_printf(arena, "%" PRId64, nano_cpus / NANO);
	string = arena_printf(arena, "%s%" PRId64 ".%09" PRId64, nano_cpus < 0 ? "-" : "",
			      nano_cpus < 0 ? -(nano_cpus / NANO) : nano_cpus / NANO,
			      nano_cpus < 0 ? -(nano_cpus % NANO) : nano_cpus % NANO);
	length = strlen(string);
	while (string[length - 1] == '0')
		string[--length] = '\0';
	return string;
}

const char *format_size(struct arena *arena, int64_t bytes)
{
	static const char suffixes[] = "bkmgtp";
	size_t power = 0;

	if (bytes == 0)
		return "0b";
	while (bytes % 1024 == 0 && power + 2 < sizeof(suffixes)) {
		bytes /= 1024;
		power++;
	}
	return arena_printf(arena, "%" PRId64 "%c", bytes, suffixes[power]);
}

const char *format_duration(struct arena *arena, int64_t nanoseconds)
{
	static const struct duration_unit units[] = {
		{ "h", 3600 * NANO }, { "m", 60 * NANO }, { "s", NANO }, { "ms", 1000000 }, { "us", 1000 }, { "ns", 1 },
	};
	struct text text;

	if (nanoseconds == 0)
		return "0s";
	text_init(&text, arena);
	for (size_t i = 0; i < ARRAY_COUNT(units); i++) {
		if (nanoseconds / units[i].nanoseconds != 0)
			text_addf(&text, "%" PRId64 "%s", nanoseconds / units[i].nanoseconds, units[i].name);
		nanoseconds %= units[i].nanoseconds;
	}
	return text.data;
}
