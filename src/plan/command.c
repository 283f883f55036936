/* command: what is executed, and where. Source of the rules: moby daemon/commit.go (merge), docker/cli container/opts.go. */
#include "plan_internal.h"

#include <string.h>

static void append(struct arena *arena, struct string_list *list, const struct string_list *more)
{
	for (size_t i = 0; i < more->count; i++)
		string_list_add(arena, list, more->items[i]);
}

struct string_list plan_join_argv(struct arena *arena, const struct image_facts *image, const char *entrypoint,
				  const struct string_list *command)
{
	struct string_list argv = { NULL, 0 };

	if (entrypoint != NULL) {
		if (entrypoint[0] != '\0')
			string_list_add(arena, &argv, entrypoint);
		append(arena, &argv, command);
	} else {
		append(arena, &argv, &image->entrypoint);
		append(arena, &argv, command->count > 0 ? command : &image->cmd);
	}
	return argv;
}

static void join_argv(const struct planner *planner)
{
	struct plan *plan = planner->plan;

	plan->argv = plan_join_argv(planner->arena, &planner->facts->image_facts, plan->entrypoint, &plan->command);
	if (plan->argv.count == 0 || plan->argv.items[0][0] == '\0') {
		struct finding *finding = plan_find(planner, FINDING_INVALID, NULL, "the command", "grammar");

		plan_reason(planner, finding, "there is no command: neither the image nor the command line names one");
		finding->remedy = "put the command behind the image";
	}
}

/* A directory of the image's choosing is held to what a caller may ask for. */
static const char *image_working_dir(const struct planner *planner)
{
	static const char *const traps[] = { "/proc", "/sys", "/dev" };
	const char *given = planner->facts->image_facts.working_dir;
	const char *path = given != NULL ? path_tidy(planner->arena, given) : "/";
	bool is_fine = path_is_clean(path);

	for (size_t i = 0; i < ARRAY_COUNT(traps); i++)
		is_fine = is_fine && !path_is_within(path, traps[i]);
	if (is_fine)
		return path;
	plan_reason(planner, plan_find(planner, FINDING_DENIED, NULL, "the image's WORKDIR", "floor: working-dir"),
		    "%s is not a directory that a container may start in", string_printable(planner->arena, path, 80));
	return "/";
}

static void plan_working_dir(const struct planner *planner)
{
	struct plan *plan = planner->plan;
	bool is_image = planner->facts->image_facts.working_dir != NULL;
	const char *given = plan_choose_text(planner, FLAG_WORKDIR, &planner->policy->defaults.working_dir, "working_dir", NULL);

	if (given != NULL) {
		plan->working_dir = path_tidy(planner->arena, given);
	} else if (planner->is_oci) {
		plan->working_dir = image_working_dir(planner);
		plan_setting(planner, "working_dir", plan_source_of(is_image ? PLAN_FROM_IMAGE : PLAN_FROM_BUILTIN),
			     plan->working_dir);
	}
}

void plan_command(const struct planner *planner)
{
	const struct request_option *entrypoint = request_last(planner->request, FLAG_ENTRYPOINT);
	struct plan *plan = planner->plan;
	bool is_image_read = planner->facts->image_facts.is_known || plan->image.kind == IMAGE_ROOTFS;

	plan->command = planner->request->command;
	if (entrypoint != NULL) {
		plan->entrypoint = entrypoint->raw;
		plan_setting(planner, "entrypoint", plan_source_flag(entrypoint), entrypoint->raw);
	}
	if (planner->is_oci && (is_image_read || entrypoint != NULL))
		join_argv(planner);
	plan_working_dir(planner);
}
