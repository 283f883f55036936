/* Compose files: each key as the words it means, and what is refused where. */
#include "composes.h"

/* The body of a service, without image, and its words before "-- i". */
struct key_test { const char *body, *words; };

static const struct key_test key_tests[] = {
	{ "annotations: {a: b}", "--annotation=a=b" },
	{ "blkio_config: {weight: 300}", "--blkio-weight=300" },
	{ "cap_add: [NET_BIND_SERVICE]", "--cap-add=NET_BIND_SERVICE" },
	{ "cap_drop: ALL", "--cap-drop=ALL" },
	{ "cgroup: host", "--cgroupns=host" },
	{ "cgroup_parent: /x", "--cgroup-parent=/x" },
	{ "cpu_quota: 1000", "--cpu-quota=1000" },
	{ "cpus: '0.5'", "--cpus=0.5" },
	{ "cpuset: 0-1", "--cpuset-cpus=0-1" },
	{ "deploy: {resources: {limits: {cpus: '0.5', memory: 64M, pids: 9}, reservations: {memory: 8M}}}",
	  "--cpus=0.5 --memory=64M --pids-limit=9 --memory-reservation=8M" },
	{ "deploy: {restart_policy: {condition: on-failure, max_attempts: 3}}", "--restart=on-failure:3" },
	{ "deploy: {restart_policy: {condition: none}}", "--restart=no" },
	{ "deploy: {restart_policy: {}}", "--restart=always" },
	{ "deploy: {resources: {reservations: {devices: [{capabilities: [gpu]}]}}}", "--gpus=all" },
	{ "devices: ['/dev/a:/dev/b:r', {source: /dev/c}]", "--device=/dev/a:/dev/b:r --device=/dev/c:/dev/c" },
	{ "devices: [{source: /dev/c, target: /dev/d, permissions: rw}]", "--device=/dev/c:/dev/d:rw" },
	{ "dns: 10.0.0.1", "--dns=10.0.0.1" },
	{ "dns: [10.0.0.1, 10.0.0.2]", "--dns=10.0.0.1 --dns=10.0.0.2" },
	{ "env_file: a.env", "--env-file=/srv/shop/a.env" },
	{ "env_file: [a.env, {path: ../b.env, required: false}]", "--env-file=/srv/shop/a.env --env-file=/srv/shop/../b.env" },
	{ "env_file: {path: /x}", "--env-file=/x" },
	{ "environment: {B: 2, C: null, D: '', E: }\n    env_file: x", "--env-file=/srv/shop/x --env=B=2 --env=C --env=D= --env=E" },
	{ "environment: [B=2, C, D=, B=3]", "--env=B=3 --env=C --env=D=" },
	{ "environment: {B: \"two\\nlines\"}", "--env=B=two\nlines" },
	{ "expose: [80, 81-82/udp]", "--expose=80 --expose=81-82/udp" },
	{ "extra_hosts: ['a:10.0.0.1', 'b=::1']", "--add-host=a:10.0.0.1 --add-host=b:::1" },
	{ "extra_hosts: {a: 10.0.0.1}", "--add-host=a:10.0.0.1" },
	{ "gpus: all", "--gpus=all" },
	{ "group_add: [1000]", "--group-add=1000" },
	{ "healthcheck: {test: curl -f http://localhost, interval: 1m30s, timeout: 10s, retries: 3, start_period: 40s}",
	  "--health-cmd=curl -f http://localhost --health-interval=1m30s --health-timeout=10s --health-retries=3 "
	  "--health-start-period=40s" },
	{ "healthcheck: {test: [CMD, pg_isready, -U, a b]}", "--health-cmd=pg_isready -U 'a b'" },
	{ "healthcheck: {test: [CMD-SHELL, 'x || exit 1']}", "--health-cmd=x || exit 1" },
	{ "healthcheck: {test: [CMD-SHELL, 'echo $$HOME']}", "--health-cmd=echo $HOME" },
	{ "healthcheck: {test: [NONE]}", "--no-healthcheck" },
	{ "healthcheck: {disable: true, test: x}", "--no-healthcheck" },
	{ "init: true", "--init=true" },
	{ "ipc: host", "--ipc=host" },
	{ "labels: {a: b, c: }", "--label=a=b --label=c=" },
	{ "labels: [a=b=c]", "--label=a=b=c" },
	{ "logging: {driver: json-file, options: {max-size: 10m}}", "--log-driver=json-file --log-opt=max-size=10m" },
	{ "mem_limit: 64m\n    mem_reservation: 32m\n    memswap_limit: 64m",
	  "--memory=64m --memory-reservation=32m --memory-swap=64m" },
	{ "network_mode: none", "--network=none" },
	{ "network_mode: host", "--network=host" },
	{ "network_mode: 'container:x'", "--network=container:x" },
	{ "networks: [front]", "--network=shop_front" },
	{ "networks: {front: {aliases: [w]}, named: }", "--network=shop_front --network-alias=w --network=web" },
	{ "networks: [outside]", "--network=outside" },
	{ "oom_score_adj: 100", "--oom-score-adj=100" },
	{ "pid: host", "--pid=host" },
	{ "pids_limit: 10", "--pids-limit=10" },
	{ "ports: ['8080:80', 127.0.0.1:8081:81/udp, 82]", "--publish=8080:80 --publish=127.0.0.1:8081:81/udp --publish=82" },
	{ "ports: [{target: 80}]", "--publish=80/tcp" },
	{ "ports: [{target: 80, published: 8080, host_ip: '::1', protocol: udp, mode: host, name: x}]", "--publish=[::1]:8080:80/udp" },
	{ "ports: [{target: 80, published: '8080-8081'}]", "--publish=8080-8081:80/tcp" },
	{ "ports: [{target: 80, host_ip: 127.0.0.1}]", "--publish=127.0.0.1::80/tcp" },
	{ "privileged: true", "--privileged=true" },
	{ "privileged: yes", "--privileged=true" },
	{ "privileged: \"on\"", "--privileged=true" },
	{ "privileged: ${P:-true}", "--privileged=true" },
	{ "privileged: ${TRUE}", "--privileged=true" },
	{ "pull_policy: if_not_present", "--pull=missing" },
	{ "pull_policy: always", "--pull=always" },
	{ "read_only: false", "--read-only=false" },
	{ "restart: unless-stopped", "--restart=unless-stopped" },
	{ "restart: no", "--restart=no" },
	{ "secrets: [key]", "--mount=type=bind,source=/srv/shop/key.txt,target=/run/secrets/key,readonly" },
	{ "secrets: [{source: key, target: other}]", "--mount=type=bind,source=/srv/shop/key.txt,target=/run/secrets/other,readonly" },
	{ "secrets: [{source: key, target: /etc/app/key, mode: 0400}]",
	  "--mount=type=bind,source=/srv/shop/key.txt,target=/etc/app/key,readonly" },
	{ "configs: [conf]", "--mount=type=bind,\"source=/srv/shop/a,\"\"b\"\".conf\",target=/conf,readonly" },
	{ "security_opt: [no-new-privileges:true]", "--security-opt=no-new-privileges:true" },
	{ "shm_size: 64mb", "--shm-size=64mb" },
	{ "stdin_open: true\n    tty: true", "--interactive=true --tty=true" },
	{ "stop_grace_period: 1m30s", "--stop-timeout=90" },
	{ "stop_grace_period: 1500ms", "--stop-timeout=2" },
	{ "stop_signal: SIGINT", "--stop-signal=SIGINT" },
	{ "sysctls: {net.core.somaxconn: 1024}", "--sysctl=net.core.somaxconn=1024" },
	{ "sysctls: [net.core.somaxconn=1024]", "--sysctl=net.core.somaxconn=1024" },
	{ "tmpfs: /run", "--tmpfs=/run" },
	{ "tmpfs: [/run, '/tmp:size=1m']", "--tmpfs=/run --tmpfs=/tmp:size=1m" },
	{ "ulimits: {nproc: 9, nofile: {soft: 1, hard: 2}}", "--ulimit=nproc=9 --ulimit=nofile=1:2" },
	{ "use_api_socket: true", "--use-api-socket=true" },
	{ "user: '1000:1000'", "--user=1000:1000" },
	{ "user: ''\n    hostname: '${NO}'\n    restart: ''", "" },
	{ "mem_limit: ''", "--memory=" },
	{ "userns_mode: host", "--userns=host" },
	{ "volumes: [./a:/b:ro, ../c:/d, /e:/f, ~/g:/h, ., data:/i, /j]",
	  "--volume=/srv/shop/a:/b:ro --volume=/srv/shop/../c:/d --volume=/e:/f --volume=/home/ann/g:/h --volume=. "
	  "--volume=shop_data:/i --volume=/j" },
	{ "volumes: ['${NO-/var/run/docker.sock}:/s']", "--volume=/var/run/docker.sock:/s" },
	{ "volumes: [kept:/k, other:/o]", "--volume=the-kept:/k --volume=other:/o" },
	{ "volumes: [{type: bind, source: ./a, target: /b, read_only: true, bind: {propagation: rprivate, create_host_path: true}}]",
	  "--mount=type=bind,source=/srv/shop/a,target=/b,readonly,bind-propagation=rprivate" },
	{ "volumes: [{type: volume, source: data, target: /b, volume: {nocopy: true}}]",
	  "--mount=type=volume,source=shop_data,target=/b,volume-nocopy" },
	{ "volumes: [{type: tmpfs, target: /b, tmpfs: {size: 1024, mode: 01777}}]",
	  "--mount=type=tmpfs,target=/b,tmpfs-size=1024,tmpfs-mode=01777" },
	{ "volumes: [{type: bind, source: '/x,readonly=false', target: /b}]",
	  "--mount=type=bind,\"source=/x,readonly=false\",target=/b" },
	{ "volumes_from: [other]", "--volumes-from=other" },
	{ "working_dir: /srv", "--workdir=/srv" },
	{ "x-mine: {a: [b]}\n    profiles: []", "" },
	{ "entrypoint: [/a, b]", "--entrypoint=/a" },
	{ "entrypoint: []", "--entrypoint=" },
	{ "container_name: fixed", "--name=fixed" },
	{ "container_name: '${NO}'", "" },
	{ "container_name: ''\n    scale: 2", "" },
};

