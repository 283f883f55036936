/*
 * Removing a line of a policy never widens: for each line, block and item of the policies at hand, as policy and as ceiling, no
 * command line that was denied is allowed without it. Words that narrow a grant, and so widen it when they go, are listed.
 */
#include "../unit/rows.h"

#include "guard.h"
#include "lines.h"

enum { SOUPS = 300, REMOVED_LEAST = 10, LINES_LEAST = 400 };

/* One removal: the bytes from ${first} to ${last}, and how it is shown. */
struct removal {
	size_t first, last;
};
struct removals {
	struct removal *items;
	size_t count;
};

static void add(struct arena *arena, struct removals *removals, size_t first, size_t last)
{
	*vector_push(arena, removals->items, removals->count) = (struct removal){ first, last };
}

static size_t indentation(const char *line)
{
	return strspn(line, " ");
}

static size_t line_length(const char *line)
{
	return strcspn(line, "\n") + 1;
}

/* A line, with all that is indented deeper behind it. */
static void add_blocks(struct arena *arena, const char *text, struct removals *removals)
{
	for (size_t at = 0; text[at] != '\0'; at += line_length(text + at)) {
		size_t end = at + line_length(text + at);
		const char first = text[at + indentation(text + at)];

		if (first == '#' || first == '\n')
			continue;
		while (text[end] != '\0' && (indentation(text + end) > indentation(text + at) || text[end] == '\n'))
			end += line_length(text + end);
		add(arena, removals, at, end);
	}
}

/* Items of [a, b] and {a: 1, b: 2}, by their commas; nested ones too. Quotes hold commas together. */
static void add_items(struct arena *arena, const char *text, struct removals *removals)
{
	size_t starts[8] = { 0 }, depth = 0;
	bool is_quoted = false, is_comment = false;

	for (size_t at = 0; text[at] != '\0'; at++) {
		const char c = text[at];

		is_comment = c != '\n' && (is_comment || (!is_quoted && c == '#'));
		if (is_comment)
			continue;
		is_quoted ^= c == '"' || c == '\'';
		if (is_quoted)
			continue;
		if (depth > 0 && (c == ',' || c == ']' || c == '}')) {
			const bool is_first = text[starts[depth - 1]] != ',';

			/* With the comma before it, or with the one behind. */
			add(arena, removals, starts[depth - 1] + is_first, at + (is_first && c == ','));
			starts[depth - 1] = at;
		}
		if ((c == '[' || c == '{') && depth < ARRAY_COUNT(starts))
			starts[depth++] = at;
		if ((c == ']' || c == '}') && depth > 0)
			depth--;
	}
}

static const char *without(struct arena *arena, const char *text, struct removal removal)
{
	return arena_printf(arena, "%.*s%s", (int)removal.first, text, text + removal.last);
}

/* ---- what narrows ---- */

/*
 * Lines whose absence is not "nothing", each with the reason. A row that is not needed any more fails the last test.
 */
static struct narrowing {
	const char *start, *reason;
	bool is_of_policy, is_of_ceiling;
	size_t used;
} narrowing[] = {
	{ "owner:", "a condition of the grant that it stands in", true, true, 0 },
	{ "target:", "a condition of the grant that it stands in", true, true, 0 },
	{ "max_ports:", "16 are built in", true, true, 0 },
	{ "command_line:", "64 KiB and 256 words are built in", true, true, 0 },
	{ "max_words:", "256 are built in", true, true, 0 },
	{ "user: \"", "a default: nobody is built in, and what a silent caller gets may be said", true, false, 0 },
	{ "network_mode:", "a default: isolated is built in, and what a silent caller gets may be said", true, false, 0 },
	{ "defaults:", "the two above, and numbers that no allow bounds", true, false, 0 },
	{ "mem_limit:", "a ceiling that is silent bounds by what is built in", false, true, 0 },
	{ "ulimits:", "a ceiling that is silent bounds by what is built in", false, true, 0 },
	{ "nofile:", "a ceiling that is silent bounds by what is built in", false, true, 0 },
	{ "cpus:", "a ceiling that is silent bounds by what is built in", false, true, 0 },
	{ "logging:", "a ceiling that is silent bounds by what is built in", false, true, 0 },
	{ "shm_size:", "a ceiling that is silent bounds by what is built in", false, true, 0 },
	{ "pids_limit:", "a ceiling that is silent bounds by what is built in", false, true, 0 },
	{ "max_size:", "a ceiling that is silent bounds by what is built in", false, true, 0 },
	{ "max_file:", "a ceiling that is silent bounds by what is built in", false, true, 0 },
	{ "mem_limit: 9m", "below what is built in", true, false, 0 },
	{ "cpus: 0.09", "below what is built in", true, false, 0 },
	{ "pids_limit: 9", "below what is built in", true, false, 0 },
	{ "shm_size: 9m", "below what is built in", true, false, 0 },
	{ "tmpfs: {max_size:", "below what is built in", true, true, 0 },
	{ "max_size: 1m", "below what is built in", true, false, 0 },
	{ "max_size: 2m", "below what is built in", true, false, 0 },
	{ "max_size: 9k", "below what is built in", true, false, 0 },
	{ "max_file: 1}", "below what is built in", true, false, 0 },
	{ "logging: {drivers: [json-file], max_size: 9k", "below what is built in", true, false, 0 },
	{ "allow:", "a line that narrows stands in it, or it is a ceiling's", true, true, 0 },
};

