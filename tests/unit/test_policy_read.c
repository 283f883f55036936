/* From keys to values, and what is said of each wrong one. */
#include "policies.h"

#include "../../src/policy/policy_internal.h"

#define V "version: 1\n"
#define D V "defaults: "
#define A V "allow: "

static struct wrong_row wrong_rows[] = {
	/* version */
	{ "images: [\"*\"]\n", "1:1", "the first key of a policy is version", "version: 1" },
	{ "images: [\"*\"]\nversion: 1\n", "1:1", "the first key of a policy is version", NULL },
	{ "{}\n", "1:1", "the first key of a policy is version", NULL },
	{ "version: 2\n", "1:10", "version \"2\" is not known", "version: 1" },
	{ "version: 01\n", "1:10", "is not known", NULL },
	{ "version: 1.0\n", "1:10", "is not known", NULL },
	{ "version: 2\nzoo: 1\nimages: x\n", "1:10", "is not known", NULL },
	{ "version:\n", "1:1", "version has no value", NULL },
	{ "version: [1]\n", "1:10", "version takes the number 1, and this is a list", NULL },
	/* keys */
	{ V "descripton: x\n", "2:1", "descripton is not a key", "did you mean description?" },
	{ V "zzzzzz: x\n", "2:1", "zzzzzz is not a key", NULL },
	{ A "{memlimit: 1g}\n", "2:9", "allow.memlimit is not a key", "did you mean allow.mem_limit?" },
	{ A "{tmpfs: {maxsize: 1g}}\n", "2:17", "allow.tmpfs.maxsize is not a key", "allow.tmpfs.max_size" },
	{ V "ports: []\n", "2:1", "ports is not a key", "did you mean allow.ports?" },
	{ V "privileged: true\n", "2:1", "privileged is not a key", NULL },
	{ A "{volumes: [{source: /a, acess: rw}]}\n", "2:32", "allow.volumes[].acess is not a key", "allow.volumes[].access" },
	{ A "{\"\": x}\n", "2:9", "what stands here in allow is not a key", NULL },
	{ V "root:$6$salt$hash:19000: x\n", "2:1", "what stands here is not a key", NULL },
	{ V "a1: x\n", "2:1", "what stands here is not a key", NULL },
	{ V "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: x\n", "2:1", "what stands here is not a key", NULL },
	{ V "defaults: []\n", "2:11", "defaults takes a map of keys, and this is a list", NULL },
	{ V "allow: yes\n", "2:8", "allow takes a map of keys, and this is a text", NULL },
	{ V "allow:\n", "2:1", "allow has no value", NULL },
	{ V "user_policies: false\n", "2:1", "user_policies stands only in the ceiling", "ceiling.yaml" },
	{ V "explain: always\n", "2:10", "explain", NULL },
	/* later */
	{ V "image: {digest: required}\n", "2:1", "image is not supported yet", NULL },
	{ V "secrets: key\n", "2:10", "secrets takes names with their sources", NULL },
	{ V "secrets: {../x: {file: /a}}\n", "2:11", "is not the name of a credential", NULL },
	{ V "secrets: {a: /x}\n", "2:14", "secrets.a takes one source", "{file: " },
	{ V "secrets: {a: {}}\n", "2:14", "secrets.a takes one source", NULL },
	{ V "secrets: {a: {file: /x, credential: y}}\n", "2:14", "secrets.a takes one source", NULL },
	{ V "secrets: {a: {file: x}}\n", "2:21", "is not an absolute path", "start with /" },
	{ V "secrets: {a: {file: /x/../y}}\n", "2:21", "secrets.a.file", NULL },
	{ V "secrets: {a: {credential: ../y}}\n", "2:27", "is not the name of a credential", NULL },
	{ V "secrets: {a: {command: [x]}}\n", "2:14", "secrets.a takes one source", NULL },
	{ V "secrets: {a: {command: x}}\n", "2:15", "secrets.a.command is not supported yet", NULL },
	{ V "secrets: {a: {path: /x}}\n", "2:15", "secrets.a.path is not a key", NULL },
	{ V "secrets: [../x]\n", "2:11", "credential", NULL },
	{ V "engine: {backend: kata}\n", "2:19", "engine.backend: \"kata\" is not one of its words", NULL },
	{ V "engine: {sandbox: require}\n", "2:19", "engine.sandbox: \"require\" is not one of its words", "did you mean required?" },
	{ V "engine: {sandbox: true}\n", "2:19", "engine.sandbox", NULL },
	/* apparmor */
	{ V "apparmor: off\n", "2:11", "apparmor: \"off\" is not a profile", "unconfined" },
	{ V "apparmor: \"\"\n", "2:11", "is not the name of a profile", "generated" },
	{ V "apparmor: a b\n", "2:11", "is not the name of a profile", NULL },
	{ V "apparmor: a,b\n", "2:11", "is not the name of a profile", NULL },
	{ V "apparmor: ../x\n", "2:11", "is not the name of a profile", NULL },
	{ V "apparmor: [a]\n", "2:11", "apparmor takes a single value", NULL },
	{ V "apparmor: unconfined\n", "2:11", "apparmor: unconfined is below the floor", "add the hazard unconfined-apparmor" },
	{ V "allow: {security_labels: [\"disable\"]}\n", "2:27", "is not a part of a SELinux context", "type:container_t" },
	{ V "allow: {security_labels: [\"type:*:s0\"]}\n", "2:27", "is not a part of a SELinux context", NULL },
	{ V "allow: {security_labels: [\"level:s0 \"]}\n", "2:27", "is not a part of a SELinux context", NULL },
	{ V "allow: {security_labels: [\"type:\"]}\n", "2:27", "is not a part of a SELinux context", NULL },
	/* types */
	{ V "description: [a]\n", "2:14", "description takes a single value, and this is a list", NULL },
	{ V "description:\n", "2:1", "description has no value", NULL },
	{ V "description: \"\"\n", "2:14", "is empty", NULL },
	{ V "images: docker.io/library/nginx\n", "2:9", "images takes a list, and this is a text", "images: [" },
	{ V "images: [[a]]\n", "2:10", "images takes a single value, and this is a list", NULL },
	{ V "hazards: host-pid\n", "2:10", "hazards takes a list", NULL },
	{ D "{read_only: yes}\n", "2:23", "defaults.read_only: \"yes\" is not a switch", "true or false" },
	{ D "{read_only: True}\n", "2:23", "is not a switch", NULL },
	{ D "{read_only: 1}\n", "2:23", "is not a switch", NULL },
	{ D "{environment: [A=b]}\n", "2:25", "defaults.environment takes a map of names to values", NULL },
	{ D "{environment: {A: {b: c}}}\n", "2:29", "defaults.environment.A takes a single value", NULL },
	{ D "{environment: {A=B: c}}\n", "2:26", "the name \"A=B\" is not the name of a variable", NULL },
	{ D "{environment: {A: }}\n", "2:26", "defaults.environment.A has no value", NULL },
	/* numbers */
	{ D "{mem_limit: lots}\n", "2:23", "defaults.mem_limit: \"lots\" is not a size", "512m" },
	{ D "{mem_limit: 5m}\n", "2:23", "is not within 6m to", NULL },
	{ D "{mem_limit: 1e9}\n", "2:23", "is not a size", NULL },
	{ D "{mem_limit: -1}\n", "2:23", "is not a size", NULL },
	{ D "{mem_limit: 0x10000000}\n", "2:23", "is not a size", NULL },
	{ D "{mem_limit: 1_000_000_000}\n", "2:23", "is not a size", NULL },
	{ D "{mem_limit: 99999999t}\n", "2:23", "is not", NULL },
	{ D "{mem_limit: 50%}\n", "2:23", "is not a size", NULL },
	{ D "{cpus: 50%}\n", "2:18", "is not a number of processors", NULL },
	{ D "{cpus: 0}\n", "2:18", "is not within 0.001 to", NULL },
	{ D "{cpus: -1}\n", "2:18", "is not a number of processors", NULL },
	{ D "{cpus: 18446744073.709551616}\n", "2:18", "is not", NULL },
	{ D "{cpus: .inf}\n", "2:18", "is not a number of processors", NULL },
	{ A "{mem_limit: 0%}\n", "2:20", "is not a size", "50%" },
	{ A "{mem_limit: 101%}\n", "2:20", "is not a size", NULL },
	{ A "{mem_limit: 05%}\n", "2:20", "is not a size", NULL },
	{ A "{shm_size: 0%}\n", "2:19", "is not a size", "50%" },
	{ D "{shm_size: 25%}\n", "2:22", "is not a size", NULL },
	{ A "{cpus: 5.5%}\n", "2:15", "is not a number of processors", NULL },
	{ A "{cpus: \"%\"}\n", "2:15", "is not a number of processors", NULL },
	{ D "{pids_limit: -1}\n", "2:24", "is not a plain number", "digits only" },
	{ D "{pids_limit: 0}\n", "2:24", "is not within 1 to 4194304", NULL },
	{ D "{pids_limit: 010}\n", "2:24", "is not a plain number", NULL },
	{ A "{max_ports: 65536}\n", "2:20", "is not within 0 to 65535", NULL },
	{ A "{command_line: {max_bytes: 513k}}\n", "2:35", "is not within 1b to 512k", NULL },
	{ A "{command_line: {max_words: 4097}}\n", "2:35", "is not within 1 to 4096", NULL },
	{ D "{stop_grace_period: 10}\n", "2:31", "is not a time in whole seconds", "10s" },
	{ D "{stop_grace_period: 1500ms}\n", "2:31", "is not a time in whole seconds", NULL },
	{ D "{stop_grace_period: 301s}\n", "2:31", "is not within 0s to 300s", NULL },
	{ D "{ulimits: {nofiles: 1}}\n", "2:22", "the name \"nofiles\" is not a resource limit", "did you mean nofile?" },
	{ D "{ulimits: {nofile: {soft: 1, hard: 2}}}\n", "2:30", "takes one number, or soft and hard alike", NULL },
	{ D "{ulimits: {nofile: {soft: 1}}}\n", "2:30", "takes one number", NULL },
	{ D "{ulimits: {nofile: {hard: 1, more: 1}}}\n", "2:30", "takes one number", NULL },
	{ D "{ulimits: {nofile: -1}}\n", "2:30", "is not a plain number", NULL },
	{ D "{ulimits: {nofile: {soft: unlimited, hard: unlimited}}}\n", "2:37", "is not a plain number", NULL },
	/* users */
	{ D "{user: node}\n", "2:18", "defaults.user: \"node\" is not a user", "1000:1000" },
	{ D "{user: \"1000-1001\"}\n", "2:18", "is a range", NULL },
	{ D "{user: \"node=1000:1000\"}\n", "2:18", "is not a user", NULL },
	{ D "{user: \"+1000\"}\n", "2:18", "is not a user", NULL },
	{ D "{user: \"01000\"}\n", "2:18", "is not a user", NULL },
	{ D "{user: \"1000:\"}\n", "2:18", "has a group that is not", NULL },
	{ D "{user: \":1000\"}\n", "2:18", "is not a user", NULL },
	{ D "{user: \"2147483648\"}\n", "2:18", "is not a user", NULL },
	{ D "{user: \"1:2:3\"}\n", "2:18", "has a group that is not", NULL },
	{ D "{user: Caller}\n", "2:18", "is not a user", NULL },
	{ A "{user: [\"2000-1000\"]}\n", "2:16", "is not a user", NULL },
	{ A "{user: [\"node=1000\"]}\n", "2:16", "gives a name to more than one user", NULL },
	{ A "{user: [\"node=1-2:1\"]}\n", "2:16", "gives a name to more than one user", NULL },
	{ A "{user: [\"=1:1\"]}\n", "2:16", "does not start with the name of a user", NULL },
	{ A "{user: [\"no de=1:1\"]}\n", "2:16", "does not start with the name of a user", NULL },
	{ A "{user: [\"node=caller\"]}\n", "2:16", "is not a user", NULL },
	/* the floor */
	{ D "{user: 0}\n", "2:18", "defaults.user: uid or gid 0 is below the floor", "hazard root-user" },
	{ D "{user: \"1000:0\"}\n", "2:18", "below the floor", NULL },
	{ A "{user: [\"0-10\"]}\n", "2:16", "below the floor", NULL },
	{ A "{user: [\"1-10:0-10\"]}\n", "2:16", "below the floor", NULL },
	{ D "{read_only: false}\n", "2:23", "defaults.read_only: false is below the floor", "hazard writable-root" },
	{ D "{network_mode: host}\n", "2:26", "defaults.network_mode: host is below the floor", "hazard host-network" },
	{ A "{networks: [none, host]}\n", "2:26", "allow.networks: host is below the floor", NULL },
	/* ports */
	{ A "{ports: [\"8080:80\"]}\n", "2:17", "does not start with an IP address", "ADDRESS:HOST:CONTAINER" },
	{ A "{ports: [\"80\"]}\n", "2:17", "does not start with an IP address", NULL },
	{ A "{ports: [\"127.0.0.1:80\"]}\n", "2:17", "lacks a part", NULL },
	{ A "{ports: [\"127.0.0.1:0:80\"]}\n", "2:17", "has a host port", NULL },
	{ A "{ports: [\"127.0.0.1:2-1:80\"]}\n", "2:17", "has a host port", NULL },
	{ A "{ports: [\"127.0.0.1:80:65536\"]}\n", "2:17", "has a container port", NULL },
	{ A "{ports: [\"127.0.0.1:80:80:80\"]}\n", "2:17", "has a container port", NULL },
	{ A "{ports: [\"127.0.0.1::80\"]}\n", "2:17", "has a host port", NULL },
	{ A "{ports: [\"127.0.0.1:80:80/icmp\"]}\n", "2:17", "has a protocol", NULL },
	{ A "{ports: [\"localhost:80:80\"]}\n", "2:17", "does not start with an IP address", NULL },
	{ A "{ports: [\"::1:80:80\"]}\n", "2:17", "does not start with an IP address", NULL },
	{ A "{ports: [\"[::1]80:80\"]}\n", "2:17", "does not start with an IP address", NULL },
	{ A "{ports: [\"[127.0.0.1]:80:80\"]}\n", "2:17", "does not start with an IP address", NULL },
	{ A "{ports: [\"[*]:80:80\"]}\n", "2:17", "does not start with an IP address", NULL },
	/* volumes and paths */
	{ A "{volumes: [/srv]}\n", "2:19", "allow.volumes takes a list of maps", NULL },
	{ A "{volumes: [{access: rw}]}\n", "2:19", "has either source or volume", NULL },
	{ A "{volumes: [{source: /a, volume: b}]}\n", "2:19", "has either source or volume", NULL },
	{ A "{volumes: [{volume: b, owner: caller}]}\n", "2:38", "a volume has no owner", NULL },
	{ A "{volumes: [{volume: /b}]}\n", "2:28", "is a path", "source:" },
	{ A "{volumes: [{source: srv}]}\n", "2:28", "is not a path the policy can tell", "start with /" },
	{ A "{volumes: [{source: \"~bob/x\"}]}\n", "2:28", "is not a path", NULL },
	{ A "{volumes: [{source: \"${CWD}/**\"}]}\n", "2:28", "holds a ${...}", "./**" },
	{ A "{volumes: [{source: \"/srv/${USER}\"}]}\n", "2:28", "holds a ${...}", NULL },
	{ A "{volumes: [{source: /srv/../etc}]}\n", "2:28", "is not a clean path", NULL },
	{ A "{volumes: [{source: ../x}]}\n", "2:28", "is not a path", NULL },
	{ A "{volumes: [{source: ./../x}]}\n", "2:28", "is not a clean path", NULL },
	{ A "{volumes: [{source: /srv//x}]}\n", "2:28", "is not a clean path", NULL },
	{ A "{volumes: [{source: /srv/}]}\n", "2:28", "ends in a slash", "write /srv" },
	{ A "{volumes: [{source: /srv, target: srv}]}\n", "2:42", "is not an absolute container path", NULL },
	{ A "{volumes: [{source: /srv, access: rwx}]}\n", "2:42", "is not one of its words: ro, rw", NULL },
	{ A "{volumes: [{source: /srv, owner: root}]}\n", "2:41", "is not one of its words: caller", NULL },
	{ A "{env_file: [env.list]}\n", "2:20", "is not a path", NULL },
	{ A "{env_file: [\"**/../x\"]}\n", "2:20", "is not a clean path", NULL },
	{ A "{devices: [/dev/*]}\n", "2:19", "has a wildcard", NULL },
	{ A "{devices: [/tmp/x]}\n", "2:19", "is not a path below /dev", NULL },
	{ A "{devices: [\"/dev/x:rx\"]}\n", "2:19", "has permissions", NULL },
	{ D "{working_dir: srv}\n", "2:25", "is not an absolute path", NULL },
	{ D "{tmpfs: [tmp]}\n", "2:20", "is not TARGET[:OPTIONS]", NULL },
	{ D "{tmpfs: [\"/tmp:size=lots\"]}\n", "2:20", "is not TARGET[:OPTIONS]", NULL },
	{ D "{tmpfs: [\"/tmp:suid\"]}\n", "2:20", "asks for suid or dev", NULL },
	{ D "{volumes: [\"/srv\"]}\n", "2:22", "has no source", NULL },
	{ D "{volumes: [\"/srv:/x:shared:rw:x\"]}\n", "2:22", "is not SOURCE:TARGET", NULL },
	/* words */
	{ A "{cap_add: [ALL]}\n", "2:19", "allow.cap_add: \"ALL\" is never granted", "one by one" },
	{ A "{cap_add: [cap_all]}\n", "2:19", "is never granted", NULL },
	{ A "{cap_add: [NET_BIND_SERVIC]}\n", "2:19", "is not a capability", "NET_BIND_SERVICE" },
	{ A "{networks: [default]}\n", "2:20", "the engine's word", "bridge" },
	{ A "{networks: [\"container:x\"]}\n", "2:20", "joins another", NULL },
	{ D "{network_mode: \"net*\"}\n", "2:26", "is not the name of a network", NULL },
	{ D "{host_ip: localhost}\n", "2:21", "is not an IP address", NULL },
	{ D "{host_ip: \"0::1\"}\n", "2:21", "is not the usual spelling", "write ::1" },
	{ D "{hostname: -web}\n", "2:22", "is not a host name", NULL },
	{ D "{stop_signal: SIGNOPE}\n", "2:25", "is not a signal", NULL },
	{ D "{stop_signal: 65}\n", "2:25", "is not a signal", NULL },
	{ D "{logging: {driver: \"json file\"}}\n", "2:30", "is not a log driver", NULL },
	/* logs: the daemon obeys these as root */
	{ D "{logging: {driver: fluentd}}\n", "2:30", "is not a log driver that stays on this machine", "json-file" },
	{ D "{logging: {driver: \"\"}}\n", "2:30", "is not a log driver", NULL },
	{ D "{logging: {driver: example/plugin}}\n", "2:30", "is not a log driver", NULL },
	{ A "{logging: {drivers: [local, gelf]}}\n", "2:36", "is not a log driver that stays on this machine", "syslog" },
	{ D "{logging: {driver: syslog, options: {syslog-address: \"tcp://192.0.2.1:514\"}}}\n", "2:48",
	  "the name \"syslog-address\" is not an option that a policy may set", "max-size" },
	{ D "{logging: {options: {mode: non-blocking}}}\n", "2:32", "the name \"mode\" is not an option", NULL },
	{ D "{logging: {options: {labels: x}}}\n", "2:32", "the name \"labels\" is not an option", NULL },
	{ D "{logging: {options: {env-regex: .*}}}\n", "2:32", "the name \"env-regex\" is not an option", NULL },
	{ D "{logging: {options: {Max-Size: 1m}}}\n", "2:32", "the name \"Max-Size\" is not an option", NULL },
	{ D "{logging: {options: {max-size: 0}}}\n", "2:42", "is not a size, and a log always has one", "10m" },
	{ D "{logging: {options: {max-size: \"-1\"}}}\n", "2:42", "is not a size", NULL },
	{ D "{logging: {options: {max-size: unlimited}}}\n", "2:42", "is not a size", NULL },
	{ D "{logging: {options: {max-size: \"\"}}}\n", "2:42", "is not a size", NULL },
	{ D "{logging: {options: {max-file: 0}}}\n", "2:42", "is not within 1 to 100", NULL },
	{ D "{logging: {options: {max-file: 101}}}\n", "2:42", "is not within 1 to 100", NULL },
	{ D "{logging: {options: {max-file: \"-1\"}}}\n", "2:42", "is not within 1 to 100", NULL },
	{ D "{logging: {options: {compress: 1}}}\n", "2:42", "is not a switch", "true or false" },
	{ A "{logging: {max_size: 0}}\n", "2:29", "is not within 4k to", NULL },
	{ A "{logging: {max_file: 0}}\n", "2:29", "is not within 1 to 100", NULL },
	{ A "{group_add: [0]}\n", "2:21", "is not within 1 to", NULL },
	{ A "{group_add: [docker]}\n", "2:21", "is not a group number", NULL },
	{ A "{restart: [sometimes]}\n", "2:19", "is not a restart policy", NULL },
	{ A "{restart: [\"on-failure:0\"]}\n", "2:19", "is not a restart policy", NULL },
	{ A "{restart: [\"always:5\"]}\n", "2:19", "is not a restart policy", NULL },
	{ A "{pull: [newer]}\n", "2:16", "is not one of its words: missing, never, always", NULL },
	{ A "{platforms: [windows/amd64]}\n", "2:21", "is not a platform", NULL },
	{ A "{cpuset: [\"0-\"]}\n", "2:18", "is not a list of processors", NULL },
	{ A "{cpuset: [\"a\"]}\n", "2:18", "is not a list of processors", NULL },
	{ A "{environment: [\"A=b\"]}\n", "2:23", "is not the name of a variable", NULL },
	{ V "engine: {backend: dockr}\n", "2:19", "is not one of its words", "did you mean docker?" },
	{ V "engine: {host: \"tcp://127.0.0.1:2375\"}\n", "2:16", "is not supported yet: only unix://", NULL },
	{ V "engine: {host: \"ssh://host\"}\n", "2:16", "only unix://", NULL },
	{ V "engine: {host: \"unix://run/x\"}\n", "2:16", "names no absolute, clean path", NULL },
	{ V "engine: {client: docker}\n", "2:18", "is not an absolute path", NULL },
	/* images */
	{ V "images: [nginx]\n", "2:10", "is not the full name", "write docker.io/library/nginx" },
	{ V "images: [\"nginx*\"]\n", "2:10", "is not the full name", "docker.io/library/nginx*" },
	{ V "images: [bitnami/redis]\n", "2:10", "is not the full name", "docker.io/bitnami/redis" },
	{ V "images: [docker.io/nginx]\n", "2:10", "is not the full name", "docker.io/library/nginx" },
	{ V "images: [index.docker.io/library/nginx]\n", "2:10", "is not the full name", "docker.io/library/nginx" },
	{ V "images: [\"nginx:1.25\"]\n", "2:10", "has a tag or digest", "docker.io/library/nginx" },
	{ V "images: [\"docker.io/library/nginx@sha256:00\"]\n", "2:10", "has a tag or digest", "docker.io/library/nginx" },
	{ V "images: [Docker.io/library/nginx]\n", "2:10", "has capitals", "docker.io/library/nginx" },
	{ V "images: [\"oci:srv/x\"]\n", "2:10", "names no absolute, clean path", NULL },
	{ V "images: [\"docker-archive:/a/../b\"]\n", "2:10", "names no absolute, clean path", NULL },
	{ V "images: [\"docker.io/a b\"]\n", "2:10", "is not the name of an image", NULL },
	{ V "images: [\"\"]\n", "2:10", "is not the name of an image", NULL },
	{ V "images: [\"rootfs:/srv/Roots/a\"]\n", "2:10", "is a directory, and those are granted by allow.rootfs",
	  "allow: {rootfs: [/srv/Roots/a]}" },
	/* hazards */
	{ V "images: [docker.io/library/x]\nhazards: [host-pids]\n", "3:11", "is not a hazard", "did you mean host-pid?" },
	{ V "images: [docker.io/library/x]\nhazards: [everything]\n", "3:11", "is not a hazard", NULL },
	{ V "hazards: [host-pid]\n", "2:11", "names its images, and this one names none", NULL },
	{ V "images: [docker.io/library/a, \"docker.io/b/*\"]\nhazards: [host-pid]\n", "3:11",
	  "without a wildcard, and \"docker.io/b/*\" has one", NULL },
	/* any tree at all with the floor lowered */
	{ V "images: [docker.io/library/a]\nhazards: [root-user]\nallow: {rootfs: [/srv/a, \"./**\"]}\n", "4:26",
	  "\"./**\" is a wildcard, and the hazard root-user is accepted only for what is named", "one by one" },
	{ V "images: [docker.io/library/a]\nhazards: [host-pid]\nallow: {rootfs: [\"/srv/?\"]}\n", "4:18", "is a wildcard", NULL },
	/* the record */
	{ V "record: file\n", "2:9", "record takes a map", NULL },
	{ V "record: {to: files}\n", "2:14", "is not one of its words: file, syslog, journald, none", "did you mean file?" },
	{ V "record: {to: \"https://log.example.com\"}\n", "2:14", "is not one of its words", NULL },
	{ V "record: {to: file, path: record.jsonl}\n", "2:26", "is not an absolute path", NULL },
	{ V "record: {to: file, path: /var/log/../x}\n", "2:26", "is not a clean path", NULL },
	{ V "record: {to: file, path: /var/log/}\n", "2:26", "ends in a slash", NULL },
	{ V "record: {to: file, file: /x}\n", "2:20", "record.file is not a key", NULL },
	{ V "record: {path: /var/log/x, to: none}\n", "2:16", "and the record does not go to one", "to: file" },
	{ V "record: {to: syslog, path: /var/log/x}\n", "2:28", "and the record does not go to one", "leave the path out" },
	/* seccomp */
	{ V "seccomp: {base: strict}\n", "2:17", "is not one of its words: default, minimal", NULL },
	{ V "seccomp: {allow: [\"@\"]}\n", "2:19", "is not a system call or @group", NULL },
	{ V "seccomp: {allow: [\"open at\"]}\n", "2:19", "is not a system call", NULL },
	{ V "seccomp: {allow: [{when: \"arg0 == 1\"}]}\n", "2:19", "names no call", NULL },
	{ V "seccomp: {deny: [{names: [], when: x}]}\n", "2:18", "names no call", NULL },
	{ V "seccomp: {allow: [{names: [socket], wen: x}]}\n", "2:37", "seccomp.allow[].wen is not a key", "seccomp.allow[].when" },
	{ V "seccomp: {architectures: x86}\n", "2:26", "is not one of its words: native, all", NULL },
};

