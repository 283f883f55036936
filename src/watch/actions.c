/* actions: what the calls that are observed do, and which of their arguments say to what. */
#include "watch_internal.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/resource.h>

#define NONE { -1, -1, false }
#define PATH(argument, is_followed) { -1, argument, is_followed }
#define AT(directory, argument, is_followed) { directory, argument, is_followed }
#define FD(argument) { argument, -1, true }

/* Sorted by name. Of renames and links the places are in the order of the arguments; what is made is the last. */
static const struct watch_action actions[] = {
	{ "access", ACT_LOOK, { PATH(0, true) }, 1, -1, 0 },
	{ "bind", ACT_BIND, { NONE }, 0, -1, 0 },
	{ "chdir", ACT_ENTER, { PATH(0, true) }, 1, -1, 0 },
	{ "chmod", ACT_CHMOD, { PATH(0, true) }, 1, 1, 0 },
	{ "chown", ACT_CHOWN, { PATH(0, true) }, 1, 1, 2 },
	{ "chroot", ACT_GUARDED, { NONE }, 0, -1, CAP_SYS_CHROOT },
	{ "connect", ACT_CONNECT, { NONE }, 0, -1, 0 },
	{ "creat", ACT_OPEN, { PATH(0, true) }, 1, -1, 0 },
	{ "execve", ACT_EXECUTE, { PATH(0, true) }, 1, -1, 0 },
	{ "execveat", ACT_EXECUTE, { AT(0, 1, true) }, 1, -1, 0 },
	{ "faccessat", ACT_LOOK, { AT(0, 1, true) }, 1, -1, 0 },
	{ "faccessat2", ACT_LOOK, { AT(0, 1, true) }, 1, -1, 0 },
	{ "fchmod", ACT_CHMOD, { FD(0) }, 1, 1, 0 },
	{ "fchmodat", ACT_CHMOD, { AT(0, 1, true) }, 1, 2, 0 },
	{ "fchmodat2", ACT_CHMOD, { AT(0, 1, true) }, 1, 2, 0 },
	{ "fchown", ACT_CHOWN, { FD(0) }, 1, 1, 2 },
	{ "fchownat", ACT_CHOWN, { AT(0, 1, true) }, 1, 2, 2 },
	{ "lchown", ACT_CHOWN, { PATH(0, false) }, 1, 1, 2 },
	{ "link", ACT_MAKE, { PATH(1, false) }, 1, -1, 0 },
	{ "linkat", ACT_MAKE, { AT(2, 3, false) }, 1, -1, 0 },
	{ "lstat", ACT_LOOK, { PATH(0, false) }, 1, -1, 0 },
	{ "mkdir", ACT_MAKE, { PATH(0, false) }, 1, -1, 0 },
	{ "mkdirat", ACT_MAKE, { AT(0, 1, false) }, 1, -1, 0 },
	{ "mknod", ACT_DEVICE, { PATH(0, false) }, 1, 1, 0 },
	{ "mknodat", ACT_DEVICE, { AT(0, 1, false) }, 1, 2, 0 },
	{ "newfstatat", ACT_LOOK, { AT(0, 1, true) }, 1, -1, 0 },
	{ "open", ACT_OPEN, { PATH(0, true) }, 1, 1, 0 },
	{ "openat", ACT_OPEN, { AT(0, 1, true) }, 1, 2, 0 },
	{ "prlimit64", ACT_LIMIT, { NONE }, 0, 1, 2 },
	{ "rename", ACT_REMOVE, { PATH(0, false), PATH(1, false) }, 2, -1, 0 },
	{ "renameat", ACT_REMOVE, { AT(0, 1, false), AT(2, 3, false) }, 2, -1, 0 },
	{ "renameat2", ACT_REMOVE, { AT(0, 1, false), AT(2, 3, false) }, 2, -1, 0 },
	{ "rmdir", ACT_REMOVE, { PATH(0, false) }, 1, -1, 0 },
	{ "setdomainname", ACT_GUARDED, { NONE }, 0, -1, CAP_SYS_ADMIN },
	{ "setgid", ACT_SETGID, { NONE }, 0, 0, 1 },
	{ "setgroups", ACT_SETGROUPS, { NONE }, 0, -1, 0 },
	{ "sethostname", ACT_GUARDED, { NONE }, 0, -1, CAP_SYS_ADMIN },
	{ "setpriority", ACT_PRIORITY, { NONE }, 0, 2, 0 },
	{ "setregid", ACT_SETGID, { NONE }, 0, 0, 2 },
	{ "setresgid", ACT_SETGID, { NONE }, 0, 0, 3 },
	{ "setresuid", ACT_SETUID, { NONE }, 0, 0, 3 },
	{ "setreuid", ACT_SETUID, { NONE }, 0, 0, 2 },
	{ "setrlimit", ACT_LIMIT, { NONE }, 0, 0, 1 },
	{ "setuid", ACT_SETUID, { NONE }, 0, 0, 1 },
	{ "socket", ACT_SOCKET, { NONE }, 0, -1, 0 },
	{ "stat", ACT_LOOK, { PATH(0, true) }, 1, -1, 0 },
	{ "statx", ACT_LOOK, { AT(0, 1, true) }, 1, -1, 0 },
	{ "symlink", ACT_MAKE, { PATH(1, false) }, 1, -1, 0 },
	{ "symlinkat", ACT_MAKE, { AT(1, 2, false) }, 1, -1, 0 },
	{ "truncate", ACT_WRITE, { PATH(0, true) }, 1, -1, 0 },
	{ "unlink", ACT_REMOVE, { PATH(0, false) }, 1, -1, 0 },
	{ "unlinkat", ACT_REMOVE, { AT(0, 1, false) }, 1, -1, 0 },
	{ "utimensat", ACT_CHMOD, { AT(0, 1, true) }, 1, -1, 0 },
};