static bool is_narrowing(const char *text, struct removal removal, bool is_ceiling)
{
	const char *start = text + removal.first + strspn(text + removal.first, " ,-\n");

	for (size_t i = 0; i < ARRAY_COUNT(narrowing); i++) {
		struct narrowing *row = &narrowing[i];

		if (strncmp(start, row->start, strlen(row->start)) == 0 && (is_ceiling ? row->is_of_ceiling : row->is_of_policy)) {
			row->used++;
			return true;
		}
	}
	return false;
}

/* ---- the test ---- */

struct widening {
	struct arena *arena;
	struct world world;
	struct lines lines;
	struct world_run *runs; /* of the lines, once read */
	size_t run_count;
	bool *is_allowed;
	bool is_ceiling;
	size_t removed, widened;
};

static bool judge(const struct widening *test, const struct world *world, size_t index)
{
	struct arena *arena = arena_new();
	const bool is_allowed = world_judge_again(arena, world, &test->runs[index]);

	arena_free(arena);
	return is_allowed;
}

/* Only the text is wanted; parents are of no matter here. */
static const char *read_policy(struct arena *arena, const char *path)
{
	size_t length;

	return world_read(arena, path, &length);
}

/* Lines that no policy has a say in are left out. */
static void keep_well_formed(struct widening *test, const struct lines *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		struct world_run run;

		if (!world_judge(test->arena, &test->world, lines->items[i], &run) && run.answer == WORLD_MALFORMED)
			continue;
		*vector_push(test->arena, test->lines.items, test->lines.count) = lines->items[i];
		*vector_push(test->arena, test->runs, test->run_count) = run;
	}
}

/* What the corpora have no line for. */
static const char *const own_lines[] = {
	"-v /srv/theirs:/w alpine", "-p8000:1 -p8001:2 alpine", "--ulimit nofile=1024:2048 alpine", "--network isolated alpine",
	"--cpus 0.5 --network none alpine", "-m 200m --network none alpine", "--log-opt max-file=3 --network none alpine",
	"--log-opt max-size=10m --network none alpine", "--shm-size 16m --network none alpine", "--pids-limit 64 --network none alpine",
	"--tmpfs /x:size=3m --network none alpine",
};

static void open_widening(struct widening *test)
{
	struct lines lines = { NULL, 0 };
	struct random random;

	*test = (struct widening){ .arena = arena_new() };
	lines_read(test->arena, true, &lines);
	lines_read(test->arena, false, &lines);
	random_seed(&random, 3);
	for (unsigned i = 0; i < SOUPS; i++)
		*vector_push(test->arena, lines.items, lines.count) = lines_soup(test->arena, &random);
	for (size_t i = 0; i < ARRAY_COUNT(own_lines); i++)
		*vector_push(test->arena, lines.items, lines.count) = world_words(test->arena, own_lines[i]);
	world_init(&test->world);
	test->world.policy = world_parse(test->arena, read_policy(test->arena, "tests/property/wide.yaml"));
	assert_non_null(test->world.policy);
	keep_well_formed(test, &lines);
	assert_true(test->lines.count > LINES_LEAST);
	test->is_allowed = arena_alloc(test->arena, test->lines.count * sizeof(*test->is_allowed));
}

static void put(struct world *world, const struct policy *policy, bool is_ceiling)
{
	if (is_ceiling)
		world->ceiling = policy;
	else
		world->policy = policy;
}

