/* doctor: what this machine can do, and what to do about each gap. */
#include "cli.h"

#include <jansson.h>
#include <string.h>

#define USERNS_PROFILE_FILE "/etc/apparmor.d/hardrun"

enum doctor_state {
	DOCTOR_FINE,
	DOCTOR_NOTE,    /* works; worth knowing */
	DOCTOR_GAP,     /* something is missing that can be done without */
	DOCTOR_MISSING, /* nothing can be run until it is mended */
};

struct doctor_line {
	enum doctor_state state;
	const char *subject;
	const char *text;
	const char *remedy; /* NULL: none needed */
};

struct doctor {
	struct cli *cli;
	struct arena *arena;
	struct host_facts *facts;
	struct doctor_line *lines;
	size_t count;
	size_t policies_at; /* the line that is filled in last */
};

static void add(struct doctor *doctor, enum doctor_state state, const char *subject, const char *text, const char *remedy)
{
	*vector_push(doctor->arena, doctor->lines, doctor->count) = (struct doctor_line){ state, subject, text, remedy };
}

static void examine_machine(struct doctor *doctor)
{
	const struct host_facts *facts = doctor->facts;

	add(doctor, DOCTOR_FINE, "machine",
	    arena_printf(doctor->arena, "Linux %s, %s, %u CPUs online, %lld MiB of memory",
			 facts->kernel != NULL ? facts->kernel : "(unknown)", facts->architecture, facts->cpu_count,
			 (long long)(facts->memory_bytes >> 20)),
	    NULL);
	if (!facts->is_root)
		add(doctor, DOCTOR_FINE, "caller", arena_printf(doctor->arena, "uid %u, an ordinary user", facts->caller_uid), NULL);
}

/* A daemon that is silent, or is none that hardrun asks. */
static void tell_silent(struct doctor *doctor, const struct error *err)
{
	const struct engine_facts *engine = &doctor->facts->engine;
	const char *reason = engine->docker_reason;

	if (engine->docker_refusal != NULL) {
		add(doctor, DOCTOR_GAP, "docker daemon", engine->docker_refusal->message, engine->docker_refusal->remedy);
		return;
	}
	if (reason == NULL)
		reason = message_error_text(doctor->arena, err);
	add(doctor, DOCTOR_GAP, "docker daemon", reason,
	    strstr(reason, "you may not use the socket") != NULL
		    ? "it runs, and is not for you: sudo hardrun, or --backend crun, which needs no daemon"
		    : "start it (systemctl start docker), or name its socket in engine.host of the policy");
}

/* Who named the socket; root's own contexts name none for hardrun. */
static void tell_choice(struct doctor *doctor)
{
	const struct host_facts *facts = doctor->facts;
	const char *context;

	if (facts->engine.docker_chosen_by != NULL)
		add(doctor, DOCTOR_FINE, "docker context", arena_printf(doctor->arena, "%s names %s", facts->engine.docker_chosen_by,
									facts->engine.docker_socket), NULL);
	context = facts->is_root && facts->elevated_by == NULL ? host_current_context(doctor->arena, facts) : NULL;
	if (context != NULL)
		add(doctor, DOCTOR_NOTE, "docker context",
		    arena_printf(doctor->arena, "%s is current for docker, and not obeyed with root's rights", context),
		    "name the daemon in engine.host of the policy");
}

static void examine_docker(struct doctor *doctor)
{
	struct engine_facts *engine = &doctor->facts->engine;
	struct error err = { 0 };

	if (engine->programs[BACKEND_DOCKER] == NULL) {
		add(doctor, DOCTOR_GAP, "docker", "there is no client", "apt install docker.io");
		return;
	}
	add(doctor, DOCTOR_FINE, "docker", engine->programs[BACKEND_DOCKER], NULL);
	engine->is_network_wanted = true;
	engine->is_label_wanted = doctor->facts->has_selinux;
	(void)host_choose_backend(doctor->arena, doctor->facts, "docker", NULL, NULL, &err);
	tell_choice(doctor);
	if (!engine->is_docker_answering) {
		tell_silent(doctor, &err);
		return;
	}
	add(doctor, DOCTOR_FINE, "docker daemon",
	    arena_printf(doctor->arena, "version %s answers at %s",
			 engine->docker_version != NULL ? engine->docker_version : "(unknown)", engine->docker_socket),
	    NULL);
	for (size_t i = 0; i < engine->docker_gaps.count; i++)
		add(doctor, DOCTOR_GAP, "docker daemon", engine->docker_gaps.items[i],
		    "see `docker info`; a limit that cannot be held is refused");
	for (size_t i = 0; i < engine->docker_notes.count; i++)
		add(doctor, DOCTOR_NOTE, "docker daemon", engine->docker_notes.items[i], NULL);
	if (engine->isolated_network_problem != NULL)
		add(doctor, DOCTOR_GAP, "isolated network", engine->isolated_network_problem,
		    plan_isolated_remedy(doctor->facts->elevated_by != NULL, engine->is_isolated_network_used));
	else
		add(doctor, DOCTOR_FINE, "isolated network",
		    engine->has_isolated_network ? PLAN_ISOLATED_NETWORK " is there"
						 : PLAN_ISOLATED_NETWORK " will be made when first needed",
		    NULL);
}

