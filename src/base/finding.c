/* finding: one reason why a line is not let through, or one note. */
#include <hardrun/finding.h>

enum {
	FINDING_SUBJECT_BYTES_MAX = 120,
};

struct finding *findings_add(struct findings *findings, enum finding_kind kind, const char *subject,
			     size_t argv_index, const char *rule, const char *reason_format, ...)
{
	struct finding *finding;
	va_list arguments;
	const char *reason;

	va_start(arguments, reason_format);
	reason = arena_vprintf(findings->arena, reason_format, arguments);
	va_end(arguments);
	finding = vector_push(findings->arena, findings->items, findings->count);
	finding->kind = kind;
	/* Both quote what the caller typed: what is printed must not be able to forge lines or move a cursor. */
	finding->subject = string_printable(findings->arena, subject, FINDING_SUBJECT_BYTES_MAX);
	finding->reason = string_printable(findings->arena, reason, 0);
	finding->argv_index = argv_index;
	finding->rule = rule;
	return finding;
}

bool findings_allow(const struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		if (findings->items[i].kind != FINDING_NOTE)
			return false;
	}
	return true;
}

bool findings_malformed(const struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		if (findings->items[i].kind == FINDING_UNKNOWN || findings->items[i].kind == FINDING_INVALID)
			return true;
	}
	return false;
}

const char *finding_kind_name(enum finding_kind kind)
{
	static const char *const names[FINDING_COUNT] = {
		[FINDING_DENIED] = "denied",
		[FINDING_UNSUPPORTED] = "unsupported",
		[FINDING_UNKNOWN] = "unknown",
		[FINDING_INVALID] = "invalid",
		[FINDING_NOTE] = "note",
	};

	return (unsigned)kind < FINDING_COUNT ? names[kind] : "unknown";
}
