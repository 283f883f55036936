/* Memory, growing text and lists, errors and findings. */
#include "rows.h"

#include <hardrun/finding.h>

static int arena_setup(void **state)
{
	*state = arena_new();
	return 0;
}

static int arena_teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static void test_allocations_are_zeroed_aligned_and_apart(void **state)
{
	static const size_t sizes[] = { 0, 1, 7, 16, 17, 1000, 40000, 200000, 3 };
	char *before = NULL;
	size_t before_size = 0;

	for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
		char *memory = arena_alloc(*state, sizes[i]);

		assert_non_null(memory);
		assert_int_equal((uintptr_t)memory % _Alignof(max_align_t), 0);
		for (size_t j = 0; j < sizes[i]; j++)
			assert_int_equal(memory[j], 0);
		memset(memory, 'x', sizes[i]);
		assert_true(before == NULL || memory >= before + before_size || memory + sizes[i] <= before);
		before = memory;
		before_size = sizes[i];
	}
}

static void test_copies(void **state)
{
	char source[] = "hello";
	char *copy = arena_strdup(*state, source), *part = arena_strndup(*state, source, 2);

	source[0] = 'X';
	assert_string_equal(copy, "hello");
	assert_string_equal(part, "he");
	assert_string_equal(arena_printf(*state, "%s-%d", "a", 7), "a-7");
	arena_free(NULL);
}

struct wide {
	uint64_t index;
	char padding[40];
};

static void test_vector_keeps_what_was_pushed(void **state)
{
	struct wide *items = NULL;
	size_t count = 0;

	for (uint64_t i = 0; i < 1000; i++) {
		struct wide *item = vector_push(*state, items, count);

		assert_int_equal(item->index, 0);
		assert_int_equal(item->padding[39], 0);
		item->index = i;
		item->padding[39] = 1;
	}
	assert_int_equal(count, 1000);
	for (uint64_t i = 0; i < count; i++)
		assert_int_equal(items[i].index, i);
}

static void test_vector_hands_out_zero_after_shrinking(void **state)
{
	struct wide *items = NULL;
	size_t count = 0;

	vector_push(*state, items, count)->index = 9;
	vector_push(*state, items, count)->index = 9;
	count = 1;
	assert_int_equal(vector_push(*state, items, count)->index, 0);
}

static void test_enlarged_memory_keeps_and_is_zero(void **state)
{
	for (int is_last = 0; is_last <= 1; is_last++) {
		char *memory = arena_alloc(*state, 24), *after, *larger;

		memset(memory, 'm', 24);
		after = is_last ? NULL : arena_alloc(*state, 8);
		larger = arena_enlarge(*state, memory, 24, 1000);
		if (after != NULL)
			assert_ptr_not_equal(larger, memory);
		for (size_t i = 0; i < 1000; i++)
			assert_int_equal(larger[i], i < 24 ? 'm' : 0);
		memset(larger, 'l', 1000);
		after = arena_alloc(*state, 100);
		assert_true(after >= larger + 1000 || after + 100 <= larger);
		for (size_t i = 0; i < 100; i++)
			assert_int_equal(after[i], 0);
	}
}

/* More than is left of a block: moved, and whole. */
static void test_enlarged_beyond_a_block(void **state)
{
	char *memory = arena_alloc(*state, 8);

	for (size_t size = 8; size < 1 << 22; size *= 2) {
		memset(memory, 'm', size);
		memory = arena_enlarge(*state, memory, size, size * 2);
		assert_int_equal(memory[0], 'm');
		assert_int_equal(memory[size - 1], 'm');
		assert_int_equal(memory[size], 0);
		assert_int_equal(memory[size * 2 - 1], 0);
	}
}

static void test_text_grows(void **state)
{
	struct text text;

	text_init(&text, *state);
	assert_string_equal(text.data, "");
	for (int i = 0; i < 500; i++)
		text_addf(&text, "%d,", i % 10);
	text_add_bytes(&text, "end-cut", 3);
	assert_int_equal(text.length, 1003);
	assert_int_equal(strlen(text.data), 1003);
	assert_string_equal(text.data + 998, "9,end");
}

static void test_string_list(void **state)
{
	struct string_list list = { NULL, 0 };

	assert_false(string_list_has(&list, ""));
	for (int i = 0; i < 20; i++)
		string_list_add(*state, &list, arena_printf(*state, "%d", i));
	assert_true(string_list_has(&list, "19"));
	assert_false(string_list_has(&list, "20"));
	assert_false(string_list_has(&list, "1 "));
}

static void test_error_says_kind_place_and_message(void **state)
{
	struct error err = { .remedy = "stale" };
	struct place place = { "p.yaml", 3, 9 };

	assert_int_equal(error_set_at(&err, *state, ERROR_POLICY, place, "key '%s' is unknown", "imags\n"), -ERROR_POLICY);
	assert_int_equal(err.kind, ERROR_POLICY);
	assert_string_equal(err.message, "key 'imags\\x0a' is unknown");
	assert_null(err.remedy);
	assert_string_equal(place_text(*state, err.place), "p.yaml:3:9");
	assert_int_equal(error_set(&err, *state, ERROR_SYSTEM, "%d%%", 7), -ERROR_SYSTEM);
	assert_string_equal(err.message, "7%");
	assert_null(err.place.file);
	assert_int_equal(error_set(NULL, *state, ERROR_LIMIT, "nobody listens"), -ERROR_LIMIT);
}

