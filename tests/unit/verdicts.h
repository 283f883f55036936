/* verdicts: a made-up machine and person, on which the tests of the verdict judge command lines written as one string. */
#ifndef TESTS_VERDICTS_H
#define TESTS_VERDICTS_H

#include "policies.h"

#include <hardrun/verdict.h>

enum {
	VERDICTS_WORDS_MAX = 64,
};

struct verdict_case {
	struct arena *arena;
	struct host_facts facts;
	struct findings findings;
	const struct policy *policy, *ceiling;
	const struct request *request;
};

/* What lies on that machine. Everything else is missing. */
static const struct verdicts_file {
	const char *path, *resolved; /* resolved NULL: the path itself */
	enum path_kind kind;
	uid_t owner;
	mode_t mode;
} verdicts_files[] = {
	{ "/", NULL, PATH_DIRECTORY, 0, 0755 },
	{ "/etc", NULL, PATH_DIRECTORY, 0, 0755 },
	{ "/etc/hosts", NULL, PATH_REGULAR, 0, 0644 },
	{ "/etc/localtime", "/usr/share/zoneinfo/UTC", PATH_REGULAR, 0, 0644 },
	{ "/home", NULL, PATH_DIRECTORY, 0, 0755 },
	{ "/home/user", NULL, PATH_DIRECTORY, 1000, 0755 },
	{ "/home/user/.ssh", NULL, PATH_DIRECTORY, 1000, 0700 },
	{ "/home/user/.config", NULL, PATH_DIRECTORY, 1000, 0700 },
	{ "/home/user/.bashrc", NULL, PATH_REGULAR, 1000, 0644 },
	{ "/home/user/work", NULL, PATH_DIRECTORY, 1000, 0755 },
	{ "/home/user/work/src", NULL, PATH_DIRECTORY, 1000, 0755 },
	{ "./src", "/home/user/work/src", PATH_DIRECTORY, 1000, 0755 },
	{ ".", "/home/user/work", PATH_DIRECTORY, 1000, 0755 },
	{ "/home/user/work/to-root", "/", PATH_DIRECTORY, 0, 0755 },
	{ "/home/user/work/fifo", NULL, PATH_OTHER, 1000, 0644 },
	{ "/home/user/work/socket", NULL, PATH_SOCKET, 1000, 0644 },
	{ "/home/user/work/disk", NULL, PATH_DEVICE, 1000, 0644 },
	{ "/home/user/work/env", NULL, PATH_REGULAR, 1000, 0600 },
	{ "/home/user/work/theirs", NULL, PATH_REGULAR, 0, 0600 },
	{ "/home/user/work/link", "/etc/secrets", PATH_REGULAR, 0, 0644 },
	{ "env", "/home/user/work/env", PATH_REGULAR, 1000, 0600 },
	{ "/home/user/work/bad", NULL, PATH_REGULAR, 1000, 0644 },
	{ "/home/other", NULL, PATH_DIRECTORY, 1001, 0755 },
	{ "/home/other/work", NULL, PATH_DIRECTORY, 1001, 0755 },
	{ "/srv/www", NULL, PATH_DIRECTORY, 0, 0755 },
	{ "/srv/rootfs", NULL, PATH_DIRECTORY, 0, 0755 },
	{ "/srv/**", NULL, PATH_DIRECTORY, 0, 0755 },
	{ "/srv/image", NULL, PATH_DIRECTORY, 0, 0755 },
	{ "/tmp", NULL, PATH_DIRECTORY, 0, 01777 },
	{ "/tmp/mine", NULL, PATH_DIRECTORY, 1000, 0755 },
	{ "/run/docker.sock", NULL, PATH_SOCKET, 0, 0660 },
};

static inline void verdicts_add_path(struct verdict_case *test, struct host_path path)
{
	struct host_path *paths = arena_alloc(test->arena, (test->facts.path_count + 1) * sizeof(*paths));

	if (test->facts.path_count > 0)
		memcpy(paths, test->facts.paths, test->facts.path_count * sizeof(*paths));
	paths[test->facts.path_count++] = path;
	test->facts.paths = paths;
}

static inline void verdicts_find_path(struct verdict_case *test, const char *given)
{
	struct host_path path = { .given = given, .kind = PATH_MISSING, .reason = "there is no such file or directory" };

	for (size_t i = 0; i < ARRAY_COUNT(verdicts_files); i++) {
		const struct verdicts_file *file = &verdicts_files[i];

		if (strcmp(file->path, path_tidy(test->arena, given)) == 0 || strcmp(file->path, given) == 0)
			path = (struct host_path){ .given = given, .resolved = file->resolved != NULL ? file->resolved : file->path,
						   .kind = file->kind, .owner_uid = file->owner, .owner_gid = file->owner,
						   .mode = file->mode, .has_symlink = file->resolved != NULL };
	}
	if (strncmp(given, "/proc/", 6) == 0)
		path.has_magic_link = true;
	if (strcmp(given, "/home/user/work/env") == 0) {
		string_list_add(test->arena, &path.lines, "COLOR=red");
		string_list_add(test->arena, &path.lines, "SIZE=1");
	}
	if (strcmp(given, "/home/user/work/bad") == 0)
		string_list_add(test->arena, &path.lines, "LD_PRELOAD=/x.so");
	verdicts_add_path(test, path);
}

/* A cidfile's facts are those of its directory. */
static inline void verdicts_find_new(struct verdict_case *test, const char *given)
{
	const char *slash = strrchr(given, '/');

	verdicts_find_path(test, given);
	if (test->facts.paths[test->facts.path_count - 1].resolved == NULL && slash != NULL) {
		struct host_path path;

		verdicts_find_path(test, arena_strndup(test->arena, given, (size_t)(slash - given)));
		path = test->facts.paths[test->facts.path_count - 1];
		test->facts.path_count -= 2;
		path.given = given;
		path.resolved = path.resolved != NULL ? given : NULL;
		path.kind = PATH_MISSING;
		verdicts_add_path(test, path);
	}
}

