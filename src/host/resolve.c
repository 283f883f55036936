/* resolve: every host path that a request or a policy names, and the image. */
#include "host_internal.h"

#include <string.h>

static struct host_path *add_path(struct arena *arena, struct host_facts *facts, struct host_path path)
{
	struct host_path *added = vector_push(arena, facts->paths, facts->path_count);

	*added = path;
	return added;
}

static struct host_path *resolve_once(struct arena *arena, struct host_facts *facts, const char *given)
{
	for (size_t i = 0; i < facts->path_count; i++) {
		if (strcmp(facts->paths[i].given, given) == 0)
			return &facts->paths[i];
	}
	return add_path(arena, facts, host_resolve_path(arena, facts, given));
}

/* A file that is to be made: its directory is resolved, its name must not be there. A link in its place is never followed. */
static struct host_path resolve_new_file(struct arena *arena, const struct host_facts *facts, const char *given)
{
	const char *slash = strrchr(given, '/');
	const char *name = slash != NULL ? slash + 1 : given;
	const char *directory = slash == NULL ? "." : slash == given ? "/" : arena_strndup(arena, given, (size_t)(slash - given));
	struct host_path path = host_resolve_path(arena, facts, directory);
	struct stat status;

	path.given = given;
	if (path.resolved == NULL)
		return path;
	if (path.kind != PATH_DIRECTORY || name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
		path.resolved = NULL;
		path.kind = PATH_OTHER;
		path.reason = "it does not name a file in a directory";
		return path;
	}
	path.resolved = arena_printf(arena, "%s/%s", strcmp(path.resolved, "/") == 0 ? "" : path.resolved, name);
	path.kind = PATH_MISSING;
	if (lstat(path.resolved, &status) == 0) {
		path.kind = S_ISREG(status.st_mode) ? PATH_REGULAR : S_ISDIR(status.st_mode) ? PATH_DIRECTORY : PATH_OTHER;
		path.has_symlink = path.has_symlink || S_ISLNK(status.st_mode);
	}
	return path;
}

/* The source of a bind, and its git hooks, for the plan to close. */
static void resolve_bind(struct arena *arena, struct host_facts *facts, const char *source)
{
	const struct host_path *path = resolve_once(arena, facts, source);
	struct host_path hooks;

	if (path->resolved == NULL || path->kind != PATH_DIRECTORY)
		return;
	hooks = host_resolve_path(arena, facts, arena_printf(arena, "%s/" HOST_GIT_HOOKS, path->resolved));
	if (hooks.resolved != NULL && !hooks.has_symlink && hooks.kind == PATH_DIRECTORY && host_path_of(facts, hooks.given) == NULL)
		add_path(arena, facts, hooks);
}

static void resolve_option(struct arena *arena, struct host_facts *facts, const struct request_option *option)
{
	const struct flag_spec *spec = &flag_specs[option->flag];
	bool is_mount = spec->kind == FLAG_KIND_VOLUME || spec->kind == FLAG_KIND_MOUNT;

	if (is_mount && option->value.mount.relabel != NULL)
		host_read_selinux(arena, facts);
	if (is_mount && option->value.mount.type == MOUNT_BIND && option->value.mount.source != NULL)
		resolve_bind(arena, facts, option->value.mount.source);
	else if (option->flag == FLAG_ENV_FILE || option->flag == FLAG_LABEL_FILE)
		host_read_lines(arena, facts->env_lines, resolve_once(arena, facts, option->raw));
	else if (option->flag == FLAG_ROOTFS)
		resolve_once(arena, facts, option->raw);
	else if (option->flag == FLAG_CIDFILE && host_path_of(facts, option->raw) == NULL)
		add_path(arena, facts, resolve_new_file(arena, facts, option->raw));
}

/* What is judged and used is the path that was found, not the one that was typed. */
static void resolve_local_image(struct arena *arena, struct host_facts *facts, const char *given)
{
	static const char *const prefixes[IMAGE_KIND_COUNT] = {
		[IMAGE_REFERENCE] = "", [IMAGE_OCI_LAYOUT] = "oci:",
		[IMAGE_DOCKER_ARCHIVE] = "docker-archive:", [IMAGE_ROOTFS] = "rootfs:",
	};
	const struct host_path *path = resolve_once(arena, facts, given);
	struct image_name *image = &facts->image;
	bool has_tag = image->kind == IMAGE_OCI_LAYOUT && image->tag != NULL;

	image->path = path->resolved != NULL ? path->resolved : given;
	image->name = arena_printf(arena, "%s%s", prefixes[image->kind], image->path);
	image->canonical = has_tag ? arena_printf(arena, "%s:%s", image->name, image->tag) : image->name;
}

static void resolve_image(struct arena *arena, struct host_facts *facts, const struct request *request)
{
	const struct request_option *rootfs = request_last(request, FLAG_ROOTFS);
	struct image_name image;
	const char *reason = NULL;

	if (rootfs != NULL) {
		facts->image = (struct image_name){ .kind = IMAGE_ROOTFS };
		resolve_local_image(arena, facts, rootfs->raw);
	} else if (request->image != NULL && request_parse_image(arena, request->image, &image, &reason)) {
		facts->image = image;
		if (image.kind != IMAGE_REFERENCE)
			resolve_local_image(arena, facts, image.path);
	}
}

void host_resolve_paths(struct arena *arena, struct host_facts *facts, const struct request *request)
{
	for (size_t i = 0; i < request->option_count; i++)
		resolve_option(arena, facts, &request->options[i]);
	resolve_image(arena, facts, request);
}

void host_resolve_policy(struct arena *arena, struct host_facts *facts, const struct policy *policy)
{
	for (size_t i = 0; i < policy->defaults.volumes.count; i++) {
		const char *reason = NULL, *source;
		struct mount_request mount;

		if (!request_parse_volume(arena, policy->defaults.volumes.items[i].value, &mount, &reason))
			continue;
		if (mount.relabel != NULL)
			host_read_selinux(arena, facts);
		if (mount.type != MOUNT_BIND)
			continue;
		source = host_expand(arena, facts, mount.source);
		if (source != NULL)
			resolve_bind(arena, facts, source);
	}
}