static const char head[] =
	"name: shop\nnetworks: {front: , named: {name: web}, outside: {external: true}}\n"
	"volumes: {data: , kept: {name: the-kept}, other: {external: true}}\n"
	"secrets: {key: {file: key.txt}, env: {environment: A}}\nconfigs: {conf: {file: 'a,\"b\".conf'}}\n";

static void test_key(void **state)
{
	const struct key_test *row = *state;
	struct arena *arena = arena_new();
	struct findings findings;
	const char *text = arena_printf(arena, "%sservices:\n  web:\n    image: i\n    %s\n", head, row->body), *words, *expected;
	const struct compose_project *project = composes_read(arena, text, &findings);

	for (size_t i = 0; i < findings.count && project == NULL; i++)
		print_error("%s: %s\n", place_text(arena, findings.items[i].place), findings.items[i].reason);
	assert_non_null(project);
	assert_int_equal(project->service_count, 1);
	words = composes_words(arena, &project->services[0]);
	expected = strncmp(row->body, "entrypoint: [/a", 15) == 0 ? "--entrypoint=/a -- i b"
								    : arena_printf(arena, "%s%s-- i", row->words, row->words[0] != '\0' ? " " : "");
	assert_string_equal(words, expected);
	arena_free(arena);
}

/* A whole file that is wrong: "LINE:COLUMN", the key, a part of the reason and, unless NULL, of the remedy. */
struct wrong_test { const char *text, *place, *subject, *reason, *remedy; };

