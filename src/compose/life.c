/* life: variables, health, limits, logging, restarts: how a service runs and ends. */
#include <inttypes.h>
#include <string.h>

#include "compose_internal.h"

/* "key: text" of a map as "--flag=text". */
struct text_key { const char *key, *flag; };

static void add_texts(struct reader *reader, const struct spot *map, const struct text_key *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct spot spot = reader_child(reader, map, rows[i].key);
		const char *text = spot.node != NULL ? reader_text(reader, &spot) : NULL;

		if (text != NULL)
			reader_word(reader, &spot, "--%s=%s", rows[i].flag, text);
	}
}

/* ---- variables ---- */

void life_environment(struct reader *reader, const struct spot *spot)
{
	const struct pairs pairs = reader_pairs(reader, spot, "=");

	for (size_t i = 0; i < pairs.count; i++) {
		const struct pair *pair = &pairs.items[i];

		if (pair->value != NULL)
			reader_word(reader, &pair->spot, "--env=%s=%s", pair->name, pair->value);
		else
			reader_word(reader, &pair->spot, "--env=%s", pair->name)->role = COMPOSE_VARIABLE;
	}
}

static void read_env_file(struct reader *reader, const struct spot *entry)
{
	static const char *const names[] = { "path", "required", "format", NULL };
	struct spot path_spot = *entry, required, format;
	bool is_required = true;
	const char *path;

	if (entry->node->kind == NODE_MAP) {
		reader_only(reader, entry, names);
		path_spot = reader_child(reader, entry, "path");
		required = reader_child(reader, entry, "required");
		format = reader_child(reader, entry, "format");
		if (required.node != NULL && !reader_switch(reader, &required, &is_required))
			return;
		if (format.node != NULL)
			reader_find(reader, FINDING_UNSUPPORTED, &format, "the file is read as compose reads it")->remedy = "leave it out";
		if (path_spot.node == NULL) {
			reader_find(reader, FINDING_INVALID, entry, "path: is missing");
			return;
		}
	}
	path = reader_text(reader, &path_spot);
	path = path != NULL ? mounts_path(reader, &path_spot, path) : NULL;
	if (path != NULL)
		reader_word(reader, entry, "--env-file=%s", path)->role = is_required ? COMPOSE_ENV_FILE : COMPOSE_ENV_FILE_OPTIONAL;
}

void life_env_file(struct reader *reader, const struct spot *spot)
{
	struct items items;
	struct spot entry;

	if (spot->node->kind == NODE_MAP) {
		read_env_file(reader, spot);
		return;
	}
	items = reader_items(reader, spot);
	while (reader_next(reader, &items, &entry))
		read_env_file(reader, &entry);
}

/* ---- health ---- */

/* A list that begins with CMD, CMD-SHELL or NONE. Engines' command lines know one text, which the image's shell reads. */
static void read_test_list(struct reader *reader, const struct spot *test)
{
	struct items items = reader_items(reader, test);
	struct spot entry;
	struct text command;
	const char *kind = NULL;

	text_init(&command, reader->arena);
	text_add(&command, "");
	while (reader_next(reader, &items, &entry)) {
		const char *text = reader_text(reader, &entry);

		if (text == NULL)
			return;
		if (kind == NULL)
			kind = text;
		else
			text_addf(&command, "%s%s", command.length > 0 ? " " : "",
				  strcmp(kind, "CMD") == 0 ? shell_quote(reader->arena, text) : text);
	}
	if (kind != NULL && strcmp(kind, "NONE") == 0)
		reader_word(reader, test, "--no-healthcheck");
	else if (kind != NULL && (strcmp(kind, "CMD") == 0 || strcmp(kind, "CMD-SHELL") == 0))
		reader_word(reader, test, "--health-cmd=%s", command.data);
	else
		reader_find(reader, FINDING_INVALID, test, "the list begins with none of CMD, CMD-SHELL and NONE");
}

static void read_test(struct reader *reader, const struct spot *test)
{
	const char *text;

	if (test->node->kind == NODE_LIST) {
		read_test_list(reader, test);
		return;
	}
	text = reader_text(reader, test);
	if (text != NULL)
		reader_word(reader, test, "--health-cmd=%s", text);
}

