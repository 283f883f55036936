/* help: the overview, the usage of each verb, the version. */
#include "cli.h"

#include <jansson.h>
#include <seccomp.h>
#include <string.h>
#include <yaml.h>

struct help_row {
	const char *verb;
	const char *usage;
	const char *summary;
	const char *text;    /* what follows the usage; NULL: nothing */
	bool has_flags;      /* followed by the flags of run */
};

static const struct help_row help_rows[] = {
	{ "run", "hardrun run [OPTIONS] IMAGE [COMMAND] [ARG...]", "Run a command in a new, hardened container",
	  "Takes the place of `docker run`. The policy says what may be asked for, and what\n"
	  "the container gets where nothing is asked for.\n",
	  true },
	{ "create", "hardrun create [OPTIONS] IMAGE [COMMAND] [ARG...]", "Make a hardened container without starting it", NULL,
	  true },
	{ "check", "hardrun check [OPTIONS] IMAGE [COMMAND] [ARG...]", "Say whether `run` would be allowed; start nothing",
	  "Takes what `run` takes. Status 0: allowed, 1: denied, 2: malformed line or wrong\npolicy.\n", true },
	{ "show", "hardrun show [OPTIONS] IMAGE [COMMAND] [ARG...]", "Show every effective setting and where it is from", NULL,
	  true },
	{ "why", "hardrun why [run ... | --syscall CALL | --cap NAME | --path PATH [IMAGE]]",
	  "Say which restriction stopped a container, or what a policy does",
	  "  run ...          run it again, watched, with the same words, and say at its\n"
	  "                   end which layer refused what, by which rule, and the\n"
	  "                   smallest remedy (crun, runc)\n"
	  "  (nothing)        the same of the last container of yours that ended badly, as\n"
	  "                   far as it is known; docker is asked too\n"
	  "  --syscall CALL   a system call, or one with arguments: 'socket(AF_ALG, 2, 0)'\n"
	  "  --cap NAME       a capability\n"
	  "  --path PATH      whether a path in the container can be written\n"
	  "The last three ask under --policy NAME|FILE, else that of IMAGE, else default:\n"
	  "they name the line that decides and the smallest change. Status 0: allowed,\n"
	  "1: refused, 2: malformed line or wrong policy; of `why run` the container's.\n",
	  false },
	{ "learn", "hardrun learn -o FILE [OPTIONS] run [OPTIONS] IMAGE [COMMAND] [ARG...]",
	  "Run a program, and write the policy that it needs",
	  "Runs it watched on crun or runc, under the policy that it would have anyway, and\n"
	  "then once more under the one that was learned: the proof. Learning grants\n"
	  "nothing.\n"
	  "  -o, --output FILE  the policy, each line with its reason\n"
	  "  --record FILE      what was seen, as JSON, to be merged later\n"
	  "  --merge FILE       begin with such a record; repeatable, also without a run\n"
	  "  --runs N           learn from N runs (1 to 100)\n"
	  "  --timeout TIME     how long the proof may take; else three times as long as\n"
	  "                     the program took, and 10s\n"
	  "  --no-prove         leave out the proof\n"
	  "  -f, --force        replace files that are there\n"
	  "Status 0: proved, 1: written, but under it the program did not do as before,\n"
	  "2: malformed line or record, 125: nothing could be run.\n",
	  false },
	{ "unit", "hardrun unit [--job] NAME run [OPTIONS] IMAGE [COMMAND] [ARG...]", "Print a systemd unit for a command line",
	  "Judges what `run` would, and prints a unit that runs it under systemd, as root\n"
	  "with a sandbox of its own around hardrun. With --job one that runs to its end,\n"
	  "and that a timer starts. Status 0: printed, 1: denied, 2: malformed line or\n"
	  "wrong policy. As root, and as an ordinary user:\n"
	  "  hardrun unit web run nginx:1 > /etc/systemd/system/web.service\n"
	  "  hardrun unit web run --backend podman nginx:1 > ~/.config/systemd/user/web.service\n",
	  false },
	{ "compose", "hardrun compose [-f FILE] [-p NAME] VERB [SERVICE...]", "Judge and start the services of a Compose file",
	  "  check       the verdict on every service: 0 allowed, 1 denied, 2 malformed\n"
	  "  config      the words of a run that each service means\n"
	  "  up [-d]     start all, or nothing; without -d show their output until Ctrl-C\n"
	  "  down [-v]   stop and remove what `up` made, with -v its volumes too\n"
	  "  ps, logs    what runs, and what it prints (-f follows)\n"
	  "Options: --env-file FILE, --profile NAME; of up: --force-recreate,\n"
	  "--remove-orphans, -t SECONDS. See man 1 hardrun-compose.\n",
	  false },
	{ "apparmor", "hardrun apparmor load POLICY...|--all|run LINE | list | gc", "Load, list and remove AppArmor profiles",
	  "  load POLICY...   load the profiles of policies of root's; --all: of all that\n"
	  "                   hardrun comes with\n"
	  "  load run LINE    load the profile that `hardrun run LINE` needs\n"
	  "  list             hardrun's profiles in the kernel, and who is under them\n"
	  "  gc               remove those that no policy of root's makes and nobody uses\n"
	  "load --print shows the text and loads nothing; load --replace replaces one that\n"
	  "somebody has changed. All but list and --print need root.\n",
	  false },
	{ "doctor", "hardrun doctor [--format json]", "Say what this machine can do, and what to do about gaps",
	  "Status 0: containers can be run here, 1: something needed is missing.\n", false },
	{ "policy", "hardrun policy list | check FILE | schema", "List or check policies, print the JSON Schema",
	  "  list        policies that a name would find, nearest directory first\n"
	  "  check FILE  status 0: fine, 2: wrong, with every error at FILE:LINE:COLUMN\n"
	  "  schema      the language as a JSON Schema, for editors\n",
	  false },
	{ "docker", "hardrun docker [OPTIONS] VERB ...", "docker's other verbs; run and create are ours",
	  "Verbs that start nothing go to the docker client as they are; exec, start, cp\n"
	  "and volume create are judged; what starts or widens containers otherwise is\n"
	  "refused. Under a ceiling, or with root's rights lent: what allow.verbs lists, on\n"
	  "your own containers.\n",
	  false },
	{ "help", "hardrun help [VERB]", "This text, or that of a verb", NULL, false },
};

