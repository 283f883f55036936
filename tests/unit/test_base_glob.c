/* Patterns and lexical paths. The matcher is held against a slow one that is plainly right. */
#include "rows.h"

#include <hardrun/base.h>

struct glob_row {
	const char *pattern;
	const char *string;
	bool is_match;
};

static struct glob_row glob_rows[] = {
	{ "", "", true }, { "", "a", false }, { "a", "", false }, { "a", "a", true }, { "a", "A", false },
	{ "a", "ab", false }, { "ab", "a", false },
	{ "*", "", true }, { "*", "a/b/c", true }, { "**", "", true }, { "**", "a/b/c", true },
	{ "?", "a", true }, { "?", "", false }, { "?", "/", false }, { "?", "ab", false }, { "??", "ab", true },
	{ "a*", "a", true }, { "a*", "abc", true }, { "a*", "a/b", false }, { "*a", "bca", true }, { "*a", "b/a", false },
	{ "a*b", "ab", true },
	{ "a*b", "axxb", true }, { "a*b", "ax/xb", false }, { "a*b*c", "a1b2b3c", true }, { "a*b*c", "a1b2", false },
	{ "/srv/*", "/srv/www", true }, { "/srv/*", "/srv/", true }, { "/srv/*", "/srv", false },
	{ "/srv/*", "/srv/www/x", false },
	{ "/srv/**", "/srv/www/x", true }, { "/srv/**", "/srv", false }, { "/srv/**", "/srvother", false },
	{ "/srv/**/x", "/srv/a/b/x", true },
	{ "/srv/**/x", "/srv/x", false }, { "/srv/**x", "/srv/x", true }, { "/srv/*/x", "/srv/a/x", true },
	{ "/srv/*/x", "/srv/a/b/x", false },
	{ "**/.ssh", "/home/u/.ssh", true }, { "**/.ssh", "/home/u/.ssh/id", false }, { "**/*.pem", "/a/b.pem", true },
	{ "**a*b", "x/ya/b", false },
	{ "**a*b", "xa/yacb", true }, { "***", "a/b", true }, { "a***b", "a/x/b", true }, { "*a*/x*b", "yay/xzb", true },
	{ "docker.io/library/*", "docker.io/library/alpine", true },
	{ "docker.io/library/alpine", "docker.io/library/alpine.evil", false },
	{ "docker.io/*", "docker.io/library/alpine", false }, { "docker.io/**", "docker.io.evil/x", false },
	{ "NGINX_*", "NGINX_", true },
	{ "NGINX_*", "xNGINX_A", false }, { "[a]", "a", false }, { "[a]", "[a]", true }, { "\\*", "*", false },
	{ "\\*", "\\x", true },
	{ "*\xc3\xa9", "caf\xc3\xa9", true }, { "site-*", "site-a-b", true }, { "p0-*", "p1-p0-x", false },
};

static void test_glob_row(void **state)
{
	const struct glob_row *row = *state;

	assert_int_equal(glob_match(row->pattern, row->string), row->is_match);
}

/* The meaning, word for word; exponential. */
static bool slow_match(const char *pattern, const char *string)
{
	size_t stars = strspn(pattern, "*");

	if (stars > 0) {
		for (;; string++) {
			if (slow_match(pattern + stars, string))
				return true;
			if (*string == '\0' || (stars == 1 && *string == '/'))
				return false;
		}
	}
	if (*pattern == '\0' || *string == '\0')
		return *pattern == *string;
	return (*pattern == *string || (*pattern == '?' && *string != '/')) && slow_match(pattern + 1, string + 1);
}

static void fill(char *text, const char *letters, unsigned length, uint64_t *random)
{
	for (unsigned i = 0; i < length; i++) {
		*random = *random * UINT64_C(6364136223846793005) + 1442695040888963407;
		text[i] = letters[(*random >> 33) % strlen(letters)];
	}
	text[length] = '\0';
}

