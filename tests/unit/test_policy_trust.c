/*
 * Whose files are read. Real files in a directory of the test's own. What needs another owner is done as root (as in CI); an
 * ordinary user skips those cases, and says so.
 */
#include "policies.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { LIMIT_BYTES = 1000, OTHER_UID = 4242 };

struct fixture {
	struct arena *arena;
	char directory[64];
	const char *file;     /* "version: 1", mode 0600 */
	struct error err;
	char *bytes;
	size_t length;
	bool is_root_owned;
};

static void write_file(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
}

static const char *below(struct fixture *fixture, const char *name)
{
	return arena_printf(fixture->arena, "%s/%s", fixture->directory, name);
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	fixture->arena = arena_new();
	(void)snprintf(fixture->directory, sizeof(fixture->directory), "/tmp/hardrun-trust-XXXXXX");
	assert_non_null(mkdtemp(fixture->directory));
	fixture->file = below(fixture, "p.yaml");
	write_file(fixture->file, "version: 1\n");
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	const char *const names[] = { "p.yaml", "link", "fifo", "socket", "large", "sub/p.yaml", "sub/deep/p.yaml", "sub/deep",
				      "sub", "dirlink", "a b.yaml" };

	(void)chmod(fixture->directory, 0700);
	for (size_t i = 0; i < ARRAY_COUNT(names); i++)
		(void)remove(below(fixture, names[i]));
	assert_int_equal(rmdir(fixture->directory), 0);
	arena_free(fixture->arena);
	free(fixture);
	return 0;
}

static int read_as(struct fixture *fixture, const char *path, uid_t owner)
{
	fixture->err = (struct error){ 0 };
	fixture->bytes = NULL;
	return policy_read_trusted(fixture->arena, path, owner, LIMIT_BYTES, &fixture->bytes, &fixture->length, &fixture->is_root_owned,
				   &fixture->err);
}

/* ${path} is refused with that kind, message and, unless NULL, remedy; nothing is written. */
static void refuses(struct fixture *fixture, const char *path, enum error_kind kind, const char *message)
{
	assert_int_equal(read_as(fixture, path, geteuid()), -(int)kind);
	assert_null(fixture->bytes);
	assert_int_equal(fixture->err.kind, kind);
	if (strstr(fixture->err.message, message) == NULL)
		fail_msg("%s", fixture->err.message);
	assert_null(strchr(fixture->err.message, '\n'));
}

static void remedy_is(const struct fixture *fixture, const char *wanted)
{
	assert_non_null(fixture->err.remedy);
	assert_string_equal(fixture->err.remedy, wanted);
}

static void test_a_good_file(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(read_as(fixture, fixture->file, geteuid()), 0);
	assert_int_equal(fixture->length, 11);
	assert_string_equal(fixture->bytes, "version: 1\n");
	assert_int_equal(fixture->is_root_owned, geteuid() == 0);
}

static void test_modes(void **state)
{
	static const struct { mode_t mode; const char *message; } rows[] = {
		{ 0400, NULL }, { 0644, NULL }, { 0755, NULL }, { 0444, NULL },
		{ 0620, "is writable by its group" }, { 0664, "is writable by its group" }, { 0602, "is writable by everyone" },
		{ 0666, "is writable by everyone" }, { 0777, "is writable by everyone" },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		assert_int_equal(chmod(fixture->file, rows[i].mode), 0);
		if (rows[i].message == NULL) {
			assert_int_equal(read_as(fixture, fixture->file, geteuid()), 0);
			continue;
		}
		refuses(fixture, fixture->file, ERROR_UNTRUSTED, rows[i].message);
		remedy_is(fixture, arena_printf(fixture->arena, "chmod go-w %s", fixture->file));
	}
}

/* The command to type can be pasted whatever the name is. */
static void test_remedy_is_quoted(void **state)
{
	struct fixture *fixture = *state;
	const char *path = below(fixture, "a b.yaml");

	write_file(path, "version: 1\n");
	assert_int_equal(chmod(path, 0666), 0);
	refuses(fixture, path, ERROR_UNTRUSTED, "is writable by everyone");
	remedy_is(fixture, arena_printf(fixture->arena, "chmod go-w '%s'", path));
}

