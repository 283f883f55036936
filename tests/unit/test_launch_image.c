/*
 * The image cache: layouts that lie, archives, layers, many at once. What needs skopeo, umoci and root is skipped without
 * them.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "../../src/launch/launch_internal.h"

#define DIGEST_A "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define DIGEST_B "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

struct stage {
	struct arena *arena;
	char directory[64];
	int fd;
	struct host_facts facts;
	struct host_path path;
};

static int set_up(void **state)
{
	struct stage *stage = calloc(1, sizeof(*stage));
	char name[] = "/tmp/hardrun-test-XXXXXX";

	stage->arena = arena_new();
	if (!mkdtemp(name))
		return -1;
	memcpy(stage->directory, name, sizeof(name));
	stage->fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	stage->facts.is_root = geteuid() == 0;
	stage->facts.state_dir = arena_printf(stage->arena, "%s/state", name);
	stage->facts.engine.skopeo = access("/usr/bin/skopeo", X_OK) == 0 ? "/usr/bin/skopeo" : NULL;
	stage->facts.engine.umoci = access("/usr/bin/umoci", X_OK) == 0 ? "/usr/bin/umoci" : NULL;
	*state = stage;
	return 0;
}

static int tear_down(void **state)
{
	struct stage *stage = *state;
	CLOSE_FD int tmp = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)close(stage->fd);
	(void)remove_tree(tmp, stage->directory + strlen("/tmp/"));
	arena_free(stage->arena);
	free(stage);
	return 0;
}

static int shell(const struct stage *stage, const char *script)
{
	return system(arena_printf(stage->arena, "cd %s && %s", stage->directory, script));
}

static void write_text(const struct stage *stage, const char *name, const char *text)
{
	(void)unlinkat(stage->fd, name, 0);
	assert_true(descriptors_write_file(stage->fd, name, text, strlen(text)));
}

/* ---- names and digests ---- */

struct digest_row { const char *name, *digest; bool is_valid; };
static const struct digest_row digest_rows[] = {
	{"good", DIGEST_A, true},
	{"upper case", "sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", false},
	{"short", "sha256:aaaa", false},
	{"long", DIGEST_A "a", false},
	{"path", "sha256:../../../../../../../../../../../../../../../../../../../../etc/pas", false},
	{"other algorithm", "sha512:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
	{"empty", "", false},
	{"none", NULL, false},
};

static void test_digests(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(digest_rows); i++)
		if (layout_digest_is_valid(digest_rows[i].digest) != digest_rows[i].is_valid)
			fail_msg("%s", digest_rows[i].name);
}

struct loopback_row { const char *domain; bool is_loopback; };
static const struct loopback_row loopback_rows[] = {
	{"localhost", true}, {"localhost:5000", true}, {"127.0.0.1:5000", true}, {"127.9.8.7", true}, {"[::1]", true},
		{"[::1]:5000", true},
	{"docker.io", false}, {"127.evil.example", false}, {"localhost.example.com", false}, {"localhos", false},
		{"10.0.0.1:5000", false},
	{"[::1].example", false}, {"[::11]:5000", false}, {"1127.0.0.1", false}, {"", false}, {NULL, false},
};

static void test_loopback_registries(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(loopback_rows); i++) {
		const struct image_name image = {.kind = IMAGE_REFERENCE, .domain = loopback_rows[i].domain};

		if (image_is_on_loopback(&image) != loopback_rows[i].is_loopback)
			fail_msg("%s", loopback_rows[i].domain);
	}
}

static void test_only_references_have_registries(void **state)
{
	const struct image_name image = {.kind = IMAGE_OCI_LAYOUT, .domain = "localhost"};

	(void)state;
	assert_false(image_is_on_loopback(&image));
}

/* ---- index.json ---- */

#define TAGGED(digest, tag) "{\"digest\":\"" digest "\",\"annotations\":{\"org.opencontainers.image.ref.name\":\"" tag "\"}}"

