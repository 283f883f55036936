/*
 * caller: the person on whose behalf this runs. Root may be lent by sudo, doas or pkexec; these say in the environment who
 * borrowed it, and only to a process of root's is that worth anything.
 */
#include "host_internal.h"

#include <grp.h>
#include <pwd.h>
#include <string.h>

extern char **environ;

enum {
	PASSWD_BYTES = 16 * 1024,
	GROUPS_MAX = 65536, /* NGROUPS_MAX of Linux */
};

/* One row of the user database. */
struct person {
	uid_t uid;
	gid_t gid;
	const char *name, *home; /* home NULL: none, or not a clean path */
};

static void take_person(struct arena *arena, const struct passwd *entry, struct person *ret_person)
{
	*ret_person = (struct person){
		.uid = entry->pw_uid, .gid = entry->pw_gid, .name = arena_strdup(arena, entry->pw_name),
		.home = entry->pw_dir != NULL && path_is_clean(entry->pw_dir) ? arena_strdup(arena, entry->pw_dir) : NULL,
	};
}

static bool ask_uid(struct arena *arena, uid_t uid, struct person *ret_person)
{
	struct passwd entry, *found = NULL;
	char *buffer = arena_alloc(arena, PASSWD_BYTES);

	if (getpwuid_r(uid, &entry, buffer, PASSWD_BYTES, &found) != 0 || found == NULL)
		return false;
	take_person(arena, found, ret_person);
	return true;
}

static bool ask_name(struct arena *arena, const char *name, struct person *ret_person)
{
	struct passwd entry, *found = NULL;
	char *buffer = arena_alloc(arena, PASSWD_BYTES);

	if (getpwnam_r(name, &entry, buffer, PASSWD_BYTES, &found) != 0 || found == NULL)
		return false;
	take_person(arena, found, ret_person);
	return true;
}

/* The caller's line in /etc/passwd, where nearly everybody stands: the C library takes 50 us to get there. */
static bool find_uid(struct arena *arena, uid_t uid, struct person *ret_person)
{
	const char *text = host_read_text(arena, "/etc/passwd");
	char *cursor = text != NULL ? arena_strdup(arena, text) : NULL, *line;

	while ((line = strsep(&cursor, "\n")) != NULL) {
		const char *fields[6] = { 0 };
		uint64_t number, group;

		for (size_t i = 0; i < ARRAY_COUNT(fields); i++)
			fields[i] = strsep(&line, ":");
		if (fields[5] == NULL || !parse_decimal(fields[2], &number) || number != uid || !parse_decimal(fields[3], &group) ||
		    group >= UINT32_MAX)
			continue;
		*ret_person = (struct person){ uid, (gid_t)group, fields[0], path_is_clean(fields[5]) ? fields[5] : NULL };
		return true;
	}
	return ask_uid(arena, uid, ret_person);
}

static bool parse_id(const char *text, uint32_t *ret_id)
{
	uint64_t number;

	if (!parse_decimal(text, &number) || number >= UINT32_MAX) /* the last one means "none" to the kernel */
		return false;
	*ret_id = (uint32_t)number;
	return true;
}

/* What one lender says of the borrower. */
struct lender {
	const char *name;     /* "sudo" */
	const char *variable; /* "SUDO_UID" */
	bool is_by_name;      /* the variable holds a login name, not an id */
};

static const char *read_lender(struct arena *arena, const struct host_facts *facts, const struct lender *lender,
			       struct person *ret_person)
{
	const char *value = host_environment(facts, lender->variable);
	const char *shown = string_printable(arena, value, 40);
	const char *group = host_environment(facts, "SUDO_GID");
	uint32_t id;

	if (lender->is_by_name)
		return ask_name(arena, value, ret_person) ? NULL : arena_printf(arena, "%s is \"%s\", and there is no such user",
										lender->variable, shown);
	if (!parse_id(value, &id))
		return arena_printf(arena, "%s is \"%s\", which is not a user's number", lender->variable, shown);
	if (strcmp(lender->variable, "SUDO_UID") == 0 && (group == NULL || !parse_id(group, &(uint32_t){ 0 })))
		return group == NULL ? "SUDO_UID is set and SUDO_GID is not: sudo sets both"
				     : arena_printf(arena, "SUDO_GID is \"%s\", which is not a group's number",
						    string_printable(arena, group, 40));
	return find_uid(arena, id, ret_person) ? NULL
					       : arena_printf(arena, "%s is %u, and there is no such user", lender->variable, id);
}

