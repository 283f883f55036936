/* judge_mount: -v, --mount, --tmpfs and the mounts a policy always makes. */
#include "verdict_internal.h"

#include <string.h>

/* ---- what every mount has in common ---- */

static const char *mount_access(const struct mount_request *mount)
{
	return mount->is_read_only ? "ro" : "rw";
}

/* The target without needless slashes; NULL with a finding when the floor forbids it. */
static const char *mount_target(const struct judgement *judgement, const struct mount_request *mount)
{
	const char *target = path_tidy(judgement->arena, mount->target);
	const char *reason = verdict_target_reason(target);

	if (reason == NULL)
		return target;
	verdict_floor(judgement, "container-path", "nothing is mounted at %s: %s", string_printable(judgement->arena, target, 64),
		      reason);
	return NULL;
}

/* Options of mount(8) that a tmpfs does as well without: they are left out. */
static bool mount_is_harmless(const char *word)
{
	static const char *const words[] = { "noatime", "relatime", "norelatime", "strictatime", "nostrictatime", "nodiratime",
		"diratime",
		"atime", "async", "sync", "dirsync", "nomand", "private", "rprivate" };

	for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
		if (strcmp(word, words[i]) == 0)
			return true;
	}
	return false;
}

static void mount_check_options(const struct judgement *judgement, const struct mount_request *mount)
{
	for (size_t i = 0; i < mount->other.count; i++) {
		const char *word = string_printable(judgement->arena, mount->other.items[i], 32);

		if (strcmp(mount->other.items[i], "volume-driver=local") == 0) /* the one there is without it */
			continue;
		if (mount->type == MOUNT_TMPFS && mount_is_harmless(mount->other.items[i]))
			verdict_note(judgement, "floor: mount-options", "the option %s is left out", word);
		else
			verdict_floor(judgement, "mount-options", "%.*s is never passed on: such keys hide binds and change what is mounted",
				      (int)strcspn(word, "="), word);
	}
	if (mount->relabel != NULL && !judgement->input->facts->has_selinux)
		verdict_note(judgement, "floor: mount-options", "%s is left out: this machine has no SELinux", mount->relabel);
	else if (mount->relabel != NULL)
		verdict_floor(judgement, "mount-options", "%s relabels the files on the host for good", mount->relabel);
	if (mount->propagation != NULL && strcmp(mount->propagation, "private") != 0 && strcmp(mount->propagation, "rprivate") != 0)
		verdict_floor(judgement, "mount-options", "%s lets mounts travel between the host and the container", mount->propagation);
	if (mount->is_suid || mount->is_dev)
		verdict_floor(judgement, "mount-options", "%s is never allowed on a mount", mount->is_suid ? "suid" : "dev");
}

/* docker refuses a second mount at the same place. */
static void mount_check_twice(const struct judgement *judgement, const char *target)
{
	const struct request *request = judgement->input->request;

	for (size_t i = 0; judgement->option != NULL && &request->options[i] != judgement->option; i++) {
		const struct request_option *other = &request->options[i];

		if (verdict_judges[other->flag].judge != verdict_judge_mount ||
		    strcmp(path_tidy(judgement->arena, other->value.mount.target), target) != 0)
			continue;
		verdict_invalid(judgement, "something is mounted at %s already", string_printable(judgement->arena, target, 64));
		return;
	}
}

/* ---- tmpfs ---- */

/* What is built in, or less where the policy allows less. */
static int64_t mount_builtin_size(const struct policy *policy)
{
	const struct policy_number *most = &policy->allow.tmpfs_max_size;

	return most->is_set && most->value < VERDICT_TMPFS_BYTES ? most->value : VERDICT_TMPFS_BYTES;
}

/* The most that the policy's own tmpfs at ${target} has: restating a default is always allowed, and so is the built-in size. */
static int64_t mount_default_size(const struct judgement *judgement, const struct layer *layer, const char *target,
				  bool *ret_is_exec)
{
	const struct policy_list *list = &layer->policy->defaults.tmpfs;
	const int64_t builtin = mount_builtin_size(layer->policy);
	struct mount_request mount;
	const char *reason;

	*ret_is_exec = false;
	for (size_t i = 0; i < list->count && !layer->is_ceiling; i++) {
		if (!request_parse_tmpfs(judgement->arena, list->items[i].value, &mount, &reason) ||
		    strcmp(path_tidy(judgement->arena, mount.target), target) != 0)
			continue;
		*ret_is_exec = mount.is_exec;
		return mount.has_size && mount.size_bytes > builtin ? mount.size_bytes : builtin;
	}
	return layer->is_ceiling ? 0 : builtin;
}

