/* value: from the word that was given to the typed value, by the kind of its flag. */
#include "request_internal.h"

#include <string.h>

/* What a plain value looks like, for the message when it is none. */
static const struct {
	const char *what;
	const char *remedy;
} value_kinds[FLAG_KIND_COUNT] = {
	[FLAG_KIND_BOOL] = { "is neither true nor false", "write =true or =false, in the same word" },
	[FLAG_KIND_INTEGER] = { "is not a whole number", "write a decimal number such as 100" },
	[FLAG_KIND_SIZE] = { "is not a size", "write a decimal number with b, k, m or g, such as 512m" },
	[FLAG_KIND_CPUS] = { "is not a number of CPUs", "write a decimal number such as 0.5 or 2" },
	[FLAG_KIND_DURATION] = { "is not a duration", "write a number with ms, s, m or h, such as 30s" },
};

/* How the words of a FLAG_KIND_PAIR flag are cut; flags without a row: at the first '=', which may be missing. */
static const struct pair_rule {
	enum flag_id flag;
	const char *separators;
	bool needs_value;
	const char *remedy;
} pair_rules[] = {
	{ FLAG_ADD_HOST, ":", true, "write NAME:ADDRESS" },
	{ FLAG_STORAGE_OPT, "=", true, "write NAME=VALUE" },
	{ FLAG_SYSCTL, "=", true, "write NAME=VALUE" },
};

static bool value_refuse(struct arena *arena, const struct request_option *option, struct value_problem *problem)
{
	const enum flag_kind kind = flag_specs[option->flag].kind;

	problem->reason = arena_printf(arena, "'%s' %s", request_value_words(arena, option->flag, option->raw), value_kinds[kind].what);
	problem->remedy = value_kinds[kind].remedy;
	return false;
}

static bool value_read_size(struct request_option *option)
{
	/* docker's word for unlimited swap; it is refused by a rule, not by the grammar. */
	if (option->flag == FLAG_MEMORY_SWAP && strcmp(option->raw, "-1") == 0) {
		option->value.number = -1;
		return true;
	}
	return parse_size(option->raw, &option->value.number);
}

/* --security-opt is cut at '=', and only without one at ':', as docker does. */
static const char *security_separators(const char *raw)
{
	return strchr(raw, '=') != NULL ? "=" : ":";
}

static bool value_read_pair(struct arena *arena, struct request_option *option, struct value_problem *problem)
{
	struct pair_rule rule = { option->flag, "=", false, NULL };

	for (size_t i = 0; i < ARRAY_COUNT(pair_rules); i++) {
		if (pair_rules[i].flag == option->flag)
			rule = pair_rules[i];
	}
	if (option->flag == FLAG_SECURITY_OPT)
		rule.separators = security_separators(option->raw);
	option->value.pair = request_cut(arena, option->raw, rule.separators);
	problem->remedy = rule.remedy;
	problem->reason = "it has no name";
	if (option->value.pair.name[0] == '\0')
		return false;
	problem->reason = "its name has a blank in it";
	if (request_has_blank(option->value.pair.name))
		return false;
	/* Clients before 26 take no '=' there, later ones cut at it first. */
	problem->reason = "docker's clients differ on a '=' in a host name";
	if (option->flag == FLAG_ADD_HOST && strchr(option->raw, '=') != NULL)
		return false;
	problem->reason = "it has no value";
	return !rule.needs_value || option->value.pair.value != NULL;
}

/* Policies expand '~'; a word of the command line was expanded by the shell, or is meant literally by nobody. */
static bool value_check_tilde(const struct mount_request *mount, const char **ret_reason)
{
	*ret_reason = "docker does not expand '~': write the path out";
	return mount->source == NULL || mount->source[0] != '~';
}

static bool value_read_structure(struct arena *arena, struct request_option *option, const char **ret_reason)
{
	const char *raw = option->raw;
	struct mount_request *mount = &option->value.mount;

	switch (flag_specs[option->flag].kind) {
	case FLAG_KIND_VOLUME:
		return request_parse_volume(arena, raw, mount, ret_reason) && value_check_tilde(mount, ret_reason);
	case FLAG_KIND_MOUNT:
		return request_parse_mount(arena, raw, mount, ret_reason) && value_check_tilde(mount, ret_reason);
	case FLAG_KIND_TMPFS:
		return request_parse_tmpfs(arena, raw, mount, ret_reason);
	case FLAG_KIND_PORT:
		return request_parse_port(arena, raw, &option->value.port, ret_reason);
	case FLAG_KIND_USER:
		return request_parse_user(arena, raw, &option->value.user, ret_reason);
	case FLAG_KIND_ULIMIT:
		return request_parse_ulimit(arena, raw, &option->value.ulimit, ret_reason);
	case FLAG_KIND_NETWORK:
		return request_parse_network(arena, raw, &option->value.network, ret_reason);
	case FLAG_KIND_BOOL:
	case FLAG_KIND_INTEGER:
	case FLAG_KIND_SIZE:
	case FLAG_KIND_CPUS:
	case FLAG_KIND_DURATION:
	case FLAG_KIND_WORD:
	case FLAG_KIND_PAIR:
	case FLAG_KIND_COUNT:
		break;
	}
	return false;
}

bool request_read_value(struct arena *arena, struct request_option *option, struct value_problem *ret_problem)
{
	bool is_good = false;

	switch (flag_specs[option->flag].kind) {
	case FLAG_KIND_WORD:
		return true;
	case FLAG_KIND_PAIR:
		return value_read_pair(arena, option, ret_problem);
	case FLAG_KIND_BOOL:
		is_good = parse_bool(option->raw, &option->value.boolean);
		break;
	case FLAG_KIND_INTEGER:
		is_good = parse_integer(option->raw, &option->value.number);
		break;
	case FLAG_KIND_SIZE:
		is_good = value_read_size(option);
		break;
	case FLAG_KIND_CPUS:
		is_good = parse_cpus(option->raw, &option->value.number);
		break;
	case FLAG_KIND_DURATION:
		is_good = parse_duration(option->raw, &option->value.number);
		break;
	case FLAG_KIND_VOLUME:
	case FLAG_KIND_MOUNT:
	case FLAG_KIND_TMPFS:
	case FLAG_KIND_PORT:
	case FLAG_KIND_USER:
	case FLAG_KIND_ULIMIT:
	case FLAG_KIND_NETWORK:
	case FLAG_KIND_COUNT:
		return value_read_structure(arena, option, &ret_problem->reason);
	}
	return is_good || value_refuse(arena, option, ret_problem);
}

bool request_is_same_value(const struct request_option *a, const struct request_option *b)
{
	switch (flag_specs[a->flag].kind) {
	case FLAG_KIND_BOOL:
		return a->value.boolean == b->value.boolean;
	case FLAG_KIND_INTEGER:
	case FLAG_KIND_SIZE:
	case FLAG_KIND_CPUS:
	case FLAG_KIND_DURATION:
		return a->value.number == b->value.number;
	case FLAG_KIND_WORD:
	case FLAG_KIND_PAIR:
	case FLAG_KIND_VOLUME:
	case FLAG_KIND_MOUNT:
	case FLAG_KIND_TMPFS:
	case FLAG_KIND_PORT:
	case FLAG_KIND_USER:
	case FLAG_KIND_ULIMIT:
	case FLAG_KIND_NETWORK:
	case FLAG_KIND_COUNT:
		break;
	}
	return strcmp(a->raw, b->raw) == 0;
}
