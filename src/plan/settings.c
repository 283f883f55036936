/* settings: where every value comes from, and what the other files of the room share. */
#include "plan_internal.h"

#include <string.h>

enum {
	WORDS_BYTES_MAX = 100,
	VALUE_BYTES_MAX = 400,
};

struct plan_source plan_source_of(enum plan_origin origin)
{
	return (struct plan_source){ .origin = origin };
}

struct plan_source plan_source_policy(struct place place)
{
	return (struct plan_source){ .origin = PLAN_FROM_POLICY, .place = place };
}

struct plan_source plan_source_flag(const struct request_option *option)
{
	return (struct plan_source){ .origin = PLAN_FROM_FLAG, .option = option };
}

const char *plan_words(struct arena *arena, const struct request_option *option)
{
	const struct flag_spec *spec = &flag_specs[option->flag];
	const char *value = option->raw;

	if (spec->kind == FLAG_KIND_BOOL && option->value.boolean)
		return option->spelling;
	if (spec->kind == FLAG_KIND_PAIR && option->value.pair.name != NULL)
		value = option->value.pair.name;
	return arena_printf(arena, "%s %s", option->spelling, string_printable(arena, value, WORDS_BYTES_MAX));
}

static struct plan_setting make_setting(const struct planner *planner, const char *key, struct plan_source source,
					const char *value)
{
	return (struct plan_setting){
		.key = key, .value = string_printable(planner->arena, value, VALUE_BYTES_MAX), .origin = source.origin,
		.place = source.place, .source = source.option != NULL ? plan_words(planner->arena, source.option) : source.words,
	};
}

void plan_setting(const struct planner *planner, const char *key, struct plan_source source, const char *value)
{
	struct plan *plan = planner->plan;

	*vector_push(planner->arena, plan->settings, plan->setting_count) = make_setting(planner, key, source, value);
}

void plan_setting_pair(const struct planner *planner, const char *key, struct plan_source source, struct plan_pair pair)
{
	const char *value = arena_printf(planner->arena, "%s=%s", pair.name, pair.value);
	size_t length = strlen(pair.name) + 1;

	for (size_t i = 0; i < planner->plan->setting_count; i++) {
		struct plan_setting *setting = &planner->plan->settings[i];

		if (strcmp(setting->key, key) == 0 && strncmp(setting->value, value, length) == 0) {
			*setting = make_setting(planner, key, source, value);
			return;
		}
	}
	plan_setting(planner, key, source, value);
}

void plan_settingf(const struct planner *planner, const char *key, struct plan_source source, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	plan_setting(planner, key, source, arena_vprintf(planner->arena, format, arguments));
	va_end(arguments);
}

struct finding *plan_find(const struct planner *planner, enum finding_kind kind, const struct request_option *option,
			  const char *subject, const char *rule)
{
	if (option != NULL)
		subject = plan_words(planner->arena, option);
	return findings_add(planner->findings, kind, subject, option != NULL ? option->argv_index : SIZE_MAX, rule, "%s", "");
}

struct finding *plan_reason(const struct planner *planner, struct finding *finding, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	finding->reason = arena_vprintf(planner->arena, format, arguments);
	va_end(arguments);
	return finding;
}

const char *plan_choose_text(const struct planner *planner, enum flag_id flag, const struct policy_text *own, const char *key,
			     const char *fallback)
{
	const struct request_option *option = request_last(planner->request, flag);
	struct plan_source source = plan_source_of(PLAN_FROM_BUILTIN);
	const char *value = fallback;

	if (option != NULL && option->raw[0] != '\0') {
		value = option->raw;
		source = plan_source_flag(option);
	} else if (own != NULL && own->value != NULL) {
		value = own->value;
		source = plan_source_policy(own->place);
	}
	if (value != NULL)
		plan_setting(planner, key, source, value);
	return value;
}

bool plan_switch(const struct planner *planner, enum flag_id flag, bool fallback)
{
	const struct request_option *option = request_last(planner->request, flag);

	return option != NULL ? option->value.boolean : fallback;
}

bool plan_needs_hazard(const struct planner *planner, enum hazard_id hazard, const struct request_option *option)
{
	const struct hazard_spec *spec = &hazard_specs[hazard];
	struct finding *finding;

	if (verdict_has_hazard(planner->input, hazard))
		return true;
	finding = plan_find(planner, FINDING_DENIED, option, "the policy's default",
			    arena_printf(planner->arena, "floor: %s", spec->name));
	plan_reason(planner, finding, "%s", spec->summary);
	return false;
}

void plan_pair_set(struct arena *arena, struct plan_pair **pairs, size_t *count, struct plan_pair pair)
{
	for (size_t i = 0; i < *count; i++) {
		if (strcmp((*pairs)[i].name, pair.name) == 0) {
			(*pairs)[i].value = pair.value;
			return;
		}
	}
	*vector_push(arena, *pairs, *count) = pair;
}
