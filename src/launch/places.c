/*
 * Where things will really be: the places of mounts and of the working directory, by the links of the image. Engines and runtimes
 * find them by name, one after another, following whatever links they meet. As long as no way leads through another mount, where
 * others make links, the places are those that the image alone gives, in whatever order they are looked for: so a way through one
 * is refused, not only a place in one.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "attend.h"

/* What the runtime itself mounts over. A link there would take the masks and the read-only parts elsewhere. */
static const char *const own_places[] = {"/proc", "/sys", "/dev"};

struct step { const char *path, *link; };

struct survey {
	struct arena *arena;
	const struct launch *launch;
	const struct places_question *question;
	struct { struct step *items; size_t count; } steps; /* what the reader has said */
	const char **places; /* of the plan's mounts, by the links of the image alone */
};

/* One way through the tree, to a mount or to the working directory. */
struct way {
	struct survey *survey;
	const char *target; /* as it is spelled */
	size_t index;       /* of the mount in the plan; SIZE_MAX: none of the plan's */
};

static int refuse(const struct way *way, const char *place, const char *reason, struct error *err)
{
	struct arena *arena = way->survey->arena;

	(void)error_set(err, arena, ERROR_UNSUPPORTED, "a link in the image would take %s to %s, and %s",
			string_printable(arena, way->target, 80), string_printable(arena, place, 80), reason);
	err->remedy = "mount it elsewhere, or use another image";
	return -(int)err->kind;
}

static bool is_own(const char *path)
{
	for (size_t i = 0; i < ARRAY_COUNT(own_places); i++)
		if (path_is_within(path, own_places[i]))
			return true;
	return false;
}

/* Each path is asked for once: docker answers slowly. */
static int read_image(struct survey *survey, const char *path, const char **ret_link, struct error *err)
{
	int result;

	for (size_t i = 0; i < survey->steps.count; i++) {
		if (strcmp(survey->steps.items[i].path, path) != 0)
			continue;
		*ret_link = survey->steps.items[i].link;
		return 0;
	}
	result = survey->question->reader->read(survey->question->reader->context, path, ret_link, err);
	if (result == 0)
		*vector_push(survey->arena, survey->steps.items, survey->steps.count) = (struct step){path, *ret_link};
	return result;
}

static int walk(struct way *way, int (*read)(void *, const char *, const char **, struct error *), const char **ret_place,
		struct error *err)
{
	const struct link_reader reader = {.context = way, .read = read};
	int result = links_walk(way->survey->arena, &reader, way->target, ret_place, err);

	return result == 0 && !*ret_place ? refuse(way, "nothing", "there are too many links", err) : result;
}

/* ---- by the image alone ---- */

static int read_alone(void *context, const char *path, const char **ret_link, struct error *err)
{
	return read_image(((struct way *)context)->survey, path, ret_link, err);
}

/* The outermost bind that a mount is spelled inside, where links have no part in how it gets to its place. SIZE_MAX: none. */
static size_t find_bind_around(const struct plan *plan, size_t index)
{
	for (size_t i = 0; i < plan->mount_count; i++)
		if (i != index && plan->mounts[i].type == PLAN_BIND && path_is_within(plan->mounts[index].target, plan->mounts[i].target))
			return i;
	return SIZE_MAX;
}

/* Parents come first in a plan. */
static int find_place(struct survey *survey, size_t index, struct error *err)
{
	const struct plan_mount *mounts = survey->launch->plan->mounts;
	struct way way = {survey, mounts[index].target, index};
	const size_t around = find_bind_around(survey->launch->plan, index);

	if (around >= index)
		return walk(&way, read_alone, &survey->places[index], err);
	survey->places[index] = arena_printf(survey->arena, "%s%s", survey->places[around],
					     mounts[index].target + strlen(mounts[around].target));
	return 0;
}

static int find_places(struct survey *survey, struct error *err)
{
	const size_t count = survey->launch->plan->mount_count;
	const char *place;
	int result = 0;

	survey->places = arena_alloc(survey->arena, (count + 1) * sizeof(*survey->places));
	for (size_t i = 0; result == 0 && i < ARRAY_COUNT(own_places); i++) {
		struct way way = {survey, own_places[i], SIZE_MAX};

		result = walk(&way, read_alone, &place, err);
		if (result == 0 && strcmp(place, own_places[i]) != 0)
			result = refuse(&way, place, "what protects it would be there", err);
	}
	for (size_t i = 0; result == 0 && i < count; i++)
		result = find_place(survey, i, err);
	return result;
}

/* ---- the way to a mount ---- */

static const char *target_of(const struct survey *survey, size_t index)
{
	return string_printable(survey->arena, survey->launch->plan->mounts[index].target, 80);
}

