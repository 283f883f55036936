/* Who the caller is: what sudo, doas and pkexec say is believed of root's processes only, and only whole. */
#include "rows.h"

#include <pwd.h>
#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

#include <hardrun/host.h>

enum { NOBODY = 65534, VARIABLES_MAX = 5 };

struct caller_row {
	const char *name;
	const char *environment[VARIABLES_MAX]; /* NAME=VALUE */
	uid_t real, effective;
	uid_t wanted_uid;
	const char *wanted_lender;  /* NULL: none */
	const char *wanted_problem; /* part of it; NULL: none */
};

static const struct caller_row caller_rows[] = {
	{ "root alone", { NULL }, 0, 0, 0, NULL, NULL },
	{ "an ordinary user", { NULL }, NOBODY, NOBODY, NOBODY, NULL, NULL },
	{ "sudo", { "SUDO_UID=65534", "SUDO_GID=65534" }, 0, 0, NOBODY, "sudo", NULL },
	{ "sudo from another group", { "SUDO_UID=65534", "SUDO_GID=1" }, 0, 0, NOBODY, "sudo", NULL },
	{ "doas", { "DOAS_USER=nobody" }, 0, 0, NOBODY, "doas", NULL },
	{ "pkexec", { "PKEXEC_UID=65534" }, 0, 0, NOBODY, "pkexec", NULL },
	{ "sudo by root", { "SUDO_UID=0", "SUDO_GID=0" }, 0, 0, 0, NULL, NULL },
	{ "doas by root", { "DOAS_USER=root" }, 0, 0, 0, NULL, NULL },
	{ "two that agree", { "SUDO_UID=65534", "SUDO_GID=65534", "DOAS_USER=nobody" }, 0, 0, NOBODY, "sudo", NULL },
	{ "two that do not", { "SUDO_UID=0", "SUDO_GID=0", "DOAS_USER=nobody" }, 0, 0, 0, NULL, "different people" },
	{ "pkexec and sudo differ", { "SUDO_UID=0", "SUDO_GID=0", "PKEXEC_UID=65534" }, 0, 0, 0, NULL, "different people" },
	{ "an ordinary user who claims to be root", { "SUDO_UID=0", "SUDO_GID=0" }, NOBODY, NOBODY, NOBODY, NULL, NULL },
	{ "an ordinary user who claims to be another", { "SUDO_UID=1", "SUDO_GID=1" }, NOBODY, NOBODY, NOBODY, NULL, NULL },
	{ "an ordinary user with nonsense", { "SUDO_UID=x" }, NOBODY, NOBODY, NOBODY, NULL, NULL },
	{ "set-user-id", { NULL }, NOBODY, 0, NOBODY, NULL, "set-user-id" },
	{ "set-user-id with a claim", { "SUDO_UID=0", "SUDO_GID=0" }, NOBODY, 0, NOBODY, NULL, "set-user-id" },
	{ "no such user", { "SUDO_UID=4200000000", "SUDO_GID=1" }, 0, 0, 0, NULL, "there is no such user" },
	{ "no such name", { "DOAS_USER=no such user" }, 0, 0, 0, NULL, "there is no such user" },
	{ "an empty name", { "DOAS_USER=" }, 0, 0, 0, NULL, "there is no such user" },
	{ "a name that is a number", { "DOAS_USER=65534" }, 0, 0, 0, NULL, "there is no such user" },
	{ "a path as name", { "DOAS_USER=../nobody" }, 0, 0, 0, NULL, "there is no such user" },
	{ "an empty number", { "SUDO_UID=", "SUDO_GID=1" }, 0, 0, 0, NULL, "not a user's number" },
	{ "a sign", { "SUDO_UID=+65534", "SUDO_GID=1" }, 0, 0, 0, NULL, "not a user's number" },
	{ "a negative number", { "SUDO_UID=-1", "SUDO_GID=1" }, 0, 0, 0, NULL, "not a user's number" },
	{ "a leading zero", { "SUDO_UID=065534", "SUDO_GID=1" }, 0, 0, 0, NULL, "not a user's number" },
	{ "hexadecimal", { "SUDO_UID=0xfffe", "SUDO_GID=1" }, 0, 0, 0, NULL, "not a user's number" },
	{ "a blank behind", { "SUDO_UID=65534 ", "SUDO_GID=1" }, 0, 0, 0, NULL, "not a user's number" },
	{ "nobody at all", { "SUDO_UID=4294967295", "SUDO_GID=1" }, 0, 0, 0, NULL, "not a user's number" },
	{ "beyond 32 bits", { "SUDO_UID=4294967296", "SUDO_GID=1" }, 0, 0, 0, NULL, "not a user's number" },
	{ "beyond 64 bits", { "SUDO_UID=18446744073709551616", "SUDO_GID=1" }, 0, 0, 0, NULL, "not a user's number" },
	{ "without a group", { "SUDO_UID=65534" }, 0, 0, 0, NULL, "SUDO_GID is not" },
	{ "a wrong group", { "SUDO_UID=65534", "SUDO_GID=users" }, 0, 0, 0, NULL, "not a group's number" },
	{ "pkexec with a name", { "PKEXEC_UID=nobody" }, 0, 0, 0, NULL, "not a user's number" },
};