static void examine_crun(struct doctor *doctor)
{
	const struct host_facts *facts = doctor->facts;
	const char *program = facts->engine.programs[BACKEND_CRUN];

	if (program == NULL)
		add(doctor, DOCTOR_GAP, "crun", "not installed", "apt install crun");
	else if (facts->cgroup == CGROUP_HYBRID)
		add(doctor, DOCTOR_FINE, "crun",
		    arena_printf(doctor->arena, "%s; hardrun hides the empty v2 tree of hybrid cgroups from it", program), NULL);
	else
		add(doctor, DOCTOR_FINE, "crun", program, NULL);
}

static void examine_runc(struct doctor *doctor)
{
	const char *program = doctor->facts->engine.programs[BACKEND_RUNC];
	const char *version = launch_runc_version(doctor->arena, program);

	if (program == NULL)
		add(doctor, DOCTOR_GAP, "runc", "not installed", "apt install runc");
	else if (launch_runc_is_open(doctor->arena, version))
		add(doctor, DOCTOR_NOTE, "runc",
		    arena_printf(doctor->arena, "%s is %s, from before CVE-2025-31133 was mended in 1.2.8", program, version),
		    "install 1.2.8 or later, or see whether your distribution has mended it");
	else
		add(doctor, DOCTOR_FINE, "runc", program, NULL);
}

static void examine_programs(struct doctor *doctor)
{
	const struct engine_facts *engine = &doctor->facts->engine;
	const char *socket = host_find_podman_socket(doctor->arena, doctor->facts);
	const struct { const char *name, *program, *without; } rows[] = {
		{ "podman", engine->programs[BACKEND_PODMAN], "not installed; only --backend podman needs it" },
		{ "runsc", engine->programs[BACKEND_RUNSC],
		  "not installed; only engine.sandbox: required and --backend runsc need it (apt install runsc)" },
		{ "skopeo", engine->skopeo, "not installed; without it no image can be fetched for crun and runc" },
		{ "umoci", engine->umoci, "not installed; without it no image can be unpacked for crun and runc" },
	};

	if (socket != NULL)
		add(doctor, DOCTOR_FINE, "podman socket",
		    arena_printf(doctor->arena, "%s; hardrun calls podman itself, and needs none", socket), NULL);
	examine_crun(doctor);
	examine_runc(doctor);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		if (rows[i].program != NULL)
			add(doctor, DOCTOR_FINE, rows[i].name, rows[i].program, NULL);
		else
			add(doctor, DOCTOR_GAP, rows[i].name, rows[i].without,
			    arena_printf(doctor->arena, "apt install %s", rows[i].name));
	}
}

static const char *cgroup_text(enum cgroup_version version)
{
	switch (version) {
	case CGROUP_NONE:
		return "not mounted";
	case CGROUP_V1:
		return "version 1";
	case CGROUP_HYBRID:
		return "version 1, with an empty version 2 tree beside it (hybrid)";
	case CGROUP_V2:
		return "version 2";
	case CGROUP_VERSION_COUNT:
		break;
	}
	return "unknown";
}

