/* bounds_limits: numbers: memory, CPU, processes, other limits, logs, times. */
#include "bounds.h"
#include "plan_internal.h"

#include <string.h>

#define SECONDS_MOST 300
#define ID_BYTES_MOST 128

struct range {
	const char *name;
	int64_t value, least, most;
	int64_t unset;           /* a value that means "not set"; INT64_MIN: none */
};

static const char *check_ranges(const struct bounds *bounds, const struct range *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct range *range = &ranges[i];

		const bool is_unset = range->unset != INT64_MIN && range->value == range->unset;

		if (!is_unset && (range->value < range->least || range->value > range->most))
			return bounds_say(bounds, "%s of %lld", range->name, (long long)range->value);
	}
	return NULL;
}

static int64_t most_of(const struct bounds *bounds, enum verdict_limit limit)
{
	const int64_t ceiling = bounds->ceiling != NULL ? verdict_limit_most(&bounds->input, limit) : INT64_MAX;
	const int64_t unit = plan_unit_most(bounds->facts, limit);

	return unit < ceiling ? unit : ceiling;
}

static const char *check_cpus(const struct bounds *bounds)
{
	const char *wanted = bounds->plan->cpuset_cpus, *nodes = bounds->plan->cpuset_mems;
	struct plan_cpus asked = { { 0 } }, granted = { { 0 } }, memory = { { 0 } };

	if (nodes != NULL && !plan_read_cpus(bounds->arena, nodes, &memory))
		return bounds_say(bounds, "the memory nodes %s", nodes);
	if (wanted == NULL)
		return bounds->ceiling != NULL && bounds->allow->cpuset.is_set ? "every CPU of the machine" : NULL;
	if (!plan_read_cpus(bounds->arena, wanted, &asked))
		return bounds_say(bounds, "the CPUs %s", wanted);
	if (bounds->ceiling == NULL || !bounds->allow->cpuset.is_set)
		return NULL;
	for (size_t i = 0; i < bounds->allow->cpuset.count; i++)
		(void)plan_read_cpus(bounds->arena, bounds->allow->cpuset.items[i].value, &granted);
	for (size_t i = 0; i < ARRAY_COUNT(asked.words); i++)
		if ((asked.words[i] & ~granted.words[i]) != 0)
			return bounds_say(bounds, "the CPUs %s", wanted);
	return NULL;
}

const char *bounds_limits(const struct bounds *bounds)
{
	const struct plan *plan = bounds->plan;
	const struct range ranges[] = {
		{ "memory", plan->memory_bytes, PLAN_MINIMUM_MEMORY, most_of(bounds, VERDICT_MEMORY), INT64_MIN },
		{ "a memory reservation", plan->memory_reservation, 1, plan->memory_bytes, 0 },
		{ "1e-9 CPUs", plan->nano_cpus, 1, most_of(bounds, VERDICT_CPUS), INT64_MIN },
		{ "a number of processes", plan->pids_limit, 1, most_of(bounds, VERDICT_PIDS), INT64_MIN },
		{ "shared memory", plan->shm_size, 1, most_of(bounds, VERDICT_SHM), INT64_MIN },
		{ "CPU shares", plan->cpu_shares, 2, 1024, 0 },
		{ "an I/O weight", plan->blkio_weight, 10, 500, 0 },
		{ "a swappiness", plan->memory_swappiness, 0, 60, -1 },
		{ "an OOM score", plan->oom_score_adj, 0, 1000, INT64_MIN },
		{ "a stop timeout", plan->stop_timeout, 0, SECONDS_MOST, -1 },
	};
	const char *beyond = check_ranges(bounds, ranges, ARRAY_COUNT(ranges));

	return beyond != NULL ? beyond : check_cpus(bounds);
}

static int64_t unlimited(int64_t value)
{
	return value < 0 ? INT64_MAX : value;
}

static bool has_ulimit(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->ulimit_count; i++)
		if (strcmp(plan->ulimits[i].name, name) == 0)
			return true;
	return false;
}

