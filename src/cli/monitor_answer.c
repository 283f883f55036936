/* monitor_answer: the judge's questions, a fixed list of them. */
#include "monitor.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void answer_error(const struct monitor *monitor, const struct error *err)
{
	(void)channel_send(monitor->fd, json_pack("{s:o}", "error", channel_write_error(err)), NULL, 0);
}

static const char *socket_path(const struct monitor *monitor)
{
	return monitor->host != NULL && strncmp(monitor->host, "unix:///", 8) == 0 ? monitor->host + strlen("unix://")
										    : HOST_DOCKER_SOCKET;
}

/* The judge gets a socket from which the answer comes. Its question goes to the daemon as it was checked, and nothing more. */
static bool answer_get(struct monitor *monitor, const json_t *json)
{
	const char *target;
	int ends[2] = { -1, -1 }, from, number = 0;

	if (!channel_word(monitor->arena, json, "target", &target) || !monitor_is_target(target))
		return false;
	from = host_http_open(socket_path(monitor), target);
	if (from < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
		number = errno != 0 ? errno : EIO;
		if (from >= 0)
			(void)close(from);
	} else if (!monitor_relay_add(monitor->arena, monitor->relays, from, ends[0])) {
		(void)close(from);
		(void)close(ends[0]);
		(void)close(ends[1]);
		return false;
	}
	(void)channel_send(monitor->fd, json_pack("{s:i}", "errno", number), &ends[1], number == 0 ? 1 : 0);
	if (number == 0)
		(void)close(ends[1]);
	return true;
}

static bool answer_engine(struct monitor *monitor, const json_t *json)
{
	const struct policy_engine *above = ceiling_of(monitor) != NULL ? &ceiling_of(monitor)->engine : NULL;
	const struct policy *policy;
	struct error err = { 0 };
	const char *file;

	if (!channel_word(monitor->arena, json, "policy", &file))
		return false;
	policy = monitor_load_own(monitor->cli, file);
	if (policy == NULL) {
		error_set(&err, monitor->arena, ERROR_UNTRUSTED, "engine: is obeyed in policies of root's only, and %s is none",
			  string_printable(monitor->arena, file, 120));
		answer_error(monitor, &err);
		return true;
	}
	if (above == NULL || above->host.value == NULL)
		monitor->host = policy->engine.host.value;
	if (above == NULL || above->client.value == NULL)
		monitor->client = policy->engine.client.value;
	answer_error(monitor, NULL);
	return true;
}

/* A reference is what its own bytes say; a local image must be root's, or its files could lead anywhere that root may read. */
static bool is_image_fine(struct monitor *monitor, const struct image_name *image, const struct channel_message *message)
{
	struct host_facts *facts = monitor->cli->facts;
	struct plan plan = { .image = *image };
	int rootfs;

	facts->paths = NULL;
	facts->path_count = 0;
	if (image->kind == IMAGE_ROOTFS || !plan_is_image_itself(monitor->arena, image))
		return false;
	if (image->kind == IMAGE_REFERENCE)
		return message->fd_count == 0;
	plan.image.kind = IMAGE_ROOTFS; /* held in the same way */
	return monitor_take_sources(monitor->arena, &plan, message, facts, &(int){ -1 }, &rootfs) == NULL;
}

/* What no plan may have is not fetched either: a registry is asked, and bytes are unpacked, with root's rights. */
static bool may_be_fetched(const struct monitor *monitor, struct error *err)
{
	const struct image_name *image = &monitor->cli->facts->image;
	const struct host_path *path = host_image_path(monitor->cli->facts);

	if (!plan_may_have_image(ceiling_of(monitor), image)) {
		error_set(err, monitor->arena, ERROR_UNTRUSTED, "%s is not an image of the ceiling",
			  string_printable(monitor->arena, image->canonical, 200));
		return false;
	}
	if (monitor->cli->facts->elevated_by == NULL || monitor->cli->facts->image.kind == IMAGE_REFERENCE)
		return true;
	if (path != NULL && path->owner_uid == 0 && (path->mode & 0022) == 0)
		return true;
	error_set(err, monitor->arena, ERROR_UNTRUSTED, "the image %s does not belong to root, and root would read whatever it leads to",
		  string_printable(monitor->arena, monitor->cli->facts->image.canonical, 200));
	err->remedy = "push it to a registry, or have root own a copy";
	return false;
}

