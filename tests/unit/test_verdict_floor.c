/* The floor's tables: paths of the host and of the container, variables, labels, parameters, devices, capabilities. */
#include "verdicts.h"

#include "../../src/verdict/verdict_internal.h"

/* ---- host paths ---- */

struct source_row {
	const char *path;
	enum path_kind kind;
	enum floor_level written, read; /* for a writable bind, for a read-only one */
	enum hazard_id hazard;
};

#define FREE(path) { path, PATH_DIRECTORY, FLOOR_NONE, FLOOR_NONE, HAZARD_COUNT }
#define SYSTEM(path) { path, PATH_DIRECTORY, FLOOR_HAZARD, FLOOR_HAZARD, HAZARD_SENSITIVE_PATHS }
#define PUBLIC(path) { path, PATH_DIRECTORY, FLOOR_HAZARD, FLOOR_NONE, HAZARD_SENSITIVE_PATHS }
#define LITERAL(path) { path, PATH_DIRECTORY, FLOOR_LITERAL, FLOOR_LITERAL, HAZARD_SENSITIVE_PATHS }
#define TO_WRITE(path) { path, PATH_DIRECTORY, FLOOR_LITERAL, FLOOR_NONE, HAZARD_SENSITIVE_PATHS }
#define ENGINE(path) { path, PATH_SOCKET, FLOOR_HAZARD, FLOOR_HAZARD, HAZARD_DOCKER_SOCKET }

static const struct source_row source_rows[] = {
	FREE("/srv/www"), FREE("/home/user/work"), FREE("/home/user/work/.docker"), FREE("/home/user/.cache"), FREE("/opt/app"),
	FREE("/tmp/mine"), FREE("/data"), FREE("/var/log/app"), FREE("/var/www"), FREE("/mnt/disk"), FREE("/etcetera"),
		FREE("/rootless"),
	FREE("/home/other/work"), FREE("/home/user/work/.npmrc"), FREE("/procedures"), FREE("/home/user/.m2"), FREE("/usrlocal"),
	SYSTEM("/"), SYSTEM("/etc"), SYSTEM("/etc/passwd"), SYSTEM("/etc/shadow-"), SYSTEM("/etc/cron.d/x"), SYSTEM("/etc/kubernetes"),
	SYSTEM("/etc/ssh/ssh_host_rsa_key"), SYSTEM("/etc/docker/daemon.json"), SYSTEM("/etc/rc3.d"), SYSTEM("/boot/grub"),
	SYSTEM("/proc"), SYSTEM("/proc/1/root"), SYSTEM("/sys/fs/cgroup"), SYSTEM("/dev"), SYSTEM("/dev/shm"), SYSTEM("/run"),
	SYSTEM("/run/user/1000"), SYSTEM("/var/run"), SYSTEM("/var/run/systemd"), SYSTEM("/var"), SYSTEM("/var/lib"),
	SYSTEM("/var/lib/docker/volumes"), SYSTEM("/var/lib/containers"), SYSTEM("/var/lib/kubelet/pods"), SYSTEM("/lib/modules"),
	SYSTEM("/lib64"), SYSTEM("/usr"), SYSTEM("/usr/bin"), SYSTEM("/usr/local/bin"), SYSTEM("/usr/local"), SYSTEM("/bin"),
		SYSTEM("/sbin"),
	SYSTEM("/root"), SYSTEM("/var/lib/hardrun/images"), SYSTEM("/var/spool/cron"), SYSTEM("/var/spool"),
	PUBLIC("/usr/share/zoneinfo/UTC"), PUBLIC("/etc/localtime"), PUBLIC("/etc/ssl/certs"), PUBLIC("/usr/share/fonts"),
		PUBLIC("/usr/src"),
	LITERAL("/etc/hosts2"), LITERAL("/etc/ssl/private/site.key"), LITERAL("/etc/nginx"), LITERAL("/home"), LITERAL("/home/user"),
	LITERAL("/home/other"), LITERAL("/home/user/.ssh"), LITERAL("/home/user/.ssh/id_ed25519"),
		LITERAL("/home/other/.aws/credentials"),
	LITERAL("/home/user/.config"), LITERAL("/home/user/.config/gcloud/x"), LITERAL("/home/user/.local/share"),
	LITERAL("/home/user/.docker/config.json"), LITERAL("/srv/backup/.ssh"), LITERAL("/root/work"), LITERAL("/tmp"),
		LITERAL("/var/tmp"),
	LITERAL("/run/postgresql"), LITERAL("/home/user/.npmrc"),
	TO_WRITE("/home/user/.bashrc"), TO_WRITE("/home/user/.gitconfig"), TO_WRITE("/home/user/.vimrc"),
		TO_WRITE("/home/user/.local/bin/x"),
	ENGINE("/run/docker.sock"), ENGINE("/var/run/docker.sock"), ENGINE("/srv/docker.sock"), ENGINE("/run/podman/podman.sock"),
	ENGINE("/run/containerd/containerd.sock"), ENGINE("/home/user/.docker/run/docker-cli.sock"), ENGINE("/srv/engine"),
	{ "/srv/www/other.sock", PATH_SOCKET, FLOOR_LITERAL, FLOOR_LITERAL, HAZARD_SENSITIVE_PATHS },
	{ "/srv/www/fifo", PATH_OTHER, FLOOR_LITERAL, FLOOR_LITERAL, HAZARD_SENSITIVE_PATHS },
	{ "/srv/www/disk", PATH_DEVICE, FLOOR_HAZARD, FLOOR_HAZARD, HAZARD_SENSITIVE_PATHS },
};