/* What is mounted last, by name, would be looked for in somebody's directory. */
static int refuse_around(const struct way *way, size_t other, struct error *err)
{
	(void)error_set(err, way->survey->arena, ERROR_UNSUPPORTED, "the mount at %s would stand around %s, which is put there after it",
			target_of(way->survey, other), way->target);
	err->remedy = "mount it elsewhere";
	return -(int)err->kind;
}

/* At ${path} the way enters the place of another mount. */
static int refuse_through(const struct way *way, const char *path, size_t other, struct error *err)
{
	const struct survey *survey = way->survey;
	const char *place = way->index != SIZE_MAX ? survey->places[way->index] : path;
	const char *how = path_is_within(place, survey->places[other]) ? "that lies inside" : "the way there leads through";

	if (way->index == SIZE_MAX && path_is_within(way->target, survey->launch->plan->mounts[other].target))
		return refuse_around(way, other, err);
	return refuse(way, place, arena_printf(survey->arena, "%s the mount at %s", how,
					       target_of(survey, other)), err);
}

/* An engine may look for a link before the tmpfs is there, after, or copy it into it. */
static int refuse_covered(const struct way *way, const char *path, size_t index, struct error *err)
{
	const struct survey *survey = way->survey;

	return refuse(way, path, arena_printf(survey->arena, "that link is covered by the tmpfs at %s", target_of(survey, index)), err);
}

static int read_to_mount(void *context, const char *path, const char **ret_link, struct error *err)
{
	const struct way *way = context;
	const struct survey *survey = way->survey;
	const struct plan *plan = survey->launch->plan;
	int result = read_image(way->survey, path, ret_link, err);

	if (result == 0 && is_own(path) && !path_is_within(way->target, path))
		result = refuse(way, path, "that is the kernel's", err);
	for (size_t i = 0; result == 0 && i < plan->mount_count; i++) {
		if (i == way->index || !path_is_within(path, survey->places[i]))
			continue;
		if (plan->mounts[i].type != PLAN_TMPFS)
			result = refuse_through(way, path, i, err);
		else if (*ret_link)
			result = refuse_covered(way, path, i, err);
	}
	return result;
}

static int check_mount(struct survey *survey, size_t index, struct error *err)
{
	struct way way = {survey, survey->launch->plan->mounts[index].target, index};
	const char *place, *reason;
	int result;

	if (find_bind_around(survey->launch->plan, index) < index)
		return 0;
	result = walk(&way, read_to_mount, &place, err);
	reason = result < 0 || strcmp(place, way.target) == 0 ? NULL : verdict_target_reason(place);
	return reason ? refuse(&way, place, reason, err) : result;
}

/* What engines and hardrun mount of their own. */
static int check_others(struct survey *survey, struct error *err)
{
	const struct launch *launch = survey->launch;
	const bool is_engine = !host_backend_is_oci(launch->backend);
	const struct { const char *target; bool is_there; } others[] = {
		{"/etc/hosts", is_engine}, {"/etc/hostname", is_engine}, {"/etc/resolv.conf", is_engine},
		{BACKEND_NOTIFY_TARGET, backend_is_notified(launch->plan, launch->facts)},
		{BACKEND_SECRETS_TARGET, launch->plan->secret_count > 0},
	};
	const char *place;
	int result = 0;

	for (size_t i = 0; result == 0 && i < ARRAY_COUNT(others); i++) {
		struct way way = {survey, others[i].target, SIZE_MAX};

		if (others[i].is_there)
			result = walk(&way, read_to_mount, &place, err);
	}
	return result;
}

/* ---- the way to the working directory ---- */

static int refuse_directory(const struct way *way, const char *reason, const char *remedy, struct error *err)
{
	struct arena *arena = way->survey->arena;

	(void)error_set(err, arena, ERROR_UNSUPPORTED, "the working directory %s cannot be entered safely: %s",
			string_printable(arena, way->target, 80), reason);
	err->remedy = remedy;
	return -(int)err->kind;
}

static const char *start_in(const struct survey *survey, const char *first, size_t index)
{
	return arena_printf(survey->arena, "%suse --workdir %s and cd in the command", first, target_of(survey, index));
}

/* The innermost mount that has ${path}; SIZE_MAX: it is the image's. */
static size_t find_innermost(const struct survey *survey, const char *path)
{
	size_t found = SIZE_MAX;

	for (size_t i = 0; i < survey->launch->plan->mount_count; i++)
		if (path_is_within(path, survey->places[i]) &&
		    (found == SIZE_MAX || path_is_within(survey->places[i], survey->places[found])))
			found = i;
	return found;
}

