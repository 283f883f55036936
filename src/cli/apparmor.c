/*
 * apparmor: load, list, gc. A profile is made of a plan: of a line as `run` would have it, in which case the two halves of run do
 * everything but the start; or of what a policy of root's gives the silent caller.
 */
#include "apparmor.h"

#include <jansson.h>
#include <string.h>

#include "separate.h"

enum { VARIANTS = 2 };

/* ---- one profile ---- */

int apparmor_of_plan(struct arena *arena, const struct plan *plan, struct apparmor *ret_apparmor, struct error *err)
{
	const struct profile *profile = NULL;
	struct plan own = *plan;

	if (plan->apparmor == PLAN_APPARMOR_NAMED)
		return error_set(err, arena, ERROR_UNSUPPORTED, "the profile of this container is %s, which hardrun does not make",
				 plan->apparmor_profile);
	own.apparmor = PLAN_APPARMOR_GENERATED;
	if (!plan->is_seccomp_unconfined && flow_profile(arena, &own, &profile, err) < 0)
		return -(int)err->kind;
	return apparmor_generate(arena, &own, profile, ret_apparmor, err);
}

static int fail(const struct cli *cli, const struct error *err)
{
	message_error(cli, err);
	return LAUNCH_STATUS_REFUSED;
}

static int load(struct cli *cli, const struct apparmor *apparmor)
{
	struct error err = { 0 };
	bool is_new;

	if (launch_load_profile(cli->arena, apparmor, cli->profile.may_replace, &is_new, &err) < 0)
		return fail(cli, &err);
	message_print(cli, arena_printf(cli->arena, "%s: %s\n", apparmor->name, is_new ? "loaded" : "is loaded"));
	return CLI_STATUS_OK;
}

int apparmor_finish(struct cli *cli, const struct plan *plan)
{
	struct apparmor apparmor;
	struct error err = { 0 };

	if (apparmor_of_plan(cli->arena, plan, &apparmor, &err) < 0)
		return fail(cli, &err);
	if (cli->profile.mode == CLI_PROFILE_LOAD)
		return message_finish(cli, load(cli, &apparmor));
	message_print(cli, apparmor.text);
	return message_finish(cli, CLI_STATUS_OK);
}

/* ---- the command that loads it ---- */

/* Only what the profile depends on: nobody's variables and passwords belong into a sentence. */
const char *apparmor_remedy(struct arena *arena, const struct plan *plan)
{
	static const char *const keys[] = { "volumes", "tmpfs", "cap_add", "devices", "read_only", "security_opt" };
	struct string_list said = { 0 };
	struct text text;

	text_init(&text, arena);
	text_addf(&text, "sudo hardrun apparmor load run --policy %s", shell_quote(arena, plan->policy_name));
	for (size_t i = 0; i < plan->setting_count; i++) {
		const struct plan_setting *setting = &plan->settings[i];
		const char *blank = setting->source != NULL ? strchr(setting->source, ' ') : NULL;
		bool is_one = false;

		for (size_t k = 0; k < ARRAY_COUNT(keys); k++)
			is_one = is_one || strcmp(setting->key, keys[k]) == 0;
		if (!is_one || setting->origin != PLAN_FROM_FLAG || setting->source == NULL || string_list_has(&said, setting->source))
			continue;
		string_list_add(arena, &said, setting->source);
		if (blank == NULL)
			text_addf(&text, " %s", shell_quote(arena, setting->source));
		else
			text_addf(&text, " %.*s %s", (int)(blank - setting->source), setting->source, shell_quote(arena, blank + 1));
	}
	if (plan->image.kind == IMAGE_ROOTFS)
		text_addf(&text, " --rootfs %s true", shell_quote(arena, plan->image.path));
	else
		text_addf(&text, " %s", shell_quote(arena, plan->image.canonical));
	return text.data;
}

/* ---- what a policy gives the silent caller ---- */

/* A name that the pattern matches. */
static const char *name_of(struct arena *arena, const char *pattern, const char *fallback)
{
	struct text text;

	text_init(&text, arena);
	for (const char *at = pattern; *at != '\0'; at++)
		text_add_bytes(&text, *at == '*' || *at == '?' ? "x" : at, 1);
	return glob_has_wildcard(pattern) && strspn(text.data, "x") == text.length ? fallback : text.data;
}

