/* image: names of images. Source: distribution/reference normalize.go and regexp.go. */
#include "request_internal.h"

#include <string.h>

enum {
	IMAGE_NAME_BYTES_MAX = 255,
	IMAGE_TAG_BYTES_MAX = 128,
	SHA256_HEX_DIGITS = 64,
	SHORT_ID_DIGITS = 12,
	IMAGE_PATH_BYTES_MAX = 4095,
};

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* As `docker images` shows it. */
static bool is_short_id(const char *text)
{
	return strlen(text) == SHORT_ID_DIGITS && strspn(text, "0123456789abcdef") == SHORT_ID_DIGITS;
}

static bool is_hex64(const char *text)
{
	return strlen(text) == SHA256_HEX_DIGITS && strspn(text, DIGITS "abcdef") == SHA256_HEX_DIGITS;
}

static bool is_tag(const char *text)
{
	const size_t length = strlen(text);

	return length >= 1 && length <= IMAGE_TAG_BYTES_MAX && strspn(text, LOWER UPPER DIGITS "_.-") == length &&
	       strchr(".-", text[0]) == NULL;
}

/* [a-z0-9]+ joined by one '.', one or two '_', or any run of '-'. */
static bool is_path_component(const char *text)
{
	for (;;) {
		size_t letters = strspn(text, LOWER DIGITS), dashes, underscores;

		if (letters == 0)
			return false;
		text += letters;
		if (*text == '\0')
			return true;
		dashes = strspn(text, "-");
		underscores = strspn(text, "_");
		if (*text == '.')
			text++;
		else if (dashes > 0)
			text += dashes;
		else if (underscores == 1 || underscores == 2)
			text += underscores;
		else
			return false;
	}
}

static bool is_path(struct arena *arena, const char *text)
{
	const struct string_list components = request_split(arena, text, '/');

	for (size_t i = 0; i < components.count; i++) {
		if (!is_path_component(components.items[i]))
			return false;
	}
	return true;
}

/* Labels of letters, digits and inner dashes, joined by points, and a port. In lower case: DNS does not tell, patterns do. */
static bool is_domain(struct arena *arena, const char *text)
{
	struct pair_request pair = request_cut(arena, text, ":");
	const struct string_list labels = request_split(arena, pair.name, '.');
	uint64_t port;

	for (size_t i = 0; i < labels.count; i++) {
		const char *label = labels.items[i];
		const size_t length = strlen(label);

		if (length == 0 || strspn(label, LOWER DIGITS "-") != length || label[0] == '-' || label[length - 1] == '-')
			return false;
	}
	return pair.value == NULL || (parse_decimal(pair.value, &port) && port >= 1 && port <= UINT16_MAX);
}

/*
 * "oci:" and "docker-archive:" with a path. A path begins with '/' or '.', which no tag does: "oci:latest" stays an image.
 * A relative one is resolved by the host room, which replaces the name.
 */
static bool image_read_file(struct arena *arena, const char *text, struct image_name *image, const char **ret_reason)
{
	const bool is_layout = image->kind == IMAGE_OCI_LAYOUT;
	struct pair_request pair = request_cut(arena, text + (is_layout ? strlen("oci:") : strlen("docker-archive:")), ":");
	const char *prefix = is_layout ? "oci" : "docker-archive";

	pair.name = path_tidy(arena, pair.name);
	*ret_reason = "the path behind it has a '..', a blank or a comma in it, or is too long";
	if (pair.name[0] == '/' && (!path_is_clean(pair.name) || pair.name[1] == '\0'))
		return false;
	if (request_has_blank(pair.name) || strchr(pair.name, ',') != NULL || strlen(pair.name) > IMAGE_PATH_BYTES_MAX)
		return false;
	*ret_reason = is_layout ? "what follows the path is not a tag" : "an archive holds one image: no tag follows its path";
	if (pair.value != NULL && (!is_layout || !is_tag(pair.value)))
		return false;
	image->path = pair.name;
	image->tag = pair.value;
	image->name = arena_printf(arena, "%s:%s", prefix, pair.name);
	image->canonical = pair.value == NULL ? image->name : arena_printf(arena, "%s:%s", image->name, pair.value);
	return true;
}