static void test_directories(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(mkdir(below(fixture, "sub"), 0700), 0);
	assert_int_equal(mkdir(below(fixture, "sub/deep"), 0700), 0);
	write_file(below(fixture, "sub/deep/p.yaml"), "version: 1\n");
	assert_int_equal(read_as(fixture, below(fixture, "sub/deep/p.yaml"), geteuid()), 0);
	/* Not only the last directory counts. */
	assert_int_equal(chmod(below(fixture, "sub"), 0777), 0);
	refuses(fixture, below(fixture, "sub/deep/p.yaml"), ERROR_UNTRUSTED, "sub is writable by everyone");
	remedy_is(fixture, arena_printf(fixture->arena, "chmod go-w %s/sub", fixture->directory));
	assert_int_equal(chmod(below(fixture, "sub"), 0770), 0);
	refuses(fixture, below(fixture, "sub/deep/p.yaml"), ERROR_UNTRUSTED, "sub is writable by its group");
	/* In a sticky directory nobody else can exchange the file. */
	assert_int_equal(chmod(below(fixture, "sub"), 01777), 0);
	assert_int_equal(read_as(fixture, below(fixture, "sub/deep/p.yaml"), geteuid()), 0);
}

static void test_what_is_no_file(void **state)
{
	struct fixture *fixture = *state;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	refuses(fixture, below(fixture, "none.yaml"), ERROR_MISSING, "there is no such file");
	refuses(fixture, below(fixture, "none/p.yaml"), ERROR_MISSING, "there is no such file");
	refuses(fixture, below(fixture, "p.yaml/p.yaml"), ERROR_MISSING, "there is no such file");
	refuses(fixture, fixture->directory, ERROR_UNTRUSTED, "is a directory");
	refuses(fixture, below(fixture, ""), ERROR_UNTRUSTED, "is a directory");
	refuses(fixture, below(fixture, "."), ERROR_UNTRUSTED, "is a directory");
	refuses(fixture, below(fixture, ".."), ERROR_UNTRUSTED, "is a directory");
	refuses(fixture, "/dev/null", ERROR_UNTRUSTED, "is a device");
	refuses(fixture, "/", ERROR_UNTRUSTED, "is a directory");
	/* A FIFO without a writer must not hang: the alarm would kill the test. */
	assert_int_equal(mkfifo(below(fixture, "fifo"), 0600), 0);
	(void)alarm(10);
	refuses(fixture, below(fixture, "fifo"), ERROR_UNTRUSTED, "is a FIFO");
	(void)alarm(0);
	assert_true(fd >= 0);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", fixture->directory);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	refuses(fixture, below(fixture, "socket"), ERROR_UNTRUSTED, "is not a regular file");
	assert_int_equal(close(fd), 0);
}

static void test_links(void **state)
{
	struct fixture *fixture = *state;

	/* The file itself: never. */
	assert_int_equal(symlink("p.yaml", below(fixture, "link")), 0);
	refuses(fixture, below(fixture, "link"), ERROR_UNTRUSTED, "is a symbolic link");
	remedy_is(fixture, "name the file that it points to");
	assert_int_equal(remove(below(fixture, "link")), 0);
	assert_int_equal(symlink("nowhere", below(fixture, "link")), 0);
	refuses(fixture, below(fixture, "link"), ERROR_UNTRUSTED, "is a symbolic link");
	/* A directory on the way: when root or the owner made the link, and with the checks where it leads. */
	assert_int_equal(mkdir(below(fixture, "sub"), 0700), 0);
	write_file(below(fixture, "sub/p.yaml"), "version: 1\n");
	assert_int_equal(symlink("sub", below(fixture, "dirlink")), 0);
	assert_int_equal(read_as(fixture, below(fixture, "dirlink/p.yaml"), geteuid()), 0);
	assert_int_equal(chmod(below(fixture, "sub"), 0777), 0);
	refuses(fixture, below(fixture, "dirlink/p.yaml"), ERROR_UNTRUSTED, "is writable by everyone");
}

