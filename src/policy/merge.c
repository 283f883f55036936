/* merge: how the files of a chain become one policy, key by key, as the table's rows say. */
#include <string.h>

#include "policy_internal.h"

/* Appends ${count} items of ${source} to the array at ${slot}. Both arrays hold items of ${size} bytes. */
struct array {
	void **items;
	size_t *count;
	size_t size;
};

static void join(struct arena *arena, struct array child, struct array parent)
{
	const size_t total = *child.count + *parent.count;
	char *joined;

	if (*parent.count == 0)
		return;
	joined = arena_alloc(arena, total * child.size);
	if (*child.count > 0)
		memcpy(joined, *child.items, *child.count * child.size);
	memcpy(joined + *child.count * child.size, *parent.items, *parent.count * child.size);
	*child.items = joined;
	*child.count = total;
}

static struct array array_of(struct policy *policy, const struct key_spec *key, size_t size)
{
	char *base = (char *)policy;

	return (struct array){ (void **)(void *)(base + key->offset), (size_t *)(void *)(base + key->count_offset), size };
}

static void join_lists(struct arena *arena, struct policy_list *child, const struct policy_list *parent)
{
	size_t parent_count = parent->count;
	void *parent_items = parent->items;
	void *child_items = child->items;

	if (!parent->is_set)
		return;
	if (!child->is_set)
		child->place = parent->place;
	child->is_set = true;
	join(arena, (struct array){ &child_items, &child->count, sizeof(*child->items) },
	     (struct array){ &parent_items, &parent_count, sizeof(*child->items) });
	child->items = child_items;
}

static bool is_amount(const struct policy_number *number)
{
	return number->value >= 0;
}

/* The larger of both. Of an amount and a share both are kept, the amount in value: only the machine can tell which is larger. */
static void widen_number(struct policy_number *child, const struct policy_number *parent)
{
	bool is_parents;

	if (!parent->is_set)
		return;
	if (!child->is_set) {
		*child = *parent;
		return;
	}
	if (is_amount(parent))
		is_parents = parent->value > child->value;
	else
		is_parents = !is_amount(child) && parent->percent > child->percent;
	if (parent->percent > child->percent)
		child->percent = parent->percent;
	if (is_parents) {
		child->value = parent->value;
		child->place = parent->place;
	}
}

static const struct policy_pair *find_pair(const struct policy_map *map, const char *name)
{
	for (size_t i = 0; i < map->count; i++) {
		if (strcmp(map->items[i].name, name) == 0)
			return &map->items[i];
	}
	return NULL;
}

/* Adds the parent's names that the child lacks; with ${is_widening} the larger number wins where both have one. */
static void merge_maps(struct arena *arena, struct policy_map *child, const struct policy_map *parent, bool is_widening)
{
	struct policy_map merged = { .is_set = child->is_set || parent->is_set, .place = child->is_set ? child->place : parent->place };

	for (size_t i = 0; i < child->count; i++) {
		const struct policy_pair *theirs = find_pair(parent, child->items[i].name);
		const bool is_theirs = is_widening && theirs != NULL && theirs->number > child->items[i].number;

		*vector_push(arena, merged.items, merged.count) = is_theirs ? *theirs : child->items[i];
	}
	for (size_t i = 0; i < parent->count; i++) {
		if (find_pair(child, parent->items[i].name) == NULL)
			*vector_push(arena, merged.items, merged.count) = parent->items[i];
	}
	*child = merged;
}

static void merge_bool(struct policy_bool *child, const struct policy_bool *parent, bool is_widening)
{
	if (parent->is_set && (!child->is_set || (is_widening && parent->value && !child->value)))
		*child = *parent;
}

/* How much a word of apparmor confines. */
static unsigned profile_rank(const struct policy_text *text)
{
	if (text->value == NULL)
		return 1;
	if (strcmp(text->value, POLICY_APPARMOR_UNCONFINED) == 0)
		return 0;
	return strcmp(text->value, POLICY_APPARMOR_GENERATED) == 0 ? 3 : 2;
}

static void merge_key(struct arena *arena, const struct key_spec *key, struct policy *child, struct policy *parent)
{
	void *mine = (char *)child + key->offset;
	const void *theirs = (const char *)parent + key->offset;
	const bool is_widening = key->merge == KEY_MERGE_WIDEN;

	switch (key->type) {
	case KEY_BOOL:
		merge_bool(mine, theirs, is_widening);
		return;
	case KEY_SIZE:
	case KEY_SIZE_SHARE:
	case KEY_CPUS:
	case KEY_CPUS_SHARE:
	case KEY_COUNT:
	case KEY_SECONDS:
		if (is_widening || !((struct policy_number *)mine)->is_set)
			widen_number(mine, theirs);
		return;
	case KEY_TEXT:
		if (key->merge == KEY_MERGE_CONFINE ? profile_rank(theirs) > profile_rank(mine) : ((struct policy_text *)mine)->value == NULL)
			*(struct policy_text *)mine = *(const struct policy_text *)theirs;
		return;
	case KEY_LIST:
		if (is_widening || !((struct policy_list *)mine)->is_set)
			join_lists(arena, mine, theirs);
		return;
	case KEY_MAP:
	case KEY_LIMITS:
	case KEY_SECRETS:
		merge_maps(arena, mine, theirs, is_widening);
		return;
	case KEY_USER:
		if (((struct policy_user *)mine)->kind == POLICY_USER_UNSET)
			*(struct policy_user *)mine = *(const struct policy_user *)theirs;
		return;
	case KEY_USERS:
		join(arena, array_of(child, key, sizeof(struct policy_user)), array_of(parent, key, sizeof(struct policy_user)));
		return;
	case KEY_PORTS:
		join(arena, array_of(child, key, sizeof(struct policy_port)), array_of(parent, key, sizeof(struct policy_port)));
		return;
	case KEY_OBJECTS:
		join(arena, array_of(child, key, sizeof(struct policy_volume)), array_of(parent, key, sizeof(struct policy_volume)));
		return;
	case KEY_SYSCALLS:
		join(arena, array_of(child, key, sizeof(struct policy_syscall_rule)),
		     array_of(parent, key, sizeof(struct policy_syscall_rule)));
		return;
	case KEY_HAZARDS:
		for (size_t i = 0; i < HAZARD_COUNT; i++)
			merge_bool(&child->hazards[i], &parent->hazards[i], true);
		return;
	case KEY_SECTION:
	case KEY_VERSION:
	case KEY_LATER:
	case KEY_TYPE_COUNT:
		return;
	}
}

void merge_parent(struct arena *arena, struct policy *child, const struct policy *parent)
{
	struct policy copy = *parent; /* array_of wants one it could write to */

	for (size_t i = 0; i < key_spec_count; i++) {
		if (key_specs[i].merge != KEY_MERGE_NEVER)
			merge_key(arena, &key_specs[i], child, &copy);
	}
	child->is_root_owned = child->is_root_owned && parent->is_root_owned;
	for (size_t i = 0; i < parent->files.count; i++)
		string_list_add(arena, &child->files, parent->files.items[i]);
	for (size_t i = 0; i < parent->digests.count; i++)
		string_list_add(arena, &child->digests, parent->digests.items[i]);
}

int64_t policy_ceiling(const struct policy_number *number, int64_t whole)
{
	const int64_t share = number->percent > 0 ? whole / 100 * number->percent + whole % 100 * number->percent / 100 : 0;

	if (!number->is_set)
		return 0;
	return number->value > share ? number->value : share;
}