struct index_row { const char *name, *json, *tag, *digest, *message; };
static const struct index_row index_rows[] = {
	{"the only one", "{\"manifests\":[" TAGGED(DIGEST_A, "x") "]}", NULL, DIGEST_A, NULL},
	{"by tag", "{\"manifests\":[" TAGGED(DIGEST_A, "x") "," TAGGED(DIGEST_B, "y") "]}", "y", DIGEST_B, NULL},
	{"without a name", "{\"manifests\":[{\"digest\":\"" DIGEST_A "\"}]}", NULL, DIGEST_A, NULL},
	{"several", "{\"manifests\":[" TAGGED(DIGEST_A, "x") "," TAGGED(DIGEST_B, "y") "]}", NULL, NULL, "has several images"},
	{"the tag twice", "{\"manifests\":[" TAGGED(DIGEST_A, "x") "," TAGGED(DIGEST_B, "x") "]}", "x", NULL, "has several images"},
	{"no such tag", "{\"manifests\":[" TAGGED(DIGEST_A, "x") "]}", "z", NULL, "has no tag z"},
	{"none", "{\"manifests\":[]}", NULL, NULL, "has no image"},
	{"no list", "{}", NULL, NULL, "has no image"},
	{"a list of junk", "{\"manifests\":[1,null,[],\"x\"]}", "x", NULL, "has no tag x"},
	{"not an object", "[]", NULL, NULL, "has no image"},
	{"not JSON", "{", NULL, NULL, "has no image"},
	{"a path as digest", "{\"manifests\":[" TAGGED("sha256:../../../etc/shadow", "x") "]}", NULL, NULL, "not sha256"},
	{"a number as digest", "{\"manifests\":[{\"digest\":7}]}", NULL, NULL, "not sha256"},
	{"keys twice", "{\"manifests\":[" TAGGED(DIGEST_A, "x") "],\"manifests\":[" TAGGED(DIGEST_B, "x") "]}", NULL, NULL,
		"has no image"},
};

static void check_index(void **state, const struct index_row *row)
{
	struct stage *stage = *state;
	const char *digest = NULL;
	struct error err = {0};

	write_text(stage, "index.json", row->json);
	if (row->digest) {
		assert_int_equal(layout_find(stage->arena, stage->fd, "oci:/x", row->tag, &digest, &err), 0);
		assert_string_equal(digest, row->digest);
		return;
	}
	assert_true(layout_find(stage->arena, stage->fd, "oci:/x", row->tag, &digest, &err) < 0);
	assert_non_null(strstr(err.message, row->message));
	assert_null(digest);
}

static void test_index(void **state)
{
	for (size_t i = 0; i < ARRAY_COUNT(index_rows); i++) {
		print_message("# %s\n", index_rows[i].name);
		check_index(state, &index_rows[i]);
	}
}

static void test_index_that_is_no_file(void **state)
{
	struct stage *stage = *state;
	const char *digest = NULL;
	struct error err = {0};

	assert_true(layout_find(stage->arena, stage->fd, "oci:/x", NULL, &digest, &err) < 0);
	assert_int_equal(shell(stage, "mkfifo index.json"), 0);
	assert_true(layout_find(stage->arena, stage->fd, "oci:/x", NULL, &digest, &err) < 0);
	assert_int_equal(shell(stage, "rm index.json && ln -s /etc/passwd index.json"), 0);
	assert_true(layout_find(stage->arena, stage->fd, "oci:/x", NULL, &digest, &err) < 0);
	assert_int_equal(shell(stage, "rm index.json && truncate -s 100M index.json"), 0);
	assert_true(layout_find(stage->arena, stage->fd, "oci:/x", NULL, &digest, &err) < 0);
	assert_null(digest);
}

static void test_blob_that_lies(void **state)
{
	struct stage *stage = *state;
	const char *digest = layout_digest_of(stage->arena, "{}", 2);
	struct error err = {0};
	char *bytes = NULL;

	assert_int_equal(shell(stage, arena_printf(stage->arena, "mkdir -p blobs/sha256 && printf '{}' > blobs/sha256/%s && "
						   "printf x > blobs/sha256/" "%s", digest + 7, DIGEST_A + 7)), 0);
	assert_int_equal(layout_read_blob(stage->arena, stage->fd, digest, &bytes, &err), 0);
	assert_string_equal(bytes, "{}");
	bytes = NULL;
	assert_int_equal(layout_read_blob(stage->arena, stage->fd, DIGEST_A, &bytes, &err), -ERROR_UNTRUSTED);
	assert_int_equal(layout_read_blob(stage->arena, stage->fd, DIGEST_B, &bytes, &err), -ERROR_MISSING);
	assert_int_equal(layout_read_blob(stage->arena, stage->fd, "sha256:../../index.json", &bytes, &err), -ERROR_UNSUPPORTED);
	assert_null(bytes);
}

