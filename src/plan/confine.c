/* confine: what the container may do: capabilities, filters, namespaces, devices. Strict, but for hazards. */
#include "plan_internal.h"

#include <stdlib.h>
#include <string.h>
#include <ctype.h>

/* "CAP_X" out of any spelling of docker's. */
static const char *canonical_capability(struct arena *arena, const char *name)
{
	char *upper = arena_strdup(arena, name);

	for (char *byte = upper; *byte != '\0'; byte++)
		*byte = (char)toupper((unsigned char)*byte);
	return strncmp(upper, "CAP_", 4) == 0 ? upper : arena_printf(arena, "CAP_%s", upper);
}

static bool is_dropped(const struct planner *planner, const char *capability, bool counts_all)
{
	const struct request_option *option;
	size_t position = 0;

	while ((option = request_next(planner->request, FLAG_CAP_DROP, &position)) != NULL) {
		const char *dropped = canonical_capability(planner->arena, option->raw);

		if (strcmp(dropped, capability) == 0 || (counts_all && strcmp(dropped, "CAP_ALL") == 0))
			return true;
	}
	return false;
}

static void add_capability(const struct planner *planner, const char *name, struct plan_source source)
{
	const char *capability = canonical_capability(planner->arena, name);
	bool is_default = source.option == NULL;

	/* --cap-drop ALL means the defaults too; with --cap-add X beside it X is what is wanted. A name in both is dropped. */
	if (string_list_has(&planner->plan->capabilities, capability) || is_dropped(planner, capability, is_default))
		return;
	string_list_add(planner->arena, &planner->plan->capabilities, capability);
	plan_setting(planner, "cap_add", source, capability);
}

