/* A container's limits may be above those that hardrun was started with; without CAP_SYS_RESOURCE the runtime cannot set them. */
#include <string.h>
#include <sys/resource.h>

#include "launch_internal.h"

static const struct { const char *name; int resource; const char *letter; } rows[] = {
	{"as", RLIMIT_AS, "v"}, {"core", RLIMIT_CORE, "c"}, {"cpu", RLIMIT_CPU, "t"}, {"data", RLIMIT_DATA, "d"},
	{"fsize", RLIMIT_FSIZE, "f"}, {"locks", RLIMIT_LOCKS, "x"}, {"memlock", RLIMIT_MEMLOCK, "l"},
	{"msgqueue", RLIMIT_MSGQUEUE, "q"}, {"nice", RLIMIT_NICE, "e"}, {"nofile", RLIMIT_NOFILE, "n"}, {"nproc", RLIMIT_NPROC, "u"},
	{"rss", RLIMIT_RSS, "m"}, {"rtprio", RLIMIT_RTPRIO, "r"}, {"rttime", RLIMIT_RTTIME, "R"},
	{"sigpending", RLIMIT_SIGPENDING, "i"}, {"stack", RLIMIT_STACK, "s"},
};

/* Tried out on ourselves: the runtime has no more rights. *ret_most: what there is, when it is not enough. */
static bool can_have(int resource, int64_t wanted, rlim_t *ret_most)
{
	struct rlimit limit;
	rlim_t hard = wanted < 0 ? RLIM_INFINITY : (rlim_t)wanted;

	if (getrlimit(resource, &limit) < 0 || limit.rlim_max >= hard)
		return true;
	*ret_most = limit.rlim_max;
	limit.rlim_max = hard;
	return setrlimit(resource, &limit) == 0;
}

static int check(struct arena *arena, const struct plan_ulimit *limit, size_t row, struct error *err)
{
	rlim_t most;

	if (can_have(rows[row].resource, limit->hard, &most))
		return 0;
	(void)error_set(err, arena, ERROR_SYSTEM,
			"the container is to have %s=%lld, and hardrun was started with a limit of %llu that it may not raise (ulimit -H%s)",
			limit->name, (long long)limit->hard, (unsigned long long)most, rows[row].letter);
	err->remedy = arena_printf(arena, "use --ulimit %s=%llu, or start it from a session without that limit", limit->name,
				   (unsigned long long)most);
	return -(int)err->kind;
}

int ulimits_check(struct arena *arena, const struct plan *plan, struct error *err)
{
	for (size_t i = 0; i < plan->ulimit_count; i++)
		for (size_t row = 0; row < ARRAY_COUNT(rows); row++)
			if (strcmp(rows[row].name, plan->ulimits[i].name) == 0 && check(arena, &plan->ulimits[i], row, err) < 0)
				return -(int)err->kind;
	return 0;
}