static void examine_cgroups(struct doctor *doctor)
{
	const struct host_facts *facts = doctor->facts;
	const struct { const char *name; bool has; } rows[] = {
		{ "memory", facts->has_memory }, { "cpu", facts->has_cpu }, { "pids", facts->has_pids },
		{ "cpuset", facts->has_cpuset }, { "blkio", facts->has_blkio }, { "devices", facts->has_devices },
	};
	struct text found, lacking;

	text_init(&found, doctor->arena);
	text_init(&lacking, doctor->arena);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		text_addf(rows[i].has ? &found : &lacking, " %s", rows[i].name);
	add(doctor, facts->cgroup == CGROUP_NONE ? DOCTOR_GAP : DOCTOR_FINE, "cgroups",
	    arena_printf(doctor->arena, "%s;%s", cgroup_text(facts->cgroup), found.length > 0 ? found.data : " no controllers"),
	    facts->cgroup == CGROUP_NONE ? "mount cgroup2 at /sys/fs/cgroup" : NULL);
	if (lacking.length > 0)
		add(doctor, facts->has_memory && facts->has_cpu && facts->has_pids ? DOCTOR_NOTE : DOCTOR_GAP, "cgroups",
		    arena_printf(doctor->arena, "without:%s", lacking.data),
		    "enable them on the kernel's command line (cgroup_enable=...)");
	if (!facts->has_swap)
		add(doctor, DOCTOR_NOTE, "swap accounting", "off: memory is limited, swap is not",
		    "boot with swapaccount=1, or do without swap");
}

static void examine_apparmor(struct doctor *doctor)
{
	struct host_apparmor_profiles profiles;
	struct error err = { 0 };

	if (!doctor->facts->has_apparmor) {
		add(doctor, DOCTOR_NOTE, "AppArmor", "off: one layer of defence less, and policies that say apparmor are refused",
		    "boot with \"apparmor=1 security=apparmor\" (Debian: install the package apparmor)");
		return;
	}
	if (!launch_has_apparmor_parser())
		add(doctor, DOCTOR_NOTE, "AppArmor", "on; without apparmor_parser no profile of hardrun's can be loaded",
		    "apt install apparmor");
	else if (host_list_apparmor(doctor->arena, APPARMOR_PREFIX, &profiles, &err) < 0)
		add(doctor, DOCTOR_NOTE, "AppArmor", arena_printf(doctor->arena, "on; %s", err.message), err.remedy);
	else
		add(doctor, DOCTOR_FINE, "AppArmor",
		    arena_printf(doctor->arena, "on, %zu profiles of hardrun's loaded; where no policy says apparmor docker applies its own, "
				 "crun and runc none", profiles.count), NULL);
}

static void examine_selinux(struct doctor *doctor)
{
	const struct host_facts *facts = doctor->facts;
	const char *problem = facts->has_selinux ? facts->selinux_problem : "off";

	add(doctor, problem != NULL ? DOCTOR_NOTE : DOCTOR_FINE, "SELinux", problem == NULL ? "on, enforcing" :
	    arena_printf(doctor->arena, "%s; labels are refused", problem), facts->selinux_remedy);
	if (facts->has_selinux && facts->engine.is_docker_answering && !facts->engine.has_docker_labels)
		add(doctor, DOCTOR_NOTE, "SELinux", "docker's daemon was started without --selinux-enabled", HOST_LABELS_REMEDY);
}

/* To be pasted as it is. */
static const char *profile_remedy(const struct doctor *doctor)
{
	return arena_printf(doctor->arena, "as root, once:\ncat > " USERNS_PROFILE_FILE " << 'END'\n%sEND\n"
			    "apparmor_parser --replace " USERNS_PROFILE_FILE, doctor->facts->user_namespace_profile);
}

static void examine_kernel(struct doctor *doctor)
{
	const struct host_facts *facts = doctor->facts;

	add(doctor, facts->has_seccomp ? DOCTOR_FINE : DOCTOR_MISSING, "seccomp", facts->has_seccomp ? "there" : "not in this kernel",
	    facts->has_seccomp ? NULL : "use a kernel with CONFIG_SECCOMP_FILTER");
	examine_apparmor(doctor);
	examine_selinux(doctor);
	if (facts->user_namespace_reason == NULL)
		add(doctor, DOCTOR_FINE, "user namespaces", "ordinary users can make them", NULL);
	else
		add(doctor, DOCTOR_NOTE, "user namespaces", facts->user_namespace_reason,
		    facts->user_namespace_profile != NULL ? profile_remedy(doctor) : facts->user_namespace_remedy);
}

static uint64_t count_ids(const struct host_id_map *map)
{
	uint64_t count = 0;

	for (size_t i = 0; i < map->count; i++)
		count += map->ranges[i].count;
	return count - 1; /* the caller's own is among them */
}

