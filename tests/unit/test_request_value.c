/* Ports, users, limits and networks: each row is a value and what it means, or "!" and a part of the reason why not. */
#include "rows.h"

#include <hardrun/request.h>

/* The meaning of ${text}, or NULL with *ret_reason. */
typedef const char *describe_function(struct arena *arena, const char *text, const char **ret_reason);

struct value_row {
	const char *text;
	const char *meaning;
};

struct value_table {
	const char *flag;
	describe_function *describe;
	struct value_row *rows;
	size_t count;
};

static const char *range(struct arena *arena, unsigned first, unsigned last)
{
	if (first == last)
		return first == 0 ? "any" : arena_printf(arena, "%u", first);
	return arena_printf(arena, "%u-%u", first, last);
}

static const char *describe_port(struct arena *arena, const char *text, const char **ret_reason)
{
	struct port_request port;

	if (!request_parse_port(arena, text, &port, ret_reason))
		return NULL;
	return arena_printf(arena, "%s %s %s %s", port.address == NULL ? "-" : port.address, range(arena, port.host_first,
	port.host_last),
			    range(arena, port.container_first, port.container_last), port.protocol);
}

static struct value_row port_rows[] = {
	{ "80", "- any 80 tcp" },
	{ "80/udp", "- any 80 udp" },
	{ "8080:80", "- 8080 80 tcp" },
	{ "8080:80/TCP", "- 8080 80 tcp" },
	{ "8080:80/sctp", "- 8080 80 sctp" },
	{ "1:1", "- 1 1 tcp" },
	{ "65535:65535", "- 65535 65535 tcp" },
	{ "0:80", "- any 80 tcp" },
	{ "127.0.0.1:8080:80", "127.0.0.1 8080 80 tcp" },
	{ "127.0.0.1::80", "127.0.0.1 any 80 tcp" },
	{ "127.0.0.1:0:80", "127.0.0.1 any 80 tcp" },
	{ "0.0.0.0:8080:80", "0.0.0.0 8080 80 tcp" },
	{ "[::1]:8080:80", "::1 8080 80 tcp" },
	{ "[::]:8080:80/udp", ":: 8080 80 udp" },
	{ "[0:0:0:0:0:0:0:1]:8080:80", "::1 8080 80 tcp" },
	{ "[FE80::A]::80", "fe80::a any 80 tcp" },
	{ "8000-8010:80", "- 8000-8010 80 tcp" },
	{ "8000-8010:9000-9010", "- 8000-8010 9000-9010 tcp" },
	{ "8000-8010", "- any 8000-8010 tcp" },
	{ "127.0.0.1:8000-8001:9000-9001/udp", "127.0.0.1 8000-8001 9000-9001 udp" },
	{ "80-80:90-90", "- 80 90 tcp" },
	{ "target=80,published=8080", "- 8080 80 tcp" },
	{ "published=8080,target=80,protocol=udp", "- 8080 80 udp" },
	{ "target=80", "- any 80 tcp" },
	{ "target=80-81,published=90-91", "- 90-91 80-81 tcp" },
	{ "", "!container port" },
	{ "0", "!container port" },
	{ "80:0", "!container port" },
	{ "65536", "!container port" },
	{ "80:65536", "!container port" },
	{ "65536:80", "!host port" },
	{ "127.0.0.1:70000:80", "!host port" },
	{ "80:", "!container port" },
	{ ":80", "!begins with a colon" },
	{ "::80", "!address" },
	{ ":8080:80", "!address" },
	{ ":", "!" },
	{ "/tcp", "!container port" },
	{ "80/", "!protocol" },
	{ "80/icmp", "!protocol" },
	{ "80/tcp/udp", "!protocol" },
	{ "80 ", "!container port" },
	{ " 80", "!container port" },
	{ "+80", "!container port" },
	{ "-80", "!container port" },
	{ "080", "!container port" },
	{ "0x50", "!container port" },
	{ "80-", "!container port" },
	{ "-", "!container port" },
	{ "90-80", "!container port" },
	{ "80-90-100", "!container port" },
	{ "0-10:80", "!host port" },
	{ "0-0:80", "!host port" },
	{ "8000-8010:9000-9005", "!differ in length" },
	{ "8000:9000-9005", "!differ in length" },
	{ "rivileged", "!container port" },
	{ "localhost:8080:80", "!address" },
	{ "0:8080:80", "!address" },
	{ "127.1:8080:80", "!address" },
	{ "127.0.0.01:8080:80", "!address" },
	{ "127.0.0.1.:8080:80", "!address" },
	{ "256.0.0.1:8080:80", "!address" },
	{ "0x7f.0.0.1:8080:80", "!address" },
	{ "2130706433:8080:80", "!address" },
	{ ":::8080:80", "!address" },
	{ "::1:8080:80", "!address" },
	{ "fe80::1:8080:80", "!address" },
	{ "[::1:8080:80", "!address" },
	{ "::1]:8080:80", "!address" },
	{ "[]:8080:80", "!address" },
	{ "[127.0.0.1]:8080:80", "!address" },
	{ "[::1%lo]:8080:80", "!address" },
	{ "[::ffff:127.0.0.1]:8080:80", "!address" },
	{ "[::ffff:7f00:1]:8080:80", "!address" },
	{ "[::8:1]:8080:80", "!address" },
	{ "[::7f00:1]:8080:80", "!address" },
	{ "[::127.0.0.1]:8080:80", "!address" },
	{ "127.0.0.1 :8080:80", "!address" },
	{ "published=8080", "!target=" },
	{ "target=80,published=0.0.0.0:8080", "!host port" },
	{ "published=127.0.0.1:8080,target=80,published=22", "!given twice" },
	{ "target=80,target=81", "!given twice" },
	{ "target=80,published=8080,mode=host,protocol=udp", "!'mode=host'" },
	{ "target=80,mode=host", "!'mode=host'" },
	{ "TARGET=80", "!'TARGET=80'" },
	{ "target=80,published", "!'published'" },
	{ "target=80,", "!''" },
	{ "target=80, published=81", "!' published=81'" },
	{ "target=80/udp", "!container port" },
	{ "target=80,protocol=", "!protocol" },
	{ "\"target=80\"", "!\"target=80\"" },
	{ "target=", "!container port" },
	{ "=80", "!'=80'" },
};

