/* The laws of extends and of removal: a child only widens what its parent allows, and a line less is never a grant more. */
#include "policies.h"

#include "../../src/policy/policy_internal.h"

#define V "version: 1\n"

/* Child and parents, the nearest first, as a chain would join them. */
static const struct policy *join(struct arena *arena, const char *const *texts, size_t count)
{
	struct policy *child = arena_alloc(arena, sizeof(*child));

	*child = *policies_parse(arena, texts[0]);
	for (size_t i = 1; i < count; i++)
		merge_parent(arena, child, policies_parse(arena, texts[i]));
	return child;
}

static const struct policy *join_two(struct arena *arena, const char *child, const char *parent)
{
	const char *const texts[] = { child, parent };

	return join(arena, texts, 2);
}

static void test_the_nearest_record(void **state)
{
	struct arena *arena = arena_new();
	const struct policy *policy = join_two(arena, V "record: {to: syslog}\n", V "record: {to: file, path: /var/log/x}\n");
	struct policy_errors errors = { .arena = arena };

	(void)state;
	assert_string_equal(policy->record.to.value, "syslog");
	policy = join_two(arena, V, V "record: {to: file, path: /var/log/x}\n");
	assert_string_equal(policy->record.to.value, "file");
	assert_string_equal(policy->record.path.value, "/var/log/x");
	check_policy(policy, READ_POLICY, &errors);
	assert_int_equal(errors.count, 0);
	arena_free(arena);
}

/* The stricter word of a chain holds, whichever file it stands in. */
static void test_the_stricter_profile(void **state)
{
	static const struct { const char *child, *parent, *wanted; } rows[] = {
		{ V, V, NULL },
		{ V, V "apparmor: generated\n", "generated" },
		{ V "apparmor: generated\n", V, "generated" },
		{ V "apparmor: site\n", V "apparmor: generated\n", "generated" },
		{ V "apparmor: generated\n", V "apparmor: site\n", "generated" },
		{ V "apparmor: near\n", V "apparmor: far\n", "near" },
		{ V "hazards: [unconfined-apparmor]\napparmor: unconfined\n", V "apparmor: site\n", "site" },
		{ V "hazards: [unconfined-apparmor]\napparmor: unconfined\n", V "apparmor: generated\n", "generated" },
		{ V, V "hazards: [unconfined-apparmor]\napparmor: unconfined\nimages: [docker.io/library/x]\n", NULL },
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const char *child = arena_printf(arena, "%simages: [docker.io/library/x]\n", rows[i].child);
		const char *got = join_two(arena, child, rows[i].parent)->apparmor.value;

		if (rows[i].wanted == NULL)
			assert_null(got);
		else
			assert_string_equal(got, rows[i].wanted);
	}
	arena_free(arena);
}

/* As many digests as files, each beside its own. */
static void test_digests_follow_their_files(void **state)
{
	struct arena *arena = arena_new();
	const struct policy *policy = join_two(arena, V, V "record: {to: none}\n");

	(void)state;
	assert_int_equal(policy->files.count, 2);
	assert_int_equal(policy->digests.count, 2);
	assert_string_equal(policy->digests.items[0], "09bfcc6a14b83e2192b8673677725c84883ee9cd0c70e45c9ec09daa8f2b2847");
	assert_string_equal(policy->digests.items[1], "3917c7a7862ae8dd3bfab1d68c75f2024cee5dfe9926f9fca5d56e4bbb977f81");
	arena_free(arena);
}

/* ---- comparing grants ---- */

static bool number_is_within(const struct policy_number *less, const struct policy_number *more)
{
	static const int64_t wholes[] = { 1, 100, INT64_C(1) << 30, INT64_C(1) << 40 };

	for (size_t i = 0; i < ARRAY_COUNT(wholes); i++) {
		if (policy_ceiling(less, wholes[i]) > policy_ceiling(more, wholes[i]))
			return false;
	}
	return true;
}

static bool list_is_within(const struct policy_list *less, const struct policy_list *more)
{
	for (size_t i = 0; i < less->count; i++) {
		bool is_there = false;

		for (size_t j = 0; j < more->count; j++)
			is_there = is_there || strcmp(less->items[i].value, more->items[j].value) == 0;
		if (!is_there)
			return false;
	}
	return true;
}