int64_t verdict_default_tmpfs(const struct verdict_input *input)
{
	const int64_t builtin = mount_builtin_size(input->policy);
	const int64_t most = verdict_bound_tmpfs(input);

	return builtin < most ? builtin : most;
}

int64_t verdict_bound_tmpfs(const struct verdict_input *input)
{
	const struct policy_number *most = input->ceiling == NULL ? NULL : &input->ceiling->allow.tmpfs_max_size;

	if (most == NULL)
		return INT64_MAX;
	return most->is_set ? most->value : VERDICT_TMPFS_BYTES;
}

static void mount_check_tmpfs_layer(const struct judgement *judgement, const struct layer *layer,
				    const struct mount_request *mount,
				    const char *target)
{
	const struct policy_allow *allow = &layer->policy->allow;
	const int64_t granted = layer->is_ceiling ? verdict_bound_tmpfs(judgement->input) :
				allow->tmpfs_max_size.is_set ? allow->tmpfs_max_size.value : 0;
	/* Of a size that nobody said the plan makes the least of all that are granted, and a default it lowers. */
	const int64_t size = mount->has_size && !judgement->is_default ? mount->size_bytes : 0;
	struct finding *finding;
	bool is_exec;
	int64_t most = mount_default_size(judgement, layer, target, &is_exec);

	if (granted > most)
		most = granted;
	if (size > most) {
		finding = verdict_refuse(judgement, layer, "allow.tmpfs", "%s is above the %s that a tmpfs may have",
					 format_size(judgement->arena, size), format_size(judgement->arena, most));
		verdict_remedy(judgement, layer, finding, "allow: {tmpfs: {max_size: %s}}", format_size(judgement->arena, size));
		finding->place = allow->tmpfs_max_size.place;
	}
	if (mount->is_exec && !is_exec && !(allow->tmpfs_exec.is_set && allow->tmpfs_exec.value)) {
		finding = verdict_refuse(judgement, layer, "allow.tmpfs", "a tmpfs from which programs run is not granted");
		verdict_remedy(judgement, layer, finding, "allow: {tmpfs: {exec: true}}");
		finding->place = allow->tmpfs_exec.place;
	}
}

static void mount_check_tmpfs(const struct judgement *judgement, const struct mount_request *mount, const char *target)
{
	struct layer layers[2];
	const size_t count = verdict_layers(judgement, layers);

	if (mount->has_size && mount->size_bytes <= 0)
		verdict_floor(judgement, "tmpfs", "a size of zero means no limit");
	if (mount->has_mode && (mount->mode & 06000) != 0)
		verdict_floor(judgement, "tmpfs", "setuid and setgid bits are never given to a directory");
	for (size_t i = 0; i < count; i++)
		mount_check_tmpfs_layer(judgement, &layers[i], mount, target);
	if (mount->type == MOUNT_ANONYMOUS)
		verdict_note(judgement, "floor: anonymous-volume", "%s becomes a tmpfs of at most %s, gone when the container ends", target,
			     format_size(judgement->arena, verdict_default_tmpfs(judgement->input)));
}

/* ---- grants ---- */

/* How near a grant comes; the nearest one explains the refusal. */
enum mount_fit { FIT_NONE, FIT_SOURCE, FIT_TARGET, FIT_ACCESS, FIT_WHOLE };

struct mount_match {
	enum mount_fit fit;
	bool is_literal;
	const struct policy_volume *grant;
};

struct mount_wish {
	const char *source; /* resolved path, or name of a volume */
	const char *target;
	const char *access; /* "ro" or "rw" */
	const struct host_path *path; /* NULL: a named volume */
};

static enum mount_fit mount_fit(const struct judgement *judgement, const struct mount_wish *wish,
				const struct policy_volume *grant)
{
	const struct host_facts *facts = judgement->input->facts;
	const char *pattern = wish->path != NULL ? grant->source : grant->volume;
	uid_t owner = facts->caller_uid;

	if (pattern == NULL || !(wish->path != NULL ? verdict_path_matches(pattern, wish->source, facts) : glob_match(pattern,
														      wish->source)))
		return FIT_NONE;
	if (grant->target != NULL && !glob_match(grant->target, wish->target))
		return FIT_SOURCE;
	if (!grant->is_writable && strcmp(wish->access, "rw") == 0)
		return FIT_TARGET;
	if (wish->path != NULL && grant->is_owned && wish->path->owner_uid != owner)
		return FIT_ACCESS;
	return FIT_WHOLE;
}

