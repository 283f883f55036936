/* What a call needs from the layers behind the filter, told from made-up facts; and which needs explain an end. */
#include "plans.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <hardrun/watch.h>

enum { USER = 1000, GROUP = 1001, OTHER = 33, PID = 7 };
#define CAP(number) (UINT64_C(1) << (number))

static struct plan_setting settings[] = {
	{ .key = "read_only", .value = "true", .origin = PLAN_FROM_FLOOR },
	{ .key = "user", .value = "1000:1001", .origin = PLAN_FROM_POLICY, .place = { "p.yaml", 3, 5 } },
	{ .key = "tmpfs", .value = "/tmp:rw,size=1m", .origin = PLAN_FROM_POLICY, .place = { "p.yaml", 4, 9 } },
	{ .key = "volumes", .value = "/srv/ro:/ro:ro", .origin = PLAN_FROM_POLICY, .place = { "p.yaml", 5, 9 } },
	{ .key = "volumes", .value = "/srv/flag:/flag:ro", .origin = PLAN_FROM_FLAG, .source = "--volume=/srv/flag:/flag:ro" },
	{ .key = "volumes", .value = "/srv/rw:/rw:rw", .origin = PLAN_FROM_POLICY, .place = { "p.yaml", 6, 9 } },
	{ .key = "network_mode", .value = "none", .origin = PLAN_FROM_POLICY, .place = { "p.yaml", 7, 9 } },
	{ .key = "mem_limit", .value = "64m", .origin = PLAN_FROM_FLAG, .source = "--memory=64m" },
	{ .key = "pids_limit", .value = "64", .origin = PLAN_FROM_BUILTIN },
	{ .key = "ulimits", .value = "core=0:0", .origin = PLAN_FROM_BUILTIN },
	{ .key = "ulimits", .value = "nofile=64:64", .origin = PLAN_FROM_CEILING, .place = { "c.yaml", 8, 9 } },
};
static struct plan_mount mounts[] = {
	{ .type = PLAN_TMPFS, .target = "/tmp", .size_bytes = 1 << 20 },
	{ .type = PLAN_BIND, .source = "/srv/ro", .target = "/ro", .is_read_only = true },
	{ .type = PLAN_BIND, .source = "/srv/flag", .target = "/flag", .is_read_only = true },
	{ .type = PLAN_BIND, .source = "/srv/it's", .target = "/rw" },
};

static struct plan plan_of(enum backend_kind backend)
{
	static const struct policy_seccomp seccomp = { .base = { .value = "default" } };

	return (struct plan){
		.backend = backend, .uid = USER, .gid = GROUP, .memory_bytes = 64 << 20, .pids_limit = 64, .is_read_only = true,
		.is_no_new_privileges = true, .seccomp = &seccomp, .settings = settings, .setting_count = ARRAY_COUNT(settings),
		.mounts = mounts, .mount_count = ARRAY_COUNT(mounts), .network = PLAN_NETWORK_NONE,
	};
}

/* ---- permission ---- */

struct may_row {
	const char *name;
	struct watch_owner owner;
	bool is_directory;
	unsigned want;
	uint64_t capabilities;
	bool wanted;
};
static const struct may_row may_rows[] = {
	{ "its own file", { USER, 0, 0600 }, false, 6, 0, true },
	{ "its own file, read-only", { USER, 0, 0466 }, false, 2, 0, false },
	{ "its group's", { 0, GROUP, 0660 }, false, 6, 0, true },
	{ "its group's, which has less than others", { 0, GROUP, 0606 }, false, 4, 0, false },
	{ "of another of its groups", { 0, 50, 0640 }, false, 4, 0, true },
	{ "anybody's", { 0, 0, 0644 }, false, 4, 0, true },
	{ "nobody else's", { 0, 0, 0640 }, false, 4, 0, false },
	{ "root's rights over files", { 0, 0, 0 }, false, 6, CAP(CAP_DAC_OVERRIDE), true },
	{ "which execute nothing without a bit", { 0, 0, 0644 }, false, 1, CAP(CAP_DAC_OVERRIDE), false },
	{ "but with one", { 0, 0, 0100 }, false, 1, CAP(CAP_DAC_OVERRIDE), true },
	{ "and search everywhere", { 0, 0, 0 }, true, 1, CAP(CAP_DAC_OVERRIDE), true },
	{ "to read and search", { 0, 0, 0 }, true, 5, CAP(CAP_DAC_READ_SEARCH), true },
	{ "is not to write", { 0, 0, 0 }, true, 2, CAP(CAP_DAC_READ_SEARCH), false },
	{ "nor to execute", { 0, 0, 0700 }, false, 1, CAP(CAP_DAC_READ_SEARCH), false },
};

static const uint32_t more_groups[] = { 50, 60 };

static struct watch_process process_with(uint64_t capabilities)
{
	return (struct watch_process){
		.is_known = true, .uid = USER, .gid = GROUP, .real_uid = USER, .real_gid = GROUP, .saved_uid = USER, .saved_gid = GROUP,
		.groups = more_groups, .group_count = ARRAY_COUNT(more_groups), .capabilities = capabilities,
	};
}

