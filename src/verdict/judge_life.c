/* judge_life: how a container is started, watched, stopped and logged. */
#include "verdict_internal.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define LIFE_SECOND INT64_C(1000000000)

void verdict_judge_attach(const struct judgement *judgement)
{
	static const char *const streams[] = { "stdin", "stdout", "stderr" };

	for (size_t i = 0; i < ARRAY_COUNT(streams); i++) {
		if (strcasecmp(judgement->option->raw, streams[i]) == 0)
			return;
	}
	verdict_invalid(judgement, "it is stdin, stdout or stderr");
}

/* Keys apart by commas: one character, or ctrl- and one of a-z @ [ \ ] ^ _. Source: moby/term ascii.go. */
void verdict_judge_detach_keys(const struct judgement *judgement)
{
	const char *keys = judgement->option->raw;

	while (*keys != '\0') {
		const size_t length = strcspn(keys, ",");
		const bool is_control = length == 6 && strncmp(keys, "ctrl-", 5) == 0 &&
					(islower((unsigned char)keys[5]) || strchr("@[\\]^_", keys[5]) != NULL);

		if (!is_control && !(length == 1 && isgraph((unsigned char)keys[0]))) {
			verdict_invalid(judgement, "it is a list such as ctrl-p,ctrl-q");
			return;
		}
		keys += length;
		if (*keys == ',' && *++keys == '\0')
			verdict_invalid(judgement, "a key is missing after the last comma");
	}
}

/* ---- restart ---- */

bool verdict_parse_restart(const char *text, int64_t *ret_retries, const char **ret_reason)
{
	uint64_t retries = 0;

	*ret_reason = "it is no, on-failure:N, always or unless-stopped";
	if (strncmp(text, "on-failure", 10) == 0 && (text[10] == '\0' || text[10] == ':')) {
		*ret_reason = "without a number of retries, or with zero, it tries for ever";
		if (text[10] == '\0' || !parse_decimal(text + 11, &retries) || retries == 0 || retries > INT32_MAX)
			return false;
	} else if (text[0] != '\0' && strcmp(text, "no") != 0 && strcmp(text, "always") != 0 && strcmp(text, "unless-stopped") != 0) {
		return false;
	}
	*ret_retries = (int64_t)retries;
	return true;
}

/* What "on-failure" alone in a policy stands for. */
#define LIFE_RETRIES_MOST 1000

static bool life_restart_is_listed(const struct policy_list *list, const char *text, int64_t retries)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *entry = list->items[i].value;
		uint64_t most = LIFE_RETRIES_MOST;

		if (retries == 0 && strcmp(entry, text) == 0)
			return true;
		if (retries == 0 || strncmp(entry, "on-failure", 10) != 0)
			continue;
		if ((entry[10] == '\0' || (entry[10] == ':' && parse_decimal(entry + 11, &most))) && (uint64_t)retries <= most)
			return true;
	}
	return false;
}

void verdict_judge_restart(const struct judgement *judgement)
{
	const char *text = judgement->option->raw, *reason;
	struct layer layers[2];
	const size_t count = verdict_layers(judgement, layers);
	int64_t retries;

	if (!verdict_parse_restart(text, &retries, &reason)) {
		verdict_floor(judgement, "restart", "%s", reason);
		return;
	}
	if (text[0] == '\0' || strcmp(text, "no") == 0)
		return;
	for (size_t i = 0; i < count; i++) {
		const struct policy_list *list = &layers[i].policy->allow.restart;
		struct finding *finding;

		if (life_restart_is_listed(list, text, retries))
			continue;
		finding = verdict_refuse(judgement, &layers[i], "allow.restart", "%s is not listed", text);
		verdict_remedy(judgement, &layers[i], finding, "add \"- %s\" to allow.restart", text);
		if (list->is_set)
			finding->place = list->place;
	}
}

/* ---- signals ---- */

/* Without SIG, as signal(7) has them on Linux. */
static const char *const life_signals[] = {
	"ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL", "PIPE", "POLL", "PROF",
		"PWR", "QUIT",
	"SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU",
		"XFSZ",
	"RTMIN", "RTMAX",
};

static bool life_is_realtime(const char *name)
{
	uint64_t offset;

	return (strncasecmp(name, "RTMIN+", 6) == 0 || strncasecmp(name, "RTMAX-", 6) == 0) && parse_decimal(name + 6, &offset) &&
		offset <= 15;
}

void verdict_check_signal(const struct judgement *judgement, const char *name)
{
	const char *bare = strncasecmp(name, "SIG", 3) == 0 ? name + 3 : name;
	uint64_t number;

	if (parse_decimal(name, &number) ? number >= 1 && number <= 64 : life_is_realtime(bare))
		return;
	for (size_t i = 0; i < ARRAY_COUNT(life_signals); i++) {
		if (strcasecmp(bare, life_signals[i]) == 0)
			return;
	}
	verdict_invalid(judgement, "there is no such signal");
}

void verdict_judge_stop_signal(const struct judgement *judgement)
{
	if (judgement->option->raw[0] != '\0')
		verdict_check_signal(judgement, judgement->option->raw);
}

/* ---- health ---- */

/* Zero is "the image's own". */
void verdict_judge_health_time(const struct judgement *judgement)
{
	const int64_t time = judgement->option->value.number;

	if (time != 0 && time < LIFE_SECOND)
		verdict_floor(judgement, "health", "below one second it keeps the daemon busy starting processes");
	else
		verdict_judge_range(judgement);
}

/* ---- logs ---- */

/*
 * What a policy may list: kept on the host, by the daemon, in files of its own or its journal. The others send data as the
 * daemon, to addresses and with credentials of the host.
 */
