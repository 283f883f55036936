/* mount: --mount. Source: docker/cli opts/mount.go; a key given twice is refused here, docker takes the last. */
#include "request_internal.h"

#include <string.h>

enum mount_key_id {
	MOUNT_KEY_TYPE,
	MOUNT_KEY_SOURCE,
	MOUNT_KEY_TARGET,
	MOUNT_KEY_READ_ONLY,
	MOUNT_KEY_CONSISTENCY,
	MOUNT_KEY_PROPAGATION,
	MOUNT_KEY_NONRECURSIVE,
	MOUNT_KEY_RECURSIVE,
	MOUNT_KEY_NOCOPY,
	MOUNT_KEY_SUBPATH,
	MOUNT_KEY_LABEL,
	MOUNT_KEY_DRIVER,
	MOUNT_KEY_OPTION,
	MOUNT_KEY_IMAGE_SUBPATH,
	MOUNT_KEY_SIZE,
	MOUNT_KEY_MODE,
	MOUNT_KEY_COUNT
};

struct mount_key {
	const char *name;
	enum mount_key_id id;
	bool may_be_bare;     /* without '=': means true */
	bool may_repeat;
	enum mount_type only; /* the one type it goes with; MOUNT_TYPE_COUNT: any */
};

static const struct mount_key mount_keys[] = {
	{ "type", MOUNT_KEY_TYPE, false, false, MOUNT_TYPE_COUNT },
	{ "source", MOUNT_KEY_SOURCE, false, false, MOUNT_TYPE_COUNT },
	{ "src", MOUNT_KEY_SOURCE, false, false, MOUNT_TYPE_COUNT },
	{ "target", MOUNT_KEY_TARGET, false, false, MOUNT_TYPE_COUNT },
	{ "dst", MOUNT_KEY_TARGET, false, false, MOUNT_TYPE_COUNT },
	{ "destination", MOUNT_KEY_TARGET, false, false, MOUNT_TYPE_COUNT },
	{ "readonly", MOUNT_KEY_READ_ONLY, true, false, MOUNT_TYPE_COUNT },
	{ "ro", MOUNT_KEY_READ_ONLY, true, false, MOUNT_TYPE_COUNT },
	{ "consistency", MOUNT_KEY_CONSISTENCY, false, false, MOUNT_TYPE_COUNT },
	{ "bind-propagation", MOUNT_KEY_PROPAGATION, false, false, MOUNT_BIND },
	{ "bind-nonrecursive", MOUNT_KEY_NONRECURSIVE, true, false, MOUNT_BIND },
	{ "bind-recursive", MOUNT_KEY_RECURSIVE, false, false, MOUNT_BIND },
	{ "volume-nocopy", MOUNT_KEY_NOCOPY, true, false, MOUNT_VOLUME },
	{ "volume-subpath", MOUNT_KEY_SUBPATH, false, false, MOUNT_VOLUME },
	{ "volume-label", MOUNT_KEY_LABEL, false, true, MOUNT_VOLUME },
	{ "volume-driver", MOUNT_KEY_DRIVER, false, false, MOUNT_VOLUME },
	{ "volume-opt", MOUNT_KEY_OPTION, false, true, MOUNT_VOLUME },
	{ "image-subpath", MOUNT_KEY_IMAGE_SUBPATH, false, false, MOUNT_OTHER },
	{ "tmpfs-size", MOUNT_KEY_SIZE, false, false, MOUNT_TMPFS },
	{ "tmpfs-mode", MOUNT_KEY_MODE, false, false, MOUNT_TMPFS },
};

struct mount_reader {
	struct arena *arena;
	struct mount_request mount;
	const struct mount_key *seen[MOUNT_KEY_COUNT];
	const char *reason;
};

static bool mount_refuse(struct mount_reader *reader, const char *format, ...) PRINTF_LIKE(2, 3) SELDOM;

