/* volume: -v, and what all three mount flags have in common. Source: docker/cli cli/compose/loader/volume.go. */
#include "request_internal.h"

#include <string.h>

enum {
	VOLUME_NAME_BYTES_MAX = 255, /* a directory of that name is made */
	MODE_MAX = 07777,
};

bool request_parse_mode(const char *text, unsigned *ret_mode)
{
	unsigned mode = 0;

	if (text[0] == '\0')
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '7')
			return false;
		mode = mode * 8 + (unsigned)(*text - '0');
		if (mode > MODE_MAX)
			return false;
	}
	*ret_mode = mode;
	return true;
}

/* Engines take names of this form only. Source: moby volume/local, RestrictedNamePattern. */
static bool volume_name_is_valid(const char *name)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
	const size_t length = strlen(name);

	return length >= 2 && length <= VOLUME_NAME_BYTES_MAX && strspn(name, letters) == length &&
	       strchr("_.-", name[0]) == NULL;
}

static const char *volume_name_reason(const char *name)
{
	if (strchr(name, '$') != NULL)
		return "a '$' in it was not expanded by the shell, and docker does not expand it either: write the path out";
	if (strchr(name, '/') != NULL)
		return "its source is neither a path (which begins with '/' or './') nor the name of a volume";
	return "the name of a volume is at least two of A-Z a-z 0-9 _ . - and begins with a letter or digit";
}

static bool finish_volume(struct mount_request *mount, const char **ret_reason)
{
	if (mount->propagation != NULL) {
		*ret_reason = "mount propagation is for binds, not for volumes";
		return false;
	}
	if (mount->source == NULL) {
		mount->type = MOUNT_ANONYMOUS;
		return true;
	}
	mount->type = MOUNT_VOLUME;
	*ret_reason = volume_name_reason(mount->source);
	return volume_name_is_valid(mount->source);
}

static bool finish_bind(const struct mount_request *mount, const char **ret_reason)
{
	*ret_reason = "a bind needs a source";
	if (mount->source == NULL || mount->source[0] == '\0')
		return false;
	*ret_reason = "the source of a bind is a path that begins with '/' or '.'";
	if (strchr("/.~", mount->source[0]) == NULL)
		return false;
	*ret_reason = "'nocopy' is for volumes, not for binds";
	return !mount->is_nocopy;
}

bool request_finish_mount(struct mount_request *mount, const char **ret_reason)
{
	*ret_reason = "it names no target in the container";
	if (mount->target == NULL || mount->target[0] == '\0')
		return false;
	*ret_reason = "its target in the container is not an absolute path";
	if (mount->target[0] != '/')
		return false;
	switch (mount->type) {
	case MOUNT_BIND:
		return finish_bind(mount, ret_reason);
	case MOUNT_VOLUME:
	case MOUNT_ANONYMOUS:
		return finish_volume(mount, ret_reason);
	case MOUNT_TMPFS:
		*ret_reason = "a tmpfs has no source";
		return mount->source == NULL;
	case MOUNT_OTHER:
	case MOUNT_TYPE_COUNT:
		break;
	}
	return true;
}

enum volume_option {
	VOLUME_OPTION_ACCESS,
	VOLUME_OPTION_RELABEL,
	VOLUME_OPTION_PROPAGATION,
	VOLUME_OPTION_COPY,
	VOLUME_OPTION_CONSISTENCY, /* of Docker Desktop; without effect on Linux */
	VOLUME_OPTION_COUNT
};

static const struct {
	const char *name;
	enum volume_option option;
} volume_options[] = {
	{ "ro", VOLUME_OPTION_ACCESS },
	{ "rw", VOLUME_OPTION_ACCESS },
	{ "z", VOLUME_OPTION_RELABEL },
	{ "Z", VOLUME_OPTION_RELABEL },
	{ "private", VOLUME_OPTION_PROPAGATION },
	{ "rprivate", VOLUME_OPTION_PROPAGATION },
	{ "slave", VOLUME_OPTION_PROPAGATION },
	{ "rslave", VOLUME_OPTION_PROPAGATION },
	{ "shared", VOLUME_OPTION_PROPAGATION },
	{ "rshared", VOLUME_OPTION_PROPAGATION },
	{ "nocopy", VOLUME_OPTION_COPY },
	{ "consistent", VOLUME_OPTION_CONSISTENCY },
	{ "cached", VOLUME_OPTION_CONSISTENCY },
	{ "delegated", VOLUME_OPTION_CONSISTENCY },
};

static enum volume_option volume_option_find(const char *word)
{
	for (size_t i = 0; i < ARRAY_COUNT(volume_options); i++) {
		if (strcmp(word, volume_options[i].name) == 0)
			return volume_options[i].option;
	}
	return VOLUME_OPTION_COUNT;
}

static void volume_set_option(struct mount_request *mount, enum volume_option option, const char *word)
{
	switch (option) {
	case VOLUME_OPTION_ACCESS:
		mount->is_read_only = strcmp(word, "ro") == 0;
		mount->is_read_only_given = true;
		break;
	case VOLUME_OPTION_RELABEL:
		mount->relabel = word;
		break;
	case VOLUME_OPTION_PROPAGATION:
		mount->propagation = word;
		break;
	case VOLUME_OPTION_COPY:
		mount->is_nocopy = true;
		break;
	case VOLUME_OPTION_CONSISTENCY:
	case VOLUME_OPTION_COUNT:
		break;
	}
}

static bool volume_read_options(struct arena *arena, const char *text, struct mount_request *mount, const char **ret_reason)
{
	const struct string_list words = request_split(arena, text, ',');
	bool is_seen[VOLUME_OPTION_COUNT] = { false };

	for (size_t i = 0; i < words.count; i++) {
		enum volume_option option = volume_option_find(words.items[i]);

		if (option == VOLUME_OPTION_COUNT) {
			*ret_reason = arena_printf(arena, "'%s' is not an option of -v", words.items[i]);
			return false;
		}
		if (is_seen[option]) {
			*ret_reason = arena_printf(arena, "'%s' repeats or contradicts an option before it", words.items[i]);
			return false;
		}
		is_seen[option] = true;
		volume_set_option(mount, option, words.items[i]);
	}
	return true;
}

bool request_parse_volume(struct arena *arena, const char *text, struct mount_request *ret_mount, const char **ret_reason)
{
	const struct string_list parts = request_split(arena, text, ':');
	struct mount_request mount = { .type = MOUNT_VOLUME, .type_name = "volume" };

	*ret_reason = "it has more than two colons: for a path with a colon use --mount";
	if (parts.count > 3)
		return false;
	*ret_reason = "a part of it is empty: write SOURCE:TARGET[:OPTIONS]";
	for (size_t i = 0; i < parts.count; i++) {
		if (parts.items[i][0] == '\0')
			return false;
	}
	mount.target = parts.items[parts.count > 1];
	if (parts.count > 1) {
		mount.source = parts.items[0];
		*ret_reason = "docker reads a source of one letter as a Windows drive";
		if (mount.source[1] == '\0' && strchr("./~", mount.source[0]) == NULL)
			return false;
		if (strchr("./~", mount.source[0]) != NULL) {
			mount.type = MOUNT_BIND;
			mount.type_name = "bind";
		}
	}
	if (parts.count > 2 && !volume_read_options(arena, parts.items[2], &mount, ret_reason))
		return false;
	if (!request_finish_mount(&mount, ret_reason))
		return false;
	*ret_mount = mount;
	return true;
}