static void test_digest_is_sha256(void **state)
{
	struct stage *stage = *state;

	assert_string_equal(layout_digest_of(stage->arena, "abc", 3),
			    "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* ---- the cache ---- */

static void test_ref_is_known_only_with_its_image(void **state)
{
	struct stage *stage = *state;
	struct error err = {0};
	struct cache cache;
	int lock;

	assert_int_equal(cache_open(stage->arena, stage->facts.state_dir, "images", &cache, &err), 0);
	assert_null(cache_look_up(stage->arena, &cache, "k", false, &lock, &err));
	assert_true(lock >= 0);
	cache_note(stage->arena, &cache, "k", lock, DIGEST_A);
	(void)close(lock);
	/* The image is not there (any more): the answer is worth nothing. */
	assert_null(cache_look_up(stage->arena, &cache, "k", false, &lock, &err));
	(void)close(lock);
	assert_int_equal(mkdirat(cache.images, DIGEST_A + 7, 0755), 0);
	assert_string_equal(cache_look_up(stage->arena, &cache, "k", false, &lock, &err), DIGEST_A);
	assert_int_equal(lock, -1);
	assert_null(cache_look_up(stage->arena, &cache, "k", true, &lock, &err));
	assert_true(lock >= 0);
	/* A failed refresh keeps what is good. */
	cache_note(stage->arena, &cache, "k", lock, NULL);
	(void)close(lock);
	assert_string_equal(cache_look_up(stage->arena, &cache, "k", false, &lock, &err), DIGEST_A);
	assert_null(cache_look_up(stage->arena, &cache, "other", false, &lock, &err));
	cache_note(stage->arena, &cache, "other", lock, NULL);
	(void)close(lock);
	assert_int_equal(shell(stage, "[ $(ls state/refs | wc -l) = 1 ]"), 0);
	cache_close(&cache);
}

static void test_abandoned_workshops_go(void **state)
{
	struct stage *stage = *state;
	struct error err = {0};
	struct cache cache;
	const char *name, *other;
	int held, mine, removed;

	assert_int_equal(cache_open(stage->arena, stage->facts.state_dir, "images", &cache, &err), 0);
	assert_int_equal(shell(stage, "mkdir -p state/images/.new-1/rootfs/deep state/images/.new-2"), 0);
	held = openat(cache.images, ".new-2", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(flock(held, LOCK_EX), 0);
	/* One of our number, which another hardrun is removing. */
	other = arena_printf(stage->arena, ".new-%d.0", (int)getpid());
	assert_int_equal(mkdirat(cache.images, other, 0700), 0);
	removed = openat(cache.images, other, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(flock(removed, LOCK_EX), 0);
	mine = cache_make_workshop(stage->arena, &cache, &name, &err);
	assert_true(mine >= 0);
	assert_string_not_equal(name, other);
	assert_int_equal(shell(stage, "[ -e state/images/.new-1 ]"), 0);
	cache_remove_abandoned(stage->arena, &cache);
	assert_int_equal(shell(stage, "[ ! -e state/images/.new-1 ] && [ -e state/images/.new-2 ]"), 0);
	assert_int_equal(faccessat(cache.images, name, F_OK, 0), 0);
	assert_int_equal(faccessat(cache.images, other, F_OK, 0), 0);
	(void)close(removed);
	cache_remove_abandoned(stage->arena, &cache);
	assert_int_equal(faccessat(cache.images, other, F_OK, 0), -1);
	/* Somebody was quicker: theirs stays. */
	assert_int_equal(shell(stage, arena_printf(stage->arena, "mkdir state/images/%s && touch state/images/%s/first", DIGEST_A + 7,
						   DIGEST_A + 7)), 0);
	assert_int_equal(cache_adopt(stage->arena, &cache, name, DIGEST_A, &err), 0);
	assert_int_equal(shell(stage, arena_printf(stage->arena, "[ -e state/images/%s/first ]", DIGEST_A + 7)), 0);
	assert_int_equal(cache_adopt(stage->arena, &cache, name, DIGEST_B, &err), 0);
	assert_true(cache_has(&cache, DIGEST_B));
	(void)close(held);
	(void)close(mine);
	cache_close(&cache);
}

static void test_cache_that_others_may_write(void **state)
{
	struct stage *stage = *state;
	struct error err = {0};
	struct cache cache;

	assert_int_equal(shell(stage, "mkdir -p state/images && chmod 777 state/images"), 0);
	assert_int_equal(cache_open(stage->arena, stage->facts.state_dir, "images", &cache, &err), -ERROR_UNTRUSTED);
	assert_int_equal(shell(stage, "rmdir state/images && ln -s /tmp state/images"), 0);
	assert_true(cache_open(stage->arena, stage->facts.state_dir, "images", &cache, &err) < 0);
}

/* ---- with skopeo and umoci ---- */

static bool can_fetch(const struct stage *stage)
{
	return stage->facts.is_root && stage->facts.engine.skopeo && stage->facts.engine.umoci;
}

static void name_image(struct stage *stage, enum image_kind kind, const char *path, const char *tag)
{
	const char *full = arena_printf(stage->arena, "%s/%s", stage->directory, path);
	struct stat status;

	stage->facts.image = (struct image_name){.kind = kind, .path = full, .tag = tag,
						 .name = arena_printf(stage->arena, "oci:%s", full)};
	stage->path = (struct host_path){.given = full, .resolved = full,
		.kind = kind == IMAGE_OCI_LAYOUT ? PATH_DIRECTORY : PATH_REGULAR};
	if (stat(full, &status) == 0) {
		stage->path.device = status.st_dev;
		stage->path.inode = status.st_ino;
	}
	stage->facts.paths = &stage->path;
	stage->facts.path_count = 1;
}

static void make_layout(const struct stage *stage, const char *name)
{
	assert_int_equal(shell(stage, arena_printf(stage->arena,
		"mkdir -p src/data src/bin && echo hello > src/data/f && umoci init --layout %s && umoci new --image %s:v1 && "
		"umoci insert --image %s:v1 src/data /data && umoci config --image %s:v1 --config.user 7:8 --config.env A=b "
		"--config.workingdir /data --config.cmd x >/dev/null", name, name, name, name)), 0);
}

static void assert_clean(const struct stage *stage)
{
	assert_int_equal(shell(stage, "[ -z \"$(ls -A state/images | grep new)\" ]"), 0);
}

static void test_layout_is_unpacked_once(void **state)
{
	struct stage *stage = *state;
	struct error err = {0};
	const char *rootfs;

	if (!can_fetch(stage))
		skip();
	make_layout(stage, "layout");
	assert_int_equal(shell(stage, "mv layout lay:out"), 0); /* a colon is the tools' separator */
	name_image(stage, IMAGE_OCI_LAYOUT, "lay:out", "v1");
	assert_int_equal(launch_fetch_image(stage->arena, &stage->facts, "missing", &err), 0);
	rootfs = stage->facts.image_facts.rootfs;
	assert_true(stage->facts.image_facts.is_known);
	assert_string_equal(stage->facts.image_facts.user, "7:8");
	assert_string_equal(stage->facts.image_facts.working_dir, "/data");
	assert_true(layout_digest_is_valid(stage->facts.image_facts.digest));
	assert_int_equal(shell(stage, arena_printf(stage->arena, "[ \"$(cat %s/data/f)\" = hello ] && [ $(stat -c %%a %s) = 755 ]",
						   rootfs, rootfs)), 0);
	assert_clean(stage);
	/* Now without the tools: it is in the cache. */
	stage->facts.engine.skopeo = stage->facts.engine.umoci = NULL;
	stage->facts.image_facts = (struct image_facts){0};
	assert_int_equal(launch_fetch_image(stage->arena, &stage->facts, "missing", &err), 0);
	assert_string_equal(stage->facts.image_facts.rootfs, rootfs);
}

static void test_layout_cannot_poison_the_cache(void **state)
{
	struct stage *stage = *state;
	struct error err = {0};

	if (!can_fetch(stage))
		skip();
	make_layout(stage, "good");
	/* The manifest keeps its name and becomes another. */
	assert_int_equal(shell(stage, "cp -r good evil && m=$(grep -o 'sha256:[0-9a-f]*' evil/index.json | head -1 | cut -d: -f2) && "
			       "chmod u+w evil/blobs/sha256/$m && sed -i 's/{/{ /' evil/blobs/sha256/$m"), 0);
	name_image(stage, IMAGE_OCI_LAYOUT, "evil", "v1");
	assert_int_equal(launch_fetch_image(stage->arena, &stage->facts, "missing", &err), -ERROR_UNTRUSTED);
	assert_false(stage->facts.image_facts.is_known);
	assert_int_equal(shell(stage, "[ -z \"$(ls -A state/images state/refs | grep -v :)\" ]"), 0);
}

static void test_damaged_layer_leaves_nothing(void **state)
{
	struct stage *stage = *state;
	struct error err = {0};

	if (!can_fetch(stage))
		skip();
	make_layout(stage, "damaged");
	assert_int_equal(shell(stage, "for f in damaged/blobs/sha256/*; do grep -q '^{' $f || { chmod u+w $f; echo x >> $f; "
		"}; done"), 0);
	name_image(stage, IMAGE_OCI_LAYOUT, "damaged", "v1");
	assert_true(launch_fetch_image(stage->arena, &stage->facts, "missing", &err) < 0);
	assert_non_null(strstr(err.message, "said: "));
	assert_null(strchr(err.message, '\n'));
	assert_int_equal(shell(stage, "[ -z \"$(ls -A state/images state/refs | grep -v :)\" ]"), 0);
}

static void test_archive(void **state)
{
	struct stage *stage = *state;
	struct error err = {0};

	if (!can_fetch(stage))
		skip();
	make_layout(stage, "layout");
	assert_int_equal(shell(stage, "skopeo copy -q --insecure-policy oci:layout:v1 docker-archive:a.tar:docker.io/library/x:1"), 0);
	name_image(stage, IMAGE_DOCKER_ARCHIVE, "a.tar", NULL);
	assert_int_equal(launch_fetch_image(stage->arena, &stage->facts, "missing", &err), 0);
	assert_int_equal(shell(stage, arena_printf(stage->arena, "[ -e %s/data/f ]", stage->facts.image_facts.rootfs)), 0);
	/* Known by its identity: a changed file is read anew, and this one is no archive. */
	stage->facts.image_facts = (struct image_facts){0};
	assert_int_equal(shell(stage, "echo junk > a.tar"), 0);
	assert_true(launch_fetch_image(stage->arena, &stage->facts, "missing", &err) < 0);
	assert_clean(stage);
}

/* Whoever may rename above it puts another there once it was judged to be root's. */
static void test_local_image_is_what_was_judged(void **state)
{
	struct stage *stage = *state;
	struct error err = {0};

	if (!can_fetch(stage))
		skip();
	make_layout(stage, "layout");
	assert_int_equal(shell(stage, "cp -r layout swapped && skopeo copy -q --insecure-policy oci:layout:v1 "
			       "docker-archive:a.tar:docker.io/library/x:1 && cp a.tar b.tar"), 0);
	name_image(stage, IMAGE_OCI_LAYOUT, "layout", "v1");
	assert_int_equal(shell(stage, "mv layout was && mv swapped layout"), 0);
	assert_int_equal(launch_fetch_image(stage->arena, &stage->facts, "missing", &err), -ERROR_MISSING);
	assert_non_null(strstr(err.message, "it has been replaced since it was judged"));
	name_image(stage, IMAGE_DOCKER_ARCHIVE, "a.tar", NULL);
	assert_int_equal(shell(stage, "mv b.tar a.tar"), 0);
	assert_int_equal(launch_fetch_image(stage->arena, &stage->facts, "missing", &err), -ERROR_MISSING);
	assert_non_null(strstr(err.message, "it has been replaced since it was judged"));
	/* The same in its own place is fetched. */
	name_image(stage, IMAGE_DOCKER_ARCHIVE, "a.tar", NULL);
	assert_int_equal(launch_fetch_image(stage->arena, &stage->facts, "missing", &err), 0);
	assert_clean(stage);
}

static void test_many_at_once_bring_it_once(void **state)
{
	struct stage *stage = *state;
	struct error err = {0};
	int failures = 0;

	if (!can_fetch(stage))
		skip();
	make_layout(stage, "layout");
	name_image(stage, IMAGE_OCI_LAYOUT, "layout", "v1");
	for (int i = 0; i < 8; i++)
		if (fork() == 0)
			_exit(launch_fetch_image(stage->arena, &stage->facts, "missing", &err) == 0 ? 0 : 1);
	for (int i = 0; i < 8; i++) {
		int status = -1;

		(void)wait(&status);
		failures += status != 0;
	}
	assert_int_equal(failures, 0);
	assert_clean(stage);
	assert_int_equal(shell(stage, "[ $(ls state/images | wc -l) = 1 ]"), 0);
}

struct missing_row { const char *name; enum image_kind kind; const char *path, *pull, *message; };
static const struct missing_row missing_rows[] = {
	{"no layout", IMAGE_OCI_LAYOUT, "nowhere", "missing", "no such image: oci:"},
	{"a file as layout", IMAGE_OCI_LAYOUT, "file", "missing", "it is not a directory"},
	{"a directory as archive", IMAGE_DOCKER_ARCHIVE, "dir", "missing", "it is not a regular file"},
	{"a FIFO as archive", IMAGE_DOCKER_ARCHIVE, "fifo", "missing", "it is not a regular file"},
	{"an empty layout", IMAGE_OCI_LAYOUT, "dir", "missing", "index.json cannot be read"},
};

static void test_images_that_are_not_there(void **state)
{
	struct stage *stage = *state;

	if (!can_fetch(stage))
		skip();
	assert_int_equal(shell(stage, "touch file; mkdir dir; mkfifo fifo"), 0);
	for (size_t i = 0; i < ARRAY_COUNT(missing_rows); i++) {
		struct error err = {0};

		name_image(stage, missing_rows[i].kind, missing_rows[i].path, NULL);
		print_message("# %s\n", missing_rows[i].name);
		assert_true(launch_fetch_image(stage->arena, &stage->facts, missing_rows[i].pull, &err) < 0);
		assert_non_null(strstr(err.message, missing_rows[i].message));
	}
}

static void test_reference_without_a_registry(void **state)
{
	struct stage *stage = *state;
	struct error err = {0};

	if (!can_fetch(stage))
		skip();
	stage->facts.image = (struct image_name){.kind = IMAGE_REFERENCE, .domain = "127.0.0.1:1", .name = "127.0.0.1:1/x",
						 .canonical = "127.0.0.1:1/x:latest", .tag = "latest"};
	assert_true(launch_fetch_image(stage->arena, &stage->facts, "never", &err) < 0);
	assert_non_null(strstr(err.message, "is not to be fetched"));
	assert_true(launch_fetch_image(stage->arena, &stage->facts, "missing", &err) < 0);
	assert_non_null(strstr(err.message, "127.0.0.1:1/x:latest"));
	assert_non_null(strstr(err.message, "skopeo said: "));
	assert_null(strchr(err.message, '\n'));
	assert_int_equal(shell(stage, "[ -z \"$(ls -A state/images state/refs | grep -v :)\" ]"), 0);
}

struct platform_row { const char *name, *config, *architecture, *said; };
static const struct platform_row platform_rows[] = {
	{"ours", "{\"os\":\"linux\",\"architecture\":\"amd64\"}", "amd64", NULL},
	{"another processor", "{\"os\":\"linux\",\"architecture\":\"arm64\"}", "amd64",
		"the image i is for linux/arm64, and this machine is linux/amd64"},
	{"no system said", "{\"architecture\":\"arm64\"}", "amd64", "is for linux/arm64"},
	{"another system", "{\"os\":\"windows\",\"architecture\":\"amd64\"}", "amd64", "is for windows/amd64"},
	{"another system, no processor", "{\"os\":\"windows\"}", NULL, "is for windows/?"},
	{"a processor with a tail", "{\"architecture\":\"amd64 \"}", "amd64", "is for linux/amd64 "},
	{"control characters", "{\"os\":\"a\\u001bb\"}", "amd64", "a\\x1bb"},
	{"nothing said", "{}", "amd64", NULL},
	{"empty words", "{\"os\":\"\",\"architecture\":\"\"}", "amd64", NULL},
	{"our own is unknown", "{\"architecture\":\"arm64\"}", NULL, NULL},
};

static void test_image_for_another_machine(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(platform_rows); i++) {
		const struct platform_row *row = &platform_rows[i];
		struct error err = {0};
		int result = layout_check_platform(arena, row->config, "i", row->architecture, &err);

		print_message("# %s\n", row->name);
		assert_int_equal(result, row->said ? -ERROR_UNSUPPORTED : 0);
		if (row->said)
			assert_non_null(strstr(err.message, row->said));
	}
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digests),
		cmocka_unit_test(test_image_for_another_machine),
		cmocka_unit_test(test_loopback_registries),
		cmocka_unit_test(test_only_references_have_registries),
		cmocka_unit_test_setup_teardown(test_index, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_index_that_is_no_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_blob_that_lies, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_digest_is_sha256, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_ref_is_known_only_with_its_image, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_abandoned_workshops_go, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cache_that_others_may_write, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_layout_is_unpacked_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_layout_cannot_poison_the_cache, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_damaged_layer_leaves_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_archive, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_local_image_is_what_was_judged, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_many_at_once_bring_it_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_images_that_are_not_there, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_reference_without_a_registry, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
