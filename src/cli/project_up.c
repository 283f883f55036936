/* project_up: networks and volumes are made, services started in their order; what was begun and fails is taken back. */
#include "project.h"

#include <sha256.h>
#include <string.h>

struct up {
	struct project_session session;
	const struct project_line *line;
	const struct project *project;
	struct host_members before;     /* of the project, from earlier times */
	struct string_list started;     /* names of containers, by us */
	struct string_list networks;    /* made by us */
};

/* ---- networks and volumes ---- */

static void add_labels(const struct up *up, struct string_list *words)
{
	struct arena *arena = up->session.cli->arena;

	string_list_add(arena, words, "--label");
	string_list_add(arena, words, arena_printf(arena, "%s=%s", COMPOSE_PROJECT_LABEL, up->project->name));
	string_list_add(arena, words, "--label");
	string_list_add(arena, words, arena_printf(arena, "%s=%u", HOST_CALLER_LABEL, up->session.cli->facts->caller_uid));
}

/* The one place that makes them: what bears these labels is what `down` may remove. */
static int make(struct up *up, enum host_resource resource, const char *name, bool is_internal, struct error *err)
{
	struct arena *arena = up->session.cli->arena;
	struct string_list words = { NULL, 0 };

	string_list_add(arena, &words, resource == HOST_NETWORK ? "network" : "volume");
	string_list_add(arena, &words, "create");
	string_list_add(arena, &words, "--driver");
	string_list_add(arena, &words, resource == HOST_NETWORK ? "bridge" : "local");
	if (is_internal)
		string_list_add(arena, &words, "--internal");
	add_labels(up, &words);
	string_list_add(arena, &words, name);
	return project_client(&up->session, &words, err);
}

static int have_network(struct up *up, const struct project_network *network, struct error *err)
{
	struct cli *cli = up->session.cli;
	enum host_claim claim = HOST_CLAIM_FREE;
	int result;

	/* Who has read the file has said so already. */
	if (!project_may_make_network(network->name))
		return error_set(err, cli->arena, ERROR_UNSUPPORTED, "a project makes no network called %s", network->name);
	result = host_claim(cli->arena, cli->facts, HOST_NETWORK, network->name, up->project->name, &claim, err);

	if (result < 0 || claim == HOST_CLAIM_OWN)
		return result;
	if (claim == HOST_CLAIM_OTHER) {
		result = error_set(err, cli->arena, ERROR_UNSUPPORTED, "the network %s is there, and was not made for this project of yours",
				   network->name);
		err->remedy = "choose another project name with -p, or write external: true";
		return result;
	}
	result = make(up, HOST_NETWORK, network->name, network->is_internal, err);
	if (result == 0)
		string_list_add(cli->arena, &up->networks, network->name);
	return result;
}

/* One that is there already may be anybody's but somebody else's project's: two directories of one name are all it takes. */
static int have_volume(struct up *up, const char *name, struct error *err)
{
	struct cli *cli = up->session.cli;
	enum host_claim claim = HOST_CLAIM_FREE;
	int result = host_claim(cli->arena, cli->facts, HOST_VOLUME, name, up->project->name, &claim, err);
	const char *problem;

	if (result < 0 || claim == HOST_CLAIM_OWN)
		return result;
	if (claim == HOST_CLAIM_FREE)
		return make(up, HOST_VOLUME, name, false, err);
	problem = host_owner_problem(cli->arena, cli->facts, HOST_VOLUME, name);
	if (problem == NULL)
		return 0;
	result = error_set(err, cli->arena, ERROR_UNSUPPORTED, "the volume %s cannot be used: %s", name, problem);
	err->remedy = "choose another project name with -p";
	return result;
}

/* ---- one container ---- */

struct instance {
	struct up *up;
	const struct project_unit *unit;
	struct string_list words;
	struct compose_identity identity;
	const char *name;       /* of the container */
	bool is_dry_run;
};

static const char *digest_of(struct arena *arena, const struct string_list *words)
{
	char *hex = arena_alloc(arena, SHA256_DIGEST_STRING_LENGTH);
	struct text text;

	text_init(&text, arena);
	for (size_t i = 0; i < words->count; i++)
		text_add_bytes(&text, words->items[i], strlen(words->items[i]) + 1);
	return SHA256Data((const uint8_t *)text.data, text.length, hex);
}

static struct instance instance_of(struct up *up, const struct project_unit *unit, unsigned number)
{
	struct arena *arena = up->session.cli->arena;
	struct instance instance = { .up = up, .unit = unit };

