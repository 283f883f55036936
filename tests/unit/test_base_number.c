/* The grammars of numbers: what is taken, as what, and everything near it that is not. */
#include "rows.h"

#include <hardrun/base.h>

enum grammar { DECIMAL, INTEGER, SIZE, CPUS, DURATION, GRAMMAR_COUNT };

struct number_row {
	const char *name;
	enum grammar grammar;
	const char *text;
	bool is_good;
	int64_t value;
};

#define GOOD(grammar, text, value) { #grammar " " text, grammar, text, true, value }
#define BAD(grammar, text) { #grammar " " text " refused", grammar, text, false, 0 }
#define K INT64_C(1024)
#define G (K * K * K)
#define NANO INT64_C(1000000000)

static struct number_row number_rows[] = {
	GOOD(DECIMAL, "0", 0), GOOD(DECIMAL, "1", 1), GOOD(DECIMAL, "2147483647", 2147483647),
	GOOD(DECIMAL, "2147483648", 2147483648),
	GOOD(DECIMAL, "9223372036854775807", INT64_MAX),
	BAD(DECIMAL, ""), BAD(DECIMAL, "00"), BAD(DECIMAL, "01"), BAD(DECIMAL, "+1"), BAD(DECIMAL, "-0"), BAD(DECIMAL, "-1"),
	BAD(DECIMAL, " 1"), BAD(DECIMAL, "1 "), BAD(DECIMAL, "1\n"), BAD(DECIMAL, "0x1"), BAD(DECIMAL, "1e3"),
	BAD(DECIMAL, "1_0"),
	BAD(DECIMAL, "1.0"), BAD(DECIMAL, "18446744073709551616"), BAD(DECIMAL, "99999999999999999999999"),
	BAD(DECIMAL, "\xd9\xa1"),

	GOOD(INTEGER, "0", 0), GOOD(INTEGER, "-0", 0), GOOD(INTEGER, "+100", 100), GOOD(INTEGER, "0x10", 16),
	GOOD(INTEGER, "0XfF", 255),
	GOOD(INTEGER, "0b11", 3), GOOD(INTEGER, "0B11", 3), GOOD(INTEGER, "010", 8), GOOD(INTEGER, "0o17", 15),
	GOOD(INTEGER, "0O17", 15),
	GOOD(INTEGER, "-5", -5), GOOD(INTEGER, "-0x10", -16), GOOD(INTEGER, "9223372036854775807", INT64_MAX),
	GOOD(INTEGER, "-9223372036854775808", INT64_MIN), GOOD(INTEGER, "0x7fffffffffffffff", INT64_MAX),
	GOOD(INTEGER, "00", 0),
	GOOD(INTEGER, "-0x8000000000000000", INT64_MIN),
	BAD(INTEGER, ""), BAD(INTEGER, "+"), BAD(INTEGER, "-"), BAD(INTEGER, "--1"), BAD(INTEGER, "+-1"), BAD(INTEGER, "0x"),
	BAD(INTEGER, "0b"), BAD(INTEGER, "0o"), BAD(INTEGER, "0b2"), BAD(INTEGER, "08"), BAD(INTEGER, "0xg"),
	BAD(INTEGER, "1_000"),
	BAD(INTEGER, " 100"), BAD(INTEGER, "100 "), BAD(INTEGER, "1.0"), BAD(INTEGER, "1e3"), BAD(INTEGER, "x"),
	BAD(INTEGER, "9223372036854775808"), BAD(INTEGER, "-9223372036854775809"), BAD(INTEGER, "0x8000000000000000"),
	BAD(INTEGER, "0x10000000000000000"), BAD(INTEGER, "0x-1"), BAD(INTEGER, "1:"), BAD(INTEGER, "12a"),