/* Splits off the registry, as docker does: the first component is one when it has a '.' or ':' or is "localhost". */
static const char *image_split_domain(struct arena *arena, const char *name, struct image_name *image)
{
	const char *slash = strchr(name, '/');
	const char *first = slash == NULL ? "" : arena_strndup(arena, name, (size_t)(slash - name));

	image->domain = "docker.io";
	if (strpbrk(first, ".:") != NULL || strcmp(first, "localhost") == 0) {
		image->domain = strcmp(first, "index.docker.io") == 0 ? "docker.io" : first;
		name = slash + 1;
	}
	if (strcmp(image->domain, "docker.io") == 0 && strchr(name, '/') == NULL)
		return arena_printf(arena, "library/%s", name);
	return name;
}

static bool image_read_tag(struct arena *arena, const char *rest, struct image_name *image, const char **path,
			   const char **ret_reason)
{
	struct pair_request pair = request_cut(arena, rest, ":");

	*path = pair.name;
	image->tag = pair.value;
	*ret_reason = "a tag and a digest together: engines ignore the tag, so give the digest alone";
	if (pair.value != NULL && image->digest != NULL)
		return false;
	*ret_reason = "its tag is not at most 128 letters, digits, '_', '.' or '-'";
	if (pair.value != NULL && !is_tag(pair.value))
		return false;
	if (pair.value == NULL && image->digest == NULL)
		image->tag = "latest";
	return true;
}

static bool image_read_reference(struct arena *arena, const char *text, struct image_name *image, const char **ret_reason)
{
	struct pair_request parts = request_cut(arena, text, "@");
	const char *path;

	image->digest = parts.value;
	*ret_reason = "its digest is not sha256: with 64 digits of lower-case hexadecimal";
	if (image->digest != NULL && (strncmp(image->digest, "sha256:", 7) != 0 || !is_hex64(image->digest + 7)))
		return false;
	if (!image_read_tag(arena, image_split_domain(arena, parts.name, image), image, &path, ret_reason))
		return false;
	*ret_reason = "its registry is not a host name in lower case, with or without a port";
	if (!is_domain(arena, image->domain))
		return false;
	*ret_reason = "it is not the name of an image: [REGISTRY/]PATH[:TAG] in lower case";
	if (!is_path(arena, path))
		return false;
	image->name = arena_printf(arena, "%s/%s", image->domain, path);
	*ret_reason = "its name is longer than 255 bytes";
	if (strlen(image->name) > IMAGE_NAME_BYTES_MAX)
		return false;
	if (image->digest != NULL)
		image->canonical = arena_printf(arena, "%s@%s", image->name, image->digest);
	else
		image->canonical = arena_printf(arena, "%s:%s", image->name, image->tag);
	return true;
}

/* True when ${text} is ${prefix} and then a path. */
static bool has_path_after(const char *text, const char *prefix)
{
	const size_t length = strlen(prefix);

	return strncmp(text, prefix, length) == 0 && (text[length] == '/' || text[length] == '.');
}

bool request_parse_image(struct arena *arena, const char *text, struct image_name *ret_image, const char **ret_reason)
{
	struct image_name image = { .kind = IMAGE_REFERENCE };
	const bool is_layout = has_path_after(text, "oci:");
	bool is_good = false;

	if (text[0] == '\0') {
		*ret_reason = "it is empty";
	} else if (is_layout || has_path_after(text, "docker-archive:")) {
		image.kind = is_layout ? IMAGE_OCI_LAYOUT : IMAGE_DOCKER_ARCHIVE;
		is_good = image_read_file(arena, text, &image, ret_reason);
	} else if (is_hex64(text) || is_short_id(text) || (strncmp(text, "sha256:", 7) == 0 && is_hex64(text + 7))) {
		*ret_reason = "it is the id of a local image, which no policy can know: give its name";
	} else {
		is_good = image_read_reference(arena, text, &image, ret_reason);
	}
	if (is_good)
		*ret_image = image;
	return is_good;
}
