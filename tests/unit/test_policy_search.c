/* Names, directories, masks, chains, the choice by image, and the ceiling: on real files in a directory of the test's own. */
#include "policies.h"

#include <fcntl.h>
#include <ftw.h>
#include <sha256.h>
#include <sys/stat.h>
#include <unistd.h>

#define V "version: 1\n"

enum { OTHER_UID = 4242 };

struct fixture {
	struct arena *arena;
	char directory[64];
	struct policy_search search;
	struct policy_errors errors;
};

static const char *below(struct fixture *fixture, const char *name)
{
	return arena_printf(fixture->arena, "%s/%s", fixture->directory, name);
}

static void put(struct fixture *fixture, const char *name, const char *text)
{
	const int fd = open(below(fixture, name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	const char *const directories[] = { "user", "admin", "vendor", "own" };

	fixture->arena = arena_new();
	fixture->errors.arena = fixture->arena;
	(void)snprintf(fixture->directory, sizeof(fixture->directory), "/tmp/hardrun-search-XXXXXX");
	assert_non_null(mkdtemp(fixture->directory));
	for (size_t i = 0; i < ARRAY_COUNT(directories); i++)
		assert_int_equal(mkdir(below(fixture, directories[i]), 0700), 0);
	fixture->search = (struct policy_search){ .caller_uid = geteuid(), .user_dir = below(fixture, "user"),
						  .admin_dir = below(fixture, "admin"), .vendor_dir = below(fixture, "vendor"),
						  .ceiling_path = below(fixture, "ceiling.yaml") };
	*state = fixture;
	return 0;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(nftw(fixture->directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
	arena_free(fixture->arena);
	free(fixture);
	return 0;
}

static const struct policy *load(struct fixture *fixture, const char *name)
{
	fixture->errors = (struct policy_errors){ .arena = fixture->arena };
	return policy_load(fixture->arena, &fixture->search, name, &fixture->errors);
}

static const struct policy *choose(struct fixture *fixture, const char *image)
{
	fixture->errors = (struct policy_errors){ .arena = fixture->arena };
	return policy_choose(fixture->arena, &fixture->search, image, &fixture->errors);
}

/* The last call failed with one error of that kind, at that place ("" nowhere) and with that message. */
static void failed(struct fixture *fixture, const void *result, enum error_kind kind, const char *place, const char *message)
{
	const struct error *err = &fixture->errors.items[0];

	assert_null(result);
	assert_int_equal(fixture->errors.count, 1);
	if (strstr(err->message, message) == NULL)
		fail_msg("%s", err->message);
	assert_int_equal(err->kind, kind);
	assert_string_equal(place_text(fixture->arena, err->place), place);
}

static void description_is(const struct policy *policy, const char *description)
{
	assert_non_null(policy);
	assert_string_equal(policy->description.value, description);
}

/* ---- names ---- */

static void test_the_nearest_wins(void **state)
{
	struct fixture *fixture = *state;

	put(fixture, "vendor/web.yaml", V "description: vendor\n");
	description_is(load(fixture, "web"), "vendor");
	put(fixture, "admin/web.yaml", V "description: admin\n");
	description_is(load(fixture, "web"), "admin");
	put(fixture, "user/web.yaml", V "description: user\n");
	description_is(load(fixture, "web"), "user");
	assert_string_equal(load(fixture, "web")->name, "web");
	assert_string_equal(load(fixture, "web")->files.items[0], below(fixture, "user/web.yaml"));
	/* The ceiling may say that people's own files do not count. */
	fixture->search.is_user_dir_ignored = true;
	description_is(load(fixture, "web"), "admin");
	fixture->search.is_user_dir_ignored = false;
	fixture->search.user_dir = NULL;
	description_is(load(fixture, "web"), "admin");
}

static void test_extensions(void **state)
{
	struct fixture *fixture = *state;

	put(fixture, "admin/web.json", "{\"version\": 1, \"description\": \"json\"}\n");
	description_is(load(fixture, "web"), "json");
	put(fixture, "admin/web.yml", V "description: yml\n");
	description_is(load(fixture, "web"), "yml");
	put(fixture, "admin/web.yaml", V "description: yaml\n");
	description_is(load(fixture, "web"), "yaml");
	/* A nearer file masks whatever its extension. */
	put(fixture, "user/web.json", "{\"version\": 1, \"description\": \"user\"}\n");
	description_is(load(fixture, "web"), "user");
}

static void test_built_in(void **state)
{
	struct fixture *fixture = *state;
	const struct policy *policy = load(fixture, "default");

	assert_non_null(policy);
	assert_string_equal(policy->name, "default");
	assert_string_equal(policy->files.items[0], "built-in:default");
	assert_true(policy->is_root_owned);
	assert_non_null(load(fixture, "restricted"));
	put(fixture, "admin/default.yaml", V "description: of this house\n");
	description_is(load(fixture, "default"), "of this house");
}

/* What everyday lines need of the default and no more: the time zone read-only, shares and not amounts, no secrets by name. */
static void test_the_default_for_everyday_lines(void **state)
{
	static const char *const secrets[] = { "HOME", "PATH", "http_proxy", "GITHUB_TOKEN", "SSH_AUTH_SOCK" };
	struct fixture *fixture = *state;
	const struct policy_allow *allow = &load(fixture, "default")->allow;
	size_t system_paths = 0;

	for (size_t i = 0; i < allow->volume_count; i++) {
		const struct policy_volume *volume = &allow->volumes[i];

		if (volume->source == NULL || volume->source[0] != '/')
			continue;
		assert_false(volume->is_writable);
		assert_true(strcmp(volume->target, "/etc/localtime") == 0 || strcmp(volume->target, "/etc/timezone") == 0);
		system_paths++;
	}
	assert_int_equal(system_paths, 3);
	assert_int_equal(policy_ceiling(&allow->cpus, 4000000000), 4000000000);
	assert_int_equal(policy_ceiling(&allow->shm_size, INT64_C(1) << 32), INT64_C(1) << 30);
	assert_string_equal(allow->cidfile.items[allow->cidfile.count - 1].value, "/tmp/**");
	for (size_t i = 0; i < allow->environment.count; i++) {
		for (size_t k = 0; k < ARRAY_COUNT(secrets); k++)
			assert_string_not_equal(allow->environment.items[i].value, secrets[k]);
	}
}

static void test_unknown_names(void **state)
{
	struct fixture *fixture = *state;

	put(fixture, "user/webserver.yaml", V);
	failed(fixture, load(fixture, "websrver"), ERROR_MISSING, "", "there is no policy called \"websrver\"");
	assert_string_equal(fixture->errors.items[0].remedy, "did you mean webserver?");
	failed(fixture, load(fixture, "restrictd"), ERROR_MISSING, "", "there is no policy");
	assert_string_equal(fixture->errors.items[0].remedy, "did you mean restricted?");
	failed(fixture, load(fixture, ""), ERROR_MISSING, "", "there is no policy");
	failed(fixture, load(fixture, ".."), ERROR_MISSING, "", "there is no policy");
	failed(fixture, load(fixture, "-x"), ERROR_MISSING, "", "there is no policy");
	failed(fixture, load(fixture, "a\nb"), ERROR_MISSING, "", "there is no policy called \"a\\x0ab\"");
	failed(fixture, load(fixture, below(fixture, "web.yaml")), ERROR_MISSING, "", "web.yaml: there is no such file");
}

static void test_masks(void **state)
{
	struct fixture *fixture = *state;

	put(fixture, "vendor/web.yaml", V "description: vendor\n");
	assert_int_equal(symlink("/dev/null", below(fixture, "admin/web.yaml")), 0);
	failed(fixture, load(fixture, "web"), ERROR_MISSING, "", "is masked");
	assert_non_null(strstr(fixture->errors.items[0].message, "admin/web.yaml is a link to /dev/null"));
	/* The user's own still stands before the mask. */
	put(fixture, "user/web.yaml", V "description: user\n");
	description_is(load(fixture, "web"), "user");
	/* Built-in ones are masked alike. */
	assert_int_equal(symlink("/dev/null", below(fixture, "admin/restricted.yaml")), 0);
	failed(fixture, load(fixture, "restricted"), ERROR_MISSING, "", "is masked");
	/* Any other link is not a mask, and not followed. */
	assert_int_equal(symlink("web.yaml", below(fixture, "user/alias.yaml")), 0);
	failed(fixture, load(fixture, "alias"), ERROR_UNTRUSTED, "", "is a symbolic link");
}

static void test_untrusted_files_are_not_passed_over(void **state)
{
	struct fixture *fixture = *state;

	put(fixture, "admin/web.yaml", V "description: admin\n");
	put(fixture, "user/web.yaml", V);
	assert_int_equal(chmod(below(fixture, "user/web.yaml"), 0666), 0);
	failed(fixture, load(fixture, "web"), ERROR_UNTRUSTED, "", "is writable by everyone");
	assert_int_equal(mkfifo(below(fixture, "user/pipe.yaml"), 0600), 0);
	failed(fixture, load(fixture, "pipe"), ERROR_UNTRUSTED, "", "is a FIFO");
	put(fixture, "user/large.yaml", V);
	assert_int_equal(truncate(below(fixture, "user/large.yaml"), 100 << 20), 0);
	failed(fixture, load(fixture, "large"), ERROR_LIMIT, "", "has more than 262144 bytes");
}

/* ---- chains ---- */

static void test_extends_a_name(void **state)
{
	char digest[SHA256_DIGEST_STRING_LENGTH];
	struct fixture *fixture = *state;
	const struct policy *policy;

	/* Whoever keeps the record elsewhere is not held to the parent's file. */
	put(fixture, "user/site.yaml", V "extends: web\nallow: {networks: [a]}\nrecord: {to: syslog}\n");
	put(fixture, "admin/web.yaml", V "extends: default\nallow: {networks: [b]}\nrecord: {to: file, path: /var/log/x}\n");
	policy = load(fixture, "site");
	assert_non_null(policy);
	assert_int_equal(policy->files.count, 3);
	assert_string_equal(policy->files.items[2], "built-in:default");
	assert_int_equal(policy->digests.count, 3);
	/* Made with the binary, of the file that stands beside it. */
	assert_non_null(SHA256File("policies/default.yaml", digest));
	assert_string_equal(policy->digests.items[2], digest);
	assert_int_equal(policy->allow.networks.count, 4);
	assert_int_equal(policy->images.count, 0);
	assert_int_equal(policy->allow.mem_limit.value, -50);
}

/* A file that extends its own name means the one that it masks. */
static void test_extends_its_own_name(void **state)
{
	struct fixture *fixture = *state;
	const struct policy *policy;

	put(fixture, "user/default.yaml", V "extends: default\ndescription: mine\n");
	policy = load(fixture, "default");
	description_is(policy, "mine");
	assert_string_equal(policy->files.items[1], "built-in:default");
}

static void test_extends_a_file(void **state)
{
	struct fixture *fixture = *state;

	put(fixture, "own/child.yaml", V "extends: parent.yaml\ndescription: child\n");
	put(fixture, "own/parent.yaml", V "extends: ../user/far.yaml\n");
	put(fixture, "user/far.yaml", V "allow: {entrypoint: true}\n");
	assert_true(load(fixture, below(fixture, "own/child.yaml"))->allow.entrypoint.value);
	assert_string_equal(load(fixture, below(fixture, "own/child.yaml"))->name, below(fixture, "own/child.yaml"));
	put(fixture, "own/parent.yaml", arena_printf(fixture->arena, V "extends: %s\n", below(fixture, "user/far.yaml")));
	assert_true(load(fixture, below(fixture, "own/child.yaml"))->allow.entrypoint.value);
}

static void test_broken_chains(void **state)
{
	struct fixture *fixture = *state;
	const char *child = below(fixture, "own/a.yaml");

	put(fixture, "own/a.yaml", V "extends: none.yaml\n");
	failed(fixture, load(fixture, child), ERROR_MISSING, arena_printf(fixture->arena, "%s:2:10", child), "there is no such file");
	put(fixture, "own/a.yaml", V "extends: nonesuch\n");
	failed(fixture, load(fixture, child), ERROR_MISSING, arena_printf(fixture->arena, "%s:2:10", child),
	       "no policy called \"nonesuch\"");
	put(fixture, "own/a.yaml", V "extends: a.yaml\n");
	failed(fixture, load(fixture, child), ERROR_POLICY, arena_printf(fixture->arena, "%s:2:10", child), "round in a circle");
	put(fixture, "own/a.yaml", V "extends: b.yaml\n");
	put(fixture, "own/b.yaml", V "extends: a.yaml\n");
	failed(fixture, load(fixture, child), ERROR_POLICY, arena_printf(fixture->arena, "%s:2:10", below(fixture, "own/b.yaml")),
	       "round in a circle");
	/* Spelled otherwise each time, it ends at the length of the chain. */
	put(fixture, "own/b.yaml", V "extends: ../own/a.yaml\n");
	assert_null(load(fixture, child));
	/* The parent's own errors stand at the parent's place. */
	put(fixture, "own/b.yaml", V "allow: {zoo: 1}\n");
	failed(fixture, load(fixture, child), ERROR_POLICY, arena_printf(fixture->arena, "%s:2:9", below(fixture, "own/b.yaml")),
	       "allow.zoo is not a key");
	/* A parent is trusted no more than a child. */
	put(fixture, "own/b.yaml", V);
	assert_int_equal(chmod(below(fixture, "own/b.yaml"), 0666), 0);
	failed(fixture, load(fixture, child), ERROR_UNTRUSTED, arena_printf(fixture->arena, "%s:2:10", child), "writable by everyone");
}

static void test_chain_length(void **state)
{
	struct fixture *fixture = *state;

	put(fixture, "own/4.yaml", V);
	put(fixture, "own/3.yaml", V "extends: 4.yaml\n");
	put(fixture, "own/2.yaml", V "extends: 3.yaml\n");
	put(fixture, "own/1.yaml", V "extends: 2.yaml\n");
	put(fixture, "own/0.yaml", V "extends: 1.yaml\n");
	assert_int_equal(load(fixture, below(fixture, "own/1.yaml"))->files.count, POLICY_CHAIN_MAX);
	failed(fixture, load(fixture, below(fixture, "own/0.yaml")), ERROR_POLICY,
	       arena_printf(fixture->arena, "%s:2:10", below(fixture, "own/3.yaml")), "at most 4 files");
}

/* ---- hazards and owners ---- */

static void test_hazards_of_a_chain(void **state)
{
	struct fixture *fixture = *state;
	const struct policy *policy;

	put(fixture, "admin/base.yaml", V "hazards: [host-pid]\n");
	put(fixture, "admin/web.yaml", V "extends: base\nimages: [docker.io/library/web]\n");
	put(fixture, "admin/wild.yaml", V "extends: base\nimages: [\"docker.io/web/*\"]\n");
	policy = load(fixture, "web");
	if (geteuid() != 0) {
		failed(fixture, policy, ERROR_POLICY, arena_printf(fixture->arena, "%s:2:11", below(fixture, "admin/base.yaml")),
		       "belongs to root");
		return;
	}
	assert_true(policy->hazards[HAZARD_HOST_PID].value);
	failed(fixture, load(fixture, "wild"), ERROR_POLICY, arena_printf(fixture->arena, "%s:2:11", below(fixture, "admin/base.yaml")),
	       "without a wildcard");
}

/* A hazard with trees named one by one: what the parent grants by wildcard is the judge's to pass over, and no error here. */
static void test_hazards_and_wild_rootfs(void **state)
{
	struct fixture *fixture = *state;

	if (geteuid() != 0) {
		print_message("# skipped as an ordinary user: hazards are root's\n");
		skip();
	}
	put(fixture, "admin/web.yaml", V "extends: default\nimages: [docker.io/library/web]\nhazards: [root-user]\n"
					 "allow: {rootfs: [/srv/web]}\n");
	assert_non_null(load(fixture, "web"));
	put(fixture, "admin/base.yaml", V "hazards: [root-user]\n");
	put(fixture, "admin/web.yaml", V "extends: base\nimages: [docker.io/library/web]\nallow: {rootfs: [\"/srv/*\"]}\n");
	failed(fixture, load(fixture, "web"), ERROR_POLICY, arena_printf(fixture->arena, "%s:4:18", below(fixture, "admin/web.yaml")),
	       "is a wildcard, and the hazard root-user");
}

static void test_floor_of_a_chain(void **state)
{
	struct fixture *fixture = *state;

	put(fixture, "admin/base.yaml", V "defaults: {read_only: false}\n");
	put(fixture, "admin/web.yaml", V "extends: base\n");
	failed(fixture, load(fixture, "web"), ERROR_POLICY, arena_printf(fixture->arena, "%s:2:23", below(fixture, "admin/base.yaml")),
	       "below the floor");
	put(fixture, "admin/web.yaml", V "extends: base\ndefaults: {read_only: true}\n");
	assert_non_null(load(fixture, "web"));
}

static void own(struct fixture *fixture, const char *name)
{
	assert_int_equal(chown(below(fixture, name), OTHER_UID, OTHER_UID), 0);
}

/* As root only: the files of an ordinary caller. */
static void test_files_of_the_caller(void **state)
{
	struct fixture *fixture = *state;

	if (geteuid() != 0) {
		print_message("# skipped as an ordinary user: chown needs root\n");
		skip();
	}
	fixture->search.caller_uid = OTHER_UID;
	assert_int_equal(chmod(fixture->directory, 0755), 0);
	own(fixture, "user");
	put(fixture, "user/web.yaml", V "images: [docker.io/library/web]\nhazards: [host-pid]\n");
	own(fixture, "user/web.yaml");
	failed(fixture, load(fixture, "web"), ERROR_POLICY, arena_printf(fixture->arena, "%s:3:11", below(fixture, "user/web.yaml")),
	       "belongs to root");
	/* Nor does root's parent make it better. */
	put(fixture, "admin/base.yaml", V "hazards: [host-pid]\n");
	put(fixture, "user/web.yaml", V "extends: base\nimages: [docker.io/library/web]\n");
	failed(fixture, load(fixture, "web"), ERROR_POLICY, arena_printf(fixture->arena, "%s:2:11", below(fixture, "admin/base.yaml")),
	       "belongs to root");
	/* What root wrote never takes its parents from the caller's directory, however it is named. */
	put(fixture, "user/base.yaml", V "description: trap\nallow: {cap_add: [SYS_ADMIN]}\n");
	own(fixture, "user/base.yaml");
	put(fixture, "admin/site.yaml", V "extends: base\nimages: [docker.io/library/web]\n");
	assert_int_equal(load(fixture, "site")->allow.cap_add.count, 0);
	assert_int_equal(load(fixture, below(fixture, "admin/site.yaml"))->allow.cap_add.count, 0);
	assert_true(load(fixture, "site")->is_root_owned);
	/* The caller's own child does find it. */
	put(fixture, "user/mine.yaml", V "extends: base\n");
	own(fixture, "user/mine.yaml");
	assert_int_equal(load(fixture, "mine")->allow.cap_add.count, 1);
	assert_false(load(fixture, "mine")->is_root_owned);
}

/*
 * As root only: what belongs to root is root's word only where root's policies are. Elsewhere somebody else found it: a file of a
 * tree that root unpacked, say.
 */
static void test_roots_file_elsewhere(void **state)
{
	struct fixture *fixture = *state;
	const char *found, *through;

	if (geteuid() != 0) {
		print_message("# skipped as an ordinary user: the files are root's\n");
		skip();
	}
	fixture->search.caller_uid = OTHER_UID;
	assert_int_equal(chmod(fixture->directory, 0755), 0);
	put(fixture, "admin/site.yaml", V "images: [docker.io/library/web]\nhazards: [host-pid]\n");
	put(fixture, "found.yaml", V "images: [docker.io/library/web]\nhazards: [host-pid]\n");
	put(fixture, "plain.yaml", V "engine: {client: /srv/tree/x}\n");
	found = below(fixture, "found.yaml");
	through = below(fixture, "admin/../found.yaml");
	failed(fixture, load(fixture, found), ERROR_POLICY, arena_printf(fixture->arena, "%s:3:11", found), "belongs to root");
	failed(fixture, load(fixture, through), ERROR_POLICY, arena_printf(fixture->arena, "%s:3:11", through),
	       "belongs to root");
	assert_false(load(fixture, below(fixture, "plain.yaml"))->is_root_owned);
	assert_true(load(fixture, below(fixture, "admin/site.yaml"))->is_root_owned);
	/* Nor does it count as root's for whoever is lent root without a ceiling. */
	fixture->search.is_root_only = true;
	failed(fixture, load(fixture, below(fixture, "plain.yaml")), ERROR_UNTRUSTED, "", "is not where root's policies are");
	assert_non_null(load(fixture, below(fixture, "admin/site.yaml")));
	fixture->search = (struct policy_search){ .caller_uid = OTHER_UID, .is_root_only = true };
	failed(fixture, load(fixture, found), ERROR_UNTRUSTED, "", "is not where root's policies are");
}

/* ---- the choice ---- */

static void test_choice(void **state)
{
	struct fixture *fixture = *state;

	assert_string_equal(choose(fixture, "docker.io/library/site")->name, "default");
	put(fixture, "vendor/hub.yaml", V "images: [\"docker.io/**\"]\n");
	assert_string_equal(choose(fixture, "docker.io/library/site")->name, "hub");
	put(fixture, "vendor/library.yaml", V "images: [quay.io/x, \"docker.io/library/*\"]\n");
	assert_string_equal(choose(fixture, "docker.io/library/site")->name, "library");
	put(fixture, "vendor/site.yaml", V "images: [docker.io/library/site]\n");
	assert_string_equal(choose(fixture, "docker.io/library/site")->name, "site");
	/* More literal bytes win over nearness; nearness decides between equals. */
	put(fixture, "user/any.yaml", V "images: [\"docker.io/library/*\"]\n");
	assert_string_equal(choose(fixture, "docker.io/library/site")->name, "site");
	put(fixture, "user/own.yaml", V "images: [docker.io/library/site]\n");
	assert_string_equal(choose(fixture, "docker.io/library/site")->name, "own");
	assert_string_equal(choose(fixture, "docker.io/library/other")->name, "any");
	assert_string_equal(choose(fixture, "docker.io/bitnami/redis")->name, "hub");
	assert_string_equal(choose(fixture, "quay.io/x")->name, "library");
	assert_string_equal(choose(fixture, "quay.io/y")->name, "default");
	assert_string_equal(choose(fixture, "oci:/srv/x")->name, "default");
	assert_string_equal(choose(fixture, NULL)->name, "default");
}

static void test_choice_passes_over_masked(void **state)
{
	struct fixture *fixture = *state;

	put(fixture, "vendor/site.yaml", V "images: [docker.io/library/site]\n");
	put(fixture, "admin/site.yaml", V "images: [docker.io/library/other]\n");
	assert_string_equal(choose(fixture, "docker.io/library/site")->name, "default");
	assert_int_equal(remove(below(fixture, "admin/site.yaml")), 0);
	assert_int_equal(symlink("/dev/null", below(fixture, "admin/site.yaml")), 0);
	assert_string_equal(choose(fixture, "docker.io/library/site")->name, "default");
	assert_int_equal(remove(below(fixture, "admin/site.yaml")), 0);
	assert_string_equal(choose(fixture, "docker.io/library/site")->name, "site");
}

/* "default" answers before others that fit every image alike; nearer ones may still take its place. */
static void test_choice_between_wildcards(void **state)
{
	struct fixture *fixture = *state;

	put(fixture, "vendor/all.yaml", V "images: [\"*\"]\n");
	put(fixture, "vendor/default.yaml", V "images: [\"*\"]\n");
	assert_string_equal(choose(fixture, "docker.io/library/site")->name, "default");
	put(fixture, "user/all.yaml", V "images: [\"*\"]\n");
	assert_string_equal(choose(fixture, "docker.io/library/site")->name, "all");
}

static void test_a_wrong_file_stops_the_choice(void **state)
{
	struct fixture *fixture = *state;

	put(fixture, "user/broken.yaml", V "zoo: 1\n");
	failed(fixture, choose(fixture, "docker.io/library/site"), ERROR_POLICY,
	       arena_printf(fixture->arena, "%s:2:1", below(fixture, "user/broken.yaml")), "zoo is not a key");
	assert_int_equal(rename(below(fixture, "user/broken.yaml"), below(fixture, "user/broken.yaml~")), 0);
	assert_non_null(choose(fixture, "docker.io/library/site"));
	put(fixture, "user/.hidden.yaml", "x");
	put(fixture, "user/README", "x");
	assert_non_null(choose(fixture, "docker.io/library/site"));
}

/* ---- the list ---- */

static const struct policy_entry *find_entry(const struct policy_entry *entries, size_t count, const char *path)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(entries[i].path, path) == 0)
			return &entries[i];
	}
	fail_msg("%s is not listed", path);
	return NULL;
}

/* How many there are where no directory adds any. */
static size_t builtin_count(struct fixture *fixture)
{
	const struct policy_search nowhere = { .caller_uid = fixture->search.caller_uid };
	const struct policy_entry *entries = NULL;

	return policy_list(fixture->arena, &nowhere, &entries);
}

/* Their images are known without parsing them, from a table: it says what the files say. */
static void test_every_builtin_is_chosen_for_its_images(void **state)
{
	struct fixture *fixture = *state;
	const struct policy_entry *entries = NULL;
	const size_t count = policy_list(fixture->arena, &fixture->search, &entries);
	size_t chosen = 0;

	for (size_t i = 0; i < count; i++) {
		char *images = arena_strdup(fixture->arena, entries[i].images);
		char *rest = NULL;

		assert_non_null(load(fixture, entries[i].name));
		assert_true(strlen(entries[i].description) > 10 && entries[i].description[0] != '(');
		for (char *image = strtok_r(images, ", ", &rest); image != NULL; image = strtok_r(NULL, ", ", &rest)) {
			if (strcmp(image, "*") == 0)
				continue;
			assert_string_equal(choose(fixture, image)->name, entries[i].name);
			assert_string_equal(choose(fixture, arena_printf(fixture->arena, "%s/other", image))->name, "default");
			chosen++;
		}
	}
	assert_true(count > 10 && chosen > 10);
	put(fixture, "admin/nginx.yaml", V "images: [docker.io/library/other]\n");
	assert_string_equal(choose(fixture, "docker.io/library/nginx")->name, "default");
	assert_string_equal(choose(fixture, "docker.io/library/other")->name, "nginx");
}

static void test_list(void **state)
{
	struct fixture *fixture = *state;
	const struct policy_entry *entries = NULL;
	size_t count;

	put(fixture, "user/web.yaml", V "description: mine\nimages: [docker.io/library/a, docker.io/library/b]\n");
	put(fixture, "vendor/web.json", "{\"version\": 1}");
	put(fixture, "vendor/bad.yaml", "zoo");
	assert_int_equal(symlink("/dev/null", below(fixture, "admin/gone.yaml")), 0);
	put(fixture, "vendor/gone.yaml", V);
	count = policy_list(fixture->arena, &fixture->search, &entries);
	assert_int_equal(count, 5 + builtin_count(fixture));
	assert_string_equal(entries[0].name, "web");
	assert_string_equal(entries[0].description, "mine");
	assert_string_equal(entries[0].images, "docker.io/library/a, docker.io/library/b");
	assert_false(entries[0].is_masked);
	assert_true(find_entry(entries, count, below(fixture, "vendor/web.json"))->is_masked);
	assert_true(find_entry(entries, count, below(fixture, "admin/gone.yaml"))->is_masked);
	assert_true(find_entry(entries, count, below(fixture, "vendor/gone.yaml"))->is_masked);
	assert_non_null(strstr(find_entry(entries, count, below(fixture, "vendor/bad.yaml"))->description, "(wrong: a policy is a map"));
	assert_string_equal(find_entry(entries, count, "built-in:default")->images, "*");
	assert_true(strlen(find_entry(entries, count, "built-in:restricted")->description) > 20);
}

static void test_directories_that_are_not_there(void **state)
{
	struct fixture *fixture = *state;
	const struct policy_entry *entries = NULL;

	fixture->search.user_dir = below(fixture, "none");
	fixture->search.admin_dir = NULL;
	fixture->search.vendor_dir = "/dev/null";
	assert_int_equal(policy_list(fixture->arena, &fixture->search, &entries), builtin_count(fixture));
	assert_string_equal(choose(fixture, "docker.io/library/site")->name, "default");
}

/* Nobody falls back to the default because a directory lost its permission. A loop of links: what root cannot read either. */
static void test_a_hidden_directory_is_not_an_empty_one(void **state)
{
	struct fixture *fixture = *state;
	const struct policy_entry *entries = NULL;
	size_t count;

	assert_int_equal(rmdir(below(fixture, "admin")), 0);
	assert_int_equal(symlink("admin", below(fixture, "admin")), 0);
	failed(fixture, choose(fixture, "docker.io/library/site"), ERROR_SYSTEM, "", "/admin cannot be read: ");
	failed(fixture, choose(fixture, NULL), ERROR_SYSTEM, "", "/admin");
	failed(fixture, load(fixture, "default"), ERROR_SYSTEM, "", "/admin");
	count = policy_list(fixture->arena, &fixture->search, &entries);
	assert_int_equal(count, 1 + builtin_count(fixture));
	assert_non_null(strstr(entries[0].description, "(wrong: the policies in "));
	assert_string_equal(find_entry(entries, count, below(fixture, "admin"))->images, "");
	if (geteuid() != 0) {
		assert_int_equal(remove(below(fixture, "admin")), 0);
		assert_int_equal(mkdir(below(fixture, "admin"), 0), 0);
		failed(fixture, choose(fixture, "docker.io/library/site"), ERROR_SYSTEM, "", "cannot be read: Permission denied");
		assert_int_equal(chmod(below(fixture, "admin"), 0700), 0);
	}
}

/* ---- the ceiling ---- */

static const struct policy *ceiling(struct fixture *fixture)
{
	fixture->errors = (struct policy_errors){ .arena = fixture->arena };
	return policy_load_ceiling(fixture->arena, &fixture->search, &fixture->errors);
}

static void test_no_ceiling(void **state)
{
	struct fixture *fixture = *state;

	assert_null(ceiling(fixture));
	assert_int_equal(fixture->errors.count, 0);
	fixture->search.ceiling_path = NULL;
	assert_null(ceiling(fixture));
	assert_int_equal(fixture->errors.count, 0);
	fixture->search.ceiling_path = below(fixture, "none/ceiling.yaml");
	assert_null(ceiling(fixture));
	assert_int_equal(fixture->errors.count, 0);
}

static void test_ceiling(void **state)
{
	struct fixture *fixture = *state;
	const struct policy *policy;

	put(fixture, "ceiling.yaml", V "user_policies: false\nallow: {cpus: 2}\nhazards: [host-pid]\nengine: {backend: crun}\n"
				       "seccomp: {deny: [\"@keyring\"]}\n");
	policy = ceiling(fixture);
	if (geteuid() != 0) {
		failed(fixture, policy, ERROR_UNTRUSTED, "", "belongs to root");
		return;
	}
	assert_non_null(policy);
	assert_true(policy->user_policies.is_set && !policy->user_policies.value);
	assert_int_equal(policy->allow.cpus.value, 2000000000);
	assert_true(policy->hazards[HAZARD_HOST_PID].value);
	assert_int_equal(policy->seccomp.deny_count, 1);
}

/* A ceiling that is there and wrong is never the same as none. */
static void test_wrong_ceilings(void **state)
{
	static const struct { const char *text; const char *message; } rows[] = {
		{ V "defaults: {init: true}\n", "defaults has no meaning in the ceiling" },
		{ V "extends: default\n", "extends has no meaning in the ceiling" },
		{ V "zoo: 1\n", "zoo is not a key" },
		{ "", "the file is empty" },
	};
	struct fixture *fixture = *state;

	if (geteuid() != 0) {
		print_message("# skipped as an ordinary user: a ceiling belongs to root\n");
		skip();
	}
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		put(fixture, "ceiling.yaml", rows[i].text);
		assert_null(ceiling(fixture));
		assert_int_equal(fixture->errors.count, 1);
		assert_non_null(strstr(fixture->errors.items[0].message, rows[i].message));
	}
	put(fixture, "ceiling.yaml", V);
	assert_non_null(ceiling(fixture));
	assert_int_equal(chmod(below(fixture, "ceiling.yaml"), 0666), 0);
	failed(fixture, ceiling(fixture), ERROR_UNTRUSTED, "", "writable by everyone");
	assert_int_equal(chmod(below(fixture, "ceiling.yaml"), 0600), 0);
	/* The caller's hand must not have written it, even where the caller's policies are trusted. */
	own(fixture, "ceiling.yaml");
	fixture->search.caller_uid = OTHER_UID;
	failed(fixture, ceiling(fixture), ERROR_UNTRUSTED, "", "belongs to uid 4242");
	assert_int_equal(remove(below(fixture, "ceiling.yaml")), 0);
	assert_int_equal(symlink("/dev/null", below(fixture, "ceiling.yaml")), 0);
	failed(fixture, ceiling(fixture), ERROR_UNTRUSTED, "", "is a symbolic link");
	assert_int_equal(remove(below(fixture, "ceiling.yaml")), 0);
	assert_int_equal(symlink("nowhere", below(fixture, "ceiling.yaml")), 0);
	failed(fixture, ceiling(fixture), ERROR_UNTRUSTED, "", "is a symbolic link");
}

