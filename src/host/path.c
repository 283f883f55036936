/* path: what a host path really is, found by a walk of our own and checked by the kernel. */
#include "host_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

enum {
	LINKS_MAX = 40, /* the kernel's own limit (MAXSYMLINKS) */
};

struct walk {
	struct arena *arena;
	const char *pending;  /* what is left to walk */
	struct text resolved; /* "" for / */
	int fd;               /* O_PATH descriptor of resolved */
	unsigned links;
	struct stat status;   /* of resolved */
	bool is_holding;
	struct host_path *result;
};

static void walk_close(const struct walk *walk)
{
	host_close(&walk->fd);
}

/* Opens without following any link at all. */
static int open_plain(const char *path, uint64_t flags)
{
	struct open_how how = { .flags = flags | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };

	return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

static bool walk_fail(struct walk *walk, const char *reason)
{
	walk->result->reason = reason;
	return false;
}

static bool walk_fail_errno(struct walk *walk, int number)
{
	switch (number) {
	case ENOENT:
		walk->result->kind = PATH_MISSING;
		return walk_fail(walk, "there is no such file or directory");
	case ENOTDIR:
		return walk_fail(walk, "a part of the path is not a directory");
	case EACCES:
		return walk_fail(walk, "you may not look there");
	case ENAMETOOLONG:
		return walk_fail(walk, "the path is too long");
	case ELOOP:
		return walk_fail(walk, "it changed while it was being looked at");
	case ENOSYS:
		return walk_fail(walk, "this kernel has no openat2, so that links cannot be ruled out");
	}
	return walk_fail(walk, arena_printf(walk->arena, "it cannot be looked at: %s", strerrordesc_np(number)));
}

/* Goes to resolved[0..length), which has no link in it. */
static bool walk_restart(struct walk *walk, size_t length)
{
	walk->resolved.length = length;
	walk->resolved.data[length] = '\0';
	host_close(&walk->fd);
	walk->fd = open_plain(length == 0 ? "/" : walk->resolved.data, O_PATH);
	if (walk->fd < 0 || fstat(walk->fd, &walk->status) != 0)
		return walk_fail_errno(walk, errno);
	return true;
}

/* Puts the target of the link ${fd} before what is pending. Links of procfs lead wherever a process stands: never followed. */
static bool walk_link(struct walk *walk, int fd)
{
	struct statfs system;
	char target[PATH_MAX];
	ssize_t length;

	walk->result->has_symlink = true;
	if (fstatfs(fd, &system) != 0)
		return walk_fail_errno(walk, errno);
	if (system.f_type == PROC_SUPER_MAGIC) {
		walk->result->has_magic_link = true;
		return walk_fail(walk, "it leads through a link below /proc, which means another file to every process");
	}
	if (++walk->links > LINKS_MAX)
		return walk_fail(walk, "it leads through more than 40 links");
	length = readlinkat(fd, "", target, sizeof(target));
	if (length <= 0 || (size_t)length >= sizeof(target))
		return walk_fail(walk, "a link on the way cannot be read");
	if ((size_t)length + strlen(walk->pending) >= PATH_MAX)
		return walk_fail(walk, "the path is too long");
	walk->pending = arena_printf(walk->arena, "%.*s%s", (int)length, target, walk->pending);
	return target[0] != '/' || walk_restart(walk, 0);
}

static bool walk_component(struct walk *walk, const char *name)
{
	CLEANUP_FD int next = openat(walk->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;
	int kept;

	if (next < 0 || fstat(next, &status) != 0)
		return walk_fail_errno(walk, errno);
	if (S_ISLNK(status.st_mode))
		return walk_link(walk, next);
	if (walk->pending[0] == '/' && !S_ISDIR(status.st_mode))
		return walk_fail_errno(walk, ENOTDIR);
	text_add(&walk->resolved, "/");
	text_add(&walk->resolved, name);
	kept = walk->fd;
	walk->fd = next;
	next = kept;
	walk->status = status;
	return true;
}

static bool walk_step(struct walk *walk)
{
	size_t length;
	const char *name;

	walk->pending += strspn(walk->pending, "/");
	length = strcspn(walk->pending, "/");
	name = arena_strndup(walk->arena, walk->pending, length);
	walk->pending += length;
	if (length == 0 || strcmp(name, ".") == 0)
		return true;
	if (strcmp(name, "..") == 0) {
		const char *slash = strrchr(walk->resolved.data, '/');

		return walk_restart(walk, slash == NULL ? 0 : (size_t)(slash - walk->resolved.data));
	}
	return walk_component(walk, name);
}

enum path_kind host_path_kind(mode_t mode)
{
	if (S_ISDIR(mode))
		return PATH_DIRECTORY;
	if (S_ISREG(mode))
		return PATH_REGULAR;
	if (S_ISSOCK(mode))
		return PATH_SOCKET;
	return S_ISBLK(mode) || S_ISCHR(mode) ? PATH_DEVICE : PATH_OTHER;
}

/* The whole path once more in one go, by the kernel: it must lead, without a link, to what the walk has seen. */
static void walk_confirm(struct walk *walk)
{
	const char *resolved = walk->resolved.length == 0 ? "/" : walk->resolved.data;
	CLEANUP_FD int fd = open_plain(resolved, O_PATH);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) != 0) {
		walk_fail_errno(walk, errno);
		return;
	}
	if (status.st_dev != walk->status.st_dev || status.st_ino != walk->status.st_ino) {
		walk_fail_errno(walk, ELOOP);
		return;
	}
	walk->result->resolved = resolved;
	walk->result->kind = host_path_kind(status.st_mode);
	walk->result->owner_uid = status.st_uid;
	walk->result->owner_gid = status.st_gid;
	walk->result->mode = status.st_mode & 07777;
	walk->result->device = status.st_dev;
	walk->result->inode = status.st_ino;
	if (walk->is_holding && fd > 0) {
		walk->result->held_fd = fd;
		fd = -1;
	}
}