#define WEB "services:\n  web:\n    image: i\n    "

static const struct wrong_test wrong_tests[] = {
	{ "", "1:1", "YAML", "the file is empty", NULL },
	{ "[]", "1:1", "", "it takes a map, and this is a list", NULL },
	{ "services:\n", "1:1", "", "services: is missing", NULL },
	{ "name: a\n", "1:1", "", "services: is missing", NULL },
	{ "services: {a: {image: x}, a: {image: y}}", "1:27", "YAML", "the key \"a\" stands twice", NULL },
	{ WEB "image: j\n", "4:5", "YAML", "the key \"image\" stands twice", NULL },
	{ WEB "ports: !!seq [1]\n", "4:12", "YAML", "a tag (!name) is not part of", NULL },
	{ WEB "ports: !reset []\n", "4:12", "YAML", "a tag (!name)", NULL },
	{ "%YAML 1.1\n---\nservices: {}\n", "1:1", "YAML", "directives", NULL },
	{ "services: {}\n---\nservices: {}\n", "2:1", "YAML", "a second document", NULL },
	{ "services: \"a\\0b\"\n", "1:11", "YAML", "a NUL byte", NULL },
	{ "services: {a: *nobody}", "1:15", "YAML", "no anchor of that name", NULL },
	{ "services: &a {b: *a}", "1:18", "YAML", "within what it names", NULL },
	{ "services: {a: {\"<<\": {}, image: i}}", "1:16", "services.a.<<", "no such key", NULL },
	{ "services: {a: {<<: 1, image: i}}", "1:20", "YAML", "a merge key takes a map", NULL },
	{ "services: {a: {<<: {}, <<: {}, image: i}}", "1:24", "YAML", "the merge key stands twice", NULL },
	{ "servces: {}\nservices: {a: {image: i}}\n", "1:1", "servces", "no such key", "did you mean services?" },
	{ WEB "privilged: true\n", "4:5", "services.web.privilged", "no such key", "did you mean privileged?" },
	{ WEB "build: .\n", "4:12", "services.web.build", "a build runs commands", "image:" },
	{ "services: {web: {command: x}}", "1:17", "services.web", "image: is missing", NULL },
	{ "services: {web: {image: ''}}", "1:25", "services.web.image", "is empty", NULL },
	{ "services: {web: i}", "1:17", "services.web", "it takes a map", NULL },
	{ "services: {'we b': {image: i}}", "1:20", "services.we b", "a service's name has letters", NULL },
	{ "services: {../x: {image: i}}", "1:18", "services.../x", "a service's name has letters", NULL },
	{ "name: Shop\n" WEB "init: true\n", "1:7", "name", "a project's name has lower case letters", "-p NAME" },
	{ "name: ../x\n" WEB "init: true\n", "1:7", "name", "a project's name", NULL },
	{ "include: [x.yaml]\n" WEB "init: true\n", "1:10", "include", "other files are not read", NULL },
	{ WEB "init: maybe\n", "4:11", "services.web.init", "neither true nor false", NULL },
	{ WEB "ports: {a: b}\n", "4:12", "services.web.ports", "it takes a list, and this is a map", NULL },
	{ WEB "ports: [[a]]\n", "4:13", "services.web.ports[0]", "it takes a text, and this is a list", NULL },
	{ WEB "ports: [{published: 1}]\n", "4:13", "services.web.ports[0]", "target: is missing", NULL },
	{ WEB "ports: [{target: 1, publishd: 1}]\n", "4:25", "services.web.ports[0].publishd", "no such key", "published" },
	{ WEB "networks: [x]\n", "4:16", "services.web.networks[0]", "the network x is not declared", "networks: {x: }" },
	{ "networks: {x: {driver: macvlan}}\n" WEB "networks: [x]\n", "1:24", "networks.x.driver", "administrator's to say", "bridge" },
	{ "networks: {x: {ipam: {config: []}}}\n" WEB "networks: [x]\n", "1:22", "networks.x.ipam", "administrator's", NULL },
	{ "networks: {x: }\n" WEB "networks: {x: {ipv4_address: 10.0.0.1}}\n", "5:34", "services.web.networks.x.ipv4_address",
	  "engine's to choose", NULL },
	{ WEB "network_mode: service:db\n", "4:19", "services.web.network_mode", "loopback", NULL },
	{ WEB "volumes: [data:/d]\n", "4:15", "services.web.volumes[0]", "the volume data is not declared", "volumes: {data: }" },
	{ "volumes: {d: {driver_opts: {type: none, o: bind, device: /}}}\n" WEB "volumes: [d:/d]\n", "1:28", "volumes.d.driver_opts",
	  "may be any path of the host", NULL },
	{ "volumes: {d: {driver: nfs}}\n" WEB "volumes: [d:/d]\n", "1:23", "volumes.d.driver", "may be any path", "local" },
	{ WEB "volumes: [~root/x:/d]\n", "4:15", "services.web.volumes[0]", "the home of another", NULL },
	{ WEB "volumes: [{type: bind, src: /a, target: /b}]\n", "4:28", "services.web.volumes[0].src", "no such key", NULL },
	{ WEB "configs: [x]\n", "4:15", "services.web.configs[0]", "x is not declared under configs", NULL },
	{ "secrets: {s: {external: true}}\n" WEB "secrets: [s]\n", "1:14", "secrets.s", "only what is in a file", "file:" },
	{ WEB "command: a && b\n", "4:14", "services.web.command", "no shell reads it, and & is for a shell", NULL },
	{ WEB "command: \"it's\"\n", "4:14", "services.web.command", "a quote is not closed", NULL },
	{ WEB "command: {a: b}\n", "4:14", "services.web.command", "a text or a list", NULL },
	{ WEB "healthcheck: {test: [x, y]}\n", "4:25", "services.web.healthcheck.test", "none of CMD", NULL },
	{ WEB "stop_grace_period: 5\n", "4:24", "services.web.stop_grace_period", "not a duration", NULL },
	{ WEB "scale: 17\n", "4:12", "services.web.scale", "not a number of 0 to 16", NULL },
	{ WEB "scale: 2\n    container_name: x\n", "5:21", "services.web.container_name", "several containers", NULL },
	{ WEB "depends_on: [db]\n", "4:18", "services.web.depends_on", "there is no service db", NULL },
	{ WEB "depends_on: [web]\n", "2:3", "services.web.depends_on", "in a circle", NULL },
	{ WEB "depends_on: {web: {condition: x}}\n", "4:35", "services.web.depends_on.web.condition", "none of service_started", NULL },
	{ WEB "depends_on: [b]\n  b: {image: i, depends_on: [web]}\n", "2:3", "services.web.depends_on", "in a circle", NULL },
	{ WEB "depends_on: [b]\n  b: {image: i, profiles: [p]}\n", "4:18", "services.web.depends_on", "of a profile that was not chosen",
	  "--profile" },
	{ WEB "extends: web\n", "3:5", "services.web", "it extends itself", NULL },
	{ WEB "extends: b\n  b: {extends: {service: web}}\n", "3:5", "services.web", "it extends itself", NULL },
	{ WEB "extends: {service: b, file: x.yaml}\n", "4:33", "services.web.extends.file", "services of other files", NULL },
	{ WEB "extends: b\n", "4:14", "services.web.extends", "there is no service b", NULL },
	{ WEB "extends: b\n    labels: {a: b}\n  b: {labels: [c=d]}\n", "5:13", "services.web.labels", "it is a map here, and a list in",
	  "one form" },
	{ WEB "hostname: ${A\n", "4:15", "services.web.hostname", "${A is not closed", NULL },
	{ WEB "hostname: a$\n", "4:15", "services.web.hostname", "write $$", NULL },
	{ WEB "hostname: ${NO:?say it}\n", "4:15", "services.web.hostname", "NO is required and has no value: say it", NULL },
	{ WEB "hostname: ${SECRET:?x}\n", "4:15", "services.web.hostname", "may not be taken from the environment", NULL },
	{ "services: {web: {image: i, profiles: [p]}}", "1:11", "services", "no service is chosen", "--profile" },
	{ WEB "provider: {type: x}\n", "4:15", "services.web.provider", "a program of the host", NULL },
	{ WEB "post_start: [{command: x}]\n", "4:17", "services.web.post_start", "does not pass through the policy", NULL },
};

