/* values: one reader for each type of the key table. */
#include <string.h>

#include "policy_read.h"

#define NANO INT64_C(1000000000)

static void *slot_of(const struct reader *reader, const struct key_spec *key)
{
	return (char *)reader->policy + key->offset;
}

static size_t *count_of(const struct reader *reader, const struct key_spec *key)
{
	return (size_t *)(void *)((char *)reader->policy + key->count_offset);
}

static void read_bool(struct reader *reader, const struct key_spec *key, const struct node *node)
{
	struct policy_bool *slot = slot_of(reader, key);
	const char *text = read_text(reader, key, key->path, node);

	if (text == NULL)
		return;
	if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0) {
		read_complaint(reader, key->path, node, &(struct complaint){ "is not a switch", "write true or false" });
		return;
	}
	*slot = (struct policy_bool){ true, strcmp(text, "true") == 0, node->place };
}

/* ---- numbers ---- */

/* How a number of the key is written, for messages. */
static const char *format_number(struct arena *arena, enum key_type type, int64_t value)
{
	if (type == KEY_SIZE || type == KEY_SIZE_SHARE)
		return format_size(arena, value);
	if (type == KEY_CPUS || type == KEY_CPUS_SHARE)
		return format_cpus(arena, value);
	if (type == KEY_SECONDS)
		return arena_printf(arena, "%jds", (intmax_t)value);
	return arena_printf(arena, "%jd", (intmax_t)value);
}

static bool parse_seconds(const char *text, int64_t *ret_seconds)
{
	int64_t nanoseconds;

	if (!parse_duration(text, &nanoseconds) || nanoseconds % NANO != 0)
		return false;
	*ret_seconds = nanoseconds / NANO;
	return true;
}

static bool parse_count(const char *text, int64_t *ret_count)
{
	uint64_t count;

	if (!parse_decimal(text, &count) || count > INT64_MAX)
		return false;
	*ret_count = (int64_t)count;
	return true;
}

/* "50%": 1 to 100, as the negative number that stands for a share. */
static bool parse_share(struct arena *arena, const char *text, int64_t *ret_value)
{
	const size_t length = strlen(text);
	uint64_t percent;

	if (length < 2 || text[length - 1] != '%' || !parse_decimal(arena_strndup(arena, text, length - 1), &percent) ||
	    percent < 1 || percent > 100)
		return false;
	*ret_value = -(int64_t)percent;
	return true;
}

static bool parse_number(struct arena *arena, enum key_type type, const char *text, int64_t *ret_value)
{
	if ((type == KEY_SIZE_SHARE || type == KEY_CPUS_SHARE) && parse_share(arena, text, ret_value))
		return true;
	if (type == KEY_SIZE || type == KEY_SIZE_SHARE)
		return parse_size(text, ret_value);
	if (type == KEY_CPUS || type == KEY_CPUS_SHARE)
		return parse_cpus(text, ret_value);
	return type == KEY_SECONDS ? parse_seconds(text, ret_value) : parse_count(text, ret_value);
}

static struct complaint number_complaint(enum key_type type)
{
	if (type == KEY_SIZE)
		return (struct complaint){ "is not a size", "write bytes with a unit, as in 512m" };
	if (type == KEY_SIZE_SHARE)
		return (struct complaint){ "is not a size", "write bytes with a unit, as in 512m, or a share of the host, as in 50%" };
	if (type == KEY_CPUS)
		return (struct complaint){ "is not a number of processors", "write as in 0.5" };
	if (type == KEY_CPUS_SHARE)
		return (struct complaint){ "is not a number of processors", "write as in 0.5, or a share of the host, as in 50%" };
	if (type == KEY_SECONDS)
		return (struct complaint){ "is not a time in whole seconds", "write it with its unit, as in 10s or 1m30s" };
	return (struct complaint){ "is not a plain number", "write digits only, without a leading zero" };
}