static struct mount_match mount_match(const struct judgement *judgement, const struct layer *layer, const struct mount_wish *wish)
{
	const struct policy_allow *allow = &layer->policy->allow;
	struct mount_match best = { FIT_NONE, false, NULL };

	for (size_t i = 0; i < allow->volume_count; i++) {
		const struct policy_volume *grant = &allow->volumes[i];
		const enum mount_fit fit = mount_fit(judgement, wish, grant);
		const bool is_literal = wish->path != NULL && fit != FIT_NONE && !glob_has_wildcard(grant->source);

		if (fit > best.fit || (fit == best.fit && is_literal))
			best = (struct mount_match){ fit, is_literal, grant };
	}
	return best;
}

static void mount_refuse(const struct judgement *judgement, const struct layer *layer, const struct mount_wish *wish,
			 const struct mount_match *match)
{
	const char *source = string_printable(judgement->arena, wish->source, 96), *kind = wish->path != NULL ? "source" : "volume";
	struct finding *finding = NULL;

	switch (match->fit) {
	case FIT_NONE:
		finding = verdict_refuse(judgement, layer, "allow.volumes", "%s is not granted", source);
		break;
	case FIT_SOURCE:
		finding = verdict_refuse(judgement, layer, "allow.volumes", "%s is granted at %s, not at %s", source, match->grant->target,
					 string_printable(judgement->arena, wish->target, 64));
		break;
	case FIT_TARGET:
		finding = verdict_refuse(judgement, layer, "allow.volumes", "%s is granted for reading only", source);
		finding->place = match->grant->place;
		finding->remedy = judgement->option != NULL && judgement->option->flag == FLAG_MOUNT ? "add \",readonly\" to the mount" :
												     "add \":ro\" to the mount";
		return;
	case FIT_ACCESS:
		finding = verdict_refuse(judgement, layer, "allow.volumes", "%s does not belong to you, and the grant says owner: caller",
					 source);
		finding->place = match->grant->place;
		return;
	case FIT_WHOLE:
		return;
	}
	if (match->grant != NULL)
		finding->place = match->grant->place;
	verdict_remedy(judgement, layer, finding, "add \"- {%s: %s, access: %s}\" to allow.volumes", kind,
		       verdict_yaml(judgement->arena, wish->source), wish->access);
}

/* ---- named volumes ---- */

static void mount_check_volume(const struct judgement *judgement, const struct mount_request *mount, const char *target)
{
	const struct mount_wish wish = { mount->source, target, mount_access(mount), NULL };
	struct layer layers[2];
	const size_t count = verdict_layers(judgement, layers);

	for (size_t i = 0; i < count; i++) {
		const struct mount_match match = mount_match(judgement, &layers[i], &wish);

		mount_refuse(judgement, &layers[i], &wish, &match);
	}
}

/* ---- binds ---- */

/* "prometheus.yml" and ".bashrc" are files to be written, and a directory of that name the surprise that docker makes. */
static const char *mount_missing_remedy(struct arena *arena, const char *source)
{
	const char *slash = strrchr(source, '/'), *name = slash != NULL ? slash + 1 : source;
	const char *dot = strrchr(name, '.');

	if (dot != NULL && dot[1] != '\0')
		return "create it first";
	return arena_printf(arena, "mkdir -p %s", shell_quote(arena, source));
}

/*
 * The source leads nowhere. What is there is told only to who would have been allowed to use it; others learn that it is not
 * granted, so that hardrun under sudo tells nobody which files exist.
 */