	for (size_t i = 0; i < unit->words.count; i++)
		string_list_add(arena, &instance.words,
				i != unit->name_at ? unit->words.items[i]
						   : arena_printf(arena, "--name=%s-%s-%u", up->project->name, unit->name, number));
	for (size_t i = 0; i < instance.words.count && instance.name == NULL; i++)
		if (strncmp(instance.words.items[i], "--name=", 7) == 0)
			instance.name = instance.words.items[i] + 7;
	instance.identity = (struct compose_identity){
		.project = up->project->name, .service = unit->name, .number = arena_printf(arena, "%u", number),
		.config = digest_of(arena, &instance.words),
	};
	return instance;
}

/* In a process of its own: the same way as every run, with its own judgement and record. */
static int run_instance(void *context)
{
	const struct instance *instance = context;
	struct cli cli = *instance->up->session.cli;
	struct host_facts facts = *cli.facts;
	const struct string_list *words = &instance->words;
	char **argv = arena_alloc(cli.arena, (words->count + 5) * sizeof(*argv));
	int argc = 0;

	facts.nonce = host_make_nonce(cli.arena);
	cli.facts = &facts;
	cli.verb = "run";
	cli.failure = LAUNCH_STATUS_REFUSED;
	cli.compose = &instance->identity;
	cli.is_noted = true;
	cli.is_rehearsal = instance->is_dry_run && !cli.options.is_dry_run;
	argv[argc++] = arena_strdup(cli.arena, "hardrun");
	argv[argc++] = arena_strdup(cli.arena, cli.verb);
	argv[argc++] = arena_strdup(cli.arena, "--detach");
	if (instance->is_dry_run && !cli.options.is_dry_run)
		argv[argc++] = arena_strdup(cli.arena, "--dry-run");
	for (size_t i = 0; i < words->count; i++)
		argv[argc++] = arena_strdup(cli.arena, words->items[i]);
	/* On record is what is judged. */
	cli.argc = argc;
	cli.argv = argv;
	return run_verb(&cli, argc - 2, argv + 2);
}

static int run_aside(struct instance *instance, bool is_silent, struct error *err)
{
	const struct launch_aside aside = { .run = run_instance, .context = instance, .is_silent = is_silent };
	struct cli *cli = instance->up->session.cli;
	int status = LAUNCH_STATUS_REFUSED;
	int result = launch_aside(cli->arena, &aside, &status, err);

	if (result < 0 || status == 0)
		return result;
	if (launch_is_asked_to_stop())
		return error_set(err, cli->arena, ERROR_SYSTEM, "interrupted");
	return error_set(err, cli->arena, ERROR_SYSTEM, "the service %s cannot be started", instance->unit->name);
}

/* compose leaves alone what a service that was named depends on. */
static bool is_recreated(const struct up *up, const char *service)
{
	const struct project_line *line = up->line;

	return line->is_recreated && (line->services.count == 0 || string_list_has(&line->services, service));
}

static bool is_in_place(const struct instance *instance, const struct host_member *member)
{
	return strcmp(member->service, instance->unit->name) == 0 && strcmp(member->number, instance->identity.number) == 0;
}

static bool is_same(const struct instance *instance, const struct host_member *member)
{
	return member->is_running && strcmp(member->config, instance->identity.config) == 0 &&
	       !is_recreated(instance->up, instance->unit->name);
}

/* What stands in its place from earlier: left when it is the same, else removed. *ret_left: nothing is to be done. */
static int make_room(struct instance *instance, bool *ret_left, struct error *err)
{
	struct up *up = instance->up;
	struct string_list ids = { NULL, 0 };

	*ret_left = false;
	for (size_t i = 0; i < up->before.count; i++) {
		const struct host_member *member = &up->before.items[i];

		if (!is_in_place(instance, member))
			continue;
		*ret_left = is_same(instance, member);
		if (!*ret_left)
			string_list_add(up->session.cli->arena, &ids, member->id);
	}
	return project_remove(&up->session, &ids, err);
}

/* From a time when the service had more containers. */
static bool is_surplus(const struct project_unit *unit, const struct host_member *member)
{
	uint64_t number = 0;

	return strcmp(member->service, unit->name) == 0 && parse_decimal(member->number, &number) && number > unit->scale;
}

static int remove_surplus(struct up *up, const struct project_unit *unit, struct error *err)
{
	struct cli *cli = up->session.cli;
	struct string_list ids = { NULL, 0 };
	int result;

	for (size_t i = 0; i < up->before.count; i++)
		if (is_surplus(unit, &up->before.items[i]))
			string_list_add(cli->arena, &ids, up->before.items[i].id);
	result = project_remove(&up->session, &ids, err);
	for (size_t i = 0; result == 0 && !up->session.is_dry_run && i < up->before.count; i++)
		if (is_surplus(unit, &up->before.items[i]))
			message_line(cli, "%s is removed", up->before.items[i].name);
	return result;
}