static void source_facts(struct host_facts *facts)
{
	*facts = (struct host_facts){ .caller_uid = 1000, .home = "/home/user", .cwd = "/home/user/work",
				      .state_dir = "/var/lib/hardrun" };
	facts->engine.docker_socket = "/srv/engine";
}

static void test_source(void **state)
{
	const struct source_row *row = *state;
	const struct host_path path = { .given = row->path, .resolved = row->path, .kind = row->kind };
	struct host_facts facts;
	struct floor_hit hit;
	enum hazard_id hazard;

	source_facts(&facts);
	hit = verdict_floor_source(&path, &facts, true);
	assert_int_equal(hit.level, row->written);
	assert_int_equal(hit.hazard, row->hazard);
	assert_int_equal(hit.reason == NULL, row->written == FLOOR_NONE);
	assert_int_equal(verdict_floor_source(&path, &facts, false).level, row->read);
	assert_int_equal(verdict_source_reason(&path, &facts, &hazard) == NULL, row->written == FLOOR_NONE);
	assert_int_equal(hazard, row->hazard);
}

static void test_source_that_is_nowhere(void **state)
{
	const struct host_path magic = { .given = "/proc/1/root", .resolved = "/srv", .kind = PATH_DIRECTORY, .has_magic_link = true };
	const struct host_path missing = { .given = "/x", .kind = PATH_MISSING, .reason = "there is none" };
	struct host_facts facts;
	enum hazard_id hazard = HAZARD_PRIVILEGED;

	(void)state;
	source_facts(&facts);
	assert_int_equal(verdict_floor_source(&magic, &facts, false).level, FLOOR_NEVER);
	assert_non_null(verdict_source_reason(&magic, &facts, &hazard));
	assert_int_equal(hazard, HAZARD_COUNT); /* nothing lowers it */
	assert_int_equal(verdict_floor_source(&missing, &facts, false).level, FLOOR_NEVER);
	assert_string_equal(verdict_source_reason(&missing, &facts, &hazard), "there is none");
}

static void test_root_has_a_home_too(void **state)
{
	struct host_facts facts = { .caller_uid = 0, .home = "/root", .cwd = "/root/work" };
	struct host_path path = { .given = "/root/work", .resolved = "/root/work", .kind = PATH_DIRECTORY };

	(void)state;
	assert_int_equal(verdict_floor_source(&path, &facts, true).level, FLOOR_NONE);
	path.resolved = "/root/.ssh";
	assert_int_equal(verdict_floor_source(&path, &facts, true).level, FLOOR_LITERAL);
	path.resolved = "/root";
	assert_int_equal(verdict_floor_source(&path, &facts, true).level, FLOOR_LITERAL);
	facts.home = NULL; /* nobody's home: nothing is granted by it */
	path.resolved = "/root/work";
	assert_int_equal(verdict_floor_source(&path, &facts, true).level, FLOOR_LITERAL);
}

