/*
 * The profile as JSON. Docker's file and OCI's linux.seccomp agree on the words used here (names, errnoRet, no includes or
 * archMap), so both come from one writer. Docker 20.10 drops defaultErrnoRet and answers EPERM, on which C libraries do not fall
 * back; it does keep errnoRet of single rules. So for docker every ENOSYS of the table is written out; calls beyond the table
 * get ENOSYS from runc itself there. Written by hand: jansson keeps integers as int64 and argument masks may need all 64 bits,
 * and there is nothing in it that would need escaping: names come from our table.
 */
#include "render_internal.h"

#include <string.h>

enum {
	JSON_USUAL_BYTES = 16 * 1024,
};

static const char *const compare_names[PROFILE_COMPARE_COUNT] = {
	[PROFILE_EQUAL] = "SCMP_CMP_EQ",
	[PROFILE_NOT_EQUAL] = "SCMP_CMP_NE",
	[PROFILE_LESS] = "SCMP_CMP_LT",
	[PROFILE_GREATER_EQUAL] = "SCMP_CMP_GE",
	[PROFILE_MASKED_EQUAL] = "SCMP_CMP_MASKED_EQ",
};

static const char *verdict_action(enum profile_verdict verdict, bool is_told)
{
	if (is_told)
		return "\"action\":\"SCMP_ACT_NOTIFY\"";
	switch (verdict) {
	case PROFILE_ALLOW:
	case PROFILE_ALLOW_IF:
		return "\"action\":\"SCMP_ACT_ALLOW\"";
	case PROFILE_EPERM:
		return "\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":1";
	case PROFILE_ENOSYS:
	case PROFILE_VERDICT_COUNT:
		break;
	}
	return "\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":38";
}

static void add_name(struct text *text, const char *name)
{
	text_add_bytes(text, "\"", 1);
	text_add(text, name);
	text_add_bytes(text, "\"", 1);
}

static bool is_kept(const struct render_style *style)
{
	return style->listening != NULL && style->listening->is_refusal_kept;
}

/* Made by the runtime before there is a listener, for all that is known. */
static bool is_runtimes(const struct render_style *style, const char *call)
{
	return profile_call_is_early(call) || (style->listening->has_threads && profile_call_is_of_threads(call));
}

static bool has_conditions(const struct profile *profile, const char *call)
{
	const struct profile_rule *first = profile_find(profile, call), *end = profile->rules + profile->rule_count;

	for (const struct profile_rule *rule = first; rule != NULL && rule < end && strcmp(rule->call, call) == 0; rule++)
		if (rule->condition_count > 0)
			return true;
	return false;
}

/*
 * Of a call that arguments decide about, what no rule allows meets the default action, which tells nobody: all of it is told. But
 * where refusals are kept, only what is allowed is.
 */
static bool is_watched(const struct profile *profile, const struct render_style *style, const struct profile_rule *rule)
{
	const bool is_allowed = rule->verdict == PROFILE_ALLOW || rule->verdict == PROFILE_ALLOW_IF;

	if (style->listening == NULL || style->listening->is_watched == NULL || is_runtimes(style, rule->call))
		return false;
	if (is_kept(style))
		return is_allowed && style->listening->is_watched(rule->call);
	return style->listening->is_watched(rule->call) || has_conditions(profile, rule->call);
}

/* Of clone only new namespaces are refused, which no thread of a runtime asks for. */
static bool is_told(const struct render_style *style, const struct profile_rule *rule, size_t call)
{
	const bool is_refused = rule->verdict == PROFILE_EPERM || rule->verdict == PROFILE_ENOSYS;

	if (style->listening == NULL || is_kept(style) || !is_refused)
		return false;
	return strcmp(rule->call, "clone") == 0 ||
	       ((profile_calls[call].flags & CALL_RUNTIME) == 0 && !is_runtimes(style, rule->call));
}

/*
 * Whatever their arguments are, the listener asks the filter's rules about them: one entry for all. But where refusals are kept,
 * arguments are the filter's to look at.
 */
static void add_watched(struct text *text, const struct profile *profile, const struct render_style *style, bool *is_first)
{
	const char *last = NULL;
	size_t cursor = 0;

	for (size_t i = 0; i < profile->rule_count; i++) {
		const struct profile_rule *rule = &profile->rules[i];

		if (!render_is_here(profile, rule, &cursor) || !is_watched(profile, style, rule) ||
		    (is_kept(style) && rule->condition_count > 0) || (last != NULL && strcmp(last, rule->call) == 0))
			continue;
		text_add(text, last != NULL ? "," : *is_first ? "{\"names\":[" : ",{\"names\":[");
		add_name(text, rule->call);
		last = rule->call;
		*is_first = false;
	}
	if (last != NULL)
		text_addf(text, "],%s}", verdict_action(PROFILE_ALLOW, true));
}

