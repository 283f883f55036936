/* verb_forms: how the verbs that are written afresh are read. Only flags that clients 20.10 to 29 have in common. */
#include "verb.h"

#include <string.h>

static const struct verb_flag no_flags[] = { { NULL, 0, VERB_SWITCH, NULL, NULL } };

static const struct verb_flag attach_flags[] = {
	{ "detach-keys", 0, VERB_KEYS, NULL, NULL },
	{ "no-stdin", 0, VERB_SWITCH, NULL, NULL },
	{ "sig-proxy", 0, VERB_SWITCH, NULL, NULL },
	{ NULL, 0, VERB_SWITCH, NULL, NULL },
};

static const struct verb_flag cp_flags[] = {
	{ "archive", 'a', VERB_SWITCH, NULL, NULL },
	{ "follow-link", 'L', VERB_SWITCH, NULL, NULL },
	{ "quiet", 'q', VERB_SWITCH, NULL, NULL }, /* which 20.10 says that it does not know */
	{ NULL, 0, VERB_SWITCH, NULL, NULL },
};

static const struct verb_flag events_flags[] = {
	{ "filter", 'f', VERB_FILTER, NULL, "container event image label type" },
	{ "format", 0, VERB_FORMAT, NULL, NULL },
	{ "since", 0, VERB_TIME, NULL, NULL },
	{ "until", 0, VERB_TIME, NULL, NULL },
	{ NULL, 0, VERB_SWITCH, NULL, NULL },
};

static const struct verb_flag exec_flags[] = {
	{ "detach", 'd', VERB_SWITCH, NULL, NULL },
	{ "detach-keys", 0, VERB_JUDGED, NULL, NULL },
	{ "env", 'e', VERB_JUDGED, NULL, NULL },
	{ "env-file", 0, VERB_JUDGED, NULL, NULL },
	{ "interactive", 'i', VERB_SWITCH, NULL, NULL },
	{ "privileged", 0, VERB_SWITCH, NULL, NULL },
	{ "tty", 't', VERB_SWITCH, NULL, NULL },
	{ "user", 'u', VERB_JUDGED, NULL, NULL },
	{ "workdir", 'w', VERB_JUDGED, NULL, NULL },
	{ NULL, 0, VERB_SWITCH, NULL, NULL },
};

static const struct verb_flag format_flags[] = {
	{ "format", 'f', VERB_FORMAT, NULL, NULL },
	{ NULL, 0, VERB_SWITCH, NULL, NULL },
};

static const struct verb_flag images_flags[] = {
	{ "all", 'a', VERB_SWITCH, NULL, NULL },
	{ "digests", 0, VERB_SWITCH, NULL, NULL },
	{ "filter", 'f', VERB_FILTER, NULL, "before dangling label reference since" },
	{ "format", 0, VERB_FORMAT, NULL, NULL },
	{ "no-trunc", 0, VERB_SWITCH, NULL, NULL },
	{ "quiet", 'q', VERB_SWITCH, NULL, NULL },
	{ NULL, 0, VERB_SWITCH, NULL, NULL },
};

static const struct verb_flag kill_flags[] = {
	{ "signal", 's', VERB_SIGNAL, NULL, NULL },
	{ NULL, 0, VERB_SWITCH, NULL, NULL },
};

static const struct verb_flag logs_flags[] = {
	{ "details", 0, VERB_SWITCH, NULL, NULL },
	{ "follow", 'f', VERB_SWITCH, NULL, NULL },
	{ "since", 0, VERB_TIME, NULL, NULL },
	{ "tail", 'n', VERB_TAIL, NULL, NULL },
	{ "timestamps", 't', VERB_SWITCH, NULL, NULL },
	{ "until", 0, VERB_TIME, NULL, NULL },
	{ NULL, 0, VERB_SWITCH, NULL, NULL },
};

/* Keys that name another container (before, since) would tell whether there is one; ids are ours to list. */
static const struct verb_flag ps_flags[] = {
	{ "all", 'a', VERB_SWITCH, NULL, NULL },
	{ "filter", 'f', VERB_FILTER, NULL, "ancestor exited expose health label name network publish status volume" },
	{ "format", 0, VERB_FORMAT, NULL, NULL },
	{ "last", 'n', VERB_NUMBER, NULL, NULL },
	{ "latest", 'l', VERB_SWITCH, NULL, NULL },
	{ "no-trunc", 0, VERB_SWITCH, NULL, NULL },
	{ "quiet", 'q', VERB_SWITCH, NULL, NULL },
	{ NULL, 0, VERB_SWITCH, NULL, NULL },
};

static const struct verb_flag pull_flags[] = {
	{ "quiet", 'q', VERB_SWITCH, NULL, NULL },
	{ NULL, 0, VERB_SWITCH, NULL, NULL },
};

static const struct verb_flag rm_flags[] = {
	{ "force", 'f', VERB_SWITCH, NULL, NULL },
	{ "volumes", 'v', VERB_SWITCH, NULL, NULL },
	{ NULL, 0, VERB_SWITCH, NULL, NULL },
};

static const struct verb_flag start_flags[] = {
	{ "attach", 'a', VERB_SWITCH, NULL, NULL },
	{ "detach-keys", 0, VERB_KEYS, NULL, NULL },
	{ "interactive", 'i', VERB_SWITCH, NULL, NULL },
	{ NULL, 0, VERB_SWITCH, NULL, NULL },
};

static const struct verb_flag stats_flags[] = {
	{ "format", 0, VERB_FORMAT, NULL, NULL },
	{ "no-stream", 0, VERB_SWITCH, NULL, NULL },
	{ "no-trunc", 0, VERB_SWITCH, NULL, NULL },
	{ NULL, 0, VERB_SWITCH, NULL, NULL },
};

