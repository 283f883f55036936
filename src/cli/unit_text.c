/* unit_text: how a unit is written. */
#include "unit.h"

#include <string.h>

#define SERVICE ".service"
#define PLAIN "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./:,=@+"

const char *unit_quote(struct arena *arena, const char *word)
{
	struct text text;

	if (word[0] != '\0' && word[strspn(word, PLAIN)] == '\0')
		return word;
	text_init(&text, arena);
	text_add(&text, "\"");
	for (const char *c = word; *c != '\0'; c++) {
		if (*c == '"' || *c == '\\')
			text_addf(&text, "\\%c", *c);
		else if (*c == '%' || *c == '$')
			text_addf(&text, "%c%c", *c, *c);
		else if (*c == '\n')
			text_add(&text, "\\n");
		else if ((unsigned char)*c < ' ' || *c == 0x7f)
			text_addf(&text, "\\x%02x", (unsigned)(unsigned char)*c);
		else
			text_add_bytes(&text, c, 1);
	}
	text_add(&text, "\"");
	return text.data;
}

const char *unit_path(struct arena *arena, const char *path)
{
	struct text text;

	if (string_has_control(path))
		return NULL;
	text_init(&text, arena);
	for (const char *c = path; *c != '\0'; c++)
		text_addf(&text, *c == '%' ? "%%%%" : "%c", *c);
	return text.data;
}

const char *unit_base_name(struct arena *arena, const char *name)
{
	static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	static const char others[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
	size_t length = strlen(name), tail = strlen(SERVICE);

	if (length > tail && strcmp(name + length - tail, SERVICE) == 0)
		length -= tail;
	name = arena_strndup(arena, name, length);
	return length > 0 && length <= 128 && strchr(first, name[0]) != NULL && name[strspn(name, others)] == '\0' ? name : NULL;
}

/*
 * What hardrun itself, and the runtime, do without. The container inherits what is a filter, and it is less than its own. Nothing
 * here gives hardrun another view of the files than the engine has: what it judges must be what is mounted.
 */
static const char sandbox[] =
	"NoNewPrivileges=yes\n"
	"CapabilityBoundingSet=CAP_CHOWN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER CAP_FSETID CAP_KILL CAP_MKNOD CAP_NET_ADMIN "
	"CAP_NET_BIND_SERVICE CAP_NET_RAW CAP_SETFCAP CAP_SETGID CAP_SETPCAP CAP_SETUID CAP_SYS_ADMIN CAP_SYS_CHROOT CAP_SYS_PTRACE "
	"CAP_SYS_RESOURCE\n"
	"SystemCallArchitectures=native\n"
	"SystemCallFilter=~@clock @cpu-emulation @module @obsolete @raw-io @reboot @swap\n"
	"SystemCallErrorNumber=EPERM\n"
	"RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK\n"
	"RestrictRealtime=yes\n"
	"LockPersonality=yes\n"
	"ProtectSystem=full\n"
	"ProtectClock=yes\n"
	"ProtectKernelLogs=yes\n"
	"ProtectKernelModules=yes\n"
	"ProtectKernelTunables=yes\n"
	"DevicePolicy=closed\n"
	"KeyringMode=private\n"
	"UMask=0077\n";

/* An ordinary user's own systemd knows nothing of the machine's units. */
static void add_order(struct text *text, const char *engine, bool is_users)
{
	if (is_users)
		return;
	text_addf(text, "After=network-online.target%s%s\nWants=network-online.target\n", engine != NULL ? " " : "",
		  engine != NULL ? engine : "");
	if (engine != NULL)
		text_addf(text, "Wants=%s\n", engine);
}

static void add_inputs(struct text *text, const struct unit_text *unit)
{
	const char *store = unit->is_users ? "%E/credstore" : "/etc/credstore";

	if (unit->environment_file != NULL)
		text_addf(text, "EnvironmentFile=%s\n", unit->environment_file);
	if (unit->directory != NULL)
		text_addf(text, "WorkingDirectory=%s\n", unit->directory);
	for (size_t i = 0; unit->secrets != NULL && i < unit->secrets->count; i++)
		text_addf(text, "LoadCredential=%s:%s/%s\n", unit->secrets->items[i], store, unit->secrets->items[i]);
}

static void add_life(struct text *text, bool is_job)
{
	text_add(text, "# The container of crun and runc has a cgroup of its own below the unit's. An engine's is in none of\n"
		       "# them, and gets no more than MemoryMax=, CPUQuota= and TasksMax= say.\n"
		       "Delegate=yes\n"
		       "# SIGTERM goes to hardrun, which hands it to the container; what is left later is killed.\n"
		       "KillMode=mixed\n"
		       "# What SIGTERM has ended did as it was told.\n"
		       "SuccessExitStatus=143\n");
	if (!is_job)
		text_add(text, "TimeoutStartSec=15min\n"
			       "Restart=on-failure\n"
			       "# What the policy refuses it will refuse again.\n"
			       "RestartPreventExitStatus=125\n");
}

static void add_install(struct text *text, const struct unit_text *unit)
{
	if (unit->is_job)
		text_add(text, "\n# A timer of its name starts it: [Timer] with OnCalendar=daily, [Install] with WantedBy=timers.target.\n");
	else
		text_addf(text, "\n[Install]\nWantedBy=%s\n", unit->is_users ? "default.target" : "multi-user.target");
}

const char *unit_render(struct arena *arena, const struct unit_text *unit)
{
	struct text text;

	text_init(&text, arena);
	text_addf(&text, "[Unit]\nDescription=%s\nDocumentation=man:hardrun(1)\n", unit->description);
	add_order(&text, unit->engine, unit->is_users);
	text_addf(&text, "\n[Service]\nType=%s\n", unit->is_job ? "oneshot" : unit->is_notify ? "notify" : "exec");
	add_inputs(&text, unit);
	text_addf(&text, "ExecStart=%s\n", unit->command);
	if (unit->stop_post != NULL)
		text_addf(&text, "ExecStopPost=%s\n", unit->stop_post);
	add_life(&text, unit->is_job);
	if (unit->is_users)
		text_add(&text, "\n# No sandbox: what gives a container its ids, newuidmap, is set-uid, and under NoNewPrivileges=, which\n"
				"# most of it implies in a user's unit, it would do nothing. Without a login the unit runs only after:\n"
				"# loginctl enable-linger\n");
	else
		text_addf(&text, "\n%sRestrictNamespaces=cgroup ipc mnt net pid%s uts\n%s", sandbox, unit->has_own_network ? " user" : "",
			  unit->has_own_network ? "DeviceAllow=/dev/net/tun rw\n" : "");
	add_install(&text, unit);
	return text.data;
}

const char *unit_template(struct arena *arena)
{
	const struct unit_text unit = {
		.description = "hardrun: %i",
		.command = HARDRUN_PREFIX "/bin/hardrun run --name %i --sdnotify started $HARDRUN_RUN",
		.stop_post = NULL,
		.environment_file = "/etc/hardrun/units/%i.env",
		.engine = NULL,
		.is_notify = true,
		.has_own_network = true,
	};

	return arena_printf(arena,
			    "# systemctl enable --now hardrun@NAME runs the container that /etc/hardrun/units/NAME.env describes:\n"
			    "#   HARDRUN_RUN=--policy nginx --backend crun docker.io/library/nginx:1\n"
			    "# Words with blanks in them need a unit of their own: hardrun unit NAME run ...\n%s", unit_render(arena, &unit));
}