static void test_may(void **state)
{
	const struct may_row *row = *state;
	const struct watch_process process = process_with(row->capabilities);
	const struct watch_process unknown = { 0 };

	assert_int_equal(watch_may(&process, &row->owner, row->is_directory, row->want), row->wanted);
	assert_true(watch_may(&unknown, &row->owner, row->is_directory, row->want));
}

/* ---- foreseeing ---- */

#define IMAGE_DIRECTORY .directory = "/data", .has_parent = true, .parent = { 0, 0, 0755 }
#define NEW_FILE(at) .path = at, IMAGE_DIRECTORY
#define OLD_FILE(at, owner, mode) .path = at, IMAGE_DIRECTORY, .exists = true, .is_regular = true, .self = { owner, owner, mode }
#define WRITING { 0, 0, O_WRONLY | O_CREAT }

struct foresee_row {
	const char *name, *call;
	uint64_t arguments[WATCH_ARGUMENTS];
	struct watch_place place;
	struct watch_address address;
	uint64_t capabilities, open_files, limit;
	/* Of the one need that there is; kind WATCH_NEED_KIND_COUNT: none. ->layer NULL: it is granted. */
	enum watch_need_kind kind;
	const char *subject, *layer, *rule;
	int error;
	const char *add, *writable, *words, *host, *text; /* ->text: a part of it; "": there is none */
};

