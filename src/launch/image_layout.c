/* Reading OCI image layouts. Everything named by a digest is checked against it: a layout may come from anybody. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <jansson.h>
#include <sha2.h>

#include "launch_internal.h"

enum { INDEX_BYTES_MAX = 4 << 20, BLOB_BYTES_MAX = 4 << 20, HEX_LENGTH = 64 };
#define REF_NAME "org.opencontainers.image.ref.name"

bool layout_digest_is_valid(const char *digest)
{
	return digest && strncmp(digest, "sha256:", 7) == 0 && strspn(digest + 7, "0123456789abcdef") == HEX_LENGTH &&
	       digest[LAYOUT_DIGEST_LENGTH] == '\0';
}

const char *layout_digest_of(struct arena *arena, const void *bytes, size_t length)
{
	char hex[SHA256_DIGEST_STRING_LENGTH];

	(void)SHA256Data(bytes, length, hex);
	return arena_printf(arena, "sha256:%s", hex);
}

static const char *ref_name(const json_t *descriptor)
{
	return json_string_value(json_object_get(json_object_get(descriptor, "annotations"), REF_NAME));
}

static const char *pick(const json_t *manifests, const char *tag, size_t *ret_matches)
{
	const char *digest = NULL;

	*ret_matches = 0;
	for (size_t i = 0; i < json_array_size(manifests); i++) {
		const json_t *descriptor = json_array_get(manifests, i);
		const char *name = ref_name(descriptor);

		if (tag && (!name || strcmp(name, tag) != 0))
			continue;
		digest = json_string_value(json_object_get(descriptor, "digest"));
		(*ret_matches)++;
	}
	return digest;
}

int layout_find(struct arena *arena, int layout, const char *name, const char *tag, const char **ret_digest, struct error *err)
{
	const char *text = descriptors_read_file(arena, layout, "index.json", INDEX_BYTES_MAX);
	const char *digest;
	size_t matches;
	json_t *index;
	int result;

	if (!text)
		return error_set(err, arena, ERROR_MISSING, "no such image: %s (its index.json cannot be read: %s)", name, strerror(errno));
	index = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	digest = pick(json_object_get(index, "manifests"), tag, &matches);
	if (matches == 0)
		result = error_set(err, arena, ERROR_MISSING, "no such image: %s (the layout has %s%s)", name,
				   tag ? "no tag " : "no image", tag ? string_printable(arena, tag, 80) : "");
	else if (matches > 1)
		result = error_set(err, arena, ERROR_MISSING, "the layout %s has several images: name one by its tag", name);
	else if (!layout_digest_is_valid(digest))
		result = error_set(err, arena, ERROR_UNSUPPORTED, "the image %s has a digest that is not sha256", name);
	else
		result = 0;
	if (result == 0)
		*ret_digest = arena_strdup(arena, digest);
	json_decref(index);
	return result;
}

int layout_read_blob(struct arena *arena, int layout, const char *digest, char **ret_bytes, struct error *err)
{
	char *bytes;

	if (!layout_digest_is_valid(digest))
		return error_set(err, arena, ERROR_UNSUPPORTED, "the image has a digest that is not sha256");
	bytes = descriptors_read_file(arena, layout, arena_printf(arena, "blobs/sha256/%s", digest + 7), BLOB_BYTES_MAX);
	if (!bytes)
		return error_set(err, arena, ERROR_MISSING, "the image lacks its blob %s: %s", digest, strerror(errno));
	/* A NUL ends the text early, and then the digest is not this one: such a document is refused. */
	if (strcmp(layout_digest_of(arena, bytes, strlen(bytes)), digest) != 0)
		return error_set(err, arena, ERROR_UNTRUSTED, "the image's blob %s is not what its name says", digest);
	*ret_bytes = bytes;
	return 0;
}

int layout_config_digest(struct arena *arena, const char *manifest_json, const char **ret_digest, struct error *err)
{
	json_t *manifest = json_loads(manifest_json, 0, NULL);
	const char *digest = json_string_value(json_object_get(json_object_get(manifest, "config"), "digest"));
	bool is_valid = layout_digest_is_valid(digest);

	if (is_valid)
		*ret_digest = arena_strdup(arena, digest);
	json_decref(manifest);
	return is_valid ? 0 : error_set(err, arena, ERROR_UNSUPPORTED, "the image's manifest names no configuration");
}

/* What an image does not say is not held against it: such images are as old as the specification. */
static bool is_other(const char *said, const char *ours)
{
	return said && *said && ours && strcmp(said, ours) != 0;
}

int layout_check_platform(struct arena *arena, const char *config_json, const char *name, const char *architecture,
			  struct error *err)
{
	json_t *config = json_loads(config_json, 0, NULL);
	const char *system = json_string_value(json_object_get(config, "os"));
	const char *processor = json_string_value(json_object_get(config, "architecture"));
	int result = 0;

	if (is_other(system, "linux") || is_other(processor, architecture)) {
		result = error_set(err, arena, ERROR_UNSUPPORTED, "the image %s is for %s/%s, and this machine is linux/%s", name,
				   string_printable(arena, system ? system : "linux", 40),
				   string_printable(arena, processor ? processor : "?", 40), architecture ? architecture : "?");
		err->remedy = "name an image for this machine";
	}
	json_decref(config);
	return result;
}
