/* Every flag: a line that its grant lets through, and one that is refused although the grant is there, by the rule named. */
#include "verdicts.h"

struct flag_row {
	enum flag_id flag;
	const char *grant;   /* policy text; NULL: none is needed */
	const char *allowed; /* NULL: never */
	const char *denied;  /* NULL: nothing well formed is refused */
	const char *rule;
};

#define NEVER(id, name, line) { id, NULL, NULL, line " alpine", "floor: " name }
#define OPEN(id, line) { id, NULL, line " alpine", NULL, NULL }
#define HAZARD(name) "images: [docker.io/library/alpine]\nhazards: [" name "]"

static const struct flag_row flag_rows[] = {
	{ FLAG_ADD_HOST, "allow: {extra_hosts: ['db:*']}", "--add-host db:10.0.0.5 alpine", "--add-host web:10.0.0.5 alpine",
	  "allow.extra_hosts" },
	{ FLAG_ADD_HOST, "allow: {extra_hosts: ['db:host-gateway']}", "--add-host db:host-gateway alpine",
		"--add-host db:10.0.0.5 alpine",
	  "allow.extra_hosts" },
	{ FLAG_ADD_HOST, "allow: {extra_hosts: ['*:*']}", "--add-host a:::1 alpine", "--add-host a:host-gateway alpine",
	  "allow.extra_hosts" },
	NEVER(FLAG_ANNOTATION, "annotation", "--annotation a=b"),
	{ FLAG_ATTACH, NULL, "-a STDOUT -a stdin alpine", "-a stdlog alpine", "grammar" },
	{ FLAG_BACKEND, NULL, "--backend runc alpine", "--backend kata alpine", "grammar" },
	{ FLAG_BACKEND, "engine: {backend: docker}", "--backend docker alpine", "--backend crun alpine", "engine.backend" },
	{ FLAG_BLKIO_WEIGHT, NULL, "--blkio-weight 500 alpine", "--blkio-weight 501 alpine", "floor: blkio-weight" },
	NEVER(FLAG_BLKIO_WEIGHT_DEVICE, "blkio-weight-device", "--blkio-weight-device /dev/sda:100"),
	{ FLAG_CAP_ADD, "allow: {cap_add: [CHOWN]}", "--cap-add cap_chown alpine", "--cap-add KILL alpine", "allow.cap_add" },
	{ FLAG_CAP_ADD, "defaults: {cap_add: [NET_BIND_SERVICE]}", "--cap-add NET_BIND_SERVICE alpine", "--cap-add ALL alpine",
	  "floor: cap-add" },
	{ FLAG_CAP_ADD, "allow: {cap_add: [NET_RAW]}", "--cap-add NET_RAW alpine", "--cap-add sys_admin alpine", "floor: privileged" },
	{ FLAG_CAP_DROP, NULL, "--cap-drop ALL --cap-drop chown --cap-drop NONE alpine", "--cap-drop SYS_ADMIM alpine", "grammar" },
	NEVER(FLAG_CGROUP_PARENT, "cgroup-parent", "--cgroup-parent x"),
	{ FLAG_CGROUPNS, NULL, "--cgroupns private alpine", "--cgroupns host alpine", "floor: cgroupns" },
	{ FLAG_CIDFILE, "allow: {cidfile: ['/tmp/**']}", "--cidfile /tmp/x alpine", "--cidfile /srv/x alpine", "allow.cidfile" },
	{ FLAG_CIDFILE, "allow: {cidfile: ['**']}", "--cidfile /tmp/mine/x alpine", "--cidfile /home/other/x alpine",
		"floor: host-path" },
	{ FLAG_CIDFILE, "allow: {cidfile: ['**']}", "--cidfile /home/user/work/x alpine", "--cidfile /home/user/work/env alpine",
	  "floor: host-path" },
	{ FLAG_CIDFILE, "allow: {cidfile: ['~/**']}", "--cidfile /home/user/work/x alpine", "--cidfile /home/user/.ssh/x alpine",
	  "floor: sensitive-paths" },
	{ FLAG_COLOR, NULL, "--color never alpine", "--color sometimes alpine", "grammar" },
	{ FLAG_CPU_COUNT, NULL, NULL, "--cpu-count 1 alpine", "floor: unsupported" },
	{ FLAG_CPU_PERCENT, NULL, NULL, "--cpu-percent 1 alpine", "floor: unsupported" },
	{ FLAG_CPU_PERIOD, "allow: {cpus: 1}", "--cpu-period 1000 --cpu-quota 1000 alpine", "--cpu-period 1000 alpine",
	  "floor: cpu-period" },
	{ FLAG_CPU_PERIOD, NULL, "--cpu-period 100000 --cpu-quota 50000 alpine", "--cpu-period 999 --cpu-quota 1000 alpine",
	  "floor: cpu-period" },
	{ FLAG_CPU_QUOTA, "allow: {cpus: 1}", "--cpu-quota 100000 alpine", "--cpu-quota 100001 alpine", "allow.cpus" },
	{ FLAG_CPU_QUOTA, "allow: {cpus: 1}", "--cpu-quota 1000 alpine", "--cpu-quota -1 alpine", "floor: cpu-quota" },
	{ FLAG_CPU_QUOTA, NULL, "--cpu-quota 50000 alpine", "--cpu-period 1000 --cpu-quota 9223372036854775807 alpine",
		"floor: cpu-quota" },
	NEVER(FLAG_CPU_RT_PERIOD, "cpu-rt-period", "--cpu-rt-period 1"),
	NEVER(FLAG_CPU_RT_RUNTIME, "cpu-rt-runtime", "--cpu-rt-runtime 1"),
	{ FLAG_CPU_SHARES, NULL, "-c 1024 alpine", "-c 1025 alpine", "floor: cpu-shares" },
	{ FLAG_CPUS, "allow: {cpus: 2}", "--cpus 2 alpine", "--cpus 2.000000001 alpine", "allow.cpus" },
	{ FLAG_CPUS, NULL, "--cpus 0.01 alpine", "--cpus 0.009 alpine", "floor: cpus" },
	{ FLAG_CPUSET_CPUS, NULL, "--cpuset-cpus 0,2-3 alpine", "--cpuset-cpus 3-4 alpine", "floor: cpuset-cpus" },
	{ FLAG_CPUSET_CPUS, "allow: {cpuset: ['0-1']}", "--cpuset-cpus 1 alpine", "--cpuset-cpus 2 alpine", "allow.cpuset" },
	{ FLAG_CPUSET_CPUS, NULL, "--cpuset-cpus 0 alpine", "--cpuset-cpus 1-0 alpine", "grammar" },
	{ FLAG_CPUSET_MEMS, NULL, "--cpuset-mems 0 alpine", "--cpuset-mems 4 alpine", "floor: cpuset-mems" },
	OPEN(FLAG_DETACH, "-d"),
	{ FLAG_DETACH, NULL, "-d=false -a stdout alpine", "-d -a stdout alpine", "grammar" },
	{ FLAG_DETACH_KEYS, NULL, "--detach-keys ctrl-p,ctrl-\\,x alpine", "--detach-keys ctrl-P alpine", "grammar" },
	{ FLAG_DETACH_KEYS, NULL, "--detach-keys '' alpine", "--detach-keys ctrl-p, alpine", "grammar" },
	{ FLAG_DETACH_KEYS, NULL, "--detach-keys x alpine", "--detach-keys ctrl-p,,x alpine", "grammar" },
	{ FLAG_DEVICE, "allow: {devices: ['/dev/fuse:rw']}", "--device /dev/fuse alpine", "--device /dev/fuse:rwm alpine",
		"allow.devices" },
	{ FLAG_DEVICE, "allow: {devices: ['/dev/fuse:rwm']}", "--device /dev/fuse:/dev/fuse:m alpine", "--device /dev/kvm alpine",
	  "allow.devices" },
	{ FLAG_DEVICE, NULL, NULL, "--device /dev/sda alpine", "floor: privileged" },
	{ FLAG_DEVICE, NULL, NULL, "--device /dev/null:/dev/other alpine", "floor: device" },
	{ FLAG_DEVICE, NULL, NULL, "--device vendor.com/class=x alpine", "floor: device" },
	NEVER(FLAG_DEVICE_CGROUP_RULE, "device-cgroup-rule", "--device-cgroup-rule a"),
	NEVER(FLAG_DEVICE_READ_BPS, "device-read-bps", "--device-read-bps /dev/sda:1"),
	NEVER(FLAG_DEVICE_READ_IOPS, "device-read-iops", "--device-read-iops /dev/sda:1"),
	NEVER(FLAG_DEVICE_WRITE_BPS, "device-write-bps", "--device-write-bps /dev/sda:1"),
	NEVER(FLAG_DEVICE_WRITE_IOPS, "device-write-iops", "--device-write-iops /dev/sda:1"),
	{ FLAG_DISABLE_CONTENT_TRUST, NULL, "--disable-content-trust=false alpine", "--disable-content-trust alpine",
	  "floor: disable-content-trust" },
	{ FLAG_DNS, "allow: {dns: [9.9.9.9]}", "--dns 9.9.9.9 alpine", "--dns 8.8.8.8 alpine", "allow.dns" },
	{ FLAG_DNS, "allow: {dns: ['**']}", "--dns ::1 alpine", "--dns resolver alpine", "grammar" },
	{ FLAG_DNS_OPTION, "allow: {dns_opt: ['ndots:*']}", "--dns-option ndots:2 alpine", "--dns-opt rotate alpine", "allow.dns_opt" },
	{ FLAG_DNS_OPTION, "allow: {dns_opt: ['**']}", "--dns-option rotate alpine", "--dns-option a=b alpine", "grammar" },
	{ FLAG_DNS_SEARCH, "allow: {dns_search: [example.com]}", "--dns-search example.com alpine", "--dns-search example.org alpine",
	  "allow.dns_search" },
	OPEN(FLAG_DNS_SEARCH, "--dns-search ."),
	{ FLAG_DOMAINNAME, NULL, "--domainname example.com alpine", "--domainname a;b alpine", "grammar" },
	OPEN(FLAG_DRY_RUN, "--dry-run"),
	OPEN(FLAG_EXPLAIN, "--explain"),
	{ FLAG_ENTRYPOINT, "allow: {entrypoint: true}", "--entrypoint sh alpine", NULL, NULL },
	{ FLAG_ENTRYPOINT, "allow: {entrypoint: false}", NULL, "--entrypoint '' alpine", "allow.entrypoint" },
	{ FLAG_ENV, "allow: {environment: ['A*']}", "-e A1=x alpine", "-e B=x alpine", "allow.environment" },
	{ FLAG_ENV, "allow: {environment: [A, '**']}", "-e A alpine", "-e B alpine", "allow.environment" },
	{ FLAG_ENV, "allow: {environment: ['**']}", "-e PATH=/x alpine", "-e LD_PRELOAD=/x alpine", "floor: environment" },
	{ FLAG_ENV, "defaults: {environment: {TZ: UTC}}", "-e TZ=UTC alpine", "-e TZ=CET alpine", "allow.environment" },
	{ FLAG_ENV_FILE, "allow: {env_file: ['./*'], environment: [COLOR, SIZE]}", "--env-file /home/user/work/env alpine",
	  "--env-file /srv/www alpine", "allow.env_file" },
	{ FLAG_ENV_FILE, "allow: {env_file: ['**'], environment: ['**']}", "--env-file /home/user/work/env alpine",
	  "--env-file /home/user/work/bad alpine", "floor: environment" },
	{ FLAG_ENV_FILE, "allow: {env_file: ['**'], environment: ['**']}", NULL, "--env-file /home/user/work/fifo alpine",
	  "floor: sensitive-paths" },
	{ FLAG_ENV_FILE, "allow: {env_file: ['**'], environment: ['**']}", NULL, "--env-file /home/user/work/theirs alpine",
	  "floor: host-path" },
	{ FLAG_ENV_FILE, "allow: {env_file: [./*], environment: [COLOR, SIZE]}", "--env-file env alpine",
	  "--env-file /home/user/work/link alpine", "allow.env_file" },
	{ FLAG_ENV_FILE, "allow: {env_file: [./none]}", NULL, "--env-file none alpine", "floor: host-path" },
	{ FLAG_ENV_FILE, "allow: {env_file: [./none]}", NULL, "--env-file ../none alpine", "allow.env_file" },
	{ FLAG_ENV_FILE, "allow: {env_file: ['**'], environment: [COLOR]}", NULL, "--env-file /home/user/work/env alpine",
	  "allow.environment" },
	{ FLAG_EXPOSE, NULL, "--expose 80-90/UDP alpine", "--expose 1-17 alpine", "floor: expose" },
	{ FLAG_EXPOSE, NULL, "--expose 65535 alpine", "--expose 65536 alpine", "grammar" },
	{ FLAG_FORMAT, NULL, "--format json alpine", "--format yaml alpine", "grammar" },
	NEVER(FLAG_GPUS, "gpus", "--gpus all"),
	{ FLAG_GROUP_ADD, "allow: {group_add: ['100-200']}", "--group-add 100 alpine", "--group-add 201 alpine", "allow.group_add" },
	{ FLAG_GROUP_ADD, NULL, NULL, "--group-add docker alpine", "floor: group-add" },
	{ FLAG_GROUP_ADD, NULL, NULL, "--group-add 0 alpine", "floor: root-user" },
	OPEN(FLAG_HEALTH_CMD, "--health-cmd true"),
	{ FLAG_HEALTH_INTERVAL, NULL, "--health-interval 1s alpine", "--health-interval 999ms alpine", "floor: health" },
	{ FLAG_HEALTH_RETRIES, NULL, "--health-retries 0 alpine", "--health-retries -1 alpine", "floor: health-retries" },
	{ FLAG_HEALTH_START_INTERVAL, NULL, "--health-start-interval 0 alpine", "--health-start-interval 1ns alpine", "floor: health" },
	{ FLAG_HEALTH_START_PERIOD, NULL, "--health-start-period 1ms alpine", "--health-start-period 25h alpine",
	  "floor: health-start-period" },
	{ FLAG_HEALTH_TIMEOUT, NULL, "--health-timeout 24h alpine", "--health-timeout 24h1ns alpine", "floor: health-timeout" },
	OPEN(FLAG_HELP, "--help=false"),
	{ FLAG_HOSTNAME, NULL, "-h my_web-1.example alpine", "-h -web alpine", "grammar" },
	{ FLAG_HOSTNAME, HAZARD("host-uts"), "-h web alpine", "--uts host -h web alpine", "floor: host-uts" },
	OPEN(FLAG_INIT, "--init"),
	OPEN(FLAG_INTERACTIVE, "-i"),
	{ FLAG_IO_MAXBANDWIDTH, NULL, NULL, "--io-maxbandwidth 1 alpine", "floor: unsupported" },
	{ FLAG_IO_MAXIOPS, NULL, NULL, "--io-maxiops 1 alpine", "floor: unsupported" },
	NEVER(FLAG_IP, "ip", "--ip 10.0.0.2"),
	NEVER(FLAG_IP6, "ip6", "--ip6 fd00::2"),
	{ FLAG_IPC, HAZARD("host-ipc"), "--ipc host alpine", "--ipc container:x alpine", "floor: ipc" },
	{ FLAG_IPC, NULL, "--ipc none alpine", "--ipc host alpine", "floor: host-ipc" },
	{ FLAG_ISOLATION, NULL, "--isolation default alpine", "--isolation hyperv alpine", "floor: isolation" },
	NEVER(FLAG_KERNEL_MEMORY, "kernel-memory", "--kernel-memory 1m"),
	{ FLAG_LABEL, "allow: {labels: ['app.*']}", "-l app.x=1 alpine", "-l other=1 alpine", "allow.labels" },
	{ FLAG_LABEL, "allow: {labels: ['**']}", "-l x alpine", "-l COM.docker.compose.project=x alpine", "floor: label" },
	{ FLAG_ENV_FILE, "allow: {env_file: [./*], environment: [COLOR, SIZE]}", "--env-file env alpine",
	  "--env-file /etc/hosts alpine", "floor: sensitive-paths" },
	{ FLAG_LABEL_FILE, "allow: {label_file: ['./env'], labels: [COLOR, SIZE]}", "--label-file /home/user/work/env alpine",
	  "--label-file /home/user/work/theirs alpine", "allow.label_file" },
	NEVER(FLAG_LINK, "link", "--link db"),
	NEVER(FLAG_LINK_LOCAL_IP, "link-local-ip", "--link-local-ip 169.254.1.1"),
	{ FLAG_LOG_DRIVER, "allow: {logging: {drivers: [local]}}", "--log-driver local alpine", "--log-driver none alpine",
		"allow.logging" },
	{ FLAG_LOG_DRIVER, NULL, "--log-driver json-file alpine", "--log-driver gelf alpine", "floor: log-driver" },
	{ FLAG_LOG_OPT, "allow: {logging: {max_size: 20m}}", "--log-opt max-size=20m alpine", "--log-opt max-size=21m alpine",
	  "allow.logging" },
	{ FLAG_LOG_OPT, NULL, "--log-opt max-file=3 --log-opt compress=true alpine", "--log-opt max-file=4 alpine", "allow.logging" },
	{ FLAG_LOG_OPT, NULL, "--log-opt max-size=1k alpine", "--log-opt syslog-address=udp://x alpine", "floor: log-opt" },
	{ FLAG_LOG_OPT, NULL, NULL, "--log-opt max-size=-1 alpine", "floor: log-opt" },
	NEVER(FLAG_MAC_ADDRESS, "mac-address", "--mac-address 02:00:00:00:00:01"),
	{ FLAG_MEMORY, "allow: {mem_limit: 1g}", "-m 1g alpine", "-m 1073741825 alpine", "allow.mem_limit" },
	{ FLAG_MEMORY, "defaults: {mem_limit: 512m}\nallow: {mem_limit: 300m}", "-m 512m alpine", "-m 513m alpine", "allow.mem_limit" },
	{ FLAG_MEMORY, NULL, "-m 6m alpine", "-m 6291455 alpine", "floor: memory" },
	{ FLAG_MEMORY_RESERVATION, NULL, "-m 100m --memory-reservation 100m alpine", "-m 100m --memory-reservation 101m alpine",
	  "floor: memory-reservation" },
	{ FLAG_MEMORY_RESERVATION, NULL, "--memory-reservation 256m alpine", "--memory-reservation 257m alpine",
	  "floor: memory-reservation" },
	{ FLAG_MEMORY_SWAP, NULL, "--memory-swap 1g alpine", "--memory-swap -1 alpine", "floor: memory-swap" },
	{ FLAG_MEMORY_SWAPPINESS, NULL, "--memory-swappiness 60 alpine", "--memory-swappiness 61 alpine", "floor: memory-swappiness" },
	{ FLAG_MOUNT, "allow: {volumes: [{source: /srv/www}]}", "--mount type=bind,src=/srv/www,dst=/x,ro alpine",
	  "--mount type=bind,src=/srv/www,dst=/x alpine", "allow.volumes" },
	{ FLAG_MOUNT, NULL, NULL, "--mount type=image,src=evil,dst=/x alpine", "floor: mount-type" },
	{ FLAG_NAME, NULL, "--name web_1.x-y alpine", "--name a alpine", "grammar" },
	{ FLAG_NAME, NULL, "--name 0123456789a alpine", "--name 0123456789ab alpine", "grammar" },
	{ FLAG_NAME, NULL, "--name 0123456789ab-c alpine",
	  "--name 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef alpine", "grammar" },
	OPEN(FLAG_NAME, "--name ''"),
	{ FLAG_NETWORK, "allow: {networks: [app]}", "--net app alpine", "--network other alpine", "allow.networks" },
	{ FLAG_NETWORK, "defaults: {network_mode: none}", "--network none alpine", "--network isolated alpine", "allow.networks" },
	{ FLAG_NETWORK, "allow: {networks: ['*']}", "--network app --network other alpine", "--network container:x alpine",
	  "floor: network" },
	{ FLAG_NETWORK, "allow: {networks: ['*']}", "--network hardrun-isolated alpine", "--network host alpine",
		"floor: host-network" },
	{ FLAG_NETWORK, HAZARD("host-network"), "--network host alpine", "--network HOST alpine", "floor: network" },
	{ FLAG_NETWORK, "allow: {networks: ['*']}", "--network app alpine", "--network app --network none alpine", "grammar" },
	{ FLAG_NETWORK, "allow: {networks: ['*']}", "--network name=app alpine", "--network name=app,ip=10.0.0.9 alpine",
	  "floor: network-address" },
	{ FLAG_NETWORK_ALIAS, "allow: {network_aliases: ['db*'], networks: [app]}", "--network app --net-alias db1 alpine",
	  "--network name=app,alias=web alpine", "allow.network_aliases" },
	OPEN(FLAG_NO_HEALTHCHECK, "--no-healthcheck"),
	{ FLAG_NO_HEALTHCHECK, NULL, "--no-healthcheck=false --health-cmd x alpine", "--no-healthcheck --health-cmd x alpine",
		"grammar" },
	{ FLAG_OOM_KILL_DISABLE, NULL, "--oom-kill-disable=false alpine", "--oom-kill-disable alpine", "floor: oom-kill-disable" },
	{ FLAG_OOM_SCORE_ADJ, NULL, "--oom-score-adj 0 alpine", "--oom-score-adj -1 alpine", "floor: oom-score-adj" },
	{ FLAG_PID, HAZARD("host-pid"), "--pid host alpine", "--pid container:x alpine", "floor: pid" },
	{ FLAG_PID, NULL, "--pid= alpine", "--pid private alpine", "grammar" },
	{ FLAG_PIDS_LIMIT, "allow: {pids_limit: 100}", "--pids-limit 100 alpine", "--pids-limit 101 alpine", "allow.pids_limit" },
	{ FLAG_PIDS_LIMIT, NULL, "--pids-limit 1 alpine", "--pids-limit 0 alpine", "floor: pids-limit" },
	{ FLAG_PLATFORM, "allow: {platforms: [linux/arm64]}", "--platform linux/arm64 alpine", "--platform linux/386 alpine",
	  "allow.platforms" },
	{ FLAG_PLATFORM, NULL, "--platform linux/amd64 alpine", "--platform wasi/wasm alpine", "floor: platform" },
	OPEN(FLAG_POLICY, "--policy web"),
	{ FLAG_PRIVILEGED, HAZARD("privileged"), "--privileged alpine", NULL, NULL },
	{ FLAG_PRIVILEGED, NULL, "--privileged=false alpine", "--privileged alpine", "floor: privileged" },
	{ FLAG_PUBLISH, "allow: {ports: ['127.0.0.1:1024-65535:*/*']}", "-p 127.0.0.1:8080:80/udp alpine", "-p 8080:80 alpine",
	  "allow.ports" },
	{ FLAG_PUBLISH, "allow: {ports: ['127.0.0.1:1024-65535:*']}", "-p 127.0.0.1::80 alpine", "-p 127.0.0.1:8080:80/udp alpine",
	  "allow.ports" },
	{ FLAG_PUBLISH, "allow: {ports: ['127.0.0.1:8080:80']}", "-p 127.0.0.1:8080:80 alpine", "-p 127.0.0.1::80 alpine",
		"allow.ports" },
	{ FLAG_PUBLISH, "allow: {ports: ['*:*:*/*']}", "-p 8080:80 alpine", "-p 2376:80 alpine", "floor: engine-ports" },
	{ FLAG_PUBLISH, "allow: {ports: ['[::1]:8080:80']}", "-p [0:0::1]:8080:80 alpine", "-p [::]:8080:80 alpine", "allow.ports" },
	{ FLAG_PUBLISH, "allow: {ports: ['*:*:*/*'], max_ports: 2}", "-p 8080-8081:80-81 alpine", "-p 8080-8082:80-82 alpine",
	  "allow.max_ports" },
	{ FLAG_PUBLISH, "allow: {ports: ['127.0.0.1:8000-8001:80', '127.0.0.1:8002:82']}", "-p 127.0.0.1:8000-8001:80 alpine",
	  "-p 127.0.0.1:8000-8002:80 alpine", "allow.ports" },
	NEVER(FLAG_PUBLISH_ALL, "publish-all", "-P"),
	{ FLAG_PULL, "allow: {pull: [always]}", "--pull always alpine", "--pull newer alpine", "grammar" },
	{ FLAG_PULL, NULL, "--pull never alpine", "--pull always alpine", "allow.pull" },
	{ FLAG_QUIET, NULL, "--quiet alpine", "-q alpine", "grammar" },
	{ FLAG_READ_ONLY, HAZARD("writable-root"), "--read-only=false alpine", NULL, NULL },
	{ FLAG_READ_ONLY, NULL, "--read-only alpine", "--read-only=0 alpine", "floor: writable-root" },
	{ FLAG_RESTART, "allow: {restart: ['on-failure:5']}", "--restart on-failure:5 alpine", "--restart on-failure:6 alpine",
	  "allow.restart" },
	{ FLAG_RESTART, "allow: {restart: [on-failure]}", "--restart on-failure:9 alpine", "--restart on-failure alpine",
		"floor: restart" },
	{ FLAG_RESTART, "allow: {restart: [always]}", "--restart always alpine", "--rm --restart always alpine", "grammar" },
	{ FLAG_RM, NULL, "--rm --restart no alpine", NULL, NULL },
	{ FLAG_SDNOTIFY, NULL, "--sdnotify started alpine", "--sdnotify conmon alpine", "grammar" },
	{ FLAG_ROOTFS, "allow: {rootfs: ['/srv/*']}", "--rootfs /srv/rootfs sh", "--rootfs /home/user/work sh", "allow.rootfs" },
	{ FLAG_ROOTFS, "allow: {rootfs: ['**']}", "--rootfs /srv/www sh", "--rootfs /etc sh", "floor: sensitive-paths" },
	{ FLAG_ROOTFS, "allow: {rootfs: ['**']}", NULL, "--rootfs /home/user/work/env sh", "floor: host-path" },
	{ FLAG_RUNTIME, NULL, "--runtime= alpine", "--runtime runc alpine", "floor: runtime" },
	{ FLAG_SECURITY_OPT, HAZARD("new-privileges"), "--security-opt no-new-privileges=false alpine", NULL, NULL },
	{ FLAG_SECURITY_OPT, HAZARD("unconfined-seccomp"), "--security-opt seccomp=unconfined alpine",
		"--security-opt seccomp=x.json alpine",
	  "floor: seccomp" },
	{ FLAG_SECURITY_OPT, NULL, "--security-opt no-new-privileges:true alpine", "--security-opt apparmor=unconfined alpine",
	  "floor: unconfined-apparmor" },
	{ FLAG_SECURITY_OPT, HAZARD("unconfined-apparmor"), "--security-opt apparmor=unconfined alpine",
	  "--security-opt systempaths=unconfined alpine", "floor: security-opt" },
	{ FLAG_SECURITY_OPT, NULL, "--security-opt apparmor=generated alpine", "--security-opt apparmor=docker-default alpine",
	  "apparmor" },
	{ FLAG_SECURITY_OPT, "apparmor: generated", "--security-opt apparmor=generated alpine", "--security-opt apparmor=site alpine",
	  "apparmor" },
	{ FLAG_SECURITY_OPT, "apparmor: site", "--security-opt apparmor=site alpine", "--security-opt apparmor=generated alpine",
	  "apparmor" },
	{ FLAG_SECURITY_OPT, "apparmor: site", "alpine", "--security-opt apparmor= alpine", "grammar" },
	{ FLAG_SECURITY_OPT, "allow: {security_labels: ['type:web_*']}", "--security-opt label=type:web_t alpine",
	  "--security-opt label=type:spc_t alpine", "allow.security_labels" },
	{ FLAG_SECURITY_OPT, "allow: {security_labels: ['type:**', 'user:**']}", "--security-opt label=user:u alpine",
	  "--security-opt label=disable alpine", "floor: security-opt" },
	{ FLAG_SECURITY_OPT, "allow: {security_labels: ['type:**']}", NULL, "--security-opt label=type: alpine", "floor: security-opt" },
	{ FLAG_SECURITY_OPT, "allow: {security_labels: ['type:**']}", "--security-opt label=type:a --security-opt label=type:a alpine",
	  "--security-opt label=type:web_t:s0:c1 alpine", "floor: security-opt" },
	{ FLAG_SECURITY_OPT, "allow: {security_labels: ['type:**', 'user:*']}",
	  "--security-opt label=type:a --security-opt label=user:b alpine",
	  "--security-opt label=type:a --security-opt label=user:a --security-opt label=type:b alpine", "grammar" },
	{ FLAG_SECURITY_OPT, "allow: {security_labels: ['level:s0:c?,c*']}", "--security-opt label=level:s0:c1,c22 alpine",
	  "--security-opt label=level:s0 alpine", "allow.security_labels" },
	{ FLAG_SECURITY_OPT, "allow: {security_labels: ['type:**']}", NULL, "--security-opt label=filetype:x_t alpine",
	  "floor: security-opt" },
	{ FLAG_SECURITY_OPT, "allow: {security_labels: ['type:**']}", NULL, "--security-opt label=nested alpine",
	  "floor: security-opt" },
	{ FLAG_SECURITY_OPT, "allow: {security_labels: ['type:**']}", NULL, "--security-opt label=type:a,b alpine",
	  "floor: security-opt" },
	{ FLAG_SHM_SIZE, "allow: {shm_size: 64m}", "--shm-size 64m alpine", "--shm-size 65m alpine", "allow.shm_size" },
	OPEN(FLAG_SIG_PROXY, "--sig-proxy=false"),
	{ FLAG_STOP_SIGNAL, NULL, "--stop-signal sigrtmin+3 alpine", "--stop-signal SIGRTMIN+99 alpine", "grammar" },
	{ FLAG_STOP_SIGNAL, NULL, "--stop-signal 9 alpine", "--stop-signal 65 alpine", "grammar" },
	{ FLAG_STOP_TIMEOUT, NULL, "--stop-timeout 300 alpine", "--stop-timeout 301 alpine", "floor: stop-timeout" },
	NEVER(FLAG_STORAGE_OPT, "storage-opt", "--storage-opt size=1g"),
	{ FLAG_SYSCTL, "allow: {sysctls: ['net.ipv4.ip_unprivileged_port_start=0']}",
		"--sysctl net.ipv4.ip_unprivileged_port_start=0 alpine",
	  "--sysctl net.ipv4.ip_unprivileged_port_start=1 alpine", "allow.sysctls" },
	{ FLAG_SYSCTL, HAZARD("host-network") "\nallow: {sysctls: ['**']}", "--sysctl net.core.somaxconn=9 alpine",
	  "--network host --sysctl net.core.somaxconn=9 alpine", "floor: sysctl" },
	{ FLAG_SYSCTL, HAZARD("host-network") "\ndefaults: {network_mode: host}\nallow: {sysctls: ['**'], networks: [isolated]}",
	  "--network isolated --sysctl net.core.somaxconn=9 alpine", "--sysctl net.core.somaxconn=9 alpine", "floor: sysctl" },
	{ FLAG_SYSCTL, "allow: {sysctls: ['**']}", "--sysctl net.core.somaxconn=9 alpine", "--sysctl kernel.core_pattern=x alpine",
	  "floor: sysctl" },
	{ FLAG_TMPFS, "allow: {tmpfs: {max_size: 64m}}", "--tmpfs /x:size=64m alpine", "--tmpfs /x:size=65m alpine", "allow.tmpfs" },
	{ FLAG_TMPFS, "allow: {tmpfs: {max_size: 64m, exec: true}}", "--tmpfs /x:exec alpine", "--tmpfs /x:suid alpine",
	  "floor: mount-options" },
	{ FLAG_TMPFS, NULL, "--tmpfs /x:noatime,mode=1777 alpine", "--tmpfs /x:exec alpine", "allow.tmpfs" },
	{ FLAG_TMPFS, "defaults: {tmpfs: ['/run:size=32m,exec']}", "--tmpfs /run:exec,size=32m alpine", "--tmpfs /var:size=32m alpine",
	  "allow.tmpfs" },
	OPEN(FLAG_TTY, "-t"),
	{ FLAG_ULIMIT, "allow: {ulimits: {nofile: 100}}", "--ulimit nofile=50:100 alpine", "--ulimit nofile=101 alpine",
		"allow.ulimits" },
	{ FLAG_ULIMIT, "defaults: {ulimits: {core: 5}}", "--ulimit core=5 alpine", "--ulimit core=-1 alpine", "allow.ulimits" },
	{ FLAG_USE_API_SOCKET, NULL, "--use-api-socket=false alpine", "--use-api-socket alpine", "floor: use-api-socket" },
	{ FLAG_USER, "allow: {user: ['100-200:100-200']}", "-u 150:160 alpine", "-u 201:100 alpine", "allow.user" },
	{ FLAG_USER, "allow: {user: [caller]}", "-u 1000:1000 alpine", "-u 1000:1001 alpine", "allow.user" },
	{ FLAG_USER, "allow: {user: ['node=1000:1000']}", "-u node alpine", "-u nobody alpine", "allow.user" },
	{ FLAG_USER, NULL, "-u 65534:65534 alpine", "-u 0 alpine", "floor: root-user" },
	{ FLAG_USERNS, NULL, "--userns= alpine", "--userns host alpine", "floor: userns" },
	{ FLAG_UTS, HAZARD("host-uts"), "--uts host alpine", "--uts private alpine", "grammar" },
	{ FLAG_VOLUME, "allow: {volumes: [{volume: 'p0-*', access: rw}]}", "-v p0-data:/x alpine", "-v data:/x alpine",
		"allow.volumes" },
	NEVER(FLAG_VOLUME_DRIVER, "volume-driver", "--volume-driver local"),
	NEVER(FLAG_VOLUMES_FROM, "volumes-from", "--volumes-from x"),
	{ FLAG_WORKDIR, NULL, "-w /x/y/ alpine", "-w /proc/self/fd/8 alpine", "floor: workdir" },
	{ FLAG_WORKDIR, NULL, "-w / alpine", "-w /x/../proc alpine", "grammar" },
};

