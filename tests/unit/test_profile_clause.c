/* The algebra of argument conditions, checked against plain evaluation at many points. */
#include "rows.h"

#include "../../src/profile/profile_internal.h"

enum { POINTS = 400, ROUNDS = 300 };

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static bool limit_holds(const struct limit *limit, uint64_t value)
{
	if (limit->is_masked)
		return (value & limit->first) == limit->last;
	return value >= limit->first && value <= limit->last;
}

static bool set_holds(const struct clause_set *set, const uint64_t *arguments)
{
	if (set->is_all)
		return true;
	for (size_t i = 0; i < set->count; i++) {
		bool is_held = true;

		for (unsigned j = 0; j < CLAUSE_ARGUMENTS; j++) {
			if ((set->items[i].used & (1u << j)) != 0)
				is_held = is_held && limit_holds(&set->items[i].limits[j], arguments[j]);
		}
		if (is_held)
			return true;
	}
	return false;
}

static bool rules_hold(const struct conjunction *rules, size_t count, const uint64_t *arguments)
{
	for (size_t i = 0; i < count; i++) {
		bool is_held = true;

		for (size_t j = 0; j < rules[i].count; j++) {
			const struct profile_condition *condition = &rules[i].conditions[j];
			const uint64_t value = arguments[condition->argument];

			if (condition->compare == PROFILE_EQUAL)
				is_held = is_held && value == condition->value;
			else if (condition->compare == PROFILE_LESS)
				is_held = is_held && value < condition->value;
			else if (condition->compare == PROFILE_GREATER_EQUAL)
				is_held = is_held && value >= condition->value;
			else if (condition->compare == PROFILE_MASKED_EQUAL)
				is_held = is_held && (value & condition->mask) == condition->value;
			else
				fail_msg("comparison %d", (int)condition->compare);
		}
		if (is_held)
			return true;
	}
	return false;
}

/* Few values and few bits, so that limits meet. */
static uint64_t random_value(uint64_t *seed)
{
	static const uint64_t corners[] = { 0, 1, UINT64_MAX, UINT64_MAX - 1, (uint64_t)1 << 63, UINT32_MAX, (uint64_t)UINT32_MAX + 1 };

	if (next_random(seed) % 5 == 0)
		return corners[next_random(seed) % ARRAY_COUNT(corners)];
	return next_random(seed) % 24;
}

static struct limit random_limit(uint64_t *seed)
{
	struct limit limit = { .is_masked = next_random(seed) % 3 == 0, .first = random_value(seed), .last = random_value(seed) };

	if (limit.is_masked) {
		limit.first |= 1;
		limit.last &= limit.first;
	} else if (limit.first > limit.last) {
		const uint64_t swap = limit.first;

		limit.first = limit.last;
		limit.last = swap;
	}
	if (!limit.is_masked && limit.first == 0 && limit.last == UINT64_MAX)
		limit.last = 7;
	return limit;
}

static struct clause_set random_set(struct arena *arena, uint64_t *seed)
{
	struct clause_set set = clause_none(arena);
	const size_t count = next_random(seed) % 4;

	if (next_random(seed) % 10 == 0)
		return clause_all(arena);
	for (size_t i = 0; i < count; i++) {
		struct clause clause = { 0 };

		for (size_t j = next_random(seed) % 2 + 1; j > 0; j--) {
			const unsigned argument = (unsigned)(next_random(seed) % 3);

			clause.used |= 1u << argument;
			clause.limits[argument] = random_limit(seed);
		}
		clause_add(&set, &clause);
	}
	return set;
}

static void check_operations(struct arena *arena, uint64_t *seed)
{
	const struct clause_set left = random_set(arena, seed), right = random_set(arena, seed);
	const struct clause_set either = clause_or(&left, &right), both = clause_and(&left, &right);
	const struct clause_set minus = clause_minus(&left, &right);
	struct conjunction *lowered = NULL;
	size_t count = 0;
	const bool is_lowered = clause_lower(&minus, CLAUSE_LIMIT, &lowered, &count);

	for (size_t i = 0; i < POINTS; i++) {
		uint64_t at[CLAUSE_ARGUMENTS];

		for (size_t j = 0; j < CLAUSE_ARGUMENTS; j++)
			at[j] = random_value(seed);
		assert_int_equal(set_holds(&either, at), set_holds(&left, at) || set_holds(&right, at));
		if (!both.is_too_large)
			assert_int_equal(set_holds(&both, at), set_holds(&left, at) && set_holds(&right, at));
		if (!minus.is_too_large)
			assert_int_equal(set_holds(&minus, at), set_holds(&left, at) && !set_holds(&right, at));
		if (is_lowered && !minus.is_all)
			assert_int_equal(rules_hold(lowered, count, at), set_holds(&minus, at));
	}
}

static void test_operations_agree_with_evaluation(void **state)
{
	uint64_t seed = 4101842887655102017ull;

	(void)state;
	for (size_t i = 0; i < ROUNDS; i++) {
		struct arena *arena = arena_new();

		check_operations(arena, &seed);
		arena_free(arena);
	}
}

static struct clause_set one(struct arena *arena, unsigned argument, struct limit limit)
{
	struct clause_set set = clause_none(arena);
	struct clause clause = { .used = 1u << argument };

	clause.limits[argument] = limit;
	clause_add(&set, &clause);
	return set;
}

