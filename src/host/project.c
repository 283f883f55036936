/* project: what `compose up` has made, as docker tells of it. Labels say what belongs to whom. */
#include "host_internal.h"

#include <string.h>

#include <hardrun/compose.h>

/* GET ${target}; the document, or NULL with an error. A status of 404 is NULL without one. */
static json_t *ask(struct arena *arena, const struct host_facts *facts, const char *target, struct error *err)
{
	json_t *document;
	char *body = NULL;
	int status = 0;

	if (host_engine_get(arena, &facts->engine, target, &status, &body, err) < 0 || status == 404)
		return NULL;
	document = status == 200 ? json_loads(body, JSON_REJECT_DUPLICATES, NULL) : NULL;
	if (document == NULL)
		error_set(err, arena, ERROR_SYSTEM, "docker's answer with status %d to what belongs to the project cannot be read", status);
	return document;
}

/* ?filters={"label":["...project=P","...caller=U"]} */
static const char *filters(struct arena *arena, const struct host_facts *facts, const char *project)
{
	const char *text = arena_printf(arena, "{\"label\":[\"%s=%s\",\"%s=%u\"]}", COMPOSE_PROJECT_LABEL, project, HOST_CALLER_LABEL,
					facts->caller_uid);

	return arena_printf(arena, "filters=%s", host_percent_encode(arena, text));
}

static const char *text_of(struct arena *arena, const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return arena_strdup(arena, text != NULL ? text : "");
}

/* By its name, also where it was started by its id. */
static const char *image_of(struct arena *arena, const json_t *item, const json_t *labels)
{
	const char *name = text_of(arena, labels, HOST_IMAGE_LABEL);

	return name[0] != '\0' ? name : text_of(arena, item, "Image");
}

static bool is_own(struct arena *arena, const struct host_facts *facts, const char *id)
{
	struct container_facts container;
	struct error ignored = { 0 };

	return host_read_container(arena, facts, id, &container, &ignored) == 0 && host_is_callers(facts, &container);
}

int host_list_members(struct arena *arena, const struct host_facts *facts, const char *project, struct host_members *ret_members,
		      struct error *err)
{
	const char *target = arena_printf(arena, "/containers/json?all=1&%s", filters(arena, facts, project));
	struct host_members members = { NULL, 0 };
	struct error failure = { 0 };
	CLEANUP_JSON json_t *document = ask(arena, facts, target, &failure);
	const json_t *item;
	size_t i;

	if (failure.message != NULL) {
		*err = failure;
		return -(int)failure.kind;
	}
	json_array_foreach(document, i, item) {
		const json_t *labels = json_object_get(item, "Labels");
		const char *id = text_of(arena, item, "Id");
		const char *name = json_string_value(json_array_get(json_object_get(item, "Names"), 0));

		if (name == NULL || name[0] != '/' || !is_own(arena, facts, id))
			continue;
		*vector_push(arena, members.items, members.count) = (struct host_member){
			.id = id, .name = arena_strdup(arena, name + 1), .image = image_of(arena, item, labels),
			.service = text_of(arena, labels, COMPOSE_SERVICE_LABEL), .number = text_of(arena, labels, COMPOSE_NUMBER_LABEL),
			.config = text_of(arena, labels, COMPOSE_CONFIG_LABEL), .status = text_of(arena, item, "Status"),
			.is_running = strcmp(text_of(arena, item, "State"), "running") == 0,
		};
	}
	*ret_members = members;
	return 0;
}

int host_read_state(struct arena *arena, const struct host_facts *facts, const char *id, struct host_state *ret_state,
		    struct error *err)
{
	struct error failure = { 0 };
	const char *target = arena_printf(arena, "/containers/%s/json", host_percent_encode(arena, id));
	CLEANUP_JSON json_t *document = ask(arena, facts, target, &failure);
	const json_t *state = json_object_get(document, "State");
	const char *health = json_string_value(json_object_get(json_object_get(state, "Health"), "Status"));

	if (failure.message != NULL) {
		*err = failure;
		return -(int)failure.kind;
	}
	*ret_state = (struct host_state){
		.is_running = json_is_true(json_object_get(state, "Running")) || json_is_true(json_object_get(state, "Restarting")),
		.exit_status = (int)json_integer_value(json_object_get(state, "ExitCode")),
		.has_health = health != NULL && strcmp(health, "none") != 0,
		.is_healthy = health != NULL && strcmp(health, "healthy") == 0,
		.is_unhealthy = health != NULL && strcmp(health, "unhealthy") == 0,
	};
	return 0;
}

/* "networks" or "volumes". */
static const char *section_of(enum host_resource resource)
{
	return resource == HOST_NETWORK ? "networks" : "volumes";
}

static bool is_of_project(struct arena *arena, const struct host_facts *facts, const json_t *labels, const char *project)
{
	return strcmp(text_of(arena, labels, COMPOSE_PROJECT_LABEL), project) == 0 &&
	       strcmp(text_of(arena, labels, HOST_CALLER_LABEL), arena_printf(arena, "%u", facts->caller_uid)) == 0;
}

int host_claim(struct arena *arena, const struct host_facts *facts, enum host_resource resource, const char *name,
	       const char *project, enum host_claim *ret_claim, struct error *err)
{
	const char *target = arena_printf(arena, "/%s/%s", section_of(resource), host_percent_encode(arena, name));
	struct error failure = { 0 };
	CLEANUP_JSON json_t *document = ask(arena, facts, target, &failure);

	if (failure.message != NULL) {
		*err = failure;
		return -(int)failure.kind;
	}
	/* docker takes the beginning of an id for a name. */
	if (document == NULL || strcmp(text_of(arena, document, "Name"), name) != 0)
		*ret_claim = HOST_CLAIM_FREE;
	else
		*ret_claim = is_of_project(arena, facts, json_object_get(document, "Labels"), project) ? HOST_CLAIM_OWN : HOST_CLAIM_OTHER;
	return 0;
}

const char *host_owner_problem(struct arena *arena, const struct host_facts *facts, enum host_resource resource,
			       const char *name)
{
	const char *target = arena_printf(arena, "/%s/%s", section_of(resource), host_percent_encode(arena, name));
	struct error failure = { 0 };
	CLEANUP_JSON json_t *document = ask(arena, facts, target, &failure);
	const char *caller = text_of(arena, json_object_get(document, "Labels"), HOST_CALLER_LABEL);

	if (failure.message != NULL)
		return failure.message;
	if (caller[0] == '\0' || strcmp(caller, arena_printf(arena, "%u", facts->caller_uid)) == 0)
		return NULL;
	return "it was made for somebody else's Compose project";
}

int host_list_resources(struct arena *arena, const struct host_facts *facts, enum host_resource resource, const char *project,
			struct string_list *ret_names, struct error *err)
{
	const char *target = arena_printf(arena, "/%s?%s", section_of(resource), filters(arena, facts, project));
	struct error failure = { 0 };
	CLEANUP_JSON json_t *document = ask(arena, facts, target, &failure);
	const json_t *list = resource == HOST_NETWORK ? document : json_object_get(document, "Volumes"), *item;
	size_t i;

	if (failure.message != NULL) {
		*err = failure;
		return -(int)failure.kind;
	}
	json_array_foreach(list, i, item) {
		/* A network's id never means another; a volume has its name alone. */
		if (is_of_project(arena, facts, json_object_get(item, "Labels"), project))
			string_list_add(arena, ret_names, text_of(arena, item, resource == HOST_NETWORK ? "Id" : "Name"));
	}
	return 0;
}
