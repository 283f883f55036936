/* mounts: binds, named volumes and bounded tmpfs, parents first. */
#include "plan_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	MODE_SHARED = 01777,  /* /tmp and its like: every user of the container */
	MODE_OWNER = 0700,    /* the run user has it for itself */
	MODE_OF_ROOT = 0755,  /* a root that drops to another user (hazard root-user) still shows it the way */
	IMAGE_VOLUMES_MAX = 64,
};

/* A mount and where it comes from; a caller's takes the place of a default at the same target. */
struct placed {
	struct plan_mount mount;
	struct plan_source source;
	bool is_default;
};
struct placed_list {
	struct placed *items;
	size_t count;
};

static bool is_same_mount(const struct plan_mount *a, const struct plan_mount *b)
{
	bool is_source_same = a->source == b->source ||
			      (a->source != NULL && b->source != NULL && strcmp(a->source, b->source) == 0);

	return a->type == b->type && is_source_same && a->is_read_only == b->is_read_only && a->is_exec == b->is_exec &&
	       a->size_bytes == b->size_bytes && a->mode == b->mode && a->uid == b->uid && a->gid == b->gid &&
	       a->is_nocopy == b->is_nocopy;
}

/* Defaults come first, so what is there already is older. Two of the caller's at one target: nobody knows which is meant. */
static void place(const struct planner *planner, struct placed_list *list, struct placed placed)
{
	for (size_t i = 0; i < list->count; i++) {
		struct placed *other = &list->items[i];

		if (strcmp(other->mount.target, placed.mount.target) != 0)
			continue;
		if (other->is_default)
			*other = placed;
		else if (!is_same_mount(&other->mount, &placed.mount))
			plan_reason(planner, plan_find(planner, FINDING_DENIED, placed.source.option, NULL, "floor: mounts"),
				    "something else is mounted at %s already",
				    string_printable(planner->arena, placed.mount.target, 80));
		return;
	}
	*vector_push(planner->arena, list->items, list->count) = placed;
}

static bool is_tmp_like(const char *target)
{
	return strcmp(target, "/tmp") == 0 || strcmp(target, "/var/tmp") == 0 || strcmp(target, "/dev/shm") == 0;
}

/* A default gives way to the ceiling; what the caller asked for was judged. */
static void lower_tmpfs(const struct planner *planner, struct mount_request *mount, struct plan_source *source)
{
	const int64_t most = verdict_bound_tmpfs(planner->input);

	if (mount->type != MOUNT_TMPFS || !mount->has_size || mount->size_bytes <= most)
		return;
	mount->size_bytes = most;
	*source = (struct plan_source){ .origin = PLAN_FROM_CEILING, .place = planner->input->ceiling->allow.tmpfs_max_size.place };
}

static struct plan_mount make_tmpfs(const struct planner *planner, const struct mount_request *asked)
{
	const struct plan *plan = planner->plan;
	const char *target = path_tidy(planner->arena, asked->target);
	unsigned mode = is_tmp_like(target) ? MODE_SHARED : plan->uid == 0 ? MODE_OF_ROOT : MODE_OWNER;

	return (struct plan_mount){
		.type = PLAN_TMPFS, .target = target, .is_read_only = asked->is_read_only, .is_exec = asked->is_exec,
		.size_bytes = asked->has_size && asked->size_bytes > 0 ? asked->size_bytes : verdict_default_tmpfs(planner->input),
		.mode = asked->has_mode ? asked->mode & 01777 : mode,
		.uid = asked->has_uid ? asked->uid : plan->uid, .gid = asked->has_gid ? asked->gid : plan->gid,
	};
}

static void refuse_mount(const struct planner *planner, struct plan_source source, const char *subject, const char *reason)
{
	struct finding *finding = plan_find(planner, FINDING_DENIED, source.option, subject, "floor: mounts");

	finding->place = source.place;
	plan_reason(planner, finding, "%s", reason);
}

static void place_bind(const struct planner *planner, struct placed_list *list, const struct mount_request *asked,
		       struct placed placed)
{
	const struct host_path *path = host_path_of(planner->facts, asked->source);

	if (path == NULL || path->resolved == NULL || path->has_magic_link) {
		refuse_mount(planner, placed.source, asked->source,
			     path != NULL && path->reason != NULL ? path->reason : "its source was not looked at");
		return;
	}
	placed.mount = (struct plan_mount){
		.type = PLAN_BIND, .source = path->resolved, .target = path_tidy(planner->arena, asked->target),
		.is_read_only = asked->is_read_only, .is_directory = path->kind == PATH_DIRECTORY,
		.device = path->device, .inode = path->inode,
	};
	place(planner, list, placed);
}