static bool may_pull(const struct monitor *monitor, const char *when)
{
	const struct policy *ceiling = ceiling_of(monitor);

	if (strcmp(when, "missing") == 0 || strcmp(when, "never") == 0)
		return true;
	for (size_t i = 0; ceiling != NULL && i < ceiling->allow.pull.count; i++)
		if (strcmp(ceiling->allow.pull.items[i].value, when) == 0)
			return true;
	return ceiling == NULL && strcmp(when, "always") == 0;
}

static bool answer_fetch(struct monitor *monitor, const struct channel_message *message)
{
	struct host_facts *facts = monitor->cli->facts;
	struct error err = { 0 };
	const char *pull;
	int result = 0;

	if (!channel_word(monitor->arena, message->json, "pull", &pull) || !may_pull(monitor, pull) ||
	    plan_read_image_name(monitor->arena, json_object_get(message->json, "image"), &facts->image, &err) < 0 ||
	    !is_image_fine(monitor, &facts->image, message))
		return false;
	monitor->fetched = (struct monitor_fetched){ .is_there = false };
	if (!may_be_fetched(monitor, &err))
		result = -(int)err.kind;
	host_find_programs(monitor->arena, facts, "crun");
	if (result == 0)
		result = launch_fetch_image(monitor->arena, facts, pull, &err);
	if (result == 0)
		monitor->fetched = (struct monitor_fetched){ true, facts->image, facts->image_facts };
	if (result < 0)
		answer_error(monitor, &err);
	else
		(void)channel_send(monitor->fd, json_pack("{s:n, s:o}", "error", "facts", plan_write_image_facts(&facts->image_facts)),
				   NULL, 0);
	return true;
}

static bool is_platform(const char *platform)
{
	return platform == NULL || (strncmp(platform, "linux/", 6) == 0 && platform[6] != '\0' &&
				    platform[strspn(platform, "abcdefghijklmnopqrstuvwxyz0123456789/")] == '\0');
}

static bool is_here(const struct monitor *monitor, const char *platform)
{
	struct host_facts *facts = monitor->cli->facts;

	facts->image_facts = (struct image_facts){ .is_known = false };
	facts->engine.is_docker_answering = true;
	facts->engine.image_platform = platform;
	host_read_docker_image(monitor->arena, facts);
	return facts->image_facts.is_known && flow_is_of_platform(&facts->image_facts, platform);
}

/* What is here already is what everybody has under that name: it is exchanged only where that may be asked for. */
static bool answer_pull(struct monitor *monitor, const struct channel_message *message)
{
	struct host_facts *facts = monitor->cli->facts;
	struct backend_pull pull;
	struct error err = { 0 };
	int result = 0;

	if (!channel_text(monitor->arena, message->json, "platform", &pull.platform) || !is_platform(pull.platform) ||
	    !channel_bool(message->json, "is_quiet", &pull.is_quiet) ||
	    plan_read_image_name(monitor->arena, json_object_get(message->json, "image"), &facts->image, &err) < 0 ||
	    facts->image.kind != IMAGE_REFERENCE || !is_image_fine(monitor, &facts->image, message))
		return false;
	if (!may_be_fetched(monitor, &err))
		result = -(int)err.kind;
	if (result == 0)
		result = host_use_engine(monitor->arena, facts, BACKEND_DOCKER, monitor->host, monitor->client, &err);
	if (result == 0 && !may_pull(monitor, "always") && is_here(monitor, pull.platform))
		return false;
	if (result == 0)
		result = launch_pull_image(monitor->arena, facts, &pull, &err);
	answer_error(monitor, result < 0 ? &err : NULL);
	return true;
}

bool monitor_answer(struct monitor *monitor, const char *question, const struct channel_message *message)
{
	if (strcmp(question, "nothing") == 0) {
		monitor->is_excused = true;
		return message->fd_count == 0;
	}
	/* Whoever goes on asking has something in mind. */
	monitor->is_excused = false;
	if (strcmp(question, "get") == 0)
		return message->fd_count == 0 && answer_get(monitor, message->json);
	if (strcmp(question, "engine") == 0)
		return message->fd_count == 0 && answer_engine(monitor, message->json);
	if (strcmp(question, "fetch") == 0)
		return answer_fetch(monitor, message);
	return strcmp(question, "pull") == 0 && answer_pull(monitor, message);
}