void life_healthcheck(struct reader *reader, const struct spot *spot)
{
	static const char *const names[] = { "test", "interval", "timeout", "retries", "start_period", "start_interval", "disable",
					     NULL };
	static const struct text_key rows[] = {
		{ "interval", "health-interval" }, { "timeout", "health-timeout" }, { "retries", "health-retries" },
		{ "start_period", "health-start-period" }, { "start_interval", "health-start-interval" },
	};
	struct spot test, disable;
	bool is_disabled = false;

	if (!reader_is_map(reader, spot))
		return;
	reader_only(reader, spot, names);
	disable = reader_child(reader, spot, "disable");
	if (disable.node != NULL && !reader_switch(reader, &disable, &is_disabled))
		return;
	if (is_disabled) {
		reader_word(reader, &disable, "--no-healthcheck");
		return;
	}
	test = reader_child(reader, spot, "test");
	if (test.node != NULL)
		read_test(reader, &test);
	add_texts(reader, spot, rows, ARRAY_COUNT(rows));
}

/* ---- deploy ---- */

static void read_limits(struct reader *reader, const struct spot *limits)
{
	static const char *const names[] = { "cpus", "memory", "pids", NULL };
	static const struct text_key rows[] = { { "cpus", "cpus" }, { "memory", "memory" }, { "pids", "pids-limit" } };

	if (!reader_is_map(reader, limits))
		return;
	reader_only(reader, limits, names);
	add_texts(reader, limits, rows, ARRAY_COUNT(rows));
}

static void read_reservations(struct reader *reader, const struct spot *reservations)
{
	static const char *const names[] = { "cpus", "memory", "devices", "generic_resources", NULL };
	static const struct text_key rows[] = { { "memory", "memory-reservation" } };
	const struct spot cpus = reader_child(reader, reservations, "cpus"), devices = reader_child(reader, reservations, "devices"),
			  generic = reader_child(reader, reservations, "generic_resources");

	if (!reader_is_map(reader, reservations))
		return;
	reader_only(reader, reservations, names);
	add_texts(reader, reservations, rows, ARRAY_COUNT(rows));
	if (cpus.node != NULL)
		reader_find(reader, FINDING_NOTE, &cpus, "it has no effect: engines reserve no processors");
	if (devices.node != NULL)
		life_gpus(reader, &devices);
	if (generic.node != NULL)
		reader_find(reader, FINDING_NOTE, &generic, "it has no effect: it is for a swarm");
}

static void read_resources(struct reader *reader, const struct spot *resources)
{
	static const char *const names[] = { "limits", "reservations", NULL };
	const struct spot limits = reader_child(reader, resources, "limits"),
			  reservations = reader_child(reader, resources, "reservations");

	if (!reader_is_map(reader, resources))
		return;
	reader_only(reader, resources, names);
	if (limits.node != NULL)
		read_limits(reader, &limits);
	if (reservations.node != NULL)
		read_reservations(reader, &reservations);
}

static void read_restart_policy(struct reader *reader, const struct spot *policy)
{
	static const char *const names[] = { "condition", "delay", "max_attempts", "window", NULL };
	const struct spot condition = reader_child(reader, policy, "condition"), attempts = reader_child(reader, policy, "max_attempts");
	const char *word = "any", *count = NULL;

	if (!reader_is_map(reader, policy))
		return;
	reader_only(reader, policy, names);
	if (condition.node != NULL)
		word = reader_text(reader, &condition);
	if (attempts.node != NULL)
		count = reader_text(reader, &attempts);
	if (word == NULL)
		return;
	if (strcmp(word, "none") == 0)
		reader_word(reader, policy, "--restart=no");
	else if (strcmp(word, "on-failure") == 0)
		reader_word(reader, policy, "--restart=on-failure%s%s", count != NULL ? ":" : "", count != NULL ? count : "");
	else if (strcmp(word, "any") == 0)
		reader_word(reader, policy, "--restart=%s", "always");
	else
		reader_find(reader, FINDING_INVALID, &condition, "it is none of none, on-failure and any");
}

