/* unit: what a container of a unit of systemd's is told by way of its variables. Source: sd_notify(3), sd_listen_fds(3). */
#include <inttypes.h>
#include <string.h>

#include <hardrun/backend.h>

bool backend_is_notified(const struct plan *plan, const struct host_facts *facts)
{
	return facts->unit != NULL && facts->unit->notify_socket != NULL && plan->notify == PLAN_NOTIFY_CONTAINER &&
	       !plan->is_detached && !plan->is_create_only;
}

/* Sets it, or with NULL takes it away. */
static void set_variable(struct arena *arena, struct string_list *list, const char *name, const char *value)
{
	const size_t length = strlen(name);
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++)
		if (strncmp(list->items[i], name, length) != 0 || list->items[i][length] != '=')
			list->items[kept++] = list->items[i];
	list->count = kept;
	if (value != NULL)
		string_list_add(arena, list, arena_printf(arena, "%s=%s", name, value));
}

/* The container's first process is 1 in a pid namespace of its own. */
static void add_sockets(struct arena *arena, struct string_list *list, const struct host_unit *unit)
{
	set_variable(arena, list, "LISTEN_FDS", arena_printf(arena, "%u", unit->listen_count));
	set_variable(arena, list, "LISTEN_PID", "1");
	set_variable(arena, list, "LISTEN_FDNAMES", unit->listen_names);
}

struct string_list backend_environment(struct arena *arena, const struct plan *plan, const struct host_facts *facts)
{
	struct string_list list = { 0 };

	for (size_t i = 0; i < plan->environment.count; i++)
		string_list_add(arena, &list, plan->environment.items[i]);
	if (backend_is_notified(plan, facts)) {
		const uint64_t watchdog = facts->unit->watchdog_microseconds;

		set_variable(arena, &list, "NOTIFY_SOCKET", BACKEND_NOTIFY_TARGET);
		set_variable(arena, &list, "WATCHDOG_PID", NULL);
		set_variable(arena, &list, "WATCHDOG_USEC", watchdog != 0 ? arena_printf(arena, "%" PRIu64, watchdog) : NULL);
	}
	if (facts->unit != NULL && facts->unit->listen_count > 0 && host_backend_is_oci(plan->backend))
		add_sockets(arena, &list, facts->unit);
	return list;
}
