/* Where a program could not write, and what would have to be a tmpfs. */
#include "learn_internal.h"

#include <errno.h>
#include <string.h>

/* Where images put what is there to be covered: empty directories, stale files, links of the distribution. */
static const char *const passing[] = { "/run", "/tmp", "/var/tmp", "/var/log", "/var/cache", "/var/spool", "/var/lock" };

static const char *parent_of(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == path ? "/" : arena_strndup(arena, path, (size_t)(slash - path));
}

static bool is_passing(const char *path)
{
	for (size_t i = 0; i < ARRAY_COUNT(passing); i++)
		if (path_is_within(path, passing[i]))
			return true;
	return false;
}

/* Letters that mean themselves in a policy, in docker's words and in a shell. */
static bool is_plain(const char *path)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+@";

	return path_is_clean(path) && path[strspn(path, letters)] == '\0' && strlen(path) < LEARN_TEXT_BYTES_MAX;
}

static bool may_be_place(const char *path)
{
	return is_plain(path) && verdict_target_reason(path) == NULL;
}

/*
 * The directory in which something was to be made; that itself where it is a directory, and around it there is what a tmpfs would
 * hide. NULL: none may be there.
 */
static const char *place_for(struct arena *arena, const struct watch_need *need, const struct learn_image *image)
{
	const bool is_made = need->call != NULL && strncmp(need->call, "mkdir", 5) == 0;
	const char *parent;

	if (!path_is_clean(need->subject))
		return NULL;
	parent = parent_of(arena, need->subject);
	if (may_be_place(parent) && (is_passing(parent) || !image->is_filled(image->context, parent)))
		return parent;
	return is_made && may_be_place(need->subject) ? need->subject : NULL;
}

/* A directory that is not there may be one that somebody else makes, as a system's start makes those of /run. */
static bool is_wanted(struct arena *arena, const struct watch_need *need)
{
	if (need->kind != NEED_WRITE || need->is_granted)
		return false;
	if (need->error == ENOENT)
		return path_is_clean(need->subject) && is_passing(parent_of(arena, need->subject));
	return need->error == EROFS || need->error == EACCES;
}

static bool is_mounted(const struct plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->mount_count; i++)
		if (strcmp(plan->mounts[i].target, path) == 0)
			return true;
	return false;
}

static bool is_within_any(const struct string_list *places, const char *path)
{
	for (size_t i = 0; i < places->count; i++)
		if (strcmp(places->items[i], path) != 0 && path_is_within(path, places->items[i]))
			return true;
	return false;
}

struct string_list learn_missing_places(struct arena *arena, const struct plan *plan, const struct watch_report *report,
					const struct learn_image *image)
{
	struct string_list found = { 0 }, outer = { 0 };

	for (size_t i = 0; i < report->need_count && found.count < LEARN_LIST_MAX; i++) {
		const struct watch_need *need = &report->needs[i];
		const char *place;

		if (!is_wanted(arena, need))
			continue;
		place = place_for(arena, need, image);
		if (place != NULL && !is_mounted(plan, place) && !string_list_has(&found, place))
			string_list_add(arena, &found, arena_strdup(arena, place));
	}
	for (size_t i = 0; i < found.count; i++)
		if (!is_within_any(&found, found.items[i]))
			string_list_add(arena, &outer, found.items[i]);
	return outer;
}
