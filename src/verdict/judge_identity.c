/* judge_identity: who the container runs as, and what it is called. */
#include "verdict_internal.h"

#include <ctype.h>
#include <string.h>

/* ---- users ---- */

/* The person at the keyboard as a user of containers: root becomes nobody. */
static void identity_caller(const struct host_facts *facts, uint32_t *ret_uid, uint32_t *ret_gid)
{
	*ret_uid = facts->caller_uid == 0 ? VERDICT_NOBODY_ID : facts->caller_uid;
	*ret_gid = facts->caller_uid == 0 || facts->caller_gid == 0 ? VERDICT_NOBODY_ID : facts->caller_gid;
	if (facts->caller_uid != 0 && facts->caller_gid == 0)
		*ret_gid = facts->caller_uid;
}

/* The image's own USER, when it is numeric. */
static bool identity_image(const struct verdict_input *input, uint32_t *ret_uid, uint32_t *ret_gid)
{
	const struct image_facts *image = &input->facts->image_facts;
	const char *colon;
	uint64_t uid, gid;
	size_t length;
	char text[32];

	if (!image->is_known || image->user == NULL)
		return false;
	colon = strchr(image->user, ':');
	length = colon == NULL ? strlen(image->user) : (size_t)(colon - image->user);
	if (length >= sizeof(text))
		return false;
	memcpy(text, image->user, length);
	text[length] = '\0';
	if (!parse_decimal(text, &uid) || uid == 0 || uid > VERDICT_ID_MOST)
		return false;
	gid = uid;
	if (colon != NULL && (!parse_decimal(colon + 1, &gid) || gid == 0 || gid > VERDICT_ID_MOST))
		return false;
	*ret_uid = (uint32_t)uid;
	*ret_gid = (uint32_t)gid;
	return true;
}

bool verdict_default_user(const struct verdict_input *input, uint32_t *ret_uid, uint32_t *ret_gid)
{
	const struct policy_user *user = &input->policy->defaults.user;

	switch (user->kind) {
	case POLICY_USER_UNSET:
	case POLICY_USER_KIND_COUNT:
		*ret_uid = VERDICT_NOBODY_ID;
		*ret_gid = VERDICT_NOBODY_ID;
		return true;
	case POLICY_USER_IDS:
		*ret_uid = user->uid_first;
		*ret_gid = user->has_gid ? user->gid_first : user->uid_first;
		return true;
	case POLICY_USER_CALLER:
		identity_caller(input->facts, ret_uid, ret_gid);
		return true;
	case POLICY_USER_IMAGE:
		break;
	}
	return identity_image(input, ret_uid, ret_gid);
}

/* True when ${grant} covers ${uid}; *ret_gid is the group that goes with it when none was asked for. */
static bool identity_covers_uid(const struct verdict_input *input, const struct policy_user *grant, uint32_t uid,
				uint32_t *ret_gid)
{
	uint32_t own_uid, own_gid;

	switch (grant->kind) {
	case POLICY_USER_IDS:
		if (uid < grant->uid_first || uid > grant->uid_last)
			return false;
		*ret_gid = grant->has_gid && grant->gid_first == grant->gid_last ? grant->gid_first : uid;
		return !grant->has_gid || (*ret_gid >= grant->gid_first && *ret_gid <= grant->gid_last);
	case POLICY_USER_CALLER:
		identity_caller(input->facts, &own_uid, &own_gid);
		*ret_gid = own_gid;
		return uid == own_uid;
	case POLICY_USER_IMAGE:
		if (!identity_image(input, &own_uid, &own_gid))
			return false;
		*ret_gid = own_gid;
		return uid == own_uid;
	case POLICY_USER_UNSET:
	case POLICY_USER_KIND_COUNT:
		break;
	}
	return false;
}

static bool identity_covers(const struct verdict_input *input, const struct policy_user *grant, uint32_t uid, uint32_t gid)
{
	uint32_t own_gid;

	if (grant->kind == POLICY_USER_IDS && grant->has_gid)
		return uid >= grant->uid_first && uid <= grant->uid_last && gid >= grant->gid_first && gid <= grant->gid_last;
	return identity_covers_uid(input, grant, uid, &own_gid) && gid == own_gid;
}