/* ---- the corpus policies, where they stand ---- */

/* The project's files may belong to whoever checked them out; what is trusted here is a copy. */
static const char *put_copy(struct fixture *fixture, const char *directory, const char *name)
{
	char *text = arena_alloc(fixture->arena, POLICY_FILE_BYTES_MAX);
	const int fd = open(arena_printf(fixture->arena, "%s/%s", directory, name), O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_true(read(fd, text, POLICY_FILE_BYTES_MAX - 1) > 0);
	assert_int_equal(close(fd), 0);
	put(fixture, name, text);
	return below(fixture, name);
}

static void test_corpus_policies(void **state)
{
	struct fixture *fixture = *state;
	const char *p0 = put_copy(fixture, "tests/corpus", "p0.yaml");
	const struct policy *policy = load(fixture, p0);

	assert_non_null(policy);
	assert_true(policy_has_image(policy, "docker.io/library/alpine"));
	assert_false(policy_has_image(policy, "docker.io/library/site"));
	policy = load(fixture, put_copy(fixture, "tests/corpus", "p0-legit.yaml"));
	assert_non_null(policy);
	assert_int_equal(policy->files.count, 2);
	assert_true(policy_has_image(policy, "docker.io/library/site"));
	assert_string_equal(policy->defaults.user.place.file, p0);
	assert_int_equal(policy->allow.mem_limit.value, 1 << 30);
}

#define SEARCH_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

/* "default" is what answers where nothing else does, whoever writes it, and images are not inherited. */
static void test_default_without_images(void **state)
{
	struct fixture *fixture = *state;

	put(fixture, "admin/default.yaml", V "extends: default\nallow: {verbs: [ps]}\n");
	assert_string_equal(choose(fixture, "docker.io/library/alpine")->files.items[0], below(fixture, "admin/default.yaml"));
	assert_true(policy_has_image(choose(fixture, "docker.io/library/alpine"), "docker.io/library/alpine"));
	assert_string_equal(choose(fixture, "docker.io/library/nginx")->name, "nginx");
	put(fixture, "admin/all.yaml", V "extends: default\nimages: ['*']\n");
	assert_string_equal(choose(fixture, "docker.io/library/alpine")->name, "all");
	put(fixture, "admin/default.yaml", V "extends: default\nimages: [docker.io/library/busybox]\n");
	assert_string_equal(choose(fixture, "docker.io/library/alpine")->name, "all");
}

/* A file that was meant to answer and says no images is named, whether it has a name of its own or takes a built-in one's. */
static void test_unheard(void **state)
{
	static const char image[] = "docker.io/library/nginx";
	struct fixture *fixture = *state;

	assert_null(policy_unheard(fixture->arena, &fixture->search, "nginx", image));
	put(fixture, "user/mine.yaml", V "extends: nginx\n");
	assert_string_equal(policy_unheard(fixture->arena, &fixture->search, "nginx", image), below(fixture, "user/mine.yaml"));
	assert_null(policy_unheard(fixture->arena, &fixture->search, "redis", "docker.io/library/redis"));
	put(fixture, "user/mine.yaml", V "extends: nginx\nimages: [docker.io/library/nginx]\n");
	assert_null(policy_unheard(fixture->arena, &fixture->search, "nginx", image));
	put(fixture, "user/nginx.yaml", V "extends: nginx\n");
	assert_string_equal(policy_unheard(fixture->arena, &fixture->search, "default", image), below(fixture, "user/nginx.yaml"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SEARCH_TEST(test_default_without_images),
		SEARCH_TEST(test_unheard),
		SEARCH_TEST(test_the_nearest_wins), SEARCH_TEST(test_extensions), SEARCH_TEST(test_built_in),
		SEARCH_TEST(test_the_default_for_everyday_lines),
		SEARCH_TEST(test_unknown_names), SEARCH_TEST(test_masks), SEARCH_TEST(test_untrusted_files_are_not_passed_over),
		SEARCH_TEST(test_extends_a_name), SEARCH_TEST(test_extends_its_own_name), SEARCH_TEST(test_extends_a_file),
		SEARCH_TEST(test_broken_chains), SEARCH_TEST(test_chain_length), SEARCH_TEST(test_hazards_of_a_chain),
		SEARCH_TEST(test_hazards_and_wild_rootfs), SEARCH_TEST(test_a_hidden_directory_is_not_an_empty_one),
		SEARCH_TEST(test_floor_of_a_chain), SEARCH_TEST(test_files_of_the_caller),
		SEARCH_TEST(test_roots_file_elsewhere), SEARCH_TEST(test_choice),
		SEARCH_TEST(test_choice_passes_over_masked), SEARCH_TEST(test_choice_between_wildcards),
		SEARCH_TEST(test_a_wrong_file_stops_the_choice), SEARCH_TEST(test_list),
		SEARCH_TEST(test_every_builtin_is_chosen_for_its_images), SEARCH_TEST(test_directories_that_are_not_there),
		SEARCH_TEST(test_no_ceiling), SEARCH_TEST(test_ceiling), SEARCH_TEST(test_wrong_ceilings),
		SEARCH_TEST(test_corpus_policies),
	};

	return cmocka_run_group_tests_name("policy search", tests, NULL, NULL);
}