static void try_without(struct widening *test, const char *text, struct removal removal)
{
	struct arena *arena = arena_new();
	const struct policy *less = world_parse(arena, without(arena, text, removal));
	struct world world = test->world;

	put(&world, less, test->is_ceiling);
	test->removed += less != NULL;
	for (size_t i = 0; less != NULL && i < test->lines.count; i++) {
		if (test->is_allowed[i] || !judge(test, &world, i) || is_narrowing(text, removal, test->is_ceiling))
			continue;
		test->widened++;
		print_error("without this, \"%s\" is allowed:\n%.*s\n", world_show(arena, test->lines.items[i]),
			    (int)(removal.last - removal.first), text + removal.first);
		break;
	}
	arena_free(arena);
}

static void try_all(struct widening *test, const char *text)
{
	struct removals removals = { NULL, 0 };

	put(&test->world, world_parse(test->arena, text), test->is_ceiling);
	assert_non_null(test->is_ceiling ? test->world.ceiling : test->world.policy);
	for (size_t i = 0; i < test->lines.count; i++)
		test->is_allowed[i] = judge(test, &test->world, i);
	add_blocks(test->arena, text, &removals);
	add_items(test->arena, text, &removals);
	for (size_t i = 0; i < removals.count; i++)
		try_without(test, text, removals.items[i]);
	assert_true(test->removed >= REMOVED_LEAST);
	if (test->widened > 0)
		fail_msg("%zu of %zu removals widen", test->widened, test->removed);
}

static const char *const files[] = {
	"tests/corpus/p0.yaml", "policies/default.yaml", "policies/restricted.yaml", "tests/golden/web.yaml",
			"tests/property/tight.yaml",
	"tests/property/narrow.yaml", "tests/property/low.yaml",
};
static const char *const ceilings[] = { "policies/default.yaml", "tests/golden/web.yaml", "tests/property/tight.yaml" };

static void test_policy_line_less(void **state)
{
	struct widening test;

	open_widening(&test);
	try_all(&test, read_policy(test.arena, *state));
	world_free(&test.world);
	arena_free(test.arena);
}

/* As a ceiling, over a policy that gives much. */
static void test_ceiling_line_less(void **state)
{
	struct widening test;

	open_widening(&test);
	test.is_ceiling = true;
	try_all(&test, read_policy(test.arena, *state));
	world_free(&test.world);
	arena_free(test.arena);
}

/* ---- the ways of removing ---- */

static void test_removals(void **state)
{
	static const char text[] = "a:\n  b: [x, {y: 1, z: \"p,q\"}]\n  # c\n  d:\n    e: 1\nf: 2\n";
	static const char *const wanted[] = {
		"f: 2\n", "a:\n  # c\n  d:\n    e: 1\nf: 2\n", "a:\n  b: [ {y: 1, z: \"p,q\"}]\n  # c\n  d:\n    e: 1\nf: 2\n",
		"a:\n  b: [x]\n  # c\n  d:\n    e: 1\nf: 2\n", "a:\n  b: [x, {y: 1}]\n  # c\n  d:\n    e: 1\nf: 2\n",
		"a:\n  b: [x, {y: 1, z: \"p,q\"}]\n  # c\nf: 2\n",
	};
	struct arena *arena = arena_new();
	struct removals removals = { NULL, 0 };

	(void)state;
	add_blocks(arena, text, &removals);
	add_items(arena, text, &removals);
	for (size_t i = 0; i < ARRAY_COUNT(wanted); i++) {
		bool is_found = false;

		for (size_t k = 0; k < removals.count; k++)
			is_found = is_found || strcmp(without(arena, text, removals.items[k]), wanted[i]) == 0;
		if (!is_found)
			fail_msg("nothing removes to %s", wanted[i]);
	}
	arena_free(arena);
}

static void test_exceptions_are_needed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(narrowing); i++) {
		if (narrowing[i].used == 0)
			fail_msg("no line needs the exception \"%s\" (%s)", narrowing[i].start, narrowing[i].reason);
	}
}

int main(void)
{
	static struct row_tests rows;

	for (size_t i = 0; i < ARRAY_COUNT(files); i++)
		rows_add(&rows, files[i], test_policy_line_less, (void *)(uintptr_t)files[i]);
	for (size_t i = 0; i < ARRAY_COUNT(ceilings); i++)
		rows_add(&rows, ceilings[i], test_ceiling_line_less, (void *)(uintptr_t)ceilings[i]);
	ROWS_TEST(&rows, test_removals);
	ROWS_TEST(&rows, test_exceptions_are_needed);
	return rows_run("widening", &rows);
}
