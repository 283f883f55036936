/* Proves the flag table, and that everything printed from it names every flag. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <hardrun/flag.h>
#include <hardrun/policy.h>

#include "../../src/flag/flag_internal.h"

#define DOCKER_FLAGS "tests/corpus/run-flags.tsv"

/* Fails with the flag's name: "row 17" would help nobody. */
#define check_row(spec, condition) \
	do { \
		if (!(condition)) \
			fail_msg("--%s: %s", (spec)->name, #condition); \
	} while (0)

#define for_each_spec(spec) for (const struct flag_spec *spec = flag_specs; spec < flag_specs + FLAG_COUNT; spec++)

static enum flag_id id_of(const struct flag_spec *spec)
{
	return (enum flag_id)(spec - flag_specs);
}

/* ---- the table itself ---- */

static void test_every_row_is_filled(void **state)
{
	(void)state;
	for (size_t i = 0; i < FLAG_COUNT; i++) {
		if (flag_specs[i].name == NULL)
			fail_msg("row %zu has no name", i);
		check_row(&flag_specs[i], flag_specs[i].since != NULL);
		check_row(&flag_specs[i], flag_specs[i].kind < FLAG_KIND_COUNT);
		check_row(&flag_specs[i], flag_specs[i].repeat < FLAG_REPEAT_COUNT);
		check_row(&flag_specs[i], flag_specs[i].stance < FLAG_STANCE_COUNT);
		check_row(&flag_specs[i], flag_specs[i].scope < FLAG_SCOPE_COUNT);
	}
}

static void test_names_are_sorted_and_unique(void **state)
{
	(void)state;
	for (size_t i = 1; i < FLAG_COUNT; i++)
		check_row(&flag_specs[i], strcmp(flag_specs[i - 1].name, flag_specs[i].name) < 0);
}

static void test_names_are_of_the_alphabet(void **state)
{
	(void)state;
	for_each_spec(spec) {
		check_row(spec, strlen(spec->name) >= 2);
		check_row(spec, strspn(spec->name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(spec->name));
		check_row(spec, spec->name[0] != '-');
	}
}

static void test_letters_are_unique(void **state)
{
	(void)state;
	for_each_spec(spec) {
		if (spec->letter != '\0')
			check_row(spec, flag_find_letter(spec->letter) == id_of(spec));
	}
}

static void test_aliases_point_to_a_row_of_their_kind(void **state)
{
	(void)state;
	for_each_spec(spec) {
		if (spec->alias_of == FLAG_NONE)
			continue;
		const struct flag_spec *target = &flag_specs[spec->alias_of];

		check_row(spec, target != spec);
		check_row(spec, target->alias_of == FLAG_NONE);
		check_row(spec, spec->is_hidden);
		check_row(spec, target->kind == spec->kind);
		check_row(spec, target->repeat == spec->repeat);
		check_row(spec, target->stance == spec->stance);
		check_row(spec, (target->policy_key == NULL) == (spec->policy_key == NULL));
	}
}

static void test_both_renderings_are_present_or_excused(void **state)
{
	(void)state;
	for_each_spec(spec) {
		check_row(spec, (spec->docker == NULL) != (spec->docker_excuse == NULL));
		check_row(spec, (spec->oci == NULL) != (spec->oci_excuse == NULL));
		if (spec->is_oci_refused)
			check_row(spec, spec->oci_excuse != NULL);
		if (spec->docker != NULL)
			check_row(spec, strncmp(spec->docker, "--", 2) == 0);
	}
}

static void test_refused_rows_are_told_to_nobody(void **state)
{
	(void)state;
	for_each_spec(spec) {
		if (spec->stance != FLAG_STANCE_REFUSED && spec->stance != FLAG_STANCE_UNSUPPORTED)
			continue;
		check_row(spec, spec->docker == NULL && spec->oci == NULL);
		check_row(spec, spec->policy_key == NULL && spec->hazard == NULL);
		if (spec->stance == FLAG_STANCE_REFUSED)
			check_row(spec, spec->danger != NULL);
	}
}

static bool conflicts_with(const struct flag_spec *spec, enum flag_id other)
{
	for (size_t i = 0; i < ARRAY_COUNT(spec->conflicts) && spec->conflicts[i] != FLAG_NONE; i++) {
		if (spec->conflicts[i] == other)
			return true;
	}
	return false;
}

static void test_conflicts_are_symmetric_and_ended(void **state)
{
	(void)state;
	for_each_spec(spec) {
		size_t count = 0;

		while (count < ARRAY_COUNT(spec->conflicts) && spec->conflicts[count] != FLAG_NONE)
			count++;
		check_row(spec, count < ARRAY_COUNT(spec->conflicts));
		for (size_t i = 0; i < count; i++) {
			check_row(spec, spec->conflicts[i] != id_of(spec));
			check_row(spec, conflicts_with(&flag_specs[spec->conflicts[i]], id_of(spec)));
		}
	}
}

static bool hazard_exists(const char *name)
{
	for (size_t i = 0; i < HAZARD_COUNT; i++) {
		if (strcmp(hazard_specs[i].name, name) == 0)
			return true;
	}
	return false;
}

static void test_gated_rows_name_a_key_or_hazard_that_exists(void **state)
{
	(void)state;
	for_each_spec(spec) {
		bool has_bounds = spec->minimum != 0 || spec->maximum != 0;

		if (spec->policy_key != NULL)
			check_row(spec, policy_has_key(spec->policy_key));
		if (spec->hazard != NULL)
			check_row(spec, hazard_exists(spec->hazard));
		if (spec->stance == FLAG_STANCE_LISTED)
			check_row(spec, spec->policy_key != NULL);
		if (spec->stance == FLAG_STANCE_BOUNDED)
			check_row(spec, spec->policy_key != NULL || has_bounds);
		if (spec->stance == FLAG_STANCE_HAZARD)
			check_row(spec, spec->hazard != NULL);
	}
}

static void test_bounds_belong_to_numbers(void **state)
{
	(void)state;
	for_each_spec(spec) {
		bool is_number = spec->kind == FLAG_KIND_INTEGER || spec->kind == FLAG_KIND_SIZE || spec->kind == FLAG_KIND_CPUS ||
				 spec->kind == FLAG_KIND_DURATION;

		check_row(spec, spec->minimum >= 0 && spec->minimum <= spec->maximum);
		if (spec->maximum != 0)
			check_row(spec, is_number);
		/* A number that anyone may choose freely is a limit that does not hold. */
		if (is_number && spec->stance == FLAG_STANCE_BOUNDED)
			check_row(spec, spec->maximum != 0);
	}
}

static void test_switches_have_no_value_and_others_do(void **state)
{
	(void)state;
	for_each_spec(spec) {
		check_row(spec, (spec->kind == FLAG_KIND_BOOL) == (spec->value_name == NULL));
		if (spec->kind == FLAG_KIND_BOOL)
			check_row(spec, spec->values == NULL && spec->repeat != FLAG_REPEAT_LIST);
	}
}

/* A security-relevant value or switch given twice must not be decided by its order. */
static void test_guarded_flags_may_not_change_their_mind(void **state)
{
	(void)state;
	for_each_spec(spec) {
		if (spec->repeat == FLAG_REPEAT_LAST)
			check_row(spec, spec->stance == FLAG_STANCE_OPEN && spec->danger == NULL);
	}
}

static bool is_sentence_part(const char *string)
{
	size_t length = strlen(string);

	return length > 0 && string[length - 1] != '.' && string[length - 1] != ' ' && strchr(string, '\n') == NULL;
}

static void test_summaries_are_short_and_plain(void **state)
{
	(void)state;
	for_each_spec(spec) {
		check_row(spec, spec->summary != NULL && strlen(spec->summary) <= 60);
		check_row(spec, is_sentence_part(spec->summary));
		check_row(spec, spec->danger == NULL || is_sentence_part(spec->danger));
		check_row(spec, spec->oci_excuse == NULL || is_sentence_part(spec->oci_excuse));
		check_row(spec, spec->docker_excuse == NULL || is_sentence_part(spec->docker_excuse));
	}
}

/* ---- against docker's own list ---- */

struct docker_flag { char name[64]; char letter; char type[32]; };

static char *field(char **cursor)
{
	return strsep(cursor, "\t\n");
}

/* Reads the rows of scope "docker run" that are flags; the list is checked in, so that the test needs no client. */
static size_t read_docker_flags(struct docker_flag flags[], size_t capacity)
{
	FILE *file = fopen(DOCKER_FLAGS, "re");
	char line[4096];
	size_t count = 0;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		char *cursor = line, *name = field(&cursor), *letter = field(&cursor), *type = field(&cursor);

		(void)field(&cursor);
		(void)field(&cursor);
		(void)field(&cursor);
		const char *scope = field(&cursor);

		if (scope == NULL || strcmp(scope, "docker run") != 0 || strncmp(name, "--", 2) != 0 || name[2] == '\0')
			continue;
		assert_true(count < capacity);
		(void)snprintf(flags[count].name, sizeof(flags[count].name), "%s", name + 2);
		(void)snprintf(flags[count].type, sizeof(flags[count].type), "%s", type);
		flags[count++].letter = letter[0] == '-' ? letter[1] : '\0';
	}
	(void)fclose(file);
	return count;
}

static void test_the_table_has_dockers_flags_and_no_other(void **state)
{
	struct docker_flag flags[FLAG_COUNT];
	size_t count = read_docker_flags(flags, ARRAY_COUNT(flags)), rows = 0;

	(void)state;
	assert_int_equal(count, 107);
	for (size_t i = 0; i < count; i++) {
		enum flag_id id = flag_find(flags[i].name, strlen(flags[i].name));

		if (id == FLAG_NONE)
			fail_msg("docker's --%s has no row", flags[i].name);
		check_row(&flag_specs[id], flag_specs[id].scope == FLAG_SCOPE_DOCKER);
		check_row(&flag_specs[id], flag_specs[id].letter == flags[i].letter);
	}
	for_each_spec(spec)
		rows += spec->scope == FLAG_SCOPE_DOCKER;
	assert_int_equal(rows, count);
}

/* Arity decides where the image stands: were we wrong about it, docker would see another command line than we judged. */
static void test_arity_and_repetition_are_dockers(void **state)
{
	struct docker_flag flags[FLAG_COUNT];
	size_t count = read_docker_flags(flags, ARRAY_COUNT(flags));

	(void)state;
	for (size_t i = 0; i < count; i++) {
		const struct flag_spec *spec = &flag_specs[flag_find(flags[i].name, strlen(flags[i].name))];
		const char *type = flags[i].type;

		check_row(spec, (strcmp(type, "bool") == 0) == (spec->kind == FLAG_KIND_BOOL));
		if (strcmp(type, "list") == 0 || strcmp(type, "map") == 0)
			check_row(spec, spec->repeat == FLAG_REPEAT_LIST);
		if (strcmp(type, "string") == 0 || strstr(type, "int") != NULL)
			check_row(spec, spec->repeat != FLAG_REPEAT_LIST);
		if (strcmp(type, "bytes") == 0)
			check_row(spec, spec->kind == FLAG_KIND_SIZE);
		if (strcmp(type, "duration") == 0)
			check_row(spec, spec->kind == FLAG_KIND_DURATION);
		if (strstr(type, "int") != NULL)
			check_row(spec, spec->kind == FLAG_KIND_INTEGER);
	}
}

static void test_own_flags_collide_with_none_of_dockers(void **state)
{
	struct docker_flag flags[FLAG_COUNT];
	size_t count = read_docker_flags(flags, ARRAY_COUNT(flags));

	(void)state;
	for_each_spec(spec) {
		if (spec->scope != FLAG_SCOPE_OWN)
			continue;
		check_row(spec, spec->letter == '\0');
		for (size_t i = 0; i < count; i++)
			check_row(spec, strcmp(spec->name, flags[i].name) != 0);
	}
}

/* ---- what must never be loosened by an edit of a row ---- */

static const enum flag_id never[] = {
	FLAG_ANNOTATION, FLAG_BLKIO_WEIGHT_DEVICE, FLAG_CGROUP_PARENT, FLAG_CPU_RT_PERIOD, FLAG_CPU_RT_RUNTIME,
	FLAG_DEVICE_CGROUP_RULE, FLAG_GPUS, FLAG_IP, FLAG_IP6, FLAG_KERNEL_MEMORY, FLAG_LINK, FLAG_LINK_LOCAL_IP,
	FLAG_MAC_ADDRESS, FLAG_OOM_KILL_DISABLE, FLAG_PUBLISH_ALL, FLAG_STORAGE_OPT, FLAG_USE_API_SOCKET,
	FLAG_VOLUME_DRIVER, FLAG_VOLUMES_FROM,
};

static void test_the_worst_flags_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(never); i++)
		check_row(&flag_specs[never[i]], flag_specs[never[i]].stance == FLAG_STANCE_REFUSED);
}

