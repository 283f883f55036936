/* project_down: what `compose down`, ps and logs do with the caller's own containers of a project. */
#include "project.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* ---- the daemon ---- */

bool project_may(struct project_session *session, const char *what, const char *const *keys)
{
	const struct cli *cli = session->cli;
	const struct policy *list = session->guard.ceiling != NULL ? session->guard.ceiling : session->act.policy;

	for (size_t i = 0; cli->is_guarded && keys[i] != NULL; i++)
		if (!verb_is_listed(list, keys[i]))
			verb_refuse(&session->act, "allow.verbs", "%s%sit needs docker's verb %s, which is not listed",
				    what != NULL ? what : "", what != NULL ? " " : "", keys[i])->remedy =
				arena_printf(cli->arena, "in %s add \"- %s\" to allow.verbs",
					     verb_policy_place(cli, &session->guard, list, NULL), keys[i]);
	if (findings_allow(&session->act.findings))
		return true;
	(void)verb_deny(&session->act);
	return false;
}

bool project_open(struct project_session *session, const char *subject, const char *const *keys)
{
	struct cli *cli = session->cli;
	struct error err = { 0 };

	session->guard = cli->is_guarded ? verb_guard_read(cli) : (struct verb_guard){ .errors.arena = cli->arena };
	if (!cli->is_guarded)
		flow_search(cli->arena, cli->facts, &session->guard.search);
	session->act = verb_begin(cli, &session->guard, subject);
	session->act.policy = verb_guard_policy(cli, &session->guard);
	if (session->act.policy == NULL) {
		(void)verb_fail(&session->act, "policy", NULL);
		return false;
	}
	if (!project_may(session, NULL, keys))
		return false;
	if (!verb_find_daemon(&session->act, &err)) {
		(void)verb_fail(&session->act, "failed", &err);
		return false;
	}
	return true;
}

int project_client(struct project_session *session, const struct string_list *words, struct error *err)
{
	struct cli *cli = session->cli;
	const struct backend_verb verb = { .words = *words, .environment_at = words->count };
	struct launch launch;
	int result = backend_render_verb(cli->arena, cli->facts, &verb, &launch, err);

	if (result < 0)
		return result;
	launch.is_guarded = cli->is_guarded;
	if (session->is_dry_run) {
		message_print(cli, backend_dry_run(cli->arena, &launch));
		return 0;
	}
	return launch_client(cli->arena, &launch, session->is_deaf, err);
}

static int with_ids(struct project_session *session, struct string_list words, const struct string_list *ids, struct error *err)
{
	for (size_t i = 0; i < ids->count; i++)
		string_list_add(session->cli->arena, &words, ids->items[i]);
	return ids->count == 0 ? 0 : project_client(session, &words, err);
}

int project_stop(struct project_session *session, const struct string_list *ids, struct error *err)
{
	struct string_list words = { NULL, 0 };

	string_list_add(session->cli->arena, &words, "stop");
	if (session->timeout != NULL) {
		string_list_add(session->cli->arena, &words, "-t");
		string_list_add(session->cli->arena, &words, session->timeout);
	}
	return with_ids(session, words, ids, err);
}

int project_end(struct project_session *session, const struct string_list *ids, struct error *err)
{
	struct string_list words = { NULL, 0 };
	int result = project_stop(session, ids, err);

	if (result < 0 && launch_take_stop() != 0) {
		string_list_add(session->cli->arena, &words, "kill");
		session->is_deaf = true;
		result = with_ids(session, words, ids, err);
	}
	session->is_deaf = true;
	return result;
}

int project_remove(struct project_session *session, const struct string_list *ids, struct error *err)
{
	struct string_list words = { NULL, 0 };
	int result = project_stop(session, ids, err);

	string_list_add(session->cli->arena, &words, "rm");
	string_list_add(session->cli->arena, &words, "--force");
	return result < 0 ? result : with_ids(session, words, ids, err);
}

/* ---- what is there ---- */

static bool is_wanted(const struct project_line *line, const struct host_member *member)
{
	return line->services.count == 0 || string_list_has(&line->services, member->service);
}

static bool open_members(struct project_session *session, const char *name, const struct project_line *line,
			 struct host_members *ret_members)
{
	struct cli *cli = session->cli;
	struct host_members all, members = { NULL, 0 };
	struct error err = { 0 };

	if (host_list_members(cli->arena, cli->facts, name, &all, &err) < 0) {
		(void)verb_fail(&session->act, "failed", &err);
		return false;
	}
	for (size_t i = 0; i < all.count; i++)
		if (is_wanted(line, &all.items[i]))
			*vector_push(cli->arena, members.items, members.count) = all.items[i];
	*ret_members = members;
	return true;
}

static int remove_resources(struct project_session *session, enum host_resource resource, const char *project, struct error *err)
{
	struct cli *cli = session->cli;
	struct string_list names = { NULL, 0 }, words = { NULL, 0 };
	int result = host_list_resources(cli->arena, cli->facts, resource, project, &names, err);

	string_list_add(cli->arena, &words, resource == HOST_NETWORK ? "network" : "volume");
	string_list_add(cli->arena, &words, "rm");
	return result < 0 ? result : with_ids(session, words, &names, err);
}

