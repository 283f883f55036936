/* network: --network, short and long form. Source: docker/cli opts/network.go. */
#include "request_internal.h"

#include <string.h>

static bool is_word_byte(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '_';
}

/* docker's test for the long form: \w+=\w+ anywhere in the value. */
static bool network_is_long(const char *text)
{
	const char *equals = text;

	while ((equals = strchr(equals, '=')) != NULL) {
		if (equals > text && is_word_byte(equals[-1]) && is_word_byte(equals[1]))
			return true;
		equals++;
	}
	return false;
}

/* A name or id, or MODE:WHAT as in container:web. Which of them are allowed is for the judge. */
static bool network_name_is_valid(const char *name)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-:/";

	return is_word_byte(name[0]) && name[strspn(name, letters)] == '\0';
}

enum network_key {
	NETWORK_KEY_NAME,
	NETWORK_KEY_IP,
	NETWORK_KEY_IP6,
	NETWORK_KEY_MAC,
	NETWORK_KEY_ONCE, /* those before are given once */
	NETWORK_KEY_ALIAS = NETWORK_KEY_ONCE,
	NETWORK_KEY_DRIVER_OPT,
	NETWORK_KEY_LINK_LOCAL,
	NETWORK_KEY_PRIORITY,
	NETWORK_KEY_COUNT
};

static const char *const network_keys[NETWORK_KEY_COUNT] = {
	[NETWORK_KEY_NAME] = "name",
	[NETWORK_KEY_IP] = "ip",
	[NETWORK_KEY_IP6] = "ip6",
	[NETWORK_KEY_MAC] = "mac-address",
	[NETWORK_KEY_ALIAS] = "alias",
	[NETWORK_KEY_DRIVER_OPT] = "driver-opt",
	[NETWORK_KEY_LINK_LOCAL] = "link-local-ip",
	[NETWORK_KEY_PRIORITY] = "gw-priority",
};

static enum network_key network_key_find(const char *name)
{
	unsigned key = 0;

	while (key < NETWORK_KEY_COUNT && strcmp(name, network_keys[key]) != 0)
		key++;
	return (enum network_key)key;
}

static bool network_set(struct arena *arena, const char *field, struct network_request *network, const char **ret_reason)
{
	const char **const once[NETWORK_KEY_ONCE] = { &network->name, &network->ip, &network->ip6, &network->mac_address };
	struct pair_request pair = request_cut(arena, field, "=");
	const enum network_key key = network_key_find(pair.name);

	*ret_reason = arena_printf(arena, "'%s' is not a key of --network", pair.name);
	if (key == NETWORK_KEY_COUNT)
		return false;
	*ret_reason = arena_printf(arena, "'%s' needs a value", pair.name);
	if (pair.value == NULL || pair.value[0] == '\0')
		return false;
	if (key == NETWORK_KEY_ALIAS) {
		string_list_add(arena, &network->aliases, pair.value);
		return true;
	}
	if (key >= NETWORK_KEY_ONCE) {
		string_list_add(arena, &network->options, field);
		return true;
	}
	*ret_reason = arena_printf(arena, "'%s' is given twice", pair.name);
	if (*once[key] != NULL)
		return false;
	*once[key] = pair.value;
	return true;
}

static bool network_read_long(struct arena *arena, const char *text, struct network_request *network,
			      const char **ret_reason)
{
	struct string_list fields;

	if (!request_split_csv(arena, text, &fields, ret_reason))
		return false;
	for (size_t i = 0; i < fields.count; i++) {
		/* docker folds the whole field, so that NAME=HOST is the host's network. */
		if (!network_set(arena, request_fold(arena, fields.items[i]), network, ret_reason))
			return false;
	}
	*ret_reason = "its long form needs name=";
	return network->name != NULL;
}

bool request_parse_network(struct arena *arena, const char *text, struct network_request *ret_network,
			   const char **ret_reason)
{
	struct network_request network = { .name = NULL };

	*ret_reason = "it has a blank in it";
	if (request_has_blank(text))
		return false;
	if (!network_is_long(text))
		network.name = text;
	else if (!network_read_long(arena, text, &network, ret_reason))
		return false;
	*ret_reason = "a network is named by letters, digits, '_', '.', '-', or in the form container:NAME";
	if (!network_name_is_valid(network.name))
		return false;
	*ret_network = network;
	return true;
}