static void test_wrong(void **state)
{
	const struct wrong_test *row = *state;
	struct arena *arena = arena_new();
	struct findings findings;
	const struct compose_project *project = composes_read(arena, row->text, &findings);
	const struct finding *finding = NULL;

	assert_null(project);
	for (size_t i = 0; i < findings.count && finding == NULL; i++)
		if (findings.items[i].kind != FINDING_NOTE)
			finding = &findings.items[i];
	assert_non_null(finding);
	if (strcmp(place_text(arena, finding->place) + 2, row->place) != 0 || strcmp(finding->subject, row->subject) != 0 ||
	    strstr(finding->reason, row->reason) == NULL)
		fail_msg("%s: %s: %s", place_text(arena, finding->place), finding->subject, finding->reason);
	if (row->remedy != NULL && (finding->remedy == NULL || strstr(finding->remedy, row->remedy) == NULL))
		fail_msg("remedy: %s", finding->remedy != NULL ? finding->remedy : "none");
	arena_free(arena);
}

/* ---- whole files ---- */

static const struct compose_service *service_of(const struct compose_project *project, const char *name)
{
	for (size_t i = 0; i < project->service_count; i++)
		if (strcmp(project->services[i].name, name) == 0)
			return &project->services[i];
	fail_msg("no service %s", name);
	return NULL;
}

