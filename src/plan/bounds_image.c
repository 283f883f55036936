/* bounds_image: the image of a plan, and what only its image may have given the plan. */
#include "bounds.h"

#include <string.h>

#include "plan_internal.h"

static bool same_text(const char *left, const char *right)
{
	return left == NULL || right == NULL ? left == right : strcmp(left, right) == 0;
}

static bool is_rootfs_listed(const struct bounds *bounds, const char *path)
{
	const struct policy_list *list = bounds->ceiling != NULL ? &bounds->allow->rootfs : NULL;

	for (size_t i = 0; list != NULL && i < list->count; i++)
		if (verdict_path_matches(list->items[i].value, path, bounds->facts))
			return true;
	return list == NULL;
}

static const char *check_engine(const struct bounds *bounds)
{
	const char *named = bounds->ceiling != NULL ? bounds->ceiling->engine.backend.value : NULL;
	const char *own = host_backend_name(bounds->plan->backend);

	if (bounds->ceiling == NULL || (named != NULL && strcmp(named, own) == 0))
		return NULL;
	if (named != NULL && strcmp(named, "auto") != 0)
		return bounds_say(bounds, "the backend %s", own);
	if (bounds->ceiling->engine.host.value == NULL || bounds->plan->backend == BACKEND_DOCKER)
		return NULL;
	return bounds_say(bounds, "the backend %s", own);
}

bool plan_is_image_itself(struct arena *arena, const struct image_name *image)
{
	struct image_name again;
	const char *reason;

	return image->canonical != NULL && request_parse_image(arena, image->canonical, &again, &reason) && again.kind == image->kind &&
	       same_text(again.name, image->name) && same_text(again.domain, image->domain) && same_text(again.tag, image->tag) &&
	       same_text(again.digest, image->digest) && same_text(again.path, image->path) &&
	       same_text(again.canonical, image->canonical);
}

bool plan_is_same_image(const struct image_name *left, const struct image_name *right)
{
	return left->kind == right->kind && same_text(left->name, right->name) && same_text(left->domain, right->domain) &&
	       same_text(left->tag, right->tag) && same_text(left->digest, right->digest) && same_text(left->path, right->path) &&
	       same_text(left->canonical, right->canonical);
}

bool plan_may_have_image(const struct policy *ceiling, const struct image_name *image)
{
	if (ceiling == NULL || !ceiling->images.is_set || image->kind == IMAGE_ROOTFS)
		return true;
	return image->name != NULL && policy_has_image(ceiling, image->name);
}

static bool is_spelled(const struct policy_list *list, const char *text)
{
	for (size_t i = 0; text != NULL && i < list->count; i++)
		if (!glob_has_wildcard(list->items[i].value) && strcmp(list->items[i].value, text) == 0)
			return true;
	return false;
}

bool plan_policy_names(const struct policy *policy, const struct image_name *image)
{
	if (image->name == NULL)
		return false;
	switch (image->kind) {
	case IMAGE_REFERENCE:
		return policy_has_image(policy, image->name);
	case IMAGE_OCI_LAYOUT:
	case IMAGE_DOCKER_ARCHIVE:
		return is_spelled(&policy->images, image->name);
	case IMAGE_ROOTFS:
		return is_spelled(&policy->allow.rootfs, image->path);
	case IMAGE_KIND_COUNT:
		break;
	}
	return false;
}

/* An engine that is not told to leave the registry alone may bring another image than the one that was read. */
static const char *check_pull(const struct bounds *bounds)
{
	const char *when = bounds->plan->pull;

	if (when == NULL || when[0] == '\0' || strcmp(when, "missing") == 0 || strcmp(when, "never") == 0)
		return NULL;
	for (size_t i = 0; bounds->ceiling != NULL && i < bounds->allow->pull.count; i++)
		if (strcmp(bounds->allow->pull.items[i].value, when) == 0)
			return NULL;
	return bounds->ceiling == NULL && strcmp(when, "always") == 0 ? NULL : bounds_say(bounds, "the pull policy %s", when);
}

/* A tree has no name but its path, and no engine takes one for an image. */
static const char *check_tree(const struct bounds *bounds)
{
	const struct image_name *image = &bounds->plan->image;
	const char *name = image->path != NULL ? arena_printf(bounds->arena, "rootfs:%s", image->path) : NULL;

	if (name != NULL && same_text(image->canonical, name) && same_text(image->name, name) && image->domain == NULL &&
	    image->tag == NULL && image->digest == NULL && is_rootfs_listed(bounds, image->path) &&
	    verdict_floor_source(host_path_of(bounds->facts, image->path), bounds->facts, false).level == FLOOR_NONE)
		return NULL;
	return bounds_say(bounds, "the root file system %s", image->canonical);
}

/* A name is read again out of the bytes that the engine gets: what a policy is asked about is what is run. */
const char *bounds_image(const struct bounds *bounds)
{
	const struct image_name *image = &bounds->plan->image;
	const char *reason = check_engine(bounds);

	if (reason != NULL)
		return reason;
	if (image->canonical == NULL)
		return "no image";
	if (image->kind != IMAGE_REFERENCE && !host_backend_is_oci(bounds->plan->backend))
		return bounds_say(bounds, "%s, which is no image of an engine's", image->canonical);
	if (image->kind == IMAGE_ROOTFS)
		return check_tree(bounds);
	if (!plan_is_image_itself(bounds->arena, image) || !plan_may_have_image(bounds->ceiling, image))
		return bounds_say(bounds, "the image %s", image->canonical);
	return check_pull(bounds);
}

/* ---- what the image says, and nobody else ---- */

static bool same_list(const struct string_list *left, const struct string_list *right)
{
	for (size_t i = 0; i < left->count && i < right->count; i++)
		if (strcmp(left->items[i], right->items[i]) != 0)
			return false;
	return left->count == right->count;
}

/* Whose entrypoint it is was asked of the words; what a runtime executes is what they give together with the image. */
const char *bounds_argv(const struct bounds *bounds)
{
	const struct plan *plan = bounds->plan;
	struct string_list wanted = { NULL, 0 };

	if (host_backend_is_oci(plan->backend))
		wanted = plan_join_argv(bounds->arena, &bounds->facts->image_facts, plan->entrypoint, &plan->command);
	return same_list(&wanted, &plan->argv) ? NULL : "another program than the image and the words name";
}

bool bounds_is_of_image(const struct bounds *bounds, const char *variable)
{
	const struct plan *plan = bounds->plan;
	const struct string_list *image = &bounds->facts->image_facts.env;

	for (size_t i = 0; i < image->count; i++)
		if (strcmp(image->items[i], variable) == 0)
			return true;
	if (plan->hostname != NULL && strcmp(variable, arena_printf(bounds->arena, "HOSTNAME=%s", plan->hostname)) == 0)
		return true;
	return strcmp(variable, "PATH=" PLAN_PATH_DEFAULT) == 0 || (plan->is_tty && strcmp(variable, "TERM=xterm") == 0);
}

bool bounds_is_user_of_image(const struct bounds *bounds)
{
	const struct image_facts *image = &bounds->facts->image_facts;
	uint32_t uid = 0, gid = 0;

	return image->is_known && image->user != NULL && plan_read_image_user(bounds->arena, image->user, &uid, &gid) &&
	       bounds->plan->uid == uid && bounds->plan->gid == gid;
}