static void test_sizes(void **state)
{
	struct fixture *fixture = *state;
	const char *path = below(fixture, "large");

	write_file(path, "");
	assert_int_equal(read_as(fixture, path, geteuid()), 0);
	assert_int_equal(fixture->length, 0);
	assert_int_equal(truncate(path, LIMIT_BYTES), 0);
	assert_int_equal(read_as(fixture, path, geteuid()), 0);
	assert_int_equal(fixture->length, LIMIT_BYTES);
	assert_int_equal(fixture->bytes[LIMIT_BYTES], '\0');
	assert_int_equal(truncate(path, LIMIT_BYTES + 1), 0);
	refuses(fixture, path, ERROR_LIMIT, "has more than 1000 bytes");
	/* By its size, before a byte is read: reading a terabyte would take a while. */
	assert_int_equal(truncate(path, INT64_C(1) << 40), 0);
	(void)alarm(10);
	refuses(fixture, path, ERROR_LIMIT, "has more than 1000 bytes");
	(void)alarm(0);
}

/* The command line of a program that runs with root's rights is root's file, with words of the caller's. */
static void test_procfs_has_no_owners(void **state)
{
	struct fixture *fixture = *state;
	char before[4096];

	assert_non_null(getcwd(before, sizeof(before)));
	refuses(fixture, "/proc/cpuinfo", ERROR_UNTRUSTED, "/proc/cpuinfo is on procfs, where the owner of a file is not who wrote it");
	refuses(fixture, arena_printf(fixture->arena, "/proc/%d/cmdline", (int)getpid()), ERROR_UNTRUSTED, "is on procfs");
	refuses(fixture, "/proc/self/cmdline", ERROR_UNTRUSTED, "is on procfs");
	refuses(fixture, arena_printf(fixture->arena, "/proc/%d/environ", (int)getpid()), ERROR_UNTRUSTED, "is on procfs");
	/* A file that is only reached through /proc is where it is. */
	assert_int_equal(chdir(fixture->directory), 0);
	assert_int_equal(read_as(fixture, "/proc/self/cwd/p.yaml", geteuid()), 0);
	assert_int_equal(chdir(before), 0);
}

/* What says it has no size is counted while it is read. */
static void test_a_file_without_size(void **state)
{
	struct fixture *fixture = *state;
	static const char *const paths[] = { "/sys/fs/cgroup/cgroup.controllers", "/sys/fs/cgroup/cgroup.max.descendants",
					     "/sys/fs/cgroup/unified/cgroup.max.descendants" };
	struct stat status;

	for (size_t i = 0; i < ARRAY_COUNT(paths); i++) {
		if (stat(paths[i], &status) < 0 || status.st_size != 0 || status.st_uid != 0)
			continue;
		assert_int_equal(policy_read_trusted(fixture->arena, paths[i], geteuid(), 1, &fixture->bytes, &fixture->length,
						     &fixture->is_root_owned, &fixture->err), -(int)ERROR_LIMIT);
		assert_non_null(strstr(fixture->err.message, "has more than 1 bytes"));
		return;
	}
	print_message("# skipped: no file without a size here but those of procfs\n");
	skip();
}

static void test_relative_paths(void **state)
{
	struct fixture *fixture = *state;
	char before[4096];

	assert_non_null(getcwd(before, sizeof(before)));
	assert_int_equal(chdir(fixture->directory), 0);
	assert_int_equal(read_as(fixture, "p.yaml", geteuid()), 0);
	assert_int_equal(read_as(fixture, "./p.yaml", geteuid()), 0);
	assert_int_equal(mkdir("sub", 0700), 0);
	assert_int_equal(read_as(fixture, "sub/../p.yaml", geteuid()), 0);
	/* The directory one stands in counts as any other. */
	assert_int_equal(chmod(".", 0777), 0);
	refuses(fixture, "p.yaml", ERROR_UNTRUSTED, "is writable by everyone");
	assert_int_equal(chdir(before), 0);
}

