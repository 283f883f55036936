/* report: findings in words: who asked for what, which rule says no, what line would change it. Secrets are never repeated. */
#include "verdict_internal.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* An option as words for people, secrets left out, where nothing else was said. */
static const char *subject_of(const struct judgement *judgement)
{
	const struct request_option *option = judgement->option;
	struct request_option shown;

	if (judgement->subject != NULL || option == NULL)
		return judgement->subject != NULL ? judgement->subject : "the command line";
	shown = *option;
	if (flag_specs[option->flag].kind == FLAG_KIND_BOOL)
		shown.raw = option->value.boolean ? NULL : "false";
	return request_words(judgement->arena, &shown);
}

static struct finding *report_add(const struct judgement *judgement, enum finding_kind kind, const char *rule, const char *reason)
{
	struct finding *finding = findings_add(judgement->findings, kind, subject_of(judgement), judgement->argv_index, rule, "%s",
					       string_printable(judgement->arena, reason, 0));

	finding->place = judgement->place;
	return finding;
}

struct finding *verdict_report(const struct judgement *judgement, enum finding_kind kind, const char *rule,
			       const char *format, ...)
{
	va_list arguments;
	const char *reason;

	va_start(arguments, format);
	reason = arena_vprintf(judgement->arena, format, arguments);
	va_end(arguments);
	return report_add(judgement, kind, rule, reason);
}

struct finding *verdict_invalid(const struct judgement *judgement, const char *format, ...)
{
	va_list arguments;
	const char *reason;

	va_start(arguments, format);
	reason = arena_vprintf(judgement->arena, format, arguments);
	va_end(arguments);
	return report_add(judgement, FINDING_INVALID, "grammar", reason);
}

struct finding *verdict_floor(const struct judgement *judgement, const char *name, const char *format, ...)
{
	va_list arguments;
	const char *reason;

	va_start(arguments, format);
	reason = arena_vprintf(judgement->arena, format, arguments);
	va_end(arguments);
	return report_add(judgement, FINDING_DENIED, arena_printf(judgement->arena, "floor: %s", name), reason);
}

bool verdict_hazard(const struct judgement *judgement, enum hazard_id hazard, const char *reason)
{
	if (verdict_has_hazard(judgement->input, hazard))
		return false;
	verdict_floor(judgement, hazard_specs[hazard].name, "%s", reason)->remedy =
		arena_printf(judgement->arena, "only hazards: [%s] lifts it, in a policy of root's that names its images%s",
			     hazard_specs[hazard].name, judgement->input->ceiling != NULL ? ", and in the ceiling" : "");
	return true;
}

struct finding *verdict_refuse(const struct judgement *judgement, const struct layer *layer, const char *key,
			       const char *format, ...)
{
	va_list arguments;
	const char *reason;

	va_start(arguments, format);
	reason = arena_vprintf(judgement->arena, format, arguments);
	va_end(arguments);
	return report_add(judgement, FINDING_DENIED, layer->is_ceiling ? arena_printf(judgement->arena, "ceiling: %s", key) : key,
			  reason);
}

/* Whether policies of the person's own count for nothing: where root is lent and nothing bounds it, or the ceiling says so. */
static bool report_is_roots(const struct verdict_input *input)
{
	const struct policy *ceiling = input->ceiling;

	if (ceiling == NULL)
		return input->facts->elevated_by != NULL;
	return ceiling->user_policies.is_set && !ceiling->user_policies.value;
}

/* All that a policy needs that builds on a shipped one and answers in its place: what it extends is inherited, images are not. */
static const char *report_own_policy(const struct judgement *judgement, const struct policy *policy)
{
	const struct verdict_input *input = judgement->input;
	const bool is_roots = report_is_roots(input), is_named = request_last(input->request, FLAG_POLICY) != NULL;
	const char *directory = is_roots ? "/etc/hardrun/policies" : "~/.config/hardrun/policies", *images = "";

	if (input->facts->image.name != NULL && input->facts->image.kind != IMAGE_ROOTFS)
		images = arena_printf(judgement->arena, ", images: [%s]", verdict_yaml(judgement->arena, input->facts->image.name));
	return arena_printf(judgement->arena, "in a policy of %s own (%s/my-%s.yaml, with the keys version: 1, extends: %s%s)%s: ",
			    is_roots ? "root's" : "your", directory, policy->name, policy->name, images,
			    is_named ? arena_printf(judgement->arena, ", named by --policy my-%s", policy->name) : "");
}

/* Where the line belongs: not always into the file that the rule stands in. */
static const char *report_where(const struct judgement *judgement, const struct layer *layer)
{
	const struct string_list *files = &layer->policy->files;

	if (layer->is_ceiling)
		return "in the ceiling: ";
	if (policy_is_shipped(layer->policy))
		return report_own_policy(judgement, layer->policy);
	return files->count > 1 ? arena_printf(judgement->arena, "in %s: ", files->items[0]) : "";
}

void verdict_remedy(const struct judgement *judgement, const struct layer *layer, struct finding *finding,
		    const char *format, ...)
{
	va_list arguments;
	const char *remedy;

	va_start(arguments, format);
	remedy = arena_vprintf(judgement->arena, format, arguments);
	va_end(arguments);
	finding->remedy = string_printable(judgement->arena,
					   arena_printf(judgement->arena, "%s%s", report_where(judgement, layer), remedy), 0);
}

void verdict_note(const struct judgement *judgement, const char *rule, const char *format, ...)
{
	va_list arguments;
	const char *reason;

	va_start(arguments, format);
	reason = arena_vprintf(judgement->arena, format, arguments);
	va_end(arguments);
	report_add(judgement, FINDING_NOTE, rule, reason);
}

/* Our reader takes types from its key table, so digits and colons stay plain; what begins an indicator or ends a key does not. */
const char *verdict_yaml(struct arena *arena, const char *value)
{
	static const char *const words[] = { "no", "yes", "on", "off", "true", "false", "null", "y", "n" };
	const size_t length = strlen(value);
	bool is_plain = isalnum((unsigned char)value[0]) || (value[0] != '\0' && strchr("/_.", value[0]) != NULL);
	struct text quoted;

	for (size_t i = 0; i < ARRAY_COUNT(words); i++)
		is_plain = is_plain && strcasecmp(value, words[i]) != 0;
	for (const char *at = value; *at != '\0' && is_plain; at++)
		is_plain = isalnum((unsigned char)*at) || strchr("/._-@:=", *at) != NULL;
	if (is_plain && value[length - 1] != ':')
		return value;
	text_init(&quoted, arena);
	text_add(&quoted, "'");
	for (const char *at = value; *at != '\0'; at++)
		text_add(&quoted, *at == '\'' ? "\'\'" : (char[]){ *at, '\0' });
	text_add(&quoted, "'");
	return quoted.data;
}
