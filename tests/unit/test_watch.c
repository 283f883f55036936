/* What a refused call looks like in words, and how often it is said. */
#include "rows.h"

#include <fcntl.h>
#include <linux/ptrace.h>
#include <sys/mount.h>
#include <sys/socket.h>

#include <hardrun/watch.h>

struct call_row {
	const char *name;
	uint64_t arguments[WATCH_ARGUMENTS];
	const char *texts[WATCH_ARGUMENTS];
	const char *wanted;
};

static const struct call_row call_rows[] = {
	{ "socket", { AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0 }, { NULL }, "socket(AF_ALG, SOCK_SEQPACKET|SOCK_CLOEXEC, 0)" },
	{ "socket", { AF_VSOCK, SOCK_STREAM, 0 }, { NULL }, "socket(AF_VSOCK, SOCK_STREAM, 0)" },
	{ "socket", { 99, 0, 7 }, { NULL }, "socket(0x63, 0, 7)" },
	{ "socket", { 0, 15, 7 }, { NULL }, "socket(AF_UNSPEC, 0xf, 7)" },
	{ "socket", { UINT64_C(0x100000000) | AF_ALG, 0x7000000, UINT64_MAX }, { NULL }, "socket(AF_ALG, 0x7000000, -1)" },
	{ "mount", { 1, 2, 3, MS_RDONLY | MS_BIND, 0 }, { "a", "/b", "tmpfs" },
	  "mount(\"a\", \"/b\", \"tmpfs\", MS_RDONLY|MS_BIND, NULL)" },
	{ "mount", { 0, 0x10, 3, UINT64_C(1) << 40, 8 }, { NULL, NULL, "" }, "mount(NULL, 0x10, \"\", 0x10000000000, 0x8)" },
	{ "mount", { 1, 2, 3, 0, 0 }, { "a\nb", "\033[1m", "\xff" }, "mount(\"a\\x0ab\", \"\\x1b[1m\", \"\\xff\", 0, NULL)" },
	{ "umount2", { 1, 2 }, { "/x" }, "umount2(\"/x\", MNT_DETACH)" },
	{ "unshare", { 0x10020000 }, { NULL }, "unshare(CLONE_NEWNS|CLONE_NEWUSER)" },
	{ "unshare", { 0 }, { NULL }, "unshare(0)" },
	{ "clone", { 0x10000011, 0 }, { NULL }, "clone(SIGCHLD|CLONE_NEWUSER, NULL)" },
	{ "clone", { 0x10000005, 16 }, { NULL }, "clone(CLONE_NEWUSER|0x5, 0x10)" },
	{ "ptrace", { PTRACE_ATTACH, 12, 0, 0 }, { NULL }, "ptrace(PTRACE_ATTACH, 12, 0x0, 0x0)" },
	{ "ptrace", { 0, 0, 0, 0 }, { NULL }, "ptrace(PTRACE_TRACEME, 0, 0x0, 0x0)" },
	{ "keyctl", { 1, 0, 0 }, { NULL }, "keyctl(KEYCTL_JOIN_SESSION_KEYRING, 0x0, 0x0)" },
	{ "ioctl", { 0, 0x5412, 64 }, { NULL }, "ioctl(0, TIOCSTI, 0x40)" },
	{ "personality", { 0x0040000 }, { NULL }, "personality(ADDR_NO_RANDOMIZE)" },
	{ "bpf", { 5, 4096, 64 }, { NULL }, "bpf(BPF_PROG_LOAD, 0x1000, 64)" },
	{ "open_tree", { (uint64_t)(int64_t)AT_FDCWD, 1, 1 }, { NULL, "/" }, "open_tree(AT_FDCWD, \"/\", 0x1)" },
	{ "open_tree", { (uint32_t)AT_FDCWD, 1, 1 }, { NULL, "/" }, "open_tree(AT_FDCWD, \"/\", 0x1)" },
	{ "mq_open", { 1, 2, 0600 }, { "/q" }, "mq_open(\"/q\", 0x2, 0600)" },
	{ "tee", { 1, 2, 3 }, { NULL }, "tee(...)" },
	{ NULL, { 1 }, { NULL }, "system call number 900" },
};

static struct watch_call call_of(const struct call_row *row)
{
	struct watch_call call = { .name = row->name, .number = 900, .program = "prog", .pid = 7 };

	memcpy(call.arguments, row->arguments, sizeof(call.arguments));
	memcpy(call.texts, row->texts, sizeof(call.texts));
	return call;
}

static void test_call(void **state)
{
	const struct call_row *row = *state;
	struct arena *arena = arena_new();
	const struct watch_call call = call_of(row);

	assert_string_equal(watch_render_call(arena, &call), row->wanted);
	arena_free(arena);
}

