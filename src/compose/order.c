/* order: what another service depends on starts first. */
#include <string.h>

#include "compose_internal.h"

static bool is_placed(const struct compose_service *placed, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(placed[i].name, name) == 0)
			return true;
	return false;
}

static bool is_ready(const struct compose_project *project, const struct compose_service *service, size_t count,
		     const struct compose_service *placed)
{
	for (size_t i = 0; i < service->dependency_count; i++) {
		const char *name = service->dependencies[i].service;

		/* What is not wanted was complained of, or is not required. */
		if (is_placed(project->services, project->service_count, name) && !is_placed(placed, count, name))
			return false;
	}
	return true;
}

void order_services(struct reader *reader)
{
	struct compose_project *project = reader->project;
	struct compose_service *placed = arena_alloc(reader->arena, (project->service_count + 1) * sizeof(*placed));
	size_t count = 0, before;

	do {
		before = count;
		for (size_t i = 0; i < project->service_count; i++) {
			const struct compose_service *service = &project->services[i];

			if (!is_placed(placed, count, service->name) && is_ready(project, service, count, placed))
				placed[count++] = *service;
		}
	} while (count > before);
	for (size_t i = 0; i < project->service_count && count < project->service_count; i++) {
		const struct compose_service *service = &project->services[i];
		const struct node node = { .place = service->place };
		const struct spot spot = { &node, arena_printf(reader->arena, "services.%s.depends_on", service->name) };

		if (is_placed(placed, count, service->name))
			continue;
		reader_find(reader, FINDING_INVALID, &spot, "the services depend on each other in a circle");
		return;
	}
	project->services = placed;
}