/* 20.10 calls it --time, 28 --timeout; the letter is the same. */
static const struct verb_flag stop_flags[] = {
	{ "signal", 's', VERB_SIGNAL, NULL, NULL },
	{ "time", 't', VERB_SECONDS, "-t", NULL },
	{ "timeout", 0, VERB_SECONDS, "-t", NULL },
	{ NULL, 0, VERB_SWITCH, NULL, NULL },
};

static const struct verb_flag volume_flags[] = {
	{ "driver", 'd', VERB_LOCAL, NULL, NULL },
	{ NULL, 0, VERB_SWITCH, NULL, NULL },
};

static const struct verb_form forms[] = {
	{ "attach", { "attach", NULL }, "[OPTIONS] CONTAINER", attach_flags, VERB_NAMES_CONTAINER, true, VERB_OWN_NAMED },
	{ "cp", { "cp", NULL }, "[OPTIONS] CONTAINER:PATH DIR|- or SOURCE|- CONTAINER:PATH",
	  cp_flags, VERB_NAMES_PATHS, true, VERB_OWN_NAMED },
	{ "diff", { "diff", NULL }, "CONTAINER", no_flags, VERB_NAMES_CONTAINER, true, VERB_OWN_NAMED },
	{ "events", { "events", NULL }, "[OPTIONS]", events_flags, VERB_NAMES_NONE, true, VERB_OWN_LABEL },
	{ "exec", { "exec", NULL }, "[OPTIONS] CONTAINER COMMAND [ARG...]",
	  exec_flags, VERB_NAMES_CONTAINER_COMMAND, false, VERB_OWN_NAMED },
	{ "images", { "images", NULL }, "[OPTIONS] [IMAGE]", images_flags, VERB_NAMES_ANY_IMAGE, true, VERB_OWN_NAMED },
	{ "info", { "info", NULL }, "[OPTIONS]", format_flags, VERB_NAMES_NONE, true, VERB_OWN_NAMED },
	{ "inspect", { "container", "inspect" }, "[OPTIONS] CONTAINER...", format_flags, VERB_NAMES_CONTAINERS, true, VERB_OWN_NAMED },
	{ "kill", { "kill", NULL }, "[OPTIONS] CONTAINER...", kill_flags, VERB_NAMES_CONTAINERS, true, VERB_OWN_NAMED },
	{ "logs", { "logs", NULL }, "[OPTIONS] CONTAINER", logs_flags, VERB_NAMES_CONTAINER, true, VERB_OWN_NAMED },
	{ "pause", { "pause", NULL }, "CONTAINER...", no_flags, VERB_NAMES_CONTAINERS, true, VERB_OWN_NAMED },
	{ "port", { "port", NULL }, "CONTAINER [PORT[/PROTOCOL]]", no_flags, VERB_NAMES_CONTAINER_PORT, true, VERB_OWN_NAMED },
	{ "ps", { "ps", NULL }, "[OPTIONS]", ps_flags, VERB_NAMES_NONE, true, VERB_OWN_IDS },
	{ "pull", { "pull", NULL }, "[OPTIONS] IMAGE", pull_flags, VERB_NAMES_IMAGE, true, VERB_OWN_NAMED },
	{ "rename", { "rename", NULL }, "CONTAINER NAME", no_flags, VERB_NAMES_CONTAINER_NEW, true, VERB_OWN_NAMED },
	{ "restart", { "restart", NULL }, "[OPTIONS] CONTAINER...", stop_flags, VERB_NAMES_CONTAINERS, true, VERB_OWN_NAMED },
	{ "rm", { "rm", NULL }, "[OPTIONS] CONTAINER...", rm_flags, VERB_NAMES_CONTAINERS, true, VERB_OWN_NAMED },
	{ "start", { "start", NULL }, "[OPTIONS] CONTAINER...", start_flags, VERB_NAMES_CONTAINERS, true, VERB_OWN_NAMED },
	{ "stats", { "stats", NULL }, "[OPTIONS] [CONTAINER...]", stats_flags, VERB_NAMES_CONTAINERS, true, VERB_OWN_RUNNING },
	{ "stop", { "stop", NULL }, "[OPTIONS] CONTAINER...", stop_flags, VERB_NAMES_CONTAINERS, true, VERB_OWN_NAMED },
	{ "top", { "top", NULL }, "CONTAINER", no_flags, VERB_NAMES_CONTAINER, false, VERB_OWN_NAMED },
	{ "unpause", { "unpause", NULL }, "CONTAINER...", no_flags, VERB_NAMES_CONTAINERS, true, VERB_OWN_NAMED },
	{ "version", { "version", NULL }, "[OPTIONS]", format_flags, VERB_NAMES_NONE, true, VERB_OWN_NAMED },
	{ "volume create", { "volume", "create" }, "[OPTIONS] [NAME]", volume_flags, VERB_NAMES_VOLUME, true, VERB_OWN_NAMED },
	{ "wait", { "wait", NULL }, "CONTAINER...", no_flags, VERB_NAMES_CONTAINERS, true, VERB_OWN_NAMED },
};

const struct verb_form *verb_forms_at(size_t index)
{
	return index < ARRAY_COUNT(forms) ? &forms[index] : NULL;
}

const struct verb_form *verb_forms_find(const char *key)
{
	for (size_t i = 0; key != NULL && i < ARRAY_COUNT(forms); i++)
		if (strcmp(forms[i].key, key) == 0)
			return &forms[i];
	return NULL;
}
