/* container: whose a container is, and by which id it is known for good. */
#include "host_internal.h"

#include <stdio.h>
#include <string.h>

enum { ID_DIGITS = 64, UID_BYTES = 12 };

/* docker's own grammar of names, which every beginning of an id follows too. Source: moby daemon/names. */
static bool is_name(const char *name)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
	const size_t length = strlen(name);

	return length > 0 && length < 256 && strspn(name, letters) == length && strchr("_.-", name[0]) == NULL;
}

static bool is_id(const char *text)
{
	return text != NULL && strlen(text) == ID_DIGITS && strspn(text, "0123456789abcdef") == ID_DIGITS;
}

static const char *text_of(struct arena *arena, const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? arena_strdup(arena, text) : NULL;
}

/* A tmpfs is empty, wherever it lands. What is not said is taken for the worst. */
static bool has_loose_mounts(const json_t *document)
{
	const json_t *mounts = json_object_get(document, "Mounts"), *mount;
	size_t index;

	if (json_is_true(json_object_get(json_object_get(document, "HostConfig"), "ReadonlyRootfs")))
		return false;
	if (!json_is_array(mounts))
		return true;
	json_array_foreach(mounts, index, mount) {
		const char *type = json_string_value(json_object_get(mount, "Type"));

		if (type == NULL || strcmp(type, "tmpfs") != 0)
			return true;
	}
	return false;
}

/* hardrun gives numbers; a name, or nothing, is whatever the image says. */
static bool is_root(const char *user)
{
	const char *colon = user != NULL ? strchr(user, ':') : NULL;
	uint64_t uid = 0, gid = 0;

	if (colon == NULL)
		return user == NULL || !parse_decimal(user, &uid) || uid == 0;
	return strspn(user, "0123456789") != (size_t)(colon - user) || strspn(user, "0") == (size_t)(colon - user) ||
	       !parse_decimal(colon + 1, &gid) || gid == 0;
}

/* docker finds its own by their names, and others too before the first start. Source: moby daemon/container_operations.go. */
static struct string_list read_networks(struct arena *arena, const json_t *document)
{
	static const char *const own[] = { "bridge", "default", "host", "none" };
	json_t *networks = json_object_get(json_object_get(document, "NetworkSettings"), "Networks"), *network;
	struct string_list ids = { NULL, 0 };
	const char *name;

	json_object_foreach(networks, name, network) {
		const char *id = text_of(arena, network, "NetworkID");
		bool is_own = !is_name(name);

		for (size_t i = 0; i < ARRAY_COUNT(own); i++)
			is_own = is_own || strcmp(own[i], name) == 0;
		if (!is_own)
			string_list_add(arena, &ids, is_id(id) ? id : arena_strdup(arena, name));
	}
	return ids;
}

int host_parse_container(struct arena *arena, const char *body, struct container_facts *ret_container, const char **ret_image_id,
			 struct error *err)
{
	CLEANUP_JSON json_t *document = json_loads(body, JSON_REJECT_DUPLICATES, NULL);
	const json_t *config = json_object_get(document, "Config");
	const json_t *labels = json_object_get(config, "Labels");
	struct container_facts container = {
		.id = text_of(arena, document, "Id"),
		.name = text_of(arena, document, "Name"),
		.image = text_of(arena, config, "Image"),
		.caller = text_of(arena, labels, HOST_CALLER_LABEL),
		.policy = text_of(arena, labels, HOST_POLICY_LABEL),
		.unit = text_of(arena, labels, HOST_UNIT_LABEL),
		.is_running = json_is_true(json_object_get(json_object_get(document, "State"), "Running")),
		.networks = read_networks(arena, document),
		.has_loose_mounts = has_loose_mounts(document),
		.is_root = is_root(text_of(arena, config, "User")),
	};
	const char *image_id = text_of(arena, document, "Image"), *name = text_of(arena, labels, HOST_IMAGE_LABEL);

	if (!is_id(container.id) || container.name == NULL || container.name[0] != '/' || !is_name(container.name + 1) ||
	    container.image == NULL || image_id == NULL || strncmp(image_id, "sha256:", 7) != 0 || !is_id(image_id + 7))
		return error_set(err, arena, ERROR_SYSTEM, "what docker says of the container cannot be read");
	container.name++;
	container.image = name != NULL ? name : container.image;
	*ret_container = container;
	*ret_image_id = image_id;
	return 0;
}

