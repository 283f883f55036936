/* load: from a name or path to a policy: the chain of files, merged and checked. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "policy_internal.h"

static bool parse(struct arena *arena, const char *file, const char *bytes, size_t length, enum read_role role,
		  struct policy *policy, struct policy_errors *errors)
{
	const size_t errors_before = errors->count;
	const struct node *root = yaml_read(arena, file, bytes, length, errors);

	if (root != NULL)
		read_tree(arena, root, role, policy, errors);
	complain_sort(errors, errors_before);
	string_list_add(arena, &policy->files, file);
	return errors->count == errors_before;
}

static void prepare_errors(struct arena *arena, struct policy_errors *errors)
{
	if (errors->arena == NULL)
		errors->arena = arena;
}

const struct policy *policy_parse(struct arena *arena, const char *file, const char *bytes, size_t length,
				  struct policy_errors *errors)
{
	struct policy *policy = arena_alloc(arena, sizeof(*policy));
	size_t errors_before;

	prepare_errors(arena, errors);
	errors_before = errors->count;
	policy->name = file;
	policy->is_root_owned = true;
	if (!parse(arena, file, bytes, length, READ_POLICY, policy, errors))
		return NULL;
	if (policy->extends.value == NULL)
		check_policy(policy, READ_POLICY, errors);
	return errors->count == errors_before ? policy : NULL;
}

bool load_file(struct arena *arena, const struct policy_search *search, struct search_hit hit, enum read_role role,
	       struct policy *ret_policy, struct policy_errors *errors)
{
	struct error err = { 0 };
	char *bytes = NULL;
	size_t length = 0;

	if (hit.layer == SEARCH_BUILTIN) {
		ret_policy->is_root_owned = true;
		return parse(arena, hit.path, hit.bytes, hit.length, role, ret_policy, errors);
	}
	/* The ceiling bounds the caller, so the caller's own hand must not have written it. */
	if (policy_read_trusted(arena, hit.path, role == READ_CEILING ? 0 : search->caller_uid, POLICY_FILE_BYTES_MAX, &bytes, &length,
				&ret_policy->is_root_owned, &err) < 0) {
		complain_add(errors, err.kind, err.place, err.remedy, "%s", err.message);
		return false;
	}
	return parse(arena, hit.path, bytes, length, role, ret_policy, errors);
}

/* ---- chains ---- */

static void refuse_name(struct arena *arena, const struct policy_search *search, struct search_hit hit, const char *name,
			struct place place, struct policy_errors *errors)
{
	const char *near;

	if (hit.state == SEARCH_MASKED) {
		complain_add(errors, ERROR_MISSING, place, "remove that link, or name another policy",
			     "the policy %s is masked: %s is a link to /dev/null", complain_quote(arena, name), hit.path);
		return;
	}
	near = search_nearest(arena, search, name);
	complain_add(errors, ERROR_MISSING, place,
		     near == NULL ? "hardrun policy list shows what there is; a path has a / or ends in .yaml"
				  : arena_printf(arena, "did you mean %s?", near),
		     "there is no policy called %s", complain_quote(arena, name));
}

/* Where ${child}'s parent is. Files of root never take their parents from people's own directories. */
static bool find_parent(struct arena *arena, const struct policy_search *search, struct search_hit child, const struct policy *policy,
			struct search_hit *ret_hit, struct policy_errors *errors)
{
	const char *wanted = policy->extends.value;
	const char *slash = strrchr(child.path, '/');
	const bool is_roots = policy->is_root_owned && search->caller_uid != 0;
	const enum search_layer from = child.layer == SEARCH_USER && is_roots ? SEARCH_ADMIN : child.layer;
	struct search_hit hit = { .state = SEARCH_FOUND, .layer = from };

	if (!search_is_path(wanted)) {
		hit = search_name(arena, search, wanted, from, child.path);
		if (hit.state != SEARCH_FOUND)
			refuse_name(arena, search, hit, wanted, policy->extends.place, errors);
		*ret_hit = hit;
		return hit.state == SEARCH_FOUND;
	}
	if (wanted[0] == '/' || slash == NULL)
		hit.path = wanted;
	else
		hit.path = arena_printf(arena, "%.*s/%s", (int)(slash - child.path), child.path, wanted);
	*ret_hit = hit;
	return true;
}

/* True when the parent may be added; else says which law it breaks. */
static bool is_link_fine(const struct policy *policy, struct search_hit parent, const struct policy *chain, size_t count,
			 struct policy_errors *errors)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(chain[i].files.items[0], parent.path) == 0) {
			complain_add(errors, ERROR_POLICY, policy->extends.place, "let one of them extend nothing",
				     "extends goes round in a circle: %s is in this chain already", parent.path);
			return false;
		}
	}
	if (count == POLICY_CHAIN_MAX) {
		complain_add(errors, ERROR_POLICY, policy->extends.place, "join some of them",
			     "a chain has at most %d files, and %s would be one more", POLICY_CHAIN_MAX, parent.path);
		return false;
	}
	return true;
}

const struct policy *load_chain(struct arena *arena, const struct policy_search *search, struct search_hit hit, const char *name,
				enum read_role role, struct policy_errors *errors)
{
	struct policy *chain = arena_alloc(arena, POLICY_CHAIN_MAX * sizeof(*chain));
	const size_t errors_before = errors->count;
	size_t count = 0;

	for (;;) {
		struct policy *policy = &chain[count];
		struct search_hit parent = { 0 };

		if (!load_file(arena, search, hit, role, policy, errors))
			return NULL;
		count++;
		if (policy->extends.value == NULL)
			break;
		if (!find_parent(arena, search, hit, policy, &parent, errors) || !is_link_fine(policy, parent, chain, count, errors))
			return NULL;
		hit = parent;
	}
	chain[0].name = name;
	for (size_t i = 1; i < count; i++)
		merge_parent(arena, &chain[0], &chain[i]);
	check_policy(&chain[0], role, errors);
	return errors->count == errors_before ? &chain[0] : NULL;
}

const struct policy *policy_load(struct arena *arena, const struct policy_search *search, const char *name_or_path,
				 struct policy_errors *errors)
{
	const struct place nowhere = { NULL, 0, 0 };
	struct search_hit hit = { .state = SEARCH_FOUND, .layer = SEARCH_USER, .path = name_or_path };

	prepare_errors(arena, errors);
	if (!search_is_path(name_or_path)) {
		hit = search_name(arena, search, name_or_path, SEARCH_USER, NULL);
		if (hit.state != SEARCH_FOUND) {
			refuse_name(arena, search, hit, name_or_path, nowhere, errors);
			return NULL;
		}
	}
	return load_chain(arena, search, hit, name_or_path, READ_POLICY, errors);
}

const struct policy *policy_load_ceiling(struct arena *arena, const struct policy_search *search, struct policy_errors *errors)
{
	const struct search_hit hit = { .state = SEARCH_FOUND, .layer = SEARCH_ADMIN, .path = search->ceiling_path };
	struct stat status;

	prepare_errors(arena, errors);
	if (search->ceiling_path == NULL)
		return NULL;
	/* Only what is certainly not there is no ceiling; one that cannot be seen is an error. */
	if (lstat(search->ceiling_path, &status) < 0 && (errno == ENOENT || errno == ENOTDIR))
		return NULL;
	return load_chain(arena, search, hit, search->ceiling_path, READ_CEILING, errors);
}
