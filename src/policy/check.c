/* check: what no single key shows. Defaults and grants against the floor, hazards against the file that states them. */
#include <string.h>

#include "policy_internal.h"

static const char *first_wildcard(const struct policy *policy)
{
	for (size_t i = 0; i < policy->images.count; i++) {
		if (glob_has_wildcard(policy->images.items[i].value))
			return policy->images.items[i].value;
	}
	return NULL;
}

/*
 * A wildcard of the policy's own among its rootfs directories. One that it inherits cannot be taken back by it: the judge takes
 * only directories named one by one where a hazard stands.
 */
static const struct policy_text *first_wild_rootfs(const struct policy *policy)
{
	const struct policy_list *rootfs = &policy->allow.rootfs;

	for (size_t i = 0; i < rootfs->count; i++) {
		if (glob_has_wildcard(rootfs->items[i].value) && strcmp(rootfs->items[i].place.file, policy->files.items[0]) == 0)
			return &rootfs->items[i];
	}
	return NULL;
}

static void check_wild_rootfs(const struct policy *policy, enum hazard_id hazard, struct policy_errors *errors)
{
	const struct policy_text *wild = first_wild_rootfs(policy);

	if (wild != NULL)
		complain_add(errors, ERROR_POLICY, wild->place, "name the directories one by one",
			     "allow.rootfs: %s is a wildcard, and the hazard %s is accepted only for what is named without one",
			     complain_quote(errors->arena, wild->value), hazard_specs[hazard].name);
}

/* A hazard is accepted only from root, and only for images named one by one: whoever lowers the floor says exactly for what. */
static void check_hazards(const struct policy *policy, enum read_role role, struct policy_errors *errors)
{
	const char *wildcard = first_wildcard(policy);

	for (size_t i = 0; i < HAZARD_COUNT; i++) {
		const struct policy_bool *hazard = &policy->hazards[i];

		if (!hazard->value)
			continue;
		if (!policy->is_root_owned)
			complain_add(errors, ERROR_POLICY, hazard->place, "have root put the policy into /etc/hardrun/policies, or leave it out",
				     "the hazard %s is accepted only where every file of the chain belongs to root, in a place of root's policies",
				     hazard_specs[i].name);
		if (role == READ_CEILING)
			continue;
		check_wild_rootfs(policy, (enum hazard_id)i, errors);
		if (policy->images.count == 0)
			complain_add(errors, ERROR_POLICY, hazard->place, "add images: with their full names",
				     "the hazard %s is accepted only in a policy that names its images, and this one names none",
				     hazard_specs[i].name);
		else if (wildcard != NULL)
			complain_add(errors, ERROR_POLICY, hazard->place, "name the images one by one",
				     "the hazard %s is accepted only in a policy that names its images without a wildcard, and %s has one",
				     hazard_specs[i].name, complain_quote(errors->arena, wildcard));
	}
}

static void need_hazard(const struct policy *policy, enum hazard_id hazard, struct place place, const char *what,
			struct policy_errors *errors)
{
	if (!policy->hazards[hazard].value)
		complain_add(errors, ERROR_POLICY, place,
			     arena_printf(errors->arena, "leave it out, or add the hazard %s", hazard_specs[hazard].name),
			     "%s is below the floor: %s", what, hazard_specs[hazard].summary);
}

static bool reaches_root(const struct policy_user *user)
{
	return user->kind == POLICY_USER_IDS && (user->uid_first == 0 || (user->has_gid && user->gid_first == 0));
}

static void check_users(const struct policy *policy, struct policy_errors *errors)
{
	if (reaches_root(&policy->defaults.user))
		need_hazard(policy, HAZARD_ROOT_USER, policy->defaults.user.place, "defaults.user: uid or gid 0", errors);
	for (size_t i = 0; i < policy->allow.user_count; i++) {
		if (reaches_root(&policy->allow.users[i]))
			need_hazard(policy, HAZARD_ROOT_USER, policy->allow.users[i].place, "allow.user: a range with uid or gid 0",
				    errors);
	}
}

static void check_networks(const struct policy *policy, struct policy_errors *errors)
{
	const struct policy_text *mode = &policy->defaults.network_mode;

	if (mode->value != NULL && strcmp(mode->value, "host") == 0)
		need_hazard(policy, HAZARD_HOST_NETWORK, mode->place, "defaults.network_mode: host", errors);
	for (size_t i = 0; i < policy->allow.networks.count; i++) {
		const struct policy_text *network = &policy->allow.networks.items[i];

		if (strcmp(network->value, "host") == 0)
			need_hazard(policy, HAZARD_HOST_NETWORK, network->place, "allow.networks: host", errors);
	}
}

/* A path inherited from a parent says nothing where the child keeps its record elsewhere. */
static void check_record(const struct policy *policy, struct policy_errors *errors)
{
	const struct policy_text *to = &policy->record.to, *path = &policy->record.path;

	/* A path alone means a file. */
	if (path->value == NULL || to->value == NULL || strcmp(to->value, "file") == 0 || strcmp(to->place.file, path->place.file) != 0)
		return;
	complain_add(errors, ERROR_POLICY, path->place, "write record: {to: file, path: ...}, or leave the path out",
		     "record.path: %s is a file, and the record does not go to one", complain_quote(errors->arena, path->value));
}

/* A profile that somebody chose for root's containers may be weaker than the engine's own: only root may choose it. */
static void check_profile(const struct policy *policy, enum read_role role, struct policy_errors *errors)
{
	const struct policy_text *apparmor = &policy->apparmor;

	if (apparmor->value == NULL || strcmp(apparmor->value, POLICY_APPARMOR_GENERATED) == 0)
		return;
	if (strcmp(apparmor->value, POLICY_APPARMOR_UNCONFINED) != 0) {
		if (!policy->is_root_owned)
			complain_add(errors, ERROR_POLICY, apparmor->place, "write generated, or have root own every file of the chain",
				     "apparmor: %s names a profile, which is accepted only where every file of the chain belongs to root",
				     apparmor->value);
		return;
	}
	if (role == READ_CEILING)
		complain_add(errors, ERROR_POLICY, apparmor->place, "leave it out: the hazard unconfined-apparmor is what a ceiling allows",
			     "apparmor: unconfined demands nothing, and a ceiling says what must be");
	else
		need_hazard(policy, HAZARD_UNCONFINED_APPARMOR, apparmor->place, "apparmor: unconfined", errors);
}

void check_policy(const struct policy *policy, enum read_role role, struct policy_errors *errors)
{
	const struct policy_bool *read_only = &policy->defaults.read_only;
	const size_t first_error = errors->count;

	check_hazards(policy, role, errors);
	if (read_only->is_set && !read_only->value)
		need_hazard(policy, HAZARD_WRITABLE_ROOT, read_only->place, "defaults.read_only: false", errors);
	check_users(policy, errors);
	check_networks(policy, errors);
	check_record(policy, errors);
	check_profile(policy, role, errors);
	complain_sort(errors, first_error);
}
