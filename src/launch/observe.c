/*
 * observe: what the container looks like to a process that waits in a call. For telling, never for deciding: what is read here
 * may have changed when the kernel looks at it. All of it is reached through /proc/PID/root, and no link leads out of there.
 */
#include <arpa/inet.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/vfs.h>

#include "observe.h"

enum { PAGE_BYTES = 4096, OVERFLOW_ID = 65534 }; /* /proc/sys/kernel/overflowuid, which nobody changes */
enum { MOUNT_READ_ONLY = 1, MOUNT_NOSUID = 2, MOUNT_NOEXEC = 8 }; /* ST_*, as statfs(2) has them */

const char *observe_text(struct arena *arena, pid_t pid, uint64_t address, size_t limit)
{
	char *text = arena_alloc(arena, limit + 1);
	struct iovec here = {.iov_base = text, .iov_len = limit}, there[2];
	size_t head = PAGE_BYTES - address % PAGE_BYTES;
	ssize_t got;

	head = head < limit ? head : limit;
	there[0] = (struct iovec){.iov_base = (void *)(uintptr_t)address, .iov_len = head};
	there[1] = (struct iovec){.iov_base = (void *)(uintptr_t)(address + head), .iov_len = limit - head};
	got = address != 0 ? process_vm_readv(pid, &here, 1, there, ARRAY_COUNT(there), 0) : -1;
	if (got <= 0)
		return NULL;
	text[got] = '\0';
	return text;
}

/* Who looks for whom. */
struct looker { struct arena *arena; pid_t pid; const struct watch_process *process; struct observe_ground ground; };

/* ---- places ---- */

static const char *read_link(struct arena *arena, const char *link)
{
	char *text = arena_alloc(arena, PATH_MAX);
	ssize_t length = readlink(link, text, PATH_MAX - 1);

	if (length <= 0)
		return NULL;
	text[length] = '\0';
	return text;
}

static int open_in(int root, const char *path, bool is_followed)
{
	const struct open_how how = {
		.flags = (uint64_t)(O_PATH | O_CLOEXEC | (is_followed ? 0 : O_NOFOLLOW)), .resolve = RESOLVE_IN_ROOT,
	};

	return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
}

