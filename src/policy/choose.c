/* choose: which policy answers for an image, and the list of all of them. */
#include <string.h>

#include "policy_internal.h"

static bool requires_sandbox(const struct policy *policy)
{
	return policy != NULL && policy->engine.sandbox.value != NULL && strcmp(policy->engine.sandbox.value, "required") == 0;
}

const struct policy_text *policy_sandbox(const struct policy *policy, const struct policy *ceiling)
{
	if (requires_sandbox(ceiling))
		return &ceiling->engine.sandbox;
	return requires_sandbox(policy) ? &policy->engine.sandbox : NULL;
}

bool policy_has_image(const struct policy *policy, const char *image_name)
{
	for (size_t i = 0; i < policy->images.count; i++) {
		if (glob_match(policy->images.items[i].value, image_name))
			return true;
	}
	return false;
}

/* How well a policy fits: bytes before the first wildcard of its best pattern, then the pattern's length. */
struct fit {
	bool is_fitting;
	size_t literal, length;
};

static bool is_better(struct fit fit, struct fit than)
{
	if (!fit.is_fitting || !than.is_fitting)
		return fit.is_fitting;
	return fit.literal != than.literal ? fit.literal > than.literal : fit.length > than.length;
}

static void improve(struct fit *best, const char *pattern, const char *image_name)
{
	const struct fit fit = { glob_match(pattern, image_name), strcspn(pattern, "*?"), strlen(pattern) };

	if (is_better(fit, *best))
		*best = fit;
}

/*
 * How well the policy at ${hit} fits. What is built in is proven by our tests, and its images are in a table: a start must not
 * cost more for every program that a policy is shipped for. Any other file is parsed: one that is wrong is never passed over.
 */
static bool fit_of(const struct load *load, struct search_hit hit, const char *image_name, struct fit *ret_fit)
{
	struct policy *policy;

	*ret_fit = (struct fit){ 0 };
	if (hit.layer == SEARCH_BUILTIN) {
		for (size_t i = 0; hit.images[i] != NULL; i++)
			improve(ret_fit, hit.images[i], image_name);
		return true;
	}
	policy = arena_alloc(load->arena, sizeof(*policy));
	if (!load_file(load, hit, (struct place){ NULL, 0, 0 }, policy))
		return false;
	for (size_t i = 0; i < policy->images.count; i++)
		improve(ret_fit, policy->images.items[i].value, image_name);
	if (load_is_for_rest(load, hit, policy))
		ret_fit->is_fitting = true;
	return true;
}

/* Of two that fit alike the nearer directory wins, and in one directory "default", then the first by name. */
static bool replaces(const struct search_entry *entry, struct fit fit, const struct search_entry *best, struct fit best_fit)
{
	if (best == NULL)
		return true;
	/* What is built in and takes anything is for whoever has nothing to say. */
	if (entry->hit.layer == SEARCH_BUILTIN && best->hit.layer != SEARCH_BUILTIN && fit.literal == 0)
		return false;
	if (is_better(fit, best_fit))
		return true;
	return !is_better(best_fit, fit) && entry->hit.layer == best->hit.layer && strcmp(entry->name, "default") == 0;
}

/* Why a directory of policies could not be read. */
static const char *unreadable(struct arena *arena, struct search_hit hit)
{
	return arena_printf(arena, "the policies in %s cannot be read: %s", hit.path, strerror(hit.error_number));
}

const struct policy *policy_choose(struct arena *arena, const struct policy_search *search, const char *image_name,
				   struct policy_errors *errors)
{
	const struct load load = { arena, search, READ_POLICY, errors };
	const struct search_entries entries = search_all(arena, search);
	const struct search_entry *best = NULL;
	struct fit best_fit = { 0 };

