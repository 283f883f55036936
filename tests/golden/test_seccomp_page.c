/*
 * hardrun-seccomp(7): the parts that are printed from the tables, and the differences to docker's default, each with its reason.
 * With BLESS=1 in the environment the page is rewritten.
 */
#include "../unit/rows.h"

#include "../../src/profile/profile_internal.h"

#define PAGE "man/hardrun-seccomp.7"

struct page_part {
	const char *name;
	const char *(*print)(struct arena *arena);
};

static char *read_file(struct arena *arena, const char *path)
{
	FILE *file = fopen(path, "re");
	struct text text;
	char piece[4096];
	size_t length;

	if (file == NULL) {
		perror(path);
		exit(1);
	}
	text_init(&text, arena);
	while ((length = fread(piece, 1, sizeof(piece), file)) > 0)
		text_add_bytes(&text, piece, length);
	fclose(file);
	return text.data;
}

static struct string_list docker_names(struct arena *arena, size_t *ret_unconditional)
{
	struct string_list names = { 0 };
	char *text = read_file(arena, "tests/seccomp/docker-default.txt"), *save = NULL;

	*ret_unconditional = 0;
	for (char *line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		if (line[0] != '#')
			string_list_add(arena, &names, line);
		else if (names.count > 0 && *ret_unconditional == 0)
			*ret_unconditional = names.count;
	}
	return names;
}

/* Of x86_64, whatever this machine is: the page is the same everywhere. */
static bool is_on_page(const struct profile_call *call)
{
	return (call->flags & CALL_ONLY_32) == 0 && call->x86_64 >= 0;
}

static bool is_refused(const struct profile_call *call)
{
	return call->verdict == PROFILE_EPERM || call->verdict == PROFILE_ENOSYS;
}

/* Calls with the same reason and answer stand together, in the order of the first. */
static void print_refused(struct arena *arena, struct text *text, const struct string_list *docker, bool is_in_docker)
{
	bool *is_printed = arena_alloc(arena, profile_call_count * sizeof(*is_printed));

	for (size_t i = 0; i < profile_call_count; i++) {
		const struct profile_call *call = &profile_calls[i];

		if (is_printed[i] || !is_on_page(call) || !is_refused(call) || string_list_has(docker, call->name) != is_in_docker)
			continue;
		text_add(text, ".TP\n.B");
		for (size_t j = i; j < profile_call_count; j++) {
			const struct profile_call *other = &profile_calls[j];

			if (!is_on_page(other) || other->verdict != call->verdict || other->why != call->why ||
			    string_list_has(docker, other->name) != is_in_docker)
				continue;
			is_printed[j] = true;
			text_addf(text, " %s", other->name);
		}
		text_addf(text, "\n%s: %s.\n", call->verdict == PROFILE_EPERM ? "EPERM" : "ENOSYS", profile_call_reason(call));
	}
}

static const char *print_groups(struct arena *arena)
{
	const struct profile_group_spec *groups;
	const size_t count = profile_groups(&groups);
	struct text text;

	text_init(&text, arena);
	for (size_t i = 0; i < count; i++)
		text_addf(&text, ".TP\n.B %s\n%s\n", groups[i].name, groups[i].summary);
	return text.data;
}

static const char *print_docker(struct arena *arena)
{
	size_t unconditional, native = 0, docker_total = 0, allowed = 0, minimal = 0, by_argument = 0, refused = 0;
	const struct string_list docker = docker_names(arena, &unconditional);
	struct text text;

	for (size_t i = 0; i < profile_call_count; i++) {
		const struct profile_call *call = &profile_calls[i];
		bool is_docker = false;

		for (size_t j = 0; j < docker.count; j++) {
			const bool is_same = strcmp(docker.items[j], call->name) == 0;

			is_docker = is_docker || is_same;
			native += is_same && j < unconditional && call->x86_64 >= 0;
		}
		if (!is_on_page(call) && call->x86_64 < 0)
			continue;
		docker_total += is_docker;
		allowed += is_on_page(call) && !is_refused(call);
		by_argument += call->verdict == PROFILE_ALLOW_IF;
		minimal += is_on_page(call) && ((call->flags & CALL_MINIMAL) != 0 || profile_call_is_of_clock(call));
		refused += is_docker && is_on_page(call) && is_refused(call);
	}
	text_init(&text, arena);
	text_addf(&text, "Docker's default profile (of June 2026) allows %zu calls by name whatever their arguments, %zu of them on\n"
			 "x86_64, and with those that it allows under conditions that hold in a container without capabilities, %zu there.\n"
			 "Hardrun's default allows %zu, %zu of them depending on their arguments, and %s %zu.\n"
			 "Two of the difference, get_thread_area and set_thread_area, are calls of 32-bit programs that x86_64 has in name only.\n"
			 "These %zu are allowed by docker and refused by hardrun:\n",
		  unconditional, native, docker_total, allowed, by_argument, "\\fBbase: minimal\\fR", minimal, refused);
	assert_int_equal(docker_total, allowed + refused + 2);
	print_refused(arena, &text, &docker, true);
	text_add(&text, ".PP\nWhere both look at arguments, hardrun's rules are narrower: docker allows all socket families\n"
			"but AF_ALG and AF_VSOCK, and every ioctl and socketpair.\n"
			".PP\nDocker also allows i386 and x32 programs; hardrun's default allows neither.\n");
	return text.data;
}