static bool map_is_within(const struct policy_map *less, const struct policy_map *more)
{
	for (size_t i = 0; i < less->count; i++) {
		bool is_there = false;

		for (size_t j = 0; j < more->count; j++)
			is_there = is_there || (strcmp(less->items[i].name, more->items[j].name) == 0 &&
						less->items[i].number <= more->items[j].number);
		if (!is_there)
			return false;
	}
	return true;
}

static bool text_is_same(const char *first, const char *second)
{
	return first == second || (first != NULL && second != NULL && strcmp(first, second) == 0);
}

static bool volume_is_same(const void *first, const void *second)
{
	const struct policy_volume *a = first, *b = second;

	return text_is_same(a->source, b->source) && text_is_same(a->volume, b->volume) && text_is_same(a->target, b->target) &&
	       a->is_writable == b->is_writable && a->is_owned == b->is_owned;
}

static bool port_is_same(const void *first, const void *second)
{
	const struct policy_port *a = first, *b = second;

	return text_is_same(a->address, b->address) && text_is_same(a->protocol, b->protocol) && a->host_first == b->host_first &&
	       a->host_last == b->host_last && a->container_first == b->container_first && a->container_last == b->container_last;
}

static bool user_is_same(const void *first, const void *second)
{
	const struct policy_user *a = first, *b = second;

	return a->kind == b->kind && text_is_same(a->name, b->name) && a->uid_first == b->uid_first && a->uid_last == b->uid_last &&
	       a->has_gid == b->has_gid && a->gid_first == b->gid_first && a->gid_last == b->gid_last;
}

static bool rule_is_same(const void *first, const void *second)
{
	const struct policy_syscall_rule *a = first, *b = second;

	return text_is_same(a->name, b->name) && text_is_same(a->when, b->when);
}

struct items {
	const void *items;
	size_t count, size;
};
#define ITEMS(array, length) ((struct items){ (array), (length), sizeof(*(array)) })

/* Every item of ${less} is one of ${more}. */
static bool all_there(struct items less, struct items more, bool (*is_same)(const void *first, const void *second))
{
	for (size_t i = 0; i < less.count; i++) {
		bool is_there = false;

		for (size_t j = 0; j < more.count; j++)
			is_there = is_there || is_same((const char *)less.items + i * less.size, (const char *)more.items + j * more.size);
		if (!is_there)
			return false;
	}
	return true;
}

static bool objects_are_within(const struct policy *less, const struct policy *more)
{
	const struct policy_allow *a = &less->allow, *b = &more->allow;

	return all_there(ITEMS(a->volumes, a->volume_count), ITEMS(b->volumes, b->volume_count), volume_is_same) &&
	       all_there(ITEMS(a->ports, a->port_count), ITEMS(b->ports, b->port_count), port_is_same) &&
	       all_there(ITEMS(a->users, a->user_count), ITEMS(b->users, b->user_count), user_is_same) &&
	       all_there(ITEMS(less->seccomp.allow, less->seccomp.allow_count), ITEMS(more->seccomp.allow, more->seccomp.allow_count),
			 rule_is_same);
}

/* The first grant of ${less} that ${more} lacks, or NULL. Walks the key table, so that no new key can be forgotten. */
static const char *wider_key(const struct policy *less, const struct policy *more)
{
	for (size_t i = 0; i < key_spec_count; i++) {
		const struct key_spec *key = &key_specs[i];
		const void *a = (const char *)less + key->offset, *b = (const char *)more + key->offset;
		bool is_within = true;

		if (key->merge != KEY_MERGE_WIDEN)
			continue;
		if (key->type == KEY_LIST)
			is_within = list_is_within(a, b);
		else if (key->type == KEY_LIMITS)
			is_within = map_is_within(a, b);
		else if (key->type == KEY_BOOL)
			is_within = !((const struct policy_bool *)a)->value || ((const struct policy_bool *)b)->value;
		else if (key->type == KEY_HAZARDS)
			for (size_t h = 0; h < HAZARD_COUNT; h++)
				is_within = is_within && (!less->hazards[h].value || more->hazards[h].value);
		else if (key->type != KEY_USERS && key->type != KEY_PORTS && key->type != KEY_OBJECTS && key->type != KEY_SYSCALLS)
			is_within = number_is_within(a, b);
		if (!is_within)
			return key->path;
	}
	return objects_are_within(less, more) ? NULL : "allow.volumes, ports or user, or seccomp.allow";
}