/* What a plan leaves out is the daemon's own, often a million: those that every plan has must be there. */
const char *bounds_ulimits(const struct bounds *bounds)
{
	static const char *const always[] = { "core", "nofile" };
	const struct plan *plan = bounds->plan;

	for (size_t i = 0; i < ARRAY_COUNT(always); i++)
		if (!has_ulimit(plan, always[i]))
			return bounds_say(bounds, "no limit %s", always[i]);
	for (size_t i = 0; i < plan->ulimit_count; i++) {
		const struct plan_ulimit *ulimit = &plan->ulimits[i];
		const int64_t soft = unlimited(ulimit->soft), hard = unlimited(ulimit->hard);
		const int64_t most = bounds->ceiling != NULL ? verdict_bound_ulimit(&bounds->input, ulimit->name) : INT64_MAX;

		if (ulimit->name[strspn(ulimit->name, "abcdefghijklmnopqrstuvwxyz")] != '\0' || soft > hard || hard > most)
			return bounds_say(bounds, "the limit %s", ulimit->name);
	}
	return NULL;
}

static bool is_driver_listed(const struct bounds *bounds, const char *driver)
{
	static const char *const local[] = { "json-file", "local", "journald", "syslog", "none" };
	bool is_local = false;

	for (size_t i = 0; i < ARRAY_COUNT(local); i++)
		is_local = is_local || strcmp(local[i], driver) == 0;
	if (!is_local || bounds->ceiling == NULL || strcmp(driver, "json-file") == 0)
		return is_local;
	for (size_t i = 0; i < bounds->allow->logging_drivers.count; i++)
		if (strcmp(bounds->allow->logging_drivers.items[i].value, driver) == 0)
			return true;
	return host_backend_is_oci(bounds->plan->backend) && strcmp(driver, "none") == 0;
}

static bool is_log_option_fine(const struct bounds *bounds, const struct plan_pair *option, int64_t *size, int64_t *files)
{
	const char *written = plan_log_value(bounds->arena, option->name, option->value);
	uint64_t number;

	/* The plan was written by us: a value that is written otherwise was not. */
	if (written == NULL || strcmp(written, option->value) != 0)
		return false;
	if (strcmp(option->name, "max-size") == 0)
		return parse_size(option->value, size) && *size > 0 &&
		       (bounds->ceiling == NULL || *size <= verdict_bound_log(&bounds->input, true));
	if (strcmp(option->name, "max-file") == 0) {
		*files = parse_decimal(option->value, &number) && number <= INT32_MAX ? (int64_t)number : 0;
		return *files > 0 && (bounds->ceiling == NULL || *files <= verdict_bound_log(&bounds->input, false));
	}
	return true;
}

/* A log that is a file always has a size and a number of files. */
const char *bounds_logs(const struct bounds *bounds)
{
	const struct plan *plan = bounds->plan;
	const bool is_file = strcmp(plan->log_driver, "json-file") == 0 || strcmp(plan->log_driver, "local") == 0;
	int64_t size = 0, files = 0;

	if (!is_driver_listed(bounds, plan->log_driver))
		return bounds_say(bounds, "the log driver %s", plan->log_driver);
	for (size_t i = 0; i < plan->log_option_count; i++)
		if (!is_log_option_fine(bounds, &plan->log_options[i], &size, &files))
			return bounds_say(bounds, "the log option %s", plan->log_options[i].name);
	return is_file && (size == 0 || files == 0) ? "a log without end" : NULL;
}

static bool is_restart_listed(const struct bounds *bounds, const char *text)
{
	int64_t retries = 0;
	const char *reason;

	if (!verdict_parse_restart(text, &retries, &reason))
		return false;
	if (bounds->ceiling == NULL || text[0] == '\0' || strcmp(text, "no") == 0)
		return true;
	for (size_t i = 0; i < bounds->allow->restart.count; i++) {
		const char *entry = bounds->allow->restart.items[i].value;
		uint64_t most = 1000;

		if (retries == 0 ? strcmp(entry, text) == 0
				 : strncmp(entry, "on-failure", 10) == 0 &&
				   (entry[10] == '\0' || (entry[10] == ':' && parse_decimal(entry + 11, &most))) &&
				   (uint64_t)retries <= most)
			return true;
	}
	return false;
}