struct host_path host_resolve_path(struct arena *arena, const struct host_facts *facts, const char *path)
{
	struct host_path result = { .given = path, .kind = PATH_OTHER };
	__attribute__((cleanup(walk_close))) struct walk walk = {
		.arena = arena, .pending = path, .fd = -1, .is_holding = facts->is_holding, .result = &result
	};

	if (path[0] == '\0') {
		walk_fail(&walk, "the path is empty");
		return result;
	}
	if (path[0] != '/' && facts->cwd == NULL) {
		walk_fail(&walk, "it is relative, and the current directory is gone");
		return result;
	}
	if (path[0] != '/')
		walk.pending = arena_printf(arena, "%s/%s", facts->cwd, path);
	if (strlen(walk.pending) >= PATH_MAX) {
		walk_fail(&walk, "the path is too long");
		return result;
	}
	text_init(&walk.resolved, arena);
	if (!walk_restart(&walk, 0))
		return result;
	while (walk.pending[0] != '\0') {
		if (!walk_step(&walk))
			return result;
	}
	walk_confirm(&walk);
	return result;
}

int host_open_resolved(const struct host_path *path, int flags)
{
	struct stat status;
	int fd;

	if (path->resolved == NULL)
		return -1;
	fd = open_plain(path->resolved, (uint64_t)(unsigned)(flags | O_NONBLOCK | O_NOCTTY));
	if (fd < 0)
		return -1;
	if (fstat(fd, &status) == 0 && status.st_dev == path->device && status.st_ino == path->inode)
		return fd;
	close(fd);
	errno = ESTALE;
	return -1;
}

const struct host_path *host_path_of(const struct host_facts *facts, const char *given)
{
	for (size_t i = 0; i < facts->path_count; i++) {
		if (given != NULL && strcmp(facts->paths[i].given, given) == 0)
			return &facts->paths[i];
	}
	return NULL;
}

/* host_resolve_paths has put the resolved path in the place of the spelling. */
const struct host_path *host_image_path(const struct host_facts *facts)
{
	const char *wanted = facts->image.path;

	for (size_t i = 0; wanted != NULL && i < facts->path_count; i++) {
		const struct host_path *path = &facts->paths[i];

		if (strcmp(path->given, wanted) == 0 || (path->resolved != NULL && strcmp(path->resolved, wanted) == 0))
			return path;
	}
	return NULL;
}

/* A glob character in the name of the caller's own directory would match more than that directory; / is nobody's own. */
static const char *expand_with(struct arena *arena, const char *directory, const char *rest)
{
	if (directory == NULL || strcmp(directory, "/") == 0 || strpbrk(directory, "*?") != NULL)
		return NULL;
	return arena_printf(arena, "%s%s", directory, rest);
}

const char *host_expand(struct arena *arena, const struct host_facts *facts, const char *pattern)
{
	static const char cwd_word[] = "${CWD}";
	size_t length = sizeof(cwd_word) - 1;

	if (pattern[0] == '~' && (pattern[1] == '/' || pattern[1] == '\0'))
		return expand_with(arena, facts->home, pattern + 1);
	if (pattern[0] == '.' && (pattern[1] == '/' || pattern[1] == '\0'))
		return expand_with(arena, facts->cwd, pattern + 1);
	if (strncmp(pattern, cwd_word, length) == 0 && (pattern[length] == '/' || pattern[length] == '\0'))
		return expand_with(arena, facts->cwd, pattern + length);
	return pattern;
}