/* Homes lie elsewhere too, and other people's are found by where homes lie. */
static void test_homes(void **state)
{
	struct host_facts facts = { .caller_uid = 990, .home = "/var/www/app", .cwd = "/" };
	struct host_path path = { .given = "x", .resolved = "/var/www/app/.npmrc", .kind = PATH_REGULAR };

	(void)state;
	assert_int_equal(verdict_floor_source(&path, &facts, false).level, FLOOR_LITERAL);
	path.resolved = "/var/www/.npmrc";
	assert_int_equal(verdict_floor_source(&path, &facts, false).level, FLOOR_NONE);
	path.resolved = "/var/www"; /* holds a home */
	assert_int_equal(verdict_floor_source(&path, &facts, false).level, FLOOR_LITERAL);
	path.resolved = "/home/other/.npmrc";
	assert_int_equal(verdict_floor_source(&path, &facts, false).level, FLOOR_LITERAL);
	path.resolved = "/home/other/x/.npmrc";
	assert_int_equal(verdict_floor_source(&path, &facts, false).level, FLOOR_NONE);
	facts.home = "/"; /* of a system user: not everything is a home */
	path.resolved = "/srv/.npmrc";
	assert_int_equal(verdict_floor_source(&path, &facts, false).level, FLOOR_NONE);
}

/* ---- container paths ---- */

struct name_row {
	const char *name;
	bool is_refused;
};

static const struct name_row target_rows[] = {
	{ "/x", false }, { "/usr/share/nginx/html", false }, { "/usr/src/app", false }, { "/usr/local/etc/redis", false },
	{ "/usr/local/bin/start.sh", false }, { "/usr/app", false }, { "/usr/lib/jvm", false }, { "/etc/nginx/conf.d", false },
	{ "/etc/localtime", false }, { "/etc/docker/registry/config.yml", false }, { "/etc/ssl/certs", false }, { "/root", false },
	{ "/root/.aws", false }, { "/run", false }, { "/run/nginx", false }, { "/var/run", false }, { "/var/lib/mysql", false },
		{ "/tmp", false },
	{ "/home/user", false }, { "/library", false }, { "/developer", false }, { "/procs", false }, { "/etc/groupware", false },
	{ "/etc/initial", false }, { "/etc/rc7", false },
	{ "/", true }, { "", true }, { "x", true }, { "/x/../etc", true }, { "/x/", true }, { "//x", true }, { "/proc", true },
	{ "/proc/sys", true }, { "/sys", true }, { "/dev", true }, { "/dev/shm", true }, { "/dev/pts/0", true }, { "/etc", true },
	{ "/etc/passwd", true }, { "/etc/passwd-", true }, { "/etc/shadow", true }, { "/etc/group", true }, { "/etc/ld.so.preload",
		true },
	{ "/etc/ld.so.conf.d/x.conf", true }, { "/etc/ld-musl-x86_64.path", true }, { "/etc/pam.d/su", true }, { "/etc/sudoers.d/x",
		true },
	{ "/etc/crontab", true }, { "/etc/cron.d", true }, { "/etc/profile.d/x.sh", true }, { "/etc/resolv.conf", true },
	{ "/etc/hosts", true }, { "/etc/nsswitch.conf", true }, { "/bin", true }, { "/bin/sh", true }, { "/sbin/init", true },
	{ "/lib", true }, { "/lib/x86_64-linux-gnu/libc.so.6", true }, { "/lib64", true }, { "/usr", true }, { "/usr/bin", true },
	{ "/usr/bin/env", true }, { "/usr/sbin", true }, { "/usr/lib", true }, { "/usr/lib/x86_64-linux-gnu", true },
	{ "/usr/lib/libc.so", true }, { "/usr/lib/systemd/x", true }, { "/usr/lib64/x", true }, { "/usr/libexec/x", true },
	{ "/usr/local", true }, { "/usr/local/bin", true }, { "/.dockerenv", true }, { "/etc/rc3.d", true }, { "/etc/init.d/x", true },
};

static void test_target(void **state)
{
	const struct name_row *row = *state;

	assert_int_equal(verdict_target_reason(row->name) != NULL, row->is_refused);
}

/* ---- names ---- */