/* ---- removal ---- */

static char *read_whole(struct arena *arena, const char *path)
{
	FILE *file = fopen(path, "re");
	char buffer[16384];
	size_t length;

	if (file == NULL)
		fail_msg("%s cannot be opened: run the tests from the top of the tree", path);
	length = fread(buffer, 1, sizeof(buffer), file);
	(void)fclose(file);
	return arena_strndup(arena, buffer, length);
}

/* ${text} without its line ${number}, counted from 0; NULL when there is no such line. */
static const char *without_line(struct arena *arena, const char *text, size_t number, const char **ret_line)
{
	const char *line = text, *end;

	for (; number > 0 && line != NULL; number--) {
		line = strchr(line, '\n');
		line = line == NULL ? NULL : line + 1;
	}
	if (line == NULL || *line == '\0')
		return NULL;
	end = strchr(line, '\n');
	end = end == NULL ? line + strlen(line) : end + 1;
	*ret_line = arena_strndup(arena, line, (size_t)(end - line));
	return arena_printf(arena, "%.*s%s", (int)(line - text), text, end);
}

/* Takes away each line in turn: what is left is wrong, or grants nothing that was not granted. */
static void test_removing_a_line_never_widens(void **state)
{
	struct arena *arena = arena_new();
	const char *text = read_whole(arena, *state), *line = NULL, *less;
	const struct policy *whole = policies_parse(arena, text);
	size_t still_right = 0;

	for (size_t i = 0; (less = without_line(arena, text, i, &line)) != NULL; i++) {
		struct policy_errors errors = { .arena = arena };
		const struct policy *policy = policy_parse(arena, "less", less, strlen(less), &errors);
		const char *wider = policy == NULL ? NULL : wider_key(policy, whole);

		if (wider != NULL)
			fail_msg("without its line %s%s is wider", line, wider);
		still_right += policy != NULL;
	}
	assert_true(still_right > 10);
	arena_free(arena);
}

/* What compares grants above is able to tell a difference. */
static void test_removing_is_seen(void **state)
{
	struct arena *arena = arena_new();
	const char *more = V "allow: {cpus: 2, entrypoint: true, networks: [none, a], ulimits: {nofile: 9}, ports: [\"*:1:1\"]}\n";
	const char *const less[] = {
		V "allow: {cpus: 1, entrypoint: true, networks: [none, a], ulimits: {nofile: 9}, ports: [\"*:1:1\"]}\n",
		V "allow: {cpus: 2, networks: [none, a], ulimits: {nofile: 9}, ports: [\"*:1:1\"]}\n",
		V "allow: {cpus: 2, entrypoint: true, networks: [none], ulimits: {nofile: 9}, ports: [\"*:1:1\"]}\n",
		V "allow: {cpus: 2, entrypoint: true, networks: [none, a], ulimits: {nofile: 8}, ports: [\"*:1:1\"]}\n",
		V "allow: {cpus: 2, entrypoint: true, networks: [none, a], ulimits: {nofile: 9}}\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(less); i++) {
		assert_null(wider_key(policies_parse(arena, less[i]), policies_parse(arena, more)));
		assert_non_null(wider_key(policies_parse(arena, more), policies_parse(arena, less[i])));
	}
	arena_free(arena);
}

/* The same for a chain: a line less in the child leaves at most what was there. */
static void test_removing_from_a_chain_never_widens(void **state)
{
	struct arena *arena = arena_new();
	const char *parent = read_whole(arena, "tests/corpus/p0.yaml"), *child = read_whole(arena, "tests/corpus/p0-legit.yaml");
	const struct policy *whole = join_two(arena, child, parent);
	const char *line = NULL, *less;

	(void)state;
	assert_null(wider_key(policies_parse(arena, parent), whole));
	assert_null(wider_key(policies_parse(arena, child), whole));
	for (size_t i = 0; (less = without_line(arena, child, i, &line)) != NULL; i++) {
		struct policy_errors errors = { .arena = arena };

		if (policy_parse(arena, "less", less, strlen(less), &errors) != NULL)
			assert_null(wider_key(join_two(arena, less, parent), whole));
	}
	for (size_t i = 0; (less = without_line(arena, parent, i, &line)) != NULL; i++) {
		struct policy_errors errors = { .arena = arena };

		if (policy_parse(arena, "less", less, strlen(less), &errors) != NULL)
			assert_null(wider_key(join_two(arena, child, less), whole));
	}
	arena_free(arena);
}

