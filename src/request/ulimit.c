/* ulimit: --ulimit NAME=SOFT[:HARD]. Source: docker/go-units ulimit.go. */
#include "request_internal.h"

#include <string.h>

static bool ulimit_read_value(const char *text, int64_t *ret_value)
{
	uint64_t value;

	if (strcmp(text, "-1") == 0) {
		*ret_value = -1;
		return true;
	}
	if (!parse_decimal(text, &value) || value > INT64_MAX)
		return false;
	*ret_value = (int64_t)value;
	return true;
}

bool request_parse_ulimit(struct arena *arena, const char *text, struct ulimit_request *ret_ulimit, const char **ret_reason)
{
	static const char *const names[] = {
		"core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss", "rtprio",
		"rttime", "sigpending", "stack",
	};
	struct pair_request pair = request_cut(arena, text, "="), limits;
	struct ulimit_request ulimit = { .name = NULL };

	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		if (strcmp(pair.name, names[i]) == 0)
			ulimit.name = names[i];
	}
	*ret_reason = arena_printf(arena, "'%s' is not a resource limit that docker knows", pair.name);
	if (ulimit.name == NULL)
		return false;
	*ret_reason = "write NAME=SOFT or NAME=SOFT:HARD, each in plain decimal, or -1 for no limit";
	if (pair.value == NULL)
		return false;
	limits = request_cut(arena, pair.value, ":");
	if (!ulimit_read_value(limits.name, &ulimit.soft))
		return false;
	ulimit.hard = ulimit.soft;
	if (limits.value != NULL && !ulimit_read_value(limits.value, &ulimit.hard))
		return false;
	*ret_reason = "its soft limit is above the hard one";
	if (ulimit.hard != -1 && (ulimit.soft == -1 || ulimit.soft > ulimit.hard))
		return false;
	*ret_ulimit = ulimit;
	return true;
}