static void test_agrees_with_the_slow_matcher(void **state)
{
	uint64_t random = 1;
	unsigned matches = 0;

	(void)state;
	for (unsigned i = 0; i < 400000; i++) {
		char pattern[16], string[16];

		fill(pattern, "ab/***?", i % 9, &random);
		fill(string, "aab/", i / 9 % 13, &random);
		if (strcmp(pattern, "*") == 0)
			continue;
		if (glob_match(pattern, string) != slow_match(pattern, string))
			fail_msg("'%s' and '%s'", pattern, string);
		matches += glob_match(pattern, string);
	}
	/* The comparison would be worth little if nothing matched. */
	assert_true(matches > 10000);
}

static void test_hostile_pattern_ends(void **state)
{
	static char string[32 * 1024 + 1];

	(void)state;
	memset(string, 'a', sizeof(string) - 1);
	assert_false(glob_match("**a**a**a**a**a**a**a**b", string));
	assert_false(glob_match("*a*a*a*a*a*a*a*a*a*b", string));
	assert_false(glob_match("**a*a*a*a*a*b", string));
}

static void test_wildcards_are_seen(void **state)
{
	(void)state;
	assert_true(glob_has_wildcard("a*"));
	assert_true(glob_has_wildcard("a?b"));
	assert_false(glob_has_wildcard("[a].b"));
	assert_false(glob_has_wildcard(""));
}

static void test_clean_paths(void **state)
{
	static const char *const clean[] = { "/", "/a", "/a/b", "/a/..b", "/a/.b", "/...", "/a b", "/.git" };
	static const char *const unclean[] = { "", "a", "./a", "//", "//a", "/a/", "/a//b", "/.", "/a/.", "/a/./b", "/..",
		"/a/..", "/a/../b", "~/a" };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(clean); i++)
		assert_true(path_is_clean(clean[i]));
	for (size_t i = 0; i < ARRAY_COUNT(unclean); i++)
		assert_false(path_is_clean(unclean[i]));
}

static void test_tidy_paths(void **state)
{
	static const char *const pairs[][2] = {
		{ "", "" }, { "/", "/" }, { "//", "/" }, { "/.", "/" }, { "/./", "/" }, { ".", "." }, { "./", "." },
		{ "./.", "." }, { "a", "a" },
		{ "./a", "a" }, { "a/", "a" }, { "a//b/./c/", "a/b/c" }, { "/a//b///c", "/a/b/c" },
		{ "/a/../b", "/a/../b" }, { "..", ".." },
		{ "../x/", "../x" }, { "/..", "/.." }, { "/a/...", "/a/..." },
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(pairs); i++)
		assert_string_equal(path_tidy(arena, pairs[i][0]), pairs[i][1]);
	arena_free(arena);
}

static void test_within(void **state)
{
	(void)state;
	assert_true(path_is_within("/a", "/a"));
	assert_true(path_is_within("/a/b", "/a"));
	assert_true(path_is_within("/a", "/"));
	assert_true(path_is_within("/", "/"));
	assert_false(path_is_within("/ab", "/a"));
	assert_false(path_is_within("/", "/a"));
	assert_false(path_is_within("/b/a", "/a"));
	assert_false(path_is_within("a", "/"));
}

int main(void)
{
	static struct row_tests rows;
	static char names[ARRAY_COUNT(glob_rows)][96];

	for (size_t i = 0; i < ARRAY_COUNT(glob_rows); i++) {
		snprintf(names[i], sizeof(names[i]), "'%s' %s '%s'", glob_rows[i].pattern,
			 glob_rows[i].is_match ? "matches" : "does not match", glob_rows[i].string);
		rows_add(&rows, names[i], test_glob_row, &glob_rows[i]);
	}
	ROWS_TEST(&rows, test_agrees_with_the_slow_matcher);
	ROWS_TEST(&rows, test_hostile_pattern_ends);
	ROWS_TEST(&rows, test_wildcards_are_seen);
	ROWS_TEST(&rows, test_clean_paths);
	ROWS_TEST(&rows, test_tidy_paths);
	ROWS_TEST(&rows, test_within);
	return rows_run("glob and path", &rows);
}
