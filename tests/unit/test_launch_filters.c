/* filters: what is kept is used when it is ours and whole, and never otherwise. */
#include "rows.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <hardrun/launch.h>

static char root[64];

struct scene {
	struct arena *arena;
	struct host_facts facts;
	const struct profile *profile;
	const char *directory;
	char kept[512];          /* the one file of the directory */
	const char *filter;      /* as it was compiled */
};

static const struct profile *build(struct arena *arena, const char *call)
{
	struct policy_syscall_rule rule = { .name = call };
	const struct policy_seccomp seccomp = { .base.value = "minimal", .allow = &rule, .allow_count = 1 };
	const struct profile *profile = NULL;
	struct error err = { 0 };

	assert_int_equal(profile_build(arena, &seccomp, NULL, &profile, &err), 0);
	return profile;
}

/* The files of the directory; the last one's path in ${kept}. */
static size_t count_kept(struct scene *scene)
{
	DIR *stream = opendir(scene->directory);
	const struct dirent *entry;
	size_t count = 0;

	assert_non_null(stream);
	while ((entry = readdir(stream)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(scene->kept, sizeof(scene->kept), "%s/%s", scene->directory, entry->d_name);
		count++;
	}
	closedir(stream);
	return count;
}

static const char *compile(struct scene *scene, const char **ret_note)
{
	const struct profile *compiled = launch_compile_filter(scene->arena, &scene->facts, scene->profile, ret_note);

	assert_non_null(compiled);
	assert_null(scene->profile->bpf_base64);
	assert_int_equal(compiled->rule_count, scene->profile->rule_count);
	return compiled->bpf_base64;
}

static int setup(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	const char *note = "unset";

	snprintf(root, sizeof(root), "/tmp/hardrun-filters-XXXXXX");
	if (scene == NULL || mkdtemp(root) == NULL)
		return -1;
	scene->arena = arena_new();
	scene->facts.runtime_dir = root;
	scene->profile = build(scene->arena, "splice");
	scene->directory = arena_printf(scene->arena, "%s/filters", root);
	scene->filter = compile(scene, &note);
	assert_null(note);
	assert_int_equal(count_kept(scene), 1);
	*state = scene;
	return 0;
}

static int teardown(void **state)
{
	struct scene *scene = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", root);
	if (system(command) != 0) /* NOLINT: our own directory */
		return -1;
	arena_free(scene->arena);
	free(scene);
	return 0;
}

static void read_kept(const struct scene *scene, char *text, size_t size)
{
	FILE *file = fopen(scene->kept, "re");

	assert_non_null(file);
	text[fread(text, 1, size - 1, file)] = '\0';
	fclose(file);
}

static void write_kept(const struct scene *scene, const char *text)
{
	FILE *file = fopen(scene->kept, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	fclose(file);
}

static ino_t inode_of(const char *path)
{
	struct stat status;

	assert_int_equal(lstat(path, &status), 0);
	return status.st_ino;
}

static void test_compiled_once(void **state)
{
	struct scene *scene = *state;
	const char *note = "unset", *now;
	const ino_t before = inode_of(scene->kept);
	struct error err = { 0 };
	struct stat status;

	assert_int_equal(profile_compile(scene->arena, scene->profile, &now, &err), 0);
	assert_string_equal(scene->filter, now);
	assert_string_equal(compile(scene, &note), scene->filter);
	assert_null(note);
	assert_int_equal(inode_of(scene->kept), before);
	assert_int_equal(stat(scene->kept, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(stat(scene->directory, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0700);
}

static void test_other_rules_another_filter(void **state)
{
	struct scene *scene = *state;
	const char *note = "unset";

	scene->profile = build(scene->arena, "vmsplice");
	assert_string_not_equal(compile(scene, &note), scene->filter);
	assert_null(note);
	assert_int_equal(count_kept(scene), 2);
}

/* ---- what is wrong with it ---- */

static void change_a_letter(struct scene *scene)
{
	char text[65536];

	read_kept(scene, text, sizeof(text));
	text[strlen(text) / 2] = text[strlen(text) / 2] == 'A' ? 'B' : 'A';
	write_kept(scene, text);
}

static void cut_it_short(struct scene *scene)
{
	assert_int_equal(truncate(scene->kept, 300), 0);
}

static void empty_it(struct scene *scene)
{
	assert_int_equal(truncate(scene->kept, 0), 0);
}

static void append(struct scene *scene)
{
	char text[65536];

	read_kept(scene, text, sizeof(text) - 8);
	strcat(text, "more\n"); /* NOLINT: there is room */
	write_kept(scene, text);
}

/* A whole one, of other rules. */
static void put_another_in_its_place(struct scene *scene)
{
	const struct profile *own = scene->profile;
	char ours[512], text[65536];
	const char *note;

	snprintf(ours, sizeof(ours), "%s", scene->kept);
	assert_int_equal(unlink(ours), 0);
	scene->profile = build(scene->arena, "vmsplice");
	(void)compile(scene, &note);
	assert_int_equal(count_kept(scene), 1);
	read_kept(scene, text, sizeof(text));
	assert_int_equal(unlink(scene->kept), 0);
	snprintf(scene->kept, sizeof(scene->kept), "%s", ours);
	write_kept(scene, text);
	assert_int_equal(chmod(ours, 0600), 0);
	scene->profile = own;
}

static void let_others_write(struct scene *scene)
{
	assert_int_equal(chmod(scene->kept, 0622), 0);
}

static void let_others_read(struct scene *scene)
{
	assert_int_equal(chmod(scene->kept, 0640), 0);
}

static void give_it_away(struct scene *scene)
{
	assert_int_equal(chown(scene->kept, 65534, 65534), 0);
}

static void name_it_twice(struct scene *scene)
{
	assert_int_equal(link(scene->kept, arena_printf(scene->arena, "%s/other", root)), 0);
}

static void make_it_a_link(struct scene *scene)
{
	const char *other = arena_printf(scene->arena, "%s/other", root);

	assert_int_equal(rename(scene->kept, other), 0);
	assert_int_equal(symlink(other, scene->kept), 0);
}

static void make_it_a_pipe(struct scene *scene)
{
	assert_int_equal(unlink(scene->kept), 0);
	assert_int_equal(mkfifo(scene->kept, 0600), 0);
}

static void make_it_large(struct scene *scene)
{
	assert_int_equal(truncate(scene->kept, 1 << 20), 0);
}

struct row {
	const char *name;
	void (*spoil)(struct scene *scene);
	const char *reason;
};
static const struct row rows[] = {
	{ "a letter changed", change_a_letter, "it is not what was written" },
	{ "cut short", cut_it_short, "it is not what was written" },
	{ "empty", empty_it, "it is not what was written" },
	{ "longer", append, "it is not what was written" },
	{ "the filter of other rules", put_another_in_its_place, "it is not what was written" },
	{ "writable by others", let_others_write, "others may have changed it" },
	{ "readable by others", let_others_read, "others may have changed it" },
	{ "somebody else's", give_it_away, "it belongs to somebody else" },
	{ "under two names", name_it_twice, "others may have changed it" },
	{ "a link", make_it_a_link, "it is not a regular file" },
	{ "a pipe", make_it_a_pipe, "it is not a regular file" },
	{ "too large", make_it_large, "it is too large" },
};

/* Said, made anew, kept, and then used without a word. */
static void test_spoiled(void **state)
{
	const struct row *row = *state;
	const char *note = NULL, *wanted;
	struct scene *scene;

	if (row->spoil == give_it_away && geteuid() != 0)
		skip();
	assert_int_equal(setup(state), 0);
	scene = *state;
	wanted = arena_printf(scene->arena, "the filter kept in %s was not used, and is made anew: %s", scene->kept, row->reason);
	row->spoil(scene);
	assert_string_equal(compile(scene, &note), scene->filter);
	assert_non_null(note);
	assert_string_equal(note, wanted);
	assert_string_equal(compile(scene, &note), scene->filter);
	assert_null(note);
	assert_int_equal(teardown(state), 0);
}

static void test_directory_of_others(void **state)
{
	struct scene *scene = *state;
	const char *note = NULL;

	assert_int_equal(chmod(scene->directory, 0777), 0);
	assert_string_equal(compile(scene, &note), scene->filter);
	assert_non_null(note);
	assert_non_null(strstr(note, "no compiled filters are kept: the directory"));
	assert_non_null(strstr(note, "others may write to it"));
}

static void test_full_shelf(void **state)
{
	struct scene *scene = *state;
	const char *note = NULL;

	for (int i = 0; i < 260; i++)
		assert_int_equal(close(open(arena_printf(scene->arena, "%s/%d", scene->directory, i), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)),
				 0);
	scene->profile = build(scene->arena, "vmsplice");
	assert_non_null(compile(scene, &note));
	assert_null(note);
	assert_int_equal(count_kept(scene), 1);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_COUNT(rows) + 4] = {
		cmocka_unit_test_setup_teardown(test_compiled_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_rules_another_filter, setup, teardown),
		cmocka_unit_test_setup_teardown(test_directory_of_others, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full_shelf, setup, teardown),
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		tests[4 + i] = (struct CMUnitTest){ rows[i].name, test_spoiled, NULL, NULL, (void *)(uintptr_t)&rows[i] };
	return cmocka_run_group_tests_name("filters", tests, NULL, NULL);
}