int project_down(struct cli *cli, const struct project_line *line)
{
	static const char *const keys[] = { "stop", "rm", NULL };
	struct project_session session = { .cli = cli, .timeout = line->timeout, .is_dry_run = cli->options.is_dry_run };
	struct host_members members;
	struct string_list ids = { NULL, 0 };
	struct error err = { 0 };
	int result;

	if (!project_open(&session, "compose down", keys) || !open_members(&session, line->name, line, &members))
		return LAUNCH_STATUS_REFUSED;
	if (!session.is_dry_run && !verb_allow(&session.act))
		return LAUNCH_STATUS_REFUSED;
	for (size_t i = 0; i < members.count; i++)
		string_list_add(cli->arena, &ids, members.items[i].id);
	result = project_remove(&session, &ids, &err);
	for (size_t i = 0; result == 0 && !session.is_dry_run && i < members.count; i++)
		message_line(cli, "%s is removed", members.items[i].name);
	/* Some services leave the rest where it is. */
	if (result == 0 && line->services.count == 0)
		result = remove_resources(&session, HOST_NETWORK, line->name, &err);
	if (result == 0 && line->services.count == 0 && line->has_volumes_removed)
		result = remove_resources(&session, HOST_VOLUME, line->name, &err);
	if (result == 0)
		return message_finish(cli, CLI_STATUS_OK);
	message_error(cli, &err);
	return LAUNCH_STATUS_REFUSED;
}

static void widen(int *width, const char *text)
{
	*width = (int)strlen(text) > *width ? (int)strlen(text) : *width;
}

/* As narrow as what is in it: a screen has 80 columns. */
static void print_members(const struct cli *cli, const struct host_members *members)
{
	int name = (int)strlen("NAME"), service = (int)strlen("SERVICE"), image = (int)strlen("IMAGE");

	for (size_t i = 0; i < members->count; i++) {
		widen(&name, members->items[i].name);
		widen(&service, members->items[i].service);
		widen(&image, members->items[i].image);
	}
	message_print(cli, arena_printf(cli->arena, "%-*s   %-*s   %-*s   %s\n", name, "NAME", service, "SERVICE", image, "IMAGE",
					"STATUS"));
	for (size_t i = 0; i < members->count; i++) {
		const struct host_member *member = &members->items[i];

		message_print(cli, arena_printf(cli->arena, "%-*s   %-*s   %-*s   %s\n", name, member->name, service, member->service, image,
						member->image, member->status));
	}
}

int project_ps(struct cli *cli, const struct project_line *line)
{
	static const char *const keys[] = { "ps", NULL };
	struct project_session session = { .cli = cli };
	struct host_members members;
	json_t *array;

	if (!project_open(&session, "compose ps", keys) || !open_members(&session, line->name, line, &members) ||
	    !verb_allow(&session.act))
		return LAUNCH_STATUS_REFUSED;
	array = json_array();
	for (size_t i = 0; i < members.count; i++) {
		struct host_member *member = &members.items[i];

		member->image = string_printable(cli->arena, member->image, 200);
		member->status = string_printable(cli->arena, member->status, 200);
		json_array_append_new(array, json_pack("{s:s, s:s, s:s, s:s, s:s, s:b}", "name", member->name, "id", member->id, "service",
						       member->service, "image", member->image, "status", member->status, "running",
						       (int)member->is_running));
	}
	if (!cli->is_json)
		print_members(cli, &members);
	else
		json_print(cli, json_pack("{s:s, s:O}", "schema", "hardrun/compose-ps/1", "containers", array));
	json_decref(array);
	return message_finish(cli, CLI_STATUS_OK);
}

/* ---- logs ---- */

static const char *const log_options[] = { "logs", "--follow", "--tail" };

static int render_log(struct project_session *session, const struct host_member *member, const struct project_line *line,
		      struct launch *ret_launch, struct error *err)
{
	struct arena *arena = session->cli->arena;
	struct backend_verb verb = { .environment_at = SIZE_MAX };
	int result;

	string_list_add(arena, &verb.words, log_options[0]);
	if (line->is_followed)
		string_list_add(arena, &verb.words, log_options[1]);
	if (line->tail != NULL) {
		string_list_add(arena, &verb.words, log_options[2]);
		string_list_add(arena, &verb.words, line->tail);
	}
	string_list_add(arena, &verb.words, member->id);
	result = backend_render_verb(arena, session->cli->facts, &verb, ret_launch, err);
	ret_launch->is_guarded = session->cli->is_guarded;
	return result;
}

int project_show_logs(struct project_session *session, const struct host_members *members, const struct project_line *line,
		      int *ret_signal)
{
	struct arena *arena = session->cli->arena;
	struct launch_log *logs = arena_alloc(arena, (members->count + 1) * sizeof(*logs));
	struct launch *launches = arena_alloc(arena, (members->count + 1) * sizeof(*launches));
	struct error err = { 0 };
	int width = 0, result = 0;

	for (size_t i = 0; i < members->count; i++)
		width = (int)strlen(members->items[i].service) > width ? (int)strlen(members->items[i].service) : width;
	for (size_t i = 0; result == 0 && i < members->count; i++) {
		const struct host_member *member = &members->items[i];
		const char *name = arena_printf(arena, "%s-%s", member->service, member->number);

		result = render_log(session, member, line, &launches[i], &err);
		logs[i] = (struct launch_log){ &launches[i], arena_printf(arena, "%-*s | ", width + 3, name) };
	}
	*ret_signal = 0;
	if (result == 0)
		result = launch_show_logs(arena, logs, members->count, ret_signal, &err);
	if (result < 0)
		message_error(session->cli, &err);
	return result;
}

int project_logs(struct cli *cli, const struct project_line *line)
{
	static const char *const keys[] = { "logs", NULL };
	struct project_session session = { .cli = cli };
	struct host_members members;
	int number = 0;

	if (!project_open(&session, "compose logs", keys) || !open_members(&session, line->name, line, &members) ||
	    !verb_allow(&session.act))
		return LAUNCH_STATUS_REFUSED;
	if (project_show_logs(&session, &members, line, &number) < 0)
		return LAUNCH_STATUS_REFUSED;
	return message_finish(cli, number != 0 ? LAUNCH_STATUS_SIGNAL + number : CLI_STATUS_OK);
}