static void test_defaults(void **state)
{
	struct arena *arena = arena_new();
	const struct policy_defaults *defaults = &policies_parse(arena, V
		"defaults:\n"
		"  user: \"101:102\"\n"
		"  read_only: true\n"
		"  tmpfs: [\"/tmp:size=16m\", /run]\n"
		"  volumes: [\"/srv/site:/site:ro\", \"data:/data\"]\n"
		"  mem_limit: 134217728\n"
		"  cpus: .5\n"
		"  pids_limit: \"64\"\n"
		"  shm_size: 1.5m\n"
		"  ulimits: {nofile: 4096, nproc: {soft: 9, hard: 9}, core: {hard: 0, soft: 0}}\n"
		"  cap_add: [net_bind_service, CAP_CHOWN]\n"
		"  network_mode: my-net\n"
		"  host_ip: ::1\n"
		"  environment: {TZ: UTC, EMPTY: \"\", YES: no, LINES: \"a\\nb\"}\n"
		"  labels: {com.example.team: web}\n"
		"  logging: {driver: json-file, options: {max-size: 10m, max-file: \"100\", compress: true}}\n"
		"  init: false\n"
		"  working_dir: /srv\n"
		"  hostname: web-1\n"
		"  stop_signal: SIGRTMIN+3\n"
		"  stop_grace_period: 1m30s\n")->defaults;

	(void)state;
	assert_int_equal(defaults->user.kind, POLICY_USER_IDS);
	assert_true(defaults->user.uid_first == 101 && defaults->user.uid_last == 101);
	assert_true(defaults->user.has_gid && defaults->user.gid_first == 102);
	assert_true(defaults->read_only.is_set && defaults->read_only.value);
	assert_int_equal(defaults->tmpfs.count, 2);
	assert_string_equal(defaults->tmpfs.items[1].value, "/run");
	assert_string_equal(defaults->volumes.items[0].value, "/srv/site:/site:ro");
	assert_int_equal(defaults->mem_limit.value, 128 << 20);
	assert_int_equal(defaults->cpus.value, 500000000);
	assert_int_equal(defaults->pids_limit.value, 64);
	assert_int_equal(defaults->shm_size.value, 1536 << 10);
	assert_int_equal(defaults->ulimits.count, 3);
	assert_string_equal(defaults->ulimits.items[1].name, "nproc");
	assert_int_equal(defaults->ulimits.items[1].number, 9);
	assert_int_equal(defaults->ulimits.items[2].number, 0);
	assert_true(defaults->cap_add.count == 2 && strcmp(defaults->network_mode.value, "my-net") == 0);
	assert_string_equal(defaults->host_ip.value, "::1");
	assert_int_equal(defaults->environment.count, 4);
	assert_string_equal(defaults->environment.items[1].value, "");
	assert_string_equal(defaults->environment.items[2].value, "no"); /* no guessing */
	assert_string_equal(defaults->environment.items[3].value, "a\nb");
	assert_string_equal(defaults->labels.items[0].value, "web");
	assert_string_equal(defaults->logging_driver.value, "json-file");
	assert_string_equal(defaults->logging_options.items[0].name, "max-size");
	assert_true(defaults->init.is_set && !defaults->init.value);
	assert_string_equal(defaults->working_dir.value, "/srv");
	assert_string_equal(defaults->hostname.value, "web-1");
	assert_string_equal(defaults->stop_signal.value, "SIGRTMIN+3");
	assert_int_equal(defaults->stop_grace_period.value, 90);
	arena_free(arena);
}

