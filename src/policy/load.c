/* load: from a name or path to a policy: the chain of files, merged and checked. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <sha256.h>

#include "policy_internal.h"

/* Of the bytes in hand, so that nothing lies between what is recorded and what is obeyed. */
static const char *digest_of(struct arena *arena, const struct search_hit *file)
{
	char *hex;

	if (file->digest != NULL)
		return file->digest;
	hex = arena_alloc(arena, SHA256_DIGEST_STRING_LENGTH);
	return SHA256Data((const uint8_t *)file->bytes, file->length, hex);
}

static bool parse(const struct load *load, struct search_hit file, struct policy *policy)
{
	const size_t errors_before = load->errors->count;
	struct policy_errors first = { .arena = load->arena };
	const struct node *root = file.tree != NULL ? yaml_unpack(load->arena, file.path, file.tree) :
		nodes_read(load->arena, file.path, file.bytes, file.length, load->errors);

	if (root != NULL && read_is_policy(&first, root)) {
		read_tree(load->arena, root, load->role, policy, load->errors);
	} else if (root != NULL) {
		/* That it is no policy is all there is to say of it. */
		load->errors->count = errors_before;
		*vector_push(load->errors->arena, load->errors->items, load->errors->count) = first.items[0];
	}
	complain_sort(load->errors, errors_before);
	string_list_add(load->arena, &policy->files, file.path);
	string_list_add(load->arena, &policy->digests, digest_of(load->arena, &file));
	return load->errors->count == errors_before;
}

bool load_begin(struct arena *arena, struct policy_errors *errors)
{
	if (errors->arena == NULL)
		errors->arena = arena;
	return errors->count < POLICY_ERRORS_MAX;
}

const struct policy *policy_parse(struct arena *arena, const char *file, const char *bytes, size_t length,
				  struct policy_errors *errors)
{
	const struct load load = { arena, NULL, READ_POLICY, errors };
	struct policy *policy = arena_alloc(arena, sizeof(*policy));
	const size_t errors_before = errors->count;

	if (!load_begin(arena, errors))
		return NULL;
	policy->name = file;
	policy->is_root_owned = true;
	if (!parse(&load, (struct search_hit){ .path = file, .bytes = bytes, .length = length }, policy))
		return NULL;
	if (policy->extends.value == NULL)
		check_policy(policy, READ_POLICY, errors);
	return errors->count == errors_before ? policy : NULL;
}