static void test_all_and_none(void **state)
{
	struct arena *arena = arena_new();
	const struct clause_set all = clause_all(arena), none = clause_none(arena), five = one(arena, 0, (struct limit){ false, 5, 5 });

	(void)state;
	assert_true(clause_or(&all, &none).is_all);
	assert_true(clause_and(&all, &all).is_all);
	assert_int_equal(clause_and(&all, &none).count, 0);
	assert_int_equal(clause_minus(&five, &all).count, 0);
	assert_false(clause_minus(&five, &all).is_all);
	assert_true(clause_minus(&all, &none).is_all);
	assert_int_equal(clause_minus(&five, &five).count, 0);
	assert_int_equal(clause_or(&five, &five).count, 1);
	assert_int_equal(clause_minus(&all, &five).count, 2);
	arena_free(arena);
}

static void test_a_clause_without_limits_is_all(void **state)
{
	struct arena *arena = arena_new();
	struct clause_set set = one(arena, 0, (struct limit){ false, 5, 5 });
	const struct clause empty = { 0 };

	(void)state;
	clause_add(&set, &empty);
	assert_true(set.is_all);
	assert_int_equal(set.count, 0);
	arena_free(arena);
}

/* Too many alternatives are said, never dropped. */
static void test_too_many(void **state)
{
	struct arena *arena = arena_new();
	struct clause_set set = clause_none(arena);
	struct conjunction *lowered = NULL;
	size_t count = 0;

	(void)state;
	for (uint64_t i = 0; i <= CLAUSE_LIMIT; i++) {
		struct clause clause = { .used = 1, .limits = { { false, i * 100, i * 100 } } };

		assert_false(set.is_too_large);
		clause_add(&set, &clause);
	}
	assert_true(set.is_too_large);
	assert_true(clause_or(&set, &set).is_too_large);
	assert_false(clause_lower(&set, 1000, &lowered, &count));
	arena_free(arena);
}

/* How one limit is said to libseccomp. */
struct lower_row {
	const char *name;
	struct limit limit;
	size_t count;
	struct profile_condition first;
};

static const struct lower_row lower_rows[] = {
	{ "one value", { false, 7, 7 }, 1, { 1, PROFILE_EQUAL, 7, 0 } },
	{ "below", { false, 0, 6 }, 1, { 1, PROFILE_LESS, 7, 0 } },
	{ "from there on", { false, 7, UINT64_MAX }, 1, { 1, PROFILE_GREATER_EQUAL, 7, 0 } },
	{ "a pattern", { true, 0xf0, 0x10 }, 1, { 1, PROFILE_MASKED_EQUAL, 0x10, 0xf0 } },
	{ "a short stretch: value by value", { false, 3, 9 }, 7, { 1, PROFILE_EQUAL, 3, 0 } },
	{ "sixteen values", { false, 1, 16 }, 16, { 1, PROFILE_EQUAL, 1, 0 } },
	{ "a long stretch: blocks", { false, 16, 0xff }, 4, { 1, PROFILE_MASKED_EQUAL, 0x10, ~(uint64_t)0xf } },
	{ "the largest value", { false, UINT64_MAX, UINT64_MAX }, 1, { 1, PROFILE_EQUAL, UINT64_MAX, 0 } },
	{ "all but the ends", { false, 1, UINT64_MAX - 1 }, 126, { 1, PROFILE_EQUAL, 1, 0 } },
};

static void test_lower(void **state)
{
	const struct lower_row *row = *state;
	struct arena *arena = arena_new();
	const struct clause_set set = one(arena, 1, row->limit);
	struct conjunction *rules = NULL, *fewer = NULL;
	size_t count = 0, fewer_count = 0;

	assert_true(clause_lower(&set, CLAUSE_LIMIT, &rules, &count));
	assert_int_equal(count, row->count);
	assert_int_equal(rules[0].count, 1);
	assert_int_equal(rules[0].conditions[0].argument, row->first.argument);
	assert_int_equal(rules[0].conditions[0].compare, row->first.compare);
	assert_true(rules[0].conditions[0].value == row->first.value);
	assert_true(rules[0].conditions[0].mask == row->first.mask);
	assert_false(clause_lower(&set, row->count - 1, &fewer, &fewer_count));
	arena_free(arena);
}

static void test_four_arguments_do_not_fit_a_rule(void **state)
{
	struct arena *arena = arena_new();
	struct clause_set set = clause_none(arena);
	struct clause clause = { .used = 0x0f };
	struct conjunction *rules = NULL;
	size_t count = 0;

	(void)state;
	clause_add(&set, &clause);
	assert_false(clause_lower(&set, CLAUSE_LIMIT, &rules, &count));
	arena_free(arena);
}

int main(void)
{
	static struct row_tests tests;

	ROWS_TEST(&tests, test_operations_agree_with_evaluation);
	ROWS_TEST(&tests, test_all_and_none);
	ROWS_TEST(&tests, test_a_clause_without_limits_is_all);
	ROWS_TEST(&tests, test_too_many);
	ROWS_TEST(&tests, test_four_arguments_do_not_fit_a_rule);
	for (size_t i = 0; i < ARRAY_COUNT(lower_rows); i++)
		rows_add(&tests, lower_rows[i].name, test_lower, (void *)(uintptr_t)&lower_rows[i]);
	return rows_run("profile clauses", &tests);
}