/* What crun and runc need for this very person. */
static void examine_rootless(struct doctor *doctor)
{
	const struct host_rootless *rootless;

	host_read_rootless(doctor->arena, doctor->facts);
	rootless = doctor->facts->rootless;
	if (rootless == NULL)
		return;
	if (rootless->problem != NULL)
		add(doctor, DOCTOR_GAP, "without daemon", rootless->problem, rootless->remedy);
	if (rootless->ids_problem != NULL)
		add(doctor, DOCTOR_GAP, "subordinate ids",
		    arena_printf(doctor->arena, "%s: containers run as you, under crun only", rootless->ids_problem), rootless->ids_remedy);
	else
		add(doctor, DOCTOR_FINE, "subordinate ids",
		    arena_printf(doctor->arena, "%llu of users, %llu of groups", (unsigned long long)count_ids(&rootless->own_uids),
				 (unsigned long long)count_ids(&rootless->own_gids)),
		    NULL);
	if (rootless->cgroup_problem != NULL)
		add(doctor, DOCTOR_GAP, "own cgroup", rootless->cgroup_problem, rootless->cgroup_remedy);
	else
		add(doctor, DOCTOR_FINE, "own cgroup", rootless->cgroups[HOST_CONTROLLER_MEMORY], NULL);
}

/* What crun and runc need for a network. */
static void examine_carrier(struct doctor *doctor)
{
	const struct host_carrier *carrier;

	host_read_carrier(doctor->arena, doctor->facts);
	carrier = doctor->facts->carrier;
	if (carrier->problem != NULL)
		add(doctor, DOCTOR_GAP, "own network",
		    arena_printf(doctor->arena, "%s: under crun and runc there is none", carrier->problem), carrier->remedy);
	else
		add(doctor, DOCTOR_FINE, "own network", carrier->program, NULL);
}

static const char *record_text(struct arena *arena, const struct record_target *target)
{
	if (target->to == RECORD_FILE)
		return arena_printf(arena, "every decision goes to %s", target->path);
	if (target->to == RECORD_NONE)
		return "none is kept: the ceiling says record: {to: none}";
	return arena_printf(arena, "every decision goes to %s", record_to_name(target->to));
}

/* A record that cannot be written stops every launch. */
static void examine_record(struct doctor *doctor, const struct policy *ceiling)
{
	struct record_target target;
	struct error err = { 0 };

	if (ceiling == NULL) {
		add(doctor, DOCTOR_NOTE, "record", "none is kept but where a policy says record:, for there is no ceiling", NULL);
		return;
	}
	if (record_choose_target(doctor->arena, NULL, ceiling, doctor->facts->is_root, &target, &err) < 0 ||
	    launch_try_record(doctor->arena, &target, &err) < 0)
		add(doctor, DOCTOR_MISSING, "record", err.message, err.remedy);
	else
		add(doctor, target.to == RECORD_NONE ? DOCTOR_NOTE : DOCTOR_FINE, "record", record_text(doctor->arena, &target), NULL);
}

/* The ceiling is root's own file, and read as such; policies may be anyone's, and are counted when the rights are gone. */
static void examine_ceiling(struct doctor *doctor)
{
	struct policy_errors errors = { .arena = doctor->arena };
	struct policy_search search;
	const struct policy *ceiling;

	flow_search(doctor->arena, doctor->facts, &search);
	doctor->policies_at = doctor->count;
	add(doctor, DOCTOR_FINE, "policies", "", NULL);
	ceiling = policy_load_ceiling(doctor->arena, &search, &errors);
	if (ceiling != NULL)
		add(doctor, DOCTOR_FINE, "ceiling", arena_printf(doctor->arena, "%s bounds everyone", search.ceiling_path), NULL);
	else if (errors.count == 0)
		add(doctor, DOCTOR_NOTE, "ceiling", arena_printf(doctor->arena, "none: there is no %s", search.ceiling_path), NULL);
	if (errors.count == 0)
		examine_record(doctor, ceiling);
	for (size_t i = 0; i < errors.count; i++)
		add(doctor, DOCTOR_MISSING, "ceiling",
		    arena_printf(doctor->arena, "%s: %s", place_text(doctor->arena, errors.items[i].place), errors.items[i].message),
		    errors.items[i].remedy != NULL ? errors.items[i].remedy : "mend it: until then everything is refused");
}

static void count_policies(struct doctor *doctor)
{
	const struct policy_entry *entries;
	struct policy_search search;

	flow_search(doctor->arena, doctor->facts, &search);
	doctor->lines[doctor->policies_at].text = arena_printf(doctor->arena, "%zu found; `hardrun policy list` names them",
							       policy_list(doctor->arena, &search, &entries));
}