bool verdict_resolve_user(const struct verdict_input *input, const struct user_request *user, uint32_t *ret_uid,
			  uint32_t *ret_gid)
{
	const struct policy_allow *allow = &input->policy->allow;
	uint32_t own_uid, own_gid;

	if (user->is_numeric && verdict_default_user(input, &own_uid, &own_gid) && own_uid == user->uid &&
	    (!user->has_gid || own_gid == user->gid)) {
		*ret_uid = own_uid;
		*ret_gid = own_gid;
		return true;
	}
	for (size_t i = 0; i < allow->user_count; i++) {
		const struct policy_user *grant = &allow->users[i];

		own_gid = user->gid;
		if (!user->is_numeric && (grant->name == NULL || strcmp(grant->name, user->text) != 0))
			continue;
		own_uid = user->is_numeric ? user->uid : grant->uid_first;
		if (user->is_numeric && user->has_gid ? !identity_covers(input, grant, own_uid, own_gid) :
							!identity_covers_uid(input, grant, own_uid, &own_gid))
			continue;
		*ret_uid = own_uid;
		*ret_gid = own_gid;
		return true;
	}
	return false;
}

/* True when the hazard is not granted. Whoever types "-u $(id -u)" in root's shell did not ask for root by that name. */
static bool identity_refuse_root(const struct judgement *judgement, const char *reason)
{
	uint32_t uid, gid;

	if (!verdict_hazard(judgement, HAZARD_ROOT_USER, reason))
		return false;
	if (!judgement->is_default && verdict_default_user(judgement->input, &uid, &gid) && uid != 0 && gid != 0)
		judgement->findings->items[judgement->findings->count - 1].remedy =
			arena_printf(judgement->arena, "leave it out: the container then runs as %u:%u", uid, gid);
	return true;
}

/* The floor and, of the layers, the ceiling: the policy's own say is verdict_resolve_user's. */
void verdict_check_user(const struct judgement *judgement, uint32_t uid, uint32_t gid)
{
	const struct policy *ceiling = judgement->input->ceiling;
	const struct layer layer = { ceiling, true };
	struct finding *finding;

	if (uid == 0 || gid == 0)
		identity_refuse_root(judgement, uid == 0 ? "uid 0 in a container is uid 0 to every file and kernel flaw outside" :
							   "gid 0 opens whatever belongs to the group root");
	if (uid > VERDICT_ID_MOST || gid > VERDICT_ID_MOST)
		verdict_floor(judgement, "user", "ids above %d are read differently by different programs", VERDICT_ID_MOST);
	if (ceiling == NULL || (uid == VERDICT_NOBODY_ID && gid == VERDICT_NOBODY_ID)) /* nobody is the least there is */
		return;
	for (size_t i = 0; i < ceiling->allow.user_count; i++) {
		if (identity_covers(judgement->input, &ceiling->allow.users[i], uid, gid))
			return;
	}
	finding = verdict_refuse(judgement, &layer, "allow.user", "user %u:%u is not granted", uid, gid);
	verdict_remedy(judgement, &layer, finding, "add \"- %u:%u\" to allow.user", uid, gid);
}

void verdict_judge_user(const struct judgement *judgement)
{
	const struct user_request *user = &judgement->option->value.user;
	const struct layer layer = { judgement->input->policy, false };
	const struct policy_allow *allow = &judgement->input->policy->allow;
	struct finding *finding;
	const char *line;
	uint32_t uid, gid;

	if (verdict_resolve_user(judgement->input, user, &uid, &gid)) {
		verdict_check_user(judgement, uid, gid);
		return;
	}
	if (!user->is_numeric && strcmp(user->text, "root") == 0 &&
	    identity_refuse_root(judgement, "root in a container is uid 0 to every file and kernel flaw outside"))
		return;
	if (!user->is_numeric) {
		finding = verdict_refuse(judgement, &layer, "allow.user",
					 "a name means whatever the image says: only numbers and names that the policy gives a number are taken");
		line = arena_printf(judgement->arena, "add \"- %s\" to allow.user with the image's own numbers, or write ",
				    verdict_yaml(judgement->arena, arena_printf(judgement->arena, "%s=UID:GID", user->text)));
		verdict_remedy(judgement, &layer, finding, "%sUID:GID", line);
		finding->in_file = finding->remedy;
		verdict_remedy(judgement, &layer, finding, "%s--user UID:GID", line);
		return;
	}
	if (user->uid == 0 || (user->has_gid && user->gid == 0)) {
		if (identity_refuse_root(judgement, "uid or gid 0 in a container is root's to every file and kernel flaw outside"))
			return;
	}
	gid = user->has_gid ? user->gid : user->uid;
	finding = verdict_refuse(judgement, &layer, "allow.user", "user %u:%u is not granted", user->uid, gid);
	verdict_remedy(judgement, &layer, finding, "add \"- %u:%u\" to allow.user", user->uid, gid);
	if (allow->user_count > 0)
		finding->place = allow->users[0].place;
}

