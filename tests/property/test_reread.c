/*
 * parse(render(plan)) == plan: docker's command line, as rendered, is read by our own grammar, judged under the same policy and
 * rendered once more. Both lines must be the same, byte by byte. What is not the caller's to say is taken out before: see strip.
 */
#include "../unit/rows.h"

#include "guard.h"
#include "lines.h"

enum { ROUNDS = 40000, REREAD_LEAST = 2000, GLOBAL_WORDS = 6 };

static void add(struct arena *arena, struct words *words, const char *word)
{
	*vector_push(arena, words->items, words->count) = arena_strdup(arena, word);
}

static void add_variables(struct arena *arena, struct words *words, const char *lines)
{
	char *rest = arena_strdup(arena, lines), *line;

	while ((line = strsep(&rest, "\n")) != NULL) {
		if (line[0] == '\0')
			continue;
		add(arena, words, "--env");
		add(arena, words, line);
	}
}

/*
 * The words of the rendered line as a caller would have said them: the filter and labels of ours are added by the plan and
 * refused from a caller; the network of ours is called isolated; variables come on a descriptor.
 */
static struct words strip(struct arena *arena, const struct launch *launch)
{
	static const char *const dropped[][2] = {
		{ "--security-opt", "seccomp=" }, { "--label", "io.hardrun." },
	};
	struct words words = { NULL, 0 };
	bool is_option = true;

	for (size_t i = GLOBAL_WORDS; i < launch->argv.count; i++) {
		const char *word = launch->argv.items[i], *next = i + 1 < launch->argv.count ? launch->argv.items[i + 1] : "";
		bool is_dropped = false;

		is_option = is_option && word[0] == '-';
		for (size_t k = 0; is_option && k < ARRAY_COUNT(dropped); k++)
			is_dropped = is_dropped || (strcmp(word, dropped[k][0]) == 0 && strncmp(next, dropped[k][1], strlen(dropped[k][1])) == 0);
		if (is_option && strcmp(word, "--env-file") == 0) {
			add_variables(arena, &words, launch->env_file);
			is_dropped = true;
		}
		i += is_dropped;
		if (is_dropped)
			continue;
		add(arena, &words, word);
		/* A value is no option, even when it looks like one. */
		if (is_option && strchr(word, '=') == NULL && flag_specs[flag_find(word + 2, strlen(word + 2))].kind != FLAG_KIND_BOOL) {
			add(arena, &words, strcmp(next, PLAN_ISOLATED_NETWORK) == 0 ? "isolated" : next);
			i++;
		}
	}
	return words;
}

static const char *joined(struct arena *arena, const struct launch *launch)
{
	struct text text;

	text_init(&text, arena);
	for (size_t i = 0; i < launch->argv.count; i++)
		text_addf(&text, "%s\n", launch->argv.items[i]);
	text_addf(&text, "%s", launch->env_file != NULL ? launch->env_file : "");
	return text.data;
}

static void fail_differs(struct arena *arena, const char *first, const char *second)
{
	size_t at = 0;

	while (first[at] != '\0' && first[at] == second[at])
		at++;
	while (at > 0 && first[at - 1] != '\n')
		at--;
	fail_msg("%s was read and became %s", arena_strndup(arena, first + at, strcspn(first + at, "\n")),
		 arena_strndup(arena, second + at, strcspn(second + at, "\n")));
}

/* True when there was something to read again. */
static bool reread(const struct world *world, struct arena *arena, struct words words)
{
	struct world_run run, again;

	if (words.count == 0 || world_go(arena, world, words, &run) != WORLD_ALLOWED)
		return false;
	if (world_go(arena, world, strip(arena, &run.launch), &again) != WORLD_ALLOWED) {
		for (size_t i = 0; i < again.findings.count; i++)
			print_error("%s: %s\n", again.findings.items[i].subject, again.findings.items[i].reason);
		print_error("of: %s\n", world_show(arena, words));
		fail_msg("our own line is refused: %s", world_show(arena, strip(arena, &run.launch)));
	}
	if (strcmp(joined(arena, &run.launch), joined(arena, &again.launch)) != 0) {
		print_error("of: %s\n", world_show(arena, words));
		fail_differs(arena, joined(arena, &run.launch), joined(arena, &again.launch));
	}
	return true;
}

static size_t reread_many(size_t which, uint64_t seed, unsigned rounds)
{
	struct arena *lasting = arena_new();
	struct lines legit = { NULL, 0 };
	struct world world;
	struct random random;
	size_t count = 0;

	lines_read(lasting, true, &legit);
	world_init(&world);
	world_use(&world, world_policy(world.arena, guard_policies[which].policy));
	random_seed(&random, seed);
	for (unsigned i = 0; i < rounds; i++) {
		struct arena *arena = arena_new();
		struct words words = lines_soup(arena, &random);

		if (i < legit.count)
			words = legit.items[i];
		else if (i % 2 == 0)
			words = lines_mutate(arena, &random, &legit, legit.items[random_below(&random, legit.count)]);
		count += reread(&world, arena, words);
		arena_free(arena);
	}
	world_free(&world);
	arena_free(lasting);
	return count;
}

static void test_reread(void **state)
{
	const struct guard_bounds *bounds = *state;
	const size_t count = reread_many((size_t)(bounds - guard_policies), 11, ROUNDS / 3);

	print_message("# %zu lines\n", count);
	assert_true(count > REREAD_LEAST / 3);
}

/* The comparison sees a difference: a line rendered for another name is not the same. */
static void test_the_comparison_sees(void **state)
{
	struct world_run first, second;
	struct world world;

	(void)state;
	world_init(&world);
	world_use(&world, world_policy(world.arena, guard_policies[0].policy));
	assert_int_equal(world_go(world.arena, &world, world_words(world.arena, "--name web alpine"), &first), WORLD_ALLOWED);
	assert_int_equal(world_go(world.arena, &world, world_words(world.arena, "--name bew alpine"), &second), WORLD_ALLOWED);
	assert_string_not_equal(joined(world.arena, &first.launch), joined(world.arena, &second.launch));
	/* What is stripped is exactly what no caller may say. */
	assert_non_null(strstr(joined(world.arena, &first.launch), "seccomp="));
	assert_null(strstr(world_show(world.arena, strip(world.arena, &first.launch)), "seccomp="));
	assert_null(strstr(world_show(world.arena, strip(world.arena, &first.launch)), "io.hardrun."));
	world_free(&world);
}

int main(void)
{
	static struct row_tests rows;

	for (size_t i = 0; i < guard_policy_count; i++)
		rows_add(&rows, guard_policies[i].policy, test_reread, (void *)(uintptr_t)&guard_policies[i]);
	ROWS_TEST(&rows, test_the_comparison_sees);
	return rows_run("reread", &rows);
}
