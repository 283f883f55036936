/* slirp4netns: how it is asked, and what is believed of what it made. */
#include "rows.h"

#include "../../src/launch/own_network.h"

#define HEAD \
	"Inter-|   Receive                                                |  Transmit\n" \
	" face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets\n"
#define ZEROS ":       0       0    0    0    0     0          0         0        0       0\n"
#define LO "    lo" ZEROS
#define TAP "  tap0" ZEROS
#define TUNNEL " tunl0" ZEROS
#define ROUTES "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT   \n"
#define DEFAULT_ROUTE "tap0\t00000000\t0202000A\t0003\t0\t0\t0\t00000000\t0\t0\t0    \n"
#define NEAR_ROUTE "tap0\t0002000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0    \n"
#define SHUT_ROUTE "*\t0000007F\t00000000\t0201\t0\t0\t0\t000000FF\t0\t0\t0    \n"
#define ALL_ROUTES ROUTES DEFAULT_ROUTE NEAR_ROUTE SHUT_ROUTE

static struct network_row {
	const char *name, *before, *after, *routes;
	const char *problem; /* a part of it; NULL: none */
} network_rows[] = {
	{ "as it makes it", HEAD LO, HEAD LO TAP, ALL_ROUTES, NULL },
	{ "with a tunnel of the kernel's", HEAD LO TUNNEL, HEAD LO TUNNEL TAP, ALL_ROUTES, NULL },
	{ "no device", HEAD LO, HEAD LO, ROUTES, "1 interfaces, and had 1" },
	{ "a device that was there before", HEAD LO TAP, HEAD LO TAP, ROUTES DEFAULT_ROUTE, "2 interfaces, and had 2" },
	{ "another device", HEAD LO, HEAD LO "  eth0" ZEROS TAP, ROUTES DEFAULT_ROUTE, "3 interfaces, and had 1" },
	{ "another in place of one", HEAD LO TUNNEL, HEAD LO "  eth0" ZEROS TAP, ROUTES DEFAULT_ROUTE, "its interface tunl0 is gone" },
	{ "no way out", HEAD LO, HEAD LO TAP, ROUTES NEAR_ROUTE, "do not lead through tap0" },
	{ "no routes", HEAD LO, HEAD LO TAP, ROUTES, "do not lead through tap0" },
	{ "another way out", HEAD LO, HEAD LO TAP, ROUTES DEFAULT_ROUTE "eth0\t00000000\t0202000A\t0003\n", "has another route" },
	{ "the loopback not shut", HEAD LO, HEAD LO TAP, ROUTES DEFAULT_ROUTE NEAR_ROUTE, "host's loopback is open" },
	{ "a part of it shut", HEAD LO, HEAD LO TAP, ROUTES DEFAULT_ROUTE "*\t0000007F\t00000000\t0201\t0\t0\t0\t0000FFFF\t0\t0\t0\n",
	  "has another route" },
	{ "another shut", HEAD LO, HEAD LO TAP, ROUTES DEFAULT_ROUTE "*\t0000007E\t00000000\t0201\t0\t0\t0\t000000FF\t0\t0\t0\n",
	  "has another route" },
	{ "no refusal of it", HEAD LO, HEAD LO TAP, ROUTES DEFAULT_ROUTE "*\t0000007F\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0\n",
	  "has another route" },
	{ "a way into it beside", HEAD LO, HEAD LO TAP, ALL_ROUTES "tap0\t0001007F\t0202000A\t0003\t0\t0\t0\t0000FFFF\t0\t0\t0\n",
	  "has another route" },
	{ "a default that is none", HEAD LO, HEAD LO TAP,
	  ROUTES "tap0\t00000000\t0202000A\t0003\t0\t0\t0\t00000080\t0\t0\t0\n" SHUT_ROUTE,
	  "has another route" },
	{ "words", HEAD LO, HEAD LO TAP, ROUTES "no routes today\n", "has another route" },
	{ "nothing can be read", "", "", "", "0 interfaces" },
};

static void test_network_row(void **state)
{
	const struct network_row *row = *state;
	struct arena *arena = arena_new();
	const char *problem = own_network_problem(arena, row->before, row->after, row->routes);

	if (row->problem == NULL)
		assert_null(problem);
	else
		assert_non_null(strstr(problem != NULL ? problem : "", row->problem));
	arena_free(arena);
}

#define ENTRY(proto, host, port, guest) \
	"{\"id\":1,\"proto\":\"" proto "\",\"host_addr\":\"" host "\",\"host_port\":" port \
	",\"guest_addr\":\"10.0.2.100\",\"guest_port\":" guest "}"

