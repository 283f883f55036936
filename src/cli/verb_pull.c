/*
 * verb_pull: docker pull for someone whom root's rights are lent to, as run --pull always would be judged. What is fetched takes
 * the place of an image of that name for everybody, and the daemon connects to whatever host the name begins with.
 */
#include "verb.h"

#include <string.h>

static bool has_always(const struct policy *policy)
{
	for (size_t i = 0; i < policy->allow.pull.count; i++)
		if (strcmp(policy->allow.pull.items[i].value, "always") == 0)
			return true;
	return false;
}

static void judge_layer(struct verb_act *act, const struct policy *layer, bool is_ceiling, const char *image)
{
	struct arena *arena = act->cli->arena;
	const char *shown = string_printable(arena, image, 128), *whose = is_ceiling ? "the ceiling" : "the policy";
	const char *where = verb_policy_place(act->cli, act->guard, layer, image);

	/* A ceiling without images: leaves them to the policies. */
	if (!policy_has_image(layer, image) && (!is_ceiling || layer->images.is_set))
		verb_refuse(act, is_ceiling ? "ceiling: images" : "images", "%s is not an image of %s", shown, whose)->remedy =
			arena_printf(arena, "in %s add \"- %s\" to images", where, shown);
	if (!has_always(layer))
		verb_refuse(act, is_ceiling ? "ceiling: allow.pull" : "allow.pull",
			    "what is there already under that name is replaced, for everybody")->remedy =
			arena_printf(arena, "in %s add \"- always\" to allow.pull; a run fetches what is missing without it", where);
}

void verb_judge_pull(struct verb_act *act, const struct policy *policy, const char *image)
{
	judge_layer(act, policy, false, image);
	if (act->guard->ceiling != NULL)
		judge_layer(act, act->guard->ceiling, true, image);
}

void verb_pull(struct verb_act *act, const struct image_name *image)
{
	struct policy_search search = act->guard->search;
	struct policy_errors errors = { .arena = act->cli->arena };
	const struct policy *policy = act->policy;

	if (!act->cli->is_guarded)
		return;
	/* The one that a run of this image would get, of root's. */
	search.is_root_only = true;
	if (act->cli->options.policy == NULL)
		policy = policy_choose(act->cli->arena, &search, image->name, &errors);
	if (policy == NULL) {
		verb_refuse(act, "", "the policy for this image cannot be used: %s",
			    errors.count > 0 ? errors.items[0].message : "there is none");
		return;
	}
	verb_judge_pull(act, policy, image->name);
}