/* 0, or the number of the line that did not hold. */
static int compare(const struct caller_row *row, const struct host_facts *facts)
{
	if (row->wanted_problem != NULL) {
		if (facts->caller_problem == NULL || strstr(facts->caller_problem, row->wanted_problem) == NULL)
			return __LINE__ % 250;
		return 0;
	}
	if (facts->caller_problem != NULL)
		return __LINE__ % 250;
	if (facts->caller_uid != row->wanted_uid || facts->caller_gid != row->wanted_uid)
		return __LINE__ % 250;
	if ((row->wanted_lender == NULL) != (facts->elevated_by == NULL))
		return __LINE__ % 250;
	if (row->wanted_lender != NULL && strcmp(row->wanted_lender, facts->elevated_by) != 0)
		return __LINE__ % 250;
	if (facts->caller_name == NULL || strcmp(facts->caller_name, row->wanted_uid == 0 ? "root" : "nobody") != 0)
		return __LINE__ % 250;
	if (facts->home == NULL || strcmp(facts->home, getpwuid(row->wanted_uid)->pw_dir) != 0)
		return __LINE__ % 250;
	/* The groups of root who lends are not the borrower's. */
	if (facts->elevated_by != NULL && (facts->caller_group_count != 1 || facts->caller_groups[0] != NOBODY))
		return __LINE__ % 250;
	return facts->is_root == (row->effective == 0) ? 0 : __LINE__ % 250;
}

static int child(const struct caller_row *row)
{
	const gid_t group = 27;
	struct arena *arena = arena_new();

	(void)clearenv();
	for (size_t i = 0; i < VARIABLES_MAX && row->environment[i] != NULL; i++)
		(void)putenv(arena_strdup(arena, row->environment[i]));
	if (setgroups(1, &group) != 0)
		return 251;
	if (row->effective != 0 && setresgid(row->effective, row->effective, row->effective) != 0)
		return 252;
	if (setresuid(row->real, row->effective, row->effective) != 0)
		return 253;
	return compare(row, host_read(arena));
}

static void test_row(void **state)
{
	const struct caller_row *row = *state;
	pid_t pid;
	int status = 0;

	if (geteuid() != 0)
		skip();
	pid = fork();
	if (pid == 0)
		_exit(child(row));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0); /* else the line of compare */
}

int main(void)
{
	static struct row_tests rows;

	for (size_t i = 0; i < ARRAY_COUNT(caller_rows); i++)
		rows_add(&rows, caller_rows[i].name, test_row, (void *)(uintptr_t)&caller_rows[i]);
	return rows_run("host_caller", &rows);
}