static void test_order(void **state)
{
	struct arena *arena = arena_new();
	struct findings findings;
	const struct compose_project *project = composes_read(
		arena, "services:\n  web: {image: i, depends_on: {db: {condition: service_healthy}, cache: {condition: service_started, "
		       "required: false}}}\n  db: {image: i, depends_on: [init]}\n  init: {image: i}\n", &findings);

	(void)state;
	assert_non_null(project);
	assert_string_equal(project->name, "shop");
	assert_int_equal(project->service_count, 3);
	assert_string_equal(project->services[0].name, "init");
	assert_string_equal(project->services[1].name, "db");
	assert_string_equal(project->services[2].name, "web");
	assert_int_equal(project->services[2].dependencies[0].condition, COMPOSE_HEALTHY);
	arena_free(arena);
}

static void test_anchors(void **state)
{
	struct arena *arena = arena_new();
	struct findings findings;
	const struct compose_project *project = composes_read(
		arena,
		"x-base: &base\n  image: b\n  environment: &env {A: 1}\n  init: true\nservices:\n  web:\n    <<: *base\n    image: w\n"
		"  db:\n    <<: [{image: d}, *base]\n    environment:\n      <<: *env\n      B: 2\n", &findings);

	(void)state;
	assert_non_null(project);
	assert_string_equal(composes_words(arena, service_of(project, "web")), "--env=A=1 --init=true -- w");
	assert_string_equal(composes_words(arena, service_of(project, "db")), "--env=B=2 --env=A=1 --init=true -- d");
	/* A finding about what an anchor holds points to the anchor. */
	assert_int_equal(service_of(project, "web")->words[0].place.line, 3);
	arena_free(arena);
}