static void test_allow(void **state)
{
	struct arena *arena = arena_new();
	const struct policy_allow *allow = &policies_parse(arena, V
		"allow:\n"
		"  mem_limit: 50%\n"
		"  shm_size: 25%\n"
		"  cpus: 2\n"
		"  user: [\"1000-1999:100-200\", caller, image, \"node=1000:1000\", \"7\"]\n"
		"  ports: [\"127.0.0.1:1024-65535:*/*\", \"*:*:80\", \"[0::1]:80:81-82/udp\"]\n"
		"  max_ports: 0\n"
		"  volumes:\n"
		"    - {source: ~/**, target: /data/**, access: rw, owner: caller}\n"
		"    - {source: .}\n"
		"    - {volume: \"site-*\", access: ro}\n"
		"  tmpfs: {max_size: 256m, exec: true}\n"
		"  devices: [/dev/null, \"/dev/snd/timer:rw\"]\n"
		"  restart: [no, on-failure, \"on-failure:5\", always, unless-stopped]\n"
		"  group_add: [\"2000-2099\", 7]\n"
		"  cpuset: [\"0-3,7\"]\n"
		"  logging: {drivers: [local], max_size: 1g, max_file: 9}\n"
		"  command_line: {max_bytes: 64k, max_words: 256}\n")->allow;

	(void)state;
	assert_true(allow->mem_limit.value == -50 && allow->mem_limit.percent == 50);
	assert_int_equal(policy_ceiling(&allow->shm_size, INT64_C(1) << 30), 256 << 20);
	assert_int_equal(allow->cpus.value, 2000000000);
	assert_int_equal(allow->user_count, 5);
	assert_true(allow->users[0].uid_first == 1000 && allow->users[0].uid_last == 1999);
	assert_int_equal(allow->users[0].gid_last, 200);
	assert_int_equal(allow->users[1].kind, POLICY_USER_CALLER);
	assert_int_equal(allow->users[2].kind, POLICY_USER_IMAGE);
	assert_string_equal(allow->users[3].name, "node");
	assert_false(allow->users[4].has_gid);
	assert_int_equal(allow->port_count, 3);
	assert_string_equal(allow->ports[0].address, "127.0.0.1");
	assert_int_equal(allow->ports[0].host_first, 1024);
	assert_int_equal(allow->ports[0].container_first, 1);
	assert_int_equal(allow->ports[0].container_last, 65535);
	assert_string_equal(allow->ports[0].protocol, "*");
	assert_null(allow->ports[1].address);
	assert_int_equal(allow->ports[1].host_first, 0);
	assert_int_equal(allow->ports[1].host_last, 65535);
	assert_string_equal(allow->ports[1].protocol, "tcp");
	assert_string_equal(allow->ports[2].address, "::1");
	assert_int_equal(allow->ports[2].container_last, 82);
	assert_true(allow->max_ports.is_set);
	assert_int_equal(allow->volume_count, 3);
	assert_string_equal(allow->volumes[0].source, "~/**");
	assert_string_equal(allow->volumes[0].target, "/data/**");
	assert_true(allow->volumes[0].is_writable && allow->volumes[0].is_owned);
	assert_string_equal(allow->volumes[1].source, ".");
	assert_false(allow->volumes[1].is_writable || allow->volumes[1].is_owned);
	assert_null(allow->volumes[2].source);
	assert_string_equal(allow->volumes[2].volume, "site-*");
	assert_int_equal(allow->tmpfs_max_size.value, 256 << 20);
	assert_true(allow->tmpfs_exec.value);
	assert_int_equal(allow->restart.count, 5);
	assert_string_equal(allow->restart.items[0].value, "no");
	assert_int_equal(allow->logging_max_file.value, 9);
	assert_true(allow->argv_bytes.value == 65536 && allow->argv_words.value == 256);
	arena_free(arena);
}

