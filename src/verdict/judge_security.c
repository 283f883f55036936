/* judge_security: capabilities, security options, namespaces, devices, kernel parameters. */
#include "verdict_internal.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* ---- capabilities ---- */

static bool security_capability_is_listed(const struct policy_list *list, const char *canonical)
{
	const char *reason;

	for (size_t i = 0; i < list->count; i++) {
		const char *entry = verdict_capability(list->items[i].value, &reason);

		if (entry != NULL && strcmp(entry, canonical) == 0)
			return true;
	}
	return false;
}

void verdict_check_capability(const struct judgement *judgement, const char *name)
{
	struct layer layers[2];
	const size_t count = verdict_layers(judgement, layers);
	const char *reason = NULL, *canonical = verdict_capability(name, &reason);

	if (strcasecmp(name, "ALL") == 0 || strcasecmp(name, "CAP_ALL") == 0) {
		verdict_floor(judgement, "cap-add", "every capability is all of root's power over the host: name the one that is needed");
		return;
	}
	if (canonical == NULL) {
		verdict_invalid(judgement, "there is no such capability");
		return;
	}
	if (reason != NULL && verdict_hazard(judgement, HAZARD_PRIVILEGED, arena_printf(judgement->arena, "%s: %s", canonical, reason)))
		return;
	for (size_t i = 0; i < count; i++) {
		const struct policy *policy = layers[i].policy;
		struct finding *finding;

		if (security_capability_is_listed(&policy->allow.cap_add, canonical) ||
		    (!layers[i].is_ceiling && security_capability_is_listed(&policy->defaults.cap_add, canonical)))
			continue;
		finding = verdict_refuse(judgement, &layers[i], "allow.cap_add", "%s is not listed", canonical);
		verdict_remedy(judgement, &layers[i], finding, "add \"- %s\" to allow.cap_add", canonical + 4);
		if (policy->allow.cap_add.is_set)
			finding->place = policy->allow.cap_add.place;
	}
}

void verdict_judge_cap_add(const struct judgement *judgement)
{
	verdict_check_capability(judgement, judgement->option->raw);
}

/* Whatever is dropped is dropped already. NONE and ALL are docker's words. */
void verdict_judge_cap_drop(const struct judgement *judgement)
{
	const char *name = judgement->option->raw, *reason;

	if (strcasecmp(name, "ALL") == 0 || strcasecmp(name, "CAP_ALL") == 0)
		return;
	if (strcasecmp(name, "NONE") != 0 && verdict_capability(name, &reason) == NULL)
		verdict_invalid(judgement, "there is no such capability");
	else
		verdict_note(judgement, "floor: cap-drop", "all capabilities are dropped in any case");
}

/* ---- security options ---- */

void verdict_judge_security_opt(const struct judgement *judgement)
{
	const struct pair_request *pair = &judgement->option->value.pair;
	bool is_on = true;

	if (strcmp(pair->name, "no-new-privileges") == 0) {
		if (pair->value != NULL && !parse_bool(pair->value, &is_on))
			verdict_invalid(judgement, "no-new-privileges is true or false");
		else if (!is_on)
			verdict_hazard(judgement, HAZARD_NEW_PRIVILEGES, hazard_specs[HAZARD_NEW_PRIVILEGES].summary);
		return;
	}
	if (strcmp(pair->name, "seccomp") == 0 && pair->value != NULL && strcmp(pair->value, "unconfined") == 0) {
		verdict_hazard(judgement, HAZARD_UNCONFINED_SECCOMP, hazard_specs[HAZARD_UNCONFINED_SECCOMP].summary);
		return;
	}
	if (strcmp(pair->name, "seccomp") == 0) {
		const bool is_default = pair->value != NULL && (strcmp(pair->value, "default") == 0 || strcmp(pair->value, "builtin") == 0);
		struct finding *finding = verdict_floor(judgement, "seccomp", "%s", is_default ?
							"docker reads the word as the name of a file, or as a weaker filter than hardrun's" :
							"the filter is made from the policy, never read from a file of the caller's");

		finding->remedy = is_default ? "leave it out: hardrun's own filter is always on" :
					       "name the calls under seccomp.allow of the policy";
		return;
	}
	if (strcmp(pair->name, "apparmor") == 0)
		verdict_judge_apparmor_word(judgement, pair->value);
	else if (strcmp(pair->name, "label") == 0)
		verdict_judge_label_word(judgement, pair->value);
	else
		verdict_floor(judgement, "security-opt", "only no-new-privileges, apparmor and label may be said: every other option "
			      "takes confinement away");
}