static const struct foresee_row foresee_rows[] = {
	{ "a new file in the image", "openat", WRITING, { NEW_FILE("/data/x"), .is_read_only = true }, .kind = NEED_WRITE,
	  .subject = "/data/x", .layer = "read-only root", .rule = "floor: read_only", .error = EROFS,
	  .add = "defaults: {tmpfs: [\"/data:size=16m\"]}" },
	{ "below /etc, where nothing is mounted", "openat", WRITING,
	  { .path = "/etc/x", .directory = "/etc", .has_parent = true, .is_read_only = true }, .kind = NEED_WRITE, .subject = "/etc/x",
	  .layer = "read-only root", .rule = "floor: read_only", .error = EROFS, .text = "" },
	{ "a directory below /", "mkdir", { 0 }, { .path = "/new", .directory = "/", .has_parent = true, .is_read_only = true },
	  .kind = NEED_WRITE, .subject = "/new", .layer = "read-only root", .rule = "floor: read_only", .error = EROFS,
	  .add = "defaults: {tmpfs: [\"/new:size=16m\"]}" },
	{ "a file below /", "openat", WRITING, { .path = "/new", .directory = "/", .has_parent = true, .is_read_only = true },
	  .kind = NEED_WRITE, .subject = "/new", .layer = "read-only root", .rule = "floor: read_only", .error = EROFS, .text = "" },
	{ "where the directory is missing", "openat", WRITING,
	  { .path = "/var/spool/app/x", .directory = "/var/spool", .is_read_only = true }, .kind = NEED_WRITE,
	  .subject = "/var/spool/app/x", .layer = "image", .rule = "floor: read_only", .error = ENOENT,
	  .add = "defaults: {tmpfs: [\"/var/spool/app:size=16m\"]}" },
	{ "removing", "unlink", { 0 }, { OLD_FILE("/data/x", 0, 0644), .is_read_only = true }, .kind = NEED_WRITE, .subject = "/data/x",
	  .layer = "read-only root", .rule = "floor: read_only", .error = EROFS, .add = "defaults: {tmpfs: [\"/data:size=16m\"]}" },
	{ "removing what is not there", "unlink", { 0 }, { NEW_FILE("/data/x") }, .kind = WATCH_NEED_KIND_COUNT },
	{ "removing that where nothing can be", "unlink", { 0 }, { NEW_FILE("/data/x"), .is_read_only = true }, .kind = NEED_WRITE,
	  .subject = "/data/x", .layer = "read-only root", .rule = "floor: read_only", .error = EROFS,
	  .add = "defaults: {tmpfs: [\"/data:size=16m\"]}" },
	{ "a path that was not looked at", "openat", WRITING, { 0 }, .kind = WATCH_NEED_KIND_COUNT },
	{ "a new file in a tmpfs", "openat", WRITING, { .path = "/tmp/x", .directory = "/tmp", .has_parent = true,
	  .parent = { 0, 0, 01777 } },
	  .kind = NEED_WRITE, .subject = "/tmp/x" },
	{ "in a full one", "openat", WRITING,
	  { .path = "/tmp/x", .directory = "/tmp", .has_parent = true, .parent = { 0, 0, 01777 }, .is_full = true }, .kind = NEED_SPACE,
	  .subject = "/tmp", .layer = "tmpfs size", .rule = "defaults.tmpfs", .error = ENOSPC,
	  .add = "defaults: {tmpfs: [\"/tmp:size=4m\"]}" },
	{ "a bind that the policy makes read-only", "openat", WRITING,
	  { .path = "/ro/x", .directory = "/ro", .has_parent = true, .is_read_only = true }, .kind = NEED_WRITE, .subject = "/ro/x",
	  .layer = "read-only mount", .rule = "defaults.volumes", .error = EROFS, .writable = "/ro" },
	{ "one of the command line", "openat", WRITING,
	  { .path = "/flag/x", .directory = "/flag", .has_parent = true, .is_read_only = true }, .kind = NEED_WRITE,
	  .subject = "/flag/x",
	  .layer = "read-only mount", .rule = "the command line: --volume=/srv/flag:/flag:ro", .error = EROFS,
	  .words = "the same without \"ro\"" },
	{ "a bind of somebody else's", "openat", WRITING,
	  { .path = "/rw/x", .directory = "/rw", .has_parent = true, .parent = { OTHER, OTHER, 0755 } }, .kind = NEED_WRITE,
	  .subject = "/rw/x", .layer = "ownership", .rule = "defaults.user", .error = EACCES, .add = "defaults: {user: \"33:33\"}" },
	{ "a bind of root's", "openat", WRITING, { .path = "/rw/x", .directory = "/rw", .has_parent = true, .parent = { 0, 0, 0755 } },
	  .kind = NEED_WRITE, .subject = "/rw/x", .layer = "ownership", .rule = "defaults.user", .error = EACCES,
	  .host = "chown -R 1000:1001 '/srv/it'\\''s'" },
	{ "a secret of the image", "openat", { 0 }, { OLD_FILE("/data/x", 0, 0600) }, .kind = NEED_READ, .subject = "/data/x",
	  .layer = "ownership", .rule = "defaults.user", .error = EACCES, .text = "" },
	{ "what anybody may read", "openat", { 0 }, { OLD_FILE("/data/x", 0, 0644) }, .kind = NEED_READ, .subject = "/data/x" },
	{ "a directory that is closed", "openat", { 0 },
	  { OLD_FILE("/data/x", 0, 0644), .barrier = "/data", .barrier_owner = { OTHER, OTHER, 0700 } }, .kind = NEED_READ,
	  .subject = "/data/x", .layer = "ownership", .rule = "defaults.user", .error = EACCES, .add = "defaults: {user: \"33:33\"}" },
	{ "what is not there", "openat", { 0 }, { NEW_FILE("/data/x") }, .kind = NEED_FILE, .subject = "/data/x", .layer = "image",
	  .rule = "the image", .error = ENOENT, .text = "--volume" },
	{ "asked whether it is there", "faccessat2", { 0 }, { NEW_FILE("/data/x") }, .kind = NEED_FILE, .subject = "/data/x",
	  .layer = "image", .rule = "the image", .error = ENOENT, .text = "--volume" },
	{ "a terminal is written to", "openat", WRITING, { .path = "/dev/tty", .exists = true, .is_read_only = true },
	  .kind = WATCH_NEED_KIND_COUNT },
	{ "a path alone", "openat", { 0, 0, O_PATH }, { OLD_FILE("/data/x", 0, 0) }, .kind = WATCH_NEED_KIND_COUNT },
	{ "what is masked", "openat", { 0 }, { .path = "/proc/keys", .exists = true }, .kind = NEED_HIDDEN, .subject = "/proc/keys",
	  .layer = "masked path", .rule = "floor: mounts", .text = "" },
	{ "/proc/sys", "openat", WRITING,
	  { .path = "/proc/sys/x", .exists = true, .is_regular = true, .has_parent = true, .directory = "/proc/sys",
	  .is_read_only = true },
	  .kind = NEED_WRITE, .subject = "/proc/sys/x", .layer = "kernel files", .rule = "floor: mounts", .error = EROFS, .text = "" },
	{ "a program", "execve", { 0 }, { OLD_FILE("/data/x", 0, 0755) }, .kind = NEED_EXECUTE, .subject = "/data/x" },
	{ "one that is not there", "execve", { 0 }, { NEW_FILE("/data/x") }, .kind = NEED_PROGRAM,
	  .subject = "/data/x", .layer = "image",
	  .rule = "the image", .error = ENOENT, .text = "put it into the image" },
	{ "whose interpreter is not", "execve", { 0 }, { OLD_FILE("/data/x", 0, 0755), .missing = "/bin/py" }, .kind = NEED_PROGRAM,
	  .subject = "/data/x", .layer = "image", .rule = "the image", .error = ENOENT, .text = "put it into the image" },
	{ "without the bit", "execve", { 0 }, { OLD_FILE("/data/x", 0, 0644) }, .kind = NEED_EXECUTE, .subject = "/data/x",
	  .layer = "permissions", .rule = "the image", .error = EACCES, .text = "chmod a+x" },
	{ "in a tmpfs", "execve", { 0 },
	  { .path = "/tmp/x", .exists = true, .is_regular = true, .self = { USER, GROUP, 0755 }, .is_noexec = true },
	  .kind = NEED_EXECUTE,
	  .subject = "/tmp/x", .layer = "noexec", .rule = "defaults.tmpfs", .error = EACCES,
	  .add = "defaults: {tmpfs: [\"/tmp:size=1m,exec\"]}" },
	{ "that gains rights", "execve", { 0 }, { OLD_FILE("/data/x", 0, 04755) }, .kind = WATCH_NEED_KIND_COUNT + 1 },
	{ "port 80", "bind", { 0 }, { 0 }, { AF_INET, "0.0.0.0:80", 80, true }, .kind = NEED_PORT, .subject = "80", .layer = "low ports",
	  .rule = "floor: all capabilities are dropped", .error = EACCES, .add = "defaults: {cap_add: [NET_BIND_SERVICE]}" },
	{ "port 80, with the right to it", "bind", { 0 }, { 0 }, { AF_INET6, "[::]:80", 80, true }, .kind = NEED_PORT, .subject = "80",
	  .capabilities = CAP(CAP_NET_BIND_SERVICE) },
	{ "port 1024", "bind", { 0 }, { 0 }, { AF_INET, "0.0.0.0:1024", 1024, true }, .kind = NEED_PORT, .subject = "1024" },
	{ "no address", "bind", { 0 }, { 0 }, { -1, NULL, 0, false }, .kind = WATCH_NEED_KIND_COUNT },
	{ "an address", "connect", { 0 }, { 0 }, { AF_INET, "192.0.2.1:443", 443, false }, .kind = NEED_NETWORK,
	  .subject = "AF_INET 192.0.2.1:443", .layer = "network", .rule = "defaults.network_mode", .error = ENETUNREACH,
	  .add = "{engine: {backend: docker}, defaults: {network_mode: isolated}}" },
	{ "loopback", "connect", { 0 }, { 0 }, { AF_INET, "127.0.0.1:5432", 5432, true }, .kind = NEED_NETWORK,
	  .subject = "AF_INET 127.0.0.1:5432" },
	{ "a name server on loopback", "connect", { 0 }, { 0 }, { AF_INET, "127.0.0.1:53", 53, true }, .kind = NEED_NETWORK,
	  .subject = "AF_INET 127.0.0.1:53", .layer = "network", .rule = "defaults.network_mode", .error = ENETUNREACH,
	  .add = "{engine: {backend: docker}, defaults: {network_mode: isolated}}" },
	{ "a socket that is not there", "connect", { 0 }, { .path = "/run/x", .directory = "/run", .has_parent = true },
	  { AF_UNIX, NULL, 0, false }, .kind = NEED_FILE, .subject = "/run/x", .layer = "image", .rule = "the image", .error = ENOENT,
	  .text = "--volume" },
	{ "a raw socket", "socket", { AF_INET, SOCK_RAW | SOCK_CLOEXEC }, { 0 }, .kind = NEED_CAPABILITY, .subject = "CAP_NET_RAW",
	  .layer = "capabilities", .rule = "floor: all capabilities are dropped", .error = EPERM,
	  .add = "defaults: {cap_add: [NET_RAW]}" },
	{ "a stream", "socket", { AF_INET, SOCK_STREAM }, { 0 }, .kind = WATCH_NEED_KIND_COUNT },
	{ "netlink, which is raw by name", "socket", { AF_NETLINK, SOCK_RAW }, { 0 }, .kind = WATCH_NEED_KIND_COUNT },
	{ "too many files", "socket", { AF_INET, SOCK_STREAM }, { 0 }, .open_files = 64, .kind = NEED_DESCRIPTORS, .subject = "nofile",
	  .layer = "open files limit", .rule = "ceiling: allow.ulimits", .error = EMFILE, .add = "defaults: {ulimits: {nofile: 256}}" },
	{ "one fewer", "socket", { AF_INET, SOCK_STREAM }, { 0 }, .open_files = 63, .kind = WATCH_NEED_KIND_COUNT },
	{ "a limit of files", "prlimit64", { 0, RLIMIT_NOFILE, 0x1000 }, { 0 }, .limit = 5000, .kind = NEED_DESCRIPTORS,
	  .subject = "nofile", .layer = "open files limit", .rule = "ceiling: allow.ulimits", .error = EPERM,
	  .add = "defaults: {ulimits: {nofile: 5000}}" },
	{ "one that may be", "setrlimit", { RLIMIT_NOFILE, 0x1000 }, { 0 }, .limit = 128, .kind = WATCH_NEED_KIND_COUNT },
	{ "one for whoever may", "setrlimit", { RLIMIT_NOFILE, 0x1000 }, { 0 }, .limit = 129, .capabilities = CAP(CAP_SYS_RESOURCE),
	  .kind = WATCH_NEED_KIND_COUNT },
	{ "one beyond any kernel's", "setrlimit", { RLIMIT_NOFILE, 0x1000 }, { 0 }, .limit = UINT64_MAX, .kind = NEED_DESCRIPTORS,
	  .subject = "nofile", .layer = "open files limit", .rule = "ceiling: allow.ulimits", .error = EPERM, .text = "" },
	{ "a directory to go into", "chdir", { 0 },
	  { .path = "/var/lib/x", .directory = "/var/lib/x", .exists = true, .is_directory = true, .self = { OTHER, OTHER, 0750 } },
	  .kind = NEED_READ, .subject = "/var/lib/x", .layer = "ownership", .rule = "defaults.user", .error = EACCES,
	  .add = "defaults: {user: \"33:33\"}" },
	{ "one that is open", "chdir", { 0 },
	  { .path = "/var/lib/x", .directory = "/var/lib/x", .exists = true, .is_directory = true, .self = { OTHER, OTHER, 0751 } },
	  .kind = WATCH_NEED_KIND_COUNT },
	{ "one that is not there", "chdir", { 0 }, { .path = "/x", .directory = "/", .has_parent = true }, .kind = NEED_FILE,
	  .subject = "/x", .layer = "image", .rule = "the image", .error = ENOENT, .text = "put it into the image" },
	{ "another user", "setuid", { OTHER }, { 0 }, .kind = NEED_IDENTITY, .subject = "uid 33", .layer = "identity",
	  .rule = "defaults.user", .error = EPERM, .add = "defaults: {user: \"33:1001\"}" },
	{ "itself", "setuid", { USER }, { 0 }, .kind = WATCH_NEED_KIND_COUNT },
	{ "root", "setuid", { 0 }, { 0 }, .kind = NEED_IDENTITY, .subject = "uid 0", .layer = "identity", .rule = "defaults.user",
	  .error = EPERM, .text = "" },
	{ "another user, with the right to", "setuid", { OTHER }, { 0 }, .capabilities = CAP(CAP_SETUID),
	  .kind = WATCH_NEED_KIND_COUNT },
	{ "no change of two, and another of the third", "setresgid", { UINT32_MAX, GROUP, OTHER }, { 0 }, .kind = NEED_IDENTITY,
	  .subject = "gid 33", .layer = "identity", .rule = "defaults.user", .error = EPERM, .add = "defaults: {user: \"1000:33\"}" },
	{ "groups", "setgroups", { 0 }, { 0 }, .kind = NEED_IDENTITY, .subject = "groups", .layer = "identity",
	  .rule = "floor: all capabilities are dropped", .error = EPERM, .add = "defaults: {cap_add: [SETGID]}" },
	{ "giving a file away", "chown", { 0, OTHER, UINT32_MAX }, { OLD_FILE("/tmp/x", USER, 0644) }, .kind = NEED_CAPABILITY,
	  .subject = "CAP_CHOWN", .layer = "capabilities", .rule = "floor: all capabilities are dropped", .error = EPERM,
	  .add = "defaults: {cap_add: [CHOWN]}" },
	{ "to its own group", "chown", { 0, UINT32_MAX, GROUP }, { OLD_FILE("/tmp/x", USER, 0644) }, .kind = WATCH_NEED_KIND_COUNT },
	{ "the mode of another's file", "chmod", { 0, 0777 }, { OLD_FILE("/rw/x", OTHER, 0666) }, .kind = NEED_WRITE, .subject = "/rw/x",
	  .layer = "ownership", .rule = "defaults.user", .error = EACCES, .add = "defaults: {user: \"33:33\"}" },
	{ "a device", "mknod", { 0, S_IFCHR | 0600 }, { NEW_FILE("/tmp/x") }, .kind = NEED_CAPABILITY, .subject = "CAP_MKNOD",
	  .layer = "capabilities", .rule = "floor: all capabilities are dropped", .error = EPERM, .text = "" },
	{ "more of the processor", "setpriority", { 0, 0, (uint32_t)-5 }, { 0 }, .kind = NEED_CAPABILITY, .subject = "CAP_SYS_NICE",
	  .layer = "capabilities", .rule = "floor: all capabilities are dropped", .error = EPERM,
	  .add = "defaults: {cap_add: [SYS_NICE]}" },
	{ "less of it", "setpriority", { 0, 0, 5 }, { 0 }, .kind = WATCH_NEED_KIND_COUNT },
	{ "another root", "chroot", { 0 }, { 0 }, .kind = NEED_CAPABILITY, .subject = "CAP_SYS_CHROOT", .layer = "capabilities",
	  .rule = "floor: all capabilities are dropped", .error = EPERM, .add = "defaults: {cap_add: [SYS_CHROOT]}" },
	{ "a call that nobody looks at", "getpid", { 0 }, { 0 }, .kind = WATCH_NEED_KIND_COUNT },
};

