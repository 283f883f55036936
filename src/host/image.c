/* image: what an image says about itself. Whoever built it wrote this: it is read strictly, and the plan judges it. */
#include "host_internal.h"

#include <string.h>

enum {
	IMAGE_LIST_MAX = 1024,
	IMAGE_TEXT_BYTES_MAX = 128 * 1024, /* one argument of execve on Linux: MAX_ARG_STRLEN */
};

static int fail_key(struct arena *arena, const char *key, struct error *err)
{
	return error_set(err, arena, ERROR_SYSTEM, "the image's configuration is wrong: %s is not what it has to be", key);
}

static int read_text(struct arena *arena, const json_t *object, const char *key, const char **ret_text, struct error *err)
{
	const json_t *value = json_object_get(object, key);

	if (value == NULL || json_is_null(value))
		return 0;
	if (!json_is_string(value) || json_string_length(value) > IMAGE_TEXT_BYTES_MAX)
		return fail_key(arena, key, err);
	*ret_text = arena_strdup(arena, json_string_value(value));
	return 0;
}

static int read_list(struct arena *arena, const json_t *object, const char *key, struct string_list *list, struct error *err)
{
	const json_t *array = json_object_get(object, key);

	if (array == NULL || json_is_null(array))
		return 0;
	if (!json_is_array(array) || json_array_size(array) > IMAGE_LIST_MAX)
		return fail_key(arena, key, err);
	for (size_t i = 0; i < json_array_size(array); i++) {
		const json_t *item = json_array_get(array, i);

		if (!json_is_string(item) || json_string_length(item) > IMAGE_TEXT_BYTES_MAX)
			return fail_key(arena, key, err);
		string_list_add(arena, list, arena_strdup(arena, json_string_value(item)));
	}
	return 0;
}

/* Sets are objects whose values say nothing: {"/data": {}}. */
static int read_set(struct arena *arena, const json_t *object, const char *key, struct string_list *list, struct error *err)
{
	json_t *set = json_object_get(object, key), *value;
	const char *name;

	if (set == NULL || json_is_null(set))
		return 0;
	if (!json_is_object(set) || json_object_size(set) > IMAGE_LIST_MAX)
		return fail_key(arena, key, err);
	json_object_foreach(set, name, value)
		string_list_add(arena, list, arena_strdup(arena, name));
	return 0;
}

static int check_env(struct arena *arena, const struct image_facts *facts, struct error *err)
{
	for (size_t i = 0; i < facts->env.count; i++) {
		const char *equals = strchr(facts->env.items[i], '=');

		if (equals == NULL || equals == facts->env.items[i])
			return fail_key(arena, "Env", err);
	}
	return 0;
}

int host_image_from_json(struct arena *arena, const json_t *config, struct image_facts *facts, struct error *err)
{
	int result = 0;

	if (config != NULL && !json_is_null(config) && !json_is_object(config))
		return fail_key(arena, "config", err);
	result = result != 0 ? result : read_text(arena, config, "User", &facts->user, err);
	result = result != 0 ? result : read_text(arena, config, "WorkingDir", &facts->working_dir, err);
	result = result != 0 ? result : read_text(arena, config, "StopSignal", &facts->stop_signal, err);
	result = result != 0 ? result : read_list(arena, config, "Env", &facts->env, err);
	result = result != 0 ? result : read_list(arena, config, "Cmd", &facts->cmd, err);
	result = result != 0 ? result : read_list(arena, config, "Entrypoint", &facts->entrypoint, err);
	result = result != 0 ? result : read_set(arena, config, "Volumes", &facts->volumes, err);
	result = result != 0 ? result : read_set(arena, config, "ExposedPorts", &facts->exposed_ports, err);
	result = result != 0 ? result : check_env(arena, facts, err);
	if (facts->user == NULL)
		facts->user = "";
	if (facts->working_dir != NULL && facts->working_dir[0] == '\0')
		facts->working_dir = NULL;
	if (facts->stop_signal != NULL && facts->stop_signal[0] == '\0')
		facts->stop_signal = NULL;
	return result;
}

