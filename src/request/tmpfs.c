/* tmpfs: --tmpfs TARGET[:OPTIONS]. Source: moby daemon, MergeTmpfsOptions; tmpfs(5). */
#include "request_internal.h"

#include <string.h>

enum tmpfs_option {
	TMPFS_ACCESS, /* ro, rw */
	TMPFS_EXEC,
	TMPFS_SUID,
	TMPFS_DEV,
	TMPFS_SIZE,
	TMPFS_MODE,
	TMPFS_UID,
	TMPFS_GID,
	TMPFS_OTHER, /* understood, never passed on */
	TMPFS_COUNT
};

static const struct tmpfs_word {
	const char *name;
	enum tmpfs_option option;
	bool has_value;
	bool is_on; /* of a pair such as exec and noexec, the dangerous one; for access, "ro" */
} tmpfs_words[] = {
	{ "ro", TMPFS_ACCESS, false, true },     { "rw", TMPFS_ACCESS, false, false },
	{ "exec", TMPFS_EXEC, false, true },     { "noexec", TMPFS_EXEC, false, false },
	{ "suid", TMPFS_SUID, false, true },     { "nosuid", TMPFS_SUID, false, false },
	{ "dev", TMPFS_DEV, false, true },       { "nodev", TMPFS_DEV, false, false },
	{ "size", TMPFS_SIZE, true, false },     { "mode", TMPFS_MODE, true, false },
	{ "uid", TMPFS_UID, true, false },       { "gid", TMPFS_GID, true, false },
	{ "nr_inodes", TMPFS_OTHER, true, false },  { "nr_blocks", TMPFS_OTHER, true, false },
	{ "mpol", TMPFS_OTHER, true, false },    { "huge", TMPFS_OTHER, true, false },
	{ "sync", TMPFS_OTHER, false, false },   { "async", TMPFS_OTHER, false, false },
	{ "dirsync", TMPFS_OTHER, false, false },   { "remount", TMPFS_OTHER, false, false },
	{ "mand", TMPFS_OTHER, false, false },   { "nomand", TMPFS_OTHER, false, false },
	{ "atime", TMPFS_OTHER, false, false },  { "noatime", TMPFS_OTHER, false, false },
	{ "diratime", TMPFS_OTHER, false, false },  { "nodiratime", TMPFS_OTHER, false, false },
	{ "relatime", TMPFS_OTHER, false, false },  { "norelatime", TMPFS_OTHER, false, false },
	{ "strictatime", TMPFS_OTHER, false, false }, { "nostrictatime", TMPFS_OTHER, false, false },
	{ "bind", TMPFS_OTHER, false, false },   { "rbind", TMPFS_OTHER, false, false },
	{ "private", TMPFS_OTHER, false, false },   { "rprivate", TMPFS_OTHER, false, false },
	{ "shared", TMPFS_OTHER, false, false },    { "rshared", TMPFS_OTHER, false, false },
	{ "slave", TMPFS_OTHER, false, false },  { "rslave", TMPFS_OTHER, false, false },
	{ "unbindable", TMPFS_OTHER, false, false }, { "runbindable", TMPFS_OTHER, false, false },
};

static const struct tmpfs_word *tmpfs_word_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_COUNT(tmpfs_words); i++) {
		if (strcmp(name, tmpfs_words[i].name) == 0)
			return &tmpfs_words[i];
	}
	return NULL;
}

/* Sets one option that takes a value; false when the value is not of its grammar. */
static bool tmpfs_set_value(struct mount_request *mount, enum tmpfs_option option, const char *value)
{
	switch (option) {
	case TMPFS_SIZE:
		mount->has_size = true;
		/* 0 means "no limit" to the kernel. */
		return parse_size(value, &mount->size_bytes) && mount->size_bytes > 0;
	case TMPFS_MODE:
		mount->has_mode = true;
		return request_parse_mode(value, &mount->mode);
	case TMPFS_UID:
		mount->has_uid = true;
		return request_parse_id(value, &mount->uid);
	case TMPFS_GID:
		mount->has_gid = true;
		return request_parse_id(value, &mount->gid);
	case TMPFS_ACCESS:
	case TMPFS_EXEC:
	case TMPFS_SUID:
	case TMPFS_DEV:
	case TMPFS_OTHER:
	case TMPFS_COUNT:
		break;
	}
	return true;
}

static void tmpfs_set_switch(struct mount_request *mount, const struct tmpfs_word *word)
{
	switch (word->option) {
	case TMPFS_ACCESS:
		mount->is_read_only = word->is_on;
		mount->is_read_only_given = true;
		break;
	case TMPFS_EXEC:
		mount->is_exec = word->is_on;
		break;
	case TMPFS_SUID:
		mount->is_suid = word->is_on;
		break;
	case TMPFS_DEV:
		mount->is_dev = word->is_on;
		break;
	case TMPFS_SIZE:
	case TMPFS_MODE:
	case TMPFS_UID:
	case TMPFS_GID:
	case TMPFS_OTHER:
	case TMPFS_COUNT:
		break;
	}
}

static bool tmpfs_read_option(struct arena *arena, const char *text, struct mount_request *mount, bool *is_seen,
			      const char **ret_reason)
{
	struct pair_request pair = request_cut(arena, text, "=");
	const struct tmpfs_word *word = tmpfs_word_find(pair.name);

	*ret_reason = arena_printf(arena, "'%s' is not an option of a tmpfs", text);
	if (word == NULL || word->has_value != (pair.value != NULL))
		return false;
	*ret_reason = arena_printf(arena, "'%s' repeats or contradicts an option before it", text);
	if (is_seen[word->option])
		return false;
	if (word->option == TMPFS_OTHER) {
		string_list_add(arena, &mount->other, text);
		return true;
	}
	is_seen[word->option] = true;
	tmpfs_set_switch(mount, word);
	*ret_reason = arena_printf(arena, "'%s' has no value that can be used there", text);
	return !word->has_value || tmpfs_set_value(mount, word->option, pair.value);
}

bool request_parse_tmpfs(struct arena *arena, const char *text, struct mount_request *ret_mount, const char **ret_reason)
{
	struct pair_request parts = request_cut(arena, text, ":");
	struct mount_request mount = { .type = MOUNT_TMPFS, .type_name = "tmpfs", .target = parts.name };
	bool is_seen[TMPFS_COUNT] = { false };

	if (parts.value != NULL) {
		const struct string_list options = request_split(arena, parts.value, ',');

		for (size_t i = 0; i < options.count; i++) {
			if (!tmpfs_read_option(arena, options.items[i], &mount, is_seen, ret_reason))
				return false;
		}
	}
	if (!request_finish_mount(&mount, ret_reason))
		return false;
	*ret_mount = mount;
	return true;
}