static struct watch_needs foresee(struct arena *arena, const struct foresee_row *row)
{
	const struct plan plan = plan_of(BACKEND_CRUN);
	struct watch_observed observed = { .process = process_with(row->capabilities), .address = row->address };
	struct watch_needs needs = { .arena = arena };

	observed.call = (struct watch_call){ .name = row->call, .program = "prog", .pid = PID };
	memcpy(observed.call.arguments, row->arguments, sizeof(observed.call.arguments));
	observed.places[0] = row->place;
	observed.process.open_files = row->open_files;
	observed.process.open_files_limit = 64;
	observed.process.open_files_most = 128;
	observed.limit = row->limit;
	watch_foresee(&plan, &observed, &needs);
	return needs;
}

static void assert_text(const char *got, const char *wanted)
{
	if (wanted == NULL)
		assert_null(got);
	else
		assert_string_equal(got, wanted);
}

static void assert_remedy(const struct watch_remedy *remedy, const struct foresee_row *row)
{
	assert_text(remedy->add, row->add);
	assert_text(remedy->writable, row->writable);
	assert_text(remedy->words, row->words);
	assert_text(remedy->host, row->host);
	if (row->text != NULL && *row->text == '\0')
		assert_null(remedy->text);
	else if (row->text != NULL)
		assert_non_null(strstr(remedy->text, row->text));
	else
		assert_true(row->layer == NULL || remedy->text != NULL);
}

