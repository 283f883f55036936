/* item_image: one entry of images. It is compared with full names: what could never be one is an error, not a dead line. */
#include <string.h>

#include "policy_internal.h"

static bool refuse(struct complaint *complaint, const char *reason, const char *remedy)
{
	complaint->reason = reason;
	complaint->remedy = remedy;
	return false;
}

static const char *lower(struct arena *arena, const char *text)
{
	char *copy = arena_strdup(arena, text);

	for (char *byte = copy; *byte != '\0'; byte++) {
		if (*byte >= 'A' && *byte <= 'Z')
			*byte = (char)(*byte - 'A' + 'a');
	}
	return copy;
}

/* The path behind "oci:" or "docker-archive:", or NULL. */
static const char *transport_path(const char *text)
{
	static const char *const transports[] = { "oci:", "docker-archive:" };

	for (size_t i = 0; i < ARRAY_COUNT(transports); i++) {
		if (strncmp(text, transports[i], strlen(transports[i])) == 0)
			return text + strlen(transports[i]);
	}
	return NULL;
}

/* The name without what only a reference has: digest or tag. NULL when there is neither. */
static const char *without_tag(struct arena *arena, const char *text)
{
	const char *slash = strrchr(text, '/');
	const char *mark = strchr(text, '@');

	if (mark == NULL)
		mark = strchr(slash == NULL ? text : slash, ':');
	return mark == NULL ? NULL : arena_strndup(arena, text, (size_t)(mark - text));
}

/* True when the first component can be a registry: docker takes one with a point, a port, or localhost. */
static bool has_registry(struct arena *arena, const char *text)
{
	const char *slash = strchr(text, '/');
	const char *first;

	if (slash == NULL)
		return false;
	first = arena_strndup(arena, text, (size_t)(slash - text));
	return strpbrk(first, ".:*?") != NULL || strcmp(first, "localhost") == 0;
}

/* ${text} as docker would complete it: docker.io/library/nginx. */
static const char *complete(struct arena *arena, const char *text)
{
	const char *hub = "docker.io/", *old_hub = "index.docker.io/";

	if (strncmp(text, old_hub, strlen(old_hub)) == 0)
		text += strlen(old_hub);
	else if (strncmp(text, hub, strlen(hub)) == 0)
		text += strlen(hub);
	else if (has_registry(arena, text))
		return text;
	return arena_printf(arena, "%s%s%s", hub, strchr(text, '/') == NULL ? "library/" : "", text);
}

bool item_image(struct arena *arena, const char *text, struct complaint *ret_complaint)
{
	const char *path = transport_path(text), *rootfs = "rootfs:";
	const char *bare;

	if (strcmp(text, "*") == 0 || strcmp(text, "**") == 0)
		return true;
	if (path != NULL && path[0] == '/' && path_is_clean(path))
		return true;
	if (path != NULL)
		return refuse(ret_complaint, "names no absolute, clean path", "write oci:/DIRECTORY or docker-archive:/FILE, without a tag");
	if (strncmp(text, rootfs, strlen(rootfs)) == 0)
		return refuse(ret_complaint, "is a directory, and those are granted by allow.rootfs",
			      arena_printf(arena, "write allow: {rootfs: [%s]}", text + strlen(rootfs)));
	if (strcmp(lower(arena, text), text) != 0)
		return refuse(ret_complaint, "has capitals, and names of images have none",
			      arena_printf(arena, "write %s", lower(arena, text)));
	bare = without_tag(arena, text);
	if (bare != NULL)
		return refuse(ret_complaint, "has a tag or digest, and names are compared without",
			      arena_printf(arena, "write %s", complete(arena, bare)));
	if (text[0] == '\0' || text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789._-/:*?")] != '\0')
		return refuse(ret_complaint, "is not the name of an image", "write as in docker.io/library/nginx");
	if (text[0] == '*' || (strncmp(text, "docker.io/", 10) == 0 && strpbrk(text, "*?") != NULL))
		return true;
	if (strcmp(complete(arena, text), text) != 0)
		return refuse(ret_complaint, "is not the full name of an image and would never match",
			      arena_printf(arena, "write %s", complete(arena, text)));
	return true;
}
