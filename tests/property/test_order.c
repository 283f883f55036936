/*
 * Options that do not touch each other may stand in any order: the same line for docker, or the same answer for the same reasons.
 * Options of one family (mounts, variables, labels, networks, any flag given twice) keep their order: there it may matter.
 */
#include "../unit/rows.h"

#include "guard.h"
#include "lines.h"

enum { ROUNDS = 6000, SWAPS = 30, JUDGED_LEAST = 1000 };

/* The words of one option, or of a group of letters. */
struct group {
	size_t first, count;
	bool has_family[FLAG_COUNT], has_flag[FLAG_COUNT];
};

struct groups {
	struct group *items;
	size_t count;
	size_t words; /* of the options; behind them stand the image and its command */
};

/* Flags that write to the same thing. */
static enum flag_id family(enum flag_id flag)
{
	static const enum flag_id families[][2] = {
		{ FLAG_MOUNT, FLAG_VOLUME }, { FLAG_TMPFS, FLAG_VOLUME }, { FLAG_ENV_FILE, FLAG_ENV }, { FLAG_LABEL_FILE, FLAG_LABEL },
		{ FLAG_NET, FLAG_NETWORK }, { FLAG_DNS_OPT, FLAG_DNS_OPTION }, { FLAG_NET_ALIAS, FLAG_NETWORK_ALIAS }, { FLAG_RM,
				FLAG_RESTART },
	};

	for (size_t i = 0; i < ARRAY_COUNT(families); i++) {
		if (flag == families[i][0])
			return families[i][1];
	}
	return flag;
}

/* The end of the options is told by the image's place; with a "--" before it, that word stays where it is. */
static void split(struct arena *arena, struct words words, const struct request *request, struct groups *ret_groups)
{
	size_t end = request->image != NULL ? request->image_index : words.count - request->command.count;

	if (end > 0 && strcmp(words.items[end - 1], "--") == 0)
		end--;
	*ret_groups = (struct groups){ .words = end };
	for (size_t i = 0; i < request->option_count; i++) {
		const struct request_option *option = &request->options[i];
		struct group *group = ret_groups->count > 0 ? &ret_groups->items[ret_groups->count - 1] : NULL;

		if (group == NULL || group->first != option->argv_index) {
			if (group != NULL)
				group->count = option->argv_index - group->first;
			group = vector_push(arena, ret_groups->items, ret_groups->count);
			group->first = option->argv_index;
		}
		group->count = end - group->first;
		group->has_family[family(option->flag)] = true;
		group->has_flag[option->flag] = true;
	}
}

/* Of two that exclude each other, the later one is told of the earlier. */
static bool is_excluded(const struct group *group, enum flag_id flag)
{
	for (const enum flag_id *other = flag_specs[flag].conflicts; *other != FLAG_NONE; other++) {
		if (group->has_flag[*other])
			return true;
	}
	return false;
}

static bool may_swap(const struct group *one, const struct group *other)
{
	for (unsigned id = 0; id < FLAG_COUNT; id++) {
		if ((one->has_family[id] && other->has_family[id]) || (one->has_flag[id] && is_excluded(other, id)))
			return false;
	}
	return true;
}

static void shuffle(struct random *random, struct groups *groups)
{
	for (unsigned i = 0; i < SWAPS && groups->count > 1; i++) {
		const size_t at = random_below(random, groups->count - 1);
		struct group kept = groups->items[at];

		if (!may_swap(&kept, &groups->items[at + 1]))
			continue;
		groups->items[at] = groups->items[at + 1];
		groups->items[at + 1] = kept;
	}
}

static struct words join(struct arena *arena, struct words words, const struct groups *groups)
{
	struct words joined = { NULL, 0 };

	for (size_t i = 0; i < groups->count; i++) {
		for (size_t k = 0; k < groups->items[i].count; k++)
			*vector_push(arena, joined.items, joined.count) = words.items[groups->items[i].first + k];
	}
	for (size_t i = groups->words; i < words.count; i++)
		*vector_push(arena, joined.items, joined.count) = words.items[i];
	return joined;
}

/* ---- comparing ---- */

static int compare_texts(const void *one, const void *other)
{
	return strcmp(*(const char *const *)one, *(const char *const *)other);
}