static void test_row(void **state)
{
	const struct flag_row *row = *state;
	struct verdict_case test;

	verdicts_init(&test);
	if (row->grant != NULL)
		test.policy = verdicts_policy(&test, row->grant);
	if (row->denied != NULL)
		verdicts_assert_denied(&test, row->denied, row->rule);
	if (row->allowed != NULL)
		verdicts_assert_allowed(&test, row->allowed);
	/* What needs a grant is refused without it: the key that the row reads is the key that was written. */
	if (row->allowed != NULL && row->grant != NULL && strncmp(row->grant, "allow:", 6) == 0 && row->flag != FLAG_CPUSET_CPUS &&
	    (row->rule == NULL || strcmp(row->rule, flag_specs[row->flag].policy_key) == 0)) {
		test.policy = verdicts_policy(&test, "");
		verdicts_assert_denied(&test, row->allowed, row->rule);
	}
	verdicts_done(&test);
}

/* ---- completeness ---- */

static void test_every_flag_has_a_judge(void **state)
{
	(void)state;
	for (size_t i = 0; i < FLAG_COUNT; i++) {
		assert_int_equal(verdict_judges[i].flag, i);
		assert_true(verdict_judges[i].judge != NULL);
		if (flag_specs[i].alias_of != FLAG_NONE)
			assert_true(verdict_judges[i].judge == verdict_judges[flag_specs[i].alias_of].judge);
	}
}

