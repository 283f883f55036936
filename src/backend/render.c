/* backend_render: what is alike for all backends, then the one that was chosen. */
#include "backend_internal.h"

#include <string.h>

#define RENDER_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define RENDER_TERM_LENGTH_MAX 64

/* TERM reaches terminal databases, whose names are file names: nothing but a plain word is let through. */
static bool term_is_plain(const char *term)
{
	size_t length = strlen(term);

	return length > 0 && length <= RENDER_TERM_LENGTH_MAX &&
	       strspn(term, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-") == length;
}

static void add_variable(struct arena *arena, struct launch *launch, const char *name, const char *value)
{
	string_list_add(arena, &launch->environment, arena_printf(arena, "%s=%s", name, value));
}

/*
 * An ordinary user's podman keeps its images below HOME and its state in XDG_RUNTIME_DIR; both belong to the caller, who runs it
 * with no more power than his own. As root neither is taken from the caller.
 */
static void add_podman_environment(struct arena *arena, struct launch *launch)
{
	const struct host_facts *facts = launch->facts;
	const char *suffix = "/hardrun";
	size_t length;

	/* containers.conf may add mounts, devices, capabilities and variables to every container. */
	add_variable(arena, launch, "CONTAINERS_CONF", "/dev/null");
	add_variable(arena, launch, "HOME", facts->is_root || facts->home == NULL ? "/root" : facts->home);
	if (facts->is_root || facts->runtime_dir == NULL)
		return;
	length = strlen(facts->runtime_dir);
	if (length > strlen(suffix) && strcmp(facts->runtime_dir + length - strlen(suffix), suffix) == 0)
		add_variable(arena, launch, "XDG_RUNTIME_DIR", arena_strndup(arena, facts->runtime_dir, length - strlen(suffix)));
}

/* Whoever controls HOME, DOCKER_CONFIG or PATH of a docker client runs code as its uid, so nothing of the caller's is kept. */
static void render_environment(struct arena *arena, struct launch *launch)
{
	const char *term = host_environment(launch->facts, "TERM");

	add_variable(arena, launch, "PATH", RENDER_PATH);
	add_variable(arena, launch, "LANG", "C.UTF-8");
	if (launch->backend == BACKEND_PODMAN)
		add_podman_environment(arena, launch);
	if (launch->backend == BACKEND_DOCKER) {
		add_variable(arena, launch, "HOME", launch->config_dir);
		add_variable(arena, launch, "DOCKER_CONFIG", launch->config_dir);
		add_variable(arena, launch, "DOCKER_CLI_HINTS", "false");
		add_variable(arena, launch, "DOCKER_CLI_HOOKS", "false");
	}
	if (host_backend_is_oci(launch->backend))
		return;
	if (term != NULL && term_is_plain(term))
		add_variable(arena, launch, "TERM", term);
	if (host_environment(launch->facts, "NO_COLOR") != NULL)
		add_variable(arena, launch, "NO_COLOR", "1");
}

static bool path_is_fit(const char *path)
{
	return path == NULL || (string_is_utf8(path) && !string_has_control(path));
}

int render_check_paths(struct arena *arena, const struct plan *plan, struct error *err)
{
	for (size_t i = 0; i < plan->mount_count; i++) {
		const struct plan_mount *mount = &plan->mounts[i];

		if (!path_is_fit(mount->source) || !path_is_fit(mount->target))
			return error_set(err, arena, ERROR_UNSUPPORTED,
					 "the mount at %s leads to a path with control characters or bytes that are not UTF-8",
					 string_printable(arena, mount->target, 0));
	}
	if (!path_is_fit(plan->cidfile))
		return error_set(err, arena, ERROR_UNSUPPORTED, "the path of --cidfile has control characters or is not UTF-8");
	return 0;
}

static int set_config_dir(struct arena *arena, struct launch *launch, struct error *err)
{
	const struct host_facts *facts = launch->facts;
	const char *parent = facts->runtime_dir != NULL ? facts->runtime_dir : facts->state_dir;

	if (parent == NULL) {
		int result = error_set(err, arena, ERROR_MISSING, "there is no directory of yours for docker's empty configuration");

		err->remedy = "set XDG_RUNTIME_DIR, or give the account a home directory";
		return result;
	}
	launch->config_dir = arena_printf(arena, "%s/docker-config", parent);
	return 0;
}

static int render_backend(struct arena *arena, struct launch *launch, const struct profile *profile, struct error *err)
{
	switch (launch->backend) {
	case BACKEND_DOCKER:
		return docker_render(arena, launch, err);
	case BACKEND_PODMAN:
		return podman_render(arena, launch, err);
	case BACKEND_CRUN:
	case BACKEND_RUNC:
	case BACKEND_RUNSC:
		return oci_render(arena, launch, profile, err);
	case BACKEND_KIND_COUNT:
		break;
	}
	return error_set(err, arena, ERROR_UNSUPPORTED, "no such backend");
}

/* What does not depend on the plan: the program and what it finds around it. */
static int begin(struct arena *arena, struct launch *launch, struct error *err)
{
	const struct host_facts *facts = launch->facts;
	int result;

	launch->program = facts->engine.programs[launch->backend];
	launch->has_socket_answered = facts->engine.is_docker_answering;
	if (launch->program == NULL)
		return error_set(err, arena, ERROR_MISSING, "%s is not installed", host_backend_name(launch->backend));
	result = launch->backend == BACKEND_DOCKER ? set_config_dir(arena, launch, err) : 0;
	if (result == 0)
		render_environment(arena, launch);
	return result;
}

static int set_apparmor(struct arena *arena, struct launch *launch, const struct profile *profile, struct error *err)
{
	const struct plan *plan = launch->plan;

	switch (plan->apparmor) {
	case PLAN_APPARMOR_GENERATED:
		return apparmor_generate(arena, plan, plan->is_seccomp_unconfined ? NULL : profile, &launch->apparmor, err);
	case PLAN_APPARMOR_NAMED:
		launch->apparmor.name = plan->apparmor_profile;
		return 0;
	case PLAN_APPARMOR_UNSAID:
	case PLAN_APPARMOR_UNCONFINED:
	case PLAN_APPARMOR_COUNT:
		break;
	}
	return 0;
}

/* An engine's daemon starts the container, and nothing of ours reaches it but by name. */
static int refuse_sockets(struct arena *arena, const struct host_unit *unit, struct error *err)
{
	(void)error_set(err, arena, ERROR_UNSUPPORTED,
			"systemd has opened %u socket%s for %s, and an engine has no way to hand them to a container", unit->listen_count,
			unit->listen_count == 1 ? "" : "s", unit->name != NULL ? unit->name : "this unit");
	err->remedy = "use --backend crun or runc, or publish a port instead";
	return -(int)err->kind;
}

int backend_render(struct arena *arena, const struct plan *plan, const struct host_facts *facts, const struct profile *profile,
		   struct launch *ret_launch, struct error *err)
{
	struct launch launch = { .backend = plan->backend, .plan = plan, .facts = facts };
	int result = render_check_paths(arena, plan, err);

	if (result == 0 && facts->unit != NULL && facts->unit->listen_count > 0 && !host_backend_is_oci(plan->backend))
		result = refuse_sockets(arena, facts->unit, err);
	if (result == 0)
		result = begin(arena, &launch, err);
	if (result == 0)
		result = set_apparmor(arena, &launch, profile, err);
	if (result == 0 && plan_is_listened_to(plan) && (plan->is_seccomp_unconfined || profile->prepared != NULL))
		result = error_set(err, arena, ERROR_UNSUPPORTED, "there are no rules of a filter that could be explained");
	if (result < 0)
		return result;
	if (plan_is_listened_to(plan))
		launch.explained = profile = profile_without_listeners(arena, profile);
	if (!host_backend_is_oci(plan->backend) && !plan->is_seccomp_unconfined)
		launch.profile_json = render_guest_filter(arena, plan, profile_render_docker(arena, profile));
	result = render_backend(arena, &launch, profile, err);
	if (result < 0)
		return result;
	*ret_launch = launch;
	return 0;
}

int backend_render_verb(struct arena *arena, const struct host_facts *facts, const struct backend_verb *verb,
			struct launch *ret_launch, struct error *err)
{
	struct launch launch = { .backend = BACKEND_DOCKER, .facts = facts };
	struct plan plan = { .environment = verb->environment, .notify = PLAN_NOTIFY_IGNORE };
	struct command command = { .arena = arena, .facts = facts, .plan = &plan, .argv = &launch.argv, .err = err,
				   .env_file = &launch.env_file };
	int result = begin(arena, &launch, err);

	if (result < 0)
		return result;
	docker_globals(&command, &launch);
	for (size_t i = 0; i < verb->words.count; i++) {
		if (i == verb->environment_at)
			command_environment(&command);
		command_word(&command, verb->words.items[i]);
	}
	*ret_launch = launch;
	return 0;
}

int backend_render_again(struct arena *arena, struct launch *launch, struct error *err)
{
	struct launch again = *launch;
	int result;

	again.argv = (struct string_list){ 0 };
	again.env_file = NULL;
	if (launch->listener != NULL) {
		/* Which runtime an engine has is its own affair: runc's threads may be there. */
		const struct profile_listening listening = { .socket = launch->listener, .has_threads = true };

		again.profile_json = profile_render_explained(arena, launch->explained, &listening);
	}
	result = render_backend(arena, &again, NULL, err);
	if (result == 0)
		*launch = again;
	return result;
}

int backend_render_pull(struct arena *arena, const struct host_facts *facts, const struct backend_pull *pull,
			struct launch *ret_launch, struct error *err)
{
	struct launch launch = { .backend = BACKEND_DOCKER, .facts = facts };
	struct command command = { .arena = arena, .facts = facts, .argv = &launch.argv, .err = err };
	int result = begin(arena, &launch, err);

	if (result < 0)
		return result;
	docker_globals(&command, &launch);
	command_word(&command, "pull");
	if (pull->is_quiet)
		command_word(&command, "--quiet");
	if (pull->platform != NULL)
		command_option(&command, "--platform", pull->platform);
	command_word(&command, facts->image.canonical);
	*ret_launch = launch;
	return 0;
}
