/* Whether SELinux labels mean anything, and what files of containers are called; on machines made of files. */
#include "trees.h"

#include <unistd.h>

#include "../../src/host/host_internal.h"

struct selinux_row {
	const char *name, *enforce, *own, *config, *contexts; /* NULL: no such file */
	bool has_selinux;
	const char *problem, *label; /* a part of it; NULL: none */
};

#define OWN "system_u:system_r:init_t:s0"
#define CONFIG "# SELINUXTYPE=other\nSELINUX=enforcing\nSELINUXTYPE=tests\n"
#define LABEL "system_u:object_r:container_file_t:s0"
#define CONTEXTS "process = \"system_u:system_r:container_t:s0\"\nfile = \"" LABEL "\"\nro_file=\"x:x:ro_t:s0\"\n"

static struct selinux_row selinux_rows[] = {
	{ "off", NULL, "unconfined", NULL, NULL, false, NULL, NULL },
	{ "off, with files of its", NULL, "hardrun (enforce)", CONFIG, CONTEXTS, false, NULL, NULL },
	{ "no policy is loaded", "0", "kernel", CONFIG, CONTEXTS, true, "has no policy", LABEL },
	{ "nor can be read", "1", NULL, NULL, NULL, true, "has no policy", NULL },
	{ "permissive", "0", OWN, CONFIG, CONTEXTS, true, "is permissive", LABEL },
	{ "something else", "2", OWN, CONFIG, CONTEXTS, true, "is permissive", LABEL },
	{ "enforcing", "1", OWN, CONFIG, CONTEXTS, true, NULL, LABEL },
	{ "in other spellings", "1\n", OWN "\n", "  SELINUXTYPE = tests  \n", "\tfile=" LABEL, true, NULL, LABEL },
	{ "without names of files", "1", OWN, CONFIG, NULL, true, NULL, NULL },
	{ "without a policy's name", "1", OWN, "SELINUX=enforcing\n", CONTEXTS, true, NULL, NULL },
	{ "a policy somewhere else", "1", OWN, "SELINUXTYPE=../selinux/tests\n", CONTEXTS, true, NULL, NULL },
	{ "a policy of no name", "1", OWN, "SELINUXTYPE=\n", CONTEXTS, true, NULL, NULL },
	{ "no file among the names", "1", OWN, CONFIG, "process = \"a:b:c:s0\"\nfiles = \"a:b:c:s0\"\n", true, NULL, NULL },
	{ "a name that is more than one", "1", OWN, CONFIG, "file = a:b:c:s0;x\n", true, NULL, NULL },
	{ "an empty one", "1", OWN, CONFIG, "file = \"\"\n", true, NULL, NULL },
};

static void make_file(struct arena *arena, const char *root, const char *name, const char *content)
{
	if (content != NULL)
		tree_write(arena, root, name, content);
}

static void test_row(void **state)
{
	const struct selinux_row *row = *state;
	struct arena *arena = arena_new();
	struct host_facts facts = { .selinux_problem = "before", .selinux_file_label = "before" };
	char root[] = "/tmp/hardrun-selinux.XXXXXX";

	assert_non_null(mkdtemp(root));
	make_file(arena, root, "sys/fs/selinux/enforce", row->enforce);
	make_file(arena, root, "proc/self/attr/current", row->own);
	make_file(arena, root, "etc/selinux/config", row->config);
	make_file(arena, root, "etc/selinux/tests/contexts/lxc_contexts", row->contexts);
	host_read_selinux_in(arena, &facts, root);
	tree_remove(root);
	assert_int_equal(facts.has_selinux, row->has_selinux);
	assert_int_equal(facts.selinux_problem != NULL, row->problem != NULL);
	assert_int_equal(facts.selinux_remedy != NULL, row->problem != NULL);
	if (row->problem != NULL)
		assert_non_null(strstr(facts.selinux_problem, row->problem));
	assert_string_equal(facts.selinux_file_label != NULL ? facts.selinux_file_label : "-", row->label != NULL ? row->label : "-");
	arena_free(arena);
}

int main(void)
{
	static struct row_tests rows;

	for (size_t i = 0; i < ARRAY_COUNT(selinux_rows); i++)
		rows_add(&rows, selinux_rows[i].name, test_row, &selinux_rows[i]);
	return rows_run("host_selinux", &rows);
}
