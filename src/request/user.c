/* user: --user, and ids in general. */
#include "request_internal.h"

#include <string.h>

bool request_parse_id(const char *text, uint32_t *ret_id)
{
	uint64_t id;

	/* Above 2^31-1 engines have wrapped to 0 or looked for a name (CVE-2024-40635). */
	if (!parse_decimal(text, &id) || id > INT32_MAX)
		return false;
	*ret_id = (uint32_t)id;
	return true;
}

/* A name of passwd or group: what begins with a digit or a sign is a number that someone misspelled. */
static bool user_name_is_valid(const char *name)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789.-";

	return name[0] != '\0' && name[strspn(name, letters)] == '\0' && strchr("0123456789.-", name[0]) == NULL;
}

bool request_parse_user(struct arena *arena, const char *text, struct user_request *ret_user, const char **ret_reason)
{
	struct pair_request pair = request_cut(arena, text, ":");
	struct user_request user = { .text = text, .has_gid = pair.value != NULL };
	bool is_uid = request_parse_id(pair.name, &user.uid);
	bool is_gid = pair.value == NULL || request_parse_id(pair.value, &user.gid);

	*ret_reason = "a user is UID[:GID] in plain decimal, from 1 to 2147483647, or a name that the policy maps to one";
	if (!is_uid && !user_name_is_valid(pair.name))
		return false;
	if (!is_gid && !user_name_is_valid(pair.value))
		return false;
	user.is_numeric = is_uid && is_gid;
	if (!user.is_numeric) {
		user.uid = 0;
		user.gid = 0;
		user.has_gid = false;
	}
	*ret_user = user;
	return true;
}