void life_scale(struct reader *reader, const struct spot *spot)
{
	uint64_t count;

	if (reader_count(reader, spot, COMPOSE_SCALE_MAX, &count))
		reader->service->scale = (unsigned)count;
}

void life_deploy(struct reader *reader, const struct spot *spot)
{
	static const char *const swarm[] = { "mode", "placement", "update_config", "rollback_config", "labels", "endpoint_mode" };
	static const char *const names[] = { "resources", "replicas", "restart_policy", "mode", "placement", "update_config",
					     "rollback_config", "labels", "endpoint_mode", NULL };
	struct spot resources, replicas, restart;

	if (!reader_is_map(reader, spot))
		return;
	reader_only(reader, spot, names);
	resources = reader_child(reader, spot, "resources");
	replicas = reader_child(reader, spot, "replicas");
	restart = reader_child(reader, spot, "restart_policy");
	if (resources.node != NULL)
		read_resources(reader, &resources);
	if (replicas.node != NULL)
		life_scale(reader, &replicas);
	if (restart.node != NULL)
		read_restart_policy(reader, &restart);
	for (size_t i = 0; i < ARRAY_COUNT(swarm); i++) {
		const struct spot other = reader_child(reader, spot, swarm[i]);

		if (other.node != NULL)
			reader_find(reader, FINDING_NOTE, &other, "it has no effect: it is for a swarm");
	}
}

/* Whatever they ask for, the verdict says why not. */
void life_gpus(struct reader *reader, const struct spot *spot)
{
	reader_word(reader, spot, "--gpus=all");
}

/* ---- logging, limits, the end ---- */

void life_logging(struct reader *reader, const struct spot *spot)
{
	static const char *const names[] = { "driver", "options", NULL };
	static const struct text_key rows[] = { { "driver", "log-driver" } };
	struct spot options;
	struct pairs pairs;

	if (!reader_is_map(reader, spot))
		return;
	reader_only(reader, spot, names);
	add_texts(reader, spot, rows, ARRAY_COUNT(rows));
	options = reader_child(reader, spot, "options");
	if (options.node == NULL || !reader_is_map(reader, &options))
		return;
	pairs = reader_pairs(reader, &options, "=");
	for (size_t i = 0; i < pairs.count; i++)
		if (pairs.items[i].value != NULL)
			reader_word(reader, &pairs.items[i].spot, "--log-opt=%s=%s", pairs.items[i].name, pairs.items[i].value);
}

static void read_ulimit(struct reader *reader, const struct spot *spot)
{
	static const char *const names[] = { "soft", "hard", NULL };
	const struct spot soft_spot = reader_child(reader, spot, "soft"), hard_spot = reader_child(reader, spot, "hard");
	const char *soft, *hard;

	if (spot->node->kind == NODE_MAP) {
		reader_only(reader, spot, names);
		if (soft_spot.node == NULL || hard_spot.node == NULL) {
			reader_find(reader, FINDING_INVALID, spot, "it takes soft: and hard:");
			return;
		}
		soft = reader_text(reader, &soft_spot);
		hard = reader_text(reader, &hard_spot);
		if (soft != NULL && hard != NULL)
			reader_word(reader, spot, "--ulimit=%s=%s:%s", spot->node->key, soft, hard);
		return;
	}
	soft = reader_text(reader, spot);
	if (soft != NULL)
		reader_word(reader, spot, "--ulimit=%s=%s", spot->node->key, soft);
}

void life_ulimits(struct reader *reader, const struct spot *spot)
{
	if (!reader_is_map(reader, spot))
		return;
	for (const struct node *child = spot->node->first; child != NULL; child = child->next) {
		const struct spot entry = reader_entry(reader, spot, child, 0);

		read_ulimit(reader, &entry);
	}
}

void life_blkio(struct reader *reader, const struct spot *spot)
{
	static const char *const names[] = { "weight", "weight_device", "device_read_bps", "device_read_iops", "device_write_bps",
					     "device_write_iops", NULL };
	static const struct text_key rows[] = { { "weight", "blkio-weight" } };

	if (!reader_is_map(reader, spot))
		return;
	reader_only(reader, spot, names);
	add_texts(reader, spot, rows, ARRAY_COUNT(rows));
	for (size_t i = 1; names[i] != NULL; i++) {
		const struct spot entry = reader_child(reader, spot, names[i]);

		if (entry.node != NULL)
			reader_find(reader, FINDING_UNSUPPORTED, &entry, "it makes the engine look at any path of the host");
	}
}

