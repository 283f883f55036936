/* target: where the record goes: the ceiling's word alone, else the policy's. */
#include "record_internal.h"

#include <string.h>

static const char *const to_names[RECORD_TO_COUNT] = {
	[RECORD_NONE] = "none",
	[RECORD_FILE] = "file",
	[RECORD_SYSLOG] = "syslog",
	[RECORD_JOURNALD] = "journald",
};

const char *record_to_name(enum record_to to)
{
	return to < RECORD_TO_COUNT ? to_names[to] : "?";
}

/* The key table knows no other words. */
static enum record_to find_to(const char *word)
{
	for (unsigned to = 0; to < RECORD_TO_COUNT; to++)
		if (strcmp(to_names[to], word) == 0)
			return (enum record_to)to;
	return RECORD_FILE;
}

/* A file that others may choose or write is no record: root writes only where root said, and nobody writes for root. */
static int check_file(struct arena *arena, const struct policy *policy, bool is_ceiling, bool is_root, struct error *err)
{
	int result;

	if (is_ceiling && !is_root) {
		result = error_set(err, arena, ERROR_UNTRUSTED, "the ceiling has every launch recorded in a file that only root can write");
		err->remedy = "use sudo hardrun, or have the ceiling say record: {to: journald}";
		return result;
	}
	if (!is_ceiling && is_root && !policy->is_root_owned) {
		result = error_set_at(err, arena, ERROR_UNTRUSTED, policy->record.path.place,
				      "a record in a file is kept with root's rights only where every file of the policy belongs to root");
		err->remedy = "say record: {to: journald}, or have root put the policy into /etc/hardrun/policies";
		return result;
	}
	return 0;
}

int record_choose_target(struct arena *arena, const struct policy *policy, const struct policy *ceiling, bool is_root,
			 struct record_target *ret_target, struct error *err)
{
	const struct policy *source = ceiling != NULL ? ceiling : policy;
	const char *word = source != NULL ? source->record.to.value : NULL;
	struct record_target target = { .to = ceiling != NULL ? RECORD_FILE : RECORD_NONE };

	if (word != NULL)
		target.to = find_to(word);
	else if (source != NULL && source->record.path.value != NULL)
		target.to = RECORD_FILE;
	if (target.to == RECORD_FILE) {
		const char *path = source->record.path.value;
		int result = check_file(arena, source, ceiling != NULL, is_root, err);

		if (result < 0)
			return result;
		target.path = path != NULL ? path : RECORD_DEFAULT_PATH;
	}
	*ret_target = target;
	return 0;
}
