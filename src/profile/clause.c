/*
 * Clauses: sets of argument values, as alternatives ("or") of limits that hold together ("and"). A limit is an interval or a bit
 * pattern; every other comparison becomes one of these, so that sets can be joined, cut and turned round exactly. libseccomp
 * can say neither "not this pattern" nor "between", and takes one condition for each argument: clause_lower finds the equivalent.
 */
#include "profile_internal.h"

#include <string.h>

enum {
	PIECES_MAX = 128,      /* an interval of 64 bits falls into at most 126 aligned blocks; a pattern turns round into at most 64 */
	ENUMERATE_MAX = 16,    /* an inner interval up to this long is written value by value */
};

static const struct limit limit_any = { false, 0, UINT64_MAX };

struct clause_set clause_none(struct arena *arena)
{
	return (struct clause_set){ .arena = arena };
}

struct clause_set clause_all(struct arena *arena)
{
	return (struct clause_set){ .arena = arena, .is_all = true };
}

static struct limit limit_tidy(struct limit limit)
{
	if (limit.is_masked && limit.first == UINT64_MAX)
		return (struct limit){ false, limit.last, limit.last };
	if (limit.is_masked && limit.first == 0)
		return limit_any;
	return limit;
}

static bool limit_is_same(const struct limit *left, const struct limit *right)
{
	return left->is_masked == right->is_masked && left->first == right->first && left->last == right->last;
}

static bool limit_is_any(const struct limit *limit)
{
	return limit_is_same(limit, &limit_any);
}

static bool clause_is_same(const struct clause *left, const struct clause *right)
{
	if (left->used != right->used)
		return false;
	for (unsigned i = 0; i < CLAUSE_ARGUMENTS; i++) {
		if ((left->used & (1u << i)) != 0 && !limit_is_same(&left->limits[i], &right->limits[i]))
			return false;
	}
	return true;
}

void clause_add(struct clause_set *set, const struct clause *clause)
{
	if (set->is_all || set->is_too_large)
		return;
	if (clause->used == 0) {
		set->is_all = true;
		set->count = 0;
		return;
	}
	for (size_t i = 0; i < set->count; i++) {
		if (clause_is_same(&set->items[i], clause))
			return;
	}
	if (set->count == CLAUSE_LIMIT) {
		set->is_too_large = true;
		return;
	}
	*vector_push(set->arena, set->items, set->count) = *clause;
}

/* Cuts first..last into aligned power-of-two blocks, each a bit pattern. */
static size_t limit_to_patterns(const struct limit *limit, struct limit pieces[PIECES_MAX])
{
	uint64_t first = limit->first;
	size_t count = 0;

	for (;;) {
		unsigned bits = first == 0 ? 63 : (unsigned)__builtin_ctzll(first);
		uint64_t block;

		while (((uint64_t)1 << bits) - 1 > limit->last - first)
			bits--;
		block = ((uint64_t)1 << bits) - 1;
		pieces[count++] = (struct limit){ true, ~block, first };
		if (first + block == limit->last)
			return count;
		first += block + 1;
	}
}

/* Two patterns are one, or exclude each other. */
static bool pattern_and(const struct limit *left, const struct limit *right, struct limit *ret_piece)
{
	if (((left->last ^ right->last) & left->first & right->first) != 0)
		return false;
	*ret_piece = limit_tidy((struct limit){ true, left->first | right->first, left->last | right->last });
	return true;
}

static bool interval_and(const struct limit *left, const struct limit *right, struct limit *ret_piece)
{
	ret_piece->is_masked = false;
	ret_piece->first = left->first > right->first ? left->first : right->first;
	ret_piece->last = left->last < right->last ? left->last : right->last;
	return ret_piece->first <= ret_piece->last;
}

/* What a limit leaves out. Of a pattern: from the highest bit down, all bits above agree and this one does not. */
static size_t limit_not(const struct limit *limit, struct limit pieces[PIECES_MAX])
{
	size_t count = 0;

	if (!limit->is_masked) {
		if (limit->first > 0)
			pieces[count++] = (struct limit){ false, 0, limit->first - 1 };
		if (limit->last < UINT64_MAX)
			pieces[count++] = (struct limit){ false, limit->last + 1, UINT64_MAX };
		return count;
	}
	for (unsigned i = 64; i-- > 0;) {
		const uint64_t bit = (uint64_t)1 << i;
		const uint64_t mask = limit->first & ~(bit - 1);

		if ((limit->first & bit) != 0)
			pieces[count++] = limit_tidy((struct limit){ true, mask, (limit->last & mask) ^ bit });
	}
	return count;
}