static void read_number(struct reader *reader, const struct key_spec *key, const struct node *node)
{
	struct policy_number *slot = slot_of(reader, key);
	const char *text = read_text(reader, key, key->path, node);
	int64_t value;

	if (text == NULL)
		return;
	if (!parse_number(reader->arena, key->type, text, &value)) {
		const struct complaint complaint = number_complaint(key->type);

		read_complaint(reader, key->path, node, &complaint);
		return;
	}
	/* A share is within its own bounds already. */
	if (value >= 0 && (value < key->minimum || value > key->maximum)) {
		read_complaint(reader, key->path, node, &(struct complaint){
			arena_printf(reader->arena, "is not within %s to %s", format_number(reader->arena, key->type, key->minimum),
				     format_number(reader->arena, key->type, key->maximum)), NULL });
		return;
	}
	*slot = (struct policy_number){ .is_set = true, .value = value, .place = node->place, .percent = value < 0 ? -value : 0 };
}

/* ---- maps ---- */

static bool is_map(struct reader *reader, const struct key_spec *key, const struct node *node, struct policy_map *map)
{
	if (node->kind != NODE_MAP) {
		read_wrong_type(reader, key->path, node, "a map of names to values", key->example);
		return false;
	}
	map->is_set = true;
	map->place = node->place;
	return true;
}

/* Checks the name of a map's entry. */
static bool is_name_fine(struct reader *reader, const struct key_spec *key, const struct node *entry)
{
	struct complaint complaint = { 0 };

	if (key->check == NULL || key->check(reader->arena, entry->key, &complaint))
		return true;
	complain_add(reader->errors, ERROR_POLICY, entry->key_place, complaint.remedy, "%s: the name %s %s", key->path,
		     complain_quote(reader->arena, entry->key), complaint.reason);
	return false;
}

static void read_map(struct reader *reader, const struct key_spec *key, const struct node *node)
{
	struct policy_map *map = slot_of(reader, key);

	if (!is_map(reader, key, node, map))
		return;
	for (const struct node *entry = node->first; entry != NULL; entry = entry->next) {
		const char *path = arena_printf(reader->arena, "%s.%s", key->path, string_printable(reader->arena, entry->key, 60));
		struct complaint complaint = { 0 };
		struct policy_text text = { 0 };
		struct policy_pair *pair;

		if (!is_name_fine(reader, key, entry) || !read_checked(reader, key, path, entry, &text))
			continue;
		if (key->check_pair != NULL && !key->check_pair(entry->key, text.value, &complaint)) {
			read_complaint(reader, path, entry, &complaint);
			continue;
		}
		pair = vector_push(reader->arena, map->items, map->count);
		*pair = (struct policy_pair){ .name = entry->key, .value = text.value, .place = text.place };
	}
}

/* True for {soft: N, hard: N}, in either order, with both alike. */
static bool is_soft_and_hard(const struct node *entry)
{
	const struct node *first = entry->first, *last = entry->last;

	if (entry->count != 2 || first->kind != NODE_TEXT || last->kind != NODE_TEXT || strcmp(first->text, last->text) != 0)
		return false;
	if (strcmp(first->key, "soft") == 0)
		return strcmp(last->key, "hard") == 0;
	return strcmp(first->key, "hard") == 0 && strcmp(last->key, "soft") == 0;
}

/* The one number of a limit: N, or {soft: N, hard: N}. */
static bool read_limit(struct reader *reader, const struct key_spec *key, const struct node *entry, int64_t *ret_number)
{
	const char *path = arena_printf(reader->arena, "%s.%s", key->path, entry->key);
	const struct node *number = entry;
	const char *text;

	if (entry->kind == NODE_MAP) {
		if (!is_soft_and_hard(entry)) {
			complain_add(reader->errors, ERROR_POLICY, entry->place, "write one number for both, as in nofile: 4096",
				     "%s takes one number, or soft and hard alike", path);
			return false;
		}
		number = entry->first;
	}
	text = read_text(reader, key, path, number);
	if (text == NULL)
		return false;
	if (!parse_count(text, ret_number)) {
		const struct complaint complaint = number_complaint(KEY_COUNT);

		read_complaint(reader, path, number, &complaint);
		return false;
	}
	return true;
}