static const char *describe_user(struct arena *arena, const char *text, const char **ret_reason)
{
	struct user_request user;

	if (!request_parse_user(arena, text, &user, ret_reason))
		return NULL;
	if (!user.is_numeric)
		return arena_printf(arena, "name %s%s", user.text, user.has_gid ? " with a gid" : "");
	if (!user.has_gid)
		return arena_printf(arena, "%u", user.uid);
	return arena_printf(arena, "%u:%u", user.uid, user.gid);
}

static struct value_row user_rows[] = {
	{ "0", "0" }, { "0:0", "0:0" }, { "1", "1" }, { "1000", "1000" }, { "1000:1000", "1000:1000" },
	{ "2147483647:2147483647", "2147483647:2147483647" },
	{ "1000:0", "1000:0" }, { "node", "name node" }, { "nobody", "name nobody" }, { "root", "name root" },
	{ "_apt", "name _apt" },
	{ "www-data:www-data", "name www-data:www-data" }, { "1000:root", "name 1000:root" }, { "node:1000", "name node:1000" },
	{ "", "!plain decimal" }, { ":", "!plain decimal" }, { ":0", "!plain decimal" }, { "0:", "!plain decimal" },
	{ "+0", "!plain decimal" },
	{ "-0", "!plain decimal" }, { "-1", "!plain decimal" }, { "00", "!plain decimal" }, { "01000", "!plain decimal" },
	{ "1000:+0", "!plain decimal" },
	{ "1000:00", "!plain decimal" }, { "1000:-1", "!plain decimal" }, { "0x0", "!plain decimal" },
	{ "1e3", "!plain decimal" },
	{ "1_000", "!plain decimal" }, { "1000 ", "!plain decimal" }, { " 1000", "!plain decimal" },
	{ "1000:1000:1000", "!plain decimal" },
	{ "2147483648", "!plain decimal" }, { "1000:2147483648", "!plain decimal" }, { "4294967295", "!plain decimal" },
	{ "4294967296", "!plain decimal" },
	{ "18446744073709551616", "!plain decimal" }, { "99999999999999999999", "!plain decimal" },
	{ "9z", "!plain decimal" }, { "-u", "!plain decimal" },
	{ "a b", "!plain decimal" }, { "n\xc3\xb6" "de", "!plain decimal" }, { "a/b", "!plain decimal" },
	{ "root:-", "!plain decimal" }, { "node:", "!plain decimal" },
};