/* Every row of the table is of a call that there is, and of one that is not allowed anyway; sorted, or it would not be found. */
static void test_signatures_are_of_calls(void **state)
{
	static const char *const with_texts[] = { "mount", "umount2", "chroot", "pivot_root", "swapon", "add_key", "move_mount" };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(with_texts); i++)
		assert_int_not_equal(watch_texts(with_texts[i]), 0);
	assert_int_equal(watch_texts("mount"), 7);
	assert_int_equal(watch_texts("socket"), 0);
	assert_int_equal(watch_texts("nosuch"), 0);
	assert_int_equal(watch_texts(NULL), 0);
}

static void test_long_texts_are_cut(void **state)
{
	struct arena *arena = arena_new();
	struct watch_call call = { .name = "chroot", .arguments = { 1 } };
	char path[WATCH_TEXT_BYTES_MAX + 1];

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	call.texts[0] = path;
	assert_true(strlen(watch_render_call(arena, &call)) < 110);
	assert_non_null(strstr(watch_render_call(arena, &call), "..."));
	arena_free(arena);
}

struct kind_row { struct call_row left, right; bool is_same; };

static const struct kind_row kind_rows[] = {
	{ { "mount", { 1, 2, 3, 4, 5 }, { "a" }, NULL }, { "mount", { 9, 8, 7, 4, 6 }, { "b" }, NULL }, true },
	{ { "mount", { 1, 2, 3, 4 }, { NULL }, NULL }, { "mount", { 1, 2, 3, 5 }, { NULL }, NULL }, false },
	{ { "mount", { 0 }, { NULL }, NULL }, { "unshare", { 0 }, { NULL }, NULL }, false },
	{ { "socket", { AF_ALG }, { NULL }, NULL }, { "socket", { AF_VSOCK }, { NULL }, NULL }, false },
	{ { "socket", { AF_ALG, 1, 0 }, { NULL }, NULL }, { "socket", { AF_ALG, 1, 9 }, { NULL }, NULL }, true },
	{ { "tee", { 1 }, { NULL }, NULL }, { "tee", { 2 }, { NULL }, NULL }, true },
	{ { "ptrace", { 16, 100 }, { NULL }, NULL }, { "ptrace", { 16, 200 }, { NULL }, NULL }, true },
};

static void test_kind(void **state)
{
	const struct kind_row *row = *state;
	const struct watch_call left = call_of(&row->left), right = call_of(&row->right);

	assert_int_equal(watch_kind(&left) == watch_kind(&right), row->is_same);
}

static void test_values(void **state)
{
	static const struct { const char *word; bool is_known; uint64_t value; } rows[] = {
		{ "AF_ALG", true, 38 }, { "SOCK_STREAM|SOCK_CLOEXEC", true, SOCK_STREAM | SOCK_CLOEXEC }, { "17", true, 17 },
		{ "0x10", true, 16 }, { "NULL", true, 0 }, { "CLONE_NEWUSER|0x11", true, 0x10000011 }, { "AF_", false, 0 }, { "", false, 0 },
		{ "1|", false, 0 }, { "af_alg", false, 0 }, { "1 2", false, 0 },
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		uint64_t value = 99;

		assert_int_equal(watch_value(arena, rows[i].word, &value), rows[i].is_known);
		assert_int_equal(value, rows[i].is_known ? rows[i].value : 99);
	}
	arena_free(arena);
}

static void test_sentence(void **state)
{
	struct arena *arena = arena_new();
	const struct watch_call call = { .name = "chroot", .arguments = { 1 }, .texts = { "/x" }, .program = "a\nb", .pid = 42 };
	struct profile_explanation explanation = { .verdict = PROFILE_EPERM, .group = "@mount", .reason = "because",
						   .decider = "seccomp.deny", .place = { "p.yaml", 3, 5 }, .remedy = "add that" };

	(void)state;
	assert_string_equal(watch_sentence(arena, &call, PROFILE_EPERM, &explanation),
			    "chroot(\"/x\") by a\\x0ab (pid 42) answered EPERM: because (@mount, seccomp.deny, p.yaml:3:5); "
			    "to allow it: add that");
	explanation = (struct profile_explanation){ .verdict = PROFILE_ENOSYS, .reason = "because", .decider = "hardrun's table" };
	assert_string_equal(watch_sentence(arena, &call, PROFILE_ENOSYS, &explanation),
			    "chroot(\"/x\") by a\\x0ab (pid 42) answered ENOSYS: because (hardrun's table); no policy can allow it");
	assert_non_null(strstr(watch_sentence(arena, &(struct watch_call){ .number = 900, .pid = 1 }, PROFILE_ENOSYS, NULL),
			       "system call number 900 by a program (pid 1) answered ENOSYS: it is not in hardrun's table"));
	arena_free(arena);
}

/* ---- the ledger ---- */