static void test_extends(void **state)
{
	struct arena *arena = arena_new();
	struct findings findings;
	const struct compose_project *project = composes_read(
		arena,
		"services:\n  web:\n    extends: {service: base}\n    command: [own]\n    ports: ['81:81']\n    environment: {B: 2, C: 3}\n"
		"    deploy: {resources: {limits: {pids: 5}}}\n"
		"  base:\n    image: i\n    profiles: [never]\n    extends: root\n    command: [a, b]\n    ports: ['80:80']\n"
		"    environment: {A: 1, B: 1}\n"
		"    deploy: {resources: {limits: {cpus: 1, pids: 9}}}\n"
		"  root: {init: true, profiles: [never]}\n", &findings);

	(void)state;
	/* Profiles do not come along; the services that are only there to be extended need no image. */
	assert_non_null(project);
	assert_int_equal(project->service_count, 1);
	assert_string_equal(composes_words(arena, &project->services[0]),
			    "--publish=80:80 --publish=81:81 --env=B=2 --env=C=3 --env=A=1 --cpus=1 --pids-limit=5 --init=true -- i own");
	arena_free(arena);
}

static void test_profiles(void **state)
{
	static const char text[] = "services: {a: {image: i}, b: {image: i, profiles: [p]}, c: {image: i, profiles: [q]}}";
	struct arena *arena = arena_new();
	struct findings findings = { .arena = arena };
	struct compose_input input = composes_input(text);
	const struct compose_project *project;

	(void)state;
	assert_int_equal(compose_read(arena, &input, &findings)->service_count, 1);
	string_list_add(arena, &input.profiles, "p");
	assert_int_equal(compose_read(arena, &input, &findings)->service_count, 2);
	string_list_add(arena, &input.services, "c");
	project = compose_read(arena, &input, &findings);
	assert_int_equal(project->service_count, 1);
	assert_string_equal(project->services[0].name, "c");
	arena_free(arena);
}