static const char help_tail[] =
	"\n"
	"Options, before the verb or among the flags of run:\n"
	"  --policy NAME|FILE  the policy to apply (default: by image name)\n"
	"  --backend NAME      auto, docker, podman, crun, runc or runsc\n"
	"  --dry-run           print what would be executed, start nothing\n"
	"  --rootfs DIR, --format text|json, --color auto|always|never, --version, --help\n"
	"\n"
	"`hardrun help VERB` tells more; so do man 1 hardrun and man 5 hardrun-policy.\n";

void help_overview(const struct cli *cli)
{
	message_print(cli, "Usage: hardrun [OPTIONS] VERB ...\n\nRuns containers under a policy, on docker or without it.\n\n");
	for (size_t i = 0; i < ARRAY_COUNT(help_rows); i++)
		if (strcmp(help_rows[i].verb, "help") != 0) /* the last line names it; the screen has 24 */
			message_print(cli, arena_printf(cli->arena, "  %-8s %s\n", help_rows[i].verb, help_rows[i].summary));
	message_print(cli, help_tail);
}

void help_verb_usage(const struct cli *cli, const char *verb)
{
	for (size_t i = 0; i < ARRAY_COUNT(help_rows); i++) {
		const struct help_row *row = &help_rows[i];

		if (strcmp(row->verb, verb) != 0)
			continue;
		message_print(cli, arena_printf(cli->arena, "Usage: %s\n\n%s.\n", row->usage, row->summary));
		if (row->text != NULL)
			message_print(cli, arena_printf(cli->arena, "\n%s", row->text));
		if (row->has_flags)
			message_print(cli, arena_printf(cli->arena, "\n%s", flag_print_help(cli->arena)));
		return;
	}
	help_overview(cli);
}

const char *help_nearest_verb(const char *word)
{
	const char *names[ARRAY_COUNT(help_rows)];

	for (size_t i = 0; i < ARRAY_COUNT(help_rows); i++)
		names[i] = help_rows[i].verb;
	return string_nearest(word, names, ARRAY_COUNT(help_rows));
}

int help_wrong_words(const struct cli *cli, const char *verb, const char *sentence)
{
	message_line(cli, "%s: %s; see hardrun %s --help", verb, sentence, verb);
	return CLI_STATUS_USAGE;
}

void help_version(const struct cli *cli)
{
	const struct scmp_version *seccomp = seccomp_version();
	int major, minor, patch;

	yaml_get_version(&major, &minor, &patch);
	message_print(cli, arena_printf(cli->arena, "hardrun %s\n", HARDRUN_VERSION));
	message_print(cli, "+DOCKER +PODMAN +CRUN +RUNC +RUNSC +SECCOMP +APPARMOR +SELINUX +ROOTLESS\n");
	message_print(cli, arena_printf(cli->arena, "libseccomp %u.%u.%u, libyaml %d.%d.%d, jansson %s\n", seccomp->major,
					seccomp->minor, seccomp->micro, major, minor, patch, jansson_version_str()));
}

int help_verb(struct cli *cli, int argc, char *const argv[])
{
	if (argc > 1) {
		message_line(cli, "help wants one verb at most");
		return CLI_STATUS_USAGE;
	}
	if (argc == 1 && strcmp(argv[0], "--help") != 0 && strcmp(argv[0], "-h") != 0) {
		const char *nearest = help_nearest_verb(argv[0]);

		if (nearest == NULL || strcmp(nearest, argv[0]) != 0) {
			message_line(cli, "%s: no such verb%s%s", string_printable(cli->arena, argv[0], 80),
				     nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "");
			return CLI_STATUS_USAGE;
		}
		help_verb_usage(cli, argv[0]);
	} else {
		help_overview(cli);
	}
	return message_finish(cli, CLI_STATUS_OK);
}