static void test_flags_that_lift_confinement_need_a_hazard(void **state)
{
	static const enum flag_id flags[] = { FLAG_IPC, FLAG_NETWORK, FLAG_PID, FLAG_PRIVILEGED, FLAG_READ_ONLY,
					      FLAG_SECURITY_OPT, FLAG_USER, FLAG_UTS };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(flags); i++)
		check_row(&flag_specs[flags[i]], flag_specs[flags[i]].hazard != NULL);
}

/* ---- look-up ---- */

static void test_find_is_exact(void **state)
{
	(void)state;
	assert_int_equal(flag_find("memory", 6), FLAG_MEMORY);
	assert_int_equal(flag_find("memory=1g", 6), FLAG_MEMORY);
	assert_int_equal(flag_find("add-host", 8), FLAG_ADD_HOST);
	assert_int_equal(flag_find("workdir", 7), FLAG_WORKDIR);
	for_each_spec(spec)
		check_row(spec, flag_find(spec->name, strlen(spec->name)) == id_of(spec));
}

static void test_find_takes_no_other_spelling(void **state)
{
	static const char *const words[] = { "mem", "memor", "memoryx", "Memory", "MEMORY", "cap_add", "capadd", "-rm", "rm ", "",
					     "privilege", "zzz", "a", "add-hos", "workdirs", "\xff", "test.v" };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
		if (flag_find(words[i], strlen(words[i])) != FLAG_NONE)
			fail_msg("\"%s\" was taken for a flag", words[i]);
	}
	assert_int_equal(flag_find("rm\0x", 4), FLAG_NONE);
	assert_int_equal(flag_find("rm\0", 3), FLAG_NONE);
}