static void test_foresee(void **state)
{
	const struct foresee_row *row = *state;
	struct arena *arena = arena_new();
	const struct watch_needs needs = foresee(arena, row);
	const struct watch_need *need = needs.items;

	if (row->kind >= WATCH_NEED_KIND_COUNT) {
		assert_int_equal(needs.count, row->kind == WATCH_NEED_KIND_COUNT ? 0 : 2);
		arena_free(arena);
		return;
	}
	assert_int_equal(needs.count, 1);
	assert_int_equal(need->kind, row->kind);
	assert_string_equal(need->subject, row->subject);
	assert_int_equal(need->is_granted, row->layer == NULL);
	assert_text(need->layer, row->layer);
	assert_int_equal(need->error, row->error);
	assert_text(need->rule, row->rule);
	assert_int_equal(need->pid, PID);
	assert_remedy(&need->remedy, row);
	arena_free(arena);
}

/* It is executed all the same, and what it lacks is told. */
static void test_gains_rights(void **state)
{
	static const struct foresee_row row = { "setuid", "execve", { 0 }, { OLD_FILE("/bin/su", 0, 04755) }, .kind = NEED_PRIVILEGE };
	struct arena *arena = arena_new();
	const struct watch_needs needs = foresee(arena, &row);

	(void)state;
	assert_int_equal(needs.count, 2);
	assert_true(needs.items[0].is_granted);
	assert_int_equal(needs.items[1].kind, NEED_PRIVILEGE);
	assert_string_equal(needs.items[1].layer, "no-new-privileges");
	assert_null(needs.items[1].remedy.text);
	arena_free(arena);
}

