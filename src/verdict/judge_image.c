/* judge_image: what is run, where it comes from, and under which policy and backend. */
#include "verdict_internal.h"

#include <string.h>

/* ---- the image ---- */

static void image_judge_reference(const struct judgement *judgement, const struct image_name *image)
{
	const struct policy *policy = judgement->input->policy, *ceiling = judgement->input->ceiling;
	const char *name = string_printable(judgement->arena, image->name, 128);
	struct finding *finding;

	if (!policy_has_image(policy, image->name)) {
		finding = verdict_report(judgement, FINDING_DENIED, "images", "%s is not an image of this policy", name);
		verdict_remedy(judgement, &(struct layer){ policy, false }, finding,
			       "add \"- %s\" to images, or name another policy with --policy", verdict_yaml(judgement->arena, image->name));
		finding->place = policy->images.place;
	}
	if (ceiling != NULL && ceiling->images.is_set && !policy_has_image(ceiling, image->name)) {
		finding = verdict_report(judgement, FINDING_DENIED, "ceiling: images", "%s is not an image of the ceiling", name);
		finding->place = ceiling->images.place;
	}
}

/*
 * A hazard is granted to what the administrator knows. A directory or archive that a pattern happens to cover, "~/" and two stars
 * for instance, is whatever the caller put there.
 */
static void image_check_hazards(const struct judgement *judgement, const struct policy_list *list, const char *key,
				const char *name)
{
	bool is_any = false;
	struct finding *finding;

	for (size_t i = 0; i < HAZARD_COUNT; i++)
		is_any = is_any || verdict_has_hazard(judgement->input, (enum hazard_id)i);
	for (size_t i = 0; i < list->count && is_any; i++) {
		if (!glob_has_wildcard(list->items[i].value) && strcmp(list->items[i].value, name) == 0)
			return;
	}
	if (!is_any)
		return;
	finding = verdict_report(judgement, FINDING_DENIED, "hazards",
				 "under a policy with hazards only what it names without wildcard is run");
	finding->remedy = arena_printf(judgement->arena, "add \"- %s\" to %s", verdict_yaml(judgement->arena, name), key);
	finding->place = list->place;
}

/* An archive or layout is a path of the host: it must be there, and nothing that the floor keeps. */
static void image_judge_local(const struct judgement *judgement, const struct image_name *image)
{
	const struct host_facts *facts = judgement->input->facts;
	const struct host_path *path = NULL;
	struct floor_hit hit;

	for (size_t i = 0; i < facts->path_count && path == NULL; i++) {
		const struct host_path *at = &facts->paths[i];

		if (strcmp(at->given, image->path) == 0 || (at->resolved != NULL && strcmp(at->resolved, image->path) == 0))
			path = at;
	}
	if (path == NULL || path->resolved == NULL) {
		verdict_floor(judgement, "host-path", "%s", path == NULL || path->reason == NULL ? "it could not be resolved" : path->reason);
		return;
	}
	hit = verdict_floor_source(path, facts, false);
	if (hit.level > FLOOR_LITERAL && !(hit.level == FLOOR_HAZARD && verdict_has_hazard(judgement->input, hit.hazard)))
		verdict_floor(judgement, "host-path", "%s", hit.reason);
}

void verdict_judge_image(const struct judgement *judgement)
{
	const struct request *request = judgement->input->request;
	const struct image_name *image = &judgement->input->facts->image;
	struct judgement own = *judgement;
	const char *reason = "it is not the name of an image";
	struct image_name parsed;

	if (request->image == NULL) {
		if (request_last(request, FLAG_ROOTFS) == NULL) {
			own.subject = "image";
			verdict_invalid(&own, "no image was named");
		}
		return;
	}
	own.subject = arena_printf(judgement->arena, "image %s", string_printable(judgement->arena, request->image, 96));
	if (image->name == NULL || image->kind == IMAGE_ROOTFS) {
		if (request_last(request, FLAG_ROOTFS) != NULL)
			return; /* the directory is judged at --rootfs */
		if (request_parse_image(judgement->arena, request->image, &parsed, &reason))
			reason = "it was not looked at";
		verdict_invalid(&own, "%s", reason);
		return;
	}
	image_judge_reference(&own, image);
	if (image->kind == IMAGE_REFERENCE)
		return;
	image_check_hazards(&own, &judgement->input->policy->images, "images", image->name);
	if (findings_allow(judgement->findings))
		image_judge_local(&own, image);
}

void verdict_judge_rootfs(const struct judgement *judgement)
{
	const struct listing listing = { VERDICT_LIST(rootfs), judgement->option->raw, false, false, "the directory", false };
	const struct host_path *path = verdict_file(judgement, &listing);

	if (path == NULL)
		return;
	image_check_hazards(judgement, &judgement->input->policy->allow.rootfs, "allow.rootfs", path->resolved);
	if (path->kind != PATH_DIRECTORY)
		verdict_floor(judgement, "host-path", "it is not a directory");
}

/* ---- how it is fetched ---- */