/* What was found, in an order of its own. */
static const char *findings_text(struct arena *arena, const struct findings *findings)
{
	const char **texts = arena_alloc(arena, (findings->count + 1) * sizeof(*texts));
	struct text text;

	for (size_t i = 0; i < findings->count; i++)
		texts[i] = arena_printf(arena, "%s: %s: %s: %s\n", finding_kind_name(findings->items[i].kind), findings->items[i].subject,
					findings->items[i].rule, findings->items[i].reason);
	if (findings->count > 0)
		qsort(texts, findings->count, sizeof(*texts), compare_texts);
	text_init(&text, arena);
	for (size_t i = 0; i < findings->count; i++)
		text_add(&text, texts[i]);
	return text.data;
}

static const char *launch_text(struct arena *arena, const struct launch *launch)
{
	struct text text;

	text_init(&text, arena);
	for (size_t i = 0; i < launch->argv.count; i++)
		text_addf(&text, "%s\n", launch->argv.items[i]);
	text_addf(&text, "%s", launch->env_file != NULL ? launch->env_file : "");
	return text.data;
}

static const char *outcome(struct arena *arena, const struct world_run *run)
{
	if (run->answer == WORLD_ALLOWED)
		return arena_printf(arena, "%s%s", launch_text(arena, &run->launch), findings_text(arena, &run->findings));
	return findings_text(arena, &run->findings);
}

/* True when the line was one that could be shuffled. */
static bool compare_orders(struct arena *arena, const struct world *world, struct random *random, struct words words)
{
	struct world_run run, again;
	struct groups groups;
	struct words shuffled;

	if (words.count == 0 || world_go(arena, world, words, &run) == WORLD_MALFORMED)
		return false;
	split(arena, words, run.request, &groups);
	shuffle(random, &groups);
	shuffled = join(arena, words, &groups);
	assert_int_equal(shuffled.count, words.count);
	world_go(arena, world, shuffled, &again);
	if (run.answer != again.answer || strcmp(outcome(arena, &run), outcome(arena, &again)) != 0) {
		print_error("%s\n%s\n", world_show(arena, words), outcome(arena, &run));
		print_error("%s\n%s\n", world_show(arena, shuffled), outcome(arena, &again));
		fail_msg("the order of independent options matters");
	}
	return groups.count > 1;
}

static void test_order(void **state)
{
	const struct guard_bounds *bounds = *state;
	struct arena *lasting = arena_new();
	struct lines legit = { NULL, 0 }, hostile = { NULL, 0 };
	struct world world;
	struct random random;
	size_t count = 0;

	lines_read(lasting, true, &legit);
	lines_read(lasting, false, &hostile);
	world_init(&world);
	world_use(&world, world_policy(world.arena, bounds->policy));
	random_seed(&random, 5);
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct arena *arena = arena_new();
		const struct words *base = i % 2 == 0 ? &legit.items[random_below(&random, legit.count)]
						      : &hostile.items[random_below(&random, hostile.count)];

		count += compare_orders(arena, &world, &random, i % 3 == 0 ? lines_soup(arena, &random)
							: lines_mutate(arena, &random, &hostile, *base));
		arena_free(arena);
	}
	assert_true(count > JUDGED_LEAST);
	world_free(&world);
	arena_free(lasting);
}

/* The test would see it: of one family the order does matter, and such options are not swapped. */
static void test_families_keep_their_order(void **state)
{
	struct world_run run;
	struct world world;
	struct groups groups;
	struct random random;
	struct words words;

	(void)state;
	world_init(&world);
	world_use(&world, world_policy(world.arena, guard_policies[0].policy));
	random_seed(&random, 1);
	words = world_words(world.arena, "-e A=1 --rm -it -e A=2 -m 64m alpine sh -e");
	assert_int_equal(world_go(world.arena, &world, words, &run), WORLD_ALLOWED);
	split(world.arena, words, run.request, &groups);
	assert_int_equal(groups.count, 5);
	assert_int_equal(groups.words, 8);
	for (unsigned i = 0; i < 20; i++) {
		const char *line;

		shuffle(&random, &groups);
		line = world_show(world.arena, join(world.arena, words, &groups));
		assert_true(strstr(line, "A=1") < strstr(line, "A=2"));
		assert_non_null(strstr(line, "-m 64m"));
		assert_non_null(strstr(line, "alpine sh -e"));
	}
	world_free(&world);
}

int main(void)
{
	static struct row_tests rows;

	for (size_t i = 0; i < guard_policy_count; i++)
		rows_add(&rows, guard_policies[i].policy, test_order, (void *)(uintptr_t)&guard_policies[i]);
	ROWS_TEST(&rows, test_families_keep_their_order);
	return rows_run("order", &rows);
}