/* The answer to the question that matters: with what would `run` run? */
static void examine_choice(struct doctor *doctor)
{
	struct error err = { 0 };

	if (host_choose_backend(doctor->arena, doctor->facts, "auto", NULL, NULL, &err) < 0)
		add(doctor, DOCTOR_MISSING, "backend", err.message, err.remedy);
	else if (host_backend_is_oci(doctor->facts->backend) && doctor->facts->rootless != NULL &&
		 doctor->facts->rootless->cgroup_problem != NULL)
		add(doctor, DOCTOR_MISSING, "backend", "no docker daemon answers, and the limits of crun and runc would not hold",
		    doctor->facts->rootless->cgroup_remedy);
	else
		add(doctor, DOCTOR_FINE, "backend",
		    arena_printf(doctor->arena, "run would use %s", host_backend_name(doctor->facts->backend)), NULL);
}

static const char *state_name(enum doctor_state state)
{
	switch (state) {
	case DOCTOR_FINE:
		return "fine";
	case DOCTOR_NOTE:
		return "note";
	case DOCTOR_GAP:
		return "gap";
	case DOCTOR_MISSING:
		return "missing";
	}
	return "";
}

static void print_text(const struct doctor *doctor)
{
	static const enum message_tone tones[] = { MESSAGE_GOOD, MESSAGE_FAINT, MESSAGE_WARN, MESSAGE_BAD };
	const struct cli *cli = doctor->cli;

	for (size_t i = 0; i < doctor->count; i++) {
		const struct doctor_line *line = &doctor->lines[i];
		const char *word = arena_printf(doctor->arena, "%-7s", state_name(line->state));

		message_print(cli, arena_printf(doctor->arena, "%s  %-16s  %s\n", message_tone(cli, stdout, tones[line->state], word),
						line->subject, string_printable(doctor->arena, line->text, 0)));
		if (line->remedy != NULL)
			message_print(cli, arena_printf(doctor->arena, "%-27s-> %s\n", "", line->remedy));
	}
}

static void print_json(const struct doctor *doctor, bool is_able)
{
	json_t *array = json_array();

	for (size_t i = 0; i < doctor->count; i++) {
		const struct doctor_line *line = &doctor->lines[i];

		json_array_append_new(array, json_pack("{s:s, s:s, s:s, s:s?}", "state", state_name(line->state), "subject",
						       line->subject, "text", string_printable(doctor->arena, line->text, 0),
						       "remedy", line->remedy));
	}
	json_print(doctor->cli, json_pack("{s:s, s:b, s:o}", "schema", "hardrun/doctor/1", "able", (int)is_able, "checks", array));
}

static bool is_able(const struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->count; i++)
		if (doctor->lines[i].state == DOCTOR_MISSING)
			return false;
	return true;
}

/* What wants the rights that there are. None of it depends on what was typed. */
static void examine(struct doctor *doctor)
{
	static void (*const examinations[])(struct doctor *) = {
		examine_machine, examine_docker, examine_programs, examine_cgroups, examine_kernel,
		examine_rootless, examine_carrier, examine_ceiling, examine_choice,
	};

	host_find_programs(doctor->arena, doctor->facts, NULL);
	host_read_kernel(doctor->arena, doctor->facts);
	host_read_defences(doctor->arena, doctor->facts);
	for (size_t i = 0; i < ARRAY_COUNT(examinations); i++)
		examinations[i](doctor);
}

static int tell(struct cli *cli, struct doctor *doctor, int argc, char *const argv[])
{
	struct string_list words = { 0 };
	struct error err = { 0 };

	if (options_parse_verb(cli, argc, argv, &words, &err) < 0) {
		message_error(cli, &err);
		return CLI_STATUS_USAGE;
	}
	if (cli->options.is_help) {
		help_verb_usage(cli, "doctor");
		return message_finish(cli, CLI_STATUS_OK);
	}
	if (words.count > 0) {
		message_line(cli, "doctor takes no words: %s", string_printable(cli->arena, words.items[0], 80));
		return CLI_STATUS_USAGE;
	}
	count_policies(doctor);
	if (cli->is_json)
		print_json(doctor, is_able(doctor));
	else
		print_text(doctor);
	return message_finish(cli, is_able(doctor) ? CLI_STATUS_OK : CLI_STATUS_DENIED);
}

int doctor_verb(struct cli *cli, int argc, char *const argv[])
{
	struct doctor doctor = { .cli = cli, .arena = cli->arena, .facts = cli->facts };
	struct error err = { 0 };

	examine(&doctor);
	if (cli->facts->is_root && launch_confine(cli->arena, cli->facts, false, &err) < 0) {
		message_error(cli, &err);
		return cli->failure;
	}
	cli->is_confined = cli->facts->is_root;
	return tell(cli, &doctor, argc, argv);
}