static void test_engine(void **state)
{
	const struct plan plan = plan_of(BACKEND_DOCKER);
	struct arena *arena = arena_new();
	struct watch_needs needs = { .arena = arena };
	const struct watch_observed observed = { .call = { .name = "connect" }, .address = { AF_INET, "192.0.2.1:1", 1, false } };

	(void)state;
	watch_foresee(&plan, &observed, &needs);
	assert_int_equal(needs.count, 1);
	assert_string_equal(needs.items[0].remedy.add, "defaults: {network_mode: isolated}");
	arena_free(arena);
}

static void test_refused(void **state)
{
	static const struct policy_syscall_rule deny[] = { { .name = "uname", .place = { "p.yaml", 9, 3 } } };
	const struct policy_seccomp seccomp = { .deny = (struct policy_syscall_rule *)(uintptr_t)deny, .deny_count = 1 };
	struct plan plan = plan_of(BACKEND_CRUN);
	struct arena *arena = arena_new();
	struct watch_needs needs = { .arena = arena };

	(void)state;
	plan.seccomp = &seccomp;
	watch_refused_call(&plan, &(struct watch_call){ .name = "uname" }, EPERM, &needs);
	watch_refused_call(&plan, &(struct watch_call){ .name = "ptrace" }, EPERM, &needs);
	watch_refused_call(&plan, &(struct watch_call){ .name = "mount" }, EPERM, &needs);
	watch_refused_call(&plan, &(struct watch_call){ .number = 900 }, ENOSYS, &needs);
	assert_int_equal(needs.count, 4);
	assert_string_equal(needs.items[0].remedy.lift, "uname");
	assert_null(needs.items[0].remedy.add);
	assert_int_equal(needs.items[0].place.line, 9);
	assert_string_equal(needs.items[1].remedy.add, "seccomp: {allow: [ptrace]}");
	assert_null(needs.items[1].remedy.lift);
	assert_null(needs.items[2].remedy.text);
	assert_null(needs.items[3].remedy.text);
	for (size_t i = 0; i < needs.count; i++)
		assert_string_equal(needs.items[i].layer, "seccomp");
	arena_free(arena);
}

/* ---- what explains an end ---- */

static struct watch_need need_of(enum watch_need_kind kind, const char *subject, bool is_granted, uint64_t last)
{
	return (struct watch_need){ .kind = kind, .subject = subject, .is_granted = is_granted, .error = is_granted ? 0 : EACCES,
				    .layer = is_granted ? NULL : "x", .rule = subject, .last = last, .count = 1 };
}

static void test_causes(void **state)
{
	struct watch_need needs[] = {
		need_of(NEED_FILE, "/etc/x", false, 9), need_of(NEED_WRITE, "/a", false, 2), need_of(NEED_WRITE, "/b", false, 5),
		need_of(NEED_WRITE, "/c", false, 6), need_of(NEED_WRITE, "/c", true, 7), need_of(NEED_MEMORY, "memory", false, 1),
		need_of(NEED_PROGRAM, "/bin/p", false, 3), need_of(NEED_EXECUTE, "/usr/bin/p", true, 4), need_of(NEED_PROFILE, "web", false, 8),
	};
	struct watch_report report = { .needs = needs, .need_count = ARRAY_COUNT(needs), .status = 1 };
	struct arena *arena = arena_new();
	struct watch_needs causes = watch_causes(arena, &report, 8);

	(void)state;
	/* What the kernel counted, then the latest first; not what worked in the end, nor weak evidence beside good. */
	assert_int_equal(causes.count, 3);
	assert_string_equal(causes.items[0].subject, "memory");
	assert_string_equal(causes.items[1].subject, "/b");
	assert_string_equal(causes.items[2].subject, "/a");
	assert_int_equal(watch_causes(arena, &report, 2).count, 2);
	report.needs = &needs[6];
	report.need_count = 3;
	causes = watch_causes(arena, &report, 8);
	assert_int_equal(causes.count, 1);
	assert_string_equal(causes.items[0].subject, "web");
	arena_free(arena);
}