static void test_place_text(void **state)
{
	assert_string_equal(place_text(*state, (struct place){ NULL, 3, 4 }), "");
	assert_string_equal(place_text(*state, (struct place){ "f", 0, 0 }), "f");
	assert_string_equal(place_text(*state, (struct place){ "f", 3, 0 }), "f:3");
	assert_string_equal(place_text(*state, (struct place){ "a\x1b", 3, 1 }), "a\\x1b:3:1");
}

static void test_findings(void **state)
{
	struct findings findings = { .arena = *state };
	struct finding *finding;

	assert_true(findings_allow(&findings));
	finding = findings_add(&findings, FINDING_NOTE, "--rm", 1, "grammar", "seen %d times", 2);
	assert_string_equal(finding->reason, "seen 2 times");
	assert_string_equal(finding->subject, "--rm");
	assert_int_equal(finding->argv_index, 1);
	assert_null(finding->remedy);
	assert_null(finding->place.file);
	assert_true(findings_allow(&findings));
	findings_add(&findings, FINDING_DENIED, "x", SIZE_MAX, "floor", "no");
	assert_false(findings_allow(&findings));
	assert_false(findings_malformed(&findings));
	findings_add(&findings, FINDING_UNKNOWN, "y", 0, "grammar", "no");
	assert_true(findings_malformed(&findings));
}

static void test_each_kind_forbids_but_the_note(void **state)
{
	for (enum finding_kind kind = FINDING_DENIED; kind < FINDING_COUNT; kind++) {
		struct findings findings = { .arena = *state };

		findings_add(&findings, kind, "x", 0, "r", "why");
		assert_int_equal(findings_allow(&findings), kind == FINDING_NOTE);
		assert_int_equal(findings_malformed(&findings), kind == FINDING_UNKNOWN || kind == FINDING_INVALID);
		assert_true(strlen(finding_kind_name(kind)) > 3);
	}
	assert_string_equal(finding_kind_name(FINDING_UNSUPPORTED), "unsupported");
}

/* What the caller typed is quoted in findings: it must not be able to write to a terminal or to forge a line. */
static void test_findings_cannot_forge_output(void **state)
{
	struct findings findings = { .arena = *state };
	char long_word[4096];
	struct finding *finding;

	memset(long_word, 'A', sizeof(long_word) - 1);
	long_word[sizeof(long_word) - 1] = '\0';
	finding = findings_add(&findings, FINDING_DENIED, "a\nhardrun: allowed", 0, "r", "'%s'", "\x1b[2J\xe2\x80\xae\xff");
	assert_string_equal(finding->subject, "a\\x0ahardrun: allowed");
	assert_string_equal(finding->reason, "'\\x1b[2J\\xe2\\x80\\xae\\xff'");
	finding = findings_add(&findings, FINDING_DENIED, long_word, 0, "r", "x");
	assert_true(strlen(finding->subject) < 200);
}

/* Texts of every length across the end of a block: each whole, and what is handed out next to it zero. */
static void test_printf_at_the_end_of_a_block(void **state)
{
	enum { BLOCK = 256 * 1024, LONGEST = 80 };
	static const char digits[] = "0123456789";
	char wanted[LONGEST + 1];

	for (size_t i = 0; i < LONGEST; i++)
		wanted[i] = digits[i % 10];
	for (int length = 0; length <= LONGEST; length++) {
		struct arena *arena = arena_new();
		const char *text, *next;

		(void)arena_alloc(arena, BLOCK - 48);
		text = arena_printf(arena, "%.*s", length, wanted);
		next = arena_alloc(arena, 64);
		assert_int_equal(strlen(text), length);
		assert_memory_equal(text, wanted, (size_t)length);
		for (size_t i = 0; i < 64; i++)
			assert_int_equal(next[i], 0);
		arena_free(arena);
	}
	(void)state;
}

#define WITH_ARENA(function) cmocka_unit_test_setup_teardown(function, arena_setup, arena_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ARENA(test_allocations_are_zeroed_aligned_and_apart),
		WITH_ARENA(test_copies),
		cmocka_unit_test(test_printf_at_the_end_of_a_block),
		WITH_ARENA(test_vector_keeps_what_was_pushed),
		WITH_ARENA(test_vector_hands_out_zero_after_shrinking),
		WITH_ARENA(test_enlarged_memory_keeps_and_is_zero),
		WITH_ARENA(test_enlarged_beyond_a_block),
		WITH_ARENA(test_text_grows),
		WITH_ARENA(test_string_list),
		WITH_ARENA(test_error_says_kind_place_and_message),
		WITH_ARENA(test_place_text),
		WITH_ARENA(test_findings),
		WITH_ARENA(test_each_kind_forbids_but_the_note),
		WITH_ARENA(test_findings_cannot_forge_output),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