static void test_every_flag_has_a_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < FLAG_COUNT; i++) {
		bool has_row = flag_specs[i].alias_of != FLAG_NONE, has_allow = has_row, has_deny = has_row;

		for (size_t k = 0; k < ARRAY_COUNT(flag_rows); k++) {
			has_row = has_row || flag_rows[k].flag == i;
			has_allow = has_allow || (flag_rows[k].flag == i && flag_rows[k].allowed != NULL);
			has_deny = has_deny || (flag_rows[k].flag == i && flag_rows[k].denied != NULL);
		}
		if (!has_row)
			fail_msg("no test of --%s", flag_specs[i].name);
		if (!has_deny && flag_specs[i].stance != FLAG_STANCE_OPEN)
			fail_msg("--%s is never refused", flag_specs[i].name);
		if (!has_allow && flag_specs[i].stance != FLAG_STANCE_REFUSED && flag_specs[i].stance != FLAG_STANCE_UNSUPPORTED)
			fail_msg("--%s is never allowed", flag_specs[i].name);
	}
}

static void test_gated_flags_read_their_key(void **state)
{
	(void)state;
	for (size_t i = 0; i < FLAG_COUNT; i++) {
		const char *key = flag_specs[i].policy_key;
		bool is_read = key == NULL || strcmp(key, "hazards") == 0 || flag_specs[i].alias_of != FLAG_NONE;

		if (key != NULL)
			assert_true(policy_has_key(key));
		for (size_t k = 0; k < ARRAY_COUNT(flag_rows); k++) {
			const char *rule = flag_rows[k].rule != NULL ? flag_rows[k].rule : key;

			is_read = is_read || (flag_rows[k].flag == i && key != NULL && strcmp(rule, key) == 0);
		}
		/* The reservation is bounded by the memory limit that the key bounds; memory nodes and --cpu-period likewise. */
		if (!is_read && i != FLAG_MEMORY_RESERVATION && i != FLAG_CPUSET_MEMS && i != FLAG_CPU_PERIOD)
			fail_msg("--%s is not refused by %s", flag_specs[i].name, key);
	}
}

int main(void)
{
	static struct row_tests rows;

	for (size_t i = 0; i < ARRAY_COUNT(flag_rows); i++) {
		const struct flag_row *row = &flag_rows[i];

		rows_add(&rows, row->denied != NULL ? row->denied : row->allowed, test_row, (void *)(uintptr_t)row);
	}
	ROWS_TEST(&rows, test_every_flag_has_a_judge);
	ROWS_TEST(&rows, test_every_flag_has_a_row);
	ROWS_TEST(&rows, test_gated_flags_read_their_key);
	return rows_run("verdict_flags", &rows);
}
