/*
 * What soups are made of: a row for every flag of `docker run`, with values that are edges of its grammar, everyday, or traps.
 * Apart by " | ". Weights: how often the flag is drawn, among all of them.
 */
#include "soup_table.h"

const struct soup_row soup_rows[] = {
	{ "add-host", 4, "db:10.0.0.1 | db:10.0.0.2 | db=10.0.0.1 | a:::1 | six:[::1] | db:host-gateway | x | db:"
			" | db.local:10.0.0.5 | :10.0.0.1 "
		"| UP:10.0.0.1 | a:10.0.0.1:1" },
	{ "annotation", 1, "a=b | run.oci.handler=x | x" },
	{ "attach", 3, "STDOUT | stderr | Stderr | all | stdout" },
	{ "blkio-weight", 2, "10 | 500 | 0 | 1000 | 0x64 | 010 | +20" },
	{ "blkio-weight-device", 1, "/dev/sda:100" },
	{ "cap-add", 4, "CHOWN | chown | CAP_CHOWN | cap_net_bind_service | ALL | SYS_ADMIN | NET_BIND_SERVICE | Chown | cap_ALL"
			" | CHOWN,KILL" },
	{ "cap-drop", 3, "ALL | all | CHOWN | cap_kill | MKNOD | NOPE" },
	{ "cgroup-parent", 1, "/x | system.slice" },
	{ "cgroupns", 2, "private | host | PRIVATE" },
	{ "cidfile", 2, "/tmp/cid1 | /tmp/cid2 | /home/user/dangling | /tmp | cid3" },
	{ "cpu-count", 1, "1" },
	{ "cpu-percent", 1, "1" },
	{ "cpu-period", 2, "100000 | 1000 | 1000000 | 0x186a0 | 0 | 999" },
	{ "cpu-quota", 2, "50000 | 0 | -1 | 100000 | 010000" },
	{ "cpu-rt-period", 1, "1000" },
	{ "cpu-rt-runtime", 1, "1000" },
	{ "cpu-shares", 3, "2 | 1024 | 0x200 | 0 | 2048 | 512 | 0o17 | 0b11" },
	{ "cpus", 5, "0.5 | .5 | 1 | 1/2 | 0.000000001 | 0.01 | 1. | 1e0 | 0.1 | 18446744073.709551616 | 2 | 1.5 | +1 | 0 | 01 | 0.50" },
	{ "cpuset-cpus", 2, "0 | 0-1 | 0,1 | 1-0 | 0-99 | 0, | 00" },
	{ "cpuset-mems", 1, "0 | 0-1" },
	{ "detach", 2, "" },
	{ "detach-keys", 2, "ctrl-p,ctrl-q | a | ctrl-@ | ctrl-[ | ctrl-| | , | ctrl-p,,a" },
	{ "device", 1, "/dev/fuse | /dev/fuse:/dev/fuse | /dev/fuse:rw | /dev/null | vendor.com/class=x | /dev/fuse:/dev/x:r" },
	{ "device-cgroup-rule", 1, "c 1:3 rwm" },
	{ "device-read-bps", 1, "/dev/sda:1mb" },
	{ "device-read-iops", 1, "/dev/sda:10" },
	{ "device-write-bps", 1, "/dev/sda:1mb" },
	{ "device-write-iops", 1, "/dev/sda:10" },
	{ "disable-content-trust", 1, "" },
	{ "dns", 3, "8.8.8.8 | 1.1.1.1 | ::1 | 8.8.8.8 | 08.8.8.8 | fe80::1%eth0 | 2001:DB8::1 | x" },
	{ "dns-opt", 2, "ndots:2 | rotate | use-vc" },
	{ "dns-option", 2, "ndots:2 | timeout:1" },
	{ "dns-search", 3, "example.com | . | a.b | example.com. | UPPER.example.com | a b" },
	{ "domainname", 2, "example.com | x | a.b.c" },
	{ "entrypoint", 3, "sh | /bin/sh |  | -x | a b | [\"sh\"]" },
	{ "env", 8, "A=1 | A=2 | B= | TERM | HOME | NONE | A=a=b | A= x | LD_PRELOAD=x | =x | A B=c | A=\xc3\xa9 | A=\"q\""
			" | A='q' | P%%=1 | PATH=/x "
		"| A=#c | #A=1 | A=$B | A=\\n | A=a,b | A=\t | A=x\ny | \tA=1 | A=1 " },
	{ "env-file", 1, "/home/user/env.list | env.list | ./env.list | /etc/shadow | /home/user/link | /dev/null" },
	{ "expose", 3, "80 | 80/tcp | 53/udp | 80-82 | 80/TCP | 0 | 65536 | 80/x | 8000-8001/udp | 132/sctp | 080" },
	{ "gpus", 1, "all" },
	{ "group-add", 2, "1000 | audio | 0 | 150 | 0150" },
	{ "health-cmd", 3, "true | curl -f http://127.0.0.1/ | none | NONE | exit 1 | a\"b" },
	{ "health-interval", 3, "1s | 30s | 1m30s | 0 | 1ms | 1h | 90s | 1000ms | 1.5s | .5m" },
	{ "health-retries", 2, "1 | 3 | 0 | -1 | 0x3" },
	{ "health-start-interval", 1, "5s | 1s | 0s" },
	{ "health-start-period", 2, "1s | 0 | 1m | 0s" },
	{ "health-timeout", 2, "1s | 5s | 0 | 2000ms" },
	{ "help", 0, "" },
	{ "hostname", 4, "h | host-1 | a.b | H | -x | a_b | host.example.com" },
	{ "init", 4, "" },
	{ "interactive", 4, "" },
	{ "io-maxbandwidth", 1, "1m" },
	{ "io-maxiops", 1, "1" },
	{ "ip", 1, "10.0.0.9" },
	{ "ip6", 1, "fd00::9" },
	{ "ipc", 2, "private | none | host | shareable | container:x | " },
	{ "isolation", 1, "default |  | process | Default" },
	{ "kernel-memory", 1, "64m" },
	{ "label", 6, "my-label | my-label=1 | com.example.foo=a=b | my-label= | my-label=2 | io.hardrun.x=1 | =1"
			" | my-label=\xc3\xa9 | my-label=a,b "
		"| my-label= x" },
	{ "label-file", 1, "/home/user/env.list | /etc/shadow" },
	{ "link", 1, "a:b" },
	{ "link-local-ip", 1, "169.254.1.1" },
	{ "log-driver", 3, "json-file | local | none | syslog | journald | " },
	{ "log-opt", 3, "max-size=5m | max-file=2 | max-size=10m | max-size=1g | tag=x | labels=a | max-file=0 | max-size=-1"
			" | max-size=5M | compress=true "
		"| mode=non-blocking | max-file=02" },
	{ "mac-address", 1, "02:42:ac:11:00:02" },
	{ "memory", 6, "64m | 6m | 128M | 1g | 2g | 67108864 | 64mb | 64MiB | 0.5g | .5g | 0 | 5m | 1.1m | 64 m | 1e8"
			" | 0x4000000 | 100000k | 64KB | 64mB" },
	{ "memory-reservation", 2, "6m | 64m | 0 | 32m | 1k" },
	{ "memory-swap", 2, "64m | 1g | -1 | 0 | 2g" },
	{ "memory-swappiness", 2, "0 | 60 | -1 | 100 | 10" },
	{ "mount", 6, "type=bind,src=/home/user/work,dst=/w | type=bind,source=/home/user/work,target=/w2,readonly"
			" | type=volume,src=p0-v,dst=/v "
		"| type=tmpfs,dst=/t,tmpfs-size=1m | type=tmpfs,dst=/t2,tmpfs-size=16m,tmpfs-mode=1777 | src=p0-x,dst=/v2 "
		"| type=volume,src=p0-n,dst=/n,volume-nocopy | TYPE=bind,Source=/home/user/work,destination=/w3,ro "
		"| type=bind,\"src=/home/user/a,b\",dst=/ab | type=bind,src=/,dst=/h"
				" | type=bind,src=/home/user/work,dst=/w,bind-propagation=rprivate "
		"| type=bind,src=/home/user/work,dst=/w,bind-propagation=rshared | type=volume,dst=/anon | type=tmpfs,dst=/t3 "
		"| type=tmpfs,dst=/t4,tmpfs-mode=0700 | type=bind,src=/home/user/work,dst=/w,readonly=false"
				" | type=volume,src=p0-v,dst=/v,volume-driver=local "
		"| type=volume,src=p0-v,dst=/v4,readonly=true | type=image,src=alpine,dst=/i | type=bind,src=/home/user/work,dst=w "
		"| type=bind,src=/home/user/work/,dst=/w5/ | type=tmpfs,dst=/t,tmpfs-size=0 | type=bind,src=./work,dst=/rel "
		"| type=bind,src=/home/user/work,dst=/w,bind-nonrecursive=true | type=bind, src=/home/user/work,dst=/w "
		"| type=bind,src=/home/user/work,dst=/w,readonly,readonly=0 | type=tmpfs,dst=/t5,tmpfs-size=1048576"
				" | type=tmpfs,dst=/t6,tmpfs-size=.5m "
		"| type=volume,src=p0-v,dst=/v7,volume-label=a=b" },
	{ "name", 4, "web | web-1 | w | a.b_c | -x | " },
	{ "net", 2, "none | p0-net | isolated | host | bridge" },
	{ "net-alias", 1, "db | web" },
	{ "network", 5, "none | p0-net | isolated | host | container:x | name=p0-net | name=p0-net,alias=db | NAME=P0-NET"
			" | my-net | bridge | default "
		"| name=p0-net,driver-opt=a=b | name=p0-net,ip=10.0.0.9 | hardrun-isolated" },
	{ "network-alias", 2, "db | web | UP" },
	{ "no-healthcheck", 2, "" },
	{ "oom-kill-disable", 1, "" },
	{ "oom-score-adj", 2, "0 | 500 | 1000 | -1 | 0x10 | 1001" },
	{ "pid", 1, "host | container:x | " },
	{ "pids-limit", 5, "1 | 64 | 256 | 0x40 | 0100 | 0 | -1 | 257 | +5 | 0b11" },
	{ "platform", 2, "linux/amd64 | linux/arm64 | linux | windows/amd64 | LINUX/AMD64" },
	{ "privileged", 1, "" },
	{ "publish", 6, "127.0.0.1:8080:80 | 127.0.0.1:8081:81/udp | 127.0.0.1:9000-9002:9000-9002 | 8080:80 | 80"
			" | 127.0.0.1::80 | 0.0.0.0:8082:82 "
		"| [::1]:8083:83 | 127.0.0.1:80:80 | 127.0.0.1:8084:84/tcp | published=8085,target=85 | 127.0.0.1:08086:86"
				" | 127.0.0.1:8090-8091:90 "
		"| 127.0.0.1:8087:87/SCTP | 127.1:8088:88 | localhost:8089:89 | 127.0.0.1:8092:0 | 127.0.0.2:8093:93 | ::1:8094:94"
				" | 127.0.0.1:2375:1" },
	{ "publish-all", 1, "" },
	{ "pull", 2, "missing | never | always | MISSING | " },
	{ "quiet", 1, "" },
	{ "read-only", 4, "" },
	{ "restart", 3, "no | on-failure:3 | always | unless-stopped |  | on-failure | no:1 | on-failure:03 | on-failure:0"
			" | ON-FAILURE:3" },
	{ "rm", 5, "" },
	{ "runtime", 1, "runc | " },
	{ "security-opt", 2, "no-new-privileges | no-new-privileges:true | no-new-privileges=true | seccomp=unconfined"
			" | apparmor=unconfined "
		"| no-new-privileges:false | label:disable | systempaths=unconfined" },
	{ "shm-size", 3, "1m | 64m | 16M | 0 | 65m | 1024k | 1" },
	{ "sig-proxy", 2, "" },
	{ "stop-signal", 2, "SIGTERM | TERM | 15 | SIGKILL | sigint | SIGRTMIN+3 | 65 | 0 | INT" },
	{ "stop-timeout", 2, "0 | 10 | 300 | -1 | 0x10 | 301" },
	{ "storage-opt", 1, "size=1g" },
	{ "sysctl", 2, "net.ipv4.ip_forward=0 | kernel.msgmax=1 | net.core.somaxconn=10" },
	{ "tmpfs", 6, "/t | /t:size=1m | /t2:size=16m,mode=1777 | /t3:rw,noexec,nosuid,nodev,size=64k | /t4:exec | /t5:ro"
			" | /t6:size=1048576 | /etc "
		"| /t7:mode=0700,uid=1000,gid=1000,size=1m | /t8:size=50% | /t/ | /t9:size=0 | t | /t10:nr_inodes=10 | /t11:noexec,exec"
				" | /t12:size=1M "
		"| /t13:strictatime | /t14: | /t15:mode=755 | /dev/shm:size=1m" },
	{ "tty", 4, "" },
	{ "ulimit", 3, "nofile=1024 | nofile=1024:2048 | core=0 | nofile=-1 | nproc=64:128 | core=0:0 | nofile=2048:1024"
			" | NOFILE=1 | nofile=0x10 "
		"| core=-1 | nofile=01024" },
	{ "use-api-socket", 1, "" },
	{ "user", 5, "1000:1000 | 1000 | 65534:65534 | 0 | root | 1000:0 | +0 | node | 1:1 | 2147483648:1 | 01000:1000 | 1000:"
			" | :1000 |  | 101:102" },
	{ "userns", 1, "host | " },
	{ "uts", 1, "host | " },
	{ "volume", 6, "/home/user/work:/w | /home/user/hardrun/x:/hx | /home/user/hardrun/x:/hy:ro"
			" | /home/user/hardrun/link-to-etc:/e | /home/user/work:/w:ro | p0-data:/data | p0-data:/data2:ro | /anon | /:/h"
			" | /home/user/work:/w:rw | ./work:/r "
		"| p0-d:/d:nocopy | /home/user/work:/w:z | /home/user/work:/w:ro,rprivate | /home/user/work:/w:shared"
				" | /home/user/work/:/w4/ | ~/work:/x "
		"| /home/user/link-to-root:/h | p0-D_1.x:/v | /home/user/a,b:/ab | /home/user/work:/w:rw,ro | /home/user/work://w6"
				" | ../user/work:/up "
		"| /var/run/docker.sock:/s | /home/user//work:/w7 | work:/x | /home/user/work:/w8:Z | p0-v:/v:rw | /home/user/work:/dev/shm" },
	{ "volume-driver", 1, "local" },
	{ "volumes-from", 1, "x" },
	{ "workdir", 4, "/w | /w/ | / | w | /proc/self | /a/../b | /a b | /./x" },
};
const size_t soup_row_count = ARRAY_COUNT(soup_rows);

const char *const soup_images[] = {
	"alpine", "alpine:3.20", "docker.io/library/alpine", "docker.io/alpine", "index.docker.io/library/alpine:latest",
			"library/alpine", "nginx",
	"registry.example.com:5000/a/b:c", "alpine@sha256:1111111111111111111111111111111111111111111111111111111111111111",
			"ALPINE", "a//b",
	"localhost/x", "alpine:", "registry.example.com/x",
};
const size_t soup_image_count = ARRAY_COUNT(soup_images);

const char *const soup_commands[] = {
	"sh", "-c", "--privileged", "-v", "/:/h", "--", "echo", "", "a b", "x=1", "\xc3\xa9", "--user=0", "-", "$(id)", "true", "\"q\"",
};
const size_t soup_command_count = ARRAY_COUNT(soup_commands);