/* Adds ${clause} with this limit of an argument in the place of its own. */
static void clause_add_with(struct clause_set *result, const struct clause *clause, unsigned argument,
			    const struct limit *limit)
{
	struct clause changed = *clause;

	changed.limits[argument] = *limit;
	changed.used |= 1u << argument;
	if (limit_is_any(limit))
		changed.used &= ~(1u << argument);
	clause_add(result, &changed);
}

/* Both an interval and a pattern: the pattern and each of the blocks that the interval falls into. */
static void clause_add_mixed(struct clause_set *result, const struct clause *clause, unsigned argument, const struct limit *limit)
{
	const struct limit *own = &clause->limits[argument];
	const struct limit *interval = limit->is_masked ? own : limit, *pattern = limit->is_masked ? limit : own;
	struct limit blocks[PIECES_MAX];
	const size_t count = limit_to_patterns(interval, blocks);

	for (size_t i = 0; i < count; i++) {
		struct limit piece;

		if (pattern_and(&blocks[i], pattern, &piece))
			clause_add_with(result, clause, argument, &piece);
	}
}

/* Adds ${clause} with one more limit of an argument that has one already. */
static void clause_add_both(struct clause_set *result, const struct clause *clause, unsigned argument, const struct limit *limit)
{
	const struct limit *own = &clause->limits[argument];
	struct limit piece = *own;
	bool is_possible = true;

	if (own->is_masked != limit->is_masked && !limit_is_any(own) && !limit_is_any(limit)) {
		clause_add_mixed(result, clause, argument, limit);
		return;
	}
	if (limit_is_any(own))
		piece = *limit;
	else if (!limit_is_any(limit))
		is_possible = own->is_masked ? pattern_and(own, limit, &piece) : interval_and(own, limit, &piece);
	if (is_possible)
		clause_add_with(result, clause, argument, &piece);
}

/* Adds to ${result} each clause of ${set} with one more limit. */
static void clause_add_limited(struct clause_set *result, const struct clause_set *set, unsigned argument,
			       const struct limit *limit)
{
	static const struct clause empty = { 0 };
	const struct clause *items = set->is_all ? &empty : set->items;
	size_t count = set->is_all ? 1 : set->count;

	for (size_t i = 0; i < count; i++) {
		if ((items[i].used & (1u << argument)) != 0)
			clause_add_both(result, &items[i], argument, limit);
		else
			clause_add_with(result, &items[i], argument, limit);
	}
	result->is_too_large |= set->is_too_large;
}

struct clause_set clause_or(const struct clause_set *left, const struct clause_set *right)
{
	struct clause_set result = clause_none(left->arena);

	result.is_too_large = left->is_too_large || right->is_too_large;
	if (left->is_all || right->is_all) {
		result.is_all = true;
		return result;
	}
	for (size_t i = 0; i < left->count; i++)
		clause_add(&result, &left->items[i]);
	for (size_t i = 0; i < right->count; i++)
		clause_add(&result, &right->items[i]);
	return result;
}

struct clause_set clause_and(const struct clause_set *left, const struct clause_set *right)
{
	struct clause_set result = clause_none(left->arena);

	if (right->is_all || left->is_all)
		return right->is_all ? *left : *right;
	for (size_t i = 0; i < right->count; i++) {
		struct clause_set step = *left;

		for (unsigned j = 0; j < CLAUSE_ARGUMENTS; j++) {
			struct clause_set next = clause_none(left->arena);

			if ((right->items[i].used & (1u << j)) == 0)
				continue;
			clause_add_limited(&next, &step, j, &right->items[i].limits[j]);
			step = next;
		}
		result = clause_or(&result, &step);
	}
	result.is_too_large |= left->is_too_large || right->is_too_large;
	return result;
}

/* The pieces do not overlap: the first limit fails, or it holds and the second fails, and so on. */
static struct clause_set clause_minus_one(const struct clause_set *left, const struct clause *clause)
{
	struct clause_set result = clause_none(left->arena), step = *left;

