/* config.json of an OCI bundle. Source: OCI runtime specification 1.0.2, config.md and config-linux.md. */
#include "backend_internal.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <hardrun/watch.h>

#define OCI_VERSION "1.0.2"

static json_t *string_array(const struct string_list *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(array, json_string(list->items[i]));
	return array;
}

/* All five sets are the same list: what is listed works for an ordinary user too (the ambient set), and nothing else can come. */
static json_t *render_capabilities(const struct string_list *capabilities)
{
	static const char *const sets[] = { "bounding", "effective", "inheritable", "permitted", "ambient" };
	json_t *object = json_object();

	for (size_t i = 0; i < ARRAY_COUNT(sets); i++)
		json_object_set_new(object, sets[i], string_array(capabilities));
	return object;
}

/* jansson's integers are signed; -1 (unlimited) becomes the largest of them, which no process reaches. */
static int64_t limit_value(int64_t limit)
{
	return limit < 0 ? INT64_MAX : limit;
}

static json_t *render_rlimits(const struct oci *oci)
{
	json_t *array = json_array();

	for (size_t i = 0; i < oci->plan->ulimit_count; i++) {
		const struct plan_ulimit *limit = &oci->plan->ulimits[i];
		char *name = arena_printf(oci->arena, "RLIMIT_%s", limit->name);

		for (char *c = name; *c != '\0'; c++)
			*c = (char)toupper((unsigned char)*c);
		json_array_append_new(array, json_pack("{s:s, s:I, s:I}", "type", name, "hard", (json_int_t)limit_value(limit->hard),
						       "soft", (json_int_t)limit_value(limit->soft)));
	}
	return array;
}

static json_t *render_user(const struct plan *plan)
{
	json_t *user = json_pack("{s:I, s:I}", "uid", (json_int_t)plan->uid, "gid", (json_int_t)plan->gid);
	json_t *groups = json_array();

	for (size_t i = 0; i < plan->group_count; i++)
		json_array_append_new(groups, json_integer((json_int_t)plan->groups[i]));
	if (plan->group_count > 0)
		json_object_set(user, "additionalGids", groups);
	json_decref(groups);
	return user;
}

static json_t *render_process(const struct oci *oci)
{
	const struct plan *plan = oci->plan;
	const struct string_list environment = backend_environment(oci->arena, plan, oci->facts);
	json_t *process = json_object();

	json_object_set_new(process, "terminal", json_boolean(plan->is_tty));
	json_object_set_new(process, "user", render_user(plan));
	json_object_set_new(process, "args", string_array(&plan->argv));
	json_object_set_new(process, "env", string_array(&environment));
	json_object_set_new(process, "cwd", json_string(plan->working_dir));
	json_object_set_new(process, "capabilities", render_capabilities(&plan->capabilities));
	json_object_set_new(process, "noNewPrivileges", json_boolean(plan->is_no_new_privileges));
	if (plan->ulimit_count > 0)
		json_object_set_new(process, "rlimits", render_rlimits(oci));
	if (oci->apparmor != NULL)
		json_object_set_new(process, "apparmorProfile", json_string(oci->apparmor));
	if (plan->security_labels.count > 0)
		json_object_set_new(process, "selinuxLabel", json_string(plan_context(oci->arena, plan)));
	if (plan->oom_score_adj != 0)
		json_object_set_new(process, "oomScoreAdj", json_integer((json_int_t)plan->oom_score_adj));
	return process;
}

/*
 * crun takes a filter that is compiled already, and then looks no further at the object of names (crun.1); a crun that does not
 * know the annotation obeys the object. Only our own bytes stand here: no request, policy or image brings annotations.
 */
static json_t *render_annotations(const struct oci *oci)
{
	return json_pack("{s:s}", "run.oci.seccomp_bpf_data", oci->profile->bpf_base64);
}

static json_t *render_config(const struct oci *oci)
{
	const struct plan *plan = oci->plan;
	const char *root = backend_rootfs_path(oci->arena, oci->facts->runtime_dir, plan->name);
	json_t *config = json_object();

	json_object_set_new(config, "ociVersion", json_string(OCI_VERSION));
	json_object_set_new(config, "process", render_process(oci));
	json_object_set_new(config, "root", json_pack("{s:s, s:b}", "path", root, "readonly", (int)plan->is_read_only));
	/* Without a UTS namespace of its own the name would become the host's. */
	if (!plan->is_host_uts)
		json_object_set_new(config, "hostname", json_string(plan->hostname));
	json_object_set_new(config, "mounts", oci_mounts(oci));
	/* A filter that hands refused calls to a listener is the runtime's to compile: it must know that there is one. */
	if (plan->backend == BACKEND_CRUN && !plan->is_seccomp_unconfined && !plan_is_listened_to(plan) &&
	    oci->profile->bpf_base64 != NULL)
		json_object_set_new(config, "annotations", render_annotations(oci));
	return config;
}

