/*
 * judge: the half that reads what the caller typed, and has no rights of its own. What it needs root for, it asks of the monitor;
 * at the end it hands over what it decided, with the descriptors of what it looked at.
 */
#include "channel.h"
#include "cli.h"
#include "separate.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int fail_gone(const struct cli *cli, struct error *err)
{
	return error_set(err, cli->arena, ERROR_SYSTEM, "the half of hardrun that has the rights does not answer");
}

/* One question, one answer, with at most one descriptor. The caller lets go of *ret_answer. */
static int ask(const struct cli *cli, json_t *question, const int *fds, size_t fd_count, struct channel_message *ret_answer,
	       struct error *err)
{
	if (!channel_send(cli->monitor_fd, question, fds, fd_count) || !channel_receive(cli->monitor_fd, ret_answer))
		return fail_gone(cli, err);
	return channel_read_error(cli->arena, ret_answer->json, err);
}

static int relay_get(void *context, const char *target)
{
	const struct cli *cli = context;
	struct channel_message answer;
	json_t *number;
	int fd = -1;

	if (!channel_send(cli->monitor_fd, json_pack("{s:s, s:s}", "ask", "get", "target", target), NULL, 0) ||
	    !channel_receive(cli->monitor_fd, &answer)) {
		errno = EPIPE;
		return -1;
	}
	number = json_object_get(answer.json, "errno");
	errno = json_is_integer(number) ? (int)json_integer_value(number) : EPROTO;
	if (errno == 0 && answer.fd_count == 1)
		fd = answer.fds[0];
	else
		channel_close_fds(&answer);
	json_decref(answer.json);
	return fd;
}

void judge_begin(struct cli *cli, int monitor_fd)
{
	struct host_relay *relay = arena_alloc(cli->arena, sizeof(*relay));

	cli->monitor_fd = monitor_fd;
	*relay = (struct host_relay){ cli, relay_get };
	cli->facts->engine.relay = relay;
	cli->facts->is_holding = true;
}

const char *judge_whole_path(const struct cli *cli, const char *file)
{
	const char *rest = strncmp(file, "./", 2) == 0 ? file + 2 : file;

	if (file[0] == '/' || strncmp(file, "built-in:", 9) == 0 || cli->facts->cwd == NULL)
		return file;
	return arena_printf(cli->arena, "%s/%s", cli->facts->cwd, rest);
}

int judge_choose_engine(const struct cli *cli, const struct policy *policy, struct error *err)
{
	struct channel_message answer;
	int result;

	if (policy->engine.host.value == NULL && policy->engine.client.value == NULL)
		return 0;
	result = ask(cli, json_pack("{s:s, s:s}", "ask", "engine", "policy", judge_whole_path(cli, policy->files.items[0])), NULL, 0,
		     &answer, err);
	json_decref(answer.json);
	return result;
}

/* A local image goes along as a descriptor, opened for reading by the caller's own right. */
static int open_image(const struct cli *cli)
{
	const struct host_path *path = host_image_path(cli->facts);

	return path != NULL ? host_open_resolved(path, O_RDONLY) : -1;
}

int judge_fetch_image(struct cli *cli, const char *pull, struct error *err)
{
	const bool is_local = cli->facts->image.kind != IMAGE_REFERENCE;
	const int fd = is_local ? open_image(cli) : -1;
	struct channel_message answer;
	int result;

	if (is_local && fd < 0)
		return error_set(err, cli->arena, ERROR_MISSING, "no such image: %s (you may not read it)",
				 string_printable(cli->arena, cli->facts->image.canonical, 200));
	result = ask(cli, json_pack("{s:s, s:s, s:o}", "ask", "fetch", "pull", pull, "image",
				    plan_write_image_name(&cli->facts->image)), &fd, is_local ? 1 : 0, &answer, err);
	if (result == 0)
		result = plan_read_image_facts(cli->arena, json_object_get(answer.json, "facts"), &cli->facts->image_facts, err);
	json_decref(answer.json);
	if (is_local)
		(void)close(fd);
	return result;
}

