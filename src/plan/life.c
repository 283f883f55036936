/* life: how the container starts, is watched, logs, and ends. */
#include "plan_internal.h"

#include <inttypes.h>
#include <string.h>

enum { LOG_BYTES = 10 << 20, LOG_FILES = 3 }; /* built in: "10m" and "3" */

static void plan_streams(const struct planner *planner)
{
	struct plan *plan = planner->plan;
	const struct request_option *option;
	size_t position = 0;

	plan->is_detached = plan_switch(planner, FLAG_DETACH, false);
	plan->is_removed = plan_switch(planner, FLAG_RM, false);
	plan->is_interactive = plan_switch(planner, FLAG_INTERACTIVE, false);
	plan->is_tty = plan_switch(planner, FLAG_TTY, false);
	plan->is_quiet = plan_switch(planner, FLAG_QUIET, false);
	plan->is_sig_proxy = plan_switch(planner, FLAG_SIG_PROXY, true);
	plan->detach_keys = plan_choose_text(planner, FLAG_DETACH_KEYS, NULL, "detach_keys", NULL);
	while ((option = request_next(planner->request, FLAG_ATTACH, &position)) != NULL) {
		plan->is_attach_given = true;
		plan->is_attach_stdin = plan->is_attach_stdin || strcasecmp(option->raw, "stdin") == 0;
		plan->is_attach_stdout = plan->is_attach_stdout || strcasecmp(option->raw, "stdout") == 0;
		plan->is_attach_stderr = plan->is_attach_stderr || strcasecmp(option->raw, "stderr") == 0;
	}
	if (plan->is_attach_given || plan->is_detached)
		return;
	plan->is_attach_stdin = plan->is_interactive;
	plan->is_attach_stdout = true;
	plan->is_attach_stderr = true;
}

/* On the OCI path the flag is refused by its row; a default of the policy is dropped, as it weakens nothing. */
static void plan_init(const struct planner *planner)
{
	const struct policy_bool *own = &planner->policy->defaults.init;
	const struct request_option *option = request_last(planner->request, FLAG_INIT);
	struct plan_source source = plan_source_of(PLAN_FROM_BUILTIN);
	bool is_init = false;

	if (option != NULL) {
		is_init = option->value.boolean;
		source = plan_source_flag(option);
	} else if (own->is_set) {
		is_init = own->value && !planner->is_oci;
		source = plan_source_policy(own->place);
		if (own->value && planner->is_oci)
			plan_reason(planner, plan_find(planner, FINDING_NOTE, NULL, "defaults.init", "backend"),
				    "there is no init process in the container: that needs an engine");
	}
	planner->plan->is_init = is_init;
	plan_setting(planner, "init", source, is_init ? "true" : "false");
}

static void plan_stop(const struct planner *planner)
{
	struct plan *plan = planner->plan;
	const struct policy_number *own = &planner->policy->defaults.stop_grace_period;
	const struct request_option *option = request_last(planner->request, FLAG_STOP_TIMEOUT);
	const char *signal = planner->facts->image_facts.stop_signal;

	plan->stop_signal = plan_choose_text(planner, FLAG_STOP_SIGNAL, &planner->policy->defaults.stop_signal, "stop_signal",
					     planner->is_oci ? (signal != NULL ? signal : "SIGTERM") : NULL);
	plan->stop_timeout = -1;
	if (option != NULL) {
		plan->stop_timeout = option->value.number;
		plan_settingf(planner, "stop_grace_period", plan_source_flag(option), "%" PRId64 "s", plan->stop_timeout);
	} else if (own->is_set) {
		plan->stop_timeout = own->value;
		plan_settingf(planner, "stop_grace_period", plan_source_policy(own->place), "%" PRId64 "s", plan->stop_timeout);
	}
}

static void plan_restart(const struct planner *planner)
{
	const struct request_option *option = request_last(planner->request, FLAG_RESTART);
	const char *reason = NULL;
	int64_t retries = 0;

	planner->plan->restart = plan_choose_text(planner, FLAG_RESTART, NULL, "restart", "no");
	if (option != NULL && !verdict_parse_restart(option->raw, &retries, &reason))
		plan_reason(planner, plan_find(planner, FINDING_DENIED, option, NULL, "allow.restart"), "%s", reason);
}