static bool is_directly_in(const struct load *load, const char *path, const char *directory)
{
	const char *slash = strrchr(path, '/');
	struct stat ours, theirs;

	if (directory == NULL || slash == NULL)
		return false;
	return stat(arena_strndup(load->arena, path, (size_t)(slash - path) + 1), &ours) == 0 && stat(directory, &theirs) == 0 &&
	       ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

/*
 * A file of root's speaks for root only where root puts policies: elsewhere it may be anything that root unpacked or copied,
 * and it counts because somebody else chose it.
 */
static bool is_chosen_by_root(const struct load *load, struct search_hit hit)
{
	return hit.layer != SEARCH_USER || load->search->caller_uid == 0 || is_directly_in(load, hit.path, load->search->admin_dir) ||
	       is_directly_in(load, hit.path, load->search->vendor_dir);
}

static bool refuse_place(const struct load *load, struct search_hit hit, struct place from)
{
	complain_add(load->errors, ERROR_UNTRUSTED, from,
		     arena_printf(load->arena, "without %s, whoever is lent root is bound by root's policies alone; have it put into %s, "
					       "or make that file", load->search->ceiling_path, load->search->admin_dir),
		     "%s is not where root's policies are", hit.path);
	return false;
}

/* "/etc/hardrun/policies/default.yaml". */
static bool is_default(const char *path)
{
	const char *slash = strrchr(path, '/'), *base = slash != NULL ? slash + 1 : path;

	return strncmp(base, "default.", strlen("default.")) == 0 && strchr(base + strlen("default."), '.') == NULL;
}

bool load_is_for_rest(const struct load *load, struct search_hit hit, const struct policy *policy)
{
	return load->role == READ_POLICY && hit.layer != SEARCH_BUILTIN && !policy->images.is_set && is_default(hit.path);
}

bool load_file(const struct load *load, struct search_hit hit, struct place from, struct policy *ret_policy)
{
	/* The ceiling bounds the caller, so the caller's own hand must not have written it. */
	const bool is_roots = load->role == READ_CEILING || load->search->is_root_only;
	const uid_t owner = is_roots ? 0 : load->search->caller_uid;
	struct error err = { 0 };
	char *bytes = NULL;

	if (hit.layer == SEARCH_BUILTIN) {
		ret_policy->is_root_owned = true;
		return parse(load, hit, ret_policy);
	}
	if (is_roots && load->role == READ_POLICY && !is_chosen_by_root(load, hit))
		return refuse_place(load, hit, from);
	if (policy_read_trusted(load->arena, hit.path, owner, POLICY_FILE_BYTES_MAX, &bytes, &hit.length,
				&ret_policy->is_root_owned, &err) < 0) {
		if (err.kind == ERROR_UNTRUSTED && load->search->is_root_only && load->role == READ_POLICY)
			err.remedy = arena_printf(load->arena, "without %s, whoever is lent root is bound by root's policies alone; "
						  "have root own it, or make that file", load->search->ceiling_path);
		complain_add(load->errors, err.kind, from, err.remedy, "%s", err.message);
		return false;
	}
	ret_policy->is_root_owned = ret_policy->is_root_owned && is_chosen_by_root(load, hit);
	hit.bytes = bytes;
	return parse(load, hit, ret_policy);
}

/* ---- chains ---- */

static void refuse_name(const struct load *load, struct search_hit hit, const char *name, struct place place)
{
	const char *near;

	if (hit.state == SEARCH_MASKED) {
		complain_add(load->errors, ERROR_MISSING, place, "remove that link, or name another policy",
			     "the policy %s is masked: %s is a link to /dev/null", complain_quote(load->arena, name), hit.path);
		return;
	}
	near = search_nearest(load->arena, load->search, name);
	complain_add(load->errors, ERROR_MISSING, place,
		     near == NULL ? "hardrun policy list shows what there is; a path has a / or ends in .yaml"
				  : arena_printf(load->arena, "did you mean %s?", near),
		     "there is no policy called %s", complain_quote(load->arena, name));
}

/* Where ${child}'s parent is. Files of root never take their parents from people's own directories. */
static bool find_parent(const struct load *load, struct search_hit child, const struct policy *policy, struct search_hit *ret_hit)
{
	const char *wanted = policy->extends.value;
	const char *slash = strrchr(child.path, '/');
	const bool is_roots = policy->is_root_owned && load->search->caller_uid != 0;
	const enum search_layer from = child.layer == SEARCH_USER && is_roots ? SEARCH_ADMIN : child.layer;
	struct search_hit hit = { .state = SEARCH_FOUND, .layer = from };

	if (!search_is_path(wanted)) {
		hit = search_name(load->arena, load->search, wanted, from, child.path);
		if (hit.state != SEARCH_FOUND)
			refuse_name(load, hit, wanted, policy->extends.place);
		*ret_hit = hit;
		return hit.state == SEARCH_FOUND;
	}
	if (wanted[0] == '/' || slash == NULL)
		hit.path = wanted;
	else
		hit.path = arena_printf(load->arena, "%.*s/%s", (int)(slash - child.path), child.path, wanted);
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

const struct policy *load_chain(const struct load *load, struct search_hit hit, const char *name)
{
	struct policy *chain = arena_alloc(load->arena, POLICY_CHAIN_MAX * sizeof(*chain));
	const size_t errors_before = load->errors->count;
	struct place from = { NULL, 0, 0 };
	const struct search_hit first = hit;
	size_t count = 0;

	for (;;) {
		struct policy *policy = &chain[count];
		struct search_hit parent = { 0 };

		if (!load_file(load, hit, from, policy))
			return NULL;
		count++;
		if (policy->extends.value == NULL)
			break;
		if (!find_parent(load, hit, policy, &parent) || !is_link_fine(policy, parent, chain, count, load->errors))
			return NULL;
		hit = parent;
		from = policy->extends.place;
	}
	chain[0].name = name;
	for (size_t i = 1; i < count; i++)
		merge_parent(load->arena, &chain[0], &chain[i]);
	check_policy(&chain[0], load->role, load->errors);
	if (load_is_for_rest(load, first, &chain[0]))
		*vector_push(load->arena, chain[0].images.items, chain[0].images.count) = (struct policy_text){ .value = "*" };
	return load->errors->count == errors_before ? &chain[0] : NULL;
}

const struct policy *policy_load(struct arena *arena, const struct policy_search *search, const char *name_or_path,
				 struct policy_errors *errors)
{
	const struct place nowhere = { NULL, 0, 0 };
	const struct load load = { arena, search, READ_POLICY, errors };
	struct search_hit hit = { .state = SEARCH_FOUND, .layer = SEARCH_USER, .path = name_or_path };

	if (!load_begin(arena, errors))
		return NULL;
	if (!search_is_path(name_or_path)) {
		hit = search_name(arena, search, name_or_path, SEARCH_USER, NULL);
		if (hit.state != SEARCH_FOUND) {
			refuse_name(&load, hit, name_or_path, nowhere);
			return NULL;
		}
	}
	return load_chain(&load, hit, name_or_path);
}

const struct policy *policy_load_ceiling(struct arena *arena, const struct policy_search *search, struct policy_errors *errors)
{
	const struct load load = { arena, search, READ_CEILING, errors };
	const struct search_hit hit = { .state = SEARCH_FOUND, .layer = SEARCH_ADMIN, .path = search->ceiling_path };
	struct stat status;

	if (!load_begin(arena, errors) || search->ceiling_path == NULL)
		return NULL;
	/* Only what is certainly not there is no ceiling; one that cannot be seen is an error. */
	if (lstat(search->ceiling_path, &status) < 0 && (errno == ENOENT || errno == ENOTDIR))
		return NULL;
	return load_chain(&load, hit, search->ceiling_path);
}