static bool mount_refuse(struct mount_reader *reader, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	reader->reason = arena_vprintf(reader->arena, format, arguments);
	va_end(arguments);
	return false;
}

static const struct mount_key *mount_key_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_COUNT(mount_keys); i++) {
		if (strcmp(name, mount_keys[i].name) == 0)
			return &mount_keys[i];
	}
	return NULL;
}

static bool mount_refuse_key(struct mount_reader *reader, const char *name)
{
	const char *names[ARRAY_COUNT(mount_keys)];
	const char *nearest;

	for (size_t i = 0; i < ARRAY_COUNT(mount_keys); i++)
		names[i] = mount_keys[i].name;
	nearest = string_nearest(name, names, ARRAY_COUNT(names));
	if (nearest != NULL)
		return mount_refuse(reader, "'%s' is not a key of --mount; did you mean '%s'?", name, nearest);
	return mount_refuse(reader, "'%s' is not a key of --mount", name);
}

static bool mount_read_type(struct mount_reader *reader, const char *value)
{
	static const struct {
		const char *name;
		enum mount_type type;
	} types[] = { { "bind", MOUNT_BIND }, { "volume", MOUNT_VOLUME }, { "tmpfs", MOUNT_TMPFS } };

	value = request_fold(reader->arena, value);
	if (value[0] == '\0')
		return mount_refuse(reader, "its type is empty");
	reader->mount.type = MOUNT_OTHER;
	reader->mount.type_name = value;
	for (size_t i = 0; i < ARRAY_COUNT(types); i++) {
		if (strcmp(value, types[i].name) == 0)
			reader->mount.type = types[i].type;
	}
	return true;
}

static bool mount_read_word(struct mount_reader *reader, const char *value, const char *const *words)
{
	value = request_fold(reader->arena, value);
	for (; *words != NULL; words++) {
		if (strcmp(value, *words) == 0)
			return true;
	}
	return mount_refuse(reader, "'%s' is not a value that docker knows there", value);
}

static bool mount_read_bool(struct mount_reader *reader, const char *value, bool *ret_value)
{
	return parse_bool(value, ret_value) || mount_refuse(reader, "'%s' is neither true nor false", value);
}

static bool mount_read_propagation(struct mount_reader *reader, const char *value)
{
	static const char *const words[] = { "private", "rprivate", "slave", "rslave", "shared", "rshared", NULL };

	reader->mount.propagation = request_fold(reader->arena, value);
	return mount_read_word(reader, value, words);
}

static bool mount_read_size(struct mount_reader *reader, const char *value)
{
	reader->mount.has_size = true;
	if (!parse_size(value, &reader->mount.size_bytes))
		return mount_refuse(reader, "'%s' is not a size", value);
	return reader->mount.size_bytes > 0 || mount_refuse(reader, "a size of 0 means no limit");
}

/* Keys that are understood, never passed on, and refused by name later. */
static bool mount_keep(struct mount_reader *reader, const struct mount_key *key, const char *value)
{
	const char *kept = value == NULL ? key->name : arena_printf(reader->arena, "%s=%s", key->name, value);

	string_list_add(reader->arena, &reader->mount.other, kept);
	return true;
}