/* ---- groups ---- */

static bool identity_group_is_listed(struct arena *arena, const struct policy_list *list, uint64_t gid)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *text = list->items[i].value, *dash = strchr(text, '-');
		uint64_t first, last;

		if (!parse_decimal(dash == NULL ? text : arena_strndup(arena, text, (size_t)(dash - text)), &first))
			continue;
		last = first;
		if ((dash == NULL || parse_decimal(dash + 1, &last)) && gid >= first && gid <= last)
			return true;
	}
	return false;
}

void verdict_judge_group(const struct judgement *judgement)
{
	struct layer layers[2];
	const size_t count = verdict_layers(judgement, layers);
	uint64_t gid;

	if (!parse_decimal(judgement->option->raw, &gid)) {
		verdict_floor(judgement, "group-add", "a name means whatever the image says: only decimal group ids are taken");
		return;
	}
	if (gid > VERDICT_ID_MOST) {
		verdict_floor(judgement, "group-add", "ids above %d are read differently by different programs", VERDICT_ID_MOST);
		return;
	}
	if (gid == 0 && verdict_hazard(judgement, HAZARD_ROOT_USER, "gid 0 opens whatever belongs to the group root"))
		return;
	for (size_t i = 0; i < count; i++) {
		const struct policy_list *list = &layers[i].policy->allow.group_add;
		struct finding *finding;

		if (identity_group_is_listed(judgement->arena, list, gid))
			continue;
		finding = verdict_refuse(judgement, &layers[i], "allow.group_add", "group %u is not granted", (unsigned)gid);
		verdict_remedy(judgement, &layers[i], finding, "add \"- %u\" to allow.group_add", (unsigned)gid);
		if (list->is_set)
			finding->place = list->place;
	}
}

/* ---- names ---- */

/* Source: moby daemon/names/names.go, RestrictedNamePattern; the length is ours, names become directories. */
const char *verdict_name_reason(const char *name, bool is_guarded)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
	const size_t length = strlen(name);
	const bool is_hex = strspn(name, "0123456789abcdef") == length;

	if (length < 2 || length > 128 || strspn(name, letters) != length || !isalnum((unsigned char)name[0]))
		return "a name is 2 to 128 of A-Z a-z 0-9 _ . - and begins with a letter or digit";
	if (is_hex && length >= 12 && length <= 64)
		return "12 to 64 of the digits 0-9 and a-f alone mean the id of a container: add a dash or another letter";
	if (is_guarded && is_hex && length >= 4 && length < 12)
		return "4 or more of the digits 0-9 and a-f alone may be the beginning of somebody's id: add a dash or another letter";
	return NULL;
}

void verdict_judge_name(const struct judgement *judgement)
{
	const bool is_guarded = judgement->input->ceiling != NULL || judgement->input->facts->elevated_by != NULL;
	const char *name = judgement->option->raw, *reason;

	if (name[0] == '\0') /* as if it had not been said */
		return;
	reason = verdict_name_reason(name, is_guarded);
	if (reason != NULL)
		verdict_invalid(judgement, "%s", reason);
}

void verdict_check_hostname(const struct judgement *judgement, const char *name)
{
	if (!verdict_is_hostname(name) || strlen(name) > 64) /* HOST_NAME_MAX */
		verdict_invalid(judgement, "a host name is at most 64 letters, digits, '-' and '.', in parts of at most 63");
}

void verdict_judge_hostname(const struct judgement *judgement)
{
	const struct request_option *uts = request_last(judgement->input->request, FLAG_UTS);

	if (judgement->option->raw[0] != '\0')
		verdict_check_hostname(judgement, judgement->option->raw);
	if (uts != NULL && strcmp(uts->raw, "host") == 0)
		verdict_floor(judgement, "host-uts", "with --uts host it would rename the host");
}

/* ---- working directory ---- */

void verdict_check_workdir(const struct judgement *judgement, const char *path)
{
	const char *tidy = path_tidy(judgement->arena, path);

	if (!path_is_clean(tidy))
		verdict_invalid(judgement, "a working directory is an absolute path without \"..\"");
	else if (path_is_within(tidy, "/proc") || path_is_within(tidy, "/sys") || path_is_within(tidy, "/dev"))
		verdict_floor(judgement, "workdir", "%s", flag_specs[FLAG_WORKDIR].danger);
}

void verdict_judge_workdir(const struct judgement *judgement)
{
	verdict_check_workdir(judgement, judgement->option->raw);
}
