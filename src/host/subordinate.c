/* subordinate: the ids that /etc/subuid and /etc/subgid give the caller, and the two user namespaces made of them. */
#include "host_internal.h"

#include <string.h>

enum {
	RANGES_MAX = 64,            /* the kernel takes 340 lines */
	FIRST_FREE = 100000,        /* where useradd begins; login.defs(5), SUB_UID_MIN */
	RANGE_USUAL = 65536,
};
#define ID_LAST UINT32_C(2147483647) /* as far as a container's ids go */

/* The ids of somebody else. */
struct claim { const char *user; uint64_t first, count; unsigned line; };

/* The ranges of one file. */
struct subordinate {
	struct arena *arena;
	const char *file;      /* "/etc/subuid" */
	const char *name;      /* of the caller; NULL: none */
	uint32_t own;          /* the caller's own id */
	uid_t uid;             /* also for groups: both files name users */
	struct host_id_range *ranges; /* ${inside} is the number of its line */
	size_t count;
	struct { struct claim *items; size_t count; } others;
	uint64_t total, next_free;
	const char *problem;
};

static bool is_callers(const struct subordinate *ids, const char *user)
{
	uint64_t number;

	return (ids->name != NULL && strcmp(user, ids->name) == 0) || (parse_decimal(user, &number) && number == ids->uid);
}

static bool overlaps(const struct host_id_range *range, uint64_t first, uint64_t count)
{
	return first < (uint64_t)range->outside + range->count && range->outside < first + count;
}

/* One clause why the range cannot be taken; NULL: it can. newuidmap or the kernel would refuse it with less of a sentence. */
static const char *range_problem(const struct subordinate *ids, uint64_t first, uint64_t count)
{
	const struct host_id_range own = { .outside = ids->own, .count = 1 };

	if (first == 0)
		return "gives you root's own id";
	if (first > ID_LAST || count > ID_LAST || first + count - 1 > ID_LAST)
		return "gives you ids beyond 2147483647";
	if (overlaps(&own, first, count))
		return "gives you your own id once more";
	for (size_t i = 0; i < ids->count; i++)
		if (overlaps(&ids->ranges[i], first, count))
			return "gives you the same ids twice";
	return NULL;
}

static void take_range(struct subordinate *ids, uint64_t first, uint64_t count, unsigned line)
{
	const char *problem = range_problem(ids, first, count);

	if (problem != NULL) {
		ids->problem = arena_printf(ids->arena, "line %u of %s %s", line, ids->file, problem);
		return;
	}
	if (ids->count >= RANGES_MAX || ids->total + count > ID_LAST)
		return;
	*vector_push(ids->arena, ids->ranges, ids->count) =
		(struct host_id_range){ .inside = line, .outside = (uint32_t)first, .count = (uint32_t)count };
	ids->total += count;
}

/* "name:100000:65536". What cannot be read is not the caller's, and newuidmap skips it too. */
static void read_line(struct subordinate *ids, char *line, unsigned number)
{
	const char *user = strsep(&line, ":"), *first_text = strsep(&line, ":"), *count_text = line;
	uint64_t first, count;

	if (count_text == NULL || !parse_decimal(first_text, &first) || !parse_decimal(count_text, &count) || count == 0 ||
	    first > UINT32_MAX || count > UINT32_MAX)
		return;
	if (first + count > ids->next_free)
		ids->next_free = first + count;
	if (!is_callers(ids, user))
		*vector_push(ids->arena, ids->others.items, ids->others.count) = (struct claim){ user, first, count, number };
	else if (ids->problem == NULL)
		take_range(ids, first, count, number);
}

/* With the same ids two people's containers are one another's: they may kill each other, and read each other's files. */
static const char *shared_problem(const struct subordinate *ids)
{
	for (size_t i = 0; i < ids->others.count; i++) {
		const struct claim *other = &ids->others.items[i];

		for (size_t j = 0; j < ids->count; j++)
			if (overlaps(&ids->ranges[j], other->first, other->count))
				return arena_printf(ids->arena, "line %u of %s gives you ids that line %u gives to %s", ids->ranges[j].inside,
						    ids->file, other->line, string_printable(ids->arena, other->user, 40));
	}
	return NULL;
}

