/* judge_confine: the words of --security-opt that speak of AppArmor and SELinux, and which profile a container must have. */
#include "verdict_internal.h"

#include <string.h>

struct verdict_profile verdict_profile(const struct verdict_input *input)
{
	const struct policy_text *own = &input->policy->apparmor, *above = input->ceiling != NULL ? &input->ceiling->apparmor : NULL;
	struct verdict_profile profile = { .word = own->value, .place = own->place };
	const struct request_option *option;
	size_t position = 0;

	while ((option = request_next(input->request, FLAG_SECURITY_OPT, &position)) != NULL) {
		if (strcmp(option->value.pair.name, "apparmor") != 0 || option->value.pair.value == NULL)
			continue;
		profile = (struct verdict_profile){ .word = option->value.pair.value, .option = option };
	}
	if (profile.word != NULL || above == NULL || above->value == NULL)
		return profile;
	return (struct verdict_profile){ .word = above->value, .place = above->place, .is_ceiling = true };
}

/* The word of one option: what the policy says may be said again, and generated is never less than what there is without it. */
void verdict_judge_apparmor_word(const struct judgement *judgement, const char *word)
{
	const char *own = judgement->input->policy->apparmor.value;
	struct layer layers[2];
	struct finding *finding;

	if (word == NULL || word[0] == '\0') {
		verdict_invalid(judgement, "apparmor= is followed by generated, or the name of a profile");
		return;
	}
	if (strcmp(word, POLICY_APPARMOR_UNCONFINED) == 0) {
		verdict_hazard(judgement, HAZARD_UNCONFINED_APPARMOR, hazard_specs[HAZARD_UNCONFINED_APPARMOR].summary);
		return;
	}
	if (own != NULL ? strcmp(word, own) == 0 : strcmp(word, POLICY_APPARMOR_GENERATED) == 0)
		return;
	(void)verdict_layers(judgement, layers);
	if (own != NULL) {
		verdict_refuse(judgement, &layers[0], "apparmor", "the policy says %s, and nothing else may be asked for", own)->place =
			judgement->input->policy->apparmor.place;
		return;
	}
	finding = verdict_refuse(judgement, &layers[0], "apparmor",
				 "only generated may be asked for: a named profile is root's to choose");
	verdict_remedy(judgement, &layers[0], finding, "add \"apparmor: %s\"", verdict_yaml(judgement->arena, word));
}

/* One part of a SELinux context, where the policy and the ceiling list it. disable is in no list's power. */
void verdict_judge_label_word(const struct judgement *judgement, const char *word)
{
	static const char *const parts[] = { "user:", "role:", "type:", "level:" };
	bool is_part = false;

	for (size_t i = 0; word != NULL && i < ARRAY_COUNT(parts); i++)
		is_part = is_part || (strncmp(word, parts[i], strlen(parts[i])) == 0 && word[strlen(parts[i])] != '\0');
	if (!is_part) {
		verdict_floor(judgement, "security-opt", "of label= only user:, role:, type: and level: may be said: everything else "
			      "takes confinement away");
		return;
	}
	verdict_listed(judgement, &(const struct listing){ VERDICT_LIST(security_labels), .value = word, .what = "label" });
}

/* The profile that it comes to, against the ceiling and what no profile goes with. */
void verdict_judge_profile(const struct judgement *judgement)
{
	const struct verdict_input *input = judgement->input;
	const struct verdict_profile profile = verdict_profile(input);
	const struct policy_text *above = input->ceiling != NULL ? &input->ceiling->apparmor : NULL;
	const struct request_option *privileged = request_last(input->request, FLAG_PRIVILEGED);
	struct judgement own = *judgement;

	own.subject = profile.word != NULL ? arena_printf(judgement->arena, "apparmor %s", profile.word) : "apparmor";
	own.place = profile.place;
	if (profile.option == NULL && profile.word != NULL && strcmp(profile.word, POLICY_APPARMOR_UNCONFINED) == 0)
		verdict_hazard(&own, HAZARD_UNCONFINED_APPARMOR, hazard_specs[HAZARD_UNCONFINED_APPARMOR].summary);
	if (above != NULL && above->value != NULL && strcmp(above->value, profile.word) != 0) {
		const struct layer layer = { input->ceiling, true };
		struct finding *finding = verdict_refuse(&own, &layer, "apparmor", "every container must have %s", above->value);

		finding->place = above->place;
		finding->remedy = "leave the other word out";
	}
	if (privileged != NULL && privileged->value.boolean && profile.word != NULL &&
	    strcmp(profile.word, POLICY_APPARMOR_UNCONFINED) != 0)
		verdict_floor(&own, "apparmor", "a privileged container cannot do with a profile what it is privileged for")->remedy =
			"leave out --privileged";
}