static void mount_refuse_unresolved(const struct judgement *judgement, const struct mount_request *mount,
				    const struct host_path *path)
{
	const char *cwd = judgement->input->facts->cwd;
	const char *source = mount->source[0] == '/' || cwd == NULL ? mount->source :
								      arena_printf(judgement->arena, "%s/%s", cwd, mount->source);
	struct host_path lexical = { .given = mount->source, .kind = PATH_OTHER };
	struct mount_wish wish = { path_tidy(judgement->arena, source), "", "ro", &lexical };
	struct layer policy = { judgement->input->policy, false };
	struct mount_match match;
	struct finding *finding;

	if (glob_match("**docker.sock", wish.source) || glob_match("**podman.sock", wish.source)) {
		verdict_floor(judgement, "docker-socket", "an engine's socket is never given to a container");
		return;
	}
	if (!path_is_clean(wish.source) && !judgement->is_default) {
		verdict_refuse(judgement, &policy, "allow.volumes", "%s is not granted", string_printable(judgement->arena, mount->source, 96));
		return;
	}
	match = mount_match(judgement, &policy, &wish);
	if (match.fit == FIT_NONE && !judgement->is_default) {
		mount_refuse(judgement, &policy, &wish, &match);
		return;
	}
	finding = verdict_floor(judgement, "host-path", "%s", verdict_unresolved_reason(path));
	if (path != NULL && path->kind == PATH_MISSING && !path->has_symlink)
		finding->remedy = mount_missing_remedy(judgement->arena, mount->source);
}

/* The floor's answer, once it is known whether every layer names the path itself. True when it says no. */
static bool mount_floor(const struct judgement *judgement, const struct mount_wish *wish, bool is_literal)
{
	const struct floor_hit hit = verdict_floor_source(wish->path, judgement->input->facts, strcmp(wish->access, "rw") == 0);
	const char *source = string_printable(judgement->arena, wish->source, 96);

	switch (hit.level) {
	case FLOOR_NONE:
		return false;
	case FLOOR_LITERAL:
		if (is_literal || verdict_has_hazard(judgement->input, hit.hazard))
			return false;
		/* It can be granted, and is nothing to be copied out of a refusal at night. */
		verdict_floor(judgement, hazard_specs[hit.hazard].name, "%s: %s", source, hit.reason)->remedy =
			"mount only what is needed of it: a policy lifts this for nothing but a path that it names whole";
		return true;
	case FLOOR_HAZARD:
		return verdict_hazard(judgement, hit.hazard, arena_printf(judgement->arena, "%s: %s", source, hit.reason));
	case FLOOR_NEVER:
		break;
	}
	verdict_floor(judgement, "host-path", "%s: %s", source, hit.reason);
	return true;
}

static void mount_check_bind(const struct judgement *judgement, const struct mount_request *mount, const char *target)
{
	const char *source = judgement->is_default ? host_expand(judgement->arena, judgement->input->facts,
								 mount->source) : mount->source;
	const struct host_path *path = source == NULL ? NULL : host_path_of(judgement->input->facts, source);
	struct mount_wish wish = { NULL, target, mount_access(mount), path };
	struct mount_match matches[2];
	struct layer layers[2];
	const size_t count = verdict_layers(judgement, layers);
	bool is_literal = true;

	if (path == NULL || path->resolved == NULL || path->has_magic_link) {
		mount_refuse_unresolved(judgement, mount, path);
		return;
	}
	wish.source = path->resolved;
	for (size_t i = 0; i < count; i++) {
		matches[i] = mount_match(judgement, &layers[i], &wish);
		is_literal = is_literal && matches[i].is_literal && matches[i].fit == FIT_WHOLE;
	}
	if (mount_floor(judgement, &wish, is_literal))
		return;
	for (size_t i = 0; i < count; i++)
		mount_refuse(judgement, &layers[i], &wish, &matches[i]);
}

void verdict_check_mount(const struct judgement *judgement, const struct mount_request *mount)
{
	const char *target = mount_target(judgement, mount);

	mount_check_options(judgement, mount);
	if (target == NULL)
		target = path_tidy(judgement->arena, mount->target);
	else
		mount_check_twice(judgement, target);
	switch (mount->type) {
	case MOUNT_BIND:
		mount_check_bind(judgement, mount, target);
		break;
	case MOUNT_VOLUME:
		mount_check_volume(judgement, mount, target);
		break;
	case MOUNT_ANONYMOUS:
	case MOUNT_TMPFS:
		mount_check_tmpfs(judgement, mount, target);
		break;
	case MOUNT_OTHER:
	case MOUNT_TYPE_COUNT:
		verdict_floor(judgement, "mount-type", "only bind, volume and tmpfs are mounted, not %s",
			      string_printable(judgement->arena, mount->type_name, 32));
		break;
	}
}

void verdict_judge_mount(const struct judgement *judgement)
{
	verdict_check_mount(judgement, &judgement->option->value.mount);
}