static void test_names(void **state)
{
	struct arena *arena = arena_new();
	struct findings findings = { .arena = arena };
	struct compose_input input = composes_input("name: own\nservices: {a: {image: i, scale: \"${N}\"}}");
	const struct compose_project *project = compose_read(arena, &input, &findings);

	(void)state;
	assert_string_equal(project->name, "own");
	assert_int_equal(project->services[0].scale, 2);
	assert_string_equal(project->networks[0].name, "own_default");
	input.project = "typed";
	assert_string_equal(compose_read(arena, &input, &findings)->name, "typed");
	input.project = "Typed";
	assert_null(compose_read(arena, &input, &findings));
	assert_string_equal(compose_project_name(arena, "/srv/My Shop_2"), "myshop_2");
	assert_string_equal(compose_project_name(arena, "/srv/__x"), "x");
	assert_string_equal(compose_project_name(arena, "/"), "");
	assert_null(compose_name_reason("a-b_c"));
	assert_non_null(compose_name_reason("-a"));
	assert_non_null(compose_name_reason(""));
	arena_free(arena);
}

/* A default network that is declared is the one that services get. */
static void test_default_network(void **state)
{
	struct arena *arena = arena_new();
	struct findings findings;
	const struct compose_project *project =
		composes_read(arena, "networks: {default: {name: given, external: true}}\n"
				     "services: {a: {image: i}, b: {image: i, network_mode: none}}", &findings);

	(void)state;
	assert_non_null(project);
	assert_string_equal(project->services[0].words[0].text, "--network=given");
	assert_int_equal(project->services[0].words[0].role, COMPOSE_DEFAULT_NETWORK);
	assert_string_equal(project->services[0].words[1].text, "--network-alias=a");
	assert_string_equal(composes_words(arena, &project->services[1]), "--network=none -- i");
	assert_true(project->networks[0].is_used);
	arena_free(arena);
}

/* ---- hostile ---- */

static void expect_refused(struct arena *arena, const char *text, size_t length, const char *reason)
{
	struct compose_input input = composes_input(text);
	struct findings findings = { .arena = arena };

	input.length = length;
	assert_null(compose_read(arena, &input, &findings));
	assert_true(findings.count > 0);
	if (strstr(findings.items[0].reason, reason) == NULL)
		fail_msg("%s", findings.items[0].reason);
}