static void test_letters_find_their_rows(void **state)
{
	static const struct { char letter; enum flag_id id; } rows[] = {
		{ 'a', FLAG_ATTACH }, { 'c', FLAG_CPU_SHARES }, { 'd', FLAG_DETACH }, { 'e', FLAG_ENV }, { 'h', FLAG_HOSTNAME },
		{ 'i', FLAG_INTERACTIVE }, { 'l', FLAG_LABEL }, { 'm', FLAG_MEMORY }, { 'p', FLAG_PUBLISH }, { 'P', FLAG_PUBLISH_ALL },
		{ 'q', FLAG_QUIET }, { 't', FLAG_TTY }, { 'u', FLAG_USER }, { 'v', FLAG_VOLUME }, { 'w', FLAG_WORKDIR },
	};
	size_t found = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_int_equal(flag_find_letter(rows[i].letter), rows[i].id);
	for (int letter = -128; letter < 128; letter++)
		found += flag_find_letter((char)letter) != FLAG_NONE;
	assert_int_equal(found, ARRAY_COUNT(rows));
}

static void test_words_of_the_enums(void **state)
{
	(void)state;
	for (int i = 0; i < FLAG_STANCE_COUNT; i++)
		assert_string_not_equal(flag_stance_name((enum flag_stance)i), "?");
	for (int i = 0; i < FLAG_REPEAT_COUNT; i++)
		assert_string_not_equal(flag_repeat_name((enum flag_repeat)i), "?");
	assert_string_equal(flag_stance_name(FLAG_STANCE_BOUNDED), "bounded");
	assert_string_equal(flag_stance_name(FLAG_STANCE_COUNT), "?");
	assert_string_equal(flag_repeat_name(FLAG_REPEAT_COUNT), "?");
}

