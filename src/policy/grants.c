/* grants: users and ports as a policy writes them: ids and ranges of ids, addresses with ranges of ports. */
#include <arpa/inet.h>
#include <string.h>

#include "policy_internal.h"

#define USER_REMEDY "write uid:gid in plain numbers, as in \"1000:1000\", or caller, or image"
#define PORT_REMEDY "write ADDRESS:HOST:CONTAINER, as in \"127.0.0.1:8080:80\" or \"127.0.0.1:1024-65535:*/*\""

struct range {
	uint64_t first, last;
};

static bool refuse(struct complaint *complaint, const char *reason, const char *remedy)
{
	complaint->reason = reason;
	complaint->remedy = remedy;
	return false;
}

/* "N" or "N-M", M not smaller. */
static bool read_range(struct arena *arena, const char *text, uint64_t most, struct range *ret_range)
{
	const char *dash = strchr(text, '-');
	struct range range;

	if (!parse_decimal(dash == NULL ? text : arena_strndup(arena, text, (size_t)(dash - text)), &range.first))
		return false;
	range.last = range.first;
	if (dash != NULL && !parse_decimal(dash + 1, &range.last))
		return false;
	if (range.last < range.first || range.last > most)
		return false;
	*ret_range = range;
	return true;
}

static bool read_ids(struct arena *arena, const char *text, struct policy_user *user, struct complaint *complaint)
{
	const char *colon = strchr(text, ':');
	struct range uid, gid = { 0, 0 };

	if (!read_range(arena, colon == NULL ? text : arena_strndup(arena, text, (size_t)(colon - text)), INT32_MAX, &uid))
		return refuse(complaint, "is not a user: uids are plain numbers from 0 to 2147483647, and names mean whatever an image says",
			      USER_REMEDY);
	if (colon != NULL && !read_range(arena, colon + 1, INT32_MAX, &gid))
		return refuse(complaint, "has a group that is not a plain number from 0 to 2147483647", USER_REMEDY);
	user->kind = POLICY_USER_IDS;
	user->uid_first = (uint32_t)uid.first;
	user->uid_last = (uint32_t)uid.last;
	user->has_gid = colon != NULL;
	user->gid_first = (uint32_t)gid.first;
	user->gid_last = (uint32_t)gid.last;
	return true;
}

static bool read_word(const char *text, struct policy_user *user)
{
	if (strcmp(text, "caller") == 0)
		user->kind = POLICY_USER_CALLER;
	else if (strcmp(text, "image") == 0)
		user->kind = POLICY_USER_IMAGE;
	else
		return false;
	return true;
}

bool grant_read_user(struct arena *arena, const char *text, struct policy_user *ret_user, struct complaint *ret_complaint)
{
	struct policy_user user = { 0 };

	if (!read_word(text, &user)) {
		if (!read_ids(arena, text, &user, ret_complaint))
			return false;
		if (user.uid_first != user.uid_last || user.gid_first != user.gid_last)
			return refuse(ret_complaint, "is a range, and a default is one user", USER_REMEDY);
	}
	*ret_user = user;
	return true;
}

/* A name as useradd takes it; no more is needed for what people type after --user. */
static bool is_user_name(const char *name)
{
	return name[0] != '\0' && strchr("0123456789-", name[0]) == NULL &&
	       name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")] == '\0';
}

bool grant_read_users(struct arena *arena, const char *text, struct policy_user *ret_user, struct complaint *ret_complaint)
{
	const char *equals = strchr(text, '=');
	struct policy_user user = { 0 };

	if (equals == NULL && read_word(text, &user)) {
		*ret_user = user;
		return true;
	}
	if (!read_ids(arena, equals == NULL ? text : equals + 1, &user, ret_complaint))
		return false;
	if (equals != NULL) {
		user.name = arena_strndup(arena, text, (size_t)(equals - text));
		if (!is_user_name(user.name))
			return refuse(ret_complaint, "does not start with the name of a user", "write NAME=uid:gid, as in node=1000:1000");
		if (!user.has_gid || user.uid_first != user.uid_last || user.gid_first != user.gid_last)
			return refuse(ret_complaint, "gives a name to more than one user", "write NAME=uid:gid, as in node=1000:1000");
	}
	*ret_user = user;
	return true;
}

/* ---- ports ---- */

/* Cuts "/PROTOCOL" off the end of ${text}. */
static bool cut_protocol(char *text, const char **ret_protocol)
{
	static const char *const protocols[] = { "tcp", "udp", "sctp", "*" };
	char *slash = strrchr(text, '/');

	*ret_protocol = protocols[0];
	if (slash == NULL)
		return true;
	for (size_t i = 0; i < ARRAY_COUNT(protocols); i++) {
		if (strcmp(slash + 1, protocols[i]) == 0) {
			*ret_protocol = protocols[i];
			*slash = '\0';
			return true;
		}
	}
	return false;
}

/* Cuts the address off the front, in its canonical spelling; *ret_rest is what follows its colon. */
static bool cut_address(struct arena *arena, char *text, const char **ret_address, char **ret_rest)
{
	unsigned char bytes[16];
	char canonical[INET6_ADDRSTRLEN];
	char *end = text[0] == '[' ? strchr(text, ']') : strchr(text, ':');
	char *address = text[0] == '[' ? text + 1 : text;
	const int family = text[0] == '[' ? AF_INET6 : AF_INET;

	if (end == NULL)
		return false;
	*ret_rest = end + (*end == ']' ? 2 : 1);
	if (*end == ']' && end[1] != ':')
		return false;
	*end = '\0';
	if (strcmp(address, "*") == 0 && family == AF_INET) {
		*ret_address = NULL;
		return true;
	}
	if (inet_pton(family, address, bytes) != 1 || inet_ntop(family, bytes, canonical, sizeof(canonical)) == NULL)
		return false;
	*ret_address = arena_strdup(arena, canonical);
	return true;
}

static bool read_ports(struct arena *arena, const char *text, uint64_t least, struct range *ret_range)
{
	if (strcmp(text, "*") == 0) {
		*ret_range = (struct range){ least, UINT16_MAX };
		return true;
	}
	return read_range(arena, text, UINT16_MAX, ret_range) && ret_range->first >= 1;
}

bool grant_read_port(struct arena *arena, const char *text, struct policy_port *ret_port, struct complaint *ret_complaint)
{
	char *copy = arena_strdup(arena, text);
	char *rest = NULL, *colon;
	struct policy_port port = { 0 };
	struct range host, container;

	if (!cut_protocol(copy, &port.protocol))
		return refuse(ret_complaint, "has a protocol other than tcp, udp, sctp or *", PORT_REMEDY);
	if (!cut_address(arena, copy, &port.address, &rest))
		return refuse(ret_complaint, "does not start with an IP address or *", PORT_REMEDY);
	colon = strchr(rest, ':');
	if (colon == NULL)
		return refuse(ret_complaint, "lacks a part", PORT_REMEDY);
	*colon = '\0';
	if (!read_ports(arena, rest, 0, &host))
		return refuse(ret_complaint, "has a host port that is not 1 to 65535, a range of them, or *", PORT_REMEDY);
	if (!read_ports(arena, colon + 1, 1, &container))
		return refuse(ret_complaint, "has a container port that is not 1 to 65535, a range of them, or *", PORT_REMEDY);
	port.host_first = (uint16_t)host.first;
	port.host_last = (uint16_t)host.last;
	port.container_first = (uint16_t)container.first;
	port.container_last = (uint16_t)container.last;
	*ret_port = port;
	return true;
}