static int order_texts(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static void plan_capabilities(const struct planner *planner)
{
	const struct policy_list *own = &planner->policy->defaults.cap_add;
	struct string_list *capabilities = &planner->plan->capabilities;
	const struct request_option *option;
	size_t position = 0;

	plan_setting(planner, "cap_drop", plan_source_of(PLAN_FROM_FLOOR), "ALL");
	for (size_t i = 0; i < own->count; i++)
		add_capability(planner, own->items[i].value, plan_source_policy(own->items[i].place));
	while ((option = request_next(planner->request, FLAG_CAP_ADD, &position)) != NULL)
		add_capability(planner, option->raw, plan_source_flag(option));
	if (capabilities->count > 1)
		qsort(capabilities->items, capabilities->count, sizeof(capabilities->items[0]), order_texts);
	if (capabilities->count == 0 || planner->plan->uid == 0 || planner->is_oci)
		return;
	/* Engines set no ambient capabilities. Ports below 1024 they open to everyone by a sysctl of the network namespace. */
	if (capabilities->count > 1 || strcmp(capabilities->items[0], "CAP_NET_BIND_SERVICE") != 0)
		plan_reason(planner, plan_find(planner, FINDING_NOTE, NULL, "cap_add", "engine"),
			    "an engine gives capabilities only to programs that run as root: user %u has them in its bounding set alone",
			    planner->plan->uid);
}

/* The strict word is a restatement; the other word of each needs its hazard. */
static void plan_security_options(const struct planner *planner)
{
	struct plan_source nnp = plan_source_of(PLAN_FROM_FLOOR), seccomp = nnp;
	struct plan *plan = planner->plan;
	const struct request_option *option;
	size_t position = 0;

	plan->is_no_new_privileges = true;
	while ((option = request_next(planner->request, FLAG_SECURITY_OPT, &position)) != NULL) {
		const struct pair_request *pair = &option->value.pair;
		bool is_nnp = strcmp(pair->name, "no-new-privileges") == 0, is_strict = true;

		if (is_nnp && (pair->value == NULL || (parse_bool(pair->value, &is_strict) && is_strict)))
			continue;
		if (is_nnp && !is_strict) {
			plan->is_no_new_privileges = !plan_needs_hazard(planner, HAZARD_NEW_PRIVILEGES, option);
			nnp = plan_source_flag(option);
		} else if (strcmp(pair->name, "seccomp") == 0 && pair->value != NULL && strcmp(pair->value, "unconfined") == 0) {
			plan->is_seccomp_unconfined = plan_needs_hazard(planner, HAZARD_UNCONFINED_SECCOMP, option);
			seccomp = plan_source_flag(option);
		} else if (!plan_is_profile_option(pair)) {
			plan_reason(planner, plan_find(planner, FINDING_DENIED, option, NULL, "floor: security-opt"),
				    "hardrun sets these itself");
		}
	}
	plan_setting(planner, "security_opt", nnp, plan->is_no_new_privileges ? "no-new-privileges" : "no-new-privileges=false");
	if (!plan->is_seccomp_unconfined && planner->policy->seccomp.base.value != NULL)
		seccomp = plan_source_policy(planner->policy->seccomp.base.place);
	plan_settingf(planner, "security_opt", seccomp, "seccomp=%s",
		      plan->is_seccomp_unconfined ? "unconfined"
		      : planner->policy->seccomp.base.value != NULL ? planner->policy->seccomp.base.value : "default");
}

/* A ceiling that does not speak of system calls allows the base: what a policy adds to it is cut off again. */
static void plan_seccomp(const struct planner *planner)
{
	planner->plan->seccomp = &planner->policy->seccomp;
	planner->plan->ceiling_seccomp = planner->input->ceiling != NULL ? &planner->input->ceiling->seccomp : NULL;
}

/*
 * What is read with root's rights is root's to choose, and for which image: whoever is lent root would have another print it. An
 * ordinary user reads with his own.
 */
static void need_roots_policy(const struct planner *planner, const struct policy_pair *secret)
{
	const bool is_roots = planner->policy->is_root_owned;
	const struct image_name *image = &planner->plan->image;
	struct finding *finding;

	if (!planner->facts->is_root || (is_roots && plan_policy_names(planner->policy, image)))
		return;
	finding = plan_find(planner, FINDING_DENIED, NULL, arena_printf(planner->arena, "the secret %s", secret->name), "secrets");
	finding->place = secret->place;
	plan_reason(planner, finding, "its file would be read with root's rights, and the policy %s",
		    is_roots ? "does not name this very image" : "is not one of root's");
	if (!is_roots)
		finding->remedy = "have root put the policy into /etc/hardrun/policies";
	else if (image->kind == IMAGE_ROOTFS)
		finding->remedy = arena_printf(planner->arena, "name it there: allow: {rootfs: [\"%s\"]}", image->path);
	else
		finding->remedy = arena_printf(planner->arena, "name it there: images: [\"%s\"]", image->name);
}

/* Which there are is known where it is launched: a policy can be looked at anywhere. */
static void plan_secrets(const struct planner *planner)
{
	const struct policy_map *own = &planner->policy->secrets;
	struct plan *plan = planner->plan;

	for (size_t i = 0; i < own->count; i++) {
		const struct policy_pair *secret = &own->items[i];
		const struct plan_pair pair = { secret->name, secret->value };

		plan_pair_set(planner->arena, &plan->secrets, &plan->secret_count, pair);
		plan_setting_pair(planner, "secrets", plan_source_policy(secret->place), pair);
		if (policy_secret_of(secret->value, POLICY_SECRET_FILE) != NULL)
			need_roots_policy(planner, secret);
	}
}

static void plan_read_only(const struct planner *planner)
{
	const struct request_option *option = request_last(planner->request, FLAG_READ_ONLY);
	const struct policy_bool *own = &planner->policy->defaults.read_only;
	struct plan_source source = plan_source_of(PLAN_FROM_FLOOR);
	bool is_read_only = true;

	if (own->is_set) {
		is_read_only = own->value;
		source = plan_source_policy(own->place);
	}
	if (option != NULL) {
		is_read_only = option->value.boolean;
		source = plan_source_flag(option);
	}
	if (!is_read_only)
		is_read_only = !plan_needs_hazard(planner, HAZARD_WRITABLE_ROOT, option);
	planner->plan->is_read_only = is_read_only;
	plan_setting(planner, "read_only", source, is_read_only ? "true" : "false");
}

static bool shares_with_host(const struct planner *planner, enum flag_id flag, enum hazard_id hazard, const char *key,
			     const char *own)
{
	const struct request_option *option = request_last(planner->request, flag);
	bool is_shared = option != NULL && strcmp(option->raw, "host") == 0 && plan_needs_hazard(planner, hazard, option);

	if (key != NULL)
		plan_setting(planner, key, is_shared ? plan_source_flag(option) : plan_source_of(PLAN_FROM_FLOOR),
			     is_shared ? "host" : own);
	return is_shared;
}

static void plan_namespaces(const struct planner *planner)
{
	struct plan *plan = planner->plan;
	const struct request_option *privileged = request_last(planner->request, FLAG_PRIVILEGED);

	plan->is_privileged = privileged != NULL && privileged->value.boolean;
	if (plan->is_privileged)
		plan->is_privileged = plan_needs_hazard(planner, HAZARD_PRIVILEGED, privileged);
	plan_setting(planner, "privileged", plan->is_privileged ? plan_source_flag(privileged) : plan_source_of(PLAN_FROM_FLOOR),
		     plan->is_privileged ? "true" : "false");
	plan->is_host_pid = shares_with_host(planner, FLAG_PID, HAZARD_HOST_PID, "pid", "private");
	plan->is_host_ipc = shares_with_host(planner, FLAG_IPC, HAZARD_HOST_IPC, "ipc", "private");
	plan_setting(planner, "uts", plan->is_host_uts ? plan_source_flag(request_last(planner->request, FLAG_UTS))
						       : plan_source_of(PLAN_FROM_FLOOR), plan->is_host_uts ? "host" : "private");
	plan_setting(planner, "cgroup", plan_source_of(PLAN_FROM_FLOOR), "private");
}

static void plan_devices(const struct planner *planner)
{
	const struct request_option *option;
	size_t position = 0;

	while ((option = request_next(planner->request, FLAG_DEVICE, &position)) != NULL) {
		const char *path, *permissions, *reason = NULL, *device;

		if (!verdict_parse_device(planner->arena, option->raw, &path, &permissions, &reason)) {
			plan_reason(planner, plan_find(planner, FINDING_DENIED, option, NULL, "allow.devices"), "%s", reason);
			continue;
		}
		device = arena_printf(planner->arena, "%s:%s", path, permissions);
		if (string_list_has(&planner->plan->devices, device))
			continue;
		string_list_add(planner->arena, &planner->plan->devices, device);
		plan_setting(planner, "devices", plan_source_flag(option), device);
	}
}

static void plan_sysctls(const struct planner *planner)
{
	const struct request_option *option;
	size_t position = 0;

	while ((option = request_next(planner->request, FLAG_SYSCTL, &position)) != NULL) {
		const struct pair_request *pair = &option->value.pair;
		const struct plan_pair sysctl = { pair->name, pair->value != NULL ? pair->value : "" };

		plan_pair_set(planner->arena, &planner->plan->sysctls, &planner->plan->sysctl_count, sysctl);
		plan_setting_pair(planner, "sysctls", plan_source_flag(option), sysctl);
	}
}

void plan_confinement(const struct planner *planner)
{
	plan_read_only(planner);
	plan_capabilities(planner);
	plan_security_options(planner);
	plan_profile(planner);
	plan_seccomp(planner);
	plan_secrets(planner);
	plan_namespaces(planner);
	plan_devices(planner);
	plan_sysctls(planner);
}
