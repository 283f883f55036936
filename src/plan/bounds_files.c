/* bounds_files: mounts and the image. Sources are compared by what is held, which the kernel vouches for. */
#include "bounds.h"

#include <string.h>

/* ---- grants ---- */

/* *ret_is_literal: a grant that covers it spells the path. Without a ceiling all is granted. */
static bool is_granted(const struct bounds *bounds, const struct policy *by, const struct plan_mount *mount, bool *ret_is_literal)
{
	const struct host_path *path = mount->type == PLAN_BIND ? host_path_of(bounds->facts, mount->source) : NULL;
	bool is_found = false;

	*ret_is_literal = by == NULL;
	for (size_t i = 0; by != NULL && i < by->allow.volume_count; i++) {
		const struct policy_volume *grant = &by->allow.volumes[i];
		const char *pattern = mount->type == PLAN_BIND ? grant->source : grant->volume;

		if (pattern == NULL || (grant->target != NULL && !glob_match(grant->target, mount->target)) ||
		    (!grant->is_writable && !mount->is_read_only))
			continue;
		if (mount->type == PLAN_BIND ? !verdict_path_matches(pattern, mount->source, bounds->facts)
					     : !glob_match(pattern, mount->source))
			continue;
		if (grant->is_owned && path != NULL && path->owner_uid != bounds->facts->caller_uid)
			continue;
		is_found = true;
		*ret_is_literal = *ret_is_literal || !glob_has_wildcard(pattern);
	}
	return is_found || by == NULL;
}

/* The plan closes the git hooks of a directory that is bound: less than the directory itself, so it needs no grant. */
static bool is_part_of_another(const struct bounds *bounds, const struct plan_mount *mount)
{
	const struct plan *plan = bounds->plan;

	for (size_t i = 0; mount->is_read_only && i < plan->mount_count; i++) {
		const struct plan_mount *other = &plan->mounts[i];
		const char *source = other->type == PLAN_BIND ? arena_printf(bounds->arena, "%s/" HOST_GIT_HOOKS, other->source) : "";
		const char *target = arena_printf(bounds->arena, "%s/" HOST_GIT_HOOKS, other->target);

		if (other != mount && strcmp(source, mount->source) == 0 && strcmp(target, mount->target) == 0)
			return true;
	}
	return false;
}

/* ---- mounts ---- */

static const char *check_bind(const struct bounds *bounds, const struct plan_mount *mount)
{
	const struct host_path *path = host_path_of(bounds->facts, mount->source);
	const struct policy *by = bounds->ceiling != NULL ? bounds->ceiling : NULL;
	struct floor_hit hit;
	bool is_literal, is_fine;

	if (path == NULL || path->resolved == NULL || strcmp(path->resolved, mount->source) != 0 || !path_is_clean(mount->source) ||
	    path->device != mount->device || path->inode != mount->inode ||
	    (path->kind == PATH_DIRECTORY) != mount->is_directory)
		return bounds_say(bounds, "the source %s, which is not what is held", mount->source);
	is_fine = is_granted(bounds, by, mount, &is_literal) || is_part_of_another(bounds, mount);
	if (by == NULL && bounds->policy != NULL)
		(void)is_granted(bounds, bounds->policy, mount, &is_literal);
	hit = verdict_floor_source(path, bounds->facts, !mount->is_read_only);
	switch (hit.level) {
	case FLOOR_NONE:
		break;
	case FLOOR_LITERAL:
		is_fine = is_fine && (is_literal || bounds_has_hazard(bounds, hit.hazard));
		break;
	case FLOOR_HAZARD:
		is_fine = is_fine && bounds_has_hazard(bounds, hit.hazard);
		break;
	case FLOOR_NEVER:
		is_fine = false;
		break;
	}
	return is_fine ? NULL : bounds_say(bounds, "the source %s", mount->source);
}

static const char *check_volume(const struct bounds *bounds, const struct plan_mount *mount)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
	bool is_literal;

	if (mount->source == NULL || strchr("_.-", mount->source[0]) != NULL || mount->source[strspn(mount->source, letters)] != '\0' ||
	    !is_granted(bounds, bounds->ceiling, mount, &is_literal))
		return bounds_say(bounds, "the volume %s", mount->source != NULL ? mount->source : "''");
	return NULL;
}

static const char *check_tmpfs(const struct bounds *bounds, const struct plan_mount *mount)
{
	const int64_t most = bounds->ceiling != NULL ? verdict_bound_tmpfs(&bounds->input) : INT64_MAX;
	const bool may_exec = bounds->ceiling == NULL ||
			      (bounds->allow->tmpfs_exec.is_set && bounds->allow->tmpfs_exec.value);

	if (mount->size_bytes <= 0 || mount->size_bytes > most || (mount->is_exec && !may_exec) || mount->mode > 01777)
		return bounds_say(bounds, "the tmpfs at %s", mount->target);
	return NULL;
}

static const char *check_mount(const struct bounds *bounds, const struct plan_mount *mount)
{
	if (!path_is_clean(mount->target) || verdict_target_reason(mount->target) != NULL)
		return bounds_say(bounds, "a mount at %s", mount->target);
	switch (mount->type) {
	case PLAN_BIND:
		return mount->source != NULL ? check_bind(bounds, mount) : "a bind of nothing";
	case PLAN_VOLUME:
		return check_volume(bounds, mount);
	case PLAN_TMPFS:
		return check_tmpfs(bounds, mount);
	case PLAN_MOUNT_TYPE_COUNT:
		break;
	}
	return "a mount of no kind";
}

const char *bounds_mounts(const struct bounds *bounds)
{
	const struct plan_mount *mounts = bounds->plan->mounts;
	const char *beyond = NULL;

	for (size_t i = 0; beyond == NULL && i < bounds->plan->mount_count; i++) {
		beyond = check_mount(bounds, &mounts[i]);
		/* What puts one mount inside another counts on it: parents first, and never two at one place. */
		if (beyond == NULL && i > 0 && strcmp(mounts[i - 1].target, mounts[i].target) >= 0)
			beyond = bounds_say(bounds, "a mount at %s, out of order", mounts[i].target);
	}
	return beyond;
}