static const char *describe_ulimit(struct arena *arena, const char *text, const char **ret_reason)
{
	struct ulimit_request ulimit;

	if (!request_parse_ulimit(arena, text, &ulimit, ret_reason))
		return NULL;
	return arena_printf(arena, "%s %lld %lld", ulimit.name, (long long)ulimit.soft, (long long)ulimit.hard);
}

static struct value_row ulimit_rows[] = {
	{ "nofile=1024", "nofile 1024 1024" }, { "nofile=1024:2048", "nofile 1024 2048" }, { "core=0", "core 0 0" },
	{ "nproc=-1", "nproc -1 -1" },
	{ "nofile=1024:-1", "nofile 1024 -1" }, { "nofile=-1:-1", "nofile -1 -1" },
	{ "stack=9223372036854775807", "stack 9223372036854775807 9223372036854775807" },
	{ "", "!not a resource limit" }, { "nofile", "!write NAME=SOFT" }, { "nofile=", "!write NAME=SOFT" },
	{ "nofile=:", "!write NAME=SOFT" },
	{ "nofile=1:", "!write NAME=SOFT" }, { "nofile=:1", "!write NAME=SOFT" }, { "nofile=1:2:3", "!write NAME=SOFT" },
	{ "nofile=-2", "!write NAME=SOFT" },
	{ "nofile=+5", "!write NAME=SOFT" }, { "nofile=010", "!write NAME=SOFT" }, { "nofile=0x10", "!write NAME=SOFT" },
	{ "nofile=1k", "!write NAME=SOFT" },
	{ "nofile= 1", "!write NAME=SOFT" }, { "nofile=unlimited", "!write NAME=SOFT" },
	{ "nofile=9223372036854775808", "!write NAME=SOFT" },
	{ "nofile=2048:1024", "!above the hard" }, { "nofile=-1:1024", "!above the hard" }, { "as=1", "!'as' is not" },
	{ "NOFILE=1", "!'NOFILE' is not" },
	{ " nofile=1", "!' nofile' is not" }, { "host", "!'host' is not" }, { "RLIMIT_NOFILE=1", "!is not" },
	{ "=1", "!'' is not" },
};

static const char *describe_network(struct arena *arena, const char *text, const char **ret_reason)
{
	struct network_request network;
	struct text words;

	if (!request_parse_network(arena, text, &network, ret_reason))
		return NULL;
	text_init(&words, arena);
	text_add(&words, network.name);
	for (size_t i = 0; i < network.aliases.count; i++)
		text_addf(&words, " alias=%s", network.aliases.items[i]);
	if (network.ip != NULL)
		text_addf(&words, " ip=%s", network.ip);
	if (network.ip6 != NULL)
		text_addf(&words, " ip6=%s", network.ip6);
	if (network.mac_address != NULL)
		text_addf(&words, " mac=%s", network.mac_address);
	for (size_t i = 0; i < network.options.count; i++)
		text_addf(&words, " +%s", network.options.items[i]);
	return words.data;
}