static int open_root(struct arena *arena, pid_t pid)
{
	return open(arena_printf(arena, "/proc/%d/root", (int)pid), O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int observe_open(struct arena *arena, pid_t pid, const char *path)
{
	CLOSE_FD int root = open_root(arena, pid);

	return root >= 0 ? open_in(root, path, true) : -1;
}

/* Where a descriptor of ours leads, as the container sees it: what lies beyond our own root is told from its own. */
static const char *path_of(struct arena *arena, int fd)
{
	const char *path = read_link(arena, arena_printf(arena, "/proc/self/fd/%d", fd));

	return path && path[0] == '/' ? path : NULL;
}

/*
 * ${fd} may be -1. What has no id in our own namespace shows the overflow id, as another might who has that very one: it is told
 * from that by our right to read everything, which ends there.
 */
static struct watch_owner owner_of(const struct looker *looker, const struct stat *status, int fd)
{
	struct watch_owner owner = {.mode = status->st_mode};

	owner.uid = observe_id(&looker->ground.users, status->st_uid);
	owner.gid = observe_id(&looker->ground.groups, status->st_gid);
	/* Our own namespace's root is whoever called. */
	if (looker->ground.is_shifted && status->st_uid == 0 && owner.uid == WATCH_ID_NONE)
		owner.uid = WATCH_ID_CALLER;
	if (looker->ground.is_shifted && status->st_uid == OVERFLOW_ID && fd >= 0 && (status->st_mode & S_IROTH) == 0 &&
	    faccessat(fd, "", R_OK, AT_EMPTY_PATH | AT_EACCESS) < 0 && errno == EACCES)
		owner.uid = WATCH_ID_NONE;
	return owner;
}

static void read_mount(int fd, struct watch_place *place)
{
	struct statfs facts;

	if (fstatfs(fd, &facts) < 0)
		return;
	place->is_read_only = (facts.f_flags & MOUNT_READ_ONLY) != 0;
	place->is_nosuid = (facts.f_flags & MOUNT_NOSUID) != 0;
	place->is_noexec = (facts.f_flags & MOUNT_NOEXEC) != 0;
	place->is_full = facts.f_type == TMPFS_MAGIC && facts.f_blocks > 0 && facts.f_bavail == 0;
}

/* The first directory down to place->directory that the process may not search. */
static void find_barrier(const struct looker *looker, int root, struct watch_place *place)
{
	const char *path = place->directory;

	for (size_t length = 1; path && length <= strlen(path); length++) {
		struct stat status;
		struct watch_owner owner;
		const char *prefix;

		if (path[length] != '/' && path[length] != '\0')
			continue;
		prefix = arena_strndup(looker->arena, path, length);
		if (fstatat(root, prefix + 1, &status, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) < 0)
			return;
		owner = owner_of(looker, &status, -1);
		if (watch_may(looker->process, &owner, true, 1))
			continue;
		place->barrier = prefix;
		place->barrier_owner = owner;
		return;
	}
}

static void take_directory(const struct looker *looker, int fd, int root, struct watch_place *place)
{
	struct stat status;

	place->directory = path_of(looker->arena, fd);
	if (place->directory && fstat(fd, &status) == 0)
		place->parent = owner_of(looker, &status, fd);
	find_barrier(looker, root, place);
}

/* What is not there: the nearest directory that is, and the path as it would be below it. */
static void find_nearest(const struct looker *looker, int root, const char *path, struct watch_place *place)
{
	char *head = arena_strdup(looker->arena, path);

	place->has_parent = true;
	for (char *slash = strrchr(head, '/'); slash; slash = strrchr(head, '/')) {
		const char *rest = path + (slash - head) + 1;
		int fd;

		*slash = '\0';
		fd = open_in(root, *head != '\0' ? head : "/", true);
		if (fd >= 0) {
			take_directory(looker, fd, root, place);
			read_mount(fd, place);
			place->path = !place->directory ? NULL :
				      arena_printf(looker->arena, "%s%s%s", place->directory, strcmp(place->directory, "/") == 0 ? "" : "/", rest);
			(void)close(fd);
			return;
		}
		place->has_parent = false;
	}
}

static void take_place(const struct looker *looker, int fd, int root, struct watch_place *place)
{
	const char *path = path_of(looker->arena, fd), *slash = path ? strrchr(path, '/') : NULL;
	struct stat status;
	int parent;

	if (!slash || fstat(fd, &status) < 0)
		return;
	place->path = path;
	place->exists = place->has_parent = true;
	place->self = owner_of(looker, &status, fd);
	place->is_directory = S_ISDIR(status.st_mode);
	place->is_regular = S_ISREG(status.st_mode);
	read_mount(fd, place);
	parent = open_in(root, slash > path ? arena_strndup(looker->arena, path, (size_t)(slash - path)) : "/", true);
	if (parent < 0)
		return;
	take_directory(looker, parent, root, place);
	(void)close(parent);
}

/* Its own files and streams, which lead through magic links that are not ours to follow. */
static bool is_of_itself(const char *path)
{
	static const char *const own[] = {"/dev/fd", "/dev/stdin", "/dev/stdout", "/dev/stderr", "/proc/self/fd", "/proc/thread-self"};

	for (size_t i = 0; i < ARRAY_COUNT(own); i++)
		if (path_is_within(path, own[i]))
			return true;
	return false;
}

/* ${path} NULL: it is not known. */
static void look_at(const struct looker *looker, const char *path, bool is_followed, struct watch_place *place)
{
	static const char self[] = "/proc/self/";
	CLOSE_FD int root = open_root(looker->arena, looker->pid);
	int fd;

	if (root < 0 || !path || is_of_itself(path_tidy(looker->arena, path)))
		return;
	if (strncmp(path, self, strlen(self)) == 0)
		path = arena_printf(looker->arena, "/proc/%" PRIu32 "/%s", looker->ground.pid, path + strlen(self));
	fd = open_in(root, path, is_followed);
	if (fd >= 0) {
		take_place(looker, fd, root, place);
		(void)close(fd);
	} else if (errno == ENOENT) {
		find_nearest(looker, root, path_tidy(looker->arena, path), place);
	}
}

/* Where relative paths begin; NULL: that cannot be told. */
static const char *base_of(const struct looker *looker, const struct watch_call *call, int directory)
{
	const int32_t fd = directory >= 0 ? (int32_t)(uint32_t)call->arguments[directory] : AT_FDCWD;
	const char *link = fd == AT_FDCWD ? arena_printf(looker->arena, "/proc/%d/cwd", (int)looker->pid)
					  : arena_printf(looker->arena, "/proc/%d/fd/%d", (int)looker->pid, fd);
	const char *base = read_link(looker->arena, link);

	return base && base[0] == '/' ? base : NULL;
}

/* ${text} from where it begins; NULL: that place itself. */
static const char *whole_path(const struct looker *looker, const struct watch_call *call, int directory, const char *text)
{
	const char *base;

	if (text && text[0] == '/')
		return text;
	base = base_of(looker, call, directory);
	return base && text ? arena_printf(looker->arena, "%s/%s", base, text) : base;
}

static void look_at_operand(const struct looker *looker, struct watch_call *call, const struct watch_operand *operand,
			    struct watch_place *place)
{
	const char *text = NULL;

	if (operand->path >= 0) {
		text = observe_text(looker->arena, looker->pid, call->arguments[operand->path], PATH_MAX - 1);
		call->texts[operand->path] = text;
		if (!text || *text == '\0' || strlen(text) >= PATH_MAX - 1)
			return;
	}
	look_at(looker, whole_path(looker, call, operand->directory, text), operand->is_followed, place);
}

/* ---- what would execute a program ---- */

/* The loader that an ELF file names, in its first bytes as usual; NULL: none, or not there. */
static const char *loader_of(const unsigned char *bytes, size_t length)
{
	uint64_t table;
	uint16_t size, count;

	if (length < 64 || memcmp(bytes, "\177ELF\2\1", 6) != 0)
		return NULL;
	memcpy(&table, bytes + 32, sizeof(table));
	memcpy(&size, bytes + 54, sizeof(size));
	memcpy(&count, bytes + 56, sizeof(count));
	for (uint16_t i = 0; i < count && table + (uint64_t)size * (i + 1U) <= length && size >= 56; i++) {
		const unsigned char *header = bytes + table + (uint64_t)size * i;
		uint64_t first, bytes_wanted;
		uint32_t type;

		memcpy(&type, header, sizeof(type));
		memcpy(&first, header + 8, sizeof(first));
		memcpy(&bytes_wanted, header + 32, sizeof(bytes_wanted));
		if (type == PT_INTERP && first < length && bytes_wanted > 1 && bytes_wanted <= length - first &&
		    bytes[first + bytes_wanted - 1] == '\0')
			return (const char *)bytes + first;
	}
	return NULL;
}

static void look_for_interpreter(const struct looker *looker, struct watch_place *place)
{
	CLOSE_FD int root = open_root(looker->arena, looker->pid);
	CLOSE_FD int held = root >= 0 && place->is_regular ? open_in(root, place->path, true) : -1;
	const char *again = arena_printf(looker->arena, "/proc/self/fd/%d", held);
	CLOSE_FD int file = held >= 0 ? open(again, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
	char *bytes = arena_alloc(looker->arena, PAGE_BYTES + 1);
	ssize_t length = file >= 0 ? pread(file, bytes, PAGE_BYTES, 0) : -1;
	const char *wanted;
	int found;

	if (length < 3)
		return;
	bytes[length] = '\0';
	wanted = loader_of((const unsigned char *)bytes, (size_t)length);
	if (memcmp(bytes, "#!", 2) == 0) {
		wanted = bytes + 2 + strspn(bytes + 2, " \t");
		bytes[(size_t)(wanted - bytes) + strcspn(wanted, " \t\r\n")] = '\0';
	}
	if (!wanted || wanted[0] != '/')
		return;
	found = open_in(root, wanted, true);
	if (found < 0 && errno == ENOENT)
		place->missing = wanted;
	descriptors_close(&found);
}

/* ---- addresses ---- */

union any_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un file;
};

static void read_address(const struct looker *looker, const struct watch_call *call, unsigned argument,
			 struct watch_observed *observed)
{
	union any_address address = {0};
	const uint64_t length = call->arguments[argument + 1] & UINT32_MAX;
	const struct iovec here = {&address, length < sizeof(address) ? (size_t)length : sizeof(address)};
	const struct iovec there = {(void *)(uintptr_t)call->arguments[argument], here.iov_len};
	char text[INET6_ADDRSTRLEN];
	struct watch_address *found = &observed->address;
	ssize_t got = process_vm_readv(looker->pid, &here, 1, &there, 1, 0);

	if (got < (ssize_t)sizeof(address.any.sa_family))
		return;
	found->family = address.any.sa_family;
	if (found->family == AF_INET && inet_ntop(AF_INET, &address.v4.sin_addr, text, sizeof(text))) {
		found->port = ntohs(address.v4.sin_port);
		found->text = arena_printf(looker->arena, "%s:%u", text, found->port);
		/* 0.0.0.0 is this host as well */
		found->is_loopback = (ntohl(address.v4.sin_addr.s_addr) >> 24) == 127 || address.v4.sin_addr.s_addr == 0;
	} else if (found->family == AF_INET6 && inet_ntop(AF_INET6, &address.v6.sin6_addr, text, sizeof(text))) {
		found->port = ntohs(address.v6.sin6_port);
		found->text = arena_printf(looker->arena, "[%s]:%u", text, found->port);
		found->is_loopback = IN6_IS_ADDR_LOOPBACK(&address.v6.sin6_addr) || IN6_IS_ADDR_UNSPECIFIED(&address.v6.sin6_addr) ||
				     strncmp(text, "::ffff:127.", strlen("::ffff:127.")) == 0;
	} else if (found->family == AF_UNIX && address.file.sun_path[0] != '\0') {
		const char *path = arena_strndup(looker->arena, address.file.sun_path,
						 strnlen(address.file.sun_path, sizeof(address.file.sun_path)));

		look_at(looker, whole_path(looker, call, -1, path), true, &observed->places[0]);
	}
}

static uint64_t read_limit(pid_t pid, uint64_t address)
{
	struct rlimit limit = {0};
	const struct iovec here = {&limit, sizeof(limit)}, there = {(void *)(uintptr_t)address, sizeof(limit)};

	return address != 0 && process_vm_readv(pid, &here, 1, &there, 1, 0) == (ssize_t)sizeof(limit) ? limit.rlim_max : 0;
}

void observe_facts(struct arena *arena, struct watch_observed *observed)
{
	struct watch_call *call = &observed->call;
	struct watch_operand operands[WATCH_PLACES];
	struct looker looker = {.arena = arena, .pid = call->pid, .process = &observed->process};
	const unsigned count = watch_operands(call, operands);
	const int address = watch_address_argument(call->name), limit = watch_limit_argument(call);

	observed->address.family = -1;
	observe_process(arena, call->pid, &observed->process, &looker.ground);
	for (unsigned i = 0; i < count; i++)
		look_at_operand(&looker, call, &operands[i], &observed->places[i]);
	if (address >= 0)
		read_address(&looker, call, (unsigned)address, observed);
	if (strncmp(call->name, "exec", 4) == 0 && observed->places[0].path)
		look_for_interpreter(&looker, &observed->places[0]);
	if (limit >= 0)
		observed->limit = read_limit(call->pid, call->arguments[limit]);
	if (strncmp(call->name, "open", 4) == 0 || strcmp(call->name, "socket") == 0 || observed->limit > 0)
		observe_open_files(arena, call->pid, &observed->process);
}
