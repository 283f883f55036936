/* apparmor list and gc: which of hardrun's profiles the kernel has, and which of them nobody needs. */
#include "apparmor.h"

#include <jansson.h>
#include <string.h>

#include "separate.h"

const struct policy *apparmor_find_policy(struct cli *cli, const char *name)
{
	const struct policy_entry *entries;
	struct policy_search search;
	size_t count;

	if (name[0] == '/' || strncmp(name, "built-in:", strlen("built-in:")) == 0)
		return monitor_load_own(cli, name);
	flow_search(cli->arena, cli->facts, &search);
	search.user_dir = NULL;
	search.is_root_only = true;
	count = policy_list(cli->arena, &search, &entries);
	for (size_t i = 0; i < count; i++)
		if (!entries[i].is_masked && strcmp(entries[i].name, name) == 0)
			return monitor_load_own(cli, entries[i].path);
	return NULL;
}

static int list(struct cli *cli, const struct host_apparmor_profiles *profiles)
{
	json_t *array = json_array();

	for (size_t i = 0; i < profiles->count; i++) {
		const struct host_apparmor_profile *profile = &profiles->items[i];
		const unsigned users = launch_profile_users(profile->name);
		const bool is_own = apparmor_is_own(profile->name);

		if (cli->is_json)
			json_array_append_new(array, json_pack("{s:s, s:s, s:i, s:b, s:s?}", "name", profile->name, "mode", profile->mode, "processes",
							       (int)users, "own", (int)is_own, "digest", profile->digest));
		else
			message_print(cli, arena_printf(cli->arena, "%s  %s  %u process%s%s\n", profile->name, profile->mode, users,
							users == 1 ? "" : "es", is_own ? "" : "  (not of hardrun's making)"));
	}
	if (cli->is_json)
		json_print(cli, json_pack("{s:s, s:O}", "schema", "hardrun/apparmor/1", "profiles", array));
	json_decref(array);
	return CLI_STATUS_OK;
}

/* The profiles that a policy of root's makes, shipped or not. */
static struct string_list wanted_names(struct cli *cli)
{
	struct string_list names = { 0 };
	const struct policy_entry *entries;
	struct policy_search search;
	size_t count;

	flow_search(cli->arena, cli->facts, &search);
	search.user_dir = NULL;
	search.is_root_only = true;
	count = policy_list(cli->arena, &search, &entries);
	for (size_t i = 0; i < count; i++) {
		struct apparmor_policy made = { .policy = monitor_load_own(cli, entries[i].path), .ceiling = cli->ceiling.policy };

		for (; made.policy != NULL && made.variant < 2; made.variant++) {
			struct apparmor apparmor;
			struct error ignored = { 0 };

			if (apparmor_of_policy(cli->arena, cli->facts, &made, &apparmor, &ignored))
				string_list_add(cli->arena, &names, apparmor.name);
		}
	}
	return names;
}

static int collect(struct cli *cli, const struct host_apparmor_profiles *profiles)
{
	const struct string_list wanted = wanted_names(cli);
	int status = CLI_STATUS_OK;

	for (size_t i = 0; i < profiles->count; i++) {
		const char *name = profiles->items[i].name;
		struct error err = { 0 };
		bool is_removed;

		if (!apparmor_is_own(name) || string_list_has(&wanted, name))
			continue;
		if (launch_collect_profile(cli->arena, cli->facts->runtime_dir, name, &is_removed, &err) < 0) {
			message_error(cli, &err);
			status = LAUNCH_STATUS_REFUSED;
		} else if (is_removed) {
			message_print(cli, arena_printf(cli->arena, "%s: removed\n", name));
		}
	}
	return status;
}

int apparmor_list_verb(struct cli *cli, int argc, char *const argv[])
{
	const bool is_gc = strcmp(argv[0], "gc") == 0;
	struct host_apparmor_profiles profiles;
	struct string_list words = { 0 };
	struct error err = { 0 };

	if (options_parse_verb(cli, argc - 1, argv + 1, &words, &err) < 0) {
		message_error(cli, &err);
		return CLI_STATUS_USAGE;
	}
	if (words.count > 0)
		return help_wrong_words(cli, "apparmor", "list and gc take no words");
	if (is_gc && (!cli->facts->is_root || cli->facts->elevated_by != NULL)) {
		message_line(cli, "only root itself removes AppArmor profiles, with rights that nobody has lent: su -c 'hardrun apparmor gc'");
		return LAUNCH_STATUS_REFUSED;
	}
	host_read_label_makers(cli->arena, cli->facts);
	if (!cli->facts->has_apparmor) {
		message_line(cli, "AppArmor is off on this machine: no profile is loaded");
		return LAUNCH_STATUS_REFUSED;
	}
	separate_load_ceiling(cli);
	if (host_list_apparmor(cli->arena, APPARMOR_PREFIX, &profiles, &err) < 0) {
		message_error(cli, &err);
		return LAUNCH_STATUS_REFUSED;
	}
	return message_finish(cli, is_gc ? collect(cli, &profiles) : list(cli, &profiles));
}