static void test_the_rest(void **state)
{
	struct arena *arena = arena_new();
	const struct policy *policy = policies_parse(arena, V
		"description: for tests\n"
		"images: [docker.io/library/a, \"*.example.com/**\", localhost/x, \"registry.example.com:5000/y\", \"oci:/srv/**\"]\n"
		"engine: {backend: podman, host: \"unix:///run/x.sock\", client: /usr/bin/podman, sandbox: optional}\n"
		"seccomp:\n"
		"  base: minimal\n"
		"  allow: [\"@network-io\", {names: [socket, bind], when: \"arg0 in AF_UNIX\"}, openat2]\n"
		"  deny: [\"@keyring\"]\n"
		"  architectures: all\n");

	(void)state;
	assert_string_equal(policy->name, "p.yaml");
	assert_true(policy->is_root_owned);
	assert_int_equal(policy->files.count, 1);
	assert_int_equal(policy->images.count, 5);
	assert_true(policy_has_image(policy, "docker.io/library/a"));
	assert_true(policy_has_image(policy, "hub.example.com/team/b"));
	assert_true(policy_has_image(policy, "oci:/srv/deep/x"));
	assert_false(policy_has_image(policy, "docker.io/library/ab"));
	assert_string_equal(policy->engine.backend.value, "podman");
	assert_string_equal(policy->engine.host.value, "unix:///run/x.sock");
	assert_int_equal(policy->seccomp.allow_count, 4);
	assert_string_equal(policy->seccomp.allow[0].name, "@network-io");
	assert_null(policy->seccomp.allow[0].when);
	assert_string_equal(policy->seccomp.allow[2].name, "bind");
	assert_string_equal(policy->seccomp.allow[2].when, "arg0 in AF_UNIX");
	assert_string_equal(policy->seccomp.allow[3].name, "openat2");
	assert_int_equal(policy->seccomp.deny_count, 1);
	arena_free(arena);
}