/*
 * Whom the lenders name. A program of root's may be handed variables that the caller chose (doas with keepenv, sudo -E), but
 * never in the place of the lender's own: so when several speak, they must name the same person.
 */
static const char *find_borrower(struct arena *arena, struct host_facts *facts, struct person *ret_person)
{
	static const struct lender lenders[] = {
		{ "sudo", "SUDO_UID", false }, { "doas", "DOAS_USER", true }, { "pkexec", "PKEXEC_UID", false },
	};
	const struct lender *first = NULL;

	for (size_t i = 0; i < ARRAY_COUNT(lenders); i++) {
		struct person person;
		const char *problem;

		if (host_environment(facts, lenders[i].variable) == NULL)
			continue;
		problem = read_lender(arena, facts, &lenders[i], &person);
		if (problem != NULL)
			return problem;
		if (first != NULL && person.uid != ret_person->uid)
			return arena_printf(arena, "%s and %s name different people; unset the one that is not true", first->variable,
					    lenders[i].variable);
		if (first == NULL) {
			*ret_person = person;
			first = &lenders[i];
		}
	}
	if (first != NULL && ret_person->uid != 0)
		facts->elevated_by = first->name;
	return NULL;
}

/* The groups of somebody else are the database's; those of the process may be wider or narrower. */
static const char *ask_groups(struct arena *arena, struct host_facts *facts)
{
	int count = 64;
	gid_t *groups = arena_alloc(arena, (size_t)count * sizeof(*groups));

	if (getgrouplist(facts->caller_name, facts->caller_gid, groups, &count) < 0) {
		if (count <= 0 || count > GROUPS_MAX)
			return "the groups of the person who asks cannot be read";
		groups = arena_alloc(arena, (size_t)count * sizeof(*groups));
		if (getgrouplist(facts->caller_name, facts->caller_gid, groups, &count) < 0)
			return "the groups of the person who asks cannot be read";
	}
	facts->caller_groups = groups;
	facts->caller_group_count = (size_t)count;
	return NULL;
}

static void read_own_groups(struct arena *arena, struct host_facts *facts)
{
	int count = getgroups(0, NULL);
	gid_t *groups = count > 0 ? arena_alloc(arena, (size_t)count * sizeof(*groups)) : NULL;

	count = count > 0 ? getgroups(count, groups) : 0;
	facts->caller_groups = groups;
	facts->caller_group_count = count > 0 ? (size_t)count : 0;
}

static void read_own(struct arena *arena, struct host_facts *facts)
{
	struct person person = { 0 };
	bool is_known = find_uid(arena, getuid(), &person);

	facts->caller_uid = getuid();
	facts->caller_gid = getgid();
	facts->caller_name = is_known ? person.name : NULL;
	facts->home = is_known ? person.home : NULL;
	read_own_groups(arena, facts);
}

void host_read_caller(struct arena *arena, struct host_facts *facts)
{
	struct person person = { 0 };

	facts->is_root = geteuid() == 0;
	for (char **entry = environ; entry != NULL && *entry != NULL; entry++)
		string_list_add(arena, &facts->environment, *entry);
	read_own(arena, facts);
	if (getuid() != geteuid() || getgid() != getegid()) {
		facts->caller_problem = "hardrun is set-user-id or set-group-id here, which it is not made for; use sudo";
		return;
	}
	if (!facts->is_root)
		return;
	facts->caller_problem = find_borrower(arena, facts, &person);
	if (facts->caller_problem != NULL || facts->elevated_by == NULL)
		return;
	facts->caller_uid = person.uid;
	facts->caller_gid = person.gid;
	facts->caller_name = person.name;
	facts->home = person.home;
	facts->caller_problem = ask_groups(arena, facts);
}
