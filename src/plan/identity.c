/* identity: who the container is: ids, names, labels. */
#include "plan_internal.h"

#include <string.h>

enum {
	HOSTNAME_FROM_NAME_BYTES = 12, /* as docker cuts its ids */
	ID_MAX = INT32_MAX,
};

struct ids {
	uint32_t uid, gid;
	struct plan_source source;
	const char *remark; /* behind the ids, for show */
};

bool plan_read_image_user(struct arena *arena, const char *text, uint32_t *ret_uid, uint32_t *ret_gid)
{
	const char *colon = strchr(text, ':');
	const char *user = colon != NULL ? arena_strndup(arena, text, (size_t)(colon - text)) : text;
	uint64_t uid, gid;

	if (!parse_decimal(user, &uid) || uid == 0 || uid > ID_MAX)
		return false;
	gid = uid;
	if (colon != NULL && (!parse_decimal(colon + 1, &gid) || gid == 0 || gid > ID_MAX))
		return false;
	*ret_uid = (uint32_t)uid;
	*ret_gid = (uint32_t)gid;
	return true;
}

static void choose_image_user(const struct planner *planner, struct place place, struct ids *ids)
{
	const struct image_facts *image = &planner->facts->image_facts;
	struct finding *finding;

	if (image->is_known && image->user != NULL && plan_read_image_user(planner->arena, image->user, &ids->uid, &ids->gid)) {
		ids->source = plan_source_of(PLAN_FROM_IMAGE);
		return;
	}
	finding = plan_find(planner, FINDING_DENIED, NULL, "the image's USER", "defaults.user");
	finding->place = place;
	finding->remedy = "name the ids with --user UID:GID, as far as the policy lets you, or in defaults.user";
	if (!image->is_known)
		plan_reason(planner, finding,
			    "the policy runs the image as its own USER, and that is not known before the image is here");
	else if (image->user == NULL || image->user[0] == '\0')
		plan_reason(planner, finding, "the policy runs the image as its own USER, and it has none, which means root");
	else
		plan_reason(planner, finding,
			    "the policy runs the image as its own USER, and \"%s\" is not a decimal uid[:gid] other than 0",
			    string_printable(planner->arena, image->user, 40));
}

static void choose_default_user(const struct planner *planner, struct ids *ids)
{
	const struct policy_user *user = &planner->policy->defaults.user;
	const struct host_facts *facts = planner->facts;

	ids->source = plan_source_policy(user->place);
	switch (user->kind) {
	case POLICY_USER_IDS:
		ids->uid = user->uid_first;
		ids->gid = user->has_gid ? user->gid_first : user->uid_first;
		return;
	case POLICY_USER_CALLER:
		if (facts->caller_uid != 0) {
			ids->uid = facts->caller_uid;
			ids->gid = facts->caller_gid != 0 ? facts->caller_gid : facts->caller_uid;
		} else {
			ids->remark = " (the caller is root)";
		}
		return;
	case POLICY_USER_IMAGE:
		choose_image_user(planner, user->place, ids);
		return;
	case POLICY_USER_UNSET:
	case POLICY_USER_KIND_COUNT:
		ids->source = plan_source_of(PLAN_FROM_BUILTIN);
		return;
	}
}

static void plan_user(const struct planner *planner)
{
	const struct request_option *option = request_last(planner->request, FLAG_USER);
	struct ids ids = { PLAN_DEFAULT_UID, PLAN_DEFAULT_UID, plan_source_of(PLAN_FROM_BUILTIN), "" };

	if (option == NULL) {
		choose_default_user(planner, &ids);
	} else {
		ids.source = plan_source_flag(option);
		if (!verdict_resolve_user(planner->input, &option->value.user, &ids.uid, &ids.gid))
			plan_reason(planner, plan_find(planner, FINDING_DENIED, option, NULL, "allow.user"),
				    "no grant says which ids that is");
	}
	if (ids.uid == 0 || ids.gid == 0)
		plan_needs_hazard(planner, HAZARD_ROOT_USER, option);
	planner->plan->uid = ids.uid;
	planner->plan->gid = ids.gid;
	plan_settingf(planner, "user", ids.source, "%u:%u%s", ids.uid, ids.gid, ids.remark);
}

static void plan_groups(const struct planner *planner)
{
	const struct request_option *option;
	uint32_t *groups = NULL;
	size_t position = 0, count = 0;

	while ((option = request_next(planner->request, FLAG_GROUP_ADD, &position)) != NULL) {
		bool is_known = false;
		uint64_t gid;

		if (!parse_decimal(option->raw, &gid) || gid > ID_MAX) {
			plan_reason(planner, plan_find(planner, FINDING_DENIED, option, NULL, "allow.group_add"),
				    "it is not a decimal gid");
			continue;
		}
		if (gid == 0)
			plan_needs_hazard(planner, HAZARD_ROOT_USER, option);
		for (size_t i = 0; i < count; i++)
			is_known = is_known || groups[i] == gid;
		if (is_known)
			continue;
		*vector_push(planner->arena, groups, count) = (uint32_t)gid;
		plan_setting(planner, "group_add", plan_source_flag(option), option->raw);
	}
	planner->plan->groups = groups;
	planner->plan->group_count = count;
}

