/* layer: what the policy and the ceiling grant, asked the same way of both. */
#include "verdict_internal.h"

#include <string.h>

size_t verdict_layers(const struct judgement *judgement, struct layer ret_layers[2])
{
	size_t count = 0;

	if (!judgement->is_default)
		ret_layers[count++] = (struct layer){ judgement->input->policy, false };
	if (judgement->input->ceiling != NULL)
		ret_layers[count++] = (struct layer){ judgement->input->ceiling, true };
	return count;
}

bool verdict_has_hazard(const struct verdict_input *input, enum hazard_id hazard)
{
	const struct policy_bool *own = &input->policy->hazards[hazard];

	if (!own->is_set || !own->value || !input->policy->is_root_owned)
		return false;
	return input->ceiling == NULL || (input->ceiling->hazards[hazard].is_set && input->ceiling->hazards[hazard].value);
}

/* ---- numbers ---- */

enum { LAYER_SHARE_UNIT_BYTES = 1 << 20 };

static const struct {
	size_t default_offset, allow_offset;
	int64_t builtin; /* equal to PLAN_DEFAULT_*, which stands behind us: a unit test holds that */
} layer_limits[VERDICT_LIMIT_COUNT] = {
	[VERDICT_MEMORY] = { offsetof(struct policy_defaults, mem_limit), offsetof(struct policy_allow, mem_limit), INT64_C(256) << 20 },
	[VERDICT_CPUS] = { offsetof(struct policy_defaults, cpus), offsetof(struct policy_allow, cpus), INT64_C(500000000) },
	[VERDICT_PIDS] = { offsetof(struct policy_defaults, pids_limit), offsetof(struct policy_allow, pids_limit), 64 },
	[VERDICT_SHM] = { offsetof(struct policy_defaults, shm_size), offsetof(struct policy_allow, shm_size), INT64_C(16) << 20 },
};

static const struct policy_number *layer_number(const void *base, size_t offset)
{
	return (const void *)((const char *)base + offset);
}

/* What a share of the host is a share of. */
static int64_t layer_whole(const struct verdict_input *input, enum verdict_limit limit)
{
	switch (limit) {
	case VERDICT_MEMORY:
	case VERDICT_SHM:
		return input->facts->memory_bytes;
	case VERDICT_CPUS:
		return (int64_t)input->facts->cpu_count * INT64_C(1000000000);
	case VERDICT_PIDS:
	case VERDICT_LIMIT_COUNT:
		break;
	}
	return 0;
}

/* A share of memory is in whole mebibytes: what is said of it can be read, and typed again. */
static int64_t layer_most(const struct verdict_input *input, const struct policy_number *number, enum verdict_limit limit)
{
	const int64_t most = policy_ceiling(number, layer_whole(input, limit));
	const int64_t rounded = most / LAYER_SHARE_UNIT_BYTES * LAYER_SHARE_UNIT_BYTES;

	if (most == number->value || (limit != VERDICT_MEMORY && limit != VERDICT_SHM))
		return most;
	return rounded > number->value ? rounded : number->value;
}

int64_t verdict_layer_limit(const struct verdict_input *input, const struct layer *layer, enum verdict_limit limit,
			    struct place *ret_place)
{
	const struct policy_number *own = layer_number(&layer->policy->defaults, layer_limits[limit].default_offset);
	const struct policy_number *allow = layer_number(&layer->policy->allow, layer_limits[limit].allow_offset);
	const int64_t most = layer_most(input, allow, limit);
	int64_t silent = layer_limits[limit].builtin;

	*ret_place = allow->place;
	if (layer->is_ceiling)
		return allow->is_set ? most : silent;
	if (own->is_set)
		silent = layer_most(input, own, limit);
	/* A policy's own default stands above what it allows; what is built in does not. */
	if (allow->is_set && (!own->is_set || most >= silent))
		return most;
	*ret_place = own->place;
	return silent;
}

int64_t verdict_limit_most(const struct verdict_input *input, enum verdict_limit limit)
{
	struct place place;
	const struct layer policy = { input->policy, false }, ceiling = { input->ceiling, true };
	const int64_t most = verdict_layer_limit(input, &policy, limit, &place);
	const int64_t bound = input->ceiling == NULL ? most : verdict_layer_limit(input, &ceiling, limit, &place);

	return bound < most ? bound : most;
}

int64_t verdict_limit_default(const struct verdict_input *input, enum verdict_limit limit)
{
	const struct policy_number *own = layer_number(&input->policy->defaults, layer_limits[limit].default_offset);
	const int64_t silent = own->is_set ? layer_most(input, own, limit) : layer_limits[limit].builtin;
	const int64_t most = verdict_limit_most(input, limit);

	return most < silent ? most : silent;
}

/* ---- lists ---- */

const struct policy_list *verdict_list(const struct policy *policy, size_t offset)
{
	return (const void *)((const char *)&policy->allow + offset);
}

static bool layer_lists(const struct policy_list *list, const struct listing *listing)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *entry = list->items[i].value;

		if (listing->is_exact ? strcmp(entry, listing->value) == 0 : glob_match(entry, listing->value))
			return true;
	}
	return false;
}

bool verdict_listed(const struct judgement *judgement, const struct listing *listing)
{
	struct layer layers[2];
	const size_t count = verdict_layers(judgement, layers);
	bool is_listed = true;

	for (size_t i = 0; i < count; i++) {
		const struct policy_list *list = verdict_list(layers[i].policy, listing->offset);
		struct finding *finding;

		if ((listing->is_restated && !layers[i].is_ceiling) || layer_lists(list, listing))
			continue;
		is_listed = false;
		finding = verdict_refuse(judgement, &layers[i], listing->key, "%s %s is not listed", listing->what,
					 string_printable(judgement->arena, listing->value, 64));
		if (list->is_set)
			finding->place = list->place;
		verdict_remedy(judgement, &layers[i], finding, "add \"- %s\" to %s", verdict_yaml(judgement->arena, listing->value),
			       listing->key);
	}
	return is_listed;
}

const struct policy_pair *verdict_pair_find(const struct policy_map *map, const char *name)
{
	for (size_t i = 0; i < map->count; i++) {
		if (strcmp(map->items[i].name, name) == 0)
			return &map->items[i];
	}
	return NULL;
}
