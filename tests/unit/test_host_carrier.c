/* What is said where a container without an engine can have no network. */
#include "trees.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../src/host/host_internal.h"

#define WHOLE "         0          0 4294967295\n"

struct carrier_row {
	const char *name;
	bool is_root;
	mode_t mode;          /* of the device; 0: there is none */
	const char *map, *limit;
	const char *problem, *remedy; /* NULL: none */
};

static struct carrier_row rows_of_carriers[] = {
	{ "root's", true, 0666, WHOLE, "15000\n", NULL, NULL },
	{ "an ordinary user's", false, 0666, WHOLE, "15000\n", NULL, NULL },
	{ "no device", true, 0, WHOLE, "15000\n", "there is no /dev/net/tun", "sudo modprobe tun" },
	{ "nor for an ordinary user", false, 0, WHOLE, "15000\n", "there is no /dev/net/tun", "sudo modprobe tun" },
	{ "a device of root's", true, 0600, WHOLE, "15000\n", "/dev/net/tun may be opened by root alone",
	  "sudo chmod 0666 /dev/net/tun, as udev has it elsewhere" },
	{ "a device of a group's", true, 0660, WHOLE, "15000\n", "/dev/net/tun may be opened by root alone", NULL },
	{ "a device that can be read", true, 0664, WHOLE, "15000\n", "/dev/net/tun may be opened by root alone", NULL },
	{ "root of a small user namespace", true, 0666, "0 100000 65536\n", "15000\n",
	  "root of this user namespace has no id to give it", "call hardrun outside of the user namespace" },
	{ "one that ends too early", true, 0666, "0 0 2104194304\n", "15000\n",
	  "root of this user namespace has no id to give it", NULL },
	{ "one that just does not", true, 0666, "0 0 2104194305\n", "15000\n", NULL, NULL },
	{ "one of two ranges", true, 0666, "0 100000 65536\n65536 200000 4000000000\n", "15000\n", NULL, NULL },
	{ "a map that is none", true, 0666, "x\n", "15000\n", "root of this user namespace has no id to give it", NULL },
	{ "no user namespaces for anybody", true, 0666, WHOLE, "0\n", "the sysctl user.max_user_namespaces is 0",
	  "sudo sysctl user.max_user_namespaces=15000" },
};

static void test_row(void **state)
{
	const struct carrier_row *row = *state;
	struct arena *arena = arena_new();
	struct host_facts facts = { .is_root = row->is_root };
	char root[] = "/tmp/hardrun-carrier.XXXXXX";

	assert_non_null(mkdtemp(root));
	tree_write(arena, root, "proc/self/ns/user", "");
	tree_write(arena, root, "proc/self/uid_map", row->map);
	tree_write(arena, root, "proc/sys/user/max_user_namespaces", row->limit);
	if (row->mode != 0) {
		tree_write(arena, root, "dev/net/tun", "");
		assert_int_equal(chmod(arena_printf(arena, "%s/dev/net/tun", root), row->mode), 0);
	}
	host_read_carrier_in(arena, &facts, root);
	/* The program is looked for on this machine itself. */
	if (facts.carrier->program == NULL && (row->problem == NULL || strstr(row->problem, "sysctl") == NULL)) {
		assert_string_equal(facts.carrier->problem, "slirp4netns is not installed");
	} else if (row->problem == NULL) {
		assert_null(facts.carrier->problem);
	} else {
		assert_string_equal(facts.carrier->problem, row->problem);
		assert_true(row->remedy == NULL || strcmp(facts.carrier->remedy, row->remedy) == 0);
	}
	tree_remove(root);
	arena_free(arena);
}

int main(void)
{
	struct row_tests rows = { .count = 0 };

	for (size_t i = 0; i < ARRAY_COUNT(rows_of_carriers); i++)
		rows_add(&rows, rows_of_carriers[i].name, test_row, &rows_of_carriers[i]);
	return rows_run("host/carrier", &rows);
}