static struct value_row network_rows[] = {
	{ "none", "none" }, { "host", "host" }, { "bridge", "bridge" }, { "my-net", "my-net" }, { "Net.2_x", "Net.2_x" },
	{ "HOST", "HOST" },
	{ "container:db", "container:db" }, { "ns:/proc/1/ns/net", "ns:/proc/1/ns/net" }, { "name=host", "host" },
	{ "NAME=HOST", "host" },
	{ "Name=App,Alias=X", "app alias=x" }, { "alias=x,name=host", "host alias=x" }, { "\"name=host\"", "host" },
	{ "name=a,alias=x,alias=y", "a alias=x alias=y" },
	{ "name=a,ip=10.0.0.2,ip6=fd00::2,mac-address=02:42:00:00:00:01", "a ip=10.0.0.2 ip6=fd00::2 mac=02:42:00:00:00:01" },
	{ "name=bridge,driver-opt=com.docker.network.endpoint.sysctls=net.ipv4.conf.IFNAME.route_localnet=1",
	  "bridge +driver-opt=com.docker.network.endpoint.sysctls=net.ipv4.conf.ifname.route_localnet=1" },
	{ "name=a,link-local-ip=169.254.1.1,gw-priority=1", "a +link-local-ip=169.254.1.1 +gw-priority=1" },
	{ "name=container:db", "container:db" },
	{ "", "!named by" }, { "-x", "!named by" }, { "a,b", "!named by" }, { "=", "!named by" },
	{ "name=", "!named by" }, { "\"host\"", "!named by" },
	{ "slirp4netns:allow_host_loopback=true", "!is not a key" }, { "mynet,x=y", "!'mynet' is not a key" },
	{ "x=y", "!'x' is not a key" },
	{ "\"name=host,ip=1.2.3.4\"", "!named by" }, { "name=a,name=host", "!given twice" },
	{ "name=a,ip=1,ip=2", "!given twice" }, { "alias=x", "!needs name=" },
	{ "name=a,alias=", "!needs a value" }, { "name=a,alias", "!needs a value" }, { "name=a,", "!'' is not a key" },
	{ "name=a,bogus=1", "!'bogus'" },
	{ "name=a,\"alias=x", "!quotes" }, { " host", "!blank" }, { "host ", "!blank" }, { "name= host", "!blank" },
	{ "name=host\xc2\xa0", "!blank" },
	{ "name=a\nname=host", "!blank" }, { "h\xc3\xb6st", "!named by" }, { "name=a;b", "!named by" },
	{ "$(id)", "!named by" },
};

static struct value_table tables[] = {
	{ "-p", describe_port, port_rows, ARRAY_COUNT(port_rows) },
	{ "--user", describe_user, user_rows, ARRAY_COUNT(user_rows) },
	{ "--ulimit", describe_ulimit, ulimit_rows, ARRAY_COUNT(ulimit_rows) },
	{ "--network", describe_network, network_rows, ARRAY_COUNT(network_rows) },
};

struct value_test {
	describe_function *describe;
	const struct value_row *row;
};

static void test_value(void **state)
{
	const struct value_test *test = *state;
	const struct value_row *row = test->row;
	struct arena *arena = arena_new();
	const char *reason = "no reason was given";
	const char *meaning = test->describe(arena, row->text, &reason);

	if (row->meaning[0] != '!') {
		if (meaning == NULL)
			fail_msg("'%s' was refused: %s", row->text, reason);
		assert_string_equal(meaning, row->meaning);
	} else {
		if (meaning != NULL)
			fail_msg("'%s' was taken as: %s", row->text, meaning);
		if (strstr(reason, row->meaning + 1) == NULL)
			fail_msg("'%s' was refused because %s", row->text, reason);
	}
	arena_free(arena);
}

int main(void)
{
	static struct row_tests rows;
	struct arena *arena = arena_new();
	int failed;

	for (size_t i = 0; i < ARRAY_COUNT(tables); i++) {
		for (size_t j = 0; j < tables[i].count; j++) {
			struct value_test *test = arena_alloc(arena, sizeof(*test));

			*test = (struct value_test){ tables[i].describe, &tables[i].rows[j] };
			rows_add(&rows, arena_printf(arena, "%s %s", tables[i].flag, test->row->text), test_value, test);
		}
	}
	failed = rows_run("value", &rows);
	arena_free(arena);
	return failed;
}