static struct subordinate read_file(struct arena *arena, const struct host_facts *facts, const char *root, bool is_group)
{
	struct subordinate ids = {
		.arena = arena, .file = is_group ? "/etc/subgid" : "/etc/subuid", .name = facts->caller_name, .uid = facts->caller_uid,
		.own = is_group ? facts->caller_gid : facts->caller_uid, .next_free = FIRST_FREE,
	};
	const char *text = host_read_text(arena, arena_printf(arena, "%s%s", root, ids.file));
	char *cursor = text != NULL ? arena_strdup(arena, text) : NULL, *line;

	for (unsigned number = 1; (line = strsep(&cursor, "\n")) != NULL; number++)
		read_line(&ids, line, number);
	if (ids.problem == NULL)
		ids.problem = shared_problem(&ids);
	return ids;
}

static void add_range(struct arena *arena, struct host_id_map *map, uint64_t inside, uint64_t outside, uint64_t count)
{
	if (count > 0)
		*vector_push(arena, map->ranges, map->count) =
			(struct host_id_range){ (uint32_t)inside, (uint32_t)outside, (uint32_t)count };
}

/* hardrun's namespace: the caller is its root, the subordinate ids follow. */
static void fill_own(struct arena *arena, const struct subordinate *ids, struct host_id_map *map)
{
	uint64_t inside = 1;

	add_range(arena, map, 0, ids->own, 1);
	for (size_t i = 0; i < ids->count; i++) {
		add_range(arena, map, inside, ids->ranges[i].outside, ids->ranges[i].count);
		inside += ids->ranges[i].count;
	}
}

/* The container's: the caller keeps the own number, everybody else, root too, is a subordinate id. */
static void fill_containers(struct arena *arena, const struct subordinate *ids, struct host_id_map *map)
{
	const uint64_t below = ids->own < ids->total ? ids->own : ids->total;

	add_range(arena, map, 0, 1, below);
	add_range(arena, map, ids->own, 0, 1);
	add_range(arena, map, (uint64_t)ids->own + 1, below + 1, ids->total - below);
}

static const char *first_problem(const struct host_rootless *rootless, const struct subordinate *uids,
				 const struct subordinate *gids)
{
	if (uids->problem != NULL || gids->problem != NULL)
		return uids->problem != NULL ? uids->problem : gids->problem;
	if (uids->count == 0)
		return "/etc/subuid gives you no subordinate ids";
	if (gids->count == 0)
		return "/etc/subgid gives you no subordinate ids";
	if (rootless->newuidmap == NULL || rootless->newgidmap == NULL)
		return rootless->newuidmap == NULL ? "newuidmap is not installed" : "newgidmap is not installed";
	return NULL;
}

static const char *remedy_of(struct arena *arena, const struct host_facts *facts, const struct subordinate *uids,
			     const struct subordinate *gids)
{
	const uint64_t next = uids->next_free > gids->next_free ? uids->next_free : gids->next_free;
	const char *problem = uids->problem != NULL ? uids->problem : gids->problem;

	if (problem != NULL)
		return arena_printf(arena, "mend %s", uids->problem != NULL ? uids->file : gids->file);
	if (uids->count > 0 && gids->count > 0)
		return "apt install uidmap";
	return arena_printf(arena, "sudo usermod --add-subuids %llu-%llu --add-subgids %llu-%llu %s", (unsigned long long)next,
			    (unsigned long long)next + RANGE_USUAL - 1, (unsigned long long)next,
			    (unsigned long long)next + RANGE_USUAL - 1,
			    facts->caller_name != NULL ? facts->caller_name : arena_printf(arena, "%u", facts->caller_uid));
}

void host_read_subordinate(struct arena *arena, const struct host_facts *facts, struct host_rootless *rootless, const char *root)
{
	struct subordinate uids = read_file(arena, facts, root, false), gids = read_file(arena, facts, root, true);

	rootless->ids_problem = first_problem(rootless, &uids, &gids);
	if (rootless->ids_problem != NULL) {
		rootless->ids_remedy = remedy_of(arena, facts, &uids, &gids);
		uids.count = gids.count = 0;
		uids.total = gids.total = 0;
	}
	fill_own(arena, &uids, &rootless->own_uids);
	fill_own(arena, &gids, &rootless->own_gids);
	fill_containers(arena, &uids, &rootless->uids);
	fill_containers(arena, &gids, &rootless->gids);
}