static bool is_cidfile_listed(const struct bounds *bounds, const char *path)
{
	const struct policy_list *list = bounds->ceiling != NULL ? &bounds->allow->cidfile : NULL;
	bool is_listed = list == NULL;

	for (size_t i = 0; list != NULL && i < list->count; i++)
		is_listed = is_listed || verdict_path_matches(list->items[i].value, path, bounds->facts);
	return is_listed && path_is_clean(path);
}

static bool is_directory_fine(const struct bounds *bounds, const char *path)
{
	const char *tidy = path_tidy(bounds->arena, path);

	return path_is_clean(tidy) && !path_is_within(tidy, "/proc") && !path_is_within(tidy, "/sys") && !path_is_within(tidy, "/dev");
}

/* This machine's, or one that the ceiling lists. */
static bool is_platform_fine(const struct bounds *bounds, const char *platform)
{
	const char *ours = bounds->facts->architecture;

	if (strncmp(platform, "linux/", 6) != 0 || platform[6 + strspn(platform + 6, "abcdefghijklmnopqrstuvwxyz0123456789/")] != '\0')
		return false;
	if (bounds->ceiling == NULL || (ours != NULL && strcmp(platform + 6, ours) == 0))
		return true;
	for (size_t i = 0; i < bounds->allow->platforms.count; i++)
		if (strcmp(bounds->allow->platforms.items[i].value, platform) == 0)
			return true;
	return false;
}

const char *bounds_life(const struct bounds *bounds)
{
	const struct plan *plan = bounds->plan;
	const struct plan_health *health = &plan->health;
	const int64_t second = 1000000000;
	const struct range times[] = {
		{ "a health interval", health->interval, second, INT64_MAX, 0 },
		{ "a health timeout", health->timeout, second, INT64_MAX, 0 },
		{ "a health start", health->start_period, 1, INT64_MAX, 0 },
		{ "a health start interval", health->start_interval, second, INT64_MAX, 0 },
		{ "health retries", health->retries, 0, INT32_MAX, INT64_MIN },
	};
	const struct {
		const char *name, *text;
	} words[] = {
		{ "the name", plan->name }, { "the host name", plan->hostname }, { "the domain name", plan->domainname },
		{ "the stop signal", plan->stop_signal }, { "the detach keys", plan->detach_keys },
	};

	for (size_t i = 0; i < ARRAY_COUNT(words); i++)
		if (words[i].text != NULL && string_has_control(words[i].text))
			return bounds_say(bounds, "control characters in %s", words[i].name);
	if (!is_restart_listed(bounds, plan->restart))
		return bounds_say(bounds, "the restart policy %s", plan->restart);
	if (plan->entrypoint != NULL && bounds->ceiling != NULL &&
	    !(bounds->allow->entrypoint.is_set && bounds->allow->entrypoint.value))
		return "another entrypoint";
	if (plan->working_dir != NULL && !is_directory_fine(bounds, plan->working_dir))
		return bounds_say(bounds, "the working directory %s", plan->working_dir);
	if (plan->platform != NULL && !is_platform_fine(bounds, plan->platform))
		return bounds_say(bounds, "the platform %s", plan->platform);
	if (plan->cidfile != NULL && !is_cidfile_listed(bounds, plan->cidfile))
		return bounds_say(bounds, "the file %s", plan->cidfile);
	if (plan->name != NULL && (strlen(plan->name) > ID_BYTES_MOST || strchr(plan->name, '/') != NULL || plan->name[0] == '-'))
		return bounds_say(bounds, "the name %s", plan->name);
	if (plan->name != NULL && verdict_name_reason(plan->name, bounds->ceiling != NULL || bounds->facts->elevated_by != NULL) != NULL)
		return bounds_say(bounds, "the name %s, which may be somebody's id", plan->name);
	return check_ranges(bounds, times, ARRAY_COUNT(times));
}