static void place_volume(const struct planner *planner, struct placed_list *list, const struct mount_request *asked,
			 struct placed placed)
{
	placed.mount = (struct plan_mount){
		.type = PLAN_VOLUME, .source = asked->source, .target = path_tidy(planner->arena, asked->target),
		.is_read_only = asked->is_read_only, .is_nocopy = asked->is_nocopy,
	};
	place(planner, list, placed);
}

static void place_request(const struct planner *planner, struct placed_list *list, const struct mount_request *asked,
			  struct placed placed)
{
	if (asked->target == NULL || asked->target[0] != '/') {
		refuse_mount(planner, placed.source, "a mount", "its target is not an absolute path");
		return;
	}
	switch (asked->type) {
	case MOUNT_BIND:
		place_bind(planner, list, asked, placed);
		return;
	case MOUNT_VOLUME:
		place_volume(planner, list, asked, placed);
		return;
	case MOUNT_ANONYMOUS: /* unbounded and left behind, as a volume; the verdict has said that it is not one */
	case MOUNT_TMPFS:
		placed.mount = make_tmpfs(planner, asked);
		place(planner, list, placed);
		return;
	case MOUNT_OTHER:
	case MOUNT_TYPE_COUNT:
		refuse_mount(planner, placed.source, "a mount", "it is of a type that hardrun does not mount");
		return;
	}
}

static void place_default(const struct planner *planner, struct placed_list *list, const struct policy_text *text, bool is_volume)
{
	struct placed placed = { .source = plan_source_policy(text->place), .is_default = true };
	struct mount_request asked;
	const char *reason = NULL;
	bool is_read = is_volume ? request_parse_volume(planner->arena, text->value, &asked, &reason)
				 : request_parse_tmpfs(planner->arena, text->value, &asked, &reason);

	if (!is_read) {
		refuse_mount(planner, placed.source, text->value, reason);
		return;
	}
	lower_tmpfs(planner, &asked, &placed.source);
	if (asked.type == MOUNT_BIND) {
		asked.source = host_expand(planner->arena, planner->facts, asked.source);
		if (asked.source == NULL) {
			refuse_mount(planner, placed.source, text->value,
				     "your home or current directory is not known, is /, or has a wildcard in its name");
			return;
		}
	}
	place_request(planner, list, &asked, placed);
}

static void place_defaults(const struct planner *planner, struct placed_list *list)
{
	const struct policy_defaults *defaults = &planner->policy->defaults;

	for (size_t i = 0; i < defaults->tmpfs.count; i++)
		place_default(planner, list, &defaults->tmpfs.items[i], false);
	for (size_t i = 0; i < defaults->volumes.count; i++)
		place_default(planner, list, &defaults->volumes.items[i], true);
}

static void place_options(const struct planner *planner, struct placed_list *list)
{
	for (size_t i = 0; i < planner->request->option_count; i++) {
		const struct request_option *option = &planner->request->options[i];
		const enum flag_kind kind = flag_specs[option->flag].kind;

		if (kind == FLAG_KIND_VOLUME || kind == FLAG_KIND_MOUNT || kind == FLAG_KIND_TMPFS)
			place_request(planner, list, &option->value.mount, (struct placed){ .source = plan_source_flag(option) });
	}
}

/* ---- git hooks ---- */

/* Somebody who names the directory itself, without wildcard and for writing, means it. */
static bool grants_hooks(const struct planner *planner, const struct policy *policy, const char *hooks)
{
	for (size_t i = 0; i < policy->allow.volume_count; i++) {
		const struct policy_volume *grant = &policy->allow.volumes[i];
		const char *source = grant->source != NULL && !glob_has_wildcard(grant->source)
					     ? host_expand(planner->arena, planner->facts, grant->source)
					     : NULL;

		if (source != NULL && grant->is_writable && strcmp(source, hooks) == 0)
			return true;
	}
	return false;
}

static bool has_target(const struct placed_list *list, const char *target)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->items[i].mount.target, target) == 0)
			return true;
	}
	return false;
}

static void close_hooks_of(const struct planner *planner, struct placed_list *list, const struct plan_mount *bind)
{
	const struct policy *ceiling = planner->input->ceiling;
	const char *hooks = arena_printf(planner->arena, "%s/" HOST_GIT_HOOKS, bind->source);
	const char *target = arena_printf(planner->arena, "%s/" HOST_GIT_HOOKS, bind->target);
	const struct host_path *path = host_path_of(planner->facts, hooks);
	struct placed placed = { .source = plan_source_of(PLAN_FROM_FLOOR), .is_default = true };

	if (path == NULL || path->resolved == NULL || path->has_symlink || path->kind != PATH_DIRECTORY)
		return;
	if (has_target(list, target) ||
	    (grants_hooks(planner, planner->policy, hooks) && (ceiling == NULL || grants_hooks(planner, ceiling, hooks))))
		return;
	placed.mount = (struct plan_mount){
		.type = PLAN_BIND, .source = path->resolved, .target = target, .is_read_only = true, .is_directory = true,
		.device = path->device, .inode = path->inode,
	};
	place(planner, list, placed);
}