static void read_limits(struct reader *reader, const struct key_spec *key, const struct node *node)
{
	struct policy_map *map = slot_of(reader, key);
	int64_t number;

	if (!is_map(reader, key, node, map))
		return;
	for (const struct node *entry = node->first; entry != NULL; entry = entry->next) {
		if (!is_name_fine(reader, key, entry) || !read_limit(reader, key, entry, &number))
			continue;
		*vector_push(reader->arena, map->items, map->count) = (struct policy_pair){
			.name = entry->key, .value = arena_printf(reader->arena, "%jd", (intmax_t)number), .number = number,
			.place = entry->place };
	}
}

/* ---- users and ports ---- */

static void read_user(struct reader *reader, const struct key_spec *key, const struct node *node)
{
	struct policy_user *slot = slot_of(reader, key);
	const char *text = read_text(reader, key, key->path, node);
	struct complaint complaint = { 0 };

	if (text == NULL)
		return;
	if (!grant_read_user(reader->arena, text, slot, &complaint)) {
		read_complaint(reader, key->path, node, &complaint);
		return;
	}
	slot->place = node->place;
}

static void read_users(struct reader *reader, const struct key_spec *key, const struct node *item)
{
	const char *text = read_text(reader, key, key->path, item);
	struct complaint complaint = { 0 };
	struct policy_user user;

	if (text == NULL)
		return;
	if (!grant_read_users(reader->arena, text, &user, &complaint)) {
		read_complaint(reader, key->path, item, &complaint);
		return;
	}
	user.place = item->place;
	*vector_push(reader->arena, reader->policy->allow.users, reader->policy->allow.user_count) = user;
}

static void read_ports(struct reader *reader, const struct key_spec *key, const struct node *item)
{
	const char *text = read_text(reader, key, key->path, item);
	struct complaint complaint = { 0 };
	struct policy_port port;

	if (text == NULL)
		return;
	if (!grant_read_port(reader->arena, text, &port, &complaint)) {
		read_complaint(reader, key->path, item, &complaint);
		return;
	}
	port.place = item->place;
	*vector_push(reader->arena, reader->policy->allow.ports, reader->policy->allow.port_count) = port;
}

/* ---- lists of maps ---- */

/* Reads the keys of one map, whose rows are "PATH[].key". */
static bool read_object(struct reader *reader, const struct key_spec *key, const struct node *item, struct object_fields *fields)
{
	const char *prefix = arena_printf(reader->arena, "%s[]", key->path);
	const size_t errors_before = reader->errors->count;

	for (const struct node *node = item->first; node != NULL; node = node->next) {
		const struct key_spec *row = key_find(prefix, node->key);
		void *slot;

		if (row == NULL) {
			read_unknown_key(reader, prefix, node);
			continue;
		}
		slot = (char *)fields + row->offset;
		if (row->type == KEY_LIST)
			read_list(reader, row, node, slot);
		else
			(void)read_checked(reader, row, row->path, node, slot);
	}
	return reader->errors->count == errors_before;
}

static void read_volumes(struct reader *reader, const struct key_spec *key, const struct node *item)
{
	struct object_fields fields = { 0 };
	struct policy_volume volume = { .place = item->place };

	if (item->kind != NODE_MAP) {
		read_wrong_type(reader, key->path, item, "a list of maps", key->example);
		return;
	}
	if (!read_object(reader, key, item, &fields))
		return;
	if ((fields.source.value == NULL) == (fields.volume.value == NULL)) {
		complain_add(reader->errors, ERROR_POLICY, item->place, "use source: for directories, volume: for named volumes",
			     "an entry of %s has either source or volume", key->path);
		return;
	}
	if (fields.volume.value != NULL && fields.owner.value != NULL) {
		complain_add(reader->errors, ERROR_POLICY, fields.owner.place, "leave owner: out",
			     "%s: a volume has no owner, only directories do", key->path);
		return;
	}
	volume.source = fields.source.value;
	volume.volume = fields.volume.value;
	volume.target = fields.target.value;
	volume.is_writable = fields.access.value != NULL && strcmp(fields.access.value, "rw") == 0;
	volume.is_owned = fields.owner.value != NULL;
	*vector_push(reader->arena, reader->policy->allow.volumes, reader->policy->allow.volume_count) = volume;
}