#define DNS ENTRY("udp", "127.0.0.1", "53", "53")

static struct port_row {
	const char *name, *answer;
	bool is_fine;
} port_rows[] = {
	{ "as told",
	  "{\"return\":{\"entries\":[" ENTRY("tcp", "127.0.0.1", "8080", "80") "," DNS "]}}", true },
	{ "as release 1.2 says it", "{\"entries\":[" ENTRY("tcp", "127.0.0.1", "8080", "80") "," DNS "]}", true },
	{ "in another order",
	  "{\"return\":{\"entries\":[" DNS "," ENTRY("tcp", "127.0.0.1", "8080", "80") "]}}", true },
	{ "one too few", "{\"return\":{\"entries\":[" ENTRY("tcp", "127.0.0.1", "8080", "80") "]}}", false },
	{ "for everybody",
	  "{\"return\":{\"entries\":[" ENTRY("tcp", "0.0.0.0", "8080", "80") "," DNS "]}}", false },
	{ "another port of the host",
	  "{\"return\":{\"entries\":[" ENTRY("tcp", "127.0.0.1", "8081", "80") "," DNS "]}}", false },
	{ "another port inside",
	  "{\"return\":{\"entries\":[" ENTRY("tcp", "127.0.0.1", "8080", "81") "," DNS "]}}", false },
	{ "an error", "{\"error\":{\"desc\":\"no\"}}", false },
	{ "nothing", "", false },
};

static void test_port_row(void **state)
{
	const struct port_row *row = *state;
	struct plan_port ports[] = { { "127.0.0.1", 8080, 80, "tcp" }, { "127.0.0.1", 53, 53, "udp" } };
	const struct plan plan = { .ports = ports, .port_count = ARRAY_COUNT(ports) };

	assert_int_equal(own_network_port_problem(&plan, row->answer) == NULL, row->is_fine);
}

static bool has(const struct string_list *list, const char *word)
{
	return string_list_has(list, word);
}

/* Never without what confines it, and only as open as the plan is. */
static void test_words(void **state)
{
	static const char *const always[] = { "--configure", "--disable-host-loopback", "--enable-sandbox", "--enable-seccomp",
					      "--netns-type=path", "--userns-path=/proc/77/ns/user", "--ready-fd=5", "--exit-fd=6" };
	const struct host_carrier carrier = { .program = "/usr/bin/slirp4netns" };
	const struct host_facts facts = { .carrier = &carrier };
	struct plan_port port = { "127.0.0.1", 8080, 80, "tcp" };
	struct plan plan = { .network = PLAN_NETWORK_ISOLATED };
	const struct launch launch = { .plan = &plan, .facts = &facts };
	struct container container = { .arena = arena_new(), .launch = &launch, .init_pid = 77, .space = { .user = -1, .network = -1 } };
	struct string_list words = own_network_words(&container, 5, 6);

	(void)state;
	assert_string_equal(words.items[0], "/usr/bin/slirp4netns");
	for (size_t i = 0; i < ARRAY_COUNT(always); i++)
		assert_true(has(&words, always[i]));
	assert_string_equal(words.items[words.count - 2], "/proc/77/ns/net");
	assert_string_equal(words.items[words.count - 1], "tap0");
	assert_false(has(&words, "--disable-dns"));
	assert_false(has(&words, "--api-socket=network.sock"));
	plan.ports = &port;
	plan.port_count = 1;
	string_list_add(container.arena, &plan.dns, "192.0.2.1");
	words = own_network_words(&container, 5, 6);
	assert_true(has(&words, "--disable-dns"));
	assert_true(has(&words, "--api-socket=network.sock"));
	/* Root's: it is in that user namespace already, and holds the network namespace. */
	container.space.user = 8;
	container.space.network = 9;
	words = own_network_words(&container, 5, 6);
	assert_string_equal(words.items[words.count - 2], "/proc/self/fd/9");
	assert_false(has(&words, "--userns-path=/proc/77/ns/user"));
	assert_true(has(&words, "--enable-sandbox"));
	arena_free(container.arena);
}

int main(void)
{
	struct row_tests rows = { .count = 0 };

	for (size_t i = 0; i < ARRAY_COUNT(network_rows); i++)
		rows_add(&rows, network_rows[i].name, test_network_row, &network_rows[i]);
	for (size_t i = 0; i < ARRAY_COUNT(port_rows); i++)
		rows_add(&rows, port_rows[i].name, test_port_row, &port_rows[i]);
	ROWS_TEST(&rows, test_words);
	return rows_run("launch/own_network", &rows);
}
