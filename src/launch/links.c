/*
 * Links of an image or of a bind that lie on the way to a mount point: the runtime follows them inside the container's tree, so
 * that what was judged as /tmp could be put over /proc. Here they are followed as the runtime will.
 */
#include <limits.h>
#include <string.h>

#include "launch_internal.h"

enum { LINKS_MAX = 40 }; /* as the kernel */

/* No place for a container to start in. */
static const char *const kernel_places[] = {"/proc", "/sys", "/dev"};

/*
 * Where ${inside} of the container stands on the host once the first ${count} mounts of the plan are there; NULL: in a file
 * system that is empty.
 */
static const char *find_on_host(struct arena *arena, const struct plan *plan, size_t count, const char *inside)
{
	const struct plan_mount *best = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct plan_mount *mount = &plan->mounts[i];

		if (path_is_within(inside, mount->target) && (!best || path_is_within(mount->target, best->target)))
			best = mount;
	}
	if (!best)
		return arena_printf(arena, "%s%s", plan->image_rootfs, inside);
	return best->type == PLAN_BIND ? arena_printf(arena, "%s%s", best->source, inside + strlen(best->target)) : NULL;
}

static const char *parent_of(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? arena_strndup(arena, path, (size_t)(slash - path)) : "";
}

int links_walk(struct arena *arena, const struct link_reader *reader, const char *target, const char **ret_place,
	       struct error *err)
{
	const char *pending = target, *done = "", *link;
	unsigned links = 0;

	*ret_place = NULL;
	while (pending[strspn(pending, "/")]) {
		const char *name = pending + strspn(pending, "/");
		size_t length = strcspn(name, "/");
		const char *next = arena_printf(arena, "%s/%.*s", done, (int)length, name);
		const bool is_up = length == 2 && memcmp(name, "..", 2) == 0, is_here = length == 1 && name[0] == '.';
		int result = is_up || is_here ? 0 : reader->read(reader->context, next, &link, err);

		if (result < 0)
			return result;
		pending = name + length;
		if (is_up) {
			done = parent_of(arena, done);
		} else if (!is_here && link) {
			if (++links > LINKS_MAX)
				return 0;
			done = link[0] == '/' ? "" : done;
			pending = arena_printf(arena, "%s%s", link, pending);
		} else if (!is_here) {
			done = next;
		}
	}
	*ret_place = done[0] ? done : "/";
	return 0;
}

static const char *read_one(struct arena *arena, const char *place)
{
	char link[PATH_MAX];
	ssize_t got = readlink(place, link, sizeof(link) - 1);

	return got >= 0 ? arena_strndup(arena, link, (size_t)got) : NULL;
}

int links_read_in_tree(void *context, const char *path, const char **ret_link, struct error *err)
{
	const struct link_tree *tree = context;

	(void)err;
	*ret_link = read_one(tree->arena, arena_printf(tree->arena, "%s%s", tree->root, path));
	return 0;
}

struct plan_tree { struct arena *arena; const struct plan *plan; size_t count; };

static int read_in_plan(void *context, const char *path, const char **ret_link, struct error *err)
{
	const struct plan_tree *tree = context;
	const char *place = find_on_host(tree->arena, tree->plan, tree->count, path);

	(void)err;
	*ret_link = place ? read_one(tree->arena, place) : NULL;
	return 0;
}

const char *links_follow(struct arena *arena, const struct plan *plan, size_t count, const char *target)
{
	struct plan_tree tree = {arena, plan, count};
	const struct link_reader reader = {.context = &tree, .read = read_in_plan};
	struct error ignored;
	const char *place;

	(void)links_walk(arena, &reader, target, &place, &ignored);
	return place;
}

static int refuse(struct arena *arena, const char *target, const char *place, const char *reason, struct error *err)
{
	return error_set(err, arena, ERROR_UNSUPPORTED, "the mount at %s would land on %s by way of a link, and %s", target,
			 string_printable(arena, place, 80), reason);
}

/* The name of a volume that a mount lies in, or NULL. */
static const char *volume_around(const struct plan *plan, size_t index)
{
	const char *target = plan->mounts[index].target;

	for (size_t i = 0; i < plan->mount_count; i++)
		if (i != index && plan->mounts[i].type == PLAN_VOLUME && path_is_within(target, plan->mounts[i].target))
			return plan->mounts[i].source;
	return NULL;
}

int links_check_volumes(struct arena *arena, const struct plan *plan, struct error *err)
{
	for (size_t i = 0; i < plan->mount_count; i++) {
		const char *target = plan->mounts[i].target;
		const char *volume = volume_around(plan, i);

		if (volume)
			return error_set(err, arena, ERROR_UNSUPPORTED, "the mount at %s lies in the named volume %s, whose links nobody judges",
					 target, volume);
	}
	return 0;
}

/* Through the binds as well; where there is a guard, places_check lets no link in them have a part in it. */
static int check_directory(struct arena *arena, const struct plan *plan, struct error *err)
{
	const char *place = plan->working_dir ? links_follow(arena, plan, plan->mount_count, plan->working_dir) : "/";
	bool is_fine = place != NULL;

	for (size_t i = 0; is_fine && i < ARRAY_COUNT(kernel_places); i++)
		is_fine = !path_is_within(place, kernel_places[i]);
	return is_fine ? 0 : error_set(err, arena, ERROR_UNSUPPORTED, "the working directory %s would be %s by way of a link",
				       string_printable(arena, plan->working_dir, 80), place ? string_printable(arena, place, 80) : "nowhere");
}

int links_check(struct arena *arena, const struct plan *plan, struct error *err)
{
	int result = links_check_volumes(arena, plan, err);

	for (size_t i = 0; result == 0 && i < plan->mount_count; i++) {
		const char *target = plan->mounts[i].target;
		const char *place = links_follow(arena, plan, i, target);
		const char *reason = !place ? "there are too many links" :
				     strcmp(place, target) != 0 ? verdict_target_reason(place) : NULL;

		if (reason)
			return refuse(arena, target, place ? place : "nothing", reason, err);
	}
	return result == 0 ? check_directory(arena, plan, err) : result;
}
