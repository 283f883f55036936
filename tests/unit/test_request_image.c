/* Names of images: each row is a name and its canonical spelling, or "!" and a part of the reason why not. */
#include "rows.h"

#include <hardrun/request.h>

#define HEX32 "0123456789abcdef0123456789abcdef"
#define HEX64 HEX32 HEX32

struct image_row {
	const char *text;
	const char *canonical;
	const char *name; /* what policies match; NULL: not looked at */
};

static struct image_row image_rows[] = {
	{ "alpine", "docker.io/library/alpine:latest", "docker.io/library/alpine" },
	{ "alpine:3.19", "docker.io/library/alpine:3.19", "docker.io/library/alpine" },
	{ "alpine:_x", "docker.io/library/alpine:_x", NULL },
	{ "library/alpine", "docker.io/library/alpine:latest", NULL },
	{ "docker.io/alpine", "docker.io/library/alpine:latest", NULL },
	{ "docker.io/library/alpine", "docker.io/library/alpine:latest", NULL },
	{ "index.docker.io/library/alpine", "docker.io/library/alpine:latest", NULL },
	{ "index.docker.io/alpine", "docker.io/library/alpine:latest", NULL },
	{ "user/alpine", "docker.io/user/alpine:latest", "docker.io/user/alpine" },
	{ "a/b/c", "docker.io/a/b/c:latest", NULL },
	{ "localhost/x", "localhost/x:latest", "localhost/x" },
	{ "localhost:5000/x:y", "localhost:5000/x:y", "localhost:5000/x" },
	{ "registry.example.com/x", "registry.example.com/x:latest", NULL },
	{ "registry.example.com:5000/team/app:v1.2_3-x", "registry.example.com:5000/team/app:v1.2_3-x", NULL },
	{ "127.0.0.1:5000/x", "127.0.0.1:5000/x:latest", NULL },
	{ "docker.io/library/alpine.evil.com/alpine", "docker.io/library/alpine.evil.com/alpine:latest",
	  "docker.io/library/alpine.evil.com/alpine" },
	{ "evil.example.com/library/alpine", "evil.example.com/library/alpine:latest", "evil.example.com/library/alpine" },
	{ "a.b_c__d---e", "docker.io/library/a.b_c__d---e:latest", NULL },
	{ "alpine@sha256:" HEX64, "docker.io/library/alpine@sha256:" HEX64, "docker.io/library/alpine" },
	{ "oci", "docker.io/library/oci:latest", NULL },
	{ "oci:latest", "docker.io/library/oci:latest", NULL },
	{ "docker-archive:x", "docker.io/library/docker-archive:x", NULL },
	{ "run", "docker.io/library/run:latest", NULL },
	{ HEX32, "docker.io/library/" HEX32 ":latest", NULL },
	{ "oci:/srv/layout", "oci:/srv/layout", "oci:/srv/layout" },
	{ "oci:/srv//layout/:v1", "oci:/srv/layout:v1", "oci:/srv/layout" },
	{ "oci:./layout", "oci:layout", NULL },
	{ "oci:../layout:t", "oci:../layout:t", NULL },
	{ "docker-archive:/srv/a.tar", "docker-archive:/srv/a.tar", "docker-archive:/srv/a.tar" },
	{ "", "!empty", NULL },
	{ "-", "!not the name", NULL },
	{ "/", "!not the name", NULL },
	{ "/alpine", "!not the name", NULL },
	{ "alpine/", "!not the name", NULL },
	{ "a//b", "!not the name", NULL },
	{ ":3", "!not the name", NULL },
	{ "alpine:", "!tag", NULL },
	{ "alpine:-x", "!tag", NULL },
	{ "alpine:.x", "!tag", NULL },
	{ "alpine:a:b", "!tag", NULL },
	{ "alpine:a/b", "!host name", NULL },
	{ "alpine:latest ", "!tag", NULL },
	{ "alpine:\xc3\xa9", "!tag", NULL },
	{ " alpine", "!not the name", NULL },
	{ "alpine ", "!not the name", NULL },
	{ "alpine\n", "!not the name", NULL },
	{ "Alpine", "!not the name", NULL },
	{ "user/Alpine", "!not the name", NULL },
	{ "Foo/bar", "!not the name", NULL },
	{ "\xd0\xb0lpine", "!not the name", NULL },
	{ "alpine\xe2\x80\x8b", "!not the name", NULL },
	{ "\xe2\x80\x93privileged", "!not the name", NULL },
	{ "--privileged", "!not the name", NULL },
	{ "a..b", "!not the name", NULL },
	{ "a___b", "!not the name", NULL },
	{ "a_-b", "!not the name", NULL },
	{ "a.-b", "!not the name", NULL },
	{ ".a", "!not the name", NULL },
	{ "a.", "!not the name", NULL },
	{ "a-", "!not the name", NULL },
	{ "_a", "!not the name", NULL },
	{ "../etc", "!", NULL },
	{ "..", "!not the name", NULL },
	{ "alpine@", "!digest", NULL },
	{ "alpine@sha256:", "!digest", NULL },
	{ "alpine@sha256:" HEX32, "!digest", NULL },
	{ "alpine@sha256:" HEX64 "0", "!digest", NULL },
	{ "alpine@sha256:ABCDEF6789abcdef0123456789abcdef" HEX32, "!digest", NULL },
	{ "alpine@sha512:" HEX64 HEX64, "!digest", NULL },
	{ "alpine@md5:" HEX32, "!digest", NULL },
	{ "alpine@sha256:" HEX64 "@sha256:" HEX64, "!digest", NULL },
	{ "@sha256:" HEX64, "!not the name", NULL },
	{ "3bfc408a12cb", "!id of a local image", NULL }, /* as `docker images` shows it */
	{ "3bfc408a12cb:1", "docker.io/library/3bfc408a12cb:1", "docker.io/library/3bfc408a12cb" },
	{ "alpine:3.19@sha256:" HEX64, "!give the digest alone", NULL },
	{ HEX64, "!id of a local image", NULL },
	{ "sha256:" HEX64, "!id of a local image", NULL },
	{ "sha256:" HEX32, "docker.io/library/sha256:" HEX32, NULL },
	{ "http://evil/alpine", "!", NULL },
	{ "https://docker.io/alpine", "!", NULL },
	{ "docker-daemon:alpine:latest", "!tag", NULL },
	{ "docker://alpine", "!", NULL },
	{ "containers-storage:[overlay@/x+/y]alpine", "!digest", NULL },
	{ "dir:/srv/x", "!", NULL },
	{ "user@registry.example.com/x", "!digest", NULL },
	{ "REGISTRY.example.com/x", "!host name in lower case", NULL },
	{ "docker.io./alpine", "!host name", NULL },
	{ ".docker.io/alpine", "!host name", NULL },
	{ "docker..io/alpine", "!host name", NULL },
	{ "-docker.io/alpine", "!host name", NULL },
	{ "docker-.io/alpine", "!host name", NULL },
	{ "do_cker.io/alpine", "!host name", NULL },
	{ "docker.io:/alpine", "!host name", NULL },
	{ "docker.io:0/alpine", "!host name", NULL },
	{ "docker.io:65536/alpine", "!host name", NULL },
	{ "docker.io:443x/alpine", "!host name", NULL },
	{ "docker.io:1:2/alpine", "!host name", NULL },
	{ "[::1]:5000/x", "!host name", NULL },
	{ "docker.io/", "!not the name", NULL },
	{ "oci:/", "!path behind it", NULL },
	{ "oci:/srv/../etc", "!path behind it", NULL },
	{ "oci:/srv/a b", "!path behind it", NULL },
	{ "oci:/srv/a,b", "!path behind it", NULL },
	{ "oci:/srv/x:", "!not a tag", NULL },
	{ "oci:/srv/x:a:b", "!not a tag", NULL },
	{ "oci:/srv/x:a/b", "!not a tag", NULL },
	{ "docker-archive:/srv/a.tar:x", "!no tag follows", NULL },
	{ "docker-archive:/srv/../a.tar", "!path behind it", NULL },
};

