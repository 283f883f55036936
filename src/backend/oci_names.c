/* resolv.conf and hosts of a container with a network of its own: made from the plan alone, nothing of the host's is copied. */
#include "backend_internal.h"

#include <string.h>

/* The host's own resolver, by way of slirp4netns, unless the plan names others: then that way is shut. */
static const char *render_resolver(struct arena *arena, const struct plan *plan)
{
	struct text text;

	text_init(&text, arena);
	for (size_t i = 0; i < plan->dns_search.count; i++)
		text_addf(&text, "%s%s", i == 0 ? "search " : " ", plan->dns_search.items[i]);
	if (plan->dns_search.count > 0)
		text_add(&text, "\n");
	for (size_t i = 0; i < plan->dns.count; i++)
		text_addf(&text, "nameserver %s\n", plan->dns.items[i]);
	if (plan->dns.count == 0)
		text_add(&text, "nameserver " BACKEND_OWN_RESOLVER "\n");
	for (size_t i = 0; i < plan->dns_options.count; i++)
		text_addf(&text, "%s%s", i == 0 ? "options " : " ", plan->dns_options.items[i]);
	if (plan->dns_options.count > 0)
		text_add(&text, "\n");
	return text.data;
}

static const char *render_hosts(struct arena *arena, const struct plan *plan)
{
	struct text text;

	text_init(&text, arena);
	text_add(&text, "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n");
	text_addf(&text, BACKEND_OWN_ADDRESS "\t%s\n", plan->hostname);
	for (size_t i = 0; i < plan->extra_hosts.count; i++) {
		const char *name = plan->extra_hosts.items[i], *colon = strchr(name, ':');

		if (colon != NULL)
			text_addf(&text, "%s\t%.*s\n", colon + 1, (int)(colon - name), name);
	}
	return text.data;
}

void oci_names(struct arena *arena, struct launch *launch)
{
	launch->resolv_conf = render_resolver(arena, launch->plan);
	launch->hosts = render_hosts(arena, launch->plan);
}