static void test_no_images_answer_for_none(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	assert_false(policy_has_image(policies_parse(arena, V), "docker.io/library/a"));
	arena_free(arena);
}

/* Every value knows where it was written. */
static void test_places(void **state)
{
	struct arena *arena = arena_new();
	const struct policy *policy = policies_parse(arena, V
		"allow:\n"
		"  mem_limit: 1g\n"
		"  user:\n"
		"    - \"1:1\"\n"
		"  volumes: [{source: /a}]\n"
		"  networks: [none,\n"
		"             my-net]\n");

	(void)state;
	assert_string_equal(place_text(arena, policy->allow.mem_limit.place), "p.yaml:3:14");
	assert_string_equal(place_text(arena, policy->allow.users[0].place), "p.yaml:5:7");
	assert_string_equal(place_text(arena, policy->allow.volumes[0].place), "p.yaml:6:13");
	assert_string_equal(place_text(arena, policy->allow.networks.items[1].place), "p.yaml:8:14");
	arena_free(arena);
}

static void test_hazards_with_what_they_lower(void **state)
{
	struct arena *arena = arena_new();
	const struct policy *policy = policies_parse(arena, V
		"images: [docker.io/library/a]\n"
		"hazards: [root-user, writable-root, host-network]\n"
		"defaults: {user: \"0:0\", read_only: false, network_mode: host}\n"
		"allow: {user: [\"0-10:0-10\"], networks: [host]}\n");

	(void)state;
	assert_true(policy->hazards[HAZARD_ROOT_USER].value && policy->hazards[HAZARD_WRITABLE_ROOT].value);
	assert_false(policy->hazards[HAZARD_PRIVILEGED].value);
	arena_free(arena);
}