/*
 * The words of the line: in the second variant with a volume at each place that the policy names for one to be written to, as
 * whoever keeps data runs it. False: that variant is the first again.
 */
static bool make_words(struct arena *arena, const struct policy *policy, unsigned variant, struct string_list *ret_words)
{
	bool has_volume = false;

	for (size_t i = 0; variant == 1 && i < policy->allow.volume_count; i++) {
		const struct policy_volume *grant = &policy->allow.volumes[i];

		if (grant->volume == NULL || !grant->is_writable || grant->target == NULL || glob_has_wildcard(grant->target))
			continue;
		has_volume = true;
		string_list_add(arena, ret_words, arena_printf(arena, "--volume=%s:%s", name_of(arena, grant->volume, "data"), grant->target));
	}
	string_list_add(arena, ret_words,
			policy->images.count > 0 ? name_of(arena, policy->images.items[0].value, "docker.io/library/image") :
						   "docker.io/library/image");
	return variant == 0 || has_volume;
}

static const struct plan *plan_policy(struct arena *arena, const struct host_facts *machine, const struct apparmor_policy *policy,
				      struct findings *findings)
{
	struct string_list words = { 0 };
	struct host_facts *facts = arena_alloc(arena, sizeof(*facts));
	struct verdict_input input = { .policy = policy->policy, .ceiling = policy->ceiling, .facts = facts };
	char **argv;

	if (!make_words(arena, policy->policy, policy->variant, &words))
		return NULL;
	argv = arena_alloc(arena, words.count * sizeof(*argv));
	for (size_t i = 0; i < words.count; i++)
		argv[i] = arena_strdup(arena, words.items[i]);
	*facts = *machine;
	facts->has_apparmor = true;
	facts->backend = BACKEND_DOCKER;
	facts->image_facts = (struct image_facts){ .is_known = true, .user = "65534:65534" };
	input.request = request_parse(arena, (int)words.count, argv, findings);
	host_resolve_paths(arena, facts, input.request);
	host_resolve_policy(arena, facts, policy->policy);
	return plan_complete(arena, &input, findings);
}

bool apparmor_of_policy(struct arena *arena, const struct host_facts *machine, const struct apparmor_policy *policy,
			struct apparmor *ret_apparmor, struct error *err)
{
	struct findings findings = { .arena = arena };
	const struct plan *plan = plan_policy(arena, machine, policy, &findings);

	for (size_t i = 0; i < findings.count; i++) {
		const struct finding *finding = &findings.items[i];

		if (finding->kind == FINDING_NOTE)
			continue;
		error_set(err, arena, ERROR_UNSUPPORTED, "the policy %s alone makes no profile: %s: %s", policy->policy->name, finding->subject,
			  finding->reason);
		err->remedy = "hardrun apparmor load run --policy NAME [OPTIONS] IMAGE";
		return false;
	}
	return plan != NULL && apparmor_of_plan(arena, plan, ret_apparmor, err) == 0;
}

/* ---- load ---- */

/* Policies of root's, read by root: no caller's words are in them. */
static int load_policy(struct cli *cli, const char *name)
{
	struct apparmor_policy made = { .ceiling = cli->ceiling.policy };
	int status = CLI_STATUS_OK;

	made.policy = apparmor_find_policy(cli, name);
	if (made.policy == NULL) {
		message_line(cli, "%s: root has no such policy; of a policy of your own: hardrun apparmor load run --policy FILE IMAGE",
			     string_printable(cli->arena, name, 80));
		return CLI_STATUS_USAGE;
	}
	for (; made.variant < VARIANTS && status == CLI_STATUS_OK; made.variant++) {
		struct apparmor apparmor;
		struct error err = { 0 };

		if (apparmor_of_policy(cli->arena, cli->facts, &made, &apparmor, &err)) {
			if (cli->profile.mode == CLI_PROFILE_LOAD)
				status = load(cli, &apparmor);
			else
				message_print(cli, arena_printf(cli->arena, "%s%s", cli->profile.is_printed ? "\n" : "",
								cli->profile.is_printed ? apparmor.body : apparmor.text));
			cli->profile.is_printed = true;
		} else if (err.message != NULL) {
			status = fail(cli, &err);
		}
	}
	return status;
}