	GOOD(SIZE, "0", 0), GOOD(SIZE, "1", 1), GOOD(SIZE, "1b", 1), GOOD(SIZE, "1B", 1), GOOD(SIZE, "1k", K),
	GOOD(SIZE, "1K", K),
	GOOD(SIZE, "1kb", K), GOOD(SIZE, "1KiB", K), GOOD(SIZE, "6m", 6 * K * K), GOOD(SIZE, "512M", 512 * K * K),
	GOOD(SIZE, "1g", G),
	GOOD(SIZE, "1t", K * G), GOOD(SIZE, "1p", K * K * G), GOOD(SIZE, ".5g", G / 2), GOOD(SIZE, "1.5g", 3 * G / 2),
	GOOD(SIZE, "0.0009765625m", K), GOOD(SIZE, "1.50000000000000000000000000g", 3 * G / 2), GOOD(SIZE, "65536k", 65536 * K),
	GOOD(SIZE, "8191.5p", (INT64_C(8191) * 2 + 1) << 49), GOOD(SIZE, "9223372036854775807", INT64_MAX),
	GOOD(SIZE, "1.0", 1),
	BAD(SIZE, ""), BAD(SIZE, "b"), BAD(SIZE, "m"), BAD(SIZE, "."), BAD(SIZE, ".g"), BAD(SIZE, "1.g"), BAD(SIZE, "1..5g"),
	BAD(SIZE, "-1"), BAD(SIZE, "-0"), BAD(SIZE, "+1g"), BAD(SIZE, "512 m"), BAD(SIZE, " 512m"), BAD(SIZE, "512m "),
	BAD(SIZE, "1e3"),
	BAD(SIZE, "0x400p20"), BAD(SIZE, "1_000m"), BAD(SIZE, "1,5g"), BAD(SIZE, "nan"), BAD(SIZE, "inf"), BAD(SIZE, "1bb"),
	BAD(SIZE, "1bi"), BAD(SIZE, "1ib"), BAD(SIZE, "1kibb"), BAD(SIZE, "1kk"), BAD(SIZE, "1e"), BAD(SIZE, "1z"),
	GOOD(SIZE, "0.1m", 104857), GOOD(SIZE, "1.1g", 1181116006), GOOD(SIZE, "0.3g", 322122547), GOOD(SIZE, "1.9", 1),
	GOOD(SIZE, "0.0000001g", 107), GOOD(SIZE, "0.0", 0),
	BAD(SIZE, "0.5"), BAD(SIZE, "0.9999b"), BAD(SIZE, "0.0009k"),
	BAD(SIZE, "9223372036854775808"), BAD(SIZE, "8192p"), BAD(SIZE, "8388608t"),
	BAD(SIZE, "18446744073709551617"), BAD(SIZE, "0.0000000000000000001p"), BAD(SIZE, "1\xe2\x84\xaa"), BAD(SIZE, "50%"),

	GOOD(CPUS, "0", 0), GOOD(CPUS, "1", NANO), GOOD(CPUS, ".5", NANO / 2), GOOD(CPUS, "0.5", NANO / 2),
	GOOD(CPUS, "1/2", NANO / 2),
	GOOD(CPUS, "3/2", 3 * NANO / 2), GOOD(CPUS, "0.000000001", 1), GOOD(CPUS, "1.500000000000", 3 * NANO / 2),
	GOOD(CPUS, "1000000", 1000000 * NANO), GOOD(CPUS, "0/1", 0), GOOD(CPUS, "1/1000000000", 1),
	BAD(CPUS, ""), BAD(CPUS, "."), BAD(CPUS, "1."), BAD(CPUS, "-1"), BAD(CPUS, "+1"), BAD(CPUS, "1e9"), BAD(CPUS, "1e-9"),
	BAD(CPUS, "0x2"), BAD(CPUS, "nan"), BAD(CPUS, "inf"), BAD(CPUS, "1,5"), BAD(CPUS, "0.0000000001"), BAD(CPUS, "01"),
	BAD(CPUS, "1/0"), BAD(CPUS, "1/3"), BAD(CPUS, "1/"), BAD(CPUS, "/2"), BAD(CPUS, "1/2/3"), BAD(CPUS, "010/2"),
	BAD(CPUS, "1/-2"),
	BAD(CPUS, "0.5/1"), BAD(CPUS, "1000001"), BAD(CPUS, "1000000.000000001"), BAD(CPUS, "1000000001/1"),
	BAD(CPUS, "1000001/1"),
	BAD(CPUS, "18446744073.709551616"), BAD(CPUS, "18446744074.209551616"), BAD(CPUS, "36893488147.419103232"),
	BAD(CPUS, "1 "), BAD(CPUS, "1_0"), BAD(CPUS, "1/10000000000"), BAD(CPUS, "9999999999999999999999/1"),

	GOOD(DURATION, "0", 0), GOOD(DURATION, "+0", 0), GOOD(DURATION, "0s", 0), GOOD(DURATION, "30s", 30 * NANO),
	GOOD(DURATION, "1m30s", 90 * NANO), GOOD(DURATION, "1h", 3600 * NANO), GOOD(DURATION, "500ms", NANO / 2),
	GOOD(DURATION, "1.5h", 5400 * NANO), GOOD(DURATION, ".5s", NANO / 2), GOOD(DURATION, "1.s", NANO),
	GOOD(DURATION, "1us", 1000),
	GOOD(DURATION, "1\xc2\xb5s", 1000), GOOD(DURATION, "1\xce\xbcs", 1000), GOOD(DURATION, "7ns", 7),
	GOOD(DURATION, "1s1s", 2 * NANO),
	GOOD(DURATION, "9223372036854775807ns", INT64_MAX), GOOD(DURATION, "0.1h", 360 * NANO),
	BAD(DURATION, ""), BAD(DURATION, "+"), BAD(DURATION, "-5s"), BAD(DURATION, "-0"), BAD(DURATION, "5"),
	BAD(DURATION, "s"),
	BAD(DURATION, ".s"), BAD(DURATION, "1d"), BAD(DURATION, "1 s"), BAD(DURATION, "1S"), BAD(DURATION, "1e3s"),
	BAD(DURATION, "1m30"),
	BAD(DURATION, "0.5ns"), BAD(DURATION, "9223372036854775808ns"), BAD(DURATION, "9223372037s"), BAD(DURATION, "2562048h"),
	BAD(DURATION, "9223372036s1s"), BAD(DURATION, "99999999999999999999s"), BAD(DURATION, "0.0000000000000000001h"),
	BAD(DURATION, "0x1s"), BAD(DURATION, "1ss"),
};

