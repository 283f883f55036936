/* show: every effective setting and where it comes from. */
#include "cli.h"

#include <jansson.h>
#include <string.h>

#define SHOW_COLUMN_MAX 48

static const char *origin_name(enum plan_origin origin)
{
	switch (origin) {
	case PLAN_FROM_FLOOR:
		return "floor";
	case PLAN_FROM_BUILTIN:
		return "built-in";
	case PLAN_FROM_POLICY:
		return "policy";
	case PLAN_FROM_CEILING:
		return "ceiling";
	case PLAN_FROM_FLAG:
		return "flag";
	case PLAN_FROM_IMAGE:
		return "image";
	case PLAN_FROM_HOST:
		return "host";
	case PLAN_ORIGIN_COUNT:
		break;
	}
	return "";
}

/* "policy, FILE:12:3", "flag, --memory=1g" */
static const char *source_text(struct arena *arena, const struct plan_setting *setting)
{
	const char *detail = setting->source != NULL ? setting->source : place_text(arena, setting->place);

	return detail[0] == '\0' ? origin_name(setting->origin) : arena_printf(arena, "%s, %s", origin_name(setting->origin), detail);
}

static size_t column_width(const struct plan *plan, bool is_value)
{
	size_t width = 0;

	for (size_t i = 0; i < plan->setting_count; i++) {
		size_t length = strlen(is_value ? plan->settings[i].value : plan->settings[i].key);

		if (length > width && length <= SHOW_COLUMN_MAX)
			width = length;
	}
	return width;
}

static void print_text(const struct cli *cli, const struct flow *flow, const struct plan *plan)
{
	int keys = (int)column_width(plan, false);
	int values = (int)column_width(plan, true);

	for (size_t i = 0; i < plan->setting_count; i++) {
		const struct plan_setting *setting = &plan->settings[i];
		const char *value = string_printable(cli->arena, setting->value, 0);

		message_print(cli, arena_printf(cli->arena, "%-*s  %-*s  %s\n", keys, setting->key, values, value,
						message_tone(cli, stdout, MESSAGE_FAINT, source_text(cli->arena, setting))));
	}
	message_notes(cli, stderr, &flow->findings);
}

static json_t *setting_json(struct arena *arena, const struct plan_setting *setting)
{
	json_t *object = json_of_place(setting->place);

	json_object_set_new(object, "key", json_string(setting->key));
	json_object_set_new(object, "value", json_string(string_printable(arena, setting->value, 0)));
	json_object_set_new(object, "origin", json_string(origin_name(setting->origin)));
	json_object_set_new(object, "source", setting->source != NULL ? json_string(setting->source) : json_null());
	return object;
}

static void print_json(const struct cli *cli, const struct flow *flow, const struct plan *plan)
{
	json_t *settings = json_array();

	for (size_t i = 0; i < plan->setting_count; i++)
		json_array_append_new(settings, setting_json(cli->arena, &plan->settings[i]));
	json_print(cli, json_pack("{s:s, s:s, s:o, s:o}", "schema", "hardrun/show/1", "policy", flow->policy->name, "settings", settings,
				  "notes", json_of_findings(flow, true)));
}

static int show_plan(struct cli *cli, struct flow *flow)
{
	struct verdict_input input = flow_input(flow, true);
	const struct plan *plan;

	host_read_kernel(cli->arena, flow->facts);
	plan = plan_complete(cli->arena, &input, &flow->findings);
	if (plan == NULL) {
		message_findings(cli, stderr, &flow->findings);
		return CLI_STATUS_DENIED;
	}
	if (cli->is_json)
		print_json(cli, flow, plan);
	else
		print_text(cli, flow, plan);
	return message_finish(cli, CLI_STATUS_OK);
}

int show_verb(struct cli *cli, int argc, char *const argv[])
{
	struct flow flow;
	int status;

	if (!flow_judge_line(cli, &flow, argc, argv, &status))
		return status;
	return show_plan(cli, &flow);
}