/* ${ret_facts} keeps its digest and rootfs: they are not of the document. */
int host_parse_image_config(struct arena *arena, const char *json, struct image_facts *ret_facts, struct error *err)
{
	struct image_facts facts = { .is_known = true, .digest = ret_facts->digest, .rootfs = ret_facts->rootfs };
	CLEANUP_JSON json_t *document = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
	int result;

	if (!json_is_object(document))
		return error_set(err, arena, ERROR_SYSTEM, "the image's configuration is not a JSON object");
	result = read_text(arena, document, "architecture", &facts.architecture, err);
	if (result == 0)
		result = host_image_from_json(arena, json_object_get(document, "config"), &facts, err);
	if (result == 0)
		*ret_facts = facts;
	return result;
}

const char *host_percent_encode(struct arena *arena, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/:@";
	struct text encoded;

	text_init(&encoded, arena);
	for (; *text != '\0'; text++) {
		if (strchr(plain, *text) != NULL)
			text_add_bytes(&encoded, text, 1);
		else
			text_addf(&encoded, "%%%02X", (unsigned)(unsigned char)*text);
	}
	return encoded.data;
}

static int parse_inspection(struct arena *arena, const char *json, struct image_facts *ret_facts, struct error *err)
{
	CLEANUP_JSON json_t *document = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
	struct image_facts facts = { .is_known = true };
	int result;

	if (!json_is_object(document))
		return error_set(err, arena, ERROR_SYSTEM, "docker's answer is not a JSON object");
	result = read_text(arena, document, "Id", &facts.digest, err);
	if (result == 0)
		result = read_text(arena, document, "Architecture", &facts.architecture, err);
	if (result == 0)
		result = host_image_from_json(arena, json_object_get(document, "Config"), &facts, err);
	if (result == 0)
		*ret_facts = facts;
	return result;
}

/* "linux/arm/v7" in JSON, as the API takes it. Words that no verdict has seen: what is not a platform is not asked for. */
static const char *platform_query(struct arena *arena, const char *platform)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	const char *processor = platform != NULL && strncmp(platform, "linux/", 6) == 0 ? platform + 6 : "";
	const size_t length = strspn(processor, letters);
	const char *variant = processor[length] == '/' ? processor + length + 1 : "";

	if (length == 0 || variant[strspn(variant, letters)] != '\0' || (processor[length] != '\0' && *variant == '\0'))
		return "";
	variant = *variant != '\0' ? arena_printf(arena, ",\"variant\":\"%s\"", variant) : "";
	return arena_printf(arena, "?platform=%s",
			    host_percent_encode(arena, arena_printf(arena, "{\"os\":\"linux\",\"architecture\":\"%s\"%s}",
								    arena_strndup(arena, processor, length), variant)));
}

int host_ask_docker_image(struct arena *arena, const struct host_facts *facts, struct error *err)
{
	if (facts->image.name == NULL || facts->image.kind != IMAGE_REFERENCE)
		return -1;
	return host_http_ask(arena, &facts->engine,
			     arena_printf(arena, "/images/%s/json%s", host_percent_encode(arena, facts->image.canonical),
					  platform_query(arena, facts->engine.image_platform)), err);
}

void host_take_docker_image(struct arena *arena, struct host_facts *facts, const struct http_answer *answer)
{
	struct error err = { 0 };

	if (answer->status == 200 && parse_inspection(arena, answer->body, &facts->image_facts, &err) != 0)
		facts->image_facts.reason = err.message;
	else if (answer->status != 200 && answer->status != 404)
		facts->image_facts.reason = arena_printf(arena, "docker answers with status %d when asked for it", answer->status);
}

void host_read_docker_image(struct arena *arena, struct host_facts *facts)
{
	struct http_answer answer = { 0 };
	struct error err = { 0 };
	int fd = facts->engine.is_docker_answering ? host_ask_docker_image(arena, facts, &err) : -1;

	if (host_http_answer(arena, &facts->engine, fd, &answer, &err) == 0)
		host_take_docker_image(arena, facts, &answer);
	else
		facts->image_facts.reason = err.message; /* NULL: there was nothing to ask */
}