static bool life_driver_is_local(const char *driver)
{
	static const char *const drivers[] = { "json-file", "local", "journald", "syslog", "none" };

	for (size_t i = 0; i < ARRAY_COUNT(drivers); i++) {
		if (strcmp(driver, drivers[i]) == 0)
			return true;
	}
	return false;
}

void verdict_check_log_driver(const struct judgement *judgement, const char *driver)
{
	const char *own = judgement->input->policy->defaults.logging_driver.value;
	const bool is_restated = strcmp(driver, own != NULL ? own : "json-file") == 0;
	struct layer layers[2];
	const size_t count = verdict_layers(judgement, layers);

	if (!life_driver_is_local(driver)) {
		verdict_floor(judgement, "log-driver", "%s", flag_specs[FLAG_LOG_DRIVER].danger);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		const struct policy_list *list = &layers[i].policy->allow.logging_drivers;
		struct finding *finding;
		bool is_listed = layers[i].is_ceiling ? strcmp(driver, "json-file") == 0 : is_restated;

		for (size_t k = 0; k < list->count; k++)
			is_listed = is_listed || strcmp(list->items[k].value, driver) == 0;
		if (is_listed)
			continue;
		finding = verdict_refuse(judgement, &layers[i], "allow.logging", "the log driver %s is not listed", driver);
		verdict_remedy(judgement, &layers[i], finding, "allow: {logging: {drivers: [%s]}}", driver);
		if (list->is_set)
			finding->place = list->place;
	}
}

void verdict_judge_log_driver(const struct judgement *judgement)
{
	if (judgement->option->raw[0] != '\0')
		verdict_check_log_driver(judgement, judgement->option->raw);
}

#define LIFE_LOG_BYTES (INT64_C(10) << 20)
#define LIFE_LOG_FILES 3

/*
 * The most of an option of logs in one layer: what is granted or what the policy sets itself, whichever is more. A ceiling's word
 * is the last one, also where it is less than the built-in default.
 */
static int64_t life_log_most(const struct layer *layer, const char *name, bool is_size)
{
	const struct policy_number *allow = is_size ? &layer->policy->allow.logging_max_size : &layer->policy->allow.logging_max_file;
	const struct policy_pair *own = layer->is_ceiling ? NULL : verdict_pair_find(&layer->policy->defaults.logging_options, name);
	int64_t most = is_size ? LIFE_LOG_BYTES : LIFE_LOG_FILES, value;
	uint64_t files;

	if (layer->is_ceiling)
		return allow->is_set ? allow->value : most;
	if (own != NULL && own->value != NULL && is_size && parse_size(own->value, &value))
		most = value;
	if (own != NULL && own->value != NULL && !is_size && parse_decimal(own->value, &files) && files <= INT32_MAX)
		most = (int64_t)files;
	/* A policy's own default stands above what it allows; what is built in does not. */
	return allow->is_set && (own == NULL || allow->value > most) ? allow->value : most;
}

int64_t verdict_bound_log(const struct verdict_input *input, bool is_size)
{
	const struct layer ceiling = { input->ceiling, true };

	return input->ceiling == NULL ? INT64_MAX : life_log_most(&ceiling, "", is_size);
}

static void life_check_log(const struct judgement *judgement, const char *name, bool is_size, int64_t value)
{
	struct layer layers[2];
	const size_t count = judgement->is_default ? 0 : verdict_layers(judgement, layers); /* the plan lowers a default */

	for (size_t i = 0; i < count; i++) {
		const int64_t most = life_log_most(&layers[i], name, is_size);
		const char *asked = is_size ? format_size(judgement->arena, value) : arena_printf(judgement->arena, "%lld", (long long)value);
		struct finding *finding;

		if (value <= most)
			continue;
		finding = verdict_refuse(judgement, &layers[i], "allow.logging", "%s is above the most of %s", asked,
					 is_size ? format_size(judgement->arena, most) :
						   arena_printf(judgement->arena, "%lld", (long long)most));
		verdict_remedy(judgement, &layers[i], finding, "allow: {logging: {%s: %s}}", is_size ? "max_size" : "max_file", asked);
	}
}

void verdict_check_log_option(const struct judgement *judgement, const char *name, const char *value)
{
	uint64_t files = 0;
	int64_t bytes = 0;
	bool is_on;

	if (strcmp(name, "max-size") == 0 && parse_size(value, &bytes) && bytes > 0)
		life_check_log(judgement, name, true, bytes);
	else if (strcmp(name, "max-file") == 0 && parse_decimal(value, &files) && files >= 1 && files <= INT32_MAX)
		life_check_log(judgement, name, false, (int64_t)files);
	else if (strcmp(name, "max-size") == 0 || strcmp(name, "max-file") == 0)
		verdict_floor(judgement, "log-opt", "logs always have a size and a number of files");
	else if (strcmp(name, "compress") != 0 || !parse_bool(value, &is_on))
		verdict_floor(judgement, "log-opt", "%s", flag_specs[FLAG_LOG_OPT].danger);
}

void verdict_judge_log_opt(const struct judgement *judgement)
{
	const struct pair_request *pair = &judgement->option->value.pair;

	verdict_check_log_option(judgement, pair->name, pair->value != NULL ? pair->value : "");
}

/* ---- words that clients read differently ---- */

void verdict_judge_quiet(const struct judgement *judgement)
{
	struct finding *finding;

	if (strncmp(judgement->option->spelling, "--", 2) == 0)
		return;
	finding = verdict_invalid(judgement, "clients before 23.0 do not know the letter");
	finding->remedy = "--quiet";
}