void verdict_judge_pull(const struct judgement *judgement)
{
	const char *raw = judgement->option->raw;
	const struct listing listing = { VERDICT_LIST(pull), "always", true, false, "--pull", false };

	if (strcmp(raw, "missing") == 0 || strcmp(raw, "never") == 0) /* the default, and less than it */
		return;
	if (strcmp(raw, "always") == 0)
		verdict_listed(judgement, &listing);
	else
		verdict_invalid(judgement, "it is missing, never or always");
}

/* Clients spell a platform in several ways; only the plain one is taken. */
void verdict_judge_platform(const struct judgement *judgement)
{
	const char *raw = judgement->option->raw, *architecture = judgement->input->facts->architecture;
	const struct listing listing = { VERDICT_LIST(platforms), raw, true, false, "the platform", false };

	if (architecture != NULL && strcmp(raw, arena_printf(judgement->arena, "linux/%s", architecture)) == 0)
		return;
	if (strncmp(raw, "linux/", 6) != 0 || raw[6] == '\0' ||
	    raw[strspn(raw, "abcdefghijklmnopqrstuvwxyz0123456789/")] != '\0')
		verdict_floor(judgement, "platform", "only linux/ARCH runs here; WASI and Windows images need runtimes that confine less");
	else
		verdict_listed(judgement, &listing);
}

void verdict_judge_content_trust(const struct judgement *judgement)
{
	if (judgement->option->value.boolean)
		verdict_floor(judgement, "disable-content-trust", "%s", flag_specs[FLAG_DISABLE_CONTENT_TRUST].danger);
	else
		verdict_note(judgement, "floor: disable-content-trust", "docker's content trust is not asked: name images by digest");
}

void verdict_judge_entrypoint(const struct judgement *judgement)
{
	struct layer layers[2];
	const size_t count = verdict_layers(judgement, layers);

	for (size_t i = 0; i < count; i++) {
		const struct policy_bool *entrypoint = &layers[i].policy->allow.entrypoint;
		struct finding *finding;

		if (entrypoint->is_set && entrypoint->value)
			continue;
		finding = verdict_refuse(judgement, &layers[i], "allow.entrypoint",
					 "it runs any program of the image instead of the image's own");
		verdict_remedy(judgement, &layers[i], finding, "allow: {entrypoint: true}");
		finding->place = entrypoint->place;
	}
}

/* ---- hardrun's own ---- */

/*
 * A policy that names an engine means that engine. A ceiling that names the daemon's socket means docker, whose plugins and logs
 * watch what is run; for a policy the socket is only where docker is, when docker is used.
 */
static void image_check_engine(const struct judgement *judgement, const struct layer *layer, const char *name)
{
	const struct policy_engine *engine = &layer->policy->engine;
	const bool is_named = engine->backend.value != NULL && strcmp(engine->backend.value, "auto") != 0;
	const bool is_socket = !is_named && layer->is_ceiling && engine->host.value != NULL;
	struct finding *finding;

	if ((!is_named && !is_socket) || strcmp(is_named ? engine->backend.value : "docker", name) == 0)
		return;
	if (is_named)
		finding = verdict_refuse(judgement, layer, "engine.backend", "it is %s", engine->backend.value);
	else
		finding = verdict_refuse(judgement, layer, "engine.host", "it names docker's daemon, and %s would not ask it", name);
	finding->place = is_named ? engine->backend.place : engine->host.place;
	if (is_named)
		verdict_remedy(judgement, layer, finding, "engine: {backend: auto}");
	else
		finding->remedy = "--backend docker";
}

void verdict_judge_backend(const struct judgement *judgement)
{
	struct layer layers[2];
	const size_t count = verdict_layers(judgement, layers), before = judgement->findings->count;
	const char *raw = judgement->option->raw;

	verdict_judge_choice(judgement);
	for (size_t i = 0; i < count && judgement->findings->count == before && strcmp(raw, "auto") != 0; i++)
		image_check_engine(judgement, &layers[i], raw);
}

void verdict_judge_engine(const struct judgement *judgement)
{
	const struct verdict_input *input = judgement->input;
	const struct request_option *option = request_last(input->request, FLAG_BACKEND);
	const struct layer ceiling = { input->ceiling, true };
	struct judgement own = *judgement;

	if (input->ceiling == NULL || !input->is_backend_known || (option != NULL && strcmp(option->raw, "auto") != 0))
		return;
	own.subject = "the backend";
	own.place = input->policy->engine.backend.place;
	image_check_engine(&own, &ceiling, host_backend_name(input->facts->backend));
}

/* Under a ceiling that says so, people's own policies do not count, wherever they lie. */
void verdict_judge_policy(const struct judgement *judgement)
{
	const struct policy *ceiling = judgement->input->ceiling;
	struct finding *finding;

	if (ceiling == NULL || !ceiling->user_policies.is_set || ceiling->user_policies.value || judgement->input->policy->is_root_owned)
		return;
	finding = verdict_report(judgement, FINDING_DENIED, "ceiling: user_policies",
				 "the policy is not one of root's: those belong to root and stand in /etc/hardrun/policies");
	finding->place = ceiling->user_policies.place;
}