static const struct watch_action *find(const char *name, size_t length)
{
	for (size_t i = 0; i < ARRAY_COUNT(actions); i++)
		if (strncmp(actions[i].call, name, length) == 0 && actions[i].call[length] == '\0')
			return &actions[i];
	return NULL;
}

const struct watch_action *watch_action_of(const char *call)
{
	return call != NULL ? find(call, strlen(call)) : NULL;
}

const struct watch_action *watch_action_of_text(const char *text)
{
	return find(text, strcspn(text, "("));
}

bool watch_is_observed(const char *call)
{
	return watch_action_of(call) != NULL;
}

bool watch_only_reads(const struct watch_call *call)
{
	const struct watch_action *action = watch_action_of(call->name);

	if (action == NULL || action->act == ACT_LOOK)
		return action != NULL;
	return action->act == ACT_OPEN && action->value >= 0 && !watch_flags_write(call->arguments[action->value]);
}

void watch_value_of(const char *call, const uint64_t *arguments, uint64_t *ret_first, uint64_t *ret_second)
{
	enum { NETLINK = 16 };

	*ret_first = *ret_second = 0;
	if (strcmp(call, "ioctl") == 0)
		*ret_first = arguments[1];
	else if (strcmp(call, "socket") == 0 || strcmp(call, "socketpair") == 0 || strcmp(call, "prctl") == 0 ||
		 strcmp(call, "personality") == 0)
		*ret_first = arguments[0];
	if (strcmp(call, "socket") == 0 && arguments[0] == NETLINK)
		*ret_second = arguments[2];
}

unsigned watch_operands(const struct watch_call *call, struct watch_operand ret_operands[WATCH_PLACES])
{
	const struct watch_action *action = watch_action_of(call->name);

	for (unsigned i = 0; action != NULL && i < action->operand_count; i++) {
		ret_operands[i] = action->operands[i];
		if (action->act == ACT_OPEN && action->value >= 0 && (call->arguments[action->value] & O_NOFOLLOW) != 0)
			ret_operands[i].is_followed = false;
		/* utimensat(fd, NULL, ...) is futimens */
		if (action->act == ACT_CHMOD && action->value < 0 && call->arguments[action->operands[i].path] == 0)
			ret_operands[i].path = -1;
	}
	return action != NULL ? action->operand_count : 0;
}

int watch_address_argument(const char *call)
{
	const struct watch_action *action = watch_action_of(call);

	return action != NULL && (action->act == ACT_BIND || action->act == ACT_CONNECT) ? 1 : -1;
}

int watch_limit_argument(const struct watch_call *call)
{
	const struct watch_action *action = watch_action_of(call->name);

	return action != NULL && action->act == ACT_LIMIT && call->arguments[action->value] == RLIMIT_NOFILE ? action->ids : -1;
}

bool watch_flags_write(uint64_t flags)
{
	return (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}