	for (unsigned i = 0; i < CLAUSE_ARGUMENTS; i++) {
		struct clause_set next = clause_none(left->arena);
		struct limit pieces[PIECES_MAX];
		size_t count;

		if ((clause->used & (1u << i)) == 0)
			continue;
		count = limit_not(&clause->limits[i], pieces);
		for (size_t j = 0; j < count; j++)
			clause_add_limited(&result, &step, i, &pieces[j]);
		clause_add_limited(&next, &step, i, &clause->limits[i]);
		step = next;
	}
	return result;
}

struct clause_set clause_minus(const struct clause_set *left, const struct clause_set *right)
{
	struct clause_set result = *left;

	if (right->is_all)
		return clause_none(left->arena);
	for (size_t i = 0; i < right->count; i++)
		result = clause_minus_one(&result, &right->items[i]);
	result.is_too_large |= left->is_too_large || right->is_too_large;
	return result;
}

/* ---- what libseccomp can say ---- */

static size_t lower_patterns(unsigned argument, const struct limit *limit, struct profile_condition conditions[PIECES_MAX])
{
	struct limit pieces[PIECES_MAX];
	const size_t count = limit_to_patterns(limit, pieces);

	for (size_t i = 0; i < count; i++) {
		pieces[i] = limit_tidy(pieces[i]);
		conditions[i] = (struct profile_condition){ .argument = argument, .value = pieces[i].last };
		conditions[i].compare = pieces[i].is_masked ? PROFILE_MASKED_EQUAL : PROFILE_EQUAL;
		conditions[i].mask = pieces[i].is_masked ? pieces[i].first : 0;
	}
	return count;
}

static size_t lower_limit(unsigned argument, const struct limit *limit, struct profile_condition conditions[PIECES_MAX])
{
	size_t count;

	conditions[0] = (struct profile_condition){ .argument = argument, .value = limit->last };
	if (limit->is_masked) {
		conditions[0].compare = PROFILE_MASKED_EQUAL;
		conditions[0].mask = limit->first;
		return 1;
	}
	if (limit->first == limit->last) {
		conditions[0].compare = PROFILE_EQUAL;
		return 1;
	}
	if (limit->first == 0) {
		conditions[0].compare = PROFILE_LESS;
		conditions[0].value = limit->last + 1;
		return 1;
	}
	if (limit->last == UINT64_MAX) {
		conditions[0].compare = PROFILE_GREATER_EQUAL;
		conditions[0].value = limit->first;
		return 1;
	}
	if (limit->last - limit->first < ENUMERATE_MAX) {
		count = (size_t)(limit->last - limit->first) + 1;
		for (size_t i = 0; i < count; i++)
			conditions[i] = (struct profile_condition){ argument, PROFILE_EQUAL, limit->first + i, 0 };
		return count;
	}
	return lower_patterns(argument, limit, conditions);
}

/* Appends one clause: the product of what its limits fall into. */
static bool lower_clause(const struct clause_set *set, size_t index, size_t most, struct conjunction **rules, size_t *count)
{
	const struct clause *clause = &set->items[index];
	const size_t first = *count;
	struct profile_condition conditions[PIECES_MAX];

	(void)vector_push(set->arena, *rules, *count);
	for (unsigned i = 0; i < CLAUSE_ARGUMENTS; i++) {
		size_t condition_count, end = *count;

		if ((clause->used & (1u << i)) == 0)
			continue;
		condition_count = lower_limit(i, &clause->limits[i], conditions);
		if (first + (end - first) * condition_count > most)
			return false;
		for (size_t j = first; j < end; j++) {
			if ((*rules)[j].count == ARRAY_COUNT((*rules)[j].conditions))
				return false;
			for (size_t k = 1; k < condition_count; k++) {
				struct conjunction copy = (*rules)[j];

				copy.conditions[copy.count++] = conditions[k];
				*vector_push(set->arena, *rules, *count) = copy;
			}
			(*rules)[j].conditions[(*rules)[j].count++] = conditions[0];
		}
	}
	return *count <= most;
}

bool clause_lower(const struct clause_set *set, size_t most, struct conjunction **rules, size_t *count)
{
	if (set->is_too_large)
		return false;
	for (size_t i = 0; i < set->count; i++) {
		if (!lower_clause(set, i, most, rules, count))
			return false;
	}
	return true;
}