static int start_instance(struct up *up, const struct project_unit *unit, unsigned number, struct error *err)
{
	struct cli *cli = up->session.cli;
	struct instance instance = instance_of(up, unit, number);
	bool is_left = false;
	int result = make_room(&instance, &is_left, err);

	if (result < 0)
		return result;
	if (is_left) {
		message_line(cli, "%s runs already", instance.name);
		return 0;
	}
	/* It may be there even where we are told that it failed. */
	string_list_add(cli->arena, &up->started, instance.name);
	result = run_aside(&instance, !up->session.is_dry_run, err);
	if (result < 0 || up->session.is_dry_run)
		return result;
	message_line(cli, "%s is started", instance.name);
	return 0;
}

static int start_unit(struct up *up, const struct project_unit *unit, struct error *err)
{
	int result = 0;

	for (size_t i = 0; result == 0 && unit->scale > 0 && !up->session.is_dry_run && i < unit->dependency_count; i++)
		if (unit->dependencies[i].condition != COMPOSE_STARTED)
			result = project_wait(up->session.cli, up->project->name, &unit->dependencies[i], err);
	for (unsigned number = 1; result == 0 && number <= unit->scale; number++) {
		result = start_instance(up, unit, number, err);
		if (result == 0 && launch_is_asked_to_stop())
			result = error_set(err, up->session.cli->arena, ERROR_SYSTEM, "interrupted");
	}
	return result < 0 ? result : remove_surplus(up, unit, err);
}

/* ---- what somebody else's list has to say ---- */

static const struct project_unit *unit_of(const struct up *up, const struct host_member *member)
{
	for (size_t i = 0; i < up->project->unit_count; i++)
		if (strcmp(up->project->units[i].name, member->service) == 0)
			return &up->project->units[i];
	return NULL;
}

static bool is_to_go(struct up *up, const struct host_member *member)
{
	const struct project_unit *unit = unit_of(up, member);
	uint64_t number = 0;
	struct instance instance;

	if (unit == NULL)
		return up->line->has_orphans_removed;
	if (!parse_decimal(member->number, &number) || number == 0 || number > unit->scale)
		return is_surplus(unit, member);
	instance = instance_of(up, unit, (unsigned)number);
	return is_in_place(&instance, member) && !is_same(&instance, member);
}

/* With rights lent: what it stops, removes and shows is what docker's verbs would be listed for. False: it was said. */
static bool may_go_on(struct up *up)
{
	static const char *const removing[] = { "stop", "rm", NULL }, *const following[] = { "logs", "stop", NULL };
	bool is_removing = false;

	for (size_t i = 0; i < up->before.count; i++)
		is_removing = is_removing || is_to_go(up, &up->before.items[i]);
	if (is_removing && !project_may(&up->session, "to put another container in the place of one", removing))
		return false;
	return up->line->is_detached || up->session.is_dry_run || project_may(&up->session, "without -d", following);
}

/* ---- all or nothing ---- */

static bool was_before(const struct up *up, const char *id)
{
	for (size_t i = 0; i < up->before.count; i++)
		if (strcmp(up->before.items[i].id, id) == 0)
			return true;
	return false;
}

/*
 * Those whose names we gave; what ran before stays. A request to stop may be why we are here: it has been heard, and waits until
 * all is done. One that comes now ends the containers at once.
 */
static void take_back(struct up *up)
{
	struct cli *cli = up->session.cli;
	struct string_list ids = { NULL, 0 }, words = { NULL, 0 };
	struct host_members members = { NULL, 0 };
	const int number = launch_take_stop();
	struct error err = { 0 };

	(void)host_list_members(cli->arena, cli->facts, up->project->name, &members, &err);
	for (size_t i = 0; i < members.count; i++)
		if (string_list_has(&up->started, members.items[i].name) && !was_before(up, members.items[i].id))
			string_list_add(cli->arena, &ids, members.items[i].id);
	if (ids.count > 0)
		message_line(cli, "what was started is stopped and removed again");
	if (project_end(&up->session, &ids, &err) < 0 || project_remove(&up->session, &ids, &err) < 0)
		message_error(cli, &err);
	string_list_add(cli->arena, &words, "network");
	string_list_add(cli->arena, &words, "rm");
	for (size_t i = 0; i < up->networks.count; i++)
		string_list_add(cli->arena, &words, up->networks.items[i]);
	if (up->networks.count > 0 && project_client(&up->session, &words, &err) < 0)
		message_error(cli, &err);
	if (number != 0)
		(void)raise(number);
}