bool host_is_callers(const struct host_facts *facts, const struct container_facts *container)
{
	char uid[UID_BYTES];

	(void)snprintf(uid, sizeof(uid), "%u", facts->caller_uid);
	return container->caller != NULL && strcmp(container->caller, uid) == 0;
}

bool host_is_network_gone(struct arena *arena, const struct host_facts *facts, const char *id)
{
	struct error err = { 0 };
	char *body = NULL;
	int status = 0;

	return host_http_get(arena, facts->engine.docker_socket, arena_printf(arena, "/networks/%s", id), &status, &body, &err) == 0 &&
	       status == 404;
}

/* Any label of ours in an image makes it one that pretends: hardrun puts them on containers only. */
bool host_image_has_own_labels(const char *body)
{
	CLEANUP_JSON json_t *document = json_loads(body, 0, NULL);
	json_t *labels = json_object_get(json_object_get(document, "Config"), "Labels"), *value;
	const char *name;

	if (!json_is_object(document))
		return true;
	json_object_foreach(labels, name, value)
		if (strncmp(name, "io.hardrun.", 11) == 0)
			return true;
	return false;
}

/*
 * docker gives a container the labels of its image. Nobody's image may say whose container it is, or an image that root runs by
 * hand would be the property of whoever built it.
 */
static void check_image(struct arena *arena, const struct host_facts *facts, const char *image_id,
			struct container_facts *container)
{
	struct error err = { 0 };
	char *body = NULL;
	int status = 0;

	if (container->caller == NULL && container->policy == NULL && container->unit == NULL)
		return;
	if (host_http_get(arena, facts->engine.docker_socket, arena_printf(arena, "/images/%s/json", image_id), &status, &body,
			  &err) == 0 && status == 200 && !host_image_has_own_labels(body))
		return;
	container->caller = NULL;
	container->policy = NULL;
	container->unit = NULL;
}

int host_parse_container_list(struct arena *arena, const char *body, struct string_list *ret_ids, struct error *err)
{
	CLEANUP_JSON json_t *document = json_loads(body, JSON_REJECT_DUPLICATES, NULL);
	struct string_list ids = { 0 };
	size_t index;
	json_t *item;

	if (!json_is_array(document))
		return error_set(err, arena, ERROR_SYSTEM, "what docker says of its containers cannot be read");
	json_array_foreach(document, index, item) {
		const char *id = text_of(arena, item, "Id");

		if (!is_id(id))
			return error_set(err, arena, ERROR_SYSTEM, "what docker says of its containers cannot be read");
		string_list_add(arena, &ids, id);
	}
	*ret_ids = ids;
	return 0;
}

int host_list_containers(struct arena *arena, const struct host_facts *facts, const char *label, struct string_list *ret_ids,
			 struct error *err)
{
	const char *filter = host_percent_encode(arena, arena_printf(arena, "{\"label\":[\"%s\"]}", label));
	char *body = NULL;
	int status = 0;
	int result = host_http_get(arena, facts->engine.docker_socket, arena_printf(arena, "/containers/json?all=1&filters=%s", filter),
				   &status, &body, err);

	if (result != 0)
		return result;
	if (status != 200)
		return error_set(err, arena, ERROR_SYSTEM, "docker answers with status %d when asked for its containers", status);
	return host_parse_container_list(arena, body, ret_ids, err);
}

int host_read_container(struct arena *arena, const struct host_facts *facts, const char *name,
			struct container_facts *ret_container, struct error *err)
{
	const char *image_id = NULL;
	char *body = NULL;
	int status = 404, result = 0;

	if (is_name(name))
		result = host_http_get(arena, facts->engine.docker_socket, arena_printf(arena, "/containers/%s/json", name),
				       &status, &body, err);
	if (result != 0)
		return result;
	if (status == 404)
		return error_set(err, arena, ERROR_MISSING, "there is no container %s", string_printable(arena, name, 80));
	if (status != 200)
		return error_set(err, arena, ERROR_SYSTEM, "docker answers with status %d when asked for the container %s", status,
				 string_printable(arena, name, 80));
	result = host_parse_container(arena, body, ret_container, &image_id, err);
	if (result == 0)
		check_image(arena, facts, image_id, ret_container);
	return result;
}
