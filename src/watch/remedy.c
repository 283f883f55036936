/* remedies: the smallest change that grants what was refused, in the words of whoever decided: policy, command line or host. */
#include "watch_internal.h"

#include <inttypes.h>
#include <string.h>

#define TMPFS_SIZE "16m"

static bool is_of_target(const struct plan_setting *setting, const char *target)
{
	const char *at = setting->value;
	const size_t length = strlen(target);

	if (target[length - 1] == '=')
		return strncmp(at, target, length) == 0;
	/* "TARGET:OPTIONS" or "SOURCE:TARGET:ACCESS" */
	while (at != NULL) {
		if (strncmp(at, target, length) == 0 && at[length] == ':')
			return true;
		at = strchr(at, ':');
		at = at != NULL ? at + 1 : NULL;
	}
	return false;
}

const struct plan_setting *watch_setting(const struct plan *plan, const char *key, const char *target)
{
	for (size_t i = 0; i < plan->setting_count; i++)
		if (strcmp(plan->settings[i].key, key) == 0 && (target == NULL || is_of_target(&plan->settings[i], target)))
			return &plan->settings[i];
	return NULL;
}

const struct plan_mount *watch_mount_of(const struct plan *plan, const char *path)
{
	const struct plan_mount *found = NULL;

	for (size_t i = 0; i < plan->mount_count; i++)
		if (path_is_within(path, plan->mounts[i].target) &&
		    (found == NULL || strlen(plan->mounts[i].target) >= strlen(found->target)))
			found = &plan->mounts[i];
	return found;
}

void watch_set_rule(struct arena *arena, struct watch_need *need, const struct plan_setting *setting, const char *key)
{
	need->rule = arena_printf(arena, "built-in: %s", key);
	if (setting == NULL)
		return;
	need->place = setting->place;
	switch (setting->origin) {
	case PLAN_FROM_POLICY:
		need->rule = arena_printf(arena, "defaults.%s", key);
		break;
	case PLAN_FROM_CEILING:
		need->rule = arena_printf(arena, "ceiling: allow.%s", key);
		break;
	case PLAN_FROM_FLAG:
		need->rule = arena_printf(arena, "the command line: %s", setting->source != NULL ? setting->source : key);
		break;
	case PLAN_FROM_FLOOR:
		need->rule = arena_printf(arena, "floor: %s", key);
		break;
	case PLAN_FROM_IMAGE:
		need->rule = "the image";
		break;
	case PLAN_FROM_BUILTIN:
	case PLAN_FROM_HOST:
	case PLAN_ORIGIN_COUNT:
		break;
	}
}

static void add_line(struct arena *arena, struct watch_need *need, const char *line, const char *remark)
{
	need->remedy = (struct watch_remedy){ .add = line, .text = arena_printf(arena, "add %s%s", line, remark) };
}

void remedy_capability(struct arena *arena, const char *capability, struct watch_need *need)
{
	const char *reason = NULL, *canonical = verdict_capability(capability, &reason);

	need->rule = "floor: all capabilities are dropped";
	if (canonical == NULL || reason != NULL)
		return;
	add_line(arena, need, arena_printf(arena, "defaults: {cap_add: [%s]}", canonical + strlen("CAP_")), "");
}

void remedy_place(struct arena *arena, const struct plan *plan, const struct watch_place *place, bool is_made_directory,
		  struct watch_need *need)
{
	const char *slash = strrchr(place->path, '/');
	const char *parent = slash > place->path ? arena_strndup(arena, place->path, (size_t)(slash - place->path)) : NULL;
	const bool can_be_itself = is_made_directory || (place->exists && place->is_directory);
	const char *target = NULL;

	watch_set_rule(arena, need, watch_setting(plan, "read_only", NULL), "read_only");
	if (parent != NULL && verdict_target_reason(parent) == NULL)
		target = parent;
	else if (can_be_itself && verdict_target_reason(place->path) == NULL)
		target = place->path;
	if (target == NULL) {
		need->reason = arena_printf(arena, "%s, and nothing is mounted here", need->reason);
		return;
	}
	add_line(arena, need, arena_printf(arena, "defaults: {tmpfs: [\"%s:size=" TMPFS_SIZE "\"]}", target),
		 place->exists ? " (what the image has there is hidden then; a volume would keep what is written)" : "");
}