static const struct name_row env_rows[] = {
	{ "A", false }, { "PATH", false }, { "BASH_FUNC_id%%", false }, { "LDFLAGS", false }, { "OLD_X", false }, { "MY_NVIDIA_X",
		false },
	{ "", true }, { "LD_PRELOAD", true }, { "LD_", true }, { "LD_LIBRARY_PATH", true }, { "GCONV_PATH", true },
	{ "NVIDIA_VISIBLE_DEVICES", true }, { "A=B", true },
};
static const struct name_row label_rows[] = {
	{ "app", false }, { "com.example.docker.x", false }, { "org.opencontainers.image.title", false },
	{ "com.docker.compose.project", true }, { "Com.Docker.Swarm", true }, { "traefik.enable", true }, { "io.hardrun.policy", true },
	{ "run.oci.handler", true }, { "com.centurylinklabs.watchtower", true }, { "org.systemd.property.X", true },
		{ "launcher.user", true },
};
static const struct name_row sysctl_rows[] = {
	{ "net.core.somaxconn", false }, { "net.ipv4.ip_forward", false }, { "kernel.shmmax", false }, { "kernel.sem", false },
	{ "fs.mqueue.msg_max", false }, { "kernel.core_pattern", true }, { "kernel.shmmaxx", true }, { "vm.swappiness", true },
	{ "fs.file-max", true }, { "net/core/somaxconn", true }, { "net..core", true }, { ".net.core", true },
		{ "user.max_user_namespaces", true },
	{ "kernel/shmmax", true }, { "net.ipv4.conf.a b", true },
};
static const struct name_row device_rows[] = {
	{ "/dev/fuse", false }, { "/dev/net/tun", false }, { "/dev/kvm", false }, { "/dev/ttyUSB0", false }, { "/dev/snd/pcmC0D0p",
		false },
	{ "/dev/dri/renderD128", false }, { "/dev/video0", false }, { "/dev/sda", true }, { "/dev/sda1", true }, { "/dev/nvme0n1p1",
		true },
	{ "/dev/mapper/root", true }, { "/dev/disk/by-id/x", true }, { "/dev/mem", true }, { "/dev/kmsg", true }, { "/dev/tty1", true },
	{ "/dev/loop-control", true }, { "/dev/vfio/1", true }, { "/dev/bus/usb/001/002", true }, { "/dev/input/event0", true },
};

static void test_env(void **state)
{
	const struct name_row *row = *state;

	assert_int_equal(verdict_env_reason(row->name) != NULL, row->is_refused);
}

static void test_label(void **state)
{
	const struct name_row *row = *state;

	assert_int_equal(verdict_label_reason(row->name) != NULL, row->is_refused);
}

static void test_sysctl(void **state)
{
	const struct name_row *row = *state;

	assert_int_equal(verdict_sysctl_reason(row->name) != NULL, row->is_refused);
}

static void test_device(void **state)
{
	const struct name_row *row = *state;

	assert_int_equal(verdict_device_reason(row->name) != NULL, row->is_refused);
}

static void test_capability(void **state)
{
	static const char *const never[] = { "SYS_ADMIN", "SYS_MODULE", "SYS_RAWIO", "SYS_PTRACE", "DAC_READ_SEARCH", "BPF", "PERFMON",
		"SYS_BOOT", "SYS_TIME", "MAC_ADMIN", "MAC_OVERRIDE", "SYSLOG", "CHECKPOINT_RESTORE", "MKNOD", "NET_ADMIN" };
	static const char *const may[] = { "CHOWN", "NET_BIND_SERVICE", "NET_RAW", "SETUID", "SETGID", "SYS_CHROOT", "IPC_LOCK",
		"KILL" };
	static const char *const none[] = { "", "CAP_", "SYS_ADMIN ", " CHOWN", "CAP_CAP_CHOWN", "ALL", "CHOWNX", "CHOW" };
	const char *reason = "untouched";

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(never); i++) {
		assert_non_null(verdict_capability(never[i], &reason));
		assert_non_null(reason);
	}
	for (size_t i = 0; i < ARRAY_COUNT(may); i++) {
		assert_non_null(verdict_capability(may[i], &reason));
		assert_null(reason);
	}
	for (size_t i = 0; i < ARRAY_COUNT(none); i++)
		assert_null(verdict_capability(none[i], &reason));
	assert_string_equal(verdict_capability("cap_Net_Raw", &reason), "CAP_NET_RAW");
}

/* ---- patterns of policies ---- */

static const struct {
	const char *pattern, *path;
	bool is_match;
} pattern_rows[] = {
	{ "/srv/www", "/srv/www", true }, { "/srv/www", "/srv/www2", false }, { "/srv/*", "/srv/a/b", false },
	{ "/srv/**", "/srv/a/b", true },
	{ "~", "/home/user", true }, { "~/**", "/home/user", true }, { "~/*", "/home/user/a", true }, { "~/*", "/home/user/a/b", false },
	{ "~/**", "/home/user2/a", false }, { "~user/x", "/home/user/x", false }, { "~/a", "/home/user/a", true },
	{ ".", "/work/*", true }, { "./**", "/work/*", true }, { "./**", "/work/*/a", true }, { "./*", "/work/*/a", true },
	{ "./*", "/work/*/a/b", false }, { "./**", "/work/b/a", false }, { "${CWD}/a", "/work/*/a", true }, { ".x", "/work/*/x", false },
	{ "**/env", "/any/where/env", true }, { "*", "/any/where", true },
};

