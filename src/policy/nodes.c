/* nodes: a policy file as a tree of nodes. Anchors, aliases and merge keys are not part of its language. */
#include <string.h>

#include "policy_internal.h"

/* Before the first key, nobody knows that it is a policy at all. */
static bool is_key_shown(const char *first, const char *key)
{
	return first != NULL && strcmp(first, "version") == 0 && complain_is_showable(key);
}

static void complain(void *context, enum error_kind kind, struct place place, const char *remedy, const char *message)
{
	complain_add(context, kind, place, remedy, "%s", message);
}

const struct node *nodes_read(struct arena *arena, const char *file, const char *bytes, size_t length,
			      struct policy_errors *errors)
{
	const struct yaml_language language = {
		.name = "the policy language", .noun = "policy", .beginning = "a policy starts with version: 1",
		.bytes_max = POLICY_FILE_BYTES_MAX, .depth_max = POLICY_DEPTH_MAX, .list_max = POLICY_LIST_MAX,
		.is_key_shown = is_key_shown, .complain = complain, .context = errors,
	};

	return yaml_read(arena, &language, file, bytes, length);
}
