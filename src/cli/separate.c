/* separate: which half does what. */
#include "separate.h"

#include <string.h>
#include <unistd.h>

static int fail(const struct cli *cli, const struct error *err)
{
	message_error(cli, err);
	return cli->failure;
}

void separate_load_ceiling(struct cli *cli)
{
	struct policy_search search;

	if (cli->ceiling.is_read)
		return;
	cli->ceiling.is_read = true;
	cli->ceiling.errors.arena = cli->arena;
	cli->ceiling.policy = flow_load_ceiling(cli->arena, cli->facts, &search, &cli->ceiling.errors);
}

/* ---- dry runs, which start nothing ---- */

/* What can be told of a line without reading it whole; where in doubt, nothing. */
struct glance {
	bool is_dry_run, has_rootfs;
	const char *backend;   /* NULL: not said */
};

/*
 * The own options that begin the line. Anything else ends the glance: a wrong guess costs a process, never a right, as a line
 * that turns out to be no dry run is refused by who has given up the rights.
 */
static struct glance look(const struct cli *cli, int argc, char *const argv[])
{
	struct glance glance = { cli->options.is_dry_run, cli->options.rootfs != NULL, cli->options.backend };

	for (int i = 0; i < argc && argv[i][0] == '-' && argv[i][1] == '-' && argv[i][2] != '\0'; i++) {
		const char *name = argv[i] + 2, *equals = strchr(name, '=');
		const enum flag_id flag = flag_find(name, equals != NULL ? (size_t)(equals - name) : strlen(name));
		const char *value = equals != NULL ? equals + 1 : NULL;

		if (flag == FLAG_NONE)
			break;
		if (flag_specs[flag].kind != FLAG_KIND_BOOL && value == NULL)
			value = ++i < argc ? argv[i] : "";
		glance.is_dry_run = glance.is_dry_run || (flag == FLAG_DRY_RUN && value == NULL);
		glance.has_rootfs = glance.has_rootfs || flag == FLAG_ROOTFS;
		glance.backend = flag == FLAG_BACKEND ? value : glance.backend;
	}
	return glance;
}

static bool names_local_image(int argc, char *const argv[])
{
	for (int i = 0; i < argc; i++)
		if (strncmp(argv[i], "oci:", 4) == 0 || strncmp(argv[i], "docker-archive:", 15) == 0)
			return true;
	return false;
}

/* Said to be run by a runtime, without an engine. */
static bool is_direct(const struct glance *glance)
{
	return glance->backend != NULL && host_is_oci_name(glance->backend);
}

/* A dry run for which nothing is wanted that only root can do. *ret_may_call: the daemon is asked by root itself. */
static bool can_stay(const struct cli *cli, const struct glance *glance, int argc, char *const argv[], bool *ret_may_call)
{
	const bool is_oci = is_direct(glance);
	const bool is_podman = glance->backend != NULL && strcmp(glance->backend, "podman") == 0;

	*ret_may_call = false;
	if (!glance->is_dry_run)
		return false;
	if (is_podman || (is_oci && glance->has_rootfs))
		return true;
	*ret_may_call = true;
	return !cli->is_guarded && !is_oci && !names_local_image(argc, argv);
}

int separate_confined(struct cli *cli, int argc, char *const argv[], cli_verb *verb)
{
	struct error err = { 0 };

	separate_load_ceiling(cli);
	if (launch_confine(cli->arena, cli->facts, false, &err) < 0)
		return fail(cli, &err);
	cli->is_confined = true;
	return verb(cli, argc, argv);
}

static int stay(struct cli *cli, int argc, char *const argv[], bool may_call, cli_verb *judge)
{
	struct error err = { 0 };

	if (launch_confine(cli->arena, cli->facts, may_call, &err) < 0)
		return fail(cli, &err);
	cli->is_confined = true;
	return judge(cli, argc, argv);
}

int separate_run(struct cli *cli, int argc, char *const argv[], cli_verb *judge)
{
	struct monitor_judge half = { .fd = -1 };
	struct error err = { 0 };
	struct glance glance;
	bool may_call;

	if (!cli->facts->is_root)
		return judge(cli, argc, argv);
	separate_load_ceiling(cli);
	glance = look(cli, argc, argv);
	if (can_stay(cli, &glance, argc, argv, &may_call))
		return stay(cli, argc, argv, may_call, judge);
	fflush(NULL);
	launch_hold(&half.before);
	half.pid = launch_split(cli->arena, cli->facts, &half.fd, &err);
	if (half.pid <= 0)
		launch_release(&half.before);
	if (half.pid < 0)
		return fail(cli, &err);
	if (half.pid == 0) {
		judge_begin(cli, half.fd);
		return judge(cli, argc, argv);
	}
	if (is_direct(&glance))
		launch_expect_runtime();
	/* What is relative has been resolved by the judge, who stands where the caller stood. */
	if (chdir("/") != 0)
		return LAUNCH_STATUS_REFUSED;
	return monitor_serve(cli, &half);
}