int judge_pull_image(const struct cli *cli, const struct backend_pull *pull, struct error *err)
{
	struct channel_message answer;
	int result = ask(cli, json_pack("{s:s, s:o, s:s?, s:b}", "ask", "pull", "image", plan_write_image_name(&cli->facts->image),
					"platform", pull->platform, "is_quiet", (int)pull->is_quiet), NULL, 0, &answer, err);

	json_decref(answer.json);
	return result;
}

/* ---- the decision ---- */

void judge_excuse(const struct cli *cli)
{
	(void)channel_send(cli->monitor_fd, json_pack("{s:s}", "ask", "nothing"), NULL, 0);
}

json_t *judge_write_policy(const struct cli *cli, const struct policy *policy)
{
	json_t *files, *digests;

	if (policy == NULL)
		return json_null();
	files = json_array();
	digests = json_array();
	for (size_t i = 0; i < policy->files.count; i++) {
		json_array_append_new(files, json_string(judge_whole_path(cli, policy->files.items[i])));
		json_array_append_new(digests, json_string(policy->digests.items[i]));
	}
	return json_pack("{s:s, s:o, s:o, s:b}", "name", policy->name, "files", files, "digests", digests, "has_record",
			 (int)(policy->record.to.value != NULL || policy->record.path.value != NULL));
}

static json_t *write_hidden(const struct record_spans *hidden)
{
	json_t *array;

	if (hidden == NULL)
		return json_null();
	array = json_array();
	for (size_t i = 0; i < hidden->count; i++)
		json_array_append_new(array, json_pack("[I, I, I]", (json_int_t)hidden->items[i].word,
						       (json_int_t)hidden->items[i].first, (json_int_t)hidden->items[i].length));
	return array;
}

static json_t *write_findings(const struct findings *findings)
{
	return findings != NULL ? plan_write_findings(findings) : json_null();
}

/* The descriptors of the binds in the order of the mounts, then that of a --rootfs; false when one is missing. */
static bool collect_fds(const struct cli *cli, const struct plan *plan, int *fds, size_t *ret_count)
{
	*ret_count = 0;
	for (size_t i = 0; i <= plan->mount_count; i++) {
		const bool is_rootfs = i == plan->mount_count;
		const struct host_path *path = NULL;

		if (is_rootfs ? plan->image.kind != IMAGE_ROOTFS : plan->mounts[i].type != PLAN_BIND)
			continue;
		for (size_t k = 0; path == NULL && k < cli->facts->path_count; k++) {
			const struct host_path *known = &cli->facts->paths[k];

			if (known->held_fd > 0 && known->kind != PATH_MISSING && known->resolved != NULL &&
			    strcmp(known->resolved, is_rootfs ? plan->image_rootfs : plan->mounts[i].source) == 0)
				path = known;
		}
		if (path == NULL || *ret_count == CHANNEL_FDS_MAX)
			return false;
		fds[(*ret_count)++] = path->held_fd;
	}
	return true;
}

bool judge_decide(const struct cli *cli, const struct decision *decision)
{
	const struct host_facts *facts = cli->facts;
	const struct plan *plan = decision->plan;
	int fds[CHANNEL_FDS_MAX];
	size_t fd_count = 0;
	json_t *message;

	if (plan != NULL && !collect_fds(cli, plan, fds, &fd_count))
		return false;
	message = json_pack("{s:s, s:s, s:s, s:s?, s:s?, s:s?, s:o, s:o, s:o, s:o, s:b}", "ask", "decide", "verdict", decision->verdict,
			    "verb", decision->verb, "error", decision->error,
			    "image", decision->image != NULL ? decision->image : facts->image.canonical,
			    "image_digest", decision->image_digest != NULL ? decision->image_digest : facts->image_facts.digest,
			    "findings", write_findings(decision->findings), "policy", judge_write_policy(cli, decision->policy),
			    "hidden", write_hidden(decision->hidden), "plan", plan != NULL ? plan_write(plan) : json_null(),
			    "has_isolated_network", (int)facts->engine.has_isolated_network);
	return channel_send(cli->monitor_fd, message, fds, fd_count);
}