static bool parse_as(enum grammar grammar, const char *text, int64_t *ret_value)
{
	uint64_t decimal;

	switch (grammar) {
	case DECIMAL:
		if (!parse_decimal(text, &decimal))
			return false;
		*ret_value = (int64_t)decimal;
		return true;
	case INTEGER:
		return parse_integer(text, ret_value);
	case SIZE:
		return parse_size(text, ret_value);
	case CPUS:
		return parse_cpus(text, ret_value);
	case DURATION:
		return parse_duration(text, ret_value);
	case GRAMMAR_COUNT:
		break;
	}
	return false;
}

static void test_number_row(void **state)
{
	const struct number_row *row = *state;
	int64_t value = -77;

	assert_int_equal(parse_as(row->grammar, row->text, &value), row->is_good);
	assert_int_equal(value, row->is_good ? row->value : -77);
}

/* What is written is read back as the same number. */
static void test_number_row_round_trip(void **state)
{
	const struct number_row *row = *state;
	struct arena *arena = arena_new();
	int64_t value = -77;
	const char *text;

	if (row->grammar == SIZE)
		text = format_size(arena, row->value);
	else
		text = row->grammar == CPUS ? format_cpus(arena, row->value) : format_duration(arena, row->value);
	assert_true(parse_as(row->grammar, text, &value));
	assert_int_equal(value, row->value);
	arena_free(arena);
}

static void test_decimal_takes_all_of_uint64(void **state)
{
	uint64_t value = 0;

	(void)state;
	assert_true(parse_decimal("18446744073709551615", &value));
	assert_true(value == UINT64_MAX);
}

static void test_bool_takes_go_words_only(void **state)
{
	static const char *const yes[] = { "1", "t", "T", "TRUE", "true", "True" };
	static const char *const no[] = { "0", "f", "F", "FALSE", "false", "False" };
	static const char *const neither[] = { "", "2", "tRUE", "TrUe", "yes", "no", "on", "01", " true", "true ", "t\n",
		"maybe", "-1" };
	bool value;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(yes); i++) {
		value = false;
		assert_true(parse_bool(yes[i], &value) && value);
	}
	for (size_t i = 0; i < ARRAY_COUNT(no); i++) {
		value = true;
		assert_true(parse_bool(no[i], &value) && !value);
	}
	for (size_t i = 0; i < ARRAY_COUNT(neither); i++) {
		value = true;
		assert_false(parse_bool(neither[i], &value));
		assert_true(value);
	}
}

static void test_formats(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	assert_string_equal(format_cpus(arena, NANO / 2), "0.5");
	assert_string_equal(format_cpus(arena, 2 * NANO), "2");
	assert_string_equal(format_cpus(arena, 1), "0.000000001");
	assert_string_equal(format_cpus(arena, 10 * NANO), "10");
	assert_string_equal(format_size(arena, 0), "0b");
	assert_string_equal(format_size(arena, 1000), "1000b");
	assert_string_equal(format_size(arena, 64 * K * K), "64m");
	assert_string_equal(format_size(arena, G), "1g");
	assert_string_equal(format_size(arena, INT64_MAX), "9223372036854775807b");
	assert_string_equal(format_size(arena, K * K * G * 1024), "1024p");
	assert_string_equal(format_duration(arena, 0), "0s");
	assert_string_equal(format_duration(arena, 90 * NANO), "1m30s");
	assert_string_equal(format_duration(arena, NANO + 1000001), "1s1ms1ns");
	arena_free(arena);
}

int main(void)
{
	static struct row_tests rows;

	for (size_t i = 0; i < ARRAY_COUNT(number_rows); i++) {
		struct number_row *row = &number_rows[i];

		rows_add(&rows, row->name, test_number_row, row);
		if (row->is_good && row->grammar >= SIZE)
			rows_add(&rows, row->name, test_number_row_round_trip, row);
	}
	ROWS_TEST(&rows, test_decimal_takes_all_of_uint64);
	ROWS_TEST(&rows, test_bool_takes_go_words_only);
	ROWS_TEST(&rows, test_formats);
	return rows_run("number", &rows);
}