static int load_policies(struct cli *cli, const struct string_list *names)
{
	int status = CLI_STATUS_OK;

	for (size_t i = 0; i < names->count && status == CLI_STATUS_OK; i++)
		status = load_policy(cli, names->items[i]);
	return message_finish(cli, status);
}

static int load_all(struct cli *cli)
{
	const struct policy_search search = { 0 }; /* what is built in */
	const struct policy_entry *entries;
	const size_t count = policy_list(cli->arena, &search, &entries);
	struct string_list names = { 0 };

	for (size_t i = 0; i < count; i++)
		if (entries[i].images != NULL)
			string_list_add(cli->arena, &names, entries[i].path);
	return load_policies(cli, &names);
}

static int need_root(const struct cli *cli)
{
	message_line(cli, "only root loads AppArmor profiles: sudo hardrun apparmor load ...; --print shows what would be loaded");
	return LAUNCH_STATUS_REFUSED;
}

static int load_verb(struct cli *cli, int argc, char *const argv[])
{
	struct string_list names = { 0 };
	bool is_all = false;

	cli->profile.mode = CLI_PROFILE_LOAD;
	for (; argc > 0 && argv[0][0] == '-'; argc--, argv++) {
		if (strcmp(argv[0], "--print") == 0)
			cli->profile.mode = CLI_PROFILE_PRINT;
		else if (strcmp(argv[0], "--replace") == 0)
			cli->profile.may_replace = true;
		else if (strcmp(argv[0], "--all") == 0)
			is_all = true;
		else
			return help_wrong_words(cli, "apparmor", "load takes --print, --replace, --all, and then policies or a line of run");
	}
	if ((argc == 0) != is_all)
		return help_wrong_words(cli, "apparmor", is_all ? "--all means every policy that hardrun comes with: nothing follows it" :
								 "load wants policies, or a line: run [OPTIONS] IMAGE");
	if (cli->profile.mode == CLI_PROFILE_LOAD && !cli->facts->is_root)
		return need_root(cli);
	if (argc > 0 && strcmp(argv[0], "run") == 0) {
		cli->verb = "run";
		return run_verb(cli, argc - 1, argv + 1);
	}
	separate_load_ceiling(cli);
	for (int i = 0; i < argc; i++)
		string_list_add(cli->arena, &names, argv[i]);
	return is_all ? load_all(cli) : load_policies(cli, &names);
}

/* Profiles take the kernel's memory, and everybody's containers may be under them: below a ceiling they are root's own affair. */
static bool is_only_lent(struct cli *cli)
{
	if (cli->facts->elevated_by == NULL)
		return false;
	separate_load_ceiling(cli);
	return cli->ceiling.policy != NULL || cli->ceiling.errors.count > 0;
}

static int refuse_lent(struct cli *cli)
{
	recording_deny(cli, arena_printf(cli->arena, "AppArmor profiles are for root itself to load and remove, not for rights that "
						     "are lent by %s under a ceiling", cli->facts->elevated_by), "ask root to");
	return LAUNCH_STATUS_REFUSED;
}

int apparmor_verb(struct cli *cli, int argc, char *const argv[])
{
	if (argc > 0 && (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0)) {
		help_verb_usage(cli, "apparmor");
		return message_finish(cli, CLI_STATUS_OK);
	}
	if (is_only_lent(cli))
		return refuse_lent(cli);
	if (argc > 0 && strcmp(argv[0], "load") == 0)
		return load_verb(cli, argc - 1, argv + 1);
	if (argc > 0 && (strcmp(argv[0], "list") == 0 || strcmp(argv[0], "gc") == 0))
		return apparmor_list_verb(cli, argc, argv);
	return help_wrong_words(cli, "apparmor", "wanted is one of: load, list, gc");
}