static void read_syscalls(struct reader *reader, const struct key_spec *key, const struct node *item)
{
	struct policy_syscall_rule **rules = slot_of(reader, key);
	size_t *count = count_of(reader, key);
	struct object_fields fields = { 0 };
	struct policy_text name = { 0 };

	if (item->kind != NODE_MAP) {
		/* A plain name follows the same rules as one in names:. */
		const struct key_spec *row = key_find(arena_printf(reader->arena, "%s[]", key->path), "names");

		if (row != NULL && read_checked(reader, row, key->path, item, &name))
			*vector_push(reader->arena, *rules, *count) =
				(struct policy_syscall_rule){ .name = name.value, .place = name.place };
		return;
	}
	if (!read_object(reader, key, item, &fields))
		return;
	if (fields.names.count == 0) {
		complain_add(reader->errors, ERROR_POLICY, item->place, "write {names: [socket], when: \"...\"}",
			     "an entry of %s names no call", key->path);
		return;
	}
	for (size_t i = 0; i < fields.names.count; i++)
		*vector_push(reader->arena, *rules, *count) = (struct policy_syscall_rule){
			.name = fields.names.items[i].value, .when = fields.when.value, .place = fields.names.items[i].place };
}

static void read_hazards(struct reader *reader, const struct key_spec *key, const struct node *item)
{
	const char *text = read_text(reader, key, key->path, item);
	const char *names[HAZARD_COUNT];
	const char *near;
	enum hazard_id id;

	if (text == NULL)
		return;
	id = hazard_find(text);
	if (id != HAZARD_COUNT) {
		reader->policy->hazards[id] = (struct policy_bool){ true, true, item->place };
		return;
	}
	for (size_t i = 0; i < HAZARD_COUNT; i++)
		names[i] = hazard_specs[i].name;
	near = string_nearest(text, names, HAZARD_COUNT);
	read_complaint(reader, key->path, item, &(struct complaint){ "is not a hazard",
		near == NULL ? "policy(5) lists them" : arena_printf(reader->arena, "did you mean %s?", near) });
}

/* ---- the dispatch ---- */

static void read_items(struct reader *reader, const struct key_spec *key, const struct node *node,
		       void (*read_item)(struct reader *reader, const struct key_spec *key, const struct node *item))
{
	if (node->kind != NODE_LIST) {
		read_wrong_type(reader, key->path, node, "a list", key->example);
		return;
	}
	for (const struct node *item = node->first; item != NULL; item = item->next)
		read_item(reader, key, item);
}

void values_read(struct reader *reader, const struct key_spec *key, const struct node *node)
{
	switch (key->type) {
	case KEY_BOOL:
		read_bool(reader, key, node);
		return;
	case KEY_SIZE:
	case KEY_SIZE_SHARE:
	case KEY_CPUS:
	case KEY_CPUS_SHARE:
	case KEY_COUNT:
	case KEY_SECONDS:
		read_number(reader, key, node);
		return;
	case KEY_TEXT:
		(void)read_checked(reader, key, key->path, node, slot_of(reader, key));
		return;
	case KEY_LIST:
		read_list(reader, key, node, slot_of(reader, key));
		return;
	case KEY_MAP:
		read_map(reader, key, node);
		return;
	case KEY_LIMITS:
		read_limits(reader, key, node);
		return;
	case KEY_SECRETS:
		secrets_read(reader, key, node);
		return;
	case KEY_USER:
		read_user(reader, key, node);
		return;
	case KEY_USERS:
		read_items(reader, key, node, read_users);
		return;
	case KEY_PORTS:
		read_items(reader, key, node, read_ports);
		return;
	case KEY_OBJECTS:
		read_items(reader, key, node, read_volumes);
		return;
	case KEY_SYSCALLS:
		read_items(reader, key, node, read_syscalls);
		return;
	case KEY_HAZARDS:
		read_items(reader, key, node, read_hazards);
		return;
	case KEY_LATER:
		complain_add(reader->errors, ERROR_UNSUPPORTED, node->key_place, "leave it out until it is",
			     "%s is not supported yet, and nothing in a policy is ignored", key->path);
		return;
	case KEY_VERSION: /* read_version has seen it */
	case KEY_SECTION:
	case KEY_TYPE_COUNT:
		return;
	}
}