/* The engine counts whole seconds. */
void life_grace(struct reader *reader, const struct spot *spot)
{
	const char *text = reader_text(reader, spot);
	const int64_t second = INT64_C(1000000000);
	int64_t nanoseconds;

	if (text == NULL)
		return;
	if (parse_duration(text, &nanoseconds))
		reader_word(reader, spot, "--stop-timeout=%" PRId64, nanoseconds / second + (nanoseconds % second != 0));
	else
		reader_find(reader, FINDING_INVALID, spot, "\"%s\" is not a duration like 30s", string_printable(reader->arena, text, 40));
}

void life_pull(struct reader *reader, const struct spot *spot)
{
	const char *text = reader_text(reader, spot);

	if (text == NULL)
		return;
	if (strcmp(text, "build") == 0)
		reader_find(reader, FINDING_UNSUPPORTED, spot, "a build runs commands that no policy has judged");
	else
		reader_word(reader, spot, "--pull=%s", strcmp(text, "if_not_present") == 0 ? "missing" : text);
}

void life_attach(struct reader *reader, const struct spot *spot)
{
	bool is_logged;

	if (reader_switch(reader, spot, &is_logged))
		reader->service->is_logged = is_logged;
}

/* ---- depends_on ---- */

static bool read_condition(struct reader *reader, const struct spot *spot, enum compose_condition *ret_condition)
{
	static const char *const words[] = {
		[COMPOSE_STARTED] = "service_started", [COMPOSE_HEALTHY] = "service_healthy",
		[COMPOSE_COMPLETED] = "service_completed_successfully",
	};
	const char *text = reader_text(reader, spot);

	for (unsigned i = 0; text != NULL && i < ARRAY_COUNT(words); i++) {
		if (strcmp(text, words[i]) != 0)
			continue;
		*ret_condition = i;
		return true;
	}
	if (text != NULL)
		reader_find(reader, FINDING_INVALID, spot,
			    "it is none of service_started, service_healthy and service_completed_successfully");
	return false;
}

static void add_dependency(struct reader *reader, const char *name, struct compose_dependency dependency)
{
	struct compose_service *service = reader->service;

	dependency.service = name;
	*vector_push(reader->arena, service->dependencies, service->dependency_count) = dependency;
}

static void read_dependency(struct reader *reader, const struct spot *spot)
{
	static const char *const names[] = { "condition", "restart", "required", NULL };
	struct compose_dependency dependency = { .condition = COMPOSE_STARTED, .is_required = true, .place = spot->node->place };
	const struct spot condition = reader_child(reader, spot, "condition"), required = reader_child(reader, spot, "required"),
			  restart = reader_child(reader, spot, "restart");

	if (!reader_is_map(reader, spot))
		return;
	reader_only(reader, spot, names);
	if (condition.node != NULL && !read_condition(reader, &condition, &dependency.condition))
		return;
	if (required.node != NULL && !reader_switch(reader, &required, &dependency.is_required))
		return;
	if (restart.node != NULL)
		reader_find(reader, FINDING_NOTE, &restart, "it has no effect: nothing is restarted with what it depends on");
	add_dependency(reader, spot->node->key, dependency);
}

void life_depends(struct reader *reader, const struct spot *spot)
{
	struct items items;
	struct spot entry;

	if (spot->node->kind == NODE_MAP) {
		for (const struct node *child = spot->node->first; child != NULL; child = child->next) {
			entry = reader_entry(reader, spot, child, 0);
			read_dependency(reader, &entry);
		}
		return;
	}
	items = reader_items(reader, spot);
	while (reader_next(reader, &items, &entry)) {
		const char *name = reader_text(reader, &entry);

		if (name != NULL)
			add_dependency(reader, name, (struct compose_dependency){ .is_required = true, .place = entry.node->place });
	}
}