static void test_image(void **state)
{
	const struct image_row *row = *state;
	struct arena *arena = arena_new();
	struct image_name image = { .canonical = "untouched" }, again;
	const char *reason = "no reason was given";
	bool is_good = request_parse_image(arena, row->text, &image, &reason);

	if (row->canonical[0] != '!') {
		if (!is_good)
			fail_msg("'%s' was refused: %s", row->text, reason);
		assert_string_equal(image.canonical, row->canonical);
		if (row->name != NULL)
			assert_string_equal(image.name, row->name);
		assert_true((image.kind == IMAGE_REFERENCE) == (image.path == NULL));
		/* What is handed to an engine means the same when it is read again. */
		if (image.kind == IMAGE_REFERENCE) {
			assert_true(request_parse_image(arena, image.canonical, &again, &reason));
			assert_string_equal(again.canonical, image.canonical);
		}
	} else {
		if (is_good)
			fail_msg("'%s' was taken as: %s", row->text, image.canonical);
		if (strstr(reason, row->canonical + 1) == NULL)
			fail_msg("'%s' was refused because %s", row->text, reason);
		assert_string_equal(image.canonical, "untouched");
	}
	arena_free(arena);
}

static void test_parts_of_a_reference(void **state)
{
	struct arena *arena = arena_new();
	struct image_name image;
	const char *reason;

	(void)state;
	assert_true(request_parse_image(arena, "registry.example.com:5000/x", &image, &reason));
	assert_string_equal(image.domain, "registry.example.com:5000");
	assert_string_equal(image.tag, "latest");
	assert_null(image.digest);
	assert_true(request_parse_image(arena, "x@sha256:" HEX64, &image, &reason));
	assert_null(image.tag);
	assert_string_equal(image.digest, "sha256:" HEX64);
	assert_true(request_parse_image(arena, "oci:/srv/x:v1", &image, &reason));
	assert_int_equal(image.kind, IMAGE_OCI_LAYOUT);
	assert_string_equal(image.path, "/srv/x");
	assert_string_equal(image.tag, "v1");
	assert_null(image.domain);
	assert_true(request_parse_image(arena, "oci:/srv/x", &image, &reason));
	assert_null(image.tag);
	arena_free(arena);
}

static void test_lengths(void **state)
{
	struct arena *arena = arena_new();
	struct image_name image;
	const char *reason;
	char tag[131] = "x:", name[300];

	(void)state;
	memset(tag + 2, 't', 128);
	assert_true(request_parse_image(arena, tag, &image, &reason));
	assert_false(request_parse_image(arena, arena_printf(arena, "%st", tag), &image, &reason));
	/* With docker.io/library/ before it: 18 bytes. */
	memset(name, 'n', sizeof(name));
	name[255 - 18] = '\0';
	assert_true(request_parse_image(arena, name, &image, &reason));
	name[255 - 18] = 'n';
	name[255 - 17] = '\0';
	assert_false(request_parse_image(arena, name, &image, &reason));
	arena_free(arena);
}

int main(void)
{
	static struct row_tests rows;

	for (size_t i = 0; i < ARRAY_COUNT(image_rows); i++)
		rows_add(&rows, image_rows[i].text, test_image, &image_rows[i]);
	ROWS_TEST(&rows, test_parts_of_a_reference);
	ROWS_TEST(&rows, test_lengths);
	return rows_run("image", &rows);
}
