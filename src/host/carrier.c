/*
 * carrier: what a container that crun or runc run directly needs for a network of its own with a way out: slirp4netns, the device
 * that udev opens to everybody, and for root's containers a user namespace and an id that is nobody's. Source: slirp4netns(1).
 */
#include "host_internal.h"

#include <string.h>

#include <sys/stat.h>

enum { MAP_COLUMNS = 3 };

/* True when the id of every process that there can be is one of this user namespace. */
static bool has_ids(struct arena *arena, const char *root)
{
	const char *text = host_read_text(arena, arena_printf(arena, "%s/proc/self/uid_map", root));
	char *rest = text != NULL ? arena_strdup(arena, text) : NULL, *line, *word;

	while ((line = strsep(&rest, "\n")) != NULL) {
		uint64_t numbers[MAP_COLUMNS] = { 0 }; /* inside, outside, how many */
		size_t count = 0;

		while (count < MAP_COLUMNS && (word = strsep(&line, " \t")) != NULL)
			if (*word != '\0' && parse_decimal(word, &numbers[count]))
				count++;
		if (numbers[0] <= HOST_CARRIER_ID_FIRST && numbers[0] + numbers[2] > HOST_CARRIER_ID_FIRST + HOST_PID_LIMIT)
			return true;
	}
	return false;
}

static bool is_device_closed(const struct host_facts *facts, const char *device)
{
	struct stat status;

	if (!facts->is_root)
		return access(device, R_OK | W_OK) != 0;
	return stat(device, &status) < 0 || (status.st_mode & (S_IROTH | S_IWOTH)) != (S_IROTH | S_IWOTH);
}

void host_read_carrier_in(struct arena *arena, struct host_facts *facts, const char *root)
{
	const char *device = arena_printf(arena, "%s/dev/net/tun", root);
	struct host_carrier *carrier;

	if (facts->carrier != NULL)
		return;
	carrier = arena_alloc(arena, sizeof(*carrier));
	facts->carrier = carrier;
	carrier->program = host_find_program(arena, facts, "slirp4netns");
	if (facts->is_root && host_lacks_user_namespaces(arena, root, &carrier->problem, &carrier->remedy))
		return;
	if (carrier->program == NULL) {
		carrier->problem = "slirp4netns is not installed";
		carrier->remedy = "apt install slirp4netns";
	} else if (access(device, F_OK) != 0) {
		carrier->problem = "there is no /dev/net/tun";
		carrier->remedy = "sudo modprobe tun";
	} else if (is_device_closed(facts, device)) {
		carrier->problem = facts->is_root ? "/dev/net/tun may be opened by root alone" : "/dev/net/tun may not be opened by you";
		carrier->remedy = "sudo chmod 0666 /dev/net/tun, as udev has it elsewhere";
	} else if (facts->is_root && !has_ids(arena, root)) {
		carrier->problem = "root of this user namespace has no id to give it";
		carrier->remedy = "call hardrun outside of the user namespace";
	}
}

void host_read_carrier(struct arena *arena, struct host_facts *facts)
{
	host_read_carrier_in(arena, facts, "");
}