/* What only the image can tell is asked before anything is made: nothing starts where one of them would be refused. */
static int rehearse(struct up *up, struct error *err)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < up->project->unit_count; i++) {
		struct instance instance = instance_of(up, &up->project->units[i], 1);

		instance.is_dry_run = true;
		if (up->project->units[i].scale > 0)
			result = run_aside(&instance, true, err);
	}
	return result;
}

static int remove_orphans(struct up *up, struct error *err)
{
	struct string_list ids = { NULL, 0 };
	int result;

	for (size_t i = 0; i < up->before.count; i++)
		if (unit_of(up, &up->before.items[i]) == NULL)
			string_list_add(up->session.cli->arena, &ids, up->before.items[i].id);
	result = project_remove(&up->session, &ids, err);
	for (size_t i = 0; result == 0 && !up->session.is_dry_run && i < up->before.count; i++)
		if (unit_of(up, &up->before.items[i]) == NULL)
			message_line(up->session.cli, "%s is removed", up->before.items[i].name);
	return result;
}

static int start_all(struct up *up, struct error *err)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < up->project->network_count; i++)
		result = have_network(up, &up->project->networks[i], err);
	for (size_t i = 0; result == 0 && i < up->project->volumes.count; i++)
		result = have_volume(up, up->project->volumes.items[i], err);
	if (result == 0 && up->line->has_orphans_removed)
		result = remove_orphans(up, err);
	for (size_t i = 0; result == 0 && i < up->project->unit_count; i++)
		result = start_unit(up, &up->project->units[i], err);
	return result;
}

/* ---- in the foreground ---- */

static bool is_logged(const struct up *up, const char *service)
{
	for (size_t i = 0; i < up->project->unit_count; i++)
		if (strcmp(up->project->units[i].name, service) == 0)
			return up->project->units[i].is_logged;
	return false;
}

static int follow(struct up *up)
{
	struct cli *cli = up->session.cli;
	struct project_line line = *up->line;
	struct host_members all = { NULL, 0 }, shown = { NULL, 0 };
	struct string_list ids = { NULL, 0 };
	struct error err = { 0 };
	int number = 0;

	if (host_list_members(cli->arena, cli->facts, up->project->name, &all, &err) < 0) {
		(void)verb_fail(&up->session.act, "failed", &err);
		return LAUNCH_STATUS_REFUSED;
	}
	line.is_followed = true;
	for (size_t i = 0; i < all.count; i++) {
		string_list_add(cli->arena, &ids, all.items[i].id);
		if (is_logged(up, all.items[i].service))
			*vector_push(cli->arena, shown.items, shown.count) = all.items[i];
	}
	if (project_show_logs(&up->session, &shown, &line, &number) < 0)
		number = 0;
	message_line(cli, number != 0 ? "stopping" : "all have ended");
	if (project_end(&up->session, &ids, &err) < 0) {
		(void)verb_fail(&up->session.act, "failed", &err);
		return LAUNCH_STATUS_REFUSED;
	}
	return message_finish(cli, number != 0 ? LAUNCH_STATUS_SIGNAL + number : CLI_STATUS_OK);
}

/* Everything up to where the services run. Negative: what was begun is taken back, and it was said and recorded. */
static int bring_up(struct up *up)
{
	struct cli *cli = up->session.cli;
	const bool is_dry_run = up->session.is_dry_run;
	struct error err = { 0 };
	int result = host_list_members(cli->arena, cli->facts, up->project->name, &up->before, &err);

	if (result == 0 && !may_go_on(up))
		return -(int)ERROR_UNSUPPORTED;
	if (result == 0 && !is_dry_run)
		result = rehearse(up, &err);
	/* On record is what the whole of it does as well: networks, volumes, what is replaced, and what the end of it stops. */
	if (result == 0 && !is_dry_run && !verb_allow(&up->session.act))
		return -(int)ERROR_SYSTEM;
	if (result == 0)
		result = start_all(up, &err);
	if (result == 0)
		return 0;
	(void)verb_fail(&up->session.act, "failed", &err);
	if (!is_dry_run)
		take_back(up);
	return result;
}

int project_up(struct cli *cli, const struct project_line *line, const struct project *project)
{
	static const char *const none[] = { NULL };
	struct up up = {
		.session = { .cli = cli, .timeout = line->timeout, .is_dry_run = cli->options.is_dry_run }, .line = line, .project = project,
	};
	int status = LAUNCH_STATUS_REFUSED;
	sigset_t before;

	if (!project_open(&up.session, "compose up", none))
		return LAUNCH_STATUS_REFUSED;
	launch_hold(&before);
	if (bring_up(&up) == 0)
		status = line->is_detached || up.session.is_dry_run ? message_finish(cli, CLI_STATUS_OK) : follow(&up);
	launch_release(&before);
	return status;
}