/* A file that extends another is judged with it; alone, its floor is not known yet. */
static void test_what_extends_is_not_judged_alone(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	assert_string_equal(policies_parse(arena, V "extends: x\ndefaults: {read_only: false}\n")->extends.value, "x");
	arena_free(arena);
}

static void test_all_errors_in_order(void **state)
{
	struct arena *arena = arena_new();
	struct policy_errors errors = { .arena = arena };
	const char *text = V "allow: {cpus: a, cpus: b}\nzoo: 1\ndefaults:\n  cpus: c\n  init: d\nimage: {}\n";

	(void)state;
	assert_null(policy_parse(arena, "p", text, strlen(text), &errors));
	assert_int_equal(errors.count, 6);
	for (size_t i = 0; i + 1 < errors.count; i++) {
		const struct place *here = &errors.items[i].place, *next = &errors.items[i + 1].place;

		assert_true(here->line < next->line || (here->line == next->line && here->column <= next->column));
	}
	assert_int_equal(errors.items[5].kind, ERROR_UNSUPPORTED);
	arena_free(arena);
}

static void test_full_errors_are_no_success(void **state)
{
	struct arena *arena = arena_new();
	struct policy_errors errors = { .arena = arena };
	struct text text;

	(void)state;
	text_init(&text, arena);
	text_add(&text, V);
	for (int i = 0; i < 500; i++)
		text_addf(&text, "zoo%d: 1\n", i);
	assert_null(policy_parse(arena, "p", text.data, text.length, &errors));
	assert_int_equal(errors.count, POLICY_ERRORS_MAX);
	assert_null(policy_parse(arena, "p", text.data, text.length, &errors));
	assert_null(policy_parse(arena, "p", V, strlen(V), &errors));
	assert_int_equal(errors.count, POLICY_ERRORS_MAX);
	arena_free(arena);
}