void verdict_judge_privileged(const struct judgement *judgement)
{
	if (judgement->option->value.boolean)
		verdict_hazard(judgement, HAZARD_PRIVILEGED, hazard_specs[HAZARD_PRIVILEGED].summary);
}

void verdict_judge_read_only(const struct judgement *judgement)
{
	struct finding *finding;

	if (!judgement->option->value.boolean &&
	    verdict_hazard(judgement, HAZARD_WRITABLE_ROOT, hazard_specs[HAZARD_WRITABLE_ROOT].summary)) {
		finding = &judgement->findings->items[judgement->findings->count - 1];
		finding->remedy = "give the program what it writes to: --tmpfs /var/cache/NAME";
		finding->in_file = "give the program what it writes to: tmpfs: [/var/cache/NAME]";
	}
}

/* ---- namespaces, and the other words that are forced ---- */

static const struct security_word {
	enum flag_id flag;
	const char *value;
	enum hazard_id hazard; /* that allows it; HAZARD_COUNT: it is what hardrun does anyway */
} security_words[] = {
	{ FLAG_CGROUPNS, "", HAZARD_COUNT },
	{ FLAG_CGROUPNS, "private", HAZARD_COUNT },
	{ FLAG_IPC, "", HAZARD_COUNT },
	{ FLAG_IPC, "private", HAZARD_COUNT },
	{ FLAG_IPC, "none", HAZARD_COUNT },
	{ FLAG_IPC, "host", HAZARD_HOST_IPC },
	{ FLAG_ISOLATION, "", HAZARD_COUNT },
	{ FLAG_ISOLATION, "default", HAZARD_COUNT },
	{ FLAG_PID, "", HAZARD_COUNT },
	{ FLAG_PID, "host", HAZARD_HOST_PID },
	{ FLAG_RUNTIME, "", HAZARD_COUNT },
	{ FLAG_USERNS, "", HAZARD_COUNT },
	{ FLAG_UTS, "", HAZARD_COUNT },
	{ FLAG_UTS, "host", HAZARD_HOST_UTS },
};

void verdict_judge_namespace(const struct judgement *judgement)
{
	const struct request_option *option = judgement->option;

	for (size_t i = 0; i < ARRAY_COUNT(security_words); i++) {
		const struct security_word *word = &security_words[i];

		if (word->flag != option->flag || strcmp(word->value, option->raw) != 0)
			continue;
		if (word->hazard != HAZARD_COUNT)
			verdict_hazard(judgement, word->hazard, hazard_specs[word->hazard].summary);
		return;
	}
	if ((option->flag == FLAG_PID || option->flag == FLAG_UTS) && strcmp(option->raw, "private") == 0)
		verdict_invalid(judgement, "docker knows no such mode: a namespace of its own is the default");
	else
		verdict_floor(judgement, flag_specs[option->flag].name, "never allowed: %s",
			      flag_specs[option->flag].danger != NULL ? flag_specs[option->flag].danger : flag_specs[option->flag].docker_excuse);
}

/* ---- devices ---- */

static bool security_permissions_are_valid(const char *letters)
{
	const size_t length = strlen(letters);

	if (length == 0 || strspn(letters, "rwm") != length)
		return false;
	for (const char *at = letters; *at != '\0'; at++) {
		if (strchr(at + 1, *at) != NULL)
			return false;
	}
	return true;
}

bool verdict_parse_device(struct arena *arena, const char *text, const char **ret_path, const char **ret_permissions,
			  const char **ret_reason)
{
	const char *parts[3] = { text, NULL, NULL };
	size_t count = 1;
	char *rest = arena_strdup(arena, text);

	parts[0] = rest;
	for (char *colon = strchr(rest, ':'); colon != NULL; colon = strchr(colon + 1, ':')) {
		*ret_reason = "it is written DEVICE[:PATH][:PERMISSIONS]";
		if (count == 3)
			return false;
		*colon = '\0';
		parts[count++] = colon + 1;
	}
	*ret_reason = "a device is a clean path below /dev, not a directory and not a name of a CDI device";
	if (!path_is_clean(parts[0]) || strncmp(parts[0], "/dev/", 5) != 0)
		return false;
	*ret_permissions = "rw";
	if (count > 1 && parts[count - 1][0] != '/')
		*ret_permissions = parts[--count];
	*ret_reason = "the permissions are of r, w and m, each at most once";
	if (!security_permissions_are_valid(*ret_permissions))
		return false;
	*ret_reason = "inside the container a device has the path it has outside";
	if (count == 3 || (count == 2 && strcmp(parts[1], parts[0]) != 0))
		return false;
	*ret_path = parts[0];
	return true;
}