/* ---- what is printed ---- */

/* ${needle} in ${text} where no letter, digit or dash goes on: "--net" is not found in "--network". */
static bool has_word(const char *text, const char *needle)
{
	size_t length = strlen(needle);

	for (const char *at = strstr(text, needle); at != NULL; at = strstr(at + 1, needle)) {
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789-\\", at[length]) == NULL || at[length] == '\0')
			return true;
	}
	return false;
}

static const char *dashed(struct arena *arena, const struct flag_spec *spec)
{
	return arena_printf(arena, "--%s", spec->name);
}

static void test_help_fits_80_columns_and_names_every_flag(void **state)
{
	struct arena *arena = arena_new();
	const char *help = flag_print_help(arena);

	(void)state;
	for (const char *line = help; *line != '\0'; line += strcspn(line, "\n") + 1) {
		if (strcspn(line, "\n") > 80)
			fail_msg("too wide: %.*s", (int)strcspn(line, "\n"), line);
	}
	for_each_spec(spec) {
		check_row(spec, has_word(help, dashed(arena, spec)) == !spec->is_hidden);
		if (flag_is_listed(spec))
			check_row(spec, strstr(help, spec->summary) != NULL || strlen(spec->summary) > 48);
	}
	assert_non_null(strstr(help, "  -m, --memory BYTES            Most memory, swap included\n"));
	assert_non_null(strstr(help, "* Set an environment variable\n"));
	assert_int_equal(help[strlen(help) - 1], '\n');
	arena_free(arena);
}