/*
 * A policy file is named by the caller and may be read by root: of a file that is no policy nothing is shown, whether its lines
 * read like keys, values, anchors, tags or twice the same.
 */
static void test_of_what_is_no_policy_nothing_is_quoted(void **state)
{
	static const char *const texts[] = {
		"root:$6$SECRET$SECRET:19000:0:99999:7:::\nbin:SECRET:19000::::::\n",
		"root:$6$SECRET$SECRET:19000:0:99999:7:::\nroot:$6$SECRET$SECRET:19000:0:99999:7:::\n",
		"SECRET: SECRET\nSECRET: SECRET\n",
		"&SECRET a: b\n",
		"!SECRET a: b\n",
		"a: &SECRET b\nc: !SECRET d\n",
		"\"SECRET\\e\": 1\n",
		"version: SECRET\nSECRET: SECRET\n",
		"version: {SECRET: SECRET}\n",
		"SECRET\nSECRET\n",
		"- SECRET\n- SECRET\n",
		"{\"auths\": {\"SECRET\": {\"auth\": \"SECRET\"}}}",
		"images: [SECRET]\nversion: 1\nSECRET: x\n",
		"SECRET: 1\nSECRET: 2\nSECRET: [\n", /* an error that is found before the file is known to be none */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
		struct arena *arena = arena_new();
		struct policy_errors errors = { .arena = arena };

		assert_null(policy_parse(arena, "p", texts[i], strlen(texts[i]), &errors));
		assert_true(errors.count >= 1);
		for (size_t k = 0; k < errors.count; k++) {
			if (strstr(errors.items[k].message, "SECRET") != NULL ||
			    (errors.items[k].remedy != NULL && strstr(errors.items[k].remedy, "SECRET") != NULL))
				fail_msg("%s: %s", texts[i], errors.items[k].message);
		}
		arena_free(arena);
	}
}