void remedy_mount(struct arena *arena, const struct plan *plan, const struct plan_mount *mount, struct watch_need *need)
{
	const char *key = mount->type == PLAN_TMPFS ? "tmpfs" : "volumes";
	const struct plan_setting *setting = watch_setting(plan, key, mount->target);

	watch_set_rule(arena, need, setting, key);
	if (setting != NULL && setting->origin == PLAN_FROM_FLAG) {
		need->remedy.words = "the same without \"ro\"";
		need->remedy.text = arena_printf(arena, "leave \"ro\" out of %s, which allow.volumes must grant for writing",
						 setting->source != NULL ? setting->source : "the option");
		return;
	}
	need->remedy.writable = mount->target;
	need->remedy.text = arena_printf(arena, "take \":ro\" from the line of %s", mount->target);
}

/* "chown -R 65534:65534 /srv/data": of the source of a bind, which is the host's. */
static void remedy_chown(struct arena *arena, const struct watch_process *process, const struct plan_mount *mount,
			 struct watch_need *need)
{
	need->remedy.host = arena_printf(arena, "chown -R %" PRIu32 ":%" PRIu32 " %s", process->uid, process->gid,
					 shell_quote(arena, mount->source));
	need->remedy.text = arena_printf(arena, "on the host: %s", need->remedy.host);
}

void remedy_owner(struct arena *arena, const struct plan *plan, const struct watch_observed *observed,
		  const struct watch_owner *owner, struct watch_need *need)
{
	const struct plan_mount *mount = watch_mount_of(plan, need->subject);

	watch_set_rule(arena, need, watch_setting(plan, "user", NULL), "user");
	if (owner->uid == WATCH_ID_CALLER) {
		add_line(arena, need, "defaults: {user: caller}", "");
	} else if (owner->uid == WATCH_ID_NONE) {
		need->remedy.text = "give it to whoever calls hardrun, or to one of the ids that are the container's on the host";
	} else if (owner->uid != 0 && owner->uid != observed->process.uid && (owner->mode & 0700) != 0) {
		add_line(arena, need, arena_printf(arena, "defaults: {user: \"%" PRIu32 ":%" PRIu32 "\"}", owner->uid,
						   owner->gid != 0 ? owner->gid : owner->uid), "");
	} else if (mount != NULL && mount->type == PLAN_BIND && !observed->process.is_shifted) {
		remedy_chown(arena, &observed->process, mount, need);
	} else if (mount != NULL && mount->type == PLAN_VOLUME) {
		need->remedy.text = "give the volume to the container's user: it has the owner of the image's directory";
	} else if (mount == NULL && owner->uid == observed->process.uid) {
		need->remedy.text = "change the mode of the file in the image";
	}
}

void remedy_tmpfs(struct arena *arena, const struct plan *plan, const struct plan_mount *mount, bool is_exec, int64_t size,
		  struct watch_need *need)
{
	const struct plan_setting *setting = watch_setting(plan, "tmpfs", mount->target);
	const char *what = arena_printf(arena, "%s:size=%s%s", mount->target, format_size(arena, size), is_exec ? ",exec" : "");

	watch_set_rule(arena, need, setting, "tmpfs");
	if (setting != NULL && setting->origin == PLAN_FROM_FLAG) {
		need->remedy.words = arena_printf(arena, "--tmpfs %s", what);
		need->remedy.text = arena_printf(arena, "use %s", need->remedy.words);
		return;
	}
	need->remedy.add = arena_printf(arena, "defaults: {tmpfs: [\"%s\"]}", what);
	need->remedy.text = arena_printf(arena, "make that line \"%s\"", what);
}

void remedy_limit(struct arena *arena, const struct plan *plan, const char *key, const char *flag, const char *value,
		  struct watch_need *need)
{
	const bool is_nested = strcmp(key, "ulimits") == 0;
	const struct plan_setting *setting = watch_setting(plan, key, is_nested ? "nofile=" : NULL);

	watch_set_rule(arena, need, setting, key);
	if (setting != NULL && setting->origin == PLAN_FROM_FLAG) {
		need->remedy.words = is_nested ? arena_printf(arena, "%s nofile=%s", flag, strchr(value, ' ') + 1)
					       : arena_printf(arena, "%s %s", flag, value);
		need->remedy.text = arena_printf(arena, "use %s, as far as allow.%s reaches", need->remedy.words, key);
		return;
	}
	add_line(arena, need, arena_printf(arena, is_nested ? "defaults: {%s: {%s}}" : "defaults: {%s: %s}", key, value),
		 setting != NULL && setting->origin == PLAN_FROM_CEILING ? "; the ceiling would have to allow it too" : "");
}