/* ---- the rules ---- */

static void test_defaults_nearest_wins(void **state)
{
	struct arena *arena = arena_new();
	const struct policy_defaults *defaults = &join_two(arena,
		V "defaults: {mem_limit: 64m, user: \"1:1\", tmpfs: [/a], environment: {A: child}, network_mode: none}\n",
		V "defaults: {mem_limit: 1g, cpus: 2, user: caller, tmpfs: [/b], environment: {A: parent, B: parent}, init: true,"
		  " ulimits: {core: 0}, hostname: h}\n")->defaults;

	(void)state;
	assert_int_equal(defaults->mem_limit.value, 64 << 20);
	assert_int_equal(defaults->cpus.value, 2000000000);
	assert_int_equal(defaults->user.kind, POLICY_USER_IDS);
	assert_int_equal(defaults->tmpfs.count, 1);
	assert_string_equal(defaults->tmpfs.items[0].value, "/a");
	assert_int_equal(defaults->environment.count, 2);
	assert_string_equal(defaults->environment.items[0].value, "child");
	assert_string_equal(defaults->environment.items[1].name, "B");
	assert_true(defaults->init.value);
	assert_int_equal(defaults->ulimits.count, 1);
	assert_string_equal(defaults->network_mode.value, "none");
	assert_string_equal(defaults->hostname.value, "h");
	arena_free(arena);
}

static void test_an_empty_list_is_set(void **state)
{
	struct arena *arena = arena_new();
	const struct policy *policy = join_two(arena, V "defaults: {tmpfs: [], cap_add: []}\n",
					       V "defaults: {tmpfs: [/b], cap_add: [CHOWN]}\n");

	(void)state;
	assert_true(policy->defaults.tmpfs.is_set);
	assert_int_equal(policy->defaults.tmpfs.count, 0);
	assert_int_equal(policy->defaults.cap_add.count, 0);
	arena_free(arena);
}

static void test_grants_add_up(void **state)
{
	struct arena *arena = arena_new();
	const struct policy *policy = join_two(arena,
		V "allow: {pids_limit: 10, cpus: 3, entrypoint: false, networks: [none], ulimits: {nofile: 5, core: 1}, user: [caller]}\n"
		  "seccomp: {allow: [openat2], deny: [ptrace]}\n",
		V "allow: {pids_limit: 20, cpus: 2, entrypoint: true, networks: [a], ulimits: {nofile: 9}, user: [image], max_ports: 3}\n"
		  "seccomp: {base: minimal, allow: [socket], deny: [\"@keyring\"]}\n");

	(void)state;
	assert_int_equal(policy->allow.pids_limit.value, 20);
	assert_int_equal(policy->allow.cpus.value, 3000000000);
	assert_true(policy->allow.entrypoint.value);
	assert_int_equal(policy->allow.networks.count, 2);
	assert_string_equal(policy->allow.networks.items[0].value, "none");
	assert_int_equal(policy->allow.ulimits.count, 2);
	assert_int_equal(policy->allow.ulimits.items[0].number, 9);
	assert_int_equal(policy->allow.user_count, 2);
	assert_int_equal(policy->allow.users[1].kind, POLICY_USER_IMAGE);
	assert_int_equal(policy->allow.max_ports.value, 3);
	assert_string_equal(policy->seccomp.base.value, "minimal");
	assert_int_equal(policy->seccomp.allow_count, 2);
	assert_int_equal(policy->seccomp.deny_count, 2);
	arena_free(arena);
}

