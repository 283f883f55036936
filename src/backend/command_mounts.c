/* Mounts for docker and podman. */
#include "backend_internal.h"

#include <inttypes.h>
#include <string.h>

const char *command_csv(struct arena *arena, const char *key, const char *value)
{
	struct text text;

	if (strpbrk(value, ",\"") == NULL)
		return arena_printf(arena, "%s=%s", key, value);
	text_init(&text, arena);
	text_addf(&text, "\"%s=", key);
	for (const char *c = value; *c != '\0'; c++) {
		if (*c == '"')
			text_add(&text, "\"");
		text_add_bytes(&text, c, 1);
	}
	text_add(&text, "\"");
	return text.data;
}

/* Newer clients refuse a value with blanks at its ends, older ones take it as it is. */
static bool value_is_trimmed(const char *value)
{
	size_t length = strlen(value);

	return length > 0 && strchr(" \t", value[0]) == NULL && strchr(" \t", value[length - 1]) == NULL;
}

/* Where the engine finds what was judged: the place where the launch room holds it, or its own. */
static const char *source_of(const struct command *command, size_t index)
{
	const char *const *held = command->launch->sources;

	return held != NULL && held[index] != NULL ? held[index] : command->plan->mounts[index].source;
}

static int add_mount(const struct command *command, size_t index)
{
	const struct plan_mount *mount = &command->plan->mounts[index];
	const char *source = source_of(command, index);
	bool is_bind = mount->type == PLAN_BIND;
	struct text text;

	if (!value_is_trimmed(source) || !value_is_trimmed(mount->target))
		return error_set(command->err, command->arena, ERROR_UNSUPPORTED,
				 "the mount at %s has a path that begins or ends with a blank: clients read it differently",
				 mount->target);
	if (command->is_podman && mount->is_nocopy)
		return error_set(command->err, command->arena, ERROR_UNSUPPORTED, "podman has no volume-nocopy");
	text_init(&text, command->arena);
	text_addf(&text, "type=%s,%s", is_bind ? "bind" : "volume", command_csv(command->arena, "source", source));
	text_addf(&text, ",%s", command_csv(command->arena, "target", mount->target));
	if (mount->is_read_only)
		text_add(&text, ",readonly");
	if (is_bind)
		text_add(&text, ",bind-propagation=rprivate");
	if (is_bind && command->is_podman)
		text_add(&text, ",nosuid,nodev");
	if (mount->is_nocopy)
		text_add(&text, ",volume-nocopy");
	command_option(command, "--mount", text.data);
	return 0;
}

/*
 * docker hands the owner to the kernel. podman does not know uid= and gid=, but its U means the run user; and it copies what the
 * image has at that place unless told not to.
 */
static int add_tmpfs(const struct command *command, const struct plan_mount *mount)
{
	struct arena *arena = command->arena;
	const struct plan *plan = command->plan;
	const char *owner = arena_printf(arena, "uid=%" PRIu32 ",gid=%" PRIu32, mount->uid, mount->gid);

	if (strchr(mount->target, ':') != NULL)
		return error_set(command->err, arena, ERROR_UNSUPPORTED, "%s has a colon, and --tmpfs ends the path there",
				 mount->target);
	if (command->is_podman) {
		if (mount->uid != plan->uid || mount->gid != plan->gid)
			return error_set(command->err, arena, ERROR_UNSUPPORTED,
					 "podman can give the tmpfs at %s to the run user only", mount->target);
		owner = "notmpcopyup,U";
	}
	command_option(command, "--tmpfs", arena_printf(arena, "%s:%s,%s,nosuid,nodev,size=%" PRId64 ",mode=%04o,%s", mount->target,
							 mount->is_read_only ? "ro" : "rw", mount->is_exec ? "exec" : "noexec",
							 mount->size_bytes, mount->mode, owner));
	return 0;
}

static void add_own(const struct command *command, const char *source, const char *target)
{
	if (source != NULL)
		command_option(command, "--mount", arena_printf(command->arena, "type=bind,%s,target=%s,readonly,bind-propagation=rprivate",
								command_csv(command->arena, "source", source), target));
}

int command_mounts(const struct command *command)
{
	for (size_t i = 0; i < command->plan->mount_count; i++) {
		const struct plan_mount *mount = &command->plan->mounts[i];
		bool is_there = command->launch->sources != NULL && command->launch->sources[i] != NULL && !*command->launch->sources[i];
		int result = is_there ? 0 : mount->type == PLAN_TMPFS ? add_tmpfs(command, mount) : add_mount(command, i);

		if (result < 0)
			return result;
	}
	add_own(command, command->launch->notify_source, BACKEND_NOTIFY_TARGET);
	add_own(command, command->launch->secrets_source, BACKEND_SECRETS_TARGET);
	return 0;
}
