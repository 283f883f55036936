/*
 * bounds: the same questions once more, of a finished plan whose maker is not believed. What may be is said by the floor and the
 * ceiling alone; typed values are compared, no text is parsed that a policy's own readers do not parse.
 */
#include "bounds.h"

#include <string.h>

#define BOUNDS_ID_MOST INT32_MAX /* engines keep ids in an int */

const char *bounds_say(const struct bounds *bounds, const char *format, ...)
{
	va_list arguments;
	const char *text;

	va_start(arguments, format);
	text = arena_vprintf(bounds->arena, format, arguments);
	va_end(arguments);
	return string_printable(bounds->arena, text, 200);
}

bool bounds_has_hazard(const struct bounds *bounds, enum hazard_id hazard)
{
	const struct policy_bool *own = bounds->policy != NULL ? &bounds->policy->hazards[hazard] : NULL;
	const struct policy_bool *above = bounds->ceiling != NULL ? &bounds->ceiling->hazards[hazard] : NULL;

	if (own == NULL || !own->is_set || !own->value || !bounds->policy->is_root_owned)
		return false;
	return above == NULL || (above->is_set && above->value);
}

static bool list_has(const struct policy_list *list, const char *value)
{
	for (size_t i = 0; i < list->count; i++)
		if (glob_match(list->items[i].value, value))
			return true;
	return false;
}

bool bounds_list_has(const struct bounds *bounds, const struct policy_list *list, const char *value)
{
	return bounds->ceiling == NULL || list_has(list, value);
}

/* ---- who ---- */

static bool grants_user(const struct bounds *bounds, const struct policy_user *grant)
{
	const struct plan *plan = bounds->plan;
	const struct host_facts *facts = bounds->facts;

	switch (grant->kind) {
	case POLICY_USER_IDS:
		if (plan->uid < grant->uid_first || plan->uid > grant->uid_last)
			return false;
		return grant->has_gid ? plan->gid >= grant->gid_first && plan->gid <= grant->gid_last : plan->gid == plan->uid;
	case POLICY_USER_CALLER:
		return facts->caller_uid != 0 && plan->uid == facts->caller_uid &&
		       plan->gid == (facts->caller_gid != 0 ? facts->caller_gid : facts->caller_uid);
	case POLICY_USER_IMAGE: /* whoever chooses the image chooses its user; 0 was refused before */
		return bounds->is_process || bounds_is_user_of_image(bounds);
	case POLICY_USER_UNSET:
	case POLICY_USER_KIND_COUNT:
		break;
	}
	return false;
}

static bool is_group_listed(const struct bounds *bounds, uint32_t gid)
{
	const struct policy_list *list = bounds->ceiling != NULL ? &bounds->allow->group_add : NULL;

	for (size_t i = 0; list != NULL && i < list->count; i++) {
		const char *text = list->items[i].value, *dash = strchr(text, '-');
		uint64_t first, last;

		if (!parse_decimal(dash == NULL ? text : arena_strndup(bounds->arena, text, (size_t)(dash - text)), &first))
			continue;
		last = first;
		if ((dash == NULL || parse_decimal(dash + 1, &last)) && gid >= first && gid <= last)
			return true;
	}
	return list == NULL;
}

static const char *bounds_groups(const struct bounds *bounds)
{
	const struct plan *plan = bounds->plan;

	for (size_t i = 0; i < plan->group_count; i++) {
		if (plan->groups[i] == 0 && !bounds_has_hazard(bounds, HAZARD_ROOT_USER))
			return "the group root";
		if (plan->groups[i] > BOUNDS_ID_MOST || !is_group_listed(bounds, plan->groups[i]))
			return bounds_say(bounds, "group %u", plan->groups[i]);
	}
	return NULL;
}

const char *bounds_identity(const struct bounds *bounds)
{
	const struct plan *plan = bounds->plan;
	bool is_granted = bounds->ceiling == NULL || (plan->uid == PLAN_DEFAULT_UID && plan->gid == PLAN_DEFAULT_UID);

	if ((plan->uid == 0 || plan->gid == 0) && !bounds_has_hazard(bounds, HAZARD_ROOT_USER))
		return "uid or gid 0";
	if (plan->uid > BOUNDS_ID_MOST || plan->gid > BOUNDS_ID_MOST)
		return bounds_say(bounds, "user %u:%u", plan->uid, plan->gid);
	for (size_t i = 0; !is_granted && i < bounds->allow->user_count; i++)
		is_granted = grants_user(bounds, &bounds->allow->users[i]);
	return is_granted ? bounds_groups(bounds) : bounds_say(bounds, "user %u:%u", plan->uid, plan->gid);
}