/* The same, as roff writes dashes: "\-\-memory". */
static const char *roff_dashed(struct arena *arena, const struct flag_spec *spec)
{
	struct text text;

	text_init(&text, arena);
	text_add(&text, "\\fB\\-\\-");
	for (const char *c = spec->name; *c != '\0'; c++)
		text_addf(&text, *c == '-' ? "\\%c" : "%c", *c);
	text_add(&text, "\\fR");
	return text.data;
}

static void test_the_manual_names_every_flag_with_its_gate(void **state)
{
	struct arena *arena = arena_new();
	const char *man = flag_print_man(arena);

	(void)state;
	for_each_spec(spec) {
		bool is_shown = !spec->is_hidden || spec->alias_of != FLAG_NONE;
		const char *at = strstr(man, roff_dashed(arena, spec));

		check_row(spec, (at != NULL) == is_shown);
		if (at == NULL || spec->alias_of != FLAG_NONE)
			continue;
		const char *end = strstr(at, ".TP");
		const char *entry = arena_strndup(arena, at, end == NULL ? strlen(at) : (size_t)(end - at));

		if (spec->stance == FLAG_STANCE_LISTED)
			check_row(spec, strstr(entry, spec->policy_key) != NULL);
		if (spec->stance == FLAG_STANCE_REFUSED)
			check_row(spec, strstr(entry, "Refused: ") != NULL);
	}
	arena_free(arena);
}

static void test_the_manual_has_no_stray_request(void **state)
{
	struct arena *arena = arena_new();
	const char *man = flag_print_man(arena);

	(void)state;
	for (const char *line = man; *line != '\0'; line += strcspn(line, "\n") + 1) {
		if (*line == '.' && strncmp(line, ".TP\n", 4) != 0 && strncmp(line, ".SS ", 4) != 0)
			fail_msg("roff would run: %.*s", (int)strcspn(line, "\n"), line);
		assert_true(*line != '\'');
	}
	arena_free(arena);
}