static bool mount_read_value(struct mount_reader *reader, const struct mount_key *key, const char *value)
{
	static const char *const consistencies[] = { "default", "consistent", "cached", "delegated", NULL };

	switch (key->id) {
	case MOUNT_KEY_TYPE:
		return mount_read_type(reader, value);
	case MOUNT_KEY_SOURCE:
		reader->mount.source = value;
		return value[0] != '\0' || mount_refuse(reader, "its source is empty");
	case MOUNT_KEY_TARGET:
		reader->mount.target = value;
		return true;
	case MOUNT_KEY_READ_ONLY:
		reader->mount.is_read_only_given = true;
		return mount_read_bool(reader, value == NULL ? "true" : value, &reader->mount.is_read_only);
	case MOUNT_KEY_CONSISTENCY:
		return mount_read_word(reader, value, consistencies);
	case MOUNT_KEY_PROPAGATION:
		return mount_read_propagation(reader, value);
	case MOUNT_KEY_NOCOPY:
		return mount_read_bool(reader, value == NULL ? "true" : value, &reader->mount.is_nocopy);
	case MOUNT_KEY_SIZE:
		return mount_read_size(reader, value);
	case MOUNT_KEY_MODE:
		reader->mount.has_mode = true;
		return request_parse_mode(value, &reader->mount.mode) ||
		       mount_refuse(reader, "'%s' is not an octal mode", value);
	case MOUNT_KEY_NONRECURSIVE:
	case MOUNT_KEY_RECURSIVE:
	case MOUNT_KEY_SUBPATH:
	case MOUNT_KEY_LABEL:
	case MOUNT_KEY_DRIVER:
	case MOUNT_KEY_OPTION:
	case MOUNT_KEY_IMAGE_SUBPATH:
	case MOUNT_KEY_COUNT:
		break;
	}
	return mount_keep(reader, key, value);
}

static bool mount_read_field(struct mount_reader *reader, const char *field)
{
	struct pair_request pair = request_cut(reader->arena, field, "=");
	const char *name = request_fold(reader->arena, pair.name);
	const struct mount_key *key = mount_key_find(name);

	if (key == NULL)
		return mount_refuse_key(reader, name);
	if (pair.value == NULL && !key->may_be_bare)
		return mount_refuse(reader, "'%s' needs a value", name);
	if (reader->seen[key->id] != NULL && !key->may_repeat)
		return mount_refuse(reader, "'%s' is given twice", name);
	reader->seen[key->id] = key;
	/* Newer clients trim a value's blanks and older ones keep them: nobody means the latter. */
	if (pair.value != NULL && pair.value[0] != '\0' &&
	    (strchr(" \t", pair.value[0]) != NULL || strchr(" \t", pair.value[strlen(pair.value) - 1]) != NULL))
		return mount_refuse(reader, "the value of '%s' begins or ends with a blank", name);
	return mount_read_value(reader, key, pair.value);
}

/* docker refuses keys of one type on another; so do we, also where the key alone would do nothing. */
static bool mount_check_types(struct mount_reader *reader)
{
	for (size_t i = 0; i < MOUNT_KEY_COUNT; i++) {
		const struct mount_key *key = reader->seen[i];

		if (key != NULL && key->only != MOUNT_TYPE_COUNT && key->only != reader->mount.type)
			return mount_refuse(reader, "'%s' does not go with that type of mount", key->name);
	}
	return true;
}

/* --mount takes "." and "./x" below the working directory, but not "../x": older and newer clients differ. */
static bool mount_check_source(struct mount_reader *reader)
{
	const char *source = reader->mount.source;

	if (reader->mount.type != MOUNT_BIND || source == NULL || source[0] != '.')
		return true;
	if (source[1] == '\0' || source[1] == '/')
		return true;
	return mount_refuse(reader, "docker takes '.' and './' at the start of a --mount source, but not '%s'", source);
}

bool request_parse_mount(struct arena *arena, const char *text, struct mount_request *ret_mount, const char **ret_reason)
{
	struct mount_reader reader = { .arena = arena, .mount = { .type = MOUNT_VOLUME, .type_name = "volume" } };
	struct string_list fields;
	bool is_good = request_split_csv(arena, text, &fields, &reader.reason);

	for (size_t i = 0; is_good && i < fields.count; i++)
		is_good = mount_read_field(&reader, fields.items[i]);
	is_good = is_good && mount_check_types(&reader) && mount_check_source(&reader) &&
		  request_finish_mount(&reader.mount, &reader.reason);
	if (is_good)
		*ret_mount = reader.mount;
	else
		*ret_reason = reader.reason;
	return is_good;
}