/* Adds what stands between the braces of ${object}, and lets go of it. */
static void add_members(struct text *text, json_t *object)
{
	char *members = json_dumps(object, JSON_INDENT(2) | JSON_EMBED);

	if (members == NULL)
		abort(); /* out of memory: nothing has started */
	text_add(text, members);
	free(members);
	json_decref(object);
}

static bool is_any(const char *call)
{
	return call != NULL;
}

static const char *render_filter(const struct oci *oci)
{
	static bool (*const watched[PLAN_OBSERVATION_COUNT])(const char *call) = {
		[PLAN_OBSERVE_NEEDS] = watch_is_observed, [PLAN_OBSERVE_ALL] = is_any,
	};
	const enum plan_observation observation = oci->plan->observation;
	const struct profile_listening listening = {
		BACKEND_LISTENER_PATH, watched[observation], observation == PLAN_OBSERVE_ALL, oci->plan->backend == BACKEND_RUNC,
	};

	if (!plan_is_listened_to(oci->plan))
		return render_guest_filter(oci->arena, oci->plan, profile_render_oci(oci->arena, oci->profile));
	return profile_render_explained(oci->arena, oci->profile, &listening);
}

/* The filter is JSON already, and the largest part: it is set in as it is. */
static const char *render_text(const struct oci *oci)
{
	struct text text;

	text_init(&text, oci->arena);
	text_add(&text, "{");
	add_members(&text, render_config(oci));
	text_add(&text, ",\"linux\": {");
	add_members(&text, oci_linux(oci));
	if (!oci->plan->is_seccomp_unconfined) {
		text_add(&text, ",\"seccomp\": ");
		text_add(&text, render_filter(oci));
		text_add(&text, "\n");
	}
	text_add(&text, "}}\n");
	return text.data;
}

/* There is somebody to carry the packets. */
static bool can_carry(const struct oci *oci)
{
	const struct host_carrier *carrier = oci->facts->carrier;

	return oci->plan->backend != BACKEND_RUNSC && carrier != NULL && carrier->problem == NULL;
}

/* What plan_complete refuses; a plan that has it all the same must not run without it. */
static int check_supported(const struct oci *oci)
{
	const struct plan *plan = oci->plan;
	const char *what = NULL;

	if (plan->is_privileged)
		what = "--privileged";
	else if (plan->devices.count > 0)
		what = "--device";
	else if (plan->network == PLAN_NETWORK_NAMED || (plan->network == PLAN_NETWORK_ISOLATED && !can_carry(oci)))
		what = "a network";
	else if (plan->network == PLAN_NETWORK_ISOLATED && plan_packet_capability(plan) != NULL)
		what = "a network for packets of the container's own making";
	else if (plan->security_labels.count > 0 && (plan->is_sandboxed || plan_context(oci->arena, plan) == NULL))
		what = "a SELinux label without user, role and type";
	else if (plan->port_count > 0 && plan->network != PLAN_NETWORK_ISOLATED)
		what = "a published port";
	else if ((plan->backend == BACKEND_RUNSC) != plan->is_sandboxed)
		what = "a sandbox of another's";
	if (what != NULL)
		return error_set(oci->err, oci->arena, ERROR_UNSUPPORTED, "%s is not there without a daemon; use --backend docker", what);
	if (plan->argv.count == 0 || plan->working_dir == NULL || plan->hostname == NULL || plan->name == NULL)
		return error_set(oci->err, oci->arena, ERROR_UNSUPPORTED, "the plan has no command, directory or name");
	if (!oci->facts->is_root && oci->facts->rootless == NULL)
		return error_set(oci->err, oci->arena, ERROR_UNSUPPORTED, "what an ordinary user may do here was not looked at");
	if (oci->facts->runtime_dir == NULL)
		return error_set(oci->err, oci->arena, ERROR_MISSING, "there is no directory for running containers (XDG_RUNTIME_DIR)");
	return 0;
}

int oci_render(struct arena *arena, struct launch *launch, const struct profile *profile, struct error *err)
{
	struct oci oci = { .arena = arena, .plan = launch->plan, .facts = launch->facts, .profile = profile, .err = err,
			   .apparmor = launch->apparmor.name,
			   .targets = &launch->mount_targets };
	int result = check_supported(&oci);

	if (result < 0)
		return result;
	launch->config_json = render_text(&oci);
	launch->container_id = launch->plan->name;
	if (launch->plan->network == PLAN_NETWORK_ISOLATED)
		oci_names(arena, launch);
	string_list_add(arena, &launch->argv, launch->program);
	return 0;
}