/* ---- other owners: as root only ---- */

static bool is_root(void)
{
	if (geteuid() == 0)
		return true;
	print_message("# skipped as an ordinary user: chown needs root\n");
	return false;
}

static void test_owner_of_the_file(void **state)
{
	struct fixture *fixture = *state;

	if (!is_root())
		skip();
	assert_int_equal(chown(fixture->file, OTHER_UID, OTHER_UID), 0);
	refuses(fixture, fixture->file, ERROR_UNTRUSTED, "belongs to uid 4242, and what is trusted belongs to root");
	remedy_is(fixture, arena_printf(fixture->arena, "chown root %s, or use a copy of your own", fixture->file));
	assert_int_equal(read_as(fixture, fixture->file, OTHER_UID + 1), -(int)ERROR_UNTRUSTED);
	assert_non_null(strstr(fixture->err.message, "or to you"));
	/* The caller's own is trusted, and is not root's. */
	assert_int_equal(read_as(fixture, fixture->file, OTHER_UID), 0);
	assert_false(fixture->is_root_owned);
}

static void test_owner_of_a_directory(void **state)
{
	struct fixture *fixture = *state;

	if (!is_root())
		skip();
	assert_int_equal(chown(fixture->directory, OTHER_UID, OTHER_UID), 0);
	refuses(fixture, fixture->file, ERROR_UNTRUSTED, "belongs to uid 4242");
	/* Root's file in the caller's directory: read, but the caller may have put it there. */
	assert_int_equal(read_as(fixture, fixture->file, OTHER_UID), 0);
	assert_false(fixture->is_root_owned);
}

static void test_link_of_somebody(void **state)
{
	struct fixture *fixture = *state;

	if (!is_root())
		skip();
	assert_int_equal(mkdir(below(fixture, "sub"), 0700), 0);
	write_file(below(fixture, "sub/p.yaml"), "version: 1\n");
	assert_int_equal(symlink("sub", below(fixture, "dirlink")), 0);
	assert_int_equal(lchown(below(fixture, "dirlink"), OTHER_UID, OTHER_UID), 0);
	refuses(fixture, below(fixture, "dirlink/p.yaml"), ERROR_UNTRUSTED, "is a symbolic link of uid 4242");
	assert_int_equal(read_as(fixture, below(fixture, "dirlink/p.yaml"), OTHER_UID), 0);
}

/* No descriptor is left open, whatever happened. */
static void test_descriptors(void **state)
{
	struct fixture *fixture = *state;
	const int before = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int after;

	assert_int_equal(close(before), 0);
	(void)read_as(fixture, fixture->file, geteuid());
	(void)read_as(fixture, below(fixture, "none"), geteuid());
	(void)read_as(fixture, fixture->directory, geteuid());
	(void)read_as(fixture, "/dev/null", geteuid());
	(void)chmod(fixture->directory, 0777);
	(void)read_as(fixture, fixture->file, geteuid());
	after = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(after, before);
	assert_int_equal(close(after), 0);
}

#define TRUST_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TRUST_TEST(test_a_good_file), TRUST_TEST(test_modes), TRUST_TEST(test_remedy_is_quoted), TRUST_TEST(test_directories),
		TRUST_TEST(test_what_is_no_file), TRUST_TEST(test_links), TRUST_TEST(test_sizes), TRUST_TEST(test_a_file_without_size),
		TRUST_TEST(test_procfs_has_no_owners),
		TRUST_TEST(test_relative_paths), TRUST_TEST(test_owner_of_the_file), TRUST_TEST(test_owner_of_a_directory),
		TRUST_TEST(test_link_of_somebody), TRUST_TEST(test_descriptors),
	};

	return cmocka_run_group_tests_name("policy trust", tests, NULL, NULL);
}