/* The OCI path has no daemon to invent names: they are made here. The engines invent their own. */
static void plan_names(const struct planner *planner)
{
	struct plan *plan = planner->plan;
	const struct policy_defaults *defaults = &planner->policy->defaults;
	const char *nonce = planner->facts->nonce != NULL ? planner->facts->nonce : "000000000000";
	const char *made = planner->is_oci ? arena_printf(planner->arena, "hardrun-%s", nonce) : NULL;
	bool is_named = request_last(planner->request, FLAG_NAME) != NULL;
	const char *host = NULL;

	plan->name = plan_choose_text(planner, FLAG_NAME, NULL, "container_name", made);
	if (plan->is_host_uts)
		return;
	if (planner->is_oci)
		host = is_named ? arena_strndup(planner->arena, plan->name, HOSTNAME_FROM_NAME_BYTES) : nonce;
	plan->hostname = plan_choose_text(planner, FLAG_HOSTNAME, &defaults->hostname, "hostname", host);
	plan->domainname = plan_choose_text(planner, FLAG_DOMAINNAME, NULL, "domainname", NULL);
}

static void set_label(const struct planner *planner, struct plan_pair label, struct plan_source source)
{
	plan_pair_set(planner->arena, &planner->plan->labels, &planner->plan->label_count, label);
	plan_setting_pair(planner, "labels", source, label);
}

static void set_label_file(const struct planner *planner, const struct request_option *option)
{
	const struct host_path *path = host_path_of(planner->facts, option->raw);

	if (path == NULL || path->resolved == NULL || path->lines_reason != NULL) {
		plan_reason(planner, plan_find(planner, FINDING_DENIED, option, NULL, "allow.label_file"),
			    "the file was not read");
		return;
	}
	for (size_t i = 0; i < path->lines.count; i++) {
		const char *line = path->lines.items[i];
		size_t length = strcspn(line, "=");

		set_label(planner, (struct plan_pair){ arena_strndup(planner->arena, line, length), line + length + 1 },
			  plan_source_flag(option));
	}
}

static void plan_compose_labels(const struct planner *planner)
{
	const struct compose_identity *identity = planner->input->compose;

	if (identity == NULL)
		return;
	set_label(planner, (struct plan_pair){ COMPOSE_PROJECT_LABEL, identity->project }, plan_source_of(PLAN_FROM_FLOOR));
	set_label(planner, (struct plan_pair){ COMPOSE_SERVICE_LABEL, identity->service }, plan_source_of(PLAN_FROM_FLOOR));
	set_label(planner, (struct plan_pair){ COMPOSE_NUMBER_LABEL, identity->number }, plan_source_of(PLAN_FROM_FLOOR));
	set_label(planner, (struct plan_pair){ COMPOSE_CONFIG_LABEL, identity->config }, plan_source_of(PLAN_FROM_FLOOR));
}

/* Later ones win: the policy's, the files', the caller's, then our own, which nobody else may set. */
static void plan_labels(const struct planner *planner)
{
	const struct policy_map *own = &planner->policy->defaults.labels;
	const struct request_option *option;
	size_t position = 0;

	for (size_t i = 0; i < own->count; i++) {
		const char *value = own->items[i].value != NULL ? own->items[i].value : "";

		set_label(planner, (struct plan_pair){ own->items[i].name, value }, plan_source_policy(own->items[i].place));
	}
	while ((option = request_next(planner->request, FLAG_LABEL_FILE, &position)) != NULL)
		set_label_file(planner, option);
	position = 0;
	while ((option = request_next(planner->request, FLAG_LABEL, &position)) != NULL) {
		const struct pair_request *pair = &option->value.pair;

		set_label(planner, (struct plan_pair){ pair->name, pair->value != NULL ? pair->value : "" },
			  plan_source_flag(option));
	}
	set_label(planner, (struct plan_pair){ PLAN_CALLER_LABEL, arena_printf(planner->arena, "%u", planner->facts->caller_uid) },
		  plan_source_of(PLAN_FROM_FLOOR));
	set_label(planner, (struct plan_pair){ PLAN_POLICY_LABEL, planner->policy->name }, plan_source_of(PLAN_FROM_FLOOR));
	if (planner->facts->unit != NULL && planner->facts->unit->name != NULL)
		set_label(planner, (struct plan_pair){ HOST_UNIT_LABEL, planner->facts->unit->name }, plan_source_of(PLAN_FROM_HOST));
	set_label(planner, (struct plan_pair){ "io.hardrun.version", HARDRUN_VERSION }, plan_source_of(PLAN_FROM_FLOOR));
	plan_compose_labels(planner);
}

void plan_identity(const struct planner *planner)
{
	const struct request_option *uts = request_last(planner->request, FLAG_UTS);

	if (uts != NULL && strcmp(uts->raw, "host") == 0)
		planner->plan->is_host_uts = plan_needs_hazard(planner, HAZARD_HOST_UTS, uts);
	plan_user(planner);
	plan_groups(planner);
	plan_names(planner);
	plan_labels(planner);
}