static const char *print_both(struct arena *arena)
{
	size_t unconditional;
	const struct string_list docker = docker_names(arena, &unconditional);
	struct text text;

	text_init(&text, arena);
	print_refused(arena, &text, &docker, false);
	return text.data;
}

static const struct page_part parts[] = {
	{ "groups", print_groups },
	{ "docker", print_docker },
	{ "refused", print_both },
};

/* The page with one part replaced; *ret_is_same: there was nothing to replace. */
static char *replace(struct arena *arena, const char *page, const struct page_part *part, bool *ret_is_same)
{
	const char *begin_mark = arena_printf(arena, ".\\\" BEGIN %s\n", part->name);
	const char *end_mark = arena_printf(arena, ".\\\" END %s\n", part->name);
	const char *begin = strstr(page, begin_mark), *end = strstr(page, end_mark), *wanted = part->print(arena);
	struct text text;

	if (begin == NULL || end == NULL || end < begin)
		fail_msg("%s has no part %s", PAGE, part->name);
	begin += strlen(begin_mark);
	*ret_is_same = (size_t)(end - begin) == strlen(wanted) && strncmp(begin, wanted, strlen(wanted)) == 0;
	text_init(&text, arena);
	text_add_bytes(&text, page, (size_t)(begin - page));
	text_add(&text, wanted);
	text_add(&text, end);
	return text.data;
}

static void test_part(void **state)
{
	const struct page_part *part = *state;
	struct arena *arena = arena_new();
	bool is_same;
	char *page = replace(arena, read_file(arena, PAGE), part, &is_same);

	if (!is_same && getenv("BLESS") != NULL) {
		FILE *file = fopen(PAGE, "we");

		assert_non_null(file);
		assert_true(fputs(page, file) >= 0);
		assert_int_equal(fclose(file), 0);
		is_same = true;
	}
	if (!is_same)
		fail_msg("%s: the part %s is out of date: make bless, and read the difference", PAGE, part->name);
	arena_free(arena);
}

/* No call is forgotten: what docker allows and we refuse stands on the page. */
static void test_each_difference_is_on_the_page(void **state)
{
	struct arena *arena = arena_new();
	size_t unconditional, seen = 0;
	const struct string_list docker = docker_names(arena, &unconditional);
	const char *page = read_file(arena, PAGE), *from = strstr(page, "BEGIN docker"), *to = strstr(page, "END docker");

	(void)state;
	assert_true(from != NULL && to != NULL && from < to);
	for (size_t i = 0; i < docker.count; i++) {
		const struct profile_call *call = profile_call_find(docker.items[i]);
		const char *at;

		if (call == NULL || !is_on_page(call) || !is_refused(call))
			continue;
		at = strstr(from, arena_printf(arena, " %s ", call->name));
		if (at == NULL || at > to)
			at = strstr(from, arena_printf(arena, " %s\n", call->name));
		if (at == NULL || at > to)
			fail_msg("%s is not on the page", call->name);
		seen++;
	}
	assert_true(seen > 40);
	arena_free(arena);
}

int main(void)
{
	static struct row_tests tests;

	for (size_t i = 0; i < ARRAY_COUNT(parts); i++)
		rows_add(&tests, parts[i].name, test_part, (void *)(uintptr_t)&parts[i]);
	ROWS_TEST(&tests, test_each_difference_is_on_the_page);
	return rows_run("hardrun-seccomp(7)", &tests);
}