	if (!load_begin(arena, errors))
		return NULL;
	for (size_t i = 0; image_name != NULL && i < entries.count; i++) {
		const struct search_entry *entry = &entries.items[i];
		struct fit fit;

		if (entry->is_masked)
			continue;
		if (entry->hit.state == SEARCH_UNREADABLE) {
			complain_add(errors, ERROR_SYSTEM, (struct place){ NULL, 0, 0 }, "have it readable, or name a policy with --policy",
				     "%s", unreadable(arena, entry->hit));
			return NULL;
		}
		if (!fit_of(&load, entry->hit, image_name, &fit))
			return NULL;
		if (fit.is_fitting && replaces(entry, fit, best, best_fit)) {
			best = entry;
			best_fit = fit;
		}
	}
	if (best == NULL)
		return policy_load(arena, search, "default", errors);
	return load_chain(&load, best->hit, best->name);
}

/* Whether what the policy extends is the one of that name, or one that is built in and made for the image. */
static bool is_meant(const struct load *load, const struct search_entry *entry, const struct policy *policy, const char *chosen,
		     const char *image_name)
{
	struct search_hit parent;

	if (strcmp(policy->extends.value, chosen) == 0)
		return true;
	parent = search_name(load->arena, load->search, policy->extends.value, entry->hit.layer, entry->hit.path);
	if (parent.state != SEARCH_FOUND || parent.layer != SEARCH_BUILTIN)
		return false;
	for (size_t i = 0; parent.images[i] != NULL; i++)
		if (glob_match(parent.images[i], image_name) && strcspn(parent.images[i], "*?") > 0)
			return true;
	return false;
}

const char *policy_unheard(struct arena *arena, const struct policy_search *search, const char *chosen, const char *image_name)
{
	struct policy_errors ignored = { .arena = arena };
	const struct load load = { arena, search, READ_POLICY, &ignored };
	const struct search_entries entries = search_all(arena, search);

	for (size_t i = 0; i < entries.count; i++) {
		const struct search_entry *entry = &entries.items[i];
		struct policy *policy = arena_alloc(arena, sizeof(*policy));

		if (entry->is_masked || entry->hit.state != SEARCH_FOUND || entry->hit.layer == SEARCH_BUILTIN ||
		    !load_file(&load, entry->hit, (struct place){ NULL, 0, 0 }, policy))
			continue;
		if (!policy->images.is_set && policy->extends.value != NULL && strcmp(entry->name, chosen) != 0 &&
		    is_meant(&load, entry, policy, chosen, image_name))
			return entry->hit.path;
	}
	return NULL;
}

/* Description and images of an entry, or what is wrong with it. */
static void describe(struct arena *arena, const struct policy_search *search, struct search_hit hit, struct policy_entry *entry)
{
	struct policy *policy = arena_alloc(arena, sizeof(*policy));
	struct policy_errors errors = { .arena = arena };
	const struct load load = { arena, search, READ_POLICY, &errors };
	struct text images;

	entry->images = "";
	if (hit.state == SEARCH_MASKED) {
		entry->description = "(masked: a link to /dev/null)";
		return;
	}
	if (hit.state == SEARCH_UNREADABLE) {
		entry->description = arena_printf(arena, "(wrong: %s)", unreadable(arena, hit));
		return;
	}
	if (!load_file(&load, hit, (struct place){ NULL, 0, 0 }, policy)) {
		entry->description = arena_printf(arena, "(wrong: %s)", errors.items[0].message);
		return;
	}
	text_init(&images, arena);
	for (size_t i = 0; i < policy->images.count; i++)
		text_addf(&images, "%s%s", i == 0 ? "" : ", ", policy->images.items[i].value);
	if (load_is_for_rest(&load, hit, policy))
		text_addf(&images, "*");
	entry->images = images.data;
	entry->description = policy->description.value == NULL ? "" : policy->description.value;
}

size_t policy_list(struct arena *arena, const struct policy_search *search, const struct policy_entry **ret_entries)
{
	const struct search_entries found = search_all(arena, search);
	struct policy_entry *entries = NULL;
	size_t count = 0;

	for (size_t i = 0; i < found.count; i++) {
		struct policy_entry *entry = vector_push(arena, entries, count);

		entry->name = found.items[i].name;
		entry->path = found.items[i].hit.path;
		entry->is_masked = found.items[i].is_masked;
		describe(arena, search, found.items[i].hit, entry);
	}
	*ret_entries = entries;
	return count;
}
