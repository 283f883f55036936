/* check: would this be let through? Starts nothing, asks no engine. */
#include "cli.h"

#include <jansson.h>

static void print_json(const struct cli *cli, const struct flow *flow, bool is_allowed)
{
	json_t *object = json_object();

	json_object_set_new(object, "schema", json_string("hardrun/check/1"));
	json_object_set_new(object, "verdict", json_string(is_allowed ? "allowed" : "denied"));
	json_object_set_new(object, "findings", json_of_findings(flow, false));
	json_object_set_new(object, "notes", json_of_findings(flow, true));
	if (flow->errors.count > 0)
		json_object_set_new(object, "policy_errors", json_of_errors(&flow->errors));
	if (flow->policy != NULL) {
		json_t *files = json_array();

		for (size_t i = 0; i < flow->policy->files.count; i++)
			json_array_append_new(files, json_string(flow->policy->files.items[i]));
		json_object_set_new(object, "policy", json_pack("{s:s, s:o, s:s?}", "name", flow->policy->name, "files", files, "ceiling",
								flow->ceiling != NULL ? flow->search.ceiling_path : NULL));
	} else {
		json_object_set_new(object, "policy", json_null());
	}
	json_print(cli, object);
}

static void print_text(const struct cli *cli, const struct flow *flow, bool is_allowed)
{
	const char *word = is_allowed ? message_tone(cli, stdout, MESSAGE_GOOD, "allowed")
				      : message_tone(cli, stdout, MESSAGE_BAD, "denied");

	if (flow->policy != NULL)
		message_print(cli, arena_printf(cli->arena, "%s by policy %s\n", word, flow->policy->name));
	else
		message_print(cli, arena_printf(cli->arena, "%s\n", word));
	message_findings(cli, stdout, &flow->findings);
	message_notes(cli, stdout, &flow->findings);
}

int check_verb(struct cli *cli, int argc, char *const argv[])
{
	struct flow flow;
	enum flow_state state = flow_judge(cli, &flow, argc, argv);
	int status = CLI_STATUS_USAGE;

	switch (state) {
	case FLOW_HELP:
		return message_finish(cli, CLI_STATUS_OK);
	case FLOW_READY:
		status = CLI_STATUS_OK;
		break;
	case FLOW_DENIED:
		status = CLI_STATUS_DENIED;
		break;
	case FLOW_POLICY:
		message_errors(cli, &flow.errors);
		break;
	case FLOW_MALFORMED:
		break;
	}
	if (cli->is_json)
		print_json(cli, &flow, state == FLOW_READY);
	else if (state == FLOW_MALFORMED)
		message_findings(cli, stderr, &flow.findings);
	else if (state != FLOW_POLICY)
		print_text(cli, &flow, state == FLOW_READY);
	return message_finish(cli, status);
}