static void check_completion(const char *(*print)(struct arena *arena), const char *prefix)
{
	struct arena *arena = arena_new();
	const char *script = print(arena);

	for_each_spec(spec) {
		if (flag_is_listed(spec))
			check_row(spec, has_word(script, arena_printf(arena, "%s%s", prefix, spec->name)));
		else if (flag_is_never(spec))
			check_row(spec, !has_word(script, arena_printf(arena, " --%s[", spec->name)));
	}
	for (const struct flag_verb *verb = flag_verbs; verb->name != NULL; verb++)
		assert_true(has_word(script, verb->name));
	assert_non_null(strstr(script, "auto docker podman crun runc"));
	assert_non_null(strstr(script, "missing never always"));
	arena_free(arena);
}

static void test_bash_completes_every_flag(void **state)
{
	(void)state;
	check_completion(flag_print_bash, "--");
}

static void test_zsh_completes_every_flag(void **state)
{
	(void)state;
	check_completion(flag_print_zsh, "--");
}

static void test_fish_completes_every_flag(void **state)
{
	(void)state;
	check_completion(flag_print_fish, "-l ");
}

/* Completion must never wait for a network or an engine. */
static void test_completions_ask_nobody(void **state)
{
	const char *(*const printers[])(struct arena *arena) = { flag_print_bash, flag_print_zsh, flag_print_fish };
	static const char *const words[] = { "$(docker", "$(podman", "(docker ", "curl", "hardrun policy list)", "/var/run" };
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(printers); i++) {
		const char *script = printers[i](arena);

		for (size_t j = 0; j < ARRAY_COUNT(words); j++)
			assert_null(strstr(script, words[j]));
	}
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_row_is_filled),
		cmocka_unit_test(test_names_are_sorted_and_unique),
		cmocka_unit_test(test_names_are_of_the_alphabet),
		cmocka_unit_test(test_letters_are_unique),
		cmocka_unit_test(test_aliases_point_to_a_row_of_their_kind),
		cmocka_unit_test(test_both_renderings_are_present_or_excused),
		cmocka_unit_test(test_refused_rows_are_told_to_nobody),
		cmocka_unit_test(test_conflicts_are_symmetric_and_ended),
		cmocka_unit_test(test_gated_rows_name_a_key_or_hazard_that_exists),
		cmocka_unit_test(test_bounds_belong_to_numbers),
		cmocka_unit_test(test_switches_have_no_value_and_others_do),
		cmocka_unit_test(test_guarded_flags_may_not_change_their_mind),
		cmocka_unit_test(test_summaries_are_short_and_plain),
		cmocka_unit_test(test_the_table_has_dockers_flags_and_no_other),
		cmocka_unit_test(test_arity_and_repetition_are_dockers),
		cmocka_unit_test(test_own_flags_collide_with_none_of_dockers),
		cmocka_unit_test(test_the_worst_flags_are_refused),
		cmocka_unit_test(test_flags_that_lift_confinement_need_a_hazard),
		cmocka_unit_test(test_find_is_exact),
		cmocka_unit_test(test_find_takes_no_other_spelling),
		cmocka_unit_test(test_letters_find_their_rows),
		cmocka_unit_test(test_words_of_the_enums),
		cmocka_unit_test(test_help_fits_80_columns_and_names_every_flag),
		cmocka_unit_test(test_the_manual_names_every_flag_with_its_gate),
		cmocka_unit_test(test_the_manual_has_no_stray_request),
		cmocka_unit_test(test_bash_completes_every_flag),
		cmocka_unit_test(test_zsh_completes_every_flag),
		cmocka_unit_test(test_fish_completes_every_flag),
		cmocka_unit_test(test_completions_ask_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
