/* read: a Compose file from its bytes to the services that are wanted. */
#include <ctype.h>
#include <string.h>

#include "compose_internal.h"

/* ---- names ---- */

const char *compose_name_reason(const char *name)
{
	const size_t length = strlen(name);

	if (length == 0 || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") != length || !isalnum((unsigned char)name[0]))
		return "a project's name has lower case letters, digits, - and _, and begins with a letter or digit";
	return length > COMPOSE_NAME_BYTES_MAX ? "it is longer than 63 bytes" : NULL;
}

const char *compose_project_name(struct arena *arena, const char *directory)
{
	const char *slash = strrchr(directory, '/');
	char *name = arena_strdup(arena, slash != NULL ? slash + 1 : directory);
	size_t length = 0;

	for (const char *at = name; *at != '\0' && length < COMPOSE_NAME_BYTES_MAX; at++) {
		const char c = (char)tolower((unsigned char)*at);
		const bool is_letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

		if (is_letter || (length > 0 && (c == '-' || c == '_')))
			name[length++] = c;
	}
	name[length] = '\0';
	return name;
}

/* NULL, or the clause: names of services become names of containers and hosts. */
static const char *service_name_reason(const char *name)
{
	const size_t length = strlen(name);

	if (length == 0 || length > COMPOSE_NAME_BYTES_MAX || !isalnum((unsigned char)name[0]) ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != length)
		return "a service's name has letters, digits, . _ and -, begins with a letter or digit, and has at most 63 bytes";
	return NULL;
}

static bool read_project_name(struct reader *reader, const struct spot *root)
{
	const struct spot spot = reader_child(reader, root, "name");
	const char *name = reader->input->project, *reason;
	struct finding *finding;

	if (name == NULL && spot.node != NULL)
		name = reader_text(reader, &spot);
	else if (name == NULL)
		name = compose_project_name(reader->arena, reader->input->directory);
	reason = name != NULL ? compose_name_reason(name) : NULL;
	if (reason != NULL) {
		finding = reader_find(reader, FINDING_INVALID, reader->input->project == NULL && spot.node != NULL ? &spot : root,
				      "the project's name \"%s\": %s", string_printable(reader->arena, name, 80), reason);
		finding->remedy = "name it with -p NAME";
	}
	reader->project->name = name;
	return name != NULL && reason == NULL;
}

/* ---- which services ---- */

static bool has_profile(struct reader *reader, const struct spot *service)
{
	const struct spot profiles = reader_child(reader, service, "profiles");
	struct items items;
	struct spot entry;
	bool is_chosen = false;

	if (profiles.node == NULL)
		return true;
	items = reader_items(reader, &profiles);
	while (reader_next(reader, &items, &entry)) {
		const char *text = reader_text(reader, &entry);

		is_chosen = is_chosen || (text != NULL && string_list_has(&reader->input->profiles, text));
	}
	return is_chosen || items.index == 0;
}

static void want_service(struct reader *reader, const struct spot *services, struct string_list *wanted, const struct node *child)
{
	const struct spot spot = reader_entry(reader, services, child, 0);

	if (!string_list_has(wanted, child->key) && has_profile(reader, &spot))
		string_list_add(reader->arena, wanted, child->key);
}

static struct string_list choose_services(struct reader *reader, const struct spot *services)
{
	const struct string_list *named = &reader->input->services;
	struct string_list wanted = { NULL, 0 };

	for (const struct node *child = services->node->first; named->count == 0 && child != NULL; child = child->next)
		want_service(reader, services, &wanted, child);
	for (size_t i = 0; i < named->count; i++) {
		if (yaml_child(services->node, named->items[i]) == NULL)
			reader_find(reader, FINDING_INVALID, services, "there is no service %s", string_printable(reader->arena, named->items[i], 60));
		else if (!string_list_has(&wanted, named->items[i]))
			string_list_add(reader->arena, &wanted, named->items[i]);
	}
	return wanted;
}

/* What a service depends on is wanted too. */
static void follow_dependencies(struct reader *reader, const struct spot *services, struct string_list *wanted)
{
	const struct compose_service *service = reader->service;

	for (size_t i = 0; i < service->dependency_count; i++) {
		const struct compose_dependency *dependency = &service->dependencies[i];
		const struct node *child = yaml_child(services->node, dependency->service);
		const struct node node = { .place = dependency->place };
		const struct spot spot = { &node, arena_printf(reader->arena, "services.%s.depends_on", service->name) };

		if (child != NULL)
			want_service(reader, services, wanted, child);
		if (string_list_has(wanted, dependency->service) || !dependency->is_required)
			continue;
		if (child == NULL)
			reader_find(reader, FINDING_INVALID, &spot, "there is no service %s",
				    string_printable(reader->arena, dependency->service, 60));
		else
			reader_find(reader, FINDING_INVALID, &spot, "the service %s is of a profile that was not chosen",
				    string_printable(reader->arena, dependency->service, 60))
				->remedy = "choose it with --profile";
	}
}

static void read_service(struct reader *reader, const struct spot *services, const char *name,
			 struct compose_service *ret_service)
{
	struct spot spot = reader_entry(reader, services, yaml_child(services->node, name), 0);
	const char *reason = service_name_reason(name);

	*ret_service = (struct compose_service){ .name = name, .place = spot.node->key_place };
	reader->service = ret_service;
	if (reason != NULL)
		reader_find(reader, FINDING_INVALID, &spot, "%s", reason);
	if (!reader_is_map(reader, &spot))
		return;
	spot.node = merge_extends(reader, services, &spot);
	if (spot.node != NULL)
		service_read(reader, &spot, ret_service);
}

static void read_services(struct reader *reader, const struct spot *services)
{
	struct compose_project *project = reader->project;
	struct string_list wanted = choose_services(reader, services);

	project->services = arena_alloc(reader->arena, COMPOSE_SERVICES_MAX * sizeof(*project->services));
	for (size_t i = 0; i < wanted.count; i++) {
		if (i == COMPOSE_SERVICES_MAX) {
			reader_find(reader, FINDING_INVALID, services, "more than %d services: that is the limit", COMPOSE_SERVICES_MAX);
			return;
		}
		read_service(reader, services, wanted.items[i], &project->services[project->service_count++]);
		follow_dependencies(reader, services, &wanted);
	}
	if (wanted.count == 0 && findings_allow(reader->findings))
		reader_find(reader, FINDING_INVALID, services, "no service is chosen: each is of a profile")
			->remedy = "choose one with --profile";
	order_services(reader);
}

/* ---- the file ---- */

static void check_top(struct reader *reader, const struct spot *root)
{
	static const char *const names[] = { "version", "name", "services", "networks", "volumes", "configs", "secrets", "include",
					     "models", NULL };
	const struct spot include = reader_child(reader, root, "include"), models = reader_child(reader, root, "models");

	reader_only(reader, root, names);
	if (include.node != NULL)
		reader_find(reader, FINDING_UNSUPPORTED, &include, "other files are not read")->remedy = "put the services into this file";
	if (models.node != NULL)
		reader_find(reader, FINDING_UNSUPPORTED, &models, "models are run by a plugin of docker's, which no policy judges");
}

static bool is_key_shown(const char *first, const char *key)
{
	(void)first;
	return strlen(key) <= 40 && strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == strlen(key);
}

static void complain(void *context, enum error_kind kind, struct place place, const char *remedy, const char *message)
{
	struct reader *reader = context;
	struct finding *finding = findings_add(reader->findings, FINDING_INVALID, "YAML", SIZE_MAX, "compose", "%s", message);

	(void)kind;
	finding->place = place;
	finding->remedy = remedy;
}

static const struct node *read_tree(struct reader *reader)
{
	const struct compose_input *input = reader->input;
	const struct yaml_language language = {
		.name = "a Compose file that hardrun reads", .noun = "Compose file", .beginning = "a Compose file has services:",
		.bytes_max = COMPOSE_FILE_BYTES_MAX, .depth_max = COMPOSE_DEPTH_MAX, .list_max = COMPOSE_LIST_MAX,
		.nodes_max = COMPOSE_NODES_MAX,
		.has_aliases = true, .is_key_shown = is_key_shown, .complain = complain, .context = reader,
	};

	return yaml_read(reader->arena, &language, input->file, input->bytes, input->length);
}

const struct compose_project *compose_read(struct arena *arena, const struct compose_input *input, struct findings *findings)
{
	struct compose_project *project = arena_alloc(arena, sizeof(*project));
	struct reader reader = { .arena = arena, .input = input, .findings = findings, .project = project };
	const struct node *tree = read_tree(&reader);
	struct spot root = { tree, "" }, services;

	if (tree == NULL || !findings_allow(findings))
		return NULL;
	if (!reader_is_map(&reader, &root))
		return NULL;
	reader.root = tree;
	if (!read_project_name(&reader, &root))
		return NULL;
	check_top(&reader, &root);
	resources_read(&reader);
	services = reader_child(&reader, &root, "services");
	if (services.node == NULL)
		reader_find(&reader, FINDING_INVALID, &root, "services: is missing");
	else if (reader_is_map(&reader, &services))
		read_services(&reader, &services);
	return findings_allow(findings) ? project : NULL;
}