static void test_once_per_kind(void **state)
{
	struct watch_ledger ledger;

	(void)state;
	watch_ledger_init(&ledger, 1000);
	assert_true(watch_ledger_enter(&ledger, 1, 1000));
	watch_ledger_said(&ledger, 1);
	for (unsigned i = 0; i < 100000; i++)
		assert_false(watch_ledger_enter(&ledger, 1, 1000 + i));
	assert_true(watch_ledger_enter(&ledger, 2, 200000));
	watch_ledger_said(&ledger, 2);
	assert_false(watch_ledger_enter(&ledger, 2, 200000));
	assert_int_equal(ledger.calls, 100003);
	assert_int_equal(ledger.count, 2);
	assert_int_equal(watch_ledger_unsaid(&ledger), 0);
}

/* What could not be said, as nobody took it away or the process was gone, is said when it comes again. */
static void test_unsaid_comes_again(void **state)
{
	struct watch_ledger ledger;

	(void)state;
	watch_ledger_init(&ledger, 0);
	assert_true(watch_ledger_enter(&ledger, 1, 0));
	assert_int_equal(watch_ledger_unsaid(&ledger), 1);
	assert_true(watch_ledger_enter(&ledger, 1, 0));
	watch_ledger_said(&ledger, 1);
	assert_false(watch_ledger_enter(&ledger, 1, 0));
}

static void test_rate(void **state)
{
	struct watch_ledger ledger;
	unsigned said = 0;

	(void)state;
	watch_ledger_init(&ledger, 0);
	for (uint64_t kind = 0; kind < WATCH_KINDS_MAX; kind++)
		said += watch_ledger_enter(&ledger, kind, 0) ? 1 : 0;
	assert_int_equal(said, WATCH_BURST);
	assert_false(watch_ledger_enter(&ledger, 50, 1000 / WATCH_PER_SECOND - 1));
	assert_true(watch_ledger_enter(&ledger, 50, 1000 / WATCH_PER_SECOND));
	assert_false(watch_ledger_enter(&ledger, 51, 1000 / WATCH_PER_SECOND));
	for (said = 0; watch_ledger_enter(&ledger, 52, 3600000); said++)
		assert_true(said < 1000);
	assert_int_equal(said, WATCH_BURST);
	assert_false(watch_ledger_enter(&ledger, 52, 0)); /* a clock that goes back adds nothing */
}

static void test_kinds_are_bounded(void **state)
{
	struct watch_ledger ledger;
	struct arena *arena = arena_new();

	(void)state;
	watch_ledger_init(&ledger, 0);
	for (uint64_t kind = 0; kind < 1000; kind++)
		if (watch_ledger_enter(&ledger, kind, (int64_t)kind * 1000))
			watch_ledger_said(&ledger, kind);
	assert_int_equal(ledger.count, WATCH_KINDS_MAX);
	assert_int_equal(ledger.unkept, 1000 - WATCH_KINDS_MAX);
	assert_int_equal(watch_ledger_unsaid(&ledger), 0);
	assert_non_null(strstr(watch_summary(arena, &ledger, 0), "more than 64 kinds of system calls were refused, 1000 calls in all"));
	arena_free(arena);
}

static void test_summary(void **state)
{
	struct arena *arena = arena_new();
	struct watch_ledger ledger;

	(void)state;
	watch_ledger_init(&ledger, 0);
	assert_null(watch_summary(arena, &ledger, 1));
	(void)watch_ledger_enter(&ledger, 1, 0);
	assert_non_null(strstr(watch_summary(arena, &ledger, 0), "not all of them are listed"));
	watch_ledger_said(&ledger, 1);
	assert_null(watch_summary(arena, &ledger, 0));
	assert_string_equal(watch_summary(arena, &ledger, 139), "1 kind of system calls was refused, 1 call in all; the container ended "
							       "with status 139, perhaps for that");
	(void)watch_ledger_enter(&ledger, 2, 0);
	watch_ledger_said(&ledger, 2);
	assert_non_null(strstr(watch_summary(arena, &ledger, 1), "2 kinds of system calls were refused, 2 calls in all; the container"));
	arena_free(arena);
}

int main(void)
{
	static struct row_tests rows;

	for (size_t i = 0; i < ARRAY_COUNT(call_rows); i++)
		rows_add(&rows, call_rows[i].wanted, test_call, (void *)(uintptr_t)&call_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(kind_rows); i++) {
		rows.arena = rows.arena != NULL ? rows.arena : arena_new();
		rows_add(&rows, arena_printf(rows.arena, "kinds %zu: %s, %s", i, kind_rows[i].left.name, kind_rows[i].right.name), test_kind,
			 (void *)(uintptr_t)&kind_rows[i]);
	}
	ROWS_TEST(&rows, test_signatures_are_of_calls);
	ROWS_TEST(&rows, test_long_texts_are_cut);
	ROWS_TEST(&rows, test_values);
	ROWS_TEST(&rows, test_sentence);
	ROWS_TEST(&rows, test_once_per_kind);
	ROWS_TEST(&rows, test_unsaid_comes_again);
	ROWS_TEST(&rows, test_rate);
	ROWS_TEST(&rows, test_kinds_are_bounded);
	ROWS_TEST(&rows, test_summary);
	return rows_run("watch", &rows);
}