static void test_patterns(void **state)
{
	const struct host_facts facts = { .home = "/home/user", .cwd = "/work/*" };
	const struct host_facts nobody = { .home = NULL, .cwd = NULL }, top = { .home = "/", .cwd = "/" };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(pattern_rows); i++) {
		if (verdict_path_matches(pattern_rows[i].pattern, pattern_rows[i].path, &facts) != pattern_rows[i].is_match)
			fail_msg("%s and %s", pattern_rows[i].pattern, pattern_rows[i].path);
	}
	assert_false(verdict_path_matches("~/**", "/home/user/a", &nobody));
	assert_false(verdict_path_matches("./**", "/a", &nobody));
	assert_false(verdict_path_matches("./**", "/a", &top)); /* / is nobody's own directory */
	assert_false(verdict_path_matches("./a", "/a", &top));
	assert_false(verdict_path_matches(".", "/", &top));
	assert_false(verdict_path_matches("~/**", "/", &top));
	assert_false(verdict_path_matches("./*", "/a/b", &top));
}

static void test_parsers(void **state)
{
	static const char *const devices[] = { "/dev", "/dev/", "dev/x", "/dev/../x", "/etc/x", "/dev/x:", "/dev/x:rr", "/dev/x:rx",
		"/dev/x:/dev/y",
		"/dev/x:/dev/x:rw:m", "/dev/x::rw", "", "a.b/c=d" };
	static const char *const restarts[] = { "on-failure", "on-failure:", "on-failure:0", "on-failure:-1", "on-failure:01",
		"on-failure:2147483648",
		"always:1", "NO", "never", "on-failurex" };
	struct arena *arena = arena_new();
	const char *path, *permissions, *reason = NULL;
	int64_t retries = -1;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(devices); i++)
		assert_false(verdict_parse_device(arena, devices[i], &path, &permissions, &reason));
	assert_true(verdict_parse_device(arena, "/dev/net/tun:/dev/net/tun:rwm", &path, &permissions, &reason));
	assert_string_equal(path, "/dev/net/tun");
	assert_string_equal(permissions, "rwm");
	assert_true(verdict_parse_device(arena, "/dev/fuse", &path, &permissions, &reason));
	assert_string_equal(permissions, "rw");
	for (size_t i = 0; i < ARRAY_COUNT(restarts); i++)
		assert_false(verdict_parse_restart(restarts[i], &retries, &reason));
	assert_true(verdict_parse_restart("on-failure:7", &retries, &reason));
	assert_int_equal(retries, 7);
	assert_true(verdict_parse_restart("", &retries, &reason));
	assert_int_equal(retries, 0);
	arena_free(arena);
}

static void test_host_names(void **state)
{
	static const char *const good[] = { "a", "web-1", "my_host", "a.b.c", "1" };
	static const char *const bad[] = { "", ".", "a.", ".a", "-a", "a-", "a..b", "a.-b", "a-.b", "a b", "a/b", "_a", "a\xc3\xa9",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(good); i++)
		assert_true(verdict_is_hostname(good[i]));
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
		assert_false(verdict_is_hostname(bad[i]));
}

static void add_names(struct row_tests *rows, const struct name_row *names, size_t count, CMUnitTestFunction function)
{
	for (size_t i = 0; i < count; i++)
		rows_add(rows, names[i].name, function, (void *)(uintptr_t)&names[i]);
}

int main(void)
{
	static struct row_tests rows;

	for (size_t i = 0; i < ARRAY_COUNT(source_rows); i++)
		rows_add(&rows, source_rows[i].path, test_source, (void *)(uintptr_t)&source_rows[i]);
	add_names(&rows, target_rows, ARRAY_COUNT(target_rows), test_target);
	add_names(&rows, env_rows, ARRAY_COUNT(env_rows), test_env);
	add_names(&rows, label_rows, ARRAY_COUNT(label_rows), test_label);
	add_names(&rows, sysctl_rows, ARRAY_COUNT(sysctl_rows), test_sysctl);
	add_names(&rows, device_rows, ARRAY_COUNT(device_rows), test_device);
	ROWS_TEST(&rows, test_source_that_is_nowhere);
	ROWS_TEST(&rows, test_root_has_a_home_too);
	ROWS_TEST(&rows, test_homes);
	ROWS_TEST(&rows, test_capability);
	ROWS_TEST(&rows, test_patterns);
	ROWS_TEST(&rows, test_parsers);
	ROWS_TEST(&rows, test_host_names);
	return rows_run("verdict_floor", &rows);
}