/* One entry for all unconditional rules of a verdict, those that the listener is told of or the others. */
static void add_names(struct text *text, const struct profile *profile, enum profile_verdict verdict,
		      const struct render_style *style, bool *is_first)
{
	const bool is_notify = style->listening != NULL && !is_kept(style) && verdict != PROFILE_ALLOW;
	bool is_first_name = true;
	size_t cursor = 0;

	for (size_t i = 0; i < profile->rule_count; i++) {
		const struct profile_rule *rule = &profile->rules[i];

		if (rule->verdict != verdict || rule->condition_count > 0 || !render_is_here(profile, rule, &cursor) ||
		    is_told(style, rule, cursor) != is_notify || is_watched(profile, style, rule))
			continue;
		if (is_first_name) {
			text_add(text, *is_first ? "{\"names\":[" : ",{\"names\":[");
			*is_first = false;
		} else {
			text_add_bytes(text, ",", 1);
		}
		is_first_name = false;
		add_name(text, rule->call);
	}
	if (is_first_name)
		return;
	text_add(text, "],");
	text_add(text, verdict_action(verdict, is_notify));
	text_add(text, "}");
}

/* snprintf would take half of the whole rendering's time. */
static void add_number(struct text *text, const char *key, uint64_t number)
{
	char digits[20];
	size_t first = sizeof(digits);

	do {
		digits[--first] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	text_add(text, key);
	text_add_bytes(text, digits + first, sizeof(digits) - first);
}

static void add_conditional(struct text *text, const struct profile_rule *rule, bool is_notify, bool *is_first)
{
	text_add(text, *is_first ? "{\"names\":[" : ",{\"names\":[");
	*is_first = false;
	add_name(text, rule->call);
	text_add(text, "],");
	text_add(text, verdict_action(rule->verdict, is_notify));
	text_add(text, ",\"args\":[");
	for (size_t i = 0; i < rule->condition_count; i++) {
		const struct profile_condition *condition = &rule->conditions[i];
		const bool is_masked = condition->compare == PROFILE_MASKED_EQUAL;

		text_add(text, i > 0 ? ",{" : "{");
		add_number(text, "\"index\":", condition->argument);
		add_number(text, ",\"value\":", is_masked ? condition->mask : condition->value);
		add_number(text, ",\"valueTwo\":", is_masked ? condition->value : 0);
		text_add(text, ",\"op\":\"");
		text_add(text, compare_names[condition->compare]);
		text_add(text, "\"}");
	}
	text_add(text, "]}");
}

const char *render_json(struct arena *arena, const struct profile *profile, const struct render_style *style)
{
	struct text text;
	bool is_first = true;
	size_t cursor = 0;

	/* Room for all of it at once: growing would touch fresh memory again and again. */
	text = (struct text){ .arena = arena, .data = arena_alloc(arena, JSON_USUAL_BYTES), .capacity = JSON_USUAL_BYTES };
	text_add(&text, "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38,\"architectures\":[\"" RENDER_NATIVE "\"");
	if (!profile->is_native_only)
		text_add(&text, ",\"" RENDER_32 "\"");
	text_add(&text, "],");
	if (style->listening != NULL) {
		text_add(&text, "\"listenerPath\":");
		add_name(&text, style->listening->socket);
		text_add(&text, ",");
	}
	text_add(&text, "\"syscalls\":[");
	add_watched(&text, profile, style, &is_first);
	add_names(&text, profile, PROFILE_ALLOW, style, &is_first);
	add_names(&text, profile, PROFILE_EPERM, style, &is_first);
	if (style->is_enosys_written)
		add_names(&text, profile, PROFILE_ENOSYS, style, &is_first);
	for (size_t i = 0; i < profile->rule_count; i++) {
		const struct profile_rule *rule = &profile->rules[i];

		if (rule->condition_count == 0 || !render_is_here(profile, rule, &cursor))
			continue;
		if (is_kept(style) || !is_watched(profile, style, rule))
			add_conditional(&text, rule, is_watched(profile, style, rule) || is_told(style, rule, cursor), &is_first);
	}
	for (size_t i = 0; !profile->is_native_only && i < render_last_count; i++) {
		text_add(&text, is_first ? "{\"names\":[" : ",{\"names\":[");
		is_first = false;
		add_name(&text, render_last[i]);
		text_add(&text, "],");
		text_add(&text, verdict_action(PROFILE_EPERM, style->listening != NULL && !is_kept(style)));
		text_add(&text, "}");
	}
	text_add(&text, "]}");
	return text.data;
}

const char *profile_render_docker(struct arena *arena, const struct profile *profile)
{
	const struct render_style style = { .is_enosys_written = true };

	return profile->prepared != NULL ? profile->prepared->docker : render_json(arena, profile, &style);
}
