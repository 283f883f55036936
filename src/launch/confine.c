/*
 * confine: what reads a caller's words, files and policies has none of root's rights while it does: another identity, no
 * capabilities, nothing to be gained by executing, and a filter of system calls. None of it can be taken back.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cap-ng.h>

#include "own_filters.h"
#include "launch_internal.h"

static int fail(struct arena *arena, const char *what, struct error *err)
{
	return error_set(err, arena, ERROR_SYSTEM, "hardrun cannot give up %s: %s", what, strerror(errno));
}

bool confine_become(const struct confine_identity *identity, bool is_keeping)
{
	const uid_t uid = identity->uid;
	const gid_t gid = identity->gid;

	return setgroups(identity->group_count, identity->group_count > 0 ? identity->groups : NULL) == 0 &&
	       setresgid(gid, gid, gid) == 0 && (!is_keeping || prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0) &&
	       setresuid(uid, uid, uid) == 0;
}

bool confine_filter(const struct sock_filter *filter, unsigned short length)
{
#ifdef __SANITIZE_ADDRESS__
	(void)filter; /* the sanitizers make calls of their own */
	(void)length;
	return true;
#else
	/* The kernel only reads it; its type is of an age without const. */
	const struct sock_fprog program = {.len = length, .filter = (struct sock_filter *)(uintptr_t)filter};

	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
#endif
}

/*
 * Whoever borrowed root is that person from here on. Root itself becomes nobody, with the one right to look into directories
 * and to read, so that what belongs to root cannot be written either; ${may_stay}: an identity is needed to call root's
 * sockets.
 */
static int take_identity(struct arena *arena, const struct host_facts *facts, bool may_stay, struct error *err)
{
	const bool is_person = facts->caller_uid != 0;
	const uid_t uid = is_person ? facts->caller_uid : may_stay ? 0 : CONFINE_NOBODY;
	const gid_t gid = is_person ? facts->caller_gid : may_stay ? 0 : CONFINE_NOBODY;
	const struct confine_identity identity = {
		.uid = uid, .gid = gid, .groups = facts->caller_groups, .group_count = is_person ? facts->caller_group_count : 0,
	};

	/* Who stays root keeps its capabilities anyway. */
	return confine_become(&identity, !is_person && !may_stay) ? 0 : fail(arena, "root", err);
}

static int drop_capabilities(struct arena *arena, const struct host_facts *facts, struct error *err)
{
	capng_clear(CAPNG_SELECT_CAPS);
	if (facts->caller_uid == 0 &&
	    capng_update(CAPNG_ADD, (capng_type_t)(CAPNG_EFFECTIVE | CAPNG_PERMITTED), CAP_DAC_READ_SEARCH) != 0)
		return fail(arena, "its capabilities", err);
	return capng_apply(CAPNG_SELECT_CAPS) == 0 ? 0 : fail(arena, "its capabilities", err);
}

/* Where the kernel has Landlock: nothing on any file system can be changed, whoever owns it. */
static void forbid_writing(void)
{
	const struct landlock_ruleset_attr rules = {
		.handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
				     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
				     LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
				     LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM,
	};
	CLOSE_FD int fd = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof(rules), 0);

	if (fd >= 0)
		(void)syscall(SYS_landlock_restrict_self, fd, 0);
}

static int filter_calls(struct arena *arena, bool may_call, struct error *err)
{
	const bool is_filtered = may_call ? confine_filter(judge_filter_calling, judge_filter_calling_length) :
					    confine_filter(judge_filter, judge_filter_length);

	return is_filtered ? 0 : fail(arena, "system calls", err);
}

/* ${parent}: with its end comes ours; 0: nobody's does. Asked for last of the calls that a change of identity undoes. */
static int confine(struct arena *arena, const struct host_facts *facts, bool may_call, pid_t parent, struct error *err)
{
	int result = 0;

	if (facts->is_root)
		result = take_identity(arena, facts, may_call, err);
	if (result == 0 && facts->is_root)
		result = drop_capabilities(arena, facts, err);
	/* And the filter ends whoever executes: the bounding set, which only execve asks, may stay as it is. */
	if (result == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		result = fail(arena, "gaining privileges", err);
	/* The person's other processes must not look into this one, nor put words into its mouth. */
	if (result == 0 && facts->is_root && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		result = fail(arena, "being looked into", err);
	if (result == 0 && parent != 0 && (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != parent))
		result = error_set(err, arena, ERROR_SYSTEM, "who asked for this is gone");
	if (result < 0)
		return result;
	forbid_writing();
	return filter_calls(arena, may_call, err);
}

int launch_confine(struct arena *arena, const struct host_facts *facts, bool may_call, struct error *err)
{
	return confine(arena, facts, may_call, 0, err);
}

pid_t launch_split(struct arena *arena, const struct host_facts *facts, int *ret_channel, struct error *err)
{
	const pid_t monitor = getpid();
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return error_set(err, arena, ERROR_SYSTEM, "hardrun cannot be split in two: %s", strerror(errno));
	pid = fork();
	if (pid < 0) {
		error_set(err, arena, ERROR_SYSTEM, "hardrun cannot be split in two: %s", strerror(errno));
		(void)close(ends[0]);
		(void)close(ends[1]);
		return -(pid_t)err->kind;
	}
	*ret_channel = ends[pid == 0 ? 1 : 0];
	(void)close(ends[pid == 0 ? 0 : 1]);
	if (pid > 0)
		return pid;
	if (facts->unit != NULL)
		launch_close_sockets(facts->unit->listen_count);
	return confine(arena, facts, false, monitor, err);
}