/* Older clients do not know the option, and older daemons pass it over. */
static void require_start_interval(const struct planner *planner, const struct request_option *option)
{
	const char *version = planner->facts->engine.docker_version, *since = flag_specs[FLAG_HEALTH_START_INTERVAL].since;
	uint64_t has = 0, wants = 0;

	if (option == NULL || !planner->input->is_backend_known || planner->facts->backend != BACKEND_DOCKER || version == NULL ||
	    !parse_decimal(arena_strndup(planner->arena, version, strcspn(version, ".")), &has) ||
	    !parse_decimal(arena_strndup(planner->arena, since, strcspn(since, ".")), &wants) || has >= wants)
		return;
	plan_reason(planner, plan_find(planner, FINDING_UNSUPPORTED, option, NULL, "backend"),
		    "docker here is %s, and knows it from %s on", version, since)->remedy =
		"leave it out: checks come at the usual interval from the beginning";
}

static void plan_health(const struct planner *planner)
{
	const struct request_option *disable = request_last(planner->request, FLAG_NO_HEALTHCHECK);
	struct plan_health *health = &planner->plan->health;
	const struct {
		enum flag_id flag;
		const char *key;
		int64_t *value;
	} rows[] = {
		{ FLAG_HEALTH_INTERVAL, "healthcheck.interval", &health->interval },
		{ FLAG_HEALTH_TIMEOUT, "healthcheck.timeout", &health->timeout },
		{ FLAG_HEALTH_START_PERIOD, "healthcheck.start_period", &health->start_period },
		{ FLAG_HEALTH_START_INTERVAL, "healthcheck.start_interval", &health->start_interval },
		{ FLAG_HEALTH_RETRIES, "healthcheck.retries", &health->retries },
	};

	health->is_disabled = disable != NULL && disable->value.boolean;
	if (health->is_disabled)
		plan_setting(planner, "healthcheck.disable", plan_source_flag(disable), "true");
	health->command = plan_choose_text(planner, FLAG_HEALTH_CMD, NULL, "healthcheck.test", NULL);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct request_option *option = request_last(planner->request, rows[i].flag);

		if (option == NULL)
			continue;
		*rows[i].value = option->value.number;
		plan_setting(planner, rows[i].key, plan_source_flag(option), option->raw);
	}
	require_start_interval(planner, request_last(planner->request, FLAG_HEALTH_START_INTERVAL));
}

static bool is_file_driver(const char *driver)
{
	return strcmp(driver, "json-file") == 0 || strcmp(driver, "local") == 0;
}

const char *plan_log_value(struct arena *arena, const char *name, const char *value)
{
	uint64_t files = 0;
	int64_t bytes = 0;
	bool is_on;

	if (strcmp(name, "max-size") == 0)
		return parse_size(value, &bytes) && bytes > 0 ? format_size(arena, bytes) : NULL;
	if (strcmp(name, "max-file") == 0)
		return parse_decimal(value, &files) && files >= 1 ? arena_printf(arena, "%" PRIu64, files) : NULL;
	if (strcmp(name, "compress") == 0 && parse_bool(value, &is_on))
		return is_on ? "true" : "false";
	return NULL;
}

static void set_log_option(const struct planner *planner, struct plan_pair option, struct plan_source source)
{
	const char *written = plan_log_value(planner->arena, option.name, option.value);

	if (written == NULL) {
		plan_reason(planner, plan_find(planner, FINDING_DENIED, source.option, option.name, "floor: log-opt"),
			    "it is not an option of logs that hardrun knows, with a value of its kind");
		return;
	}
	option.value = written;
	plan_pair_set(planner->arena, &planner->plan->log_options, &planner->plan->log_option_count, option);
	plan_setting_pair(planner, "logging.options", source, option);
}

/* A default, the policy's or the built-in one, gives way to the ceiling. */
static void set_default_log_option(const struct planner *planner, struct plan_pair option, struct plan_source source)
{
	const bool is_size = strcmp(option.name, "max-size") == 0;
	const int64_t most = verdict_bound_log(planner->input, is_size);
	const char *lowered = option.value;
	uint64_t files = 0;
	int64_t size = 0;

	if (is_size && (!parse_size(option.value, &size) || size > most))
		lowered = format_size(planner->arena, most);
	if (strcmp(option.name, "max-file") == 0 && (!parse_decimal(option.value, &files) || files > (uint64_t)most))
		lowered = arena_printf(planner->arena, "%" PRId64, most);
	if (most != INT64_MAX && lowered != option.value) {
		option.value = lowered;
		source = plan_source_of(PLAN_FROM_CEILING);
	}
	set_log_option(planner, option, source);
}

