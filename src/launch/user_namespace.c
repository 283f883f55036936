/*
 * An ordinary user becomes root of a user namespace: with that hardrun may mount, and the runtimes may make their containers. To
 * the rest of the machine it is the same user as before. Source: user_namespaces(7), newuidmap(1).
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/wait.h>

#include "rootless.h"

enum { SAID_BYTES = 512 };

static bool is_inside(const struct host_facts *facts)
{
	return facts->is_root || geteuid() == 0;
}

uid_t user_namespace_uid(const struct host_facts *facts, uint32_t uid)
{
	uint32_t here = uid;

	return facts->is_root || host_map_id(&facts->rootless->uids, uid, &here) ? here : geteuid();
}

gid_t user_namespace_gid(const struct host_facts *facts, uint32_t gid)
{
	uint32_t here = gid;

	return facts->is_root || host_map_id(&facts->rootless->gids, gid, &here) ? here : getegid();
}

const char *user_namespace_images(struct arena *arena, const struct host_facts *facts)
{
	const struct host_rootless *rootless = facts->rootless;

	if (facts->is_root || rootless->own_uids.count < 2)
		return "images";
	return arena_printf(arena, "images-%u-%u", rootless->own_uids.ranges[1].outside, rootless->own_gids.ranges[1].outside);
}

/* ---- the helper: it stays outside, and asks newuidmap and newgidmap ---- */

static const char *const *map_words(struct arena *arena, const char *program, pid_t pid, const struct host_id_map *map)
{
	struct string_list words = {0};

	string_list_add(arena, &words, program);
	string_list_add(arena, &words, arena_printf(arena, "%d", (int)pid));
	for (size_t i = 0; i < map->count; i++) {
		string_list_add(arena, &words, arena_printf(arena, "%u", map->ranges[i].inside));
		string_list_add(arena, &words, arena_printf(arena, "%u", map->ranges[i].outside));
		string_list_add(arena, &words, arena_printf(arena, "%u", map->ranges[i].count));
	}
	return spawn_vector(arena, &words);
}

/* True, or what the program said is written to ${answer}. */
static bool ask_program(struct arena *arena, const char *const *argv, int answer)
{
	const struct spawn spawn = {.argv = argv};
	const char *said;
	struct error err;
	int status;

	if (spawn_run(arena, &spawn, &status, &said, &err) < 0)
		said = err.message;
	else if (status == 0)
		return true;
	(void)descriptors_write(answer, said, strlen(said));
	return false;
}

struct helper { pid_t pid; int go, answer; };

/* One byte on ${go} tells that there is a namespace to map; an end of file that there will be none. */
static _Noreturn void be_helper(struct arena *arena, const struct host_rootless *rootless, pid_t parent, int go, int answer)
{
	char byte;
	ssize_t got;

	do
		got = read(go, &byte, 1);
	while (got < 0 && errno == EINTR);
	if (got != 1)
		_exit(1);
	_exit(ask_program(arena, map_words(arena, rootless->newuidmap, parent, &rootless->own_uids), answer) &&
	      ask_program(arena, map_words(arena, rootless->newgidmap, parent, &rootless->own_gids), answer) ? 0 : 1);
}

static int start_helper(struct arena *arena, const struct host_rootless *rootless, struct helper *ret_helper, struct error *err)
{
	int go[2], answer[2];
	pid_t parent = getpid(), pid;

	if (pipe2(go, O_CLOEXEC) < 0)
		return error_set(err, arena, ERROR_SYSTEM, "no pipe for newuidmap: %s", strerror(errno));
	if (pipe2(answer, O_CLOEXEC) < 0) {
		(void)close(go[0]);
		(void)close(go[1]);
		return error_set(err, arena, ERROR_SYSTEM, "no pipe for newuidmap: %s", strerror(errno));
	}
	pid = fork();
	if (pid == 0) {
		(void)close(go[1]);
		be_helper(arena, rootless, parent, go[0], answer[1]);
	}
	(void)close(go[0]);
	(void)close(answer[1]);
	*ret_helper = (struct helper){pid, go[1], answer[0]};
	if (pid > 0)
		return 0;
	return error_set(err, arena, ERROR_SYSTEM, "newuidmap cannot be started: %s", strerror(errno));
}