static bool security_device_is_listed(struct arena *arena, const struct policy_list *list, const char *path,
				      const char *permissions)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *granted, *letters, *reason;

		if (verdict_parse_device(arena, list->items[i].value, &granted, &letters, &reason) && strcmp(granted, path) == 0 &&
		    strspn(permissions, letters) == strlen(permissions))
			return true;
	}
	return false;
}

void verdict_judge_device(const struct judgement *judgement)
{
	struct layer layers[2];
	const size_t count = verdict_layers(judgement, layers);
	const char *path, *permissions, *reason;

	if (!verdict_parse_device(judgement->arena, judgement->option->raw, &path, &permissions, &reason)) {
		verdict_floor(judgement, "device", "%s", reason);
		return;
	}
	reason = verdict_device_reason(path);
	if (reason != NULL && verdict_hazard(judgement, HAZARD_PRIVILEGED, arena_printf(judgement->arena, "%s: %s", path, reason)))
		return;
	for (size_t i = 0; i < count; i++) {
		const struct policy_list *list = &layers[i].policy->allow.devices;
		struct finding *finding;

		if (security_device_is_listed(judgement->arena, list, path, permissions))
			continue;
		finding = verdict_refuse(judgement, &layers[i], "allow.devices", "%s with %s is not listed",
					 string_printable(judgement->arena, path, 64), permissions);
		verdict_remedy(judgement, &layers[i], finding, "add \"- %s:%s\" to allow.devices", path, permissions);
		if (list->is_set)
			finding->place = list->place;
	}
}

/* ---- kernel parameters ---- */

static bool security_sysctl_is_listed(const struct policy_list *list, const char *name, const char *line)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *entry = list->items[i].value;

		if (glob_match(entry, strchr(entry, '=') != NULL ? line : name))
			return true;
	}
	return false;
}

/* Asked for, or the policy's own: its parameters are the host's. */
static bool security_network_is_host(const struct verdict_input *input)
{
	const struct request_option *network = request_last(input->request, FLAG_NETWORK);
	const char *name = network != NULL ? network->value.network.name : input->policy->defaults.network_mode.value;

	return name != NULL && strcmp(name, "host") == 0;
}

void verdict_judge_sysctl(const struct judgement *judgement)
{
	const struct pair_request *pair = &judgement->option->value.pair;
	const char *reason = verdict_sysctl_reason(pair->name), *line;
	struct layer layers[2];
	const size_t count = verdict_layers(judgement, layers);

	if (pair->value == NULL || pair->name[0] == '\0') {
		verdict_invalid(judgement, "it is written NAME=VALUE");
		return;
	}
	if (reason == NULL && strpbrk(pair->value, ",\"") != NULL)
		reason = "some engines read a comma as the beginning of another parameter, and a quote as part of a list";
	if (reason == NULL && strncmp(pair->name, "net.", 4) == 0 && security_network_is_host(judgement->input))
		reason = "the network is the host's";
	if (reason != NULL) {
		verdict_floor(judgement, "sysctl", "%s", reason);
		return;
	}
	line = arena_printf(judgement->arena, "%s=%s", pair->name, pair->value);
	for (size_t i = 0; i < count; i++) {
		const struct policy_list *list = &layers[i].policy->allow.sysctls;
		struct finding *finding;

		if (security_sysctl_is_listed(list, pair->name, line))
			continue;
		finding = verdict_refuse(judgement, &layers[i], "allow.sysctls", "%s is not listed", pair->name);
		verdict_remedy(judgement, &layers[i], finding, "add \"- %s\" to allow.sysctls", verdict_yaml(judgement->arena, line));
		if (list->is_set)
			finding->place = list->place;
	}
}