static inline void verdicts_find_paths(struct verdict_case *test)
{
	const char *reason;

	for (size_t i = 0; i < test->request->option_count; i++) {
		const struct request_option *option = &test->request->options[i];
		const enum flag_kind kind = flag_specs[option->flag].kind;

		if ((kind == FLAG_KIND_VOLUME || kind == FLAG_KIND_MOUNT) && option->value.mount.type == MOUNT_BIND)
			verdicts_find_path(test, option->value.mount.source);
		else if (option->flag == FLAG_CIDFILE)
			verdicts_find_new(test, option->raw);
		else if (option->flag == FLAG_ENV_FILE || option->flag == FLAG_LABEL_FILE || option->flag == FLAG_ROOTFS)
			verdicts_find_path(test, option->raw);
	}
	test->facts.image = (struct image_name){ .name = NULL };
	if (test->request->image != NULL && !request_parse_image(test->arena, test->request->image, &test->facts.image, &reason))
		test->facts.image = (struct image_name){ .name = NULL };
	if (test->facts.image.path != NULL)
		verdicts_find_path(test, test->facts.image.path);
}

static inline void verdicts_init(struct verdict_case *test)
{
	*test = (struct verdict_case){ .arena = arena_new() };
	test->findings.arena = test->arena;
	test->facts = (struct host_facts){ .caller_uid = 1000, .caller_gid = 1000, .home = "/home/user", .cwd = "/home/user/work",
					   .cpu_count = 4, .cpus_online = "0-3", .memory_bytes = INT64_C(8) << 30,
					   .architecture = "amd64", .state_dir = "/var/lib/hardrun" };
	test->policy = policies_parse(test->arena, "version: 1\nimages: ['*']\n");
}

static inline void verdicts_done(struct verdict_case *test)
{
	arena_free(test->arena);
}

/* A policy of ${text} after the version; images are all unless the text says so. */
static inline const struct policy *verdicts_policy(struct verdict_case *test, const char *text)
{
	const char *images = strstr(text, "images:") != NULL ? "" : "images: ['*']\n";

	return policies_parse(test->arena, arena_printf(test->arena, "version: 1\n%s%s\n", images, text));
}

/* Words apart by single blanks; '' is the empty word, "_" within a word stays. */
static inline int verdicts_split(struct verdict_case *test, const char *line, char *argv[VERDICTS_WORDS_MAX + 1])
{
	char *copy = arena_strdup(test->arena, line), *rest = copy;
	int argc = 0;

	while (rest != NULL && argc < VERDICTS_WORDS_MAX) {
		char *word = rest;

		rest = strchr(rest, ' ');
		if (rest != NULL)
			*rest++ = '\0';
		argv[argc++] = strcmp(word, "''") == 0 ? word + 2 : word;
	}
	argv[argc] = NULL;
	return argc;
}

/* Judges ${line}; its findings replace those before. A line that is not well formed is not judged, as in the program. */
static inline bool verdicts_judge(struct verdict_case *test, const char *line)
{
	char *argv[VERDICTS_WORDS_MAX + 1];
	const int argc = verdicts_split(test, line, argv);
	struct verdict_input input;

	test->findings = (struct findings){ .arena = test->arena };
	test->request = request_parse(test->arena, argc, argv, &test->findings);
	if (findings_malformed(&test->findings))
		return false;
	test->facts.path_count = 0;
	verdicts_find_paths(test);
	input = (struct verdict_input){ .request = test->request, .policy = test->policy, .ceiling = test->ceiling,
		.facts = &test->facts };
	return verdict_judge(test->arena, &input, &test->findings);
}

/* The first finding that is no note, or NULL. */
static inline const struct finding *verdicts_refusal(const struct verdict_case *test)
{
	for (size_t i = 0; i < test->findings.count; i++) {
		if (test->findings.items[i].kind != FINDING_NOTE)
			return &test->findings.items[i];
	}
	return NULL;
}

static inline const struct finding *verdicts_note(const struct verdict_case *test, const char *rule)
{
	for (size_t i = 0; i < test->findings.count; i++) {
		if (test->findings.items[i].kind == FINDING_NOTE && strcmp(test->findings.items[i].rule, rule) == 0)
			return &test->findings.items[i];
	}
	return NULL;
}

static inline void verdicts_print(const struct verdict_case *test)
{
	for (size_t i = 0; i < test->findings.count; i++) {
		const struct finding *finding = &test->findings.items[i];

		print_error("%s: %s: %s (%s)%s%s\n", finding_kind_name(finding->kind), finding->subject, finding->reason, finding->rule,
			    finding->remedy != NULL ? ": " : "", finding->remedy != NULL ? finding->remedy : "");
	}
}

static inline void verdicts_assert_allowed(struct verdict_case *test, const char *line)
{
	if (verdicts_judge(test, line))
		return;
	verdicts_print(test);
	fail_msg("denied: %s", line);
}

/* Denied, and by ${rule} among others (NULL: by any). */
static inline void verdicts_assert_denied(struct verdict_case *test, const char *line, const char *rule)
{
	if (verdicts_judge(test, line))
		fail_msg("allowed: %s", line);
	for (size_t i = 0; i < test->findings.count && rule != NULL; i++) {
		if (test->findings.items[i].kind != FINDING_NOTE && strcmp(test->findings.items[i].rule, rule) == 0)
			return;
	}
	if (rule == NULL)
		return;
	verdicts_print(test);
	fail_msg("not denied by %s: %s", rule, line);
}

#endif