/* Lets the helper do its work, or end when there is none; *ret_said is why it could not. */
static bool finish_helper(struct arena *arena, struct helper *helper, bool has_namespace, const char **ret_said)
{
	char *said = arena_alloc(arena, SAID_BYTES + 1);
	ssize_t got = -1;
	int status = -1;

	if (has_namespace)
		(void)descriptors_write(helper->go, "m", 1);
	descriptors_close(&helper->go);
	while (helper->pid > 0 && waitpid(helper->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status != 0)
		got = read(helper->answer, said, SAID_BYTES);
	descriptors_close(&helper->answer);
	*ret_said = got > 0 ? string_printable(arena, said, 300) : "nothing";
	return status == 0;
}

/* ---- this process ---- */

bool user_namespace_write(const char *path, const char *text)
{
	CLOSE_FD int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && descriptors_write(fd, text, strlen(text));
}

static int fail_unshare(struct arena *arena, struct error *err)
{
	int reason = errno;

	(void)error_set(err, arena, ERROR_UNSUPPORTED, "no user namespace can be made: %s",
			reason == ENOSPC || reason == EUSERS ? "there are as many as user.max_user_namespaces allows" : strerror(reason));
	err->remedy = "see hardrun doctor, or use sudo";
	return -(int)err->kind;
}

/* The caller's own ids need nobody's help; the groups can then never be changed. */
static int map_alone(struct arena *arena, const struct host_facts *facts, struct error *err)
{
	if (user_namespace_write("/proc/self/setgroups", "deny") &&
	    user_namespace_write("/proc/self/uid_map", arena_printf(arena, "0 %u 1\n", facts->rootless->own_uids.ranges[0].outside)) &&
	    user_namespace_write("/proc/self/gid_map", arena_printf(arena, "0 %u 1\n", facts->rootless->own_gids.ranges[0].outside)))
		return 0;
	return error_set(err, arena, ERROR_SYSTEM, "your ids cannot be used in a user namespace: %s", strerror(errno));
}

static int enter_with_ranges(struct arena *arena, const struct host_facts *facts, struct error *err)
{
	struct helper helper;
	const char *said;
	bool has_namespace;
	int result = start_helper(arena, facts->rootless, &helper, err);

	if (result < 0)
		return result;
	has_namespace = unshare(CLONE_NEWUSER) == 0;
	if (!has_namespace)
		result = fail_unshare(arena, err);
	if (finish_helper(arena, &helper, has_namespace, &said) || !has_namespace)
		return result;
	(void)error_set(err, arena, ERROR_SYSTEM, "your subordinate ids cannot be used (newuidmap or newgidmap said: %s)", said);
	err->remedy = "see hardrun doctor";
	return -(int)err->kind;
}

static int enter(struct arena *arena, const struct host_facts *facts, struct error *err)
{
	if (facts->rootless->ids_problem == NULL)
		return enter_with_ranges(arena, facts, err);
	if (unshare(CLONE_NEWUSER) < 0)
		return fail_unshare(arena, err);
	return map_alone(arena, facts, err);
}

int user_namespace_enter(struct arena *arena, const struct host_facts *facts, struct error *err)
{
	const struct host_rootless *rootless = facts->rootless;
	int result;

	if (is_inside(facts))
		return 0;
	if (rootless == NULL || rootless->problem != NULL) {
		result = error_set(err, arena, ERROR_UNSUPPORTED, "an ordinary user cannot run it here: %s",
				   rootless != NULL ? rootless->problem : "that was not looked at");
		err->remedy = rootless != NULL ? rootless->remedy : NULL;
		return result;
	}
	(void)launch_sweep(arena, facts);
	result = enter(arena, facts, err);
	if (result < 0)
		return result;
	if (geteuid() == 0 && getegid() == 0)
		return 0;
	return error_set(err, arena, ERROR_SYSTEM, "the user namespace has not the ids that it should have");
}