/* Along PATH a program is asked for in every directory: one sentence, and only where the status says so. */
static void test_questions(void **state)
{
	struct watch_need needs[] = {
		need_of(NEED_FILE, "/sbin/nosuch", false, 1), need_of(NEED_FILE, "/bin/nosuch", false, 2), need_of(NEED_FILE,
	  "/etc/conf", false, 3),
	};
	struct watch_report report = { .needs = needs, .need_count = 2, .status = 127 };
	struct arena *arena = arena_new();
	struct watch_needs causes;

	(void)state;
	needs[0].call = needs[1].call = "newfstatat(AT_FDCWD, ...)";
	needs[2].call = "openat(AT_FDCWD, ...)";
	causes = watch_causes(arena, &report, 8);
	assert_int_equal(causes.count, 1);
	assert_string_equal(causes.items[0].subject, "/bin/nosuch");
	report.status = 1;
	assert_int_equal(watch_causes(arena, &report, 8).count, 0);
	report.need_count = 3;
	causes = watch_causes(arena, &report, 8);
	assert_int_equal(causes.count, 1);
	assert_string_equal(causes.items[0].subject, "/etc/conf");
	report.status = 0;
	assert_int_equal(watch_causes(arena, &report, 8).count, 0);
	arena_free(arena);
}

static void test_counters(void **state)
{
	const struct plan plan = plan_of(BACKEND_CRUN);
	struct watch_report report = { .status = 1, .usage = { 64 << 20, 64 << 20, 1, 64, 64, 3 } };
	struct arena *arena = arena_new();

	(void)state;
	watch_count_needs(arena, &plan, &report);
	assert_int_equal(report.need_count, 2);
	assert_string_equal(report.needs[0].layer, "memory limit");
	assert_string_equal(report.needs[0].rule, "the command line: --memory=64m");
	assert_string_equal(report.needs[0].remedy.words, "--memory 128m");
	assert_null(report.needs[0].remedy.add);
	assert_string_equal(report.needs[1].rule, "built-in: pids_limit");
	assert_string_equal(report.needs[1].remedy.add, "defaults: {pids_limit: 128}");
	report = (struct watch_report){ .usage = { 1 << 20, 64 << 20, 0, 2, 64, 0 } };
	watch_count_needs(arena, &plan, &report);
	assert_int_equal(report.need_count, 2);
	assert_true(report.needs[0].is_granted && report.needs[1].is_granted);
	assert_int_equal(report.needs[0].amount, 1 << 20);
	report = (struct watch_report){ .usage = WATCH_USAGE_UNKNOWN };
	watch_count_needs(arena, &plan, &report);
	assert_int_equal(report.need_count, 0);
	arena_free(arena);
}

static void test_space(void **state)
{
	const struct plan plan = plan_of(BACKEND_CRUN);
	struct arena *arena = arena_new();
	struct watch_needs needs = { .arena = arena };

	(void)state;
	watch_space(&plan, "/tmp", 4096, false, &needs);
	watch_space(&plan, "/tmp", 1 << 20, true, &needs);
	watch_space(&plan, "/dev/shm", 1 << 20, true, &needs);
	assert_true(needs.items[0].is_granted);
	assert_int_equal(needs.items[0].amount, 4096);
	assert_string_equal(needs.items[1].remedy.add, "defaults: {tmpfs: [\"/tmp:size=4m\"]}");
	assert_string_equal(needs.items[2].remedy.add, "defaults: {shm_size: 4m}");
	arena_free(arena);
}

/* ---- sentences and JSON ---- */

static const struct watch_need example = {
	.kind = NEED_WRITE, .subject = "/data/\033x", .call = "openat(AT_FDCWD, \"/data/x\", 0)", .program = "touch", .pid = PID,
	.error = EROFS, .layer = "read-only root", .reason = "the root file system is read-only", .rule = "floor: read_only",
	.place = { "p.yaml", 3, 5 }, .remedy = { .text = "add defaults: {}", .add = "defaults: {}" }, .amount = -3, .count = 2,
};

static void test_sentence(void **state)
{
	struct arena *arena = arena_new();
	struct watch_need need = example;

	(void)state;
	assert_string_equal(watch_need_sentence(arena, &need),
			    "read-only root: touch (pid 7) wanted to write /data/\\x1bx with openat: the root file system is read-only "
			    "(floor: read_only, p.yaml:3:5); remedy: add defaults: {}");
	need.remedy = (struct watch_remedy){ 0 };
	need.program = "\nx";
	assert_non_null(strstr(watch_need_sentence(arena, &need), "; nothing that a policy says allows it"));
	assert_null(strchr(watch_need_sentence(arena, &need), '\n'));
	need = (struct watch_need){ .kind = NEED_MEMORY, .subject = "memory", .layer = "memory limit", .reason = "r" };
	assert_string_equal(watch_need_sentence(arena, &need),
			    "memory limit: it wanted more memory: r; nothing that a policy says allows it");
	for (unsigned kind = 0; kind < WATCH_NEED_KIND_COUNT; kind++) {
		need.kind = (enum watch_need_kind)kind;
		assert_non_null(strstr(watch_need_sentence(arena, &need), "memory"));
		assert_non_null(watch_need_name(need.kind));
	}
	arena_free(arena);
}