/* A directory of somebody else's that can be written: the runtime, as root, shall not be led there to make anything. */
static size_t find_foreign(const struct survey *survey)
{
	const struct launch *launch = survey->launch;

	for (size_t i = 0; i < launch->plan->mount_count; i++) {
		const struct plan_mount *mount = &launch->plan->mounts[i];
		const bool is_asked = mount->type == PLAN_BIND && !mount->is_read_only;
		CLOSE_FD int fd = is_asked ? sources_open(launch, i) : -1;
		struct stat status;

		if (is_asked && (fd < 0 || fstat(fd, &status) < 0 || status.st_uid != launch->facts->caller_uid))
			return i;
	}
	return SIZE_MAX;
}

/* In a bind: it must be there, for what is missing the runtime would make as root, and no link is followed. */
static int check_in_bind(const struct way *way, const char *path, size_t index, struct error *err)
{
	const struct survey *survey = way->survey;
	const char *rest = path + strlen(survey->places[index]) + 1;
	CLOSE_FD int source = sources_open(survey->launch, index);
	CLOSE_FD int fd = source < 0 ? -1 : inside_find(survey->arena, source, rest);
	size_t other;

	if (fd < 0)
		return refuse_directory(way, arena_printf(survey->arena, "the mount at %s has no directory %s, and root makes none there and "
					"follows no link", target_of(survey, index), string_printable(survey->arena, rest, 80)),
					start_in(survey, "make it there first, or ", index), err);
	if (sources_is_fixed(fd) && sources_is_way_of_root(survey->arena, source, path + strlen(survey->places[index])))
		return 0;
	/* Before it has changed its root: a link would lead it anywhere on this machine. */
	if (survey->launch->plan->is_sandboxed)
		return refuse_directory(way, arena_printf(survey->arena, "runsc makes it as root if it is not there, and whoever can change %s "
					"could lead it elsewhere", string_printable(survey->arena, path, 80)), start_in(survey, "", index), err);
	/* Somebody may put a link there a moment later: then it shall lead nowhere that matters. */
	other = find_foreign(survey);
	if (other == SIZE_MAX)
		return 0;
	return refuse_directory(way, arena_printf(survey->arena, "whoever can change %s could lead root into the mount at %s, to make a "
				"directory there", string_printable(survey->arena, path, 80), target_of(survey, other)),
				start_in(survey, "", index), err);
}

static int read_to_directory(void *context, const char *path, const char **ret_link, struct error *err)
{
	const struct way *way = context;
	const struct survey *survey = way->survey;
	const size_t index = find_innermost(survey, path);
	int result = read_image(way->survey, path, ret_link, err);

	if (result < 0)
		return result;
	if (is_own(path))
		return refuse_directory(way, arena_printf(survey->arena, "a link leads to %s, which is the kernel's",
					string_printable(survey->arena, path, 80)), "use --workdir with another directory", err);
	if (index == SIZE_MAX)
		return 0;
	if (survey->launch->plan->mounts[index].type == PLAN_TMPFS)
		return *ret_link ? refuse_covered(way, path, index, err) : 0;
	*ret_link = NULL;
	if (strcmp(path, survey->places[index]) == 0 || !survey->launch->facts->is_root ||
	    !(survey->launch->is_guarded || survey->launch->plan->is_sandboxed))
		return 0;
	if (survey->launch->plan->mounts[index].type == PLAN_VOLUME)
		return refuse_directory(way, arena_printf(survey->arena, "it lies inside the named volume %s, and nobody judges what is there",
					survey->launch->plan->mounts[index].source), start_in(survey, "", index), err);
	return check_in_bind(way, path, index, err);
}

static int check_directory(struct survey *survey, struct error *err)
{
	const char *directory = survey->question->directory, *place;
	struct way way = {survey, directory ? path_tidy(survey->arena, directory) : "/", SIZE_MAX};

	/* An engine has an image's own as it is. */
	if (!path_is_clean(way.target))
		return refuse_directory(&way, "it is no clean absolute path", "use --workdir with another directory", err);
	return walk(&way, read_to_directory, &place, err);
}

/* ---- all ---- */

static void note_ways(const struct survey *survey)
{
	for (size_t i = 0; survey->question->ways && i < survey->steps.count; i++)
		string_list_add(survey->arena, survey->question->ways, survey->steps.items[i].path);
}

int places_check(struct arena *arena, const struct launch *launch, const struct places_question *question, struct error *err)
{
	struct survey survey = {.arena = arena, .launch = launch, .question = question};
	int result = find_places(&survey, err);

	for (size_t i = 0; result == 0 && i < launch->plan->mount_count; i++)
		result = check_mount(&survey, i, err);
	if (result == 0)
		result = check_others(&survey, err);
	if (result == 0)
		result = check_directory(&survey, err);
	if (result == 0)
		note_ways(&survey);
	return result;
}
