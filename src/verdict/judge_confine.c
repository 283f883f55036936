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

/* The same part said before, and otherwise: engines take the last, and a reader may not. */
static bool label_is_said_otherwise(const struct judgement *judgement, const char *word)
{
	const struct request *request = judgement->input->request;
	const size_t length = strcspn(word, ":") + 1;

	for (size_t i = 0; judgement->option != NULL && &request->options[i] != judgement->option; i++) {
		const struct request_option *other = &request->options[i];

		if (other->flag == FLAG_SECURITY_OPT && strcmp(other->value.pair.name, "label") == 0 && other->value.pair.value != NULL &&
		    strncmp(other->value.pair.value, word, length) == 0 && strcmp(other->value.pair.value, word) != 0)
			return true;
	}
	return false;
}

/* One part of a SELinux context, where the policy and the ceiling list it. disable is in no list's power. */
void verdict_judge_label_word(const struct judgement *judgement, const char *word)
{
	if (word == NULL || !policy_is_context_part(word)) {
		verdict_floor(judgement, "security-opt", "of label= only user:, role:, type: and level: may be said, each with a plain "
			      "name: everything else takes confinement away");
		return;
	}
	if (label_is_said_otherwise(judgement, word)) {
		verdict_invalid(judgement, "the %.*s of the label is said before, and otherwise", (int)strcspn(word, ":"), word);
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