static void test_json(void **state)
{
	struct arena *arena = arena_new();
	json_t *json = watch_write_need(&example), *copy;
	struct watch_need need;
	const char *key;
	json_t *value;

	(void)state;
	assert_true(watch_read_need(arena, json, &need));
	assert_string_equal(need.subject, "/data/\\x1bx");
	assert_true(need.kind == NEED_WRITE && need.pid == PID && need.error == EROFS && need.amount == -3 && need.count == 2);
	assert_true(!need.is_granted && need.place.line == 3 && need.place.column == 5 && need.remedy.host == NULL);
	assert_string_equal(need.remedy.add, "defaults: {}");
	/* Every part is wanted, and of its own type. */
	json_object_foreach(json, key, value) {
		copy = json_deep_copy(json);
		json_object_del(copy, key);
		assert_false(watch_read_need(arena, copy, &need));
		json_object_set_new(copy, key, json_array());
		assert_false(watch_read_need(arena, copy, &need));
		json_decref(copy);
	}
	json_object_set_new(json, "pid", json_integer(-1));
	assert_false(watch_read_need(arena, json, &need));
	json_object_set_new(json, "pid", json_integer(1));
	json_object_set_new(json, "kind", json_string("unknown"));
	assert_false(watch_read_need(arena, json, &need));
	json_object_set_new(json, "kind", json_string("write"));
	assert_true(watch_read_need(arena, json, &need));
	/* What is shown to somebody is as it was written. */
	json_object_set_new(json, "reason", json_string("\x1b]0;title"));
	assert_false(watch_read_need(arena, json, &need));
	json_decref(json);
	arena_free(arena);
}

/* Bytes of a hostile program's, in any place. */
static void test_json_of_any_bytes(void **state)
{
	struct watch_need need = { .kind = NEED_FILE, .subject = "\xff\xfe\n\"", .call = "\xc3(", .program = "\x80" };
	struct arena *arena = arena_new();
	json_t *json = watch_write_need(&need);
	struct watch_need back;

	(void)state;
	assert_true(watch_read_need(arena, json, &back));
	assert_string_equal(back.subject, "\\xff\\xfe\\x0a\"");
	json_decref(json);
	arena_free(arena);
}

/* Whatever is observed has arguments of which something is known, or the sentence would be empty. */
static void test_operands(void **state)
{
	struct watch_operand operands[WATCH_PLACES];
	struct watch_call call = { .name = "openat", .arguments = { 5, 1, O_NOFOLLOW } };

	(void)state;
	assert_int_equal(watch_operands(&call, operands), 1);
	assert_true(operands[0].directory == 0 && operands[0].path == 1 && !operands[0].is_followed);
	call.arguments[2] = 0;
	(void)watch_operands(&call, operands);
	assert_true(operands[0].is_followed);
	call = (struct watch_call){ .name = "utimensat", .arguments = { 5, 0 } };
	assert_int_equal(watch_operands(&call, operands), 1);
	assert_int_equal(operands[0].path, -1);
	call = (struct watch_call){ .name = "renameat2", .arguments = { 5, 1, 6, 2 } };
	assert_int_equal(watch_operands(&call, operands), 2);
	assert_true(operands[1].directory == 2 && operands[1].path == 3);
	call.name = NULL;
	assert_int_equal(watch_operands(&call, operands), 0);
	assert_int_equal(watch_address_argument("bind"), 1);
	assert_int_equal(watch_address_argument("socket"), -1);
	assert_false(watch_is_observed("read"));
	assert_false(watch_is_observed("openat2x"));
	assert_true(watch_is_observed("openat"));
}

int main(void)
{
	struct row_tests rows = { .count = 0 };

	for (size_t i = 0; i < ARRAY_COUNT(may_rows); i++)
		rows_add(&rows, may_rows[i].name, test_may, (void *)(uintptr_t)&may_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(foresee_rows); i++)
		rows_add(&rows, foresee_rows[i].name, test_foresee, (void *)(uintptr_t)&foresee_rows[i]);
	ROWS_TEST(&rows, test_gains_rights);
	ROWS_TEST(&rows, test_engine);
	ROWS_TEST(&rows, test_refused);
	ROWS_TEST(&rows, test_causes);
	ROWS_TEST(&rows, test_questions);
	ROWS_TEST(&rows, test_counters);
	ROWS_TEST(&rows, test_space);
	ROWS_TEST(&rows, test_sentence);
	ROWS_TEST(&rows, test_json);
	ROWS_TEST(&rows, test_json_of_any_bytes);
	ROWS_TEST(&rows, test_operands);
	return rows_run("watch: needs", &rows);
}