static void test_shares_and_amounts(void **state)
{
	struct arena *arena = arena_new();
	const int64_t gib = INT64_C(1) << 30;
	const struct policy_number *number;

	(void)state;
	number = &join_two(arena, V "allow: {mem_limit: 1g}\n", V "allow: {mem_limit: 50%}\n")->allow.mem_limit;
	assert_int_equal(number->value, gib);
	assert_int_equal(policy_ceiling(number, gib), gib);
	assert_int_equal(policy_ceiling(number, 8 * gib), 4 * gib);
	number = &join_two(arena, V "allow: {mem_limit: 50%}\n", V "allow: {mem_limit: 1g}\n")->allow.mem_limit;
	assert_int_equal(number->value, gib);
	assert_int_equal(policy_ceiling(number, 8 * gib), 4 * gib);
	number = &join_two(arena, V "allow: {mem_limit: 25%}\n", V "allow: {mem_limit: 75%}\n")->allow.mem_limit;
	assert_int_equal(number->value, -75);
	assert_int_equal(policy_ceiling(number, 4 * gib), 3 * gib);
	number = &join_two(arena, V "allow: {mem_limit: 75%}\n", V "allow: {mem_limit: 25%}\n")->allow.mem_limit;
	assert_int_equal(number->value, -75);
	number = &policies_parse(arena, V "allow: {cpus: 100%}\n")->allow.cpus;
	assert_int_equal(policy_ceiling(number, INT64_MAX), INT64_MAX);
	number = &policies_parse(arena, V)->allow.cpus;
	assert_int_equal(policy_ceiling(number, gib), 0);
	arena_free(arena);
}

static void test_hazards_and_ownership(void **state)
{
	struct arena *arena = arena_new();
	struct policy child = *policies_parse(arena, V "images: [docker.io/library/a]\ndescription: child\n");
	struct policy parent = *policies_parse(arena, V "images: [docker.io/library/b]\nhazards: [host-pid]\ndescription: parent\n");

	(void)state;
	parent.is_root_owned = false;
	merge_parent(arena, &child, &parent);
	assert_true(child.hazards[HAZARD_HOST_PID].value);
	assert_false(child.is_root_owned);
	assert_int_equal(child.files.count, 2);
	/* The file's own, not inherited. */
	assert_int_equal(child.images.count, 1);
	assert_string_equal(child.images.items[0].value, "docker.io/library/a");
	assert_string_equal(child.description.value, "child");
	arena_free(arena);
}

/* Joining again with the same parent gives nothing more: the order of a chain cannot matter to grants. */
static void test_grants_do_not_depend_on_order(void **state)
{
	struct arena *arena = arena_new();
	const char *const forth[] = { V "allow: {cpus: 1, networks: [a]}\n", V "allow: {cpus: 3, mem_limit: 10%}\n",
				      V "allow: {cpus: 2, networks: [b], mem_limit: 1g}\n" };
	const char *const back[] = { forth[2], forth[1], forth[0] };
	const struct policy *first = join(arena, forth, 3), *second = join(arena, back, 3);

	(void)state;
	assert_null(wider_key(first, second));
	assert_null(wider_key(second, first));
	arena_free(arena);
}

int main(void)
{
	static struct row_tests tests;
	static char p0[] = "tests/corpus/p0.yaml", legit[] = "tests/corpus/p0-legit.yaml", own[] = "policies/default.yaml",
		    restricted[] = "policies/restricted.yaml";

	rows_add(&tests, "removing a line of p0 never widens", test_removing_a_line_never_widens, p0);
	rows_add(&tests, "removing a line of p0-legit never widens", test_removing_a_line_never_widens, legit);
	rows_add(&tests, "removing a line of default never widens", test_removing_a_line_never_widens, own);
	rows_add(&tests, "removing a line of restricted never widens", test_removing_a_line_never_widens, restricted);
	ROWS_TEST(&tests, test_removing_is_seen);
	ROWS_TEST(&tests, test_removing_from_a_chain_never_widens);
	ROWS_TEST(&tests, test_defaults_nearest_wins);
	ROWS_TEST(&tests, test_an_empty_list_is_set);
	ROWS_TEST(&tests, test_grants_add_up);
	ROWS_TEST(&tests, test_shares_and_amounts);
	ROWS_TEST(&tests, test_hazards_and_ownership);
	ROWS_TEST(&tests, test_grants_do_not_depend_on_order);
	ROWS_TEST(&tests, test_the_nearest_record);
	ROWS_TEST(&tests, test_the_stricter_profile);
	ROWS_TEST(&tests, test_digests_follow_their_files);
	return rows_run("policy merge", &tests);
}