/*
 * What lies in .git/hooks runs on the host, as the person who types the next git command there. So the hooks of a repository that
 * is bound for writing are bound over themselves read-only. It is a fence and no wall: .git/config can name programs too, but
 * closing it would break `git remote add`, `git push -u` and the like in the container, and so would a fixed .git that cannot be
 * renamed away. Whoever does not trust a container with a repository binds it read-only.
 */
static void close_hooks(const struct planner *planner, struct placed_list *list)
{
	const size_t count = list->count;

	for (size_t i = 0; i < count; i++) {
		const struct plan_mount mount = list->items[i].mount;

		if (mount.type == PLAN_BIND && mount.is_directory && !mount.is_read_only)
			close_hooks_of(planner, list, &mount);
	}
}

/* An engine would make an unbounded, nameless volume at every VOLUME of the image that has no mount. */
static void place_image_volume(const struct planner *planner, struct placed_list *list, const char *given)
{
	const struct mount_request asked = { .type = MOUNT_TMPFS, .target = given };
	struct placed placed = { .source = plan_source_of(PLAN_FROM_IMAGE), .is_default = true };
	const char *target = path_tidy(planner->arena, given);
	const char *reason = path_is_clean(target) ? verdict_target_reason(target) : "it is not an absolute path";

	if (has_target(list, target))
		return;
	if (reason != NULL) {
		refuse_mount(planner, placed.source, "a VOLUME of the image",
			     arena_printf(planner->arena, "%s: %s", string_printable(planner->arena, target, 80), reason));
		return;
	}
	placed.mount = make_tmpfs(planner, &asked);
	place(planner, list, placed);
	plan_reason(planner, plan_find(planner, FINDING_NOTE, NULL, "a VOLUME of the image", "floor: mounts"),
		    "%s is a tmpfs of %s that ends with the container; mount something there to keep what it writes",
		    string_printable(planner->arena, target, 80), format_size(planner->arena, placed.mount.size_bytes));
}

static void place_image_volumes(const struct planner *planner, struct placed_list *list)
{
	const struct image_facts *image = &planner->facts->image_facts;

	if (image->volumes.count > IMAGE_VOLUMES_MAX)
		refuse_mount(planner, plan_source_of(PLAN_FROM_IMAGE), "the image",
			     arena_printf(planner->arena, "it declares %zu VOLUMEs, and each would be a tmpfs: at most %d are made",
					  image->volumes.count, IMAGE_VOLUMES_MAX));
	for (size_t i = 0; i < image->volumes.count && image->volumes.count <= IMAGE_VOLUMES_MAX; i++)
		place_image_volume(planner, list, image->volumes.items[i]);
	/* Only without a real run, which has the image first. podman is told to make no volume. */
	if (!image->is_known && planner->input->is_backend_known && planner->facts->image.kind == IMAGE_REFERENCE &&
	    planner->facts->backend == BACKEND_DOCKER)
		plan_reason(planner, plan_find(planner, FINDING_NOTE, NULL, "the image", "floor: mounts"),
			    "what it declares was not read: a run puts a tmpfs at each of its VOLUMEs, and that is not shown here");
}

/* Byte order puts every directory before what lies in it. */
static int order_placed(const void *left, const void *right)
{
	const struct placed *a = left, *b = right;

	return strcmp(a->mount.target, b->mount.target);
}

static void record_mount(const struct planner *planner, const struct placed *placed)
{
	const struct plan_mount *mount = &placed->mount;
	const char *access = mount->is_read_only ? "ro" : "rw";

	if (mount->type == PLAN_TMPFS)
		plan_settingf(planner, "tmpfs", placed->source, "%s:%s,nosuid,nodev,%s,size=%s,mode=%o,uid=%u,gid=%u",
			      mount->target, access, mount->is_exec ? "exec" : "noexec",
			      format_size(planner->arena, mount->size_bytes), mount->mode, mount->uid, mount->gid);
	else
		plan_settingf(planner, "volumes", placed->source, "%s:%s:%s", mount->source, mount->target, access);
}

void plan_mounts(const struct planner *planner)
{
	struct placed_list list = { NULL, 0 };

	place_defaults(planner, &list);
	place_options(planner, &list);
	close_hooks(planner, &list);
	place_image_volumes(planner, &list);
	if (list.count > 1)
		qsort(list.items, list.count, sizeof(list.items[0]), order_placed);
	for (size_t i = 0; i < list.count; i++) {
		*vector_push(planner->arena, planner->plan->mounts, planner->plan->mount_count) = list.items[i].mount;
		record_mount(planner, &list.items[i]);
	}
}