/* ---- what of the kernel ---- */

static const char *bounds_hazards(const struct bounds *bounds)
{
	const struct plan *plan = bounds->plan;
	const struct {
		bool is_used;
		enum hazard_id hazard;
	} rows[] = {
		{ plan->is_privileged, HAZARD_PRIVILEGED }, { !plan->is_read_only, HAZARD_WRITABLE_ROOT },
		{ !plan->is_no_new_privileges, HAZARD_NEW_PRIVILEGES }, { plan->is_seccomp_unconfined, HAZARD_UNCONFINED_SECCOMP },
		{ plan->is_host_pid, HAZARD_HOST_PID }, { plan->is_host_ipc, HAZARD_HOST_IPC },
		{ plan->is_host_uts, HAZARD_HOST_UTS }, { plan->apparmor == PLAN_APPARMOR_UNCONFINED, HAZARD_UNCONFINED_APPARMOR },
		{ plan->network == PLAN_NETWORK_HOST, HAZARD_HOST_NETWORK },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		if (rows[i].is_used && !bounds_has_hazard(bounds, rows[i].hazard))
			return bounds_say(bounds, "the hazard %s", hazard_specs[rows[i].hazard].name);
	return NULL;
}

static const char *bounds_capabilities(const struct bounds *bounds)
{
	const struct string_list *list = &bounds->plan->capabilities;

	for (size_t i = 0; i < list->count; i++) {
		const char *reason = NULL, *canonical = verdict_capability(list->items[i], &reason);
		bool is_listed = bounds->ceiling == NULL;

		if (canonical == NULL || strcmp(canonical, list->items[i]) != 0)
			return bounds_say(bounds, "the capability %s", list->items[i]);
		for (size_t k = 0; !is_listed && k < bounds->allow->cap_add.count; k++) {
			const char *entry = verdict_capability(bounds->allow->cap_add.items[k].value, &(const char *){ NULL });

			is_listed = entry != NULL && strcmp(entry, canonical) == 0;
		}
		if (!is_listed || (reason != NULL && !bounds_has_hazard(bounds, HAZARD_PRIVILEGED)))
			return bounds_say(bounds, "the capability %s", canonical);
	}
	return NULL;
}

static bool is_device_listed(const struct bounds *bounds, const char *path, const char *letters)
{
	const struct policy_list *list = bounds->ceiling != NULL ? &bounds->allow->devices : NULL;

	for (size_t i = 0; list != NULL && i < list->count; i++) {
		const char *granted, *most, *reason;

		if (verdict_parse_device(bounds->arena, list->items[i].value, &granted, &most, &reason) &&
		    strcmp(granted, path) == 0 && strspn(letters, most) == strlen(letters))
			return true;
	}
	return list == NULL;
}

static const char *bounds_devices(const struct bounds *bounds)
{
	const struct string_list *list = &bounds->plan->devices;

	for (size_t i = 0; i < list->count; i++) {
		const char *path, *letters, *reason;

		if (!verdict_parse_device(bounds->arena, list->items[i], &path, &letters, &reason) ||
		    !is_device_listed(bounds, path, letters) ||
		    (verdict_device_reason(path) != NULL && !bounds_has_hazard(bounds, HAZARD_PRIVILEGED)))
			return bounds_say(bounds, "the device %s", list->items[i]);
	}
	return NULL;
}

static const char *bounds_sysctls(const struct bounds *bounds)
{
	const struct plan *plan = bounds->plan;

	for (size_t i = 0; i < plan->sysctl_count; i++) {
		const struct plan_pair *pair = &plan->sysctls[i];
		const char *line = arena_printf(bounds->arena, "%s=%s", pair->name, pair->value);
		bool is_listed = bounds->ceiling == NULL;

		for (size_t k = 0; !is_listed && k < bounds->allow->sysctls.count; k++) {
			const char *entry = bounds->allow->sysctls.items[k].value;

			is_listed = glob_match(entry, strchr(entry, '=') != NULL ? line : pair->name);
		}
		if (!is_listed || verdict_sysctl_reason(pair->name) != NULL || strpbrk(pair->value, ",\"\n") != NULL ||
		    (plan->network == PLAN_NETWORK_HOST && strncmp(pair->name, "net.", 4) == 0))
			return bounds_say(bounds, "the kernel parameter %s", line);
	}
	return NULL;
}

/*
 * A label is as much root's to choose as a profile is: some types confine nobody. Whoever has root lent is bound by the ceiling
 * or a policy of root's, which is known then.
 */
static const char *bounds_context(const struct bounds *bounds)
{
	const struct string_list *labels = &bounds->plan->security_labels;
	const struct policy_list *list = NULL;

	if (bounds->ceiling != NULL)
		list = &bounds->allow->security_labels;
	else if (bounds->chosen != NULL)
		list = &bounds->chosen->allow.security_labels;
	for (size_t i = 0; i < labels->count; i++)
		if (!policy_is_context_part(labels->items[i]) || (list != NULL && !list_has(list, labels->items[i])))
			return bounds_say(bounds, "the label %s", labels->items[i]);
	return NULL;
}

/* A name is root's to choose: the ceiling's, or that of a policy of root's; and what either demands is what there must be. */
static const char *bounds_profile(const struct bounds *bounds)
{
	const struct plan *plan = bounds->plan;
	const char *above = bounds->ceiling != NULL ? bounds->ceiling->apparmor.value : NULL;
	const char *own = bounds->chosen != NULL && bounds->chosen->is_root_owned ? bounds->chosen->apparmor.value : NULL;
	const char *word = plan->apparmor == PLAN_APPARMOR_GENERATED ? POLICY_APPARMOR_GENERATED : plan->apparmor_profile;
	const bool is_lifted = above == NULL && plan->apparmor == PLAN_APPARMOR_UNCONFINED; /* a hazard, which is asked for by itself */
	const char *demanded = above != NULL ? above : own;

	if ((plan->apparmor == PLAN_APPARMOR_NAMED) != (plan->apparmor_profile != NULL))
		return "a profile without a name";
	if (demanded != NULL && !is_lifted && (word == NULL || strcmp(demanded, word) != 0))
		return bounds_say(bounds, "another AppArmor profile than %s", demanded);
	if (plan->apparmor == PLAN_APPARMOR_NAMED && demanded == NULL)
		return bounds_say(bounds, "the AppArmor profile %s", plan->apparmor_profile);
	return bounds_context(bounds);
}

/* A policy of the caller's own may ask for more than the ceiling; the ceiling binds everyone. */
static const char *bounds_sandbox(const struct bounds *bounds)
{
	const struct plan *plan = bounds->plan;
	const bool is_own = plan->backend == BACKEND_RUNSC;

	if (!plan->is_sandboxed)
		return is_own || policy_sandbox(bounds->chosen, bounds->ceiling) != NULL ? "no sandbox" : NULL;
	if (!is_own && plan->backend != BACKEND_DOCKER)
		return bounds_say(bounds, "a sandbox of %s's", host_backend_name(plan->backend));
	if (!is_own && plan_writes_directories(plan))
		return "a bind that docker's sandbox can write";
	/* plan_sandbox refuses these, and a sandbox would leave them out. */
	if (plan->apparmor == PLAN_APPARMOR_GENERATED || plan->apparmor == PLAN_APPARMOR_NAMED || plan->security_labels.count > 0)
		return "a label in a sandbox";
	return plan->sysctl_count > 0 || plan->domainname != NULL ? "a kernel parameter in a sandbox" : NULL;
}

static bool has_secret(const struct policy *policy, const struct plan_pair *secret)
{
	for (size_t i = 0; policy != NULL && policy->is_root_owned && i < policy->secrets.count; i++)
		if (strcmp(policy->secrets.items[i].name, secret->name) == 0)
			return strcmp(policy->secrets.items[i].value, secret->value) == 0;
	return false;
}

/* Credentials are the unit's own; files are read with root's rights, and by a word of root's alone. */
static const char *bounds_secrets(const struct bounds *bounds)
{
	const struct plan *plan = bounds->plan;

	for (size_t i = 0; i < plan->secret_count; i++) {
		const char *credential = policy_secret_of(plan->secrets[i].value, POLICY_SECRET_CREDENTIAL);

		if (credential == NULL && !has_secret(bounds->policy, &plan->secrets[i]))
			return bounds_say(bounds, "the secret %s", plan->secrets[i].name);
	}
	return NULL;
}

/* Who is to be told of calls can be. An engine is explained only; to watch what it allows its word on who calls is not enough. */
static bool is_heard(const struct bounds *bounds)
{
	const struct plan *plan = bounds->plan;
	const char *remedy;

	if (!plan_is_listened_to(plan))
		return true;
	if (plan->is_seccomp_unconfined || plan->is_sandboxed)
		return false;
	return (host_backend_is_oci(plan->backend) || plan->observation == PLAN_OBSERVE_NOTHING) &&
	       (!plan->is_explained || plan_explain_problem(bounds->arena, plan, bounds->facts, &remedy) == NULL);
}

const char *bounds_confinement(const struct bounds *bounds)
{
	const char *beyond = bounds_hazards(bounds);

	if (beyond == NULL)
		beyond = bounds_capabilities(bounds);
	if (beyond == NULL)
		beyond = bounds_devices(bounds);
	if (beyond == NULL)
		beyond = bounds_sysctls(bounds);
	if (beyond == NULL && bounds->ceiling != NULL && bounds->plan->ceiling_seccomp != &bounds->ceiling->seccomp)
		beyond = "a filter that is not the ceiling's";
	if (beyond == NULL)
		beyond = bounds_profile(bounds);
	if (beyond == NULL && !is_heard(bounds))
		beyond = "explanations where no filter can give any";
	if (beyond == NULL && bounds->plan->observation != bounds->observation)
		beyond = "calls watched otherwise than was asked for";
	if (beyond == NULL)
		beyond = bounds_sandbox(bounds);
	return beyond != NULL ? beyond : bounds_secrets(bounds);
}

bool plan_reads_files(const struct plan *plan)
{
	for (size_t i = 0; i < plan->secret_count; i++)
		if (policy_secret_of(plan->secrets[i].value, POLICY_SECRET_FILE) != NULL)
			return true;
	return false;
}

bool plan_writes_directories(const struct plan *plan)
{
	for (size_t i = 0; i < plan->mount_count; i++)
		if (plan->mounts[i].type == PLAN_BIND && !plan->mounts[i].is_read_only)
			return true;
	return false;
}

bool plan_is_listened_to(const struct plan *plan)
{
	return plan->is_explained || plan->observation != PLAN_OBSERVE_NOTHING;
}

bool plan_needs_hazards(const struct plan *plan)
{
	bool has_root_group = false;

	for (size_t i = 0; i < plan->group_count; i++)
		has_root_group = has_root_group || plan->groups[i] == 0;
	return has_root_group || plan->uid == 0 || plan->gid == 0 || plan->is_privileged || !plan->is_read_only ||
	       !plan->is_no_new_privileges || plan->is_seccomp_unconfined || plan->is_host_pid || plan->is_host_ipc ||
	       plan->is_host_uts || plan->network == PLAN_NETWORK_HOST ||
	       plan->apparmor == PLAN_APPARMOR_UNCONFINED;
}

static struct bounds bounds_of(struct arena *arena, const struct plan *plan, const struct plan_bounds *limits)
{
	return (struct bounds){
		.arena = arena, .plan = plan, .ceiling = limits->ceiling, .policy = limits->policy, .facts = limits->facts,
		.compose = limits->compose, .chosen = limits->chosen, .observation = limits->observation,
		.allow = limits->ceiling != NULL ? &limits->ceiling->allow : NULL,
		.input = { .policy = limits->ceiling, .ceiling = limits->ceiling, .facts = limits->facts, .is_backend_known = true },
	};
}

const char *plan_check_process(struct arena *arena, const struct plan *plan, const struct plan_bounds *limits)
{
	struct bounds bounds = bounds_of(arena, plan, limits);
	const char *beyond;

	bounds.is_process = true;
	beyond = bounds_identity(&bounds);

	if (beyond == NULL && plan->is_privileged && !bounds_has_hazard(&bounds, HAZARD_PRIVILEGED))
		beyond = "the hazard privileged";
	if (beyond == NULL)
		beyond = bounds_environment(&bounds);
	return beyond != NULL ? beyond : bounds_life(&bounds);
}

const char *plan_check_image(struct arena *arena, const struct plan *plan, const struct plan_bounds *limits)
{
	const struct bounds bounds = bounds_of(arena, plan, limits);

	return bounds_image(&bounds);
}

const char *plan_check_bounds(struct arena *arena, const struct plan *plan, const struct plan_bounds *limits)
{
	static const char *(*const checks[])(const struct bounds *) = {
		bounds_identity, bounds_confinement, bounds_limits, bounds_ulimits, bounds_mounts, bounds_network, bounds_ports,
		bounds_environment, bounds_labels, bounds_life, bounds_logs, bounds_argv,
	};
	const struct bounds bounds = bounds_of(arena, plan, limits);
	const char *beyond = NULL;

	for (size_t i = 0; beyond == NULL && i < ARRAY_COUNT(checks); i++)
		beyond = checks[i](&bounds);
	return beyond;
}