/* What is built in, lowered to the most that the policy allows where that is less. */
static void set_builtin_log_options(const struct planner *planner)
{
	const struct policy_number *size = &planner->policy->allow.logging_max_size, *files = &planner->policy->allow.logging_max_file;
	struct plan_pair bounds[] = { { "max-size", "10m" }, { "max-file", "3" } };

	if (size->is_set && size->value < LOG_BYTES)
		bounds[0].value = format_size(planner->arena, size->value);
	if (files->is_set && files->value < LOG_FILES)
		bounds[1].value = arena_printf(planner->arena, "%" PRId64, files->value);
	set_default_log_option(planner, bounds[0], plan_source_of(PLAN_FROM_BUILTIN));
	set_default_log_option(planner, bounds[1], plan_source_of(PLAN_FROM_BUILTIN));
}

/*
 * A log on the host's disk is always bounded. The policy's options are those of the policy's driver, and of no other; a driver
 * that writes no file knows none of them, and the engine would refuse to start.
 */
static void plan_logging(const struct planner *planner)
{
	const struct policy_defaults *defaults = &planner->policy->defaults;
	const char *own = defaults->logging_driver.value != NULL ? defaults->logging_driver.value : "json-file";
	const struct request_option *option;
	struct plan *plan = planner->plan;
	size_t position = 0;
	bool takes_own;

	if (planner->is_oci) {
		plan->log_driver = "none";
		plan_setting(planner, "logging.driver", plan_source_of(PLAN_FROM_HOST),
			     "none (nothing is recorded without an engine)");
		return;
	}
	plan->log_driver = plan_choose_text(planner, FLAG_LOG_DRIVER, &defaults->logging_driver, "logging.driver", own);
	if (is_file_driver(plan->log_driver))
		set_builtin_log_options(planner);
	takes_own = is_file_driver(plan->log_driver) && strcmp(plan->log_driver, own) == 0;
	for (size_t i = 0; takes_own && i < defaults->logging_options.count; i++) {
		const struct policy_pair *pair = &defaults->logging_options.items[i];

		set_default_log_option(planner, (struct plan_pair){ pair->name, pair->value }, plan_source_policy(pair->place));
	}
	while ((option = request_next(planner->request, FLAG_LOG_OPT, &position)) != NULL) {
		const struct pair_request *pair = &option->value.pair;

		set_log_option(planner, (struct plan_pair){ pair->name, pair->value != NULL ? pair->value : "" },
			       plan_source_flag(option));
	}
}

static void plan_cidfile(const struct planner *planner)
{
	const struct request_option *option = request_last(planner->request, FLAG_CIDFILE);
	const struct host_path *path = option != NULL ? host_path_of(planner->facts, option->raw) : NULL;

	if (option == NULL)
		return;
	if (path == NULL || path->resolved == NULL || path->kind != PATH_MISSING || path->has_magic_link) {
		plan_reason(planner, plan_find(planner, FINDING_DENIED, option, NULL, "allow.cidfile"), "%s",
			    path != NULL && path->resolved != NULL ? "the file is there already"
								   : "its directory cannot be looked at");
		return;
	}
	planner->plan->cidfile = path->resolved;
	plan_setting(planner, "cidfile", plan_source_flag(option), path->resolved);
}

static void plan_notify(const struct planner *planner)
{
	static const char *const names[PLAN_NOTIFY_COUNT] = {
		[PLAN_NOTIFY_CONTAINER] = "container", [PLAN_NOTIFY_STARTED] = "started", [PLAN_NOTIFY_IGNORE] = "ignore",
	};
	const struct request_option *option = request_last(planner->request, FLAG_SDNOTIFY);

	for (size_t i = 0; option != NULL && i < ARRAY_COUNT(names); i++)
		if (strcmp(option->raw, names[i]) == 0)
			planner->plan->notify = (enum plan_notify)i;
	if (option != NULL)
		plan_setting(planner, "sdnotify", plan_source_flag(option), names[planner->plan->notify]);
}

void plan_life(const struct planner *planner)
{
	struct plan *plan = planner->plan;

	plan_streams(planner);
	plan_init(planner);
	plan_stop(planner);
	plan_restart(planner);
	plan_health(planner);
	plan_logging(planner);
	plan_cidfile(planner);
	plan_notify(planner);
	plan->pull = plan_choose_text(planner, FLAG_PULL, NULL, "pull_policy", "missing");
	plan->platform = plan_choose_text(planner, FLAG_PLATFORM, NULL, "platform", NULL);
}
