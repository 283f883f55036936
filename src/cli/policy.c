/* policy: list, check FILE, schema. */
#include "cli.h"

#include <jansson.h>
#include <string.h>

#include <hardrun/profile.h>

static json_t *entry_json(const struct policy_entry *entry)
{
	return json_pack("{s:s, s:s, s:s?, s:s?, s:b}", "name", entry->name, "path", entry->path, "description",
			 entry->description, "images", entry->images, "masked", (int)entry->is_masked);
}

static void print_entry(const struct cli *cli, const struct policy_entry *entry, int width)
{
	message_print(cli, arena_printf(cli->arena, "%-*s  %s%s\n", width, entry->name,
					string_printable(cli->arena, entry->path, 0),
					entry->is_masked ? " (masked by one before it)" : ""));
	if (entry->description != NULL && !entry->is_masked)
		message_print(cli, arena_printf(cli->arena, "%-*s  %s\n", width, "",
						string_printable(cli->arena, entry->description, 0)));
}

static int list_policies(struct cli *cli)
{
	struct policy_errors errors = { .arena = cli->arena };
	const struct policy_entry *entries;
	struct policy_search search;
	size_t count;
	json_t *array = json_array();
	int width = 0;

	(void)flow_take_ceiling(cli, &search, &errors);
	count = policy_list(cli->arena, &search, &entries);
	for (size_t i = 0; i < count; i++)
		if ((int)strlen(entries[i].name) > width)
			width = (int)strlen(entries[i].name);
	for (size_t i = 0; i < count; i++) {
		if (cli->is_json)
			json_array_append_new(array, entry_json(&entries[i]));
		else
			print_entry(cli, &entries[i], width);
	}
	if (cli->is_json)
		json_print(cli, json_pack("{s:s, s:O}", "schema", "hardrun/policies/1", "policies", array));
	json_decref(array);
	return CLI_STATUS_OK;
}

/* A policy is fine when it parses, its filter can be built, and what it says for the silent caller could run. */
static bool check_policy(struct cli *cli, const char *name, struct policy_errors *errors, struct findings *findings)
{
	struct policy_errors ceiling_errors = { .arena = cli->arena };
	const struct policy *policy, *ceiling;
	struct policy_search search;
	struct error err = { 0 };

	ceiling = flow_take_ceiling(cli, &search, &ceiling_errors);
	/* A file of one's own is checked wherever it would be obeyed. */
	search.is_root_only = false;
	search.is_user_dir_ignored = false;
	policy = policy_load(cli->arena, &search, name, errors);
	if (policy == NULL)
		return false;
	if (!flow_check_profile(cli->arena, &policy->seccomp, &err)) {
		*vector_push(cli->arena, errors->items, errors->count) = err;
		return false;
	}
	for (size_t i = 0; i < ceiling_errors.count; i++)
		*vector_push(cli->arena, errors->items, errors->count) = ceiling_errors.items[i];
	host_resolve_policy(cli->arena, cli->facts, policy);
	return verdict_judge_silent(cli->arena, policy, ceiling, cli->facts, findings) && errors->count == 0;
}

static int check_file(struct cli *cli, const char *name)
{
	struct policy_errors errors = { .arena = cli->arena };
	struct flow flow = { .findings.arena = cli->arena };
	const bool is_fine = check_policy(cli, name, &errors, &flow.findings);

	if (cli->is_json)
		json_print(cli, json_pack("{s:s, s:b, s:o, s:o}", "schema", "hardrun/policy-check/1", "valid", (int)is_fine, "errors",
					  json_of_errors(&errors), "findings", json_of_findings(&flow, false)));
	else if (is_fine)
		message_print(cli, arena_printf(cli->arena, "%s: %s\n", string_printable(cli->arena, name, 0),
						message_tone(cli, stdout, MESSAGE_GOOD, "fine")));
	if (is_fine)
		return CLI_STATUS_OK;
	if (!cli->is_json) {
		message_errors(cli, &errors);
		message_findings(cli, stderr, &flow.findings);
	}
	return CLI_STATUS_USAGE;
}

int policy_verb(struct cli *cli, int argc, char *const argv[])
{
	struct string_list words = { 0 };
	struct error err = { 0 };

	if (options_parse_verb(cli, argc, argv, &words, &err) < 0) {
		message_error(cli, &err);
		return CLI_STATUS_USAGE;
	}
	if (cli->options.is_help) {
		help_verb_usage(cli, "policy");
		return message_finish(cli, CLI_STATUS_OK);
	}
	if (words.count == 1 && strcmp(words.items[0], "list") == 0)
		return message_finish(cli, list_policies(cli));
	if (words.count == 2 && strcmp(words.items[0], "check") == 0)
		return message_finish(cli, check_file(cli, words.items[1]));
	if (words.count == 1 && strcmp(words.items[0], "schema") == 0) {
		message_print(cli, policy_schema(cli->arena));
		return message_finish(cli, CLI_STATUS_OK);
	}
	message_line(cli, "policy wants one of: list, check FILE, schema");
	return CLI_STATUS_USAGE;
}