/* What is printed of a hostile file cannot move the cursor. */
static void test_messages_are_printable(void **state)
{
	struct arena *arena = arena_new();
	struct policy_errors errors = { .arena = arena };
	const char *text = V "\"\\e[2J\": 1\nallow: {cpus: \"\\e[31m\", pull: [\"\\u202e\"]}\n";

	(void)state;
	assert_null(policy_parse(arena, "p", text, strlen(text), &errors));
	assert_int_equal(errors.count, 3);
	for (size_t i = 0; i < errors.count; i++)
		assert_false(string_has_control(errors.items[i].message));
	arena_free(arena);
}

static void test_key_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < key_spec_count; i++) {
		const struct key_spec *key = &key_specs[i];
		const char *dot = strrchr(key->path, '.');

		if (strcmp(key_last_name(key), dot != NULL ? dot + 1 : key->path) != 0)
			fail_msg("%s: where its name begins", key->path);
		if (key->summary == NULL || key->summary[0] == '\0' || key->summary[strlen(key->summary) - 1] == '.')
			fail_msg("%s: summary", key->path);
		if ((key->example == NULL) != (key->type == KEY_SECTION || key->type == KEY_LATER))
			fail_msg("%s: example", key->path);
		if (key->words != NULL && key->check != NULL)
			fail_msg("%s: both words and a check", key->path);
		if (strncmp(key->path, "allow.", 6) == 0 && strstr(key->path, "[]") == NULL && key->type != KEY_SECTION &&
		    key->merge != KEY_MERGE_WIDEN)
			fail_msg("%s: grants add up", key->path);
		if (strncmp(key->path, "defaults.", 9) == 0 && key->type != KEY_SECTION && key->merge != KEY_MERGE_NEAREST)
			fail_msg("%s: of defaults the nearest wins", key->path);
		for (size_t j = 0; j < i; j++) {
			if (strcmp(key_specs[j].path, key->path) == 0)
				fail_msg("%s: twice", key->path);
		}
	}
	assert_true(policy_has_key("allow.mem_limit") && policy_has_key("hazards") && policy_has_key("allow.volumes[].owner"));
	assert_false(policy_has_key("allow.") || policy_has_key("mem_limit") || policy_has_key(""));
}

/* The example of every key is right: it is what people copy. */
static void test_examples_parse(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < key_spec_count; i++) {
		const struct key_spec *key = &key_specs[i];
		const char *text = V;
		char *path = arena_strdup(arena, key->path);
		unsigned depth = 0;

		if (key->example == NULL || key->type == KEY_VERSION || key->home == KEY_ONLY_IN_CEILING || strstr(path, "[]") != NULL)
			continue;
		for (char *part = path, *dot; part != NULL; part = dot, depth++) {
			dot = strchr(part, '.');
			if (dot != NULL)
				*dot++ = '\0';
			text = arena_printf(arena, "%s%*s%s:%s", text, (int)depth * 2, "", part, dot == NULL ? " " : "\n");
		}
		assert_non_null(policies_parse(arena, arena_printf(arena, "%s%s\n", text, key->example)));
	}
	arena_free(arena);
}

static void test_hazard_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < HAZARD_COUNT; i++) {
		assert_int_equal(hazard_find(hazard_specs[i].name), i);
		assert_true(i == 0 || strcmp(hazard_specs[i - 1].name, hazard_specs[i].name) < 0);
		assert_true(strlen(hazard_specs[i].summary) > 20);
	}
	assert_int_equal(hazard_find("none"), HAZARD_COUNT);
}

int main(void)
{
	static struct row_tests tests;

	for (size_t i = 0; i < ARRAY_COUNT(wrong_rows); i++)
		rows_add(&tests, wrong_rows[i].text, policies_test_wrong, &wrong_rows[i]);
	ROWS_TEST(&tests, test_defaults);
	ROWS_TEST(&tests, test_allow);
	ROWS_TEST(&tests, test_the_rest);
	ROWS_TEST(&tests, test_no_images_answer_for_none);
	ROWS_TEST(&tests, test_places);
	ROWS_TEST(&tests, test_hazards_with_what_they_lower);
	ROWS_TEST(&tests, test_what_extends_is_not_judged_alone);
	ROWS_TEST(&tests, test_all_errors_in_order);
	ROWS_TEST(&tests, test_full_errors_are_no_success);
	ROWS_TEST(&tests, test_of_what_is_no_policy_nothing_is_quoted);
	ROWS_TEST(&tests, test_messages_are_printable);
	ROWS_TEST(&tests, test_key_table);
	ROWS_TEST(&tests, test_examples_parse);
	ROWS_TEST(&tests, test_hazard_table);
	return rows_run("policy read", &tests);
}