static void test_billion_laughs(void **state)
{
	struct arena *arena = arena_new();
	struct text text;

	(void)state;
	text_init(&text, arena);
	text_add(&text, "x-a: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
	for (int i = 1; i < 12; i++) {
		text_addf(&text, "x-%d: &a%d [", i, i);
		for (int k = 0; k < 10; k++)
			text_addf(&text, "*a%d, ", i - 1);
		text_add(&text, "]\n");
	}
	text_add(&text, "services: {a: {image: i}}\n");
	expect_refused(arena, text.data, text.length, "it holds more than 20000 values, aliases written out");
	arena_free(arena);
}

static void test_merge_bomb(void **state)
{
	struct arena *arena = arena_new();
	struct text text;

	(void)state;
	text_init(&text, arena);
	text_add(&text, "x-0: &a0 {k: v}\n");
	for (int i = 1; i < 30; i++)
		text_addf(&text, "x-%d: &a%d {l: *a%d, r: *a%d}\n", i, i, i - 1, i - 1);
	expect_refused(arena, text.data, text.length, "20000 values");
	arena_free(arena);
}

static void test_deep(void **state)
{
	struct arena *arena = arena_new();
	struct text text;

	(void)state;
	text_init(&text, arena);
	text_add(&text, "services: ");
	for (int i = 0; i < 10000; i++)
		text_add(&text, "[");
	expect_refused(arena, text.data, text.length, "nested more than 24 deep");
	text_init(&text, arena);
	text_add(&text, "x-0: &a0 [x]\n");
	for (int i = 1; i < 40; i++)
		text_addf(&text, "x-%d: &a%d [*a%d]\n", i, i, i - 1);
	expect_refused(arena, text.data, text.length, "nested more than 24 deep");
	arena_free(arena);
}

static void test_large(void **state)
{
	struct arena *arena = arena_new();
	const size_t length = 10 << 20;
	char *bytes = arena_alloc(arena, length + 1);

	(void)state;
	memset(bytes, 'a', length);
	expect_refused(arena, bytes, length, "a Compose file has at most 524288");
	expect_refused(arena, "services: {}\0x", 14, "NUL byte");
	arena_free(arena);
}

/* Many texts, each within its own limit. */
static void test_expansion_is_bounded(void **state)
{
	struct arena *arena = arena_new();
	char *word = arena_alloc(arena, 40001);
	struct text text;

	(void)state;
	memset(word, 'w', 40000);
	text_init(&text, arena);
	text_addf(&text, "x-w: &w \"%s$A\"\nservices: {a: {image: i, dns: [", word);
	for (int i = 0; i < 100; i++)
		text_add(&text, "*w, ");
	text_add(&text, "]}}");
	expect_refused(arena, text.data, text.length, "the texts of this file are too long");
	arena_free(arena);
}

static void test_many_services(void **state)
{
	struct arena *arena = arena_new();
	struct text text;

	(void)state;
	text_init(&text, arena);
	text_add(&text, "services:\n");
	for (int i = 0; i < 65; i++)
		text_addf(&text, "  s%d: {image: i}\n", i);
	expect_refused(arena, text.data, text.length, "more than 64 services");
	arena_free(arena);
}

/* What the table says exists and is sorted: the manual and the nearest name rely on it. */
static void test_table(void **state)
{
	const char *effect, *name, *before = "";

	(void)state;
	for (size_t i = 0; (name = compose_key_at(i, &effect)) != NULL; i++) {
		assert_true(strcmp(before, name) < 0);
		assert_non_null(effect);
		before = name;
	}
}

int main(void)
{
	struct row_tests rows = { .count = 0 };

	for (size_t i = 0; i < ARRAY_COUNT(key_tests); i++)
		rows_add(&rows, key_tests[i].body, test_key, (void *)(uintptr_t)&key_tests[i]);
	for (size_t i = 0; i < ARRAY_COUNT(wrong_tests); i++)
		rows_add(&rows, wrong_tests[i].text[0] != '\0' ? wrong_tests[i].text : "nothing", test_wrong,
			 (void *)(uintptr_t)&wrong_tests[i]);
	ROWS_TEST(&rows, test_order);
	ROWS_TEST(&rows, test_anchors);
	ROWS_TEST(&rows, test_extends);
	ROWS_TEST(&rows, test_profiles);
	ROWS_TEST(&rows, test_names);
	ROWS_TEST(&rows, test_default_network);
	ROWS_TEST(&rows, test_billion_laughs);
	ROWS_TEST(&rows, test_merge_bomb);
	ROWS_TEST(&rows, test_deep);
	ROWS_TEST(&rows, test_large);
	ROWS_TEST(&rows, test_expansion_is_bounded);
	ROWS_TEST(&rows, test_many_services);
	ROWS_TEST(&rows, test_table);
	return rows_run("compose", &rows);
}
